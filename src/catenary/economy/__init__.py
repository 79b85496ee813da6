"""See: who depends on whom, in value, in goods, in carbon and in know-how."""

from catenary.economy.border import BorderCarbon, border_carbon
from catenary.economy.budgets import Budgets, budgets
from catenary.economy.complexity import Complexities, complexity
from catenary.economy.concentration import Concentration, concentration
from catenary.economy.decomposition import Decomposition, decomposition
from catenary.economy.exposure import Exposure, exposure
from catenary.economy.extraction import Extraction, extraction
from catenary.economy.footprint import Footprint, footprint
from catenary.economy.linkages import Linkages, linkages
from catenary.economy.partners import Partners, partners
from catenary.economy.position import Position, position
from catenary.economy.stages import Stages, stages
from catenary.economy.value_added import ValueAdded, value_added

__all__ = [
    "BorderCarbon",
    "Budgets",
    "Complexities",
    "Concentration",
    "Decomposition",
    "Exposure",
    "Extraction",
    "Footprint",
    "Linkages",
    "Partners",
    "Position",
    "Stages",
    "ValueAdded",
    "border_carbon",
    "budgets",
    "complexity",
    "concentration",
    "decomposition",
    "exposure",
    "extraction",
    "footprint",
    "linkages",
    "partners",
    "position",
    "stages",
    "value_added",
]
