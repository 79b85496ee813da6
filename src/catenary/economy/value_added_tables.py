"""Tables of value added in exports: from arrays to tidy frames."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from catenary.errors import OptionError
from catenary.languages import say
from catenary.model.labels import hint_for

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from catenary.economy.accounts import Accounts
    from catenary.maths.exports import Exports

    Array = NDArray[np.float64]
    Integers = NDArray[np.int64]

__all__ = ["Cells", "Chosen", "contents", "long_tables", "origins", "shares"]

MOST_ROWS: Final = 5_000_000
"""Rows that a table may have."""

_ALL: Final = "all"
_AMOUNTS: Final = {
    "exports": "EXGR",
    "domestic": "DVA",
    "domestic_double": "DDC",
    "foreign": "FVA",
    "foreign_double": "FDC",
    "vax": "VAX",
    "reflected": "REF",
    "direct": "DAVAX",
}


@dataclass(frozen=True, slots=True)
class Chosen:
    """Positions of the exporter, importer and product that tables show; −1 = all."""

    exporter: int
    importer: int
    product: int
    summed: bool = False
    """Whether terms are sums over products."""

    @classmethod
    def of(cls, accounts: Accounts, *, exporter: str, importer: str, product: str) -> Chosen:
        """Find what is chosen by name."""
        summed = product == _ALL and _ALL not in accounts.products
        return cls(
            _place("exporter", exporter, accounts.regions),
            _place("importer", importer, accounts.regions),
            _place("product", "" if summed else product, accounts.products),
            summed,
        )


def _place(option: str, label: str, known: pd.Index) -> int:
    if not label:
        return -1
    if label not in known:
        table = "products" if option == "product" else "regions"
        hint = hint_for(label, known, table=table)
        raise OptionError(f"{option} has no choice {label!r}", hint=hint)
    return int(known.get_indexer(pd.Index([label], dtype="str"))[0])


@dataclass(frozen=True, eq=False)
class Cells:
    """Pairs of a region and a product that is made there, in order: rows of tables."""

    regions: pd.Index
    products: pd.Index
    region: Integers
    """(C,)."""
    product: Integers
    """(C,)."""
    of_producer: Integers
    """Cell of each producer, (N,)."""

    @classmethod
    def of(cls, accounts: Accounts, *, whole: bool) -> Cells:
        """Return the pairs that exist, or all there might be (whole)."""
        count = len(accounts.products)
        pair = accounts.region * count + accounts.product
        pairs = np.arange(len(accounts.regions) * count) if whole else np.unique(pair)
        return cls(
            accounts.regions,
            accounts.products,
            pairs // count,
            pairs % count,
            np.searchsorted(pairs, pair),
        )

    def sums(self, amount: Array) -> Array:
        """Return the sums over the producers of each cell, (C, …)."""
        if np.array_equal(self.of_producer, np.arange(len(self.region))):
            return amount
        total = np.zeros((len(self.region), *amount.shape[1:]))
        np.add.at(total, self.of_producer, amount)
        return total

    def linkages(self, origins: Array) -> dict[str, Array]:
        """Return backward and forward participation as the OECD has them, (C, R) each.

        Parameters
        ----------
        origins
            Value added of each region in the exports of each producer, (N, R); all cells there
            might be are rows.
        """
        backward = self.sums(origins)
        count = len(self.regions)
        forward = backward.reshape(count, -1, count).transpose(2, 1, 0).reshape(backward.shape)
        return {"GVC": backward + forward, "GVCB": backward, "GVCF": forward}


def shares(
    accounts: Accounts, exports: Exports, cells: Cells, amounts: Mapping[str, Array]
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Return what exports are made of by exporter, by exporter and importer, and by product."""
    earned = np.where(exports.own, 0.0, exports.v[:, None] * exports.absorbed)
    every = np.stack([*(amounts[name] for name in _AMOUNTS.values()), earned], axis=-1)
    names = [*_AMOUNTS, "absorbed"]
    by_flow = np.stack([every[part].sum(axis=0) for part in exports.parts])
    regions = accounts.regions
    exporters = pd.DataFrame(
        {
            "region": regions,
            "unit": accounts.unit,
            **_measured(names[:-1], by_flow.sum(axis=1)[:, :-1]),
        }
    )
    apart = ~np.eye(len(regions), dtype=np.bool_)
    seller, buyer = np.nonzero(apart)
    flows = pd.DataFrame(
        {
            "exporter": pd.Categorical.from_codes(seller, categories=regions),
            "importer": pd.Categorical.from_codes(buyer, categories=regions),
            **_measured(names, by_flow[apart]),
        }
    )
    sectors = pd.DataFrame(
        {
            "exporter": pd.Categorical.from_codes(cells.region, categories=regions),
            "product": pd.Categorical.from_codes(cells.product, categories=cells.products),
            **_measured(names, cells.sums(every.sum(axis=1))),
        }
    )
    first, second, third = (
        frame.sort_values("exports", ascending=False, kind="stable", ignore_index=True)
        for frame in (exporters, flows, sectors)
    )
    return first, second, third


