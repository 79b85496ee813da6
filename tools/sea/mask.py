"""The sea as a grid: half-minute cells of the GLOBE land mask that `global-land-mask` carries.

Everything here is build time. The mask takes 930 MB as booleans, 117 MB packed into bits.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import numba as nb
import numpy as np
from numpy.typing import NDArray

EARTH = 6371.0088
"""Mean radius, km (IUGG)."""
CELLS = 120
"""Cells of the mask per degree."""
COARSE = 4
"""Cells of the mask along one cell of the clearance grid (2 minutes)."""
GLANCE = 15.0
"""Lines are looked at this far apart, km, before they are followed step by step."""
INLAND = 65535
"""Clearance of a coarse cell that is land, as all cells round it are."""
ICE_SOUTH, ICE_NORTH = -60.0, 81.5
"""No ship sails beyond: pack ice."""

Flags = NDArray[np.bool_]
Bits = NDArray[np.uint8]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Sea:
    """Where a ship can be."""

    bits: Bits
    """(21600, 5400) one bit per cell, 1 = water of the one connected sea; row 0 at the pole."""
    clearance: NDArray[np.uint16]
    """(5400, 10800) hundreds of metres to the nearest land that are certainly free; 0 = look;
    INLAND = land for kilometres."""


def globe() -> Flags:
    """Return the mask as the package ships it: (21600, 43200), true = water."""
    spec = find_spec("global_land_mask")
    if spec is None or spec.origin is None:
        raise SystemExit("make sea needs the package global-land-mask: run `make sea`")
    with np.load(Path(spec.origin).parent / "globe_combined_mask_compressed.npz") as parts:
        water: Flags = parts["mask"]
    water[: int((90 - ICE_NORTH) * CELLS)] = False
    water[int((90 - ICE_SOUTH) * CELLS) :] = False
    return water


def row_column(lat: float, lon: float) -> tuple[int, int]:
    """Return the cell of the mask that a place lies in."""
    row = min(max(int((90.0 - lat) * CELLS), 0), 180 * CELLS - 1)
    return row, int((lon + 180.0) * CELLS) % (360 * CELLS)


def burn(water: Flags, line: list[tuple[float, float]], *, value: bool = False) -> None:
    """Draw a line of (lat, lon) three cells thick: land, or with `value` a channel."""
    for (a, b), (c, d) in itertools.pairwise(line):
        steps = int(max(abs(a - c), abs(b - d)) * CELLS * 2) + 1
        for k in range(steps + 1):
            row, column = row_column(a + (c - a) * k / steps, b + (d - b) * k / steps)
            wide = min(int(1.5 / max(math.cos(math.radians(a)), 0.1)), 12)
            for i in range(max(row - 1, 0), min(row + 2, len(water))):
                for j in range(column - wide, column + wide + 1):
                    water[i, j % water.shape[1]] = value


@nb.njit(cache=True, parallel=True)
def blocks(water: Flags, side: int, whole: bool) -> Flags:
    """Join side x side cells: water if all of them are (`whole`), or if any is."""
    height, width = water.shape[0] // side, water.shape[1] // side
    out = np.empty((height, width), np.bool_)
    for i in nb.prange(height):
        for j in range(width):
            found = whole
            for a in range(side):
                for b in range(side):
                    if whole:
                        found &= water[side * i + a, side * j + b]
                    else:
                        found |= water[side * i + a, side * j + b]
            out[i, j] = found
    return out


@nb.njit(cache=True, parallel=True)
def offshore(water: Flags, km: float) -> Flags:
    """Water at least `km` from land, north, south, east and west."""
    height, width = water.shape
    tall = math.pi * 6371.0088 / height
    along = np.empty((height, width), np.bool_)
    for i in nb.prange(height):
        flat = tall * max(np.cos(np.radians(90.0 - (i + 0.5) * 180.0 / height)), 0.05)
        reach = int(km / flat) + 1
        run = 0  # cells of water up to here, begun before the row
        for j in range(-reach, 0):
            run = run + 1 if water[i, j] else 0
        for j in range(width + reach):
            run = run + 1 if water[i, j % width] else 0
            if j >= reach:
                along[i, j - reach] = run > 2 * reach
    out = np.empty((height, width), np.bool_)
    reach = int(km / tall) + 1
    wide = width // 240
    for strip in nb.prange(240):  # columns side by side, as they lie in memory
        run_of = np.zeros(wide + 240, np.int64)
        first, last = strip * wide, width if strip == 239 else (strip + 1) * wide
        for i in range(height + reach):
            for j in range(first, last):
                run = run_of[j - first] + 1 if i >= height or along[i, j] else 0
                run_of[j - first] = run
                if i >= reach:
                    out[i - reach, j] = run > 2 * reach
    return out


@nb.njit(cache=True)
def _root(parent: NDArray[np.int32], run: int) -> int:
    while parent[run] != run:
        parent[run] = parent[parent[run]]
        run = parent[run]
    return run


@nb.njit(cache=True)
def _largest(water: Flags) -> Flags:
    """Return the largest connected water: runs along rows, joined where they touch."""
    height, width = water.shape
    count = 0
    for i in range(height):
        for j in range(width):
            if water[i, j] and (j == 0 or not water[i, j - 1]):
                count += 1
    begin, end = np.empty(count, np.int32), np.empty(count, np.int32)
    first = np.zeros(height + 1, np.int32)
    k = 0
    for i in range(height):
        for j in range(width):
            if water[i, j] and (j == 0 or not water[i, j - 1]):
                begin[k] = j
            if water[i, j] and (j == width - 1 or not water[i, j + 1]):
                end[k] = j
                k += 1
        first[i + 1] = k
    parent = np.arange(count).astype(np.int32)
    for i in range(height):
        if first[i + 1] > first[i] and begin[first[i]] == 0 and end[first[i + 1] - 1] == width - 1:
            parent[_root(parent, first[i + 1] - 1)] = _root(parent, first[i])
        if i == 0:
            continue
        above = first[i - 1]
        for run in range(first[i], first[i + 1]):
            while above < first[i] and end[above] < begin[run] - 1:
                above += 1
            other = above
            while other < first[i] and begin[other] <= end[run] + 1:
                parent[_root(parent, other)] = _root(parent, run)
                other += 1
    size = np.zeros(count, np.int64)
    for run in range(count):
        size[_root(parent, run)] += end[run] - begin[run] + 1
    best = size.argmax()
    out = np.zeros((height, width), np.bool_)
    for i in range(height):
        for run in range(first[i], first[i + 1]):
            if _root(parent, run) == best:
                out[i, begin[run] : end[run] + 1] = True
    return out


@nb.njit(cache=True, parallel=True)
def _kept(water: Flags, main: Flags) -> None:
    """Leave water only where a block of 2 x 2 cells is kept."""
    for i in nb.prange(water.shape[0]):
        for j in range(water.shape[1]):
            water[i, j] &= main[i >> 1, j >> 1]


def connected(water: Flags) -> Flags:
    """Keep the largest connected water (diagonals and the date line count); lakes go."""
    _kept(water, _largest(blocks(water, 2, False)))
    return water


@nb.njit(cache=True, parallel=True)
def _rows(near: NDArray[np.float32], step: Floats) -> None:
    """Shortest way along each row, round the globe (two sweeps each way)."""
    height, width = near.shape
    for i in nb.prange(height):
        for _ in range(2):
            for j in range(width):
                x = near[i, j - 1] + step[i]
                near[i, j] = min(near[i, j], x)
            for j in range(width - 1, -1, -1):
                x = near[i, (j + 1) % width] + step[i]
                near[i, j] = min(near[i, j], x)


@nb.njit(cache=True)
def _columns(near: NDArray[np.float32], step: Floats, tall: float) -> None:
    """Sweep down and up, diagonals included."""
    height, width = near.shape
    for turn in range(2):
        for k in range(1, height):
            i = k if turn == 0 else height - 1 - k
            above = i - 1 if turn == 0 else i + 1
            slant = np.sqrt(tall * tall + step[i] * step[i])
            for j in range(width):
                x = near[above, j] + tall
                x = min(x, near[above, j - 1] + slant)
                x = min(x, near[above, (j + 1) % width] + slant)
                near[i, j] = min(near[i, j], x)


def clearance(water: Flags) -> NDArray[np.uint16]:
    """Return a lower bound of the way to land, in 100 m, on the coarse grid.

    The sweeps walk along rows, columns and diagonals, which is never more than 8.3 % longer than
    the straight line; two cells are taken off for the size of the cells.
    """
    near = np.where(blocks(water, COARSE, True), np.float32(1e9), np.float32(0))
    tall = math.pi * EARTH / len(near)
    lat = np.radians(90.0 - (np.arange(len(near)) + 0.5) * 180.0 / len(near))
    step = np.maximum(np.cos(lat) * tall, 0.01)
    for _ in range(2):
        _rows(near, step)
        _columns(near, step, tall)
    free = np.clip((near / 1.09 - 2 * tall) * 10, 0, 60000).astype(np.uint16)
    inland = ~blocks(water, COARSE, False)
    inland[1:-1] &= inland[:-2] & inland[2:]
    inland[[0, -1]] = False
    inland &= np.roll(inland, 1, axis=1) & np.roll(inland, -1, axis=1)
    free[inland] = INLAND
    return free


def sea(water: Flags) -> Sea:
    """Pack a mask whose gates are burnt."""
    return Sea(np.packbits(water, axis=1), clearance(water))


def unit(lat: Floats, lon: Floats) -> Floats:
    """Return unit vectors (n, 3) of places in degrees."""
    a, b = np.radians(lat), np.radians(lon)
    return np.stack([np.cos(a) * np.cos(b), np.cos(a) * np.sin(b), np.sin(a)], axis=-1)


@nb.njit(cache=True)
def blocked(a: Floats, b: Floats, angle: float, free: NDArray[np.uint16]) -> bool:
    """Whether the great circle is seen at once to cross land: halves, quarters, and so on."""
    coarse = free.shape[0] / 180.0
    parts = 2
    while parts <= 16 and angle / parts > GLANCE / 6371.0088:
        for k in range(1, parts, 2):
            there = k / parts
            x = a[0] + there * (b[0] - a[0])
            y = a[1] + there * (b[1] - a[1])
            z = a[2] + there * (b[2] - a[2])
            lat = np.arctan2(z, np.sqrt(x * x + y * y)) * 57.29577951308232
            lon = np.arctan2(y, x) * 57.29577951308232
            i = min(int((90.0 - lat) * coarse), free.shape[0] - 1)
            j = int((lon + 180.0) * coarse) % free.shape[1]
            if free[i, j] == INLAND:
                return True
        parts *= 2
    return False


@nb.njit(cache=True, inline="always")
def clear(a: Floats, b: Floats, bits: Bits, free: NDArray[np.uint16]) -> bool:
    """Whether the great circle between two unit vectors meets water only.

    Marches by the clearance where land is far, by two thirds of a cell where it is near.
    """
    cosine = a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
    cosine = min(1.0, max(-1.0, cosine))
    angle = np.arccos(cosine)
    if angle < 1e-9:
        return True
    sine = np.sqrt(1.0 - cosine * cosine)
    if sine < 1e-12:
        return True
    if blocked(a, b, angle, free):
        return False
    vx = (b[0] - cosine * a[0]) / sine
    vy = (b[1] - cosine * a[1]) / sine
    vz = (b[2] - cosine * a[2]) / sine
    coarse = free.shape[0] / 180.0
    fine = 120.0
    s = 0.0
    while s < angle:
        c, d = np.cos(s), np.sin(s)
        x = c * a[0] + d * vx
        y = c * a[1] + d * vy
        z = c * a[2] + d * vz
        lat = np.arcsin(min(1.0, max(-1.0, z))) * 57.29577951308232
        lon = np.arctan2(y, x) * 57.29577951308232
        i = min(int((90.0 - lat) * coarse), free.shape[0] - 1)
        j = int((lon + 180.0) * coarse) % free.shape[1]
        f = free[i, j]
        if f == INLAND:
            return False
        if f > 4:
            s += f * 0.1 / 6371.0088
            continue
        i = min(int((90.0 - lat) * fine), bits.shape[0] - 1)
        j = int((lon + 180.0) * fine) % 43200
        if not (bits[i, j >> 3] >> (7 - (j & 7))) & 1:
            return False
        s += 0.6 / 6371.0088
    return True
