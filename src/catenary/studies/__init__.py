"""Recipes that join analyses: the only place where one uses another's result."""

from catenary.studies.compare import Comparison, compare

__all__ = ["Comparison", "compare"]
