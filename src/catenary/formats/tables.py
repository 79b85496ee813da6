"""A world or result as plain files for other programs: CSV, Parquet or JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pandas as pd

from catenary.formats import folder
from catenary.formats.saving import MARK, whole_file, whole_folder
from catenary.model import Result, World
from catenary.model.result import records
from catenary.model.schema import VERSION

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["write"]


def write(thing: World | Result, path: Path, kind: str) -> None:
    """Write every table (and matrix) of a world or result.

    Parameters
    ----------
    thing
        A world or a result.
    path
        Folder to write (json: the file).
    kind
        csv, parquet or json.

    Raises
    ------
    SourceError
        If it cannot be written; what was there before stays.
    """
    if kind == "json":
        content = thing.to_dict() if isinstance(thing, Result) else _world(thing)
        with whole_file(path, "result" if isinstance(thing, Result) else "world") as file:
            file.write(json.dumps(content, ensure_ascii=False, allow_nan=False).encode())
        return
    if isinstance(thing, World) and kind == "csv":
        folder.save(thing, path)
        return
    frames = thing.tables if isinstance(thing, Result) else _frames(thing)
    with whole_folder(path, "result" if isinstance(thing, Result) else "world") as target:
        for name, frame in frames.items():
            if kind == "csv":
                folder.write_csv(frame, target / f"{name}.csv", index=False)
            else:
                frame.to_parquet(target / f"{name}.parquet", index=False)
        about = (
            thing.run.to_dict()
            if isinstance(thing, Result)
            else {"schema": VERSION, "name": thing.name, "warnings": list(thing.warnings)}
        )
        text = json.dumps(about, ensure_ascii=False, indent=1, default=str)
        (target / MARK).write_text(text, encoding="utf-8")


def _frames(world: World) -> dict[str, pd.DataFrame]:
    frames = {}
    for name, table in world.tables.items():
        rows = isinstance(table.index, pd.RangeIndex)
        frames[name] = table.frame.copy() if rows else table.frame.reset_index()
    for name, matrix in world.matrices.items():
        frame = pd.DataFrame(matrix.dense, matrix.rows, matrix.columns)
        frames[name] = frame.rename_axis(matrix.unit).reset_index()
    return frames


def _world(world: World) -> dict[str, object]:
    return {
        "name": world.name,
        "warnings": list(world.warnings),
        "tables": {
            name: records(frame) for name, frame in _frames(world).items() if name in world.tables
        },
        "matrices": {
            name: {
                "unit": matrix.unit,
                "rows": list(matrix.rows),
                "columns": list(matrix.columns),
                "values": matrix.dense.tolist(),
            }
            for name, matrix in world.matrices.items()
        },
    }
