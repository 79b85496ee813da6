"""The rows that deliveries are tied together by, and the columns beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from catenary.maths.sourcing import Market

    Array = NDArray[np.float64]

__all__ = ["Rows"]


class Rows:
    """Rows by future: balance of each period, caps, tail; the budget last.

    Columns beside deliveries and contracts: stock, shortage, slack of caps, slack of the tail, what
    exceeds the value at risk, the value at risk, slack of the budget.
    """

    def __init__(self, market: Market) -> None:
        self.market = m = market
        self.W, self.I, self.T = m.available.shape
        self.G, self.tailed = len(m.cap), bool(m.aversion > 0)
        self.budgeted = bool(np.isfinite(m.budget))
        self.each = self.T + self.G + self.tailed
        self.count = self.W * self.each + self.budgeted
        W, T, G = self.W, self.T, self.G
        row = np.arange(W)[:, None] * self.each
        self.balance = row + np.arange(T)
        self.capped = row + T + np.arange(G)
        self.tail = row[:, 0] + T + G
        self.own = (1 - m.aversion) * m.chance
        self.b = np.zeros(self.count)
        wanted = m.demand.copy()
        wanted[:, 0] -= m.stock
        self.b[self.balance] = wanted
        self.b[self.capped] = m.cap[None, :] * m.demand.sum(axis=1)[:, None]
        if self.budgeted:
            self.b[-1] = m.budget
        self._columns()

    def _columns(self) -> None:
        """Add stock, shortage and slacks."""
        from scipy import sparse  # noqa: PLC0415  slow to import

        m, W, T, G = self.market, self.W, self.T, self.G
        blocks: list[tuple[Array, Array, Array]] = []
        costs: list[Array] = []
        size = 0

        def add(count: int, cost: Any, *parts: tuple[Any, Any, Any]) -> Any:
            nonlocal size
            at = size + np.arange(count)
            for rows, cols, values in parts:
                blocks.append((np.ravel(rows), np.ravel(size + cols),
                               np.broadcast_to(values, np.shape(rows)).ravel()))  # fmt: skip
            costs.append(np.broadcast_to(cost, count))
            size += count
            return at

        wt = np.arange(W * T).reshape(W, T)
        own = self.own
        by = np.repeat(np.arange(W)[:, None], T, 1)

        def priced(rate: float, *, spent: bool) -> list[tuple[Any, Any, Any]]:
            extra: list[tuple[Any, Any, Any]] = []
            if self.tailed:
                extra.append((self.tail[by], wt, rate))
            if self.budgeted and spent:
                extra.append((np.full((W, T), self.count - 1), wt, rate * m.chance[by]))
            return extra

        self.stock = add(
            W * T, (own[by] * m.holding).ravel(), (self.balance, wt, -1.0),
            (self.balance[:, 1:], wt[:, :-1], 1.0), *priced(m.holding, spent=True),
        ).reshape(W, T)  # fmt: skip
        self.short = add(
            W * T, (own[by] * m.penalty).ravel(), (self.balance, wt, 1.0),
            *priced(m.penalty, spent=False),
        ).reshape(W, T)  # fmt: skip
        if G:
            add(
                W * G,
                0.0,
                (self.capped, np.arange(W * G).reshape(W, G), 1.0),
            )
        if self.tailed:
            every = np.arange(W)
            add(W, 0.0, (self.tail, every, 1.0))
            add(W, m.aversion * m.chance / m.tail, (self.tail, every, -1.0))
            add(1, m.aversion, (self.tail, np.zeros(W, int), -1.0))
        if self.budgeted:
            last = np.array([self.count - 1])
            add(1, 0.0, (last, np.zeros(1, int), 1.0))
        rows, cols, values = (np.concatenate(one) for one in zip(*blocks, strict=True))
        self.N = sparse.csr_array((values, (rows, cols)), shape=(self.count, size))
        self.cost = np.concatenate(costs)

    def split(self, prices: Array) -> tuple[Array, Array, Array]:
        """Return prices of periods (W, T), of suppliers by caps (W, I), and of cost (W,)."""
        m = self.market
        shadow = prices[self.capped] @ m.member if self.G else np.zeros((self.W, self.I))
        rate = prices[self.tail] if self.tailed else np.zeros(self.W)
        if self.budgeted:
            rate = rate + m.chance * prices[-1]
        return prices[self.balance], np.ascontiguousarray(shadow), rate

    def joined(self, period: Array, supplier: Array, cost: Array) -> Array:
        """Return sums of deliveries as rows."""
        out = np.zeros(self.count)
        out[self.balance] = period
        if self.G:
            out[self.capped] = supplier @ self.market.member.T
        if self.tailed:
            out[self.tail] = cost
        if self.budgeted:
            out[-1] = self.market.chance @ cost
        return out

    @property
    def reserve_rows(self) -> Array:
        """Rows in which contracts stand by themselves, with the factor of their cost."""
        out = np.zeros(self.count)
        if self.tailed:
            out[self.tail] = 1.0
        if self.budgeted:
            out[-1] = 1.0
        return out
