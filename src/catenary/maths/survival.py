"""How long a network serves its customers while one node stands still, and what stock that takes.

Nodes make one product each from inputs, out of input stocks and what others send; whoever has
goods may send them to any of its usual buyers. All is linear: the longest time is one programme
per node, with one bound changed, and the cheapest stocks for a required time are one for all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from catenary.errors import ComputationError, DataError
from catenary.maths.programme import Programme

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Integers = NDArray[np.int64]

__all__ = ["LONGEST", "Sites", "impacts", "survival", "targets"]

LONGEST: Final = 3650.0
"""Days after which a network is said to survive for ever."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Sites:
    """N nodes, A links between them, M input stocks (a node and an input each)."""

    capacity: Array
    """Per day, (N,)."""
    demand: Array
    """Of customers per day, (N,)."""
    ready: Array
    """Finished goods in stock, (N,)."""
    supplier: Integers
    """Of each link, (A,)."""
    slot: Integers
    """The input stock that each link fills, (A,)."""
    holder: Integers
    """Whose each input stock is, (M,)."""
    amount: Array
    """Input per unit made, (M,), above 0."""
    stock: Array
    """Of input at the start, (M,)."""

    def __post_init__(self) -> None:
        """Check signs."""
        for name in ("capacity", "demand", "ready", "stock"):
            if not (np.isfinite(getattr(self, name)) & (getattr(self, name) >= 0)).all():
                raise DataError(f"{name} has a number that is negative, infinite or missing")
        if not (self.amount > 0).all():
            raise DataError("an input is used in no amount")


def _goods(
    p: Programme, s: Sites, made: Integers, sent: Integers, others: Any, day: float
) -> tuple[Integers, Integers]:
    """Nobody uses more than comes and lies there, or sends and sells more than is made.

    `others` are more cells of the second kind of rows; `day` is how long demand lasts.
    """
    M, N = len(s.stock), len(s.capacity)
    use = p.rows("use", -np.inf, s.stock, (np.arange(M), made[s.holder], s.amount),
                 (s.slot, sent, -1.0), count=M)  # fmt: skip
    goods = p.rows("goods", -np.inf, s.ready - s.demand * day, (s.supplier, sent, 1.0),
                   (np.arange(N), made, -1.0), others, count=N)  # fmt: skip
    return use, goods


def survival(sites: Sites, nodes: Integers | None = None) -> Array:
    """Return for how many days all demand is met while each node stands still, (len(nodes),).

    Parameters
    ----------
    sites
        The network.
    nodes
        Which to stop, one at a time; None = each.

    Returns
    -------
    Array
        Days; inf where it is `LONGEST` or more.

    References
    ----------
    Simchi-Levi, D. et al. (2015), Identifying risks and mitigating disruptions in the automotive
    supply chain. Interfaces 45(5), 375-390.

    Examples
    --------
    >>> line = Sites(
    ...     capacity=np.ones(2), demand=np.array([0.0, 1.0]), ready=np.array([0.0, 2.0]),
    ...     supplier=np.array([0]), slot=np.array([0]), holder=np.array([1]),
    ...     amount=np.ones(1), stock=np.array([5.0]))
    >>> survival(line).tolist()
    [7.0, 2.0]
    """
    p, s = Programme(), sites
    N = len(s.capacity)
    made = p.columns(N)
    sent = p.columns(len(s.supplier))
    time = p.columns(1, cost=-1.0, upper=LONGEST)
    every = np.arange(N)
    _goods(p, s, made, sent, (every, np.repeat(time, N), s.demand), 0.0)
    p.rows("capacity", -np.inf, 0.0, (every, made, 1.0),
           (every, np.repeat(time, N), -s.capacity), count=N)  # fmt: skip
    chosen = every if nodes is None else nodes
    found = -np.array(p.each(made[chosen], 0.0))
    return np.where(found >= LONGEST * (1 - 1e-9), np.inf, np.maximum(found, 0.0))


def impacts(sites: Sites, days: Array, value: Array, nodes: Integers | None = None) -> Array:
    """Return what demand is lost at least while each node stands still for some days.

    Parameters
    ----------
    sites
        The network.
    days
        How long each of `nodes` stands still, (len(nodes),).
    value
        Of a unit of each node's demand, (N,).
    nodes
        Which to stop, one at a time; None = each.
    """
    s, N = sites, len(sites.capacity)
    chosen = np.arange(N) if nodes is None else nodes
    found = np.zeros(len(chosen))
    for day in np.unique(days):
        p = Programme()
        made = p.columns(N, upper=s.capacity * day)
        sent = p.columns(len(s.supplier))
        lost = p.columns(N, cost=value, upper=s.demand * day)
        _goods(p, s, made, sent, (np.arange(N), lost, -1.0), float(day))
        mine = np.flatnonzero(days == day)
        found[mine] = p.each(made[chosen[mine]], 0.0)
    return found


def targets(
    sites: Sites, days: Array, price: Array, finished: Array, nodes: Integers | None = None
) -> tuple[Array, Array, Array]:
    """Return the cheapest stocks with which all demand is met while any one node stands still.

    Parameters
    ----------
    sites
        The network; its stocks are there already.
    days
        How long each of `nodes` stands still, (len(nodes),).
    price
        Of a unit more of each input stock, (M,).
    finished
        Of a unit more of finished goods, (N,).
    nodes
        Which may stand still, one at a time; None = each.

    Returns
    -------
    tuple
        What to add to input stocks (M,) and to finished goods (N,), and what a day more costs for
        each node (len(nodes),).

    Raises
    ------
    ComputationError
        If capacities do not suffice even when nothing stands still.
    """
    s, N, M = sites, len(sites.capacity), len(sites.stock)
    chosen = np.arange(N) if nodes is None else nodes
    p = Programme()
    more, spare = p.columns(M, cost=price), p.columns(N, cost=finished)
    slots, every = np.arange(M), np.arange(N)
    rows = []
    for n, day in zip(chosen, days, strict=True):
        upper = s.capacity * day
        upper[n] = 0.0
        made, sent = p.columns(N, upper=upper), p.columns(len(s.supplier))
        use = p.rows("use", -np.inf, s.stock, (slots, made[s.holder], s.amount),
                     (s.slot, sent, -1.0), (slots, more, -1.0), count=M)  # fmt: skip
        goods = p.rows("demand", -np.inf, s.ready - s.demand * day, (s.supplier, sent, 1.0),
                       (every, made, -1.0), (every, spare, -1.0), count=N)  # fmt: skip
        rows.append((use, goods, made))
    found = p.solve()
    if found is None:  # finished goods can always be added, so it never is
        raise ComputationError("no stocks suffice")
    dearer = np.zeros(len(chosen))
    for k, (_, goods, made) in enumerate(rows):
        gain = s.capacity.copy()
        gain[chosen[k]] = 0.0
        dearer[k] = -found.price[goods] @ s.demand + found.reduced[made] @ gain
    return found.x[more], found.x[spare], np.maximum(dearer, 0.0)
