"""Producers that turn inputs into a product, keep stock, and deliver by share: day by day.

One model for the industries of a world table, the stages of a product chain and the firms of a
supplier list: the adaptive regional input-output model with inventories (Hallegatte 2014; orders
that avoid damaged suppliers after Guan et al. 2020), as written in `docs/methods.md`.

Orders are never stored. What buyer j orders of product p is split over suppliers f in proportion
to w_f Z_fj, so one number per slot (p, j), q_pj = order / sum_f w_f Z_fj, says it all. One pass
over Z per day gives demand, deliveries and the next denominators.

f supplier, j buyer, p product, k slot (a product that a buyer uses), Z baseline deliveries.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np

from catenary.maths import inventory_kernels as kernels

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Integers = NDArray[np.int64]

__all__ = [
    "BY_CAPACITY",
    "BY_DEMAND",
    "Disturbance",
    "Network",
    "Parameters",
    "Path",
    "network_of",
    "simulate",
]

BY_DEMAND: Final = kernels.BY_DEMAND
BY_CAPACITY: Final = kernels.BY_CAPACITY

_SHORTEST_STOCK: Final = 2.0  # days; a stock of a day or less cannot survive a daily step
_RELEVANT: Final = 1e-5 / 365  # input per unit of output under which an input never binds
_TINY: Final = 64  # producers below which dense rows are not worth it
_THICK: Final = 0.2  # share of buyers above which a supplier's deliveries are kept as a dense row


@dataclass(frozen=True, kw_only=True, eq=False)
class Network:
    """Who delivers what to whom on a normal day; made by `network_of`.

    Producers are sorted by product, slots by product and buyer. The deliveries of producer f are
    row f of `dense` if it is among the first of its product, else `column[e]`, `flow[e]`,
    `group[e]` for e in pointer[f] … pointer[f + 1].
    """

    start: Integers
    """First producer of each product, and N: (P + 1,)."""
    slot_start: Integers
    """First slot of each product, and K: (P + 1,)."""
    slot_buyer: NDArray[np.int32]
    """Buyer of each slot, (K,)."""
    dense_start: Integers
    """First dense row of each product, and their number: (P + 1,)."""
    dense: Array
    """Deliveries a day of those who supply many, (D, N)."""
    pointer: Integers
    column: NDArray[np.uint32]
    """Slot within the product."""
    flow: Array
    """Deliveries a day."""
    group: NDArray[np.int8]
    """Priority group, 0 first."""
    final: Array
    """Final demand served a day by priority group, (N, G)."""
    capacity: Array
    """Output a day without overproduction, (N,)."""
    stock_days: Array
    """Target stock in days of use, (K,); inf = the input never runs out."""
    criticality: Array
    """Share of output impossible without the input, (K,)."""
    on_hand: Array
    """Stock at the start, (K,); nan = the target."""

    @property
    def producers(self) -> int:
        """Number of producers, N."""
        return len(self.final)

    @property
    def product(self) -> Integers:
        """Product of every producer, (N,)."""
        return np.repeat(np.arange(len(self.start) - 1), np.diff(self.start))

    @property
    def slot_product(self) -> NDArray[np.int32]:
        """Product of every slot, (K,)."""
        return np.repeat(
            np.arange(len(self.slot_start) - 1, dtype=np.int32), np.diff(self.slot_start)
        )

    @property
    def is_dense(self) -> NDArray[np.bool_]:
        """Which producers' deliveries are dense rows, (N,)."""
        place = np.arange(self.producers) - self.start[self.product]
        return place < np.diff(self.dense_start)[self.product]

    def use(self) -> Array:
        """Return what each slot takes in on a normal day, (K,)."""
        slot = np.repeat(self.slot_start[self.product], np.diff(self.pointer)) + self.column
        use = np.bincount(slot, self.flow, len(self.slot_buyer))
        for p in np.flatnonzero(np.diff(self.dense_start)):
            rows = self.dense[self.dense_start[p] : self.dense_start[p + 1]]
            use[self.slot_start[p] : self.slot_start[p + 1]] += rows.sum(axis=0)
        return use

    def output(self) -> Array:
        """Return what each producer delivers on a normal day, X0, (N,)."""
        supplier = np.repeat(np.arange(self.producers), np.diff(self.pointer))
        output = np.bincount(supplier, self.flow, self.producers) + self.final.sum(axis=1)
        output[self.is_dense] += self.dense.sum(axis=1)
        return output


