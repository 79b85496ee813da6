"""The loops of `catenary.maths.overlay`: lengths by way of doors, row by row.

Each works on int32 with `far` = UNREACHED and on float64 with `far` = inf. What is added to is
below `far`, so nothing overflows.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numba import njit

__all__ = ["by_doors"]

_HAIR: Final = 1.0 + 1e-12  # sums of costs are rounded; of metres, this is less than one


@njit(cache=True)
def _lowered(row, other, length):  # type: ignore[no-untyped-def]
    """Lower one row to another plus a length; on its own, so that it is compiled to SIMD."""
    for i in range(len(row)):
        row[i] = min(row[i], row.dtype.type(other[i] + length))  # sums of int32 stay int32


@njit(cache=True)
def _opened(rows, a, b, length, from_a, from_b, far):  # type: ignore[no-untyped-def]
    """Lower lengths to all ends by one more door.

    Lengths obey the triangle inequality, so the door helps only those to whom it brings its
    farther end nearer: most rows are left alone.
    """
    for i in range(len(rows)):
        to_a, to_b = rows[i, a], rows[i, b]
        if to_a < far and to_a + length < to_b:
            _lowered(rows[i], from_b, rows.dtype.type(to_a + length))
        elif to_b < far and to_b + length < to_a:
            _lowered(rows[i], from_a, rows.dtype.type(to_b + length))


@njit(cache=True)
def _mark_exits(exits, reached, access, tail, head, length, far):  # type: ignore[no-untyped-def]
    """Mark the ends at which a shortest route of one place comes out of its last door."""
    exits[:] = False
    for d in range(len(length)):
        if length[d] < far:
            a, b = tail[d], head[d]
            if reached[b] < access[b] and reached[a] + length[d] <= reached[b] * _HAIR:
                exits[b] = True
            if reached[a] < access[a] and reached[b] + length[d] <= reached[a] * _HAIR:
                exits[a] = True


@njit(cache=True)
def by_doors(direct, access, between, tail, head, length, far):  # type: ignore[no-untyped-def]
    """Return lengths between places by way of open doors, (P, P); nothing given is changed."""
    places, ends = access.shape
    reached, beyond, out = access.copy(), between.copy(), direct.copy()
    for d in range(len(length)):
        if length[d] < far and tail[d] != head[d]:
            a, b = tail[d], head[d]
            from_a, from_b = beyond[a].copy(), beyond[b].copy()
            _opened(beyond, a, b, length[d], from_a, from_b, far)
            _opened(reached, a, b, length[d], from_a, from_b, far)
    outward = access.T.copy()
    exits = np.empty(ends, np.bool_)
    for i in range(places):
        _mark_exits(exits, reached[i], access[i], tail, head, length, far)
        for k in range(ends):
            if exits[k]:
                _lowered(out[i, i:], outward[k, i:], reached[i, k])
    for i in range(places):
        for j in range(i):
            out[i, j] = out[j, i]
    return out
