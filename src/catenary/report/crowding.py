"""The page of congestion: where goods wait, how long, and what is full."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from catenary.languages import Message, clauses, say
from catenary.report.atsea import known, mark, sea_map, titled, vessel
from catenary.report.document import Section, bars, figure, told_table, words
from catenary.report.freightmap import (
    Ground,
    in_words,
    kind_of,
    lane_lines,
    mode_of,
    records,
    short,
    usd,
)
from catenary.report.tallies import views

if TYPE_CHECKING:
    from catenary.model import Result
    from catenary.report.naming import Names
    from catenary.report.tallies import View

__all__ = ["METHOD", "REFERENCES", "brief", "cards", "lead", "sections"]

METHOD: Final = (
    say(
        "Trade goes over lanes, passages, ports and borders by the ways that are best for it. In "
        "the equilibrium every tonne goes where it is best off, and delays grow as places fill "
        "up; in the optimum all together pay least (Frank-Wolfe). An exact answer carries as "
        "much as capacities allow at least cost, without delays, as a linear programme."
    ),
    say(
        "Load over capacity may exceed 1 where goods wait: what comes in a day is more than what "
        "the place can take without delay. What nobody gives a capacity never fills up."
    ),
)
"""How it is computed, in short."""

REFERENCES: Final = (
    (
        "Sheffi, Y. (1985). Urban Transportation Networks: Equilibrium Analysis with Mathematical "
        "Programming Methods. Prentice-Hall, Englewood Cliffs."
    ),
    (
        "Frank, M. & Wolfe, P. (1956). An algorithm for quadratic programming. Naval Research "
        "Logistics Quarterly 3, 95–110."
    ),
)
"""Where the method is from."""

_HOW: Final = {
    "equilibrium": say("every tonne goes the way that is best for itself"),
    "optimum": say("tonnes go such that all together pay least"),
    "exact": say("tonnes go as cheaply as capacities allow"),
}
_FULL: Final = 0.995
_BUSY: Final = 0.7
_BARS: Final = 15
_ROWS: Final = 40
_MARKS: Final = 30
_LEAST: Final = 1e-9
_SEEN: Final = 1e-3  # share of all waiting that is told
_MOSTLY: Final = 0.9
_TOLD: Final = 1e-6  # of trade: less is not told

Row = dict[str, Any]


def _waiting(view: View) -> list[Row]:
    """Return the places where a share of all waiting is that can be told, most first."""
    least = _SEEN * float(_basis(view)["waiting"])
    return [one for one in records(view["places"]) if one["waiting"] > max(least, _LEAST)]


def _full(view: View) -> list[Row]:
    rows = [one for one in records(view["places"]) if known(one["use"]) and one["use"] >= _FULL]
    return sorted(rows, key=lambda one: -float(one["use"]))


def _unknown(view: View) -> bool:
    """Return whether no place that anything goes through has a capacity."""
    return not any(one["flow"] > 0 and known(one["use"]) for one in records(view["places"]))


def _basis(view: View) -> Row:
    return records(view["basis"])[0]


def _load(one: Row) -> Message:
    """Return what passes, of what it can take, and how long it waits."""
    if not known(one["use"]):
        return say("{flow} t a day, no limit known", flow=short(one["flow"]))
    told = say(
        "{flow} of {capacity} t a day ({use:.0%})",
        flow=short(one["flow"]), capacity=short(one["capacity"]), use=one["use"],
    )  # fmt: skip
    if not one["delay"] > 0:
        return told
    return clauses([told, say("{days:,.2f} days of waiting", days=one["delay"])])


def lead(result: Result, names: Names) -> str:
    """Return where most waits, or what is full, or that nothing is."""
    view = views(result)[0]
    ground, waiting, full = Ground.of(view), _waiting(view), _full(view)
    if waiting:
        one = waiting[0]
        told = say(
            "Most waits at {place}: {use:.0%} of what it can take comes there, and each tonne "
            "waits {days:,.2f} days.",
            place=ground.place(one), use=one["use"], days=one["delay"],
        )  # fmt: skip
    elif full:
        told = say("Full: {which}.", which=in_words([ground.place(one) for one in full]))
    elif _unknown(view):
        told = say(
            "Where it fills up cannot be answered: this world knows no capacity of any port, "
            "passage or lane that is used."
        )
    else:
        told = say("Nothing fills up: no place has more to take than it can.")
    label = names.heading(view.label)
    return say("{label}: {text}", label=label, text=told) if label else told


def brief(result: Result, names: Names) -> list[tuple[str, list[str]]]:
    """Return how much is carried and how, where waiting is, and what stays behind."""
    found = []
    for view in views(result):
        basis, ground, waiting = _basis(view), Ground.of(view), _waiting(view)
        told: list[str] = [
            say(
                "{carried} t a day are carried; {how}.",
                carried=short(basis["carried"]), how=_HOW[str(basis["method"])],
            )
        ]  # fmt: skip
        if waiting:
            worst, share = list[str](), 0.0
            for one in waiting[:3]:
                if share < _MOSTLY:
                    worst.append(ground.place(one))
                    share += float(one["waiting"]) / float(basis["waiting"])
            told.append(
                say("{share:.0%} of all waiting is at {places}.", share=share,
                    places=in_words(worst))
            )  # fmt: skip
            cost = sum(float(one["delay_cost"]) for one in waiting)
            told.append(say("Waiting costs the goods {cost} a day.", cost=usd(cost)))
        if _unknown(view):
            told.append(
                say("To find where it fills up, give places, passages or lanes a capacity.")
            )
        if basis["left"] > _TOLD * basis["trade"]:
            told.append(
                say(
                    "{left} t a day ({share:.1%} of trade) stay behind.",
                    left=short(basis["left"]), share=basis["left"] / basis["trade"],
                )
            )  # fmt: skip
        found.append((names.heading(view.label), told))
    return found


def cards(result: Result, names: Names) -> list[dict[str, Any]]:
    """Return what is carried, how long it takes and waits, what that costs, and what is left."""
    found = []
    for view in views(result)[:2]:
        basis, note = _basis(view), names.world(view.label)
        found += [
            figure(say("carried"), basis["carried"], "t/day", note),
            figure(say("mean duration"), basis["duration"], "day", note),
            figure(say("of it waiting"), basis["delay"], "day", note),
            figure(say("mean freight"), basis["cost"], "USD/t", note),
            figure(say("full places"), len(_full(view)), "", note),
        ]
        if basis["left"] > _TOLD * basis["trade"]:
            found.append(figure(say("stays behind"), basis["left"], "t/day", note))
    return found


def sections(result: Result, names: Names) -> list[Section]:
    """Return map, waits, full places, modes, what stays behind, and how sure it is."""
    found: list[Section] = []
    for number, view in enumerate(views(result)):
        after = f"-{number}" if number else ""
        made = [
            _map(f"map{after}", view),
            _bars(f"waiting{after}", view),
            _places(f"places{after}", view),
            _modes(f"modes{after}", view),
            _unserved(f"unserved{after}", view, names),
            _sure(f"sure{after}", view),
        ]
        found += titled([section for section in made if section], names.world(view.label))
    return found


def _style(one: Row) -> str:
    if not one["flow"] > 0 and not known(one["use"]):
        return ""
    use = float(one["use"]) if known(one["use"]) else 0.0
    return "full" if use >= _FULL else "busy" if use >= _BUSY else "free"


def _map(place: str, view: View) -> Section | None:
    """Return lanes by load over capacity, and passages and facilities that have one."""
    rows, ground = records(view["places"]), Ground.of(view)
    lanes = [one for one in rows if one["what"] == "lane"]
    lanes.sort(key=lambda one: (-float(one["use"] if known(one["use"]) else 0), -one["flow"]))
    lines = lane_lines(lanes, ground, _style, _load)
    points = [one for one in rows if one["what"] != "lane" and known(one["use"])]
    points = sorted(points, key=lambda one: (-one["waiting"], -one["use"]))[:_MARKS]
    most = max((float(one["waiting"]) for one in points), default=0.0)
    marks, number = [], 0
    for one in points:
        at = ground.spot(str(one["place"]))
        if at:
            number += 1
            kind = "passage" if one["what"] == "passage" else "port"
            size = float(one["waiting"]) / most if most > 0 else min(float(one["use"]), 1.0)
            marks.append(
                mark(at, kind, note=_load(one), number=number, size=size,
                     strong=one["use"] >= _FULL)
            )  # fmt: skip
    ends = dict.fromkeys(
        str(one[end]) for one in lanes for end in ("origin", "destination") if _style(one)
    )
    marked = {one["place"] for one in points}
    spots = [ground.spot(label) for label in ends if label not in marked]
    marks += [mark(at, "end") for at in spots[:_MARKS] if at]
    if not lines and not marks:
        return None
    full = _full(view)
    alt = (
        say(
            "Map of the network: {count} places are full, {place} most, at {use:.0%} of its "
            "capacity.",
            count=len(full), place=ground.place(full[0]), use=full[0]["use"],
        )
        if full
        else say("Map of the network: no capacity is known.")
        if _unknown(view)
        else say("Map of the network: no place is full.")
    )  # fmt: skip
    note = say(
        "Discs: passages; squares: facilities. The larger, the more waits there; dark where more "
        "comes than they can take. Lines join the ends of lanes and do not show where they run."
    )
    key = {
        "full": say("full: 100% of capacity or more"),
        "busy": say("busy: from 70%"),
        "free": say("less, or no limit known"),
    }
    return sea_map(place, say("Load over capacity"), lines, marks, alt=alt, key=key, note=note)


def _bars(place: str, view: View) -> Section | None:
    rows, ground = _waiting(view)[:_BARS], Ground.of(view)
    if not rows:
        return None
    told = [{"name": ground.place(one), "value": one["delay"], "note": _load(one)} for one in rows]
    alt = say(
        "Bars of {count} places by the days that a tonne waits; most goods wait at {place}.",
        count=len(rows), place=ground.place(rows[0]),
    )  # fmt: skip
    note = say("Days that each tonne waits there; first where most goods wait.")
    return bars(place, say("Where goods wait"), told, unit="day", alt=alt, note=note)


def _places(place: str, view: View) -> Section | None:
    rows = [one for one in records(view["places"]) if known(one["use"])][:_ROWS]
    if not rows:
        return None
    ground = Ground.of(view)
    priced = any(known(one["price"]) for one in rows)
    columns = [
        (say("place"), ""), (say("kind"), ""), (say("flow"), "t/day"), (say("capacity"), "t/day"),
        (say("load over capacity"), "share"), (say("days of waiting"), "day"),
        (say("goods that wait"), "t"), (say("cost of waiting"), "USD/day"),
        *([(say("one more t/day saves"), "USD/day")] if priced else []),
    ]  # fmt: skip
    cells = [
        [ground.place(one), kind_of(str(one["kind"])), one["flow"], one["capacity"], one["use"],
         one["delay"], one["waiting"], one["delay_cost"], *([one["price"]] if priced else [])]
        for one in rows
    ]  # fmt: skip
    return told_table(place, say("Places with a capacity"), columns, cells)


def _modes(place: str, view: View) -> Section | None:
    rows = [one for one in records(view["modes"]) if one["loaded"] > 0]
    if not rows:
        return None
    columns = [
        (say("mode"), ""), (say("loaded"), "t/day"), (say("activity"), "t-km/day"),
        (say("share of activity"), "share"), (say("freight"), "USD/day"),
        (say("emissions"), "t CO2e/day"),
    ]  # fmt: skip
    cells = [
        [mode_of(str(one["mode"])), one["loaded"], one["activity"], one["share"], one["cost"],
         one["emissions"]]
        for one in rows
    ]  # fmt: skip
    note = say("A tonne that takes three lanes of a mode is loaded three times.")
    return told_table(place, say("What each mode carries"), columns, cells, note=note)


def _unserved(place: str, view: View, names: Names) -> Section | None:
    rows = records(view["unserved"])
    if not rows:
        return None
    why = {
        "no place": say("no place to begin or end"),
        "no way": say("no way"),
        "no way or no capacity": say("no way or no capacity"),
    }
    columns = [
        (say("from"), ""), (say("to"), ""), (say("product"), ""), (say("stays behind"), "t/day"),
        (say("share of trade"), "share"), (say("why"), ""),
    ]  # fmt: skip
    cells = [
        [names.region(str(one["origin"])), names.region(str(one["destination"])),
         names.product(str(one["product"])), one["amount"], one["share"],
         why.get(str(one["why"]), str(one["why"]))]
        for one in rows[:_ROWS]
    ]  # fmt: skip
    return told_table(place, say("What stays behind"), columns, cells)


def _sure(place: str, view: View) -> Section:
    """Return how near the flows are to the best, and what they rest on."""
    basis = _basis(view)
    told: list[str] = []
    if known(basis["gap"]):
        told.append(
            say(
                "After {rounds} rounds what the search makes least is at most {gap:.3%} above its "
                "least value: the duality gap.",
                rounds=int(basis["rounds"]), gap=basis["gap"],
            )
        )  # fmt: skip
    else:
        told.append(say("The programme is solved to the end: no other flows are cheaper."))
    if isinstance(basis["vessel"], str) and basis["vessel"]:
        told.append(say("Ships at sea: {vessel}.", vessel=vessel(basis["vessel"])))
    if basis["local"] > _TOLD * basis["trade"]:
        told.append(
            say("{local} t a day begin and end at the same place and need no transport.",
                local=short(basis["local"]))
        )  # fmt: skip
    return words(place, say("How sure this is"), told)
