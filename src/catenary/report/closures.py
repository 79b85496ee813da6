"""The page of chokepoints: which closures do most, and the ways round them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from catenary.languages import Message, clauses, joined, say
from catenary.report.atsea import (
    GOALS,
    called,
    known,
    leg,
    mark,
    passages_of,
    sea_map,
    spot,
    through,
    titled,
    vessel,
)
from catenary.report.detours import detours
from catenary.report.document import Section, bars, figure, told_table
from catenary.report.tallies import views

if TYPE_CHECKING:
    from catenary.model import Result
    from catenary.report.detours import Closure
    from catenary.report.naming import Names
    from catenary.report.tallies import View

__all__ = ["METHOD", "REFERENCES", "brief", "cards", "lead", "sections"]

METHOD: Final = (
    say(
        "Ships sail from port to port by the route that is best by one measure. A closed passage "
        "is a real cut: what used it takes the best route that is left, goes by other ports of the "
        "same country, or has no route."
    ),
    say(
        "The effect of a closure is how much more all journeys take of what routes are best by. "
        "Where the world has trade, journeys weigh what is traded, and one that is cut off counts "
        "as much again as the longest one; else each pair of ports counts once, and those that "
        "are cut off are counted apart."
    ),
    say(
        "Lines on the maps are the shortest ways through the passages that the table names, found "
        "again for the page."
    ),
)
"""How it is computed, in short."""

REFERENCES: Final = (
    (
        "Rodrigue, J.-P. (2004). Straits, passages and chokepoints: a maritime geostrategy of "
        "petroleum distribution. Cahiers de géographie du Québec 48(135), 357–374."
    ),
)
"""Where the method is from."""

_LEAST: Final = 1e-9
_BARS: Final = 15
_PORTS: Final = 8  # on the map
_PAIRS: Final = 20
_TOLD: Final = 40  # journeys and ports in a table

Row = dict[str, Any]


def _rows(view: View, table: str) -> list[Row]:
    return [{str(k): v for k, v in row.items()} for row in view[table].to_dict("records")]


def _worst(view: View, kind: str, by: str = "effect") -> list[Row]:
    rows = [one for one in _rows(view, "chokepoints") if one["kind"] == kind and one[by] > _LEAST]
    return sorted(rows, key=lambda one: -float(one[by]))


def _share(one: Row) -> float:
    return float(one["trade_share"] if known(one["trade_share"]) else one["share"])


def _does(one: Row) -> Message:
    """Return what a closure does: who uses it, who goes round and how far, who is cut off."""
    parts: list[str] = [
        say("{share:.1%} of trade use it", share=_share(one))
        if known(one["trade_share"])
        else say("{share:.1%} of journeys use it", share=_share(one))
    ]
    if one["detoured"] > 0:
        parts.append(
            say(
                "{count:,} take {distance:+,.0f} km and {days:+.1f} days on average",
                count=int(one["detoured"]),
                distance=one["distance"],
                days=one["duration"],
            )
        )
    if one["cut_off"] > 0:
        parts.append(say("{count:,} are cut off", count=int(one["cut_off"])))
    return clauses(parts)


def lead(result: Result, names: Names) -> str:
    """Return which passage does most when it is closed."""
    view = views(result)[0]
    worst = _worst(view, "passage") or _worst(view, "port")
    if not worst:
        return say("No closure changes any journey.")
    told = say(
        "Closing one passage, {name} does most: {text}.",
        name=called(str(worst[0]["closed"])), text=_does(worst[0]),
    )  # fmt: skip
    label = names.heading(view.label)
    return say("{label}: {text}", label=label, text=told) if label else told


def brief(result: Result, names: Names) -> list[tuple[str, list[str]]]:
    """Return what was looked at, what is cut off, the worst port and the worst pair."""
    found = []
    for view in views(result):
        basis = _rows(view, "basis")[0]
        told: list[str] = [
            say(
                "{journeys:,} journeys between {ports} ports by {vessel}, each on the route that "
                "is best by {by}.",
                journeys=int(basis["journeys"]), ports=int(basis["ports"]),
                vessel=vessel(str(basis["vessel"])),
                by=GOALS.get(str(basis["by"]), str(basis["by"])),
            )
        ]  # fmt: skip
        cut = [one for one in _rows(view, "chokepoints") if one["cut_off"] > 0]
        cut = [one for one in cut if one["kind"] == "passage"]
        if cut:
            which = joined([called(str(one["closed"])) for one in cut], say(", "))
            told.append(
                say(
                    "No route is left for some journeys where these are closed: {which}.",
                    which=which,
                )
            )
        ports = _worst(view, "port")
        if ports:
            told.append(
                say("Of ports, {name} does most: {text}.", name=called(str(ports[0]["closed"])),
                    text=_does(ports[0]))
            )  # fmt: skip
        pairs = _worst(view, "pair", "beyond")
        if pairs:
            told.append(
                say("Two passages that do more together than each alone: {pair}.",
                    pair=_pair(pairs[0]))
            )  # fmt: skip
        found.append((names.heading(view.label), told))
    return found


def cards(result: Result, names: Names) -> list[dict[str, Any]]:
    """Return how many ports and journeys there are, and how long these are."""
    found = []
    for view in views(result)[:2]:
        basis = _rows(view, "basis")[0]
        note = names.world(view.label)
        found += [
            figure(say("journeys"), basis["journeys"], "", note),
            figure(say("mean distance"), basis["distance"], "km", note),
            figure(say("mean duration"), basis["duration"], "day", note),
        ]
        if known(basis["trade"]):
            found.append(figure(say("trade by sea"), basis["trade"], str(basis["unit"]), note))
    return found


def sections(result: Result, names: Names) -> list[Section]:
    """Return map, ranked passages and ports, detours, pairs, and what is cut off."""
    found: list[Section] = []
    for number, view in enumerate(views(result)):
        after = f"-{number}" if number else ""
        made = [
            _map(f"map{after}", view),
            _bars(f"passages{after}", say("Passages: what closing each does"), view, "passage"),
            *_detours(f"detours{after}", view),
            _bars(f"ports{after}", say("Ports: what closing each does"), view, "port"),
            _pairs(f"pairs{after}", view),
            _journeys(f"journeys{after}", view),
            _cut_off(f"cut-off{after}", view, names),
        ]
        found += titled([section for section in made if section], names.world(view.label))
    return found


# --- maps -----------------------------------------------------------------------------------------


def _map(place: str, view: View) -> Section | None:
    """Return passages and the worst ports as marks by effect."""
    passages, ports = _worst(view, "passage"), _worst(view, "port")[:_PORTS]
    most = max((float(one["effect"]) for one in [*passages, *ports]), default=0.0)
    marks = []
    for kind, rows in (("passage", passages), ("port", ports)):
        for number, one in enumerate(rows, 1):
            at = spot(str(one["closed"]))
            if at:
                marks.append(
                    mark(
                        at, kind, note=_does(one), size=float(one["effect"]) / most,
                        number=number if kind == "passage" else None,
                    )
                )  # fmt: skip
    if not marks:
        return None
    alt = say(
        "Map of the sea with {count} passages by effect. The largest mark is {name}.",
        count=len(passages), name=called(str((passages or ports)[0]["closed"])),
    )  # fmt: skip
    note = say(
        "Discs: passages, by rank. Squares: the worst ports. The larger, the more all journeys "
        "take when it is closed."
    )
    title = say("Where the sea is narrow")
    return sea_map(place, title, [], marks, alt=alt, key={}, note=note)


def _detours(place: str, view: View) -> list[Section]:
    """Return a map of the detours of each of the worst closures."""
    made = []
    for number, closure in enumerate(detours(view["chokepoints"], view["detours"]), 1):
        which = joined([called(label) for label in closure.passages], say(" or "))
        made.append(_detour(f"{place}-{number}", which, closure))
    return made


def _detour(place: str, which: Message, closure: Closure) -> Section:
    lines: dict[str, list[Row]] = {"before": [], "after": []}
    ends: dict[str, None] = {}
    for one in closure.detours:
        row = one.row
        ends |= dict.fromkeys((str(row["origin"]), str(row["destination"])))
        for when, points in (("before", one.before), ("after", one.after)):
            labels = passages_of(str(row[f"passages_{when}"]), ";")
            text = say(
                "{distance:,.0f} km, {days:.1f} days, {way}",
                distance=row[f"distance_{when}"], days=row[f"duration_{when}"],
                way=through(labels, short=True),
            )  # fmt: skip
            name = _journey(row)
            told = (
                say("{journey}, before", journey=name)
                if when == "before"
                else say("{journey}, detour", journey=name)
            )
            lines[when].append({"style": when, "legs": [leg(told, text, points)]})
    marks = [mark(at, "end") for label in ends if (at := spot(label))]
    marks += [mark(at, "closed") for label in closure.passages if (at := spot(label))]
    worst = closure.detours[0].row
    alt = say(
        "Map of {count} journeys before and after {which} is closed. {journey} takes "
        "{after:,.0f} km instead of {before:,.0f} km.",
        count=len(closure.detours), which=which, journey=_journey(worst),
        after=worst["distance_after"], before=worst["distance_before"],
    )  # fmt: skip
    return sea_map(
        place,
        say("Detours: {which} closed", which=which),
        [*lines["after"], *lines["before"]],
        marks,
        alt=alt,
        key={"before": say("before"), "after": say("detour")},
        note=say("The journeys that it changes most; the table below has their figures."),
    )


def _journey(row: Row) -> Message:
    return say(
        "{origin} – {destination}",
        origin=called(str(row["origin"])), destination=called(str(row["destination"])),
    )  # fmt: skip


# --- lists and tables -----------------------------------------------------------------------------


def _bars(place: str, title: Message, view: View, kind: str) -> Section | None:
    worst = _worst(view, kind)
    if not worst:
        return None
    rows = []
    for number, one in enumerate(worst[:_BARS], 1):
        name = called(str(one["closed"]))
        if kind == "passage":
            name = say("{number}. {name}", number=number, name=name)
        rows.append({"name": name, "value": one["effect"], "note": _does(one)})
    alt = say("Bars of {count} closures by effect, the worst first.", count=len(rows))
    note = say(
        "How much more all journeys take together; with trade a journey cut off counts as much "
        "again as the longest, without it is not in the bars."
    )
    return bars(place, title, rows, unit="share", alt=alt, note=note)


def _second(one: Row) -> str:
    return one["second"] if isinstance(one["second"], str) else ""


def _pair(one: Row) -> Message:
    return joined([called(str(one[part])) for part in ("closed", "second")], say(" and "))


def _pairs(place: str, view: View) -> Section | None:
    worst = _worst(view, "pair", "beyond")
    if not worst:
        return None
    columns = [
        (say("passages"), ""), (say("effect"), "share"), (say("beyond the sum of either"), "share"),
        (say("journeys"), "number"), (say("go round"), "number"), (say("cut off"), "number"),
        (say("mean extra distance"), "km"), (say("mean extra days"), "day"),
    ]  # fmt: skip
    rows = [
        [_pair(one), *(one[name] for name in ("effect", "beyond", "journeys", "detoured",
                                              "cut_off", "distance", "duration"))]
        for one in worst[:_PAIRS]
    ]  # fmt: skip
    note = say(
        "Pairs of passages that, closed together, do more than the sum of what either does alone."
    )
    return told_table(place, say("Two passages closed at once"), columns, rows, note=note)


def _journeys(place: str, view: View) -> Section | None:
    """Return the journeys that the worst closures change most, before and after."""
    ranked = [str(one["closed"]) for one in _worst(view, "passage") if one["detoured"] > 0]
    table = [one for one in _rows(view, "detours") if not _second(one)]
    chosen = [one for label in ranked for one in table if one["closed"] == label][:_TOLD]
    if not chosen:
        return None
    columns = [
        (say("closed"), ""), (say("journey"), ""), (say("before"), "km"), (say("detour"), "km"),
        (say("days before"), "day"), (say("days of the detour"), "day"), (say("new way"), ""),
    ]  # fmt: skip
    rows = [
        [called(str(one["closed"])), _journey(one), one["distance_before"], one["distance_after"],
         one["duration_before"], one["duration_after"],
         through(passages_of(str(one["passages_after"]), ";"))]
        for one in chosen
    ]  # fmt: skip
    return told_table(place, say("Journeys that change most"), columns, rows)


def _cut_off(place: str, view: View, names: Names) -> Section | None:
    rows = _rows(view, "cut_off")
    if not rows:
        return None
    traded = any(known(one["trade"]) for one in rows)
    columns = [
        (say("closed"), ""), (say("port"), ""), (say("region"), ""),
        (say("ports it cannot reach any more"), "number"), (say("share of them"), "share"),
        *([(say("trade"), "number")] if traded else []),
    ]  # fmt: skip
    cells = [
        [_closed(one), called(str(one["port"])), names.region(str(one["region"] or "")),
         one["journeys"], one["share"], *([one["trade"]] if traded else [])]
        for one in rows[:_TOLD]
    ]  # fmt: skip
    note = say("Ports that lose half of their journeys or more.")
    return told_table(place, say("Cut off"), columns, cells, note=note)


def _closed(one: Row) -> str:
    first = one["closed"] if isinstance(one["closed"], str) else ""
    named = [called(label) for label in (first, _second(one)) if label]
    return joined(named, say(" and ")) if named else say("nothing: cut off from the start")
