"""How far it is by sea between many places, and what the routes take."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Final

import numpy as np
import pandas as pd

from catenary.errors import OptionError, listed
from catenary.languages import joined, recognised, say
from catenary.logistics.asking import closures
from catenary.logistics.atlas import network, part
from catenary.logistics.caveats import of_the_question, of_the_ship
from catenary.logistics.defaults import FUEL_PRICE, VESSEL
from catenary.logistics.doors import By, doors, sailing
from catenary.logistics.many import overlay_of
from catenary.logistics.mooring import moored
from catenary.logistics.naming import OWN, called, own_names
from catenary.logistics.places import Place, place, places
from catenary.model import Result, Run, World
from catenary.model.analysis import Number, analysis

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from catenary.logistics.doors import Doors
    from catenary.worlds.sea import SeaLanes

__all__ = ["Distances", "distances"]

_MOST: Final = 4_000_000  # rows

_GOALS: Final = {
    "distance": say("distance"),
    "duration": say("duration"),
    "cost": say("cost"),
    "emissions": say("emissions"),
    "risk": say("risk"),
}


@dataclass(frozen=True, kw_only=True, eq=False)
class Distances(Result):
    """What the best routes between many places take."""

    distances: pd.DataFrame
    """One row per pair, best by the chosen goal; numbers are blank where there is no route."""

    def figures(self) -> pd.DataFrame:
        """Return how many pairs there are, how many have no way, and the mean distance."""
        rows = []
        for label, frame in self._by_world():
            far = frame["distance"][frame["origin"] != frame["destination"]]
            for name, unit, value in (
                (say("pairs"), "number", float(len(far))),
                (say("pairs without a route"), "number", float(far.isna().sum())),
                (say("mean distance"), "km", float(far.mean()) if len(far) else math.nan),
            ):
                row = {"figure": str(name), "unit": unit, "value": value}
                rows.append(({"world": label} if label else {}) | row)
        return pd.DataFrame(rows)

    def summary(self) -> str:
        """Return how many pairs there are, and the farthest."""
        lines: list[str] = []
        by = _GOALS[str(self.run.options.get("by", "distance"))]
        for label, frame in self._by_world():
            far = frame[frame["origin"] != frame["destination"]]
            line = say(
                "{pairs:,} pairs, best by {goal}; {lost:,} without a route.",
                pairs=len(far),
                goal=by,
                lost=int(far["distance"].isna().sum()),
            )
            told = [line]
            if far["distance"].notna().any():
                most = far.iloc[int(np.nanargmax(far["distance"].to_numpy()))]
                told.append(
                    say(
                        "Farthest: {origin} to {destination}, {distance:,.0f} km, {duration:.1f} "
                        "days.",
                        origin=called(str(most["origin"]), self.distances.attrs),
                        destination=called(str(most["destination"]), self.distances.attrs),
                        distance=most["distance"],
                        duration=most["duration"],
                    )
                )
            line = joined(told, " ")
            lines.append(
                say("{label}: {text}", label=recognised(label), text=line) if label else line
            )
        return joined(lines, "\n")

    def _by_world(self) -> list[tuple[str, pd.DataFrame]]:
        if "world" not in self.distances:
            return [("", self.distances)]
        return [(str(w), frame) for w, frame in self.distances.groupby("world", sort=False)]


@analysis("see")
def distances(
    world: World,
    *,
    origins: str = "",
    destinations: str = "",
    by: By = "distance",
    vessel: str = VESSEL,
    draft: Annotated[float, Number("m", 0.1, 100)] | None = None,
    beam: Annotated[float, Number("m", 0.1, 500)] | None = None,
    length_overall: Annotated[float, Number("m", 0.1, 2000)] | None = None,
    avoid: str = "",
    closed: str = "",
    opened: str = "",
    speed: Annotated[float, Number("knot", 1, 60)] | None = None,
    fuel_price: Annotated[float, Number("USD/t", 0, 1e5)] = FUEL_PRICE,
    goods_value: Annotated[float, Number("USD/t", 0, 1e9)] = 0.0,
) -> Distances:
    """Measure the best routes of a ship between many places.

    Parameters
    ----------
    world
        Any; its own `passages`, `vessels`, `facilities` and `gateways` come before those built in.
    origins
        Places separated by commas; by semicolons where there are coordinates; blank = the gateways
        of all regions.
    destinations
        The same; blank = the origins.
    by
        Goal that the routes are best by.
    vessel
        Row of `vessels`.
    draft
        Draft of the ship; blank = that of the vessel.
    beam
        Width of the ship; blank = that of the vessel.
    length_overall
        Length of the ship; blank = that of the vessel.
    avoid
        Passages not to use, separated by commas.
    closed
        Passages and ports that are closed, separated by commas.
    opened
        Passages that are open whatever the table says, such as northern_sea_route.
    speed
        Speed of the ship; blank = that of the vessel.
    fuel_price
        Price of fuel.
    goods_value
        Value of the cargo: a day costs 0.6 % of it; 0 = the time of the goods does not count.

    Returns
    -------
    Distances
        A row for each pair; blank numbers where there is no route, or an end lies inland or has no
        coordinates.

    Raises
    ------
    OptionError
        If a place, passage or vessel is unknown, or all origins or all destinations lie inland or
        nowhere.

    References
    ----------
    Knopp, S. et al. (2007), Computing many-to-many shortest paths using highway hierarchies,
    ALENEX; Floyd, R. W. (1962), Communications of the ACM 5(6), 345.

    Examples
    --------
    >>> import catenary
    >>> sea = catenary.load("sea")
    >>> catenary.distances(sea, origins="CNSHA,NLRTM").distances["distance"].gt(19_000).tolist()
    [False, True, True, False]
    """
    lanes = network()
    ship = sailing(
        world, vessel=vessel, draft=draft, beam=beam, length_overall=length_overall, speed=speed,
        fuel_price=fuel_price, goods=goods_value,
    )  # fmt: skip
    shut, closed_ports = closures(world, lanes, closed)
    found = doors(world, lanes, ship, closed=shut, opened=opened, avoid=avoid)
    lists = {"closed": closed, "avoid": avoid, "opened": opened}
    warnings = [*of_the_question(world, found, lists), *of_the_ship(found, by)]
    begins = _ends(world, origins, destinations)
    ends = _ends(world, destinations, origins)
    pairs = len(begins) * len(ends)
    if pairs > _MOST:
        raise OptionError(
            f"{len(begins):,} origins and {len(ends):,} destinations are {pairs:,} pairs",
            hint=f"ask for {_MOST:,} pairs at most",
        )
    reached = [one for side in (begins, ends) for one in _reached(lanes, side, warnings)]
    table = _table(found, by, begins, ends, reached, frozenset(closed_ports))
    table.attrs[OWN] = own_names([*begins, *ends])
    none = table["distance"].isna()
    if none.any():
        shown = table[none].head(3)
        warnings.append(
            say(
                "{pairs:,} of {all:,} pairs have no route and are blank, such as {such}",
                pairs=int(none.sum()),
                all=pairs,
                such=listed(
                    f"{called(a, table.attrs)} to {called(b, table.attrs)}"
                    for a, b in zip(shown["origin"], shown["destination"], strict=True)
                ),
            )
        )
    run = Run(analysis="distances", options={}, world="", warnings=tuple(warnings))
    return Distances(run=run, distances=table)


def _ends(world: World, text: str, other: str) -> list[Place]:
    """Return the places of one side: those named, else those of the other side, else gateways."""
    if text.strip() or other.strip():
        return list(dict.fromkeys(places(world, text if text.strip() else other, nowhere=True)))
    labels = part(world, "gateways").frame["facility"].astype("str")
    return [place(world, label) for label in dict.fromkeys(labels)]


def _reached(lanes: SeaLanes, ends: Sequence[Place], warnings: list[str]) -> list[Place]:
    """Return the places that ships reach; a warning tells of each other one.

    Raises
    ------
    OptionError
        If there is none.
    """
    reached: list[Place] = []
    reason: OptionError | None = None
    for one in ends:
        try:
            if math.isnan(one.lon):
                raise OptionError(  # noqa: TRY301  told like any other place without a way
                    f"{one.name} has no coordinates", hint="fill in lon and lat in facilities"
                )
            moored(lanes, one)
        except OptionError as error:
            reason = error
            told = say("blank: {reason}", reason=str(error).splitlines()[0])
            warnings += [told] if told not in warnings else []
        else:
            reached.append(one)
    if reason is not None and not reached:
        raise reason
    return reached


def _table(
    found: Doors, by: By, origins: Sequence[Place], destinations: Sequence[Place],
    reached: Sequence[Place], closed: frozenset[str],
) -> pd.DataFrame:  # fmt: skip
    """Return a row for each pair."""
    from catenary.maths.carried import carried  # noqa: PLC0415  needed to compute, not to read

    every = list(dict.fromkeys(reached))
    at = {one: k for k, one in enumerate(every)}
    rows, columns = (
        np.array([at.get(one, -1) for one in side]) for side in (origins, destinations)
    )
    ship = found.sailing
    amounts = np.stack([found.metres.astype(np.float64), found.days, found.extra, found.risk])
    taken = carried(overlay_of(found.lanes, every), found.cost(by), amounts, rate=ship.rate(by))
    pick = np.ix_(rows, columns)
    water = taken.metres[pick]
    metres, days, extra, risk = (amount[pick] for amount in taken.amounts)
    begins, ends = (np.array([one.id for one in side]) for side in (origins, destinations))
    shut = np.isin(begins, list(closed))[:, None] | np.isin(ends, list(closed))
    blank = (shut & (begins[:, None] != ends)) | (rows < 0)[:, None] | (columns < 0)
    duration = water * ship.rate("duration") + days
    numbers: dict[str, NDArray[np.float64]] = {
        "distance": (water + metres) / 1e3,
        "duration": duration,
        "cost": duration * ship.day + extra,  # blank if what a day costs is not known
        "emissions": (water + metres) / 1e3 * ship.factor,
        "risk": risk,
    }
    return pd.DataFrame(
        {
            "origin": pd.Series(np.repeat(begins, len(columns)), dtype="str"),
            "destination": pd.Series(np.tile(ends, len(rows)), dtype="str"),
        }
        | {name: np.where(blank, np.nan, values).ravel() for name, values in numbers.items()}
    )
