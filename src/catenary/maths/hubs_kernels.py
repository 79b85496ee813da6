"""The loop of `catenary.maths.hubs`."""

from __future__ import annotations

import numpy as np
from numba import njit

__all__ = ["by_hubs"]


@njit(cache=True)
def by_hubs(leave, reach, hubs, between):  # type: ignore[no-untyped-def]
    """Return the least cost (R, R) by way of two hubs, and their positions among the candidates.

    `leave` and `reach` are (R, H) costs to and from candidates, `hubs` (R, H) their positions in
    `between`; -1 = none.
    """
    places, most = hubs.shape
    size = len(between)
    cost = np.full((places, places), np.inf)
    out, back = np.full((2, places, places), -1, np.int16)
    row, first = np.empty(size), np.empty(size, np.int16)
    for i in range(places):
        row[:] = np.inf
        first[:] = -1
        for a in range(most):
            hub = hubs[i, a]
            if hub < 0 or leave[i, a] == np.inf:
                continue
            near = leave[i, a]
            for h in range(size):
                total = near + between[hub, h]
                if total < row[h]:
                    row[h] = total
                    first[h] = a
        for j in range(places):
            if j == i:
                continue
            best, last = np.inf, -1
            for b in range(most):
                hub = hubs[j, b]
                if hub >= 0:
                    total = row[hub] + reach[j, b]
                    if total < best:
                        best, last = total, b
            if last >= 0:
                cost[i, j] = best
                out[i, j] = first[hubs[j, last]]
                back[i, j] = last
    return cost, out, back
