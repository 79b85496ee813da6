"""Position, exposure, paths, linkages, extraction and decomposition of WIOD, timed."""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

import catenary
from catenary.economy.accounts import Accounts
from catenary.maths.paths import largest_paths

if TYPE_CHECKING:
    from collections.abc import Callable

REPEATS = 3


def best(act: Callable[[], object]) -> float:
    """Return the seconds of the fastest of some calls, after one that imports."""
    act()
    times = []
    for _ in range(REPEATS):
        began = time.perf_counter()
        act()
        times.append(time.perf_counter() - began)
    return min(times)


def listed_paths(A: np.ndarray, target: int, links: int, most: int) -> tuple[int, np.ndarray]:  # noqa: N803
    """Return how many paths of so few links there are, and the largest, by listing them all."""
    reached, every = np.array([1.0]), [np.array([1.0])]
    last = np.array([target])
    for _ in range(links):
        reached = (A[:, last] * reached).ravel()
        last = np.repeat(np.arange(len(A)), len(last))
        every.append(reached)
    amounts = np.concatenate(every)
    return len(amounts), np.sort(amounts[np.argpartition(-amounts, most)[:most]])[::-1]


def main(shared: Path) -> dict[str, object]:
    """Return seconds by analysis, and the search beside listing all paths of two links."""
    years = catenary.read("wiod", shared / "data" / "wiod2013", years="1995,2011")
    world = years["2011"]
    seconds = {
        "position": best(lambda: catenary.position(world)),
        "lengths": best(lambda: catenary.position(world, lengths="producer")),
        "exposure": best(lambda: catenary.exposure(world)),
        "linkages": best(lambda: catenary.linkages(world)),
        "extraction": best(lambda: catenary.extraction(world, target="DEU", extract="exports")),
        "decomposition": best(lambda: catenary.decomposition(years)),
    }
    accounts = Accounts.of(world)
    target = int(accounts.producers.get_indexer(["DEU.c15"])[0])
    A, one = accounts.coefficients, np.ones(len(accounts.producers))  # noqa: N806
    search = {
        str(most): best(lambda most=most: largest_paths(A, one, target, 1.0, most))  # type: ignore[misc]
        for most in (20, 1000)
    }
    began = time.perf_counter()
    count, largest = listed_paths(A, target, 2, 100)
    listing = time.perf_counter() - began
    found = [path.amount for path in largest_paths(A, one, target, 1.0, 1000)
             if len(path.nodes) <= 3][:100]  # fmt: skip
    return {
        "seconds": seconds,
        "paths_seconds": search,
        "listed": count,
        "listing_seconds": listing,
        "equal": bool(np.allclose(found, largest, rtol=1e-12)),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]))))
