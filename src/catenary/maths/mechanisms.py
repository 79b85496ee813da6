"""What may be added to the engine: time on the way, other suppliers, bans, rebuilding, prices.

Equations: `docs/methods.md`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from catenary.maths import inventory_kernels as kernels
from catenary.maths.grouping import sum_by

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from catenary.maths.network import Network

    Array = NDArray[np.float64]
    Integers = NDArray[np.int64]

__all__ = ["Arrivals", "Bar", "Lanes", "Rebuilding", "Transit", "Works", "barred", "price"]

DEAD: Final = 1e-12
"""Share of its target by which a stock may miss it and nothing follows."""

_DEAREST: Final = 100.0  # output below 1/100 of demand is priced as that


class Bar(NamedTuple):
    """What of deliveries from one region to another may pass; product −1: of every product."""

    origin: int
    destination: int
    product: int
    open: float


@dataclass(frozen=True, kw_only=True, eq=False)
class Rebuilding:
    """Capital that is lost on a day and rebuilt by demand for products.

    Parameters
    ----------
    start, hold
        Day of the loss, and days after it before rebuilding begins.
    days
        Days over which what is left to rebuild is asked for (tau).
    damaged, share
        Producers that lost capital, and which share of it, (M,).
    suppliers, need
        Who is asked, (F,), and what for each damaged producer and then each damaged household
        group, (F, M + H); what is delivered of a column gives back the damage it stands for.
    """

    start: int
    hold: int
    days: float
    damaged: Integers
    share: Array
    suppliers: Integers
    need: Array


@dataclass(frozen=True, kw_only=True, eq=False)
class Lanes:
    """How long deliveries take.

    Parameters
    ----------
    lane
        Lane of each listed delivery of the network, (E,).
    days
        Lead time of each lane in whole days, by day (days, L); the first row also holds before.
    """

    lane: NDArray[np.int32]
    days: Integers

    def on_the_way(self, network: Network, day: int = 0) -> Array:
        """Return what is on the way to each slot if every day is normal and lanes as on one day."""
        slot = np.repeat(network.slot_start[network.product], np.diff(network.pointer))
        took = network.flow * self.days[day][self.lane]
        return sum_by(slot + network.column, took, len(network.slot_buyer))


class Transit:
    """Goods on the way: what was shipped and ordered on past days, and a day per lane."""

    def __init__(
        self, network: Network, lanes: Lanes, use: kernels.Coefficients, state: kernels.State
    ) -> None:
        self.network, self.lanes = network, lanes
        self.on_hand = use.target.copy()
        self.aimed: Integers | None = None
        self.owed = np.zeros(len(use.target))
        self.history = int(lanes.days.max(initial=0)) + 2
        groups = network.final.shape[1]
        # the pipeline begins full: every past day was a normal one
        self.shipped = np.ones((self.history, network.producers, groups))
        self.orders = np.tile(state.order, (self.history, 1))
        self.released = -lanes.days[0].copy()
        self.came = np.zeros(len(state.order))
        self.epoch = np.zeros(self.history, np.int64)
        self.passed = network.flow[None, :]

    def _aim(self, day: int, use: kernels.Coefficients, state: kernels.State) -> None:
        """Aim at what should be on the way today, besides the stock.

        What was ordered to fill a longer way is owed once the way is shorter again.
        """
        days = self.lanes.days[day]
        if self.aimed is not None and np.array_equal(days, self.aimed):
            return
        buyer = self.network.slot_buyer
        normal = use.normal[buyer]
        away = self.lanes.on_the_way(self.network, day)
        per_output = np.divide(away, normal, out=np.zeros(len(away)), where=normal > 0)
        per_output[~np.isfinite(self.network.stock_days)] = 0.0
        target = self.on_hand + per_output * (1.0 - DEAD)
        if self.aimed is not None:
            self.owed += np.maximum(0.0, use.target - target) * state.wish[buyer]
        self.aimed = days
        use.target[:] = target

    def take_back(self, use: kernels.Coefficients, state: kernels.State, restore: float) -> None:
        """Order less while more was ordered than a shorter way needs."""
        if not self.owed.any():
            return
        too_much = state.stock + state.away - use.target * state.wish[self.network.slot_buyer]
        self.owed = np.clip(too_much, 0.0, self.owed)
        ordered = state.order * state.weighted
        less = np.minimum(ordered, self.owed * restore)
        left = ordered - less
        state.order[:] = np.divide(
            left, state.weighted, out=np.zeros(len(left)), where=state.weighted > 0
        )
        if len(state.ordered):
            state.ordered[:] = left
        self.owed -= less

    def arrivals(
        self, day: int, flows: kernels.Flows, use: kernels.Coefficients, state: kernels.State
    ) -> Array:
        """Note what was shipped today; return what arrives."""
        self._aim(day, use, state)
        place = day % self.history
        self.shipped[place] = state.shipped
        self.orders[place] = state.order
        if not np.array_equal(self.passed[-1], flows.flow):
            self.passed = np.vstack([self.passed, flows.flow])
        self.epoch[place] = len(self.passed) - 1
        upto = np.maximum(self.released, day + 1 - self.lanes.days[day])
        kernels.arrive(
            self.lanes.lane, self.released, upto, self.shipped, self.orders, self.epoch,
            self.passed, flows, self.came,
        )  # fmt: skip
        self.released = upto
        state.away[:] = np.maximum(0.0, state.away + state.order * state.received - self.came)
        return self.came


class Arrivals:
    """What arrives where that is not what was shipped today: it is on its way, or made up for."""

    def __init__(
        self, network: Network, transit: Transit | None, home: float, abroad: float
    ) -> None:
        self.network, self.transit, self.home, self.abroad = network, transit, home, abroad
        self.switching = home > 0 or abroad > 0
        self.made_up = np.zeros(len(network.slot_buyer) if self.switching else 0)
        self.regions = int(network.region.max(initial=0)) + 1

    def today(
        self, day: int, flows: kernels.Flows, use: kernels.Coefficients, state: kernels.State
    ) -> tuple[Array, Array, tuple[float, float]]:
        """Return what arrives by slot, what was shipped by product, and what was switched.

        Both arrays are empty where everything arrives at once from whom it was ordered.
        """
        if self.transit is None and not self.switching:
            return np.zeros(0), np.zeros(0), (0.0, 0.0)
        switched = (0.0, 0.0)
        shipped = state.order * state.received
        came = shipped if self.transit is None else self.transit.arrivals(day, flows, use, state)
        if self.switching:
            switched = kernels.switch(
                self.network.region, self.regions, self.home, self.abroad, self.made_up, flows,
                state,
            )  # fmt: skip
            came, shipped = came + self.made_up, shipped + self.made_up
        return came, sum_by(flows.slot_product, shipped, len(state.made)), switched


class Works:
    """One event's capital, and what of it is still to be rebuilt."""

    def __init__(self, rebuilding: Rebuilding) -> None:
        self.about = rebuilding
        self.left = np.ones(len(rebuilding.suppliers))
        self.total = rebuilding.need.sum(axis=1)
        self.worth = rebuilding.need.sum(axis=0)

    def damage(self, day: int) -> Array:
        """Return the share of capital that each damaged producer lacks, (M,)."""
        about = self.about
        if day < about.start:
            return np.zeros(len(about.damaged))
        left = (about.need * self.left[:, None]).sum(axis=0)[: len(about.damaged)]
        worth = self.worth[: len(about.damaged)]
        rest = np.divide(left, worth, out=np.ones(len(worth)), where=worth > 0)
        lacking: Array = about.share * rest
        return lacking

    def asks(self, day: int) -> Array:
        """Return what is asked of each supplier, (F,)."""
        if day < self.about.start + self.about.hold:
            return np.zeros(len(self.total))
        asked: Array = self.left * self.total / self.about.days
        return asked

    def receive(self, day: int, fill: Array) -> None:
        """Take in what was delivered of it."""
        if day >= self.about.start + self.about.hold:
            self.left *= np.maximum(0.0, 1.0 - fill[self.about.suppliers] / self.about.days)

    @property
    def rest(self) -> float:
        """What is still to be rebuilt."""
        return float(self.left @ self.total)


