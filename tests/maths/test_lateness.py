"""Goods that meet a closure: laws of levels, waits and lateness."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as nps

from catenary.maths.lateness import late, levels, until_open

pytestmark = pytest.mark.part("6.5")

SHARES = nps.arrays(float, st.tuples(st.integers(1, 8), st.integers(1, 4)),
                    elements=st.sampled_from([0.0, 0.2, 0.25, 0.5, 1.0]))  # fmt: skip


@given(SHARES)
def test_goods_that_pass_add_up_to_the_share_that_is_open(open_: np.ndarray) -> None:
    tops, widths = levels(open_)
    assert widths.sum() == pytest.approx(1, abs=1e-12)
    assert (widths > 0).all()
    passing = (widths[:, None, None] * (open_ >= tops[:, None, None])).sum(axis=0)
    np.testing.assert_allclose(passing, open_, atol=1e-12)


@given(nps.arrays(bool, st.tuples(st.integers(1, 12), st.integers(1, 3))))
def test_waits_end_on_the_first_open_day(shut: np.ndarray) -> None:
    wait = until_open(shut)
    for day, place in np.ndindex(shut.shape):
        opens = [d for d in range(day, len(shut)) if not shut[d, place]]
        assert wait[day, place] == (opens[0] - day if opens else np.inf)


@given(nps.arrays(float, st.tuples(st.integers(1, 25), st.integers(1, 3)),
                  elements=st.integers(0, 9)))  # fmt: skip
def test_late_goods_are_those_due_that_have_not_come(extra: np.ndarray) -> None:
    days = len(extra)
    found = late(extra)
    for day, lane in np.ndindex(extra.shape):
        due = [u for u in range(day + 1) if u + extra[u, lane] > day]
        assert found[day, lane] == len(due)
    due_on = np.arange(days)[:, None] + extra
    came = np.stack([(due_on[: day + 1] <= day).sum(axis=0) for day in range(days)])
    np.testing.assert_array_equal(came + found, np.arange(1, days + 1)[:, None] + 0 * found)


@given(nps.arrays(float, st.tuples(st.integers(1, 25), st.just(1)), elements=st.floats(0, 9)),
       st.integers(9, 12))  # fmt: skip
def test_every_delay_is_waited_for_in_full(extra: np.ndarray, calm: int) -> None:
    padded = np.vstack([extra, np.zeros((calm, 1))])
    assert late(padded).sum() == pytest.approx(extra.sum(), abs=1e-9)
