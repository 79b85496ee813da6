"""What no straight line of a place may cross: gates, shoals, and land between two waters.

A gate ends ashore, and so would a line that keeps one side of it from the other. So the line is
drawn on over the land, as far from the water on one side as from that on the other.
"""

from __future__ import annotations

import itertools
import math
import sys
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.ndimage import distance_transform_edt, label
from tools.sea import gates as gating
from tools.sea import mask

from catenary.worlds.sea import write_walls

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray
    from tools.sea.gates import Gates, Place

    Line = tuple[Place, ...]
    Vertex = tuple[int, int]
    """A corner of cells, counted from the pole and from 180 degrees west."""
    Integers = NDArray[np.int64]

SIDE: Final = 2
"""Cells of the mask along a cell of the grids here (one minute)."""
PER: Final = mask.CELLS // SIDE
"""Cells of the grids here per degree."""
PIECE_KM: Final = 25.0
"""A gate is straight on the map, a wall between two places is a great circle: pieces this long."""
JOINED_KM: Final = 8.0
"""How far from the shore the wall of a gate meets the one over the land."""
WINDOWS: Final = (2.2, 1.1, 0.55)
"""Degrees around a door in which the two waters may not join; the first that does is taken."""
WIDE_KM: Final = 70.0
"""Land farther from water than this parts no ties."""
SEEK: Final = 8
"""Cells around the end of a door in which its water is looked for."""
TOLERANCE: Final = 0.75
"""How far, in cells, a simplified wall is from the staircase of the grid."""


def build(into: Path) -> None:
    """Draw the walls anew into the file of a network."""
    water = mask.connected(mask.globe())
    gates = gating.read(gating.FILE, water, {})
    shut = gating.close(water, gates)
    write_walls(drawn(water, shut, gates), into)


def drawn(water: mask.Flags, shut: mask.Flags, gates: Gates) -> NDArray[np.float64]:
    """Return the walls as lon, lat of both ends, (n, 4).

    Parameters
    ----------
    water
        Mask without gates.
    shut
        Mask with every gate and shoal drawn as land.
    gates
        Gates.
    """
    lines: list[Line] = list(gates.shoals)
    drawn_before: set[Vertex] = set()
    by_passage: dict[str, list[gating.Door]] = {}
    for door in gates.doors:
        by_passage.setdefault(door.passage, []).append(door)
    for passage, doors in by_passage.items():
        ridges = list(_ridges(doors, water, shut, gates, drawn_before))
        lines += ridges
        if passage in gates.lines:
            lines += _over_water(gates.lines[passage], water, ridges)
    lines = [tuple(gating.along(line, PIECE_KM)) for line in lines]
    ends = [(b, a, d, c) for line in lines for (a, b), (c, d) in itertools.pairwise(line)]
    found = np.array(sorted(set(ends))).reshape(-1, 4)
    found[:, ::2] = (found[:, ::2] + 180) % 360 - 180
    print(f"{len(found):,} walls", file=sys.stderr)
    return found


def _over_water(line: Line, water: mask.Flags, ridges: list[Line]) -> Iterator[Line]:
    """Yield the parts of a gate that are over water, joined to what goes on over the land."""
    if not ridges:
        yield line
        return
    places = gating.along(line, 0.5)
    wet = np.array([water[mask.row_column(*place)] for place in places])
    turns = np.flatnonzero(np.diff(wet.astype(np.int8), prepend=0, append=0)).reshape(-1, 2)
    known = [place for ridge in ridges for place in ridge]
    corners = {min(places, key=lambda place: gating.kilometres(place, one)) for one in line}
    for first, end in _runs(places, turns.tolist(), known):
        part = places[max(first - 1, 0) : end + 1]
        kept = [part[0], *(place for place in part[1:-1] if place in corners), part[-1]]
        for tip, where in ((part[0], 0), (part[-1], len(kept) + 1)):
            near = min(known, key=lambda place: gating.kilometres(place, tip))
            if gating.kilometres(near, tip) <= JOINED_KM:
                kept.insert(where, near)
        yield tuple(kept)


