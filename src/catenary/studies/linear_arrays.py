"""From a world, scenarios and measures to the arrays of the linear model of a plan."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import combinations
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np

from catenary.disruption.layout import Layout, layout_of
from catenary.disruption.preparing import prepare
from catenary.disruption.settling import settled
from catenary.disruption.transport import has_transit
from catenary.errors import OptionError, Problem, ScenarioError, listed
from catenary.maths.two_stage import Option, TwoStage
from catenary.model import Scenario
from catenary.model.balance import require_balance
from catenary.model.change import CAPACITIES
from catenary.model.timeline import Timeline

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from catenary.maths.inventory import Parameters
    from catenary.model import World
    from catenary.model.change import Change
    from catenary.model.measures import Measure
    from catenary.model.timeline import Step

    Array = NDArray[np.float64]
    Integers = NDArray[np.int64]

__all__ = ["LINEAR", "Reading", "require_linear"]

_EASING: Final = ("producers.protection", "producers.recovery")
_STOCKS: Final = (
    "producers.stock_days", "products.stock_days", "stocks.on_hand", "stocks.target_days",
)  # fmt: skip

LINEAR: Final = ("producers.capacity", *_EASING, *_STOCKS)
"""Targets of measures that the linear model knows."""

_HAPPENS: Final = (*CAPACITIES, "demand.quantity", "final")
_LATE: Final = 1e12  # days after which nothing is left of a loss that recovers at once


@dataclass(frozen=True, eq=False)
class _Easing:
    """What averts losses, and what multiplies the time of recovery, by producer of the world."""

    protection: Array
    recovery: Array


def require_linear(scenarios: Sequence[Scenario], measures: Sequence[Measure]) -> None:
    """Refuse scenarios and measures that the linear model does not know, by name.

    Raises
    ------
    ScenarioError
        If there is any.
    """
    problems = [
        Problem(
            f"measure {one.name!r}",
            f"it changes {listed(sorted(one.targets - set(LINEAR)))}, which is not linear",
            f"leave it to the judge that simulates; linear are {listed(LINEAR)}",
        )
        for one in measures
        if one.targets - set(LINEAR)
    ]
    for one in measures:
        lasting = [c for c in one.changes if c.target != "producers.capacity"]
        timed = [c.target for c in lasting if c.start > 0 or c.days is not None]
        if timed:
            problems.append(
                Problem(
                    f"measure {one.name!r}", f"it changes {listed(timed)} for a while",
                    "leave out start and days, so that it holds from day 0 for ever",
                )
            )  # fmt: skip
    for scenario in scenarios:
        targets = {c.target for c in scenario.changes} - set(_HAPPENS)
        if targets:
            problems.append(
                Problem(
                    f"scenario {scenario.name!r}",
                    f"it changes {listed(sorted(targets))}, which is not linear",
                    f"leave it to the judge that simulates; linear are {listed(_HAPPENS)}",
                )
            )
        if any(c.recovery is not None and c.recovery.curve == "rebuild" for c in scenario.changes):
            problems.append(
                Problem(
                    f"scenario {scenario.name!r}", "what it destroys is rebuilt, which is not "
                    "linear", "give a recovery that takes days, or leave it to the judge that "
                    "simulates",
                )
            )  # fmt: skip
    if problems:
        raise ScenarioError.of(problems)


class Reading:
    """One world, read once: its network, and what scenarios and measures do to it."""

    def __init__(
        self, world: World, *, days: int, periods: NDArray[np.int64], stock_days: float,
        overproduction: float, criticality: Literal["stated", "leontief"],
    ) -> None:  # fmt: skip
        from catenary.maths.inventory import Parameters  # noqa: PLC0415  compiles

        require_balance(world)
        if has_transit(world, Timeline("", ()), None):
            raise ScenarioError(
                "deliveries of this world take time, and those of the linear model do not",
                hint="set links.duration and supplies.lead_time to 0, or let the judge simulate",
            )
        self.world, self.days, self.stock_days = world, days, stock_days
        self.starts = np.concatenate([[0], np.cumsum(periods)[:-1]])
        self.lengths = periods.astype(np.float64)
        self.parameters: Parameters = Parameters(overproduction=overproduction, reading=criticality)
        self.layout = layout_of(world, stock_days=stock_days)
        self.when = np.arange(days, dtype=np.float64)
        producers = world.part("producers")
        self.usual = _Easing(producers.numbers("protection"), producers.numbers("recovery"))
        self.most = self.layout.network.capacity * overproduction
        self.use, self.stock = self._behaviour(self.layout)

    def _behaviour(self, layout: Layout) -> tuple[Any, Array]:
        from catenary.maths.inventory import coefficients  # noqa: PLC0415  compiles

        return coefficients(layout.network, self.parameters)[:2]

    def problem(
        self, scenarios: Sequence[Scenario], measures: Sequence[Measure], chance: Array,
        *, weight: Array, **shape: Any,
    ) -> TwoStage:  # fmt: skip
        """Return the problem of scenarios and measures; `shape` is the rest of `TwoStage`."""
        network = self.layout.network
        timelines = [s.compile(self.world) for s in scenarios]
        losses = [self._lost(t, self.usual) for t in timelines]
        able = self._by_period(losses, lambda loss: 1.0 - loss)
        lost = self._by_period(losses, lambda loss: np.maximum(loss, 0.0), idle=0.0)
        supplier = np.repeat(np.arange(network.producers), np.diff(network.pointer))
        slot = network.slot_start[network.product[supplier]] + network.column
        supplier, slot, flow = self._with_rows(supplier, slot, network.flow)
        binds = np.isfinite(self.use.reach)
        return TwoStage(
            supplier=supplier, slot=slot, flow=flow,
            buyer=network.slot_buyer.astype(np.int64),
            criticality=np.where(binds, self.use.criticality, 0.0), stock=self.stock,
            output=network.output(), days=self.lengths, able=able, lost=lost,
            final=self._final(scenarios), weight=weight[self.layout.producers], chance=chance,
            options=tuple(self._option(m, timelines, losses) for m in measures), **shape,
        )  # fmt: skip

    def _with_rows(
        self, supplier: Integers, slot: Integers, flow: Array
    ) -> tuple[Integers, Integers, Array]:
        """Return all deliveries as lists, those that stand in dense rows too."""
        network = self.layout.network
        parts = [(supplier, slot, flow)]
        for p in np.flatnonzero(np.diff(network.dense_start)):
            rows = network.dense[network.dense_start[p] : network.dense_start[p + 1]]
            row, place = np.nonzero(rows)  # every producer has a slot of such a product
            amount = rows[row, place].astype(np.float64) * network.scale
            parts.append((network.start[p] + row, network.slot_start[p] + place, amount))
        return tuple(np.concatenate(one) for one in zip(*parts, strict=True))  # type: ignore[return-value]

    def _by_period(
        self, losses: Sequence[tuple[Any, Array]], what: Any, idle: float = 1.0
    ) -> Array:
        """Return what all can make, or have lost, in every period, (W, N, T)."""
        full = self.most[:, None] * self.lengths * idle
        found = np.repeat(full[None], len(losses), axis=0)
        for w, (affected, loss) in enumerate(losses):
            places = self.layout.places[affected]
            sums = np.add.reduceat(what(loss), self.starts, axis=0).T
            found[w, places] = self.most[places][:, None] * sums
        return found

    def _lost(self, timeline: Timeline, easing: _Easing) -> tuple[Integers, Array]:
        """Return who loses capacity, (M,), and the share lost by day, (days, M).

        As in `stress`: losses of a kind add, the largest kind counts; recovery of what happens
        takes a multiple of its time, and what is protected is not lost.
        """
        steps = [
            (kind, step) for kind, target in enumerate(CAPACITIES) for step in timeline.on(target)
        ]
        every = [np.zeros(0, np.int64), *(step.rows for _, step in steps)]
        affected = np.unique(np.concatenate(every))
        losses = np.full((len(CAPACITIES), self.days, len(affected)), -np.inf)
        for kind, step in steps:
            columns = np.searchsorted(affected, step.rows)
            before = losses[kind][:, columns]
            now = self._of_step(timeline, step, easing)
            losses[kind][:, columns] = np.where(np.isneginf(before), 0.0, before) + now
        return affected, np.minimum(losses.max(axis=0), 1.0) if len(affected) else losses[0]

    def _of_step(self, timeline: Timeline, step: Step, easing: _Easing) -> Array:
        """Return what one change takes, (days, rows)."""
        alone = replace(timeline, steps=(step,))
        change, target = step.change, step.change.target
        order = np.argsort(np.argsort(step.rows))
        found = alone.losses(self.world, target, self.when).by_day[:, order]
        if change.kind == "measure":
            return found
        recovery, protection = easing.recovery[step.rows], easing.protection[step.rows]
        for one in np.unique(recovery):
            if one != 1:
                when = _warped(change, self.when, float(one))
                same = recovery == one
                found[:, same] = alone.losses(self.world, target, when).by_day[:, order][:, same]
        return np.where(found > 0, found * (1.0 - protection), found)

    def _option(
        self, measure: Measure, timelines: Sequence[Timeline], losses: Sequence[tuple[Any, Array]]
    ) -> Option:
        """Return what a measure adds and averts."""
        parts: dict[str, Any] = {}
        timed = tuple(c for c in measure.changes if c.target == "producers.capacity")
        easing = self._eased([c for c in measure.changes if c.target in _EASING])
        changed = (easing.protection != self.usual.protection) | (
            easing.recovery != self.usual.recovery
        )
        gains = Timeline.of(measure.name, timed, self.world) if timed else Timeline("", ())
        rows = [step.rows for step in gains.steps]
        who = np.unique(np.concatenate([np.flatnonzero(changed), *rows])).astype(np.int64)
        if len(who):
            parts["added"], parts["averted"] = self._effects(
                measure, who, timelines, losses, gains, easing
            )
            order = np.argsort(self.layout.places[who])
            parts["producers"] = self.layout.places[who][order]
            for name in ("added", "averted"):
                parts[name] = _alike(parts[name][:, order])
        kept = [c for c in measure.changes if c.target in _STOCKS]
        if kept:
            more = self._stocked(measure.name, kept)
            parts["slots"] = np.flatnonzero(more)
            parts["stock"] = more[parts["slots"]]
        return Option(name=measure.name, cost=measure.usd, co2e=measure.co2e, **parts)

    def _effects(
        self, measure: Measure, who: Integers, timelines: Sequence[Timeline],
        losses: Sequence[tuple[Any, Array]], gains: Timeline, easing: _Easing,
    ) -> tuple[Array, Array]:  # fmt: skip
        """Return the capacity that a measure adds and averts the loss of, (W, n, T) each."""
        shape = (len(timelines), len(who), len(self.lengths))
        added, averted = np.zeros(shape), np.zeros(shape)
        most = self.most[self.layout.places[who]]
        alone: Array | None = None
        hit = np.zeros((len(losses), len(self.layout.producers)), bool)
        for w, (affected, _) in enumerate(losses):
            hit[w, affected] = True
        for w, (timeline, before) in enumerate(zip(timelines, losses, strict=True)):
            base = _of(before, who, self.days)
            eased = base
            touched = bool(hit[w, who].any())
            if touched:
                eased = _of(self._lost(timeline, easing), who, self.days)
            if not gains.steps:
                final = eased
            elif touched:
                both = replace(timeline, steps=timeline.steps + gains.steps)
                final = _of(self._lost(both, easing), who, self.days)
            else:
                if alone is None:
                    alone = _of(self._lost(gains, easing), who, self.days)
                final = alone
            for store, change in ((averted, base - eased), (added, eased - final)):
                if (change < -1e-9).any():
                    raise ScenarioError(
                        f"measure {measure.name!r} takes capacity away from "
                        f"{self.world.ids('producers')[who[(change < -1e-9).any(axis=0)][0]]!r}",
                        hint="the linear model knows measures that help; leave this one to the "
                        "judge that simulates",
                    )
                sums = np.add.reduceat(np.maximum(change, 0.0), self.starts, axis=0)
                store[w] = most[:, None] * sums.T
        return added, averted

    def alternatives(
        self, measures: Sequence[Measure], options: Sequence[Option]
    ) -> list[tuple[int, int]]:
        """Return pairs of measures that set the same number, so that only one of them can hold."""
        numbers: list[set[tuple[str, int]]] = []
        for one, option in zip(measures, options, strict=True):
            found: set[tuple[str, int]] = set()
            for change in one.changes:
                if change.operation != "set" or change.target == "producers.capacity":
                    continue
                if change.target in _STOCKS:
                    found |= {("stock", k) for k in option.slots.tolist()}
                else:
                    step = Timeline.of(one.name, (change,), self.world).steps[0]
                    found |= {(change.target, f) for f in step.rows.tolist()}
            numbers.append(found)
        return [(a, b) for a, b in combinations(range(len(numbers)), 2) if numbers[a] & numbers[b]]

    def _eased(self, changes: Sequence[Change]) -> _Easing:
        """Return protection and times of recovery under a measure."""
        if not changes:
            return self.usual
        timeline = Timeline.of("", changes, self.world)
        return _Easing(
            np.clip(timeline.numbers(_EASING[0], self.usual.protection, 0), 0.0, 1.0),
            np.maximum(timeline.numbers(_EASING[1], self.usual.recovery, 0), 0.0),
        )

    def _stocked(self, name: str, changes: Sequence[Change]) -> Array:
        """Return the opening stock that a measure adds, (K,)."""
        world = settled(self.world, Scenario(name, tuple(changes)), {"stock_days": self.stock_days})
        more = self._behaviour(layout_of(world, stock_days=self.stock_days))[1] - self.stock
        if (more < -1e-9 * self.stock.max(initial=1.0)).any():
            raise ScenarioError(
                f"measure {name!r} lowers stocks",
                hint="the linear model knows measures that help; leave this one to the judge that "
                "simulates",
            )
        return np.maximum(more, 0.0)

    def _final(self, scenarios: Sequence[Scenario]) -> Array:
        """Return final demand by period, (1 or W, N, T)."""
        usual = self.layout.network.final.sum(axis=1)
        calm = usual[:, None] * self.lengths
        moved = [any(c.target not in CAPACITIES for c in s.changes) for s in scenarios]
        if not any(moved):
            return np.asarray(calm[None])
        found = np.repeat(calm[None], len(scenarios), axis=0)
        for w in np.flatnonzero(moved).tolist():
            found[w] = self._final_of(scenarios[w], usual)
        return np.asarray(found)

    def _final_of(self, scenario: Scenario, usual: Array) -> Array:
        ready = prepare(self.world, scenario, self.days, {**_ENGINE, "stock_days": self.stock_days})
        if not np.array_equal(ready.layout.producers, self.layout.producers):
            raise ScenarioError(
                f"scenario {scenario.name!r} asks for final goods that nobody makes normally",
                hint="leave it to the judge that simulates",
            )
        daily = np.repeat(usual[None], self.days, axis=0)
        for day, final in sorted(ready.disturbance.final.items()):
            daily[day:] = final.sum(axis=1)
        return np.asarray(np.add.reduceat(daily, self.starts, axis=0).T)


_ENGINE: Final = {
    "psi": 0.8, "restoration_days": 60.0, "overproduction": 1.0, "overproduction_days": 365.0,
    "orders": "alt", "rationing": "proportional", "criticality": "stated", "switch_home": 0.0,
    "switch_abroad": 0.0, "price_response": 0.0, "demand_elasticity": 0.0, "capital_years": 4.0,
}  # fmt: skip
"""Options that final demand does not depend on."""


def periods_of(days: int, period: int | Sequence[int]) -> NDArray[np.int64]:
    """Return the lengths of periods: equal ones, the last as long as is left, or as given.

    Raises
    ------
    OptionError
        If they are not whole days that add up to all.

    Examples
    --------
    >>> periods_of(70, 30).tolist(), periods_of(70, [10, 60]).tolist()
    ([30, 30, 10], [10, 60])
    """
    if isinstance(period, int):
        if period < 1:
            raise OptionError(f"period is {period}", hint="give a day or more")
        cuts = np.arange(0, days, period)
        return np.diff(np.append(cuts, days))
    lengths = np.array(period, np.int64)
    if not len(lengths) or (lengths < 1).any() or lengths.sum() != days:
        raise OptionError(
            f"period is {list(period)!r}, which adds up to {int(lengths.sum())} of {days} days",
            hint="give days of 1 or more that add up to all, or one length",
        )
    return lengths


def _warped(change: Change, when: Array, times: float) -> Array:
    """Return the days on which a loss is what it is on `when` if recovery takes `times` as long."""
    over = change.start + (np.inf if change.days is None else change.days) - 1
    late = np.minimum((when - over) / times, _LATE) if times > 0 else np.full(len(when), _LATE)
    # rounded: whole days must not miss a step by the last bit
    return np.where(when > over, over + np.round(late, 9), when) if np.isfinite(over) else when


def _of(losses: tuple[Integers, Array], who: Integers, days: int) -> Array:
    """Return the losses of some producers, (days, n); 0 for those who lose nothing."""
    affected, by_day = losses
    found = np.zeros((days, len(who)))
    place = np.searchsorted(affected, who)
    there = np.flatnonzero(np.append(affected, -1)[place] == who)
    found[:, there] = by_day[:, place[there]]
    return found


def _alike(effect: Array) -> Array | None:
    """Return an effect once where all scenarios have the same; None: none."""
    if not effect.any():
        return None
    return effect[:1] if (effect == effect[:1]).all() else effect
