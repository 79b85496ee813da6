"""Where measures of borders and of the transport network may be taken."""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from catenary.errors import OptionError, did_you_mean
from catenary.model import Change
from catenary.model.units import DAYS_PER_YEAR
from catenary.planning.placing import Place, best
from catenary.worlds import border_measures

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from catenary.model import World
    from catenary.planning.placing import Chosen
    from catenary.planning.rests import Rests
    from catenary.worlds.measures import Template

__all__ = ["CROSSINGS"]

_NETWORK: Final = ("facilities", "lanes", "passages")


def _days(world: World, template: Template) -> dict[str, float]:
    """Return days that a measure saves by side: import, export, pair."""
    known = border_measures.world().table("border_measures")
    if "border_measures" in world:
        known = pd.concat([world.table("border_measures"), known])
    rows = known[known["measure"].astype("str") == template.border_measure]
    if not len(rows):
        raise OptionError(
            f"measure {template.id!r} names the border measure {template.border_measure!r}, "
            "which there is not",
            hint=did_you_mean(template.border_measure, known["measure"]),
        )
    found: dict[str, float] = {}
    for side, days in zip(rows["side"].astype("str"), rows["days"], strict=True):
        for one in ("import", "export") if side == "both" else (side,):
            found.setdefault(one, float(days) * template["size"].value)
    return {side: days for side, days in found.items() if days > 0}


def _border(
    template: Template, world: World, chosen: Chosen, rests: Rests | None
) -> Iterator[Place]:
    """Yield countries whose links all take longer than what is saved."""
    if "links" not in world:
        return
    links, days = world.part("links"), _days(world, template)
    origin, destination = (links.codes(n).astype(np.int64) for n in ("origin", "destination"))
    ids = world.ids("regions").astype("str").to_numpy(object)
    pairs = pd.DataFrame({"o": origin, "d": destination, "days": links.numbers("duration")})
    shortest = pairs[origin != destination].groupby(["o", "d"])["days"].min()
    trade = _trade(rests, len(ids))
    score = trade.sum(axis=0) + trade.sum(axis=1) if trade.any() else np.ones(len(ids))
    linked = np.isin(np.arange(len(ids)), pairs[["o", "d"]].to_numpy())
    for r, one in best(np.maximum(score, 1e-300), chosen.regions & linked, ids):
        changes = []
        for side, saved in days.items():
            far, near = ("o", "d") if side == "import" else ("d", "o")
            long = shortest[shortest >= saved].reset_index()
            ends = sorted(ids[long[far][long[near] == r].to_numpy(np.int64)])
            if not ends:
                continue
            keys = ("origin", "destination") if side == "import" else ("destination", "origin")
            where = {keys[0]: tuple(ends), keys[1]: ids[r]}
            changes.append(Change(target="links.duration", where=where, add=-saved, kind="measure"))
        if changes:
            yield Place(label=ids[r], base=0.0, score=one, region=ids[r], changes=tuple(changes))


def _trade(rests: Rests | None, count: int) -> NDArray[np.float64]:
    """Return what regions (rows) deliver to others, USD a year; inputs whose worth is known."""
    if rests is None:
        return np.zeros((count, count))
    flows = rests.uses.flows.tocoo()
    o, d = (rests.region[c] for c in flows.coords)
    value = np.nan_to_num(flows.data * rests.worths.price[rests.made[flows.coords[0]]])
    apart = o != d
    summed = np.bincount((o * count + d)[apart], value[apart], minlength=count * count)
    return np.asarray(summed.reshape(count, count))


def _border_post(
    template: Template, world: World, chosen: Chosen, rests: Rests | None
) -> Iterator[Place]:
    """Yield border crossings that take longer than what is saved, the slowest first."""
    del rests
    saved = sum(_days(world, template).values())
    found = []
    for table, kind in (("passages", "border"), ("facilities", "border_crossing")):
        if table not in world or not len(world.ids(table)) or not saved:
            continue
        part = world.part(table)
        days = part.numbers("duration")
        kept = (part.frame["kind"].astype("str") == kind).to_numpy(np.bool_) & (days >= saved)
        found.append(_places(world, table, days, kept, chosen, "duration", base=None, by=-saved))
    yield from _merged(found)


def _upgrade(
    template: Template, world: World, chosen: Chosen, rests: Rests | None
) -> Iterator[Place]:
    """Yield places with a capacity, the largest of each table first."""
    del rests
    size = template["size"].value
    found = []
    for table in _NETWORK:
        if table not in world or not len(world.ids(table)):
            continue
        most = world.part(table).numbers("capacity")
        base, score = most * size * DAYS_PER_YEAR, np.nan_to_num(most)
        found.append(
            _places(world, table, score, most > 0, chosen, "capacity", base=base, by=1 + size)
        )
    yield from _merged(found)


def _merged(found: list[Iterator[Place]]) -> Iterator[Place]:
    return heapq.merge(*found, key=lambda place: (-place.score, place.label))


def _places(
    world: World, table: str, score: NDArray[np.float64], kept: NDArray[np.bool_], chosen: Chosen,
    column: str, *, base: NDArray[np.float64] | None, by: float,
) -> Iterator[Place]:  # fmt: skip
    ids = world.ids(table).astype("str").to_numpy(object)
    region = _regions(world, table)
    inside = np.append(chosen.regions, chosen.everywhere)[region]
    names = np.append(world.ids("regions").astype("str").to_numpy(object), "")
    for k, one in best(score, kept & inside, ids):
        number: dict[str, Any] = {"add": by} if by < 0 else {"multiply": by}
        change = Change(target=f"{table}.{column}", where={"id": ids[k]}, kind="measure", **number)
        yield Place(
            label=f"{table}.{ids[k]}", base=0.0 if base is None else float(base[k]), score=one,
            region=str(names[region[k]]), changes=(change,),
        )  # fmt: skip


def _regions(world: World, table: str) -> NDArray[np.int64]:
    """Return the region of each place; −1 = nobody's: passages are several regions'."""
    if table == "facilities":
        return world.part(table).codes("region").astype(np.int64)
    if table == "lanes":
        place = world.part("facilities").codes("region").astype(np.int64)
        return np.asarray(place[world.part(table).codes("origin")])
    return np.full(len(world.ids(table)), -1)


CROSSINGS: Final[dict[str, Callable[[Template, World, Chosen, Rests | None], Iterator[Place]]]] = {
    "border": _border,
    "border_post": _border_post,
    "upgrade": _upgrade,
}
"""Kind → where it may be taken, best first."""
