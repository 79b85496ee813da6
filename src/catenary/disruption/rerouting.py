"""What a closure does to the ways of goods, day by day: what comes late, dearer, or not at all.

Changes of `passages`, `facilities` and `lanes` are resolved in the network that goods travel on
(the world's own where it has one, else the world `transport` and the built-in sea). Goods that meet
a closure take the best other way, or wait for it to end where that is better for them. What is open
by a share lets that share of the goods pass as before.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import numpy as np

from catenary.disruption.closing import Closing, closing_of
from catenary.logistics.carriage import Closed
from catenary.logistics.defaults import VALUE_OF_TIME, VESSEL
from catenary.logistics.delaying import Delays, delayed
from catenary.logistics.land import land_table
from catenary.logistics.linking import VALUE, Linking, linking
from catenary.maths.lateness import going, late, levels, runs
from catenary.maths.sphere import great_circle

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from catenary.logistics.carriage import Carriage, Found
    from catenary.model import Scenario, World

    Array = NDArray[np.float64]
    Flags = NDArray[np.bool_]
    Integers = NDArray[np.int64]

__all__ = ["Rerouting", "rerouting"]

_SAME: Final = 1e-9
_State = tuple[int, tuple[int, ...]]


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
    """Days' worth of the goods that are sent that is late, by day it should be there, (D, L)."""
    open: Array
    """Share of the goods that has some way, now or later, (D, L)."""
    touched: Array
    """Share of the goods due on a day that comes later, or costs or emits other than planned."""
    extra: Array
    """Duration, cost and emissions that goods with a way take more, their mean, (3, D, L)."""
    instead: tuple[tuple[Carriage, Found] | None, ...]
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
    closing = closing_of(world, scenario, days)
    if closing is None or not closing.touches(days):
        return None
    return _Followed(world, _linked(world, ()), closing, days).result()


@lru_cache(maxsize=4)
def _linked(world: World, opened: tuple[str, ...]) -> Linking:
    """Return the ways of a world as planned."""
    return linking(
        world, by="generalised", opened=",".join(opened), value_of_time=VALUE_OF_TIME,
        goods_value=VALUE, vessel=VESSEL,
    )  # fmt: skip


