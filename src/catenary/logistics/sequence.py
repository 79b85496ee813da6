"""In what order to build the measures of a plan, and what each then saves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Flags = NDArray[np.bool_]

__all__ = ["sequence"]


def sequence(
    chosen: Flags, alone: Array, cost: Array, least: Callable[[Flags], float]
) -> tuple[Array, Array]:
    """Return the place in the order of building, and the saving once those before are built.

    First comes what saves most alone for its cost. What each saves in this order sums to what the
    plan saves, which what each saves alone does not.

    Parameters
    ----------
    chosen, alone, cost
        Of each measure, (M,): whether the plan has it, what it saves alone, and its cost.
    least
        What transport costs with some measures.

    Returns
    -------
    tuple
        Place from 1 and saving, (M,); NaN where the plan does not have it.

    Examples
    --------
    >>> chosen, cost = np.array([True, True, False]), np.array([4.0, 1.0, 1.0])
    >>> saves = np.array([2.0, 3.0, 9.0])
    >>> place, saving = sequence(chosen, saves, cost, lambda some: 10.0 - saves[some].sum())
    >>> place.tolist(), saving.tolist()
    ([2.0, 1.0, nan], [2.0, 3.0, nan])
    """
    place, saving = np.full(len(chosen), np.nan), np.full(len(chosen), np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        worth = np.where(cost > 0, alone / cost, np.inf)
    built = np.zeros(len(chosen), bool)
    order = [int(k) for k in np.argsort(-worth, kind="stable") if chosen[k]]
    before = least(built) if order else 0.0
    for number, k in enumerate(order, 1):
        built[k] = True
        after = least(built.copy())
        place[k], saving[k] = number, before - after
        before = after
    return place, saving
