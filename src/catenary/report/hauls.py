"""The page of modes: sea, rail, road, waterway and air from one place to another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from catenary.languages import Message, joined, say
from catenary.report.atsea import (
    known,
    leg,
    mark,
    passages_of,
    sea_map,
    summed,
    titled,
    vessel,
)
from catenary.report.document import Section, figure, in_both, told_table, words
from catenary.report.freightmap import Ground, in_words, leg_points, mode_of, records
from catenary.report.tallies import views

if TYPE_CHECKING:
    from catenary.model import Result, Run
    from catenary.report.naming import Names
    from catenary.report.tallies import View

__all__ = ["METHOD", "REFERENCES", "brief", "cards", "lead", "sections", "title"]

METHOD: Final = (
    say(
        "For each mode the best way there is by the chosen goal: by rail and waterway a truck "
        "brings goods to the terminal and from it, by sea and air they go to the port or airport "
        "by whatever is best. Changing mode and crossing borders take days and money of their own."
    ),
    say(
        "Ships take the lanes of the sea; rail and waterways have figures of their own, roads "
        "and air are great circles times a detour."
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

_STYLES: Final = ("sea", "rail", "waterway", "road", "air")
_GOALS: Final = {
    "generalised": say("freight and the time of the goods"),
    "cost": say("freight"),
    "duration": say("days"),
    "emissions": say("emissions"),
}

Row = dict[str, Any]


def _rows(view: View) -> list[Row]:
    return records(view["modes"])


def _legs(view: View, mode: str) -> list[Row]:
    return [one for one in records(view["legs"]) if one["mode"] == mode]


def _ends(view: View) -> tuple[str, str]:
    """Return the names of the places that goods leave and reach."""
    legs, ground = _legs(view, str(_rows(view)[0]["mode"])), Ground.of(view)
    return ground.name(str(legs[0]["origin"])), ground.name(str(legs[-1]["destination"]))


def _takes(one: Row) -> Message:
    if not known(one["emissions"]):
        return say("{days:,.1f} days and {cost:,.0f} USD a tonne", days=one["duration"],
                   cost=one["cost"])  # fmt: skip
    return say(
        "{days:,.1f} days, {cost:,.0f} USD and {emissions:,.0f} kg CO2e a tonne",
        days=one["duration"], cost=one["cost"], emissions=one["emissions"],
    )  # fmt: skip


def title(result: Result) -> str:
    """Return from where to where."""
    origin, destination = _ends(views(result)[0])
    return say("{origin} to {destination} by mode", origin=origin, destination=destination)


def lead(result: Result, names: Names) -> str:
    """Return the best mode and what it takes, and the quickest if that is another."""
    view = views(result)[0]
    rows = _rows(view)
    best, quick = rows[0], min(rows, key=lambda one: float(one["duration"]))
    origin, destination = _ends(view)
    goal = _GOALS[str(result.run.options.get("by", "generalised"))]
    told = say(
        "{origin} to {destination}: best by {goal} is {mode}, with {takes}.",
        origin=origin, destination=destination, goal=goal, mode=mode_of(str(best["mode"])),
        takes=_takes(best),
    )  # fmt: skip
    if quick["mode"] != best["mode"]:
        other = say(
            "Quickest is {mode}: {days:,.1f} days for {cost:,.0f} USD a tonne.",
            mode=mode_of(str(quick["mode"])), days=quick["duration"], cost=quick["cost"],
        )  # fmt: skip
        told = joined([told, other], " ")
    label = names.heading(view.label)
    return say("{label}: {text}", label=label, text=told) if label else told


def brief(result: Result, names: Names) -> list[tuple[str, list[str]]]:
    """Return the cheapest and the cleanest mode, and which borders and passages the best uses."""
    found = []
    for view in views(result):
        rows, ground = _rows(view), Ground.of(view)
        cheap = min(rows, key=lambda one: float(one["cost"]))
        told: list[str] = [
            say("Cheapest: {mode}, {cost:,.0f} USD a tonne.", mode=mode_of(str(cheap["mode"])),
                cost=cheap["cost"])
        ]  # fmt: skip
        emitting = [one for one in rows if known(one["emissions"])]
        if emitting:
            clean = min(emitting, key=lambda one: float(one["emissions"]))
            told.append(
                say("Least emissions: {mode}, {emissions:,.0f} kg CO2e a tonne.",
                    mode=mode_of(str(clean["mode"])), emissions=clean["emissions"])
            )  # fmt: skip
        for one in rows[:2]:
            passed = passages_of(str(one["passages"]), ";")
            if passed:
                told.append(
                    say("By {mode} it comes by {passages}.", mode=mode_of(str(one["mode"])),
                        passages=in_words([ground.name(p) for p in passed], 5))
                )  # fmt: skip
        found.append((names.heading(view.label), told))
    return found


def cards(result: Result, names: Names) -> list[dict[str, Any]]:
    """Return days, freight and emissions of the best mode."""
    found = []
    for view in views(result)[:2]:
        one = _rows(view)[0]
        by = say("by {mode}", mode=mode_of(str(one["mode"])))
        label = names.world(view.label)
        note = say("{label}: {text}", label=label, text=by) if label else by
        found += [
            figure(say("duration"), one["duration"], "day", note),
            figure(say("freight"), one["cost"], "USD/t", note),
            figure(say("emissions"), one["emissions"], "kg CO2e/t", note),
            figure(say("distance"), one["distance"], "km", note),
        ]
    return found


def sections(result: Result, names: Names) -> list[Section]:
    """Return map, modes side by side, cost against time, legs, and what it rests on."""
    found: list[Section] = []
    for number, view in enumerate(views(result)):
        after = f"-{number}" if number else ""
        made = [
            _map(f"map{after}", view),
            _modes(f"modes{after}", view),
            _points(f"points{after}", view),
            *_tables(after, view),
        ]
        found += titled([section for section in made if section], names.world(view.label))
    return [*found, _assumptions(result.run)]


# --- the map --------------------------------------------------------------------------------------


def _map(place: str, view: View) -> Section | None:
    rows, ground = _rows(view), Ground.of(view)
    lines: list[Row] = []
    for one in reversed(rows):
        legs = _legs(view, str(one["mode"]))
        drawn: list[tuple[str, Row]] = []
        for number, part in enumerate(legs, 1):
            points = leg_points(part, ground)
            if points:
                style = str(part["by"]) if part["by"] in _STYLES else "road"
                name = say("By {mode}, leg {leg}: {name}", mode=mode_of(str(one["mode"])),
                           leg=number, name=_stretch(part, ground))  # fmt: skip
                drawn.append((style, leg(name, _leg_takes(part), points)))
        lines += [{"style": style, "legs": [part]} for style, part in drawn]
    if not lines:
        return None
    origin, destination = _ends(view)
    alt = say(
        "Map of the ways from {origin} to {destination} by {modes}.",
        origin=origin, destination=destination,
        modes=in_words([mode_of(str(one["mode"])) for one in rows], 5),
    )  # fmt: skip
    note = say(
        "At sea the shortest way through the passages that the table names. On land lines join "
        "places and borders and do not show where roads and rails run."
    )
    key = {style: mode_of(style) for style in _STYLES}
    title = say("The ways on the map")
    return sea_map(place, title, lines, _marks(view, ground), alt=alt, key=key, note=note)


def _marks(view: View, ground: Ground) -> list[Row]:
    """Return both ends, the passages of all modes, and where mode changes."""
    first = _legs(view, str(_rows(view)[0]["mode"]))
    ends = [str(first[0]["origin"]), str(first[-1]["destination"])]
    found = [mark(at, "end") for label in ends if (at := ground.spot(label))]
    by: dict[str, list[str]] = {}
    hubs: dict[str, Row] = {}
    for one in records(view["legs"]):
        for label in ground.crossed(passages_of(str(one["passages"]), ";")):
            by.setdefault(label, []).append(str(one["mode"]))
        if one["by"] == "transfer":
            hubs.setdefault(str(one["origin"]), one)
    number = 0
    for label, users in by.items():
        at = ground.spot(label)
        if at:
            number += 1
            modes = in_words([mode_of(mode) for mode in dict.fromkeys(users)], 5)
            found.append(mark(at, "passage", note=say("by {mode}", mode=modes), number=number))
    for label, one in hubs.items():
        at = ground.spot(label)
        if at and label not in ends:
            note = say("Changing mode: {days:,.1f} days, {cost:,.0f} USD a tonne",
                       days=one["duration"], cost=one["cost"])  # fmt: skip
            found.append(mark(at, "port", note=note))
    return found


def _stretch(one: Row, ground: Ground) -> Message | str:
    ends = [ground.name(str(one[end])) for end in ("origin", "destination")]
    if ends[0] == ends[1] or one["by"] == "transfer":
        return say("{mode} in {place}", mode=mode_of(str(one["by"])), place=ends[0])
    return say(
        "{origin} – {destination}, {mode}", origin=ends[0], destination=ends[1],
        mode=mode_of(str(one["by"])),
    )  # fmt: skip


def _leg_takes(one: Row) -> Message:
    return say("{distance:,.0f} km, {takes}", distance=one["distance"], takes=_takes(one))


# --- tables ---------------------------------------------------------------------------------------


def _modes(place: str, view: View) -> Section:
    columns = [
        (say("mode"), ""), (say("distance"), "km"), (say("days"), "day"), (say("freight"), "USD/t"),
        (say("freight and time of the goods"), "USD/t"), (say("emissions"), "kg CO2e/t"),
        (say("borders on land"), "number"), (say("by"), ""),
    ]  # fmt: skip
    ground = Ground.of(view)
    cells = [
        [mode_of(str(one["mode"])), one["distance"], one["duration"], one["cost"],
         one["generalised"], one["emissions"], one["borders"],
         in_words([ground.name(p) for p in passages_of(str(one["passages"]), ";")])
         if one["passages"] else ""]
        for one in _rows(view)
    ]  # fmt: skip
    return told_table(place, say("Modes side by side"), columns, cells)


def _points(place: str, view: View) -> Section | None:
    rows = _rows(view)
    if len(rows) < 2:
        return None
    quick = min(rows, key=lambda one: float(one["duration"]))
    cheap = min(rows, key=lambda one: float(one["cost"]))
    told = [
        {
            "name": in_both(mode_of(str(one["mode"]))),
            "x": float(f"{one['duration']:.6g}"),
            "y": float(f"{one['cost']:.6g}"),
            "strong": not any(
                other["duration"] <= one["duration"] and other["cost"] <= one["cost"]
                and (other["duration"], other["cost"]) != (one["duration"], one["cost"])
                for other in rows
            ),
            "note": in_both(_takes(one)),
        }
        for one in rows
    ]  # fmt: skip
    alt = say(
        "Points by days and freight: {quick} is the quickest, {cheap} the cheapest.",
        quick=mode_of(str(quick["mode"])), cheap=mode_of(str(cheap["mode"])),
    )  # fmt: skip
    note = say("Filled: no other mode is both as quick and as cheap.")
    return {
        "kind": "points",
        "id": place,
        "title": in_both(say("Cost against time")),
        "note": in_both(note),
        "alt": in_both(alt),
        "x": {"name": in_both(say("duration")), "unit": "day"},
        "y": {"name": in_both(say("freight")), "unit": "USD/t"},
        "rows": told,
    }


def _tables(after: str, view: View) -> list[Section]:
    """Return the legs of each mode with their sum; those of all but the best folded."""
    ground, found = Ground.of(view), []
    columns = [
        (say("leg"), "number"), (say("from and to"), ""), (say("distance"), "km"),
        (say("days"), "day"), (say("freight"), "USD/t"), (say("emissions"), "kg CO2e/t"),
    ]  # fmt: skip
    for number, one in enumerate(_rows(view)):
        mode = str(one["mode"])
        figures = ("distance", "duration", "cost", "emissions")
        cells = [
            [part["leg"], _stretch(part, ground), *(part[name] for name in figures)]
            for part in _legs(view, mode)
        ]
        cells.append([None, say("in all"), *(one[name] for name in figures)])
        title = say("Legs by {mode}", mode=mode_of(mode))
        made = told_table(f"legs-{mode}{after}", title, columns, cells, folded=number > 0)
        found.append(summed(made))
    return found


def _assumptions(run: Run) -> Section:
    options = run.options
    told: list[str] = [
        say("Best by: {goal}.", goal=_GOALS[str(options.get("by", "generalised"))]),
        say("A tonne of goods is worth {value:,.0f} USD, and a day costs {share:.1%} of that.",
            value=options.get("goods_value") or 0.0, share=options.get("value_of_time") or 0.0),
        say("Ships at sea: {vessel}.", vessel=vessel(str(options.get("vessel", "")))),
    ]  # fmt: skip
    for name, sentence in (
        ("closed", say("Closed: {value}.", value=options.get("closed"))),
        ("opened", say("Opened: {value}.", value=options.get("opened"))),
    ):
        if options.get(name):
            told.append(sentence)
    return words("rests", say("What this rests on"), told)
