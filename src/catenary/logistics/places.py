"""From what a person writes to a place on the map."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from catenary.errors import MissingDataError, OptionError, did_you_mean, listed
from catenary.logistics.atlas import sea_world
from catenary.maths.sphere import great_circle

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from catenary.model import World

__all__ = ["Place", "kilometres", "place", "places", "split"]

_COORDINATES: Final = re.compile(r"([-+]?\d+(?:\.\d*)?)\s*,\s*([-+]?\d+(?:\.\d*)?)")
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


def place(world: World, text: str) -> Place:
    """Return the place that a text means.

    A UN/LOCODE, another code or name of a port, a name that one facility has, the id of a facility
    of the world with lon and lat, or `lat,lon`. The world's own facilities come first, then the
    ports of the built-in sea.

    Raises
    ------
    OptionError
        If nothing or more than one thing is called so.
    MissingDataError
        If it is a facility without coordinates.

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
        lat, lon = float(match[1]), float(match[2])
        if abs(lat) > 90 or abs(lon) > 180:
            swapped = abs(lat) <= 180 and abs(lon) <= 90
            raise OptionError(
                f"there is no place at latitude {lat:g}, longitude {lon:g}",
                hint="give latitude (-90 to 90), then longitude (-180 to 180)"
                + (f"; did you mean {lon:g},{lat:g}?" if swapped else ""),
            )
        told = f"{_shortest(lat)},{_shortest(lon)}"
        return Place(told, told, lon, lat)
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
    if bare:
        raise MissingDataError(
            f"the facility {bare!r} has no coordinates", hint="fill in lon and lat in facilities"
        )
    known = [word for owner in _owners(world) for word in _words(owner)]
    raise OptionError(f"no place is called {text!r}", hint=f"{did_you_mean(text, known)}; {_HOW}")


def places(world: World, text: str) -> list[Place]:
    """Return the places of a text: ids and names parted by commas, or coordinates by semicolons.

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
    return [place(world, one) for one in named]


def split(text: str) -> list[str]:
    """Return the words of a list, parted by commas, or by semicolons if there are coordinates.

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
    """Return the id of the facility that is called so, or nothing."""
    frame = owner.table("facilities")
    for label in (text, text.upper()):
        if label in frame.index:
            return label
    if "aliases" in owner:
        aliases = owner.table("aliases")
        meant = aliases["facility"][_same(aliases["alias"], text)]
        if len(meant):
            return str(meant.iloc[0])
    found = frame.index[_same(frame["name"], text)]
    if len(found) > 1:
        raise OptionError(
            f"{len(found)} places are called {text!r}", hint=f"give one of the ids {listed(found)}"
        )
    return str(found[0]) if len(found) else ""


def _same(values: pd.Series, text: str) -> pd.Series:
    return values.str.casefold() == text.casefold()


def _words(owner: World) -> Iterator[str]:
    """Yield every id and name."""
    frame = owner.table("facilities")
    yield from map(str, frame.index)
    yield from (str(name) for name in frame["name"] if name)
