"""Tables fitted to new row and column sums, many at once, as near as possible to what they were."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

__all__ = ["Fitted", "fitted"]

_MOST: Final = 2_000  # passes
_LOOK: Final = 25  # passes after which progress is looked at
_FEW: Final = 0.7  # of the tables that are still looked at
_BLOCK: Final = 2**22  # numbers that are looked at together


class Fitted(NamedTuple):
    """B tables with the sums that were asked for."""

    tables: Array
    """(B, R, C)."""
    spread: NDArray[np.bool_]
    """Which tables could not keep their zeros, and are rows times columns over the total, (B,)."""


def fitted(seed: Array, rows: Array, columns: Array, *, tolerance: float = 1e-12) -> Fitted:
    """Scale the rows and columns of tables until they have given sums (RAS).

    What already has these sums stays as it is. A table whose zeros leave no way to the sums, or a
    way too long, becomes rows times columns over the total.

    Parameters
    ----------
    seed
        The tables, none of their numbers below 0, (B, R, C).
    rows, columns
        Sums wanted, (B, R) and (B, C), the same in total for each table.
    tolerance
        Largest gap of a sum per total of its table.

    References
    ----------
    Bacharach, M. (1970), Biproportional Matrices and Input-Output Change, Cambridge University
    Press; Miller, R. E. & Blair, P. D. (2009), Input-Output Analysis, ch. 7.

    Examples
    --------
    >>> seed = np.array([[[1.0, 1.0], [1.0, 3.0]]])
    >>> found = fitted(seed, np.array([[4.0, 4.0]]), np.array([[4.0, 4.0]]))
    >>> found.tables[0].round(3).tolist(), found.spread.tolist()
    ([[2.536, 1.464], [1.464, 2.536]], [False])
    """
    result, spread = np.empty_like(seed), np.zeros(len(seed), np.bool_)
    size = max(1, _BLOCK // max(seed[0].size, 1)) if len(seed) else 1
    for start in range(0, len(seed), size):
        part = slice(start, start + size)
        result[part], spread[part] = _fitted(seed[part], rows[part], columns[part], tolerance)
    return Fitted(result, spread)


@np.errstate(over="ignore", invalid="ignore")  # factors without bound: zeros leave no way
def _fitted(seed: Array, rows: Array, columns: Array, tolerance: float) -> Fitted:
    """Fit some tables in passes over those that are not yet done."""
    total = rows.sum(axis=1)
    left, right = np.ones_like(rows), np.ones_like(columns)
    spread, last = np.zeros(len(seed), np.bool_), np.full(len(seed), np.inf)
    active, table = np.arange(len(seed)), seed
    for count in range(1, _MOST + 1):
        ahead, behind = rows[active], columns[active]
        across = (table @ right[active][..., None])[..., 0]
        left[active] = one = _ratio(ahead, across)
        down = (one[:, None] @ table)[:, 0]
        gap = np.abs(down * right[active] - behind).max(axis=1)
        gap = np.maximum(gap, np.abs(one * across - ahead).max(axis=1))
        going = ~(gap <= tolerance * total[active])
        if count % _LOOK == 0 or count == _MOST:  # what has not halved will not get there
            spread[active] = going & (~(gap <= last[active] / 2) | (count == _MOST))
            last[active], going = gap, going & ~spread[active]
        if not going.any():
            break
        right[active[going]] = _ratio(behind[going], down[going])
        if going.mean() < _FEW:  # to copy tables costs as much as to go through them
            active, table = active[going], table[going]
    fitted = seed * left[..., None] * right[:, None]
    share = _ratio(columns[spread], np.broadcast_to(total[spread, None], columns[spread].shape))
    fitted[spread] = rows[spread][..., None] * share[:, None]
    return Fitted(fitted, spread)


def _ratio(amount: Array, base: Array) -> Array:
    """Return amounts per base; 0 where there is none."""
    return np.divide(amount, base, out=np.zeros_like(amount), where=base > 0)
