"""Deliveries of a world as they are changed, and the world that is made of them again."""

from __future__ import annotations

import glob
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
from scipy import sparse

from catenary.errors import MissingDataError, ScenarioError
from catenary.maths.grouping import sum_by
from catenary.model import Matrix
from catenary.model.balance import daily
from catenary.model.selection import rows

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from catenary.maths.resourcing import Resplit
    from catenary.model import Scenario, World
    from catenary.model.change import Change
    from catenary.model.table import Table

    Array = NDArray[np.float64]
    Integers = NDArray[np.int64]
    Flags = NDArray[np.bool_]

__all__ = ["Deliveries", "followed", "rebuilt"]

_PART: Final = " part "
"""What stands between the id of a row of demand and the number of its part."""

_NONE: Final = np.zeros(0, np.int64)


@dataclass(eq=False)
class Deliveries:
    """Who delivers how much to whom, as a table or a list, in the unit of the world.

    Parameters
    ----------
    made
        Product of every producer, (N,).
    delivered
        What every producer delivers, final demand included, (N,).
    dense
        The table, (N, N); None where deliveries are listed.
    listed
        Supplier, buyer and flow of the deliveries there were, (E,) each.
    supplier, buyer, extra
        Deliveries that are new, (K,) each.
    bought
        Who buys a product, (N,), for each product looked at.
    """

    made: Integers
    delivered: Array
    dense: Array | None
    listed: tuple[Integers, Integers, Array]
    supplier: Integers
    buyer: Integers
    extra: Array
    bought: dict[int, Flags]

    @classmethod
    def of(cls, world: World) -> Deliveries:
        """Return the deliveries of a world.

        Raises
        ------
        MissingDataError
            If it does not say who supplies whom, or who finally buys.
        """
        producers = world.part("producers")
        made = producers.codes("product").astype(np.int64)
        count, ids = len(made), producers.index
        listed, dense = (_NONE, _NONE, np.zeros(0)), None
        if "intermediate" in world:
            matrix = world.matrix("intermediate").aligned_to(ids, ids)
            final = world.matrix("final").in_unit(matrix.unit)
            final = final.aligned_to(ids, final.columns)
            if isinstance(matrix.values, np.ndarray):
                dense = matrix.values.copy()
            else:
                cells = sparse.coo_array(matrix.values)
                row, column = (axis.astype(np.int64) for axis in cells.coords)
                listed = (row, column, cells.data.copy())
            delivered = np.asarray(matrix.values.sum(axis=1) + final.values.sum(axis=1)).ravel()
        elif "supplies" in world and "demand" in world:
            supplies = world.part("supplies")
            listed = (
                supplies.codes("supplier").astype(np.int64),
                supplies.codes("buyer").astype(np.int64),
                supplies.numbers("quantity").copy(),
            )
            delivered = sum_by(listed[0], listed[2], count) + _final_of(world, made)
        else:
            raise MissingDataError(
                "this world does not say who supplies whom, or who finally buys",
                hint="stress needs 'supplies' and 'demand', or 'intermediate' and 'final'",
            )
        return cls(made, delivered, dense, listed, _NONE, _NONE, np.zeros(0), {})

    def of_product(self, product: int) -> tuple[Integers, Integers, Array]:
        """Return supplier, buyer and flow of every delivery of a product."""
        if self.dense is None:
            at = np.flatnonzero(self.made[self.listed[0]] == product)
            return self.listed[0][at], self.listed[1][at], self.listed[2][at]
        makers = np.flatnonzero(self.made == product)
        place, buyer = np.nonzero(self.dense[makers])
        return makers[place], buyer, self.dense[makers[place], buyer]

    def take(self, product: int, found: Resplit) -> None:
        """Put in the deliveries of a product as they are now."""
        supplier, buyer, flow = self.of_product(product)
        count = len(self.made)
        self.delivered += sum_by(supplier, found.flow - flow, count)
        self.delivered += sum_by(found.supplier, found.extra, count)
        if self.dense is None:
            self.listed[2][self.made[self.listed[0]] == product] = found.flow
        else:
            self.dense[supplier, buyer] = found.flow
            self.dense[found.supplier, found.buyer] += found.extra
        self.supplier = np.concatenate([self.supplier, found.supplier])
        self.buyer = np.concatenate([self.buyer, found.buyer])
        self.extra = np.concatenate([self.extra, found.extra])

    def matrix(self) -> Array | sparse.csc_array:
        """Return all deliveries, (N, N)."""
        if self.dense is not None:
            return self.dense
        supplier, buyer, flow = self.listed
        ends = np.append(supplier, self.supplier), np.append(buyer, self.buyer)
        shape = (len(self.made), len(self.made))
        return sparse.coo_array((np.append(flow, self.extra), ends), shape).tocsc()

    def buyers_of(self, product: int) -> Flags:
        """Return who buys a product, (N,)."""
        if product not in self.bought:
            _, buyer, flow = self.of_product(product)
            self.bought[product] = sum_by(buyer, np.maximum(flow, 0.0), len(self.made)) > 0
        return self.bought[product]

    def uses_inputs(self) -> Flags:
        """Return who buys anything, (N,)."""
        return np.asarray(self.matrix().sum(axis=0)).ravel() > 0


