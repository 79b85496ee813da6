"""Strengthen: whom to buy from, what to keep in stock, who else could supply, how to share."""

from catenary.planning.sourcing import Sourcing, sourcing
from catenary.planning.stocks import Stocks, stocks
from catenary.planning.suppliers import Suppliers, suppliers

__all__ = ["Sourcing", "Stocks", "Suppliers", "sourcing", "stocks", "suppliers"]
