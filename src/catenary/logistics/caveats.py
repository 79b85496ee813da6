"""What a reader should know of a ship and its passages before trusting a route."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from catenary.languages import joined, say
from catenary.logistics.atlas import row_of
from catenary.logistics.doors import passage_groups, passages_in
from catenary.logistics.mooring import ashore
from catenary.logistics.naming import called
from catenary.logistics.places import Place, split

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from catenary.logistics.doors import By, Doors
    from catenary.logistics.router import Passages
    from catenary.model import World

__all__ = ["of_passages", "of_places", "of_the_question", "of_the_ship"]


def of_the_ship(found: Doors, by: By) -> Iterator[str]:
    """Yield what is not known of the ship, and whether the goal tells routes apart."""
    ship = found.sailing
    if math.isnan(ship.day):
        yield say(
            "fuel or charter of the vessel {vessel} is blank, so that costs are not known and are "
            "blank: routes best by cost cost least by what is known, and of these are the shortest",
            vessel=ship.vessel,
        )
    elif by == "cost" and ship.day == 0:
        yield say(
            "a day of the vessel {vessel} costs nothing: of routes of the same tolls the shortest "
            "is the best by cost",
            vessel=ship.vessel,
        )
    if by == "risk" and not found.risk[found.usable].any():
        yield say(
            "no passage that is open has a war-risk premium in this world: the quickest routes are "
            "told"
        )


def of_the_question(world: World, found: Doors, lists: Mapping[str, str]) -> Iterator[str]:
    """Yield what the lists of passages mean beyond what they say.

    Parameters
    ----------
    world
        World.
    found
        What the passages mean for the ship.
    lists
        Option (closed, avoid, opened) → its text.
    """
    groups = passage_groups(world, found.lanes)
    for option, text in lists.items():
        for word in split(text):
            if word.casefold() in groups:
                yield say(
                    "{option}: {word} means {passages}",
                    option=option,
                    word=word,
                    passages=_listed(groups[word.casefold()]),
                )
    for label in passages_in(world, found.lanes, lists.get("opened", ""), option="opened"):
        if label in found.bars:
            yield say(
                "{passage} is opened, but this ship may not pass: {reason}",
                passage=called(label),
                reason=found.bars[label].text(),
            )


def of_passages(world: World, found: Doors, used: Iterable[str], by: By) -> Iterator[str]:
    """Yield what is not known of the passages that routes use: depths and tolls."""
    rows = {label: _row(world, label) for label in dict.fromkeys(used)}
    shallow = [
        label
        for label, row in rows.items()
        if row.get("kind") in ("river", "canal") and math.isnan(row["draft"])
    ]
    if shallow and not math.isnan(found.sailing.draft):
        yield say(
            "the depth of {passages} is not known here and bars no ship: check whether a draft of "
            "{draft:g} m may pass",
            passages=_listed(shallow),
            draft=found.sailing.draft,
        )
    free = [label for label, row in rows.items() if row.get("kind") == "canal" and not row["toll"]]
    if free and by == "cost":
        yield say(
            "no toll is known of {passages}: it counts as 0 in the cost", passages=_listed(free)
        )


def of_places(found: Doors, places: Iterable[Place | Passages]) -> Iterator[str]:
    """Yield a warning for each place that lies away from the water."""
    for stop in places:
        if isinstance(stop, Place):
            far = ashore(found.lanes, stop)
            if far:
                yield say(
                    "{place} lies ashore: its {kilometres:,.0f} km to the water are counted as "
                    "sailed",
                    place=stop.name,
                    kilometres=far,
                )


def _row(world: World, label: str) -> dict[str, Any]:
    return row_of(world, "passages", label, option="passage")


def _listed(labels: Iterable[str]) -> str:
    return joined([called(label) for label in labels], say(", "))
