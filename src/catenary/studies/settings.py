"""A world with some measures, laid out once, that cases run over."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from catenary.disruption.impacts import is_plain
from catenary.disruption.many import Many
from catenary.disruption.preparing import is_lasting, prepare, settled
from catenary.maths import inventory
from catenary.model import Scenario
from catenary.model.change import CAPACITIES

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from catenary.disruption.impacts import Impact
    from catenary.disruption.layout import Layout
    from catenary.model import Measure
    from catenary.studies.judging import Judge

    Array = NDArray[np.float64]
    Missing = tuple[Layout, Array, Array]
    """Network, output lost by its producers over all days, and final demand not met."""

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
        changes = tuple(change for one in measures for change in one.changes)
        self.changes = changes
        self.lasting = tuple(c for c in changes if is_lasting(c.target))
        self.capacity = tuple(c for c in changes if c.target in CAPACITIES)
        together = self.lasting + self.capacity
        self.is_plain = len(together) == len(changes)
        options = judge.options
        self.world = settled(judge.world, Scenario("measures", self.lasting), options)
        self.many = Many(self.world, judge.days, options)
        producers = self.world.part("producers")
        self.protection = producers.numbers("protection")
        self.recovery = producers.numbers("recovery")

    def takes(self, scenario: Scenario) -> bool:
        """Return whether a scenario may run side by side with others."""
        return self.is_plain and self.many.blocks is not None and is_plain(self.world, scenario)

    def side_by_side(self, cases: Sequence[int], look: Callable[[int], None]) -> list[Missing]:
        """Return what is lost in plain cases."""
        if not cases:
            return []
        found = self.many.traced([(self._impact(case), {}) for case in cases], on_day=look)
        return [
            (self.many.layout, lost, missed)
            for lost, missed in zip(found.lost, found.missed, strict=True)
        ]

    def _impact(self, case: int) -> Impact:
        """Return what a case does to producers, as the measures leave it."""
        base = self.judge.impact(case)
        losses = self.judge.capacity_losses(case, self.capacity)
        hit, by_day = losses.under(self.protection, self.recovery)
        return replace(base, hit=np.asarray(hit, np.int64), losses=by_day)

    def alone(self, case: int, look: Callable[[int], None]) -> Missing:
        """Return what is lost in one case of any kind."""
        judge = self.judge
        scenario, drawn = judge.cases[case].scenario, judge.cases[case].options
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
        return ready.layout, lost, missed
