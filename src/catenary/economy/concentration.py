"""On how few suppliers a purchase rests, directly and through the stages above."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, Final, Literal, Self

import numpy as np
import pandas as pd

from catenary.economy.deliveries import Basis, Deliveries, chosen
from catenary.economy.dependence import dependence, persistence
from catenary.economy.groups import absent_members
from catenary.economy.upstream import looked_through
from catenary.errors import ComputationError, DataError
from catenary.languages import joined, say
from catenary.maths.concentration import Shares, shares_of
from catenary.maths.grouping import sum_by
from catenary.model import Result, Run, World
from catenary.model.analysis import Number, Share, analysis

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Integers = NDArray[np.int64]

__all__ = ["Concentration", "Who", "concentration"]

MOST_ROWS: Final = 5_000_000

Who = Literal["region", "firm", "producer"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Concentration(Result):
    """How concentrated purchases are, on whom, and which rest on too few."""

    markets: pd.DataFrame
    """One row per destination, product, stage looked through to and year; most concentrated first
    among the largest."""
    suppliers: pd.DataFrame
    """The largest suppliers of each row of `markets`."""
    exporters: pd.DataFrame
    """Concentration of world exports, by product and year."""
    dependence: pd.DataFrame
    """Dependency indicators by destination, product and year."""
    persistence: pd.DataFrame
    """How often a product was dependent in the last three years."""

    def summary(self) -> str:
        """Return the most concentrated large purchases in a few lines."""
        lines: list[str] = []
        frames = [("", self.markets)]
        if "world" in self.markets:
            frames = [(str(w), f) for w, f in self.markets.groupby("world", sort=False)]
        for label, markets in frames:
            same = markets["stage"].astype("str") == markets["product"].astype("str")
            direct = markets[same]
            large = direct[direct["weight"] >= float(self.run.options.get("least", 0.0))]
            direct = large if len(large) else direct
            one = direct.sort_values("amount", ascending=False).iloc[0]
            line = say(
                "{count:,} purchases, {single:,} of them from a single source; half have a "
                "Herfindahl index above {middle:.2f}. The largest, {product} for {destination}, "
                "comes from {suppliers:,} suppliers that weigh as much as {effective:.1f} equal "
                "ones; {largest} has {share:.1%}.",
                count=len(direct),
                single=int(direct["single"].sum()),
                middle=direct["hhi"].median(),
                product=str(one["product"]),
                destination=str(one["destination"]),
                suppliers=int(one["suppliers"]),
                effective=one["effective"],
                largest=str(one["largest"]),
                share=one["largest_share"],
            )
            lines.append(say("{label}: {text}", label=label, text=line) if label else line)
        if len(self.persistence):
            lines.append(
                say(
                    "{count:,} products are dependent in at least two of the last three years.",
                    count=int(self.persistence["dependent"].sum()),
                )
            )
        return joined(lines, "\n")

    def joined(self, results: Mapping[str, Self], *, world: str) -> Self:
        """Return one result; worlds that are years say what persists over them."""
        whole = super().joined(results, world=world)
        if len(results) < 2 or not all(label.isdigit() for label in results):
            return whole
        rows = whole.dependence.assign(year=whole.dependence["world"].astype(float))
        found, told = persistence(rows)
        found.insert(0, "world", pd.Series(max(results), index=found.index, dtype="str"))
        run = replace(whole.run, warnings=(*whole.run.warnings, *told))
        return replace(whole, run=run, persistence=found)


@analysis("see")
def concentration(
    world: World,
    *,
    destination: str = "",
    product: str = "",
    through: bool = False,
    home: bool = False,
    single: Share = 1.0,
    least: Share = 0.001,
    top: Annotated[int, Number("number", 1, 1000)] = 5,
    suppliers: Who = "region",
    buyers: Who = "region",
    basis: Basis = "any",
    merge: str = "",
) -> Concentration:
    """Measure on how few suppliers each purchase rests.

    With shares s of the suppliers of a product to a buyer, H = Σ s² (Herfindahl-Hirschman) lies
    between 1/n and 1; 1/H is the effective number of suppliers. Looking through suppliers splits
    the same purchase by where the inputs come from: for supplies by every upstream stage, for an
    input-output table by value added, for `trade_flows` by the inputs of the recipes, for a matrix
    `trade` with a diagonal by where suppliers buy.

    Parameters
    ----------
    world
        Needs `trade_flows`, `supplies`, `intermediate` and `final`, or the matrix `trade`.
    destination
        Buyers or groups of them, separated by commas; blank = all.
    product
        Products or groups of them, separated by commas; blank = all.
    through
        Whether to look through suppliers to the stages above as well.
    home
        Whether what a region supplies itself counts as one of its suppliers.
    single
        Share of the largest supplier from which it is a single source.
    least
        Share of all that a buyer buys from which a purchase counts in the summary and is listed
        before smaller ones.
    top
        How many suppliers of each purchase to list.
    suppliers
        What one supplier is: a region, a firm, or a producer (the last two for supplies).
    buyers
        What one buyer is: a region, a firm, or a producer (the last two for supplies).
    basis
        Part of the world to read; any = the first of trade_flows, supplies, intermediate, trade.
    merge
        Groups of regions to see as one region, separated by commas (EU27, LDC, landlocked,
        islands, or groups of the world).

    Returns
    -------
    Concentration
        Concentration per purchase, largest suppliers, world exports, dependency indicators of the
        European Commission (CDI) and of CEPII (GeoDep), and how long they persist. The thresholds
        of these indicators were set for customs data of about 5,000 products.

    Raises
    ------
    MissingDataError
        If the world does not say who delivers to whom.
    OptionError
        If something of that name is not there.
    DataError
        If nobody delivers anything of what was chosen.

    References
    ----------
    European Commission, SWD(2021) 352; Arjona, R. et al. (2023), Single Market Economics Papers
    2023/14; Lefebvre, K. & Wibaux, P. (2024), CEPII Policy Brief 47.

    Examples
    --------
    >>> import catenary
    >>> result = catenary.concentration(catenary.load("chains:pooled"), product="solar.wafers")
    >>> result.markets.loc[result.markets["destination"] == "VNM", "hhi"].round(3).tolist()
    [0.942]
    """
    every = Deliveries.of(world, basis=basis, suppliers=suppliers, buyers=buyers, merge=merge)
    if len(every.buyer) and (every.buyer < 0).all():
        raise DataError(
            "trade_flows of this world names no destination, so that nobody's purchases are known",
            hint="fill in trade_flows.destination; `complexity` needs none",
        )
    wanted = chosen(world, "regions", every.buyers, destination)
    goods = chosen(world, "products", every.products, product)
    abroad = ~every.inner & (home | ~every.home)
    kept = abroad & (every.buyer >= 0) & wanted[every.buyer] & goods[every.product]
    if not kept.any():
        raise DataError(
            f"there are no deliveries {'' if home else 'across borders '}of what was chosen",
            hint="choose other buyers or products, or home=True for deliveries within a region",
        )
    bought = every.only(kept)
    markets, largest, told = _markets(world, every, bought, through=through, top=top)
    markets["single"] = markets["largest_share"] >= single * (1 - 1e-12)
    by_region = suppliers == buyers == "region"
    rows = dependence(every, wanted & by_region, goods)
    all_bought = _by_buyer(every, abroad)
    markets["weight"] = markets["amount"].to_numpy() / _of_rows(markets, all_bought, every)
    if len(rows):
        small = rows["imports"].to_numpy() < least * _of_rows(rows, all_bought, every)
        rows = rows.iloc[np.argsort(small, kind="stable")].reset_index(drop=True)
    if by_region:
        told += _doubts(every, bought, merge)
    lasting, more = persistence(rows)
    if by_region and every.basis != "trade_flows" and len(rows):
        told += (
            say(
                "dependency indicators were made for customs data of thousands of products; {part} "
                "has {count:,} products, which hides most dependencies",
                part=every.basis,
                count=len(every.products),
            ),
        )
    return Concentration(
        run=Run(
            analysis="concentration",
            options={},
            world="",
            warnings=tuple(
                dict.fromkeys((*every.warnings, *absent_members(world, destination), *told, *more))
            ),
        ),
        markets=markets,
        suppliers=largest,
        exporters=_exporters(every, goods),
        dependence=rows,
        persistence=lasting,
    )


def _by_buyer(every: Deliveries, abroad: NDArray[np.bool_]) -> Array:
    """Return all that each buyer buys in each year, (K, Y)."""
    kept = abroad & (every.buyer >= 0)
    years = len(every.years)
    place = every.buyer[kept] * years + every.year[kept]
    return sum_by(place, every.amount[kept], len(every.buyers) * years).reshape(-1, years)


def _of_rows(frame: pd.DataFrame, by_buyer: Array, every: Deliveries) -> Array:
    """Return what the buyer of each row of a table buys in its year, (N,)."""
    year = pd.Index(every.years).get_indexer(pd.Index(frame["year"]))
    buyer = every.buyers.get_indexer(pd.Index(frame["destination"].astype(object)))
    total: Array = by_buyer[buyer, year]
    return total


def _doubts(every: Deliveries, bought: Deliveries, merge: str) -> tuple[str, ...]:
    """Say which indicators mean less than they seem to."""
    told: list[str] = []
    rest = np.flatnonzero(every.suppliers == "ROW")
    if len(rest) and (bought.supplier == rest[0]).any():
        told.append(
            say(
                "ROW stands for many countries but counts as one supplier: what comes from it is "
                "less concentrated than it seems"
            )
        )
    if not merge.strip():
        told.append(say("cdi2 is 1 by construction: no group of regions is merged"))
    return tuple(told)


def _markets(
    world: World, every: Deliveries, bought: Deliveries, *, through: bool, top: int
) -> tuple[pd.DataFrame, pd.DataFrame, tuple[str, ...]]:
    """Return concentration and largest suppliers, direct and, if wanted, through suppliers."""
    products, years, places = len(every.products), len(every.years), len(every.suppliers)
    purchase = (bought.buyer * products + bought.product) * years + bought.year
    parts = [
        (purchase, bought.supplier, bought.amount, every.products, purchase // years % products)
    ]
    told: tuple[str, ...] = ()
    if through:
        found = looked_through(world, every, bought, purchase)
        parts.append((found.purchase, found.supplier, found.amount, found.stages, found.stage))
        told = found.warnings
    markets, largest = [], []
    for code, supplier, amount, stages, stage in parts:
        shares = shares_of(code * len(stages) + stage, supplier, amount, places)
        if len(shares.groups) > MOST_ROWS or min(len(shares.group), len(shares.groups) * top) > (
            MOST_ROWS
        ):
            raise ComputationError(
                f"the result would have more than {MOST_ROWS:,} rows",
                hint="choose destination or product, or list fewer suppliers with top",
            )
        labels = _labels(every, stages, shares.groups)
        markets.append(_market(every, labels, shares))
        largest.append(_largest(every, labels, shares, top))
    direct, *above = markets
    whole = pd.concat(
        [direct, *(frame for frame in above if len(frame))], ignore_index=True
    ).sort_values(["amount", "hhi"], ascending=False, kind="stable", ignore_index=True)
    listed = pd.concat([frame for frame in largest if len(frame)], ignore_index=True)
    return whole, listed, told


def _named(codes: Integers, labels: pd.Index) -> pd.Categorical:
    """Return labels by their codes: millions of rows hold each label once."""
    return pd.Categorical.from_codes(codes, categories=labels)


def _labels(every: Deliveries, stages: pd.Index, groups: Integers) -> pd.DataFrame:
    """Return destination, product, stage and year of groups."""
    years, products = len(every.years), len(every.products)
    purchase, stage = groups // len(stages), groups % len(stages)
    return pd.DataFrame(
        {
            "destination": _named(purchase // years // products, every.buyers),
            "product": _named(purchase // years % products, every.products),
            "stage": _named(stage, stages),
            "year": np.asarray(every.years)[purchase % years],
        }
    )


def _market(every: Deliveries, labels: pd.DataFrame, shares: Shares) -> pd.DataFrame:
    return labels.assign(
        amount=shares.total,
        unit=every.unit,
        suppliers=shares.count,
        hhi=shares.hhi,
        effective=1.0 / shares.hhi,
        largest=_named(shares.supplier[shares.first], every.suppliers),
        largest_share=shares.share[shares.first],
    )


def _largest(every: Deliveries, labels: pd.DataFrame, shares: Shares, top: int) -> pd.DataFrame:
    """Return the largest suppliers of each group, largest first."""
    place = np.repeat(np.arange(len(shares.groups)), shares.count)
    rank = np.arange(len(place)) - shares.first[place] + 1
    kept = rank <= top
    return (
        labels.iloc[place[kept]]
        .assign(
            rank=rank[kept],
            supplier=_named(shares.supplier[kept], every.suppliers),
            share=shares.share[kept],
            amount=shares.amount[kept],
        )
        .reset_index(drop=True)
    )


def _exporters(every: Deliveries, goods: NDArray[np.bool_]) -> pd.DataFrame:
    """Return the concentration of what crosses borders, by product and year."""
    sold = every.only(~every.home & ~every.inner & goods[every.product])
    years = len(every.years)
    shares = shares_of(
        sold.product * years + sold.year, sold.supplier, sold.amount, len(every.suppliers)
    )
    frame = pd.DataFrame(
        {
            "product": _named(shares.groups // years, every.products),
            "year": np.asarray(every.years)[shares.groups % years],
            "amount": shares.total,
            "unit": every.unit,
            "exporters": shares.count,
            "hhi": shares.hhi,
            "effective": 1.0 / shares.hhi,
            "largest": _named(shares.supplier[shares.first], every.suppliers),
            "largest_share": shares.share[shares.first],
        }
    )
    return frame.sort_values("hhi", ascending=False, kind="stable", ignore_index=True)
