"""The page of links: how goods travel between regions, and what closures change of that."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from catenary.languages import Message, joined, recognised, say
from catenary.report.atsea import called, known, passages_of, titled, vessel
from catenary.report.document import Section, bars, figure, told_table, words
from catenary.report.drawing import map_of
from catenary.report.freightmap import in_words, mode_of, records
from catenary.report.tallies import coded, sums, views
from catenary.worlds.transport import passage_names

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from catenary.model import Result, Run
    from catenary.report.naming import Names
    from catenary.report.tallies import View

    Array = NDArray[np.float64]

__all__ = ["METHOD", "REFERENCES", "brief", "cards", "lead", "sections"]

METHOD: Final = (
    say(
        "Each product takes the way between two regions that is best for it, by land, sea or air. "
        "In generalised cost a day counts the value of a tonne times the value of time, so that "
        "dear goods fly and ore sails."
    ),
    say(
        "Means are over links: each product from each region to each other counts once, however "
        "much is traded."
    ),
)
"""How it is computed, in short."""

REFERENCES: Final = (
    (
        "Hummels, D. L. & Schaur, G. (2013). Time as a trade barrier. American Economic Review "
        "103(7), 2935–2959."
    ),
)
"""Where the method is from."""

_FIGURES: Final = ("duration", "cost", "emissions")
_LEAST: Final = 1e-9
_LAYERS: Final = 6  # products with a map of their own
_ROWS: Final = 40
_BARS: Final = 15

Row = dict[str, Any]


def _passage(label: str) -> str:
    name = passage_names().get(label)
    return recognised(name) if name else called(label)


def _modes(frame: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    """Return the links of each mode, those of the commonest first."""
    counts = frame["mode"].astype(str).value_counts()
    return [(str(mode), frame[frame["mode"] == mode]) for mode in counts.index]


def _changed(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the links that closures make longer or dearer."""
    extra = frame[["extra_duration", "extra_cost", "extra_emissions"]].abs().max(axis=1)
    return frame[extra > _LEAST]


def _closed(run: Run) -> str:
    return in_words([_passage(one) for one in passages_of(str(run.options.get("closed") or ""))])


def _mean(values: pd.Series) -> float:
    return float(values.mean()) if len(values) else float("nan")


def lead(result: Result, names: Names) -> str:
    """Return what closures change, or by which modes goods travel and how long."""
    view = views(result)[0]
    frame = view["links"]
    changed = _changed(frame)
    if frame.empty:
        told = say("No region is joined to any other by a way that is open.")
    elif len(changed):
        told = say(
            "With {closed} closed, {count:,} of {all:,} links change: {days:,.1f} days and "
            "{cost:,.0f} USD a tonne more on average.",
            closed=_closed(result.run), count=len(changed), all=len(frame),
            days=_mean(changed["extra_duration"]), cost=_mean(changed["extra_cost"]),
        )  # fmt: skip
    else:
        told = say(
            "Between {regions} regions a tonne travels {days:,.1f} days for {cost:,.0f} USD on "
            "average: {modes}.",
            regions=frame["origin"].nunique(), days=_mean(frame["duration"]),
            cost=_mean(frame["cost"]), modes=_shares(frame),
        )  # fmt: skip
    label = names.heading(view.label)
    return say("{label}: {text}", label=label, text=told) if label else told


def _shares(frame: pd.DataFrame) -> Message:
    parts = [
        say("{share:.0%} of links by {mode}", share=len(part) / len(frame), mode=mode_of(mode))
        for mode, part in _modes(frame)
    ]
    return joined(parts, say(", "))


def brief(result: Result, names: Names) -> list[tuple[str, list[str]]]:
    """Return modes, who is farthest from everybody, and pairs without a way."""
    found = []
    for view in views(result):
        frame, lost = view["links"], view["unrouted"]
        told: list[str] = []
        changed = _changed(frame)
        if frame.empty:
            pass
        elif len(changed):
            told.append(say("Of all links: {modes}.", modes=_shares(frame)))
            worst = frame.groupby("destination")["extra_duration"].mean().sort_values()
            told.append(
                say("Goods for {region} take longest more: {days:,.1f} days on average.",
                    region=names.region(str(worst.index[-1])), days=worst.iloc[-1])
            )  # fmt: skip
        else:
            far = frame.groupby("destination")["duration"].mean().sort_values()
            told.append(
                say("Goods for {region} take longest: {days:,.1f} days on average.",
                    region=names.region(str(far.index[-1])), days=far.iloc[-1])
            )  # fmt: skip
        if len(lost):
            told.append(say("{count:,} links have no way.", count=len(lost)))
        found.append((names.heading(view.label), told))
    return found


