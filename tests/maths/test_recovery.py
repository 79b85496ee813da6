from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from catenary.maths.recovery import CURVES, Curve, remaining

pytestmark = pytest.mark.part("1.5")


@given(st.sampled_from(CURVES), st.floats(1.5, 1000), st.floats(0, 1))
def test_losses_only_fade(curve: Curve, days: float, half: float) -> None:
    half_days = 1.01 + half * (days - 1.02) if days > 1.1 else None
    left = remaining(curve, np.linspace(0, 3 * days, 200), days, half_days)
    assert ((left >= 0) & (left <= 1)).all()
    assert (np.diff(left) <= 1e-15).all()
    assert left[0] == 1


@given(st.floats(4, 1000))
def test_curves_are_ordered_by_their_names(days: float) -> None:
    middle = np.array([days / 4])
    convex, linear, concave = (
        remaining(curve, middle, days)[0] for curve in ("convex_scaled", "linear", "concave")
    )
    assert convex < linear < concave


def test_values_by_hand() -> None:
    elapsed = np.array([0.0, 1.0, 45.0, 90.0, 91.0])
    np.testing.assert_allclose(
        remaining("linear", elapsed, 90), [1, 89 / 90, 0.5, 0, 0], atol=1e-15
    )
    np.testing.assert_allclose(
        remaining("convex", elapsed, 90), (1 - 1 / 90) ** elapsed, rtol=1e-13
    )
    np.testing.assert_allclose(
        remaining("convex_scaled", elapsed, 90), (1 - 1 / 90) ** (4 * elapsed), rtol=1e-13
    )
    np.testing.assert_array_equal(remaining("step", elapsed, 90), [1, 1, 1, 0, 0])
    k = (np.log(90) - np.log(1e-6)) / np.log(45)
    np.testing.assert_allclose(
        remaining("concave", elapsed, 90), 90 / (90 + 1e-6 * elapsed**k), rtol=1e-12
    )
    assert remaining("concave", np.array([20.0]), 90, 20)[0] == pytest.approx(0.5)
