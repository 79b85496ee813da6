"""Results and tables for eyes (a terminal) or programs (JSON when piped)."""

from __future__ import annotations

import json
import shutil
import sys
import textwrap
from typing import TYPE_CHECKING, Any

import pandas as pd

if TYPE_CHECKING:
    from catenary.model import Result

__all__ = ["eyes", "print_frame", "print_json", "print_result", "warn"]

_DAILY = {"output", "checks"}  # tables that a person does not read row by row
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
    if isinstance(value, float):
        return f"{value:.1%}" if unit == "share" else f"{value:,.4g}"
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)


def _width() -> int:
    """Return the columns there are to write in; a file has room for long lines."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else 160


def _fitting(cells: dict[str, list[str]], width: int) -> dict[str, list[str]]:
    """Leave out columns that say least until the table fits."""
    kept = dict(cells)
    for name in _SAY_LEAST:
        if sum(max(map(len, column)) + 2 for column in kept.values()) - 2 <= width:
            break
        kept.pop(name, None)
    return kept


def print_frame(
    frame: pd.DataFrame, *, title: str = "", rows: int = 10, units: dict[str, str] | None = None
) -> None:
    """Write the first rows of a table, and on a terminal only the columns that fit."""
    units = units or {}
    if title:
        print(f"\n{title}")
    shown = frame.head(rows)
    cells = {
        str(name): [str(name), *(_cell(v, units.get(str(name), "")) for v in values.tolist())]
        for name, values in shown.astype(object).items()
    }
    cells = _fitting(cells, _width())
    columns = []
    for name, column in cells.items():
        width = max(map(len, column))
        number = pd.api.types.is_numeric_dtype(shown[name].dtype)
        columns.append([c.rjust(width) if number else c.ljust(width) for c in column])
    for line in zip(*columns, strict=True):
        print("  ".join(line).rstrip())
    if len(frame) > rows:
        print(f"… {len(frame) - rows:,} more rows (--rows {len(frame)} prints all)")


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
    units = {
        name: {c: about.unit for c, about in columns.items()}
        for name, columns in result_columns(result.run.analysis).items()
    }
    if table is not None:
        _print_table(table, result.tables[table], rows=rows, units=units.get(table))
        return
    for line in result.summary().splitlines():
        print(textwrap.fill(line, _width(), subsequent_indent="  "))
    for name, frame in result.tables.items():
        if name not in _DAILY:
            _print_table(name, _telling(frame), rows=rows, units=units.get(name))


def _print_table(
    name: str, frame: pd.DataFrame, *, rows: int, units: dict[str, str] | None
) -> None:
    for label, part in _by_world(frame):
        if len(part):
            print_frame(part, title=f"{name}, {label}" if label else name, rows=rows, units=units)


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
        print(f"warning: {warning}", file=sys.stderr)
