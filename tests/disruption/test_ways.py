"""What passes between regions: partly closed ways, and everything else that stops at them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

import catenary
from catenary import Scenario, World
from catenary.errors import DataError, OptionError, ScenarioError

pytestmark = pytest.mark.part("2.4", "2.5", "2.6")

CALM = {"psi": 0.5, "overproduction": 1.0, "stock_days": 4, "days": 40}


def way(origin: str, destination: str, more: str) -> str:
    where = f'{{ origin = "{origin}", destination = "{destination}" }}'
    return f'[[changes]]\ntarget = "links.open"\nwhere = {where}\n{more}\n'


def world(*, other: float = 0.0, links: pd.DataFrame | None = None) -> World:
    """A makes ore for the steel of B; C makes `other` of it, and could make ten times more."""
    parts: dict[str, Any] = {
        "regions": pd.DataFrame({"id": ["A", "B", "C"]}),
        "products": pd.DataFrame({"id": ["ore", "steel", "works"]}),
        "producers": pd.DataFrame(
            {
                "id": ["A.ore", "C.ore", "B.steel", "C.works"],
                "region": ["A", "C", "B", "C"],
                "product": ["ore", "ore", "steel", "works"],
                "output": [10.0 - other, other + 1, 10.0, 5.0],
                "capacity": [40.0, 40.0, 10.0, 50.0],
                "capital": [100.0, 100.0, 100.0, 100.0],
            }
        ),
        "supplies": pd.DataFrame(
            {
                "supplier": ["A.ore", "C.ore"],
                "buyer": ["B.steel", "B.steel"],
                "quantity": [10.0 - other, other],
            }
        ),
        "demand": pd.DataFrame(
            {
                "product": ["steel", "ore", "works"], "region": ["B", "C", "C"],
                "supplier": ["B.steel", "C.ore", "C.works"], "quantity": [10.0, 1.0, 5.0],
            }
        ),
    }  # fmt: skip
    if links is not None:
        parts["links"] = links
    return World(parts)


def path(result: Any, region: str, product: str) -> np.ndarray:
    frame = result.output
    rows = frame[(frame["region"] == region) & (frame["product"] == product)]
    found: np.ndarray = rows.sort_values("day")["output"].to_numpy()
    return found


def run(of: World, text: str, **options: Any) -> Any:
    return catenary.stress(of, scenario=Scenario.parse(text), **{**CALM, **options})


@pytest.mark.parametrize("share", [0.0, 0.01, 0.3, 0.5, 0.99])
@pytest.mark.parametrize("orders", ["alt", "classic"])
def test_a_partly_closed_way_lets_its_share_pass_and_no_more(share: float, orders: str) -> None:
    result = run(world(), way("A", "B", f"set = {share}\nstart = 5"), orders=orders)
    ore = path(result, "A", "ore")
    np.testing.assert_allclose(ore[:5], 10)
    assert ore[5:].max() <= 10 * share + 1e-9  # a sole supplier behind it sells no more
    if share <= 0.5:  # once the stock is used up
        np.testing.assert_allclose(path(result, "B", "steel")[30:], 10 * share, atol=1e-4)
    assert result.checks["leak"].max() <= 1e-12


def test_others_are_asked_for_what_a_partly_closed_way_keeps_back() -> None:
    result = run(world(other=4.0), way("A", "B", "set = 0.5\nstart = 5\ndays = 15"))
    a, c = path(result, "A", "ore"), path(result, "C", "ore")
    assert a[5:20].max() <= 3 + 1e-9
    np.testing.assert_allclose(c[6:20], 4 + 3 + 1, rtol=1e-9)
    np.testing.assert_allclose(path(result, "B", "steel"), 10, rtol=1e-9)
    np.testing.assert_allclose(a[-1], 6, rtol=0.02)  # and all is as before once it is open
    np.testing.assert_allclose(c[-1], 5, rtol=0.02)


def test_final_buyers_get_no_more_than_a_partly_closed_way_lets_pass() -> None:
    parts = world(other=4.0)
    demand = parts.part("demand").frame.assign(region=["C", "C", "C"])
    result = run(parts.with_(demand=demand), way("B", "C", "set = 0.25"))
    unmet = result.demand.set_index(["region", "product"])["unmet"]
    assert unmet["C", "steel"] == pytest.approx(0.75 * 10 * CALM["days"])


def test_a_product_with_its_own_way_is_left_alone_by_the_way_of_all() -> None:
    half = way("A", "B", "set = 0.5")
    blank = run(world(), half)
    named = run(
        world(),
        half + '[[changes]]\ntarget = "links.open"\n'
        'where = { origin = "C", destination = "A", product = "ore" }\nset = 0.999\n',
    )
    np.testing.assert_allclose(path(named, "A", "ore"), path(blank, "A", "ore"))


def test_switching_does_not_cross_a_closed_way() -> None:
    capacity = '[[changes]]\ntarget = "producers.capacity"\nwhere = { id = "C.ore" }\nset = 0\n'
    both = world(other=9.0)
    how = {"switch_abroad": 1.0, "orders": "classic"}
    free = run(both, capacity, **how)
    closed = run(both, capacity + way("A", "B", "set = 0"), **how)
    assert free.checks["switched"].sum() > 10
    assert closed.checks["switched"].sum() == 0
    assert path(closed, "A", "ore")[1:].max() == 0


def test_rebuilding_does_not_cross_a_closed_way() -> None:
    damage = (
        '[[changes]]\ntarget = "producers.capital"\nwhere = { id = "B.steel" }\nmultiply = 0.5\n'
        'days = 1\nrecovery = { curve = "rebuild", days = 5, products = { works = 1.0 } }\n'
    )
    free, closed = run(world(), damage), run(world(), damage + way("C", "B", "set = 0"))
    assert free.checks["to_rebuild"].iloc[-1] < 1
    np.testing.assert_allclose(closed.checks["to_rebuild"], 50)


@pytest.mark.parametrize(
    ("target", "change", "said"),
    [
        ("links.open", "set = 1.5", r"links.open 1\.5 .* 0 to 1"),
        ("links.open", "set = -1", r"links.open -1 .* 0 to 1"),
        ("links.open", "add = 1", r"links.open 2 "),
        ("links.duration", "add = -5", r"links.duration -5 .* 0 to 3650"),
        ("links.duration", "set = 1e9", r"links.duration 1e\+09"),
    ],
)
def test_ways_that_make_no_sense_are_told(target: str, change: str, said: str) -> None:
    text = f'[[changes]]\ntarget = "{target}"\nwhere = {{ origin = "A" }}\n{change}\n'
    with pytest.raises(ScenarioError, match=said):
        run(world(), text)


def test_one_way_stands_once() -> None:
    links = pd.DataFrame({"origin": ["A", "A"], "destination": ["B", "B"], "duration": [0.0, 9.0]})
    with pytest.raises(DataError, match="repeat"):
        world(links=links)


def test_before_the_first_day_ways_are_as_the_world_says() -> None:
    longer = '[[changes]]\ntarget = "links.duration"\nwhere = { origin = "A" }\nadd = 6\ndays = 9\n'
    first = run(world(), longer)
    later = run(world(), longer + "start = 10\n", days=50)
    np.testing.assert_allclose(path(first, "B", "steel"), path(later, "B", "steel")[10:], atol=1e-9)
    assert path(first, "B", "steel").min() < 1  # four days of stock, six without deliveries


def test_small_orders_first_and_time_on_the_way_exclude_each_other() -> None:
    longer = '[[changes]]\ntarget = "links.duration"\nwhere = { origin = "A" }\nadd = 6\n'
    with pytest.raises(OptionError, match="small_first does not go with"):
        run(world(), longer, rationing="small_first")


@pytest.mark.part("2.1")
def test_capital_that_nobody_knows_cannot_be_destroyed() -> None:
    table = world()
    blank = table.with_(producers=table.part("producers").frame.assign(capital=np.nan))
    damage = (
        '[[changes]]\ntarget = "producers.capital"\nwhere = { id = "B.steel" }\nmultiply = 0.5\n'
        'days = 1\nrecovery = { curve = "rebuild", days = 5, products = { works = 1.0 } }\n'
    )
    with pytest.raises(ScenarioError, match=r"1 of the 1 damaged .*B\.steel"):
        run(blank, damage)  # ten of ore make ten of steel: no value added to take it from
    with pytest.raises(ScenarioError, match="more than there is"):
        run(table, damage.replace("multiply = 0.5", "multiply = 1.5"))


@pytest.mark.part("2.7")
def test_what_a_gain_hides_is_found_when_it_is_over() -> None:
    lost = '[[changes]]\ntarget = "producers.capacity"\nwhere = { id = "A.ore" }\nmultiply = 0.4\n'
    gain = lost.replace("0.4", "1.5") + "days = 10\n"
    with pytest.raises(ScenarioError, match=r"on day 10 producer 'A\.ore' loses 120%"):
        run(world(), lost + lost + gain)


@pytest.mark.part("2.7")
def test_changes_in_force_on_no_day_and_rebuilding_that_crowds_out_are_told() -> None:
    short = '[[changes]]\ntarget = "producers.capacity"\nmultiply = 0.5\nstart = 3.2\ndays = 0.5\n'
    assert any("no whole day" in w for w in run(world(), short).run.warnings)
    damage = (
        '[[changes]]\ntarget = "producers.capital"\nwhere = { id = "B.steel" }\nmultiply = 0.1\n'
        'days = 1\nrecovery = { curve = "rebuild", days = 3, products = { works = 1.0 } }\n'
    )
    warnings = run(world(), damage).run.warnings
    assert any("rebuilding asks at first for 600% of what works of C is" in w for w in warnings)
    assert any("falls below half of normal in" in w for w in warnings)


def test_a_link_for_one_use_states_costs_and_holds_up_nothing() -> None:
    slow = pd.DataFrame(
        {
            "origin": ["A", "A"], "destination": ["B", "B"], "use": ["", "inputs"],
            "duration": [3.0, 0.0], "tariff": [0.0, 0.1],
        }
    )  # fmt: skip
    alone = pd.DataFrame({"origin": ["A"], "destination": ["B"], "duration": [3.0]})
    half = way("A", "B", "set = 0.5\nstart = 2\ndays = 10")
    both, one = (run(world(links=links), half) for links in (slow, alone))
    pd.testing.assert_frame_equal(both.output, one.output)
    late = world(links=slow.assign(duration=[0.0, 3.0]))
    with pytest.raises(DataError, match="for one use alone"):
        run(late, half)
