"""Who gets what is left when nobody agrees: each keeps stock for itself and bids for the rest.

Where somebody is cut, what is still supplied is split in proportion to bids, which are paid on top
of the usual price (Kelly's proportional share; Shapley and Shubik's trading post). Sellers keep a
bid of their own, so that nobody gets everything for nothing. Stock, bids in every future and how
stock is drawn are chosen at once, given what the others do; where nobody gains by another choice is
a Nash equilibrium. Costs are convex in one's own choice, so that one exists (Rosen 1965).

It is found in premiums: at the equilibrium, who buys x of the R that are left at a premium ρ pays
ρ / (1 − x / R) for the last unit, since its own bid raises the premium. What all buy by that rule
has to be what there is. Best answers to the bids that follow say how far from an equilibrium it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from catenary.maths.pooling import Pool

    Array = NDArray[np.float64]

__all__ = ["RESERVE", "Rivals", "scramble"]

RESERVE: Final = 1e-6
"""Least premium of sellers, as a share of the highest penalty: enough that a bid of nothing gets
nothing."""

_NEAR: Final = 1e-9  # of what all pay: what is good enough
_HAIR: Final = 1e-12
_TIGHT: Final = 1e-12
_STEPS: Final = 25
_ROUNDS: Final = 20
_TRIES: Final = 12


@dataclass(frozen=True, kw_only=True, eq=False)
class Rivals:
    """What N members do who agree on nothing."""

    cost: Array
    """Of each in the mean of a year, premiums included, (N,)."""
    kept: Array
    """Stock, or capacity by period, (N,)."""
    bid: Array
    """Premiums paid, (N, W, T)."""
    received: Array
    """Of what is still supplied, (N, W, T)."""
    short: Array
    """(N, W, T)."""
    premium: Array
    """On a unit, (W, T)."""
    residual: float
    """Most that any member could save by another choice, as a share of what all pay."""


@dataclass(frozen=True, kw_only=True, eq=False)
class _Own:
    """One member's question: groups of periods that one stock serves, (G, S) each."""

    need: Array
    chance: Array
    """(G,)."""
    yields: Array
    """What a unit that is kept gives in each group, (G,)."""
    cost: float
    penalty: float
    held: float

    def answer(self, left: Array, slope: Array, power: int) -> tuple[float, Array, Array]:
        """Return what to keep, what to buy, (G, S), and q, (G,), if the last unit is worth w.

        Then left − slope · w^(−1/power) is bought, within need; all of it is linear in
        q = w^(−1/power), so that bends are sorted and lines between them inverted.
        """
        least = self.penalty ** (-1 / power)
        most = np.minimum(self.need, left)

        def bought(q: Array) -> Array:
            return np.clip(left - slope * q, 0.0, most)

        steep = np.where(slope > 0, slope, 1.0)
        bends = np.concatenate([(left - most) / steep, left / steep], axis=1)
        bends = np.where(np.concatenate([slope, slope], axis=1) > 0, bends, least)
        start = np.full((len(bends), 1), least)
        bends = np.sort(np.concatenate([start, np.maximum(bends, least)], axis=1), axis=1)
        lacking = (self.need[:, None] - bought_at(left, slope, most, bends)).sum(axis=2)
        total = self.need.sum(axis=1)

        def worth(amount: Array) -> tuple[Array, Array]:
            q = _inverse(bends, lacking, amount)
            value = np.where(amount < lacking[:, 0], self.penalty, q ** (-power))
            return q, np.where(amount >= total, 0.0, value)

        kept = self._kept(worth, total)
        q, value = worth((kept + self.held) * self.yields)
        return kept, np.where((value > 0)[:, None], bought(q[:, None]), 0.0), q

    def slopes(self, left: Array, premium: Array) -> Array:
        """Return how what is bought moves with the logarithms of premiums, (G × S, G × S)."""
        kept, got, q = self.answer(left, left * premium, 1)
        moves = (got > _HAIR) & (got < np.minimum(self.need, left) - _HAIR)
        own = np.where(moves, left * premium * q[:, None], 0.0)  # −dx / d log ρ at the same q
        by_q = np.where(moves, left * premium, 0.0)
        amount, lacking = (kept + self.held) * self.yields, (self.need - got).sum(axis=1)
        full = (q > (1 + 1e-12) / self.penalty) & (amount < self.need.sum(axis=1))
        full &= np.abs(lacking - amount) <= 1e-9
        steep = by_q.sum(axis=1)
        some = full & (steep > 0)
        share = np.divide(by_q, steep[:, None], where=some[:, None], out=np.zeros(by_q.shape))
        groups, periods = self.need.shape
        found = -np.diag(own.ravel())
        for g in np.flatnonzero(some):
            at = slice(g * periods, (g + 1) * periods)
            found[at, at] += np.outer(share[g], own[g])
        stuck = full & (steep <= 0) & (self.yields > 0)
        pull = np.where(some, self.chance * self.yields / q**2, 0.0)
        pull = np.divide(pull, steep, where=some, out=np.zeros(groups))
        if kept > 0 and not stuck.any() and pull @ self.yields > 0:
            more = np.repeat(pull, periods) * own.ravel() / (pull @ self.yields)
            found -= np.outer((share * self.yields[:, None]).ravel(), more)
        return found

    def _kept(self, worth: Callable[[Array], tuple[Array, Array]], total: Array) -> float:
        """Return the stock whose last unit is worth what it costs."""
        from scipy.optimize import brentq  # noqa: PLC0415  slow to import

        weight = self.chance * self.yields

        def gain(kept: float) -> float:
            return float(weight @ worth((self.held + kept) * self.yields)[1]) - self.cost

        high = float(np.divide(total, self.yields, where=self.yields > 0, out=0 * total).max())
        if gain(0.0) <= 0 or high == 0:
            return 0.0
        return float(brentq(gain, 0.0, high, xtol=1e-15, rtol=1e-14)) if gain(high) < 0 else high

    def short(self, kept: float, got: Array) -> Array:
        """Return what is short, (G, S); stock goes to the first periods."""
        lacking = self.need - got
        before = np.cumsum(lacking, axis=1) - lacking
        stock = (kept + self.held) * self.yields
        rest: Array = np.maximum(lacking - np.maximum(stock[:, None] - before, 0.0), 0.0)
        return rest

    def pays(self, kept: float, bid: Array, got: Array) -> float:
        """Return what a choice costs."""
        each = (bid + self.penalty * self.short(kept, got)).sum(axis=1)
        return float(self.cost * kept + self.chance @ each)


