"""Ways by air: great circles between airports with a detour, at the rate of `haulage`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from catenary.errors import MissingDataError
from catenary.logistics.atlas import row_of
from catenary.logistics.land import land_table
from catenary.maths.sphere import great_circle

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from catenary.model import World

    Array = NDArray[np.float64]

__all__ = ["airports", "flights"]


def airports(world: World) -> pd.DataFrame:
    """Return the airports of a world with lanes, else those built in: region, lon, lat.

    Examples
    --------
    >>> from catenary.testing import two_regions
    >>> airports(two_regions()).loc["PVG", "region"]
    'CHN'
    """
    frame = land_table(world, "facilities").frame
    found = frame.loc[frame["kind"] == "airport", ["region", "lon", "lat"]].dropna()
    return found.assign(region=found["region"].astype("str"))


def flights(world: World, places: pd.DataFrame) -> Array:
    """Return days, USD/t, kg CO2e/t and km between airports, (4, N, N); inf within one.

    Raises
    ------
    MissingDataError
        If `haulage` has no row `air`, or a figure of it is missing.
    """
    table = land_table(world, "haulage").frame
    if "air" not in table.index or table.loc["air", ["detour", "speed", "cost"]].isna().any():
        raise MissingDataError(
            "haulage does not say what a flight takes",
            hint="give its row air a detour, a speed and a cost, or leave the table haulage out",
        )
    detour, speed, cost = (float(table[name]["air"]) for name in ("detour", "speed", "cost"))
    factor = row_of(world, "freight_factors", str(table["factor"]["air"]), option="haulage.factor")
    lon, lat = places["lon"].to_numpy(), places["lat"].to_numpy()
    far = great_circle(lon[:, None], lat[:, None], lon, lat) / 1e3 * detour
    grams = float(factor["well_to_wheel"])
    found = np.stack([far / speed, far * cost, far * grams / 1e3, far])
    found[:, np.arange(len(lon)), np.arange(len(lon))] = np.inf
    return found
