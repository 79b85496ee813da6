"""The network of the sea: waypoints, doors, waters that the mask lacks, ports, and their lanes."""

from __future__ import annotations

import heapq
import math
from dataclasses import dataclass

import numba as nb
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree
from tools.sea import visibility
from tools.sea.gates import Place, spread
from tools.sea.mask import EARTH, Bits, Flags, Floats, Sea, unit

Ints = NDArray[np.int32]

SNAP_KM = 45.0
"""A port farther than this from all water of the network is left out."""
CREEK = 1.25
"""Kilometres by creek or channel per kilometre from a port to the mapped water."""
BRIDGE_KM = 60.0
"""Waters farther apart than this are not joined."""
FLOOD_KM = 45.0
FLOOD_LANES = 8
ACCESS_KM = 1000.0
SLACK = 1e-3
"""A lane is left out if a way by a third place is longer by this share at most."""
GATHER = 8
"""Thousandths that a way may be longer to use lanes that others use."""
ROUNDS = 12
LINE_KM = 12.0
"""Places along rivers and lakes."""
JOIN_KM = 6.0


@dataclass
class Draft:
    """A network that grows: places, and lanes between them."""

    lat: Floats
    lon: Floats
    tail: Ints
    head: Ints
    metres: Ints

    def place(self, lat: Floats, lon: Floats) -> NDArray[np.int64]:
        """Add places; return their positions."""
        first = len(self.lat)
        self.lat, self.lon = np.concatenate([self.lat, lat]), np.concatenate([self.lon, lon])
        return np.arange(first, len(self.lat))

    def lane(self, tail: NDArray[np.integer], head: NDArray[np.integer], km: Floats) -> None:
        """Add lanes of given length."""
        self.tail = np.concatenate([self.tail, tail.astype(np.int32)])
        self.head = np.concatenate([self.head, head.astype(np.int32)])
        metres = np.maximum(np.rint(np.asarray(km) * 1000), 1).astype(np.int32)
        self.metres = np.concatenate([self.metres, metres])

    def keep(self, lanes: Flags) -> None:
        """Leave out all other lanes."""
        self.tail, self.head, self.metres = self.tail[lanes], self.head[lanes], self.metres[lanes]

    def great_circles(self, tail: NDArray[np.integer], head: NDArray[np.integer]) -> Floats:
        """Return lengths between places, km."""
        a, b = unit(self.lat[tail], self.lon[tail]), unit(self.lat[head], self.lon[head])
        return visibility.metres(a, b) / 1000.0


@nb.njit(cache=True)
def _nearest_water(bits: Bits, lat: float, lon: float, km: float) -> tuple[float, float, float]:
    """Return the water cell nearest to a place and how far it is, km; infinite if none."""
    row = int((90.0 - lat) * 120)
    column = int((lon + 180.0) * 120)
    tall = np.pi * 6371.0088 / 21600
    flat = tall * max(np.cos(np.radians(lat)), 0.05)
    best, where_lat, where_lon = np.inf, 0.0, 0.0
    high, wide = int(km / tall) + 1, int(km / flat) + 1
    for i in range(max(row - high, 0), min(row + high + 1, 21600)):
        for j in range(column - wide, column + wide + 1):
            c = j % 43200
            if (bits[i, c >> 3] >> (7 - (c & 7))) & 1:
                y = 90.0 - (i + 0.5) / 120.0
                x = (c + 0.5) / 120.0 - 180.0
                turn = (x - lon + 180.0) % 360.0 - 180.0
                d = np.sqrt(((y - lat) * tall * 120) ** 2 + (turn * flat * 120) ** 2)
                if d < best:
                    best, where_lat, where_lon = d, y, x
    return best, where_lat, where_lon


@nb.njit(cache=True, parallel=True)
def snapped(bits: Bits, lat: Floats, lon: Floats, km: float) -> Floats:
    """For each place (distance km, lat, lon) of the nearest water."""
    out = np.empty((len(lat), 3))
    for k in nb.prange(len(lat)):
        best = np.inf, 0.0, 0.0
        for reach in (3.0, 12.0, km):
            best = _nearest_water(bits, lat[k], lon[k], reach)
            if best[0] <= reach:
                break
        out[k, 0], out[k, 1], out[k, 2] = best
    return out


