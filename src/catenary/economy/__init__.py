"""See: who depends on whom, in value, in goods and in carbon."""

from catenary.economy.footprint import Footprint, footprint
from catenary.economy.value_added import ValueAdded, value_added

__all__ = ["Footprint", "ValueAdded", "footprint", "value_added"]
