"""From a result to a page: what every report has, around what an analysis adds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from catenary.languages import LANGUAGES, Named, in_language, language, recognised, say
from catenary.model.schema import result_columns
from catenary.report import default, hauls, voyages
from catenary.report.designs import MAY_LACK, PLAIN, TITLES, design_of
from catenary.report.document import Section, Text, in_both, told_table, words
from catenary.report.naming import Names
from catenary.report.places import DISCLAIMER, Places, default_places
from catenary.report.reproducing import again, scenario_sections, title_of
from catenary.report.tallies import coded
from catenary.worlds import NAMES, product_names, sources, world_names

if TYPE_CHECKING:
    from collections.abc import Sequence

    from catenary.model import Result
    from catenary.report.designs import Design

__all__ = ["document_of"]


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
    design = design_of(result)
    faults = _faults(result)
    if faults:
        design = PLAIN._replace(answer=lambda _: faults)
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
        "warnings": [in_both(_warning(one, names)) for one in dict.fromkeys(run.warnings)],
        "figures": [] if blank else design.cards(result, names),
        "sections": sections,
        "places": names.places.drawn(_regions(sections)),
        "footer": [
            in_both(say("Made by catenary {version}. This file holds everything it shows and asks "
                        "nothing of the network.", version=run.version or "–")),
            in_both(DISCLAIMER),
        ],
    }  # fmt: skip


def _warning(text: str, names: Names) -> str:
    """Return a warning with the name of its world for the label, if it is of one of several."""
    label, mark, rest = text.partition(": ")
    if not mark or label not in names.worlds:
        return recognised(text)
    return say("{label}: {text}", label=names.heading(label), text=recognised(rest))


def _faults(result: Result) -> str:
    """Return which numbers of a result are none, so that nothing can be made of it but tables."""
    told: list[str] = []
    if result.run.analysis == "compare":  # lacks what one of the two has not
        return ""
    for name, columns in result_columns(result.run.analysis).items():
        table = result.tables.get(name, pd.DataFrame())
        for column, about in columns.items():
            if (name, column) in MAY_LACK or about.type != "number" or column not in table:
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
    if result.run.analysis == "cooperate" and not result.run.options.get("scenario"):
        what = str(result.run.options.get("product") or what)
    if result.run.analysis == "routes" and not all(one.empty for one in result.tables.values()):
        return in_both(voyages.title(result))
    if result.run.analysis == "modes" and len(result.tables["modes"]):
        return in_both(hauls.title(result))
    named = {
        "stress": say("Stress test: {what}", what=what),
        "ensemble": say("Ensemble: {what}", what=what),
        "counterfactual": say("Who gains, who pays: {what}", what=what),
        "cooperate": say("Alone or together: {what}", what=what),
    }
    if result.run.analysis in named:
        return in_both(named[result.run.analysis])
    return in_both(TITLES.get(result.run.analysis, say("Result of {analysis}", analysis=what)))


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
