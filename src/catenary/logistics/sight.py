"""What is seen of the sea from a place: lines over the mask that cross no wall."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from catenary.maths.sphere import RADIUS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from catenary.worlds.sea import SeaLanes

    Array = NDArray[np.float64]
    Integers = NDArray[np.int64]

__all__ = [
    "SHORE",
    "STEP",
    "at_sea",
    "beside_walls",
    "cells",
    "clear",
    "land_on",
    "on_sphere",
    "walled",
]

STEP: Final = 5e3
"""Metres between samples of the mask."""
SHORE: Final = 15e3
"""Metres at the ends of a line of sight that may be land in a coarse mask."""
_STRIDE: Final = 40e3  # metres between samples where all is sea for half a degree around
_BLOCKS: Final = 360  # half degrees from pole to pole
_BESIDE: Final = 1.2e3  # metres from a wall to a node that is on neither side of it


def on_sphere(lon: Any, lat: Any) -> Array:
    """Return places as points of the unit sphere, (…, 3)."""
    x, y = np.radians(np.asarray(lon, float)), np.radians(np.asarray(lat, float))
    return np.stack([np.cos(y) * np.cos(x), np.cos(y) * np.sin(x), np.sin(y)], axis=-1)


@lru_cache(maxsize=4)
def cells(lanes: SeaLanes) -> NDArray[np.bool_]:
    """Return the mask as flags by row and column."""
    return np.unpackbits(lanes.sea, axis=1).view(np.bool_)


def at_sea(lanes: SeaLanes, lon: Array, lat: Array) -> NDArray[np.bool_]:
    """Return whether cells of the mask are sea; a network without a mask has sea everywhere."""
    if not lanes.sea.size:
        return np.ones(np.shape(lon), bool)
    mask = cells(lanes)
    rows, columns = mask.shape
    row = np.clip((90 - lat) * (rows / 180), 0, rows - 1).astype(np.int64)
    column = ((lon + 180) * (columns / 360)).astype(np.int64) % columns
    return np.asarray(mask[row, column], bool)


@lru_cache(maxsize=4)
def beside_walls(lanes: SeaLanes) -> NDArray[np.bool_]:
    """Return which nodes lie on a wall, or nearly: no line to them says on which side one is."""
    there, (one, other, _, half) = on_sphere(lanes.lon, lanes.lat), _walls(lanes)
    order = np.argsort(there[:, 2], kind="stable")
    reach, height = 2 * half + _BESIDE / RADIUS, there[order, 2]
    found = np.zeros(len(there), bool)
    bounds = (
        np.searchsorted(height, one[:, 2] - reach),
        np.searchsorted(height, one[:, 2] + reach),
    )
    for a, b, first, end in zip(one, other - one, *bounds, strict=True):
        near = order[first:end]
        size = float(b @ b)
        along = np.clip((there[near] - a) @ b / size, 0, 1) if size else np.zeros(len(near))
        off = np.linalg.norm(there[near] - a - along[:, None] * b, axis=1)
        found[near[off <= _BESIDE / RADIUS]] = True
    return found


@lru_cache(maxsize=4)
def _walls(lanes: SeaLanes) -> tuple[Array, Array, Array, Array]:
    """Return both ends of all walls, their planes, and the cosine of half their lengths."""
    one, other = (on_sphere(lanes.walls[:, k], lanes.walls[:, k + 1]) for k in (0, 2))
    half = np.arccos(np.clip((one * other).sum(axis=1), -1, 1)) / 2
    return one, other, np.cross(one, other), half


def walled(lanes: SeaLanes, here: Array, ends: Array) -> NDArray[np.bool_]:
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
    return at_sea(lanes, np.degrees(np.arctan2(y, x)), np.degrees(np.arctan2(z, np.hypot(x, y))))


def land_on(lanes: SeaLanes, here: Array, ends: Array) -> Integers:
    """Return on how many samples of each great circle there is land."""
    line, along, _ = _samples(_angles(here, ends), STEP)
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
    tall = len(cells(lanes)) // _BLOCKS
    squares = cells(lanes).reshape(_BLOCKS, tall, 2 * _BLOCKS, -1)
    whole = np.asarray(squares.all(axis=(1, 3)), bool)
    found: NDArray[np.bool_] = whole.copy()
    for down in (-1, 0, 1):
        for right in (-2, -1, 0, 1, 2):
            found &= np.roll(whole, (down, right), (0, 1))
    found[: _BLOCKS // 12] = found[-_BLOCKS // 12 :] = False  # blocks are narrow near the poles
    return found


def clear(lanes: SeaLanes, here: Array, ends: Array) -> NDArray[np.bool_]:
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
        far = np.minimum(share, 1 - share) * angle[at] * RADIUS >= SHORE
        found[at[(~wet & far).any(axis=0)]] = False
    return found
