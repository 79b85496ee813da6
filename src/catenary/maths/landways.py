"""Cheapest ways in a network from some nodes to some others, and the same after a closure.

A tree of cheapest ways is grown once from every source. When arcs close, only the branches above
them are grown again, so that most closures take a fraction of the first time.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from catenary.errors import DataError

if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Flags = NDArray[np.bool_]
    Integers = NDArray[np.integer[Any]]

__all__ = ["Landways", "Net"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Net:
    """A network of one-way arcs, sorted by tail; made by `Net.of`."""

    start: NDArray[np.int64]
    """First arc of every node, and their number, (N + 1,)."""
    tail: NDArray[np.int32]
    head: NDArray[np.int32]
    source: NDArray[np.int64]
    """Position of each arc among those given."""

    @classmethod
    def of(cls, nodes: int, tail: Integers, head: Integers) -> Net:
        """Arrange arcs.

        Raises
        ------
        DataError
            If an arc ends at no node.

        Examples
        --------
        >>> Net.of(2, np.array([1, 0]), np.array([0, 1])).start.tolist()
        [0, 1, 2]
        """
        for ends in (tail, head):
            if len(ends) and not 0 <= ends.min() <= ends.max() < nodes:
                wrong = ends[(ends < 0) | (ends >= nodes)][0]
                raise DataError(f"an arc ends at node {wrong}, but nodes are 0 … {nodes - 1}")
        order = np.argsort(tail, kind="stable")
        start = np.searchsorted(tail[order], np.arange(nodes + 1))
        return cls(
            start=start.astype(np.int64), tail=tail[order].astype(np.int32),
            head=head[order].astype(np.int32), source=order.astype(np.int64),
        )  # fmt: skip

    @cached_property
    def into(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """First incoming arc of every node in a list of arcs, and that list."""
        order = np.argsort(self.head, kind="stable")
        start = np.searchsorted(self.head[order], np.arange(len(self.start)))
        return start.astype(np.int64), order.astype(np.int64)


@dataclass(frozen=True, kw_only=True, eq=False)
class Landways:
    """Cheapest ways from sources to their targets; made by `Landways.of`."""

    net: Net
    weight: Array
    inner: Flags
    """Nodes that ways may lead through, (N,)."""
    amounts: Array
    """(A, K), in the order of the net."""
    sources: NDArray[np.int64]
    targets: NDArray[np.int64]
    cost: Array
    before: NDArray[np.int32]
    order: NDArray[np.int32]
    found: Array
    """Cost and amounts of the ways, (K + 1, S, T); inf = no way."""

    @classmethod
    def of(
        cls, net: Net, weight: Array, amounts: Array, sources: Integers, targets: Integers, *,
        inner: Flags | None = None,
    ) -> Landways:  # fmt: skip
        """Grow the trees.

        Parameters
        ----------
        net
            Network of A arcs.
        weight
            Cost of each arc as given, (A,), ≥ 0; inf = closed.
        amounts
            What else is added up, (K, A), finite.
        sources
            Node of each source, (S,); -1: nowhere, so nothing is reached.
        targets
            Nodes asked for by source, (S, T); -1: nobody.

        inner
            Nodes that ways may lead through, (N,); None = all. A node that no way needs, since its
            neighbours are joined as well without it, is best left out: that saves time.

        Raises
        ------
        DataError
            If a cost is negative or there is not one for each arc.

        References
        ----------
        Dijkstra, E. W. (1959), A note on two problems in connexion with graphs. Numerische
        Mathematik 1, 269–271.

        Examples
        --------
        >>> net = Net.of(3, np.array([0, 1, 0]), np.array([1, 2, 2]))
        >>> ways = Landways.of(
        ...     net, np.array([1.0, 1.0, 5.0]), np.array([[7.0, 7.0, 3.0]]),
        ...     np.array([0]), np.array([[1, 2]]),
        ... )
        >>> ways.found[:, 0].tolist()
        [[1.0, 2.0], [7.0, 14.0]]
        >>> ways.without(np.array([False, True, False]))[:, 0].tolist()
        [[1.0, 5.0], [7.0, 3.0]]
        """
        from catenary.maths import landways_kernels as kernels  # noqa: PLC0415  brings numba

        if len(weight) != len(net.tail) or amounts.shape[1] != len(net.tail):
            raise DataError(f"{len(net.tail)} arcs have {len(weight)} costs")
        if not (weight >= 0).all():
            raise DataError(f"a cost is {weight[~(weight >= 0)][0]}", hint="costs are 0 or more")
        own, carried = weight[net.source], np.ascontiguousarray(amounts[:, net.source].T)
        places = sources.astype(np.int64)
        passed = np.ones(len(net.start) - 1, bool) if inner is None else inner
        cost, before, order = kernels.grow(net.start, net.head, own, passed, places)
        asked = np.ascontiguousarray(targets, np.int64)
        found = kernels.sums(net.tail, before, order, asked, carried, cost)
        return cls(
            net=net, weight=own, inner=passed, amounts=carried, sources=places, targets=asked,
            cost=cost, before=before, order=order, found=found,
        )  # fmt: skip

    def without(self, closed: Flags) -> Array:
        """Return cost and amounts as they are with some arcs closed, (K + 1, S, T).

        Parameters
        ----------
        closed
            By arc as given, (A,).

        References
        ----------
        Ramalingam, G. & Reps, T. (1996), An incremental algorithm for a generalization of the
        shortest-path problem. Journal of Algorithms 21(2), 267–305.
        """
        from catenary.maths import landways_kernels as kernels  # noqa: PLC0415  brings numba

        shut = closed[self.net.source]
        if not shut.any():
            return self.found
        found = self.found.copy()
        into_start, into = self.net.into
        concerned = kernels.regrow(
            self.net.start, self.net.head, self.net.tail, self.weight, self.inner, shut,
            into_start, into, self.cost, self.before, self.order, self.targets, self.amounts, found,
        )  # fmt: skip
        return found if concerned else self.found

    def grown(self, closed: Flags) -> Landways:
        """Return trees grown anew with some arcs closed, by arc as given, (A,)."""
        given = np.empty(len(self.weight))
        given[self.net.source] = self.weight
        amounts = np.empty((self.amounts.shape[1], len(given)))
        amounts[:, self.net.source] = self.amounts.T
        weight = np.where(closed, np.inf, given)
        return Landways.of(self.net, weight, amounts, self.sources, self.targets, inner=self.inner)

    def summed(self, amount: Array) -> Array:
        """Return another amount of the ways, given by arc (A,); inf = no way, (S, T)."""
        from catenary.maths import landways_kernels as kernels  # noqa: PLC0415  brings numba

        carried = np.ascontiguousarray(amount[self.net.source][:, None])
        found: Array = kernels.sums(
            self.net.tail, self.before, self.order, self.targets, carried, self.cost
        )[1]
        return found

    def way(self, source: int, target: int) -> list[int]:
        """Return the arcs as given of the way from a source to a node, in order."""
        steps: list[int] = []
        arc = int(self.before[source, target])
        while arc >= 0:
            steps.append(int(self.net.source[arc]))
            arc = int(self.before[source, self.net.tail[arc]])
        return steps[::-1]
