"""What comes first of events at one moment, as where only the day of an event was written down.

Spooled moves come by rank. At one moment things may also leave one place and come to another: then
leaving goes before coming, and at each place every thing keeps the order of ranks.
"""

from __future__ import annotations

from heapq import heapify, heappop, heappush
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING

from catenary.exchange.flows.moves import ARRIVES, DEPARTS
from catenary.exchange.flows.things import class_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from catenary.exchange.flows.moves import Move

__all__ = ["by_moment"]


def by_moment(
    moves: Iterable[tuple[int, Move]], place_of: Callable[[str], str]
) -> Iterator[tuple[int, Move]]:
    """Yield moves by time; those of one moment so that nothing comes before it has left.

    Parameters
    ----------
    moves
        By time and rank.
    place_of
        From a location to its place.

    Examples
    --------
    >>> from catenary.exchange.flows.moves import Move
    >>> of = {"kind": "O", "action": "OBSERVE", "things": ["a"]}
    >>> came = Move(step="receiving", read="y", **of)
    >>> left = Move(step="shipping", read="x", **of)
    >>> [move.step for _, move in by_moment([(0, came), (0, left)], str)]
    ['shipping', 'receiving']
    """
    for time, group in groupby(moves, key=itemgetter(0)):
        together = [move for _, move in group]
        for move in together if len(together) == 1 else _sorted(together, place_of):
            yield time, move


def _sorted(moves: list[Move], place_of: Callable[[str], str]) -> Iterator[Move]:
    """Yield moves in an order that keeps what must come first; of a circle the first by rank."""
    after = _after(moves, place_of)
    waits = [0] * len(after)
    for followers in after:
        for one in followers:
            waits[one] += 1
    ready = [one for one, count in enumerate(waits) if not count]
    heapify(ready)
    done = [False] * len(after)
    left = 0
    for _ in range(len(after)):
        while not ready and done[left]:
            left += 1
        at = heappop(ready) if ready else left
        done[at] = True
        if at < len(moves):
            yield moves[at]
        for one in after[at]:
            waits[one] -= 1
            if not waits[one] and not done[one]:
                heappush(ready, one)


def _after(moves: list[Move], place_of: Callable[[str], str]) -> list[list[int]]:
    """Return for every move those that wait for it; goods by class have knots between the two."""
    after: list[list[int]] = [[] for _ in moves]
    last: dict[tuple[str, str], int] = {}
    left: dict[str, list[tuple[int, str]]] = {}
    came: dict[str, list[tuple[int, str]]] = {}
    for at, move in enumerate(moves):
        arriving = move.step in ARRIVES
        where = move.business or move.read if arriving else move.read or move.business
        place = place_of(where)
        told = left if move.step in DEPARTS else came if arriving else None
        for name in {*move.things, *move.made, move.parent} - {""}:
            before = last.get((name, place))
            if before is not None:
                after[before].append(at)
            last[name, place] = at
            if told is not None:
                told.setdefault(name, []).append((at, place))
        for product in {class_of(one[0]) for one in move.classes} if told is not None else ():
            told.setdefault(f"/{product}", []).append((at, ""))  # type: ignore[union-attr]
    for name in left.keys() & came.keys():
        if name[0] == "/":
            knot = [at for at, _ in came[name]]
            after.append(knot)
            for at, _ in left[name]:
                after[at].append(len(after) - 1)
        else:
            for at, place in left[name]:
                after[at] += [other for other, there in came[name] if there != place]
    return after
