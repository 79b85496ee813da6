"""Footprints of ten pressures, ours or pymrio's, in a fresh process: time and memory.

Run as `python see_footprint.py catenary|pymrio WIOD_FOLDER`, or with `large` instead of a folder.
"""

from __future__ import annotations

import json
import resource
import sys
import time

import numpy as np
import pandas as pd

import catenary
from catenary import Matrix, World

REGIONS, SECTORS, STRESSORS = 49, 163, 10


def large() -> World:
    """Return a table as large as EXIOBASE 3: dense, most deliveries at home, columns uneven."""
    rng = np.random.default_rng(0)
    count = REGIONS * SECTORS
    flows = rng.random((count, count))
    for region in range(REGIONS):
        own = slice(region * SECTORS, (region + 1) * SECTORS)
        flows[own, own] *= 3 * REGIONS
    flows *= rng.random(count)
    final = rng.random((count, REGIONS))
    final *= flows.sum() / final.sum()
    flows.flags.writeable = False  # ours alone: saves the World a copy
    ids = [f"R{r}.s{s}" for r in range(REGIONS) for s in range(SECTORS)]
    users = [f"R{r}.all" for r in range(REGIONS)]
    regions = [f"R{r}" for r in range(REGIONS)]
    made = {
        "id": ids,
        "region": np.repeat(regions, SECTORS),
        "product": [f"s{s}" for s in range(SECTORS)] * REGIONS,
        "output": (flows.sum(axis=1) + final.sum(axis=1)) / 365,
    }
    return World(
        {
            "regions": pd.DataFrame({"id": regions}),
            "products": pd.DataFrame({"id": [f"s{s}" for s in range(SECTORS)]}),
            "producers": pd.DataFrame(made),
            "consumers": pd.DataFrame({"id": users, "region": regions}),
            "intermediate": Matrix(flows, ids, ids, "USD/year"),
            "final": Matrix(final, ids, users, "USD/year"),
        }
    )


def with_stressors(world: World) -> World:
    """Return the world with ten random pressures."""
    ids = world.ids("producers")
    rows = np.random.default_rng(1).random((STRESSORS, len(ids)))
    return world.with_(stressors=Matrix(rows, [f"p{k}" for k in range(STRESSORS)], ids, "t/year"))


def ours(world: World) -> dict[str, object]:
    """Return the time of the whole analysis: footprints, multipliers and flows by region."""
    from catenary.testing import two_regions  # noqa: PLC0415

    catenary.footprint(two_regions())  # loads what is loaded once
    began = time.perf_counter()
    found = catenary.footprint(world, stressor="all")
    seconds = time.perf_counter() - began
    told = [text for text in found.run.warnings if "residual" in text]
    consumption = found.regions.groupby("stressor", sort=False)["consumption"].sum()
    return {"seconds": seconds, "warnings": told, "sum": consumption.sum()}


def theirs(world: World) -> dict[str, object]:
    """Return the time of pymrio on the same numbers: inverse, multipliers and accounts."""
    import pymrio  # noqa: PLC0415

    regions = list(dict.fromkeys(world.table("producers")["region"].astype(str)))
    products = world.table("producers")["product"].astype(str)
    places = pd.MultiIndex.from_arrays(
        [world.table("producers")["region"].astype(str), products], names=["region", "sector"]
    )
    users = pd.MultiIndex.from_arrays(
        [
            world.table("consumers")["region"].astype(str),
            world.table("consumers")["category"].astype(str),
        ],
        names=["region", "category"],
    )
    flows = pd.DataFrame(world.matrix("intermediate").dense, places, places)
    final = pd.DataFrame(world.matrix("final").dense, places, users)
    rows = world.matrix("stressors")
    pressures = pd.DataFrame(rows.dense, pd.Index(rows.rows, name="stressor"), places)
    del world
    system = pymrio.IOSystem(Z=flows, Y=final)
    system.p = pymrio.Extension("p", F=pressures)
    began = time.perf_counter()
    system.calc_all()
    seconds = time.perf_counter() - began
    total = float(system.p.D_cba_reg.to_numpy().sum())
    version = getattr(pymrio, "__version__", "?")
    return {"seconds": seconds, "sum": total, "version": version, "regions": len(regions)}


if __name__ == "__main__":
    whose, where = sys.argv[1:3]
    given = large() if where == "large" else catenary.read("wiod", where, year=2011)
    given = with_stressors(given)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    figures = {"catenary": ours, "pymrio": theirs}[whose](given)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({**figures, "loaded_mb": before, "peak_mb": peak}))
