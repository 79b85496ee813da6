"""Progress with time left, on stderr, for work that lasts."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from catenary.model.progress import watched_by

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["told"]

_PATIENCE = 1.0  # seconds before anything is said
_EVERY = {True: 0.2, False: 10.0}  # on a terminal, and in a log


def _left(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


@contextmanager
def told() -> Iterator[None]:
    """Tell how far the work inside is and how long it will still take."""
    terminal = sys.stderr.isatty()
    began = time.monotonic()
    # a log is told only of what lasts: a line there stays
    said, stage, stage_began = began + (_PATIENCE - _EVERY[True] if terminal else 0.0), "", began
    width, stage_done = 0, 0

    def watcher(what: str, done: int, total: int) -> None:
        nonlocal said, stage, stage_began, stage_done, width
        now = time.monotonic()
        if what != stage or done <= 1:  # the first step may compile
            stage, stage_began, stage_done = what, now, done
        spent, steps = now - stage_began, done - stage_done
        if steps <= 0 or now - began < _PATIENCE or now - said < _EVERY[terminal]:
            return
        said = now
        line = f"{what} {done:,} of {total:,}, {_left(spent * (total - done) / steps)} left"
        end = "\r" if terminal else "\n"
        print(line.ljust(width), end=end, file=sys.stderr, flush=True)
        width = len(line) if terminal else 0

    try:
        with watched_by(watcher):
            yield
    finally:
        if width:
            print(" " * width, end="\r", file=sys.stderr, flush=True)
