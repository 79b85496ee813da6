"""Support: against every set run through `stress`, laws of budgets and floors, and bad input."""

from __future__ import annotations

from itertools import chain, combinations, pairwise
from typing import TYPE_CHECKING, Any, get_args

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import catenary
from catenary import Change, Scenario, World
from catenary.errors import CatenaryError, MissingDataError, OptionError
from catenary.model.change import Recovery
from catenary.model.result import records
from catenary.studies.keeping import Keep
from catenary.testing import serial_chain
from catenary.worlds.measures import built_in

if TYPE_CHECKING:
    from pathlib import Path

    from catenary.studies import Support

pytestmark = pytest.mark.part("8.6")

DAYS = 80
MADE = 1e5
PEOPLE = (40.0, 10.0, 80.0, 20.0)
KEEPS: tuple[Keep, ...] = get_args(Keep)
SCALE = 1e6
"""A budget that pays for some of the candidates of these worlds."""


def stages(*, labour: tuple[float, ...] | None = PEOPLE, firms: bool = False) -> World:
    """Return a chain of four stages, two in each of two regions."""
    regions = ["AAA", "AAA", "BBB", "BBB"]
    products = ["s0", "s1", "s2", "s3"]
    ids = [f"{r}.{p}" for r, p in zip(regions, products, strict=True)]
    makers: dict[str, Any] = {"id": ids, "region": regions, "product": products, "output": MADE}
    if labour is not None:
        makers["labour"] = labour
    tables = {
        "regions": pd.DataFrame({"id": ["AAA", "BBB", "CCC"]}),
        "products": pd.DataFrame({"id": products, "unit": "USD", "stock_days": 5.0}),
        "producers": pd.DataFrame(makers),
        "supplies": pd.DataFrame({"supplier": ids[:-1], "buyer": ids[1:], "quantity": MADE}),
        "demand": pd.DataFrame({"product": ["s3"], "region": ["BBB"], "quantity": [MADE]}),
    }
    if firms:
        tables["firms"] = pd.DataFrame({"id": ["one", "two"]})
        tables["producers"]["firm"] = ["one", "two", "one", ""]
    return World(tables)


def shock(name: str, place: str, left: float, days: float, back: float = 20) -> Scenario:
    """Return a loss of capacity of one producer."""
    return Scenario(name, (
        Change(target="producers.capacity", where={"id": place}, multiply=left, days=days, start=2,
               recovery=Recovery(curve="linear", days=back)),
    ))  # fmt: skip


def futures(seed: int, places: tuple[str, ...] = ("AAA.s0", "BBB.s2")) -> tuple[Scenario, ...]:
    """Return scenarios with drawn sizes."""
    rng = np.random.default_rng(seed)
    return tuple(
        shock(place, place, float(rng.uniform(0, 0.6)), float(rng.integers(5, 30)))
        for place in places
    )


def by_plan(found: Support) -> dict[str, Any]:
    """Return the rows of the table `plans`."""
    return {str(row["plan"]): row for row in records(found.plans)}


def lost(world: World, scenario: Scenario, measures: tuple[Change, ...]) -> pd.Series:
    """Return output lost by product, by `stress` alone."""
    mine = Scenario("m", measures)
    found = catenary.stress(world, scenario=scenario, measures=mine, days=DAYS).output
    made = found.groupby("product")["output"].sum()
    return MADE * DAYS - made


def as_change(row: dict[str, Any]) -> Change:
    """Return what a candidate of one industry does, written down once more."""
    size = built_in().templates[row["kind"]]["size"].value
    number: dict[str, float] = {"add": size} if row["kind"] == "support" else {"multiply": 1 - size}
    target = {"support": "producers.protection", "training": "producers.recovery"}[row["kind"]]
    return Change(
        target=target, where={"product": row["who"]}, kind="measure", measure=row["measure"],
        cost={"usd": row["cost"]}, **number,  # type: ignore[arg-type]
    )  # fmt: skip


