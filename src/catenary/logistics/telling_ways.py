"""Which lanes, hubs and passages the ways that `carriage` found use, in words and rows."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from catenary.logistics.carriage import AIR, LAND, NO_WAY, SEA
from catenary.logistics.land import AMOUNTS, MODES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from catenary.logistics.carriage import Carriage, Found, Stops
    from catenary.maths.landways import Landways

    Array = NDArray[np.float64]

__all__ = ["Leg", "Ways"]


class Leg(NamedTuple):
    """A part of a way by one mode."""

    mode: str
    origin: str
    destination: str
    duration: float
    cost: float
    emissions: float
    distance: float
    passages: tuple[str, ...]


def _leg(mode: str, ends: tuple[str, ...], figures: Array, passages: tuple[str, ...] = ()) -> Leg:
    """Return a leg from its figures: duration, cost, emissions and distance."""
    duration, cost, emissions, distance = (float(one) for one in figures)
    return Leg(mode, ends[0], ends[1], duration, cost, emissions, distance, passages)


@dataclass
class Ways:
    """The ways of one state, traced when somebody asks."""

    carriage: Carriage
    found: Found
    _trees: dict[int, Landways] = field(default_factory=dict)
    _named: dict[tuple[int, ...], tuple[str, ...]] = field(default_factory=dict)

    def mode(self, q: int) -> NDArray[np.object_]:
        """Return the main mode of each way, (R, R): the longest part of those by land."""
        best, count = self.found.best[q], len(self.carriage.places)
        far, by_rail, by_water = (
            self._tree(q, back=False).summed(self.carriage.land.amounts[AMOUNTS.index(name)])[
                :, :count
            ]
            for name in ("distance", "rail", "waterway")
        )
        road = np.where(np.isfinite(far), far, 0) - np.where(
            np.isfinite(far), by_rail + by_water, 0
        )
        names = np.full(best.way.shape, "road", object)
        names[(by_rail > road) & (by_rail >= by_water)] = "rail"
        names[(by_water > road) & (by_water > by_rail)] = "waterway"
        names[best.way == SEA], names[best.way == AIR] = "sea", "air"
        names[best.way == NO_WAY] = ""
        return names

    def passages(self, q: int, i: int, j: int) -> tuple[str, ...]:
        """Return the passages of a way in order: on land, at sea, on land."""
        best = self.found.best[q]
        way = int(best.way[i, j])
        if way == NO_WAY:
            return ()
        if way == LAND:
            return self._on_land(q, i, self._node(j))
        stops = self._stops(way)
        a, b = self._hubs(q, i, j, stops)
        middle: tuple[str, ...] = ()
        if way == SEA:
            key = (-1, a, b)
            if key not in self._named:
                self._named[key] = tuple(self.carriage.voyages.passed(self.found.sailed, a, b))
            middle = self._named[key]
        first = self._on_land(q, i, self._hub_node(stops, a))
        last = self._on_land(q, j, self._hub_node(stops, b), back=True)
        return (*first, *middle, *last)

    def legs(self, q: int, i: int, j: int) -> list[Leg]:
        """Return the legs of a way, changing mode included; they add up to it."""
        best = self.found.best[q]
        way = int(best.way[i, j])
        if way == NO_WAY:
            return []
        if way == LAND:
            return self._arcs(q, i, self._node(j))
        stops = self._stops(way)
        a, b = self._hubs(q, i, j, stops)
        between = self.found.sea if way == SEA else self.carriage.flown
        passed = self.passages(q, i, j) if way == SEA else ()
        crossed = self.carriage.voyages.passed(self.found.sailed, a, b) if way == SEA else []
        middle = _leg(
            "sea" if way == SEA else "air", (str(stops.ids[a]), str(stops.ids[b])),
            between[:, a, b], tuple(x for x in passed if x in crossed),
        )  # fmt: skip
        change = [
            _leg("transfer", (str(stops.ids[k]),) * 2, np.append(stops.moved[:, k], 0.0))
            for k in (a, b)
        ]  # fmt: skip
        there = self._arcs(q, i, self._hub_node(stops, a))
        here = self._arcs(q, j, self._hub_node(stops, b), back=True)
        return [*there, change[0], middle, change[1], *here]

    def _stops(self, way: int) -> Stops:
        return self.carriage.ports if way == SEA else self.carriage.airports

    def _hubs(self, q: int, i: int, j: int, stops: Stops) -> tuple[int, int]:
        best = self.found.best[q]
        return (
            int(stops.candidates[i, best.first[i, j]]),
            int(stops.candidates[j, best.last[i, j]]),
        )

    def _node(self, place: int) -> int:
        return self.carriage.land.node(self.carriage.places[place])

    def _hub_node(self, stops: Stops, hub: int) -> int:
        return self.carriage.land.node(str(stops.ids[hub]))

    def _tree(self, q: int, *, back: bool) -> Landways:
        """Return the trees of goods as they are after the closure."""
        key = 2 * q + back
        if key not in self._trees:
            out, home = self.carriage.trees[q]
            tree = home if back else out
            if self.found.shut.any():
                tree = tree.grown(self.found.shut)
            self._trees[key] = tree
        return self._trees[key]

    def _steps(self, q: int, place: int, node: int, *, back: bool) -> list[int]:
        steps = self._tree(q, back=back).way(place, node)
        return steps[::-1] if back else steps

    def _on_land(self, q: int, place: int, node: int, *, back: bool = False) -> tuple[str, ...]:
        key = (2 * q + back, place, node)
        if key not in self._named:
            steps = self._steps(q, place, node, back=back)
            words = [word for step in steps for word in self.carriage.land.words[step]]
            self._named[key] = tuple(dict.fromkeys(words))
        return self._named[key]

    def _arcs(self, q: int, place: int, node: int, *, back: bool = False) -> list[Leg]:
        """Return the legs on land, one for each stretch of one mode."""
        land = self.carriage.land
        found: list[Leg] = []
        for step in self._steps(q, place, node, back=back):
            ends = [str(land.facilities[side[step]]) for side in land.ends]
            if back and land.both:
                ends.reverse()
            mode = MODES[int(land.mode[step])]
            amounts = land.amounts[:4, step]
            words = land.words[step]
            if found and found[-1].mode == mode and mode != "transfer":
                last = found[-1]
                figures = np.array(last[3:7]) + amounts
                passages = tuple(dict.fromkeys((*last.passages, *words)))
                found[-1] = _leg(mode, (last.origin, ends[1]), figures, passages)
            else:
                found.append(_leg(mode, (ends[0], ends[1]), amounts, words))
        return found