def _measured(names: list[str], amounts: Array) -> dict[str, Array]:
    """Return amounts by name, and shares of exports; NaN without exports."""
    found = {name: amounts[:, i] for i, name in enumerate(names)}
    gross = found["exports"]
    forward = found["domestic"] - found["direct"]
    backward = gross - found["domestic"]
    for name, part in (
        ("ratio", found["vax"]),
        ("backward", backward),
        ("forward", forward),
        ("participation", backward + forward),
    ):
        found[name] = np.divide(part, gross, out=np.full_like(gross, np.nan), where=gross > 0)
    return found


def long_tables(
    cells: Cells, terms: Mapping[str, Array], totals: Mapping[str, Array], chosen: Chosen
) -> tuple[dict[str, pd.DataFrame], list[str]]:
    """Return terms and totals with one amount a row, and what a reader should know of them.

    Parameters
    ----------
    cells
        Rows of the amounts.
    terms, totals
        By name, (C, R) each.
    chosen
        What to show.
    """
    shown = np.arange(len(cells.regions))[None, :] != cells.region[:, None]
    for place, axis in (
        (chosen.exporter, cells.region[:, None]),
        (chosen.importer, np.arange(len(cells.regions))[None, :]),
        (chosen.product, cells.product[:, None]),
    ):
        if place >= 0:
            shown &= axis == place
    most = max(len(terms), len(totals))
    if not chosen.summed and int(shown.sum()) * most <= MOST_ROWS:
        row, importer = np.nonzero(shown)
        about = (cells.region[row], importer, cells.product[row], cells.products)
        return {
            name: _long({term: amount[shown] for term, amount in of.items()}, cells.regions, *about)
            for name, of in (("terms", terms), ("totals", totals))
        }, []
    everywhere = shown.any(axis=1)
    pairs = np.zeros((len(cells.regions), len(cells.regions)), np.bool_)
    np.logical_or.at(pairs, cells.region, shown)
    exporter, importer = np.nonzero(pairs)
    found = {}
    for name, of in (("terms", terms), ("totals", totals)):
        summed = {}
        for term, amount in of.items():
            flow = np.zeros((len(cells.regions), len(cells.regions)))
            np.add.at(flow, cells.region[everywhere], (amount * shown)[everywhere])
            summed[term] = flow[exporter, importer]
        nothing = np.zeros(len(exporter), np.int64)
        found[name] = _long(summed, cells.regions, exporter, importer, nothing, pd.Index([_ALL]))
    if chosen.summed:
        return found, []
    return found, [
        say(
            "products would take {rows:,} rows, so terms and totals are sums over products; choose "
            "an exporter, importer or product to see them",
            rows=int(shown.sum()) * most,
        )
    ]


def _long(
    amounts: Mapping[str, Array],
    regions: pd.Index,
    exporter: Integers,
    importer: Integers,
    product: Integers,
    products: pd.Index,
) -> pd.DataFrame:
    """Return a frame with a row for each amount of each flow."""
    count = len(amounts)
    which = pd.Index(list(amounts), dtype="str")
    return pd.DataFrame(
        {
            "exporter": pd.Categorical.from_codes(np.repeat(exporter, count), categories=regions),
            "importer": pd.Categorical.from_codes(np.repeat(importer, count), categories=regions),
            "product": pd.Categorical.from_codes(np.repeat(product, count), categories=products),
            "term": pd.Categorical.from_codes(
                np.tile(np.arange(count), len(exporter)), categories=which
            ),
            "amount": np.column_stack(list(amounts.values())).ravel(),
        }
    )


def origins(accounts: Accounts, exports: Exports) -> pd.DataFrame:
    """Return whose value added is in whose exports, largest first."""
    amounts = exports.origins()
    exported = amounts.sum(axis=0)
    share = np.divide(amounts, exported, out=np.zeros_like(amounts), where=exported > 0)
    origin, exporter = (index.ravel() for index in np.indices(amounts.shape))
    frame = pd.DataFrame(
        {
            "origin": pd.Categorical.from_codes(origin, accounts.regions),
            "exporter": pd.Categorical.from_codes(exporter, accounts.regions),
            "amount": amounts.ravel(),
            "share": share.ravel(),
        }
    )
    return frame.sort_values("amount", ascending=False, kind="stable", ignore_index=True)


def contents(accounts: Accounts, exports: Exports, chosen: Chosen) -> pd.DataFrame:
    """Return the value added of every producer in the exports of the one region chosen."""
    part = exports.parts[chosen.exporter] if chosen.exporter >= 0 else slice(0, 0)
    product = accounts.product[part]
    amounts = exports.contents(part)
    if chosen.product >= 0:
        amounts, product = amounts[:, product == chosen.product], product[product == chosen.product]
    origin, column = (index.ravel() for index in np.indices(amounts.shape))
    region = np.full(len(origin), max(chosen.exporter, 0))
    frame = pd.DataFrame(
        {
            "origin": pd.Categorical.from_codes(accounts.region[origin], accounts.regions),
            "origin_product": pd.Categorical.from_codes(
                accounts.product[origin], accounts.products
            ),
            "exporter": pd.Categorical.from_codes(region, accounts.regions),
            "product": pd.Categorical.from_codes(product[column], accounts.products),
            "amount": amounts.ravel(),
        }
    )
    return frame.sort_values("amount", ascending=False, kind="stable", ignore_index=True)
