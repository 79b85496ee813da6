"""Plans: against every set run through `stress`, laws, and what is said of bad input."""

from __future__ import annotations

from itertools import combinations, pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import catenary
import catenary.studies
from catenary import Change, Scenario
from catenary.errors import OptionError, ScenarioError
from catenary.model.change import Recovery
from catenary.model.result import records
from catenary.testing import serial_chain, two_regions

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.part("8.2")

DAYS = 90


def quake(name: str, place: str, left: float = 0.0, days: float = 25) -> Scenario:
    """Return the loss of one producer."""
    return Scenario(name, (
        Change(target="producers.capacity", where={"id": place}, multiply=left, days=days, start=2,
               recovery=Recovery(curve="linear", days=10)),
    ))  # fmt: skip


def measure(name: str, usd: float, target: str, where: dict[str, Any], **what: Any) -> Change:
    """Return a measure of one change."""
    cost = {"usd": usd, "co2e_t": usd / 10}
    return Change(target=target, where=where, kind="measure", measure=name, cost=cost, **what)


def some_measures(seed: int) -> Scenario:
    """Return five measures on a chain of four stages, with drawn costs."""
    cost = np.random.default_rng(seed).integers(1, 6, 5).astype(float)
    return Scenario("mine", (
        measure("stock of s0", cost[0], "products.stock_days", {"id": "s0"}, set=20),
        measure("stock of s1", cost[1], "products.stock_days", {"id": "s1"}, set=15),
        measure("stock of s2", cost[2], "products.stock_days", {"id": "s2"}, set=25),
        measure("spare s1", cost[3], "producers.capacity", {"id": "AAA.s1"}, multiply=1.4),
        measure("spare s3", cost[4], "producers.capacity", {"id": "AAA.s3"}, multiply=1.2),
    ))  # fmt: skip


def futures(seed: int) -> tuple[Scenario, ...]:
    """Return two scenarios with drawn sizes."""
    rng = np.random.default_rng(seed)
    return (
        quake("first", "AAA.s0", float(rng.random()), float(rng.integers(5, 40))),
        quake("second", "AAA.s1", float(rng.random()), float(rng.integers(5, 40))),
    )


def by_plan(found: catenary.studies.Plan) -> dict[str, Any]:
    """Return the rows of the table `plans`."""
    return {str(row["plan"]): row for row in records(found.plans)}


def lost(world: Any, scenario: Scenario, measures: tuple[Change, ...]) -> float:
    """Return output lost as days of all output, by `stress` alone."""
    found = catenary.stress(world, scenario=scenario, measures=Scenario("m", measures), days=DAYS)
    output = found.output.groupby("day")["output"].sum()
    normal = world.part("producers").numbers("output").sum()
    return float((normal - output).sum() / normal)


@given(seed=st.integers(0, 1000), aversion=st.sampled_from([0.0, 1.0]))
@settings(max_examples=4, deadline=None)
def test_the_plan_is_the_best_of_all_sets(seed: int, aversion: float) -> None:
    world, mine, may = serial_chain(4, stock_days=5), some_measures(seed), futures(seed)
    budget = 8.0
    found = catenary.plan(
        world,
        scenarios=may,
        measures=mine,
        budget=budget,
        aversion=aversion,
        tail=0.5,
        days=DAYS,
        loss="output",
    )
    best = np.inf
    for size in range(len(mine.changes) + 1):
        for some in combinations(mine.changes, size):
            if sum(one.cost["usd"] for one in some) > budget:
                continue
            losses = [lost(world, one, some) for one in may]
            best = min(best, float(np.mean(losses)) + aversion * max(losses))
    assert found.proof["value"].iloc[0] == pytest.approx(best, rel=1e-9, abs=1e-12)
    assert bool(found.proof["exact"].iloc[0])
    chosen = found.plans.set_index("plan").loc["chosen"]
    assert chosen["cost"] <= budget
    assert chosen["worst"] >= chosen["loss"] - 1e-12


@given(seed=st.integers(0, 1000))
@settings(max_examples=4, deadline=None)
def test_greedy_comes_within_its_bound_of_the_best(seed: int) -> None:
    world, mine, may = serial_chain(4, stock_days=5), some_measures(seed), futures(seed)
    asked: dict[str, Any] = {
        "scenarios": may, "measures": mine, "budget": 8.0, "days": DAYS, "loss": "output",
    }  # fmt: skip
    best = catenary.plan(world, **asked).proof.iloc[0]
    greedy = catenary.plan(world, exact_cases=0, **asked).proof.iloc[0]
    assert not greedy["exact"]
    assert greedy["value"] >= best["value"] - 1e-12
    assert greedy["bound"] <= best["value"] + 1e-12
    assert greedy["gap"] >= 0


