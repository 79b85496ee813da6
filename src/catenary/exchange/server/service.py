"""What all requests share: the store, its limits, and those who wait for what is captured."""

from __future__ import annotations

import asyncio
import base64
import secrets
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import IO, TYPE_CHECKING, Any, Final

from catenary.errors import UnknownLabelError
from catenary.exchange.server.access import Key
from catenary.exchange.server.captors import Captors
from catenary.exchange.server.courier import Courier
from catenary.exchange.server.gates import Rate
from catenary.exchange.server.paging import Pages
from catenary.exchange.server.problems import ProblemError
from catenary.exchange.server.spelling import Spelling, company_prefixes
from catenary.exchange.server.times import moment, moment_text

if TYPE_CHECKING:
    from catenary.exchange.queries import Query
    from catenary.exchange.server.settings import Settings
    from catenary.exchange.store import CaptureJob, Page, Store, Subscription

__all__ = ["Hub", "Service", "keys_of"]

_KEYS_SECONDS: Final = 0.5
_SECRET: Final = "server.page-secret"  # noqa: S105  its name


class Hub:
    """Tells those who wait that something was captured."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: dict[int, tuple[asyncio.AbstractEventLoop, asyncio.Event]] = {}
        self.captured = threading.Event()

    def tell(self) -> None:
        """Wake everybody."""
        self.captured.set()
        with self._lock:
            waiting = list(self._waiting.values())
        for loop, event in waiting:
            if not loop.is_closed():
                loop.call_soon_threadsafe(event.set)

    def add(self, event: asyncio.Event) -> int:
        """Add an event of the running loop that is set whenever something was captured."""
        number = id(event)
        with self._lock:
            self._waiting[number] = (asyncio.get_running_loop(), event)
        return number

    def remove(self, number: int) -> None:
        """Take it away."""
        with self._lock:
            self._waiting.pop(number, None)

    def __len__(self) -> int:
        """Return how many wait."""
        return len(self._waiting)


def keys_of(store: Store) -> list[Key]:
    """Return the access tokens of a store."""
    return [
        Key(
            one.label,
            one.digest,
            frozenset(one.scopes),
            moment(one.created),
            None if one.expires is None else moment(one.expires),
        )
        for one in store.access_tokens()
    ]


def _page_secret(store: Store) -> bytes:
    """Return what signs tokens of pages, the same for every process of a store."""
    known = store.setting(_SECRET)
    if not isinstance(known, str):
        known = base64.b64encode(secrets.token_bytes(32)).decode()
        store.set_setting(_SECRET, known)
    return base64.b64decode(known)


class Service:
    """A store that is served.

    Parameters
    ----------
    store
        Where events are kept; the service closes it when it stops.
    settings
        What is allowed.
    place
        Where the store lies, so that `settings.processes` can open it; none = threads capture.
    """

    def __init__(self, store: Store, settings: Settings, place: str = "") -> None:
        self.store = store
        store.patience = settings.query_seconds
        self.captors = Captors(store, place, settings.processes if place else 0)
        self.settings = settings
        self.spelling = Spelling(company_prefixes(settings.company_prefixes))
        self.rate = Rate(settings.queries_a_minute)
        self.pages = Pages(
            settings.token_seconds,
            default=settings.page,
            most=settings.largest_page,
            secret=_page_secret(store),
        )
        self.hub = Hub()
        self.workers = ThreadPoolExecutor(settings.workers, "catenary-answer")
        self.writers = ThreadPoolExecutor(settings.writers, "catenary-capture")
        self.courier = Courier(self)
        self._keys: list[Key] = []
        self._keys_at = float("-inf")

    # --- life -------------------------------------------------------------------------------------

    def start(self, _: asyncio.AbstractEventLoop) -> None:
        """Begin: jobs of a process that died are closed, subscriptions go on."""
        self.store.close_interrupted()
        self.captors.start()
        self.courier.start()

    def stop(self) -> None:
        """End: what has begun is finished, then the store is closed."""
        self.courier.stop()
        self.writers.shutdown(wait=True)
        self.captors.stop()
        self.workers.shutdown(wait=True)
        self.store.close()

    async def keys(self) -> list[Key]:
        """Return the access tokens, at most a moment old."""
        if not self.settings.needs_token:
            return []
        if time.monotonic() - self._keys_at > _KEYS_SECONDS:
            self._keys = await asyncio.get_running_loop().run_in_executor(
                self.workers, keys_of, self.store
            )
            self._keys_at = time.monotonic()
        return self._keys

    # --- events -----------------------------------------------------------------------------------

    def captured(self, body: IO[bytes], behaviour: str) -> CaptureJob:
        """Capture a document; tell those who wait."""
        try:
            return self.captors.capture(body, behaviour, self.settings.events)
        finally:
            self.hub.tell()

    def captured_event(self, event: dict[str, Any], prefixes: dict[str, str]) -> CaptureJob:
        """Capture one event; tell those who wait."""
        try:
            return self.store.capture_event(event, prefixes)
        finally:
            self.hub.tell()

    def asked(self, query: Query, size: int, token: str | None) -> Page:
        """Return a page of events."""
        return self.store.page(
            query,
            per_page=size,
            token=token,
            lifetime=self.settings.token_seconds,
        )

    # --- subscriptions ----------------------------------------------------------------------------

    def subscription(self, query: str, name: str) -> Subscription:
        """Return a subscription of a named query.

        Raises
        ------
        ProblemError
            If there is none (404).
        """
        try:
            found = self.store.subscription(name)
        except UnknownLabelError:
            found = None
        if found is None or found.query != query:
            raise ProblemError(
                "NoSuchNameException", f"{query[:80]!r} has no subscription {name[:80]!r}"
            )
        return found

    @staticmethod
    def marked(subscription: Subscription) -> str:
        """Return the least record time of what the subscription will be told next."""
        said = subscription.state.get("executed")
        first = subscription.initial_record_time
        return moment_text(said if said is not None else (first or subscription.created))
