"""Write src/catenary/report/places.csv, where each region is drawn; `python tools/places.py`.

Reads the npm package world-atlas 2.0.2 (web/node_modules), which is Natural Earth 4.1 in the public
domain. A label point is the place within the largest polygon of a shape that is farthest from its
border. Territories without a shape of their own at 1:50 million get a dot: the same point of their
islands in the shapes at 1:10 million, where some stand inside the shape of another state. Names are
not written here: they are those of Unicode CLDR, and the columns `en` and `zh` override them.
"""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np
from pycountry import countries

if TYPE_CHECKING:
    from numpy.typing import NDArray

ROOT: Final = Path(__file__).resolve().parent.parent
PLACES: Final = ROOT / "src" / "catenary" / "report" / "places.csv"
ATLAS: Final = ROOT / "web" / "node_modules" / "world-atlas"
COLUMNS: Final = ("id", "code", "shape", "lon", "lat", "shown", "en", "zh")

Ring: TypeAlias = "NDArray[np.float64]"

ISLANDS: Final = {  # within the shape of which state, and its west, south, east and north
    "BES": ("528", -69.0, 11.5, -67.5, 12.8),
    "BVT": ("578", 2.0, -56.0, 5.0, -53.0),
    "CCK": ("Indian Ocean Ter.", 96.0, -13.0, 97.5, -11.0),
    "CXR": ("Indian Ocean Ter.", 105.0, -11.0, 106.5, -10.0),
    "GIB": ("292", -180.0, -90.0, 180.0, 90.0),
    "GLP": ("250", -62.5, 15.5, -60.5, 17.0),
    "GUF": ("250", -55.5, 1.5, -51.0, 6.5),
    "MTQ": ("250", -61.5, 14.0, -60.5, 15.2),
    "MYT": ("250", 44.5, -13.5, 45.8, -12.2),
    "REU": ("250", 54.5, -22.0, 56.5, -20.0),
    "SJM": ("578", 8.0, 74.0, 35.0, 81.0),
    "TKL": ("554", -173.0, -10.0, -170.0, -8.0),
    "TUV": ("798", -180.0, -90.0, 180.0, 90.0),
    "UMI": ("581", -180.0, -90.0, 180.0, 90.0),
}
SPECIAL: Final = [  # ids that are no country of ISO 3166-1: id, code, shape, shown, en, zh
    ("XKX", "XK", "Kosovo", "shape", "", ""),
    ("ROW", "", "", "rest", "Rest of the world", "世界其他地区"),
    ("WA", "", "", "rest", "Rest of Asia and Pacific", "亚太其他地区"),
    ("WE", "", "", "rest", "Rest of Europe", "欧洲其他地区"),
    ("WF", "", "", "rest", "Rest of Africa", "非洲其他地区"),
    ("WL", "", "", "rest", "Rest of the Americas", "美洲其他地区"),
    ("WM", "", "", "rest", "Rest of the Middle East", "中东其他地区"),
    ("XAM", "", "", "rest", "Rest of the Americas", "美洲其他地区"),
    ("XEU", "", "", "rest", "Rest of Europe", "欧洲其他地区"),
    ("XAF", "", "", "rest", "Rest of Africa", "非洲其他地区"),
    ("XAS", "", "", "rest", "Rest of Asia and Pacific", "亚太其他地区"),
    ("FIGW1", "", "", "rest", "Rest of the world", "世界其他地区"),
    ("EU27", "EU", "", "group", "European Union", "欧盟"),
    ("EU28", "", "", "group", "European Union and United Kingdom", "欧盟及英国"),
    ("CN1", "", "", "part", "China, without processing for export", "中国（不含加工出口）"),
    ("CN2", "", "", "part", "China, processing for export", "中国（加工出口）"),
    ("MX1", "", "", "part", "Mexico, without global manufacturing", "墨西哥（不含全球制造业）"),
    ("MX2", "", "", "part", "Mexico, global manufacturing", "墨西哥（全球制造业）"),
]
BEYOND: Final = {"ATA"}  # the map ends north of it


