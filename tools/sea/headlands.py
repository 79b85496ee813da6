"""Where ships turn: headlands, the middle of narrow waters, and a coarse grid on the oceans."""

from __future__ import annotations

import math

import numba as nb
import numpy as np
from numpy.typing import NDArray
from tools.sea.mask import EARTH, Flags, Floats, blocks, offshore

BOX = 6
"""Half a side, in minutes, of the window that tells a headland from a bay."""
CONVEX = 0.45
"""Share of land in the window below which a coastal cell is a headland."""
NARROW = 0.45
"""Share of land above which water counts as narrow."""
OFFSHORE_KM = 6.0
"""Ships keep this far from land where they can."""
HEADLAND_KM = 17.0
NARROW_KM = 9.0
NARROW_WITHIN_KM = 60.0
"""Narrow waters count only where a port is as near as this."""
NARROW_REACH_KM = 60.0
"""How far a place in narrow waters needs to see."""
OCEAN_DEGREES = 5.0
OCEAN_REACH_KM = 4500.0
FARTHEST = 4500.0
"""Longest lane, km; the grid on the oceans joins farther ones."""
REMOTE_KM = 400.0
"""In the far north headlands count only where a port is as near as this."""
SOUTH, NORTH = -59.5, 81.0
REMOTE_NORTH = 62.0

Ints = NDArray[np.int64]


@nb.njit(cache=True, parallel=True)
def _land_share(sea: Flags, top: int, bottom: int) -> NDArray[np.float32]:
    """Share of land around each coastal cell of rows top..bottom; 2 where no coast is near."""
    height, width = sea.shape
    out = np.full((bottom - top, width), np.float32(2.0))
    side = 2 * BOX + 1
    for k in nb.prange(bottom - top):
        i = top + k
        # land in each column of the window, then a sum that slides along the row
        land = np.zeros(width, np.int32)
        near = np.zeros(width, np.bool_)
        for a in range(max(i - BOX, 0), min(i + BOX + 1, height)):
            close = abs(a - i) <= 1
            for j in range(width):
                if not sea[a, j]:
                    land[j] += 1
                    if close:
                        near[j] = True
        total = 0
        for b in range(-BOX, BOX + 1):
            total += land[b]
        for j in range(width):
            if sea[i, j] and (near[j - 1] or near[j] or near[(j + 1) % width]):
                out[k, j] = total / (side * side)
            total += land[(j + BOX + 1) % width] - land[j - BOX]
    return out


@nb.njit(cache=True)
def _span(row: int, from_middle: int, km: float, height: int) -> int:
    """Return how many cells a disc spans to either side in a row; -1 = none."""
    tall = math.pi * EARTH / height
    rest = km * km - (from_middle * tall) ** 2
    if rest < 0:
        return -1
    wide = tall * max(np.cos(np.radians(90.0 - (row + 0.5) * 180.0 / height)), 0.02)
    return int(np.sqrt(rest) / wide)


@nb.njit(cache=True)
def _paint(blocked: Flags, i: int, j: int, km: float) -> None:
    """Mark the cells within `km` of a cell."""
    height, width = blocked.shape
    tall = math.pi * EARTH / height
    reach = int(km / tall) + 1
    for a in range(max(i - reach, 0), min(i + reach + 1, height)):
        span = _span(a, a - i, km, height)
        for b in range(j - span, j + span + 1):
            blocked[a, b % width] = True


@nb.njit(cache=True)
def _thinned(rows: Ints, columns: Ints, km: float, blocked: Flags) -> Flags:
    """Keep cells in the order given, each at least `km` from those kept before."""
    kept = np.zeros(len(rows), np.bool_)
    for k in range(len(rows)):
        if not blocked[rows[k], columns[k]]:
            kept[k] = True
            _paint(blocked, rows[k], columns[k], km)
    return kept


