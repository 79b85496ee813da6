"""The legs of a journey by sea: the one place where an analysis asks the router."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from catenary.errors import MissingDataError

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
    world: World, origin: Place, destination: Place, *, vessel: str = ""
) -> tuple[Leg, ...]:
    """Return the legs of the shortest way that a vessel can sail, from passage to passage.

    Raises
    ------
    MissingDataError
        As long as there is no router.
    """
    del world, vessel
    raise MissingDataError(
        f"the shortest feasible way from {origin.name} to {destination.name} by sea needs the "
        "network of lanes, which is not there",
        hint="give the distance in km, or basis='great_circle'",
    )
