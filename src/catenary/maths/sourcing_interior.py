"""Whom to buy how much from, when there are too many for a general solver.

A primal-dual interior point method (Mehrotra's predictor and corrector) that uses the form of the
problem: every delivery is tied only to its supplier's contract, the demand of its period, and sums
by region and future. All deliveries are eliminated, and what is left is one dense symmetric system
with a row for each period, region and future. A bound from the prices proves how near it is.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from catenary.errors import ComputationError
from catenary.maths.sourcing_rows import Rows

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from catenary.maths.sourcing import Market

    Array = NDArray[np.float64]

__all__ = ["Interior", "interior"]

_ROUNDS: Final = 300
_BACK: Final = 0.9  # how far towards a bound a step goes
_ENOUGH: Final = 1e-8
_PATIENCE: Final = 20  # rounds without progress
_PASSABLE: Final = 1e-6
_CORRECTIONS: Final = 4
_MANY: Final = 200
"""From so many suppliers on, likely ones are tried first."""
_FAR: Final = 0.9
_REFINED: Final = 2
_HAIR: Final = 1e-13


@dataclass(frozen=True, kw_only=True, eq=False)
class Interior:
    """An optimum in the units of the market."""

    contract: Array
    """(I,)."""
    deliveries: Array
    """(W, I, T)."""
    stock: Array
    """(W, T)."""
    short: Array
    """(W, T)."""
    price: Array
    """What one more unit of demand costs, (W, T)."""
    shadow: Array
    """What one more unit under each cap saves, (W, G), ≥ 0."""
    money: float
    """What one more dollar of budget saves, ≥ 0."""
    bound: float
    """No plan costs less."""
    rounds: int
    """Iterations."""
    prices: Array
    """Of all rows, in the units of the search."""


def interior(market: Market) -> Interior:
    """Solve a market of any size without whole numbers.

    Raises
    ------
    ComputationError
        If it does not converge, as where no plan keeps all limits.

    References
    ----------
    Mehrotra, S. (1992), On the implementation of a primal-dual interior point method. SIAM Journal
    on Optimization 2(4), 575-601.
    """
    much = max(float(market.demand.mean()), 1e-300)
    dear = max(float(np.median(market.cost)), 1e-300)
    with threadpool_limits(1):  # its matrices are small: threads would wait for each other
        found = _sifted(market.scaled(much, dear))
    money = much * dear
    return Interior(
        contract=found.contract * much, deliveries=found.deliveries * much,
        stock=found.stock * much, short=found.short * much, price=found.price * dear,
        shadow=found.shadow * dear, money=found.money, bound=found.bound * money,
        rounds=found.rounds, prices=found.prices,
    )  # fmt: skip


def _sifted(market: Market) -> Interior:
    """Solve with likely suppliers, and with all others that would earn something at its prices."""
    rows = Rows(market)
    futures, suppliers, _ = market.available.shape
    if futures == 1 or suppliers < _MANY:
        return _Search(rows).run()
    likely = _Search(Rows(market.mean()))
    first = likely.run()
    chosen = first.contract > _PASSABLE * market.demand.mean()
    chosen |= _top(_earned(likely.rows, first.prices), int(chosen.sum()) // 2 + _MANY)
    while True:
        live = np.flatnonzero(chosen)
        found = _Search(Rows(_part(market, live))).run()
        earned = _earned(rows, found.prices)
        earned[chosen] = 0.0
        bound = _bound(rows, found.prices)
        if earned.sum() <= _ENOUGH * (1 + abs(bound)):
            contract, deliveries = np.zeros(suppliers), np.zeros(market.available.shape)
            contract[live], deliveries[:, live] = found.contract, found.deliveries
            return replace(found, contract=contract, deliveries=deliveries, bound=bound)
        chosen |= (earned > 0) & _top(earned, len(live) // 2)


def _part(market: Market, live: NDArray[np.int64]) -> Market:
    """Return a market with some suppliers only."""
    return replace(
        market, cost=market.cost[live], capacity=market.capacity[live],
        reserve=market.reserve[live], available=np.ascontiguousarray(market.available[:, live]),
        member=market.member[:, live], blind=None,
    )  # fmt: skip


def _top(values: Array, count: int) -> NDArray[np.bool_]:
    """Return which values are among the largest."""
    found = np.zeros(len(values), bool)
    found[np.argsort(-values, kind="stable")[:count]] = True
    return found


def _earned(rows: Rows, prices: Array) -> Array:
    """Return what the whole capacity of each supplier would earn at given prices, (I,), ≥ 0."""
    from catenary.maths.sourcing_kernels import worth  # noqa: PLC0415  numba

    m = rows.market
    own = m.reserve * (1 - m.aversion - float(rows.reserve_rows @ prices))
    gain = worth(m.available, m.cost, rows.own, *rows.split(prices)) - own
    return np.asarray(np.maximum(gain, 0.0) * m.capacity)


class _Search:
    """The state of one search; everything is of the order of 1."""

    def __init__(self, rows: Rows) -> None:
        self.rows, self.m = rows, rows.market
        m, shape = self.m, rows.market.available.shape
        self.K, self.rest = m.capacity / 2, m.capacity / 2
        self.zK, self.zrest = np.ones_like(self.K), np.ones_like(self.K)
        half = m.available * self.K[None, :, None] / 2
        self.y, self.room = half.copy(), half.copy()
        self.low, self.high = np.ones(shape), np.ones(shape)
        self.x = np.ones(rows.N.shape[1])
        self.z = np.ones(rows.N.shape[1])
        self.prices = np.zeros(rows.count)
        self.prices[rows.balance] = m.chance[:, None]
        self.values = [self.y, self.room, self.K, self.rest, self.x]
        self.duals = [self.low, self.high, self.zK, self.zrest, self.z]
        self.d = [[np.zeros_like(one) for one in self.values] for _ in range(2)]
        self.dprices = np.zeros(rows.count)
        self.aims = [np.zeros_like(one) for one in self.values]
        self.weight, self.pull, self.given = (np.zeros(shape) for _ in range(3))
        W, I, T = shape  # noqa: E741
        self.sums = [np.zeros((W, T)), np.zeros((W, I)), np.zeros(W), np.zeros(I)]
        some = (m.available > 0).astype(np.float64)
        self.shares = [some, some, np.ones(I), np.ones(I), np.ones(len(self.x))]
        self.live = sum(float(one.sum()) for one in self.shares)

    def state(self) -> tuple[Any, ...]:
        """Return what kernels read."""
        return (
            self.y, self.room, self.low, self.high, self.m.available, self.m.cost, self.K,
            self.rows.own, *self.rows.split(self.prices),
        )  # fmt: skip

    def run(self) -> Interior:
        """Iterate until primal and dual agree."""
        from catenary.maths import sourcing_kernels as kernels  # noqa: PLC0415  numba

        best, told, idle = np.inf, None, 0
        for turn in range(_ROUNDS):
            gap, error = self._looked(kernels)
            idle = 0 if error < best else idle + 1
            if error < best:
                best = error
                if error <= _PASSABLE:
                    told = self._told(turn)
            if best <= _ENOUGH or idle > _PATIENCE or not np.isfinite(error):
                break
            self._advance(kernels, gap)
        if told is None:
            raise ComputationError(
                f"the search for a plan did not settle in {turn + 1} rounds",
                hint="allow shortages by a penalty, or loosen the caps or the budget",
            )
        return told

    def _looked(self, kernels: Any) -> tuple[float, float]:
        """Return the gap of complementarity, and the largest relative error."""
        gap, worst, slanted = kernels.residuals(*self.state(), *self.sums)
        self.primal_left = self._primal_left()
        self.dual_left = self.rows.cost - self.rows.N.T @ self.prices - self.z
        own = float(self.m.reserve @ self.K * (1 - self.m.aversion))
        self.contract_dual = self._contract_dual()
        gap += float(self.x @ self.z + self.K @ self.zK + self.rest @ self.zrest)
        cost = own + float(self.rows.cost @ self.x) + float(self.rows.own @ self.sums[2])
        worst = max(worst, float(np.abs(self.primal_left).max()))
        slanted = max(
            slanted,
            float(np.abs(self.dual_left).max()),
            float(np.abs(self.contract_dual).max()),
        )
        sizes = 1 + abs(cost), 1 + float(np.abs(self.rows.b).max())
        return gap, max(gap / sizes[0], worst / sizes[1], slanted)

    def _primal_left(self) -> Array:
        rows = self.rows
        given = rows.joined(*self.sums[:3]) + rows.reserve_rows * float(self.m.reserve @ self.K)
        return np.asarray(rows.b - given - rows.N @ self.x)

    def _contract_dual(self) -> Array:
        """Return the dual residual of contracts; the price of room is minus `high`."""
        r = self.m.reserve * (1 - self.m.aversion - float(self.rows.reserve_rows @ self.prices))
        return r - self.sums[3] - self.zK + self.zrest

    def _advance(self, kernels: Any, gap: float) -> None:
        """Make one step: predict, centre, and correct what a longer step would spoil."""
        step = _Step(self, kernels)
        mean = gap / self.live
        self._each(kernels.aimed, 0.0, 1)
        p, q = (min(1.0, one) for one in step.find())
        after = sum(
            kernels.moved(*(one.reshape(-1) for one in four), p, q)
            for four in zip(self.values, self.duals, *self.d, strict=True)
        )
        target = max(after / gap, 0.0) ** 3 * mean
        self._each(kernels.aimed, target, 2)
        best = step.find()
        for _ in range(_CORRECTIONS):
            if min(best) > _FAR:
                break
            kept = [[one.copy() for one in part] for part in self.d], self.dprices
            p, q = (min(1.0, 1.5 * one + 0.1) for one in best)
            self._each(kernels.centred, p, q, 0.1 * target, 10 * target)
            now = step.find()
            if min(1.0, now[0]) + min(1.0, now[1]) < min(1.0, best[0]) + min(1.0, best[1]) + 0.02:
                self.d, self.dprices = kept
                break
            best = now
        p, q = (min(1.0, _BACK * one) for one in best)
        for part, move, share in (
            (self.values, self.d[0], p), (self.duals, self.d[1], q),
            ([self.prices], [self.dprices], q),
        ):  # fmt: skip
            for one, by in zip(part, move, strict=True):
                np.add(one, share * by, out=one)

    def _each(self, kernel: Any, *more: Any) -> None:
        for six in zip(self.values, self.duals, *self.d, self.aims, self.shares, strict=True):
            kernel(*(one.reshape(-1) for one in six), *more)

    def _told(self, turn: int) -> Interior:
        rows = self.rows
        money = -float(self.prices[-1]) if rows.budgeted else 0.0
        return Interior(
            contract=self.K.copy(),
            deliveries=np.minimum(self.y, self.m.available * self.K[:, None]),
            stock=self.x[rows.stock], short=self.x[rows.short], price=self.prices[rows.balance],
            shadow=-self.prices[rows.capped], money=money, bound=_bound(rows, self.prices),
            rounds=turn, prices=self.prices.copy(),
        )  # fmt: skip


class _Step:
    """The matrix of one step, factored, and steps found with it."""

    def __init__(self, search: _Search, kernels: Any) -> None:
        from scipy.linalg import cho_factor  # noqa: PLC0415  slow to import

        self.s, self.kernels = search, kernels
        s, rows, m = search, search.rows, search.m
        W, I, T = m.available.shape  # noqa: E741
        by_period, cost_period = np.zeros((2, W, T))
        by_supplier, cost_supplier, pulled, cost_pulled = np.zeros((4, W, I))
        squares, self.stiff = np.zeros(W), np.zeros(I)
        kernels.factors(
            s.y, s.room, s.low, s.high, m.available, m.cost, s.weight, s.pull, by_period,
            cost_period, by_supplier, cost_supplier, squares, pulled, cost_pulled, self.stiff,
        )  # fmt: skip
        self.DK, self.Drest = s.K / s.zK, s.rest / s.zrest
        self.E = self.DK * self.Drest / (self.DK + self.Drest)
        self.soft = self.E / (1 + self.E * self.stiff)
        self.D2 = s.x / s.z
        self.U = self._pulls(pulled, cost_pulled)
        M = (rows.N * self.D2[None, :] @ rows.N.T).toarray()
        self._blocks(M, by_period, cost_period, by_supplier, cost_supplier, squares)
        live = self.soft * np.square(self.U).sum(axis=0) > 1e-18
        root = self.U[:, live] * np.sqrt(self.soft[live])
        M += root @ root.T
        diagonal = np.einsum("ii->i", M)
        self.scale = 1 / np.sqrt(np.maximum(diagonal, 1e-300))
        M *= self.scale[:, None]
        M *= self.scale[None, :]
        diagonal += _HAIR
        self.M, self.factor = M, cho_factor(M, lower=True, check_finite=False)

    def find(self) -> tuple[float, float]:
        """Fill the step for what is aimed at; return how far primal and dual may go."""
        s, rows, m = self.s, self.s.rows, self.s.m
        period, supplier, cost, pressed = (np.zeros_like(one) for one in s.sums)
        rK, rrest, r2 = s.aims[2:]
        self.kernels.right(*s.state(), *s.aims[:2], s.given, period, supplier, cost, pressed)
        hK = rK / s.zK - self.DK * s.contract_dual
        left = m.capacity - s.K - s.rest
        # the price of the rest of a contract is minus zrest, exactly
        bent = hK + self.DK * (left - hK - rrest / s.zrest) / (self.DK + self.Drest)
        fixed = (bent - self.E * pressed) / (1 + self.E * self.stiff)
        h2 = r2 / s.z - self.D2 * s.dual_left
        b = s.primal_left - rows.joined(period, supplier, cost) - rows.N @ h2 - self.U @ fixed
        s.dprices = self.scale * self._solved(self.scale * b)
        dK = fixed + self.soft * (self.U.T @ s.dprices)
        drest = left - dK
        primal, dual = self.kernels.steps(
            *s.state(), *s.d[0][:2], *s.d[1][:2], *s.aims[:2], s.given, s.weight, s.pull, dK,
            *rows.split(s.dprices), pressed,
        )  # fmt: skip
        lean = s.contract_dual - pressed - m.reserve * float(rows.reserve_rows @ s.dprices)
        inner = s.rest > s.K
        dzrest = (rrest - s.zrest * drest) / s.rest
        dzK = (rK - s.zK * dK) / s.K
        dzK, dzrest = np.where(inner, lean + dzrest, dzK), np.where(inner, dzrest, dzK - lean)
        values = dK, drest, h2 + self.D2 * (rows.N.T @ s.dprices)
        duals = dzK, dzrest, s.dual_left - rows.N.T @ s.dprices
        for k in range(3):
            s.d[0][2 + k][:], s.d[1][2 + k][:] = values[k], duals[k]
        primal = min([primal, *map(_most, s.values[2:], values)])
        dual = min([dual, *map(_most, s.duals[2:], duals)])
        return primal, dual

    def _solved(self, b: Array) -> Array:
        from scipy.linalg import cho_solve  # noqa: PLC0415

        found = cho_solve(self.factor, b, check_finite=False)
        for _ in range(_REFINED):
            found = found + cho_solve(self.factor, b - self.M @ found, check_finite=False)
        return np.asarray(found)

    def _pulls(self, pulled: Array, cost_pulled: Array) -> Array:
        """Return how contracts move the rows, (rows, I)."""
        rows, m = self.s.rows, self.s.m
        U = np.zeros((rows.count, rows.I))
        U[rows.balance] = self.s.pull.transpose(0, 2, 1)
        if rows.G:
            U[rows.capped] = m.member[None, :, :] * pulled[:, None, :]
        if rows.tailed:
            U[rows.tail] = m.reserve[None, :] + cost_pulled
        if rows.budgeted:
            U[-1] = m.reserve + m.chance @ cost_pulled
        return U

    def _blocks(self, M: Array, A1: Array, A3: Array, A4: Array, A5: Array, A6: Array) -> None:
        """Add what deliveries do to the matrix of a step."""
        rows, m = self.s.rows, self.s.m
        M[rows.balance, rows.balance] += A1
        if rows.G:
            cross = np.matmul(m.member[None], self.s.weight)  # (W, G, T)
            M[rows.capped[:, :, None], rows.balance[:, None, :]] += cross
            M[rows.balance[:, :, None], rows.capped[:, None, :]] += cross.transpose(0, 2, 1)
            within = np.matmul(m.member[None] * A4[:, None, :], m.member.T)
            M[rows.capped[:, :, None], rows.capped[:, None, :]] += within
        paid = A5 @ m.member.T
        if rows.tailed:
            at = rows.tail
            M[at[:, None], rows.balance] += A3
            M[rows.balance, at[:, None]] += A3
            M[at[:, None], rows.capped] += paid
            M[rows.capped, at[:, None]] += paid
            M[at, at] += A6
        if rows.budgeted:
            by = m.chance[:, None]
            for where, what in ((rows.balance, by * A3), (rows.capped, by * paid)):
                M[-1, where] += what
                M[where, -1] += what
            if rows.tailed:
                M[-1, rows.tail] += m.chance * A6
                M[rows.tail, -1] += m.chance * A6
            M[-1, -1] += m.chance**2 @ A6


def _most(value: Array, change: Array) -> float:
    """Return how far a change may go until something is zero."""
    down = change < 0
    return float((-value[down] / change[down]).min()) if down.any() else 1e30


def _bound(rows: Rows, prices: Array) -> float:
    """Return a cost that no plan undercuts: the dual function at prices made feasible."""
    m = rows.market
    lack = rows.cost - rows.N.T @ prices
    value = float(rows.b @ prices) - float(_earned(rows, prices).sum())
    # what is slightly infeasible in the dual is charged at the most its column could be
    return value + float(np.minimum(lack, 0.0).sum()) * float(m.demand.sum())
