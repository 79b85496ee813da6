"""The built-in sea: load, lengths between 200 ports, one closure; beside plain Dijkstra."""

from __future__ import annotations

import json
import resource
import time
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

PORTS, REPEATS = 200, 15


def peak_mb() -> float:
    """Return the peak memory of this process."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def best(act: Callable[[], object], repeats: int = REPEATS) -> float:
    """Return the seconds of the fastest of some calls, after one that compiles."""
    act()
    times = []
    for _ in range(repeats):
        began = time.perf_counter()
        act()
        times.append(time.perf_counter() - began)
    return min(times)


def closures(sea: Any, hierarchy: Any, places: np.ndarray) -> dict[str, object]:
    """Time every single closure, and check the slowest of them against a search afresh."""
    from catenary.maths.hierarchy import distances  # noqa: PLC0415  libraries are not what is timed
    from catenary.maths.overlay import UNREACHED, Overlay  # noqa: PLC0415
    from catenary.maths.routing import graph, lengths  # noqa: PLC0415

    ends, position = np.unique([sea.door_tail, sea.door_head], return_inverse=True)
    tail, head = position.reshape(2, -1)
    both = np.concatenate([places, ends])
    table = distances(hierarchy, both, both)
    count = len(places)
    over = Overlay.of(
        table[:count, :count], table[:count, count:], table[count:, count:], tail, head
    )

    def afresh(doors: np.ndarray) -> np.ndarray:
        open_ = doors < UNREACHED
        network = graph(
            len(sea.lon),
            np.concatenate([sea.tail, sea.door_tail[open_]]),
            np.concatenate([sea.head, sea.door_head[open_]]),
            np.concatenate([sea.metres, doors[open_]]),
        )
        return np.asarray(lengths(network, places)[:, places])

    times = {}
    for passage, name in enumerate(sea.passages):
        doors = np.where(sea.door_passage == passage, UNREACHED, sea.door_metres)
        times[name] = best(lambda doors=doors: over.matrix(doors), 5)  # type: ignore[misc]
    slowest = max(times, key=lambda name: times[name])
    shut = sea.passages.index(slowest)
    doors = np.where(sea.door_passage == shut, UNREACHED, sea.door_metres)
    began = time.perf_counter()
    anew = afresh(doors)
    took = time.perf_counter() - began
    return {
        "prepare_ms": best(lambda: distances(hierarchy, both, both), 5) * 1e3,
        "closure_ms": float(np.mean(list(times.values()))) * 1e3,
        "slowest_ms": times[slowest] * 1e3,
        "afresh_ms": took * 1e3,
        "equal": bool((anew == over.matrix(doors)).all()),
        "ends": len(ends),
        "doors": len(doors),
    }


def main() -> None:
    """Print the figures as JSON."""
    from catenary.worlds import sea as world  # noqa: PLC0415

    before = peak_mb()
    began = time.perf_counter()
    sea = world.lanes()
    load, memory = time.perf_counter() - began, peak_mb() - before

    from catenary.maths.hierarchy import Hierarchy, distances  # noqa: PLC0415
    from catenary.maths.routing import graph, lengths, shortest  # noqa: PLC0415

    hierarchy = Hierarchy(rank=sea.rank, start=sea.up_start, head=sea.up_head, length=sea.up_metres)
    places = np.linspace(0, len(sea.ports) - 1, min(PORTS, len(sea.ports))).astype(int)
    network = graph(len(sea.lon), sea.tail, sea.head, sea.metres)
    began = time.perf_counter()
    plain = lengths(network, places)[:, places]
    dijkstra = time.perf_counter() - began
    reached = np.flatnonzero(plain[0] < 2**30)
    figures = {
        "load_ms": load * 1e3,
        "load_mb": memory,
        "nodes": len(sea.lon),
        "lanes": len(sea.metres),
        "arcs": len(sea.up_metres),
        "ports": len(places),
        "hierarchy_ms": best(lambda: distances(hierarchy, places, places)) * 1e3,
        "dijkstra_ms": dijkstra * 1e3,
        "equal": bool((distances(hierarchy, places, places) == plain).all()),
        "route_ms": best(lambda: shortest(network, places[0], places[reached[-1]])) * 1e3,
        "closure": closures(sea, hierarchy, places),
        "lon": sea.lon[places].tolist(),
        "lat": sea.lat[places].tolist(),
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
