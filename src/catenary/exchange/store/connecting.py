"""Connections to a store: SQLite by default, PostgreSQL by its address.

One writer at a time, so that events are numbered in the order in which they become visible: what a
reader has seen up to a number never grows. What is committed is on disk.

References
----------
SQLite, Write-Ahead Logging and PRAGMA synchronous; PostgreSQL 15, sections 13.3.5 and 20.5.
"""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import create_engine, event, inspect, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DataError, DBAPIError, NoSuchModuleError, SQLAlchemyError

from catenary.errors import CatenaryError, OptionError, SourceError, VersionError
from catenary.exchange.store.inserting import make_indexes
from catenary.exchange.store.schema import REVISION

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.engine import Connection, Engine

__all__ = ["Database", "QueryTooComplexError", "StoreError"]

_WAIT: Final = 60
"""Seconds that a writer waits for another."""
_LOCK: Final = 0x63_61_74_65_6E_61_72_79
"""The advisory lock of writers in PostgreSQL: the word catenary."""


class StoreError(SourceError):
    """A store cannot be read or written."""


class QueryTooComplexError(OptionError):
    """A question takes longer than a store may think about it."""

    http_status = 413


def _url(place: str | Path) -> Any:
    named = str(place)
    if "://" not in named:
        return make_url("sqlite+pysqlite://").set(database=named)
    try:
        url = make_url(named)
    except ArgumentError as error:
        raise OptionError(
            f"{named[:80]!r} is no address of a database", hint="postgresql://user@host/name"
        ) from error
    kind = url.get_backend_name()
    if kind not in {"sqlite", "postgresql", "postgres"}:
        raise OptionError(
            f"a store cannot lie in {kind}", hint="give a path (SQLite) or postgresql://…"
        )
    return url.set(drivername="sqlite+pysqlite" if kind == "sqlite" else "postgresql+psycopg")


