"""Accounts by producer, or collapsed by region or product before anything is computed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
import pandas as pd

from catenary.errors import DataError, OptionError, did_you_mean, listed
from catenary.languages import say
from catenary.maths.grouping import sum_by
from catenary.model.units import factor

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from catenary.economy.accounts import Accounts
    from catenary.model import World

    Array = NDArray[np.float64]
    Integers = NDArray[np.int64]

__all__ = [
    "Level",
    "by_label",
    "coded",
    "idle",
    "indicator",
    "large",
    "largest_first",
    "level_of",
    "of_category",
    "pressure",
    "views",
]

_LEAST: Final = 1e-4
_ROUNDING: Final = 1e-9


@dataclass(frozen=True, kw_only=True, eq=False)
class Level:
    """Flows and output of producers, regions or products."""

    labels: pd.Index
    """Ids, (K,)."""
    code: Integers
    """Which of them each producer belongs to, (N,)."""
    flows: Array
    """Z, (K, K)."""
    output: Array
    """x, 0 or more, (K,)."""

    def sums(self, amount: Array) -> Array:
        """Return amounts of producers, (N,), by label, (K,)."""
        return sum_by(self.code, amount, len(self.labels))


def level_of(accounts: Accounts, by: Literal["producer", "region", "product"]) -> Level:
    """Return the accounts at a level: the table is collapsed first.

    Examples
    --------
    >>> from catenary.economy.accounts import Accounts
    >>> from catenary.testing import two_regions
    >>> level = level_of(Accounts.of(two_regions()), "product")
    >>> level.flows.tolist(), level.output.tolist()
    ([[19.0]], [28.0])
    """
    if by == "producer":
        labels, code = accounts.producers, np.arange(len(accounts.producers), dtype=np.int64)
        flows = accounts.flows
    else:
        region = by == "region"
        labels = accounts.regions if region else accounts.products
        code = accounts.region if region else accounts.product
        member = indicator(code, len(labels))
        flows = member.T @ accounts.flows @ member
    output = np.maximum(sum_by(code, accounts.output, len(labels)), 0.0)
    return Level(labels=labels, code=code, flows=flows, output=output)


def indicator(code: Integers, count: int) -> Array:
    """Return 1 where a producer belongs to a group, (N, K).

    Examples
    --------
    >>> indicator(np.array([1, 0]), 2).tolist()
    [[0.0, 1.0], [1.0, 0.0]]
    """
    return np.eye(count)[code]


def largest_first(frame: pd.DataFrame, column: str) -> pd.DataFrame:
    """Return rows by a column, largest first; equal ones (to rounding) by label, the first column.

    Examples
    --------
    >>> frame = pd.DataFrame({"region": ["B", "A", "C"], "share": [0.3, 0.1 + 0.2, 0.4]})
    >>> largest_first(frame, "share")["region"].tolist()
    ['C', 'A', 'B']
    """
    values = frame[column].to_numpy(np.float64)
    size = np.abs(values[np.isfinite(values)]).max(initial=0.0) or 1.0
    label = frame.iloc[:, 0].astype(str).to_numpy(str)
    return frame.iloc[np.lexsort((label, -np.round(values / size, 12)))].reset_index(drop=True)


def large(made: pd.DataFrame, final: pd.Series) -> pd.DataFrame:
    """Return the producers fit for a headline: all of them if none is.

    They make at least 0.01 % of the output of their region, and final demand is not negative:
    stocks drawn down below nothing are an artefact of how a table was balanced.

    Examples
    --------
    >>> frame = pd.DataFrame({"region": ["A", "A", "A"], "output": [1e5, 1.0, 100.0]})
    >>> large(frame, pd.Series([1.0, 1.0, -2.0]))["output"].tolist()
    [100000.0]
    """
    whole = made.groupby("region", observed=True)["output"].transform("sum")
    found = made[(made["output"] >= _LEAST * whole) & (final >= -_ROUNDING * made["output"])]
    return found if len(found) else made


def coded(code: Integers, labels: pd.Index) -> pd.Categorical:
    """Return labels as a column that is small and knows its order."""
    return pd.Categorical.from_codes(code, categories=labels)


def by_label(accounts: Accounts, kept: NDArray[np.bool_]) -> dict[str, object]:
    """Return the columns that name producers."""
    return {
        "producer": accounts.producers[kept],
        "region": coded(accounts.region[kept], accounts.regions),
        "product": coded(accounts.product[kept], accounts.products),
    }


def idle(accounts: Accounts) -> tuple[str, ...]:
    """Say which producers make nothing and are left out.

    Raises
    ------
    DataError
        If no producer makes anything.
    """
    nothing = accounts.output <= 0
    if nothing.all():
        raise DataError(
            "no producer of this world makes anything",
            hint="look at the units and signs of intermediate and final",
        )
    if not nothing.any():
        return ()
    told = say(
        "{count} producers make nothing and are left out ({names})",
        count=int(nothing.sum()),
        names=listed(accounts.producers[nothing], most=3),
    )
    return (told,)


def pressure(accounts: Accounts, world: World, stressor: str) -> tuple[Array, str]:
    """Return what producers cause, (N,), and its unit: output, value added or a stressor.

    Raises
    ------
    OptionError
        If there is no such stressor.
    """
    if stressor == "output":
        return accounts.output, accounts.unit
    if stressor == "value_added":
        return accounts.value_added, accounts.unit
    known = list(world.matrix("stressors").rows) if "stressors" in world else []
    if stressor not in known:
        raise OptionError(
            f"this world has no stressor {stressor!r}",
            hint=did_you_mean(stressor, ["output", "value_added", *known]),
        )
    matrix = world.matrix("stressors")
    caused = matrix.aligned_to(pd.Index([stressor]), world.ids("producers")).dense[0]
    return accounts.of_producers(caused), matrix.unit


def of_category(accounts: Accounts, world: World, category: str) -> Array:
    """Return what producers deliver to one category of final demand, (N,).

    Raises
    ------
    OptionError
        If no consumer is of that category.
    """
    categories = world.table("consumers")["category"].astype(str)
    if not (categories == category).any():
        raise OptionError(
            f"no consumer of this world has the category {category!r}",
            hint=did_you_mean(category, list(dict.fromkeys(categories))),
        )
    matrix = world.matrix("final")
    users = world.ids("consumers")[(categories == category).to_numpy()]
    delivered: Array = matrix.aligned_to(world.ids("producers"), users).dense.sum(axis=1)
    return accounts.of_producers(delivered) * factor(matrix.unit, accounts.unit)


def views(
    tables: Mapping[str, pd.DataFrame],
) -> list[tuple[str, Mapping[str, pd.DataFrame]]]:
    """Return the tables of each world of a result; the label is blank where there is only one.

    Examples
    --------
    >>> frame = pd.DataFrame({"world": ["a", "b"], "value": [1, 2]})
    >>> [(label, one["t"]["value"].tolist()) for label, one in views({"t": frame})]
    [('a', [1]), ('b', [2])]
    """
    first = next(iter(tables.values()))
    if "world" not in first:
        return [("", tables)]
    return [
        (str(label), {name: frame[frame["world"] == label] for name, frame in tables.items()})
        for label in first["world"].unique()
    ]
