"""What a scenario does to producers, day by day: what runs that stand side by side start from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from catenary.disruption.preparing import demand_by_day, losses_of
from catenary.maths.batch_cases import Shocks
from catenary.maths.grouping import sum_by
from catenary.model.change import CAPACITIES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from catenary.disruption.layout import Layout
    from catenary.model import Scenario, World

    Array = NDArray[np.float64]
    Integers = NDArray[np.int64]

__all__ = ["Impact", "impact_of", "is_plain", "shocks_of"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Impact:
    """What a scenario does to the producers of a world.

    Parameters
    ----------
    hit, losses
        Rows of `producers` that lose capacity (M,), and the share lost (days, M); below 0 =
        gained.
    asked, final
        Rows of `producers` whose final demand differs (D,), and what it is a day (days, D).
    demand
        Final demand of all producers over all days.
    """

    hit: Integers
    losses: Array
    asked: Integers
    final: Array
    demand: float


def is_plain(world: World, scenario: Scenario) -> bool:
    """Return whether a scenario only changes capacity and final demand.

    A cell of `final` that is 0 has no buyer in the network, so that only factors are taken there.
    """
    table = "intermediate" in world
    final = "final" if table else "demand.quantity"
    for change in scenario.changes:
        rebuilt = change.recovery is not None and change.recovery.curve == "rebuild"
        factor = change.operation == "multiply" or not table
        if rebuilt or not (change.target in CAPACITIES or (change.target == final and factor)):
            return False
    return True


def impact_of(world: World, layout: Layout, scenario: Scenario, days: int) -> Impact:
    """Return what a plain scenario does.

    Parameters
    ----------
    world, layout
        The world, and its network.
    scenario
        The scenario; `is_plain` holds.
    days
        Number of days.

    Returns
    -------
    Impact
        For this world, and every other in which the scenario means the same: with the same
        producers, and the same capacity and final demand.

    Raises
    ------
    ScenarioError
        If a change matches nothing, or losses of one producer exceed 100 %.
    """
    timeline = scenario.compile(world)
    hit, losses = losses_of(world, timeline, days)
    final, _ = demand_by_day(world, layout, timeline, days)
    count, starts = len(layout.producers), sorted(final)
    by_producer = np.stack(
        [sum_by(final[day].supplier, final[day].quantity, count) for day in starts]
    )
    lasting = np.diff([*starts, days])
    usual = sum_by(layout.final.supplier, layout.final.quantity, count)
    asked = np.flatnonzero((by_producer != usual).any(axis=0))
    return Impact(
        hit=np.asarray(hit, np.int64),
        losses=losses,
        asked=layout.producers[asked],
        final=np.repeat(by_producer[:, asked], lasting, axis=0),
        demand=float(by_producer.sum(axis=1) @ lasting),
    )


def shocks_of(layout: Layout, impacts: Sequence[Impact]) -> Shocks:
    """Return what several scenarios do to the producers of a network.

    Parameters
    ----------
    layout
        The network.
    impacts
        What each does, over equally many days.

    Returns
    -------
    Shocks
        The same, with the producers of the network.
    """
    places, days = layout.places, len(impacts[0].losses)
    hit = np.unique(np.concatenate([places[one.hit] for one in impacts]))
    asked = np.unique(np.concatenate([places[one.asked] for one in impacts]))
    # case by case in memory, as runs read them
    losses = np.zeros((days, len(hit), len(impacts)))
    final = np.tile(layout.network.final[asked], (days, 1, len(impacts)))
    for row, one in enumerate(impacts):
        losses[:, np.searchsorted(hit, places[one.hit]), row] = one.losses
        to = places[one.asked]
        final[:, np.searchsorted(asked, to), row] = one.final + layout.extra_final[to]
    return Shocks(
        hit=hit, losses=np.moveaxis(losses, 2, 0), asked=asked, final=np.moveaxis(final, 2, 0)
    )
