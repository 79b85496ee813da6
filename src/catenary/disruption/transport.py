"""Links between regions as the engine needs them: lanes with lead times, and bars."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from catenary.errors import DataError, ScenarioError
from catenary.maths.inventory import Bar, Lanes
from catenary.model.labels import matching

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from catenary.disruption.layout import FinalDemand, Layout
    from catenary.disruption.rerouting import Rerouting
    from catenary.model import Scenario, World
    from catenary.model.timeline import Timeline

    Array = NDArray[np.float64]
    Integers = NDArray[np.int64]

__all__ = [
    "bars_on",
    "final_under",
    "has_transit",
    "is_of_network",
    "lanes_of",
    "parted",
    "with_links",
]

_LONGEST: Final = 3650.0  # days that a lane may take
_NETWORK: Final = ("passages", "facilities", "lanes")


def is_of_network(target: str) -> bool:
    """Return whether a change of a target closes or delays a part of the network."""
    table, _, column = target.partition(".")
    return table in _NETWORK and column in ("open", "duration")


def parted(scenario: Scenario) -> tuple[Scenario, Scenario]:
    """Return the changes of the network, and all others.

    Examples
    --------
    >>> import catenary
    >>> network, rest = parted(catenary.scenario("tohoku-2011"))
    >>> len(network.changes), len(rest.changes) > 0
    (0, True)
    """
    inside = [is_of_network(change.target) for change in scenario.changes]
    both = (
        tuple(c for c, one in zip(scenario.changes, inside, strict=True) if one is wanted)
        for wanted in (True, False)
    )
    network, rest = (replace(scenario, changes=changes) for changes in both)
    return network, rest


def with_links(world: World, scenario: Scenario) -> World:
    """Return the world with a link between all regions if the scenario changes links it lacks.

    A world without links lets everything pass at once; so do these. Links for one use alone say
    what trade costs; how long goods travel, and whether they may, is said for both uses.
    """
    if "links" in world:
        world = _for_both_uses(world)
    changed = [c for c in scenario.changes if c.target.startswith("links.")]
    if not changed or "links" in world:
        return world
    regions, products = world.ids("regions"), world.ids("products")
    named = np.zeros(len(products), bool)
    for change in changed:
        words = change.where.get("product", ())
        for word in (words,) if isinstance(words, str) else words:
            named |= matching(word, products) | world.members("products", word)
    origin, destination = np.indices((len(regions), len(regions))).reshape(2, -1)
    blocks = ["", *products[named]]
    links = pd.DataFrame(
        {
            "origin": np.tile(regions[origin], len(blocks)),
            "destination": np.tile(regions[destination], len(blocks)),
            "product": np.repeat(blocks, len(origin)),
        }
    )
    return world.with_(links=links)


def _for_both_uses(world: World) -> World:
    """Return the world without links for one use alone, or refuse one that holds goods up."""
    links = world.part("links")
    frame = links.frame
    alone = (frame["use"] != "").to_numpy()
    if not alone.any():
        return world
    moves = (links.numbers("duration") > 0) | (links.numbers("open") < 1)
    moves &= _unlike_the_general(frame, alone)  # a blank says what the link of both uses says
    if moves.any():
        raise DataError(
            f"links row {links.index[int(moves.argmax())]!r} has a duration, or is "
            "closed, for one use alone",
            hint="leave `use` blank where goods take time or may not pass",
        )
    return world.with_(links=frame[~alone])


def _unlike_the_general(frame: pd.DataFrame, alone: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return which links of one use hold goods up otherwise than the link of both uses."""
    keys = ["origin", "destination", "product"]
    known = frame[keys].astype("str").fillna("").assign(
        duration=frame["duration"], open=frame["open"]
    )  # fmt: skip
    both = known[~alone].drop_duplicates(keys, keep="last").set_index(keys)
    exact = both.reindex(pd.MultiIndex.from_frame(known[keys]))
    wide = both.reindex(pd.MultiIndex.from_frame(known[keys].assign(product="")))
    unlike = np.zeros(len(frame), np.bool_)
    for name, usual in (("duration", 0.0), ("open", 1.0)):
        general = exact[name].to_numpy(np.float64), wide[name].to_numpy(np.float64)
        said = np.where(np.isnan(general[0]), general[1], general[0])
        unlike |= known[name].to_numpy(np.float64) != np.where(np.isnan(said), usual, said)
    return alone & unlike


