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

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final, Literal

import numba
import numpy as np

from catenary.maths import inventory_kernels as kernels
from catenary.maths.mechanisms import (
    DEAD,
    Arrivals,
    Bar,
    Lanes,
    Rebuilding,
    Throttle,
    Transit,
    Works,
    barred,
    price,
)
from catenary.maths.network import Network, network_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Integers = NDArray[np.int64]

__all__ = [
    "BY_CAPACITY",
    "BY_DEMAND",
    "Bar",
    "Disturbance",
    "Lanes",
    "Network",
    "Parameters",
    "Path",
    "Rebuilding",
    "coefficients",
    "network_of",
    "simulate",
]

BY_DEMAND: Final = kernels.BY_DEMAND
BY_CAPACITY: Final = kernels.BY_CAPACITY

_SHORTEST_STOCK: Final = 2.0  # days; a stock of a day or less cannot survive a daily step
_RELEVANT: Final = 1e-5 / 365  # input per unit of output under which an input never binds
_SHARED_OUT: Final = 64_000_000  # bytes of deliveries from which threads are worth their waking


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
    small_first
        Whether scarce output is shared so that nobody gets more than a level, small orders whole.
    reading
        What a short input stops: `stated` by its criticality, the worst input counting; `leontief`
        all output; `linear` its share of all inputs, losses adding up.
    switch_home, switch_abroad
        Share of what suppliers could not deliver that is placed each day with producers who have
        capacity to spare, in the buyer's region and elsewhere.
    price_response
        Rise of a product's price per unit of (demand − output) / output.
    demand_elasticity
        Share by which final demand falls as its price rises by one share; 0: prices are reported
        only.
    rebuild_group
        Priority group that rebuilding is served with.
    """

    psi: float = 0.8
    restoration_days: float = 60.0
    overproduction: float = 1.25
    overproduction_days: float = 365.0
    adaptive_orders: bool = True
    small_first: bool = False
    reading: Literal["stated", "leontief", "linear"] = "stated"
    switch_home: float = 0.0
    switch_abroad: float = 0.0
    price_response: float = 0.0
    demand_elasticity: float = 0.0
    rebuild_group: int = 0


@dataclass(frozen=True, kw_only=True, eq=False)
class Disturbance:
    """What happens: who loses which share of capacity, and how final demand differs, by day.

    Parameters
    ----------
    producers, losses
        Positions (M,) and share of capacity lost by day (days, M); below 0 = gained.
    final
        Day → final demand from that day on, (N, G).
    bars
        Day → bars that are in force from that day on.
    rebuilding
        Capital that is rebuilt.
    """

    producers: Integers
    losses: Array
    final: dict[int, Array] = field(default_factory=dict)
    bars: dict[int, list[Bar]] = field(default_factory=dict)
    rebuilding: tuple[Rebuilding, ...] = ()


@dataclass(frozen=True, kw_only=True, eq=False)
class Path:
    """What followed; N producers, P products, K slots.

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
        By slot (K,): days on which the input held its buyer below normal (-1: never), how many,
        and the least share of that output that it allowed.
    stretch
        Highest overproduction factor, (N,).
    stocks
        Stocks at the end, (K,).
    leak
        By day: largest share of a product's output that was delivered but not made, or made
        but not delivered. A sound run stays near 1e-15.
    prices
        Price index by day and product, 1 = normal, (days, P).
    rebuilt, asked
        What was delivered for rebuilding, and what is still to be rebuilt, by day (days,).
    switched
        What was placed with other suppliers at home and abroad, by day (days, 2).
    away
        What is on the way at the end, (K,) or empty.
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
    prices: Array
    rebuilt: Array
    to_rebuild: Array
    switched: Array
    away: Array


