"""What is not known is said, and what is meant by several names is told."""

from __future__ import annotations

import math
from typing import Any, cast

import pandas as pd
import pytest

import catenary
from catenary import World
from catenary.cli.atsea import with_names
from catenary.errors import MissingDataError, NoRouteError, OptionError
from catenary.logistics.atlas import sea_world

pytestmark = pytest.mark.part("4.1")


def with_ship(**known: Any) -> World:
    """Return a world with one ship of 16 knots, and what else is known of it."""
    ship = pd.DataFrame([{"id": "own", "speed": 16.0, "draft": 9.0, **known}])
    return World({"regions": pd.DataFrame({"id": ["AAA"]}), "vessels": ship})


def told(world: World, origin: str = "CNSHA", destination: str = "NLRTM", **options: Any) -> Any:
    """Return routes of the own ship."""
    ship = {"vessel": "own"} | options
    return catenary.routes(world, origin=origin, destination=destination, **ship)


@pytest.mark.parametrize("known", [{}, {"fuel": 30.0}, {"charter": 8_000.0}])
def test_an_unknown_cost_is_blank_and_said_and_the_shortest_is_the_best(
    known: dict[str, float],
) -> None:
    world = with_ship(**known)
    result = told(world, "USNYC", "GBLON", pareto=True)
    assert result.routes["cost"].isna().all()
    assert result.legs["cost"].isna().all()
    assert any("fuel or charter of the vessel own is blank" in one for one in result.run.warnings)
    assert not result.routes["best_by"].str.contains("cost").any()
    assert "cost unknown" in result.summary()
    far = catenary.distances(
        world, origins="USNYC", destinations="GBLON", by="cost", vessel="own"
    ).distances.iloc[0]
    assert math.isnan(far["cost"])
    shortest = told(world, "USNYC", "GBLON", by="distance").routes["distance"].iloc[0]
    assert far["distance"] == pytest.approx(shortest)
    assert result.routes["distance"].iloc[0] == pytest.approx(shortest)
    with pytest.raises(MissingDataError, match="costs are not known"):
        catenary.chokepoints(world, ports="USNYC,GBLON", vessel="own")


def test_a_day_that_costs_nothing_leaves_the_choice_to_tolls_then_to_distance() -> None:
    world = with_ship(fuel=0.0, charter=0.0)
    result = told(world, "USNYC", "GBLON")
    assert result.routes["cost"].iloc[0] == 0
    shortest = told(world, "USNYC", "GBLON", by="distance").routes["distance"].iloc[0]
    assert result.routes["distance"].iloc[0] == pytest.approx(shortest)
    assert any("costs nothing" in one for one in result.run.warnings)


def test_a_load_of_nothing_is_refused_and_an_unknown_one_is_not() -> None:
    with pytest.raises(OptionError, match="cargo of 0 t"):
        told(with_ship(cargo=0.0))
    assert told(with_ship(fuel=1.0, charter=1.0)).routes["cost_tonne"].isna().all()


def test_the_fuel_is_that_of_the_days_and_its_carbon_goes_with_it() -> None:
    ship = sea_world().table("vessels").loc["container_8000"]
    one = catenary.routes(sea_world(), origin="CNSHA", destination="NLRTM").routes.iloc[0]
    assert one["fuel"] == pytest.approx(one["duration"] * ship["fuel"])
    assert one["emissions_fuel"] == pytest.approx(one["fuel"] * 3_114)
    assert 2 < one["emissions"] / one["emissions_fuel"] < 5


def test_panama_means_both_sets_of_locks() -> None:
    ends = {"origins": "USNYC", "destinations": "USLAX", "vessel": "feeder"}
    short, both = (
        catenary.distances(sea_world(), closed=closed, **ends)  # type: ignore[arg-type]
        for closed in ("panama", "panama_neopanamax;panama_panamax")
    )
    pd.testing.assert_frame_equal(short.distances, both.distances)
    assert any("closed: panama means" in one for one in short.run.warnings)
    assert not both.run.warnings
    avoided = catenary.distances(sea_world(), avoid="Panama Canal; suez", **ends)  # type: ignore[arg-type]
    assert avoided.distances["distance"].iloc[0] >= short.distances["distance"].iloc[0]


