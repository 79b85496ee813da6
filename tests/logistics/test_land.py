"""The world transport and its network: rail, road, waterways and air with borders and transfers."""

from __future__ import annotations

import csv
import itertools
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import catenary
from catenary.errors import DataError, NoRouteError, OptionError, SchemaError
from catenary.logistics.air import airports, flights
from catenary.logistics.carriage import Carriage, Closed, carriage
from catenary.logistics.hauling import Goods
from catenary.logistics.land import AMOUNTS, land_of
from catenary.logistics.shutting import closed_in, land_passages, opened_in
from catenary.logistics.telling_ways import Ways
from catenary.maths.landways import Landways
from catenary.maths.sphere import great_circle
from catenary.model import World
from catenary.worlds import product_names, sources, transport, world_names

if TYPE_CHECKING:
    from collections.abc import Sequence

pytestmark = pytest.mark.part("6.1")

WORLD = cast("World", catenary.load("transport"))
SOME = settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
PLACES = ("CHN", "DEU", "KAZ", "USA", "ZMB", "MNG", "FRA", "POL", "IND", "AUS")


def compiled(*goods: Goods, places: Sequence[str] = PLACES, by: str = "generalised") -> Carriage:
    """Return ways between some countries."""
    ids = [f"{one}.place" for one in places]
    return carriage(WORLD, ids, goods, by=by, vessel="container_8000")  # type: ignore[arg-type]


def rows_by(frame: pd.DataFrame, name: str) -> dict[str, dict[str, Any]]:
    """Return rows as plain values, by a column."""
    return {str(row[name]): {str(k): v for k, v in row.items()} for row in frame.to_dict("records")}


@pytest.fixture(scope="module")
def ways() -> Carriage:
    return compiled(Goods(day=1.0), Goods(day=40.0), Goods(day=2000.0), Goods(day=5.0, mode="road"))


# --- figures and their sources --------------------------------------------------------------------


def test_every_lane_has_figures_and_a_source() -> None:
    lanes = WORLD.table("lanes")
    kinds = WORLD.table("sources")["kind"]
    for name in ("distance", "duration", "cost", "emissions"):
        assert lanes[name].notna().all()
    moving = lanes[lanes["mode"] != "transfer"]
    assert (moving.loc[moving["distance"] > 0, ["duration", "cost", "emissions"]] > 0).all(
        axis=None
    )
    assert (moving["distance"] > 0).mean() > 0.99  # two crossings may be at one point
    for name in ("lanes", "facilities", "passages", "haulage", "gateways"):
        named = WORLD.table(name)["source"].astype("str")
        assert set(kinds.loc[named.unique()]) <= {"fact", "assumption"}
    assert set(sources("transport")["id"]) == set(WORLD.ids("sources"))
    assert not product_names("transport")
    assert not world_names("transport")
    assert transport.passage_names()["lobito"] == "Lobito corridor"


def test_assumptions_say_why_and_facts_have_an_address() -> None:
    cited = WORLD.table("sources")
    own = cited.loc[cited.index.isin(WORLD.table("lanes")["source"].astype("str"))]
    assert (own.loc[own["kind"] == "fact", "url"] != "").all()
    assumed = cited[cited.index.str.startswith("assumed-")]
    assert (assumed["statement"] != "").all()
    assert (assumed["kind"] == "assumption").all()


def test_the_shipped_tables_are_small() -> None:
    folder = Path(transport.__file__).parent / "transport"
    assert sum(path.stat().st_size for path in folder.iterdir()) <= 300_000


