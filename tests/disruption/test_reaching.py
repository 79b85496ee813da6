"""What a measure touches: who is not touched need not be run again."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import catenary
from catenary import Change, Recovery, Scenario, World
from catenary.cli.checking import check
from catenary.disruption.preparing import prepare
from catenary.disruption.reaching import reach
from catenary.disruption.settling import is_lasting
from catenary.errors import ScenarioError
from catenary.maths import inventory
from catenary.model import Worlds, measures_of
from catenary.testing import serial_chain, worlds

pytestmark = pytest.mark.part("8.1")

OPTIONS: dict[str, Any] = {
    "stock_days": 20.0, "psi": 0.8, "restoration_days": 30, "overproduction": 1.25,
    "overproduction_days": 100, "orders": "alt", "rationing": "stated", "criticality": "stated",
    "switch_home": 0.0, "switch_abroad": 0.0, "price_response": 1.0, "demand_elasticity": 0.0,
    "capital_years": 4.0,
}  # fmt: skip

MEASURES: list[dict[str, Any]] = [
    {"target": "producers.capacity", "multiply": 1.2},
    {"target": "producers.protection", "set": 0.5},
    {"target": "producers.recovery", "set": 0.5},
    {"target": "producers.stock_days", "add": 10},
]


def two_chains() -> World:
    """Return two chains that have nothing to do with each other."""
    ids = [f"{region}.s{stage}" for region in ("AAA", "BBB") for stage in range(3)]
    goods = [name.replace("AAA.", "a_").replace("BBB.", "b_") for name in ids]
    return serial_chain(3).with_(
        regions=pd.DataFrame({"id": ["AAA", "BBB"]}),
        products=pd.DataFrame({"id": goods, "stock_days": 10.0}),
        producers=pd.DataFrame(
            {"id": ids, "region": [one[:3] for one in ids], "product": goods, "output": 1.0}
        ),
        supplies=pd.DataFrame(
            {
                "supplier": [ids[0], ids[1], ids[3], ids[4]],
                "buyer": [ids[1], ids[2], ids[4], ids[5]],
                "quantity": 1.0,
            }
        ),
        demand=pd.DataFrame(
            {"product": [goods[2], goods[5]], "region": ["AAA", "BBB"], "quantity": 1.0}
        ),
    )


def path_of(world: World, *changes: Change) -> inventory.Path:
    """Return what becomes of a world."""
    ready = prepare(world, Scenario("s", changes), 60, OPTIONS)
    return inventory.simulate(ready.layout.network, ready.parameters, 60, ready.disturbance)


@pytest.mark.parametrize("measure", MEASURES, ids=lambda one: str(one["target"]))
@pytest.mark.parametrize("label", ["AAA.s1", "AAA.s2", "BBB.s1"])
def test_what_reaches_nobody_who_is_touched_changes_nothing(
    measure: dict[str, Any], label: str
) -> None:
    """Another economy beside the one that is hit: no measure there is felt here."""
    world = two_chains()
    shock = Change(
        target="producers.capacity", where={"region": "AAA"}, multiply=0.3, days=20,
        recovery=Recovery(days=15),
    )  # fmt: skip
    change = Change(where={"id": label}, kind="measure", **measure)
    who = reach(world, [change])
    assert who is not None
    assert world.ids("producers")[who].tolist() == [label]
    bare, helped = path_of(world, shock), path_of(world, shock, change)
    assert np.array_equal(bare.output, helped.output) == label.startswith("BBB")


@pytest.mark.parametrize(
    ("target", "where", "who"),
    [
        ("producers.labour", {"region": "AAA"}, [0, 1, 2]),
        ("products.stock_days", {"id": "a_s0"}, [1]),
        ("stocks.target_days", {"input": "?_s1"}, [2, 5]),
        ("stocks.target_days", {"producer": "BBB.*"}, [4, 5]),
        ("stocks.target_days", {"producer": "BBB.*", "input": "b_s0"}, [4]),
        ("producers.priority", {"id": "AAA.s1"}, [0, 1]),
        ("recipes.criticality", {"product": "a_s1"}, [1]),
        ("recipes.criticality", {"producer": "BBB.s2"}, [5]),
    ],
)
def test_who_is_reached(target: str, where: dict[str, str], who: list[int]) -> None:
    recipes = pd.DataFrame(
        {
            "product": ["a_s1", "b_s2"], "input": ["a_s0", "b_s1"], "producer": ["", "BBB.s2"],
            "criticality": 0.5,
        }
    )  # fmt: skip
    world = two_chains().with_(recipes=recipes)
    found = reach(world, [Change(target=target, where=where, set=1)])
    assert found is not None
    assert np.flatnonzero(found).tolist() == who


@given(world=worlds(), seed=st.integers(0, 9))
@settings(max_examples=15)
def test_priority_reaches_those_who_deliver(world: World, seed: int) -> None:
    count = len(world.ids("producers"))
    buyer = seed % count
    if "intermediate" in world:
        flows = world.matrix("intermediate").dense[:, buyer] > 0
    else:
        supplies = world.part("supplies")
        flows = np.zeros(count, bool)
        flows[supplies.codes("supplier")[supplies.codes("buyer") == buyer]] = True
    assume(flows.any())
    label = str(world.ids("producers")[buyer])
    found = reach(world, [Change(target="producers.priority", where={"id": label}, set=1)])
    assert found is not None
    flows[buyer] = True
    assert found.tolist() == flows.tolist()


def test_some_measures_reach_everybody() -> None:
    world = two_chains()
    own = Change(target="producers.protection", where={"id": "AAA.s0"}, set=1)
    for target in ("supplies.share", "stocks.on_hand", "links.duration", "passages.open",
                   "demand.quantity", "consumers.priority"):  # fmt: skip
        assert reach(world, [own, Change(target=target, set=1)]) is None
    rebuilt = Change(
        target="producers.capital", multiply=0.5, days=1,
        recovery=Recovery(curve="rebuild", days=9, products={"a_s0": 1.0}),
    )  # fmt: skip
    assert reach(world, [rebuilt]) is None
    stocks = pd.DataFrame(
        {"producer": ["AAA.s1"], "input": ["a_s0"], "target_days": 5.0, "on_hand": 5.0}
    )
    stated = world.with_(stocks=stocks)  # more stock would be bought from the first day on
    more = Change(target="stocks.target_days", where={"producer": "AAA.s1"}, add=9)
    assert reach(stated, [more]) is None
    assert reach(world, [more]) is not None
    assert reach(world, []) is not None


def test_reach_of_what_matches_nothing_is_an_error() -> None:
    with pytest.raises(ScenarioError, match="that nobody buys"):
        reach(
            two_chains(),
            [Change(target="stocks.target_days", where={"producer": "AAA.s0"}, set=1)],
        )


def test_what_lasts_is_known() -> None:
    lasting = ("producers.protection", "producers.recovery", "supplies.share", "stocks.on_hand")
    assert all(is_lasting(target) for target in lasting)
    assert not any(is_lasting(t) for t in ("producers.capacity", "links.open", "final"))


def test_check_counts_rows_that_stress_would_make(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plan = tmp_path / "plan.toml"
    plan.write_text(
        """
        [[changes]]
        target = "supplies.share"
        where = { supplier = "ARG.batteries.lithium_mining", destination = "CHN" }
        multiply = 0.5
        [[changes]]
        target = "stocks.target_days"
        where = { producer = "JPN.*", input = "semiconductors.silicon_wafers" }
        add = 30
        [[changes]]
        target = "producers.protection"
        where = { id = "JPN.semiconductors.silicon_wafers" }
        set = 0.5
        """
    )
    assert check(str(plan), "chains") == 0
    assert re.search(r"ok; its 3 changes match \d+, [1-9]\d*, 1 rows", capsys.readouterr().out)


def test_every_measure_of_the_page_runs() -> None:
    page = Path(__file__).parents[2] / "docs" / "scenarios.md"
    text = page.read_text(encoding="utf-8").split("\n## Measures\n")[1].split("```toml")[1]
    plan = Scenario.parse(text.split("```")[0])
    loaded = catenary.load("chains")
    assert isinstance(loaded, Worlds)
    shock = Change(target="producers.capacity", where={"region": "TWN"}, set=0, days=20)
    run: dict[str, Any] = {"scenario": Scenario("s", (shock,)), "days": 60}
    bare = catenary.stress(loaded["pooled"], **run)
    helped = catenary.stress(loaded["pooled"], measures=plan, **run)
    assert len({measure.name for measure in measures_of(plan)}) == 8
    assert helped.losses["loss_days"].sum() < bare.losses["loss_days"].sum()
