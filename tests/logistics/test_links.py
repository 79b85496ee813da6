"""Links between regions: laws of closures, and what goods make of them."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import catenary
from catenary.errors import MissingDataError, OptionError
from catenary.logistics import linked
from catenary.logistics.carriage import Carriage, Closed, carriage
from catenary.logistics.hauling import GOALS, Goods, worth_of
from catenary.logistics.linking import linking
from catenary.logistics.shutting import closed_in, opened_in
from catenary.model import Matrix, World

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.part("6.5")

SOME = settings(max_examples=20, deadline=None,
                suppress_health_check=[HealthCheck.function_scoped_fixture])  # fmt: skip
COUNTRIES = ("CHN", "DEU", "USA", "SGP", "KAZ", "TWN", "ZMB", "SAU", "BRA", "GBR")
SHUT = (
    "suez", "bab_el_mandeb", "hormuz", "malacca", "singapore", "panama_neopanamax", "bosporus",
    "taiwan_strait", "gibraltar", "border_chn_kaz", "border_deu_fra", "northern_corridor",
    "trans_siberian", "dostyk", "NLRTM", "CNSHA", "SGSIN", "DEHAM", "PVG", "FRA", "chirundu",
)  # fmt: skip


def countries(**more: pd.DataFrame) -> World:
    """Return a world of countries with chips and ore."""
    products = pd.DataFrame({
        "id": ["chips", "cars", "ore"], "mass": [1e-5, 1.5, 1.0], "price": [100.0, 20_000.0, 100.0],
    })  # fmt: skip
    regions = pd.DataFrame({"id": list(COUNTRIES)})
    return World({"regions": regions, "products": products, **more})


def coal(mode: str) -> pd.DataFrame:
    """Return one product that goes by one mode."""
    return pd.DataFrame({"id": ["coal"], "mass": [1.0], "price": [90.0], "mode": [mode]})


def rows_by(frame: pd.DataFrame, name: str) -> dict[str, dict[str, Any]]:
    """Return rows as plain values, by a column."""
    return {str(row[name]): {str(k): v for k, v in row.items()} for row in frame.to_dict("records")}


@pytest.fixture(scope="module")
def made() -> dict[str, Carriage]:
    places = [f"{one}.place" for one in COUNTRIES]
    goods = [Goods(day=0.6), Goods(day=12.0), Goods(day=80.0), Goods(day=5e4), Goods(mode="sea"),
             Goods(day=9.0, mode="rail")]  # fmt: skip
    world = catenary.load("transport")
    return {
        by: carriage(cast("World", world), places, goods, by=by, vessel="container_8000")
        for by in GOALS
    }


# --- laws -----------------------------------------------------------------------------------------


def test_no_closure_changes_nothing_to_the_bit(made: dict[str, Carriage]) -> None:
    for one in made.values():
        assert one.reroute(Closed()) is one.base
        far = one.reroute(Closed(sea=("corinth",), facilities=("SYD",)))
        for new, old in zip(far.best, one.base.best, strict=True):
            assert (new.goal == old.goal).all()
            assert (new.figures == old.figures).all()
    world = countries()
    assert linked(world).digest == linked(world, closed="").digest
    assert linked(world).digest == linked(world, closed="corinth").digest


@SOME
@given(st.data())
def test_a_closure_never_shortens_a_lead_time_or_lowers_the_goal(
    made: dict[str, Carriage], data: st.DataObject
) -> None:
    one = made[data.draw(st.sampled_from(GOALS))]
    words = data.draw(st.lists(st.sampled_from(SHUT), min_size=1, max_size=5, unique=True))
    world = cast("World", catenary.load("transport"))
    found = one.reroute(closed_in(world, ",".join(words)))
    for new, old in zip(found.best, one.base.best, strict=True):
        assert (new.goal >= old.goal).all()
        assert (new.figures[0] >= old.figures[0]).all()


@SOME
@given(st.data())
def test_mended_ways_are_those_found_from_nothing(
    made: dict[str, Carriage], data: st.DataObject
) -> None:
    one = made[data.draw(st.sampled_from(["duration", "emissions"]))]
    words = data.draw(st.lists(st.sampled_from(SHUT), min_size=1, max_size=5, unique=True))
    closed = closed_in(cast("World", catenary.load("transport")), ",".join(words))
    mended, anew = one.reroute(closed), one._ways(closed, None)
    for q in range(len(one.goods)):
        np.testing.assert_allclose(mended.best[q].goal, anew.best[q].goal, rtol=1e-9)


@SOME
@given(st.data())
def test_closing_more_leaves_no_more_ways(made: dict[str, Carriage], data: st.DataObject) -> None:
    one = made["duration"]
    words = data.draw(st.lists(st.sampled_from(SHUT), min_size=2, max_size=6, unique=True))
    world = cast("World", catenary.load("transport"))
    less, more = (one.reroute(closed_in(world, ",".join(w))) for w in (words[:-1], words))
    for few, many in zip(less.best, more.best, strict=True):
        assert (many.goal >= few.goal * (1 - 1e-12)).all()


def test_each_goal_is_best_at_what_it_is_about(made: dict[str, Carriage]) -> None:
    for by, at in (("duration", 0), ("cost", 1), ("emissions", 2)):
        for other in made.values():
            for best, rival in zip(made[by].base.best, other.base.best, strict=True):
                assert (best.figures[at] <= rival.figures[at] * (1 + 1e-9)).all()


def test_goods_pay_for_their_time(made: dict[str, Carriage]) -> None:
    one = made["generalised"]
    for goods, best in zip(one.goods, one.base.best, strict=True):
        there = np.isfinite(best.goal)
        whole = best.figures[1][there] + goods.day * best.figures[0][there]
        assert best.goal[there] == pytest.approx(whole)
    apart = ~np.eye(len(COUNTRIES), dtype=bool)
    days = np.stack([best.figures[0][apart] for best in one.base.best[:4]])
    assert (np.diff(days, axis=0) <= 1e-9).all()


# --- the table ------------------------------------------------------------------------------------


def test_chips_fly_and_ore_sails() -> None:
    found = catenary.links(countries())
    table = found.links
    pair = (table["origin"] == "TWN") & (table["destination"] == "DEU")
    far = rows_by(table[pair], "product")
    modes = {product: row["mode"] for product, row in far.items()}
    assert modes == {"chips": "air", "cars": "sea", "ore": "sea"}
    assert far["chips"]["duration"] < 8 < far["ore"]["duration"]
    assert "suez" in far["ore"]["passages"].split(";")
    assert (table[["extra_duration", "extra_cost", "extra_emissions"]] == 0).all(axis=None)
    assert len(table) == 3 * len(COUNTRIES) * (len(COUNTRIES) - 1)
    assert found.unrouted.empty
    assert found.figures().set_index("figure").loc["links", "value"] == len(table)
    assert "by air" in found.summary()


def test_a_shut_canal_makes_ore_late_and_leaves_chips_alone() -> None:
    table = catenary.links(countries(), closed="suez").links
    pair = (table["origin"] == "CHN") & (table["destination"] == "DEU")
    far = rows_by(table[pair], "product")
    assert far["chips"]["extra_duration"] == 0
    assert 5 < far["ore"]["extra_duration"] < 20
    assert "cape_good_hope" in far["ore"]["passages"].split(";")
    assert "Closures change" in catenary.links(countries(), closed="suez").summary()


def test_linked_worlds_have_the_links_that_the_analysis_tells() -> None:
    world = countries()
    table = catenary.links(world, closed="suez").links
    own = linked(world, closed="suez").table("links")
    keys = ["origin", "destination", "product"]
    for name in keys:
        own[name] = own[name].astype("str")
    both = own.merge(table, on=keys, suffixes=("", "_told"))
    assert len(both) == len(own) == len(table)
    for name in ("duration", "cost", "emissions"):
        assert (both[name] == both[f"{name}_told"]).all()
    assert (both["passages"] == both["passages_told"]).all()
    assert (own["open"] == 1).all()


def test_linked_worlds_keep_tariffs_and_links_of_unknown_places() -> None:
    links = pd.DataFrame({
        "origin": ["CHN", "DEU", "EUX"], "destination": ["DEU", "CHN", "CHN"],
        "product": ["chips", "", ""], "tariff": [0.1, 0.2, 0.3], "open": [1.0, 0.5, 1.0],
    })  # fmt: skip
    world = countries().with_(regions=pd.DataFrame({"id": [*COUNTRIES, "EUX"]}), links=links)
    own = linked(world).table("links")
    pair = own.set_index(["origin", "destination", "product"])
    assert pair.loc[("CHN", "DEU", "chips"), "tariff"] == 0.1
    assert pair.loc[("CHN", "DEU", "ore"), "tariff"] == 0.0
    assert pair.loc[("DEU", "CHN", "ore"), "tariff"] == 0.2
    assert pair.loc[("DEU", "CHN", "ore"), "open"] == 0.5
    assert len(own[own["origin"] == "EUX"]) == 1
    told = catenary.links(world).run.warnings
    assert any("EUX" in str(one) for one in told)


def test_what_has_no_way_is_listed_with_its_share_of_trade() -> None:
    trade = Matrix(
        np.array([[0.0, 3.0], [1.0, 0.0]]), rows=["CHN", "USA"], columns=["CHN", "USA"],
        unit="USD/day",
    )  # fmt: skip
    world = World({
        "regions": pd.DataFrame({"id": ["CHN", "USA"]}), "trade": trade,
        "products": coal("rail"),
    })  # fmt: skip
    found = catenary.links(world)
    assert found.links.empty
    shares = found.unrouted.set_index("origin")["share"].to_dict()
    assert shares == {"CHN": 0.75, "USA": 0.25}
    assert any("have no way" in str(one) for one in found.run.warnings)


def test_a_link_that_a_closure_cuts_is_shut_in_the_linked_world() -> None:
    world = World({
        "regions": pd.DataFrame({"id": ["CHN", "KAZ"]}),
        "products": coal("road"),
    })  # fmt: skip
    around = ",".join(one for one in catenary.load("transport").ids("passages")  # type: ignore[union-attr]
                      if one.startswith("border_") and "kaz" in one)  # fmt: skip
    own = linked(world, closed=around).table("links")
    assert (own["open"] == 0).all()
    assert (own["duration"] == linked(world).table("links")["duration"]).all()
    assert len(catenary.links(world, closed=around).unrouted) == 2


def test_dearer_time_makes_goods_quicker() -> None:
    slow, quick = (
        catenary.links(countries(), value_of_time=v).links["duration"].mean()
        for v in (0.006, 0.021)
    )
    assert quick <= slow
    by = {goal: catenary.links(countries(), by=goal).links for goal in GOALS}
    assert by["duration"]["duration"].mean() <= by["cost"]["duration"].mean()
    assert by["emissions"]["emissions"].mean() <= by["duration"]["emissions"].mean()


def test_producers_say_what_is_made_where() -> None:
    producers = pd.DataFrame({
        "id": ["TWN.chips", "BRA.ore"], "region": ["TWN", "BRA"], "product": ["chips", "ore"],
        "output": 1.0,
    })  # fmt: skip
    table = catenary.links(countries(producers=producers)).links
    assert set(zip(table["origin"], table["product"], strict=True)) == {
        ("TWN", "chips"), ("BRA", "ore"),
    }  # fmt: skip


def test_stress_counts_the_days_on_the_way() -> None:
    world = linked(cast("World", catenary.load("chains:pooled")))
    found = catenary.stress(world, scenario=catenary.scenario("tohoku-2011"))
    assert len(found.tables)
    pairs = itertools.islice(world.table("links")["duration"], 5)
    assert all(0 < one < 120 for one in pairs)


def test_worlds_without_places_and_unknown_closures_are_explained() -> None:
    none = World({"regions": pd.DataFrame({"id": ["AAA", "BBB"]})})
    with pytest.raises(MissingDataError, match="0 regions of this world have a place"):
        catenary.links(none)
    with pytest.raises(OptionError, match="closed names 'sues'"):
        catenary.links(countries(), closed="sues")
    with pytest.raises(MissingDataError, match="no regions"):
        linking(World({"passages": pd.DataFrame({"id": ["x"]})}), by="cost", opened="",
                value_of_time=0.0, goods_value=0.0, vessel="container_8000")  # fmt: skip
    told = catenary.links(World({"regions": pd.DataFrame({"id": ["CHN", "DEU"]})}))
    assert (told.links["product"] == "").all()


# --- the built-in worlds --------------------------------------------------------------------------


@pytest.fixture(scope="module")
def chains() -> World:
    return cast("dict[str, World]", catenary.load("chains"))["pooled"]


def test_chips_of_the_chains_fly_and_their_ore_and_machines_of_wind_sail(chains: World) -> None:
    found = catenary.links(chains)
    flown = found.links["mode"].eq("air").groupby(found.links["product"]).mean()
    for one in ("atp", "fab_leading_edge", "fab_mature", "fab_dram", "fab_nand", "silicon_wafers"):
        assert flown[f"semiconductors.{one}"] > 0.9, one
    assert (flown[["vaccines.fill_finish", "semiconductors.euv_lithography"]] > 0.8).all()
    mined = [one for one in flown.index if one.startswith("batteries.") and one.endswith("mining")]
    heavy = ["solar.modules", "solar.solar_glass", "wind.blades", "wind.nacelles", "medicines.api"]
    assert len(mined) == 4
    assert (flown[[*mined, *heavy]] == 0).all()
    assert not any("USD/t" in one for one in found.run.warnings)


def test_what_does_not_travel_has_no_links_and_an_index_has_no_tonnes(chains: World) -> None:
    products = chains.table("products")
    still = set(products.index[products["mode"] == "none"])
    assert "semiconductors.eda" in still
    assert {one for one in products.index if one.endswith(".end_use")} <= still
    assert not still & set(catenary.links(chains).links["product"])
    assert products[["mass", "price"]].isna().all().all()
    detours = catenary.stress(chains, scenario=catenary.scenario("red-sea-2024"), days=60).detours
    assert detours["extra_cost"].notna().all()
    assert detours[["cost", "emissions"]].isna().all().all()


@given(st.floats(1, 1e7), st.floats(1e-3, 1e3), st.floats(1, 1e7))
def test_price_over_mass_is_what_a_tonne_is_worth_and_else_the_value(
    price: float, mass: float, value: float
) -> None:
    products = pd.DataFrame({
        "id": ["both", "value", "half", "none"], "price": [price, np.nan, price, np.nan],
        "mass": [mass, np.nan, np.nan, mass], "value": [value, value, value, np.nan],
    })  # fmt: skip
    world = World({"regions": pd.DataFrame({"id": ["CHN", "DEU"]}), "products": products})
    found = worth_of(world.part("products"))
    np.testing.assert_array_equal(found, [price / mass, value, value, np.nan])


WAYS = [
    # most Asian boxes enter the United States in the west, LA and Long Beach first (PMSA, JOC)
    ("CHN", "USA", "USLAX", "us_landbridge"), ("JPN", "USA", "USLAX", "us_landbridge"),
    ("VNM", "USA", "USLAX", "us_landbridge"), ("CHN", "CAN", "CAVAN", "canada"),
    # Germany's Asian trade: North Sea ports; Koper has 2 % of its cargo from it (Luka Koper)
    ("CHN", "DEU", "BEANR", "suez"), ("IND", "DEU", "BEANR", "suez"),
    # Koper is the first port of Austria (Verkehr)
    ("CHN", "AUT", "SIKOP", "suez"), ("CHN", "POL", "PLGDN", "suez"),
    ("DEU", "USA", "USNYC", "us_landbridge"), ("MEX", "USA", "rail_laredo", "us_mexico"),
]  # fmt: skip


@pytest.mark.part("6.1")
@pytest.mark.parametrize(("origin", "destination", "stop", "passage"), WAYS)
def test_goods_of_large_countries_go_by_the_ports_they_do_go_by(
    origin: str, destination: str, stop: str, passage: str
) -> None:
    world = World({"regions": pd.DataFrame({"id": [origin, destination]})})
    ways = linking(
        world, by="generalised", opened="", value_of_time=0.006, goods_value=2000.0,
        vessel="container_8000",
    ).base  # fmt: skip
    legs = ways.legs(0, 0, 1)
    stops = {end for leg in legs for end in (leg.origin, leg.destination)}
    passages = {one for leg in legs for one in leg.passages}
    if stop.startswith("rail_"):
        assert {leg.mode for leg in legs} >= {"rail"}
    else:
        assert stop in stops, stops
    assert passage in passages, passages


@pytest.mark.part("6.1")
def test_a_shut_west_coast_is_felt_by_what_comes_from_asia() -> None:
    world = World({"regions": pd.DataFrame({"id": ["CHN", "USA", "DEU"]})})
    found = catenary.links(world, closed="USLAX,USLGB,USOAK").links
    more = found.set_index(["origin", "destination"])["extra_cost"]
    assert more["CHN", "USA"] > 0
    assert more["DEU", "USA"] == 0


@pytest.mark.part("6.2")
@pytest.mark.parametrize("word", ["panama", "Panama Canal", "PANAMA"])
def test_a_word_that_several_passages_share_means_them_all_everywhere(word: str) -> None:
    """Not the port of Panama, as it once did for modes and links."""
    both = "panama_neopanamax, panama_panamax"
    names = ["CHN", "BRA", "USA"]
    trade = Matrix(np.eye(3, k=1) * 50.0, names, names, "t/day")
    world = World({"regions": pd.DataFrame({"id": names}), "trade": trade})
    for one in (world, cast("World", catenary.load("transport"))):
        assert closed_in(one, word) == Closed(sea=tuple(both.split(", ")))
        assert opened_in(one, word) == both.split(", ")
    asks: tuple[Callable[[str], pd.DataFrame], ...] = (
        lambda closed: catenary.congestion(world, closed=closed).places,
        lambda closed: catenary.upgrades(world, closed=closed, method="optimum").plan,
        lambda closed: catenary.links(world, closed=closed).links,
        lambda closed: catenary.modes(world, origin="CHN", destination="USA", closed=closed).modes,
        lambda closed: (
            catenary.distances(
                world, origins="CNSHA", destinations="USNYC", closed=closed
            ).distances
        ),
    )
    for ask in asks:
        pd.testing.assert_frame_equal(ask(word), ask(both))
