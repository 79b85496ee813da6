"""Flows of 190 × 190 countries over 10 products on the sea, with delays: `transport_flows.py`.

Trade is drawn at random, heavy-tailed and the same on every run; passages have the capacity that
10 ships of 56,000 t a day take, or what the world says, so that the straits that all want fill up.
Prints one line of JSON.
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any

import numpy as np
import pandas as pd

import catenary
from catenary import World
from catenary.logistics.atlas import sea_world

_TONNES = 30e6  # a day: what the sea carries, about
_CAPACITY = {"suez": 3.5e6, "malacca": 8e6, "panama_neopanamax": 1e6, "gibraltar": 8e6}


def world(countries: int, products: int) -> World:
    """Return a world of that many countries and products, with trade between all."""
    sea = sea_world()
    rng = np.random.default_rng(7)
    regions = sorted(set(sea.table("gateways")["region"].astype(str)))[:countries]
    goods = [f"g{k}" for k in range(products)]
    size = rng.lognormal(sigma=1.5, size=(2, products, countries))
    flows = np.einsum("po,pd->pod", *size) * rng.lognormal(sigma=1.0, size=(products, countries, 1))
    flows[:, np.arange(countries), np.arange(countries)] = 0.0
    flows *= _TONNES / flows.sum()
    product, origin, destination = np.nonzero(flows)
    supplier = np.array([f"{region}.{good}" for good in goods for region in regions])
    passages = sea.table("passages").reset_index()
    passages["capacity"] = passages["id"].astype(str).map(_CAPACITY)
    passages["duration"] = passages["duration"].where(passages["duration"] > 0, 0.25)
    return World(
        {
            "regions": pd.DataFrame({"id": regions}),
            "passages": passages.drop(columns=["source", "year", "note"], errors="ignore"),
            "products": pd.DataFrame(
                {"id": goods, "unit": "t", "value": np.geomspace(50, 50_000, products)}
            ),
            "producers": pd.DataFrame(
                {
                    "id": supplier,
                    "region": np.tile(regions, products),
                    "product": np.repeat(goods, countries),
                    "output": flows.sum(axis=2).ravel(),
                }
            ),
            "supplies": pd.DataFrame({"supplier": [], "buyer": [], "quantity": []}),
            "demand": pd.DataFrame(
                {
                    "product": np.array(goods)[product],
                    "region": np.array(regions)[destination],
                    "supplier": supplier[product * countries + origin],
                    "quantity": flows[product, origin, destination],
                }
            ),
        },
        name="benchmark",
    )


def main(countries: int, products: int) -> dict[str, Any]:
    """Return how long it takes, and how good the answer is."""
    began = time.perf_counter()
    made = world(countries, products)
    built = time.perf_counter()
    catenary.congestion(made, gap=1e-1)  # compiles, or loads what was compiled
    figures: dict[str, Any] = {
        "countries": countries,
        "products": products,
        "build_s": built - began,
        "first_s": time.perf_counter() - built,
    }
    for gap in (1e-3, 1e-4, 1e-6):
        start = time.perf_counter()
        found = catenary.congestion(made, gap=gap)
        basis = found.basis.iloc[0]
        figures[f"gap_{gap:g}"] = {
            "seconds": time.perf_counter() - start,
            "gap": float(basis["gap"]),
            "rounds": int(basis["rounds"]),
        }
    return figures | {"carried": float(basis["carried"]), "delay_days": float(basis["delay"])}


if __name__ == "__main__":
    given = [int(one) for one in sys.argv[1:]]
    print(json.dumps(main(*(given or [190, 10]))))
