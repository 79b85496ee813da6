"""What has to go where on the network of a world: loads put on terminals, as arrays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from catenary.errors import MissingDataError
from catenary.logistics.book import FIGURES
from catenary.logistics.freight import freight
from catenary.logistics.loads import loads
from catenary.maths.assignment import Demand, Network

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from catenary.logistics.freight import Freight, Ports, Sea
    from catenary.logistics.loads import Loads
    from catenary.model import World

    Array = NDArray[np.float64]
    Integers = NDArray[np.int64]

__all__ = ["By", "Task", "penalty", "task"]

By = Literal["cost", "duration"]
"""What ways are best by: USD with the time of the goods, or days."""

_SLACK = 10.0  # how many times the dearest way a tonne that stays behind costs


@dataclass(frozen=True, kw_only=True, eq=False)
class Task:
    """A network, and demand between its terminals by class; made by `task`.

    A class is goods of one value, so that a day costs each tonne of it the same.
    """

    freight: Freight
    loads: Loads
    by: By
    kind: Integers
    """Class of each product, (P,)."""
    rate: Array
    """USD that a day costs a tonne of each class, (K,)."""
    network: Network
    """Its places are all those of `freight`."""
    demand: Demand
    """Costs in USD, or days if ways are best by duration."""
    pairs: Array
    """t/day of each class between terminals, (K, T, T); 0 on the diagonal."""
    local: float
    """t/day whose two terminals are the same: it needs no transport here."""

    def limited(self) -> Network:
        """Return the network with those places only that have a capacity."""
        rows = self.network.uses[self.freight.limited]
        whole = self.network
        return Network(tail=whole.tail, head=whole.head, first=whole.first, uses=rows)

    def in_days(self) -> Demand:
        """Return the demand with costs in days: USD over what a day costs the class.

        Raises
        ------
        MissingDataError
            If time costs some goods nothing.
        """
        if self.by == "duration":
            return self.demand
        if not (self.rate > 0).all():
            raise MissingDataError(
                "a day costs some goods nothing, so that a delay cannot be weighed against freight",
                hint="give value and time_value above 0, or use by='duration'",
            )
        return self._with(self.demand.cost / self.rate[:, None])

    def _with(self, cost: Array) -> Demand:
        old = self.demand
        return Demand(
            cost=cost, kind=old.kind, origin=old.origin, start=old.start,
            destination=old.destination, amount=old.amount,
        )  # fmt: skip

    def unserved(self, left: Array) -> pd.DataFrame:
        """Return the trade that stays behind, from what stays of each demand, (N,)."""
        share = np.zeros_like(self.pairs)
        share[self.pairs > 0] = left / self.demand.amount
        place = self.freight.share
        amount, rows = self.loads.amount, []
        nowhere = place.sum(axis=1) == 0
        for product, kind in zip(range(len(amount)), self.kind, strict=True):
            part = amount[product] * (place @ share[kind] @ place.T)
            part[nowhere] = amount[product][nowhere]
            part[:, nowhere] = amount[product][:, nowhere]
            rows.append(part)
        found = np.stack(rows)
        told = np.nonzero(found > 1e-9 * amount.sum() / max(amount.size, 1))
        at, origin, destination = told
        regions = np.asarray(self.loads.regions, object)
        why = np.where(nowhere[origin] | nowhere[destination], "no place", "no way")
        frame = pd.DataFrame(
            {
                "origin": pd.Series(regions[origin], dtype="str"),
                "destination": pd.Series(regions[destination], dtype="str"),
                "product": pd.Series(np.array(self.loads.products, object)[at], dtype="str"),
                "amount": found[told],
                "share": found[told] / amount.sum(),
                "why": pd.Series(why, dtype="str"),
            }
        )
        return frame.sort_values("amount", ascending=False, kind="stable", ignore_index=True)


def task(
    world: World,
    *,
    by: By,
    product: str,
    value: float,
    time_value: float,
    vessel: str,
    sea: Sea,
    ports: Ports,
    closed: str,
    opened: str,
    every: bool = False,
    usual: World | None = None,
) -> Task:
    """Return the network of a world and what has to go where.

    Parameters
    ----------
    world
        Any with flows between regions.
    by, product, value, time_value, vessel, sea, ports, closed, opened
        As for `congestion`.
    every
        Whether to keep what is closed in the table, with a capacity of 0.
    usual
        World before anything happened, for which the figures of lanes were written.

    Raises
    ------
    MissingDataError
        If there are no flows, no network, or nothing that could be carried.

    Examples
    --------
    >>> from catenary.testing import small_freight
    >>> found = task(
    ...     small_freight(), by="cost", product="", value=1000.0, time_value=0.006,
    ...     vessel="container_8000", sea="no", ports="shares", closed="", opened="")
    >>> found.demand.amount.tolist(), found.rate.tolist()
    ([100.0, 20.0, 10.0], [6.0])
    """
    goods = loads(world, product, value)
    roads = freight(
        world, goods.regions, vessel=vessel, sea=sea, ports=ports, closed=closed, opened=opened,
        every=every, usual=usual,
    )  # fmt: skip
    worth = goods.value if by == "cost" else np.zeros(len(goods.value))
    values, kind = np.unique(worth, return_inverse=True)
    rate = values * time_value
    place, kinds = roads.share, len(rate)
    pairs = np.zeros((kinds, place.shape[1], place.shape[1]))
    for one, at in zip(goods.amount, kind, strict=True):
        pairs[at] += place.T @ one @ place
    local = float(np.einsum("kii->", pairs))
    pairs[:, np.arange(place.shape[1]), np.arange(place.shape[1])] = 0.0
    if not pairs.any():
        raise MissingDataError(
            "nothing that is traded begins and ends at different places of the network",
            hint="give lanes to facilities of the regions that trade, or gateways",
        )
    usd, days = roads.figures[FIGURES.index("cost")], roads.figures[FIGURES.index("duration")]
    cost = days[None, :] if by == "duration" else usd + rate[:, None] * days
    return Task(
        freight=roads,
        loads=goods,
        by=by,
        kind=kind.astype(np.int64),
        rate=rate,
        network=Network.of(roads.nodes, roads.tail, roads.head, roads.uses),
        demand=_demand(pairs, roads, np.broadcast_to(cost, (kinds, len(roads.tail))).copy()),
        pairs=pairs,
        local=local,
    )


def _demand(pairs: Array, roads: Freight, cost: Array) -> Demand:
    """Return demand sorted by class, origin and destination."""
    kind, origin, destination = np.nonzero(pairs)
    commodity = kind * len(roads.source) + origin
    first = np.flatnonzero(np.diff(commodity, prepend=-1))
    return Demand(
        cost=cost,
        kind=kind[first].astype(np.int64),
        origin=roads.source[origin[first]],
        start=np.append(first, len(kind)).astype(np.int64),
        destination=roads.sink[destination],
        amount=pairs[kind, origin, destination],
    )


def penalty(demand: Demand, network: Network) -> float:
    """Return what a tonne that stays behind costs: more than any way without a circle could.

    Examples
    --------
    >>> from scipy.sparse import csr_array
    >>> roads = Network.of(2, np.array([0]), np.array([1]), csr_array((0, 1)))
    >>> penalty(
    ...     Demand(cost=np.array([[3.0]]), kind=np.array([0]), origin=np.array([0]),
    ...     start=np.array([0, 1]), destination=np.array([1]), amount=np.array([1.0])), roads)
    30.0
    """
    longest = np.sort(demand.cost.max(axis=0))[::-1][: len(network.first) - 2]
    return _SLACK * max(float(longest.sum()), 1e-6)
