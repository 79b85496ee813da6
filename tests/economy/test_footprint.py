from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings

import catenary
from catenary import Matrix, World
from catenary.errors import ComputationError, MissingDataError, OptionError
from catenary.maths.leontief import LeontiefSystem, input_coefficients
from catenary.testing import networks, two_regions, worlds

if TYPE_CHECKING:
    from pathlib import Path

    from catenary.testing.strategies import DrawnNetwork

pytestmark = pytest.mark.part("1.6")


def both_sides(regions: pd.DataFrame, region: str) -> list[float]:
    """Return what a region causes as producer and as consumer."""
    return [float(regions[side].loc[region]) for side in ("production", "consumption")]


def test_kitzes() -> None:
    regions = catenary.footprint(two_regions()).regions.set_index("region")
    assert both_sides(regions, "AAA") == pytest.approx([8, 4.8])
    assert both_sides(regions, "BBB") == pytest.approx([4, 7.2])


def test_miller_and_blair() -> None:
    # Miller & Blair (2009), section 2.3: two sectors, new demand 600 and 1500
    A = input_coefficients(np.array([[150.0, 500], [200, 100]]), np.array([1000.0, 2000]))  # noqa: N806
    system = LeontiefSystem(A)
    np.testing.assert_allclose(
        system.output_for(np.eye(2)), [[1.2541, 0.3300], [0.2640, 1.1221]], atol=5e-5
    )
    np.testing.assert_allclose(
        system.output_for(np.array([600.0, 1500])), [1247.52, 1841.58], atol=5e-3
    )


@given(networks())
def test_demand_and_intensity_are_two_sides_of_one_sum(drawn: DrawnNetwork) -> None:
    A = input_coefficients(drawn.flows, drawn.output)  # noqa: N806
    system = LeontiefSystem(A)
    np.testing.assert_allclose(system.output_for(drawn.final), drawn.output, rtol=1e-9)
    s = np.linspace(0, 1, len(drawn.final))
    assert system.intensities(s) @ drawn.final == pytest.approx(s @ drawn.output)
    # the series I + A + A² + … says the same
    total, term = np.zeros_like(s), s
    for _ in range(400):
        total, term = total + term, A.T @ term
    np.testing.assert_allclose(system.intensities(s), total, rtol=1e-6)


@given(worlds(dense=True))
@settings(max_examples=30)
def test_what_is_produced_is_consumed_and_what_leaves_arrives(world: World) -> None:
    ids = world.ids("producers")
    rng = np.random.default_rng(1)
    stressors = Matrix(rng.random((2, len(ids))), ["co2", "water"], ids, "t/day")
    world = world.with_(stressors=stressors)
    result = catenary.footprint(world, stressor="water")
    regions = result.regions
    assert regions["production"].sum() == pytest.approx(stressors.dense[1].sum())
    assert regions["consumption"].sum() == pytest.approx(regions["production"].sum())
    assert regions["imported"].sum() == pytest.approx(regions["exported"].sum())
    flows = result.flows.astype({"origin": "str", "destination": "str"})
    by_origin = flows.groupby("origin")["amount"].sum()
    np.testing.assert_allclose(by_origin[regions["region"].astype(str)], regions["production"])
    # any order of labels gives the same account
    order = rng.permutation(len(ids))
    turned = world.with_(
        intermediate=world.matrix("intermediate").aligned_to(ids[order], ids[order[::-1]]),
        stressors=stressors.aligned_to(stressors.rows, ids[order]),
    )
    again = catenary.footprint(turned, stressor="water")
    pd.testing.assert_frame_equal(again.regions, regions)


def test_value_added_of_the_world_is_its_final_demand(shared: Path) -> None:
    world = catenary.read("wiod", shared / "data" / "wiod2013", year=2011)
    result = catenary.footprint(world)
    assert (result.regions["stressor"] == "value_added").all()
    final = world.matrix("final").dense.sum()
    assert result.regions["production"].sum() == pytest.approx(final, rel=1e-9)
    assert result.regions["consumption"].sum() == pytest.approx(final, rel=1e-9)
    # intensities of value added are 1 wherever something is made: every cent is somebody's income
    made = world.table("producers")["output"].to_numpy() > 0
    totals = result.producers.set_index("producer").loc[world.ids("producers"), "total"].to_numpy()
    np.testing.assert_allclose(totals[made], 1.0, atol=1e-6)
    # and what a country's consumers cause at home or abroad is what they spend
    spent = world.matrix("final").dense.sum(axis=0)
    users = world.table("consumers")["region"].astype(str).to_numpy()
    regions = result.regions.set_index(result.regions["region"].astype(str))
    for region in ("CHN", "USA", "LUX"):
        theirs = spent[users == region].sum()
        assert regions.loc[region, "consumption"] == pytest.approx(theirs, rel=1e-6)


def test_direct_pressure_of_households_counts_on_both_sides() -> None:
    world = two_regions()
    direct = Matrix([[1.0, 2.0]], ["co2"], world.ids("consumers"), "kt/year")
    regions = catenary.footprint(world.with_(stressors_final=direct)).regions.set_index("region")
    assert both_sides(regions, "BBB") == pytest.approx([2004, 2007.2])


@pytest.mark.part("1.8")
def test_what_is_missing_is_named() -> None:
    world = two_regions()
    with pytest.raises(OptionError, match="no stressor 'co3'") as caught:
        catenary.footprint(world, stressor="co3")
    assert "'co2'" in caught.value.hint
    with pytest.raises(MissingDataError, match="no matrix 'stressors'"):
        catenary.footprint(world.without("stressors"))
    with pytest.raises(MissingDataError, match="no matrix 'final'"):
        catenary.footprint(world.without("final"))
    with pytest.raises(ComputationError, match="no solution"):
        LeontiefSystem(np.eye(2))


def test_a_sum_with_removals_has_no_shares() -> None:
    world = two_regions()
    ids = world.ids("producers")
    for values in ([[-8.0, 4.0]], [[-8.0, -4.0]], [[8.0, -7.9]]):
        gone = world.with_(stressors=Matrix(values, ["co2"], ids, "t/year"))
        assert "%" not in catenary.footprint(gone).summary()
    assert "%" in catenary.footprint(world).summary()
