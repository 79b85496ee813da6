"""How long re-routing takes after one closure: ten kinds of goods; `links.py [COUNTRIES]`."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, cast

import catenary
from catenary.logistics.carriage import carriage
from catenary.logistics.hauling import Goods
from catenary.logistics.shutting import closed_in

if TYPE_CHECKING:
    from catenary.model import World

CLOSED = (
    "suez", "hormuz", "malacca", "border_chn_kaz", "northern_corridor", "border_deu_fra", "NLRTM",
    "FRA", "suez,bab_el_mandeb,border_chn_kaz",
)  # fmt: skip
DAYS = (0.5, 1, 2, 5, 12, 30, 60, 300, 3000, 30000)


def main(count: int) -> None:
    """Print milliseconds of each closure, the best and the median of nine."""
    world = cast("World", catenary.load("transport"))
    places = [one for one in world.ids("facilities") if one.endswith(".place")][:count]
    goods = [Goods(day=float(day)) for day in DAYS]
    made = carriage(world, places, goods, by="generalised", vessel="container_8000")
    began = time.perf_counter()
    made = carriage(world, places, goods, by="generalised", vessel="container_8000")
    base = made.base
    print(f"compiling {len(places)} countries: {1e3 * (time.perf_counter() - began):.0f} ms")
    for text in CLOSED:
        closed = closed_in(world, text)
        taken = []
        for _ in range(10):
            began = time.perf_counter()
            found = made.reroute(closed)
            taken.append(1e3 * (time.perf_counter() - began))
        taken = sorted(taken[1:])
        changed = sum(
            int((new.goal != old.goal).sum())
            for new, old in zip(found.best, base.best, strict=True)
        )
        print(f"{text}: {taken[0]:.0f} ms, median {taken[4]:.0f} ms; {changed:,} links change")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 190)
