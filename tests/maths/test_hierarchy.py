from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial import cKDTree

from catenary.errors import DataError
from catenary.maths.hierarchy import UNREACHED, Hierarchy, contract, distances
from catenary.maths.routing import graph, lengths

pytestmark = pytest.mark.part("4.4")


@st.composite
def edges_of(draw: st.DrawFn) -> tuple[int, np.ndarray, np.ndarray, np.ndarray]:
    """Draw sparse to dense networks from a seed: loops, parallels, zeros, ties, islands."""
    nodes = draw(st.integers(1, 40))
    count = draw(st.integers(0, 200))
    longest = draw(st.sampled_from([1, 5, 1_000, UNREACHED // 64, UNREACHED - 1]))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    tail, head = rng.integers(0, nodes, (2, count), dtype=np.int32)
    return nodes, tail, head, rng.integers(0, longest + 1, count, dtype=np.int32)


Edges = tuple[int, np.ndarray, np.ndarray, np.ndarray]


@given(edges_of(), st.booleans())
def test_all_lengths_are_those_of_dijkstra(edges: Edges, by_table: bool) -> None:  # noqa: FBT001
    everywhere = np.arange(edges[0])
    want = lengths(graph(*edges), everywhere)
    hierarchy = contract(*edges, by_table=by_table)
    np.testing.assert_array_equal(distances(hierarchy, everywhere, everywhere), want)


@given(edges_of(), st.integers(0, 2**32), st.integers(0, 12), st.integers(0, 300))
def test_any_places_may_be_asked_for_in_any_order(
    edges: Edges, seed: int, origins: int, destinations: int
) -> None:
    rng = np.random.default_rng(seed)
    from_, to = rng.integers(0, edges[0], origins), rng.integers(0, edges[0], destinations)
    found = distances(contract(*edges), from_, to)
    assert found.dtype == np.int32
    assert found.flags.c_contiguous
    np.testing.assert_array_equal(found, lengths(graph(*edges), from_)[:, to])


@given(edges_of())
def test_lengths_are_a_metric(edges: Edges) -> None:
    everywhere = np.arange(edges[0])
    found = distances(contract(*edges), everywhere, everywhere).astype(np.int64)
    assert (np.diag(found) == 0).all()
    np.testing.assert_array_equal(found, found.T)
    for middle in everywhere:
        through = np.minimum(found[:, middle, None] + found[middle], UNREACHED)
        assert (found <= through).all()


@given(edges_of())
def test_arcs_lead_upwards_and_can_be_stored(edges: Edges) -> None:
    hierarchy = contract(*edges)
    below = np.repeat(np.arange(edges[0]), np.diff(hierarchy.start))
    assert (hierarchy.head > below).all()
    again = Hierarchy(
        rank=hierarchy.rank.copy(), start=hierarchy.start.copy(),
        head=hierarchy.head.copy(), length=hierarchy.length.copy(),
    )  # fmt: skip
    everywhere = np.arange(edges[0])
    np.testing.assert_array_equal(
        distances(again, everywhere, everywhere), distances(hierarchy, everywhere, everywhere)
    )
    with pytest.raises(ValueError, match="read-only"):
        again.length[:] = 0


def seen(nodes: int, sight: int) -> Edges:
    """Return nodes around islands, and edges between those that see each other: dense locally."""
    rng = np.random.default_rng(4)
    where = rng.random((nodes, 2))
    found = np.asarray(cKDTree(where).query(where, k=sight + 1)[1])[:, 1:]
    tail, head = np.repeat(np.arange(nodes), sight), found.ravel()
    metres = np.rint(np.linalg.norm(where[tail] - where[head], axis=1) * 1e7).astype(np.int32)
    return nodes, tail.astype(np.int32), head.astype(np.int32), metres


@pytest.mark.parametrize("by_table", [True, False])
def test_a_network_of_lines_of_sight_is_solved_exactly(by_table: bool) -> None:  # noqa: FBT001
    edges = seen(700, 10)
    places = np.arange(0, 700, 2)
    found = distances(contract(*edges, by_table=by_table), places, places)
    np.testing.assert_array_equal(found, lengths(graph(*edges), places)[:, places])


def test_a_grid_of_equal_streets_is_solved_exactly() -> None:
    side = 25  # many more shortcuts than streets
    node = np.arange(side * side, dtype=np.int32).reshape(side, side)
    tail = np.concatenate([node[:, :-1].ravel(), node[:-1].ravel()])
    head = np.concatenate([node[:, 1:].ravel(), node[1:].ravel()])
    edges = (side * side, tail, head, np.ones(len(tail), np.int32))
    everywhere = np.arange(side * side)
    for by_table in (True, False):
        found = distances(contract(*edges, by_table=by_table), everywhere, everywhere)
        across, down = everywhere // side, everywhere % side
        want = abs(across[:, None] - across) + abs(down[:, None] - down)
        np.testing.assert_array_equal(found, want)


def test_a_complete_network_is_contracted_in_time() -> None:
    nodes = 120
    tail, head = np.triu_indices(nodes, 1)
    length = np.random.default_rng(5).integers(1, 10_000, len(tail), dtype=np.int32)
    everywhere = np.arange(nodes)
    found = distances(contract(nodes, tail, head, length), everywhere, everywhere)
    np.testing.assert_array_equal(found, lengths(graph(nodes, tail, head, length), everywhere))


def test_one_node_is_where_it_is() -> None:
    nothing = np.zeros(0, np.int32)
    here = np.zeros(1, np.int32)
    assert distances(contract(1, nothing, nothing, nothing), here, here).tolist() == [[0]]


def test_a_place_that_is_no_node_is_refused() -> None:
    nothing, place = np.zeros(0, np.int32), np.array([1])
    with pytest.raises(DataError, match="node 1 is not in the hierarchy"):
        distances(contract(1, nothing, nothing, nothing), place, place)


@pytest.mark.parametrize(
    ("rank", "start", "head", "length"),
    [
        ([0, 1], [0, 1], [1], [5]),
        ([0, 0], [0, 1, 1], [1], [5]),
        ([0, 1], [0, 1, 1], [0], [5]),
        ([0, 1], [0, 1, 1], [2], [5]),
        ([0, 1], [0, 1, 1], [1], [-1]),
        ([0, 1], [0, 1, 1], [1], [1, 2]),
        ([0, 1], [0, 2, 1], [1], [5]),
        ([0, 1], [], [1], [5]),
    ],
)
def test_arrays_that_do_not_belong_together_are_refused(
    rank: list[int], start: list[int], head: list[int], length: list[int]
) -> None:
    with pytest.raises(DataError, match="belong together"):
        Hierarchy(
            rank=np.array(rank, np.int32), start=np.array(start, np.int32),
            head=np.array(head, np.int32), length=np.array(length, np.int32),
        )  # fmt: skip
