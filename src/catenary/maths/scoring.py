"""Indicators made comparable, weighted and ranked, and how far the ranks rest on the weights.

Rows are what is ranked, columns are indicators; NaN is absent and stays absent: nothing is imputed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Flags = NDArray[np.bool_]

__all__ = ["drawn_weights", "ranks", "scaled", "weighted"]

_ROUNDING: Final = 1e-9
"""Share of the largest value below which a spread is none."""


def scaled(values: Array, better_high: Flags) -> Array:
    """Return indicators between 0 (worst of all rows) and 1 (best of all rows).

    Parameters
    ----------
    values
        (R, K); NaN = absent.
    better_high
        Whether more is better, (K,).

    Returns
    -------
    ndarray
        (R, K); NaN where absent; 0.5 where all rows are equal to rounding.

    References
    ----------
    OECD & JRC (2008), Handbook on Constructing Composite Indicators, ch. 5 (min-max).

    Examples
    --------
    >>> scaled(np.array([[1.0, 9.0], [3.0, 5.0], [2.0, np.nan]]), np.array([True, False]))
    array([[0. , 0. ],
           [1. , 1. ],
           [0.5, nan]])
    """
    found = np.full(values.shape, np.nan)
    for column in range(values.shape[1]):
        there = np.isfinite(values[:, column])
        if not there.any():
            continue
        one = values[there, column]
        least, most = one.min(), one.max()
        apart = most - least > _ROUNDING * np.abs(one).max()
        share = (one - least) / (most - least) if apart else np.full(len(one), 0.5)
        found[there, column] = share if better_high[column] else 1.0 - share
    return found


def weighted(scores: Array, weights: Array) -> Array:
    """Return weighted means; a row that lacks anything of weight has none.

    Parameters
    ----------
    scores
        (R, K); NaN = absent.
    weights
        (…, K), ≥ 0.

    Returns
    -------
    ndarray
        (…, R); NaN where something of weight is absent, or nothing has weight.

    Examples
    --------
    >>> weighted(np.array([[1.0, 0.0], [1.0, np.nan]]), np.array([[3.0, 1.0], [1.0, 0.0]]))
    array([[0.75,  nan],
           [1.  , 1.  ]])
    """
    there = np.isfinite(scores)
    total = weights.sum(axis=-1, keepdims=True)
    known = weights @ np.where(there, scores, 0.0).T
    lacking = (weights > 0).astype(float) @ (~there).T.astype(float) > 0
    mean = np.divide(known, total, out=np.full(known.shape, np.nan), where=total > 0)
    return np.where(lacking, np.nan, mean)


def ranks(scores: Array) -> Array:
    """Return ranks along the last axis, 1 = highest; equals share the better rank, NaN has none.

    Examples
    --------
    >>> ranks(np.array([0.2, np.nan, 0.9, 0.2]))
    array([ 2., nan,  1.,  2.])
    """
    above = (scores[..., None, :] > scores[..., :, None] + 1e-12).sum(axis=-1)
    return np.where(np.isnan(scores), np.nan, above + 1.0)


def drawn_weights(weights: Array, draws: int, seed: int) -> Array:
    """Return weights drawn evenly from all that could be given to what has weight at all.

    Parameters
    ----------
    weights
        (K,); what has none keeps none.
    draws
        How many.
    seed
        Where they begin.

    Returns
    -------
    ndarray
        (draws, K), each row sums to 1: uniform on the simplex, that is Dirichlet(1, …, 1).

    References
    ----------
    Saisana, M., Saltelli, A. & Tarantola, S. (2005), Uncertainty and sensitivity analysis
    techniques as tools for the quality assessment of composite indicators. Journal of the Royal
    Statistical Society A 168(2), 307-323.

    Examples
    --------
    >>> drawn_weights(np.array([1.0, 0.0, 2.0]), 2, seed=1).sum(axis=1).round(12)
    array([1., 1.])
    """
    kept = np.flatnonzero(weights > 0)
    found = np.zeros((draws, len(weights)))
    if len(kept):
        found[:, kept] = np.random.default_rng(seed).dirichlet(np.ones(len(kept)), size=draws)
    return found
