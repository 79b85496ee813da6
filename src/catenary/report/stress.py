"""The page of a stress test: what breaks, when, where and for how long."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from catenary.disruption.telling import COLLAPSED, cause
from catenary.languages import Message, joined, recognised, say
from catenary.report.document import (
    Section,
    bars,
    figure,
    in_both,
    numbers,
    path,
    side_by_side,
    told_table,
)
from catenary.report.drawing import map_of, unit_of
from catenary.report.tallies import Daily, View, coded, daily_of, sums, views
from catenary.report.ways import ways_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from catenary.model import Result, Run
    from catenary.report.naming import Names

    Array = NDArray[np.float64]

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
_LINES: Final = 5
_SEEN: Final = 0.005  # days of world output that are told
_BARS: Final = 12


def cards(result: Result, names: Names) -> list[dict[str, Any]]:
    """Return the figures of a result; of several worlds the first, with the others as a note."""
    frame = result.figures()
    if frame.empty:
        return []
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


def _worst_of(view: View) -> pd.Series | None:
    """Return the product that falls most for want of capacity or inputs."""
    products = view["products"]
    lost = products["limited_by"].astype(str) == "demand"
    hit = products[products["first_day"].notna() & ~lost]
    return hit.iloc[0] if len(hit) else None


def lead(result: Result, names: Names) -> str:
    """Return the one sentence to remember: what falls most for want of capacity or inputs."""
    found = [(view.label, _worst_of(view)) for view in views(result)]
    worst = [(label, row) for label, row in found if row is not None]
    if not worst:
        return ""
    label, first = worst[0]
    product, deepest = names.product(str(first["product"])), first["deepest"]
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
    """Return, for every world, its name and at most three short sentences."""
    return [(names.heading(view.label), _brief(view, names)[:3]) for view in views(result)]


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
        daily_of(view["output"], _hit(view["products"])["product"].astype(str).tolist()[:_LAYERS])
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
        parts = [s or _empty(one, title) for s, one in zip(made, places, strict=True)]
        return side_by_side(place, title, labels, parts)

    def paths(place: str, title: Message, view: View, days: Daily, names: Names) -> Section | None:
        return _path(place, title, days, names, view["checks"], _marks(view, result.run))

    def maps(place: str, title: Message, view: View, days: Daily, names: Names) -> Section | None:
        found = _map(place, title, view, days, names)
        drawn = found is not None and found["kind"] == "map" and ways
        return found | {"ways": ways} if found is not None and drawn else found

    return [
        *pair("map", say("Where and when"), maps),
        *pair("path", say("Day by day"), paths),
        *pair("products", say("Hardest-hit products"), _products),
        *pair("regions", say("Hardest-hit regions"), _regions),
        *pair("producers", say("Hardest-hit producers"), _producers),
        *pair("limits", say("What limited whom"), _limits),
        *pair("shortages", say("Inputs that ran short"), _shortages),
        *pair("unmet", say("Final demand not met"), _unmet),
    ]


def _empty(place: str, title: Message) -> Section:
    return told_table(place, title, [(say("Nothing"), "")], [])


def _hit(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the rows that fall below normal; what gives a NaN is not one."""
    return frame[frame["first_day"].notna() & (frame["loss_days"] > 0)]


def _map(place: str, title: Message, _: View, daily: Daily, names: Names) -> Section | None:
    made = np.flatnonzero(daily.baseline[0].any(axis=0))
    if not len(daily.days) or not len(made):
        return None
    regions = [daily.regions[i] for i in made]
    loss = np.clip(1.0 - daily.share(), 0.0, None)[:, :, made]
    named = [say("all products"), *(names.product(p) for p in daily.products[1:])]
    worst, day, region = _worst(loss[0])
    alt = (
        say(
            "Map of the world by day: how far output is below normal. The largest loss of a region "
            "is {loss:.1%}, in {region} on day {day}.",
            loss=worst,
            region=names.region(regions[region]),
            day=int(daily.days[day]),
        )
        if worst > 0
        else say("Map of the world by day: no region loses output.")
    )
    note = _thinned(
        say(
            "Loss of output as a share of a normal day. All products together are weighted by "
            "their normal output; a region that makes more than normal is shown without loss."
        ),
        daily,
    )
    return map_of(
        place, title, regions, list(zip(named, loss, strict=True)), names,
        alt=alt, note=note, unit="share", palette="loss", days=[int(day) for day in daily.days],
    )  # fmt: skip


