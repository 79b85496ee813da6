"""Amounts in words that a reader knows: 26.4 billion USD a year, not 2.64e+04 MUSD/year."""

from __future__ import annotations

from math import floor, isfinite, log10
from typing import TYPE_CHECKING, Final

from catenary.languages import say
from catenary.model.units import parse_unit

if TYPE_CHECKING:
    from catenary.languages import Message

__all__ = ["told_amount"]

_DIGITS: Final = 3
_DAYS: Final = {365.0: "year", 1.0: "day", 7.0: "week"}


def told_amount(amount: float, unit: str, *, signed: bool = False) -> Message:
    """Return an amount of money in words, to three digits.

    Parameters
    ----------
    amount
        How much, in the unit.
    unit
        Such as MUSD(2011)/year.
    signed
        Whether + is written as well.

    Raises
    ------
    UnitError
        If there is no unit.

    Examples
    --------
    >>> told_amount(26_392.4, "MUSD(2011)/year"), told_amount(-0.6834, "MUSD", signed=True)
    ('26.4 billion USD (2011) a year', '-683 thousand USD')
    """
    found = parse_unit(unit)
    whole = amount * found.scale
    power = 0
    if isfinite(whole) and whole:
        size = floor(log10(abs(float(f"{whole:.{_DIGITS - 1}e}"))))
        power = min(max(size // 3, 0), 4)
        places = max(0, _DIGITS - 1 - (size - 3 * power)) if size >= 0 else _DIGITS - 1
        whole = round(whole / 10 ** (3 * power), places)
        text = f"{whole:{'+' if signed else ''},.{places}f}"
    else:
        text = f"{whole:g}"
    kind = found.kind.replace("(", " (")
    told = (
        say("{amount} {unit}", amount=text, unit=kind),
        say("{amount} thousand {unit}", amount=text, unit=kind),
        say("{amount} million {unit}", amount=text, unit=kind),
        say("{amount} billion {unit}", amount=text, unit=kind),
        say("{amount} trillion {unit}", amount=text, unit=kind),
    )[power]
    period = _DAYS.get(found.days or 0.0)
    if period == "year":
        return say("{amount} a year", amount=told)
    if period == "day":
        return say("{amount} a day", amount=told)
    return say("{amount} a week", amount=told) if period else told
