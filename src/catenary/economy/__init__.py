"""See: who depends on whom, in value, in goods and in carbon."""

from catenary.economy.border import BorderCarbon, border_carbon
from catenary.economy.budgets import Budgets, budgets
from catenary.economy.footprint import Footprint, footprint
from catenary.economy.value_added import ValueAdded, value_added

__all__ = ["Footprint", "ValueAdded", "footprint", "value_added"]
__all__ = ["BorderCarbon", "Budgets", "Footprint", "border_carbon", "budgets", "footprint"]
