"""The pages of distances between places and of what a shipment emits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from catenary.languages import Message, joined, say
from catenary.report.atsea import GOALS, called, known, summed, titled
from catenary.report.document import Section, figure, told_table
from catenary.report.tallies import views

if TYPE_CHECKING:
    from catenary.model import Result
    from catenary.report.naming import Names
    from catenary.report.tallies import View

__all__ = [
    "EMISSIONS_METHOD",
    "EMISSIONS_REFERENCES",
    "distances_brief",
    "distances_cards",
    "distances_lead",
    "distances_sections",
    "emissions_brief",
    "emissions_cards",
    "emissions_lead",
    "emissions_sections",
]

EMISSIONS_METHOD: Final = (
    say(
        "By ISO 14083: mass times transport-activity distance times emissions per tonne-kilometre. "
        "The activity distance is the shortest feasible or the great-circle distance; vehicles "
        "travel more than that, by the distance adjustment."
    ),
    say("Well to wheel: with those of making the fuel; tank to wheel: of burning it."),
)
"""How emissions are computed, in short."""

EMISSIONS_REFERENCES: Final = ("ISO 14083:2023.", "Smart Freight Centre, GLEC Framework v3.")
"""Where the method is from."""

_WIDEST: Final = 10  # columns of a matrix
_LONGEST: Final = 30  # rows of a matrix
_PAIRS: Final = 200  # rows of a list
_BASES: Final = {
    "shortest_feasible": say("shortest feasible distance"),
    "great_circle": say("great-circle distance"),
    "actual": say("distance travelled"),
}

Row = dict[str, Any]


def _rows(view: View, table: str) -> list[Row]:
    return [{str(k): v for k, v in row.items()} for row in view[table].to_dict("records")]


# --- distances ------------------------------------------------------------------------------------


def distances_lead(result: Result, names: Names) -> str:
    """Return how far apart two places are, or how many pairs there are and the farthest."""
    del names
    pairs = [one for one in _rows(views(result)[0], "distances")
             if one["origin"] != one["destination"]]  # fmt: skip
    there = [one for one in pairs if known(one["distance"])]
    if not there:
        return say("No way is open between these places.")
    most = max(there, key=lambda one: float(one["distance"]))
    told = say(
        "{origin} to {destination}: {distance:,.0f} km, {days:.1f} days.",
        origin=called(str(most["origin"])), destination=called(str(most["destination"])),
        distance=most["distance"], days=most["duration"],
    )  # fmt: skip
    if len(pairs) == 1:
        return told
    return say("{pairs:,} pairs of places; the farthest: {text}", pairs=len(pairs), text=told)


def distances_brief(result: Result, names: Names) -> list[tuple[str, list[str]]]:
    """Return what the ways are best by, and how many pairs have none."""
    by = str(result.run.options.get("by", "distance"))
    found = []
    for view in views(result):
        lost = sum(not known(one["distance"]) for one in _rows(view, "distances"))
        told: list[str] = [say("Each way is the best by {goal}.", goal=GOALS.get(by, by))]
        if lost:
            told.append(say("{count:,} pairs have no way that is open.", count=lost))
        found.append((names.heading(view.label), told))
    return found


def distances_cards(result: Result, names: Names) -> list[dict[str, Any]]:
    """Return nothing: the table is all there is."""
    del result, names
    return []


def distances_sections(result: Result, names: Names) -> list[Section]:
    """Return a matrix where it is small, else the pairs."""
    by = str(result.run.options.get("by", "distance"))
    found: list[Section] = []
    for number, view in enumerate(views(result)):
        after = f"-{number}" if number else ""
        rows = _rows(view, "distances")
        origins = list(dict.fromkeys(str(one["origin"]) for one in rows))
        destinations = list(dict.fromkeys(str(one["destination"]) for one in rows))
        small = len(destinations) <= _WIDEST and len(origins) <= _LONGEST
        whole = len(rows) >= len(origins) * len(destinations) - len(origins)
        made = (
            _matrix(f"matrix{after}", rows, origins, destinations, by)
            if small and whole and len(rows) > 1
            else _pairs(f"pairs{after}", rows, by)
        )
        found += titled([made], names.world(view.label))
    return found


def _matrix(
    place: str, rows: list[Row], origins: list[str], destinations: list[str], by: str
) -> Section:
    cells = {(one["origin"], one["destination"]): one["distance"] for one in rows}
    columns = [(say("from"), ""), *((called(one), "km") for one in destinations)]
    table = [[called(one), *(cells.get((one, other)) for other in destinations)] for one in origins]
    note = say(
        "Kilometres by sea on the way that is best by {goal}; blank: no way is open.",
        goal=GOALS.get(by, by),
    )
    return told_table(place, say("Distances"), columns, table, note=note)


def _pairs(place: str, rows: list[Row], by: str) -> Section:
    columns = [
        (say("from"), ""), (say("to"), ""), (say("distance"), "km"), (say("days"), "day"),
        (say("cost"), "USD"), (say("emissions"), "t CO2e"),
    ]  # fmt: skip
    far = sorted(
        (one for one in rows if one["origin"] != one["destination"]),
        key=lambda one: -float(one["distance"]) if known(one["distance"]) else 1.0,
    )
    table = [
        [called(str(one["origin"])), called(str(one["destination"])), one["distance"],
         one["duration"], one["cost"],
         one["emissions"] / 1e3 if known(one["emissions"]) else None]
        for one in far[:_PAIRS]
    ]  # fmt: skip
    note = say(
        "The farthest {shown:,} of {all:,} pairs, on the way that is best by {goal}.",
        shown=len(table), all=len(far), goal=GOALS.get(by, by),
    )  # fmt: skip
    return told_table(place, say("Distances"), columns, table, note=note)


# --- emissions ------------------------------------------------------------------------------------


def emissions_lead(result: Result, names: Names) -> str:
    """Return what the shipment emits, and on which basis."""
    del names
    view = views(result)[0]
    one, legs = _rows(view, "emissions")[0], _rows(view, "legs")
    ends = str(legs[0]["origin"]), str(legs[-1]["destination"])
    way = (
        say(" from {origin} to {destination}", origin=called(ends[0]), destination=called(ends[1]))
        if all(ends)
        else ""
    )
    return say(
        "{mass:,.6g} t{way} emit {emissions:,.6g} kg CO2e well to wheel, over a {basis} of "
        "{distance:,.6g} km.",
        mass=one["mass"], way=way, emissions=one["well_to_wheel"], basis=_basis(one),
        distance=one["distance"],
    )  # fmt: skip


def emissions_brief(result: Result, names: Names) -> list[tuple[str, list[str]]]:
    """Return the basis of each world, and whose emissions per tonne-kilometre are taken."""
    return [
        (names.heading(view.label), _grounds(_rows(view, "emissions")[0])) for view in views(result)
    ]


def _grounds(one: Row) -> list[str]:
    taken = (
        say("Emissions are those of {vehicle}.", vehicle=str(one["vehicle"]))
        if one["basis"] == "actual"
        else say(
            "Emissions are those of {vehicle}, for {share:.0%} more than that.",
            vehicle=str(one["vehicle"]), share=one["adjustment"],
        )
    )  # fmt: skip
    return [say("Distances are the {basis}.", basis=_basis(one)), taken]


def _basis(one: Row) -> str:
    return _BASES.get(str(one["basis"]), str(one["basis"]))


def emissions_cards(result: Result, names: Names) -> list[dict[str, Any]]:
    """Return emissions, activity, distance, and emissions per tonne-kilometre."""
    found = []
    for view in views(result)[:2]:
        one = _rows(view, "emissions")[0]
        note = names.world(view.label)
        found += [
            figure(say("emissions well to wheel"), one["well_to_wheel"], "kg CO2e", note),
            figure(say("transport activity"), one["activity"], "t-km", note),
            figure(say("distance"), one["distance"], "km", _basis(one)),
            figure(say("distance adjustment"), one["adjustment"], "share", note),
        ]
    return found


def emissions_sections(result: Result, names: Names) -> list[Section]:
    """Return the legs and their sum."""
    found: list[Section] = []
    for number, view in enumerate(views(result)):
        whole, legs = _rows(view, "emissions")[0], _rows(view, "legs")
        parts = [name for name in ("tank_to_wheel", "well_to_tank") if known(whole[name])]
        heads = {"tank_to_wheel": say("tank to wheel"), "well_to_tank": say("well to tank")}
        columns = [
            (say("leg"), "number"), (say("from and to"), ""), (say("distance"), "km"),
            (say("activity"), "t-km"), (say("emissions well to wheel"), "kg CO2e"),
            *((heads[name], "kg CO2e") for name in parts),
        ]  # fmt: skip
        rows = [
            [one.get("leg"), _leg(one) if one is not whole else say("in all"),
             *(one[name] for name in ("distance", "activity", "well_to_wheel", *parts))]
            for one in [*legs, whole]
        ]  # fmt: skip
        note = joined(_grounds(whole), " ")
        place = f"legs-{number}" if number else "legs"
        made = summed(told_table(place, say("Legs"), columns, rows, note=note))
        found += titled([made], names.world(view.label))
    return found


def _leg(one: Row) -> Message | str:
    if not one["origin"]:
        return say("the whole way")
    if one["origin"] == one["destination"]:
        return say("through {passage}", passage=called(str(one["origin"])))
    return say(
        "{origin} to {destination}",
        origin=called(str(one["origin"])), destination=called(str(one["destination"])),
    )  # fmt: skip
