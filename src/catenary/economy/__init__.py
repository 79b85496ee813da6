"""See: who depends on whom, in value, in goods and in carbon."""

from catenary.economy.footprint import Footprint, footprint

__all__ = ["Footprint", "footprint"]