def coefficients(
    network: Network, parameters: Parameters
) -> tuple[kernels.Coefficients, Array, int]:
    """Return what holds on every day, the stock of the first, and how inputs are read."""
    use, baseline = network.use(), network.output()
    normal = baseline[network.slot_buyer]
    technology = np.divide(use, normal, out=np.zeros(len(use)), where=normal > 0)
    cover = np.where(network.stock_days <= 1, _SHORTEST_STOCK, network.stock_days)
    finite = np.isfinite(cover)
    cover = np.where(finite, cover, 0.0)
    target = cover * technology
    stock = np.where(np.isnan(network.on_hand), target * normal, network.on_hand)
    stock = np.where(finite, stock, 0.0)
    target *= 1.0 - DEAD  # else rounding grows where restoration is quick and capacity spare
    needed = np.maximum(parameters.psi * cover, 1.0) * technology * (1.0 - 4 * DEAD)
    binds = (technology > _RELEVANT) & finite & (network.criticality > 0)
    reach = np.divide(1.0, needed, out=np.full(len(use), np.inf), where=binds)
    idle = finite & (technology > 0)  # used, but never binding: taken only while it lasts
    critical = network.criticality
    if parameters.reading == "leontief":
        critical = np.where(critical > 0, 1.0, 0.0)
    elif parameters.reading == "linear":
        every = np.bincount(
            network.slot_buyer, np.where(binds, technology, 0.0), network.producers
        )[network.slot_buyer]
        critical = np.divide(technology, every, out=np.zeros(len(use)), where=binds & (every > 0))
    criticality = np.where(binds, critical, np.where(idle, 0.0, 1.0))
    partial = bool((binds & (criticality < 1)).any())
    reading = kernels.PARTIAL if partial else kernels.WORST
    if partial and parameters.reading == "linear":
        reading = kernels.LINEAR
    coefficients = kernels.Coefficients(
        technology=technology,
        target=target,
        reach=reach,
        hard=np.where(criticality == 1.0, reach, np.inf),
        criticality=criticality,
        normal=baseline,
        capacity=np.ascontiguousarray(network.capacity, np.float64),
    )
    return coefficients, stock, reading


def _flows(network: Network) -> kernels.Flows:
    buyer = network.slot_buyer
    of_buyer = np.bincount(buyer, minlength=network.producers)
    return kernels.Flows(
        start=network.start,
        slot_start=network.slot_start,
        slot_buyer=buyer,
        slot_product=network.slot_product,
        of_buyer=np.concatenate([[0], np.cumsum(of_buyer)]),
        buyer_slots=np.argsort(buyer, kind="stable"),
        dense_start=network.dense_start,
        dense=network.dense,
        scale=float(network.scale),
        pointer=network.pointer,
        column=network.column,
        flow=network.flow,
        group=network.group,
        buyer_group=network.buyer_group,
    )


def _start(
    network: Network,
    use: kernels.Coefficients,
    flows: kernels.Flows,
    stock: Array,
    away: Array,
    *,
    switching: bool,
) -> kernels.State:
    """Return the state of a normal day."""
    count, slots, products = network.producers, len(network.slot_buyer), len(network.start) - 1
    normal_use = network.use()
    limit = np.full(count, np.inf)
    kernels.tighten(flows.slot_buyer, stock, use.hard, limit)
    return kernels.State(
        output=use.normal.copy(),
        stretch=np.ones(count),
        weight=np.ones(count),
        limit=limit,
        able=np.zeros(count),
        wish=np.zeros(count),
        demand=np.zeros(count),
        fill=np.zeros(network.final.shape),
        shipped=np.zeros(network.final.shape),
        order=np.where(normal_use > 0, 1.0, 0.0),
        stock=stock,
        received=np.zeros(slots),
        weighted=normal_use,
        away=away,
        ordered=normal_use.copy() if switching else np.zeros(0),
        made=np.zeros(products),
        sent=np.zeros(products),
    )


