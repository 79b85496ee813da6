"""Whom to buy how much from, when suppliers may fail: a two-stage programme with CVaR.

Contracts are made before anybody knows which future comes; what is delivered, stocked and lacking
is decided in each future. The aim weighs mean cost and the mean of the worst futures.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from catenary.errors import ComputationError, DataError
from catenary.maths.sourcing_programme import Columns

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

__all__ = ["LARGEST", "ContradictionError", "Market", "Sourced", "costs", "sourced", "tail_mean"]

LARGEST: Final = 30_000
"""From so many deliveries on, a market without whole numbers goes to the interior point method."""

_HAIR: Final = 1e-9


class ContradictionError(ComputationError):
    """Limits that cannot all be kept; `limits` are their labels."""

    def __init__(self, limits: tuple[str, ...]) -> None:
        super().__init__(f"these limits cannot all be kept: {', '.join(limits)}")
        self.limits = limits


@dataclass(frozen=True, kw_only=True, eq=False)
class Market:
    """I suppliers, T periods, W futures, G caps."""

    cost: Array
    """Of a unit that arrives in a period, (I, T)."""
    capacity: Array
    """Most that a contract can be for, per period, (I,)."""
    reserve: Array
    """What a contract costs for each unit per period it is for, (I,)."""
    demand: Array
    """(W, T)."""
    available: Array
    """Share of the contract that can be delivered, (W, I, T), 0..1."""
    chance: Array
    """Of each future, (W,); adds up to 1."""
    member: Array
    """Which suppliers count towards which cap, (G, I), 0 or 1."""
    cap: Array
    """Most that they may deliver, as a share of all demand of the future, (G,)."""
    holding: float = 0.0
    """What a unit costs that is kept from a period to the next."""
    penalty: float = np.inf
    """What a unit costs that is not delivered; inf = all has to be."""
    stock: float = 0.0
    """At the start."""
    budget: float = np.inf
    """Most that everything but the penalty may cost in the mean."""
    aversion: float = 0.0
    """Weight of the worst futures, 0..1."""
    tail: float = 0.05
    """Which share of futures are the worst."""
    fixed: Array | None = None
    """What having a contract costs, (I,)."""
    least: Array | None = None
    """Least that a contract can be for, (I,)."""
    most: int = 0
    """Most suppliers with a contract; 0 = any number."""
    order: Array | None = None
    """What each order costs, whatever it is for, (I,)."""
    lot: Array | None = None
    """Least that an order can be for, (I,)."""
    blind: NDArray[np.int64] | None = None
    """In how many first periods a supplier delivers what it delivers in the first future, (W, I),
    since that was ordered before anybody could tell; None = the future is known from its start."""
    names: tuple[str, ...] = ()
    """Of the caps."""

    def __post_init__(self) -> None:
        """Check shapes and signs."""
        W, I, T = self.available.shape  # noqa: E741
        G = len(self.cap)
        for name, shape in (
            ("cost", (I, T)), ("capacity", (I,)), ("reserve", (I,)), ("demand", (W, T)),
            ("chance", (W,)), ("member", (G, I)), ("fixed", (I,)), ("least", (I,)),
            ("order", (I,)), ("lot", (I,)),
        ):  # fmt: skip
            given = getattr(self, name)
            if given is None:
                continue
            if given.shape != shape:
                raise DataError(f"{name} is {given.shape} and should be {shape}")
            if not (np.isfinite(given) & (given >= 0)).all():
                raise DataError(f"{name} has a number that is negative, infinite or missing")
        if not ((self.available >= 0) & (self.available <= 1)).all():
            raise DataError("a share that can be delivered is not between 0 and 1")
        if abs(self.chance.sum() - 1) > 1e-9:
            raise DataError(f"the chances add up to {self.chance.sum():g}, not to 1")

    @property
    def whole(self) -> bool:
        """Whether anything is all or nothing."""
        given = (self.fixed, self.least, self.order, self.lot)
        return bool(self.most) or any(one is not None and one.any() for one in given)

    def scaled(self, much: float, dear: float) -> Market:
        """Return the same market in units of `much` goods and `dear` money per unit."""
        return replace(
            self, cost=self.cost / dear, capacity=self.capacity / much,
            reserve=self.reserve / dear, demand=self.demand / much, holding=self.holding / dear,
            penalty=self.penalty / dear, stock=self.stock / much,
            budget=self.budget / much / dear,
        )  # fmt: skip

    def future(self, w: int) -> Market:
        """Return the market as if it were known which future comes."""
        one = slice(w, w + 1)
        return replace(
            self,
            demand=self.demand[one],
            available=self.available[one],
            chance=np.ones(1),
            blind=None,
        )

    def mean(self) -> Market:
        """Return the market with one future: the mean of all."""
        return replace(
            self,
            demand=(self.chance @ self.demand)[None],
            available=np.einsum("w,wit->it", self.chance, self.available)[None].clip(0, 1),
            chance=np.ones(1),
            blind=None,
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class Sourced:
    """A plan."""

    contract: Array
    """Units per period, (I,)."""
    deliveries: Array
    """(W, I, T)."""
    stock: Array
    """At the end of each period, (W, T)."""
    short: Array
    """Not delivered, (W, T)."""
    orders: Array
    """Whether anything is ordered, (I, T), where orders cost something; else empty."""
    price: Array
    """What one more unit of demand costs in a period and future, (W, T), in the aim's money."""
    shadow: Array
    """What one more unit under each cap saves in each future, (W, G)."""
    money: float
    """What one more dollar of budget saves."""
    cost: Array
    """Of each future, (W,), penalty included."""
    objective: float
    """Mean and worst cost, weighed."""
    bound: float
    """No plan has a smaller one."""
    engine: str
    """highs or interior."""


