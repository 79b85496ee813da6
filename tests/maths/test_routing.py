from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from catenary.errors import ComputationError, DataError
from catenary.maths.routing import UNREACHED, components, graph, lengths, shortest

if TYPE_CHECKING:
    from numpy.typing import NDArray

pytestmark = pytest.mark.part("4.4")

Edges = tuple[int, "NDArray[np.int32]", "NDArray[np.int32]", "NDArray[np.int32]"]


@st.composite
def networks(draw: st.DrawFn, most: int = 12, longest: int = 9) -> Edges:
    """Draw few nodes and many edges: loops, parallels, zeros, nodes that nothing reaches."""
    nodes = draw(st.integers(1, most))
    ends = st.integers(0, nodes - 1)
    edges = draw(st.lists(st.tuples(ends, ends, st.integers(0, longest)), max_size=3 * most))
    table = np.array(edges, np.int32).reshape(-1, 3)
    return nodes, table[:, 0], table[:, 1], table[:, 2]


def all_lengths(edges: Edges, *, directed: bool = False) -> NDArray[np.int64]:
    """Return all lengths by relaxing every edge as often as there are nodes: the plain oracle."""
    nodes, tail, head, length = edges
    found = np.full((nodes, nodes), UNREACHED, np.int64)
    np.fill_diagonal(found, 0)
    for _ in range(nodes):
        for t, h, metres in zip(tail, head, length, strict=True):
            found[:, h] = np.minimum(found[:, h], found[:, t] + metres)
            if not directed:
                found[:, t] = np.minimum(found[:, t], found[:, h] + metres)
    return np.minimum(found, UNREACHED)


@given(networks(), st.booleans())
def test_lengths_are_those_of_plain_relaxation(edges: Edges, directed: bool) -> None:  # noqa: FBT001
    found = lengths(graph(*edges, directed=directed), np.arange(edges[0]))
    assert found.dtype == np.int32
    np.testing.assert_array_equal(found, all_lengths(edges, directed=directed))


@given(networks(), st.booleans())
def test_costs_are_lengths_times_a_rate(edges: Edges, directed: bool) -> None:  # noqa: FBT001
    nodes, tail, head, length = edges
    cost = lengths(graph(nodes, tail, head, length * 0.25, directed=directed), np.arange(nodes))
    whole = all_lengths(edges, directed=directed)
    np.testing.assert_array_equal(cost, np.where(whole == UNREACHED, np.inf, whole * 0.25))


@given(networks(), st.booleans())
def test_a_route_is_as_long_as_its_edges(edges: Edges, directed: bool) -> None:  # noqa: FBT001
    network = graph(*edges, directed=directed)
    want = all_lengths(edges, directed=directed)
    for destination in range(edges[0]):
        if want[0, destination] == UNREACHED:
            with pytest.raises(ComputationError, match="no route"):
                shortest(network, 0, destination)
            continue
        length, path = shortest(network, 0, destination)
        assert isinstance(length, int)
        assert (path[0], path[-1]) == (0, destination)
        assert len(set(path.tolist())) == len(path)
        dense = {
            (t, int(network.indices[e])): int(network.data[e])
            for t in range(edges[0])
            for e in range(network.indptr[t], network.indptr[t + 1])
        }
        steps = [dense[a, b] for a, b in zip(path[:-1].tolist(), path[1:].tolist(), strict=True)]
        assert sum(steps) == length == want[0, destination]


@given(networks())
def test_components_are_what_can_be_reached(edges: Edges) -> None:
    part = components(graph(*edges))
    np.testing.assert_array_equal(part[:, None] == part, all_lengths(edges) < UNREACHED)


def test_a_door_of_no_length_is_a_way_through() -> None:
    network = graph(3, np.array([0, 1]), np.array([1, 2]), np.array([0, 0]))
    assert network.nnz == 4
    assert shortest(network, 0, 2)[0] == 0
    assert components(network).tolist() == [0, 0, 0]


def test_closing_the_doors_is_a_cut_if_nothing_leaks() -> None:
    tail, head = np.array([0, 1, 2]), np.array([1, 2, 3])
    door = np.array([False, True, False])
    cost = np.where(door, np.inf, 1.0)
    part = components(graph(4, tail, head, cost))
    assert part[0] == part[1] != part[2] == part[3]


def test_no_origins_are_no_rows() -> None:
    assert lengths(graph(2, *np.zeros((3, 0), np.int32)), np.array([], np.int32)).shape == (0, 2)


@pytest.mark.parametrize(
    ("tail", "head", "length", "message"),
    [
        ([0], [2], [1], "node 2"),
        ([-1], [1], [1], "node -1"),
        ([0], [1], [-1], "-1 long"),
        ([0], [1], [UNREACHED], "long"),
        ([0], [1], [np.nan], "nan long"),
        ([0, 1], [1], [1], "2 tails"),
    ],
)
def test_edges_that_make_no_sense_are_refused(
    tail: list[int], head: list[int], length: list[float], message: str
) -> None:
    with pytest.raises(DataError, match=message):
        graph(2, np.array(tail), np.array(head), np.array(length))


def test_one_route_needs_no_compiler() -> None:
    program = """
import sys
import numpy as np
from catenary.maths import hierarchy, overlay, routing
one, two = np.array([0]), np.array([1])
assert routing.shortest(routing.graph(2, one, two, np.array([3])), 0, 1)[0] == 3
far = routing.UNREACHED
over = overlay.Overlay.of(
    np.array([[0, far], [far, 0]]), np.array([[1, far], [far, 2]]), np.array([[0, far], [far, 0]]),
    one, two,
)
free = np.array([4.0])
assert over.route(0, 1, free).cost == 7
assert len(over.alternatives(0, 1, free, groups=one, most=2)) == 1
assert len(over.pareto(0, 1, np.array([1.0]), free[None]).ways) == 1
assert "numba" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", program], check=True)
