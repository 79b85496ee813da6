"""By how much trade answers to costs, read from the table `elasticities`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from catenary.errors import DataError, MissingDataError, listed

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from catenary.model import World

    Array = NDArray[np.float64]

__all__ = ["errors_of", "trade_elasticities"]


def trade_elasticities(
    world: World, traded: NDArray[np.bool_], elasticity: float | None = None
) -> Array:
    """Return θ of every product, (J,); 1 for those that cross no border, where it has no effect.

    Parameters
    ----------
    world
        Its table `elasticities` may name products, or hold for every other product.
    traded
        Whether each product crosses a border, (J,).
    elasticity
        For products that the table does not name.

    Raises
    ------
    MissingDataError
        If nothing says how trade in some product answers.
    DataError
        If an elasticity is 0.

    Examples
    --------
    >>> from catenary.testing import two_regions
    >>> trade_elasticities(two_regions(), np.array([True]), 5.0).tolist()
    [5.0]
    """
    ids = world.ids("products")
    theta = np.full(len(ids), np.nan if elasticity is None else elasticity)
    if "elasticities" in world:
        table = world.part("elasticities")
        product, numbers = table.codes("product"), table.numbers("trade")
        if (product < 0).any():
            theta[:] = numbers[product < 0][-1]
        theta[product[product >= 0]] = numbers[product >= 0]
    lacking = traded & np.isnan(theta)
    if lacking.any():
        raise MissingDataError(
            f"nothing says how trade in {listed(ids[lacking], most=5)} answers to costs",
            hint="add rows with a source to the table `elasticities`, or give the option "
            "`elasticity` for every product that has none",
        )
    flat = traded & (theta <= 0)
    if flat.any():
        raise DataError(
            f"the trade elasticity of {listed(ids[flat], most=5)} is {theta[flat][0]:g}",
            hint="it has to be above 0: percent by which imports fall when they cost 1 % more",
        )
    return np.where(traded, theta, 1.0)


def errors_of(
    world: World,
    traded: NDArray[np.bool_],
    elasticity: float | None = None,
    error: float | None = None,
) -> Array:
    """Return the standard error of θ of every product as a share of θ, (J,); 0 = certain.

    Parameters
    ----------
    world, traded, elasticity
        As for `trade_elasticities`.
    error
        Standard error where the table states none.

    Examples
    --------
    >>> from catenary.testing import two_regions
    >>> errors_of(two_regions(), np.array([True]), 5.0, 1.0).tolist()
    [0.2]
    """
    theta = trade_elasticities(world, traded, elasticity)
    found = np.full(len(theta), np.nan)
    if "elasticities" in world:
        table = world.part("elasticities")
        product, numbers = table.codes("product"), table.numbers("error")
        if (product < 0).any():
            found[:] = numbers[product < 0][-1]
        found[product[product >= 0]] = numbers[product >= 0]
    found = np.where(np.isnan(found), error or 0.0, found)
    return np.where(traded, found / theta, 0.0)
