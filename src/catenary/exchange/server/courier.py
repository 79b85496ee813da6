"""Carries what subscriptions wait for to their receivers, and tries again until it is taken.

A message counts as told once its receiver has said so; a server that dies in between sends it
again. Receivers that fail wait longer each time, and keep nobody else waiting.
"""

from __future__ import annotations

import logging
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final

import msgspec

from catenary.errors import CatenaryError, UnknownLabelError
from catenary.exchange.server.delivery import DeliveryError, deliver, signature
from catenary.exchange.server.documents import query_document
from catenary.exchange.server.negotiation import VERSIONS
from catenary.exchange.server.problems import ProblemError, problem_of
from catenary.exchange.server.schedule import Schedule
from catenary.exchange.server.standing import Standing
from catenary.exchange.server.times import moment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from catenary.exchange.server.service import Service
    from catenary.exchange.store import Stored, Subscription

__all__ = ["Courier", "due"]

_LOG: Final = logging.getLogger("catenary.exchange")
_SENDERS: Final = 8
_LEAST_PAUSE: Final = 0.02
_PAGE: Final = 500


def _now() -> int:
    return time.time_ns() // 1000


def due(one: Subscription, now: int, latest: int) -> bool:
    """Whether a subscription is to be told something.

    Parameters
    ----------
    one
        The subscription.
    now
        Microseconds since 1970.
    latest
        The number of the last event that was captured.
    """
    if now < one.state.get("retry", 0):
        return False
    if one.schedule is None:
        return latest > one.last_number
    if one.state.get("failures"):
        return True
    last = moment(one.state.get("executed", one.created))
    return moment(now) >= Schedule.of(one.schedule).after(last)


@dataclass(slots=True)
class _Told:
    """What a delivery has done so far."""

    number: int
    sent: bool = False
    batch: int = 0
    state: dict[str, Any] = field(default_factory=dict)


