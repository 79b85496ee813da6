"""What analyses of planning take where an option does not say otherwise, and why."""

from __future__ import annotations

from typing import Final

__all__ = ["HOLDING", "PENALTY", "READY"]

HOLDING: Final = 0.2
"""Share of the price of goods that keeping them for a year costs. An assumption: capital, storage
and what spoils or ages; no source was read. Free stock would hide every risk."""

PENALTY: Final = 10.0
"""How many times the dearest offer a unit costs that is not delivered, where a penalty is asked
for and none is given. An assumption: what stops for want of a part is worth many times the part."""

READY: Final = 0.1
"""Share of the price of what it could make that keeping capacity idle for a year costs. An
assumption: capital, upkeep and staff of a plant that waits; no source was read."""
