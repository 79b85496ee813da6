"""Processes that capture, each with the store open, so that answers do not wait for them.

Small documents are captured in the server's own process: handing them on would take longer.
"""

from __future__ import annotations

import os
import shutil
import signal
import threading
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from io import BytesIO
from multiprocessing import get_context, parent_process
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO, TYPE_CHECKING, Final

from catenary.exchange.limits import LimitError
from catenary.exchange.reading import opened
from catenary.exchange.server.problems import ProblemError
from catenary.exchange.store import Store, open_store

if TYPE_CHECKING:
    from catenary.exchange.store import CaptureJob

__all__ = ["Captors"]

_SMALL: Final = 64 * 1024
_HANDED: Final = 8 * 1024 * 1024
"""Up to this many bytes go to another process as they are, more by way of a file."""

_own: list[Store] = []
"""The store of a process that captures."""


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)  # nobody waits for what is captured here; what is open is undone


def _begin(place: str) -> None:
    threading.Thread(target=_end_with_parent, daemon=True).start()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the server, which ends us in order
    _own.append(open_store(place, create=False))


def _ready() -> int:
    return os.getpid()


def _captured(store: Store, body: IO[bytes], behaviour: str, most: int) -> CaptureJob:
    """Capture a document that has no more than so many events."""
    if behaviour == "proceed":  # what is too long is refused before any of it is kept
        first = opened(body)
        for number, _ in enumerate(first.raws if first.raws is not None else first.reads, 1):
            if number > most:
                raise _too_many(most)
        body.seek(0)
    with opened(body, whole=True) as document:
        job = store.capture(document, on_error=behaviour, most=most)
    if behaviour == "rollback" and job.read > most:
        raise _too_many(most)
    return job


def _too_many(most: int) -> LimitError:
    return LimitError(f"the document has more than {most:,} events", hint="send it in parts")


def _capture_bytes(body: bytes, behaviour: str, most: int) -> CaptureJob:
    return _captured(_own[0], BytesIO(body), behaviour, most)


def _capture_file(path: str, behaviour: str, most: int) -> CaptureJob:
    with Path(path).open("rb") as body:
        return _captured(_own[0], body, behaviour, most)


class Captors:
    """Captures documents, in processes or here.

    Parameters
    ----------
    store
        The store of the server.
    place
        Where it lies, for processes to open it.
    processes
        How many there are; 0 = documents are captured here.
    """

    def __init__(self, store: Store, place: str, processes: int) -> None:
        self.store = store
        self.place = place
        self.processes = processes
        self._lock = threading.Lock()
        self._pool = self._made()

    def _made(self) -> ProcessPoolExecutor | None:
        if not self.processes:
            return None
        return ProcessPoolExecutor(
            self.processes,
            mp_context=get_context("spawn"),
            initializer=_begin,
            initargs=(self.place,),
        )

    def start(self) -> None:
        """Begin the processes, so that the first document does not wait for them."""
        if self._pool is not None:
            for _ in range(self.processes):
                self._pool.submit(_ready)

    def stop(self) -> None:
        """End them, once what they capture is kept."""
        if self._pool is not None:
            self._pool.shutdown(wait=True)

    def capture(self, body: IO[bytes], behaviour: str, most: int) -> CaptureJob:
        """Capture a document; return once all of it that is right is kept.

        Raises
        ------
        CatenaryError
            If it cannot be read or kept.
        ProblemError
            If the process that captured it ended (503).
        """
        size = body.seek(0, os.SEEK_END)
        body.seek(0)
        pool = self._pool
        if pool is None or size <= _SMALL:
            return _captured(self.store, body, behaviour, most)
        try:
            if size <= _HANDED:
                return pool.submit(_capture_bytes, body.read(), behaviour, most).result()
            with NamedTemporaryFile(prefix="catenary-") as file:
                shutil.copyfileobj(body, file)
                file.flush()
                return pool.submit(_capture_file, file.name, behaviour, most).result()
        except BrokenProcessPool as error:
            with self._lock:
                if self._pool is pool:
                    self._pool = self._made()
            raise ProblemError(
                "ImplementationException",
                "the process that captured this ended before it did",
                hint="send it again: what was kept of it is not stored twice",
                status=503,
                headers=[("Retry-After", "1")],
            ) from error
