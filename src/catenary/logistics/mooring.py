"""How any place on the map is tied to the network of the sea."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from scipy.sparse import csr_array

from catenary.errors import OptionError, listed
from catenary.maths.routing import UNREACHED, lengths
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
_STEP: Final = 5e3  # metres between samples of the mask
_SHORE: Final = 15e3  # metres at the ends of a line of sight that may be land in a coarse mask
_LAND: Final = 5  # samples of land that a line to a nearby node may cross
_WIDE: Final = 30e3  # metres from a place ashore to open water
_SLACK: Final = (1.05, 10e3)  # a line of sight beats the network by no more than this


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
    return _points(lanes.lon, lanes.lat)


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


@lru_cache(maxsize=1024)
def moored(lanes: SeaLanes, place: Place) -> Mooring:
    """Return what a place is tied to: a port to itself, all else to nodes nearby or in sight.

    Lines of sight are great circles over a coarse mask. None is much shorter than the lanes from
    the nearest node to the same end, so that no place is a way round a passage.

    Raises
    ------
    OptionError
        If the place is too far from the sea; it names the nearest ports.
    """
    if place.id in ports_of(lanes):
        return Mooring(np.array([ports_of(lanes)[place.id]]), np.zeros(1, np.int32))
    away = great_circle(place.lon, place.lat, lanes.lon, lanes.lat)
    away[~_led(lanes)] = np.inf
    near = np.argsort(away, kind="stable")[:_NEAREST]
    near = near[away[near] <= _NEAR]
    here = _points(place.lon, place.lat)
    ashore = _ashore(lanes, place)
    far = _in_sight(lanes, ashore[1], away) if math.isfinite(ashore[0]) else near[:0]
    land = np.concatenate([_land(lanes, here, position(lanes)[near], shore=0.0), 0 * far])
    tied = np.concatenate([near, far])
    if not len(tied):
        raise _inland(lanes, place)
    first = tied[np.argmin(away[tied] + 5 * _STEP * land)]
    onward = lengths(open_water(lanes), np.array([first]))[0]
    times, more = _SLACK
    seen = np.setdiff1d(tied[land <= _LAND], [first])
    seen = seen[onward[seen] <= (away[first] + away[seen]) * times + more]
    nodes = np.concatenate([[first], seen[np.argsort(away[seen], kind="stable")]])
    return Mooring(nodes, np.rint(away[nodes]).astype(np.int32))


@lru_cache(maxsize=1024)
def straight(lanes: SeaLanes, one: Place, other: Place) -> int:
    """Return the metres from one place to another if a ship sees its way; UNREACHED else.

    Ports have their lanes, so that this is between other places only.
    """
    if one.id in ports_of(lanes) or other.id in ports_of(lanes):
        return UNREACHED
    metres = float(great_circle(one.lon, one.lat, other.lon, other.lat))
    ends = [_ashore(lanes, place) for place in (one, other)]
    if metres > IN_SIGHT or not all(math.isfinite(end[0]) for end in ends):
        return UNREACHED
    if _land(lanes, ends[0][1], ends[1][1][None], shore=0.0)[0]:
        return UNREACHED
    first, last = moored(lanes, one), moored(lanes, other)
    onward = lengths(open_water(lanes), first.nodes[:1])[0][last.nodes[0]]
    times, more = _SLACK
    limit = float(first.metres[0]) + metres + float(last.metres[0])
    return round(metres) if onward <= limit * times + more else UNREACHED


def ashore(lanes: SeaLanes, place: Place) -> float:
    """Return how many km a place lies from the water if that is worth saying, else 0."""
    if place.id in ports_of(lanes) or _ashore(lanes, place)[0] <= _SHORE:
        return 0.0
    far = float(moored(lanes, place).metres[0])
    return far / 1e3 if far > _SHORE else 0.0


def _points(lon: Any, lat: Any) -> Array:
    x, y = np.radians(np.asarray(lon, float)), np.radians(np.asarray(lat, float))
    return np.stack([np.cos(y) * np.cos(x), np.cos(y) * np.sin(x), np.sin(y)], axis=-1)


def _water(lanes: SeaLanes, lon: Array, lat: Array) -> NDArray[np.bool_]:
    """Return whether cells of the mask are sea; a network without a mask has sea everywhere."""
    if not lanes.sea.size:
        return np.ones(len(lon), bool)
    rows, columns = len(lanes.sea), lanes.sea.shape[1] * 8
    row = np.clip((90 - lat) / 180 * rows, 0, rows - 1).astype(np.int64)
    column = ((lon + 180) / 360 * columns).astype(np.int64) % columns
    bits = lanes.sea[row, column >> 3] >> (7 - (column & 7))
    return np.asarray(bits & 1, bool)


def _ashore(lanes: SeaLanes, place: Place) -> tuple[float, Array]:
    """Return how far the nearest sea is, at most 30 km, and where; inf if there is none."""
    here = np.array([place.lon]), np.array([place.lat])
    if _water(lanes, *here)[0]:
        return 0.0, _points(place.lon, place.lat)
    rows, columns = len(lanes.sea), lanes.sea.shape[1] * 8
    wide = min(int(_WIDE / 9e3 / max(math.cos(math.radians(place.lat)), 0.02)) + 1, 200)
    row = int((90 - place.lat) / 180 * rows) + np.arange(-4, 5)
    column = int((place.lon + 180) / 360 * columns) + np.arange(-wide, wide + 1)
    row = row[(row >= 0) & (row < rows)]
    lat, lon = np.meshgrid(
        90 - (row + 0.5) / rows * 180, (column + 0.5) / columns * 360 - 180, indexing="ij"
    )
    lat, lon = lat.ravel(), (lon.ravel() + 180) % 360 - 180
    away = great_circle(place.lon, place.lat, lon, lat)
    away[~_water(lanes, lon, lat)] = np.inf
    best = int(np.argmin(away))
    return (float(away[best]) if away[best] <= _WIDE else np.inf), _points(lon[best], lat[best])


def _land(lanes: SeaLanes, here: Array, ends: Array, *, shore: float) -> Integers:
    """Return on how many samples of each great circle there is land; `shore` at its ends is not."""
    angle = np.arccos(np.clip(ends @ here, -1, 1))
    count = np.maximum(np.ceil(angle * RADIUS / _STEP), 1).astype(np.int64) + 1
    line = np.repeat(np.arange(len(ends)), count)
    first = np.repeat(np.cumsum(count) - count, count)
    along = (np.arange(count.sum()) - first) / (count[line] - 1)
    whole = np.maximum(angle[line], 1e-12)
    points = (
        np.sin((1 - along) * whole)[:, None] * here + np.sin(along * whole)[:, None] * (ends[line])
    )
    lon = np.degrees(np.arctan2(points[:, 1], points[:, 0]))
    lat = np.degrees(np.arctan2(points[:, 2], np.hypot(points[:, 0], points[:, 1])))
    dry = ~_water(lanes, lon, lat)
    reach = np.minimum(along, 1 - along) * whole * RADIUS
    return np.bincount(line, dry & (reach >= shore), minlength=len(ends)).astype(np.int64)


def _in_sight(lanes: SeaLanes, here: Array, away: Array) -> Integers:
    """Return the nearest nodes that are seen in every direction."""
    there = position(lanes)
    east = np.array([-here[1], here[0], 0.0])
    east /= max(float(np.linalg.norm(east)), 1e-12)
    bearing = np.arctan2(there @ east, there @ np.cross(here, east))
    sector = ((bearing + math.pi) / (2 * math.pi) * _SECTORS).astype(np.int64) % _SECTORS
    close = np.flatnonzero(away <= _FAR)
    tried = _first_of_each(close, sector, away, _TRIED)
    seen = tried[_land(lanes, here, there[tried], shore=_SHORE) == 0]
    return _first_of_each(seen, sector, away, _TAKEN)


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
    return OptionError(
        f"{place.name} is {_far(lanes, place) / 1e3:,.0f} km from navigable water: it lies inland, "
        "or on a lake or a sea without an outlet",
        hint=f"the nearest ports are {listed(told)}",
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
