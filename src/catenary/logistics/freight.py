"""Lanes, passages and facilities of a world, and the sea, as a network that fills up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np
import pandas as pd

from catenary.errors import MissingDataError, OptionError, UnknownLabelError, did_you_mean
from catenary.logistics.atlas import network, part, sea_world
from catenary.logistics.defaults import VESSEL
from catenary.logistics.doors import doors
from catenary.logistics.mooring import ports_of
from catenary.logistics.places import split
from catenary.logistics.sea_arcs import sea_arcs
from catenary.logistics.ships import sailing
from catenary.model.schema import SCHEMA

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from catenary.logistics.doors import Doors
    from catenary.model import World

    Array = NDArray[np.float64]
    Integers = NDArray[np.int64]

__all__ = ["FIGURES", "Freight", "Ports", "Sea", "freight"]

Sea = Literal["auto", "yes", "no"]
"""Whether ships sail the built-in sea besides the lanes of the world; auto = if none is by sea."""

Ports = Literal["shares", "free"]
"""Whether goods begin and end at gateways by their shares, or where it is best."""

FIGURES: Final = ("distance", "duration", "cost", "emissions")
"""What an arc takes of a tonne: km, days, USD, kg CO2e."""

_ALONG: Final = "corridor"  # its days are those of its lanes


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


class _Book:
    """Nodes, arcs and places as they are found."""

    def __init__(self, facilities: pd.DataFrame, passages: pd.DataFrame, *, every: bool) -> None:
        self.every = every
        self.facilities = _records(facilities, "kind", "capacity", "duration")
        self.passages = _records(passages, "kind", "capacity", "duration", "open")
        self.nodes: dict[tuple[str, str], int] = {}
        self.inland: dict[str, None] = {}  # facilities that a lane leads to
        self.places: dict[tuple[str, str, str], tuple[Any, ...]] = {}
        self.blocks: list[dict[str, Any]] = []
        self.pairs: list[tuple[Integers, Integers]] = []
        self.arcs = 0

    def node(self, what: str, label: str) -> int:
        return self.nodes.setdefault((what, label), len(self.nodes))

    def begun(self, facility: str) -> int | None:
        """Return the node where goods begin at a facility; None if nothing leads there."""
        return self.nodes.get(("in" if facility in self.inland else "out", facility))

    def place(self, what: str, label: str, way: str, *rest: Any) -> int:
        """Return the row of a place; `rest` are kind, origin, destination, capacity and free."""
        key = (what, label, way)
        if key not in self.places:
            self.places[key] = (len(self.places), *rest)
        return int(self.places[key][0])

    def facility(self, label: str) -> int:
        row = self.facilities[label]
        limit = _limit(row["capacity"], 1.0)
        return self.place("facility", label, "", str(row["kind"]), "", "", limit, row["duration"])

    def passage(self, label: str) -> int:
        row = self.passages[label]
        limit = _limit(row["capacity"], row["open"])
        return self.place("passage", label, "", str(row["kind"]), "", "", limit, row["duration"])

    def add(self, tail: Any, head: Any, mode: str, figures: Array, lane: int = -1) -> Integers:
        """Add arcs; return their positions."""
        tail = np.atleast_1d(np.asarray(tail, np.int64))
        here = np.arange(self.arcs, self.arcs + len(tail))
        columns = {"tail": tail, "head": head, "mode": np.array(mode, object), "lane": lane}
        shaped = {k: np.broadcast_to(np.asarray(v), tail.shape) for k, v in columns.items()}
        shaped["figures"] = np.broadcast_to(figures, (len(FIGURES), len(tail)))
        self.blocks.append(shaped)
        self.arcs += len(tail)
        return here

    def use(self, arcs: Any, places: Any) -> None:
        """Say that arcs use places."""
        both = np.broadcast_arrays(np.asarray(arcs, np.int64), np.asarray(places, np.int64))
        self.pairs.append((both[0].ravel(), both[1].ravel()))

    def joined(self, name: str) -> Any:
        return np.concatenate([block[name] for block in self.blocks], axis=-1)


def _records(frame: pd.DataFrame, *columns: str) -> dict[str, dict[str, Any]]:
    """Return id → column → value."""
    values = [frame[column].tolist() for column in columns]
    rows = zip(map(str, frame.index), *values, strict=True)
    return {label: dict(zip(columns, row, strict=True)) for label, *row in rows}


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
) -> Freight:
    """Return the network of a world, with what everything takes and can take.

    A lane is an arc from facility to facility, and one back. To its own days are added those of its
    passages (of borders and canals; a corridor is made of its lanes, and adds none), and those that
    goods spend in the facility that they come to. What is partly open has that share of its
    capacity; what is closed is left out.

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
    shut, free = _named(world, facilities, passages, closed), _opened(passages, opened)
    passages.loc[free, "open"] = 1.0
    passages.loc[shut["passages"], "open"] = 0.0
    book = _Book(facilities, passages, every=every)
    barred = {*shut["passages"], *shut["facilities"], *shut["lanes"]}
    if "lanes" in world:
        _add_lanes(book, world.part("lanes").frame, barred)
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
    if not book.blocks:
        raise MissingDataError(
            "this world has no lane that is open, and no two ports of the sea that trade goes by",
            hint="give a table lanes, or gateways with ports such as NLRTM",
        )
    share, source, sink = _terminals(world, book, facilities, regions, ports)
    return _freight(book, share, source, sink, vessel if at_sea else "")


