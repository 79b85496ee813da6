"""Stress and see: tariffs and other barriers, gravity, and the equilibrium of trade."""

from catenary.trade.counterfactual import Counterfactual, counterfactual
from catenary.trade.estimation import Estimate, estimate
from catenary.trade.gravity import Gravity, gravity

__all__ = ["Counterfactual", "Estimate", "Gravity", "counterfactual", "estimate", "gravity"]
