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
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from catenary.maths.selection import Question
    from catenary.model import Measure, World
    from catenary.studies.sampling import Case
    from catenary.studies.weighing import Weights

    Array = NDArray[np.float64]
    Flags = NDArray[np.bool_]
    Integers = NDArray[np.int64]
    Set = frozenset[int]

__all__ = ["Judge"]

_SIDE_BY_SIDE: Final = 16


class _StoppedError(Exception):
    """Somebody stopped the work."""


@dataclass(eq=False)
class Judge:
    """A world, its cases, and what is lost in them with any set of measures.

    Parameters
    ----------
    world, cases, measures
        What is judged.
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
        self.relevant = _relevant(self.world, self.cases, self.measures)
        """Whether a measure can matter in a case, (M, W)."""

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
        members = sorted(chosen)
        parts: dict[Set, list[int]] = {}
        for case in cases.tolist():
            matters = frozenset(m for m in members if self.relevant[m, case])
            parts.setdefault(matters, []).append(case)
        return parts

    def _run(self, wanted: Mapping[Set, Sequence[int]]) -> None:
        """Run what nobody has run yet, some batches at a time."""
        batches = [
            (matters, cases[first : first + _SIDE_BY_SIDE])
            for matters, cases in wanted.items()
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

    def _look(self, _: int) -> None:
        if self._stop.is_set():
            raise _StoppedError

    def _judged(self, matters: Set, cases: Sequence[int]) -> Array:
        """Return the loss in some cases with the measures that matter in them."""
        from catenary.disruption.preparing import prepare  # noqa: PLC0415
        from catenary.maths import inventory  # noqa: PLC0415

        changes = tuple(c for m in sorted(matters) for c in self.measures[m].changes)
        losses = []
        for case in cases:
            scenario = self.cases[case].scenario
            both = replace(scenario, changes=scenario.changes + changes)
            options = {**self.options, **self.cases[case].options}
            ready = prepare(self.world, both, self.days, options)
            path = inventory.simulate(
                ready.layout.network, ready.parameters, self.days, ready.disturbance,
                lanes=ready.lanes, on_day=self._look,
            )  # fmt: skip
            lost = (path.baseline - path.output).sum(axis=0)
            missed = np.zeros(len(lost))
            for _, unmet in path.unmet:
                missed += unmet.sum(axis=1)
            losses.append(self.weights.loss(ready.layout, lost, missed))
        return np.array(losses)


def _relevant(world: World, cases: Sequence[Case], measures: Sequence[Measure]) -> Flags:
    """Return which measures can matter in which cases, (M, W)."""
    return np.ones((len(measures), len(cases)), bool)
