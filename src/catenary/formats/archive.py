"""Worlds and results as one file: a zip of Arrow tables and NumPy arrays, never of code.

`catenary.json` says what the file holds. References are stored as integers, so that a world of
ten million supplies opens in seconds. Opening trusts nothing: names, sizes, checksums, versions
and every reference are checked. Saving writes beside the target and renames, so that a file is
either whole or not there.
"""

from __future__ import annotations

import json
import math
import re
import struct
import zipfile
import zlib
from collections import Counter
from io import BytesIO
from pathlib import Path
from tokenize import TokenError
from typing import TYPE_CHECKING, Any, Final, Self, cast

import numpy as np
import pandas as pd
import pyarrow as pa

from catenary.errors import (
    ArchiveError,
    DataError,
    Problem,
    SchemaError,
    SourceError,
    VersionError,
)
from catenary.formats.saving import texts, whole_file
from catenary.model import SCHEMA, Matrix, Result, Run, Scenario, World, Worlds
from catenary.model.schema import VERSION, result_columns

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray
    from scipy import sparse

    from catenary.model.table import Table

__all__ = ["holds", "is_archive", "open_world", "read_result", "save_result", "save_world"]

MOST_BYTES: Final = 16 * 2**30
"""Largest file that is opened, unpacked."""

_MOST_TIMES: Final = 200  # unpacked over packed; we store arrays plainly
_NAME: Final = re.compile(
    r"catenary\.json|(worlds/\d{1,6}/)?"
    r"(tables/[a-z_]+\.arrow|matrices/[a-z_]+(\.(data|indices|indptr))?\.npy)"
)
_MANIFEST: Final = "catenary.json"
_LOCAL: Final = struct.Struct("<26xHH")  # before each member: lengths of its name and extra field
_EXTRA: Final = struct.Struct("<HH")
_PADDING: Final = 0xD935  # the kind of extra field that is there for alignment
_ALIGNED: Final = 64
_HEADER: Final = 16_384  # bytes in which the header of an array ends


def is_archive(path: Path) -> bool:
    """Return whether a file begins like a zip."""
    try:
        with path.open("rb") as file:
            return file.read(2) == b"PK"
    except OSError:
        return False


def _put(archive: zipfile.ZipFile, name: str, data: bytes | memoryview, *, packed: bool) -> None:
    info = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))  # same world, same bytes
    info.compress_type = zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED
    if not packed and archive.fp is not None:  # arrays that are mapped must begin at even places
        begins = archive.fp.tell() + _LOCAL.size + len(name.encode()) + _EXTRA.size
        blank = -begins % _ALIGNED
        info.extra = _EXTRA.pack(_PADDING, blank) + bytes(blank)
    archive.writestr(info, bytes(data))


def _arrow(table: pa.Table) -> memoryview:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)
    return memoryview(sink.getvalue())


def _stored(table: Table) -> pa.Table:
    """Return a table with references as integers; -1 = blank."""
    columns: dict[str, pa.Array] = {}
    if not isinstance(table.index, pd.RangeIndex):
        columns["id"] = pa.array(table.index, pa.large_string())
    for name, values in table.frame.items():
        if isinstance(values.dtype, pd.CategoricalDtype):
            columns[str(name)] = pa.array(values.cat.codes.to_numpy(np.int32))
        elif values.dtype.kind in "fbi":
            columns[str(name)] = pa.array(values.to_numpy())
        else:
            columns[str(name)] = pa.array(values, pa.large_string())
    if not columns:
        columns["_rows"] = pa.nulls(len(table.index), pa.int8())
    return pa.table(columns)


def _npy(values: np.ndarray[Any, Any]) -> bytes:
    buffer = BytesIO()
    np.save(buffer, np.ascontiguousarray(values), allow_pickle=False)
    return buffer.getvalue()


def _labels(world: World, labels: pd.Index) -> str | list[str]:
    """Return the table whose ids the labels are, or the labels themselves."""
    for name, table in world.tables.items():
        if len(table.index) == len(labels) and table.index.equals(labels):
            return name
    return [str(label) for label in labels]


