"""Sea, rail, road, waterway and air from one place to another, side by side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Final

import numpy as np
import pandas as pd

from catenary.errors import NoRouteError, OptionError, did_you_mean
from catenary.languages import joined, recognised, say
from catenary.logistics.atlas import sea_world
from catenary.logistics.carriage import carriage
from catenary.logistics.defaults import VALUE_OF_TIME, VESSEL
from catenary.logistics.hauling import Goal, Goods
from catenary.logistics.land import land_table, transport_world
from catenary.logistics.linking import VALUE, places_of
from catenary.logistics.shutting import closed_in, opened_in
from catenary.logistics.sites import sites
from catenary.logistics.telling_ways import Ways
from catenary.model import Result, Run, World
from catenary.model.analysis import Number, analysis

if TYPE_CHECKING:
    from catenary.logistics.telling_ways import Leg

__all__ = ["Modes", "modes"]

_MODES: Final = {
    "sea": say("sea"),
    "rail": say("rail"),
    "waterway": say("waterway"),
    "road": say("road"),
    "air": say("air"),
}


@dataclass(frozen=True, kw_only=True, eq=False)
class Modes(Result):
    """The best way by each mode, and its legs."""

    modes: pd.DataFrame
    """One row per mode that there is a way by, the best first."""
    legs: pd.DataFrame
    """The legs of each, changing mode included; they add up to it."""
    sites: pd.DataFrame
    """Names of the places and passages of the legs, and where they lie."""

    def figures(self) -> pd.DataFrame:
        """Return days, freight and emissions of the best way."""
        rows = []
        for one in self.modes[self.modes["rank"] == 1].to_dict("records"):
            for name, unit, column in (
                (say("duration"), "day", "duration"),
                (say("freight"), "USD/t", "cost"),
                (say("emissions well to wheel"), "kg CO2e/t", "emissions"),
            ):
                label = {k: one[k] for k in ("world",) if k in one}
                rows.append(label | {"figure": str(name), "unit": unit, "value": one[column]})
        return pd.DataFrame(rows)

    def summary(self) -> str:
        """Return each mode in a line."""
        lines: list[str] = []
        for one in self.modes.to_dict("records"):
            line = say(
                "{rank}. By {mode}: {duration:.1f} days, {cost:,.0f} USD/t, {emissions:,.0f} kg "
                "CO2e/t, {distance:,.0f} km, {borders} borders.",
                rank=one["rank"],
                mode=_MODES[str(one["mode"])],
                duration=one["duration"],
                cost=one["cost"],
                emissions=one["emissions"],
                distance=one["distance"],
                borders=one["borders"],
            )
            label = one.get("world")
            lines.append(
                say("{label}: {text}", label=recognised(label), text=line) if label else line
            )
        return joined(lines, "\n")


@analysis("see")
def modes(
    world: World,
    *,
    origin: str,
    destination: str,
    by: Goal = "generalised",
    closed: str = "",
    opened: str = "",
    value_of_time: Annotated[float, Number("share/day", 0, 1)] = VALUE_OF_TIME,
    goods_value: Annotated[float, Number("USD/t", 0, 1e9)] = VALUE,
    vessel: str = VESSEL,
) -> Modes:
    """Compare ways by sea, rail, waterway, road and air from one place to another.

    By rail or waterway a truck brings the goods to the terminal and from it; by sea and air they
    go to the port or airport by whatever is best.

    Parameters
    ----------
    world
        Any; its own `lanes`, `facilities`, `passages`, `haulage` and so on come before those built
        in.
    origin
        A country (ISO 3166-1 alpha-3), or the id or name of a port, airport, terminal or place
        that lanes lead to.
    destination
        The same.
    by
        Goal that ways are best by.
    closed
        What is closed: passages, borders, corridors, ports, airports, terminals; parted by commas.
    opened
        Passages that are open whatever the tables say, parted by commas.
    value_of_time
        Share of the value of goods that a day costs; 0.006 to 0.021 by the source.
    goods_value
        Value of a tonne.
    vessel
        Row of `vessels` that goods sail by.

    Returns
    -------
    Modes
        A row for each mode there is a way by, the best first, and its legs.

    Raises
    ------
    NoRouteError
        If there is no way by any mode.
    OptionError
        If a place, passage or vessel is unknown, or both places are one.

    References
    ----------
    Hummels, D. L. & Schaur, G. (2013), Time as a trade barrier. American Economic Review 103(7),
    2935–2959.

    Examples
    --------
    >>> import catenary
    >>> found = catenary.modes(catenary.load("transport"), origin="CHN", destination="DEU")
    >>> days = found.modes.set_index("mode")["duration"]
    >>> bool(days["air"] < days["rail"] < days["sea"])
    True
    """
    ends = [
        _place(world, text, option)
        for text, option in ((origin, "origin"), (destination, "destination"))
    ]
    if ends[0] == ends[1]:
        raise OptionError(f"origin and destination are both {ends[0]}", hint="give two places")
    day = value_of_time * goods_value
    there = set(land_table(world, "lanes").frame["mode"].astype("str")) | {"sea", "air"}
    names = [name for name in _MODES if name in there]
    goods = [Goods(day=day, mode=name) for name in names]
    made = carriage(world, ends, goods, by=by, vessel=vessel, opened=opened_in(world, opened))
    found = made.reroute(closed_in(world, closed))
    ways = Ways(made, found)
    weights = Goods(day=day).weights("generalised")
    rows, legs = [], []
    for q, name in enumerate(names):
        parts = ways.legs(q, 0, 1)
        if not parts or (name in ("rail", "waterway") and name not in {leg.mode for leg in parts}):
            continue
        best = found.best[q]
        figures = best.figures[:, 0, 1]
        rows.append(_row(name, figures, weights.of(figures), best.goal[0, 1], parts))
        legs += [_leg(name, k, leg) for k, leg in enumerate(parts, 1)]
    if not rows:
        raise NoRouteError(
            f"no way by any mode leads from {ends[0]} to {ends[1]}",
            hint="open something that is closed, or add lanes",
        )
    table = pd.DataFrame(rows).sort_values("goal", kind="stable").drop(columns="goal")
    table.insert(0, "rank", np.arange(1, len(table) + 1))
    run = Run(analysis="modes", options={}, world="", warnings=())
    told = pd.DataFrame(legs)
    passed = [one for text in told["passages"] for one in text.split(";")]
    where = sites(
        [*told["origin"], *told["destination"], *passed], world, transport_world(), sea_world()
    )
    return Modes(run=run, modes=table.reset_index(drop=True), legs=told, sites=where)


def _row(mode: str, figures: Any, generalised: Any, goal: float, legs: list[Leg]) -> dict[str, Any]:
    """Return a row of modes."""
    passages = list(dict.fromkeys(one for leg in legs for one in leg.passages))
    return {
        "mode": mode,
        "distance": sum(leg.distance for leg in legs),
        "duration": float(figures[0]),
        "cost": float(figures[1]),
        "emissions": float(figures[2]),
        "generalised": float(generalised),
        "borders": sum(one.startswith("border_") for one in passages),
        "passages": ";".join(passages),
        "goal": goal,
    }


def _leg(mode: str, number: int, leg: Leg) -> dict[str, Any]:
    """Return a row of legs."""
    return {
        "mode": mode,
        "leg": number,
        "by": leg.mode,
        "origin": leg.origin,
        "destination": leg.destination,
        "distance": leg.distance,
        "duration": leg.duration,
        "cost": leg.cost,
        "emissions": leg.emissions,
        "passages": ";".join(leg.passages),
    }


def _place(world: World, text: str, option: str) -> str:
    """Return the facility that a text means.

    Raises
    ------
    OptionError
        If nothing is called so.
    """
    frame = land_table(world, "facilities").frame
    key = text.strip()
    for label in (key, key.upper()):
        region = places_of(world, pd.Index([label]))
        if region:
            return region[label]
        if label in frame.index:
            return label
    named = frame.index[frame["name"].str.casefold() == key.casefold()]
    if len(named):
        return str(named[0])
    known = [*frame["region"].astype("str").unique(), *map(str, frame.index), *frame["name"]]
    raise OptionError(
        f"{option} is {text!r}, which is no country and no place that lanes lead to",
        hint=f"{did_you_mean(key, [one for one in known if one])}; give an ISO 3166-1 alpha-3 code "
        "or the id of a facility",
    )
