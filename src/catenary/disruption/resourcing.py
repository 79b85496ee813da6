"""Buyers that buy of others: new shares of suppliers, and the world that follows from them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from catenary.disruption.redelivered import Deliveries, rebuilt
from catenary.errors import ComputationError, Problem, ScenarioError, listed
from catenary.maths.grouping import sum_by
from catenary.maths.resourcing import Block, more_output, resplit
from catenary.model.selection import named

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from catenary.model import Scenario, World
    from catenary.model.change import Change

    Array = NDArray[np.float64]
    Integers = NDArray[np.int64]
    Flags = NDArray[np.bool_]

__all__ = ["SHARE", "matched", "resourced"]

SHARE: Final = "supplies.share"

_OF_SUPPLIERS: Final = {"supplier": "", "product": "product", "origin": "region"}
_OF_BUYERS: Final = {"buyer": "", "destination": "region"}
_ROUNDING: Final = 1e-9
_SAME: Final = 1e-13  # change of output, as a share of it, that is rounding


@dataclass(frozen=True, eq=False)
class _Asked:
    """One change: whose share of what which buyers buy."""

    change: Change
    place: int
    suppliers: Flags
    buyers: Flags


def resourced(world: World, scenario: Scenario) -> World:
    """Return the world in which changes of `supplies.share` hold, and all that follows.

    What a producer uses of each product per unit of output stays, and so does final demand. Who
    delivers it changes; deliveries, outputs, value added and stressors follow. Plants stay: what
    could be made before still can.

    Raises
    ------
    ScenarioError
        If a change matches nothing, its buyers buy none of what its suppliers make, a share is
        not between 0 and 1, nobody takes the rest, or no output is enough.

    Examples
    --------
    >>> from catenary.model import Change, Scenario
    >>> from catenary.testing import two_regions
    >>> half = Change(target="supplies.share", set=0.5,
    ...               where={"supplier": "BBB.goods", "buyer": "AAA.goods"})
    >>> found = resourced(two_regions(), Scenario("half", (half,)))
    >>> (found.table("producers")["output"].to_numpy() * 365).round(3)
    array([13.714, 13.371])
    """
    asked = _asked(world, scenario)
    if not asked:
        return world
    goods = Deliveries.of(world)
    output = world.part("producers").numbers("output")
    old = goods.delivered.copy()
    for product in np.unique(goods.made[np.any([one.suppliers for one in asked], axis=0)]).tolist():
        _resplit(world, scenario, asked, goods, product, output)
    _require_bought(world, scenario, asked, goods)
    _require_technology(world, scenario, goods, output)
    change = goods.delivered - old
    if not change.any() and not len(goods.supplier):
        return world
    names = world.ids("producers").astype("str").tolist()
    try:
        more = more_output(goods.matrix(), np.maximum(old, 0.0), change, names)
    except ComputationError as error:
        raise ScenarioError(
            f"scenario {scenario.name!r}: with these shares {error.args[0]}",
            hint="ask for smaller shares of suppliers that use their own product",
        ) from None
    more = np.where(np.abs(more) <= _SAME * np.abs(old), 0.0, more)
    below = np.flatnonzero(np.maximum(old, 0.0) + more < -_ROUNDING * np.abs(old))
    if len(below):
        raise ScenarioError(
            f"scenario {scenario.name!r}: with these shares {names[below[0]]!r} would make less "
            f"than nothing ({old[below[0]] + more[below[0]]:.3g}), because final demand takes "
            "less than nothing of it",
            hint="ask for a smaller change, or correct final demand below 0",
        )
    return rebuilt(world, goods, old, np.maximum(more, -np.maximum(old, 0.0)))


def matched(world: World, scenario: Scenario) -> list[int]:
    """Return how many pairs of supplier and buyer each change of `supplies.share` means."""
    return [int(one.suppliers.sum() * one.buyers.sum()) for one in _asked(world, scenario)]


def _asked(world: World, scenario: Scenario) -> list[_Asked]:
    """Return the changes of shares in the order in which they are applied."""
    found, problems = [], []
    for place, change in enumerate(scenario.changes):
        if change.target != SHARE:
            continue
        try:
            found.append(_one(world, change, place))
        except ScenarioError as error:
            where = f"scenario {scenario.name!r}, change {place + 1}"
            problems.append(Problem(where, error.args[0], error.hint))
    if problems:
        raise ScenarioError.of(problems)
    rank = {"set": 0, "multiply": 1, "add": 2}
    return sorted(found, key=lambda one: rank[one.change.operation])


def _one(world: World, change: Change, place: int) -> _Asked:
    known = [*_OF_SUPPLIERS, *_OF_BUYERS]
    for key in change.where:
        if key not in known:
            raise ScenarioError(
                f"where.{key} does not say whose share of whose purchases is meant",
                hint=f"supplies.share takes {listed(known)}",
            )
    if not set(change.where) & set(_OF_SUPPLIERS):
        raise ScenarioError(
            "it does not say whose share is to change",
            hint='write where = { supplier = "…", buyer = "…" }',
        )
    suppliers, buyers = (_who(world, change, keys) for keys in (_OF_SUPPLIERS, _OF_BUYERS))
    for side, who, keys in (("supplier", suppliers, _OF_SUPPLIERS), ("buyer", buyers, _OF_BUYERS)):
        if not who.any():
            raise ScenarioError(
                f"no {side} has {_in_words(change, keys)}",
                hint="each key matches something, but nothing matches all of them",
            )
    return _Asked(change, place, suppliers, buyers)


def _who(world: World, change: Change, keys: dict[str, str]) -> Flags:
    """Return the producers that all keys of one side name."""
    producers = world.part("producers")
    found = np.ones(len(producers.index), bool)
    for key, column in keys.items():
        if key in change.where:
            table = {"": "producers", "product": "products", "region": "regions"}[column]
            hits = named(world, table, key, change.where[key])
            found &= hits[producers.codes(column)] if column else hits
    return found


def _in_words(change: Change, keys: dict[str, str]) -> str:
    return " and ".join(f"{k} = {v!r}" for k, v in change.where.items() if k in keys)


def _resplit(
    world: World,
    scenario: Scenario,
    asked: Sequence[_Asked],
    goods: Deliveries,
    product: int,
    output: Array,
) -> None:
    """Change the deliveries of one product, in place."""
    supplier, buyer, flow = goods.of_product(product)
    above = np.maximum(flow, 0.0)
    total = sum_by(buyer, above, len(output))
    makes = goods.made == product
    goods.bought[product] = total > 0
    blocks: dict[bytes, Block] = {}
    first: dict[bytes, _Asked] = {}
    for one in asked:
        who = one.suppliers & makes
        hit = one.buyers & (total > 0)
        if not who.any() or not hit.any():
            continue
        key = who.tobytes()
        if key not in blocks:
            for other, block in blocks.items():
                both = np.flatnonzero(block.suppliers & who)
                if len(both) and (np.isfinite(block.share) & hit).any():
                    raise _contradiction(world, scenario, first[other], one, int(both[0]))
            blocks[key], first[key] = Block(who, np.full(len(total), np.nan)), one
        share = blocks[key].share
        mine = who[supplier]
        now = sum_by(buyer[mine], above[mine], len(total))[hit] / total[hit]
        before = np.where(np.isfinite(share[hit]), share[hit], now)
        value, operation = one.change.value, one.change.operation
        after = {"set": np.full(len(before), value), "multiply": before * value,
                 "add": before + value}[operation]  # fmt: skip
        share[hit] = np.where(np.abs(after - before) <= _SAME, before, after)
    for key, block in blocks.items():
        _require_shares(world, scenario, first[key], block, product)
    if not blocks:
        return
    found = resplit(supplier, buyer, flow, list(blocks.values()), output)
    if found.stranded.any():
        at = int(np.flatnonzero(found.stranded)[0])
        raise _stranded(world, scenario, list(zip(blocks.values(), first.values(), strict=True)),
                        product, at)  # fmt: skip
    goods.take(product, found)


def _stranded(
    world: World, scenario: Scenario, asked: list[tuple[Block, _Asked]], product: int, buyer: int
) -> ScenarioError:
    """Return the error of a buyer whose shares do not add up to 1."""
    mine = [(block, one) for block, one in asked if np.isfinite(block.share[buyer])]
    total = sum(float(block.share[buyer]) for block, _ in mine)
    names = world.ids("producers")
    who = listed(names[np.any([block.suppliers for block, _ in mine], axis=0)], most=3)
    places = " and ".join(str(place) for place in sorted(one.place + 1 for _, one in mine))
    return ScenarioError(
        f"scenario {scenario.name!r}, change {places}: {who} would have {total:.1%} of what "
        f"{str(names[buyer])!r} buys of {str(world.ids('products')[product])!r}, "
        + ("which is more than all" if total > 1 else "which it buys of nobody else"),
        hint="shares of all suppliers of a buyer add up to 1; name another supplier for the rest, "
        "or leave that buyer out",
    )


def _require_shares(
    world: World, scenario: Scenario, one: _Asked, block: Block, product: int
) -> None:
    """Refuse shares that are none, and put those that only rounding took out of bounds right."""
    share = block.share
    wrong = np.flatnonzero((share < -_ROUNDING) | (share > 1 + _ROUNDING))
    if len(wrong):
        names = world.ids("producers")
        raise ScenarioError(
            f"scenario {scenario.name!r}, change {one.place + 1}: "
            f"{listed(names[block.suppliers], most=3)} would have {share[wrong[0]]:.1%} of what "
            f"{str(names[wrong[0]])!r} buys of {str(world.ids('products')[product])!r}",
            hint="a share is between 0 and 1",
        )
    np.clip(share, 0.0, 1.0, out=share)


def _contradiction(
    world: World, scenario: Scenario, one: _Asked, other: _Asked, supplier: int
) -> ScenarioError:
    places = sorted((one.place + 1, other.place + 1))
    return ScenarioError(
        f"scenario {scenario.name!r}: changes {places[0]} and {places[1]} give "
        f"{str(world.ids('producers')[supplier])!r} a share of the same purchases, once together "
        "with others than the other time",
        hint="write both for the same suppliers, or for suppliers that have none in common",
    )


def _require_bought(
    world: World, scenario: Scenario, asked: Sequence[_Asked], goods: Deliveries
) -> None:
    """Refuse words of `where` that mean no purchase."""
    for one in asked:
        for key, side in (("supplier", one.suppliers), ("buyer", one.buyers)):
            words = one.change.where.get(key, ())
            for word in (words,) if isinstance(words, str) else words:
                who = world.matches("producers", word) & side
                suppliers, buyers = (who, one.buyers) if key == "supplier" else (one.suppliers, who)
                _require_pair(world, scenario, one, goods, suppliers, buyers)
        _require_pair(world, scenario, one, goods, one.suppliers, one.buyers)


def _require_pair(
    world: World,
    scenario: Scenario,
    one: _Asked,
    goods: Deliveries,
    suppliers: Flags,
    buyers: Flags,
) -> None:
    products = np.unique(goods.made[suppliers])
    if any((goods.bought[p] & buyers).any() for p in products.tolist()):
        return
    names, labels = world.ids("producers"), world.ids("products")
    bought = [str(label) for p, label in enumerate(labels) if (goods.buyers_of(p) & buyers).any()]
    raise ScenarioError(
        f"scenario {scenario.name!r}, change {one.place + 1}: "
        f"{listed(labels[products], most=3)} (from {listed(names[suppliers], most=3)}) is not "
        f"bought by {listed(names[buyers], most=3)}",
        hint=f"bought there is {listed(bought, most=8)}"
        if bought
        else "nothing is bought there; name a buyer of inputs",
    )


def _require_technology(world: World, scenario: Scenario, goods: Deliveries, output: Array) -> None:
    """Refuse new suppliers of whom nothing says what they use."""
    idle = np.unique(goods.supplier[output[goods.supplier] <= 0])
    if not len(idle):
        return
    uses = goods.uses_inputs()
    for producer in idle.tolist():
        peers = (goods.made == goods.made[producer]) & (output > 0)
        if uses[peers].any():
            raise ScenarioError(
                f"scenario {scenario.name!r} buys of {str(world.ids('producers')[producer])!r}, "
                "which makes nothing yet, so that nothing says what it uses",
                hint="give it an output and the inputs it takes in the world, however small",
            )
