"""What trade is worth by product, buyer and seller, from whatever a world says of it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from catenary.languages import say
from catenary.model.units import DAYS_PER_YEAR, factor, parse_unit
from catenary.trade.barriers import trading
from catenary.trade.flows import Flows

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from catenary.model import World

    Array = NDArray[np.float64]

__all__ = ["Valued"]

_MONEY: Final = re.compile(r"[A-Z]{3}(\(\d{4}\))?$")


@dataclass(frozen=True, kw_only=True, eq=False)
class Valued:
    """Trade in money a year before tariffs; N regions, J products, U uses."""

    regions: pd.Index
    """Ids, (N,)."""
    products: pd.Index
    """Ids, (J,)."""
    values: Array | None
    """By use, product, buyer and seller, (U, J, N, N); None = unknown."""
    unit: str
    """Blank = unknown."""
    warnings: tuple[str, ...] = ()

    @classmethod
    def of(cls, world: World, *, uses: int) -> Valued:
        """Read the trade of a world.

        Taken from the first of these that the world has: `intermediate` and `final` in money;
        `trade_flows` (of their last year); `supplies` of products with a price.

        Parameters
        ----------
        world
            Any with `products` and `regions`.
        uses
            1 or 2; with 2, trade that is not known by use counts as inputs.

        Examples
        --------
        >>> from catenary.testing import two_regions
        >>> Valued.of(two_regions(), uses=1).values[0, 0].tolist()
        [[11.0, 4.0], [5.0, 8.0]]
        """
        if "intermediate" in world and "final" in world:
            unit = world.matrix("intermediate").unit
            if _MONEY.match(parse_unit(unit).kind):
                return cls._of_tables(world, uses)
        regions, products = trading(world), world.ids("products")
        values = np.zeros((uses, len(products), len(regions), len(regions)))
        place = np.append(regions.get_indexer(world.ids("regions")), -1)
        told: list[str] = []
        if "trade_flows" in world:
            told = _add_flows(world, values[0], place)
        elif "supplies" in world:
            told = _add_supplies(world, values[0], place)
        if values.any():
            return cls(
                regions=regions, products=products, values=values, unit="USD/year",
                warnings=tuple(told),
            )  # fmt: skip
        told = [
            *told,
            say("what trade is worth is not known, so that only days and costs are told"),
        ]
        return cls(
            regions=regions, products=products, values=None, unit="", warnings=tuple(told)
        )  # fmt: skip

    @classmethod
    def _of_tables(cls, world: World, uses: int) -> Valued:
        flows = Flows.of(world, uses=uses)
        unit, values = flows.unit, flows.sales
        if parse_unit(unit).days is not None:
            wanted = f"{unit.rpartition('/')[0]}/year"
            values, unit = values * factor(unit, wanted), wanted
        return cls(
            regions=flows.regions, products=flows.products, values=values, unit=unit,
            warnings=flows.warnings,
        )  # fmt: skip

    def traded(self) -> NDArray[np.bool_]:
        """Return which products cross a border, (J,); all where trade is unknown."""
        if self.values is None:
            return np.ones(len(self.products), bool)
        apart = ~np.eye(len(self.regions), dtype=bool)
        crossing: NDArray[np.bool_] = (self.values.sum(axis=0) * apart).any(axis=(1, 2))
        return crossing


def _add_flows(world: World, values: Array, place: NDArray[np.int64]) -> list[str]:
    """Add the last year of `trade_flows` between regions to values, (J, N, N)."""
    table = world.part("trade_flows")
    seller, buyer = place[table.codes("origin")], place[table.codes("destination")]
    product = table.codes("product").astype(np.int64)
    kept = (seller >= 0) & (buyer >= 0) & (product >= 0)
    told: list[str] = []
    if "year" in table.frame:
        years = table.frame["year"].to_numpy(np.float64)
        known = years[~np.isnan(years)]
        if len(np.unique(known)) > 1:
            kept &= years == known.max()
            told.append(
                say("trade is that of {year}, the last year of trade_flows", year=int(known.max()))
            )
    amounts = table.numbers("value")[kept]
    np.add.at(values, (product[kept], buyer[kept], seller[kept]), amounts)
    return told


def _add_supplies(world: World, values: Array, place: NDArray[np.int64]) -> list[str]:
    """Add supplies of products with a price to values, (J, N, N)."""
    table, producers = world.part("supplies"), world.part("producers")
    region = place[producers.codes("region")]
    maker = table.codes("supplier")
    product = producers.codes("product").astype(np.int64)[maker]
    price = world.part("products").numbers("price")[product]
    worth = table.numbers("quantity") * price * DAYS_PER_YEAR
    kept = ~np.isnan(worth)
    seller, buyer = region[maker], region[table.codes("buyer")]
    np.add.at(values, (product[kept], buyer[kept], seller[kept]), worth[kept])
    if kept.all() or not kept.any():
        return []
    return [
        say(
            "{count:,} of {all:,} supplies are of products without a price and count nothing",
            count=int((~kept).sum()),
            all=len(kept),
        )
    ]
