"""The page of an ensemble: what is likely, what is worst, and how sure that is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from catenary.languages import recognised, say
from catenary.report.document import Section, bars, figure, in_both, numbers, path
from catenary.report.drawing import map_of

if TYPE_CHECKING:
    from catenary.model import Result
    from catenary.report.naming import Names

__all__ = ["METHOD", "REASONS", "REFERENCES", "cards", "sections"]

METHOD: Final = (
    say(
        "Every uncertain number is drawn again for every run, and the stress test is run for each. "
        "Quantiles are those of the runs: 5 of 100 runs lie below q05, 5 of 100 above q95."
    ),
    say(
        "The interval of a mean takes draws to be independent; Sobol' and Latin hypercube draws "
        "are more even than that, so that the mean is rather surer than it says."
    ),
)
"""How it is computed, in short."""

REFERENCES: Final = (
    (
        "McKay, M. D., Beckman, R. J. & Conover, W. J. (1979). A comparison of three methods for "
        "selecting values of input variables. Technometrics 21(2), 239–245."
    ),
    (
        "Sobol', I. M. (1967). On the distribution of points in a cube. USSR "
        "Computational Mathematics "
        "and Mathematical Physics 7(4), 86–112."
    ),
    (
        "Owen, A. B. (1998). Scrambling Sobol' and Niederreiter-Xing points. Journal of Complexity "
        "14(4), 466–489."
    ),
)
"""Where the method is from."""

REASONS: Final = (
    say("buyers have ranks"),
    say("inputs bind in part"),
    say("small orders come first"),
    say("suppliers are switched"),
    say("demand follows prices"),
    say("deliveries are sparse"),
    say("deliveries take time"),
)
"""Why runs are made one by one, as warnings say it."""

_BARS: Final = 12
_BINS: Final = 20


def _of(result: Result, kind: str, figure_: str) -> pd.DataFrame:
    table = result.tables["quantiles"]
    return table[(table["kind"] == kind) & (table["figure"] == figure_)]


def cards(result: Result) -> list[dict[str, Any]]:
    """Return how many runs, and mean and spread of loss and depth."""
    runs = result.tables["runs"]
    found = [figure(say("runs"), len(runs), "")]
    for name, label, unit in (
        ("loss_days", say("days of world output lost, mean"), "day"),
        ("deepest", say("deepest day below normal, mean"), "share"),
    ):
        rows = _of(result, "world", name)
        if len(rows):
            row = rows.iloc[0]
            between = (
                say("{low:.3g} to {high:.3g} in 90 of 100 runs", low=row["q05"], high=row["q95"])
                if unit == "day"
                else say(
                    "{low:.1%} to {high:.1%} in 90 of 100 runs", low=row["q05"], high=row["q95"]
                )
            )
            found.append(figure(label, row["mean"], unit, between))
    if len(runs):
        found.append(figure(say("final demand not met, mean"), runs["unmet"].mean(), "share"))
    return found


def sections(result: Result, names: Names) -> list[Section]:
    """Return fan, distribution, worst scenarios, map and bars."""
    made = [
        _fan(result),
        _distribution(result),
        _worst(result, names),
        _map(result, names),
        _quantiles(result, names, "region"),
        _quantiles(result, names, "product"),
    ]
    return [section for section in made if section is not None]


def _fan(result: Result) -> Section | None:
    paths = getattr(result, "paths", None)
    if not isinstance(paths, pd.DataFrame) or paths.empty or "q50" not in paths:
        return None
    whole = len(paths)
    every = max(1, -(-whole // 400))
    paths = paths.iloc[::every]
    bands = [
        {"low": numbers(paths[low], 5), "high": numbers(paths[high], 5), "name": in_both(name)}
        for low, high, name in (
            ("q05", "q95", say("90 of 100 runs")),
            ("q25", "q75", say("50 of 100 runs")),
        )
    ]
    lines: list[dict[str, Any]] = [
        {"name": in_both(say("median")), "values": numbers(paths["q50"], 5), "bands": bands},
        {"name": in_both(say("mean")), "values": numbers(paths["mean"], 5)},
    ]
    least = paths["q50"].min()
    alt = say(
        "World output over {days} days: the median falls to {least:.1%} of normal, the lowest 5 of "
        "100 to {low:.1%}.",
        days=whole, least=least, low=paths["q05"].min(),
    )  # fmt: skip
    note = say("World output as a share of normal, day by day over all runs.")
    return path("fan", say("Day by day"), [int(d) for d in paths["day"]], lines, alt=alt, note=note)


def _distribution(result: Result) -> Section | None:
    loss = result.tables["runs"]["loss_days"].to_numpy(np.float64)
    loss = loss[np.isfinite(loss)]
    if len(loss) < 2:
        return None
    low, high = float(loss.min()), float(loss.max())
    if high - low < 1e-12 * max(abs(high), 1e-12):
        return None
    counts, edges = np.histogram(loss, bins=min(_BINS, max(4, round(len(loss) ** 0.5))))
    rows = [
        {"name": say("{low:.3g} to {high:.3g} days", low=a, high=b), "value": count / len(loss)}
        for a, b, count in zip(edges[:-1], edges[1:], counts, strict=True)
    ]
    alt = say(
        "Histogram of the loss of {count:,} runs: from {low:.3g} to {high:.3g} days of world "
        "output, half of them below {mid:.3g}.",
        count=len(loss), low=low, high=high, mid=float(np.median(loss)),
    )  # fmt: skip
    note = say("Share of runs by days of world output lost.")
    title = say("How large the loss may be")
    return bars("distribution", title, rows, unit="share", alt=alt, note=note)


def _worst(result: Result, names: Names) -> Section | None:
    table = result.tables["scenarios"]
    if len(table) < 2:
        return None
    rows = []
    for _, row in table.head(_BARS).iterrows():
        half = abs(row["loss_days"]) * row["error"]
        one: dict[str, Any] = {"name": names.told(recognised(str(row["scenario"]))),
                               "value": row["loss_days"]}  # fmt: skip
        if half > 0:
            one |= {"low": row["loss_days"] - half, "high": row["loss_days"] + half}
        rows.append(one)
    alt = say("Bars of the {count} worst scenarios by mean loss.", count=len(rows))
    note = say("Mean days of world output lost; the line is the 95 % interval of the mean.")
    return bars("scenarios", say("Worst scenarios"), rows, unit="day", alt=alt, note=note)


def _map(result: Result, names: Names) -> Section | None:
    rows = _of(result, "region", "loss_days")
    if rows.empty:
        return None
    labels = rows["id"].astype(str).tolist()
    layers = [
        (title, np.clip(rows[name].to_numpy(np.float64), 0.0, None)[None, :])
        for title, name in (
            (say("mean"), "mean"), (say("median"), "q50"), (say("5 of 100 runs are worse"), "q95"),
        )
    ]  # fmt: skip
    worst = rows.iloc[int(rows["mean"].fillna(-np.inf).to_numpy().argmax())]
    alt = say(
        "Map of the world by region: days of output lost. Most on average in {region}: {days:.3g}.",
        region=names.region(str(worst["id"])),
        days=worst["mean"],
    )
    note = say("Days of the region's own normal output that are lost over the whole run.")
    return map_of(
        "map", say("Where"), labels, layers, names, alt=alt, note=note, unit="day", palette="loss"
    )


def _quantiles(result: Result, names: Names, kind: str) -> Section | None:
    rows = _of(result, kind, "loss_days")
    rows = rows[rows["mean"] > 0].nlargest(_BARS, "mean")
    if rows.empty:
        return None
    called = names.region if kind == "region" else names.product
    plain = [
        {
            "name": called(str(row["id"])),
            "value": row["mean"],
            "low": row["q05"],
            "high": row["q95"],
        }
        for _, row in rows.iterrows()
    ]
    title = say("Hardest-hit regions") if kind == "region" else say("Hardest-hit products")
    alt = say(
        "Bars of {count} rows by mean days of output lost, with 90 of 100 runs.", count=len(plain)
    )
    note = say("Days of own normal output lost: mean, and where 90 of 100 runs lie.")
    return bars(f"{kind}s", title, plain, unit="day", alt=alt, note=note)