def test_railways_are_as_long_and_as_slow_as_the_facts_say(shared: Path) -> None:
    with (shared / "facts" / "rail_corridors.csv").open(encoding="utf-8", newline="") as file:
        facts = {row["id"]: row for row in csv.DictReader(file)}
    lanes = WORLD.table("lanes")
    for lane, fact in {
        "rail:chongqing:duisburg": "ce_north_chongqing_duisburg",
        "rail:urumqi:brest": "ce_north_urumqi_brest",
        "rail:harbin:hamburg": "ce_harbin_hamburg",
        "rail:kunming:vientiane": "china_laos",
        "rail:mombasa:nairobi": "mombasa_nairobi_sgr",
        "rail:lobito:kolwezi": "lobito_kolwezi",
        "rail:dar_es_salaam:kapiri_mposhi": "tazara",
        "rail:rotterdam:genoa": "rhine_alpine",
    }.items():
        assert lanes.loc[lane, "distance"] == float(facts[fact]["length_km"])
        stated = facts[fact]["typical_days"]
        if stated.isdigit():
            assert lanes.loc[lane, "duration"] == float(stated)
        if facts[fact]["gauge_mm"]:
            assert lanes.loc[lane, "gauge"] == float(facts[fact]["gauge_mm"].split("/")[0])


