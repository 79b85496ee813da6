"""The page of a stress test: what breaks, when, where and for how long."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from catenary.disruption.telling import COLLAPSED
from catenary.languages import Message, joined, recognised, say
from catenary.report.atsea import titled
from catenary.report.broken import (
    empty,
    hit_of,
    limits,
    loss_map,
    marks_of,
    output_path,
    producers,
    products,
    regions,
    shortages,
    unmet,
)
from catenary.report.closing import (
    METHOD as CLOSURE_METHOD,
)
from catenary.report.closing import (
    closure_brief,
    closure_lead,
    closure_map,
    closures_of,
    who_pays,
    who_waits,
)
from catenary.report.closing_tables import closure_tables
from catenary.report.document import Section, figure, side_by_side, words
from catenary.report.drawing import unit_of
from catenary.report.tallies import Daily, View, daily_of, views
from catenary.report.ways import ways_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from catenary.model import Result
    from catenary.report.naming import Names

__all__ = ["METHOD", "REFERENCES", "brief", "cards", "lead", "sections"]

METHOD: Final = (
    say(
        "Producers turn inputs into one product, keep stock of each input, deliver by share and "
        "order back what they used, day by day. The same engine runs the industries of a world "
        "table, the stages of a product chain and the firms of a supplier list."
    ),
    say(
        "A producer makes what is asked of it, no more than its capacity allows and no more than "
        "its stocks of inputs allow. Production is cut when the stock of an input that matters "
        "falls below a share (psi) of its target. Where goods are short they are shared out in "
        "proportion to orders, or by rank where the world has ranks."
    ),
    say(
        "It is a model of quantities: prices, policy and invention do not replace what is lost "
        "unless a measure says so. Losses are shares of what would have been made on the same day "
        "without the scenario. Final demand that is not met is lost, not made up for later."
    ),
)
"""How it is computed, in short."""

REFERENCES: Final = (
    (
        "Hallegatte, S. (2008). An adaptive regional input-output model and its application to the "
        "assessment of the economic cost of Katrina. Risk Analysis 28(3), 779–799."
    ),
    (
        "Hallegatte, S. (2014). Modeling the role of inventories and heterogeneity in "
        "the assessment "
        "of the economic costs of natural disasters. Risk Analysis 34(1), 152–167."
    ),
    (
        "Guan, D., et al. (2020). Global supply-chain effects of COVID-19 control measures. Nature "
        "Human Behaviour 4, 577–587."
    ),
    (
        "Pichler, A., et al. (2022). Forecasting the propagation of pandemic shocks with a dynamic "
        "input-output model. Journal of Economic Dynamics and Control 144, 104527."
    ),
)
"""Where the method is from."""

_LAYERS: Final = 8  # hardest-hit products with a map of their own
_SEEN: Final = 0.005  # days of world output that are told
_DAY_SEEN: Final = 0.05  # days that are not told as 0 days


def cards(result: Result, names: Names) -> list[dict[str, Any]]:
    """Return the figures of a result; of several worlds the first, with the others as a note."""
    frame = result.figures()
    if frame.empty:
        return []
    if closures_of(views(result)[0]) is not None:
        frame = _fewer(frame)
    several = "world" in frame
    found = []
    for label, rows in frame.groupby("figure", sort=False):
        first = rows.iloc[0]
        unit = unit_of(str(label), str(first["unit"]))
        note: str = ""
        if several:
            told = [
                say("{label}: {text}", label=names.heading(row["world"]),
                    text=_value(row["value"], unit))
                for _, row in rows.iterrows()
            ]  # fmt: skip
            same = len({str(_value(value, unit)) for value in rows["value"]}) == 1
            note = (
                say("the same in all worlds")
                if same and len(rows) > 1
                else say("{world}; {others}", world=names.heading(first["world"]),
                         others=joined(told[1:], say("; ")))
            )  # fmt: skip
        day = unit == "" and first["unit"] == "day"
        name = say("day of the first shortage of an input") if day else str(label)
        found.append(figure(recognised(name), first["value"], unit, note))
    return found


def _fewer(figures: pd.DataFrame) -> pd.DataFrame:
    """Return the figures that a page of a closure begins with."""
    told = [
        say("trade links late"), say("mean delay of late goods"), say("trade links without a way"),
        say("freight paid more"), say("worth of the time lost"), say("emitted more"),
        say("world output lost"), say("largest loss of a product"),
        say("first shortage of an input"), say("largest share of a product's final demand not met"),
    ]  # fmt: skip
    some = figures.groupby("figure")["value"].transform("max")  # in any of the worlds
    nothing = np.where(figures["unit"] == "day", _DAY_SEEN, 0.0)  # days are told to a tenth
    kept = figures[some.notna() & ((some.abs() > nothing) | (figures["figure"] == str(told[0])))]
    rank = kept["figure"].map({str(name): place for place, name in enumerate(told)})
    return kept.assign(rank=rank).dropna(subset="rank").sort_values("rank", kind="stable")


def _worst_of(view: View) -> pd.Series | None:
    """Return the product that falls most for want of capacity or inputs."""
    products = view["products"]
    lost = products["limited_by"].astype(str) == "demand"
    hit = products[products["first_day"].notna() & ~lost]
    return hit.iloc[0] if len(hit) else None


def lead(result: Result, names: Names) -> str:
    """Return what is closed and what falls most for want of capacity or inputs."""
    told = [closure_lead(views(result), names), _lead(result, names)]
    return joined([one for one in told if one], " ") if all(told) else told[0] or told[1]


def _lead(result: Result, names: Names) -> str:
    """Return the one sentence to remember: what falls most for want of capacity or inputs."""
    found = [(view.label, _worst_of(view)) for view in views(result)]
    worst = [(label, row) for label, row in found if row is not None]
    if not worst:
        return ""
    label, first = worst[0]
    product, deepest = names.product(str(first["product"])), first["deepest"]
    if all(row["loss_days"] < _DAY_SEEN for _, row in worst):
        return say("{product}: down by up to {deepest:.1%}.", product=product, deepest=deepest)
    if len(worst) != 2 or str(worst[1][1]["product"]) != str(first["product"]):
        return say(
            "{product}: down by up to {deepest:.1%}, {days:.1f} days of output lost.",
            product=product, deepest=deepest, days=first["loss_days"],
        )  # fmt: skip
    other, second = worst[1]
    deepest = max(deepest, second["deepest"])
    if f"{first['loss_days']:.1f}" == f"{second['loss_days']:.1f}":
        return say(
            "{product}: down by up to {deepest:.1%}, {days:.1f} days of output lost in both "
            "worlds.",
            product=product, deepest=deepest, days=first["loss_days"],
        )  # fmt: skip
    return say(
        "{product}: down by up to {deepest:.1%}, {days:.1f} days of output lost ({one}) or "
        "{others:.1f} ({other}).",
        product=product, deepest=deepest, days=first["loss_days"], one=names.world(label),
        others=second["loss_days"], other=names.world(other),
    )  # fmt: skip


def brief(result: Result, names: Names) -> list[tuple[str, list[str]]]:
    """Return, for every world, its name and a few short sentences, those of closures first."""
    return [
        (names.heading(view.label), [*closure_brief(view, names), *_brief(view, names)[:3]])
        for view in views(result)
    ]


def _brief(view: View, names: Names) -> list[str]:
    products, losses, shortages = view["products"], view["losses"], view["shortages"]
    checks = view["checks"]
    told: list[str] = []
    hit = products["first_day"].notna()
    below = checks["output"] < COLLAPSED
    if below.any():
        day = int(checks["day"][below].iloc[0])
        told.append(say("World output falls below half of normal on day {day}.", day=day))
    elif len(checks):
        lost = (1.0 - checks["output"]).sum()
        told.append(
            say("The world loses {days:.2f} days of output.", days=lost)
            if lost >= _SEEN
            else say("The world makes {days:.2f} days of output more than normal.", days=-lost)
            if lost <= -_SEEN
            else say("World output as a whole stays as it is.")
        )
    told.append(
        say("{hit} of {all} products fall below normal.", hit=int(hit.sum()), all=len(products))
    )
    worst = _worst_of(view)
    if len(shortages):
        first = shortages.iloc[0]
        told.append(
            say("The first input to run short is {input}, on day {day}.",
                input=names.product(str(first["input"])), day=int(first["first_day"]))
        )  # fmt: skip
    elif worst is not None and pd.notna(worst["recovered_day"]):
        told.append(
            say("{product}: back to normal on day {day}.",
                product=names.product(str(worst["product"])), day=int(worst["recovered_day"]))
        )  # fmt: skip
    elif len(losses) and pd.notna(losses["first_day"].iloc[0]):
        first = losses.iloc[0]
        told.append(
            say("Hardest-hit producer: {producer}, {deepest:.1%} below normal.",
                producer=names.producer(str(first["producer"])), deepest=first["deepest"])
        )  # fmt: skip
    return told


def _value(value: float, unit: str) -> Message:
    if pd.isna(value):
        return say("none")
    if unit == "share":
        return say("{share:.1%}", share=value)
    if unit == "day":
        return say("{days:,.1f} days", days=value)
    return say("{value:,.4g}", value=value)


def sections(result: Result, names: Names) -> list[Section]:
    """Return maps, paths and tables of a stress test; of two worlds, side by side."""
    every = views(result)
    daily = [
        daily_of(view["output"], hit_of(view["products"])["product"].astype(str).tolist()[:_LAYERS])
        for view in every
    ]
    labels = [names.heading(view.label) for view in every]
    ways = ways_of(result.run, names)

    def pair(place: str, title: Message, make: Callable[..., Section | None]) -> list[Section]:
        places = [f"{place}-{i}" if len(every) > 1 else place for i in range(len(every))]
        made = [
            make(one, title, view, days, names)
            for one, view, days in zip(places, every, daily, strict=True)
        ]
        if all(section is None for section in made):
            return []
        parts = [s or empty(one, title) for s, one in zip(made, places, strict=True)]
        return side_by_side(place, title, labels, parts)

    def paths(place: str, title: Message, view: View, days: Daily, names: Names) -> Section | None:
        return output_path(place, title, days, names, view["checks"], marks_of(view, result.run))

    def maps(place: str, title: Message, view: View, days: Daily, names: Names) -> Section | None:
        found = loss_map(place, title, view, days, names)
        drawn = found is not None and found["kind"] == "map" and ways
        return found | {"ways": ways} if found is not None and drawn else found

    def alone(
        make: Callable[[str, Message, View, Names], Section | None],
    ) -> Callable[..., Section | None]:
        return lambda place, title, view, _, names: make(place, title, view, names)

    shut = [closure_map("ways", every[0], names)] if every else []
    late = [
        section
        for number, view in enumerate(every)
        for section in titled(
            closure_tables(f"-{number}" if number else "", view, names), names.world(view.label)
        )
    ]
    if late:
        told = say("How a closure is computed and told")
        late.append(words("closure-method", told, CLOSURE_METHOD, folded=True))
    return [
        *titled([one for one in shut if one], labels[0] if len(every) > 1 else ""),
        *pair("waits", say("Who waits"), alone(who_waits)),
        *pair("pays", say("Who pays"), alone(who_pays)),
        *pair("map", say("Where and when"), maps),
        *pair("path", say("Day by day"), paths),
        *pair("products", say("Hardest-hit products"), products),
        *pair("regions", say("Hardest-hit regions"), regions),
        *pair("producers", say("Hardest-hit producers"), producers),
        *pair("limits", say("What limited whom"), limits),
        *pair("shortages", say("Inputs that ran short"), shortages),
        *pair("unmet", say("Final demand not met"), unmet),
        *late,
    ]
