"""What a closure does to the ways of goods, day by day: what comes late, dearer, or not at all.

Changes of `passages`, `facilities` and `lanes` are resolved in the network that goods travel on
(the world's own where it has one, else the world `transport` and the built-in sea). Goods that meet
a closure take the best other way, or wait for it to end where that is better for them. What is open
by a share lets that share of the goods pass as before.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from catenary.disruption.closing import Closing, closing_of
from catenary.logistics.carriage import Closed
from catenary.logistics.defaults import VALUE_OF_TIME, VESSEL
from catenary.logistics.delaying import Delays, delayed
from catenary.logistics.land import land_table
from catenary.logistics.linking import VALUE, Linking, linking
from catenary.maths.lateness import late, levels, until_open
from catenary.maths.sphere import great_circle

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from catenary.logistics.carriage import Carriage, Found
    from catenary.maths.hubs import Best
    from catenary.model import Scenario, World

    Array = NDArray[np.float64]
    Flags = NDArray[np.bool_]
    Integers = NDArray[np.int64]

__all__ = ["Rerouting", "rerouting"]

_BEYOND: Final = 730  # days after the run that a closure is watched for its end
_SAME: Final = 1e-9


@dataclass(frozen=True, kw_only=True, eq=False)
class Rerouting:
    """What happens on every day to links that a closure touches: kinds of goods between regions."""

    made: Linking
    closing: Closing
    links: Integers
    """Kind of goods, origin and destination of each link, as positions in `made`, (3, L)."""
    planned: Array
    """Duration, cost and emissions as planned, (3, L)."""
    late: Array
    """Days' worth of goods that is late, by day it should be there, (D, L)."""
    open: Array
    """Share of the goods that has some way, (D, L)."""
    extra: Array
    """Duration, cost and emissions that a tonne takes more, (3, D, L)."""
    instead: tuple[Found | None, ...]
    """What was found for the way that goods take instead, by link; None: they wait."""

    def column(self, goods: Integers, origin: Integers, destination: Integers) -> Integers:
        """Return the link of each delivery, -1 where it is not touched; positions in `made`."""
        shape = (len(self.made.carriage.goods), *(len(self.made.regions),) * 2)
        table = np.full(shape, -1)
        table[tuple(self.links)] = np.arange(self.links.shape[1])
        known = (origin >= 0) & (destination >= 0)
        return np.where(known, table[goods, origin, destination], -1)


def rerouting(world: World, scenario: Scenario, days: int) -> Rerouting | None:
    """Return what a scenario does to links by changing the network; None: it never changes it.

    Raises
    ------
    ScenarioError
        If a change matches nothing, or a share is not between 0 and 1.
    MissingDataError
        If fewer than two regions of the world have a place.
    """
    closing = closing_of(world, scenario, days + _BEYOND)
    if closing is None or not closing.touches(days):
        return None
    made = _linked(world, ())
    return _Followed(world, made, closing, days).result()


@lru_cache(maxsize=4)
def _linked(world: World, opened: tuple[str, ...]) -> Linking:
    """Return the ways of a world as planned."""
    return linking(
        world, by="generalised", opened=",".join(opened), value_of_time=VALUE_OF_TIME,
        goods_value=VALUE, vessel=VESSEL,
    )  # fmt: skip


