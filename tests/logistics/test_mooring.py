"""How any place is tied to the network, over a mask."""

from __future__ import annotations

import math
import tomllib
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from catenary import World, distances, emissions, routes
from catenary.errors import NoRouteError, OptionError
from catenary.logistics.mooring import ashore, moored, open_water, straight
from catenary.logistics.places import Place, place
from catenary.maths.routing import UNREACHED, lengths
from catenary.maths.sphere import great_circle
from catenary.testing import tiny_sea, tiny_sea_world
from catenary.worlds import sea

if TYPE_CHECKING:
    from logistics.conftest import Waters
    from numpy.typing import NDArray

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
def test_all_nodes_of_a_place_lie_on_one_water(lat: float, lon: float) -> None:
    try:
        found = moored(MASKED, at(lat, lon))
    except OptionError:
        return
    water = waters(MASKED)[found.nodes]
    assert (water == water[0]).all()
    assert len(set(found.nodes.tolist())) == len(found.nodes)


@settings(max_examples=40)
@given(st.integers(0, tiny_sea().nodes - 1), st.floats(-0.3, 0.3), st.floats(-0.3, 0.3))
def test_near_the_lanes_a_tie_is_never_a_short_cut(node: int, north: float, east: float) -> None:
    lanes = tiny_sea()
    found = moored(lanes, at(float(lanes.lat[node]) + north, float(lanes.lon[node]) + east))
    assert found.metres[0] <= 60_000
    apart = lengths(open_water(lanes), found.nodes[:1])[0]
    through = float(found.metres[0]) + found.metres
    assert (apart[found.nodes] <= through * 1.05 + 10_001).all()


# --- walls ----------------------------------------------------------------------------------------


def waters(lanes: SeaLanes) -> NDArray[np.int32]:
    """Return which nodes lanes join when every door is closed."""
    lane = np.ones(len(lanes.tail)), (lanes.tail, lanes.head)
    found: NDArray[np.int32] = connected_components(
        csr_array(lane, shape=(lanes.nodes, lanes.nodes)), directed=False
    )[1]
    return found


def test_no_line_crosses_a_wall() -> None:
    meridian = np.array([[-35.0, lat, -35.0, lat + 1] for lat in range(-20, 60)])
    walled = replace(tiny_sea(), walls=meridian)
    west, east = at(20.0, -35.5), at(20.0, -34.5)
    assert straight(tiny_sea(), west, east) == round(float(great_circle(-35.5, 20, -34.5, 20)))
    assert straight(walled, west, east) == UNREACHED
    assert straight(walled, at(19.5, -35.5), west) < UNREACHED
    through = at(20.0, -35.5), at(20.0, -34.5)  # where two walls meet
    assert straight(walled, *through) == UNREACHED
    assert walled.lon[moored(walled, west).nodes].max() < -35
    assert walled.lon[moored(walled, east).nodes].min() > -35


@dataclass(frozen=True)
class Strait:
    """Passages that part two waters, and a port and a place on each."""

    closed: str
    inner: str
    outer: str


