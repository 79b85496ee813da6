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
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from catenary.maths import inventory_kernels as kernels
from catenary.maths.network import Network, network_of

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
_DEAD: Final = 1e-12  # share of the target by which a stock may miss it before it is ordered back
_RELEVANT: Final = 1e-5 / 365  # input per unit of output under which an input never binds


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
        By slot (K,): days on which the input held its buyer below normal (-1: never), how many,
        and the least share of that output that it allowed.
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


class _Inputs(NamedTuple):
    """What holds on every day of each slot, (K,); and the stock of the first day."""

    technology: Array
    """Input per unit of output."""
    target: Array
    """Target stock per unit of output."""
    reach: Array
    """Output that a unit of stock allows; inf: any."""
    hard: Array
    """The same where nothing can be made without the input, else inf."""
    criticality: Array
    """Share of output impossible without the input."""
    kept: Array
    """1 where stock is counted, 0 where the input never runs out."""
    soft: int
    """Whether some input is not fully critical or never runs out."""
    stock: Array
    """Stock of the first day; the only one that changes."""


def _inputs_of(network: Network, psi: float, use: Array, buyer_output: Array) -> _Inputs:
    technology = np.divide(use, buyer_output, out=np.zeros(len(use)), where=buyer_output > 0)
    cover = np.where(network.stock_days <= 1, _SHORTEST_STOCK, network.stock_days)
    finite = np.isfinite(cover)
    cover = np.where(finite, cover, 0.0)
    target = cover * technology
    stock = np.where(np.isnan(network.on_hand), target * buyer_output, network.on_hand)
    stock = np.where(finite, stock, 0.0)
    target *= 1.0 - _DEAD  # else rounding grows where restoration is quick and capacity spare
    needed = np.maximum(psi * cover, 1.0) * technology
    binds = (technology > _RELEVANT) & finite & (network.criticality > 0)
    reach = np.divide(1.0, needed, out=np.full(len(use), np.inf), where=binds)
    idle = finite & (technology > 0)  # used, but never binding: taken only while it lasts
    criticality = np.where(binds, network.criticality, np.where(idle, 0.0, 1.0))
    partial = bool((binds & (criticality < 1)).any())
    clipped = bool((criticality < 1).any() or not finite.all())
    return _Inputs(
        technology=technology,
        target=target,
        reach=reach,
        hard=np.where(criticality == 1.0, reach, np.inf),
        criticality=criticality,
        kept=finite.astype(np.float64),
        soft=int(clipped) + int(partial),
        stock=stock,
    )


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
    inputs = _inputs_of(network, parameters.psi, use, baseline[network.slot_buyer])
    stock = inputs.stock
    buyer_slots = np.argsort(network.slot_buyer, kind="stable")
    of_buyer = np.concatenate([[0], np.cumsum(np.bincount(network.slot_buyer, minlength=count))])
    slot_product = network.slot_product

    output, stretch, weight = baseline.copy(), np.ones(count), np.ones(count)
    order = np.where(use > 0, 1.0, 0.0)
    received, weighted, loss = np.zeros(slots), use.copy(), np.zeros(count)
    limit = np.full(count, np.inf)
    kernels.tighten(network.slot_buyer, stock, inputs.hard, limit)
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
            network.start,
            network.slot_start,
            network.slot_buyer,
            slot_product,
            of_buyer,
            buyer_slots,
            network.dense_start,
            network.dense,
            network.scale,
            network.pointer,
            network.column,
            network.flow,
            network.group,
            loss,
            baseline,
            network.capacity,
            final,
            output,
            stretch,
            weight,
            limit,
            limits[day],
            unmet[-1][1],
            order,
            stock,
            received,
            weighted,
            inputs.technology,
            inputs.target,
            inputs.reach,
            inputs.hard,
            inputs.kept,
            inputs.criticality,
            first_day,
            last_day,
            short_days,
            least,
            day,
            parameters.restoration_days,
            parameters.overproduction,
            parameters.overproduction_days,
            parameters.adaptive_orders,
            inputs.soft,
        )
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