def test_the_plan_runs_as_measures_of_stress() -> None:
    world, may = serial_chain(4, stock_days=5), futures(3)
    found = catenary.plan(
        world, scenarios=may, measures=some_measures(3), budget=8, days=DAYS, loss="output"
    )
    assert len(found.steps)
    for scenario in may:
        told = found.scenarios.set_index("scenario").loc[scenario.name]
        assert lost(world, scenario, found.scenario().changes) == pytest.approx(told["chosen"])
        assert lost(world, scenario, ()) == pytest.approx(told["nothing"])


@given(seed=st.integers(0, 1000))
@settings(max_examples=3, deadline=None)
def test_budgets(seed: int) -> None:
    world, mine, may = serial_chain(4, stock_days=5), some_measures(seed), futures(seed)
    values = [
        catenary.plan(
            world, scenarios=may, measures=mine, budget=budget, days=DAYS, loss="output"
        ).proof["value"].iloc[0]
        for budget in (0.0, 5.0, 8.0, 100.0)
    ]  # fmt: skip
    base = np.mean([lost(world, one, ()) for one in may])
    assert values[0] == pytest.approx(base)
    assert all(a >= b for a, b in pairwise(values))


def test_tables_agree() -> None:
    world, may = serial_chain(4, stock_days=5), futures(5)
    found = catenary.plan(
        world, scenarios=may, measures=some_measures(5), budget=8, days=DAYS, loss="output",
        worth=1e6, carbon_price=100.0,
    )  # fmt: skip
    plans = by_plan(found)
    assert found.proof["unit"].iloc[0] == "USD"
    assert plans["nothing"]["saved"] == 0
    assert found.steps["spent"].iloc[-1] == plans["chosen"]["cost"]
    assert found.steps["value"].iloc[-1] == pytest.approx(plans["chosen"]["value"])
    saved = plans["nothing"]["value"] - plans["chosen"]["value"]
    assert found.steps["saves"].sum() == pytest.approx(saved)
    chosen = found.measures[found.measures["chosen"]]
    assert chosen["measure"].tolist() == found.steps["measure"].tolist()
    assert found.front["chosen"].sum() == 1
    assert (np.diff(found.front["cost"]) >= 0).all()
    assert (found.scenarios["least"] <= found.scenarios["chosen"] + 1e9).all()
    assert plans["even"]["cost"] <= 8 * (1 + 1e-9)
    emitted = found.changes["co2e"].sum()
    assert plans["chosen"]["value"] == pytest.approx(plans["chosen"]["loss"] + 100 * emitted)


def test_fresh_cases_are_drawn_anew() -> None:
    world = serial_chain(4, stock_days=5)
    shock = Change(
        target="producers.capacity", where={"id": "AAA.s0"}, multiply=0.5, days=25, start=2,
        uncertain={"multiply": {"distribution": "uniform", "low": 0.0, "high": 1.0}},
    )  # fmt: skip
    asked: dict[str, Any] = {
        "scenarios": (Scenario("drawn", (shock,)),), "measures": some_measures(1), "budget": 8,
        "days": DAYS, "runs": 16, "loss": "output",
    }  # fmt: skip
    found = catenary.plan(world, **asked)
    assert len(found.scenarios) == 16
    assert found.fresh["cases"].sum() == 16
    plans = by_plan(found)
    assert plans["chosen"]["fresh_loss"] != plans["chosen"]["loss"]
    assert plans["chosen"]["fresh_loss"] < plans["nothing"]["fresh_loss"]
    assert found.to_dict()["tables"] == catenary.plan(world, **asked).to_dict()["tables"]
    assert catenary.plan(world, **asked, fresh=0).fresh.empty


def test_what_counts_may_be_chosen() -> None:
    world, may = two_regions(), (quake("stop", "AAA.goods"),)
    stock = Scenario("m", (
        measure("stock", 1.0, "products.stock_days", {"id": "goods"}, set=120),
    ))  # fmt: skip
    lost_of = {
        loss: catenary.plan(world, scenarios=may, measures=stock, budget=0, days=DAYS, loss=loss,
                            stock_days=5).plans["loss"].iloc[0]
        for loss in ("output", "demand")
    }  # fmt: skip
    found = catenary.stress(world, scenario=may[0], days=DAYS, stock_days=5)
    normal = world.part("producers").numbers("output").sum() * DAYS
    assert lost_of["output"] == pytest.approx(normal - found.output["output"].sum())
    assert lost_of["demand"] == pytest.approx(found.demand["unmet"].sum())
    part = [
        catenary.plan(world, scenarios=may, measures=stock, budget=0, days=DAYS, stock_days=5,
                      regions=region, loss="output").plans["loss"].iloc[0]
        for region in ("AAA", "BBB")
    ]  # fmt: skip
    assert sum(part) == pytest.approx(lost_of["output"])


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"budget": 0.5}, "below any measure"),
        ({"required": "stock of s9"}, "required names 'stock of s9'"),
        ({"required": "stock of s0,stock of s1,spare s1", "budget": 2.0}, "the required measures"),
        ({"scenarios": ()}, "needs scenarios"),
        ({"chances": "third=0.5"}, "chances name 'third'"),
        ({"chances": "first=2"}, "the chance of first is '2'"),
        ({"chances": "first=0.5,first=0.1"}, "twice"),
        ({"chances": "first=1"}, "add up to 1"),
        ({"carbon_price": 10.0}, "losses are counted in days"),
        ({"regions": "ZZZ"}, "regions names 'ZZZ'"),
        ({"products": "none"}, "products names 'none'"),
        ({"measures": Scenario("none", ())}, "holds no measure"),
        ({"measures": futures(1)[0]}, "is no measure"),
    ],
)
def test_bad_input_is_told(options: dict[str, Any], words: str) -> None:
    given: dict[str, Any] = {
        "scenarios": futures(1), "measures": some_measures(1), "budget": 8.0, "days": DAYS,
    }  # fmt: skip
    with pytest.raises((OptionError, ScenarioError), match=words) as told:
        catenary.plan(serial_chain(4, stock_days=5), **{**given, **options})
    assert told.value.hint


