"""A world as a folder that a person can edit: one CSV or Parquet file per table and matrix.

`producers.csv` has a header and one row per producer. A header may carry a unit, and numbers are
converted: `quantity [t/week]`. A matrix file has its unit in the first cell, column labels after
it and row labels below it.
"""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from catenary.errors import (
    DataError,
    Problem,
    SchemaError,
    SourceError,
    UnitError,
    VersionError,
    did_you_mean,
    listed,
)
from catenary.formats.saving import MARK, texts, whole_folder
from catenary.model import MATRICES, SCHEMA, Matrix, World
from catenary.model.schema import VERSION, Column
from catenary.model.units import factor

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["read", "save", "write_csv"]

_HEADER: Final = re.compile(r"\s*(?P<name>[^\[\]]+?)\s*(\[(?P<unit>[^\]]*)\])?\s*")
_SUFFIXES: Final = (".csv", ".parquet")


def _arrow(
    path: Path, *, numbers: set[str] | None = None, header: list[str] | None = None
) -> pa.Table:
    """Read a file; text stays text, so that `NA` is Namibia's code and no hole."""
    try:
        if path.suffix == ".parquet":
            return pq.read_table(path)
        kinds = {n: pa.float64() if n in (numbers or ()) else pa.string() for n in header or ()}
        options = pacsv.ConvertOptions(
            column_types=kinds, strings_can_be_null=False, null_values=[""]
        )
        parsing = pacsv.ParseOptions(newlines_in_values=True)
        return pacsv.read_csv(path, convert_options=options, parse_options=parsing)
    except pa.ArrowInvalid as error:
        if numbers:  # some cell is no number: read all as text, and let the check name the cell
            return _arrow(path, numbers=set(), header=header)
        raise SourceError(
            f"cannot read {path.name}: {str(error).splitlines()[0]}",
            hint="save it as UTF-8 CSV with commas, each row with as many cells as the header",
        ) from None
    except OSError as error:
        raise SourceError(f"cannot read {path.name}: {error.strerror or error}") from None


def _header(path: Path) -> list[str]:
    if path.suffix == ".parquet":
        try:
            return list(pq.read_schema(path).names)
        except (pa.ArrowInvalid, OSError) as error:
            raise SourceError(
                f"cannot read {path.name}: {error}", hint="it may be cut short; write it again"
            ) from None
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return next(csv.reader(file), [])
    except UnicodeDecodeError as error:
        raise SourceError(
            f"cannot read {path.name}: it is not UTF-8 ({error.reason} at byte {error.start})",
            hint="save it as 'CSV UTF-8'",
        ) from None


def _scale(column: Column, unit: str, units: set[str]) -> float:
    """Return the factor from a header's unit to the column's own.

    Quantities of products are in the unit of each product; `/week` converts the time alone.
    """
    wanted = column.unit
    if "unit" not in re.split("[ /]", wanted):
        return factor(unit, wanted)
    own, slash, time = wanted.partition("/")
    if own != "product unit":
        raise UnitError(f"unit {unit!r} cannot be converted to {wanted!r}", hint="leave it out")
    if slash and unit.startswith("/"):
        return factor(f"index{unit}", f"index/{time}")
    if len(units) == 1:
        return factor(unit, f"{min(units)}{slash}{time}")
    raise UnitError(
        f"unit {unit!r} fits only some rows: products here are counted in {listed(sorted(units))}",
        hint="leave it out, or give the time alone, as in [/week]",
    )


def _nans(table: pa.Table, name: str) -> list[Problem]:
    """Return columns of numbers in which a cell says nan: its writer may mean anything."""
    return [
        Problem(f"{name}.{label}", "a cell says nan", "leave it blank, or correct it")
        for label, cells in zip(table.column_names, table.columns, strict=True)
        if pa.types.is_floating(cells.type) and pc.any(pc.is_nan(cells)).as_py()
    ]


def _columns(
    header: list[str], name: str, units: set[str]
) -> tuple[list[str], dict[str, float], list[Problem]]:
    """Return names without units, the factor of each unit, and what is wrong with them."""
    names: list[str] = []
    scales: dict[str, float] = {}
    problems: list[Problem] = []
    for cell in header:
        match = _HEADER.fullmatch(cell)
        label, unit = (match["name"], match["unit"]) if match else (cell, None)
        column = SCHEMA[name].get(label)
        names.append(label if column is not None else cell.strip())
        if unit is None or column is None:
            continue
        if column.type != "number":
            problems.append(Problem(column.where, f"has a unit [{unit}] but is not a number"))
            continue
        try:
            scales[label] = _scale(column, unit, units)
        except UnitError as error:
            problems.append(Problem(column.where, error.args[0], error.hint))
    return names, scales, problems