class _Team:
    """Threads that share out the products, and then the buyers, of a large network."""

    def __init__(self, flows: kernels.Flows, *, ranked: bool) -> None:
        self.ranked = ranked
        size = flows.dense.nbytes + 2 * flows.flow.nbytes
        self.threads = numba.get_num_threads() if size > _SHARED_OUT else 1
        self.pool = ThreadPoolExecutor(self.threads) if self.threads > 1 else None
        products, buyers = len(flows.start) - 1, len(flows.of_buyer) - 1
        # small shares of the products, because some of them take longer than others
        shares = self.threads * 4 if self.pool else 1
        weight = np.concatenate([[0], np.cumsum(np.diff(flows.start) + 1)])
        marks = np.searchsorted(weight, np.linspace(0, weight[-1], shares + 1))
        self.products = [(int(a), int(b)) for a, b in pairwise(marks) if b > a]
        ends = np.linspace(0, buyers, self.threads + 1).astype(int)
        cuts = [
            flows.slot_start[:-1]
            + np.bincount(flows.slot_product[flows.slot_buyer < end], minlength=products)
            for end in ends
        ]
        self.buyers = [(int(a), b, c) for a, (b, c) in zip(ends, pairwise(cuts), strict=False)]
        self.arrived = np.zeros((len(self.buyers), products))

    def _each(self, work: Callable[[int], None], count: int) -> None:
        if self.pool is None:
            for one in range(count):
                work(one)
        else:
            list(self.pool.map(work, range(count)))

    def deliver(self, *what: Any) -> None:
        """Let everybody make what they can and ship it."""
        one: Any = kernels.deliver_ranked if self.ranked else kernels.deliver
        self._each(lambda i: one(*self.products[i], *what), len(self.products))

    def settle(self, came: Array, moved: Array, *what: Any) -> float:
        """End the day; return the leak.

        `moved` is what was shipped by product where that is not what arrives, `came`.
        """
        arrived = self.arrived
        state: kernels.State = what[2]
        state.limit[:] = np.inf
        one: Any = kernels.settle_late if len(came) else kernels.settle
        self._each(lambda i: one(*self.buyers[i], came, *what, arrived[i]), len(self.buyers))
        delivered = moved if len(moved) else arrived.sum(axis=0)
        gap = np.abs(delivered + state.sent - state.made)
        share = np.divide(gap, state.made, out=np.zeros(len(gap)), where=state.made > 0)
        return float(share.max(initial=0.0))

    def close(self) -> None:
        """End the threads."""
        if self.pool is not None:
            self.pool.shutdown()


