"""How any place is tied to the network, over a mask."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catenary.errors import OptionError
from catenary.logistics.mooring import ashore, moored, open_water, straight
from catenary.logistics.places import Place
from catenary.maths.routing import UNREACHED, lengths
from catenary.testing import tiny_sea

if TYPE_CHECKING:
    from catenary.worlds.sea import SeaLanes

pytestmark = pytest.mark.part("4.3")


def _masked() -> SeaLanes:
    """Return the tiny sea with land between 10 and 30 degrees east, and north of 70 degrees."""
    lat = 90 - (np.arange(2160) + 0.5) / 12
    lon = (np.arange(4320) + 0.5) / 12 - 180
    water = ~((lon > 10) & (lon < 30))[None] & (lat < 70)[:, None]
    return replace(tiny_sea(), sea=np.packbits(water, axis=1))


MASKED: Final = _masked()


def at(lat: float, lon: float) -> Place:
    """Return a place at coordinates."""
    return Place(f"{lat},{lon}", f"{lat},{lon}", lon, lat)


def test_a_port_is_tied_to_itself() -> None:
    port = Place("WWBBB", "Palmbay", -45, 10)
    assert moored(MASKED, port).nodes.tolist() == [1]
    assert moored(MASKED, port).metres.tolist() == [0]
    assert ashore(MASKED, port) == 0


def test_land_blocks_the_view() -> None:
    west, east = at(5, 5), at(5, 35)
    assert straight(MASKED, west, east) == UNREACHED
    assert straight(MASKED, at(5, 0), west) < UNREACHED
    assert MASKED.lon[moored(MASKED, west).nodes].max() <= 10


def test_inland_is_refused_with_the_distance_and_the_nearest_ports() -> None:
    with pytest.raises(OptionError, match="km from navigable water") as caught:
        moored(MASKED, at(50, 20))
    assert "the nearest ports are" in caught.value.hint
    with pytest.raises(OptionError, match="km from navigable water"):
        moored(MASKED, at(85, -100))


def test_a_place_near_a_node_is_tied_to_it_even_from_ashore() -> None:
    near = at(30.3, 20.0)  # 33 km from the western end of canal a, amid land
    assert moored(MASKED, near).nodes.size >= 1
    assert ashore(MASKED, near) == pytest.approx(33.4, abs=0.5)


@settings(max_examples=40)
@given(st.floats(-60, 65), st.floats(-180, 179.99))
def test_a_tie_is_never_a_short_cut(lat: float, lon: float) -> None:
    place = at(lat, lon)
    try:
        found = moored(MASKED, place)
    except OptionError:
        return
    apart = lengths(open_water(MASKED), found.nodes[:1])[0]
    through = float(found.metres[0]) + found.metres
    assert (apart[found.nodes] <= through * 1.05 + 10_001).all()
    assert len(set(found.nodes.tolist())) == len(found.nodes)
