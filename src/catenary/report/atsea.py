"""What pages of the sea share: names and places of ports and passages, and the map."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final, cast

import numpy as np

from catenary.languages import LANGUAGES, Message, Named, clauses, joined, recognised, say
from catenary.report.document import Section, in_both
from catenary.worlds import load, sea

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import pandas as pd

    from catenary.model import World

__all__ = [
    "GOALS",
    "Spot",
    "amount",
    "called",
    "known",
    "leg",
    "mark",
    "passages_of",
    "sea_map",
    "spot",
    "summed",
    "taken",
    "through",
    "titled",
    "vessel",
]

GOALS: Final = {
    "cost": say("cost"),
    "duration": say("duration"),
    "distance": say("distance"),
    "emissions": say("emissions"),
    "risk": say("risk"),
}
_MOST: Final = 4  # passages that a short sentence names


@dataclass(frozen=True, slots=True)
class Spot:
    """A port, passage or point: what to call it and where it lies."""

    name: str
    lon: float
    lat: float


@cache
def _tables() -> dict[str, pd.DataFrame]:
    world = cast("World", load("sea"))
    return {name: world.part(name).frame for name in ("facilities", "passages")}


def spot(label: str) -> Spot | None:
    """Return a port or a passage of the built-in sea, or a point given as `lat,lon`.

    Examples
    --------
    >>> spot("NLRTM").name, spot("nowhere"), spot("10,-20").lon
    ('Rotterdam', None, -20.0)
    """
    for kind in ("passages", "facilities"):
        frame = _tables()[kind]
        if label in frame.index:
            row: dict[str, Any] = {str(k): v for k, v in frame.loc[label].items()}
            name = recognised(str(row["name"])) if kind == "passages" else str(row["name"])
            found = Spot(name, float(row["lon"]), float(row["lat"]))
            return found if np.isfinite([found.lon, found.lat]).all() else None
    lat, _, lon = label.partition(",")
    try:
        return Spot(label, float(lon), float(lat))
    except ValueError:
        return None


def called(label: str) -> str:
    """Return the name of a port or passage, or its id."""
    found = spot(label)
    return found.name if found else label


def vessel(label: str) -> str:
    """Return the name of a class of ships, or its id."""
    return recognised(sea.vessel_names().get(label, label))


def known(value: Any) -> bool:
    """Return whether a cell has a number."""
    return value is not None and bool(np.isfinite(float(value)))


def passages_of(text: str, between: str = ",") -> list[str]:
    """Return the passages that a cell lists."""
    return [one.strip() for one in text.split(between) if one.strip()]


def through(labels: Iterable[str], *, short: bool = False) -> str:
    """Return by which passages a way leads, in words."""
    names = [called(label) for label in labels]
    if not names:
        return say("through open water only")
    if short and len(names) > _MOST + 1:
        first = joined(names[:_MOST], say(", "))
        return say("by {passages} and {more} more", passages=first, more=len(names) - _MOST)
    return say("by {passages}", passages=joined(names, say(", ")))


def taken(one: Mapping[str, Any]) -> Message:
    """Return how far and how long a way or a leg is."""
    return say("{distance:,.0f} km, {days:.1f} days", distance=one["distance"],
               days=one["duration"])  # fmt: skip


def amount(one: Mapping[str, Any]) -> Message:
    """Return distance, time, cost and (where they are known) emissions of a way or a leg."""
    parts: list[str] = [taken(one), say("{cost:,.0f} USD", cost=one["cost"])]
    if known(one["emissions"]):
        parts.append(say("{tonnes:,.0f} t CO2e", tonnes=one["emissions"] / 1e3))
    return clauses(parts)


def leg(name: str, note: str, points: Sequence[float]) -> dict[str, Any]:
    """Return a leg of a line, its points as lon, lat, lon, lat and so on."""
    return {
        "name": in_both(name),
        "note": in_both(note),
        "points": [round(float(value), 3) for value in points],
    }


def mark(
    at: Spot,
    kind: str,
    *,
    note: str = "",
    number: int | None = None,
    size: float | None = None,
    strong: bool = False,
) -> dict[str, Any]:
    """Return a place on the map; kind is end, passage, port or closed, strong ones are filled."""
    about: dict[str, Any] = {
        "name": in_both(at.name), "kind": kind, "lon": round(at.lon, 4), "lat": round(at.lat, 4)
    }  # fmt: skip
    about |= {"note": in_both(note)} if note else {}
    about |= {} if number is None else {"number": number}
    about |= {"strong": True} if strong else {}
    return about | ({} if size is None else {"size": round(size, 4)})


def sea_map(
    place: str,
    title: str,
    lines: Sequence[Mapping[str, Any]],
    marks: Sequence[Mapping[str, Any]],
    **about: Any,
) -> Section:
    """Return a map of ways over the sea.

    Parameters
    ----------
    place, title
        Id and heading.
    lines
        Style and legs of each; what matters most comes last.
    marks
        Places on them.
    about
        alt, note and key of the map: what each style of line means.
    """
    used = {line["style"] for line in lines}
    section: Section = {
        "kind": "sea",
        "id": place,
        "title": in_both(title),
        "alt": in_both(about["alt"]),
        "lines": list(lines),
        "marks": list(marks),
        "key": [
            {"style": style, "name": in_both(name)}
            for style, name in about.get("key", {}).items()
            if style in used
        ],
    }
    return section | ({"note": in_both(about["note"])} if about.get("note") else {})


def summed(section: Section) -> Section:
    """Return a table whose last row is the sum of the others, which stays below them."""
    *rows, total = section["rows"]
    return {**section, "rows": rows, "total": total}


def titled(sections: Sequence[Section], label: str) -> list[Section]:
    """Return sections with the name of their world in the heading, if it has one."""
    found = []
    for section in sections:
        title = section["title"]
        every: dict[str, str] = (
            title if isinstance(title, dict) else dict.fromkeys(LANGUAGES, str(title))
        )
        told = say("{title}: {world}", title=Named(every), world=label)
        found.append({**section, "title": in_both(told)} if label else section)
    return found
