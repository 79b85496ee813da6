"""Results and tables for eyes (a terminal) or programs (JSON when piped)."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import pandas as pd

if TYPE_CHECKING:
    from catenary.model import Result

__all__ = ["eyes", "print_frame", "print_json", "print_result", "warn"]

_DAILY = {"output", "checks"}  # tables that a person does not read row by row


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


def print_frame(
    frame: pd.DataFrame, *, title: str = "", rows: int = 10, units: dict[str, str] | None = None
) -> None:
    """Write the first rows of a table."""
    from rich.console import Console  # noqa: PLC0415  only a terminal needs it
    from rich.table import Table  # noqa: PLC0415

    units = units or {}
    if title:
        print(f"\n{title}")
    table = Table(box=None, pad_edge=False, header_style="bold")
    shown = frame.head(rows)
    for name in shown.columns:
        number = pd.api.types.is_numeric_dtype(shown[name].dtype)
        table.add_column(str(name), justify="right" if number else "left", no_wrap=True)
    for row in shown.astype(object).itertuples(index=False):
        table.add_row(
            *(_cell(v, units.get(str(n), "")) for v, n in zip(row, shown.columns, strict=True))
        )
    wide = None if sys.stdout.isatty() else 200
    Console(file=sys.stdout, width=wide, highlight=False).print(table)
    if len(frame) > rows:
        print(f"… {len(frame) - rows:,} more rows")


def print_result(result: Result, *, choice: str, table: str | None, rows: int) -> None:
    """Write a result, or one of its tables."""
    from catenary.errors import OptionError, did_you_mean  # noqa: PLC0415
    from catenary.model.result import records  # noqa: PLC0415
    from catenary.model.schema import result_columns  # noqa: PLC0415

    if table is not None and table not in result.tables:
        raise OptionError(f"there is no table {table!r}", hint=did_you_mean(table, result.tables))
    if not eyes(choice):
        print_json(records(result.tables[table]) if table else result.to_dict())
        return
    if table is None:
        print(result.summary())
    units = {
        name: {c: about.unit for c, about in columns.items()}
        for name, columns in result_columns(result.run.analysis).items()
    }
    for name, frame in result.tables.items():
        if name == table or (table is None and name not in _DAILY):
            for label, part in _by_world(frame):
                title = f"{name}, {label}" if label else name
                if table is None:
                    part = _telling(part)  # noqa: PLW2901
                if len(part):
                    print_frame(part, title=title, rows=rows, units=units.get(name))


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
