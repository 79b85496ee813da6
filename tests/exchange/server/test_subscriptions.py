"""Subscriptions: webhooks with retry and signature, websockets, streams and schedules."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest
from served import Server, event, serving, until
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.part("9.4")

SECRET = "13df38d8275b13f05704629e5f1cf3d45d6132d5"  # noqa: S105  as the standard shows it


class _Inbox(ThreadingHTTPServer):
    """Receives messages, and answers with the statuses that it is given, then with 200."""

    daemon_threads = True

    def __init__(self, *statuses: int) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.statuses = list(statuses)
        self.got: list[tuple[dict[str, str], bytes, int]] = []

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/inbox"

    def events(self) -> list[str]:
        """Return the EPCs of what was received and taken, in the order of its coming."""
        return [
            one["epcList"][0].rpartition("/")[2]
            for _, body, status in self.got
            if status == 200
            for one in json.loads(body)["epcisBody"]["queryResults"]["resultsBody"]["eventList"]
        ]


class _Handler(BaseHTTPRequestHandler):
    server: _Inbox

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        status = self.server.statuses.pop(0) if self.server.statuses else 200
        headers = {name.casefold(): value for name, value in self.headers.items()}
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()
        self.server.got.append((headers, body, status))

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def inbox(*statuses: int) -> Iterator[_Inbox]:
    with _Inbox(*statuses) as made:
        thread = threading.Thread(target=made.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield made
        made.shutdown()
        thread.join(5)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with serving(
        tmp_path / "events.db", allow_private_webhooks=True, first_retry_seconds=0.05, batch=3
    ) as made:
        made.ask("POST", "/queries", {"name": "shipped", "query": {"EQ_bizStep": ["shipping"]}})
        yield made


@pytest.fixture(scope="module")
def still(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Return a server that only refuses."""
    place = tmp_path_factory.mktemp("store") / "events.db"
    with serving(place, allow_private_webhooks=True) as made:
        made.ask("POST", "/queries", {"name": "shipped", "query": {"EQ_bizStep": ["shipping"]}})
        yield made


def subscribed(server: Server, dest: str, **members: Any) -> dict[str, Any]:
    got = server.ask("POST", "/queries/shipped/subscriptions", {"dest": dest, **members})
    assert got.status == 201, got.body
    made: dict[str, Any] = got.json
    assert SECRET not in got.body.decode()
    return made


def test_a_stream_tells_each_event_that_fits_once_signed_and_in_order(server: Server) -> None:
    server.capture(event(0))
    with inbox() as receiver:
        made = subscribed(server, receiver.address, stream=True, signatureToken=SECRET)
        server.capture(*(event(n) for n in range(1, 9)), event(50, bizStep="packing"))
        server.capture(event(3), event(9))
        until(lambda: len(receiver.events()) >= 9, "nine events arrive")
        assert receiver.events() == [str(n) for n in range(1, 10)]
        for headers, body, _ in receiver.got:
            said = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
            assert headers["gs1-signature"] == f"sha256={said}"
            results = json.loads(body)["epcisBody"]["queryResults"]
            assert results["queryName"] == "shipped"
            assert results["subscriptionID"] == made["subscriptionID"]
            assert len(results["resultsBody"]["eventList"]) <= 3
        path = f"/queries/shipped/subscriptions/{made['subscriptionID']}"
        told = until(
            lambda: server.get(path).json.get("lastNotifiedAt"), "it is kept that it was told"
        )
        assert told >= made["createdAt"]
        assert server.ask("DELETE", path).status == 204
        assert server.get(path).status == 404
        server.capture(event(10))
        time.sleep(0.3)
        assert "10" not in receiver.events()


def test_events_captured_while_others_are_told_come_once(server: Server) -> None:
    """What looks who is due may have read a subscription before it was told; 40 small documents."""
    with inbox() as receiver:
        for _ in range(3):
            subscribed(server, receiver.address, stream=True)
        for number in range(1, 41):
            server.capture(event(number))
        until(lambda: len(receiver.events()) >= 120, "all events arrive at all")
        time.sleep(0.2)
        assert sorted(receiver.events()) == sorted(str(n) for n in range(1, 41) for _ in range(3))


