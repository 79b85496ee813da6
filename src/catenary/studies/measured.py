"""Which rows a measure means, and what stands there now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from zlib import crc32

import numpy as np

from catenary.errors import ScenarioError
from catenary.model.selection import cells, rows

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from numpy.typing import NDArray

    from catenary.model import Change, World

    Array = NDArray[np.float64]

__all__ = ["numbers_now", "rows_of"]

_MADE: Final = ("links", "stocks", "supplies")
"""Tables whose rows a change may make."""


def rows_of(world: World, change: Change) -> NDArray[np.intp]:
    """Return numbers that stand for what a change means: equal ones mean the same.

    Raises
    ------
    ScenarioError
        If it matches nothing.
    """
    table, _, column = change.target.partition(".")
    if not column:
        row, columns = cells(world, table, change.where)
        return np.asarray(row[:, None] * len(world.matrix(table).columns) + columns).ravel()
    if table in ("stocks", "supplies"):
        ends = ("producer", "input") if table == "stocks" else ("supplier", "buyer")
        if set(change.where) <= set(ends):  # pairs, whether they have a row yet or not
            return _pairs(world, change, ends)
    if table in _MADE:
        text = repr(sorted((key, str(value)) for key, value in change.where.items()))
        return np.array([crc32(text.encode())], dtype=np.intp)
    return rows(world, table, change.where)


def _pairs(world: World, change: Change, ends: tuple[str, str]) -> NDArray[np.intp]:
    """Return a number for each pair of labels that a change means."""
    places = []
    for key in ends:
        other = "products" if key == "input" else "producers"
        given = {"id": change.where[key]} if key in change.where else {}
        places.append(rows(world, other, given))
    width = max(len(world.ids("products")), len(world.ids("producers")))
    return np.asarray((places[0][:, None] * width + places[1]).ravel(), np.intp)


def numbers_now(
    world: World, change: Change, options: Mapping[str, Any]
) -> tuple[pd.Index, Array] | None:
    """Return the rows that a change means and what stands there; None: nobody can say.

    Blank days of stock are what the options say, a blank capacity is the output.

    Raises
    ------
    ScenarioError
        If it matches nothing.
    """
    table, _, column = change.target.partition(".")
    if not column or table in _MADE:
        return None
    place = rows(world, table, change.where)
    part = world.part(table)
    now = part.numbers(column)[place]
    blank = np.isnan(now)
    if change.target == "producers.capacity":
        now = np.where(blank, part.numbers("output")[place], now)
    elif column == "stock_days":
        now = np.where(blank, float(options["stock_days"]), now)
    if np.isnan(now).any():
        raise ScenarioError(
            f"{change.target} is blank in {int(np.isnan(now).sum()):,} of the rows that a measure "
            "changes",
            hint="fill in the column, so that a part of the measure can be told",
        )
    return part.index[place], now