def _prepare_sqlite(connection: Any, _: Any) -> None:
    connection.isolation_level = None  # BEGIN is said by us, not guessed by the driver
    cursor = connection.cursor()
    for pragma in (
        f"busy_timeout={_WAIT * 1000}",
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "cache_size=-65536",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    writing = connection.get_execution_options().get("writing", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


class Database:
    """A place where events lie, with its connections.

    Parameters
    ----------
    place
        A path, or the address of a PostgreSQL database.

    Raises
    ------
    OptionError
        If it is neither, or its driver is not installed.
    """

    def __init__(self, place: str | Path) -> None:
        url = _url(place)
        self.is_sqlite: bool = url.get_backend_name() == "sqlite"
        self.place: str = (
            url.database if self.is_sqlite else url.set(drivername="postgresql").render_as_string()
        )
        self.lock = threading.Lock()
        self.patience: float | None = None
        if self.is_sqlite and self.place in {"", ":memory:", None}:
            raise OptionError("a store needs a file", hint="give a path, as in events.db")
        self.engine: Engine = self._engine(url)

    def _engine(self, url: Any) -> Engine:
        options: dict[str, Any] = {"pool_size": 8, "max_overflow": 24}
        if self.is_sqlite:
            options["connect_args"] = {"timeout": _WAIT, "check_same_thread": False}
        else:
            options["connect_args"] = {"options": "-c synchronous_commit=on -c timezone=UTC"}
            options["pool_pre_ping"] = True
        try:
            engine = create_engine(url, **options)
        except (ImportError, NoSuchModuleError) as error:
            raise OptionError(
                f"the driver of PostgreSQL is not installed: {error}",
                hint="pip install 'catenary[postgresql]'",
            ) from error
        if self.is_sqlite:
            event.listen(engine, "connect", _prepare_sqlite)
            event.listen(engine, "begin", _begin_sqlite)
        return engine

    @contextmanager
    def failing(self) -> Iterator[None]:
        """Tell what a database says as one clear error."""
        try:
            yield
        except DataError as error:
            raise OptionError(
                f"a value is none that a database keeps: {error.orig}",
                hint="texts have no character NUL, numbers no more than 18 digits",
            ) from error
        except (SQLAlchemyError, _driver_error()) as error:
            if isinstance(error, DBAPIError) and error.connection_invalidated:
                self.engine.dispose()
            raise self.error(error) from error

    def error(self, error: BaseException) -> CatenaryError:
        """Return the error that says what a database said."""
        said = str(getattr(error, "orig", None) or error).strip().partition("\n")[0]
        hint = "check the path or address, and its rights"
        low = said.casefold()
        if low == "interrupted" or "statement timeout" in low:
            return QueryTooComplexError(
                f"the question took longer than {self.patience:g} seconds",
                hint="ask for less: a thing, a place or a shorter time",
            )
        if any(
            word in low for word in ("full", "i/o", "no space", "could not extend", "too large")
        ):
            said += " (the disk, or the largest file that is allowed, is full)"
            hint = "make room, and capture again: what was captured before is intact"
        elif "locked" in low:
            hint = f"another program has been writing for {_WAIT} seconds: try again"
        elif "not a database" in low:
            hint = "the file is something else: choose another path"
        return StoreError(f"the store {self.place}: {said}", hint=hint)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Give a connection in a transaction that only reads."""
        with (
            self.failing(),
            self.engine.connect() as connection,
            connection.begin(),
            self._hurried(connection),
        ):
            yield connection

    @contextmanager
    def _hurried(self, connection: Connection) -> Iterator[None]:
        """Break off what takes too long."""
        if self.patience is None:
            yield
        elif self.is_sqlite:
            until = time.monotonic() + self.patience
            driver: Any = connection.connection.driver_connection
            driver.set_progress_handler(lambda: time.monotonic() > until, 10_000)
            try:
                yield
            finally:
                driver.set_progress_handler(None, 0)
        else:
            wait = max(1, int(self.patience * 1000))
            connection.exec_driver_sql(f"SET LOCAL statement_timeout = {wait}")
            yield

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Give the connection of the one writer; what it wrote is durable at the end, or undone."""
        with self.lock, self.failing(), self.engine.connect() as connection:
            chosen = connection.execution_options(writing=True)
            with chosen.begin():
                if not self.is_sqlite:
                    chosen.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
                yield chosen

    def prepare(self, *, create: bool, upgrade: bool) -> None:
        """Make the tables of a new store; refuse those of another version.

        Raises
        ------
        VersionError
            If the store was made by another version.
        StoreError
            If there is none, or the database holds something else.
        """
        if self.is_sqlite and not create and not Path(self.place).is_file():
            raise StoreError(
                f"there is no store {self.place}", hint="`catenary exchange capture` makes one"
            )
        found = self.revision()
        if found is None and not create:
            raise StoreError(
                f"there is no store in {self.place}: it holds no tables of one",
                hint="`catenary exchange capture` makes one",
            )
        if found == REVISION:
            self._repair()
            return
        if found is not None and not upgrade:
            from catenary.exchange.store.upgrading import known  # noqa: PLC0415  rarely needed

            if found in known():
                raise VersionError(
                    f"the store {self.place} was made by an older version ({found}; this one needs "
                    f"{REVISION})",
                    hint=f"keep a copy, then run: catenary exchange upgrade --store {self.place}",
                )
            raise VersionError(
                f"the store {self.place} was made by a newer version ({found}; this one knows "
                f"{REVISION})",
                hint="install the newer version of catenary",
            )
        self._migrate()

    def revision(self) -> str | None:
        """Return which migration a store has reached; None = it is empty."""
        with self.failing(), self.engine.connect() as connection, connection.begin():
            names = set(inspect(connection).get_table_names())
            if "alembic_version" in names:
                made = connection.execute(text("SELECT version_num FROM alembic_version"))
                return str(made.scalar_one())
        if "events" in names or (self.is_sqlite and names):
            raise StoreError(
                f"{self.place} holds tables of something else", hint="choose another place"
            )
        return None

    def _repair(self) -> None:
        """Make indexes that a bulk load, which was interrupted, left out."""
        with self.failing(), self.engine.connect() as connection, connection.begin():
            names = {one["name"] for one in inspect(connection).get_indexes("events")}
        if "ix_events_record_time" not in names:
            with self.writing() as writing:
                make_indexes(writing)

    def _migrate(self) -> None:
        from catenary.exchange.store.upgrading import migrate  # noqa: PLC0415  rarely needed

        with self.writing() as connection:
            migrate(connection)


def _driver_error() -> type[Exception]:
    """Return what the driver of PostgreSQL raises where SQLAlchemy does not stand between."""
    try:
        from psycopg import Error  # noqa: PLC0415  optional
    except ImportError:
        return SQLAlchemyError
    return Error
