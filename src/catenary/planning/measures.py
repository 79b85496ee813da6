"""Which measures may be taken in a world, where, and what they cost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Final

import pandas as pd

from catenary.languages import joined, say
from catenary.model import Result, Run, Scenario, World
from catenary.model.analysis import Number, analysis
from catenary.model.money import told_amount
from catenary.planning.expanding import Offer
from catenary.planning.worth import read_worth
from catenary.worlds.measures import catalogue as read_catalogue

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

    from catenary.worlds.measures import Catalogue

    Array = NDArray[np.float64]

__all__ = ["MOST", "Measures", "measures", "offered"]

MOST: Final = 60
"""How many measures are offered, if nobody says."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Measures(Result):
    """Measures that a world offers."""

    measures: pd.DataFrame
    """One row for each, the best of each kind in turn."""
    worth: pd.DataFrame
    """What a year's output of each product is worth, and who says so."""
    numbers: pd.DataFrame
    """Every number of the catalogue that was used, with its range and source."""

    def figures(self) -> pd.DataFrame:
        """Return how many measures there are, and what they cost and emit together."""
        parts = []
        for label, tables in self.by_world():
            one = tables["measures"]
            rows = [
                ("measures", "number", float(len(one))),
                ("all of them", "USD/year", float(one["usd"].sum())),
                ("all of them emit", "t CO2e/year", float(one["co2e"].sum())),
                ("dearest", "USD/year", float(one["usd"].max())),
            ]
            frame = pd.DataFrame(rows, columns=["figure", "unit", "value"])
            parts.append(frame.assign(world=label) if label else frame)
        return pd.concat(parts, ignore_index=True)

    def summary(self) -> str:
        """Return how many there are of which kind, and what they cost."""
        lines = []
        for label, tables in self.by_world():
            one = tables["measures"]
            kinds = one["template"].value_counts(sort=False)
            paid = one[one["usd"] > 0]
            text = say(
                "{count:,} measures: {kinds}. All together cost {usd}; the range of each is from "
                "{low:.3g} to {high:.3g} times its cost at most.",
                count=len(one),
                kinds=joined(
                    [
                        say("{count:,} × {kind}", count=int(n), kind=str(k))
                        for k, n in kinds.items()
                    ],
                    say(", "),
                ),
                usd=told_amount(float(one["usd"].sum()), "USD/year"),
                low=float((paid["usd_low"] / paid["usd"]).min()) if len(paid) else 1.0,
                high=float((paid["usd_high"] / paid["usd"]).max()) if len(paid) else 1.0,
            )
            lines.append(say("{label}: {text}", label=label, text=text) if label else text)
        return joined(lines, "\n")


@analysis("strengthen")
def measures(
    world: World,
    *,
    regions: str = "",
    products: str = "",
    kinds: str = "",
    most: Annotated[int, Number("number", 1, 1_000_000)] = MOST,
    worth: str = "",
    rate: Annotated[float, Number("share/year", 0, 10)] | None = None,
    catalogue: str = "",
) -> Measures:
    """Say which measures may be taken, where most rests on them, and what each costs in a year.

    A catalogue of templates (stock of an input, second source, spare capacity, substitution,
    recycling, support, training, borders, places of the network) is expanded over the world. Of
    each template the places come first where most is at stake: what stops with a producer, times
    how critical and how concentrated its input is; the templates take turns. What is paid once is
    spread over the years that it lasts. Every number names its source or is an assumption.

    Parameters
    ----------
    world
        Has `producers`, with `supplies` or a table; or `links` or a network of transport.
    regions
        Who decides: regions or groups, parted by commas; blank = all. What all buyers of a product
        or all users of a recipe would have to do together is then left out.
    products
        Products or groups that are to be secured; blank = all.
    kinds
        Templates or kinds to take, parted by commas; blank = all.
    most
        How many measures at most.
    worth
        What a year's output of a product is worth, such as semiconductors.atp=6e11; comes before
        its price, its unit of money and the catalogue.
    rate
        Interest on what is paid once; blank = as the catalogue says.
    catalogue
        TOML file with templates of one's own, merged over the built-in ones.

    Returns
    -------
    Measures
        Measures with what they change, cost and emit; worths; numbers of the catalogue.

    Raises
    ------
    OptionError
        If an option names nothing, or no measure is left.
    MissingDataError
        If the world has nothing that a measure could change.
    DataError
        If the catalogue is wrong.

    Examples
    --------
    >>> import catenary
    >>> found = catenary.measures(catenary.load("chains:pooled"), products="solar.wafers",
    ...                           kinds="stock,capacity", most=2)
    >>> found.measures["measure"].tolist()
    ['stock:CHN.solar.cells:solar.wafers', 'spare_capacity:CHN.solar.wafers']
    """
    known = read_catalogue(catalogue)
    found = Offer.of(
        world, known, regions=regions, products=products, kinds=kinds, worth=read_worth(worth),
        most=most, rate=known.rate.value if rate is None else rate,
    )  # fmt: skip
    return Measures(
        run=Run(analysis="measures", options={}, world="", warnings=found.warnings),
        measures=found.table(),
        worth=found.worth(),
        numbers=found.numbers(),
    )


def offered(
    world: World,
    *,
    regions: str = "",
    products: str = "",
    kinds: str = "",
    most: int = MOST,
    worth: Mapping[str, float] | None = None,
    rate: float | None = None,
    catalogue: Catalogue | None = None,
    weights: Array | None = None,
) -> Scenario:
    """Return measures that may be taken in a world as a scenario, with costs and sources.

    Parameters
    ----------
    world, regions, products, kinds, most, rate
        As for `measures`.
    worth
        Product → what a year's output of the world is worth, USD.
    catalogue
        Templates; None = the built-in ones.
    weights
        What is at stake at each producer, (N,), such as its loss if nothing is done; None = what
        it makes and what rests on that.

    Raises
    ------
    OptionError
        If an option names nothing, or no measure is left.

    Examples
    --------
    >>> from catenary.model import measures_of
    >>> from catenary.testing import serial_chain
    >>> mine = offered(serial_chain(2), worth={"s0": 1e6}, kinds="stock")
    >>> [(m.name, round(m.usd)) for m in measures_of(mine)]
    [('stock:AAA.s1:s0', 24658)]
    """
    known = read_catalogue() if catalogue is None else catalogue
    found = Offer.of(
        world, known, regions=regions, products=products, kinds=kinds, worth=worth or {},
        most=most, rate=known.rate.value if rate is None else rate, weights=weights,
    )  # fmt: skip
    return found.scenario(world.name)
