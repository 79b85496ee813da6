"""Poisson pseudo-maximum likelihood with many fixed effects, and least squares beside it.

Fixed effects are swept out of flows and terms by conjugate gradients, so that nothing as large as
all dummies is ever inverted.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
from scipy import sparse

from catenary.errors import ComputationError, DataError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Integers = NDArray[np.int64]

__all__ = ["Regression", "regress"]

_SWEEPS: Final = 5_000
_ROUNDS: Final = 200  # of reweighting
_COLLINEAR: Final = 1e-7  # share of its variation that a term keeps beside fixed effects


@dataclass(frozen=True, kw_only=True, eq=False)
class Regression:
    """Estimates of K terms from n observations."""

    coefficients: Array
    """(K,)."""
    covariance: Array
    """Clustered, (K, K)."""
    fitted: Array
    """Expected flow of each observation given, (M,); NaN where it was left out."""
    kept: NDArray[np.bool_]
    """Which observations count, (M,): not those whose fixed effect is −∞ or theirs alone."""
    clusters: int
    rounds: int

    @property
    def errors(self) -> Array:
        """Standard errors, (K,)."""
        return np.sqrt(np.diag(self.covariance))


def regress(
    flow: Array,
    terms: Array,
    effects: Sequence[Integers],
    cluster: Integers,
    *,
    method: Literal["ppml", "ols"] = "ppml",
    tolerance: float = 1e-9,
) -> Regression:
    """Estimate flow = exp(terms β + fixed effects) · error.

    Parameters
    ----------
    flow
        Flows of M observations, 0 or more, (M,).
    terms
        What explains them, (M, K).
    effects
        One group number per observation for each set of fixed effects, (M,) each.
    cluster
        Group within which errors may go together, (M,).
    method
        `ppml`: Poisson pseudo-likelihood, zeros included; `ols`: least squares of the logarithms
        of what is above 0.
    tolerance
        Relative change of the deviance at which to stop.

    Returns
    -------
    Regression
        Covariance with the correction G / (G − 1) · (n − 1) / (n − K) for G clusters.

    Raises
    ------
    DataError
        If a flow is negative or no number, or fixed effects leave nothing of a term; the error
        names its column as `term K`.
    ComputationError
        If the search does not end.

    References
    ----------
    Santos Silva, J. & Tenreyro, S. (2006), Review of Economics and Statistics 88(4), 641-658;
    Correia, S., Guimarães, P. & Zylkin, T. (2020), Stata Journal 20(1), 95-115.

    Examples
    --------
    >>> flow, near = np.array([8.0, 2.0, 4.0, 1.0]), np.array([[1.0], [0.0], [1.0], [0.0]])
    >>> seller = np.array([0, 0, 1, 1])
    >>> regress(flow, near, [seller], seller).coefficients.round(4).tolist()
    [1.3863]
    """
    if not effects:
        raise DataError("there are no fixed effects", hint="give at least one set of groups")
    if not (np.isfinite(flow).all() and np.isfinite(terms).all()):
        raise DataError(
            "a flow or a term is no finite number", hint="leave out observations without numbers"
        )
    if (flow < 0).any():
        raise DataError(f"{int((flow < 0).sum()):,} flows are negative", hint="a flow is 0 or more")
    kept = _useful(flow if method == "ppml" else np.where(flow > 0, 1.0, 0.0), effects, method)
    if not kept.any():
        raise DataError(
            "no observation is left: every flow is 0 or alone in its group",
            hint="give more flows, or fewer fixed effects",
        )
    absorbed = _Effects([np.unique(effect[kept], return_inverse=True)[1] for effect in effects])
    x, y = terms[kept], flow[kept]
    if method == "ols":
        weight, rounds = np.ones(len(y)), 1
        swept = absorbed.swept(np.column_stack([np.log(y), x]), weight, 1e-12)
        z, rest = swept[:, 0], swept[:, 1:]
        _check_terms(x, rest, weight)
        beta = np.linalg.lstsq(rest, z, rcond=None)[0]
        residual = z - rest @ beta
        fit = np.exp(np.log(y) - residual)
        score = rest * residual[:, None]
    else:
        beta, rest, fit, rounds = _reweighted(y, x, absorbed, tolerance)
        weight = fit
        score = rest * (y - fit)[:, None]
    number = np.unique(cluster[kept], return_inverse=True)[1]
    fitted = np.full(len(flow), np.nan)
    fitted[kept] = fit
    return Regression(
        coefficients=np.asarray(beta, np.float64),
        covariance=_clustered(rest, weight, score, number),
        fitted=fitted,
        kept=kept,
        clusters=int(number.max()) + 1,
        rounds=rounds,
    )


def _useful(flow: Array, effects: Sequence[Integers], method: str) -> NDArray[np.bool_]:
    """Return the observations that say anything about the terms.

    A group without any flow has the fixed effect −∞; a group of one explains itself.
    """
    kept = flow > 0 if method == "ols" else np.ones(len(flow), np.bool_)
    while True:
        before = int(kept.sum())
        for effect in effects:
            size = np.bincount(effect[kept], minlength=effect.max() + 1)
            total = np.bincount(effect[kept], flow[kept], minlength=effect.max() + 1)
            kept = kept & (total[effect] > 0) & (size[effect] > 1)
        if int(kept.sum()) == before:
            return kept


class _Effects:
    """All fixed effects of some observations, swept out by conjugate gradients."""

    def __init__(self, groups: Sequence[Integers]) -> None:
        count = len(groups[0]) if groups else 0
        first = np.cumsum([0, *(int(group.max()) + 1 for group in groups)])
        columns = np.concatenate([g + start for g, start in zip(groups, first, strict=False)])
        rows = np.tile(np.arange(count), len(groups))
        shape = (count, int(first[-1]))
        self.dummies = sparse.csr_array((np.ones(len(rows)), (rows, columns)), shape=shape)
        self.turned = sparse.csr_array(self.dummies.T)

    def total(self, values: Array) -> Array:
        """Return the sums of every group, (G, K)."""
        return np.asarray(self.turned @ values)

    def swept(self, values: Array, weight: Array, tolerance: float) -> Array:
        """Return values (n, K) less what fixed effects explain of them, with weights (n,)."""
        wide = weight[:, None]
        scale = 1 / np.maximum(self.total(wide), 1e-300)
        left = self.total(wide * values)
        swept, towards = values, scale * left
        size = (left * towards).sum(axis=0)
        aim = tolerance**2 * (wide * values**2).sum(axis=0) + 1e-300
        for _ in range(_SWEEPS):
            if (size <= aim).all():
                return swept
            effect = np.asarray(self.dummies @ towards)
            pushed = self.total(wide * effect)
            step = size / np.maximum((towards * pushed).sum(axis=0), 1e-300)
            swept = swept - step * effect
            left = left - step * pushed
            new = (left * scale * left).sum(axis=0)
            towards = scale * left + new / np.maximum(size, 1e-300) * towards
            size = new
        raise ComputationError(
            f"fixed effects could not be told apart in {_SWEEPS:,} sweeps",
            hint="use fewer sets of fixed effects, or leave out observations that connect few "
            "others",
        )


def _check_terms(x: Array, rest: Array, weight: Array) -> None:
    """Refuse terms that fixed effects or other terms explain."""
    centred = x - (weight[:, None] * x).sum(axis=0) / weight.sum()
    own = np.sqrt((weight[:, None] * centred**2).sum(axis=0))
    left = np.sqrt((weight[:, None] * rest**2).sum(axis=0))
    lost = np.flatnonzero(left <= _COLLINEAR * np.maximum(own, 1e-300))
    if len(lost):
        raise DataError(
            f"fixed effects leave nothing of term {lost[0] + 1}",
            hint="a term that varies only by origin, destination or pair needs fewer fixed effects",
        )
    scaled = rest / left * np.sqrt(weight)[:, None]
    if np.linalg.svd(scaled, compute_uv=False)[-1] < _COLLINEAR * np.sqrt(x.shape[1]):
        raise DataError(
            "two or more terms say the same beside the fixed effects", hint="leave one of them out"
        )


def _reweighted(
    y: Array, x: Array, effects: _Effects, tolerance: float
) -> tuple[Array, Array, Array, int]:
    """Return β, terms less fixed effects, fitted flows and rounds of reweighted least squares."""
    fit = (y + y.mean()) / 2
    index = np.log(fit)
    before, beta = np.inf, np.zeros(x.shape[1])
    rest = effects.swept(x, fit, 1e-10)
    _check_terms(x, rest, fit)
    swept = np.column_stack([index, x])
    target = swept.copy()
    for count in range(1, _ROUNDS + 1):
        fine = 1e-7 if count < 4 else 1e-11
        new = np.column_stack([index + (y - fit) / fit, x])
        swept = effects.swept(swept + (new - target), fit, fine)  # from where it was
        target = new
        z, rest = swept[:, 0], swept[:, 1:]
        root = np.sqrt(fit)
        beta = np.linalg.lstsq(rest * root[:, None], z * root, rcond=None)[0]
        index = new[:, 0] - (z - rest @ beta)
        fit = np.exp(np.clip(index, -80, 80))
        some = y > 0
        deviance = 2 * float((y[some] * np.log(y[some] / fit[some])).sum() - (y - fit).sum())
        if count > 4 and abs(deviance - before) <= tolerance * max(deviance, 1e-3 * y.sum()):
            return beta, rest, fit, count
        before = deviance
    raise ComputationError(
        f"the Poisson regression did not settle in {_ROUNDS} rounds (deviance {before:.6g})",
        hint="a term may tell zeros from flows without fail: leave it, or those zeros, out",
    )


def _clustered(rest: Array, weight: Array, score: Array, cluster: Integers) -> Array:
    """Return the covariance of estimates whose errors go together within clusters."""
    bread = np.linalg.inv(rest.T @ (rest * weight[:, None]))
    count, (seen, terms) = int(cluster.max()) + 1, rest.shape
    sums = np.zeros((count, terms))
    np.add.at(sums, cluster, score)
    correction = count / max(count - 1, 1) * (seen - 1) / max(seen - terms, 1)
    result: Array = correction * bread @ (sums.T @ sums) @ bread
    return result
