"""The loops of `catenary.maths.sourcing_interior` over futures, suppliers and periods."""

from __future__ import annotations

import numpy as np
from numba import njit

__all__ = ["aimed", "centred", "factors", "moved", "residuals", "right", "steps", "worth"]


@njit(cache=True, nogil=True)
def factors(  # type: ignore[no-untyped-def]
    y,
    room,
    low,
    high,
    available,
    cost,
    weight,
    pull,
    by_period,
    cost_period,
    by_supplier,
    cost_supplier,
    squares,
    pulled,
    cost_pulled,
    stiff,
):
    """Fill what the matrix of a step is made of.

    weight: what a delivery answers to a price; pull: how it follows the contract.
    """
    futures, suppliers, periods = y.shape
    by_period[:] = 0.0
    cost_period[:] = 0.0
    squares[:] = 0.0
    stiff[:] = 0.0
    for w in range(futures):
        for i in range(suppliers):
            one = two = three = four = five = 0.0
            for t in range(periods):
                share = available[w, i, t]
                if share > 0.0:
                    d = y[w, i, t] / low[w, i, t]
                    e = room[w, i, t] / high[w, i, t]
                    f = d * e / (d + e)
                    v = d / (d + e) * share
                    c = cost[i, t]
                    weight[w, i, t] = f
                    pull[w, i, t] = v
                    by_period[w, t] += f
                    cost_period[w, t] += f * c
                    one += f
                    two += f * c
                    three += f * c * c
                    four += v
                    five += v * c
                    stiff[i] += share * share / (d + e)
                else:
                    weight[w, i, t] = 0.0
                    pull[w, i, t] = 0.0
            by_supplier[w, i] = one
            cost_supplier[w, i] = two
            squares[w] += three
            pulled[w, i] = four
            cost_pulled[w, i] = five


@njit(cache=True, nogil=True)
def right(  # type: ignore[no-untyped-def]
    y,
    room,
    low,
    high,
    available,
    cost,
    contract,
    share_of,
    price,
    shadow,
    tail,
    aim_low,
    aim_high,
    given,
    period_sum,
    supplier_sum,
    cost_sum,
    stiff_sum,
):
    """Fill the right-hand side of a step towards products of values and prices."""
    futures, suppliers, periods = y.shape
    period_sum[:] = 0.0
    cost_sum[:] = 0.0
    stiff_sum[:] = 0.0
    for w in range(futures):
        for i in range(suppliers):
            total = 0.0
            for t in range(periods):
                share = available[w, i, t]
                if share <= 0.0:
                    given[w, i, t] = 0.0
                    continue
                a, b = y[w, i, t], room[w, i, t]
                za, zb = low[w, i, t], high[w, i, t]
                c = cost[i, t]
                dual = share_of[w] * c - price[w, t] - shadow[w, i] - tail[w] * c + zb - za
                left = share * contract[i] - a - b
                ra, rb = aim_low[w, i, t], aim_high[w, i, t]
                d, e = a / za, b / zb
                ha = ra / za - d * dual
                hb = rb / zb
                rest = left - ha - hb
                g = ha + d / (d + e) * rest
                given[w, i, t] = g
                period_sum[w, t] += g
                total += g
                cost_sum[w] += g * c
                stiff_sum[i] += share * rest / (d + e)
            supplier_sum[w, i] = total