@given(seed=st.integers(0, 1000))
@settings(max_examples=3, deadline=None)
def test_the_plan_is_the_best_of_all_sets(seed: int) -> None:
    world, may = stages(), futures(seed)
    found = {
        keep: catenary.support(world, scenarios=may, budget=SCALE / 3, keep=keep, days=DAYS)
        for keep in KEEPS
    }
    every = [as_change(row) for row in records(found["both"].candidates)]
    assert len(every) == 4
    people = pd.Series(PEOPLE, ["s0", "s1", "s2", "s3"])
    counted = {
        "output": pd.Series(1.0, people.index),
        "jobs": people / MADE,
        "both": 0.5 / (4 * MADE) + 0.5 * people / MADE / people.sum(),
    }
    best = dict.fromkeys(KEEPS, np.inf)
    for some in chain.from_iterable(combinations(every, size) for size in range(5)):
        if sum(one.cost["usd"] for one in some) <= SCALE / 3:
            left = sum(lost(world, one, some) for one in may) / len(may)
            for keep in KEEPS:
                best[keep] = min(best[keep], float((left * counted[keep]).sum()))
    for keep, value in best.items():
        proof = found[keep].proof.iloc[0]
        assert proof["exact"]
        assert proof["value"] == pytest.approx(value, rel=1e-9)
        assert proof["spent"] <= SCALE / 3


def test_output_and_jobs_are_those_of_stress() -> None:
    world, may = stages(), futures(3)
    found = catenary.support(world, scenarios=may, budget=SCALE, days=DAYS)
    assert len(found.steps)
    plans = by_plan(found)
    people = pd.Series(PEOPLE, ["s0", "s1", "s2", "s3"])
    for name, measures in (("nothing", ()), ("chosen", found.scenario().changes)):
        each = [lost(world, one, measures) for one in may]
        assert plans[name]["output"] == pytest.approx(np.mean([one.sum() for one in each]))
        jobs = np.mean([(one * people / MADE).sum() for one in each])
        assert plans[name]["jobs"] == pytest.approx(jobs)
    groups = found.groups.set_index("group").loc["all"]
    assert groups["output"] == pytest.approx(plans["chosen"]["output"])
    assert groups["spent"] == pytest.approx(found.steps["spent"].iloc[-1])
    assert found.steps["jobs"].iloc[-1] == pytest.approx(plans["chosen"]["jobs"])


def test_keeping_output_is_a_plan_of_the_same_measures() -> None:
    world, may = stages(), futures(5)
    asked: dict[str, Any] = {"scenarios": may, "budget": SCALE / 3, "days": DAYS}
    found = catenary.support(world, keep="output", **asked)
    mine = Scenario("mine", tuple(as_change(row) for row in records(found.candidates)))
    same = catenary.plan(world, measures=mine, loss="output", **asked)
    assert same.proof["value"].iloc[0] == pytest.approx(found.proof["value"].iloc[0])
    assert same.steps["measure"].tolist() == found.steps["measure"].tolist()
    alone = found.candidates.set_index("measure")["output"]
    told = same.measures.set_index("measure")["alone"]
    assert alone.to_dict() == pytest.approx(told.to_dict())


@given(seed=st.integers(0, 1000))
@settings(max_examples=5, deadline=None)
def test_more_budget_is_never_worse_and_none_keeps_nothing(seed: int) -> None:
    world, may = stages(), futures(seed)
    found = [
        catenary.support(world, scenarios=may, budget=budget, days=DAYS)
        for budget in (0.0, SCALE / 4, SCALE / 2, 100 * SCALE)
    ]
    values = [one.proof["value"].iloc[0] for one in found]
    assert all(a >= b for a, b in pairwise(values))
    assert by_plan(found[0])["chosen"]["output_kept"] == 0
    assert found[0].steps.empty
    assert by_plan(found[-1])["chosen"]["output_kept"] > 0


