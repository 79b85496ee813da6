from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import permutations, product
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from catenary.errors import ComputationError, DataError
from catenary.maths.overlay import UNREACHED, Overlay, Way
from catenary.maths.routing import graph, lengths
from catenary.maths.ways import leading

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

pytestmark = pytest.mark.part("4.4")


@dataclass(frozen=True, kw_only=True, eq=False)
class Sea:
    """Open water, doors, and places in it; small enough to look at every route."""

    nodes: int
    tail: NDArray[np.int32]
    head: NDArray[np.int32]
    metres: NDArray[np.int32]
    door_tail: NDArray[np.int32]
    door_head: NDArray[np.int32]
    door_metres: NDArray[np.int32]
    groups: NDArray[np.int32]
    places: NDArray[np.int32]

    def overlay(self) -> Overlay:
        """Return the overlay of lengths that scipy finds in open water."""
        ends, position = np.unique([self.door_tail, self.door_head], return_inverse=True)
        position = position.reshape(2, -1)
        open_water = lengths(graph(self.nodes, self.tail, self.head, self.metres), self.everywhere)
        table = np.asarray(open_water, np.int32)
        return Overlay.of(
            table[np.ix_(self.places, self.places)],
            table[np.ix_(self.places, ends.astype(int))],
            table[np.ix_(ends.astype(int), ends.astype(int))],
            position[0], position[1],
        )  # fmt: skip

    @property
    def everywhere(self) -> NDArray[np.intp]:
        return np.arange(self.nodes)

    def afresh(self, doors: NDArray[np.int32]) -> NDArray[np.int32]:
        """Return lengths between places from a search of the whole network."""
        open_ = doors < UNREACHED
        network = graph(
            self.nodes,
            np.concatenate([self.tail, self.door_tail[open_]]),
            np.concatenate([self.head, self.door_head[open_]]),
            np.concatenate([self.metres, doors[open_]]),
        )
        return np.asarray(lengths(network, self.places)[:, self.places], np.int32)


def sea(seed: int, nodes: int, lanes: int, doors: int, places: int) -> Sea:
    """Return a random sea: loops, parallels, zeros, ties, basins that only doors connect."""
    rng = np.random.default_rng(seed)
    tail, head = rng.integers(0, nodes, (2, lanes), dtype=np.int32)
    door_tail, door_head = rng.integers(0, nodes, (2, doors), dtype=np.int32)
    return Sea(
        nodes=nodes, tail=tail, head=head, metres=rng.integers(0, 30, lanes, dtype=np.int32),
        door_tail=door_tail, door_head=door_head,
        door_metres=rng.integers(0, 6, doors, dtype=np.int32),
        groups=rng.integers(0, max(1, doors - 1), doors, dtype=np.int32),
        places=rng.integers(0, nodes, places, dtype=np.int32),
    )  # fmt: skip


seas = st.builds(
    sea, st.integers(0, 2**32), st.integers(1, 25), st.integers(0, 50), st.integers(0, 12),
    st.integers(1, 12),
)  # fmt: skip
small_seas = st.builds(
    sea, st.integers(0, 2**32), st.integers(2, 9), st.integers(0, 12), st.integers(0, 4),
    st.just(2),
)  # fmt: skip


def some_closed(water: Sea, closed: int) -> NDArray[np.int32]:
    """Return lengths of doors, some of them closed: those whose bit is set."""
    shut = (closed >> np.arange(len(water.door_metres))) & 1
    return np.where(shut == 1, UNREACHED, water.door_metres).astype(np.int32)


def all_routes(
    over: Overlay, doors: NDArray[np.float64], rates: NDArray[np.float64]
) -> list[tuple[tuple[float, ...], int, tuple[int, ...]]]:
    """Return cost by goal, number of doors and steps of every route that repeats no door."""
    found = []
    open_ = np.flatnonzero(np.isfinite(doors).all(axis=0))
    for chosen in (p for n in range(len(open_) + 1) for p in permutations(open_.tolist(), n)):
        for directions in product((0, 1), repeat=len(chosen)):
            pairs = [
                (over.tail[d], over.head[d]) if back == 0 else (over.head[d], over.tail[d])
                for d, back in zip(chosen, directions, strict=True)
            ]
            if pairs:
                legs = [over.access[0, pairs[0][0]], over.access[1, pairs[-1][1]]]
                legs += [over.between[pairs[k][1], pairs[k + 1][0]] for k in range(len(pairs) - 1)]
            else:
                legs = [over.direct[0, 1]]
            if max(legs) == UNREACHED:
                continue
            cost = rates * float(sum(map(int, legs))) + doors[:, list(chosen)].sum(axis=1)
            steps = tuple(2 * d + back for d, back in zip(chosen, directions, strict=True))
            found.append((tuple(cost.tolist()), len(steps), steps))
    return sorted(found)


