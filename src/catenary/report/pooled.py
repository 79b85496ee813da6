"""The page of `cooperate` over stocks or capacity: alone, in competition, together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from catenary.languages import Message, say
from catenary.model.money import told_amount
from catenary.report.document import Section, bars, figure, side_by_side, told_table
from catenary.report.tallies import View, views

if TYPE_CHECKING:
    from catenary.model import Result
    from catenary.report.naming import Names

__all__ = ["METHOD", "REFERENCES", "cards", "is_of_pool", "sections"]

METHOD: Final = (
    say(
        "Members keep stock or capacity before anybody knows which future cuts supply. Alone, each "
        "has its usual share of what is left, and its own stock. Competing, each keeps stock for "
        "itself and bids for what is left, which is split in proportion to bids (a Nash "
        "equilibrium). Together, one pool serves all at least cost (a linear programme)."
    ),
    say(
        "What sharing saves is split by what each member adds (Shapley value). At the prices of "
        "the joint plan no coalition has reason to leave; by the Shapley value one may."
    ),
)
"""How it is computed, in short."""

REFERENCES: Final = (
    "Shapley, L. S. (1953). A value for n-person games. Contributions to the Theory of Games II.",
    "Owen, G. (1975). On the core of linear production games. Mathematical Programming 9, 358–370.",
    (
        "Johari, R. & Tsitsiklis, J. N. (2004). Efficiency loss in a network resource allocation "
        "game. Mathematics of Operations Research 29(3), 407–435."
    ),
)
"""Where the method is from."""

_REGIMES: Final = {
    "alone": say("each alone"),
    "competing": say("competing for what is left"),
    "joint": say("in one pool"),
}


def is_of_pool(result: Result) -> bool:
    """Return whether a result of `cooperate` is over stocks or capacity."""
    return bool(len(result.tables.get("pool", ())))


def cards(result: Result, names: Names) -> list[dict[str, Any]]:
    """Return what it costs alone, in competition and together."""
    found = []
    for view in views(result)[:2]:
        one, note = view["pool"].iloc[0], names.world(view.label)
        found += [figure(said, one[name], str(one["money"]), note)
                  for name, said in _REGIMES.items()]  # fmt: skip
        found.append(figure(say("worth of sharing"), 100 * one["worth_share"], "%", note))
    return found


def sections(result: Result, names: Names) -> list[Section]:
    """Return costs by regime, what each member saves, and what it keeps."""
    every = views(result)
    labels = [names.heading(view.label) for view in every]
    found: list[Section] = []
    for place, title, make in (
        ("regimes", say("Alone, competing, together"), _regimes),
        ("savings", say("What each member saves by sharing"), _savings),
        ("members", say("What each member keeps, pays and gets"), _members),
    ):
        parts = [
            make(f"{place}-{i}" if len(every) > 1 else place, title, view, names)
            for i, view in enumerate(every)
        ]
        found += side_by_side(place, title, labels, parts)
    return found


def _regimes(place: str, title: Message, view: View, names: Names) -> Section:
    del names
    money = str(view["pool"]["money"].iloc[0])
    rows = [
        {
            "name": _REGIMES[str(row["regime"])], "value": row["cost"],
            "note": say(
                "keeping {keeping}, lacking {shortage}, premiums {premiums}",
                keeping=told_amount(row["keeping"], money),
                shortage=told_amount(row["shortage"], money),
                premiums=told_amount(row["premiums"], money),
            ),
        }
        for _, row in view["regimes"].iterrows()
    ]  # fmt: skip
    alt = say("Bars of what all members pay alone, in competition and in one pool.")
    note = say("Mean of a year. Premiums are a cost to members and an income of sellers.")
    return bars(place, title, rows, unit=money, alt=alt, note=note)


def _savings(place: str, title: Message, view: View, names: Names) -> Section:
    money = str(view["pool"]["money"].iloc[0])
    rows = [
        {
            "name": names.region(str(row["member"])), "value": row["saving"],
            "note": say("pays {joint} instead of {alone}", joint=told_amount(row["joint"], money),
                        alone=told_amount(row["alone"], money)),
        }
        for _, row in view["members"].iterrows()
    ]  # fmt: skip
    alt = say("Bars of {count} members by what sharing saves them.", count=len(rows))
    note = say("Split by what each adds: the mean over all orders in which members may come.")
    return bars(place, title, rows, unit=money, alt=alt, note=note)


def _members(place: str, title: Message, view: View, names: Names) -> Section:
    held = view["holdings"].set_index("member")
    rows = [
        [names.region(str(row["member"])),
         *(held.loc[row["member"], f"{regime}_cover"] for regime in _REGIMES),
         row["alone"], row["competing"], row["joint"], row["priced"], row["transfer"]]
        for _, row in view["members"].iterrows()
    ]  # fmt: skip
    columns = [
        (say("member"), ""), (say("keeps alone"), "number"), (say("competing"), "number"),
        (say("in the pool"), "number"), (say("pays alone"), "number"),
        (say("competing"), "number"), (say("pays by Shapley value"), "number"),
        (say("pays by prices"), "number"), (say("transfer"), "number"),
    ]  # fmt: skip
    note = say(
        "What is kept counts in days of normal need (stocks) or as a share of it (capacity), with "
        "what was there before; payments in {unit}. Transfer: what it pays to others (below 0: "
        "gets) so that the split by Shapley value holds.",
        unit=str(view["pool"]["money"].iloc[0]),
    )
    return told_table(place, title, columns, rows, note=note)
