"""How much one region sends to another on a day, from whatever a world says of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from catenary.errors import OptionError, did_you_mean
from catenary.languages import say
from catenary.maths.grouping import sum_by
from catenary.model.units import factor, parse_unit

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from catenary.model import World
    from catenary.model.matrix import Matrix

    Array = NDArray[np.float64]
    Integers = NDArray[np.integer[Any]]

__all__ = ["Trade", "trade"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Trade:
    """What goes from region to region."""

    regions: pd.Index
    flows: Array
    """From region (row) to region (column), (R, R); 0 within a region."""
    unit: str
    """Of the flows: something per day."""
    warnings: tuple[str, ...] = ()


def trade(world: World, product: str = "") -> Trade | None:
    """Return the trade between the regions of a world; None if the world has no flows.

    Taken from the first of these that the world has: the matrix `trade`; `intermediate` and
    `final`; `supplies` and `demand`. What is negative is taken as 0.

    Parameters
    ----------
    world
        Any.
    product
        Product or group of products; blank = all, added up.

    Raises
    ------
    OptionError
        If there is no such product, or flows are not known by product.

    Examples
    --------
    >>> from catenary.testing import two_regions
    >>> found = trade(two_regions())
    >>> found.regions.tolist(), found.flows.round(4).tolist(), found.unit
    (['AAA', 'BBB'], [[0.0, 0.0137], [0.011, 0.0]], 'USD/day')
    """
    if "trade" in world:
        if product:
            raise OptionError(
                "the matrix 'trade' is not by product", hint="leave product out, or the matrix"
            )
        found = _of_matrix(world.matrix("trade"))
    elif "intermediate" in world:
        found = _of_table(world, _makers(world, product))
    elif "supplies" in world:
        found = _of_supplies(world, _makers(world, product))
    elif product:
        raise OptionError(
            f"product is {product!r}, and this world has no flows of products",
            hint="leave product out, or take a world with trade between its producers",
        )
    else:
        return None
    flows = np.maximum(found.flows, 0.0)
    np.fill_diagonal(flows, 0.0)
    return replace(found, flows=flows)


def _makers(world: World, product: str) -> NDArray[np.bool_]:
    """Return which producers make a product or one of a group."""
    producers = world.part("producers")
    if not product:
        return np.ones(len(producers.index), bool)
    known = world.ids("products")
    wanted = world.members("products", product)
    if not wanted.any():
        raise OptionError(
            f"this world has no product {product!r}", hint=did_you_mean(product, known)
        )
    found: NDArray[np.bool_] = wanted[producers.codes("product").astype(np.int64)]
    return found


def _daily(unit: str) -> tuple[float, str]:
    """Return what makes a flow one per day, and its unit then."""
    if parse_unit(unit).days is None:
        return 1.0, unit
    wanted = f"{unit.rpartition('/')[0]}/day"
    return factor(unit, wanted), wanted


def _of_matrix(matrix: Matrix) -> Trade:
    regions = matrix.rows.union(matrix.columns, sort=False)
    scale, unit = _daily(matrix.unit)
    flows = np.zeros((len(regions), len(regions)))
    rows, columns = regions.get_indexer(matrix.rows), regions.get_indexer(matrix.columns)
    flows[np.ix_(rows, columns)] = matrix.dense * scale
    return Trade(regions=regions, flows=flows, unit=unit)


def _of_table(world: World, makers: NDArray[np.bool_]) -> Trade:
    """Return what producers of a region deliver to producers and consumers of another."""
    regions, ids = world.ids("regions"), world.ids("producers")
    by = world.part("producers").codes("region").astype(np.int64)
    matrix = world.matrix("intermediate")
    scale, unit = _daily(matrix.unit)
    given = [(matrix.aligned_to(ids, ids), by)]
    if "final" in world:
        users = world.ids("consumers")
        final = world.matrix("final").in_unit(matrix.unit).aligned_to(ids, users)
        given.append((final, world.part("consumers").codes("region").astype(np.int64)))
    flows = np.zeros((len(regions), len(regions)))
    rows = _members(by, len(regions)) * makers
    for one, to in given:
        found = rows @ one.values @ _members(to, len(regions)).T
        flows += found if isinstance(found, np.ndarray) else found.toarray()
    return Trade(regions=regions, flows=flows * scale, unit=unit)


def _members(group: Integers, groups: int) -> Any:
    """Return 1 where a column belongs to the group of the row, as a sparse array."""
    from scipy import sparse  # noqa: PLC0415  slow to import

    cells = (np.ones(len(group)), (group, np.arange(len(group))))
    return sparse.csr_array(cells, shape=(groups, len(group)))


def _of_supplies(world: World, makers: NDArray[np.bool_]) -> Trade:
    """Return deliveries, and final demand from its supplier, or from all makers by output."""
    regions, count = world.ids("regions"), len(world.ids("regions"))
    producers = world.part("producers")
    by = producers.codes("region").astype(np.int64)
    supplies = world.part("supplies")
    supplier = supplies.codes("supplier").astype(np.int64)
    buyer = supplies.codes("buyer").astype(np.int64)
    amount = supplies.numbers("quantity") * makers[supplier]
    flows = sum_by(by[supplier] * count + by[buyer], amount, count**2)
    if "demand" in world:
        flows += _of_demand(world, by, makers)
    made = producers.codes("product")[makers]
    units = sorted(set(world.table("products")["unit"].iloc[np.unique(made)]))
    warnings = []
    if len(units) > 1:
        warnings.append(
            say(
                "quantities in {units} are added up as they are: choose one product",
                units=", ".join(units),
            )
        )
    return Trade(
        regions=regions,
        flows=flows.reshape(count, count),
        unit=f"{units[0] if len(units) == 1 else 'product unit'}/day",
        warnings=tuple(warnings),
    )


def _of_demand(world: World, by: Integers, makers: NDArray[np.bool_]) -> Array:
    """Return final demand from region to region, (R R,)."""
    count, products = len(world.ids("regions")), len(world.ids("products"))
    producers, demand = world.part("producers"), world.part("demand")
    asked, to = (demand.codes(name).astype(np.int64) for name in ("product", "region"))
    quantity = demand.numbers("quantity")
    supplier = demand.codes("supplier").astype(np.int64)
    named = supplier >= 0
    amount = quantity[named] * makers[supplier[named]]
    flows = sum_by(by[supplier[named]] * count + to[named], amount, count**2)
    made, output = producers.codes("product").astype(np.int64), producers.numbers("output")
    total = sum_by(made, output, products)
    share = output * makers / np.where(total > 0, total, 1.0)[made]
    from_ = sum_by(by * products + made, share, count * products).reshape(count, products)
    pooled = sum_by(asked[~named] * count + to[~named], quantity[~named], products * count)
    return flows + (from_ @ pooled.reshape(products, count)).ravel()
