from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from catenary.maths.biproportional import fitted

pytestmark = pytest.mark.part("7.6")


@given(st.integers(0, 2**32 - 1), st.integers(1, 5), st.integers(1, 6), st.integers(1, 6))
def test_tables_get_the_sums_and_keep_their_cross_ratios(
    seed: int, tables: int, rows: int, columns: int
) -> None:
    rng = np.random.default_rng(seed)
    old = rng.lognormal(0, 1, (tables, rows, columns))
    wanted = rng.lognormal(0, 1, old.shape)
    found = fitted(old, wanted.sum(axis=2), wanted.sum(axis=1))
    assert not found.spread.any()
    np.testing.assert_allclose(found.tables.sum(axis=2), wanted.sum(axis=2), rtol=1e-9)
    np.testing.assert_allclose(found.tables.sum(axis=1), wanted.sum(axis=1), rtol=1e-9)
    change = np.log(found.tables / old)  # a sum of a row's and a column's part
    middle = change - change.mean(axis=1, keepdims=True) - change.mean(axis=2, keepdims=True)
    np.testing.assert_allclose(middle, -change.mean(axis=(1, 2), keepdims=True) + 0 * middle,
                               atol=1e-9)  # fmt: skip


@given(st.integers(0, 2**32 - 1))
def test_what_has_its_sums_stays_as_it_is(seed: int) -> None:
    rng = np.random.default_rng(seed)
    old = rng.lognormal(0, 2, (3, 4, 5)) * (rng.random((3, 4, 5)) < 0.5)
    found = fitted(old, old.sum(axis=2), old.sum(axis=1))
    assert not found.spread.any()
    np.testing.assert_allclose(found.tables, old, rtol=1e-10)


@pytest.mark.parametrize("most", [2, 4, 6, 8])
def test_what_is_not_done_in_time_is_given_up_and_nothing_else(
    most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("catenary.maths.biproportional._MOST", most)
    monkeypatch.setattr("catenary.maths.biproportional._LOOK", 2)
    rng = np.random.default_rng(most)
    old = rng.lognormal(0, 1, (9, 4, 4))
    wanted = rng.lognormal(0, 2, old.shape)
    wanted[:5] = old[:5]
    found = fitted(old, wanted.sum(axis=2), wanted.sum(axis=1))
    assert not found.spread[:5].any()
    assert found.spread[5:].any()
    np.testing.assert_allclose(found.tables.sum(axis=1), wanted.sum(axis=1), rtol=1e-9)


def test_zeros_that_leave_no_way_are_given_up_and_told() -> None:
    old = np.array([[[1.0, 0.0], [0.0, 1.0]], [[1.0, 1.0], [1.0, 1.0]]])
    sums = np.array([[1.0, 3.0], [1.0, 3.0]])
    found = fitted(old, sums, sums[:, ::-1])
    assert found.spread.tolist() == [True, False]
    np.testing.assert_allclose(found.tables[0], [[0.75, 0.25], [2.25, 0.75]])
    np.testing.assert_allclose(found.tables[1], [[0.75, 0.25], [2.25, 0.75]])