class _Followed:
    """Ways in every state that the network is in, and what goods make of them.

    A state is a plan (what takes longer) and the groups that are closed.
    """

    def __init__(self, world: World, made: Linking, closing: Closing, days: int) -> None:
        self.world, self.made, self.closing, self.days = world, made, closing, days
        self.base = made.carriage.base
        self._known: dict[_State, Found] = {}
        self._carriages: dict[int, Carriage] = {}
        self._seen: dict[_State, Array] = {}
        self.at = self._touched()
        self.count = self.at.shape[1]
        self.planned = self._figures(self.base)
        self.day = np.array(
            [one.weights(made.carriage.by).duration for one in made.carriage.goods]
        )[self.at[0]]
        self.chosen: list[_State | None] = [None] * self.count

    def carriage(self, plan: int) -> Carriage:
        """Return the ways with what is open, and takes longer, in one plan."""
        if plan not in self._carriages:
            opened = self.closing.opened
            made = _linked(self.world, opened) if opened else self.made
            self._carriages[plan] = _slower(made.carriage, self.closing.plans[plan])
        return self._carriages[plan]

    def found(self, state: _State) -> Found:
        """Return the ways in one state."""
        if state not in self._known:
            plan, groups = state
            closed = Closed()
            for group in groups:
                one = self.closing.groups[group]
                closed = Closed(
                    closed.sea + one.sea, closed.land + one.land,
                    closed.facilities + one.facilities, closed.lanes + one.lanes,
                )  # fmt: skip
            self._known[state] = self.carriage(plan).reroute(closed)
        return self._known[state]

    def _touched(self) -> Integers:
        """Return the links of what is made somewhere that some state may change, (3, L)."""
        every, plans = tuple(range(len(self.closing.groups))), range(len(self.closing.plans))
        hit = [np.zeros(best.goal.shape, bool) for best in self.base.best]
        for state in {
            (plan, groups) for plan in plans for groups in (every, (), self.closing.usual)
        }:
            for q, (now, before) in enumerate(
                zip(self.found(state).best, self.base.best, strict=True)
            ):
                with np.errstate(invalid="ignore"):
                    hit[q] |= ~(np.abs(now.goal - before.goal) <= _SAME * (1 + before.goal))
        planned = np.stack([np.isfinite(best.goal) for best in self.base.best])
        made = np.zeros(planned.shape[:2], bool)
        for q, makers in zip(self.made.goods, self.made.makes, strict=True):
            made[q] |= makers
        return np.array(np.nonzero(np.stack(hit) & planned & made[:, :, None]), np.int64)

    def _figures(self, found: Found) -> Array:
        """Return goal, duration, cost and emissions of the links, (4, L)."""
        q, i, j = self.at
        values = np.empty((4, self.count))
        for kind, best in enumerate(found.best):
            mine = q == kind
            values[0, mine] = best.goal[i[mine], j[mine]]
            values[1:, mine] = best.figures[:, i[mine], j[mine]]
        return values

    def _of(self, state: _State) -> Array:
        """Return the figures of a state, worked out once."""
        if state not in self._seen:
            self._seen[state] = self._figures(self.found(state))
        return self._seen[state]

    def result(self) -> Rerouting:
        """Follow every level of openness through all days."""
        tops, widths = levels(self.closing.open)
        usual = np.isin(np.arange(self.closing.open.shape[1]), self.closing.usual)
        moved = [bool(((self.closing.open < top - _SAME) != usual).any()) for top in tops]
        if len(self.closing.plans) == 1:  # of goods that see nothing there is nothing to tell
            tops, widths = tops[moved], widths[moved]
        late_, lost, touched = np.zeros((3, self.days, self.count))
        extra = np.zeros((3, self.days, self.count))
        shift = self._shifts()
        _, which = np.unique(shift, axis=1, return_inverse=True)
        order = np.argsort(which, kind="stable")  # links that see the same stand together
        self.at, self.planned, self.day = self.at[:, order], self.planned[:, order], self.day[order]
        self._seen.clear()
        shift = shift[:, order]
        ends = [0, *(np.flatnonzero(np.diff(which[order])) + 1).tolist(), self.count]
        for one, end in itertools.pairwise(ends):
            at = slice(one, end)
            if one == end:
                continue
            for top, width in zip(tops.tolist(), widths.tolist(), strict=True):
                more, stuck = self._level(top, shift[:, one], at)
                lost[:, at] += width * stuck
                touched[:, at] += width * (np.abs(more) > 0).any(axis=0)
                extra[:, :, at] += width * more
                late_[:, at] += width * (late(np.maximum(more[0], 0.0)) + np.minimum(more[0], 0.0))
        open_ = np.clip(1.0 - lost, 0.0, 1.0)
        open_[open_ < _SAME] = 0.0
        sent = np.where(open_ > 0, open_, 1.0)
        return Rerouting(
            made=self.made, closing=self.closing, links=self.at, planned=self.planned[1:],
            late=late_ / sent, open=open_, touched=np.minimum(touched / sent, 1.0),
            extra=extra / sent,
            instead=tuple(
                None if one is None else (self.carriage(one[0]), self.found(one))
                for one in self.chosen
            ),
        )  # fmt: skip

    def _level(self, top: float, shift: Integers, at: slice) -> tuple[Array, Array]:
        """Return what goods of one level take more, (3, D, N), and whether they are stuck, (D, N).

        `shift` says how many days before they are due goods meet each group, and delays.
        """
        first, patterns, plan = self._runs(top, shift)
        planned = self.planned[:, at]
        count = planned.shape[1]
        wait = np.zeros((self.days, count))
        run = np.zeros((self.days, count), np.int64)
        taken = np.empty((self.days, count, 4))
        for one in np.unique(plan).tolist():  # a queue is that of the day on which goods join it
            figures = [self._of((one, groups))[:, at] for groups in patterns]
            held, taking = going(first, [each[0] for each in figures], self.day[at], self.days)
            mine = plan == one
            wait[mine], run[mine] = held[mine], taking[mine]
            every = np.stack(figures)
            taken[mine] = every[np.maximum(taking[mine], 0), :, np.arange(count)]
            self._choose(one, patterns, run[mine], every[:, 0], planned[0], at)
        goal = taken[..., 0] + self.day[at] * wait
        more = np.moveaxis(taken[..., 1:], 2, 0) - planned[1:, None]
        more[0] += wait
        dearer = goal >= planned[0] - _SAME * (1 + planned[0])
        more[0] = np.where(dearer, np.maximum(more[0], 0.0), more[0])
        stuck = run < 0
        with np.errstate(invalid="ignore"):
            same = np.abs(goal - planned[0]) <= _SAME * (1 + planned[0])
        more = np.where(stuck | same, 0.0, more)
        return more, stuck.astype(float)

    def _runs(
        self, top: float, shift: Integers
    ) -> tuple[Integers, list[tuple[int, ...]], Integers]:
        """Return runs of days with the same groups closed, and plans by day, as seen when due."""
        closing = self.closing
        days = len(closing.open) + int(shift.max(initial=0))
        day = np.arange(days)[:, None] - shift[None]
        shut = closing.open < top - _SAME
        groups = shut.shape[1]
        usual = np.isin(np.arange(groups), closing.usual)
        seen = np.take_along_axis(shut, np.clip(day[:, :groups], 0, len(shut) - 1), axis=0)
        seen = np.where(day[:, :groups] >= 0, seen, usual)
        kinds, number = np.unique(seen, axis=0, return_inverse=True)
        first, pattern = runs(number.ravel().astype(np.int64))
        late_ = day[: self.days, groups]
        plan = np.where(late_ >= 0, closing.plan[np.clip(late_, 0, len(shut) - 1)], 0)
        return first, [tuple(np.flatnonzero(kinds[one]).tolist()) for one in pattern.tolist()], plan

    def _choose(
        self, plan: int, patterns: list[tuple[int, ...]], run: Integers, goal: Array,
        planned: Array, at: slice,
    ) -> None:  # fmt: skip
        """Note by which state goods go where they go another way than planned."""
        for number, groups in enumerate(patterns):
            other = ~(np.abs(goal[number] - planned) <= _SAME * (1 + planned))
            for k in np.flatnonzero((run == number).any(axis=0) & other).tolist():
                self.chosen[at.start + k] = (plan, groups)

    def _shifts(self) -> Integers:
        """Return the days from where goods meet each group, and delays, to where they are due.

        By great circles, at the place of the group that is least out of the way, (G + 1, L).
        """
        frame = land_table(self.world, "facilities").frame.loc[list(self.made.carriage.places)]
        own = [frame[name].to_numpy(float)[:, None] for name in ("lon", "lat")]
        _, i, j = self.at
        duration, row = self.planned[1], np.arange(self.count)
        found = []
        groups, delayed = len(self.closing.groups), len(self.closing.plans) > 1
        for number, (lon, lat) in enumerate(self.closing.places):
            share = np.full(self.count, 0.5 if number < groups or delayed else 0.0)
            if len(lon):
                far = great_circle(own[0], own[1], lon[None], lat[None])
                first, last = far[i], far[j]
                round_ = first + last
                near = np.argmin(np.where(np.isfinite(round_), round_, np.inf), axis=1)
                last, round_ = last[row, near], round_[row, near]
                known = np.isfinite(round_) & (round_ > 0)
                share[known] = last[known] / round_[known]
            found.append(np.rint(share * duration))
        return np.array(found, np.int64).reshape(len(found), self.count)


@lru_cache(maxsize=32)
def _slower(made: Carriage, delays: Delays) -> Carriage:
    """Return the ways under a plan, which other runs of an ensemble want as well."""
    return delayed(made, delays)
