"""A store of events: what is captured into it, and what is asked of it."""

from __future__ import annotations

import secrets
from contextlib import contextmanager
from hashlib import sha256
from typing import IO, TYPE_CHECKING, Any, Final, Self

from sqlalchemy import delete, func, insert, select

from catenary.errors import CatenaryError, OptionError
from catenary.exchange.keys import text_key
from catenary.exchange.limits import LIMITS, Limits
from catenary.exchange.queries import Query, QueryTooLargeError
from catenary.exchange.reading import Document, opened
from catenary.exchange.store.capturing import (
    capture_document,
    fail_job,
    new_job,
    refusal,
)
from catenary.exchange.store.connecting import Database
from catenary.exchange.store.inserting import drop_indexes, make_indexes
from catenary.exchange.store.jobs import CaptureJob, now
from catenary.exchange.store.keeping import Keeper
from catenary.exchange.store.paging import (
    Cursor,
    Page,
    Stored,
    TokenError,
    keys_of,
    read_token,
    write_token,
)
from catenary.exchange.store.schema import events, revoked
from catenary.exchange.store.selecting import is_hopeless, numbers_of, page_of
from catenary.exchange.store.shelf import Shelf

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from catenary.exchange.store.selecting import Place

__all__ = ["Store", "open_store"]

_STEP: Final = 500
"""How many events are read at a time."""
_MOST: Final = 100_000


def open_store(place: str | Path, *, create: bool = True, upgrade: bool = False) -> Store:
    """Open a store of events.

    Parameters
    ----------
    place
        A path (SQLite), or the address of a database (`postgresql://user@host/name`).
    create
        Whether to make a store that is not there; otherwise that is an error.
    upgrade
        Whether to bring a store of an older version to this one.

    Raises
    ------
    OptionError
        If the place is neither, or its driver is not installed.
    StoreError
        If it cannot be read, or holds something else.
    VersionError
        If it was made by another version.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> with tempfile.TemporaryDirectory() as folder, open_store(Path(folder) / "events.db") as one:
    ...     one.last_number()
    0
    """
    database = Database(place)
    try:
        database.prepare(create=create, upgrade=upgrade)
    except BaseException:
        database.engine.dispose()
        raise
    return Store(database)


