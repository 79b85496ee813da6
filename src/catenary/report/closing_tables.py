"""Tables of a closure: what comes late, how goods go instead, and what has no way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from catenary.languages import say
from catenary.report.atsea import passages_of
from catenary.report.document import Section, told_table
from catenary.report.freightmap import kind_of, mode_of, records
from catenary.report.rerouted import (
    closures_of,
    gone_round,
    ground_of,
    held,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from catenary.report.naming import Names
    from catenary.report.tallies import View

__all__ = ["closure_tables"]

_ROWS: Final = 40


def closure_tables(after: str, view: View, names: Names) -> list[Section]:
    """Return regions by product, ways by mode, passages that gain, what has no way, closures."""
    closures = closures_of(view)
    if closures is None:
        return []
    makers: list[tuple[str, Callable[[str, View, Names], Section | None]]] = [
        ("late", _late), ("round", _round), ("gained", _gained), ("no-way", _no_way),
        *([] if after else [("closed", _closed)]),
    ]  # fmt: skip
    made = [make(f"{place}{after}", view, names) for place, make in makers]
    return [one for one in made if one]


def _late(place: str, view: View, names: Names) -> Section | None:
    """Return regions and products by how much comes how late."""
    rows = view["detours"].assign(held=held(view["detours"]))
    figures = ["extra_duration", "extra_cost", "extra_emissions"]
    rows[figures] = rows[figures].mul(rows["late"], axis=0)
    rows = rows.sort_values("held", ascending=False, kind="stable")
    found = (
        rows.groupby(["destination", "product"], sort=False, observed=True)
        .agg({"origin": "first", "late": "sum", "held": "sum", "first_day": "min"}
             | dict.fromkeys(figures, "sum"))
        .reset_index()
    )  # fmt: skip
    found = found[found["late"] > 0].sort_values("held", ascending=False, kind="stable")
    if found.empty:
        return None
    cells = [
        [names.region(str(one["destination"])), names.product(str(one["product"])),
         names.region(str(one["origin"])), one["late"], one["extra_duration"] / one["late"],
         one["held"], int(one["first_day"]), one["extra_cost"] / one["late"],
         one["extra_emissions"] / one["late"]]
        for one in records(found.head(_ROWS))
    ]  # fmt: skip
    columns = [
        (say("for"), ""), (say("product"), ""), (say("most from"), ""),
        (say("late in all, product units"), "number"), (say("days late"), "day"),
        (say("share of the waiting in the product"), "share"), (say("first on day"), "day"),
        (say("extra freight"), "USD/t"), (say("extra emissions"), "kg CO2e/t"),
    ]  # fmt: skip
    note = say("{shown:,} of {all:,} regions and products.", shown=len(cells), all=len(found))
    return told_table(place, say("What comes late"), columns, cells, note=note)


def _round(place: str, view: View, _: Names) -> Section | None:
    """Return how links go before and during the closure, by mode."""
    rows = view["detours"]
    if rows.empty:
        return None
    rows = rows.assign(way=gone_round(rows).map({True: "round", False: "same"}))
    cells: list[list[Any]] = []
    for (mode, instead, way), part in rows.groupby(["mode", "mode_instead", "way"], observed=True):
        told = mode_of(str(instead)) if way == "round" else say("waits, or the same way")
        cells.append(
            [mode_of(str(mode)), told, len(part), *(
                float(part[name].mean())
                for name in ("extra_duration", "extra_cost", "extra_emissions")
            )]
        )  # fmt: skip
    columns = [
        (say("before"), ""), (say("during the closure"), ""), (say("trade links"), "number"),
        (say("days late, mean"), "day"), (say("extra freight, mean"), "USD/t"),
        (say("extra emissions, mean"), "kg CO2e/t"),
    ]  # fmt: skip
    cells.sort(key=lambda one: -one[2])
    note = say("Means over links; each counts once.")
    return told_table(place, say("How goods go instead"), columns, cells, note=note)


def _gained(place: str, view: View, _: Names) -> Section | None:
    """Return the passages, borders and corridors that detours lead through."""
    rows = view["detours"][gone_round(view["detours"])]
    gained: dict[str, int] = {}
    for before, instead in zip(rows["passages"], rows["passages_instead"], strict=True):
        old = set(passages_of(str(before), ";"))
        for label in passages_of(str(instead), ";"):
            if label not in old:
                gained[label] = gained.get(label, 0) + 1
    ranked = sorted(gained.items(), key=lambda pair: -pair[1])[:_ROWS]
    if not ranked:
        return None
    ground = ground_of(gained)
    columns = [(say("passage"), ""), (say("trade links it gains"), "number"),
               (say("share of those that go round"), "share")]  # fmt: skip
    cells = [[ground.name(label), count, count / len(rows)] for label, count in ranked]
    return told_table(place, say("Where the detours lead"), columns, cells)


def _no_way(place: str, view: View, names: Names) -> Section | None:
    rows = view["detours"][view["detours"]["lost"] > 0]
    if rows.empty:
        return None
    columns = [
        (say("from"), ""), (say("to"), ""), (say("product"), ""),
        (say("least share that has a way"), "share"), (say("lost, product units"), "number"),
        (say("days"), "day"),
    ]  # fmt: skip
    cells = [
        [names.region(str(one["origin"])), names.region(str(one["destination"])),
         names.product(str(one["product"])), one["open"], one["lost"], int(one["days"])]
        for one in records(rows.sort_values("open", kind="stable").head(_ROWS))
    ]  # fmt: skip
    return told_table(place, say("What has no way"), columns, cells)


def _closed(place: str, view: View, _: Names) -> Section | None:
    closures = view["closures"]
    ground = ground_of(closures["thing"].astype("str"))
    columns = [
        (say("what"), ""), (say("kind"), ""), (say("first day"), "day"), (say("last day"), "day"),
        (say("share open"), "share"), (say("extra days there"), "day"),
    ]  # fmt: skip
    cells = [
        [ground.name(str(one["thing"])), kind_of(str(one["kind"])), one["first_day"],
         one["last_day"], one["open"], one["delay"]]
        for one in records(closures.astype({"first_day": "float64", "last_day": "float64"}))
    ][:_ROWS]  # fmt: skip
    note = say("The least share that may pass, or the most extra days; blank: no end in sight.")
    return told_table(place, say("What is closed or delayed"), columns, cells, note=note)