def _write_world(archive: zipfile.ZipFile, world: World, folder: str) -> dict[str, Any]:
    for name, table in world.tables.items():
        _put(archive, f"{folder}tables/{name}.arrow", _arrow(_stored(table)), packed=False)
    matrices = {}
    for name, matrix in world.matrices.items():
        base = f"{folder}matrices/{name}"
        matrices[name] = {
            "unit": matrix.unit,
            "rows": _labels(world, matrix.rows),
            "columns": _labels(world, matrix.columns),
            "sparse": matrix.is_sparse,
        }
        if matrix.is_sparse:
            values = cast("sparse.csr_array", matrix.values)
            for part in ("data", "indices", "indptr"):
                _put(archive, f"{base}.{part}.npy", _npy(getattr(values, part)), packed=False)
        else:
            _put(archive, f"{base}.npy", _npy(matrix.dense), packed=False)
    return {
        "name": world.name,
        "warnings": list(world.warnings),
        "tables": {name: len(table.index) for name, table in world.tables.items()},
        "matrices": matrices,
    }


def save_world(world: World | Worlds, path: Path) -> None:
    """Write a world, or several, to one file.

    Raises
    ------
    SourceError
        If the file cannot be written; nothing is left behind.
    """
    with whole_file(path, "world") as file, zipfile.ZipFile(file, "w") as archive:
        content: dict[str, Any] = {"schema": VERSION}
        if isinstance(world, Worlds):
            content |= {"holds": "worlds", "name": world.name, "worlds": {}}
            for place, (label, one) in enumerate(world.items()):
                content["worlds"][label] = _write_world(archive, one, f"worlds/{place}/")
        else:
            content |= {"holds": "world", **_write_world(archive, world, "")}
        _put(archive, _MANIFEST, json.dumps(content, ensure_ascii=False).encode(), packed=True)


def save_result(result: Result, path: Path) -> None:
    """Write a result to one file.

    Raises
    ------
    SourceError
        If the file cannot be written; nothing is left behind.
    """
    _require_numbers(result.run)
    with whole_file(path, "result") as file, zipfile.ZipFile(file, "w") as archive:
        for name, frame in result.tables.items():
            _put(archive, f"tables/{name}.arrow", _arrow(pa.Table.from_pandas(frame)), packed=True)
        content = {"schema": VERSION, "holds": "result", "run": result.run.to_dict()}
        _put(archive, _MANIFEST, json.dumps(content, ensure_ascii=False).encode(), packed=True)


def _require_numbers(run: Run) -> None:
    """Refuse options that JSON cannot hold: the run could not be repeated."""
    for name, value in run.options.items():
        if isinstance(value, float) and not math.isfinite(value):
            raise SourceError(
                f"the option {name} of this result is {value}, which cannot be saved",
                hint="run the analysis with a finite number",
            )


def _no_number(text: str) -> None:
    raise ValueError(f"{text} is no number of JSON")


