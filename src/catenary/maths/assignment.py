"""Flows on the routes of a network that grow longer as they fill: equilibrium and optimum.

Everything that depends on flow happens in some places with a capacity, which arcs use; all else is
a fixed cost of each arc. So a state is the flow through those places and one number, what all pay
in fixed costs, and the arcs are only needed to find cheapest routes and to tell the answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from catenary.errors import DataError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from catenary.maths.delays import Delay

    Array = NDArray[np.float64]
    Integers = NDArray[np.int64]
    Flags = NDArray[np.bool_]

__all__ = ["Assigned", "Demand", "Network", "Round", "assigned"]

_CLOSE: Final = 0.99  # most weight of an earlier direction
_HALVINGS: Final = 100  # of the exact line search


@dataclass(frozen=True, kw_only=True, eq=False)
class Network:
    """Arcs from node to node, and the places with a capacity that they use; made by `of`."""

    tail: Integers
    """(A,), sorted."""
    head: Integers
    first: Integers
    """First arc of each node, (nodes + 1,)."""
    uses: Any
    """Sparse (R, A): how often an arc uses a place."""

    @classmethod
    def of(cls, nodes: int, tail: Integers, head: Integers, uses: Any) -> Network:
        """Check and arrange a network.

        Parameters
        ----------
        nodes
            Number of nodes.
        tail, head
            Ends of each arc, (A,), sorted by tail.
        uses
            Sparse (R, A), ≥ 0: how often an arc uses a place.

        Raises
        ------
        DataError
            If an end is no node, arcs are not sorted, or `uses` is not about those arcs.

        Examples
        --------
        >>> from scipy.sparse import csr_array
        >>> Network.of(2, np.array([0]), np.array([1]), csr_array((0, 1))).first.tolist()
        [0, 1, 1]
        """
        if len(tail) != len(head) or uses.shape[1] != len(tail):
            raise DataError(
                f"{len(tail):,} tails have {len(head):,} heads, and uses has {uses.shape[1]:,} arcs"
            )
        if len(tail) and (min(tail.min(), head.min()) < 0 or max(tail.max(), head.max()) >= nodes):
            raise DataError(f"an arc ends at what is no node; nodes are 0 … {nodes - 1}")
        if (np.diff(tail) < 0).any():
            raise DataError("the arcs are not sorted", hint="sort them by tail")
        first = np.searchsorted(tail, np.arange(nodes + 1)).astype(np.int64)
        return cls(tail=tail.astype(np.int64), head=head.astype(np.int64), first=first, uses=uses)


@dataclass(frozen=True, kw_only=True, eq=False)
class Demand:
    """What has to go from where to where, by class: goods of one class see the same costs."""

    cost: Array
    """Fixed cost of an arc to a unit of each class, (K, A), ≥ 0."""
    kind: Integers
    """Class of each commodity, (C,), sorted: a commodity is what leaves one node in one class."""
    origin: Integers
    """Node, (C,)."""
    start: Integers
    """First demand of each commodity, (C + 1,)."""
    destination: Integers
    """Node of each demand, (N,)."""
    amount: Array
    """(N,), > 0."""

    def __post_init__(self) -> None:
        """Refuse what no flow can answer."""
        if not (self.cost >= 0).all() or not (self.amount > 0).all():
            raise DataError("a cost is below 0, or an amount is not above 0")
        if (np.diff(self.kind) < 0).any() or self.start[-1] != len(self.amount):
            raise DataError("commodities are not sorted by class, or their demands do not add up")


class Round(NamedTuple):
    """How far an assignment had come."""

    objective: float
    gap: float
    """Objective over the best lower bound so far, minus 1."""
    step: float


@dataclass(frozen=True, kw_only=True, eq=False)
class Assigned:
    """Flows on a network."""

    flow: Array
    """Of each class on each arc, (K, A)."""
    load: Array
    """Through each place, (R,)."""
    delay: Array
    """In each place, (R,)."""
    cost: Array
    """What the cheapest route of each demand costs at those delays, (N,); inf = none."""
    objective: float
    """Fixed costs and integrals of delays (equilibrium), or costs with delays (optimum)."""
    bound: float
    """No flow has a smaller objective than this."""
    rounds: tuple[Round, ...]

    @property
    def gap(self) -> float:
        """Objective over its lower bound, minus 1."""
        return _gap(self.objective, self.bound)


class _Point(NamedTuple):
    """Flows as the algorithm sees them."""

    flow: Array
    load: Array
    fixed: float


def _gap(objective: float, bound: float) -> float:
    if objective <= bound:
        return 0.0
    return (objective - bound) / bound if bound > 0 else np.inf


def _mixed(points: list[tuple[float, _Point]]) -> _Point:
    """Return a weighted mean of points."""
    used = [(weight, point) for weight, point in points if weight]
    if len(used) == 1:
        return used[0][1]
    flow = used[0][0] * used[0][1].flow
    for weight, point in used[1:]:
        flow += weight * point.flow
    load = sum(weight * point.load for weight, point in used)
    fixed = sum(weight * point.fixed for weight, point in used)
    return _Point(flow, np.asarray(load, np.float64), float(fixed))


class _Goal:
    """What is least: in equilibrium the sum of integrals, in the optimum the sum of delays."""

    def __init__(self, delay: Delay, *, optimum: bool) -> None:
        self.delay, self.optimum = delay, optimum

    def value(self, point: _Point) -> float:
        load = point.load
        parts = load * self.delay.value(load) if self.optimum else self.delay.integral(load)
        return point.fixed + float(parts.sum())

    def price(self, load: Array) -> Array:
        """Return the gradient by place."""
        price = self.delay.value(load)
        return price + load * self.delay.slope(load) if self.optimum else price

    def curvature(self, load: Array) -> Array:
        slope = self.delay.slope(load)
        return 2 * slope + load * self.delay.bend(load) if self.optimum else slope


def assigned(
    network: Network,
    demand: Demand,
    delay: Delay,
    *,
    optimum: bool = False,
    gap: float = 1e-6,
    most: int = 500,
) -> Assigned:
    """Send demand by routes such that nobody gains by another (or that all together pay least).

    The algorithm of Frank and Wolfe with bi-conjugate directions and an exact line search. Each
    round gives a lower bound, so that the gap says how far from the answer the flows may be.
    Demand without a route is left out; its cost is inf.

    Parameters
    ----------
    network
        Arcs and places.
    demand
        Fixed costs by class, and what has to go where. A delay costs every class as much as itself:
        costs are in units of time, or there is one class.
    delay
        Delays of the R places.
    optimum
        Least total cost (system optimum) instead of an equilibrium of users (Wardrop).
    gap
        Relative gap at which it is done.
    most
        Most rounds.

    References
    ----------
    Mitradjieva, M. & Lindberg, P. O. (2013), The stiff is moving: conjugate direction Frank-Wolfe
    methods with applications to traffic assignment. Transportation Science 47(2), 280-293.

    Examples
    --------
    Two ways side by side, of which the shorter one fills up:

    >>> from scipy.sparse import csr_array
    >>> from catenary.maths.delays import Bpr
    >>> roads = Network.of(2, np.array([0, 0]), np.array([1, 1]), csr_array(np.array([[1.0, 0]])))
    >>> asked = Demand(
    ...     cost=np.array([[1.0, 2.0]]), kind=np.array([0]), origin=np.array([0]),
    ...     start=np.array([0, 1]), destination=np.array([1]), amount=np.array([30.0]))
    >>> found = assigned(roads, asked, Bpr(np.array([1.0]), np.array([10.0]), share=1, power=1))
    >>> found.flow.round(6).tolist(), found.delay.round(6).tolist()
    ([[10.0, 20.0]], [1.0])
    """
    goal = _Goal(delay, optimum=optimum)
    nothing = np.zeros(network.uses.shape[0])
    here, cost = _cheapest(network, demand, goal.price(nothing))
    best, rounds = -np.inf, [Round(goal.value(here), np.inf, 1.0)]
    earlier: list[_Point] = []
    last_step = 0.0
    while True:
        price = goal.price(here.load)
        aim, cost = _cheapest(network, demand, price)
        value = goal.value(here)
        ahead = (aim.fixed - here.fixed) + float(price @ (aim.load - here.load))
        best = max(best, value + ahead)
        rounds[-1] = Round(value, _gap(value, best), rounds[-1].step)
        if rounds[-1].gap <= gap or len(rounds) > most:
            break
        target = _direction(here, aim, earlier, goal.curvature(here.load), last_step)
        step = _step(goal, here, target)
        if target is not aim and step <= 0:
            target, earlier = aim, []
            step = _step(goal, here, target)
        if step <= 0:  # no better by rounding
            break
        earlier = [target, *earlier[:1]] if step < 1 else []
        here, last_step = _mixed([(1 - step, here), (step, target)]), step
        rounds.append(Round(value, np.inf, step))
    return Assigned(
        flow=here.flow, load=here.load, delay=delay.value(here.load), cost=cost,
        objective=goal.value(here), bound=best, rounds=tuple(rounds),
    )  # fmt: skip


def _cheapest(network: Network, demand: Demand, price: Array) -> tuple[_Point, Array]:
    """Return all demand on the routes that are cheapest at prices of places, and what they cost."""
    from catenary.maths import assignment_kernels as kernels  # noqa: PLC0415  brings numba

    flow = np.zeros_like(demand.cost)
    cost = np.empty(len(demand.amount))
    toll = network.uses.T @ price
    for kind in range(len(flow)):
        some = slice(*np.searchsorted(demand.kind, [kind, kind + 1]))
        at = slice(demand.start[some.start], demand.start[some.stop])
        kernels.loaded(
            network.first, network.tail, network.head, demand.cost[kind] + toll,
            demand.origin[some], demand.start[some.start : some.stop + 1] - at.start,
            demand.destination[at], demand.amount[at], flow[kind], cost[at],
        )  # fmt: skip
    load = np.asarray(network.uses @ flow.sum(axis=0), np.float64)
    return _Point(flow, load, float((flow * demand.cost).sum())), cost


def _direction(
    here: _Point, aim: _Point, earlier: list[_Point], curvature: Array, step: float
) -> _Point:
    """Return where to go: conjugate to the last two directions, as far as there are any."""
    if not earlier:
        return aim
    down, last = aim.load - here.load, earlier[0].load - here.load

    def product(one: Array, other: Array) -> float:
        return float((one * curvature) @ other)

    own = product(last, last)
    if own <= 0:
        return aim
    second = 0.0
    if len(earlier) == 2 and step < 1:
        older = step * earlier[0].load + (1 - step) * earlier[1].load - here.load
        along = product(older, earlier[1].load - earlier[0].load)
        second = max(0.0, -product(older, down) / along) if along > 0 else 0.0
    first = max(0.0, -product(last, down) / own + second * step / (1 - step))
    share = first + second
    if share <= 0:
        return aim
    whole = min(share / (1 + share), _CLOSE)
    return _mixed(
        [(1 - whole, aim), (whole * first / share, earlier[0])]
        + ([(whole * second / share, earlier[1])] if second else [])
    )


def _step(goal: _Goal, here: _Point, target: _Point) -> float:
    """Return how far to go, 0 … 1: where the objective no longer falls."""
    move, fixed = target.load - here.load, target.fixed - here.fixed

    def rise(at: float) -> float:
        return fixed + float(goal.price(here.load + at * move) @ move)

    low, high = 0.0, 1.0
    if rise(0.0) >= 0:
        return 0.0
    if rise(high) <= 0:
        return 1.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if not low < middle < high:
            break
        low, high = (low, middle) if rise(middle) > 0 else (middle, high)
    return low
