"""Passages as gates: a line over the water that no lane crosses, and the doors in it."""

from __future__ import annotations

import itertools
import math
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from tools.sea.mask import EARTH, Flags, burn, row_column

Place = tuple[float, float]
"""(lat, lon) in degrees."""

FILE: Final = Path(__file__).with_name("gates.toml")
OFFSET_KM = 3.5
"""How far the two ends of a door lie from the line."""
LEAST_KM = 2.5
"""Narrower water in a gate has no door."""
EVERY_KM = 90.0
"""A wider gate has a door for each such stretch."""


WINDING = 1.1
"""Kilometres of a river per kilometre of its drawing, where nothing better is known."""


@dataclass(frozen=True)
class Door:
    """A way through a gate."""

    passage: str
    path: tuple[Place, ...]
    """From one water to the other; two places for a strait."""
    km: float


@dataclass(frozen=True)
class Gates:
    """All that closes, and the lines of open water that the mask lacks."""

    doors: tuple[Door, ...]
    lines: dict[str, tuple[Place, ...]]
    rivers: dict[str, tuple[Place, ...]]
    """Upstream of the door of a river: places joined one after the other."""
    scale: dict[str, float]
    """Kilometres of a river per kilometre of its drawing."""
    lakes: tuple[tuple[str, tuple[Place, ...]], ...]
    """Name of the lake and a line along its middle."""
    shoals: tuple[tuple[Place, ...], ...]
    channels: tuple[tuple[Place, ...], ...]


def kilometres(a: Place, b: Place) -> float:
    """Return the great-circle length between two places."""
    p, q = math.radians(a[0]), math.radians(b[0])
    x = math.sin((q - p) / 2) ** 2
    x += math.cos(p) * math.cos(q) * math.sin(math.radians(b[1] - a[1]) / 2) ** 2
    return 2 * EARTH * math.asin(min(1.0, math.sqrt(x)))


def length(path: tuple[Place, ...]) -> float:
    """Return the length of a drawing, km."""
    return sum(kilometres(a, b) for a, b in itertools.pairwise(path))


def along(line: tuple[Place, ...], km: float) -> list[Place]:
    """Return places every `km` or less along a line."""
    places = [line[0]]
    for a, b in itertools.pairwise(line):
        count = max(int(kilometres(a, b) / km) + 1, 1)
        places += [
            (a[0] + (b[0] - a[0]) * k / count, a[1] + (b[1] - a[1]) * k / count)
            for k in range(1, count + 1)
        ]
    return places


def stretches(line: tuple[Place, ...], water: Flags) -> list[list[Place]]:
    """Return the stretches of water along a line, each as places half a kilometre apart."""
    found: list[list[Place]] = []
    inside = False
    for place in along(line, 0.5):
        wet = bool(water[row_column(*place)])
        if wet and not inside:
            found.append([])
        if wet:
            found[-1].append(place)
        inside = wet
    return found


def _across(line: tuple[Place, ...], place: Place, water: Flags) -> tuple[Place, Place] | None:
    """Return the two ends of a door, or nothing if a side has no water."""
    nearest = min(
        itertools.pairwise(line),
        key=lambda s: kilometres(s[0], place) + kilometres(place, s[1]) - kilometres(*s),
    )
    (a, b), squeeze = nearest, math.cos(math.radians(place[0]))
    east, north = (b[1] - a[1]) * squeeze, b[0] - a[0]
    size = math.hypot(east, north)
    ends = []
    for side in (1.0, -1.0):
        for km in (OFFSET_KM, 3.0, 4.0, 5.0, 6.0, 8.0):
            degrees = side * km / 111.2
            end = (
                place[0] - east / size * degrees,
                place[1] + north / size * degrees / squeeze,
            )
            if water[row_column(*end)]:
                ends.append(end)
                break
    return (ends[0], ends[1]) if len(ends) == 2 else None


def _doors(name: str, gate: dict[str, Any], water: Flags) -> list[Door]:
    """Return the doors of a gate that is a line."""
    line = _places(gate["line"])
    places = list(_places(gate.get("at", [])))
    if not places:
        every = float(gate.get("every_km", EVERY_KM))
        for wet in stretches(line, water):
            wide = kilometres(wet[0], wet[-1])
            if wide >= LEAST_KM:
                count = int(wide / every) + 1
                places += [wet[int((k + 0.5) * len(wet) / count)] for k in range(count)]
    doors = []
    for place in places:
        ends = _across(line, place, water)
        if ends is not None:  # else the water ends beside the line: a bay, or a creek
            doors.append(Door(name, ends, kilometres(*ends)))
    if not doors:
        raise SystemExit(f"the gate of {name} has no door: look at its line")
    return doors


def _places(line: list[list[float]]) -> tuple[Place, ...]:
    return tuple((float(lat), float(lon)) for lat, lon in line)


def read(path: Path, water: Flags, lengths: dict[str, float]) -> Gates:
    """Read the gates and place their doors.

    Parameters
    ----------
    path
        The file `gates.toml`.
    water
        Mask without gates.
    lengths
        Lengths of canals that the facts state, km.
    """
    with path.open("rb") as file:
        given = tomllib.load(file)
    doors: list[Door] = []
    lines: dict[str, tuple[Place, ...]] = {}
    rivers: dict[str, tuple[Place, ...]] = {}
    scale: dict[str, float] = {}
    lakes = tuple((n, _places(line)) for n, lines in given.pop("lakes").items() for line in lines)
    shoals = tuple(_places(line) for line in given.pop("shoals").values())
    channels = tuple(_places(line) for line in given.pop("channels").values())
    courses = given.pop("river")
    for name, gate in {**given, **courses}.items():
        if "line" in gate:
            lines[name] = _places(gate["line"])
        if "path" not in gate:
            doors += _doors(name, gate, water)
            continue
        path_ = _places(gate["path"])
        drawn = length(path_)
        if name not in courses:
            doors.append(Door(name, path_, gate.get("km", max(lengths.get(name, 0.0), drawn))))
            continue
        scale[name] = gate.get("km", drawn * WINDING) / drawn
        doors.append(Door(name, path_[:2], length(path_[:2]) * scale[name]))
        rivers[name] = path_[1:]
    return Gates(tuple(doors), lines, rivers, scale, lakes, shoals, channels)


def close(water: Flags, gates: Gates) -> Flags:
    """Return the mask with every gate and shoal drawn as land."""
    shut = water.copy()
    for line in (*gates.lines.values(), *gates.shoals):
        burn(shut, list(line))
    return shut


def spread(path: tuple[Place, ...], km: float) -> np.ndarray:
    """Return the places of a line every `km`, (n, 2)."""
    return np.array(along(path, km))
