"""Sums over the tables of a result, fast enough for millions of rows: labels are integers here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from weakref import WeakKeyDictionary

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from catenary.model import Result

    Array = NDArray[np.float64]
    Integers = NDArray[np.int64]

__all__ = ["Daily", "View", "coded", "daily_of", "sums", "views"]

MOST_DAYS: Final = 400
"""Days that a page shows; of longer runs, every second, third, … day."""


@dataclass(frozen=True, slots=True)
class View:
    """The tables of one world of a result; the label is blank where there is only one."""

    label: str
    tables: Mapping[str, pd.DataFrame]

    def __getitem__(self, table: str) -> pd.DataFrame:
        """Return a table."""
        return self.tables[table]


def coded(column: pd.Series) -> tuple[Integers, list[str]]:
    """Return the labels of a column as integers (missing: -1), and what they stand for.

    Examples
    --------
    >>> coded(pd.Series(["b", "a", "b"]))
    (array([0, 1, 0]), ['b', 'a'])
    """
    if isinstance(column.dtype, pd.CategoricalDtype):
        codes = column.cat.codes.to_numpy().astype(np.int64)
        return codes, [str(label) for label in column.cat.categories]
    places, labels = pd.factorize(column)
    return places.astype(np.int64), [str(label) for label in labels]


def sums(codes: Integers, values: pd.Series | Array, count: int) -> Array:
    """Return the sum of values by label; rows without a label or a number are left out."""
    numbers = np.asarray(values, dtype=np.float64)
    kept = (codes >= 0) & np.isfinite(numbers)
    if not kept.all():
        codes, numbers = codes[kept], numbers[kept]
    return np.bincount(codes, weights=numbers, minlength=count).astype(np.float64)


_SPLIT: Final[WeakKeyDictionary[Result, list[View]]] = WeakKeyDictionary()


def views(result: Result) -> list[View]:
    """Return the tables of each world of a result; split once, as long as the result lives."""
    found = _SPLIT.get(result)
    if found is None:
        found = _SPLIT[result] = _split(result)
    return found


def _split(result: Result) -> list[View]:
    tables = result.tables
    first = next((table for table in tables.values() if "world" in table and len(table)), None)
    if first is None:
        return [View("", tables)]
    labels = list(dict.fromkeys(coded(first["world"])[1]))
    split: list[dict[str, pd.DataFrame]] = [{} for _ in labels]
    for name, table in tables.items():
        if "world" not in table:
            continue
        codes, known = coded(table["world"])
        place = np.array([labels.index(k) if k in labels else -1 for k in known], dtype=np.int64)
        codes = place[codes] if len(place) else codes
        ordered = bool((np.diff(codes) >= 0).all())
        for number, part in enumerate(split):
            if ordered:  # as results are: a slice costs nothing
                low, high = np.searchsorted(codes, [number, number + 1])
                part[name] = table.iloc[low:high].drop(columns="world")
            else:
                part[name] = table[codes == number].drop(columns="world")
    return [View(label, part) for label, part in zip(labels, split, strict=True)]


@dataclass(frozen=True, slots=True)
class Daily:
    """Output by day and region, of all products and of some.

    Parameters
    ----------
    days
        Days that are shown, (D,).
    every
        Which day is shown: 1 all, 2 every second, …
    regions, products
        Labels; the first product is blank and means all.
    output, baseline
        On the days shown, (P, D, R).
    """

    days: Integers
    every: int
    regions: list[str]
    products: list[str]
    output: Array
    baseline: Array

    def share(self) -> Array:
        """Return output as a share of normal, (P, D, R); NaN where nothing is made."""
        made = self.baseline > 0
        share: Array = np.full(self.output.shape, np.nan)
        np.divide(self.output, self.baseline, out=share, where=made)
        return share

    def lost_days(self) -> Array:
        """Return what each region loses, in days of its own normal output, (R,)."""
        daily = self.baseline[0].mean(axis=0) if len(self.days) else self.baseline[0].sum(axis=0)
        lost = (self.baseline[0] - self.output[0]).sum(axis=0) * self.every
        found: Array = np.divide(lost, daily, out=np.zeros_like(lost), where=daily > 0)
        return found


def daily_of(output: pd.DataFrame, products: Sequence[str]) -> Daily:
    """Return output by day and region, of all products together and of each of those named."""
    day = output["day"].to_numpy().astype(np.int64)
    region, regions = coded(output["region"])
    product, known = coded(output["product"])
    last = int(day.max()) if len(day) else -1
    every = max(1, -(-(last + 1) // MOST_DAYS))
    days = np.arange(0, last + 1, every)
    made, normal = (output[name].to_numpy(np.float64) for name in ("output", "baseline"))
    kept = (region >= 0) & np.isfinite(made) & np.isfinite(normal)
    if every > 1:
        kept &= day % every == 0
    if not kept.all():
        day, region, product = day[kept], region[kept], product[kept]
        made, normal = made[kept], normal[kept]
    cell = (day // every) * len(regions) + region
    shape = (len(days), len(regions))
    named = [label for label in products if label in known]
    found = []
    for values in (made, normal):
        whole = np.zeros((1 + len(named), *shape))
        whole[0] = np.bincount(cell, weights=values, minlength=shape[0] * shape[1]).reshape(shape)
        found.append(whole)
    place = np.full(len(known) + 1, -1, dtype=np.int64)  # the last is that of rows without product
    for number, label in enumerate(named):
        place[known.index(label)] = number
    slot = place[product]
    chosen = np.flatnonzero(slot >= 0)
    many = slot[chosen] * (shape[0] * shape[1]) + cell[chosen]
    size = len(named) * shape[0] * shape[1]
    for whole, values in zip(found, (made, normal), strict=True):
        part = np.bincount(many, weights=values[chosen], minlength=size)
        whole[1:] = part.reshape(len(named), *shape)
    return Daily(days, every, regions, ["", *named], *found)
