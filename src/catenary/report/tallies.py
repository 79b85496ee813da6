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
"""Days that a page shows; of longer runs, two, three, … are drawn as one."""


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

    Of a long run, `every` days are drawn as one: for each region the one furthest below normal, so
    that nothing short is lost. What is lost over the run is summed over all days.

    Parameters
    ----------
    days
        First days of what is drawn, (D,).
    every
        How many days are drawn as one.
    count
        Days of the run.
    regions, products
        Labels; the first product is blank and means all.
    output, baseline
        As drawn, (P, D, R).
    lost
        What each region loses over all days, in days of its own normal output, (R,).
    """

    days: Integers
    every: int
    count: int
    regions: list[str]
    products: list[str]
    output: Array
    baseline: Array
    lost: Array

    def share(self) -> Array:
        """Return output as a share of normal, (P, D, R); NaN where nothing is made."""
        return _share(self.output, self.baseline)


def _share(output: Array, baseline: Array) -> Array:
    share: Array = np.full(output.shape, np.nan)
    np.divide(output, baseline, out=share, where=baseline > 0)
    return share


def _lowest(output: Array, baseline: Array, every: int) -> tuple[Array, Array]:
    """Return of every so many days, by region, the one furthest below normal, (D, R) each."""
    if every == 1:
        return output, baseline
    blank = -len(output) % every
    output, baseline = (np.pad(a, ((0, blank), (0, 0)), mode="edge") for a in (output, baseline))
    share = np.nan_to_num(_share(output, baseline), nan=np.inf)
    groups = share.reshape(-1, every, share.shape[1])
    place = groups.argmin(axis=1) + np.arange(len(groups))[:, None] * every
    column = np.arange(share.shape[1])
    return output[place, column], baseline[place, column]


def daily_of(output: pd.DataFrame, products: Sequence[str]) -> Daily:
    """Return output by day and region, of all products together and of each of those named."""
    day = output["day"].to_numpy().astype(np.int64)
    region, regions = coded(output["region"])
    product, known = coded(output["product"])
    made, normal = (output[name].to_numpy(np.float64) for name in ("output", "baseline"))
    kept = (region >= 0) & np.isfinite(made) & np.isfinite(normal)
    if not kept.all():
        day, region, product = day[kept], region[kept], product[kept]
        made, normal = made[kept], normal[kept]
    count = int(day.max()) + 1 if len(day) else 0
    every = max(1, -(-count // MOST_DAYS))
    shape = (count, len(regions))

    def by_day(rows: slice | Integers) -> tuple[Array, Array]:
        cell = day[rows] * len(regions) + region[rows]
        both = (np.bincount(cell, values[rows], count * len(regions)) for values in (made, normal))
        first, second = (total.astype(np.float64).reshape(shape) for total in both)
        return first, second

    named = [label for label in products if label in known]
    whole = by_day(slice(None))
    lost = (whole[1] - whole[0]).sum(axis=0)
    a_day = whole[1].mean(axis=0) if count else np.zeros(len(regions))
    drawn = [_lowest(*whole, every)]
    drawn += [
        _lowest(*by_day(np.flatnonzero(product == known.index(label))), every) for label in named
    ]
    return Daily(
        days=np.arange(0, count, every),
        every=every,
        count=count,
        regions=regions,
        products=["", *named],
        output=np.stack([part[0] for part in drawn]),
        baseline=np.stack([part[1] for part in drawn]),
        lost=np.divide(lost, a_day, out=np.zeros(len(lost)), where=a_day > 0),
    )
