"""What is lost with some measures in some cases: the stress engine as a judge of plans.

Every set of measures meets the same cases (common random numbers). A measure can only matter in a
case whose shocks and its own producers are joined by deliveries, however indirectly; elsewhere the
loss is that without it, and nothing is run.
"""

from __future__ import annotations

import os
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from threading import Event, Lock
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from catenary.disruption.losses import CapacityLosses
from catenary.disruption.reaching import reach
from catenary.disruption.stocking import purchases_of
from catenary.errors import CatenaryError
from catenary.studies.settings import Setting

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from catenary.disruption.impacts import Impact
    from catenary.disruption.layout import Layout
    from catenary.maths.selection import Question
    from catenary.model import Change, Measure, World
    from catenary.studies.sampling import Case
    from catenary.studies.weighing import Weights

    Array = NDArray[np.float64]
    Flags = NDArray[np.bool_]
    Integers = NDArray[np.int64]
    Set = frozenset[int]

__all__ = ["Judge"]

_SIDE_BY_SIDE: Final = 16
_SETTINGS: Final = 64  # worlds that are kept laid out


class _StoppedError(Exception):
    """Somebody stopped the work."""


@dataclass(eq=False)
class Judge:
    """A world, its cases, and what is lost in them with any set of measures.

    Parameters
    ----------
    world, cases, measures
        What is judged.
    kinds
        Number of each measure; of several with one number the last one counts: it holds those
        before it.
    days, options
        As for `stress`.
    weights
        What a loss at each producer counts.
    threads
        How many batches run at once.
    """

    world: World
    cases: Sequence[Case]
    measures: Sequence[Measure]
    kinds: Sequence[int]
    days: int
    options: Mapping[str, Any]
    weights: Weights
    threads: int = 0

    def __post_init__(self) -> None:
        """Begin with nothing judged."""
        self.threads = self.threads or os.cpu_count() or 1
        self.runs = 0
        """Scenarios that the engine ran."""
        self._found: dict[Set, Array] = {}
        self._lock = Lock()
        self._stop = Event()
        self._settings: dict[Set, Setting] = {}
        self._impacts: dict[int, Impact] = {}
        self._losses: dict[tuple[int, tuple[int, ...]], CapacityLosses] = {}
        self.relevant, self.touched = relevant(self.world, self.cases, self.measures)
        """Whether a measure can matter in a case, (M, W), and what parts a case touches (W, C)."""

    def impact(self, case: int) -> Impact:
        """Return what a plain case does in the world without measures; found once."""
        if case not in self._impacts:
            many = self._setting(frozenset()).many
            self._impacts[case] = many.impact(self.cases[case].scenario)
        return self._impacts[case]

    def capacity_losses(self, case: int, added: tuple[Change, ...]) -> CapacityLosses:
        """Return what a case takes from capacity, and measures add to it; found once."""
        key = case, tuple(map(id, added))
        if key not in self._losses:
            scenario = self.cases[case].scenario
            both = replace(scenario, changes=scenario.changes + added)
            timeline = both.compile(self.world)
            self._losses[key] = CapacityLosses.of(self.world, timeline, self.days)
        return self._losses[key]

    def losses(self, questions: Sequence[Question]) -> list[Array]:
        """Return for each set of measures and cases the loss in these cases."""
        parts = [(self._parts(chosen, cases), cases) for chosen, cases in questions]
        wanted: dict[Set, set[int]] = {}
        for part, _ in parts:
            for matters, some in part.items():
                found = self._found.setdefault(matters, np.full(len(self.cases), np.nan))
                open_ = [case for case in some if np.isnan(found[case])]
                if open_:
                    wanted.setdefault(matters, set()).update(open_)
        self._run({matters: sorted(cases) for matters, cases in wanted.items()})
        answers = []
        for part, cases in parts:
            losses = np.empty(len(self.cases))
            for matters, some in part.items():
                losses[some] = self._found[matters][some]
            answers.append(losses[cases])
        return answers

    def _parts(self, chosen: Set, cases: Integers) -> dict[Set, list[int]]:
        """Return the cases by which of the chosen measures matter in them."""
        members = sorted({self.kinds[m]: m for m in sorted(chosen)}.values())
        parts: dict[Set, list[int]] = {}
        for case in cases.tolist():
            matters = frozenset(m for m in members if self.relevant[m, case])
            parts.setdefault(matters, []).append(case)
        return parts

    def _run(self, wanted: Mapping[Set, Sequence[int]]) -> None:
        """Run what nobody has run yet, some batches at a time."""
        batches = [
            (matters, cases[first : first + _SIDE_BY_SIDE])
            for matters, every in wanted.items()
            for cases in self._near(every)
            for first in range(0, len(cases), _SIDE_BY_SIDE)
        ]
        if not batches:
            return
        self._stop.clear()
        with threadpool_limits(1), ThreadPoolExecutor(min(self.threads, len(batches))) as pool:
            waiting = {pool.submit(self._judged, *batch): batch for batch in batches}
            try:
                while waiting:
                    finished, _ = wait(waiting, timeout=0.5, return_when=FIRST_COMPLETED)
                    for future in finished:
                        matters, cases = waiting.pop(future)
                        self._found[matters][cases] = future.result()
                        self.runs += len(cases)
            except BaseException:
                self._stop.set()
                pool.shutdown(wait=False, cancel_futures=True)
                raise

    def _near(self, cases: Sequence[int]) -> list[list[int]]:
        """Return cases grouped by the parts of the world that they touch."""
        groups: dict[bytes, list[int]] = {}
        for case in cases:
            groups.setdefault(self.touched[case].tobytes(), []).append(case)
        return list(groups.values())

    def _look(self, _: int) -> None:
        if self._stop.is_set():
            raise _StoppedError

    def _judged(self, matters: Set, cases: Sequence[int]) -> Array:
        """Return the loss in some cases with the measures that matter in them."""
        try:
            setting = self._setting(matters)
            plain = [case for case in cases if setting.takes(self.cases[case].scenario)]
            missing = dict(zip(plain, setting.side_by_side(plain, self._look), strict=True))
            for case in cases:
                if case not in missing:
                    missing[case] = setting.alone(case, self._look)
        except CatenaryError as error:
            if len(matters) != 1:
                raise
            (one,) = matters
            raise type(error)(
                f"measure {self.measures[one].name!r}: {error.args[0]}", hint=error.hint
            ) from None
        return np.array([self.counted(matters, case, *missing[case]) for case in cases])

    def counted(self, matters: Set, case: int, layout: Layout, lost: Array, missed: Array) -> float:
        """Return what a case counts, with the measures that matter in it."""
        del matters, case
        return self.weights.loss(layout, lost, missed)

    def _setting(self, matters: Set) -> Setting:
        """Return the world with some measures, laid out; the last ones are kept."""
        with self._lock:
            found = self._settings.pop(matters, None)
        if found is None:
            found = Setting(self, [self.measures[m] for m in sorted(matters)])
        with self._lock:
            self._settings[matters] = found
            while len(self._settings) > _SETTINGS:
                self._settings.pop(next(iter(self._settings)))
        return found


