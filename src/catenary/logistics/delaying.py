"""Ways of goods while ports, borders, passages or lanes take longer than usual."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from catenary.errors import OptionError
from catenary.logistics.atlas import part
from catenary.logistics.carriage import Stops, trees
from catenary.logistics.land import MODES, land_table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from catenary.logistics.carriage import Carriage
    from catenary.logistics.land import Land
    from catenary.logistics.voyages import Voyages

    Array = NDArray[np.float64]

__all__ = ["Delays", "delayed"]

_TRANSFER = MODES.index("transfer")


@dataclass(frozen=True, slots=True)
class Delays:
    """Days more (or less) that each takes, by what it is."""

    sea: tuple[tuple[str, float], ...] = ()
    land: tuple[tuple[str, float], ...] = ()
    """Borders."""
    facilities: tuple[tuple[str, float], ...] = ()
    lanes: tuple[tuple[str, float], ...] = ()

    def __bool__(self) -> bool:
        """Whether there are any."""
        return bool(self.sea or self.land or self.facilities or self.lanes)


def delayed(made: Carriage, delays: Delays) -> Carriage:
    """Return the ways of the same goods while some things take longer.

    Parameters
    ----------
    made
        Ways as the tables have them.
    delays
        Days to add; nothing takes less than none.

    Raises
    ------
    OptionError
        If a corridor is to take longer: only its borders, lanes and terminals take time.
    """
    if not delays:
        return made
    world = made.voyages.world
    longer, later = dict(delays.facilities), dict(delays.land)
    kind = land_table(world, "passages").frame["kind"]
    corridors = [one for one in later if kind.get(one) == "corridor"]
    if corridors:
        raise OptionError(
            f"{corridors[0]!r} is a corridor: it takes the time of its lanes and borders",
            hint="change the duration of these, or close the corridor",
        )
    land, ports, airports = made.land, made.ports, made.airports
    if later or longer or delays.lanes:
        lanes = land_table(world, "lanes").frame
        land = _on_land(land, later, longer, dict(delays.lanes), lanes)
        ports, airports = (_slower(one, longer) for one in (ports, airports))
    voyages = _at_sea(made.voyages, dict(delays.sea)) if delays.sea else made.voyages
    sources = land.nodes(made.places)
    return replace(
        made, land=land, ports=ports, airports=airports, voyages=voyages,
        trees=made.trees if land is made.land
        else trees(land, made.goods, made.by, sources, ports, airports),
    )  # fmt: skip


def _slower(stops: Stops, longer: Mapping[str, float]) -> Stops:
    """Return ports or airports where changing mode takes longer."""
    days = stops.ids.map(lambda one: longer.get(one, 0.0)).to_numpy(float)
    moved = stops.moved.copy()
    moved[0] = np.maximum(0.0, moved[0] + days)
    return replace(stops, moved=moved)


def _on_land(
    land: Land, borders: Mapping[str, float], places: Mapping[str, float],
    longer: Mapping[str, float], lanes: pd.DataFrame,
) -> Land:  # fmt: skip
    """Return the network of land with longer arcs; half of a crossing lies on each side of it."""
    duration = land.amounts[0].copy()
    moving = land.mode != _TRANSFER
    crossed = np.zeros(len(duration))
    for label, days in borders.items():
        named = np.array([label in text.split(";") for text in lanes["passages"].fillna("")])
        arcs = np.unique(land.passages.get(label, np.zeros(0, np.int64)))
        whole = (land.lane[arcs] >= 0) & named[land.lane[arcs]]
        crossed[arcs] += np.where(whole, days, days / 2)
    at = land.facilities.get_indexer(pd.Index(list(places), dtype="str"))
    for place, days in zip(at.tolist(), places.values(), strict=True):
        if place < 0:
            continue
        tail, head = (side == place for side in land.ends)
        duration[~moving & tail & head] += days
        if not (~moving & tail & head).any():  # goods pass a crossing without changing mode
            crossed[moving & (tail | head)] += days / 2
    for label, days in longer.items():
        duration[land.lane == lanes.index.get_loc(label)] += days
    duration = np.maximum(0.0, duration + crossed)
    return replace(
        land, amounts=np.vstack([duration, land.amounts[1:]]), inner=np.ones_like(land.inner)
    )


def _at_sea(voyages: Voyages, later: Mapping[str, float]) -> Voyages:
    """Return what a ship makes of a sea whose passages take longer."""
    frame = part(voyages.world, "passages").frame.copy()
    days = frame.index.map(lambda one: later.get(one, 0.0)).to_numpy(float)
    frame["duration"] = np.maximum(0.0, frame["duration"].fillna(0.0) + days)
    table = frame.drop(columns=[n for n in ("source", "note") if n in frame]).reset_index()
    return replace(voyages, world=voyages.world.with_(passages=table))
