"""See, stress, strengthen and share supply chains.

A World is tables and matrices that agree. A Scenario is a list of changes to a World. An analysis
is a pure function from a World to a Result. Everything else reads its signature.

>>> import catenary
>>> catenary.load("chains")
Worlds(pooled, home-first)

Names load when they are first used: importing this package imports nothing else.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from catenary.catalogue import load as load
    from catenary.catalogue import save as save
    from catenary.disruption import stress as stress
    from catenary.economy import footprint as footprint
    from catenary.errors import CatenaryError as CatenaryError
    from catenary.formats import read as read
    from catenary.logistics import chokepoints as chokepoints
    from catenary.logistics import distances as distances
    from catenary.logistics import emissions as emissions
    from catenary.logistics import links as links
    from catenary.logistics import modes as modes
    from catenary.logistics import routes as routes
    from catenary.model import Change as Change
    from catenary.model import Matrix as Matrix
    from catenary.model import Recovery as Recovery
    from catenary.model import Result as Result
    from catenary.model import Run as Run
    from catenary.model import Scenario as Scenario
    from catenary.model import World as World
    from catenary.model import Worlds as Worlds
    from catenary.model import over as over
    from catenary.report import report as report
    from catenary.studies import compare as compare
    from catenary.studies import ensemble as ensemble
    from catenary.studies import family_of as family_of
    from catenary.worlds import scenario as scenario

_WHERE: Final = {
    "CatenaryError": "catenary.errors",
    "Change": "catenary.model",
    "Matrix": "catenary.model",
    "Recovery": "catenary.model",
    "Result": "catenary.model",
    "Run": "catenary.model",
    "Scenario": "catenary.model",
    "World": "catenary.model",
    "Worlds": "catenary.model",
    "chokepoints": "catenary.logistics",
    "compare": "catenary.studies",
    "distances": "catenary.logistics",
    "emissions": "catenary.logistics",
    "ensemble": "catenary.studies",
    "family_of": "catenary.studies",
    "footprint": "catenary.economy",
    "links": "catenary.logistics",
    "load": "catenary.catalogue",
    "modes": "catenary.logistics",
    "over": "catenary.model",
    "read": "catenary.formats",
    "report": "catenary.report",
    "routes": "catenary.logistics",
    "save": "catenary.catalogue",
    "scenario": "catenary.worlds",
    "stress": "catenary.disruption",
}

__all__ = [
    "CatenaryError",
    "Change",
    "Matrix",
    "Recovery",
    "Result",
    "Run",
    "Scenario",
    "World",
    "Worlds",
    "chokepoints",
    "compare",
    "distances",
    "emissions",
    "ensemble",
    "family_of",
    "footprint",
    "links",
    "load",
    "modes",
    "over",
    "read",
    "report",
    "routes",
    "save",
    "scenario",
    "stress",
]


def __getattr__(name: str) -> Any:
    """Load a public name when it is first used."""
    if name not in _WHERE:
        raise AttributeError(f"module 'catenary' has no attribute {name!r}")
    module = import_module(_WHERE[name])
    own = module.__name__ == f"{__name__}.{name}"  # a package that can be called: catenary.report
    value = module if own else getattr(module, name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """List the public names."""
    return [*__all__, "__doc__", "__name__"]
