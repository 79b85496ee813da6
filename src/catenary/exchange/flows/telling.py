"""What a reader should know of a world made of events: what was set aside, assumed or not known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from catenary.errors import listed
from catenary.languages import say

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import pandas as pd

    from catenary.exchange.flows.books import Books
    from catenary.exchange.flows.ledger import Ledger
    from catenary.exchange.flows.master import Master
    from catenary.exchange.flows.spooling import Spool

__all__ = ["Seen", "warnings_of", "warnings_of_events"]

_GROWTH: Final = 0.1
"""Share of use by which stock has to change before a warning tells."""


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What was read.

    Parameters
    ----------
    refused, first
        Events that break the rules, and the first of these problems.
    repeated, taken_back, aside
        Events that stood twice, were declared wrong, or do not tell where goods are.
    digest
        Fingerprint of all that was followed.
    """

    refused: int = 0
    first: str = ""
    repeated: int = 0
    taken_back: int = 0
    aside: int = 0
    digest: str = ""

    @classmethod
    def of(cls, spool: Spool) -> Seen:
        """Return what a spool has seen, once its moves have been followed."""
        return cls(
            refused=spool.refused,
            first=str(spool.first) if spool.first else "",
            repeated=spool.repeated,
            taken_back=spool.taken_back,
            aside=spool.aside,
            digest=spool.digest,
        )


def warnings_of_events(ledger: Ledger, seen: Seen) -> Iterator[str]:
    """Yield what was set aside while events were read and followed."""
    yield from _read(seen)
    if nowhere := ledger.moments[""]:
        yield say("{events:,} events say no place, and none could be inferred", events=nowhere)
    if ledger.nameless:
        yield say(
            "{things:,} single things have identifiers that name no product; they were followed "
            "and not counted",
            things=ledger.nameless,
        )
    if ledger.amountless:
        yield say("{count:,} quantities are not said and were left out", count=ledger.amountless)
    if blank := sum(len(link.lasted) for key, link in ledger.links.items() if not key[2]):
        yield say(
            "{count:,} deliveries are of containers of which no event tells the contents; they "
            "count for lead times only",
            count=blank,
        )
    if ledger.split:
        yield say(
            "{things:,} things were counted as goods until something was packed into them; from "
            "then on their contents count",
            things=ledger.split,
        )
    if ledger.returned:
        yield say(
            "{quantity:,.6g} units came back to where they had left", quantity=ledger.returned
        )


def _read(seen: Seen) -> Iterator[str]:
    """Yield which events were not followed."""
    if seen.refused:
        yield say(
            "{events:,} events break the rules of the standard and were left out (first: {first}); "
            "`catenary exchange validate` lists all",
            events=seen.refused,
            first=seen.first,
        )
    if seen.repeated:
        yield say("{events:,} events stood twice and count once", events=seen.repeated)
    if seen.taken_back:
        yield say("{events:,} events were declared wrong and left out", events=seen.taken_back)
    if seen.aside:
        yield say(
            "{events:,} events of associations or of one's own types do not tell where goods are",
            events=seen.aside,
        )


def warnings_of(
    books: Books,
    master: Master,
    seen: Seen,
    unknown: Sequence[str],
    tables: Mapping[str, pd.DataFrame],
) -> list[str]:
    """Return everything that a reader of the world should know.

    Parameters
    ----------
    books, master, seen
        What the world was made of.
    unknown
        Places whose country nobody says.
    tables
        Of the world.
    """
    ledger = books.ledger
    told = [*warnings_of_events(ledger, seen), *_missing(books)]
    if both := master.contradictions():
        told.append(
            say(
                "documents say different things of {names}; the first by alphabet was taken",
                names=listed(both, most=3),
            )
        )
    if unknown:
        told.append(
            say(
                "master data say no country of {count:,} places ({names}); they lie in ROW",
                count=len(unknown),
                names=listed(unknown, most=3),
            )
        )
    told += _assumed(books, tables)
    told.append(
        say(
            "events say neither prices nor what could be made: prices are unknown, and capacity is "
            "the busiest week seen, or output where there are less than two weeks of events"
        )
    )
    return told


def _missing(books: Books) -> Iterator[str]:
    """Yield what is under way, and movements of which an event is missing."""
    missing = books.ledger.missing
    if books.under_way:
        yield say(
            "{count:,} deliveries are under way at the end; lead times are of those that have "
            "arrived, and so rather too short",
            count=len({(way.event, product) for way, product, _ in books.under_way}),
        )
    if missing["unshipped"]:
        yield say(
            "{count:,} deliveries were received and never shipped; they count as flows without "
            "lead time",
            count=missing["unshipped"],
        )
    if missing["unreceived"] or missing["unseen"]:
        yield say(
            "goods turned up elsewhere {count:,} times without being received; they count as "
            "flows without lead time",
            count=missing["unreceived"] + missing["unseen"],
        )


def _assumed(books: Books, tables: Mapping[str, pd.DataFrame]) -> Iterator[str]:
    """Yield what was assumed, or differs from a steady state."""
    unseen = [node for node, use in books.uses.items() if use.unseen]
    if unseen:
        yield say(
            "of {count:,} products at places no event tells what becomes of them; their use is "
            "taken to be what arrives or is made",
            count=len(unseen),
        )
    changed = {
        node: (use.arrived + use.made) / use.total - 1
        for node, use in books.uses.items()
        if use.total and use.arrived
    }
    off = {node: by for node, by in changed.items() if abs(by) > _GROWTH}
    if off:
        place, product = max(sorted(off), key=lambda node: abs(off[node]))
        yield say(
            "stock of {count:,} products at places changed by more than a tenth of their use "
            "(most: {product} at {place}, {by:+.1%}); flows are kept as they were, which is no "
            "steady state",
            count=len(off),
            product=product,
            place=place,
            by=off[place, product],
        )
    levels = books.ledger.levels.values()
    if lost := sum(1 for level in levels if level.lost):
        yield say(
            "of {count:,} products at places some was destroyed or decommissioned; it counts as no "
            "use",
            count=lost,
        )
    if below := sum(1 for level in levels if level.lowest < 0):
        yield say(
            "of {count:,} products at places more goes than came; the rest is taken to have been "
            "there before the first event",
            count=below,
        )
    slots = len({(buyer, supplier[1]) for supplier, buyer in books.flows})
    if lacking := slots - len(tables["stocks"]):
        yield say(
            "stock of {count:,} of {all:,} inputs is not known: events do not tell all that comes "
            "and goes",
            count=lacking,
            all=slots,
        )
    supplies = tables["supplies"]
    away = (supplies["note"] != "") & np.isfinite(supplies["quantity"])
    if away.any():
        yield say(
            "how long {count:,} supplies take is not known; they are taken to arrive at once",
            count=int(away.sum()),
        )