def _final_of(world: World, made: Integers) -> Array:
    """Return final demand by supplier, (N,); rows without one go by output."""
    return sum_by(*_served(world, made, np.arange(len(world.ids("demand")))), len(made))


def _served(world: World, made: Integers, which: NDArray[np.integer]) -> tuple[Integers, Array]:
    """Return supplier and quantity of what some rows of demand ask for."""
    _, supplier, quantity = _parts(world, made, which)
    return supplier, quantity


def _parts(
    world: World, made: Integers, which: NDArray[np.integer]
) -> tuple[Integers, Integers, Array]:
    """Return row, supplier and quantity of rows of demand, one for each maker where none is named.

    Makers serve such a row in proportion to output.
    """
    demand, output = world.part("demand"), world.part("producers").numbers("output")
    named = demand.codes("supplier")[which].astype(np.int64)
    asked = demand.codes("product")[which].astype(np.int64)
    quantity = demand.numbers("quantity")[which]
    total = sum_by(made, output, len(world.ids("products")))
    makers = np.flatnonzero(output > 0)
    makers = makers[np.argsort(made[makers], kind="stable")]
    first = np.searchsorted(made[makers], np.arange(len(total) + 1))
    open_ = np.flatnonzero(named < 0)
    each = np.diff(first)[asked[open_]]
    within = np.arange(each.sum()) - np.repeat(np.cumsum(each) - each, each)
    pooled = makers[np.repeat(first[asked[open_]], each) + within]
    place = np.repeat(open_, each)
    share = output[pooled] / total[made[pooled]]
    stated = np.flatnonzero(named >= 0)
    row = np.append(stated, place)
    supplier = np.append(named[stated], pooled)
    amount = np.append(quantity[stated], quantity[place] * share)
    order = np.argsort(row, kind="stable")
    return which[row[order]].astype(np.int64), supplier[order], amount[order]


def rebuilt(world: World, goods: Deliveries, old: Array, more: Array) -> World:
    """Return a world of changed deliveries.

    Parameters
    ----------
    world
        The world before.
    goods
        Its deliveries, as they would be at the old output.
    old, more
        What producers delivered, and by how much that grows, (N,).
    """
    growth = np.divide(old + more, old, out=np.ones(len(old)), where=old > 0)
    tables = [_producers(world, growth, np.where(old > 0, 0.0, more))]
    if "intermediate" not in world:
        moved = tables[0].numbers("output") != world.part("producers").numbers("output")
        tables += [_supplies(world, goods, growth), *_demand(world, goods.made, growth, moved)]
        return world.with_tables(*tables)
    ids = world.ids("producers")
    flows = _scaled(goods.matrix(), growth)
    matrices = {"intermediate": Matrix(flows, ids, ids, world.matrix("intermediate").unit)}
    for name in ("value_added", "stressors"):
        if name in world:
            one = world.matrix(name)
            scale = growth[ids.get_indexer(one.columns)]
            matrices[name] = Matrix(_scaled(one.values, scale), one.rows, one.columns, one.unit)
    return world.with_tables(*tables).with_(matrices)


def _scaled(
    values: Array | sparse.csr_array | sparse.csc_array, scale: Array
) -> Array | sparse.csr_array:
    """Return columns times a number each."""
    if isinstance(values, np.ndarray):
        return values * scale[None, :]
    cells = sparse.coo_array(values)
    data = cells.data * scale[cells.coords[1]]
    return sparse.csr_array(sparse.coo_array((data, cells.coords), cells.shape))


def _producers(world: World, growth: Array, begun: Array) -> Table:
    """Return producers with outputs that follow deliveries; plants stay as large as they were."""
    producers = world.part("producers")
    before, capacity = producers.numbers("output"), producers.numbers("capacity")
    a_day = daily(world.matrix("intermediate")) if "intermediate" in world else 1.0
    output = before * growth + begun * a_day
    usual = np.where(np.isnan(capacity), before, capacity)
    needed = np.isnan(capacity) & (output >= before)  # blank is as much as is made
    larger = np.where((output != before) & ~needed, np.maximum(usual, output), capacity)
    return producers.changed(output=output, capacity=larger)


