"""What an operation is given and what it gives back, apart from any web framework."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl, quote, unquote_plus

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping

    from catenary.exchange.server.access import Client
    from catenary.exchange.server.service import Service

__all__ = ["Answer", "Call", "json_answer"]

_WORDS: Final = frozenset({"eventType", "EQ_action", "EQ_bizStep", "EQ_disposition"})


@dataclass(slots=True)
class Answer:
    """A status, headers and a body."""

    status: int
    body: bytes = b""
    media: str = ""
    headers: list[tuple[str, str]] = field(default_factory=list)


@dataclass(slots=True)
class Call:
    """A request as an operation sees it.

    Parameters
    ----------
    service
        What all requests share: the store, the settings, the named queries.
    method
        As in `GET`.
    segments
        The parts of the path, each decoded.
    path
        Values of the path by the name that the operation gives them.
    query
        The query string, undecoded.
    headers
        By name in small letters.
    client
        Who asks.
    base
        The address of the server as the client knows it, as in `http://localhost:8080`.
    body
        What was sent.
    """

    service: Service
    method: str
    segments: tuple[str, ...]
    path: Mapping[str, str]
    query: str
    headers: Mapping[str, str]
    client: Client
    base: str
    body: IO[bytes] | None = None

    @property
    def address(self) -> str:
        """The path as it was sent."""
        return "/" + "/".join(quote(one, safe="") for one in self.segments)

    def pairs(self) -> list[tuple[str, str]]:
        """Return the parameters of the query string, in order; a name may stand several times."""
        return parse_qsl(self.query, keep_blank_values=True)

    def lists(self) -> dict[str, list[str]]:
        """Return the parameters of the query string as lists.

        A name may stand several times, and a comma parts values. One that is percent-encoded
        belongs to its value, except among words of the vocabulary, which have none.
        """
        made: dict[str, list[str]] = {}
        for part in self.query.split("&"):
            name, _, value = part.partition("=")
            key = unquote_plus(name)
            if not key:
                continue
            values = [unquote_plus(one) for one in value.split(",")]
            if key in _WORDS:
                values = [one for several in values for one in several.split(",")]
            made.setdefault(key, []).extend(values)
        return made


def json_answer(body: Any, *, status: int = 200, media: str = "application/json") -> Answer:
    """Return an answer of JSON."""
    return Answer(status, msgspec.json.encode(body), media)
