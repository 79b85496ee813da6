"""What knowing the future and thinking of it are worth, and plans made period by period."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from catenary.errors import ComputationError
from catenary.maths.sourcing import ContradictionError, costs, sourced, tail_mean

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from catenary.maths.sourcing import Market, Sourced

    Array = NDArray[np.float64]

__all__ = ["Rolled", "Worth", "held_to", "rolled", "worth"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Worth:
    """What information and foresight are worth; all are weighed costs."""

    perfect: float
    """If it were known which future comes."""
    naive: float
    """With the contracts that are best for the mean future; inf: it cannot keep the limits."""
    known: float
    """What knowing would save at most (EVPI)."""
    stochastic: float
    """What planning for many futures saves (VSS)."""


def _weighed(market: Market, cost: Array) -> float:
    mean = float(market.chance @ cost)
    if not market.aversion:
        return mean
    return (1 - market.aversion) * mean + market.aversion * tail_mean(
        cost, market.chance, market.tail
    )


def held_to(market: Market, contract: Array, **options: Any) -> float:
    """Return the weighed cost if contracts are given; inf if the limits cannot be kept then.

    Parameters
    ----------
    market
        What is offered and wanted.
    contract
        Units per period, (I,).
    options
        As for `sourced`.
    """
    paid = float(market.reserve @ contract)
    if market.fixed is not None:
        paid += float(market.fixed @ (contract > 1e-9))
    chosen = bool(market.most) or market.fixed is not None or market.least is not None
    free = (market.reserve == 0) & ((contract > 1e-9) | (not chosen))
    left = replace(
        market, capacity=np.where(free, market.capacity, contract),
        reserve=np.zeros_like(contract), fixed=None, least=None,
        most=0, budget=market.budget - paid,
    )  # fmt: skip
    try:
        return sourced(left, **options).objective + paid
    except ContradictionError:
        return float("inf")


def worth(market: Market, plan: Sourced, **options: Any) -> Worth:
    """Return what information and foresight are worth.

    References
    ----------
    Birge, J. R. & Louveaux, F. (2011), Introduction to Stochastic Programming. Springer, chapter 4.
    """
    alone = np.array(
        [sourced(market.future(w), **options).cost[0] for w in range(len(market.chance))]
    )
    perfect = _weighed(market, alone)
    try:
        naive = held_to(market, sourced(market.mean(), **options).contract, **options)
    except ContradictionError:
        naive = float("inf")
    return Worth(
        perfect=perfect, naive=naive, known=plan.objective - perfect,
        stochastic=naive - plan.objective,
    )  # fmt: skip


@dataclass(frozen=True, kw_only=True, eq=False)
class Rolled:
    """A plan made anew in each period."""

    contract: Array
    """Of each period, (I, T)."""
    deliveries: Array
    """(I, T)."""
    stock: Array
    """(T,)."""
    short: Array
    """(T,)."""
    price: Array
    """What one more unit of demand costs, (T,)."""
    cost: float
    """In all."""


def rolled(market: Market, window: int, **options: Any) -> Rolled:
    """Plan some periods ahead, carry out the first, and plan again.

    Contracts may change in each period; what having one costs is paid once. Caps hold over each
    window.

    Parameters
    ----------
    market
        With one future.
    window
        How many periods are seen ahead, the present one included.

    Raises
    ------
    ContradictionError
        If the limits of a window cannot all be kept.
    """
    W, I, T = market.available.shape  # noqa: E741
    if W != 1:
        raise ComputationError("a rolling plan needs one future")
    contract, deliveries = np.zeros((2, I, T))
    stock, short, price = np.zeros((3, T))
    fixed = None if market.fixed is None else market.fixed.copy()
    total, now = 0.0, market.stock
    each = market.reserve / T
    for t in range(T):
        end = min(t + window, T)
        seen = replace(
            market, blind=None, cost=market.cost[:, t:end], reserve=each * (end - t), stock=now,
            demand=market.demand[:, t:end], fixed=fixed,
            available=np.ascontiguousarray(market.available[:, :, t:end]),
        )  # fmt: skip
        found = sourced(seen, **options)
        contract[:, t], deliveries[:, t] = found.contract, found.deliveries[0, :, 0]
        stock[t], short[t], price[t] = found.stock[0, 0], found.short[0, 0], found.price[0, 0]
        orders = found.orders[:, :1] if found.orders.size else found.orders
        first = replace(
            market, cost=market.cost[:, t : t + 1], reserve=each, fixed=fixed,
            demand=market.demand[:, t : t + 1], available=market.available[:, :, t : t + 1],
        )  # fmt: skip
        parts = (found.contract, found.deliveries[:, :, :1], found.stock[:, :1],
                 found.short[:, :1], orders)  # fmt: skip
        total += float(costs(first, parts)[0])
        if fixed is not None:
            fixed = np.where(found.contract > 1e-9, 0.0, fixed)
        now = float(stock[t])
    return Rolled(
        contract=contract, deliveries=deliveries, stock=stock, short=short, price=price, cost=total
    )
