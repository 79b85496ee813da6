"""Strengthen: whom to buy from, what to keep in stock, who else could supply, how to share."""

from catenary.planning.sourcing import Sourcing, sourcing

__all__ = ["Sourcing", "sourcing"]
