"""Write docs/tables.md from the schema: every table, matrix and column, with unit and bounds."""

from __future__ import annotations

import sys
from pathlib import Path

from catenary.model.schema import MATRICES, SCHEMA, Column

PAGE = Path(__file__).resolve().parent.parent / "docs" / "tables.md"

HEAD = """# Tables and matrices

Written by `make catalogue` from `src/catenary/model/schema`; \
`catenary explain producers.capacity` says the same.
Every table has the columns `source` (a row of `sources`), `year` and `note` as well. \
References name the id of a row in another table.
"""


def bounds(column: Column) -> str:
    """Say what values are allowed."""
    if column.values:
        return ", ".join(column.values)
    if column.type != "number" or (column.least, column.most) == (float("-inf"), float("inf")):
        return ""
    if column.most == float("inf"):
        return f"≥ {column.least:g}"
    return f"{column.least:g} … {column.most:g}"


def page() -> str:
    """Return the page."""
    lines = [HEAD]
    for name, columns in SCHEMA.items():
        lines += [f"## {name}", "", "| column | | unit | allowed | default | meaning | |"]
        lines += ["|---|---|---|---|---|---|---|"]
        for column in columns.values():
            if column.name in ("source", "year", "note"):
                continue
            kind = f"→ {column.refers_to}" if column.refers_to else column.type
            default = "required" if column.required else column.default
            cells = (column.name, kind, column.unit, bounds(column), default)
            text = f"{column.description} | {column.zh}"
            lines.append(f"| {' | '.join(cells)} | {text} |")
        lines.append("")
    lines += [
        "## Matrices",
        "",
        "| matrix | rows | columns | unit | meaning | |",
        "|---|---|---|---|---|---|",
    ]
    for axis in MATRICES.values():
        rows = axis.rows or "labels of its own"
        about = (axis.matrix, rows, axis.columns, axis.unit, axis.description, axis.zh)
        lines.append(f"| {' | '.join(about)} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    if "--check" in sys.argv:
        sys.exit(PAGE.read_text(encoding="utf-8") != page())
    PAGE.write_text(page(), encoding="utf-8")
