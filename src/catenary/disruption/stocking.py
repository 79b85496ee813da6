"""Stocks that measures change where the world says nothing of them: what holds now, made rows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
from scipy import sparse

from catenary.errors import Problem, ScenarioError
from catenary.maths.grouping import sum_by
from catenary.model.balance import daily
from catenary.model.selection import named, rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from catenary.model import Scenario, World
    from catenary.model.change import Change

    Array = NDArray[np.float64]
    Integers = NDArray[np.int64]
    Flags = NDArray[np.bool_]

__all__ = ["Purchases", "purchases_of", "with_stock_days", "with_stocks"]

_BY_INPUT: Final = ("producer", "input")


@dataclass(frozen=True, eq=False)
class Purchases:
    """What every producer with output uses on a normal day; one entry per producer and input.

    Parameters
    ----------
    buyer, product
        Rows of `producers` and `products`, (E,).
    use
        Used a day, (E,).
    """

    buyer: Integers
    product: Integers
    use: Array


def purchases_of(world: World) -> Purchases:
    """Return who uses how much of what on a normal day.

    Examples
    --------
    >>> from catenary.testing import serial_chain
    >>> found = purchases_of(serial_chain(3))
    >>> found.buyer.tolist(), found.product.tolist(), found.use.tolist()
    ([1, 2], [0, 1], [1.0, 1.0])
    """
    producers = world.part("producers")
    made = producers.codes("product").astype(np.int64)
    count, products = len(producers.index), len(world.ids("products"))
    if "intermediate" in world:
        matrix = world.matrix("intermediate").aligned_to(producers.index, producers.index)
        groups = sparse.csr_array((np.ones(count), (made, np.arange(count))), (products, count))
        flows = matrix.values
        above = np.maximum(flows, 0.0) if isinstance(flows, np.ndarray) else flows.maximum(0.0)
        sums = sparse.coo_array(groups @ above * daily(matrix))
        product, buyer = (axis.astype(np.int64) for axis in sums.coords)
        use = sums.data
    elif "supplies" in world:
        supplies = world.part("supplies")
        pair = made[supplies.codes("supplier")] * count + supplies.codes("buyer")
        pairs, place = np.unique(pair, return_inverse=True)
        use = sum_by(place, supplies.numbers("quantity"), len(pairs))
        product, buyer = np.divmod(pairs, count)
    else:
        product, buyer, use = (np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0))
    busy = (use > 0) & (producers.numbers("output")[buyer] > 0)
    return Purchases(buyer[busy], product[busy], use[busy])


def with_stock_days(world: World, scenario: Scenario, stock_days: float) -> World:
    """Return the world with what holds now where `products.stock_days` is blank and to change.

    Raises
    ------
    ScenarioError
        If a change is of products none of which can be stored, or matches nothing.
    """
    changes = [c for c in scenario.changes if c.target == "products.stock_days"]
    if not changes:
        return world
    products = world.part("products")
    days = products.numbers("stock_days").copy()
    storable = products.frame["storable"].to_numpy()
    for change in changes:
        hit = _matched(world, scenario, change, "products")
        if not storable[hit].any():
            raise _cannot_be_stored(scenario, change, products.index[hit[0]])
        if change.operation != "set":
            days[hit] = np.where(np.isnan(days[hit]), stock_days, days[hit])
    return world.with_tables(products.changed(stock_days=days))


def with_stocks(world: World, scenario: Scenario, stock_days: float) -> World:
    """Return the world with changes of `producers.stock_days` and of `stocks` in it.

    Rows of `stocks` that a change means by `producer` and `input`, and that are not there, are
    made: they hold what the producer keeps now. A producer without days of its own that is to keep
    more or less of everything gets a row for each of its inputs.

    Raises
    ------
    ScenarioError
        If nobody buys what a change is about, it cannot be stored, or it matches nothing.
    """
    own = [c for c in scenario.changes if c.target == "producers.stock_days"]
    of_pairs = [c for c in scenario.changes if c.target.startswith("stocks.")]
    if not own and not of_pairs:
        return world
    stocks = _Stocks(world, scenario, stock_days)
    if own:
        days = world.part("producers").numbers("stock_days").copy()
        stocks.keep(own, days)
        world = world.with_tables(world.part("producers").changed(stock_days=days))
    for change in of_pairs:
        if set(change.where) <= set(_BY_INPUT):
            stocks.make(change)
    world = stocks.written(world, of_pairs)
    return replace(scenario, changes=tuple(of_pairs)).apply(world) if of_pairs else world


class _Stocks:
    """What producers keep of their inputs now, and the rows that are made of it."""

    def __init__(self, world: World, scenario: Scenario, stock_days: float) -> None:
        self.world, self.scenario = world, scenario
        producers, products = world.part("producers"), world.part("products")
        self.bought = bought = purchases_of(world)
        days = producers.numbers("stock_days")[bought.buyer]
        usual = products.numbers("stock_days")[bought.product]
        days = np.where(np.isnan(days), usual, days)
        self.days = np.where(np.isnan(days), stock_days, days)
        self.storable: Flags = products.frame["storable"].to_numpy()[bought.product]
        self.row = np.full(len(bought.buyer), -1)  # of the table, where there is one
        if "stocks" in world:
            keys = bought.product * len(producers.index) + bought.buyer
            stocks = world.part("stocks")
            wanted = stocks.codes("input").astype(np.int64) * len(producers.index)
            wanted += stocks.codes("producer")
            order = np.argsort(wanted, kind="stable")
            place = np.minimum(np.searchsorted(wanted[order], keys), max(len(wanted) - 1, 0))
            if len(wanted):
                known = wanted[order][place] == keys
                self.row[known] = order[place[known]]
        self.made = np.zeros(len(bought.buyer), bool)

    def keep(self, changes: Sequence[Change], days: Array) -> None:
        """Change the days of producers in place; where they are blank, those of each input."""
        hits = [_matched(self.world, self.scenario, c, "producers") for c in changes]
        for operation in ("set", "multiply", "add"):
            for change, hit in zip(changes, hits, strict=True):
                if change.operation != operation:
                    continue
                if operation != "set":
                    self._each_input(change, hit[np.isnan(days[hit])])
                days[hit] = _after(change, days[hit])

    def _each_input(self, change: Change, blank: NDArray[np.intp]) -> None:
        if not len(blank):
            return
        chosen = np.isin(self.bought.buyer, blank) & self.storable
        if not chosen.any():
            name = self.world.ids("producers")[blank[0]]
            raise ScenarioError(
                f"scenario {self.scenario.name!r} changes {change.target}, and {name!r} buys "
                "nothing that can be stored",
                hint="name producers that use inputs",
            )
        chosen &= self.row < 0  # what the table says of a pair comes before days of the producer
        self.made |= chosen
        self.days[chosen] = _after(change, self.days[chosen])

    def make(self, change: Change) -> None:
        """Make the rows that a change means and the table lacks."""
        chosen = np.ones(len(self.made), bool)
        for key, axis in (("producer", self.bought.buyer), ("input", self.bought.product)):
            if key in change.where:
                chosen &= _named(self.world, self.scenario, change, key)[axis]
        there = self._there(change)
        if not chosen.any() and not there:
            raise ScenarioError(
                f"scenario {self.scenario.name!r} changes {change.target} where "
                f"{_in_words(change)}, and no such producer buys such an input",
                hint="name a producer and a product that it buys; "
                "`catenary show WORLD supplies` lists who buys what",
            )
        if chosen.any() and not (chosen & self.storable).any() and not there:
            at = self.bought.product[chosen][0]
            raise _cannot_be_stored(self.scenario, change, self.world.ids("products")[at])
        self.made |= chosen & self.storable & (self.row < 0)

    def _there(self, change: Change) -> bool:
        """Return whether the table has rows that a change means."""
        if "stocks" not in self.world:
            return False
        try:
            return bool(len(rows(self.world, "stocks", change.where)))
        except ScenarioError:
            return False

    def written(self, world: World, changes: Sequence[Change]) -> World:
        """Return the world with the rows that were made; stocks on hand too where they change."""
        made = np.flatnonzero(self.made)
        if len(made):
            bought, ids = self.bought, world.ids("producers")
            more = pd.DataFrame(
                {
                    "producer": ids[bought.buyer[made]],
                    "input": world.ids("products")[bought.product[made]],
                    "target_days": self.days[made],
                }
            )
            world = world.with_(stocks=_joined(world, more))
            first = len(world.ids("stocks")) - len(made)
            self.row[made] = first + np.arange(len(made))
        if "stocks" not in world or not any(c.target == "stocks.on_hand" for c in changes):
            return world
        stocks = world.part("stocks")
        on_hand = stocks.numbers("on_hand").copy()
        use = np.full(len(on_hand), np.nan)
        held = self.row >= 0
        use[self.row[held]] = self.bought.use[held]
        for change in changes:
            if change.target == "stocks.on_hand" and change.operation != "set":
                hit = rows(world, "stocks", change.where)
                now = stocks.numbers("target_days")[hit] * use[hit]
                on_hand[hit] = np.where(np.isnan(on_hand[hit]), now, on_hand[hit])
        return world.with_tables(stocks.changed(on_hand=on_hand))


def _after(change: Change, numbers: Array) -> Array:
    if change.operation == "set":
        return np.full_like(numbers, change.value)
    return numbers * change.value if change.operation == "multiply" else numbers + change.value


def _joined(world: World, more: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of `stocks` with more of them at the end, ids of the old ones kept."""
    if "stocks" not in world:
        return more
    frame = world.table("stocks")
    if isinstance(frame.index, pd.RangeIndex):
        return pd.concat([frame.astype({"producer": "str", "input": "str"}), more],
                         ignore_index=True)  # fmt: skip
    known, number = set(frame.index), 0
    ids: list[str] = []
    while len(ids) < len(more):
        if str(number) not in known:
            ids.append(str(number))
        number += 1
    more.index = pd.Index(ids, dtype="str", name="id")
    return pd.concat([frame.astype({"producer": "str", "input": "str"}), more])


