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
"""A port lies this close to a waterway, and its airport to the sea (km)."""
WET_SEA: Final = 5.0
"""A port lies this close to the sea (km): minutes of UN/LOCODE round to 1.9 km, cells to 0.9 km."""
WET_LISTED: Final = 20.0
"""The same for ports that searoute lists."""
OUTSIDE: Final = 150.0
"""A place this far from every settlement of its country lies outside it (km) ..."""
LONELY: Final = 400.0
"""... or this far, where no settlement of another country is nearer (km)."""
NAMESAKES: Final = {"CA", "US"}
"""Countries where a name means nothing without its province or state."""
REPAIRS: Final = {"sign": "unlocode", "minutes": "searoute"}
"""Candidates made by correcting another one; they need a second source."""
UNVERIFIED: Final = {"", "AQ", "QQ", "RQ", "RR", "XX"}
"""Entries of UN/LOCODE that are requests, or were never checked."""
NAMESAKE: Final = 60.0
"""A namesake this close to a position inland may be its port (km)."""
BEYOND: Final = 100.0
"""An airport this far from searoute's position says that searoute is wrong (km)."""
ORDER: Final = ("town", "unlocode", "searoute", "sign", "minutes", "airport", "name")
"""How a candidate was made; earlier ones are taken first when nothing else decides."""
SOURCE: Final = {
    "unlocode": "unece_unlocode_2023",
    "sign": "unece_unlocode_2023",
    "searoute": "searoute_ports",
    "minutes": "searoute_ports",
    "airport": "airportsdata_2026",
    "name": "geonames",
    "town": "geonames",
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


def nearest(tree: cKDTree, point: Point) -> tuple[float, int]:
    """Return the chord to the nearest point of a tree, and its place."""
    straight, where = tree.query(ball(np.array([point])))
    return float(np.ravel(straight)[0]), int(np.ravel(where)[0])


class Evidence:
    """Everything that says where a place is, read once."""

    def __init__(self) -> None:
        self.entries = src.entries()
        self.searoute = src.searoute_ports()
        self.mask = src.Mask()
        self._airports = src.airports()
        self._towns = {row["facility"]: row for row in src.read_csv(src.HERE / "port_towns.csv")}
        self._waters, points = src.rivers()
        self._rivers = cKDTree(ball(points))
        self._named: dict[tuple[str, str], list[Point]] = {}
        settled: dict[str, list[Point]] = {}
        for country, names, point in src.settlements():
            settled.setdefault(country, []).append(point)
            for key in names:
                self._named.setdefault((country, key), []).append(point)
        self._settled = {c: cKDTree(ball(np.array(p))) for c, p in settled.items()}
        self._anywhere = cKDTree(ball(np.array([p for own in settled.values() for p in own])))
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
            straight, where = nearest(self._rivers, point)
            river = 2 * src.RADIUS * float(np.arcsin(straight / 2))
            name = self._waters[where]
            self._known_wet[point] = (sea, "") if sea <= max(river, WET_SEA) else (river, name)
        return self._known_wet[point]

    def inside(self, point: Point, country: str) -> bool:
        """Return whether a settlement of the country is near; true where none is known."""
        tree = self._settled.get(country)
        if tree is None:
            return True
        own, _ = nearest(tree, point)
        if own > chord(LONELY):
            return False
        return own <= chord(OUTSIDE) or own <= nearest(self._anywhere, point)[0]

    def called(self, name: str, country: str, point: Point, within: float) -> bool:
        """Return whether a settlement so near is known by a name in some language."""
        return any(
            far(point, one) <= within
            for key in src.full_keys(name)
            for one in self._named.get((country, key), ())
        )

    def divided(self, point: Point, entry: Entry) -> int:
        """Return 1 if two neighbours lie in the subdivision of the entry, 0 if one, -1 if none."""
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
        return min(near.count(entry.subdivision), 2) - 1

    # --- candidates ---------------------------------------------------------------------------

    def candidates(self, place: Place, also: Iterable[Entry] = ()) -> list[Candidate]:
        """Return every position that a source gives for a place, or for its other codes."""
        found: list[Candidate] = []
        for entry in filter(None, (place.entry, *also)):
            if entry.point is not None:
                found.append(Candidate("unlocode", entry.point))
                lon, lat = entry.point
                flipped = ((-lon, lat), (lon, -lat))
                found += [Candidate("sign", p) for p in flipped if far(p, entry.point) > NAMESAKE]
        found += self._from_searoute(place)
        found += self._from_town(place)
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
        if place.id[:2] in NAMESAKES and entry is not None and self.divided(point, entry) < 0:
            place.faults.append("searoute has another state")
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

    def _from_town(self, place: Place) -> list[Candidate]:
        """Return the town of the harbour, where port_towns.csv names it."""
        row = self._towns.get(place.id)
        if row is None:
            return []
        hint = (float(row["lon"]), float(row["lat"]))
        points = {
            point
            for key in src.full_keys(row["town"])
            for point in self._named.get((place.id[:2], key), ())
        }
        if not points:
            raise ValueError(f"no town {row['town']} for {place.id}: correct port_towns.csv")
        return [Candidate("town", min(points, key=lambda point: (far(point, hint), point)))]

    def _from_names(self, place: Place) -> list[Candidate]:
        """Return places of the same name; in the right state, where many share a name."""
        country, entry = place.id[:2], place.entry
        names = src.full_keys(place.name) | (src.full_keys(entry.name) if entry else set())
        points = {p for key in names for p in self._named.get((country, key), ())}
        if country in NAMESAKES and entry is not None:
            points = {point for point in points if self.divided(point, entry) > 0}
        return [Candidate("name", point) for point in sorted(points)]

    # --- decision -----------------------------------------------------------------------------

    def choose(self, place: Place, also: Iterable[Entry] = ()) -> None:
        """Put a place where the evidence says, or say why it is dropped."""
        every = self.candidates(place, also)
        if not every:
            place.dropped = "unplaced: no source gives a position"
            return
        country = place.id[:2]
        possible = [
            one
            for one in every
            if self.inside(one.point, country)
            and (one.how not in REPAIRS or confirming(one, every) or place.entry is None)
        ]
        ashore = [one for one in possible if self.by_water(one, place)]
        sure = [one for one in ashore if one.how != "name"]
        if not sure:
            ashore = self._one_namesake(place, ashore, possible)
        if not ashore:
            place.dropped = self._why(every, possible, place)
            return
        place.chosen = max(ashore, key=lambda one: self._weight(one, every, place))
        if self.doubtful(place, every):
            place.chosen = None
            place.dropped = (
                "not verified in UN/LOCODE (status AQ, QQ, RQ), and no source confirms it"
            )
            return
        place.wet, place.water = self.wet(place.chosen.point)
        self._explain(place, every)

    def by_water(self, one: Candidate, place: Place) -> bool:
        """Return whether a candidate is close enough to the water to be a port."""
        kilometres, river = self.wet(one.point)
        if place.listed:
            return kilometres <= WET_LISTED
        return kilometres <= (WET if river or one.how in {"airport", "town"} else WET_SEA)

    def doubtful(self, place: Place, every: list[Candidate]) -> bool:
        """Return whether nobody vouches for an entry of UN/LOCODE: not verified, not confirmed."""
        if place.listed or place.entry is None or place.entry.status not in UNVERIFIED:
            return False
        chosen = place.chosen
        if chosen is None or chosen.how == "town":
            return False
        return not any(
            one.how != chosen.how and far(one.point, chosen.point) <= CONFIRMS for one in every
        )

    def _one_namesake(
        self, place: Place, found: list[Candidate], possible: list[Candidate]
    ) -> list[Candidate]:
        """Return candidates by name alone if they mean one place, in the right subdivision.

        Where a list gives a position inland, the namesake must not be far from it.
        """
        found = [one for one in found if one.how == "name"]
        entry = place.entry
        if entry is not None:
            found = [one for one in found if self.divided(one.point, entry) >= 0]
        given = [one.point for one in possible if one.how in {"unlocode", "searoute"}]
        if given:
            found = [one for one in found if min(far(one.point, p) for p in given) <= NAMESAKE]
        if any(far(one.point, two.point) > CONFIRMS for one in found for two in found):
            place.faults.append("several places by the water share the name")
            return []
        return found

    def _weight(
        self, one: Candidate, every: list[Candidate], place: Place
    ) -> tuple[float, float, int]:
        """Return what speaks for a candidate; the largest is taken."""
        votes = confirming(one, every)
        weight = float(len(votes))
        if place.entry is not None:
            sure = 1.0 if place.id[:2] in NAMESAKES else 0.4
            weight += sure * self.divided(one.point, place.entry)
        wet = self.wet(one.point)[0]
        weight -= 1.0 if wet > WET else 0.0
        weight -= 1.0 if one.how in REPAIRS else 0.0
        weight += 9.0 if one.how == "town" else 0.0
        if one.how == "searoute":
            airports = [two.point for two in every if two.how == "airport"]
            weight -= 1.0 if any(far(one.point, other) > BEYOND for other in airports) else 0.0
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
        return "inland: over 40 km" if nearest > 40 else "inland: 5 to 40 km"

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
            "town": f"position of {self._towns.get(place.id, {}).get('town', '')} in GeoNames",
        }[chosen.how]
        place.note = ": ".join(part for part in (what, how) if part)


def confirming(one: Candidate, every: list[Candidate]) -> set[str]:
    """Return the other sources that have a place within 25 km of a candidate."""
    own = REPAIRS.get(one.how, one.how)
    return {
        two.how
        for two in every
        if two.how not in REPAIRS and two.how != own and far(one.point, two.point) <= CONFIRMS
    }


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