def rings(atlas: dict[str, Any]) -> dict[str, list[Ring]]:
    """Return shape → outer rings of its polygons, in degrees."""
    scale, move = (np.array(atlas["transform"][key]) for key in ("scale", "translate"))
    arcs = [np.cumsum(np.array(arc), axis=0) * scale + move for arc in atlas["arcs"]]

    def ring(places: list[int]) -> Ring:
        points = np.concatenate([arcs[p] if p >= 0 else arcs[~p][::-1] for p in places])
        points[:, 0] = np.unwrap(points[:, 0], period=360)  # across the antimeridian
        return points

    found: dict[str, list[Ring]] = {}
    for one in atlas["objects"]["countries"]["geometries"]:
        polygons = [one["arcs"]] if one["type"] == "Polygon" else one["arcs"]
        shape = one.get("id") or one["properties"]["name"]
        found.setdefault(shape, []).extend(ring(polygon[0]) for polygon in polygons)
    return found


def area(ring: Ring) -> float:
    """Return roughly the area of a ring; degrees of longitude shrink towards the poles."""
    x, y = ring[:, 0] * np.cos(np.radians(ring[:, 1].mean())), ring[:, 1]
    return abs(float(np.sum(x * np.roll(y, 1) - y * np.roll(x, 1)))) / 2


def label_point(every: list[Ring]) -> tuple[float, float]:
    """Return the point in the largest ring that is farthest from its border."""
    ring = max(every, key=area)
    shrink = np.cos(np.radians(ring[:, 1].mean()))
    points = ring * (shrink, 1.0)
    low, high = points.min(axis=0), points.max(axis=0)
    best = points.mean(axis=0)
    for _ in range(4):
        x, y = np.meshgrid(*(np.linspace(a, b, 25) for a, b in zip(low, high, strict=True)))
        tried = np.column_stack([x.ravel(), y.ravel()])
        depth = _depth(tried, points)
        best = tried[depth.argmax()]
        half = (high - low) / 8
        low, high = best - half, best + half
    lon = (float(best[0] / shrink) + 180) % 360 - 180
    return round(lon, 2), round(float(best[1]), 2)


def _depth(tried: Ring, ring: Ring) -> NDArray[np.float64]:
    """Return how far points lie inside a ring; negative: outside."""
    a, b = ring, np.roll(ring, -1, axis=0)
    side = b - a
    length = np.maximum((side**2).sum(axis=1), 1e-30)
    depth = np.empty(len(tried))
    for place, point in enumerate(tried):
        along = np.clip(((point - a) * side).sum(axis=1) / length, 0, 1)
        distance = np.sqrt((((a + along[:, None] * side) - point) ** 2).sum(axis=1).min())
        crosses = (a[:, 1] > point[1]) != (b[:, 1] > point[1])
        with np.errstate(divide="ignore", invalid="ignore"):
            x = a[:, 0] + (point[1] - a[:, 1]) / (b[:, 1] - a[:, 1]) * side[:, 0]
        depth[place] = distance if (crosses & (point[0] < x)).sum() % 2 else -distance
    return depth


def _within(every: list[Ring], box: tuple[float, ...]) -> list[Ring]:
    west, south, east, north = box
    return [
        ring
        for ring in every
        if west <= ring[:, 0].mean() <= east and south <= ring[:, 1].mean() <= north
    ]


def rows() -> list[tuple[str, ...]]:
    """Return the rows of the table."""
    fine, coarse = (
        rings(json.loads((ATLAS / f"countries-{scale}m.json").read_text("utf-8")))
        for scale in (10, 50)
    )
    found: list[tuple[str, ...]] = []
    for country in sorted(countries, key=lambda one: str(one.alpha_3)):
        label, code = country.alpha_3, country.alpha_2
        if label in BEYOND:
            found.append((label, code, "", "", "", "beyond", "", ""))
        elif label in ISLANDS:
            shape, *box = ISLANDS[label]
            lon, lat = label_point(_within(fine[shape], tuple(box)))
            found.append((label, code, "", f"{lon:g}", f"{lat:g}", "dot", "", ""))
        else:
            lon, lat = label_point(coarse[country.numeric])
            shape = country.numeric
            found.append((label, code, shape, f"{lon:g}", f"{lat:g}", "shape", "", ""))
    for label, code, shape, shown, en, zh in SPECIAL:
        point = label_point(coarse[shape]) if shape else ()
        lon_lat = [f"{degree:g}" for degree in point] or ["", ""]
        found.append((label, code, shape, *lon_lat, shown, en, zh))
    return found


def main() -> int:
    """Write the table."""
    if not ATLAS.is_dir():
        print("web/node_modules has no world-atlas: run `make web` first", file=sys.stderr)
        return 1
    with PLACES.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(rows())
    print(f"wrote {PLACES.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
