"""The page of an ensemble: what is likely, what is worst, and how sure that is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from catenary.languages import Message, recognised, say
from catenary.report.document import Section, bars, figure, in_both, numbers, path
from catenary.report.drawing import map_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from catenary.model import Result
    from catenary.report.naming import Names

    Array = NDArray[np.float64]

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


def cards(result: Result, names: Names) -> list[dict[str, Any]]:
    """Return how many runs, and mean and spread of loss and depth; of several, the worst."""
    runs, scenarios = result.tables["runs"], result.tables["scenarios"]
    if len(scenarios) > 1:
        return _cards_of_several(result, names)
    alone = len(runs) == 1
    found = [] if alone else [figure(say("runs"), len(runs), "")]
    labels = (
        (("loss_days", say("days of world output lost"), "day"),
         ("deepest", say("deepest day below normal"), "share"))
        if alone
        else (("loss_days", say("days of world output lost, mean"), "day"),
              ("deepest", say("deepest day below normal, mean"), "share"))
    )  # fmt: skip
    for name, label, unit in labels:
        rows = _of(result, "world", name)
        if len(rows):
            row = rows.iloc[0]
            between: str = (
                say("{low:.3g} to {high:.3g} in 90 of 100 runs", low=row["q05"], high=row["q95"])
                if unit == "day"
                else say(
                    "{low:.1%} to {high:.1%} in 90 of 100 runs", low=row["q05"], high=row["q95"]
                )
            )
            found.append(figure(label, row["mean"], unit, "" if alone else between))
    if len(runs):
        label = say("final demand not met") if alone else say("final demand not met, mean")
        found.append(figure(label, runs["unmet"].mean(), "share"))
    return found


def _cards_of_several(result: Result, names: Names) -> list[dict[str, Any]]:
    from catenary.studies.ensembles import without_loss  # noqa: PLC0415  brings the engine

    runs, scenarios = result.tables["runs"], result.tables["scenarios"]
    worst = scenarios.iloc[0]
    deepest = scenarios.iloc[int(scenarios["deepest"].to_numpy().argmax())]
    return [
        figure(say("scenarios"), len(scenarios), "", say("{runs:,} runs", runs=len(runs))),
        figure(say("days of world output lost, worst scenario"), worst["loss_days"], "day",
               _called(worst["scenario"], names)),
        figure(say("deepest day of all"), deepest["deepest"], "share",
               _called(deepest["scenario"], names)),
        figure(say("scenarios without loss"), without_loss(scenarios), ""),
    ]  # fmt: skip


def _called(scenario: object, names: Names) -> str:
    return names.told(recognised(str(scenario)))


def sections(result: Result, names: Names) -> list[Section]:
    """Return worst scenarios, fan, distribution, map and bars."""
    made = [
        _worst(result, names),
        _fan(result),
        _distribution(result),
        _map(result, names),
        _quantiles(result, names, "region"),
        _quantiles(result, names, "product"),
    ]
    return [section for section in made if section is not None]


def _several(result: Result, note: Message) -> Message:
    """Return a note with what it is over where scenarios differ."""
    count = len(result.tables["scenarios"])
    if count < 2:
        return note
    return say("{note} Over all runs of all {count:,} scenarios.", note=note, count=count)


def _fan(result: Result) -> Section | None:
    paths = getattr(result, "paths", None)
    if not isinstance(paths, pd.DataFrame) or paths.empty or "q50" not in paths:
        return None
    whole = len(paths)
    every = max(1, -(-whole // 400))
    paths = paths.iloc[::every]
    title, days = say("Day by day"), [int(day) for day in paths["day"]]
    least = paths["q50"].min()
    if len(result.tables["runs"]) == 1:
        alone = [{"name": in_both(say("World")), "values": numbers(paths["mean"])}]
        told = say("World output over {days} days: it falls to {least:.1%} of normal.",
                   days=whole, least=least)  # fmt: skip
        note = say("World output as a share of normal.")
        return path("fan", title, days, alone, alt=told, note=note)
    bands = [
        {"low": numbers(paths[low]), "high": numbers(paths[high]), "name": in_both(name)}
        for low, high, name in (
            ("q05", "q95", say("90 of 100 runs")),
            ("q25", "q75", say("50 of 100 runs")),
        )
    ]
    lines: list[dict[str, Any]] = [
        {"name": in_both(say("median")), "values": numbers(paths["q50"]), "bands": bands},
        {"name": in_both(say("mean")), "values": numbers(paths["mean"])},
    ]
    alt = say(
        "World output over {days} days: the median falls to {least:.1%} of normal, the lowest 5 of "
        "100 to {low:.1%}.",
        days=whole, least=least, low=paths["q05"].min(),
    )  # fmt: skip
    note = _several(
        result,
        say("World output as a share of normal: the light band holds 90 of 100 runs, the dark one "
            "50."),
    )  # fmt: skip
    return path("fan", title, days, lines, alt=alt, note=note)


def _distribution(result: Result) -> Section | None:
    several = len(result.tables["scenarios"]) > 1
    table = result.tables["scenarios" if several else "runs"]
    loss = table["loss_days"].to_numpy(np.float64)
    loss = loss[np.isfinite(loss)]
    if len(loss) < 2:
        return None
    low, high = float(loss.min()), float(loss.max())
    if high - low < 1e-12 * max(abs(high), 1e-12):
        return None
    edges = _edges(low, high, min(_BINS, max(4, round(len(loss) ** 0.5))))
    counts, _ = np.histogram(loss, bins=edges)
    rows = [
        {"name": say("{low:.6g} to {high:.6g} days", low=a, high=b),
         "value": count if several else count / len(loss)}
        for a, b, count in zip(edges[:-1], edges[1:], counts, strict=True)
    ]  # fmt: skip
    about = {"count": len(loss), "low": low, "high": high, "mid": float(np.median(loss))}
    alt = (
        say("Histogram of the mean loss of {count:,} scenarios: from {low:.3g} to {high:.3g} days "
            "of world output, half of them below {mid:.3g}.", **about)
        if several
        else say("Histogram of the loss of {count:,} runs: from {low:.3g} to {high:.3g} days of "
                 "world output, half of them below {mid:.3g}.", **about)
    )  # fmt: skip
    note = (
        say("Scenarios by the days of world output that they cost on average.")
        if several
        else say("Share of runs by days of world output lost.")
    )
    title = say("How large the loss may be")
    unit = "" if several else "share"
    return bars("distribution", title, rows, unit=unit, alt=alt, note=note)


def _edges(low: float, high: float, bins: int) -> Array:
    """Return limits at round numbers that enclose all values.

    Examples
    --------
    >>> _edges(0.03, 0.94, 5).tolist()
    [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]
    """
    rough = (high - low) / bins
    power = 10.0 ** np.floor(np.log10(rough))
    step = power * next(m for m in (1, 2, 2.5, 5, 10) if m * power >= rough * (1 - 1e-9))
    first, last = np.floor(low / step), np.ceil(high / step)
    found: Array = np.round(np.arange(first, max(last, first + 1) + 1) * step, 12)
    return found


def _worst(result: Result, names: Names) -> Section | None:
    table = result.tables["scenarios"]
    if len(table) < 2:
        return None
    rows = []
    for _, row in table.head(_BARS).iterrows():
        half = abs(row["loss_days"]) * row["error"]
        one: dict[str, Any] = {"name": _called(row["scenario"], names), "value": row["loss_days"]}
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
    note = _several(
        result, say("Days of the region's own normal output that are lost over the whole run.")
    )
    if len(result.tables["runs"]) == 1:
        layers = [(say("days lost"), layers[0][1])]
    return map_of(
        "map", say("Where"), labels, layers, names, alt=alt, note=note, unit="day", palette="loss"
    )


def _quantiles(result: Result, names: Names, kind: str) -> Section | None:
    rows = _of(result, kind, "loss_days")
    rows = rows[rows["mean"] > 0].nlargest(_BARS, "mean")
    if rows.empty:
        return None
    called = names.region if kind == "region" else names.product
    alone = len(result.tables["runs"]) == 1
    plain = [
        {"name": called(str(row["id"])), "value": row["mean"],
         **({} if alone else {"low": row["q05"], "high": row["q95"]})}
        for _, row in rows.iterrows()
    ]  # fmt: skip
    title = say("Hardest-hit regions") if kind == "region" else say("Hardest-hit products")
    alt = say(
        "Bars of {count} rows by mean days of output lost, with 90 of 100 runs.", count=len(plain)
    )
    note = (
        say("Days of own normal output that are lost.")
        if alone
        else _several(
            result, say("Days of own normal output lost: mean, and where 90 of 100 runs lie.")
        )
    )
    return bars(f"{kind}s", title, plain, unit="day", alt=alt, note=note)
