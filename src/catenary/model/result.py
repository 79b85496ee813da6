"""What every analysis returns."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Result", "Run", "records"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What produced a result: enough to produce it again.

    Parameters
    ----------
    analysis
        Name in the catalogue.
    options
        Every option as plain data.
    world, world_name
        Digest and name of the world.
    version
        Version of this program.
    warnings
        What a reader should know before trusting the result.
    seconds
        How long it took.
    """

    analysis: str
    options: Mapping[str, Any]
    world: str
    world_name: str = ""
    version: str = ""
    warnings: tuple[str, ...] = ()
    seconds: float = 0.0

    def to_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return {f.name: _plain(getattr(self, f.name)) for f in fields(self)}


def _plain(value: Any) -> Any:
    if isinstance(value, float) and not np.isfinite(value):
        return None
    if isinstance(value, tuple):
        return list(value)
    return {k: _plain(v) for k, v in value.items()} if hasattr(value, "items") else value


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows as plain data; what is missing or infinite is None.

    Examples
    --------
    >>> records(pd.DataFrame({"a": [1.0, np.inf]}))
    [{'a': 1.0}, {'a': None}]
    """
    columns = {}
    for name, values in frame.items():
        plain = values.astype(object) if isinstance(values.dtype, pd.CategoricalDtype) else values
        cells = plain.tolist()
        if not isinstance(values.dtype, np.dtype) or values.dtype.kind not in "iub":
            cells = [
                None
                if c is None or c is pd.NA or (isinstance(c, float) and not np.isfinite(c))
                else c
                for c in cells
            ]
        columns[str(name)] = cells
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


@dataclass(frozen=True, kw_only=True, eq=False)
class Result:
    """Base class: a run and some tidy tables, each a field; never changes its inputs."""

    run: Run

    @property
    def tables(self) -> dict[str, pd.DataFrame]:
        """Every table of the result, by name."""
        values = {f.name: getattr(self, f.name) for f in fields(self)}
        return {name: value for name, value in values.items() if isinstance(value, pd.DataFrame)}

    def by_world(self) -> list[tuple[str, dict[str, pd.DataFrame]]]:
        """Return the tables of every world a result is of, with its label; blank = of one only."""
        tables = self.tables
        labels = dict.fromkeys(
            str(label)
            for one in tables.values()
            if "world" in one
            for label in one["world"].unique()
        )
        if not labels:
            return [("", tables)]
        return [
            (label, {name: one[one["world"] == label] for name, one in tables.items()})
            for label in labels
        ]

    def figures(self) -> pd.DataFrame:
        """Return the few numbers that answer the question: figure, unit, value (and world)."""
        return pd.DataFrame({"figure": [], "unit": [], "value": []})

    def summary(self) -> str:
        """Return the answer in a few lines of plain text."""
        return "\n".join(f"{name}: {len(table):,} rows" for name, table in self.tables.items())

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for JSON; missing and infinite numbers are None."""
        return {
            "run": self.run.to_dict(),
            "tables": {name: records(table) for name, table in self.tables.items()},
        }

    def joined(self, results: Mapping[str, Self], *, world: str) -> Self:
        """Return one result whose tables hold those of many, told apart by a column `world`."""
        frames = {
            name: pd.concat(
                [_labelled(result.tables[name], label) for label, result in results.items()],
                ignore_index=True,
            )
            for name in self.tables
        }
        warnings = tuple(
            f"{label}: {warning}" for label, r in results.items() for warning in r.run.warnings
        )
        seconds = sum(r.run.seconds for r in results.values())
        run = replace(self.run, world=world, warnings=warnings, seconds=seconds)
        return replace(self, run=run, **frames)


def _labelled(frame: pd.DataFrame, label: str) -> pd.DataFrame:
    frame = frame.copy(deep=False)
    frame.insert(0, "world", pd.Series(label, index=frame.index, dtype="str"))
    return frame
