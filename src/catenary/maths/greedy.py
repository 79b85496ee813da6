"""Choose measures one after another, exchange single ones, and say how good that can be at most."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from catenary.maths.selection import (
    HAIR,
    Choice,
    Judge,
    Known,
    Task,
    affordable,
    enumerated,
    knapsack,
    without_each,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Integers = NDArray[np.int64]
    Flags = NDArray[np.bool_]
    Set = frozenset[int]

__all__ = ["choose", "chosen_quickly"]

_WIDTH: Final = 8  # candidates judged at a time; what is chosen must not depend on the machine
_STEP: Final = 16  # cases that they are judged in at first
_TRIES: Final = 64  # exchanges looked at before a plan counts as settled
_ROUNDS: Final = 8


def choose(
    task: Task,
    judge: Judge,
    *,
    exact_cases: int = 20_000,
    thorough: bool = True,
    others: Sequence[frozenset[int]] = (),
    given: frozenset[int] | None = None,
    on_step: Callable[[int], None] = lambda _: None,
) -> tuple[Choice, Known]:
    """Return the measures to take, and all that was judged on the way.

    Parameters
    ----------
    task
        Costs, chances, budget and what counts.
    judge
        Says what is lost with some measures in some cases.
    exact_cases
        If all sets that can be paid for need no more judgements, every one is tried.
    thorough
        Whether what each measure is worth next to the plan is judged in full, or only bounded.
    others
        Sets found in other ways, which can be paid for: where they are better the search goes on
        from them.
    given
        A set that is chosen already, so that only its worth is judged.
    on_step
        Called with the number of judgements so far; may raise to stop.

    Returns
    -------
    tuple
        The choice, and the judgements.

    References
    ----------
    Nemhauser, G. L., Wolsey, L. A. & Fisher, M. L. (1978), Mathematical Programming 14, 265-294.
    Leskovec, J. et al. (2007), Cost-effective outbreak detection in networks, KDD '07, 420-429.

    Examples
    --------
    >>> class Apart:
    ...     def losses(self, questions):
    ...         return [np.full(len(w), 9.0 - sum({0: 5.0, 1: 4.0, 2: 3.0}[m] for m in s))
    ...                 for s, w in questions]
    >>> task = Task(cost=np.array([5.0, 3.0, 2.0]), emissions=np.zeros(3), chance=np.ones(1),
    ...             budget=5.0)
    >>> choice, _ = choose(task, Apart())
    >>> sorted(choice.chosen), choice.value
    ([1, 2], 2.0)
    """
    known = Known(task, judge, on_step)
    known.all_of([task.required])
    search = _Search(known)
    sets = affordable(task, exact_cases // len(task.chance)) if given is None else None
    if given is not None:
        search.set_floor()
        chosen = given
        order = search.in_order(chosen)
    elif sets is not None:
        chosen = enumerated(known, sets)
        order = search.in_order(chosen)
    else:
        search.set_floor()
        first = [search.grown(by_cost=by_cost) for by_cost in (True, False)]
        first += others
        known.all_of(first)
        best = min(first, key=lambda one: (known.value(one), task.price(one)))
        chosen = search.settled(best)
        order = search.in_order(chosen)
    return search.told(chosen, order, exact=sets is not None, thorough=thorough), known


def chosen_quickly(task: Task, judge: Judge, *, exact_cases: int) -> frozenset[int]:
    """Return a good set soon: the best of all, or what saves most for its cost one by one.

    Examples
    --------
    >>> class Apart:
    ...     def losses(self, questions):
    ...         return [np.full(len(w), 9.0 - sum({0: 5.0, 1: 4.0, 2: 3.0}[m] for m in s))
    ...                 for s, w in questions]
    >>> task = Task(cost=np.array([5.0, 3.0, 2.0]), emissions=np.zeros(3), chance=np.ones(1),
    ...             budget=5.0)
    >>> sorted(chosen_quickly(task, Apart(), exact_cases=0))
    [1, 2]
    """
    known = Known(task, judge)
    known.all_of([task.required])
    sets = affordable(task, exact_cases // len(task.chance))
    if sets is not None:
        return enumerated(known, sets)
    search = _Search(known)
    search.set_floor()
    return search.grown(by_cost=True)


@dataclass(eq=False)
class _Search:
    """A search and what it has learnt."""

    known: Known

    def __post_init__(self) -> None:
        task = self.known.task
        self.task = task
        self.count = len(task.cost)
        self.start = task.required
        self.hair = HAIR * max(1.0, abs(self.known.value(self.start)))
        self.alone = np.full(self.count, np.inf)
        """Most that each measure saves next to the required ones."""
        self.helped = 0

    def set_floor(self) -> None:
        """Say how far down each case may come: to its loss with all measures that go together."""
        every = self.start
        for one in np.argsort(-self.task.cost, kind="stable").tolist():
            if one not in every and not any(self.task.clashes(one, m) for m in every):
                every |= {one}
        low = np.minimum(self.known.losses(every), self.known.losses(self.start))
        self.known.floor = np.minimum(low, np.maximum(low, 0.0))

    def _cases(self, chosen: Set) -> Integers:
        """Return the cases, those first where a measure may save most."""
        room = self.task.chance * (self.known.losses(chosen) - self.known.floor)
        return np.argsort(-room, kind="stable").astype(np.int64)

    def _gain(self, chosen: Set, more: Set) -> float:
        """Return the most that measures can save next to others, as far as is known."""
        return self.known.value(chosen) - self.known.least(chosen | more)

    def grown(self, *, by_cost: bool) -> Set:
        """Add the measure that saves most, or most for its cost, as long as one saves anything."""
        chosen = self.start
        bound = self.alone.copy()
        while True:
            best = self._best(chosen, bound, by_cost=by_cost)
            if chosen == self.start:
                self.alone = np.minimum(self.alone, bound)
            if best is None:
                return chosen
            chosen |= {best}
            self._lower(bound, best)

    def _best(
        self, chosen: Set, bound: Array, *, by_cost: bool, among: Set | None = None
    ) -> int | None:
        """Return the measure to add, judging candidates only as far as needed; lower bounds."""
        cases, fresh = self._cases(chosen), set[int]()
        every = range(self.count) if among is None else sorted(among)
        fits = [m for m in every if self.task.fits(chosen, m)]

        def rank(one: int) -> tuple[float, float, int]:
            price = self.task.cost[one]
            gain = float(bound[one])
            score = gain / price if by_cost and price > 0 else np.inf if by_cost else gain
            return -score, -gain, one

        while True:
            ranked = sorted((m for m in fits if bound[m] > self.hair), key=rank)
            if not ranked:
                return None
            if ranked[0] in fresh:
                return ranked[0]
            work = [m for m in ranked[:_WIDTH] if m not in fresh]
            self.known.further([chosen | {m} for m in work], cases, _STEP)
            for one in work:
                gain = self._gain(chosen, frozenset({one}))
                if self.known.is_whole(chosen | {one}):
                    self.helped += bool(gain > bound[one] + 1e3 * self.hair)
                    bound[one] = gain
                    fresh.add(one)
                else:
                    bound[one] = min(bound[one], gain)

    def in_order(self, chosen: Set) -> tuple[int, ...]:
        """Return the members in the order in which each saves most for its cost next to those."""
        order: list[int] = []
        now, bound = self.start, self.alone.copy()
        while (best := self._best(now, bound, by_cost=True, among=chosen)) is not None:
            order.append(best)
            now |= {best}
            self._lower(bound, best)
        return (*order, *sorted(chosen - now))  # what saves only next to others comes last

    def _lower(self, bound: Array, joined: int) -> None:
        """Say that a further part saves no more than the one before it."""
        for one in range(self.count):
            if self.task.before(one) == joined:
                bound[one] = min(bound[one], bound[joined])

    def settled(self, chosen: Set) -> Set:
        """Drop what saves nothing and exchange single measures until nothing gets better."""
        for _ in range(_ROUNDS):
            chosen = self._needed(chosen)
            better = self._exchanged(chosen)
            if better is None:
                break
            chosen = better
        return self._needed(chosen)

    def _needed(self, chosen: Set) -> Set:
        """Return a set without what saves nothing: a budget need not be spent."""
        while True:
            value = self.known.value(chosen)
            less = list(without_each(self.task, chosen))
            values = self.known.all_of(less) if less else []
            idle = [s for s, v in zip(less, values, strict=True) if v <= value + self.hair]
            if not idle:
                return chosen
            chosen = min(idle, key=lambda one: (self.known.value(one), self.task.price(one)))

    def _adds(self, chosen: Set, *, thorough: bool) -> tuple[Array, Flags]:
        """Return the most that each measure not taken saves next to a set, and where it is sure."""
        gains, sure = np.zeros(self.count), np.zeros(self.count, bool)
        cases = self._cases(chosen)
        rest = [m for m in range(self.count) if m not in chosen]
        free = [
            m
            for m in rest
            if self.task.before(m) in (-1, *chosen)
            and not any(self.task.clashes(m, c) for c in chosen)
        ]
        sets = [chosen | {m} for m in free]
        if thorough:
            self.known.all_of(sets)
        else:
            self.known.further(sets, cases, _STEP)
        for one in rest:
            gains[one] = self.alone[one]
        for one, more in zip(free, sets, strict=True):
            gain, sure[one] = self._gain(chosen, frozenset({one})), self.known.is_whole(more)
            gains[one] = gain if sure[one] else min(gain, self.alone[one])
        for one in rest:  # parts stand in order
            if (before := self.task.before(one)) not in (-1, *chosen):
                gains[one] = min(gains[one], gains[before])
        return gains, sure

    def _exchanged(self, chosen: Set) -> Set | None:
        """Return a better set in which one measure joined and at most one left; None: none."""
        value, cases = self.known.value(chosen), self._cases(chosen)
        adds, _ = self._adds(chosen, thorough=False)
        offers: list[tuple[float, Set]] = []
        for less in [chosen, *without_each(self.task, chosen)]:
            lost = self.known.value(less) - value
            for one in range(self.count):
                most = min(adds[one], self.alone[one] - lost)
                if one not in chosen and most > self.hair and self.task.fits(less, one):
                    offers.append((most, less | {one}))
        offers.sort(key=lambda offer: (-offer[0], sorted(offer[1])))
        for first in range(0, min(len(offers), _TRIES), _WIDTH):
            some = [one for _, one in offers[first : first + _WIDTH]]
            while work := [
                one
                for one in some
                if not self.known.is_whole(one) and self.known.least(one) < value - self.hair
            ]:
                self.known.further(work, cases, _STEP)
            whole = [one for one in some if self.known.is_whole(one)]
            best = min(whole, key=self.known.value, default=chosen)
            if self.known.value(best) < value - self.hair:
                return best
        return None

    def told(self, chosen: Set, order: tuple[int, ...], *, exact: bool, thorough: bool) -> Choice:
        """Return the choice with what each measure is worth, and the bound."""
        known, value = self.known, self.known.value(chosen)
        heads = [m for m in range(self.count) if self.task.before(m) == -1]
        first = {m: self.start | {m} for m in heads}
        if thorough:
            known.all_of(list(first.values()))
        alone, sure_alone = self.alone.copy(), np.zeros(self.count, bool)
        for one, chosen_alone in first.items():
            alone[one] = min(alone[one], self._gain(self.start, chosen_alone - self.start))
            sure_alone[one] = known.is_whole(chosen_alone)
        for one in range(self.count):  # parts stand in order
            if (before := self.task.before(one)) != -1:
                alone[one] = min(alone[one], alone[before])
        self.alone = alone
        adds, sure = self._adds(chosen, thorough=thorough)
        least = [value if exact else self.task.value(known.floor, frozenset())]
        if not self.helped:
            least += [known.value(self.start) - knapsack(alone, self.task.cost, self._left())]
            least += [value - knapsack(np.maximum(adds, 0.0), self.task.cost, self._left())]
        for one in range(self.count):  # an alternative cannot join: it would take a place
            if one not in chosen and any(self.task.clashes(one, m) for m in chosen):
                adds[one] = np.nan
        for less in without_each(self.task, chosen):
            (one,) = chosen - less
            adds[one], sure[one] = known.value(less) - value, True
        return Choice(
            chosen=chosen, value=value, bound=min(value, max(least)), exact=exact, order=order,
            alone=alone, adds=adds, sure_alone=sure_alone, sure_adds=sure, helped=self.helped,
        )  # fmt: skip

    def _left(self) -> float:
        return self.task.budget - self.task.price(self.start)