def has_transit(world: World, timeline: Timeline, rerouted: Rerouting | None) -> bool:
    """Return whether any delivery takes time on any day."""
    if rerouted is not None and rerouted.late.any():
        return True
    if "links" in world and (
        (world.part("links").numbers("duration") > 0).any() or any(timeline.on("links.duration"))
    ):
        return True
    return "supplies" in world and bool((world.part("supplies").numbers("lead_time") > 0).any())


def _link_of(world: World, origin: Integers, destination: Integers, product: Integers) -> Integers:
    """Return the row of `links` that holds for each delivery (−1: none): its product's, or any."""
    links = world.part("links")
    regions, products = len(world.ids("regions")), len(world.ids("products")) + 1
    keys = (
        links.codes("origin").astype(np.int64) * regions + links.codes("destination")
    ) * products
    keys += links.codes("product") + 1
    order = np.argsort(keys, kind="stable")
    found = np.full(len(origin), -1)
    for blank in (True, False):
        pair = (origin * regions + destination) * products
        wanted = pair if blank else pair + product + 1
        place = np.minimum(np.searchsorted(keys[order], wanted), len(keys) - 1)
        hit = keys[order][place] == wanted if len(keys) else np.zeros(len(origin), bool)
        found[hit] = order[place[hit]]
    return found


def lanes_of(
    world: World, layout: Layout, timeline: Timeline, days: int, rerouted: Rerouting | None
) -> Lanes:
    """Return how long each listed delivery takes on each day, in whole days."""
    network = layout.network
    supplier = np.repeat(np.arange(network.producers), np.diff(network.pointer))
    slot = np.repeat(network.slot_start[network.product], np.diff(network.pointer)) + network.column
    buyer = network.slot_buyer[slot]
    own = np.zeros(len(supplier))
    if "supplies" in world:
        own = world.part("supplies").numbers("lead_time")[layout.deliveries[network.given]]
    link = np.full(len(supplier), -1)
    if "links" in world:
        link = _link_of(
            world, network.region[supplier], network.region[buyer], network.product[supplier]
        )
    touched = np.full(len(supplier), -1)
    if rerouted is not None:
        touched = touched_links(
            world, rerouted, network.region[supplier], network.region[buyer],
            network.product[supplier],
        )  # fmt: skip
    kinds = np.stack([link.astype(float), own, touched.astype(float)])
    pairs, lane = np.unique(kinds, axis=1, return_inverse=True)
    which = pairs[0].astype(int)
    duration = np.zeros((days + 1, len(which)))  # the first row: before anything happens
    if "links" in world:
        base = world.part("links").numbers("duration")
        for day in range(-1, days):
            now = base if day < 0 else timeline.numbers("links.duration", base, day)
            _within(now, "links.duration", _LONGEST, timeline, day)
            duration[day + 1] = np.where(which >= 0, np.append(now, 0.0)[which], 0.0)
    if rerouted is not None:
        late = np.hstack([rerouted.late, np.zeros((days, 1))])[:, pairs[2].astype(int)]
        duration[1:] = np.maximum(0.0, duration[1:] + late)
    whole = np.rint(duration + pairs[1]).astype(np.int64)
    return Lanes(lane=lane.ravel().astype(np.int32), days=whole[1:], before=whole[0])


def touched_links(
    world: World, rerouted: Rerouting, origin: Integers, destination: Integers, product: Integers
) -> Integers:
    """Return the link of `rerouted` that each delivery takes, -1 where nothing touches it."""
    place = rerouted.made.regions.get_indexer(world.ids("regions")).astype(np.int64)
    known = dict(zip(rerouted.made.products, rerouted.made.goods, strict=True))
    goods = np.array([known.get(str(one), -1) for one in world.ids("products")])[product]
    found = rerouted.column(np.maximum(goods, 0), place[origin], place[destination])
    return np.where(goods >= 0, found, -1)


def _within(numbers: Array, target: str, most: float, timeline: Timeline, day: int) -> None:
    """Refuse what a scenario makes of links where that is no such number."""
    wrong = np.flatnonzero(~((numbers >= -1e-12) & (numbers <= most + 1e-12)))
    if len(wrong):
        raise ScenarioError(
            f"scenario {timeline.scenario!r} makes {target} {numbers[wrong[0]]:g} on day {day} "
            f"({len(wrong):,} links), and it has to be 0 to {most:g}",
            hint="write smaller changes, or use set",
        )