def test_a_receiver_that_fails_is_told_again_and_nothing_is_lost(server: Server) -> None:
    with inbox(500, 503, 200, 400) as receiver:
        subscribed(server, receiver.address, stream=True)
        server.capture(*(event(n) for n in range(1, 8)))
        until(lambda: len(receiver.events()) >= 7, "seven events arrive")
        assert receiver.events() == [str(n) for n in range(1, 8)]
        assert [status for _, _, status in receiver.got][:4] == [500, 503, 200, 400]


def test_a_receiver_that_wants_less_at_once_gets_less(server: Server) -> None:
    with inbox(413) as receiver:
        subscribed(server, receiver.address, stream=True)
        server.capture(*(event(n) for n in range(1, 5)))
        until(lambda: len(receiver.events()) >= 4, "four events arrive")
        assert receiver.events() == ["1", "2", "3", "4"]
        sizes = [body.count(b'"type":"ObjectEvent"') for _, body, _ in receiver.got]
        assert sizes == [3, 1, 1, 1, 1]


def test_a_subscription_outlives_the_server(tmp_path: Path) -> None:
    with inbox() as receiver:
        with serving(tmp_path / "e.db", allow_private_webhooks=True) as server:
            server.ask(
                "POST", "/queries", {"name": "shipped", "query": {"EQ_bizStep": ["shipping"]}}
            )
            subscribed(server, receiver.address, stream=True)
            server.capture(event(1))
            until(lambda: receiver.events() == ["1"], "the first event arrives")
        with serving(tmp_path / "e.db", allow_private_webhooks=True) as server:
            server.capture(event(2))
            until(lambda: receiver.events() == ["1", "2"], "the second arrives after a restart")


def test_a_schedule_tells_what_came_since_and_says_when_nothing_did(server: Server) -> None:
    """Every second: first what was captured, then, since that is asked for, that nothing was."""
    with inbox() as receiver, inbox() as silent:
        every = {"second": "[0-59]"}
        subscribed(server, receiver.address, schedule=every, reportIfEmpty=True)
        subscribed(server, silent.address, schedule=every)
        server.capture(event(1), event(2))
        until(lambda: receiver.events() == ["1", "2"], "the schedule comes")
        until(
            lambda: receiver.got and receiver.got[-1][1].count(b"ObjectEvent") == 0, "it is empty"
        )
        assert receiver.events() == ["1", "2"]
        assert silent.events() == ["1", "2"]
        assert len(silent.got) == 1


def test_a_subscription_may_begin_with_what_was_captured_before(server: Server) -> None:
    server.capture(event(1), event(2))
    with inbox() as receiver:
        subscribed(server, receiver.address, stream=True, initialRecordTime="2026-01-01T00:00:00Z")
        until(lambda: receiver.events() == ["1", "2"], "what was there arrives")
        subscribed(server, receiver.address, stream=True, initialRecordTime="2999-01-01T00:00:00Z")
        server.capture(event(3))
        until(lambda: "3" in receiver.events(), "what comes later arrives")
        time.sleep(0.2)
        assert receiver.events() == ["1", "2", "3"]


