"""The best ways of goods between places by land, sea and air, and after a closure.

Compiled once: trees on land for each kind of goods, the overlay of the sea, flights, and for each
place the ports and airports that it may use. After a closure the ship finds its ways anew in one
pass, trees are grown again above what is closed, and two min-plus products join them.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from catenary.errors import DataError
from catenary.logistics.air import airports, flights
from catenary.logistics.atlas import network, part
from catenary.logistics.land import AMOUNTS, MODES, Land, land_of, land_table
from catenary.logistics.mooring import ports_of
from catenary.logistics.places import Place
from catenary.logistics.voyages import Voyages, voyages
from catenary.maths.hubs import DIRECT, NO_WAY, Best, Hubs, best_ways, differing
from catenary.maths.landways import Landways, Net

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from catenary.logistics.hauling import Goal, Goods
    from catenary.maths.through import Through
    from catenary.model import World

    Array = NDArray[np.float64]
    Flags = NDArray[np.bool_]
    Integers = NDArray[np.int64]

__all__ = [
    "AIR",
    "LAND",
    "NO_WAY",
    "SEA",
    "Carriage",
    "Closed",
    "Found",
    "Stops",
    "carriage",
    "trees",
]

LAND, SEA, AIR = DIRECT, 1, 2
_PORTS: Final = 12
"""Ports that a place may use: all gateways of its region, else the nearest."""
_AIRPORTS: Final = 3
_THREADS: Final = min(2, os.cpu_count() or 1)
_FIGURES: Final = 3  # duration, cost and emissions


@dataclass(frozen=True, slots=True)
class Closed:
    """What is closed, by what it is."""

    sea: tuple[str, ...] = ()
    land: tuple[str, ...] = ()
    """Borders and corridors."""
    facilities: tuple[str, ...] = ()
    """Ports, airports, terminals and crossings."""
    lanes: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Whether anything is."""
        return bool(self.sea or self.land or self.facilities or self.lanes)


