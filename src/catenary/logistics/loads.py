"""How many tonnes go from region to region, by product, and what a tonne of each is worth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from catenary.errors import MissingDataError, OptionError, UnitError, listed
from catenary.languages import say
from catenary.logistics.hauling import STAYS, worth_of
from catenary.logistics.trade import trade
from catenary.model.units import factor, parse_unit

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from catenary.logistics.trade import Trade
    from catenary.model import World

    Array = NDArray[np.float64]

__all__ = ["Loads", "loads"]

_HOW = "give a matrix trade in t/day or USD/year, or supplies and demand of products counted in t"


@dataclass(frozen=True, kw_only=True, eq=False)
class Loads:
    """What is to be carried."""

    regions: pd.Index
    products: tuple[str, ...]
    """Ids; one blank one where flows are not known by product."""
    amount: Array
    """t/day by product, from region (row) to region (column), (P, R, R); 0 within a region."""
    value: Array
    """USD that a tonne of each is worth, (P,)."""
    warnings: tuple[str, ...]


def loads(world: World, product: str, value: float) -> Loads:
    """Return the trade between regions in tonnes a day.

    Parameters
    ----------
    world
        Flows as `catenary.logistics.trade` finds them.
    product
        Product or group of products; blank = all.
    value
        USD a tonne, where `products` (price and mass, or value) do not say: it turns money into
        tonnes.

    Raises
    ------
    MissingDataError
        If there are no flows, or flows that are neither mass nor US dollars.
    OptionError
        If there is no such product.

    Examples
    --------
    >>> from catenary.testing import two_regions
    >>> loads(two_regions(), "", 100.0).amount.sum(axis=0).round(6).tolist()
    [[0.0, 0.000137], [0.00011, 0.0]]
    """
    names = _products(world, product)
    found = [trade(world, name) for name in names]
    flows = [one for one in found if one is not None]
    if not flows:
        raise MissingDataError("this world has no flows between regions", hint=_HOW)
    worth = np.array([_worth(world, name, value) for name in names])
    tonnes, by_value = zip(
        *(
            _tonnes(one, usd, _mass(world, name))
            for one, usd, name in zip(flows, worth, names, strict=True)
        ),
        strict=True,
    )
    amount = np.stack(tonnes)
    if not amount.any():
        raise MissingDataError("nothing goes from one region of this world to another", hint=_HOW)
    warnings = dict.fromkeys(warning for one in flows for warning in one.warnings)
    if any(by_value):
        warnings[
            say(
                "flows in money are turned into tonnes by what a tonne is worth ({value} USD), "
                "which is an assumption where no source says so",
                value=listed(dict.fromkeys(f"{usd:,.6g}" for usd in worth)),
            )
        ] = None
    return Loads(
        regions=flows[0].regions,
        products=tuple(names),
        amount=amount,
        value=worth,
        warnings=tuple(warnings),
    )


def _products(world: World, product: str) -> list[str]:
    """Return the products whose flows are known each; one blank one if they are not."""
    if "trade" in world or "products" not in world or "producers" not in world:
        return [product]
    known = world.ids("products")
    kept = np.ones(len(known), bool)
    if product:
        kept = world.members("products", product)
        if not kept.any():
            trade(world, product)  # says which products there are
    kept &= (world.part("products").frame["mode"].astype("str") != STAYS).to_numpy()
    made = np.unique(world.part("producers").codes("product"))
    names = [str(known[k]) for k in made if kept[k]]
    if not names:
        raise OptionError(
            f"nobody in this world makes {product or 'goods that travel'!r}",
            hint="choose another product",
        )
    return names


def _worth(world: World, product: str, value: float) -> float:
    """Return what a tonne is worth in USD."""
    if not product or "products" not in world or product not in world.ids("products"):
        return value
    row = world.ids("products").get_loc(product)
    stated = float(worth_of(world.part("products"))[row])
    return stated if stated > 0 else value


def _mass(world: World, product: str) -> float:
    """Return the mass of a unit of a product; nan if nobody says it."""
    if not product or "products" not in world or product not in world.ids("products"):
        return float("nan")
    row = world.ids("products").get_loc(product)
    return float(world.part("products").numbers("mass")[row])


def _tonnes(flows: Trade, usd: float, mass: float) -> tuple[Array, bool]:
    """Return flows in t/day, and whether they were money."""
    try:
        return flows.flows * factor(flows.unit, "t/day"), False
    except UnitError:
        unit = parse_unit(flows.unit)
        kind = unit.kind
    if mass > 0 and unit.days is not None and kind != "index":  # counted in pieces, say
        return flows.flows * (unit.scale / unit.days * mass), False
    if kind.partition("(")[0] != "USD" or parse_unit(flows.unit).days is None:
        raise MissingDataError(
            f"flows in {flows.unit!r} cannot be turned into tonnes a day", hint=_HOW
        )
    if not usd > 0:
        raise OptionError(f"a tonne is worth {usd:g} USD", hint="give value above 0")
    return flows.flows * (factor(flows.unit, f"{kind}/day") / usd), True
