"""Numbers with labelled rows and columns."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, TypeAlias, cast

import numpy as np
import pandas as pd

from catenary.errors import Problem, SchemaError, listed
from catenary.languages import say
from catenary.model.labels import frozen, hint_for, text_digest
from catenary.model.schema import LARGEST, VERSION
from catenary.model.units import factor, parse_unit

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray
    from scipy import sparse

__all__ = ["Matrix"]

Labels: TypeAlias = Sequence[str] | pd.Index


def _labels(labels: Labels, axis: str) -> pd.Index:
    index = labels if isinstance(labels, pd.Index) else pd.Index(list(labels))
    index = index.astype("str").rename("id")
    for fault, where in (("blank", index.isna() | (index == "")), ("repeated", index.duplicated())):
        if where.any():
            first = int(where.argmax())
            raise SchemaError(
                f"the {axis} labels of a matrix have {int(where.sum())} {fault} "
                f"(first: {index[first]!r} at position {first})",
                hint="give every row and every column one label of its own",
            )
    return index


def _is_sparse(values: object) -> bool:
    """Return whether that is a sparse array; where nobody has imported them, nothing is."""
    module = sys.modules.get("scipy.sparse")
    return module is not None and bool(module.issparse(values))


def _numbers(
    values: ArrayLike | sparse.sparray | sparse.spmatrix,
) -> NDArray[np.float64] | sparse.csr_array:
    """Return the values as float64 that nobody can change."""
    if not _is_sparse(values):
        try:
            return frozen(np.asarray(values, dtype=np.float64))
        except (TypeError, ValueError) as error:
            raise SchemaError(
                f"a matrix cannot be made of {type(values).__name__}: {error}",
                hint="give rows of plain numbers, all of the same length",
            ) from None
    from scipy import sparse  # noqa: PLC0415  few worlds have any

    given: Any = values
    kept: sparse.csr_array = sparse.csr_array(given, dtype=np.float64)
    kept.sum_duplicates()
    for part in ("data", "indices", "indptr"):
        setattr(kept, part, frozen(getattr(kept, part)))
    return kept


_PIECE: Final = 2**19
"""Numbers that are hashed together: 4 MB."""


def _digests(numbers: NDArray[np.float64]) -> Iterable[bytes]:
    """Return the fingerprints of pieces of an array, a few rows each, found side by side."""
    rows = max(1, _PIECE // max(1, numbers[:1].size))
    pieces = [numbers[start : start + rows] for start in range(0, len(numbers), rows)]

    def digest(piece: NDArray[np.float64]) -> bytes:
        return hashlib.sha256(np.ascontiguousarray(piece).data).digest()

    if len(pieces) < 2:  # nothing to share out
        return map(digest, pieces)
    with ThreadPoolExecutor(min(8, os.cpu_count() or 1)) as pool:
        return list(pool.map(digest, pieces))


@dataclass(frozen=True, eq=False, init=False)
class Matrix:
    """Numbers with labelled rows and columns, in one unit; dense or sparse, never changed.

    Parameters
    ----------
    values
        Array (rows, columns) or a scipy sparse array; kept as float64, copied unless read-only.
    rows, columns
        Labels, each once.
    unit
        Unit of every value, such as `MUSD/year`.

    Raises
    ------
    SchemaError
        If shapes differ, a label is blank or repeated, or a value is not a finite number.
    UnitError
        If there is no unit.

    Examples
    --------
    >>> Matrix([[1.0, 2.0]], ["a"], ["x", "y"], "t/day").aligned_to(["a"], ["y", "x"]).values
    array([[2., 1.]])
    """

    _values: NDArray[np.float64] | sparse.csr_array
    _rows: pd.Index
    _columns: pd.Index
    unit: str

    def __init__(
        self,
        values: ArrayLike | sparse.sparray | sparse.spmatrix,
        rows: Labels,
        columns: Labels,
        unit: str,
    ) -> None:
        """Check labels and numbers, and keep both read-only."""
        if "unit" in self.__dict__:
            raise AttributeError("a Matrix never changes; make another")
        kept = _numbers(values)
        rows, columns = _labels(rows, "row"), _labels(columns, "column")
        if kept.shape != (len(rows), len(columns)):
            raise SchemaError(
                f"a matrix of shape {kept.shape} has {len(rows)} row and "
                f"{len(columns)} column labels",
                hint="give one label per row and per column",
            )
        parse_unit(unit)
        self.__dict__.update(_values=kept, _rows=rows, _columns=columns, unit=unit)
        numbers = self.numbers
        low, high = (numbers.min(), numbers.max()) if numbers.size else (0.0, 0.0)
        if not (low >= -LARGEST and high <= LARGEST):  # NaN neither
            bad = ~(np.abs(numbers) <= LARGEST)
            row, column = self._place(int(np.flatnonzero(bad.ravel())[0]))
            raise SchemaError(
                f"a matrix has {int(bad.sum())} cells that are not finite numbers up to "
                f"{LARGEST:g} (first: row {row!r}, column {column!r})",
                hint="write 0 where there is nothing",
            )

    def __reduce__(self) -> tuple[type[Matrix], tuple[Any, ...]]:
        """Return how to make the same matrix again, in this process or another."""
        return Matrix, (self.values, self.rows, self.columns, self.unit)

    def _place(self, position: int) -> tuple[str, str]:
        if self.is_sparse:
            values = cast("sparse.csr_array", self.values)
            row = int(np.searchsorted(values.indptr, position, side="right")) - 1
            return str(self.rows[row]), str(self.columns[values.indices[position]])
        row, column = divmod(position, len(self.columns))
        return str(self.rows[row]), str(self.columns[column])

    @property
    def values(self) -> NDArray[np.float64] | sparse.csr_array:
        """All cells (rows, columns): an array, or the stored cells as a sparse array."""
        own = self._values
        if isinstance(own, np.ndarray):
            return own[...]
        from scipy import sparse  # noqa: PLC0415  few worlds have any

        return sparse.csr_array((own.data, own.indices, own.indptr), shape=own.shape, copy=False)

    @property
    def rows(self) -> pd.Index:
        """Label of each row."""
        return self._rows.view()

    @property
    def columns(self) -> pd.Index:
        """Label of each column."""
        return self._columns.view()

    @property
    def is_sparse(self) -> bool:
        """Whether only cells that are not zero are stored."""
        return _is_sparse(self._values)

    @property
    def numbers(self) -> NDArray[np.float64]:
        """The stored numbers: all cells if dense, the cells that are not zero if sparse."""
        if self.is_sparse:
            return cast("NDArray[np.float64]", cast("sparse.csr_array", self.values).data)
        return cast("NDArray[np.float64]", self.values)

    @property
    def dense(self) -> NDArray[np.float64]:
        """All cells as an array (rows, columns)."""
        values = self.values
        return values if isinstance(values, np.ndarray) else values.toarray()

    @cached_property
    def digest(self) -> str:
        """Fingerprint of values, labels, unit and schema version."""
        total = hashlib.blake2b(f"matrix {VERSION} {self.unit}".encode(), digest_size=16)
        total.update(text_digest(self.rows) + text_digest(self.columns))
        if self.is_sparse:
            values = cast("sparse.csr_array", self.values)
            total.update(values.indptr.astype(np.int64).tobytes())
            total.update(values.indices.astype(np.int64).tobytes())
        for digest in _digests(self.numbers):
            total.update(digest)
        return total.hexdigest()

    def aligned_to(self, rows: Labels, columns: Labels) -> Matrix:
        """Return the same numbers in the order of other labels, by label, never by position.

        Raises
        ------
        SchemaError
            If a label asked for is not there.
        """
        rows, columns = pd.Index(rows), pd.Index(columns)
        if self.rows.equals(rows) and self.columns.equals(columns):
            return self
        values = self.values
        for axis, have, want in ((0, self.rows, rows), (1, self.columns, columns)):
            places = have.get_indexer(want)
            if (places < 0).any():
                lacking = want[places < 0]
                raise SchemaError(
                    f"a matrix lacks the {'row' if axis == 0 else 'column'} labels "
                    f"{listed(lacking, most=3)}",
                    hint=hint_for(lacking[0], have, table=""),
                )
            values = values[places] if axis == 0 else values[:, places]
        return Matrix(values, rows, columns, self.unit)

    def in_unit(self, unit: str) -> Matrix:
        """Return the same quantities in another unit."""
        scale = factor(self.unit, unit)
        if unit == self.unit:
            return self
        return Matrix(self.values * scale, self.rows, self.columns, unit)

    def negatives(self, where: str) -> list[Problem]:
        """Return one problem that counts the negative cells, or none."""
        below = self.numbers < 0
        if not below.any():
            return []
        row, column = self._place(int(np.flatnonzero(below.ravel())[0]))
        return [
            Problem(
                where,
                say(
                    "{count:,} cells are negative, {total:.6g} {unit} together (first: row "
                    "'{row}', column '{column}')",
                    count=int(below.sum()),
                    total=self.numbers[below].sum(),
                    unit=self.unit,
                    row=row,
                    column=column,
                ),
            )
        ]
