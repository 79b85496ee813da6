"""Whose value added is in whose exports, and who absorbs it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from catenary.economy.accounts import Accounts
from catenary.economy.value_added_tables import (
    Cells,
    Chosen,
    contents,
    long_tables,
    origins,
    shares,
)
from catenary.errors import DataError, listed
from catenary.languages import joined, say
from catenary.maths import decomposition
from catenary.maths.exports import Exports
from catenary.model import Result, Run, World
from catenary.model.analysis import analysis

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Terms = dict[str, Array]

__all__ = ["Method", "ValueAdded", "value_added"]

Method = Literal[
    "borin-mancini-source",
    "borin-mancini-sink",
    "koopman-wang-wei",
    "wang-wei-zhu",
    "miroudot-ye",
    "oecd",
]


@dataclass(frozen=True, kw_only=True, eq=False)
class ValueAdded(Result):
    """Exports of regions as value added: whose it is, who absorbs it, what is counted twice.

    The columns of `exporters`, `flows` and `sectors` are those of Borin & Mancini by source,
    whatever the method: each piece of value added is counted when it first leaves. `terms` and
    `totals` are those of the method.
    """

    exporters: pd.DataFrame
    """Exports of each region, the one chosen and then the largest first."""
    flows: pd.DataFrame
    """Exports from region to region, largest first."""
    sectors: pd.DataFrame
    """Exports of each region by product, largest first."""
    origins: pd.DataFrame
    """Whose value added is in whose exports, largest first."""
    terms: pd.DataFrame
    """Terms of the method, which add up to gross exports, by exporter, importer and product."""
    totals: pd.DataFrame
    """Sums of terms that the method names."""
    content: pd.DataFrame
    """Value added by where it arises in the exports of the one exporter chosen; else empty."""

    def figures(self) -> pd.DataFrame:
        """Return shares of world exports."""
        rows = []
        for label, exporters in _by_world(self.exporters):
            total = exporters["exports"].sum()
            double = exporters["domestic_double"].sum() + exporters["foreign_double"].sum()
            for name, value in (
                (say("world exports whose value added others absorb"), exporters["vax"].sum()),
                (say("foreign value added in world exports"), exporters["foreign"].sum()),
                (say("world exports counted more than once"), double),
            ):
                rows.append(
                    {"world": label, "figure": str(name), "unit": "share", "value": value / total}
                )
        frame = pd.DataFrame(rows)
        return frame if frame["world"].any() else frame.drop(columns="world")

    def summary(self) -> str:
        """Return what exports are made of in a few lines."""
        lines: list[str] = []
        chosen = str(self.run.options.get("exporter") or "")
        for label, exporters in _by_world(self.exporters):
            top = exporters.iloc[0]
            of = exporters[exporters["region"] == chosen] if chosen else exporters
            total = of["exports"].sum()
            about = {
                "total": total,
                "unit": str(top["unit"]),
                "vax": _part(of["vax"].sum(), total),
                "foreign": _part(of["foreign"].sum(), total),
                "double": _part((of["domestic_double"] + of["foreign_double"]).sum(), total),
                "region": str(top["region"]),
                "participation": top["participation"],
            }
            if chosen:
                line = say(
                    "Of {total:.6g} {unit} of exports of {region}, {vax:.1%} are its own value "
                    "added that others absorb, {foreign:.1%} foreign value added and {double:.1%} "
                    "counted more than once; {participation:.1%} cross more than one border.",
                    **about,
                )
            else:
                line = say(
                    "Of {total:.6g} {unit} of exports, {vax:.1%} are value added of the exporter "
                    "that others absorb, {foreign:.1%} foreign value added and {double:.1%} "
                    "counted more than once. Largest exporter: {region}, {ratio:.1%} of its "
                    "exports are its own value added that others absorb; {participation:.1%} "
                    "cross more than one border.",
                    ratio=top["ratio"],
                    **about,
                )
            lines.append(say("{label}: {text}", label=label, text=line) if label else line)
        return joined(lines, "\n")


def _part(amount: float, whole: float) -> float:
    return amount / whole if whole else 0.0


def _by_world(frame: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    if "world" not in frame:
        return [("", frame)]
    return [(str(label), part) for label, part in frame.groupby("world", sort=False)]


@analysis("see")
def value_added(
    world: World,
    *,
    method: Method = "borin-mancini-source",
    exporter: str = "",
    importer: str = "",
    product: str = "",
    merge: str = "",
) -> ValueAdded:
    """Decompose gross exports into the value added of those who made them.

    A country that assembles foreign parts exports more than it earns. With V value added per unit
    of output and B the Leontief inverse, V_t B_ts E_s is what region t earns from the exports of
    region s; what is counted more than once, because it crosses the same border again, is told
    apart.

    Parameters
    ----------
    world
        Needs `intermediate` and `final`, with two regions or more that trade.
    method
        Decomposition of the tables `terms` and `totals`.
    exporter
        Region whose exports `terms`, `totals` and `content` show; blank = all.
    importer
        Region to which; blank = all.
    product
        Product that is exported; blank = every one; all = their sum in `terms` and `totals`.
    merge
        Groups of regions to see as one region, separated by commas (EU27, LDC, landlocked,
        islands, or groups of the world).

    Returns
    -------
    ValueAdded
        Exports by region, flow and product, origins of value added, terms of the method.

    Raises
    ------
    MissingDataError
        If the world lacks a matrix.
    OptionError
        If there is no such region, product or group.
    DataError
        If nothing crosses a border.

    References
    ----------
    Borin, A. & Mancini, M. (2019), World Bank Policy Research Working Paper 8804; Johnson, R. C. &
    Noguera, G. (2012), Journal of International Economics 86(2), 224-236.

    Examples
    --------
    >>> import catenary
    >>> from catenary.testing import two_regions
    >>> exporters = catenary.value_added(two_regions()).exporters
    >>> exporters[["region", "exports", "vax"]].round(2).to_numpy().tolist()
    [['AAA', 5.0, 2.0], ['BBB', 4.0, 1.0]]
    """
    accounts = _sorted(Accounts.of(world, merge=merge))
    if not accounts.is_traded:
        raise DataError(
            f"nothing crosses a border between the {len(accounts.regions)} regions of this world",
            hint="give a world in which producers deliver to buyers in other regions, or merge "
            "fewer of them",
        )
    exports = Exports(
        accounts.coefficients, accounts.final, accounts.region, system=accounts.system
    )
    chosen = Chosen.of(accounts, exporter=exporter, importer=importer, product=product)
    cells = Cells.of(accounts, whole=method == "oecd")
    source = decomposition.borin_mancini_source(exports)
    sums = decomposition.totals(exports, source)
    more = decomposition.participation(source, sums)
    terms, totals = _decomposed(exports, method, source, {**sums, **more})
    exporters, flows, sectors = shares(accounts, exports, cells, {**sums, **more})
    idle = ~(exporters["exports"] > 0)
    warnings = list(accounts.warnings)
    if idle.any():
        warnings.append(
            say(
                "{count} regions export nothing ({names}); their shares are blank",
                count=int(idle.sum()),
                names=listed(exporters["region"][idle], most=3),
            )
        )
    empty = ~(sectors["exports"] > 0) & ~sectors["exporter"].isin(exporters["region"][idle])
    if empty.any():
        warnings.append(
            say(
                "{count} industries of other regions export nothing ({names}); their shares are "
                "blank",
                count=int(empty.sum()),
                names=listed(
                    sectors["exporter"].astype(str)[empty]
                    + "."
                    + sectors["product"].astype(str)[empty],
                    most=3,
                ),
            )
        )
    by_cell = {name: cells.sums(one) for name, one in totals.items()}
    if method == "oecd":
        by_cell |= cells.linkages(decomposition.oecd_origins(exports))
    long, told = long_tables(cells, {n: cells.sums(t) for n, t in terms.items()}, by_cell, chosen)
    return ValueAdded(
        run=Run(analysis="value_added", options={}, world="", warnings=(*warnings, *told)),
        exporters=_first(exporters, exporter),
        flows=flows,
        sectors=sectors,
        origins=origins(accounts, exports),
        terms=long["terms"],
        totals=long["totals"],
        content=contents(accounts, exports, chosen),
    )


def _first(exporters: pd.DataFrame, chosen: str) -> pd.DataFrame:
    """Return the exporters with the chosen one first."""
    order = np.argsort(exporters["region"].to_numpy() != (chosen or None), kind="stable")
    return exporters.iloc[order].reset_index(drop=True)


def _sorted(accounts: Accounts) -> Accounts:
    """Return the accounts with producers by region."""
    if (np.diff(accounts.region) >= 0).all():
        return accounts
    order = np.argsort(accounts.region, kind="stable")
    return replace(
        accounts,
        producers=accounts.producers[order],
        region=accounts.region[order],
        product=accounts.product[order],
        flows=accounts.flows[np.ix_(order, order)],
        final=accounts.final[order],
        place=np.argsort(order)[accounts.place],
    )


def _decomposed(
    exports: Exports, method: Method, source: Terms, sums: Terms
) -> tuple[Terms, Terms]:
    """Return the terms of a method and what they add up to, (N, R) each."""
    if method == "borin-mancini-source":
        return source, sums
    if method == "oecd":
        return decomposition.oecd(exports), decomposition.oecd_totals(exports)
    if method == "borin-mancini-sink":
        terms, absorbed = decomposition.borin_mancini_sink(exports)
        return terms, {**decomposition.totals(exports, terms), "VAXIM": absorbed}
    terms = {
        "koopman-wang-wei": decomposition.koopman_wang_wei,
        "wang-wei-zhu": decomposition.wang_wei_zhu,
        "miroudot-ye": decomposition.miroudot_ye,
    }[method](exports)
    return terms, decomposition.totals(exports, terms)