@nb.njit(cache=True, parallel=True)
def _flooded(
    bits: Bits, lat: Floats, lon: Floats, column: NDArray[np.int64],
    order: NDArray[np.int64], first: NDArray[np.int64], km: float, most: int,
) -> tuple[Ints, Floats]:  # fmt: skip
    """For each place the nearest waypoints by water, (n, most): position or -1, km.

    Waypoints stand in `order` by row of the mask, those of row r from first[r] on.
    """
    found = np.full((len(lat), most), -1, np.int32)
    length = np.full((len(lat), most), np.inf)
    high = int(km / 0.92)
    for k in nb.prange(len(lat)):
        r = int((90.0 - lat[k]) * 120)
        c = int((lon[k] + 180.0) * 120) % 43200
        wide = int(high / max(np.cos(np.radians(lat[k])), 0.1))
        table = visibility.flooded(bits, r, c, km, high, wide)
        for i in range(max(r - high, 0), min(r + high + 1, 21600)):
            for p in range(first[i], first[i + 1]):
                w = order[p]
                j = (column[w] - c + 21600) % 43200 - 21600 + wide
                if j < 0 or j >= table.shape[1]:
                    continue
                d = table[i - r + high, j]
                if d <= km and d < length[k, most - 1]:
                    q = most - 1
                    while q > 0 and length[k, q - 1] > d:
                        length[k, q], found[k, q] = length[k, q - 1], found[k, q - 1]
                        q -= 1
                    length[k, q], found[k, q] = d, w
    return found, length


def flood(
    lat: Floats, lon: Floats, way_lat: Floats, way_lon: Floats, sea: Sea, km: float, most: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], Floats]:
    """Return (place, waypoint, km) of the nearest waypoints of each place by water."""
    row = np.clip(((90.0 - way_lat) * 120).astype(np.int64), 0, 21599)
    column = ((way_lon + 180.0) * 120).astype(np.int64) % 43200
    order = np.argsort(row, kind="stable")
    first = np.searchsorted(row[order], np.arange(21601))
    found, length = _flooded(sea.bits, lat, lon, column, order, first, km, most)
    place, slot = np.nonzero((found >= 0) & (length > 0))
    return place, found[place, slot].astype(np.int64), length[place, slot]


@nb.njit(cache=True, parallel=True)
def _needless(start: NDArray[np.int64], head: Ints, metres: Ints, slack: float) -> Flags:
    """For each arc of a symmetric CSR graph whether a third place makes it needless."""
    nodes = len(start) - 1
    out = np.zeros(len(head), np.bool_)
    for u in nb.prange(nodes):
        near = np.full(nodes, -1, np.int32)
        for e in range(start[u], start[u + 1]):
            near[head[e]] = metres[e]
        for e in range(start[u], start[u + 1]):
            v = head[e]
            whole = metres[e]
            limit = whole * (1.0 + slack)
            for f in range(start[v], start[v + 1]):
                there = near[head[f]]
                if 0 <= there < whole and metres[f] < whole and there + metres[f] <= limit:
                    out[e] = True
                    break
    return out


def symmetric(
    nodes: int, tail: Ints, head: Ints, metres: Ints
) -> tuple[NDArray[np.int64], Ints, Ints, NDArray[np.int64]]:
    """Return CSR (start, head, metres, lane) with every lane both ways."""
    a, b = np.concatenate([tail, head]), np.concatenate([head, tail])
    lane = np.concatenate([np.arange(len(tail)), np.arange(len(tail))])
    order = np.lexsort((b, a))
    start = np.searchsorted(a[order], np.arange(nodes + 1))
    return start, b[order], np.concatenate([metres, metres])[order], lane[order]


def shortest_lanes(draft: Draft) -> None:
    """Keep the shortest of parallel lanes, tail < head, in order."""
    low, high = np.minimum(draft.tail, draft.head), np.maximum(draft.tail, draft.head)
    order = np.lexsort((draft.metres, high, low))
    low, high, metres = low[order], high[order], draft.metres[order]
    keep = low != high
    keep[1:] &= (low[1:] != low[:-1]) | (high[1:] != high[:-1])
    draft.tail, draft.head, draft.metres = low[keep], high[keep], metres[keep]


