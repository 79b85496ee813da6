"""Where land is connected and where countries meet, from the shapes of Natural Earth.

In the TopoJSON of the npm package world-atlas two countries that are neighbours share arcs. So a
border is the arcs that stand in the rings of both, and land is connected within one polygon.
"""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from catenary.maths.sphere import great_circle

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Line = NDArray[np.float64]

__all__ = ["Border", "Shapes", "kilometres"]

ROOT: Final = Path(__file__).resolve().parents[2]
PLACES: Final = ROOT / "src" / "catenary" / "report" / "places.csv"
NAMES: Final = {"Kosovo": "XKX", "Somaliland": "SOM", "N. Cyprus": "CYP"}
"""Shapes without a code."""
NEAR: Final = 120.0
"""Kilometres from a place at the coast to the polygon that it stands on: shapes are coarse."""
SLACK: Final = 15.0
"""A place off the shore is on the largest of the polygons that are nearest to some kilometres."""


def kilometres(lon: float, lat: float, line: Line) -> NDArray[np.float64]:
    """Return the great circles from a point to the points of a line."""
    return np.asarray(great_circle(lon, lat, line[:, 0], line[:, 1])) / 1e3


@dataclass(frozen=True)
class Border:
    """The line that two polygons share."""

    areas: tuple[str, str]
    line: Line


class Shapes:
    """Polygons of countries; each is an area, `DNK.2`, and connected land."""

    def __init__(self, atlas: Path) -> None:
        topology = json.loads((atlas / "countries-50m.json").read_text("utf-8"))
        scale, move = (np.array(topology["transform"][k]) for k in ("scale", "translate"))
        self._arcs = [np.cumsum(arc, axis=0) * scale + move for arc in topology["arcs"]]
        with PLACES.open(encoding="utf-8", newline="") as file:
            codes = {row["shape"]: row["id"] for row in csv.DictReader(file) if row["shape"]}
        self.rings: dict[str, Line] = {}
        self._used: dict[int, list[str]] = {}
        for one in topology["objects"]["countries"]["geometries"]:
            code = NAMES.get(one["properties"]["name"]) or codes.get(one.get("id", ""), "")
            if code:
                self._add(code, one)
        self._joined = {area: area for area in self.rings}

    def _add(self, code: str, shape: dict[str, Any]) -> None:
        parts = [shape["arcs"]] if shape["type"] == "Polygon" else shape["arcs"]
        start = sum(area.split(".")[0] == code for area in self.rings)
        for number, rings in enumerate(parts, start + 1):
            area = f"{code}.{number}"
            pieces = [self._arcs[a] if a >= 0 else self._arcs[~a][::-1] for a in rings[0]]
            self.rings[area] = np.concatenate(pieces)
            for ring in rings:
                for arc in ring:
                    self._used.setdefault(arc if arc >= 0 else ~arc, []).append(area)

    def borders(self) -> list[Border]:
        """Return the borders between areas of different countries."""
        found: dict[tuple[str, str], list[Line]] = {}
        for arc, users in self._used.items():
            areas = sorted({self.land(area) for area in users})
            if len(areas) == 2 and areas[0][:3] != areas[1][:3]:
                found.setdefault((areas[0], areas[1]), []).append(self._arcs[arc])
        return [Border(areas, np.concatenate(lines)) for areas, lines in sorted(found.items())]

    def join(self, one: str, other: str) -> None:
        """Make two areas one, as a bridge does."""
        first, second = sorted((self.land(one), self.land(other)))
        for area, land in self._joined.items():
            if land == second:
                self._joined[area] = first

    def land(self, area: str) -> str:
        """Return the area that an area is joined to."""
        return self._joined[area]

    def area(self, region: str, lon: float, lat: float) -> str:
        """Return the area of a country that a point stands on, or nothing."""
        near: dict[str, float] = {}
        for area, ring in self.rings.items():
            if area[:3] != region:
                continue
            if _inside(lon, lat, ring):
                return self.land(area)
            near[area] = float(kilometres(lon, lat, ring).min())
        least = min(near.values(), default=NEAR)
        if least >= NEAR:
            return f"{region}.0"
        close = [area for area, far in near.items() if far <= least + SLACK]
        return self.land(max(close, key=lambda area: len(self.rings[area])))


def _inside(lon: float, lat: float, ring: Line) -> bool:
    """Return whether a point is within a ring: an odd number of its sides lies to the east."""
    x, y = ring[:, 0], ring[:, 1]
    following_x, following_y = np.roll(x, -1), np.roll(y, -1)
    crossing = (y > lat) != (following_y > lat)
    with np.errstate(divide="ignore", invalid="ignore"):
        at = x + (lat - y) / (following_y - y) * (following_x - x)
    return bool((crossing & (lon < at)).sum() % 2)
