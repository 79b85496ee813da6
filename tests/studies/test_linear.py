"""Linear plans: never worse than the simulation, and what measures do to the arrays."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import catenary
from catenary.errors import OptionError, ScenarioError
from catenary.model import Change, Recovery, Scenario, World, measures_of
from catenary.studies.linear import linear_plan
from catenary.studies.linear_arrays import periods_of
from catenary.testing import serial_chain, two_regions
from catenary.testing.strategies import worlds

pytestmark = pytest.mark.part("8.2")

DAYS = 60


def stop(share: float, *, producer: str = "AAA.s0", days: float = 20, **given: object) -> Scenario:
    """Return a scenario in which one producer loses a share of its capacity."""
    change = Change(target="producers.capacity", where={"id": producer}, multiply=1 - share,
                    start=5, days=days, **given)  # type: ignore[arg-type]  # fmt: skip
    return Scenario("stop", (change,))


def measure(target: str, *, usd: float = 1.0, name: str = "", **given: object) -> Scenario:
    """Return a scenario of one measure."""
    change = Change(target=target, kind="measure", measure=name or target, cost={"usd": usd},
                    **given)  # type: ignore[arg-type]  # fmt: skip
    return Scenario("measures", (change,))


def loss(
    world: World, scenario: Scenario, measures: Scenario | None = None, **given: object
) -> float:
    """Return the linear loss with all measures, in days of final demand."""
    some = measures_of(measures) if measures else ()
    options: dict[str, object] = {
        "budget": np.inf, "days": DAYS, "period": 1, "explain": False,
        "required": [one.name for one in some], **given,
    }  # fmt: skip
    plan = linear_plan(world, [scenario], some, **options)  # type: ignore[arg-type]
    return float(plan.scenarios["plan"].iloc[0])


def simulated(
    world: World, scenario: Scenario, measures: Scenario | None = None, **given: object
) -> float:
    """Return the loss of `stress`, in days of final demand."""
    run = catenary.stress(world, scenario=scenario, measures=measures, days=DAYS, **given)  # type: ignore[arg-type]
    return float(run.demand["unmet"].sum() / (run.demand["demand"].sum() / DAYS))


@settings(max_examples=12, deadline=None)
@given(
    world=worlds(), seed=st.integers(0, 10**6), overproduction=st.sampled_from([1.0, 1.25]),
    stock_days=st.sampled_from([0.0, 5.0, 30.0]), reading=st.sampled_from(["stated", "leontief"]),
)  # fmt: skip
def test_no_simulated_loss_is_below_the_linear_one(
    world: World, seed: int, overproduction: float, stock_days: float, reading: str
) -> None:
    rng = np.random.default_rng(seed)
    hit = rng.choice(world.ids("producers"), 2)
    scenario = Scenario(
        "two", tuple(stop(float(rng.uniform(0.2, 0.5)), producer=str(one), days=15).changes[0]
                     for one in hit)
    )  # fmt: skip
    more = measure("producers.capacity", where={"id": str(rng.choice(world.ids("producers")))},
                   multiply=1.3)  # fmt: skip
    options = {"overproduction": overproduction, "stock_days": stock_days, "criticality": reading}
    for measures in (None, more):
        here = loss(world, scenario, measures, **options)
        there = simulated(world, scenario, measures, **options)
        assert here <= there + 1e-7


@settings(max_examples=6, deadline=None)
@given(world=worlds(), share=st.floats(0.3, 1.0))
def test_shorter_periods_never_lose_less(world: World, share: float) -> None:
    scenario = stop(share, producer=str(world.ids("producers")[0]))
    ladder = [loss(world, scenario, period=p, stock_days=3.0) for p in (60, 30, 10)]
    assert ladder[0] <= ladder[1] + 1e-9
    assert ladder[1] <= ladder[2] + 1e-9


def test_stock_that_lasts_is_what_a_chain_does_not_lose() -> None:
    world = serial_chain(3, stock_days=4)
    for days in (10, 30):
        # stocks of two buyers in a row bridge a stop; both hold four days
        assert loss(world, stop(1.0, days=days), overproduction=1.0) == pytest.approx(days - 8)
    more = measure("products.stock_days", where={"id": "s0"}, set=10)
    assert loss(world, stop(1.0, days=30), more, overproduction=1.0) == pytest.approx(16)


@given(share=st.floats(0.1, 0.9), kept=st.floats(0.0, 1.0))
@settings(max_examples=10, deadline=None)
def test_protection_leaves_its_share_of_a_loss(share: float, kept: float) -> None:
    world = serial_chain(2, stock_days=0)
    saved = measure("producers.protection", where={"id": "AAA.s0"}, set=kept)
    fade = Recovery(curve="linear", days=20)
    assert loss(world, stop(share, recovery=fade), saved) == pytest.approx(
        loss(world, stop(share * (1 - kept), recovery=fade)), abs=1e-9
    )


@pytest.mark.parametrize("curve", ["linear", "convex", "step", "own"])
@pytest.mark.parametrize("times", [0.0, 0.5])
def test_recovery_shortens_what_comes_after_the_full_days(curve: str, times: float) -> None:
    world = serial_chain(2, stock_days=0)
    values = {"values": tuple(np.linspace(0.9, 0.1, 20))} if curve == "own" else {"days": 20}
    quake = stop(0.8, recovery=Recovery(curve=curve, **values))  # type: ignore[arg-type]
    soon = measure("producers.recovery", where={"id": "AAA.s0"}, set=times)
    strength = quake.changes[0].strength
    when = np.arange(DAYS, dtype=float)
    over = when - 24  # days since the last full one
    left = np.where(over <= 0, strength(when), 0.0)
    if times:
        left = np.where(over <= 0, left, [strength(np.array([24 + o / times]))[0] for o in over])
    assert loss(world, quake, soon, overproduction=1.0) == pytest.approx(
        max(0.0, 0.8 * left.sum() - 2), abs=1e-9
    )  # 2: what is always on its way


def test_demand_that_rises_is_lost_where_nobody_can_make_more() -> None:
    world = serial_chain(2, stock_days=10)
    more = Change(target="demand.quantity", multiply=1.5, start=10, days=20)
    assert loss(world, Scenario("rush", (more,)), overproduction=1.0) == pytest.approx(10.0)
    table = two_regions()
    less = Change(target="final", where={"row": {"id": "AAA.goods"}}, multiply=0.5, days=10)
    assert loss(table, Scenario("slump", (less,))) == pytest.approx(0.0, abs=1e-9)


def test_the_plan_says_what_everything_is_worth() -> None:
    world = serial_chain(2, stock_days=0)
    scenarios = [stop(1.0, days=10), stop(0.5, days=40), Scenario("calm")]
    measures = measures_of(
        Scenario(
            "all",
            (
                *measure("products.stock_days", where={"id": "s0"}, set=12, usd=6,
                         name="stock").changes,
                *measure("producers.protection", where={"id": "AAA.s0"}, set=0.5, usd=5,
                         name="guard").changes,
                *measure("producers.capacity", where={"id": "AAA.s1"}, multiply=2, usd=0,
                         name="useless").changes,
            ),
        )
    )  # fmt: skip
    plan = linear_plan(world, scenarios, measures, budget=7, chance=[2, 1, 1], days=DAYS,
                       overproduction=1.0, worth=10.0)  # fmt: skip
    table = plan.measures.set_index("measure")
    # stock: 8 + 20 − 2 − 2 becomes 0 and 8; guard: 5 − 2 and 10 − 2; in days of final demand
    assert plan.nothing == pytest.approx(10 * (0.5 * 8 + 0.25 * 18))
    assert plan.chosen == ("stock",)
    assert plan.objective == pytest.approx(10 * 0.25 * 8)
    assert table.loc["stock", "value"] == pytest.approx(10 * (0.5 * 3 + 0.25 * 8 - 0.25 * 8))
    assert table.loc["guard", "value"] == pytest.approx(10 * 0.5 * 3)
    assert table.loc["useless", "value"] == pytest.approx(0.0, abs=1e-9)
    assert plan.evpi == pytest.approx(0.0, abs=1e-9)
    assert plan.gap <= 1e-9
    assert plan.scenarios["known"].tolist() == pytest.approx([0, 8, 0], abs=1e-9)
    both = linear_plan(world, scenarios, measures, budget=11, days=DAYS, chance=[2, 1, 1],
                       overproduction=1.0, worth=10.0, explain=False)  # fmt: skip
    assert both.chosen == ("stock", "guard")


def test_measures_that_set_the_same_number_exclude_each_other() -> None:
    world = serial_chain(2, stock_days=0)
    some = measures_of(
        Scenario(
            "stocks",
            tuple(
                measure(
                    "products.stock_days", where={"id": "s0"}, set=days, name=f"{days}"
                ).changes[0]
                for days in (8, 12)
            ),
        )
    )
    plan = linear_plan(world, [stop(1.0, days=30)], some, budget=9, days=DAYS, overproduction=1.0)
    assert plan.chosen == ("12",)
    assert plan.objective == pytest.approx(18.0)


def test_what_is_not_linear_is_named() -> None:
    world = serial_chain(2)
    slow = measure("recipes.criticality", name="substitutes", set=0.5)
    with pytest.raises(ScenarioError, match=r"'substitutes'.*recipes.criticality.*not linear"):
        linear_plan(world, [stop(1.0)], measures_of(slow), budget=1)
    late = measure("producers.stock_days", name="late", set=5, start=3)
    with pytest.raises(ScenarioError, match=r"'late'.*for a while"):
        linear_plan(world, [stop(1.0)], measures_of(late), budget=1)
    closed = Scenario("closed", (Change(target="passages.open", where={"id": "suez"}, set=0),))
    with pytest.raises(ScenarioError, match=r"'closed'.*passages.open"):
        linear_plan(world, [closed], (), budget=1)
    worse = measure("producers.capacity", name="worse", where={"id": "AAA.s0"}, multiply=0.5)
    with pytest.raises(ScenarioError, match=r"'worse' takes capacity away from 'AAA.s0'"):
        linear_plan(world, [stop(0.2)], measures_of(worse), budget=1)
    less = measure("products.stock_days", name="less", where={"id": "s0"}, set=1)
    with pytest.raises(ScenarioError, match=r"'less' lowers stocks"):
        linear_plan(world, [stop(1.0)], measures_of(less), budget=1)
    rebuilt = Scenario("quake", (Change(
        target="producers.capital", multiply=0.5, days=1,
        recovery=Recovery(curve="rebuild", days=10, products={"s0": 1.0})),))  # fmt: skip
    with pytest.raises(ScenarioError, match=r"'quake'.*rebuilt"):
        linear_plan(world, [rebuilt], (), budget=1)


def test_wrong_options_say_what_to_do() -> None:
    world = serial_chain(2)
    with pytest.raises(OptionError, match="no scenarios"):
        linear_plan(world, [], (), budget=1)
    with pytest.raises(ScenarioError, match="no measure 'stok'"):
        linear_plan(world, [stop(1.0)], (), budget=1, required=["stok"])
    with pytest.raises(OptionError, match=r"2 chances for 1"):
        linear_plan(world, [stop(1.0)], (), budget=1, chance=[1, 1])
    with pytest.raises(OptionError, match="weight has the shape"):
        linear_plan(world, [stop(1.0)], (), budget=1, weight=np.ones(7))
    with pytest.raises(OptionError, match="adds up to 20 of 60"):
        periods_of(60, [10, 10])
    with pytest.raises(OptionError, match="period is 0"):
        periods_of(60, 0)
