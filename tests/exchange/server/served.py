"""A server on a loopback port in a thread, and a client that says what it got."""

from __future__ import annotations

import http.client
import json
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from catenary.exchange.server.serving import Running
from catenary.exchange.server.settings import Settings
from catenary.exchange.store import open_store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

CONTEXT = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"


@dataclass
class Got:
    """An answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)

    @property
    def events(self) -> list[dict[str, Any]]:
        """The events of a query document."""
        found: list[dict[str, Any]] = self.json["epcisBody"]["queryResults"]["resultsBody"][
            "eventList"
        ]
        return found


class Server:
    """A server that runs, and requests to it."""

    def __init__(self, port: int) -> None:
        self.port = port

    def reachable(self) -> bool:
        """Whether it answers."""
        try:
            return self.get("/").status > 0
        except OSError:
            return False

    def ask(
        self,
        method: str,
        path: str,
        body: bytes | dict[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        **query: Any,
    ) -> Got:
        """Send one request."""
        sent = dict(headers or {})
        if isinstance(body, dict):
            body = json.dumps(body).encode()
        if body is not None:
            sent.setdefault("Content-Type", "application/json")
        if query:
            path += "?" + urlencode(query, doseq=True)
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request(method, path, body, sent)
            answer = connection.getresponse()
            got = Got(answer.status, dict(answer.getheaders()), answer.read())
        finally:
            connection.close()
        names = {name.title().replace("Gs1", "GS1"): value for name, value in got.headers.items()}
        got.headers = {**got.headers, **names}
        return got

    def get(self, path: str, headers: Mapping[str, str] | None = None, **query: Any) -> Got:
        """Ask for something."""
        return self.ask("GET", path, None, headers, **query)

    def capture(self, *events: dict[str, Any], **headers: str) -> Got:
        """Capture events; return the capture job."""
        said = {name.replace("_", "-"): value for name, value in headers.items()}
        got = self.ask("POST", "/capture", document(*events), said)
        assert got.status == 202, got.body
        return self.get(urlsplit(got.headers["location"]).path)

    def pages(
        self, path: str, headers: Mapping[str, str] | None = None, **query: Any
    ) -> Iterator[Got]:
        """Ask page by page, as Link says."""
        got = self.get(path, headers, **query)
        yield got
        while "link" in got.headers:
            address = urlsplit(got.headers["link"].partition(">")[0][1:])
            got = self.get(f"{address.path}?{address.query}", headers)
            yield got


@contextmanager
def serving(place: str | Path, **settings: Any) -> Iterator[Server]:
    """Serve a store for the time of a `with`."""
    chosen = replace(Settings(port=0, poll_seconds=0.2, stop_seconds=3), **settings)
    running = Running(open_store(place), chosen, place=str(place))
    thread = threading.Thread(target=running.run, daemon=True)
    thread.start()
    until(lambda: running.server.started, "the server starts")
    try:
        yield Server(running.port)
    finally:
        running.stop()
        thread.join(20)
        assert not thread.is_alive(), "the server did not end"


def until(true: Callable[[], Any], what: str, seconds: float = 15.0) -> Any:
    """Wait until something is so."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := true():
            return found
        time.sleep(0.01)
    raise AssertionError(f"not within {seconds} s: {what}")


def event(number: int = 1, **members: Any) -> dict[str, Any]:
    """Return an event of its own."""
    made = {
        "type": "ObjectEvent",
        "eventTime": (datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=number)).isoformat(),
        "eventTimeZoneOffset": "+00:00",
        "epcList": [f"urn:epc:id:sgtin:4012345.011111.{number}"],
        "action": "OBSERVE",
        "bizStep": "shipping",
        "readPoint": {"id": "urn:epc:id:sgln:4012345.00005.0"},
    }
    return {**made, **members}


def document(*events: dict[str, Any], context: Any = CONTEXT) -> dict[str, Any]:
    """Return a document of events."""
    return {
        "@context": context,
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": "2026-01-01T00:00:00Z",
        "epcisBody": {"eventList": list(events)},
    }
