"""Goods that meet a closure: laws of levels, waits and lateness."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as nps

from catenary.maths.lateness import going, late, levels, runs

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


@given(st.lists(st.integers(0, 3), min_size=1, max_size=14), st.integers(1, 18),
       nps.arrays(float, (4, 3), elements=st.sampled_from([1.0, 2.0, 5.5, 9.0, np.inf])),
       nps.arrays(float, 3, elements=st.sampled_from([0.25, 1.0, 3.0])))  # fmt: skip
def test_goods_go_on_the_best_of_all_days(
    state: list[int], days: int, goals: np.ndarray, price: np.ndarray
) -> None:
    first, kinds = runs(np.array(state))
    wait, run = going(first, [goals[k] for k in kinds], price, days)
    held = state + [state[-1]] * (days + len(state))  # the last state never ends
    for day, link in np.ndindex(days, 3):
        worth = [goals[held[day + w], link] + w * price[link] for w in range(len(held) - day)]
        best = min(worth)
        if np.isinf(best):
            assert run[day, link] == -1
            continue
        w = int(wait[day, link])
        assert worth[w] == pytest.approx(best)
        assert goals[kinds[run[day, link]], link] + w * price[link] == pytest.approx(best)


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