def thin(draft: Draft) -> None:
    """Leave out lanes that a third place makes needless."""
    nodes = len(draft.lat)
    start, head, metres, lane = symmetric(nodes, draft.tail, draft.head, draft.metres)
    needless = _needless(start, head, metres, SLACK)
    keep = np.ones(len(draft.tail), np.bool_)
    keep[lane[needless]] = False
    draft.keep(keep)


@nb.njit(cache=True)
def _tree(
    start: NDArray[np.int64], head: Ints, metres: NDArray[np.integer], source: int,
    length: NDArray[np.int64], before: NDArray[np.int64],
) -> None:  # fmt: skip
    """Shortest ways from one place: lengths, and the arc by which each place is reached."""
    length[:] = 1 << 60
    before[:] = -1
    length[source] = 0
    heap = [np.int64(source)]  # length and place in one number
    while len(heap) > 0:
        top = heapq.heappop(heap)
        d, u = top >> 20, top & 0xFFFFF
        if d > length[u]:
            continue
        for e in range(start[u], start[u + 1]):
            v = head[e]
            x = d + metres[e]
            if x < length[v]:
                length[v] = x
                before[v] = e
                heapq.heappush(heap, (np.int64(x) << 20) | np.int64(v))


@nb.njit(cache=True)
def _apart(start: NDArray[np.int64], head: Ints) -> Flags:
    """Mark many places, those with few lanes first, of which no two share a lane."""
    marked, beside = np.zeros(len(start) - 1, np.bool_), np.zeros(len(start) - 1, np.bool_)
    for u in np.argsort(np.diff(start), kind="mergesort"):
        if not beside[u]:
            marked[u] = True
            for e in range(start[u], start[u + 1]):
                beside[head[e]] = True
    return marked


@nb.njit(cache=True, parallel=True)
def _table(
    start: NDArray[np.int64], head: Ints, metres: Ints, late: Flags, threads: int
) -> NDArray[np.int32]:
    """Lengths of the shortest ways between all places; of the late ones read off those beside."""
    nodes = len(start) - 1
    out = np.full((nodes, nodes), np.int32(1 << 30), np.int32)
    for t in nb.prange(threads):
        length = np.empty(nodes, np.int64)
        before = np.empty(nodes, np.int64)
        for k in range(t, nodes, threads):
            if not late[k]:
                _tree(start, head, metres, k, length, before)
                for v in range(nodes):
                    if length[v] < 1 << 30:
                        out[k, v] = length[v]
    for k in nb.prange(nodes):
        if late[k]:
            for e in range(start[k], start[k + 1]):
                _lowered(out[k], out[head[e]], metres[e])
            out[k, k] = 0
    return out


@nb.njit(cache=True)
def _lowered(row: Ints, other: Ints, metres: int) -> None:
    """Lower lengths to those from a place beside and the lane to it."""
    for i in range(len(row)):
        row[i] = min(row[i], np.int32(other[i] + metres))


def table(nodes: int, tail: Ints, head: Ints, metres: Ints) -> NDArray[np.int32]:
    """Return the lengths of the shortest ways between all places, (nodes, nodes)."""
    start, heads, lengths, _ = symmetric(nodes, tail, head, metres)
    return _table(start, heads, lengths, _apart(start, heads), 16)


@nb.njit(cache=True, parallel=True)
def _used(
    start: NDArray[np.int64], head: Ints, tail: Ints, metres: NDArray[np.integer],
    sources: NDArray[np.int64], targets: NDArray[np.int64], threads: int,
) -> Flags:  # fmt: skip
    """Which arcs lie on a shortest way from a source to a target."""
    used = np.zeros((threads, len(head)), np.bool_)
    for t in nb.prange(threads):
        length = np.empty(len(start) - 1, np.int64)
        before = np.empty(len(start) - 1, np.int64)
        done = np.zeros(len(start) - 1, np.int64)
        for k in range(t, len(sources), threads):
            _tree(start, head, metres, sources[k], length, before)
            for target in targets:
                v = target
                while before[v] >= 0 and done[v] != k + 1:
                    done[v] = k + 1
                    used[t, before[v]] = True
                    v = tail[before[v]]
    out = used[0].copy()
    for t in range(1, threads):
        out |= used[t]
    return out


