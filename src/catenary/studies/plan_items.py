"""What a plan may consist of: measures or parts of them, those that clash, and an even spending."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np

from catenary.errors import ScenarioError
from catenary.model import Measure
from catenary.studies.measured import numbers_now, rows_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from catenary.maths.selection import Task
    from catenary.model import Change, World
    from catenary.studies.plan_cases import Futures
    from catenary.studies.weighing import Weights

    Array = NDArray[np.float64]
    Flags = NDArray[np.bool_]
    Set = frozenset[int]

__all__ = ["Asked", "Item", "clashes_of", "evenly", "items_of"]


class _IndivisibleError(Exception):
    """A measure cannot be had in part."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Asked:
    """What `plan` was asked, checked."""

    world: World
    measures: Sequence[Measure]
    futures: Futures
    weights: Weights
    budget: float
    aversion: float
    tail: float
    carbon_price: float
    required: str
    parts: int
    judge: str
    thorough: bool
    exact_cases: int
    days: int
    options: Mapping[str, Any]
    caps: tuple[tuple[NDArray[np.bool_], float], ...] = ()
    """Measures (M,) that together may cost no more than so much."""

    @property
    def expected(self) -> int:
        """About how many judgements that takes."""
        return 2 * len(self.measures) * len(self.futures.cases)


@dataclass(frozen=True, slots=True)
class Item:
    """A measure, or its first parts.

    Parameters
    ----------
    number
        Which measure.
    share
        How much of it.
    measure
        That much of it.
    """

    number: int
    share: float
    measure: Measure


def items_of(asked: Asked, number: int) -> list[Item]:
    """Return a measure in the parts in which it may be taken."""
    measure, count = asked.measures[number], asked.parts
    try:
        return [
            Item(number=number, share=k / count, measure=_part(asked, number, k / count))
            for k in range(1, count + 1)
        ]
    except _IndivisibleError:
        return [Item(number=number, share=1.0, measure=measure)]


def clashes_of(world: World, measures: Sequence[Measure]) -> Flags:
    """Return which measures are alternatives: they set one number to different values.

    Raises
    ------
    ScenarioError
        If a measure matches nothing or contradicts itself.
    """
    count = len(measures)
    clash = np.zeros((count, count), bool)
    settings: dict[str, list[tuple[int, float, NDArray[np.intp]]]] = {}
    for number, measure in enumerate(measures):
        for change in measure.changes:
            try:
                rows = rows_of(world, change)
            except ScenarioError as error:
                raise ScenarioError(
                    f"measure {measure.name!r}: {error.args[0]}", hint=error.hint
                ) from None
            if change.operation == "set":
                settings.setdefault(change.target, []).append((number, change.value, rows))
    for target, found in settings.items():
        for (a, one, mine), (b, other, theirs) in combinations(found, 2):
            if one == other or not np.intersect1d(mine, theirs).size:
                continue
            if a == b:
                raise ScenarioError(
                    f"measure {measures[a].name!r} sets {target} to {one:g} and to {other:g} for "
                    "the same rows",
                    hint="keep one of them",
                )
            clash[a, b] = clash[b, a] = True
    return clash


def evenly(asked: Asked, task: Task, items: Sequence[Item]) -> Set:
    """Return how the budget is spread evenly.

    Where measures come in parts every measure gets the same money, as far as whole parts go; where
    they come as a whole, as many are taken as the money pays for, the cheapest first. It is a
    rival, and a set from which the search may go on: measures that only help together are found by
    neither way of joining them one by one.
    """
    cost = np.array([one.usd for one in asked.measures])
    first = {item.number: m for m, item in reversed(list(enumerate(items)))}
    some: list[int] = []
    for number in sorted(first, key=lambda one: (cost[one], one)):
        m, beside = first[number], (*some, *task.required)
        if m not in task.required and not any(task.clashes(m, other) for other in beside):
            some.append(m)
    left, even = task.budget - task.price(task.required), set(task.required)
    prices = cost[[items[m].number for m in some]]
    levels = np.full(len(some), _level(prices, left))
    for mine, limit in task.caps:  # what is reserved for others is not theirs
        capped = mine[some]
        levels[capped] = np.minimum(levels[capped], _level(prices[capped], limit))
    for m, level in zip(some, levels.tolist(), strict=True):
        for one, item in enumerate(items):
            if item.number != items[m].number or (
                asked.parts > 1 and item.share * cost[item.number] > level * (1 + 1e-12)
            ):
                continue
            if task.fits(frozenset(even), one):
                even.add(one)
    return frozenset(even)


def _level(cost: Array, budget: float) -> float:
    """Return the most that each measure gets where money is spread evenly over all."""
    left = budget
    for place, one in enumerate(np.sort(cost)):
        level = left / (len(cost) - place)
        if one > level:
            return level
        left -= one
    return float(np.inf)


def _part(asked: Asked, number: int, share: float) -> Measure:
    """Return a measure of which only a part is paid for."""
    measure = asked.measures[number]
    if share >= 1.0:
        return measure
    changes = tuple(c for one in measure.changes for c in _scaled(asked, one, share))
    return Measure(name=f"{measure.name} ({share:.0%})", changes=changes)


def _scaled(asked: Asked, change: Change, share: float) -> Iterator[Change]:
    """Yield a change of which only a part happens."""
    cost = {key: value * share for key, value in change.cost.items()}
    if change.operation == "add":
        yield replace(change, add=change.value * share, cost=cost)
    elif change.operation == "multiply":
        yield replace(change, multiply=1.0 + (change.value - 1.0) * share, cost=cost)
    else:
        now = numbers_now(asked.world, change, asked.options)
        if now is None:
            raise _IndivisibleError
        ids, base = now
        for value in np.unique(base):
            label = [str(one) for one in ids[base == value]]
            number = value + share * (change.value - value)
            yield replace(change, where={"id": label}, set=float(number), cost=cost)
            cost = {}
