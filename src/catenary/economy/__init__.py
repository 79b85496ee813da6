"""See: who depends on whom, in value, in goods, in carbon and in know-how."""

from catenary.economy.complexity import Complexities, complexity
from catenary.economy.concentration import Concentration, concentration
from catenary.economy.footprint import Footprint, footprint
from catenary.economy.partners import Partners, partners
from catenary.economy.stages import Stages, stages

__all__ = [
    "Complexities",
    "Concentration",
    "Footprint",
    "Partners",
    "Stages",
    "complexity",
    "concentration",
    "footprint",
    "partners",
    "stages",
]
