"""What is different between two results."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from catenary.errors import OptionError
from catenary.model import Result, Run
from catenary.model.analysis import VERSION

__all__ = ["Comparison", "compare"]

_ROUNDING = 1e-12


@dataclass(frozen=True, kw_only=True, eq=False)
class Comparison(Result):
    """Differences between two results of one analysis."""

    differences: pd.DataFrame
    """Numbers that differ, by table, row and column; the largest change of a table first."""

    def summary(self) -> str:
        """Return how much differs and where most."""
        if self.differences.empty:
            return "The two results are the same."
        lines = [f"{len(self.differences):,} numbers differ."]
        for table, rows in self.differences.groupby("table", sort=False):
            top = rows.iloc[0]
            lines.append(
                f"{table}: {len(rows):,}; most in {top['row']}, {top['column']}: "
                f"{top['a']:.6g} → {top['b']:.6g}"
            )
        return "\n".join(lines)


def compare(a: Result, b: Result) -> Comparison:
    """Compare two results of the same analysis, number by number.

    Tables by day are compared by their sums over days.

    Parameters
    ----------
    a, b
        The results; `b` is read as what became of `a`.

    Raises
    ------
    OptionError
        If they come from different analyses.

    Examples
    --------
    >>> import catenary
    >>> from catenary.testing import two_regions
    >>> one = catenary.footprint(two_regions())
    >>> catenary.compare(one, one).summary()
    'The two results are the same.'
    """
    for given in (a, b):
        if not isinstance(given, Result):
            wrong = type(given).__name__
            raise OptionError(f"compare got {wrong} instead of a Result", hint="give two results")
    if a.run.analysis != b.run.analysis:
        raise OptionError(
            f"one result is of {a.run.analysis!r}, the other of {b.run.analysis!r}",
            hint="compare two results of the same analysis",
        )
    found = [
        _differences(name, _summed(a.tables[name]), _summed(b.tables[name]))
        for name in a.tables
        if name in b.tables
    ]
    run = Run(
        analysis="compare",
        options={"a": a.run.to_dict(), "b": b.run.to_dict()},
        world=a.run.world,
        world_name=a.run.world_name,
        version=VERSION,
        warnings=_warnings(a, b),
    )
    return Comparison(run=run, differences=pd.concat(found, ignore_index=True))


def _warnings(a: Result, b: Result) -> tuple[str, ...]:
    warnings = []
    if a.run.world != b.run.world:
        warnings.append("the two results are of different worlds")
    if set(a.tables) != set(b.tables):
        only = sorted(set(a.tables) ^ set(b.tables))
        warnings.append(f"only one of the two has {', '.join(only)}")
    for label, result in (("a", a), ("b", b)):
        warnings += [f"{label}: {warning}" for warning in result.run.warnings]
    return tuple(warnings)


def _keys(frame: pd.DataFrame) -> list[str]:
    """Return the columns that say what a row is about; labels that are findings are not keys."""
    return [
        str(name)
        for name, kind in frame.dtypes.items()
        if not pd.api.types.is_numeric_dtype(kind) and name != "limited_by"
    ]


def _summed(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame with one row per key; tables by day are summed over days."""
    if "day" not in frame:
        return frame
    keys = _keys(frame)
    values = frame.drop(columns="day")
    if not keys:
        return values.sum().to_frame().T.assign(all="all")
    return values.groupby(keys, observed=True, sort=False).sum().reset_index()


def _differences(table: str, a: pd.DataFrame, b: pd.DataFrame) -> pd.DataFrame:
    keys = [key for key in _keys(a) if key in b]
    one, other = (f.astype(dict.fromkeys(keys, "str")).set_index(keys) for f in (a, b))
    numbers = [n for n in one if n in other and pd.api.types.is_numeric_dtype(one[n].dtype)]
    parts = []
    for name in numbers:
        pair = pd.concat(
            [one[name].astype("Float64"), other[name].astype("Float64")], axis=1, keys=["a", "b"]
        ).astype("float64")
        change = pair["b"] - pair["a"]
        scale = pair.abs().max(axis=1).clip(lower=1e-300)
        differs = (change.abs() > _ROUNDING * scale) | (pair["a"].isna() != pair["b"].isna())
        rows = pair[differs]
        labels = [" ".join(row) if isinstance(row, tuple) else str(row) for row in rows.index]
        parts.append(
            pd.DataFrame(
                {
                    "table": table,
                    "row": pd.array(labels, dtype="str"),
                    "column": name,
                    "a": rows["a"].to_numpy(),
                    "b": rows["b"].to_numpy(),
                    "change": change[differs].to_numpy(),
                }
            )
        )
    if not parts:
        return pd.DataFrame({n: [] for n in ("table", "row", "column", "a", "b", "change")})
    joined = pd.concat(parts, ignore_index=True)
    order = joined["change"].abs().sort_values(ascending=False, kind="stable").index
    return joined.loc[order].reset_index(drop=True)
