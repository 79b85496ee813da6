"""The parts of a page, as the drawing code in `web/src/document.ts` reads them."""

from __future__ import annotations

import base64
import zlib
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np
import pandas as pd

from catenary.languages import LANGUAGES, Message, in_language, recognised, say

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from catenary.model.schema import Column

    Array = NDArray[np.float64]

__all__ = [
    "MOST_ROWS",
    "Section",
    "Text",
    "bars",
    "code",
    "figure",
    "in_both",
    "number",
    "numbers",
    "packed",
    "path",
    "side_by_side",
    "table",
    "told_table",
    "words",
]

Text: TypeAlias = "str | dict[str, str]"
Section: TypeAlias = "dict[str, Any]"

MOST_ROWS: Final = 1_000
"""Rows of a table that a page holds."""

_NOTHING: Final = 65535  # what stands for a missing number


def in_both(text: str) -> Text:
    """Return a text in every language, or once if it is the same in all.

    Examples
    --------
    >>> in_both("JPN"), in_both(say("none"))
    ('JPN', {'en': 'none', 'zh': '无'})
    """
    if not isinstance(text, Message):
        return str(text)
    every = {name: in_language(text, name) for name in LANGUAGES}
    return every if len(set(every.values())) > 1 else every["en"]


def number(value: Any, digits: int = 6) -> float | None:
    """Return a number in plain form, short; what is missing or infinite is None.

    Examples
    --------
    >>> number(0.123456789), number(3), number(float("nan"))
    (0.123457, 3, None)
    """
    if value is None or value is pd.NA or not np.isfinite(value):
        return None
    short = float(f"{value:.{digits}g}")
    return int(short) if short.is_integer() and abs(short) < 1e15 else short


def numbers(values: Any, digits: int = 6) -> list[float | None]:
    """Return numbers in plain form."""
    plain = pd.Series(values).astype("float64").tolist()
    return [number(value, digits) for value in plain]


def packed(values: Array, *, step: float = 0.0) -> dict[str, Any]:
    """Pack numbers by two axes into 16 bits each.

    Parameters
    ----------
    values
        The numbers, (R, C); NaN and infinite are missing.
    step
        Least difference that matters: coarser numbers pack better.

    Examples
    --------
    >>> packed(np.array([[0.0, 0.5], [np.nan, 1.0]]), step=0.1)["scale"]
    0.1
    """
    known = np.isfinite(values)
    low, high = (values[known].min(), values[known].max()) if known.any() else (0.0, 0.0)
    scale = max(float(high - low) / (_NOTHING - 2), step) or 1.0
    low = float(np.floor(low / scale) * scale) if step else float(low)
    whole = np.full(values.shape, _NOTHING, "<u2")
    whole[known] = np.clip(np.rint((values[known] - low) / scale), 0, _NOTHING - 1).astype("<u2")
    change = whole.copy()
    change[1:] -= whole[:-1]  # modulo 65536
    data = base64.b64encode(zlib.compress(change.tobytes(), 6)).decode("ascii")
    return {"shape": list(values.shape), "scale": scale, "offset": low, "data": data}


def figure(label: str, value: Any, unit: str, note: str = "") -> dict[str, Any]:
    """Return one of the few numbers that answer the question."""
    about = {"label": in_both(label), "value": number(value), "unit": unit}
    return about | ({"note": in_both(note)} if note else {})


def _head(kind: str, place: str, title: str, note: str = "") -> Section:
    about = {"kind": kind, "id": place, "title": in_both(title)}
    return about | ({"note": in_both(note)} if note else {})


def words(place: str, title: str, paragraphs: Sequence[str], *, folded: bool = False) -> Section:
    """Return a section of prose."""
    told = [in_both(paragraph) for paragraph in paragraphs]
    return {**_head("words", place, title), "paragraphs": told, "folded": folded}


def code(place: str, title: str, language: str, text: str, *, folded: bool = False) -> Section:
    """Return a section of TOML, Python or commands."""
    return {**_head("code", place, title), "language": language, "text": text, "folded": folded}


def bars(
    place: str,
    title: str,
    rows: Sequence[Mapping[str, Any]],
    *,
    unit: str,
    alt: str,
    note: str = "",
) -> Section:
    """Return bars; every row has a name, a value and maybe low, high and note."""
    plain = []
    for row in rows:
        one: dict[str, Any] = {"name": in_both(row["name"]), "value": number(row["value"])}
        one |= {k: number(row[k]) for k in ("low", "high") if number(row.get(k)) is not None}
        plain.append(one | ({"note": in_both(row["note"])} if row.get("note") else {}))
    head = _head("bars", place, title, note)
    return {**head, "alt": in_both(alt), "unit": unit, "rows": plain}


