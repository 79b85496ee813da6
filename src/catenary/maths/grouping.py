"""Numbers of groups."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["sum_by"]


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
