"""The hot loops of `catenary.maths.batch_lists`: some scenarios through lists of deliveries.

A row is a producer or a slot, and holds one number per case of each of its fields, field after
field: what a loop over cases reads and writes lies side by side, and the compiler sees that
fields do not overlap. Sums over deliveries keep their order, so that a case gives the same
numbers whoever runs beside it. Functions are inlined by force: handing over arrays costs more
than the arithmetic for one row.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
from numba import njit

from catenary.maths.inventory_kernels import LINEAR
from catenary.maths.weighted_rows import add_rows

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Integers = NDArray[np.int64]

__all__ = ["LANES", "MAKER_FIELDS", "SLOT_FIELDS", "Cases", "Listed", "advance"]

LANES: Final = 16  # cases of a row; more would leave the nearest caches

# of a producer; the first two stand together, because both are summed over deliveries
GIVES: Final = 0  # shipped per unit of order
WEIGHT: Final = 1 * LANES
OUTPUT: Final = 2 * LANES
STRETCH: Final = 3 * LANES
WISH: Final = 4 * LANES
KEPT: Final = 5 * LANES  # share of capacity that is not lost today
FINAL: Final = 6 * LANES  # final demand of today
LOST: Final = 7 * LANES  # output lost over all days
UNMET: Final = 8 * LANES  # share of final demand not met, summed over days
MISSED: Final = 9 * LANES  # final demand not met over all days
OFF: Final = 10 * LANES  # by how much demand, output or capacity ever differed from normal
MAKER_FIELDS: Final = 11

# of a slot
ORDER: Final = 0  # per unit of weighted normal delivery
STOCK: Final = 1 * LANES
REACH: Final = 2 * LANES  # output that a unit of stock allows
SLOT_FIELDS: Final = 3

# of the producer at hand, never kept
_DEMAND: Final = 0
_ABLE: Final = 1 * LANES
_LIMIT: Final = 2 * LANES
_SINGLE: Final = 3 * LANES  # what the worst single input allows
_GONE: Final = 4 * LANES  # what several short inputs stop together
_SHORT: Final = 5 * LANES  # 1 where somebody is held below normal today
_PART: Final = 6 * LANES  # one over demand
_FILL: Final = 7 * LANES  # share of it that was delivered
_SCRATCH: Final = 8 * LANES

_BOTH: Final = 2 * LANES
_HAIR: Final = 1.0 - 1e-9
_FAST: Final = {"contract", "nsz"}  # sums are never regrouped


class Listed(NamedTuple):
    """A network as lists; N producers, K slots, P products."""

    busy: Integers
    """Producers that a shock may reach, in order; all others stay as they are."""
    held: Integers
    """Their slots."""
    product: Integers
    """Product of each producer, (N,)."""
    region: Integers
    normal: Array
    """Output of a normal day, (N,)."""
    capacity: Array
    pointer: Integers
    """First delivery of each producer, and E: (N + 1,)."""
    slot: NDArray[np.uint32]
    flow: Array
    came: Integers
    """First delivery to each slot, and E: (K + 1,)."""
    supplier: NDArray[np.uint32]
    came_flow: Array
    buyer: NDArray[np.uint32]
    """Buyer of each slot, (K,)."""
    technology: Array
    target: Array
    sells: NDArray[np.bool_]
    """Who ever has final demand, (N,)."""
    bound: Integers
    """First of the inputs that bind each producer, and their number: (N + 1,)."""
    binding: NDArray[np.uint32]
    """Their slots."""
    criticality: Array
    """Share of output impossible without each of them."""


class Cases(NamedTuple):
    """Up to `LANES` cases B, and what follows in them."""

    makers: Array
    """Fields of producers, (N, `MAKER_FIELDS` · `LANES`)."""
    slots: Array
    """Fields of slots, (K, `SLOT_FIELDS` · `LANES`)."""
    restore: Array
    most: Array
    adapt: Array
    """Share of a gap that stretching closes in a day, (B,)."""
    hit: Integers
    loss: Array
    """Share of capacity lost by day and producer among `hit`, (days, M, B)."""
    asked: Integers
    final: Array
    """Final demand by day and producer among `asked`, (days, D, B)."""
    regions: Array
    """Output by day and region, (days, R, B)."""
    products: Array
    """Output by day and product, (days, P, B)."""
    first_short: Integers


@njit(cache=True, fastmath=_FAST, forceinline=True)
def _open(f, capacity, makers, most, adapt, now, lanes):  # type: ignore[no-untyped-def]
    """Set demand and what capacity allows of one producer."""
    for b in range(lanes):
        demand = now[_DEMAND + b] * makers[f, WEIGHT + b] + makers[f, FINAL + b]
        now[_DEMAND + b] = demand
        part = 1.0 / demand if demand > 0.0 else 0.0  # one division where there were two
        now[_PART + b] = part
        gap = (demand - makers[f, OUTPUT + b]) * part
        stretch = makers[f, STRETCH + b]
        stretch = max(1.0, stretch + (most[b] - stretch) * gap * adapt[b])
        makers[f, STRETCH + b] = stretch
        now[_ABLE + b] = capacity * makers[f, KEPT + b] * stretch
        now[_LIMIT + b] = np.inf


@njit(cache=True, fastmath=_FAST, forceinline=True)
def _limit(f, bound, binding, criticality, slots, now, lanes):  # type: ignore[no-untyped-def]
    """Lower what one producer can make to what its worst input allows."""
    for i in range(bound[f], bound[f + 1]):
        k, c = binding[i], criticality[i]
        if c == 1.0:
            for b in range(lanes):
                allows = slots[k, STOCK + b] * slots[k, REACH + b]
                now[_LIMIT + b] = min(now[_LIMIT + b], allows)
        else:
            for b in range(lanes):
                able = now[_ABLE + b]
                allows = slots[k, STOCK + b] * slots[k, REACH + b]
                part = c * allows + (1.0 - c) * able
                part = part if allows < able else np.inf
                now[_LIMIT + b] = min(now[_LIMIT + b], part)
    for b in range(lanes):
        now[_SINGLE + b] = now[_LIMIT + b]


@njit(cache=True, fastmath=_FAST, forceinline=True)
def _limit_added(f, bound, binding, criticality, slots, now, lanes):  # type: ignore[no-untyped-def]
    """Do the same where what short inputs stop adds up."""
    for b in range(lanes):
        now[_SINGLE + b] = np.inf
        now[_GONE + b] = 0.0
    for i in range(bound[f], bound[f + 1]):
        k, c = binding[i], criticality[i]
        for b in range(lanes):
            able = now[_ABLE + b]
            allows = slots[k, STOCK + b] * slots[k, REACH + b]
            part = c * allows + (1.0 - c) * able if c != 1.0 else allows
            part = part if allows < able else np.inf
            now[_SINGLE + b] = min(now[_SINGLE + b], part)
            if c == 1.0:
                now[_LIMIT + b] = min(now[_LIMIT + b], part)
            else:
                now[_GONE + b] += able - part if allows < able else 0.0
    for b in range(lanes):
        rest = max(0.0, now[_ABLE + b] - now[_GONE + b])
        rest = rest if now[_GONE + b] > 0.0 else np.inf
        now[_LIMIT + b] = min(now[_LIMIT + b], rest)


@njit(cache=True, fastmath=_FAST, forceinline=True)
def _make(f, normal, capacity, makers, now, lanes, sells, adaptive):  # type: ignore[no-untyped-def]
    """Let one producer make and share out what it can."""
    for b in range(lanes):
        demand, able = now[_DEMAND + b], now[_ABLE + b]
        wish = min(demand, able)
        limit = now[_LIMIT + b]
        made = max(0.0, min(wish, limit))
        makers[f, WISH + b] = wish
        makers[f, OUTPUT + b] = made
        fill = 1.0 if made >= demand else made * now[_PART + b]
        now[_FILL + b] = fill
        makers[f, GIVES + b] = fill * makers[f, WEIGHT + b]
        makers[f, LOST + b] += normal - made
        held = limit < wish * _HAIR and now[_SINGLE + b] < min(wish, normal) * _HAIR
        now[_SHORT + b] = 1.0 if held else now[_SHORT + b]
    for b in range(lanes):
        off = max(abs(now[_DEMAND + b] - normal), abs(makers[f, OUTPUT + b] - normal))
        off = max(off, abs(now[_ABLE + b] - capacity))
        makers[f, OFF + b] = max(makers[f, OFF + b], off)
    if sells:
        for b in range(lanes):
            final = makers[f, FINAL + b]
            missing = 1.0 - now[_FILL + b] if final != 0.0 else 0.0
            makers[f, UNMET + b] += missing
            makers[f, MISSED + b] += missing * final
    if adaptive:
        for b in range(lanes):
            kept = makers[f, KEPT + b] * makers[f, STRETCH + b]
            makers[f, WEIGHT + b] = kept if capacity != 0.0 else 1.0


@njit(cache=True, fastmath=_FAST, forceinline=True)
def _settle(k, j, technology, target, makers, slots, restore, came, lanes):  # type: ignore[no-untyped-def]
    """End the day of one slot: what came, what was used, what is ordered."""
    for b in range(lanes):
        used = technology * makers[j, OUTPUT + b]
        left = max(0.0, slots[k, STOCK + b] + slots[k, ORDER + b] * came[b] - used)
        slots[k, STOCK + b] = left
        wanted = max(0.0, target * makers[j, WISH + b] - left) * restore[b] + used
        weighted = came[LANES + b]
        slots[k, ORDER + b] = wanted / weighted if weighted != 0.0 else 0.0


@njit(cache=True, fastmath=_FAST, forceinline=True)
def _happen(day, hit, loss, asked, final, makers, lanes):  # type: ignore[no-untyped-def]
    """Set capacity and final demand of the day."""
    for m in range(len(hit)):
        for b in range(lanes):
            makers[hit[m], KEPT + b] = 1.0 - loss[day, m, b]
    for m in range(len(asked)):
        for b in range(lanes):
            makers[asked[m], FINAL + b] = final[day, m, b]


@njit(cache=True, fastmath=_FAST, nogil=True)
def advance(first, last, chain, cases, adaptive, reading):  # type: ignore[no-untyped-def]
    """Run days first … last - 1."""
    lanes = len(cases.restore)
    now, came = np.zeros(_SCRATCH), np.zeros(2 * LANES)
    # arrays by themselves, because those of a tuple are looked up in every loop
    makers, slots, restore = cases.makers, cases.slots, cases.restore
    most, adapt, regions, products = cases.most, cases.adapt, cases.regions, cases.products
    product, region, normal, capacity = (
        chain.product, chain.region, chain.normal, chain.capacity,
    )  # fmt: skip
    busy, held = chain.busy, chain.held
    pointer, slot, flow = chain.pointer, chain.slot, chain.flow
    begins, supplier, came_flow = chain.came, chain.supplier, chain.came_flow
    bound, binding, criticality = chain.bound, chain.binding, chain.criticality
    buyer, technology, target, sells = chain.buyer, chain.technology, chain.target, chain.sells
    for day in range(first, last):
        _happen(day, cases.hit, cases.loss, cases.asked, cases.final, makers, lanes)
        for b in range(lanes):
            now[_SHORT + b] = 0.0
        for f in busy:
            # what is asked for per unit of weight
            add_rows(now, slots, slot, flow, (pointer[f], pointer[f + 1]), LANES)
            _open(f, capacity[f], makers, most, adapt, now, lanes)
            if reading == LINEAR:
                _limit_added(f, bound, binding, criticality, slots, now, lanes)
            else:
                _limit(f, bound, binding, criticality, slots, now, lanes)
            _make(f, normal[f], capacity[f], makers, now, lanes, sells[f], adaptive)
            p, r = product[f], region[f]
            for b in range(lanes):
                products[day, p, b] += makers[f, OUTPUT + b]
            for b in range(lanes):
                regions[day, r, b] += makers[f, OUTPUT + b]
        for k in held:
            # what arrives per unit of order, and weighted deliveries
            add_rows(came, makers, supplier, came_flow, (begins[k], begins[k + 1]), _BOTH)
            _settle(k, buyer[k], technology[k], target[k], makers, slots, restore, came, lanes)
        for b in range(lanes):
            if cases.first_short[b] < 0 and now[_SHORT + b] > 0.0:
                cases.first_short[b] = day
