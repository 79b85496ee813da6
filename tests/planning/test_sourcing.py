"""`sourcing`: from tables to plans, its options, its errors."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import catenary
from catenary import Change, Scenario, World
from catenary.errors import ComputationError, DataError, MissingDataError, OptionError
from catenary.testing import small_offers

pytestmark = pytest.mark.part("8.3")


def bought(result: catenary.Result) -> dict[str, float]:
    frame = result.tables["suppliers"]
    return dict(zip(frame["supplier"], frame["share"].round(6), strict=True))


def test_the_cheapest_supplier_gets_what_the_cap_allows() -> None:
    plan = catenary.sourcing(small_offers(), product="cells", quantity=10, cap=0.6)
    assert bought(plan) == {"near": 0.6, "far": 0.4}
    # far costs 12 × 1.05 + 1 and half a dollar of readiness, near 10.5: moving one unit saves 3.6
    assert plan.caps["price"].iloc[0] == pytest.approx(3.6)
    need = 10 * 12 * 30
    assert plan.plan["mean_cost"].iloc[0] == pytest.approx(need * (0.6 * 10.5 + 0.4 * 14.1))
    assert plan.plan["diversification"].iloc[0] == pytest.approx(need * 0.4 * 3.6)
    assert set(plan.deliveries["supplier"]) == {"near", "far"}


def test_carbon_tariffs_and_freight_move_purchases() -> None:
    """At 600 USD/t CO2e, 10 kg less of far are worth 6 USD, more than the 3.6 that it is dearer."""
    world = small_offers()
    assert bought(catenary.sourcing(world, product="cells", quantity=5)) == {"near": 1}
    green = catenary.sourcing(world, product="cells", quantity=5, carbon_price=600)
    assert bought(green) == {"far": 1}
    wall = Scenario("wall", (Change(target="offers.tariff", where={"region": "AAA"}, set=0.5),))
    assert bought(catenary.sourcing(world, product="cells", quantity=5, scenario=wall)) == {
        "far": 1
    }


def test_links_fill_in_what_offers_do_not_say() -> None:
    world = small_offers()
    offers = world.table("offers").drop(columns=["tariff", "freight", "lead_time", "emissions"])
    links = pd.DataFrame(
        {
            "origin": ["AAA", "AAA", "BBB"], "destination": "CCC",
            "product": ["", "cells", ""], "duration": [3.0, 4.0, 9.0],
            "tariff": [0.9, 0.1, 0.0], "cost": [100.0, 200.0, 50.0],
            "emissions": [1.0, 2.0, 4.0], "open": [1.0, 1.0, 0.5],
        }
    )  # fmt: skip
    world = world.with_(offers=offers, links=links)
    plan = catenary.sourcing(world, product="cells", region="CCC", quantity=20, penalty=99)
    frame = plan.suppliers.set_index("supplier")
    assert frame.loc["near", "unit_cost"] == pytest.approx(10 * 1.1 + 200 * 0.01)
    assert frame.loc["far", "unit_cost"] == pytest.approx(12 + 50 * 0.01)
    assert frame.loc["near", "lead_time"] == 4
    assert frame.loc["far", "contract"] == pytest.approx(4)  # half of 8 passes


def test_a_risky_country_is_hedged_by_another_and_by_stock() -> None:
    world = small_offers(futures=True)
    calm = catenary.sourcing(small_offers(), product="cells", quantity=10)
    plan = catenary.sourcing(
        world, product="cells", quantity=10, penalty=200, aversion=0.5, worth=True, compare=True
    )
    assert bought(calm) == {"near": 1}
    assert bought(plan)["far"] > 0
    one = plan.plan.iloc[0]
    assert one["worst_cost"] >= one["mean_cost"]
    assert one["evpi"] >= -1e-6
    assert one["vss"] >= -1e-6
    cost = plan.strategies.set_index("strategy")["objective"]
    assert cost["flexible"] <= cost["dual"] + 1e-6 <= cost["single"] + 2e-6
    assert "2 futures" in plan.summary()
    assert plan.figures()["value"].notna().all()


@settings(deadline=None, max_examples=10)
@given(cap=st.floats(0.5, 1), more=st.floats(0, 0.5))
def test_looser_caps_never_cost_more(cap: float, more: float) -> None:
    world = small_offers(futures=True)
    given = {"product": "cells", "quantity": 10, "penalty": 100}
    tight = catenary.sourcing(world, cap=cap, **given)  # type: ignore[arg-type]
    loose = catenary.sourcing(world, cap=min(cap + more, 1.0), **given)  # type: ignore[arg-type]
    assert loose.plan["objective"].iloc[0] <= tight.plan["objective"].iloc[0] * (1 + 1e-9)


def test_families_fail_one_at_a_time() -> None:
    plan = catenary.sourcing(
        small_offers(), product="cells", quantity=5, family="region", chance=0.5, penalty=50
    )
    assert plan.futures["future"].tolist() == ["undisturbed", "AAA", "BBB"]
    assert plan.futures["chance"].tolist() == pytest.approx([1 / 3] * 3)
    many = catenary.sourcing(
        small_offers(), product="cells", quantity=5, family="supplier", chance=0.1, penalty=50
    )
    assert len(many.futures) == 4


def test_a_future_hits_the_days_it_names_and_goods_on_their_way_later() -> None:
    """AAA stops on days 30–89: near's goods, 10 days on the way, are missed a period later."""
    plan = catenary.sourcing(
        small_offers(futures=True), product="cells", quantity=10, penalty=11, caps="BBB=0,spare=0",
        holding=100,
    )  # fmt: skip
    quake = plan.deliveries[plan.deliveries["future"] == "quake"]
    assert sorted(set(np.arange(12) * 30.0) - set(quake["day"])) == [60, 90]


