"""Detours as lines: the ways before and after a passage is closed, found again for the map."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import permutations
from typing import TYPE_CHECKING, Any, Final, cast

import numpy as np

from catenary.errors import CatenaryError
from catenary.logistics.doors import Doors, doors, sailing
from catenary.logistics.places import Place
from catenary.logistics.router import Route, Voyage, best
from catenary.maths.sphere import along, great_circle
from catenary.report.atsea import called, passages_of, spot
from catenary.worlds import load, sea

if TYPE_CHECKING:
    import pandas as pd

    from catenary.model import World

__all__ = ["Closure", "Detour", "detours", "sea_way"]

_CLOSURES: Final = 3  # worst ones that are drawn
_JOURNEYS: Final = 3  # of each
_SPACING: Final = 200e3  # metres between points
_VESSEL: Final = "container_8000"  # no matter which: only its way through given passages is asked
_ORDERED: Final = 3  # passages whose order is found by trying all
_LEAST: Final = 1e-9


@dataclass(frozen=True, kw_only=True)
class Detour:
    """A journey before and after: rows of the table, and lon, lat, lon, lat … of both ways."""

    row: dict[str, Any]
    before: list[float]
    after: list[float]


@dataclass(frozen=True, kw_only=True)
class Closure:
    """Passages of which each, closed alone, sends the same journeys the same way round."""

    passages: list[str]
    detours: list[Detour]


def detours(closures: pd.DataFrame, table: pd.DataFrame) -> list[Closure]:
    """Return the detours of the worst closures of passages that have any.

    Parameters
    ----------
    closures, table
        Tables chokepoints and detours of a result, the worst first.
    """
    found: dict[tuple[Any, ...], Closure] = {}
    worst = closures[(closures["kind"] == "passage") & (closures["effect"] > _LEAST)]
    alone = table[table["second"].fillna("").astype(str) == ""]
    for label in worst["closed"].astype(str):
        rows = [
            {str(k): v for k, v in row.items()}
            for row in alone[alone["closed"].astype(str) == label].to_dict("records")
        ][:_JOURNEYS]
        same = tuple(
            (row["origin"], row["destination"], row["passages_before"], row["passages_after"])
            for row in rows
        )
        if same in found:
            found[same].passages.append(label)
        elif len(found) < _CLOSURES:
            drawn = [one for row in rows if (one := _drawn(row))]
            if drawn:
                found[same] = Closure(passages=[label], detours=drawn)
    return list(found.values())


def _drawn(row: dict[str, Any]) -> Detour | None:
    """Return the lines of a journey; None if a port has no place or a way is not found."""
    ends = str(row["origin"]), str(row["destination"])
    before, after = (
        sea_way(*ends, tuple(passages_of(str(row[f"passages_{when}"]), ";")))
        for when in ("before", "after")
    )
    return Detour(row=row, before=list(before), after=list(after)) if before and after else None


@cache
def _doors() -> Doors:
    world = cast("World", load("sea"))
    return doors(world, sea.lanes(), sailing(world, vessel=_VESSEL))


@cache
def sea_way(origin: str, destination: str, passages: tuple[str, ...]) -> tuple[float, ...]:
    """Return the shortest way through given passages and no other; nothing if there is none.

    Passages may be given in any order. Open water is proportional to the distance for every ship
    and goal, so that the best way through some passages is the shortest.
    """
    places = [spot(label) for label in (origin, destination)]
    if None in places:
        return ()
    ends = [
        Place(label, called(label), at.lon, at.lat)
        for label, at in zip((origin, destination), places, strict=True)
        if at
    ]
    passable = _doors()
    lanes = passable.lanes
    used = [lanes.passages.index(label) for label in passages if label in lanes.passages]
    open_ = np.isin(lanes.door_passage, used)
    cost = np.where(open_, passable.cost("distance", every=True), np.inf)

    def found(via: tuple[str, ...] = ()) -> Route | None:
        voyage = Voyage(doors=passable, origin=ends[0], destination=ends[1], via=via)
        return best(voyage, "distance", cost=cost)

    try:
        route = found()
        missing = [one for one in passages if route is None or one not in _through(route)]
        if missing:  # a way past one of them is shorter
            orders = permutations(missing) if len(missing) <= _ORDERED else [tuple(missing)]
            routes = [one for order in orders if (one := found(order)) is not None]
            route = min(routes, key=_length, default=None)
    except CatenaryError:
        return ()
    return _points(route) if route else ()


def _through(route: Route) -> tuple[str, ...]:
    passable = _doors()
    return tuple(passable.passage(door) for door in route.doors)


def _length(route: Route) -> float:
    lon, lat = np.reshape(_points(route), (-1, 2)).T
    return float(great_circle(lon[:-1], lat[:-1], lon[1:], lat[1:]).sum())


def _points(route: Route) -> tuple[float, ...]:
    """Return lon, lat, lon, lat … of a whole route, longitudes unbroken."""
    found: list[float] = []
    for one in route.stretches:
        lon, lat = along(one.lon, one.lat, _SPACING)
        if found:
            lon = lon + 360 * np.round((found[-2] - lon[0]) / 360)
        found += np.stack([lon, lat], axis=1).ravel().round(3).tolist()
    return tuple(found)
