"""What routes through an overlay take besides what they are cheapest by."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from catenary.maths.carried import carried
from catenary.maths.overlay import Overlay
from catenary.maths.routing import UNREACHED, graph, lengths
from catenary.maths.sphere import RADIUS, along, great_circle

pytestmark = pytest.mark.part("4.4")


def an_overlay(seed: int, places: int, doors: int) -> Overlay:
    """Return an overlay of random lengths that are shortest."""
    random = np.random.default_rng(seed)
    size = places + 2 * doors
    tail, head = random.integers(0, size, (2, 2 * size))
    net = graph(size, tail, head, random.integers(1, 1_000, 2 * size).astype(np.int32))
    apart = lengths(net, np.arange(size)).astype(np.int32)
    ends = np.arange(2 * doors)
    return Overlay.of(
        apart[:places, :places], apart[:places, places:], apart[places:, places:],
        ends[::2], ends[1::2],
    )  # fmt: skip


@settings(max_examples=60)
@given(st.integers(0, 2**32 - 1), st.integers(1, 6), st.integers(0, 6), st.floats(0, 2))
def test_the_cost_is_that_of_the_overlay_and_is_carried(
    seed: int, places: int, doors: int, rate: float
) -> None:
    overlay = an_overlay(seed, places, doors)
    random = np.random.default_rng(seed)
    cost = np.where(random.random(doors) < 0.2, np.inf, random.integers(0, 500, doors) * 1.0)
    finite = np.where(np.isfinite(cost), cost, 0.0)
    found = carried(overlay, cost, finite[None], rate=rate)
    assert found.cost == pytest.approx(overlay.costs(cost, rate=rate), rel=1e-12)
    reached = np.isfinite(found.cost)
    total = found.metres * rate + found.amounts[0]
    assert total[reached] == pytest.approx(found.cost[reached], rel=1e-9, abs=1e-9)
    assert np.isnan(found.metres[~reached]).all()
    assert np.isnan(found.amounts[0][~reached]).all()


@settings(max_examples=60)
@given(st.integers(0, 2**32 - 1))
def test_whole_metres_are_carried_exactly(seed: int) -> None:
    overlay = an_overlay(seed, 5, 4)
    metres = np.random.default_rng(seed).integers(0, 900, 4)
    found = carried(overlay, metres.astype(float), metres[None].astype(float))
    exact = overlay.matrix(metres)
    assert (np.where(exact < UNREACHED, exact, np.inf) == found.cost).all()


@settings(max_examples=60)
@given(
    st.lists(st.tuples(st.floats(-180, 180), st.floats(-89, 89)), min_size=2, max_size=6),
    st.floats(5e4, 5e6),
)
def test_points_along_a_line_are_near_each_other_and_on_it(
    line: list[tuple[float, float]], most: float
) -> None:
    lon, lat = np.array(line).T
    whole = great_circle(lon[:-1], lat[:-1], lon[1:], lat[1:])
    assume((whole < 0.99 * np.pi * RADIUS).all())  # between antipodes there is no one line
    points = along(lon, lat, most)
    apart = great_circle(points[0][:-1], points[1][:-1], points[0][1:], points[1][1:])
    assert (apart <= most * (1 + 1e-6)).all()
    assert apart.sum() == pytest.approx(whole.sum(), rel=1e-6, abs=1)
    assert (np.abs(np.diff(points[0])) <= 180 + 1e-9).all()
