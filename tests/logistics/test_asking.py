"""What the options of routes mean, and what is said of those that mean nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from catenary import World, chokepoints, distances, routes
from catenary.errors import NoRouteError, OptionError
from catenary.logistics.mooring import moored
from catenary.logistics.places import place
from catenary.testing import tiny_sea_world
from catenary.worlds import sea

if TYPE_CHECKING:
    from logistics.conftest import Waters

pytestmark = pytest.mark.part("4.3")


# --- the name that several passages share ---------------------------------------------------------


@pytest.mark.parametrize("vessel", ["feeder", "container_8000"])
def test_via_a_shared_name_is_the_better_of_the_passages(real: Waters, vessel: str) -> None:
    """The oracle is each set of locks by itself; wide ships fit the new ones alone."""
    asked = {"origin": "CNSHA", "destination": "NLRTM", "vessel": vessel, "by": "distance"}
    each = []
    for locks in ("panama_neopanamax", "panama_panamax"):
        try:
            found = routes(real.world, via=locks, **asked)  # type: ignore[arg-type]
        except NoRouteError:
            continue
        each.append(found.routes["distance"][0])
    for word in ("panama", "Panama Canal"):
        found = routes(real.world, via=word, **asked)  # type: ignore[arg-type]
        assert found.routes["distance"][0] == min(each)
        several = routes(real.world, via=word, alternatives=2, **asked)  # type: ignore[arg-type]
        assert several.routes["distance"][0] == min(each)
        assert several.routes["passages"].str.contains("panama").all()


def test_via_a_shared_name_says_why_no_passage_will_do(real: Waters) -> None:
    asked = {"origin": "CNSHA", "destination": "NLRTM", "via": "panama"}
    with pytest.raises(NoRouteError, match="none of them lets the vessel ulcv pass") as caught:
        routes(real.world, vessel="ulcv", **asked)  # type: ignore[arg-type]
    assert set(caught.value.passages) == {"panama_neopanamax", "panama_panamax"}
    for option in ("closed", "avoid"):
        with pytest.raises(OptionError, match=f"are named in both via and {option}"):
            routes(real.world, **{option: "panama"}, **asked)  # type: ignore[arg-type]
    one = routes(real.world, closed="panama_panamax", **asked)  # type: ignore[arg-type]
    assert "panama_neopanamax" in one.routes["passages"][0]


# --- places that are none, or not here ------------------------------------------------------------


def test_chokepoints_says_that_a_facility_of_ones_own_is_no_port() -> None:
    own = pd.DataFrame({"id": ["C"], "name": "Mine", "region": "NLD", "lon": 3.0, "lat": 52.0})
    world = World({"regions": pd.DataFrame({"id": ["NLD"]}), "facilities": own}, name="own")
    with pytest.raises(OptionError, match="C, which is no port of the network"):
        chokepoints(world, ports="C,NLRTM,CNSHA")


@pytest.mark.parametrize(("text", "limit"), [("-65,0", "60.*° S"), ("84,0", "8.*° N")])
def test_beyond_the_ice_is_not_called_inland(real: Waters, text: str, limit: str) -> None:
    with pytest.raises(OptionError, match=f"beyond {limit}, where the sea is taken to be ice"):
        moored(sea.lanes(), place(real.world, text))


def test_beside_a_canal_is_not_called_inland(real: Waters) -> None:
    with pytest.raises(OptionError, match="lies along the passage suez") as caught:
        moored(sea.lanes(), place(real.world, "30.6,32.3"))
    assert "inland" not in str(caught.value)
    assert "EGSUZ" in caught.value.hint


@pytest.mark.parametrize("text", ["zzqqxx", "0815-4711", "XXXXX"])
def test_an_unknown_name_without_a_neighbour_lists_no_ports(real: Waters, text: str) -> None:
    with pytest.raises(OptionError, match="no place is called") as caught:
        place(real.world, text)
    assert "AEAJM" not in caught.value.hint
    assert "UN/LOCODE" in caught.value.hint


def test_coordinates_between_commas_are_told_of_semicolons(real: Waters) -> None:
    with pytest.raises(OptionError, match="no place is called '47'") as caught:
        distances(real.world, origins="CNSHA,47,8")
    assert "semicolons" in caught.value.hint


@given(st.floats(-89, 89), st.floats(180, 360), st.booleans())
def test_a_longitude_beyond_180_is_the_same_place(lat: float, lon: float, west: bool) -> None:  # noqa: FBT001  drawn
    lon = round(-lon if west else lon, 6)
    found = place(tiny_sea_world(), f"{lat:.6f},{lon:.6f}")
    assert abs(found.lon) <= 180
    assert (found.lon - lon) % 360 == pytest.approx(0, abs=1e-9) or (
        (found.lon - lon) % 360 == pytest.approx(360, abs=1e-9)
    )


@pytest.mark.parametrize(
    ("given_", "told"), [(51.95, '"51.95"'), ((51.95, 4.1), '"51.95,4.1"'), (["NLRTM"], '"NLRTM"')]
)
def test_what_is_no_text_is_told_as_text(real: Waters, given_: object, told: str) -> None:
    with pytest.raises(OptionError, match="origin is") as caught:
        routes(real.world, origin=given_, destination="NLRTM")  # type: ignore[arg-type]
    assert f"origin={told}" in caught.value.hint
    assert "UN/LOCODE" in caught.value.hint


# --- names ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "port"),
    [
        ("Khor Fakkan", "AEKLF"),
        ("Eilat", "ILETH"),
        ("Constantza", "ROCND"),
        ("JNPT", "INNSA"),
        ("New York/New Jersey", "USNYC"),
        ("Panama City", "PABLB"),
        ("上海", "CNSHA"),
        ("鹿特丹", "NLRTM"),
        ("新加坡", "SGSIN"),
        ("釜山", "KRPUS"),
        ("洛杉矶", "USLAX"),
    ],
)
def test_a_usual_name_is_the_port(real: Waters, name: str, port: str) -> None:
    assert place(real.world, name).id == port


# --- what chokepoints says ------------------------------------------------------------------------


def test_chokepoints_says_what_its_shares_are_of(real: Waters) -> None:
    told = chokepoints(real.world, ports="CNSHA,GBFXT,SAJED", close_ports=True).summary()
    assert "of journeys use it" in told
    for wrong in ("(1 journeys", "0 journeys go", "0 go round"):
        assert wrong not in told
    one = chokepoints(real.world, ports="CNSHA,GBFXT", close_ports=False).summary()
    assert one.startswith("One journey between 2 ports")


# --- facilities of one's own ----------------------------------------------------------------------


def test_a_facility_with_the_id_of_a_port_keeps_its_own_name() -> None:
    own = pd.DataFrame({"id": ["NLRTM"], "name": "Mine", "region": "NLD", "lon": -20.0, "lat": 10})
    world = World({"regions": pd.DataFrame({"id": ["NLD"]}), "facilities": own}, name="own")
    for ends in (("NLRTM", "CNSHA"), ("CNSHA", "NLRTM")):
        told = routes(world, origin=ends[0], destination=ends[1], by="distance")
        assert "Mine (NLRTM)" in told.summary()
        assert "Rotterdam" not in told.summary()
        told_all = distances(world, origins=ends[0], destinations=ends[1])
        assert "Mine (NLRTM)" in told_all.summary()


def test_a_facility_without_coordinates_is_blank_as_an_inland_one_is() -> None:
    own = pd.DataFrame(
        {"id": ["N", "I"], "name": "", "region": "NLD", "lon": [None, 15.0], "lat": [None, 50.0]}
    )
    world = World({"regions": pd.DataFrame({"id": ["NLD"]}), "facilities": own}, name="own")
    found = distances(world, origins="N,I,NLRTM", destinations="CNSHA,USNYC")
    blank = found.distances["distance"].isna().groupby(found.distances["origin"]).all()
    assert blank.to_dict() == {"N": True, "I": True, "NLRTM": False}
    assert any("N has no coordinates" in str(told) for told in found.run.warnings)
    with pytest.raises(OptionError, match="no coordinates"):
        distances(world, origins="N", destinations="CNSHA")
