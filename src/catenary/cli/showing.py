"""Results and tables for eyes (a terminal) or programs (JSON when piped)."""

from __future__ import annotations

import json
import math
import shutil
import sys
import textwrap
import unicodedata
from typing import TYPE_CHECKING, Any

import pandas as pd

from catenary.cli.atsea import ANALYSES, with_names
from catenary.languages import in_language, language, recognised, say

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from catenary.model import Result
    from catenary.model.schema import Column

__all__ = ["columns_of", "eyes", "print_frame", "print_json", "print_result", "warn"]

_LONG = {"stress": ("output", "checks"), "routes": ("paths",)}
"""Tables that a person does not read row by row, by analysis."""
_YEARS = 1000
"""From here on a number of years is a year, not a time."""
_SAY_LEAST = (
    "note",
    "loss",
    "baseline",
    "deepest_day",
    "last_day",
    "parent",
    "source",
    "first_day",
)


def eyes(choice: str) -> bool:
    """Return whether output is for a person."""
    return choice == "table" or (choice == "auto" and sys.stdout.isatty())


def print_json(content: Any) -> None:
    """Write plain data as JSON."""
    json.dump(content, sys.stdout, ensure_ascii=False, allow_nan=False)
    sys.stdout.write("\n")


def _cell(value: Any, unit: str) -> str:
    if value is None or value is pd.NA or (isinstance(value, float) and value != value):  # noqa: PLR0124
        return "–"
    if unit == "year" and isinstance(value, int | float):  # 2025, not 2,025
        return f"{value:.0f}" if value >= _YEARS else f"{value:.4g}"
    if isinstance(value, float):
        if 1e4 <= abs(value) < 1e12 and unit != "share":
            return f"{value:,.0f}"
        return _percent(value) if unit == "share" else f"{value:,.4g}"
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)


def _percent(share: float) -> str:
    """Return a share in %, one below 1 % with three digits: gains of income are often so small."""
    size = 100 * abs(share)
    if size >= 1 or size == 0 or not math.isfinite(size):
        return f"{share:.1%}"
    places = min(2 - math.floor(math.log10(size)), 9)
    return f"{share:.{places}%}"


def _unit(known: Column | None) -> str:
    """Return the unit to write below a heading; counts have none, and shares are written in %."""
    return "" if known is None or known.unit in ("number", "share") else known.unit


def columns_of(text: str) -> int:
    """Return how many columns of a terminal a text takes; Chinese signs take two.

    Examples
    --------
    >>> columns_of("port"), columns_of("港口")
    (4, 4)
    """
    return len(text) + sum(unicodedata.east_asian_width(sign) in "WF" for sign in text)


def _width() -> int:
    """Return the columns there are to write in; a file has room for long lines."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else 160


def _fitting(cells: dict[str, list[str]], width: int) -> dict[str, list[str]]:
    """Leave out columns that say least until the table fits."""
    kept = dict(cells)
    for name in _SAY_LEAST:
        if sum(max(map(columns_of, column)) + 2 for column in kept.values()) - 2 <= width:
            break
        kept.pop(name, None)
    return kept


def print_frame(
    frame: pd.DataFrame,
    *,
    title: str = "",
    rows: int = 10,
    about: Mapping[str, Column] | None = None,
    told: Callable[[pd.DataFrame], pd.DataFrame] | None = None,
) -> None:
    """Write the first rows of a table, and on a terminal only the columns that fit.

    Parameters
    ----------
    frame
        Table.
    title
        What is written above it.
    rows
        How many rows to write at most.
    about
        Column → what is known of it: its Chinese name, and its unit, which stands below the name.
    told
        What makes these rows readable, such as names for ids.
    """
    about = about or {}
    if title:
        print(f"\n{title}")
    shown = frame.head(rows)
    shown = shown if told is None else told(shown)
    units = {str(name): _unit(about.get(str(name))) for name in shown}
    cells = {}
    for name, values in shown.astype(object).items():
        known = about.get(str(name))
        heading = known.zh if known is not None and language() == "zh" else str(name)
        unit = known.unit if known is not None else ""
        below = [units[str(name)]] if any(units.values()) else []
        cells[str(name)] = [heading, *below, *(_cell(value, unit) for value in values.tolist())]
    cells = _fitting(cells, _width())
    columns = []
    for name, column in cells.items():
        width = max(map(columns_of, column))
        number = pd.api.types.is_numeric_dtype(shown[name].dtype)
        gaps = [" " * (width - columns_of(c)) for c in column]
        columns.append([g + c if number else c + g for c, g in zip(column, gaps, strict=True)])
    for line in zip(*columns, strict=True):
        print("  ".join(line).rstrip())
    if len(frame) > rows:
        more = say(
            "… {more:,} more rows (--rows {all} prints all)", more=len(frame) - rows, all=len(frame)
        )
        print(in_language(more, language()))


def print_result(
    result: Result, *, choice: str, table: str | None, rows: int, saved: bool = False
) -> None:
    """Write a result, or one of its tables; what is saved elsewhere is not piped as well."""
    from catenary.errors import OptionError, did_you_mean  # noqa: PLC0415
    from catenary.model.result import records  # noqa: PLC0415
    from catenary.model.schema import result_columns  # noqa: PLC0415

    if table is not None and table not in result.tables:
        raise OptionError(f"there is no table {table!r}", hint=did_you_mean(table, result.tables))
    if saved and choice == "auto" and table is None and not sys.stdout.isatty():
        return
    if not eyes(choice):
        print_json(records(result.tables[table]) if table else result.to_dict())
        return
    about = result_columns(result.run.analysis)
    told = with_names if result.run.analysis in ANALYSES else None
    if table is not None:
        _print_table(table, result.tables[table], rows=rows, about=about.get(table), told=told)
        return
    for line in in_language(result.summary(), language()).splitlines():
        print(textwrap.fill(line, _width(), subsequent_indent="  "))
    for name, frame in result.tables.items():
        if name not in _LONG.get(result.run.analysis, ()):
            _print_table(name, _telling(frame), rows=rows, about=about.get(name), told=told)


def _print_table(
    name: str,
    frame: pd.DataFrame,
    *,
    rows: int,
    about: Mapping[str, Column] | None,
    told: Callable[[pd.DataFrame], pd.DataFrame] | None,
) -> None:
    called = recognised(name).in_(language())
    for label, part in _by_world(frame):
        if len(part):
            title = f"{called}, {label}" if label else called
            print_frame(part, title=title, rows=rows, about=about, told=told)


def _by_world(frame: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    if "world" not in frame:
        return [("", frame)]
    parts = frame.groupby("world", sort=False)
    return [(str(label), part.drop(columns="world")) for label, part in parts]


def _telling(frame: pd.DataFrame) -> pd.DataFrame:
    """Leave out rows where nothing happened and columns that repeat the first."""
    if {"first_day", "deepest"} <= set(frame):
        frame = frame[frame["first_day"].notna()]
    if "unmet" in frame:
        frame = frame[frame["unmet"] > 0]
    repeated = ["region", "product"] if "producer" in frame else []
    return frame.drop(columns=repeated, errors="ignore")


def warn(warnings: tuple[str, ...]) -> None:
    """Write warnings where they do not disturb the data."""
    for warning in warnings:
        told = say("warning: {warning}", warning=recognised(warning))
        print(in_language(told, language()), file=sys.stderr)