def steps_of(way: Way) -> tuple[int, ...]:
    return tuple(2 * d + (not out) for d, out in zip(way.doors, way.outward, strict=True))


# --- all places at once ---------------------------------------------------------------------------


@given(seas, st.integers(0, 2**12 - 1))
def test_any_closure_is_as_if_computed_afresh(water: Sea, closed: int) -> None:
    doors = some_closed(water, closed)
    found = water.overlay().matrix(doors)
    assert found.dtype == np.int32
    np.testing.assert_array_equal(found, water.afresh(doors))


@given(seas, st.integers(0, 2**12 - 1), st.integers(0, 11))
def test_closing_never_shortens_and_opening_never_lengthens(
    water: Sea, closed: int, more: int
) -> None:
    over = water.overlay()
    fewer = over.matrix(some_closed(water, closed | 1 << more))
    assert (fewer >= over.matrix(some_closed(water, closed))).all()
    np.testing.assert_array_equal(fewer, fewer.T)


@given(seas, st.integers(0, 2**12 - 1), st.sampled_from([1.0, 0.25, 8.0]))
def test_costs_are_lengths_where_metres_are_all_that_counts(
    water: Sea, closed: int, rate: float
) -> None:
    doors = some_closed(water, closed)
    metres = water.overlay().matrix(doors)
    cost = water.overlay().costs(np.where(doors == UNREACHED, np.inf, doors * rate), rate=rate)
    np.testing.assert_array_equal(cost, np.where(metres == UNREACHED, np.inf, metres * rate))


def kept_by(over: Overlay) -> NDArray[np.bool_]:
    """Return the doors that the overlay asks."""
    asked = np.asarray((over.access < UNREACHED).any(axis=0))
    return leading(over.between < UNREACHED, asked, over.tail, over.head)


@given(seas, st.integers(0, 2**12 - 1), st.integers(0, 2**32))
def test_doors_into_dead_ends_change_no_cost(water: Sea, closed: int, seed: int) -> None:
    over, doors = water.overlay(), some_closed(water, closed)
    kept = kept_by(over)
    without = np.where(kept, doors, UNREACHED)
    np.testing.assert_array_equal(water.afresh(without), water.afresh(doors))
    np.testing.assert_array_equal(over.matrix(doors), water.afresh(without))
    cost = np.where(doors == UNREACHED, np.inf, np.random.default_rng(seed).random(len(doors)))
    np.testing.assert_allclose(over.costs(cost, rate=0.7), all_doors(over, cost, 0.7), rtol=1e-12)


def all_doors(over: Overlay, doors: NDArray[np.float64], rate: float) -> NDArray[np.float64]:
    """Return least costs by Floyd and Warshall over places and the ends of all doors."""
    table = np.block([[over.direct, over.access], [over.access.T, over.between]])
    cost: NDArray[np.float64] = np.where(table < UNREACHED, table * rate, np.inf)
    ends = len(over.direct) + np.stack([over.tail, over.head])
    np.minimum.at(cost, (ends[0], ends[1]), doors)
    np.minimum.at(cost, (ends[1], ends[0]), doors)
    for through in range(len(cost)):
        cost = np.minimum(cost, cost[:, through, None] + cost[through])
    return cost[: len(over.direct), : len(over.direct)]


@given(seas, st.lists(st.integers(0, 2**16), min_size=1, max_size=6))
def test_rivers_without_a_place_are_not_asked(water: Sea, mouths: list[int]) -> None:
    springs = water.nodes + np.arange(len(mouths), dtype=np.int32)
    below = np.array([mouth % spring for mouth, spring in zip(mouths, springs, strict=True)])
    with_rivers = replace(
        water, nodes=water.nodes + len(mouths),
        door_tail=np.concatenate([water.door_tail, below.astype(np.int32)]),
        door_head=np.concatenate([water.door_head, springs]),
        door_metres=np.concatenate([water.door_metres, np.ones(len(mouths), np.int32)]),
    )  # fmt: skip
    plain, over = water.overlay(), with_rivers.overlay()
    assert kept_by(over).tolist() == [*kept_by(plain), *[False] * len(mouths)]
    np.testing.assert_array_equal(
        over.matrix(with_rivers.door_metres), plain.matrix(water.door_metres)
    )
    assert kept_by(
        replace(with_rivers, places=np.arange(with_rivers.nodes, dtype=np.int32)).overlay()
    ).all()


