"""A user's own names and places of regions: a CSV file."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

from catenary.errors import SchemaError, SourceError

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["read_places"]


def read_places(path: Path) -> list[dict[str, str]]:
    """Return the rows of a table of places.

    Parameters
    ----------
    path
        CSV file in UTF-8 with a column `id`.

    Raises
    ------
    SourceError
        If the file cannot be read.
    SchemaError
        If it is no table with a column `id`.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is not text in UTF-8"
        raise SourceError(
            f"cannot read the places in {str(path)!r}: {reason}",
            hint="give a CSV file in UTF-8 with the columns id, en, zh, shape, lon, lat",
        ) from None
    try:
        reader = csv.DictReader(text.splitlines(), strict=True)
        read = list(reader)
        known = list(reader.fieldnames or [])
        problems = [
            f"line {line} has more cells than there are columns"
            for line, row in enumerate(read, 2)
            if None in row
        ]
        rows = [{k: v for k, v in row.items() if isinstance(k, str)} for row in read]
        problems += [f"column {name!r} stands twice" for name in known if known.count(name) > 1][:1]
        ids = [row.get("id") or "" for row in rows]
        problems += [f"the id {one!r} stands twice" for one in dict.fromkeys(ids)
                     if ids.count(one) > 1]  # fmt: skip
    except csv.Error as error:
        raise SchemaError(
            f"{str(path)!r} is no CSV table: {error}", hint="save it as CSV in UTF-8"
        ) from None
    if problems:
        raise SchemaError(f"{str(path)!r}: {problems[0]}", hint="say each thing once")
    if "id" not in known:
        raise SchemaError(
            f"{str(path)!r} has no column 'id', but {', '.join(map(str, known))[:80] or 'none'}",
            hint="give a CSV file with the columns id, en, zh, shape, lon, lat",
        )
    return [{key: value or "" for key, value in row.items()} for row in rows]
