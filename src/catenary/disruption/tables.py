"""The tables of a stress test, from the arrays of the engine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import pandas as pd

from catenary.errors import OptionError
from catenary.maths.grouping import sum_by

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from catenary.disruption.layout import FinalDemand, Layout
    from catenary.maths.inventory import Path
    from catenary.model import World

    Array = NDArray[np.float64]

__all__ = [
    "NOTICEABLE",
    "checks_table",
    "demand_table",
    "losses_table",
    "output_table",
    "products_table",
    "shortages_table",
]

NOTICEABLE: Final = 1e-3
"""Share of normal output below which a loss is not called one."""

_MOST_ROWS: Final = 5_000_000


class _Lowest(NamedTuple):
    """Per column: when output first fell, how deep, and when it was back for good; -1 = never."""

    first_day: NDArray[np.intp]
    deepest: Array
    deepest_day: NDArray[np.intp]
    recovered_day: NDArray[np.intp]

    def columns(self) -> dict[str, Array | pd.arrays.IntegerArray]:
        """Return the columns of a table."""
        return {
            "first_day": _day_column(self.first_day),
            "deepest": self.deepest,
            "deepest_day": _day_column(self.deepest_day),
            "recovered_day": _day_column(self.recovered_day),
        }


def _lowest(output: Array, baseline: Array) -> _Lowest:
    days = len(output)
    with np.errstate(divide="ignore", invalid="ignore"):
        loss = np.where(baseline > 0, 1.0 - output / baseline, 0.0)
    hit = loss > NOTICEABLE
    any_hit = hit.any(axis=0)
    first = np.where(any_hit, hit.argmax(axis=0), -1)
    last = np.where(any_hit, days - 1 - hit[::-1].argmax(axis=0), -1)
    deepest = loss.max(axis=0, initial=0.0)
    back = np.where(any_hit & (last + 1 < days), last + 1, -1)
    return _Lowest(
        first_day=first,
        deepest=np.where(any_hit, deepest, 0.0),
        deepest_day=np.where(any_hit, loss.argmax(axis=0), -1),
        recovered_day=back,
    )


def _day_column(values: NDArray[np.integer]) -> pd.arrays.IntegerArray:
    """Return days as whole numbers; -1 is blank."""
    numbers = np.asarray(values, dtype=np.int32)
    return pd.arrays.IntegerArray(numbers, numbers < 0)


def _named(codes: NDArray[np.integer], labels: pd.Index) -> pd.Categorical:
    return pd.Categorical.from_codes(codes, categories=labels)


def output_table(world: World, layout: Layout, path: Path) -> pd.DataFrame:
    """Return output by day, region and product.

    Raises
    ------
    OptionError
        If that is more rows than a table should have.
    """
    output, baseline = path.output, path.baseline
    producers = world.part("producers")
    products = len(world.ids("products"))
    pair = producers.codes("region").astype(np.int64) * products + producers.codes("product")
    pairs, group = np.unique(pair[layout.producers], return_inverse=True)
    days = len(output)
    if days * len(pairs) > _MOST_ROWS:
        raise OptionError(
            f"{days} days of {len(pairs):,} region-product pairs are more than {_MOST_ROWS:,} rows",
            hint=f"run at most {_MOST_ROWS // len(pairs)} days",
        )
    if len(pairs) < output.shape[1]:
        sums = np.zeros((days, len(pairs)))
        np.add.at(sums.T, group, output.T)
        normal = sum_by(group, baseline, len(pairs))
    else:
        order = np.argsort(group)
        sums, normal = output[:, order], baseline[order]
    return pd.DataFrame(
        {
            "day": np.repeat(np.arange(days, dtype=np.int32), len(pairs)),
            "region": _named(np.tile(pairs // products, days), world.ids("regions")),
            "product": _named(np.tile(pairs % products, days), world.ids("products")),
            "output": sums.ravel(),
            "baseline": np.tile(normal, days),
        },
        copy=False,
    )


def losses_table(world: World, layout: Layout, path: Path) -> pd.DataFrame:
    """Return what each producer lost, when and why; worst first."""
    producers = world.part("producers")
    lowest = _lowest(path.output, path.baseline)
    loss = (path.baseline - path.output).sum(axis=0)
    loss[np.abs(loss) < 1e-9 * path.baseline] = 0.0
    day = np.maximum(lowest.deepest_day, 0)
    limit = path.limit[day, np.arange(len(loss))].astype(int)
    held = np.where(lowest.first_day >= 0, limit + 2, -1)
    rows = layout.producers
    frame = pd.DataFrame(
        {
            "producer": producers.index[rows],
            "region": _named(producers.codes("region")[rows], world.ids("regions")),
            "product": _named(producers.codes("product")[rows], world.ids("products")),
            "baseline": path.baseline,
            "loss": loss,
            "loss_days": np.divide(
                loss, path.baseline, out=np.zeros_like(loss), where=path.baseline > 0
            ),
            **lowest.columns(),
            "limited_by": _limits(world, held),
        }
    )
    return frame.sort_values(
        ["loss_days", "loss", "producer"], ascending=[False, False, True], ignore_index=True
    )


def _limits(world: World, held: NDArray[np.integer]) -> pd.Categorical:
    names = pd.Index(["demand", "capacity", *world.ids("products").astype(str)])
    return _named(held, names)


def _mostly(
    path: Path, start: NDArray[np.int64], made: NDArray[np.int64], lowest: _Lowest
) -> NDArray[np.int64]:
    """Return what held down most of the output missing on each product's deepest day."""
    held = np.full(len(made), -1)
    for place, product in enumerate(made):
        if lowest.first_day[place] >= 0:
            makers = slice(start[product], start[product + 1])
            day = lowest.deepest_day[place]
            missing = np.maximum(path.baseline[makers] - path.output[day, makers], 0.0)
            held[place] = sum_by(path.limit[day, makers].astype(int) + 2, missing, 0).argmax()
    return held


