"""From a result to a page: what every report has, around what an analysis adds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
import pandas as pd

from catenary.languages import LANGUAGES, Named, in_language, language, recognised, say
from catenary.model.schema import result_columns
from catenary.report import (
    barriers,
    closures,
    compare,
    default,
    ensemble,
    exposure,
    footprint,
    scorecard,
    shipments,
    stress,
    together,
    value_added,
    voyages,
)
from catenary.report.atsea import GOALS
from catenary.report.document import Section, Text, in_both, told_table, words
from catenary.report.naming import Names
from catenary.report.places import DISCLAIMER, Places, default_places
from catenary.report.reproducing import again, scenario_sections, title_of
from catenary.report.tallies import coded
from catenary.worlds import NAMES, product_names, sources, world_names

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from catenary.model import Result

__all__ = ["DESIGNS", "Design", "document_of"]


class Design(NamedTuple):
    """What the page of an analysis has of its own.

    Parameters
    ----------
    cards
        The few numbers that answer the question.
    sections
        Maps, charts and tables made for the page.
    method, references
        How it is computed, in short, and where that is from.
    lead
        The one sentence to remember, before the answer; none if blank.
    answer
        The answer in words; the summary, if nothing else is given.
    brief
        For every world its name and a few short sentences; the answer is folded below them.
    """

    cards: Callable[[Result, Names], list[dict[str, Any]]]
    sections: Callable[[Result, Names], list[Section]]
    method: Sequence[str] = ()
    references: Sequence[str] = ()
    lead: Callable[[Result, Names], str] = lambda *_: ""
    answer: Callable[[Result], str] = lambda result: result.summary()
    brief: Callable[[Result, Names], list[tuple[str, list[str]]]] = lambda *_: []


DESIGNS: Final[dict[str, Design]] = {
    "chokepoints": Design(
        closures.cards, closures.sections, closures.METHOD, closures.REFERENCES, closures.lead,
        brief=closures.brief,
    ),
    "compare": Design(
        compare.cards, compare.sections, compare.METHOD, lead=compare.lead, answer=compare.answer,
        brief=compare.brief,
    ),
    "cooperate": Design(
        together.cards, together.sections, together.METHOD, together.REFERENCES, together.lead,
        brief=together.brief,
    ),
    "counterfactual": Design(
        barriers.cards, barriers.sections, barriers.METHOD, barriers.REFERENCES, barriers.lead,
        brief=barriers.brief,
    ),
    "distances": Design(
        shipments.distances_cards, shipments.distances_sections, voyages.METHOD[:1],
        voyages.REFERENCES, shipments.distances_lead, brief=shipments.distances_brief,
    ),
    "emissions": Design(
        shipments.emissions_cards, shipments.emissions_sections, shipments.EMISSIONS_METHOD,
        shipments.EMISSIONS_REFERENCES, shipments.emissions_lead,
        brief=shipments.emissions_brief,
    ),
    "ensemble": Design(
        ensemble.cards, ensemble.sections, ensemble.METHOD,
        (*ensemble.REFERENCES, *stress.REFERENCES),
    ),
    "exposure": Design(
        exposure.cards, exposure.sections, exposure.METHOD, exposure.REFERENCES, exposure.lead,
        brief=exposure.brief,
    ),
    "footprint": Design(
        footprint.cards, footprint.sections, footprint.METHOD, footprint.REFERENCES,
        footprint.lead, brief=footprint.brief,
    ),
    "index": Design(
        scorecard.cards, scorecard.sections, scorecard.METHOD, scorecard.REFERENCES,
        scorecard.lead, brief=scorecard.brief,
    ),
    "routes": Design(
        voyages.cards, voyages.sections, voyages.METHOD, voyages.REFERENCES, voyages.lead,
        brief=voyages.brief,
    ),
    "stress": Design(
        stress.cards, stress.sections, stress.METHOD, stress.REFERENCES, stress.lead,
        brief=stress.brief,
    ),
    "value_added": Design(
        value_added.cards, value_added.sections, value_added.METHOD, value_added.REFERENCES,
        value_added.lead, brief=value_added.brief,
    ),
}  # fmt: skip
"""Analysis → its page; any other has the page of `default`."""

_PLAIN: Final = Design(default.cards, default.sections)
_TITLES: Final = {
    "border_carbon": say("Carbon price at a border"),
    "budgets": say("Carbon budgets"),
    "chokepoints": say("Chokepoints of the sea"),
    "compare": say("Comparison of two results"),
    "decomposition": say("Structural decomposition"),
    "distances": say("Distances by sea"),
    "emissions": say("Emissions of a shipment"),
    "exposure": say("Foreign exposure"),
    "extraction": say("Hypothetical extraction"),
    "footprint": say("Footprint"),
    "index": say("Index of chains"),
    "linkages": say("Linkages"),
    "position": say("Position in chains"),
    "resilience": say("A shock before and after barriers change"),
    "gravity": say("What holds trade back"),
    "routes": say("Routes by sea"),
    "value_added": say("Value added in exports"),
}
_UNKNOWN: Final = (
    "cost_tonne", "emissions", "emissions_tonne", "tank_to_wheel", "well_to_tank",
)  # fmt: skip
_TRADE: Final = (
    "trade", "trade_share", "trade_delayed", "trade_cut_off", "goods_days", "trade_unreached",
    "left_out", "by_land", "emissions", "emissions_most", "emissions_before", "emissions_after",
)  # fmt: skip
_UNBOUND: Final = (
    "bound", "overhang", "trade", "coverage_trade", "tariff_trade", "bound_trade", "overhang_trade",
)  # fmt: skip
_SAVED: Final = ("days_saved", "trade", "worth", "worth_share", "share", "rents")
_MAY_LACK: Final = (
    {("scores", column) for column in ("score", "rank", "rank_low", "rank_high")}
    | {("components", column) for column in ("value", "score")}
    | {("sensitivity", column) for column in ("mean_change", "most_change")}
    | {("quantiles", column) for column in ("mean", "q05", "q25", "q50", "q75", "q95")}
    | {(name, column) for name in ("routes", "legs") for column in _UNKNOWN}
    | {("distances", goal) for goal in (*GOALS, *_UNKNOWN)}
    | {("emissions", column) for column in _UNKNOWN}
    | {("flows", "ad_valorem"), ("exporters", "ad_valorem")}
    | {("regions", column) for column in ("years_left", "years_to_zero", "zero_year")}
    | {("chokepoints", "haul"), ("chokepoints", "beyond")}
    | {("regions", column) for column in ("first_order", "resources")}
    | {("basis", column) for column in ("elasticity", "day_value")}
    | {("flows", "expected"), ("basis", "covered"), ("years", "mean_trade"), ("years", "mean")}
    | {
        (name, column)
        for name in ("regions", "partners", "products", "groups", "basis", "lines", "links")
        for column in (*_UNBOUND, "deviation_trade")
    }
    | {
        (name, column)
        for name in ("regions", "products", "measures", "changes", "basis") for column in _SAVED
    }
    | {
        ("groups", column)
        for column in (
            "first_order", "production_before", "production", "consumption_before", "consumption",
        )
    }
    | {
        ("regions", column)
        for column in (
            "alone", "answered", "without", "club", "worth", "staying_out", "real_income",
        )
    }
    | {("ways", "others"), ("runs", "others")}
    | {("figures_of_stress", column) for column in ("before", "after")}
    | {("flows", "expected")}
    | {
        (name, column)
        for name in ("chokepoints", "detours", "cut_off", "basis") for column in _TRADE
    }
    | {
        (name, column)
        for name in ("exporters", "flows", "sectors")
        for column in ("ratio", "backward", "forward", "participation")
    }
)  # fmt: skip
"""Numbers that a sound result may lack: of days that never come, of ways that are not open, of
ships whose load or factor is unknown, of trade where the world has none, and shares of exports
where there are none; of the price of goods that are only weighed, of budgets that nobody uses up;
of tariffs that nothing binds.
"""

_MOST_LINES: Final = 4  # of the answer that stand unfolded
_MOST_SOURCES: Final = 400
_KINDS: Final = {"fact": say("fact"), "projection": say("projection")}


def document_of(
    result: Result, *, lang: str | None = None, places: Places | None = None
) -> dict[str, Any]:
    """Return the page of a result as plain data, in every language.

    Parameters
    ----------
    result
        Any result.
    lang
        Language shown first; None: the one that is spoken.
    places
        Names and places of regions; None: those that are built in.

    Returns
    -------
    dict
        The page, as `web/src/document.ts` describes it.
    """
    run = result.run
    design = DESIGNS.get(run.analysis, _PLAIN)
    faults = _faults(result)
    if faults:
        design = _PLAIN._replace(answer=lambda _: faults)
    world = run.world_name.partition(":")[0]
    products = product_names(world) if world in NAMES else {}
    labels = world_names(world) if world in NAMES else {}
    names = Names(products, places or default_places(), _named_regions(result), labels)
    blank = all(table.empty for table in result.tables.values())
    sections = [] if blank else design.sections(result, names)
    nothing = say("This result has no rows: there is nothing to draw.")
    if blank:
        sections = [words("nothing", say("Nothing to draw"), [nothing])]
    sections += scenario_sections(run)
    if design.method:
        sections.append(_method(design))
    sections += _sources(run, world)
    sections += default.tables(result)
    told = nothing if blank else design.answer(result)
    lead = "" if blank else design.lead(result, names)
    several = any("world" in table for table in result.tables.values())
    sections += again(run, several=several)
    spoken = lang or language()
    return {
        "version": 1,
        "lang": spoken if spoken in LANGUAGES else LANGUAGES[0],
        "title": _title(result),
        "subtitle": _subtitle(result, names, several=several),
        **_answer(told, lead, design.brief(result, names) if lead else [], names, several=several),
        "warnings": [in_both(recognised(warning)) for warning in dict.fromkeys(run.warnings)],
        "figures": [] if blank else design.cards(result, names),
        "sections": sections,
        "places": names.places.drawn(_regions(sections)),
        "footer": [
            in_both(say("Made by catenary {version}. This file holds everything it shows and asks "
                        "nothing of the network.", version=run.version or "–")),
            in_both(DISCLAIMER),
        ],
    }  # fmt: skip


def _faults(result: Result) -> str:
    """Return which numbers of a result are none, so that nothing can be made of it but tables."""
    told: list[str] = []
    if result.run.analysis == "compare":  # lacks what one of the two has not
        return ""
    for name, columns in result_columns(result.run.analysis).items():
        table = result.tables.get(name, pd.DataFrame())
        for column, about in columns.items():
            if (name, column) in _MAY_LACK or about.type != "number" or column not in table:
                continue
            wrong = int((~np.isfinite(table[column].to_numpy(float, na_value=np.nan))).sum())
            if wrong:
                told.append(f"{name}.{column} ({wrong:,})")
    if not told:
        return ""
    return say(
        "This result holds numbers that are missing or infinite, in {columns}. Nothing is "
        "concluded from it; its tables show what it holds.",
        columns=", ".join(told),
    )


def _named_regions(result: Result) -> frozenset[str]:
    """Return the ids of the regions that a result speaks of."""
    found: set[str] = set()
    for table in result.tables.values():
        for column in ("region", "partner", "origin", "destination", "exporter", "importer"):
            if column in table:
                found.update(coded(table[column])[1])
        if {"kind", "id"} <= set(table):
            found.update(table["id"][table["kind"] == "region"].astype(str))
    return frozenset(found)


def _title(result: Result) -> Text:
    what = title_of(result.run)
    if result.run.analysis == "routes" and not all(one.empty for one in result.tables.values()):
        return in_both(voyages.title(result))
    if result.run.analysis in ("stress", "ensemble"):
        told = (
            say("Stress test: {what}", what=what)
            if result.run.analysis == "stress"
            else say("Ensemble: {what}", what=what)
        )
        return in_both(told)
    if result.run.analysis == "counterfactual":
        return in_both(say("Who gains, who pays: {what}", what=what))
    if result.run.analysis == "cooperate":
        return in_both(say("Alone or together: {what}", what=what))
    return in_both(_TITLES.get(result.run.analysis, say("Result of {analysis}", analysis=what)))


def _subtitle(result: Result, names: Names, *, several: bool) -> Text:
    run = result.run
    name = names.run_in(run.world_name, several=several)
    days = run.options.get("days")
    if name and days:
        return in_both(say("World {world}, {days:,} days", world=name, days=days))
    return in_both(say("World {world}", world=name)) if name else ""


def _answer(
    told: str,
    lead: str,
    brief: list[tuple[str, list[str]]],
    names: Names,
    *,
    several: bool,
) -> dict[str, Any]:
    """Return the answer as the page shows it: headline, short answers, and the rest folded."""
    lines = _lines(told, names, several=several)
    first = [in_both(lead)] if lead else []
    if brief:
        answers = [
            {"name": in_both(name), "sentences": [in_both(one) for one in sentences]}
            for name, sentences in brief
        ]
        return {"headline": first, "answers": answers, "details": lines}
    lines = first + lines
    return {"headline": lines[:_MOST_LINES], "answers": [], "details": lines[_MOST_LINES:]}


def _lines(told: str, names: Names, *, several: bool) -> list[Text]:
    """Return the lines of the summary in every language; one line per world."""
    every = {}
    for name in LANGUAGES:
        text = in_language(names.told(told), name)
        if several:  # what is said of one world stands further in
            text = text.replace("\n  ", " " if name == "en" else "")
        every[name] = [line.strip() for line in text.splitlines()]
    if len({len(lines) for lines in every.values()}) > 1:
        return [in_both(told)]
    lines = [dict(zip(every, each, strict=True)) for each in zip(*every.values(), strict=True)]
    return [in_both(Named(line)) for line in lines]


def _method(design: Design) -> Section:
    paragraphs = [*design.method]
    if design.references:
        paragraphs += [say("References"), *design.references]
    return words("method", say("Method and references"), paragraphs, folded=True)


def _sources(run: Any, world: str) -> list[Section]:
    """Return where numbers are from: of the scenario, and of a built-in world."""
    cited: list[dict[str, Any]] = []
    for key in ("scenario", "measures"):
        given = run.options.get(key)
        cited += given.get("sources", ()) if isinstance(given, Mapping) else ()
    if world in NAMES:
        rows = sources(world).to_dict("records")
        cited += [{str(key): value for key, value in row.items()} for row in rows]
    assumed = [str(one.get("statement") or one.get("title")) for one in cited
               if one.get("kind") == "assumption"]  # fmt: skip
    found = []
    if assumed:
        found.append(words("assumptions", say("Assumptions"), [recognised(a) for a in assumed],
                           folded=True))  # fmt: skip
    told = [
        [_KINDS.get(str(one.get("kind")), _KINDS["fact"]), str(one.get("title") or one.get("id")),
         str(one.get("publisher") or ""), _year(one.get("published")), str(one.get("url") or "")]
        for one in cited if one.get("kind") != "assumption"
    ]  # fmt: skip
    if told:
        columns = [(say("kind"), ""), (say("title"), ""), (say("publisher"), ""), (say("year"), ""),
                   (say("address"), "")]  # fmt: skip
        found.append(
            told_table("sources", say("Sources"), columns, told[:_MOST_SOURCES], folded=True)
        )
    if not cited:
        lines = [say("This result does not say where the numbers of its world are from; "
                    "`catenary explain WORLD` does, where the world says it.")]  # fmt: skip
        found.append(words("sources", say("Sources"), lines, folded=True))
    return found


def _year(given: Any) -> str:
    """Return a year as one writes it, whatever a table made of it."""
    if isinstance(given, float):
        return f"{given:.0f}" if np.isfinite(given) else ""
    return str(given or "")


def _regions(sections: Sequence[Section]) -> list[str]:
    """Return every region that a map of the page shows."""
    found: dict[str, None] = {}
    for section in sections:
        for layer in section.get("layers", ()):
            found |= dict.fromkeys(layer["regions"])
        found |= dict.fromkeys(_regions(section.get("parts", ())))
    return list(found)
