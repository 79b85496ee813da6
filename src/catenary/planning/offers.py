"""Who offers a product at what price, as a world says: the table `offers`, or its producers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from catenary.errors import MissingDataError, OptionError
from catenary.languages import say
from catenary.model.labels import hint_for

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from catenary.model import World

    Array = NDArray[np.float64]

__all__ = ["Offers", "baseline_use", "final_demand", "links_to"]

_PLAIN: Final = (
    "price", "capacity", "reservation", "qualification", "least", "order_cost", "lot",
)  # fmt: skip
_WAY: Final = {"lead_time": "duration", "tariff": "tariff", "freight": "cost",
               "emissions": "emissions"}  # fmt: skip
"""Column of offers → column of links; the last two are per tonne there."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Offers:
    """I offers of one product to one region."""

    ids: NDArray[np.object_]
    names: NDArray[np.object_]
    region: NDArray[np.object_]
    """Where it is made, (I,)."""
    numbers: dict[str, Array]
    """Columns of `offers`, (I,) each; nothing is missing."""
    unit: str
    """Of the product."""
    warnings: tuple[str, ...]

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.ids)

    def __getitem__(self, column: str) -> Array:
        """Return a column."""
        return self.numbers[column]

    def unit_cost(self, carbon_price: float) -> Array:
        """Return what a unit costs with tariff, freight and carbon, (I,).

        Parameters
        ----------
        carbon_price
            USD per tonne of CO2e.
        """
        landed = self["price"] * (1 + self["tariff"]) + self["freight"]
        return np.asarray(landed + carbon_price * self["emissions"] / 1e3)

    @classmethod
    def of(cls, world: World, product: str, region: str = "", *, spare: float = 0.0) -> Offers:
        """Read who offers a product to a region.

        Parameters
        ----------
        world
            Has `offers`, or else `producers`.
        product
            What is bought.
        region
            Where it is needed; blank = links do not matter.
        spare
            Share of output that producers without a known capacity could add.

        Raises
        ------
        OptionError
            If the product or region is unknown.
        MissingDataError
            If nobody offers it.
        """
        _known(world, "products", product, "product")
        if region:
            _known(world, "regions", region, "region")
        if "offers" in world and (world.table("offers")["product"] == product).any():
            told: list[str] = []
            rows = world.table("offers")
            rows = rows[(rows["product"] == product).to_numpy()]
        else:
            rows, told = _of_producers(world, product, region, spare)
        if not len(rows):
            raise MissingDataError(
                f"nobody in this world offers {product!r}",
                hint="add rows to the table offers: product, region, price, capacity",
            )
        origin = rows["region"].astype("str").to_numpy(object)
        numbers = {
            name: rows[name].to_numpy(np.float64, na_value=np.nan)
            if name in rows
            else np.zeros(len(rows))
            for name in (*_PLAIN, *_WAY)
        }
        missing = [n for n in _WAY if n not in rows]
        for name in missing:
            numbers[name] = np.full(len(rows), np.nan)
        told += _by_links(world, product, region, origin, numbers)
        plain = rows["name"].to_numpy(object) if "name" in rows else np.full(len(rows), "", object)
        ids = rows.index.astype("str").to_numpy(object)
        names = np.where(plain == "", ids, plain)
        return cls(
            ids=ids, names=names, region=origin, numbers=numbers,
            unit=str(world.table("products").loc[product].get("unit", "")), warnings=tuple(told),
        )  # fmt: skip


def _known(world: World, table: str, label: str, option: str) -> None:
    if table not in world or label not in world.ids(table):
        known = world.ids(table) if table in world else ()
        raise OptionError(
            f"{option} names {label!r}, which is no row of {table}",
            hint=hint_for(label, known, table=table),
        )


def baseline_use(world: World, product: str, region: str) -> pd.Series:
    """Return who delivers how much of a product to a region on a normal day, by producer.

    Examples
    --------
    >>> from catenary.testing import serial_chain
    >>> baseline_use(serial_chain(2), "s0", "AAA").to_dict()
    {'AAA.s0': 1.0}
    """
    found: dict[str, float] = {}
    makers = world.part("producers")
    product_of = makers.frame["product"].astype("str").to_numpy(object)
    region_of = makers.frame["region"].astype("str").to_numpy(object)
    if "supplies" in world:
        part = world.part("supplies")
        supplier, buyer = part.codes("supplier"), part.codes("buyer")
        mine = (product_of[supplier] == product) & (region_of[buyer] == region)
        for code, quantity in zip(supplier[mine], part.numbers("quantity")[mine], strict=True):
            label = str(makers.index[int(code)])
            found[label] = found.get(label, 0.0) + float(quantity)
    if "demand" in world:
        rows = world.table("demand")
        mine = ((rows["product"] == product) & (rows["region"] == region)).to_numpy()
        for maker, quantity in final_demand(world, mine).items():
            found[str(maker)] = found.get(str(maker), 0.0) + float(quantity)
    return pd.Series(found, dtype=np.float64)


