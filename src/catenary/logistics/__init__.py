"""See, stress and strengthen: how goods travel, what that emits, where they cannot pass or wait."""

from catenary.logistics.chokepoints import Chokepoints, chokepoints
from catenary.logistics.congestion import Congestion, congestion
from catenary.logistics.distances import Distances, distances
from catenary.logistics.emissions import Emissions, emissions
from catenary.logistics.links import Links, linked, links
from catenary.logistics.modes import Modes, modes
from catenary.logistics.port_energy import PortEnergy, port_energy
from catenary.logistics.routes import Routes, routes
from catenary.logistics.upgrades import Upgrades, upgrades

__all__ = [
    "Chokepoints",
    "Congestion",
    "Distances",
    "Emissions",
    "Links",
    "Modes",
    "PortEnergy",
    "Routes",
    "Upgrades",
    "chokepoints",
    "congestion",
    "distances",
    "emissions",
    "linked",
    "links",
    "modes",
    "port_energy",
    "routes",
    "upgrades",
]