def network_of(
    product: Integers,
    supplier: Integers,
    buyer: Integers,
    flow: Array,
    *,
    products: int,
    final: Array,
    group: NDArray[np.int8] | None = None,
) -> tuple[Network, Integers]:
    """Arrange deliveries for the engine.

    Parameters
    ----------
    product
        Product of every producer, (N,), 0 … products − 1.
    supplier, buyer, flow
        Baseline deliveries a day, (E,).
    products
        Number of products, P.
    final
        Final demand a day by producer and priority group, (N, G).
    group
        Priority group of every delivery, (E,); None = all 0.

    Returns
    -------
    Network
        With a capacity of X0, infinite stocks and full criticality, to be replaced.
    ndarray
        For each producer of the network, its position among those given, (N,).
    """
    count = len(product)
    per_supplier = np.bincount(supplier, minlength=count)
    thick = per_supplier > _THICK * count  # then every buyer has a slot of their product
    if (group is not None and group.any()) or count < _TINY:
        thick[:] = False
    order = np.lexsort((-per_supplier, ~thick, product))
    place = np.empty(count, np.int64)
    place[order] = np.arange(count)
    start = np.searchsorted(product[order], np.arange(products + 1))
    thick = thick[order]
    supplier, buyer = place[supplier], place[buyer]
    made = product[order]
    full = np.zeros(products, bool)
    full[made[thick]] = True
    key = made[supplier] * count + buyer
    keys = np.unique(
        np.concatenate([key, *(p * count + np.arange(count) for p in np.flatnonzero(full))])
    )
    slot_start = np.searchsorted(keys, np.arange(products + 1) * count)
    in_rows = thick[supplier]
    row = np.cumsum(thick) - 1
    dense = np.zeros((int(thick.sum()), count))
    np.add.at(dense, (row[supplier[in_rows]], buyer[in_rows]), flow[in_rows])
    rest = np.flatnonzero(~in_rows)
    rest = rest[np.lexsort((buyer[rest], supplier[rest]))]
    lists = np.bincount(supplier[rest], minlength=count)
    slot = np.searchsorted(keys, key[rest])
    slots = len(keys)
    network = Network(
        start=start,
        slot_start=slot_start,
        slot_buyer=(keys % max(count, 1)).astype(np.int32),
        dense_start=np.concatenate([[0], np.cumsum(np.bincount(made[thick], minlength=products))]),
        dense=dense,
        pointer=np.concatenate([[0], np.cumsum(lists)]),
        column=(slot - slot_start[made[supplier[rest]]]).astype(np.uint32),
        flow=flow[rest].astype(np.float64),
        group=(np.zeros(len(rest), np.int8) if group is None else group[rest]),
        final=np.ascontiguousarray(final[order]),
        capacity=np.zeros(count),
        stock_days=np.full(slots, np.inf),
        criticality=np.ones(slots),
        on_hand=np.full(slots, np.nan),
    )
    object.__setattr__(network, "capacity", network.output())
    return network, order


@dataclass(frozen=True, kw_only=True)
class Parameters:
    """How producers behave.

    Parameters
    ----------
    psi
        Share of the target stock below which production is cut.
    restoration_days
        Days over which a gap in stock is ordered back (tau of inventories), ≥ 1.
    overproduction
        Most that capacity can be stretched, ≥ 1 (alpha max).
    overproduction_days
        Days that stretching takes (tau of alpha), ≥ 1.
    adaptive_orders
        Whether buyers order less of suppliers that lost capacity.
    """

    psi: float = 0.8
    restoration_days: float = 60.0
    overproduction: float = 1.25
    overproduction_days: float = 365.0
    adaptive_orders: bool = True


@dataclass(frozen=True, kw_only=True, eq=False)
class Disturbance:
    """What happens: who loses which share of capacity, and how final demand differs, by day.

    Parameters
    ----------
    producers, losses
        Positions (M,) and share of capacity lost by day (days, M); below 0 = gained.
    final
        Day → final demand from that day on, (N, G).
    """

    producers: Integers
    losses: Array
    final: dict[int, Array] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, eq=False)
class Path:
    """What followed; N producers, K slots.

    Parameters
    ----------
    baseline, output
        X0 (N,) and output by day (days, N).
    limit
        What held output down: `BY_DEMAND`, `BY_CAPACITY` or the product that was short, by day.
    unmet
        For each stretch of constant final demand, its first day and the share of a day's demand
        that was not met, summed over its days, by producer and group (N, G).
    first_day, last_day, short_days, least
        By slot (K,): days on which the input held its buyer down (-1: never), how many, and the
        least share of the wished output that it allowed.
    stretch
        Highest overproduction factor, (N,).
    stocks
        Stocks at the end, (K,).
    leak
        By day: largest share of a product's output that was delivered but not made, or made
        but not delivered. A sound run stays near 1e-15.
    """

    baseline: Array
    output: Array
    limit: NDArray[np.int16]
    unmet: list[tuple[int, Array]]
    first_day: NDArray[np.int32]
    last_day: NDArray[np.int32]
    short_days: NDArray[np.int32]
    least: Array
    stretch: Array
    stocks: Array
    leak: Array


