"""Naive day-by-day inventory model with an explicit order matrix, used only as a test oracle."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

BY_DEMAND = -2
BY_CAPACITY = -1


@dataclass(frozen=True)
class NaiveResult:
    """Everything one run of the oracle yields (T days, N nodes, P products)."""

    output: Floats  # T x N, realised output x
    stocks: Floats  # P x N, stocks after the last day; nan where the stock days are infinite
    unmet: Floats  # T x N, final demand not delivered
    fill: Floats  # T x N, share served in the priority group of final demand (0 if group empty)
    limiting: Ints  # T x N, BY_DEMAND, BY_CAPACITY or the product p whose stock limits output
    alpha: Floats  # T x N, overproduction factor in force on the day
    capacity: Floats  # T x N, C (1 - loss) alpha
    shipped: Floats  # T x N, deliveries to nodes plus to final demand (should equal output)
    orders: Floats  # N x N, orders standing after the last day


def _ration(x: float, wants: Floats, groups: Ints) -> Floats:
    """Share of each want that is served when groups are served in ascending order."""
    share = np.zeros(len(wants))
    left = x
    for group in sorted({int(g) for g in groups}):
        inside = groups == group
        wanted = float(wants[inside].sum())
        if wanted > 0.0:
            phi = min(1.0, left / wanted)
            share[inside] = phi
            left = max(0.0, left - phi * wanted)
    return share


def simulate(
    flows: ArrayLike,
    final: ArrayLike,
    product: ArrayLike,
    stock_days: ArrayLike,
    days: int,
    *,
    psi: float,
    tau_inv: float,
    alpha_max: float,
    tau_alpha: float,
    orders: Literal["alt", "classic"] = "alt",
    capacity: ArrayLike | None = None,
    criticality: ArrayLike | None = None,
    priority: ArrayLike | None = None,
    final_priority: ArrayLike | None = None,
    loss: ArrayLike | None = None,
    demand: ArrayLike | None = None,
    zeta_tol: float = 0.0,
) -> NaiveResult:
    """Run the model for `days` days; |zeta| <= `zeta_tol` counts as no scarcity."""
    if orders not in ("alt", "classic"):
        raise ValueError(f"orders must be 'alt' or 'classic', not {orders!r}")
    z = np.array(flows, dtype=float)
    y = np.array(final, dtype=float)
    prod = np.array(product, dtype=np.int64)
    s = np.array(stock_days, dtype=float)
    s[s <= 1.0] = 2.0
    n_products, n = s.shape
    x0 = z.sum(axis=1) + y
    cap0 = x0.copy() if capacity is None else np.array(capacity, dtype=float)
    crit = np.ones((n_products, n)) if criticality is None else np.array(criticality, dtype=float)
    prio = np.zeros((n, n), np.int64) if priority is None else np.array(priority, np.int64)
    prio_y = np.zeros(n, np.int64) if final_priority is None else np.array(final_priority, np.int64)
    lost = np.zeros((days, n)) if loss is None else np.array(loss, dtype=float)
    mult = np.ones((days, n)) if demand is None else np.array(demand, dtype=float)

    # Calibration.
    a = np.zeros((n_products, n))
    stock = np.full((n_products, n), np.nan)
    relevant = np.zeros((n_products, n), dtype=bool)
    for p in range(n_products):
        for j in range(n):
            used = float(z[prod == p, j].sum())
            a[p, j] = used / x0[j] if x0[j] != 0.0 else 0.0
            if np.isfinite(s[p, j]):
                stock[p, j] = s[p, j] * a[p, j] * x0[j]
                relevant[p, j] = used > 1e-5 * x0[j] and a[p, j] > 0.0 and crit[p, j] > 0.0
    order = z.copy()
    alpha = np.ones(n)
    x_prev = x0.copy()

    rec = {
        name: np.zeros((days, n))
        for name in ("output", "unmet", "fill", "alpha", "capacity", "shipped")
    }
    limiting = np.zeros((days, n), dtype=np.int64)

    for t in range(days):
        # 1. Demand.
        y_t = y * mult[t]
        d = order.sum(axis=1) + y_t

        # 2. Overproduction.
        for f in range(n):
            zeta = (d[f] - x_prev[f]) / d[f] if d[f] != 0.0 else 0.0
            if abs(zeta) > zeta_tol:
                alpha[f] += (alpha_max - alpha[f]) * zeta / tau_alpha
            else:
                alpha[f] += (1.0 - alpha[f]) / tau_alpha
            alpha[f] = max(1.0, alpha[f])

        # 3. Capacity.
        cap = cap0 * (1.0 - lost[t]) * alpha
        x_opt = np.minimum(d, cap)

        # 4. Input limits. The tolerance is for the limiting code only.
        x = x_opt.copy()
        for j in range(n):
            limiting[t, j] = BY_DEMAND if d[j] <= cap[j] * (1.0 + 1e-9) else BY_CAPACITY
            for p in range(n_products):
                if not relevant[p, j]:
                    continue
                bound = stock[p, j] / (max(psi * s[p, j], 1.0) * a[p, j])
                if bound >= cap[j]:
                    continue
                bound = crit[p, j] * bound + (1.0 - crit[p, j]) * cap[j]
                if bound < x[j] * (1.0 - 1e-9):
                    limiting[t, j] = p
                x[j] = min(x[j], bound)
            x[j] = max(0.0, x[j])

        # 5. Rationing; the last want of each supplier is final demand.
        delivered = np.zeros((n, n))
        for f in range(n):
            wants = np.append(order[f], y_t[f])
            share = _ration(float(x[f]), wants, np.append(prio[f], prio_y[f]))
            delivered[f] = order[f] * share[:n]
            rec["fill"][t, f] = share[n]
            rec["unmet"][t, f] = y_t[f] * (1.0 - share[n])
            rec["shipped"][t, f] = delivered[f].sum() + y_t[f] * share[n]

        # 6. and 7. Stocks, then orders for the next day.
        weight = np.ones(n)
        if orders == "alt":
            for f in range(n):
                weight[f] = cap[f] / cap0[f] if cap0[f] != 0.0 else 1.0
        order = np.zeros((n, n))
        for p in range(n_products):
            suppliers = [f for f in range(n) if prod[f] == p]
            for j in range(n):
                wanted = a[p, j] * x[j]
                if np.isfinite(s[p, j]):
                    available = stock[p, j] + sum(delivered[f, j] for f in suppliers)
                    stock[p, j] = available - min(a[p, j] * x[j], available)
                    target = s[p, j] * a[p, j] * x_opt[j]
                    wanted += max(0.0, target - stock[p, j]) / tau_inv
                total = sum(weight[f] * z[f, j] for f in suppliers)
                for f in suppliers:
                    order[f, j] = wanted * weight[f] * z[f, j] / total if total > 0.0 else 0.0

        rec["output"][t] = x
        rec["alpha"][t] = alpha
        rec["capacity"][t] = cap
        x_prev = x

    return NaiveResult(stocks=stock, limiting=limiting, orders=order, **rec)


if __name__ == "__main__":
    chain_z, chain_y = [[0.0, 4.0], [0.0, 0.0]], [1.0, 10.0]
    cut = np.zeros((60, 2))
    cut[5:25, 0] = 0.5
    for rule in ("alt", "classic"):
        calm = simulate(
            chain_z, chain_y, [0, 1], np.full((2, 2), 5.0), 60,
            psi=0.8, tau_inv=6.0, alpha_max=1.25, tau_alpha=365.0, orders=rule,
        )  # fmt: skip
        assert np.allclose(calm.output, [5.0, 10.0], rtol=1e-12)
        assert np.allclose(calm.stocks, [[0.0, 20.0], [0.0, 0.0]], rtol=1e-12)
        assert np.all(calm.limiting == BY_DEMAND)
        hit = simulate(
            chain_z, chain_y, [0, 1], np.full((2, 2), 5.0), 60, loss=cut,
            psi=0.8, tau_inv=6.0, alpha_max=1.25, tau_alpha=365.0, orders=rule,
        )  # fmt: skip
        assert np.allclose(hit.shipped, hit.output)
        assert hit.output[:, 1].min() < 10.0
        assert np.any(hit.limiting[:, 1] == 0)
