"""What the cheapest routes through an overlay take besides what they are cheapest by."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from catenary.maths.routing import UNREACHED

if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import NDArray

    from catenary.maths.overlay import Overlay

    Array = NDArray[np.float64]

__all__ = ["Carried", "carried"]


class Carried(NamedTuple):
    """Between all places: the least cost, and what the routes of that cost take."""

    cost: Array
    """(P, P); inf where there is no way."""
    metres: Array
    """In open water, (P, P); nan where there is no way."""
    amounts: Array
    """Of the doors passed, (K, P, P); nan where there is no way."""


def carried(overlay: Overlay, doors: Array, amounts: Array, *, rate: float = 1.0) -> Carried:
    """Return the least cost between all places, and other amounts of the same routes.

    Parameters
    ----------
    overlay
        Network of doors.
    doors
        Cost of passing each door, (D,), ≥ 0; inf = closed.
    amounts
        What else is added up door by door, (K, D), finite.
    rate
        Cost of a metre in open water, ≥ 0.

    References
    ----------
    Floyd, R. W. (1962), Algorithm 97: shortest path. Communications of the ACM 5(6), 345.

    Examples
    --------
    The canal is the quickest way, and costs a toll of 7:

    >>> from catenary.maths.overlay import Overlay
    >>> apart = np.array([[0, 9], [9, 0]])
    >>> canal = Overlay.of(apart, apart, apart, np.array([0]), np.array([1]))
    >>> found = carried(canal, np.array([5.0]), np.array([[7.0]]))
    >>> found.cost[0, 1], found.metres[0, 1], found.amounts[0, 0, 1]
    (np.float64(5.0), np.float64(0.0), np.float64(7.0))
    """
    direct, access, between = (
        _cost(table, rate) for table in (overlay.direct, overlay.access, overlay.between)
    )
    kinds = len(amounts)
    step = np.zeros((kinds + 1, *between.shape))  # metres, then amounts
    step[0] = overlay.between
    for door in np.argsort(-doors, kind="stable").tolist():  # of parallel ones the cheapest last
        a, b = int(overlay.tail[door]), int(overlay.head[door])
        for x, y in ((a, b), (b, a)):
            if doors[door] < between[x, y]:
                between[x, y] = doors[door]
                step[0, x, y], step[1:, x, y] = 0, amounts[:, door]
    for k in range(len(between)):
        total = between[:, k, None] + between[k]
        better = total < between
        if better.any():
            between[better] = total[better]
            step[:, better] = (step[:, :, k, None] + step[:, None, k])[:, better]
    places = len(direct)
    cost, taken = direct.copy(), np.zeros((kinds + 1, places, places))
    taken[0] = overlay.direct
    if len(between):
        every = np.arange(len(between))
        for o in range(places):
            onward = access[o][:, None] + between
            first = np.argmin(onward, axis=0)
            reached = onward[first, every]
            so_far = step[:, first, every]
            so_far[0] += overlay.access[o][first]
            whole = reached + access
            last = np.argmin(whole, axis=1)
            total = whole[np.arange(places), last]
            better = total < cost[o]
            cost[o, better] = total[better]
            taken[:, o, better] = so_far[:, last[better]]
            taken[0, o, better] += overlay.access[better, last[better]]
    taken[:, ~np.isfinite(cost)] = np.nan
    return Carried(cost, taken[0], taken[1:])


def _cost(metres: NDArray[Any], rate: float) -> Array:
    return np.where(metres < UNREACHED, metres * float(rate), np.inf)