def cards(result: Result, names: Names) -> list[dict[str, Any]]:
    """Return how many links there are, and what they take on average."""
    found = []
    for view in views(result)[:2]:
        frame, note = view["links"], names.world(view.label)
        changed = _changed(frame)
        found += [
            figure(say("links"), len(frame), "", note),
            figure(say("mean days on the way"), _mean(frame["duration"]), "day", note),
            figure(say("mean freight"), _mean(frame["cost"]), "USD/t", note),
            figure(say("mean emissions"), _mean(frame["emissions"]), "kg CO2e/t", note),
        ]
        if len(changed):
            found.append(figure(say("links that closures change"), len(changed), "", note))
        if len(view["unrouted"]):
            found.append(figure(say("links without a way"), len(view["unrouted"]), "", note))
    return found


def sections(result: Result, names: Names) -> list[Section]:
    """Return map, modes, products, passages, what closures change, and what has no way."""
    found: list[Section] = []
    for number, view in enumerate(views(result)):
        after = f"-{number}" if number else ""
        made = [
            _map(f"map{after}", view, names),
            _by_mode(f"modes{after}", view),
            _by_product(f"products{after}", view, names),
            _longer(f"longer{after}", view, names),
            _changes(f"changes{after}", view, names),
            _passages(f"passages{after}", view),
            _unrouted(f"unrouted{after}", view, names),
        ]
        found += titled([section for section in made if section], names.world(view.label))
    return [*found, _assumptions(result.run)]


def _means(frame: pd.DataFrame, end: str, column: str, regions: list[str]) -> Array:
    """Return the mean of a figure by region, (1, R); NaN where there is no link."""
    codes, known_ = coded(frame[end])
    values = frame[column].to_numpy(np.float64)
    total, count = sums(codes, values, len(known_)), sums(codes, np.ones(len(codes)), len(known_))
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = dict(zip(known_, total / count, strict=True))
    return np.array([[mean.get(region, np.nan) for region in regions]])


def _map(place: str, view: View, names: Names) -> Section | None:
    """Return a map of days, or of more days where closures cost any."""
    frame = view["links"]
    if frame.empty:
        return None
    changed = len(_changed(frame)) > 0
    column = "extra_duration" if changed else "duration"
    regions = sorted(set(frame["origin"].astype(str)) | set(frame["destination"].astype(str)))
    layers = [
        (say("to the region"), _means(frame, "destination", column, regions)),
        (say("from the region"), _means(frame, "origin", column, regions)),
    ]
    products = [str(one) for one in frame["product"].unique() if str(one)]
    if len(products) > 1:
        for product in products[:_LAYERS]:
            part = frame[frame["product"] == product]
            name = say("{product} to the region", product=names.product(product))
            layers.append((name, _means(part, "destination", column, regions)))
    worst = _means(frame, "destination", column, regions)[0]
    which = int(np.nanargmax(worst))
    alt = say(
        "Map of the world by mean days on the way; goods for {region} take longest, {days:,.1f}.",
        region=names.region(regions[which]), days=worst[which],
    ) if not changed else say(
        "Map of the world by mean extra days on the way; goods for {region} lose most, "
        "{days:,.1f}.",
        region=names.region(regions[which]), days=worst[which],
    )  # fmt: skip
    title = say("Extra days on the way") if changed else say("Days on the way")
    note = say("Mean over all links of a region; each counts once, however much is traded.")
    return map_of(
        place, title, regions, layers, names, alt=alt, note=note, unit="day",
        palette="loss" if changed else "amount",
    )  # fmt: skip


def _by_mode(place: str, view: View) -> Section:
    frame = view["links"]
    columns = [
        (say("mode"), ""), (say("links"), "number"), (say("share of links"), "share"),
        (say("mean days"), "day"), (say("mean freight"), "USD/t"),
        (say("mean emissions"), "kg CO2e/t"),
    ]  # fmt: skip
    cells = [
        [mode_of(mode), len(part), len(part) / len(frame), *(_mean(part[f]) for f in _FIGURES)]
        for mode, part in _modes(frame)
    ]
    note = say("A link goes by the mode of the longest part of its way.")
    return told_table(place, say("Which mode links go by"), columns, cells, note=note)


