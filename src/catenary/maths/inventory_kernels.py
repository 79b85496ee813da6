"""The hot loops of `catenary.maths.inventory`: one day of a network.

Compiled once and cached. Sums may be regrouped (`reassoc`, `contract`), but NaN and infinity keep
their meaning. Suppliers of many buyers are rows of a dense block, the others lists of deliveries;
either way each row is read once from memory per day. Products are shared out among the cores:
nothing that one of them writes is read by another before the day's deliveries are done.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
from numba import njit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Integers = NDArray[np.int64]

__all__ = [
    "BY_CAPACITY", "BY_DEMAND", "Coefficients", "Flows", "Notes", "Rules", "State", "arrive",
    "deliver", "deliver_ranked", "note_shortages", "reweigh", "settle", "settle_late",
    "switch", "tighten",
]  # fmt: skip

BY_DEMAND: Final = -2
BY_CAPACITY: Final = -1
WORST: Final = 0
PARTIAL: Final = 1
LINEAR: Final = 2

_HAIR: Final = 1.0 - 1e-9  # rounding does not make a shortage
_TILE: Final = 512  # columns whose sums stay in the nearest cache
_ROWS_MB: Final = 1.0  # dense rows that are asked and then served while they are in the cache
_FAST: Final = {"reassoc", "contract", "nsz"}


class Flows(NamedTuple):
    """Who delivers to whom; see `catenary.maths.network.Network`."""

    start: Integers
    slot_start: Integers
    slot_buyer: NDArray[np.int32]
    slot_product: NDArray[np.int32]
    of_buyer: Integers
    """First place in `buyer_slots` of each producer, (N + 1,)."""
    buyer_slots: Integers
    """Slots by buyer, (K,)."""
    dense_start: Integers
    dense: Array | NDArray[np.float32]
    scale: float
    pointer: Integers
    column: NDArray[np.uint32]
    flow: Array
    group: NDArray[np.int8]
    """Priority group of each listed delivery, (E,)."""
    buyer_group: NDArray[np.int8]
    """Priority group in which dense rows deliver to each buyer, (N,)."""


class Coefficients(NamedTuple):
    """What holds on every day: of each slot (K,), and of each producer (N,)."""

    technology: Array
    """Input per unit of output."""
    target: Array
    """Target stock (and what should be on the way) per unit of output."""
    reach: Array
    """Output that a unit of stock allows; inf: any."""
    hard: Array
    """The same where nothing can be made without the input, else inf."""
    criticality: Array
    """Share of output impossible without the input."""
    normal: Array
    """Output of a normal day, (N,)."""
    capacity: Array
    """Output without overproduction, (N,)."""


class State(NamedTuple):
    """What changes from day to day."""

    output: Array
    stretch: Array
    weight: Array
    limit: Array
    """Output that stocks allow, (N,)."""
    able: Array
    wish: Array
    demand: Array
    """What was asked for, (N,)."""
    fill: Array
    """Share of what was asked for that was delivered, by priority group, (N, G)."""
    shipped: Array
    """The same times the weight that the orders were placed with, (N, G)."""
    order: Array
    """Orders per unit of weighted normal delivery, (K,)."""
    stock: Array
    received: Array
    """Arrivals per unit of order, (K,)."""
    weighted: Array
    """Weighted normal deliveries, (K,)."""
    away: Array
    """What is on the way to each slot, (K,); empty where deliveries take no time."""
    ordered: Array
    """What is ordered for tomorrow, (K,); empty where nobody switches suppliers."""
    made: Array
    """Output by product, (P,)."""
    sent: Array
    """Of that to final buyers, (P,)."""


class Notes(NamedTuple):
    """What is written down for the reader."""

    held_by: NDArray[np.int16]
    unmet: Array
    first_day: NDArray[np.int32]
    last_day: NDArray[np.int32]
    short_days: NDArray[np.int32]
    least: Array


class Rules(NamedTuple):
    """How producers behave."""

    restore: float
    """Share of a gap in stock that is ordered each day."""
    most: float
    adapt_days: float
    adaptive: bool
    reading: int
    """What a short input stops: all (WORST), a part (PARTIAL), or parts that add up (LINEAR)."""
    small_first: bool
    rebuild_group: int
    """Priority group that rebuilding belongs to."""


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
def _soften(f, flows, use, state, reading):  # type: ignore[no-untyped-def]
    """Lower the limit of one producer by inputs that stop only a part of its output."""
    able = state.able[f]
    lost = 0.0
    for i in range(flows.of_buyer[f], flows.of_buyer[f + 1]):
        k = flows.buyer_slots[i]
        c = use.criticality[k]
        if c < 1.0:
            allows = _allowed(able, state.stock[k], use.reach[k], c)
            if reading == LINEAR and allows < able:
                lost += able - allows
            elif reading == PARTIAL:
                state.limit[f] = min(state.limit[f], allows)
    if lost > 0.0:
        state.limit[f] = min(state.limit[f], max(0.0, able - lost))


@njit(cache=True, fastmath=_FAST)
def _produce(  # type: ignore[no-untyped-def]
    first, last, asked, shipped, loss, final, rebuilding, flows, use, state, notes, rules
):
    """Let some producers of one product make and share out what they can.

    Returns what they made and what of it final buyers got. All of them in one call, because
    handing arrays to a function costs more than the arithmetic for one producer.
    """
    made, sent = 0.0, 0.0
    groups = asked.shape[1]
    for f in range(first, last):
        demand = 0.0
        weight = state.weight[f]
        wanted = rebuilding[f]
        for i in range(groups):
            asked[f, i] = asked[f, i] * weight + final[f, i]
            if i == rules.rebuild_group:
                asked[f, i] += wanted
            demand += asked[f, i]
        state.demand[f] = demand
        stretch = _stretched(
            demand, state.output[f], state.stretch[f], rules.most, rules.adapt_days
        )
        state.stretch[f] = stretch
        able = use.capacity[f] * (1.0 - loss[f]) * stretch
        state.able[f] = able
        wish = min(demand, able)
        if rules.reading >= PARTIAL:
            _soften(f, flows, use, state, rules.reading)
        output = max(0.0, min(wish, state.limit[f]))
        state.output[f] = output
        notes.held_by[f] = BY_CAPACITY if able < demand * _HAIR else BY_DEMAND
        made += output
        left = output
        for i in range(groups):  # the first group is served first; within a group all alike
            fill = 0.0
            if output >= demand:  # and no rounding of sums makes it less for the last
                fill = 1.0
            elif asked[f, i] > 0.0:
                scarce = left < asked[f, i] or i == groups - 1
                fill = left / asked[f, i] if scarce else 1.0
                left = max(0.0, left - asked[f, i])
            if final[f, i] != 0.0:
                notes.unmet[f, i] += 1.0 - fill
                sent += fill * final[f, i]
            state.fill[f, i] = fill
            shipped[f, i] = fill * weight
        sent += state.fill[f, rules.rebuild_group] * wanted
        # what rebuilding got is not asked for again, so it does not call for stock
        state.wish[f] = min(demand - state.fill[f, rules.rebuild_group] * wanted, able)
        if rules.adaptive:
            state.weight[f] = able / use.capacity[f] if use.capacity[f] != 0.0 else 1.0
    return made, sent


@njit(cache=True, fastmath=_FAST)
def _ask_rows(rows, scale, order, asked):  # type: ignore[no-untyped-def]
    """Set what the dense suppliers of one product are asked for, per unit of their weight."""
    f = 0
    while f + 4 <= len(rows):  # four streams from memory are faster than one
        z0, z1, z2, z3 = rows[f], rows[f + 1], rows[f + 2], rows[f + 3]
        t0, t1, t2, t3 = 0.0, 0.0, 0.0, 0.0
        for j in range(len(z0)):
            t0 += z0[j] * order[j]
            t1 += z1[j] * order[j]
            t2 += z2[j] * order[j]
            t3 += z3[j] * order[j]
        asked[f], asked[f + 1] = t0 * scale, t1 * scale
        asked[f + 2], asked[f + 3] = t2 * scale, t3 * scale
        f += 4
    while f < len(rows):
        z = rows[f]
        total = 0.0
        for j in range(len(z)):
            total += z[j] * order[j]
        asked[f] = total * scale
        f += 1


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
    pointer, column, flow, group, shipped, weights, received, weighted
):
    """Add what listed suppliers ship, and their weights, to the slots of one product."""
    pairs = np.zeros((len(received), 2))  # side by side, so that both sums share a cache line
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
            a0, a1 = shipped[f] * scale, shipped[f + 1] * scale
            a2, a3 = shipped[f + 2] * scale, shipped[f + 3] * scale
            for j in range(len(got)):
                got[j] += a0 * z0[j] + a1 * z1[j] + a2 * z2[j] + a3 * z3[j]
            f += 4
        while f < len(rows):
            z0, a0 = rows[f, low:high], shipped[f] * scale
            for j in range(len(got)):
                got[j] += a0 * z0[j]
            f += 1


@njit(cache=True, fastmath=_FAST)
def _spread_rows(rows, scale, shipped, weights, received, weighted):  # type: ignore[no-untyped-def]
    """Add shipped · rows to received and weights · rows to weighted, tile by tile."""
    count = len(received)
    for low in range(0, count, _TILE):
        high = min(count, low + _TILE)
        got, den = received[low:high], weighted[low:high]
        f = 0
        while f + 3 <= len(rows):  # of four, the vectoriser makes nothing
            z0, z1, z2 = rows[f, low:high], rows[f + 1, low:high], rows[f + 2, low:high]
            a0, a1, a2 = shipped[f] * scale, shipped[f + 1] * scale, shipped[f + 2] * scale
            b0, b1, b2 = weights[f] * scale, weights[f + 1] * scale, weights[f + 2] * scale
            for j in range(len(got)):
                got[j] += a0 * z0[j] + a1 * z1[j] + a2 * z2[j]
                den[j] += b0 * z0[j] + b1 * z1[j] + b2 * z2[j]
            f += 3
        while f < len(rows):
            z0, a0, b0 = rows[f, low:high], shipped[f] * scale, weights[f] * scale
            for j in range(len(got)):
                got[j] += a0 * z0[j]
                den[j] += b0 * z0[j]
            f += 1


@njit(cache=True, fastmath=_FAST)
def _water_level(orders, supply):  # type: ignore[no-untyped-def]
    """Return the most that any order gets where small orders are served in full first.

    The level rises until no order below it is left out: as a sort would find it, without one.
    """
    level, waiting = 0.0, -1
    while True:
        left, larger = supply, 0
        for order in orders:
            if order > level:
                larger += 1
            else:
                left -= order
        if larger in (0, waiting):
            return level
        level = max(level, left / larger)
        waiting = larger


@njit(cache=True, fastmath=_FAST)
def _serve_small_first(f, p, final, rebuilding, flows, state, notes, shipped, received):  # type: ignore[no-untyped-def]
    """Share out a scarce output so that nobody gets more than a level; return what final gets.

    `shipped` of this supplier becomes 0: its deliveries are added to `received` here.
    """
    a = flows.slot_start[p]
    place = f - flows.start[p]
    rows = flows.dense_start[p + 1] - flows.dense_start[p]
    before = shipped[f, 0] / state.fill[f, 0] if state.fill[f, 0] > 0.0 else 0.0
    asks = final[f, 0] + rebuilding[f]
    if place < rows:
        z = flows.dense[flows.dense_start[p] + place]
        orders = np.empty(len(z) + 1)
        for j in range(len(z)):
            orders[j] = before * flows.scale * z[j] * state.order[a + j]
    else:
        lo, hi = flows.pointer[f], flows.pointer[f + 1]
        orders = np.empty(hi - lo + 1)
        for e in range(lo, hi):
            orders[e - lo] = before * flows.flow[e] * state.order[a + flows.column[e]]
    orders[-1] = asks
    level = _water_level(orders, state.output[f])
    for i in range(len(orders) - 1):
        k = i if place < rows else flows.column[flows.pointer[f] + i]
        if orders[i] > 0.0:
            received[k] += min(orders[i], level) / state.order[a + k]
    shipped[f, 0] = 0.0
    fill = min(1.0, level / asks) if asks > 0.0 else 0.0
    if final[f, 0] != 0.0:
        notes.unmet[f, 0] += state.fill[f, 0] - fill  # in place of what was noted
    change = (fill - state.fill[f, 0]) * asks
    state.fill[f, 0] = fill
    state.wish[f] = min(state.demand[f] - fill * rebuilding[f], state.able[f])
    return change


@njit(cache=True, fastmath=_FAST)
def _rows_at_once(flows):  # type: ignore[no-untyped-def]
    """Return how many dense rows stay in the cache between being asked and being served."""
    width = max(1, flows.dense.shape[1])
    return max(4, int(_ROWS_MB * 1e6 / (width * flows.dense.itemsize)) // 4 * 4)


@njit(cache=True, fastmath=_FAST)
def _one_product_ranked(p, loss, final, rebuilding, flows, use, state, notes, rules, asked):  # type: ignore[no-untyped-def]
    """Do the same where buyers have ranks, or small orders come first."""
    a, b = flows.start[p], flows.start[p + 1]
    lo, hi = flows.slot_start[p], flows.slot_start[p + 1]
    order, received, weighted = state.order[lo:hi], state.received[lo:hi], state.weighted[lo:hi]
    low = flows.dense_start[p]
    thin = a + flows.dense_start[p + 1] - low
    rows = flows.dense[low : flows.dense_start[p + 1]]
    groups, shipped = final.shape[1], state.shipped
    mask = np.empty(len(order) if thin > a else 0)
    for g in range(groups):
        for j in range(len(mask)):
            mask[j] = order[j] if flows.buyer_group[j] == g else 0.0
        _ask_rows(rows, flows.scale, mask, asked[a:thin, g])
    pointer = flows.pointer[thin : b + 1]
    _ask_lists(pointer, flows.column, flows.flow, flows.group, order, asked[thin:b])
    made, sent = _produce(
        a, b, asked, shipped, loss, final, rebuilding, flows, use, state, notes, rules
    )
    received[:] = 0.0
    if rules.small_first:
        for f in range(a, b):
            if state.output[f] < state.demand[f] * _HAIR:
                sent += _serve_small_first(
                    f, p, final, rebuilding, flows, state, notes, shipped, received
                )
    for g in range(groups):
        mask[:] = 0.0
        _ship_rows(rows, flows.scale, shipped[a:thin, g], mask)
        for j in range(len(mask)):
            if flows.buyer_group[j] == g:
                received[j] += mask[j]
    _ship_lists(pointer, flows.column, flows.flow, flows.group, shipped[thin:b], received)
    if rules.adaptive:
        weighted[:] = 0.0
        _ship_rows(rows, flows.scale, state.weight[a:thin], weighted)
        for f in range(thin, b):
            for e in range(flows.pointer[f], flows.pointer[f + 1]):
                weighted[flows.column[e]] += state.weight[f] * flows.flow[e]
    state.made[p], state.sent[p] = made, sent


@njit(cache=True, fastmath=_FAST, nogil=True)
def deliver(begin, end, loss, final, rebuilding, flows, use, state, notes, rules):  # type: ignore[no-untyped-def]
    """Let everybody who makes products begin … end - 1 make what they can and ship it."""
    asked = np.empty(final.shape)
    step = _rows_at_once(flows)
    for p in range(begin, end):
        a, b = flows.start[p], flows.start[p + 1]
        lo, hi = flows.slot_start[p], flows.slot_start[p + 1]
        order, received, weighted = state.order[lo:hi], state.received[lo:hi], state.weighted[lo:hi]
        received[:] = 0.0
        if rules.adaptive:  # else the weights are 1 and their sums stay as on a normal day
            weighted[:] = 0.0
        low = flows.dense_start[p]
        thin = a + flows.dense_start[p + 1] - low
        shipped, weight = state.shipped, state.weight
        made, sent = 0.0, 0.0
        first = a
        while first < b:  # dense rows some at a time, then all lists
            in_rows = first < thin
            share = -(-(thin - first) // max(1, round((thin - first) / step))) if in_rows else 0
            last = first + share if in_rows else b  # no lonely row at the end
            rows = flows.dense[low + first - a : low + last - a] if in_rows else flows.dense[:0]
            pointer = flows.pointer[first : last + 1]
            if in_rows:
                _ask_rows(rows, flows.scale, order, asked[first:last, 0])
            else:
                _ask_lists(pointer, flows.column, flows.flow, flows.group, order, asked[first:last])
            m, s = _produce(
                first,
                last,
                asked,
                shipped,
                loss,
                final,
                rebuilding,
                flows,
                use,
                state,
                notes,
                rules,
            )
            made, sent = made + m, sent + s
            if in_rows and rules.adaptive:
                _spread_rows(
                    rows,
                    flows.scale,
                    shipped[first:last, 0],
                    weight[first:last],
                    received,
                    weighted,
                )
            elif in_rows:
                _ship_rows(rows, flows.scale, shipped[first:last, 0], received)
            elif rules.adaptive:
                _spread_lists(
                    pointer, flows.column, flows.flow, flows.group, shipped[first:last],
                    weight[first:last], received, weighted,
                )  # fmt: skip
            else:
                _ship_lists(
                    pointer, flows.column, flows.flow, flows.group, shipped[first:last], received
                )
            first = last
        state.made[p], state.sent[p] = made, sent


@njit(cache=True, fastmath=_FAST, nogil=True)
def deliver_ranked(first, last, loss, final, rebuilding, flows, use, state, notes, rules):  # type: ignore[no-untyped-def]
    """Do the same where buyers have ranks, or small orders come first."""
    asked = np.empty(final.shape)
    for p in range(first, last):
        _one_product_ranked(p, loss, final, rebuilding, flows, use, state, notes, rules, asked)


@njit(cache=True, fastmath=_FAST)
def note_shortages(today, flows, use, state, notes):  # type: ignore[no-untyped-def]
    """Record the slots that held their buyer below normal, and which one limits most."""
    for j in range(len(state.limit)):
        if state.limit[j] < state.wish[j] * _HAIR:
            lowest = np.inf
            wanted = min(state.wish[j], use.normal[j])
            for i in range(flows.of_buyer[j], flows.of_buyer[j + 1]):
                k = flows.buyer_slots[i]
                allows = _allowed(state.able[j], state.stock[k], use.reach[k], use.criticality[k])
                if allows < wanted * _HAIR:
                    if notes.first_day[k] < 0:
                        notes.first_day[k] = today
                    notes.last_day[k] = today
                    notes.short_days[k] += 1
                    notes.least[k] = min(notes.least[k], allows / wanted)
                if allows < lowest:
                    lowest = allows
                    notes.held_by[j] = flows.slot_product[k]


@njit(cache=True, fastmath=_FAST)
def _settle(  # type: ignore[no-untyped-def]
    technology, made, target, wish, hard, restore, weighted, received, order, stock, limit
):
    """End the day of some slots of one product; return what arrived in all of them.

    What arrived goes into stock, what was used goes out as far as it is there; what was used and
    a part of the gap is ordered, per unit of weighted supplier flow; stock limits what its buyer
    makes tomorrow.
    """
    arrived = 0.0
    for k in range(len(stock)):
        came = order[k] * received[k]
        arrived += came
        used = technology[k] * made[k]
        left = max(0.0, stock[k] + came - used)
        stock[k] = left
        wanted = max(0.0, target[k] * wish[k] - left) * restore + used
        order[k] = wanted / weighted[k] if weighted[k] != 0.0 else 0.0
        allows = left * hard[k]  # 0 · inf is nan, and nan is never less
        limit[k] = allows if allows < limit[k] else limit[k]
    return arrived


@njit(cache=True, fastmath=_FAST)
def _settle_late(  # type: ignore[no-untyped-def]
    technology,
    made,
    target,
    wish,
    hard,
    restore,
    weighted,
    came,
    away,
    ordered,
    order,
    stock,
    limit,
):
    """Do the same where what arrives is not what was shipped.

    `away` is on the way, `ordered` gets what is ordered; either may be empty.
    """
    arrived = 0.0
    for k in range(len(stock)):
        arrived += came[k]
        used = technology[k] * made[k]
        left = max(0.0, stock[k] + came[k] - used)
        stock[k] = left
        coming = away[k] if len(away) else 0.0
        wanted = max(0.0, target[k] * wish[k] - left - coming) * restore + used
        if len(ordered):
            ordered[k] = wanted
        order[k] = wanted / weighted[k] if weighted[k] != 0.0 else 0.0
        allows = left * hard[k]
        limit[k] = allows if allows < limit[k] else limit[k]
    return arrived


@njit(cache=True, fastmath=_FAST, nogil=True)
def settle(first, cuts, ends, came, flows, use, state, rules, arrived):  # type: ignore[no-untyped-def]  # noqa: ARG001  as settle_late
    """End the day of some buyers: stocks, orders and limits.

    Parameters
    ----------
    first
        First of these buyers.
    cuts, ends
        Their first slot, and the one after their last, of every product, (P,).
    came
        Nothing: what was shipped arrives at once.
    arrived
        Gets what arrived in all of their slots, by product, (P,).
    """
    for p in range(len(flows.start) - 1):
        lo, hi = cuts[p], ends[p]
        made, wish, limit = state.output[:0], state.wish[:0], state.limit[:0]
        full = flows.slot_start[p + 1] - flows.slot_start[p] == len(state.output)
        if full:  # slot by slot the buyers in order
            made, wish = state.output[first : first + hi - lo], state.wish[first : first + hi - lo]
            limit = state.limit[first : first + hi - lo]
        else:
            buyers = flows.slot_buyer[lo:hi]
            made, wish, limit = state.output[buyers], state.wish[buyers], state.limit[buyers]
        arrived[p] = _settle(
            use.technology[lo:hi], made, use.target[lo:hi], wish, use.hard[lo:hi],
            rules.restore, state.weighted[lo:hi], state.received[lo:hi], state.order[lo:hi],
            state.stock[lo:hi], limit,
        )  # fmt: skip
        if not full:
            for i in range(hi - lo):
                state.limit[flows.slot_buyer[lo + i]] = limit[i]


@njit(cache=True, fastmath=_FAST, nogil=True)
def settle_late(first, cuts, ends, came, flows, use, state, rules, arrived):  # type: ignore[no-untyped-def]
    """Do the same where what arrives, `came` (K,), is not what was shipped today."""
    for p in range(len(flows.start) - 1):
        lo, hi = cuts[p], ends[p]
        made, wish, limit = state.output[:0], state.wish[:0], state.limit[:0]
        full = flows.slot_start[p + 1] - flows.slot_start[p] == len(state.output)
        if full:  # slot by slot the buyers in order
            made, wish = state.output[first : first + hi - lo], state.wish[first : first + hi - lo]
            limit = state.limit[first : first + hi - lo]
        else:
            buyers = flows.slot_buyer[lo:hi]
            made, wish, limit = state.output[buyers], state.wish[buyers], state.limit[buyers]
        arrived[p] = _settle_late(
            use.technology[lo:hi], made, use.target[lo:hi], wish, use.hard[lo:hi],
            rules.restore, state.weighted[lo:hi], came[lo:hi],
            state.away[lo:hi] if len(state.away) else state.away,
            state.ordered[lo:hi] if len(state.ordered) else state.ordered, state.order[lo:hi],
            state.stock[lo:hi], limit,
        )  # fmt: skip
        if not full:
            for i in range(hi - lo):
                state.limit[flows.slot_buyer[lo + i]] = limit[i]


@njit(cache=True, fastmath=_FAST)
def reweigh(flows, state):  # type: ignore[no-untyped-def]
    """Split standing orders anew after deliveries were barred or freed: what is ordered stays."""
    for p in range(len(flows.start) - 1):
        a, b = flows.start[p], flows.start[p + 1]
        low = flows.dense_start[p]
        thin = a + flows.dense_start[p + 1] - low
        slots = slice(flows.slot_start[p], flows.slot_start[p + 1])
        sums = np.zeros(slots.stop - slots.start)
        _ship_rows(flows.dense[low : low + thin - a], flows.scale, state.weight[a:thin], sums)
        for f in range(thin, b):
            for e in range(flows.pointer[f], flows.pointer[f + 1]):
                sums[flows.column[e]] += state.weight[f] * flows.flow[e]
        order, weighted = state.order[slots], state.weighted[slots]
        for k in range(len(sums)):
            order[k] = order[k] * weighted[k] / sums[k] if sums[k] > 0.0 else 0.0
            weighted[k] = sums[k]


@njit(cache=True, fastmath=_FAST)
def arrive(lane, released, upto, shipped, orders, epoch, passed, flows, came):  # type: ignore[no-untyped-def]
    """Set what arrives in each slot today: shipments of the days that each lane releases.

    Parameters
    ----------
    lane
        Lane of every listed delivery, (E,).
    released, upto
        By lane, the days whose shipments arrive: released … upto − 1, (L,).
    shipped, orders
        What was shipped of each delivery's order (H, N, G), and orders (H, K), by day modulo H.
    epoch, passed
        Which row of `passed` (epochs, E), deliveries that bars let pass, held on each day, (H,).
    """
    came[:] = 0.0
    history = len(orders)
    for p in range(len(flows.start) - 1):
        low = flows.slot_start[p]
        for f in range(flows.start[p], flows.start[p + 1]):
            for e in range(flows.pointer[f], flows.pointer[f + 1]):
                k = low + flows.column[e]
                for day in range(released[lane[e]], upto[lane[e]]):
                    h = day % history
                    sent = passed[epoch[h], e] * shipped[h, f, flows.group[e]]
                    came[k] += sent * orders[h, k]


@njit(cache=True, fastmath=_FAST)
def switch(region, regions, home, abroad, may, made_up, flows, state):  # type: ignore[no-untyped-def]
    """Place a share of what suppliers could not deliver with producers that have capacity to spare.

    Those of the buyer's region first, then all others, where bars let them: `may` (3, P, R) says
    which regions may give, may take, and may make up at home. `made_up` gets what each slot gets
    in place of what did not come, (K,). Returns what was placed at home and abroad.
    """
    placed_home, placed_abroad = 0.0, 0.0
    made_up[:] = 0.0
    for p in range(len(flows.start) - 1):
        first, last = flows.slot_start[p], flows.slot_start[p + 1]
        short, spare = np.zeros(regions), np.zeros(regions)
        for k in range(first, last):
            lacks = state.ordered[k] - state.order[k] * state.received[k]
            if lacks > 1e-12 * state.ordered[k]:
                short[region[flows.slot_buyer[k]]] += lacks
        for f in range(flows.start[p], flows.start[p + 1]):
            left = min(state.able[f], state.limit[f]) - state.output[f]
            if left > 1e-12 * state.able[f]:
                spare[region[f]] += left
        at_home = np.minimum(short * home, spare) * may[2, p]
        rest, free = (short - at_home) * abroad * may[1, p], (spare - at_home) * may[0, p]
        total, room = rest.sum(), free.sum()
        away = min(total, room)
        if at_home.sum() + away <= 0.0:
            continue
        placed_home += at_home.sum()
        placed_abroad += away
        for k in range(first, last):
            r = region[flows.slot_buyer[k]]
            lacks = state.ordered[k] - state.order[k] * state.received[k]
            if lacks > 1e-12 * state.ordered[k]:
                gets = at_home[r] + (away * rest[r] / total if total > 0.0 else 0.0)
                made_up[k] = gets * lacks / short[r]
        for f in range(flows.start[p], flows.start[p + 1]):
            r = region[f]
            left = min(state.able[f], state.limit[f]) - state.output[f]
            if left > 1e-12 * state.able[f]:
                gives = at_home[r] + (away * free[r] / room if room > 0.0 else 0.0)
                more = gives * left / spare[r]
                state.output[f] += more
                state.made[p] += more
    return placed_home, placed_abroad
