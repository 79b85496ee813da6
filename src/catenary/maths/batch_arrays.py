"""A batch of scenarios as products of whole arrays: what runs on a GPU.

The same days as `catenary.maths.batch_kernels.advance`, in the same variables, written for
whichever module the arrays belong to (NumPy, CuPy, PyTorch). Products with equally many makers go
through one batched matrix product.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from catenary.maths.batch_kernels import Batch, Normal

if TYPE_CHECKING:
    from catenary.maths.devices import Device

__all__ = ["Arrays", "arrays_of"]

_HAIR: Final = 1.0 - 1e-9


@dataclass(frozen=True, eq=False)
class _Alike:
    """Products with equally many makers: which (G,), who makes them (G · F,), rows (G, F, N)."""

    products: Any
    makers: Any
    rows: Any


@dataclass(frozen=True, eq=False)
class Arrays:
    """A batch on a device.

    Parameters
    ----------
    device
        Where it is.
    normal, batch
        As for the compiled loop, on the device.
    alike
        The products, by number of makers.
    hard
        Output that a unit of stock allows, 0 where it never binds, (P, B or 1, N).
    binds
        Where it does.
    in_region, in_product
        1 where a producer belongs, (N, R) and (N, P).
    """

    device: Device
    normal: Normal
    batch: Batch
    alike: tuple[_Alike, ...]
    hard: Any
    binds: Any
    in_region: Any
    in_product: Any

    def back(self) -> Batch:
        """Return the batch in memory."""
        return Batch(*(self.device.get(part) for part in self.batch))

    def advance(self, first: int, last: int, *, adaptive: bool) -> None:
        """Run days first … last - 1."""
        for day in range(first, last):
            self._settle(*self._ship(self._produce(day, adaptive=adaptive), adaptive=adaptive))

    def _over(self, above: Any, below: Any) -> Any:
        """Return above / below, 0 where below is."""
        xp = self.device.xp
        return xp.where(below != 0, above / xp.where(below != 0, below, 1.0), 0.0)

    def _asked(self) -> Any:
        """Return what each is asked for per unit of weight, (B, N)."""
        xp, order = self.device.xp, self.batch.order
        asked = xp.zeros_like(self.batch.output)
        for some in self.alike:
            wanted = xp.matmul(order[some.products], xp.swapaxes(some.rows, 1, 2))
            asked[:, some.makers] = xp.swapaxes(wanted, 0, 1).reshape(len(asked), -1)
        return asked

    def _produce(self, day: int, *, adaptive: bool) -> Any:
        """Let everybody make what they can; return what they ship per unit of order, (B, N)."""
        xp, normal, batch = self.device.xp, self.normal, self.batch
        old = batch.weight + 0.0
        batch.final[:, batch.asked] = batch.demand[:, day]
        demand = self._asked() * old + batch.final
        gap = self._over(demand - batch.output, demand)
        stretched = (
            batch.stretch + (batch.most[:, None] - batch.stretch) * gap / (batch.adapt[:, None])
        )
        batch.stretch[...] = xp.clip(stretched, 1.0, None)
        lost = xp.zeros_like(batch.output)
        lost[:, batch.hit] = batch.loss[:, day]
        able = normal.capacity * (1.0 - lost) * batch.stretch
        batch.wish[...] = xp.minimum(demand, able)
        made = xp.clip(xp.minimum(batch.wish, batch.limit), 0.0, None)
        batch.output[...] = made
        fill = xp.where(demand > 0, self._over(made, demand), 0.0)
        missing = xp.where(batch.final != 0, 1.0 - fill, 0.0)
        batch.unmet[...] += missing
        batch.missed[...] += missing * batch.final
        off = xp.maximum(xp.abs(demand - normal.output), xp.abs(made - normal.output))
        off = xp.maximum(off, xp.abs(able - normal.capacity))
        batch.off[...] = xp.maximum(batch.off, off)
        if adaptive:
            held = xp.where(normal.capacity != 0, normal.capacity, 1.0)
            batch.weight[...] = xp.where(normal.capacity != 0, able / held, 1.0)
        batch.regions[:, day] = xp.matmul(made, self.in_region)
        batch.products[:, day] = xp.matmul(made, self.in_product)
        batch.lost[...] += normal.output - made
        short = (batch.limit < xp.minimum(batch.wish, normal.output) * _HAIR).any(1)
        new = short & (batch.first_short < 0)
        batch.first_short[...] = xp.where(new, day, batch.first_short)
        return fill * old

    def _ship(self, shipped: Any, *, adaptive: bool) -> tuple[Any, Any]:
        """Return arrivals per unit of order and weighted deliveries, (P, B, N)."""
        xp, batch = self.device.xp, self.batch
        got, count = xp.zeros_like(batch.stock), len(shipped)
        weighted = xp.zeros_like(got) if adaptive else self.normal.use[:, None]
        gives = xp.concatenate((shipped, batch.weight)) if adaptive else shipped
        for some in self.alike:
            by_maker = gives[:, some.makers].reshape(len(gives), len(some.products), -1)
            sums = xp.matmul(xp.swapaxes(by_maker, 0, 1), some.rows)
            got[some.products] = sums[:, :count]
            if adaptive:
                weighted[some.products] = sums[:, count:]
        return got, weighted

    def _settle(self, got: Any, weighted: Any) -> None:
        """End the day: stocks, orders and limits."""
        xp, normal, batch = self.device.xp, self.normal, self.batch
        used = normal.technology[:, None] * batch.output
        batch.stock[...] = xp.clip(batch.stock + batch.order * got - used, 0.0, None)
        aim = normal.target[:, None] * batch.wish
        wanted = xp.clip(aim - batch.stock, 0.0, None) * batch.restore[:, None] + used
        batch.order[...] = self._over(wanted, weighted)
        allows = xp.where(self.binds, batch.stock * self.hard, float("inf"))
        batch.limit[...] = xp.amin(allows, 0)


def arrays_of(device: Device, normal: Normal, batch: Batch) -> Arrays:
    """Bring a batch to a device.

    Parameters
    ----------
    device
        Where to.
    normal, batch
        As for the compiled loop, in memory.

    Returns
    -------
    Arrays
        The batch there.
    """
    kind, put = normal.rows.dtype, device.put
    makers = np.diff(normal.start)
    alike = []
    for size in np.unique(makers[makers > 0]):
        products = np.flatnonzero(makers == size)
        who = (normal.start[products][:, None] + np.arange(size)).ravel()
        rows = normal.rows[who].reshape(len(products), int(size), -1)
        alike.append(_Alike(put(products), put(who), put(rows)))
    hard = normal.hard if len(normal.hard) == 1 else normal.hard[batch.rules]
    hard = np.swapaxes(hard, 0, 1)
    everyone = np.arange(len(normal.region))
    in_region = np.zeros((len(everyone), batch.regions.shape[2]), kind)
    in_region[everyone, normal.region] = 1
    in_product = np.zeros((len(everyone), len(makers)), kind)
    in_product[everyone, np.repeat(np.arange(len(makers)), makers)] = 1
    narrow = batch._replace(  # sums by day in the precision of the rest, which the device likes
        regions=batch.regions.astype(kind), products=batch.products.astype(kind),
        lost=batch.lost.astype(kind), loss=batch.loss.astype(kind),
    )  # fmt: skip
    return Arrays(
        device=device,
        normal=Normal(*(put(part) for part in normal._replace(rows=np.zeros((0, 0), kind)))),
        batch=Batch(*(put(part) for part in narrow)),
        alike=tuple(alike),
        hard=put(np.where(np.isfinite(hard), hard, 0).astype(kind)),
        binds=put(np.isfinite(hard)),
        in_region=put(in_region),
        in_product=put(in_product),
    )
