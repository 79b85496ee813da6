from __future__ import annotations

from itertools import product

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings

from catenary.maths.matching import matched

pytestmark = pytest.mark.part("5.7")


@given(st.integers(1, 4), st.integers(1, 3), st.integers(1, 3), st.integers(0, 2**32 - 1))
@settings(max_examples=40)
def test_no_other_matching_is_worth_more(rows: int, columns: int, each: int, seed: int) -> None:
    value = np.random.default_rng(seed).normal(size=(rows, columns)).round(2)
    row, column = matched(value, each=each)
    assert len(set(row)) == len(row)
    assert np.bincount(column, minlength=columns).max(initial=0) <= each
    assert (value[row, column] > 0).all()
    best = 0.0
    for choice in product(range(-1, columns), repeat=rows):
        if all(choice.count(c) <= each for c in range(columns)):
            best = max(best, sum(value[r, c] for r, c in enumerate(choice) if c >= 0))
    assert value[row, column].sum() == pytest.approx(best)
