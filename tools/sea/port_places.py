"""Where each port is: the candidates that sources give, and which one is taken.

A candidate is a position with the source that gives it. It must lie in the country of the code, and
by the sea or a waterway of `rivers.csv`. Of those that do, the one is taken that most other sources
confirm (within 25 km), that lies in the right subdivision, and that is nearest to the water.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.spatial import cKDTree

from tools.sea import port_sources as src

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from tools.sea.port_sources import Entry, Point

__all__ = ["Candidate", "Evidence", "Place"]

CONFIRMS: Final = 25.0
"""Sources this close to one another mean the same place (km)."""
APART: Final = 20.0
"""Two sources farther apart than this disagree (km)."""
WET: Final = 10.0
"""A port lies this close to the sea or a waterway (km): minutes of UN/LOCODE round to 1.9 km."""
WET_LISTED: Final = 20.0
"""The same for ports that searoute lists."""
OUTSIDE: Final = 150.0
"""A place this far from every settlement of its country lies outside it (km)."""
ORDER: Final = ("unlocode", "searoute", "sign", "minutes", "airport", "name")
"""How a candidate was made; earlier ones are taken first when nothing else decides."""
SOURCE: Final = {
    "unlocode": "unece_unlocode_2023",
    "sign": "unece_unlocode_2023",
    "searoute": "searoute_ports",
    "minutes": "searoute_ports",
    "airport": "airportsdata_2026",
    "name": "geonames_2026",
}


@dataclass(frozen=True, slots=True)
class Candidate:
    """A position, and how it was made."""

    how: str
    point: Point


@dataclass(slots=True)
class Place:
    """A port: what the lists say of it, and where it was put."""

    id: str
    name: str
    entry: Entry | None
    listed: bool
    chosen: Candidate | None = None
    water: str = ""
    wet: float = float("inf")
    note: str = ""
    dropped: str = ""
    faults: list[str] = field(default_factory=list)


def ball(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return points of the unit ball for rows of lon and lat."""
    lon, lat = np.radians(points).T
    return np.column_stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])


def chord(kilometres: float) -> float:
    """Return the straight line through the unit ball for a distance over its surface."""
    return float(2 * np.sin(kilometres / src.RADIUS / 2))