STRAITS: Final = {
    "hormuz": Strait("hormuz", "AEJEA", "INNSA"),
    "dardanelles": Strait("dardanelles", "UAODS", "ITGOA"),
    "bosporus": Strait("bosporus", "UAODS", "ITGOA"),
    "gibraltar": Strait("gibraltar,suez", "ITGOA", "NLRTM"),
    "bab_el_mandeb": Strait("bab_el_mandeb,suez", "SAJED", "INNSA"),
    "suez": Strait("suez,gibraltar", "ITGOA", "SAJED"),
    "bohai": Strait("bohai", "CNTXG", "CNSHA"),
    "great_belt": Strait("kiel,great_belt,little_belt,oresund", "PLGDN", "NLRTM"),
    "little_belt": Strait("kiel,great_belt,little_belt,oresund", "PLGDN", "NLRTM"),
    "oresund": Strait("kiel,great_belt,little_belt,oresund", "PLGDN", "NLRTM"),
    "kiel": Strait("kiel,great_belt,little_belt,oresund", "PLGDN", "NLRTM"),
}


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_no_place_leads_round_a_closed_passage(real: Waters, data: st.DataObject) -> None:
    lanes = sea.lanes()
    passage = data.draw(st.sampled_from(sorted(STRAITS)))
    strait = STRAITS[passage]
    door = int(np.flatnonzero(lanes.door_passage == lanes.passages.index(passage))[0])
    lat, lon = lanes.lat[lanes.door_tail[door]], lanes.lon[lanes.door_tail[door]]
    north, east = (data.draw(st.floats(-60, 60)) / 111.2 for _ in "ab")
    text = f"{lat + north:.4f},{lon + east / math.cos(math.radians(lat)):.4f}"
    reached = 0
    for port in (strait.inner, strait.outer):
        try:
            routes(real.world, origin=text, destination=port, closed=strait.closed)
        except NoRouteError:
            continue
        except OptionError:
            return  # farther from the water than a ship goes
        reached += 1
    assert reached == 1, text


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_who_sees_a_door_is_on_its_side(real: Waters, data: st.DataObject) -> None:
    lanes = sea.lanes()
    lined = [lanes.passages.index(name) for name in lines_of_gates()]
    door = data.draw(st.sampled_from(np.flatnonzero(np.isin(lanes.door_passage, lined)).tolist()))
    sides = [int(lanes.door_tail[door]), int(lanes.door_head[door])]
    if data.draw(st.booleans()):
        sides.reverse()
    lat, lon = float(lanes.lat[sides[0]]), float(lanes.lon[sides[0]])
    north, east = (data.draw(st.floats(-30, 30)) / 111.2 for _ in "ab")
    there = lat + north, lon + east / math.cos(math.radians(lat))
    assume(abs(north) + abs(east) > 1e-4)
    assume(abs(there[1]) <= 180 and sees(lanes, there, (lat, lon)))
    water = waters(lanes)
    tied = moored(lanes, at(*there)).nodes
    assert set(water[tied].tolist()) == {water[sides[0]]}
    assert len(real.passages)


@cache
def lines_of_gates() -> dict[str, NDArray[np.float64]]:
    """Return the lines of gates as they were drawn, places close together, (n, 2) lat, lon."""
    file = Path(__file__).parents[2] / "tools" / "sea" / "gates.toml"
    given_ = tomllib.loads(file.read_text(encoding="utf-8"))
    found = {}
    for name, gate in {**given_, **given_["river"]}.items():
        if "line" in gate:
            corner = np.array(gate["line"], float)
            along = np.arange(0, len(corner) - 1, 0.002)
            found[name] = np.stack(
                [np.interp(along, np.arange(len(corner)), corner[:, k]) for k in (0, 1)], axis=1
            )
    return found


def sees(lanes: SeaLanes, one: tuple[float, float], other: tuple[float, float]) -> bool:
    """Return whether a line on the map has only water and no gate: told cell by cell.

    It begins clear of the land, of which the mask does not show the last few kilometres.
    """
    share = np.linspace(0, 1, 400)[:, None]
    line = np.array(one) * (1 - share) + np.array(other) * share
    rows, columns = len(lanes.sea), lanes.sea.shape[1] * 8
    row = ((90 - line[:, 0]) / 180 * rows).astype(int)
    column = ((line[:, 1] + 180) / 360 * columns).astype(int) % columns
    water = np.unpackbits(lanes.sea, axis=1)
    around = water[row[0] - 1 : row[0] + 2, np.arange(column[0] - 1, column[0] + 2) % columns]
    if not (around.all() and water[row, column].all()):
        return False
    step = np.array(other) - np.array(one)
    for gate in lines_of_gates().values():
        near = gate[(np.abs(gate - np.array(other)) < 3).all(axis=1)]
        if len(near) < 2:
            continue
        off = near - np.array(one)
        side = step[0] * off[:, 1] - step[1] * off[:, 0]
        along = off @ step / (step @ step)
        turn = np.flatnonzero((side[1:] >= 0) != (side[:-1] >= 0))
        part = side[turn] / (side[turn] - side[turn + 1])
        met = along[turn] + part * (along[turn + 1] - along[turn])
        if ((met > -0.001) & (met < 1.001)).any():
            return False
    return True


