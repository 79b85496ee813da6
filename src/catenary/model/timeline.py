"""A scenario whose labels have become positions in one world."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from catenary.errors import Problem, ScenarioError
from catenary.model.change import CAPACITIES
from catenary.model.matrix import Matrix
from catenary.model.selection import cells, rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from catenary.model.change import Change
    from catenary.model.table import Table
    from catenary.model.world import World

__all__ = ["Losses", "Step", "Timeline", "is_rebuilt", "share_lost"]

_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """One change and the rows (or rows × columns) it means."""

    change: Change
    rows: NDArray[np.intp]
    columns: NDArray[np.intp] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Losses:
    """Share of capacity lost: producers (positions) and, by day, how much each loses."""

    producers: NDArray[np.intp]
    by_day: NDArray[np.float64]
    """Shape (days, producers); below 0 where a measure adds capacity."""


@dataclass(frozen=True, slots=True, eq=False)
class Timeline:
    """Changes with integer positions, ready for an engine; many can run over one world."""

    scenario: str
    steps: tuple[Step, ...]

    @classmethod
    def of(cls, scenario: str, changes: Sequence[Change], world: World) -> Timeline:
        """Resolve the labels of a scenario in a world.

        Raises
        ------
        ScenarioError
            If a change matches nothing, or losses on one producer exceed 100 %.
        """
        steps: list[Step] = []
        problems: list[Problem] = []
        for place, change in enumerate(changes):
            table, _, column = change.target.partition(".")
            try:
                if not column:
                    steps.append(Step(change, *cells(world, table, change.where)))
                else:
                    steps.append(Step(change, rows(world, table, change.where)))
            except ScenarioError as error:
                where = f"scenario {scenario!r}, change {place + 1}"
                problems.append(Problem(where, error.args[0], error.hint))
        if problems:
            raise ScenarioError.of(problems)
        timeline = cls(scenario, tuple(steps))
        for target in CAPACITIES:
            timeline._check_losses(world, target)
        return timeline

    def on(self, target: str) -> Iterator[Step]:
        """Yield the steps that change one target, in file order."""
        return (step for step in self.steps if step.change.target == target)

    @property
    def targets(self) -> set[str]:
        """What the scenario changes."""
        return {step.change.target for step in self.steps}

    @property
    def last_day(self) -> float:
        """First day from which nothing changes any more (inf: some change stays or fades on)."""
        return max((step.change.end for step in self.steps), default=0.0)

    def losses(
        self, world: World, target: str, days: NDArray[np.float64], *, rebuilt: bool = True
    ) -> Losses:
        """Return the losses on capacity or capital as scenarios say; those of several changes add.

        Without `rebuilt`, those that come back by rebuilding are left out.
        """
        steps = [step for step in self.on(target) if rebuilt or not is_rebuilt(step)]
        affected = np.unique(np.concatenate([s.rows for s in steps])) if steps else np.zeros(0, int)
        total = np.zeros((len(days), len(affected)))
        for step in steps:
            places = np.searchsorted(affected, step.rows)
            size = share_lost(step, world)
            total[:, places] += step.change.strength(days)[:, None] * size
        return Losses(affected, total)

    def _check_losses(self, world: World, target: str) -> None:
        steps = list(self.on(target))
        if not steps:
            return
        # a sum of losses that only fade is largest where one begins, or where a gain is over
        days = {step.change.start for step in steps}
        for step in steps:
            if np.isfinite(step.change.end):
                days.add(float(np.ceil(step.change.end)))
            if step.change.recovery is not None and step.change.recovery.curve == "own":
                after = step.change.start + (step.change.days or 0)
                days |= {after + k for k in range(len(step.change.recovery.values))}
        when = np.array(sorted(days), dtype=float)
        losses = self.losses(world, target, when)
        over = losses.by_day > 1 + _ROUNDING
        if not over.any():
            return
        day, place = np.argwhere(over)[0]
        producer = losses.producers[place]
        at_fault = [
            f"change {number + 1} ({_loss_of(step, world, producer):.0%})"
            for number, step in enumerate(self.steps)
            if step.change.target == target
            and producer in step.rows
            and step.change.strength(when[day : day + 1])[0] > 0
        ]
        raise ScenarioError(
            f"scenario {self.scenario!r}: on day {when[day]:g} producer "
            f"{world.ids('producers')[producer]!r} loses {losses.by_day[day, place]:.0%} of its "
            f"{target.partition('.')[2]}: {' and '.join(at_fault)} add up to more than 100 %",
            hint="losses of different changes on one producer add; make one smaller, or let them "
            "not overlap",
        )

    def numbers(self, target: str, base: NDArray[np.float64], day: float) -> NDArray[np.float64]:
        """Return a column of numbers as it is on one day: set, then multiply, then add."""
        numbers = base.copy()
        now = np.array([day], dtype=float)
        for operation in ("set", "multiply", "add"):
            for step in self.on(target):
                if step.change.operation == operation:
                    share = float(step.change.strength(now)[0])
                    _refuse_blanks(step.change, numbers[step.rows], share)
                    numbers[step.rows] = _changed(step.change, numbers[step.rows], share)
        return numbers

    def cells(self, matrix: str, base: Matrix, day: float) -> Matrix:
        """Return a matrix as it is on one day: set, then multiply, then add."""
        dense = base.dense.copy()
        now = np.array([day], dtype=float)
        for operation in ("set", "multiply", "add"):
            for step in self.on(matrix):
                if step.change.operation == operation and step.columns is not None:
                    block = np.ix_(step.rows, step.columns)
                    share = float(step.change.strength(now)[0])
                    dense[block] = _changed(step.change, dense[block], share)
        if not base.is_sparse:
            return Matrix(dense, base.rows, base.columns, base.unit)
        from scipy import sparse  # noqa: PLC0415  few worlds have any

        return Matrix(sparse.csr_array(dense), base.rows, base.columns, base.unit)

    def applied(self, world: World, day: float) -> World:
        """Return the world as it is on one day; every untouched part is shared."""
        matrices: dict[str, Matrix] = {}
        frames: dict[str, pd.DataFrame] = {}
        tables: dict[str, Table] = {}
        now = np.array([day], dtype=float)
        for target in sorted(self.targets):
            table, _, column = target.partition(".")
            if not column:
                matrices[table] = self.cells(table, world.matrix(table), day)
                continue
            base = _base(world, target)
            if target in CAPACITIES:
                lost = self.losses(world, target, now)
                changed = base.copy()
                changed[lost.producers] *= np.maximum(0.0, 1 - lost.by_day[0])
            else:
                changed = self.numbers(target, base, day)
            if table == "links":  # blanks take what more general links say, so read it all again
                frames[table] = frames.get(table, world.table(table)).assign(**{column: changed})
            else:
                tables[table] = tables.get(table, world.part(table)).changed(**{column: changed})
        if tables:
            world = world.with_tables(*tables.values())
        return world.with_({**frames, **matrices}) if frames or matrices else world


def _changed(change: Change, values: NDArray[np.float64], share: float) -> NDArray[np.float64]:
    """Apply one change with a strength between 0 and 1."""
    if change.operation == "set" and share == 1:
        return np.full_like(values, change.value)
    if change.operation == "set":
        return values + share * (change.value - values)
    if change.operation == "multiply":
        return values * (1 + share * (change.value - 1))
    return values + share * change.value


def _refuse_blanks(change: Change, values: NDArray[np.float64], share: float) -> None:
    """Refuse to change what is not there: a blank can only be set, and only in full."""
    blank = np.isnan(values)
    if share == 0 or not blank.any() or (change.operation == "set" and share == 1):
        return
    raise ScenarioError(
        f"{change.target} is blank in {int(blank.sum()):,} of the {len(values):,} rows that are to "
        f"{change.operation} {change.value:g}",
        hint="set it, in full and without recovery, or fill in the column",
    )


def is_rebuilt(step: Step) -> bool:
    """Return whether what a change destroys comes back by rebuilding."""
    recovery = step.change.recovery
    return recovery is not None and recovery.curve == "rebuild"


def _base(world: World, target: str) -> NDArray[np.float64]:
    table, _, column = target.partition(".")
    numbers = world.part(table).numbers(column)
    if target == "producers.capacity":  # blank = output
        return np.where(np.isnan(numbers), world.part(table).numbers("output"), numbers)
    return numbers


def share_lost(step: Step, world: World) -> NDArray[np.float64] | float:
    """Return the share of capacity or capital that one change takes; below 0: it adds some."""
    change = step.change
    if change.operation == "multiply":
        return 1.0 - change.value
    base = _base(world, change.target)[step.rows]
    if np.isnan(base).any():
        raise ScenarioError(
            f"{change.target} is blank for some producers, so it cannot be {change.operation} to "
            f"{change.value:g}",
            hint="use multiply, or fill in the column",
        )
    with np.errstate(divide="ignore", invalid="ignore"):
        left = change.value / base + (1.0 if change.operation == "add" else 0.0)
    return np.where(base > 0, 1.0 - left, 0.0)


def _loss_of(step: Step, world: World, producer: int) -> float:
    loss = np.broadcast_to(share_lost(step, world), step.rows.shape)
    return float(loss[step.rows == producer][0])
