"""Stores that tests use, in SQLite and PostgreSQL."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from places import KINDS, postgresql_server, wipe
from sqlalchemy import event

from catenary.exchange.store import Store, open_store

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """Give the address of a PostgreSQL that runs while tests do."""
    with postgresql_server() as address:
        yield address


@pytest.fixture(scope="module", params=KINDS)
def kept(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Store]:
    """Give a store that is emptied by whoever uses it."""
    place = (
        request.getfixturevalue("postgresql")
        if request.param == "postgresql"
        else tmp_path_factory.mktemp("store") / "events.db"
    )
    with open_store(place) as store:
        if request.param == "sqlite":  # what is lost with the machine does not matter here
            event.listen(store._database.engine, "connect", _hasty)
        wipe(store)
        yield store


def _hasty(connection: Any, _: Any) -> None:
    connection.execute("PRAGMA synchronous=OFF")


@pytest.fixture
def store(kept: Store) -> Store:
    """Give an empty store."""
    wipe(kept)
    return kept
