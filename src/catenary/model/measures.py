"""Measures: what somebody pays for so that less is lost."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from catenary.errors import Problem, ScenarioError, did_you_mean, listed
from catenary.model.scenario import Scenario

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from catenary.model.change import Change

__all__ = ["Measure", "measures_of", "taken"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """One thing that may be done, as a whole or not at all.

    Parameters
    ----------
    name
        What it is called; no other measure has the name.
    changes
        What it changes.
    """

    name: str
    changes: tuple[Change, ...]

    @property
    def usd(self) -> float:
        """What it costs, USD."""
        return sum(float(change.cost.get("usd", 0.0)) for change in self.changes)

    @property
    def co2e(self) -> float:
        """What it emits, t CO2e."""
        return sum(float(change.cost.get("co2e_t", 0.0)) for change in self.changes)

    @property
    def targets(self) -> frozenset[str]:
        """What it changes."""
        return frozenset(change.target for change in self.changes)


def measures_of(scenario: Scenario) -> tuple[Measure, ...]:
    """Return the measures of a file, in its order.

    Changes with the same `measure` are one; a change without is one by itself, called by its note
    or its number.

    Raises
    ------
    ScenarioError
        If a change is no measure, none says what a measure costs, a cost is below 0, or nothing
        stands in the file.

    Examples
    --------
    >>> from catenary.model import Change
    >>> stock = Change(target="products.stock_days", where={"id": "wafers"}, set=90,
    ...                kind="measure", measure="wafer stock", cost={"usd": 4e7})
    >>> [(m.name, m.usd) for m in measures_of(Scenario("mine", (stock,)))]
    [('wafer stock', 40000000.0)]
    """
    found: dict[str, list[Change]] = {}
    given = {change.measure for change in scenario.changes}
    problems: list[Problem] = []
    for place, change in enumerate(scenario.changes):
        where = f"scenario {scenario.name!r}, change {place + 1}"
        if change.kind != "measure":
            problems.append(
                Problem(
                    where,
                    f"it changes {change.target} and is no measure",
                    'write kind = "measure" and what it costs; what happens belongs to scenarios',
                )
            )
        problems += [
            Problem(where, f"cost.{key} is {value:g}", "give 0 or more")
            for key, value in change.cost.items()
            if key == "usd" and value < 0
        ]
        if "," in change.measure:
            problems.append(
                Problem(where, f"the measure {change.measure!r} has a comma in its name",
                        "write another sign: commas part names in options")
            )  # fmt: skip
        name = change.measure or _own_name(change, place, {*found, *given})
        found.setdefault(name, []).append(change)
    problems += [
        Problem(
            f"scenario {scenario.name!r}",
            f"measure {name!r} does not say what it costs",
            "write cost = { usd = … }; 0 where it costs nothing",
        )
        for name, changes in found.items()
        if not any("usd" in change.cost for change in changes)
    ]
    if not found:
        problems.append(
            Problem(
                f"scenario {scenario.name!r}",
                "it holds no measure",
                'write each as [[changes]] with kind = "measure" and a cost',
            )
        )
    if problems:
        raise ScenarioError.of(problems)
    return tuple(Measure(name=name, changes=tuple(changes)) for name, changes in found.items())


def _own_name(change: Change, place: int, taken: Iterable[str]) -> str:
    """Return what a measure of one change is called."""
    name = change.note or f"measure {place + 1}"
    return f"{name} ({place + 1})" if name in taken else name


def taken(measures: Sequence[Measure], names: Iterable[str], *, name: str = "plan") -> Scenario:
    """Return some measures as a scenario, in the order of the names.

    Raises
    ------
    ScenarioError
        If there is no such measure.
    """
    known = {measure.name: measure for measure in measures}
    chosen: list[Change] = []
    for one in names:
        if one not in known:
            raise ScenarioError(
                f"there is no measure {one!r}",
                hint=f"{did_you_mean(one, known)}; there are {listed(known)}",
            )
        chosen += [replace(change, measure=one) for change in known[one].changes]
    return Scenario(name, tuple(chosen))
