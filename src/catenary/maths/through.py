"""The cheapest ways between all places of an overlay, what they take, and which doors they pass."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from catenary.errors import DataError
from catenary.maths.routing import UNREACHED

if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import NDArray

    from catenary.maths.overlay import Overlay

    Array = NDArray[np.float64]
    Words = NDArray[np.uint64]

__all__ = ["Through", "bits", "through"]

_BITS = 64


class Through(NamedTuple):
    """Between all places: the least cost, and what the ways of that cost take."""

    cost: Array
    """(P, P); inf where there is no way."""
    metres: Array
    """In open water, (P, P)."""
    amounts: Array
    """Of the doors passed, (K, P, P)."""
    words: Words
    """Bits of the groups of the doors passed, (P, P, W); see `bits`."""


def bits(groups: NDArray[np.integer[Any]], count: int) -> Words:
    """Return one bit per group, packed into words: (D, W) for groups (D,) of `count` in all.

    Examples
    --------
    >>> bits(np.array([0, 2, 64]), 65).tolist()
    [[1, 0], [4, 0], [0, 1]]
    """
    found = np.zeros((len(groups), -(-max(count, 1) // _BITS)), np.uint64)
    at = groups.astype(np.int64)
    found[np.arange(len(at)), at // _BITS] = np.uint64(1) << (at % _BITS).astype(np.uint64)
    return found


def through(
    overlay: Overlay, doors: Array, amounts: Array, words: Words, *, rate: float = 1.0
) -> Through:
    """Return the least cost between all places, and what the ways of that cost take.

    What `carried` does, in a hundredth of the time: doors are opened one by one, and a door is
    looked at only by those to whom it brings its far side nearer.

    Parameters
    ----------
    overlay
        Network of doors; ways lead both ways.
    doors
        Cost of passing each door, (D,), ≥ 0; inf = closed.
    amounts
        What else is added up door by door, (K, D), finite.
    words
        Bits that are joined door by door, (D, W).
    rate
        Cost of a metre in open water, > 0.

    Raises
    ------
    DataError
        If a cost is negative, the rate is not above 0, or there is not one cost for each door.

    References
    ----------
    Murchland, J. D. (1970), A fixed matrix method for all shortest distances in a directed graph
    and for the inverse problem. Dissertation, Karlsruhe: one edge at a time.

    Examples
    --------
    >>> from catenary.maths.overlay import Overlay
    >>> apart = np.array([[0, 9], [9, 0]])
    >>> canal = Overlay.of(apart, apart, apart, np.array([0]), np.array([1]))
    >>> found = through(canal, np.array([5.0]), np.array([[7.0]]), bits(np.array([0]), 1))
    >>> float(found.cost[0, 1]), float(found.amounts[0, 0, 1]), found.words[0, 1].tolist()
    (5.0, 7.0, [1])
    """
    from catenary.maths import through_kernels as kernels  # noqa: PLC0415  brings numba

    if len(doors) != len(overlay.tail) or amounts.shape[1] != len(doors):
        raise DataError(f"{len(overlay.tail)} doors have {len(doors)} costs")
    if not (doors >= 0).all() or not 0 < rate < np.inf:
        raise DataError(
            "a cost of doors is negative or no number, or that of a metre is not above 0",
            hint="give costs of 0 or more; a closed door costs inf",
        )
    kept, core = overlay.core
    direct, access, between = (
        np.where(table < UNREACHED, table.astype(np.float64), np.inf)
        for table in (core.direct, core.access, core.between)
    )
    each = np.concatenate([np.zeros((1, len(doors))), amounts]).T  # the first is open water
    cost, taken, passed = kernels.through(
        direct, access, between, core.tail, core.head, doors[kept].astype(np.float64), float(rate),
        np.ascontiguousarray(each[kept]), np.ascontiguousarray(words[kept]),
    )  # fmt: skip
    found = np.moveaxis(taken, 2, 0)
    return Through(cost, found[0], found[1:], passed)
