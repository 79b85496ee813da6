"""Who is best matched with what."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import linear_sum_assignment

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Integers = NDArray[np.int64]

__all__ = ["matched"]


def matched(value: Array, *, each: int = 1) -> tuple[Integers, Integers]:
    """Return rows and columns of the matching of largest total value, rows ascending.

    Every row is matched at most once and every column at most `each` times; what is not worth
    more than 0 is left alone. It is the optimum of the linear programme
    max Σ v_ij x_ij, Σ_j x_ij ≤ 1, Σ_i x_ij ≤ each, x ≥ 0, whose corners are whole numbers.

    Parameters
    ----------
    value
        Worth of each match, (I, J).
    each
        How often a column may be matched.

    References
    ----------
    Kuhn, H. W. (1955), Naval Research Logistics Quarterly 2(1-2), 83-97.

    Examples
    --------
    >>> rows, columns = matched(np.array([[3.0, 2.0], [2.0, -1.0]]))
    >>> rows.tolist(), columns.tolist()
    ([0, 1], [1, 0])
    """
    worth = np.repeat(np.maximum(value, 0.0), min(each, len(value)), axis=1)
    row, place = linear_sum_assignment(worth, maximize=True)
    column = place // max(1, min(each, len(value)))
    kept = value[row, column] > 0
    return row[kept].astype(np.int64), column[kept].astype(np.int64)
