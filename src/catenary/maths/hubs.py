"""Cheapest ways from place to place by way of two hubs, such as ports or airports."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import NDArray

    Array = NDArray[np.float64]

__all__ = ["ByHubs", "by_hubs"]


class ByHubs(NamedTuple):
    """The cheapest ways by two hubs."""

    cost: Array
    """(R, R); inf where there is none, and from a place to itself."""
    first: NDArray[np.int16]
    """Which candidate of the origin is used; -1: no way."""
    last: NDArray[np.int16]
    """Which candidate of the destination is used."""


def by_hubs(
    leave: Array, reach: Array, hubs: NDArray[np.integer[Any]], between: Array
) -> ByHubs:
    """Return the cheapest ways between all places by a hub near each: two min-plus products.

    Parameters
    ----------
    leave
        Cost from place to each of its candidates, (R, H); inf = cannot be used.
    reach
        Cost from each candidate to its place, (R, H).
    hubs
        Candidates as positions in `between`, (R, H); -1: none.
    between
        Cost between hubs, (P, P); inf = no way.

    Examples
    --------
    >>> near = np.array([[1.0, 5.0], [2.0, np.inf]])
    >>> ways = by_hubs(near, near, np.array([[0, 1], [2, -1]]), np.array(
    ...     [[0.0, 1.0, 10.0], [1.0, 0.0, 3.0], [10.0, 3.0, 0.0]]))
    >>> float(ways.cost[0, 1]), int(ways.first[0, 1]), int(ways.last[0, 1])
    (10.0, 1, 0)
    """
    from catenary.maths import hubs_kernels as kernels  # noqa: PLC0415  brings numba

    return ByHubs(
        *kernels.by_hubs(leave, reach, np.ascontiguousarray(hubs, np.int64), between)
    )
