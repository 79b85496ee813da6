"""One message to the receiver of a subscription: signed, and sent to the address that was checked.

References
----------
GS1, EPCIS Standard 2.0, section 12 (GS1-Signature); IETF, RFC 2104 (HMAC).
"""

from __future__ import annotations

import hashlib
import hmac
import http.client
import socket
import ssl
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Final
from urllib.parse import urljoin

from catenary.exchange.server.addresses import AddressError, Target, resolved, target

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["DeliveryError", "deliver", "signature"]

_REDIRECTS: Final = {307, 308}
_MOST_REDIRECTS: Final = 3
_LINE: Final = 65_536


class DeliveryError(Exception):
    """A receiver could not be reached or did not take what was sent.

    Parameters
    ----------
    detail
        What happened.
    too_large
        Whether it asks for smaller batches (413).
    """

    def __init__(self, detail: str, *, too_large: bool = False) -> None:
        super().__init__(detail)
        self.too_large = too_large


def signature(secret: str, body: bytes) -> str:
    """Return the value of the header GS1-Signature: HMAC-SHA-256 of the body, in hexadecimal.

    Examples
    --------
    >>> signature("Jefe", b"what do ya want for nothing?")[:23]
    'sha256=5bdcc146bf60754e'
    """
    return f"sha256={hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}"


class _Plain(http.client.HTTPConnection):
    """A connection to an address that was checked, under the name that was written."""

    def __init__(self, to: Target, addresses: list[str], seconds: float) -> None:
        super().__init__(to.host, to.port, timeout=seconds)
        self.addresses = addresses

    def connect(self) -> None:
        """Connect to the first address that answers."""
        failure: OSError | None = None
        for one in self.addresses:
            try:
                self.sock = socket.create_connection((one, self.port), self.timeout)
            except OSError as error:
                failure = error
            else:
                return
        raise failure or OSError("no address")


class _Secure(_Plain):
    """The same, encrypted; the certificate is that of the name."""

    def connect(self) -> None:
        """Connect, and check the certificate."""
        super().connect()
        context = ssl.create_default_context()
        self.sock = context.wrap_socket(self.sock, server_hostname=self.host)


def deliver(
    address: str, body: bytes, headers: Mapping[str, str], *, seconds: float, private: bool = False
) -> None:
    """Post a message; return once the receiver has said that it has it.

    Parameters
    ----------
    address
        Where to send.
    body
        What to send.
    headers
        Headers of the message.
    seconds
        How long all of it may take.
    private
        Whether loopback, private and link-local addresses may be reached.

    Raises
    ------
    DeliveryError
        If the receiver cannot be reached, may not be, or answers with anything but 2xx.
    """
    end = time.monotonic() + seconds
    for _ in range(_MOST_REDIRECTS + 1):
        try:
            to = target(address)
            addresses = resolved(to, private=private)
            status, moved = _posted(to, addresses, body, headers, end)
        except AddressError as error:
            raise DeliveryError(str(error)) from error
        except (OSError, http.client.HTTPException) as error:
            raise DeliveryError(f"{type(error).__name__}: {error}"[:300]) from error
        if 200 <= status < 300:
            return
        if status not in _REDIRECTS or not moved:
            raise DeliveryError(f"the receiver answered {status}", too_large=status == 413)
        if to.scheme == "https" and not urljoin(address, moved).startswith("https:"):
            raise DeliveryError("the receiver leads from https to http")
        address = urljoin(address, moved)
    raise DeliveryError(f"the receiver leads on more than {_MOST_REDIRECTS} times")


def _posted(
    to: Target, addresses: list[str], body: bytes, headers: Mapping[str, str], end: float
) -> tuple[int, str]:
    """Post once; return status and where the receiver leads to."""
    left = max(end - time.monotonic(), 0.1)
    connection = (_Secure if to.scheme == "https" else _Plain)(to, addresses, left)

    def cut() -> None:  # a receiver that answers byte by byte would reset every other limit
        with suppress(OSError):
            connection.sock.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(left, cut)
    timer.daemon = True
    try:
        connection.connect()
        timer.start()
        connection.putrequest("POST", to.path, skip_host=True, skip_accept_encoding=True)
        connection.putheader("Host", to.host_header)
        connection.putheader("Content-Length", str(len(body)))
        for name, value in headers.items():
            connection.putheader(name, value)
        connection.endheaders(body)
        answer = connection.getresponse()
        answer.read(_LINE)  # a little, so that short answers end as they should
        return answer.status, answer.getheader("Location") or ""
    finally:
        timer.cancel()
        connection.close()
