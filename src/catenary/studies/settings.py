"""A world with some measures, laid out once, that cases run over."""

from __future__ import annotations

from copy import copy
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

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
    Integers = NDArray[np.int64]
    Missing = tuple[Layout, Array, Array]
    """Network, output lost by its producers over all days, and final demand not met."""

__all__ = ["Setting"]

_IN_PLACE: Final = {
    "producers.protection", "producers.recovery", "producers.stock_days", "products.stock_days",
    "recipes.criticality", "stocks.target_days",
}  # fmt: skip
"""What changes numbers of a network and nothing of its shape."""

_FIELDS: Final = ("stock_days", "criticality", "on_hand")


def _patched(now: Array, base: Array, versions: Sequence[Array]) -> Array | None:
    """Return numbers with what versions of the base change; None: two change the same place."""
    whole = now.copy()
    done = (now != base) & ~(np.isnan(now) & np.isnan(base))
    for version in versions:
        differs = (version != base) & ~(np.isnan(version) & np.isnan(base))
        if (differs & done).any():
            return None
        whole[differs] = version[differs]
        done |= differs
    return whole


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
        self.lasting = frozenset(change.target for change in lasting)
        self.capacity = tuple(c for c in self.changes if c.target in CAPACITIES)
        self.is_plain = len(lasting) + len(self.capacity) == len(self.changes)
        self.is_shared = any(change.target == "supplies.share" for change in lasting)
        options = judge.options
        self.world = settled(judge.world, Scenario("measures", lasting), options)
        self.many = Many(self.world, judge.days, options)
        producers = self.world.part("producers")
        self.protection = producers.numbers("protection")
        self.recovery = producers.numbers("recovery")

    @classmethod
    def joined(cls, base: Setting, parts: Sequence[Setting]) -> Setting | None:
        """Return the setting of measures whose own settings are known; None: they interfere.

        Only where measures change days of stock, criticality, protection or recovery, each in
        places of its own: then nothing of the world has to be read again. What `base` changes of
        whom goods are bought from leaves these places where they are.
        """
        if not all(part.is_plain and part.lasting <= _IN_PLACE for part in parts):
            return None
        network, bare = base.many.layout.network, base.judge.bare.many.layout.network
        same = np.array_equal(network.slot_buyer, bare.slot_buyer) and np.array_equal(
            network.slot_start, bare.slot_start
        )
        if not same or not np.array_equal(
            base.many.layout.producers, base.judge.bare.many.layout.producers
        ):
            return None
        whole: dict[str, Any] = {}
        for name in _FIELDS:
            now: Array = getattr(network, name)
            found = _patched(
                now, getattr(bare, name), [getattr(one.many.layout.network, name) for one in parts]
            )
            if found is None:
                return None
            whole[name] = found
        eased = [
            _patched(
                getattr(base, name),
                getattr(base.judge.bare, name),
                [getattr(one, name) for one in parts],
            )
            for name in ("protection", "recovery")
        ]
        if eased[0] is None or eased[1] is None:
            return None
        self = copy(base)
        self.changes += tuple(change for one in parts for change in one.changes)
        self.capacity += tuple(change for one in parts for change in one.capacity)
        self.protection, self.recovery = eased[0], eased[1]
        self.many = base.many.with_network(replace(network, **whole))
        return self

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
        judge = self.judge
        if self.is_shared and not self._means_the_same(case):
            scenario = followed(judge.scenario(case), judge.world, self.world)
            base = self.many.impact(scenario)
            steps = Scenario("both", scenario.changes + self.capacity).compile(self.world).steps
            losses = CapacityLosses.of(self.world, Timeline("both", steps), judge.days)
            hit, by_day = losses.under(self.protection, self.recovery)
            return replace(base, hit=np.asarray(hit, np.int64), losses=by_day)
        base = judge.impact(case)
        if not self.capacity and not self._eases(base):
            return base
        targets = {step.change.target for step in judge.steps(case)}
        if targets | {change.target for change in self.capacity} == targets and len(targets) == 1:
            hit, by_day = judge.capacity(case).under(self.protection, self.recovery)
            hit, by_day = self._added(np.asarray(hit, np.int64), by_day)
            return replace(base, hit=hit, losses=by_day)
        steps = judge.steps(case)
        for change in self.capacity:
            steps += judge.steps_of(change)
        losses = CapacityLosses.of(self.world, Timeline("both", steps), judge.days)
        hit, by_day = losses.under(self.protection, self.recovery)
        return replace(base, hit=np.asarray(hit, np.int64), losses=by_day)

    def _means_the_same(self, case: int) -> bool:
        """Return whether a case takes the same shares of capacity whoever buys from whom."""
        scenario = self.judge.scenario(case)
        changes = (*scenario.changes, *self.capacity)
        return all(c.target in CAPACITIES and c.operation == "multiply" for c in changes)

    def _added(self, hit: Integers, by_day: Array) -> tuple[Integers, Array]:
        """Return losses with the capacity that measures add; on one target losses add."""
        if not self.capacity:
            return hit, by_day
        parts = [self.judge.added(change) for change in self.capacity]
        every = np.unique(np.concatenate([hit, *(rows for rows, _ in parts)]))
        total = np.zeros((len(by_day), len(every)))
        total[:, np.searchsorted(every, hit)] = by_day
        for rows, lost in parts:
            total[:, np.searchsorted(every, rows)] += lost
        return every, np.minimum(total, 1.0)

    def _eases(self, impact: Impact) -> bool:
        """Return whether anybody who is hit is protected, or recovers in another time."""
        hit = impact.hit
        return bool((self.protection[hit] != 0).any() or (self.recovery[hit] != 1).any())

    def alone(self, case: int, look: Callable[[int], None]) -> Missing:
        """Return what is lost in one case of any kind."""
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
        return ready.layout, lost, missed
