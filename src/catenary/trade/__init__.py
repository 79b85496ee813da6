"""Stress, see, strengthen: tariffs and other barriers, gravity, and the equilibrium of trade."""

from catenary.trade.bounds import bound_scenario
from catenary.trade.counterfactual import Counterfactual, counterfactual
from catenary.trade.estimation import Estimate, estimate
from catenary.trade.facilitation import Facilitation, facilitated, facilitation
from catenary.trade.gravity import Gravity, gravity
from catenary.trade.predictability import Predictability, predictability
from catenary.trade.volatility import Volatility, volatility

__all__ = [
    "Counterfactual",
    "Estimate",
    "Facilitation",
    "Gravity",
    "Predictability",
    "Volatility",
    "bound_scenario",
    "counterfactual",
    "estimate",
    "facilitated",
    "facilitation",
    "gravity",
    "predictability",
    "volatility",
]
