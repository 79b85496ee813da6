"""The page of upgrades: what to build in what order, what it saves, and what remains scarce."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from catenary.languages import Message, joined, say
from catenary.report.atsea import known, titled
from catenary.report.document import Section, bars, figure, told_table, words
from catenary.report.freightmap import (
    Ground,
    in_words,
    kind_of,
    records,
    short,
    usd,
)
from catenary.report.tallies import views
from catenary.report.upgrade_map import LEAST, measure_called, scarce_of, upgrade_map, where_of

if TYPE_CHECKING:
    from catenary.model import Result, Run
    from catenary.report.naming import Names
    from catenary.report.tallies import View

__all__ = ["METHOD", "REFERENCES", "brief", "cards", "lead", "sections"]

METHOD: Final = (
    say(
        "All trade is carried at least cost (freight, and the time of the goods) within the "
        "capacities of lanes, ports, borders and passages. What one more t/day of a place saves in "
        "a day is its dual price."
    ),
    say(
        "Each measure costs something once and adds capacity, opens what is closed, or cuts days "
        "and costs. The plan is the set of measures within the budget with which transport costs "
        "least: a mixed-integer programme that HiGHS solves. Measures that save nothing are left "
        "out, even where the budget would allow them."
    ),
    say(
        "The order is ours: first what saves most alone for its cost. What each measure then "
        "saves, those before it being built, adds up to what the plan saves."
    ),
)
"""How it is computed, in short."""

REFERENCES: Final = (
    (
        "Magnanti, T. L. & Wong, R. T. (1984). Network design and transportation planning: models "
        "and algorithms. Transportation Science 18(1), 1–55."
    ),
    (
        "Huangfu, Q. & Hall, J. A. J. (2018). Parallelizing the dual revised simplex method. "
        "Mathematical Programming Computation 10, 119–142."
    ),
)
"""Where the method is from."""

_SAME: Final = 1e-6  # share by which plan and bound may differ and count as one
_ROWS: Final = 40
_BARS: Final = 15
_YEAR: Final = 365

Row = dict[str, Any]


def _plan(view: View) -> Row:
    return records(view["plan"])[0]


def _chosen(view: View) -> list[Row]:
    """Return the measures of the plan, in the order of building."""
    rows = [one for one in records(view["measures"]) if one["chosen"]]
    return sorted(rows, key=lambda one: float(one["step"]))


def lead(result: Result, names: Names) -> str:
    """Return what to build, what that saves, and when it is paid back."""
    view = views(result)[0]
    told = _lead(view)
    label = names.heading(view.label)
    return say("{label}: {text}", label=label, text=told) if label else told


def _lead(view: View) -> Message:
    plan, chosen, scarce = _plan(view), _chosen(view), scarce_of(view)
    if chosen:
        return say(
            "Best for {spent}: {which}. That saves {saving} a day and is paid back in {days:,.0f} "
            "days.",
            which=in_words([measure_called(one) for one in chosen]), spent=usd(plan["spent"]),
            saving=usd(plan["saving"]), days=plan["payback"],
        ) if plan["payback"] >= 1 else say(
            "Best for {spent}: {which}. That saves {saving} a day and is paid back within a day.",
            which=in_words([measure_called(one) for one in chosen]), spent=usd(plan["spent"]),
            saving=usd(plan["saving"]),
        )  # fmt: skip
    if len(view["measures"]) and not plan["budget"] > 0:
        return say("No budget is given, so that no measure is taken: give one with --budget.")
    if len(view["measures"]):
        return say("No measure within {budget} saves anything.", budget=usd(plan["budget"]))
    if scarce:
        return say(
            "More capacity is worth most at {place}: one more t/day saves {price} a day.",
            place=Ground.of(view).place(scarce[0]), price=usd(scarce[0]["price"]),
        )  # fmt: skip
    return say("No capacity is scarce: one more unit anywhere saves nothing.")


def brief(result: Result, names: Names) -> list[tuple[str, list[str]]]:
    """Return what is scarce before and after, what stays behind, and how sure the plan is."""
    found = []
    for view in views(result):
        plan, ground, told = _plan(view), Ground.of(view), list[str]()
        before, after, chosen = scarce_of(view), scarce_of(view, "price_after"), _chosen(view)
        if before and (chosen or len(view["measures"])):
            told.append(
                say(
                    "More capacity is worth most at {place}: one more t/day saves {price} a day.",
                    place=ground.place(before[0]), price=usd(before[0]["price"]),
                )
            )  # fmt: skip
        if chosen and before:
            told.append(
                say("Still scarce after the plan: {places}.",
                    places=in_words([ground.place(one) for one in after]))
                if after
                else say("After the plan nothing is scarce any more.")
            )  # fmt: skip
        if plan["left_before"] > LEAST:
            told.append(
                say("{before} t a day stay behind before any measure, {after} after the plan.",
                    before=short(plan["left_before"]), after=short(plan["left_after"]))
            )  # fmt: skip
        told += _proof(plan)[:1]
        found.append((names.heading(view.label), told))
    return found


def _proof(plan: Row) -> list[str]:
    """Return how near the plan is to the best there could be."""
    if not known(plan["bound"]):
        return []
    if abs(plan["after"] - plan["bound"]) <= _SAME * max(1.0, abs(plan["bound"])):
        return [
            say("No plan within the budget does better: the programme is solved to the end."),
            say(
                "Transport costs {after} a day with the plan; the least that any plan within the "
                "budget could reach is {bound} (gap {gap:.2%}).",
                after=usd(plan["after"]), bound=usd(plan["bound"]),
                gap=abs(plan["after"] - plan["bound"]) / max(1.0, abs(plan["bound"])),
            ),
        ]  # fmt: skip
    return [
        say(
            "It is not proven that no plan is better: together the measures do something else "
            "than each alone. The programme expected {bound} a day; measured with all of them it "
            "is {after}.",
            bound=usd(plan["bound"]), after=usd(plan["after"]),
        )
    ]  # fmt: skip


def cards(result: Result, names: Names) -> list[dict[str, Any]]:
    """Return what the plan saves and costs, when it is paid back, and what remains scarce."""
    found = []
    for view in views(result)[:2]:
        plan, note = _plan(view), names.world(view.label)
        scarce = len(scarce_of(view))
        if len(view["measures"]):
            budget = say("of {budget}", budget=usd(plan["budget"]))
            found += [
                figure(say("saved"), plan["saving"], "USD/day", note),
                figure(say("spent"), plan["spent"], "USD", budget),
                figure(say("paid back after"), plan["payback"], "day", note),
                figure(
                    say("still scarce after the plan"), len(scarce_of(view, "price_after")), "",
                    say("of {count} before", count=scarce),
                ),
            ]  # fmt: skip
            if plan["co2e"] > 0:
                found.append(figure(say("emitted by building"), plan["co2e"], "t CO2e", note))
        else:
            found += [
                figure(say("transport costs"), plan["before"], "USD/day", note),
                figure(say("scarce places"), scarce, "", note),
            ]
        if plan["left_before"] > LEAST:
            found.append(
                figure(say("stays behind"), plan["left_after"], "t/day",
                       say("{before} before", before=short(plan["left_before"])))
            )  # fmt: skip
    return found


def sections(result: Result, names: Names) -> list[Section]:
    """Return map, plan, what each measure is worth, what is scarce, and how sure it is."""
    found: list[Section] = []
    for number, view in enumerate(views(result)):
        after = f"-{number}" if number else ""
        made = [
            upgrade_map(f"map{after}", view, result.run),
            _order(f"plan{after}", view, result.run),
            _bars(f"worth{after}", view),
            _scarcity(f"scarce{after}", view),
            _others(f"others{after}", view),
            _sure(f"sure{after}", view),
        ]
        found += titled([section for section in made if section], names.world(view.label))
    return found


# --- tables ---------------------------------------------------------------------------------------


def _does(one: Row, where: list[Row], ground: Ground) -> Message:
    """Return what a measure changes, where, and how."""
    table, _, column = str(one["target"]).partition(".")
    words_of = {
        "capacity": say("capacity, t/day"),
        "open": say("share that is open"),
        "duration": say("days"),
        "cost": say("USD a tonne"),
    }
    operation, _, value = str(one["change"]).partition(" ")
    sign = {"add": "+" if float(value) >= 0 else "−", "multiply": "×", "set": "="}[operation]
    number = f"{abs(float(value)) if operation == 'add' else float(value):g}"
    what = say(
        "{what} {sign} {number}", what=words_of.get(column, column), sign=sign, number=number
    )
    once = {str(row["place"]): row for row in reversed(where)}  # both ways of a lane are one
    told = [ground.place(row) if row["kind"] else ground.name(label) for label, row in once.items()]
    return joined([in_words(told) if told else table, what], say(": "))


def _order(place: str, view: View, run: Run) -> Section | None:
    rows = records(view["measures"])
    ground = Ground.of(view)
    done = sorted((n for n, one in enumerate(rows) if one["chosen"]), key=lambda n: rows[n]["step"])
    if not done:
        return None
    columns = [
        (say("order"), "number"), (say("measure"), ""), (say("what changes"), ""),
        (say("cost"), "USD"), (say("spent so far"), "USD"), (say("saves then"), "USD/day"),
        (say("saves alone"), "USD/day"), (say("paid back alone after, days"), "day"),
    ]  # fmt: skip
    cells, spent = [], 0.0
    for n in done:
        one = rows[n]
        spent += float(one["cost"])
        does = _does(one, where_of(view, run, n), ground)
        cells.append(
            [one["step"], measure_called(one), does, one["cost"], spent, one["saving"],
             one["alone"], one["payback"]]
        )  # fmt: skip
    plan = _plan(view)
    total = [None, say("in all"), "", plan["spent"], None, plan["saving"], None, plan["payback"]]
    note = say("Saves then: those above it being built; this adds up to what the plan saves.")
    made = told_table(place, say("What to build, in order"), columns, [*cells, total], note=note)
    *kept, last = made["rows"]
    return {**made, "rows": kept, "total": last}


def _bars(place: str, view: View) -> Section | None:
    """Return what each measure saves in a year for each USD that it costs."""
    rows = [one for one in records(view["measures"]) if one["alone"] > LEAST and one["cost"] > 0]
    rows = sorted(rows, key=lambda one: -float(one["alone"]) / float(one["cost"]))[:_BARS]
    if not rows:
        return None
    told = [
        {
            "name": measure_called(one),
            "value": one["alone"] / one["cost"] * _YEAR,
            "note": say("{cost}, saves {saving} a day alone; {state}", cost=usd(one["cost"]),
                        saving=usd(one["alone"]),
                        state=say("in the plan") if one["chosen"] else say("not in the plan")),
        }
        for one in rows
    ]  # fmt: skip
    alt = say(
        "Bars of {count} measures by what they save in a year for a USD; {name} saves most.",
        count=len(rows), name=measure_called(rows[0]),
    )  # fmt: skip
    note = say("What each saves alone in a year for each USD that it costs once.")
    return bars(place, say("What a USD saves"), told, unit="USD/year", alt=alt, note=note)


def _others(place: str, view: View) -> Section | None:
    """Return the measures that the plan does not have, and why."""
    plan = _plan(view)
    rows = [one for one in records(view["measures"]) if not one["chosen"]]
    if not rows:
        return None
    columns = [
        (say("measure"), ""), (say("cost"), "USD"), (say("saves alone"), "USD/day"),
        (say("paid back alone after, days"), "day"), (say("why not"), ""),
    ]  # fmt: skip
    cells = [
        [measure_called(one), one["cost"], one["alone"], one["payback"], _why(one, plan)]
        for one in sorted(rows, key=lambda one: -float(one["alone"]))[:_ROWS]
    ]
    return told_table(place, say("What the plan leaves out"), columns, cells)


def _why(one: Row, plan: Row) -> Message:
    if one["cost"] > plan["budget"]:
        return say("costs more than the whole budget")
    if not one["alone"] > LEAST:
        return say("saves nothing alone")
    if one["cost"] > plan["budget"] - plan["spent"]:
        return say("the budget is better spent on the plan")
    return say("saves nothing more beside the plan")


def _scarcity(place: str, view: View) -> Section | None:
    rows = [one for one in records(view["prices"])
            if one["price"] > LEAST or one["price_after"] > LEAST][:_ROWS]  # fmt: skip
    if not rows:
        return None
    ground, planned = Ground.of(view), bool(_chosen(view))
    columns = [
        (say("place"), ""), (say("kind"), ""), (say("flow"), "t/day"), (say("capacity"), "t/day"),
        (say("load over capacity"), "share"), (say("one more t/day saves"), "USD/day"),
        *([(say("after the plan"), "USD/day")] if planned else []),
    ]  # fmt: skip
    cells = [
        [ground.place(one), kind_of(str(one["kind"])), one["flow"], one["capacity"], one["use"],
         one["price"], *([one["price_after"]] if planned else [])]
        for one in rows
    ]  # fmt: skip
    note = say("Flow and capacity before any measure; what one more t/day saves is in a day.")
    return told_table(place, say("What is scarce, before and after"), columns, cells, note=note)


def _sure(place: str, view: View) -> Section:
    plan = _plan(view)
    told = _proof(plan)
    if not told:
        told = [say("No measures were offered, so that there is no plan.")]
    told.append(
        say("Costs and savings are those of one day as the world has it; growth of trade, building "
            "time and interest are not counted.")
    )  # fmt: skip
    return words(place, say("How sure this is"), told)
