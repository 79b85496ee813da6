"""The page of a counterfactual: who gains and who pays when barriers change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from catenary.languages import Message, joined, recognised, say
from catenary.model.money import told_amount
from catenary.report.document import Section, bars, figure, side_by_side, told_table, words
from catenary.report.drawing import largest_links, map_of
from catenary.report.moves import change, emissions, outputs, partners
from catenary.report.tallies import View, views
from catenary.worlds.groups import names as group_names

if TYPE_CHECKING:
    from catenary.model import Result
    from catenary.report.naming import Names

__all__ = ["DEFICITS", "METHOD", "REFERENCES", "brief", "cards", "group_of", "lead", "sections"]

METHOD: Final = (
    say(
        "Two equilibria of the same table are compared, one with the barriers as they are and one "
        "with those of the scenario. Everybody buys each product where it costs least; industries "
        "buy inputs of each other; what tariffs yield is income; wages move until all that is made "
        "is sold. Everything is solved in changes, so that no level of cost or technology need be "
        "known. It is the long run: workers change industries, not countries."
    ),
    say(
        "Real income is income over consumer prices, exact. The first-order formula of the "
        "literature stands beside it where named; for large changes the two differ."
    ),
)
"""How it is computed, in short."""

REFERENCES: Final = (
    (
        "Caliendo, L. & Parro, F. (2015). Estimates of the Trade and Welfare Effects of NAFTA. "
        "Review of Economic Studies 82(1), 1–44."
    ),
    (
        "Antràs, P. & Chor, D. (2018). On the Measurement of Upstreamness and Downstreamness in "
        "Global Value Chains. NBER Working Paper 24185."
    ),
)
"""Where the method is from."""

DEFICITS: Final = {
    "fixed": say("Trade deficits and surpluses stay as they are in the table."),
    "zero": say("There are no trade deficits, before or after."),
    "share": say("Trade deficits stay the same share of the world's income."),
    "proportional": say("Spending stays the same multiple of each region's income."),
}
"""What holds of deficits."""

_USES: Final = {
    "together": say("Inputs and final goods have the same sellers and barriers."),
    "apart": say("Inputs and final goods each have their own sellers and barriers."),
}
_PARTS: Final = (
    "real_income", "real_wage", "terms_of_trade", "volume", "resources", "first_order",
)  # fmt: skip
_WORLD: Final = say("the world")
_BARS: Final = 12  # who gains most, and as many who lose most
_SURE: Final = 0.95  # of draws
_NOTHING: Final = 1e-9


def _kept(result: Result) -> list[View]:
    return [view for view in views(result) if len(view["regions"])]


def group_of(label: str) -> str:
    """Return what to call a group of regions."""
    if label == "world":
        return _WORLD
    return recognised(group_names()[label]) if label in group_names() else label


def _whole(view: View) -> pd.Series:
    return view["groups"].iloc[0]


def _trade(view: View) -> float:
    partners = view["partners"]
    before = partners["before"].sum()
    return float(partners["after"].sum() / before - 1) if before else 0.0


def lead(result: Result, names: Names) -> str:
    """Return how many gain and lose, who most, and what that means for the world."""
    view = next(iter(_kept(result)), None)
    if view is None:
        return ""
    regions, whole = view["regions"], _whole(view)
    top, low = regions.iloc[0], regions.iloc[-1]
    about = {
        "winners": int(whole["winners"]), "losers": int(whole["losers"]), "count": len(regions),
        "gain": names.region(str(top["region"])), "gained": top["real_income"],
        "loss": names.region(str(low["region"])), "lost": low["real_income"],
        "world": whole["real_income"],
    }  # fmt: skip
    if not about["winners"] and not about["losers"]:
        return say("Nobody's real income changes.")
    if not about["losers"]:
        return say(
            "Nobody loses: {winners:,} of {count:,} regions gain, {gain} most ({gained:+.2%}), and "
            "the world's real income changes by {world:+.2%}.",
            **about,
        )
    if not about["winners"]:
        return say(
            "Nobody gains: {losers:,} of {count:,} regions lose, {loss} most ({lost:+.2%}), and "
            "the world's real income changes by {world:+.2%}.",
            **about,
        )
    return say(
        "{winners:,} of {count:,} regions gain and {losers:,} lose. {gain} gains most "
        "({gained:+.2%}), {loss} loses most ({lost:+.2%}); the world's real income changes by "
        "{world:+.2%}.",
        **about,
    )


def brief(result: Result, names: Names) -> list[tuple[str, list[str]]]:
    """Return the worth to the world, what moves, what is emitted, and how sure that is."""
    found = []
    for view in _kept(result):
        whole, unit = _whole(view), str(view["basis"]["unit"].iloc[0])
        told: list[str] = [
            say("Worth to the world: {gain}.", gain=told_amount(whole["gain"], unit, signed=True)),
            say("Trade between regions: {trade:+.2%}.", trade=_trade(view)),
            _emitted(view),
            _sure(view),
        ]
        found.append((names.heading(view.label), told))
    return found


def _emitted(view: View) -> str:
    emitted = view["emissions"]
    if emitted.empty:
        return say("Of emissions this table says nothing.")
    before, after = emitted["production_before"].sum(), emitted["production"].sum()
    return say(
        "{stressor} of the world: {change:+.2%}.",
        stressor=recognised(str(emitted["stressor"].iloc[0])),
        change=after / before - 1 if before else 0.0,
    )


def _sure(view: View) -> str:
    ranges = view["ranges"]
    if ranges.empty:
        return say("No range was drawn: elasticities are taken as certain.")
    return say(
        "In 95 of 100 draws or more {winners:,} gain and {losers:,} lose; {open:,} may do either.",
        winners=int((ranges["gains"] >= _SURE).sum()), losers=int((ranges["loses"] >= _SURE).sum()),
        open=int(((ranges["gains"] < _SURE) & (ranges["loses"] < _SURE)).sum()),
    )  # fmt: skip


def cards(result: Result, names: Names) -> list[dict[str, Any]]:
    """Return what becomes of the world's income, trade, tariffs and emissions."""
    found = []
    for view in _kept(result)[:2]:
        whole, note = _whole(view), names.world(view.label)
        unit = str(view["basis"]["unit"].iloc[0])
        found += [
            figure(say("real income of the world"), 100 * whole["real_income"], "%", note),
            figure(say("trade between regions"), 100 * _trade(view), "%", note),
            figure(say("tariff revenue"), whole["tariffs"] - whole["tariffs_before"], unit, note),
        ]
        emitted = view["emissions"]
        if len(emitted) and (before := emitted["production_before"].sum()):
            stressor = recognised(str(emitted["stressor"].iloc[0]))
            change = emitted["production"].sum() / before - 1
            label = say("{stressor} of the world", stressor=stressor)
            found.append(figure(label, 100 * change, "%", note))
    return found


