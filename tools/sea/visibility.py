"""Which places see each other across the water, and which of those lanes are worth keeping."""

from __future__ import annotations

import heapq
import math
from dataclasses import dataclass

import numba as nb
import numpy as np
from numpy.typing import NDArray
from tools.sea.mask import EARTH, Bits, Flags, Floats, Sea, clear, unit

TANGENT = 5.0
"""How far, km, a straight line has to go on beyond a turn."""
NEAR = 80.0
"""Lanes shorter than this, km, are taken without looking whether they are tangents."""
ROOM = 3000
"""Most lanes of one waypoint to later ones."""

Ints = NDArray[np.int32]


@nb.njit(cache=True, inline="always")
def _bearing(east: Floats, north: Floats, b: Floats) -> float:
    """Direction from a place to another, in sectors (0 = north, clockwise)."""
    y = b[0] * east[0] + b[1] * east[1] + b[2] * east[2]
    x = b[0] * north[0] + b[1] * north[1] + b[2] * north[2]
    return np.arctan2(y, x) * (72 / (2 * np.pi))


@nb.njit(cache=True, parallel=True)
def _free_sectors(
    places: Floats, east: Floats, north: Floats, bits: Bits, free: NDArray[np.uint16]
) -> Flags:
    """For each place, in which of 72 directions water goes on for a while."""
    out = np.zeros((len(places), 72), np.bool_)
    step = TANGENT / 6371.0088
    for i in nb.prange(len(places)):
        there = np.empty(3)
        for k in range(72):
            angle = 2 * np.pi * k / 72
            for c in range(3):
                there[c] = places[i, c] * np.cos(step) + np.sin(step) * (
                    east[i, c] * np.sin(angle) + north[i, c] * np.cos(angle)
                )
            out[i, k] = clear(places[i], there, bits, free)
    return out


@nb.njit(cache=True, inline="always")
def _passes(sectors: Flags, bearing: float) -> bool:
    """Whether a ship that arrives on this bearing can sail straight on."""
    k = int(np.round(bearing)) + 36
    for turn in range(-2, 3):  # noqa: SIM110  numba knows no generators
        if sectors[(k + turn) % 72]:
            return True
    return False


@nb.njit(cache=True, parallel=True)
def _seen(
    places: Floats, east: Floats, north: Floats, sectors: Flags, reach: Floats,
    bits: Bits, free: NDArray[np.uint16], room: int,
) -> tuple[Ints, NDArray[np.int64]]:  # fmt: skip
    """For each place the later ones that it sees, if a way may turn at both ends.

    A shortest way touches land where it turns, so the lane must be a tangent: beyond each end
    the straight line goes on over water.
    """
    found = np.full((len(places), room), -1, np.int32)
    count = np.zeros(len(places), np.int64)
    cosine, near = np.cos(reach / 6371.0088), np.cos(NEAR / 6371.0088)
    for k in nb.prange(len(places)):
        i = k // 2 if k % 2 == 0 else len(places) - 1 - k // 2  # long and short rows alternate
        a = places[i]
        n = 0
        for j in range(i + 1, len(places)):
            b = places[j]
            dot = a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
            if dot < cosine[i] or dot < cosine[j]:
                continue
            if dot < near and not (
                _passes(sectors[i], _bearing(east[i], north[i], b))
                and _passes(sectors[j], _bearing(east[j], north[j], a))
            ):
                continue
            if n < room and clear(a, b, bits, free):
                found[i, n] = j
                n += 1
        count[i] = n
    return found, count


@nb.njit(cache=True, parallel=True)
def _reached(
    origins: Floats, places: Floats, east: Floats, north: Floats, sectors: Flags,
    reach: Floats, bits: Bits, free: NDArray[np.uint16], room: int,
) -> tuple[Ints, NDArray[np.int64]]:  # fmt: skip
    """For each origin the places that it sees, if a way may turn there."""
    found = np.full((len(origins), room), -1, np.int32)
    count = np.zeros(len(origins), np.int64)
    cosine, near = np.cos(reach / 6371.0088), np.cos(NEAR / 6371.0088)
    for i in nb.prange(len(origins)):
        a = origins[i]
        n = 0
        for j in range(len(places)):
            b = places[j]
            dot = a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
            if dot < cosine[j]:
                continue
            if dot < near and not _passes(sectors[j], _bearing(east[j], north[j], a)):
                continue
            if n < room and clear(a, b, bits, free):
                found[i, n] = j
                n += 1
        count[i] = n
    return found, count


