"""The largest structural paths to a final product, best first, without listing them all."""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from catenary.errors import ComputationError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

__all__ = ["Path", "largest_beyond", "largest_paths"]


class Path(NamedTuple):
    """One chain of deliveries.

    Parameters
    ----------
    nodes
        Producers from the last maker back to where the path begins; loops repeat some.
    amount
        What arises where it begins, for this path alone.
    """

    nodes: tuple[int, ...]
    amount: float


def largest_beyond(A: Array, s: Array) -> Array:
    """Return the largest |contribution| of any path that goes on from each producer, (N,).

    M_i = max(|s_i|, max_k |A_ki| M_k): the exact bound of the search, per unit that passes i.

    Parameters
    ----------
    A
        Input coefficients, (N, N), row supplier.
    s
        Amount per unit of output, (N,).

    Raises
    ------
    ComputationError
        If some loop of deliveries gives back as much as it takes, so that no path is largest.

    Examples
    --------
    >>> largest_beyond(np.array([[0.0, 0.5], [0.0, 0.0]]), np.array([4.0, 1.0]))
    array([4., 2.])
    """
    size, best = np.abs(A), np.abs(s)
    changed = np.arange(len(s))
    for _ in range(len(s) + 1):  # the best path has no loop, unless loops grow
        with np.errstate(over="ignore"):  # what is not finite is refused below
            reached = (size[changed] * best[changed, None]).max(axis=0, initial=0.0)
        changed = np.flatnonzero(reached > best)
        if not len(changed):
            return best
        best = np.maximum(best, reached)
        if not np.isfinite(best).all():
            break
    raise ComputationError(
        "there is no largest path: some loop of deliveries gives back as much as it takes",
        hint="look for producers whose inputs cost more than their output",
    )


class _Node(NamedTuple):
    """A partial path: the producer it has come back to, and what led there."""

    producer: int
    weight: float
    behind: _Node | None

    def path(self) -> tuple[int, ...]:
        """Return the producers from the last maker to here."""
        nodes: list[int] = []
        node: _Node | None = self
        while node is not None:
            nodes.append(node.producer)
            node = node.behind
        return tuple(reversed(nodes))


def largest_paths(A: Array, s: Array, producer: int, final: float, most: int) -> list[Path]:
    """Return the largest of all paths s_k … A_ml A_lj y_j to a final product, loops included.

    A best-first search: what waits is ranked by the most that it can still become, which is known
    exactly, so that every path is found in its order. Suppliers of a producer are ranked once, and
    only the next of them waits, so that k paths of n stages take about k n steps, whatever the
    size of the table.

    Parameters
    ----------
    A
        Input coefficients, (N, N), row supplier.
    s
        Amount per unit of output, (N,): value added, a pressure, or 1 for output itself.
    producer
        j, who makes the final product.
    final
        y_j, final demand for it.
    most
        Number of paths.

    Returns
    -------
    list of Path
        Largest |amount| first; fewer where there are no more. They sum to s (I − A)⁻¹ y in the
        end.

    Raises
    ------
    ComputationError
        If no path is largest.

    References
    ----------
    Defourny, J. & Thorbecke, E. (1984), Structural path analysis and multiplier decomposition
    within a social accounting matrix framework, Economic Journal 94(373), 111-136; Treloar, G. J.
    (1997), Extracting embodied energy paths from input-output tables, Economic Systems Research
    9(4), 375-391.

    Examples
    --------
    >>> A = np.array([[0.0, 0.5], [0.1, 0.0]])
    >>> for path in largest_paths(A, np.array([1.0, 1.0]), producer=1, final=100.0, most=3):
    ...     print(path.nodes, path.amount)
    (1,) 100.0
    (1, 0) 50.0
    (1, 0, 1) 5.0
    """
    bound = largest_beyond(A, s)
    ranked: dict[int, tuple[NDArray[np.intp], Array]] = {}
    found: list[Path] = []
    count = 0  # those that tie come in the order in which they were found
    waiting: list[tuple[float, int, _Node, int]] = []

    def wait(size: float, node: _Node, place: int) -> None:
        nonlocal count
        count += 1
        if size > 0:
            heapq.heappush(waiting, (-size, count, node, place))

    def opened(node: _Node) -> None:
        wait(abs(node.weight * s[node.producer]), node, -1)
        following(node, 0)

    def following(node: _Node, place: int) -> None:
        """Let the next supplier by its bound wait."""
        if node.producer not in ranked:
            reach = np.abs(A[:, node.producer]) * bound
            order = np.argsort(-reach, kind="stable")[: int(np.count_nonzero(reach))]
            ranked[node.producer] = (order, reach[order])
        order, reach = ranked[node.producer]
        if place < len(order):
            wait(abs(node.weight) * float(reach[place]), node, place)

    opened(_Node(producer, final, None))
    while waiting and len(found) < most:
        _, _, node, place = heapq.heappop(waiting)
        if place < 0:
            found.append(Path(node.path(), float(node.weight * s[node.producer])))
            continue
        supplier = int(ranked[node.producer][0][place])
        following(node, place + 1)
        opened(_Node(supplier, node.weight * float(A[supplier, node.producer]), node))
    return found
