"""How any place on the map is tied to the network of the sea."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from scipy.sparse import csr_array

from catenary.errors import OptionError, listed
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
_STEP: Final = 5e3  # metres between samples of the mask
_STRIDE: Final = 40e3  # … where all is sea for half a degree around
_BLOCKS: Final = 360  # half degrees from pole to pole
_SHORE: Final = 15e3  # metres at the ends of a line of sight that may be land in a coarse mask
_LAND: Final = 5  # samples of land that a line to a nearby node may cross
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
    here = _points(place.lon, place.lat)
    cosine = position(lanes) @ here
    cosine[~_led(lanes)] = -2.0
    near = np.flatnonzero(cosine >= math.cos(_NEAR / RADIUS))
    near = near[np.argsort(-cosine[near], kind="stable")][:_NEAREST]
    near = near[~_walled(lanes, here, position(lanes)[near])]
    inland, water = _ashore(lanes, place)
    far = _in_sight(lanes, water, cosine) if math.isfinite(inland) else near[:0]
    near = np.setdiff1d(near, far)  # what is seen is not reached over land
    tied = np.concatenate([near, far])
    if not len(tied):
        raise _inland(lanes, place)
    land = np.concatenate([_land(lanes, here, position(lanes)[near]), 0 * far])
    away = great_circle(place.lon, place.lat, lanes.lon[tied], lanes.lat[tied])
    cost = away + 5 * _STEP * land
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
    if _land(lanes, here, there[None])[0] or _walled(lanes, here, there[None])[0]:
        return UNREACHED
    first, last = (moored(lanes, place).nodes[0] for place in (one, other))
    return round(metres) if _waters(lanes)[first] == _waters(lanes)[last] else UNREACHED


def ashore(lanes: SeaLanes, place: Place) -> float:
    """Return how many km a place lies from the water if that is worth saying, else 0."""
    if _berth(lanes, place) is not None or _ashore(lanes, place)[0] <= _SHORE:
        return 0.0
    far = float(moored(lanes, place).metres[0])
    return far / 1e3 if far > _SHORE else 0.0


def _points(lon: Any, lat: Any) -> Array:
    x, y = np.radians(np.asarray(lon, float)), np.radians(np.asarray(lat, float))
    return np.stack([np.cos(y) * np.cos(x), np.cos(y) * np.sin(x), np.sin(y)], axis=-1)


@lru_cache(maxsize=4)
def _mask(lanes: SeaLanes) -> NDArray[np.bool_]:
    return np.unpackbits(lanes.sea, axis=1).view(np.bool_)


def _water(lanes: SeaLanes, lon: Array, lat: Array) -> NDArray[np.bool_]:
    """Return whether cells of the mask are sea; a network without a mask has sea everywhere."""
    if not lanes.sea.size:
        return np.ones(np.shape(lon), bool)
    mask = _mask(lanes)
    rows, columns = mask.shape
    row = np.clip((90 - lat) * (rows / 180), 0, rows - 1).astype(np.int64)
    column = ((lon + 180) * (columns / 360)).astype(np.int64) % columns
    return np.asarray(mask[row, column], bool)


@lru_cache(maxsize=4096)
def _ashore(lanes: SeaLanes, place: Place) -> tuple[float, Array]:
    """Return how far the nearest sea is, at most 30 km, and where; inf if there is none."""
    here = _points(place.lon, place.lat)
    if _water(lanes, np.array([place.lon]), np.array([place.lat]))[0]:
        return 0.0, here
    rows, columns = _mask(lanes).shape
    wide = min(int(_WIDE / 9e3 / max(math.cos(math.radians(place.lat)), 0.02)) + 1, 200)
    row = int((90 - place.lat) / 180 * rows) + np.arange(-4, 5)
    column = int((place.lon + 180) / 360 * columns) + np.arange(-wide, wide + 1)
    row = row[(row >= 0) & (row < rows)]
    lat, lon = np.meshgrid(
        90 - (row + 0.5) / rows * 180, (column + 0.5) / columns * 360 - 180, indexing="ij"
    )
    lat, lon = lat.ravel(), (lon.ravel() + 180) % 360 - 180
    away = great_circle(place.lon, place.lat, lon, lat)
    wet = np.flatnonzero(_water(lanes, lon, lat) & (away <= _WIDE))
    wet = wet[~_walled(lanes, here, _points(lon[wet], lat[wet]))]
    if not len(wet):
        return np.inf, here
    best = wet[np.argmin(away[wet])]
    return float(away[best]), _points(lon[best], lat[best])


@lru_cache(maxsize=4)
def _walls(lanes: SeaLanes) -> tuple[Array, Array, Array, Array]:
    """Return both ends of all walls, their planes, and the cosine of half their lengths."""
    one, other = (_points(lanes.walls[:, k], lanes.walls[:, k + 1]) for k in (0, 2))
    half = np.arccos(np.clip((one * other).sum(axis=1), -1, 1)) / 2
    return one, other, np.cross(one, other), half


def _walled(lanes: SeaLanes, here: Array, ends: Array) -> NDArray[np.bool_]:
    """Return which great circles from a point cross a wall.

    A point on a wall lies on its left, so that no line passes between two walls that meet.
    """
    one, other, plane, half = _walls(lanes)
    if not len(one) or not len(ends):
        return np.zeros(len(ends), bool)
    reach = math.acos(min(max(float((ends @ here).min()), -1.0), 1.0))
    close = np.arccos(np.clip((one + other) @ here / (2 * np.cos(half)), -1, 1)) <= reach + half
    one, other, plane = one[close], other[close], plane[close]
    line = np.cross(here, ends)  # the plane of each
    across = (line @ one.T >= 0) != (line @ other.T >= 0)
    across &= (ends @ plane.T >= 0) != (plane @ here >= 0)
    # the two circles meet twice: not here, but on the other side of the globe
    across &= (ends + here) @ (one + other).T > 0
    return np.asarray(across.any(axis=1), bool)


def _wet(lanes: SeaLanes, points: Array) -> NDArray[np.bool_]:
    """Return whether points in any direction from the middle of the globe are sea."""
    x, y, z = points[..., 0], points[..., 1], points[..., 2]
    return _water(lanes, np.degrees(np.arctan2(y, x)), np.degrees(np.arctan2(z, np.hypot(x, y))))


def _land(lanes: SeaLanes, here: Array, ends: Array) -> Integers:
    """Return on how many samples of each great circle there is land."""
    line, along, _ = _samples(_angles(here, ends), _STEP)
    points = here + along[:, None] * (ends - here)[line]
    return np.bincount(line, ~_wet(lanes, points), minlength=len(ends)).astype(np.int64)


def _angles(here: Array, ends: Array) -> Array:
    found: Array = np.arccos(np.clip(ends @ here, -1, 1))
    return found


def _samples(angle: Array, step: float) -> tuple[Integers, Array, Array]:
    """Return the line of each sample, how far along its chord it is, and that per sample."""
    count = np.maximum(np.ceil(angle * (RADIUS / step)), 1).astype(np.int64)
    line = np.repeat(np.arange(len(angle)), count + 1)
    first = np.cumsum(count + 1) - count - 1
    pace = 1 / count[line]
    return line, (np.arange(len(line)) - first[line]) * pace, pace


@lru_cache(maxsize=4)
def _offing(lanes: SeaLanes) -> NDArray[np.bool_]:
    """Return which squares of half a degree are sea with all that lies within a stride of them."""
    tall = len(_mask(lanes)) // _BLOCKS
    squares = _mask(lanes).reshape(_BLOCKS, tall, 2 * _BLOCKS, -1)
    whole = np.asarray(squares.all(axis=(1, 3)), bool)
    found: NDArray[np.bool_] = whole.copy()
    for down in (-1, 0, 1):
        for right in (-2, -1, 0, 1, 2):
            found &= np.roll(whole, (down, right), (0, 1))
    found[: _BLOCKS // 12] = found[-_BLOCKS // 12 :] = False  # blocks are narrow near the poles
    return found


def _clear(lanes: SeaLanes, here: Array, ends: Array) -> NDArray[np.bool_]:
    """Return which great circles cross no land but near their ends: strides, then steps."""
    if not lanes.sea.size:
        return np.ones(len(ends), bool)
    angle = _angles(here, ends)
    line, along, pace = _samples(angle, _STRIDE)
    points = here + along[:, None] * (ends - here)[line]
    lon = np.degrees(np.arctan2(points[:, 1], points[:, 0]))
    lat = np.degrees(np.arctan2(points[:, 2], np.hypot(points[:, 0], points[:, 1])))
    row = np.clip((90 - lat) * (_BLOCKS / 180), 0, _BLOCKS - 1).astype(np.int64)
    column = ((lon + 180) * (_BLOCKS / 180)).astype(np.int64) % (2 * _BLOCKS)
    inshore = np.flatnonzero(~_offing(lanes)[row, column])
    found = np.ones(len(ends), bool)
    for parts in (np.zeros(1), (np.arange(8) - 3.5) / 8):
        inshore = inshore[found[line[inshore]]]
        at = line[inshore]
        share = np.clip(along[inshore] + parts[:, None] * pace[inshore], 0, 1)
        wet = _wet(lanes, here + share[..., None] * (ends - here)[at])
        far = np.minimum(share, 1 - share) * angle[at] * RADIUS >= _SHORE
        found[at[(~wet & far).any(axis=0)]] = False
    return found


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
    tried = tried[_clear(lanes, here, there[tried])]
    seen = _first_of_each(tried, sector, -cosine, _TAKEN)
    return seen[~_walled(lanes, here, there[seen])]


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
