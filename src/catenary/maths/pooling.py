"""What parties pay who keep stock or capacity against shortages: each for itself, or together.

A group buys stock (or capacity) before anybody knows the future. In each future every member has
a right to a share of what is still supplied; what it needs beyond that comes out of what the group
keeps, or is short. Rights of members may be passed on within the group: those goods have not left
their maker yet. Stock that is passed on pays freight, and arrives later.

What a group pays is a linear programme whose right-hand sides are sums over members. Such games
have a core (Owen 1975): at the prices of the programme of all, nobody leaves.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from catenary.errors import DataError
from catenary.maths.programme import Programme

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from catenary.maths.programme import Solved

    Array = NDArray[np.float64]
    Flags = NDArray[np.bool_]
    Integers = NDArray[np.int64]

__all__ = ["MOST", "Group", "Joint", "Pool"]

MOST = 3_000_000
"""Most columns of a programme."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Joint:
    """The cheapest plan of a group; what concerns others is 0."""

    cost: float
    """In the mean, for a year."""
    kept: Array
    """Stock, or capacity by period, (N,)."""
    short: Array
    """Not delivered, (N, W, T)."""
    received: Array
    """Of what is still supplied, (N, W, T)."""
    sent: Array
    """Freight that each member pays for what it receives from others, in the mean, (N,)."""
    price: Array
    """What each member brings and needs, at the prices of the programme, (N,): Owen's split."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Pool:
    """N members, W futures, T periods."""

    need: Array
    """Units in each period, (N, W, T)."""
    supply: Array
    """Units to which a member has a right, (N, W, T)."""
    chance: Array
    """That a future comes in a year, (W,)."""
    cost: Array
    """Of a unit of stock, or of capacity for a unit a period, kept for a year, (N,)."""
    penalty: Array
    """Of a unit that is short, (N,)."""
    held: Array
    """What each has already and pays nothing for, (N,)."""
    lasting: bool
    """True: capacity, of use in each period anew; False: stock, which is used up."""
    available: Array
    """Share of what is kept that can be used, (N, W, T); read of capacity only."""
    freight: Array
    """Of a unit from one to another, (N, N); inf = no way."""
    later: Integers
    """Periods on the way, (N, N)."""

    def __post_init__(self) -> None:
        """Refuse arrays that do not fit, and numbers that are none."""
        shape = self.need.shape
        if self.supply.shape != shape or self.available.shape != shape or len(shape) != 3:
            raise DataError("needs, supply and availability differ in members, futures or periods")
        for name in ("need", "supply", "chance", "cost", "penalty", "held", "available"):
            values = getattr(self, name)
            if not (np.isfinite(values) & (values >= 0)).all():
                raise DataError(f"{name} of a pool is not a number of 0 or more everywhere")

    @cached_property
    def programme(self) -> Group:
        """The programme, put together once."""
        return Group(self)

    def cost_of(self, members: Flags) -> float:
        """Return what a group pays in the mean of a year; 0 if it has no members.

        Parameters
        ----------
        members
            A flag for each, (N,).
        """
        return self.programme.solved(members)[1] if members.any() else 0.0

    def plan(self, members: Flags) -> Joint:
        """Return the cheapest plan of a group.

        References
        ----------
        Owen, G. (1975), On the core of linear production games. Mathematical Programming 9,
        358-370; Anily, S. & Haviv, M. (2010), Cooperation in service systems. Operations Research
        58(3), 660-673 (pooled reserves have a core as well).

        Examples
        --------
        Either of two may lose its supply, never both; stock for one serves both.

        >>> pool = Pool(
        ...     need=np.ones((2, 2, 1)), supply=np.array([[[0.0], [1]], [[1], [0]]]),
        ...     chance=np.array([0.1, 0.1]), cost=np.ones(2), penalty=np.full(2, 20.0),
        ...     held=np.zeros(2), lasting=False, available=np.ones((2, 2, 1)),
        ...     freight=np.zeros((2, 2)), later=np.zeros((2, 2), np.int64),
        ... )
        >>> [pool.plan(np.array(who)).cost for who in ([True, False], [True, True])]
        [1.0, 1.0]
        """
        return self.programme.plan(members)


class Group:
    """The programme of any group of the members of a pool."""

    def __init__(self, pool: Pool) -> None:
        hit = (pool.need > pool.supply).any(axis=(0, 2)) & (pool.chance > 0)
        self.pool, self.futures = pool, np.flatnonzero(hit)
        self.need, self.supply = pool.need[:, hit], pool.supply[:, hit]
        self.available = pool.available[:, hit] if pool.lasting else np.ones(self.need.shape)
        self.size = max(float(self.need.max(initial=0.0)), 1e-300)
        self.worth = max(float(pool.penalty.max(initial=0.0)), 1e-300)
        n, w, t = self.need.shape
        self.shape = n, w, t
        self.hub = not pool.freight.any() and not pool.later.any()
        origin, end = np.nonzero(np.isfinite(pool.freight) | np.eye(n, dtype=bool))
        lanes = n if self.hub else len(origin)
        if (lanes + 2 * n) * w * t > MOST:
            raise DataError(
                f"{n} members, {w} futures and {t} periods make a programme of "
                f"{(lanes + 2 * n) * w * t:,} columns, which is too large",
                hint="take fewer members, futures or periods",
            )
        self._build(origin, end)

    def _build(self, origin: Integers, end: Integers) -> None:
        pool, (n, w, t) = self.pool, self.shape
        one = Programme()
        chance = pool.chance[self.futures]
        cells = np.arange(w * t)
        at = np.arange(n * w * t)  # of a member, future and period
        self.kept = one.columns(n, cost=pool.cost / self.worth)
        self.received = one.columns(n * w * t)
        loss = np.broadcast_to((pool.penalty / self.worth)[:, None, None], self.shape)
        self.short = one.columns(n * w * t, cost=loss * chance[:, None])
        resource = at if pool.lasting else np.repeat(np.arange(n * w), t)
        rows = n * w * t if pool.lasting else n * w
        demand: list[tuple[Any, Any, Any]] = [(at, self.received, 1.0), (at, self.short, 1.0)]
        supply: list[tuple[Any, Any, Any]] = [(np.tile(cells, n), self.received, 1.0)]
        if self.hub:
            drawn = one.columns(n * w * t)
            supply.append((np.tile(cells, n), drawn, -1.0))
            use: list[tuple[Any, Any, Any]] = [(resource, drawn, 1.0)]
            self.lanes = np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0)
        else:
            where, cost, source = self._lanes(origin, end, chance)
            drawn = one.columns(len(where), cost=cost / self.worth)
            demand.append((where, drawn, 1.0))
            use = [(resource[source], drawn, 1.0)]
            self.lanes = where // (w * t), drawn, cost
        share = self.available.ravel() if pool.lasting else np.ones(rows)
        use.append((np.arange(rows), np.repeat(self.kept, rows // n), -share))
        one.rows("demand", 0.0, np.inf, *demand, count=n * w * t)
        one.rows("supply", -np.inf, 0.0, *supply, count=w * t)
        one.rows("kept", -np.inf, 0.0, *use, count=rows)
        self.width, self.share = one.width, share
        self._solve: Callable[[Array, Array, Array], Solved] = one.varied()

    def _lanes(
        self, origin: Integers, end: Integers, chance: Array
    ) -> tuple[Integers, Array, Integers]:
        """Return where goods of each lane arrive, what that costs, and where they come from."""
        pool, (_, w, t) = self.pool, self.shape
        own = origin == end
        cost = np.where(own, 0.0, pool.freight[origin, end])
        later = np.where(own, 0, pool.later[origin, end])
        lane, future, period = (one.ravel() for one in np.indices((len(origin), w, t)))
        kept = period >= later[lane]
        lane, future, period = lane[kept], future[kept], period[kept]
        arrives = (end[lane] * w + future) * t + period
        leaves = (origin[lane] * w + future) * t + period - later[lane]
        return arrives, cost[lane] * chance[future], leaves

    def solved(self, members: Flags) -> tuple[Solved, float]:
        """Return the solution for a group, and what that costs."""
        pool, (n, w, t) = self.pool, self.shape
        if not w:
            return self._nothing(), 0.0
        inside = members.astype(np.float64)
        demand = (self.need * inside[:, None, None] / self.size).ravel()
        supply = (self.supply * inside[:, None, None]).sum(axis=0).ravel() / self.size
        held = np.repeat(pool.held * inside, len(self.share) // n) * self.share / self.size
        upper = np.full(self.width, np.inf)
        upper[self.kept] = np.where(members, np.inf, 0.0)
        least = np.concatenate([demand, np.full(w * t + len(held), -np.inf)])
        most = np.concatenate([np.full(len(demand), np.inf), supply, held])
        found = self._solve(least, most, upper)
        return found, found.objective * self.size * self.worth

    def _nothing(self) -> Solved:
        from catenary.maths.programme import Solved  # noqa: PLC0415

        n, w, t = self.shape
        rows = n * w * t + w * t + len(self.share)
        return Solved(x=np.zeros(self.width), price=np.zeros(rows),
                      reduced=np.zeros(self.width), objective=0.0, bound=0.0)  # fmt: skip

    def _even(self, kept: Array, inside: Array) -> Array:
        """Return what is kept by need among those with whom it does as well and costs the same."""
        pool, n = self.pool, len(kept)
        alike = np.concatenate([pool.cost[:, None], inside[:, None]], axis=1)
        if pool.lasting:
            alike = np.concatenate([alike, pool.available[:, self.futures].reshape(n, -1)], axis=1)
        _, group = np.unique(alike, axis=0, return_inverse=True)
        group = group.ravel()
        need = pool.need.sum(axis=(1, 2)) + 1e-300
        total, weight = (np.bincount(group, weights=one) for one in (kept, need))
        return np.asarray(total[group] * need / weight[group])

    def plan(self, members: Flags) -> Joint:
        """Return the plan of a group in full."""
        pool, (n, w, t) = self.pool, self.shape
        found, cost = self.solved(members)
        short, received = np.zeros(pool.need.shape), np.zeros(pool.need.shape)
        short[:, self.futures] = found.x[self.short].reshape(n, w, t) * self.size
        received[:, self.futures] = found.x[self.received].reshape(n, w, t) * self.size
        whom, columns, price = self.lanes
        sent = np.bincount(whom, weights=found.x[columns] * price, minlength=n) * self.size
        inside = members.astype(np.float64)
        parts = np.split(found.price, [n * w * t, n * w * t + w * t])
        held = pool.held[:, None] * self.share.reshape(n, -1)
        own = (
            (parts[0].reshape(n, -1) * self.need.reshape(n, -1)).sum(axis=1)
            + self.supply.reshape(n, -1) @ parts[1]
            + (parts[2].reshape(n, -1) * held).sum(axis=1)
        )
        kept = found.x[self.kept] * self.size
        return Joint(
            cost=cost, kept=self._even(kept, inside) if self.hub else kept, short=short,
            received=received, sent=sent.astype(np.float64), price=own * inside * self.worth,
        )  # fmt: skip
