"""Events of any number of documents, or of any other origin, and what they add up to."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final, Self

from catenary.errors import DataError, OptionError
from catenary.exchange.flows.books import Books
from catenary.exchange.flows.building import build, moment
from catenary.exchange.flows.following import follow
from catenary.exchange.flows.ledger import Ledger
from catenary.exchange.flows.master import Master
from catenary.exchange.flows.spooling import Spool
from catenary.exchange.flows.telling import Seen
from catenary.exchange.limits import MalformedError
from catenary.exchange.reading import opened
from catenary.exchange.rules import time_fault
from catenary.exchange.times import milliseconds
from catenary.languages import say
from catenary.model.progress import advance

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from catenary.exchange.reading import Document, Read
    from catenary.model import World

__all__ = ["Shipments", "moment_of_option", "world_from"]

_BROKEN: Final = frozenset({"json", "xml", "limit", "file"})
_EVERY: Final = 1_000


def moment_of_option(name: str, text: str) -> int:
    """Return a time that an option says, in milliseconds since 1970.

    Raises
    ------
    OptionError
        If it is no time with an offset.

    Examples
    --------
    >>> moment_of_option("now", "1970-01-02T00:00:00Z")
    86400000
    """
    if time_fault(text):
        raise OptionError(
            f"{name} is {text!r}",
            hint="give a time with its offset, as in 2026-03-01T12:00:00Z or "
            "2026-03-01T12:00:00+08:00",
        )
    return milliseconds(text)


@dataclass(eq=False)
class Shipments:
    """Events to follow goods by: in any order, from anywhere; they lie on disk meanwhile.

    Examples
    --------
    >>> with Shipments() as shipments:
    ...     shipments.add([])
    ...     shipments.spool.read
    0
    """

    spool: Spool = field(default_factory=Spool)
    master: Master = field(default_factory=Master)
    seen: Seen = field(default_factory=Seen)
    """What was read; complete once events have been followed."""
    warnings: list[str] = field(default_factory=list)
    """What is wrong with documents."""

    def __enter__(self) -> Self:
        """Return the shipments."""
        return self

    def __exit__(self, *error: object) -> None:
        """Give up what lies on disk."""
        self.spool.__exit__(*error)

    def add(
        self, events: Iterable[Read | Mapping[str, Any]], *, header: Mapping[str, Any] | None = None
    ) -> None:
        """Take events, as JSON objects that stand alone or as they were read.

        Parameters
        ----------
        events
            Of any store.
        header
            A document whose `epcisHeader` holds master data.
        """
        if header:
            self.master.add(header)
        self.spool.add(events)

    def add_file(self, source: str | Path | bytes | IO[bytes]) -> None:
        """Take the events and master data of a document, in JSON or XML.

        Raises
        ------
        SourceError
            If it cannot be read.
        DataError
            If it is no document of events, or breaks off.
        """
        named = f"{Path(source).name}: " if isinstance(source, str | Path) else ""
        try:
            document = opened(source, whole=True)
        except MalformedError as error:
            raise DataError(f"{named}{error.args[0]}", hint=error.hint) from error
        with document:
            self.spool.add(
                _watched(document, source), manner=document.manner, ignored=document.ignored
            )
            self.master.add(document.header)
            wrong = [one for one in document.findings if one.level == "error"]
        broken = next((one for one in wrong if one.rule in _BROKEN), None)
        if broken is not None:
            raise DataError(
                f"{named}{broken.message}",
                hint=f"{broken.hint}; the events before it were not used"
                if broken.hint
                else "send the file again; the events before it were not used",
            )
        if wrong:
            told = say(
                "{file}{count:,} problems of the document itself (first: {first})",
                file=named,
                count=len(wrong),
                first=str(wrong[0]),
            )
            self.warnings.append(told)

    def follow(self, *, since: str = "", until: str = "", keep: bool = False) -> Ledger:
        """Follow all events and return what they add up to.

        Parameters
        ----------
        since, until
            What to count: times with an offset; blank = from the first and to the last event.
            Events before `since` still tell where things are; those after `until` are left out.
        keep
            Whether to keep each gap.

        Raises
        ------
        OptionError
            If a time is none, or nothing lies between the two.
        DataError
            If there are no events.
        UnitError
            If a product is counted in units that do not convert.
        """
        spool = self.spool
        first, last = spool.span
        if spool.read == spool.refused + spool.aside:
            some = f" ({spool.refused:,} break the rules, first: {spool.first})"
            raise DataError(
                f"none of {spool.read:,} events tells where goods are"
                f"{some if spool.refused else ''}",
                hint="give files of EPCIS events; `catenary exchange validate` lists what is wrong",
            )
        start = moment_of_option("since", since) if since else first
        end = moment_of_option("until", until) if until else last
        if start > end or end < first or start > last:
            raise OptionError(
                f"there are no events from {moment(start)} to {moment(end)}",
                hint=f"events go from {moment(first)} to {moment(last)}",
            )
        ledger = Ledger(start, end, keep=keep)
        follow(spool.moves(end), ledger, self.master.place_of)
        self.seen = Seen.of(spool)
        return ledger

    def world(self, *, since: str = "", until: str = "", name: str = "events") -> World:
        """Return the world that the events tell of.

        Parameters
        ----------
        since, until
            As in `follow`.
        name
            What to call the world.

        Raises
        ------
        DataError
            If no goods go from one place to another, besides what `follow` raises.
        """
        books = Books.of(self.follow(since=since, until=until))
        made = build(books, self.master, self.seen, name=name)
        return made.with_(warnings=self.warnings) if self.warnings else made


def _watched(document: Document, source: object) -> Iterator[Read]:
    """Yield the events of a document and tell how far it has been read."""
    size = Path(source).stat().st_size if isinstance(source, str | Path) else 0
    for number, read in enumerate(document.reads):
        if not number % _EVERY:
            advance("bytes", document.progress(), size)
        yield read


def world_from(
    events: Iterable[Read | Mapping[str, Any]],
    *,
    header: Mapping[str, Any] | None = None,
    since: str = "",
    until: str = "",
    name: str = "events",
) -> World:
    """Make a world of events: facilities, producers, supplies with lead times, recipes, stocks.

    Flows are what arrived, per day of the time looked at. Lead times go from the last departure to
    the first arrival; one delivery is what left in one event and arrived in one. What a container
    holds moves with it. Prices and capacities are not in events: prices stay unknown, capacity is
    the busiest week seen.

    Parameters
    ----------
    events
        As JSON objects that stand alone (of a store), or as `opened` reads them; in any order.
    header
        A document whose `epcisHeader` holds master data of places and products.
    since, until
        What to count: times with an offset; blank = from the first and to the last event.
    name
        What to call the world.

    Raises
    ------
    DataError
        If no goods go from one place to another, or events say nothing of where goods are.
    UnitError
        If a product is counted in units that do not convert.
    OptionError
        If a time is none, or nothing lies between the two.

    References
    ----------
    GS1, EPCIS Standard 2.0, sections 7.3 and 7.4; Core Business Vocabulary Standard 2.0, section 7.

    Examples
    --------
    >>> def event(day, step, place):
    ...     return {
    ...         "type": "ObjectEvent", "action": "OBSERVE", "bizStep": step,
    ...         "eventTime": f"2026-01-{day:02}T00:00:00Z", "eventTimeZoneOffset": "+00:00",
    ...         "epcList": ["urn:epc:id:sgtin:4012345.011111.987"],
    ...         "bizLocation": {"id": f"urn:epc:id:sgln:4012345.{place:05}.0"},
    ...     }
    >>> world = world_from([event(1, "shipping", 5), event(4, "receiving", 6)])
    >>> world.table("supplies")[["lead_time", "deliveries"]].to_numpy().tolist()
    [[3.0, 1.0]]
    """
    with Shipments() as shipments:
        shipments.add(events, header=header)
        return shipments.world(since=since, until=until, name=name)
