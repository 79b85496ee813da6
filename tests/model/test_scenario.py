from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from catenary import Change, Matrix, Recovery, Scenario, World
from catenary.errors import ScenarioError, SourceError
from catenary.testing import two_regions

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.part("1.2")

FULL = """
name = "everything"
title = "all of the grammar"
[[sources]]
id = "guess"
kind = "assumption"
statement = "to test"
[[changes]]
kind = "shock"
target = "producers.capacity"
where = { region = ["EU27", "US?"], product = "chips" }
multiply = 0.5
start = 3
days = 4
recovery = { curve = "concave", days = 30, half_days = 10 }
uncertain = { multiply = { distribution = "triangular", low = 0.4, mode = 0.5, high = 0.6 } }
source = "guess"
[[changes]]
kind = "measure"
target = "producers.capacity"
where = { within = { lon = 2.35, lat = 48.86, km = 50 } }
add = 1.0
cost = { usd = 1e6, co2e_t = 12 }
[[changes]]
target = "demand.quantity"
where = { region = "FRA" }
set = 0.0
start = 1
days = 2
recovery = { curve = "own", values = [0.5, 0.25] }
"""


@pytest.fixture
def world() -> World:
    return World(
        {
            "regions": pd.DataFrame(
                {"id": ["EU27", "DEU", "FRA", "USA"], "parent": ["", "EU27", "EU27", ""]}
            ),
            "products": pd.DataFrame({"id": ["chips", "cars"]}),
            "facilities": pd.DataFrame(
                {
                    "id": ["paris", "nyc"],
                    "region": ["FRA", "USA"],
                    "lon": [2.3, -74],
                    "lat": [48.9, 40.7],
                }
            ),
            "producers": pd.DataFrame(
                {
                    "id": ["DEU.chips", "FRA.chips", "USA.chips", "FRA.cars"],
                    "region": ["DEU", "FRA", "USA", "FRA"],
                    "product": ["chips", "chips", "chips", "cars"],
                    "facility": ["", "paris", "nyc", "paris"],
                    "output": [10.0, 20, 30, 40],
                    "capacity": [np.nan, 25, np.nan, np.nan],
                }
            ),
            "demand": pd.DataFrame(
                {"product": ["cars", "chips"], "region": ["FRA", "DEU"], "quantity": [40.0, 60]}
            ),
        }
    )


def one(**fields: Any) -> Scenario:
    return Scenario("s", (Change(**{"target": "producers.capacity", "multiply": 0.5, **fields}),))


def test_the_whole_grammar_compiles_and_survives_a_round_trip(world: World) -> None:
    scenario = Scenario.parse(FULL)
    timeline = scenario.compile(world)
    ids = world.ids("producers")
    assert [list(ids[s.rows]) for s in timeline.steps[:2]] == [
        ["DEU.chips", "FRA.chips", "USA.chips"],
        ["FRA.chips", "FRA.cars"],
    ]
    again = Scenario.of(scenario.to_dict())
    assert again.to_dict() == scenario.to_dict()
    assert again.changes[0].recovery == Recovery(curve="concave", days=30, half_days=10)


def test_capacities_lose_shares_that_add_and_other_numbers_take_turns(world: World) -> None:
    changes = (
        Change(target="producers.capacity", where={"id": "FRA.chips"}, multiply=0.8),
        Change(target="producers.capacity", where={"region": "FRA"}, multiply=0.9, start=2),
        Change(target="demand.quantity", add=1.0),
        Change(target="demand.quantity", where={"region": "FRA"}, multiply=2.0),
        Change(target="demand.quantity", where={"region": "FRA"}, set=5.0),
    )
    scenario = Scenario("s", changes)
    early, late = (scenario.apply(world, day=d).table("producers")["capacity"] for d in (0, 2))
    assert early.tolist() == pytest.approx([10, 20, 30, 40])
    assert late.tolist() == pytest.approx([10, 25 * 0.7, 30, 36])
    # set, then multiply, then add, whatever the order in the file
    assert scenario.apply(world).table("demand")["quantity"].tolist() == [11.0, 61.0]
    assert scenario.apply(world).part("regions") is world.part("regions")


