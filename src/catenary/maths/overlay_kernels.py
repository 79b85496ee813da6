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
def _opened(rows, a, b, length, far):  # type: ignore[no-untyped-def]
    """Lower lengths between all ends by one more door.

    Lengths obey the triangle inequality, so the door helps only those to whom it brings its
    farther end nearer: most rows are left alone.
    """
    from_a, from_b = rows[a].copy(), rows[b].copy()
    for i in range(len(rows)):
        to_a, to_b = from_a[i], from_b[i]
        if to_a < far and to_a + length < to_b:
            _lowered(rows[i], from_b, rows.dtype.type(to_a + length))
        elif to_b < far and to_b + length < to_a:
            _lowered(rows[i], from_a, rows.dtype.type(to_b + length))


@njit(cache=True)
def _entries(found, marked, access, reached, tail, head, length, far):  # type: ignore[no-untyped-def]
    """Find the ends at which a shortest route of one place may go into its first door.

    Such a door brings its other end nearer than open water does, and as near as it is by any way
    of which we know. Returns how many there are.
    """
    count = 0
    for d in range(len(length)):
        a, b = tail[d], head[d]
        if length[d] < far and access[a] > access[b]:
            a, b = b, a
        if length[d] < far and access[a] < far and not marked[a]:
            through = access[a] + length[d]
            if through < access[b] and through <= reached[b] * _HAIR:
                marked[a] = True
                found[count] = a
                count += 1
    for k in range(count):
        marked[found[k]] = False
    return count


@njit(cache=True)
def _nearest(row, table, some, lengths, first):  # type: ignore[no-untyped-def]
    """Lower a row to some rows of a table, from a column on, plus their lengths."""
    kind = row.dtype.type
    k = 0
    while k + 4 <= len(some):  # four at once: the row is read and written a quarter as often
        p, q, r, s = some[k], some[k + 1], some[k + 2], some[k + 3]
        a, b, c, d = table[p, first:], table[q, first:], table[r, first:], table[s, first:]
        x, y, z, w = lengths[p], lengths[q], lengths[r], lengths[s]
        for i in range(len(row)):
            one = min(kind(a[i] + x), kind(b[i] + y))
            two = min(kind(c[i] + z), kind(d[i] + w))
            nearer = min(one, two)
            row[i] = min(row[i], nearer)
        k += 4
    while k < len(some):
        _lowered(row, table[some[k], first:], lengths[some[k]])
        k += 1


@njit(cache=True)
def by_doors(direct, access, between, tail, head, length, far):  # type: ignore[no-untyped-def]
    """Return lengths between places by way of open doors, (P, P); nothing given is changed."""
    places, ends = access.shape
    beyond, reached, out = between.copy(), access.copy(), direct.copy()
    for d in range(len(length)):
        if length[d] < far:
            _opened(beyond, tail[d], head[d], length[d], far)
    found, marked = np.empty(ends, np.int64), np.zeros(ends, np.bool_)
    for i in range(places):
        count = _entries(found, marked, access[i], access[i], tail, head, length, far)
        _nearest(reached[i], beyond, found[:count], access[i], 0)
    back = reached.T.copy()
    for i in range(places):
        count = _entries(found, marked, access[i], reached[i], tail, head, length, far)
        _nearest(out[i, i:], back, found[:count], access[i], i)
    for i in range(places):
        for j in range(i):
            out[i, j] = out[j, i]
    return out
