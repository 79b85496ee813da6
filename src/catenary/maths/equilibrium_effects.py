"""What a counterfactual equilibrium means for each country, to first order."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from catenary.maths.equilibrium import Equilibrium

    Array = NDArray[np.float64]

__all__ = ["FirstOrder", "first_order"]


class FirstOrder(NamedTuple):
    """Parts of the change of welfare, shares of income, (S, N) each."""

    terms_of_trade: Array
    """Exports sell dearer, imports cost less."""
    volume: Array
    """Imports on which something is levied grow."""
    resources: Array
    """Less is used up on the way, and more made of the same; NaN where something is banned."""
    transfer: Array
    """More is lent by others."""

    @property
    def total(self) -> Array:
        """All together."""
        return self.terms_of_trade + self.volume + self.resources + self.transfer


def first_order(after: Equilibrium) -> FirstOrder:
    """Return the first-order change of welfare from the baseline of a solution.

    With c the costs of sellers, M imports before tariffs, E exports, Y sales and I income at the
    baseline, the parts are Σ (E dln c_own − M dln c_partner) / I,
    Σ t M (dln M − dln c_partner) / I, Σ (Y dln A − (1 + t) M dln d) / I, and dD / I. Where only
    tariffs change, the first two are the formula of the paper. As there, changes are taken as
    relative ones. Far from the baseline it is not the exact change.

    Parameters
    ----------
    after
        Solutions of S scenarios; their economy is the baseline.

    References
    ----------
    Caliendo, L. & Parro, F. (2015), Review of Economic Studies 82(1), 1-44, equation 16.

    Examples
    --------
    >>> from catenary.maths.equilibrium import Barriers, Economy
    >>> from catenary.maths.equilibrium_search import solve
    >>> economy = Economy.of_flows(
    ...     sales=np.array([[[[6.0, 3.0], [3.0, 6.0]]]]), uses=np.zeros((2, 1, 1)),
    ...     tariffs=np.array([[[[0.0, 0.2], [0.2, 0.0]]]]))
    >>> free = solve(economy, Barriers(tariffs=np.zeros((1, 1, 2, 2))), np.array([4.0]))
    >>> first_order(free).total.round(3).tolist()
    [[0.041, 0.041]]
    """
    old = after.economy
    spent = old.spending[..., None] * old.shares
    bought = spent / (1 + old.tariffs)
    dearer = after.cost - 1
    income = after.baseline_income
    home = np.arange(len(income))
    made = bought.sum(axis=(0, 2))
    exports = made - bought[:, :, home, home].sum(axis=0)
    imports = bought.sum(axis=0)
    imports[:, home, home] = 0.0
    paid = (imports @ dearer[..., None])[..., 0].sum(axis=1)
    earned = (exports * dearer).sum(axis=1)
    grown = after.flows - bought * (1 + dearer[:, None, :, None, :])
    worn = np.where(np.isinf(after.iceberg), np.nan, after.iceberg) * np.where(spent > 0, spent, 0)
    saved = (made * np.expm1(after.yields)).sum(axis=-2) - worn.sum(axis=(-4, -3, -1))
    return FirstOrder(
        (earned - paid) / income,
        (old.tariffs * grown).sum(axis=(1, 2, 4)) / income,
        saved / income + np.zeros_like(earned),
        (after.deficit - old.deficit) / income,
    )
