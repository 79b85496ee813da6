"""The loops of `catenary.maths.through`."""

from __future__ import annotations

from typing import Final

import numpy as np
from numba import njit

__all__ = ["through"]

_HAIR: Final = 1.0 + 1e-12  # sums are rounded


@njit(cache=True)
def _opened(cost, taken, words, a, b, price, amounts, word):  # type: ignore[no-untyped-def]
    """Lower costs between all ends by one more door, and note what the cheaper ways take."""
    size, kinds, parts = len(cost), taken.shape[2], words.shape[2]
    from_a, from_b = cost[a].copy(), cost[b].copy()
    taken_a, taken_b = taken[a].copy(), taken[b].copy()
    words_a, words_b = words[a].copy(), words[b].copy()
    for i in range(size):
        to_a, to_b = from_a[i], from_b[i]
        if to_a + price < to_b:
            near, onward, first, last = to_a, from_b, taken_a[i], taken_b
            marked, marks = words_a[i], words_b
        elif to_b + price < to_a:
            near, onward, first, last = to_b, from_a, taken_b[i], taken_a
            marked, marks = words_b[i], words_a
        else:
            continue
        for j in range(size):
            total = near + price + onward[j]
            if total < cost[i, j]:
                cost[i, j] = total
                for k in range(kinds):
                    taken[i, j, k] = first[k] + amounts[k] + last[j, k]
                for w in range(parts):
                    words[i, j, w] = marked[w] | word[w] | marks[j, w]


@njit(cache=True)
def _entries(entries, access, reach, tail, head, price):  # type: ignore[no-untyped-def]
    """Find the ends at which a way may enter its first door; return how many there are.

    Its far side comes nearer than by open water, and as near as it is by any way known.
    """
    count = 0
    marked = np.zeros(len(access), np.bool_)
    for d in range(len(tail)):
        a, b = tail[d], head[d]
        if access[a] > access[b]:
            a, b = b, a
        beyond = access[a] + price[d]
        if not marked[a] and beyond < access[b] and beyond <= reach[b] * _HAIR:
            marked[a] = True
            entries[count] = a
            count += 1
    return count


@njit(cache=True)
def _reached(access, cost, tail, head, price):  # type: ignore[no-untyped-def]
    """Return costs from places to ends by any doors, and where ways enter their first door."""
    places, size = access.shape
    reach = access.copy()
    entries, count = np.zeros((places, size), np.int64), np.zeros(places, np.int64)
    for p in range(places):
        loose = _entries(entries[p], access[p], access[p], tail, head, price)
        for e in range(loose):
            row, near = cost[entries[p, e]], access[p, entries[p, e]]
            for g in range(size):
                reach[p, g] = min(reach[p, g], near + row[g])
        count[p] = _entries(entries[p], access[p], reach[p], tail, head, price)
    return reach, count, entries


@njit(cache=True)
def _first(access, cost, entries, last, rate):  # type: ignore[no-untyped-def]
    """Return the end at which the way of a place to an end enters its first door."""
    best, found = np.inf, entries[0]
    for f in entries:
        total = access[f] * rate + cost[f, last]
        if total < best:
            best, found = total, f
    return found


@njit(cache=True)
def through(direct, access, between, tail, head, price, rate, amounts, word):  # type: ignore[no-untyped-def]
    """Return cost (P, P), amounts (P, P, K) and words (P, P, W) of the cheapest ways.

    `direct`, `access` and `between` are metres, inf = no way; `amounts` is (D, K), whose first kind
    is metres in open water.
    """
    places, size = access.shape
    kinds, parts = amounts.shape[1], word.shape[1]
    cost = between * rate
    taken = np.zeros((size, size, kinds))
    taken[:, :, 0] = between
    words = np.zeros((size, size, parts), np.uint64)
    for d in range(len(tail)):
        if price[d] < np.inf:
            _opened(cost, taken, words, tail[d], head[d], price[d], amounts[d], word[d])
    reach, count, entries = _reached(access * rate, cost, tail, head, price)
    found = np.full((places, places), np.inf)
    amount = np.zeros((places, places, kinds))
    passed = np.zeros((places, places, parts), np.uint64)
    first = np.empty(size, np.int64)
    for o in range(places):
        first[:] = -1
        for t in range(o, places):
            best, last = direct[o, t] * rate, -1
            for e in range(count[t]):
                g = entries[t, e]
                total = reach[o, g] + access[t, g] * rate
                if total < best:
                    best, last = total, g
            found[o, t] = best
            if last >= 0:
                if first[last] < 0:
                    first[last] = _first(access[o], cost, entries[o, : count[o]], last, rate)
                f = first[last]
                for k in range(kinds):
                    amount[o, t, k] = taken[f, last, k]
                amount[o, t, 0] += access[o, f] + access[t, last]
                for w in range(parts):
                    passed[o, t, w] = words[f, last, w]
            else:
                amount[o, t, 0] = direct[o, t]
    for o in range(places):
        for t in range(o):
            found[o, t] = found[t, o]
            amount[o, t] = amount[t, o]
            passed[o, t] = passed[t, o]
    return found, amount, passed
