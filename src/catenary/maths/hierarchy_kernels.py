"""The loops of `catenary.maths.hierarchy`: contraction of a network, and sweeps over what is left.

Edges of the network that is left stand in linked lists of slots, so that they can be taken out: a
node that is contracted vanishes from the lists of its neighbours, and its own list becomes its
upward arcs.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numba import njit

__all__ = ["closure", "contracted", "listed", "swept"]

UNREACHED: Final = 2**30
_TO: Final = 0
_LENGTH: Final = 1
_NEXT: Final = 2


@njit(cache=True)
def _linked(nodes, tail, head, length):  # type: ignore[no-untyped-def]
    """Return the first slot of each node, the slots, and the number of those in use."""
    first = np.full(nodes, -1, np.int32)
    slots = np.empty((2 * len(tail) + 64, 3), np.int32)
    used = 0
    for e in range(len(tail)):
        for a, b in ((tail[e], head[e]), (head[e], tail[e])):
            slots[used, _TO] = b
            slots[used, _LENGTH] = length[e]
            slots[used, _NEXT] = first[a]
            first[a] = used
            used += 1
    return first, slots, used


@njit(cache=True)
def _joined(a, b, length, first, slots, spare):  # type: ignore[no-untyped-def]
    """Put an edge into the list of a, or make the one that is there as short.

    Returns whether the spare slot was used.
    """
    e = first[a]
    while e >= 0:
        if slots[e, _TO] == b:
            slots[e, _LENGTH] = min(slots[e, _LENGTH], length)
            return False
        e = slots[e, _NEXT]
    slots[spare, _TO] = b
    slots[spare, _LENGTH] = length
    slots[spare, _NEXT] = first[a]
    first[a] = spare
    return True


@njit(cache=True)
def _parted(a, b, first, slots):  # type: ignore[no-untyped-def]
    """Take the edge to b out of the list of a; return its slot."""
    before, e = -1, first[a]
    while slots[e, _TO] != b:
        before, e = e, slots[e, _NEXT]
    if before < 0:
        first[a] = slots[e, _NEXT]
    else:
        slots[before, _NEXT] = slots[e, _NEXT]
    return e


@njit(cache=True)
def _doubled(array):  # type: ignore[no-untyped-def]
    """Return an array with as much room again; numpy's own joins take seconds to compile."""
    larger = np.empty(2 * len(array), array.dtype)
    for i in range(len(array)):
        larger[i] = array[i]
    return larger


@njit(cache=True)
def _push(heap, count, item):  # type: ignore[no-untyped-def]
    """Add to a binary heap of so many items; numba's own heaps take ten seconds to compile."""
    i = count
    while i > 0 and heap[(i - 1) >> 1] > item:
        heap[i] = heap[(i - 1) >> 1]
        i = (i - 1) >> 1
    heap[i] = item


@njit(cache=True)
def _pop(heap, count):  # type: ignore[no-untyped-def]
    """Take the least of so many items out of a binary heap and return it."""
    top, item = heap[0], heap[count - 1]
    i = 0
    while True:
        child = 2 * i + 1
        if child >= count - 1:
            break
        if child + 1 < count - 1 and heap[child + 1] < heap[child]:
            child += 1
        if heap[child] >= item:
            break
        heap[i] = heap[child]
        i = child
    heap[i] = item
    return top


@njit(cache=True)
def _search(origin, limit, effort, first, slots, reach, touched):  # type: ignore[no-untyped-def]
    """Fill `reach` with lengths from origin up to a limit; return how many nodes were touched.

    Gives up after some settled nodes: a shortcut too many costs time, one too few would be wrong.
    """
    reach[origin] = 0
    touched[0] = origin
    count = 1
    heap = np.empty(64, np.int64)  # length and node in one number
    heap[0] = origin
    waiting = 1
    while waiting > 0 and effort > 0:
        top = _pop(heap, waiting)
        waiting -= 1
        length = top >> 32
        u = top & 0xFFFFFFFF
        if length > reach[u]:
            continue
        effort -= 1
        e = first[u]
        while e >= 0:
            v = slots[e, _TO]
            through = length + slots[e, _LENGTH]
            if through < reach[v] and through <= limit:
                if reach[v] == UNREACHED:
                    touched[count] = v
                    count += 1
                reach[v] = through
                if waiting == len(heap):
                    heap = _doubled(heap)
                _push(heap, waiting, (through << 32) | v)
                waiting += 1
            e = slots[e, _NEXT]
    return count


