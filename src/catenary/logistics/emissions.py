"""What the transport of a shipment emits, by ISO 14083."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

import numpy as np
import pandas as pd

from catenary.errors import MissingDataError, OptionError
from catenary.languages import joined, say
from catenary.logistics.atlas import part, row_of
from catenary.logistics.defaults import SEA_ADJUSTMENT, VEHICLES, VESSEL
from catenary.logistics.journeys import Leg, sea_legs
from catenary.logistics.naming import called
from catenary.logistics.places import Place, kilometres, place, places
from catenary.model import Result, Run, World
from catenary.model.analysis import Number, analysis

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Emissions", "emissions"]

Basis = Literal["shortest_feasible", "great_circle", "actual"]

_PARTS: Final = ("well_to_wheel", "tank_to_wheel", "well_to_tank")
_BASES: Final = {
    "shortest_feasible": say("shortest feasible distance"),
    "great_circle": say("great-circle distance"),
    "actual": say("distance travelled"),
}

_SHORTEST: Final = 0.98  # of a great circle: positions of ports are a few km off

_FIGURES: Final = (
    (say("emissions well to wheel"), "kg CO2e", "well_to_wheel"),
    (say("transport activity"), "t-km", "activity"),
    (say("distance"), "km", "distance"),
)


@dataclass(frozen=True, kw_only=True, eq=False)
class Emissions(Result):
    """Emissions of one shipment, in all and by leg."""

    emissions: pd.DataFrame
    """The shipment: activity, and emissions well to wheel with their two parts."""
    legs: pd.DataFrame
    """The same by leg."""

    def figures(self) -> pd.DataFrame:
        """Return emissions, activity and distance."""
        rows = [
            {k: one[k] for k in ("world",) if k in one}
            | {"figure": str(name), "unit": unit, "value": one[column]}
            for one in self.emissions.to_dict("records")
            for name, unit, column in _FIGURES
        ]
        return pd.DataFrame(rows)

    def summary(self) -> str:
        """Return the answer and the basis it stands on."""
        lines: list[str] = []
        for one in self.emissions.to_dict("records"):
            line = say(
                "{route}{emissions:,.6g} kg CO2e well to wheel for {mass:,.6g} t over "
                "{distance:,.6g} km ({basis}, adjusted by {adjustment:.0%}): {activity:,.6g} t-km "
                "by {vehicle}.",
                route=self._ends(one.get("world")),
                emissions=one["well_to_wheel"],
                mass=one["mass"],
                distance=one["distance"],
                basis=_BASES.get(str(one["basis"]), str(one["basis"])),
                adjustment=one["adjustment"],
                activity=one["activity"],
                vehicle=str(one["vehicle"]),
            )
            label = one.get("world")
            lines.append(say("{label}: {text}", label=label, text=line) if label else line)
        return joined(lines, "\n")

    def _ends(self, label: object) -> str:
        """Return where the shipment goes from and to, if that is known."""
        legs = self.legs if label is None else self.legs[self.legs["world"] == label]
        origin, destination = str(legs["origin"].iloc[0]), str(legs["destination"].iloc[-1])
        if not (origin and destination):
            return ""
        return say(
            "{origin} to {destination}: ", origin=called(origin), destination=called(destination)
        )


@analysis("see")
def emissions(
    world: World,
    *,
    mass: Annotated[float, Number("t", 0, 1e12)],
    origin: str = "",
    destination: str = "",
    via: str = "",
    vehicle: str = "",
    vessel: str = VESSEL,
    basis: Basis = "shortest_feasible",
    distance: Annotated[float, Number("km", 0, 1e6)] | None = None,
    adjustment: Annotated[float, Number("share", 0, 10)] | None = None,
) -> Emissions:
    """Say what the transport of a shipment emits, leg by leg, well to wheel.

    By ISO 14083: mass times transport-activity distance times emissions per tonne-kilometre. The
    activity distance is the shortest feasible or the great-circle distance. Vehicles travel more
    than that, and factors count the kilometres travelled, so that emissions are multiplied by
    1 + adjustment; of a distance travelled, the activity distance is that over 1 + adjustment.

    Parameters
    ----------
    world
        Any; its own `freight_factors`, `vessels` and `facilities` come before those built in.
    mass
        Mass of the goods with their packing.
    origin
        A UN/LOCODE, the name of a port, the id of a facility with lon and lat, or lat,lon.
    destination
        The same.
    via
        Places on the way in order, separated by commas; by semicolons where there are coordinates.
    vehicle
        Row of `freight_factors`; or a mode (road, rail, air, waterway) for its usual vehicle;
        blank = that of the vessel.
    vessel
        Row of `vessels`: whose factor is taken, and whose route, where no vehicle is given.
    basis
        What distances are: shortest_feasible, by the network of the sea; great_circle; or actual,
        as travelled, which has to be given.
    distance
        Distance on that basis; blank = computed from origin to destination.
    adjustment
        How much longer the distance travelled is than the activity distance; blank = 0.15 at sea
        between shortest feasible and travelled, else 0.

    Returns
    -------
    Emissions
        The shipment, and each of its legs.

    Raises
    ------
    OptionError
        If a place, vehicle or vessel is unknown, or there is nothing to know the distance from.
    MissingDataError
        If the vehicle has no factor, or there is no network for the shortest feasible distance.

    References
    ----------
    ISO 14083:2023; Smart Freight Centre, GLEC Framework v3.

    Examples
    --------
    >>> import catenary
    >>> sea = catenary.load("sea")
    >>> told = catenary.emissions(sea, mass=10, distance=1000, vehicle="rail")
    >>> told.emissions["well_to_wheel"].tolist()
    [347.0]
    """
    label, factor = _factor(world, vehicle, vessel)
    mode = str(factor["mode"])
    legs = _legs(world, mode, vessel, basis, distance, _stops(world, origin, via, destination))
    if adjustment is None:
        adjustment = SEA_ADJUSTMENT if mode == "sea" and basis != "great_circle" else 0.0
    travelled = 1.0 if basis == "actual" else 1 + adjustment
    length = np.array([leg.kilometres for leg in legs])
    table = pd.DataFrame(
        {
            "leg": np.arange(1, len(legs) + 1),
            "origin": pd.Series([leg.origin for leg in legs], dtype="str"),
            "destination": pd.Series([leg.destination for leg in legs], dtype="str"),
            "vehicle": pd.Series([label] * len(legs), dtype="str"),
            "distance": length,
            "activity": mass * length / (1 + adjustment if basis == "actual" else 1),
            **{name: mass * length * travelled * factor[name] / 1e3 for name in _PARTS},
        }
    )
    summed = ("distance", "activity", *_PARTS)
    whole = pd.DataFrame(
        {
            "vehicle": pd.Series([label], dtype="str"),
            "mode": pd.Series([mode], dtype="str"),
            "basis": pd.Series([basis], dtype="str"),
            "mass": [mass],
            "adjustment": [adjustment],
            **{name: [math.fsum(table[name])] for name in summed},
        }
    )
    return Emissions(
        run=Run(
            analysis="emissions",
            options={},
            world="",
            warnings=tuple(_warnings(label, mode, factor, basis, given=distance is not None)),
        ),
        emissions=whole,
        legs=table,
    )


def _warnings(
    label: str, mode: str, factor: Mapping[str, Any], basis: Basis, *, given: bool
) -> list[str]:
    """Return what a reader should know before trusting the number."""
    found: list[str] = []
    if basis == "great_circle" and mode != "air" and not given:
        found.append(
            say(
                "great circles cross land, and goods travel farther: this is too little unless "
                "adjustment says how much farther"
            )
        )
    if math.isnan(factor["tank_to_wheel"]) or math.isnan(factor["well_to_tank"]):
        found.append(
            say(
                "the source of {vehicle} does not split its factor into tank to wheel and well to "
                "tank",
                vehicle=label,
            )
        )
    return found


def _factor(world: World, vehicle: str, vessel: str) -> tuple[str, dict[str, Any]]:
    """Return the row of freight_factors to use, with its whole filled in from its parts."""
    label = vehicle
    if not vehicle or vehicle == "sea":
        label = row_of(world, "vessels", vessel, option="vessel")["factor"]
        if not isinstance(label, str):
            raise MissingDataError(
                f"the vessel {vessel!r} has no factor",
                hint="fill in vessels.factor, or give vehicle",
            )
    elif vehicle in VEHICLES:
        label = _usual(world, vehicle)
    row = row_of(world, "freight_factors", label, option="vehicle")
    parts = row["tank_to_wheel"] + row["well_to_tank"]
    if math.isnan(row["well_to_wheel"]):
        row["well_to_wheel"] = parts
    if math.isnan(row["well_to_wheel"]):
        raise MissingDataError(
            f"freight_factors has no emissions well to wheel for {label!r}",
            hint="fill in well_to_wheel, or both of its parts",
        )
    return label, row


def _usual(world: World, mode: str) -> str:
    """Return the usual vehicle of a mode: the only one that the world has of its own, if any."""
    known = part(world, "freight_factors").frame
    own = known.index[known["mode"] == mode]
    return str(own[0]) if len(own) == 1 else VEHICLES[mode]


def _stops(world: World, origin: str, via: str, destination: str) -> list[Place]:
    """Return the places of the journey in order; none, or at least two."""
    if not (origin or destination):
        if via:
            raise OptionError("via needs an origin and a destination", hint="give both")
        return []
    if not (origin and destination):
        lacking = "destination" if origin else "origin"
        raise OptionError(f"there is no {lacking}", hint="give both, or the distance alone")
    stops = [place(world, origin), *places(world, via), place(world, destination)]
    first, last = stops[0], stops[-1]
    if len(stops) == 2 and (first.id, first.lon, first.lat) == (last.id, last.lon, last.lat):
        raise OptionError(
            f"origin and destination are both {called(stops[0].id)}", hint="give two places"
        )
    return stops


def _legs(
    world: World, mode: str, vessel: str, basis: Basis, distance: float | None, stops: list[Place]
) -> list[Leg]:
    """Return how far the goods go from place to place, on a basis."""
    ends = (stops[0].id, stops[-1].id) if stops else ("", "")
    if distance is not None:
        if len(stops) > 2:
            raise OptionError(
                "distance and via are both given",
                hint="give the distance of the whole journey alone",
            )
        least = kilometres(stops[0], stops[-1]) if stops else 0.0
        if distance < least * _SHORTEST:
            raise OptionError(
                f"distance is {distance:,.6g} km, and the great circle from {called(ends[0])} to "
                f"{called(ends[1])} is {least:,.6g} km: nothing is shorter",
                hint="give a distance that is at least that, or leave it out to have it computed",
            )
        return [Leg(*ends, distance)]
    if not stops:
        raise OptionError(
            "there is neither a distance nor an origin and a destination", hint="give one of them"
        )
    if basis == "actual":
        raise OptionError(
            "basis is 'actual' and there is no distance", hint="give the distance travelled in km"
        )
    if basis == "great_circle":
        return [Leg(a.id, b.id, kilometres(a, b)) for a, b in pairwise(stops)]
    if mode != "sea":
        raise MissingDataError(
            f"there is no network for {mode}",
            hint="give the distance in km, or basis='great_circle'",
        )
    return [leg for a, b in pairwise(stops) for leg in sea_legs(world, a, b, vessel=vessel)]
