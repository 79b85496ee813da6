"""What rests on whom, cheaply: uses of inputs, how concentrated they are, and what would stop."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import sparse

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Integers = NDArray[np.int64]

__all__ = ["Uses", "at_risk", "uses_of"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Uses:
    """K uses of an input by a producer, ordered by input, then producer."""

    flows: Any
    """Deliveries from producer (row) to producer, sparse (N, N), none below 0."""
    made: Integers
    """Product of each producer, (N,)."""
    product: Integers
    """The input, (K,)."""
    buyer: Integers
    """Who uses it, (K,)."""
    quantity: Array
    """How much, (K,)."""
    concentration: Array
    """Herfindahl-Hirschman index of the groups that deliver it, (K,): 1 = a single one."""

    def per_delivery(self, values: Array) -> Any:
        """Return a number of each use beside its deliveries, sparse (N, N)."""
        count = self.flows.shape[0]
        table = sparse.csr_array(
            (values, (self.product, self.buyer)), shape=(int(self.made.max()) + 1, count)
        )
        return table[self.made]


def uses_of(flows: Any, made: Integers, group: Integers) -> Uses:
    """Return uses of inputs from deliveries.

    Parameters
    ----------
    flows
        Deliveries from producer (row) to producer, (N, N), dense or sparse; below 0 counts as 0.
    made
        Product of each producer, (N,).
    group
        Group, such as a region, of each producer, (N,).

    Examples
    --------
    >>> found = uses_of(np.array([[0, 3.0], [0, 1.0]]), np.array([0, 0]), np.array([0, 1]))
    >>> found.quantity.tolist(), found.concentration.tolist()
    ([4.0], [0.625])
    """
    kept = sparse.csr_array(flows, dtype=np.float64, copy=True)
    kept.data = np.maximum(kept.data, 0.0)
    kept.eliminate_zeros()
    count = len(made)
    # groups that make the same product, numbered in any order
    pairs, place = np.unique(np.stack([made, group]), axis=1, return_inverse=True)
    together = _summed(place.reshape(-1), kept, pairs.shape[1])
    used = _summed(made, kept, int(made.max(initial=-1)) + 1)
    largest = together.copy()
    share = used[pairs[0]] if pairs.shape[1] else used
    largest.data = (largest.data / _same(share, together)) ** 2
    index = _summed(pairs[0], largest, used.shape[0])
    listed = used.tocoo()
    return (
        Uses(
            flows=kept,
            made=np.asarray(made, np.int64),
            product=listed.coords[0].astype(np.int64),
            buyer=listed.coords[1].astype(np.int64),
            quantity=listed.data,
            concentration=_same(index, used),
        )
        if count
        else _none(kept, made)
    )


def _none(kept: Any, made: Integers) -> Uses:
    whole, numbers = np.zeros(0, np.int64), np.zeros(0)
    return Uses(
        flows=kept, made=made, product=whole, buyer=whole, quantity=numbers, concentration=numbers
    )


def _summed(label: NDArray[Any], rows: Any, count: int) -> Any:
    """Return the rows of a sparse array added up by label, in canonical order."""
    ones = np.ones(len(label))
    adding = sparse.csr_array((ones, (label, np.arange(len(label)))), shape=(count, len(label)))
    summed = sparse.csr_array(adding @ rows)
    summed.sum_duplicates()
    return summed


def _same(numbers: Any, pattern: Any) -> Array:
    """Return the numbers of one sparse array where another has any, in its order."""
    numbers.sort_indices()
    if np.array_equal(numbers.indptr, pattern.indptr) and np.array_equal(
        numbers.indices, pattern.indices
    ):
        return np.asarray(numbers.data)
    where = pattern.tocoo().coords
    return np.asarray(numbers[where[0], where[1]]).reshape(-1)


def at_risk(uses: Uses, criticality: Array, value: Array, *, rounds: int = 3) -> Array:
    """Return what would stop, soon, if a producer did, (N,): its own output and that of buyers.

    A buyer stops as far as the input is critical and its share from the producer is large; buyers
    of buyers follow for some rounds. What reaches a buyer on several ways counts several times, so
    that this ranks and does not predict.

    Parameters
    ----------
    uses
        Uses of inputs.
    criticality
        Share of output that is impossible without the input, (K,).
    value
        What each producer makes, (N,).
    rounds
        How many steps downstream.

    Examples
    --------
    >>> chain = uses_of(np.array([[0, 1.0], [0, 0]]), np.array([0, 1]), np.array([0, 0]))
    >>> at_risk(chain, np.array([0.5]), np.array([1.0, 10.0])).tolist()
    [6.0, 10.0]
    """
    found = value.copy()
    for _ in range(rounds if len(uses.buyer) else 0):
        rests = uses.per_delivery(criticality * found[uses.buyer] / uses.quantity)
        found = value + np.asarray(uses.flows.multiply(rests).sum(axis=1)).reshape(-1)
    return found
