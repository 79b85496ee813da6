"""Plans of purchases for 1,000 suppliers, with and without contracts; a line of JSON."""

from __future__ import annotations

import json
import resource
import time
from dataclasses import replace

import numpy as np

from catenary.maths.sourcing import Market, sourced


def market(suppliers: int, periods: int, futures: int) -> Market:
    """Return a market in ten regions: prices 20 % apart, a region and one in 20 suppliers fail."""
    rng = np.random.default_rng(0)
    region = rng.integers(0, 10, suppliers)
    price = 100 * rng.lognormal(0, 0.2, suppliers)
    demand = rng.uniform(800, 1200, periods)
    available = np.ones((futures, suppliers, periods))
    for w in range(1, futures):
        available[w, region == rng.integers(0, 10)] = rng.uniform(0, 0.5)
        available[w] *= rng.random((suppliers, 1)) > 0.05
    chance = np.full(futures, 0.5 / max(futures - 1, 1))
    chance[0] = 1 - chance[1:].sum()
    return Market(
        cost=price[:, None] * rng.uniform(0.95, 1.05, (suppliers, periods)),
        capacity=rng.uniform(0.002, 0.01, suppliers) * demand.mean(), reserve=np.zeros(suppliers),
        demand=np.tile(demand, (futures, 1)), available=available, chance=chance,
        member=(region == np.arange(10)[:, None]).astype(float), cap=np.full(10, 0.3),
        holding=1.0, penalty=500.0, aversion=0.5 if futures > 1 else 0.0, tail=0.1,
    )  # fmt: skip


def timed(case: Market) -> dict[str, float | str]:
    """Return seconds, the engine and the gap that is left."""
    began, used = time.perf_counter(), time.process_time()
    plan = sourced(case)
    seconds, used = time.perf_counter() - began, time.process_time() - used
    gap = (plan.objective - plan.bound) / plan.objective
    return {"seconds": seconds, "cpu": used, "engine": plan.engine, "gap": gap}


sourced(market(200, 60, 3))  # compile, import
sourced(replace(market(200, 60, 3), reserve=np.ones(200)))
found: dict[str, object] = {}
for name, size in (("periods_100", (1000, 100, 1)), ("futures_50", (1000, 12, 50))):
    one = market(*size)
    found[name] = timed(one)
    found[f"{name}_contracts"] = timed(replace(one, reserve=one.cost.mean(axis=1) * 0.05))
found["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps(found))
