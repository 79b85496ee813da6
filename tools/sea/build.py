"""The network of the sea, step by step, into one file.

mask → gates → waypoints → lanes of sight → rivers and lakes → ports → only lanes that are used →
contraction hierarchy → file. Deterministic; progress goes to stderr.
"""

from __future__ import annotations

import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.spatial import cKDTree
from tools.sea import gates as gating
from tools.sea import headlands, mask, network, visibility, walls
from tools.sea.network import Draft
from tools.sea.port_sources import read_csv

from catenary.maths import hierarchy
from catenary.worlds.sea import SeaLanes, write_lanes

if TYPE_CHECKING:
    from numpy.typing import NDArray

HERE: Final = Path(__file__).parent
WORLD: Final = HERE.parents[1] / "src" / "catenary" / "worlds" / "sea"
DOOR_REACH: Final = 4500.0
MOUTH_REACH: Final = 1000.0
"""How far a door, and the mouth of a river, sees, km."""
SPREAD_KM: Final = 150.0
"""Ports nearer to each other than this share the ways by which lanes are chosen."""
SHORE_KM: Final = 4.0
CUT_KM: Final = 0.7
"""Places of rivers and lakes this near to mapped water are joined to it; upstream of a gate."""
BESIDE_KM: Final = 12.0
"""Other waters this near to a river with a gate are not joined to the sea."""
LOCK_KM: Final = 20.0
"""Shores this near to the locks between two lakes are left out: they would lead round them."""
ANYWHERE_KM: Final = 700.0
"""Waypoints this far apart serve like ports, so that ways from any place at sea are kept."""
DRAWN_ELSEWHERE: Final = frozenset({
    "saint_lawrence", "saguenay", "welland_canal", "detroit_saint_clair", "kiel_canal",
    "manchester_ship_canal", "north_sea_canal", "scheldt", "seine", "loire", "gironde",
    "guadalquivir", "thames", "elbe", "weser", "oder", "danube", "don", "shatt_al_arab", "hooghly",
    "pussur", "yangon", "pathein", "chao_phraya", "saigon", "pearl", "yangtze", "amur", "yenisei",
    "mississippi", "delaware", "columbia", "hudson", "potomac", "amazon", "orinoco", "parana",
    "congo", "moerdijk", "albert_canal", "brussels_canal",
})  # fmt: skip
"""Waters of rivers.csv whose course stands in gates.toml, or that would lead round a gate."""


class Clock:
    """Says on stderr what is done and how long it took."""

    def __init__(self) -> None:
        self.last = self.begun = time.perf_counter()

    def __call__(self, text: str) -> None:
        """Say it."""
        now = time.perf_counter()
        print(f"{now - self.begun:6.1f} s  {text} ({now - self.last:.1f} s)", file=sys.stderr)
        self.last = now


def other_waters(locks: list[gating.Place]) -> list[tuple[str, tuple[gating.Place, ...]]]:
    """Return name and course of the rivers that no gate closes, and of the shores of the lakes.

    Places beside the locks between two lakes are left out.
    """
    courses: dict[str, list[gating.Place]] = {}
    for row in read_csv(HERE / "rivers.csv"):
        place = (float(row["lat"]), float(row["lon"]))
        if all(gating.kilometres(place, lock) > LOCK_KM for lock in locks):
            courses.setdefault(row["water"], []).append(place)
    return [
        (name, tuple(course))
        for name, course in sorted(courses.items())
        if name not in DRAWN_ELSEWHERE and len(course) > 1
    ]


