"""The legs of a journey by sea: the one place where an analysis of goods asks the router."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from catenary.logistics.asking import best_or_why_not
from catenary.logistics.atlas import network
from catenary.logistics.defaults import VESSEL
from catenary.logistics.doors import doors, sailing
from catenary.logistics.router import Voyage

if TYPE_CHECKING:
    from catenary.logistics.places import Place
    from catenary.model import World

__all__ = ["Leg", "sea_legs"]


@dataclass(frozen=True, slots=True)
class Leg:
    """A part of a journey: from where to where, and how far."""

    origin: str
    destination: str
    kilometres: float


def sea_legs(
    world: World, origin: Place, destination: Place, *, vessel: str = VESSEL
) -> tuple[Leg, ...]:
    """Return the legs of the shortest way that a vessel can sail, from passage to passage.

    Raises
    ------
    OptionError
        If a place is not at the sea.
    NoRouteError
        If no way is open to the vessel.
    """
    lanes = network()
    found = doors(world, lanes, sailing(world, vessel=vessel))
    asked = Voyage(doors=found, origin=origin, destination=destination)
    route = best_or_why_not(world, asked, "distance")
    legs: list[Leg] = []
    passed = 0  # metres of passages at the beginning of the next leg
    at = origin.id
    for stretch in route.stretches:
        if stretch.door >= 0:
            if stretch.destination != at:  # a place at the very end of the passage
                legs.append(Leg(at, stretch.destination, passed / 1e3))
                passed = 0
            passed += int(found.metres[stretch.door])
            at = stretch.destination
            continue
        legs.append(Leg(at, stretch.destination, (passed + stretch.metres) / 1e3))
        passed, at = 0, stretch.destination
    if passed or at != destination.id:
        legs.append(Leg(at, destination.id, passed / 1e3))
    return tuple(legs)
