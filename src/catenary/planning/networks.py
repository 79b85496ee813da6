"""From a world of supplies to the arrays of survival and of service times."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from catenary.errors import MissingDataError, OptionError
from catenary.languages import say
from catenary.maths.guaranteed import Chain
from catenary.maths.survival import Sites
from catenary.model.labels import hint_for
from catenary.planning.offers import final_demand

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from catenary.model import World

    Array = NDArray[np.float64]
    Integers = NDArray[np.int64]

__all__ = ["Network", "on_hand"]

_LONGEST: Final = 64
"""Times that goods are handed on, at most; more are a circle."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Network:
    """Producers that a product rests on, who supplies whom, and what lies in stock."""

    sites: Sites
    producers: Integers
    """Positions in the table, (N,)."""
    made: Integers
    """Product of each producer, (N,)."""
    inputs: Integers
    """Product of each input stock, (M,)."""
    use: Array
    """Normal use of each input stock a day, (M,)."""
    flow: Array
    """Normal flow on each link a day, (A,)."""
    price: Array
    """Of each product of the world; 1 where none is known."""
    warnings: tuple[str, ...]

    @classmethod
    def of(cls, world: World, product: str = "", *, stock_days: float = 0.0) -> Network:
        """Read the network that makes some products.

        Parameters
        ----------
        world
            Has `producers`, `supplies` and `demand`.
        product
            Product or group; with all that it is made of. Blank = everything.
        stock_days
            Days of use in stock where the world does not say.

        Raises
        ------
        MissingDataError
            If there are no supplies or no demand.
        OptionError
            If the product is unknown or nobody makes it.
        """
        for name in ("producers", "supplies", "demand"):
            if name not in world:
                raise MissingDataError(
                    f"this world has no table {name!r}, which says who would run dry",
                    hint="give a world with supplies between producers, such as chains:pooled",
                )
        makers, supplies = world.part("producers"), world.part("supplies")
        supplier = supplies.codes("supplier").astype(np.int64)
        buyer = supplies.codes("buyer").astype(np.int64)
        quantity = supplies.numbers("quantity")
        made = makers.codes("product").astype(np.int64)
        kept = _upstream(world, product, made, supplier, buyer)
        place = np.cumsum(kept) - 1
        output = makers.numbers("output")
        some = kept[supplier] & kept[buyer] & (quantity > 0) & (output[buyer] > 0)
        some &= ~_idle(world, made[buyer], made[supplier])
        supplier, buyer, quantity = supplier[some], buyer[some], quantity[some]
        pairs, slot = np.unique(np.stack([buyer, made[supplier]]), axis=1, return_inverse=True)
        slot = slot.ravel()
        use = _summed(slot, quantity, pairs.shape[1])
        capacity = makers.numbers("capacity")
        capacity = np.where(np.isnan(capacity), output, capacity)
        wanted = final_demand(world).reindex(makers.index).fillna(0.0).to_numpy(np.float64)
        price, told = _prices(world)
        sites = Sites(
            capacity=capacity[kept], demand=np.minimum(wanted, capacity)[kept],
            ready=np.zeros(int(kept.sum())), supplier=place[supplier], slot=slot,
            holder=place[pairs[0]], amount=use / output[pairs[0]],
            stock=on_hand(world, pairs[0], pairs[1], use, stock_days),
        )  # fmt: skip
        return cls(
            sites=sites, producers=np.flatnonzero(kept), made=made[kept], inputs=pairs[1],
            use=use, flow=quantity, price=price, warnings=told,
        )  # fmt: skip

    def chain(
        self, world: World, *, process: float, variation: float, level: float, service: float,
        holding: float,
    ) -> tuple[Chain, Integers, Integers, Array]:  # fmt: skip
        """Return stages: the chain, product and step of each, and its mean demand a day.

        A stage is a product; where producers hand it on among each other as it is (a warehouse, a
        shop), every step from where it is made is one.

        Parameters
        ----------
        world
            The same.
        process
            Days of work where a product does not say.
        variation
            Standard deviation of a day's final demand over its mean.
        level
            Share of days on which the bound of demand holds.
        service
            Days in which customers are served.
        holding
            What keeping goods for a year costs, as a share of their price.
        """
        from scipy.stats import norm  # noqa: PLC0415  slow to import

        s = self.sites
        step = _steps(self.made, s.supplier, s.holder[s.slot])
        kinds, stage = np.unique(np.stack([self.made, step]), axis=1, return_inverse=True)
        codes, stage = kinds[0], stage.ravel()
        pairs, where = np.unique(
            np.stack([stage[s.supplier], stage[s.holder[s.slot]]]), axis=1, return_inverse=True
        )
        flow = _summed(where.ravel(), self.flow, pairs.shape[1])
        count = len(codes)
        asked = _summed(stage, s.demand, count)
        sold = asked + _summed(pairs[0], flow, count)
        made = np.where(sold > 0, sold, 1.0)
        spread = _spread(asked * variation, pairs, flow / made[pairs[1]])
        days = world.part("products").numbers("process_days")[codes]
        chain = Chain(
            supplier=pairs[0], buyer=pairs[1],
            process=np.round(np.where(np.isnan(days), process, days)).astype(np.int64),
            holding=holding * self.price[codes],
            spread=float(norm.ppf(level)) * spread,
            promise=np.where(asked > 0, round(service), -1), outside=np.zeros(count, np.int64),
        )  # fmt: skip
        return chain, codes, kinds[1], sold


