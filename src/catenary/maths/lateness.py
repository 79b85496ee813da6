"""Goods that meet closures: which share passes, when the rest goes and how, and what is late.

What is open by a share lets that share of the goods pass, the same share everywhere: goods of
quantile x pass all that is open by x or more. So the states of a day are nested, one for each
level of openness, and there are few of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Integers = NDArray[np.int64]

__all__ = ["going", "late", "levels", "runs"]


def levels(open_: Array) -> tuple[Array, Array]:
    """Return the quantiles at which goods begin to see something else, and how many see it.

    Parameters
    ----------
    open_
        Share that may pass, by day and place, (D, G), from 0 to 1.

    Returns
    -------
    tops, widths
        Goods with quantiles up to `tops` and above the one before, (K,), are `widths` of all;
        these add up to 1. They pass where `open_` is `tops` or more.

    Examples
    --------
    >>> tops, widths = levels(np.array([[1.0, 0.25], [0.5, 1.0]]))
    >>> tops.tolist(), widths.tolist()
    ([0.25, 0.5, 1.0], [0.25, 0.25, 0.5])
    """
    tops = np.unique(np.append(open_[open_ > 0], 1.0))
    return tops, np.diff(tops, prepend=0.0)


def runs(state: Integers) -> tuple[Integers, Integers]:
    """Return where a series begins to be something else, and what it then is.

    Examples
    --------
    >>> [one.tolist() for one in runs(np.array([7, 7, 2, 7]))]
    [[0, 2, 3], [7, 2, 7]]
    """
    first = np.flatnonzero(np.append(True, state[1:] != state[:-1]))
    return first, state[first]


def going(
    first: Integers, goal: Sequence[Array], day: Array, days: int
) -> tuple[Array, NDArray[np.int64]]:
    """Return how long goods wait before they go, and in which run of days they then go.

    On each day goods take the best way of that day's state, or wait for a later one where that,
    a day at its price, is better: min over w ≥ 0 of goal(day + w) + w · price of a day. Who may
    as well wait as go another way waits.

    Parameters
    ----------
    first
        First day of each run of equal days, (S,), from 0; the last run never ends.
    goal
        The best way's goal in each run, S arrays (L,); inf = no way.
    day
        Price of a day, (L,), ≥ 0.
    days
        How many days are asked for.

    Returns
    -------
    wait, run
        Days waited, and the run in which goods go, (days, L); -1: there is never a way.

    Examples
    --------
    >>> shut = [np.array([1.0]), np.array([6.0]), np.array([1.0])]
    >>> wait, run = going(np.array([0, 1, 9]), shut, np.array([1.0]), 10)
    >>> wait[:, 0].tolist()
    [0.0, 0.0, 0.0, 0.0, 5.0, 4.0, 3.0, 2.0, 1.0, 0.0]
    """
    count = len(day)
    wait, run = np.zeros((days, count)), np.full((days, count), -1)
    later, after, how = np.full(count, np.inf), np.zeros(count), np.full(count, -1)
    end = np.inf
    for number in range(len(first) - 1, -1, -1):
        start = int(first[number])
        here = goal[number]
        stop = days if np.isinf(end) else min(int(end), days)
        at = np.arange(start, max(start + 1, stop))  # one at least: for those who wait for it
        left = (end - at)[:, None]
        with np.errstate(invalid="ignore"):
            worth = np.where(np.isfinite(later), later + day * left, np.inf) <= here
        worth &= np.isfinite(later)
        told = np.where(worth, left + after, 0.0)
        taken = np.where(worth, how, np.where(np.isfinite(here), number, -1))
        inside = at < days
        wait[at[inside]], run[at[inside]] = told[inside], taken[inside]
        with np.errstate(invalid="ignore"):
            later = np.where(worth[0], later + day * left[0], here)
        after, how, end = told[0], taken[0], float(start)
    return wait, run


def late(extra: Array) -> Array:
    """Return how many days' worth of goods is late at the end of each day.

    What is due on day u comes `extra[u]` days later; what is due on later days may come before it.
    On day D that is what was due by then and has not come.

    Parameters
    ----------
    extra
        Days that what is due on each day is late, (D, L), 0 or more and finite.

    Examples
    --------
    >>> late(np.array([[0.0], [3.0], [3.0], [0.0], [0.0], [0.0]]))[:, 0].tolist()
    [0.0, 1.0, 2.0, 2.0, 1.0, 0.0]
    """
    found = np.zeros_like(extra)
    for after in range(int(np.ceil(extra.max(initial=0.0)))):
        if after >= len(extra):
            break
        found[after:] += np.clip(extra[: len(extra) - after] - after, 0.0, 1.0)
    return found
