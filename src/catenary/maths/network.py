"""Who delivers what to whom on a normal day, arranged for a pass over all deliveries."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from catenary.maths.grouping import sum_by

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Integers = NDArray[np.int64]

__all__ = ["Network", "in_rows", "network_of", "positive"]

_TINY: Final = 64  # producers below which dense rows are not worth it
_THICK: Final = 0.12  # share of buyers above which a supplier's deliveries are kept as a dense row


@dataclass(frozen=True, kw_only=True, eq=False)
class Network:
    """Who delivers what to whom on a normal day; made by `network_of`.

    Producers are sorted by product, slots by product and buyer. The deliveries of producer f are
    row f of `dense` if it is among the first of its product, else `column[e]`, `flow[e]`,
    `group[e]` for e in pointer[f] … pointer[f + 1].
    """

    start: Integers
    """First producer of each product, and N: (P + 1,)."""
    slot_start: Integers
    """First slot of each product, and K: (P + 1,)."""
    slot_buyer: NDArray[np.int32]
    """Buyer of each slot, (K,)."""
    dense_start: Integers
    """First dense row of each product, and their number: (P + 1,)."""
    dense: Array | NDArray[np.float32]
    """Deliveries of those who supply many, (D, N); in float32 where that holds them exactly."""
    scale: float
    """What a number in `dense` is multiplied by to be per day."""
    pointer: Integers
    column: NDArray[np.uint32]
    """Slot within the product."""
    flow: Array
    """Deliveries a day."""
    group: NDArray[np.int8]
    """Priority group, 0 first."""
    buyer_group: NDArray[np.int8]
    """Priority group in which dense rows deliver to each buyer, (N,)."""
    region: Integers
    """Region of every producer, (N,); all 0 unless replaced."""
    given: Integers
    """Position of each listed delivery among those given, (E,)."""
    final: Array
    """Final demand served a day by priority group, (N, G)."""
    capacity: Array
    """Output a day without overproduction, (N,)."""
    stock_days: Array
    """Target stock in days of use, (K,); inf = the input never runs out."""
    criticality: Array
    """Share of output impossible without the input, (K,)."""
    on_hand: Array
    """Stock at the start, (K,); nan = the target."""

    @property
    def producers(self) -> int:
        """Number of producers, N."""
        return len(self.final)

    @property
    def product(self) -> Integers:
        """Product of every producer, (N,)."""
        return np.repeat(np.arange(len(self.start) - 1), np.diff(self.start))

    @property
    def slot_product(self) -> NDArray[np.int32]:
        """Product of every slot, (K,)."""
        return np.repeat(
            np.arange(len(self.slot_start) - 1, dtype=np.int32), np.diff(self.slot_start)
        )

    @property
    def is_dense(self) -> NDArray[np.bool_]:
        """Which producers' deliveries are dense rows, (N,)."""
        place = np.arange(self.producers) - self.start[self.product]
        return place < np.diff(self.dense_start)[self.product]

    def use(self) -> Array:
        """Return what each slot takes in on a normal day, (K,)."""
        slot = np.repeat(self.slot_start[self.product], np.diff(self.pointer)) + self.column
        use = sum_by(slot, self.flow, len(self.slot_buyer))
        for p in np.flatnonzero(np.diff(self.dense_start)):
            rows = self.dense[self.dense_start[p] : self.dense_start[p + 1]]
            sums = rows.sum(axis=0, dtype=np.float64) * self.scale
            use[self.slot_start[p] : self.slot_start[p + 1]] += sums
        return use

    def output(self) -> Array:
        """Return what each producer delivers on a normal day, X0, (N,)."""
        supplier = np.repeat(np.arange(self.producers), np.diff(self.pointer))
        output: Array = self.final.sum(axis=1) + sum_by(supplier, self.flow, self.producers)
        output[self.is_dense] += self.dense.sum(axis=1, dtype=np.float64) * self.scale
        return output


def positive(table: Array) -> Integers:
    """Return how many cells of each row are above 0, (N,)."""
    counts: Integers = np.array([int((row > 0).sum()) for row in table], dtype=np.int64)
    return counts


def in_rows(per_supplier: Integers, *, lists: bool) -> NDArray[np.bool_]:
    """Return which suppliers' deliveries become dense rows: those of many buyers, (N,)."""
    count = len(per_supplier)
    if lists or count < _TINY:  # dense rows know only groups of buyers
        return np.zeros(count, bool)
    return np.asarray(per_supplier > _THICK * count)  # every buyer has a slot of their product


def _zeros(shape: tuple[int, int], *, exact: bool) -> Array | NDArray[np.float32]:
    return np.zeros(shape, np.float32) if exact else np.zeros(shape)


