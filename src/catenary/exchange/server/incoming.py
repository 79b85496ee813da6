"""The body of a request: on disk if it is long, refused if it is too long or comes too slowly."""

from __future__ import annotations

import asyncio
import time
from tempfile import SpooledTemporaryFile
from typing import IO, TYPE_CHECKING, Any, Final, TypeAlias

from catenary.exchange.server.problems import ProblemError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, MutableMapping

    from catenary.exchange.server.settings import Settings

    Receive: TypeAlias = Callable[[], Awaitable[MutableMapping[str, Any]]]

__all__ = ["GoneError", "body_of"]

_MEMORY: Final = 1 << 20


class GoneError(Exception):
    """The client went away before its request was whole."""


async def body_of(headers: Mapping[str, str], receive: Receive, settings: Settings) -> IO[bytes]:
    """Return what was sent.

    Parameters
    ----------
    headers
        Of the request.
    receive
        Gives the next piece.
    settings
        How much is taken, and how slowly it may come.

    Raises
    ------
    ProblemError
        If it is too long (413) or comes too slowly (408).
    GoneError
        If the client went away.
    """
    length = headers.get("content-length", "")
    if length.isdigit() and int(length[:20]) > settings.body:
        raise _too_large(length[:20], settings)
    body: IO[bytes] = SpooledTemporaryFile(max_size=_MEMORY)  # noqa: SIM115  the caller closes it
    try:
        await _fill(body, receive, settings)
    except BaseException:
        body.close()
        raise
    body.seek(0)
    return body


async def _fill(body: IO[bytes], receive: Receive, settings: Settings) -> None:
    start, size = time.monotonic(), 0
    while True:
        message = await _piece(receive, settings.stall_seconds)
        piece = message.get("body", b"")
        size += len(piece)
        if size > settings.body:
            raise _too_large(f"more than {settings.body:,}", settings)
        body.write(piece)
        if not message.get("more_body"):
            return
        spent = time.monotonic() - start - settings.stall_seconds
        if spent > 0 and size / spent < settings.body_rate:
            raise _too_slow()


async def _piece(receive: Receive, seconds: float) -> MutableMapping[str, Any]:
    try:
        async with asyncio.timeout(seconds):
            message = await receive()
    except TimeoutError as error:
        raise _too_slow() from error
    if message["type"] == "http.disconnect":
        raise GoneError
    return message


def _too_large(said: str, settings: Settings) -> ProblemError:
    return ProblemError(
        "CaptureLimitExceededException",
        f"the body has {said} bytes; {settings.body:,} are taken at once",
        hint="send it in parts",
        headers=[
            ("GS1-EPCIS-Capture-Limit", str(settings.events)),
            ("GS1-EPCIS-Capture-File-Size-Limit", str(settings.body)),
            ("Connection", "close"),
        ],
    )


def _too_slow() -> ProblemError:
    return ProblemError(
        "ValidationException",
        "the body came too slowly",
        hint="send it again",
        status=408,
        headers=[("Connection", "close")],
    )
