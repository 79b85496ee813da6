"""Many ways at once: distances between doors in open water, and what is asked of them.

The next best ways and the efficient ones are found among the doors alone, whose distances from each
other come from the hierarchy; so do whole matrices.
"""

from __future__ import annotations

import heapq
import math
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from catenary.errors import ComputationError
from catenary.logistics.mooring import IN_SIGHT, Mooring, moored, straight
from catenary.logistics.places import Place
from catenary.logistics.router import Path, Route, Search, Stretch, Voyage, doors_of, stretches
from catenary.maths.hierarchy import Hierarchy, distances
from catenary.maths.overlay import Overlay
from catenary.maths.routing import UNREACHED
from catenary.maths.sphere import great_circle

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from catenary.logistics.doors import By, Doors
    from catenary.maths.overlay import Way
    from catenary.worlds.sea import SeaLanes

    Array = NDArray[np.float64]
    Integers = NDArray[np.integer[Any]]

__all__ = ["efficient", "next_best", "overlay_of"]

_DETAIL: Final = 0.1  # routes that differ by less in every goal differ in details only


@lru_cache(maxsize=4)
def _hierarchy(lanes: SeaLanes) -> Hierarchy:
    return Hierarchy(
        rank=lanes.rank, start=lanes.up_start, head=lanes.up_head, length=lanes.up_metres
    )


@lru_cache(maxsize=4)
def _between(lanes: SeaLanes) -> tuple[Integers, NDArray[np.int32], Integers, Integers]:
    """Return the ends of doors, metres between them, and the position of each door's ends."""
    ends = np.unique(np.concatenate([lanes.door_tail, lanes.door_head]))
    tail, head = (np.searchsorted(ends, side) for side in (lanes.door_tail, lanes.door_head))
    return ends, distances(_hierarchy(lanes), ends, ends), tail, head