class Courier:
    """One thread that looks who is due, and a few that send.

    Parameters
    ----------
    service
        The store and the settings.
    """

    def __init__(self, service: Service) -> None:
        self.service = service
        self._stop = threading.Event()
        self._busy: set[str] = set()
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="catenary-courier", daemon=True)
        self._senders = ThreadPoolExecutor(_SENDERS, "catenary-send")

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def stop(self) -> None:
        """End: messages under way are finished, no others begin."""
        self._stop.set()
        self.service.hub.captured.set()
        if self._thread.is_alive():
            self._thread.join()
        self._senders.shutdown(wait=True, cancel_futures=True)

    # --- who is due -------------------------------------------------------------------------------

    def _run(self) -> None:
        captured, pause = self.service.hub.captured, 0.0
        while not self._stop.is_set():
            captured.wait(pause)
            captured.clear()
            if self._stop.is_set():
                return
            try:
                pause = self._look()
            except Exception:  # noqa: BLE001  whatever it is, others are still told
                _LOG.exception("subscriptions could not be read; they are tried again")
                pause = self.service.settings.poll_seconds
            self._stop.wait(_LEAST_PAUSE)

    def _all(self) -> Iterator[Subscription]:
        after = ""
        while found := self.service.store.subscriptions(after=after, limit=_PAGE):
            yield from found
            after = found[-1].id

    def _look(self) -> float:
        """Send what is due; return how long to wait until the next look."""
        now, wait = _now(), self.service.settings.poll_seconds
        latest = self.service.store.last_number()
        for one in self._all():
            with self._lock:
                if one.id in self._busy:
                    continue
            if due(one, now, latest):
                with self._lock:
                    self._busy.add(one.id)
                self._senders.submit(self._told, one.id, latest)
            elif one.schedule is not None:
                next_ = Schedule.of(one.schedule).after(moment(now)).timestamp() - now / 1e6
                wait = min(wait, max(next_, _LEAST_PAUSE))
            elif retry := one.state.get("retry", 0):
                wait = min(wait, max((retry - now) / 1e6, _LEAST_PAUSE))
        return wait

    # --- sending ----------------------------------------------------------------------------------

    def _told(self, name: str, upto: int) -> None:
        """Send one subscription what it waits for, unless that was done since it was looked at."""
        try:
            one = self.service.store.subscription(name)
            if due(one, _now(), upto):
                self._tell(one, upto)
        except UnknownLabelError:  # it was ended meanwhile
            pass
        except CatenaryError:
            _LOG.exception("subscription %s could not be read; it is tried again", name)
        finally:
            with self._lock:
                self._busy.discard(name)
            self.service.hub.captured.set()  # there may be more by now

    def _tell(self, one: Subscription, upto: int) -> None:
        """Send what a subscription waits for, and keep how far that came."""
        told = _Told(one.last_number, batch=int(one.state.get("batch", 0)))
        began = _now()
        try:
            self._send_all(one, upto, told)
            told.number, told.state = upto, {"executed": began}
        except UnknownLabelError:  # the query was removed, and this subscription with it
            return
        except (DeliveryError, CatenaryError) as error:
            told.state = self._failed(one, error, told)
        except Exception as error:  # noqa: BLE001  likewise
            _LOG.exception("subscription %s failed", one.id)
            told.state = self._failed(one, DeliveryError(type(error).__name__), told)
        finally:
            self._keep(one, told)

    def _keep(self, one: Subscription, told: _Told) -> None:
        if not told.state:
            return
        if told.batch:
            told.state["batch"] = told.batch
        try:
            self.service.store.update_subscription(
                one.id,
                last_number=told.number,
                last_notified=_now() if told.sent else one.last_notified,
                state=told.state,
            )
        except UnknownLabelError:  # it was ended meanwhile
            return
        except CatenaryError:
            _LOG.exception("subscription %s was told, and that could not be kept", one.id)

    def _failed(
        self, one: Subscription, error: DeliveryError | CatenaryError, told: _Told
    ) -> dict[str, Any]:
        """Return the state of a subscription that could not be told."""
        limits = self.service.settings
        failures = 1 if told.sent else int(one.state.get("failures", 0)) + 1
        wait = min(
            limits.first_retry_seconds * 2 ** min(failures - 1, 30), limits.longest_retry_seconds
        )
        if isinstance(error, DeliveryError) and error.too_large:
            told.batch = max((told.batch or limits.batch) // 2, 1)
            wait = limits.first_retry_seconds
        _LOG.warning("subscription %s: %s; again in %.0f s", one.id, error, wait)
        executed = one.state.get("executed")
        return {
            "failures": failures,
            "retry": _now() + int(wait * 1e6),
            "error": str(error)[:300],
            **({} if executed is None else {"executed": executed}),
        }

    def _send_all(self, one: Subscription, upto: int, told: _Told) -> None:
        service = self.service
        query = service.store.named_query(one.query)
        standing = Standing.of(service.store, query, one.initial_record_time)
        batch = told.batch or service.settings.batch
        try:
            for events in standing.since(service.store, one.last_number, upto, batch):
                self._send(one, self._document(one, events))
                told.number, told.sent = events[-1].number, True
                if self._stop.is_set():
                    raise DeliveryError("the server stops")
        except ProblemError as problem:
            self._send(one, msgspec.json.encode(problem.body()), "application/problem+json")
            told.sent = True
        except CatenaryError as error:
            if isinstance(error, UnknownLabelError) or error.http_status >= 500:
                raise
            body = problem_of(error).body()
            self._send(one, msgspec.json.encode(body), "application/problem+json")
            told.sent = True
        if not told.sent and one.report_if_empty and one.schedule is not None:
            self._send(one, self._document(one, []))
            told.sent = True

    def _document(self, one: Subscription, events: list[Stored]) -> bytes:
        return query_document(
            events,
            epc=one.epc_format or "No_Preference",
            spelling=self.service.spelling,
            query=one.query,
            subscription=one.id,
        )

    def _send(self, one: Subscription, body: bytes, media: str = "application/json") -> None:
        settings = self.service.settings
        headers = {
            "Content-Type": media,
            "User-Agent": f"catenary/{version('catenary')}",
            "GS1-EPCIS-Version": VERSIONS["EPCIS"][0],
            "GS1-CBV-Version": VERSIONS["CBV"][0],
        }
        if one.epc_format:
            headers["GS1-EPC-Format"] = one.epc_format
        if one.signature_token:
            headers["GS1-Signature"] = signature(one.signature_token, body)
        deliver(
            one.destination or "",
            body,
            headers,
            seconds=settings.delivery_seconds,
            private=settings.allow_private_webhooks,
        )
