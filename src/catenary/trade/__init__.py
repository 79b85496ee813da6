"""Stress and see: tariffs and other barriers, gravity, and the equilibrium of trade."""

from catenary.trade.cooperate import Cooperation, cooperate
from catenary.trade.counterfactual import Counterfactual, counterfactual
from catenary.trade.estimation import Estimate, estimate
from catenary.trade.gravity import Gravity, gravity

__all__ = [
    "Cooperation", "Counterfactual", "Estimate", "Gravity", "cooperate", "counterfactual",
    "estimate", "gravity",
]  # fmt: skip
