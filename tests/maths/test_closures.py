"""Routes found anew as doors are shut equal those of the overlay and of whole searches."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catenary.errors import DataError
from catenary.maths import routing
from catenary.maths.closures import Closures
from catenary.maths.overlay import Overlay

pytestmark = pytest.mark.part("4.4")


def drawn(seed: int) -> tuple[Overlay, np.ndarray, np.ndarray]:
    """Return a random sea of islands of lanes with doors between: overlay, metres, costs."""
    random = np.random.default_rng(seed)
    nodes, doors, places = 14, int(random.integers(0, 9)), 5
    tail, head = random.integers(0, nodes, (2, 16))
    metres = random.integers(0, 100, 16)
    network = routing.graph(nodes, tail, head, metres)
    water = routing.lengths(network, np.arange(nodes)).astype(np.int32)
    door_tail, door_head = random.integers(0, nodes, (2, doors))
    overlay = Overlay.of(
        water[:places, :places], water[:places], water, door_tail, door_head
    )  # fmt: skip
    return overlay, random.integers(0, 50, doors), random.random(doors)


def journeys(places: int) -> tuple[np.ndarray, np.ndarray]:
    return np.triu_indices(places, 1)


@settings(max_examples=150)
@given(st.integers(0, 2**32), st.data())
def test_shutting_doors_one_after_the_other_is_asking_anew(seed: int, data: st.DataObject) -> None:
    overlay, metres, _ = drawn(seed)
    doors = len(metres)
    origins, destinations = journeys(5)
    routes = Closures.of(overlay, metres.astype(float), origins, destinations)
    shut = np.zeros(doors, bool)
    for _ in range(3):
        more = np.array(data.draw(st.lists(st.booleans(), min_size=doors, max_size=doors)), bool)
        used = routes.through(more)
        later = routes.without(more)
        shut |= more
        costs = overlay.costs(np.where(shut, np.inf, metres.astype(float)))
        assert np.allclose(later.cost, costs[origins, destinations], rtol=1e-12)
        assert np.array_equal(later.changed, used)
        assert np.array_equal(later.cost[~used], routes.cost[~used])
        assert (later.cost >= routes.cost - 1e-9).all()
        assert not later.through(shut).any()
        routes = later


@settings(max_examples=80)
@given(st.integers(0, 2**32), st.floats(0.1, 3))
def test_sums_are_those_along_the_doors_that_are_told(seed: int, rate: float) -> None:
    overlay, metres, costs = drawn(seed)
    origins, destinations = journeys(5)
    routes = Closures.of(overlay, costs + metres, origins, destinations, rate=rate)
    which = np.arange(len(origins))
    sums = routes.sums(which, np.array([rate, 0.0, 1.0]), np.stack([costs + metres, costs, metres]))
    assert np.allclose(sums[:, 0], routes.cost, rtol=1e-9)
    for n in which[np.isfinite(routes.cost)]:
        passed = list(routes.doors(int(n)))
        assert sums[n, 1] == pytest.approx(costs[passed].sum())
        assert (passed != []) == bool(routes.through(np.ones(len(metres), bool))[n])


def test_of_equal_routes_the_one_with_fewer_doors_is_taken() -> None:
    apart = np.array([[0, 9], [9, 0]])
    canal = Overlay.of(apart, apart, apart, np.array([0]), np.array([1]))
    routes = Closures.of(canal, np.array([9.0]), np.array([0]), np.array([1]))
    assert routes.doors(0) == ()
    assert routes.cost.tolist() == [9.0]


def test_what_is_no_question_is_refused() -> None:
    apart = np.array([[0, 9], [9, 0]])
    canal = Overlay.of(apart, apart, apart, np.array([0]), np.array([1]))
    ends = np.array([0]), np.array([1])
    for doors, rate in (([-1.0], 1.0), ([], 1.0), ([1.0], -1.0), ([np.nan], 1.0)):
        with pytest.raises(DataError, match="costs"):
            Closures.of(canal, np.array(doors), *ends, rate=rate)
    with pytest.raises(DataError, match="not sorted"):
        Closures.of(canal, np.array([1.0]), np.array([1, 0]), np.array([0, 1]))
