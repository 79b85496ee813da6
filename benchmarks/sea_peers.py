"""Lengths between ports by scgraph and searoute, in an environment that has them.

Run as `python sea_peers.py PEER`, with the ports' lon and lat as JSON on standard input.
"""

from __future__ import annotations

import json
import sys
import time
from importlib.metadata import version

PAIRS = 400  # what searoute, one pair at a time, is timed on


def scgraph(lon: list[float], lat: list[float]) -> dict[str, float]:
    """Return seconds of the matrix of all pairs, after a first small one."""
    from scgraph.geographs.marnet import marnet_geograph  # noqa: PLC0415

    ports = [{"longitude": x, "latitude": y} for x, y in zip(lon, lat, strict=True)]
    marnet_geograph.distance_matrix(ports[:2])
    began = time.perf_counter()
    marnet_geograph.distance_matrix(ports)
    return {"seconds": time.perf_counter() - began, "pairs": len(ports) ** 2}


def searoute(lon: list[float], lat: list[float]) -> dict[str, float]:
    """Return seconds of all pairs, scaled up from some of them, after a first one."""
    import searoute as peer  # noqa: PLC0415

    ports = [list(port) for port in zip(lon, lat, strict=True)]
    peer.searoute(ports[0], ports[-1])
    stride = max(1, len(ports) ** 2 // PAIRS)
    chosen = [divmod(k, len(ports)) for k in range(0, len(ports) ** 2, stride)]
    began = time.perf_counter()
    for a, b in chosen:
        peer.searoute(ports[a], ports[b])
    seconds = (time.perf_counter() - began) / len(chosen)
    return {"seconds": seconds * len(ports) ** 2, "pairs": len(chosen)}


if __name__ == "__main__":
    places = json.load(sys.stdin)
    name = sys.argv[1]
    found = {"scgraph": scgraph, "searoute": searoute}[name](places["lon"], places["lat"])
    print(json.dumps({**found, "version": version(name)}))
