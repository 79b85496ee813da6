"""What a scenario does to a world, as the engine needs it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from catenary.disruption.layout import FinalDemand, Layout, layout_of
from catenary.disruption.losses import losses_of
from catenary.disruption.rebuilding import rebuilding_of
from catenary.disruption.redelivered import followed
from catenary.disruption.resourcing import SHARE
from catenary.disruption.settling import is_lasting, settled
from catenary.disruption.transport import (
    bars_on,
    final_under,
    has_transit,
    lanes_of,
    parted,
    with_links,
)
from catenary.errors import OptionError
from catenary.maths import inventory
from catenary.model.balance import require_balance

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from catenary.disruption.rerouting import Rerouting
    from catenary.model import Scenario, World
    from catenary.model.timeline import Timeline

    Array = NDArray[np.float64]

__all__ = [
    "Prepared", "demand_by_day", "is_lasting", "losses_of", "parameters_of", "prepare", "settled",
]  # fmt: skip


@dataclass(frozen=True, kw_only=True, eq=False)
class Prepared:
    """A world under a scenario, ready for the engine.

    Parameters
    ----------
    world, timeline, layout
        The world with what changes for ever, the scenario in it, and its network.
    final
        Final demand from each day on which it changes.
    disturbance, parameters, lanes
        What happens, how producers behave, and how long deliveries take (None: no time).
    clipped
        In how many places final demand would fall below 0.
    rerouted
        What closures do to the ways of goods; None: nothing.
    idle
        Whether changes of the network are in force and alter nothing.
    """

    world: World
    timeline: Timeline
    layout: Layout
    final: dict[int, FinalDemand]
    disturbance: inventory.Disturbance
    parameters: inventory.Parameters
    lanes: inventory.Lanes | None
    clipped: int
    rerouted: Rerouting | None
    idle: bool


def parameters_of(layout: Layout, options: Mapping[str, Any]) -> inventory.Parameters:
    """Return how producers behave from the options of `stress`."""
    return inventory.Parameters(
        psi=options["psi"],
        restoration_days=options["restoration_days"],
        overproduction=options["overproduction"],
        overproduction_days=options["overproduction_days"],
        adaptive_orders=options["orders"] == "alt",
        small_first=options["rationing"] == "small_first",
        reading=options["criticality"],
        switch_home=options["switch_home"],
        switch_abroad=options["switch_abroad"],
        price_response=options["price_response"],
        demand_elasticity=options["demand_elasticity"],
        rebuild_group=layout.rebuild_group,
    )


def prepare(world: World, scenario: Scenario, days: int, options: Mapping[str, Any]) -> Prepared:
    """Turn a scenario and the options of `stress` into what the engine needs.

    Raises
    ------
    ScenarioError
        If a change matches nothing or is not understood.
    BalanceError
        If the accounts of the world do not close.
    MissingDataError
        If the world does not say who supplies whom.
    """
    network, scenario = parted(scenario)
    rerouted = None
    if network.changes:
        from catenary.disruption.rerouting import rerouting  # noqa: PLC0415  brings the network

        rerouted = rerouting(world, network, days)
    before, world = world, settled(world, scenario, options)
    scenario = followed(scenario, before, world)
    world = with_links(world, scenario)
    require_balance(world)
    kept = tuple(change for change in scenario.changes if change.target != SHARE)
    timeline = replace(scenario, changes=kept).compile(world)
    transit = has_transit(world, timeline, rerouted)
    if transit and options["rationing"] == "small_first":
        raise OptionError(
            "rationing small_first does not go with deliveries that take time",
            hint="choose another rule, or set links.duration and supplies.lead_time to 0",
        )
    layout = layout_of(
        world,
        stock_days=options["stock_days"],
        rationing=options["rationing"],
        lists=transit,
        touched=_touched(world, timeline),
    )
    final, disturbance, clipped = _disturbance(
        world, layout, timeline, days, rerouted, capital_years=options["capital_years"]
    )
    return Prepared(
        world=world,
        timeline=timeline,
        layout=layout,
        final=final,
        disturbance=disturbance,
        parameters=parameters_of(layout, options),
        lanes=lanes_of(world, layout, timeline, days, rerouted) if transit else None,
        clipped=clipped,
        rerouted=rerouted,
        idle=rerouted is None and any(change.start < days for change in network.changes),
    )


def demand_by_day(
    world: World, layout: Layout, timeline: Timeline, days: int
) -> tuple[dict[int, FinalDemand], int]:
    """Return final demand from each day on which it changes, and how often it fell below 0."""
    final, clipped = {0: layout.final}, 0
    steps = [s for t in ("demand.quantity", "final") for s in timeline.on(t)]
    if steps:
        when = np.arange(days, dtype=float)
        strength = np.stack([step.change.strength(when) for step in steps])
        before = np.hstack([np.zeros((len(steps), 1)), strength[:, :-1]])
        for day in np.flatnonzero((strength != before).any(axis=0)).tolist():
            final[day], below = layout.final_on(world, timeline, day)
            clipped = max(clipped, below)
    return final, clipped


def _disturbance(
    world: World,
    layout: Layout,
    timeline: Timeline,
    days: int,
    rerouted: Rerouting | None,
    *,
    capital_years: float,
) -> tuple[dict[int, FinalDemand], inventory.Disturbance, int]:
    """Turn a timeline into losses by day and final demand on the days it changes.

    Also returns in how many places final demand would fall below 0.
    """
    affected, losses = losses_of(world, timeline, days)
    final, clipped = demand_by_day(world, layout, timeline, days)
    bars = dict(bars_on(world, timeline, days, rerouted))
    wanted = dict(final)
    for day in sorted({*wanted, *bars}) if bars else ():
        since = wanted[max(d for d in wanted if d <= day)]
        now = bars.get(max((d for d in bars if d <= day), default=-1), [])
        final[day] = final_under(since, now, layout.network.region, layout.network.product)
    shape = layout.network.final.shape
    changed = {}
    for day, demand in final.items():
        if demand is not layout.final or day > 0:
            changed[day] = demand.by_producer(*shape)
            changed[day][:, 0] += layout.extra_final
    disturbance = inventory.Disturbance(
        producers=layout.places[affected],
        losses=losses,
        final=changed,
        bars=bars,
        rebuilding=rebuilding_of(world, layout, timeline, ratio=capital_years),
    )
    return final, disturbance, clipped


def _touched(world: World, timeline: Timeline) -> NDArray[np.bool_] | None:
    """Return the cells of `final` that the scenario changes, in the order of the tables."""
    steps = list(timeline.on("final"))
    if not steps:
        return None
    matrix = world.matrix("final")
    touched = np.zeros(matrix.values.shape, bool)
    for step in steps:
        touched[np.ix_(step.rows, step.columns)] = True  # type: ignore[arg-type]
    rows = matrix.rows.get_indexer(world.ids("producers"))
    columns = matrix.columns.get_indexer(world.ids("consumers"))
    return touched[np.ix_(rows, columns)]
