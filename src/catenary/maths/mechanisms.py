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

__all__ = [
    "Arrivals",
    "Bar",
    "Lanes",
    "Rebuilding",
    "Throttle",
    "Transit",
    "Works",
    "barred",
    "price",
]

DEAD: Final = 1e-12
"""Share of its target by which a stock may miss it and nothing follows."""

_DEAREST: Final = 100.0  # output below 1/100 of demand is priced as that


class Bar(NamedTuple):
    """What of deliveries from one region to another may pass; product −1: of every product."""

    origin: int
    destination: int
    product: int
    open: float
    but: tuple[int, ...] = ()
    """Products that a bar of every product leaves alone, because they have their own."""

    def covers(self, product: NDArray[np.integer]) -> NDArray[np.bool_]:
        """Return which of some products it holds."""
        if self.product >= 0:
            return np.asarray(product == self.product)
        return ~np.isin(product, self.but)


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
    where
        Region of each column, (M + H,).
    """

    start: int
    hold: int
    days: float
    damaged: Integers
    share: Array
    suppliers: Integers
    need: Array
    where: Integers


@dataclass(frozen=True, kw_only=True, eq=False)
class Lanes:
    """How long deliveries take.

    Parameters
    ----------
    lane
        Lane of each listed delivery of the network, (E,).
    days
        Lead time of each lane in whole days, by day (days, L).
    before
        The same before the first day, (L,).
    """

    lane: NDArray[np.int32]
    days: Integers
    before: Integers

    def on_the_way(self, network: Network, days: Integers | None = None) -> Array:
        """Return what is on the way to each slot on normal days if lanes take so many (L,)."""
        slot = np.repeat(network.slot_start[network.product], np.diff(network.pointer))
        took = network.flow * (self.before if days is None else days)[self.lane]
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
        self._aim(lanes.before, use, state)
        self.history = int(max(lanes.days.max(initial=0), lanes.before.max(initial=0))) + 2
        groups = network.final.shape[1]
        # the pipeline begins full: every past day was a normal one
        self.shipped = np.ones((self.history, network.producers, groups))
        self.orders = np.tile(state.order, (self.history, 1))
        self.released = -lanes.before
        self.came = np.zeros(len(state.order))
        self.epoch = np.zeros(self.history, np.int64)
        self.passed = network.flow[None, :]

    def _aim(self, days: Integers, use: kernels.Coefficients, state: kernels.State) -> None:
        """Aim at what should be on the way today, besides the stock.

        What was ordered to fill a longer way is owed once the way is shorter again.
        """
        if self.aimed is not None and np.array_equal(days, self.aimed):
            return
        buyer = self.network.slot_buyer
        normal = use.normal[buyer]
        away = self.lanes.on_the_way(self.network, days)
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
        self._aim(self.lanes.days[day], use, state)
        place = day % self.history
        self.shipped[place] = state.shipped
        self.orders[place] = state.order
        if not np.array_equal(self.passed[-1], flows.flow):
            self.passed = np.vstack([self.passed, flows.flow])
        self.epoch[place] = len(self.passed) - 1
        used, self.epoch = np.unique(self.epoch, return_inverse=True)
        if len(used) < len(self.passed):
            self.passed = self.passed[used]
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
        self.bar([])
        self.switching = home > 0 or abroad > 0
        self.made_up = np.zeros(len(network.slot_buyer) if self.switching else 0)
        self.regions = int(network.region.max(initial=0)) + 1

    def bar(self, bars: list[Bar]) -> None:
        """Keep switching from going where bars are: who gives, takes, and makes up at home."""
        products = len(self.network.start) - 1
        regions = int(self.network.region.max(initial=0)) + 1
        self.may = np.ones((3, products, regions), np.bool_)
        for bar in bars:
            made = bar.covers(np.arange(products))
            if bar.origin == bar.destination < regions:
                self.may[2, made, bar.origin] = False
            elif max(bar.origin, bar.destination) < regions:
                self.may[0, made, bar.origin] = False
                self.may[1, made, bar.destination] = False

    def take_back(self, use: kernels.Coefficients, state: kernels.State, restore: float) -> None:
        """Order less of what was ordered for a way that is short again."""
        if self.transit is not None:
            self.transit.take_back(use, state, restore)

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
                self.network.region, self.regions, self.home, self.abroad, self.may, self.made_up,
                flows, state,
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
        self.passes = np.ones(len(self.total))

    def bar(self, network: Network, bars: list[Bar]) -> None:
        """Let bars keep back what is asked of suppliers behind them."""
        may = np.ones_like(self.about.need)
        region = network.region[self.about.suppliers]
        made = network.product[self.about.suppliers]
        for bar in bars:
            gives = (region == bar.origin) & bar.covers(made)
            may[np.ix_(gives, self.about.where == bar.destination)] *= bar.open
        comes = (self.about.need * may).sum(axis=1)
        self.passes = np.divide(comes, self.total, out=np.ones(len(comes)), where=self.total > 0)

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
        asked: Array = self.left * self.total * self.passes / self.about.days
        return asked

    def receive(self, day: int, fill: Array) -> None:
        """Take in what was delivered of it."""
        if day >= self.about.start + self.about.hold:
            gets = fill[self.about.suppliers] * self.passes
            self.left *= np.maximum(0.0, 1.0 - gets / self.about.days)

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
        gives = (network.region == bar.origin) & bar.covers(network.product)
        takes = network.region == bar.destination
        flow[gives[supplier] & takes[buyer]] *= bar.open
        dense[np.ix_(gives[row], takes)] *= np.asarray(bar.open, dense.dtype)
    return flows._replace(dense=dense, flow=flow)


class Throttle:
    """Ways that are partly closed: they let pass at most their share of a normal day.

    Buyers ask others for the rest. What they ask of one another stays one number per slot, so a
    delivery over a throttled way stands in the flows divided by that number where it is above 1.
    """

    def __init__(self, network: Network, whole: kernels.Flows, barred: kernels.Flows) -> None:
        slot = np.repeat(network.slot_start[network.product], np.diff(network.pointer))
        self.listed = np.flatnonzero((barred.flow > 0) & (barred.flow < whole.flow))
        self.cells = np.nonzero((barred.dense > 0) & (barred.dense < whole.dense))
        supplier = np.repeat(np.arange(network.producers), np.diff(network.pointer))
        of_row = np.flatnonzero(network.is_dense)[self.cells[0]]
        first = network.slot_start[network.product[of_row]]
        self.supplier = np.concatenate([supplier[self.listed], of_row])
        slots = np.concatenate(
            [(slot + network.column)[self.listed], first + self.cells[1]]
        ).astype(np.int64)
        self.slots, self.slot = np.unique(slots, return_inverse=True)
        self.most = np.concatenate(
            [barred.flow[self.listed], barred.dense[self.cells] * network.scale]
        )
        self.now = self.most.copy()
        self.scale = network.scale

    def hold(self, flows: kernels.Flows, state: kernels.State) -> None:
        """Split what is ordered between throttled ways, up to what they let pass, and others."""
        if not len(self.slots):
            return
        weight = state.weight[self.supplier]
        ordered = state.order[self.slots] * state.weighted[self.slots]
        held = sum_by(self.slot, self.most * weight, len(self.slots))
        others = state.weighted[self.slots] - sum_by(self.slot, self.now * weight, len(self.slots))
        others[others < 1e-9 * state.weighted[self.slots]] = 0.0
        both = held + others
        order = np.divide(ordered, both, out=np.zeros(len(both)), where=both > 0)
        over = order > 1.0
        rest = np.divide(ordered - held, others, out=np.ones(len(both)), where=others > 0)
        order = np.where(over, np.where(others > 0, rest, 1.0), order)
        self.now = self.most / np.maximum(order, 1.0)[self.slot]
        flows.flow[self.listed] = self.now[: len(self.listed)]
        flows.dense[self.cells] = self.now[len(self.listed) :] / self.scale
        state.order[self.slots] = order
        state.weighted[self.slots] = others + held / np.maximum(order, 1.0)


def price(state: kernels.State, product: Integers, normal: NDArray[Any], response: float) -> Array:
    """Return the price index of each product from what was asked for and what was made."""
    asked = np.bincount(product, state.demand, len(normal))
    made = np.maximum(np.bincount(product, state.output, len(normal)), asked / _DEAREST)
    gap = np.divide(asked - made, made, out=np.zeros(len(normal)), where=made > 0)
    return np.maximum(0.0, 1.0 + response * np.maximum(0.0, gap))
