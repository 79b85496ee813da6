"""Ways of goods before and after a closure as lines, found again for the map."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from catenary.errors import CatenaryError
from catenary.report.freightmap import Ground, leg_points, records
from catenary.report.tallies import coded, sums

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from catenary.logistics.carriage import Carriage, Closed
    from catenary.logistics.telling_ways import Leg, Ways
    from catenary.report.tallies import View

    Row = dict[str, Any]

__all__ = [
    "Rerouted", "closures_of", "gone_round", "ground_of", "held", "mean_late", "mean_of",
    "rerouted",
]  # fmt: skip

_DRAWN: Final = 6
_TRIED: Final = 18
_DAYS: Final = (12.0, 1.2, 120.0, 1200.0)
"""USD that a day may cost a tonne: a result does not say it, and ways are found by trying."""

_VESSEL: Final = "container_8000"


@dataclass(frozen=True, kw_only=True)
class Rerouted:
    """A row of detours, and lon, lat, lon, lat … of the legs of its way before and after.

    What waits for the end of the closure, or has no way, has none after.
    """

    row: dict[str, Any]
    before: list[list[float]]
    after: list[list[float]]


def closures_of(view: View) -> pd.DataFrame | None:
    """Return what of the network is closed or delayed; None where nothing is."""
    table = view.tables.get("closures")
    return None if table is None or table.empty else table


def held(detours: pd.DataFrame) -> pd.Series:
    """Return what share of all waiting of its product each row has; units differ by product.

    Waiting is goods times days late, or times the days of the way where there is none.

    Examples
    --------
    >>> row = {"product": "chips", "late": 2.0, "extra_duration": 3.0, "lost": 0.0, "duration": 9.0}
    >>> held(pd.DataFrame([row, row])).tolist()
    [0.5, 0.5]
    """
    late = detours["late"] * detours["extra_duration"] + detours["lost"] * detours["duration"]
    whole = late.groupby(detours["product"].astype("str")).transform("sum")
    return (late / whole).where(whole > 0, 0.0)


def gone_round(detours: pd.DataFrame) -> pd.Series:
    """Return which rows take another way; the others wait, are delayed, or have no way."""
    same = detours["passages"].astype("str") == detours["passages_instead"].astype("str")
    return ~(same & (detours["mode"].astype("str") == detours["mode_instead"].astype("str")))


def mean_late(detours: pd.DataFrame) -> float:
    """Return the mean days late of goods that come late, products alike; see `mean_of`."""
    return mean_of(detours[detours["late"].to_numpy() > 0], "extra_duration", "late")


def mean_of(rows: pd.DataFrame, column: str, weight: str) -> float:
    """Return a weighted mean within each product, whose units differ, then that over products.

    Examples
    --------
    >>> rows = pd.DataFrame({"product": ["a", "a", "b"], "days": [1, 3, 6], "late": [1, 1, 9]})
    >>> mean_of(rows, "days", "late")
    4.0
    """
    if rows.empty:
        return 0.0
    codes, labels = coded(rows["product"])
    weights = rows[weight].to_numpy(np.float64)
    whole = sums(codes, weights, len(labels))
    total = sums(codes, rows[column].to_numpy(np.float64) * weights, len(labels))
    kept = whole > 0
    return float((total[kept] / whole[kept]).mean()) if kept.any() else 0.0


@cache
def _ground(labels: tuple[str, ...]) -> Ground:
    from catenary.logistics.atlas import sea_world  # noqa: PLC0415  slow to load
    from catenary.logistics.land import transport_world  # noqa: PLC0415
    from catenary.logistics.sites import sites  # noqa: PLC0415

    return Ground(sites(labels, transport_world(), sea_world()))


def ground_of(labels: Iterable[str]) -> Ground:
    """Return names and places of passages and facilities that are built in."""
    return _ground(tuple(sorted(dict.fromkeys(str(one) for one in labels))))


def rerouted(detours: pd.DataFrame, closures: pd.DataFrame) -> list[Rerouted]:
    """Return the ways between the pairs of regions that wait most: what goes round, what waits.

    Ways are found on the built-in network. One is drawn only if it uses the very passages that the
    table names, before and, if it goes round, after.

    Parameters
    ----------
    detours, closures
        Tables of a stress test.
    """
    chosen = _chosen(detours)
    if chosen.empty:
        return []
    things = closures["thing"][closures["open"] < 1].astype("str").tolist()
    try:
        return list(_found(chosen, things))
    except CatenaryError:  # regions or closures of a network of the world's own
        return []


def _chosen(detours: pd.DataFrame) -> pd.DataFrame:
    """Return a row for each of the pairs of regions with most waiting: going round, then not."""
    every = detours.assign(held=held(detours), round=gone_round(detours))
    found = []
    for kept in (every["round"], ~every["round"] & (every["held"] > 0)):
        some = every[kept]
        pairs = some.groupby(["origin", "destination"], observed=True)["held"]
        ranked = some.assign(whole=pairs.transform("sum")).sort_values(
            ["whole", "held"], ascending=False, kind="stable"
        )
        found.append(ranked.drop_duplicates(["origin", "destination"]).head(_TRIED))
    return pd.concat(found)


def _found(chosen: pd.DataFrame, things: list[str]) -> Iterator[Rerouted]:
    from catenary.logistics.carriage import Closed, carriage  # noqa: PLC0415  slow to load
    from catenary.logistics.hauling import Goods  # noqa: PLC0415
    from catenary.logistics.land import transport_world  # noqa: PLC0415
    from catenary.logistics.linking import places_of  # noqa: PLC0415
    from catenary.logistics.shutting import closed_in  # noqa: PLC0415
    from catenary.logistics.telling_ways import Ways  # noqa: PLC0415

    world = transport_world()
    regions = pd.Index(
        pd.unique(chosen[["origin", "destination"]].astype("str").to_numpy().ravel())
    )
    places = places_of(world, regions)
    if len(places) < 2:
        return
    modes = dict.fromkeys(
        ["", *chosen["mode"].astype("str"), *chosen["mode_instead"].astype("str")]
    )
    goods = [Goods(day=day, mode=mode) for mode in modes for day in _DAYS]
    made: Carriage = carriage(
        world, list(places.values()), goods, by="generalised", vessel=_VESSEL, opened=()
    )
    every: list[Closed] = [closed_in(world, ",".join(things))]
    every += [closed_in(world, one) for one in things] if len(things) > 1 else []
    before = [Ways(made, made.base)]
    after = [Ways(made, made.reroute(one)) for one in every if one != Closed()]
    index = {region: number for number, region in enumerate(places)}
    drawn = {True: 0, False: 0}
    for row in records(chosen):
        ends = [index.get(str(row[end])) for end in ("origin", "destination")]
        moves = bool(row["round"])
        if drawn[moves] < _DRAWN and None not in ends:
            at = tuple(int(one) for one in ends if one is not None)
            sought = [(before, "passages"), *([(after, "passages_instead")] if moves else [])]
            legs = [_legs(some, len(goods), at, str(row[column])) for some, column in sought]
            lines = [_lines(one) for one in legs]
            if all(lines):
                drawn[moves] += 1
                yield Rerouted(row=row, before=lines[0], after=lines[1] if moves else [])


def _legs(several: list[Ways], goods: int, at: tuple[int, ...], passages: str) -> list[Leg]:
    """Return the legs of the first way that uses exactly some passages."""
    for ways in several:
        for q in range(goods):
            best = ways.found.best[q]
            if np.isfinite(best.goal[at]) and ";".join(ways.passages(q, *at)) == passages:
                return ways.legs(q, *at)
    return []


def _lines(legs: list[Leg]) -> list[list[float]]:
    ground = ground_of(
        [end for one in legs for end in (one.origin, one.destination)]
        + [label for one in legs for label in one.passages]
    )
    rows = [one._asdict() | {"by": one.mode, "passages": ";".join(one.passages)} for one in legs]
    lines = [leg_points(row, ground) for row in rows if row["origin"] != row["destination"]]
    return lines if all(lines) else []
