"""The page of a comparison: what became of the figures, who gains and who loses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from catenary.languages import Message, joined, recognised, say
from catenary.report.document import Section, bars, figure, side_by_side, told_table
from catenary.report.drawing import map_of, unit_of
from catenary.studies.compare import options_changed, told_options

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from catenary.model import Result
    from catenary.report.naming import Names

__all__ = ["METHOD", "answer", "brief", "cards", "lead", "sections"]

METHOD: Final = (
    say(
        "Two results of the same analysis are compared number by number; tables by day are "
        "compared by their sums over days. A change is the second result less the first."
    ),
)
"""How it is computed, in short."""

_BARS: Final = 10
_CARDS: Final = 10
_ABOUT: Final = {  # of which analysis which numbers tell who gains
    "stress": ("output", "output", say("change of output over all days")),
    "footprint": ("regions", "consumption", say("change of the footprint")),
    "ensemble": ("quantiles", "mean", say("change of the mean")),
    "value_added": ("exporters", "vax", say("change of the value added that others absorb")),
}


def cards(result: Result, names: Names) -> list[dict[str, Any]]:
    """Return the figures that changed, as they are after, with what they were before as a note."""
    frame = result.tables["figures_changed"]
    changed = frame[_differ(frame)].dropna(subset=["b"])
    found = []
    for label, rows in changed.groupby("figure", sort=False):
        first, unit = rows.iloc[0], unit_of(str(label), str(rows["unit"].iloc[0]))
        note: str = say("before: {value}", value=_told(first["a"], unit))
        if "world" in frame:
            told = [
                say("{label}: {text}", label=names.heading(str(row["world"])),
                    text=say("{a} → {b}", a=_told(row["a"], unit), b=_told(row["b"], unit)))
                for _, row in rows.iterrows()
            ]  # fmt: skip
            note = joined(told, say("; "))
        found.append(figure(recognised(str(label)), first["b"], unit, note))
    return found[:_CARDS]


def _differ(frame: pd.DataFrame) -> NDArray[np.bool_]:
    """Return which figures are not the same before and after, rounding aside."""
    a, b = (frame[side].to_numpy(np.float64) for side in ("a", "b"))
    same: NDArray[np.bool_] = np.isclose(a, b, rtol=1e-9, atol=1e-12, equal_nan=True)
    return ~same


def lead(result: Result, names: Names) -> str:
    """Return what became of world output, where that is known."""
    frame = result.tables["figures_changed"]
    rows = frame[frame["figure"] == "world output lost"].dropna(subset=["a", "b"])
    told = []
    for _, row in rows.iterrows():
        one = (
            say("{a:.2f} → {b:.2f} days", a=row["a"], b=row["b"])
            if f"{row['a']:.2f}" != f"{row['b']:.2f}"
            else say("{a:.2f} days before and after", a=row["a"])
        )
        if "world" in frame:
            one = say("{value} ({world})", value=one, world=names.world(str(row["world"])))
        told.append(one)
    if not told:
        return ""
    return say("World output lost: {text}.", text=joined(told, say(", ")))


def brief(result: Result, names: Names) -> list[tuple[str, list[str]]]:
    """Return what was changed and how much differs."""
    del names
    told: list[str] = [
        say("{numbers:,} numbers differ.", numbers=len(result.tables["differences"]))
    ]
    if options_changed(result):
        told.insert(0, told_options(result))
    return [("", told)]


def answer(result: Result) -> Message:
    """Return what became of the figures, one line each; what did not change is left out."""
    frame = result.tables["figures_changed"]
    lines: list[str] = [told_options(result)] if options_changed(result) else []
    for label, rows in frame.groupby("figure", sort=False):
        told = []
        for _, row in rows.iterrows():
            unit = unit_of(str(label), str(row["unit"]))
            a, b = (_told(row[side], unit) for side in ("a", "b"))
            one = say("{a} → {b}", a=a, b=b)
            if a != b and "world" in frame:
                told.append(say("{value} in {world}", value=one, world=row["world"]))
            elif a != b:
                told.append(one)
        if told:
            text = joined(told, say(", "))
            lines.append(say("{label}: {text}", label=recognised(str(label)), text=text))
    if result.tables["differences"].empty:
        return recognised(result.summary())
    lines.append(say("{numbers:,} numbers differ.", numbers=len(result.tables["differences"])))
    return joined(lines, "\n")


def _told(value: float, unit: str) -> Message:
    if pd.isna(value):
        return say("none")
    return say("{share:.2%}", share=value) if unit == "share" else say("{value:,.4g}", value=value)


def sections(result: Result, names: Names) -> list[Section]:
    """Return figures before and after, maps and bars of who gains and who loses."""
    found = [*_changed(result), *_figures(result, names)]
    frame = _changes(result, names)
    if frame.empty:
        return found
    order = result.tables["figures_changed"].get("world", pd.Series([""]))
    labels = [label for label in dict.fromkeys(order) if label in set(frame["world"])]
    for place, title, make in (
        ("map", say("Who gains, who loses"), _map),
        ("regions", say("Regions that change most"), _regions),
        ("products", say("Products that change most"), _products),
    ):
        parts = [
            make(f"{place}-{i}" if len(labels) > 1 else place, title,
                 frame[frame["world"] == label], names)
            for i, label in enumerate(labels)
        ]  # fmt: skip
        kept = [(label, part) for label, part in zip(labels, parts, strict=True) if part]
        shown = [names.heading(label) for label, _ in kept]
        found += side_by_side(place, title, shown, [part for _, part in kept])
    return found


def _changed(result: Result) -> list[Section]:
    """Return which options are not the same."""
    rows = [list(row) for row in options_changed(result)]
    columns = [(say("option"), ""), (say("before"), ""), (say("after"), "")]
    return [told_table("changed", say("What was changed"), columns, rows)] if rows else []


def _figures(result: Result, names: Names) -> list[Section]:
    frame = result.tables["figures_changed"]
    if frame.empty:
        return []
    several = "world" in frame
    columns = [(say("world"), "")] if several else []
    columns += [
        (say("figure"), ""), (say("unit"), ""), (say("before"), "number"), (say("after"), "number"),
        (say("change"), "number"),
    ]  # fmt: skip
    rows = [
        [*([names.heading(str(row["world"]))] if several else []), recognised(str(row["figure"])),
         recognised(str(row["unit"])), row["a"], row["b"], row["b"] - row["a"] if differs else 0.0]
        for differs, (_, row) in zip(_differ(frame), frame.iterrows(), strict=True)
    ]  # fmt: skip
    return [told_table("figures", say("Before and after"), columns, rows)]


def _changes(result: Result, names: Names) -> pd.DataFrame:
    """Return the changes that tell who gains: world, region, product, change."""
    blank = pd.DataFrame({"world": [], "region": [], "product": [], "change": []})
    of = (result.run.options.get("a") or {}).get("analysis", "")
    if of not in _ABOUT:
        return blank
    table, column, _ = _ABOUT[of]
    rows = result.tables["differences"]
    rows = rows[(rows["table"] == table) & (rows["column"] == column)]
    found = []
    worlds = "world" in result.tables["figures_changed"]
    for label, change in zip(rows["row"].astype(str), rows["change"], strict=True):
        words = label.split(" ")
        world = words.pop(0) if worlds and len(words) > 1 else ""
        region = next((word for word in words if word in names.places), "")
        if not region or (of == "ensemble" and words[-1] != "loss_days"):
            continue
        product = words[-1] if of == "stress" and len(words) > 1 else ""
        found.append((world, region, product, change))
    return pd.DataFrame(found, columns=blank.columns) if found else blank


def _by(frame: pd.DataFrame, key: str) -> pd.Series:
    return frame.groupby(key, sort=False)["change"].sum()


def _map(place: str, title: Message, frame: pd.DataFrame, names: Names) -> Section:
    change = _by(frame, "region")
    labels = [str(label) for label in change.index]
    values = change.to_numpy(np.float64)
    low, high = int(values.argmin()), int(values.argmax())
    alt = say(
        "Map of the world: the change by region, from {low:.4g} in {one} to {high:.4g} in {other}.",
        low=values[low], one=names.region(labels[low]), high=values[high],
        other=names.region(labels[high]),
    )  # fmt: skip
    note = say("Second result less first, summed over days and products, in the unit of the world.")
    return map_of(
        place, title, labels, [(say("change"), values[None, :])], names, alt=alt, note=note,
        unit="", palette="change",
    )  # fmt: skip


def _most(change: pd.Series, called: Any) -> list[dict[str, Any]]:
    """Return the largest gains and the largest losses, gains first."""
    ordered = change[change != 0].sort_values(ascending=False, kind="stable")
    ends = ordered if len(ordered) <= 2 * _BARS else pd.concat([ordered[:_BARS], ordered[-_BARS:]])
    return [{"name": called(str(label)), "value": value} for label, value in ends.items()]


def _regions(place: str, title: Message, frame: pd.DataFrame, names: Names) -> Section | None:
    rows = _most(_by(frame, "region"), names.region)
    alt = say(
        "Bars of {count} regions: the largest gains, then the largest losses.", count=len(rows)
    )
    return bars(place, title, rows, unit="", alt=alt) if rows else None


def _products(place: str, title: Message, frame: pd.DataFrame, names: Names) -> Section | None:
    rows = _most(_by(frame[frame["product"] != ""], "product"), names.product)
    alt = say(
        "Bars of {count} products: the largest gains, then the largest losses.", count=len(rows)
    )
    return bars(place, title, rows, unit="", alt=alt) if rows else None
