"""What pages of freight share: names of places, lanes and modes, and lines between them."""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from catenary.languages import Message, joined, recognised, say
from catenary.maths.sphere import along, great_circle
from catenary.report.atsea import Spot, called, leg, passages_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import pandas as pd

    from catenary.report.tallies import View

    Row = dict[str, Any]
    Spots = Mapping[str, Spot]

__all__ = [
    "CARRIED", "Ground", "in_words", "kind_of", "lane_lines", "leg_points", "line", "mode_of",
    "records", "short", "usd",
]  # fmt: skip

CARRIED: Final = {
    "sea": say("sea"),
    "rail": say("rail"),
    "waterway": say("waterway"),
    "road": say("road"),
    "air": say("air"),
    "transfer": say("changing mode"),
}
"""Mode → what to call it."""

_KINDS: Final = {
    "border": say("border"),
    "border_crossing": say("border crossing"),
    "corridor": say("corridor"),
    "canal": say("canal"),
    "strait": say("strait"),
    "river": say("river"),
    "cape": say("cape"),
    "arctic": say("Arctic passage"),
    "port": say("port"),
    "airport": say("airport"),
    "rail_terminal": say("rail terminal"),
    "depot": say("place"),
    "plant": say("plant"),
}
_BORDER: Final = "border_"  # begins the id of a whole border of two countries
_SPACING: Final = 150e3  # metres between points of a line
_MOST: Final = 300  # lanes on a map
_NAMED: Final = 4  # things that a sentence names


def records(frame: pd.DataFrame) -> list[Row]:
    """Return the rows of a table."""
    return [{str(k): v for k, v in row.items()} for row in frame.to_dict("records")]


def mode_of(label: str) -> str:
    """Return the name of a mode, or its id."""
    return CARRIED.get(label, label)


def kind_of(label: str) -> str:
    """Return the name of a kind of place or lane, or its id."""
    return _KINDS.get(label) or CARRIED.get(label) or label.replace("_", " ")


def short(value: float) -> str:
    """Return a number that is as short as it can be read.

    Examples
    --------
    >>> short(123456.7), short(12.345), short(0.00123)
    ('123,457', '12.3', '0.00123')
    """
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:,.3g}"


def usd(value: float) -> Message:
    """Return an amount of money in words that stay short.

    Examples
    --------
    >>> usd(1234.4), usd(2.5), usd(3.1e7)
    ('1,234 USD', '2.50 USD', '31.0 million USD')
    """
    for size, told in ((1e9, say("{value:,.1f} billion USD", value=value / 1e9)),
                       (1e6, say("{value:,.1f} million USD", value=value / 1e6)),
                       (100, say("{value:,.0f} USD", value=value))):  # fmt: skip
        if abs(value) >= size:
            return told
    return say("{value:,.2f} USD", value=value)


def in_words(names: Sequence[str], most: int = _NAMED) -> Message:
    """Return a few names, and how many more there are."""
    if len(names) <= most:
        return joined(list(names), say(", "))
    first = joined(list(names[: most - 1]), say(", "))
    return say("{first} and {more} more", first=first, more=len(names) - most + 1)


class Ground:
    """The passages and facilities of a result, by the names and places that its sites give."""

    def __init__(self, sites: pd.DataFrame | None) -> None:
        self._known: dict[str, Row] = (
            {} if sites is None else {str(row["id"]): row for row in records(sites)}
        )

    @classmethod
    def of(cls, view: View) -> Ground:
        """Return the places of a result that has a table of sites."""
        return cls(view.tables.get("sites"))

    def name(self, label: str) -> str:
        """Return the name of a passage or facility, or its id."""
        name = str(self._known.get(label, {}).get("name") or "")
        return recognised(name) if name and name != "nan" else called(label)

    def spot(self, label: str) -> Spot | None:
        """Return where it lies; None where nobody says it."""
        row = self._known.get(label)
        if row is None or not np.isfinite([row["lon"], row["lat"]]).all():
            return None
        return Spot(self.name(label), float(row["lon"]), float(row["lat"]))

    def crossed(self, labels: Sequence[str]) -> list[str]:
        """Return which of some passages lie at a point: no corridors, nor borders of a crossing."""
        kinds = {label: str(self._known.get(label, {}).get("kind", "")) for label in labels}
        points = [label for label in labels if kinds[label] != "corridor"]
        found = []
        for label, after in zip_longest(points, points[1:], fillvalue=""):
            own = kinds.get(after) == "border" and not after.startswith(_BORDER)
            if not (label.startswith(_BORDER) and own):  # the crossing is the place on the border
                found.append(label)
        return found

    def place(self, row: Mapping[str, Any]) -> str:
        """Return the name of a row of places: of a lane its ends and mode."""
        if row["what"] != "lane":
            return self.name(str(row["place"]))
        ends = [self.name(str(row[end])) for end in ("origin", "destination")]
        if ends[0] == ends[1]:
            return say("{mode} in {place}", mode=mode_of(str(row["kind"])), place=ends[0])
        return say(
            "{origin} – {destination}, {mode}",
            origin=ends[0], destination=ends[1], mode=mode_of(str(row["kind"])),
        )  # fmt: skip


