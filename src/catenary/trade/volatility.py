"""How often and how far barriers change between years."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
import pandas as pd

from catenary.errors import OptionError
from catenary.languages import say
from catenary.model import Result, Run, Worlds
from catenary.model.analysis import analysis
from catenary.trade.bounds import KEYS, Lines

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

__all__ = ["Volatility", "volatility"]

_BLANK: Final = {"tariff": 0.0, "bound": np.nan, "rent": 0.0, "iceberg": 0.0, "duration": 0.0}
_HAIR: Final = 1e-12


@dataclass(frozen=True, kw_only=True, eq=False)
class Volatility(Result):
    """How barriers changed from one world to the next."""

    regions: pd.DataFrame
    """Each region as a buyer, the least steady first."""
    products: pd.DataFrame
    """Each product."""
    years: pd.DataFrame
    """Each world: means, and what changed since the one before."""
    lines: pd.DataFrame
    """Every line: pair of regions and product."""

    def figures(self) -> pd.DataFrame:
        """Return how many lines changed, and how far."""
        lines, unit = self.lines, str(self.years["unit"].iloc[0])
        changed = float((lines["changes"] > 0).mean()) if len(lines) else np.nan
        rows = [
            (str(say("lines that changed")), "share", changed),
            (str(say("standard deviation, mean of lines")), unit, float(lines["deviation"].mean())),
            (str(say("largest rise")), unit, float(lines["largest_rise"].max())),
            (str(say("largest cut")), unit, float(lines["largest_cut"].max())),
        ]
        return pd.DataFrame(rows, columns=["figure", "unit", "value"])

    def summary(self) -> str:
        """Return how many lines changed, and who is least steady."""
        lines, years = self.lines, self.years
        changed = int((lines["changes"] > 0).sum())
        line = say(
            "From {first} to {last}, {changed:,} of {lines:,} lines changed their {measure}; "
            "{raised:,} rose at least once.",
            first=str(years["year"].iloc[0]),
            last=str(years["year"].iloc[-1]),
            changed=changed,
            lines=len(lines),
            measure=_CALLED[str(years["measure"].iloc[0])],
            raised=int((lines["largest_rise"] > 0).sum()),
        )
        if not changed:
            return line
        most = self.regions.iloc[0]
        return say(
            "{text} The least steady buyer is {region}: {share:.1%} of its lines changed, with a "
            "standard deviation of {deviation:.4g}.",
            text=line,
            region=str(most["region"]),
            share=most["changed"],
            deviation=most["deviation"],
        )


_CALLED: Final = {
    "tariff": say("tariff"),
    "bound": say("bound rate"),
    "rent": say("rent"),
    "iceberg": say("iceberg cost"),
    "duration": say("days on the way"),
}


@analysis("see", together=True)
def volatility(
    worlds: Worlds,
    *,
    measure: Literal["tariff", "bound", "rent", "iceberg", "duration"] = "tariff",
) -> Volatility:
    """Say how often and how far tariffs or other barriers change from world to world.

    The worlds are years in order. The standard deviation of a line is that of its values over all
    worlds that have it, as the whole and not a sample. A line that a world lacks, or a bound rate
    that is blank, is left out there and counted.

    Parameters
    ----------
    worlds
        Two or more, each with `links`; trade of the last that has any gives the weights.
    measure
        What is looked at: applied tariff, bound rate, rent, iceberg cost or days on the way.

    Returns
    -------
    Volatility
        Changes by region, product, year and line.

    Raises
    ------
    OptionError
        If there is only one world.
    MissingDataError
        If a world has no links.

    Examples
    --------
    >>> import catenary
    >>> import pandas as pd
    >>> from catenary.testing import two_regions
    >>> def year(rate):
    ...     return two_regions().with_(links=pd.DataFrame({
    ...         "origin": ["AAA"], "destination": ["BBB"], "tariff": [rate]}))
    >>> worlds = catenary.Worlds({"2001": year(0.1), "2002": year(0.3)})
    >>> float(catenary.volatility(worlds).lines["deviation"].iloc[0].round(6))
    0.1
    """
    if len(worlds) < 2:
        raise OptionError(
            "volatility needs at least two worlds, and there is one",
            hint="join years with catenary.Worlds({year: world, …})",
        )
    read = {label: Lines.of(one, {measure: _BLANK[measure]}) for label, one in worlds.items()}
    columns, trade, unit = [], None, ""
    for label, found in read.items():
        frame = found.frame.assign(**{key: found.frame[key].astype("str") for key in KEYS})
        indexed = frame.set_index(list(KEYS))
        columns.append(indexed[measure].rename(label))
        if found.unit:
            trade, unit = indexed["trade"], found.unit
    wide = pd.concat(columns, axis=1)
    values = wide.to_numpy(np.float64)
    lines = wide.index.to_frame(index=False).assign(**_steps(values))
    lines["trade"] = np.nan if trade is None else trade.reindex(wide.index).to_numpy(np.float64)
    lines = lines[lines["worlds"] > 0]
    warnings = [*dict.fromkeys(told for one in read.values() for told in one.warnings)]
    short = int((lines["worlds"] < len(worlds)).sum())
    if short:
        warnings.append(
            say(
                "{count:,} of {all:,} lines are not known in every world; their means and changes "
                "are of those that know them",
                count=short,
                all=len(lines),
            )
        )
    return Volatility(
        run=Run(analysis="volatility", options={}, world="", warnings=tuple(warnings)),
        regions=_by(lines, "destination", "region"),
        products=_by(lines, "product", "product"),
        years=_years(values, list(read), lines, (measure, unit)),
        lines=lines.sort_values("deviation", ascending=False, kind="stable", ignore_index=True),
    )


def _steps(values: Array) -> dict[str, Array]:
    """Return what lines did over worlds, from values (lines, worlds) with NaN where unknown."""
    known = ~np.isnan(values)
    count = known.sum(axis=1)
    mean = np.where(known, values, 0.0).sum(axis=1) / np.maximum(count, 1)
    spread = np.where(known, values - mean[:, None], 0.0)
    filled = pd.DataFrame(values).ffill(axis=1).to_numpy(np.float64)
    last = filled[:, -1]
    first = pd.DataFrame(values).bfill(axis=1).to_numpy(np.float64)[:, 0]
    step = np.where(known[:, 1:], values[:, 1:] - filled[:, :-1], 0.0)
    step = np.where(np.isnan(step) | (np.abs(step) <= _HAIR), 0.0, step)
    return {
        "worlds": count,
        "first": first,
        "last": last,
        "mean": mean,
        "deviation": np.sqrt((spread**2).sum(axis=1) / np.maximum(count, 1)),
        "changes": (step != 0).sum(axis=1),
        "largest_rise": np.maximum(step.max(axis=1), 0.0),
        "largest_cut": np.maximum(-step.min(axis=1), 0.0),
    }


def _by(lines: pd.DataFrame, key: str, name: str) -> pd.DataFrame:
    """Return means by label, the least steady first."""
    rows = []
    for label, own in lines.groupby(key, sort=False, observed=True):
        trade = own["trade"].fillna(0.0)
        weighed = trade.sum() > 0
        rows.append(
            {
                name: str(label),
                "lines": len(own),
                "changed": float((own["changes"] > 0).mean()),
                "raised": float((own["largest_rise"] > 0).mean()),
                "deviation": float(own["deviation"].mean()),
                "deviation_trade": float((own["deviation"] * trade).sum() / trade.sum())
                if weighed
                else np.nan,
                "largest_rise": float(own["largest_rise"].max()),
                "largest_cut": float(own["largest_cut"].max()),
            }
        )
    frame = pd.DataFrame(rows)
    return frame.sort_values("deviation", ascending=False, kind="stable", ignore_index=True)


def _years(
    values: Array, labels: list[str], lines: pd.DataFrame, about: tuple[str, str]
) -> pd.DataFrame:
    """Return each world: its mean, and what changed since the one before."""
    values = values[~np.isnan(values).all(axis=1)]
    trade = lines["trade"].to_numpy(np.float64)
    rows = []
    before: Array | None = None
    for place, label in enumerate(labels):
        now = values[:, place]
        known = ~np.isnan(now)
        weight = np.where(known & ~np.isnan(trade), trade, 0.0)
        both = known if before is None else known & ~np.isnan(before)
        step = np.zeros(0) if before is None else (now - before)[both]
        rows.append(
            {
                "year": label,
                "measure": about[0],
                "unit": "day" if about[0] == "duration" else "share",
                "lines": int(known.sum()),
                "mean": float(now[known].mean()) if known.any() else np.nan,
                "mean_trade": float((np.nan_to_num(now) * weight).sum() / weight.sum())
                if weight.sum() > 0
                else np.nan,
                "raised": int((step > _HAIR).sum()),
                "cut": int((step < -_HAIR).sum()),
            }
        )
        before = now
    return pd.DataFrame(rows)
