from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import catenary
from catenary import Change, Scenario
from catenary.errors import OptionError
from catenary.model.balance import imbalances
from catenary.testing import trading_world
from catenary.trade.deliveries import worlds_of
from catenary.trade.solving import Question, solved

pytestmark = pytest.mark.part("7.6")

SEEDS = st.integers(0, 10_000)
FREE = Scenario("free", (Change(target="links.tariff", set=0.0),))
NOTHING = Scenario("nothing")
QUAKE = Scenario(
    "quake",
    (Change(target="producers.capacity", where={"region": "R0"}, multiply=0.4, days=20),),
)


def both(world: Any, scenario: Scenario, **options: Any) -> Any:
    question = Question(scenario=scenario, deficits=options.get("deficits", "fixed"),
                        uses=options.get("uses", 1), elasticity=5.0, day_value=None,
                        capital_share=None, day=0)  # fmt: skip
    return worlds_of(world, solved(world, question), scenario)


@given(SEEDS, st.sampled_from([1, 2]), st.booleans())
@settings(max_examples=12)
def test_without_a_change_the_new_world_is_the_old_one(seed: int, uses: int, duties: bool) -> None:  # noqa: FBT001
    world = trading_world(seed, duty=0.2 if duties else 0.0)
    for other in both(world, NOTHING, uses=uses)[:2]:
        for name, matrix in world.matrices.items():
            scale = np.abs(matrix.dense).max()
            gap = np.abs(other.matrix(name).dense - matrix.dense).max()
            assert gap <= 1e-9 * scale, name
        np.testing.assert_allclose(
            other.table("producers")["output"], world.table("producers")["output"], rtol=1e-9
        )


@given(SEEDS, st.sampled_from(["fixed", "zero"]), st.sampled_from([1, 2]))
@settings(max_examples=12)
def test_the_accounts_of_the_new_world_close(seed: int, deficits: str, uses: int) -> None:
    world = trading_world(seed)
    old, new, spread = both(world, FREE, deficits=deficits, uses=uses)
    assert spread == 0
    for one in (old, new):
        assert not imbalances(one)
        flows, final = one.matrix("intermediate").dense, one.matrix("final").dense
        output = one.table("producers")["output"].to_numpy() * 365
        np.testing.assert_allclose(flows.sum(axis=1) + final.sum(axis=1), output, rtol=1e-12)
        added = one.matrix("value_added").dense.sum(axis=0)
        np.testing.assert_allclose(flows.sum(axis=0) + added, output, rtol=1e-9)
    assert (new.table("links")["tariff"] == 0).all()
    assert (old.table("links")["tariff"] > 0).any()
    # what was liberalised is the baseline of the next question
    again = catenary.counterfactual(new, scenario=NOTHING, deficits="fixed", elasticity=5.0)
    np.testing.assert_allclose(again.regions["real_income"], 0, atol=1e-9)
    np.testing.assert_allclose(again.basis["iterations"], 2, atol=4)


@given(SEEDS)
@settings(max_examples=5)
def test_there_and_back_is_where_it_began(seed: int) -> None:
    """Freeing trade and then setting the old tariffs anew gives the old table."""
    world = trading_world(seed)
    new = both(world, FREE)[1]
    links = world.table("links").reset_index(drop=True)
    back = Scenario(
        "back",
        tuple(
            Change(
                target="links.tariff", set=float(row["tariff"]),
                where={key: str(row[key]) for key in ("origin", "destination", "product")},
            )
            for _, row in links.iterrows()
        ),
    )  # fmt: skip
    home = both(new, back)[1]
    for name in ("intermediate", "final", "value_added", "stressors"):
        ours, theirs = home.matrix(name).dense, world.matrix(name).dense
        np.testing.assert_allclose(ours, theirs, rtol=1e-6, atol=1e-8 * theirs.max())


def test_the_same_shock_runs_through_both_worlds() -> None:
    world = trading_world(3)
    found = catenary.resilience(world, scenario=QUAKE, measures=FREE, days=60)
    old, new, _ = both(world, FREE)
    for side, one in (("_before", old), ("", new)):
        alone = catenary.stress(one, scenario=QUAKE, days=60)
        assert found.basis[f"lost{side}"].iloc[0] == pytest.approx(
            (1 - alone.checks["output"]).sum(), rel=1e-9
        )
        sums = alone.losses.groupby(alone.losses["region"].astype(str))[["loss", "baseline"]].sum()
        days = (sums["loss"] / sums["baseline"]).sort_index()
        ours = found.regions.set_index("region")[f"loss_days{side}"].sort_index()
        np.testing.assert_allclose(ours, days, rtol=1e-9, atol=1e-12)
    gain = catenary.counterfactual(world, scenario=FREE).regions.set_index("region")["real_income"]
    ours = found.regions.set_index("region")["real_income"]
    np.testing.assert_allclose(ours.sort_index(), gain.sort_index(), atol=1e-10)
    assert (found.regions["change"].abs() > 1e-6).any()
    assert "days of world output" in found.summary()


@given(SEEDS)
@settings(max_examples=4)
def test_barriers_that_stay_change_no_loss(seed: int) -> None:
    world = trading_world(seed)
    found = catenary.resilience(world, scenario=QUAKE, measures=NOTHING, days=40)
    np.testing.assert_allclose(found.regions["change"], 0, atol=1e-6)
    np.testing.assert_allclose(found.path["after"], found.path["before"], atol=1e-8)


def test_resilience_without_measures_is_refused() -> None:
    with pytest.raises(OptionError, match="how barriers change"):
        catenary.resilience(trading_world(), scenario=QUAKE)
