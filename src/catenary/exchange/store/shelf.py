"""What a store keeps beside events: jobs, lists, master data, named queries, settings, tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from catenary.exchange.queries import Query
from catenary.exchange.store.capturing import begin_job, close_interrupted
from catenary.exchange.store.jobs import CaptureJob, find_job, list_jobs
from catenary.exchange.store.keeping import AccessToken, Keeper, NamedQuery, Subscription
from catenary.exchange.store.mastering import write_hierarchy, write_vocabularies
from catenary.exchange.store.resources import has_resource, resources
from catenary.exchange.store.schema import prefixes

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from catenary.exchange.store.connecting import Database

__all__ = ["Shelf"]


class Shelf:
    """What a store keeps by name."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin_job(self, on_error: str = "rollback") -> CaptureJob:
        """Begin a job that is seen as running until it has been captured."""
        return begin_job(self._database, on_error)

    def job(self, name: str) -> CaptureJob:
        """Return a capture job by its id; UnknownLabelError if there is none."""
        with self._database.reading() as connection:
            return find_job(connection, name)

    def jobs(self, *, after: str = "", limit: int = 30) -> list[CaptureJob]:
        """Return capture jobs, the newest first, behind one; without what was wrong."""
        with self._database.reading() as connection:
            return list_jobs(connection, after=after, limit=limit)

    def close_interrupted(self) -> int:
        """Say of jobs that still run that they are over; for a server that starts."""
        return close_interrupted(self._database)

    # --- resources and master data ----------------------------------------------------------------

    def resources(self, kind: str, *, after: str = "", limit: int = 30) -> list[str]:
        """Return what events name: `eventTypes`, `epcs`, `bizSteps`, …, behind one of them."""
        with self._database.reading() as connection:
            return resources(connection, kind, after=after, limit=limit)

    def has_resource(self, kind: str, value: str) -> bool:
        """Whether events name a thing, place or word."""
        with self._database.reading() as connection:
            return has_resource(connection, kind, value)

    def add_places(self, parents: Mapping[str, str]) -> None:
        """Say within which place each place lies, so that `WD_` queries find it."""
        with self._database.writing() as connection:
            write_hierarchy(connection, parents)

    def add_vocabularies(
        self, vocabularies: Iterable[dict[str, Any]], prefixes: Mapping[str, str] | None = None
    ) -> None:
        """Add master data, as in the `vocabularyList` of a document."""
        with self._database.writing() as connection:
            write_vocabularies(connection, vocabularies, prefixes or {})

    # --- named queries, subscriptions, settings ---------------------------------------------------

    def parse(
        self, parameters: Query | Mapping[str, Any], spelt: Mapping[str, str] | None = None
    ) -> Query:
        """Return a query; prefixes that it does not declare are those of captured documents."""
        if isinstance(parameters, Query):
            return parameters
        learned: dict[str, list[str]] = {}
        if any(":" in name for name in (*parameters, str(parameters.get("orderBy", "")))):
            with self._database.reading() as connection:
                for prefix, namespace in connection.execute(select(prefixes)):
                    learned.setdefault(prefix, []).append(namespace)
        return Query.of(parameters, spelt, learned=learned)

    def add_query(
        self, name: str, parameters: Mapping[str, Any], prefixes: Mapping[str, str] | None = None
    ) -> NamedQuery:
        """Add a named query; QueryError if it is wrong, ExistsError if there is one."""
        self.parse(parameters, prefixes)
        with self._database.writing() as connection:
            return Keeper(connection).add_query(name, parameters, prefixes or {})

    def named_query(self, name: str) -> NamedQuery:
        """Return a named query; UnknownLabelError if there is none."""
        with self._database.reading() as connection:
            return Keeper(connection).query(name)

    def named_queries(self, *, after: str = "", limit: int = 30) -> list[NamedQuery]:
        """Return named queries by name, behind one."""
        with self._database.reading() as connection:
            return Keeper(connection).queries(after, limit)

    def remove_query(self, name: str) -> None:
        """Remove a named query and its subscriptions."""
        with self._database.writing() as connection:
            Keeper(connection).remove_query(name)

    def add_subscription(self, subscription: Subscription) -> Subscription:
        """Add a subscription to a named query."""
        with self._database.writing() as connection:
            return Keeper(connection).add_subscription(subscription)

    def subscription(self, name: str) -> Subscription:
        """Return a subscription by its id; UnknownLabelError if there is none."""
        with self._database.reading() as connection:
            return Keeper(connection).subscription(name)

    def subscriptions(
        self, query: str | None = None, *, after: str = "", limit: int = 30
    ) -> list[Subscription]:
        """Return subscriptions by id, of one query or of all, behind one."""
        with self._database.reading() as connection:
            return Keeper(connection).subscriptions(query, after, limit)

    def update_subscription(self, name: str, **values: Any) -> None:
        """Write what became of a subscription: `last_number`, `last_notified` or `state`."""
        with self._database.writing() as connection:
            Keeper(connection).update_subscription(name, values)

    def remove_subscription(self, name: str) -> None:
        """Remove a subscription."""
        with self._database.writing() as connection:
            Keeper(connection).remove_subscription(name)

    def setting(self, name: str, default: Any = None) -> Any:
        """Return what was kept under a name."""
        with self._database.reading() as connection:
            return Keeper(connection).setting(name, default)

    def set_setting(self, name: str, value: Any) -> None:
        """Keep a JSON value under a name."""
        with self._database.writing() as connection:
            Keeper(connection).set_setting(name, value)

    def add_access_token(self, token: AccessToken) -> None:
        """Add an access token, or write it anew."""
        with self._database.writing() as connection:
            Keeper(connection).add_access_token(token)

    def access_tokens(self) -> list[AccessToken]:
        """Return all access tokens, the oldest first."""
        with self._database.reading() as connection:
            return Keeper(connection).access_tokens()

    def remove_access_token(self, digest: str) -> None:
        """Remove an access token."""
        with self._database.writing() as connection:
            Keeper(connection).remove_access_token(digest)
