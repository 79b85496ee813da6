"""Stress and see: tariffs and other barriers, gravity, and the equilibrium of trade."""

from catenary.trade.counterfactual import Counterfactual, counterfactual

__all__ = ["Counterfactual", "counterfactual"]
