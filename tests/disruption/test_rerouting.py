"""Closures of the transport network in a stress test: laws of the coupling, and what is told."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import catenary
from catenary.disruption.preparing import prepare
from catenary.disruption.rerouting import rerouting
from catenary.errors import ScenarioError
from catenary.logistics.atlas import sea_world
from catenary.logistics.land import transport_world
from catenary.model import Change, Recovery, Scenario, World
from catenary.testing import serial_chain

pytestmark = pytest.mark.part("6.5")

FEW = settings(max_examples=12, deadline=None,
               suppress_health_check=[HealthCheck.function_scoped_fixture])  # fmt: skip
MAKERS = ("CHN", "KOR", "DEU", "USA", "SGP", "POL")
THINGS = ("suez", "malacca", "hormuz", "panama_neopanamax", "bab_el_mandeb", "dover",
          "border_deu_pol", "northern_corridor")  # fmt: skip


def trade(
    makers: tuple[str, ...] = MAKERS, *, mass: float = 1.0, price: float = 2000.0, **more: Any
) -> World:
    """Return a world in which everybody sells parts to all, and makes goods of them for all."""
    products = ("parts", "goods")
    producers = pd.DataFrame([
        {"id": f"{r}.{p}", "region": r, "product": p, "output": float(len(makers))}
        for r in makers for p in products
    ])  # fmt: skip
    supplies = pd.DataFrame([
        {"supplier": f"{a}.parts", "buyer": f"{b}.goods", "quantity": 1.0}
        for a in makers for b in makers
    ])  # fmt: skip
    demand = pd.DataFrame([
        {"region": b, "product": "goods", "quantity": float(len(makers))} for b in makers
    ])  # fmt: skip
    return World({
        "regions": pd.DataFrame({"id": list(makers)}),
        "products": pd.DataFrame({"id": list(products), "unit": "t", "mass": mass, "price": price,
                                  "stock_days": 3.0}),
        "producers": producers, "supplies": supplies, "demand": demand, **more,
    })  # fmt: skip


def small(lanes: list[tuple[str, float, float, str]], **shares: float) -> World:
    """Return two regions joined by lanes (id, days, USD/t, passage); passages open by shares."""
    facilities = pd.DataFrame({
        "id": ["A.place", "B.place"], "region": ["AAA", "BBB"], "kind": "depot",
        "lon": [10.0, 11.0], "lat": [50.0, 50.0],
    })  # fmt: skip
    rows = pd.DataFrame([
        {"id": label, "origin": "A.place", "destination": "B.place", "mode": "road",
         "distance": 100.0, "duration": days, "cost": cost, "emissions": 9.0, "passages": gate}
        for label, days, cost, gate in lanes
    ])  # fmt: skip
    gates = pd.DataFrame([
        {"id": gate, "kind": "border", "lon": 10.5, "lat": 50.0, "open": shares.get(gate, 1.0)}
        for *_, gate in lanes
    ])  # fmt: skip
    return trade(("AAA", "BBB"), facilities=facilities, lanes=rows, passages=gates)


def both(*scenarios: Scenario) -> Scenario:
    return Scenario("both", tuple(c for one in scenarios for c in one.changes))


def closing(*things: str, to: float = 0.0, start: float = 5, days: float | None = 30,
            target: str = "passages.open", **more: Any) -> Scenario:  # fmt: skip
    change = Change(
        target=target, where={"id": list(things)}, set=to, start=start, days=days, **more
    )
    return Scenario("closing", (change,))


@pytest.fixture(scope="module")
def world() -> World:
    return trade()


class TestLaws:
    def test_nothing_closed_changes_nothing_to_the_bit(self, world: World) -> None:
        calm = catenary.stress(world, scenario=Scenario("calm", ()), days=60)
        for one in (
            closing("suez", to=1.0), closing("suez", start=60.0), closing("hormuz", to=0.0),
            Scenario("none", (Change(target="passages.duration", where={"id": "suez"}, add=0.0),)),
        ):  # fmt: skip
            other = catenary.stress(world, scenario=one, days=60)
            for name in ("output", "losses", "shortages", "products", "demand", "checks"):
                assert calm.tables[name].equals(other.tables[name]), one

    @FEW
    @given(
        st.lists(st.sampled_from(THINGS), min_size=1, max_size=3, unique=True),
        st.sampled_from([0.0, 0.3, 0.9]),
        st.integers(0, 40),
        st.sampled_from([2, 6, 30, None]),
    )
    def test_no_closure_shortens_a_lead_time(
        self, world: World, things: list[str], to: float, start: int, days: int | None
    ) -> None:  # fmt: skip
        found = rerouting(world, closing(*things, to=to, start=start, days=days), 80)
        if found is None:
            return
        assert (found.late >= 0).all()
        assert (found.extra[0] >= 0).all()
        assert ((found.open >= 0) & (found.open <= 1)).all()
        assert not found.late[:start].any()
        assert not found.extra[:, :start].any()

    @FEW
    @given(st.sampled_from(THINGS), st.sampled_from([3, 10, 40]))
    def test_a_share_that_may_pass_halves_what_is_late(self, thing: str, days: int) -> None:
        world = trade()
        whole, half = (rerouting(world, closing(thing, to=to, days=days), 120) for to in (0.0, 0.5))
        if whole is None or half is None:
            assert whole is half
            return
        np.testing.assert_array_equal(whole.links, half.links)
        np.testing.assert_allclose(half.late, whole.late / 2, atol=1e-12)
        np.testing.assert_allclose(half.extra, whole.extra / 2, atol=1e-9)
        np.testing.assert_allclose(1 - half.open, (1 - whole.open) / 2, atol=1e-12)

    @FEW
    @given(st.sampled_from(THINGS), st.integers(1, 60))
    def test_a_longer_closure_never_makes_less_late(self, thing: str, days: int) -> None:
        world = trade()
        short, long = (rerouting(world, closing(thing, days=d), 150) for d in (days, days + 10))
        if short is None or long is None:
            assert short is None
            return
        late = dict.fromkeys(map(tuple, long.links.T.tolist()), 0.0)
        late |= dict(zip(map(tuple, long.links.T.tolist()), long.late.sum(axis=0), strict=True))
        for link, days_late in zip(map(tuple, short.links.T.tolist()), short.late.sum(axis=0),
                                   strict=True):  # fmt: skip
            assert late[link] >= days_late - 1e-9

    def test_goods_wait_where_that_is_better_than_the_way_round(self, world: World) -> None:
        days = {}
        for length in (2, 6, 90):
            found = rerouting(world, closing("suez", days=length), 150)
            assert found is not None
            k = int(found.column(np.array([0]), *(found.made.regions.get_indexer(pd.Index([r]))
                                                 for r in ("CHN", "DEU")))[0])  # fmt: skip
            days[length] = found.extra[0, :, k].max()
            waits = found.instead[k] is None
            assert waits == (length < 7), length
        assert (days[2], days[6]) == pytest.approx((2, 6))
        assert 6 < days[90] < 20

    @pytest.mark.parametrize("thing", ["suez", "us_landbridge", "malacca"])
    def test_goods_are_conserved_and_sums_add_up(self, thing: str) -> None:
        world = trade(mass=2.0)
        result = catenary.stress(world, scenario=closing(thing, to=0.4), days=120)
        assert result.checks["leak"].max() < 1e-9
        detours = result.detours
        if detours.empty:
            pytest.fail("nothing was rerouted")
        figures = result.figures().set_index("figure")["value"]
        assert figures["freight paid more"] == pytest.approx(detours["cost"].sum())
        assert figures["emitted more"] == pytest.approx(detours["emissions"].sum())
        # two tonnes a unit; a mean of what is paid by the tonne times the tonnes that paid it
        assert (detours["cost"] + detours["time_cost"]).min() >= -1e-6
        whole = detours[detours["open"] == 1]
        tonnes = 2.0 * whole["late"]
        same = whole["days"] > 0
        np.testing.assert_allclose(
            whole["cost"][same], (tonnes * whole["extra_cost"])[same], rtol=1e-6, atol=1e-6
        )

    @FEW
    @given(st.lists(st.sampled_from(THINGS), min_size=1, max_size=3, unique=True))
    def test_with_much_stock_no_output_is_lost(self, things: list[str]) -> None:
        world = trade()
        products = world.table("products").reset_index()
        rich = world.with_(products=products.assign(stock_days=400.0))
        result = catenary.stress(rich, scenario=closing(*things, days=20), days=100)
        assert result.losses["deepest"].max() < 1e-3

    def test_stock_of_three_days_is_not_enough_for_suez(self, world: World) -> None:
        result = catenary.stress(world, scenario=closing("suez", days=60), days=120)
        hit = result.shortages["producer"].tolist()
        assert "DEU.goods" in hit or "CHN.goods" in hit
        assert "suez" in result.summary()


class TestStates:
    def test_a_closure_with_a_recovery_fades(self, world: World) -> None:
        fading = closing("suez", days=10, recovery=Recovery(curve="linear", days=20))
        found = rerouting(world, fading, 120)
        assert found is not None
        link = found.column(np.array([0]), *(found.made.regions.get_indexer(pd.Index([r]))
                                             for r in ("CHN", "DEU")))  # fmt: skip
        extra = found.extra[0, :, link[0]]
        first = int(np.flatnonzero(extra)[0])
        assert extra[first] > 5
        assert (np.diff(extra[first + 10 :]) <= 1e-9).all()
        assert (extra[first : first + 28] > 0).all()
        assert not extra[first + 31 :].any()

    def test_what_has_no_way_is_lost_and_said(self) -> None:
        one = small([("road", 1.0, 5.0, "gate")])
        result = catenary.stress(one, scenario=closing("gate", days=None), days=60)
        assert set(result.detours["open"]) == {0.0}
        assert (result.detours["origin"] != result.detours["destination"]).all()
        assert result.detours["lost"].min() > 0
        assert "no way" in result.summary()
        waits = catenary.stress(one, scenario=closing("gate", days=10), days=60)
        assert (waits.detours["lost"] == 0).all()
        assert (waits.detours["extra_duration"] > 4).all()

    @pytest.mark.parametrize(
        ("target", "thing"),
        [("facilities.open", "CNSHA"), ("passages.open", "border_deu_pol"),
         ("facilities.duration", "BEANR"), ("passages.duration", "suez"),
         ("passages.duration", "border_deu_pol"), ("lanes.open", "road:DEU-POL:POL.place"),
         ("lanes.duration", "road:DEU-POL:POL.place")],
    )  # fmt: skip
    def test_ports_borders_and_lanes_close_and_slow_down(self, world: World, target: str,
                                                          thing: str) -> None:  # fmt: skip
        to = 0.0 if target.endswith("open") else 9.0
        result = catenary.stress(world, scenario=closing(thing, to=to, target=target), days=90)
        assert result.closures["thing"].tolist() == [thing]
        assert len(result.detours) > 0
        assert result.detours["extra_duration"].min() >= 0

    def test_a_delay_costs_the_days_or_the_way_round(self, world: World) -> None:
        usual = float(sea_world().part("passages").frame["duration"]["suez"])

        def longest(scenario: Scenario) -> float:
            found = rerouting(world, scenario, 90)
            assert found is not None
            at = (found.made.regions.get_indexer(pd.Index([r])) for r in ("SGP", "DEU"))
            return float(found.extra[0, :, found.column(np.array([0]), *at)].max())

        slow = [closing("suez", to=usual + days, target="passages.duration") for days in (0.5, 30)]
        assert longest(slow[0]) == pytest.approx(0.5, abs=0.02)
        assert longest(slow[1]) <= longest(closing("suez", days=None)) + 1e-9

    def test_a_slow_port_costs_its_days_once(self, world: World) -> None:
        usual = float(transport_world().part("facilities").frame["duration"]["CNSHA"])
        slow = closing("CNSHA", to=usual + 0.25, target="facilities.duration")
        found = rerouting(world, slow, 90)
        assert found is not None
        late = found.extra[0].max(axis=0)
        assert late.max() == pytest.approx(0.25, abs=1e-6)

    def test_goods_that_fly_do_not_wait_for_a_canal(self) -> None:
        chips = trade(mass=1e-6, price=1000.0)
        found = rerouting(chips, closing("suez"), 60)
        assert found is not None
        assert not found.late.any()

    def test_an_ensemble_runs_closures_too(self, world: World) -> None:
        options = {
            "stock_days": 90, "psi": 0.8, "restoration_days": 60, "overproduction": 1.25,
            "overproduction_days": 365, "orders": "alt", "rationing": "stated",
            "criticality": "stated", "switch_home": 0.0, "switch_abroad": 0.0,
            "price_response": 1.0, "demand_elasticity": 0.0, "capital_years": 4.0,
        }  # fmt: skip
        ready = prepare(world, closing("suez"), 60, options)
        assert ready.rerouted is not None
        assert ready.lanes is not None


class TestTwoWays:
    """Laws that an attack on the first version found broken."""

    def test_two_equal_ways_closed_by_two_changes_are_closed(self) -> None:
        world = small([("r1", 1.0, 5.0, "g1"), ("r2", 1.0, 5.0, "g2")])
        for_ever = both(closing("g1", start=3, days=None), closing("g2", start=4, days=None))
        found = rerouting(world, for_ever, 30)
        assert found is not None
        assert (found.open[6:] == 0).all()
        ending = both(closing("g1", start=3, days=8), closing("g2", start=4, days=9))
        found = rerouting(world, ending, 30)
        assert found is not None
        assert (found.open == 1).all()
        # g1 opens on day 11: who would go on day 4 waits seven days
        assert found.extra[0].max() == pytest.approx(7)

    def test_a_closure_that_goods_never_meet_changes_nothing(self, world: World) -> None:
        alone = rerouting(world, closing("suez"), 120)
        assert alone is not None
        for other in ("hormuz", "border_irn_tur"):
            late = closing(other, to=0.99, start=60, days=1)
            found = rerouting(world, both(closing("suez"), late), 120)
            assert found is not None
            at = found.column(*alone.links)
            assert (at >= 0).all()
            np.testing.assert_allclose(found.late[:50, at], alone.late[:50], atol=1e-9)

    @pytest.mark.parametrize("share", [1.0, 0.5, 0.1])
    def test_what_is_sent_pays_in_full_whatever_is_lost(self, share: float) -> None:
        world = small([("r1", 1.0, 5.0, "g1"), ("r2", 9.0, 25.0, "g2")])
        scenario = both(closing("g1", start=3, days=None),
                        closing("g2", to=share, start=0, days=None))  # fmt: skip
        result = catenary.stress(world, scenario=scenario, days=60)
        one = result.detours.iloc[0]
        assert one["extra_duration"] == pytest.approx(8)
        assert one["extra_cost"] == pytest.approx(20)
        assert one["cost"] == pytest.approx(20 * one["late"])
        assert one["open"] == pytest.approx(share)

    def test_the_first_days_do_not_depend_on_the_last(self, world: World) -> None:
        alone = small([("r1", 1.0, 5.0, "g1")])
        for where, scenario in (
            (alone, closing("g1", start=3, days=800)),
            (alone, both(closing("g1", start=3, days=10),
                         closing("g1", to=0.5, start=13, days=None))),
            (world, closing("suez", start=10, days=30, recovery=Recovery(days=20.0))),
        ):  # fmt: skip
            short, long = (rerouting(where, scenario, days) for days in (12, 60))
            assert short is not None
            assert long is not None
            np.testing.assert_allclose(long.extra[:, :12], short.extra, atol=1e-9)
            np.testing.assert_allclose(long.open[:12], short.open, atol=1e-9)

    @pytest.mark.parametrize("share", [0.3, 1.0])
    def test_what_opens_lets_its_share_pass(self, share: float) -> None:
        lanes = [("r1", 1.0, 5.0, "g1"), ("r2", 9.0, 5.0, "g2"), ("r3", 4.0, 500.0, "g3")]
        world = small(lanes, g2=0.0)
        scenario = both(closing("g1", start=3, days=None),
                        closing("g2", to=share, start=0, days=None))  # fmt: skip
        result = catenary.stress(world, scenario=scenario, days=60)
        one = result.detours.iloc[0]
        mean = 8 * share + 3 * (1 - share)
        assert one["extra_duration"] == pytest.approx(mean)
        assert one["passages_instead"] == ("g2" if share == 1 else "g3")

    def test_a_backlog_outlives_a_measure_that_saves_time(self, world: World) -> None:
        shut = closing("suez", days=60)
        plain = rerouting(world, shut, 120)
        quick = closing("suez", to=0.5, start=0, days=None, target="passages.duration")
        eased = rerouting(world, both(shut, quick), 120)
        assert plain is not None
        assert eased is not None
        at = eased.column(*plain.links)
        late = eased.late[:, at[at >= 0]]
        assert np.abs(late - plain.late[:, at >= 0]).max() < 1

    def test_only_passages_can_be_opened(self) -> None:
        world = small([("r1", 1.0, 5.0, "g1"), ("r2", 1.0, 5.0, "g2")])
        lanes = world.table("lanes").reset_index().assign(open=[1.0, 0.0])
        shut = world.with_(lanes=lanes.drop(columns=["source", "note"], errors="ignore"))
        with pytest.raises(ScenarioError, match="r2"):
            catenary.stress(shut, scenario=closing("r2", to=1.0, target="lanes.open"))


class TestTonnes:
    @pytest.mark.parametrize("value", [500.0, 8000.0])
    def test_money_becomes_tonnes_by_what_a_tonne_is_worth(self, value: float) -> None:
        world = trade()
        products = world.table("products").reset_index().drop(columns=["mass", "price"])
        money = world.with_(products=products.assign(unit="USD", value=value))
        weighed = trade(price=value)
        found, expected = (
            catenary.stress(one, scenario=closing("suez"), days=60).detours
            for one in (money, weighed)
        )
        assert len(found)
        for name in ("cost", "time_cost", "emissions"):
            np.testing.assert_allclose(found[name], expected[name] / value, rtol=1e-9, atol=1e-12)


class TestSilence:
    def test_changes_that_alter_nothing_are_told(self, world: World) -> None:
        nothing = Change(target="passages.duration", where={"kind": "strait"}, multiply=10.0)
        result = catenary.stress(world, scenario=Scenario("x", (nothing,)), days=30)
        assert any("alter nothing" in one for one in result.run.warnings)
        shut = catenary.stress(world, scenario=closing("suez"), days=30)
        assert not any("alter nothing" in one for one in shut.run.warnings)


class TestErrors:
    def test_an_unknown_passage_names_its_neighbours(self, world: World) -> None:
        with pytest.raises(ScenarioError) as error:
            catenary.stress(world, scenario=closing("suetz"))
        assert "suez" in str(error.value)

    def test_groups_of_the_world_are_known(self, world: World) -> None:
        ids = [*MAKERS, "far_east"]
        parents = ["far_east" if one in ("CHN", "KOR") else "" for one in ids]
        grouped = world.with_(regions=pd.DataFrame({"id": ids, "parent": parents}))
        change = Change(target="facilities.open", where={"region": "far_east", "kind": "port"},
                        set=0.0, start=5, days=30)  # fmt: skip
        result = catenary.stress(grouped, scenario=Scenario("ports", (change,)), days=60)
        assert {"CNSHA", "KRPUS"} <= set(result.closures["thing"])
        assert set(result.detours["origin"]) | set(result.detours["destination"]) >= {"CHN", "KOR"}

    def test_a_share_above_one_is_refused(self, world: World) -> None:
        with pytest.raises(ScenarioError, match=r"1\.5"):
            catenary.stress(world, scenario=closing("suez", to=1.5))

    def test_a_corridor_has_no_time_of_its_own(self, world: World) -> None:
        slow = closing("northern_corridor", to=5.0, target="passages.duration")
        with pytest.raises(catenary.CatenaryError, match="corridor"):
            catenary.stress(world, scenario=slow)

    def test_a_closure_in_a_world_without_places_says_so(self) -> None:
        lonely = serial_chain()
        with pytest.raises(catenary.CatenaryError, match="place"):
            catenary.stress(lonely, scenario=closing("suez"))
