"""Worlds of many regions, for the tests of reports."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

import catenary
from catenary.model import Matrix, World
from catenary.report.places import default_places

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["every_place", "shock", "world_of"]


def world_of(regions: Sequence[str], products: Sequence[str] = ("goods", "tools")) -> World:
    """Return a world in which every region makes every product and buys from its neighbour."""
    ids = [f"{region}.{product}" for region in regions for product in products]
    count, many = len(ids), len(products)
    flows = np.zeros((count, count))
    flows[np.arange(count), (np.arange(count) + many) % count] = 1.0
    flows[np.arange(count), np.arange(count) // many * many] += 0.5
    final = np.repeat(np.eye(len(regions)), many, axis=0) * 3.0
    users = [f"{region}.all" for region in regions]
    return World(
        {
            "regions": pd.DataFrame({"id": list(regions)}),
            "products": pd.DataFrame({"id": list(products), "unit": "USD", "stock_days": 5.0}),
            "producers": pd.DataFrame(
                {
                    "id": ids,
                    "region": np.repeat(list(regions), many),
                    "product": np.tile(list(products), len(regions)),
                    "output": (flows.sum(axis=1) + final.sum(axis=1)) / 365,
                }
            ),
            "consumers": pd.DataFrame({"id": users, "region": list(regions)}),
            "intermediate": Matrix(flows, ids, ids, "USD/year"),
            "final": Matrix(final, ids, users, "USD/year"),
            "stressors": Matrix(np.ones((1, count)), ["co2"], ids, "t/year"),
        },
        name="small",
    )


def shock(region: str, **about: object) -> catenary.Scenario:
    """Return the loss of half the capacity of a region for 20 days."""
    change = catenary.Change(
        target="producers.capacity", where={"region": region}, multiply=0.5, start=3, days=20
    )
    return catenary.Scenario(str(about.get("name", "half")), (change,))


def every_place() -> list[str]:
    """Return every region that a map shows."""
    known = default_places()
    return [label for label in known if known[label].is_drawn]