def simulate(  # noqa: PLR0915  a day after another
    network: Network,
    parameters: Parameters,
    days: int,
    disturbance: Disturbance,
    *,
    lanes: Lanes | None = None,
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
    lanes
        How long deliveries take; every delivery must stand in a list then. None: no time.
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
    flows = whole = _flows(network)
    use, stock, reading = coefficients(network, parameters)
    away = np.zeros(0) if lanes is None else lanes.on_the_way(network)
    switching = parameters.switch_home > 0 or parameters.switch_abroad > 0
    state = _start(network, use, flows, stock, away, switching=switching)
    transit = None if lanes is None else Transit(network, lanes, use, state)
    arrivals = Arrivals(network, transit, parameters.switch_home, parameters.switch_abroad)
    works = [Works(one) for one in disturbance.rebuilding]
    throttle: Throttle | None = None
    rules = kernels.Rules(
        restore=1.0 / parameters.restoration_days,
        most=float(parameters.overproduction),
        adapt_days=float(parameters.overproduction_days),
        adaptive=parameters.adaptive_orders,
        reading=reading,
        small_first=parameters.small_first,
        rebuild_group=parameters.rebuild_group,
    )
    count, slots, groups = network.producers, len(network.slot_buyer), network.final.shape[1]
    products = len(network.start) - 1
    product = network.product
    normal_demand = np.bincount(product, use.normal, products)
    loss, rebuild = np.zeros(count), np.zeros(count)
    final = demanded = network.final
    notes = kernels.Notes(
        held_by=np.empty(count, np.int16),
        unmet=np.zeros((count, groups)),
        first_day=np.full(slots, -1, np.int32),
        last_day=np.full(slots, -1, np.int32),
        short_days=np.zeros(slots, np.int32),
        least=np.full(slots, np.inf),
    )
    unmet = [(0, notes.unmet)]
    outputs, limits = np.empty((days, count)), np.empty((days, count), np.int16)
    prices, leak, highest = np.ones((days, products)), np.zeros(days), np.ones(count)
    rebuilt, to_rebuild, switched = np.zeros(days), np.zeros(days), np.zeros((days, 2))
    team = _Team(flows, ranked=groups > 1 or rules.small_first)
    for day in range(days):
        on_day(day)
        if day in disturbance.final:
            demanded = np.ascontiguousarray(disturbance.final[day])
        if (day in disturbance.final and day > 0) or (day and parameters.demand_elasticity > 0):
            notes = notes._replace(unmet=np.zeros((count, groups)))
            unmet.append((day, notes.unmet))
        if day in disturbance.bars:
            flows, throttle = _barred(network, whole, disturbance.bars[day], state, arrivals, works)
        final = demanded
        if parameters.demand_elasticity > 0 and day:
            dear = prices[day - 1] ** -parameters.demand_elasticity
            final = demanded * dear[product][:, None]
        if len(disturbance.producers):
            loss[disturbance.producers] = disturbance.losses[day]
        _rebuild(works, day, disturbance, loss, rebuild)
        notes = notes._replace(held_by=limits[day])
        team.deliver(loss, final, rebuild, flows, use, state, notes, rules)
        kernels.note_shortages(day, flows, use, state, notes)
        for work in works:
            before = work.rest
            work.receive(day, state.fill[:, parameters.rebuild_group])
            rebuilt[day] += before - work.rest
            to_rebuild[day] += work.rest if day >= work.about.start else 0.0
        came, moved, switched[day] = arrivals.today(day, flows, use, state)
        leak[day] = team.settle(came, moved, flows, use, state, rules)
        arrivals.take_back(use, state, rules.restore)
        if throttle is not None:
            throttle.hold(flows, state)
        outputs[day] = state.output
        np.maximum(highest, state.stretch, out=highest)
        if parameters.price_response > 0:
            prices[day] = price(state, product, normal_demand, parameters.price_response)
    return Path(
        baseline=use.normal,
        output=outputs,
        limit=limits,
        unmet=unmet,
        first_day=notes.first_day,
        last_day=notes.last_day,
        short_days=notes.short_days,
        least=notes.least,
        stretch=highest,
        stocks=np.where(np.isfinite(network.stock_days), state.stock, 0.0),
        leak=leak,
        prices=prices,
        rebuilt=rebuilt,
        to_rebuild=to_rebuild,
        switched=switched,
        away=state.away,
    )


def _barred(
    network: Network,
    whole: kernels.Flows,
    bars: list[Bar],
    state: kernels.State,
    arrivals: Arrivals,
    works: list[Works],
) -> tuple[kernels.Flows, Throttle]:
    """Return the deliveries that bars let pass, and what holds them to that."""
    flows = barred(network, whole, bars)
    kernels.reweigh(flows, state)
    throttle = Throttle(network, whole, flows)
    throttle.hold(flows, state)
    arrivals.bar(bars)
    for work in works:
        work.bar(network, bars)
    return flows, throttle


def _rebuild(
    works: list[Works], day: int, disturbance: Disturbance, loss: Array, rebuild: Array
) -> None:
    """Set what rebuilding asks for today, and add what is not yet rebuilt to the losses."""
    if not works:
        return
    rebuild[:] = 0.0
    lacking = np.zeros(len(loss))
    for work in works:
        np.add.at(rebuild, work.about.suppliers, work.asks(day))
        np.add.at(lacking, work.about.damaged, work.damage(day))
    other = np.zeros(len(loss))
    other[disturbance.producers] = disturbance.losses[day] if len(disturbance.producers) else 0.0
    np.minimum(np.maximum(other, lacking), 1.0, out=loss)
