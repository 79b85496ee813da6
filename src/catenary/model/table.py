"""One table of a world: typed, defaults filled, indexed by id, references as integers."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
import pyarrow.compute as pc

from catenary.errors import Problem, SchemaError, did_you_mean, listed
from catenary.model.inherited import inherited
from catenary.model.labels import as_text, encode, frozen, hint_for, small_codes, text_digest
from catenary.model.schema import LARGEST, SCHEMA, VERSION, Column

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

__all__ = ["Table", "conform"]

_ONLY_IF_GIVEN: Final = ("source", "year", "note")  # common columns
_MOST_TOLD: Final = 20  # unknown ids of one column that are explained one by one

_FLAGS: Final = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


@dataclass(frozen=True, eq=False, init=False)
class Table:
    """A checked table; every array it holds is read-only, and what it hands out are views."""

    name: str
    _frame: pd.DataFrame

    def __init__(self, name: str, frame: pd.DataFrame) -> None:
        """Keep a frame that `conform` has made."""
        if "name" in self.__dict__:
            raise AttributeError("a Table never changes; make another")
        self.__dict__.update(name=name, _frame=frame)

    @property
    def frame(self) -> pd.DataFrame:
        """The rows, indexed by id; changing this frame changes nothing else."""
        return self._frame.copy(deep=False)

    def __contains__(self, column: object) -> bool:
        """Whether the table has a column of that name."""
        return column in self._frame

    @property
    def index(self) -> pd.Index:
        """The ids."""
        return self._frame.index.view()

    def codes(self, column: str) -> NDArray[np.integer]:
        """Return the positions that a reference points at in its table; -1 = blank."""
        if column not in self._codes:
            self._codes[column] = np.asarray(self._frame[column].cat.codes).view()
            self._codes[column].flags.writeable = False
        return self._codes[column]

    @cached_property
    def _codes(self) -> dict[str, NDArray[np.integer]]:
        """Codes that were asked for: pandas takes longer to hand them out than to make them."""
        return {}

    def numbers(self, column: str) -> NDArray[np.float64]:
        """Return a column of numbers."""
        return self._frame[column].to_numpy()

    def changed(self, **numbers: NDArray[np.float64]) -> Table:
        """Return the same rows with other numbers in some columns; labels are not read again.

        Raises
        ------
        SchemaError
            If a number is out of bounds.
        """
        frame = self.frame
        problems: list[Problem] = []
        for name, values in numbers.items():
            column = SCHEMA[self.name][name]
            for item in _number(column, pd.Series(values, copy=False), frame.index):
                if isinstance(item, Problem):
                    problems.append(item)
                else:
                    frame[name] = item
        if problems:
            raise SchemaError.of(problems)
        return Table(self.name, frame)

    def taken(
        self,
        rows: NDArray[np.integer],
        index: pd.Index,
        *,
        numbers: Mapping[str, NDArray[np.float64]],
        codes: Mapping[str, NDArray[np.integer]],
        anew: NDArray[np.bool_],
    ) -> Table:
        """Return some rows, any number of times each, under other ids.

        Parameters
        ----------
        rows
            Positions of the rows, (R,).
        index
            Their ids, each once.
        numbers, codes
            Columns that are other than in these rows, (R,) each: numbers, and positions in the
            tables that references point at.
        anew
            Which of them no source speaks of, (R,): their source, year and note are blank.
        """
        kept: dict[str, pd.Series] = {}
        values: Any
        for name, column in self._frame.items():
            label = str(name)
            if isinstance(column.dtype, pd.CategoricalDtype):
                places = codes.get(label, column.cat.codes.to_numpy()[rows])
                if label == "source":
                    places = np.where(anew, -1, places)
                words = column.cat.categories
                values = pd.Categorical.from_codes(
                    small_codes(places, len(words)), categories=words, validate=False
                )
            elif column.dtype.kind == "f":
                values = numbers.get(label, column.to_numpy()[rows])
                values = frozen(np.where(anew, np.nan, values) if label == "year" else values)
            elif column.dtype.kind in "biu":
                values = frozen(column.to_numpy()[rows])
            else:
                values = column.array.take(rows)
                values = np.where(anew, "", values) if label == "note" else values
            dtype = "str" if label == "note" else None
            kept[label] = pd.Series(values, index=index, dtype=dtype, copy=False)
        return Table(self.name, pd.DataFrame(kept, index=index, copy=False))

    @cached_property
    def digest(self) -> str:
        """Fingerprint of ids, values, labels and schema version."""
        total = hashlib.blake2b(f"table {VERSION} {self.name}".encode(), digest_size=16)
        index = self.index
        total.update(b"rows" if isinstance(index, pd.RangeIndex) else text_digest(index))
        for name, values in self._frame.items():
            total.update(f"|{name}|{len(values)}|".encode())
            if isinstance(values.dtype, pd.CategoricalDtype):
                total.update(text_digest(values.cat.categories))
                total.update(values.cat.codes.to_numpy(np.int32).tobytes())
            elif values.dtype.kind in "fb":
                total.update(np.ascontiguousarray(values.to_numpy()).data)
            else:
                total.update(text_digest(values))
        return total.hexdigest()


def _first(where: NDArray[np.bool_], index: pd.Index) -> str:
    return f"row {index[int(where.argmax())]!r}"


def _number(column: Column, values: pd.Series, index: pd.Index) -> Iterator[Problem | pd.Series]:
    if values.dtype.kind == "f" or (
        values.dtype.kind in "iu" and isinstance(values.dtype, np.dtype)
    ):
        blank = np.zeros(len(values), bool)
        numbers = values.to_numpy(np.float64)
    else:
        text = pd.Series(as_text(values).to_pandas(), dtype="str").str.strip()
        blank = (text.isna() | (text == "")).to_numpy()
        numbers = pd.to_numeric(text.where(~blank), errors="coerce").to_numpy(np.float64)
        wrong = np.isnan(numbers) & ~blank
        if wrong.any():
            at = int(wrong.argmax())
            yield Problem(
                column.where,
                f"{text.iloc[at]!r} in {_first(wrong, index)} is not a number "
                f"({int(wrong.sum()):,} such cells)",
                f"write a plain number in {column.unit or 'its unit'}, with a point and no "
                "thousands separators",
            )
            return
    missing = np.isnan(numbers)
    if column.default and missing.any():
        numbers = np.where(missing, float(column.default), numbers)
        missing = np.isnan(numbers)
    if column.required and missing.any():
        yield Problem(
            column.where,
            f"{int(missing.sum()):,} rows have no number (first: {_first(missing, index)})",
            f"fill in {column.description.lower()} in {column.unit}",
        )
    most = min(column.most, LARGEST)
    outside = (numbers < column.least) | (np.abs(numbers) > LARGEST) | (numbers > column.most)
    if outside.any():
        at = int(outside.argmax())
        yield Problem(
            column.where,
            f"{numbers[at]:g} {column.unit} in {_first(outside, index)} is out of bounds "
            f"({int(outside.sum()):,} such cells)",
            f"allowed is {column.least:g} to {most:g} {column.unit}, finite",
        )
    parted = np.zeros(len(numbers), bool)
    if "whole" in column.values:
        parted = ~missing & ~outside & (numbers != np.floor(numbers))
    if parted.any():
        at = int(parted.argmax())
        yield Problem(
            column.where,
            f"{numbers[at]:g} in {_first(parted, index)} is not a whole number "
            f"({int(parted.sum()):,} such cells)",
            f"give whole numbers from {column.least:g} to {most:g}",
        )
    yield pd.Series(frozen(numbers), index=index, copy=False)


def _flag(column: Column, values: pd.Series, index: pd.Index) -> Iterator[Problem | pd.Series]:
    text = pd.Series(as_text(values).to_pandas(), dtype="str").str.strip().str.casefold()
    text = text.fillna("").replace("", column.default)
    flags = text.map(_FLAGS)
    wrong = flags.isna().to_numpy()
    if wrong.any():
        yield Problem(
            column.where,
            f"{text.iloc[int(wrong.argmax())]!r} in {_first(wrong, index)} is neither true nor "
            "false",
            "write true or false",
        )
        return
    yield pd.Series(frozen(flags.to_numpy(bool)), index=index, copy=False)


def _reference(
    column: Column, values: pd.Series, index: pd.Index, targets: Mapping[str, pd.Index]
) -> Iterator[Problem | pd.Series]:
    target = targets.get(column.refers_to)
    codes, unknown = encode(values, target if target is not None else pd.Index([], dtype="str"))
    if unknown and target is None:
        yield Problem(
            column.where,
            f"{unknown[0]!r} refers to the table {column.refers_to!r}, which is not there",
            f"add the table {column.refers_to!r} with the ids {listed(unknown)}",
        )
        return
    for label in unknown[:_MOST_TOLD]:
        yield Problem(
            column.where,
            f"unknown {column.refers_to} id {label!r}",
            hint_for(label, target if target is not None else (), table=column.refers_to),
        )
    if len(unknown) > _MOST_TOLD:
        yield Problem(
            column.where, f"{len(unknown) - _MOST_TOLD:,} more {column.refers_to} ids are unknown"
        )
    blank = codes < 0
    if column.required and not unknown and blank.any():
        yield Problem(
            column.where,
            f"{int(blank.sum()):,} rows have no {column.refers_to} id "
            f"(first: {_first(blank, index)})",
            f"fill in {column.description.lower()}",
        )
    categories = target if target is not None else pd.Index([], dtype="str")
    kept = small_codes(codes, len(categories))
    known = pd.Categorical.from_codes(kept, categories=categories, validate=False)
    yield pd.Series(known, index=index, copy=False)


def _label(column: Column, values: pd.Series, index: pd.Index) -> Iterator[Problem | pd.Series]:
    words = pc.fill_null(pc.utf8_trim_whitespace(as_text(values)), "")
    text = pd.Series(words.to_pandas(), dtype="str")
    if column.default:
        text = text.replace("", column.default)
    blank = (text == "").to_numpy() if column.required else np.zeros(0, bool)
    if column.required and blank.any():
        yield Problem(
            column.where,
            f"{int(blank.sum()):,} rows are blank (first: {_first(blank, index)})",
            f"fill in {column.description.lower()}",
        )
    if column.values:
        wrong = ~(text.isin(column.values) | (text == "")).to_numpy()
        if wrong.any():
            word = text.iloc[int(wrong.argmax())]
            yield Problem(
                column.where,
                f"{word!r} in {_first(wrong, index)} is not one of the values allowed",
                did_you_mean(word, column.values),
            )
    text.index = index
    yield text


def _parents(column: Column, text: pd.Series) -> Iterator[Problem]:
    """Find groups that do not exist and groups that contain themselves."""
    known = set(text.index)
    parents = {
        str(child): [p.strip() for p in listed_.split(";") if p.strip()]
        for child, listed_ in text[text != ""].items()
    }
    for child, groups in parents.items():
        for group in groups:
            if group not in known:
                yield Problem(
                    column.where,
                    f"{child!r} belongs to {group!r}, which is not a row of {column.table}",
                    hint_for(group, known, table=column.table),
                )
    circle = _circle(parents)
    if circle:
        yield Problem(
            column.where,
            f"groups contain themselves: {' → '.join(circle)}",
            "cut the circle once",
        )


def _circle(parents: Mapping[str, Sequence[str]]) -> list[str]:
    """Return the labels of a circle, the first one again at its end; none: an empty list."""
    done: set[str] = set()  # these and all above them lead into no circle
    for start in parents:
        path: list[str] = []
        waiting = [(start, 0)]
        while waiting:
            label, depth = waiting.pop()
            done.update(path[depth:])
            del path[depth:]
            if label in path:
                return [*path[path.index(label) :], label]
            if label not in done:
                path.append(label)
                waiting += [(group, len(path)) for group in parents.get(label, ())]
        done.update(path)
    return []


def _index(table: str, frame: pd.DataFrame) -> tuple[pd.Index, list[Problem]]:
    column = SCHEMA[table]["id"]
    if "id" not in frame:
        if column.default == "row":
            return pd.RangeIndex(len(frame), name="id"), []
        return pd.RangeIndex(len(frame), name="id"), [
            Problem(
                column.where,
                "the column is missing",
                f"add {column.description}; there is {listed(frame.columns)}",
            )
        ]
    ids = frame["id"]
    if (
        column.default == "row"
        and isinstance(frame.index, pd.RangeIndex)
        and (ids.dtype.kind in "iu" and (ids.to_numpy() == np.arange(len(ids))).all())
    ):
        return pd.RangeIndex(len(frame), name="id"), []
    text = as_text(ids)
    index = pd.Index(text.to_pandas(), dtype="str", name="id").str.strip()
    problems = []
    blank = np.asarray(index.isna() | (index == "") | (index == "nan"))
    if blank.all() and column.default == "row":
        return pd.RangeIndex(len(frame), name="id"), []
    if blank.any():
        problems.append(
            Problem(
                column.where,
                f"{int(blank.sum()):,} rows have no id (first: line {int(blank.argmax()) + 1})",
                "give every row an id of its own",
            )
        )
    if not index.is_unique:
        twice = index[index.duplicated() & ~blank].unique()
        if len(twice):
            problems.append(
                Problem(
                    column.where,
                    f"{len(twice):,} ids appear more than once ({listed(twice, most=3)})",
                    "keep one row per id",
                )
            )
    return index, problems


def conform(
    name: str, frame: pd.DataFrame, targets: Mapping[str, pd.Index]
) -> tuple[Table, list[Problem]]:
    """Check a frame against the schema; return the table and everything wrong with it.

    Parameters
    ----------
    name
        Name of the table.
    frame
        Its rows, indexed by id or with the column `id`.
    targets
        Ids of the other tables, for references.

    Raises
    ------
    SchemaError
        If there is no table of that name.
    """
    if name not in SCHEMA:
        raise SchemaError(f"unknown table {name!r}", hint=did_you_mean(name, SCHEMA))
    if "id" not in frame.columns and frame.index.name == "id":
        frame = frame.reset_index()
    index, problems = _index(name, frame)
    columns = SCHEMA[name]
    own = [extra for extra in frame.columns if str(extra).startswith("x_")]
    problems += [
        Problem(
            f"{name}.{extra}",
            "the table has no such column",
            did_you_mean(extra, columns) + " (columns of your own begin with x_)",
        )
        for extra in frame.columns
        if extra not in columns and extra not in own
    ]
    targets = {**targets, name: index}
    kept: dict[str, pd.Series] = {}
    for label, column in columns.items():
        if column.type == "id":
            continue
        for item in _safely(column.where, _column(column, frame, index, targets)):
            if isinstance(item, Problem):
                problems.append(item)
            else:
                kept[label] = item
    problems += [
        Problem(f"{name}.{extra}", "has an odd name", "use x_ and then letters, digits and _")
        for extra in own
        if not _OWN_NAME.fullmatch(str(extra))
    ]
    for extra in own:
        where = f"{name}.{extra}"
        for item in _safely(where, _own(where, frame[extra].reset_index(drop=True), index)):
            if isinstance(item, Problem):
                problems.append(item)
            else:
                kept[str(extra)] = item
    kept, torn = inherited(name, kept, frame)
    problems += torn
    table = Table(name, pd.DataFrame(kept, index=index, copy=False))
    return table, problems + _pairs(table)


def _safely(where: str, items: Iterator[Problem | pd.Series]) -> Iterator[Problem | pd.Series]:
    """Pass items on; text that cannot be written down is a problem of its column."""
    try:
        yield from items
    except UnicodeEncodeError as error:
        yield Problem(where, f"holds text that is none ({error.reason})", "correct the cell")


def _own(where: str, values: pd.Series, index: pd.Index) -> Iterator[Problem | pd.Series]:
    """Yield a column of the user's own as numbers, flags or text, or say what it cannot be."""
    kind = values.dtype.kind
    if values.dtype == object and len(values) and all(isinstance(v, bool) for v in values):
        values, kind = values.astype(bool), "b"
    blanks = bool(values.isna().any())
    if (
        kind in "iu"
        and len(values)
        and blanks + int(values.abs().max()) > (_EXACT if blanks else np.iinfo(np.int64).max)
    ):
        yield Problem(where, "holds whole numbers that are too large", "keep them as text")
        return
    if kind in "fiu" or (kind == "b" and not blanks):
        whole = {"f": np.float64, "b": np.bool_}.get(kind, np.float64 if blanks else np.int64)
        numbers = values.to_numpy(whole, na_value=np.nan) if blanks else values.to_numpy(whole)
        yield pd.Series(frozen(numbers), index=index, copy=False)
        return
    if kind == "b":
        yield Problem(where, "has flags that are blank", "write true or false in every row")
        return
    odd = [v for v in values if isinstance(v, list | tuple | dict | set | bytes | np.ndarray)]
    if odd:
        yield Problem(
            where,
            f"holds a {type(odd[0]).__name__}",
            "a column of your own may hold numbers, flags (true, false) or text",
        )
        return
    text = pd.Series(as_text(values).to_pandas(), dtype="str").fillna("")
    text.index = index
    yield text


