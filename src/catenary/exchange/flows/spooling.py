"""Events by time, each once, on disk: any number of them, in any order, from any number of files.

Order at one moment: by what has to come first, then by hash. An event that an error declaration
takes back is left out, and so is the declaration.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Final, Self

import msgspec

from catenary.exchange.contexts import prefixes_of
from catenary.exchange.flows.moves import Move, moment_of, move_of, rank_of
from catenary.exchange.hashing import prehash
from catenary.exchange.reading import Read, checked

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from catenary.exchange.findings import Finding
    from catenary.exchange.reading import Manner

__all__ = ["Spool"]

_BLOCK: Final = 5_000
_CACHE: Final = -65_536  # of SQLite, in KiB: 64 MiB
_TABLE: Final = (
    "CREATE TABLE moves (time INTEGER, rank INTEGER, hash BLOB, wrong INTEGER, body BLOB)"
)
_SORTED: Final = (
    "SELECT time, hash, wrong, body FROM moves WHERE time <= ? "
    "ORDER BY time, rank, hash, wrong DESC"
)
_EVER: Final = 2**62


@dataclass(eq=False)
class Spool:
    """Events on their way to be followed.

    Examples
    --------
    >>> with Spool() as spool:
    ...     spool.add([{
    ...         "type": "ObjectEvent", "eventTime": "2026-01-01T00:00:00Z", "action": "OBSERVE",
    ...         "eventTimeZoneOffset": "+00:00", "epcList": ["urn:epc:id:sgtin:4012345.011111.9"],
    ...     }] * 2)
    ...     len(list(spool.moves())), spool.read, spool.repeated
    (1, 2, 1)
    """

    read: int = 0
    """Events read."""
    refused: int = 0
    """Events that break the rules of the standard."""
    repeated: int = 0
    """Events that stood twice; known once `moves` has ended."""
    taken_back: int = 0
    """Events that an error declaration names; known once `moves` has ended."""
    aside: int = 0
    """Events of kinds that do not tell where goods are."""
    first: Finding | None = None
    """The first error of the first event that was refused."""
    digest: str = ""
    """Fingerprint of all that was followed, whatever its order; known once `moves` has ended."""
    _store: sqlite3.Connection = field(init=False)
    _rows: list[tuple[int, int, bytes, int, bytes]] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Open a store that lies in memory while it is small, and goes when it is closed."""
        self._store = sqlite3.connect("", isolation_level=None)
        for pragma in (f"cache_size={_CACHE}", "journal_mode=OFF", "temp_store=FILE"):
            self._store.execute(f"PRAGMA {pragma}")
        self._store.execute(_TABLE)
        self._store.execute("BEGIN")

    def __enter__(self) -> Self:
        """Return the spool."""
        return self

    def __exit__(self, *_: object) -> None:
        """Give up the store."""
        self._store.close()

    def add(
        self,
        events: Iterable[Read | Mapping[str, Any]],
        *,
        manner: Manner = "final",
        ignored: Collection[str] = frozenset(),
    ) -> None:
        """Check and take events.

        Parameters
        ----------
        events
            As they were read, or as JSON objects that stand alone.
        manner
            How their document was written.
        ignored
            Members that hashes leave out (`Document.ignored`).
        """
        for one in events:
            self.read += 1
            if not isinstance(one, Read):
                event = dict(one)
                one = Read(self.read, event, prefixes_of(event.get("@context")))  # noqa: PLW2901
            self._take(checked(one, manner), ignored)
            if len(self._rows) >= _BLOCK:
                self._flush()

    def _take(self, read: Read, ignored: Collection[str]) -> None:
        event = read.event
        if event is None or not read.is_usable:
            self.refused += 1
            if self.first is None:
                self.first = next(one for one in read.findings if one.level == "error")
            return
        move = move_of(event)
        if move is None:
            self.aside += 1
            return
        written = prehash(event, read.prefixes, ignored=ignored)
        self._rows.append(
            (
                moment_of(event),
                rank_of(move),
                blake2b(written.encode(), digest_size=16).digest(),
                int("errorDeclaration" in event),
                msgspec.msgpack.encode(move),
            )
        )

    def _flush(self) -> None:
        self._store.executemany("INSERT INTO moves VALUES (?, ?, ?, ?, ?)", self._rows)
        self._rows.clear()

    @property
    def span(self) -> tuple[int, int]:
        """Times of the first and the last event, in milliseconds since 1970; 0 if there is none."""
        self._flush()
        first, last = self._store.execute("SELECT min(time), max(time) FROM moves").fetchone()
        return first or 0, last or 0

    def moves(self, until: int = _EVER) -> Iterator[tuple[int, Move]]:
        """Yield time and content of every event up to a moment, each once, by time."""
        self._flush()
        self.repeated = self.taken_back = 0
        total = blake2b(digest_size=16)
        decode = msgspec.msgpack.Decoder(Move).decode
        last, wrong = b"", False
        for time, name, declared, body in self._store.execute(_SORTED, (until,)):
            if name == last:
                self.repeated += not (wrong or declared)
                self.taken_back += wrong and not declared
                continue
            last, wrong = name, bool(declared)
            total.update(name + bytes([declared]))
            if not wrong:
                yield time, decode(body)
        self.digest = total.hexdigest()