def relevant(
    world: World, cases: Sequence[Case], measures: Sequence[Measure]
) -> tuple[Flags, Flags]:
    """Return which measures can matter in which cases, (M, W), and what parts these touch (W, C).

    A shock is felt along deliveries, in both directions. Producers that no chain of deliveries
    joins to a shock stay as they are on a normal day, with or without a measure.
    """
    part = _joined(world)
    purchases = purchases_of(world)
    parts = int(part.max(initial=0)) + 1
    hit = np.zeros((len(cases), parts), bool)
    acts = np.zeros((len(measures), parts), bool)
    known: dict[str, Flags] = {}
    for row, case in zip(hit, cases, strict=True):
        name = case.scenario.name
        if name not in known:
            known[name] = _parts_of(part, reach(world, case.scenario.changes, purchases=purchases))
        row[:] = known[name]
    for row, one in zip(acts, measures, strict=True):
        row[:] = _parts_of(part, reach(world, one.changes, purchases=purchases))
    return acts.astype(float) @ hit.astype(float).T > 0, hit


def _joined(world: World) -> Integers:
    """Return which producers deliveries join, however indirectly: a number for each, (N,)."""
    count = len(world.ids("producers"))
    if "supplies" not in world:
        return np.zeros(count, np.int64)  # tables join all
    supplies = world.part("supplies")
    ends = supplies.codes("supplier"), supplies.codes("buyer")
    graph = sparse.coo_array((np.ones(len(ends[0])), ends), shape=(count, count))
    return np.asarray(connected_components(graph, directed=False)[1], np.int64)


def _parts_of(part: Integers, touched: Flags | None) -> Flags:
    """Return which joined parts some producers belong to; None: any may be touched."""
    found = np.full(int(part.max(initial=0)) + 1, touched is None)
    if touched is not None:
        found[part[touched]] = True
    return found
