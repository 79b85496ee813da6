"""How long work tells whoever watches how far it is, without knowing who that is."""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["advance", "watched_by"]

Watcher = "Callable[[str, int, int], None]"

_WATCHER: Final[ContextVar[Callable[[str, int, int], None] | None]] = ContextVar(
    "watcher", default=None
)


def advance(what: str, done: int, total: int) -> None:
    """Say that `done` of `total` steps of `what` are done; costs nothing if nobody watches."""
    watcher = _WATCHER.get()
    if watcher is not None:
        watcher(what, done, total)


@contextmanager
def watched_by(watcher: Callable[[str, int, int], None]) -> Iterator[None]:
    """Call `watcher(what, done, total)` for all work done inside.

    Examples
    --------
    >>> with watched_by(lambda what, done, total: print(what, done, "of", total)):
    ...     advance("days", 1, 2)
    days 1 of 2
    """
    token = _WATCHER.set(watcher)
    try:
        yield
    finally:
        _WATCHER.reset(token)