def bought_at(left: Array, slope: Array, most: Array, q: Array) -> Array:
    """Return what is bought at each q of a row, (G, K, S)."""
    bought: Array = np.clip(left[:, None] - slope[:, None] * q[:, :, None], 0.0, most[:, None])
    return bought


def _inverse(x: Array, y: Array, wanted: Array) -> Array:
    """Return where lines that rise from bend to bend reach what is wanted, row by row."""
    at = np.clip((y <= wanted[:, None]).sum(axis=1), 1, y.shape[1] - 1)
    rows = np.arange(len(y))
    low, high = y[rows, at - 1], y[rows, at]
    share = np.clip((wanted - low) / np.where(high > low, high - low, 1.0), 0.0, 1.0)
    return np.asarray(x[rows, at - 1] + share * (x[rows, at] - x[rows, at - 1]))


def scramble(pool: Pool, *, start: float = 0.3) -> Rivals:
    """Return an equilibrium of members who agree on nothing.

    Parameters
    ----------
    pool
        Freight is not read: nobody passes anything on.
    start
        Premium from which to search, as a share of the highest penalty; it matters only if there is
        more than one equilibrium.

    References
    ----------
    Johari, R. & Tsitsiklis, J. N. (2004), Efficiency loss in a network resource allocation game.
    Mathematics of Operations Research 29(3), 407-435; Rosen, J. B. (1965), Existence and uniqueness
    of equilibrium points for concave n-person games. Econometrica 33(3), 520-534; Shapley, L. S. &
    Shubik, M. (1977), Trade using one commodity as a means of payment. Journal of Political
    Economy 85(5), 937-968.

    Examples
    --------
    Two alike who need 1 each of the 1 that is left: each bids a quarter of what a unit is worth.

    >>> from catenary.maths.pooling import Pool
    >>> pool = Pool(
    ...     need=np.ones((2, 1, 1)), supply=np.full((2, 1, 1), 0.5), chance=np.array([0.1]),
    ...     cost=np.full(2, 99.0), penalty=np.full(2, 20.0), held=np.zeros(2), lasting=False,
    ...     available=np.ones((2, 1, 1)), freight=np.zeros((2, 2)),
    ...     later=np.zeros((2, 2), np.int64),
    ... )
    >>> found = scramble(pool)
    >>> found.bid.ravel().round(3).tolist(), bool(found.residual < 1e-9)
    ([5.0, 5.0], True)
    """
    question = _Scramble(pool)
    premium = np.full(question.shape, start)
    best: Rivals | None = None
    for _ in range(_TRIES):
        premium = question.premiums(question.rounds(premium))
        found = question.told(premium)
        if best is None or found.residual < best.residual:
            best = found
        if best.residual < _NEAR:
            break
    assert best is not None  # noqa: S101  there is a try
    return best