@dataclass(frozen=True, kw_only=True, eq=False)
class Stops:
    """Ports or airports, and which of them each place may use."""

    ids: pd.Index
    candidates: Integers
    """Positions by place, (R, H); -1: none."""
    moved: Array
    """Duration, cost and emissions of changing mode there, (3, P)."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Found:
    """The best ways of each kind of goods, and what they were found in."""

    best: tuple[Best, ...]
    """By goods; figures are duration, cost and emissions."""
    closed: Closed
    sailed: Through
    sea: Array
    """Days, USD/t, kg CO2e/t and km between ports, (4, P, P)."""
    shut: Flags
    """Arcs of land that are closed besides those closed in the tables."""
    direct: tuple[Array, ...]
    """By goods: goal, duration, cost and emissions of ways by land, (4, R, R)."""
    hubs: tuple[tuple[Hubs, Hubs], ...]
    """By goods: ports and airports as they are used."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Carriage:
    """Goods between places; made by `carriage`."""

    places: tuple[str, ...]
    goods: tuple[Goods, ...]
    by: Goal
    land: Land
    ports: Stops
    airports: Stops
    voyages: Voyages
    flown: Array
    trees: tuple[tuple[Landways, Landways], ...]
    """By goods: from each place, and back to it."""
    gone: tuple[str, ...]
    """Facilities that the tables say are closed."""

    @cached_property
    def base(self) -> Found:
        """The best ways while nothing else is closed than the tables say."""
        return self._ways(Closed(facilities=self.gone), None)

    def reroute(self, closed: Closed) -> Found:
        """Return the best ways while something is closed.

        Ships and goods that could come by a quicker way than planned keep to the plan: sailings are
        not quicker than before, and goods that arrive early wait. So no closure shortens a lead
        time or lowers the goal.

        Parameters
        ----------
        closed
            Nothing closed gives `base` itself.
        """
        if not closed:
            return self.base
        return self._ways(replace(closed, facilities=(*self.gone, *closed.facilities)), self.base)

    def _ways(self, closed: Closed, before: Found | None) -> Found:
        """Return the best ways; where they were known, only what has changed is looked at."""
        if before is None or closed.sea:
            sea, used = self.voyages.sailed(closed.sea)
            if before is not None:
                np.maximum(sea[0], before.sea[0], out=sea[0], where=np.isfinite(before.sea[0]))
        else:
            sea, used = before.sea, before.sailed
        between = []
        for kind, (stops, amounts) in enumerate(((self.ports, sea), (self.airports, self.flown))):
            same = before is not None and (kind == 1 or sea is before.sea)
            if before is not None and same and not stops.ids.isin(list(closed.facilities)).any():
                between.append(before.hubs[0][kind].amounts)
            else:
                between.append(_between(stops, amounts, closed.facilities))
        moved = [
            None if before is None else differing(amounts, before.hubs[0][kind].amounts)
            for kind, amounts in enumerate(between)
        ]
        shut = self._shut(closed)

        def one(q: int) -> tuple[Best, Array, tuple[Hubs, Hubs]]:
            return self._one(q, shut, between, moved, before)

        every = range(len(self.goods))
        if shut.any():  # trees are worth the waking of threads
            with ThreadPoolExecutor(_THREADS) as pool:
                found = list(pool.map(one, every))
        else:
            found = [one(q) for q in every]
        return Found(
            best=tuple(best for best, _, _ in found), closed=closed, sailed=used, sea=sea,
            shut=shut, direct=tuple(direct for _, direct, _ in found),
            hubs=tuple(pair for _, _, pair in found),
        )  # fmt: skip

    def _one(
        self, q: int, shut: Flags, between: list[Array], moved: list[Flags | None],
        before: Found | None,
    ) -> tuple[Best, Array, tuple[Hubs, Hubs]]:  # fmt: skip
        """Return the best ways of one kind of goods, and what they were chosen from."""
        goods, (out, back) = self.goods[q], self.trees[q]
        there = out.without(shut)
        here = there if back is out else back.without(shut)
        if before is not None and there is out.found and here is back.found:
            direct = before.direct[q]
            access = [(one.leave, one.reach) for one in before.hubs[q]]
        else:
            direct, access = self._parted(there, here)
        ports, airfields = (
            Hubs(
                leave=leave, reach=reach, candidates=stops.candidates, amounts=amounts,
                changed=changed,
            )
            for (leave, reach), stops, amounts, changed in zip(
                access, (self.ports, self.airports), between, moved, strict=True
            )
        )  # fmt: skip
        weights = goods.weights(self.by)
        best = best_ways(
            np.array([weights.duration, weights.cost, weights.emissions]), direct,
            (ports, airfields), kinds=[goods.takes(way) for way in ("land", "sea", "air")],
            before=None if before is None
            else (before.best[q], before.direct[q], before.hubs[q]),
        )  # fmt: skip
        return best, direct, (ports, airfields)

    def _shut(self, closed: Closed) -> Flags:
        """Return the arcs of land that are closed; trucks pass by a closed port or airport."""
        hubs = self.ports.ids.append(self.airports.ids)
        others = [one for one in closed.facilities if one not in hubs]
        found = self.land.shut(closed.land, others)
        if closed.lanes:
            rows = land_table(self.voyages.world, "lanes").index.get_indexer(pd.Index(closed.lanes))
            found |= (self.land.lane >= 0) & np.isin(self.land.lane, rows)
        return found

    def _parted(self, there: Array, here: Array) -> tuple[Array, list[tuple[Array, Array]]]:
        """Part what trees reach: places, ports and airports; a way to itself is none."""
        count, ports = len(self.places), self.ports.candidates.shape[1]
        direct = there[:, :, :count].copy()
        direct[:, np.arange(count), np.arange(count)] = np.inf
        parts = (slice(count, count + ports), slice(count + ports, None))
        one_way = here is there
        access = []
        for at in parts:
            leave = np.ascontiguousarray(there[: 1 + _FIGURES, :, at])
            reach = leave if one_way else np.ascontiguousarray(here[: 1 + _FIGURES, :, at])
            access.append((leave, reach))
        return direct, access


