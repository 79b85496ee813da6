"""Several scenarios of one network side by side: what ensembles of plain scenarios run on.

The same model as `catenary.maths.inventory.simulate`, for scenarios that change capacity and final
demand, with one priority group; anything else runs one by one. What is asked for and what arrives
are two matrix products per product and day, which read every delivery once for the whole batch.
Where deliveries are sparse, or inputs stop only a part of what their buyer makes,
`catenary.maths.batch_lists` runs the batch.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from catenary.maths import batch_kernels as kernels
from catenary.maths import inventory, inventory_kernels
from catenary.maths.batch_arrays import arrays_of
from catenary.maths.batch_cases import Followed, Shocks, rounding
from catenary.maths.batch_lists import Lists, lists_of, run_lists

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import DTypeLike, NDArray

    from catenary.maths.devices import Device
    from catenary.maths.network import Network

    Array = NDArray[np.floating]
    Integers = NDArray[np.int64]

__all__ = ["Blocks", "Followed", "Lists", "Shocks", "arranged", "blocks_of", "run_batch", "why_not"]

_LOOK: Final = 30  # days between looks at whether all is as on a normal day again
_CALM: Final = 1e-14
_SPARSE: Final = 0.05  # share of cells that are not 0 under which whole rows are a waste


@dataclass(frozen=True, eq=False)
class Blocks:
    """All deliveries of a network as one table, in one precision.

    Parameters
    ----------
    network
        The network.
    rows
        Deliveries a day by supplier and buyer, (N, N).
    """

    network: Network
    rows: Array


def why_not(
    network: Network, parameters: inventory.Parameters, device: Device | None = None
) -> str:
    """Return why scenarios of a network have to run one by one; blank: they need not.

    Parameters
    ----------
    network
        The network.
    parameters
        Behaviour.
    device
        Where the batches would be; a device takes whole rows only. None: the processor.

    Returns
    -------
    str
        The reason.

    Examples
    --------
    >>> network, _ = inventory.network_of(np.array([0]), np.zeros(0, int), np.zeros(0, int),
    ...     np.zeros(0), products=1, final=np.ones((1, 1)))
    >>> why_not(network, inventory.Parameters(switch_home=1.0))
    'suppliers are switched'
    """
    reasons = {
        "buyers have ranks": network.final.shape[1] > 1,
        "small orders come first": parameters.small_first,
        "suppliers are switched": parameters.switch_home > 0 or parameters.switch_abroad > 0,
        "demand follows prices": parameters.demand_elasticity > 0,
    }
    if device is not None:
        reasons |= {
            "inputs bind in part": _in_part(network, parameters),
            "deliveries are sparse": _is_sparse(network),
        }
    return next((reason for reason, holds in reasons.items() if holds), "")


def _in_part(network: Network, parameters: inventory.Parameters) -> bool:
    """Return whether some input stops only a part of what its buyer makes."""
    critical = network.criticality[np.isfinite(network.stock_days)]
    if parameters.reading == "leontief":
        return False
    return parameters.reading == "linear" or not np.isin(critical, (0.0, 1.0)).all()


def _is_sparse(network: Network) -> bool:
    """Return whether whole rows would hold mostly zeros."""
    stored = len(network.flow) + np.count_nonzero(network.dense)
    return bool(stored < _SPARSE * network.producers**2)


def arranged(
    network: Network, parameters: inventory.Parameters, kind: DTypeLike = np.float64
) -> Blocks | Lists:
    """Arrange a network for batches in the way that is fit for it; lists are always float64."""
    if _in_part(network, parameters) or _is_sparse(network):
        return lists_of(network)
    return blocks_of(network, kind)


def blocks_of(network: Network, kind: DTypeLike = np.float64) -> Blocks:
    """Arrange a network for batches."""
    supplier = np.repeat(np.arange(network.producers), np.diff(network.pointer))
    slot = np.repeat(network.slot_start[network.product], np.diff(network.pointer)) + network.column
    rows = np.zeros((network.producers, network.producers), kind)
    rows[network.is_dense] = network.dense
    rows[network.is_dense] *= np.asarray(network.scale, kind)
    rows[supplier, network.slot_buyer[slot]] = network.flow
    return Blocks(network, rows)


def _normal(
    blocks: Blocks, every: Sequence[inventory.Parameters], kind: np.dtype[Any]
) -> tuple[kernels.Normal, NDArray[np.float64], Integers, NDArray[np.float64]]:
    """Return what holds every day, the first stocks (P, N), which rules are whose, and limits."""
    network = blocks.network
    count, products = network.producers, len(network.start) - 1
    slot = network.slot_product.astype(np.int64) * count + network.slot_buyer

    def spread(values: Array, rest: float = 0.0) -> NDArray[np.float64]:
        full = np.full(products * count, rest)
        full[slot] = values
        return full.reshape(products, count)

    psis = sorted({one.psi for one in every})
    sets = [
        inventory.coefficients(network, next(one for one in every if one.psi == psi))
        for psi in psis
    ]
    use, stock, _ = sets[0]
    limits = np.full((len(psis), count), np.inf)
    for limit, (own, *_) in zip(limits, sets, strict=True):
        inventory_kernels.tighten(network.slot_buyer, stock, own.hard, limit)
    normal = kernels.Normal(
        start=network.start,
        rows=blocks.rows,
        technology=spread(use.technology).astype(kind),
        target=spread(use.target).astype(kind),
        hard=np.stack([spread(own.hard, np.inf) for own, *_ in sets]).astype(kind),
        use=spread(network.use()).astype(kind),
        output=use.normal.astype(kind),
        capacity=use.capacity.astype(kind),
        region=network.region,
    )
    rules = np.array([psis.index(one.psi) for one in every])
    return normal, spread(stock), rules, limits


def run_batch(
    blocks: Blocks | Lists,
    parameters: Sequence[inventory.Parameters],
    days: int,
    shocks: Shocks,
    *,
    device: Device | None = None,
    on_day: Callable[[int], None] = lambda _: None,
) -> Followed:
    """Run some scenarios side by side, in the precision of the blocks.

    Parameters
    ----------
    blocks
        The baseline.
    parameters
        Behaviour in each of B scenarios; `adaptive_orders` and `reading` are those of the first.
    days
        Number of daily steps.
    shocks
        What happens in each of them.
    device
        Where the arrays are; None: in a compiled loop on the processor.
    on_day
        Called once in 30 days; may raise to stop.

    Returns
    -------
    Followed
        Output by region and product, losses, unmet demand and first shortage of each.
    """
    if isinstance(blocks, Lists):
        return run_lists(blocks, parameters, days, shocks, on_day=on_day)
    network = blocks.network
    normal, stock, rules, limits = _normal(blocks, parameters, blocks.rows.dtype)
    batch = _begun(network, parameters, days, shocks, normal, stock, rules, limits)
    adaptive = parameters[0].adaptive_orders
    eventful = np.flatnonzero(shocks.eventful(network).any(axis=0))
    first = int(eventful[0]) if len(eventful) else days
    last = int(eventful[-1]) + 1 if len(eventful) else 0
    run = _Compiled(normal, batch) if device is None else arrays_of(device, normal, batch)
    day = first
    while day < days:
        on_day(day)
        until = min(days, day + _LOOK)
        run.advance(day, until, adaptive=adaptive)
        day = until
        if day > last and _calm(run.back(), normal, stock):
            break
    batch = run.back()
    by_region, by_product = batch.regions.astype(float), batch.products.astype(float)
    for total, place in ((by_region, network.region), (by_product, network.product)):
        base = np.bincount(place, network.output(), total.shape[2])
        total[:, :first] = base
        total[:, day:] = base
    return Followed(
        regions=by_region,
        products=by_product,
        unmet=batch.unmet.astype(float),
        missed=batch.missed.astype(float),
        lost=batch.lost.astype(float),
        touched=np.asarray(batch.off > rounding(normal.output, normal.capacity)),
        first_short=batch.first_short,
        days_run=max(0, day - first),
    )


def _begun(  # noqa: PLR0917
    network: Network,
    parameters: Sequence[inventory.Parameters],
    days: int,
    shocks: Shocks,
    normal: kernels.Normal,
    stock: NDArray[np.float64],
    rules: Integers,
    limits: NDArray[np.float64],
) -> kernels.Batch:
    """Return some scenarios on a normal day."""
    kind, scenarios, count = normal.rows.dtype, len(parameters), network.producers
    final = np.ascontiguousarray(network.final[:, 0], dtype=kind)
    return kernels.Batch(
        rules=rules,
        restore=np.array([1.0 / one.restoration_days for one in parameters], kind),
        most=np.array([one.overproduction for one in parameters], kind),
        adapt=np.array([one.overproduction_days for one in parameters], kind),
        loss=np.ascontiguousarray(shocks.losses, dtype=kind),
        hit=np.asarray(shocks.hit, np.int64),
        demand=np.ascontiguousarray(shocks.final, dtype=kind),
        asked=np.asarray(shocks.asked, np.int64),
        final=np.tile(final, (scenarios, 1)),
        output=np.tile(normal.output, (scenarios, 1)),
        stretch=np.ones((scenarios, count), kind),
        weight=np.ones((scenarios, count), kind),
        wish=np.zeros((scenarios, count), kind),
        limit=limits[rules].astype(kind),
        order=np.repeat((normal.use > 0).astype(kind)[:, None], scenarios, axis=1),
        stock=np.repeat(stock.astype(kind)[:, None], scenarios, axis=1),
        regions=np.zeros((scenarios, days, int(network.region.max(initial=0)) + 1)),
        products=np.zeros((scenarios, days, len(network.start) - 1)),
        unmet=np.zeros((scenarios, count), kind),
        missed=np.zeros((scenarios, count), kind),
        off=np.zeros((scenarios, count), kind),
        lost=np.zeros((scenarios, count)),
        first_short=np.full(scenarios, -1),
    )


@dataclass(frozen=True, eq=False)
class _Compiled:
    """A batch in memory, run by the compiled loop."""

    normal: kernels.Normal
    batch: kernels.Batch

    def advance(self, first: int, last: int, *, adaptive: bool) -> None:
        """Run days first … last - 1."""
        kernels.advance(first, last, self.normal, self.batch, adaptive)

    def back(self) -> kernels.Batch:
        """Return the batch."""
        return self.batch


def _calm(batch: kernels.Batch, normal: kernels.Normal, stock: NDArray[np.float64]) -> bool:
    """Return whether every scenario is where it began."""
    for now, base in (
        (batch.output, normal.output),
        (batch.stretch, 1.0),
        (batch.stock, stock[:, None]),
    ):
        if (np.abs(now - base) > _CALM * np.abs(base)).any():
            return False
    return True
