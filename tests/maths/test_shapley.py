"""Shapley values: the axioms that define them, every order tried, sampling that converges."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catenary.errors import DataError
from catenary.maths.shapley import core_gap, game, sampled_shapley, shapley

pytestmark = pytest.mark.part("8.7")

SEEDS = st.integers(0, 10**6)


def drawn(seed: int, players: int) -> np.ndarray:
    return np.asarray(np.random.default_rng(seed).normal(size=2**players))


@given(seed=SEEDS, players=st.integers(1, 7))
def test_shares_add_up_to_the_total(seed: int, players: int) -> None:
    worth = drawn(seed, players)
    assert shapley(worth).sum() == pytest.approx(worth[-1] - worth[0], abs=1e-9)


@given(seed=SEEDS, players=st.integers(1, 5))
def test_a_share_is_the_mean_over_all_orders(seed: int, players: int) -> None:
    worth = drawn(seed, players)
    expected = np.zeros(players)
    orders = list(permutations(range(players)))
    for order in orders:
        mask = 0
        for k in order:
            expected[k] += worth[mask | 1 << k] - worth[mask]
            mask |= 1 << k
    np.testing.assert_allclose(shapley(worth), expected / len(orders), atol=1e-12)


@given(seed=SEEDS, players=st.integers(2, 6))
def test_players_who_add_the_same_get_the_same_and_idle_ones_nothing(
    seed: int, players: int
) -> None:
    base = drawn(seed, players)
    masks = np.arange(2**players)
    first, second = masks & 1, masks >> 1 & 1
    swapped = masks & ~3 | first << 1 | second
    even = base + base[swapped]  # the first two are alike
    assert shapley(even)[0] == pytest.approx(shapley(even)[1], abs=1e-9)
    idle = base[masks & ~1]  # the first changes nothing
    assert shapley(idle)[0] == pytest.approx(0, abs=1e-9)


@given(seed=SEEDS, players=st.integers(1, 6), factor=st.floats(-5, 5))
def test_shares_of_a_sum_are_sums_of_shares(seed: int, players: int, factor: float) -> None:
    one, other = drawn(seed, players), drawn(seed + 1, players)
    np.testing.assert_allclose(
        shapley(one + factor * other), shapley(one) + factor * shapley(other), atol=1e-9
    )


@given(seed=SEEDS, players=st.integers(2, 6))
def test_permuting_players_permutes_shares(seed: int, players: int) -> None:
    worth = drawn(seed, players)
    order = np.random.default_rng(seed).permutation(players)
    other = game(players, lambda some: float(worth[(some.astype(int) << order).sum()]))
    np.testing.assert_allclose(shapley(other), shapley(worth)[order], atol=1e-9)


@settings(deadline=None, max_examples=20)
@given(seed=SEEDS, players=st.integers(1, 6), orders=st.integers(1, 30))
def test_sampled_shares_add_up_and_lie_near_the_exact_ones(
    seed: int, players: int, orders: int
) -> None:
    worth = drawn(seed, players)

    def of(some: np.ndarray) -> float:
        return float(worth[(some.astype(int) << np.arange(players)).sum()])

    few = sampled_shapley(players, of, orders=orders, seed=seed)
    assert few.value.sum() == pytest.approx(worth[-1] - worth[0], abs=1e-9)
    assert few.asked <= 2**players
    many = sampled_shapley(players, of, orders=600, seed=seed)
    assert (np.abs(many.value - shapley(worth)) <= 6 * many.error + 1e-9).all()


@given(seed=SEEDS, players=st.integers(2, 6))
def test_shares_of_a_convex_game_are_in_the_core(seed: int, players: int) -> None:
    """Shapley (1971): where joining the larger coalition adds more, nobody gains by leaving."""
    rng = np.random.default_rng(seed)
    own = rng.uniform(0, 3, players)
    worth = game(players, lambda some: float((own @ some) ** 2))
    assert core_gap(worth, shapley(worth))[0] <= 1e-9


def test_a_known_game() -> None:
    """The airport game of Littlechild & Owen (1973): each stretch is shared by who needs it."""
    needs = np.array([1.0, 3.0, 6.0])
    worth = game(3, lambda some: float((needs * some).max()))
    assert shapley(worth).tolist() == pytest.approx([1 / 3, 1 / 3 + 1, 1 / 3 + 1 + 3])


def test_games_that_cannot_be_solved_are_refused() -> None:
    with pytest.raises(DataError, match="too many"):
        game(21, lambda _: 0.0)
    with pytest.raises(DataError, match="not those of all coalitions"):
        shapley(np.zeros(3))
    with pytest.raises(DataError, match="no value"):
        sampled_shapley(0, lambda _: 0.0, orders=1, seed=0)