def _between(stops: Stops, amounts: Array, closed: tuple[str, ...]) -> Array:
    """Return duration, cost and emissions from hub to hub, changing mode at both included."""
    found = amounts[:_FIGURES] + stops.moved[:, :, None] + stops.moved[:, None]
    gone = stops.ids.isin(list(closed))
    found[:, gone] = np.inf
    found[:, :, gone] = np.inf
    return np.ascontiguousarray(found)


# --- compiling ------------------------------------------------------------------------------------


def carriage(
    world: World, places: Sequence[str], goods: Sequence[Goods], *, by: Goal, vessel: str,
    opened: Iterable[str] = (),
) -> Carriage:  # fmt: skip
    """Compile the ways of goods between places.

    Parameters
    ----------
    world
        Its own `lanes`, `haulage`, `gateways` and so on come before those built in.
    places
        Ids of facilities.
    goods
        Kinds of goods.
    by
        Goal that ways are best by.
    vessel
        Row of `vessels`.
    opened
        Passages that are open whatever the tables say.

    Raises
    ------
    OptionError, MissingDataError
        If there is no such vessel, or a figure of it is missing.
    DataError
        If goods go by a mode that no lane has.
    """
    opened = tuple(opened)
    lanes = network()
    land = land_of(world, [one for one in opened if one not in lanes.passages])
    _served(land, goods)
    sources = land.nodes(places)
    facilities = land_table(world, "facilities").frame
    region = facilities["region"].astype("str").reindex(list(places)).fillna("").to_numpy()
    ports, points = _ports(world, facilities)
    airs = airports(world)
    far = _kilometres(land, sources, land.nodes([*ports.index, *airs.index]))
    seas = _hubs(
        land, ports, _choice(region, ports, far[:, : len(ports)], _gateways(world), _PORTS)
    )
    airfields = _hubs(
        land, airs, _choice(region, airs, far[:, len(ports) :], _own(airs), _AIRPORTS)
    )
    return Carriage(
        places=tuple(places), goods=tuple(goods), by=by, land=land, ports=seas, airports=airfields,
        voyages=voyages(
            world, lanes, vessel, by, points, opened=[x for x in opened if x in lanes.passages]
        ),
        flown=flights(world, airs), trees=trees(land, goods, by, sources, seas, airfields),
        gone=tuple(facilities.index[land_table(world, "facilities").numbers("open") <= 0]),
    )  # fmt: skip


def _served(land: Land, goods: Sequence[Goods]) -> None:
    """Refuse goods that go by a mode that no lane has.

    Raises
    ------
    DataError
        If there are any.
    """
    there = {MODES[k] for k in np.unique(land.mode)} | {"sea", "air", ""}
    for one in goods:
        if one.mode not in there:
            raise DataError(
                f"goods go by {one.mode}, and no lane does",
                hint=f"add lanes with mode {one.mode}, or leave products.mode blank",
            )


def _ports(world: World, facilities: pd.DataFrame) -> tuple[pd.DataFrame, list[Place]]:
    """Return the gateway ports that a lane of the sea leads to, and where they are."""
    led = set(ports_of(network()))
    names = [one for one in dict.fromkeys(part(world, "gateways").frame["facility"].astype("str"))
             if one in led]  # fmt: skip
    sea = part(world, "facilities").frame
    known = pd.concat([facilities, sea[~sea.index.isin(facilities.index)]])
    lanes = network()
    at = pd.Index(lanes.ports).get_indexer(pd.Index(names, dtype="str"))
    frame = pd.DataFrame(
        {
            "region": known["region"].astype("str").reindex(names).fillna("").to_numpy(),
            "lon": lanes.lon[at],
            "lat": lanes.lat[at],
        },
        index=pd.Index(names, dtype="str"),
    )
    points = [Place(*one) for one in zip(names, names, lanes.lon[at].tolist(),
                                         lanes.lat[at].tolist(), strict=True)]  # fmt: skip
    return frame, points


