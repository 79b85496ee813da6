"""The hot loops of `catenary.maths.batches`: what several scenarios do between matrix products.

Arrays have the scenario first, so that each scenario's numbers of one product stand together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
from numba import njit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.floating]
    Integers = NDArray[np.int64]

__all__ = ["Batch", "Normal", "advance"]

_HAIR: Final = 1.0 - 1e-9
_FAST: Final = {"reassoc", "contract", "nsz"}


class Normal(NamedTuple):
    """What holds on every day, in one precision; N producers, P products."""

    start: Integers
    """First producer of each product, and N: (P + 1,)."""
    rows: Array
    """Deliveries of a normal day by supplier and buyer, (N, N)."""
    technology: Array
    """Input of each product per unit of output, (P, N)."""
    target: Array
    hard: Array
    """Output that a unit of stock allows, by set of rules, (H, P, N)."""
    use: Array
    output: Array
    capacity: Array
    region: Integers


class Batch(NamedTuple):
    """B scenarios, and what follows in them."""

    rules: Integers
    """Which `hard` holds for each scenario, (B,)."""
    restore: Array
    most: Array
    adapt: Array
    loss: Array
    """Share of capacity lost, by day and producer among `hit`, (B, days, M)."""
    hit: Integers
    demand: Array
    """Final demand, by day and producer among `asked`, (B, days, D)."""
    asked: Integers
    final: Array
    """Final demand of today, (B, N)."""
    output: Array
    stretch: Array
    weight: Array
    wish: Array
    limit: Array
    order: Array
    """Orders per unit of weighted normal delivery, (P, B, N)."""
    stock: Array
    regions: NDArray[np.float64]
    """Output by day and region, (B, days, R)."""
    products: NDArray[np.float64]
    """Output by day and product, (B, days, P)."""
    unmet: Array
    """Share of a day's final demand that was not met, summed over days, (B, N)."""
    missed: Array
    """Final demand not met over all days, (B, N)."""
    off: Array
    """By how much demand, output or capacity ever differed from normal, (B, N)."""
    lost: NDArray[np.float64]
    """Output lost of each producer over all days, (B, N)."""
    first_short: Integers
    """First day on which some input held somebody below normal; -1: never, (B,)."""


@njit(cache=True, fastmath=_FAST)
def _produce(day, p, asked, lost, given, normal, batch, adaptive):  # type: ignore[no-untyped-def]
    """Let all makers of one product make what they can.

    Parameters
    ----------
    asked
        What each is asked for per unit of weight, (B, F).
    lost
        Share of capacity that each producer lacks today, (B, N).
    given
        Gets what they ship per unit of order (rows 0 … B − 1) and their new weights, (2B, F).
    """
    zero, one = asked.dtype.type(0), asked.dtype.type(1)
    scenarios = len(asked)
    for b in range(scenarios):
        total = 0.0
        for i in range(asked.shape[1]):
            f = normal.start[p] + i
            old = batch.weight[b, f]
            final = batch.final[b, f]
            demand = asked[b, i] * old + final
            gap = (demand - batch.output[b, f]) / demand if demand != zero else zero
            stretch = batch.stretch[b, f]
            stretch = max(one, stretch + (batch.most[b] - stretch) * gap / batch.adapt[b])
            batch.stretch[b, f] = stretch
            able = normal.capacity[f] * (one - lost[b, f]) * stretch
            wish = min(demand, able)
            batch.wish[b, f] = wish
            bound = batch.limit[b, f]
            made = max(zero, min(wish, bound))
            batch.output[b, f] = made
            fill = made / demand if demand > zero else zero
            if final != zero:
                batch.unmet[b, f] += one - fill
                batch.missed[b, f] += (one - fill) * final
            off = max(abs(demand - normal.output[f]), abs(made - normal.output[f]))
            off = max(off, abs(able - normal.capacity[f]))
            batch.off[b, f] = max(batch.off[b, f], off)
            given[b, i] = fill * old
            if adaptive:
                held = normal.capacity[f]
                batch.weight[b, f] = able / held if held != zero else one
            given[scenarios + b, i] = batch.weight[b, f]
            total += made
            batch.regions[b, day, normal.region[f]] += made
            batch.lost[b, f] += normal.output[f] - made
            if batch.first_short[b] < 0 and bound < min(wish, normal.output[f]) * _HAIR:
                batch.first_short[b] = day
            batch.limit[b, f] = np.inf
        batch.products[b, day, p] += total


@njit(cache=True, fastmath=_FAST)
def _settle(p, sums, normal, batch, adaptive):  # type: ignore[no-untyped-def]
    """End the day of the stocks of one product.

    Parameters
    ----------
    sums
        What arrives per unit of order (rows 0 … B − 1) and weighted deliveries, (2B, N).
    """
    zero = sums.dtype.type(0)
    scenarios = len(batch.output)
    tech, aim, use = normal.technology[p], normal.target[p], normal.use[p]
    for b in range(scenarios):
        got, den = sums[b], sums[scenarios + b] if adaptive else use
        order, stock, limit = batch.order[p, b], batch.stock[p, b], batch.limit[b]
        made, wish, hard = batch.output[b], batch.wish[b], normal.hard[batch.rules[b], p]
        restore = batch.restore[b]
        for j in range(len(stock)):
            used = tech[j] * made[j]
            left = max(zero, stock[j] + order[j] * got[j] - used)
            stock[j] = left
            wanted = max(zero, aim[j] * wish[j] - left) * restore + used
            order[j] = wanted / den[j] if den[j] != zero else zero
            allows = left * hard[j]  # 0 · inf is nan, and nan is never less
            limit[j] = min(limit[j], allows)


@njit(cache=True, fastmath=_FAST, nogil=True)
def advance(first, last, normal, batch, adaptive):  # type: ignore[no-untyped-def]
    """Run days first … last - 1: two matrix products per product and day."""
    scenarios, count = batch.output.shape
    kind = normal.rows.dtype
    lost = np.zeros((scenarios, count), kind)
    shipped = np.zeros((2 * scenarios, count), kind)
    sums = np.zeros((2 * scenarios, count), kind)
    widest = 0
    for p in range(len(normal.start) - 1):
        widest = max(widest, normal.start[p + 1] - normal.start[p])
    asked = np.empty(scenarios * widest, kind)
    given = np.empty(2 * scenarios * widest, kind)
    for day in range(first, last):
        for b in range(scenarios):
            for m in range(len(batch.hit)):
                lost[b, batch.hit[m]] = batch.loss[b, day, m]
            for m in range(len(batch.asked)):
                batch.final[b, batch.asked[m]] = batch.demand[b, day, m]
        for p in range(len(normal.start) - 1):
            lo, hi = normal.start[p], normal.start[p + 1]
            want = asked[: scenarios * (hi - lo)].reshape(scenarios, hi - lo)
            np.dot(batch.order[p], normal.rows[lo:hi].T, want)
            _produce(day, p, want, lost, shipped[:, lo:hi], normal, batch, adaptive)
        for p in range(len(normal.start) - 1):
            lo, hi = normal.start[p], normal.start[p + 1]
            gives = given[: 2 * scenarios * (hi - lo)].reshape(2 * scenarios, hi - lo)
            gives[:] = shipped[:, lo:hi]
            if adaptive:
                np.dot(gives, normal.rows[lo:hi], sums)
            else:
                np.dot(gives[:scenarios], normal.rows[lo:hi], sums[:scenarios])
            _settle(p, sums, normal, batch, adaptive)