def tail_mean(cost: Array, chance: Array, tail: float) -> float:
    """Return the mean of the worst share of futures (conditional value at risk).

    Parameters
    ----------
    cost, chance
        Of each future, (W,).
    tail
        Share of futures, above 0, at most 1.

    References
    ----------
    Rockafellar, R. T. & Uryasev, S. (2000), Optimization of conditional value-at-risk. Journal of
    Risk 2(3), 21-41.

    Examples
    --------
    >>> tail_mean(np.array([1.0, 2.0, 10.0]), np.array([0.5, 0.25, 0.25]), 0.5)
    6.0
    """
    order = np.argsort(-cost, kind="stable")
    before = np.concatenate([[0.0], np.cumsum(chance[order])[:-1]])
    counted = np.clip(tail - before, 0.0, chance[order])
    return float(counted @ cost[order] / counted.sum())


def costs(market: Market, found: Sourced | tuple[Array, Array, Array, Array, Array]) -> Array:
    """Return what a plan costs in each future, (W,)."""
    if isinstance(found, Sourced):
        found = found.contract, found.deliveries, found.stock, found.short, found.orders
    contract, deliveries, stock, short, orders = found
    total = np.einsum("wit,it->w", deliveries, market.cost) + market.holding * stock.sum(axis=1)
    if np.isfinite(market.penalty):
        total = total + market.penalty * short.sum(axis=1)
    total = total + float(market.reserve @ contract)
    if market.fixed is not None:
        total = total + float(market.fixed @ (contract > _HAIR * (1 + market.capacity)))
    if market.order is not None and orders.size:
        total = total + float(market.order @ orders.sum(axis=1))
    return np.asarray(total, np.float64)


def sourced(market: Market, *, gap: float = 1e-6, seconds: float = np.inf,
            exact: bool | None = None) -> Sourced:  # fmt: skip
    """Find the plan of least weighed cost.

    Parameters
    ----------
    market
        What is offered and wanted.
    gap, seconds
        For plans with whole numbers: how near to the best, and how long to look.
    exact
        Whether HiGHS solves it whatever its size; None = up to `LARGEST` deliveries. The other
        method does not take part in `blind`: it knows each future from its start.

    Raises
    ------
    ContradictionError
        If the limits cannot all be kept; the smallest sets that contradict each other are named.

    Examples
    --------
    >>> market = Market(
    ...     cost=np.array([[1.0], [2.0]]), capacity=np.array([9.0, 9.0]), reserve=np.zeros(2),
    ...     demand=np.array([[10.0]]), available=np.ones((1, 2, 1)), chance=np.ones(1),
    ...     member=np.array([[1.0, 0.0]]), cap=np.array([0.6]))
    >>> plan = sourced(market)
    >>> plan.deliveries[0, :, 0].tolist(), plan.shadow.tolist(), plan.objective
    ([6.0, 4.0], [[1.0]], 14.0)
    """
    small = market.available.size <= LARGEST if exact is None else exact
    if market.whole or small or not market.reserve.any():  # without contracts rows are few
        return _by_highs(market, gap, seconds)
    return _by_interior(market, seconds)


