"""The routes of a ship from one place to another, and what each takes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Final

import numpy as np
import pandas as pd

from catenary.languages import joined, recognised, say
from catenary.logistics.asking import best_or_why_not, cut_off, voyage
from catenary.logistics.atlas import network
from catenary.logistics.caveats import of_passages, of_places, of_the_question, of_the_ship
from catenary.logistics.defaults import FUEL_PRICE, VESSEL
from catenary.logistics.doors import GOALS, By, sailing
from catenary.logistics.naming import OWN, called, own_names
from catenary.maths.sphere import along
from catenary.model import Result, Run, World
from catenary.model.analysis import Number, analysis
from catenary.worlds.sea import passage_names

if TYPE_CHECKING:
    from collections.abc import Iterable

    from catenary.languages import Message
    from catenary.logistics.router import Route, Voyage

__all__ = ["Routes", "routes"]

_MOST: Final = 50  # efficient routes
_POINTS: Final = 150e3  # metres between drawn points
_HAIR: Final = 1e-9

_FIGURES: Final = (
    (say("distance"), "km", "distance"),
    (say("duration"), "day", "duration"),
    (say("cost"), "USD", "cost"),
    (say("emissions well to wheel"), "kg CO2e", "emissions"),
)


@dataclass(frozen=True, kw_only=True, eq=False)
class Routes(Result):
    """Routes, the legs of each, and the lines to draw them."""

    routes: pd.DataFrame
    """One row per route, the best by the chosen goal first."""
    legs: pd.DataFrame
    """Open water from passage to passage, and the passages; they add up to the routes."""
    paths: pd.DataFrame
    """Points along each leg; longitudes go on beyond 180 degrees where a route does."""

    def figures(self) -> pd.DataFrame:
        """Return distance, duration, cost and emissions of the best route."""
        first = self.routes[self.routes["route"] == 1]
        rows = [
            {k: one[k] for k in ("world",) if k in one}
            | {"figure": str(name), "unit": unit, "value": one[column]}
            for one in first.to_dict("records")
            for name, unit, column in _FIGURES
        ]
        return pd.DataFrame(rows)

    def summary(self) -> str:
        """Return each route in a line."""
        names = passage_names()
        lines: list[str] = []
        for one in self.routes.to_dict("records"):
            way = [recognised(names.get(p, p)) for p in str(one["passages"]).split(", ") if p]
            line = say(
                "{number}. {origin} to {destination}: {distance:,.0f} km ({miles:,.0f} nautical "
                "miles), {duration:.1f} days{cost}{emitted}; {way}.",
                number=one["route"],
                origin=called(str(one["origin"]), self.routes.attrs),
                destination=called(str(one["destination"]), self.routes.attrs),
                distance=one["distance"],
                miles=one["distance"] / 1.852,
                duration=one["duration"],
                cost=_costing(one["cost"]),
                emitted=_emitted(one["emissions"], one.get("emissions_fuel", math.nan)),
                way=say("by {passages}", passages=joined(way, say(", "))) if way
                else say("through open water only"),
            )  # fmt: skip
            label = one.get("world")
            lines.append(say("{label}: {text}", label=label, text=line) if label else line)
        return joined(lines, "\n")


def _costing(dollars: float) -> Message:
    if math.isnan(dollars):
        return say(", cost unknown")
    return say(", {cost:,.0f} USD", cost=dollars)


def _emitted(kilograms: float, burnt: float) -> Message | str:
    """Return emissions by activity, and those of the fuel, which are of another scope."""
    if math.isnan(kilograms):
        return ""
    if math.isnan(burnt):
        return say(", {tonnes:,.0f} t CO2e", tonnes=kilograms / 1e3)
    return say(
        ", {tonnes:,.0f} t CO2e by the factor of its class well to wheel ({burnt:,.0f} t CO2 by "
        "its fuel alone)",
        tonnes=kilograms / 1e3,
        burnt=burnt / 1e3,
    )


@analysis("see")
def routes(
    world: World,
    *,
    origin: str,
    destination: str,
    by: By = "cost",
    vessel: str = VESSEL,
    draft: Annotated[float, Number("m", 0.1, 100)] | None = None,
    beam: Annotated[float, Number("m", 0.1, 500)] | None = None,
    length_overall: Annotated[float, Number("m", 0.1, 2000)] | None = None,
    via: str = "",
    avoid: str = "",
    closed: str = "",
    opened: str = "",
    alternatives: Annotated[int, Number("number", 1, 100)] = 1,
    pareto: bool = False,
    speed: Annotated[float, Number("knot", 1, 60)] | None = None,
    fuel_price: Annotated[float, Number("USD/t", 0, 1e5)] = FUEL_PRICE,
    goods_value: Annotated[float, Number("USD/t", 0, 1e9)] = 0.0,
) -> Routes:
    """Find the best routes of a ship from one place to another.

    In open water a ship pays by the day, for fuel and charter; a passage adds the days it takes,
    its toll, its war-risk premium, and bars ships that do not fit. Closed passages are never used.
    Emissions are by activity (the factor of the class times its usual load), which is two to four
    times what the fuel of the same ship emits: factors are of ships as they sail on average, partly
    laden and sometimes empty; both are told.

    Parameters
    ----------
    world
        Any; its own `passages`, `vessels` and `facilities` come before those built in.
    origin
        A UN/LOCODE, the name of a port, the id of a facility with lon and lat, or lat,lon.
    destination
        The same.
    by
        Goal that the best route is best by; of routes of equal risk the quickest is the best.
    vessel
        Row of `vessels`.
    draft
        Draft of the ship; blank = that of the vessel.
    beam
        Width of the ship; blank = that of the vessel.
    length_overall
        Length of the ship; blank = that of the vessel.
    via
        Passages and places on the way in order, separated by commas; by semicolons where there are
        coordinates. A passage goes before a port of the same name.
    avoid
        Passages not to use, separated by commas.
    closed
        Passages and ports that are closed, separated by commas.
    opened
        Passages that are open whatever the table says, such as northern_sea_route, to ships that
        fit.
    alternatives
        How many routes to return at most: each next one does without a passage that better ones
        need.
    pareto
        Whether to return all routes that no other beats in every goal.
    speed
        Speed of the ship; blank = that of the vessel. Fuel per day goes with speed to the power
        2.2.
    fuel_price
        Price of fuel.
    goods_value
        Value of the cargo: a day costs 0.6 % of it; 0 = the time of the goods does not count.

    Returns
    -------
    Routes
        Routes, their legs, and the lines to draw them.

    Raises
    ------
    OptionError
        If a place, passage or vessel is unknown, a place lies inland, or options contradict.
    NoRouteError
        If no route is open; it names the fewest passages that would open one.

    References
    ----------
    Dijkstra, E. W. (1959), Numerische Mathematik 1, 269-271. The sources of tolls, limits, ships
    and prices stand in the tables of the world `sea`.

    Examples
    --------
    >>> import catenary
    >>> sea = catenary.load("sea")
    >>> found = catenary.routes(sea, origin="CNSHA", destination="NLRTM")
    >>> "suez" in found.routes["passages"][0]
    True
    """
    lanes = network()
    ship = sailing(
        world, vessel=vessel, draft=draft, beam=beam, length_overall=length_overall, speed=speed,
        fuel_price=fuel_price, goods=goods_value,
    )  # fmt: skip
    asked = voyage(
        world, lanes, ship, origin, destination, via=via, avoid=avoid, closed=closed, opened=opened
    )
    lists = {"closed": closed, "avoid": avoid, "opened": opened}
    warnings = list(of_the_question(world, asked.doors, lists))
    warnings += of_the_ship(asked.doors, by)
    warnings += of_places(asked.doors, (asked.origin, *asked.via, asked.destination))
    found = _found(world, asked, by, alternatives, warnings, pareto=pareto)
    legs = pd.concat([_legs(asked, route, k) for k, route in enumerate(found, 1)])
    legs = legs.reset_index(drop=True)
    warnings += of_passages(world, asked.doors, legs["passage"][legs["passage"] != ""], by)
    whole = _whole(asked, found, legs)
    whole.attrs[OWN] = own_names((asked.origin, asked.destination))
    paths = pd.concat([_paths(route, k) for k, route in enumerate(found, 1)], ignore_index=True)
    run = Run(analysis="routes", options={}, world="", warnings=tuple(warnings))
    return Routes(run=run, routes=whole, legs=legs, paths=paths)


def _found(
    world: World, asked: Voyage, by: By, most: int, warnings: list[str], *, pareto: bool
) -> list[Route]:
    """Return the routes to tell, the best first."""
    if most == 1 and not pareto:
        return [best_or_why_not(world, asked, by)]
    from catenary.logistics.many import efficient, next_best  # noqa: PLC0415  brings numba

    found = next_best(asked, by, most)
    if not found:
        raise cut_off(world, asked)
    if len(found) < most:
        warnings.append(
            say("only {number} routes differ in the passages they need", number=len(found))
        )
    if pareto:
        known = {route.doors for route in found}
        others, complete = efficient(asked, _goals(asked), _MOST)
        found += [route for route in others if route.doors not in known]
        if not complete:
            warnings.append(say("there are more efficient routes than these"))
    cost = {id(route): np.nan_to_num(_total(asked, route)[_sorting(by)]) for route in found}
    first, *rest = found
    return [first, *sorted(rest, key=lambda route: cost[id(route)])]


def _goals(asked: Voyage) -> list[By]:
    """Return the goals that can differ: emissions go with distance."""
    return [by for by in _known(asked) if by != "emissions"]


def _known(asked: Voyage) -> list[By]:
    """Return the goals that say something: cost and emissions may be unknown, risk may be none."""
    ship = asked.doors.sailing
    says = {
        "cost": not math.isnan(ship.day),
        "emissions": not math.isnan(ship.factor),
        "risk": bool(asked.doors.risk[asked.doors.usable].any()),
    }
    return [by for by in GOALS if says.get(by, True)]


def _sorting(by: By) -> int:
    return GOALS.index(by)


def _total(asked: Voyage, route: Route) -> tuple[float, ...]:
    return asked.doors.total(sum(one.metres for one in route.stretches), route.doors)


def _legs(asked: Voyage, route: Route, number: int) -> pd.DataFrame:
    """Return the legs of one route."""
    totals = [
        asked.doors.total(one.metres, [one.door] if one.door >= 0 else [])
        for one in route.stretches
    ]
    words: dict[str, Any] = {
        "origin": [one.origin for one in route.stretches],
        "destination": [one.destination for one in route.stretches],
        "passage": [
            asked.doors.passage(one.door) if one.door >= 0 else "" for one in route.stretches
        ],
    }
    return pd.DataFrame(
        {"route": number, "leg": np.arange(1, len(totals) + 1)}
        | {name: pd.Series(values, dtype="str") for name, values in words.items()}
        | {goal: [getattr(total, goal) for total in totals] for goal in GOALS}
    )


def _whole(asked: Voyage, found: list[Route], legs: pd.DataFrame) -> pd.DataFrame:
    """Return the table of routes: the sums of their legs."""
    sums = {
        goal: np.array([math.fsum(part) for _, part in legs.groupby("route")[goal]])
        for goal in GOALS
    }
    sums["distance"] = sums["distance"].round(3)  # whole metres
    count, ship = len(found), asked.doors.sailing
    cargo, known = ship.cargo, _known(asked)
    passages = legs[legs["passage"] != ""].groupby("route")["passage"].agg(", ".join)
    table = np.stack([np.nan_to_num(sums[goal]) for goal in GOALS], axis=1)
    return pd.DataFrame(
        {
            "route": np.arange(1, count + 1),
            "origin": pd.Series([asked.origin.id] * count, dtype="str"),
            "destination": pd.Series([asked.destination.id] * count, dtype="str"),
            "distance": sums["distance"],
            "duration": sums["duration"],
            "cost": sums["cost"],
            "cost_tonne": sums["cost"] / cargo,
            "emissions": sums["emissions"],
            "emissions_tonne": sums["emissions"] / cargo,
            "fuel": sums["duration"] * ship.fuel,
            "emissions_fuel": sums["duration"] * ship.burnt,
            "risk": sums["risk"],
            "passages": pd.Series(
                [str(passages.get(k, "")) for k in range(1, count + 1)], dtype="str"
            ),
            "best_by": pd.Series(
                [", ".join(_best_by(table, k, known)) for k in range(count)], dtype="str"
            ),
            "efficient": [not _beaten(table, k) for k in range(count)],
        }
    )


def _best_by(table: np.ndarray[Any, Any], k: int, known: Iterable[By]) -> Iterable[str]:
    least = table.min(axis=0)
    best = [goal for g, goal in enumerate(GOALS) if table[k, g] <= least[g] * (1 + _HAIR)]
    return [goal for goal in best if goal in known]


def _beaten(table: np.ndarray[Any, Any], k: int) -> bool:
    """Return whether another route is no worse in any goal and better in one."""
    no_worse = (table <= table[k] * (1 + _HAIR)).all(axis=1)
    better = (table < table[k] * (1 - _HAIR)).any(axis=1)
    return bool((no_worse & better).any())


def _paths(route: Route, number: int) -> pd.DataFrame:
    """Return the points of a route along great circles, longitudes unbroken."""
    parts = []
    last: float | None = None
    for leg, one in enumerate(route.stretches, 1):
        lon, lat = along(one.lon, one.lat, _POINTS)
        if last is not None:
            lon = lon + 360 * np.round((last - lon[0]) / 360)
        last = float(lon[-1])
        parts.append(
            pd.DataFrame(
                {
                    "route": number,
                    "leg": leg,
                    "point": np.arange(1, len(lon) + 1),
                    "lon": lon.round(4),
                    "lat": lat.round(4),
                }
            )
        )
    return pd.concat(parts, ignore_index=True)
