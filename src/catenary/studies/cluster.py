"""Batches of an ensemble on the workers of a Dask distributed scheduler.

The world is saved once, and every worker maps that file into memory instead of being sent it; what
travels is the number of a batch's cases there and their figures back. A worker that dies costs the
batch that it had.
"""

from __future__ import annotations

import logging
import queue
import socket
import threading
import time
from concurrent.futures import CancelledError
from contextlib import ExitStack
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from catenary.disruption.many import Many
from catenary.errors import CatenaryError, OptionError, SourceError
from catenary.formats.archive import open_world, save_world
from catenary.model import Scenario, World
from catenary.model.analysis import VERSION
from catenary.model.progress import advance
from catenary.studies.batching import follow
from catenary.studies.sampling import Case

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from catenary.disruption.many import Outcomes
    from catenary.studies.batching import Kept

__all__ = ["on_cluster", "work"]

_CONNECT: Final = 10.0  # seconds that a scheduler may take to answer
_PORT: Final = 8786  # of a scheduler that does not say another
_PATIENCE: Final = 60.0  # seconds without any worker, or without the scheduler, until we give up
_LOOK: Final = 1.0
_AHEAD: Final = 4  # batches given out per thread of the cluster

_OPENING: Final = threading.Lock()


@lru_cache(maxsize=1)
def _opened(path: str, digest: str, days: int, options: tuple[tuple[str, Any], ...], kind: str,
            device: str) -> Many:  # fmt: skip
    """Open the world of an ensemble, once per process."""
    world = open_world(Path(path), mapped=True)
    if not isinstance(world, World) or world.digest != digest:
        raise SourceError(f"{path!r} holds another world than the one that was sent")
    threadpool_limits(1)
    return Many(world, days, dict(options), kind=kind, device=device)


def work(about: Mapping[str, Any], cases: Sequence[Mapping[str, Any]]) -> Outcomes:
    """Run one batch, on a worker.

    Parameters
    ----------
    about
        Where the world is, its digest, and the options of the ensemble.
    cases
        Number, scenario and drawn options of each case, as plain data.

    Returns
    -------
    Outcomes
        Their figures.

    Raises
    ------
    SourceError
        If this worker cannot read the world, or is of another version.
    """
    if about["version"] != VERSION:
        raise SourceError(
            f"the cluster runs catenary {VERSION}, you run {about['version']}",
            hint="install the same version on every machine",
        )
    with _OPENING:
        try:
            many = _opened(
                about["world"], about["digest"], about["days"], tuple(about["options"].items()),
                about["kind"], about["device"],
            )  # fmt: skip
        except SourceError as error:
            raise SourceError(
                f"a worker of the cluster cannot read the world: {error.args[0]}",
                hint="write to a folder that all machines of the cluster see (-o, checkpoint)",
            ) from None
    return follow(
        many,
        [
            Case(
                number=case["number"],
                scenario=Scenario.of(case["scenario"]),
                options=case["options"],
            )
            for case in cases
        ],
    )


def _connected(address: str) -> Any:
    try:
        distributed: Any = import_module("distributed")  # an optional extra
    except ImportError:
        raise OptionError(
            f"the cluster {address!r} needs Dask distributed, which is not installed",
            hint="install catenary[cluster], here and on every worker",
        ) from None
    host, port = _parsed(address)
    patient_until = time.monotonic() + _CONNECT
    while True:  # it may just be starting
        try:
            socket.create_connection((host, port), _CONNECT).close()
            break
        except OSError as error:
            if time.monotonic() > patient_until:
                raise _silent(address, error.strerror or str(error)) from None
            time.sleep(0.2)
    came: queue.SimpleQueue[Any] = queue.SimpleQueue()

    def connect() -> None:
        try:
            came.put(distributed.Client(address, timeout=_CONNECT, set_as_default=False))
        except (OSError, ValueError, TypeError, ImportError) as error:
            came.put(error)

    # in a thread, because Dask waits for ever for somebody who listens and says nothing
    threading.Thread(target=connect, daemon=True).start()
    try:
        client = came.get(timeout=_CONNECT + _LOOK)
    except queue.Empty:
        client = TimeoutError(f"nothing came in {_CONNECT:.0f} seconds")
    if isinstance(client, Exception):
        reason = str(client).splitlines()[0] if str(client) else type(client).__name__
        raise _silent(address, reason)
    return client


def _parsed(address: str) -> tuple[str, int]:
    """Return host and port of an address such as tcp://127.0.0.1:8786."""
    parts = urlsplit(address if "://" in address else f"tcp://{address}")
    try:
        port = parts.port or _PORT
    except ValueError:
        port = 0
    if parts.scheme not in ("tcp", "tls") or not parts.hostname or not port:
        raise OptionError(
            f"{address!r} is no address of a cluster", hint="give one as tcp://127.0.0.1:8786"
        )
    return parts.hostname, port


