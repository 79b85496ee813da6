"""What places see near gates: no line leads through one."""

from __future__ import annotations

import math
import tomllib
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catenary import routes
from catenary.errors import OptionError
from catenary.logistics.mooring import moored
from catenary.logistics.places import Place
from catenary.logistics.sight import on_sphere, walled
from catenary.worlds import sea

if TYPE_CHECKING:
    from logistics.conftest import Waters
    from numpy.typing import NDArray

pytestmark = pytest.mark.part("4.3")

REAL = settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])


@cache
def lines_of_gates() -> dict[str, NDArray[np.float64]]:
    """Return the lines of gates as they were drawn, places close together, (n, 2) lat, lon."""
    file = Path(__file__).parents[2] / "tools" / "sea" / "gates.toml"
    drawn = tomllib.loads(file.read_text(encoding="utf-8"))
    corners = {k: np.array(v["line"]) for k, v in (drawn | drawn["river"]).items() if "line" in v}
    return {
        name: np.concatenate(
            [np.linspace(a, b, int(np.hypot(*(b - a)) * 500) + 2) for a, b in pairwise(corner)]
        )
        for name, corner in corners.items()
    }


def at(lat: float, lon: float) -> Place:
    """Return a place at coordinates."""
    return Place(f"{lat},{lon}", f"{lat},{lon}", lon, lat)


@pytest.mark.parametrize("gate", sorted(lines_of_gates()))
def test_no_line_leads_through_a_gate_over_water(gate: str) -> None:
    """Lines of 12 km straight across the gate as it was drawn, every 200 m where there is sea.

    Within 15 km of its ends, and of the last sea, the mask cannot tell it from the shore.
    """
    lanes = sea.lanes()
    cells = np.unpackbits(lanes.sea, axis=1)
    rows, columns = cells.shape
    line = lines_of_gates()[gate]
    row = ((90 - line[:, 0]) / 180 * rows).astype(int)
    column = ((line[:, 1] + 180) / 360 * columns).astype(int) % columns
    at_sea = np.flatnonzero(cells[row, column])
    ends = line[[0, *at_sea[[0, -1]], -1]] if len(at_sea) else line[[0, -1]]
    for k, (one, other) in enumerate(pairwise(line)):
        if (one == other).all():
            continue
        squeeze = math.cos(math.radians(one[0]))
        step = (other - one) * (1, squeeze)
        across = np.array([-step[1], step[0]]) / np.hypot(*step) * 6 / 111.2 / (1, squeeze)
        middle = (one + other) / 2
        near = np.hypot(*((ends - middle) * (1, squeeze)).T).min() * 111.2 < 15
        if near or k not in at_sea:
            continue
        here, there = middle - across, middle + across
        crossed = walled(lanes, on_sphere(*here[::-1]), on_sphere(*there[::-1])[None])
        assert crossed[0], middle


@pytest.mark.parametrize(
    ("origin", "destination"), [("-9.8,142.43", "-10.11,141.89"), ("-9.8,142.43", "AUDRW")]
)
def test_no_islet_is_a_hole_in_a_gate(real: Waters, origin: str, destination: str) -> None:
    """Islets of two kilometres lie on the line of Torres Strait."""
    asked = {"origin": origin, "destination": destination, "vessel": "feeder", "by": "distance"}
    open_ = routes(real.world, **asked).routes  # type: ignore[arg-type]
    shut = routes(real.world, closed="torres", **asked).routes  # type: ignore[arg-type]
    assert open_["passages"][0] == "torres"
    assert shut["distance"][0] > open_["distance"][0] + 1000


def ports_on_walls() -> list[int]:
    """Return the ports on the very line of a gate: neither side of it is theirs."""
    lanes = sea.lanes()
    names = ("CNPLI", "TRCKZ", "DKFER")
    return [lanes.ports.index(name) for name in names]


def tied(lanes: sea.SeaLanes, place: Place) -> list[int]:
    """Return the nodes a place is tied to; none in a passage itself, where no voyage ends."""
    try:
        return list(moored(lanes, place).nodes)
    except OptionError as error:
        if "where no voyage ends" not in str(error):
            raise
        return []


@REAL
@given(st.data())
def test_a_port_on_a_gate_does_not_draw_places_to_its_water(data: st.DataObject) -> None:
    """What is tied to it beside other water would change sides: none is tied to it at all."""
    lanes = sea.lanes()
    node = data.draw(st.sampled_from(ports_on_walls()))
    lat, lon = float(lanes.lat[node]), float(lanes.lon[node])
    north, east = (data.draw(st.floats(-20, 20)) / 111.2 for _ in "ab")
    assert node not in tied(lanes, at(lat + north, lon + east / math.cos(math.radians(lat))))


@pytest.mark.parametrize(
    ("origin", "destination", "closed", "most"),
    [
        ("37.9,120.85", "CNYNT", "bohai", 80),  # both east of the gate
        ("40.17917,26.0125", "40.0375,26.3375", "dardanelles", 45),  # both outside 40.15 N
    ],
)
def test_places_on_one_side_of_a_gate_need_not_pass_it(
    real: Waters, origin: str, destination: str, closed: str, most: float
) -> None:
    found = routes(
        real.world, origin=origin, destination=destination, closed=closed, by="distance"
    ).routes
    assert found["passages"][0] == ""
    assert found["distance"][0] < most