def _steps(made: Integers, supplier: Integers, buyer: Integers) -> Integers:
    """Return how often the product of each producer was handed on as it is before, (N,)."""
    same = made[supplier] == made[buyer]
    step = np.zeros(len(made), np.int64)
    for _ in range(_LONGEST if same.any() else 0):
        after = np.zeros_like(step)
        np.maximum.at(after, buyer[same], step[supplier[same]] + 1)
        if (after == step).all():
            break
        step = after
    return np.minimum(step, _LONGEST - 1)


def _summed(at: Integers, amount: Array, count: int) -> Array:
    return np.bincount(at, weights=amount, minlength=count).astype(np.float64)


def _spread(own: Array, pairs: Integers, amount: Array) -> Array:
    """Return the standard deviation of a day's demand at each stage: final ones are independent."""
    ways = np.eye(len(own))  # amount of each stage in a unit of each end
    for _ in range(len(own)):
        after = np.eye(len(own))
        np.add.at(after, pairs[0], amount[:, None] * ways[pairs[1]])
        if np.allclose(after, ways, rtol=1e-12, atol=0):
            break
        ways = after
    return np.asarray(np.sqrt(np.square(ways * own).sum(axis=1)))


def _upstream(
    world: World, product: str, made: Integers, supplier: Integers, buyer: Integers
) -> NDArray[np.bool_]:
    """Return which producers a product rests on."""
    if not product:
        return np.ones(len(made), bool)
    if product not in world.ids("products"):
        raise OptionError(
            f"product names {product!r}, which is no row of products",
            hint=hint_for(product, world.ids("products"), table="products"),
        )
    kept = world.members("products", product)[made]
    if not kept.any():
        raise OptionError(f"nobody makes {product!r}", hint="choose a product that has producers")
    while True:
        more = kept.copy()
        more[supplier[kept[buyer]]] = True
        if (more == kept).all():
            return kept
        kept = more


def _idle(world: World, product: Integers, used: Integers) -> NDArray[np.bool_]:
    """Return which inputs production can go on without: those of no criticality."""
    if "recipes" not in world:
        return np.zeros(len(product), bool)
    part = world.part("recipes")
    free = part.numbers("criticality") == 0
    count = len(world.ids("products"))
    known = part.codes("product")[free].astype(np.int64) * count + part.codes("input")[free]
    return np.isin(product * count + used, known)


def _prices(world: World) -> tuple[Array, tuple[str, ...]]:
    price = world.part("products").numbers("price")
    if not np.isnan(price).any():
        return price, ()
    told = say("prices of products are not known: a unit of each counts 1 USD")
    return np.ones(len(price)), (told,)


def on_hand(world: World, holder: Integers, used: Integers, use: Array, stock_days: float) -> Array:
    """Return what lies in each input stock: as said of it, its producer, its product, or all.

    Parameters
    ----------
    world
        Has `producers`; `stocks` if single ones are known.
    holder, used
        Positions of producers and of products, (M,).
    use
        Normal use a day, (M,).
    stock_days
        Days of use where nothing is said.

    Examples
    --------
    >>> from catenary.testing import serial_chain
    >>> one = np.array([1]), np.array([0]), np.array([2.0])
    >>> on_hand(serial_chain(2, stock_days=5), *one, 9.0).tolist()
    [10.0]
    """
    by_product = world.part("products").numbers("stock_days")[used]
    by_maker = world.part("producers").numbers("stock_days")[holder]
    days = np.where(np.isnan(by_product), stock_days, by_product)
    days = np.where(np.isnan(by_maker), days, by_maker)
    found = days * use
    if "stocks" in world:
        part = world.part("stocks")
        target, there = part.numbers("target_days"), part.numbers("on_hand")
        keys = pd.MultiIndex.from_arrays([part.codes("producer"), part.codes("input")])
        at = keys.get_indexer(pd.MultiIndex.from_arrays([holder, used]))
        known = at >= 0
        own = np.where(np.isnan(there[at]), target[at] * use, there[at])
        found = np.where(known, own, found)
    return np.asarray(found)
