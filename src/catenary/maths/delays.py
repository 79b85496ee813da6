"""How much longer goods take the more of them come: convex delays of many places at once.

A delay is what comes on top of the time that one takes alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol

import numpy as np

from catenary.errors import DataError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

__all__ = ["BPR_POWER", "BPR_SHARE", "Bpr", "Delay", "Queue"]

BPR_SHARE: Final = 0.15
"""Of the free time that is added where flow is the capacity: US Bureau of Public Roads (1964)."""

BPR_POWER: Final = 4.0
"""Power of flow over capacity, of the same source."""

_NEARLY: Final = 0.95  # use of a queue from which on its delay goes on straight


class Delay(Protocol):
    """Delays of R places at flows (R,): increasing and convex, and so is flow times delay."""

    def value(self, flow: Array) -> Array:
        """Return the delay."""
        ...

    def integral(self, flow: Array) -> Array:
        """Return the delay summed from no flow up to this."""
        ...

    def slope(self, flow: Array) -> Array:
        """Return how much the delay grows with a unit of flow."""
        ...

    def bend(self, flow: Array) -> Array:
        """Return how much the slope grows with a unit of flow."""
        ...

    def relief(self, flow: Array) -> Array:
        """Return how much less all of the flow waits in sum with one more unit of capacity."""
        ...


def _checked(capacity: Array, *others: Array) -> None:
    """Refuse what would be no delay."""
    if not (capacity > 0).all() or not np.isfinite(capacity).all():
        raise DataError("a capacity is not above 0", hint="leave out what has none")
    for one in others:
        if one.shape != capacity.shape or not (one >= 0).all():
            raise DataError("a time is below 0, or there is not one for each capacity")


@dataclass(frozen=True, eq=False)
class Bpr:
    """The curve of the US Bureau of Public Roads: free time · share · (flow / capacity) ** power.

    Parameters
    ----------
    free
        Time that one takes alone, (R,), ≥ 0.
    capacity
        Flow at which the delay is that share of it, (R,), > 0.
    share, power
        ≥ 0, ≥ 1.

    References
    ----------
    US Bureau of Public Roads (1964), Traffic Assignment Manual.

    Examples
    --------
    >>> road = Bpr(np.array([2.0]), np.array([100.0]))
    >>> road.value(np.array([100.0])), road.value(np.array([200.0]))
    (array([0.3]), array([4.8]))
    """

    free: Array
    capacity: Array
    share: float = BPR_SHARE
    power: float = BPR_POWER

    def __post_init__(self) -> None:
        """Check the numbers."""
        _checked(self.capacity, self.free)
        if not (self.share >= 0 and self.power >= 1):
            raise DataError(f"a BPR curve has the share {self.share:g} and power {self.power:g}")

    def value(self, flow: Array) -> Array:
        """Return the delay."""
        found: Array = self.free * self.share * (flow / self.capacity) ** self.power
        return found

    def integral(self, flow: Array) -> Array:
        """Return the delay summed from no flow up to this."""
        return self.value(flow) * flow / (self.power + 1)

    def slope(self, flow: Array) -> Array:
        """Return how much the delay grows with a unit of flow."""
        use = (flow / self.capacity) ** (self.power - 1)
        found: Array = self.free * self.share * self.power * use / self.capacity
        return found

    def bend(self, flow: Array) -> Array:
        """Return how much the slope grows with a unit of flow."""
        with np.errstate(divide="ignore", invalid="ignore"):
            use = np.where(
                self.power == 1, 0.0, (flow / self.capacity) ** np.maximum(self.power - 2, -1)
            )
        times = self.share * self.power * (self.power - 1)
        found: Array = self.free * times * np.nan_to_num(use, posinf=0.0) / self.capacity**2
        return found

    def relief(self, flow: Array) -> Array:
        """Return how much less all of the flow waits in sum with one more unit of capacity."""
        return flow * self.value(flow) * self.power / self.capacity


@dataclass(frozen=True, eq=False)
class Queue:
    """The mean wait before one server: arrivals at random, any spread of the time of service.

    Pollaczek and Khinchine: service · (1 + spread²) / 2 · use / (1 − use), where use is flow over
    capacity. From a use of 95 % on it goes on straight as it rises there, so that a flow above
    capacity waits for long but not for ever.

    Parameters
    ----------
    service
        Days that the server is busy with one arrival, (R,), ≥ 0: its load over the capacity.
    capacity
        Flow that keeps the server busy without a pause, (R,), > 0.
    spread
        Standard deviation over mean of the time of service; 1 = exponential, 0 = always the same.

    References
    ----------
    Kleinrock, L. (1975), Queueing Systems, volume 1: theory. Wiley, section 5.6.

    Examples
    --------
    >>> lock = Queue(np.array([0.1]), np.array([10.0]), spread=1.0)
    >>> lock.value(np.array([5.0]))
    array([0.1])
    """

    service: Array
    capacity: Array
    spread: float = 1.0

    def __post_init__(self) -> None:
        """Check the numbers."""
        _checked(self.capacity, self.service)
        if not self.spread >= 0:
            raise DataError(f"the spread of a time of service is {self.spread:g}")

    def _parts(self, flow: Array) -> tuple[Array, Array, Array, Any]:
        """Return the factor, use, use where it still bends, and what goes on straight."""
        use = flow / self.capacity
        bent = np.minimum(use, _NEARLY)
        return self.service * (1 + self.spread**2) / 2, use, bent, use - bent

    def value(self, flow: Array) -> Array:
        """Return the delay."""
        factor, _, bent, straight = self._parts(flow)
        found: Array = factor * (bent / (1 - bent) + straight / (1 - _NEARLY) ** 2)
        return found

    def integral(self, flow: Array) -> Array:
        """Return the delay summed from no flow up to this."""
        factor, _, bent, straight = self._parts(flow)
        curve = -bent - np.log1p(-bent)
        line = straight * (_NEARLY / (1 - _NEARLY)) + straight**2 / (2 * (1 - _NEARLY) ** 2)
        found: Array = factor * self.capacity * (curve + line)
        return found

    def slope(self, flow: Array) -> Array:
        """Return how much the delay grows with a unit of flow."""
        factor, _, bent, _ = self._parts(flow)
        found: Array = factor / (1 - bent) ** 2 / self.capacity
        return found

    def bend(self, flow: Array) -> Array:
        """Return how much the slope grows with a unit of flow."""
        factor, _, bent, straight = self._parts(flow)
        found: Array = np.where(straight > 0, 0.0, 2 * factor / (1 - bent) ** 3 / self.capacity**2)
        return found

    def relief(self, flow: Array) -> Array:
        """Return how much less all of the flow waits in sum with one more unit of capacity.

        The load of an arrival stays the same, so that the server is faster with each as well.
        """
        _, use, _, _ = self._parts(flow)
        faster = self.value(flow) / self.capacity
        return flow * (faster + self.slope(flow) * use)