def _table(path: Path, name: str, units: set[str]) -> tuple[pd.DataFrame, list[Problem]]:
    header = _header(path)
    if len(header) == 1 and (";" in header[0] or "\t" in header[0]):
        mark = "a semicolon" if ";" in header[0] else "a tab"
        hint = "save it with commas between the cells and a point in numbers"
        return pd.DataFrame(), [Problem(path.name, f"its cells are parted by {mark}", hint)]
    names, scales, problems = _columns(header, name, units)
    twice = {label for label in names if names.count(label) > 1}
    if twice:
        problems.append(
            Problem(name, f"{path.name} has the column {min(twice)!r} twice", "keep one of them")
        )
        return pd.DataFrame(), problems
    numeric = {
        cell
        for cell, label in zip(header, names, strict=True)
        if label in SCHEMA[name] and SCHEMA[name][label].type == "number"
    }
    table = _arrow(path, numbers=numeric, header=header).rename_columns(names)
    if path.suffix == ".csv":
        problems += _nans(table, name)
    frame = table.to_pandas()
    for label, scale in scales.items():
        if (
            scale != 1.0 and frame[label].dtype.kind in "fiu"
        ):  # else a cell is no number: told later
            frame[label] = frame[label] * scale
    return frame, problems


def _matrix(path: Path) -> Matrix:
    header = _header(path)
    if len(header) < 2:
        raise SchemaError(
            f"{path.name} has {len(header)} columns",
            hint="a matrix has its unit in the first cell, then column labels",
        )
    twice = [label for label, often in Counter(header).items() if often > 1]
    if twice:
        raise SchemaError(f"{path.name} has the column {twice[0]!r} twice", hint="keep one of them")
    table = _arrow(path, numbers=set(header[1:]), header=header)
    rows = [str(v) for v in table.column(0).to_pylist()]
    cells = table.select(list(range(1, table.num_columns))).to_pandas()
    wrong = [c for c in cells if cells[c].dtype.kind not in "fiu"]
    if wrong:
        text = cells[wrong[0]]
        bad = pd.to_numeric(text, errors="coerce").isna().to_numpy()
        raise SchemaError(
            f"{path.name}: {text.iloc[int(bad.argmax())]!r} in row {rows[int(bad.argmax())]!r}, "
            f"column {wrong[0]!r} is not a number",
            hint="write plain numbers; 0 where there is nothing",
        )
    return Matrix(cells.to_numpy(np.float64), rows, header[1:], header[0])


def _about(path: Path) -> dict[str, Any]:
    file = path / MARK
    if not file.is_file():
        return {}
    try:
        about = json.loads(file.read_text(encoding="utf-8"))
        version = int(about.get("schema", VERSION))
        known = {"name": texts([about.get("name", path.name)])[0]}
        warnings = texts(about.get("warnings", []))
        own = {str(k): str(v) for k, v in about.get("columns", {}).items()}
    except (ValueError, AttributeError, OSError, TypeError, OverflowError, RecursionError):
        raise SourceError(
            f"cannot understand {MARK} in {str(path)!r}", hint="remove it; it is only a note"
        ) from None
    if version > VERSION:
        raise VersionError(
            f"{str(path)!r} has schema version {version}; this catenary knows up to {VERSION}",
            hint="update catenary",
        )
    return {**known, "warnings": warnings, "columns": own}


def _units(path: Path) -> set[str]:
    """Return the units in which the products of a folder are counted."""
    files = [f for f in (path / f"products{suffix}" for suffix in _SUFFIXES) if f.is_file()]
    if not files or "unit" not in _header(files[0]):
        return {SCHEMA["products"]["unit"].default}
    column = _arrow(files[0], header=_header(files[0])).column("unit").to_pylist()
    return {str(unit or "").strip() or SCHEMA["products"]["unit"].default for unit in column}


def _part(file: Path, units: set[str]) -> tuple[pd.DataFrame | Matrix | None, list[Problem]]:
    """Read the table or matrix that a file is named after, or say why it cannot be read."""
    name = file.stem
    if name in SCHEMA:
        frame, problems = _table(file, name, units)
        return (None if problems else frame), problems
    if name in MATRICES:
        try:
            return _matrix(file), []
        except DataError as error:
            return None, [Problem(name, error.args[0], error.hint)]
    hint = did_you_mean(name, [*SCHEMA, *MATRICES])
    return None, [Problem(file.name, "is no part of a world", hint)]


