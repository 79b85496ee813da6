"""From what a person writes to a place on the map."""

from __future__ import annotations

import math
import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np

from catenary.errors import MissingDataError, OptionError, did_you_mean, listed
from catenary.logistics.atlas import sea_world
from catenary.maths.sphere import great_circle

if TYPE_CHECKING:
    from collections.abc import Iterator

    from catenary.model import World

__all__ = ["Place", "kilometres", "place", "places", "split"]

_COORDINATES: Final = re.compile(r"([-+]?\d+(?:\.\d*)?)\s*,\s*([-+]?\d+(?:\.\d*)?)")
_NUMBER: Final = re.compile(r"[-+]?\d+(?:\.\d*)?")
_HOW: Final = (
    "give a UN/LOCODE such as NLRTM, a name that one port has, the id of a facility of the world, "
    "or latitude and longitude as in 51.95,4.1"
)


@dataclass(frozen=True, slots=True)
class Place:
    """A place: its id, or its coordinates as text; its name; and where it lies."""

    id: str
    name: str
    lon: float
    lat: float


def kilometres(origin: Place, destination: Place) -> float:
    """Return the great circle between two places.

    Examples
    --------
    >>> round(kilometres(Place("a", "A", 0, 0), Place("b", "B", 0, 90)))
    10008
    """
    metres = great_circle(origin.lon, origin.lat, destination.lon, destination.lat)
    return float(metres) / 1e3


def place(world: World, text: str, *, nowhere: bool = False) -> Place:
    """Return the place that a text means.

    A UN/LOCODE, another code or name of a port, a name that one facility has, the id of a facility
    of the world with lon and lat, or `lat,lon`. The world's own facilities come first, then the
    ports of the built-in sea. With `nowhere` a facility without coordinates is a place whose lon
    and lat are not numbers.

    Raises
    ------
    OptionError
        If nothing or more than one thing is called so.
    MissingDataError
        If it is a facility without coordinates, unless `nowhere`.

    Examples
    --------
    >>> from catenary.testing import tiny_sea_world
    >>> place(tiny_sea_world(), "sandpoint").id, place(tiny_sea_world(), "10, -20").lat
    ('WWEEE', 10.0)
    """
    text = text.strip()
    if not text:
        raise OptionError("a place is blank", hint=_HOW)
    if match := _COORDINATES.fullmatch(text):
        return _at(float(match[1]), float(match[2]))
    bare = ""
    for owner in _owners(world):
        label = _label(owner, text)
        if label:
            table = owner.part("facilities")
            at = table.index.get_loc(label)
            lon, lat = (float(table.numbers(column)[at]) for column in ("lon", "lat"))
            if math.isfinite(lon) and math.isfinite(lat):
                return Place(label, str(table.frame["name"].iloc[at] or label), lon, lat)
            bare = label
    if bare and nowhere:
        return Place(bare, bare, math.nan, math.nan)
    if bare:
        raise MissingDataError(
            f"the facility {bare!r} has no coordinates", hint="fill in lon and lat in facilities"
        )
    known = [word for owner in _owners(world) for word in _words(owner)]
    near = did_you_mean(text, known, search=30_000)
    hint = f"{near}; {_HOW}" if near.startswith("did you mean") else _HOW
    if _NUMBER.fullmatch(text):
        hint = f"in a list, coordinates are separated by semicolons, as in NLRTM; 51.95,4.1; {_HOW}"
    raise OptionError(f"no place is called {text!r}", hint=hint)


def _at(lat: float, lon: float) -> Place:
    """Return the place at coordinates."""
    if abs(lat) > 90 or abs(lon) > 360:
        swapped = abs(lat) <= 360 and abs(lon) <= 90
        raise OptionError(
            f"there is no place at latitude {lat:g}, longitude {lon:g}",
            hint="give latitude (-90 to 90), then longitude (-180 to 180, or on to 360)"
            + (f"; did you mean {lon:g},{lat:g}?" if swapped else ""),
        )
    if abs(lon) > 180:  # as paths go on
        lon = round(lon - math.copysign(360, lon), 12)
    told = f"{_shortest(lat)},{_shortest(lon)}"
    return Place(told, told, lon, lat)


def places(world: World, text: str, *, nowhere: bool = False) -> list[Place]:
    """Return the places of a text: ids and names separated by commas, or coordinates by semicolons.

    `nowhere` is that of `place`.

    Raises
    ------
    OptionError
        If a place is unknown, or a text that is not blank names none.

    Examples
    --------
    >>> from catenary.testing import tiny_sea_world
    >>> [one.id for one in places(tiny_sea_world(), "WWAAA, spice")]
    ['WWAAA', 'EECCC']
    """
    named = split(text)
    if text.strip() and not named:
        raise OptionError(f"{text!r} names no place", hint=_HOW)
    return [place(world, one, nowhere=nowhere) for one in named]