class _Reader:
    """A zip whose names, sizes and checksums were looked at before anything is unpacked.

    Mapped: what is stored plainly is not read into memory but seen where it stands in the file.
    """

    def __init__(self, path: Path, *, mapped: bool = False) -> None:
        self.path = path
        self.file: pa.Buffer | None = None
        try:
            self.archive = zipfile.ZipFile(path)
            if mapped:
                with pa.memory_map(str(path)) as file:
                    self.file = file.read_buffer()
        except (OSError, zipfile.BadZipFile) as error:
            reason = getattr(error, "strerror", None) or "it is not a whole zip file"
            raise ArchiveError(
                f"cannot open {str(path)!r}: {reason}",
                hint="it may be cut short or something else; copy or save it again",
            ) from None
        names = self.archive.namelist()
        often = Counter(names)
        odd = next((n for n in names if not _NAME.fullmatch(n) or often[n] > 1), None)
        total = sum(entry.file_size for entry in self.archive.infolist())
        packed = sum(entry.compress_size for entry in self.archive.infolist())
        message = ""
        if _MANIFEST not in names:
            message = f"{str(path)!r} was not saved by catenary (it has no {_MANIFEST})"
        elif odd is not None:
            message = f"{str(path)!r} holds {odd!r}, which does not belong in a saved world"
        elif total > MOST_BYTES or total > _MOST_TIMES * max(packed, 10_000):
            message = f"{str(path)!r} would unpack to {total / 2**30:.1f} GiB from {packed:,} bytes"
        if message:
            self.archive.close()
            raise ArchiveError(message, hint="open only files that you or somebody you trust saved")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.archive.close()

    def _seen(self, name: str) -> pa.Buffer | None:
        """Return a member where it stands in the file; None: it has to be read."""
        member = self.archive.getinfo(name)
        if self.file is None or member.compress_type != zipfile.ZIP_STORED:
            return None
        lengths = _LOCAL.unpack(self.file.slice(member.header_offset, _LOCAL.size))
        found = self.file.slice(member.header_offset + _LOCAL.size + sum(lengths), member.file_size)
        if zlib.crc32(found) != member.CRC:
            raise zipfile.BadZipFile(f"bad CRC-32 for {name}")
        return found

    def bytes(self, name: str) -> bytes | pa.Buffer:
        """Return what a member holds."""
        try:
            seen = self._seen(name)
            return self.archive.read(name) if seen is None else seen
        except (
            KeyError, zipfile.BadZipFile, zlib.error, OSError, EOFError, RuntimeError, ValueError,
            NotImplementedError, IndexError, struct.error,
        ) as error:  # fmt: skip
            raise ArchiveError(
                f"{str(self.path)!r} is damaged: {name} cannot be read ({error})",
                hint="save or copy the file again",
            ) from None

    def manifest(self) -> dict[str, Any]:
        try:
            content = json.loads(bytes(self.bytes(_MANIFEST)), parse_constant=_no_number)
            version = content["schema"]
            holds = content["holds"]
        except (ValueError, KeyError, TypeError, RecursionError):
            raise ArchiveError(
                f"{str(self.path)!r} is damaged: {_MANIFEST} cannot be understood",
                hint="save the file again",
            ) from None
        if not isinstance(version, int) or version > VERSION:
            raise VersionError(
                f"{str(self.path)!r} has schema version {version!r}; this catenary knows up to "
                f"{VERSION}",
                hint="update catenary, or save the file again with the older one",
            )
        if holds not in ("world", "worlds", "result"):
            raise ArchiveError(
                f"{str(self.path)!r} holds {holds!r}", hint="it should hold a world or a result"
            )
        return cast("dict[str, Any]", content)

    def arrow(self, name: str) -> pa.Table:
        twice = False
        try:
            table = pa.ipc.open_file(pa.py_buffer(self.bytes(name))).read_all()
            table.validate(full=True)  # text that is none, lengths that lie
            twice = len(set(table.column_names)) < table.num_columns
        except (pa.ArrowException, OSError, ValueError, MemoryError) as error:
            if isinstance(error, ArchiveError):
                raise
            reason = str(error).splitlines()[0][:80] if str(error) else type(error).__name__
            raise ArchiveError(
                f"{str(self.path)!r} is damaged: {name} is no Arrow table ({reason})",
                hint="save the file again",
            ) from None
        if twice:
            raise ArchiveError(
                f"{str(self.path)!r} is damaged: {name} has a column twice",
                hint="save the file again",
            )
        return table

    def npy(self, name: str) -> np.ndarray[Any, Any]:
        whole = self.bytes(name)
        data = BytesIO(memoryview(whole)[:_HEADER])
        try:
            version = np.lib.format.read_magic(data)
            reader = np.lib.format.read_array_header_1_0
            shape, fortran, kind = reader(data) if version == (1, 0) else (None, None, None)
        except (ValueError, SyntaxError, TokenError, TypeError, MemoryError) as error:
            raise ArchiveError(
                f"{str(self.path)!r} is damaged: {name} is no array ({type(error).__name__})",
                hint="save the file again",
            ) from None
        if shape is None or kind is None or kind.hasobject or fortran or kind.kind not in "fiu":
            raise ArchiveError(
                f"{str(self.path)!r}: {name} is not a plain array of numbers",
                hint="save the file again",
            )
        rest = len(whole) - data.tell()
        if rest % kind.itemsize:
            raise ArchiveError(f"{str(self.path)!r} is damaged: {name} is cut short")
        plain = np.frombuffer(whole, kind, rest // kind.itemsize, data.tell())
        if not plain.flags.aligned:
            plain = plain.copy()
        if plain.size != int(np.prod(shape)):
            raise ArchiveError(f"{str(self.path)!r} is damaged: {name} is cut short")
        return plain.reshape(shape)


def _frame(stored: pa.Table, name: str, rows: int, targets: Mapping[str, pd.Index]) -> pd.DataFrame:
    """Return a table's frame with references as categories again."""
    if name not in SCHEMA:
        raise SchemaError(f"the file holds an unknown table {name!r}", hint="update catenary")
    columns: dict[str, Any] = {}
    index: pd.Index = pd.RangeIndex(rows, name="id")
    for field, values in zip(stored.schema, stored.columns, strict=True):
        if field.name == "_rows":
            continue
        column = SCHEMA[name].get(field.name)
        if field.name == "id":
            index = pd.Index(values.to_pandas(), dtype="str", name="id")
        elif column is not None and column.refers_to and column.type == "label":
            target = targets.get(column.refers_to, pd.Index([], dtype="str"))
            if column.refers_to == name:
                target = index
            codes = values.to_numpy()
            if codes.dtype.kind not in "iu":
                raise ArchiveError(
                    f"the file is damaged: {column.where} holds {values.type} instead of positions",
                    hint="save the world again",
                )
            if len(codes) and (codes.min() < -1 or codes.max() >= len(target)):
                wrong = int(codes.max())
                problem = Problem(
                    column.where,
                    f"reference {wrong} points outside the {len(target):,} {column.refers_to}",
                    "save the world again",
                )
                raise SchemaError.of([problem])
            kind = np.int8 if len(target) <= 127 else np.int16 if len(target) <= 32767 else np.int32
            columns[field.name] = pd.Categorical.from_codes(
                codes.astype(kind, copy=False), categories=target, validate=False
            )
        else:
            columns[field.name] = values.to_pandas()
    if len(stored) != rows:
        raise ArchiveError(
            f"the file is damaged: {name} has {len(stored):,} rows, not {rows:,}",
            hint="save the world again",
        )
    frame = pd.DataFrame(columns, copy=False) if columns else pd.DataFrame(index=range(rows))
    frame.index = index
    return frame


def _read_world(reader: _Reader, content: Mapping[str, Any], folder: str) -> World:
    parts: dict[str, pd.DataFrame | Matrix] = {}
    targets: dict[str, pd.Index] = {}
    try:
        tables, matrices = dict(content["tables"]), dict(content["matrices"])
        warnings = texts(content["warnings"])
        name_of_it = texts([content.get("name", "")])[0]
        for name, rows in tables.items():
            if type(rows) is not int:
                raise ValueError(f"{name} has {rows!r} rows")  # noqa: TRY301
            frame = _frame(reader.arrow(f"{folder}tables/{name}.arrow"), name, rows, targets)
            parts[name] = frame
            targets[name] = frame.index
        values: sparse.csr_array | NDArray[np.generic]
        for name, about in matrices.items():
            rows, columns = (
                targets[about[side]] if isinstance(about[side], str) else about[side]
                for side in ("rows", "columns")
            )
            base = f"{folder}matrices/{name}"
            if about["sparse"]:
                data, indices, indptr = (
                    reader.npy(f"{base}.{p}.npy") for p in ("data", "indices", "indptr")
                )
                if "f" in (indices.dtype.kind, indptr.dtype.kind):
                    raise ValueError(f"{name} has places that are no whole numbers")  # noqa: TRY301
                from scipy import sparse  # noqa: PLC0415  few worlds have any

                values = sparse.csr_array((data, indices, indptr), shape=(len(rows), len(columns)))
                values.check_format(full_check=True)
            else:
                values = reader.npy(f"{base}.npy")
            parts[name] = Matrix(values, rows, columns, about["unit"])
    except (
        KeyError, TypeError, ValueError, IndexError, AttributeError, OverflowError, MemoryError,
        pa.ArrowException,
    ) as error:  # fmt: skip
        if isinstance(error, DataError | ArchiveError):
            raise
        raise ArchiveError(
            f"{str(reader.path)!r} is damaged: {type(error).__name__} {error}",
            hint="save the world again",
        ) from None
    return World(parts, name=name_of_it, warnings=warnings)


def open_world(path: Path, *, mapped: bool = False) -> World | Worlds:
    """Read a file that `save_world` wrote.

    Parameters
    ----------
    path
        The file.
    mapped
        Whether arrays stay in the file, which then has to stay as it is: several processes of
        one machine share its memory.

    Raises
    ------
    ArchiveError
        If it is not such a file, is damaged or unsafe.
    VersionError
        If a newer version wrote it.
    SchemaError
        If what it holds breaks the schema.
    """
    with _Reader(path, mapped=mapped) as reader:
        content = reader.manifest()
        if content["holds"] == "result":
            raise SourceError(
                f"{str(path)!r} is a result, not a world", hint="look at it with `catenary show`"
            )
        if content["holds"] == "world":
            return _read_world(reader, content, "")
        try:
            several = dict(content["worlds"])
            name = texts([content.get("name", ""), *several])[0]
        except (KeyError, TypeError, ValueError) as error:
            raise ArchiveError(
                f"{str(path)!r} is damaged: its worlds cannot be understood ({error})",
                hint="save the worlds again",
            ) from None
        worlds = {
            label: _read_world(reader, one, f"worlds/{place}/")
            for place, (label, one) in enumerate(several.items())
        }
        return Worlds(worlds, name=name)


def read_result(path: Path, kinds: Mapping[str, type[Result]]) -> Result:
    """Read a file that `save_result` wrote.

    Parameters
    ----------
    path
        The file.
    kinds
        Class of the result of each analysis.

    Raises
    ------
    ArchiveError
        If it is not such a file, is damaged or unsafe.
    VersionError
        If a newer version wrote it.
    """
    with _Reader(path) as reader:
        content = reader.manifest()
        if content["holds"] != "result":
            raise SourceError(
                f"{str(path)!r} is a world, not a result",
                hint="make a result with `catenary stress`, then look at that",
            )
        names = [n for n in reader.archive.namelist() if n.startswith("tables/")]
        try:
            run = dict(content["run"])
            run["warnings"] = tuple(run["warnings"])
            texts([run["analysis"], run["world_name"], run["world"], *run["warnings"]])
            _require_options(run["options"])
            kind = kinds[run["analysis"]]
            frames = {Path(n).stem: reader.arrow(n).to_pandas() for n in names}
            _require_columns(frames, run["analysis"])
            return kind(run=Run(**run), **frames)
        except (KeyError, TypeError, ValueError, AttributeError, pa.ArrowException) as error:
            if isinstance(error, ArchiveError):
                raise
            raise ArchiveError(
                f"{str(path)!r} holds a result that this catenary does not know ({error})",
                hint="update catenary, or run the analysis again",
            ) from None


def _require_options(options: Any) -> None:
    """Refuse a record of a run that does not say what ran (ValueError)."""
    if not isinstance(options, dict):
        raise TypeError("the options of its run are none")
    for key in ("scenario", "measures"):
        words = key == "measures" and isinstance(options.get(key), str)  # names, not changes
        if options.get(key) is not None and not words:
            try:
                Scenario.of(options[key])
            except DataError as error:
                raise ValueError(f"its {key} is damaged: {error.args[0]}") from None
    if type(options.get("days", 1)) is not int:
        raise TypeError(f"its days are {options['days']!r}")


def _require_columns(frames: Mapping[str, pd.DataFrame], analysis: str) -> None:
    """Refuse tables of an older version that lack a column (KeyError)."""
    for table, columns in result_columns(analysis).items():
        for column, about in columns.items():
            if column not in frames[table] and column != "world":
                raise KeyError(f"{table}.{column} is missing")
            if about.type in ("number", "day") and frames[table][column].dtype.kind not in "fiu":
                raise ValueError(f"{table}.{column} holds no numbers")


def holds(path: Path) -> str:
    """Return what a saved file holds: world, worlds or result."""
    with _Reader(path) as reader:
        return str(reader.manifest()["holds"])