def _parts(
    path: Path, own: dict[str, str]
) -> tuple[dict[str, pd.DataFrame | Matrix], list[Problem]]:
    """Read every file of a folder that can be read, and say what is wrong with the others."""
    parts: dict[str, pd.DataFrame | Matrix] = {}
    problems: list[Problem] = []
    units = _units(path)
    for file in sorted(path.iterdir()):
        if file.suffix not in _SUFFIXES or file.name.startswith("."):
            continue
        if file.stem in parts:
            problems.append(Problem(file.stem, "there is a .csv and a .parquet file", "keep one"))
            continue
        part, found = _part(file, units)
        problems += found
        if isinstance(part, pd.DataFrame) and file.suffix == ".csv":
            problems += _typed(part, file.stem, own)
        if part is not None:
            parts[file.stem] = part
    return parts, problems


def read(path: Path) -> World:
    """Read a world from a folder.

    Parameters
    ----------
    path
        Folder with files named after tables and matrices, `.csv` or `.parquet`.

    Raises
    ------
    SourceError
        If the folder or a file cannot be read, or holds nothing that belongs to a world.
    SchemaError
        If anything is wrong; its `problems` list everything found.
    """
    if not path.is_dir():
        raise SourceError(f"there is no folder {str(path)!r}", hint="give the path of a folder")
    about = _about(path)
    parts, problems = _parts(path, about.get("columns", {}))
    if not parts and not problems:
        raise SourceError(
            f"{str(path)!r} holds no table", hint=f"expected files such as {listed(SCHEMA)}"
        )
    try:
        world = World(
            parts, name=str(about.get("name", path.name)), warnings=about.get("warnings", ())
        )
    except SchemaError as error:
        raise SchemaError.of([*problems, *error.problems]) from None
    if problems:
        raise SchemaError.of(problems)
    return world


_FLAGS: Final = {"True": True, "False": False}
_OWN: Final = {"f": "number", "i": "integer", "b": "flag"}


def _own_columns(world: World) -> dict[str, str]:
    """Return the type of each column of the user's own that is not text."""
    return {
        f"{name}.{column}": _OWN[values.dtype.kind]
        for name, table in world.tables.items()
        for column, values in table.frame.items()
        if str(column).startswith("x_") and values.dtype.kind in _OWN
    }


def _typed(frame: pd.DataFrame, name: str, own: dict[str, str]) -> list[Problem]:
    """Give columns of the user's own the type they had when they were saved."""
    problems = []
    for column in frame:
        kind = own.get(f"{name}.{column}")
        try:
            if kind == "flag":
                frame[column] = [_FLAGS[cell] for cell in frame[column]]
            elif kind == "integer":
                frame[column] = np.array([int(cell) for cell in frame[column]], np.int64)
            elif kind == "number":
                frame[column] = pd.to_numeric(frame[column].replace("", None)).astype("float64")
        except (ValueError, TypeError, OverflowError, KeyError) as error:
            hint = f"correct the cells, or take the column out of {MARK}"
            problems.append(Problem(f"{name}.{column}", f"is no {kind}: {error}", hint))
    return problems


def write_csv(frame: pd.DataFrame, path: Path, *, index: bool) -> None:
    """Write a table so that every text comes back as it was."""
    texts = [frame[c] for c in frame if isinstance(frame[c].dtype, pd.StringDtype)]
    texts += [frame.index.to_series()] if index else []
    returns = any(text.astype("str").str.contains("\r").any() for text in texts)
    quoting: Literal[0, 1] = csv.QUOTE_ALL if returns else csv.QUOTE_MINIMAL
    frame.to_csv(path, index=index, lineterminator="\n", quoting=quoting)


def save(world: World, path: Path) -> None:
    """Write a world to a folder of CSV files.

    Raises
    ------
    SourceError
        If it cannot be written; what was there before stays.
    """
    with whole_folder(path, "world") as folder:
        for name, table in world.tables.items():
            index = not isinstance(table.index, pd.RangeIndex)
            frame = table.frame if len(table.frame.columns) or index else table.frame.reset_index()
            write_csv(frame, folder / f"{name}.csv", index=index)
        for name, matrix in world.matrices.items():
            frame = pd.DataFrame(matrix.dense, matrix.rows, matrix.columns)
            frame.to_csv(folder / f"{name}.csv", index_label=matrix.unit, lineterminator="\n")
        about = {
            "schema": VERSION,
            "name": world.name,
            "warnings": list(world.warnings),
            "columns": _own_columns(world),
        }
        (folder / MARK).write_text(json.dumps(about, ensure_ascii=False, indent=1), "utf-8")
