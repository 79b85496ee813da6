"""Several scenarios of one network side by side through lists of deliveries.

What `catenary.maths.batches` runs where deliveries are sparse, or where inputs stop only a part
of what their buyer makes. Each case begins with its first loss and ends when it is calm again, by
itself, so that its numbers do not depend on what runs beside it.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np

from catenary.maths import batch_list_kernels as kernels
from catenary.maths import inventory, inventory_kernels
from catenary.maths.batch_cases import Followed, Shocks, rounding
from catenary.maths.grouping import joined, sum_by

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from catenary.maths.network import Network

    Array = NDArray[np.float64]
    Integers = NDArray[np.int64]

__all__ = ["Lists", "lists_of", "run_lists"]

_LOOK: Final = 30  # days between looks at whether all is as on a normal day again
_CALM: Final = 1e-14


@dataclass(frozen=True, eq=False)
class Lists:
    """All deliveries of a network as lists, by supplier and by slot.

    Parameters
    ----------
    network
        The network.
    slot
        Slot of each delivery, by supplier, (E,).
    pointer
        First delivery of each producer, and E: (N + 1,).
    flow
        Deliveries a day, (E,).
    came, supplier, came_flow
        First delivery to each slot, and E: (K + 1,); who delivers, and how much, by slot (E,).
    part
        Number of the part of the network that each producer belongs to: deliveries join nobody to
        another part, so that no shock leaves its own, (N,).
    """

    network: Network
    slot: NDArray[np.uint32]
    pointer: Integers
    flow: Array
    came: Integers
    supplier: NDArray[np.uint32]
    came_flow: Array
    part: Integers


def lists_of(network: Network) -> Lists:
    """Arrange a network for batches; dense rows become lists."""
    count, slots = network.producers, len(network.slot_buyer)
    first = network.slot_start[network.product]
    supplier = np.repeat(np.arange(count), np.diff(network.pointer))
    slot = np.repeat(first, np.diff(network.pointer)) + network.column
    flow = network.flow
    if len(network.dense):
        row, buyer = np.nonzero(network.dense)
        who = np.flatnonzero(network.is_dense)[row]  # every buyer has a slot of their product
        supplier = np.concatenate([supplier, who])
        slot = np.concatenate([slot, first[who] + buyer])
        flow = np.concatenate([flow, network.dense[row, buyer].astype(np.float64) * network.scale])
        order = np.argsort(supplier, kind="stable")
        supplier, slot, flow = supplier[order], slot[order], flow[order]
    by_slot = np.argsort(slot, kind="stable")
    return Lists(
        network=network,
        slot=slot.astype(np.uint32),
        pointer=_pointers(supplier, count),
        flow=flow,
        came=_pointers(slot, slots),
        supplier=supplier[by_slot].astype(np.uint32),
        came_flow=flow[by_slot],
        part=_parts(network, supplier, slot),
    )


def _parts(network: Network, supplier: Integers, slot: Integers) -> Integers:
    """Return which producers deliveries join, however indirectly: a number for each, (N,)."""
    count = network.producers
    if np.isfinite(network.on_hand).any():  # stocks may fill up anywhere, shock or none
        return np.zeros(count, np.int64)
    return joined(supplier, network.slot_buyer[slot], count)


def _pointers(group: NDArray[np.integer], groups: int) -> Integers:
    """Return where each group begins in a sorted list, and its end, (G + 1,)."""
    return np.concatenate([[0], np.cumsum(np.bincount(group, minlength=groups))])


def _listed(lists: Lists, use: inventory_kernels.Coefficients, shocks: Shocks) -> kernels.Listed:
    network = lists.network
    binding = np.flatnonzero(np.isfinite(use.reach))
    binding = binding[np.argsort(network.slot_buyer[binding], kind="stable")]
    sells = network.final[:, 0] != 0
    sells[shocks.asked] = True
    reached = np.unique(lists.part[np.concatenate([shocks.hit, shocks.asked])])
    is_busy = np.isin(lists.part, reached)
    return kernels.Listed(
        busy=np.flatnonzero(is_busy),
        held=np.flatnonzero(is_busy[network.slot_buyer]),
        product=network.product.astype(np.int64),
        region=network.region,
        normal=use.normal,
        capacity=use.capacity,
        pointer=lists.pointer,
        slot=lists.slot,
        flow=lists.flow,
        came=lists.came,
        supplier=lists.supplier,
        came_flow=lists.came_flow,
        buyer=network.slot_buyer.astype(np.uint32),
        technology=use.technology,
        target=use.target,
        sells=sells,
        bound=_pointers(network.slot_buyer[binding], network.producers),
        binding=binding.astype(np.uint32),
        criticality=use.criticality[binding],
    )


class _Run:
    """Up to `LANES` cases on their way."""

    def __init__(
        self, lists: Lists, parameters: Sequence[inventory.Parameters], days: int, shocks: Shocks
    ) -> None:
        network, lanes = lists.network, len(parameters)
        psis = [one.psi for one in parameters]
        by_psi = {
            one.psi: inventory.coefficients(network, one)
            for one in {one.psi: one for one in parameters}.values()
        }
        use, stock, self.reading = by_psi[psis[0]]
        self.chain = _listed(lists, use, shocks)
        self.adaptive = parameters[0].adaptive_orders
        self.lanes, self.days = lanes, days
        makers = np.zeros((network.producers, kernels.MAKER_FIELDS, kernels.LANES))
        for field, value in (
            (kernels.WEIGHT, 1.0),
            (kernels.OUTPUT, use.normal[:, None]),
            (kernels.STRETCH, 1.0),
            (kernels.KEPT, 1.0),
            (kernels.FINAL, network.final[:, :1]),
        ):
            makers[:, field // kernels.LANES] = value
        slots = np.zeros((len(network.slot_buyer), kernels.SLOT_FIELDS, kernels.LANES))
        slots[:, kernels.ORDER // kernels.LANES] = (network.use() > 0)[:, None]
        slots[:, kernels.STOCK // kernels.LANES] = stock[:, None]
        reach = np.stack([by_psi[psi][0].reach for psi in psis], axis=1)
        slots[:, kernels.REACH // kernels.LANES, :lanes] = reach
        self.makers, self.slots = makers, slots
        self.fresh = makers[:, :, 0].copy(), slots[:, : kernels.SLOT_FIELDS - 1, 0].copy()
        regions = int(network.region.max(initial=0)) + 1
        self.cases = kernels.Cases(
            makers=makers.reshape(len(makers), kernels.MAKER_FIELDS * kernels.LANES),
            slots=slots.reshape(len(slots), kernels.SLOT_FIELDS * kernels.LANES),
            restore=np.array([1.0 / one.restoration_days for one in parameters]),
            most=np.array([float(one.overproduction) for one in parameters]),
            adapt=np.array([1.0 / one.overproduction_days for one in parameters]),
            hit=np.asarray(shocks.hit, np.int64),
            loss=np.ascontiguousarray(np.moveaxis(shocks.losses, 0, 2), np.float64),
            asked=np.asarray(shocks.asked, np.int64),
            final=np.ascontiguousarray(np.moveaxis(shocks.final, 0, 2), np.float64),
            regions=self._of_others(network.region, regions),
            products=self._of_others(network.product, len(network.start) - 1),
            first_short=np.full(lanes, -1),
        )
        self.final = makers[:, kernels.FINAL // kernels.LANES]

    def _of_others(self, place: NDArray[np.integer], count: int) -> Array:
        """Return the output by day of producers that nothing reaches, (days, places, B)."""
        normal = self.chain.normal.copy()
        normal[self.chain.busy] = 0.0
        base = np.bincount(place, normal, count)
        return np.tile(base[:, None], (self.days, 1, self.lanes))

    def begin(self, lane: int) -> None:
        """Set one case to a normal day."""
        makers, slots = self.fresh
        self.makers[:, :, lane] = makers
        self.slots[:, : slots.shape[1], lane] = slots
        self.cases.first_short[lane] = -1

    def advance(self, first: int, last: int) -> None:
        """Run days first … last - 1."""
        kernels.advance(first, last, self.chain, self.cases, self.adaptive, self.reading)

    def calm(self) -> NDArray[np.bool_]:
        """Return which cases are where they began, (B,)."""
        makers, slots = self.fresh
        stock = kernels.STOCK // kernels.LANES
        every = [(self.slots[:, stock, : self.lanes], slots[:, stock])]
        every += [
            (self.makers[:, field, : self.lanes], makers[:, field])
            for field in (kernels.OUTPUT // kernels.LANES, kernels.STRETCH // kernels.LANES)
        ]
        found = np.ones(self.lanes, bool)
        for now, base in every:
            found &= (np.abs(now - base[:, None]) <= _CALM * np.abs(base)[:, None]).all(axis=0)
        return found


def _go(
    run: _Run, eventful: NDArray[np.bool_], on_day: Callable[[int], None]
) -> tuple[Integers, Integers, NDArray[np.float64]]:
    """Run all cases; return each one's first day, the day after its last, and its fields."""
    days, some = run.days, eventful.any(axis=1)
    begins = np.where(some, eventful.argmax(axis=1), days)
    calm_from = np.where(some, days - eventful[:, ::-1].argmax(axis=1), 0)
    ends = np.where(some, days, 0)
    ends = np.maximum(ends, begins)
    kept = run.makers[:, :, : run.lanes].copy()
    running: NDArray[np.bool_] = np.array(some)
    stops = sorted({*begins[some].tolist(), *range(_LOOK, days, _LOOK), days})
    for day, until in pairwise(stops):
        if day < begins.min():
            continue
        for lane in np.flatnonzero(begins == day).tolist():
            run.begin(lane)
        on_day(day)
        run.advance(day, until)
        over = running & (begins < until)
        if until < days:
            over &= calm_from < until
            if until % _LOOK or not over.any():
                continue
            over &= run.calm()
        ends[over], running[over] = until, False
        kept[:, :, over] = run.makers[:, :, : run.lanes][:, :, over]
        if not running.any():
            break
    return begins, ends, kept


