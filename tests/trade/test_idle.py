"""What changes nothing is said, not solved."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import catenary
from catenary import Change, Scenario
from catenary.errors import ComputationError, ScenarioError
from catenary.testing import trading_world, two_regions

SEEDS = st.integers(0, 10_000)
QUAKE = Scenario(
    "quake",
    (Change(target="producers.capacity", where={"region": "R0"}, multiply=0.4, days=20),),
)


def one(target: str, **change: Any) -> Scenario:
    return Scenario("one", (Change(target=f"links.{target}", **change),))


def asked(world: Any, scenario: Scenario, **options: Any) -> Any:
    return catenary.counterfactual(world, scenario=scenario, elasticity=5, **options)


@pytest.mark.part("7.1")
@given(SEEDS, st.sampled_from(["tariff", "rent", "iceberg", "duration"]), st.floats(0, 3))
@settings(max_examples=20)
def test_a_multiple_of_an_unknown_barrier_is_refused(seed: int, name: str, factor: float) -> None:
    world = trading_world(seed, regions=3).without("links")
    with pytest.raises(ScenarioError, match=f"{name} is 0 there|that value already") as told:
        asked(world, one(name, multiply=factor), day_value=0.01)
    assert "no table links" in told.value.hint


@pytest.mark.part("7.1")
def test_what_is_known_of_barriers_is_told() -> None:
    world = trading_world(3, regions=3)
    with pytest.raises(ScenarioError) as told:
        asked(world, one("rent", multiply=0))
    assert "tariff above 0 on 12" in told.value.hint
    with pytest.raises(ScenarioError, match="crosses a border"):
        asked(world, one("tariff", where={"product": "p2"}, set=0.3))
    with pytest.raises(ScenarioError, match="not in force on day 0") as later:
        asked(world, one("tariff", set=0.3, start=10))
    assert "day = 10" in later.value.hint
    assert len(asked(world, one("tariff", set=0.3, start=10), day=10).regions) == 3


@pytest.mark.part("7.1")
def test_an_elasticity_alone_is_no_barrier() -> None:
    theta = Scenario("theta", (Change(target="elasticities.trade", multiply=2.0),))
    with pytest.raises(ScenarioError) as told:
        asked(trading_world(3, regions=3), theta)
    assert "before and after" in told.value.hint


@pytest.mark.part("7.6")
def test_resilience_refuses_measures_that_change_nothing() -> None:
    world = trading_world(2, regions=3).without("links")
    with pytest.raises(ScenarioError, match="changes no barrier"):
        catenary.resilience(
            world, scenario=QUAKE, measures=one("tariff", multiply=0), elasticity=5, days=10
        )


@pytest.mark.part("7.1")
@given(SEEDS, st.floats(0.05, 1))
@settings(max_examples=8)
def test_of_several_changes_those_that_do_nothing_are_named(seed: int, rate: float) -> None:
    world = trading_world(seed, regions=3)
    wall, idle = (Change(target="links.iceberg", add=rate), Change(target="links.rent", multiply=0))
    both = asked(world, Scenario("both", (idle, wall)))
    alone = asked(world, Scenario("alone", (wall,)))
    pd.testing.assert_frame_equal(both.regions, alone.regions, rtol=1e-9)
    told = set(both.run.warnings) - set(alone.run.warnings)
    assert len(told) == 1
    assert "change 1 of scenario both changes nothing" in told.pop()


@pytest.mark.part("7.1")
def test_an_empty_scenario_still_changes_nothing() -> None:
    found = asked(two_regions(), Scenario("nothing"))
    assert found.regions["real_income"].abs().max() < 1e-9
    worthless = asked(two_regions(), one("duration", add=3), day_value=0)
    assert worthless.regions["real_income"].abs().max() < 1e-9


@pytest.mark.part("7.6")
@given(SEEDS)
@settings(max_examples=2)
def test_cooperation_warns_of_all_that_the_counterfactual_warns_of(seed: int) -> None:
    """Both solve the same baseline, and everybody together is the counterfactual itself."""
    world = trading_world(seed, regions=3)
    free = Scenario(
        "free",
        (Change(target="links.tariff", set=0), Change(target="links.rent", multiply=0)),
    )
    for rule in ("fixed", "zero"):
        one = catenary.counterfactual(world, scenario=free, deficits=rule, stressor="none")
        ways = catenary.cooperate(world, scenario=free, deficits=rule)
        assert set(one.run.warnings) == set(ways.run.warnings)
        assert any("change 2" in text for text in one.run.warnings)
        assert (rule == "fixed") != any("solved first" in text for text in ways.run.warnings)


@pytest.mark.part("7.1")
@given(SEEDS, st.sampled_from(["R0", "R1", "R2"]), st.sampled_from(["origin", "destination"]))
@settings(max_examples=3)
def test_bans_that_cannot_be_paid_for_are_refused_by_name(
    seed: int, region: str, side: str
) -> None:  # fmt: skip
    world = trading_world(seed, regions=3)
    ban = one("open", where={side: region}, set=0)
    for way in ("counterfactual", "cooperate"):
        with pytest.raises(ComputationError, match=region) as told:
            getattr(catenary, way)(world, scenario=ban, deficits="zero", elasticity=5)
        assert "inf" not in str(told.value)
        assert f"without any {'exports' if side == 'origin' else 'imports'}" in str(told.value)
    apart = Scenario(
        "apart",
        tuple(
            Change(target="links.open", where={end: region}, set=0)
            for end in ("origin", "destination")
        ),
    )
    with pytest.raises(ComputationError, match=region):  # a deficit that nobody can lend
        asked(world, apart, deficits="fixed")