def line(spots: Sequence[Spot], *, parts: int = 0) -> list[float]:
    """Return lon, lat, lon, lat … along great circles from spot to spot, longitudes unbroken.

    Parameters
    ----------
    spots
        Two or more.
    parts
        Into how many parts of one length to part a line of two; 0 = such that it looks smooth.

    Examples
    --------
    >>> line([Spot("", 0.0, 0.0), Spot("", 1.0, 0.0)])
    [0.0, 0.0, 1.0, 0.0]
    """
    lon, lat = (np.array([getattr(one, side) for one in spots]) for side in ("lon", "lat"))
    whole = float(great_circle(lon[:-1], lat[:-1], lon[1:], lat[1:]).sum())
    spacing = max(whole / parts * (1 + 1e-9), 1.0) if parts else _SPACING
    points = np.stack(along(lon, lat, spacing), axis=1).round(3)
    return [float(value) for value in points.ravel()]


def leg_points(one: Row, ground: Ground) -> list[float]:
    """Return the line of a leg: at sea the way there is, on land by the borders it crosses.

    Parameters
    ----------
    one
        A row with by (the mode), origin, destination and passages, parted by semicolons.
    ground
        Where they lie; without a place of both ends there is no line, nor without a way at sea.
    """
    from catenary.report.detours import sea_way  # noqa: PLC0415  only ways over the sea need it

    ends = [ground.spot(str(one[end])) for end in ("origin", "destination")]
    spots = [at for at in ends if at is not None]
    if len(spots) < 2 or one["origin"] == one["destination"]:
        return []
    passed = tuple(passages_of(str(one["passages"]), ";"))
    if one["by"] == "sea":
        return list(sea_way(*(f"{at.lat},{at.lon}" for at in spots), passed))
    crossed = [ground.spot(label) for label in ground.crossed(passed)]
    return line([spots[0], *(at for at in crossed if at), spots[1]])


def lane_lines(
    rows: Sequence[Row],
    ground: Ground,
    style: Callable[[Row], str],
    note: Callable[[Row], str],
) -> list[dict[str, Any]]:
    """Return lanes as lines, those of the last style on top; both ways of a lane are one line.

    Parameters
    ----------
    rows
        Lanes each way, those that matter most first.
    ground
        Where their ends lie; lanes without are left out.
    style, note
        How to draw a lane, and what to say of it; blank: it is not drawn.
    """
    ways: dict[tuple[str, ...], list[Row]] = {}
    for row in rows:
        ends = sorted((str(row["origin"]), str(row["destination"])))
        if ends[0] != ends[1] and style(row):
            ways.setdefault((str(row["place"]), *ends), []).append(row)
    found: list[tuple[str, dict[str, Any]]] = []
    for both in list(ways.values())[:_MOST]:
        spots = [ground.spot(str(both[0][end])) for end in ("origin", "destination")]
        drawn = [one for one in spots if one is not None]
        if len(drawn) == 2:
            told = joined([note(row) for row in both], say("; and back: "))
            part = leg(ground.place(both[0]), told, line(drawn))
            found.append((style(both[0]), {"style": style(both[0]), "legs": [part]}))
    order = {"free": 0, "busy": 1, "full": 2, "after": 3}
    return [one for _, one in sorted(found, key=lambda pair: order.get(pair[0], 0))]