def test_what_was_opened_and_stays_barred_is_said() -> None:
    result = catenary.routes(
        sea_world(), origin="CNSHA", destination="NLRTM", opened="northern_sea_route"
    )
    assert any(
        "northern_sea_route) is opened, but this ship may not pass: a draft" in one
        for one in result.run.warnings
    )


def test_a_passage_that_is_barred_twice_asks_for_both() -> None:
    with pytest.raises(NoRouteError, match=r"a draft of 14\.5 m") as raised:
        catenary.routes(
            sea_world(), origin="USCHI", destination="NLRTM",
            closed="welland",
        )  # fmt: skip
    hint = raised.value.hint
    assert "give the draft that it sails with" in hint
    assert "leave welland out of closed" in hint
    assert ", and " in hint


def test_goals_that_tell_nothing_apart_are_said() -> None:
    result = catenary.routes(sea_world(), origin="CNSHA", destination="NLRTM", by="risk")
    assert any("war-risk premium" in one for one in result.run.warnings)
    assert "risk" not in result.routes["best_by"].iloc[0]


@pytest.mark.parametrize(
    ("vessel", "origin", "destination", "words"),
    [
        ("vlcc", "SARTA", "CNWUH", "depth of Yangtze to Wuhan (yangtze)"),
        ("feeder", "DEHAM", "PLGDN", "no toll is known of Kiel Canal (kiel)"),
    ],
)
def test_depths_and_tolls_that_nobody_knows_are_named(
    vessel: str, origin: str, destination: str, words: str
) -> None:
    result = catenary.routes(sea_world(), origin=origin, destination=destination, vessel=vessel)
    assert any(words in one for one in result.run.warnings), result.run.warnings


def test_a_distance_below_the_great_circle_and_a_journey_to_itself_are_refused() -> None:
    ends = {"origin": "CNSHA", "destination": "NLRTM"}
    with pytest.raises(OptionError, match=r"distance is 1,000 km, and the great circle .* 8,9"):
        catenary.emissions(sea_world(), mass=1, distance=1000, **ends)  # type: ignore[arg-type]
    assert catenary.emissions(sea_world(), mass=1, distance=9000, **ends).legs.shape[0] == 1  # type: ignore[arg-type]
    for analysis, more in ((catenary.emissions, {"mass": 1}), (catenary.routes, {})):
        with pytest.raises(OptionError, match=r"origin and destination are both Shanghai"):
            cast("Any", analysis)(sea_world(), origin="CNSHA", destination="Shanghai", **more)


def test_an_unknown_product_is_refused_where_nothing_flows() -> None:
    with pytest.raises(OptionError, match="product is 'tea'"):
        catenary.chokepoints(sea_world(), ports="CNSHA,NLRTM", product="tea")


def test_the_second_alternative_from_shanghai_to_rotterdam_is_the_cape() -> None:
    found = catenary.routes(sea_world(), origin="CNSHA", destination="NLRTM", alternatives=2)
    first, second = found.routes["passages"]
    assert "suez" in first
    assert "suez" not in second
    assert "cape_good_hope" in second


def test_a_person_reads_names_beside_codes_and_one_place_per_passage() -> None:
    legs = catenary.routes(sea_world(), origin="CNSHA", destination="NLRTM").legs
    shown = with_names(legs)
    assert shown["origin"].iloc[0] == "Shanghai (CNSHA)"
    assert shown["destination"].iloc[-1] == "Rotterdam (NLRTM)"
    passed = (legs["passage"] != "").to_numpy()
    assert shown["origin"][passed].str.startswith("through ").all()
    assert (shown["destination"][passed] == "").all()
    assert not shown["origin"][~passed].str.startswith("through ").any()
