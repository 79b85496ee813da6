"""How central the nodes of a weighted network are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from catenary.errors import ComputationError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

__all__ = ["page_rank"]

_ROUNDS: Final = 1000


def page_rank(flows: Array, *, damping: float = 0.85, tolerance: float = 1e-13) -> Array:
    """Return how often a walk along the flows is at each node.

    Parameters
    ----------
    flows
        Weights from row to column, (N, N), ≥ 0; the diagonal does not count.
    damping
        Share of steps that follow a flow; the others, and those from nodes without any, jump to
        any node.
    tolerance
        Largest change at which the walk counts as settled.

    Returns
    -------
    ndarray
        (N,), sums to 1.

    Raises
    ------
    ComputationError
        If it does not settle.

    References
    ----------
    Brin, S. & Page, L. (1998), The anatomy of a large-scale hypertextual Web search engine.
    Computer Networks and ISDN Systems 30, 107-117.

    Examples
    --------
    >>> page_rank(np.array([[0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [1.0, 0.0, 0.0]])).round(3)
    array([0.333, 0.333, 0.333])
    """
    count = len(flows)
    away = flows.astype(float)
    np.fill_diagonal(away, 0.0)
    sent = away.sum(axis=1)
    step = np.divide(
        away, sent[:, None], out=np.full_like(away, 1 / count), where=sent[:, None] > 0
    )
    rank = np.full(count, 1 / count)
    for _ in range(_ROUNDS):
        new: Array = damping * (rank @ step) + (1 - damping) / count
        if np.abs(new - rank).max() < tolerance:
            settled: Array = new / new.sum()
            return settled
        rank = new
    raise ComputationError(f"the centrality of {count} nodes did not settle in {_ROUNDS} rounds")