def test_measures_that_contradict_each_other_are_named() -> None:
    two = Scenario("two", (
        measure("ten", 1.0, "products.stock_days", {"id": "s0"}, set=10),
        measure("twenty", 2.0, "products.stock_days", {"id": "s*"}, set=20),
    ))  # fmt: skip
    asked: dict[str, Any] = {"scenarios": futures(1), "measures": two, "budget": 8.0, "days": DAYS}
    world = serial_chain(4, stock_days=5)
    with pytest.raises(OptionError, match="'ten' and 'twenty' are both required"):
        catenary.plan(world, **asked, required="ten, twenty")
    assert len(catenary.plan(world, **asked).steps) == 1
    both = Scenario("both", tuple(
        measure("one", 1.0, "products.stock_days", {"id": "s0"}, set=days) for days in (10, 20)
    ))  # fmt: skip
    with pytest.raises(ScenarioError, match="to 10 and to 20"):
        catenary.plan(world, **{**asked, "measures": both})


def test_a_measure_that_matches_nothing_is_named() -> None:
    none = Scenario("none", (
        measure("moon", 1.0, "products.stock_days", {"id": "moon"}, set=10),
    ))  # fmt: skip
    with pytest.raises(ScenarioError, match="measure 'moon'"):
        catenary.plan(
            serial_chain(4), scenarios=futures(1), measures=none, budget=8, days=DAYS, loss="output"
        )


def test_a_saved_plan_opens_again_whatever_is_empty(tmp_path: Path) -> None:
    world, may = serial_chain(4, stock_days=5), futures(3)
    for budget in (0.0, 8.0):
        found = catenary.plan(
            world, scenarios=may, measures=some_measures(3), budget=budget, days=DAYS
        )
        catenary.save(found, tmp_path / f"{budget}.result")
        again = catenary.load(str(tmp_path / f"{budget}.result"))
        assert isinstance(again, catenary.Result)
        assert again.to_dict()["tables"] == found.to_dict()["tables"]


def test_doing_nothing_takes_no_required_measure() -> None:
    world, may = serial_chain(4, stock_days=5), futures(3)
    found = catenary.plan(
        world, scenarios=may, measures=some_measures(3), budget=20, days=DAYS, loss="output",
        required="spare s3",
    )  # fmt: skip
    plans = by_plan(found)
    assert plans["nothing"]["cost"] == 0
    assert plans["nothing"]["loss"] == pytest.approx(np.mean([lost(world, m, ()) for m in may]))
    saved = plans["nothing"]["value"] - plans["chosen"]["value"]
    assert found.steps["saves"].sum() == pytest.approx(saved)
    assert found.front["measures"].str.contains("spare s3").all()


def test_alternatives_are_seen_by_the_rows_they_mean() -> None:
    world = serial_chain(4, stock_days=5)
    two = (
        measure("one", 1.0, "stocks.target_days", {"producer": "AAA.s1", "input": "s0"}, set=40),
        measure("all", 2.0, "stocks.target_days", {"producer": "*"}, set=9),
    )
    for order in (two, two[::-1]):
        with pytest.raises(OptionError, match="contradict each other"):
            catenary.plan(
                world, scenarios=futures(1), measures=Scenario("two", order), budget=8, days=DAYS,
                required="one,all",
            )  # fmt: skip


def test_parts_of_many_measures_do_not_run_for_ever() -> None:
    world, may = serial_chain(4, stock_days=5), futures(3)
    found = catenary.plan(
        world, scenarios=may, measures=some_measures(3), budget=8, days=30, parts=4, loss="output",
        exact_cases=50,
    )  # fmt: skip
    plans = by_plan(found)
    assert plans["chosen"]["value"] <= plans["even"]["value"]
    assert set(found.measures["share"]) <= {0.0, 0.25, 0.5, 0.75, 1.0}