@nb.njit(cache=True)
def _within(rows: Ints, columns: Ints, km: float, shape: tuple[int, int]) -> Flags:
    """Return the cells within `km` of any of those given.

    Of each disc only the ends of its rows are noted; what is between is counted up afterwards.
    """
    height, width = shape
    tall = math.pi * EARTH / height
    reach = int(km / tall) + 1
    turns = np.zeros((height, width + 1), np.int32)
    for k in range(len(rows)):
        i, j = rows[k], columns[k]
        for a in range(max(i - reach, 0), min(i + reach + 1, height)):
            span = _span(a, a - i, km, height)
            first, last = (j - span) % width, (j + span) % width
            if 2 * span + 1 >= width:
                first, last = 0, width - 1
            if span >= 0:
                turns[a, first] += 1
                turns[a, last + 1] -= 1
                if last < first:
                    turns[a, 0] += 1
    out = np.zeros(shape, np.bool_)
    for a in range(height):
        discs = 0
        for b in range(width):
            discs += turns[a, b]
            out[a, b] = discs > 0
    return out


def waypoints(
    water: Flags, port_lat: Floats, port_lon: Floats
) -> tuple[Floats, Floats, NDArray[np.float64]]:
    """Return (lat, lon, reach in km) of the places where a shortest way may turn.

    Parameters
    ----------
    water
        (21600, 43200) mask without gates: gates must not look like land here.
    port_lat, port_lon
        Ports; narrow waters far from all of them are left out.
    """
    sea = blocks(water, 2, True)
    top, bottom = int((90 - NORTH) * 60), int((90 - SOUTH) * 60)
    share = _land_share(offshore(sea, OFFSHORE_KM), top, bottom)
    blocked = np.zeros(sea.shape, np.bool_)
    port_row = ((90 - port_lat) * 60).astype(np.int64)
    port_column = ((port_lon + 180) * 60).astype(np.int64) % sea.shape[1]
    sailed = _within(port_row, port_column, REMOTE_KM, sea.shape)[top:bottom]
    sailed[int((90 - REMOTE_NORTH) * 60) - top :] = True
    rows, columns = _chosen(share, sailed & (share < CONVEX), HEADLAND_KM, blocked, top)
    wide = len(rows)
    near = _within(port_row, port_column, NARROW_WITHIN_KM, sea.shape)[top:bottom]
    blocked = _within(rows, columns, NARROW_KM, sea.shape)
    share = _land_share(sea, top, bottom)
    narrow = near & (share >= NARROW) & (share < 0.97)
    more_rows, more_columns = _chosen(share, narrow, NARROW_KM, blocked, top)
    rows, columns = np.concatenate([rows, more_rows]), np.concatenate([columns, more_columns])
    grid_lat, grid_lon = _ocean(sea)
    return (
        np.concatenate([90.0 - (rows + 0.5) / 60.0, grid_lat]),
        np.concatenate([(columns + 0.5) / 60.0 - 180.0, grid_lon]),
        np.concatenate(
            [
                np.full(wide, FARTHEST),
                np.full(len(rows) - wide, NARROW_REACH_KM),
                np.full(len(grid_lat), OCEAN_REACH_KM),
            ]
        ),
    )


def _chosen(
    share: NDArray[np.float32], cells: Flags, km: float, blocked: Flags, top: int
) -> tuple[Ints, Ints]:
    """Return rows and columns of the cells kept, the most open first."""
    rows, columns = np.nonzero(cells)
    order = np.argsort(share[rows, columns], kind="stable")
    rows, columns = rows[order] + top, columns[order]
    kept = _thinned(rows, columns, km, blocked)
    return rows[kept], columns[kept]


def _ocean(sea: Flags) -> tuple[Floats, Floats]:
    """Return a grid of places in open water, as far apart in the north as at the equator."""
    lats, lons = [], []
    for lat in np.arange(-57.5, 80.0, OCEAN_DEGREES):
        count = max(int(360 / OCEAN_DEGREES * math.cos(math.radians(lat))), 4)
        for lon in (np.arange(count) + 0.5) * 360.0 / count - 180.0:
            i, j = int((90 - lat) * 60), int((lon + 180) * 60)
            if sea[max(i - 20, 0) : i + 20, max(j - 20, 0) : j + 20].all():
                lats.append(lat)
                lons.append(lon)
    return np.array(lats), np.array(lons)