def compass(lat: Floats, lon: Floats) -> tuple[Floats, Floats]:
    """Return unit vectors to the east and to the north of places in degrees."""
    a, b = np.radians(lat), np.radians(lon)
    east = np.stack([-np.sin(b), np.cos(b), np.zeros_like(b)], axis=-1)
    north = np.stack([-np.sin(a) * np.cos(b), -np.sin(a) * np.sin(b), np.cos(a)], axis=-1)
    return east, north


def metres(a: Floats, b: Floats) -> NDArray[np.int32]:
    """Return great-circle lengths between rows of unit vectors, in whole metres."""
    chord = np.linalg.norm(a - b, axis=-1)
    return np.rint(2 * EARTH * 1000 * np.arcsin(np.clip(chord / 2, 0, 1))).astype(np.int32)


@dataclass(frozen=True)
class Waypoints:
    """Places where ways turn, with what visibility needs to know of each."""

    places: Floats
    """(n, 3) unit vectors."""
    east: Floats
    north: Floats
    sectors: Flags
    reach: Floats
    """(n,) km."""

    @classmethod
    def of(cls, lat: Floats, lon: Floats, reach: Floats, sea: Sea) -> Waypoints:
        """Look round from every place."""
        places, (east, north) = unit(lat, lon), compass(lat, lon)
        sectors = _free_sectors(places, east, north, sea.bits, sea.clearance)
        return cls(places, east, north, sectors, reach)


def lanes(waypoints: Waypoints, sea: Sea) -> tuple[Ints, Ints]:
    """Return (tail, head), tail < head, of every two waypoints that see each other."""
    w = waypoints
    found, count = _seen(
        w.places, w.east, w.north, w.sectors, w.reach, sea.bits, sea.clearance, ROOM
    )
    return _pairs(found, count)


def access(
    lat: Floats, lon: Floats, waypoints: Waypoints, km: float, sea: Sea
) -> tuple[Ints, Ints]:
    """Return (port, waypoint) of the waypoints that each port sees within `km`."""
    w = waypoints
    reach = np.minimum(w.reach, km)
    found, count = _reached(
        unit(lat, lon), w.places, w.east, w.north, w.sectors, reach, sea.bits, sea.clearance, ROOM
    )
    return _pairs(found, count)


def _pairs(found: Ints, count: NDArray[np.int64]) -> tuple[Ints, Ints]:
    """Return a ragged table as two columns."""
    if count.max() >= ROOM:
        raise SystemExit(f"a place sees over {ROOM} others: give ROOM more")
    tail = np.repeat(np.arange(len(count), dtype=np.int32), count)
    return tail, found[np.arange(ROOM)[None, :] < count[:, None]]


@nb.njit(cache=True)
def flooded(
    bits: Bits, row: int, column: int, km: float, high: int, wide: int
) -> NDArray[np.float32]:
    """Ways by water, km, from a cell to the cells round it; infinite where there is none."""
    out = np.full((2 * high + 1, 2 * wide + 1), np.float32(np.inf))
    tall = math.pi * 6371.0088 / 21600
    flat = tall * max(np.cos(np.radians(90.0 - (row + 0.5) / 120.0)), 0.02)
    out[high, wide] = 0
    heap = [(np.float32(0), high, wide)]
    while len(heap) > 0:
        d, a, b = heapq.heappop(heap)
        if d > out[a, b] or d > km:
            continue
        for da in range(-2, 3):
            for db in range(-2, 3):
                if abs(da) + abs(db) == 0 or (abs(da) != 1 and abs(db) != 1):
                    continue
                i, j = a + da, b + db
                if not (0 <= i < out.shape[0] and 0 <= j < out.shape[1]):
                    continue
                r, c = row + i - high, (column + j - wide) % 43200
                if not (0 <= r < 21600 and (bits[r, c >> 3] >> (7 - (c & 7))) & 1):
                    continue
                x = np.float32(d + np.sqrt((da * tall) ** 2 + (db * flat) ** 2))
                if x < out[i, j]:
                    out[i, j] = x
                    heapq.heappush(heap, (x, i, j))
    return out
