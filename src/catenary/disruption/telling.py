"""The answer of a stress test in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pandas as pd

from catenary.errors import listed
from catenary.languages import Message, joined, say

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["COLLAPSED", "cause", "figures_of", "headline"]

COLLAPSED: Final = 0.5
"""Share of normal world output below which a chain has collapsed."""

_NOTICED: Final = 1e-6
_MILLIONS: Final = 2e7  # USD from which millions are counted
_CAUSES: Final = {"capacity": say("capacity lost"), "demand": say("orders lost")}


def _day(value: object) -> str:
    return "–" if value is None or pd.isna(value) else f"{int(value)}"  # type: ignore[call-overload]


def cause(limit: object) -> Message:
    """Return in words what held output down, from a column `limited_by`.

    Examples
    --------
    >>> cause("capacity"), cause("neon")
    ('capacity lost', 'lacking neon')
    """
    return _CAUSES.get(str(limit)) or say("lacking {input}", input=str(limit))


def _collapse(checks: pd.DataFrame) -> list[Message]:
    below = checks["output"] < COLLAPSED
    if not below.any():
        return []
    return [
        say(
            "COLLAPSE: world output falls below half of normal on day {day}. What follows says "
            "that the chain breaks, not by how much.",
            day=_day(checks["day"][below].iloc[0]),
        )
    ]


def _one(row: pd.Series, days: int) -> Message:
    back = (
        say("back to normal on day {day}", day=_day(row["recovered_day"]))
        if pd.notna(row["recovered_day"])
        else say("not back to normal within {days} days", days=days)
    )
    return say(
        "{product}, {deepest:.1%} below normal on day {day} ({cause}), from day {first}, {back}; "
        "{loss:.1f} days of output lost",
        product=str(row["product"]),
        deepest=row["deepest"],
        day=_day(row["deepest_day"]),
        cause=cause(row["limited_by"]),
        first=_day(row["first_day"]),
        back=back,
        loss=row["loss_days"],
    )


def _products(products: pd.DataFrame, days: int) -> list[Message]:
    hit = products[products["first_day"].notna()]
    if hit.empty:
        return [_calm(days)]
    lost = hit["limited_by"].astype(str) == "demand"
    lines = []
    if (~lost).any():
        lines.append(
            say(
                "{hit} of {all} products cannot be made as on a normal day. Hardest hit: {worst}.",
                hit=int((~lost).sum()),
                all=len(products),
                worst=_one(hit[~lost].iloc[0], days),
            )
        )
    if lost.any():
        lines.append(
            say(
                "{hit} products lose orders. Most: {worst}.",
                hit=int(lost.sum()),
                worst=_one(hit[lost].iloc[0], days),
            )
        )
    return lines


def _calm(days: int) -> Message:
    return say("In {days} days no product falls 0.1% below normal.", days=days)


def _producers(losses: pd.DataFrame) -> list[Message]:
    hit = losses[losses["first_day"].notna()]
    short = hit[hit["limited_by"].astype(str) != "demand"]
    if short.empty:
        return []
    worst = short.iloc[0]
    return [
        say(
            "{hit:,} of {all:,} producers fall below normal, {short:,} of them for lack of "
            "capacity or inputs. Hardest hit: {producer}, {deepest:.1%} below on day {day} "
            "({cause}).",
            hit=len(hit),
            all=len(losses),
            short=len(short),
            producer=worst["producer"],
            deepest=worst["deepest"],
            day=_day(worst["deepest_day"]),
            cause=cause(worst["limited_by"]),
        )
    ]


def _shortages(shortages: pd.DataFrame) -> list[Message]:
    if shortages.empty:
        return []
    early = shortages.iloc[0]
    return [
        say(
            "First shortage of an input: day {day}, {producer} is held down by its stock of "
            "{input} on {days} days; {all:,} such shortages in all.",
            day=_day(early["first_day"]),
            producer=early["producer"],
            input=str(early["input"]),
            days=early["days"],
            all=len(shortages),
        )
    ]


def _unmet(demand: pd.DataFrame) -> list[Message]:
    sums = demand.groupby("product", observed=True)[["unmet", "demand"]].sum()
    share = (sums["unmet"] / sums["demand"]).sort_values(ascending=False)
    missed = share[share > _NOTICED]
    if missed.empty:
        return []
    rows = demand[demand["product"] == missed.index[0]]
    regions = rows["unmet"] / rows["demand"]
    return [
        say(
            "Final demand is not met for {hit} of {all} products, most for {product}: {share:.1%} "
            "of it, and {most:.1%} in {region}.",
            hit=len(missed),
            all=len(share),
            product=str(missed.index[0]),
            share=missed.iloc[0],
            most=regions.max(),
            region=str(rows["region"][regions.idxmax()]),
        )
    ]


def _detours(closures: pd.DataFrame, detours: pd.DataFrame) -> list[Message]:
    """Say what was closed, who waited, and what the way round takes."""
    if closures.empty:
        return []
    named = closures["thing"].unique().tolist()
    things = say(
        "Closed, opened or delayed from day {first}: {which}.",
        first=_day(closures["first_day"].min()),
        which=listed(named, most=3),
    )
    if detours.empty:
        return [things, say("No trade of this world goes another way for it.")]
    late, lost = detours[detours["late"] > 0], detours["lost"].gt(0)
    lines = [things]
    if len(late):
        share = late["late"] * late["extra_duration"]
        lines.append(
            say(
                "{links:,} trade links are late, by {days:.1f} days on average and {most:.1f} at "
                "most; most of all {product} from {origin} to {destination}.",
                links=len(late), days=share.sum() / late["late"].sum(),
                most=late["extra_duration"].max(), product=str(late["product"].iloc[0]),
                origin=str(late["origin"].iloc[0]), destination=str(late["destination"].iloc[0]),
            )
        )  # fmt: skip
    if lost.any():
        lines.append(
            say("{links:,} trade links have no way for some goods.", links=int(lost.sum()))
        )
    paid = detours["cost"].sum(min_count=1)
    if pd.notna(paid):
        lines.append(_costs(paid, detours["time_cost"].sum(), detours["emissions"].sum()))
    else:
        weight = detours["quantity"] * detours["days"]
        lines.append(
            say(
                "For a tonne on them this changes freight by {cost:+,.2f} USD and emissions by "
                "{emissions:+,.1f} kg CO2e on average.",
                cost=(detours["extra_cost"] * weight).sum() / weight.sum(),
                emissions=(detours["extra_emissions"] * weight).sum() / weight.sum(),
            )
        )
    return lines


def _costs(freight: float, time: float, emissions: float) -> Message:
    """Say what a closure costs, in millions where that is not nothing."""
    if max(abs(freight), abs(time)) >= _MILLIONS:
        return say(
            "In all this costs {whole:,.0f} million USD: freight {cost:+,.0f}, time lost "
            "{time:+,.0f}; and changes emissions by {emissions:+,.0f} kt CO2e.",
            whole=(freight + time) / 1e6, cost=freight / 1e6, time=time / 1e6,
            emissions=emissions / 1e3,
        )  # fmt: skip
    return say(
        "In all this costs {whole:,.0f} USD: freight {cost:+,.0f}, time lost {time:+,.0f}; and "
        "changes emissions by {emissions:+,.1f} t CO2e.",
        whole=freight + time, cost=freight, time=time, emissions=emissions,
    )  # fmt: skip


def _by_world(tables: Mapping[str, pd.DataFrame]) -> Iterator[tuple[str, dict[str, pd.DataFrame]]]:
    labels = tables["products"]["world"].unique() if "world" in tables["products"] else [""]
    for label in labels:
        yield (
            str(label),
            {n: f[f["world"] == label] if label else f for n, f in tables.items() if n != "output"},
        )


def headline(tables: Mapping[str, pd.DataFrame]) -> Message:
    """Return what breaks, when, where and for how long, for every world of a result.

    Parameters
    ----------
    tables
        The tables of a stress result, with a column `world` if it is of several worlds.
    """
    told: list[str] = []
    for label, of in _by_world(tables):
        lines = [
            *_collapse(of["checks"]),
            *_products(of["products"], len(of["checks"])),
            *_producers(of["losses"]),
            *_shortages(of["shortages"]),
            *_unmet(of["demand"]),
            *_detours(of["closures"], of["detours"]),
        ]
        if len(lines) == 1 and lines[0].template == _calm(1).template:
            lines = [say("Nothing breaks. {calm}", calm=lines[0])]
        text = joined(lines, "\n  ")
        told.append(say("{label}: {text}", label=label, text=text) if label else text)
    return joined(told, "\n")


def _of_detours(detours: pd.DataFrame) -> list[tuple[Message, str, float]]:
    """Return the figures of a closure."""
    late = detours["late"]
    held = (late * detours["extra_duration"]).sum()
    worth = [float(detours[name].sum(min_count=1)) if len(detours) else 0.0
             for name in ("cost", "time_cost", "emissions")]  # fmt: skip
    return [
        (say("trade links late"), "number", float((late > 0).sum())),
        (say("mean delay of late goods"), "day", held / late.sum() if late.sum() > 0 else 0.0),
        (say("trade links without a way"), "number", float((detours["lost"] > 0).sum())),
        (say("freight paid more"), "USD", worth[0]),
        (say("worth of the time lost"), "USD", worth[1]),
        (say("emitted more"), "t CO2e", worth[2]),
    ]


def figures_of(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Return the few numbers that answer the question, for every world of a result."""
    rows = []
    for label, of in _by_world(tables):
        products, losses, shortages = of["products"], of["losses"], of["shortages"]
        by_product = of["demand"].groupby("product", observed=True)[["unmet", "demand"]].sum()
        worst = (by_product["unmet"] / by_product["demand"]).max() if len(by_product) else 0.0
        first = shortages["first_day"].min() if len(shortages) else float("nan")
        figures = [
            (say("products below normal"), "number", products["first_day"].notna().sum()),
            (say("producers below normal"), "number", losses["first_day"].notna().sum()),
            (say("largest loss of a product"), "day", products["loss_days"].max()),
            (say("shortages of inputs"), "number", len(shortages)),
            (say("first shortage of an input"), "day", first),
            (say("largest share of a product's final demand not met"), "share", worst),
            (say("least world output"), "share of normal", of["checks"]["output"].min()),
            (say("world output lost"), "day", (1.0 - of["checks"]["output"]).sum()),
        ]
        figures += _of_detours(of["detours"]) if len(of["closures"]) else []
        rows += [
            {"world": label, "figure": str(f), "unit": unit, "value": float(value)}
            for f, unit, value in figures
        ]
    frame = pd.DataFrame(rows)
    return frame if frame["world"].any() else frame.drop(columns="world")
