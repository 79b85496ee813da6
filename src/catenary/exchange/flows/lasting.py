"""How long deliveries take: mean, and the days that nine of ten keep."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING, Final

import numpy as np

from catenary.exchange.flows.ledger import DAY

if TYPE_CHECKING:
    from catenary.exchange.flows.ledger import Ledger

__all__ = ["KEPT", "days_of", "lasted"]

KEPT: Final = 0.9
"""Share of deliveries that an expected arrival covers."""


def days_of(times: array[int] | None, *, kept: float = KEPT) -> tuple[float, float]:
    """Return the mean of times, and the least that a share of them does not exceed, in days.

    Parameters
    ----------
    times
        In milliseconds; None or empty = unknown, which gives NaN.
    kept
        The share, above 0 and at most 1.

    Examples
    --------
    >>> days_of(array("q", [86_400_000, 86_400_000, 2 * 86_400_000, 4 * 86_400_000]), kept=0.75)
    (2.0, 2.0)
    """
    if times is None or not len(times):
        return float("nan"), float("nan")
    sorted_times = np.sort(np.frombuffer(times, np.int64))
    place = int(np.ceil(np.round(kept * len(sorted_times), 9))) - 1
    return float(sorted_times.mean()) / DAY, float(sorted_times[max(place, 0)]) / DAY


def lasted(ledger: Ledger) -> dict[tuple[str, str, str], array[int]]:
    """Return the times of all deliveries, by origin, place and product; product blank = of all."""
    found: dict[tuple[str, str, str], array[int]] = {}
    for key in sorted(ledger.links):
        link = ledger.links[key]
        if len(link.lasted):
            origin, place, product = key
            if product:
                found[key] = link.lasted
            found.setdefault((origin, place, ""), array("q")).extend(link.lasted)
    return found
