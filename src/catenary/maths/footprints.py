"""Who causes a pressure and for whom: sums over the accounts of an economy.

f: pressure per unit of output, X = (I − A)⁻¹ Y: output by the region whose final demand needs it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Integers = NDArray[np.int64]

__all__ = ["embodied", "embodied_by_group"]


def embodied(f: Array, X: Array, region: Integers, regions: int) -> Array:
    """Return the pressure in every region for the final demand of every region, (K, R, D).

    Parameters
    ----------
    f
        Pressure per unit of output, (K, N).
    X
        Output for the final demand of each region, (N, D).
    region
        Region of each producer, (N,).
    regions
        Number of regions, R.

    References
    ----------
    Kanemoto, K. et al. (2012), Environmental Science & Technology 46(1), 172-179.

    Examples
    --------
    >>> X = np.array([[10.0, 6.0], [2.0, 10.0]])
    >>> embodied(np.array([[0.5, 1.0]]), X, np.array([0, 1]), 2).tolist()
    [[[5.0, 3.0], [2.0, 10.0]]]
    """
    total = np.zeros((len(f), regions, X.shape[1]))
    for one in range(regions):
        own = np.flatnonzero(region == one)
        total[:, one] = f[:, own] @ X[own]
    return total


def embodied_by_group(weight: Array, amount: Array, group: Integers, groups: int) -> Array:
    """Return weight × amount summed by group, (K, G, D).

    Parameters
    ----------
    weight
        Of every producer, (K, N).
    amount
        Of every producer by destination, (N, D).
    group
        Group of every producer, (N,).
    groups
        Number of groups, G.

    Examples
    --------
    >>> one = embodied_by_group(np.array([[2.0, 1.0]]), np.ones((2, 1)), np.array([0, 0]), 1)
    >>> one.tolist()
    [[[3.0]]]
    """
    order = np.argsort(group, kind="stable")
    starts = np.searchsorted(group[order], np.arange(groups))
    total = np.zeros((len(weight), groups, amount.shape[1]))
    for one, (low, high) in enumerate(zip(starts, [*starts[1:], len(group)], strict=True)):
        own = order[low:high]
        total[:, one] = weight[:, own] @ amount[own]
    return total