@given(seed=st.integers(0, 1000), floor=st.sampled_from([0.2, 0.5, 0.9, 1.0]))
@settings(max_examples=6, deadline=None)
def test_floors_bind_the_others_and_never_help(seed: int, floor: float) -> None:
    world, may = stages(), futures(seed)
    asked: dict[str, Any] = {"scenarios": may, "budget": SCALE / 2, "days": DAYS}
    free = catenary.support(world, **asked)
    found = catenary.support(world, floors=f"BBB={floor}", **asked)
    spent = found.groups.set_index("group")["spent"]
    assert spent["others"] <= (1 - floor) * SCALE / 2 * (1 + 1e-9)
    assert spent["BBB"] + spent["others"] == pytest.approx(spent["all"])
    assert found.proof["value"].iloc[0] >= free.proof["value"].iloc[0] * (1 - 1e-12)
    if floor == 1:
        assert set(found.steps["group"]) <= {"BBB"}
    even = by_plan(found)["even"]
    assert even["cost"] <= SCALE / 2 * (1 + 1e-9)


def test_an_industry_in_two_groups_is_split() -> None:
    world, may = two_chains(), (shock("all", "*.s0", 0.2, 20),)
    found = catenary.support(world, scenarios=may, budget=0, floors="BBB=0.3", days=DAYS)
    whole = catenary.support(world, scenarios=may, budget=0, days=DAYS)
    assert sorted(found.candidates["group"]) == ["", "", "BBB", "BBB"]
    assert found.candidates["cost"].sum() == pytest.approx(whole.candidates["cost"].sum())
    assert whole.candidates["producers"].tolist() == [2, 2]


def two_chains(second: str = "BBB") -> World:
    """Return two chains of two stages that do not touch, alike."""
    ids = ["AAA.s0", "AAA.s1", f"{second}.s0", f"{second}.s1"]
    return World({
        "regions": pd.DataFrame({"id": ["AAA", second]}),
        "products": pd.DataFrame({"id": ["s0", "s1"], "unit": "USD", "stock_days": 5.0}),
        "producers": pd.DataFrame({"id": ids, "region": ["AAA", "AAA", second, second],
                                   "product": ["s0", "s1"] * 2, "output": MADE, "labour": 30.0}),
        "supplies": pd.DataFrame({"supplier": ids[::2], "buyer": ids[1::2], "quantity": MADE}),
        "demand": pd.DataFrame({"product": ["s1", "s1"], "region": ["AAA", second],
                                "quantity": [MADE, MADE]}),
    })  # fmt: skip


def test_those_who_are_alike_are_treated_alike() -> None:
    found = catenary.support(
        two_chains(), scenarios=(shock("all", "*.s0", 0.2, 20),), budget=100 * SCALE, by="region",
        days=DAYS,
    )  # fmt: skip
    for _, pair in found.candidates.groupby("kind"):
        assert sorted(pair["who"]) == ["AAA", "BBB"]
        for column in ("cost", "output", "jobs", "alone", "adds", "per_usd"):
            assert pair[column].iloc[0] == pytest.approx(pair[column].iloc[1])
    first = found.training
    assert first["per_usd"].is_monotonic_decreasing
    assert first["rank"].tolist() == [1, 2]


def test_costs_are_those_of_the_catalogue() -> None:
    world, known = stages(), built_in()
    may = (shock("one", "AAA.s0", 0.4, 10, back=1e-9), shock("two", "BBB.s2", 0.5, 20))
    asked: dict[str, Any] = {"scenarios": may, "budget": 0, "days": DAYS}
    cost = catenary.support(world, **asked).candidates.set_index("measure")["cost"]
    support, training = known.templates["support"], known.templates["training"]
    kept = support["size"].value * 0.6 * 10 * MADE  # full days alone: there is no recovery
    assert cost["support:s0"] == pytest.approx(kept * support["yearly"].value)
    assert cost["training:s2"] == pytest.approx(PEOPLE[2] * training["yearly"].value)
    assert "training:s0" not in cost
    fixed = catenary.support(world, support_days=15, protection=0.5, **asked)
    told = fixed.candidates.set_index("measure")["cost"]
    assert told["support:s0"] == pytest.approx(0.5 * 15 * MADE * support["yearly"].value)
    assert told["support:s2"] == told["support:s0"]
    sizes = fixed.numbers[fixed.numbers["figure"] == "size"].set_index("kind")
    assert (sizes.loc["support", "value"], sizes.loc["support", "source"]) == (0.5, "")
    assert sizes.loc["training", "source"]