def _supplies(world: World, goods: Deliveries, growth: Array) -> Table:
    """Return supplies with their new quantities, and new ones at the end.

    A new delivery takes as long and ranks as the buyer's largest of the product.
    """
    supplies = world.part("supplies")
    supplier, buyer, flow = goods.listed
    count = len(goods.made)
    key = goods.made[supplier] * count + buyer
    new_key = goods.made[goods.supplier] * count + goods.buyer
    largest = np.lexsort((supplies.numbers("quantity"), key))
    like = largest[np.searchsorted(key[largest], new_key, side="right") - 1]
    rows_ = np.append(np.arange(len(flow)), like)
    quantity = np.append(flow * growth[buyer], goods.extra * growth[goods.buyer])
    share = supplies.numbers("share")[rows_].copy()
    share[len(flow) :] = np.nan
    if not np.isnan(share).all():
        keys, place = np.unique(np.append(key, new_key), return_inverse=True)
        total = sum_by(place, quantity, len(keys))[place]
        share = np.where(np.isnan(share), np.nan, quantity / np.where(total > 0, total, 1.0))
    return supplies.taken(
        rows_,
        _longer(supplies.index, len(like)),
        numbers={"quantity": quantity, "share": share},
        codes={"supplier": np.append(supplier, goods.supplier),
               "buyer": np.append(buyer, goods.buyer)},
        anew=np.arange(len(rows_)) >= len(flow),
    )  # fmt: skip


def _longer(index: pd.Index, more: int) -> pd.Index:
    """Return ids with as many new ones at the end."""
    if isinstance(index, pd.RangeIndex):
        return pd.RangeIndex(len(index) + more, name="id")
    known, number = set(index), 0
    ids = [str(one) for one in index]
    while len(ids) < len(index) + more:
        if f"new {number}" not in known:
            ids.append(f"new {number}")
        number += 1
    longer: pd.Index = pd.Index(ids, dtype="str", name="id")
    return longer


def _demand(world: World, made: Integers, growth: Array, moved: Flags) -> list[Table]:
    """Return demand whose rows without a supplier name those who serve them, where these part.

    Final buyers go on buying of whom they buy, though makers would share a row by output.
    """
    demand = world.part("demand")
    products = len(world.ids("products"))
    output = world.part("producers").numbers("output")
    apart = np.zeros(products, bool)
    least, most = np.full(products, np.inf), np.full(products, -np.inf)
    np.minimum.at(least, made[output > 0], growth[output > 0])
    np.maximum.at(most, made[output > 0], growth[output > 0])
    apart[most > least] = True
    apart[made[moved & (output <= 0)]] = True
    open_ = (demand.codes("supplier") < 0) & (demand.numbers("quantity") > 0)
    split = open_ & apart[demand.codes("product")]
    if not split.any():
        return []
    row, supplier, quantity = _parts(world, made, np.flatnonzero(split))
    rows_ = np.append(np.flatnonzero(~split), row)
    who = np.append(demand.codes("supplier")[~split].astype(np.int64), supplier)
    amount = np.append(demand.numbers("quantity")[~split], quantity)
    order = np.argsort(rows_, kind="stable")
    labels = demand.index.astype("str")
    within = np.arange(len(row)) - np.searchsorted(row, row)
    known = set(labels)
    parts = [
        f"{labels[r]}{_PART}{n + 1}" for r, n in zip(row.tolist(), within.tolist(), strict=True)
    ]
    if known & set(parts):
        raise ScenarioError(
            f"an id of demand ends in {_PART!r} and a number, which names a part of a row",
            hint="give the rows of demand other ids",
        )
    ids = np.array([*labels[~split], *parts], dtype=object)[order]
    return [
        demand.taken(
            rows_[order], pd.Index(ids, dtype="str", name="id"),
            numbers={"quantity": amount[order]}, codes={"supplier": who[order]},
            anew=np.zeros(len(order), bool),
        )
    ]  # fmt: skip


def followed(scenario: Scenario, before: World, after: World) -> Scenario:
    """Return a scenario that does to rows of demand that were parted what it did to the whole.

    Parameters
    ----------
    scenario
        Any scenario for the world before.
    before, after
        The world, and the one that `resourced` or `settled` makes of it.
    """
    if "demand" not in before or len(before.ids("demand")) == len(after.ids("demand")):
        return scenario
    whole = before.ids("demand").astype("str")
    labels = after.ids("demand").astype("str")
    origin = whole.get_indexer(labels)
    part = origin < 0
    stems = [str(one).rpartition(_PART)[0] for one in labels[part]]
    origin[part] = whole.get_indexer(pd.Index(stems, dtype="str"))
    was = before.part("demand").numbers("quantity")[origin]
    share = after.part("demand").numbers("quantity") / np.where(part, was, 1.0)
    changes: list[Change] = []
    for change in scenario.changes:
        if change.target != "demand.quantity":
            changes.append(change)
            continue
        hit = np.isin(origin, rows(before, "demand", change.where))
        if not (hit & part).any():
            changes.append(change)
            continue
        together = hit if change.operation == "multiply" else hit & ~part
        if together.any():
            changes.append(_on(change, labels[together].tolist()))
        for place in np.flatnonzero(hit & ~together).tolist():
            one = _on(change, [labels[place]])
            of: dict[str, Any] = {change.operation: change.value * float(share[place])}
            changes.append(replace(one, uncertain={}, **of))
    return replace(scenario, changes=tuple(changes))


def _on(change: Change, ids: list[str]) -> Change:
    return replace(change, where={"id": [glob.escape(one) for one in ids]})
