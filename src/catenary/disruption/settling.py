"""What holds from the first day for ever is read once, and put into the world before a run."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from catenary.disruption.resourcing import SHARE, matched, resourced
from catenary.disruption.stocking import with_stock_days, with_stocks
from catenary.disruption.transport import with_links
from catenary.errors import Problem, ScenarioError, SchemaError
from catenary.model.change import CAPACITIES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from catenary.model import Scenario, World
    from catenary.model.change import Change

__all__ = ["counted", "is_lasting", "settled"]

_LASTING: Final = {
    "consumers.priority",
    "producers.priority",
    "producers.protection",
    "producers.recovery",
    "producers.stock_days",
    "products.stock_days",
    "recipes.criticality",
    "stocks.on_hand",
    "stocks.target_days",
    SHARE,
}
"""What is read once, at the beginning."""

_USUAL_DAYS: Final = 90.0  # default of stress; how many rows match does not depend on it

_UNDERSTOOD: Final = {
    *CAPACITIES,
    "consumers.capital",
    "demand.quantity",
    "final",
    "links.duration",
    "links.open",
}
_REROUTED: Final = {f"{name}.{of}" for name in ("passages", "facilities", "lanes")
                    for of in ("duration", "open")}  # fmt: skip
"""What is followed day by day."""


def is_lasting(target: str) -> bool:
    """Return whether stress reads a target once, so that changes of it hold for ever.

    Examples
    --------
    >>> is_lasting("stocks.target_days"), is_lasting("producers.capacity")
    (True, False)
    """
    return target in _LASTING


def settled(world: World, scenario: Scenario, options: Mapping[str, Any]) -> World:
    """Return the world with the changes of a scenario that hold from the first day for ever.

    Parameters
    ----------
    world
        Any world that `stress` takes.
    scenario
        Its other changes are only checked for targets that `stress` does not read.
    options
        Those of `stress`; `stock_days` is read.

    Raises
    ------
    ScenarioError
        If a change is not understood, holds for a while only, matches nothing, or makes a number
        what it cannot be.

    Examples
    --------
    >>> from catenary.model import Change, Scenario
    >>> from catenary.testing import serial_chain
    >>> more = Change(target="stocks.target_days", where={"producer": "AAA.s1"}, add=30)
    >>> settled(serial_chain(2), Scenario("more", (more,)), {"stock_days": 90}).table("stocks")[
    ...     ["producer", "input", "target_days"]].to_numpy().tolist()
    [['AAA.s1', 's0', 40.0]]
    """
    _check(world, scenario)
    if not any(is_lasting(change.target) for change in scenario.changes):
        return world
    try:
        return _changed(world, scenario, options["stock_days"])
    except SchemaError as error:  # a number out of bounds
        said = error.problems or (Problem("", error.args[0], error.hint),)
        raise ScenarioError.of(
            [Problem(f"scenario {scenario.name!r}", f"it makes {p.where}: {p.message}", p.hint)
             for p in said]
        ) from None  # fmt: skip


def counted(world: World, scenario: Scenario) -> list[int]:
    """Return how many rows each change means; rows that stress would make count.

    Of `supplies.share` it is pairs of supplier and buyer.

    Raises
    ------
    ScenarioError
        If a change matches nothing, or cannot be.

    Examples
    --------
    >>> from catenary.model import Change, Scenario
    >>> from catenary.testing import serial_chain
    >>> more = Change(target="stocks.target_days", where={"producer": "AAA.*"}, add=30)
    >>> counted(serial_chain(4), Scenario("more", (more,)))
    [3]
    """
    shares = iter(matched(world, scenario))
    resourced(world, scenario)
    world = with_links(with_stocks(world, scenario, _USUAL_DAYS), scenario)
    others = tuple(change for change in scenario.changes if change.target != SHARE)
    steps = iter(replace(scenario, changes=others).compile(world).steps)
    return [
        next(shares) if change.target == SHARE else len(next(steps).rows)
        for change in scenario.changes
    ]


def _changed(world: World, scenario: Scenario, stock_days: float) -> World:
    """Apply changes that last: who buys of whom first, days of stock by product before by pair."""
    world = with_stock_days(resourced(world, scenario), scenario, stock_days)
    own = ("producers.stock_days", "stocks.on_hand", "stocks.target_days", SHARE)
    plain = [c for c in scenario.changes if is_lasting(c.target) and c.target not in own]
    return with_stocks(_applied(world, scenario, plain), scenario, stock_days)


def _applied(world: World, scenario: Scenario, changes: Sequence[Change]) -> World:
    return replace(scenario, changes=tuple(changes)).apply(world) if changes else world


def _check(world: World, scenario: Scenario) -> None:
    """Refuse what stress does not read, or not for a while."""
    table = "intermediate" in world
    for change in scenario.changes:
        if change.target == ("demand.quantity" if table else "final"):
            raise ScenarioError(
                f"scenario {scenario.name!r} changes {change.target}, but final demand of this "
                f"world stands in {'final' if table else 'demand'}",
                hint=f'write target = "{"final" if table else "demand.quantity"}"',
            )
    for change in scenario.changes:
        if change.target in _UNDERSTOOD or change.target in _REROUTED:
            continue
        if not is_lasting(change.target):
            raise ScenarioError(
                f"scenario {scenario.name!r} changes {change.target}, which stress does not read",
                hint=f"it reads {', '.join(sorted(_UNDERSTOOD | _REROUTED | _LASTING))}",
            )
        if change.start > 0 or change.days is not None:
            raise ScenarioError(
                f"scenario {scenario.name!r} changes {change.target} for a while, and stress "
                "reads it once",
                hint="leave out start and days, so that it holds from day 0 for ever; over time "
                f"only {', '.join(sorted(_UNDERSTOOD | _REROUTED))} may change",
            )