class _Followed:
    """Ways in every state that the network is in, and what goods make of them."""

    def __init__(self, world: World, made: Linking, closing: Closing, days: int) -> None:
        self.world, self.made, self.closing, self.days = world, made, closing, days
        self.base = made.carriage.base
        self._known: dict[Any, Found] = {}
        self.tops, self.widths = levels(closing.open[:days])
        shut = closing.open[:, None, :] < self.tops[None, :, None] - _SAME
        self.until = np.stack(
            [until_open(shut[:, k]) for k in range(len(self.tops))], axis=1
        )[:days]  # fmt: skip
        seen = np.concatenate(
            [
                np.repeat(closing.plan[:days, None, None], len(self.tops), axis=1),
                shut[:days],
            ],
            axis=2,
        )
        states, which = np.unique(
            seen.reshape(-1, seen.shape[2]).astype(np.int64), axis=0, return_inverse=True
        )
        self.which = which.reshape(days, len(self.tops))
        self.states = [(int(row[0]), tuple(np.flatnonzero(row[1:]).tolist())) for row in states]
        self.at = self._touched()
        self.count = self.at.shape[1]

    def _carriage(self, plan: int) -> Carriage:
        """Return the ways as planned with what is open, and takes longer, in one plan."""
        delays, opened = self.closing.plans[plan]
        made = _linked(self.world, opened) if opened else self.made
        return _delayed(made, delays)

    def found(self, state: tuple[int, tuple[int, ...]]) -> Found:
        """Return the ways in one state: a plan, and the groups that are closed."""
        if state not in self._known:
            plan, groups = state
            closed = Closed()
            for group in groups:
                one = self.closing.groups[group]
                closed = Closed(
                    closed.sea + one.sea, closed.land + one.land,
                    closed.facilities + one.facilities, closed.lanes + one.lanes,
                )  # fmt: skip
            self._known[state] = self._carriage(plan).reroute(closed)
        return self._known[state]

    def _touched(self) -> Integers:
        """Return the links of what is made somewhere whose ways differ in any state, (3, L)."""
        hit = np.stack([np.zeros(best.goal.shape, bool) for best in self.base.best])
        for state in self.states:
            for q, (now, before) in enumerate(
                zip(self.found(state).best, self.base.best, strict=True)
            ):
                hit[q] |= now.goal != before.goal
                for a, b in zip(now.figures, before.figures, strict=True):
                    hit[q] |= a != b
        planned = np.stack([np.isfinite(best.goal) for best in self.base.best])
        made = np.zeros(planned.shape[:2], bool)
        for q, makers in zip(self.made.goods, self.made.makes, strict=True):
            made[q] |= makers
        return np.array(np.nonzero(hit & planned & made[:, :, None]), np.int64)

    def _of(self, found: Found) -> Array:
        """Return goal, duration, cost and emissions of the links, (4, L)."""
        q, i, j = self.at
        values = np.empty((4, self.count))
        for kind, best in enumerate(found.best):
            mine = q == kind
            values[:, mine] = _figures(best, i[mine], j[mine])
        return values

    def result(self) -> Rerouting:
        """Follow every level of openness through all days."""
        planned = self._of(self.base)
        uses = self._uses(planned[0])
        weight = np.array(
            [g.weights(self.made.carriage.by).duration for g in self.made.carriage.goods]
        )[self.at[0]]
        shift = self._shift(planned[1])
        late_, lost = np.zeros((2, self.days, self.count))
        extra = np.zeros((3, self.days, self.count))
        chosen = np.full(self.count, -1)
        for k, width in enumerate(self.widths.tolist()):
            if not any(self.states[s] != (0, ()) for s in np.unique(self.which[:, k]).tolist()):
                continue
            more, none = self._level(k, planned, uses, weight, chosen)
            more, none = _shifted(more, shift), _shifted(none[None], shift)[0]
            late_ += width * np.where(more[0] >= 0, late(np.maximum(more[0], 0.0)), more[0])
            lost += width * none
            extra += width * more
        instead = tuple(self.found(self.states[c]) if c >= 0 else None for c in chosen.tolist())
        return Rerouting(
            made=self.made, closing=self.closing, links=self.at, planned=planned[1:], late=late_,
            open=np.clip(1.0 - lost, 0.0, 1.0), extra=extra, instead=instead,
        )  # fmt: skip

    def _level(
        self, k: int, planned: Array, uses: Flags, weight: Array, chosen: Integers
    ) -> tuple[Array, Array]:
        """Return what goods of one level take more, (3, D, L), and whether they are stuck."""
        more = np.zeros((3, self.days, self.count))
        stuck = np.zeros((self.days, self.count))
        for number in np.unique(self.which[:, k]).tolist():
            plan, groups = self.states[number]
            if not plan and not groups:
                continue
            at = np.flatnonzero(self.which[:, k] == number)
            now, way = self._of(self.found((plan, ()))), self._of(self.found((plan, groups)))
            wait = np.zeros((len(at), self.count))
            for group in groups:
                held = np.where(uses[group], self.until[at, k, group][:, None], 0.0)
                wait = np.maximum(wait, held)
            with np.errstate(invalid="ignore"):
                patient = now[0] + weight * wait <= way[0]
            patient &= np.isfinite(wait) & np.isfinite(now[0])
            gone = ~patient & ~np.isfinite(way[0])
            figures = np.where(patient[None], now[1:, None], way[1:, None]) - planned[1:, None]
            figures[0] += np.where(patient, wait, 0.0)
            dearer = np.where(patient, now[0] + weight * wait, way[0]) >= planned[0] - _SAME
            figures[0] = np.where(dearer, np.maximum(figures[0], 0.0), figures[0])
            more[:, at] = np.where(gone[None], 0.0, figures)
            stuck[at] = gone
            chosen[(~patient & ~gone & (way[0] != planned[0])).any(axis=0)] = number
        return more, stuck

    def _uses(self, goal: Array) -> Flags:
        """Return which links need each group as planned, (G, L)."""
        waiting = {group for _, groups in self.states for group in groups}
        uses = np.zeros((len(self.closing.groups), self.count), bool)
        for group in waiting:
            uses[group] = self._of(self.found((0, (group,))))[0] > goal
        return uses

    def _shift(self, duration: Array) -> Integers:
        """Return the days from where goods meet the closure to where they are due, (L,).

        By great circles, at the place of the closure that is least out of the way.
        """
        lon, lat = self.closing.places
        if not len(lon):
            return np.rint(duration / 2).astype(np.int64)
        frame = land_table(self.world, "facilities").frame.loc[list(self.made.carriage.places)]
        own = [frame[name].to_numpy(float)[:, None] for name in ("lon", "lat")]
        far = great_circle(own[0], own[1], lon[None], lat[None])
        _, i, j = self.at
        first, last = far[i], far[j]
        near = np.argmin(np.where(np.isfinite(first + last), first + last, np.inf), axis=1)
        row = np.arange(self.count)
        first, last = first[row, near], last[row, near]
        share = np.divide(last, first + last, out=np.full(len(row), 0.5), where=first + last > 0)
        return np.rint(np.where(np.isfinite(share), share, 0.5) * duration).astype(np.int64)


def _figures(best: Best, i: Integers, j: Integers) -> Array:
    return np.concatenate([best.goal[None, i, j], best.figures[:, i, j]])


def _shifted(values: Array, shift: Integers) -> Array:
    """Return values by the day goods are due, from those by the day they meet the closure."""
    days = values.shape[1]
    moved = np.zeros_like(values)
    for later in np.unique(shift[shift < days]).tolist():
        at = shift == later
        moved[:, later:, at] = values[:, : days - later, at]
    return moved


@lru_cache(maxsize=32)
def _slow(made: Linking, delays: Delays) -> Carriage:
    return delayed(made.carriage, delays)


def _delayed(made: Linking, delays: Delays) -> Carriage:
    return _slow(made, delays) if delays else made.carriage