def test_nobody_hoards_for_a_disruption_that_nobody_can_foresee() -> None:
    """AAA stops on day 30: what spare sends, 5 days on the way, is ordered before until day 60."""
    given = {"product": "cells", "quantity": 10, "penalty": 30, "caps": "BBB=0"}
    blind, seeing = (
        catenary.sourcing(small_offers(futures=True), foresight=some, **given)  # type: ignore[arg-type]
        for some in (False, True)
    )
    early = blind.deliveries[blind.deliveries["day"] < 60]
    ordered = early.groupby("future", observed=True)["quantity"].sum()
    assert ordered["quake"] == pytest.approx(ordered["undisturbed"])
    early = seeing.deliveries[seeing.deliveries["day"] < 60]
    ordered = early.groupby("future", observed=True)["quantity"].sum()
    assert ordered["quake"] > ordered["undisturbed"] + 1
    assert seeing.plan["objective"].iloc[0] < blind.plan["objective"].iloc[0]


def test_limits_that_contradict_each_other_are_named() -> None:
    with pytest.raises(ComputationError, match=r"the cap of 0\.3 on AAA; the cap of 0\.3 on BBB"):
        catenary.sourcing(small_offers(), product="cells", quantity=10, cap=0.3)
    with pytest.raises(ComputationError, match="the budget"):
        catenary.sourcing(small_offers(), product="cells", quantity=10, budget=5)
    with pytest.raises(ComputationError, match="demand of period 1") as caught:
        catenary.sourcing(small_offers(), product="cells", quantity=100)
    assert "budget" not in str(caught.value)
    assert "cap of" not in str(caught.value)


def test_wrong_options_say_what_is_right() -> None:
    world = small_offers()
    with pytest.raises(OptionError, match="product names 'cels'"):
        catenary.sourcing(world, product="cels", quantity=1)
    with pytest.raises(OptionError, match="not known how much"):
        catenary.sourcing(world, product="cells")
    with pytest.raises(OptionError, match="caps gives 'AAA'"):
        catenary.sourcing(world, product="cells", quantity=1, caps="AAA")
    with pytest.raises(OptionError, match="caps names 'CCC', from where nobody offers"):
        catenary.sourcing(world, product="cells", quantity=1, caps="CCC=0.2")
    with pytest.raises(OptionError, match="one future"):
        catenary.sourcing(small_offers(futures=True), product="cells", quantity=1, window=2)
    empty = world.without("offers").with_(
        products=pd.DataFrame({"id": ["cells", "packs"]}),
        producers=pd.DataFrame({"id": [], "region": [], "product": []}),
    )
    with pytest.raises(MissingDataError, match="nobody in this world offers"):
        catenary.sourcing(empty, product="packs", quantity=1)
    wrong = pd.DataFrame({"future": ["a", "a"], "chance": [0.1, 0.2]})
    with pytest.raises(DataError, match=r"chances 0\.1, 0\.2"):
        catenary.sourcing(world.with_(futures=wrong), product="cells", quantity=1)
    wrong = pd.DataFrame({"future": ["a", "b"], "chance": [0.6, 0.6]})
    with pytest.raises(DataError, match=r"add up to 1\.2"):
        catenary.sourcing(world.with_(futures=wrong), product="cells", quantity=1)


def test_a_chain_of_the_built_in_world_is_a_market() -> None:
    world = catenary.load("chains:pooled")
    assert isinstance(world, World)
    free = catenary.sourcing(world, product="batteries.cathode", region="USA", spare=0.2)
    assert any("price" in warning for warning in free.run.warnings)
    capped = catenary.sourcing(
        world, product="batteries.cathode", region="USA", spare=0.2, caps="CHN=0.2", penalty=50
    )
    china = capped.suppliers.loc[capped.suppliers["region"] == "CHN", "share"].sum()
    assert china <= 0.2 + 1e-9


def test_a_rolling_plan_says_what_seeing_everything_would_save() -> None:
    plan = catenary.sourcing(small_offers(), product="cells", quantity=10, window=2)
    assert "planned 2 periods ahead" in plan.run.warnings[0]
    assert bought(plan) == {"near": 1}
