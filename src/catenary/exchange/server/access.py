"""Who may do what: access tokens of which only the hash is kept, and whom a local server answers.

Without tokens the server answers this machine only, and only requests that name it as this
machine, so that a page in a browser can neither write to it nor read from it.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from catenary.errors import OptionError, did_you_mean
from catenary.exchange.server.problems import ProblemError
from catenary.exchange.server.settings import is_loopback

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["SCOPES", "Client", "Key", "check_origin", "client_of", "made_key", "scopes_from"]

SCOPES: Final = {
    "capture": "capture events, and see the capture jobs",
    "query": "read events, and make and read named queries",
    "subscribe": "make and remove subscriptions, also by websocket",
}
"""What a token may allow."""

_PREFIX: Final = "ctn_"


@dataclass(frozen=True, slots=True)
class Key:
    """An access token as it is kept.

    Parameters
    ----------
    name
        What it is called.
    hash
        SHA-256 of the token, in hexadecimal. A token is 256 random bits, so that a slow hash
        would add nothing.
    scopes
        What it allows.
    created
        When it was made.
    expires
        When it ends; None = never.
    """

    name: str
    hash: str
    scopes: frozenset[str]
    created: datetime
    expires: datetime | None = None


@dataclass(frozen=True, slots=True)
class Client:
    """Who asks: the name of a token, or an address, and what it may do."""

    name: str
    scopes: frozenset[str]

    def must(self, scope: str) -> None:
        """Refuse what the client may not do.

        Raises
        ------
        ProblemError
            If it lacks the scope (403).
        """
        if scope not in self.scopes:
            raise ProblemError(
                "SecurityException",
                f"the token {self.name!r} does not allow {scope!r}; it allows "
                f"{', '.join(sorted(self.scopes)) or 'nothing'}",
                status=403,
            )


def scopes_from(text: str) -> frozenset[str]:
    """Read a list of scopes.

    Raises
    ------
    OptionError
        If one is unknown, or there is none.

    Examples
    --------
    >>> sorted(scopes_from("capture, query"))
    ['capture', 'query']
    """
    found = frozenset(one.strip() for one in text.split(",") if one.strip())
    for one in found:
        if one not in SCOPES:
            raise OptionError(f"unknown scope {one!r}", hint=did_you_mean(one, SCOPES))
    if not found:
        raise OptionError("no scope is given", hint=f"say some of {', '.join(SCOPES)}")
    return found


def digest(token: str) -> str:
    """Return the hash under which a token is kept."""
    return hashlib.sha256(token.encode()).hexdigest()


def made_key(
    name: str, scopes: frozenset[str], *, expires: datetime | None = None
) -> tuple[str, Key]:
    """Return a new token and what is kept of it.

    Examples
    --------
    >>> token, key = made_key("plant", frozenset({"capture"}))
    >>> token.startswith("ctn_"), token in str(key)
    (True, False)
    """
    token = _PREFIX + secrets.token_urlsafe(32)
    return token, Key(name, digest(token), scopes, datetime.now(UTC), expires)


def client_of(
    headers: Mapping[str, str], keys: Iterable[Key], *, needed: bool, address: str
) -> Client:
    """Return who asks.

    Parameters
    ----------
    headers
        Of the request.
    keys
        The tokens that there are.
    needed
        Whether a token is needed.
    address
        Where the request comes from.

    Raises
    ------
    ProblemError
        If a token is needed and there is none, or it is unknown or has ended (401).
    """
    scheme, _, token = headers.get("authorization", "").partition(" ")
    challenge = [("WWW-Authenticate", 'Bearer realm="catenary"')]
    if not token.strip():
        if needed:
            raise ProblemError(
                "SecurityException",
                "this server needs an access token: send Authorization: Bearer …",
                headers=challenge,
            )
        return Client(address, frozenset(SCOPES))
    if scheme.casefold() != "bearer":
        raise ProblemError(
            "SecurityException", f"authorization by {scheme[:40]!r}; send Bearer", headers=challenge
        )
    said = digest(token.strip())
    for key in keys:
        if hmac.compare_digest(key.hash, said):
            if key.expires is not None and key.expires <= datetime.now(UTC):
                raise ProblemError(
                    "SecurityException",
                    f"the token {key.name!r} ended on {key.expires:%Y-%m-%d %H:%M} UTC",
                    headers=challenge,
                )
            return Client(key.name, key.scopes)
    if needed:
        raise ProblemError("SecurityException", "the token is unknown", headers=challenge)
    return Client(address, frozenset(SCOPES))


def _host(header: str) -> str:
    try:
        return urlsplit(f"//{header}").hostname or ""
    except ValueError:
        return ""


def check_origin(headers: Mapping[str, str], *, host: str, needed: bool) -> None:
    """Refuse what a page of another site has a browser send.

    Parameters
    ----------
    headers
        Of the request.
    host
        Where the server listens.
    needed
        Whether tokens are needed; if not, the request has to name this machine.

    Raises
    ------
    ProblemError
        If the request names another host or comes from another site (403).
    """
    said = headers.get("host", "")
    named = _host(said)
    if not needed and said and not (is_loopback(named) or named == host):
        raise ProblemError(
            "SecurityException",
            f"the request is for {said[:80]!r}, and this server answers this machine only",
            status=403,
        )
    origin = headers.get("origin")
    if origin and origin.partition("://")[2].casefold() != said.casefold():
        raise ProblemError(
            "SecurityException", f"the request comes from a page of {origin[:80]!r}", status=403
        )