def run_lists(
    lists: Lists,
    parameters: Sequence[inventory.Parameters],
    days: int,
    shocks: Shocks,
    *,
    on_day: Callable[[int], None] = lambda _: None,
) -> Followed:
    """Run some cases side by side.

    Parameters
    ----------
    lists
        The baseline.
    parameters
        Behaviour in each case; `adaptive_orders` and `reading` are those of the first.
    days
        Number of daily steps.
    shocks
        What happens in each case.
    on_day
        Called once in 30 days; may raise to stop.

    Returns
    -------
    Followed
        What followed.
    """
    parts = []
    for first in range(0, len(parameters), kernels.LANES):
        some = slice(first, first + kernels.LANES)
        parts.append(_run(lists, parameters[some], days, shocks.some(some), on_day))
    return Followed.joined(parts)


def _run(
    lists: Lists,
    parameters: Sequence[inventory.Parameters],
    days: int,
    shocks: Shocks,
    on_day: Callable[[int], None],
) -> Followed:
    network = lists.network
    run = _Run(lists, parameters, days, shocks)
    begins, ends, kept = _go(run, shocks.eventful(network), on_day)
    by_region, by_product = (np.moveaxis(t, 2, 0) for t in (run.cases.regions, run.cases.products))
    for total, place in ((by_region, network.region), (by_product, network.product)):
        base = sum_by(place, run.chain.normal, total.shape[2])
        for lane, (begin, end) in enumerate(zip(begins.tolist(), ends.tolist(), strict=True)):
            total[lane, :begin] = base
            total[lane, end:] = base

    def field(place: int) -> Array:
        return np.ascontiguousarray(kept[:, place // kernels.LANES].T)

    return Followed(
        regions=by_region,
        products=by_product,
        unmet=field(kernels.UNMET),
        missed=field(kernels.MISSED),
        lost=field(kernels.LOST),
        touched=field(kernels.OFF) > rounding(run.chain.normal, run.chain.capacity),
        first_short=np.where(ends > begins, run.cases.first_short, -1),
        days_run=int(max(0, ends.max() - begins.min())),
    )
