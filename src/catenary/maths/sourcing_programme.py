"""The programme of purchases for HiGHS: which column and row is what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from catenary.maths.programme import Programme

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from catenary.maths.sourcing import Market

    Array = NDArray[np.float64]

__all__ = ["Columns"]


class Columns:
    """The programme of a market: which column is what."""

    def __init__(self, market: Market) -> None:
        m, self.programme = market, Programme()
        p, (W, I, T) = self.programme, market.available.shape  # noqa: E741
        own = (1 - m.aversion) * m.chance
        self.contract = p.columns(I, cost=m.reserve * own.sum(), upper=m.capacity)
        room = (m.available * m.capacity[None, :, None]).ravel()
        self.deliveries = p.columns(
            W * I * T, cost=(own[:, None, None] * m.cost).ravel(), upper=room
        ).reshape(W, I, T)
        self.stock = p.columns(W * T, cost=np.repeat(own, T) * m.holding).reshape(W, T)
        self.short: Any = None
        if np.isfinite(m.penalty):
            self.short = p.columns(W * T, cost=np.repeat(own, T) * m.penalty).reshape(W, T)
        self.orders: Any = None
        self.chosen: Any = None
        self.budget = np.zeros(0, np.int64)
        self._balance(m)
        self._blind(m)
        self._caps(m)
        if m.reserve.any() or m.whole:
            self._room(m)
        if m.whole:
            self._whole(m, float(own.sum()))
        self._spending(m)

    def _balance(self, m: Market) -> None:
        W, _, T = m.available.shape
        rows = []
        for t in range(T):  # by period, so that a period can be named
            wanted = m.demand[:, t] - (m.stock if t == 0 else 0.0)
            each = np.arange(W)
            cells: list[Any] = [
                (each[:, None], self.deliveries[:, :, t], 1.0), (each, self.stock[:, t], -1.0),
            ]  # fmt: skip
            if t:
                cells.append((each, self.stock[:, t - 1], 1.0))
            if self.short is not None:
                cells.append((each, self.short[:, t], 1.0))
            label = f"demand of period {t + 1}"
            rows.append(self.programme.rows(label, wanted, wanted, *cells, count=W))
        self.balance = np.array(rows).T

    def _blind(self, m: Market) -> None:
        """Let nothing be ordered differently before anybody can tell a future from the first."""
        if m.blind is None:
            return
        w, i, t = np.nonzero(np.arange(m.available.shape[2]) < m.blind[:, :, None])
        some = w > 0
        w, i, t = w[some], i[some], t[some]
        each = np.arange(len(w))
        self.programme.rows(
            "orders before anybody knows", 0.0, 0.0, (each, self.deliveries[w, i, t], 1.0),
            (each, self.deliveries[0, i, t], -1.0), count=len(w),
        )  # fmt: skip

    def _caps(self, m: Market) -> None:
        W, G = len(m.chance), len(m.cap)
        amount = m.cap[:, None] * m.demand.sum(axis=1)
        rows = []
        for g in range(G):
            mine = np.flatnonzero(m.member[g])
            name = m.names[g] if m.names else f"cap {g + 1}"
            cells = (np.arange(W)[:, None, None], self.deliveries[:, mine, :], 1.0)
            rows.append(self.programme.rows(name, -np.inf, amount[g], cells, count=W))
        self.capped = np.array(rows, np.int64).reshape(G, W).T

    def _room(self, m: Market) -> None:
        """Let nobody deliver more than the contract is for."""
        W, I, T = m.available.shape  # noqa: E741
        each = np.arange(W * I * T).reshape(W, I, T)
        contract = np.broadcast_to(self.contract[None, :, None], (W, I, T))
        self.programme.rows(
            "contracts", -np.inf, 0.0, (each, self.deliveries, 1.0),
            (each, contract, -m.available), count=each.size,
        )  # fmt: skip

    def _whole(self, m: Market, own: float) -> None:
        p, (W, I, T) = self.programme, m.available.shape  # noqa: E741
        every = np.arange(I)
        if m.most or _any(m.fixed) or _any(m.least):
            fixed = np.zeros(I) if m.fixed is None else m.fixed
            self.chosen = p.columns(I, cost=fixed * own, upper=1.0, whole=True)
            cells: Any = (every, self.contract, 1.0), (every, self.chosen, -m.capacity)
            p.rows("contracts", -np.inf, 0.0, *cells, count=I)
            if _any(m.least):
                least = np.asarray(m.least)
                cells = (every, self.contract, 1.0), (every, self.chosen, -least)
                p.rows("least contracts", 0.0, np.inf, *cells, count=I)
            if m.most:
                p.rows("number of suppliers", -np.inf, float(m.most), (0, self.chosen, 1.0))
        if _any(m.order) or _any(m.lot):
            order = np.zeros(I) if m.order is None else m.order
            self.orders = p.columns(
                I * T, cost=np.repeat(order * own, T), upper=1.0, whole=True
            ).reshape(I, T)
            room = m.available * m.capacity[None, :, None]
            each = np.arange(W * I * T).reshape(W, I, T)
            shown = np.broadcast_to(self.orders, (W, I, T))
            cells = (each, self.deliveries, 1.0), (each, shown, -room)
            p.rows("orders", -np.inf, 0.0, *cells, count=each.size)
            if _any(m.lot):
                lot = np.minimum(np.asarray(m.lot)[None, :, None], room)
                cells = (each, self.deliveries, 1.0), (each, shown, -lot)
                p.rows("least lots", 0.0, np.inf, *cells, count=each.size)

    def _paid(self, m: Market, sign: float, by: NDArray[np.int64]) -> list[Any]:
        """Return cells of what is spent, by row."""
        W, I, T = m.available.shape  # noqa: E741
        row = by[:, None]
        cells: list[Any] = [
            (row, np.broadcast_to(self.contract, (W, I)), sign * m.reserve[None, :]),
            (row[:, :, None], self.deliveries, sign * m.cost[None]),
            (row, self.stock, sign * m.holding),
        ]
        if self.chosen is not None and m.fixed is not None:
            cells.append((row, np.broadcast_to(self.chosen, (W, I)), sign * m.fixed[None, :]))
        if self.orders is not None and m.order is not None:
            shown = np.broadcast_to(self.orders, (W, I, T))
            cells.append((row[:, :, None], shown, sign * m.order[None, :, None]))
        return cells

    def _spending(self, m: Market) -> None:
        """Add the budget, and what the worst futures cost."""
        p, W = self.programme, len(m.chance)
        if np.isfinite(m.budget):
            cells: list[Any] = []
            for row, column, value in self._paid(m, 1.0, np.zeros(W, int)):
                chance = m.chance.reshape((W,) + (1,) * (np.ndim(column) - 1))
                cells.append((row, column, np.asarray(value) * chance))
            self.budget = p.rows("budget", -np.inf, m.budget, *cells)
        if m.aversion:
            each = np.arange(W)
            cells = self._paid(m, -1.0, each)
            if self.short is not None:
                cells.append((each[:, None], self.short, -m.penalty))
            over = p.columns(W, cost=m.aversion * m.chance / m.tail)
            risk = p.columns(1, cost=m.aversion, lower=-np.inf)
            cells += [(each, over, 1.0), (each, np.broadcast_to(risk, W), 1.0)]
            p.rows("worst futures", 0.0, np.inf, *cells, count=W)


def _any(one: Array | None) -> bool:
    return one is not None and bool(one.any())