def _gateways(world: World) -> set[tuple[str, str]]:
    """Return the pairs of region and port of `gateways`."""
    frame = part(world, "gateways").frame
    return set(zip(frame["region"].astype("str"), frame["facility"].astype("str"), strict=True))


def _own(hubs: pd.DataFrame) -> set[tuple[str, str]]:
    return set(zip(hubs["region"], hubs.index, strict=True))


def _choice(
    region: NDArray[np.object_],
    hubs: pd.DataFrame,
    far: Array,
    own: set[tuple[str, str]],
    most: int,
) -> Integers:
    """Return the hubs each place may use: those of its region, then the nearest, by land."""
    rows = []
    names = hubs.index.tolist()
    for place, away in zip(region.tolist(), far, strict=True):
        first = np.array([(place, name) in own for name in names], bool)
        order = np.lexsort((away, ~first))
        reached = order[np.isfinite(away[order])]
        rows.append(reached[: max(most, int((first & np.isfinite(away)).sum()))])
    width = max((len(row) for row in rows), default=0)
    found = np.full((len(rows), max(width, 1)), -1)
    for k, row in enumerate(rows):
        found[k, : len(row)] = row
    return found.astype(np.int64)


def _hubs(land: Land, frame: pd.DataFrame, candidates: Integers) -> Stops:
    at = land.facilities.get_indexer(frame.index)
    moved = np.where(at >= 0, land.transfer[:_FIGURES, at], 0.0)
    return Stops(ids=frame.index, candidates=candidates, moved=moved)


def _kilometres(land: Land, sources: Integers, targets: Integers) -> Array:
    """Return km on land between places and hubs, whatever is closed today."""
    net = land.net
    every = np.broadcast_to(targets, (len(sources), len(targets)))
    ways = Landways.of(
        net, land.amounts[AMOUNTS.index("distance")], land.amounts[:1], sources, every
    )
    found: Array = ways.found[0]
    return found


def trees(
    land: Land, goods: Sequence[Goods], by: Goal, sources: Integers, ports: Stops, airfields: Stops
) -> tuple[tuple[Landways, Landways], ...]:
    """Return trees for each kind of goods, to places, ports and airports, and back."""
    hubs = []
    for stops in (ports, airfields):
        nodes = np.append(land.nodes(stops.ids), -1)
        hubs.append(nodes[stops.candidates])
    every = np.broadcast_to(sources, (len(sources), len(sources)))
    targets = np.concatenate([every, *hubs], axis=1)
    turned = Net.of(len(land.net.start) - 1, *_turned(land.net))
    found = []
    for one in goods:
        allowed = one.modes()
        barred = land.closed.copy()
        if allowed:
            barred |= ~np.isin(land.mode, [MODES.index(name) for name in allowed])
        weight = np.where(barred, np.inf, one.weights(by).of(land.amounts))
        out = Landways.of(
            land.net, weight, land.amounts[:_FIGURES], sources, targets, inner=land.inner
        )
        back = out
        if not land.both:
            back = Landways.of(
                turned, weight, land.amounts[:_FIGURES], sources, targets, inner=land.inner
            )
        found.append((out, back))
    return tuple(found)


def _turned(net: Net) -> tuple[Integers, Integers]:
    """Return the arcs as given, from head to tail."""
    tail, head = np.empty(len(net.tail), np.int64), np.empty(len(net.tail), np.int64)
    tail[net.source], head[net.source] = net.head, net.tail
    return tail, head
