"""Routes: laws on the tiny and the real sea, refusals, and published figures."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

import catenary
from catenary.errors import NoRouteError, OptionError
from catenary.logistics import Routes
from catenary.logistics.doors import GOALS, doors, sailing
from catenary.testing import tiny_sea, tiny_sea_world

if TYPE_CHECKING:
    import pandas as pd
    from logistics.conftest import Waters

pytestmark = pytest.mark.part("4.3")

SOME: Final = settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
TEXT: Final = ("passages", "best_by")


def found(waters: Waters, origin: str, destination: str, **options: Any) -> Routes | None:
    """Return routes, or nothing where no way is open."""
    try:
        result = catenary.routes(waters.world, origin=origin, destination=destination, **options)
    except NoRouteError:
        return None
    assert isinstance(result, Routes)
    return result


def ends(data: st.DataObject, waters: Waters) -> tuple[str, str]:
    """Draw two ports."""
    two = data.draw(st.lists(st.sampled_from(waters.ports), min_size=2, max_size=2, unique=True))
    return two[0], two[1]


def some(data: st.DataObject, waters: Waters, most: int = 3) -> list[str]:
    """Draw passages."""
    return data.draw(st.lists(st.sampled_from(waters.passages), max_size=most, unique=True))


def vessel(data: st.DataObject, waters: Waters) -> str:
    """Draw a ship."""
    return str(data.draw(st.sampled_from([waters.small, waters.large])))


def least(waters: Waters, a: str, b: str, goal: str, **options: Any) -> float:
    """Return the least of a goal; inf where no way is open."""
    result = found(waters, a, b, by=goal, **options)
    return math.inf if result is None else float(result.routes[goal].iloc[0])


def same(a: float, b: float) -> bool:
    """Return whether two numbers agree to rounding."""
    return a == b or math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-9)


def no_more(a: float, b: float) -> bool:
    """Return whether a number is no more than another, but for rounding."""
    return a <= b or same(a, b)


def used(result: Routes, route: Any = 1) -> list[str]:
    """Return the passages of a route."""
    text = str(result.routes.set_index("route")["passages"][route])
    return text.split(", ") if text else []


# --- laws -------------------------------------------------------------------------------------


@SOME
@given(st.data())
def test_distances_are_symmetric_and_keep_the_triangle(waters: Waters, data: st.DataObject) -> None:
    a, b = ends(data, waters)
    via = data.draw(st.sampled_from(waters.ports))
    ship = {"vessel": vessel(data, waters)}
    there = least(waters, a, b, "distance", **ship)
    assert there == least(waters, b, a, "distance", **ship)
    assume(via not in (a, b))
    legs = [least(waters, one, other, "distance", **ship) for one, other in ((a, via), (via, b))]
    assert there <= sum(legs) * (1 + 1e-12)


@SOME
@given(st.data())
def test_closing_never_shortens_and_opening_never_lengthens(
    waters: Waters, data: st.DataObject
) -> None:
    a, b = ends(data, waters)
    goal = data.draw(st.sampled_from(["distance", "duration", "cost"]))
    shut = some(data, waters)
    more = some(data, waters)
    ship = {"vessel": vessel(data, waters)}
    free = least(waters, a, b, goal, **ship)
    closed = least(waters, a, b, goal, closed=",".join(shut), **ship)
    tighter = least(waters, a, b, goal, closed=",".join({*shut, *more}), **ship)
    opened = least(waters, a, b, goal, opened=",".join(more), **ship)
    assert no_more(opened, free)
    assert no_more(free, closed)
    assert no_more(closed, tighter)


@SOME
@given(st.data())
def test_closed_and_avoided_passages_are_not_used(waters: Waters, data: st.DataObject) -> None:
    a, b = ends(data, waters)
    shut, avoided = some(data, waters), some(data, waters)
    result = found(
        waters, a, b, vessel=waters.small, closed=",".join(shut), avoid=",".join(avoided),
        alternatives=3, pareto=True,
    )  # fmt: skip
    assume(result is not None)
    assert result is not None
    for route in result.routes["route"]:
        assert not {*used(result, route)} & {*shut, *avoided}


@SOME
@given(st.data())
def test_the_best_is_no_worse_than_any_other(waters: Waters, data: st.DataObject) -> None:
    a, b = ends(data, waters)
    by = data.draw(st.sampled_from(GOALS))
    ship = {"vessel": vessel(data, waters)}
    result = found(waters, a, b, by=by, alternatives=4, pareto=True, **ship)
    assume(result is not None)
    assert result is not None
    table = result.routes
    assert all(no_more(table[by].iloc[0], other) for other in table[by])
    alone = found(waters, a, b, by=by, **ship)
    assert alone is not None
    assert same(alone.routes[by].iloc[0], table[by].iloc[0])
    risky = bool(table["risk"].any())
    assert (
        "risk" in " ".join(table["best_by"])
    ) == risky  # a goal that tells nothing apart is none
    assert by in str(table["best_by"].iloc[0]) or (by == "risk" and not risky)


@SOME
@given(st.data())
def test_efficient_routes_do_not_beat_each_other_and_hold_the_best(
    waters: Waters, data: st.DataObject
) -> None:
    a, b = ends(data, waters)
    ship = {"vessel": vessel(data, waters)}
    result = found(waters, a, b, pareto=True, **ship)
    assume(result is not None)
    assert result is not None
    table = result.routes[result.routes["efficient"]]
    numbers = table[list(GOALS)].to_numpy()
    for k, one in enumerate(numbers):
        others = np.delete(numbers, k, axis=0)
        beaten = (others <= one * (1 + 1e-9)).all(axis=1) & (others < one * (1 - 1e-9)).any(axis=1)
        assert not beaten.any()
    for goal in GOALS:
        assert same(table[goal].min(), least(waters, a, b, goal, **ship))


@SOME
@given(st.data())
def test_legs_add_up_and_join_and_paths_follow_them(waters: Waters, data: st.DataObject) -> None:
    a, b = ends(data, waters)
    result = found(waters, a, b, vessel=vessel(data, waters), alternatives=3)
    assume(result is not None)
    assert result is not None
    for number, legs in result.legs.groupby("route"):
        whole = result.routes.set_index("route").loc[number]
        for goal in GOALS:
            total = math.fsum(legs[goal])
            assert whole[goal] == (round(total, 3) if goal == "distance" else total)
        assert legs["origin"].iloc[0] == a
        assert legs["destination"].iloc[-1] == b
        assert (legs["origin"].to_numpy()[1:] == legs["destination"].to_numpy()[:-1]).all()
        assert ", ".join(p for p in legs["passage"] if p) == whole["passages"]
        path = result.paths[result.paths["route"] == number]
        assert list(dict.fromkeys(path["leg"])) == legs["leg"].tolist()
        assert (path["lon"].diff().abs().dropna() < 180).all()
        assert whole["distance"] > 0


@SOME
@given(st.data())
def test_a_larger_ship_never_has_more_or_shorter_ways(waters: Waters, data: st.DataObject) -> None:
    a, b = ends(data, waters)
    drafts = sorted(data.draw(st.tuples(st.floats(1, 25), st.floats(1, 25))))
    beams = sorted(data.draw(st.tuples(st.floats(5, 80), st.floats(5, 80))))
    small, large = (
        least(waters, a, b, "distance", vessel=waters.small, draft=draft, beam=beam)
        for draft, beam in zip(drafts, beams, strict=True)
    )
    assert small <= large


@SOME
@given(st.data())
def test_must_pass_is_passed_in_order(waters: Waters, data: st.DataObject) -> None:
    a, b = ends(data, waters)
    via = data.draw(st.lists(st.sampled_from(waters.passages), min_size=1, max_size=2, unique=True))
    call = data.draw(st.sampled_from(waters.ports))
    asked = [via[0], call, *via[1:]] if call not in (a, b) else via
    result = found(waters, a, b, via=",".join(asked), vessel=waters.small, alternatives=2)
    assume(result is not None)
    assert result is not None
    alone = found(waters, a, b, via=",".join(asked), vessel=waters.small)
    assert alone is not None
    assert same(alone.routes["cost"].iloc[0], result.routes["cost"].iloc[0])
    for number, legs in result.legs.groupby("route"):
        told = [*legs["passage"], *legs["destination"]]
        assert {*asked} <= {*told}
        order = iter(used(result, number))
        assert all(one in order for one in via)
    free = found(waters, a, b, vessel=waters.small)
    assert free is not None
    assert no_more(free.routes["cost"].iloc[0], result.routes["cost"].iloc[0])


@SOME
@given(st.data())
def test_alternatives_differ_in_passages(waters: Waters, data: st.DataObject) -> None:
    a, b = ends(data, waters)
    result = found(waters, a, b, vessel=waters.small, alternatives=4, by="distance")
    assume(result is not None)
    assert result is not None
    sets = [frozenset(used(result, number)) for number in result.routes["route"]]
    for k, one in enumerate(sets):
        assert not any(other <= one for other in sets[:k])


def test_partly_open_is_open_and_shut_is_shut(tiny: Waters) -> None:
    for share, way in ((1.0, "canal_a"), (0.01, "canal_a"), (0.0, "canal_b")):
        tables = {name: tiny.world.table(name) for name in ("facilities", "regions", "vessels")}
        passages = tiny.world.table("passages").reset_index()
        passages.loc[passages["id"] == "canal_a", "open"] = share
        world = catenary.World(
            {name: frame.reset_index() for name, frame in tables.items() if name != "vessels"}
            | {"passages": passages}
        )
        result = catenary.routes(
            world, origin="WWAAA", destination="EEFFF", by="distance", vessel="feeder"
        )
        assert used(result) == [way]


# --- numbers by hand --------------------------------------------------------------------------


def test_a_canal_by_hand(tiny: Waters) -> None:
    result = found(tiny, "WWAAA", "EEFFF", by="distance", vessel="small")
    assert result is not None
    canal = result.legs.set_index("passage").loc["canal_a"]
    day = 30 * 591 + 8_000  # USD: fuel and charter
    assert canal["distance"] == 100
    assert canal["duration"] == 0.5
    assert canal["cost"] == pytest.approx(400_000 + 0.5 * day)
    assert canal["emissions"] == pytest.approx(100 * 7_000 * 20 / 1e3)
    water = result.legs[result.legs["passage"] == ""]
    days = water["distance"] / (16 * 1.852 * 24)
    assert water["duration"].to_numpy() == pytest.approx(days.to_numpy())
    assert water["cost"].to_numpy() == pytest.approx((days * day).to_numpy())
    whole = result.routes.iloc[0]
    assert whole["cost_tonne"] == pytest.approx(whole["cost"] / 7_000)
    assert whole["emissions_tonne"] == pytest.approx(whole["distance"] * 20 / 1e3)


def test_speed_price_and_goods_change_the_cost(tiny: Waters) -> None:
    def cost(**options: Any) -> pd.Series:
        result = found(tiny, "WWAAA", "WWCCC", vessel="small", **options)
        assert result is not None
        return result.routes.iloc[0]

    base, slow = cost(), cost(speed=8)
    assert slow["duration"] == pytest.approx(2 * base["duration"])
    assert slow["cost"] / slow["duration"] == pytest.approx(8_000 + 30 * 591 / 2**3.02)
    assert slow["emissions"] == pytest.approx(base["emissions"] / 2**2.02)
    assert cost(fuel_price=0)["cost"] == pytest.approx(base["duration"] * 8_000)
    more = cost(goods_value=1000)["cost"] - base["cost"]
    assert more == pytest.approx(base["duration"] * 0.006 * 1000 * 7_000)


def test_tolls_grow_with_ships_and_risk_costs_a_share_of_the_hull() -> None:
    world = tiny_sea_world()
    tables = {name: world.table(name).reset_index() for name in ("vessels", "freight_factors")}
    passages = world.table("passages").reset_index()
    passages["toll_teu"], passages["risk"] = 2_000.0, 0.004
    tables["passages"] = passages
    for name, teu in (("small", 1_000), ("large", 13_000)):
        ship = sailing(catenary.World(tables), vessel=name)
        found_ = doors(catenary.World(tables), tiny_sea(), ship)
        assert found_.toll[0] == pytest.approx(400_000 * teu / 2_000)
        hull = {"small": 25e6, "large": 145e6}[name]
        assert found_.extra[0] == pytest.approx(found_.toll[0] + 0.004 * hull)
        assert found_.total(0, [0, 2]).risk == 0.008


def test_emissions_of_the_two_analyses_agree(tiny: Waters) -> None:
    result = found(tiny, "WWAAA", "EEFFF", by="distance", vessel="small")
    assert result is not None
    told = catenary.emissions(
        tiny.world, mass=7_000, origin="WWAAA", destination="EEFFF", vessel="small"
    )
    one = told.tables["emissions"].iloc[0]
    assert one["distance"] == pytest.approx(result.routes["distance"].iloc[0])
    assert one["well_to_wheel"] == pytest.approx(result.routes["emissions"].iloc[0] * 1.15)
    legs = told.tables["legs"]
    assert legs["destination"].tolist() == ["canal_a", "EEFFF"]


# --- places anywhere --------------------------------------------------------------------------


def test_places_at_sea_are_tied_to_lanes_and_to_each_other(tiny: Waters) -> None:
    near = found(tiny, "20,-30", "21,-31", vessel="small", by="distance")
    assert near is not None
    assert near.routes["distance"].iloc[0] == pytest.approx(152.4, abs=1)
    far = found(tiny, "20,-30", "EEFFF", vessel="small", by="distance")
    port = found(tiny, "WWBBB", "EEFFF", vessel="small", by="distance")
    assert far is not None
    assert port is not None
    assert far.routes["distance"].iloc[0] < port.routes["distance"].iloc[0]


@SOME
@given(lat=st.floats(-40, 40), lon=st.floats(12, 28), other=st.sampled_from(tiny_sea().ports))
def test_no_place_leads_round_a_closed_passage(
    tiny: Waters, lat: float, lon: float, other: str
) -> None:
    # from the strip between the oceans either side is reached, but not one through the other
    shut = "canal_a,canal_b,strait,cape"
    result = found(
        tiny, "WWAAA", "EEAAA", vessel="small", via=f"{lat:.3f},{lon:.3f};",
        closed=shut,
    )  # fmt: skip
    assert result is None
    del other


def test_a_route_crosses_the_antimeridian(real: Waters) -> None:
    result = found(real, "JPYOK", "USLAX", by="distance")
    assert result is not None
    assert result.routes["distance"].iloc[0] / 1.852 == pytest.approx(4_840, rel=0.025)
    assert result.paths["lon"].max() > 230
    sea = found(real, "0,179.5", "0,-179.5", by="distance")
    assert sea is not None
    assert sea.routes["distance"].iloc[0] == pytest.approx(111.2, rel=0.01)


# --- refusals ---------------------------------------------------------------------------------


def refused(waters: Waters, **options: Any) -> str:
    """Return what is said of options that cannot be."""
    given_ = {"origin": waters.ports[0], "destination": waters.ports[1], "vessel": waters.small}
    with pytest.raises((OptionError, NoRouteError)) as caught:
        catenary.routes(waters.world, **(given_ | options))
    assert "\n\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"destination": "WWAAA"}, ["origin and destination are both Westhaven (WWAAA)"]),
        ({"origin": "Westhavn"}, ["Westhavn", "did you mean 'Westhaven'"]),
        ({"origin": ""}, ["origin is blank"]),
        ({"origin": "121.5,31.2"}, ["latitude 121.5", "did you mean 31.2,121.5?"]),
        ({"origin": "10,400"}, ["longitude 400", "-180 to 180"]),
        ({"draft": 0}, ["draft is 0 m", "give 0.1"]),
        ({"draft": -3.0}, ["draft is -3 m"]),
        ({"beam": 0.0}, ["beam is 0 m"]),
        ({"speed": 0.0}, ["speed is 0 knot"]),
        ({"vessel": "smal"}, ["did you mean 'small'?"]),
        ({"via": "cape", "avoid": "cape"}, ["cape is named in both via and avoid"]),
        ({"via": "cape", "closed": "The cape"}, ["cape is named in both via and closed"]),
        ({"opened": "ice", "closed": "ice"}, ["ice is named in both opened and closed"]),
        ({"closed": "WWAAA"}, ["origin is Westhaven (WWAAA), which is closed"]),
        ({"closed": "Palmbay"}, ["destination is Palmbay (WWBBB), which is closed"]),
        ({"via": "WWCCC", "closed": "WWCCC"}, ["via is Southgate (WWCCC), which is closed"]),
        ({"closed": "canal_aa"}, ["'canal_aa'", "did you mean 'canal_a'"]),
        ({"avoid": "canal_aa"}, ["avoid names 'canal_aa', which is no passage", "'canal_a'"]),
        ({"via": "canal_aa"}, ["via names 'canal_aa'", "did you mean 'canal_a'"]),
        ({"by": "speed"}, ["by has no choice 'speed'"]),
    ],
)
def test_what_cannot_be_is_said(tiny: Waters, options: dict[str, Any], words: list[str]) -> None:
    text = refused(tiny, **options)
    for word in words:
        assert word in text


def test_a_pair_that_is_cut_off_is_told_what_would_join_it(tiny: Waters) -> None:
    every = "canal_a,canal_b,strait,cape"
    with pytest.raises(NoRouteError) as caught:
        catenary.routes(
            tiny.world, origin="WWAAA", destination="EEFFF", vessel="small", closed=every
        )
    assert {*caught.value.passages} == {*every.split(","), "ice"}
    assert "any one of these 5 would open one" in str(caught.value)
    assert "The ice (ice): closed in this world" in str(caught.value)
    with pytest.raises(NoRouteError) as caught:
        catenary.routes(
            tiny.world, origin="WWRRR", destination="EEFFF", vessel="small", draft=14.0,
            closed=every, alternatives=3,
        )  # fmt: skip
    assert caught.value.passages == ("river", "cape") or caught.value.passages[0] == "river"
    assert len(caught.value.passages) == 2
    assert "a draft of 14 m is more than its 13 m" in str(caught.value)


def test_a_ship_too_large_for_every_way_is_told_the_limit(tiny: Waters) -> None:
    text = refused(tiny, origin="WWRRR", draft=13.5)
    assert "it needs: The river (river): a draft of 13.5 m is more than its 13 m" in text
    assert "take a smaller ship for river" in text
    text = refused(tiny, via="canal_b", beam=33.0)
    assert "Canal B (canal_b): a beam of 33 m is more than its 32 m" in text


@SOME
@given(st.data())
def test_what_would_join_a_pair_does_join_it(waters: Waters, data: st.DataObject) -> None:
    a, b = ends(data, waters)
    shut = data.draw(st.lists(st.sampled_from(waters.passages), unique=True))
    try:
        catenary.routes(
            waters.world, origin=a, destination=b, vessel=waters.small, closed=",".join(shut)
        )
    except NoRouteError as error:
        alone = "any one" in str(error) or "it needs" in str(error)
        for tried in [{one} for one in error.passages] if alone else [{*error.passages}]:
            left = [one for one in shut if one not in tried]
            options = {"closed": ",".join(left), "opened": ",".join(tried)}
            assert found(waters, a, b, vessel=waters.small, **options) is not None


@pytest.mark.parametrize(
    ("place", "word"),
    [
        ("55.75,37.62", "Moscow"),
        ("42,51", "the Caspian"),
        ("-1,33", "Lake Victoria"),
        ("39.74,-104.99", "Denver"),
        ("53.5,108", "Lake Baikal"),
        ("-80,0", "Antarctica"),
    ],
)
def test_places_inland_and_on_lakes_are_refused(real: Waters, place: str, word: str) -> None:
    text = refused(real, origin=place, vessel="feeder")
    assert "km from navigable water" in text, word
    assert "the nearest ports are" in text


# --- what a reader sees -----------------------------------------------------------------------


def test_the_summary_speaks_of_every_route(tiny: Waters) -> None:
    result = found(tiny, "WWAAA", "EEFFF", vessel="small", alternatives=9)
    assert result is not None
    text = result.summary()
    assert text.startswith(
        "1. Westhaven (WWAAA) to Lantern (EEFFF): 21,478 km (11,597 nautical miles), 30.2 days"
    )
    assert len(text.splitlines()) == len(result.routes) == 4
    assert any("only 4 routes differ" in warning for warning in result.run.warnings)
    assert result.figures()["value"].iloc[0] == result.routes["distance"].iloc[0]
    assert result.run.options["by"] == "cost"


def test_worlds_of_worlds_are_told_apart(tiny: Waters) -> None:
    both = catenary.Worlds({"a": tiny.world, "b": tiny.world})
    result = catenary.routes(both, origin="WWAAA", destination="EEFFF", vessel="small")
    assert result.tables["routes"]["world"].tolist() == ["a", "b"]
    assert result.summary().splitlines()[1].startswith("b: 1. Westhaven (WWAAA)")
    assert len(result.figures()) == 8


# --- published figures ------------------------------------------------------------------------
# shared/methods.md, section 5: a router must reproduce them within 2.5 %


def miles(real: Waters, a: str, b: str, **options: Any) -> float:
    """Return the shortest distance in nautical miles."""
    return least(real, a, b, "distance", **options) / 1.852


@pytest.mark.parametrize(("origin", "more"), [("SGSIN", 0.42), ("SARTA", 0.74)])
def test_suez_shut_lengthens_as_unctad_says(real: Waters, origin: str, more: float) -> None:
    # UNCTAD (J. Hoffmann); for a ship that cannot use Panama
    usual = miles(real, origin, "NLRTM", vessel="ulcv")
    shut = miles(real, origin, "NLRTM", vessel="ulcv", closed="suez")
    assert shut / usual == pytest.approx(1 + more, rel=0.025)


def test_shanghai_to_rotterdam_is_as_long_as_published(real: Waters) -> None:
    # Pub. 151; Port Economics, Management and Policy
    assert miles(real, "CNSHA", "NLRTM") == pytest.approx(10_501, rel=0.025)
    cape = miles(real, "CNSHA", "NLRTM", via="cape_good_hope")
    assert cape == pytest.approx(13_800, rel=0.025)


def test_panama_shortens_new_york_to_san_francisco(real: Waters) -> None:
    # Knowles 2005
    usual = miles(real, "USNYC", "USSFO")
    before = miles(real, "USNYC", "USSFO", closed="panama_neopanamax,panama_panamax")
    assert usual / before == pytest.approx(0.40, abs=0.025)


def test_yokohama_to_london_without_canals(real: Waters) -> None:
    # Drewry 1992
    both = "suez,panama_neopanamax,panama_panamax"
    usual, before = (miles(real, "JPYOK", "GBLON", closed=shut) for shut in ("", both))
    assert usual == pytest.approx(11_021, rel=0.025)
    assert before == pytest.approx(14_427, rel=0.025)