def final_demand(world: World, rows: NDArray[np.bool_] | None = None) -> pd.Series:
    """Return what final buyers take from each producer on a normal day.

    Demand that names no supplier is served by all who make the product, by their output.

    Examples
    --------
    >>> from catenary.testing import serial_chain
    >>> final_demand(serial_chain(2)).to_dict()
    {'AAA.s1': 1.0}
    """
    makers = world.part("producers")
    product_of, output = makers.codes("product"), makers.numbers("output")
    part = world.part("demand")
    count = len(part.index)
    chosen = np.arange(count) if rows is None else np.flatnonzero(rows)
    total = np.zeros(len(output))
    supplier = part.codes("supplier") if "supplier" in part.frame else np.full(count, -1)
    product, quantity = part.codes("product"), part.numbers("quantity")
    for k in chosen:
        if supplier[k] >= 0:
            total[supplier[k]] += quantity[k]
        else:
            share = np.where(product_of == product[k], output, 0.0)
            total += quantity[k] * share / max(share.sum(), 1e-300)
    return pd.Series(total, index=makers.index)[total > 0]


def _of_producers(
    world: World, product: str, region: str, spare: float
) -> tuple[pd.DataFrame, list[str]]:
    """Return producers as offers: what they deliver already, and what they have to spare."""
    makers = world.table("producers")
    rows = makers[(makers["product"] == product).to_numpy()]
    output = rows["output"].to_numpy(np.float64)
    capacity = rows["capacity"].to_numpy(np.float64, na_value=np.nan)
    told: list[str] = []
    if np.isnan(capacity).any() and not spare:
        told.append(
            say("the capacity of producers is not known: they offer what they deliver already")
        )
    capacity = np.where(np.isnan(capacity), output * (1 + spare), capacity)
    now = baseline_use(world, product, region) if region else pd.Series(dtype=np.float64)
    now_from = now.reindex(rows.index).fillna(0.0).to_numpy(np.float64)
    price = _of_product(world, product, "price")
    if np.isnan(price):
        price = 1.0
        told.append(
            say("the price of {product} is not known: a unit counts 1 USD", product=product)
        )
    offered = pd.DataFrame(
        {
            "region": rows["region"].astype("str"),
            "price": price,
            "capacity": np.maximum(capacity - output, 0.0) + now_from,
        },
        index=rows.index,
    )
    return offered[offered["capacity"] > 0], told


def _of_product(world: World, product: str, column: str) -> float:
    """Return a number of a product; nan = unknown."""
    place = world.ids("products").get_indexer(pd.Index([product]))[0]
    return float(world.part("products").numbers(column)[place])


def _by_links(
    world: World, product: str, region: str, origin: NDArray[np.object_], numbers: dict[str, Array]
) -> list[str]:
    """Fill what an offer does not say of the way; return warnings."""
    mass = _of_product(world, product, "mass")
    told: list[str] = []
    found = links_to(world, product, region) if region and "links" in world else pd.DataFrame()
    for name, column in _WAY.items():
        blank = np.isnan(numbers[name])
        values = np.zeros(len(origin))
        if len(found):
            values = found[column].reindex(origin).fillna(0.0).to_numpy(np.float64)
            if name in ("freight", "emissions"):
                if np.isnan(mass) and (values[blank] > 0).any():
                    told.append(
                        say("the mass of {product} is not known: freight by links is left out",
                            product=product)
                    )  # fmt: skip
                values = np.where(np.isnan(mass), 0.0, values * (0.0 if np.isnan(mass) else mass))
        numbers[name] = np.where(blank, values, numbers[name])
    if len(found):
        open_ = found["open"].reindex(origin).fillna(1.0).to_numpy(np.float64)
        numbers["capacity"] = numbers["capacity"] * open_
    return list(dict.fromkeys(told))


def links_to(world: World, product: str, region: str) -> pd.DataFrame:
    """Return duration, tariff, cost, emissions and openness of links to a region, by origin.

    Those of the product go before those of all.

    Examples
    --------
    >>> from catenary.testing import trading_world
    >>> links_to(trading_world(regions=3), "p0", "R0").index.tolist()
    ['R1', 'R2']
    """
    rows = world.table("links")
    own = rows["product"].astype("str").to_numpy(object) if "product" in rows else None
    mine = (rows["destination"] == region).to_numpy()
    if own is not None:
        blank = rows["product"].isna().to_numpy()
        mine = mine & (blank | (own == product))
        rows = rows.assign(_general=blank)[mine].sort_values("_general", kind="stable")
    else:
        rows = rows[mine]
    rows = rows.drop_duplicates("origin")
    return rows.set_index(rows["origin"].astype("str"))[[*_WAY.values(), "open"]]