def bars_on(
    world: World, timeline: Timeline, days: int, rerouted: Rerouting | None
) -> Iterator[tuple[int, list[Bar]]]:
    """Yield the days on which links open or close, and what then holds them closed."""
    stated = dict(_stated_bars(world, timeline, days))
    cut = dict(_cut_bars(world, rerouted)) if rerouted is not None else {}
    now: tuple[list[Bar], list[Bar]] = ([], [])
    for day in sorted({*stated, *cut}):
        now = stated.get(day, now[0]), cut.get(day, now[1])
        yield day, [*now[0], *now[1]]


def _cut_bars(world: World, rerouted: Rerouting) -> Iterator[tuple[int, list[Bar]]]:
    """Yield the days on which links have no way, or have one again."""
    hit = np.flatnonzero((rerouted.open < 1).any(axis=0))
    share = rerouted.open[:, hit]
    moved = np.append(True, (share[1:] != share[:-1]).any(axis=1))
    if not len(hit):
        return
    regions = world.ids("regions").get_indexer(rerouted.made.regions)
    kinds = np.array(rerouted.made.goods)
    ids = world.ids("products").get_indexer(pd.Index(rerouted.made.products, dtype="str"))
    whole = len(set(kinds)) == 1 and len(kinds) == len(world.ids("products"))
    of = [[-1] if whole else ids[kinds == q].tolist() for q in range(kinds.max() + 1)]
    q, i, j = rerouted.links[:, hit].tolist()
    for day in np.flatnonzero(moved).tolist():
        yield (
            day,
            [
                Bar(int(regions[i[k]]), int(regions[j[k]]), p, float(share[day, k]))
                for k in np.flatnonzero(share[day] < 1).tolist()
                for p in of[q[k]]
            ],
        )


def _stated_bars(world: World, timeline: Timeline, days: int) -> Iterator[tuple[int, list[Bar]]]:
    """Yield the days on which `links.open` changes, and what then holds links closed."""
    steps = list(timeline.on("links.open"))
    if not steps:
        return
    links = world.part("links")
    base = links.numbers("open")
    origin, destination = links.codes("origin"), links.codes("destination")
    product = links.codes("product")
    own: dict[tuple[int, int], tuple[int, ...]] = {}
    for i in np.flatnonzero(product >= 0).tolist():
        pair = (int(origin[i]), int(destination[i]))
        own[pair] = (*own.get(pair, ()), int(product[i]))
    strength = np.stack([step.change.strength(np.arange(days, dtype=float)) for step in steps])
    before = np.hstack([np.zeros((len(steps), 1)), strength[:, :-1]])
    for day in np.flatnonzero((strength != before).any(axis=0)).tolist():
        now = timeline.numbers("links.open", base, day)
        _within(now, "links.open", 1.0, timeline, day)
        share = np.divide(now, base, out=np.ones(len(base)), where=base > 0)
        bars = []
        for i in np.flatnonzero(share < 1).tolist():
            pair = (int(origin[i]), int(destination[i]))
            others = own.get(pair, ()) if product[i] < 0 else ()
            bars.append(Bar(*pair, int(product[i]), max(0.0, float(share[i])), others))
        yield day, bars


def final_under(
    demand: FinalDemand, bars: list[Bar], region: Integers, product: Integers
) -> FinalDemand:
    """Return final demand that asks others for what bars keep from passing.

    What a region cannot get of a product where a way is closed, or partly, it asks of those whose
    way is free; where there is nobody, it is refused.
    """
    may = np.ones(len(demand.quantity))
    origin, made = region[demand.supplier], product[demand.supplier]
    for bar in bars:
        hit = (origin == bar.origin) & (demand.region == bar.destination) & bar.covers(made)
        may[hit] *= bar.open
    if (may == 1).all():
        return demand
    products = int(product.max(initial=0)) + 1
    place = demand.region * products + made
    free = may == 1
    kept = demand.quantity * (1.0 - may)  # what bars keep back is asked of those behind none
    missing = np.bincount(place, kept)
    others = np.bincount(place, demand.quantity * free, len(missing))
    more = np.divide(missing, others, out=np.zeros(len(others)), where=others > 0)[place]
    refused = np.where(others[place] > 0, 0.0, kept)
    quantity = demand.quantity * np.where(free, 1.0 + more, may)
    return replace(demand, quantity=quantity, refused=refused)
