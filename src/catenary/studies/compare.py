"""What is different between two results."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from catenary.errors import OptionError
from catenary.languages import joined, recognised, say
from catenary.model import Result, Run
from catenary.model.analysis import VERSION

if TYPE_CHECKING:
    from catenary.languages import Message

__all__ = ["Comparison", "compare", "options_changed", "shown", "told_options"]

_ROUNDING = 1e-12


@dataclass(frozen=True, kw_only=True, eq=False)
class Comparison(Result):
    """Differences between two results of one analysis."""

    figures_changed: pd.DataFrame
    """The few numbers that answer the question, before and after."""
    differences: pd.DataFrame
    """Numbers that differ, by table, row and column; the largest change of a table first."""

    def summary(self) -> str:
        """Return what became of the figures that matter, and how much differs."""
        changed: list[str] = [told_options(self)] if options_changed(self) else []
        if self.differences.empty:
            same = say("The two results are the same.")
            return joined([same, *changed], "\n") if changed else same
        lines = changed
        for _, row in self.figures_changed.iterrows():
            which = row["figure"].startswith("first ")  # which day it is, not how many
            unit = "which day" if which and row["unit"] == "day" else row["unit"]
            a, b = (_told(row[side], unit) for side in ("a", "b"))
            figure = recognised(row["figure"])
            line = (
                say("{figure}: {a} → {b}", figure=figure, a=a, b=b)
                if a != b
                else say("{label}: {text}", label=figure, text=a)
            )
            several = "world" in self.figures_changed
            lines.append(say("{label}: {text}", label=row["world"], text=line) if several else line)
        lines.append(say("{numbers:,} numbers differ.", numbers=len(self.differences)))
        return joined(lines, "\n")


def options_changed(result: Result) -> list[tuple[str, str, str]]:
    """Return the options in which the two runs of a comparison differ: name, before, after."""
    one, other = ((result.run.options.get(side) or {}).get("options") or {} for side in ("a", "b"))
    found = []
    for name in dict.fromkeys([*one, *other]):
        a, b = one.get(name), other.get(name)
        if a != b:
            after = shown(b)
            if shown(a) == after:  # a scenario of the same name
                after = say("{name}, changed", name=after)
            found.append((name, shown(a), after))
    return found


def told_options(result: Result) -> Message:
    """Return the options that differ in words."""
    told = [say("{name}: {a} → {b}", name=name, a=a, b=b) for name, a, b in options_changed(result)]
    return say("What was changed: {text}.", text=joined(told, say("; ")))


def shown(value: Any) -> str:
    """Return the value of an option, short; a scenario is known by its name.

    Examples
    --------
    >>> shown({"name": "quake", "changes": []}), shown(0.5), shown(None)
    ('quake', '0.5', 'none')
    """
    if value is None:
        return say("none")
    if isinstance(value, Mapping):
        return str(value.get("name") or say("{count:,} entries", count=len(value)))
    if isinstance(value, list | tuple):
        return say("{count:,} entries", count=len(value))
    return f"{value:g}" if isinstance(value, float) else str(value)


def _told(value: float, unit: str) -> str:
    if pd.isna(value):
        return say("none")
    if unit.startswith("share"):
        return say("{share:.2%}", share=value)
    if unit == "which day":
        return say("day {day:g}", day=value)
    if unit == "day":
        return say("{days:,.4g} days", days=value)
    return say("{value:,.4g}", value=value)


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
    if ("world" in next(iter(a.tables.values()))) != ("world" in next(iter(b.tables.values()))):
        raise OptionError(
            "one result is of several worlds, the other of one",
            hint="run both on the same, as in chains or chains:pooled",
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
    return Comparison(
        run=run,
        figures_changed=_figures(a, b),
        differences=pd.concat(found, ignore_index=True),
    )


def _figures(a: Result, b: Result) -> pd.DataFrame:
    one, other = a.figures(), b.figures()
    keys = [key for key in ("world", "figure", "unit") if key in one]
    pairs = one.merge(other, on=keys, how="left", suffixes=("_a", "_b"), sort=False)
    return pairs.rename(columns={"value_a": "a", "value_b": "b"})


def _warnings(a: Result, b: Result) -> tuple[str, ...]:
    warnings: list[str] = []
    if a.run.world != b.run.world:
        warnings.append(say("the two results are of different worlds"))
    if set(a.tables) != set(b.tables):
        only = sorted(set(a.tables) ^ set(b.tables))
        warnings.append(say("only one of the two has {tables}", tables=", ".join(only)))
    both = [w for w in a.run.warnings if w in b.run.warnings]
    warnings += [say("both: {warning}", warning=recognised(w)) for w in both]
    for label, result in (("a", a), ("b", b)):
        warnings += [
            say("{label}: {text}", label=label, text=w)
            for w in result.run.warnings
            if w not in both
        ]
    return tuple(warnings)


def _keys(frame: pd.DataFrame) -> list[str]:
    """Return the columns that say what a row is about; labels that are findings are not keys."""
    return [
        str(name)
        for name, kind in frame.dtypes.items()
        if not pd.api.types.is_numeric_dtype(kind) and name not in {"limited_by", "unit"}
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
    if len(one) and len(other) and not one.index.isin(other.index).any():
        raise OptionError(
            f"the two results have no row of {table} in common ({one.index[0]!r} in one, "
            f"{other.index[0]!r} in the other)",
            hint="compare two results of the same world",
        )
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