_EXACT: Final = 2**53  # whole numbers up to here are exact as float64
_OWN_NAME: Final = re.compile(r"x_\w+")

_ONCE: Final = {
    "aliases": ("alias",),
    "elasticities": ("product",),
    "gateways": ("region", "facility"),
    "links": ("origin", "destination", "product", "use"),
    "recipes": ("product", "input", "producer"),
    "stocks": ("producer", "input"),
}
"""Tables that may say one thing only once about each of these together."""


def _pairs(table: Table) -> list[Problem]:
    """Return the rows that say something again, or otherwise."""
    frame = table.frame
    keys = [key for key in _ONCE.get(table.name, ()) if key in frame]
    if not keys:
        return []
    again = frame.duplicated(list(keys)).to_numpy()
    if not again.any():
        return []
    first = frame[again].iloc[0]
    said = ", ".join(f"{key} {first[key]}" for key in keys if first[key] == first[key])
    return [
        Problem(
            table.name,
            f"{int(again.sum()):,} rows repeat what another row says of ({said})",
            "keep one row of each",
        )
    ]


def _column(
    column: Column, frame: pd.DataFrame, index: pd.Index, targets: Mapping[str, pd.Index]
) -> Iterator[Problem | pd.Series]:
    """Yield a column as it is kept, or nothing, and everything wrong with it."""
    if column.name in frame:
        values = frame[column.name].reset_index(drop=True)
    elif column.required:
        yield Problem(
            column.where,
            "the column is missing",
            f"add {column.description.lower()}; there is {listed(frame.columns)}",
        )
        return
    elif column.name in _ONLY_IF_GIVEN:
        return
    else:
        yield _default(column, index, targets)
        return
    for item in _checked(column, values, index, targets):
        yield item
        if column.type == "labels" and isinstance(item, pd.Series):
            yield from _parents(column, item)


