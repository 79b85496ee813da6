"""What closing a passage, two passages or a port does to the journeys between some ports."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from catenary.logistics.many import overlay_of
from catenary.maths.closures import Closures

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from catenary.logistics.doors import Doors
    from catenary.logistics.gateways import Gateways
    from catenary.logistics.ships import By
    from catenary.maths.overlay import Overlay

    Array = NDArray[np.float64]
    Flags = NDArray[np.bool_]
    Places = NDArray[np.int64]
    Takes = tuple[Array, Array]
    Text = Callable[[int], tuple[str, str, str]]

__all__ = ["MEASURES", "Case", "Study", "study"]

MEASURES: Final[tuple[By, ...]] = ("distance", "duration", "cost", "emissions")
"""What a journey takes: km, days, USD and kg CO2e of one voyage."""

_HAIR: Final = 1e-9


@dataclass(frozen=True, kw_only=True, eq=False)
class Case:
    """A closure, and the journeys that used what is closed; arrays by journey."""

    closed: str
    second: str
    """The other passage, if two are closed."""
    kind: str
    origin: Places
    """Position among the ports."""
    destination: Places
    weight: Array
    before: Array
    """What it took, by measure, (n, 4)."""
    after: Array
    """What it takes; inf = no way is left."""
    new: Flags
    """Which are worse than they are by closing either of two alone; of one closure all."""
    words: Text
    """Passages before and after, and the ports used instead, of one of the journeys."""
    haul: float = np.nan
    """Mean great circle from a closed port to those used instead, km."""

    @cached_property
    def cut(self) -> Flags:
        """Which have no way any more."""
        return np.isinf(self.after[:, 0])

    @cached_property
    def extra(self) -> Array:
        """What it takes more, (n, 4); 0 where there is no way."""
        after = np.where(self.cut[:, None], self.before, self.after)
        return after - self.before


@dataclass(frozen=True, kw_only=True, eq=False)
class Study:
    """Journeys between ports, each pair once, as they are before anything is closed."""

    gateways: Gateways
    doors: Doors
    by: By
    others: pd.Index
    """Ports that may take over from those of the study, and follow them in `overlay`."""
    origin: Places
    destination: Places
    weight: Array
    routes: Closures
    figures: Array
    """What each takes, by measure, (N, 4)."""
    unreached: tuple[Places, Places, Array]
    """Origin, destination and weight of the journeys that no ship can make from the start."""
    takes: Takes
    """What a metre and each door take."""
    pull: Array | None
    """Trade of regions (rows) with what lies behind ports (columns), both ways, (R, P)."""
    overlay: Overlay

    @property
    def goal(self) -> int:
        """Position of what routes are best by among the measures."""
        return MEASURES.index(self.by)

    @cached_property
    def longest(self) -> float:
        """The most that any journey takes of what routes are best by."""
        return float(self.figures[:, self.goal].max())

    @cached_property
    def whole(self) -> float:
        """What all journeys take of it, by weight."""
        return float((self.weight * self.figures[:, self.goal]).sum())

    @cached_property
    def total(self) -> float:
        """The weight of all journeys."""
        return float(self.weight.sum())

    @cached_property
    def passages(self) -> dict[str, Flags]:
        """Passages that the ship may use, and the doors of each."""
        of = self.doors.lanes.door_passage
        return {
            label: of == at
            for at, label in enumerate(self.doors.lanes.passages)
            if (self.doors.usable & (of == at)).any()
        }

    def closing_passages(self, *, pairs: bool) -> Iterator[Case]:
        """Yield what closing each passage does, then each two of them."""
        alone: dict[str, tuple[Flags, Closures, Array]] = {}
        for label, doors in self.passages.items():
            used = self.routes.through(doors)
            routes = self.routes.without(doors) if used.any() else self.routes
            alone[label] = (used, routes, routes.cost)
            yield self._case(label, "", used, routes, np.ones(int(used.sum()), bool))
        for one, other in combinations(alone, 2) if pairs else ():
            used, routes, cost = alone[one]
            others, _, rival = alone[other]
            doors = self.passages[other]
            if routes.through(doors).any():
                routes = routes.without(doors)
            both = used | others
            worse = np.maximum(cost, rival)[both]
            new = routes.cost[both] > np.where(np.isinf(worse), np.inf, worse * (1 + _HAIR))
            yield self._case(one, other, both, routes, new)

    def _case(self, one: str, other: str, used: Flags, routes: Closures, new: Flags) -> Case:
        """Return what closing one or two passages does to the journeys that used them."""
        at = np.flatnonzero(used)

        def words(row: int) -> tuple[str, str, str]:
            return self._passed(self.routes, at[row]), self._passed(routes, at[row]), ""

        return Case(
            closed=one,
            second=other,
            kind="pair" if other else "passage",
            origin=self.origin[at],
            destination=self.destination[at],
            weight=self.weight[at],
            before=self.figures[at],
            after=figures(routes, at, self.takes),
            new=new,
            words=words,
        )

    def _passed(self, routes: Closures, journey: int) -> str:
        """Return the passages of a journey in order, parted by semicolons."""
        passed = (self.doors.passage(door) for door in routes.doors(journey))
        return ";".join(dict.fromkeys(passed))

    def closing_ports(self) -> Iterator[Case]:
        """Yield what closing each port does: its journeys go by other ports of the region."""
        every = self.gateways.ports.append(self.others)
        places, count = np.arange(len(every)), len(self.gateways.ports)
        routes = closures(
            self.overlay, self.doors, self.by, np.repeat(places, count),
            np.tile(places[:count], len(every)),
        )  # fmt: skip
        taken = figures(routes, np.arange(len(every) * count), self.takes)
        taken = taken.reshape(len(every), count, len(MEASURES))
        for at in range(count):
            yield self._port_case(at, every, routes, taken)

    def _port_case(self, at: int, every: pd.Index, routes: Closures, taken: Array) -> Case:
        """Return what closing a port does; a row is a journey by one of the ports used instead."""
        mine = np.flatnonzero((self.origin == at) | (self.destination == at))
        to = (self.origin + self.destination)[mine] - at
        port, count = str(every[at]), len(self.gateways.ports)
        instead, weight = [np.zeros(0, np.int64)], [np.zeros(0)]
        for region, amount in self._parts(at, to, self.weight[mine]):
            rows, share = self._taking_over(port, region, every, taken[:, to, 0])
            instead.append(np.repeat(rows, len(to)))
            weight.append(np.outer(share / share.sum(), amount).ravel())
        row_port, row_weight = np.concatenate(instead), np.concatenate(weight)
        copies = len(row_port) // max(len(to), 1)
        row_to, journey = np.tile(to, copies), np.tile(mine, copies)
        after = np.where(row_port[:, None] >= 0, taken[row_port, row_to], np.inf)

        def words(row: int) -> tuple[str, str, str]:
            here = row_port[row]
            if here < 0:
                return self._passed(self.routes, journey[row]), "", ""
            new = self._passed(routes, here * count + row_to[row])
            return self._passed(self.routes, journey[row]), new, str(every[here])

        moved = row_port >= 0
        away = self.gateways.apart(port, every[row_port[moved]])
        total = row_weight[moved].sum()
        return Case(
            closed=port, second="", kind="port", origin=np.full(len(row_to), at),
            destination=row_to, weight=row_weight, before=self.figures[journey], after=after,
            new=np.ones(len(row_to), bool), words=words,
            haul=float(away @ row_weight[moved] / total) if total > 0 else np.nan,
        )  # fmt: skip

    def _taking_over(
        self, port: str, region: str, every: pd.Index, taken: Array
    ) -> tuple[Places, Array]:
        """Return the ports that take over and their shares; -1 if a ship can reach none.

        taken (places, n): what the ways from each place to the others take; inf = none.
        """
        for names, share in self.gateways.instead(port, region):
            rows = every.get_indexer(pd.Index(names, dtype="str"))
            open_ = np.isfinite(taken[rows]).any(axis=1)
            if open_.any() and len(share):
                return rows[open_], share[open_]
            if open_.any():
                return rows[open_][:1], np.ones(1)
        return np.array([-1]), np.ones(1)

    def _parts(self, at: int, to: Places, weight: Array) -> Iterator[tuple[str, Array]]:
        """Yield each region whose trade goes by a port, and the weight of that on journeys."""
        if self.pull is None:
            yield self.gateways.region_of(str(self.gateways.ports[at])), weight
            return
        share = self.gateways.share[:, at]
        for row in np.flatnonzero(share > 0):
            yield str(self.gateways.regions[int(row)]), share[row] * self.pull[row, to]


def closures(
    water: Overlay, doors: Doors, by: By, origins: Places, destinations: Places
) -> Closures:
    """Return the best routes of journeys between places of an overlay."""
    return Closures.of(water, doors.cost(by), origins, destinations, rate=doors.sailing.rate(by))


def takes(doors: Doors) -> Takes:
    """Return by measure what a metre takes, (4,), and each door, (4, D); unknown is nan."""
    known = [one for one in MEASURES if one != "emissions" or np.isfinite(doors.sailing.factor)]
    rates, costs = np.full(len(MEASURES), np.nan), np.full((len(MEASURES), len(doors.days)), np.nan)
    rates[: len(known)] = [doors.sailing.rate(one) for one in known]
    for at, one in enumerate(known):
        costs[at] = doors.cost(one, every=True)
    return rates, costs


def figures(routes: Closures, which: Places, each: Takes) -> Array:
    """Return what journeys take by measure, (n, 4); what is not known of a ship is nan."""
    found = routes.sums(which, *each)
    found[:, 0] /= 1e3
    return found


def study(
    gateways: Gateways, doors: Doors, *, by: By, flows: Array | None, land: float, instead: bool
) -> Study:
    """Find the journeys between ports, and their routes while nothing more is closed.

    Parameters
    ----------
    gateways
        Ports and regions.
    doors
        Passages for a ship.
    by
        What routes are best by.
    flows
        Trade from region to region, (R, R); None: every pair of ports counts once.
    land
        Ports whose great circle is shorter, in km, do not trade by sea.
    instead
        Whether to prepare for closing ports.
    """
    share = gateways.share
    pull = None if flows is None else (flows + flows.T) @ share
    origin, destination = (one.astype(np.int64) for one in np.triu_indices(len(share.T), 1))
    weight = np.ones(len(origin)) if pull is None else (share.T @ pull)[origin, destination]
    near = np.concatenate(
        [
            gateways.apart(str(one), gateways.ports[at + 1 :])
            for at, one in enumerate(gateways.ports)
        ]
    )
    kept = (weight > 0) & (near >= land)
    origin, destination, weight = origin[kept], destination[kept], weight[kept]
    others = gateways.others(trading=pull is not None) if instead else gateways.ports[:0]
    water = overlay_of(doors.lanes, gateways.places(gateways.ports.append(others)))
    routes = closures(water, doors, by, origin, destination)
    lost = ~np.isfinite(routes.cost)
    unreached = origin[lost], destination[lost], weight[lost]
    if lost.any():
        origin, destination, weight = origin[~lost], destination[~lost], weight[~lost]
        routes = closures(water, doors, by, origin, destination)
    each = takes(doors)
    return Study(
        gateways=gateways, doors=doors, by=by, others=others, origin=origin,
        destination=destination, weight=weight, routes=routes,
        figures=figures(routes, np.arange(len(origin)), each), unreached=unreached, pull=pull,
        takes=each,
        overlay=water,
    )  # fmt: skip