def _by_interior(market: Market, seconds: float) -> Sourced:
    from catenary.maths.sourcing_interior import interior  # noqa: PLC0415  numba

    finite = market
    if not np.isfinite(
        market.penalty
    ):  # dearer than any way, so that it is never paid if avoidable
        finite = replace(market, penalty=1e3 * float(market.cost.max() + market.reserve.max() + 1))
    live = market.capacity > 0
    try:
        found = interior(_only(finite, live))
    except ComputationError:  # slower, and sure to end
        return _by_highs(replace(market, blind=None), 0.0, seconds)
    if finite is not market and found.short.sum() > 1e-6 * market.demand.sum():
        programme = Columns(market).programme
        raise ContradictionError(programme.conflict())
    contract = np.zeros(len(live))
    contract[live] = found.contract
    deliveries = np.zeros(market.available.shape)
    deliveries[:, live] = found.deliveries
    short = found.short if finite is market else np.zeros_like(found.short)
    nothing = np.zeros((0, 0))
    cost = costs(market, (contract, deliveries, found.stock, short, nothing))
    return Sourced(
        contract=contract, deliveries=deliveries, stock=found.stock, short=short, orders=nothing,
        price=found.price, shadow=found.shadow, money=found.money, cost=cost,
        objective=_weighed(market, cost), bound=found.bound, engine="interior",
    )  # fmt: skip


def _only(market: Market, live: NDArray[np.bool_]) -> Market:
    if live.all():
        return market
    return replace(
        market, cost=market.cost[live], capacity=market.capacity[live],
        reserve=market.reserve[live], available=np.ascontiguousarray(market.available[:, live]),
        member=market.member[:, live], fixed=None, least=None, order=None, lot=None,
    )  # fmt: skip


def _weighed(market: Market, cost: Array) -> float:
    mean = float(market.chance @ cost)
    if not market.aversion:
        return mean
    worst = tail_mean(cost, market.chance, market.tail)
    return (1 - market.aversion) * mean + market.aversion * worst


def _by_highs(market: Market, gap: float, seconds: float) -> Sourced:
    columns = Columns(market)
    straight: Literal["", "simplex", "ipm"] = ""
    if market.available.size > LARGEST and not market.whole and not market.reserve.any():
        straight = "ipm" if len(market.chance) == 1 else "simplex"  # measured
    found = columns.programme.solve(gap=gap, seconds=seconds, straight=straight)
    if found is None:
        raise ContradictionError(columns.programme.conflict())
    x, c = found.x, columns
    contract, deliveries, stock = x[c.contract], x[c.deliveries], x[c.stock]
    short = x[c.short] if c.short is not None else np.zeros_like(stock)
    orders = np.round(x[c.orders]) if c.orders is not None else np.zeros((0, 0))
    deliveries = np.maximum(deliveries, 0.0)
    contract = _needed(market, contract, deliveries)
    plan = contract, deliveries, stock, short, orders
    cost = costs(market, plan)
    return Sourced(
        contract=contract, deliveries=plan[1], stock=stock, short=short, orders=orders,
        price=found.price[c.balance],
        shadow=np.abs(np.minimum(found.price[c.capped], 0.0)),
        money=abs(min(float(found.price[c.budget].sum()), 0.0)),
        cost=cost, objective=_weighed(market, cost), bound=found.bound, engine="highs",
    )  # fmt: skip


def _needed(market: Market, contract: Array, deliveries: Array) -> Array:
    """Return contracts no larger than what is delivered, where they cost nothing."""
    free = market.reserve == 0
    if market.least is not None:
        free &= market.least == 0
    with np.errstate(divide="ignore", invalid="ignore"):
        asked = np.where(market.available > 0, deliveries / market.available, 0.0)
    return np.where(free, asked.max(axis=(0, 2), initial=0.0), contract)
