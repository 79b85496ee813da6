"""Where subscriptions may send to: never inside, whatever names and receivers say."""

from __future__ import annotations

import ipaddress
import socket
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING, Any, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catenary.exchange.server import addresses
from catenary.exchange.server.addresses import AddressError, is_public, resolved, target
from catenary.exchange.server.delivery import DeliveryError, deliver

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.part("9.7")

_INSIDE = [
    "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
    "192.168.0.0/16", "198.18.0.0/15", "224.0.0.0/4", "240.0.0.0/4", "::1/128", "fc00::/7",
    "fe80::/10", "ff00::/8", "fec0::/10",
]  # fmt: skip


def _within(network: str) -> st.SearchStrategy[Any]:
    return st.ip_addresses(network=network)


@given(st.sampled_from(_INSIDE).flatmap(_within))
def test_no_address_inside_is_reached_in_any_spelling(address: Any) -> None:
    assert not is_public(address)
    shown = f"[{address}]" if address.version == 6 else str(address)
    if address.version == 4:
        for inside in (f"::ffff:{address}", f"64:ff9b::{address}", f"::{address}"):
            assert not is_public(ipaddress.ip_address(inside))
    with pytest.raises(AddressError):
        resolved(target(f"http://{shown}/"))


@pytest.mark.parametrize(
    "address",
    ["http://localhost/", "http://127.1/", "http://2130706433/", "http://0x7f.0.0.1/",
     "http://[::ffff:7f00:1]/", "http://127.0.0.1:22/", "https://0/"],
)  # fmt: skip
def test_names_and_numbers_of_this_machine_are_refused(address: str) -> None:
    with pytest.raises(AddressError, match=r"private|no address"):
        resolved(target(address))


@pytest.mark.parametrize(
    "address",
    ["ftp://example.com/", "file:///etc/passwd", "http://", "http://user:word@example.com/",
     "http://example.com/\r\nX: y", "gopher://example.com", "//example.com", "http://a b/",
     "http://example.com:99999/", "http://exämple.com/"],
)  # fmt: skip
def test_what_is_no_web_address_is_refused(address: str) -> None:
    with pytest.raises(AddressError):
        target(address)


def test_one_private_address_among_several_refuses_the_name(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = [(2, 1, 6, "", (one, 80)) for one in ("8.8.8.8", "10.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    with pytest.raises(AddressError, match=r"10\.0\.0\.1"):
        resolved(target("http://example.com/"))


class _Receiver(BaseHTTPRequestHandler):
    answer: ClassVar[tuple[int, str]] = (200, "")
    asked: ClassVar[list[tuple[str, str]]] = []

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.asked.append((self.headers["Host"], body.decode()))
        status, moved = self.answer
        self.send_response(status)
        if moved:
            self.send_header("Location", moved)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def _receiving(answer: tuple[int, str] = (200, "")) -> Iterator[tuple[int, list[tuple[str, str]]]]:
    asked: list[tuple[str, str]] = []
    kind = type("_One", (_Receiver,), {"answer": answer, "asked": asked})
    with HTTPServer(("127.0.0.1", 0), kind) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield server.server_address[1], asked
        server.shutdown()
        thread.join()


def test_a_message_goes_to_the_address_that_was_checked_though_the_name_changes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The first look-up says 127.0.0.1, counted as public here; any later one would lead away."""
    looked: list[str] = []
    real = socket.getaddrinfo

    def look(host: str, port: int, *args: Any, **words: Any) -> Any:
        if host != "rebound.example":
            return real(host, port, *args, **words)
        looked.append(host)
        return real("127.0.0.1" if len(looked) == 1 else "127.0.0.9", port, *args, **words)

    monkeypatch.setattr(socket, "getaddrinfo", look)
    monkeypatch.setattr(addresses, "is_public", lambda one: str(one) == "127.0.0.1")
    with _receiving() as (port, asked):
        deliver(f"http://rebound.example:{port}/", b"{}", {}, seconds=5)
    assert looked == ["rebound.example"]
    assert asked == [(f"rebound.example:{port}", "{}")]


@pytest.mark.parametrize("status", [307, 308])
def test_a_receiver_cannot_lead_inside(monkeypatch: pytest.MonkeyPatch, status: int) -> None:
    monkeypatch.setattr(addresses, "is_public", lambda one: str(one) == "127.0.0.1")
    with _receiving() as (inside, missed), _receiving((status, f"http://127.0.0.2:{inside}/")) as (
        port, asked,
    ):  # fmt: skip
        with pytest.raises(DeliveryError, match="private"):
            deliver(f"http://127.0.0.1:{port}/", b"{}", {}, seconds=5)
        assert len(asked) == 1
        assert not missed


@pytest.mark.parametrize("status", [301, 302, 303])
def test_redirects_that_would_change_the_request_are_failures(status: int) -> None:
    with _receiving((status, "/elsewhere")) as (port, asked):
        with pytest.raises(DeliveryError, match=str(status)):
            deliver(f"http://127.0.0.1:{port}/", b"{}", {}, seconds=5, private=True)
        assert len(asked) == 1


def test_a_receiver_that_answers_byte_by_byte_is_cut_off() -> None:
    listener = socket.create_server(("127.0.0.1", 0))

    def drip() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.settimeout(5)
            try:
                for byte in b"HTTP/1.1 200 OK\r\nX: " + b"x" * 200:
                    connection.sendall(bytes([byte]))
                    stopped.wait(0.05)
            except OSError:
                return

    stopped = threading.Event()
    thread = threading.Thread(target=drip, daemon=True)
    thread.start()
    port = listener.getsockname()[1]
    with pytest.raises(DeliveryError):
        deliver(f"http://127.0.0.1:{port}/", b"{}", {}, seconds=0.5, private=True)
    stopped.set()
    thread.join(5)
    listener.close()
