"""The columns every table may have and the axes every matrix has, read from two CSV files.

Add a line to `schema/columns.csv` and the column gains a check, a default, bounds, a unit, a
foreign key, help and documentation in two languages.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final, Literal, cast

__all__ = ["LARGEST", "MATRICES", "SCHEMA", "VERSION", "Axis", "Column", "result_columns"]

VERSION: Final = 1
"""Version of the schema; a file with a higher one is refused."""

LARGEST: Final = 1e100
"""Largest number that a world may hold: sums and products of such numbers stay finite."""

Kind = Literal["id", "label", "labels", "text", "number", "flag", "day"]


@dataclass(frozen=True, slots=True)
class Column:
    """One column of one table."""

    table: str
    name: str
    type: Kind
    unit: str
    default: str
    required: bool
    refers_to: str
    least: float
    most: float
    values: tuple[str, ...]
    description: str
    zh: str

    @property
    def where(self) -> str:
        """Name of the column with its table."""
        return f"{self.table}.{self.name}"


@dataclass(frozen=True, slots=True)
class Axis:
    """What the rows and columns of a matrix refer to; blank = labels of its own."""

    matrix: str
    rows: str
    columns: str
    unit: str
    description: str
    zh: str


def _rows(name: str) -> list[dict[str, str]]:
    text = (files("catenary.model") / "schema" / name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


def _column(row: dict[str, str], table: str) -> Column:
    return Column(
        table=table,
        name=row["column"],
        type=cast("Kind", row["type"]),
        unit=row["unit"],
        default=row.get("default", ""),
        required=row.get("required") == "yes",
        refers_to=row.get("refers_to", ""),
        least=float(row.get("least") or "-inf"),
        most=float(row.get("most") or "inf"),
        values=tuple(filter(None, (row.get("values") or "").split(";"))),
        description=row["description"],
        zh=row["zh"],
    )


def _tables() -> dict[str, dict[str, Column]]:
    tables: dict[str, dict[str, Column]] = {}
    rows = _rows("columns.csv")
    for row in rows:
        if row["table"] != "*":
            tables.setdefault(row["table"], {})[row["column"]] = _column(row, row["table"])
    for row in rows:  # columns every table has come last; the sources need no source
        if row["table"] == "*":
            for table in set(tables) - {"sources"}:
                tables[table][row["column"]] = _column(row, table)
    return tables


SCHEMA: Final = _tables()
"""Table → column → what is known of it."""

MATRICES: Final = {row["matrix"]: Axis(**row) for row in _rows("matrices.csv")}
"""Matrix → its axes."""


@cache
def result_columns(analysis: str) -> dict[str, dict[str, Column]]:
    """Return the documented columns of an analysis' result: table → column → what it is."""
    tables: dict[str, dict[str, Column]] = {}
    for row in _rows("results.csv"):
        if row["analysis"] == analysis:
            tables.setdefault(row["table"], {})[row["column"]] = _column(row, row["table"])
    return tables