def _newton(
    excess: Callable[[Array], Array], slopes: Callable[[Array], Array], y: Array, high: float
) -> tuple[Array, float]:
    """Return the best of some steps along pieces that are smooth, and how far from 0 it is."""
    best, least = y, np.inf
    for _ in range(_STEPS):
        gap = excess(y)
        size = float(np.abs(gap).max())
        if size < least:
            best, least = y, size
        if size <= _TIGHT:
            break
        # prices of futures that one stock serves may move against each other: where nothing else
        # tells them apart, they move by what is lacking
        steep = slopes(y) + 0.1 * size * np.eye(len(y))
        step = np.linalg.lstsq(steep, -gap, rcond=1e-14)[0]
        step *= min(1.0, 2.0 / max(float(np.abs(step).max()), 1e-300))
        y = np.clip(y + step, 1e-9, high)
    return best, least


class _Scramble:
    """The members' questions, in units of the largest need and the highest penalty."""

    def __init__(self, pool: Pool) -> None:
        n, w, t = pool.need.shape
        self.pool, self.count = pool, n
        self.size = max(float(pool.need.max(initial=0.0)), 1e-300)
        self.price = max(float(pool.penalty.max(initial=0.0)), 1e-300)
        cut = (pool.need > pool.supply).any(axis=0)  # elsewhere all get what they need
        self.cut = cut
        self.shape = (w * t, 1) if pool.lasting else (w, t)
        need = np.where(cut, pool.need, 0.0) / self.size
        self.left = np.where(cut, pool.supply.sum(axis=0), 0.0).reshape(self.shape) / self.size
        self.floor = RESERVE * self.left
        self.owns = [
            _Own(
                need=need[i].reshape(self.shape),
                chance=np.repeat(pool.chance, t) if pool.lasting else pool.chance,
                yields=pool.available[i].ravel() if pool.lasting else np.ones(w),
                cost=float(pool.cost[i]) / self.price,
                penalty=float(pool.penalty[i]) / self.price,
                held=float(pool.held[i]) / self.size,
            )
            for i in range(n)
        ]  # fmt: skip
        # periods of a future that are alike have one premium
        alike = np.concatenate([need, np.where(cut, pool.supply, 0.0) / self.size, pool.available])
        rows = np.concatenate([np.indices((w, t))[:1], alike]).reshape(2 * n + n + 1, -1)
        _, self.cells = np.unique(rows, axis=1, return_inverse=True)
        self.cells = self.cells.ravel()
        self.first = np.array(
            [int((self.cells == k).argmax()) for k in range(self.cells.max() + 1)]
        )
        self.first = self.first[self.left.ravel()[self.first] > 0]

    def premiums(self, start: Array) -> Array:
        """Return premiums on a unit at which what is bought is what there is, (G, S)."""
        from scipy.optimize import least_squares  # noqa: PLC0415  slow to import

        if not len(self.first):
            return np.zeros(self.shape)
        left = self.left.ravel()[self.first]

        def excess(y: Array) -> Array:
            bought = np.sum([one[1] for one in self.chosen(self.spread(y))], axis=0).ravel()
            return np.asarray(1 - np.exp(-y) - bought[self.first] / left)

        same = np.zeros((self.cells.max() + 1, len(self.cells)))
        same[self.cells, np.arange(len(self.cells))] = 1.0
        same = same[self.cells[self.first]]

        def slopes(y: Array) -> Array:
            premium = self.spread(y)
            moved = np.sum([one.slopes(self.left, premium) for one in self.owns], axis=0)
            return np.asarray(np.diag(np.exp(-y)) - moved[self.first] @ same.T / left[:, None])

        high = -np.log(RESERVE)
        y = np.clip(np.log(start.ravel()[self.first] / RESERVE), 1e-9, high * (1 - 1e-9))
        y, near = _newton(excess, slopes, y, high)
        if near > _TIGHT:
            found = least_squares(excess, np.clip(y, 1e-9, high * (1 - 1e-9)), jac=slopes,
                                  bounds=(0.0, high), max_nfev=25)  # fmt: skip
            y, near = _newton(excess, slopes, found.x, high)
        return self.spread(y)

    def spread(self, y: Array) -> Array:
        """Return premiums from logarithms over the least premium, of cells that differ."""
        by_cell = np.zeros(self.cells.max() + 1)
        by_cell[self.cells[self.first]] = RESERVE * np.exp(y)
        return by_cell[self.cells].reshape(self.shape)

    def chosen(self, premium: Array) -> list[tuple[float, Array, Array]]:
        """Return what each keeps and buys at premiums that it knows it moves."""
        return [one.answer(self.left, self.left * premium, 1) for one in self.owns]

    def rounds(self, premium: Array) -> Array:
        """Return premiums after some rounds of best answers to the bids of others."""
        bid = np.stack([premium * one[1] for one in self.chosen(premium)])
        for _ in range(_ROUNDS):
            for i, one in enumerate(self.owns):
                others = self.floor + bid.sum(axis=0) - bid[i]
                gets = one.answer(self.left, np.sqrt(others * self.left), 2)[1]
                rest = np.where(self.left > gets, self.left - gets, 1.0)
                bid[i] += 0.7 * (others * gets / rest - bid[i])
        total = self.floor + bid.sum(axis=0)
        return np.asarray(total / np.where(self.left > 0, self.left, 1.0))

    def told(self, premium: Array) -> Rivals:
        """Return what members do and pay, and how much one of them could save."""
        chosen = self.chosen(premium)
        bid = np.stack([premium * one[1] for one in chosen])
        total = self.floor + bid.sum(axis=0)
        share = np.divide(bid, total, where=total > 0, out=np.zeros(bid.shape))
        got, cost, better = share * self.left, np.zeros(self.count), 0.0
        short = np.zeros(bid.shape)
        for i, (one, (kept, *_)) in enumerate(zip(self.owns, chosen, strict=True)):
            cost[i] = one.pays(kept, bid[i], got[i])
            short[i] = one.short(kept, got[i])
            others = total - bid[i]
            other, gets, _ = one.answer(self.left, np.sqrt(others * self.left), 2)
            rest = np.where(self.left > gets, self.left - gets, 1.0)
            better = max(better, cost[i] - one.pays(other, others * gets / rest, gets))
        pool, shape = self.pool, self.pool.need.shape
        price = np.divide(total, self.left, where=self.left > 0, out=np.zeros(total.shape))
        usual = np.where(self.cut, 0.0, pool.need)
        return Rivals(
            cost=cost * self.size * self.price,
            kept=np.array([one[0] for one in chosen]) * self.size,
            bid=bid.reshape(shape) * self.size * self.price,
            received=got.reshape(shape) * self.size + usual,
            short=short.reshape(shape) * self.size,
            premium=price.reshape(shape[1:]) * self.price,
            residual=better / max(float(cost.sum()), 1e-300),
        )