def sections(result: Result, names: Names) -> list[Section]:
    """Return who gains and pays, why, what moves, what is emitted, what was assumed."""
    every = _kept(result)
    labels = [names.heading(view.label) for view in every]
    found: list[Section] = []
    for place, title, make in (
        ("gains", say("Who gains, who pays"), _gains),
        ("map", say("Real income by region"), _map),
        ("groups", say("Groups of countries"), _groups),
        ("why", say("Where gains and losses come from"), _why),
        ("partners", say("What moves: trade between two regions"), partners),
        ("outputs", say("What is made more and less"), outputs),
        ("emitted", say("What is emitted, and for whom"), emissions),
        ("assumed", say("What was assumed"), _assumed),
        ("theta", say("How trade answers to costs"), _elasticities),
    ):
        parts = [
            made
            for i, view in enumerate(every)
            for made in [make(f"{place}-{i}" if len(every) > 1 else place, title, view, names)]
            if made is not None
        ]
        found += side_by_side(place, title, labels[: len(parts)], parts)
    return found


def _gains(place: str, title: Message, view: View, names: Names) -> Section:
    regions, ranges = view["regions"], view["ranges"]
    unit = str(view["basis"]["unit"].iloc[0])
    shown = regions
    if len(regions) > 2 * _BARS:
        shown = pd.concat([regions.head(_BARS), regions.tail(_BARS)])
    wide = {str(row["region"]): row for _, row in ranges.iterrows()}
    rows = []
    for _, row in shown.iterrows():
        label = str(row["region"])
        one = {
            "name": names.region(label), "value": 100 * row["real_income"],
            "note": told_amount(row["gain"], unit, signed=True),
        }  # fmt: skip
        if label in wide:
            one |= {"low": 100 * wide[label]["q05"], "high": 100 * wide[label]["q95"]}
        rows.append(one)
    alt = say(
        "Bars of {count} regions by the change of their real income, from {gain} to {loss}.",
        count=len(rows), gain=names.region(str(regions["region"].iloc[0])),
        loss=names.region(str(regions["region"].iloc[-1])),
    )  # fmt: skip
    parts: list[str] = [say("Exact change of real income; beside it, what that is in money.")]
    if wide:
        parts.append(say("The line is the range of 90 of 100 draws of what is uncertain."))
    if len(shown) < len(regions):
        parts.append(
            say("The {count} that gain most and the {count} at the other end.", count=_BARS)
        )
    return bars(place, title, rows, unit="%", alt=alt, note=joined(parts, " "))


