"""A ship as it sails: its size, and what a day and a metre of open water take."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

import numpy as np

from catenary.errors import MissingDataError, OptionError
from catenary.logistics.atlas import row_of
from catenary.logistics.defaults import FUEL_BY_SPEED, FUEL_PRICE, VALUE_OF_TIME, VESSEL

if TYPE_CHECKING:
    from catenary.model import World

__all__ = ["COST_TIE", "GOALS", "TIE", "By", "Sailing", "Total", "sailing"]

By = Literal["cost", "duration", "distance", "emissions", "risk"]
GOALS: Final[tuple[By, ...]] = ("distance", "duration", "cost", "emissions", "risk")
"""What a route may be best by, as the columns of tables are ordered."""

TIE: Final = 1e-9
"""Risk of a day: of routes of one risk the quickest is the best."""

COST_TIE: Final = 1e-9
"""USD of a metre, in comparing routes only: of routes of one cost the shortest is the best."""

_CARBON: Final = 3114.0
"""kg CO2 of burning a tonne of heavy fuel oil, tank to wheel (`eu-mrv-fuel-oil`)."""

_KNOT: Final = 1852.0 * 24  # metres per day


class Total(NamedTuple):
    """What a way takes, by goal; in the units of result tables."""

    distance: float
    """km"""
    duration: float
    """day"""
    cost: float
    """USD"""
    emissions: float
    """kg CO2e"""
    risk: float
    """share of the value of the hull"""


@dataclass(frozen=True, kw_only=True)
class Sailing:
    """A ship at a speed: its size, and what a day and a metre take. Unknown numbers are nan."""

    vessel: str
    """Row of vessels."""
    name: str
    draft: float
    """m, of the laden ship; nan: fits everywhere, as with the other sizes."""
    beam: float
    length_overall: float
    teu: float
    """Containers, if it carries them; else nan. It pays tolls by them, else by deadweight."""
    deadweight: float
    speed: float
    """knot"""
    fuel: float
    """t of fuel that a day takes."""
    day: float
    """USD that a day takes: fuel, charter, and the time of the goods."""
    known_day: float
    """The part of that which is known: what routes are best by where `day` is not."""
    hull: float
    """USD: value of the hull, for war-risk premiums."""
    cargo: float
    """t"""
    factor: float
    """kg CO2e per km, well to wheel, of the laden ship at that speed."""

    @property
    def section(self) -> float:
        """Beam times draft in m²."""
        return self.beam * self.draft

    @property
    def burnt(self) -> float:
        """CO2 of burning the fuel of a day, kg, tank to wheel."""
        return self.fuel * _CARBON

    def rate(self, by: By) -> float:
        """Return what a metre of open water takes: metres, days, USD, kg CO2e, or (almost) no risk.

        Raises
        ------
        MissingDataError
            If nothing is known of the emissions of the ship.
        """
        days = 1 / (self.speed * _KNOT)
        if by == "distance":
            return 1.0
        if by == "duration":
            return days
        if by == "cost":
            return self.known_day * days + COST_TIE
        if by == "risk":
            return TIE * days
        if math.isnan(self.factor):
            raise MissingDataError(
                f"nothing is known of the emissions of the vessel {self.vessel!r}",
                hint="fill in factor and cargo in vessels, or choose another goal",
            )
        return self.factor / 1e3


def sailing(
    world: World,
    *,
    vessel: str = VESSEL,
    draft: float | None = None,
    beam: float | None = None,
    length_overall: float | None = None,
    speed: float | None = None,
    fuel_price: float = FUEL_PRICE,
    goods: float = 0.0,
) -> Sailing:
    """Return a ship as it sails.

    A ship that sails at another speed than the usual one burns fuel per day as the speed to the
    power 3.02, and emits accordingly. Where fuel or charter is blank, so is the cost of a day: what
    is known of it still tells routes apart. Emissions are those of the freight factor of its class
    times its usual load (ISO 14083), so that they agree with the analysis `emissions`.

    Parameters
    ----------
    world
        Its own `vessels` and `freight_factors` come before those built in.
    vessel
        Row of `vessels`.
    draft, beam, length_overall
        Size in m; None = that of the class.
    speed
        Knots; None = that of the class.
    fuel_price
        USD per tonne of fuel.
    goods
        Value of a tonne of the cargo in USD: a day costs 0.6 % of it; 0 = time is free for goods.

    Raises
    ------
    OptionError
        If there is no such vessel, a size or speed is not above 0, or its usual load is 0.

    Examples
    --------
    >>> from catenary.testing import tiny_sea_world
    >>> ship = sailing(tiny_sea_world(), vessel="small", draft=12)
    >>> ship.draft, float(ship.beam), float(ship.day)
    (12, 25.0, 25730.0)
    """
    row = row_of(world, "vessels", vessel, option="vessel")
    given = {"draft": draft, "beam": beam, "length_overall": length_overall, "speed": speed}
    for name, value in given.items():
        if value is not None and not 0 < value < math.inf:
            raise OptionError(
                f"{name} is {value:g} {'knot' if name == 'speed' else 'm'}",
                hint=f"give more than 0, or leave {name} out for that of {vessel}",
            )
        if value is None:
            given[name] = row[name]
    faster = float(given["speed"] or 0) / row["speed"]
    fuel = row["fuel"] * faster**FUEL_BY_SPEED
    cargo = row["cargo"]
    if cargo == 0:
        raise OptionError(
            f"the vessel {vessel!r} has a cargo of 0 t",
            hint="fill in its usual load in vessels.cargo, or leave it blank if it is not known",
        )
    time = VALUE_OF_TIME * goods * cargo if goods and not math.isnan(cargo) else 0.0
    return Sailing(
        vessel=vessel,
        name=str(row.get("name") or vessel),
        **given,  # type: ignore[arg-type]
        teu=row["teu"] if row["kind"] == "container" else math.nan,
        deadweight=row["deadweight"],
        fuel=fuel,
        day=fuel * fuel_price + row["charter"] + time,
        known_day=float(np.nansum([fuel * fuel_price, row["charter"], time])),
        hull=row["value"],
        cargo=cargo,
        factor=_grams(world, row["factor"]) * cargo / 1e3 * faster ** (FUEL_BY_SPEED - 1),
    )


def _grams(world: World, factor: object) -> float:
    """Return g CO2e per t-km, well to wheel; nan if nothing is known."""
    if not isinstance(factor, str) or not factor:
        return math.nan
    row = row_of(world, "freight_factors", factor, option="vessels.factor")
    whole = row["well_to_wheel"]
    return float(row["tank_to_wheel"] + row["well_to_tank"] if math.isnan(whole) else whole)