class Store(Shelf):
    """Events that were captured, in the order of their capture; `open_store` opens one.

    Any number of threads may use it. What a method has written is on disk when it returns. A
    question that takes longer than `patience` seconds is a QueryTooComplexError; None = any time.
    """

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._seen: set[tuple[str, str, str]] = set()
        self._secret: bytes | None = None

    @property
    def place(self) -> str:
        """Where it lies; without a password."""
        return self._database.place

    @property
    def patience(self) -> float | None:
        """How many seconds a question may take."""
        return self._database.patience

    @patience.setter
    def patience(self, seconds: float | None) -> None:
        self._database.patience = seconds

    def close(self) -> None:
        """Close all connections."""
        self._database.engine.dispose()

    def __enter__(self) -> Self:
        """Return the store."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close all connections."""
        self.close()

    # --- capture ----------------------------------------------------------------------------------

    def capture(  # noqa: PLR0913  each is an option of its own
        self,
        source: str | Path | bytes | IO[bytes] | Document,
        *,
        on_error: str = "rollback",
        job: str | None = None,
        workers: int = 1,
        limits: Limits = LIMITS,
        most: int | None = None,
        progress: Callable[[int], object] | None = None,
    ) -> CaptureJob:
        """Capture a document of events, each at most once.

        Parameters
        ----------
        source
            A path, bytes, a stream, or what `opened(…, whole=True)` returned.
        on_error
            Whether one wrong event keeps all out (`rollback`), or itself only (`proceed`).
        job
            The job that `begin_job` returned, by its id; its behaviour counts.
        workers
            How many processes decode, check, hash and index JSON; 0 = one for each core.
        limits
            What is read at most.
        most
            How many events a document may have; one with more ends as if the next were wrong.
        progress
            Called with the number of events read.

        Returns
        -------
        CaptureJob
            How it ended. Wrong events are no exception: they are in `errors`.

        Raises
        ------
        SourceError, MalformedError, LimitError
            If the document cannot be read at all; of a job that was begun, that is its error.
        StoreError
            If it cannot be stored; nothing of the transaction is there then.
        """
        begun = None if job is None else self.job(job)
        if begun is not None and not begun.running:
            raise OptionError(f"the capture job {job} is over", hint="begin another")
        given = isinstance(source, Document)
        try:
            document = source if isinstance(source, Document) else opened(
                source, limits=limits, whole=True
            )  # fmt: skip
        except CatenaryError as error:
            if begun is None:
                raise
            return fail_job(self._database, begun, refusal(error))
        try:
            return capture_document(
                self._database,
                document,
                begun or new_job(on_error),
                self._seen,
                workers=workers,
                most=most,
                progress=progress,
            )
        finally:
            if not given:
                document.close()

    def capture_event(
        self, event: dict[str, Any], prefixes: Mapping[str, str] | None = None
    ) -> CaptureJob:
        """Capture one event, as JSON; options and errors as `capture`."""
        from catenary.exchange.reading import Read  # noqa: PLC0415  a short way

        known = dict(prefixes or {})
        document = Document("json", "event", {}, known, [], iter([Read(1, event, known)]))
        return self.capture(document)

    @contextmanager
    def bulk(self) -> Iterator[None]:
        """Let captures inside be faster, for many events: indexes are made anew at the end.

        Queries meanwhile are right, but slow. Should the program die, the next who opens the store
        makes the indexes.
        """
        with self._database.writing() as connection:
            drop_indexes(connection)
        try:
            yield
        finally:
            with self._database.writing() as connection:
                make_indexes(connection)

    # --- queries ----------------------------------------------------------------------------------

    def query(
        self,
        parameters: Query | Mapping[str, Any],
        *,
        prefixes: Mapping[str, str] | None = None,
        above: int | None = None,
        upto: int | None = None,
    ) -> Iterator[Stored]:
        """Yield all events that a query asks for, in constant memory.

        Parameters
        ----------
        parameters
            A query, or its parameters as in the standard.
        prefixes
            What prefixes in their names stand for, beside those of the standard.
        above, upto
            Numbers between which events lie, the first excluded.

        Raises
        ------
        QueryError
            If a parameter is unknown, or its value does not fit.
        QueryTooLargeError
            If there are more than `maxEventCount`.
        """
        query = self.parse(parameters, prefixes)
        ceiling = self.last_number() if upto is None else upto
        self._refuse_many(query, above, ceiling)
        return self._all(query, above, ceiling)

    def _all(self, query: Query, above: int | None, ceiling: int) -> Iterator[Stored]:
        place: Place | None = None
        left = query.limit
        while left is None or left > 0:
            step = _STEP if left is None else min(_STEP, left)
            found, places = self._step(query, place, step, above, ceiling)
            yield from found
            place = places[-1] if places else None
            if len(found) < step:
                return
            left = None if left is None else left - len(found)

    def _step(
        self, query: Query, after: Place | None, limit: int, above: int | None, ceiling: int
    ) -> tuple[list[Stored], list[Place]]:
        """Return events, and the values of the order of each."""
        chosen = page_of(query, after=after, limit=limit, above=above, upto=ceiling)
        with self._database.reading() as connection:
            rows = [] if is_hopeless(connection, query) else connection.execute(chosen).all()
        found = [Stored(row[0], bytes(row[1]), row[2], row[3]) for row in rows]
        return found, [(*row[4:], row[0]) for row in rows]

    def _refuse_many(self, query: Query, above: int | None, ceiling: int) -> None:
        if query.most is not None:
            count = self.count(query, most=query.most + 1, above=above, upto=ceiling)
            if count > query.most:
                raise QueryTooLargeError(
                    f"the query has more than {query.most:,} results (maxEventCount)",
                    hint="ask for less, or for pages",
                )

    def page(
        self,
        parameters: Query | Mapping[str, Any],
        *,
        prefixes: Mapping[str, str] | None = None,
        per_page: int = 30,
        token: str | None = None,
        lifetime: float = 3600.0,
    ) -> Page:
        """Return one page of the events that a query asks for.

        Parameters
        ----------
        parameters, prefixes
            As `query`; the same for every page.
        per_page
            How many events at most.
        token
            What the page before said; None = the first page.
        lifetime
            How many seconds the token of the next page is valid.

        Raises
        ------
        QueryError, QueryTooLargeError
            As `query`.
        TokenError
            If the token is forged, of another query, expired or revoked.
        """
        if not 1 <= per_page <= _MOST:
            raise OptionError(f"per_page is {per_page}", hint=f"from 1 to {_MOST:,}")
        query = self.parse(parameters, prefixes)
        if token is None:
            ceiling = self.last_number()
            self._refuse_many(query, None, ceiling)
            place: Place | None = None
            left = query.limit
        else:
            cursor = self._cursor(query, token)
            place, ceiling, left = cursor.after, cursor.ceiling, cursor.remaining
        wanted = per_page if left is None else min(per_page, left)
        found, places = self._step(query, place, wanted + 1, None, ceiling)
        kept = found[:wanted]
        left = None if left is None else left - len(kept)
        if len(found) <= wanted or left == 0:
            return Page(kept)
        expires = now() + int(lifetime * 1_000_000)
        cursor = Cursor(places[len(kept) - 1], ceiling, left, expires)
        written = write_token(query, cursor, self._signing())
        return Page(kept, written, expires)

    def _cursor(self, query: Query, token: str) -> Cursor:
        cursor = read_token(query, token, self._signing(), now=now())
        digest = sha256(token.encode()).hexdigest()
        with self._database.reading() as connection:
            if connection.execute(select(revoked).where(revoked.c.digest == digest)).first():
                raise TokenError("the page token was given back", hint="ask for the first page")
        return cursor

    def revoke(self, token: str) -> None:
        """Make a page token invalid."""
        digest = sha256(token.encode()).hexdigest()
        kept = now() + 30 * 86_400_000_000
        with self._database.writing() as connection:
            gone = (revoked.c.digest == digest) | (revoked.c.expires < now())
            connection.execute(delete(revoked).where(gone))
            connection.execute(insert(revoked).values(digest=digest, expires=kept))

    def _signing(self) -> bytes:
        """Return the secret that signs page tokens; the first who asks makes it."""
        if self._secret is None:
            with self._database.reading() as connection:
                found = Keeper(connection).setting("secret")
            if found is None:
                with self._database.writing() as connection:
                    keeper = Keeper(connection)
                    found = keeper.setting("secret") or secrets.token_hex(32)
                    keeper.set_setting("secret", found)
            self._secret = bytes.fromhex(found)
        return self._secret

    def count(
        self,
        parameters: Query | Mapping[str, Any],
        *,
        most: int | None = None,
        above: int | None = None,
        upto: int | None = None,
    ) -> int:
        """Return how many events a query asks for; no further than `most`."""
        query = self.parse(parameters)
        chosen = numbers_of(query, above=above, upto=upto)
        inner = (chosen if most is None else chosen.limit(most)).subquery()
        with self._database.reading() as connection:
            if is_hopeless(connection, query):
                return 0
            return connection.execute(select(func.count()).select_from(inner)).scalar_one()

    def last_number(self) -> int:
        """Return the number of the last event; 0 = there is none."""
        with self._database.reading() as connection:
            return connection.execute(select(func.max(events.c.number))).scalar() or 0

    def events_named(self, event_id: str) -> list[Stored]:
        """Return events by their id or hash, the newest first: error declarations share them."""
        chosen = select(events.c.number, events.c.key, events.c.record_time, events.c.json)
        named = events.c.event_id == text_key(event_id)
        keys = keys_of(event_id)
        if keys is not None:
            named |= events.c.key.between(*keys)
        with self._database.reading() as connection:
            rows = connection.execute(chosen.where(named).order_by(events.c.number.desc()))
            return [Stored(row[0], bytes(row[1]), row[2], row[3]) for row in rows]
