"""How concentrated amounts are: Herfindahl-Hirschman index, largest share, effective number."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from catenary.errors import ComputationError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from scipy import sparse

    Array = NDArray[np.float64]
    Integers = NDArray[np.int64]

__all__ = ["Shares", "added_up", "embodied", "shares_of"]

_ENDLESS: Final = 1e100
"""Multiple of the final deliveries beyond which a series has no end."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Shares:
    """Shares of suppliers in groups, and how concentrated each group is."""

    group: Integers
    """Group of each supplier's share, ascending, (S,)."""
    supplier: Integers
    """Supplier, largest share first within its group, (S,)."""
    share: Array
    """Shares, which sum to 1 in each group, (S,)."""
    amount: Array
    """Amounts, (S,)."""
    groups: Integers
    """The groups that have anything, ascending, (G,)."""
    first: Integers
    """Where each of them begins: its largest supplier, (G,)."""
    count: Integers
    """Number of suppliers, (G,)."""
    total: Array
    """Amount together, (G,)."""
    hhi: Array
    """Sum of squared shares: 1/n if all n are equal, 1 if there is one, (G,)."""


def added_up(
    group: Integers, supplier: Integers, amount: Array, suppliers: int
) -> tuple[Integers, Integers, Array]:
    """Return groups, suppliers and amounts with one row for each pair that has anything.

    Parameters
    ----------
    group, supplier
        Codes, (D,), 0 or more.
    amount
        Amounts, (D,), 0 or more.
    suppliers
        Number of suppliers.

    Examples
    --------
    >>> added_up(np.array([0, 0]), np.array([1, 1]), np.array([2.0, 3.0]), 2)
    (array([0]), array([1]), array([5.]))
    """
    kept = amount > 0
    key = group[kept].astype(np.int64) * suppliers + supplier[kept]
    order = np.argsort(key, kind="stable")
    key, amount = key[order], amount[kept][order]
    first = _starts(key)
    total: Array = np.add.reduceat(amount, first) if len(first) else np.zeros(0)
    return key[first] // suppliers, key[first] % suppliers, total


def _starts(ordered: Integers) -> Integers:
    """Return where each run of equal codes begins."""
    new = np.ones(len(ordered), np.bool_)
    new[1:] = ordered[1:] != ordered[:-1]
    return np.flatnonzero(new)


def shares_of(group: Integers, supplier: Integers, amount: Array, suppliers: int) -> Shares:
    """Return the shares of suppliers in each group and the concentration of the group.

    H = Σ s² lies between 1/n and 1, and 1/H is the number of equal suppliers that would be as
    concentrated.

    Parameters
    ----------
    group, supplier, amount, suppliers
        As in `added_up`.

    References
    ----------
    Hirschman, A. O. (1964), American Economic Review 54(5), 761-762.

    Examples
    --------
    >>> found = shares_of(np.zeros(3, int), np.arange(3), np.array([50.0, 30.0, 20.0]), 3)
    >>> float(found.hhi[0].round(2)), found.share.tolist()
    (0.38, [0.5, 0.3, 0.2])
    """
    group, supplier, amount = added_up(group, supplier, amount, suppliers)
    order = np.lexsort((-amount, group))  # stable: of equal amounts the first supplier
    group, supplier, amount = group[order], supplier[order], amount[order]
    first = _starts(group)
    groups, count = group[first], np.diff(first, append=len(group))
    place = np.repeat(np.arange(len(groups)), count)
    total = np.bincount(place, amount, len(groups)).astype(np.float64, copy=False)
    share = amount / total[place]
    return Shares(
        group=group,
        supplier=supplier,
        share=share,
        amount=amount,
        groups=groups,
        first=first,
        count=count,
        total=total,
        hhi=np.bincount(place, share**2, len(groups)).astype(np.float64, copy=False),
    )


def embodied(
    A: sparse.csr_array,
    Y: Array,
    *,
    names: Sequence[str] = (),
    tolerance: float = 1e-12,
    most: int = 10_000,
) -> Array:
    """Return X with X = A X + Y by its series: what every producer makes for each column of Y.

    A chain without circles ends exactly, after as many terms as it has stages.

    Parameters
    ----------
    A
        What a producer (row) delivers per unit of output of another (column), (N, N).
    Y
        Final deliveries, (N, K).
    names
        Of producers, for errors, (N,).
    tolerance
        Residual at which the series ends, as a share of the largest X.
    most
        Most terms.

    Raises
    ------
    ComputationError
        If the series has not ended by then.

    Examples
    --------
    >>> from scipy import sparse
    >>> A = sparse.csr_array(np.array([[0.0, 2.0], [0.0, 0.0]]))
    >>> embodied(A, np.array([[0.0], [3.0]])).ravel().tolist()
    [6.0, 3.0]
    """
    total, term = Y.copy(), Y
    for _ in range(most):
        term = _product(A, term)
        total += term
        scale = float(np.abs(total).max(initial=0.0))
        if not scale <= _ENDLESS * float(np.abs(Y).max(initial=0.0)):
            break
        left = float(np.abs(term).max(initial=0.0)) / scale if scale else 0.0
        if left <= tolerance:
            return total
    worst = int(np.argmax(np.abs(term).max(axis=1)))
    raise ComputationError(
        "following the stages does not end: some producers need as much input as they make, or "
        f"more, for one {names[worst] if len(names) else f'producer {worst + 1}'}",
        hint="look for producers that need as much of their own product as they make",
    )


def _product(A: sparse.csr_array, X: Array) -> Array:
    result: Any = A @ X
    return np.asarray(result, dtype=np.float64)
