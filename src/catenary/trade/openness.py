"""Whether what bans leave of trade can be paid for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from catenary.errors import ComputationError, listed

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from catenary.maths.equilibrium_search import Deficits
    from catenary.trade.flows import Flows

    Array = NDArray[np.float64]
    Flags = NDArray[np.bool_]

__all__ = ["check_paid"]

_HAIR: Final = 1e-9  # of sales: a deficit below is none


def check_paid(flows: Flows, iceberg: Array, deficits: Deficits, what: str) -> None:
    """Refuse bans that leave a region imports without exports, or the other way round.

    Imports less exports of a region, and of regions that trade only with each other, have to be
    its deficit by the rule; without any exports, imports would have to be that deficit alone, which
    no wage brings about where it is not above 0.

    Parameters
    ----------
    flows
        Of the world.
    iceberg
        Change of costs; inf = banned, (U, J, N, N).
    deficits
        The rule.
    what
        What to call the case.

    Raises
    ------
    ComputationError
        It names the regions.

    Examples
    --------
    >>> from catenary.testing import two_regions
    >>> from catenary.trade.flows import Flows
    >>> ban = np.ones((1, 1, 2, 2))
    >>> ban[0, 0, 0, 1] = np.inf  # what AAA buys from BBB
    >>> try:
    ...     check_paid(Flows.of(two_regions()), ban, "zero", "the counterfactual")
    ... except ComputationError as error:
    ...     print(str(error).partition(",")[0])
    in the counterfactual bans leave BBB without any exports
    """
    if not np.isinf(iceberg).any():
        return
    across = flows.sales.sum(axis=(0, 1))
    lent = across.sum(axis=1) - across.sum(axis=0)  # imports less exports
    lent = np.zeros_like(lent) if deficits == "zero" else lent
    left = np.where(np.isinf(iceberg), 0.0, flows.sales).sum(axis=(0, 1)) > 0
    np.fill_diagonal(left, val=False)
    buys, sells = left.any(axis=1), left.any(axis=0)
    hair = _HAIR * across.sum(axis=1)
    _refuse(flows, buys & ~sells & (lent <= hair), what, "exports", "its imports have to be paid")
    _refuse(
        flows, sells & ~buys & (lent >= -hair), what, "imports",
        "what it earns abroad has to be spent there",
    )  # fmt: skip
    count, block = connected_components(sparse.csr_array(left), directed=False)
    gap = np.abs(np.bincount(block, lent, count)) > np.bincount(block, hair, count)
    if count > 1 and gap.any():
        size = np.where(gap, np.bincount(block, minlength=count), np.inf)
        own = block == int(size.argmin())
        raise ComputationError(
            f"in {what} bans leave {listed(flows.regions[own], most=5)} without any trade with "
            f"others, and imports less exports of {lent[own].sum():,.6g} {flows.unit} have to "
            "stay as they are",
            hint="choose deficits = 'zero', or leave some trade open",
        )


def _refuse(flows: Flows, wrong: Flags, what: str, lacking: str, because: str) -> None:
    if wrong.any():
        raise ComputationError(
            f"in {what} bans leave {listed(flows.regions[wrong], most=5)} without any {lacking}, "
            f"and by the rule for deficits {because}",
            hint=f"leave some {lacking} open, or ban trade in both directions with deficits = "
            "'zero'",
        )