def _thinned(note: Message, daily: Daily) -> Message:
    """Add to a note that several days are drawn as one."""
    if daily.every == 1:
        return note
    return say(
        "{note} Every {every} days are drawn as one, the one furthest below normal.",
        note=note, every=daily.every,
    )  # fmt: skip


def _worst(loss: Array) -> tuple[float, int, int]:
    """Return the largest loss, and its day and region."""
    filled = np.where(np.isfinite(loss), loss, 0.0)
    day, region = divmod(int(filled.argmax()), loss.shape[1])
    return float(filled[day, region]), day, region


def _marks(view: View, run: Run) -> list[tuple[int, str]]:
    changes = (run.options.get("scenario") or {}).get("changes", ())
    starts = sorted({int(change.get("start", 0)) for change in changes})
    marks: list[tuple[int, str]] = [(day, say("shock")) for day in starts[:3]]
    short = view["shortages"]["first_day"].min() if len(view["shortages"]) else None
    if short is not None and not pd.isna(short):
        marks.append((int(short), say("first shortage")))
    return marks


def _path(
    place: str,
    title: Message,
    daily: Daily,
    names: Names,
    world: pd.DataFrame,
    marks: list[tuple[int, str]],
) -> Section | None:
    if not len(daily.days):
        return None
    bins = world["output"].groupby(world["day"] // daily.every).min()
    checks = bins.reindex(np.arange(len(daily.days)))
    of_world, when = world["output"].to_numpy(), world["day"].to_numpy()
    share, lost = daily.share()[0], daily.lost
    lines = [{"name": in_both(say("World")), "values": numbers(checks.to_numpy(), 5)}]
    order = [i for i in np.argsort(-lost, kind="stable") if lost[i] > 1e-9][:_LINES]
    lines += [
        {"name": in_both(names.region(daily.regions[i])), "values": numbers(share[:, i], 5)}
        for i in order
    ]
    least = checks.min()
    alt = (
        say("There is no number to draw.")
        if pd.isna(least)
        else say(
            "Lines of output over {days} days. The world falls to {least:.1%} of normal on day "
            "{day} and ends at {last:.1%}.",
            days=daily.count,
            least=least,
            day=int(when[of_world.argmin()]),
            last=of_world[when.argmax()],
        )
    )
    note = say("Output as a share of a normal day: the world and the regions that lose most.")
    if daily.every > 1:
        note = _thinned(note, daily)
    seen = [mark for mark in marks if mark[0] <= int(daily.days[-1])]
    return path(place, title, [int(d) for d in daily.days], lines, alt=alt, marks=seen, note=note)


def _one(row: pd.Series, names: Names) -> str:
    return names.told(
        say(
            "{deepest:.1%} below normal on day {day}; {cause}",
            deepest=row["deepest"],
            day=int(row["deepest_day"]),
            cause=cause(row["limited_by"]),
        )
    )


def _products(place: str, title: Message, view: View, _: Daily, names: Names) -> Section | None:
    hit = _hit(view["products"]).head(_BARS)
    if hit.empty:
        return None
    rows = [
        {"name": names.product(str(row["product"])), "value": row["loss_days"],
         "note": _one(row, names)}
        for _, row in hit.iterrows()
    ]  # fmt: skip
    alt = say("Bars of {count} products by days of output lost.", count=len(hit))
    note = say("Days of normal world output that are lost over the whole run.")
    return bars(place, title, rows, unit="day", alt=alt, note=note)


def _regions(place: str, title: Message, _: View, daily: Daily, names: Names) -> Section | None:
    lost = daily.lost
    order = [i for i in np.argsort(-lost, kind="stable") if lost[i] > 1e-6][:_BARS]
    if not order:
        return None
    rows = [{"name": names.region(daily.regions[i]), "value": lost[i]} for i in order]
    alt = say("Bars of {count} regions by days of output lost.", count=len(order))
    note = say("Days of the region's own normal output that are lost, all products together.")
    return bars(place, title, rows, unit="day", alt=alt, note=note)


def _producers(place: str, title: Message, view: View, _: Daily, names: Names) -> Section | None:
    hit = _hit(view["losses"]).head(_BARS)
    if hit.empty:
        return None
    rows = [
        {"name": names.producer(str(row["producer"])), "value": row["loss_days"],
         "note": _one(row, names)}
        for _, row in hit.iterrows()
    ]  # fmt: skip
    alt = say("Bars of {count} producers by days of output lost.", count=len(hit))
    note = say("Days of the producer's own normal output that are lost.")
    return bars(place, title, rows, unit="day", alt=alt, note=note)


def _limits(place: str, title: Message, view: View, _: Daily, names: Names) -> Section | None:
    hit = _hit(view["losses"])
    if hit.empty:
        return None
    codes, limits = coded(hit["limited_by"])
    count = sums(codes, np.ones(len(hit)), len(limits))
    days = sums(codes, hit["loss_days"], len(limits))
    first = {int(c): i for i, c in reversed(list(enumerate(codes)))}
    rows = [
        [names.told(cause(limits[i])), count[i], days[i] / count[i],
         names.producer(str(hit["producer"].iloc[first[int(i)]])),
         hit["loss_days"].iloc[first[int(i)]]]
        for i in np.argsort(-count, kind="stable") if count[i]
    ]  # fmt: skip
    columns = [
        (say("on the deepest day"), ""),
        (say("producers"), "number"),
        (say("days lost, mean"), "day"),
        (say("worst of them"), ""),
        (say("days lost"), "day"),
    ]
    note = say("What held output down where it fell below normal, on each producer's deepest day.")
    return told_table(place, title, columns, rows[:30], note=note)


def _shortages(place: str, title: Message, view: View, _: Daily, names: Names) -> Section | None:
    short = view["shortages"]
    if short.empty:
        return None
    codes, inputs = coded(short["input"])
    frame = pd.DataFrame(
        {
            "code": codes,
            "first": short["first_day"].astype("Float64").to_numpy("float64", na_value=np.nan),
            "days": short["days"].to_numpy(np.float64),
            "least": short["least"].to_numpy(np.float64),
        }
    )
    found = frame.groupby("code").agg(
        count=("code", "size"), first=("first", "min"), days=("days", "max"), least=("least", "min")
    )
    found = found[found.index >= 0].sort_values(["count", "first"], ascending=[False, True])
    rows = [
        [
            names.product(inputs[int(str(code))]),
            one["count"],
            one["first"],
            one["days"],
            one["least"],
        ]
        for code, one in found.head(30).iterrows()
    ]
    columns = [
        (say("input"), ""),
        (say("producers short of it"), "number"),
        (say("first day"), "day"),
        (say("most days"), "day"),
        (say("least that stock allowed"), "share"),
    ]
    note = say(
        "Inputs whose low stock held producers below normal; the last column is the smallest share "
        "of normal output that the stock allowed."
    )
    return told_table(place, title, columns, rows, note=note)


def _unmet(place: str, title: Message, view: View, _: Daily, names: Names) -> Section | None:
    demand = view["demand"]
    codes, regions = coded(demand["region"])
    asked = sums(codes, demand["demand"], len(regions))
    unmet = sums(codes, demand["unmet"], len(regions))
    share = np.divide(unmet, asked, out=np.zeros_like(unmet), where=asked > 0)
    order = [i for i in np.argsort(-share, kind="stable") if share[i] > 1e-6][:_BARS]
    if not order:
        return None
    rows = [{"name": names.region(regions[i]), "value": share[i]} for i in order]
    alt = say("Bars of {count} regions by the share of final demand not met.", count=len(order))
    note = say("Share of the region's final demand over the whole run that nobody could serve.")
    return bars(place, title, rows, unit="share", alt=alt, note=note)
