"""The loop of `catenary.maths.assignment`: all demand on its cheapest routes.

Arcs are sorted by tail, so that those that leave a node stand together. A commodity is what leaves
one origin in one class; its demand is a slice of destinations and amounts.
"""

from __future__ import annotations

import numpy as np
from numba import njit

__all__ = ["loaded", "reached"]


@njit(cache=True, nogil=True)
def _raised(heap, place, reach, i):  # type: ignore[no-untyped-def]
    """Let the node at a place of the binary heap rise until the one above it is nearer."""
    node = heap[i]
    while i > 0 and reach[heap[(i - 1) >> 1]] > reach[node]:
        heap[i] = heap[(i - 1) >> 1]
        place[heap[i]] = i
        i = (i - 1) >> 1
    heap[i] = node
    place[node] = i


@njit(cache=True, nogil=True)
def _taken(heap, place, reach, count):  # type: ignore[no-untyped-def]
    """Take the nearest node out of a heap of so many nodes and return it."""
    top, node = heap[0], heap[count - 1]
    place[top] = -2  # settled
    if count == 1:
        return top
    i = 0
    while True:
        child = 2 * i + 1
        if child >= count - 1:
            break
        if child + 1 < count - 1 and reach[heap[child + 1]] < reach[heap[child]]:
            child += 1
        if reach[heap[child]] >= reach[node]:
            break
        heap[i] = heap[child]
        place[heap[i]] = i
        i = child
    heap[i] = node
    place[node] = i
    return top


@njit(cache=True, nogil=True)
def reached(origin, first, head, weight, reach, before, order, heap, place):  # type: ignore[no-untyped-def]
    """Find the cheapest way from an origin to every node: Dijkstra's algorithm.

    Fills reach and before (arc that leads there; -1 = none); order holds the nodes as they are
    settled, nearest first, and their number is returned.
    """
    reach[:] = np.inf
    before[:] = -1
    place[:] = -1
    reach[origin], heap[0], place[origin] = 0.0, origin, 0
    count, settled = 1, 0
    while count:
        here = _taken(heap, place, reach, count)
        count -= 1
        order[settled] = here
        settled += 1
        for arc in range(first[here], first[here + 1]):
            to = head[arc]
            through = reach[here] + weight[arc]
            if through < reach[to]:
                reach[to], before[to] = through, arc
                if place[to] == -1:
                    heap[count], place[to] = to, count
                    count += 1
                _raised(heap, place, reach, place[to])
    return settled


@njit(cache=True, nogil=True)
def loaded(first, tail, head, weight, origin, start, destination, amount, flow, cost):  # type: ignore[no-untyped-def]
    """Put all demand of some commodities on their cheapest routes; add it to the flow of arcs.

    cost (N,) is filled with what the route of each demand costs; inf where there is none, and what
    has none is not loaded.
    """
    nodes = len(first) - 1
    reach, before = np.empty(nodes), np.empty(nodes, np.int64)
    order, heap = np.empty(nodes, np.int64), np.empty(nodes, np.int64)
    place, through = np.empty(nodes, np.int64), np.zeros(nodes)
    for c in range(len(origin)):
        settled = reached(origin[c], first, head, weight, reach, before, order, heap, place)
        for d in range(start[c], start[c + 1]):
            cost[d] = reach[destination[d]]
            if cost[d] < np.inf:
                through[destination[d]] += amount[d]
        for k in range(settled - 1, -1, -1):
            node = order[k]
            if through[node] > 0.0 and before[node] >= 0:
                flow[before[node]] += through[node]
                through[tail[before[node]]] += through[node]
            through[node] = 0.0
