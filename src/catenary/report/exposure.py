"""The page of exposure: whose goods rest on production abroad, seen and hidden."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from catenary.languages import Message, joined, say
from catenary.report.document import Section, bars, figure, in_both, side_by_side, told_table
from catenary.report.drawing import map_of
from catenary.report.tallies import View, views

if TYPE_CHECKING:
    import pandas as pd

    from catenary.model import Result
    from catenary.report.naming import Names

__all__ = ["METHOD", "REFERENCES", "brief", "cards", "lead", "sections"]

METHOD: Final = (
    say(
        "Import side: of all gross production that the final goods of a region call for at any "
        "stage, the share that takes place in each partner. Sales side: of all output of a "
        "region, the share that ends up in final goods of each partner."
    ),
    say(
        "At face value only the last maker and its direct suppliers count, over the same total. "
        "Looking through counts all stages (the Leontief inverse). Hidden is the difference."
    ),
    say(
        "A path is one chain of deliveries to a final product. The largest are found in their "
        "order by a search that always follows what can still become largest; none is missed, and "
        "loops count as often as goods pass them."
    ),
)
"""How it is computed, in short."""

REFERENCES: Final = (
    (
        "Baldwin, R., Freeman, R. & Theodorakopoulos, A. (2022). Horses for courses: measuring "
        "foreign supply chain exposure. NBER Working Paper 30525."
    ),
    (
        "Baldwin, R., Freeman, R. & Theodorakopoulos, A. (2023). Hidden exposure: measuring US "
        "supply chain reliance. Brookings Papers on Economic Activity, Fall 2023."
    ),
    (
        "Defourny, J. & Thorbecke, E. (1984). Structural path analysis and multiplier "
        "decomposition within a social accounting matrix framework. Economic Journal 94(373), "
        "111–136."
    ),
)
"""Where the method is from."""

_BARS: Final = 12
_ROWS: Final = 30


def _made(result: Result) -> list[View]:
    """Return the worlds in which anything is made."""
    return [view for view in views(result) if len(view["regions"])]


def lead(result: Result, names: Names) -> str:
    """Return who hides most."""
    every = _made(result)
    if not every:
        return ""
    top = every[0]["regions"].iloc[0]
    if not top["look_through"] > 0:
        return say("Nobody's final goods rest on production abroad.")
    return say(
        "{through:.1%} of the production behind the final goods of {region} takes place abroad; "
        "at face value it looks like {face:.1%}.",
        through=top["look_through"], region=names.region(str(top["region"])),
        face=top["face_value"],
    )  # fmt: skip


def brief(result: Result, names: Names) -> list[tuple[str, list[str]]]:
    """Return the largest single dependence, the sales side, and the largest path."""
    found = []
    for view in _made(result):
        told: list[str] = []
        pairs = _abroad(view["partners"])
        if len(pairs) and pairs["look_through"].iloc[0] > 0:
            pair = pairs.iloc[0]
            told.append(
                say("Most on one partner: {region} on {partner}, {share:.1%}.",
                    region=names.region(str(pair["region"])),
                    partner=names.region(str(pair["partner"])), share=pair["look_through"])
            )  # fmt: skip
        sales = view["regions"].sort_values("sales_look_through", ascending=False).iloc[0]
        told.append(
            say("{region} sells most into final goods of others: {share:.1%} of its output.",
                region=names.region(str(sales["region"])), share=sales["sales_look_through"])
        )  # fmt: skip
        if len(view["paths"]):
            path = view["paths"].iloc[0]
            told.append(
                say("Largest path to {producer}: {path}, {share:.1%} of all.",
                    producer=names.producer(str(path["producer"])),
                    path=_path(str(path["path"]), names), share=path["share"])
            )  # fmt: skip
        found.append((names.heading(view.label), told))
    return found


def cards(result: Result, names: Names) -> list[dict[str, Any]]:
    """Return the exposure of the region that hides most."""
    found = []
    for view in _made(result)[:2]:
        top = view["regions"].iloc[0]
        region = names.region(str(top["region"]))
        note = names.world(view.label)
        found += [
            figure(say("hidden exposure of {region}", region=region), top["hidden"], "share", note),
            figure(say("its exposure looking through"), top["look_through"], "share", note),
            figure(say("its exposure at face value"), top["face_value"], "share", note),
        ]
    return found


def sections(result: Result, names: Names) -> list[Section]:
    """Return the map, face value against look-through, partners, products and paths."""
    every = _made(result)
    labels = [names.heading(view.label) for view in every]
    found: list[Section] = []
    for place, title, make in (
        ("map", say("Hidden exposure by region"), _map),
        ("hidden", say("Face value against look-through"), _hidden),
        ("regions", say("Most hidden"), _regions),
        ("partners", say("Largest dependences on one partner"), _partners),
        ("chains", say("Final products with most hidden production abroad"), _chains),
        ("chain-paths", say("Largest paths"), _paths),
    ):
        parts = [
            make(f"{place}-{i}" if len(every) > 1 else place, title, view, names)
            for i, view in enumerate(every)
        ]
        found += side_by_side(place, title, labels[: len(parts)], parts)
    return found


def _abroad(pairs: pd.DataFrame) -> pd.DataFrame:
    """Return pairs of a region and another."""
    abroad: pd.DataFrame = pairs[pairs["region"].astype(str) != pairs["partner"].astype(str)]
    return abroad


def _path(text: str, names: Names) -> Message:
    """Return the producers of a path by their names."""
    return joined([names.producer(one) for one in text.split(" → ")], " → ")


def _map(place: str, title: Message, view: View, names: Names) -> Section:
    regions = view["regions"]
    labels = regions["region"].astype(str).tolist()
    told = {
        "hidden": say("hidden in what it makes"),
        "look_through": say("abroad at any stage"),
        "face_value": say("abroad at face value"),
        "sales_look_through": say("of its output, into final goods of others"),
    }
    layers = [(told[name], regions[name].to_numpy(np.float64)[None, :]) for name in told]
    alt = say(
        "Map of the world by region. Most is hidden in {region}: {share:.1%}.",
        region=names.region(labels[0]), share=regions["hidden"].iloc[0],
    )  # fmt: skip
    note = say("Share of all production behind the final goods of the region.")
    return map_of(
        place, title, labels, layers, names, alt=alt, note=note, unit="share", palette="amount"
    )


def _hidden(place: str, title: Message, view: View, names: Names) -> Section:
    regions = view["regions"]
    rows = [
        {
            "name": in_both(names.region(str(row["region"]))),
            "x": float(f"{row['face_value']:.6g}"),
            "y": float(f"{row['look_through']:.6g}"),
            "strong": number < _BARS,
            "note": in_both(say("{hidden:.1%} hidden", hidden=row["hidden"])),
        }
        for number, (_, row) in enumerate(regions.iterrows())
    ]
    top = regions.iloc[0]
    alt = say(
        "Points of {count} regions, exposure at face value against exposure looking through; "
        "{region} has {face:.1%} and {through:.1%}.",
        count=len(rows), region=names.region(str(top["region"])), face=top["face_value"],
        through=top["look_through"],
    )  # fmt: skip
    return {
        "kind": "points",
        "id": place,
        "title": in_both(title),
        "note": in_both(say("Filled: the {count} that hide most.", count=min(_BARS, len(rows)))),
        "alt": in_both(alt),
        "x": {"name": in_both(say("at face value")), "unit": "share"},
        "y": {"name": in_both(say("looking through")), "unit": "share"},
        "rows": rows,
    }


def _regions(place: str, title: Message, view: View, names: Names) -> Section:
    top = view["regions"].head(_BARS)
    rows = [
        {"name": names.region(str(row["region"])), "value": row["hidden"],
         "note": say("{face:.1%} seen, {through:.1%} in all", face=row["face_value"],
                     through=row["look_through"])}
        for _, row in top.iterrows()
    ]  # fmt: skip
    alt = say("Bars of {count} regions by what is hidden of their exposure.", count=len(rows))
    return bars(place, title, rows, unit="share", alt=alt)


def _partners(place: str, title: Message, view: View, names: Names) -> Section:
    rows = [
        [names.region(str(row["region"])), names.region(str(row["partner"])), row["face_value"],
         row["look_through"], row["hidden"], row["sales_look_through"]]
        for _, row in _abroad(view["partners"]).head(_ROWS).iterrows()
    ]  # fmt: skip
    columns = [
        (say("region"), ""), (say("partner"), ""), (say("at face value"), "share"),
        (say("looking through"), "share"), (say("hidden"), "share"),
        (say("sales, looking through"), "share"),
    ]  # fmt: skip
    return told_table(place, title, columns, rows)


def _chains(place: str, title: Message, view: View, names: Names) -> Section:
    top = view["chains"].head(_BARS)
    rows = [
        {"name": names.producer(str(row["producer"])), "value": row["hidden_amount"],
         "note": say("{hidden:.1%} of the production behind it", hidden=row["hidden"])}
        for _, row in top.iterrows()
    ]  # fmt: skip
    alt = say("Bars of {count} final products by hidden production abroad.", count=len(rows))
    note = say("Output abroad behind the product beyond what direct suppliers deliver.")
    return bars(place, title, rows, unit="", alt=alt, note=note)


def _paths(place: str, title: Message, view: View, names: Names) -> Section:
    paths = view["paths"]
    if len(paths):
        target = names.producer(str(paths["producer"].iloc[0]))
        title = say("Largest paths to {producer}", producer=target)
    rows = [
        [row["rank"], _path(str(row["path"]), names), row["borders"], row["share"],
         row["cumulated"]]
        for _, row in paths.head(_ROWS).iterrows()
    ]  # fmt: skip
    columns = [
        (say("rank"), "number"), (say("path of the goods"), ""), (say("borders"), "number"),
        (say("share"), "share"), (say("with all larger ones"), "share"),
    ]  # fmt: skip
    return told_table(place, title, columns, rows)
