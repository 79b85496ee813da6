"""How a plan is found: measures that clash, the search, and the plans that it stands beside."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np

from catenary.errors import OptionError, ScenarioError, did_you_mean, listed
from catenary.languages import say
from catenary.maths.greedy import choose
from catenary.maths.selection import Task
from catenary.model import Measure
from catenary.studies.judging import Judge
from catenary.studies.measured import numbers_now, rows_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from catenary.maths.selection import Choice, Known
    from catenary.model import Change, World
    from catenary.studies.plan_cases import Futures
    from catenary.studies.weighing import Weights

    Array = NDArray[np.float64]
    Flags = NDArray[np.bool_]
    Set = frozenset[int]

__all__ = ["Asked", "Found", "planned"]


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
    exact_cases: int
    days: int
    options: Mapping[str, Any]

    @property
    def expected(self) -> int:
        """About how many judgements that takes."""
        return 2 * len(self.measures) * len(self.futures.cases)


@dataclass(frozen=True, kw_only=True, eq=False)
class Found:
    """A plan, and what it stands beside.

    Parameters
    ----------
    asked, task
        What was asked.
    choice, known
        What was chosen, and every judgement.
    sets
        Plans by name: nothing, even, mean and chosen (`mean` only where it can be told); numbers
        from M on are measures in part.
    losses, fresh
        Loss in every case and every fresh case with each of them.
    parts
        The measures in part that spending evenly takes.
    runs
        Scenarios that the engine ran.
    warnings
        What a reader should know.
    """

    asked: Asked
    task: Task
    choice: Choice
    known: Known
    sets: Mapping[str, Set]
    losses: Mapping[str, Array]
    fresh: Mapping[str, Array]
    parts: Sequence[tuple[int, float, Measure]]
    runs: int
    warnings: Sequence[str]


def planned(asked: Asked, on_step: Callable[[int], None]) -> Found:
    """Return the plan.

    Raises
    ------
    OptionError
        If the budget is below any measure, or required measures cannot be taken.
    ScenarioError
        If a measure matches nothing or contradicts itself.
    """
    task = _task(asked)
    _check_budget(asked, task)
    parts = _evenly(asked, task)
    measures = [*asked.measures, *(one for _, _, one in parts)]
    judge = Judge(
        world=asked.world, cases=asked.futures.cases, measures=measures, days=asked.days,
        options=asked.options, weights=asked.weights,
    )  # fmt: skip
    choice, known = choose(task, judge, exact_cases=asked.exact_cases, on_step=on_step)
    even = frozenset(len(asked.measures) + k for k in range(len(parts))) | task.required
    sets = {"nothing": task.required, "even": even, "chosen": choice.chosen}
    every = np.arange(len(asked.futures.cases))
    losses = dict(zip(sets, judge.losses([(one, every) for one in sets.values()]), strict=True))
    later = replace(judge, cases=asked.futures.fresh)
    every = np.arange(len(asked.futures.fresh))
    fresh = dict(zip(sets, later.losses([(one, every) for one in sets.values()]), strict=True))
    return Found(
        asked=asked, task=task, choice=choice, known=known, sets=sets, losses=losses,
        fresh=fresh, parts=parts, runs=judge.runs + later.runs,
        warnings=list(_warnings(asked, choice)),
    )  # fmt: skip


def _task(asked: Asked) -> Task:
    names = [one.name for one in asked.measures]
    required = set[int]()
    for word in filter(None, (word.strip() for word in asked.required.split(","))):
        if word not in names:
            raise OptionError(f"required names {word!r}", hint=did_you_mean(word, names))
        required.add(names.index(word))
    return Task(
        cost=np.array([one.usd for one in asked.measures]),
        emissions=np.array([one.co2e for one in asked.measures]),
        chance=asked.futures.chance,
        budget=asked.budget,
        aversion=asked.aversion,
        tail=asked.tail,
        carbon_price=asked.carbon_price,
        clash=_clashes(asked.world, asked.measures),
        required=frozenset(required),
    )


def _check_budget(asked: Asked, task: Task) -> None:
    """Refuse what cannot be paid for, or taken together."""
    names = [one.name for one in asked.measures]
    for a, b in combinations(sorted(task.required), 2):
        if task.clashes(a, b):
            raise OptionError(
                f"{names[a]!r} and {names[b]!r} are both required, and contradict each other: "
                "they set the same number to different values",
                hint="require one of them",
            )
    price = task.price(task.required)
    if price > task.budget * (1 + 1e-12):
        raise OptionError(
            f"the required measures cost {price:,.6g} USD, and the budget is {task.budget:,.6g}",
            hint=f"raise it, or require fewer of {listed(names[m] for m in sorted(task.required))}",
        )
    cheapest = int(np.argmin(task.cost))
    if 0 < task.budget < task.cost[cheapest]:
        raise OptionError(
            f"a budget of {task.budget:,.6g} USD is below any measure",
            hint=f"the cheapest is {names[cheapest]!r} for {task.cost[cheapest]:,.6g} USD",
        )


def _clashes(world: World, measures: Sequence[Measure]) -> Flags:
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


def _level(cost: Array, budget: float) -> float:
    """Return the most that each measure gets where money is spread evenly over all."""
    left, level = budget, 0.0
    for place, one in enumerate(np.sort(cost)):
        rest = len(cost) - place
        level = left / rest
        if one > level:
            return level
        left -= one
    return float(np.inf)


def _evenly(asked: Asked, task: Task) -> list[tuple[int, float, Measure]]:
    """Return the part of each measure that the budget pays for if all get the same."""
    some: list[int] = []
    for number in range(len(asked.measures)):
        beside = [*some, *task.required]
        if number not in task.required and not any(task.clashes(number, m) for m in beside):
            some.append(number)
    cost = task.cost[some]
    level = _level(cost, task.budget - task.price(task.required))
    parts = []
    for number, price in zip(some, cost.tolist(), strict=True):
        share = 1.0 if price <= level else level / price
        if share > 0:
            with suppress(_IndivisibleError):
                parts.append((number, share, _part(asked, number, share)))
    return parts


def _part(asked: Asked, number: int, share: float) -> Measure:
    """Return a measure of which only a part is paid for."""
    measure = asked.measures[number]
    if share == 1.0:
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


def _warnings(asked: Asked, choice: Choice) -> Iterator[str]:
    """Yield what a reader should know before trusting the plan."""
    if not asked.futures.fresh:
        yield say(
            "nothing is uncertain and the scenarios are few: the plan was not tried on others"
        )
    if choice.helped:
        yield say(
            "measures saved more next to others than before in {count} cases: the bound may not "
            "hold",
            count=choice.helped,
        )
