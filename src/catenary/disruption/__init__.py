"""Stress: what breaks when something fails, in industries, product chains and firms."""

from catenary.disruption.stress import Stress, stress

__all__ = ["Stress", "stress"]