def build(into: Path) -> SeaLanes:
    """Make the network and write it."""
    say = Clock()
    water = mask.connected(mask.globe())
    say("sea connected")
    passages = read_csv(WORLD / "passages.csv") + read_csv(WORLD / "passages_network.csv")
    lengths = {p["id"]: float(p["length"]) for p in passages if p["length"]}
    gates = gating.read(HERE / "gates.toml", water, lengths)
    shut = gating.close(water, gates)
    barred = walls.drawn(water, shut, gates)
    ports = read_csv(WORLD / "facilities.csv")
    lat = np.array([float(p["lat"]) for p in ports])
    lon = np.array([float(p["lon"]) for p in ports])
    channels = np.concatenate([gating.spread(line, 20.0) for line in gates.channels])
    way_lat, way_lon, reach = headlands.waypoints(
        water, np.concatenate([lat, channels[:, 0]]), np.concatenate([lon, channels[:, 1]])
    )
    say(f"{len(way_lat):,} waypoints, {len(gates.doors)} doors")
    offshore = mask.offshore(mask.blocks(water, 2, True), headlands.OFFSHORE_KM - 1.0)
    offshore = np.repeat(np.repeat(offshore, 2, axis=0), 2, axis=1)
    open_sea = mask.Sea(np.packbits(water, axis=1), np.zeros((5400, 10800), np.uint16))
    del water
    sea = mask.sea(shut)
    wide = mask.sea(offshore & shut)
    del offshore
    del shut
    say("clearance")
    draft, doors = _at_sea(way_lat, way_lon, reach, gates, open_sea, sea, wide)
    say(f"{len(draft.tail):,} lanes of sight")
    lines = _inland(draft, gates, doors, sea)
    say("rivers and lakes")
    at, far = _ports(draft, lat, lon, lines, sea, gates, open_sea)
    say(f"{len(at):,} ports, {len(far)} too far from water")
    _upstream(draft, gates, doors, lines)
    network.bridge(draft, doors, at)
    network.shortest_lanes(draft)
    network.thin(draft)
    say(f"{len(draft.tail):,} lanes after thinning")
    ends = np.unique(doors)
    spread = at[network.apart(draft.lat[at], draft.lon[at], SPREAD_KM)]
    far_out = network.apart(draft.lat[: len(way_lat)], draft.lon[: len(way_lat)], ANYWHERE_KM)
    sources = np.concatenate([ends, spread, far_out])
    keep = network.keep_used(draft, sources, np.concatenate([ends, at, far_out]))
    draft.keep(keep)
    say(f"{len(draft.tail):,} lanes used")
    lanes = _packed(draft, at, [p["id"] for p in ports], doors, gates, passages, sea, barred)
    say("hierarchy")
    write_lanes(lanes, into)
    say(f"{into.name}: {into.stat().st_size / 1e6:.2f} MB")
    return lanes


def _at_sea(
    lat: mask.Floats, lon: mask.Floats, reach: mask.Floats,
    gates: gating.Gates, open_sea: mask.Sea, sea: mask.Sea, wide: mask.Sea,
) -> tuple[Draft, NDArray[np.int64]]:  # fmt: skip
    """Return waypoints and door ends with the lanes among them, and the ends of each door."""
    wet = np.array([
        (sea.bits[(c := mask.row_column(a, o))[0], c[1] >> 3] >> (7 - (c[1] & 7))) & 1
        for a, o in zip(lat, lon, strict=True)
    ], np.bool_)  # fmt: skip
    lat, lon, reach = lat[wet], lon[wet], reach[wet]
    ends = [(d.path[k], d.passage in gates.rivers) for d in gates.doors for k in (0, -1)]
    places = sorted({place for place, _ in ends})
    at = {place: len(lat) + k for k, place in enumerate(places)}
    mouth = dict(ends)
    lat = np.concatenate([lat, [p[0] for p in places]])
    lon = np.concatenate([lon, [p[1] for p in places]])
    far = [MOUTH_REACH if mouth[p] else DOOR_REACH for p in places]
    reach = np.concatenate([reach, far])
    ways = visibility.Waypoints.of(lat, lon, reach, open_sea)
    ways.sectors[len(lat) - len(places) :] = True  # a ship arrives at a door on any course
    # far lanes keep off the land; near ones go where there is water
    tail, head = visibility.lanes(ways, wide)
    draft = Draft(lat, lon, tail, head, visibility.metres(ways.places[tail], ways.places[head]))
    near = replace(ways, reach=np.minimum(reach, headlands.NARROW_REACH_KM))
    tail, head = visibility.lanes(near, sea)
    draft.lane(tail, head, visibility.metres(ways.places[tail], ways.places[head]) / 1000.0)
    first = len(lat) - len(places)
    door, sight = visibility.access(lat[first:], lon[first:], ways, DOOR_REACH, sea)
    far_out = np.array(far)[door] * 1000.0
    metres = visibility.metres(ways.places[first + door], ways.places[sight])
    seen = (metres <= far_out) & (metres > 0)
    draft.lane(first + door[seen], sight[seen], metres[seen] / 1000.0)
    narrow = np.nonzero(reach <= headlands.NARROW_REACH_KM)[0]
    narrow = np.concatenate([narrow, np.array(list(at.values()))])
    place, way, km = network.flood(lat[narrow], lon[narrow], lat, lon, sea, 35.0, 8)
    draft.lane(narrow[place], way, km)
    doors = np.array([[at[d.path[0]], at[d.path[-1]]] for d in gates.doors])
    return draft, doors


