"""Measures that may be taken on a network: what each adds to capacities and cuts from costs."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from catenary.errors import MissingDataError, ScenarioError, did_you_mean
from catenary.maths.mincost import Options
from catenary.model import Scenario

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from catenary.logistics.tasks import Task
    from catenary.model import Change, World

    Array = NDArray[np.float64]
    Made = Callable[[World], Task]

__all__ = ["Candidates", "candidates", "label_of"]

TARGETS: Final = (
    "lanes.capacity", "lanes.open", "lanes.duration", "lanes.cost", "passages.capacity",
    "passages.open", "passages.duration", "facilities.capacity", "facilities.open",
    "facilities.duration",
)  # fmt: skip
"""What a measure may change."""

_HAIR: Final = 1e-9


@dataclass(frozen=True, kw_only=True, eq=False)
class Candidates:
    """Measures on a network, checked."""

    scenario: Scenario
    options: Options
    world: World

    def taken(self, chosen: NDArray[np.bool_]) -> World:
        """Return the world with some of the measures."""
        changes = [one for one, kept in zip(self.scenario.changes, chosen, strict=True) if kept]
        return Scenario("plan", tuple(changes)).apply(self.world) if changes else self.world


def label_of(change: Change, place: int) -> str:
    """Return what a measure is called: its note, else its number."""
    return change.note or f"measure {place + 1}"


def candidates(world: World, base: Task, measures: Scenario, made: Made) -> Candidates:
    """Return what each measure does to a network.

    Every measure is tried alone: the network is made again, and compared with that without it.

    Parameters
    ----------
    world
        World without any of them.
    base
        Its task, with what is closed kept.
    measures
        Each change is a measure with a cost.
    made
        How the task of a world is made.

    Raises
    ------
    ScenarioError
        If a change is no measure, has no cost, changes something else, makes things worse, or
        measures together take more away than there is.
    """
    _check(world, measures)
    timeline = measures.compile(world)
    capacity = base.freight.places["capacity"].to_numpy(np.float64)
    whole = float(base.demand.amount.sum()) * len(base.network.first)
    more, cuts = np.zeros((len(capacity), len(measures.changes))), []
    for number, change in enumerate(measures.changes):
        alone = made(Scenario("alone", (change,)).apply(world))
        found = alone.freight.places["capacity"].to_numpy(np.float64)
        added = np.minimum(found, whole) - np.minimum(capacity, whole)
        more[:, number] = np.where(np.isinf(capacity), 0.0, added)
        usd, days = (base.freight.figures - alone.freight.figures)[[2, 1]]
        if min(usd.min(), days.min()) < -_HAIR:
            raise ScenarioError(
                f"{label_of(change, number)} makes {change.target} worse",
                hint="a measure that may be chosen cuts days or costs; put others into scenario",
            )
        cuts += [(number, *cut) for cut in _cuts(base, usd, days)]
    _check_sums(world, measures)
    return Candidates(
        scenario=measures,
        world=world,
        options=_options(base, measures, more, cuts, _either(timeline.steps)),
    )


def _options(
    base: Task, measures: Scenario, more: Array, cuts: list[Any], either: list[tuple[int, int]]
) -> Options:
    from scipy import sparse  # noqa: PLC0415

    arcs = len(base.network.tail)
    rows = [np.full(len(which), m) for m, (_, which, _) in enumerate(cuts)]
    at = [which for _, which, _ in cuts]
    cells = np.concatenate([*rows, np.zeros(0, int)]), np.concatenate([*at, np.zeros(0, int)])
    which = sparse.csr_array((np.ones(len(cells[0])), cells), shape=(len(cuts), arcs))
    cut = np.stack([one for *_, one in cuts], axis=1) if cuts else np.zeros((len(base.rate), 0))
    return Options(
        cost=np.array([float(one.cost["usd"]) for one in measures.changes]),
        more=more,
        cut_by=np.array([number for number, *_ in cuts], np.int64),
        cut_arcs=which,
        cut=cut,
        either=np.array(either, np.int64).reshape(-1, 2),
    )


def _cuts(base: Task, usd: Array, days: Array) -> list[tuple[Any, Array]]:
    """Return the arcs that become cheaper, by how much they do, and that for each class."""
    both = np.round(np.stack([usd, days], axis=1), 12)
    changed = np.flatnonzero((both > 0).any(axis=1))
    if not len(changed):
        return []
    kinds, of = np.unique(both[changed], axis=0, return_inverse=True)
    return [
        (changed[of.ravel() == k], kinds[k, 0] + base.rate * kinds[k, 1]) for k in range(len(kinds))
    ]


def _check(world: World, measures: Scenario) -> None:
    """Refuse changes that are no measures on a network."""
    for place, change in enumerate(measures.changes):
        what = f"{label_of(change, place)} ({change.target})"
        if change.target not in TARGETS:
            raise ScenarioError(
                f"{what} is nothing that a network is upgraded by",
                hint=did_you_mean(change.target, TARGETS),
            )
        if change.kind != "measure":
            raise ScenarioError(
                f"{what} is a shock, not a measure",
                hint='write kind = "measure" and cost = { usd = … }, or put it into scenario',
            )
        if not change.cost.get("usd", -1.0) >= 0:
            raise ScenarioError(
                f"{what} has no cost" if "usd" not in change.cost else f"{what} costs less than 0",
                hint="write cost = { usd = … }: what it costs once, 0 or more",
            )
        if change.target.partition(".")[0] not in world:
            table = change.target.partition(".")[0]
            raise MissingDataError(
                f"{what} changes the table {table}, which this world does not have",
                hint=f"give the world that table: world.with_({table}=…)",
            )


def _either(steps: Any) -> list[tuple[int, int]]:
    """Return pairs of measures on the same number that do not simply add up: one or the other."""
    return [
        (a, b)
        for (a, one), (b, other) in combinations(enumerate(steps), 2)
        if one.change.target == other.change.target
        and not one.change.operation == other.change.operation == "add"
        and np.intersect1d(one.rows, other.rows).size
    ]


def _check_sums(world: World, measures: Scenario) -> None:
    """Refuse measures that together take away more than there is."""
    timeline = measures.compile(world)
    for target in timeline.targets:
        table, _, column = target.partition(".")
        left = world.part(table).numbers(column).copy()
        for step in timeline.on(target):
            if step.change.operation == "add":
                left[step.rows] += min(step.change.value, 0.0)
        if (left < -_HAIR).any():
            row = world.ids(table)[int(np.flatnonzero(left < -_HAIR)[0])]
            raise ScenarioError(
                f"the measures on {target} together take away more than {row!r} has",
                hint="let them be smaller, or write them as set or multiply, of which one is taken",
            )
