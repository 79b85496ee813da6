"""The loops of `catenary.maths.landways`: Dijkstra with a heap, from every source, and again."""

from __future__ import annotations

import numpy as np
from numba import njit

__all__ = ["grow", "regrow", "sums"]


@njit(cache=True)
def _push(keys, nodes, size, key, node):  # type: ignore[no-untyped-def]
    """Put a node into a heap; return its new size."""
    at = size
    while at > 0:
        up = (at - 1) >> 1
        if keys[up] <= key:
            break
        keys[at], nodes[at] = keys[up], nodes[up]
        at = up
    keys[at], nodes[at] = key, node
    return size + 1


@njit(cache=True)
def _pop(keys, nodes, size):  # type: ignore[no-untyped-def]
    """Take the first out of a heap; return its new size."""
    size -= 1
    key, node = keys[size], nodes[size]
    at = 0
    while True:
        down = 2 * at + 1
        if down >= size:
            break
        if down + 1 < size and keys[down + 1] < keys[down]:
            down += 1
        if keys[down] >= key:
            break
        keys[at], nodes[at] = keys[down], nodes[down]
        at = down
    keys[at], nodes[at] = key, node
    return size


@njit(cache=True)
def _settle(start, head, weight, inner, cost, before, free, order, count, keys, nodes, size):  # type: ignore[no-untyped-def]
    """Settle free nodes from a heap; return how many nodes are in order then."""
    while size > 0:
        key, node = keys[0], nodes[0]
        size = _pop(keys, nodes, size)
        if not free[node] or key > cost[node]:
            continue
        free[node] = False
        order[count] = node
        count += 1
        if not inner[node] and key > 0:
            continue
        for arc in range(start[node], start[node + 1]):
            other = head[arc]
            total = key + weight[arc]
            if free[other] and total < cost[other]:
                cost[other] = total
                before[other] = arc
                size = _push(keys, nodes, size, total, other)
    return count


@njit(cache=True)
def grow(start, head, weight, inner, sources):  # type: ignore[no-untyped-def]
    """Return the least cost of every node from each source, the arc before it, and the order.

    Ways lead through inner nodes only, and end at any. `order` lists the nodes as they are settled;
    -1 follows the last.
    """
    size = len(start) - 1
    cost = np.full((len(sources), size), np.inf)
    before = np.full((len(sources), size), -1, np.int32)
    order = np.full((len(sources), size), -1, np.int32)
    keys, nodes = np.empty(len(head) + 1), np.empty(len(head) + 1, np.int32)
    for s in range(len(sources)):
        if sources[s] < 0:
            continue
        free = np.ones(size, np.bool_)
        cost[s, sources[s]] = 0.0
        held = _push(keys, nodes, 0, 0.0, sources[s])
        _settle(
            start, head, weight, inner, cost[s], before[s], free, order[s], 0, keys, nodes, held
        )
    return cost, before, order


@njit(cache=True)
def sums(tail, before, order, targets, amounts, cost):  # type: ignore[no-untyped-def]
    """Return cost and amounts (K + 1, S, T) of the ways to the targets (S, T) of each source."""
    kinds = amounts.shape[1]
    found = np.full((kinds + 1, *targets.shape), np.inf)
    total = np.zeros((before.shape[1], kinds))
    for s in range(len(before)):
        _add(tail, before[s], order[s], amounts, total)
        for t in range(targets.shape[1]):
            node = targets[s, t]
            if node >= 0 and cost[s, node] < np.inf:
                found[0, s, t] = cost[s, node]
                for k in range(kinds):
                    found[k + 1, s, t] = total[node, k]
    return found


@njit(cache=True)
def _add(tail, before, order, amounts, total):  # type: ignore[no-untyped-def]
    """Add up amounts along a tree."""
    for node in order:
        if node < 0:
            break
        arc = before[node]
        for k in range(amounts.shape[1]):
            total[node, k] = 0.0 if arc < 0 else total[tail[arc], k] + amounts[arc, k]


@njit(cache=True)
def _along(tail, before, node, amounts, total, known, mark, stack):  # type: ignore[no-untyped-def]
    """Add up amounts from the nearest node below for which this is done to one node."""
    held = 0
    while known[node] != mark:
        known[node] = mark
        arc = before[node]
        if arc < 0:
            total[node] = 0.0
            break
        stack[held] = node
        held += 1
        node = tail[arc]
    for at in range(held - 1, -1, -1):
        node = stack[at]
        arc = before[node]
        for k in range(amounts.shape[1]):
            total[node, k] = total[tail[arc], k] + amounts[arc, k]


@njit(cache=True, nogil=True)
def regrow(  # type: ignore[no-untyped-def]
    start,
    head,
    tail,
    weight,
    inner,
    closed,
    into_start,
    into,
    cost,
    before,
    order,
    targets,
    amounts,
    found,
):
    """Bring `found` of `sums` up to date after some arcs have closed; only what used them changes.

    What a tree holds above a closed arc stays; what is below is settled anew from its neighbours.
    Returns how many sources are concerned.
    """
    size, kinds = len(start) - 1, amounts.shape[1]
    keys, nodes = np.empty(len(head) + 1), np.empty(len(head) + 1, np.int32)
    weight = np.where(closed, np.inf, weight)
    lost = np.zeros(size, np.bool_)
    near, via = np.empty(size), np.empty(size, np.int32)
    settled = np.empty(size, np.int32)
    total = np.zeros((size, kinds))
    known, stack = np.full(size, -1, np.int32), np.empty(size, np.int32)
    concerned = 0
    for s in range(len(cost)):
        some = False
        for node in order[s]:
            if node < 0:
                break
            arc = before[s, node]
            lost[node] = arc >= 0 and (closed[arc] or lost[tail[arc]])
            some |= lost[node]
        if not some:
            continue
        concerned += 1
        near[:] = cost[s]
        via[:] = before[s]
        held = 0
        free = np.zeros(size, np.bool_)
        count = 0
        for node in order[s]:
            if node < 0:
                break
            if lost[node]:
                free[node] = True
                near[node] = np.inf
                via[node] = -1
            else:
                settled[count] = node
                count += 1
        for node in order[s]:
            if node < 0:
                break
            if not lost[node]:
                continue
            for k in range(into_start[node], into_start[node + 1]):
                arc = into[k]
                other = tail[arc]
                passed = inner[other] or cost[s, other] == 0
                if passed and not free[other] and cost[s, other] < np.inf and not closed[arc]:
                    reached = cost[s, other] + weight[arc]
                    if reached < near[node]:
                        near[node] = reached
                        via[node] = arc
            if near[node] < np.inf:
                held = _push(keys, nodes, held, near[node], node)
        _settle(start, head, weight, inner, near, via, free, settled, count, keys, nodes, held)
        for t in range(targets.shape[1]):
            node = targets[s, t]
            if node >= 0 and lost[node]:
                found[0, s, t] = near[node]
                if near[node] < np.inf:
                    _along(tail, via, node, amounts, total, known, s, stack)
                for k in range(kinds):
                    found[k + 1, s, t] = total[node, k] if near[node] < np.inf else np.inf
    return concerned
