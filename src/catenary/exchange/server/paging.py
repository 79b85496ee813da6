"""Tokens of the next page: where a listing stands, bound to its query, signed, and ending.

A token holds no position in a list but the last thing that was shown, so that what is captured
between two pages neither repeats nor hides anything.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
import threading
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

import msgspec

from catenary.exchange.server.problems import ProblemError

if TYPE_CHECKING:
    from collections.abc import Callable

    from catenary.exchange.server.answers import Answer, Call

__all__ = ["PAGING", "Pages"]

PAGING: Final = ("perPage", "nextPageToken")
"""Parameters that say which part of a listing is wanted."""

_MAC: Final = 18


class Pages:
    """Makes and reads tokens.

    Parameters
    ----------
    seconds
        How long a token lives.
    default, most
        Things on a page: unless asked, and at most.
    secret
        What signs tokens; none = one of its own, so that tokens end with the process.
    clock
        Seconds since 1970.

    Examples
    --------
    >>> pages = Pages(60, default=30, most=100)
    >>> token, _ = pages.make([17], "/events?x=1")
    >>> pages.read(token, "/events?x=1")
    [17]
    """

    def __init__(
        self,
        seconds: float,
        *,
        default: int,
        most: int,
        secret: bytes = b"",
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.seconds = seconds
        self.default = default
        self.most = most
        self._clock = clock
        self._secret = secret or secrets.token_bytes(32)
        self._ended: dict[str, float] = {}
        self._lock = threading.Lock()

    def make(self, cursor: Any, what: str) -> tuple[str, datetime]:
        """Return a token, and when it ends."""
        ends = self._clock() + self.seconds
        packed = msgspec.json.encode([cursor, self._bound(what), int(ends * 1000)])
        signed = self._mac(packed) + packed
        token = base64.urlsafe_b64encode(signed).decode().rstrip("=")
        return token, datetime.fromtimestamp(int(ends), UTC)

    def _bound(self, what: str) -> str:
        return hashlib.blake2s(what.encode("utf-8", "surrogateescape"), digest_size=9).hexdigest()

    def _mac(self, packed: bytes) -> bytes:
        return hmac.new(self._secret, packed, hashlib.sha256).digest()[:_MAC]

    def _unpacked(self, token: str) -> list[Any] | None:
        try:
            signed = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
        except (binascii.Error, ValueError):
            return None
        if not hmac.compare_digest(self._mac(signed[_MAC:]), signed[:_MAC]):
            return None
        made: list[Any] = msgspec.json.decode(signed[_MAC:])
        return made

    def read(self, token: str, what: str) -> Any:
        """Return where a listing stands.

        Raises
        ------
        ProblemError
            If the token is none of this server, belongs to another query or has ended (400).
        """
        found = self._unpacked(token)
        if found is None:
            detail = "nextPageToken is none that this server gave, or it was started anew since"
        elif found[1] != self._bound(what):
            detail = "nextPageToken belongs to another query: use the address in Link as it is"
        elif found[2] <= self._clock() * 1000 or token in self._ended:
            detail = "nextPageToken has ended: ask for the first page again"
        else:
            return found[0]
        raise ProblemError("QueryParameterException", detail)

    def end(self, token: str) -> bool:
        """End a token before its time; return whether there was one."""
        found = self._unpacked(token)
        now = self._clock() * 1000
        with self._lock:
            if found is None or found[2] <= now or token in self._ended:
                return False
            self._ended = {one: ends for one, ends in self._ended.items() if ends > now}
            self._ended[token] = found[2]
        return True

    # --- requests and answers ---------------------------------------------------------------------

    def size(self, call: Call) -> int:
        """Return how many things a request wants on a page.

        Raises
        ------
        ProblemError
            If perPage is no positive number (400).
        """
        text = dict(call.pairs()).get("perPage")
        if text is None:
            return self.default
        if not (text.isascii() and text.isdigit() and len(text) < 10 and int(text)):
            raise ProblemError(
                "QueryParameterException",
                f"perPage is {text[:40]!r}; write a number of 1 or more (a page holds at most "
                f"{self.most})",
            )
        return min(int(text), self.most)

    def asked(self, call: Call) -> tuple[int, Any]:
        """Return how many things a request wants, and after what; None = from the start.

        Raises
        ------
        ProblemError
            If perPage is no positive number or the token is wrong (400).
        """
        token = dict(call.pairs()).get("nextPageToken")
        return self.size(call), None if token is None else self.read(token, self.what(call))

    def what(self, call: Call) -> str:
        """Return a listing's name: its path and parameters, whatever the page."""
        pairs = [pair for pair in call.pairs() if pair[0] not in PAGING]
        return f"{call.address}?{urlencode(sorted(pairs))}"

    def link(self, answer: Answer, call: Call, size: int, cursor: Any) -> Answer:
        """Add the address of the next page to an answer, if there is one."""
        if cursor is not None:
            token, ends = self.make(cursor, self.what(call))
            self.link_token(answer, call, size, token, ends)
        return answer

    @staticmethod
    def link_token(answer: Answer, call: Call, size: int, token: str, ends: datetime) -> None:
        """Add the address of the page that a token stands for."""
        kept = [pair for pair in call.pairs() if pair[0] not in PAGING]
        query = urlencode([*kept, ("perPage", str(size)), ("nextPageToken", token)])
        answer.headers += [
            ("Link", f'<{call.base}{call.address}?{query}>; rel="next"'),
            ("GS1-Next-Page-Token-Expires", f"{ends:%Y-%m-%dT%H:%M:%SZ}"),
        ]
