"""See and stress: how goods travel, what that emits, and where they cannot pass."""

from catenary.logistics.chokepoints import Chokepoints, chokepoints
from catenary.logistics.emissions import Emissions, emissions

__all__ = ["Chokepoints", "Emissions", "chokepoints", "emissions"]
