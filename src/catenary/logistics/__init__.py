"""See and stress: how goods travel, what that emits, and where they cannot pass."""

from catenary.logistics.chokepoints import Chokepoints, chokepoints
from catenary.logistics.distances import Distances, distances
from catenary.logistics.emissions import Emissions, emissions
from catenary.logistics.links import Links, linked, links
from catenary.logistics.modes import Modes, modes
from catenary.logistics.routes import Routes, routes

__all__ = [
    "Chokepoints",
    "Distances",
    "Emissions",
    "Links",
    "Modes",
    "Routes",
    "chokepoints",
    "distances",
    "emissions",
    "linked",
    "links",
    "modes",
    "routes",
]
