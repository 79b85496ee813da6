"""Events and their indexes, written in blocks by the fastest way that a database has.

References
----------
PostgreSQL 15, COPY; SQLite, INSERT with prepared statements.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from catenary.exchange.store.jobs import now
from catenary.exchange.store.schema import epcs, events, members, prefixes, words

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import Index, Table
    from sqlalchemy.engine import Connection

    from catenary.exchange.store.rows import Prepared

__all__ = ["add_missing", "drop_indexes", "make_indexes", "write_events"]

_ASKED: Final = 500
"""How many keys one question names: SQLite once took no more than 999."""
_KINDS: Final = {"type": 2, "biz_step": 4, "disposition": 5, "read_point": 6, "biz_location": 7}


def _bulk(connection: Connection, table: Table, rows: Sequence[tuple[Any, ...]]) -> None:
    """Write rows in the order of the columns of a table."""
    if not rows:
        return
    names = ", ".join(f'"{column.name}"' for column in table.c)
    if connection.dialect.name == "sqlite":
        places = ", ".join("?" * len(table.c))
        connection.exec_driver_sql(
            f'INSERT INTO "{table.name}" ({names}) VALUES ({places})',  # noqa: S608  our own names
            list(rows),
        )
        return
    driver: Any = connection.connection.driver_connection
    with (
        driver.cursor() as cursor,
        cursor.copy(f'COPY "{table.name}" ({names}) FROM STDIN') as copy,
    ):
        for row in rows:
            copy.write_row(row)


def add_missing(connection: Connection, table: Table, rows: Iterable[tuple[Any, ...]]) -> None:
    """Write rows that are not there yet."""
    made = [dict(zip(table.c.keys(), row, strict=True)) for row in rows]
    if not made:
        return
    insert = sqlite_insert if connection.dialect.name == "sqlite" else postgresql_insert
    connection.execute(insert(table).on_conflict_do_nothing(), made)


def _known(connection: Connection, keys: list[bytes]) -> set[bytes]:
    found: set[bytes] = set()
    for at in range(0, len(keys), _ASKED):
        part = keys[at : at + _ASKED]
        found.update(
            bytes(one)
            for one in connection.execute(
                select(events.c.key).where(events.c.key.in_(part))
            ).scalars()
        )
    return found


def write_events(
    connection: Connection, block: list[Prepared], job: int, seen: set[tuple[str, str, str]]
) -> tuple[int, set[tuple[str, str, str]]]:
    """Write events that are not there yet.

    Parameters
    ----------
    connection
        The one writer.
    block
        Events, of which some may be known, or stand here twice.
    job
        The job that they belong to.
    seen
        Words and prefixes that are surely in the store.

    Returns
    -------
    tuple
        How many were stored, and the words and prefixes that were added.
    """
    fresh: dict[bytes, Prepared] = {}
    for one in block:
        fresh.setdefault(one.key, one)
    for key in _known(connection, list(fresh)):
        del fresh[key]
    if not fresh:
        return 0, set()
    last = connection.execute(select(func.max(events.c.number))).scalar() or 0
    recorded = connection.execute(select(func.max(events.c.record_time))).scalar() or 0
    moment = max(now(), recorded)
    rows, things, named = [], [], []
    added: set[tuple[str, str, str | None]] = set()
    for number, one in enumerate(fresh.values(), last + 1):
        time, *columns = one.columns
        rows.append((number, one.key, time, moment, *columns, job, one.json))
        things += [(epc, number, field) for epc, field in one.epcs]
        named += [(name, text, number, value, at) for name, text, value, at in one.members]
        for kind, at in _KINDS.items():
            added.add(("word", kind, one.columns[at]))
        for prefix, namespace in one.prefixes.items():
            added.add(("prefix", prefix, namespace))
    _bulk(connection, events, rows)
    _bulk(connection, epcs, sorted(things))
    _bulk(connection, members, sorted(named, key=lambda one: one[:3]))
    fresh_words = {(table, name, word) for table, name, word in added if word is not None} - seen
    for table, place in (("word", words), ("prefix", prefixes)):
        add_missing(connection, place, sorted(one[1:] for one in fresh_words if one[0] == table))
    return len(rows), fresh_words


def _indexes() -> list[Index]:
    """Return the indexes that are no keys."""
    return [one for table in (events, members) for one in sorted(table.indexes, key=_named)]


def _named(index: Index) -> str:
    return str(index.name)


def drop_indexes(connection: Connection) -> None:
    """Drop the indexes that are no keys: many events are faster written without them."""
    for one in _indexes():
        one.drop(connection, checkfirst=True)


def make_indexes(connection: Connection) -> None:
    """Make those indexes that are not there."""
    for one in _indexes():
        one.create(connection, checkfirst=True)
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("ANALYZE")
