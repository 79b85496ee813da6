"""Pages of results, and the tokens that lead from one to the next.

A token says where the page ended, by the values that events are ordered by, and what the last event
was when the first page was made: whatever is captured meanwhile is on no later page, nothing is
missed and nothing comes twice. It is signed with a secret of the store and kept nowhere.

References
----------
GS1, EPCIS Standard 2.0, section 12.6 (pagination).
"""

from __future__ import annotations

import hmac
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

import msgspec

from catenary.errors import OptionError
from catenary.exchange.contexts import prefixes_of
from catenary.exchange.keys import spelt_time

if TYPE_CHECKING:
    from catenary.exchange.queries import Query
    from catenary.exchange.store.selecting import Place

__all__ = [
    "Cursor",
    "Page",
    "Stored",
    "TokenError",
    "fingerprint",
    "keys_of",
    "read_token",
    "write_token",
]

_NAMED: Final = re.compile(r"ni:///sha-256;([0-9a-fA-F]{64})(?![0-9a-fA-F])", re.ASCII)
_SIGNED: Final = 16
_DECODE: Final = msgspec.json.decode
_ENCODE: Final = msgspec.json.encode


class TokenError(OptionError):
    """A page token is misspelt, belongs to another query, or is no longer valid."""


def keys_of(name: str) -> tuple[bytes, bytes] | None:
    """Return the first and last key of events of a hash; None if it is none.

    Examples
    --------
    >>> first, last = keys_of("ni:///sha-256;" + "0f" * 32 + "?ver=CBV2.0")
    >>> len(first), len(last)
    (32, 41)
    """
    found = _NAMED.match(name)
    if found is None:
        return None
    first = bytes.fromhex(found[1])
    return first, first + b"\xff" * 9  # a time follows where an error was declared


@dataclass(frozen=True, slots=True)
class Stored:
    """An event as it lies in a store.

    Parameters
    ----------
    number
        Its place in the order of capture, from 1.
    key
        Its hash (32 bytes), and the time of its error declaration, if it has one.
    record_time
        When it was captured: microseconds since 1970, UTC.
    text
        Its JSON as captured, with the prefixes that it uses in `@context`.
    """

    number: int
    key: bytes
    record_time: int
    text: str

    @property
    def hash(self) -> str:
        """Its event hash, as a name after RFC 6920."""
        return f"ni:///sha-256;{self.key[:32].hex()}?ver=CBV2.0"

    @property
    def event(self) -> dict[str, Any]:
        """The event, with its record time."""
        made: dict[str, Any] = _DECODE(self.text)
        made["recordTime"] = spelt_time(self.record_time)
        return made

    @property
    def json(self) -> bytes:
        """The JSON of the event, with its record time."""
        if '"recordTime"' in self.text:
            return _ENCODE(self.event)
        return f'{self.text[:-1]},"recordTime":"{spelt_time(self.record_time)}"}}'.encode()

    @property
    def prefixes(self) -> dict[str, str]:
        """What its prefixes stand for, beside those of the standard."""
        return prefixes_of(_DECODE(self.text).get("@context"))


@dataclass(frozen=True, slots=True)
class Page:
    """Some of the events that a query asks for.

    Parameters
    ----------
    events
        The events.
    token
        Leads to the next page; None on the last.
    expires
        Until when the token is valid: microseconds since 1970, UTC.
    """

    events: list[Stored]
    token: str | None = None
    expires: int | None = None


@dataclass(frozen=True, slots=True)
class Cursor:
    """What a token says.

    Parameters
    ----------
    after
        Where the page ended.
    ceiling
        The last event there was when the first page was made.
    remaining
        How many events are still wanted; None = all.
    expires
        Until when it is valid: microseconds since 1970, UTC.
    """

    after: Place
    ceiling: int
    remaining: int | None
    expires: int


def fingerprint(query: Query) -> str:
    """Return what tells queries apart: their parameters, or what they ask.

    Prefixes that were learned meanwhile do not count: events of the first page's time have none.
    """
    asked = sorted(query.parameters.items()), sorted(query.prefixes.items())
    said = repr(asked if query.parameters else (query.conditions, query.order, query.limit))
    return sha256(said.encode()).hexdigest()[:16]


def write_token(query: Query, cursor: Cursor, secret: bytes) -> str:
    """Return the token of a cursor.

    Examples
    --------
    >>> from catenary.exchange.queries import Query
    >>> token = write_token(Query(), Cursor((7,), 9, None, 5_000_000), b"secret")
    >>> read_token(Query(), token, b"secret", now=4_000_000).after
    (7,)
    """
    said = _ENCODE(
        [fingerprint(query), cursor.after, cursor.ceiling, cursor.remaining, cursor.expires]
    )
    signed = hmac.digest(secret, said, "sha256")[:_SIGNED]
    return urlsafe_b64encode(signed + said).rstrip(b"=").decode()


def read_token(query: Query, token: str, secret: bytes, *, now: int) -> Cursor:
    """Return what a token says.

    Parameters
    ----------
    query
        The query of the first page.
    token
        The token.
    secret
        What it was signed with.
    now
        Microseconds since 1970, UTC.

    Raises
    ------
    TokenError
        If it is forged, of another query, or expired.
    """
    hint = "ask for the first page again, without a token"
    try:
        raw = urlsafe_b64decode(token.encode("ascii") + b"=" * (-len(token) % 4))
    except ValueError:
        raise TokenError("the page token is misspelt", hint=hint) from None
    signed, said = raw[:_SIGNED], raw[_SIGNED:]
    if not hmac.compare_digest(signed, hmac.digest(secret, said, "sha256")[:_SIGNED]):
        raise TokenError("the page token is not one of this store", hint=hint)
    digest, after, ceiling, remaining, expires = _DECODE(said)
    if digest != fingerprint(query):
        raise TokenError("the page token belongs to another query", hint=hint)
    if expires < now:
        raise TokenError(f"the page token expired at {spelt_time(expires)}", hint=hint)
    return Cursor(tuple(after), ceiling, remaining, expires)