def test_lengths_near_the_largest_do_not_overflow() -> None:
    long = UNREACHED - 1
    apart = np.array([[0, long], [long, 0]])
    over = Overlay.of(apart, apart, apart, np.array([0]), np.array([1]))
    assert over.matrix(np.array([long])).tolist() == [[0, long], [long, 0]]
    assert over.matrix(np.array([0])).max() == 0


# --- one pair -------------------------------------------------------------------------------------


@given(seas, st.integers(0, 2**12 - 1))
def test_a_route_costs_what_the_matrix_says(water: Sea, closed: int) -> None:
    over, doors = water.overlay(), some_closed(water, closed)
    cost = np.where(doors == UNREACHED, np.inf, doors)
    want = over.matrix(doors)
    for destination in range(len(water.places)):
        if want[0, destination] == UNREACHED:
            with pytest.raises(ComputationError, match="no open route"):
                over.route(0, destination, cost)
            continue
        way = over.route(0, destination, cost)
        assert way.cost == want[0, destination]
        assert way.metres + doors[list(way.doors)].sum() == way.cost
        assert len(set(way.doors)) == len(way.doors)


@given(small_seas)
def test_of_routes_of_one_cost_the_simplest_is_taken(water: Sea) -> None:
    over, doors = water.overlay(), water.door_metres.astype(float)
    routes = all_routes(over, doors[None], np.ones(1))
    if routes:
        way = over.route(0, 1, doors)
        assert ((way.cost,), len(way.doors), steps_of(way)) == routes[0]