def test_crossings_take_what_the_facts_say(shared: Path) -> None:
    with (shared / "facts" / "borders.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    both = [float(r["hours"]) for r in rows if r["crossing"].startswith("Beitbridge")]
    table = WORLD.table("passages")
    assert table.loc["beitbridge", "duration"] == pytest.approx(sum(both) / 24, rel=1e-5)
    usual = next(r for r in rows if r["crossing"].startswith("CAREC") and r["mode"] == "road"
                 and r["year"] == "2022")  # fmt: skip
    assert table.loc["border_afg_irn", "duration"] == pytest.approx(float(usual["hours"]) / 24)
    assert table.loc["border_afg_irn", "toll"] == pytest.approx(float(usual["cost_usd"]))
    assert table.loc["border_deu_fra", "duration"] == 0


def test_roads_are_great_circles_with_the_detour_of_haulage() -> None:
    lanes, at = WORLD.table("lanes"), WORLD.table("facilities")
    rate = WORLD.table("haulage").loc["road"]
    for label, one in lanes[lanes["mode"] == "road"].iloc[::500].iterrows():
        a, b = at.loc[one["origin"]], at.loc[one["destination"]]
        far = float(great_circle(a["lon"], a["lat"], b["lon"], b["lat"])) / 1e3
        assert one["distance"] == pytest.approx(far * 1.26, abs=1e-3), label
        assert one["duration"] == pytest.approx(one["distance"] / rate["speed"])
        assert one["emissions"] == pytest.approx(one["distance"] * 0.09502)


def test_flights_are_great_circles_with_a_detour() -> None:
    ports = airports(WORLD)
    found = flights(WORLD, ports.loc[["PVG", "FRA", "ORD"]])
    far = float(great_circle(*ports.loc["PVG", ["lon", "lat"]], *ports.loc["FRA", ["lon", "lat"]]))
    assert found[3, 0, 1] == pytest.approx(far / 1e3 * 1.063)
    assert found[2, 0, 1] == pytest.approx(found[3, 0, 1] * 0.66646)
    assert (found[:, 0, 1] == found[:, 1, 0]).all()
    assert np.isinf(found[:, 0, 0]).all()


def test_every_country_with_a_place_is_reached_from_china() -> None:
    at = WORLD.table("facilities")
    places = [one for one in at.index if one.endswith(".place")]
    gated = set(WORLD.table("gateways")["region"].astype("str"))
    assert gated - {one[:3] for one in places} == {"ATA", "HMD", "UMI"}  # nobody lives there
    gated &= {one[:3] for one in places}
    made = carriage(WORLD, places, [Goods(day=1.0)], by="generalised", vessel="container_8000")
    row = made.base.best[0].goal[places.index("CHN.place")]
    lost = {p[:3] for p, cost in zip(places, row, strict=True) if np.isinf(cost)} - {"CHN"}
    assert not lost & (gated - {"TKL"}), lost


# --- laws -----------------------------------------------------------------------------------------


def test_ways_back_are_as_long_as_ways_there(ways: Carriage) -> None:
    assert ways.land.both
    for best in ways.base.best:
        np.testing.assert_allclose(best.goal, best.goal.T)


def test_no_stop_on_the_way_makes_a_road_shorter(ways: Carriage) -> None:
    far = ways.base.direct[3][0]
    for i, j, k in itertools.permutations(range(len(PLACES)), 3):
        assert far[i, j] <= far[i, k] + far[k, j] + 1e-9


def test_no_way_needs_a_port_or_city_beside_the_road() -> None:
    land = land_of(WORLD)
    assert 0.2 < land.inner.mean() < 0.6
    at = land.nodes([f"{one}.place" for one in PLACES])
    every = np.broadcast_to(np.arange(len(land.inner)), (len(at), len(land.inner)))
    weight = np.where(land.closed, np.inf, land.amounts[1] + 7 * land.amounts[0])
    some, all_ = (
        Landways.of(land.net, weight, land.amounts[:1], at, every, inner=inner).found[0]
        for inner in (land.inner, None)
    )
    np.testing.assert_allclose(some, all_, rtol=1e-4)


def test_legs_add_up_to_the_way(ways: Carriage) -> None:
    for closed in (Closed(), closed_in(WORLD, "suez, border_chn_kaz, NLRTM")):
        found = ways.reroute(closed)
        told = Ways(ways, found)
        for q, best in enumerate(found.best):
            for i, j in itertools.permutations(range(len(PLACES)), 2):
                legs = told.legs(q, i, j)
                if np.isinf(best.goal[i, j]):
                    assert not legs
                    continue
                whole = [sum(getattr(leg, name) for leg in legs) for name in AMOUNTS[:3]]
                assert best.figures[1:, i, j] == pytest.approx(whole[1:])
                assert best.figures[0, i, j] >= whole[0] - 1e-9  # goods that are early wait
                ends = [leg.origin for leg in legs[1:]]
                assert [leg.destination for leg in legs[:-1]] == ends
                assert legs[0].origin == ways.places[i]
                assert legs[-1].destination == ways.places[j]


@SOME
@given(st.data())
def test_what_is_closed_is_not_used(ways: Carriage, data: st.DataObject) -> None:
    told = Ways(ways, ways.base)
    used = sorted({w for q in range(4) for i, j in itertools.permutations(range(len(PLACES)), 2)
                   for w in told.passages(q, i, j)})  # fmt: skip
    shut = data.draw(st.lists(st.sampled_from(used), min_size=1, max_size=4, unique=True))
    after = Ways(ways, ways.reroute(closed_in(WORLD, ",".join(shut))))
    for q in range(4):
        for i, j in itertools.permutations(range(len(PLACES)), 2):
            assert not set(after.passages(q, i, j)) & set(shut)


def test_a_country_of_the_inner_land_goes_by_ports_of_others(ways: Carriage) -> None:
    told = Ways(ways, ways.base)
    legs = told.legs(0, PLACES.index("ZMB"), PLACES.index("CHN"))
    sea = next(leg for leg in legs if leg.mode == "sea")
    gate = WORLD.table("gateways")
    regions = set(gate.loc[gate["facility"].astype("str") == sea.origin, "region"].astype("str"))
    assert any(one.startswith("border_") for one in told.passages(0, PLACES.index("ZMB"), 0))
    assert regions


def test_a_border_without_a_road_can_be_opened() -> None:
    shut = compiled(Goods(mode="road"), places=("DZA", "MAR"))
    assert "border_dza_mar" not in Ways(shut, shut.base).passages(0, 0, 1)
    assert land_passages(WORLD)["border_dza_mar"] in opened_in(WORLD, "border_dza_mar")
    opened = carriage(WORLD, shut.places, shut.goods, by="cost", vessel="container_8000",
                      opened=["border_dza_mar"])  # fmt: skip
    assert "border_dza_mar" in Ways(opened, opened.base).passages(0, 0, 1)
    assert opened.base.best[0].figures[1, 0, 1] < shut.base.best[0].figures[1, 0, 1]


# --- published figures and examples ---------------------------------------------------------------


def test_china_to_europe_by_rail_is_between_air_and_sea() -> None:
    found = catenary.modes(WORLD, origin="rail_chongqing", destination="rail_duisburg")
    by = rows_by(found.modes, "mode")
    assert by["air"]["duration"] < by["rail"]["duration"] < by["sea"]["duration"]
    assert by["rail"]["duration"] == pytest.approx(16 + 2)  # published, and a day in each terminal
    assert by["sea"]["cost"] < by["rail"]["cost"] < by["air"]["cost"]
    assert by["rail"]["emissions"] < by["road"]["emissions"] < by["air"]["emissions"]
    for mode, legs in found.legs.groupby("mode"):
        row = by[str(mode)]
        for name in ("distance", "duration", "cost", "emissions"):
            assert legs[name].sum() == pytest.approx(row[name])
    assert "By rail" in found.summary()
    assert set(found.figures()["unit"]) == {"day", "USD/t", "kg CO2e/t"}


def test_a_shut_corridor_sends_trains_another_way() -> None:
    before, after = (
        rows_by(catenary.modes(WORLD, origin="CHN", destination="DEU", closed=shut).modes, "mode")
        for shut in ("", "northern_corridor")
    )
    assert "northern_corridor" in before["rail"]["passages"]
    assert "northern_corridor" not in after["rail"]["passages"]
    assert after["rail"]["generalised"] > before["rail"]["generalised"]
    assert after["sea"]["cost"] == before["sea"]["cost"]


# --- own lanes and bad input ----------------------------------------------------------------------


def own(**changed: Any) -> World:
    """Return three places in a row, with lanes of their own."""
    at = pd.DataFrame({"id": ["a", "b", "c"], "region": ["AAA", "BBB", "CCC"], "kind": "depot",
                       "lon": [0.0, 1.0, 2.0], "lat": 0.0})  # fmt: skip
    lanes = pd.DataFrame({
        "origin": ["a", "b"], "destination": ["b", "c"], "mode": ["road", "rail"],
        "distance": [100.0, 200.0], "duration": [1.0, 2.0], "cost": [10.0, 5.0],
        "emissions": [9.0, 3.0], "both": [True, False],
    }).assign(**changed)  # fmt: skip
    regions = pd.DataFrame({"id": ["AAA", "BBB", "CCC"]})
    return World({"regions": regions, "facilities": at, "lanes": lanes})


def test_a_world_may_bring_its_own_lanes_and_one_way_ones() -> None:
    found = rows_by(catenary.modes(own(), origin="AAA", destination="CCC").modes, "mode")["rail"]
    assert [found[name] for name in ("duration", "cost", "emissions")] == [3.0, 15.0, 12.0]
    with pytest.raises(NoRouteError, match="no way by any mode leads from c to a"):
        catenary.modes(own(), origin="CCC", destination="AAA")


@pytest.mark.parametrize(
    ("changed", "error", "told"),
    [
        ({"capacity": -1.0}, SchemaError, "capacity"),
        ({"destination": ["b", "nowhere"]}, SchemaError, "nowhere"),
        ({"mode": "rocket"}, SchemaError, "rocket"),
        ({"destination": ["a", "c"]}, DataError, "end where they begin"),
    ],
)
def test_lanes_that_make_no_sense_are_refused(
    changed: dict[str, Any], error: type[Exception], told: str
) -> None:
    with pytest.raises(error, match=told):
        catenary.modes(own(**changed), origin="AAA", destination="CCC")


def test_goods_by_a_mode_that_no_lane_has_are_refused() -> None:
    with pytest.raises(DataError, match="go by waterway, and no lane does"):
        carriage(own(), ["a", "b"], [Goods(mode="waterway")], by="cost", vessel="container_8000")


def test_unknown_words_are_explained() -> None:
    with pytest.raises(OptionError, match="'border_chn_kas'") as told:
        closed_in(WORLD, "border_chn_kas")
    assert "border_chn_kaz" in str(told.value)
    with pytest.raises(OptionError, match="opened names 'sues'"):
        opened_in(WORLD, "sues")
    with pytest.raises(OptionError, match="origin is 'Atlantis'"):
        catenary.modes(WORLD, origin="Atlantis", destination="DEU")
    with pytest.raises(OptionError, match="both"):
        catenary.modes(WORLD, origin="DEU", destination="DEU")
    assert closed_in(WORLD, "Duisburg").facilities
    assert land_of(WORLD).node("nobody") == -1
    assert AMOUNTS[0] == "duration"
