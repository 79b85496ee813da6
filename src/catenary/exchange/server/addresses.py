"""Where a subscription may send to: never into the network of the server, unless that is allowed.

A name is looked up once, every address it has is judged, and the connection goes to the address
that was judged, so that a name that changes between the two cannot lead inside.
"""

from __future__ import annotations

import ipaddress
import socket
from dataclasses import dataclass
from typing import Final, TypeAlias
from urllib.parse import urlsplit

from catenary.errors import OptionError

__all__ = ["AddressError", "Target", "is_public", "resolved", "target"]

Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address

_HINT: Final = "a subscription may send to public addresses; --allow-private-webhooks allows others"
_TRANSLATED: Final = (ipaddress.ip_network("64:ff9b::/96"), ipaddress.ip_network("64:ff9b:1::/48"))


class AddressError(OptionError):
    """A destination is no web address, or is one that may not be reached."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where to send: as written in a web address."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def host_header(self) -> str:
        """The host as the header Host says it."""
        shown = f"[{self.host}]" if ":" in self.host else self.host
        usual = 443 if self.scheme == "https" else 80
        return shown if self.port == usual else f"{shown}:{self.port}"


def target(address: str) -> Target:
    """Read the web address of a receiver.

    Raises
    ------
    AddressError
        If it is no http or https address, or holds a user name.

    Examples
    --------
    >>> target("https://example.com:8443/callback?of=1")
    Target(scheme='https', host='example.com', port=8443, path='/callback?of=1')
    """
    hint = "write an address such as https://example.com/events"
    if len(address) > 2_000 or any(c <= " " or c == "\x7f" or c > "~" for c in address):
        raise AddressError(f"the destination is {address[:80]!r}", hint=hint)
    try:
        parts = urlsplit(address)
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError as error:
        raise AddressError(f"the destination {address[:80]!r}: {error}", hint=hint) from error
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise AddressError(f"the destination is {address[:80]!r}", hint=hint)
    if parts.username is not None or parts.password is not None:
        raise AddressError(
            "the destination holds a user name",
            hint="leave it out; messages are signed with the signatureToken",
        )
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(parts.scheme, parts.hostname, port, path)


def is_public(address: Address) -> bool:
    """Whether an address belongs to the open internet.

    Addresses of version 6 that carry one of version 4 (mapped, 6to4, Teredo, NAT64) are judged by
    that as well.

    Examples
    --------
    >>> [is_public(ipaddress.ip_address(one)) for one in ("8.8.8.8", "::ffff:127.0.0.1")]
    [True, False]
    """
    inner: list[Address] = []
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return is_public(address.ipv4_mapped)
        if address.sixtofour is not None:
            inner.append(address.sixtofour)
        if address.teredo is not None:
            inner.extend(address.teredo)
        if any(address in net for net in _TRANSLATED) or int(address) >> 32 == 0:
            inner.append(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
        if address.is_site_local:
            return False
    open_ = address.is_global and not (
        address.is_multicast
        or address.is_reserved
        or address.is_unspecified
        or address.is_loopback
        or address.is_link_local
        or address.is_private
    )
    return open_ and all(is_public(one) for one in inner)


def resolved(of: Target, *, private: bool = False) -> list[str]:
    """Return the addresses of a receiver, all of which may be reached.

    Parameters
    ----------
    of
        Where to send.
    private
        Whether loopback, private and link-local addresses may be reached.

    Raises
    ------
    AddressError
        If the name has no address, or one that may not be reached.

    Examples
    --------
    >>> resolved(target("http://8.8.8.8/"))
    ['8.8.8.8']
    """
    try:
        found = socket.getaddrinfo(of.host, of.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise AddressError(f"{of.host!r} has no address: {error}"[:300]) from error
    addresses = list(dict.fromkeys(str(one[4][0]) for one in found))
    if not addresses:
        raise AddressError(f"{of.host!r} has no address")
    if not private:
        for one in addresses:
            if not is_public(ipaddress.ip_address(one.partition("%")[0])):
                raise AddressError(f"{of.host!r} is {one}, inside a private network", hint=_HINT)
    return addresses
