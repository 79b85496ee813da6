"""The server as an ASGI application: what every request passes before an operation sees it.

References
----------
ASGI 3.0; GS1, EPCIS Standard 2.0, section 12.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any, Final, TypeAlias
from urllib.parse import unquote_to_bytes

from catenary.exchange.server.access import Client, check_origin, client_of
from catenary.exchange.server.answers import Answer, Call
from catenary.exchange.server.incoming import GoneError, body_of
from catenary.exchange.server.negotiation import VERSIONS, accepted, check_versions, content_format
from catenary.exchange.server.operations import Operation, found
from catenary.exchange.server.problems import ProblemError, encoded, problem_of, problem_xml
from catenary.exchange.server.sockets import stream

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, MutableMapping

    from catenary.exchange.server.service import Service

    Receive: TypeAlias = Callable[[], Awaitable[MutableMapping[str, Any]]]
    Send: TypeAlias = Callable[[MutableMapping[str, Any]], Awaitable[None]]
    Scope: TypeAlias = MutableMapping[str, Any]

__all__ = ["Application"]

_LOG: Final = logging.getLogger("catenary.exchange")
_NO_BODY: Final = frozenset({204, 304})


def _headers(scope: Scope) -> dict[str, str]:
    """Return headers by name; those that stand several times are one list."""
    made: dict[str, str] = {}
    for raw, value in scope["headers"]:
        name, said = raw.decode("latin-1").casefold(), value.decode("latin-1")
        made[name] = f"{made[name]}, {said}" if name in made else said
    return made


def _address(scope: Scope, most: int) -> tuple[tuple[str, ...], str]:
    """Return the parts of the path, decoded, and the query string."""
    raw: bytes = scope.get("raw_path") or scope["path"].encode()
    query: bytes = scope.get("query_string", b"")
    if len(raw) + len(query) > most:
        raise ProblemError(
            "URITooLongException",
            f"the address has {len(raw) + len(query):,} bytes; {most:,} are read",
            hint="make a named query (POST /queries) of what is longer",
        )
    try:
        path = raw.partition(b"?")[0].decode("ascii").removeprefix("/")
        parts = path.split("/") if path else []
        segments = tuple(unquote_to_bytes(one).decode() for one in parts)
    except UnicodeDecodeError as error:
        raise ProblemError("ValidationException", "the path is not UTF-8") from error
    if any("\0" in one for one in segments):  # which no store can look up
        raise ProblemError("NoSuchResourceException", "the path has a NUL in it")
    return segments, query.decode("latin-1")


def _handled(operation: Operation, call: Call) -> Answer:
    """Answer in a thread; the body is closed when nobody reads it any more."""
    try:
        return operation.handler(call)
    finally:
        if call.body is not None:
            call.body.close()


class Application:
    """Answers requests with the operations of a service.

    Parameters
    ----------
    service
        The store and the settings.
    """

    def __init__(self, service: Service) -> None:
        self.service = service
        self.waiting = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or the life of the server."""
        if scope["type"] == "lifespan":
            await self._life(receive, send)
        elif scope["type"] == "websocket":
            await self._websocket(scope, receive, send)
        else:
            await self._http(scope, receive, send)

    async def _life(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                try:
                    self.service.start(asyncio.get_running_loop())
                except Exception as error:  # noqa: BLE001  whatever it is, the server is told
                    _LOG.exception("the server cannot start")
                    await send({"type": "lifespan.startup.failed", "message": str(error)})
                    return
                await send({"type": "lifespan.startup.complete"})
            else:
                await asyncio.to_thread(self.service.stop)
                await send({"type": "lifespan.shutdown.complete"})
                return

    # --- one request ------------------------------------------------------------------------------

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = _headers(scope)
        try:
            answer = await self._answer(scope, headers, receive)
        except GoneError:
            return
        except Exception as error:  # noqa: BLE001  whatever happened, the client is told
            answer = self._refusal(error, headers)
        await self._send(answer, send, head=scope["method"] == "HEAD")

    def _refusal(self, error: Exception, headers: dict[str, str]) -> Answer:
        """Return an error as an answer; faults of the server are logged."""
        problem = problem_of(error)
        if problem.status >= 500 and not isinstance(error, ProblemError):
            _LOG.error("a request failed", exc_info=error)
        try:
            form = accepted(headers.get("accept"))
        except ProblemError:
            form = "json"
        body = problem.body()
        text = encoded(body) if form == "json" else problem_xml(body)
        return Answer(problem.status, text, f"application/problem+{form}", list(problem.headers))

    async def _send(self, answer: Answer, send: Send, *, head: bool) -> None:
        headers = [
            ("GS1-EPCIS-Version", VERSIONS["EPCIS"][0]),
            ("GS1-CBV-Version", VERSIONS["CBV"][0]),
            ("X-Content-Type-Options", "nosniff"),
            ("Cache-Control", "no-store"),
            *answer.headers,
        ]
        if answer.status not in _NO_BODY:
            headers.append(("Content-Length", str(len(answer.body))))
        if answer.media:
            headers.append(("Content-Type", answer.media))
        unique = {name.casefold(): (name, value) for name, value in headers}
        encoded_ = [
            (name.casefold().encode("latin-1"), value.encode("latin-1", "replace"))
            for name, value in unique.values()
        ]
        await send({"type": "http.response.start", "status": answer.status, "headers": encoded_})
        body = b"" if head or answer.status in _NO_BODY else answer.body
        await send({"type": "http.response.body", "body": body})

    async def _call(
        self, scope: Scope, headers: dict[str, str], method: str
    ) -> tuple[Call, Operation]:
        """Return the request as operations see it, once it has passed all that is asked of it."""
        service, settings = self.service, self.service.settings
        check_origin(headers, host=settings.host, needed=settings.needs_token)
        segments, query = _address(scope, settings.address)
        operation, values = found(method, segments)
        client = await self._client(scope, headers, operation)
        check_versions(headers)
        kind = "https" if scope.get("scheme") in {"https", "wss"} else "http"
        base = settings.url or f"{kind}://{headers.get('host', settings.host)}"
        return Call(service, method, segments, values, query, headers, client, base), operation

    async def _client(self, scope: Scope, headers: dict[str, str], operation: Operation) -> Client:
        """Return who asks, if it may ask this, and now."""
        service, needed = self.service, self.service.settings.needs_token
        came = (scope.get("client") or ("local",))[0]
        asked = "subscribe" if scope["type"] == "websocket" else operation.scope
        client = client_of(
            headers, await service.keys(), needed=needed and bool(asked), address=came
        )
        if asked:
            client.must(asked)
        if asked == "query" and (wait := service.rate.wait(client.name)):
            raise ProblemError(
                "SecurityException",
                f"more than {service.settings.queries_a_minute} queries a minute",
                status=429,
                headers=[("Retry-After", str(int(wait) + 1))],
            )
        return client

    async def _answer(self, scope: Scope, headers: dict[str, str], receive: Receive) -> Answer:
        method = "GET" if scope["method"] == "HEAD" else scope["method"]
        call, operation = await self._call(scope, headers, method)
        if operation.forms:
            accepted(headers.get("accept"), operation.forms)
        if operation.reads:
            content_format(headers, operation.reads)
            self._room()
            call.body = await body_of(headers, receive, self.service.settings)
        self._room()
        self.waiting += 1
        try:
            # shielded: a capture that has begun ends, whether or not anybody waits for it
            pool = self.service.writers if operation.writes else self.service.workers
            running = asyncio.get_running_loop().run_in_executor(pool, _handled, operation, call)
            return await asyncio.shield(running)
        finally:
            self.waiting -= 1

    def _room(self) -> None:
        """Refuse at once when too many wait."""
        if self.waiting >= self.service.settings.waiting:
            raise ProblemError(
                "ImplementationException",
                f"{self.waiting} requests wait already; try again",
                status=503,
                headers=[("Retry-After", "1")],
            )

    # --- websockets -------------------------------------------------------------------------------

    async def _websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = _headers(scope)
        try:
            await stream(await self._watched(scope, headers), receive, send)
        except Exception as error:  # noqa: BLE001  whatever happened, the client is told
            await self._deny(self._refusal(error, headers), scope, receive, send)

    async def _watched(self, scope: Scope, headers: dict[str, str]) -> Call:
        """Return the request for a websocket, once it has passed all that is asked of it."""
        call, operation = await self._call(scope, headers, "GET")
        if operation.name != "getQueryEvents":
            raise ProblemError(
                "NoSuchResourceException",
                "websockets are at /queries/{queryName}/events?stream=true",
            )
        return call

    async def _deny(self, answer: Answer, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse a websocket, with the reason where the server can say it."""
        await receive()
        if "websocket.http.response" not in scope.get("extensions", {}):
            await send({"type": "websocket.close", "code": 1008})
            return
        headers = [(b"content-type", answer.media.encode())]
        headers += [(n.casefold().encode(), v.encode("latin-1")) for n, v in answer.headers]
        kind = "websocket.http.response"
        await send({"type": f"{kind}.start", "status": answer.status, "headers": headers})
        await send({"type": f"{kind}.body", "body": answer.body})