def keep_used(draft: Draft, sources: NDArray[np.int64], targets: NDArray[np.int64]) -> Flags:
    """Return lanes that hold a nearly shortest way from every source to every target.

    Sources are asked in rounds. A lane that an earlier round used counts a little less, so that
    ways gather on few lanes; none is longer than the shortest by more than that little.
    """
    nodes = len(draft.lat)
    start, head, metres, lane = symmetric(nodes, draft.tail, draft.head, draft.metres)
    tail = np.repeat(np.arange(nodes, dtype=np.int32), np.diff(start))
    keep = np.zeros(len(draft.tail), np.bool_)
    for some in np.array_split(sources, ROUNDS):
        price = metres.astype(np.int64) * np.where(keep[lane], 1000, 1000 + GATHER) // 100
        used = _used(start, head, tail, price, some, targets, 8)
        keep[lane[used]] = True
    return keep


def bridge(draft: Draft, doors: NDArray[np.int64], at: NDArray[np.int64]) -> None:
    """Join waters with ports that the mask cuts off, lagoons and inlets, to the nearest other."""
    nodes = len(draft.lat)
    tail, head = (
        np.concatenate([draft.tail, doors[:, 0]]),
        np.concatenate([draft.head, doors[:, 1]]),
    )
    graph = csr_array((np.ones(len(tail)), (tail, head)), shape=(nodes, nodes))
    part = connected_components(graph, directed=False)[1]
    size = np.bincount(part)
    main = size.argmax()
    inside = np.nonzero(part == main)[0]
    inside = inside[np.isin(inside, at, invert=True)]
    tree = cKDTree(unit(draft.lat[inside], draft.lon[inside]))
    for other in np.unique(part[at]):
        if other == main or size[other] < 2:
            continue
        places = np.nonzero(part == other)[0]
        chord, nearest = (
            np.asarray(x) for x in tree.query(unit(draft.lat[places], draft.lon[places]))
        )
        best = int(chord.argmin())
        km = 2 * EARTH * math.asin(min(1.0, float(chord[best]) / 2))
        if km <= BRIDGE_KM:
            way = np.array([inside[nearest[best]]])
            draft.lane(places[best : best + 1], way, np.array([km * CREEK]))


def apart(lat: Floats, lon: Floats, km: float) -> NDArray[np.int64]:
    """Return places at least `km` from each other, in order of appearance."""
    tree = cKDTree(unit(lat, lon))
    taken = np.zeros(len(lat), np.bool_)
    chosen = []
    for k in range(len(lat)):
        if not taken[k]:
            chosen.append(k)
            taken[tree.query_ball_point(unit(lat[k], lon[k]), km / EARTH)] = True
    return np.array(chosen)


def lines_of_water(
    draft: Draft, lines: list[tuple[tuple[Place, ...], float]]
) -> list[NDArray[np.int64]]:
    """Add rivers and lakes: (places, winding) each; where two lines meet, they are joined."""
    out = []
    for line, winding in lines:
        places = spread(line, LINE_KM)
        at = draft.place(places[:, 0], places[:, 1])
        draft.lane(at[:-1], at[1:], draft.great_circles(at[:-1], at[1:]) * winding)
        out.append(at)
    everywhere = np.concatenate(out)
    owner = np.repeat(np.arange(len(out)), [len(a) for a in out])
    tree = cKDTree(unit(draft.lat[everywhere], draft.lon[everywhere]))
    pairs = tree.query_pairs(JOIN_KM / EARTH, output_type="ndarray")
    pairs = pairs[owner[pairs[:, 0]] != owner[pairs[:, 1]]]
    a, b = everywhere[pairs[:, 0]], everywhere[pairs[:, 1]]
    draft.lane(a, b, draft.great_circles(a, b))
    return out
