"""ECI, PCI and density of one table of exports, ours or by py-ecomplexity.

Run as `python see_complexity.py TABLE [OURS] [ecomplexity]`: TABLE has country, product and value;
OURS is written by us and read by the peer, to print by how much the two differ.
"""

from __future__ import annotations

import json
import sys
import time
from importlib.metadata import version
from typing import Any

import numpy as np
import pandas as pd

REPEATS = 5


def ours(table: pd.DataFrame, place: str) -> dict[str, Any]:
    """Return seconds of the indices on arrays, and of the whole analysis with all its tables."""
    from threadpoolctl import threadpool_limits  # noqa: PLC0415

    import catenary  # noqa: PLC0415
    from catenary.maths import complexity as maths  # noqa: PLC0415

    grid = table.pivot_table(index="country", columns="product", values="value", fill_value=0.0)
    X = grid.to_numpy(np.float64)  # noqa: N806
    arrays, whole = [], []
    for _ in range(REPEATS):
        began = time.perf_counter()
        with threadpool_limits(1):
            M = maths.presence(maths.advantage(X))  # noqa: N806
            maths.complexity_indices(M)
            maths.density(M, maths.proximity(M))
        arrays.append(time.perf_counter() - began)
    flows = table.rename(columns={"country": "origin"})
    world = catenary.World(
        {
            "regions": pd.DataFrame({"id": table["country"].unique()}),
            "products": pd.DataFrame({"id": table["product"].unique()}),
            "trade_flows": flows,
        }
    )
    for _ in range(REPEATS):
        began = time.perf_counter()
        result = catenary.complexity(world)
        whole.append(time.perf_counter() - began)
    if place:
        pairs = result.pairs.astype({"region": "str", "product": "str"})
        pairs = pairs.merge(result.regions[["region", "eci"]], on="region")
        pairs.merge(result.products[["product", "pci"]], on="product").to_parquet(place)
    return {
        "indices_seconds": round(float(np.median(arrays)), 4),
        "analysis_seconds": round(float(np.median(whole)), 4),
        "regions": X.shape[0],
        "products": X.shape[1],
    }


def peer(table: pd.DataFrame, place: str) -> dict[str, Any]:
    """Return seconds of py-ecomplexity and by how much it differs from ours."""
    from ecomplexity import ecomplexity  # noqa: PLC0415

    table = table.assign(year=2000)
    columns = {"time": "year", "loc": "country", "prod": "product", "val": "value"}
    seconds = []
    for _ in range(2):
        began = time.perf_counter()
        found = ecomplexity(table, columns)
        seconds.append(time.perf_counter() - began)
    both = pd.read_parquet(place).merge(
        found, left_on=["region", "product"], right_on=["country", "product"], suffixes=("", "_")
    )
    gaps = {name: float(np.abs(both[name] - both[f"{name}_"]).max()) for name in ("eci", "density")}
    # the peer's PCI is an eigenvector of its own length: it lies on a straight line with ours
    line = np.polyfit(both["pci"], both["pci_"], 1)
    gaps["pci_beside_a_line"] = float(np.abs(np.polyval(line, both["pci"]) - both["pci_"]).max())
    return {"seconds": round(min(seconds), 3), "version": version("ecomplexity"), "gaps": gaps}


if __name__ == "__main__":
    exports = pd.read_parquet(sys.argv[1])
    beside = sys.argv[2] if len(sys.argv) > 2 else ""
    measure = peer if sys.argv[-1] == "ecomplexity" else ours
    print(json.dumps(measure(exports, beside)))
