from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import catenary
from catenary import Change, Scenario, World
from catenary.errors import OptionError
from catenary.testing import trading_world
from catenary.trade import draws as drawing
from catenary.trade.many import together

pytestmark = pytest.mark.part("7.6")

FREE = Scenario("free", (Change(target="links.tariff", set=0.0),))


def with_errors(world: World, error: float) -> World:
    table = world.table("elasticities").reset_index(drop=True)
    return world.with_(elasticities=table.assign(error=error))


def kept_cases(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Return a list that fills with the cases that draws make."""
    kept: list[Any] = []
    real = together

    def spy(flows: Any, cases: Any, *others: Any, **options: Any) -> Any:
        kept.extend(cases)
        return real(flows, cases, *others, **options)

    monkeypatch.setattr(drawing, "together", spy)
    return kept


@pytest.mark.parametrize("deficits", ["fixed", "zero", "share", "proportional"])
def test_each_draw_is_the_counterfactual_with_its_elasticities(
    deficits: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = trading_world(11)
    kept = kept_cases(monkeypatch)
    found = catenary.counterfactual(world, scenario=FREE, deficits=deficits, draws=4, seed=3)
    assert len(kept) == 4
    assert len({case.theta.tobytes() for case in kept}) == 4
    for draw, case in enumerate(kept, 1):
        drawn = pd.DataFrame({"product": ["p0", "p1"], "trade": case.theta[:2]})
        alone = catenary.counterfactual(
            world.with_(elasticities=drawn), scenario=FREE, deficits=deficits
        )
        ours = found.draws[found.draws["draw"] == draw].set_index("region")["real_income"]
        theirs = alone.regions.set_index("region")["real_income"]
        np.testing.assert_allclose(ours.sort_index(), theirs.sort_index(), atol=1e-9)


@given(st.integers(0, 10_000))
@settings(max_examples=5)
def test_small_errors_leave_a_narrow_range_around_the_answer(seed: int) -> None:
    world = trading_world(seed)
    narrow, wide = (
        catenary.counterfactual(with_errors(world, error), scenario=FREE, draws=16)
        for error in (1e-4, 1.0)
    )
    middle = narrow.regions.set_index("region")["real_income"].sort_index()
    ranges = narrow.ranges.set_index("region").sort_index()
    np.testing.assert_allclose(ranges["mean"], middle, atol=1e-5)
    spread = (wide.ranges["q95"] - wide.ranges["q05"]).sum()
    assert (ranges["q95"] - ranges["q05"]).sum() < 1e-2 * spread
    for table in (narrow.ranges, wide.ranges):
        columns = ["q05", "q25", "q50", "q75", "q95"]
        assert (table[columns].diff(axis=1).iloc[:, 1:] >= 0).all().all()
        assert ((table["gains"] + table["loses"]) <= 1 + 1e-12).all()


def test_the_drawn_elasticities_have_the_stated_mean_and_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = trading_world(12)
    kept = kept_cases(monkeypatch)
    found = catenary.counterfactual(world, scenario=FREE, draws=512)
    theta = np.stack([case.theta for case in kept])
    stated = world.table("elasticities")
    np.testing.assert_allclose(theta[:, :2].mean(axis=0), stated["trade"], rtol=0.01)
    np.testing.assert_allclose(theta[:, :2].std(axis=0), stated["error"], rtol=0.05)
    assert (theta > 0).all()
    assert abs(np.corrcoef(theta[:, 0], theta[:, 1])[0, 1]) < 0.05
    assert found.elasticities["error"].tolist() == pytest.approx([1.0, 1.0])


def test_the_same_seed_draws_the_same_and_another_does_not() -> None:
    world = trading_world(13)
    one, two, three = (
        catenary.counterfactual(world, scenario=FREE, draws=8, seed=seed) for seed in (1, 1, 2)
    )
    pd.testing.assert_frame_equal(one.draws, two.draws)
    assert not np.allclose(one.draws["real_income"], three.draws["real_income"], atol=1e-9)
    assert len(one.draws) == 8 * 4


def test_what_is_uncertain_in_the_scenario_is_drawn_too() -> None:
    world = trading_world(14).without("elasticities")
    spread = {"set": {"distribution": "uniform", "low": 0.0, "high": 0.4}}
    wall = Scenario(
        "wall",
        (Change(target="links.tariff", where={"destination": "R1"}, set=0.2, uncertain=spread),),
    )
    found = catenary.counterfactual(world, scenario=wall, elasticity=5.0, draws=32)
    ends = [
        catenary.counterfactual(
            world, elasticity=5.0,
            scenario=Scenario(
                "w", (Change(target="links.tariff", where={"destination": "R1"}, set=rate),)
            ),
        ).regions.set_index("region")["real_income"]
        for rate in (0.0, 0.4)
    ]  # fmt: skip
    ranges = found.ranges.set_index("region")
    others = [name for name in ranges.index if name != "R1"]  # for whom more tariff is worse
    low = pd.concat(ends, axis=1).min(axis=1).loc[others]
    high = pd.concat(ends, axis=1).max(axis=1).loc[others]
    assert (ranges.loc[others, "q05"] >= low - 1e-9).all()
    assert (ranges.loc[others, "q95"] <= high + 1e-9).all()
    assert (ranges["q95"] > ranges["q05"]).all()


def test_one_error_for_all_products_without_a_row_is_drawn_for_all_alike(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = trading_world(15).without("elasticities")
    kept = kept_cases(monkeypatch)
    catenary.counterfactual(world, scenario=FREE, elasticity=5.0, elasticity_error=1.0, draws=8)
    theta = np.stack([case.theta for case in kept])
    np.testing.assert_allclose(theta[:, 0], theta[:, 1])
    assert np.ptp(theta[:, 0]) > 0.5


def test_draws_where_nothing_is_uncertain_are_refused() -> None:
    with pytest.raises(OptionError, match="nothing is uncertain"):
        catenary.counterfactual(
            trading_world().without("elasticities"), scenario=FREE, elasticity=5.0, draws=8
        )
    assert catenary.counterfactual(trading_world(), scenario=FREE).ranges.empty
