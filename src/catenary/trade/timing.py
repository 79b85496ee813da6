"""What a day on the way costs, by product."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from catenary.errors import OptionError, listed

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from catenary.model import World

    Array = NDArray[np.float64]

__all__ = ["day_values"]


def day_values(world: World, days: Array, day_value: float | None = None) -> Array:
    """Return the share of its value that a day costs each product, (J,).

    Parameters
    ----------
    world
        `products.day_value` may say it for some products.
    days
        By how much durations change, (U, J, N, N): only products with a change need a value.
    day_value
        For products that the table does not name.

    Raises
    ------
    OptionError
        If nothing says what a day costs a product whose duration changes.

    Examples
    --------
    >>> from catenary.testing import two_regions
    >>> day_values(two_regions(), np.ones((1, 1, 2, 2)), 0.006).tolist()
    [0.006]
    """
    found = world.part("products").numbers("day_value")
    if day_value is not None:
        return np.where(np.isnan(found), day_value, found)
    lacking = np.isnan(found) & days.any(axis=(0, 2, 3))
    if lacking.any():
        raise OptionError(
            "the scenario changes how long goods travel, and nothing says what a day costs "
            f"{listed(world.ids('products')[lacking], most=3)}",
            hint="give day_value, the share of the value of goods that a day costs, with its "
            "source, or fill products.day_value",
        )
    return np.nan_to_num(found)
