"""The page of a footprint: who causes a pressure, and for whom."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from catenary.languages import Message, recognised, say
from catenary.report.document import Section, bars, figure, side_by_side, told_table
from catenary.report.drawing import largest_links, map_of
from catenary.report.tallies import View, views

if TYPE_CHECKING:
    from catenary.model import Result
    from catenary.report.naming import Names

__all__ = ["METHOD", "REFERENCES", "brief", "cards", "lead", "sections"]

METHOD: Final = (
    say(
        "A pressure is counted twice: where production causes it, and where the final demand is "
        "for which it is caused, all stages of production between them counted (the Leontief "
        "inverse). Both accounts add up to the same total."
    ),
    say(
        "Every producer of an industry is taken to cause the same pressure per unit of output, "
        "whoever buys it."
    ),
)
"""How it is computed, in short."""

STRESSORS: Final = (say("value added"),)
"""Pressures that worlds of tables name."""

REFERENCES: Final = (
    (
        "Miller, R. E. & Blair, P. D. (2009). Input-Output Analysis: Foundations and "
        "Extensions, 2nd "
        "ed., ch. 10. Cambridge University Press."
    ),
    (
        "Kanemoto, K., et al. (2012). Frameworks for comparing emissions in production, "
        "consumption, "
        "and international trade. Environmental Science & Technology 46(1), 172–179."
    ),
)
"""Where the method is from."""

_BARS: Final = 12
_ROUNDING: Final = 1e-9
_CARDS: Final = 3  # pressures with figures of their own
_SHOWN: Final = 6  # worlds and pressures with maps of their own; the tables hold all
_HOLDS: Final = {"sectors": "producers", "details": "details", "producers": "producers"}
_ACCOUNTS: Final = ("consumption", "production", "imported", "exported")


def _every(result: Result) -> list[View]:
    """Return the tables of each world and pressure of a result."""
    found: list[View] = []
    for view in views(result):
        names = list(dict.fromkeys(view["regions"]["stressor"].astype(str)))
        for name in names:
            tables = {
                key: table[table["stressor"].astype(str) == name] if "stressor" in table else table
                for key, table in view.tables.items()
            }
            label = str(recognised(name.replace("_", " "))) if len(names) > 1 else ""
            both = " · ".join(filter(None, (view.label, label)))
            found.append(View(both, tables if len(names) > 1 else view.tables))
        if not names:
            found.append(view)
    return found


def _unit(view: View) -> str:
    """Return the unit of the accounts; results saved by older versions do not tell it."""
    regions = view["regions"]
    return str(regions["unit"].iloc[0]) if "unit" in regions and len(regions) else ""


def _stressor(view: View) -> str:
    """Return what the pressure is called."""
    return recognised(str(view["regions"]["stressor"].iloc[0]).replace("_", " "))


def lead(result: Result, names: Names) -> str:
    """Return how much of the first pressure crosses a border inside goods and services."""
    del names
    view = next((view for view in _every(result) if len(view["regions"])), None)
    total = view["regions"]["production"].sum() if view else 0.0
    if view is None or not total > 0:
        return ""
    return say(
        "{share:.1%} of all {stressor} crosses a border inside goods and services.",
        share=view["regions"]["exported"].sum() / total, stressor=_stressor(view),
    )  # fmt: skip


def brief(result: Result, names: Names) -> list[tuple[str, list[str]]]:
    """Return whose footprint is largest, and who imports and exports most inside trade."""
    found = []
    for view in _every(result):
        regions = view["regions"]
        if regions.empty:
            continue
        net = regions["imported"] - regions["exported"]
        total = regions["consumption"].sum()
        top = regions.iloc[0]
        told: list[str] = [
            say("Largest footprint: {region}, {share:.1%} of the world.",
                region=names.region(str(top["region"])), share=top["consumption"] / total)
        ]  # fmt: skip
        if net.max() > _ROUNDING * total:
            most, least = (regions["region"].iloc[int(i)] for i in (net.argmax(), net.argmin()))
            told += [
                say("{region} imports most of it, net.", region=names.region(str(most))),
                say("{region} exports most of it, net.", region=names.region(str(least))),
            ]
        found.append((names.heading(view.label), told))
    return found


def cards(result: Result, names: Names) -> list[dict[str, Any]]:
    """Return the total, what of it is traded, and who has most."""
    found = []
    for view in _every(result)[:_CARDS]:
        regions = view["regions"]
        if regions.empty:
            continue
        note = names.world(view.label)
        total = regions["production"].sum()
        traded = regions["exported"].sum() / total if total else float("nan")
        stressor = _stressor(view)
        found += [
            figure(say("{stressor} in the world", stressor=stressor), total, _unit(view), note),
            figure(say("crosses a border inside goods and services"), traded, "share", note),
        ]
    return found


def sections(result: Result, names: Names) -> list[Section]:
    """Return maps of both accounts and of their difference, the largest, and the flows."""
    every = [view for view in _every(result) if len(view["regions"])][:_SHOWN]
    labels = [names.heading(view.label) for view in every]
    found: list[Section] = []
    for place, title, make in (
        ("map", say("Who causes it, and for whom"), _map),
        ("balance", say("Net import of it inside goods and services"), _balance),
        ("regions", say("Largest footprints"), _regions),
        ("flows", say("Largest flows inside goods and services"), _flows),
        ("sectors", say("Where it arises, and in what it is bought"), _sectors),
        ("details", say("Largest flows by sector or product"), _details),
        ("producers", say("Most of it per unit bought"), _producers),
    ):
        parts = [
            make(f"{place}-{i}" if len(every) > 1 else place, title, view, names)
            for i, view in enumerate(every)
            if _HOLDS.get(place, "regions") in view.tables
            and len(view[_HOLDS.get(place, "regions")])
        ]
        found += side_by_side(place, title, labels[: len(parts)], parts)
    return found


def _map(place: str, title: Message, view: View, names: Names) -> Section:
    regions = view["regions"]
    told = {
        "consumption": say("caused by its final demand, anywhere"),
        "production": say("caused by its production"),
        "imported": say("of its demand, caused abroad"),
        "exported": say("of its production, for demand abroad"),
    }
    layers = [(told[name], regions[name].to_numpy(np.float64)[None, :]) for name in _ACCOUNTS]
    top = regions.iloc[0]
    labels = regions["region"].astype(str).tolist()
    stressor = _stressor(view)
    alt = say(
        "Map of the world by region. The largest footprint is that of {region}: {amount:.4g}.",
        region=names.region(labels[0]),
        amount=top["consumption"],
    )
    unit = _unit(view)
    note = say("{stressor}, in the unit of the world.", stressor=stressor)
    if unit:
        note = say("{stressor}, in {unit}.", stressor=stressor, unit=unit)
    section = map_of(
        place, title, labels, layers, names, alt=alt, note=note, unit="", palette="amount"
    )
    if section["kind"] != "map":
        return section
    return section | {
        "links": largest_links(view["flows"], ("origin", "destination"), "amount", names)
    }


def _balance(place: str, title: Message, view: View, names: Names) -> Section:
    regions = view["regions"]
    labels = regions["region"].astype(str).tolist()
    net = (regions["imported"] - regions["exported"]).to_numpy(np.float64, copy=True)
    net[np.abs(net) < _ROUNDING * regions["production"].abs().max()] = 0.0
    low, high = int(np.nanargmin(net)), int(np.nanargmax(net))
    alt = say(
        "Map of the world by region: imports less exports inside goods and services, from "
        "{low:.4g} in {one} to {high:.4g} in {other}.",
        low=net[low], one=names.region(labels[low]), high=net[high],
        other=names.region(labels[high]),
    )  # fmt: skip
    note = say("Above 0: the demand of the region causes more abroad than the reverse.")
    layer = (say("imports less exports"), net[None, :])
    return map_of(
        place, title, labels, [layer], names, alt=alt, note=note, unit="", palette="change"
    )


def _regions(place: str, title: Message, view: View, names: Names) -> Section:
    top = view["regions"].head(_BARS)
    rows = [
        {"name": names.region(str(row["region"])), "value": row["consumption"],
         "note": say("{produced:.4g} produced", produced=row["production"])}
        for _, row in top.iterrows()
    ]  # fmt: skip
    alt = say("Bars of {count} regions by what their final demand causes.", count=len(rows))
    return bars(place, title, rows, unit="", alt=alt)


def _flows(place: str, title: Message, view: View, names: Names) -> Section:
    flows = view["flows"]
    other = flows["origin"].astype(str).to_numpy() != flows["destination"].astype(str).to_numpy()
    rows = [
        [names.region(str(row["origin"])), names.region(str(row["destination"])), row["amount"]]
        for _, row in flows[other].head(30).iterrows()
    ]
    columns = [
        (say("caused in"), ""), (say("for final demand in"), ""), (say("amount"), "number"),
    ]  # fmt: skip
    return told_table(place, title, columns, rows)


def _sectors(place: str, title: Message, view: View, names: Names) -> Section:
    """Return the sectors that cause most of it, beside what is embodied in their final goods."""
    producers = view["producers"]
    if "caused" not in producers:  # saved by an older version
        return told_table(place, title, [(say("product"), "")], [])
    sums = producers.groupby(producers["product"].astype(str), sort=False)[["caused", "embodied"]]
    table = sums.sum().sort_values("caused", ascending=False, kind="stable").head(_BARS)
    whole = producers["caused"].sum()
    rows = [
        [names.product(str(product)), row["caused"], row["embodied"],
         row["caused"] / whole if whole else 0.0]
        for product, row in table.iterrows()
    ]  # fmt: skip
    columns = [
        (say("product"), ""), (say("caused by its makers"), "number"),
        (say("embodied in what final demand buys of it"), "number"), (say("share"), "share"),
    ]  # fmt: skip
    return told_table(place, title, columns, rows)


def _details(place: str, title: Message, view: View, names: Names) -> Section:
    rows = [
        [names.region(str(row["origin"])), names.product(str(row["product"])),
         names.region(str(row["destination"])), row["amount"]]
        for _, row in view["details"].head(30).iterrows()
    ]  # fmt: skip
    columns = [
        (say("caused in"), ""), (say("sector or product"), ""),
        (say("for final demand in"), ""), (say("amount"), "number"),
    ]  # fmt: skip
    return told_table(place, title, columns, rows)


def _producers(place: str, title: Message, view: View, names: Names) -> Section:
    top = view["producers"].nlargest(_BARS, "total")
    rows = [
        {"name": names.producer(str(row["producer"])), "value": row["total"],
         "note": say("{direct:.4g} of it where it is made", direct=row["direct"])}
        for _, row in top.iterrows()
    ]  # fmt: skip
    alt = say("Bars of {count} producers by pressure per unit of final demand.", count=len(rows))
    note = say("Pressure per unit of final demand over the whole chain.")
    return bars(place, title, rows, unit="", alt=alt, note=note)
