"""How near a product is to what regions make or sell already."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from catenary.maths.complexity import advantage, density, presence, proximity

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from catenary.model import World

    Array = NDArray[np.float64]
    Integers = NDArray[np.integer]

__all__ = ["relatedness"]


def relatedness(world: World, product: str) -> pd.Series | None:
    """Return the density of a product in each region, 0 … 1; None where the world does not say.

    Trade of the last year counts where there is any with the product, else output by producers.

    References
    ----------
    Hidalgo, C. A. et al. (2007), Science 317, 482-487.

    Examples
    --------
    >>> from catenary.testing import serial_chain
    >>> relatedness(serial_chain(2), "s0").to_dict()
    {'AAA': 1.0}
    """
    made = _trade(world, product)
    if made is None and "producers" in world:
        part = world.part("producers")
        made = (part.codes("region"), part.codes("product"), part.numbers("output"))
    if made is None:
        return None
    region, code, amount = made
    place = int(world.ids("products").get_indexer(pd.Index([product]))[0])
    sold = np.zeros((len(world.ids("regions")), len(world.ids("products"))))
    np.add.at(sold, (region, code), np.nan_to_num(amount))
    regions = np.flatnonzero(sold.sum(axis=1))
    products = np.flatnonzero(sold.sum(axis=0))
    if place not in products:
        return None
    there = presence(advantage(sold[np.ix_(regions, products)]))
    near = density(there, proximity(there))[:, int(np.searchsorted(products, place))]
    return pd.Series(near, index=world.ids("regions")[regions].astype("str"))


def _trade(world: World, product: str) -> tuple[Integers, Integers, Array] | None:
    """Return origin, product and value of flows of the last year; None without the product."""
    if "trade_flows" not in world:
        return None
    part = world.part("trade_flows")
    year = part.numbers("year") if "year" in part.frame else np.zeros(len(part.index))
    last = np.nan_to_num(year) == np.nan_to_num(year).max(initial=0.0)
    place = world.ids("products").get_indexer(pd.Index([product]))[0]
    if not (part.codes("product")[last] == place).any():
        return None
    return (part.codes("origin")[last], part.codes("product")[last], part.numbers("value")[last])