def _inland(
    draft: Draft, gates: gating.Gates, doors: NDArray[np.int64], sea: mask.Sea
) -> NDArray[np.int64]:
    """Add rivers and lakes; return their places."""
    first = {d.passage: doors[k] for k, d in enumerate(gates.doors)}
    courses = [(path, gates.scale[name]) for name, path in gates.rivers.items()]
    canals = [d.path for d in gates.doors if d.passage in {"st_lawrence", "welland", "soo"}]
    others = other_waters([place for path in canals for place in path[1:-1]])
    courses += [(line, 1.0) for _, line in gates.lakes]
    courses += [(line, gating.WINDING) for _, line in others]
    sea_nodes = len(draft.lat)
    lines = network.lines_of_water(draft, courses)
    lakes = len(gates.rivers) + len(gates.lakes)
    names = [name for name, _ in gates.lakes]
    middles = list(zip(names, lines[len(gates.rivers) : lakes], strict=True))
    for (name, _), places in zip(others, lines[lakes:], strict=True):
        if name.startswith(tuple(f"lake_{lake}" for lake in set(names))):
            _shores(draft, middles, name, places)
    for (name, _), places in zip(gates.rivers.items(), lines, strict=False):
        # the inner end of the door of a river is its first place upstream
        draft.lane(first[name][1:], places[:1], np.array([0.001]))
    inland = np.arange(sea_nodes, len(draft.lat))
    # a canal whose end lies on a river or a lake joins it
    for name in ("st_lawrence", "welland", "soo"):
        for end in first[name]:
            km = draft.great_circles(np.full(len(inland), end), inland)
            near = km.argsort()[:2]
            draft.lane(np.full(2, end), inland[near], km[near])
    # upstream of a gate only water that the gate cuts off is joined
    limit = [CUT_KM if name in gates.lines else -1.0 for name in gates.rivers]
    limit += [SHORE_KM] * (len(lines) - len(limit))
    near = np.repeat(limit, [len(places) for places in lines])
    # and no other water leads round a gate
    course = np.concatenate(lines[: len(gates.rivers)])
    tree = cKDTree(mask.unit(draft.lat[course], draft.lon[course]))
    chord, _ = tree.query(mask.unit(draft.lat[inland], draft.lon[inland]))
    near[(near == SHORE_KM) & (np.asarray(chord) * mask.EARTH < BESIDE_KM)] = -1.0
    snapped = network.snapped(sea.bits, draft.lat[inland], draft.lon[inland], SHORE_KM)
    at_water = snapped[:, 0] <= near
    wet = inland[at_water]
    place, way, km = network.flood(
        snapped[at_water, 1], snapped[at_water, 2], draft.lat[:sea_nodes], draft.lon[:sea_nodes],
        sea, 30.0, 4,
    )  # fmt: skip
    draft.lane(wet[place], way, km + snapped[at_water, 0][place] * network.CREEK)
    return inland


def _upstream(
    draft: Draft, gates: gating.Gates, doors: NDArray[np.int64], inland: NDArray[np.int64]
) -> None:
    """Leave the inner end of a river that no line closes to the river alone."""
    inner = [
        doors[k, 1]
        for k, d in enumerate(gates.doors)
        if d.passage in gates.rivers and d.passage not in gates.lines
    ]
    own = np.isin(draft.tail, inland) | np.isin(draft.head, inland)
    keep = own | ~(np.isin(draft.tail, inner) | np.isin(draft.head, inner))
    draft.keep(keep)


def _shores(
    draft: Draft, middles: list[tuple[str, NDArray[np.int64]]], shore: str, at: NDArray[np.int64]
) -> None:
    """Join a shore of one of the Great Lakes to the lanes along its middle."""
    lake = np.concatenate([places for name, places in middles if name in shore])
    for place in at:
        km = draft.great_circles(np.full(len(lake), place), lake)
        near = km.argsort()[:3]
        draft.lane(np.full(3, place), lake[near], km[near])


