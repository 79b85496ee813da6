"""From what a person writes to what is closed: at sea, on land, or a place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from catenary.errors import OptionError, did_you_mean
from catenary.logistics.atlas import network
from catenary.logistics.carriage import Closed
from catenary.logistics.doors import (
    passage_groups,
    passage_words,
    passages_in,
    passages_known,
)
from catenary.logistics.land import land_table
from catenary.logistics.places import place, split

if TYPE_CHECKING:
    from catenary.model import World

__all__ = ["closed_in", "land_passages", "opened_in"]


def land_passages(world: World) -> dict[str, str]:
    """Return every id and name of a border or corridor, case folded → id.

    Examples
    --------
    >>> from catenary.testing import two_regions
    >>> land_passages(two_regions())["border china–kazakhstan"]
    'border_chn_kaz'
    """
    frame = land_table(world, "passages").frame
    own = frame[frame["kind"].isin(["border", "corridor"])]
    lanes = land_table(world, "lanes").frame
    named = {label for text in lanes["passages"].unique() if text for label in text.split(";")}
    found = {str(name).casefold(): str(label) for label, name in own["name"].items() if name}
    return found | {label.casefold(): label for label in (*named, *map(str, own.index))}


def closed_in(world: World, text: str) -> Closed:
    """Return what a list of closures names.

    Passages of the sea, borders and corridors on land, facilities (ports, airports, terminals and
    crossings), each by id or name, and lanes by id; parted by commas. What several passages of the
    sea share in name, such as panama, comes before a port of that name.

    Raises
    ------
    OptionError
        If one is unknown.

    Examples
    --------
    >>> from catenary.testing import two_regions
    >>> closed_in(two_regions(), "Suez Canal, border_chn_kaz, NLRTM, FRA")
    Closed(sea=('suez',), land=('border_chn_kaz',), facilities=('NLRTM', 'FRA'), lanes=())
    """
    lanes, land = network(), land_passages(world)
    sea, groups = passages_known(world, lanes), passage_groups(world, lanes)
    places = land_table(world, "facilities").frame
    names = {str(name).casefold(): str(label) for label, name in places["name"].items() if name}
    found: dict[str, dict[str, None]] = {"sea": {}, "land": {}, "facilities": {}, "lanes": {}}
    rows = land_table(world, "lanes").index
    for word in split(text):
        key = word.casefold()
        label = word if word in places.index else word.upper()
        if sea.get(key) in lanes.passages or (key not in sea and key in groups):
            found["sea"] |= dict.fromkeys(passages_in(world, lanes, [word], option="closed"))
        elif key in land:
            found["land"][land[key]] = None
        elif label in places.index:
            found["facilities"][label] = None
        elif word in rows:
            found["lanes"][word] = None
        else:
            try:
                found["facilities"][place(world, word).id] = None
            except OptionError:
                if key not in names:
                    known = [*passage_words(world, lanes), *land, *map(str, places.index)]
                    raise OptionError(
                        f"closed names {word!r}, which is no passage, border, corridor or place",
                        hint=did_you_mean(word, known),
                    ) from None
                found["facilities"][names[key]] = None
    return Closed(*(tuple(found[kind]) for kind in ("sea", "land", "facilities", "lanes")))


def opened_in(world: World, text: str) -> list[str]:
    """Return the passages, at sea and on land, that a list names.

    Raises
    ------
    OptionError
        If one is unknown.

    Examples
    --------
    >>> from catenary.testing import two_regions
    >>> opened_in(two_regions(), "border_dza_mar")
    ['border_dza_mar']
    """
    lanes, land = network(), land_passages(world)
    sea, groups = passages_known(world, lanes), passage_groups(world, lanes)
    found: dict[str, None] = {}
    for word in split(text):
        key = word.casefold()
        label = sea.get(key)
        if label not in lanes.passages:
            if label is None and key in groups:
                found |= dict.fromkeys(groups[key])
                continue
            label = land.get(key)
        if label is None:
            raise OptionError(
                f"opened names {word!r}, which is no passage, border or corridor",
                hint=did_you_mean(word, [*passage_words(world, lanes), *land]),
            )
        found[label] = None
    return list(found)