def test_money_for_nobody_stays_unspent_and_is_told() -> None:
    may = futures(2, ("AAA.s0",))
    found = catenary.support(
        stages(), scenarios=may, budget=10 * SCALE, floors="BBB=0.4,AAA=0.1", days=DAYS
    )
    groups = found.groups.set_index("group")
    assert groups.loc["BBB", "reserved"] == pytest.approx(4 * SCALE)
    assert groups.loc["BBB", "spent"] == 0
    before, after = (groups[name].to_dict()["BBB"] for name in ("output_without", "output"))
    assert before > after
    assert any("BBB stay unspent" in one for one in found.run.warnings)
    assert set(found.steps["group"]) == {"AAA"}
    for parts in (1, 3):
        kept_back = catenary.support(
            stages(), scenarios=may, budget=10 * SCALE, floors="BBB=1", parts=parts, days=DAYS
        )
        assert not kept_back.plans["cost"].any()


def test_groups_that_overlap_may_share_money() -> None:
    asked: dict[str, Any] = {"scenarios": futures(2), "budget": SCALE / 2, "days": DAYS}
    found = catenary.support(stages(), floors="AAA=0.7,s0=0.7", **asked)
    assert set(found.steps["group"]) <= {"AAA; s0", ""}
    with pytest.raises(OptionError, match=r"reserve 1\.4 times the budget"):
        catenary.support(stages(), floors="AAA=0.7,BBB=0.7", **asked)


def test_built_in_groups_are_known_and_their_absent_members_told() -> None:
    found = catenary.support(
        two_chains("BGD"), scenarios=(shock("all", "*.s0", 0.2, 20),), budget=SCALE, by="region",
        floors="LDC=1", days=DAYS,
    )  # fmt: skip
    assert set(found.steps["who"]) == {"BGD"}
    assert any("members of LDC are not in this world" in one for one in found.run.warnings)


def test_the_order_of_rows_does_not_matter() -> None:
    world = two_chains()
    turned = World({
        name: table.frame.reset_index(drop="id" in table.frame).iloc[::-1]
        for name, table in world.tables.items()
    })  # fmt: skip
    asked: dict[str, Any] = {
        "scenarios": futures(4, ("AAA.s0", "BBB.s0")), "budget": SCALE / 3, "days": DAYS,
        "floors": "BBB=0.2",
    }  # fmt: skip
    one, other = catenary.support(world, **asked), catenary.support(turned, **asked)
    assert one.steps["measure"].tolist() == other.steps["measure"].tolist()
    assert one.proof["value"].iloc[0] == pytest.approx(other.proof["value"].iloc[0])


def test_capital_that_is_rebuilt_is_supported_for_the_days_of_the_catalogue() -> None:
    world, template = stages(), built_in().templates["support"]
    rebuild = Recovery(curve="rebuild", days=30, products={"s3": 1.0})
    gone = Change(
        target="producers.capital",
        where={"id": "AAA.s0"},
        multiply=0.8,
        start=2,
        days=0,
        recovery=rebuild,
    )
    found = catenary.support(
        world, scenarios=(Scenario("gone", (gone,)),), budget=100 * SCALE, days=DAYS
    )
    assert found.candidates["kind"].tolist() == ["support"]
    kept = template["size"].value * template["days"].value * MADE
    assert found.candidates["cost"].iloc[0] == pytest.approx(kept * template["yearly"].value)
    assert by_plan(found)["chosen"]["output_kept"] > 0


def test_without_jobs_in_the_world_output_counts() -> None:
    asked: dict[str, Any] = {"scenarios": futures(2), "budget": SCALE, "days": DAYS}
    world = stages(labour=None)
    found = catenary.support(world, **asked)
    assert found.proof["keep"].iloc[0] == "output"
    assert found.plans["jobs"].isna().all()
    assert any("producers.labour" in one for one in found.run.warnings)
    same = catenary.support(world, keep="output", **asked)
    assert not any("producers.labour" in one for one in same.run.warnings)
    assert same.to_dict()["tables"] == found.to_dict()["tables"]
    with pytest.raises(MissingDataError, match="employ") as told:
        catenary.support(world, keep="jobs", **asked)
    assert "producers.labour" in told.value.hint