def _taken(
    table: Array, rows: Integers, order: Integers, muted: NDArray[np.bool_] | None
) -> Array | NDArray[np.float32]:
    """Return some rows of a table in the order of the network, without what is negative."""
    exact = all(bool((table[row].astype(np.float32) == table[row]).all()) for row in rows)
    dense = _zeros((len(rows), len(order)), exact=exact)
    for place, row in enumerate(rows):
        np.maximum(table[row][order], 0.0, out=dense[place], casting="same_kind")
    if muted is not None and muted.any():
        dense[:, muted[order]] = 0.0
    return dense


def network_of(
    product: Integers,
    supplier: Integers,
    buyer: Integers,
    flow: Array,
    *,
    products: int,
    final: Array,
    group: NDArray[np.int8] | None = None,
    buyer_group: NDArray[np.int8] | None = None,
    scale: float = 1.0,
    lists: bool = False,
    table: Array | None = None,
    muted: NDArray[np.bool_] | None = None,
) -> tuple[Network, Integers]:
    """Arrange deliveries for the engine.

    Parameters
    ----------
    product
        Product of every producer, (N,), 0 … products − 1.
    supplier, buyer, flow
        Baseline deliveries, (E,).
    products
        Number of products, P.
    final
        Final demand a day by producer and priority group, (N, G).
    group
        Priority group of every delivery, (E,); None = that of its buyer.
    buyer_group
        Priority group of every buyer, (N,); None = all 0.
    scale
        What a flow is multiplied by to be per day. Tables of whole millions a year stay whole,
        and half as large.
    lists
        Whether every delivery must stand in a list, where it can have properties of its own.
    table, muted
        All deliveries by supplier and buyer (N, N), from which suppliers of many are taken (see
        `in_rows`) instead of from the lists, and buyers whose columns count as 0, (N,).

    Returns
    -------
    Network
        With a capacity of X0, infinite stocks and full criticality, to be replaced.
    ndarray
        For each producer of the network, its position among those given, (N,).
    """
    count = len(product)
    per_supplier = np.bincount(supplier, minlength=count)
    if table is not None:
        per_supplier += positive(table)
    thick = in_rows(per_supplier, lists=lists or group is not None)
    if buyer_group is None:
        buyer_group = np.zeros(count, np.int8)
    order = np.lexsort((-per_supplier, ~thick, product))
    place = np.empty(count, np.int64)
    place[order] = np.arange(count)
    start = np.searchsorted(product[order], np.arange(products + 1))
    thick = thick[order]
    supplier, buyer = place[supplier], place[buyer]
    made = product[order]
    full = np.zeros(products, bool)
    full[made[thick]] = True
    key = made[supplier] * count + buyer
    keys = np.unique(
        np.concatenate([key, *(p * count + np.arange(count) for p in np.flatnonzero(full))])
    )
    slot_start = np.searchsorted(keys, np.arange(products + 1) * count)
    listed = ~thick[supplier]
    dense: Array | NDArray[np.float32]
    if table is not None:
        dense = _taken(table, order[thick], order, muted)
    else:
        exact = bool((flow.astype(np.float32) == flow).all())
        dense = _zeros((int(thick.sum()), count), exact=exact)
        row = np.cumsum(thick) - 1
        np.add.at(dense, (row[supplier[~listed]], buyer[~listed]), flow[~listed])
    rest = np.flatnonzero(listed)
    rest = rest[np.lexsort((buyer[rest], supplier[rest]))]
    in_lists = np.bincount(supplier[rest], minlength=count)
    slot = np.searchsorted(keys, key[rest])
    slots = len(keys)
    network = Network(
        start=start,
        slot_start=slot_start,
        slot_buyer=(keys % max(count, 1)).astype(np.int32),
        dense_start=np.concatenate([[0], np.cumsum(np.bincount(made[thick], minlength=products))]),
        dense=dense,
        scale=scale,
        pointer=np.concatenate([[0], np.cumsum(in_lists)]),
        column=(slot - slot_start[made[supplier[rest]]]).astype(np.uint32),
        flow=flow[rest] * scale,
        group=(buyer_group[order][buyer[rest]] if group is None else group[rest]),
        buyer_group=np.ascontiguousarray(buyer_group[order]),
        region=np.zeros(count, np.int64),
        given=rest,
        final=np.ascontiguousarray(final[order]),
        capacity=np.zeros(count),
        stock_days=np.full(slots, np.inf),
        criticality=np.ones(slots),
        on_hand=np.full(slots, np.nan),
    )
    object.__setattr__(network, "capacity", network.output())
    return network, order
