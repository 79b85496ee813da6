"""Amounts in units of the SI, so that those in other units can be compared with them.

Codes are those of UN/CEFACT Recommendation 20. A code that is not in the table stays as it is, and
is compared with its like only.

References
----------
UN/CEFACT, Recommendation 20; BIPM, The International System of Units, 9th edition, chapters 2 to 4;
NIST SP 811, appendix B.
"""

from __future__ import annotations

import csv
from fractions import Fraction
from functools import lru_cache
from importlib.resources import files
from math import isfinite
from typing import NamedTuple

__all__ = ["Unit", "normalised", "units"]


class Unit(NamedTuple):
    """One unit: an amount times `factor`, plus `offset`, is the amount in `base`.

    Parameters
    ----------
    base
        The unit of the SI.
    factor
        How much of the base it is.
    offset
        Where its zero lies, in the base; not zero for temperatures only.
    """

    base: str
    factor: Fraction
    offset: Fraction


@lru_cache(maxsize=1)
def units() -> dict[str, Unit]:
    """Return the units that are known, by code.

    Examples
    --------
    >>> units()["KGM"].base, units()["CEL"].offset
    ('kg', Fraction(5463, 20))
    """
    table = files("catenary.exchange.queries").joinpath("units.csv").read_text("utf-8")
    return {
        row["code"]: Unit(row["base"], Fraction(row["factor"]), Fraction(row["offset"] or 0))
        for row in csv.DictReader(table.splitlines())
    }


@lru_cache(maxsize=65_536)
def normalised(value: float, uom: str | None, *, difference: bool = False) -> tuple[float, str]:
    """Return an amount in the unit of the SI that fits, and that unit.

    Parameters
    ----------
    value
        The amount.
    uom
        Its unit, as a code of Recommendation 20; None = a mere number.
    difference
        Whether it is a difference, of which the zero does not matter.

    Examples
    --------
    >>> normalised(12, "CEL"), normalised(12, "CEL", difference=True)
    ((285.15, 'K'), (12.0, 'K'))
    >>> normalised(2.5, "TNE"), normalised(7, "XBX")
    ((2500.0, 'kg'), (7.0, 'XBX'))
    """
    code = "C62" if uom is None else uom.strip()
    unit = units().get(code)
    made = float(value)
    if unit is None or not isfinite(made):
        return made, code
    exact = Fraction(str(value)) * unit.factor  # as written: 0.1 is a tenth
    try:
        return float(exact if difference else exact + unit.offset), unit.base
    except OverflowError:
        return made, code
