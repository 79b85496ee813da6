"""The page of `cooperate`: one change of barriers alone, answered, in a club and by everybody."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from catenary.languages import Message, joined, say
from catenary.model.money import told_amount
from catenary.report import barriers
from catenary.report.barriers import DEFICITS, group_of
from catenary.report.document import Section, bars, figure, side_by_side, told_table, words
from catenary.report.drawing import map_of
from catenary.report.tallies import View, views

if TYPE_CHECKING:
    import pandas as pd

    from catenary.model import Result
    from catenary.report.naming import Names

__all__ = ["METHOD", "REFERENCES", "brief", "cards", "lead", "sections"]

METHOD: Final = (
    say(
        "Each region decides on its own barriers: those on what it buys, or, where the scenario is "
        "read so, on what it sells. The same change is then made by one region alone, by one and "
        "by all others towards it, by all but one, by the members of a club among themselves, and "
        "by everybody; each time the whole equilibrium of trade is solved."
    ),
    *barriers.METHOD,
)
"""How it is computed, in short."""

REFERENCES: Final = (
    *barriers.REFERENCES,
    (
        "Ossa, R. (2014). Trade Wars and Trade Talks with Data. American Economic Review 104(12), "
        "4104–4146."
    ),
)
"""Where the method is from."""

_WAYS: Final = {
    "alone": say("alone"),
    "answered": say("alone, and answered in kind"),
    "without": say("staying out while all others act"),
    "club": say("in the club"),
    "everybody": say("everybody together"),
}
_NOTHING: Final = 1e-9
_BARS: Final = 12
_NAMED: Final = 3


def _kept(result: Result) -> list[View]:
    return [view for view in views(result) if len(view["ways"])]


def _ways(view: View) -> dict[str, pd.Series]:
    return {str(row["way"]): row for _, row in view["ways"].iterrows()}


def _opens(view: View) -> bool:
    return str(view["basis"]["direction"].iloc[0]) == "opening"


def _listed(regions: pd.DataFrame, names: Names) -> Message:
    """Return the first few regions by name."""
    each = [names.region(str(label)) for label in regions["region"].head(_NAMED)]
    told = joined(each, say(", "))
    rest = len(regions) - _NAMED
    return say("{names} and {more} more", names=told, more=rest) if rest > 0 else told


def lead(result: Result, names: Names) -> str:
    """Return what all gain or lose together, and what each would alone."""
    del names
    view = next(iter(_kept(result)), None)
    if view is None:
        return ""
    ways = _ways(view)
    every, alone = ways["everybody"], ways.get("alone")
    about: dict[str, Any] = {
        "winners": int(every["winners"]), "count": len(view["regions"]),
        "world": every["real_income"],
    }  # fmt: skip
    if alone is None:
        return say(
            "If everybody acts, {winners:,} of {count:,} regions gain and the world's real income "
            "changes by {world:+.2%}.",
            **about,
        )
    about |= {"first": int(alone["winners"]), "actors": int(alone["actors"])}
    if _opens(view):
        return say(
            "Together {winners:,} of {count:,} regions gain and the world's real income changes by "
            "{world:+.2%}; alone, {first:,} of {actors:,} would gain.",
            **about,
        )
    return say(
        "Alone, {first:,} of {actors:,} regions would gain by it; if everybody does it, "
        "{winners:,} of {count:,} gain and the world's real income changes by {world:+.2%}.",
        **about,
    )


def brief(result: Result, names: Names) -> list[tuple[str, list[str]]]:
    """Return who loses, what would make it good, and who would rather stay out."""
    found = []
    for view in _kept(result):
        ways, regions = _ways(view), view["regions"]
        every, unit = ways["everybody"], str(view["basis"]["unit"].iloc[0])
        lose = regions[regions["everybody"] < -_NOTHING].sort_values("everybody")
        told: list[str] = []
        if lose.empty:
            told.append(say("Nobody loses if everybody acts."))
        else:
            told.append(
                say("If everybody acts, {count:,} lose {lost}: {names}.", count=len(lose),
                    lost=told_amount(every["lost"], unit), names=_listed(lose, names))
            )  # fmt: skip
            told.append(
                say("What the others gain makes that good {times:.3g} times.",
                    times=every["gained"] / every["lost"])
                if every["gained"] > every["lost"]
                else say("What the others gain cannot make that good.")
            )  # fmt: skip
        worth = regions["worth"]
        if worth.notna().all():
            total = (worth * regions["income_before"]).sum() / regions["income_before"].sum()
            told.append(say("Cooperation is worth {worth:+.2%} of income.", worth=total))
        if "without" in ways:
            out = regions[regions["staying_out"] > _NOTHING]
            told.append(
                say("Staying out would pay for {count:,} of {actors:,}.", count=len(out),
                    actors=int(ways["without"]["actors"]))
            )  # fmt: skip
        found.append((names.heading(view.label), told))
    return found


def cards(result: Result, names: Names) -> list[dict[str, Any]]:
    """Return what acting together, alone and answered does to who acts."""
    found = []
    for view in _kept(result)[:2]:
        note = names.world(view.label)
        for way, row in _ways(view).items():
            found.append(figure(_WAYS[way], 100 * row["own"], "%", note))
    return found


def sections(result: Result, names: Names) -> list[Section]:
    """Return the ways, who gains in each, who would have to be paid, and what was assumed."""
    every = _kept(result)
    labels = [names.heading(view.label) for view in every]
    found: list[Section] = []
    for place, title, make in (
        ("ways", say("The same change, made by one, some or all"), _of_ways),
        ("gains", say("If everybody acts: who gains, who pays"), _gains),
        ("map", say("Real income by region and way"), _map),
        ("regions", say("Every region in every way"), _regions),
        ("groups", say("Groups of countries"), _groups),
        ("assumed", say("What was assumed"), _assumed),
    ):
        parts = [
            make(f"{place}-{i}" if len(every) > 1 else place, title, view, names)
            for i, view in enumerate(every)
        ]
        found += side_by_side(place, title, labels, parts)
    return found


def _of_ways(place: str, title: Message, view: View, names: Names) -> Section:
    del names
    rows = [
        {"name": _WAYS[way], "value": 100 * row["own"],
         "note": say("{winners:,} of {actors:,} gain; the world: {world:+.3%}",
                     winners=int(row["winners"]), actors=int(row["actors"]),
                     world=row["real_income"])}
        for way, row in _ways(view).items()
    ]  # fmt: skip
    alt = say("Bars of {count} ways by what they do to the real income of who acts.",
              count=len(rows))  # fmt: skip
    note = say(
        "Change of real income of who acts (or stays out), each in its own equilibrium, weighed by "
        "income."
    )
    return bars(place, title, rows, unit="%", alt=alt, note=note)


def _gains(place: str, title: Message, view: View, names: Names) -> Section:
    regions, unit = view["regions"], str(view["basis"]["unit"].iloc[0])
    kept = regions.index if len(regions) <= 2 * _BARS else [
        *regions.index[:_BARS], *regions.index[-_BARS:]
    ]  # fmt: skip
    rows = []
    for _, row in regions.loc[kept].iterrows():
        note = told_amount(row["gain"], unit, signed=True)
        if np.isfinite(row["alone"]):
            note = say("{gain}; alone {alone:+.2%}", gain=note, alone=row["alone"])
        value = 100 * row["everybody"]
        rows.append({"name": names.region(str(row["region"])), "value": value, "note": note})
    alt = say("Bars of {count} regions by the change of their real income if everybody acts.",
              count=len(rows))  # fmt: skip
    note = say("Exact change of real income; beside it, what that is in money.")
    return bars(place, title, rows, unit="%", alt=alt, note=note)


def _map(place: str, title: Message, view: View, names: Names) -> Section:
    regions = view["regions"]
    labels = regions["region"].astype(str).tolist()
    order = ("everybody", "alone", "answered", "without", "club")
    layers = [
        (_WAYS[way], 100 * regions[way].to_numpy(np.float64)[None, :])
        for way in order
        if regions[way].notna().any()
    ]
    alt = say("Map of the world by the change of real income if everybody acts.")
    note = say("Each region in its own equilibrium where it acts alone or stays out.")
    return map_of(
        place, title, labels, layers, names, alt=alt, note=note, unit="%", palette="change"
    )


def _regions(place: str, title: Message, view: View, names: Names) -> Section:
    regions = view["regions"]
    shown = [way for way in _WAYS if regions[way].notna().any()]
    extra = [name for name in ("worth", "staying_out") if regions[name].notna().any()]
    rows = [
        [names.region(str(row["region"])), *(100 * row[name] for name in (*shown, *extra)),
         row["compensation"]]
        for _, row in regions.iterrows()
    ]  # fmt: skip
    told = {"worth": say("worth of cooperation"), "staying_out": say("gain from staying out")}
    columns = [
        (say("region"), ""), *((_WAYS[way], "%") for way in shown),
        *((told[name], "%") for name in extra), (say("would have to be paid"), "number"),
    ]  # fmt: skip
    note = (
        say("Worth of cooperation: everybody rather than alone. Payments in {unit}.",
            unit=str(view["basis"]["unit"].iloc[0]))
        if _opens(view)
        else say("Worth of cooperation: nobody rather than everybody. Payments in {unit}.",
                 unit=str(view["basis"]["unit"].iloc[0]))
    )  # fmt: skip
    return told_table(place, title, columns, rows, note=note)


def _groups(place: str, title: Message, view: View, names: Names) -> Section:
    del names
    rows = [
        [group_of(str(row["group"])), _WAYS[str(row["way"])], row["regions"],
         100 * row["real_income"], row["gain"], row["winners"], row["losers"]]
        for _, row in view["groups"].iterrows()
    ]  # fmt: skip
    columns = [
        (say("group"), ""), (say("way"), ""), (say("members"), "number"),
        (say("real income"), "%"), (say("in money"), "number"), (say("gain"), "number"),
        (say("lose"), "number"),
    ]  # fmt: skip
    note = say("Where members act singly, each counts in its own equilibrium.")
    return told_table(place, title, columns, rows, note=note)


def _assumed(place: str, title: Message, view: View, names: Names) -> Section:
    basis = view["basis"].iloc[0]
    told: list[str] = [
        DEFICITS[str(basis["deficits"])],
        say("Each region decides on barriers to what it buys.")
        if basis["by"] == "destination"
        else say("Each region decides on barriers to what it sells."),
        say("What makes good a loss is money at prices of the baseline; that paying it moves "
            "prices is not counted."),
    ]  # fmt: skip
    if club := str(basis["club"]):
        members = [names.region(label) for label in club.split(", ")]
        told.append(say("The club: {names}.", names=joined(members, say(", "))))
    return words(place, title, told)
