"""How strongly industries pull and push each other, and what is lost without some links."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from catenary.maths.leontief import LeontiefSystem

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

__all__ = ["ghosh_inverse", "normalised", "output_without", "variation"]


def ghosh_inverse(L: Array, x: Array) -> Array:
    """Return G = (I − x̂⁻¹ Z)⁻¹ = x̂⁻¹ L x̂; the row of a producer without output is that of I.

    Parameters
    ----------
    L
        Leontief inverse, (N, N).
    x
        Output, (N,), 0 or more.

    References
    ----------
    Ghosh, A. (1958), Input-output approach in an allocation system, Economica 25(97), 58-64;
    Miller, R. E. & Blair, P. D. (2009), Input-Output Analysis, ch. 12.

    Examples
    --------
    >>> ghosh_inverse(np.array([[1.0, 0.5], [0.0, 1.0]]), np.array([2.0, 4.0]))
    array([[1., 1.],
           [0., 1.]])
    """
    made = x > 0
    return np.divide(L * x[None, :], x[:, None], out=np.eye(len(x)), where=made[:, None])


def normalised(linkage: Array) -> Array:
    """Return linkages as multiples of their mean (Rasmussen's dispersion), (N,).

    References
    ----------
    Rasmussen, P. N. (1956), Studies in Inter-sectoral Relations; Miller, R. E. & Blair, P. D.
    (2009), Input-Output Analysis, ch. 12.2.

    Examples
    --------
    >>> normalised(np.array([1.0, 3.0]))
    array([0.5, 1.5])
    """
    mean = linkage.mean() if len(linkage) else 1.0
    return linkage / mean


def variation(inverse: Array, axis: int) -> Array:
    """Return the coefficient of variation of columns (axis 0) or rows (1) of an inverse, (N,).

    Low: the industry pulls (pushes) all others alike; high: only a few.

    References
    ----------
    Rasmussen, P. N. (1956), Studies in Inter-sectoral Relations; with N − 1 in the denominator.

    Examples
    --------
    >>> variation(np.array([[1.0, 2.0], [3.0, 2.0]]), 0).round(4)
    array([0.7071, 0.    ])
    """
    if len(inverse) < 2:
        return np.zeros(len(inverse))
    spread: Array = inverse.std(axis=axis, ddof=1) / inverse.mean(axis=axis)
    return spread


def output_without(
    A: Array, Y: Array, inputs: NDArray[np.bool_], final: NDArray[np.bool_], share: float
) -> Array:
    """Return output once a share of some deliveries is gone and nothing takes their place, (N,).

    Parameters
    ----------
    A
        Input coefficients, (N, N).
    Y
        Final demand by region that buys, (N, R).
    inputs, final
        Which cells of A and Y are extracted, (N, N) and (N, R).
    share
        φ, how much of them, 0 … 1.

    References
    ----------
    Dietzenbacher, E. & Lahr, M. L. (2013), Expanding extractions, Economic Systems Research
    25(3), 341-360; Los, B., Timmer, M. P. & de Vries, G. J. (2016), Tracing value-added and
    double counting in gross exports: comment, American Economic Review 106(7), 1958-1966.

    Examples
    --------
    >>> A, Y = np.array([[0.0, 0.5], [0.0, 0.0]]), np.array([[1.0], [2.0]])
    >>> output_without(A, Y, A > 0, Y < 0, 1.0)
    array([1., 2.])
    """
    left = LeontiefSystem(np.where(inputs, (1.0 - share) * A, A))
    demand = np.where(final, (1.0 - share) * Y, Y).sum(axis=1)
    return left.output_for(demand)
