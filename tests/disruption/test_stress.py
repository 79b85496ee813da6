"""Stress as its users meet it: worlds and scenarios in, tables and words out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from naive import simulate as naive_simulate

import catenary
from catenary import Change, Matrix, Recovery, Scenario, World
from catenary.errors import (
    BalanceError,
    MissingDataError,
    OptionError,
    ScenarioError,
    SchemaError,
)
from catenary.model.schema import result_columns
from catenary.testing import serial_chain, two_regions, worlds

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.part("1.5")

NOTHING = Scenario("nothing")


def cut(where: dict[str, Any], multiply: float = 0.0, **more: Any) -> Scenario:
    return Scenario(
        "cut", (Change(target="producers.capacity", where=where, multiply=multiply, **more),)
    )


def at(frame: pd.DataFrame, row: str, column: str) -> float:
    """Return the number in one cell."""
    return float(frame[column].loc[row])


@given(worlds())
@settings(max_examples=30)
def test_no_shock_no_loss(world: World) -> None:
    result = catenary.stress(world, scenario=NOTHING, days=365)
    frame = result.output
    assert (frame["output"] / frame["baseline"] - 1).abs().max() <= 1e-13
    assert (result.losses["loss"].abs() <= 1e-9).all()
    assert result.losses["first_day"].isna().all()
    assert result.shortages.empty
    assert (result.demand["unmet"] == 0).all()
    assert "Nothing breaks" in result.summary()


@given(world=worlds(), seed=st.integers(0, 2**32 - 1), classic=st.booleans())
@settings(max_examples=30)
def test_a_world_as_table_or_as_supplies_gives_what_the_naive_implementation_gives(
    world: World, seed: int, *, classic: bool
) -> None:
    rng = np.random.default_rng(seed)
    producers = world.table("producers")
    count, products = len(producers), len(world.ids("products"))
    product = world.part("producers").codes("product")
    losses = rng.random(count) * (rng.random(count) < 0.6)
    changes = tuple(
        Change(
            target="producers.capacity", where={"id": label}, multiply=1 - loss, start=4, days=10,
            recovery=Recovery(curve="linear", days=20),
        )
        for label, loss in zip(world.ids("producers"), losses, strict=True)
    )  # fmt: skip
    result = catenary.stress(
        world, scenario=Scenario("s", changes), days=60, stock_days=12, restoration_days=30,
        orders="classic" if classic else "alt",
    )  # fmt: skip
    if "intermediate" in world:
        flows, final = world.matrix("intermediate").dense, world.matrix("final").dense.sum(axis=1)
    else:
        supplies = world.part("supplies")
        flows = np.zeros((count, count))
        flows[supplies.codes("supplier"), supplies.codes("buyer")] = supplies.numbers("quantity")
        final = world.table("demand")["quantity"].to_numpy()
    days = np.arange(60)
    strength = np.where(days < 4, 0, np.where(days < 14, 1, np.clip(1 - (days - 13) / 20, 0, 1)))
    theirs = naive_simulate(
        flows, final, product, np.full((products, count), 12.0), 60, psi=0.8, tau_inv=30.0,
        alpha_max=1.25, tau_alpha=365.0, orders="classic" if classic else "alt",
        loss=strength[:, None] * losses, zeta_tol=-1.0,
    )  # fmt: skip
    frame = result.output
    label = frame["region"].astype(str) + "." + frame["product"].astype(str)
    wide = frame.assign(label=label).pivot_table(index="day", columns="label", values="output")
    ours = wide[list(world.ids("producers"))].to_numpy()
    scale = flows.sum(axis=1) + final
    np.testing.assert_allclose(ours / scale, theirs.output / scale, atol=1e-9)
    unmet = (theirs.unmet.sum(axis=0)).sum()
    assert result.demand["unmet"].sum() == pytest.approx(unmet, abs=1e-7 * scale.sum())


def test_a_chain_breaks_when_its_stock_is_used_up() -> None:
    world = serial_chain(3, stock_days=10)
    result = catenary.stress(world, scenario=cut({"product": "s0"}, start=2), days=40, psi=0.1)
    losses = result.losses.set_index("producer")
    # the mine stops on day 2; each next stage runs on its ten days of stock
    assert losses["first_day"].tolist() == sorted(losses["first_day"])
    assert losses.loc["AAA.s0", "first_day"] == 2
    assert losses.loc["AAA.s0", "limited_by"] == "capacity"
    assert losses.loc["AAA.s1", "limited_by"] == "s0"
    assert losses.loc["AAA.s1", "first_day"] == 12
    assert losses.loc["AAA.s1", "loss_days"] == pytest.approx(40 - 12)
    assert losses.loc["AAA.s2", "first_day"] == 22
    assert losses["recovered_day"].isna().all()
    shortages = result.shortages.set_index("producer")
    assert shortages.loc["AAA.s1", "input"] == "s0"
    assert [at(shortages, "AAA.s1", c) for c in ("first_day", "last_day", "days")] == [12, 39, 28]
    assert result.demand["unmet"].sum() == pytest.approx(40 - 22)
    assert "AAA.s1 is held down by its stock of s0 on 28 days" in result.summary()


def test_a_loss_ends_and_is_recovered() -> None:
    world = serial_chain(2, stock_days=30)
    scenario = cut({"product": "s1"}, 0.4, start=5, days=10, recovery=Recovery(days=20))
    result = catenary.stress(world, scenario=scenario, days=120, overproduction=1.0)
    worst = result.losses.set_index("producer").loc["AAA.s1"]
    assert worst["deepest"] == pytest.approx(0.6)
    assert worst["first_day"] == 5
    assert worst["recovered_day"] == 34  # 5 + 10 full days, then 19 of 20 that fade
    assert worst["loss"] == pytest.approx(0.6 * 10 + 0.6 * sum(1 - k / 20 for k in range(1, 20)))


def test_capital_and_capacity_are_two_readings_of_one_loss() -> None:
    world = serial_chain(2)
    capital = Scenario("k", (Change(target="producers.capital", multiply=0.7, days=9),))
    capacity = Scenario("c", (Change(target="producers.capacity", multiply=0.7, days=9),))
    both = Scenario("b", capital.changes + capacity.changes)
    one, other, larger = (
        catenary.stress(world, scenario=s, days=30).output["output"]
        for s in (capital, capacity, both)
    )
    pd.testing.assert_series_equal(one, other)
    pd.testing.assert_series_equal(one, larger)  # the larger of the two holds, not the sum


def test_demand_shocks_reach_suppliers_in_both_forms() -> None:
    world = serial_chain(2)
    half = Scenario("half", (Change(target="demand.quantity", multiply=0.5, start=3, days=20),))
    result = catenary.stress(world, scenario=half, days=60)
    losses = result.losses.set_index("producer")
    assert losses.loc["AAA.s1", "deepest"] == pytest.approx(0.5)
    assert losses.loc["AAA.s1", "limited_by"] == "demand"
    assert result.demand["demand"].sum() == pytest.approx(60 - 10)
    table = two_regions()
    less = Scenario(
        "less",
        (Change(target="final", where={"column": {"region": "AAA"}}, multiply=0.0, start=1),),
    )
    lost = catenary.stress(table, scenario=less, days=400).losses.set_index("producer")
    # without its final demand of 3, output settles where x = A x + y
    A = np.array([[8.0, 5.0], [4.0, 2.0]]) / np.array([16.0, 12.0])  # noqa: N806
    settled = np.linalg.solve(np.eye(2) - A, [0.0, 6.0]) / [16, 12]
    assert 1 - at(lost, "AAA.goods", "deepest") == pytest.approx(settled[0], abs=0.02)


def test_stocks_recipes_and_spare_capacity_are_read() -> None:
    world = serial_chain(2, stock_days=10)
    deep = world.with_(
        stocks=pd.DataFrame({"producer": ["AAA.s1"], "input": ["s0"], "target_days": [20.0]})
    )
    stop = cut({"product": "s0"})

    def first_short(world: World) -> float:
        shortages = catenary.stress(world, scenario=stop, days=60, psi=0.05).shortages
        return float(shortages["first_day"].iloc[0])

    half = deep.with_(stocks=deep.table("stocks").assign(on_hand=10.0))
    assert [first_short(w) for w in (world, deep, half)] == [10, 20, 10]
    soft = world.with_(
        recipes=pd.DataFrame({"product": ["s1"], "input": ["s0"], "criticality": [0.25]})
    )
    losses = catenary.stress(soft, scenario=stop, days=60).losses.set_index("producer")
    assert losses.loc["AAA.s1", "deepest"] == pytest.approx(0.25, abs=1e-3)
    never = world.with_(
        recipes=pd.DataFrame({"product": ["s1"], "input": ["s0"], "criticality": [0.0]})
    )
    losses = catenary.stress(never, scenario=stop, days=60).losses.set_index("producer")
    assert losses.loc["AAA.s1", "loss"] == pytest.approx(0)
    spare = world.with_(producers=world.table("producers").assign(capacity=2.0))
    result = catenary.stress(spare, scenario=cut({"product": "s0"}, 0.5), days=60)
    assert result.losses["loss"].sum() == 0


def test_half_of_chinas_solar_wafers() -> None:
    # the arithmetic of docs/worlds.md from the chosen shares: wafers 97 %, cells 79 % in China
    world = catenary.load("chains")
    scenario = catenary.scenario("china-wafers-half")
    result = catenary.stress(world, scenario=scenario, overproduction=1.0, days=365)  # type: ignore[arg-type]
    cells = result.losses[result.losses["product"] == "solar.cells"].set_index(["world", "region"])
    pooled = cells["deepest"].loc["pooled"]
    assert pooled.to_numpy() == pytest.approx(np.full(len(pooled), 0.485), abs=1e-3)
    assert cells.loc[("home-first", "CHN"), "deepest"] == pytest.approx(1 - 48.5 / 79, abs=1e-3)
    others = cells.loc["home-first"].drop("CHN")
    last = (others["baseline"] * (1 - others["deepest"])).sum() / others["baseline"].sum()
    assert 0.85 < 1 - last < 0.95  # 3 of 21 wafers are left to the rest, most of them with ROW


def test_columns_are_declared() -> None:
    stressed = catenary.stress(serial_chain(), scenario=cut({"product": "s0"}), days=20)
    for name, result in (("stress", stressed), ("footprint", catenary.footprint(two_regions()))):
        declared = {table: list(columns) for table, columns in result_columns(name).items()}
        assert {table: list(frame) for table, frame in result.tables.items()} == declared


def test_inputs_stay_and_the_run_says_how_to_repeat_it() -> None:
    world = serial_chain()
    before = world.digest
    result = catenary.stress(world, scenario=cut({"product": "s0"}), days=20)
    assert world.digest == before == result.run.world
    options = dict(result.run.options)
    scenario = Scenario.of(options.pop("scenario"))
    again = catenary.stress(world, scenario=scenario, **options)
    pd.testing.assert_frame_equal(again.output, result.output)


@given(worlds(dense=True))
@settings(max_examples=15)
def test_the_order_of_labels_does_not_matter(world: World) -> None:
    ids = world.ids("producers")
    order = np.random.default_rng(0).permutation(len(ids))
    matrix = world.matrix("intermediate")
    turned = World(
        {
            **{name: table.frame for name, table in world.tables.items()},
            "producers": world.table("producers").iloc[order],
            "products": world.table("products").iloc[::-1],
            "regions": world.table("regions").iloc[::-1],
            "intermediate": matrix.aligned_to(ids[order[::-1]], ids),
            "final": world.matrix("final"),
        }
    )
    scenario = cut({"product": "p0"}, 0.3, start=2, days=9)
    tables = [
        catenary.stress(w, scenario=scenario, days=40)
        .losses.astype({"region": "str", "product": "str", "limited_by": "str"})
        .sort_values("producer", ignore_index=True)
        for w in (world, turned)
    ]
    drop = ["limited_by", "deepest_day"]  # ties may fall either way
    pd.testing.assert_frame_equal(
        tables[0].drop(columns=drop), tables[1].drop(columns=drop), rtol=1e-9, atol=1e-9
    )


def test_collapse_is_said(shared: Path) -> None:
    result = catenary.stress(serial_chain(), scenario=cut({"product": "s0"}), days=60)
    assert any("collapse" in warning for warning in result.run.warnings)
    table = catenary.read("wiod", shared / "data" / "wiod2013", year=2011)
    result = catenary.stress(table, scenario=catenary.scenario("japan-2011"))
    said = " ".join(result.run.warnings)
    assert "352 negative cells of final were taken as 0" in said
    assert "collapse" not in said
    assert result.losses["producer"].iloc[0] == "JPN.c15"


@pytest.mark.part("1.8")
def test_what_cannot_be_run_says_why() -> None:
    world = serial_chain()
    with pytest.raises(OptionError, match="needs the option 'scenario'"):
        catenary.stress(world)  # type: ignore[call-arg]
    with pytest.raises(OptionError, match="scenario is 'tohoku-2011'") as caught:
        catenary.stress(world, scenario="tohoku-2011")  # type: ignore[arg-type]
    assert "catenary.scenario(name)" in caught.value.hint
    with pytest.raises(OptionError, match="no option 'dyas'") as caught:
        catenary.stress(world, scenario=NOTHING, dyas=3)  # type: ignore[call-arg]
    assert "'days'" in caught.value.hint
    with pytest.raises(OptionError, match="days is 0 day"):
        catenary.stress(world, scenario=NOTHING, days=0)
    with pytest.raises(OptionError, match="days is nan"):
        catenary.stress(world, scenario=NOTHING, days=float("nan"))  # type: ignore[arg-type]
    with pytest.raises(OptionError, match="whole number"):
        catenary.stress(world, scenario=NOTHING, days=1.5)  # type: ignore[arg-type]
    with pytest.raises(OptionError, match="orders has no choice 'classical'"):
        catenary.stress(world, scenario=NOTHING, orders="classical")  # type: ignore[arg-type]
    with pytest.raises(OptionError, match="got str instead of a World"):
        catenary.stress("chains", scenario=NOTHING)  # type: ignore[arg-type]
    flows = Scenario("s", (Change(target="supplies.quantity", multiply=0.5),))
    said = r"changes supplies\.quantity, which stress does not read"
    with pytest.raises(ScenarioError, match=said):
        catenary.stress(world, scenario=flows)
    with pytest.raises(MissingDataError, match="who supplies whom"):
        catenary.stress(world.without("supplies"), scenario=NOTHING)
    with pytest.raises(MissingDataError, match="who finally buys"):
        catenary.stress(world.without("demand"), scenario=NOTHING)


@pytest.mark.part("1.8")
def test_a_table_that_does_not_balance_is_refused() -> None:
    world = serial_chain()
    producers = world.table("producers").assign(output=[1.0, 1.1, 1.0])
    with pytest.raises(BalanceError, match=r"'AAA\.s1', 1 against 1\.1 a day") as caught:
        catenary.stress(world.with_(producers=producers), scenario=NOTHING)
    assert "producers.output" in caught.value.hint
    table = two_regions()
    flows = table.matrix("intermediate")
    doubled = Matrix(flows.dense * 2, flows.rows, flows.columns, flows.unit)
    with pytest.raises(BalanceError, match="row sums"):
        catenary.stress(table.with_(intermediate=doubled), scenario=NOTHING)


@pytest.mark.part("1.8")
def test_a_bad_supply_is_refused() -> None:
    world = serial_chain()
    supplies = world.table("supplies").assign(quantity=[-1.0, 1.0])
    with pytest.raises(SchemaError, match="out of bounds"):
        world.with_(supplies=supplies)
