"""How much to order at once: the square root rule, and lots against known demand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from catenary.errors import DataError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

__all__ = ["economic_order_quantity", "wagner_whitin"]


def economic_order_quantity(order: float, holding: float, demand: float) -> tuple[float, float]:
    """Return the order quantity of least cost, and that cost per time.

    Parameters
    ----------
    order
        What an order costs.
    holding
        What keeping a unit costs per time, above 0.
    demand
        Units per time.

    References
    ----------
    Harris, F. W. (1913), How many parts to make at once. Factory 10(2), 135-136, 152.

    Examples
    --------
    >>> quantity, cost = economic_order_quantity(8, 0.225, 1300)
    >>> round(quantity, 4), round(cost, 4)
    (304.0468, 68.4105)
    """
    if not (order >= 0 and holding > 0 and demand >= 0):
        raise DataError(f"order {order:g}, holding {holding:g} or demand {demand:g} is too small")
    return (
        float(np.sqrt(2 * order * demand / holding)),
        float(np.sqrt(2 * order * demand * holding)),
    )


def wagner_whitin(order: Array, holding: Array, demand: Array) -> tuple[Array, float]:
    """Return order quantities of least cost against known demand, and that cost.

    Parameters
    ----------
    order
        What an order costs in each period, (T,).
    holding
        What keeping a unit to the next period costs, (T,), ≥ 0.
    demand
        Of each period, (T,), ≥ 0.

    References
    ----------
    Wagner, H. M. & Whitin, T. M. (1958), Dynamic version of the economic lot size model.
    Management Science 5(1), 89-96.

    Examples
    --------
    >>> lots, cost = wagner_whitin(
    ...     np.full(4, 500.0), np.full(4, 2.0), np.array([90.0, 120, 80, 70]))
    >>> lots.tolist(), cost
    ([210.0, 0.0, 150.0, 0.0], 1380.0)
    """
    T = len(demand)
    if not ((order >= 0).all() and (holding >= 0).all() and (demand >= 0).all()):
        raise DataError("an order, holding cost or demand is negative or missing")
    best = np.full(T + 1, np.inf)
    best[T] = 0.0
    until = np.zeros(T, int)
    for t in range(T - 1, -1, -1):
        kept = 0.0
        if demand[t] == 0:  # nothing need be ordered
            best[t], until[t] = best[t + 1], t
        for end in range(t + 1, T + 1):
            kept += demand[end - 1] * holding[t : end - 1].sum()
            if order[t] + kept + best[end] < best[t]:
                best[t], until[t] = order[t] + kept + best[end], end
    lots = np.zeros(T)
    t = 0
    while t < T:
        end = until[t]
        lots[t] = demand[t:end].sum()
        t = max(end, t + 1)
    return lots, float(best[0])
