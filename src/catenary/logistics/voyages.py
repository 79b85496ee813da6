"""Ways by sea between gateway ports, per tonne of the cargo of one ship."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

import numpy as np

from catenary.errors import MissingDataError
from catenary.logistics.doors import doors, sailing
from catenary.logistics.many import overlay_of
from catenary.maths.through import bits, through

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from catenary.logistics.hauling import Goal
    from catenary.logistics.places import Place
    from catenary.logistics.ships import By, Sailing
    from catenary.maths.overlay import Overlay
    from catenary.maths.through import Through
    from catenary.model import World
    from catenary.worlds.sea import SeaLanes

    Array = NDArray[np.float64]

__all__ = ["Voyages", "voyages"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Voyages:
    """A ship between some ports, each way best for the ship, whatever it carries."""

    world: World
    lanes: SeaLanes
    ship: Sailing
    by: By
    ports: tuple[Place, ...]
    opened: tuple[str, ...]

    @cached_property
    def overlay(self) -> Overlay:
        """The network of doors and these ports."""
        return _overlay(self.lanes, self.ports)

    def sailed(self, closed: Iterable[str] = ()) -> tuple[Array, Through]:
        """Return days, USD/t, kg CO2e/t and km between ports, (4, P, P), and how they are sailed.

        inf where there is no way, and within a port. Read-only: kept for who asks again.
        """
        return _sailed(self, tuple(sorted(set(closed))))

    def _sail(self, closed: tuple[str, ...]) -> tuple[Array, Through]:
        barred = doors(self.world, self.lanes, self.ship, closed=closed, opened=self.opened)
        used = through(
            self.overlay,
            barred.cost(self.by),
            np.stack([barred.metres.astype(np.float64), barred.days, barred.extra]),
            bits(self.lanes.door_passage, len(self.lanes.passages)),
            rate=self.ship.rate(self.by),
        )
        metres, days, extra = used.amounts
        days = used.metres * self.ship.rate("duration") + days
        far = (used.metres + metres) / 1e3
        cargo = self.ship.cargo
        found = np.stack(
            [days, (days * self.ship.day + extra) / cargo, far * self.ship.factor / cargo, far]
        )
        own = np.arange(len(far))
        found[:, ~np.isfinite(used.cost)] = np.inf
        found[:, own, own] = np.inf
        found.flags.writeable = False
        return found, used

    def passed(self, used: Through, origin: int, destination: int) -> list[str]:
        """Return the passages between two ports, in the order of the table."""
        words = used.words[origin, destination]
        return [
            label
            for at, label in enumerate(self.lanes.passages)
            if int(words[at // 64]) >> (at % 64) & 1
        ]


@lru_cache(maxsize=16)
def _sailed(sea: Voyages, closed: tuple[str, ...]) -> tuple[Array, Through]:
    return sea._sail(closed)  # noqa: SLF001  its own module


@lru_cache(maxsize=4)
def _overlay(lanes: SeaLanes, ports: tuple[Place, ...]) -> Overlay:
    return overlay_of(lanes, ports)


def voyages(
    world: World, lanes: SeaLanes, vessel: str, goal: Goal, ports: Sequence[Place], *,
    opened: Iterable[str] = (),
) -> Voyages:  # fmt: skip
    """Return what a ship makes of the sea between some ports.

    A ship carries the goods of many, so that its way is best for itself: by cost (fuel, charter,
    tolls, premiums) where the goal is generalised cost, else by that goal.

    Raises
    ------
    OptionError
        If there is no such vessel.
    MissingDataError
        If nobody knows how much it carries or emits.
    """
    ship = sailing(world, vessel=vessel)
    if not ship.cargo > 0 or not ship.factor >= 0:
        raise MissingDataError(
            f"nothing is known of the load or the emissions of the vessel {vessel!r}",
            hint="fill in cargo and factor in vessels, or take another vessel",
        )
    by: By = "cost" if goal == "generalised" else goal
    return Voyages(
        world=world, lanes=lanes, ship=ship, by=by, ports=tuple(ports),
        opened=tuple(sorted(opened)),
    )  # fmt: skip
