"""How the cases of an ensemble are run: in batches, on threads, finished ones kept in a folder."""

from __future__ import annotations

import hashlib
import os
import re
import threading
import zipfile
import zlib
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from catenary.disruption.many import Outcomes, told
from catenary.errors import CatenaryError, SourceError
from catenary.formats.saving import alone
from catenary.model.progress import advance

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from catenary.disruption.many import Many
    from catenary.studies.sampling import Case

__all__ = ["Kept", "follow", "forget", "in_batches", "on_threads"]

_OURS: Final = re.compile(r"plan\.txt|lock|batch-\d{6,}\.npz|\.\d+\.part|ensemble\.world")
"""What stands in a folder of finished batches."""

_SIDE_BY_SIDE: Final = 16  # what a run gives does not depend on it
_ON_A_DEVICE: Final = 256  # a GPU is busy only with many


def in_batches(cases: Sequence[Case], device: str) -> list[Sequence[Case]]:
    """Return the cases in batches, each of which is run at once."""
    size = _SIDE_BY_SIDE if device == "cpu" else _ON_A_DEVICE
    return [cases[i : i + size] for i in range(0, len(cases), size)]


def _plain(found: Mapping[str, NDArray[Any]]) -> bytes:
    """Return a fingerprint of some arrays."""
    digest = hashlib.blake2b(digest_size=16)
    for name in sorted(found):
        array = np.ascontiguousarray(found[name])
        digest.update(f"{name} {array.dtype.str} {array.shape}".encode())
        digest.update(array.tobytes())
    return digest.digest()


class Kept:
    """Finished batches in a folder.

    Parameters
    ----------
    folder
        The folder; it is made.
    plan
        Fingerprint of everything that decides the numbers; a folder of another plan is refused.
    """

    def __init__(self, folder: Path, plan: str) -> None:
        self.folder, self.plan = folder, plan
        try:
            folder.mkdir(exist_ok=True)
            mark = folder / "plan.txt"
            if any(not _OURS.fullmatch(file.name) for file in folder.iterdir()):
                raise SourceError(
                    f"{str(folder)!r} holds other files", hint="choose another folder"
                )
            same = mark.is_file() and mark.read_bytes() == plan.encode()
            if not same and any(folder.glob("batch-*.npz")):
                raise SourceError(
                    f"{str(folder)!r} holds batches of another ensemble",
                    hint="remove that folder, or choose another one",
                )
            if not same:
                mark.write_text(plan, "utf-8")
        except OSError as error:
            if isinstance(error, SourceError):
                raise
            raise SourceError(
                f"cannot write {str(folder)!r}: {error.strerror or error}",
                hint="choose a folder that you may write to",
            ) from None

    def _file(self, batch: int) -> Path:
        return self.folder / f"batch-{batch:06d}.npz"

    def get(self, batch: int) -> Outcomes | None:
        """Return a finished batch; None where it is not there, not whole or not this one."""
        try:
            with self._file(batch).open("rb") as file, np.load(file) as stored:  # never pickles
                found = {name: stored[name] for name in stored}
            mark = found.pop("mark").tobytes()
            if mark != self._mark(batch, found):
                return None
            return Outcomes(**found)
        except (
            OSError, ValueError, KeyError, TypeError, AttributeError, EOFError, RuntimeError,
            NotImplementedError, zipfile.BadZipFile, zlib.error,
        ):  # fmt: skip
            return None

    def _mark(self, batch: int, found: Mapping[str, NDArray[Any]]) -> bytes:
        return f"{self.plan} {batch} ".encode() + _plain(found)

    def put(self, batch: int, outcomes: Outcomes) -> None:
        """Keep a batch; it is there whole or not at all."""
        beside = self.folder / f".{batch}.part"
        try:
            with beside.open("wb") as file:
                found = outcomes.arrays()
                mark = np.frombuffer(self._mark(batch, found), np.uint8)
                np.savez(file, allow_pickle=False, mark=mark, **found)
            beside.replace(self._file(batch))
        except OSError as error:
            beside.unlink(missing_ok=True)
            raise SourceError(
                f"cannot keep finished batches in {str(self.folder)!r}: {error.strerror or error}",
                hint="make room there; the same call then goes on from where it was",
            ) from None

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other processes from writing here; leave nothing where nothing was finished."""
        with (self.folder / "lock").open("wb") as lock:
            if not alone(lock):
                raise SourceError(
                    f"another process is running this ensemble into {str(self.folder)!r}",
                    hint="wait until it is done, or choose another output",
                )
            try:
                yield
            except BaseException:
                if not any(self.folder.glob("batch-*.npz")):
                    forget(self.folder)
                raise

    def clear(self) -> None:
        """Remove all batches, and the folder."""
        forget(self.folder)


def forget(folder: Path) -> None:
    """Remove a folder of finished batches, if it is there and holds nothing else."""
    if not folder.is_dir() or any(not _OURS.fullmatch(file.name) for file in folder.iterdir()):
        return
    for file in folder.iterdir():
        file.unlink(missing_ok=True)
    folder.rmdir()


class _StoppedError(Exception):
    """Somebody stopped the ensemble."""


def follow(
    many: Many, batch: Sequence[Case], on_day: Callable[[int], None] = lambda _: None
) -> Outcomes:
    """Run one batch; what is wrong with a case is told with its number."""
    try:
        return many.follow([(case.scenario, case.options) for case in batch], on_day=on_day)
    except CatenaryError:
        for case in batch:  # which of them was it?
            try:
                case.scenario.compile(many.world)
            except CatenaryError as error:
                raise told(error, case.scenario.name, case.number) from None
        raise


def on_threads(
    many: Many, batches: Sequence[Sequence[Case]], workers: int | None, keep: Kept | None
) -> list[Outcomes]:
    """Run all batches on some threads (None: one per core; one for a device)."""
    stop = threading.Event()

    def look(_: int) -> None:
        if stop.is_set():
            raise _StoppedError

    def work(place: int) -> Outcomes:
        found = None if keep is None else keep.get(place)
        if found is None:
            found = follow(many, batches[place], look)
            if keep is not None:
                keep.put(place, found)
        return found

    threads = 1 if many.device is not None else workers or os.cpu_count() or 1
    total = sum(len(batch) for batch in batches)
    done: dict[int, Outcomes] = {}
    with (
        threadpool_limits(1 if many.device is None else None),
        ThreadPoolExecutor(min(threads, len(batches))) as pool,
    ):
        waiting = {pool.submit(work, place): place for place in range(len(batches))}
        try:
            while waiting:
                finished, _ = wait(waiting, timeout=0.5, return_when=FIRST_COMPLETED)
                for future in finished:
                    done[waiting.pop(future)] = future.result()
                if finished:
                    advance("runs", sum(len(batches[place]) for place in done), total)
        except BaseException:
            stop.set()
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return [done[place] for place in range(len(batches))]
