"""The loops of `catenary.maths.closures`: cheapest routes by way of doors, kept as trees.

Steps are doors with a direction, 2 d outward (from tail to head) and 2 d + 1 back. For each origin
there is a tree: the cost from there to behind each step, and the step before it; -1 = none.
"""

from __future__ import annotations

import numpy as np
from numba import njit

__all__ = ["measured", "passed", "rerouted"]

_HAIR = 1e-12  # rounding does not make a route better; of equal ones the one with fewer doors stays


@njit(cache=True)
def _touched(before, shut, status):  # type: ignore[no-untyped-def]
    """Say of each step whether the way to behind it takes a shut step: 2 = yes, 1 = no."""
    status[:] = 0
    for s in range(len(before)):
        here, found = s, 1
        while here >= 0:
            if status[here] > 0:
                found = status[here]
                break
            if shut[here]:
                found = 2
                break
            here = before[here]
        here = s
        while here >= 0 and status[here] == 0:
            status[here] = 2 if shut[here] else found
            if shut[here]:
                break
            here = before[here]


@njit(cache=True)
def _settled(reach, before, waiting, which, start, step, inward):  # type: ignore[no-untyped-def]
    """Find the ways to the steps that wait, the others being known: Dijkstra's algorithm.

    inward (S, S) is the transpose of step; which (S,) is room for the steps that are left.
    """
    steps, left = len(reach), 0
    for s in range(steps):
        if waiting[s]:
            which[left] = s
            left += 1
            best, earlier = start[s], -1
            for r in range(steps):
                if not waiting[r]:
                    through = reach[r] + inward[s, r]
                    if through < best * (1 - _HAIR):
                        best, earlier = through, r
            reach[s], before[s] = best, earlier
    while left:
        at, least = -1, np.inf
        for k in range(left):
            if reach[which[k]] < least:
                at, least = k, reach[which[k]]
        if at < 0:
            return
        here = which[at]
        left -= 1
        which[at] = which[left]
        for k in range(left):
            s = which[k]
            through = least + step[here, s]
            if through < reach[s] * (1 - _HAIR):
                reach[s], before[s] = through, here


@njit(cache=True)
def rerouted(  # type: ignore[no-untyped-def]
    reach,
    before,
    last,
    cost,
    changed,
    shut,
    start,
    step,
    inward,
    finish,
    direct,
    first,
    destination,
    anew,
):
    """Find the routes anew that take a shut step; all arrays of the answer are changed in place.

    reach, before (O, S); last, cost, changed (N,) of journeys sorted by origin, those of origin i
    from first[i] to first[i + 1]; direct (N,); start (O, S), finish (P, S), step (S, S), inward its
    transpose. `anew`: nothing is known yet.
    """
    origins, steps = reach.shape
    status, waiting = np.empty(steps, np.int8), np.empty(steps, np.bool_)
    which = np.empty(steps, np.int64)
    for i in range(origins):
        if anew:
            status[:] = 2
        else:
            _touched(before[i], shut, status)
        some = anew
        for s in range(steps):
            waiting[s] = status[s] == 2 and not shut[s]
            some = some or status[s] == 2
        for n in range(first[i], first[i + 1]):
            changed[n] = anew or (last[n] >= 0 and status[last[n]] == 2)
        if not some:
            continue
        for s in range(steps):
            if status[s] == 2:
                reach[i, s], before[i, s] = np.inf, -1
        _settled(reach[i], before[i], waiting, which, start[i], step, inward)
        for n in range(first[i], first[i + 1]):
            if changed[n]:
                cost[n], last[n] = direct[n], -1
                end = destination[n]
                for s in range(steps):
                    total = reach[i, s] + finish[end, s]
                    if total < cost[n] * (1 - _HAIR):
                        cost[n], last[n] = total, s


@njit(cache=True)
def passed(before, last, origin, shut):  # type: ignore[no-untyped-def]
    """Return which journeys take one of some steps."""
    found = np.zeros(len(last), np.bool_)
    for n in range(len(last)):
        here = last[n]
        while here >= 0:
            if shut[here]:
                found[n] = True
                break
            here = before[origin[n], here]
    return found


@njit(cache=True)
def measured(  # type: ignore[no-untyped-def]
    which, before, last, origin, access, destination, finish, between, direct, rates, doors, far
):
    """Return other sums along the routes of some journeys, (n, G); inf where there is none.

    Metres: access, finish (P, S) before the first and behind the last step; between (S, S) from
    behind one to before the next; direct (N,); far = no way. rates (G,), doors (G, S).
    """
    out = np.empty((len(which), len(rates)))
    for k in range(len(which)):
        n = which[k]
        here = last[n]
        if here < 0:
            for g in range(len(rates)):
                out[k, g] = direct[n] * rates[g] if direct[n] < far else np.inf
            continue
        metres = np.int64(finish[destination[n], here])
        out[k] = 0.0
        while here >= 0:
            for g in range(len(rates)):
                out[k, g] += doors[g, here]
            earlier = before[origin[n], here]
            metres += between[earlier, here] if earlier >= 0 else access[origin[n], here]
            here = earlier
        for g in range(len(rates)):
            out[k, g] += metres * rates[g]
    return out
