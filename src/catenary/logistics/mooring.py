"""How any place on the map is tied to the network of the sea."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from scipy.sparse import csr_array

from catenary.errors import OptionError, listed
from catenary.logistics.sight import (
    SHORE,
    STEP,
    at_sea,
    beside_walls,
    cells,
    clear,
    land_on,
    on_sphere,
    walled,
)
from catenary.maths.routing import UNREACHED, components, lengths
from catenary.maths.sphere import RADIUS, great_circle

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from catenary.logistics.places import Place
    from catenary.worlds.sea import SeaLanes

    Array = NDArray[np.float64]
    Integers = NDArray[np.int64]

__all__ = [
    "IN_SIGHT",
    "Arcs",
    "Mooring",
    "arcs",
    "ashore",
    "moored",
    "open_water",
    "ports_of",
    "position",
    "straight",
]

IN_SIGHT: Final = 600e3
"""Two places that are no ports and farther apart, metres, are joined by the network only."""
_NEAR: Final = 60e3  # metres to nodes that a place is tied to even from ashore
_NEAREST: Final = 12
_FAR: Final = 4_000e3  # metres to nodes that a place at sea is tied to if it sees them
_SECTORS: Final = 36  # of the compass, and how many nodes are tried and taken in each
_TRIED: Final = 8
_TAKEN: Final = 2
_LAND: Final = 5  # samples of land that a line to a nearby node may cross
_BESIDE: Final = 20e3  # metres from a place to the passage that it lies along
_SAME: Final = 1e3  # metres from a port to a facility with its id that is the port
_WIDE: Final = 30e3  # metres from a place ashore to open water
_SLACK: Final = (1.05, 10e3)  # where there are lanes, a tie beats them by no more than this


@dataclass(frozen=True, eq=False)
class Mooring:
    """The nodes that a place is tied to, the best one first, and how far they are."""

    nodes: Integers
    metres: NDArray[np.int32]


@lru_cache(maxsize=4)
def ports_of(lanes: SeaLanes) -> dict[str, int]:
    """Return port → node, of the ports that a lane or door leads to."""
    led = _led(lanes)
    return {label: node for node, label in enumerate(lanes.ports) if led[node]}


@lru_cache(maxsize=4)
def _led(lanes: SeaLanes) -> NDArray[np.bool_]:
    """Return which nodes a lane or door leads to."""
    found = np.zeros(lanes.nodes, bool)
    for end in (lanes.tail, lanes.head, lanes.door_tail, lanes.door_head):
        found[end] = True
    return found


@lru_cache(maxsize=4)
def position(lanes: SeaLanes) -> Array:
    """Return the nodes of a network as points of the unit sphere, (nodes, 3)."""
    return on_sphere(lanes.lon, lanes.lat)


@dataclass(frozen=True, eq=False)
class Arcs:
    """Lanes and doors both ways as the rows of a matrix; `source`: lanes, then doors."""

    start: NDArray[np.int32]
    head: NDArray[np.int32]
    source: Integers


@lru_cache(maxsize=4)
def arcs(lanes: SeaLanes) -> Arcs:
    """Return the arcs of a network: what they cost differs from question to question."""
    tail = np.concatenate([lanes.tail, lanes.door_tail])
    head = np.concatenate([lanes.head, lanes.door_head])
    source = np.tile(np.arange(len(tail)), 2)
    tail, head = np.concatenate([tail, head]), np.concatenate([head, tail])
    order = np.argsort(tail, kind="stable")
    start = np.searchsorted(tail[order], np.arange(lanes.nodes + 1)).astype(np.int32)
    return Arcs(start, head[order].astype(np.int32), source[order])


@lru_cache(maxsize=4)
def open_water(lanes: SeaLanes) -> csr_array[Any]:
    """Return the lanes of a network in metres; doors are closed."""
    found = arcs(lanes)
    metres = np.concatenate([lanes.metres, np.full(len(lanes.door_tail), np.inf)])
    return csr_array(
        (metres[found.source], found.head, found.start), shape=(lanes.nodes, lanes.nodes)
    )


@lru_cache(maxsize=4)
def _waters(lanes: SeaLanes) -> NDArray[np.int32]:
    """Return which nodes lanes join without any door: the water that each lies on."""
    ends = (lanes.tail, lanes.head)
    return components(csr_array((lanes.metres, ends), shape=(lanes.nodes, lanes.nodes)))


def _berth(lanes: SeaLanes, place: Place) -> int | None:
    """Return the node of a port; None for any other place, whatever its id.

    A facility of the user's own may bear the id of a port and lie elsewhere.
    """
    node = ports_of(lanes).get(place.id)
    if node is None:
        return None
    away = float(great_circle(place.lon, place.lat, lanes.lon[node], lanes.lat[node]))
    return node if away <= _SAME else None


@lru_cache(maxsize=4096)
def moored(lanes: SeaLanes, place: Place) -> Mooring:
    """Return what a place is tied to: a port to itself, all else to nodes nearby or in sight.

    Lines are great circles that cross no wall: no gate, and no land between the two waters of a
    passage. The best node is the nearest one, five kilometres for each that leads over land; all
    others lie on the same water, so that no place is a way round a passage. Near the lanes none
    may be much shorter than these, for they keep off shores that a coarse mask does not show; far
    from them, in the middle of an ocean, what is seen is sailed to.

    A place ashore between two waters is tied to the nearer one alone: a ship that calls there lies
    on one of them.

    Raises
    ------
    OptionError
        If the place is too far from the sea; it names the nearest ports.
    """
    berth = _berth(lanes, place)
    if berth is not None:
        return Mooring(np.array([berth]), np.zeros(1, np.int32))
    here = on_sphere(place.lon, place.lat)
    cosine = position(lanes) @ here
    cosine[~_led(lanes) | beside_walls(lanes)] = -2.0
    near = np.flatnonzero(cosine >= math.cos(_NEAR / RADIUS))
    near = near[np.argsort(-cosine[near], kind="stable")][:_NEAREST]
    near = near[~walled(lanes, here, position(lanes)[near])]
    inland, water = _ashore(lanes, place)
    far = _in_sight(lanes, water, cosine) if math.isfinite(inland) else near[:0]
    near = np.setdiff1d(near, far)  # what is seen is not reached over land
    tied = np.concatenate([near, far])
    if not len(tied):
        raise _inland(lanes, place)
    land = np.concatenate([land_on(lanes, here, position(lanes)[near]), 0 * far])
    away = great_circle(place.lon, place.lat, lanes.lon[tied], lanes.lat[tied])
    cost = away + 5 * STEP * land
    best = int(np.argmin(cost))
    on = _waters(lanes)[tied] == _waters(lanes)[tied[best]]
    on &= land <= _LAND
    doubtful = np.flatnonzero(on & ((land > 0) | (away[best] <= _NEAR)))
    if len(doubtful):
        times, more = _SLACK
        limit = (away[best] + away[doubtful]) * times + more
        onward = lengths(open_water(lanes), tied[[best]], most=float(limit.max()))[0]
        on[doubtful] = onward[tied[doubtful]] <= limit
    on[best] = False
    others = np.flatnonzero(on)
    order = np.concatenate([[best], others[np.argsort(away[others], kind="stable")]])
    return Mooring(tied[order], np.rint(away[order]).astype(np.int32))


@lru_cache(maxsize=4096)
def straight(lanes: SeaLanes, one: Place, other: Place) -> int:
    """Return the metres from one place to another if a ship sees its way; UNREACHED else.

    The straight line crosses no land on the mask and no wall. Ports have their lanes, so that this
    is between other places only.
    """
    if any(_berth(lanes, place) is not None for place in (one, other)):
        return UNREACHED
    metres = float(great_circle(one.lon, one.lat, other.lon, other.lat))
    ends = [_ashore(lanes, place) for place in (one, other)]
    if metres > IN_SIGHT or not all(math.isfinite(end[0]) for end in ends):
        return UNREACHED
    here, there = (end[1] for end in ends)
    if land_on(lanes, here, there[None])[0] or walled(lanes, here, there[None])[0]:
        return UNREACHED
    first, last = (moored(lanes, place).nodes[0] for place in (one, other))
    return round(metres) if _waters(lanes)[first] == _waters(lanes)[last] else UNREACHED


def ashore(lanes: SeaLanes, place: Place) -> float:
    """Return how many km a place lies from the water if that is worth saying, else 0."""
    if _berth(lanes, place) is not None or _ashore(lanes, place)[0] <= SHORE:
        return 0.0
    far = float(moored(lanes, place).metres[0])
    return far / 1e3 if far > SHORE else 0.0


@lru_cache(maxsize=4096)
def _ashore(lanes: SeaLanes, place: Place) -> tuple[float, Array]:
    """Return how far the nearest sea is, at most 30 km, and where; inf if there is none."""
    here = on_sphere(place.lon, place.lat)
    if at_sea(lanes, np.array([place.lon]), np.array([place.lat]))[0]:
        return 0.0, here
    rows, columns = cells(lanes).shape
    wide = min(int(_WIDE / 9e3 / max(math.cos(math.radians(place.lat)), 0.02)) + 1, 200)
    row = int((90 - place.lat) / 180 * rows) + np.arange(-4, 5)
    column = int((place.lon + 180) / 360 * columns) + np.arange(-wide, wide + 1)
    row = row[(row >= 0) & (row < rows)]
    lat, lon = np.meshgrid(
        90 - (row + 0.5) / rows * 180, (column + 0.5) / columns * 360 - 180, indexing="ij"
    )
    lat, lon = lat.ravel(), (lon.ravel() + 180) % 360 - 180
    away = great_circle(place.lon, place.lat, lon, lat)
    wet = np.flatnonzero(at_sea(lanes, lon, lat) & (away <= _WIDE))
    wet = wet[~walled(lanes, here, on_sphere(lon[wet], lat[wet]))]
    if not len(wet):
        return np.inf, here
    best = wet[np.argmin(away[wet])]
    return float(away[best]), on_sphere(lon[best], lat[best])


def _in_sight(lanes: SeaLanes, here: Array, cosine: Array) -> Integers:
    """Return the nearest nodes that are seen in every direction."""
    there = position(lanes)
    east = np.array([-here[1], here[0], 0.0])
    east /= max(float(np.linalg.norm(east)), 1e-12)
    close = np.flatnonzero(cosine >= math.cos(_FAR / RADIUS))
    bearing = np.arctan2(there[close] @ east, there[close] @ np.cross(here, east))
    sector = np.zeros(len(cosine), np.int64)
    sector[close] = (bearing + math.pi) * (_SECTORS / (2 * math.pi))
    sector[close] %= _SECTORS
    tried = _first_of_each(close, sector, -cosine, _TRIED)
    tried = tried[clear(lanes, here, there[tried])]
    seen = _first_of_each(tried, sector, -cosine, _TAKEN)
    return seen[~walled(lanes, here, there[seen])]


def _first_of_each(nodes: Integers, sector: Integers, away: Array, most: int) -> Integers:
    """Return the nearest nodes of each sector."""
    order = nodes[np.lexsort((away[nodes], sector[nodes]))]
    starts = np.flatnonzero(np.diff(sector[order], prepend=-1))
    number = np.arange(len(order)) - np.repeat(starts, np.diff(starts, append=len(order)))
    return order[number < most]


def _inland(lanes: SeaLanes, place: Place) -> OptionError:
    """Return what to say of a place that no ship reaches."""
    ports = np.array(list(ports_of(lanes).values()))
    away = great_circle(place.lon, place.lat, lanes.lon[ports], lanes.lat[ports])
    order = np.argsort(away, kind="stable")[:3]
    told = [f"{lanes.ports[ports[k]]} ({away[k] / 1e3:,.0f} km)" for k in order]
    far = f"is {_far(lanes, place) / 1e3:,.0f} km from navigable water"
    why = f"{far}: it lies inland, or on a lake or a sea without an outlet"
    if beside := _along(lanes, place):
        why = f"lies along the passage {beside}, where no voyage ends: it {far}"
    elif lanes.sea.size:
        wet = np.flatnonzero(lanes.sea.any(axis=1))
        south, north = 90 - (wet[[-1, 0]] + [1, 0]) * (180 / len(lanes.sea))
        if not south <= place.lat <= north:
            limit = f"{abs(south):g}° S" if place.lat < south else f"{north:g}° N"
            why = f"{far}: it lies beyond {limit}, where the sea is taken to be ice"
    return OptionError(f"{place.name} {why}", hint=f"the nearest ports are {listed(told)}")


def _along(lanes: SeaLanes, place: Place) -> str:
    """Return the canal or river that a place lies beside; blank if there is none."""
    here, there = on_sphere(place.lon, place.lat), position(lanes)
    start, end = there[lanes.door_tail], there[lanes.door_head]
    whole = end - start
    size = (whole**2).sum(axis=1)
    share = np.clip(((here - start) * whole).sum(axis=1) / np.maximum(size, 1e-18), 0, 1)
    off = np.linalg.norm(here - start - share[:, None] * whole, axis=1) * RADIUS
    off[(share <= 0) | (share >= 1)] = np.inf
    best = int(np.argmin(off)) if len(off) else -1
    return (
        lanes.passages[int(lanes.door_passage[best])] if best >= 0 and off[best] < _BESIDE else ""
    )


def _far(lanes: SeaLanes, place: Place) -> float:
    """Return how many metres the sea is away, to within a cell of the mask."""
    led = _led(lanes)
    nodes = float(great_circle(place.lon, place.lat, lanes.lon[led], lanes.lat[led]).min())
    if not lanes.sea.size:
        return nodes
    rows, columns = len(lanes.sea), lanes.sea.shape[1] * 8
    row, column = np.nonzero(np.unpackbits(lanes.sea, axis=1)[::2, ::2])
    lat, lon = 90 - (row + 0.25) / rows * 360, (column + 0.25) / columns * 720 - 180
    near = np.abs(lat - place.lat) <= math.degrees(nodes / RADIUS) + 1
    found = great_circle(place.lon, place.lat, lon[near], lat[near])
    return float(min(nodes, found.min())) if len(found) else nodes
