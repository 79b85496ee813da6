"""The tables of a store of events: one schema for SQLite and PostgreSQL.

An event is kept as the JSON text it came as; everything else is an index of it. Things (`epcs`) and
everything that queries ask for by name (`members`: business transactions, parties, quantities,
sensor values, members of one's own) stand in the order in which they are looked up, so that in
SQLite each is one tree and nothing is kept twice.

References
----------
GS1, EPCIS Standard 2.0, sections 7.4 and 8.2; `docs/decisions/0009-store.md`.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
)
from sqlalchemy.dialects.postgresql import BYTEA, TEXT

__all__ = [
    "REVISION",
    "access_tokens",
    "attributes",
    "epcs",
    "events",
    "hierarchy",
    "job_errors",
    "jobs",
    "members",
    "metadata",
    "prefixes",
    "queries",
    "revoked",
    "settings",
    "subscriptions",
    "words",
]

REVISION: Final = "0001"
"""The newest migration: what this version of the package reads and writes."""

metadata: Final = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

_LONG = BigInteger().with_variant(Integer(), "sqlite")
_SORTED = Text().with_variant(TEXT(collation="C"), "postgresql")
"""Text in the order of its bytes, as SQLite sorts it: prefixes become ranges."""
_BYTES = LargeBinary().with_variant(BYTEA(), "postgresql")

events: Final = Table(
    "events",
    metadata,
    Column("number", _LONG, primary_key=True, autoincrement=False),
    Column("key", _BYTES, nullable=False, unique=True),
    Column("event_time", BigInteger, nullable=False),
    Column("record_time", BigInteger, nullable=False),
    Column("declared", BigInteger),
    Column("type", _SORTED, nullable=False),
    Column("action", Text),
    Column("biz_step", _SORTED),
    Column("disposition", _SORTED),
    Column("read_point", _SORTED),
    Column("biz_location", _SORTED),
    Column("event_id", _SORTED),
    Column("job", Integer, nullable=False),
    Column("json", Text, nullable=False),
    Index("ix_events_event_time", "event_time", "number"),
    Index("ix_events_record_time", "record_time", "number"),
)
"""Events, in the order of their capture; times are microseconds since 1970, UTC.

`key` is the event hash (32 bytes), followed by the time of the error declaration, if there is one.
"""

for _column in ("declared", "read_point", "biz_location", "event_id"):
    Index(
        f"ix_events_{_column}",
        events.c[_column],
        events.c.event_time,
        sqlite_where=events.c[_column].is_not(None),
        postgresql_where=events.c[_column].is_not(None),
    )

epcs: Final = Table(
    "epcs",
    metadata,
    Column("epc", _SORTED, primary_key=True),
    Column("event", _LONG, primary_key=True, autoincrement=False),
    Column("field", SmallInteger, primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)
"""Which thing or class of things an event names, and in which field (`rows.FIELDS`)."""

members: Final = Table(
    "members",
    metadata,
    Column("name", _SORTED, primary_key=True),
    Column("text", _SORTED, primary_key=True),
    Column("event", _LONG, primary_key=True, autoincrement=False),
    Column("number", Double),
    Column("time", BigInteger),
    sqlite_with_rowid=False,
)
"""What queries ask for by name, under the name by which they ask.

Units are those of the SI where the unit is known (`queries.units`).
"""

for _column in ("number", "time"):
    Index(
        f"ix_members_{_column}",
        members.c.name,
        members.c[_column],
        members.c.event,
        sqlite_where=members.c[_column].is_not(None),
        postgresql_where=members.c[_column].is_not(None),
    )

words: Final = Table(
    "words",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("word", _SORTED, primary_key=True),
    sqlite_with_rowid=False,
)
"""Types of events, business steps, dispositions and places that have been captured."""

prefixes: Final = Table(
    "prefixes",
    metadata,
    Column("prefix", Text, primary_key=True),
    Column("namespace", Text, primary_key=True),
    sqlite_with_rowid=False,
)
"""What prefixes stood for in captured documents, so that queries may use them."""

attributes: Final = Table(
    "attributes",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("element", _SORTED, primary_key=True),
    Column("name", _SORTED, primary_key=True),
    Column("text", _SORTED, primary_key=True),
    Index("ix_attributes_name", "name", "text", "element"),
    sqlite_with_rowid=False,
)
"""Master data: attributes of elements of vocabularies (places, classes of things, …)."""

hierarchy: Final = Table(
    "hierarchy",
    metadata,
    Column("parent", _SORTED, primary_key=True),
    Column("child", _SORTED, primary_key=True),
    sqlite_with_rowid=False,
)
"""Master data: what lies within what; `WD_` queries follow it."""

jobs: Final = Table(
    "jobs",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("id", Text, nullable=False, unique=True),
    Column("running", Boolean, nullable=False),
    Column("success", Boolean, nullable=False),
    Column("behaviour", Text, nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("finished", BigInteger),
    Column("read", BigInteger, nullable=False),
    Column("stored", BigInteger, nullable=False),
    Column("known", BigInteger, nullable=False),
    Column("refused", BigInteger, nullable=False),
)
"""Capture jobs: events read, stored, known before, and refused."""

job_errors: Final = Table(
    "job_errors",
    metadata,
    Column("job", Integer, ForeignKey("jobs.number"), primary_key=True, autoincrement=False),
    Column("at", Integer, primary_key=True, autoincrement=False),
    Column("json", Text, nullable=False),
)
"""What was wrong with the events of a job, the first findings of each."""

queries: Final = Table(
    "queries",
    metadata,
    Column("name", _SORTED, primary_key=True),
    Column("json", Text, nullable=False),
    Column("created", BigInteger, nullable=False),
)
"""Named queries."""

subscriptions: Final = Table(
    "subscriptions",
    metadata,
    Column("id", _SORTED, primary_key=True),
    Column("query", _SORTED, ForeignKey("queries.name"), nullable=False, index=True),
    Column("destination", Text),
    Column("schedule", Text),
    Column("stream", Boolean, nullable=False),
    Column("signature_token", Text),
    Column("report_if_empty", Boolean, nullable=False),
    Column("epc_format", Text),
    Column("initial_record_time", BigInteger),
    Column("created", BigInteger, nullable=False),
    Column("last_number", BigInteger, nullable=False),
    Column("last_notified", BigInteger),
    Column("state", Text, nullable=False),
)
"""Subscriptions: `last_number` is the last event that was looked at; `state` is the server's."""

settings: Final = Table(
    "settings",
    metadata,
    Column("name", Text, primary_key=True),
    Column("json", Text, nullable=False),
)
"""What else a store keeps: the secret that signs page tokens, and what a server puts here."""

access_tokens: Final = Table(
    "access_tokens",
    metadata,
    Column("digest", Text, primary_key=True),
    Column("label", Text, nullable=False),
    Column("scopes", Text, nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("expires", BigInteger),
)
"""Who may do what over HTTP: only digests of tokens are kept."""

revoked: Final = Table(
    "revoked",
    metadata,
    Column("digest", Text, primary_key=True),
    Column("expires", BigInteger, nullable=False),
)
"""Page tokens that were given back before they expired."""
