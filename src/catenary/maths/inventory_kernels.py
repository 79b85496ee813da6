"""The hot loops of `catenary.maths.inventory`: one day of a network.

Compiled once and cached. Sums may be regrouped (`reassoc`, `contract`), but NaN and infinity keep
their meaning. Suppliers of many buyers are rows of a dense block, the others lists of deliveries;
either way each row is read once from memory per day.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numba import njit

__all__ = ["BY_CAPACITY", "BY_DEMAND", "day", "tighten"]

BY_DEMAND: Final = -2
BY_CAPACITY: Final = -1
_HAIR: Final = 1.0 - 1e-9  # rounding does not make a shortage
_TILE: Final = 512  # columns whose sums stay in the nearest cache
_FAST: Final = {"reassoc", "contract", "nsz"}


@njit(cache=True, fastmath=_FAST)
def _stretched(demand, output, stretch, most, adapt_days):  # type: ignore[no-untyped-def]
    """Return the overproduction factor after one more day: it follows the gap in demand."""
    gap = (demand - output) / demand if demand != 0.0 else 0.0
    return max(1.0, stretch + (most - stretch) * gap / adapt_days)


@njit(cache=True, fastmath=_FAST)
def _allowed(able, stock, reach, c):  # type: ignore[no-untyped-def]
    """Return what one slot lets its buyer make; an input of criticality c stops only c of it."""
    allows = stock * reach
    if not allows < able:
        return np.inf
    return allows if c == 1.0 else c * allows + (1.0 - c) * able


@njit(cache=True, fastmath=_FAST)
def tighten(buyers, stock, hard, limit):  # type: ignore[no-untyped-def]
    """Lower what buyers can make to what their stocks allow (hard = inf: never binds)."""
    for k in range(len(stock)):
        allows = stock[k] * hard[k]  # 0 · inf is nan, and nan is never less
        if allows < limit[buyers[k]]:
            limit[buyers[k]] = allows


@njit(cache=True, fastmath=_FAST)
def _produce(  # type: ignore[no-untyped-def]
    first,
    last,
    asked,
    loss,
    capacity,
    final,
    output,
    stretch,
    weight,
    limit,
    able,
    wish,
    held_by,
    shipped,
    unmet,
    of_buyer,
    buyer_slots,
    stock,
    reach,
    criticality,
    most,
    adapt_days,
    adaptive,
    soft,
):
    """Let the producers of one product make and share out what they can.

    Returns what they made and what of it final demand got. All of them in one call, because
    handing an array to a function costs more than the arithmetic for one producer.
    """
    made, sent = 0.0, 0.0
    groups = asked.shape[1]
    for f in range(first, last):
        demand = 0.0
        for i in range(groups):
            asked[f, i] = asked[f, i] * weight[f] + final[f, i]
            demand += asked[f, i]
        stretch[f] = _stretched(demand, output[f], stretch[f], most, adapt_days)
        able[f] = capacity[f] * (1.0 - loss[f]) * stretch[f]
        wish[f] = min(demand, able[f])
        if soft == 2:
            for i in range(of_buyer[f], of_buyer[f + 1]):
                k = buyer_slots[i]
                if criticality[k] < 1.0:
                    limit[f] = min(limit[f], _allowed(able[f], stock[k], reach[k], criticality[k]))
        output[f] = max(0.0, min(wish[f], limit[f]))
        held_by[f] = BY_CAPACITY if able[f] < demand * _HAIR else BY_DEMAND
        made += output[f]
        left = output[f]
        for i in range(groups):  # the first group is served first; within a group all alike
            fill = 0.0
            if asked[f, i] > 0.0:
                scarce = left < asked[f, i] or i == groups - 1
                fill = left / asked[f, i] if scarce else 1.0
                left = max(0.0, left - asked[f, i])
            if final[f, i] != 0.0:
                unmet[f, i] += 1.0 - fill
                sent += fill * final[f, i]
            shipped[f, i] = fill * weight[f]
        if adaptive:
            weight[f] = able[f] / capacity[f] if capacity[f] != 0.0 else 1.0
    return made, sent


@njit(cache=True, fastmath=_FAST)
def _ask_rows(rows, scale, order, asked):  # type: ignore[no-untyped-def]
    """Set what the dense suppliers of one product are asked for, per unit of their weight."""
    for f in range(len(rows)):
        z = rows[f]
        total = 0.0
        for j in range(len(z)):
            total += z[j] * order[j]
        asked[f, 0] = total * scale


@njit(cache=True, fastmath=_FAST)
def _ask_lists(pointer, column, flow, group, order, asked):  # type: ignore[no-untyped-def]
    """Set what the other suppliers of one product are asked for, by priority group."""
    for f in range(len(asked)):
        if asked.shape[1] == 1:
            total = 0.0
            for e in range(pointer[f], pointer[f + 1]):
                total += flow[e] * order[column[e]]
            asked[f, 0] = total
        else:
            asked[f] = 0.0
            for e in range(pointer[f], pointer[f + 1]):
                asked[f, group[e]] += flow[e] * order[column[e]]


@njit(cache=True, fastmath=_FAST)
def _ship_lists(pointer, column, flow, group, shipped, received):  # type: ignore[no-untyped-def]
    """Add what listed suppliers ship to the slots of one product."""
    for f in range(len(shipped)):
        if shipped.shape[1] == 1:
            a = shipped[f, 0]
            for e in range(pointer[f], pointer[f + 1]):
                received[column[e]] += a * flow[e]
        else:
            for e in range(pointer[f], pointer[f + 1]):
                received[column[e]] += shipped[f, group[e]] * flow[e]


@njit(cache=True, fastmath=_FAST)
def _spread_lists(  # type: ignore[no-untyped-def]
    pointer, column, flow, group, shipped, weights, pairs, received, weighted
):
    """Add what listed suppliers ship, and their weights, to the slots of one product."""
    pairs[: len(received)] = 0.0  # side by side, so that both sums share a cache line
    for f in range(len(weights)):
        b = weights[f]
        if shipped.shape[1] == 1:
            a = shipped[f, 0]
            for e in range(pointer[f], pointer[f + 1]):
                k = column[e]
                z = flow[e]
                pairs[k, 0] += a * z
                pairs[k, 1] += b * z
        else:
            for e in range(pointer[f], pointer[f + 1]):
                k = column[e]
                z = flow[e]
                pairs[k, 0] += shipped[f, group[e]] * z
                pairs[k, 1] += b * z
    for k in range(len(received)):
        received[k] += pairs[k, 0]
        weighted[k] += pairs[k, 1]


@njit(cache=True, fastmath=_FAST)
def _ship_rows(rows, scale, shipped, received):  # type: ignore[no-untyped-def]
    """Add shipped · rows to received, tile by tile."""
    count = len(received)
    for low in range(0, count, _TILE):
        high = min(count, low + _TILE)
        got = received[low:high]
        f = 0
        while f + 4 <= len(rows):
            z0, z1 = rows[f, low:high], rows[f + 1, low:high]
            z2, z3 = rows[f + 2, low:high], rows[f + 3, low:high]
            a0, a1 = shipped[f, 0] * scale, shipped[f + 1, 0] * scale
            a2, a3 = shipped[f + 2, 0] * scale, shipped[f + 3, 0] * scale
            for j in range(len(got)):
                got[j] += a0 * z0[j] + a1 * z1[j] + a2 * z2[j] + a3 * z3[j]
            f += 4
        while f < len(rows):
            z0, a0 = rows[f, low:high], shipped[f, 0] * scale
            for j in range(len(got)):
                got[j] += a0 * z0[j]
            f += 1


@njit(cache=True, fastmath=_FAST)
def _spread_rows(rows, scale, shipped, weights, received, weighted):  # type: ignore[no-untyped-def]
    """Add shipped · rows to received and weights · rows to weighted, tile by tile."""
    count = len(received)
    for low in range(0, count, _TILE):
        high = min(count, low + _TILE)
        width = high - low
        got = received[low:high]
        den = weighted[low:high]
        f = 0
        while f + 4 <= len(rows):
            z0, z1 = rows[f, low:high], rows[f + 1, low:high]
            z2, z3 = rows[f + 2, low:high], rows[f + 3, low:high]
            a0, a1 = shipped[f, 0] * scale, shipped[f + 1, 0] * scale
            a2, a3 = shipped[f + 2, 0] * scale, shipped[f + 3, 0] * scale
            b0, b1 = weights[f] * scale, weights[f + 1] * scale
            b2, b3 = weights[f + 2] * scale, weights[f + 3] * scale
            for j in range(width):  # one loop for both sums is too much for the vectoriser
                got[j] += a0 * z0[j] + a1 * z1[j] + a2 * z2[j] + a3 * z3[j]
            for j in range(width):
                den[j] += b0 * z0[j] + b1 * z1[j] + b2 * z2[j] + b3 * z3[j]
            f += 4
        while f < len(rows):
            z0, a0, b0 = rows[f, low:high], shipped[f, 0] * scale, weights[f] * scale
            for j in range(width):
                got[j] += a0 * z0[j]
            for j in range(width):
                den[j] += b0 * z0[j]
            f += 1


@njit(cache=True, fastmath=_FAST)
def _settle(  # type: ignore[no-untyped-def]
    technology, made, target, wish, hard, restore, weighted, received, order, stock, limit
):
    """End the day of the slots of one product; return what arrived in all of them.

    What arrived goes into stock, what was used goes out; what was used and a part of the gap is
    ordered, per unit of weighted supplier flow; stock limits what its buyer makes tomorrow.
    """
    arrived = 0.0
    for k in range(len(stock)):
        came = order[k] * received[k]
        arrived += came
        used = technology[k] * made[k]
        left = max(0.0, stock[k] + came - used)  # rounding may owe a hair
        stock[k] = left
        wanted = max(0.0, target[k] * wish[k] - left) * restore + used
        order[k] = wanted / weighted[k] if weighted[k] != 0.0 else 0.0
        allows = left * hard[k]  # 0 · inf is nan, and nan is never less
        limit[k] = allows if allows < limit[k] else limit[k]
    return arrived


@njit(cache=True, fastmath=_FAST)
def _settle_soft(  # type: ignore[no-untyped-def]
    technology, made, target, wish, hard, restore, weighted, received, order, stock, limit,
    kept, criticality,
):  # fmt: skip
    """Do the same where an input may run out without stopping its buyer, or never runs out."""
    arrived = 0.0
    for k in range(len(stock)):
        came = order[k] * received[k]
        arrived += came
        takes = technology[k] * made[k]
        used = min(takes, stock[k] + came) if criticality[k] < 1.0 else takes
        left = max(0.0, stock[k] + came - used) * kept[k]
        stock[k] = left
        wanted = max(0.0, target[k] * wish[k] - left) * restore + takes
        order[k] = wanted / weighted[k] if weighted[k] != 0.0 else 0.0
        allows = left * hard[k]
        limit[k] = allows if allows < limit[k] else limit[k]
    return arrived


@njit(cache=True, fastmath=_FAST)
def _note_shortages(  # type: ignore[no-untyped-def]
    today,
    slot_product,
    of_buyer,
    buyer_slots,
    normal,
    wish,
    able,
    limit,
    held_by,
    stock,
    reach,
    criticality,
    first_day,
    last_day,
    short_days,
    least,
):
    """Record the slots that held their buyer below normal, and which one limits most."""
    for j in range(len(limit)):
        if limit[j] < wish[j] * _HAIR:
            lowest = np.inf
            for i in range(of_buyer[j], of_buyer[j + 1]):
                k = buyer_slots[i]
                allows = _allowed(able[j], stock[k], reach[k], criticality[k])
                wanted = min(wish[j], normal[j])
                if allows < wanted * _HAIR:
                    if first_day[k] < 0:
                        first_day[k] = today
                    last_day[k] = today
                    short_days[k] += 1
                    least[k] = min(least[k], allows / wanted)
                if allows < lowest:
                    lowest = allows
                    held_by[j] = slot_product[k]


@njit(cache=True, fastmath=_FAST)
def day(  # type: ignore[no-untyped-def]
    start,
    slot_start,
    slot_buyer,
    slot_product,
    of_buyer,
    buyer_slots,
    dense_start,
    dense,
    scale,
    pointer,
    column,
    flow,
    group,
    loss,
    normal,
    capacity,
    final,
    output,
    stretch,
    weight,
    limit,
    held_by,
    unmet,
    order,
    stock,
    received,
    weighted,
    technology,
    target,
    reach,
    hard,
    kept,
    criticality,
    first_day,
    last_day,
    short_days,
    least,
    today,
    restoration_days,
    most,
    adapt_days,
    adaptive,
    soft,
):
    """Advance the network by one day; return the leak (see `catenary.maths.inventory.Path`)."""
    count = len(output)
    able, wish = np.empty(count), np.empty(count)
    sent, made = np.zeros(len(start)), np.zeros(len(start))
    asked, shipped = np.empty(final.shape), np.empty(final.shape)
    widest = 0
    for p in range(len(start) - 1):
        widest = max(widest, slot_start[p + 1] - slot_start[p])
    pairs = np.empty((widest, 2))
    received[:] = 0.0
    if adaptive:  # else the weights are 1 and their sums stay as on a normal day
        weighted[:] = 0.0
    for p in range(len(start) - 1):
        a, b = start[p], start[p + 1]
        thin = a + dense_start[p + 1] - dense_start[p]
        rows = dense[dense_start[p] : dense_start[p + 1]]
        slots = slice(slot_start[p], slot_start[p + 1])
        _ask_rows(rows, scale, order[slots], asked[a:thin])
        _ask_lists(pointer[thin : b + 1], column, flow, group, order[slots], asked[thin:b])
        made[p], sent[p] = _produce(
            a,
            b,
            asked,
            loss,
            capacity,
            final,
            output,
            stretch,
            weight,
            limit,
            able,
            wish,
            held_by,
            shipped,
            unmet,
            of_buyer,
            buyer_slots,
            stock,
            reach,
            criticality,
            most,
            adapt_days,
            adaptive,
            soft,
        )
        if adaptive:
            _spread_rows(
                rows, scale, shipped[a:thin], weight[a:thin], received[slots], weighted[slots]
            )
            _spread_lists(
                pointer[thin : b + 1],
                column,
                flow,
                group,
                shipped[thin:b],
                weight[thin:b],
                pairs,
                received[slots],
                weighted[slots],
            )
        else:
            _ship_rows(rows, scale, shipped[a:thin], received[slots])
            _ship_lists(
                pointer[thin : b + 1], column, flow, group, shipped[thin:b], received[slots]
            )
    _note_shortages(
        today,
        slot_product,
        of_buyer,
        buyer_slots,
        normal,
        wish,
        able,
        limit,
        held_by,
        stock,
        reach,
        criticality,
        first_day,
        last_day,
        short_days,
        least,
    )
    limit[:] = np.inf
    leak, restore = 0.0, 1.0 / restoration_days
    for p in range(len(start) - 1):
        a, b = slot_start[p], slot_start[p + 1]
        buyers = slot_buyer[a:b]
        full = b - a == count  # then slots stand in the order of their buyers
        made_by = output if full else output[buyers]
        wished = wish if full else wish[buyers]
        limits = limit if full else np.full(b - a, np.inf)
        if soft:
            arrived = _settle_soft(
                technology[a:b], made_by, target[a:b], wished, hard[a:b], restore, weighted[a:b],
                received[a:b], order[a:b], stock[a:b], limits, kept[a:b], criticality[a:b],
            )  # fmt: skip
        else:
            arrived = _settle(
                technology[a:b], made_by, target[a:b], wished, hard[a:b], restore, weighted[a:b],
                received[a:b], order[a:b], stock[a:b], limits,
            )  # fmt: skip
        if not full:
            for i in range(b - a):
                limit[buyers[i]] = min(limit[buyers[i]], limits[i])
        if made[p] > 0.0:
            leak = max(leak, abs(arrived + sent[p] - made[p]) / made[p])
    return leak
