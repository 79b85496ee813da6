"""Routes through a small network of doors: the cheapest, the next, and all efficient ones.

A question about one pair of places, as `catenary.maths.overlay` asks it, in plain numpy.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Integers = NDArray[np.integer[Any]]
    Array = NDArray[np.float64]
    Steps = tuple[int, ...]

__all__ = ["Legs", "cheapest", "efficient", "leading", "spread"]

_HAIR: Final = 1e-12  # rounding does not make a route better
_LABELS: Final = 20_000  # partial routes looked at before a front is given up as incomplete


def leading(
    open_water: NDArray[np.bool_], asked: NDArray[np.bool_], tail: Integers, head: Integers
) -> NDArray[np.bool_]:
    """Return which doors may lie on a shortest route between places, (D,).

    A water without a place into which only one door leads, a river say, is a dead end; and
    without it the water before it may be another. Given are between which ends there is open
    water, (E, E), which ends a place has open water to, (E,), and the ends of doors, (D,).
    """
    from scipy.sparse.csgraph import connected_components  # noqa: PLC0415  slow to import

    count, water = connected_components(open_water, directed=False)
    place = np.bincount(water, weights=asked, minlength=count) > 0
    one, other = water[tail], water[head]
    kept = np.ones(len(tail), bool)
    while True:
        between = kept & (one != other)
        ways_in = np.bincount(np.concatenate([one[between], other[between]]), minlength=count)
        on = place | (ways_in > 1)
        left = kept & on[one] & on[other]
        if (left == kept).all():
            return kept
        kept = left


@dataclass(frozen=True, kw_only=True, eq=False)
class Legs:
    """One question as a network: a step is a leg through open water and then a door.

    Steps are by door and direction, 2 d outward (from tail to head) and 2 d + 1 back; the cost of
    a step is by goal, and that of a whole route is one start, steps, and one finish.
    """

    start: Array
    """From the origin to and through each, (G, 2 D)."""
    step: Array
    """From behind each to and through each, (G, 2 D, 2 D)."""
    finish: Array
    """From behind each to the destination, (G, 2 D)."""
    direct: Array
    """From origin to destination through no door, (G,)."""

    def without(self, steps: NDArray[np.bool_]) -> Legs:
        """Return the same without some steps, (2 D,)."""
        closed = np.where(steps, np.inf, 0.0)
        return Legs(
            start=self.start + closed, step=self.step + closed, finish=self.finish,
            direct=self.direct,
        )  # fmt: skip


def _to_go(legs: Legs, goal: int) -> list[Array]:
    """Return, by number k of further doors at most, the least cost from behind each step."""
    step, best = legs.step[goal], [legs.finish[goal]]
    while True:
        onward = np.min(step + best[-1], axis=1, initial=np.inf)
        if not (onward < best[-1]).any():
            return best
        best.append(np.minimum(best[-1], onward))


def cheapest(legs: Legs) -> tuple[float, Steps] | None:
    """Return the cost of the cheapest route and its steps: fewest doors, then lowest first."""
    best = _to_go(legs, 0)
    totals = [float(legs.direct[0])]
    totals += [float(np.min(legs.start[0] + to_go, initial=np.inf)) for to_go in best]
    cost = min(totals)
    if not np.isfinite(cost):
        return None
    steps: list[int] = []
    left = totals.index(cost)  # doors to pass
    onward = legs.start[0]
    while left:
        total = onward + best[left - 1]
        here = int(np.argmin(total))
        steps.append(here)
        behind = [to_go[here] for to_go in best[:left]]
        left = behind.index(behind[-1])
        onward = legs.step[0][here]
    return cost, tuple(steps)


def spread(
    legs: Legs, groups: Integers, used: list[frozenset[int]]
) -> Iterator[tuple[float, Steps]]:
    """Yield the cheapest route, then the cheapest that avoids a group of each in `used`.

    Whatever avoids a route avoids one of its groups: so ask once without each, and keep what is
    cheapest of all answers. The reader notes in `used` what each route uses.
    """
    by_step = np.repeat(groups, 2)
    number = count()
    waiting: list[tuple[float, int, Steps, int, frozenset[int]]] = []
    asked: set[frozenset[int]] = set()

    def ask(banned: frozenset[int]) -> None:
        if banned in asked:
            return
        asked.add(banned)
        found = cheapest(legs.without(np.isin(by_step, list(banned))))
        if found is not None:
            heapq.heappush(waiting, (found[0], len(found[1]), found[1], next(number), banned))

    ask(frozenset())
    while waiting:
        cost, _, steps, _, banned = heapq.heappop(waiting)
        through = frozenset(by_step[list(steps)].tolist())
        better = next((known for known in used if known <= through), None)
        if better is None:
            better = through
            yield cost, steps
        for group in sorted(better):
            ask(banned | {group})


def _beaten(costs: Array, by: list[Array]) -> NDArray[np.bool_]:
    """Return which of several costs, (N, G), some other one is at most as high as in all goals."""
    if not by:
        return np.zeros(len(costs), bool)
    as_good: NDArray[np.bool_] = np.array(by)[None] <= costs[:, None] * (1 + _HAIR)
    return np.asarray(np.any(as_good.all(axis=2), axis=1))


class _Labels:
    """Partial routes, the most promising first.

    One that cannot become better than what has arrived, or than another that stands behind the
    same door, is dropped.
    """

    def __init__(self, legs: Legs) -> None:
        goals, steps = legs.start.shape
        self._legs = legs
        self._bound = np.stack([_to_go(legs, goal)[-1] for goal in range(goals)])
        self._waiting: list[tuple[tuple[float, ...], int, Steps, bool, Array]] = []
        self._arrived: list[Array] = []
        self._behind: list[list[Array]] = [[] for _ in range(steps)]
        self._push(legs.direct, legs.direct, (), ends=True)
        self._onward(legs.start, ())

    def _push(self, costs: Array, total: Array, steps: Steps, *, ends: bool) -> None:
        if np.isfinite(total).all():
            label = (tuple(total.tolist()), len(steps), steps, ends, costs)
            heapq.heappush(self._waiting, label)

    def _onward(self, costs: Array, steps: Steps) -> None:
        """Go on by any door that may lead to something new; costs (G, 2 D)."""
        totals = costs + self._bound
        open_ = np.flatnonzero(np.isfinite(totals).all(axis=0))
        for step in open_[~_beaten(totals[:, open_].T, self._arrived)].tolist():
            self._push(costs[:, step], totals[:, step], (*steps, step), ends=False)

    def next(self) -> tuple[Array, Steps, bool] | None:
        """Return costs and steps of the best label that is left, and whether it has arrived."""
        while self._waiting:
            total, _, steps, ends, costs = heapq.heappop(self._waiting)
            rivals = self._arrived if ends else self._behind[steps[-1]]
            if not (
                _beaten(np.array([total]), self._arrived)[0] or _beaten(costs[None], rivals)[0]
            ):
                rivals.append(costs)
                return costs, steps, ends
        return None

    def extend(self, costs: Array, steps: Steps) -> None:
        """Go on from behind the last door."""
        end = costs + self._legs.finish[:, steps[-1]]
        self._push(end, end, steps, ends=True)
        self._onward(costs[:, None] + self._legs.step[:, steps[-1]], steps)


def efficient(legs: Legs, most: int) -> tuple[list[tuple[Array, Steps]], bool]:
    """Return costs and steps of efficient routes by cost, and whether these are all."""
    labels = _Labels(legs)
    found: list[tuple[Array, Steps]] = []
    for _ in range(_LABELS):
        label = labels.next()
        if label is None:
            return found, True
        costs, steps, ends = label
        if not ends:
            labels.extend(costs, steps)
        elif len(found) < most:
            found.append((costs, steps))
        else:
            return found, False
    return found, False
