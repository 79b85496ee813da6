"""Maps, paths and tables of what a stress test breaks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from catenary.disruption.telling import cause
from catenary.languages import Message, say
from catenary.report.document import Section, bars, in_both, numbers, path, told_table
from catenary.report.drawing import map_of
from catenary.report.tallies import Daily, View, coded, sums

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from catenary.model import Run
    from catenary.report.naming import Names

    Array = NDArray[np.float64]

__all__ = [
    "empty", "hit_of", "limits", "loss_map", "marks_of", "output_path", "producers", "products",
    "regions", "shortages", "unmet",
]  # fmt: skip

_LINES: Final = 5
_BARS: Final = 12
_SEEN: Final = 0.05  # days of output that bars do not show as 0 days


def empty(place: str, title: Message) -> Section:
    """Return a section that holds nothing, beside one that does."""
    return told_table(place, title, [(say("Nothing"), "")], [])


def hit_of(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the rows that fall below normal; what gives a NaN is not one."""
    return frame[frame["first_day"].notna() & (frame["loss_days"] > 0)]


def loss_map(place: str, title: Message, _: View, daily: Daily, names: Names) -> Section | None:
    """Return a map by day of how far output is below normal."""
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


def marks_of(view: View, run: Run) -> list[tuple[int, str]]:
    """Return the days of the shock and of the first shortage."""
    changes = (run.options.get("scenario") or {}).get("changes", ())
    starts = sorted({int(change.get("start", 0)) for change in changes})
    marks: list[tuple[int, str]] = [(day, say("shock")) for day in starts[:3]]
    short = view["shortages"]["first_day"].min() if len(view["shortages"]) else None
    if short is not None and not pd.isna(short):
        marks.append((int(short), say("first shortage")))
    return marks


def output_path(
    place: str,
    title: Message,
    daily: Daily,
    names: Names,
    world: pd.DataFrame,
    marks: list[tuple[int, str]],
) -> Section | None:
    """Return lines of output by day."""
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


def products(place: str, title: Message, view: View, _: Daily, names: Names) -> Section | None:
    """Return bars of the hardest-hit products."""
    hit = hit_of(view["products"]).head(_BARS)
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


def regions(place: str, title: Message, _: View, daily: Daily, names: Names) -> Section | None:
    """Return bars of the hardest-hit regions."""
    lost = daily.lost
    order = [i for i in np.argsort(-lost, kind="stable") if lost[i] >= _SEEN][:_BARS]
    if not order:
        return None
    rows = [{"name": names.region(daily.regions[i]), "value": lost[i]} for i in order]
    alt = say("Bars of {count} regions by days of output lost.", count=len(order))
    note = say("Days of the region's own normal output that are lost, all products together.")
    return bars(place, title, rows, unit="day", alt=alt, note=note)


def producers(place: str, title: Message, view: View, _: Daily, names: Names) -> Section | None:
    """Return bars of the hardest-hit producers."""
    hit = hit_of(view["losses"]).head(_BARS)
    hit = hit[hit["loss_days"] >= _SEEN]
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


def limits(place: str, title: Message, view: View, _: Daily, names: Names) -> Section | None:
    """Return what held producers down, and how many."""
    hit = hit_of(view["losses"])
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


def shortages(place: str, title: Message, view: View, _: Daily, names: Names) -> Section | None:
    """Return the inputs that ran short."""
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


def unmet(place: str, title: Message, view: View, _: Daily, names: Names) -> Section | None:
    """Return the regions whose final demand was not met."""
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
