"""Numbers drawn from distributions: points in the unit cube, and where they fall."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

__all__ = ["SAMPLERS", "Sampler", "points_of", "quantile"]

Sampler = Literal["sobol", "latin", "random"]
SAMPLERS: Final = ("sobol", "latin", "random")
"""Ways to draw points."""


def quantile(spread: Mapping[str, Any], u: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the numbers below which a distribution lies with probability u.

    Examples
    --------
    >>> quantile({"distribution": "uniform", "low": 2, "high": 4}, np.array([0.0, 0.5])).tolist()
    [2.0, 3.0]
    """
    from scipy import stats  # noqa: PLC0415  half a second that only draws are worth

    kind = spread["distribution"]
    if kind in ("uniform", "triangular"):
        low, high = float(spread["low"]), float(spread["high"])
        if kind == "uniform":
            return low + u * (high - low)
        mode = (float(spread["mode"]) - low) / (high - low)
        return np.asarray(stats.triang.ppf(u, mode, loc=low, scale=high - low))
    mean, sd = float(spread["mean"]), float(spread["sd"])
    if kind == "normal":
        return np.asarray(stats.norm.ppf(u, mean, sd))
    variance = np.log1p((sd / mean) ** 2)
    return np.asarray(np.exp(stats.norm.ppf(u, np.log(mean) - variance / 2, np.sqrt(variance))))


def points_of(sampler: Sampler, dimensions: int, runs: int, seed: int) -> NDArray[np.float64]:
    """Return points in the unit cube, (runs, dimensions).

    Examples
    --------
    >>> points_of("sobol", 2, 4, 1).shape
    (4, 2)
    """
    from scipy.stats import qmc  # noqa: PLC0415  half a second that only draws are worth

    rng = np.random.default_rng(seed)
    if sampler == "random" or dimensions == 0:
        return rng.random((runs, dimensions))
    if sampler == "latin":
        return np.asarray(qmc.LatinHypercube(dimensions, rng=rng).random(runs))
    power = int(np.ceil(np.log2(max(runs, 1))))  # a Sobol sequence is even only in powers of 2
    return np.asarray(qmc.Sobol(dimensions, rng=rng).random_base2(power))[:runs]
