"""The server on PostgreSQL: capture, pages and subscriptions as on SQLite."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from places import postgresql_server
from served import Server, event, serving, until
from test_safety import strange_addresses
from test_subscriptions import inbox

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with (
        postgresql_server() as place,
        serving(place, processes=2, allow_private_webhooks=True, batch=100) as made,
    ):
        yield made


@pytest.mark.system
@pytest.mark.part("9.4")
def test_capture_pages_and_streams_on_postgresql(server: Server) -> None:
    server.ask("POST", "/queries", {"name": "shipped", "query": {"EQ_bizStep": ["shipping"]}})
    with inbox() as receiver:
        body = {"dest": receiver.address, "stream": True}
        assert server.ask("POST", "/queries/shipped/subscriptions", body).status == 201
        assert server.capture(*(event(n) for n in range(400))).json["success"]
        rolled = server.capture(event(500), event(501, action="X")).json
        assert rolled["success"] is False
        seen: list[str] = []
        for number, page in enumerate(server.pages("/events", perPage=90)):
            seen += [one["eventID"] for one in page.events]
            assert server.capture(event(600 + number)).json["success"]
        assert len(seen) == len(set(seen)) == 400
        until(lambda: len(receiver.events()) >= 405, "everything is told")
        assert receiver.events() == [*map(str, range(400)), *(f"{600 + n}" for n in range(5))]
    epc = "urn:epc:id:sgtin:4012345.011111.7"
    assert len(server.get("/events", MATCH_anyEPC=epc).events) == 1
    assert len(list(server.pages("/epcs", perPage=100))) == 5


@pytest.mark.system
@pytest.mark.part("9.4")
def test_strange_addresses_are_no_fault_on_postgresql(server: Server) -> None:
    for path in strange_addresses():
        got = server.get(path)
        assert got.status in {200, 400, 404}, (path[:60], got.status, got.body)
    assert server.get("/events").status == 200
