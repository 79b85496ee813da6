"""Accounting identities: who delivers has made it, who makes has been supplied."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from catenary.errors import BalanceError, Problem
from catenary.maths.grouping import sum_by
from catenary.model.units import DAYS_PER_YEAR, parse_unit

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from catenary.model.matrix import Matrix
    from catenary.model.world import World

__all__ = ["TOLERANCE", "daily", "imbalances", "require_balance"]

TOLERANCE: Final = 1e-3
"""Share of a producer's output by which an account may miss."""

_OF_TOTAL: Final = 1e-7  # and the share of all output below which nobody cares


def daily(matrix: Matrix) -> float:
    """Return what a matrix' numbers are multiplied by to be per day.

    Examples
    --------
    >>> from catenary.model.matrix import Matrix
    >>> daily(Matrix([[1.0]], ["a"], ["b"], "t/week")) == 1 / 7
    True
    """
    days = parse_unit(matrix.unit).days
    return 1.0 / (days if days is not None else DAYS_PER_YEAR)


def _missing(
    what: str, remedy: str, have: NDArray[np.float64], want: NDArray[np.float64], ids: pd.Index
) -> list[Problem]:
    gap = np.abs(have - want)
    allowed = np.maximum(TOLERANCE * np.maximum(np.abs(want), np.abs(have)), _OF_TOTAL * want.sum())
    off = gap > allowed
    if not off.any():
        return []
    worst = int(np.argmax(np.where(off, gap, 0)))
    return [
        Problem(
            "balance",
            f"{what} of {int(off.sum()):,} producers differ from their output by more than "
            f"{TOLERANCE:.1%} (most: {ids[worst]!r}, {have[worst]:.6g} against {want[worst]:.6g} "
            "a day)",
            remedy,
        )
    ]


def imbalances(world: World) -> list[Problem]:
    """Return every account of a world that does not close."""
    if "producers" not in world:
        return []
    ids = world.ids("producers")
    output = world.part("producers").numbers("output")
    problems: list[Problem] = []
    if "intermediate" in world and "final" in world:
        flows = world.matrix("intermediate").aligned_to(ids, ids)
        final = world.matrix("final").aligned_to(ids, world.matrix("final").columns)
        final = final.in_unit(flows.unit)
        to_producers = flows.values * daily(flows)
        delivered = to_producers.sum(axis=1) + final.values.sum(axis=1) * daily(final)
        problems += _missing(
            "deliveries (row sums)",
            "set producers.output to the row sums, or correct the rows",
            np.asarray(delivered),
            output,
            ids,
        )
        if "value_added" in world:
            added = world.matrix("value_added")
            added = added.aligned_to(added.rows, ids).in_unit(flows.unit)
            costs = to_producers.sum(axis=0) + added.values.sum(axis=0) * daily(added)
            problems += _missing(
                "inputs and value added (column sums)",
                "correct the value added, or leave that matrix out",
                np.asarray(costs),
                output,
                ids,
            )
    if "supplies" in world and "demand" in world:
        problems += _supplies(world, output, ids)
    return problems


def _supplies(world: World, output: NDArray[np.float64], ids: pd.Index) -> list[Problem]:
    supplies, demand, count = world.part("supplies"), world.part("demand"), len(ids)
    delivered = sum_by(supplies.codes("supplier"), supplies.numbers("quantity"), count)
    named = demand.codes("supplier")
    quantity = demand.numbers("quantity")
    delivered += sum_by(named[named >= 0], quantity[named >= 0], count)
    product = world.part("producers").codes("product")
    products = len(world.ids("products"))
    pooled = sum_by(demand.codes("product")[named < 0], quantity[named < 0], products)
    made = sum_by(product, output, products)
    delivered += output * (pooled / np.where(made > 0, made, 1))[product]
    return _missing(
        "deliveries (supplies and demand)",
        "correct supplies.quantity, demand.quantity or producers.output",
        delivered,
        output,
        ids,
    )


def require_balance(world: World) -> None:
    """Refuse a world whose accounts do not close.

    Raises
    ------
    BalanceError
        With everything `imbalances` finds.
    """
    problems = imbalances(world)
    if problems:
        raise BalanceError.of(problems)
