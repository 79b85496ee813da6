"""Cheapest flows under capacities that hold exactly, what more of them is worth, which to buy.

Linear and mixed-integer programmes, solved by HiGHS through scipy.
Flows are written by commodity and arc, so that the answer is exact on every network; the price is
size: as many columns as commodities times arcs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from catenary.errors import ComputationError, DataError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from catenary.maths.assignment import Demand, Network

    Array = NDArray[np.float64]
    Integers = NDArray[np.int64]

__all__ = ["COLUMNS", "Cheapest", "Invested", "Options", "cheapest", "columns", "invested"]

COLUMNS: Final = 3_000_000
"""Most columns of a programme: commodities times arcs."""

_TIGHT: Final = {"primal_feasibility_tolerance": 1e-9, "dual_feasibility_tolerance": 1e-9}


@dataclass(frozen=True, kw_only=True, eq=False)
class Cheapest:
    """Cheapest flows."""

    flow: Array
    """Of each class on each arc, (K, A)."""
    load: Array
    """Through each place, (R,)."""
    left: Array
    """What stays behind of each demand, (N,)."""
    price: Array
    """What the optimum falls by with one more unit of capacity of each place, (R,), ≥ 0."""
    cost: float
    """Of what is carried."""
    objective: float
    """Cost, and the penalty on what stays behind."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Options:
    """U things that may be bought: capacity of places, and cuts in what arcs cost."""

    cost: Array
    """(U,), ≥ 0."""
    more: Array
    """Capacity that each adds to each place, (R, U)."""
    cut_by: Integers
    """What brings each cut, (M,)."""
    cut_arcs: Any
    """Sparse (M, A): the arcs that each cut is about."""
    cut: Array
    """How much less a unit of each class costs there, (K, M), ≥ 0."""
    either: Integers
    """Pairs of which at most one may be bought, (E, 2)."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Invested:
    """A plan."""

    bought: NDArray[np.bool_]
    """(U,)."""
    objective: float
    """Cost and penalty with what is bought."""
    bound: float
    """No plan within the budget has a smaller one."""


def columns(network: Network, demand: Demand) -> int:
    """Return how many columns the programme has."""
    return len(demand.origin) * len(network.tail)


def cheapest(network: Network, demand: Demand, capacity: Array, *, penalty: float) -> Cheapest:
    """Carry all demand at least cost within the capacities of places.

    Parameters
    ----------
    network
        Arcs, and the R places that they use.
    demand
        Costs of arcs by class, and what has to go where.
    capacity
        Of each place, (R,), ≥ 0; inf = none.
    penalty
        Cost of a unit that stays behind; it does so only if bringing it would cost more.

    Raises
    ------
    DataError
        If a capacity is negative, or the programme is too large.

    References
    ----------
    Ahuja, R. K., Magnanti, T. L. & Orlin, J. B. (1993), Network Flows. Prentice Hall, chapter 17.

    Examples
    --------
    >>> from scipy.sparse import csr_array
    >>> from catenary.maths.assignment import Demand, Network
    >>> roads = Network.of(2, np.array([0, 0]), np.array([1, 1]), csr_array(np.array([[1.0, 0]])))
    >>> asked = Demand(
    ...     cost=np.array([[1.0, 2.0]]), kind=np.array([0]), origin=np.array([0]),
    ...     start=np.array([0, 1]), destination=np.array([1]), amount=np.array([30.0]))
    >>> found = cheapest(roads, asked, np.array([10.0]), penalty=100.0)
    >>> found.flow.tolist(), found.price.tolist(), found.cost
    ([[10.0, 20.0]], [1.0], 50.0)
    """
    from scipy.optimize import linprog  # noqa: PLC0415  slow to import

    programme = _Programme(network, demand, capacity, penalty)
    found: Any = linprog(  # type: ignore[call-overload]
        programme.cost, A_ub=programme.uses, b_ub=programme.limit, A_eq=programme.balance,
        b_eq=programme.supply, method="highs", options=dict(_TIGHT),
    )  # fmt: skip
    if found.status != 0:
        raise ComputationError(f"the cheapest flows were not found: {found.message}")
    flow, left = programme.told(found.x)
    price = np.zeros(len(capacity))
    if programme.uses is not None:
        price[programme.finite] = np.maximum(-found.ineqlin.marginals, 0.0)
    cost = float((flow * demand.cost).sum())
    return Cheapest(
        flow=flow, load=np.asarray(network.uses @ flow.sum(axis=0), np.float64), left=left,
        price=price, cost=cost, objective=float(found.fun),
    )  # fmt: skip


def invested(
    network: Network,
    demand: Demand,
    capacity: Array,
    options: Options,
    *,
    budget: float,
    penalty: float,
) -> Invested:
    """Choose what to buy within a budget such that carrying all demand costs least.

    Parameters
    ----------
    network, demand, capacity, penalty
        As for `cheapest`.
    options
        What may be bought.
    budget
        Most to spend.

    Raises
    ------
    DataError
        If a cost or a cut is negative, or the programme is too large.

    Examples
    --------
    >>> from scipy.sparse import csr_array
    >>> from catenary.maths.assignment import Demand, Network
    >>> roads = Network.of(2, np.array([0, 0]), np.array([1, 1]), csr_array(np.array([[1.0, 0]])))
    >>> asked = Demand(
    ...     cost=np.array([[1.0, 2.0]]), kind=np.array([0]), origin=np.array([0]),
    ...     start=np.array([0, 1]), destination=np.array([1]), amount=np.array([30.0]))
    >>> nothing = csr_array((0, 2)), np.zeros((1, 0))
    >>> shop = Options(
    ...     cost=np.array([5.0, 9.0]), more=np.array([[4.0, 9.0]]), cut_by=np.zeros(0, int),
    ...     cut_arcs=nothing[0], cut=nothing[1], either=np.zeros((0, 2), int))
    >>> found = invested(roads, asked, np.array([10.0]), shop, budget=9.0, penalty=100.0)
    >>> found.bought.tolist(), round(found.objective, 6)
    ([False, True], 41.0)
    """
    from scipy import sparse  # noqa: PLC0415
    from scipy.optimize import Bounds, LinearConstraint, milp  # noqa: PLC0415

    if not (options.cost >= 0).all() or not (options.cut >= 0).all():
        raise DataError("something costs less than nothing, or makes arcs dearer")
    flows = _Programme(network, demand, capacity, penalty)
    buys, cuts = len(options.cost), options.cut.size
    size, price = len(flows.cost), sparse.csr_array(options.cost[None, :])
    rows = [
        LinearConstraint(
            sparse.hstack([flows.balance, sparse.csr_array((len(flows.supply), cuts + buys))]),
            flows.supply, flows.supply,
        ),
        LinearConstraint(
            sparse.hstack([sparse.csr_array((1, size + cuts)), price]),
            -np.inf, budget,
        ),
    ]  # fmt: skip
    if flows.uses is not None:
        more = -sparse.csr_array(options.more[flows.finite])
        none = sparse.csr_array((len(flows.limit), cuts))
        rows.append(LinearConstraint(sparse.hstack([flows.uses, none, more]), -np.inf, flows.limit))
    rows += _cut_rows(network, demand, flows, options)
    for one, other in options.either:
        pair = np.zeros((1, size + cuts + buys))
        pair[0, [size + cuts + one, size + cuts + other]] = 1.0
        rows.append(LinearConstraint(sparse.csr_array(pair), -np.inf, 1.0))
    upper = np.full(size + cuts + buys, np.inf)
    upper[size + cuts :] = 1.0
    found: Any = milp(
        np.concatenate([flows.cost, -options.cut.ravel(), np.zeros(buys)]),
        integrality=np.concatenate([np.zeros(size + cuts), np.ones(buys)]),
        bounds=Bounds(np.zeros(len(upper)), upper),
        constraints=rows,
        options={"mip_rel_gap": 0.0},
    )
    if found.x is None:
        raise ComputationError(f"no plan was found: {found.message}")
    return Invested(
        bought=found.x[size + cuts :] > 0.5,
        objective=float(found.fun),
        bound=float(found.mip_dual_bound),
    )


def _cut_rows(network: Network, demand: Demand, flows: _Programme, options: Options) -> list[Any]:
    """Return that a cut counts for what flows there, and for nothing unless it is bought.

    The column of class k and cut m is how much of the class gains by the cut.
    """
    from scipy import sparse  # noqa: PLC0415
    from scipy.optimize import LinearConstraint  # noqa: PLC0415

    kinds, cuts = options.cut.shape
    if not cuts:
        return []
    whole = np.bincount(
        np.repeat(demand.kind, np.diff(demand.start)), weights=demand.amount, minlength=kinds
    )
    passes = np.asarray((options.cut_arcs > 0).sum(axis=1), np.float64).ravel()
    by_commodity: list[Any] = [
        sparse.hstack([options.cut_arcs * float(kind == k) for kind in demand.kind])
        for k in range(kinds)
    ]
    through = sparse.vstack(by_commodity)  # (K M, C A)
    left = sparse.csr_array((kinds * cuts, len(demand.amount)))
    gains, buys = sparse.eye_array(kinds * cuts), len(options.cost)
    no_flow = sparse.csr_array((kinds * cuts, len(flows.cost)))
    most = np.zeros((kinds, cuts, buys))
    most[:, np.arange(cuts), options.cut_by] = np.outer(
        whole, np.minimum(passes, len(network.first))
    )
    none = sparse.csr_array((kinds * cuts, buys))
    return [
        LinearConstraint(sparse.hstack([-through, -left, gains, none]), -np.inf, 0.0),
        LinearConstraint(
            sparse.hstack([no_flow, gains, -sparse.csr_array(most.reshape(kinds * cuts, buys))]),
            -np.inf,
            0.0,
        ),
    ]


class _Programme:
    """Columns: the flow of each commodity on each arc, then what stays behind of each demand."""

    def __init__(self, network: Network, demand: Demand, capacity: Array, penalty: float) -> None:
        from scipy import sparse  # noqa: PLC0415

        if not (capacity >= 0).all():
            raise DataError("a capacity is below 0, or not a number")
        arcs, goods = len(network.tail), len(demand.origin)
        if columns(network, demand) > COLUMNS:
            raise DataError(
                f"{goods:,} commodities on {arcs:,} arcs are too many for an exact programme",
                hint="take fewer regions or products, or a method with delays",
            )
        self.shape, self.demand = (goods, arcs), demand
        nodes = len(network.first) - 1
        every = np.arange(arcs)
        ends = np.concatenate([network.head, network.tail]), np.tile(every, 2)
        sign = np.repeat([1.0, -1.0], arcs)
        incidence = sparse.csr_array((sign, ends), shape=(nodes, arcs))
        count = np.diff(demand.start)
        good = np.repeat(np.arange(goods), count)
        rows = good * nodes + demand.destination
        cells = (np.ones(len(rows)), (rows, np.arange(len(rows))))
        behind = sparse.csr_array(cells, shape=(goods * nodes, len(rows)))
        supply = np.zeros(goods * nodes)
        np.add.at(supply, rows, demand.amount)
        kept = np.ones(goods * nodes, bool)
        kept[np.arange(goods) * nodes + demand.origin] = False  # follows from the others
        balance = sparse.hstack([sparse.block_diag([incidence] * goods), behind])
        self.balance = sparse.csr_array(balance)[np.flatnonzero(kept)]
        self.supply = supply[kept]
        self.finite = np.flatnonzero(np.isfinite(capacity))
        self.limit = capacity[self.finite]
        self.uses: Any = None
        if len(self.finite):
            mine = sparse.csr_array(network.uses)[self.finite]
            nobody = sparse.csr_array((len(self.finite), len(rows)))
            self.uses = sparse.hstack([*[mine] * goods, nobody]).tocsr()
        self.cost = np.concatenate(
            [demand.cost[demand.kind].ravel(), np.full(len(demand.amount), penalty)]
        )

    def told(self, x: Array) -> tuple[Array, Array]:
        """Return flows by class and arc, and what stays behind."""
        goods, arcs = self.shape
        flow = np.zeros_like(self.demand.cost)
        np.add.at(flow, self.demand.kind, x[: goods * arcs].reshape(goods, arcs))
        return flow, x[goods * arcs :]
