"""Units of quantities: `MUSD(2011)/year`, `t/day`, `kg CO2e/t`, `index`.

A unit is a quantity, or a quantity per time. Quantities of one kind convert by a factor; money
of two currencies or two price years does not (that needs rates and deflators, which are data).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from catenary.errors import UnitError, listed

__all__ = ["DAYS_PER_YEAR", "Unit", "factor", "parse_unit"]

DAYS_PER_YEAR: Final = 365.0

_TIME: Final = {"hour": 1 / 24, "day": 1.0, "week": 7.0, "year": DAYS_PER_YEAR}
_SCALE: Final = {
    "mass": {"g": 1e-6, "kg": 1e-3, "t": 1.0, "kt": 1e3, "Mt": 1e6, "Gt": 1e9},
    "distance": {"m": 1e-3, "km": 1.0, "nm": 1.852},
    "energy": {"kWh": 1e-3, "MWh": 1.0, "GWh": 1e3, "TWh": 1e6, "TJ": 1e3 / 3.6},
    "time": _TIME,
    "share": {"share": 1.0, "percent": 0.01, "%": 0.01},
}
_PER_HOUR: Final = {"knot": "nm/hour", "knots": "nm/hour", "kn": "nm/hour", "km/h": "km/hour"}
"""Speeds with a name of their own."""
_MONEY: Final = re.compile(r"(?P<prefix>[kMG]?)(?P<currency>[A-Z]{3})(\((?P<year>\d{4})\))?$")
_PREFIX: Final = {"": 1.0, "k": 1e3, "M": 1e6, "G": 1e9}


@dataclass(frozen=True, slots=True)
class Unit:
    """A quantity of some kind, `scale` base units large, over `days` (None = not per time)."""

    text: str
    kind: str
    scale: float
    days: float | None


def parse_unit(text: str) -> Unit:
    """Read a unit.

    Raises
    ------
    UnitError
        If it is empty or the time is not one of hour, day, week and year.

    Examples
    --------
    >>> parse_unit("MUSD(2011)/year")
    Unit(text='MUSD(2011)/year', kind='USD(2011)', scale=1000000.0, days=365.0)
    """
    if not text or not text.strip():
        raise UnitError("a quantity has no unit", hint="write for example 't/day' or 'MUSD/year'")
    text = text.strip()
    quantity, slash, time = _PER_HOUR.get(text, text).rpartition("/")
    per = ""
    if not slash or time not in _TIME:  # of something else: kg/product unit scales like kg
        quantity, per, time = (quantity, f"/{time}", "") if slash else (text, "", "")
    days = _TIME[time] if time else None
    if money := _MONEY.match(quantity):
        year = f"({money['year']})" if money["year"] else ""
        return Unit(text, money["currency"] + year + per, _PREFIX[money["prefix"]], days)
    name, _, rest = quantity.partition(" ")  # "kt CO2e" scales like "kt", but stays CO2e
    for kind, scales in _SCALE.items():
        if name in scales:
            return Unit(text, f"{kind} {rest}".strip() + per, scales[name], days)
    return Unit(text, quantity + per, 1.0, days)


def factor(given: str, wanted: str) -> float:
    """Return what a number in `given` is multiplied by to be in `wanted`.

    Raises
    ------
    UnitError
        If the two measure different things.

    Examples
    --------
    >>> factor("kt/week", "t/day")
    142.85714285714286
    """
    if given == wanted:
        return 1.0
    one, other = parse_unit(given), parse_unit(wanted)
    if one.kind != other.kind or (one.days is None) != (other.days is None):
        same = next(
            (list(s) for k, s in _SCALE.items() if other.kind == k), [wanted.partition("/")[0]]
        )
        raise UnitError(
            f"unit {given!r} cannot be converted to {wanted!r}",
            hint=f"give the numbers in {listed(same)}"
            + (f" per {listed(_TIME)}" if other.days is not None else ""),
        )
    return one.scale / other.scale / ((one.days or 1.0) / (other.days or 1.0))
