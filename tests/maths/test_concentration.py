from __future__ import annotations

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given
from scipy import sparse

from catenary.errors import ComputationError
from catenary.maths.concentration import embodied, shares_of
from catenary.maths.leontief import LeontiefSystem

pytestmark = pytest.mark.part("5.4")

AMOUNTS = st.lists(st.floats(1e-6, 1e9), min_size=1, max_size=12)


def index(amounts: list[float]) -> float:
    """Return the Herfindahl index of one group."""
    count = len(amounts)
    found = shares_of(np.zeros(count, np.int64), np.arange(count), np.array(amounts), count)
    return float(found.hhi[0])


@given(AMOUNTS)
def test_shares_sum_to_one_and_the_index_lies_between_one_over_n_and_one(
    amounts: list[float],
) -> None:
    count = len(amounts)
    found = shares_of(np.zeros(count, np.int64), np.arange(count), np.array(amounts), count)
    assert found.share.sum() == pytest.approx(1)
    assert 1 / count - 1e-12 <= found.hhi[0] <= 1 + 1e-12
    assert found.share[0] == found.share.max()
    assert found.total[0] == pytest.approx(sum(amounts))
    # the largest share lies between the index and its root
    assert found.hhi[0] <= found.share[0] + 1e-12
    assert found.share[0] <= np.sqrt(found.hhi[0]) + 1e-12


@given(AMOUNTS, st.data(), st.floats(0, 1))
def test_splitting_a_supplier_never_raises_the_index(
    amounts: list[float], data: st.DataObject, part: float
) -> None:
    which = data.draw(st.integers(0, len(amounts) - 1))
    split = [*amounts, amounts[which] * (1 - part)]
    split[which] *= part
    assert index(split) <= index(amounts) * (1 + 1e-12)


@given(AMOUNTS, st.integers(0, 2**32 - 1), st.floats(1e-3, 1e3))
def test_order_and_unit_do_not_matter(amounts: list[float], seed: int, scale: float) -> None:
    order = np.random.default_rng(seed).permutation(len(amounts))
    turned = [amounts[k] * scale for k in order]
    assert index(turned) == pytest.approx(index(amounts))


@given(st.integers(1, 50))
def test_equal_suppliers_are_as_many_as_they_are(count: int) -> None:
    assert 1 / index([1.0] * count) == pytest.approx(count)


@given(st.integers(0, 2**32 - 1))
def test_groups_are_counted_apart_and_repeated_rows_together(seed: int) -> None:
    rng = np.random.default_rng(seed)
    group, supplier = rng.integers(0, 4, 40), rng.integers(0, 5, 40)
    amount = rng.random(40) * (rng.random(40) < 0.7)
    table = np.zeros((4, 5))
    np.add.at(table, (group, supplier), amount)
    found = shares_of(group, supplier, amount, 5)
    sums = table.sum(axis=1)
    assert found.groups.tolist() == np.flatnonzero(sums > 0).tolist()
    expected = (table**2).sum(axis=1)[found.groups] / sums[found.groups] ** 2
    np.testing.assert_allclose(found.hhi, expected)
    assert found.count.tolist() == (table > 0).sum(axis=1)[found.groups].tolist()


@given(st.integers(0, 2**32 - 1))
def test_the_series_of_stages_is_the_leontief_inverse(seed: int) -> None:
    rng = np.random.default_rng(seed)
    A = rng.random((6, 6)) * (rng.random((6, 6)) < 0.4)  # noqa: N806
    A /= max(1.0, A.sum(axis=0).max() / 0.8)  # noqa: N806
    Y = rng.random((6, 3))  # noqa: N806
    found = embodied(sparse.csr_array(A), Y)
    np.testing.assert_allclose(found, LeontiefSystem(A).output_for(Y), rtol=1e-9)


def test_a_circle_that_feeds_on_itself_is_refused() -> None:
    with pytest.raises(ComputationError, match="does not end"):
        embodied(sparse.csr_array(np.array([[0.0, 1.0], [1.0, 0.0]])), np.ones((2, 1)), most=50)
