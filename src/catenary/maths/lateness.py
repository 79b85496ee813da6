"""Goods that meet a closure: which share passes, how long the rest would wait, what is late.

What is open by a share lets that share of the goods pass, the same share everywhere: goods of
quantile x pass all that is open by x or more. So the states of a day are nested, one for each
level of openness, and there are few of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Flags = NDArray[np.bool_]

__all__ = ["late", "levels", "until_open"]


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


def until_open(shut: Flags) -> Array:
    """Return how many days it takes until a place is open, by day and place, (D, G).

    Examples
    --------
    >>> until_open(np.array([[False], [True], [True], [False], [True]]))[:, 0].tolist()
    [0.0, 2.0, 1.0, 0.0, inf]
    """
    found = np.zeros(shut.shape)
    after = np.full(shut.shape[1], np.inf)
    for day in range(len(shut) - 1, -1, -1):
        after = np.where(shut[day], after + 1.0, 0.0)
        found[day] = after
    return found


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
