"""Where what a country makes comes from and goes to, at face value and looking through chains."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from catenary.maths.leontief import LeontiefSystem

    Array = NDArray[np.float64]

__all__ = ["by_origin", "by_use"]


def by_origin(system: LeontiefSystem, A: Array, member: Array) -> tuple[Array, Array]:
    """Return the production behind a unit of each final product by region where it takes place.

    Look-through is (I − Aᵀ)⁻¹ R, face value (I + Aᵀ) R: the last maker and its direct suppliers.

    Parameters
    ----------
    system
        I − A, factored.
    A
        Input coefficients, (N, N), row supplier.
    member
        R, 1 where a producer lies in a region, (N, R).

    Returns
    -------
    look_through, face
        (N, R) each; rows of look_through sum to the downstreamness of the product.

    References
    ----------
    Baldwin, R., Freeman, R. & Theodorakopoulos, A. (2022), Horses for courses: measuring foreign
    supply chain exposure, NBER Working Paper 30525; the same (2023), Hidden exposure: measuring
    US supply chain reliance, Brookings Papers on Economic Activity, Fall 2023.

    Examples
    --------
    >>> import numpy as np
    >>> from catenary.maths.leontief import LeontiefSystem
    >>> A = np.diag([0.5, 0.5], 1)  # three regions, a chain of three
    >>> through, face = by_origin(LeontiefSystem(A), A, np.eye(3))
    >>> through[2], face[2]
    (array([0.25, 0.5 , 1.  ]), array([0. , 0.5, 1. ]))
    """
    return system.intensities(member), member + A.T @ member


def by_use(system: LeontiefSystem, A: Array, final: Array, member: Array) -> tuple[Array, Array]:
    """Return output of each producer by the region that makes the final product it ends up in.

    Look-through is (I − A)⁻¹ f̂ R, face value (I + A) f̂ R.

    Parameters
    ----------
    system
        I − A, factored.
    A
        Input coefficients, (N, N), row supplier.
    final
        f, final demand for what each producer makes, wherever it is, (N,).
    member
        R, 1 where a producer lies in a region, (N, R).

    Returns
    -------
    look_through, face
        (N, R) each; rows of look_through sum to output.

    Examples
    --------
    >>> import numpy as np
    >>> from catenary.maths.leontief import LeontiefSystem
    >>> A = np.diag([0.5, 0.5], 1)
    >>> through, face = by_use(LeontiefSystem(A), A, np.array([0.0, 0.0, 4.0]), np.eye(3))
    >>> through[:, 2], face[:, 2]
    (array([1., 2., 4.]), array([0., 2., 4.]))
    """
    made = final[:, None] * member
    return system.output_for(made), made + A @ made
