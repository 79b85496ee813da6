"""Websockets: the events of a named query as they come, or by a schedule."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from catenary.errors import UnknownLabelError
from catenary.exchange.server.bodies import microseconds_of, truth
from catenary.exchange.server.documents import query_document
from catenary.exchange.server.named import named
from catenary.exchange.server.negotiation import epc_format
from catenary.exchange.server.problems import ProblemError
from catenary.exchange.server.schedule import FIELDS, Schedule
from catenary.exchange.server.standing import Standing
from catenary.exchange.server.subscribing import when
from catenary.exchange.server.times import moment, moment_text

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from catenary.exchange.server.answers import Call
    from catenary.exchange.store import Stored

__all__ = ["stream"]

_KNOWN: Final = {*FIELDS, "stream", "reportIfEmpty", "initialRecordTime"}
_SEND_SECONDS: Final = 30.0
_REMOVED: Final = 1000


@dataclass(slots=True)
class _Watch:
    """What a websocket waits for."""

    call: Call
    standing: Standing
    schedule: Schedule | None
    report_if_empty: bool
    epc: str
    last: int
    executed: int


def _watch(call: Call) -> tuple[_Watch, str]:
    """Return what a request for a websocket asks, and the least record time."""
    query = named(call)
    said: dict[str, Any] = {}
    for name, value in call.pairs():
        if name not in _KNOWN:
            raise ProblemError(
                "SubscriptionControlsException",
                f"{name[:80]!r} is not known here; known are {', '.join(sorted(_KNOWN))}",
            )
        said[name] = value
    fields = {name: said[name] for name in FIELDS if name in said}
    told = {"stream": said["stream"]} if "stream" in said else {}
    schedule = when({**told, "schedule": fields} if fields else told)
    initial = microseconds_of("initialRecordTime", said)
    now = time.time_ns() // 1000
    standing = Standing.of(call.service.store, query, initial)
    watch = _Watch(
        call,
        standing,
        None if schedule is None else Schedule.of(schedule),
        truth("reportIfEmpty", said.get("reportIfEmpty", False)),
        epc_format(call.headers),
        call.service.store.last_number() if initial is None else 0,
        now,
    )
    return watch, moment_text(now if initial is None else initial)


async def stream(
    call: Call, receive: Callable[[], Awaitable[Any]], send: Callable[[Any], Awaitable[None]]
) -> None:
    """Send the events of a named query until the client goes away.

    Raises
    ------
    ProblemError
        If the request is wrong, before the websocket is opened.
    """
    service = call.service
    if len(service.hub) >= service.settings.sockets:
        raise ProblemError(
            "ImplementationException",
            f"{service.settings.sockets} websockets are open already",
            status=503,
        )
    woken = asyncio.Event()
    ticket = service.hub.add(woken)
    try:
        watch, least = await asyncio.to_thread(_watch, call)
        await receive()
        mark = (b"gs1-query-min-record-time", least.encode())
        await send({"type": "websocket.accept", "headers": [mark]})
        gone = asyncio.create_task(_until_gone(receive))
        telling = asyncio.create_task(_tell(watch, woken, send))
        try:
            await asyncio.wait({gone, telling}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (gone, telling):
                task.cancel()
            results = await asyncio.gather(gone, telling, return_exceptions=True)
        await _closed(results[1], send)
    finally:
        service.hub.remove(ticket)


async def _closed(result: object, send: Callable[[Any], Awaitable[None]]) -> None:
    """Close the websocket, unless the client went first."""
    if isinstance(result, asyncio.CancelledError):
        return
    code, reason = 1011, "the server failed"
    if isinstance(result, UnknownLabelError):
        code, reason = _REMOVED, "the query was removed"
    elif isinstance(result, TimeoutError):
        code, reason = 1008, "the client reads too slowly"
    elif isinstance(result, ProblemError):
        code, reason = 1008, result.detail[:100]
    try:
        await send({"type": "websocket.close", "code": code, "reason": reason})
    except (RuntimeError, OSError):  # gone meanwhile
        return


async def _until_gone(receive: Callable[[], Awaitable[Any]]) -> None:
    while (await receive())["type"] != "websocket.disconnect":
        pass  # whatever the client says is not listened to


async def _tell(
    watch: _Watch, woken: asyncio.Event, send: Callable[[Any], Awaitable[None]]
) -> None:
    """Send what comes, as it comes or at the times of the schedule."""
    service = watch.call.service
    while True:
        if watch.schedule is not None:
            await _until(watch.schedule.after(moment(watch.executed)).timestamp(), watch, woken)
        woken.clear()
        watch.executed = time.time_ns() // 1000
        await asyncio.to_thread(service.store.named_query, watch.standing.name)
        upto = await asyncio.to_thread(service.store.last_number)
        await _send_all(watch, upto, send)
        if watch.schedule is None:
            await _wait(woken, service.settings.poll_seconds)


async def _until(due: float, watch: _Watch, woken: asyncio.Event) -> None:
    """Wait for a moment; look meanwhile whether the query is still there."""
    while (left := due - time.time()) > 0:
        woken.clear()
        await _wait(woken, min(left, watch.call.service.settings.poll_seconds))
        if due - time.time() > 0:
            store = watch.call.service.store
            await asyncio.to_thread(store.named_query, watch.standing.name)


async def _wait(woken: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await woken.wait()
    except TimeoutError:
        return


async def _send_all(watch: _Watch, upto: int, send: Callable[[Any], Awaitable[None]]) -> None:
    service = watch.call.service
    batches = watch.standing.since(service.store, watch.last, upto, service.settings.batch)
    sent = False
    while events := await asyncio.to_thread(next, batches, None):
        await _send(watch, events, send)
        sent = True
    watch.last = max(upto, watch.last)
    if not sent and watch.report_if_empty and watch.schedule is not None:
        await _send(watch, [], send)


async def _send(
    watch: _Watch, events: list[Stored], send: Callable[[Any], Awaitable[None]]
) -> None:
    body = await asyncio.to_thread(
        query_document,
        events,
        epc=watch.epc,
        spelling=watch.call.service.spelling,
        query=watch.standing.name,
    )
    async with asyncio.timeout(_SEND_SECONDS):
        await send({"type": "websocket.send", "text": body.decode()})