def _matched(world: World, scenario: Scenario, change: Change, table: str) -> NDArray[np.intp]:
    """Return the rows that a change matches, or say which change matches nothing."""
    try:
        return rows(world, table, change.where)
    except ScenarioError as error:
        raise _of_change(scenario, change, error) from None


def _named(world: World, scenario: Scenario, change: Change, key: str) -> Flags:
    """Return the producers or products that a change names by a key."""
    table = "producers" if key == "producer" else "products"
    try:
        return named(world, table, key, change.where[key])
    except ScenarioError as error:
        raise _of_change(scenario, change, error) from None


def _of_change(scenario: Scenario, change: Change, error: ScenarioError) -> ScenarioError:
    where = f"scenario {scenario.name!r}, change {scenario.changes.index(change) + 1}"
    return ScenarioError.of([Problem(where, error.args[0], error.hint)])


def _cannot_be_stored(scenario: Scenario, change: Change, name: str) -> ScenarioError:
    return ScenarioError(
        f"scenario {scenario.name!r} changes {change.target} of {name!r}, which cannot be stored",
        hint="name inputs that can be stored, or set products.storable in the world",
    )


def _in_words(change: Change) -> str:
    return " and ".join(f"{key} = {value!r}" for key, value in change.where.items()) or "any"
