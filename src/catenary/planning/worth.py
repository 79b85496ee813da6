"""What a unit of each product is worth, USD: from an option, prices, money units or a catalogue."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from catenary.errors import OptionError
from catenary.model.labels import hint_for
from catenary.model.units import DAYS_PER_YEAR, parse_unit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from catenary.model import World
    from catenary.worlds.measures import Worth

    Array = NDArray[np.float64]

__all__ = ["Worths", "read_worth"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Worths:
    """Worth of every product of a world, in its order."""

    price: Array
    """USD of a unit, (P,); nan where nobody knows."""
    basis: NDArray[np.object_]
    """option, price, unit, catalogue or nothing, (P,)."""
    source: NDArray[np.object_]
    """Id of the source, for those of a catalogue, (P,)."""
    output: Array
    """What the world makes in a day, (P,)."""

    @classmethod
    def of(cls, world: World, given: Mapping[str, float], known: Mapping[str, Worth]) -> Worths:
        """Return what units are worth.

        An option comes before `products.price`, that before a unit of money, that before a
        catalogue. An option or catalogue says what a year's output of the world is worth.

        Parameters
        ----------
        world
            Has `products` and `producers`.
        given
            Product → USD a year.
        known
            Rows of a catalogue.

        Raises
        ------
        OptionError
            If an option names no product.

        Examples
        --------
        >>> from catenary.testing import two_regions
        >>> Worths.of(two_regions(), {}, {}).price.tolist()
        [1.0]
        """
        part, makers = world.part("products"), world.part("producers")
        ids = [str(label) for label in part.index]
        for name in given:
            if name not in ids:
                hint = hint_for(name, world.ids("products"), table="products")
                raise OptionError(f"worth names {name!r}, which is no product", hint=hint)
        made = makers.codes("product").astype(np.int64)
        output = np.bincount(made, makers.numbers("output"), minlength=len(ids)).astype(np.float64)
        price = part.numbers("price").astype(np.float64, copy=True)
        basis = np.where(np.isnan(price), "", "price").astype(object)
        source = np.full(len(ids), "", object)
        units = part.frame["unit"].astype("str").tolist()
        for place, (label, unit) in enumerate(zip(ids, units, strict=True)):
            found = _a_unit(unit) if not basis[place] else np.nan
            if np.isfinite(found):
                price[place], basis[place] = found, "unit"
            usd = given.get(label, known[label].usd if label in known else np.nan)
            if np.isnan(usd) or output[place] <= 0 or (basis[place] and label not in given):
                continue
            price[place] = usd / DAYS_PER_YEAR / output[place]
            basis[place] = "option" if label in given else "catalogue"
            source[place] = known[label].source if label not in given else ""
        return cls(price=price, basis=basis, source=source, output=output)

    def table(self, world: World) -> pd.DataFrame:
        """Return products that somebody makes with what a year's output is worth."""
        made = np.flatnonzero(self.output > 0)
        return pd.DataFrame(
            {
                "product": pd.Series(world.ids("products").astype("str").to_numpy(object)[made],
                                     dtype="str"),
                "worth": (self.price * self.output * DAYS_PER_YEAR)[made],
                "basis": pd.Series(self.basis[made], dtype="str"),
                "source": pd.Series(self.source[made], dtype="str"),
            }
        )  # fmt: skip


def _a_unit(text: str) -> float:
    """Return how many USD a unit is; nan = it is no money, or of another country."""
    if not text.strip():
        return np.nan
    unit = parse_unit(text)
    money = unit.days is None and unit.kind.partition("(")[0] == "USD"
    return unit.scale if money else np.nan


def read_worth(words: str) -> dict[str, float]:
    """Read the option worth: PRODUCT=USD,PRODUCT=USD.

    Raises
    ------
    OptionError
        If it is written otherwise.

    Examples
    --------
    >>> read_worth("semiconductors.atp=6e11")
    {'semiconductors.atp': 600000000000.0}
    """
    found: dict[str, float] = {}
    for part in filter(None, (one.strip() for one in words.split(","))):
        name, _, number = (one.strip() for one in part.rpartition("="))
        try:
            value = float(number)
        except ValueError:
            value = -1.0
        if not name or not 0 < value < 1e18:
            raise OptionError(
                f"worth gives {part!r}, not a product and USD a year above 0",
                hint="write worth as PRODUCT=USD,PRODUCT=USD",
            )
        found[name] = value
    return found