def _ports(
    draft: Draft,
    lat: mask.Floats,
    lon: mask.Floats,
    inland: NDArray[np.int64],
    sea: mask.Sea,
    gates: gating.Gates,
    open_sea: mask.Sea,
) -> tuple[NDArray[np.int64], list[int]]:
    """Add the ports with their lanes; return their places and which are too far from water."""
    snapped = network.snapped(sea.bits, lat, lon, network.SNAP_KM)
    tree = cKDTree(mask.unit(draft.lat[inland], draft.lon[inland]))
    chord, nearest = tree.query(mask.unit(lat, lon))
    by_line = 2 * mask.EARTH * np.arcsin(np.clip(chord / 2, 0, 1))
    river: mask.Flags = (
        (by_line < snapped[:, 0]) & (snapped[:, 0] > 4.0) & (by_line <= network.SNAP_KM)
    )
    far = [int(k) for k in np.nonzero(~river & ~np.isfinite(snapped[:, 0]))[0]]
    at = draft.place(lat, lon)
    draft.lane(at[river], inland[np.asarray(nearest)[river]], by_line[river] * network.CREEK + 0.5)
    sea_port = np.nonzero(~river & np.isfinite(snapped[:, 0]))[0]
    plat, plon, creek = snapped[sea_port, 1], snapped[sea_port, 2], snapped[sea_port, 0]
    creek = creek * network.CREEK
    first_inland = inland[0]
    ways = visibility.Waypoints.of(
        draft.lat[:first_inland], draft.lon[:first_inland],
        np.full(first_inland, network.ACCESS_KM), sea,
    )  # fmt: skip
    port, sight = visibility.access(plat, plon, ways, network.ACCESS_KM, sea)
    km = visibility.metres(mask.unit(plat[port], plon[port]), ways.places[sight]) / 1000.0
    draft.lane(at[sea_port[port]], sight, km + creek[port])
    place, way, km = network.flood(
        plat, plon, draft.lat[:first_inland], draft.lon[:first_inland], sea,
        network.FLOOD_KM, network.FLOOD_LANES,
    )  # fmt: skip
    draft.lane(at[sea_port[place]], way, km + creek[place])
    open_water = np.unpackbits(open_sea.bits, axis=1).view(np.bool_)
    _coarsely(draft, at, sea_port, snapped, first_inland, sea, gates, open_water)
    return at, far


def _coarsely(
    draft: Draft, at: NDArray[np.int64], sea_port: NDArray[np.int64], snapped: mask.Floats,
    waypoints: int, sea: mask.Sea, gates: gating.Gates, open_water: mask.Flags,
) -> None:  # fmt: skip
    """Join ports whose inlet the mask cuts off: cells of a minute, water if any part of them is."""
    joined = np.zeros(len(draft.lat), np.bool_)
    joined[draft.tail] = joined[draft.head] = True
    lost = sea_port[~joined[at[sea_port]]]
    coarse = np.repeat(np.repeat(mask.blocks(open_water, 4, False), 4, axis=0), 4, axis=1)
    bits = mask.Sea(np.packbits(gating.close(coarse, gates), axis=1), sea.clearance)
    place, way, km = network.flood(
        snapped[lost, 1], snapped[lost, 2], draft.lat[:waypoints], draft.lon[:waypoints], bits,
        2 * network.FLOOD_KM, network.FLOOD_LANES,
    )  # fmt: skip
    draft.lane(at[lost[place]], way, km + snapped[lost[place], 0] * network.CREEK)


def _packed(
    draft: Draft, at: NDArray[np.int64], ids: list[str], doors: NDArray[np.int64],
    gates: gating.Gates, passages: list[dict[str, str]], sea: mask.Sea, barred: mask.Floats,
) -> SeaLanes:  # fmt: skip
    """Return the network numbered, ports first, with its hierarchy."""
    used = np.unique(np.concatenate([draft.tail, draft.head, doors.ravel()]))
    others = np.setdiff1d(used, at)
    order = np.concatenate([at, others[np.lexsort((draft.lon[others], draft.lat[others]))]])
    number = np.full(len(draft.lat), -1, np.int64)
    number[order] = np.arange(len(order))
    tail, head = number[draft.tail], number[draft.head]
    low, high = np.minimum(tail, head), np.maximum(tail, head)
    by = np.lexsort((high, low))
    low, high, metres = low[by].astype(np.int32), high[by].astype(np.int32), draft.metres[by]
    known = [p["id"] for p in passages]
    coarse = np.unpackbits(sea.bits, axis=1).reshape(2160, 10, 4320, 10).mean(axis=(1, 3)) >= 0.5
    table = network.table(len(order), low, high, metres)
    prepared = hierarchy.contract(len(order), low, high, metres, table=table)
    return SeaLanes(
        lon=np.round(draft.lon[order], 4), lat=np.round(draft.lat[order], 4), ports=tuple(ids),
        tail=low, head=high, metres=metres, passages=tuple(known),
        door_passage=np.array([known.index(d.passage) for d in gates.doors], np.int32),
        door_tail=number[doors[:, 0]].astype(np.int32),
        door_head=number[doors[:, 1]].astype(np.int32),
        door_metres=np.array([round(d.km * 1000) for d in gates.doors], np.int32),
        rank=prepared.rank, up_start=prepared.start, up_head=prepared.head,
        up_metres=prepared.length, sea=np.packbits(coarse, axis=1), walls=barred,
    )  # fmt: skip
