"""The tables of a plan of purchases."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from catenary.errors import DataError
from catenary.languages import say
from catenary.maths.lots import economic_order_quantity
from catenary.maths.sourcing import ContradictionError, sourced, tail_mean
from catenary.maths.sourcing_value import rolled, worth
from catenary.planning.markets import worded

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from catenary.maths.sourcing import Sourced
    from catenary.planning.markets import Asked

    Array = NDArray[np.float64]

__all__ = ["by_rolling", "told"]

_LEAST: Final = 1e-7
"""Share of a period's demand below which a delivery is none."""
_ROWS: Final = 5_000_000


def told(
    asked: Asked, search: dict[str, Any], *, compare: bool, worthwhile: bool
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Return the tables of the best plan, and warnings."""
    market = asked.market
    with worded(asked):
        plan = sourced(market, **search)
    free = replace(market, cap=market.cap[:0], member=market.member[:0], names=())
    without = sourced(free, **search).objective if len(market.cap) else plan.objective
    value = worth(market, plan, **search) if worthwhile else None
    frame = _plan(asked, plan)
    frame["diversification"] = max(plan.objective - without, 0.0)
    frame["evpi"] = np.nan if value is None else value.known
    frame["vss"] = np.nan if value is None else value.stochastic
    warnings = []
    if plan.engine == "interior" and market.blind is not None:
        warnings.append(
            say(
                "so large a plan knows each future from its first day: stock is built before a "
                "disruption, and the true cost is higher"
            )
        )
    error = (plan.objective - plan.bound) / max(abs(plan.objective), 1e-300)
    if error > max(10 * search["gap"], 1e-5):
        warnings.append(
            say("the plan may cost {gap:.2%} more than the best: the search ended early", gap=error)
        )
    return {
        "plan": frame,
        "suppliers": _suppliers(asked, plan.contract, plan.deliveries, plan.orders),
        "caps": _caps(asked, plan),
        "periods": _periods(asked, plan.deliveries, plan.stock, plan.short, plan.price.sum(axis=0)),
        "futures": _futures(asked, plan),
        "deliveries": _deliveries(asked, plan.deliveries),
        "strategies": _strategies(asked, search) if compare else _no_strategies(),
    }, tuple(warnings)


def by_rolling(
    asked: Asked, window: int, search: dict[str, Any]
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Return the tables of a plan that is made anew in each period, and warnings."""
    market = asked.market
    with worded(asked):
        found = rolled(market, window, **search)
        whole = sourced(market, **search)
    plan = replace(
        whole, contract=found.contract.max(axis=1), deliveries=found.deliveries[None],
        stock=found.stock[None], short=found.short[None], cost=np.array([found.cost]),
        objective=found.cost, orders=np.zeros((0, 0)),
    )  # fmt: skip
    frame = _plan(asked, plan)
    frame["diversification"] = frame["evpi"] = frame["vss"] = np.nan
    warnings = say(
        "planned {window} periods ahead: {cost:,.6g} USD; seeing all periods at once it would be "
        "{best:,.6g}",
        window=window, cost=found.cost, best=whole.objective,
    )  # fmt: skip
    return {
        "plan": frame,
        "suppliers": _suppliers(asked, plan.contract, plan.deliveries, plan.orders),
        "caps": _caps(asked, plan).assign(price=np.nan),
        "periods": _periods(asked, plan.deliveries, plan.stock, plan.short, found.price),
        "futures": _futures(asked, plan),
        "deliveries": _deliveries(asked, plan.deliveries),
        "strategies": _no_strategies(),
    }, (warnings,)


def _plan(asked: Asked, plan: Sourced) -> pd.DataFrame:
    m, q = asked.market, asked.question
    needed = float(m.chance @ m.demand.sum(axis=1))
    mean = float(m.chance @ plan.cost)
    bought = np.einsum("w,wit->i", m.chance, plan.deliveries)
    return pd.DataFrame(
        {
            "product": pd.Series([q.product], dtype="str"),
            "region": pd.Series([q.region], dtype="str"),
            "needed": [needed],
            "unit_cost": [mean / needed if needed else np.nan],
            "mean_cost": [mean],
            "worst_cost": [tail_mean(plan.cost, m.chance, q.tail)],
            "objective": [plan.objective],
            "bound": [plan.bound],
            "tail": [q.tail],
            "futures": [len(m.chance)],
            "short": [
                float(m.chance @ plan.short.sum(axis=1)) / needed if needed else 0.0,
            ],
            "suppliers": [int((_used(asked, plan.deliveries)).sum())],
            "emissions": [float(bought @ asked.offers["emissions"]) / 1e3],
            "budget_price": [plan.money],
            "engine": pd.Series([plan.engine], dtype="str"),
        }
    )


def _used(asked: Asked, deliveries: Array) -> NDArray[np.bool_]:
    least = _LEAST * float(asked.market.demand.mean())
    return np.asarray(deliveries.max(axis=(0, 2), initial=0.0) > least)


def _suppliers(asked: Asked, contract: Array, deliveries: Array, orders: Array) -> pd.DataFrame:
    m, q, o = asked.market, asked.question, asked.offers
    needed = float(m.chance @ m.demand.sum(axis=1))
    mean = np.einsum("w,wit->i", m.chance, deliveries)
    kept = np.flatnonzero(_used(asked, deliveries) | (contract > _LEAST * m.demand.mean()))
    kept = kept[np.argsort(-mean[kept], kind="stable")]
    lot = np.full(len(kept), np.nan)
    for k, i in enumerate(kept):
        rate = mean[i] / q.periods
        if o["order_cost"][i] > 0 and m.holding > 0 and rate > 0:
            lot[k] = economic_order_quantity(o["order_cost"][i], m.holding, rate)[0]
    return pd.DataFrame(
        {
            "supplier": pd.Series(o.names[kept], dtype="str"),
            "region": pd.Series(o.region[kept], dtype="str"),
            "contract": contract[kept] / q.days,
            "quantity": mean[kept],
            "share": mean[kept] / needed if needed else 0.0,
            "unit_cost": o.unit_cost(q.carbon_price)[kept],
            "lead_time": o["lead_time"][kept],
            "emissions": mean[kept] * o["emissions"][kept] / 1e3,
            "economic_lot": lot,
            "orders": orders[kept].sum(axis=1) if orders.size else np.full(len(kept), np.nan),
        }
    )


def _caps(asked: Asked, plan: Sourced) -> pd.DataFrame:
    m = asked.market
    needed = m.demand.sum(axis=1)
    used = np.einsum("gi,wit->wg", m.member, plan.deliveries)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(needed[:, None] > 0, used / needed[:, None], 0.0)
    frame = pd.DataFrame(
        {
            "cap": pd.Series(m.names, dtype="str"),
            "most": m.cap,
            "used": m.chance @ share,
            "used_most": share.max(axis=0, initial=0.0),
            "price": plan.shadow.sum(axis=0),
            "saves": plan.shadow.T @ needed / 100,
        }
    )
    return frame.sort_values("price", ascending=False, kind="stable", ignore_index=True)


def _periods(
    asked: Asked, deliveries: Array, stock: Array, short: Array, price: Array
) -> pd.DataFrame:
    m, q = asked.market, asked.question
    p = m.chance
    return pd.DataFrame(
        {
            "day": np.arange(q.periods) * q.days,
            "demand": p @ m.demand,
            "delivered": np.einsum("w,wit->t", p, deliveries),
            "stock": p @ stock,
            "short": p @ short,
            "price": price,
        }
    )


def _futures(asked: Asked, plan: Sourced) -> pd.DataFrame:
    m = asked.market
    needed = m.demand.sum(axis=1)
    return pd.DataFrame(
        {
            "future": pd.Series(asked.futures.names, dtype="str"),
            "chance": m.chance,
            "cost": plan.cost,
            "short": plan.short.sum(axis=1) / np.where(needed > 0, needed, 1.0),
            "stock": plan.stock.max(axis=1),
        }
    )


def _deliveries(asked: Asked, deliveries: Array) -> pd.DataFrame:
    m, q = asked.market, asked.question
    w, i, t = np.nonzero(deliveries > _LEAST * m.demand.mean())
    if len(w) > _ROWS:
        raise DataError(
            f"the plan has {len(w):,} deliveries, more than {_ROWS:,}",
            hint="take fewer futures or periods",
        )
    return pd.DataFrame(
        {
            "future": pd.Categorical.from_codes(
                w, categories=pd.Index(asked.futures.names, dtype="str")
            ),
            "day": t * q.days,
            "supplier": asked.offers.names[i].astype("str"),
            "quantity": deliveries[w, i, t],
        }
    ).astype({"supplier": "str"})


def _strategies(asked: Asked, search: dict[str, Any]) -> pd.DataFrame:
    market = asked.market
    rows: list[dict[str, Any]] = []
    for name, most in (("flexible", 0), ("dual", 2), ("single", 1)):
        try:
            plan = sourced(replace(market, most=most), **search)
        except ContradictionError:
            rows.append({"strategy": name, **dict.fromkeys(_STRATEGY, np.nan)})
            continue
        mean = float(market.chance @ plan.cost)
        worst = tail_mean(plan.cost, market.chance, asked.question.tail)
        count = float(_used(asked, plan.deliveries).sum())
        values = (plan.objective, mean, worst, count)
        rows.append({"strategy": name, **dict(zip(_STRATEGY, values, strict=True))})
    return pd.DataFrame(rows).astype({"strategy": "str"})


_STRATEGY: Final = ("objective", "mean_cost", "worst_cost", "suppliers")


def _no_strategies() -> pd.DataFrame:
    return pd.DataFrame(
        {"strategy": pd.Series([], dtype="str")}
        | {name: pd.Series([], dtype=np.float64) for name in _STRATEGY}
    )
