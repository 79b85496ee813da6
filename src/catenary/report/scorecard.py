"""The page of the index: who stands where, of what that is made, and how sure it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from catenary.languages import Message, recognised, say
from catenary.report.document import Section, bars, figure, told_table
from catenary.report.drawing import map_of
from catenary.report.tallies import View, views

if TYPE_CHECKING:
    from catenary.model import Result
    from catenary.report.naming import Names

__all__ = ["METHOD", "REFERENCES", "brief", "cards", "lead", "sections"]

METHOD: Final = (
    say(
        "Every component is put between 0 (worst of all regions and years of the result) and 100 "
        "(best). A pillar is the weighted mean of its components, the overall score that of the "
        "pillars."
    ),
    say(
        "Nothing is imputed: a region that lacks a component that counts has no score there, and "
        "is not ranked."
    ),
    say(
        "Ranges of ranks: weights are drawn evenly from all that could be given to the same "
        "components; 5 of 100 sets put the region above its range, 5 below."
    ),
)
"""How it is computed, in short."""

REFERENCES: Final = (
    "OECD & JRC (2008). Handbook on Constructing Composite Indicators. OECD Publishing.",
    (
        "Saisana, M., Saltelli, A. & Tarantola, S. (2005). Uncertainty and sensitivity analysis "
        "techniques as tools for the quality assessment of composite indicators. Journal of the "
        "Royal Statistical Society A 168(2), 307–323."
    ),
)
"""Where the method is from."""

PILLAR_NAMES: Final = {
    "overall": say("overall"),
    "connection": say("connection"),
    "resilience": say("resilience"),
    "innovation": say("innovation"),
    "promotion": say("promotion"),
}

COMPONENT_NAMES: Final = {
    "upstream_links": say("upstream links"),
    "midstream_links": say("midstream links"),
    "downstream_links": say("downstream links"),
    "centrality": say("network centrality"),
    "partners": say("partners"),
    "supplier_diversity": say("diversity of suppliers"),
    "substitutability": say("substitutability"),
    "fall": say("fall in shocks abroad"),
    "worst_loss": say("worst loss"),
    "recovery": say("recovery"),
}

_BARS: Final = 15
_ROWS: Final = 250


def _pillar(name: object) -> str:
    return PILLAR_NAMES.get(str(name), str(name))


def _component(name: object) -> str:
    return COMPONENT_NAMES.get(str(name), str(name).replace("_", " "))


def _overall(view: View) -> pd.DataFrame:
    """Return the ranked regions of a world, best first."""
    scores = view["scores"]
    kept = scores[(scores["pillar"] == "overall") & scores["rank"].notna()]
    return kept.sort_values("rank", kind="stable", ignore_index=True)


def lead(result: Result, names: Names) -> str:
    """Return who leads in the last world, and how sure that is."""
    last = views(result)[-1]
    best = _overall(last)
    if best.empty:
        return ""
    top = best.iloc[0]
    return say(
        "{region} stands first of {count}; other weights put it between rank {low:.0f} and "
        "{high:.0f}.",
        region=names.region(str(top["region"])),
        count=len(best),
        low=top["rank_low"],
        high=top["rank_high"],
    )


def brief(result: Result, names: Names) -> list[tuple[str, list[str]]]:
    """Return for every world who leads in each pillar."""
    found = []
    for view in views(result):
        told: list[str] = []
        for pillar, rows in view["scores"].groupby("pillar", sort=False):
            ranked = rows[rows["rank"].notna()]
            if len(ranked):
                first = ranked.sort_values("rank").iloc[0]
                told.append(
                    say("{pillar}: {region} {score:.0f}", pillar=_pillar(pillar),
                        region=names.region(str(first["region"])), score=first["score"])
                )  # fmt: skip
        found.append((names.heading(view.label), told))
    return found


def cards(result: Result, names: Names) -> list[dict[str, Any]]:
    """Return how many are ranked, the best score, and how far ranks rest on weights."""
    last = views(result)[-1]
    best = _overall(last)
    note = names.world(last.label)
    width = (best["rank_high"] - best["rank_low"]).mean() if len(best) else float("nan")
    return [
        figure(say("regions ranked"), len(best), "", note),
        figure(say("highest score"), best["score"].max() if len(best) else np.nan, "", note),
        figure(say("mean width of the range of ranks"), width, "", note),
    ]


def sections(result: Result, names: Names) -> list[Section]:
    """Return map, ranks, components, weights and sensitivity."""
    every = views(result)
    last = every[-1]
    return [
        _map(every, names),
        _ranks(last, names),
        _years(every, names),
        _parts(last, names),
        _weights(result),
        _sensitivity(last, names),
        _shocks(last, names),
        _groups(every, names),
    ]


def _map(every: list[View], names: Names) -> Section:
    regions = list(dict.fromkeys(str(r) for view in every for r in view["scores"]["region"]))
    layers: list[tuple[str, Any]] = []
    for view in reversed(every):
        for pillar, rows in view["scores"].groupby("pillar", sort=False):
            values = rows.set_index("region")["score"].reindex(regions)
            label = _pillar(pillar)
            if len(every) > 1:
                label = say("{name}, {year}", name=label, year=names.world(view.label))
            layers.append((label, values.to_numpy(float)[None, :]))
    best = _overall(every[-1])
    alt = (
        say("Map of the world by score; the highest is that of {region}.",
            region=names.region(str(best["region"].iloc[0])))
        if len(best)
        else say("Map of the world by score.")
    )  # fmt: skip
    note = say("0 to 100. Regions without a colour lack a component that counts.")
    return map_of(
        "map", say("Scores by region"), regions, layers, names, alt=alt, note=note, unit="",
        palette="amount",
    )  # fmt: skip


def _ranks(view: View, names: Names) -> Section:
    rows = [
        {"name": names.region(str(row["region"])), "value": row["score"],
         "note": say("rank {low:.0f}–{high:.0f}", low=row["rank_low"], high=row["rank_high"])}
        for _, row in _overall(view).head(_BARS).iterrows()
    ]  # fmt: skip
    alt = say("Bars of the {count} regions that score highest.", count=len(rows))
    title = say("Highest scores")
    note = say("Beside each: ranks under 90 of 100 sets of weights.")
    return bars("ranks", title, rows, unit="", alt=alt, note=note)


def _years(every: list[View], names: Names) -> Section:
    """Return ranks of every region in every world."""
    order = [str(region) for region in _overall(every[-1])["region"]]
    others = [str(r) for view in every for r in view["scores"]["region"] if str(r) not in order]
    tables = [_overall(view).set_index("region") for view in every]
    rows: list[list[Any]] = []
    for region in [*order, *dict.fromkeys(others)][:_ROWS]:
        cells: list[Any] = [names.region(region)]
        for table in tables:
            there = region in table.index
            cells += [table.loc[region, name] if there else None for name in ("score", "rank")]
        rows.append(cells)
    columns: list[tuple[str, str]] = [(say("region"), "")]
    for view in every:
        for label in (say("score"), say("rank")):
            told = (
                say("{name}, {year}", name=label, year=names.world(view.label))
                if len(every) > 1
                else label
            )
            columns.append((told, "number"))
    return told_table("years", say("Scores and ranks"), columns, rows)


def _parts(view: View, names: Names) -> Section:
    wide = view["components"].pivot_table(
        index="region", columns="component", values="score", sort=False, dropna=False
    )
    order = [str(region) for region in _overall(view)["region"]]
    rest = [region for region in wide.index if region not in order]
    rows = [
        [names.region(str(region)), *(None if pd.isna(v) else float(v) for v in wide.loc[region])]
        for region in [*order, *rest][:_ROWS]
    ]
    columns = [(say("region"), ""), *((_component(name), "number") for name in wide.columns)]
    note = say("0 = worst, 100 = best; blank = absent.")
    return told_table("parts", say("What the scores are made of"), columns, rows, note=note)


def _weights(result: Result) -> Section:
    table = result.tables["weights"]
    rows = [
        [_component(row["component"]), _pillar(row["pillar"]), float(row["share"]),
         {"higher": say("higher"), "lower": say("lower")}[str(row["better"])],
         recognised(str(row["statement"])), recognised(str(row["source"])), float(row["regions"])]
        for _, row in table.iterrows()
    ]  # fmt: skip
    columns = [
        (say("component"), ""), (say("pillar"), ""), (say("share of the score"), "share"),
        (say("better"), ""), (say("what it measures"), ""), (say("source"), ""),
        (say("regions with data"), "number"),
    ]  # fmt: skip
    note = say("Weights are the reader's choice: equal ones are an assumption.")
    return told_table("weights", say("Components and weights"), columns, rows, note=note)


def _sensitivity(view: View, names: Names) -> Section:
    rows = [
        {"name": _component(row["component"]), "value": row["mean_change"],
         "note": say("most: {region}, by {most:.0f}", region=names.region(str(row["region"])),
                     most=row["most_change"])}
        for _, row in view["sensitivity"].iterrows()
        if np.isfinite(row["mean_change"])
    ]  # fmt: skip
    title: Message = say("How far ranks move without one component")
    alt = say("Bars of {count} components by the mean change of rank.", count=len(rows))
    return bars("sensitivity", title, rows, unit="", alt=alt)


def _shocks(view: View, names: Names) -> Section:
    """Return for every region the shock abroad that costs it most."""
    worst = view["shocks"].drop_duplicates("region")
    rows = [
        [names.region(str(row["region"])), names.region(str(row["shocked"])),
         float(row["loss_days"]), float(row["deepest"]), float(row["recovery"])]
        for _, row in worst.iterrows()
    ]  # fmt: skip
    columns = [
        (say("region"), ""), (say("hardest shock abroad"), ""), (say("output lost"), "day"),
        (say("deepest day"), "share"), (say("recovery"), "day"),
    ]  # fmt: skip
    return told_table("shocks", say("The shock abroad that costs most"), columns, rows[:_ROWS])


def _groups(every: list[View], names: Names) -> Section:
    rows = [
        [names.world(view.label), names.region(str(row["group"])), _pillar(row["pillar"]),
         float(row["regions"]), float(row["score"])]
        for view in every
        for _, row in view["groups"].iterrows()
    ]  # fmt: skip
    columns = [
        (say("world"), ""), (say("group"), ""), (say("pillar"), ""),
        (say("members ranked"), "number"), (say("mean score"), "number"),
    ]  # fmt: skip
    return told_table("groups", say("Groups of regions"), columns, rows, folded=True)
