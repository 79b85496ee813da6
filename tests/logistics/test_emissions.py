"""Emissions of a shipment: laws for every factor, distance and mass, and known answers."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import catenary
from catenary import World
from catenary.errors import MissingDataError, OptionError
from catenary.logistics import emissions as module
from catenary.logistics.atlas import part, row_of, sea_world
from catenary.logistics.journeys import Leg
from catenary.logistics.places import Place, kilometres, place, places
from catenary.testing import serial_chain, tiny_sea_world

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.part("4.3")

PARTS: Final = ["well_to_wheel", "tank_to_wheel", "well_to_tank"]
FACTORS: Final = sea_world().ids("freight_factors").tolist()
BASES: Final = ("shortest_feasible", "great_circle", "actual")
MASS: Final = st.floats(0, 1e6)
DISTANCE: Final = st.floats(0, 4e4)


def emitted(world: World | None = None, **options: Any) -> pd.Series:
    """Return the one row of the table emissions."""
    result = catenary.emissions(world or tiny_sea_world(), **options)
    assert len(result.tables["emissions"]) == 1
    return result.tables["emissions"].iloc[0]


# --- known answers ----------------------------------------------------------------------------


def test_a_container_from_shanghai_to_rotterdam_by_hand() -> None:
    # 10,501 nautical miles (Pub. 151), 10 t, 15.53 g of which 12.66 g at sea, 15 % longer ways
    one = emitted(sea_world(), mass=10, distance=10_501 * 1.852)
    assert one["activity"] == pytest.approx(194_478.52)
    assert one["well_to_wheel"] == pytest.approx(194_478.52 * 15.53e-3 * 1.15)
    assert one["tank_to_wheel"] == pytest.approx(194_478.52 * 12.66e-3 * 1.15)
    assert (one["vehicle"], one["mode"]) == ("container_ship.8000plus_teu", "sea")
    assert (one["basis"], one["adjustment"]) == ("shortest_feasible", 0.15)


@pytest.mark.parametrize(
    ("vehicle", "grams"),
    [("road", 95.02), ("rail", 34.7), ("air", 666.46), ("waterway", 38.6), ("sea", 15.53)],
)
def test_a_mode_stands_for_its_usual_vehicle(vehicle: str, grams: float) -> None:
    one = emitted(sea_world(), mass=1, distance=1000, vehicle=vehicle, basis="actual")
    assert one["well_to_wheel"] == pytest.approx(grams)
    assert one["mode"] == vehicle


def test_factors_of_the_facts_come_out_as_they_went_in(shared: Path) -> None:
    given_ = pd.read_csv(shared / "facts" / "desnz2025_freight_wtw.csv")
    for label, grams in zip(FACTORS, given_["wtw_g_per_tkm"], strict=False):
        one = emitted(sea_world(), mass=1000, distance=1, vehicle=label, basis="actual")
        assert one["well_to_wheel"] == pytest.approx(grams, rel=1e-12)


# --- laws -------------------------------------------------------------------------------------


@settings(max_examples=30)
@given(st.sampled_from(FACTORS), st.sampled_from(BASES), MASS, DISTANCE, st.floats(0, 10))
def test_emissions_are_proportional_to_mass_and_distance(
    vehicle: str, basis: str, mass: float, distance: float, times: float
) -> None:
    same = {"vehicle": vehicle, "basis": basis}
    one = emitted(sea_world(), mass=mass, distance=distance, **same)
    heavy = emitted(sea_world(), mass=mass * times, distance=distance, **same)
    far = emitted(sea_world(), mass=mass, distance=distance * times, **same)
    for name in [*PARTS, "activity"]:
        if not math.isnan(one[name]):
            assert heavy[name] == pytest.approx(one[name] * times, rel=1e-9, abs=1e-9)
            assert far[name] == pytest.approx(one[name] * times, rel=1e-9, abs=1e-9)


@settings(max_examples=30)
@given(st.sampled_from(FACTORS), MASS, DISTANCE)
def test_the_parts_add_up_to_the_whole(vehicle: str, mass: float, distance: float) -> None:
    one = emitted(sea_world(), mass=mass, distance=distance, vehicle=vehicle)
    if not math.isnan(one["tank_to_wheel"]):
        total = one["tank_to_wheel"] + one["well_to_tank"]
        assert total == pytest.approx(one["well_to_wheel"], rel=1e-9)


PLACE: Final = st.tuples(st.floats(-180, 180), st.floats(-90, 90))


@settings(max_examples=30)
@given(st.lists(PLACE, min_size=2, max_size=6), MASS)
def test_emissions_add_up_along_the_legs(stops: list[tuple[float, float]], mass: float) -> None:
    words = [f"{round(lat, 6) + 0.0:.6f},{round(lon, 6) + 0.0:.6f}" for lon, lat in stops]
    assume(all(a != b for a, b in pairwise(words)))
    result = catenary.emissions(
        tiny_sea_world(), mass=mass, origin=words[0], destination=words[-1],
        via=";".join(words[1:-1]), vehicle="truck", basis="great_circle",
    )  # fmt: skip
    legs, whole = result.tables["legs"], result.tables["emissions"].iloc[0]
    assert len(legs) == len(stops) - 1
    for name in [*PARTS, "distance", "activity"]:
        assert legs[name].sum() == pytest.approx(whole[name], rel=1e-12)
    alone = [
        emitted(mass=mass, origin=a, destination=b, vehicle="truck", basis="great_circle")
        for a, b in pairwise(words)
    ]
    total = sum(float(one["well_to_wheel"]) for one in alone)
    assert total == pytest.approx(whole["well_to_wheel"], rel=1e-9)


@settings(max_examples=30)
@given(MASS, DISTANCE, st.floats(0, 3))
def test_the_same_journey_emits_the_same_on_either_basis(
    mass: float, distance: float, adjustment: float
) -> None:
    plan = emitted(mass=mass, distance=distance, adjustment=adjustment)
    sailed = emitted(
        mass=mass, distance=distance * (1 + adjustment), adjustment=adjustment, basis="actual"
    )
    for name in [*PARTS, "activity"]:
        assert sailed[name] == pytest.approx(plan[name], rel=1e-9)


def test_the_basis_and_its_adjustment_are_told() -> None:
    far: dict[str, Any] = {"mass": 1.0, "distance": 1000.0, "vessel": "small"}
    assert emitted(**far)["adjustment"] == 0.15
    assert emitted(**far, basis="actual")["adjustment"] == 0.15
    assert emitted(**far, basis="great_circle")["adjustment"] == 0
    assert emitted(**far, vehicle="truck")["adjustment"] == 0
    assert emitted(**far, adjustment=0.4)["adjustment"] == 0.4
    result = catenary.emissions(tiny_sea_world(), **far)
    assert "shortest feasible distance, adjusted by 15%" in result.summary()
    assert result.figures()["value"].tolist() == pytest.approx([23.0, 1000.0, 1000.0])
    assert result.run.options["basis"] == "shortest_feasible"


# --- places and tables ------------------------------------------------------------------------


def test_the_way_at_sea_is_asked_of_the_router(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, str, str]] = []

    def ways(
        world: World, origin: Place, destination: Place, *, vessel: str = ""
    ) -> tuple[Leg, ...]:
        assert "facilities" in world
        asked.append((origin.id, destination.id, vessel))
        return Leg(origin.id, "canal_a", 300), Leg("canal_a", destination.id, 700)

    monkeypatch.setattr(module_of(), "sea_legs", ways)
    result = catenary.emissions(
        tiny_sea_world(), mass=2, origin="WWXXX", destination="eeaaa", via="Sandpoint",
        vessel="small",
    )  # fmt: skip
    assert asked == [("WWAAA", "WWEEE", "small"), ("WWEEE", "EEAAA", "small")]
    assert result.tables["legs"]["distance"].tolist() == [300, 700, 300, 700]
    assert result.tables["emissions"]["well_to_wheel"].iloc[0] == pytest.approx(
        2 * 2000 * 0.020 * 1.15
    )


def module_of() -> Any:
    """Return the module; the package has the function under the same name."""
    import sys  # noqa: PLC0415

    return sys.modules[module.__module__]


def test_a_place_is_a_code_an_alias_a_name_a_facility_or_coordinates() -> None:
    world = tiny_sea_world()
    assert place(world, "WWAAA") == place(world, "wwaaa") == place(world, " Westhaven ")
    assert place(world, "WWXXX").id == "WWAAA"
    assert place(world, "NLRTM").name == "Rotterdam"  # of the built-in sea
    assert place(world, "51.95,4.1") == Place("51.95,4.1", "51.95,4.1", 4.1, 51.95)
    assert place(serial_chain(), "SGSIN").name == "Singapore"
    assert [one.id for one in places(world, "1,2; WWAAA")] == ["1,2", "WWAAA"]
    assert places(world, "") == []
    assert kilometres(place(world, "90,0"), place(world, "-90,77")) == pytest.approx(
        np.pi * 6371.0088
    )


@pytest.mark.part("1.8")
@pytest.mark.parametrize(
    ("text", "words", "hint"),
    [
        ("", "a place is blank", "NLRTM"),
        ("Westhavn", "no place is called 'Westhavn'", "did you mean 'Westhaven'"),
        ("91,0", "there is no place at latitude 91, longitude 0", "latitude"),
        ("0,361", "there is no place at latitude 0, longitude 361", "longitude"),
        ("Twin", "2 places are called 'Twin'", "T1 (WWA) and T2 (WWA)"),
    ],
)
def test_what_is_no_place_is_told(text: str, words: str, hint: str) -> None:
    ports = tiny_sea_world().table("facilities").reset_index()
    twins = ports.head(2).assign(id=["T1", "T2"], name="Twin")
    world = tiny_sea_world().with_(facilities=pd.concat([ports, twins]))
    with pytest.raises(OptionError, match=words) as caught:
        place(world, text)
    assert hint in caught.value.hint


def test_a_facility_without_coordinates_is_told_unless_the_sea_knows_it() -> None:
    plants = pd.DataFrame({"id": ["mill", "NLRTM"], "region": "WWA"})
    world = World({"regions": pd.DataFrame({"id": ["WWA"]}), "facilities": plants})
    with pytest.raises(MissingDataError, match="'mill' has no coordinates"):
        place(world, "mill")
    assert place(world, "NLRTM").name == "Rotterdam"


def test_own_tables_come_before_those_built_in() -> None:
    assert emitted(mass=1, distance=1000, vessel="large")["vehicle"] == "ship"
    assert emitted(mass=1, distance=1000, vehicle="road")["vehicle"] == "truck"
    assert part(serial_chain(), "vessels") is sea_world().part("vessels")
    assert emitted(mass=1, distance=1000)["vehicle"] == "container_ship.8000plus_teu"
    assert emitted(mass=1, distance=1000, vehicle="rail")["vehicle"] == "freight_train"
    assert row_of(tiny_sea_world(), "vessels", "small", option="vessel")["teu"] == 1000
    own = pd.DataFrame({"id": ["a"], "mode": "sea", "tank_to_wheel": 3.0, "well_to_tank": 1.0})
    world = serial_chain().with_(freight_factors=own)
    one = emitted(world, mass=1, distance=1000, vehicle="a", basis="actual")
    assert one["well_to_wheel"] == 4


def test_worlds_of_worlds_are_told_apart() -> None:
    worlds = catenary.load("chains")
    assert isinstance(worlds, catenary.Worlds)
    result = catenary.emissions(worlds, mass=1, distance=100, vehicle="rail")
    assert result.emissions["world"].tolist() == ["pooled", "home-first"]
    assert result.summary().count("\n") == 1
    assert result.summary().startswith("pooled: 3.47 kg CO2e")
    assert set(result.figures()["world"]) == {"pooled", "home-first"}


# --- warnings and errors ----------------------------------------------------------------------


def test_doubts_are_told() -> None:
    ends: dict[str, Any] = {"origin": "WWAAA", "destination": "EEAAA", "basis": "great_circle"}
    told = catenary.emissions(tiny_sea_world(), mass=1, **ends).run.warnings
    assert len(told) == 1
    assert "great circles cross land" in told[0]
    assert catenary.emissions(tiny_sea_world(), mass=1, vehicle="air", **ends).run.warnings == ()
    told = catenary.emissions(sea_world(), mass=1, distance=1, vehicle="waterway").run.warnings
    assert "does not split its factor" in told[0]


@pytest.mark.part("1.8")
@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"distance": 1, "mass": -1}, OptionError, "mass is -1 t"),
        ({"distance": 1, "mass": math.nan}, OptionError, "mass is nan"),
        ({"distance": 1, "mass": math.inf}, OptionError, "mass is inf"),
        ({"distance": -1}, OptionError, "distance is -1 km"),
        ({"distance": math.nan}, OptionError, "distance is nan"),
        ({"distance": "far"}, OptionError, "distance is 'far'"),
        ({"distance": 1, "adjustment": -0.1}, OptionError, "adjustment is -0.1"),
        ({"distance": 1, "basis": "great-circle"}, OptionError, "did you mean 'great_circle'"),
        ({"distance": 1, "vehicle": "trck"}, OptionError, "did you mean .truck"),
        ({"distance": 1, "vessel": "smal"}, OptionError, "did you mean 'small'"),
        ({}, OptionError, "neither a distance nor an origin"),
        ({"origin": "WWAAA"}, OptionError, "there is no destination"),
        ({"destination": "WWAAA"}, OptionError, "there is no origin"),
        ({"via": "WWAAA", "distance": 3}, OptionError, "via needs an origin"),
        ({"basis": "actual", "origin": "WWAAA", "destination": "WWBBB"}, OptionError, "travelled"),
        (
            {"origin": "WWAAA", "destination": "WWBBB", "via": "WWCCC", "distance": 2},
            OptionError, "distance and via are both given",
        ),
        (
            {"origin": "WWAAA", "destination": "WWBBB", "vehicle": "truck"},
            MissingDataError, "no network for road",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_is_told(
    options: dict[str, Any], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words) as caught:
        catenary.emissions(tiny_sea_world(), **{"mass": 1, "vessel": "small", **options})
    assert getattr(caught.value, "hint", "")


def test_a_vessel_or_vehicle_without_a_factor_is_told() -> None:
    world = tiny_sea_world()
    ships = pd.DataFrame({"id": ["bare"], "speed": [10.0]})
    with pytest.raises(MissingDataError, match="'bare' has no factor"):
        catenary.emissions(world.with_(vessels=ships), mass=1, distance=1, vessel="bare")
    lame = pd.DataFrame({"id": ["ship", "truck"], "mode": "sea", "tank_to_wheel": 1.0})
    with pytest.raises(MissingDataError, match="well to wheel for 'ship'"):
        catenary.emissions(world.with_(freight_factors=lame), mass=1, distance=1, vehicle="ship")


@pytest.mark.part("3.2")
def test_a_page_can_be_made_and_the_result_saved(tmp_path: Path) -> None:
    result = catenary.emissions(sea_world(), mass=10, distance=19_450)
    page = catenary.report(result, lang="zh").document
    assert "一批货物的运输排放" in str(page["title"])
    catenary.save(result, tmp_path / "shipment.result")
    again = catenary.load(tmp_path / "shipment.result")
    assert isinstance(again, catenary.Result)
    assert again.summary() == result.summary()
    assert again.tables["legs"].equals(result.tables["legs"])
