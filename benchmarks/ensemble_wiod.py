"""An ensemble on WIOD 2011: seconds per scenario-year, peak memory, size of what is saved."""

from __future__ import annotations

import json
import resource
import sys
import tempfile
import time
from pathlib import Path
from typing import Literal, cast

import catenary
from catenary import Change, Recovery, Scenario


def main(shared: str, runs: str, workers: str, precision: str) -> None:
    """Print the figures as JSON."""
    world = catenary.read("wiod", Path(shared) / "data" / "wiod2013", year=2011)
    change = Change(
        target="producers.capital", where={"region": "JPN"}, multiply=0.9, start=5, days=3,
        recovery=Recovery(curve="linear", days=90),
        uncertain={"multiply": {"distribution": "uniform", "low": 0.8, "high": 0.98}},
    )  # fmt: skip
    scenario = Scenario("quake", (change,))
    kind = cast("Literal['float64', 'float32']", precision)
    catenary.ensemble(world, scenario, runs=2, days=5, precision=kind)  # compile
    began = time.perf_counter()
    found = catenary.ensemble(
        world, scenario, runs=int(runs), workers=int(workers), precision=kind,
        parameters={"restoration_days": {"distribution": "uniform", "low": 30, "high": 90}},
    )  # fmt: skip
    seconds = time.perf_counter() - began
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "e.result"
        catenary.save(found, file)
        size = file.stat().st_size / 2**20
    print(
        json.dumps(
            {
                "per_scenario_year": seconds / int(runs), "seconds": seconds,
                "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
                "saved_mb": size,
            }
        )
    )  # fmt: skip


if __name__ == "__main__":
    main(*sys.argv[1:])
