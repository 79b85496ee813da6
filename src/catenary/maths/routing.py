"""Shortest routes in a network by Dijkstra's algorithm, as scipy runs it: nothing to compile."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from catenary.errors import ComputationError, DataError

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    Integers = NDArray[np.integer[Any]]
    Lengths = NDArray[np.integer[Any]] | NDArray[np.floating[Any]]

__all__ = ["NOBODY", "UNREACHED", "components", "graph", "joined", "lengths", "shortest", "tree"]

UNREACHED: Final = 2**30
"""Length in whole metres of what cannot be reached; what can be reached is shorter."""

NOBODY: Final = -9999
"""Marks a node without predecessor in a `tree`, as scipy does."""


def checked(nodes: int, tail: Integers, head: Integers, length: Lengths) -> None:
    """Refuse edges that no algorithm here can take.

    Parameters
    ----------
    nodes
        Number of nodes.
    tail, head, length
        Edges, (edges,): integers below UNREACHED, or floats, where inf is a closed edge.

    Raises
    ------
    DataError
        If an end is no node, or a length is negative, not a number or too large.
    """
    if not len(tail) == len(head) == len(length):
        raise DataError(
            f"edges have {len(tail):,} tails, {len(head):,} heads and {len(length):,} lengths",
            hint="give one of each per edge",
        )
    for ends in (tail, head):
        if len(ends) and not 0 <= ends.min() <= ends.max() < nodes:
            wrong = ends[(ends < 0) | (ends >= nodes)][0]
            raise DataError(f"an edge ends at node {wrong}, but nodes are 0 … {nodes - 1}")
    wrong_length = ~(length >= 0)
    if length.dtype.kind in "iu":
        wrong_length |= length >= UNREACHED
    if wrong_length.any():
        e = int(np.flatnonzero(wrong_length)[0])
        raise DataError(
            f"the edge from {tail[e]} to {head[e]} is {length[e]} long",
            hint=f"a length is at least 0, and in whole metres below {UNREACHED:,}",
        )


def joined(
    nodes: int, tail: Integers, head: Integers, length: Lengths
) -> tuple[Integers, Integers, Lengths]:
    """Return edges sorted by tail and head: no loops, and of parallel edges the shortest.

    Parameters
    ----------
    nodes
        Number of nodes.
    tail, head, length
        Edges, (edges,).

    Examples
    --------
    >>> joined(3, np.array([1, 1, 2]), np.array([0, 0, 2]), np.array([7, 5, 1]))
    (array([1]), array([0]), array([5]))
    """
    order = np.lexsort((length, head, tail))
    order = order[tail[order] != head[order]]
    key = tail[order].astype(np.int64) * nodes + head[order]
    order = order[np.diff(key, prepend=-1) != 0]
    return tail[order], head[order], length[order]


def graph(
    nodes: int,
    tail: Integers,
    head: Integers,
    length: Lengths,
    *,
    directed: bool = False,
) -> csr_array[Any]:
    """Return a network for `shortest`, `lengths` and `components`.

    An edge of length 0 is an edge; of parallel edges the shortest counts, loops and edges of
    length inf are left out.

    Parameters
    ----------
    nodes
        Number of nodes.
    tail, head, length
        Edges, (edges,): integers (whole metres, below UNREACHED) or floats (any cost, ≥ 0).
    directed
        Whether an edge leads only from tail to head.

    Returns
    -------
    csr_array
        (nodes, nodes), row tail; each edge once in every direction that it can be taken.
        Explicit zeros are edges: `eliminate_zeros` or arithmetic would lose them.

    Raises
    ------
    DataError
        If an end is no node, or a length is negative, not a number or too large.

    Examples
    --------
    >>> net = graph(3, np.array([0, 1, 0]), np.array([1, 2, 2]), np.array([5, 0, 9]))
    >>> shortest(net, 0, 2)
    (5, array([0, 1, 2]))
    """
    checked(nodes, tail, head, length)
    if length.dtype.kind == "f":
        open_ = np.isfinite(length)
        tail, head, length = tail[open_], head[open_], length[open_]
    if not directed:
        tail, head = np.concatenate([tail, head]), np.concatenate([head, tail])
        length = np.concatenate([length, length])
    tail, head, length = joined(nodes, tail, head, length)
    start = np.searchsorted(tail, np.arange(nodes + 1)).astype(np.int32)
    # built from its parts: a coordinate matrix would add parallel edges up
    from scipy.sparse import csr_array  # noqa: PLC0415  a tenth of a second to import

    return csr_array((length, head.astype(np.int32), start), shape=(nodes, nodes))


def _reached(network: csr_array[Any], found: NDArray[np.float64]) -> Lengths:
    """Return lengths in the kind of number that the edges have."""
    if network.dtype.kind == "f":
        return found
    return np.minimum(found, UNREACHED).astype(np.int32)


def lengths(network: csr_array[Any], origins: Integers, *, most: float = math.inf) -> Lengths:
    """Return the lengths of the shortest routes from some nodes to all.

    Parameters
    ----------
    network
        From `graph`.
    origins
        Nodes, (O,).
    most
        Nodes farther than this count as not reached.

    Returns
    -------
    ndarray
        (O, nodes): int32 metres where the edges are integers, and UNREACHED where there is no
        route; else float64, and inf. Exact for integers: floats add whole numbers exactly.

    References
    ----------
    Dijkstra, E. W. (1959), A note on two problems in connexion with graphs. Numerische
    Mathematik 1, 269–271.

    Examples
    --------
    >>> net = graph(3, np.array([0]), np.array([1]), np.array([5]))
    >>> lengths(net, np.array([1]))
    array([[         5,          0, 1073741824]], dtype=int32)
    """
    if not len(origins):
        return _reached(network, np.empty((0, network.shape[0])))
    from scipy.sparse.csgraph import dijkstra  # noqa: PLC0415

    return _reached(network, dijkstra(network, indices=origins, limit=most))


def shortest(
    network: csr_array[Any], origin: int, destination: int
) -> tuple[int | float, NDArray[np.intp]]:
    """Return the length of a shortest route and the nodes on it.

    Parameters
    ----------
    network
        From `graph`.
    origin, destination
        Nodes.

    Returns
    -------
    tuple
        Length (whole where the edges are), and nodes from origin to destination, (stops,). Of
        routes of one length it is always the same one.

    Raises
    ------
    ComputationError
        If there is no route.

    References
    ----------
    Dijkstra, E. W. (1959), A note on two problems in connexion with graphs. Numerische
    Mathematik 1, 269–271.

    Examples
    --------
    >>> shortest(graph(2, np.array([0]), np.array([1]), np.array([2.5])), 1, 0)
    (2.5, array([1, 0]))
    """
    # from the destination, so that predecessors are the next stops
    backward = network.T.tocsr()
    from scipy.sparse.csgraph import dijkstra  # noqa: PLC0415

    rows = dijkstra(backward, indices=np.array([destination]), return_predecessors=True)
    found, after = rows[0][0], rows[1][0]
    if not np.isfinite(found[origin]):
        raise ComputationError(
            f"no route leads from node {origin} to node {destination}",
            hint="`components` tells which nodes hang together",
        )
    path = [origin]
    while path[-1] != destination and after[path[-1]] != NOBODY:
        path.append(int(after[path[-1]]))
    length = found[origin]
    return float(length) if network.dtype.kind == "f" else int(length), np.array(path)


def tree(network: csr_array[Any], origin: int) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
    """Return the lengths of the shortest routes from one node to all, and the stop before each.

    Parameters
    ----------
    network
        From `graph`; or any rows of arcs, where parallel ones and such of length inf may be.
    origin
        Node.

    Returns
    -------
    tuple
        Lengths, (nodes,), inf where there is no route; and predecessors, (nodes,), or NOBODY.

    References
    ----------
    Dijkstra, E. W. (1959), A note on two problems in connexion with graphs. Numerische
    Mathematik 1, 269–271.

    Examples
    --------
    >>> line = graph(3, np.array([0, 1]), np.array([1, 2]), np.array([5.0, 2.0]))
    >>> length, before = tree(line, 0)
    >>> length, before[1:]
    (array([0., 5., 7.]), array([0, 1], dtype=int32))
    """
    from scipy.sparse.csgraph import dijkstra  # noqa: PLC0415

    rows = dijkstra(network, indices=np.array([origin]), return_predecessors=True)
    return rows[0][0], rows[1][0]


def components(network: csr_array[Any]) -> NDArray[np.int32]:
    """Return which nodes hang together, whatever the direction of the edges.

    A closure is a cut between two nodes if they differ here once its edges are left out.

    Parameters
    ----------
    network
        From `graph`.

    Returns
    -------
    ndarray
        Component of each node, 0 …, (nodes,).

    Examples
    --------
    >>> components(graph(4, np.array([0, 2]), np.array([1, 3]), np.array([1, 0])))
    array([0, 0, 1, 1], dtype=int32)
    """
    from scipy.sparse import csr_array  # noqa: PLC0415
    from scipy.sparse.csgraph import connected_components  # noqa: PLC0415

    linked = csr_array(  # a zero is an edge, whatever scipy thinks of zeros
        (np.ones(network.nnz, np.int8), network.indices, network.indptr), shape=network.shape
    )
    labels: NDArray[np.int32] = connected_components(linked, directed=True, connection="weak")[1]
    return labels
