"""Lanes, passages and facilities of a world, and the sea, as a network that fills up."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np
import pandas as pd

from catenary.errors import MissingDataError, OptionError, did_you_mean
from catenary.logistics.atlas import network, part, sea_world
from catenary.logistics.book import FIGURES, Book, records
from catenary.logistics.defaults import VESSEL
from catenary.logistics.doors import doors, passage_groups
from catenary.logistics.lane_arcs import add_lanes, add_transfers
from catenary.logistics.mooring import ports_of
from catenary.logistics.places import place, split
from catenary.logistics.sea_arcs import sea_arcs
from catenary.logistics.ships import sailing

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from catenary.logistics.doors import Doors
    from catenary.model import World

    Array = NDArray[np.float64]
    Integers = NDArray[np.int64]
    Row = dict[str, Any]

__all__ = ["FIGURES", "Freight", "Ports", "Sea", "freight"]

Sea = Literal["auto", "yes", "no"]
"""Whether ships sail the built-in sea besides the lanes of the world; auto = if none is by sea."""

Ports = Literal["shares", "free"]
"""Whether goods begin and end at gateways by their shares, or where it is best."""


_COLUMNS: Final = {
    "facilities": ("name", "region", "kind", "capacity", "duration", "open"),
    "passages": ("name", "kind", "capacity", "duration", "open"),
}


@dataclass(frozen=True, kw_only=True, eq=False)
class Freight:
    """Arcs with what they take, and the places with what they can take; made by `freight`."""

    nodes: int
    tail: Integers
    """Sorted, (A,)."""
    head: Integers
    lane: Integers
    """Row of `places` of the lane and way of each arc; -1 = the sea, or the way into a facility."""
    mode: NDArray[np.object_]
    """Blank: from a region to a facility or back."""
    figures: Array
    """What a tonne takes, (4, A); emissions are nan where nothing is known of the ship."""
    uses: Any
    """Sparse (P, A): the places that each arc uses."""
    places: pd.DataFrame
    """Lanes each way, passages and facilities: what, place, way, kind, origin, destination,
    capacity (t/day, inf = no limit known) and free (days that it takes alone)."""
    share: Array
    """Of terminals (columns) in the trade of regions (rows), (R, T); rows sum to 1, or are 0."""
    source: Integers
    """Node where goods begin that leave each terminal, (T,)."""
    sink: Integers
    """Node where they end."""
    vessel: str
    """Ship that sails the built-in sea; blank if that is not part of it."""

    @property
    def sea(self) -> bool:
        """Whether the built-in sea is part of it."""
        return bool(self.vessel)

    @property
    def limited(self) -> Integers:
        """Rows of `places` that have a capacity."""
        found: Integers = np.flatnonzero(np.isfinite(self.places["capacity"]))
        return found


def freight(
    world: World,
    regions: pd.Index,
    *,
    vessel: str = VESSEL,
    sea: Sea = "auto",
    ports: Ports = "shares",
    closed: str = "",
    opened: str = "",
    every: bool = False,
    usual: World | None = None,
) -> Freight:
    """Return the network of a world, with what everything takes and can take.

    A lane is an arc from facility to facility, and one back; its figures are those of the passages
    that it uses as well. A transfer that begins and ends at one facility is what changing mode, or
    crossing the border, takes there; without one changing mode takes nothing. To the days of a lane
    are added those that goods spend in the facility that they come to. What is partly open, a port
    for example, has that share of its capacity; what is closed is left out.

    Parameters
    ----------
    world
        Its own lanes, facilities and passages; those of the built-in sea where it has none.
    regions
        Regions that trade.
    vessel
        The ship that sails the built-in sea.
    sea
        Whether to add it.
    ports
        Whether the goods of a region begin and end at its gateways by their shares, or wherever is
        best; regions without gateways use all their facilities that a lane leads to.
    closed, opened
        Passages, facilities and lanes; passages that are open whatever the table says.
    every
        Whether to keep what is closed in the table, with a capacity of 0.
    usual
        World for which the figures of lanes were written; None = this one. The days by which a
        passage takes longer than there are added to the lanes that use it.

    Raises
    ------
    MissingDataError
        If there are neither lanes nor ports of the sea.
    OptionError
        If something named is unknown.

    Examples
    --------
    >>> from catenary.testing import small_freight
    >>> world = small_freight()
    >>> found = freight(world, world.ids("regions"), sea="no")
    >>> found.places["what"].value_counts().to_dict()
    {'lane': 10, 'facility': 4, 'passage': 2}
    """
    facilities, passages = _rows(world, "facilities"), _rows(world, "passages")
    shut, free = _named(world, facilities, passages, closed), _opened(world, passages, opened)
    for labels, share_open in ((free, 1.0), (shut["passages"], 0.0)):
        for label in labels:
            passages[label]["open"] = share_open
    book = Book(facilities, passages, every=every)
    barred = {*shut["passages"], *shut["facilities"], *shut["lanes"]}
    barred |= {one for one, row in facilities.items() if not every and not row["open"] > 0}
    if "lanes" in world:
        add_lanes(book, world.part("lanes").frame, barred, _slower(passages, usual))
    at_sea = _ports(world, book, regions, sea, barred)
    if at_sea:
        mine = set(network().passages)
        free += [one for one, row in book.passages.items() if every and not row["open"] > 0]
        open_ = [one for one in dict.fromkeys(free) if one in mine and one not in barred]
        found = doors(
            world, network(), sailing(world, vessel=vessel),
            closed=[one for one in shut["passages"] if one in mine], opened=open_,
        )  # fmt: skip
        _add_sea(book, found, at_sea)
    add_transfers(book)
    if not book.blocks:
        raise MissingDataError(
            "this world has no lane that is open, and no two ports of the sea that trade goes by",
            hint="give a table lanes, or gateways with ports such as NLRTM",
        )
    share, source, sink = _terminals(world, book, regions, ports)
    return _freight(book, share, source, sink, vessel if at_sea else "")


def _freight(book: Book, share: Array, source: Integers, sink: Integers, vessel: str) -> Freight:
    """Return arcs sorted by tail."""
    from scipy import sparse  # noqa: PLC0415  slow to import

    order = np.argsort(book.joined("tail"), kind="stable")
    position = np.empty(book.arcs, np.int64)
    position[order] = np.arange(book.arcs)
    arcs, rows = (np.concatenate(one) for one in zip(*book.pairs, strict=True))
    cells = (np.ones(len(arcs)), (rows, position[arcs]))
    columns = ["what", "place", "way", "kind", "origin", "destination", "capacity", "free"]
    told = [(*key, *rest) for key, (_, *rest) in book.places.items()]
    return Freight(
        nodes=len(book.nodes),
        tail=book.joined("tail")[order],
        head=book.joined("head")[order],
        lane=book.joined("lane")[order],
        mode=book.joined("mode")[order],
        figures=np.ascontiguousarray(book.joined("figures")[:, order]),
        uses=sparse.csr_array(cells, shape=(len(told), book.arcs)),
        places=pd.DataFrame(told, columns=columns),
        share=share,
        source=source,
        sink=sink,
        vessel=vessel,
    )


# --- what the world says --------------------------------------------------------------------------


def _rows(world: World, table: str) -> dict[str, Row]:
    """Return id → row of a table: of the world, then those built in that it does not have."""
    found = dict(_built_in(table))
    if table in world:
        found |= records(world.table(table), *_COLUMNS[table])
    return {label: dict(row) for label, row in found.items()}


@cache
def _built_in(table: str) -> dict[str, Row]:
    return records(sea_world().table(table), *_COLUMNS[table])


def _slower(passages: Mapping[str, Row], usual: World | None) -> dict[str, float]:
    """Return by how many days passages take longer than usual."""
    if usual is None:
        return {}
    before = _rows(usual, "passages")
    return {
        label: row["duration"] - before[label]["duration"]
        for label, row in passages.items()
        if label in before and row["duration"] != before[label]["duration"]
    }


def _by_name(rows: Mapping[str, Row]) -> dict[str, list[str]]:
    """Return every name and id, case folded → ids."""
    named = {
        row["name"].casefold(): [label]
        for label, row in rows.items()
        if isinstance(row["name"], str) and row["name"]
    }
    return named | {label.casefold(): [label] for label in rows}


def _passages(world: World, passages: Mapping[str, Row]) -> dict[str, list[str]]:
    """Return every name, id and word that several passages share, case folded → ids."""
    return passage_groups(world, network()) | _by_name(passages)


def _facility(world: World, facilities: Mapping[str, Row], word: str) -> list[str]:
    """Return the facility of an id or name; none if there is none."""
    for label in (word, word.upper()):
        if label in facilities:
            return [label]
    try:
        found = place(world, word, nowhere=True).id
    except OptionError:
        return _by_name(facilities).get(word.casefold(), [])
    return [found] if found in facilities else []


def _named(
    world: World, facilities: Mapping[str, Row], passages: Mapping[str, Row], text: str
) -> dict[str, list[str]]:
    """Return the passages, facilities and lanes that a list of closures names."""
    found: dict[str, list[str]] = {"passages": [], "facilities": [], "lanes": []}
    words = split(text)
    lanes = set(map(str, world.ids("lanes"))) if words and "lanes" in world else set()
    ids = _passages(world, passages) if words else {}
    for word in words:
        if word.casefold() in ids:
            found["passages"] += ids[word.casefold()]
        elif word in lanes:
            found["lanes"].append(word)
        elif facility := _facility(world, facilities, word):
            found["facilities"] += facility
        else:
            raise OptionError(
                f"closed names {word!r}, which is no passage, facility or lane",
                hint=did_you_mean(word, [*passages, *sorted(lanes), *facilities]),
            )
    return found


def _opened(world: World, passages: Mapping[str, Row], text: str) -> list[str]:
    ids = _passages(world, passages) if text else {}
    for word in split(text):
        if word.casefold() not in ids:
            raise OptionError(
                f"opened names {word!r}, which is no passage", hint=did_you_mean(word, passages)
            )
    return [label for word in split(text) for label in ids[word.casefold()]]


# --- the sea --------------------------------------------------------------------------------------


def _ports(world: World, book: Book, regions: pd.Index, sea: Sea, barred: set[str]) -> list[str]:
    """Return the ports of the built-in sea that are part of the network; none if it is not."""
    own = "lanes" in world and bool((world.part("lanes").frame["mode"] == "sea").any())
    if sea == "no" or (sea == "auto" and own):
        return []
    led, table = ports_of(network()), part(world, "gateways").frame
    traded = table["region"].astype("str").isin(list(map(str, regions)))
    wanted = dict.fromkeys([*table["facility"].astype("str")[traded], *book.modes])
    found = [one for one in wanted if one in led and one not in barred and one in book.facilities]
    return found if len(found) > 1 else []


def _add_sea(book: Book, found: Doors, ports: list[str]) -> None:
    """Add the sea; a port without lanes of its own is the end of every voyage."""
    ship = found.sailing
    if not ship.cargo > 0:
        raise MissingDataError(
            f"nothing is known of the cargo of the vessel {ship.vessel!r}",
            hint="fill in cargo in vessels, or choose another vessel",
        )
    arcs, count = sea_arcs(found, ports), len(ports)
    book.havens = set(ports) - set(book.modes)
    arrive = np.array([book.arrives(one, "sea") for one in ports])
    leave = np.array([book.departs(one, "sea") for one in ports])
    ends = np.array([book.node("end", str(k)) for k in range(arcs.nodes - count)], np.int64)
    to_port = arcs.head < count
    stay = np.array([book.facilities[one]["duration"] for one in ports])
    figures = np.stack([arcs.distance, arcs.duration, arcs.cost, arcs.emissions])
    figures[1, to_port] += stay[arcs.head[to_port]]
    tail, head = (np.concatenate([one, ends]) for one in (leave, arrive))
    added = book.add(tail[arcs.tail], head[arcs.head], "sea", figures)
    rows = np.array([book.facility(one) for one in ports])
    book.use(added[to_port], rows[arcs.head[to_port]])
    label = np.array([found.passage(int(k)) if k >= 0 else "" for k in arcs.door], object)
    for one in sorted(set(label) & set(book.passages)):
        book.use(added[label == one], book.passage(one))


# --- where goods begin and end --------------------------------------------------------------------


def _terminals(
    world: World, book: Book, regions: pd.Index, ports: Ports
) -> tuple[Array, Integers, Integers]:
    """Add terminals: a gateway with its share, or a region whose facilities all may be used."""
    cells = list(_members(book, part(world, "gateways").frame, regions, ports))
    found = list(dict.fromkeys(members for _, members, _ in cells))
    share = np.zeros((len(regions), len(found)))
    for row, members, part_of in cells:
        share[row, found.index(members)] += part_of
    source = np.array([book.node("from", ";".join(one)) for one in found], np.int64)
    sink = np.array([book.node("to", ";".join(one)) for one in found], np.int64)
    for terminal, members in enumerate(found):
        for one in members:
            stay = np.zeros((len(FIGURES), 1))
            stay[1] = book.facilities[one]["duration"]
            begin, end = book.starts(one), book.stops(one)
            arcs = book.add(np.full(len(begin), source[terminal]), begin, "", stay)
            book.use(arcs, book.facility(one))
            book.add(end, np.full(len(end), sink[terminal]), "", np.zeros((len(FIGURES), 1)))
    return share, source, sink


def _members(
    book: Book, gateways: pd.DataFrame, regions: pd.Index, ports: Ports
) -> Iterator[tuple[int, tuple[str, ...], float]]:
    """Yield the position of a region, facilities where its goods may begin, and their share."""
    gates: dict[str, dict[str, float]] = {}
    columns = (gateways[one].astype("str") for one in ("region", "facility"))
    for region, facility, share in zip(*columns, gateways["share"], strict=True):
        if facility in book.modes:
            gates.setdefault(region, {})[facility] = float(share)
    located: dict[str, list[str]] = {}
    for one in book.modes:
        if one not in book.havens:
            located.setdefault(str(book.facilities[one]["region"]), []).append(one)
    for row, region in enumerate(map(str, regions)):
        mine = gates.get(region, {})
        total = sum(mine.values())
        every = tuple(dict.fromkeys([*mine, *located.get(region, [])]))
        if ports == "shares" and total > 0:
            yield from ((row, (one,), share / total) for one, share in mine.items() if share > 0)
        elif every:
            yield row, every, 1.0
