"""Lanes on land as a network: where goods change mode, cross borders, and what a closure cuts."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final, cast

import numpy as np
import pandas as pd

from catenary.errors import DataError, listed
from catenary.maths.landways import Net
from catenary.worlds import load

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from catenary.model import World
    from catenary.model.table import Table

    Array = NDArray[np.float64]
    Flags = NDArray[np.bool_]
    Integers = NDArray[np.int64]

__all__ = ["AMOUNTS", "MODES", "Land", "land_of", "land_table", "transport_world"]

MODES: Final = ("road", "rail", "waterway", "sea", "air", "transfer")
AMOUNTS: Final = ("duration", "cost", "emissions", "distance", "rail", "waterway")
"""What is added up along a way: day, USD/t, kg CO2e/t, km, and km by two of the modes."""
_TRANSFER: Final = MODES.index("transfer")


def transport_world() -> World:
    """Return the built-in world `transport`."""
    return cast("World", load("transport"))


def land_table(world: World, name: str) -> Table:
    """Return a table of a world that has lanes of its own, else that of the world `transport`.

    Examples
    --------
    >>> from catenary.testing import two_regions
    >>> "rail:kunming:vientiane" in land_table(two_regions(), "lanes").index
    True
    """
    owner = world if "lanes" in world and name in world else transport_world()
    return owner.part(name)


@dataclass(frozen=True, kw_only=True, eq=False)
class Land:
    """A network of land: a node for each mode that serves a facility, two arcs for most lanes."""

    net: Net
    facilities: pd.Index
    facility: Integers
    """Position of the facility of every node."""
    mode: NDArray[np.int8]
    """Mode of every arc, as a position in MODES."""
    lane: Integers
    """Row of lanes of every arc; -1: a transfer without a row."""
    amounts: Array
    """Of every arc, (6, A); crossing a border is part of the roads that lead to it."""
    closed: Flags
    """Arcs that are closed in the tables."""
    passages: dict[str, Integers]
    """Passage → arcs that need it."""
    words: tuple[tuple[str, ...], ...]
    """Passages of every arc."""
    ends: tuple[Integers, Integers]
    """Facility at the tail and at the head of every arc."""
    transfer: Array
    """What changing mode takes by facility, (6, F); 0 where no row says it."""
    inner: Flags
    """Nodes that ways may lead through; others lie beside roads that are there without them."""
    both: bool
    """Whether all lanes lead both ways, so that the way back is the way there."""

    def node(self, facility: str) -> int:
        """Return the node at which goods of a place begin: that of the road, if there is one."""
        if facility not in self.facilities:
            return -1
        at = np.flatnonzero(self.facility == self.facilities.get_loc(facility))
        return int(at[0]) if len(at) else -1

    def nodes(self, facilities: Iterable[str]) -> Integers:
        """Return such nodes of many places."""
        first = np.full(len(self.facilities), -1)
        first[self.facility[::-1]] = np.arange(len(self.facility))[::-1]
        at = self.facilities.get_indexer(pd.Index(list(facilities), dtype="str"))
        return np.where(at >= 0, first[at], -1).astype(np.int64)

    def shut(self, passages: Iterable[str], facilities: Iterable[str]) -> Flags:
        """Return the arcs that need a passage or touch a facility."""
        found = np.zeros(len(self.mode), bool)
        for label in passages:
            found[self.passages.get(label, np.zeros(0, np.int64))] = True
        at = self.facilities.get_indexer(pd.Index(list(facilities), dtype="str"))
        gone = np.zeros(len(self.facilities) + 1, bool)
        gone[at] = True
        gone[-1] = False  # who is no facility on land is at -1
        return np.asarray(found | gone[self.ends[0]] | gone[self.ends[1]])


def land_of(world: World, opened: Iterable[str] = ()) -> Land:
    """Return the network of a world's lanes, or of those built in.

    Parameters
    ----------
    world
        Its own `lanes`, with `facilities`, and `passages` of borders and corridors, come first.
    opened
        Passages that are open whatever the tables say.

    Raises
    ------
    DataError
        If lanes end nowhere: at a place that no lane of another kind or place leads on from.

    Examples
    --------
    >>> from catenary.testing import two_regions
    >>> land = land_of(two_regions())
    >>> land.both, "border_chn_kaz" in land.passages
    (True, True)
    """
    owner = world if "lanes" in world else transport_world()
    return _land(owner, tuple(sorted(opened)))


@lru_cache(maxsize=4)
def _land(owner: World, opened: tuple[str, ...]) -> Land:
    lanes, places = owner.part("lanes"), owner.part("facilities")
    frame = lanes.frame
    count = len(places.index)
    mode = pd.Categorical(frame["mode"].astype("str"), categories=list(MODES)).codes.astype(np.int8)
    ends = [lanes.codes(name).astype(np.int64) for name in ("origin", "destination")]
    carried = _amounts(lanes, mode)
    words = [one.split(";") if one else [] for one in frame["passages"].fillna("")]
    shut = _shut(owner, words, lanes.numbers("open"), set(opened))
    own = (mode == _TRANSFER) & (ends[0] == ends[1])
    transfer = np.zeros((len(AMOUNTS), count))
    transfer[:, ends[0][own]] = carried[:, own]
    row = np.full(count, -1)
    row[ends[0][own]] = np.flatnonzero(own)
    crossing = (places.frame["kind"] == "border_crossing").to_numpy()
    moving = np.flatnonzero(~own)
    keys = [ends[side][moving] * len(MODES) + mode[moving] for side in (0, 1)]
    known, node = np.unique(np.concatenate(keys), return_inverse=True)
    tail, head = node[: len(moving)], node[len(moving) :]
    two_way = frame["both"].to_numpy(bool)[moving]
    back = np.flatnonzero(two_way)
    changes = _changes(known // len(MODES), known % len(MODES))
    tails = np.concatenate([tail, head[back], changes[0]])
    heads = np.concatenate([head, tail[back], changes[1]])
    facility = known // len(MODES)
    at = facility[tails], facility[heads]
    changed = row[facility[changes[0]]]
    lane = np.concatenate([moving, moving[back], changed])
    arc_mode = np.where(np.arange(len(lane)) < len(lane) - len(changed), mode[lane], _TRANSFER)
    amounts = np.where(lane >= 0, carried[:, lane], 0.0)
    moved = arc_mode != _TRANSFER
    for side in at:  # half of a crossing belongs to each of the roads that lead to it
        amounts += np.where(moved & crossing[side], transfer[:, side] / 2, 0.0)
    arcs: dict[str, list[int]] = {}
    named: list[tuple[str, ...]] = [tuple(words[of]) if of >= 0 else () for of in lane.tolist()]
    lost = (lane >= 0) & shut[lane]
    for k, of in enumerate(lane.tolist()):
        for label in words[of] if of >= 0 else ():
            arcs.setdefault(label, []).append(k)
    for side in at:
        for k in np.flatnonzero(moved & crossing[side] & (row[side] >= 0)).tolist():
            lost[k] |= shut[row[side[k]]]
            for label in words[row[side[k]]]:
                if label not in named[k]:
                    named[k] = (*named[k], label)
                arcs.setdefault(label, []).append(k)
    found = Land(
        net=Net.of(len(known), tails, heads), facilities=places.index,
        facility=facility.astype(np.int64), mode=arc_mode.astype(np.int8),
        lane=lane.astype(np.int64), amounts=amounts, closed=lost,
        passages={label: np.array(which) for label, which in arcs.items()},
        words=tuple(named),
        ends=(at[0].astype(np.int64), at[1].astype(np.int64)), transfer=transfer,
        inner=_inner(len(known), tails, heads, np.where(lost, np.inf, amounts)),
        both=bool(two_way.all()),
    )  # fmt: skip
    if owner is not transport_world():
        _leading(found, frame)
    return found


def _amounts(lanes: Table, mode: NDArray[np.int8]) -> Array:
    """Return what each lane takes, (6, L)."""
    far = lanes.numbers("distance")
    names = ("duration", "cost", "emissions")
    rest = [np.where(mode == MODES.index(name), far, 0.0) for name in ("rail", "waterway")]
    found: Array = np.nan_to_num(np.stack([*(lanes.numbers(name) for name in names), far, *rest]))
    return found


def _shut(owner: World, words: list[list[str]], open_: Array, opened: set[str]) -> Flags:
    """Return the lanes that are closed, themselves or by a passage."""
    closed: set[str] = set()
    if "passages" in owner:
        table = owner.part("passages")
        closed = set(table.index[table.numbers("open") <= 0]) - opened
    return np.array(
        [
            bool(closed & set(used)) or (open_[k] <= 0 and not opened & set(used))
            for k, used in enumerate(words)
        ],
        bool,
    )


def _changes(facility: Integers, mode: Integers) -> tuple[Integers, Integers]:
    """Return the nodes between which goods change mode: those of one facility."""
    pairs = [
        (a, b)
        for one in np.flatnonzero(np.bincount(facility) > 1)
        for a in np.flatnonzero(facility == one)
        for b in np.flatnonzero(facility == one)
        if mode[a] != mode[b]
    ]
    found = np.array(pairs, np.int64).reshape(-1, 2)
    return found[:, 0], found[:, 1]


def _inner(count: int, tail: Integers, head: Integers, amounts: Array) -> Flags:
    """Return the nodes that some way may need to lead through.

    None needs a node whose neighbours are all joined to each other by lanes that take no more of
    anything than the way through it: a port or a city beside the roads of its country.
    """
    found = np.ones(count, bool)
    pairs, pair = np.unique(tail * count + head, return_inverse=True)
    between = np.full((len(amounts), len(pairs) + 1), np.inf)  # the last: no lane
    for k, one in enumerate(amounts):
        np.minimum.at(between[k], pair, one)
    at = np.full((count, count), len(pairs), np.int32)
    at[pairs // count, pairs % count] = np.arange(len(pairs))
    joined = np.isfinite(between[0])
    for node in range(count):
        into = np.flatnonzero(joined[at[:, node]])
        out = np.flatnonzero(joined[at[node]])
        through = between[:, at[into, node]][:, :, None] + between[:, at[node, out]][:, None]
        direct = between[:, at[into[:, None], out]]
        same = into[:, None] == out
        found[node] = not (same | (direct <= through * 1.0001 + 0.01)).all()
    return found


def _leading(found: Land, frame: pd.DataFrame) -> None:
    """Refuse lanes that no other lane and no place leads on from at either end.

    Raises
    ------
    DataError
        If there are any.
    """
    own = (frame["origin"] == frame["destination"]) & (frame["mode"].astype("str") != "transfer")
    if own.any():
        raise DataError(
            f"lanes {listed(frame.index[own])} end where they begin",
            hint="give two places, or mode transfer for what changing mode takes at one place",
        )
    if not (found.mode != _TRANSFER).any():
        raise DataError(
            "this world has lanes and none leads from one place to another",
            hint="add lanes by road, rail or waterway, or leave the table lanes out",
        )