def products_table(world: World, layout: Layout, path: Path) -> pd.DataFrame:
    """Return what was lost of each product and when; worst first."""
    start = layout.network.start
    made = np.flatnonzero(np.diff(start))
    output = np.add.reduceat(path.output, start[made], axis=1)
    baseline = np.add.reduceat(path.baseline, start[made])
    loss = (baseline - output).sum(axis=0)
    loss[np.abs(loss) < 1e-9 * baseline] = 0.0
    lowest = _lowest(output, baseline)
    frame = pd.DataFrame(
        {
            "product": _named(made, world.ids("products")),
            "baseline": baseline,
            "loss": loss,
            "loss_days": np.divide(loss, baseline, out=np.zeros_like(loss), where=baseline > 0),
            **lowest.columns(),
            "limited_by": _limits(world, _mostly(path, start, made, lowest)),
            "price": path.prices.max(axis=0, initial=1.0)[made],
        }
    )
    return frame.sort_values("loss_days", ascending=False, kind="stable", ignore_index=True)


def shortages_table(world: World, layout: Layout, path: Path) -> pd.DataFrame:
    """Return which producer was short of which input, and when; earliest first."""
    network = layout.network
    slot = np.flatnonzero(path.short_days > 0)
    rows = layout.producers[network.slot_buyer[slot]]
    frame = pd.DataFrame(
        {
            "producer": world.ids("producers")[rows],
            "input": _named(network.slot_product[slot], world.ids("products")),
            "first_day": _day_column(path.first_day[slot]),
            "last_day": _day_column(path.last_day[slot]),
            "days": path.short_days[slot].astype(np.int64),
            "least": path.least[slot],
        }
    )
    return frame.sort_values(
        ["first_day", "days", "producer"], ascending=[True, False, True], ignore_index=True
    )


def demand_table(
    world: World,
    layout: Layout,
    path: Path,
    final: Mapping[int, FinalDemand],
    *,
    elasticity: float,
) -> pd.DataFrame:
    """Return final demand and what of it was not met, by region and product.

    Parameters
    ----------
    world, layout, path
        The world, its network and what followed.
    final
        Final demand from each day on which it changed.
    elasticity
        By how much dearer products are asked for less.
    """
    products = len(world.ids("products"))
    producer_product = layout.network.product
    size = len(world.ids("regions")) * products
    asked, unmet = np.zeros(size), np.zeros(size)
    starts = [first for first, _ in path.unmet]
    for (first, share), last in zip(path.unmet, [*starts[1:], len(path.output)], strict=True):
        demand = final[max(day for day in final if day <= first)]
        made = producer_product[demand.supplier]
        quantity = demand.quantity
        if elasticity > 0 and first > 0:
            quantity = quantity * path.prices[first - 1, made] ** -elasticity
        pair = demand.region * products + made
        asked += sum_by(pair, quantity, size) * (last - first)
        unmet += sum_by(pair, quantity * share[demand.supplier, demand.group], size)
        if demand.refused is not None:  # what nobody may deliver
            refused = sum_by(pair, demand.refused, size) * (last - first)
            asked, unmet = asked + refused, unmet + refused
    pairs = np.flatnonzero(asked > 0)
    unmet = np.where(unmet < 1e-9 * np.maximum(asked, 1e-300), 0.0, unmet)
    frame = pd.DataFrame(
        {
            "region": _named(pairs // products, world.ids("regions")),
            "product": _named(pairs % products, world.ids("products")),
            "demand": asked[pairs],
            "unmet": unmet[pairs],
        }
    )
    return frame.sort_values("unmet", ascending=False, kind="stable", ignore_index=True)


def checks_table(path: Path, switch_cost: float) -> pd.DataFrame:
    """Return world output as a share of normal, and whether goods are conserved, by day."""
    total = path.baseline.sum()
    return pd.DataFrame(
        {
            "day": np.arange(len(path.output), dtype=np.int32),
            "output": path.output.sum(axis=1) / total if total > 0 else np.ones(len(path.output)),
            "leak": path.leak,
            "to_rebuild": path.to_rebuild,
            "switched": path.switched.sum(axis=1),
            "switch_cost": path.switched.sum(axis=1) * switch_cost,
        }
    )
