"""What a server allows: where it listens, how much it takes, how long it waits."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

__all__ = ["Settings", "is_loopback"]


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach an address.

    Examples
    --------
    >>> is_loopback("127.0.0.1"), is_loopback("localhost"), is_loopback("0.0.0.0")
    (True, True, False)
    """
    if host.casefold() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]").partition("%")[0]).is_loopback
    except ValueError:
        return False


@dataclass(frozen=True, slots=True)
class Settings:
    """Bounds and addresses of a server.

    Parameters
    ----------
    host, port
        Where it listens; port 0 lets the system choose.
    url
        How clients reach it, as in `https://events.example.com`, where a proxy stands before it.
    needs_token
        Whether every request but discovery of the addresses needs an access token.
    allow_private_webhooks
        Whether subscriptions may send to loopback, private and link-local addresses.
    company_prefixes
        GS1 company prefixes, so that a GS1 Digital Link can be written as an EPC URN.
    body
        The largest body of a request, in bytes.
    events
        The most events of one capture.
    address
        The longest path and query of a request, in bytes.
    page, largest_page
        Events or names on a page: unless asked, and at most.
    query_seconds
        How long a query may run.
    stall_seconds
        How long a client may be silent while it sends headers or a body.
    body_rate
        Bytes a second that a client must keep up with, over the whole body.
    queries_a_minute
        How many queries one client may ask; 0 = any number.
    token_seconds
        How long the token of a next page lives.
    sockets
        The most websockets at once.
    waiting
        The most requests that wait for a worker; more are told to come again.
    workers, writers
        Threads that answer, and threads that capture.
    processes
        Processes that capture, beside the server's; 0 = threads do.
    delivery_seconds
        How long the receiver of a subscription may take.
    batch
        The most events that a subscription sends at once.
    first_retry_seconds, longest_retry_seconds
        How long a failed delivery waits: doubled each time, up to the second.
    poll_seconds
        How often to look for what other processes have captured.
    stop_seconds
        How long requests under way may go on after the server was told to stop.
    """

    host: str = "127.0.0.1"
    port: int = 8080
    url: str = ""
    needs_token: bool = False
    allow_private_webhooks: bool = False
    company_prefixes: tuple[str, ...] = ()
    body: int = 64 * 1024 * 1024
    events: int = 100_000
    address: int = 32 * 1024
    page: int = 30
    largest_page: int = 1_000
    query_seconds: float = 30.0
    stall_seconds: float = 15.0
    body_rate: int = 50_000
    queries_a_minute: int = 0
    token_seconds: float = 3_600.0
    sockets: int = 200
    waiting: int = 256
    workers: int = 8
    writers: int = 4
    processes: int = 0
    delivery_seconds: float = 10.0
    batch: int = 500
    first_retry_seconds: float = 1.0
    longest_retry_seconds: float = 3_600.0
    poll_seconds: float = 2.0
    stop_seconds: float = 30.0
