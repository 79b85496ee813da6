"""The cases of an ensemble: uncertain numbers drawn, or a family of scenarios gone through."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np

from catenary.errors import OptionError, ScenarioError, did_you_mean
from catenary.maths.sampling import SAMPLERS, Sampler, points_of, quantile
from catenary.model import Change, Recovery, Scenario

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from catenary.model import World

__all__ = ["FAMILIES", "SAMPLERS", "Case", "cases_of", "family_of"]

Family = Literal["producer", "region", "product", "pair"]

FAMILIES: Final = ("producer", "region", "product", "pair")

_NEVER_BELOW_0: Final = ("multiply", "start", "days")


@dataclass(frozen=True, kw_only=True, eq=False)
class Case:
    """One run of an ensemble.

    Parameters
    ----------
    number
        Its place, 0 …; what it computes depends on nothing else.
    scenario
        The scenario, every number drawn.
    options
        Options of the analysis that were drawn.
    values
        What was drawn, by name.
    """

    number: int
    scenario: Scenario
    options: Mapping[str, float] = field(default_factory=dict)
    values: Mapping[str, float] = field(default_factory=dict)


def cases_of(
    scenarios: Sequence[Scenario],
    *,
    runs: int,
    seed: int,
    sampler: Sampler,
    parameters: Mapping[str, Mapping[str, Any]],
    known: Sequence[str],
) -> list[Case]:
    """Return `runs` cases of every scenario, or one where nothing is uncertain.

    The same seed draws the same numbers for every scenario (common random numbers), so that
    alternatives differ by what they are and not by chance.

    Parameters
    ----------
    scenarios
        The alternatives.
    runs, seed, sampler
        How often, from which seed, and how numbers are drawn.
    parameters
        Option of the analysis → its distribution.
    known
        Options that may be drawn.

    Raises
    ------
    OptionError
        If a sampler or parameter is unknown, or a distribution is wrong.
    """
    if sampler not in SAMPLERS:
        raise OptionError(f"unknown sampler {sampler!r}", hint=did_you_mean(sampler, SAMPLERS))
    for name, spread in parameters.items():
        if name not in known:
            raise OptionError(f"{name!r} cannot be drawn", hint=did_you_mean(name, known))
        try:
            Change(target="producers.capacity", multiply=1, uncertain={"multiply": spread})
        except ScenarioError as error:
            said = str(error.args[0]).replace("uncertain.multiply", "its distribution")
            raise OptionError(f"{name} cannot be drawn: {said}", hint=error.hint) from None
    if type(seed) is not int or seed < 0:
        raise OptionError(f"seed is {seed!r}", hint="give a whole number, 0 or more")
    names = [scenario.name for scenario in scenarios]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise OptionError(f"two scenarios are called {twice!r}", hint="give each its own name")
    cases: list[Case] = []
    for scenario in scenarios:
        keys = [
            (place, key, spread)
            for place, change in enumerate(scenario.changes)
            for key, spread in change.uncertain.items()
        ]
        dimensions = len(parameters) + len(keys)
        count = runs if dimensions else 1
        points = points_of(sampler, dimensions, count, seed)
        columns = {
            name: quantile(spread, points[:, place])
            for place, (name, spread) in enumerate(parameters.items())
        }
        drawn = [
            quantile(spread, points[:, len(parameters) + place])
            for place, (_, _, spread) in enumerate(keys)
        ]
        for one in range(count):
            options = {name: float(values[one]) for name, values in columns.items()}
            changes = list(scenario.changes)
            values = dict(options)
            for (place, key, _), numbers in zip(keys, drawn, strict=True):
                number = float(numbers[one])
                number = max(0.0, number) if key in _NEVER_BELOW_0 else number
                changes[place] = replace(changes[place], **{key: number})  # type: ignore[arg-type]
                values[f"change {place + 1}: {key}"] = number
            cases.append(
                Case(
                    number=len(cases),
                    scenario=replace(scenario, changes=tuple(changes)),
                    options=options,
                    values=values,
                )
            )
    return cases


def family_of(
    world: World,
    family: Family,
    *,
    share: float,
    days: float,
    recovery_days: float,
) -> Iterator[Scenario]:
    """Yield one scenario per producer, region, product or pair of regions.

    Each takes `share` of the capacity of all producers meant (for a pair: of what may pass from
    the one region to the other) for some days, and gives it back linearly.

    Raises
    ------
    OptionError
        If there is no such family.
    """
    if family not in FAMILIES:
        raise OptionError(f"unknown family {family!r}", hint=did_you_mean(family, FAMILIES))
    back = Recovery(curve="linear", days=recovery_days) if recovery_days > 0 else None

    def lost(where: dict[str, str], target: str = "producers.capacity") -> tuple[Change, ...]:
        change = Change(target=target, where=where, multiply=1 - share, days=days, recovery=back)
        return (change,)

    producers = world.part("producers")
    if family == "producer":
        for label in producers.index:
            yield Scenario(str(label), lost({"id": str(label)}))
        return
    used = np.unique(producers.codes("product" if family == "product" else "region"))
    labels = world.ids("products" if family == "product" else "regions")[used]
    if family != "pair":
        for label in labels:
            yield Scenario(str(label), lost({family: str(label)}))
        return
    for origin in labels:
        for destination in labels:
            if origin != destination:
                where = {"origin": str(origin), "destination": str(destination)}
                yield Scenario(f"{origin} → {destination}", lost(where, "links.open"))
