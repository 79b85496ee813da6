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
    from catenary.economy import border_carbon as border_carbon
    from catenary.economy import budgets as budgets
    from catenary.economy import complexity as complexity
    from catenary.economy import concentration as concentration
    from catenary.economy import decomposition as decomposition
    from catenary.economy import exposure as exposure
    from catenary.economy import extraction as extraction
    from catenary.economy import footprint as footprint
    from catenary.economy import linkages as linkages
    from catenary.economy import partners as partners
    from catenary.economy import position as position
    from catenary.economy import stages as stages
    from catenary.economy import value_added as value_added
    from catenary.errors import CatenaryError as CatenaryError
    from catenary.formats import read as read
    from catenary.logistics import chokepoints as chokepoints
    from catenary.logistics import congestion as congestion
    from catenary.logistics import distances as distances
    from catenary.logistics import emissions as emissions
    from catenary.logistics import links as links
    from catenary.logistics import modes as modes
    from catenary.logistics import port_energy as port_energy
    from catenary.logistics import routes as routes
    from catenary.logistics import upgrades as upgrades
    from catenary.model import Change as Change
    from catenary.model import Matrix as Matrix
    from catenary.model import Recovery as Recovery
    from catenary.model import Result as Result
    from catenary.model import Run as Run
    from catenary.model import Scenario as Scenario
    from catenary.model import World as World
    from catenary.model import Worlds as Worlds
    from catenary.model import over as over
    from catenary.planning import measures as measures
    from catenary.planning import sourcing as sourcing
    from catenary.planning import stocks as stocks
    from catenary.planning import suppliers as suppliers
    from catenary.report import report as report
    from catenary.studies import compare as compare
    from catenary.studies import cooperate as cooperate
    from catenary.studies import ensemble as ensemble
    from catenary.studies import family_of as family_of
    from catenary.studies import index as index
    from catenary.studies import plan as plan
    from catenary.studies import resilience as resilience
    from catenary.studies import support as support
    from catenary.trade import counterfactual as counterfactual
    from catenary.trade import facilitation as facilitation
    from catenary.trade import gravity as gravity
    from catenary.trade import predictability as predictability
    from catenary.trade import volatility as volatility
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
    "border_carbon": "catenary.economy",
    "budgets": "catenary.economy",
    "chokepoints": "catenary.logistics",
    "compare": "catenary.studies",
    "complexity": "catenary.economy",
    "concentration": "catenary.economy",
    "congestion": "catenary.logistics",
    "cooperate": "catenary.studies",
    "counterfactual": "catenary.trade",
    "decomposition": "catenary.economy",
    "distances": "catenary.logistics",
    "emissions": "catenary.logistics",
    "ensemble": "catenary.studies",
    "exposure": "catenary.economy",
    "extraction": "catenary.economy",
    "facilitation": "catenary.trade",
    "family_of": "catenary.studies",
    "footprint": "catenary.economy",
    "gravity": "catenary.trade",
    "index": "catenary.studies",
    "linkages": "catenary.economy",
    "links": "catenary.logistics",
    "load": "catenary.catalogue",
    "measures": "catenary.planning",
    "modes": "catenary.logistics",
    "over": "catenary.model",
    "partners": "catenary.economy",
    "plan": "catenary.studies",
    "port_energy": "catenary.logistics",
    "position": "catenary.economy",
    "predictability": "catenary.trade",
    "read": "catenary.formats",
    "report": "catenary.report",
    "resilience": "catenary.studies",
    "routes": "catenary.logistics",
    "save": "catenary.catalogue",
    "scenario": "catenary.worlds",
    "sourcing": "catenary.planning",
    "stages": "catenary.economy",
    "stocks": "catenary.planning",
    "stress": "catenary.disruption",
    "suppliers": "catenary.planning",
    "support": "catenary.studies",
    "upgrades": "catenary.logistics",
    "value_added": "catenary.economy",
    "volatility": "catenary.trade",
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
    "border_carbon",
    "budgets",
    "chokepoints",
    "compare",
    "complexity",
    "concentration",
    "congestion",
    "cooperate",
    "counterfactual",
    "decomposition",
    "distances",
    "emissions",
    "ensemble",
    "exposure",
    "extraction",
    "facilitation",
    "family_of",
    "footprint",
    "gravity",
    "index",
    "linkages",
    "links",
    "load",
    "measures",
    "modes",
    "over",
    "partners",
    "plan",
    "port_energy",
    "position",
    "predictability",
    "read",
    "report",
    "resilience",
    "routes",
    "save",
    "scenario",
    "sourcing",
    "stages",
    "stocks",
    "stress",
    "suppliers",
    "support",
    "upgrades",
    "value_added",
    "volatility",
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
