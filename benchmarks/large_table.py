"""One scenario-year of a random dense table, on all cores: time, memory, and the memory's speed."""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd

import catenary
from catenary import Change, Matrix, Recovery, Scenario, World
from catenary.disruption.layout import layout_of
from catenary.maths.inventory import Disturbance, Parameters, simulate


def table(regions: int, sectors: int) -> World:
    """Return a random table in which everybody buys of everybody."""
    rng = np.random.default_rng(0)
    count = regions * sectors
    ids = [f"R{r}.s{s}" for r in range(regions) for s in range(sectors)]
    flows = rng.random((count, count))
    final = rng.random((count, 1)) * count
    return World(
        {
            "regions": pd.DataFrame({"id": [f"R{r}" for r in range(regions)]}),
            "products": pd.DataFrame({"id": [f"s{s}" for s in range(sectors)]}),
            "producers": pd.DataFrame(
                {
                    "id": ids,
                    "region": [i.partition(".")[0] for i in ids],
                    "product": [i.partition(".")[2] for i in ids],
                    "output": (flows.sum(axis=1) + final[:, 0]) / 365,
                }
            ),
            "consumers": pd.DataFrame({"id": ["R0.all"], "region": ["R0"]}),
            "intermediate": Matrix(flows, ids, ids, "USD/year"),
            "final": Matrix(final, ids, ["R0.all"], "USD/year"),
        }
    )


def make(regions: str, sectors: str, folder: str) -> None:
    """Write the same table as BoARIO's runner reads it, in millions."""
    world = table(int(regions), int(sectors))
    for letter, name in (("Z", "intermediate"), ("Y", "final")):
        matrix = world.matrices[name]
        frame = pd.DataFrame(matrix.dense, columns=list(matrix.columns))
        frame.insert(0, "row", list(matrix.rows))
        frame.to_parquet(Path(folder) / f"{letter}_0.parquet", index=False)
    print("{}")


def main(regions: str, sectors: str, days: str) -> None:
    """Print the figures as JSON."""
    warm = table(3, 30)
    change = Change(
        target="producers.capacity", where={"region": "R1"}, multiply=0.9, start=5, days=3,
        recovery=Recovery(curve="linear", days=90),
    )  # fmt: skip
    scenario = Scenario("quake", (change,))
    catenary.stress(warm, scenario=scenario, days=3)
    world = table(int(regions), int(sectors))
    began = time.perf_counter()
    layout = layout_of(world, stock_days=90)
    laid_out = time.perf_counter() - began
    lost = scenario.compile(world).losses(world, "producers.capacity", np.arange(float(days)))
    hit = Disturbance(producers=layout.places[lost.producers], losses=lost.by_day)
    simulate(layout.network, Parameters(), 2, hit)
    began = time.perf_counter()
    simulate(layout.network, Parameters(), int(days), hit)
    engine = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    rules = {}
    for rule in ("final_last", "final_first", "small_first"):
        other = layout_of(world, stock_days=90, rationing=rule)
        one = Parameters(small_first=rule == "small_first")
        began = time.perf_counter()
        simulate(other.network, one, 20, hit)
        rules[rule] = (time.perf_counter() - began) / 20 * 1e3
        del other
    dense = layout.network.dense
    read = min(_read(dense) for _ in range(5))
    print(
        json.dumps(
            {
                "industries": len(layout.producers), "layout": laid_out, "engine": engine,
                "step_ms": engine / int(days) * 1e3, "read_ms": read * 1e3,
                "steps_per_read": engine / int(days) / read, "peak_mb": peak,
                "rules_step_ms": rules,
            }
        )
    )  # fmt: skip


def _read(dense: np.ndarray) -> float:
    """Return the seconds that all cores need to read the table once."""
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415

    import numba  # noqa: PLC0415

    parts = np.array_split(dense, numba.get_num_threads())
    with ThreadPoolExecutor(len(parts)) as pool:
        began = time.perf_counter()
        list(pool.map(np.max, parts))
        return time.perf_counter() - began


if __name__ == "__main__":
    if sys.argv[1] == "make":
        make(*sys.argv[2:])
    else:
        main(*sys.argv[1:])