def test_firms_regions_and_parts() -> None:
    world = stages(firms=True)
    may = (shock("all", "*", 0.3, 15),)
    asked: dict[str, Any] = {"scenarios": may, "days": DAYS, "budget": SCALE}
    firms = catenary.support(world, by="firm", **asked)
    assert set(firms.candidates["who"]) == {"one", "two"}
    assert any("1 producers that are hit name no firm" in one for one in firms.run.warnings)
    here = catenary.support(world, by="producer", regions="AAA", **asked)
    assert set(here.candidates["who"]) == {"AAA.s0", "AAA.s1"}
    part = catenary.support(world, by="region", parts=2, floors="BBB=0.5", **asked)
    even, chosen = by_plan(part)["even"], by_plan(part)["chosen"]
    assert even["cost"] <= SCALE * (1 + 1e-9)
    assert chosen["cost"] <= SCALE * (1 + 1e-9)
    few = catenary.support(world, most=2, **asked)
    assert len(few.candidates) == 2
    assert any("8 measures are possible; 2 are" in one for one in few.run.warnings)


def test_it_is_tried_on_fresh_draws_and_told() -> None:
    drawn = Change(
        target="producers.capacity", where={"id": "AAA.s0"}, multiply=0.5, days=25, start=2,
        uncertain={"multiply": {"distribution": "uniform", "low": 0.0, "high": 1.0}},
    )  # fmt: skip
    found = catenary.support(
        stages(), scenarios=(Scenario("drawn", (drawn,)),), budget=10 * SCALE, runs=6, days=DAYS,
        floors="AAA=0.2",
    )  # fmt: skip
    assert found.proof["fresh"].iloc[0] == 6
    plans = by_plan(found)
    assert plans["chosen"]["fresh_loss"] < plans["nothing"]["fresh_loss"]
    words = found.summary()
    assert "support of s0 (AAA)" in words
    assert "days of jobs lost it keeps" in words
    kept = found.figures().set_index("figure").loc["output kept", "value"]
    assert kept == plans["chosen"]["output_kept"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"floors": "AAA"}, "floors give 'AAA'"),
        ({"floors": "AAA=1.2"}, "floors give 'AAA=1.2'"),
        ({"floors": "AAA=0.1,AAA=0.2"}, "twice"),
        ({"floors": "ZZZ=0.1"}, "floors name 'ZZZ'"),
        ({"floors": "LDC=0.1"}, "floors name 'LDC'"),
        ({"floors": "CCC=0.1"}, "nobody makes anything"),
        ({"budget": 1.0}, "below any measure"),
        ({"by": "firm"}, "which firm"),
        ({"scenarios": ()}, "needs scenarios"),
        ({"regions": "ZZZ"}, "regions names 'ZZZ'"),
        ({"regions": "BBB", "scenarios": futures(1, ("AAA.s0",))}, "nobody can be supported"),
        ({"worth": "s9=1"}, "worth names 's9'"),
        ({"protection": 2.0}, "protection"),
    ],
)
def test_bad_input_is_told(options: dict[str, Any], words: str) -> None:
    asked: dict[str, Any] = {"scenarios": futures(1), "budget": SCALE, "days": DAYS}
    with pytest.raises(CatenaryError, match=words) as told:
        catenary.support(stages(), **{**asked, **options})
    assert told.value.hint


def test_a_world_without_prices_says_what_is_missing() -> None:
    may = (shock("one", "AAA.s0", 0.0, 10),)
    with pytest.raises(OptionError, match="costs are known"):
        catenary.support(serial_chain(3), scenarios=may, budget=1, days=30)
    found = catenary.support(serial_chain(3), scenarios=may, budget=1e9, worth="s0=1e6", days=30)
    assert set(found.steps["who"]) == {"s0"}
    assert found.proof["output_unit"].iloc[0] == "day"


def test_a_saved_result_opens_again(tmp_path: Path) -> None:
    found = catenary.support(stages(), scenarios=futures(5), budget=SCALE / 3, days=DAYS)
    catenary.save(found, tmp_path / "s.result")
    again = catenary.load(str(tmp_path / "s.result"))
    assert isinstance(again, catenary.Result)
    assert again.to_dict()["tables"] == found.to_dict()["tables"]
    assert catenary.report(again).document["sections"]
