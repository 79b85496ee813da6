"""The best way over the network of the sea, by Dijkstra's algorithm in lanes and open doors."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from scipy.sparse import csr_array

from catenary.logistics.mooring import arcs, moored, straight
from catenary.logistics.places import Place
from catenary.maths.routing import NOBODY, UNREACHED, tree

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from catenary.logistics.doors import By, Doors
    from catenary.worlds.sea import SeaLanes

    Array = NDArray[np.float64]
    Integers = NDArray[np.integer[Any]]
    Lengths = NDArray[np.floating[Any]]

Passages: TypeAlias = "str | tuple[str, ...]"
"""A passage, or several such as both sets of locks of a canal."""

__all__ = [
    "Passages",
    "Path",
    "Route",
    "Search",
    "Stretch",
    "Voyage",
    "best",
    "doors_of",
    "stretches",
]


@dataclass(frozen=True, kw_only=True, eq=False)
class Stretch:
    """A part of a route: open water between two places or passages, or one passage."""

    origin: str
    destination: str
    door: int = -1
    """Position of the door that is passed; -1: open water."""
    metres: int = 0
    """In open water."""
    lon: Array
    """Where it leads, node by node."""
    lat: Array


@dataclass(frozen=True, kw_only=True, eq=False)
class Route:
    """Stretches from origin to destination."""

    stretches: tuple[Stretch, ...]

    @property
    def doors(self) -> tuple[int, ...]:
        """The doors in the order in which they are passed."""
        return tuple(one.door for one in self.stretches if one.door >= 0)


@dataclass(frozen=True, kw_only=True, eq=False)
class Voyage:
    """A question: a ship, what doors mean for it, and where it has to come by in order."""

    doors: Doors
    origin: Place
    destination: Place
    via: tuple[Place | Passages, ...] = ()
    """Places and passages on the way, in order; of several passages together any one will do."""

    @property
    def lanes(self) -> SeaLanes:
        """The network."""
        return self.doors.lanes


# --- one way by Dijkstra --------------------------------------------------------------------------


class Search:
    """Dijkstra from several nodes at once, with a cost to begin with at each."""

    def __init__(self, lanes: SeaLanes, cost: Array, rate: float) -> None:
        self.arcs = arcs(lanes)
        self.lanes = len(lanes.tail)
        self.weight = np.concatenate([lanes.metres * rate, cost])[self.arcs.source]

    def run(self, nodes: Integers, costs: Lengths) -> tuple[Array, Integers]:
        """Return the cost of every node, and the node before; the last node is the beginning."""
        known, size = self.arcs, len(self.arcs.start)
        network = csr_array(
            (
                np.concatenate([self.weight, costs]),
                np.concatenate([known.head, nodes.astype(np.int32)]),
                np.append(known.start, np.int32(len(known.head) + len(nodes))),
            ),
            shape=(size, size),
        )
        return tree(network, size - 1)

    @staticmethod
    def path(before: Integers, node: int) -> list[int]:
        """Return the nodes from the beginning to a node."""
        path = [node]
        while (node := int(before[node])) not in (NOBODY, len(before) - 1):
            path.append(node)
        return path[::-1]

    def door(self, tail: int, head: int) -> int:
        """Return the door between two nodes of a path; -1 if it leads by a lane."""
        row = slice(self.arcs.start[tail], self.arcs.start[tail + 1])
        here = np.flatnonzero(self.arcs.head[row] == head)
        found = self.arcs.source[row][here[np.argmin(self.weight[row][here])]]
        return int(found) - self.lanes if found >= self.lanes else -1


def doors_of(lanes: SeaLanes, passages: Passages) -> Integers:
    """Return the doors of a passage, or of several together."""
    names = [passages] if isinstance(passages, str) else passages
    found: Integers = np.flatnonzero(
        np.isin(lanes.door_passage, [lanes.passages.index(name) for name in names])
    )
    return found


@dataclass(frozen=True, eq=False)
class Path:
    """A path from mooring to mooring: the doors on it, and open water before, between, after."""

    water: list[list[int]]
    doors: list[int]


def _cut(search: Search, path: list[int]) -> Path:
    """Part a path at its doors."""
    piece = Path([[path[0]]], [])
    for tail, head in pairwise(path):
        door = search.door(tail, head)
        if door < 0:
            piece.water[-1].append(head)
        else:
            piece.doors.append(door)
            piece.water.append([head])
    return piece


def _segment(
    voyage: Voyage, search: Search, cost: Array, rate: float,
    ends: tuple[Place, Place], passages: Sequence[Passages],
) -> Path | None:  # fmt: skip
    """Return the best way from place to place through passages in order; None if there is none."""
    lanes = voyage.lanes
    first, last = (moored(lanes, place) for place in ends)
    found = [search.run(first.nodes, first.metres * float(rate))]
    crossings: list[tuple[Integers, Integers, Integers]] = []  # doors by node that they lead to
    for passage in passages:
        doors: Integers = doors_of(lanes, passage)
        sides = lanes.door_tail[doors], lanes.door_head[doors]
        doors = np.concatenate([doors, doors])
        enter: Integers = np.concatenate(sides)
        leave: Integers = np.concatenate(sides[::-1])
        behind = found[-1][0][enter] + cost[doors]
        if not np.isfinite(behind).any():
            return None
        crossings.append((doors, enter, leave))
        found.append(search.run(leave, behind))
    total = found[-1][0][last.nodes] + last.metres * rate
    node = int(last.nodes[np.argmin(total)])
    direct = straight(lanes, *ends) if not passages else UNREACHED
    if direct < UNREACHED and direct * rate <= total.min():
        return Path([[]], [])
    if not np.isfinite(total.min()):
        return None
    piece = _cut(search, search.path(found[-1][1], node))
    for (length, before), (doors, enter, leave) in zip(
        found[-2::-1], reversed(crossings), strict=True
    ):
        at = piece.water[0][0]
        behind = np.where(leave == at, length[enter] + cost[doors], np.inf)
        k = int(np.argmin(behind))
        earlier = _cut(search, search.path(before, int(enter[k])))
        piece = Path(earlier.water + piece.water, [*earlier.doors, int(doors[k]), *piece.doors])
    return piece


def best(voyage: Voyage, by: By, *, cost: Array | None = None) -> Route | None:
    """Return the best route by a goal; None if there is no way.

    Parameters
    ----------
    voyage
        Question.
    by
        Goal.
    cost
        Cost of passing each door; None = what it takes by that goal, inf = closed.
    """
    rate = voyage.doors.sailing.rate(by)
    cost = voyage.doors.cost(by) if cost is None else cost
    search = Search(voyage.lanes, cost, rate)
    found: list[Stretch] = []
    for ends, passages in _segments(voyage):
        path = _segment(voyage, search, cost, rate, ends, passages)
        if path is None:
            return None
        found += stretches(voyage.lanes, path, ends)
    return Route(stretches=tuple(found))


def _segments(voyage: Voyage) -> list[tuple[tuple[Place, Place], list[Passages]]]:
    """Part a voyage at its places: their ends, and the passages between them."""
    found: list[tuple[tuple[Place, Place], list[Passages]]] = []
    origin = voyage.origin
    passages: list[Passages] = []
    for stop in (*voyage.via, voyage.destination):
        if isinstance(stop, Place):
            found.append(((origin, stop), passages))
            origin, passages = stop, []
        else:
            passages.append(stop)
    return found


# --- stretches ------------------------------------------------------------------------------------


def stretches(lanes: SeaLanes, path: Path, ends: tuple[Place, Place]) -> list[Stretch]:
    """Return the stretches of a path between places; open water of no length is left out."""
    names = [ends[0].id, *(lanes.passages[int(lanes.door_passage[d])] for d in path.doors)]
    names.append(ends[1].id)
    found: list[Stretch] = []
    for k, nodes in enumerate(path.water):
        metres = _along(lanes, nodes)
        lon, lat = lanes.lon[nodes].tolist(), lanes.lat[nodes].tolist()
        if k == 0:
            metres += _to(lanes, ends[0], nodes[0]) if nodes else straight(lanes, *ends)
            if not nodes or (ends[0].lon, ends[0].lat) != (lon[0], lat[0]):
                lon, lat = [ends[0].lon, *lon], [ends[0].lat, *lat]
        if k == len(path.doors):
            metres += _to(lanes, ends[1], nodes[-1]) if nodes else 0
            if not nodes or (ends[1].lon, ends[1].lat) != (lon[-1], lat[-1]):
                lon, lat = [*lon, ends[1].lon], [*lat, ends[1].lat]
        if metres or not path.doors:
            found.append(
                Stretch(
                    origin=names[k], destination=names[k + 1], metres=metres,
                    lon=np.array(lon), lat=np.array(lat),
                )
            )  # fmt: skip
        if k < len(path.doors):
            over = [nodes[-1], path.water[k + 1][0]]
            name = names[k + 1]
            found.append(
                Stretch(
                    origin=name, destination=name, door=path.doors[k],
                    lon=lanes.lon[over], lat=lanes.lat[over],
                )
            )  # fmt: skip
    return found


def _along(lanes: SeaLanes, nodes: list[int]) -> int:
    """Return the metres of a path of lanes."""
    known = arcs(lanes)
    total = 0
    for tail, head in pairwise(nodes):
        row = slice(known.start[tail], known.start[tail + 1])
        source = known.source[row][known.head[row] == head]
        total += int(lanes.metres[source[source < len(lanes.tail)]].min())
    return total


def _to(lanes: SeaLanes, place: Place, node: int) -> int:
    mooring = moored(lanes, place)
    return int(mooring.metres[mooring.nodes == node][0])