def path(
    place: str,
    title: str,
    days: Sequence[int],
    series: Sequence[Mapping[str, Any]],
    **about: Any,
) -> Section:
    """Return lines over days.

    Parameters
    ----------
    place, title
        Id and heading.
    days
        The days.
    series
        Name and values of each line, and maybe bands around it.
    about
        alt, note, unit (share if not given) and marks (day and text) of the figure.
    """
    return {
        **_head("path", place, title, about.get("note", "")),
        "alt": in_both(about["alt"]),
        "unit": about.get("unit", "share"),
        "days": list(days),
        "series": list(series),
        "marks": [{"day": day, "text": in_both(text)} for day, text in about.get("marks", ())],
    }


def _column(name: str, about: Column | None, values: pd.Series) -> dict[str, Any]:
    is_number = pd.api.types.is_numeric_dtype(values.dtype) and values.dtype != bool
    english = name.replace("_", " ")
    plain: dict[str, Any] = {"name": english, "number": is_number}
    if about is not None:
        plain["name"] = {"en": english, "zh": about.zh}
        plain["about"] = {"en": about.description, "zh": about.zh}
        if is_number and about.unit not in ("day", ""):
            plain["unit"] = about.unit
    elif name == "world":
        plain["name"] = in_both(say("world"))
    return plain


def _cells(values: pd.Series) -> list[Any]:
    if values.dtype == bool:
        return values.astype("str").tolist()
    if pd.api.types.is_numeric_dtype(values.dtype):
        return numbers(values.astype("Float64").to_numpy("float64", na_value=np.nan))
    return ["" if pd.isna(value) else str(value) for value in values.astype(object).tolist()]


def table(
    place: str, title: str, frame: pd.DataFrame, columns: Mapping[str, Column], file: str
) -> Section:
    """Return the first rows of a table of a result, with what its columns mean.

    Parameters
    ----------
    place, title
        Id and heading.
    frame
        The table.
    columns
        What is known of its columns.
    file
        Name of the file that a reader may save.
    """
    shown = frame.iloc[:MOST_ROWS]
    cells = [_cells(shown[name]) for name in shown]
    rows = [list(row) for row in zip(*cells, strict=True)]
    note = ""
    if len(frame) > len(shown):
        note = say(
            "The first {shown:,} of {all:,} rows. `catenary export` writes all of them.",
            shown=len(shown),
            all=len(frame),
        )
    return {
        **_head("table", place, title, note),
        "columns": [_column(str(name), columns.get(str(name)), shown[name]) for name in shown],
        "rows": rows,
        "of": len(frame),
        "file": file,
        "folded": True,
    }


def told_table(
    place: str,
    title: str,
    columns: Sequence[tuple[str, str]],
    rows: Sequence[Sequence[Any]],
    *,
    note: str = "",
    folded: bool = False,
) -> Section:
    """Return a table made for the page.

    Parameters
    ----------
    place, title
        Id and heading.
    columns
        Heading and unit of each; a unit makes a column of numbers.
    rows
        Its cells: texts and numbers.
    note
        How to read it.
    folded
        Whether it is shown folded.
    """
    heads = [
        {"name": in_both(name), "number": bool(unit)}
        | ({"unit": unit} if unit not in ("", "number", "day") else {})
        for name, unit in columns
    ]
    plain = [
        [
            number(cell) if unit else ("" if cell is None else in_both(cell))
            for cell, (_, unit) in zip(row, columns, strict=True)
        ]
        for row in rows
    ]
    about = {"columns": heads, "rows": plain, "file": f"{place}.csv", "folded": folded}
    return {**_head("table", place, title, note), **about}


def side_by_side(
    place: str, title: str, labels: Sequence[str], parts: Sequence[Section], note: str = ""
) -> list[Section]:
    """Return one section as it is, two of a kind as a pair, more one after the other."""
    if len(parts) == 2:
        names = [in_both(recognised(label)) for label in labels]
        return [{**_head("pair", place, title, note), "names": names, "parts": list(parts)}]
    if len(parts) < 2:
        return list(parts)
    titles = [say("{title}: {world}", title=title, world=label) for label in labels]
    return [{**part, "title": in_both(told)} for part, told in zip(parts, titles, strict=True)]