@njit(cache=True, nogil=True)
def steps(  # type: ignore[no-untyped-def]
    y,
    room,
    low,
    high,
    available,
    cost,
    contract,
    share_of,
    price,
    shadow,
    tail,
    dy,
    droom,
    dlow,
    dhigh,
    aim_low,
    aim_high,
    given,
    weight,
    pull,
    dcontract,
    dprice,
    dshadow,
    dtail,
    pressed,
):
    """Fill the step of every delivery; return how far primal and dual may go."""
    futures, suppliers, periods = y.shape
    primal = dual_most = 1e30
    pressed[:] = 0.0
    for w in range(futures):
        for i in range(suppliers):
            for t in range(periods):
                share = available[w, i, t]
                if share <= 0.0:
                    continue
                a, b = y[w, i, t], room[w, i, t]
                za, zb = low[w, i, t], high[w, i, t]
                ra, rb = aim_low[w, i, t], aim_high[w, i, t]
                c = cost[i, t]
                answer = dprice[w, t] + dshadow[w, i] + dtail[w] * c
                left = share * contract[i] - a - b
                da = given[w, i, t] + weight[w, i, t] * answer + pull[w, i, t] * dcontract[i]
                db = left + share * dcontract[i] - da
                dual = share_of[w] * c - price[w, t] - shadow[w, i] - tail[w] * c + zb - za
                if a < b:  # the dual stays exact: the larger of the two gives the smaller price
                    dzb = (rb - zb * db) / b
                    dza = dual - answer + dzb
                else:
                    dza = (ra - za * da) / a
                    dzb = dza - dual + answer
                pressed[i] += share * dzb
                dy[w, i, t] = da
                droom[w, i, t] = db
                dlow[w, i, t] = dza
                dhigh[w, i, t] = dzb
                if da < 0.0 and -a / da < primal:
                    primal = -a / da
                if db < 0.0 and -b / db < primal:
                    primal = -b / db
                if dza < 0.0 and -za / dza < dual_most:
                    dual_most = -za / dza
                if dzb < 0.0 and -zb / dzb < dual_most:
                    dual_most = -zb / dzb
    return primal, dual_most


@njit(cache=True, nogil=True)
def aimed(value, price, change, bend, aim, weight, target, order):  # type: ignore[no-untyped-def]
    """Fill by how much products of values and prices should change, by one order or two."""
    for k in range(len(value)):
        aim[k] = target * weight[k] - value[k] * price[k]
        if order > 1:
            aim[k] -= change[k] * bend[k]


@njit(cache=True, nogil=True)
def centred(value, price, change, bend, aim, weight, primal, dual, least, most):  # type: ignore[no-untyped-def]
    """Aim at products that a longer step would leave too small or too large (Gondzio)."""
    for k in range(len(value)):
        if value[k] > 0.0:
            product = (value[k] + primal * change[k]) * (price[k] + dual * bend[k])
            if product < least * weight[k]:
                aim[k] += least * weight[k] - product
            elif product > most * weight[k]:
                aim[k] += max(most * weight[k] - product, -most * weight[k])


@njit(cache=True, nogil=True)
def moved(value, price, change, bend, primal, dual):  # type: ignore[no-untyped-def]
    """Return the sum of products of values and prices after a step, without making it."""
    total = 0.0
    for k in range(len(value)):
        if value[k] > 0.0:
            total += (value[k] + primal * change[k]) * (price[k] + dual * bend[k])
    return total


@njit(cache=True, nogil=True)
def residuals(  # type: ignore[no-untyped-def]
    y,
    room,
    low,
    high,
    available,
    cost,
    contract,
    share_of,
    price,
    shadow,
    tail,
    period_sum,
    supplier_sum,
    cost_sum,
    high_sum,
):
    """Fill the sums of deliveries; return gap, and the largest primal and dual residual."""
    futures, suppliers, periods = y.shape
    period_sum[:] = 0.0
    cost_sum[:] = 0.0
    high_sum[:] = 0.0
    gap = worst_primal = worst_dual = 0.0
    for w in range(futures):
        for i in range(suppliers):
            total = 0.0
            for t in range(periods):
                share = available[w, i, t]
                if share <= 0.0:
                    continue
                a, b = y[w, i, t], room[w, i, t]
                za, zb = low[w, i, t], high[w, i, t]
                c = cost[i, t]
                period_sum[w, t] += a
                total += a
                cost_sum[w] += a * c
                high_sum[i] += share * zb
                gap += a * za + b * zb
                left = abs(share * contract[i] - a - b)
                dual = abs(share_of[w] * c - price[w, t] - shadow[w, i] - tail[w] * c + zb - za)
                if left > worst_primal:
                    worst_primal = left
                if dual > worst_dual:
                    worst_dual = dual
            supplier_sum[w, i] = total
    return gap, worst_primal, worst_dual


@njit(cache=True, nogil=True)
def worth(available, cost, share_of, price, shadow, tail):  # type: ignore[no-untyped-def]
    """Return what one unit of contract of each supplier earns at given prices."""
    futures, suppliers, periods = available.shape
    found = np.zeros(suppliers)
    for w in range(futures):
        for i in range(suppliers):
            for t in range(periods):
                c = cost[i, t]
                earned = price[w, t] + shadow[w, i] + tail[w] * c - share_of[w] * c
                if earned > 0.0:
                    found[i] += available[w, i, t] * earned
    return found
