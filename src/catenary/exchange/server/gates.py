"""How often a client may ask."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Rate"]

_CLIENTS: Final = 10_000


class Rate:
    """So many requests a minute for each client, with a burst of a sixth of that.

    Parameters
    ----------
    a_minute
        How many; 0 = any number.
    clock
        Seconds that only grow.

    Examples
    --------
    >>> rate = Rate(6, clock=iter([0.0, 0.0, 10.0]).__next__)
    >>> [rate.wait("me") for _ in range(3)]
    [0.0, 10.0, 0.0]
    """

    def __init__(self, a_minute: int, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.a_minute = a_minute
        self._clock = clock
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = threading.Lock()

    def wait(self, client: str) -> float:
        """Count a request; return how many seconds the client has to wait, 0 = none."""
        if not self.a_minute:
            return 0.0
        burst, speed = max(1.0, self.a_minute / 6), self.a_minute / 60
        with self._lock:
            now = self._clock()
            left, then = self._left.pop(client, (burst, now))
            left = min(burst, left + (now - then) * speed)
            allowed = left >= 1
            self._left[client] = (left - 1 if allowed else left, now)
            while len(self._left) > _CLIENTS:
                self._left.popitem(last=False)
        return 0.0 if allowed else (1 - left) / speed
