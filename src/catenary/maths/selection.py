"""Which measures to take for a budget, where only a judge can tell what is lost with a set of them.

Small problems are settled by trying every set. Large ones greedily: the measure that saves most
(or most for its cost) joins, and a candidate is judged on the worst cases first and only as long
as it may still be the best (lazy evaluation); then single measures are exchanged. The bound says
what no set for that budget can do better than, as long as measures save together no more than
each apart.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Integers = NDArray[np.int64]
    Question = tuple[frozenset[int], Integers]

__all__ = ["Choice", "Judge", "Known", "Task", "affordable", "enumerated", "knapsack", "tail_mean"]

HAIR: Final = 1e-12
"""Share of the loss without measures that nobody can tell from nothing."""


class Judge(Protocol):
    """Who says what is lost."""

    def losses(self, questions: Sequence[Question]) -> list[Array]:
        """Return for each set of measures and cases the loss in these cases."""


def tail_mean(losses: Array, chance: Array, tail: float) -> float:
    """Return the mean of the worst cases that together have the chance `tail` (CVaR).

    Parameters
    ----------
    losses, chance
        Loss and chance of each case, (W,); chances add up to 1.
    tail
        Share of the cases that counts, above 0 and at most 1.

    References
    ----------
    Rockafellar, R. T. & Uryasev, S. (2000), Journal of Risk 2(3), 21-41.

    Examples
    --------
    >>> tail_mean(np.array([0.0, 10.0, 20.0, 30.0]), np.full(4, 0.25), 0.5)
    25.0
    """
    worst = np.argsort(-losses, kind="stable")
    before = np.concatenate([[0.0], np.cumsum(chance[worst])[:-1]])
    counted = np.clip(tail - before, 0.0, chance[worst])
    whole = counted.sum()
    return float(counted @ losses[worst] / whole) if whole > 0 else 0.0


@dataclass(frozen=True, kw_only=True, eq=False)
class Task:
    """What is to be chosen, and what counts.

    Parameters
    ----------
    cost, emissions
        Of each measure, (M,).
    chance
        Of each case, (W,); they add up to 1.
    budget
        Most that all measures together may cost.
    aversion, tail
        Weight of the mean of the worst cases, and their share.
    carbon_price
        What a unit of emissions counts.
    clash
        Whether two measures cannot both be taken, (M, M).
    required
        Measures that have to be taken.
    caps
        Measures (M,) that together may cost no more than so much: what is reserved for the others.
    after
        For a further part of a measure the part before it, which has to be taken first; -1: it is
        the first, (M,). Blank: measures are taken as a whole.
    """

    cost: Array
    emissions: Array
    chance: Array
    budget: float
    aversion: float = 0.0
    tail: float = 0.1
    carbon_price: float = 0.0
    clash: NDArray[np.bool_] = field(default_factory=lambda: np.zeros((0, 0), bool))
    required: frozenset[int] = frozenset()
    caps: tuple[tuple[NDArray[np.bool_], float], ...] = ()
    after: Integers = field(default_factory=lambda: np.zeros(0, np.int64))

    def price(self, chosen: frozenset[int]) -> float:
        """Return what a set costs, the same whatever its order."""
        return float(self.cost[sorted(chosen)].sum())

    def value(self, losses: Array, chosen: frozenset[int]) -> float:
        """Return what is to be made small."""
        worst = self.aversion * tail_mean(losses, self.chance, self.tail) if self.aversion else 0.0
        carbon = self.carbon_price * float(self.emissions[sorted(chosen)].sum())
        return float(self.chance @ losses) + worst + carbon

    def fits(self, chosen: frozenset[int], more: int) -> bool:
        """Return whether a measure may be added."""
        if more in chosen or any(self.clashes(one, more) for one in chosen):
            return False
        if self.before(more) not in (-1, *chosen):
            return False
        return self.can_pay(chosen | {more})

    def before(self, one: int) -> int:
        """Return the part that has to be taken before another; -1: none."""
        return int(self.after[one]) if len(self.after) else -1

    def can_pay(self, chosen: frozenset[int]) -> bool:
        """Return whether the budget, and what it reserves, allow a set."""
        limits = (
            (chosen, self.budget),
            *((frozenset(m for m in chosen if mine[m]), limit) for mine, limit in self.caps),
        )
        return all(self.price(some) <= limit * (1 + 1e-12) for some, limit in limits)

    def clashes(self, one: int, other: int) -> bool:
        """Return whether two measures cannot both be taken."""
        return bool(len(self.clash) and self.clash[one, other])


class Known:
    """What the judge has said so far, and what it is asked next.

    Parameters
    ----------
    task, judge
        What is asked for, and who answers.
    on_step
        Called with the number of cases judged so far; may raise to stop.
    """

    def __init__(
        self, task: Task, judge: Judge, on_step: Callable[[int], None] = lambda _: None
    ) -> None:
        self.task, self.judge, self.on_step = task, judge, on_step
        self.found: dict[frozenset[int], Array] = {}
        self.asked = 0
        self.floor = np.zeros(len(task.chance))
        """Least loss that each case is thought to be able to come down to."""

    def all_of(self, sets: Sequence[frozenset[int]]) -> list[float]:
        """Return the values of some sets, judged in full."""
        every = np.arange(len(self.task.chance))
        self._ask([(one, every) for one in sets])
        return [self.value(one) for one in sets]

    def is_whole(self, chosen: frozenset[int]) -> bool:
        """Return whether a set has been judged in every case."""
        return chosen in self.found and not np.isnan(self.found[chosen]).any()

    def losses(self, chosen: frozenset[int]) -> Array:
        """Return the loss in every case with a set of measures."""
        if not self.is_whole(chosen):
            self.all_of([chosen])
        return self.found[chosen]

    def value(self, chosen: frozenset[int]) -> float:
        """Return the value of a set judged in full."""
        return self.task.value(self.losses(chosen), chosen)

    def least(self, chosen: frozenset[int]) -> float:
        """Return the value of a set if every case not yet judged comes down to the floor."""
        losses = self.found.get(chosen)
        if losses is None:
            return self.task.value(self.floor, chosen)
        return self.task.value(np.where(np.isnan(losses), self.floor, losses), chosen)

    def further(self, sets: Sequence[frozenset[int]], order: Integers, step: int) -> None:
        """Judge each set in its next `step` cases, in the given order of cases."""
        questions: list[Question] = []
        for one in sets:
            losses = self.found.get(one)
            open_ = order if losses is None else order[np.isnan(losses[order])]
            done = len(order) - len(open_)
            questions.append((one, open_[: max(step, done)]))  # twice as many each time
        self._ask(questions)

    def _ask(self, questions: Sequence[Question]) -> None:
        left: dict[frozenset[int], Integers] = {}
        for chosen, cases in questions:
            losses = self.found.setdefault(chosen, np.full(len(self.task.chance), np.nan))
            new = cases[np.isnan(losses[cases])]
            if len(new):
                left[chosen] = np.union1d(left[chosen], new) if chosen in left else new
        if not left:
            return
        answers = self.judge.losses(list(left.items()))
        for (chosen, cases), losses in zip(left.items(), answers, strict=True):
            self.found[chosen][cases] = losses
            self.asked += len(cases)
        self.on_step(self.asked)


def affordable(task: Task, most: int) -> list[frozenset[int]] | None:
    """Return every set that may be taken, smallest first; None if there are more than `most`."""
    count = len(task.cost)
    found = [task.required]
    last = [task.required]
    while last:  # every set but the smallest is one of the size before and one more
        larger = dict.fromkeys(
            one | {more} for one in last for more in range(count) if task.fits(one, more)
        )
        last = list(larger)
        found += last
        if len(found) > most:
            return None
    return found


def knapsack(gain: Array, cost: Array, budget: float) -> float:
    """Return the most that gains can add up to for a budget, where parts count.

    Examples
    --------
    >>> knapsack(np.array([6.0, 4.0, 1.0]), np.array([3.0, 4.0, 0.0]), 5.0)
    9.0
    """
    useful = (gain > 0) & (cost <= budget * (1 + 1e-12))
    gain, cost = gain[useful], cost[useful]
    total, left = float(gain[cost <= 0].sum()), budget
    gain, cost = gain[cost > 0], cost[cost > 0]
    for one in np.argsort(-gain / cost, kind="stable"):
        part = min(1.0, left / cost[one])
        total += float(part * gain[one])
        left -= part * cost[one]
        if left <= 0:
            break
    return total


@dataclass(frozen=True, kw_only=True, eq=False)
class Choice:
    """What was chosen.

    Parameters
    ----------
    chosen
        The measures.
    value
        What is left to be made small, with them.
    bound
        Value that no set for the budget can beat (see the module); equal to `value` where every
        set was tried.
    exact
        Whether every set was tried.
    order
        The measures in the order in which they joined.
    alone, adds
        Most that each measure saves on its own, and next to the chosen ones (for a chosen one:
        what is lost without it), (M,).
    sure_alone, sure_adds
        Whether these are judged in full, not only bounded, (M,).
    helped
        How often a measure was seen to save more next to others than before: then the bound is
        only what all measures together leave.
    """

    chosen: frozenset[int]
    value: float
    bound: float
    exact: bool
    order: tuple[int, ...]
    alone: Array
    adds: Array
    sure_alone: NDArray[np.bool_]
    sure_adds: NDArray[np.bool_]
    helped: int


def enumerated(known: Known, sets: Sequence[frozenset[int]]) -> frozenset[int]:
    """Return the best of some sets: of equally good ones the cheapest, then the first."""
    task = known.task
    values = known.all_of(sets)
    least = min(values)
    hair = HAIR * max(1.0, abs(known.value(task.required)))
    good = [one for one, value in zip(sets, values, strict=True) if value <= least + hair]
    return min(good, key=lambda one: (task.price(one), len(one), sorted(one)))


def without_each(task: Task, chosen: frozenset[int]) -> Iterator[frozenset[int]]:
    """Yield a set without each of its members that need not be in it."""
    needed = task.required | {task.before(one) for one in chosen}
    yield from (chosen - {one} for one in sorted(chosen - needed))