def barred(network: Network, flows: kernels.Flows, bars: list[Bar]) -> kernels.Flows:
    """Return the deliveries that bars let pass."""
    dense, flow = flows.dense.copy(), network.flow.copy()
    buyer = network.slot_buyer[
        np.repeat(network.slot_start[network.product], np.diff(network.pointer)) + network.column
    ]
    supplier = np.repeat(np.arange(network.producers), np.diff(network.pointer))
    row = np.flatnonzero(network.is_dense)
    for bar in bars:
        gives = network.region == bar.origin
        if bar.product >= 0:
            gives &= network.product == bar.product
        takes = network.region == bar.destination
        flow[gives[supplier] & takes[buyer]] *= bar.open
        dense[np.ix_(gives[row], takes)] *= np.asarray(bar.open, dense.dtype)
    return flows._replace(dense=dense, flow=flow)


def price(state: kernels.State, product: Integers, normal: NDArray[Any], response: float) -> Array:
    """Return the price index of each product from what was asked for and what was made."""
    asked = np.bincount(product, state.demand, len(normal))
    made = np.maximum(np.bincount(product, state.output, len(normal)), asked / _DEAREST)
    gap = np.divide(asked - made, made, out=np.zeros(len(normal)), where=made > 0)
    return np.maximum(0.0, 1.0 + response * np.maximum(0.0, gap))
