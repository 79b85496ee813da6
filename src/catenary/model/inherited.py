"""Blanks in links of one product or use: they mean what the more general link says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from catenary.errors import Problem
from catenary.model.schema import SCHEMA

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    Flags = NDArray[np.bool_]
    Integers = NDArray[np.int64]

__all__ = ["inherited"]

_USES: Final = pd.Index(["inputs", "final"])


def inherited(
    table: str, kept: Mapping[str, pd.Series], given: pd.DataFrame
) -> tuple[dict[str, pd.Series], list[Problem]]:
    """Fill blank numbers of links for a product or use with those of the more general link.

    A link of a product and a use asks that of the product, then that of the use, then that of
    everything; the others ask that of everything. What nobody says keeps its default.

    Parameters
    ----------
    table
        Name of the table: only links inherit.
    kept
        Columns of the table, checked, with their defaults.
    given
        The rows as they were given, in the same order: only there blanks are still blank.

    Examples
    --------
    >>> from catenary.testing import two_regions
    >>> links = pd.DataFrame({"origin": "AAA", "destination": "BBB",
    ...                       "product": ["", "goods"], "tariff": [0.2, None]})
    >>> two_regions().with_(links=links).table("links")["tariff"].tolist()
    [0.2, 0.2]
    """
    found, problems = dict(kept), list[Problem]()
    if table != "links" or not {"origin", "destination", "product", "use"} <= set(kept):
        return found, problems
    rows = _Rows(kept)
    if not rows.particular.any():
        return found, problems
    for name, column in SCHEMA["links"].items():
        if column.type != "number" or name == "year" or not {name} <= set(given) & set(kept):
            continue
        blank = _blank(given[name])
        if not (blank & rows.particular).any():
            continue
        values = kept[name].to_numpy(np.float64).copy()
        _fill(values, blank, rows)
        found[name] = pd.Series(values, index=kept[name].index, copy=False)
        values.flags.writeable = False
        problems += _torn(name, values, blank, rows)
    return found, problems


def _blank(column: pd.Series) -> Flags:
    if column.dtype.kind == "f":
        return column.isna().to_numpy(np.bool_)
    text = column.astype("object").where(column.notna(), "").astype("str").str.strip()
    return (text == "").to_numpy(np.bool_)


class _Rows:
    """Links by pair, product and use; −1 = all."""

    def __init__(self, kept: Mapping[str, pd.Series]) -> None:
        ends = [kept[key].cat for key in ("origin", "destination")]
        count = len(ends[0].categories)
        self.pair = ends[0].codes.to_numpy(np.int64) * count + ends[1].codes.to_numpy(np.int64)
        self.product: Integers = np.asarray(kept["product"].cat.codes).astype(np.int64)
        place = _USES.get_indexer(pd.Index(kept["use"].astype("str")))
        self.use: Integers = np.asarray(place).astype(np.int64)
        self.kinds = len(kept["product"].cat.categories) + 1
        self.particular: Flags = (self.product >= 0) | (self.use >= 0)
        self.index = kept["product"].index
        keys = self._keys(self.pair, self.product, self.use)
        self._place = np.argsort(keys, kind="stable")
        self._sorted: Integers = keys[self._place]

    def _keys(self, pair: Integers, product: Integers, use: Integers) -> Integers:
        keys: Integers = (pair * self.kinds + product + 1) * (len(_USES) + 1) + use + 1
        return keys

    def like(
        self, rows: Integers, *, product: bool = False, use: bool = False, of: int = -1
    ) -> Integers:
        """Return the link of the same pair with the same product, use, or use `of`; −1: none."""
        none = np.full(len(rows), -1, np.int64)
        wanted = self._keys(
            self.pair[rows],
            self.product[rows] if product else none,
            self.use[rows] if use else np.full(len(rows), of, np.int64),
        )
        # of two that say the same, the last counts
        last = np.searchsorted(self._sorted, wanted, side="right") - 1
        known = (last >= 0) & (self._sorted[last] == wanted)
        place: Integers = np.where(known, self._place[last], -1).astype(np.int64)
        return place


def _fill(values: NDArray[np.float64], blank: Flags, rows: _Rows) -> None:
    """Fill blanks of a column in place."""
    both = (rows.product >= 0) & (rows.use >= 0)
    one = np.flatnonzero(blank & rows.particular & ~both).astype(np.int64)
    _take(values, one, rows.like(one))
    two = np.flatnonzero(blank & both).astype(np.int64)
    _take(values, two, rows.like(two))
    by_product, by_use = rows.like(two, product=True), rows.like(two, use=True)
    _take(values, two, by_product)
    _take(values, two, by_use)
    stated = (by_product >= 0) & ~blank[by_product]
    _take(values, two[stated], by_product[stated])


def _take(values: NDArray[np.float64], rows: Integers, source: Integers) -> None:
    there = source >= 0
    values[rows[there]] = values[source[there]]


def _torn(
    name: str, values: NDArray[np.float64], blank: Flags, rows: _Rows
) -> list[Problem]:  # fmt: skip
    """Refuse a blank that would have to be two numbers: one for inputs, one for final goods."""
    asked = np.flatnonzero(blank & (rows.product >= 0) & (rows.use < 0)).astype(np.int64)
    for of, use in enumerate(_USES):
        general, own = rows.like(asked, of=of), rows.like(asked, product=True, of=of)
        open_ = (general >= 0) & (own < 0)
        torn = open_ & ~np.isclose(values[asked], values[general], rtol=0, atol=0, equal_nan=True)
        if torn.any():
            row = rows.index[int(asked[torn][0])]
            return [
                Problem(
                    f"links.{name}",
                    f"row {row!r} is of one product and blank, and the link of all products says "
                    f"{values[general[torn]][0]:g} for {use} alone ({int(torn.sum()):,} such rows)",
                    f"write {name} into the row, or give the product a row for each use",
                )
            ]
    return []
