"""One-sector Armington equilibrium: what gravity estimates mean once prices have answered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from catenary.maths.equilibrium import Barriers, Economy
from catenary.maths.equilibrium_search import solve

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from catenary.maths.equilibrium import Equilibrium

    Array = NDArray[np.float64]

__all__ = ["armington"]


def armington(
    flows: Array,
    ease: Array,
    theta: float,
    *,
    deficits: Literal["additive", "multiplicative"] = "additive",
    tolerance: float = 1e-12,
) -> Equilibrium:
    """Return the equilibrium after trade between pairs has become easier or harder.

    It is the equilibrium of `catenary.maths.equilibrium_search.solve` with one product and no
    inputs, where E is spending and Y output: E′_j = ŵ_j Y_j + D_j with additive deficits, and
    E′_j = ŵ_j E_j, up to one factor for the world, with multiplicative ones.

    Parameters
    ----------
    flows
        Sales by buyer (row) and seller (column), own sales included, (N, N).
    ease
        Change of t^−θ, such as exp(β Δz) with a gravity estimate β, (N, N) or (S, N, N).
    theta
        Trade elasticity, σ − 1.
    deficits
        What becomes of deficits.
    tolerance
        As for `solve`.

    Returns
    -------
    Equilibrium
        One product and one use; `real_income` is Ê / P̂.

    References
    ----------
    Yotov, Y. et al. (2016), An Advanced Guide to Trade Policy Analysis, ch. 2; Baier, S., Yotov, Y.
    & Zylkin, T. (2019), Journal of International Economics 116, 206-226.

    Examples
    --------
    >>> half = armington(np.array([[6.0, 3.0], [3.0, 6.0]]), np.array([[1.0, 2], [2, 1]]), 4.0)
    >>> half.real_income.round(4).tolist()
    [[1.0746, 1.0746]]
    """
    count = len(flows)
    tariffs = np.zeros((1, 1, count, count))
    economy = Economy.of_flows(
        sales=np.asarray(flows, np.float64)[None, None],
        uses=np.zeros((count, 1, 1)),
        tariffs=tariffs,
    )
    with np.errstate(divide="ignore"):  # no ease at all: a ban
        iceberg = np.asarray(ease, np.float64)[..., None, None, :, :] ** (-1 / theta)
    return solve(
        economy,
        Barriers(tariffs=tariffs, iceberg=iceberg),
        np.array([theta]),
        deficits="fixed" if deficits == "additive" else "proportional",
        tolerance=tolerance,
    )