def _freight(
    book: _Book, share: Array, source: Integers, sink: Integers, vessel: str
) -> Freight:
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


def _rows(world: World, table: str) -> pd.DataFrame:
    """Return a table: the rows of the world, then those built in that it does not have."""
    frames = [owner.table(table) for owner in (world, sea_world()) if table in owner]
    every = pd.concat([frame.astype(object) for frame in frames])
    every = every[~every.index.duplicated()]
    numbers = [name for name, column in SCHEMA[table].items() if column.type == "number"]
    return every.astype(dict.fromkeys((one for one in numbers if one in every), np.float64))


def _by_name(passages: pd.DataFrame) -> dict[str, str]:
    """Return every name and id, case folded → id."""
    named = {
        name.casefold(): str(label)
        for label, name in passages["name"].items()
        if isinstance(name, str) and name
    }
    return named | {str(label).casefold(): str(label) for label in passages.index}


def _named(
    world: World, facilities: pd.DataFrame, passages: pd.DataFrame, text: str
) -> dict[str, list[str]]:
    """Return the passages, facilities and lanes that a list of closures names."""
    found: dict[str, list[str]] = {"passages": [], "facilities": [], "lanes": []}
    lanes = [str(one) for one in world.ids("lanes")] if "lanes" in world else []
    ids = _by_name(passages)
    for word in split(text):
        if word.casefold() in ids:
            found["passages"].append(ids[word.casefold()])
        elif word in lanes:
            found["lanes"].append(word)
        elif word in facilities.index or word.upper() in facilities.index:
            found["facilities"].append(word if word in facilities.index else word.upper())
        else:
            known = [*map(str, passages.index), *lanes, *map(str, facilities.index)]
            raise OptionError(
                f"closed names {word!r}, which is no passage, facility or lane",
                hint=did_you_mean(word, known),
            )
    return found


def _opened(passages: pd.DataFrame, text: str) -> list[str]:
    ids = _by_name(passages)
    for word in split(text):
        if word.casefold() not in ids:
            raise OptionError(
                f"opened names {word!r}, which is no passage",
                hint=did_you_mean(word, map(str, passages.index)),
            )
    return [ids[word.casefold()] for word in split(text)]


# --- lanes ----------------------------------------------------------------------------------------


def _limit(capacity: float, share: float) -> float:
    """Return what a place can take: blank = no limit known; what is closed takes nothing."""
    if not share > 0:
        return 0.0
    return np.inf if np.isnan(capacity) else capacity * share


