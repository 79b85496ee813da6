"""What is lost with some measures in some cases: the stress engine as a judge of plans.

Every set of measures meets the same cases (common random numbers). A measure can only matter in a
case whose shocks and its own producers are joined by deliveries, however indirectly; elsewhere the
loss is that without it, and nothing is run.
"""

from __future__ import annotations

import os
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from dataclasses import dataclass
from threading import Event, Lock
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from catenary.disruption.losses import CapacityLosses
from catenary.disruption.reaching import reach
from catenary.disruption.stocking import Purchases, purchases_of
from catenary.errors import CatenaryError
from catenary.maths.grouping import joined
from catenary.model import Timeline
from catenary.studies.settings import Setting

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from catenary.disruption.impacts import Impact
    from catenary.disruption.layout import Layout
    from catenary.maths.selection import Question
    from catenary.model import Change, Measure, Scenario, World
    from catenary.model.timeline import Step
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
    world, cases, chance, measures
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
    chance: Array
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
        self._singles: dict[int, Setting] = {}
        self._steps: dict[int, tuple[Step, ...]] = {}
        self._capacity: dict[int, CapacityLosses] = {}
        self._added: dict[int, tuple[Integers, Array]] = {}
        self._changes: dict[int, tuple[Step, ...]] = {}
        self._lost = np.zeros((len(self.cases), len(self.world.ids("producers"))))
        self.relevant, self.touched = relevant(self.world, self.cases, self.measures)
        """Whether a measure can matter in a case, (M, W), and what parts a case touches (W, C)."""

    @property
    def bare(self) -> Setting:
        """The world without measures."""
        return self._setting(frozenset())

    def scenario(self, case: int) -> Scenario:
        """Return the scenario of a case."""
        return self.cases[case].scenario

    def impact(self, case: int) -> Impact:
        """Return what a plain case does in the world without measures; found once."""
        if case not in self._impacts:
            self._impacts[case] = self.bare.many.impact(self.scenario(case))
        return self._impacts[case]

    def steps(self, case: int) -> tuple[Step, ...]:
        """Return the steps of a case in the world without measures; found once."""
        if case not in self._steps:
            self._steps[case] = self.scenario(case).compile(self.world).steps
        return self._steps[case]

    def steps_of(self, change: Change) -> tuple[Step, ...]:
        """Return the step of a change that a measure makes; found once."""
        key = id(change)  # the measures live as long as their judge
        if key not in self._changes:
            self._changes[key] = Timeline.of("measure", [change], self.world).steps
        return self._changes[key]

    def capacity(self, case: int) -> CapacityLosses:
        """Return what a case takes from capacity in the world without measures; found once."""
        if case not in self._capacity:
            timeline = Timeline("case", self.steps(case))
            self._capacity[case] = CapacityLosses.of(self.world, timeline, self.days)
        return self._capacity[case]

    def added(self, change: Change) -> tuple[Integers, Array]:
        """Return who gains capacity by a measure, (M,), and what they lose by day; found once."""
        key = id(change)
        if key not in self._added:
            timeline = Timeline("measure", self.steps_of(change))
            losses = CapacityLosses.of(self.world, timeline, self.days)
            self._added[key] = np.asarray(losses.producers, np.int64), losses.stated
        return self._added[key]

    def at_stake(self) -> Array:
        """Return the mean output that each producer of the world loses if nothing is done, (N,)."""
        self.losses([(frozenset(), np.arange(len(self.cases)))])
        return np.asarray(self.chance @ self._lost)

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
        if not matters:
            for case in cases:
                layout, lost, _ = missing[case]
                self._lost[case, layout.producers] = lost
        return np.array([self.counted(matters, case, *missing[case]) for case in cases])

    def counted(self, matters: Set, case: int, layout: Layout, lost: Array, missed: Array) -> float:
        """Return what a case counts, with the measures that matter in it."""
        del matters, case
        return self.weights.loss(layout, lost, missed)

    def _setting(self, matters: Set) -> Setting:
        """Return the world with some measures, laid out; the last ones are kept."""
        if len(matters) == 1:
            return self._single(*matters)
        with self._lock:
            found = self._settings.pop(matters, None)
        if found is None and len(matters) > 1:
            parts = {m: self._single(m) for m in sorted(matters)}
            shared = frozenset(m for m, part in parts.items() if part.is_shared)
            if shared != matters:
                rest = [part for m, part in parts.items() if m not in shared]
                found = Setting.joined(self._setting(shared), rest)
        if found is None:
            found = Setting(self, [self.measures[m] for m in sorted(matters)])
        with self._lock:
            self._settings[matters] = found
            while len(self._settings) > _SETTINGS:
                self._settings.pop(next(iter(self._settings)))
        return found

    def _single(self, measure: int) -> Setting:
        """Return the world with one measure; kept, because sets are put together from them."""
        if measure not in self._singles:
            self._singles[measure] = Setting(self, [self.measures[measure]])
        return self._singles[measure]


