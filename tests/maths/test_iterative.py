from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catenary.errors import ComputationError
from catenary.maths.carbon import charged, contraction, convergence, linear_to_zero, shares
from catenary.maths.iterative import IterativeSystem, blocks_of
from catenary.maths.leontief import LeontiefSystem, input_coefficients

pytestmark = pytest.mark.part("5.6")


@given(seed=st.integers(0, 2**31), count=st.integers(1, 40), groups=st.integers(1, 7))
@settings(max_examples=40)
def test_sweeps_find_what_factoring_finds(seed: int, count: int, groups: int) -> None:
    rng = np.random.default_rng(seed)
    flows = rng.random((count, count)) * (rng.random((count, count)) < 0.6)
    group = rng.integers(0, groups, count)
    flows[group[:, None] == group] *= 8
    final = rng.random((count, 3)) * 4 + 0.1
    idle = rng.random(count) < 0.1
    flows[idle], flows[:, idle], final[idle] = 0, 0, 0
    x = flows.sum(axis=1) + final.sum(axis=1)
    before = flows.copy()
    swept = IterativeSystem(flows, x, group)
    factored = LeontiefSystem(input_coefficients(flows, x))
    s = rng.random((count, 2))
    for one, other in (
        (swept.output_for(final), factored.output_for(final)),
        (swept.output_for(final[:, 0]), factored.output_for(final[:, 0])),
        (swept.intensities(s), factored.intensities(s)),
    ):
        np.testing.assert_allclose(one, other, rtol=1e-10, atol=1e-12 * np.abs(other).max())
    assert swept.residual < 1e-10
    np.testing.assert_array_equal(flows, before)


def test_blocks_are_solved_in_any_order_and_size(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    flows, final = rng.random((90, 90)), rng.random((90, 2)) * 60
    x = flows.sum(axis=1) + final.sum(axis=1)
    exact = LeontiefSystem(input_coefficients(flows, x)).output_for(final)
    for most in (1, 7, 90):
        blocks = blocks_of(np.arange(90) % 3, most)
        assert sorted(np.concatenate(blocks).tolist()) == list(range(90))
        assert max(map(len, blocks)) <= most
        monkeypatch.setattr("catenary.maths.iterative.blocks_of", lambda _, found=blocks: found)
        system = IterativeSystem(flows, x, np.arange(90) % 3)
        np.testing.assert_allclose(system.output_for(final), exact, rtol=1e-10)


def test_a_system_without_solution_is_refused() -> None:
    flows = np.array([[0.0, 1.0], [1.0, 0.0]])
    with pytest.raises(ComputationError, match="no solution"):
        IterativeSystem(flows, np.ones(2), np.array([0, 1])).output_for(np.array([1.0, 2.0]))


@given(
    seed=st.integers(0, 2**31), regions=st.integers(1, 9), budget=st.floats(1, 1e4),
    weight=st.floats(0, 1),
)  # fmt: skip
def test_a_budget_is_shared_out_and_a_straight_path_uses_it_up(
    seed: int, regions: int, budget: float, weight: float
) -> None:
    rng = np.random.default_rng(seed)
    emissions, heads, wealth = rng.random((3, regions)) + 0.01
    for share in (
        shares(emissions, None, None, 0),
        shares(emissions, heads, None, weight),
        shares(emissions, heads, wealth, 1),
    ):
        assert share.sum() == pytest.approx(1)
        assert (share > 0).all()
        years = linear_to_zero(emissions, share * budget)
        np.testing.assert_allclose(emissions * years / 2, share * budget)
    # by emissions, all have as long; per head, all have as much per head
    own = linear_to_zero(emissions, shares(emissions, None, None, 0) * budget)
    np.testing.assert_allclose(own, own[0])
    each = shares(emissions, heads, None, 1) / heads
    np.testing.assert_allclose(each, each[0])


def test_worked_border_price() -> None:
    # 1.2 t per t, benchmark 1, 97.5 % free in 2026: cbamreports.com
    assert charged(np.array([1.2]), np.array([1.0]), 0.975) == pytest.approx(0.225)
    assert charged(np.array([0.5]), np.array([1.0]), 0.975) == 0


def test_targets_start_at_the_present_and_end_on_the_sector() -> None:
    years = np.arange(31.0)
    path = contraction(np.array([50.0]), years, 0.042)[0]
    assert path[0] == 50
    assert path[10] == pytest.approx(29)
    assert path[-1] == 0
    sector = np.linspace(2.0, 0.4, 31)
    own = convergence(np.array([3.0, 2.0, 0.4]), sector, np.ones((3, 31)))
    np.testing.assert_allclose(own[:, 0], [3, 2, 0.4])
    np.testing.assert_allclose(own[:, -1], 0.4)
    np.testing.assert_allclose(own[1], sector)
