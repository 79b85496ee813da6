"""Hypothesis strategies and conformance checks, for our tests and for those who extend us."""

from catenary.testing.conformance import check_source
from catenary.testing.examples import serial_chain, trading_world, two_regions
from catenary.testing.freights import small_freight
from catenary.testing.offering import small_offers
from catenary.testing.seas import tiny_sea, tiny_sea_world
from catenary.testing.strategies import networks, worlds

__all__ = [
    "check_source",
    "networks",
    "serial_chain",
    "small_freight",
    "small_offers",
    "tiny_sea",
    "tiny_sea_world",
    "trading_world",
    "two_regions",
    "worlds",
]
