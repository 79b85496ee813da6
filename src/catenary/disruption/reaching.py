"""Whose behaviour a measure alters, so that what never touches them need not be run again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from catenary.disruption.stocking import Purchases, purchases_of
from catenary.errors import ScenarioError
from catenary.model.change import CAPACITIES
from catenary.model.selection import named, rows

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from catenary.model import World
    from catenary.model.change import Change

    Flags = NDArray[np.bool_]

__all__ = ["reach"]

_OWN = frozenset({*CAPACITIES, "producers.protection", "producers.recovery"})
_STOCK = frozenset({"producers.stock_days", "products.stock_days", "stocks.target_days"})


def reach(
    world: World, changes: Iterable[Change], *, purchases: Purchases | None = None
) -> Flags | None:
    """Return whose behaviour changes alter directly, (N,) by row of `producers`; None: everybody's.

    A scenario under which everything that these producers are asked for, are delivered and can
    make is what it is on a normal day goes the same way with the changes as without. Of changes of
    shares, stock on hand, links, demand and the network nothing of the kind can be said; nor of
    more stock where the world states what is on hand, because it is then bought from day 0.

    Parameters
    ----------
    world
        The world without the changes.
    changes
        Of a measure, or of several.
    purchases
        What `purchases_of` returns of the world, where it is known already.

    Raises
    ------
    ScenarioError
        If a change matches nothing.

    Examples
    --------
    >>> from catenary.model import Change
    >>> from catenary.testing import serial_chain
    >>> days = Change(target="products.stock_days", where={"id": "s0"}, set=30)
    >>> reach(serial_chain(3), [days])
    array([False,  True, False])
    """
    found = np.zeros(len(world.ids("producers")), bool)
    for change in changes:
        who = _of(world, change, purchases)
        if who is None:
            return None
        found |= who
    return found


def _of(world: World, change: Change, purchases: Purchases | None) -> Flags | None:
    table, _, _ = change.target.partition(".")
    rebuilt = change.recovery is not None and change.recovery.curve == "rebuild"
    if change.target in _OWN:
        return None if rebuilt else _at(world, rows(world, table, change.where))
    if change.target == "recipes.criticality":
        return _makers(world, change)
    if change.target == "producers.priority":
        return _with_suppliers(world, _at(world, rows(world, table, change.where)))
    if change.target not in _STOCK:
        return None
    holders = _holders(world, change, purchases)
    if "stocks" in world:
        stocks = world.part("stocks")
        stated = stocks.codes("producer")[np.isfinite(stocks.numbers("on_hand"))]
        if holders[stated].any():
            return None
    return holders


def _at(world: World, places: NDArray[np.integer]) -> Flags:
    found = np.zeros(len(world.ids("producers")), bool)
    found[places] = True
    return found


def _makers(world: World, change: Change) -> Flags:
    """Return who follows recipes."""
    recipes, made = world.part("recipes"), world.part("producers").codes("product")
    hit = rows(world, "recipes", change.where)
    who = recipes.codes("producer")[hit]
    found = np.isin(made, recipes.codes("product")[hit][who < 0])
    found[who[who >= 0]] = True
    return found


def _with_suppliers(world: World, buyers: Flags) -> Flags:
    """Return buyers and all who deliver to them: it is these that serve in another order."""
    ids = world.ids("producers")
    if "intermediate" in world:
        flows = world.matrix("intermediate").aligned_to(ids, ids).values
        return buyers | (np.asarray(flows[:, buyers].sum(axis=1)).ravel() > 0)
    supplies = world.part("supplies")
    return buyers | _at(world, supplies.codes("supplier")[buyers[supplies.codes("buyer")]])


def _holders(world: World, change: Change, purchases: Purchases | None) -> Flags:
    """Return who keeps the stocks that a change is about."""
    if change.target == "producers.stock_days":
        return _at(world, rows(world, "producers", change.where))
    bought = purchases_of(world) if purchases is None else purchases
    chosen = np.ones(len(bought.buyer), bool)
    if change.target == "products.stock_days":
        wanted = np.zeros(len(world.ids("products")), bool)
        wanted[rows(world, "products", change.where)] = True
        return _at(world, bought.buyer[wanted[bought.product]])
    if not set(change.where) <= {"producer", "input"}:
        return _at(
            world, world.part("stocks").codes("producer")[rows(world, "stocks", change.where)]
        )
    for key, table, axis in (
        ("producer", "producers", bought.buyer),
        ("input", "products", bought.product),
    ):
        if key in change.where:
            chosen &= named(world, table, key, change.where[key])[axis]
    found = _at(world, bought.buyer[chosen])
    if not found.any():
        raise ScenarioError(
            f"{change.target} changes stocks of inputs that nobody buys",
            hint="name a producer and a product that it buys",
        )
    return found