def simulate(
    network: Network,
    parameters: Parameters,
    days: int,
    disturbance: Disturbance,
    *,
    on_day: Callable[[int], None] = lambda _: None,
) -> Path:
    """Run the network for some days.

    Parameters
    ----------
    network
        The baseline.
    parameters
        Behaviour.
    days
        Number of daily steps.
    disturbance
        What happens.
    on_day
        Called with each day before it is computed; may raise to stop.

    Returns
    -------
    Path
        Output, limits, shortages and the checks of every day.

    References
    ----------
    Hallegatte, S. (2014), Risk Analysis 34(1), 152-167. Guan, D. et al. (2020), Nature Human
    Behaviour 4, 577-587. Partially binding inputs: Pichler, A. et al. (2022), Journal of Economic
    Dynamics and Control 144, 104527. Equations: `docs/methods.md`.

    Examples
    --------
    A mill feeds a baker; the mill stops for ever and flour lasts ten days.

    >>> from dataclasses import replace
    >>> network, _ = network_of(np.array([0, 1]), np.array([0]), np.array([1]), np.array([1.0]),
    ...     products=2, final=np.array([[0.0], [1.0]]))
    >>> network = replace(network, stock_days=np.array([10.0]))
    >>> closed = Disturbance(producers=np.array([0]), losses=np.ones((30, 1)))
    >>> path = simulate(network, Parameters(psi=0.1), 30, closed)
    >>> int(path.output[:, 1].sum())
    10
    """
    count, slots = network.producers, len(network.slot_buyer)
    groups = network.final.shape[1]
    use, baseline = network.use(), network.output()
    buyer_output = baseline[network.slot_buyer]
    technology = np.divide(use, buyer_output, out=np.zeros(slots), where=buyer_output > 0)
    cover = np.where(network.stock_days <= 1, _SHORTEST_STOCK, network.stock_days)
    finite = np.isfinite(cover)
    cover = np.where(finite, cover, 0.0)
    target = cover * technology
    stock = np.where(np.isnan(network.on_hand), target * buyer_output, network.on_hand)
    stock = np.where(finite, stock, 0.0)
    needed = np.maximum(parameters.psi * cover, 1.0) * technology
    binds = (technology > _RELEVANT) & finite & (network.criticality > 0)
    reach = np.divide(1.0, needed, out=np.full(slots, np.inf), where=binds)
    criticality = np.where(binds, network.criticality, 1.0)
    hard = np.where(criticality == 1.0, reach, np.inf)
    kept = finite.astype(np.float64)
    buyer_slots = np.argsort(network.slot_buyer, kind="stable")
    of_buyer = np.concatenate([[0], np.cumsum(np.bincount(network.slot_buyer, minlength=count))])
    slot_product = network.slot_product
    soft = bool((criticality < 1).any() or not finite.all())

    output, stretch, weight = baseline.copy(), np.ones(count), np.ones(count)
    order = np.where(use > 0, 1.0, 0.0)
    received, weighted, loss = np.zeros(slots), np.zeros(slots), np.zeros(count)
    limit = np.full(count, np.inf)
    kernels.tighten(network.slot_buyer, stock, hard, limit)
    final = network.final
    unmet = [(0, np.zeros((count, groups)))]
    first_day, last_day = np.full(slots, -1, np.int32), np.full(slots, -1, np.int32)
    short_days, least = np.zeros(slots, np.int32), np.full(slots, np.inf)
    outputs, limits = np.empty((days, count)), np.empty((days, count), np.int16)
    leak, highest = np.zeros(days), np.ones(count)
    for day in range(days):
        on_day(day)
        if len(disturbance.producers):
            loss[disturbance.producers] = disturbance.losses[day]
        if day in disturbance.final:
            final = np.ascontiguousarray(disturbance.final[day])
            unmet.append((day, np.zeros((count, groups))))
        leak[day] = kernels.day(
            network.start, network.slot_start, network.slot_buyer, slot_product, of_buyer,
            buyer_slots, network.dense_start, network.dense, network.pointer, network.column,
            network.flow, network.group, loss, network.capacity, final, output, stretch, weight,
            limit, limits[day], unmet[-1][1], order, stock, received, weighted, technology, target,
            reach, hard, kept, criticality, first_day, last_day, short_days, least, day,
            parameters.restoration_days, parameters.overproduction, parameters.overproduction_days,
            parameters.adaptive_orders, soft,
        )  # fmt: skip
        outputs[day] = output
        np.maximum(highest, stretch, out=highest)
    return Path(
        baseline=baseline,
        output=outputs,
        limit=limits,
        unmet=unmet,
        first_day=first_day,
        last_day=last_day,
        short_days=short_days,
        least=least,
        stretch=highest,
        stocks=stock,
        leak=leak,
    )