def _tables(
    lanes: SeaLanes, places: Sequence[Place]
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return metres in open water between places, and from places to ends of doors."""
    ends = _between(lanes)[0]
    moorings = [moored(lanes, place) for place in places]
    nodes = np.unique(np.concatenate([m.nodes for m in moorings]))
    hierarchy = _hierarchy(lanes)
    to_ends = _tied(distances(hierarchy, nodes, ends), nodes, moorings)
    direct = _tied(distances(hierarchy, nodes, nodes), nodes, moorings)
    direct = _tied(np.ascontiguousarray(direct.T), nodes, moorings).T.copy()
    own = np.array([k for k, m in enumerate(moorings) if len(m.nodes) > 1 or m.metres[0]], int)
    direct[own, own] = 0
    for a, b in _in_reach(places, own):
        shorter = min(straight(lanes, places[a], places[b]), int(direct[a, b]))
        direct[a, b] = direct[b, a] = shorter
    return direct, to_ends


def _in_reach(places: Sequence[Place], own: Integers) -> Iterator[tuple[int, int]]:
    """Yield the pairs of places, of some that are not ports, that may see each other."""
    lon = np.array([places[k].lon for k in own])
    lat = np.array([places[k].lat for k in own])
    for k in range(len(own) - 1):
        away = great_circle(lon[k], lat[k], lon[k + 1 :], lat[k + 1 :])
        for other in np.nonzero(away <= IN_SIGHT)[0]:
            yield int(own[k]), int(own[k + 1 + other])


def _tied(
    table: NDArray[np.int32], nodes: Integers, moorings: Sequence[Mooring]
) -> NDArray[np.int32]:
    """Return rows of places from rows of the nodes that they are tied to."""
    count = [len(m.nodes) for m in moorings]
    start = np.concatenate([[0], np.cumsum(count)[:-1]])
    at = np.searchsorted(nodes, np.concatenate([m.nodes for m in moorings]))
    metres = np.concatenate([m.metres for m in moorings])
    if len(at) == len(moorings) and not metres.any():
        return table[at]
    found = np.empty((len(moorings), table.shape[1]), np.int32)
    for k, (first, end) in enumerate(pairwise([*start, len(at)])):
        rows = table[at[first:end]] + metres[first:end, None]  # below 2**31: both are below 2**30
        found[k] = np.minimum(rows.min(axis=0), UNREACHED)
    return found


def overlay_of(lanes: SeaLanes, places: Sequence[Place]) -> Overlay:
    """Return the overlay of some places, doors in the order of the network."""
    _, between, tail, head = _between(lanes)
    return Overlay.of(*_tables(lanes, places), between, tail, head)


@dataclass(frozen=True, eq=False)
class _Layered:
    """An overlay in which every stop on the way leads to a layer of its own.

    Stops are passed in order: a copy of all ends for each number of stops passed, and a door from
    each copy to the next, which is that of the passage; for a place it takes nothing.
    """

    overlay: Overlay
    door: Integers
    """Door of the network of each door of the overlay; -1: a place is called at."""
    turned: NDArray[np.bool_]
    """Whether outward in the overlay is from head to tail in the network."""
    group: Integers
    """What alternatives can do without."""

    def costs(self, doors: Array) -> Array:
        """Return cost by door of the overlay from cost by door of the network, (…, D)."""
        return np.where(self.door < 0, 0.0, doors[..., self.door])


def _layered(voyage: Voyage) -> _Layered:
    """Return the overlay of a voyage; its places are origin and destination."""
    lanes, via = voyage.lanes, voyage.via
    ends, between, tail, head = _between(lanes)
    calls = [stop for stop in via if isinstance(stop, Place)]
    direct, access = _tables(lanes, [voyage.origin, voyage.destination, *calls])
    size, layers = len(ends) + len(calls), len(via) + 1
    inner = np.full((size, size), UNREACHED, np.int32)
    inner[: len(ends), : len(ends)] = between
    inner[len(ends) :, : len(ends)] = access[2:]
    inner[: len(ends), len(ends) :] = access[2:].T
    inner[len(ends) :, len(ends) :] = direct[2:, 2:]
    whole = np.full((layers * size, layers * size), UNREACHED, np.int32)
    for k in range(layers):
        whole[k * size : (k + 1) * size, k * size : (k + 1) * size] = inner
    to = np.full((2, layers * size), UNREACHED, np.int32)
    to[0, :size] = np.concatenate([access[0], direct[0, 2:]])
    to[1, -size:] = np.concatenate([access[1], direct[1, 2:]])
    apart = np.array([[0, UNREACHED], [UNREACHED, 0]], np.int32)
    if layers == 1:
        apart = direct[:2, :2]
    tails, heads = (
        [tail + k * size for k in range(layers)],
        [head + k * size for k in range(layers)],
    )
    doors, groups = [np.arange(len(tail))] * layers, [lanes.door_passage] * layers
    turned = [np.zeros(layers * len(tail), bool)]
    called = len(ends)
    for k, stop in enumerate(via):
        if isinstance(stop, Place):
            sides = [(np.array([called]), np.array([called]))]
            used, called = np.array([-1]), called + 1
        else:
            used = doors_of(lanes, stop)
            sides = [(tail[used], head[used]), (head[used], tail[used])]
        for turn, (one, other) in enumerate(sides):
            turned.append(np.full(len(used), turn == 1))
            tails.append(one + k * size)
            heads.append(other + (k + 1) * size)
            doors.append(used)
            groups.append(np.full(len(used), len(lanes.passages) + k))
    overlay = Overlay.of(apart, to, whole, np.concatenate(tails), np.concatenate(heads))
    return _Layered(overlay, *map(np.concatenate, (doors, turned, groups)))


def next_best(voyage: Voyage, by: By, most: int) -> list[Route]:
    """Return the best routes by a goal that each do without a passage that better ones need.

    A route needs a passage if the best way without it differs by 10 % or more in any goal: else
    routes that pass an island on either side, or Sunda instead of Malacca, would count as different
    and come before the Cape instead of Suez.

    References
    ----------
    Lawler, E. L. (1972), A procedure for computing the K best solutions to discrete optimization
    problems. Management Science 18(7), 401-405.
    """
    layered = _layered(voyage)
    cost, rate = layered.costs(voyage.doors.cost(by)), voyage.doors.sailing.rate(by)
    asked: dict[frozenset[int], Way | None] = {}

    def without(banned: frozenset[int]) -> Way | None:
        if banned not in asked:
            shut = np.where(np.isin(layered.group, list(banned)), np.inf, cost)
            try:
                asked[banned] = layered.overlay.route(0, 1, shut, rate=rate)
            except ComputationError:
                asked[banned] = None
        return asked[banned]

    waiting: list[tuple[float, int, frozenset[int]]] = []
    seen: set[frozenset[int]] = set()

    def push(banned: frozenset[int]) -> None:
        way = without(banned)
        if way is not None and banned not in seen:
            seen.add(banned)
            heapq.heappush(waiting, (way.cost, len(seen), banned))

    found: list[tuple[Way, frozenset[int]]] = []
    push(frozenset())
    while waiting and len(found) < most:
        banned = heapq.heappop(waiting)[2]
        way = without(banned)
        if way is None:
            continue
        through = frozenset(layered.group[list(way.doors)].tolist())
        needed = next((known for _, known in found if known <= through), None)
        if needed is None:
            others = {group: without(banned | {group}) for group in through}
            needed = frozenset(
                group
                for group, other in others.items()
                if other is None or _differ(voyage.doors, layered, way, other)
            )
            found.append((way, needed))
        for group in sorted(needed):
            push(banned | {group})
    return _built(voyage, layered, [way for way, _ in found])


def _differ(doors: Doors, layered: _Layered, one: Way, other: Way) -> bool:
    """Return whether two routes differ in more than details."""
    totals = [
        doors.total(way.metres, [d for d in layered.door[list(way.doors)].tolist() if d >= 0])
        for way in (one, other)
    ]
    return any(
        abs(a - b) > _DETAIL * max(a, b)
        for a, b in zip(*totals, strict=True)
        if not math.isnan(a + b)
    )


def efficient(voyage: Voyage, goals: Sequence[By], most: int) -> tuple[list[Route], bool]:
    """Return the routes that no other beats in every goal, and whether these are all."""
    layered = _layered(voyage)
    costs = np.stack([layered.costs(voyage.doors.cost(by)) for by in goals])
    rates = np.array([voyage.doors.sailing.rate(by) for by in goals])
    front = layered.overlay.pareto(0, 1, rates, costs, most=most)
    return _built(voyage, layered, front.ways), front.complete


def _built(voyage: Voyage, layered: _Layered, ways: Sequence[Way]) -> list[Route]:
    """Return routes from the doors that they pass: between these Dijkstra draws the open water."""
    lanes = voyage.lanes
    search = Search(lanes, np.full(len(lanes.door_tail), np.inf), 1.0)
    trees: dict[tuple[int, ...], tuple[Array, Integers]] = {}

    def water(here: Mooring, there: Mooring) -> list[int]:
        key = tuple(here.nodes.tolist())
        if key not in trees:
            trees[key] = search.run(here.nodes, here.metres.astype(np.float64))
        length, before = trees[key]
        return search.path(before, int(there.nodes[np.argmin(length[there.nodes] + there.metres)]))

    def segment(ends: tuple[Place, Place], steps: list[tuple[int, bool]]) -> list[Stretch]:
        if not steps and straight(lanes, *ends) <= _sailed(lanes, search, ends):
            return stretches(lanes, Path([[]], []), ends)
        moorings = [moored(lanes, ends[0])]
        for door, outward in steps:
            sides = (int(lanes.door_tail[door]), int(lanes.door_head[door]))
            moorings += [_at(side) for side in (sides if outward else sides[::-1])]
        moorings.append(moored(lanes, ends[1]))
        paths = [water(a, b) for a, b in zip(moorings[::2], moorings[1::2], strict=True)]
        return stretches(lanes, Path(paths, [door for door, _ in steps]), ends)

    routes = []
    for way in ways:
        found: list[Stretch] = []
        passed = iter(
            (int(layered.door[d]), outward != bool(layered.turned[d]))
            for d, outward in zip(way.doors, way.outward, strict=True)
        )
        calls = [stop for stop in voyage.via if isinstance(stop, Place)]
        for ends in pairwise([voyage.origin, *calls, voyage.destination]):
            steps = []
            for door, outward in passed:
                if door < 0:
                    break
                steps.append((door, outward))
            found += segment(ends, steps)
        routes.append(Route(stretches=tuple(found)))
    return routes


def _at(node: int) -> Mooring:
    return Mooring(np.array([node]), np.zeros(1, np.int32))


def _sailed(lanes: SeaLanes, search: Search, ends: tuple[Place, Place]) -> float:
    """Return the metres between two places in open water by lanes."""
    here, there = (moored(lanes, place) for place in ends)
    length, _ = search.run(here.nodes, here.metres.astype(np.float64))
    return float((length[there.nodes] + there.metres).min())
