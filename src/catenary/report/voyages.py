"""The page of routes: where they lead, leg by leg, and what each takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from catenary.languages import Message, joined, say
from catenary.report.atsea import (
    GOALS,
    Spot,
    amount,
    called,
    known,
    leg,
    mark,
    passages_of,
    sea_map,
    summed,
    taken,
    through,
    titled,
    vessel,
)
from catenary.report.document import Section, figure, in_both, told_table, words
from catenary.report.tallies import views

if TYPE_CHECKING:
    import pandas as pd

    from catenary.model import Result, Run
    from catenary.report.naming import Names
    from catenary.report.tallies import View

__all__ = ["METHOD", "REFERENCES", "brief", "cards", "lead", "sections", "title"]

METHOD: Final = (
    say(
        "Ships sail along lanes of open water, which are shortest ways around land, and through "
        "passages. In open water everything is proportional to the distance; a passage adds the "
        "days it takes, its toll and its war-risk premium, and bars ships that do not fit."
    ),
    say(
        "The best route is the shortest by the chosen goal (Dijkstra's algorithm). Each next one "
        "does without a passage that better ones need."
    ),
    say("Emissions are those of the laden ship, well to wheel; the way back is not counted."),
)
"""How it is computed, in short."""

REFERENCES: Final = (
    (
        "Dijkstra, E. W. (1959). A note on two problems in connexion with graphs. Numerische "
        "Mathematik 1, 269–271."
    ),
)
"""Where the method is from."""

_MOST_TABLES: Final = 4  # routes whose legs stand in a table of their own
_DRAWN: Final = 12  # routes on the map


def _rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(k): v for k, v in row.items()} for row in frame.to_dict("records")]


def _ends(one: dict[str, Any]) -> Message:
    return say(
        "{origin} to {destination}",
        origin=called(str(one["origin"])), destination=called(str(one["destination"])),
    )  # fmt: skip


def title(result: Result) -> str:
    """Return from where to where."""
    routes = views(result)[0]["routes"]
    return _ends(_rows(routes)[0]) if len(routes) else say("Routes by sea")


def lead(result: Result, names: Names) -> str:
    """Return from where to where, how far, how long, by which way, and what it takes."""
    del names
    one = _rows(views(result)[0]["routes"])[0]
    emitted = (
        say(" and emits {tonnes:,.0f} t CO2e", tonnes=one["emissions"] / 1e3)
        if known(one["emissions"])
        else ""
    )
    return say(
        "{ends}: {distance:,.0f} km in {days:.1f} days {way}; a voyage costs {cost:,.0f} "
        "USD{emitted}.",
        ends=_ends(one),
        distance=one["distance"],
        days=one["duration"],
        way=through(passages_of(str(one["passages"])), short=True),
        cost=one["cost"],
        emitted=emitted,
    )


def brief(result: Result, names: Names) -> list[tuple[str, list[str]]]:
    """Return what a tonne of cargo takes, and how the other routes differ from the best."""
    found = []
    goal = GOALS.get(str(result.run.options.get("by", "cost")), "")
    for view in views(result):
        first, *rest = _rows(view["routes"])
        told: list[str] = []
        if goal and rest:
            told.append(say("Route 1 of {count} is best by {goal}.", count=len(rest) + 1,
                            goal=goal))  # fmt: skip
        if known(first["cost_tonne"]):
            told.append(
                say("A tonne of cargo costs {cost:,.2f} USD.", cost=first["cost_tonne"])
                if not known(first["emissions_tonne"])
                else say(
                    "A tonne of cargo costs {cost:,.2f} USD and emits {kilograms:,.0f} kg CO2e.",
                    cost=first["cost_tonne"],
                    kilograms=first["emissions_tonne"],
                )
            )
        told += [_differing(one, first) for one in rest[:2]]
        found.append((names.heading(view.label), told))
    return found


def _differing(one: dict[str, Any], best: dict[str, Any]) -> Message:
    """Return by which passages a route differs from the best, and by how much."""
    mine, others = (passages_of(str(row["passages"])) for row in (one, best))
    without = [called(label) for label in others if label not in mine]
    instead = [called(label) for label in mine if label not in others]
    parts: list[str] = []
    if without:
        parts.append(say("without {passages}", passages=joined(without, say(", "))))
    if instead:
        parts.append(say("by {passages}", passages=joined(instead, say(", "))))
    parts.append(
        say(
            "{distance:+,.0f} km, {days:+.1f} days, {cost:+,.0f} USD",
            distance=one["distance"] - best["distance"],
            days=one["duration"] - best["duration"],
            cost=one["cost"] - best["cost"],
        )
    )
    return say("Route {number}: {text}.", number=one["route"], text=joined(parts, say("; ")))


def cards(result: Result, names: Names) -> list[dict[str, Any]]:
    """Return distance, days, cost and emissions of the best route."""
    found = []
    for view in views(result)[:2]:
        one = _rows(view["routes"])[0]
        note = names.world(view.label)
        found += [
            figure(say("distance"), one["distance"], "km", note),
            figure(say("duration"), one["duration"], "day", note),
            figure(say("cost of a voyage"), one["cost"], "USD", note),
        ]
        if known(one["emissions"]):
            found.append(figure(say("emissions"), one["emissions"] / 1e3, "t CO2e", note))
    return found


def sections(result: Result, names: Names) -> list[Section]:
    """Return map, routes, their chart, legs, and what is assumed."""
    found: list[Section] = []
    several = views(result)
    for number, view in enumerate(several):
        after = f"-{number}" if number else ""
        made = [_map(f"map{after}", view), *_several(after, view), *_legs(after, view)]
        found += titled(made, names.world(view.label))
    return [*found, _assumptions(result.run)]


# --- the map --------------------------------------------------------------------------------------


def _map(place: str, view: View) -> Section:
    routes, paths = _rows(view["routes"]), view["paths"]
    lines: dict[int, list[dict[str, Any]]] = {}
    for about in _rows(view["legs"]):
        part = paths[(paths["route"] == about["route"]) & (paths["leg"] == about["leg"])]
        points = part[["lon", "lat"]].to_numpy(float).ravel().tolist()
        lines.setdefault(int(about["route"]), []).append(
            leg(_leg_name(about, several=len(routes) > 1), amount(about), points)
        )
    drawn = [one["route"] for one in routes][:_DRAWN]
    first = drawn[0]
    several = [
        {"style": "best" if route == first else "other", "legs": lines[route]}
        for route in reversed(drawn) if route in lines
    ]  # fmt: skip
    alt = say(
        "Map of the way from {ends}, {way}: {taken}.",
        ends=_ends(routes[0]), way=through(passages_of(str(routes[0]["passages"]))),
        taken=taken(routes[0]),
    )  # fmt: skip
    note = (
        say("The first {shown} of {all} routes are drawn.", shown=_DRAWN, all=len(routes))
        if len(routes) > _DRAWN
        else ""
    )
    key = {
        "best": say("route {number}: {text}", number=first, text=taken(routes[0])),
        "other": joined(
            [
                say("route {number}: {text}", number=one["route"], text=taken(one))
                for one in routes[1:4]
            ],
            say("; "),
        ),
    }
    if len(routes) > 4:
        key["other"] = say("the other routes")
    if len(routes) == 1:
        key = {}
    marks = _marks(routes, view, set(drawn))
    return sea_map(place, say("The route on the map"), several, marks, alt=alt, key=key, note=note)


def _leg_name(one: dict[str, Any], *, several: bool) -> Message:
    name = _stretch(one)
    if not several:
        return say("Leg {leg}: {name}", leg=one["leg"], name=name)
    return say("Route {route}, leg {leg}: {name}", route=one["route"], leg=one["leg"], name=name)


def _stretch(one: dict[str, Any]) -> str:
    """Return a leg in words: through a passage, or from one place to the next."""
    if one["passage"]:
        return say("through {passage}", passage=called(str(one["passage"])))
    origin, destination = called(str(one["origin"])), called(str(one["destination"]))
    return say("{origin} to {destination}", origin=origin, destination=destination)


def _marks(routes: list[dict[str, Any]], view: View, drawn: set[int]) -> list[dict[str, Any]]:
    """Return both ends and every passage, in the order in which they are passed."""
    legs, paths = _rows(view["legs"]), view["paths"]
    first = paths[paths["route"] == routes[0]["route"]]
    found = [
        mark(Spot(called(str(routes[0][role])), float(at["lon"]), float(at["lat"])), "end")
        for role, at in (("origin", first.iloc[0]), ("destination", first.iloc[-1]))
    ]
    seen: dict[str, dict[str, Any]] = {}
    for one in legs:
        if one["passage"] and one["route"] in drawn:
            seen.setdefault(str(one["passage"]), one)
    for number, (label, one) in enumerate(seen.items(), 1):
        part = paths[(paths["route"] == one["route"]) & (paths["leg"] == one["leg"])]
        middle = part.iloc[len(part) // 2]
        at = Spot(called(label), float(middle["lon"]), float(middle["lat"]))
        found.append(mark(at, "passage", note=amount(one), number=number))
    return found


# --- tables ---------------------------------------------------------------------------------------


def _several(after: str, view: View) -> list[Section]:
    """Return the table of routes, and their chart where they differ in cost and days."""
    routes = _rows(view["routes"])
    if len(routes) < 2:
        return []
    risky = any(one["risk"] > 0 for one in routes)
    columns = [
        (say("route"), "number"), (say("by"), ""), (say("distance"), "km"), (say("days"), "day"),
        (say("cost"), "USD"), (say("emissions"), "t CO2e"),
        *([(say("war risk, share of the hull"), "share")] if risky else []),
        (say("best by"), ""),
    ]  # fmt: skip
    rows = [
        [
            one["route"], through(passages_of(str(one["passages"]))), one["distance"],
            one["duration"], one["cost"], one["emissions"] / 1e3,
            *([one["risk"]] if risky else []),
            joined(
                [GOALS.get(goal, goal) for goal in passages_of(str(one["best_by"]))
                 if risky or goal != "risk"],
                say(", "),
            ),
        ]
        for one in routes
    ]  # fmt: skip
    found = [
        told_table(
            f"routes{after}", say("The routes"), columns, rows,
            note=say("Best by: the goals by which none of these routes is better."),
        )
    ]  # fmt: skip
    if sum(bool(one["efficient"]) for one in routes) > 1:  # else the first is best in everything
        found.append(_points(f"points{after}", routes))
    return found


def _points(place: str, routes: list[dict[str, Any]]) -> Section:
    rows = [
        {
            "name": in_both(say("route {number}", number=one["route"])),
            "x": float(f"{one['duration']:.6g}"),
            "y": float(f"{one['cost']:.6g}"),
            "strong": bool(one["efficient"]),
            "note": in_both(amount(one)),
        }
        for one in routes
    ]
    quick = min(routes, key=lambda one: float(one["duration"]))
    cheap = min(routes, key=lambda one: float(one["cost"]))
    alt = say(
        "Points by days and cost: route {quick} is the quickest, route {cheap} the cheapest.",
        quick=quick["route"], cheap=cheap["route"],
    )  # fmt: skip
    note = say("Filled: no other of these routes is as good in every goal and better in one.")
    return {
        "kind": "points",
        "id": place,
        "title": in_both(say("Cost against time")),
        "note": in_both(note),
        "alt": in_both(alt),
        "x": {"name": in_both(say("duration")), "unit": "day"},
        "y": {"name": in_both(say("cost")), "unit": "USD"},
        "rows": rows,
    }


def _legs(after: str, view: View) -> list[Section]:
    """Return the legs of each route with their sum; those of the others folded."""
    legs = view["legs"]
    found = []
    for one in _rows(view["routes"])[:_MOST_TABLES]:
        number = int(one["route"])
        first = number == 1
        part = _rows(legs[legs["route"] == number])
        risky = one["risk"] > 0
        columns = [
            (say("leg"), "number"), (say("from and to"), ""), (say("distance"), "km"),
            (say("days"), "day"), (say("cost"), "USD"), (say("emissions"), "t CO2e"),
            *([(say("war risk, share of the hull"), "share")] if risky else []),
        ]  # fmt: skip
        rows = [
            [row["leg"] if row is not one else None, say("in all") if row is one else _stretch(row),
             row["distance"], row["duration"], row["cost"], row["emissions"] / 1e3,
             *([row["risk"]] if risky else [])]
            for row in [*part, one]
        ]  # fmt: skip
        heading = say("Legs") if len(view["routes"]) == 1 else say("Legs of route {number}",
                                                                   number=number)  # fmt: skip
        place = f"legs{after}" if first else f"legs{after}-route-{number}"
        found.append(summed(told_table(place, heading, columns, rows, folded=not first)))
    return found


# --- assumptions ----------------------------------------------------------------------------------


def _assumptions(run: Run) -> Section:
    """Return the ship and the prices that the answer rests on."""
    options = run.options
    told: list[str] = [
        say(
            "The ship: {vessel}, with draft, width, speed, fuel per day, charter and load as in "
            "the table vessels, but for what is given here.",
            vessel=vessel(str(options.get("vessel", ""))),
        )
    ]
    for name, sentence in (
        ("draft", say("Its draft: {value} m.", value=options.get("draft"))),
        ("beam", say("Its width: {value} m.", value=options.get("beam"))),
        ("length_overall", say("Its length: {value} m.", value=options.get("length_overall"))),
        ("speed", say("Its speed: {value} knots.", value=options.get("speed"))),
        ("via", say("It comes by: {value}.", value=options.get("via"))),
        ("avoid", say("It does not use: {value}.", value=options.get("avoid"))),
        ("closed", say("Closed: {value}.", value=options.get("closed"))),
        ("opened", say("Opened: {value}.", value=options.get("opened"))),
    ):
        if options.get(name):
            told.append(sentence)
    told.append(say("Fuel costs {price:,.0f} USD a tonne.", price=options.get("fuel_price") or 0.0))
    value = float(options.get("goods_value") or 0.0)
    told.append(
        say("The time of the goods costs 0.6% of {value:,.0f} USD a tonne per day.", value=value)
        if value
        else say("The time of the goods is not counted as a cost.")
    )
    return words("rests", say("What this rests on"), told)
