"""What analyses of transport take where an option does not say otherwise; sources in the world sea.

The ids are those of its table of sources.
"""

from __future__ import annotations

from typing import Final

__all__ = [
    "FUEL_BY_SPEED",
    "FUEL_PRICE",
    "GOODS_VALUE",
    "SEA_ADJUSTMENT",
    "VALUE_OF_TIME",
    "VALUE_OF_TIME_MOST",
    "VEHICLES",
    "VESSEL",
]

VESSEL: Final = "container_8000"
"""The ship: the only container class whose size, speed and fuel are all from sources."""

FUEL_PRICE: Final = 591.0
"""USD per tonne: very low sulphur fuel oil in 20 ports (`ship-and-bunker-2025-vlsfo`)."""

GOODS_VALUE: Final = 1_500.0
"""USD that a tonne of traded goods is worth where nothing is known of it. An assumption: goods of
some 20 trillion USD a year over some 14 billion tonnes; no source for the mean was read."""

VALUE_OF_TIME: Final = 0.006
"""Share of the value of goods that a day costs: the lower bound (`hummels-schaur-2013-time`)."""

VALUE_OF_TIME_MOST: Final = 0.021
"""The upper bound of the same source."""

FUEL_BY_SPEED: Final = 3.02
"""Power of speed that fuel per day goes with: 31 % more *per mile* at 16 than at 14 knots is a
power of 2.02, and one more per day (`unctad-2024-fuel-speed`)."""

SEA_ADJUSTMENT: Final = 0.15
"""How much longer ships sail than the shortest feasible way (`glec-2019-adjustment`)."""

VEHICLES: Final = {
    "road": "truck.articulated_over_33_t.average_laden",
    "rail": "freight_train",
    "air": "aircraft.long_haul_to_from_uk.without_radiative_forcing",
    "waterway": "waterway.netherlands",
}
"""Mode → its usual vehicle, as a row of freight_factors; at sea it is that of the vessel."""
