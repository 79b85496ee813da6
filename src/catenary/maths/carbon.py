"""Prices, budgets and paths of carbon, as formulas."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

__all__ = ["charged", "contraction", "convergence", "linear_to_zero", "shares"]


def charged(embedded: Array, benchmark: Array, factor: float) -> Array:
    """Return the emissions that a border price is paid on, per unit of the good.

    Parameters
    ----------
    embedded
        Specific embedded emissions, t per unit.
    benchmark
        Of free allocation, t per unit.
    factor
        Share of the benchmark that is free.

    References
    ----------
    Regulation (EU) 2023/956, article 31.

    Examples
    --------
    >>> charged(np.array([1.2]), np.array([1.0]), 0.975).round(3)
    array([0.225])
    """
    return np.maximum(0.0, embedded - factor * benchmark)


def shares(
    emissions: Array, population: Array | None, wealth: Array | None, weight: float
) -> Array:
    """Return shares of a budget: by emissions (weight 0), by population (1), or between.

    Parameters
    ----------
    emissions
        Present ones, (R,).
    population
        (R,); None where weight is 0.
    wealth
        Output per head, (R,): shares of population are divided by it (ability); None = not.
    weight
        Of the share by population.

    References
    ----------
    Raupach, M. R. et al. (2014), Nature Climate Change 4, 873-879.

    Examples
    --------
    >>> shares(np.array([3.0, 1.0]), np.array([1.0, 1.0]), None, 0.5).tolist()
    [0.625, 0.375]
    """
    own: Array = emissions / emissions.sum()
    if population is None:
        return own
    heads = population if wealth is None else population / wealth
    blended: Array = (1 - weight) * own + weight * heads / heads.sum()
    return blended


def linear_to_zero(emissions: Array, budget: Array) -> Array:
    """Return the years in which emissions that fall by as much every year use up a budget, (R,).

    Examples
    --------
    >>> linear_to_zero(np.array([10.0]), np.array([50.0]))
    array([10.])
    """
    years: Array = np.divide(
        2 * np.maximum(budget, 0.0), emissions, out=np.full_like(budget, np.inf),
        where=emissions > 0,
    )  # fmt: skip
    return years


def contraction(emissions: Array, years: Array, rate: float) -> Array:
    """Return emissions that fall by a share of those of the base year every year, (R, T).

    References
    ----------
    Science Based Targets initiative, absolute contraction approach.

    Examples
    --------
    >>> contraction(np.array([100.0]), np.array([0.0, 10.0]), 0.042).round(9).tolist()
    [[100.0, 58.0]]
    """
    return emissions[:, None] * np.maximum(0.0, 1 - rate * years)


def convergence(intensity: Array, sector: Array, activity: Array) -> Array:
    """Return intensities that converge on the path of a sector, (R, T).

    CI_t = d p_t m_t + SI_T with d = CI_0 - SI_T, p_t = (SI_t - SI_T) / (SI_0 - SI_T) and m_t =
    share of activity in the base year / share in t.

    Parameters
    ----------
    intensity
        CI_0, emissions per unit of activity in the base year, (R,).
    sector
        SI, path of the sector, (T,); its last value is what all converge on.
    activity
        m, (R, T); 1 = market shares stay.

    References
    ----------
    Krabbe, O. et al. (2015), Nature Climate Change 5, 1057-1060 (sectoral decarbonisation).

    Examples
    --------
    >>> path = convergence(np.array([3.0, 1.0]), np.array([2.0, 1.0, 0.0]), np.ones((2, 3)))
    >>> path.tolist()
    [[3.0, 1.5, 0.0], [1.0, 0.5, 0.0]]
    """
    fall = sector[0] - sector[-1]
    progress = (sector - sector[-1]) / fall if fall else np.zeros_like(sector)
    path: Array = (intensity[:, None] - sector[-1]) * progress * activity + sector[-1]
    return path