def split(text: str) -> list[str]:
    """Return the words of a list, separated by commas, or by semicolons if there are coordinates.

    Examples
    --------
    >>> split("NLRTM, suez"), split("NLRTM; 1.2,103.8"), split("1.2,103.8")
    (['NLRTM', 'suez'], ['NLRTM', '1.2,103.8'], ['1.2,103.8'])
    """
    mark = ";" if ";" in text or _COORDINATES.fullmatch(text.strip()) else ","
    return [one.strip() for one in text.split(mark) if one.strip()]


def _shortest(degrees: float) -> str:
    """Return the shortest text that reads back the same number: near places stay apart."""
    return np.format_float_positional(degrees + 0.0, trim="-")


def _owners(world: World) -> Iterator[World]:
    """Yield the worlds whose facilities count, the nearest first."""
    if "facilities" in world:
        yield world
    if world is not sea_world():
        yield sea_world()


def _label(owner: World, text: str) -> str:
    """Return the id of the facility that is called so, or nothing.

    Ids come first, then other codes and names, then names as they are, then names without accents,
    spaces and what stands in brackets. Of several ports of a name a gateway is meant if one is.
    """
    frame = owner.table("facilities")
    for label in (text, text.upper()):
        if label in frame.index:
            return label
    named, plain = _named(owner) if owner is sea_world() else _index(owner)
    meant = ("aliases", "names")
    for key, known in ((text.casefold(), named), (_plain(text), plain)):
        for kind in meant:
            found = known[kind].get(key, [])
            if len(found) == 1:
                return found[0]
            if found:
                return _one_of(owner, text, plain["names"].get(_plain(text), found))
    return ""


def _one_of(owner: World, text: str, found: list[str]) -> str:
    """Return the one of several facilities of a name that is a gateway.

    Raises
    ------
    OptionError
        If none or several are.
    """
    large = [label for label in found if label in _large(owner)]
    if len(large) == 1:
        return large[0]
    regions = owner.table("facilities")["region"].astype("str")
    told = [f"{label} ({regions[label]})" if regions[label] else label for label in found]
    raise OptionError(
        f"{len(found)} places are called {text!r}",
        hint=f"give one of the ids {listed(told, most=20)}",
    )


def _large(owner: World) -> set[str]:
    """Return the gateways whose throughput somebody states or knows."""
    if "gateways" not in owner:
        return set()
    frame = owner.part("gateways").frame
    sure = np.ones(len(frame), bool)
    if "note" in frame:
        sure = ~frame["note"].astype("str").str.startswith("first port listed").to_numpy(bool)
    return set(frame["facility"].astype("str")[sure])


_Index: TypeAlias = "dict[str, dict[str, list[str]]]"


@cache
def _named(owner: World) -> tuple[_Index, _Index]:
    return _index(owner)


def _index(owner: World) -> tuple[_Index, _Index]:
    """Return aliases and names → facilities: as they are but for case, and in plain form."""
    exact: _Index = {"aliases": {}, "names": {}}
    plain: _Index = {"aliases": {}, "names": {}}

    def keep(kind: str, name: str, label: str) -> None:
        exact[kind].setdefault(name.casefold(), []).append(label)
        for key in dict.fromkeys(_plain(one) for one in (name, *_PARTS.split(name))):
            if key:
                plain[kind].setdefault(key, []).append(label)

    if "aliases" in owner:
        aliases = owner.table("aliases")
        for alias, label in zip(aliases["alias"], aliases["facility"], strict=True):
            keep("aliases", str(alias), str(label))
    names = owner.table("facilities")["name"]
    for label, name in names.items():
        if isinstance(name, str) and name:
            keep("names", name.partition(",")[0] if "," in name else name, str(label))
            if "," in name:
                exact["names"].setdefault(name.casefold(), []).append(str(label))
    return exact, plain


_PARTS: Final = re.compile(r"[()/]|\bex\b")
_LETTERS: Final = str.maketrans({"ø": "o", "æ": "ae", "ß": "ss", "ł": "l", "đ": "d"})


def _plain(name: str) -> str:
    """Return a name without accents, spaces and marks; Saint is St, Port at the end is left out.

    Examples
    --------
    >>> _plain("St. Petersburg") == _plain("Saint Petersburg"), _plain("Göteborg")
    (True, 'goteborg')
    """
    folded = unicodedata.normalize("NFKD", name.casefold().translate(_LETTERS))
    words = re.findall(r"[^\W_]+", "".join(one for one in folded if not unicodedata.combining(one)))
    words = ["st" if word == "saint" else word for word in words]
    return "".join(words[:-1] if words[1:] and words[-1] in ("port", "pt") else words)


def _words(owner: World) -> Iterator[str]:
    """Yield every id and name."""
    frame = owner.table("facilities")
    yield from map(str, frame.index)
    yield from (str(name) for name in frame["name"] if name)
    if "aliases" in owner:
        yield from (str(alias) for alias in owner.table("aliases")["alias"])
