"""The page of value added in exports: who earns what from whose trade."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from catenary.languages import Message, say
from catenary.report.document import Section, bars, figure, side_by_side, told_table
from catenary.report.drawing import largest_links, map_of
from catenary.report.tallies import View, coded, views

if TYPE_CHECKING:
    from catenary.model import Result
    from catenary.report.naming import Names

__all__ = ["METHOD", "REFERENCES", "TERMS", "brief", "cards", "lead", "sections"]

METHOD: Final = (
    say(
        "What a region exports holds value added of its own and of others. Both are followed "
        "through all stages of production (the Leontief inverse), to the region whose final "
        "demand absorbs them. What crosses the same border a second time is told apart, so that "
        "all parts add up to gross exports."
    ),
    say(
        "The figures are those of Borin & Mancini: each piece of value added is counted where it "
        "first leaves the exporter. The terms are those of the method chosen."
    ),
)
"""How it is computed, in short."""

REFERENCES: Final = (
    (
        "Borin, A. & Mancini, M. (2019). Measuring What Matters in Global Value Chains and "
        "Value-Added Trade. World Bank Policy Research Working Paper 8804."
    ),
    (
        "Koopman, R., Wang, Z. & Wei, S.-J. (2014). Tracing Value-Added and Double Counting in "
        "Gross Exports. American Economic Review 104(2), 459–494."
    ),
    (
        "Wang, Z., Wei, S.-J. & Zhu, K. (2013). Quantifying International Production Sharing at "
        "the Bilateral and Sector Levels. NBER Working Paper 19677."
    ),
    (
        "Miroudot, S. & Ye, M. (2021). Decomposing Value Added in Gross Exports. Economic Systems "
        "Research 33(1), 67–87."
    ),
    (
        "Johnson, R. C. & Noguera, G. (2012). Accounting for Intermediates: Production Sharing and "
        "Trade in Value Added. Journal of International Economics 86(2), 224–236."
    ),
)
"""Where the method is from."""

_BORIN_MANCINI: Final = {
    "VAX1": say("own value added in final goods"),
    "VAX2": say("own value added in inputs of what the importer makes for itself"),
    "VAX3": say("own value added in inputs of final goods that the importer exports"),
    "VAX4": say("own value added in inputs that go on over more borders, absorbed abroad"),
    "REF1": say("own value added that comes home in final goods of the importer"),
    "REF2": say("own value added that comes home after more stages"),
    "DDC": say("own value added counted double: it leaves once more"),
    "FVA1": say("foreign value added in final goods"),
    "FVA2": say("foreign value added in inputs of what the importer makes for itself"),
    "FVA3": say("foreign value added in inputs of final goods that the importer exports"),
    "FVA4": say("foreign value added in inputs that go on over more borders"),
    "FDC": say("foreign value added counted double: it leaves once more"),
    "DVA": say("own value added"),
    "FVA": say("foreign value added"),
    "EXGR_DDC": say("value added of the exporting industry itself"),
    "EXGR_IDC": say("value added of other domestic industries"),
    "EXGR_RIM": say("own value added in inputs that were imported again"),
    "EXGR_FVA": say("foreign value added, double counting included"),
}
_KOOPMAN_WANG_WEI: Final = {
    "VAX2": say("own value added in inputs, absorbed where they are finished"),
    "VAX3": say("own value added in inputs, finished in one region and absorbed in another"),
    "REF1": say("own value added that comes home in final goods"),
    "REF2": say("own value added that comes home in inputs"),
    "FVA2": say("foreign value added in inputs"),
}
_WANG_WEI_ZHU: Final = {
    "DVA_FIN": say("own value added in final goods"),
    "DVA_INT": say("own value added in inputs of what the importer makes for itself"),
    "DVA_INTrex1": say("own value added in inputs of inputs, absorbed where a third finishes them"),
    "DVA_INTrex2": say("own value added in inputs of final goods that the importer exports"),
    "DVA_INTrex3": say("own value added in inputs of inputs of final goods that thirds export"),
    "RDV_FIN1": say("own value added that comes home in final goods of the importer"),
    "RDV_FIN2": say("own value added that comes home in final goods of others"),
    "RDV_INT": say("own value added that comes home in inputs"),
    "DDC_FIN": say("own value added counted double: inputs that come home for final exports"),
    "DDC_INT": say("own value added counted double: inputs that come home for exports of inputs"),
    "FVA_FIN1": say("value added of the importer in final goods"),
    "FVA_FIN2": say("value added of others in final goods"),
    "FVA_INT1": say("value added of the importer in inputs of what it makes for itself"),
    "FVA_INT2": say("value added of others in inputs of what the importer makes for itself"),
    "MDC": say("value added of the importer counted double"),
    "ODC": say("value added of others counted double"),
}
_SUMS: Final = {
    "EXGR": say("gross exports"),
    "DC": say("domestic content: own value added, double counting included"),
    "FC": say("foreign content: value added of others, double counting included"),
    "VAX": say("own value added that others absorb"),
    "REF": say("own value added that comes home"),
    "DAVAX": say("own value added that the importer absorbs, over one border only"),
    "GVC": say("exports that cross more than one border: backward and forward"),
    "GVCB": say("backward participation: made abroad, or left before"),
    "GVCF": say("forward participation: own value added that goes on over a further border"),
    "VAXIM": say("own value added that the importer absorbs, by whatever way"),
}
_MEANINGS: Final = {
    "koopman-wang-wei": _BORIN_MANCINI | _KOOPMAN_WANG_WEI,
    "wang-wei-zhu": _WANG_WEI_ZHU,
}
TERMS: Final = (
    {"borin-mancini-source, borin-mancini-sink, miroudot-ye, oecd": _BORIN_MANCINI}
    | {"koopman-wang-wei": _KOOPMAN_WANG_WEI, "wang-wei-zhu": _WANG_WEI_ZHU}
    | {"sums of all methods": _SUMS}
)
"""Methods → term → what it means."""

_BARS: Final = 15
_ROWS: Final = 30
_LEAST: Final = 1e-3  # of world exports: smaller exporters are not named as extremes


def _seen(result: Result) -> list[View]:
    """Return the worlds in which anything is exported."""
    return [v for v in views(result) if len(v["exporters"]) and v["exporters"]["exports"].sum() > 0]


def lead(result: Result, names: Names) -> str:
    """Return how much of world exports is earned by those who export."""
    del names
    view = next(iter(_seen(result)), None)
    if view is None:
        return ""
    exporters = view["exporters"]
    return say(
        "{share:.1%} of world exports is value added that the exporter earns and others absorb.",
        share=exporters["vax"].sum() / exporters["exports"].sum(),
    )


def brief(result: Result, names: Names) -> list[tuple[str, list[str]]]:
    """Return the largest exporter, and who earns most and least of what it exports."""
    found = []
    for view in _seen(result):
        exporters = view["exporters"]
        top = exporters.iloc[int(exporters["exports"].to_numpy().argmax())]
        large = exporters[exporters["exports"] >= _LEAST * exporters["exports"].sum()]
        most, least = (
            large.iloc[int(i)] for i in (large["ratio"].argmax(), large["ratio"].argmin())
        )
        told: list[str] = [
            say("Largest exporter: {region}; {share:.1%} of its exports is foreign value added.",
                region=names.region(str(top["region"])), share=top["foreign"] / top["exports"])
        ]  # fmt: skip
        if len(large) > 1:
            told.append(
                say(
                    "Of 100 exported, {one} earns {high:.0f} from others, {other} {low:.0f}.",
                    one=names.region(str(most["region"])), high=100 * most["ratio"],
                    other=names.region(str(least["region"])), low=100 * least["ratio"],
                )
            )  # fmt: skip
        found.append((names.heading(view.label), told))
    return found


def cards(result: Result, names: Names) -> list[dict[str, Any]]:
    """Return what world exports are made of."""
    found = []
    for view in _seen(result)[:2]:
        exporters = view["exporters"]
        note, total = names.world(view.label), exporters["exports"].sum()
        double = (exporters["domestic_double"] + exporters["foreign_double"]).sum()
        found += [
            figure(say("own value added that others absorb"), exporters["vax"].sum() / total,
                   "share", note),
            figure(say("foreign value added"), exporters["foreign"].sum() / total, "share", note),
            figure(say("counted more than once"), double / total, "share", note),
        ]  # fmt: skip
    return found


def sections(result: Result, names: Names) -> list[Section]:
    """Return the map, exporters, flows in value added against gross, origins and terms."""
    every = _seen(result)
    labels = [names.heading(view.label) for view in every]
    method = str(result.run.options.get("method") or "borin-mancini-source")
    found: list[Section] = []
    for place, title, make in (
        ("map", say("What of exports stays with the exporter"), _map),
        ("exporters", say("Largest exporters: own value added that others absorb"), _exporters),
        ("parts", say("What exports are made of"), _parts),
        ("flows", say("Largest flows in value added, and gross"), _flows),
        ("origins", say("Whose value added is in whose exports"), _origins),
    ):
        parts = [
            make(f"{place}-{i}" if len(every) > 1 else place, title, view, names)
            for i, view in enumerate(every)
        ]
        found += side_by_side(place, title, labels, parts)
    terms = [
        _terms(f"terms-{i}" if len(every) > 1 else "terms", view, method)
        for i, view in enumerate(every)
    ]
    return found + side_by_side("terms", say("Terms of the method"), labels, terms)


def _map(place: str, title: Message, view: View, names: Names) -> Section:
    exporters = view["exporters"]
    labels = exporters["region"].astype(str).tolist()
    told = {
        "ratio": say("own value added that others absorb, of exports"),
        "backward": say("made abroad or counted double, of exports"),
        "forward": say("own value added that goes on over more borders, of exports"),
    }
    layers = [(told[name], exporters[name].to_numpy(np.float64)[None, :]) for name in told]
    alt = say(
        "Map of the world by region. {region}, the largest exporter, earns {ratio:.1%} of its "
        "exports from others.",
        region=names.region(labels[0]), ratio=float(exporters["ratio"].iloc[0]),
    )  # fmt: skip
    note = say("Lines: the largest flows of value added, from who earns it to who absorbs it.")
    section = map_of(
        place, title, labels, layers, names, alt=alt, note=note, unit="share", palette="amount"
    )
    if section["kind"] != "map":
        return section
    return section | {
        "links": largest_links(view["flows"], ("exporter", "importer"), "absorbed", names)
    }


def _exporters(place: str, title: Message, view: View, names: Names) -> Section:
    top = view["exporters"].head(_BARS)
    top = top[top["exports"] > 0]
    rows = [
        {"name": names.region(str(row["region"])), "value": row["ratio"],
         "note": say("{foreign:.1%} foreign, {double:.1%} counted double",
                     foreign=row["foreign"] / row["exports"],
                     double=(row["domestic_double"] + row["foreign_double"]) / row["exports"])}
        for _, row in top.iterrows()
    ]  # fmt: skip
    alt = say("Bars of the {count} largest exporters by the share that they earn.", count=len(rows))
    note = say("The VAX ratio: value added of the exporter that others absorb, of gross exports.")
    return bars(place, title, rows, unit="share", alt=alt, note=note)


def _parts(place: str, title: Message, view: View, names: Names) -> Section:
    shown = view["exporters"].head(_ROWS)
    shown = shown[shown["exports"] > 0]
    rows = [
        [names.region(str(row["region"])), row["exports"],
         *(row[name] / row["exports"] for name in ("vax", "reflected", "foreign")),
         (row["domestic_double"] + row["foreign_double"]) / row["exports"], row["backward"],
         row["forward"]]
        for _, row in shown.iterrows()
    ]  # fmt: skip
    columns = [
        (say("exporter"), ""), (say("gross exports"), "number"),
        (say("own value added that others absorb"), "share"),
        (say("own value added that comes home"), "share"), (say("foreign value added"), "share"),
        (say("counted more than once"), "share"), (say("backward participation"), "share"),
        (say("forward participation"), "share"),
    ]  # fmt: skip
    note = say("The first four shares add up to gross exports, in the unit of the world.")
    return told_table(place, title, columns, rows, note=note)


def _flows(place: str, title: Message, view: View, names: Names) -> Section:
    shown = view["flows"].nlargest(_ROWS, "absorbed")
    rows = [
        [names.region(str(row["exporter"])), names.region(str(row["importer"])), row["absorbed"],
         row["exports"], row["absorbed"] - row["exports"]]
        for _, row in shown.iterrows()
    ]  # fmt: skip
    columns = [
        (say("earned in"), ""), (say("absorbed in"), ""), (say("value added"), "number"),
        (say("gross exports"), "number"), (say("difference"), "number"),
    ]  # fmt: skip
    note = say(
        "Value added by whatever way it goes, against what is shipped between the two. Below 0: "
        "the exporter ships more than it earns there."
    )
    return told_table(place, title, columns, rows, note=note)


def _origins(place: str, title: Message, view: View, names: Names) -> Section:
    origins = view["origins"]
    foreign = origins["origin"].astype(str).to_numpy() != origins["exporter"].astype(str).to_numpy()
    rows = [
        [names.region(str(row["origin"])), names.region(str(row["exporter"])), row["amount"],
         row["share"]]
        for _, row in origins[foreign].head(_ROWS).iterrows()
    ]  # fmt: skip
    columns = [
        (say("value added of"), ""), (say("in exports of"), ""), (say("amount"), "number"),
        (say("of these exports"), "share"),
    ]  # fmt: skip
    return told_table(place, title, columns, rows)


def _terms(place: str, view: View, method: str) -> Section:
    terms = view["terms"]
    codes, known = coded(terms["term"])
    total = np.bincount(codes, terms["amount"].to_numpy(np.float64), len(known))
    gross = total.sum()
    meanings = _MEANINGS.get(method, _BORIN_MANCINI)
    rows = [
        [name, meanings.get(name, ""), amount, amount / gross if gross else None]
        for name, amount in zip(known, total, strict=True)
    ]
    columns = [
        (say("term"), ""), (say("what it is"), ""), (say("amount"), "number"),
        (say("of exports"), "share"),
    ]  # fmt: skip
    note = say("Terms add up to the gross exports that are shown: {method}.", method=method)
    return told_table(place, say("Terms of the method"), columns, rows, note=note)