@pytest.mark.parametrize(
    ("place", "far", "near", "closed"),
    [
        ("40.6,26.6", "TRTEK", "ITTRS", "dardanelles"),  # Gulf of Saros, not the Sea of Marmara
        ("40.5,26.4", "TRTEK", "ITTRS", "dardanelles"),
        ("26.45,56.45", "INNSA", "AEJEA", "hormuz"),  # west of Musandam
    ],
)
def test_a_place_beside_an_isthmus_is_tied_to_its_own_water(
    real: Waters, place: str, far: str, near: str, closed: str
) -> None:
    assert len(routes(real.world, origin=place, destination=near, closed=closed).routes)
    with pytest.raises(NoRouteError):
        routes(real.world, origin=place, destination=far, closed=closed)


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.floats(-3, 3), st.floats(178, 182), st.floats(-2, 2), st.floats(-2, 2))
def test_near_places_on_the_open_ocean_are_a_straight_line_apart(
    real: Waters, lat: float, lon: float, north: float, east: float
) -> None:
    """The waters about 0 N 180 E have no land for 250 km and few lanes."""
    ends = [(lat, lon), (lat + north, lon + east)]
    texts = [f"{a:.6f},{(b + 180) % 360 - 180:.6f}" for a, b in ends]
    assume(abs(north) + abs(east) > 1e-4)
    found = routes(real.world, origin=texts[0], destination=texts[1], by="distance")
    printed = [tuple(map(float, text.split(","))) for text in texts]
    (a, b), (c, d) = printed
    direct = float(great_circle(b, a, d, c)) / 1e3
    assert found.routes["distance"][0] == pytest.approx(direct, abs=0.002)


# --- what is a port -------------------------------------------------------------------------------


def rotterdam_at(lat: float, lon: float) -> World:
    """Return a world of one facility, which has the id of a port."""
    own = pd.DataFrame({"id": ["NLRTM"], "name": "Mine", "region": "NLD", "lon": lon, "lat": lat})
    return World({"regions": pd.DataFrame({"id": ["NLD"]}), "facilities": own}, name="own")


def test_a_facility_with_the_id_of_a_port_stays_where_it_is(real: Waters) -> None:
    world = rotterdam_at(10.0, -20.0)
    there = routes(world, origin="NLRTM", destination="USNYC", by="distance").routes
    port = routes(real.world, origin="NLRTM", destination="USNYC", by="distance").routes
    same = routes(real.world, origin="10,-20", destination="USNYC", by="distance").routes
    assert there["distance"][0] == same["distance"][0] != port["distance"][0]
    told = distances(world, origins="NLRTM", destinations="USNYC").distances
    assert told["distance"][0] == same["distance"][0]


def test_a_facility_with_the_id_and_the_place_of_a_port_is_the_port(real: Waters) -> None:
    port = place(real.world, "NLRTM")
    world = rotterdam_at(round(port.lat, 3), round(port.lon, 3))
    mine, theirs = (
        routes(one, origin="NLRTM", destination="USNYC", by="distance").routes
        for one in (world, real.world)
    )
    assert mine["distance"][0] == theirs["distance"][0]


@given(st.floats(-90, 90), st.floats(-180, 180))
def test_the_id_of_coordinates_reads_back_the_same_place(lat: float, lon: float) -> None:
    given_ = place(tiny_sea_world(), f"{lat:.9f},{lon:.9f}")
    again = place(tiny_sea_world(), given_.id)
    assert (again.lat, again.lon, again.id) == (given_.lat, given_.lon, given_.id)
    assert (given_.lat, given_.lon) == (float(f"{lat:.9f}"), float(f"{lon:.9f}"))


def test_near_coordinates_have_ids_of_their_own() -> None:
    ids = [place(tiny_sea_world(), text).id for text in ("51.95001,104.12341", "51.95,104.12345")]
    assert ids == ["51.95001,104.12341", "51.95,104.12345"]
    assert place(tiny_sea_world(), "+10.0, -20.50").id == "10,-20.5"


def test_a_missing_option_says_what_to_give(real: Waters) -> None:
    with pytest.raises(OptionError, match="destination is not given") as caught:
        routes(real.world, origin="NLRTM", destination=None)  # type: ignore[arg-type]
    assert "UN/LOCODE" in caught.value.hint
    assert "lat,lon" in caught.value.hint
    with pytest.raises(OptionError, match="mass is not given") as caught:
        emissions(real.world, mass=None)  # type: ignore[arg-type]
    assert caught.value.hint.startswith("give mass in t: ")