class Evidence:
    """Everything that says where a place is, read once."""

    def __init__(self) -> None:
        self.entries = src.entries()
        self.searoute = src.searoute_ports()
        self.mask = src.Mask()
        self._airports = src.airports()
        self._waters, points = src.rivers()
        self._rivers = cKDTree(ball(points))
        self._named: dict[tuple[str, str], list[Point]] = {}
        settled: dict[str, list[Point]] = {}
        for country, names, point in src.settlements():
            settled.setdefault(country, []).append(point)
            for key in names:
                self._named.setdefault((country, key), []).append(point)
        self._settled = {c: cKDTree(ball(np.array(p))) for c, p in settled.items()}
        self._divided = self._subdivisions()
        self._known_wet: dict[Point, tuple[float, str]] = {}

    def _subdivisions(self) -> dict[str, tuple[cKDTree, list[str]]]:
        """Return country → places of UN/LOCODE with a subdivision, and their subdivisions."""
        grouped: dict[str, tuple[list[Point], list[str]]] = {}
        for entry in self.entries.values():
            if entry.point is not None and entry.subdivision:
                points, names = grouped.setdefault(entry.id[:2], ([], []))
                points.append(entry.point)
                names.append(entry.subdivision)
        return {
            country: (cKDTree(ball(np.array(points))), names)
            for country, (points, names) in grouped.items()
        }

    def wet(self, point: Point) -> tuple[float, str]:
        """Return the distance to the sea or a waterway (km), and the name of the waterway."""
        if point not in self._known_wet:
            sea = self.mask.kilometres(point)
            straight, where = self._rivers.query(ball(np.array([point])))
            river = 2 * src.RADIUS * float(np.arcsin(straight[0] / 2))
            name = self._waters[int(where[0])]
            self._known_wet[point] = (sea, "") if sea <= min(river, WET) else (river, name)
        return self._known_wet[point]

    def inside(self, point: Point, country: str) -> bool:
        """Return whether a settlement of the country is near; true where none is known."""
        tree = self._settled.get(country)
        return tree is None or tree.query(ball(np.array([point])))[0][0] <= chord(OUTSIDE)

    def divided(self, point: Point, entry: Entry) -> int:
        """Return 1 if neighbours lie in the subdivision of the entry, -1 if none does, else 0."""
        if not entry.subdivision or entry.id[:2] not in self._divided:
            return 0
        tree, names = self._divided[entry.id[:2]]
        count = min(9, len(names))
        straight, where = tree.query(ball(np.array([point])), k=count)
        near = [
            names[int(place)]
            for far, place in zip(np.ravel(straight), np.ravel(where), strict=True)
            if 1e-9 < far <= chord(OUTSIDE)
        ]
        if len(near) < 3:
            return 0
        return 1 if entry.subdivision in near else -1

    # --- candidates ---------------------------------------------------------------------------

    def candidates(self, place: Place, also: Iterable[Entry] = ()) -> list[Candidate]:
        """Return every position that a source gives for a place, or for its other codes."""
        found: list[Candidate] = []
        for entry in filter(None, (place.entry, *also)):
            if entry.point is not None:
                found.append(Candidate("unlocode", entry.point))
                lon, lat = entry.point
                found += [Candidate("sign", (-lon, lat)), Candidate("sign", (lon, -lat))]
        found += self._from_searoute(place)
        found += self._from_airport(place)
        found += self._from_names(place)
        return found

    def _from_searoute(self, place: Place) -> list[Candidate]:
        listed = self.searoute.get(place.id)
        if listed is None:
            return []
        name, point = listed
        entry = place.entry
        if entry is not None and not same_name(entry.name, name):
            near = entry.point is not None and far(entry.point, point) <= CONFIRMS
            if not near and not entry.name.endswith("Apt"):
                place.faults.append("searoute gives the code to another name")
                return []
        found = [Candidate("searoute", point)]
        fractions = [round(abs(x) % 1, 6) for x in point]
        if all(x < 0.6 and abs(x * 100 - round(x * 100)) < 1e-4 for x in fractions):
            found.append(Candidate("minutes", (minutes(point[0]), minutes(point[1]))))
        return found

    def _from_airport(self, place: Place) -> list[Candidate]:
        entry = place.entry
        if entry is None or "4" not in entry.function or entry.name.endswith("Apt"):
            return []
        country, point = self._airports.get(entry.iata or entry.id[2:], ("", (0.0, 0.0)))
        return [Candidate("airport", point)] if country == entry.id[:2] else []

    def _from_names(self, place: Place) -> list[Candidate]:
        names = src.keys(place.name) | (src.keys(place.entry.name) if place.entry else set())
        points = {p for key in names for p in self._named.get((place.id[:2], key), ())}
        return [Candidate("name", point) for point in sorted(points)]

    # --- decision -----------------------------------------------------------------------------

    def choose(self, place: Place, also: Iterable[Entry] = ()) -> None:
        """Put a place where the evidence says, or say why it is dropped."""
        every = self.candidates(place, also)
        if not every:
            place.dropped = "unplaced: no source gives a position"
            return
        country = place.id[:2]
        possible = [one for one in every if self.inside(one.point, country)]
        limit = WET_LISTED if place.listed else WET
        ashore = [one for one in possible if self.wet(one.point)[0] <= limit]
        sure = [one for one in ashore if one.how != "name"]
        if not sure:
            ashore = self._one_namesake(place, ashore)
        if not ashore:
            place.dropped = self._why(every, possible, place)
            return
        place.chosen = max(ashore, key=lambda one: self._weight(one, every, place))
        place.wet, place.water = self.wet(place.chosen.point)
        self._explain(place, every)

    def _one_namesake(self, place: Place, found: list[Candidate]) -> list[Candidate]:
        """Return candidates by name alone if they mean one place, in the right subdivision."""
        if place.entry is not None:
            entry = place.entry
            found = [one for one in found if self.divided(one.point, entry) >= 0]
        if any(far(one.point, two.point) > CONFIRMS for one in found for two in found):
            place.faults.append("several places by the water share the name")
            return []
        return found

    def _weight(
        self, one: Candidate, every: list[Candidate], place: Place
    ) -> tuple[float, float, int]:
        """Return what speaks for a candidate; the largest is taken."""
        family = {"sign": "unlocode", "minutes": "searoute"}
        own = family.get(one.how, one.how)
        votes = {
            two.how
            for two in every
            if two.how not in family
            and two.how not in {own, one.how}
            and far(one.point, two.point) <= CONFIRMS
        }
        weight = float(len(votes))
        if place.entry is not None:
            weight += self.divided(one.point, place.entry)
        wet = self.wet(one.point)[0]
        weight -= 1.0 if wet > WET else 0.0
        weight -= 1.0 if one.how in {"sign", "minutes"} else 0.0
        weight -= 0.5 if one.how in {"airport", "name"} else 0.0
        return weight, -float(wet // 3), -ORDER.index(one.how)

    def _why(self, every: list[Candidate], possible: list[Candidate], place: Place) -> str:
        """Return why no candidate is a port by the water."""
        given = [one for one in every if one.how in {"unlocode", "searoute"}]
        if "several places by the water share the name" in place.faults:
            return "unplaced: several places by the water share the name"
        if not given:
            return "unplaced: no source gives a position by the water"
        if not any(one in possible for one in given):
            return "misplaced: outside its country, and no other source places it"
        nearest = min(self.wet(one.point)[0] for one in given)
        return "inland: over 40 km" if nearest > 40 else "inland: 10 to 40 km"

    def _explain(self, place: Place, every: list[Candidate]) -> None:
        """Write what was wrong with the official position, and what was taken instead."""
        chosen = place.chosen
        assert chosen is not None  # noqa: S101
        entry = place.entry
        official = entry.point if entry is not None else None
        listed = next((one.point for one in every if one.how == "searoute"), None)
        if official is None:
            what = "no position in UN/LOCODE" if entry else "not in UN/LOCODE 2023-1"
        elif far(official, chosen.point) > APART:
            what = f"UN/LOCODE position {far(official, chosen.point):.0f} km away"
            place.faults.append("misplaced in UN/LOCODE")
        else:
            what = ""
            if listed is not None and far(listed, chosen.point) > APART:
                place.faults.append("misplaced in searoute")
        how = {
            "unlocode": "position of the other code" if official != chosen.point else "",
            "searoute": "searoute's position" if what else "searoute's position is by the water",
            "sign": "a sign was wrong",
            "minutes": "searoute's position, minutes were read as decimals",
            "airport": "position of its airport",
            "name": "position of the town in GeoNames",
        }[chosen.how]
        place.note = ": ".join(part for part in (what, how) if part)


def far(one: Point, two: Point) -> float:
    """Return kilometres between two points."""
    return float(src.distance(one, np.array([two]))[0])


def minutes(degrees: float) -> float:
    """Return degrees where minutes were written as decimals: 51.55 stands for 51°55′."""
    whole = int(abs(degrees))
    value = whole + round((abs(degrees) - whole) * 100) / 60
    return value if degrees >= 0 else -value


def same_name(one: str, two: str) -> bool:
    """Return whether two lists mean the same place by these names."""
    left, right = src.keys(one), src.keys(two)
    if left & right:
        return True
    return any(
        a in b or b in a or SequenceMatcher(None, a, b).ratio() >= 0.7 for a in left for b in right
    )
