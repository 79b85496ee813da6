"""See and stress: how goods travel, what that emits, and where they cannot pass."""

from catenary.logistics.chokepoints import Chokepoints, chokepoints
from catenary.logistics.distances import Distances, distances
from catenary.logistics.emissions import Emissions, emissions
from catenary.logistics.routes import Routes, routes

__all__ = [
    "Chokepoints",
    "Distances",
    "Emissions",
    "Routes",
    "chokepoints",
    "distances",
    "emissions",
    "routes",
]
