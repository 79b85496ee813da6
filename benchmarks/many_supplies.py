"""Ten million supplies between a million firms: make them, then load, check and encode them."""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd

import catenary
from catenary.formats import folder

FIRMS, SUPPLIES, PRODUCTS, REGIONS = 1_000_000, 10_000_000, 200, 50


def make(place: Path) -> None:
    """Write the world twice: as one saved file, and as a folder of Parquet tables with text."""
    rng = np.random.default_rng(0)
    regions = [f"R{r:02d}" for r in range(REGIONS)]
    products = [f"p{p:03d}" for p in range(PRODUCTS)]
    firms = np.array([f"firm-{i:07d}" for i in range(FIRMS)])
    supplier, buyer = rng.integers(0, FIRMS, (2, SUPPLIES))
    quantity = rng.lognormal(0, 1, SUPPLIES)
    output = np.bincount(supplier, quantity, FIRMS) + 1.0
    text = place / "text"
    text.mkdir()
    frames = {
        "regions": pd.DataFrame({"id": regions}),
        "products": pd.DataFrame({"id": products}),
        "producers": pd.DataFrame(
            {
                "id": firms,
                "region": np.array(regions)[rng.integers(0, REGIONS, FIRMS)],
                "product": np.array(products)[rng.integers(0, PRODUCTS, FIRMS)],
                "output": output,
            }
        ),
    }
    for name, frame in frames.items():
        frame.to_parquet(text / f"{name}.parquet")
    supplies = pd.DataFrame(
        {"supplier": firms[supplier], "buyer": firms[buyer], "quantity": quantity}
    )
    supplies.to_parquet(text / "supplies.parquet")
    catenary.save(folder.read(text), place / "saved.world")
    print(json.dumps({}))


def load(path: Path) -> None:
    """Load, check, and read the codes; print seconds and peak memory."""
    import catenary.model  # noqa: PLC0415  libraries are not what is timed

    began = time.perf_counter()
    world = catenary.load(path)
    assert isinstance(world, catenary.World)  # noqa: S101
    supplies = world.part("supplies")
    total = int(supplies.codes("supplier").sum()) + int(supplies.codes("buyer").sum())
    seconds = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": seconds, "peak_mb": peak, "checksum": total}))


if __name__ == "__main__":
    what, where = sys.argv[1], Path(sys.argv[2])
    if what == "make":
        make(where)
    else:
        load(where / ("saved.world" if what == "saved" else "text"))
