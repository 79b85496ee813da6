"""Strengthen: whom to buy from, what to keep in stock, who else could supply, how to share."""

from catenary.planning.sourcing import Sourcing, sourcing
from catenary.planning.stocks import Stocks, stocks

__all__ = ["Sourcing", "Stocks", "sourcing", "stocks"]