@njit(cache=True)
def _shortcuts(u, effort, table, first, slots, reach, touched):  # type: ignore[no-untyped-def]
    """Return the shortcuts that stand for routes through u, (count, 3), and its neighbours."""
    degree = 0
    e = first[u]
    while e >= 0:
        degree += 1
        e = slots[e, _NEXT]
    around = np.empty((degree, 2), np.int32)
    e = first[u]
    for i in range(degree):
        around[i, 0] = slots[e, _TO]
        around[i, 1] = slots[e, _LENGTH]
        e = slots[e, _NEXT]
    found = np.empty((degree * (degree - 1) // 2, 3), np.int32)
    count = 0
    if len(table) > 0:  # a route through u is needed if it is a shortest one
        for i in range(degree - 1):
            row = table[around[i, 0]]
            for j in range(i + 1, degree):
                through = np.int64(around[i, 1]) + around[j, 1]
                if through == row[around[j, 0]] and through < UNREACHED:
                    found[count, 0] = around[i, 0]
                    found[count, 1] = around[j, 0]
                    found[count, 2] = through
                    count += 1
        return found[:count], around
    reach[u] = -1  # never entered
    for i in range(degree - 1):
        farthest = np.int32(0)
        for j in range(i + 1, degree):
            farthest = max(farthest, around[j, 1])
        limit = np.int64(around[i, 1]) + farthest
        seen = _search(around[i, 0], limit, effort, first, slots, reach, touched)
        for j in range(i + 1, degree):
            through = np.int64(around[i, 1]) + around[j, 1]
            if through < reach[around[j, 0]]:  # and so below UNREACHED
                found[count, 0] = around[i, 0]
                found[count, 1] = around[j, 0]
                found[count, 2] = through
                count += 1
        for j in range(seen):
            reach[touched[j]] = UNREACHED
    reach[u] = UNREACHED
    return found[:count], around


@njit(cache=True)
def _priority(shortcuts, degree, level):  # type: ignore[no-untyped-def]
    """Return how late a node should be contracted."""
    return 1000 * level + 1000 * shortcuts // max(degree, 1)


@njit(cache=True)
def contracted(nodes, tail, head, length, effort, table):  # type: ignore[no-untyped-def]
    """Contract all nodes; return their ranks, first slots, and slots of upward arcs."""
    first, slots, used = _linked(nodes, tail, head, length)
    reach = np.full(nodes, UNREACHED, np.int32)
    touched = np.empty(nodes, np.int32)
    level = np.zeros(nodes, np.int32)
    rank = np.full(nodes, -1, np.int32)
    free = len(slots) - used
    spare = np.empty(len(slots), np.int64)  # a stack of free slots
    for i in range(free):
        spare[i] = used + i
    heap = np.arange(nodes)  # priority and node in one number; all first until looked at
    done = 0
    while done < nodes:
        u = _pop(heap, nodes - done) & 0xFFFFFFFF
        found, around = _shortcuts(u, effort, table, first, slots, reach, touched)
        priority = _priority(len(found), len(around), level[u])
        if done < nodes - 1 and priority > heap[0] >> 32:
            _push(heap, nodes - done - 1, (priority << 32) | u)
            continue
        rank[u] = done
        done += 1
        for i in range(len(around)):
            v = around[i, 0]
            slot = _parted(v, u, first, slots)
            spare[free] = slot
            free += 1
            level[v] = max(level[v], level[u] + 1)
        for i in range(len(found)):
            if free < 2:
                used = len(slots)
                slots = _doubled(slots.reshape(-1)).reshape((-1, 3))
                spare = _doubled(spare)
                for slot in range(used, 2 * used):
                    spare[free] = slot
                    free += 1
            a, b, through = found[i, 0], found[i, 1], found[i, 2]
            if _joined(a, b, through, first, slots, spare[free - 1]):
                free -= 1
            if _joined(b, a, through, first, slots, spare[free - 1]):
                free -= 1
    return rank, first, slots


@njit(cache=True)
def listed(rank, first, slots):  # type: ignore[no-untyped-def]
    """Return upward arcs by rank: start (nodes + 1,), head and length (arcs,)."""
    nodes = len(rank)
    order = np.empty(nodes, np.int32)
    for u in range(nodes):
        order[rank[u]] = u
    start = np.zeros(nodes + 1, np.int32)
    for r in range(nodes):
        count = 0
        e = first[order[r]]
        while e >= 0:
            count += 1
            e = slots[e, _NEXT]
        start[r + 1] = start[r] + count
    head = np.empty(start[nodes], np.int32)
    length = np.empty(start[nodes], np.int32)
    i = 0
    for r in range(nodes):
        e = first[order[r]]
        while e >= 0:
            head[i] = rank[slots[e, _TO]]
            length[i] = slots[e, _LENGTH]
            i += 1
            e = slots[e, _NEXT]
    return start, head, length


@njit(cache=True)
def closure(start, head, places):  # type: ignore[no-untyped-def]
    """Return the ranks that can be reached upwards from places, ascending."""
    nodes = len(start) - 1
    marked = np.zeros(nodes, np.bool_)
    for r in places:
        marked[r] = True
    count = 0
    for r in range(nodes):
        if marked[r]:
            count += 1
            for e in range(start[r], start[r + 1]):
                marked[head[e]] = True
    found = np.empty(count, np.int32)
    count = 0
    for r in range(nodes):
        if marked[r]:
            found[count] = r
            count += 1
    return found


@njit(cache=True)
def _pushed(rows, here, place, head, length, first, last):  # type: ignore[no-untyped-def]
    """Lower the rows at the upper ends of arcs to the row here plus their lengths."""
    row = rows[here]
    kind = rows.dtype.type
    for e in range(first, last):
        upper, metres = rows[place[head[e]]], length[e]
        for i in range(len(row)):
            upper[i] = min(upper[i], kind(row[i] + metres))


@njit(cache=True)
def _pulled(rows, here, place, head, length, first, last):  # type: ignore[no-untyped-def]
    """Lower the row here to those at the upper ends of arcs plus their lengths."""
    row = rows[here]
    kind = rows.dtype.type
    e = first
    while e + 4 <= last:  # four at once: the row is read and written a quarter as often
        a, b = rows[place[head[e]]], rows[place[head[e + 1]]]
        c, d = rows[place[head[e + 2]]], rows[place[head[e + 3]]]
        x, y, z, w = length[e], length[e + 1], length[e + 2], length[e + 3]
        for i in range(len(row)):
            one = min(kind(a[i] + x), kind(b[i] + y))
            two = min(kind(c[i] + z), kind(d[i] + w))
            nearer = min(one, two)
            row[i] = min(row[i], nearer)
        e += 4
    while e < last:
        a, x = rows[place[head[e]]], length[e]
        for i in range(len(row)):
            row[i] = min(row[i], kind(a[i] + x))
        e += 1


@njit(cache=True)
def swept(start, head, length, origins, destinations, tile):  # type: ignore[no-untyped-def]
    """Return the lengths of all routes, (origins, destinations), given as ranks.

    A row holds the lengths from a tile of origins to one node. Rows are pushed up over the nodes
    above the origins, and pulled down over those above the destinations.
    """
    up = closure(start, head, origins)
    down = closure(start, head, destinations)
    place = np.full(len(start) - 1, -1, np.int32)
    count = 0
    for r in up:
        place[r] = count
        count += 1
    for r in down:
        if place[r] < 0:
            place[r] = count
            count += 1
    out = np.empty((len(origins), len(destinations)), np.int32)
    for low in range(0, len(origins), tile):
        high = min(low + tile, len(origins))
        rows = np.full((count, high - low), UNREACHED, np.int32)
        for i in range(low, high):
            rows[place[origins[i]], i - low] = 0
        for r in up:
            _pushed(rows, place[r], place, head, length, start[r], start[r + 1])
        for r in down[::-1]:
            _pulled(rows, place[r], place, head, length, start[r], start[r + 1])
        for i in range(low, high):
            for j in range(len(destinations)):
                out[i, j] = rows[place[destinations[j]], i - low]
    return out
