"""The first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_LONG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_SORTED = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
_BYTES = sa.LargeBinary().with_variant(postgresql.BYTEA(), "postgresql")


def _indexed(table: str, column: str, *more: str, where: bool = False) -> None:
    condition = sa.text(f"{column} IS NOT NULL") if where else None
    op.create_index(
        f"ix_{table}_{column}",
        table,
        [*more[:-1], column, *more[-1:]],
        sqlite_where=condition,
        postgresql_where=condition,
    )


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "events",
        sa.Column("number", _LONG, autoincrement=False, nullable=False),
        sa.Column("key", _BYTES, nullable=False),
        sa.Column("event_time", sa.BigInteger(), nullable=False),
        sa.Column("record_time", sa.BigInteger(), nullable=False),
        sa.Column("declared", sa.BigInteger()),
        sa.Column("type", _SORTED, nullable=False),
        sa.Column("action", sa.Text()),
        sa.Column("biz_step", _SORTED),
        sa.Column("disposition", _SORTED),
        sa.Column("read_point", _SORTED),
        sa.Column("biz_location", _SORTED),
        sa.Column("event_id", _SORTED),
        sa.Column("job", sa.Integer(), nullable=False),
        sa.Column("json", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_events"),
        sa.UniqueConstraint("key", name="uq_events_key"),
    )
    _indexed("events", "event_time", "number")
    _indexed("events", "record_time", "number")
    for column in ("declared", "read_point", "biz_location", "event_id"):
        _indexed("events", column, "event_time", where=True)
    op.create_table(
        "epcs",
        sa.Column("epc", _SORTED, nullable=False),
        sa.Column("event", _LONG, autoincrement=False, nullable=False),
        sa.Column("field", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("epc", "event", "field", name="pk_epcs"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "members",
        sa.Column("name", _SORTED, nullable=False),
        sa.Column("text", _SORTED, nullable=False),
        sa.Column("event", _LONG, autoincrement=False, nullable=False),
        sa.Column("number", sa.Double()),
        sa.Column("time", sa.BigInteger()),
        sa.PrimaryKeyConstraint("name", "text", "event", name="pk_members"),
        sqlite_with_rowid=False,
    )
    for column in ("number", "time"):
        _indexed("members", column, "name", "event", where=True)
    _small_tables()
    _job_tables()
    _query_tables()


def _small_tables() -> None:
    for name, columns in (
        ("words", (("kind", sa.Text()), ("word", _SORTED))),
        ("prefixes", (("prefix", sa.Text()), ("namespace", sa.Text()))),
        ("hierarchy", (("parent", _SORTED), ("child", _SORTED))),
        (
            "attributes",
            (("kind", sa.Text()), ("element", _SORTED), ("name", _SORTED), ("text", _SORTED)),
        ),
    ):
        op.create_table(
            name,
            *(sa.Column(column, type_, nullable=False) for column, type_ in columns),
            sa.PrimaryKeyConstraint(*(column for column, _ in columns), name=f"pk_{name}"),
            sqlite_with_rowid=False,
        )
    op.create_index("ix_attributes_name", "attributes", ["name", "text", "element"])
    op.create_table(
        "settings",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("json", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_settings"),
    )
    op.create_table(
        "access_tokens",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("scopes", sa.Text(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("expires", sa.BigInteger()),
        sa.PrimaryKeyConstraint("digest", name="pk_access_tokens"),
    )
    op.create_table(
        "revoked",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("expires", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_revoked"),
    )


def _job_tables() -> None:
    op.create_table(
        "jobs",
        sa.Column("number", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("running", sa.Boolean(), nullable=False),
        sa.Column("success", sa.Boolean(), nullable=False),
        sa.Column("behaviour", sa.Text(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("finished", sa.BigInteger()),
        sa.Column("read", sa.BigInteger(), nullable=False),
        sa.Column("stored", sa.BigInteger(), nullable=False),
        sa.Column("known", sa.BigInteger(), nullable=False),
        sa.Column("refused", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_jobs"),
        sa.UniqueConstraint("id", name="uq_jobs_id"),
    )
    op.create_table(
        "job_errors",
        sa.Column("job", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("json", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("job", "at", name="pk_job_errors"),
        sa.ForeignKeyConstraint(["job"], ["jobs.number"], name="fk_job_errors_job"),
    )


def _query_tables() -> None:
    op.create_table(
        "queries",
        sa.Column("name", _SORTED, nullable=False),
        sa.Column("json", sa.Text(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_queries"),
    )
    op.create_table(
        "subscriptions",
        sa.Column("id", _SORTED, nullable=False),
        sa.Column("query", _SORTED, nullable=False),
        sa.Column("destination", sa.Text()),
        sa.Column("schedule", sa.Text()),
        sa.Column("stream", sa.Boolean(), nullable=False),
        sa.Column("signature_token", sa.Text()),
        sa.Column("report_if_empty", sa.Boolean(), nullable=False),
        sa.Column("epc_format", sa.Text()),
        sa.Column("initial_record_time", sa.BigInteger()),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("last_number", sa.BigInteger(), nullable=False),
        sa.Column("last_notified", sa.BigInteger()),
        sa.Column("state", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_subscriptions"),
        sa.ForeignKeyConstraint(["query"], ["queries.name"], name="fk_subscriptions_query"),
    )
    op.create_index("ix_subscriptions_query", "subscriptions", ["query"])
