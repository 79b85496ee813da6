"""`cooperate` over stocks and capacity: by hand, by the axioms, on built-in chains, in words."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import catenary
from catenary import Change, Scenario, World
from catenary.errors import MissingDataError, OptionError, ScenarioError
from catenary.maths.pooling import Pool
from catenary.model.schema import result_columns
from catenary.studies.pooling import split
from catenary.studies.pools import Asked, Common
from catenary.testing import serial_chain, trading_world

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.part("8.7")

SEEDS = st.integers(0, 10**6)


def drawn(seed: int, n: int) -> Pool:
    rng = np.random.default_rng(seed)
    need = rng.lognormal(0, 1, (n, 1, 1)) * np.ones((n, 3, 1))
    return Pool(
        need=need, supply=need * rng.choice([0.0, 0.5, 1.0], need.shape),
        chance=rng.uniform(0.02, 0.2, 3), cost=np.full(n, 0.3), penalty=np.full(n, 10.0),
        held=np.zeros(n), lasting=False, available=np.ones(need.shape),
        freight=np.zeros((n, n)), later=np.zeros((n, n), np.int64),
    )  # fmt: skip


def turned(pool: Pool, order: Any) -> Pool:
    names = ("need", "supply", "cost", "penalty", "held", "available")
    return replace(pool, **{name: getattr(pool, name)[order] for name in names})


def swap() -> World:
    """Return a world where AAA and BBB each buy from a maker of their own."""
    return World(
        {
            "regions": pd.DataFrame({"id": ["AAA", "BBB", "CCC"]}),
            "products": pd.DataFrame({"id": ["p"], "unit": ["t"], "price": [100.0]}),
            "producers": pd.DataFrame(
                {"id": ["AAA.p", "BBB.p"], "region": ["AAA", "BBB"], "product": "p",
                 "output": [2.0, 2.0]}
            ),
            "supplies": pd.DataFrame({"supplier": ["AAA.p"][:0], "buyer": [], "quantity": []}),
            "demand": pd.DataFrame(
                {"product": "p", "region": ["AAA", "BBB"], "supplier": ["AAA.p", "BBB.p"],
                 "quantity": [2.0, 2.0]}
            ),
        },
        name="swap",
    )  # fmt: skip


@settings(max_examples=12)
@given(seed=SEEDS, n=st.integers(2, 5))
def test_shares_add_up_and_follow_who_and_not_which_place(seed: int, n: int) -> None:
    pool = drawn(seed, n)
    found = split(pool)
    total = found.alone.sum() - found.joint.cost
    assert found.saving.sum() == pytest.approx(total, abs=1e-8)
    assert found.leaving(found.priced).max() <= 1e-8
    order = np.random.default_rng(seed).permutation(n)
    np.testing.assert_allclose(split(turned(pool, order)).saving, found.saving[order], atol=1e-8)


@settings(max_examples=12)
@given(seed=SEEDS)
def test_alike_members_get_the_same_and_who_adds_nothing_gets_nothing(seed: int) -> None:
    pool = drawn(seed, 4)
    twins = turned(pool, [0, 0, 1, 2])
    assert split(twins).saving[0] == pytest.approx(split(twins).saving[1], abs=1e-8)
    idle = replace(pool, supply=np.concatenate([pool.need[:1], pool.supply[1:]]))
    assert split(idle).saving[0] == pytest.approx(0, abs=1e-8)


@settings(max_examples=5)
@given(seed=SEEDS)
def test_drawn_orders_come_near_the_exact_split(seed: int) -> None:
    pool = drawn(seed, 5)
    exact, some = split(pool), split(pool, exact=1, orders=40, seed=seed)
    assert some.orders == 40
    assert some.saving.sum() == pytest.approx(exact.saving.sum(), abs=1e-8)
    assert (np.abs(some.saving - exact.saving) <= 6 * some.error + 1e-8).all()


def test_two_with_a_maker_each_share_one_stock() -> None:
    found = catenary.cooperate(swap(), over="stocks", product="p", chance=0.1)
    # 2 t a day for 90 days, of 100 USD, kept for 20 % a year; lacking would cost ten times as much
    assert found.holdings["alone"].tolist() == pytest.approx([180, 180])
    one = found.pool.iloc[0]
    assert one["alone"] == pytest.approx(2 * 180 * 20)
    assert one["joint"] == pytest.approx(180 * 20)
    assert found.members["saving"].tolist() == pytest.approx([1800, 1800])
    assert found.members["transfer"].sum() == pytest.approx(0, abs=1e-6)
    assert one["leave"] == 0
    assert one["residual"] < 1e-8
    assert one["joint"] <= one["competing"]
    assert "Sharing is worth 3.60 thousand USD a year, 50.0%" in found.summary()
    assert "No member and no group would pay less" in found.summary()


def test_capacity_that_fails_with_its_region_serves_others_only() -> None:
    found = catenary.cooperate(swap(), over="capacity", product="p", chance=0.4, ready=0.05)
    # at home it stands still when it is needed: alone, nobody keeps any
    assert found.holdings["alone"].tolist() == [0, 0]
    assert found.holdings["joint"].tolist() == pytest.approx([2, 2])
    assert found.regimes.set_index("regime")["short"]["joint"] == pytest.approx(0, abs=1e-9)


def test_ways_between_members_are_those_of_links() -> None:
    world = swap()
    rows = pd.DataFrame(
        {"origin": ["AAA", "BBB"], "destination": ["BBB", "AAA"], "cost": [50.0, 80.0],
         "duration": [40.0, 0.0], "open": [1.0, 0.0]}
    )  # fmt: skip
    mass = world.table("products").assign(mass=0.5)
    asked = Asked(
        over="stocks", product="p", members="AAA,BBB", who="region", most=8, scenario=None,
        family="known", chance=0.1, periods=3, days=30.0, penalty=None, holding=0.2, ready=0.1,
        stock_days=0.0,
    )  # fmt: skip
    pool = Common.of(world.with_(links=rows, products=mass), asked).pool
    assert pool.freight.tolist() == [[0.0, 25.0], [np.inf, 0.0]]
    assert pool.later.tolist() == [[0, 2], [0, 0]]


def test_rights_are_swapped_rather_than_stock_sent() -> None:
    world = swap()
    rows = pd.DataFrame({"origin": ["AAA", "BBB"], "destination": ["BBB", "AAA"], "cost": 90.0})
    mass = world.table("products").assign(mass=1.0)
    far = catenary.cooperate(
        world.with_(links=rows, products=mass), over="stocks", product="p", chance=0.1
    )
    near = catenary.cooperate(world, over="stocks", product="p", chance=0.1)
    assert far.pool["joint"].iloc[0] == pytest.approx(near.pool["joint"].iloc[0])
    assert far.regimes["freight"].tolist() == pytest.approx([0, 0, 0], abs=1e-6)


def test_stock_that_is_there_counts() -> None:
    bare = catenary.cooperate(swap(), over="stocks", product="p").pool["alone"].iloc[0]
    some = catenary.cooperate(swap(), over="stocks", product="p", stock_days=20)
    assert some.holdings["held"].tolist() == [0, 0]  # final buyers keep none
    assert some.pool["alone"].iloc[0] == bare
    world = trading_world(regions=3)
    some = catenary.cooperate(world, over="stocks", product="p0", stock_days=20)
    assert some.holdings["held"].to_numpy() == pytest.approx(20 * some.members.set_index(
        "member").loc[some.holdings["member"], "need"].to_numpy())  # fmt: skip


def test_a_scenario_and_a_table_are_futures() -> None:
    shut = Scenario("shut", (
        Change(target="producers.capacity", where={"region": "AAA"}, multiply=0.5, days=45),
    ))  # fmt: skip
    found = catenary.cooperate(swap(), over="stocks", product="p", scenario=shut, chance=0.2)
    assert found.crises[["future", "chance"]].to_numpy().tolist() == [["shut", 0.2]]
    assert found.crises["cut"].iloc[0] == pytest.approx(45)
    ban = Scenario("ban", (Change(target="links.open", where={"origin": "R0"}, set=0.0),))
    world = trading_world(regions=3)
    cut = catenary.cooperate(world, over="stocks", product="p0", scenario=ban).crises
    assert cut["cut"].iloc[0] > 0
    table = pd.DataFrame({"future": ["storm"], "chance": [0.3], "region": ["BBB"],
                          "available": [0.5], "days": [30.0]})  # fmt: skip
    known = catenary.cooperate(swap().with_(futures=table), over="stocks", product="p")
    assert known.crises[["future", "cut"]].to_numpy().tolist() == [["storm", 30.0]]
    with pytest.raises(ScenarioError, match="none of which cuts supply"):
        catenary.cooperate(
            world, over="stocks", product="p0",
            scenario=Scenario("t", (Change(target="links.tariff", set=0.0),)),
        )  # fmt: skip


def test_members_are_regions_groups_or_producers() -> None:
    world = catenary.load("chains:home-first")
    assert isinstance(world, World)
    found = catenary.cooperate(
        world, over="stocks", product="medicines.api", members="EU27,USA,GBR,IND"
    )
    assert set(found.members["member"]) == {"EU27", "USA", "GBR", "IND"}
    one = found.pool.iloc[0]
    assert one["joint"] < one["alone"]
    assert one["residual"] < 1e-8
    makers = catenary.cooperate(
        world, over="capacity", product="semiconductors.silicon_wafers", who="producer", most=5
    )
    assert len(makers.members) == 5
    assert makers.members["member"].str.contains("semiconductors").all()
    assert any("are no members" in warning for warning in makers.run.warnings)


def test_tables_are_declared_and_come_back_from_a_file(tmp_path: Path) -> None:
    found = catenary.cooperate(trading_world(), over="capacity", product="p1")
    declared = {name: list(columns) for name, columns in result_columns("cooperate").items()}
    assert {name: list(frame) for name, frame in found.tables.items()} == declared
    catenary.save(found, tmp_path / "one.result")
    again = catenary.load(tmp_path / "one.result")
    assert isinstance(again, catenary.Result)
    assert again.summary() == found.summary()
    pd.testing.assert_frame_equal(again.tables["members"], found.members)
    page = dict(catenary.report(found).document)
    assert "NaN" not in json.dumps(page, allow_nan=False)
    ids = [section["id"] for section in page["sections"]]
    assert "table-members" in ids
    assert "table-ways" not in ids
    shown = next(one for one in page["sections"] if one["id"] == "savings")["rows"]
    np.testing.assert_allclose([row["value"] for row in shown], found.members["saving"], rtol=1e-5)
    assert [card["value"] for card in page["figures"][:3]] == pytest.approx(
        found.regimes["cost"].tolist(), rel=1e-5
    )
    assert page["title"]["en"] == "Alone or together: p1"


def test_several_worlds_are_told_apart() -> None:
    both = catenary.Worlds({"one": swap(), "two": swap()})
    found = catenary.cooperate(both, over="stocks", product="p")
    assert found.pool["world"].tolist() == ["one", "two"]
    assert found.summary().startswith("one: ")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({}, "needs the option 'scenario'"),
        ({"over": "stocks"}, "not said over stocks of what"),
        ({"over": "stocks", "product": "q"}, "product names 'q'"),
        ({"over": "stocks", "product": "p", "members": "AAA"}, "only AAA would be a member"),
        ({"over": "stocks", "product": "p", "members": "AAA,ZZZ"}, "no region 'ZZZ'"),
        ({"over": "stocks", "product": "p", "members": "AAA,CCC"}, "no region 'CCC'|buys no"),
        ({"over": "stocks", "product": "p", "members": "AAA,islands"}, "no region 'islands'"),
        ({"over": "stocks", "product": "p", "club": "AAA"}, "club says nothing"),
        ({"over": "capacity", "product": "p", "holding": 0.5}, "holding says nothing"),
        ({"scenario": Scenario("s"), "product": "p"}, "product says nothing"),
    ],
)
def test_what_is_wrong_is_said(options: dict[str, Any], words: str) -> None:
    with pytest.raises(OptionError, match=words):
        catenary.cooperate(swap(), **options)


def test_what_nobody_buys_or_nobody_can_keep_is_refused() -> None:
    with pytest.raises(OptionError, match="only AAA would"):
        catenary.cooperate(serial_chain(2), over="stocks", product="s1")
    world = swap()
    more = pd.concat([world.table("products").reset_index(),
                      pd.DataFrame({"id": ["q"], "unit": ["t"]})])  # fmt: skip
    with pytest.raises(MissingDataError, match="nobody in this world buys 'q'"):
        catenary.cooperate(world.with_(products=more), over="stocks", product="q")
    fresh = world.table("products").assign(storable=False)
    with pytest.raises(OptionError, match="cannot be kept in stock"):
        catenary.cooperate(world.with_(products=fresh), over="stocks", product="p")