def _by_product(place: str, view: View, names: Names) -> Section | None:
    frame = view["links"]
    products = list(frame.groupby("product", sort=False, observed=True))
    if len(products) < 2:
        return None
    modes = [mode for mode, _ in _modes(frame)]
    columns = [
        (say("product"), ""), (say("links"), "number"),
        *((say("by {mode}", mode=mode_of(mode)), "share") for mode in modes),
        (say("mean days"), "day"), (say("mean freight"), "USD/t"),
        (say("mean emissions"), "kg CO2e/t"),
    ]  # fmt: skip
    cells = [
        [names.product(str(product)), len(part),
         *(float((part["mode"] == mode).mean()) for mode in modes),
         *(_mean(part[f]) for f in _FIGURES)]
        for product, part in products
    ]  # fmt: skip
    return told_table(place, say("How each product travels"), columns, cells)


def _longer(place: str, view: View, names: Names) -> Section | None:
    """Return the regions whose goods take longest more."""
    changed = _changed(view["links"])
    if changed.empty:
        return None
    by = view["links"].groupby("destination")["extra_duration"].mean()
    worst = by[by > _LEAST].sort_values(ascending=False)[:_BARS]
    if worst.empty:
        return None
    rows = [{"name": names.region(str(r)), "value": float(days)} for r, days in worst.items()]
    alt = say("Bars of {count} regions by mean extra days of goods for them.", count=len(rows))
    note = say("Mean over all links to a region, those that do not change included.")
    return bars(place, say("Who waits"), rows, unit="day", alt=alt, note=note)


def _changes(place: str, view: View, names: Names) -> Section | None:
    changed = _changed(view["links"]).sort_values(
        ["extra_duration", "extra_cost"], ascending=False, kind="stable"
    )
    if changed.empty:
        return None
    columns = [
        (say("from"), ""), (say("to"), ""), (say("product"), ""), (say("mode"), ""),
        (say("days"), "day"), (say("extra days"), "day"), (say("freight"), "USD/t"),
        (say("extra freight"), "USD/t"), (say("extra emissions"), "kg CO2e/t"), (say("by"), ""),
    ]  # fmt: skip
    cells = [
        [names.region(str(one["origin"])), names.region(str(one["destination"])),
         names.product(str(one["product"])), mode_of(str(one["mode"])), one["duration"],
         one["extra_duration"], one["cost"], one["extra_cost"], one["extra_emissions"],
         in_words([_passage(p) for p in passages_of(str(one["passages"]), ";")])]
        for one in records(changed.head(_ROWS))
    ]  # fmt: skip
    return told_table(place, say("Links that closures change most"), columns, cells)


def _passages(place: str, view: View) -> Section | None:
    """Return the passages, borders and corridors that most links use."""
    frame = view["links"]
    counts = frame["passages"].astype(str).value_counts()
    used: dict[str, int] = {}
    for text, count in counts.items():
        for label in dict.fromkeys(passages_of(str(text), ";")):
            used[label] = used.get(label, 0) + int(count)
    ranked = sorted(used.items(), key=lambda pair: -pair[1])[:_ROWS]
    if not ranked:
        return None
    columns = [(say("passage"), ""), (say("links"), "number"), (say("share of links"), "share")]
    cells = [[_passage(label), count, count / len(frame)] for label, count in ranked]
    title = say("Passages, borders and corridors that most links use")
    return told_table(place, title, columns, cells)


def _unrouted(place: str, view: View, names: Names) -> Section | None:
    lost = view["unrouted"]
    if lost.empty:
        return None
    ordered = lost.sort_values("share", ascending=False, kind="stable", na_position="last")
    traded = any(known(one) for one in lost["share"])
    columns = [
        (say("from"), ""), (say("to"), ""), (say("product"), ""),
        *([(say("share of trade"), "share")] if traded else []),
    ]  # fmt: skip
    cells = [
        [names.region(str(one["origin"])), names.region(str(one["destination"])),
         names.product(str(one["product"])), *([one["share"]] if traded else [])]
        for one in records(ordered.head(_ROWS))
    ]  # fmt: skip
    note = say("{shown:,} of {all:,}; all are in the table unrouted.", shown=len(cells),
               all=len(lost))  # fmt: skip
    return told_table(place, say("Links without a way"), columns, cells, note=note, folded=True)


def _assumptions(run: Run) -> Section:
    options = run.options
    told: list[str] = [
        say("Goods of unknown value are worth {value:,.0f} USD a tonne, and a day costs "
            "{share:.1%} of the value.",
            value=options.get("goods_value") or 0.0, share=options.get("value_of_time") or 0.0),
        say("Ships at sea: {vessel}.", vessel=vessel(str(options.get("vessel", "")))),
    ]  # fmt: skip
    return words("rests", say("What this rests on"), told)
