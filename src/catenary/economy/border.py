"""What a price of carbon at a border costs the trade that crosses it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Final, Literal, NamedTuple

import numpy as np
import pandas as pd

from catenary.economy.accounts import Accounts, merged_regions
from catenary.economy.choosing import numbers_by_label
from catenary.economy.groups import absent_members
from catenary.economy.levels import views
from catenary.economy.pressures import carbon_of
from catenary.errors import MissingDataError, OptionError, did_you_mean, listed
from catenary.languages import joined, say
from catenary.maths.carbon import charged
from catenary.model import Result, Run, World
from catenary.model.analysis import Number, Share, analysis
from catenary.model.labels import hint_for
from catenary.model.units import DAYS_PER_YEAR, parse_unit
from catenary.worlds.carbon import border_factors, sources

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

__all__ = ["BorderCarbon", "border_carbon"]

ALL_GOODS: Final = "all"
"""Product of a trade matrix, which tells no products apart."""

_MONEY: Final = 3  # letters of a currency


@dataclass(frozen=True, kw_only=True, eq=False)
class BorderCarbon(Result):
    """Cost of a carbon price at the border of one importer."""

    flows: pd.DataFrame
    """By exporter and product, dearest first."""
    exporters: pd.DataFrame
    """Sums by exporter."""

    def figures(self) -> pd.DataFrame:
        """Return total emissions and cost."""
        keys = ["world"] if "world" in self.exporters else []
        frames: list[tuple[object, pd.DataFrame]] = [("", self.exporters)]
        if keys:
            frames = list(self.exporters.groupby("world", sort=False))
        rows = [
            {**({"world": label} if keys else {}), "figure": figure, "unit": unit, "value": value}
            for label, frame in frames
            for figure, unit, value in (
                ("embedded_emissions", "t/year", frame["emissions"].sum()),
                ("charged_emissions", "t/year", frame["charged"].sum()),
                ("border_cost", "currency/year", frame["cost"].sum()),
            )
        ]
        return pd.DataFrame(rows)

    def summary(self) -> str:
        """Return what is paid, and who pays most."""
        lines: list[str] = []
        for label, tables in views({"exporters": self.exporters}):
            line = _in_words(tables["exporters"])
            lines.append(say("{label}: {text}", label=label, text=line) if label else line)
        return joined(lines, "\n") or say("Nothing is to be paid at the border.")


def _in_words(exporters: pd.DataFrame) -> str:
    """Return what is paid in one world."""
    total = exporters["cost"].sum()
    if not total > 0:
        return say("Nothing is to be paid at the border.")
    top = exporters.iloc[int(exporters["cost"].to_numpy().argmax())]
    return say(
        "{emissions:.4g} t of CO2 a year in imports; {cost:.4g} a year to be paid for "
        "{charged:.4g} t of it. {region} bears most: {share:.1%}.",
        emissions=exporters["emissions"].sum(),
        cost=total,
        charged=exporters["charged"].sum(),
        region=str(top["exporter"]),
        share=top["cost"] / total,
    )


class _Trade(NamedTuple):
    """Imports of one importer by exporter and product."""

    exporter: list[str]
    product: list[str]
    quantity: Array
    """A year, in base units: t, or one of the currency."""
    embedded: Array
    """t per base unit; NaN = not known."""
    own: Array
    """What makers of the importer emit, t per base unit; NaN = not known."""
    money: bool
    unit: str
    """What intensities are per."""
    warnings: tuple[str, ...]


@analysis("see")
def border_carbon(
    world: World,
    *,
    price: Annotated[float, Number("currency/t", 0)],
    importer: str = "EU27",
    merge: str = "",
    stressor: str = "",
    scope: Literal["direct", "chain"] = "direct",
    products: str = "",
    year: Annotated[int, Number("year", 2026, 3000)] = 2026,
    factor: Share | None = None,
    embedded: str = "",
    benchmark: str = "",
    paid: str = "",
) -> BorderCarbon:
    """Work out what a carbon price at a border costs each exporter and product.

    Per unit, max(0, embedded emissions - factor × benchmark) is charged with the price, less what
    was paid for carbon where the good was made, and never less than nothing.

    Parameters
    ----------
    world
        An input-output world with `stressors` in a unit of mass, or a matrix `trade`.
    price
        Price of a tonne, in the currency of the table.
    importer
        Region or group that charges; trade inside it is free.
    merge
        Groups of exporters to see as one region, separated by commas.
    stressor
        Row of `stressors`; blank = the first.
    scope
        What is embedded: `direct` emissions of the exporting industry, or those of the whole
        `chain` of its inputs, wherever they are made.
    products
        Products that are charged, separated by commas; blank = all, services too.
    year
        Year whose share of free allocation is taken.
    factor
        Share of the benchmark that is free; not given = that of the year.
    embedded
        Emissions in t per unit, for all or by exporter, as in 1.2 or CHN=2.1,IND=2.6, instead of
        those of the world; a trade matrix needs them. A unit is a tonne or one of the currency.
    benchmark
        Free allocation in t per tonne, or per one of the currency of the table (t per USD, not
        per MUSD), for all or by product, as in c11=0.0007,c12=0.0013; importer = what the
        importer's own makers emit per unit; blank = none.
    paid
        Carbon price paid abroad, for all or by exporter, in the currency per tonne.

    Returns
    -------
    BorderCarbon
        Emissions, cost and its share of the value, by exporter and product.

    Raises
    ------
    OptionError
        If a region, product, number or year is none.
    MissingDataError
        If the world has neither accounts nor trade, or a trade matrix comes without emissions.

    References
    ----------
    Regulation (EU) 2023/956 establishing a carbon border adjustment mechanism.

    Examples
    --------
    >>> import catenary
    >>> from catenary.testing import two_regions
    >>> found = catenary.border_carbon(two_regions(), price=80, importer="BBB")
    >>> found.flows[["exporter", "quantity", "cost"]].to_numpy().tolist()
    [['AAA', 5.0, 200.0]]
    """
    free, told = _factor(year, factor)
    trade = _trade(world, importer, merge, stressor, scope)
    rows = pd.DataFrame({"exporter": trade.exporter, "product": trade.product})
    kept = _kept(rows, trade, products)
    given = numbers_by_label(embedded, dict.fromkeys(trade.exporter), "embedded")
    intensity = rows["exporter"].map(given).fillna(pd.Series(trade.embedded)).to_numpy(np.float64)
    unknown = np.isnan(intensity) & kept
    if unknown.any():
        names = listed(rows["exporter"][unknown].unique(), most=5)
        raise MissingDataError(
            f"the emissions embedded in the trade of {names} are not known",
            hint="give `embedded`, in t per unit, for all exporters or by exporter",
        )
    norm: Array = trade.own
    if benchmark == "importer":
        if np.isnan(norm).any():
            raise MissingDataError(
                "a trade matrix does not tell what the importer emits",
                hint="give `benchmark` as a number, in t per unit",
            )
    else:
        marks = numbers_by_label(benchmark, dict.fromkeys(trade.product), "benchmark")
        norm = np.array(rows["product"].map(marks).fillna(0.0), dtype=np.float64)
    abroad = numbers_by_label(paid, dict.fromkeys(trade.exporter), "paid")
    known = rows["exporter"].map(abroad).fillna(0.0).to_numpy(np.float64)
    less: Array = np.minimum(known, np.full_like(known, price))
    due = charged(np.nan_to_num(intensity), norm, free) * trade.quantity
    rows = rows.assign(
        importer=importer,
        quantity=trade.quantity,
        intensity=intensity,
        benchmark=norm,
        emissions=intensity * trade.quantity,
        charged=due,
        cost=due * (price - less),
    )[kept]
    told += _doubts(rows, trade, products, free)
    return BorderCarbon(
        run=Run(analysis="border_carbon", options={}, world="", warnings=(*trade.warnings, *told)),
        flows=_told(rows, money=trade.money),
        exporters=_told(
            rows.groupby(["importer", "exporter"], as_index=False)[
                ["quantity", "emissions", "charged", "cost"]
            ].sum(),
            money=trade.money,
        ),
    )


def _doubts(rows: pd.DataFrame, trade: _Trade, products: str, free: float) -> tuple[str, ...]:
    """Say where more is charged than a reader may mean, or nothing is."""
    told: list[str] = []
    count = rows["product"].nunique()
    if not products.strip() and count > 1:
        told.append(
            say("all {count} products are charged, services as well: choose products", count=count)
        )
    above = rows["benchmark"] * free >= rows["intensity"]
    if len(rows) and above.all() and rows["intensity"].max() > 0:
        told.append(
            say(
                "nothing is charged because the free benchmark, {least:.3g} t per {unit} or more, "
                "is above all that is embedded, {most:.3g} t per {unit} at most",
                least=rows["benchmark"].min() * free,
                most=rows["intensity"].max(),
                unit=trade.unit,
            )
        )
    return tuple(told)


def _told(rows: pd.DataFrame, *, money: bool) -> pd.DataFrame:
    """Return rows with the cost as a share of the value where that is known, dearest first."""
    value = rows["quantity"].to_numpy(np.float64)
    share = np.full(len(rows), np.nan)
    if money:
        np.divide(rows["cost"].to_numpy(np.float64), value, out=share, where=value > 0)
    first = [name for name in ("importer", "exporter", "product") if name in rows]
    rest = [name for name in rows if name not in first]
    rows = rows[[*first, *rest]].assign(ad_valorem=share)
    return rows.sort_values("cost", ascending=False, kind="stable", ignore_index=True)


def _kept(rows: pd.DataFrame, trade: _Trade, products: str) -> pd.Series:
    """Return which rows are charged trade."""
    wanted = [word.strip() for word in products.split(",") if word.strip()]
    known = list(dict.fromkeys(trade.product))
    for word in wanted:
        if word not in known:
            raise OptionError(f"no product {word!r} is traded", hint=did_you_mean(word, known))
    kept: pd.Series = pd.Series(trade.quantity > 0, index=rows.index)
    return kept & rows["product"].isin(wanted) if wanted else kept


def _factor(year: int, factor: float | None) -> tuple[float, tuple[str, ...]]:
    """Return the free share of the benchmark, and what a reader should know of it."""
    if factor is not None:
        return factor, ()
    known = border_factors()
    free, source = known[min(year, max(known))]
    if sources()[source]["kind"] != "assumption":
        return free, ()
    return free, (
        say(
            "the free share of the benchmark in {year}, {share:.1%}, is an assumption: {text}",
            year=year,
            share=free,
            text=sources()[source]["statement"],
        ),
    )


def _trade(world: World, importer: str, merge: str, stressor: str, scope: str) -> _Trade:
    if "intermediate" not in world and "trade" in world:
        return _from_matrix(world, importer, merge)
    accounts = Accounts.of(world, merge=_with_importer(world, importer, merge))
    buyer = _position(accounts.regions, importer)
    pressures, tonnes, told = carbon_of(world, accounts, stressor)
    flow = parse_unit(accounts.unit)
    yearly = flow.scale * DAYS_PER_YEAR / (flow.days or DAYS_PER_YEAR)
    direct = accounts.per_output(pressures.caused[0]) * tonnes / yearly
    intensity = direct if scope == "direct" else accounts.solver.intensities(direct)
    warnings = (*accounts.warnings, *told)
    sold = accounts.exports[:, buyer] * yearly
    if (sold < 0).any():
        warnings += (
            say(
                "{count} exports are negative (stocks drawn down), {amount:.3g} together; nothing "
                "is charged on them",
                count=int((sold < 0).sum()),
                amount=sold[sold < 0].sum(),
            ),
        )
        sold = np.maximum(sold, 0.0)
    home = accounts.region == buyer
    count = len(accounts.products)
    made = np.bincount(accounts.product[home], accounts.output[home], count)
    caused = np.bincount(accounts.product[home], (intensity * accounts.output)[home], count)
    own = np.divide(caused, made, out=np.zeros(count), where=made > 0)[accounts.product]
    groups = accounts.region * count + accounts.product
    pairs, place = np.unique(groups[~home], return_inverse=True)
    quantity = np.bincount(place, sold[~home], len(pairs)).astype(np.float64)
    carried = np.bincount(place, (sold * intensity)[~home], len(pairs)).astype(np.float64)
    region, product = np.divmod(pairs, count)
    first = np.array([np.flatnonzero(groups == pair)[0] for pair in pairs], dtype=np.int64)
    return _Trade(
        exporter=[str(accounts.regions[int(i)]) for i in region],
        product=[str(accounts.products[int(i)]) for i in product],
        quantity=quantity,
        embedded=np.divide(carried, quantity, out=intensity[first], where=quantity > 0),
        own=own[first],
        money=_is_money(accounts.unit),
        unit=_base(accounts.unit),
        warnings=warnings,
    )


def _from_matrix(world: World, importer: str, merge: str) -> _Trade:
    """Return the imports of a world that has a matrix of trade between regions only."""
    matrix = world.matrix("trade")
    regions, kept = merged_regions(world, _with_importer(world, importer, merge))
    every = world.ids("regions")
    values = matrix.dense
    rows, columns = (kept[every.get_indexer(labels)] for labels in (matrix.rows, matrix.columns))
    total = np.zeros((len(regions), len(regions)))
    np.add.at(total, (rows[:, None], columns[None, :]), values)
    buyer = _position(regions, importer)
    unit = parse_unit(matrix.unit)
    others = np.flatnonzero(np.arange(len(regions)) != buyer)
    scale = unit.scale * DAYS_PER_YEAR / (unit.days or DAYS_PER_YEAR)
    unknown = np.full(len(others), np.nan)
    return _Trade(
        exporter=[str(regions[int(i)]) for i in others],
        product=[ALL_GOODS] * len(others),
        quantity=total[others, buyer] * scale,
        embedded=unknown,
        own=unknown,
        money=_is_money(matrix.unit),
        unit=_base(matrix.unit),
        warnings=absent_members(world, f"{merge},{importer}"),
    )


def _with_importer(world: World, importer: str, merge: str) -> str:
    """Return the groups to merge, with the importer among them if it is one."""
    groups = [word.strip() for word in merge.split(",") if word.strip()]
    alone = importer in world.ids("regions") and not _has_members(world, importer)
    if not alone and importer not in groups:
        groups.append(importer)
    return ",".join(groups)


def _has_members(world: World, group: str) -> bool:
    return bool((world.members("regions", group) & (world.ids("regions") != group)).any())


def _position(regions: pd.Index, importer: str) -> int:
    if importer not in regions:
        raise OptionError(
            f"there is no importer {importer!r}", hint=hint_for(importer, regions, table="regions")
        )
    return int(regions.get_indexer(pd.Index([importer]))[0])


def _base(unit: str) -> str:
    """Return what quantities are counted in here: t, a currency, or the kind that it is."""
    kind = parse_unit(unit).kind
    return "t" if kind.startswith("mass") else kind


def _is_money(unit: str) -> bool:
    kind = parse_unit(unit).kind.partition("(")[0]
    return len(kind) == _MONEY and kind.isupper()