def test_set_and_add_on_a_capacity_are_losses_too(world: World) -> None:
    set_ = one(multiply=None, set=5.0, where={"id": "DEU.chips"})
    add = one(multiply=None, add=-5.0, where={"id": "FRA.chips"})
    assert set_.apply(world).table("producers")["capacity"].iloc[0] == pytest.approx(5)
    assert add.apply(world).table("producers")["capacity"].iloc[1] == pytest.approx(20)


def test_matrices_change_by_rows_and_columns() -> None:
    world = two_regions()
    scenario = Scenario.parse(
        'changes = [{target = "final", where.row.region = "AAA", where.column.id = "AAA.*", '
        "multiply = 2.0}]"
    )
    assert scenario.apply(world).matrix("final").dense.tolist() == [[6.0, 0.0], [0.0, 6.0]]


@given(st.floats(0, 50), st.floats(0, 50), st.floats(0.5, 60))
def test_a_change_holds_for_its_days_and_then_fades(start: float, days: float, tau: float) -> None:
    change = one(start=start, days=days, recovery=Recovery(days=tau)).changes[0]
    when = np.arange(0.0, 200)
    strength = change.strength(when)
    full = (when >= start) & (when + 1 <= start + days)
    assert (strength[when < start] == 0).all()
    assert (strength[full] == 1).all()
    assert (strength[when + 1 >= start + days + tau + 1] == 0).all()
    assert (np.diff(strength[when >= start]) <= 1e-12).all()


def test_days_are_counted_as_in_the_documentation() -> None:
    change = one(start=5, days=1, recovery=Recovery(days=4)).changes[0]
    assert change.strength(np.arange(4.0, 11)).tolist() == [0, 1, 0.75, 0.5, 0.25, 0, 0]
    own = one(start=0, days=1, recovery=Recovery(curve="own", values=(0.9, 0.1))).changes[0]
    assert own.strength(np.arange(4.0)).tolist() == [1, 0.9, 0.1, 0]
    assert one(start=2).changes[0].strength(np.arange(4.0)).tolist() == [0, 0, 1, 1]


def test_drawing_the_uncertain_keeps_to_its_bounds() -> None:
    scenario = Scenario.parse(FULL)
    drawn = [scenario.sampled(seed).changes[0].value for seed in range(50)]
    assert min(drawn) >= 0.4
    assert max(drawn) <= 0.6
    assert len(set(drawn)) == 50
    assert scenario.sampled(3).changes == scenario.sampled(3).changes
    for spread in (
        {"distribution": "uniform", "low": 0.1, "high": 0.2},
        {"distribution": "normal", "mean": 0.15, "sd": 0.01},
        {"distribution": "lognormal", "mean": 0.15, "sd": 0.01},
        {"distribution": "triangular", "low": 0.1, "mode": 0.15, "high": 0.2},
    ):
        many = [one(uncertain={"multiply": spread}).sampled(s).changes[0].value for s in range(300)]
        assert np.mean(many) == pytest.approx(0.15, abs=0.01)


@pytest.mark.part("1.8")
@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("name = ", "is not TOML"),
        ("chnages = []", "unknown key 'chnages'.*did you mean 'changes'"),
        ("[[changes]]\nmultiply = 1.0", "has no target"),
        ('[[changes]]\ntarget = "producers.capacty"\nmultiply = 1', "did you mean 'capacity'"),
        ('[[changes]]\ntarget = "producer.capacity"\nmultiply = 1', "did you mean 'producers'"),
        ('[[changes]]\ntarget = "producers.region"\nmultiply = 1', "not a number that can change"),
        ('[[changes]]\ntarget = "producers.capacity"', "has none of"),
        ('[[changes]]\ntarget = "producers.capacity"\nset = 1\nadd = 1', "has set and add"),
        ('[[changes]]\ntarget = "producers.capacity"\nmultiply = "half"', "'half'"),
        ('[[changes]]\ntarget = "producers.capacity"\nmultiply = -1', "factor of 0 or more"),
        ('[[changes]]\ntarget = "producers.capacity"\nmutliply = 1', "did you mean 'multiply'"),
        ('[[changes]]\ntarget = "producers.capacity"\nmultiply = 1\nkind = "shok"', "'shock'"),
        (
            (
                '[[changes]]\ntarget = "producers.capacity"\nmultiply = 1\ndays = 1\n'
                'recovery = {curve = "linaer", days = 1}'
            ),
            "did you mean 'linear'",
        ),
        (
            '[[changes]]\ntarget = "producers.capacity"\nmultiply = 1\nrecovery = {days = 1}',
            "recovers but never ends",
        ),
        (
            '[[changes]]\ntarget = "producers.capacity"\nmultiply = 1\ndays = 1\nrecovery = {}',
            "recovery has no days",
        ),
        (
            (
                '[[changes]]\ntarget = "producers.capacity"\nmultiply = 1\n'
                'uncertain = {multiply = {distribution = "uniform", low = 2, high = 1}}'
            ),
            "low ≤ mode ≤ high",
        ),
        (
            '[[changes]]\ntarget = "producers.capacity"\nmultiply = 1\nsource = "x"',
            "source 'x' is not among",
        ),
        (
            '[[changes]]\ntarget = "producers.capacity"\nmultiply = 1\ncost = {eur = 1}',
            "known are usd",
        ),
    ],
)
def test_a_bad_scenario_says_what_is_wrong(text: str, words: str) -> None:
    with pytest.raises(ScenarioError, match="(?s)" + words):
        Scenario.parse(text)