def _silent(address: str, reason: str) -> SourceError:
    return SourceError(
        f"the cluster {address!r} does not answer: {reason}",
        hint="start one with `dask scheduler` and `dask worker`, or leave --cluster out",
    )


class _Watch:
    """Whether somebody still works for us."""

    def __init__(self, client: Any, address: str) -> None:
        self.client, self.address, self.well = client, address, time.monotonic()

    def threads(self) -> int:
        """Return the threads of the cluster, 0 where nobody answers."""
        try:
            return sum(self.client.nthreads().values()) if self.client.status == "running" else 0
        except (OSError, TimeoutError):
            return 0

    def look(self, patience: float) -> None:
        """Give up after some seconds without a worker."""
        if self.threads():
            self.well = time.monotonic()
        elif time.monotonic() - self.well > patience:
            raise SourceError(
                f"the cluster {self.address!r} has had no worker for {patience:.0f} seconds",
                hint="start workers with `dask worker`; the same call with the same output goes "
                "on from the batches that were finished",
            )


def on_cluster(
    address: str,
    world: World,
    batches: Sequence[Sequence[Case]],
    *,
    about: Mapping[str, Any],
    keep: Kept | None,
    patience: float = _PATIENCE,
) -> list[Outcomes]:
    """Run all batches on a cluster.

    Parameters
    ----------
    address
        Of the scheduler, as `tcp://127.0.0.1:8786`.
    world
        The world; it is saved beside the kept batches, or in a temporary folder of this machine.
    batches
        The cases.
    about
        days, options, kind and device of the ensemble.
    keep
        Where finished batches are kept.
    patience
        Seconds without any worker after which we give up.

    Returns
    -------
    list of Outcomes
        Of every batch, in order.

    Raises
    ------
    SourceError
        If the cluster does not answer, loses all workers, or cannot read the world.
    """
    total = sum(len(batch) for batch in batches)
    kept = {} if keep is None else {i: keep.get(i) for i in range(len(batches))}
    done: dict[int, Outcomes] = {i: found for i, found in kept.items() if found is not None}
    with ExitStack() as closing:
        log = logging.getLogger("distributed")
        closing.callback(log.setLevel, log.level)
        log.setLevel(logging.CRITICAL + 1)  # what is wrong is said once, by us
        client = _connected(address)
        closing.callback(client.close)
        place = Path(closing.enter_context(TemporaryDirectory())) if keep is None else keep.folder
        file = place.resolve() / "ensemble.world"
        save_world(world, file)
        closing.callback(file.unlink, missing_ok=True)
        told = {**about, "world": str(file), "digest": world.digest, "version": VERSION}
        watch = _Watch(client, address)
        came: queue.SimpleQueue[Any] = queue.SimpleQueue()
        waiting: dict[Any, int] = {}
        closing.callback(lambda: client.cancel(list(waiting)))
        todo = iter([i for i in range(len(batches)) if i not in done])
        while len(done) < len(batches):
            room = _AHEAD * max(1, watch.threads())
            for i in todo:
                future = client.submit(work, told, _plain(batches[i]), pure=False)
                waiting[future] = i
                future.add_done_callback(came.put)
                if len(waiting) >= room:
                    break
            try:
                future = came.get(timeout=_LOOK)
            except queue.Empty:
                watch.look(patience)
                continue
            outcomes = _result(future)
            i = waiting.pop(future)
            if keep is not None:
                keep.put(i, outcomes)
            done[i] = outcomes
            advance("runs", sum(len(batches[one]) for one in done), total)
    return [done[i] for i in range(len(batches))]


def _plain(batch: Sequence[Case]) -> list[dict[str, Any]]:
    return [
        {
            "number": case.number,
            "scenario": case.scenario.to_dict(),
            "options": dict(case.options),
        }
        for case in batch
    ]


def _result(future: Any) -> Outcomes:
    """Return what a worker found, or raise what stopped it as one of our errors."""
    try:
        found: Outcomes = future.result()
    except CatenaryError:
        raise
    except (Exception, CancelledError) as error:  # noqa: BLE001  whatever a worker raised
        reason = str(error).splitlines()[0] if str(error) else ""
        raise SourceError(
            f"the cluster stopped running batches: {type(error).__name__} {reason}".rstrip(),
            hint="look after its scheduler and workers; with an output, the same call goes on from "
            "the batches that were finished",
        ) from None
    return found
