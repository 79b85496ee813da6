"""See: who depends on whom, in value, in goods and in carbon."""

from catenary.economy.border import BorderCarbon, border_carbon
from catenary.economy.budgets import Budgets, budgets
from catenary.economy.footprint import Footprint, footprint
from catenary.economy.value_added import ValueAdded, value_added

__all__ = ["Footprint", "ValueAdded", "footprint", "value_added"]
__all__ = ["BorderCarbon", "Budgets", "Footprint", "border_carbon", "budgets", "footprint"]
from catenary.economy.decomposition import Decomposition, decomposition
from catenary.economy.exposure import Exposure, exposure
from catenary.economy.extraction import Extraction, extraction
from catenary.economy.linkages import Linkages, linkages
from catenary.economy.position import Position, position

__all__ = [
    "Decomposition",
    "Exposure",
    "Extraction",
    "Footprint",
    "Linkages",
    "Position",
    "decomposition",
    "exposure",
    "extraction",
    "footprint",
    "linkages",
    "position",
]
