"""Recipes that join analyses: the only place where one uses another's result."""

from catenary.studies.compare import Comparison, compare
from catenary.studies.ensembles import Ensemble, ensemble
from catenary.studies.sampling import family_of

__all__ = ["Comparison", "Ensemble", "compare", "ensemble", "family_of"]
