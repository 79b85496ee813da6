"""From events to the world: where goods are, how they flow, how long they take, what is late."""

from __future__ import annotations

from catenary.exchange.flows.making import Shipments, world_from
from catenary.exchange.flows.source import read
from catenary.exchange.flows.watching import EarlyWarning, watch

__all__ = ["EarlyWarning", "Shipments", "read", "watch", "world_from"]
