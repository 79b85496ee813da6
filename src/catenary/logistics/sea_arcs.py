"""The built-in sea as arcs of a network that fills up: ports, ends of doors, and open water."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from catenary.logistics.many import overlay_of
from catenary.logistics.places import Place
from catenary.maths.routing import UNREACHED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from catenary.logistics.doors import Doors
    from catenary.worlds.sea import SeaLanes

    Array = NDArray[np.float64]
    Integers = NDArray[np.int64]

__all__ = ["SeaArcs", "sea_arcs"]


@dataclass(frozen=True, kw_only=True, eq=False)
class SeaArcs:
    """Arcs among P ports, then E ends of doors; figures are those of a tonne."""

    nodes: int
    tail: Integers
    head: Integers
    door: Integers
    """Door that an arc passes; -1 = open water."""
    distance: Array
    """km"""
    duration: Array
    """day"""
    cost: Array
    """USD/t"""
    emissions: Array
    """kg CO2e/t; nan if nothing is known of the ship."""


def sea_arcs(doors: Doors, ports: Sequence[str]) -> SeaArcs:
    """Return the sea between ports for a ship, both ways.

    Lengths in open water are those of the shortest ways that pass no door, so that whatever it
    costs to pass a door, the best route is among these arcs.

    Parameters
    ----------
    doors
        What every door means for the ship; those that it may not pass are left out.
    ports
        Ports of the network.

    Examples
    --------
    >>> from catenary.logistics.doors import doors, sailing
    >>> from catenary.testing import tiny_sea, tiny_sea_world
    >>> world, lanes = tiny_sea_world(), tiny_sea()
    >>> found = sea_arcs(doors(world, lanes, sailing(world, vessel="small")), ("WWAAA", "EEAAA"))
    >>> found.nodes, sorted(set(found.door.tolist()))
    (16, [-1, 0, 1, 2, 3, 4, 6])
    """
    tail, head, metres, ends = _water(doors.lanes, tuple(ports))
    used = np.flatnonzero(doors.usable)
    through = ends[used] + len(ports)
    door = np.concatenate([np.full(len(tail), -1), np.tile(used, 2)])
    ship, water = doors.sailing, np.arange(len(door)) < len(tail)
    length = np.concatenate([metres, np.tile(doors.metres[used], 2)]).astype(np.float64)
    days = np.where(water, length * ship.rate("duration"), doors.days[door])
    usd = days * ship.day + np.where(water, 0.0, doors.extra[door])
    return SeaArcs(
        nodes=len(ports) + int(ends.max(initial=-1)) + 1,
        tail=np.concatenate([tail, through[:, 0], through[:, 1]]),
        head=np.concatenate([head, through[:, 1], through[:, 0]]),
        door=door,
        distance=length / 1e3,
        duration=days,
        cost=usd / ship.cargo,
        emissions=length / 1e3 * ship.factor / ship.cargo,
    )


@lru_cache(maxsize=4)
def _water(lanes: SeaLanes, ports: tuple[str, ...]) -> tuple[Any, ...]:
    """Return tail, head and metres of arcs in open water, and the ends of each door (D, 2)."""
    at = [lanes.ports.index(port) for port in ports]
    places = [
        Place(port, port, float(lanes.lon[k]), float(lanes.lat[k]))
        for port, k in zip(ports, at, strict=True)
    ]
    water = overlay_of(lanes, places)
    length = np.block([[water.direct, water.access], [water.access.T, water.between]])
    np.fill_diagonal(length, UNREACHED)
    tail, head = np.nonzero(length < UNREACHED)
    ends = np.stack([water.tail, water.head], axis=1).astype(np.int64)
    return tail.astype(np.int64), head.astype(np.int64), length[tail, head], ends