def relevant(
    world: World, cases: Sequence[Case], measures: Sequence[Measure]
) -> tuple[Flags, Flags]:
    """Return which measures can matter in which cases, (M, W), and what parts these touch (W, C).

    A shock is felt along deliveries, in both directions. Producers that no chain of deliveries
    joins to a shock stay as they are on a normal day, with or without a measure.
    """
    part = _joined(world, [change for one in measures for change in one.changes])
    purchases = purchases_of(world)
    parts = int(part.max(initial=0)) + 1
    hit = np.zeros((len(cases), parts), bool)
    acts = np.zeros((len(measures), parts), bool)
    for row, case in zip(hit, cases, strict=True):
        row[:] = _parts_of(part, reach(world, case.scenario.changes, purchases=purchases))
    for row, one in zip(acts, measures, strict=True):
        row[:] = _parts_of(part, _acts(world, one, purchases))
    return acts.astype(float) @ hit.astype(float).T > 0, hit


def _acts(world: World, measure: Measure, purchases: Purchases) -> Flags | None:
    """Return whom a measure touches at first hand, or joins anew; None: anybody."""
    found = np.zeros(len(world.ids("producers")), bool)
    for change in measure.changes:
        ends = _ends(world, change)
        hit = reach(world, [change], purchases=purchases) if ends is None else ends[0] | ends[1]
        if hit is None:
            return None
        found |= hit
    return found


def _ends(world: World, change: Change) -> tuple[Flags, Flags] | None:
    """Return the suppliers and buyers whose shares a change is about; None: it is another one."""
    if change.target != "supplies.share" or set(change.where) != {"supplier", "buyer"}:
        return None
    return _matching(world, change.where["supplier"]), _matching(world, change.where["buyer"])


def _matching(world: World, words: Any) -> Flags:
    """Return the producers that a label, or any of several, means."""
    every = (words,) if isinstance(words, str) else words
    hits = [world.matches("producers", str(word)) for word in every]
    return np.asarray(np.any(hits, axis=0))


def _joined(world: World, changes: Sequence[Change]) -> Integers:
    """Return which producers deliveries join, however indirectly: a number for each, (N,).

    Those that measures would join count as joined.
    """
    count = len(world.ids("producers"))
    filling = "stocks" in world and np.isfinite(world.part("stocks").numbers("on_hand")).any()
    if "supplies" not in world or filling:  # tables join all; stocks may fill up without a shock
        return np.zeros(count, np.int64)
    supplies = world.part("supplies")
    suppliers, buyers = [supplies.codes("supplier")], [supplies.codes("buyer")]
    for change in changes:
        ends = _ends(world, change)
        if ends is not None and ends[0].any() and ends[1].any():
            first, every = np.flatnonzero(ends[0])[0], np.flatnonzero(ends[0] | ends[1])
            suppliers.append(np.full(len(every), first))
            buyers.append(every)
    return joined(np.concatenate(suppliers), np.concatenate(buyers), count)


def _parts_of(part: Integers, touched: Flags | None) -> Flags:
    """Return which joined parts some producers belong to; None: any may be touched."""
    found = np.full(int(part.max(initial=0)) + 1, touched is None)
    if touched is not None:
        found[part[touched]] = True
    return found
