"""A world with some measures, laid out once, that cases run over."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from catenary.disruption.impacts import is_plain
from catenary.disruption.losses import CapacityLosses
from catenary.disruption.many import Many
from catenary.disruption.preparing import is_lasting, prepare, settled
from catenary.disruption.redelivered import followed
from catenary.maths import inventory
from catenary.model import Scenario, Timeline
from catenary.model.change import CAPACITIES

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from catenary.disruption.impacts import Impact
    from catenary.disruption.layout import Layout
    from catenary.model import Measure
    from catenary.studies.judging import Judge

    Array = NDArray[np.float64]

__all__ = ["Setting"]


class Setting:
    """The world of a judge with some measures.

    Parameters
    ----------
    judge
        Whose world, cases and options.
    measures
        What is done.
    """

    def __init__(self, judge: Judge, measures: Sequence[Measure]) -> None:
        self.judge = judge
        self.changes = tuple(change for one in measures for change in one.changes)
        lasting = tuple(c for c in self.changes if is_lasting(c.target))
        self.capacity = tuple(c for c in self.changes if c.target in CAPACITIES)
        self.is_plain = len(lasting) + len(self.capacity) == len(self.changes)
        self.is_shared = any(change.target == "supplies.share" for change in lasting)
        options = judge.options
        self.world = settled(judge.world, Scenario("measures", lasting), options)
        self.many = Many(self.world, judge.days, options)
        producers = self.world.part("producers")
        self.protection = producers.numbers("protection")
        self.recovery = producers.numbers("recovery")

    def takes(self, scenario: Scenario) -> bool:
        """Return whether a scenario may run side by side with others."""
        return self.is_plain and self.many.blocks is not None and is_plain(self.world, scenario)

    def side_by_side(
        self, cases: Sequence[int], look: Callable[[int], None]
    ) -> list[tuple[float, Array]]:
        """Return the loss in plain cases, and output lost by producer of the world."""
        if not cases:
            return []
        found = self.many.traced([(self._impact(case), {}) for case in cases], on_day=look)
        layout = self.many.layout
        return [
            self._told(layout, lost, missed)
            for lost, missed in zip(found.lost, found.missed, strict=True)
        ]

    def _told(self, layout: Layout, lost: Array, missed: Array) -> tuple[float, Array]:
        by_row = np.empty(len(lost))
        by_row[layout.producers] = lost
        return self.judge.weights.loss(layout, lost, missed), by_row

    def _impact(self, case: int) -> Impact:
        """Return what a case does to producers, as the measures leave it."""
        judge = self.judge
        if self.is_shared:  # rows of demand may have been parted
            scenario = followed(judge.scenario(case), judge.world, self.world)
            base = self.many.impact(scenario)
            steps = Scenario("both", scenario.changes + self.capacity).compile(self.world).steps
        else:
            base = judge.impact(case)
            if not self.capacity and not self._eases(base):
                return base
            steps = judge.steps(case)
            for change in self.capacity:
                steps += judge.steps_of(change)
        losses = CapacityLosses.of(self.world, Timeline("both", steps), judge.days)
        hit, by_day = losses.under(self.protection, self.recovery)
        return replace(base, hit=np.asarray(hit, np.int64), losses=by_day)

    def _eases(self, impact: Impact) -> bool:
        """Return whether anybody who is hit is protected, or recovers in another time."""
        hit = impact.hit
        return bool((self.protection[hit] != 0).any() or (self.recovery[hit] != 1).any())

    def alone(self, case: int, look: Callable[[int], None]) -> tuple[float, Array]:
        """Return the loss in one case of any kind, and output lost by producer of the world."""
        judge = self.judge
        scenario, drawn = judge.scenario(case), judge.cases[case].options
        both = replace(scenario, changes=scenario.changes + self.changes)
        ready = prepare(judge.world, both, judge.days, {**judge.options, **drawn})
        path = inventory.simulate(
            ready.layout.network, ready.parameters, judge.days, ready.disturbance,
            lanes=ready.lanes, on_day=look,
        )  # fmt: skip
        missed = np.zeros(len(path.baseline))
        for day, shares in path.unmet:
            asked = ready.disturbance.final.get(day, ready.layout.network.final)
            missed += (shares * asked).sum(axis=1)
        lost = (path.baseline - path.output).sum(axis=0)
        return self._told(ready.layout, lost, missed)
