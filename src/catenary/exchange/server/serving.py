"""The server itself: listens, answers, and ends without losing what it has acknowledged."""

from __future__ import annotations

import contextlib
import socket
import ssl
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from catenary.errors import OptionError, SourceError
from catenary.exchange.server.application import Application
from catenary.exchange.server.service import Service, keys_of
from catenary.exchange.server.settings import Settings, is_loopback

if TYPE_CHECKING:
    import asyncio

    from catenary.exchange.store import Store

__all__ = ["Running", "check_public", "listening"]

_BACKLOG: Final = 512
_MOST_CONNECTIONS: Final = 1_000
_SOCKET_MESSAGE: Final = 4_096


class _Protocol(HttpToolsProtocol):
    """HTTP, with a limit to how long the headers of a request may take."""

    _header_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for headers."""
        super().connection_made(transport)
        self._wait_for_headers()

    def on_message_begin(self) -> None:
        """Wait for the headers of the next request."""
        super().on_message_begin()
        if self._header_timer is None:
            self._wait_for_headers()

    def on_headers_complete(self) -> None:
        """Stop waiting."""
        self._stop_waiting()
        super().on_headers_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting."""
        self._stop_waiting()
        super().connection_lost(exc)

    def _wait_for_headers(self) -> None:
        seconds = float(getattr(self.config, "header_seconds", 15.0))
        self._header_timer = self.loop.call_later(seconds, self._give_up)

    def _stop_waiting(self) -> None:
        if self._header_timer is not None:
            self._header_timer.cancel()
            self._header_timer = None

    def _give_up(self) -> None:
        self._header_timer = None
        if not self.transport.is_closing():
            self.transport.close()


def check_public(settings: Settings, store: Store) -> None:
    """Refuse to be reached by others without access tokens.

    Raises
    ------
    OptionError
        If the server listens to more than this machine, and tokens are not asked for or none is
        there.
    """
    named = urlsplit(settings.url).hostname if settings.url else settings.host
    if settings.url and (settings.url[:4] != "http" or not named):
        raise OptionError(
            f"url is {settings.url[:80]!r}", hint="write it as in https://events.example.com"
        )
    if not settings.needs_token and is_loopback(settings.host) and is_loopback(named or ""):
        return
    if not settings.needs_token:
        raise OptionError(
            f"{named} can be reached by other machines",
            hint="add --public, which asks everybody for an access token; or listen on 127.0.0.1",
        )
    if not keys_of(store):
        raise OptionError(
            "there is no access token, so that nobody could use a public server",
            hint="make one: catenary exchange token add NAME --scopes capture,query,subscribe",
        )


def listening(settings: Settings) -> socket.socket:
    """Return a socket that listens where the settings say.

    Raises
    ------
    SourceError
        If the address or port is taken or not of this machine.
    """
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    # said, since asyncio sends at once only where the protocol is
    made = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        made.bind((settings.host.strip("[]"), settings.port))
        made.listen(_BACKLOG)
    except OSError as error:
        made.close()
        raise SourceError(
            f"cannot listen on {settings.host} port {settings.port}: {error.strerror or error}",
            hint="choose another --port, or end the program that uses this one",
        ) from error
    return made


def _check_certificate(certificate: str, key: str) -> None:
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key or None)
    except (OSError, ssl.SSLError) as error:
        raise OptionError(
            f"the certificate {certificate!r} with the key {key!r} cannot be used: {error}",
            hint="give --certificate and --key, files in PEM that belong together",
        ) from error


class Running:
    """A server on a socket.

    Parameters
    ----------
    store
        Where events are kept; it is closed when the server ends.
    settings
        What is allowed.
    place
        Where the store lies, for processes that capture.
    certificate, key
        Files for TLS; none = plain HTTP.
    """

    def __init__(
        self,
        store: Store,
        settings: Settings,
        *,
        place: str = "",
        certificate: str = "",
        key: str = "",
    ) -> None:
        check_public(settings, store)
        if certificate:
            _check_certificate(certificate, key)
        self.service = Service(store, settings, place)
        self.socket = listening(settings)
        self.port = int(self.socket.getsockname()[1])
        shown = f"[{settings.host}]" if ":" in settings.host else settings.host
        self.address = f"{'https' if certificate else 'http'}://{shown}:{self.port}"
        options: dict[str, Any] = {}
        if certificate:
            options = {"ssl_certfile": certificate, "ssl_keyfile": key or None}
        config = uvicorn.Config(
            Application(self.service),
            http=_Protocol,
            ws="websockets-sansio",
            loop="asyncio",
            lifespan="on",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            limit_concurrency=_MOST_CONNECTIONS,
            timeout_keep_alive=max(1, int(settings.stall_seconds)),
            timeout_graceful_shutdown=max(1, int(settings.stop_seconds)),
            ws_max_size=_SOCKET_MESSAGE,
            **options,
        )
        config.header_seconds = settings.stall_seconds  # type: ignore[attr-defined]
        self.server = uvicorn.Server(config)

    def run(self) -> None:
        """Answer until told to stop; then finish what has begun."""
        with contextlib.closing(self.socket):
            self.server.run([self.socket])

    def stop(self) -> None:
        """Tell it to stop, from any thread."""
        self.server.should_exit = True
