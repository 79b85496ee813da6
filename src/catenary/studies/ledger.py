"""A judge that keeps what every set of measures leaves lost, producer by producer or in tallies."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np

from catenary.model.change import CAPACITIES
from catenary.model.selection import rows
from catenary.studies.judging import Judge

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from catenary.disruption.layout import Layout
    from catenary.model import Scenario

    Array = NDArray[np.float64]
    Flags = NDArray[np.bool_]
    Set = frozenset[int]

__all__ = ["Ledger"]

_OWN: Final = ("producers.protection", "producers.recovery")


@dataclass(eq=False)
class Ledger(Judge):
    """A judge of measures that protect producers or let them recover sooner.

    Such a measure changes nothing in a case that takes no capacity from any of its producers, so
    that the case is not run again with it.

    Parameters
    ----------
    tallies
        What a unit of output lost by each producer counts in each of several tallies, (N, K);
        blank = output lost itself, by producer (K = N).
    """

    tallies: Array | None = field(default=None, kw_only=True)

    def __post_init__(self) -> None:
        """Begin with nothing judged."""
        super().__post_init__()
        self._kept: dict[tuple[frozenset[int], int], Array] = {}
        count = len(self.world.ids("producers"))
        self.hit = np.zeros((count, len(self.cases)), bool)
        """From whose capacity each case takes something, (N, W)."""
        for place, case in enumerate(self.cases):
            self.hit[:, place] = self._hit_by(case.scenario)
        for place, one in enumerate(self.measures):
            if one.targets <= set(_OWN):
                mine = np.zeros(count, bool)
                for change in one.changes:
                    mine[rows(self.world, "producers", change.where)] = True
                self.relevant[place] &= self.hit[mine].any(axis=0)

    def _hit_by(self, scenario: Scenario) -> Flags:
        found = np.zeros(len(self.world.ids("producers")), bool)
        for change in scenario.changes:
            if change.target in CAPACITIES:
                found[rows(self.world, "producers", change.where)] = True
        return found

    def counted(self, matters: Set, case: int, layout: Layout, lost: Array, missed: Array) -> float:
        """Return what a case counts, and write down its tallies."""
        if self.tallies is None:
            told = np.zeros(len(self.world.ids("producers")))
            told[layout.producers] = lost
        else:
            told = np.asarray(lost @ self.tallies[layout.producers])
        self._kept[matters, case] = told
        return super().counted(matters, case, layout, lost, missed)

    def told(self, chosen: Set) -> Array:
        """Return the tallies of every case with a set of measures, (W, K)."""
        cases = np.arange(len(self.cases))
        self.losses([(chosen, cases)])
        found = {
            case: self._kept[matters, case]
            for matters, some in self._parts(chosen, cases).items()
            for case in some
        }
        return np.array([found[case] for case in cases.tolist()])