def _map(place: str, title: Message, view: View, names: Names) -> Section:
    regions = view["regions"]
    labels = regions["region"].astype(str).tolist()
    told = {
        "real_income": say("real income"),
        "real_wage": say("real wage"),
        "terms_of_trade": say("terms of trade, of income"),
        "price": say("consumer prices"),
    }
    layers = [(told[name], 100 * _flat(regions[name])[None, :]) for name in told]
    alt = say(
        "Map of the world by the change of real income, from {low:+.2%} in {loss} to {high:+.2%} "
        "in {gain}.",
        low=regions["real_income"].iloc[-1], loss=names.region(labels[-1]),
        high=regions["real_income"].iloc[0], gain=names.region(labels[0]),
    )  # fmt: skip
    note = say("Lines: the largest trade after the change.")
    section = map_of(
        place, title, labels, layers, names, alt=alt, note=note, unit="%", palette="change"
    )
    if section["kind"] != "map":
        return section
    return section | {
        "links": largest_links(view["partners"], ("origin", "destination"), "after", names)
    }


def _flat(values: pd.Series) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Return numbers without rounding noise, so that nothing is coloured where nothing changes."""
    found = values.to_numpy(np.float64, copy=True)
    found[np.abs(found) < _NOTHING] = 0.0
    return found


def _groups(place: str, title: Message, view: View, names: Names) -> Section:
    del names
    groups = view["groups"]
    emitted = bool(len(view["emissions"]))
    rows = []
    for _, row in groups.iterrows():
        cells = [
            group_of(str(row["group"])), row["regions"], 100 * row["real_income"], row["gain"],
            row["winners"], row["losers"], 100 * row["terms_of_trade"],
            row["tariffs"] - row["tariffs_before"],
        ]  # fmt: skip
        if emitted:
            cells.append(change(row, "consumption"))
        rows.append(cells)
    columns = [
        (say("group"), ""), (say("members"), "number"), (say("real income"), "%"),
        (say("in money"), "number"), (say("gain"), "number"), (say("lose"), "number"),
        (say("terms of trade, of income"), "%"), (say("tariff revenue, change"), "number"),
    ]  # fmt: skip
    if emitted:
        columns.append((say("emissions for their demand"), "%"))
    note = say(
        "Means are weighed by income; members that the table does not name cannot count. Money in "
        "{unit}.",
        unit=str(view["basis"]["unit"].iloc[0]),
    )
    return told_table(place, title, columns, rows, note=note)


def _why(place: str, title: Message, view: View, names: Names) -> Section:
    rows = [
        [names.region(str(row["region"])), *(100 * row[name] for name in _PARTS),
         row["tariffs"] - row["tariffs_before"], change(row, "exports")]
        for _, row in view["regions"].iterrows()
    ]  # fmt: skip
    columns = [
        (say("region"), ""), (say("real income, exact"), "%"), (say("real wage"), "%"),
        (say("terms of trade"), "%"), (say("volume of trade"), "%"),
        (say("resources saved"), "%"), (say("first order, sum"), "%"),
        (say("tariff revenue, change"), "number"), (say("exports"), "%"),
    ]  # fmt: skip
    note = say(
        "Terms of trade, volume and resources are the parts of the first-order formula of the "
        "literature, as shares of income; blank where something is banned. The exact change is the "
        "answer. The real wage leaves out what tariffs yield."
    )
    return told_table(place, title, columns, rows, note=note)


def _assumed(place: str, title: Message, view: View, names: Names) -> Section:
    del names
    basis, theta = view["basis"].iloc[0], view["elasticities"]
    told: list[str] = [DEFICITS[str(basis["deficits"])], _USES[str(basis["uses"])]]
    if len(theta):
        told.append(
            say(
                "Trade elasticities run from {low:.3g} to {high:.3g}: by so many percent imports "
                "from one origin fall when only they cost 1 % more.",
                low=theta["trade"].min(), high=theta["trade"].max(),
            )
        )  # fmt: skip
        unsure = int((theta["error"] > 0).sum())
        told.append(
            say(
                "Of {count} products, {unsure} have an elasticity with a stated error; {draws:,} "
                "draws were made.",
                count=len(theta), unsure=unsure, draws=int(basis["draws"]),
            )
        )  # fmt: skip
    told.append(
        say(
            "Money is measured by the value added of the world, {amount}, which is the same before "
            "and after. No equation is off by more than {gap:.0e}.",
            amount=told_amount(basis["value_added"], str(basis["unit"])),
            gap=max(float(basis["residual"]), float(basis["walras"]), 1e-16),
        )
    )  # fmt: skip
    return words(place, title, told)


def _elasticities(place: str, title: Message, view: View, names: Names) -> Section:
    rows = [
        [names.product(str(row["product"])), row["trade"], row["error"]]
        for _, row in view["elasticities"].iterrows()
    ]
    columns = [
        (say("product"), ""), (say("trade elasticity"), "number"),
        (say("standard error"), "number"),
    ]  # fmt: skip
    return told_table(place, title, columns, rows, folded=True)
