"""Recipes that join analyses: the only place where one uses another's result.

Names load when they are first used, so that a comparison does not wait for the engine.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from catenary.studies.alone_or_together import Cooperation as Cooperation
    from catenary.studies.alone_or_together import cooperate as cooperate
    from catenary.studies.before_and_after import Resilience as Resilience
    from catenary.studies.before_and_after import resilience as resilience
    from catenary.studies.compare import Comparison as Comparison
    from catenary.studies.country_index import Index as Index
    from catenary.studies.country_index import index as index
    from catenary.studies.ensembles import Ensemble as Ensemble
    from catenary.studies.ensembles import ensemble as ensemble
    from catenary.studies.plans import Plan as Plan
    from catenary.studies.plans import plan as plan
    from catenary.studies.sampling import family_of as family_of
    from catenary.studies.supports import Support as Support
    from catenary.studies.supports import support as support

from catenary.studies.compare import compare

_WHERE: Final = {
    "Comparison": "compare",
    "Cooperation": "alone_or_together",
    "Ensemble": "ensembles",
    "Index": "country_index",
    "Plan": "plans",
    "Resilience": "before_and_after",
    "cooperate": "alone_or_together",
    "Support": "supports",
    "ensemble": "ensembles",
    "family_of": "sampling",
    "index": "country_index",
    "plan": "plans",
    "resilience": "before_and_after",
    "support": "supports",
}

__all__ = [
    "Comparison", "Cooperation", "Ensemble", "Index", "Plan", "Resilience", "Support", "compare",
    "cooperate", "ensemble", "family_of", "index", "plan", "resilience", "support",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    """Load a recipe when it is first used."""
    if name not in _WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_WHERE[name]}"), name)
