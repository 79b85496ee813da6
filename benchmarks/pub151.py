"""Distances against NGA Pub. 151, on the rows of the shared folder: `pub151.py ROWS.csv`."""

from __future__ import annotations

import csv
import json
import sys
import time
from typing import Any

import numpy as np

NAUTICAL_MILE = 1852.0


def errors(found: np.ndarray, printed: np.ndarray) -> dict[str, float]:
    """Return what the table of the issue asks for; unreachable rows count as infinite."""
    share = np.sort(np.abs(found / printed - 1))
    best = share[: int(0.98 * len(share))]
    return {
        "rows": len(share),
        "unreachable": int((~np.isfinite(share)).sum()),
        "mean": float(share[np.isfinite(share)].mean()),
        "median": float(np.median(share)),
        "mean of the best 98 %": float(best.mean()),
        "within 5 %": float((share <= 0.05).mean()),
        "bias (median)": float(np.median((found / printed - 1)[np.isfinite(found)])),
    }


def rows(path: str) -> list[dict[str, str]]:
    """Return the rows of the file."""
    with open(path, encoding="utf-8", newline="") as file:  # noqa: PTH123  runs on its own
        return list(csv.DictReader(file))


def ours(path: str) -> dict[str, Any]:
    """Return our errors: every place by its coordinates, all passages but the Arctic ones open."""
    from catenary.errors import CatenaryError  # noqa: PLC0415
    from catenary.logistics.atlas import network  # noqa: PLC0415
    from catenary.logistics.many import overlay_of  # noqa: PLC0415
    from catenary.logistics.mooring import moored  # noqa: PLC0415
    from catenary.logistics.places import Place  # noqa: PLC0415
    from catenary.maths.routing import UNREACHED  # noqa: PLC0415

    given = rows(path)
    places: dict[str, Place | None] = {}
    for row in given:
        for side in ("origin", "destination"):
            lon, lat = float(row[f"{side}_lon"]), float(row[f"{side}_lat"])
            places[row[side]] = Place(f"{lat},{lon}", row[side], lon, lat)
    sea = network()
    began = time.perf_counter()
    inland = []
    for name, place in list(places.items()):
        try:
            moored(sea, place)  # type: ignore[arg-type]
        except CatenaryError:
            inland.append(f"{name} ({place.id})" if place else name)
            places[name] = None
    kept = {name: place for name, place in places.items() if place is not None}
    at = {name: k for k, name in enumerate(kept)}
    arctic = [sea.passages.index(p) for p in ("northern_sea_route", "northwest_passage")]
    doors = np.where(np.isin(sea.door_passage, arctic), UNREACHED, sea.door_metres)
    table = overlay_of(sea, list(kept.values())).matrix(doors.astype(np.int32))
    found = np.full(len(given), np.inf)
    for k, row in enumerate(given):
        a, b = at.get(row["origin"]), at.get(row["destination"])
        if a is not None and b is not None and table[a, b] < UNREACHED:
            found[k] = table[a, b] / NAUTICAL_MILE
    printed = np.array([float(row["distance_nm"]) for row in given])
    took = time.perf_counter() - began
    return {**errors(found, printed), "seconds": took, "inland by their coordinates": inland}


def searoute(path: str) -> dict[str, Any]:
    """Return the errors of searoute on the same rows."""
    from importlib.metadata import version  # noqa: PLC0415

    import searoute as peer  # noqa: PLC0415

    given = rows(path)
    began = time.perf_counter()
    found = np.array([
        peer.searoute(
            [float(row["origin_lon"]), float(row["origin_lat"])],
            [float(row["destination_lon"]), float(row["destination_lat"])],
            units="km",
        )["properties"]["length"] * 1000 / NAUTICAL_MILE
        for row in given
    ])  # fmt: skip
    printed = np.array([float(row["distance_nm"]) for row in given])
    took = time.perf_counter() - began
    return {**errors(found, printed), "seconds": took, "version": version("searoute")}


if __name__ == "__main__":
    which = {"ours": ours, "searoute": searoute}[sys.argv[2] if len(sys.argv) > 2 else "ours"]
    print(json.dumps(which(sys.argv[1])))