def _runs(places: list[Place], wet: list[list[int]], known: list[Place]) -> list[list[int]]:
    """Return the stretches of water as one where an islet between them has no wall of its own."""
    found = wet[:1]
    for first, end in wet[1:]:
        islet = places[found[-1][1] - 1 : first + 1]
        across = gating.kilometres(islet[0], islet[-1])
        middle = islet[len(islet) // 2]
        if min(gating.kilometres(middle, one) for one in known) > across / 2:
            found[-1] = [found[-1][0], end]
        else:
            found.append([first, end])
    return found


def _ridges(
    doors: list[gating.Door], water: mask.Flags, shut: mask.Flags, gates: Gates,
    drawn_before: set[Vertex],
) -> Iterator[Line]:  # fmt: skip
    """Yield the lines over land from which the two waters of a passage are equally far."""
    passage = doors[0].passage
    if passage in gates.rivers and passage not in gates.lines:
        return  # its water is on no mask
    lat, lon = np.array([place for door in doors for place in door.path]).T
    for degrees in WINDOWS:
        wide = degrees / max(math.cos(math.radians(np.abs(lat).max())), 0.1)
        window = _cells(lat.max() + degrees, lat.min() - degrees, lon.min() - wide,
                        lon.max() + wide)  # fmt: skip
        waters = label(_joined(shut, window))[0].astype(np.int64)
        corner = window[0][0] // SIDE, window[1][0] // SIDE
        sides = [{_water_at(waters, corner, door.path[k]) for door in doors} for k in (0, -1)]
        if not all(side - {0} for side in sides):
            return  # on no water of the mask
        if not sides[0] & sides[1]:
            land = ~_joined(water, window)
            yield from _between(waters, sides, land, corner, float(lat.mean()), drawn_before)
            return
    print(f"the waters of {passage} join nearby: no wall ashore", file=sys.stderr)


def _cells(north: float, south: float, west: float, east: float) -> tuple[Integers, Integers]:
    """Return rows and columns of the mask, whole cells of the grids here; columns go on round."""
    row = [int((90 - side) * mask.CELLS) // SIDE * SIDE for side in (min(north, 90.0), south)]
    column = [math.floor((side + 180) * mask.CELLS / SIDE) * SIDE for side in (west, east)]
    return np.arange(*row), np.arange(*column)


def _joined(water: mask.Flags, window: tuple[Integers, Integers]) -> mask.Flags:
    rows, columns = window
    cells = np.ascontiguousarray(water[np.ix_(rows, columns % water.shape[1])])
    found: mask.Flags = mask.blocks(cells, SIDE, False)
    return found


def _water_at(waters: Integers, corner: Vertex, place: Place) -> int:
    """Return the water nearest to a place; 0 if there is none."""
    row = int((90 - place[0]) * PER) - corner[0]
    column = int((place[1] + 180) * PER) - corner[1]
    first = max(row - SEEK, 0), max(column - SEEK, 0)
    near = waters[first[0] : row + SEEK + 1, first[1] : column + SEEK + 1]
    at = np.argwhere(near > 0)
    if not len(at):
        return 0
    best = at[np.argmin(((at + first - (row, column)) ** 2).sum(axis=1))]
    return int(near[tuple(best)])


def _between(
    waters: Integers, sides: list[set[int]], land: mask.Flags, corner: Vertex, lat: float,
    drawn_before: set[Vertex],
) -> Iterator[Line]:  # fmt: skip
    """Yield the borders between the land nearest to one water and that nearest to the other."""
    tall = math.pi * mask.EARTH / 180 / PER
    flat = tall * math.cos(math.radians(lat))
    far, at = distance_transform_edt(waters == 0, sampling=(tall, flat), return_indices=True)
    nearest = waters[tuple(at)]
    side = np.isin(nearest, list(sides[0])) + 2 * np.isin(nearest, list(sides[1]))
    height, width = side.shape
    row, column = np.arange(height)[:, None], np.arange(width)[None]
    edge = np.minimum(
        np.minimum(row, height - 1 - row) * tall, np.minimum(column, width - 1 - column) * flat
    )
    side[(far > WIDE_KM) | (far > edge) | ~land] = 0  # nearer water may lie outside
    upright = np.argwhere(side[:, 1:] * side[:, :-1] == 2) + corner
    level = np.argwhere(side[1:] * side[:-1] == 2) + corner
    ends = [((r, c + 1), (r + 1, c + 1)) for r, c in upright.tolist()]
    ends += [((r + 1, c), (r + 1, c + 1)) for r, c in level.tolist()]
    ends = [pair for pair in ends if not drawn_before & {*pair}]
    for chain in _chains(ends):
        drawn_before |= {
            (r + i, c + j) for r, c in chain for i in range(-2, 3) for j in range(-2, 3)
        }
        kept = _simplified(np.array(chain, np.float64))
        yield tuple((90 - r / PER, c / PER - 180) for r, c in kept.tolist())


def _chains(edges: list[tuple[Vertex, Vertex]]) -> Iterator[list[Vertex]]:
    """Yield edges joined to lines, which part where more than two meet."""
    after: dict[Vertex, list[Vertex]] = {}
    for one, other in edges:
        after.setdefault(one, []).append(other)
        after.setdefault(other, []).append(one)
    tips = [vertex for vertex, others in after.items() if len(others) != 2]
    for tip in [*tips, *after]:  # what is left after the tips are rings
        while after[tip]:
            chain = [tip]
            while True:
                following = after[chain[-1]].pop()
                after[following].remove(chain[-1])
                chain.append(following)
                if len(after[following]) != 1 or following == tip:
                    break
            yield chain


def _simplified(line: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return a line without points that lie nearly on it (Douglas and Peucker 1973)."""
    keep = np.zeros(len(line), bool)
    keep[[0, -1]] = True
    waiting = [(0, len(line) - 1)]
    while waiting:
        first, last = waiting.pop()
        if last - first < 2:
            continue
        along = line[last] - line[first]
        away = line[first + 1 : last] - line[first]
        size = float(np.hypot(*along))
        off = np.abs(along[0] * away[:, 1] - along[1] * away[:, 0]) / size if size else (
            np.hypot(*away.T)
        )  # fmt: skip
        if off.max() > TOLERANCE:
            middle = first + 1 + int(off.argmax())
            keep[middle] = True
            waiting += [(first, middle), (middle, last)]
    return line[keep]