def _add_lanes(book: _Book, lanes: pd.DataFrame, barred: set[str]) -> None:
    """Add the lanes of a world, each way that is open."""
    columns = ("origin", "destination", "mode", "both", *FIGURES, "capacity", "open", "passages")
    for label, lane in _records(lanes, *columns).items():
        ends = str(lane["origin"]), str(lane["destination"])
        used = _passages_of(book, label, lane["passages"])
        limit = _limit(lane["capacity"], lane["open"])
        shut = limit == 0 or not all(book.passages[one]["open"] > 0 for one in used)
        if (shut and not book.every) or barred & {label, *ends, *used}:
            continue
        book.inland |= dict.fromkeys(ends)
        extra = sum(
            book.passages[one]["duration"] for one in used if book.passages[one]["kind"] != _ALONG
        )
        for way, (origin, destination) in enumerate((ends, ends[::-1])[: 1 + bool(lane["both"])]):
            row = book.place(
                "lane", label, ("out", "back")[way], str(lane["mode"]), origin, destination,
                limit, lane["duration"],
            )  # fmt: skip
            taken = np.array([lane[one] for one in FIGURES], np.float64)
            taken[1] += extra + book.facilities[destination]["duration"]
            nodes = book.node("in", origin), book.node("in", destination)
            arc = book.add(*nodes, str(lane["mode"]), taken[:, None], row)
            book.use(arc, [row, book.facility(destination), *map(book.passage, used)])


def _passages_of(book: _Book, lane: str, text: object) -> list[str]:
    words = [one.strip() for one in text.split(";")] if isinstance(text, str) else []
    used = list(dict.fromkeys(one for one in words if one))
    for one in used:
        if one not in book.passages:
            raise UnknownLabelError(
                f"the lane {lane!r} uses the passage {one!r}, which is no row of passages",
                hint=did_you_mean(one, book.passages),
            )
    return used


# --- the sea --------------------------------------------------------------------------------------


def _ports(
    world: World, book: _Book, regions: pd.Index, sea: Sea, barred: set[str]
) -> list[str]:
    """Return the ports of the built-in sea that are part of the network; none if it is not."""
    modes = world.part("lanes").frame["mode"] if "lanes" in world else []
    if sea == "no" or (sea == "auto" and "sea" in set(modes)):
        return []
    led, table = ports_of(network()), part(world, "gateways").frame
    traded = table["region"].astype("str").isin(list(map(str, regions)))
    wanted = dict.fromkeys([*table["facility"].astype("str")[traded], *book.inland])
    found = [one for one in wanted if one in led and one not in barred and one in book.facilities]
    return found if len(found) > 1 else []


def _add_sea(book: _Book, found: Doors, ports: list[str]) -> None:
    """Add the sea: ships leave from `out` of a port and come to `in`.

    A port without lanes is the end of every voyage; of others goods may leave by ship again.
    """
    ship = found.sailing
    if not ship.cargo > 0:
        raise MissingDataError(
            f"nothing is known of the cargo of the vessel {ship.vessel!r}",
            hint="fill in cargo in vessels, or choose another vessel",
        )
    arcs, count = sea_arcs(found, ports), len(ports)
    arrive = np.array([book.node("in", one) for one in ports])
    leave = np.array([book.node("out", one) for one in ports])
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
    through = [k for k, one in enumerate(ports) if one in book.inland]
    if through:
        book.add(arrive[through], leave[through], "sea", np.zeros((len(FIGURES), 1)))


# --- where goods begin and end --------------------------------------------------------------------


def _terminals(
    world: World, book: _Book, facilities: pd.DataFrame, regions: pd.Index, ports: Ports
) -> tuple[Array, Integers, Integers]:
    """Add terminals: a gateway with its share, or a region whose facilities all may be used."""
    table = part(world, "gateways").frame
    gates: dict[str, dict[str, float]] = {}
    for region, facility, share in zip(
        table["region"].astype("str"), table["facility"].astype("str"), table["share"], strict=True
    ):
        if book.begun(facility) is not None:
            gates.setdefault(region, {})[facility] = share
    located = facilities["region"].astype("str")[list(book.inland)]
    cells: list[tuple[int, tuple[str, ...], float]] = []
    for row, region in enumerate(map(str, regions)):
        mine = gates.get(region, {})
        total = sum(mine.values())
        if ports == "shares" and total > 0:
            cells += [(row, (one,), share / total) for one, share in mine.items() if share > 0]
            continue
        lanes = [str(one) for one in located.index[located == region]]
        every = tuple(dict.fromkeys([*mine, *lanes]))
        if every:
            cells.append((row, every, 1.0))
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
            arc = book.add(source[terminal], book.begun(one), "", stay)
            book.use(arc, book.facility(one))
            book.add(book.node("in", one), sink[terminal], "", np.zeros((len(FIGURES), 1)))
    return share, source, sink
