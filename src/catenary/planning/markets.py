"""From offers and options to the arrays of a market, and what contradicts what in words."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from catenary.errors import ComputationError, OptionError
from catenary.maths.sourcing import ContradictionError, Market
from catenary.planning.futures import Family, Futures
from catenary.planning.limits import caps_of
from catenary.planning.offers import Offers, baseline_use

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from catenary.model import World

    Array = NDArray[np.float64]

__all__ = ["Asked", "Question", "worded"]

_YEAR = 365.0


@dataclass(frozen=True, kw_only=True)
class Question:
    """The options of `sourcing` that make a market."""

    product: str
    quantity: float | None
    region: str
    periods: int
    days: float
    suppliers: int
    cap: float
    caps: str
    supplier_cap: float
    penalty: float | None
    budget: float | None
    carbon_price: float
    holding: float
    stock: float
    aversion: float
    tail: float
    family: Family
    chance: float
    spare: float
    foresight: bool


@dataclass(frozen=True, kw_only=True, eq=False)
class Asked:
    """A market and what it is made of."""

    question: Question
    offers: Offers
    futures: Futures
    market: Market

    @classmethod
    def of(cls, world: World, question: Question) -> Asked:
        """Read a market.

        Raises
        ------
        OptionError
            If it is not known how much is needed.
        """
        q = question
        offers = Offers.of(world, q.product, q.region, spare=q.spare)
        futures = Futures.of(
            world, offers, periods=q.periods, days=q.days, family=q.family, chance=q.chance
        )
        quantity = _quantity(world, q)
        demand = futures.demand * quantity * q.days
        names, member, share = caps_of(
            world, offers, each=q.cap, own=q.caps, supplier=q.supplier_cap
        )
        cost = offers.unit_cost(q.carbon_price)
        later = np.ceil(offers["lead_time"] / q.days - 1e-9).astype(np.int64)
        count, most = len(futures.chance), float(demand.sum(axis=1).max())
        market = Market(
            cost=np.repeat(cost[:, None], q.periods, 1),
            capacity=np.minimum(offers["capacity"] * q.days, most),
            reserve=offers["reservation"] * q.periods,
            demand=demand,
            available=_on_arrival(futures.available, later),
            chance=futures.chance,
            blind=futures.alike()[:, None] + later if count > 1 and not q.foresight else None,
            member=member,
            cap=share,
            names=names,
            holding=q.holding / _YEAR * q.days * float(offers["price"].mean()),
            penalty=np.inf if q.penalty is None else q.penalty,
            stock=min(q.stock * quantity, float(demand.sum(axis=1).min())),
            budget=np.inf if q.budget is None else q.budget,
            aversion=q.aversion if count > 1 else 0.0,
            tail=q.tail,
            fixed=_some(offers["qualification"]),
            least=_some(offers["least"] * q.days),
            most=0 if q.suppliers >= len(offers) else q.suppliers,
            order=_some(offers["order_cost"]),
            lot=_some(offers["lot"]),
        )
        return cls(question=q, offers=offers, futures=futures, market=market)


def _some(values: Array) -> Array | None:
    return values if values.any() else None


def _quantity(world: World, q: Question) -> float:
    if q.quantity is not None:
        return q.quantity
    used = float(baseline_use(world, q.product, q.region).sum()) if "producers" in world else 0.0
    if not used:
        raise OptionError(
            f"it is not known how much {q.product!r} is needed",
            hint="give quantity, in units a day, or a region that uses it in this world",
        )
    return used


def _on_arrival(available: Array, later: NDArray[np.int64]) -> Array:
    """Return availability by the period in which goods arrive: they were made earlier.

    Orders of before the first day are on the way: nothing was disturbed then.
    """
    if not later.any():
        return np.ascontiguousarray(available)
    shifted = np.ones_like(available)
    for k in np.unique(later):
        mine = later == k
        if k < available.shape[2]:
            shifted[:, mine, k:] = available[:, mine, : available.shape[2] - k]
    return shifted


@contextmanager
def worded(asked: Asked) -> Iterator[None]:
    """Say in words which limits contradict each other.

    Raises
    ------
    ComputationError
        In place of the contradiction.
    """
    try:
        yield
    except ContradictionError as error:
        m, q = asked.market, asked.question
        share = dict(zip(m.names, m.cap, strict=True))
        words = [f"the cap of {share[one]:.4g} on {one}" for one in error.limits if one in share]
        words += [f"the {one}" for one in error.limits if one not in share and "period" not in one]
        when = [one.rpartition(" ")[2] for one in error.limits if "demand of period" in one]
        if when:
            words.append(f"the demand of period {', '.join(when)}")
        needed = m.demand.sum(axis=1).max() / q.periods
        raise ComputationError(
            "no plan keeps all of these limits, and each of them is needed for that: "
            f"{'; '.join(words) or 'the capacities of all offers'}. Offers can deliver at most "
            f"{m.capacity.sum():,.6g} of {needed:,.6g} units that a period needs",
            hint="loosen one of them, find more offers, or give a penalty to allow shortages",
        ) from None
