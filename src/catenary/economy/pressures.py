"""The pressures of a world by name: what producers cause, and what consumers cause directly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from catenary.errors import OptionError, UnitError, did_you_mean, listed
from catenary.languages import say
from catenary.maths.grouping import sum_by
from catenary.model.units import DAYS_PER_YEAR, factor, parse_unit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from catenary.economy.accounts import Accounts
    from catenary.model import World

    Array = NDArray[np.float64]

__all__ = ["Pressures", "carbon_of", "pressures_of"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Pressures:
    """Some pressures of a world."""

    names: list[str]
    """(K,)."""
    unit: str
    caused: Array
    """By producers, (K, N)."""
    direct: Array
    """By final demand itself, such as the fuel that households burn, by region, (K, R)."""

    def idle(self, accounts: Accounts) -> list[str]:
        """Say what producers without output cause, which no final demand does."""
        told: list[str] = []
        for name, caused in zip(self.names, self.caused, strict=True):
            lost = (accounts.output == 0) & (caused != 0)
            if lost.any():
                told.append(
                    say(
                        "{producers} producers without output have {amount:.3g} of {stressor}, "
                        "which no final demand causes",
                        producers=int(lost.sum()),
                        amount=caused[lost].sum(),
                        stressor=name,
                    )
                )
        return told


def carbon_of(
    world: World, accounts: Accounts, stressor: str
) -> tuple[Pressures, float, list[str]]:
    """Return the one pressure that counts as CO2, t a year in one of its unit, and warnings.

    Raises
    ------
    OptionError
        If there is none of that name, or several are asked for.
    UnitError
        If it is in no unit of mass.

    Examples
    --------
    >>> from catenary.economy.accounts import Accounts
    >>> from catenary.testing import two_regions
    >>> world = two_regions()
    >>> carbon_of(world, Accounts.of(world), "co2")[1:]
    (1.0, [])
    """
    found = pressures_of(world, accounts, stressor)
    if len(found.names) > 1:
        raise OptionError(
            f"stressor names {len(found.names)} rows, {listed(found.names, most=3)}",
            hint="choose the one that is CO2",
        )
    unit, name = parse_unit(found.unit), found.names[0]
    if not unit.kind.startswith("mass"):
        raise UnitError(
            f"{name} is in {found.unit}, not in a unit of mass",
            hint="choose a stressor in tonnes of CO2",
        )
    told = found.idle(accounts)
    if not any("co2" in text.casefold() for text in (name, found.unit)):
        told.append(say("{stressor} counts as CO2 here, tonne for tonne", stressor=name))
    return found, unit.scale * DAYS_PER_YEAR / (unit.days or DAYS_PER_YEAR), told


def pressures_of(world: World, accounts: Accounts, stressor: str) -> Pressures:
    """Return the pressures that an option names.

    Parameters
    ----------
    world
        Has `stressors` or `value_added`.
    accounts
        Of the same world.
    stressor
        Names of rows of `stressors`, separated by commas; `all`; `value_added`; blank = the first
        row, or value added if there is none.

    Raises
    ------
    OptionError
        If there is none of that name.
    MissingDataError
        If the world has neither matrix.

    Examples
    --------
    >>> from catenary.economy.accounts import Accounts
    >>> from catenary.testing import two_regions
    >>> world = two_regions()
    >>> pressures_of(world, Accounts.of(world), "co2").caused.tolist()
    [[8.0, 4.0]]
    """
    known = list(world.matrix("stressors").rows) if "stressors" in world else []
    names = _chosen(stressor, known)
    direct = np.zeros((len(names), len(accounts.regions)))
    if names == ["value_added"] and "value_added" not in known:
        if "value_added" not in world:
            world.matrix("stressors")  # says what is missing
            raise _unknown("value_added", known)
        added = world.matrix("value_added")
        caused = added.aligned_to(added.rows, accounts.producers).dense.sum(axis=0, keepdims=True)
        return Pressures(names=names, unit=added.unit, caused=caused, direct=direct)
    for name in names:
        if name not in known:
            if not known and "value_added" not in world:
                world.matrix("stressors")  # says what is missing
            raise _unknown(name, known)
    matrix = world.matrix("stressors")
    caused = matrix.aligned_to(pd.Index(names), accounts.producers).dense
    if "stressors_final" in world:
        other = world.matrix("stressors_final")
        users = other.aligned_to(other.rows, world.ids("consumers")).dense
        region = accounts.buyer_region(world)
        scale = factor(other.unit, matrix.unit)
        for k, name in enumerate(names):
            if name in other.rows:
                row = users[other.rows.get_loc(name)] * scale
                direct[k] = sum_by(region, row, len(accounts.regions))
    return Pressures(names=names, unit=matrix.unit, caused=caused, direct=direct)


def _chosen(stressor: str, known: list[str]) -> list[str]:
    """Return the names that are asked for; a name with a comma in it is one name."""
    names = list(dict.fromkeys(word.strip() for word in stressor.split(",") if word.strip()))
    if not names:
        return [known[0] if known else "value_added"]
    if stressor in known:
        return [stressor]
    if stressor == "all" and known:
        return known
    return names


def _unknown(name: str, known: list[str]) -> OptionError:
    return OptionError(
        f"this world has no stressor {name!r}",
        hint=did_you_mean(name, [*known, "value_added", "all"])
        if known
        else "the world has no rows of stressors and no value_added",
    )
