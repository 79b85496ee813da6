"""Figures that several reports share: maps of regions, lists of the hardest hit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from catenary.languages import say
from catenary.report.document import Section, Text, in_both, number, packed, words
from catenary.report.tallies import coded

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from catenary.report.naming import Names

    Array = NDArray[np.float64]

__all__ = ["UNITS", "largest_links", "map_of", "missing_from", "unit_of"]

_MOST_BYTES: Final = 350_000  # of the layers of one map: a page has two at most, and 1.5 MB
_SEEN: Final = 5000  # steps of the numbers behind a map: finer ones pack badly


_FLOWS: Final = 60  # lines on a map that can still be told apart

_UNITS: Final = {"share of normal": "share", "number": ""}
UNITS: Final = (say("number"), say("day"), say("share"), say("share of normal"))
"""Units of figures, which tables name."""

_A_DAY: Final = ("first shortage of an input",)  # which day it is, not how many


def unit_of(label: str, unit: str) -> str:
    """Return the unit in which a page shows a figure of a result.

    Examples
    --------
    >>> unit_of("least world output", "share of normal"), unit_of("runs", "number")
    ('share', '')
    """
    return "" if label in _A_DAY else _UNITS.get(unit, unit)


def missing_from(regions: Sequence[str], names: Names) -> list[dict[str, Text]]:
    """Return the regions that no map shows, and why."""
    hidden = [label for label in regions if not names.places[label].is_drawn]
    return [
        {"name": in_both(names.region(label)), "why": in_both(names.places[label].why_not)}
        for label in hidden
    ]


def largest_links(
    flows: pd.DataFrame, ends: tuple[str, str], column: str, names: Names
) -> dict[str, Any]:
    """Return the largest flows between two regions that a map shows.

    Parameters
    ----------
    flows
        One row per pair of regions.
    ends
        Columns of where a flow begins and ends.
    column
        How large it is.
    names
        What to call regions, and where they are.
    """
    origin, regions = coded(flows[ends[0]])
    codes, other = coded(flows[ends[1]])
    place = {label: i for i, label in enumerate(regions)}
    destination = np.array([place.get(label, -1) for label in other], dtype=np.int64)[codes]
    drawn = np.array([names.places[label].is_drawn for label in regions])
    kept = (origin != destination) & (destination >= 0) & drawn[origin] & drawn[destination]
    amount = flows[column].to_numpy(np.float64)
    chosen = np.flatnonzero(kept & (amount > 0))
    chosen = chosen[np.argsort(-amount[chosen], kind="stable")][:_FLOWS]
    spots = [
        {"name": in_both(names.region(label)), "lon": names.places[label].lon,
         "lat": names.places[label].lat}
        for label in regions
    ]  # fmt: skip
    return {
        "origin": origin[chosen].tolist(),
        "destination": destination[chosen].tolist(),
        "flow": [float(f"{value:.5g}") for value in amount[chosen]],
        "ends": spots,
        "unit": "",
    }


def map_of(
    place: str,
    title: str,
    regions: Sequence[str],
    layers: Sequence[tuple[str, Array]],
    names: Names,
    **about: Any,
) -> Section:
    """Return a map of regions; where none has a place on a map, words that say so.

    Parameters
    ----------
    place, title
        Id and heading.
    regions
        Labels of the columns of the layers.
    layers
        Name and values, (D, R), of each; layers without a number are left out.
    names
        What to call regions, and where they are.
    about
        unit, palette, alt, note, days and links of the figure.
    """
    drawn = [i for i, label in enumerate(regions) if names.places[label].is_drawn]
    if not drawn:
        told = say("None of the {count:,} regions has a place on a map.", count=len(regions))
        return words(place, title, [told, *(names.region(label) for label in regions[:20])])
    plain: list[dict[str, Any]] = []
    size, left_out = 0, 0
    for name, values in layers:
        part = values[:, drawn]
        if np.isfinite(part).any():
            most = float(np.nanmax(np.abs(np.where(np.isfinite(part), part, 0.0))))
            data = packed(part, step=most / _SEEN)
            size += len(data["data"])
            if plain and size > _MOST_BYTES:
                left_out += 1
                continue
            plain.append(
                {
                    "name": in_both(name),
                    "regions": [regions[i] for i in drawn],
                    "values": data,
                    "most": number(most) or 1.0,
                }
            )
    if left_out:
        about["note"] = say(
            "{note} {count} products are left out, to keep the page small.",
            note=about.get("note", ""), count=left_out,
        )  # fmt: skip
    section = {"kind": "map", "id": place, "title": in_both(title), "layers": plain}
    for key, value in about.items():
        section[key] = in_both(value) if key in ("alt", "note") else value
    return section | {"missing": missing_from(regions, names)}