def _default(column: Column, index: pd.Index, targets: Mapping[str, pd.Index]) -> pd.Series:
    """Return a column that was not given; one number stands for all rows."""
    rows = len(index)
    if column.type == "number":
        number = frozen(np.array(float(column.default or "nan")))
        return pd.Series(np.broadcast_to(number, rows), index=index, copy=False)
    if column.type == "flag":
        flag = frozen(np.array(_FLAGS[column.default]))
        return pd.Series(np.broadcast_to(flag, rows), index=index, copy=False)
    if column.type == "label" and column.refers_to:
        target = targets.get(column.refers_to, pd.Index([], dtype="str"))
        codes = small_codes(np.full(rows, -1), len(target))
        blank = pd.Categorical.from_codes(codes, categories=target, validate=False)
        return pd.Series(blank, index=index, copy=False)
    return pd.Series(column.default, index=index, dtype="str")


def _checked(
    column: Column, values: pd.Series, index: pd.Index, targets: Mapping[str, pd.Index]
) -> Iterator[Problem | pd.Series]:
    if column.type == "number":
        return _number(column, values, index)
    if column.type == "flag":
        return _flag(column, values, index)
    if column.type == "label" and column.refers_to:
        return _reference(column, values, index, targets)
    return _label(column, values, index)
