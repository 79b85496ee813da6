"""Why a quantity changed between two years: intensity, technology, final demand."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Final

import numpy as np
import pandas as pd

from catenary.economy.accounts import Accounts
from catenary.economy.levels import coded, indicator, pressure
from catenary.errors import OptionError, listed
from catenary.languages import say
from catenary.maths.structural import Year, polar_average
from catenary.model import Result, Run, Worlds
from catenary.model.analysis import Number, analysis
from catenary.model.units import factor, parse_unit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Integers = NDArray[np.int64]

__all__ = ["Decomposition", "decomposition"]

_EFFECTS: Final = ("intensity", "technology", "mix", "level")
_NOTHING: Final = 1e-13  # of the first amount: rounding


@dataclass(frozen=True, kw_only=True, eq=False)
class Decomposition(Result):
    """What each factor adds to a change."""

    effects: pd.DataFrame
    """The world: each effect, and its share of the change."""
    regions: pd.DataFrame
    """By region that produces, largest change first."""
    products: pd.DataFrame
    """By product."""
    flows: pd.DataFrame
    """By region that produces and region whose final demand it is."""

    def figures(self) -> pd.DataFrame:
        """Return the change and its effects."""
        return pd.DataFrame(
            {
                "figure": self.effects["effect"],
                "unit": self.effects["unit"],
                "value": self.effects["amount"],
            }
        )

    def summary(self) -> str:
        """Return the change and what it comes from."""
        amount = self.effects.set_index("effect")["amount"]
        about = self.effects.iloc[0]
        line = say(
            "{stressor} of the world changed by {change:+.6g} {unit} from {first} to {last}: "
            "intensity {intensity:+.6g}, technology {technology:+.6g}, mix of final demand "
            "{mix:+.6g}, its level {level:+.6g}.",
            stressor=str(about["stressor"]), unit=str(about["unit"]),
            first=str(about["first_world"]), last=str(about["last_world"]),
            change=amount["change"], **{name: amount[name] for name in _EFFECTS},
        )  # fmt: skip
        prices = {
            "nominal": say("{text} Amounts are nominal: prices changed as well.", text=line),
            "deflated": say("{text} Money of the last year is deflated by one number.", text=line),
        }
        return prices.get(str(about["prices"]), line)


@analysis("see", together=True)
def decomposition(
    worlds: Worlds,
    *,
    first: str = "",
    last: str = "",
    stressor: str = "value_added",
    deflator: Annotated[float, Number("index", 1e-6, 1e6)] | None = None,
    merge: str = "",
) -> Decomposition:
    """Split what changed between two years into intensity, technology and final demand.

    A quantity is ŝ (I − A)⁻¹ M ĝ: intensity, technology, what final demand is spent on and from
    where (mix), and how much each region spends (level). The effects are the mean of the two polar
    decompositions; they sum to the change.

    Parameters
    ----------
    worlds
        Years of one table, each with `intermediate` and `final`.
    first
        Label of the first of the two years; blank = the first of the worlds.
    last
        Label of the other; blank = the last of the worlds.
    stressor
        What changed: output, value_added or a row of `stressors`.
    deflator
        Prices of the last year over those of the first, by which its money is divided; not given
        = amounts are nominal, unless both years are in money of one year.
    merge
        Groups of regions to see as one region, separated by commas (EU27, LDC, landlocked,
        islands, or groups of the world).

    Returns
    -------
    Decomposition
        Effects of the world, by region, by product, and by region and final demand.

    Raises
    ------
    MissingDataError
        If a world lacks a matrix.
    OptionError
        If there is no such year, the two are the same, or the stressor is unknown.
    UnitError
        If the years are in different units.

    References
    ----------
    Dietzenbacher, E. & Los, B. (1998), Economic Systems Research 10(4), 307-323; Miller, R. E. &
    Blair, P. D. (2009), Input-Output Analysis, ch. 13.

    Examples
    --------
    >>> import catenary
    >>> from catenary.testing import two_regions
    >>> years = catenary.Worlds({"2000": two_regions(), "2001": two_regions()})
    >>> catenary.decomposition(years, stressor="co2").effects["amount"].tolist()
    [0.0, 0.0, 0.0, 0.0, 0.0]
    """
    labels = list(worlds)
    chosen = (first or labels[0], last or labels[-1])
    if chosen[0] == chosen[1]:
        raise OptionError(
            f"first and last are both {chosen[0]!r}", hint=f"choose two of {listed(labels)}"
        )
    one, other = (worlds[label] for label in chosen)
    accounts = tuple(Accounts.of(world, merge=merge) for world in (one, other))
    amounts = [
        pressure(table, world, stressor)
        for table, world in zip(accounts, (one, other), strict=True)
    ]
    prices, scale = _prices(accounts[0].unit, accounts[1].unit, deflator)
    unit = amounts[0][1]
    if prices == "nominal":  # no one year's money
        unit = re.sub(r"\(\d{4}\)", "", unit)
    money = stressor in ("output", "value_added")
    scales = (1.0, scale if money else factor(amounts[1][1], amounts[0][1]))
    common, told = _Common.of(accounts, chosen)
    years = [
        common.year(table, amount * size, 1.0 if place == 0 else scale)
        for place, (table, (amount, _), size) in enumerate(
            zip(accounts, amounts, scales, strict=True)
        )
    ]
    found = polar_average(*_filled(*years))
    told += [
        say("{label}: {text}", label=label, text=warning)
        for label, table in zip(chosen, accounts, strict=True)
        for warning in table.warnings
    ]
    if prices == "nominal":
        told.append(
            say(
                "amounts are nominal, in {first} and {last}: effects hold changes of prices as "
                "well",
                first=accounts[0].unit,
                last=accounts[1].unit,
            )
        )
    about = {
        "stressor": stressor, "first_world": chosen[0], "last_world": chosen[1],
        "unit": unit, "prices": prices,
    }  # fmt: skip
    return Decomposition(
        run=Run(analysis="decomposition", options={}, world="", warnings=tuple(told)),
        effects=_effects(found, about),
        regions=_grouped("region", common.region, common.regions, found),
        products=_grouped("product", common.product, common.products, found),
        flows=_flows(common, found),
    )


def _missing(what: str, label: str, gone: pd.Index) -> str:
    """Say what one year lacks."""
    about = {"count": len(gone), "label": label, "names": listed(gone, most=3)}
    if what == "regions":
        return say(
            "{count} regions are missing in {label} ({names}); they count as making and buying "
            "nothing there",
            **about,
        )
    return say(
        "{count} producers are missing in {label} ({names}); they count as making nothing there",
        **about,
    )


def _prices(first: str, last: str, deflator: float | None) -> tuple[str, float]:
    """Return in what prices amounts are, and what money of the last year is multiplied by."""
    one, other = parse_unit(first), parse_unit(last)
    plain, plain_last = one.kind.partition("(")[0], other.kind.partition("(")[0]
    if plain != plain_last:
        return "constant", factor(last, first)  # says what cannot be converted
    money = re.fullmatch(r"[A-Z]{3}", plain)
    constant = one.kind == other.kind and (not money or "(" in one.kind)
    scale = other.scale / one.scale / ((other.days or 1.0) / (one.days or 1.0))
    if deflator is not None:
        return "deflated", scale / deflator
    return ("constant" if constant else "nominal"), scale


@dataclass(frozen=True, kw_only=True, eq=False)
class _Common:
    """Producers, regions and products of both years in one order."""

    producers: pd.Index
    regions: pd.Index
    region: Integers
    products: pd.Index
    product: Integers

    @classmethod
    def of(cls, tables: tuple[Accounts, ...], labels: tuple[str, str]) -> tuple[_Common, list[str]]:
        """Return what both years have in common, and say what is in only one."""
        first, last = tables
        told: list[str] = []
        for what in ("regions", "producers"):
            ids = (getattr(first, what), getattr(last, what))
            if what == "producers":  # those of a missing region are said with it
                inside = first.regions.intersection(last.regions)
                ids = tuple(
                    i[np.asarray(t.regions[t.region].isin(inside))]
                    for i, t in zip(ids, tables, strict=True)
                )
            for label, here, there in ((labels[0], *ids), (labels[1], *reversed(ids))):
                gone = there.difference(here, sort=False)
                if len(gone):
                    told.append(_missing(what, label, gone))
        producers, regions, products = (
            getattr(first, what).union(getattr(last, what), sort=False)
            for what in ("producers", "regions", "products")
        )
        names = {
            str(producer): (table.regions[r], table.products[p])
            for table in reversed(tables)
            for producer, r, p in zip(table.producers, table.region, table.product, strict=True)
        }
        region, product = zip(*(names[str(producer)] for producer in producers), strict=True)
        common = cls(
            producers=producers, regions=regions, products=products,
            region=regions.get_indexer(pd.Index(region)).astype(np.int64),
            product=products.get_indexer(pd.Index(product)).astype(np.int64),
        )  # fmt: skip
        return common, told

    def year(self, accounts: Accounts, amount: Array, scale: float) -> tuple[Year, Array]:
        """Return the factors of one year in the common order, and output (N,)."""
        row = self.producers.get_indexer(accounts.producers)
        buyer = self.regions.get_indexer(accounts.regions)
        count = len(self.producers)
        A, output, s = np.zeros((count, count)), np.zeros(count), np.zeros(count)  # noqa: N806
        A[np.ix_(row, row)] = accounts.coefficients
        output[row] = accounts.output * scale
        full = np.zeros(count)
        full[row] = amount
        np.divide(full, output, out=s, where=output != 0)
        final = np.zeros((count, len(self.regions)))
        final[np.ix_(row, buyer)] = accounts.final * scale
        spent = final.sum(axis=0)
        mix = np.divide(final, spent, out=np.zeros_like(final), where=spent != 0)
        return Year(s, A, mix, spent, self.producers.tolist()), output


def _filled(first: tuple[Year, Array], last: tuple[Year, Array]) -> tuple[Year, Year]:
    """Give who makes or buys nothing in one year the recipe of the other, which changes no sum."""
    found = []
    for (year, output), (other, _) in ((first, last), (last, first)):
        idle, poor = output == 0, year.g == 0
        found.append(
            Year(
                s=np.where(idle, other.s, year.s),
                A=np.where(idle[None, :], other.A, year.A),
                M=np.where(poor[None, :], other.M, year.M),
                g=year.g,
                names=year.names,
            )
        )
    return found[0], found[1]


def _effects(found: dict[str, Array], about: dict[str, str]) -> pd.DataFrame:
    change = float((found["last"] - found["first"]).sum())
    amount = {"change": change} | {name: float(found[name].sum()) for name in _EFFECTS}
    size = abs(float(found["first"].sum()))
    amount = {
        name: value if abs(value) > _NOTHING * size else 0.0 for name, value in amount.items()
    }
    share = [value / size if size else 0.0 for value in amount.values()]
    return pd.DataFrame(
        {"effect": list(amount), "amount": list(amount.values()), "share": share, **about}
    )


def _columns(parts: dict[str, Array]) -> dict[str, Array]:
    change = parts["last"] - parts["first"]
    return {
        "first": parts["first"], "last": parts["last"], "change": change,
        **{name: parts[name] for name in _EFFECTS},
    }  # fmt: skip


def _largest_first(frame: pd.DataFrame) -> pd.DataFrame:
    order = np.argsort(-frame["change"].abs().to_numpy(), kind="stable")
    return frame.iloc[order].reset_index(drop=True)


def _grouped(name: str, code: Integers, labels: pd.Index, found: dict[str, Array]) -> pd.DataFrame:
    member = indicator(code, len(labels))
    parts = {key: member.T @ value.sum(axis=1) for key, value in found.items()}
    return _largest_first(pd.DataFrame({name: labels, **_columns(parts)}))


def _flows(common: _Common, found: dict[str, Array]) -> pd.DataFrame:
    member = indicator(common.region, len(common.regions))
    parts = {key: (member.T @ value).ravel() for key, value in found.items()}
    origin, destination = np.indices((len(common.regions),) * 2).reshape(2, -1)
    frame = pd.DataFrame(
        {
            "origin": coded(origin, common.regions),
            "destination": coded(destination, common.regions),
            **_columns(parts),
        }
    )
    return _largest_first(frame)
