"""One scenario-year of WIOD 2011: engine alone, whole analysis, memory over the loaded table."""

from __future__ import annotations

import json
import resource
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

import catenary
from catenary.disruption.layout import layout_of
from catenary.maths.inventory import Disturbance, Parameters, simulate

if TYPE_CHECKING:
    from catenary.model.timeline import Losses

RULES = ("final_last", "final_first", "small_first")


def peak() -> float:
    """Return peak memory in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _year_of(
    world: catenary.World, rule: str, lost: Losses, losses: np.ndarray, parameters: Parameters
) -> float:
    """Return the seconds of a scenario-year under another rule of rationing."""
    layout = layout_of(world, stock_days=90, rationing=rule)
    hit = Disturbance(producers=layout.places[lost.producers], losses=losses)
    one = replace(parameters, small_first=rule == "small_first")
    simulate(layout.network, one, 2, hit)
    times = []
    for _ in range(2):
        began = time.perf_counter()
        simulate(layout.network, one, 365, hit)
        times.append(time.perf_counter() - began)
    return min(times)


def main(shared: str, orders: str) -> None:
    """Print the figures as JSON."""
    scenario = catenary.Scenario(
        "capital",
        (
            catenary.Change(
                target="producers.capital", where={"region": "JPN"}, multiply=0.9, start=5, days=3,
                recovery=catenary.Recovery(curve="linear", days=90),
            ),
        ),
    )  # fmt: skip
    world = catenary.read("wiod", Path(shared) / "data" / "wiod2013", year=2011)
    catenary.stress(world, scenario=scenario, days=2)  # compile
    loaded = peak()
    times = []
    for _ in range(3):
        began = time.perf_counter()
        catenary.stress(world, scenario=scenario, days=365, orders=orders)
        times.append(time.perf_counter() - began)
    over = peak() - loaded
    layout = layout_of(world, stock_days=90)
    lost = scenario.compile(world).losses(world, "producers.capital", np.arange(365.0))
    disturbance = Disturbance(producers=layout.places[lost.producers], losses=lost.by_day)
    parameters = replace(Parameters(), adaptive_orders=orders == "alt")
    engine = []
    for _ in range(7):
        began = time.perf_counter()
        simulate(layout.network, parameters, 365, disturbance)
        engine.append(time.perf_counter() - began)
    rules = {rule: _year_of(world, rule, lost, disturbance.losses, parameters) for rule in RULES}
    print(
        json.dumps(
            {
                "engine": min(engine), "engine_median": float(np.median(engine)),
                "analysis": min(times), "over_table_mb": over, "peak_mb": peak(),
                "rules": rules,
            }
        )
    )  # fmt: skip


if __name__ == "__main__":
    main(*sys.argv[1:])
