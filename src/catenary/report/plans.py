"""The page of a plan: what to do, what it costs, what it saves, and how sure that is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from catenary.languages import Message, Named, joined, say
from catenary.report.atsea import known, titled
from catenary.report.document import Section, bars, figure, in_both, told_table, words
from catenary.report.freightmap import in_words, records, usd
from catenary.report.tallies import views
from catenary.studies.plan_words import amount, how_sure
from catenary.worlds.measures import catalogue

if TYPE_CHECKING:
    from catenary.model import Result
    from catenary.report.naming import Names
    from catenary.report.tallies import View

__all__ = ["METHOD", "REFERENCES", "brief", "cards", "lead", "sections"]

METHOD: Final = (
    say(
        "Every set of measures runs through the same scenarios of the stress engine, day by day: "
        "producers turn inputs into a product, keep stock, deliver by share and order back what "
        "they used. What is made small is the mean loss; where asked for, the mean of the worst "
        "cases and the price of the carbon that the measures emit count as well."
    ),
    say(
        "Where few sets can be paid for, each is tried. Else measures join one after another, the "
        "one that saves most for its cost first, or the one that saves most; of both the better is "
        "kept, and single measures are exchanged until nothing gets better. No set can beat the "
        "bound as long as measures save together no more than each apart."
    ),
    say(
        "Spent evenly: where measures come in parts each gets the same money, as far as whole "
        "parts go; where they come as a whole, as many are taken as the money pays for, the "
        "cheapest first. Fresh cases are drawn anew, or scenarios kept back, after the plan is "
        "chosen."
    ),
)
"""How it is computed, in short."""

REFERENCES: Final = (
    (
        "Nemhauser, G. L., Wolsey, L. A. & Fisher, M. L. (1978). An analysis of approximations for "
        "maximizing submodular set functions. Mathematical Programming 14, 265–294."
    ),
    (
        "Leskovec, J. et al. (2007). Cost-effective outbreak detection in networks. KDD '07, "
        "420–429."
    ),
    (
        "Rockafellar, R. T. & Uryasev, S. (2000). Optimization of conditional value-at-risk. "
        "Journal of Risk 2(3), 21–41."
    ),
)
"""Where the method is from."""

_ROWS: Final = 40
_BARS: Final = 15
_CASES: Final = 25
_LEAST: Final = 1e-12

Row = dict[str, Any]


def called(measure: str, names: Names) -> Message | str:
    """Return what a measure is called: of the built-in catalogue its title, and where."""
    kind, *places = measure.split(":")
    template = catalogue().templates.get(kind)
    if template is None or not places:
        return names.told(measure)
    title = Named({"en": template.title, "zh": template.zh or template.title})
    where = joined([_placed(one, names) for one in places], say("; "))
    return say("{title} ({where})", title=title, where=where)


def _placed(label: str, names: Names) -> str:
    """Return the name of a producer or product."""
    told = names.producer(label)
    return names.product(label) if told == label else told


class _Told:
    """The rows of one world that every part of the page needs."""

    def __init__(self, view: View) -> None:
        self.view = view
        self.proof = records(view["proof"])[0]
        self.unit = str(self.proof["unit"])
        plans = {str(one["plan"]): one for one in records(view["plans"])}
        self.chosen, self.even, self.nothing = plans["chosen"], plans["even"], plans["nothing"]
        self.steps = records(view["steps"])
        self.measures = records(view["measures"])

    def amount(self, value: float) -> Message:
        """Return a loss in words."""
        return amount(value, self.unit)

    @property
    def less(self) -> float:
        """Share of the mean loss that the plan takes away."""
        return self.chosen["saved"] / self.nothing["loss"] if self.nothing["loss"] > 0 else 0.0


def lead(result: Result, names: Names) -> str:
    """Return what to do, for how much, and what that saves."""
    view = views(result)[0]
    told, label = _lead(_Told(view), names), names.heading(view.label)
    return say("{label}: {text}", label=label, text=told) if label else told


def _lead(told: _Told, names: Names) -> Message:
    if not told.steps:
        return say("No measure within {budget} saves anything.", budget=usd(told.proof["budget"]))
    return say(
        "For {spent}: {which}. That takes away {share:.0%} of the mean loss.",
        spent=usd(told.proof["spent"]), share=told.less,
        which=in_words([called(str(one["measure"]), names) for one in told.steps]),
    )  # fmt: skip


def brief(result: Result, names: Names) -> list[tuple[str, list[str]]]:
    """Return what is left of the loss, beside the other plans, and how sure that is."""
    found = []
    for view in views(result):
        told = _Told(view)
        lines: list[str] = [
            say(
                "Without measures {nothing} are lost on average; spent evenly {even}; with the "
                "plan {chosen}.",
                nothing=told.amount(told.nothing["loss"]), even=told.amount(told.even["loss"]),
                chosen=told.amount(told.chosen["loss"]),
            ),
            say(
                "In the worst cases {worst} are left of {before}.",
                worst=told.amount(told.chosen["worst"]), before=told.amount(told.nothing["worst"]),
            ),
            how_sure(told.proof),
        ]  # fmt: skip
        if told.unit == "USD" and told.chosen["saved"] < told.proof["spent"] and told.steps:
            lines.append(
                say(
                    "On average that saves less than it costs: {saved} for {spent}. Losses are "
                    "those of one case, costs as the measures say.",
                    saved=told.amount(told.chosen["saved"]), spent=usd(told.proof["spent"]),
                )
            )  # fmt: skip
        found.append((names.heading(view.label), lines + _tried(told)))
    return found


def _tried(told: _Told) -> list[str]:
    fresh = records(told.view["fresh"])
    if not fresh:
        return []
    return [
        say(
            "In {cases:,} cases that it was not chosen for it is no worse than both in {better} of "
            "{sets} sets: {left} are lost, {nothing} without it, {even} spent evenly.",
            cases=told.proof["fresh"], better=sum(bool(one["better"]) for one in fresh),
            sets=len(fresh), left=told.amount(told.chosen["fresh_loss"]),
            nothing=told.amount(told.nothing["fresh_loss"]),
            even=told.amount(told.even["fresh_loss"]),
        )
    ]  # fmt: skip


def cards(result: Result, names: Names) -> list[dict[str, Any]]:
    """Return what it costs and saves, what the worst cases still cost, and how sure it is."""
    found = []
    for view in views(result)[:2]:
        told, note = _Told(view), names.world(view.label)
        fresh = records(view["fresh"])
        found += [
            figure(say("spent"), told.proof["spent"], "USD",
                   say("of {budget}", budget=usd(told.proof["budget"]))),
            figure(say("mean loss taken away"), told.less, "share", note),
            figure(say("left of the mean loss"), told.chosen["loss"], told.unit,
                   say("of {before}", before=told.amount(told.nothing["loss"]))),
            figure(say("left in the worst cases"), told.chosen["worst"], told.unit,
                   say("of {before}", before=told.amount(told.nothing["worst"]))),
        ]  # fmt: skip
        if told.chosen["co2e"] > 0:
            found.append(figure(say("emitted by the measures"), told.chosen["co2e"], "t CO2e"))
        if fresh:
            found.append(
                figure(say("fresh cases in which it wins"),
                       sum(bool(one["better"]) for one in fresh) / len(fresh), "share",
                       say("{count} sets of cases", count=len(fresh)))
            )  # fmt: skip
    return found


def sections(result: Result, names: Names) -> list[Section]:
    """Return what to do, what is left, what each measure is worth, the front, and how sure."""
    found: list[Section] = []
    for number, view in enumerate(views(result)):
        told, after = _Told(view), f"-{number}" if number else ""
        made = [
            _order(f"plan{after}", told, names),
            _left(f"left{after}", told),
            _front(f"front{after}", told, names),
            _worth(f"worth{after}", told, names),
            _helped(f"cases{after}", told, names),
            _others(f"others{after}", told, names),
            _sure(f"sure{after}", told),
        ]
        found += titled([section for section in made if section], names.world(view.label))
    return found


def _order(place: str, told: _Told, names: Names) -> Section | None:
    """Return the measures in the order in which to take them."""
    if not told.steps:
        return None
    changes = records(told.view["changes"])
    columns = [
        (say("order"), "number"), (say("measure"), ""), (say("what changes"), ""),
        (say("cost"), "USD"), (say("spent so far"), "USD"), (say("saves then"), told.unit),
        (say("mean loss left"), told.unit), (say("emits"), "t CO2e"),
    ]  # fmt: skip
    cells = [
        [one["step"], _share(called(str(one["measure"]), names), one["share"]),
         in_words([_does(c, names) for c in changes if c["measure"] == one["measure"]]),
         one["cost"], one["spent"], one["saves"], one["loss"], one["co2e"]]
        for one in told.steps
    ]  # fmt: skip
    saved = sum(float(one["saves"]) for one in told.steps if known(one["saves"]))
    total = [None, say("in all"), "", told.proof["spent"], None, saved, None, told.chosen["co2e"]]
    note = say("Saves then: those above it being taken; this adds up to what the plan saves.")
    made = told_table(place, say("What to do, in order"), columns, [*cells, total], note=note)
    *kept, last = made["rows"]
    return {**made, "rows": kept, "total": last}


def _share(name: str, share: float) -> Message | str:
    return name if share == 1 else say("{share:.0%} of {name}", share=share, name=name)


def _does(change: Row, names: Names) -> Message:
    """Return what one change does, and where."""
    words_of = {
        "products.stock_days": say("days of stock"),
        "producers.stock_days": say("days of stock"),
        "stocks.target_days": say("days of stock"),
        "producers.capacity": say("capacity"),
        "producers.protection": say("share of a loss averted"),
        "producers.recovery": say("time of recovery"),
        "supplies.share": say("share bought from there"),
        "recipes.criticality": say("output impossible without it"),
        "links.duration": say("days on the way"),
    }
    sign = {"add": "+", "multiply": "×", "set": "="}[str(change["operation"])]
    what = words_of.get(str(change["target"]), str(change["target"]))
    words = [word.strip() for word in str(change["where"]).split(";") if word.strip()]
    where = joined([_in(word, names) for word in words], say("; ")) if words else say("everywhere")
    return say("{where}: {what} {sign} {number:g}", where=where, what=what, sign=sign,
               number=change["number"])  # fmt: skip


def _in(word: str, names: Names) -> str:
    """Return one condition of a change in words; that of an id is the thing itself."""
    key, _, labels = word.partition(" ")
    each = [_placed(label.strip(), names) for label in labels.split(",")]
    told = in_words(each)
    return told if key == "id" else say("{key} {labels}", key=key, labels=told)


def _left(place: str, told: _Told) -> Section:
    """Return the loss that is left with each plan, on average and in the worst cases."""
    plans = (
        (told.nothing, say("without measures")), (told.even, say("spent evenly")),
        (told.chosen, say("the plan")),
    )  # fmt: skip
    rows: list[Row] = [
        {"name": say("{plan}, on average", plan=name), "value": one["loss"]} for one, name in plans
    ]
    rows += [
        {"name": say("{plan}, worst cases", plan=name), "value": one["worst"]}
        for one, name in plans
    ]
    if known(told.chosen["fresh_loss"]):
        rows += [
            {"name": say("{plan}, fresh cases", plan=name), "value": one["fresh_loss"]}
            for one, name in plans
        ]
    alt = say(
        "Bars of the loss that is left: {nothing} without measures, {even} spent evenly, {chosen} "
        "with the plan.",
        nothing=told.amount(told.nothing["loss"]), even=told.amount(told.even["loss"]),
        chosen=told.amount(told.chosen["loss"]),
    )  # fmt: skip
    return bars(place, say("What is left of the loss"), rows, unit=told.unit, alt=alt)


def _front(place: str, told: _Told, names: Names) -> Section | None:
    """Return what less or more money would do."""
    rows = records(told.view["front"])
    if len(rows) < 2:
        return None
    drawn = [
        {
            "name": in_both(_named(one, names)), "x": one["cost"], "y": one["value"],
            "strong": bool(one["chosen"]),
            "note": in_both(say("{cost}, {loss} lost on average", cost=usd(one["cost"]),
                                loss=told.amount(one["loss"]))),
        }
        for one in rows
    ]  # fmt: skip
    alt = say("{count} sets of measures by cost and by the loss that is left.", count=len(rows))
    return {
        "kind": "points", "id": place, "title": in_both(say("What more or less money would do")),
        "note": in_both(say("Sets that no other beats in cost, loss and carbon at once, of those "
                            "that were judged; the strong one is the plan.")),
        "alt": in_both(alt),
        "x": {"name": in_both(say("cost")), "unit": "USD"},
        "y": {"name": in_both(say("left to be made small")), "unit": told.unit},
        "rows": drawn,
    }  # fmt: skip


def _named(one: Row, names: Names) -> Message | str:
    members = [part for part in str(one["measures"]).split("; ") if part]
    if not members:
        return say("nothing")
    if one["chosen"]:
        return say("the plan")
    return in_words([called(member, names) for member in members], 2)


def _worth(place: str, told: _Told, names: Names) -> Section | None:
    """Return what each measure saves alone for a million USD."""
    rows = [one for one in told.measures if one["alone"] > _LEAST and one["cost"] > 0]
    rows = sorted(rows, key=lambda one: -float(one["alone"]) / float(one["cost"]))[:_BARS]
    if not rows:
        return None
    shown = [
        {
            "name": called(str(one["measure"]), names),
            "value": one["alone"] / one["cost"] * (1 if told.unit == "USD" else 1e6),
            "note": say("{cost}, saves {saving} alone; {state}", cost=usd(one["cost"]),
                        saving=told.amount(one["alone"]),
                        state=say("in the plan") if one["chosen"] else say("not in the plan")),
        }
        for one in rows
    ]  # fmt: skip
    alt = say("Bars of {count} measures by what they save alone for their cost; {name} saves most.",
              count=len(rows), name=called(str(rows[0]["measure"]), names))  # fmt: skip
    title = say("What a USD saves") if told.unit == "USD" else say("What a million USD saves")
    note = say("What each saves if nothing else is done, for what it costs.")
    return bars(place, title, shown, unit=told.unit, alt=alt, note=note)


def _helped(place: str, told: _Told, names: Names) -> Section | None:
    """Return what the plan does in the worst cases."""
    rows = records(told.view["scenarios"].head(_CASES))
    if not rows:
        return None
    columns = [
        (say("scenario"), ""), (say("without measures"), told.unit),
        (say("spent evenly"), told.unit), (say("with the plan"), told.unit),
        (say("taken away"), "share"),
    ]  # fmt: skip
    cells = [
        [names.told(str(one["scenario"])), one["nothing"], one["even"], one["chosen"],
         1 - one["chosen"] / one["nothing"] if one["nothing"] > 0 else 0.0]
        for one in rows
    ]  # fmt: skip
    note = say("The {shown} worst of {all:,} cases; what is uncertain is drawn anew in each.",
               shown=len(rows), all=told.proof["cases"])  # fmt: skip
    return told_table(place, say("What it does in the worst cases"), columns, cells, note=note)


def _others(place: str, told: _Told, names: Names) -> Section | None:
    """Return the measures that the plan does not have, and why."""
    rows = [one for one in told.measures if not one["chosen"]]
    if not rows:
        return None
    columns = [
        (say("measure"), ""), (say("cost"), "USD"), (say("saves alone"), told.unit),
        (say("would add to the plan"), told.unit), (say("why not"), ""),
    ]  # fmt: skip
    cells = [
        [
            called(str(one["measure"]), names),
            one["cost"],
            one["alone"],
            one["adds"],
            _why(one, told),
        ]
        for one in sorted(rows, key=lambda one: -float(one["alone"]))[:_ROWS]
    ]
    note: str = ""
    if not all(one["alone_sure"] and one["adds_sure"] for one in rows):
        note = say("Some of these are the most that it can be: they were judged in the worst cases "
                   "only, and could not enter the plan.")  # fmt: skip
    return told_table(place, say("What the plan leaves out"), columns, cells, note=note)


def _why(one: Row, told: _Told) -> Message:
    if one["cost"] > told.proof["budget"]:
        return say("costs more than the whole budget")
    if not one["alone"] > _LEAST:
        return say("saves nothing alone")
    if not known(one["adds"]):
        return say("an alternative to what the plan has")
    if not one["adds"] > _LEAST:
        return say("saves nothing more beside the plan")
    return say("the budget is better spent on the plan")


def _sure(place: str, told: _Told) -> Section:
    proof = told.proof
    lines: list[str] = [how_sure(told.proof), *_tried(told)]
    if known(proof["knowing"]) and proof["knowing"] > 0:
        lines.append(
            say("Who knew the future could save {more} more, at least, with the same money.",
                more=told.amount(proof["knowing"]))
        )  # fmt: skip
    if known(proof["planning"]):
        lines.append(
            say("A plan for the mean of all cases would leave {more} more.",
                more=told.amount(proof["planning"]))
        )  # fmt: skip
    if known(proof["linear"]):
        lines.append(
            say("The linear model, in which everybody knows the future, expects {value}; no set "
                "leaves less than {bound} there.",
                value=told.amount(proof["linear"]), bound=told.amount(proof["linear_bound"]))
        )  # fmt: skip
    lines.append(
        say("{sets:,} judgements of a set in a case took {runs:,} runs of the engine.",
            sets=proof["judged"], runs=proof["runs"])
    )  # fmt: skip
    lines.append(
        say("A normal day of all that counts is worth {normal}; costs are as the measures say.",
            normal=told.amount(proof["normal"]))
    )  # fmt: skip
    return words(place, say("How sure this is"), lines)
