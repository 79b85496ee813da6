"""A small market to learn and test with: three suppliers of one product in two countries."""

from __future__ import annotations

import pandas as pd

from catenary.model import World

__all__ = ["small_offers"]


def small_offers(*, futures: bool = False) -> World:
    """Return a world where `near` (AAA) is cheapest, `far` (BBB) dearer, `spare` (AAA) dearest.

    Parameters
    ----------
    futures
        Whether AAA may lose all its capacity, for 60 days, with a chance of 0.1.

    Examples
    --------
    >>> small_offers().ids("offers").tolist()
    ['near', 'far', 'spare']
    """
    tables = {
        "regions": pd.DataFrame({"id": ["AAA", "BBB", "CCC"]}),
        "products": pd.DataFrame({"id": ["cells"], "unit": ["piece"], "mass": [0.01]}),
        "offers": pd.DataFrame(
            {
                "id": ["near", "far", "spare"],
                "product": "cells",
                "region": ["AAA", "BBB", "AAA"],
                "price": [10.0, 12.0, 15.0],
                "capacity": [10.0, 8.0, 20.0],
                "reservation": [0.0, 0.5, 0.1],
                "lead_time": [10.0, 40.0, 5.0],
                "tariff": [0.0, 0.05, 0.0],
                "freight": [0.5, 1.0, 0.5],
                "emissions": [30.0, 20.0, 30.0],
            }
        ),
    }
    if futures:
        tables["futures"] = pd.DataFrame(
            {"future": ["quake"], "chance": [0.1], "region": ["AAA"], "start": [30.0],
             "days": [60.0], "available": [0.0]}
        )  # fmt: skip
    return World(tables, name="small-offers")
