"""Every mechanism of a stress test as its user writes it: in tables, TOML and options."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

import catenary
from catenary import Matrix, Scenario, World
from catenary.errors import CatenaryError, ScenarioError
from catenary.testing import serial_chain, two_regions

if TYPE_CHECKING:
    from pathlib import Path


def changes(*texts: str) -> Scenario:
    return Scenario.parse("".join(f"[[changes]]\n{text}\n" for text in texts))


def stressed(world: World, scenario: Scenario, **options: Any) -> Any:
    return catenary.stress(world, scenario=scenario, **options)


def trade() -> World:
    """Two regions; A makes parts and builds, both assemble cars, B buys parts of A and of B."""
    return World(
        {
            "regions": pd.DataFrame({"id": ["A", "B"]}),
            "products": pd.DataFrame({"id": ["part", "car", "works"], "unit": "t"}),
            "producers": pd.DataFrame(
                {
                    "id": ["A.part", "B.part", "A.car", "B.car", "A.works"],
                    "region": ["A", "B", "A", "B", "A"],
                    "product": ["part", "part", "car", "car", "works"],
                    "output": [8.0, 4.0, 4.0, 8.0, 2.0],
                    "capacity": [16.0, 8.0, 4.0, 8.0, 6.0],
                    "capital": [100.0, 50.0, 80.0, 160.0, 30.0],
                }
            ),
            "supplies": pd.DataFrame(
                {
                    "supplier": ["A.part", "A.part", "B.part"],
                    "buyer": ["A.car", "B.car", "B.car"],
                    "quantity": [4.0, 4.0, 4.0],
                }
            ),
            "demand": pd.DataFrame(
                {
                    "product": ["car", "car", "works", "car"],
                    "region": ["A", "B", "A", "A"],
                    "supplier": ["A.car", "B.car", "A.works", "B.car"],
                    "quantity": [4.0, 5.0, 2.0, 3.0],
                }
            ),
            "consumers": pd.DataFrame(
                {"id": ["A.homes", "B.homes"], "region": ["A", "B"], "capital": [500.0, 400.0]}
            ),
        },
        name="trade",
    )


def made(result: Any, region: str, product: str) -> np.ndarray:
    frame = result.output
    rows = frame[(frame["region"] == region) & (frame["product"] == product)]
    path: np.ndarray = rows.sort_values("day")["output"].to_numpy()
    return path


QUIET = {"psi": 0.5, "overproduction": 1.0, "stock_days": 5}
REBUILD = 'recovery = { curve = "rebuild", days = 20, products = { works = 1.0 } }'


CAPITAL = 'target = "producers.capital"\nwhere = {id = "A.car"}\n'
HALF = "multiply = 0.5\ndays = 2\n"


@pytest.mark.part("2.1")
def test_rebuilding_is_asked_of_those_who_build_and_capital_comes_back() -> None:
    quake = changes(
        CAPITAL + f"multiply = 0.5\nstart = 4\ndays = 2\n{REBUILD}",
        'target = "consumers.capital"\nwhere = {id = "A.homes"}\n'
        f"add = -10\nstart = 4\ndays = 2\n{REBUILD}",
    )
    result = stressed(trade(), scenario=quake, days=900, **QUIET)
    left = result.checks["to_rebuild"].to_numpy()
    assert not left[:4].any()
    assert left[4] == pytest.approx(50)  # half of 80, and 10 of homes
    assert left[-1] < 1e-3
    cars, works = made(result, "A", "car"), made(result, "A", "works")
    np.testing.assert_allclose(cars[4:6], 2.0)
    assert cars[-1] == pytest.approx(4.0, rel=1e-4)
    assert works.max() == pytest.approx(4.5, rel=1e-6)  # 2 a day, and 50 over 20 days at first
    assert (works - 2).sum() == pytest.approx(50, rel=1e-4)


@pytest.mark.part("2.1")
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('target = "producers.capacity"\n' + HALF + REBUILD, "not for producers"),
        ('target = "consumers.capital"\nmultiply = 0.5', "how it comes back"),
        (CAPITAL + HALF + REBUILD.replace("1.0", "0.5"), "add up to 0.5"),
        (CAPITAL + HALF + 'recovery = { curve = "rebuild", days = 20 }', "needs products"),
    ],
)
def test_rebuilding_that_makes_no_sense_is_told(text: str, said: str) -> None:
    with pytest.raises(ScenarioError, match=said):
        changes(text)


@pytest.mark.part("2.1")
def test_a_product_that_nobody_has_cannot_rebuild() -> None:
    unknown = changes(
        'target = "producers.capital"\nwhere = {id = "A.car"}\nmultiply = 0.5\ndays = 2\n'
        'recovery = { curve = "rebuild", days = 20, products = { bricks = 1.0 } }'
    )
    with pytest.raises(ScenarioError, match="'bricks'"):
        stressed(trade(), scenario=unknown, days=5)


@pytest.mark.part("2.2")
def test_days_of_stock_of_a_pair_a_producer_a_product_and_all() -> None:
    stop = changes('target = "producers.capacity"\nwhere = {product = "part"}\nmultiply = 0')
    world = trade()
    world = world.with_(
        products=world.table("products").assign(stock_days=[9.0, np.nan, np.nan]),
        producers=world.table("producers").assign(
            stock_days=[np.nan, np.nan, 14.0, np.nan, np.nan]
        ),
        stocks=pd.DataFrame({"producer": ["A.car"], "input": ["part"], "target_days": [21.0]}),
    )
    for parts, days_a in (((), 21), (("stocks",), 14)):
        result = stressed(world.without(*parts), scenario=stop, days=40, psi=0.01, overproduction=1)
        # as long as stock lasts, and not a day more
        assert np.flatnonzero(made(result, "A", "car") > 1e-9).max() == days_a - 1
        assert np.flatnonzero(made(result, "B", "car") > 1e-9).max() == 9 - 1


@pytest.mark.part("2.3")
def test_who_is_served_first_decides_who_is_short() -> None:
    world = two_regions()
    hit = changes('target = "producers.capacity"\nwhere = {region = "AAA"}\nmultiply = 0.6')
    unmet = {}
    for rule in ("proportional", "final_last", "final_first", "small_first"):
        result = stressed(
            world,
            scenario=hit,
            days=20,
            rationing=rule,
            stock_days=30,
            overproduction=1,
        )
        demand = result.demand.set_index("region")
        unmet[rule] = float(demand.loc["AAA", "unmet"] / demand.loc["AAA", "demand"])
        assert result.checks["leak"].max() < 1e-12
    assert unmet["final_first"] == pytest.approx(0, abs=1e-12)
    assert unmet["final_last"] > unmet["proportional"] > 0.1
    assert unmet["small_first"] < unmet["proportional"]  # 3 of 16 is a small order


@pytest.mark.part("2.3")
def test_ranks_of_buyers_hold_in_tables_too() -> None:
    world = two_regions()
    hit = changes('target = "producers.capacity"\nwhere = {region = "AAA"}\nmultiply = 0.6')
    first = changes(
        'target = "consumers.priority"\nset = 1',
        'target = "producers.priority"\nset = 1',
        'target = "consumers.priority"\nwhere = {region = "AAA"}\nset = 0',
    )
    result = stressed(world, scenario=hit, measures=first, days=20, overproduction=1)
    assert result.demand.set_index("region").loc["AAA", "unmet"] == 0
    with pytest.raises(CatenaryError):
        stressed(
            world, scenario=hit, days=5,
            measures=changes('target = "consumers.priority"\nset = 0.5'),
        )  # fmt: skip


def linked(duration: float) -> World:
    return trade().with_(
        links=pd.DataFrame(
            {"origin": ["A", "B"], "destination": ["B", "A"], "duration": [duration, 0]}
        )
    )


@pytest.mark.part("2.4")
def test_a_closed_canal_adds_days_and_deliveries_pause_for_them() -> None:
    quiet = stressed(
        linked(20),
        scenario=changes('target = "links.duration"\nadd = 0'),
        days=60,
        **QUIET,
    )
    np.testing.assert_allclose(quiet.checks["output"], 1, atol=1e-13)
    canal = changes(
        'target = "links.duration"\nwhere = {origin = "A"}\nadd = 10\nstart = 10\ndays = 30'
    )
    result = stressed(linked(20), scenario=canal, days=200, psi=0.2, overproduction=1, stock_days=5)
    cars = made(result, "B", "car")
    # half of the parts of B pause on days 10 … 19: 10 days of use from 5 days of stock and half
    short = np.flatnonzero(cars < 8 * 0.999)
    assert 15 <= short.min() <= 20
    assert short.max() < 45  # and what was ordered in place of it is long on the way
    assert cars[-1] == pytest.approx(8, rel=1e-6)
    lost = (8 - cars).sum()
    assert 0 < lost < 4 * 10
    none = stressed(linked(20), scenario=canal, days=60, psi=0.2, overproduction=1, stock_days=15)
    np.testing.assert_allclose(made(none, "B", "car"), 8, rtol=1e-9)


@pytest.mark.part("2.4")
def test_a_lead_time_of_a_supply_is_a_lane_of_its_own() -> None:
    world = trade()
    full = world.table("producers")["output"].to_numpy()
    world = world.with_(
        supplies=world.table("supplies").assign(lead_time=[0.0, 12.0, 3.0]),
        producers=world.table("producers").assign(capacity=full),
    )
    stop = changes(
        'target = "producers.capacity"\nwhere = {id = "A.part"}\nmultiply = 0\nstart = 2'
    )
    result = stressed(world, scenario=stop, days=40, psi=0.2, overproduction=1, stock_days=5)
    home, abroad = made(result, "A", "car"), made(result, "B", "car")
    assert np.flatnonzero(home < 3.99).min() == 7  # 5 days of stock
    assert np.flatnonzero(abroad < 7.99).min() > 2 + 12 + 5  # what is on the way arrives first


@pytest.mark.part("2.5")
@pytest.mark.parametrize("links", [True, False])
def test_a_ban_moves_orders_and_final_buyers(*, links: bool) -> None:
    world = linked(0) if links else trade()
    ban = changes(
        'target = "links.open"\nwhere = {origin = "A", destination = "B"}\nmultiply = 0\n'
        "start = 5\ndays = 20"
    )
    result = stressed(world, scenario=ban, days=60, **QUIET)
    parts = made(result, "B", "part")
    np.testing.assert_allclose(parts[6:25], 8.0, rtol=1e-9)  # B makes what A may not send
    np.testing.assert_allclose(made(result, "A", "part")[6:25], 4.0, rtol=1e-9)
    np.testing.assert_allclose(made(result, "B", "car"), 8.0, rtol=1e-9)
    back = changes(
        'target = "links.open"\nwhere = {origin = "B", destination = "A"}\nmultiply = 0\nstart = 5'
    )
    other = stressed(world, scenario=back, days=30, **QUIET)
    cars = other.demand[other.demand["product"] == "car"].set_index("region")
    assert cars.loc["A", "demand"] == pytest.approx(30 * 7)
    assert cars.loc["A", "unmet"] == pytest.approx(25 * 3, rel=1e-9)  # A.car has nothing to spare


@pytest.mark.part("2.5")
def test_labour_is_a_loss_like_others_and_the_largest_holds() -> None:
    sick = changes(
        'target = "producers.labour"\nwhere = {region = "A"}\nmultiply = 0.7\ndays = 5',
        'target = "producers.capacity"\nwhere = {id = "A.car"}\nmultiply = 0.8\ndays = 5',
    )
    result = stressed(trade(), scenario=sick, days=10, **QUIET)
    np.testing.assert_allclose(made(result, "A", "car")[:5], 4 * 0.7)


@pytest.mark.part("2.5")
def test_scarcity_is_priced() -> None:
    hit = changes('target = "producers.capacity"\nwhere = {product = "car"}\nmultiply = 0.5')
    result = stressed(trade(), scenario=hit, days=5, price_response=0.5, **QUIET)
    prices = result.products.set_index("product")["price"]
    assert prices["car"] == pytest.approx(1.5)
    assert prices["works"] == 1
    giving = stressed(
        trade(),
        scenario=hit,
        days=5,
        price_response=0.5,
        demand_elasticity=0.5,
        **QUIET,
    )
    assert giving.demand["demand"].sum() < result.demand["demand"].sum()


@pytest.mark.part("2.6")
def test_switching_finds_capacity_to_spare() -> None:
    hit = changes('target = "producers.capacity"\nwhere = {id = "B.part"}\nmultiply = 0')
    alone = stressed(trade(), scenario=hit, days=60, orders="classic", **QUIET)
    switch = stressed(
        trade(),
        scenario=hit,
        days=60,
        orders="classic",
        switch_abroad=1.0,
        **QUIET,
    )
    assert made(alone, "B", "car")[-1] < 0.9 * 8
    assert made(switch, "B", "car")[-1] == pytest.approx(8, rel=1e-6)
    assert switch.checks["switched"].iloc[-1] == pytest.approx(4, rel=1e-6)
    off = stressed(trade(), scenario=hit, days=60, orders="classic", overproduction=1)
    assert off.checks["switched"].sum() == 0


LOST = 'target = "producers.capacity"\nwhere = '


@pytest.mark.part("2.7")
def test_capacity_by_day_and_events_that_overlap() -> None:
    text = (
        LOST
        + '{id = "A.car"}\nmultiply = 0\ndays = 0\nstart = 3\n'
        + 'recovery = { curve = "own", values = [0.9, 0.5, 0.25, 0.25] }',
        LOST + '{region = "A"}\nmultiply = 0.9\nstart = 4\ndays = 2',
    )
    result = stressed(trade(), scenario=changes(*text), days=12, **QUIET)
    np.testing.assert_allclose(
        made(result, "A", "car") / 4,
        [1, 1, 1, 0.1, 0.4, 0.65, 0.75, 1, 1, 1, 1, 1],
        atol=1e-9,
    )


@pytest.mark.part("2.11")
def test_rows_and_lists_are_chosen_by_density_and_give_the_same() -> None:
    rng = np.random.default_rng(0)
    count = 90
    ids = [f"R{i % 9}.p{i // 9}" for i in range(count)]
    flows = rng.random((count, count)) * (rng.random((count, count)) < rng.random((count, 1)))
    final = rng.random(count) * 60
    output = flows.sum(axis=1) + final
    regions = [f"R{i}" for i in range(9)]
    world = World(
        {
            "regions": pd.DataFrame({"id": regions}),
            "products": pd.DataFrame({"id": [f"p{i}" for i in range(10)]}),
            "producers": pd.DataFrame(
                {
                    "id": ids, "region": [i.split(".")[0] for i in ids],
                    "product": [i.split(".")[1] for i in ids], "output": output,
                }
            ),
            "consumers": pd.DataFrame({"id": ["R0.all"], "region": ["R0"]}),
            "intermediate": Matrix(flows, ids, ids, "t/day"),
            "final": Matrix(final[:, None], ids, ["R0.all"], "t/day"),
        }
    )  # fmt: skip
    hit = changes(
        'target = "producers.capacity"\nwhere = {region = "R1"}\nmultiply = 0.7\ndays = 9'
    )
    dense = stressed(world, scenario=hit, days=60)
    slow = changes(
        LOST + '{region = "R1"}\nmultiply = 0.7\ndays = 9',
        'target = "links.duration"\nadd = 0',  # a lane of no days puts all into lists
    )
    lists = stressed(world, scenario=slow, days=60)
    np.testing.assert_allclose(dense.output["output"], lists.output["output"], rtol=1e-9)


@pytest.mark.part("2.4", "2.5")
def test_a_scenario_of_links_is_read_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "canal.toml"
    file.write_text('[[changes]]\ntarget = "links.duration"\nwhere = {origin = "C"}\nadd = 10\n')
    with pytest.raises(ScenarioError, match="'C' matches no regions"):
        stressed(trade(), scenario=Scenario.read(file), days=5)
    assert serial_chain().name
