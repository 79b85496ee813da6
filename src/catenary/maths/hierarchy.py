"""Lengths between many places at once, from a network that was prepared for the question.

A contraction hierarchy takes the nodes out of the network one by one, the least important first,
and adds a shortcut wherever a shortest route led through the node. A shortest route then climbs
to ever more important nodes and comes down again, and few nodes lie above any one place. All
origins are carried at once: every node above some place has a row (a bucket) with its length from
each origin, and one arc is one pass over two rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from catenary.errors import DataError
from catenary.maths.routing import UNREACHED, checked, graph, joined, lengths

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Integers = NDArray[np.integer[Any]]

__all__ = ["UNREACHED", "Hierarchy", "contract", "distances"]

_EFFORT: Final = 500  # settled nodes after which the search for a way around gives up
_TILE: Final = 256  # origins in a row: a longer one leaves the nearer caches
_TABLE: Final = 24_000  # nodes whose lengths to each other fit into memory (2.3 GB)
_DENSE: Final = 4  # edges per node above which searches for a way around take too long
_BLOCK: Final = 256  # rows of the table that scipy finds at once


@dataclass(frozen=True, kw_only=True, eq=False)
class Hierarchy:
    """A network prepared by `contract`: its arrays can be stored and loaded as they are.

    The arcs of the node of rank r lead to nodes of higher rank: head[e], length[e] for e in
    start[r] … start[r + 1].

    Raises
    ------
    DataError
        If the arrays do not belong together.
    """

    rank: NDArray[np.int32]
    """Order of contraction of each node, 0 first, (nodes,)."""
    start: NDArray[np.int32]
    """First arc of each rank, and their number, (nodes + 1,)."""
    head: NDArray[np.int32]
    """Rank of the higher end, (arcs,)."""
    length: NDArray[np.int32]
    """Whole metres, (arcs,)."""

    def __post_init__(self) -> None:
        """Refuse arrays that would lead the loops astray, and lock the others."""
        nodes = len(self.rank)
        per_rank = np.diff(self.start)
        below = np.repeat(np.arange(nodes), np.maximum(per_rank, 0)) if len(per_rank) else per_rank
        fits = (
            len(self.start) == nodes + 1
            and self.start[0] == 0
            and bool((per_rank >= 0).all())
            and self.start[-1] == len(self.head) == len(self.length)
            and _is_order(self.rank)
            and bool(((self.head > below) & (self.head < nodes)).all())
            and bool(((self.length >= 0) & (self.length < UNREACHED)).all())
        )
        if not fits:
            raise DataError(
                f"the arrays of a hierarchy of {nodes:,} nodes do not belong together",
                hint="take rank, start, head and length from one call of `contract`",
            )
        for name in ("rank", "start", "head", "length"):
            array = np.ascontiguousarray(getattr(self, name), np.int32)
            if array.flags.writeable:
                array = array.view()
                array.setflags(write=False)
            object.__setattr__(self, name, array)


def _is_order(rank: NDArray[np.int32]) -> bool:
    """Return whether ranks are 0 … nodes − 1, each once."""
    seen = np.zeros(len(rank), bool)
    inside = rank[(rank >= 0) & (rank < len(rank))]
    seen[inside] = True
    return bool(seen.all())


def _table(nodes: int, tail: Integers, head: Integers, length: Integers) -> NDArray[np.int32]:
    """Return the lengths of the shortest routes between all nodes, (nodes, nodes)."""
    network = graph(nodes, tail, head, length)
    table = np.empty((nodes, nodes), np.int32)
    for low in range(0, nodes, _BLOCK):
        high = min(low + _BLOCK, nodes)
        table[low:high] = lengths(network, np.arange(low, high))
    return table


def contract(
    nodes: int,
    tail: Integers,
    head: Integers,
    length: Integers,
    *,
    by_table: bool | None = None,
    table: NDArray[np.int32] | None = None,
) -> Hierarchy:
    """Prepare an undirected network for `distances`.

    Meant to be done once and stored. Whether a shortcut is needed is found by a search for a way
    around, as is usual for roads; or, where lines of sight make the network dense and such
    searches hopeless, in a table of all lengths, which takes minutes and memory for nodes² int32.

    Parameters
    ----------
    nodes
        Number of nodes.
    tail, head, length
        Edges, (edges,), taken both ways; length in whole metres, 0 … UNREACHED − 1. Of parallel
        edges the shortest counts.
    by_table
        Whether to use the table; None: for up to 24,000 nodes of more than 4 edges each.
    table
        That table, (nodes, nodes) in whole metres, UNREACHED where there is no route, if it is at
        hand.

    Raises
    ------
    DataError
        If an end is no node, or a length is negative or too large.

    References
    ----------
    Geisberger, R., Sanders, P., Schultes, D. & Delling, D. (2008), Contraction hierarchies: faster
    and simpler hierarchical routing in road networks. WEA 2008, LNCS 5038, 319–333.

    Examples
    --------
    >>> line = contract(3, np.array([0, 1]), np.array([1, 2]), np.array([5, 7]))
    >>> distances(line, np.array([0]), np.array([1, 2]))
    array([[ 5, 12]], dtype=int32)
    """
    from catenary.maths import hierarchy_kernels as kernels  # noqa: PLC0415  brings numba

    checked(nodes, tail, head, length)
    lower, higher, metres = (
        a.astype(np.int32)
        for a in joined(nodes, np.minimum(tail, head), np.maximum(tail, head), length)
    )
    if by_table is None:
        by_table = nodes <= _TABLE and len(metres) > _DENSE * nodes
    if table is None:
        table = _table(nodes, lower, higher, metres) if by_table else np.empty((0, 0), np.int32)
    rank, first, slots = kernels.contracted(nodes, lower, higher, metres, _EFFORT, table)
    start, upper, arcs = kernels.listed(rank, first, slots)
    order = np.lexsort((upper, np.repeat(np.arange(nodes), np.diff(start))))
    return Hierarchy(rank=rank, start=start, head=upper[order], length=arcs[order])


def distances(hierarchy: Hierarchy, origins: Integers, destinations: Integers) -> NDArray[np.int32]:
    """Return the lengths of the shortest routes from every origin to every destination.

    Parameters
    ----------
    hierarchy
        From `contract`.
    origins, destinations
        Nodes, (O,) and (D,); any may stand there twice, and in both.

    Returns
    -------
    ndarray
        Whole metres, (O, D), C-ordered; UNREACHED where there is no route, or only one that is
        longer than that.

    Raises
    ------
    DataError
        If a place is no node.

    References
    ----------
    Knopp, S., Sanders, P., Schultes, D., Schulz, F. & Wagner, D. (2007), Computing many-to-many
    shortest paths using highway hierarchies. ALENEX 2007, 36–45: buckets. Delling, D., Goldberg,
    A. V. & Werneck, R. F. (2011), Faster batched shortest paths in road networks. ATMOS 2011,
    52–63: sweeps over the nodes above all places instead of a search from each.

    Examples
    --------
    >>> net = contract(3, np.array([0]), np.array([1]), np.array([5]))
    >>> distances(net, np.array([0, 1]), np.array([1, 2]))
    array([[         5, 1073741824],
           [         0, 1073741824]], dtype=int32)
    """
    from catenary.maths import hierarchy_kernels as kernels  # noqa: PLC0415  brings numba

    nodes = len(hierarchy.rank)
    for places in (origins, destinations):
        if len(places) and not 0 <= places.min() <= places.max() < nodes:
            wrong = places[(places < 0) | (places >= nodes)][0]
            raise DataError(f"node {wrong} is not in the hierarchy: nodes are 0 … {nodes - 1}")
    if len(origins) > len(destinations):  # rows as short as may be: lengths are the same back
        return np.ascontiguousarray(distances(hierarchy, destinations, origins).T)
    from_, to = hierarchy.rank[origins], hierarchy.rank[destinations]
    found: NDArray[np.int32] = kernels.swept(
        hierarchy.start, hierarchy.head, hierarchy.length, from_, to, _TILE
    )
    return found