@pytest.mark.part("1.8")
@pytest.mark.parametrize(
    ("where", "words"),
    [
        ({"region": "DE"}, "'DE' is 'DEU'"),
        ({"region": "GER"}, "matches no regions id"),
        ({"product": "chpis"}, "did you mean 'chips'"),
        ({"id": "JPN.*"}, "matches no producers id"),
        ({"regoin": "DEU"}, "did you mean 'region'"),
        ({"region": "DEU", "product": "cars"}, "no row of producers has"),
        ({"region": 3}, "give a label in quotes"),
        ({"within": {"lon": 0, "lat": 0}}, "write within"),
        ({"within": {"lon": 0, "lat": 0, "km": 1}}, "no row of producers has"),
    ],
)
def test_a_scenario_that_matches_nothing_says_why(
    world: World, where: dict[str, Any], words: str
) -> None:
    with pytest.raises(ScenarioError, match="(?s)" + words):
        one(where=where).compile(world)


@pytest.mark.part("1.8")
def test_losses_above_all_name_both_changes(world: World) -> None:
    changes = (
        Change(target="producers.capacity", where={"region": "EU27"}, multiply=0.4, days=10),
        Change(target="producers.capacity", where={"id": "USA.*"}, multiply=0.1),
        Change(target="producers.capacity", where={"id": "FRA.*"}, multiply=0.3, start=9),
    )
    with pytest.raises(ScenarioError, match=r"130%.*change 1 .60%. and change 3 .70%.") as caught:
        Scenario("s", changes).compile(world)
    assert "day 9 producer 'FRA.chips'" in str(caught.value)
    apart = (changes[0], changes[1], Change(**{**_fields(changes[2]), "start": 10}))
    Scenario("s", apart).compile(world)


def _fields(change: Change) -> dict[str, Any]:
    return {n: getattr(change, n) for n in ("target", "where", "multiply", "start")}


@pytest.mark.part("1.8")
def test_every_problem_of_a_scenario_is_found_at_once(world: World, tmp_path: Path) -> None:
    bad = '[[changes]]\ntarget = "x.y"\nmultiply = 1\n[[changes]]\nmultiply = 1\n'
    with pytest.raises(ScenarioError) as caught:
        Scenario.parse(bad)
    assert len(caught.value.problems) == 2
    scenario = Scenario("s", (*one(where={"id": "x"}).changes, *one(where={"id": "y"}).changes))
    with pytest.raises(ScenarioError) as caught:
        scenario.compile(world)
    assert len(caught.value.problems) == 2
    with pytest.raises(SourceError, match="cannot read the scenario"):
        Scenario.read(tmp_path / "none.toml")


def test_a_matrix_needs_sides(world: World) -> None:
    ids = world.ids("producers")
    both = world.with_(intermediate=Matrix(np.ones((4, 4)), ids, ids, "t/day"))
    with pytest.raises(ScenarioError, match=r"where\.row\.region or where\.column\.region"):
        one(target="intermediate", where={"region": "DEU"}).compile(both)
