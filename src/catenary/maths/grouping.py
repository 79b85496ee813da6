"""Numbers of groups."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["joined", "sum_by", "sum_rows"]


def joined(
    one: NDArray[np.integer[Any]], other: NDArray[np.integer[Any]], count: int
) -> NDArray[np.int64]:
    """Return which of some things pairs join, however indirectly: a number for each, (N,).

    Parameters
    ----------
    one, other
        The two of every pair, (E,), 0 … count − 1.
    count
        Number of things, N.

    Examples
    --------
    >>> joined(np.array([0, 1]), np.array([1, 3]), 5).tolist()
    [0, 0, 1, 0, 2]
    """
    from scipy import sparse  # noqa: PLC0415  slow to import
    from scipy.sparse.csgraph import connected_components  # noqa: PLC0415

    pairs = sparse.coo_array((np.ones(len(one)), (one, other)), shape=(count, count))
    return np.asarray(connected_components(pairs, directed=False)[1], np.int64)


def sum_by(
    group: NDArray[np.integer[Any]], numbers: NDArray[np.float64], groups: int
) -> NDArray[np.float64]:
    """Return the sum of the numbers of each group, (G,); floats even where there are none.

    Parameters
    ----------
    group
        Group of every number, (N,), 0 … groups − 1.
    numbers
        The numbers, (N,).
    groups
        Number of groups, G.

    Examples
    --------
    >>> sum_by(np.array([0, 2, 0]), np.array([1.0, 2.0, 3.0]), 3)
    array([4., 0., 2.])
    """
    return np.bincount(group, numbers, groups).astype(np.float64, copy=False)


def sum_rows(
    group: NDArray[np.integer[Any]], rows: NDArray[np.float64], groups: int
) -> NDArray[np.float64]:
    """Return the sum of the rows of each group, (G, …).

    Parameters
    ----------
    group
        Group of every row, (N,), each of 0 … groups − 1 at least once.
    rows
        The rows, (N, …).
    groups
        Number of groups, G.

    Examples
    --------
    >>> sum_rows(np.array([0, 1, 0]), np.array([[1.0, 1.0], [2.0, 2.0], [3.0, 4.0]]), 2).tolist()
    [[4.0, 5.0], [2.0, 2.0]]
    """
    if np.array_equal(group, np.arange(groups)):
        return rows
    order = np.argsort(group, kind="stable")
    first = np.searchsorted(group[order], np.arange(groups))
    found: NDArray[np.float64] = np.add.reduceat(rows[order], first, axis=0)
    return found
