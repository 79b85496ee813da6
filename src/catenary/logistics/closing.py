"""What closing a passage, two passages or a port does to the journeys between some ports."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import combinations
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from catenary.logistics.cases import MEASURES, Case, Rows, joined
from catenary.logistics.many import overlay_of
from catenary.maths.closures import Closures
from catenary.maths.overlay import UNREACHED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from catenary.logistics.doors import Doors
    from catenary.logistics.gateways import Gateways
    from catenary.logistics.ships import By
    from catenary.maths.overlay import Overlay

    Array = NDArray[np.float64]
    Flags = NDArray[np.bool_]
    Places = NDArray[np.int64]
    Takes = tuple[Array, Array]

__all__ = ["Study", "study"]

_HAIR: Final = 1e-9


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
    asked: dict[tuple[int, str], list[tuple[Places, Array]]] = field(default_factory=dict)
    """Ports that may take over, by port and region, as far as they were asked for."""

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

    @cached_property
    def every(self) -> pd.Index:
        """Ports of the study, then those that may take over from them."""
        return self.gateways.ports.append(self.others)

    @cached_property
    def waters(self) -> tuple[Places, Places]:
        """The open water that each place and each end of a door lies on."""
        from scipy.sparse.csgraph import connected_components  # noqa: PLC0415  slow to import

        count, ends = connected_components(self.overlay.between < UNREACHED, directed=False)
        reached = self.overlay.access < UNREACHED
        alone = count + (self.overlay.direct < UNREACHED).argmax(axis=1)
        places = np.where(reached.any(axis=1), ends[reached.argmax(axis=1)], alone)
        return places.astype(np.int64), ends.astype(np.int64)

    def joined_waters(self, shut: Flags) -> Places:
        """Return the waters that each place lies on, joined by all doors that are not shut."""
        from scipy.sparse import csr_array  # noqa: PLC0415  slow to import
        from scipy.sparse.csgraph import connected_components  # noqa: PLC0415

        places, ends = self.waters
        open_ = self.doors.usable & ~shut
        tail, head = (ends[side[open_]] for side in (self.overlay.tail, self.overlay.head))
        size = int(max(places.max(), ends.max(initial=0))) + 1
        joins = csr_array((np.ones(len(tail)), (tail, head)), shape=(size, size))
        found: Places = connected_components(joins, directed=False)[1][places].astype(np.int64)
        return found

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
        """Return what closing one or two passages does to the journeys that used them.

        A port that it leaves behind hands its journeys over, as if the port were closed.
        """
        at = np.flatnonzero(used)
        lost = np.isinf(routes.cost[at])
        whole = Case(
            closed=one, second=other, kind="pair" if other else "passage", origin=self.origin[at],
            destination=self.destination[at], weight=self.weight[at], before=self.figures[at],
            after=figures(routes, at, self.takes), new=new,
            words=lambda row: (self._passed(self.routes, at[row]),
                               self._passed(routes, at[row]), ""),
        )  # fmt: skip
        if not lost.any():
            return whole
        shut = self.passages[one] | self.passages.get(other, np.zeros(len(self.doors.days), bool))
        return joined(whole, ~lost, self._by_other_ports(whole, at[lost], new[lost], shut))

    def _by_other_ports(self, case: Case, lost: Places, new: Flags, shut: Flags) -> Case:
        """Return journeys without a way by the other ports of the regions at their ends.

        A port is left behind if it lies on other waters than most ports do.
        """
        waters = self.joined_waters(shut)
        main = waters == np.bincount(waters).argmax()
        origin, destination = self.origin[lost], self.destination[lost]
        one_end = main[origin] ^ main[destination]
        rows = []
        for port in np.unique(np.concatenate([origin, destination])):
            mine = lost[one_end & ((origin == port) | (destination == port))]
            if not main[port] and len(mine):
                rows.append(self._instead(int(port), mine, main))
        rows += [self._instead_of_both(int(one), main) for one in lost[~one_end]]
        every = Rows.of(rows)
        return self._handed(case, every, new[np.searchsorted(lost, every.journey)], shut)

    def _instead(self, at: int, mine: Places, open_: Flags) -> Rows:
        """Return journeys of a port by those that take over from it."""
        to = (self.origin + self.destination)[mine] - at
        rows = []
        for region, amount in self._parts(at, to, self.weight[mine]):
            used, share = self._taking_over(at, region, open_)
            rows.append(
                Rows(
                    journey=np.tile(mine, len(used)), port=np.full(len(used) * len(to), at),
                    used=np.repeat(used, len(to)), to=np.tile(to, len(used)),
                    used_there=np.tile(to, len(used)),
                    weight=np.outer(share / share.sum(), amount).ravel(),
                )
            )  # fmt: skip
        return Rows.of(rows)

    def _instead_of_both(self, journey: int, open_: Flags) -> Rows:
        """Return a journey by the ports that take over at both of its ends."""
        one, other = int(self.origin[journey]), int(self.destination[journey])
        mine = np.array([journey])
        here, there = (self._instead(end, mine, open_) for end in (one, other))
        pick, other_pick = (
            grid.ravel() for grid in np.indices((len(here.used), len(there.used)), np.int64)
        )
        known = there.used[other_pick] >= 0
        return Rows(
            journey=np.full(len(pick), journey), port=np.full(len(pick), one),
            used=np.where(known, here.used[pick], -1), to=np.full(len(pick), other),
            used_there=there.used[other_pick],
            weight=here.weight[pick] * there.weight[other_pick] / self.weight[journey],
        )  # fmt: skip

    def _handed(self, case: Case, rows: Rows, new: Flags, shut: Flags) -> Case:
        """Return a case of journeys by other ports."""
        moved = rows.used >= 0
        ends = np.stack([rows.used, rows.used_there])[:, moved]
        pairs, which = np.unique(ends, axis=1, return_inverse=True)
        spare = closures(self.overlay, self.doors, self.by, *pairs, shut=shut)
        ways = np.zeros(len(moved), np.int64)
        ways[moved] = which.ravel()
        after = np.full((len(ways), len(MEASURES)), np.inf)
        after[moved] = figures(spare, ways[moved], self.takes)

        def words(row: int) -> tuple[str, str, str]:
            before = self._passed(self.routes, rows.journey[row])
            if not moved[row]:
                return before, "", ""
            used = [int(rows.used[row])]
            used += [int(rows.used_there[row])] if rows.used_there[row] != rows.to[row] else []
            return before, self._passed(spare, ways[row]), ";".join(map(str, self.every[used]))

        return replace(
            case, origin=rows.port, destination=rows.to, weight=rows.weight,
            before=self.figures[rows.journey], after=after, new=new, words=words,
            instead=moved, haul=self._haul(rows),
        )  # fmt: skip

    def _haul(self, rows: Rows) -> float:
        """Return the mean great circle from ports to those used instead of them, km."""
        whole = far = 0.0
        for port in np.unique(rows.port[rows.used >= 0]):
            mine = (rows.port == port) & (rows.used >= 0)
            away = self.gateways.apart(str(self.every[port]), self.every[rows.used[mine]])
            far += float(away @ rows.weight[mine])
            whole += float(rows.weight[mine].sum())
        return far / whole if whole > 0 else np.nan

    def _passed(self, routes: Closures, journey: int) -> str:
        """Return the passages of a journey in order, separated by semicolons."""
        passed = (self.doors.passage(door) for door in routes.doors(journey))
        return ";".join(dict.fromkeys(passed))

    def closing_ports(self) -> Iterator[Case]:
        """Yield what closing each port does: its journeys go by other ports of the region."""
        nothing = np.zeros(len(self.doors.days), bool)
        waters = self.joined_waters(nothing)
        for at, port in enumerate(self.gateways.ports):
            mine = np.flatnonzero((self.origin == at) | (self.destination == at))
            to = (self.origin + self.destination)[mine] - at
            case = Case(
                closed=str(port), second="", kind="port", origin=mine, destination=mine,
                weight=self.weight[mine], before=self.figures[mine], after=self.figures[mine],
                new=np.ones(len(mine), bool), words=lambda _: ("", "", ""),
            )  # fmt: skip
            rows = self._instead(at, mine, np.isin(waters, waters[to]))
            yield self._handed(case, rows, np.ones(len(rows.journey), bool), nothing)

    def _taking_over(self, at: int, region: str, open_: Flags) -> tuple[Places, Array]:
        """Return the ports that take over from a port, and their shares; -1 if none is open."""
        for used, share in self._candidates(at, region):
            here = open_[used]
            if here.any() and len(share):
                return used[here], share[here]
            if here.any():
                return used[here][:1], np.ones(1)
        return np.array([-1]), np.ones(1)

    def _candidates(self, at: int, region: str) -> list[tuple[Places, Array]]:
        """Return the ports that may take over from a port, asked for once."""
        if (at, region) not in self.asked:
            self.asked[at, region] = [
                (self.every.get_indexer(pd.Index(names, dtype="str")).astype(np.int64), share)
                for names, share in self.gateways.instead(str(self.every[at]), region)
            ]
        return self.asked[at, region]

    def _parts(self, at: int, to: Places, weight: Array) -> Iterator[tuple[str, Array]]:
        """Yield each region whose trade goes by a port, and the weight of that on journeys."""
        if self.pull is None:
            yield self.gateways.region_of(str(self.gateways.ports[at])), weight
            return
        share = self.gateways.share[:, at]
        for row in np.flatnonzero(share > 0):
            yield str(self.gateways.regions[int(row)]), share[row] * self.pull[row, to]


def closures(
    water: Overlay, doors: Doors, by: By, origins: Places, destinations: Places,
    *, shut: Flags | None = None,
) -> Closures:  # fmt: skip
    """Return the best routes of journeys between places of an overlay while some doors are shut."""
    cost = doors.cost(by) if shut is None else np.where(shut, np.inf, doors.cost(by))
    return Closures.of(water, cost, origins, destinations, rate=doors.sailing.rate(by))


def takes(doors: Doors) -> Takes:
    """Return by measure what a metre takes, (4,), and each door, (4, D); unknown is nan."""
    known = [one for one in MEASURES if one != "emissions" or np.isfinite(doors.sailing.factor)]
    rates, costs = np.full(len(MEASURES), np.nan), np.full((len(MEASURES), len(doors.days)), np.nan)
    rates[: len(known)] = [doors.sailing.rate(one) for one in known]
    for at, one in enumerate(known):
        costs[at] = doors.cost(one, every=True)
    at, day = MEASURES.index("cost"), doors.sailing.day
    rates[at], costs[at] = doors.sailing.rate("duration") * day, doors.extra + doors.days * day
    return rates, costs


def figures(routes: Closures, which: Places, each: Takes) -> Array:
    """Return what journeys take by measure, (n, 4); what is not known of a ship is nan."""
    found = routes.sums(which, *each)
    found[:, 0] /= 1e3
    return found


def study(gateways: Gateways, doors: Doors, *, by: By, flows: Array | None, land: float) -> Study:
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
    others = gateways.others(trading=pull is not None)
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
