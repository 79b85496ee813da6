"""A plan of ten out of sixty measures over 200 scenarios, on chains or on WIOD 2011.

Prints seconds, how much was judged and run, the gap to the bound, how the plan fares on held-out
scenario sets of the same size, and what one run of `stress` takes: nobody else chooses measures
with such an engine, so that the rival is trying sets one by one.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

import catenary
from catenary import Change, Recovery, Scenario, World
from catenary.model import measures_of
from catenary.planning import offered
from catenary.studies.plan_search import MEASURES

CASES, DRAWS, SETS = 200, 4, 10


def hit(world: World) -> list[dict[str, Any]]:
    """Return the places that scenarios hit: a region, or a chain in a region, the largest first."""
    frame = world.part("producers").frame
    chain = frame["product"].astype(str).str.partition(".")
    inside = chain[0].where(chain[1] == ".", "")
    output = frame["output"].groupby([frame["region"].astype(str), inside]).sum()
    keys = output.sort_values(ascending=False).index[: CASES // DRAWS]
    return [
        {"region": region, **({"product": f"{name}.*"} if name else {})} for region, name in keys
    ]


def scenarios(world: World) -> tuple[Scenario, ...]:
    """Return scenarios of drawn depth and length; each is drawn `DRAWS` times."""
    places = hit(world)
    draws = CASES / len(places)
    if draws != int(draws):  # WIOD has 41 regions: their largest are hit twice
        places = (places * 2)[: CASES // DRAWS]
    return tuple(
        Scenario(
            f"{number} {' '.join(where.values())}",
            (
                Change(
                    target="producers.capacity", where=where, multiply=0.5, days=45, start=5,
                    recovery=Recovery(curve="linear", days=60),
                    uncertain={
                        "multiply": {"distribution": "uniform", "low": 0.0, "high": 0.9},
                        "days": {"distribution": "uniform", "low": 10, "high": 120},
                    },
                ),
            ),
        )
        for number, where in enumerate(places)
    )  # fmt: skip


def main(name: str, shared: str, parts: str, fresh: str) -> None:
    """Print the figures as JSON."""
    world: Any = (
        catenary.read("wiod", Path(shared) / "data" / "wiod2013", year=2011)
        if name == "wiod"
        else catenary.load(name)
    )
    given = scenarios(world)
    measures = offered(world, kinds=MEASURES, most=60)
    costs = [one.usd for one in measures_of(measures)]
    budget = float(np.sort(costs)[:10].sum()) if len(costs) > 10 else sum(costs)
    budget = max(budget, float(np.median(costs)) * 10)
    asked: dict[str, Any] = {
        "measures": measures, "budget": budget, "runs": DRAWS, "parts": int(parts),
        "thorough": name != "wiod",
    }  # fmt: skip
    began = time.perf_counter()
    catenary.stress(world, scenario=given[0])
    catenary.stress(world, scenario=given[1])
    single = time.perf_counter()
    catenary.stress(world, scenario=given[0])
    single = time.perf_counter() - single
    few = {**asked, "scenarios": given[:2], "fresh": 0}
    catenary.plan(world, **few, days=30)  # compile
    began = time.perf_counter()
    found = catenary.plan(world, **asked, scenarios=given, fresh=0)
    seconds = time.perf_counter() - began
    proof = found.proof.iloc[0]
    held = catenary.plan(world, **asked, scenarios=given, fresh=int(fresh)).fresh
    print(
        json.dumps(
            {
                "seconds": seconds, "measures": len(costs), "cases": int(proof["cases"]),
                "taken": len(found.steps), "judged": int(proof["judged"]),
                "runs": int(proof["runs"]), "gap": float(proof["gap"]),
                "saved": float(1 - found.plans["loss"].iloc[-1] / found.plans["loss"].iloc[0]),
                "sets": len(held), "better": int(held["better"].sum()),
                "one_stress": single, "one_by_one_hours": single * proof["judged"] / 3600,
                "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
            }
        )
    )  # fmt: skip


if __name__ == "__main__":
    main(*sys.argv[1:])
