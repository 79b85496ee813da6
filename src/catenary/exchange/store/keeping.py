"""What a store keeps beside events: named queries, subscriptions, settings and access tokens."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import msgspec
from sqlalchemy import delete, insert, select, update

from catenary.errors import DataError, UnknownLabelError
from catenary.exchange.store.jobs import now
from catenary.exchange.store.schema import access_tokens, queries, settings, subscriptions

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy.engine import Connection, RowMapping

__all__ = ["AccessToken", "ExistsError", "Keeper", "NamedQuery", "Subscription"]


class ExistsError(DataError):
    """Something of that name is there already."""

    http_status = 409


@dataclass(frozen=True, slots=True)
class NamedQuery:
    """A query that has a name.

    Parameters
    ----------
    name
        Its name.
    query
        Its parameters.
    prefixes
        What prefixes in their names stand for.
    created
        Microseconds since 1970, UTC.
    """

    name: str
    query: dict[str, Any]
    prefixes: dict[str, str]
    created: int


@dataclass(frozen=True, slots=True)
class Subscription:
    """Somebody who is told of new events that a named query asks for.

    Parameters
    ----------
    id
        Its name.
    query
        The name of the query.
    destination
        Where to tell; None = a connection that its owner holds open.
    schedule
        When to tell, as in the standard; None = at once.
    stream
        Whether events are told at once.
    signature_token
        The secret that signs what is told.
    report_if_empty
        Whether to tell that there is nothing new.
    epc_format
        How things are to be spelt.
    initial_record_time
        From which record time on: microseconds since 1970, UTC.
    created, last_notified
        Microseconds since 1970, UTC.
    last_number
        The last event of the store that was looked at.
    state
        What the server keeps of it.
    """

    id: str
    query: str
    destination: str | None = None
    schedule: dict[str, Any] | None = None
    stream: bool = False
    signature_token: str | None = None
    report_if_empty: bool = False
    epc_format: str | None = None
    initial_record_time: int | None = None
    created: int = 0
    last_number: int = 0
    last_notified: int | None = None
    state: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AccessToken:
    """Who may do what; the token itself is kept nowhere."""

    digest: str
    label: str
    scopes: tuple[str, ...]
    created: int
    expires: int | None = None


def _dumped(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def _query(row: RowMapping) -> NamedQuery:
    made = msgspec.json.decode(row["json"])
    return NamedQuery(row["name"], made["query"], made["prefixes"], row["created"])


def _subscription(row: RowMapping) -> Subscription:
    values = dict(row)
    values["schedule"] = msgspec.json.decode(row["schedule"]) if row["schedule"] else None
    values["state"] = msgspec.json.decode(row["state"])
    return Subscription(**values)


class Keeper:
    """Reads and writes it on one connection."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    # --- named queries ----------------------------------------------------------------------------

    def add_query(
        self, name: str, query: Mapping[str, Any], prefixes: Mapping[str, str]
    ) -> NamedQuery:
        """Add a named query."""
        made = NamedQuery(name, dict(query), dict(prefixes), now())
        if self.connection.execute(select(queries).where(queries.c.name == name)).first():
            raise ExistsError(f"there is a query {name[:80]!r} already", hint="choose another name")
        said = _dumped({"query": made.query, "prefixes": made.prefixes})
        values = {"name": name, "json": said, "created": made.created}
        self.connection.execute(insert(queries).values(values))
        return made

    def query(self, name: str) -> NamedQuery:
        """Return a named query."""
        row = self.connection.execute(select(queries).where(queries.c.name == name))
        found = row.mappings().one_or_none()
        if found is None:
            known = self.connection.execute(select(queries.c.name).limit(1000)).scalars()
            raise UnknownLabelError.among(name[:80], list(known), kind="query")
        return _query(found)

    def queries(self, after: str, limit: int) -> list[NamedQuery]:
        """Return named queries by name, behind one."""
        chosen = select(queries).where(queries.c.name > after).order_by(queries.c.name).limit(limit)
        return [_query(row) for row in self.connection.execute(chosen).mappings()]

    def remove_query(self, name: str) -> None:
        """Remove a named query and its subscriptions."""
        self.query(name)
        self.connection.execute(delete(subscriptions).where(subscriptions.c.query == name))
        self.connection.execute(delete(queries).where(queries.c.name == name))

    # --- subscriptions ----------------------------------------------------------------------------

    def add_subscription(self, one: Subscription) -> Subscription:
        """Add a subscription to a named query."""
        self.query(one.query)
        made = replace(one, created=one.created or now())
        values = {name: getattr(made, name) for name in subscriptions.c.keys()}  # noqa: SIM118
        values["schedule"] = None if made.schedule is None else _dumped(made.schedule)
        values["state"] = _dumped(made.state)
        self.connection.execute(insert(subscriptions).values(values))
        return made

    def subscription(self, name: str) -> Subscription:
        """Return a subscription."""
        chosen = select(subscriptions).where(subscriptions.c.id == name)
        row = self.connection.execute(chosen).mappings().one_or_none()
        if row is None:
            raise UnknownLabelError(
                f"there is no subscription {name[:80]!r}", hint="list those of the query"
            )
        return _subscription(row)

    def subscriptions(self, query: str | None, after: str, limit: int) -> list[Subscription]:
        """Return subscriptions by id, behind one."""
        chosen = select(subscriptions).where(subscriptions.c.id > after)
        if query is not None:
            chosen = chosen.where(subscriptions.c.query == query)
        chosen = chosen.order_by(subscriptions.c.id).limit(limit)
        return [_subscription(row) for row in self.connection.execute(chosen).mappings()]

    def update_subscription(self, name: str, values: Mapping[str, Any]) -> None:
        """Write what became of a subscription."""
        made = dict(values)
        if "state" in made:
            made["state"] = _dumped(made["state"])
        changed = update(subscriptions).where(subscriptions.c.id == name).values(made)
        self.connection.execute(changed)

    def remove_subscription(self, name: str) -> None:
        """Remove a subscription."""
        self.subscription(name)
        self.connection.execute(delete(subscriptions).where(subscriptions.c.id == name))

    # --- settings and access tokens ---------------------------------------------------------------

    def setting(self, name: str, default: Any = None) -> Any:
        """Return a setting."""
        chosen = select(settings.c.json).where(settings.c.name == name)
        found = self.connection.execute(chosen).scalar()
        return default if found is None else msgspec.json.decode(found)

    def set_setting(self, name: str, value: Any) -> None:
        """Write a setting."""
        self.connection.execute(delete(settings).where(settings.c.name == name))
        self.connection.execute(insert(settings).values(name=name, json=_dumped(value)))

    def add_access_token(self, one: AccessToken) -> None:
        """Add an access token, or write it anew."""
        self.remove_access_token(one.digest)
        values = {
            "digest": one.digest,
            "label": one.label,
            "scopes": _dumped(one.scopes),
            "created": one.created or now(),
            "expires": one.expires,
        }
        self.connection.execute(insert(access_tokens).values(values))

    def access_tokens(self) -> list[AccessToken]:
        """Return all access tokens, the oldest first."""
        chosen = select(access_tokens).order_by(access_tokens.c.created, access_tokens.c.digest)
        return [
            AccessToken(**{**row, "scopes": tuple(msgspec.json.decode(row["scopes"]))})
            for row in self.connection.execute(chosen).mappings()
        ]

    def remove_access_token(self, digest: str) -> None:
        """Remove an access token."""
        self.connection.execute(delete(access_tokens).where(access_tokens.c.digest == digest))