def test_a_query_that_finds_too_much_tells_the_problem(server: Server) -> None:
    server.ask("POST", "/queries", {"name": "few", "query": {"maxEventCount": 1}})
    with inbox() as receiver:
        body = {"dest": receiver.address, "stream": True}
        assert server.ask("POST", "/queries/few/subscriptions", body).status == 201
        server.capture(event(1), event(2))
        until(lambda: receiver.got, "the problem arrives")
        headers, told, _ = receiver.got[0]
        assert headers["content-type"] == "application/problem+json"
        assert json.loads(told)["type"] == "epcisException:QueryTooLargeException"


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ({}, "SubscriptionControlsException"),
        ({"stream": False}, "SubscriptionControlsException"),
        ({"stream": True, "schedule": {"hour": "1"}}, "SubscriptionControlsException"),
        ({"schedule": {"hour": "25"}}, "SubscriptionControlsException"),
        ({"schedule": {}}, "SubscriptionControlsException"),
        ({"stream": True, "initialRecordTime": "soon"}, "SubscriptionControlsException"),
        ({"stream": True, "dest": "ftp://example.com"}, "InvalidURIException"),
        ({"stream": True, "dest": 7}, "InvalidURIException"),
        ({"stream": True, "signatureToken": ""}, "ValidationException"),
        ({"stream": True, "secret": "x"}, "ValidationException"),
    ],
)
def test_a_subscription_that_says_neither_when_nor_where_is_refused(
    still: Server, body: dict[str, Any], kind: str
) -> None:
    got = still.ask(
        "POST", "/queries/shipped/subscriptions", {"dest": "http://127.0.0.1:9/", **body}
    )
    assert got.status == 400
    assert got.json["type"] == f"epcisException:{kind}"
    assert still.get("/queries/shipped/subscriptions").json == []


@contextmanager
def watching(server: Server, **said: str) -> Iterator[Any]:
    asked = "&".join(f"{name}={value}" for name, value in said.items())
    address = f"ws://127.0.0.1:{server.port}/queries/shipped/events?{asked}"
    with connect(address, open_timeout=10, close_timeout=2) as made:
        yield made


def _told(socket: Any) -> list[str]:
    body = json.loads(socket.recv(timeout=10))
    found = body["epcisBody"]["queryResults"]["resultsBody"]["eventList"]
    return [one["epcList"][0].rpartition("/")[2] for one in found]


def test_a_websocket_tells_each_event_that_fits(server: Server) -> None:
    server.capture(event(0))
    with watching(server, stream="true") as first, watching(server, stream="true") as second:
        assert "gs1-query-min-record-time" in first.response.headers
        server.capture(*(event(n) for n in range(1, 6)), event(50, bizStep="packing"))
        for socket in (first, second):
            assert _told(socket) == ["1", "2", "3"]
            assert _told(socket) == ["4", "5"]
        server.capture(event(6))
        assert _told(first) == ["6"]
        assert server.ask("DELETE", "/queries/shipped").status == 204
        with pytest.raises(ConnectionClosed, match="removed"):
            _told(first)


def test_a_websocket_keeps_a_schedule(server: Server) -> None:
    with watching(server, second="[0-59]", reportIfEmpty="true") as socket:
        server.capture(event(1))
        told = [_told(socket) for _ in range(3)]
        assert [one for one in told if one] == [["1"]]
        assert [] in told


def test_a_websocket_may_begin_with_what_was_captured_before(server: Server) -> None:
    server.capture(event(1))
    with watching(server, stream="true", initialRecordTime="2026-01-01T00:00:00Z") as socket:
        assert _told(socket) == ["1"]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/queries/shipped/events", 400),
        ("/queries/shipped/events?stream=true&second=1", 400),
        ("/queries/shipped/events?stream=true&EQ_bizStep=packing", 400),
        ("/queries/none/events?stream=true", 404),
        ("/events?stream=true", 404),
    ],
)
def test_a_websocket_that_is_wrong_is_refused_with_the_reason(
    still: Server, path: str, status: int
) -> None:
    with pytest.raises(InvalidStatus) as refused, connect(f"ws://127.0.0.1:{still.port}{path}"):
        pass
    assert refused.value.response.status_code == status
    assert b"epcisException:" in (refused.value.response.body or b"")


def test_a_page_of_another_site_cannot_open_a_websocket(still: Server) -> None:
    address = f"ws://127.0.0.1:{still.port}/queries/shipped/events?stream=true"
    with (
        pytest.raises(InvalidStatus) as refused,
        connect(address, additional_headers={"Origin": "https://elsewhere.example"}),
    ):
        pass
    assert refused.value.response.status_code == 403
