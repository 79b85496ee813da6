"""Strengthen: which measures there are, whom to buy from, what to keep in stock, who else could."""

from catenary.planning.measures import Measures, measures, offered
from catenary.planning.sourcing import Sourcing, sourcing
from catenary.planning.stocks import Stocks, stocks
from catenary.planning.suppliers import Suppliers, suppliers

__all__ = [
    "Measures",
    "Sourcing",
    "Stocks",
    "Suppliers",
    "measures",
    "offered",
    "sourcing",
    "stocks",
    "suppliers",
]
