"""The futures of a plan: those that it is chosen for, and fresh ones that it is tried on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, cast

import numpy as np

from catenary.errors import OptionError, did_you_mean
from catenary.model import Scenario
from catenary.model.change import CAPACITIES
from catenary.studies.sampling import Case, cases_of, family_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from catenary.model import World
    from catenary.studies.sampling import Family

    Array = NDArray[np.float64]
    Integers = NDArray[np.int64]

__all__ = ["Asking", "Futures", "futures_of", "mean_of"]

_SETS: Final = 10  # parts of the fresh cases, each of which asks whether the plan was better
_LEAST: Final = 2  # cases in such a part
_KEPT_BACK: Final = 4  # one scenario in so many, where nothing is uncertain
_OTHER: Final = 7_919  # between the seeds of the plan and of fresh cases


@dataclass(frozen=True, kw_only=True)
class Asking:
    """The options of `plan` that say what may happen."""

    family: str
    share: float
    days: float
    recovery: float
    runs: int
    seed: int
    chances: str
    fresh: int | None


@dataclass(frozen=True, kw_only=True, eq=False)
class Futures:
    """What may happen.

    Parameters
    ----------
    cases, chance
        What the plan is chosen for, and how likely each is, (W,).
    fresh, fresh_chance
        What it is tried on, (F,).
    parts
        In which of several sets each fresh case is, (F,).
    wanted
        Whether fresh cases were asked for.
    """

    cases: Sequence[Case]
    chance: Array
    fresh: Sequence[Case]
    fresh_chance: Array
    parts: Integers
    wanted: bool = True


def futures_of(world: World, given: Sequence[Scenario], asking: Asking) -> Futures:
    """Return the futures that are asked for.

    Raises
    ------
    OptionError
        If there is no scenario, two have one name, or chances are wrong.
    """
    scenarios = list(given)
    if asking.family:
        scenarios += family_of(
            world, cast("Family", asking.family), share=asking.share, days=asking.days,
            recovery_days=asking.recovery,
        )  # fmt: skip
    if not scenarios:
        raise OptionError(
            "a plan needs scenarios to hold against",
            hint="name some, such as tohoku-2011, or give --family region",
        )
    weight = _weights(asking.chances, [one.name for one in scenarios])
    uncertain = any(change.uncertain for one in scenarios for change in one.changes)
    rng = np.random.default_rng(asking.seed)
    later: list[Scenario] = []
    if not uncertain and asking.fresh != 0 and len(scenarios) >= 2 * _KEPT_BACK:
        count = len(scenarios) // _KEPT_BACK if asking.fresh is None else asking.fresh
        count = min(count, len(scenarios) // 2)
        back = np.isin(np.arange(len(scenarios)), rng.permutation(len(scenarios))[:count])
        later = [one for one, kept in zip(scenarios, back, strict=True) if kept]
        scenarios = [one for one, kept in zip(scenarios, back, strict=True) if not kept]
    cases = _drawn(scenarios, asking.runs, asking.seed)
    fresh: list[Case] = []
    if uncertain and asking.fresh != 0:
        wanted = len(cases) if asking.fresh is None else asking.fresh
        runs = max(1, round(asking.runs * wanted / len(cases)))
        anew = [one for one in scenarios if any(change.uncertain for change in one.changes)]
        fresh = _drawn(anew, runs, asking.seed + _OTHER)
    elif later:
        fresh = _drawn(later, 1, asking.seed)
    parts = min(_SETS, max(1, len(fresh) // _LEAST))
    return Futures(
        cases=cases,
        chance=_chance(cases, weight),
        fresh=fresh,
        fresh_chance=_chance(fresh, weight),
        parts=rng.permutation(len(fresh)) % parts,
        wanted=asking.fresh != 0,
    )


def mean_of(futures: Futures) -> Scenario | None:
    """Return the scenario in which everybody loses the mean of what all cases take from capacity.

    None if a case does something else, of which there is no mean.
    """
    changes = []
    for case, chance in zip(futures.cases, futures.chance.tolist(), strict=True):
        for change in case.scenario.changes:
            rebuilt = change.recovery is not None and change.recovery.curve == "rebuild"
            if change.target not in CAPACITIES or change.operation != "multiply" or rebuilt:
                return None
            left = 1.0 - chance * (1.0 - change.value)
            changes.append(replace(change, multiply=left, uncertain={}))
    return Scenario("mean of all cases", tuple(changes))


def _drawn(scenarios: Sequence[Scenario], runs: int, seed: int) -> list[Case]:
    return cases_of(scenarios, runs=runs, seed=seed, sampler="sobol", parameters={}, known=())


def _chance(cases: Sequence[Case], weight: dict[str, float]) -> Array:
    """Return how likely each case is: those of one scenario share its weight."""
    names = [case.scenario.name for case in cases]
    each = np.array([weight[name] / names.count(name) for name in names])
    return each / each.sum() if len(each) else each


def _weights(chances: str, names: Sequence[str]) -> dict[str, float]:
    """Return the weights of scenarios that an option gives; what it does not name shares the rest.

    Raises
    ------
    OptionError
        If a name is unknown or comes twice, or numbers are no chances.
    """
    given: dict[str, float] = {}
    for part in filter(None, (word.strip() for word in chances.split(","))):
        name, _, text = (piece.strip() for piece in part.rpartition("="))
        if name not in names:
            raise OptionError(f"chances name {name!r}", hint=did_you_mean(name, names))
        if name in given:
            raise OptionError(f"chances name {name!r} twice", hint="give each once")
        try:
            number = float(text)
        except ValueError:
            number = -1.0
        if not 0 < number <= 1:
            raise OptionError(
                f"the chance of {name} is {text!r}", hint="give a number above 0, at most 1"
            )
        given[name] = number
    rest = [name for name in names if name not in given]
    total = sum(given.values())
    if rest and given and total >= 1:
        raise OptionError(
            f"chances add up to {total:g}, and {len(rest)} scenarios have none",
            hint="leave something for the others, or name them all",
        )
    left = (1 - total) if given else 1.0
    return given | dict.fromkeys(rest, left / max(len(rest), 1))
