"""Names of regions and where a map shows them.

Shapes are those of Natural Earth, by ISO 3166-1 numeric code; names are those of Unicode CLDR. Both
are shown without any opinion on status or borders, and a reader can replace either.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

from catenary.errors import DataError, Problem
from catenary.languages import LANGUAGES, Message, Named, say
from catenary.report.document import in_both

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

__all__ = ["DISCLAIMER", "Place", "Places", "default_places"]

DISCLAIMER: Final = say(
    "Shapes of countries are those of Natural Earth (public domain), names those of Unicode CLDR. "
    "Neither implies any opinion on the status of a territory or on its borders; both can be "
    "replaced with --places."
)
_COLUMNS: Final = ("id", "code", "shape", "lon", "lat", "shown", "en", "zh")
_WHY: Final = {
    "rest": say("a remainder of many countries: it has no place on a map"),
    "group": say("a group of countries: its members are shown where the result has them"),
    "part": say("a part of a country: it has no shape of its own"),
    "beyond": say("beyond the edge of the map"),
    "unknown": say("no place of this name is known; --places can give it one"),
}


@dataclass(frozen=True, slots=True)
class Place:
    """A region: its names, and how a map shows it.

    Parameters
    ----------
    id
        ISO 3166-1 alpha-3, or an id of its own.
    shown
        shape: with a shape; dot: as a dot; rest, group, part, beyond, unknown: not, and why.
    shape
        Id of its shape, as in world-atlas.
    lon, lat
        Where its label stands, in degrees.
    names
        Name in each language.
    """

    id: str
    shown: str
    shape: str = ""
    lon: float = 0.0
    lat: float = 0.0
    names: Mapping[str, str] | None = None

    @property
    def is_drawn(self) -> bool:
        """Whether a map shows it."""
        return self.shown in ("shape", "dot")

    @property
    def name(self) -> str:
        """Its name, in every language."""
        return Named(self.names) if self.names else self.id

    @property
    def why_not(self) -> Message:
        """Why a map does not show it."""
        return _WHY.get(self.shown, _WHY["unknown"])


class Places:
    """Every region that is known; one that is not has its id for a name and no place.

    Examples
    --------
    >>> default_places()["JPN"].name
    'Japan'
    >>> default_places()["ROW"].is_drawn
    False
    """

    def __init__(self, places: Iterable[Place]) -> None:
        self._known = {place.id: place for place in places}

    def __getitem__(self, label: str) -> Place:
        """Return a region, known or not."""
        return self._known.get(label) or Place(label, "unknown")

    def __contains__(self, label: object) -> bool:
        """Whether a region is known."""
        return label in self._known

    def __iter__(self) -> Any:
        """Iterate over the ids that are known."""
        return iter(self._known)

    def changed(self, rows: Sequence[Mapping[str, str]]) -> Places:
        """Return the places with some rows replaced; what a row leaves blank stays.

        Parameters
        ----------
        rows
            As read from a CSV file with the column `id` and any of en, zh, shape, lon, lat, shown.

        Raises
        ------
        DataError
            If a row is wrong; all problems at once.
        """
        problems: list[Problem] = []
        given = [_given(row, self, line, problems) for line, row in enumerate(rows, 2)]
        changed = Places([*self._known.values(), *given])
        mine = {place.id for place in given}
        holders: dict[str, str] = {}
        for place in changed._known.values():
            other = holders.setdefault(place.shape, place.id) if place.shape else place.id
            if other != place.id and {other, place.id} & mine:
                problems.append(
                    Problem(
                        "the places", f"{other} and {place.id} have one shape, {place.shape}",
                        "give the shape to one of them, and `shown` = dot to the other",
                    )
                )  # fmt: skip
        if problems:
            raise DataError.of(problems)
        return changed

    def drawn(self, labels: Iterable[str]) -> dict[str, Any]:
        """Return the regions that a map shows, as the page holds them."""
        found = {}
        for label in labels:
            place = self[label]
            if place.is_drawn:
                about = {"name": in_both(place.name), "lon": place.lon, "lat": place.lat}
                found[label] = about | ({"shape": place.shape} if place.shape else {})
        return found


def _given(row: Mapping[str, str], known: Places, line: int, problems: list[Problem]) -> Place:
    """Return a place as a row of a user's file says, noting what is wrong."""
    where = f"line {line} of the places"
    row = {key: (value or "").strip() for key, value in row.items() if key}
    for key in set(row) - set(_COLUMNS):
        hint = f"columns are {', '.join(_COLUMNS)}"
        problems.append(Problem(where, f"there is an unknown column {key!r}", hint))
    if not row.get("id"):
        problems.append(Problem(where, "the id is blank", "give the id of a region"))
    place = known[row.get("id", "")]
    names = dict(place.names or dict.fromkeys(LANGUAGES, place.id))
    names |= {name: row[name] for name in LANGUAGES if row.get(name)}
    place = replace(place, names=names, shape=row.get("shape") or place.shape)
    place = _placed(place, row, where, problems, new=place.id not in known)
    shown = row.get("shown") or ("shape" if row.get("shape") else place.shown)
    if shown == "unknown" and row.get("lon") and row.get("lat"):
        shown = "dot"
    if shown not in ("shape", "dot", *_WHY):
        hint = f"give shape, dot or {', '.join(_WHY)}"
        problems.append(Problem(where, f"shown is {shown!r}", hint))
    return replace(place, shown=shown, shape="" if shown != "shape" else place.shape)


def _placed(
    place: Place, row: Mapping[str, str], where: str, problems: list[Problem], *, new: bool
) -> Place:
    """Return a place where a row says it is."""
    for key, most in (("lon", 180.0), ("lat", 90.0)):
        if not row.get(key):
            continue
        try:
            degrees = float(row[key])
        except ValueError:
            degrees = float("nan")
        if not -most <= degrees <= most:
            hint = f"give degrees, {-most:g} to {most:g}"
            problems.append(Problem(where, f"{key} is {row[key]!r}", hint))
        place = replace(place, lon=degrees) if key == "lon" else replace(place, lat=degrees)
    if bool(row.get("lon")) != bool(row.get("lat")):
        problems.append(Problem(where, "it has only one of lon and lat", "give both, or none"))
    if row.get("shown") == "dot" and new and not row.get("lon"):
        problems.append(Problem(where, f"{place.id!r} has no place", "give lon and lat"))
    return place


@cache
def default_places() -> Places:
    """Return the places that are built in."""
    from babel import Locale  # noqa: PLC0415  only a report needs names of countries

    territories = {name: Locale(name).territories for name in LANGUAGES}
    text = (files("catenary.report") / "places.csv").read_text(encoding="utf-8")
    found = []
    for row in csv.DictReader(text.splitlines()):
        names = {
            name: row[name] or territories[name].get(row["code"], row["id"]) for name in LANGUAGES
        }
        lon, lat = (float(row[key] or 0) for key in ("lon", "lat"))
        found.append(Place(row["id"], row["shown"], row["shape"], lon, lat, names))
    return Places(found)