@given(small_seas, st.integers(0, 6))
def test_alternatives_are_those_found_by_looking_at_every_route(water: Sea, most: int) -> None:
    over, doors = water.overlay(), water.door_metres.astype(float)
    want: list[tuple[tuple[float, ...], int, tuple[int, ...]]] = []
    used: list[set[int]] = []
    for route in all_routes(over, doors[None], np.ones(1)):
        through = {int(water.groups[step // 2]) for step in route[2]}
        if not any(known <= through for known in used):
            want.append(route)
            used.append(through)
    found = over.alternatives(0, 1, doors, groups=water.groups, most=most)
    assert [((w.cost,), len(w.doors), steps_of(w)) for w in found] == want[:most]


@given(seas, st.integers(1, 8))
def test_alternatives_get_worse_and_differ(water: Sea, most: int) -> None:
    over, doors = water.overlay(), water.door_metres.astype(float)
    ways = over.alternatives(0, len(water.places) - 1, doors, groups=water.groups, most=most)
    assert sorted(way.cost for way in ways) == [way.cost for way in ways]
    through = [frozenset(water.groups[list(way.doors)].tolist()) for way in ways]
    assert len(set(through)) == len(ways) <= most
    if ways:
        assert ways[0] == over.route(0, len(water.places) - 1, doors)


@given(small_seas, st.integers(1, 3), st.integers(0, 2**32))
def test_the_front_is_that_found_by_looking_at_every_route(
    water: Sea, goals: int, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    over = water.overlay()
    rates = rng.integers(0, 3, goals).astype(float)
    doors = rng.integers(0, 40, (goals, len(water.groups))).astype(float)
    costs = sorted({route[0] for route in all_routes(over, doors, rates)})
    want = [
        cost for cost in costs
        if not any(other != cost and np.less_equal(other, cost).all() for other in costs)
    ]  # fmt: skip
    front = over.pareto(0, 1, rates, doors, most=1000)
    assert front.complete
    assert [tuple(cost) for cost in front.costs.tolist()] == want
    for way, cost in zip(front.ways, front.costs, strict=True):
        passed = doors[:, list(way.doors)].sum(axis=1)
        np.testing.assert_array_equal(cost, rates * way.metres + passed)
        assert way.cost == cost[0]


@given(seas, st.integers(0, 2**32))
def test_the_best_by_one_goal_costs_no_more_than_any_efficient_route(water: Sea, seed: int) -> None:
    rng = np.random.default_rng(seed)
    over, last = water.overlay(), len(water.places) - 1
    rates, doors = rng.random(2), rng.random((2, len(water.groups))) * 20
    front = over.pareto(0, last, rates, doors)
    for goal in range(2):
        if front.ways:
            best = over.route(0, last, doors[goal], rate=rates[goal])
            assert front.costs[:, goal].min() == pytest.approx(best.cost)
        else:
            with pytest.raises(ComputationError):
                over.route(0, last, doors[goal], rate=rates[goal])


# --- examples -------------------------------------------------------------------------------------


def ring(doors: int) -> Overlay:
    """Return an origin and a destination, and ways between them through one door each."""
    access = np.full((2, 2 * doors), UNREACHED)
    access[0, :doors] = np.arange(doors)
    access[1, doors:] = 0
    between = np.where(np.eye(2 * doors, dtype=bool), 0, UNREACHED)
    apart = np.array([[0, UNREACHED], [UNREACHED, 0]])
    return Overlay.of(apart, access, between, np.arange(doors), np.arange(doors) + doors)


def test_a_front_that_is_cut_off_says_so() -> None:
    over = ring(6)
    doors = np.array([np.zeros(6), 10.0 - np.arange(6)])
    rates = np.array([1.0, 0.0])
    cut = over.pareto(0, 1, rates, doors, most=4)
    assert not cut.complete
    assert cut.costs[:, 0].tolist() == [0, 1, 2, 3]
    whole = over.pareto(0, 1, rates, doors, most=6)
    assert whole.complete
    assert len(whole.ways) == 6


def test_doors_of_one_passage_are_one_alternative() -> None:
    ways = ring(4).alternatives(0, 1, np.zeros(4), groups=np.array([7, 7, 3, 3]), most=9)
    assert [way.doors for way in ways] == [(0,), (2,)]


def test_an_overlay_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="read-only"):
        ring(2).between[:] = 0


def test_no_doors_are_open_water() -> None:
    here = np.array([[0, 5], [5, 0]])
    nothing = np.zeros(0, int)
    over = Overlay.of(here, np.zeros((2, 0), int), np.zeros((0, 0), int), nothing, nothing)
    assert over.matrix(nothing).tolist() == here.tolist()
    assert over.route(0, 1, np.zeros(0)) == Way(cost=5.0, metres=5, doors=(), outward=())


def square(side: int) -> NDArray[np.int64]:
    return np.zeros((side, side), int)


@pytest.mark.parametrize(
    ("tables", "tail", "head", "message"),
    [
        ((square(2), np.zeros((3, 1), int), square(1)), [0], [0], "do not fit"),
        ((square(2), np.zeros((2, 1), int), square(2)), [0], [0], "do not fit"),
        ((square(2), np.zeros((2, 1), int), square(1)), [0], [1], "a door ends at 1"),
        ((square(2), np.zeros((2, 1), int), square(1)), [0], [], "1 tails and 0 heads"),
        ((square(2) - 1, np.zeros((2, 1), int), square(1)), [0], [0], "a length is -1"),
    ],
)
def test_tables_that_do_not_fit_are_refused(
    tables: Sequence[NDArray[np.int64]], tail: list[int], head: list[int], message: str
) -> None:
    with pytest.raises(DataError, match=message):
        Overlay.of(tables[0], tables[1], tables[2], np.array(tail, int), np.array(head, int))


def test_costs_that_make_no_sense_are_refused() -> None:
    over = ring(2)
    with pytest.raises(DataError, match=r"a cost is -1\.0"):
        over.route(0, 1, np.array([-1.0, 0.0]))
    with pytest.raises(DataError, match="2 doors have 1 costs"):
        over.matrix(np.zeros(1, int))
    with pytest.raises(DataError, match="a metre in open water costs inf"):
        over.costs(np.zeros(2), rate=np.inf)
    with pytest.raises(DataError, match="2 goals have costs of doors for 1"):
        over.pareto(0, 1, np.ones(2), np.zeros((1, 2)))
    with pytest.raises(DataError, match="2 doors have 1 groups"):
        over.alternatives(0, 1, np.zeros(2), groups=np.zeros(1, int), most=1)
