"""A sensible page for any result: its figures and tables, a map where there are regions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from catenary.languages import Named, recognised, say
from catenary.model.schema import result_columns
from catenary.report.document import Section, figure, numbers, path, table
from catenary.report.drawing import map_of, unit_of
from catenary.report.tallies import View, coded, sums, views

if TYPE_CHECKING:
    from catenary.model import Result
    from catenary.report.naming import Names

__all__ = ["TABLES", "cards", "sections", "tables"]

TABLES: Final = {
    "output": say("Output by day, region and product"),
    "losses": say("Losses of every producer"),
    "shortages": say("Shortages of inputs"),
    "checks": say("World output and checks by day"),
    "producers": say("Every producer"),
    "regions": say("Every region"),
    "flows": say("Flows from region to region"),
    "details": say("Flows by sector or product"),
    "exporters": say("Every exporter"),
    "runs": say("Every run"),
    "draws": say("Every number drawn"),
    "quantiles": say("Quantiles of every figure"),
    "scenarios": say("Every scenario"),
    "figures_changed": say("Figures before and after"),
    "differences": say("Every number that differs"),
    "emissions": say("Emissions of the shipment"),
    "legs": say("Legs of the journey"),
    "sites": say("Places and where they lie"),
}
"""Table → its heading, where all analyses mean the same by it."""

_OF: Final = {
    ("border_carbon", "flows"): say("Every exporter and product"),
    ("budgets", "pathways"): say("Emissions by year"),
    ("budgets", "sectors"): say("Intensities that converge on their sector"),
    ("chokepoints", "basis"): say("What was looked at"),
    ("chokepoints", "chokepoints"): say("Every closure"),
    ("chokepoints", "cut_off"): say("Ports cut off"),
    ("chokepoints", "detours"): say("Journeys before and after"),
    ("congestion", "basis"): say("Everything together"),
    ("congestion", "modes"): say("What each mode carries"),
    ("congestion", "places"): say("Every lane, passage and facility"),
    ("congestion", "rounds"): say("Rounds of the search"),
    ("congestion", "unserved"): say("What stays behind"),
    ("counterfactual", "basis"): say("How it was solved"),
    ("cooperate", "crises"): say("Every future that cuts supply"),
    ("cooperate", "groups"): say("Groups of regions in every way"),
    ("cooperate", "holdings"): say("What each member keeps"),
    ("cooperate", "members"): say("What each member pays and saves"),
    ("cooperate", "outcomes"): say("Every region in every equilibrium"),
    ("cooperate", "pool"): say("What sharing is worth"),
    ("cooperate", "regimes"): say("Alone, competing, together"),
    ("cooperate", "runs"): say("Every equilibrium"),
    ("cooperate", "ways"): say("Every way"),
    ("cooperate", "basis"): say("What was asked"),
    ("counterfactual", "draws"): say("Real income in every draw"),
    ("counterfactual", "elasticities"): say("Trade elasticities"),
    ("counterfactual", "emissions"): say("Emissions by region"),
    ("counterfactual", "groups"): say("The world and groups of regions"),
    ("counterfactual", "partners"): say("Trade between each two regions"),
    ("counterfactual", "products"): say("Output and prices of every product"),
    ("counterfactual", "ranges"): say("Ranges of real income"),
    ("complexity", "products"): say("Every product"),
    ("decomposition", "effects"): say("Every effect"),
    ("decomposition", "flows"): say("Effects by region and final demand"),
    ("decomposition", "products"): say("Effects by product"),
    ("decomposition", "regions"): say("Effects by region"),
    ("distances", "distances"): say("Every pair"),
    ("ensemble", "paths"): say("World output by day: mean and quantiles"),
    ("exposure", "chain_partners"): say("Largest partners of every final product"),
    ("exposure", "chains"): say("Every final product"),
    ("exposure", "partners"): say("Every region and partner"),
    ("exposure", "paths"): say("Every path"),
    ("exposure", "sectors"): say("Every region and product made abroad"),
    ("exposure", "suppliers"): say("Every supplier of one final product"),
    ("extraction", "extracted"): say("What was taken out"),
    ("facilitation", "basis"): say("What was assumed, and sums"),
    ("facilitation", "changes"): say("Every link and product whose cost changes"),
    ("facilitation", "effects"): say("Incomes and trade in equilibrium"),
    ("facilitation", "links"): say("Links as they become"),
    ("facilitation", "measures"): say("Every measure and its source"),
    ("facilitation", "products"): say("Savings by product"),
    ("facilitation", "regions"): say("Savings by region"),
    ("gravity", "basis"): say("What the estimates rest on"),
    ("gravity", "terms"): say("Every estimate"),
    ("linkages", "products"): say("Every product"),
    ("links", "links"): say("Every link"),
    ("links", "unrouted"): say("Links without a way"),
    ("modes", "modes"): say("Every mode"),
    ("position", "lengths"): say("Propagation lengths"),
    ("position", "products"): say("Every product"),
    ("predictability", "basis"): say("The world"),
    ("predictability", "effects"): say("Incomes and trade at bound rates"),
    ("predictability", "groups"): say("Groups of regions as buyers and sellers"),
    ("predictability", "lines"): say("Every tariff line"),
    ("predictability", "partners"): say("Every buyer and seller"),
    ("predictability", "products"): say("Every product"),
    ("predictability", "regions"): say("Every region as a buyer"),
    ("resilience", "basis"): say("What was asked"),
    ("resilience", "figures_of_stress"): say("Figures before and after"),
    ("resilience", "path"): say("World output by day"),
    ("resilience", "products"): say("Losses of every product"),
    ("resilience", "regions"): say("Losses of every region"),
    ("routes", "legs"): say("Every leg"),
    ("routes", "paths"): say("Points of every leg"),
    ("routes", "routes"): say("Every route"),
    ("sourcing", "caps"): say("Caps and the price of diversification"),
    ("sourcing", "deliveries"): say("Who delivers how much when"),
    ("sourcing", "futures"): say("Every future"),
    ("sourcing", "periods"): say("Every period"),
    ("sourcing", "plan"): say("What the plan costs"),
    ("sourcing", "strategies"): say("Any number of suppliers, two, and one"),
    ("sourcing", "suppliers"): say("Every supplier with a contract"),
    ("stages", "demand"): say("Every region and stage that its final demand rests on"),
    ("stress", "closures"): say("What is closed or delayed"),
    ("stocks", "plan"): say("What the targets cost"),
    ("stocks", "stages"): say("Base stock of every stage"),
    ("stocks", "survival"): say("How long customers are served without each producer"),
    ("stocks", "targets"): say("What to add to which stock"),
    ("stress", "demand"): say("Final demand and what of it is not met"),
    ("stress", "detours"): say("Every link whose goods come late, dearer or not at all"),
    ("stress", "products"): say("Losses of every product"),
    ("upgrades", "measures"): say("Every measure"),
    ("upgrades", "plan"): say("The plan"),
    ("upgrades", "prices"): say("Every place with a capacity"),
    ("suppliers", "candidates"): say("Every candidate"),
    ("suppliers", "measures"): say("What candidates are judged by"),
    ("value_added", "sectors"): say("Every exporter and product"),
    ("volatility", "lines"): say("Every line"),
    ("volatility", "products"): say("Every product"),
    ("volatility", "regions"): say("Every region as a buyer"),
    ("volatility", "years"): say("Every world"),
}
"""Analysis and table → heading, where the name alone does not say it."""

_MAY_BE_NONE: Final = {("stress", "closures"), ("stress", "detours")} | {
    ("cooperate", name)
    for name in (
        "basis", "crises", "groups", "holdings", "members", "outcomes", "pool", "regimes",
        "regions", "runs", "ways",
    )
}  # fmt: skip
"""Tables that are shown only where they have rows."""

_MOST_CARDS: Final = 12
_MOST_LAYERS: Final = 6
_MOST_LINES: Final = 8


def cards(result: Result, names: Names) -> list[dict[str, Any]]:
    """Return the figures of a result."""
    frame = result.figures()
    return [
        figure(
            recognised(str(row["figure"])), row["value"],
            unit_of(str(row["figure"]), str(row["unit"])), names.world(str(row.get("world", ""))),
        )
        for _, row in frame.head(_MOST_CARDS).iterrows()
    ]  # fmt: skip


def sections(result: Result, names: Names) -> list[Section]:
    """Return a map for the first table with regions, and lines for the first by day."""
    found: list[Section] = []
    for view in views(result):
        after = f"-{len(found)}" if view.label else ""
        label = view.label or result.run.analysis
        for name, frame in view.tables.items():
            kept = _map(f"map{after}", label, name, view, result.run.analysis, names)
            if "region" in frame and kept is not None:
                found.append(kept)
                break
        for name, frame in view.tables.items():
            if "day" in frame and frame["day"].is_unique and len(frame) > 1:
                found.append(_path(f"path{after}", label, name, frame))
                break
    return found


def _measures(frame: pd.DataFrame) -> list[str]:
    return [
        str(name)
        for name, kind in frame.dtypes.items()
        if pd.api.types.is_numeric_dtype(kind) and "day" not in str(name)
    ]


def _map(
    place: str, label: str, name: str, view: View, analysis: str, names: Names
) -> Section | None:
    frame = view[name]
    if "region" not in frame or frame.empty or not _measures(frame):
        return None
    codes, regions = coded(frame["region"])
    about = result_columns(analysis).get(name, {})
    layers = []
    units = {m: about[m].unit if m in about else "" for m in _measures(frame)}
    first = next(iter(units.values()))
    for measure, unit in list(units.items())[:_MOST_LAYERS]:
        if unit == first:  # a map has one unit
            values = frame[measure].astype("Float64").to_numpy("float64", na_value=np.nan)
            title = about[measure].zh if measure in about else measure
            total = sums(codes, values.astype(np.float64), len(regions))
            layers.append((_named(measure, title), total[None, :]))
    return map_of(
        place, say("{table} of {what} by region", table=name, what=label), regions, layers, names,
        unit=first, palette="amount",
        alt=say("Map of the world: {table} by region.", table=name),
        note=say("Sums over the rows of a region."),
    )  # fmt: skip


def _named(english: str, chinese: str) -> str:
    return Named({"en": english.replace("_", " "), "zh": chinese})


def _path(place: str, label: str, name: str, frame: pd.DataFrame) -> Section:
    ordered = frame.sort_values("day")
    lines = [
        {"name": measure, "values": numbers(ordered[measure], 5)}
        for measure in _measures(ordered)[:_MOST_LINES]
    ]
    return path(
        place,
        say("{table} of {what} by day", table=name, what=label),
        [int(day) for day in ordered["day"]],
        lines,
        alt=say("Lines of {table} by day.", table=name),
        unit="",
    )


def tables(result: Result) -> list[Section]:
    """Return every table of a result, folded, with what its columns mean."""
    analysis = result.run.analysis
    known = result_columns(analysis)
    return [
        table(
            f"table-{name}",
            say("Table: {name}", name=_OF.get((analysis, name), TABLES.get(name, _plain(name)))),
            frame,
            known.get(name, {}),
            f"{name}.csv",
        )
        for name, frame in result.tables.items()
        if len(frame) or (analysis, name) not in _MAY_BE_NONE
    ]


def _plain(name: str) -> str:
    return name.replace("_", " ")
