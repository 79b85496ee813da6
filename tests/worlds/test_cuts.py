"""A closed passage is a real cut: what remains of the network falls apart where it should."""

from __future__ import annotations

import itertools
import tomllib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from catenary.maths.sphere import great_circle
from catenary.worlds import sea

if TYPE_CHECKING:
    from numpy.typing import NDArray

pytestmark = pytest.mark.part("4.1")
GATES = Path(__file__).parents[2] / "tools" / "sea" / "gates.toml"
Line = list[tuple[float, float]]

OCEANS = (
    "suez", "cape_good_hope", "panama_neopanamax", "panama_panamax", "cape_horn", "magellan",
    "northern_sea_route", "northwest_passage",
)  # fmt: skip
"""The Atlantic against the Indian and the Pacific Ocean."""
PASSAGES: list[tuple[tuple[str, ...], list[Line]]] = [
    (OCEANS, []),
    (("kiel", "great_belt", "little_belt", "oresund"), []),
    (("hormuz",), []),
    (("bab_el_mandeb", "suez"), []),
    (("gibraltar", "suez"), []),
    (("dardanelles",), []),
    (("bosporus",), []),
    (("bohai",), []),
    (("bering", "northern_sea_route", "northwest_passage"), []),
    (("korea_tsushima", "kanmon", "tsugaru", "soya"), [[(51.8, 140.6), (51.8, 142.6)]]),
    (("yucatan",), [[(25.3, -80.9), (22.6, -80.6)]]),
    (
        ("windward", "mona", "yucatan", "panama_neopanamax", "panama_panamax"),
        [[(18.3, -65.9), (18.4, -63.1), (16.2, -61.4), (13.0, -60.9), (10.9, -60.9),
          (10.4, -61.2), (10.72, -61.75), (10.68, -62.4)],
         [(22.4, -80.0), (25.3, -80.9)]],
    ),
    (("dover",), [[(58.5, -3.4), (59.0, -3.2), (60.3, -1.3), (62.2, 5.1), (62.1, 6.6)]]),
    (
        ("taiwan_strait", "luzon", "malacca"),
        [[(14.3, 120.8), (12.9, 120.7), (12.0, 119.9), (9.0, 117.8), (7.3, 117.0), (6.2, 116.6)],
         [(-1.0, 110.2), (-2.0, 106.1), (-2.4, 104.4)]],
    ),
    (("malacca", "singapore"), [[(1.0, 104.6), (0.3, 104.6), (-0.3, 104.3), (-0.6, 103.2)]]),
    (
        ("sunda",),
        [[(-7.0, 108.6), (-3.2, 111.9)],
         [(-2.6, 110.4), (-2.9, 107.9), (-3.0, 106.5), (-3.3, 105.6)]],
    ),
    (("lombok",), [[(-8.3, 115.2), (-7.7, 115.8), (-8.5, 116.4)]]),
    (("makassar",), [[(1.3, 118.0), (1.9, 119.4), (0.9, 120.9)]]),
    (("ombai",), [[(-8.3, 124.6), (-7.8, 125.5), (-8.9, 126.2)]]),
    (("torres",), [[(-11.8, 132.5), (-3.6, 135.0)]]),
    (
        ("corinth", "dardanelles"),
        [[(37.2, 22.3), (35.4, 23.8), (35.1, 25.9), (36.1, 28.0), (36.9, 28.5)]],
    ),
]  # fmt: skip
"""Passages that cut two waters apart, with lines over open water where other ways are wide open."""


@cache
def gates() -> dict[str, Any]:
    with GATES.open("rb") as file:
        return tomllib.load(file)


def crossing(tail: NDArray[Any], head: NDArray[Any], line: Line) -> NDArray[np.bool_]:
    """Whether the great circles from (n, 3) tails to heads cross a line."""
    found = np.zeros(len(tail), np.bool_)
    lane = np.cross(tail, head)
    for (a, b), (c, d) in itertools.pairwise(line):
        one, two = (unit(np.array([lat]), np.array([lon]))[0] for lat, lon in ((a, b), (c, d)))
        wall = np.cross(one, two)
        apart = (tail @ wall) * (head @ wall) < 0
        across = (lane @ one) * (lane @ two) < 0
        near = ((tail + head) @ (one + two)) > 0
        found |= apart & across & near
    return found


def unit(lat: NDArray[np.float64], lon: NDArray[np.float64]) -> NDArray[np.float64]:
    a, b = np.radians(lat), np.radians(lon)
    return np.stack([np.cos(a) * np.cos(b), np.cos(a) * np.sin(b), np.sin(a)], axis=-1)


def parts(closed: tuple[str, ...], lines: list[Line]) -> NDArray[np.int32]:
    """Connected parts of the network without some passages and without lanes over some lines."""
    net = sea.lanes()
    place = unit(net.lat, net.lon)
    keep = np.ones(len(net.tail), np.bool_)
    for line in lines:
        keep &= ~crossing(place[net.tail], place[net.head], line)
    shut = [net.passages.index(name) for name in closed]
    use = ~np.isin(net.door_passage, shut)
    tail = np.concatenate([net.tail[keep], net.door_tail[use]])
    head = np.concatenate([net.head[keep], net.door_head[use]])
    graph = csr_array((np.ones(len(tail)), (tail, head)), shape=(net.nodes, net.nodes))
    found: NDArray[np.int32] = connected_components(graph, directed=False)[1]
    return found


def ends(passage: str) -> list[tuple[int, int]]:
    net = sea.lanes()
    mine = net.door_passage == net.passages.index(passage)
    return list(zip(net.door_tail[mine].tolist(), net.door_head[mine].tolist(), strict=True))


@pytest.mark.parametrize(
    ("closed", "lines"), PASSAGES, ids=lambda x: "+".join(x) if isinstance(x, tuple) else ""
)
def test_closing_passages_and_their_alternatives_cuts_the_waters_apart(
    closed: tuple[str, ...], lines: list[Line]
) -> None:
    part = parts(closed, lines)
    for passage in closed:
        if passage in {"suez", "panama_neopanamax", "panama_panamax", "yucatan", "dardanelles"} - {
            closed[0]
        }:
            continue  # here it only closes the ring
        for tail, head in ends(passage):
            assert part[tail] != part[head], passage
    for passage in closed:  # none of them is named in vain: open, it joins the two again
        again = parts(tuple(p for p in closed if p != passage), lines)
        tail, head = ends(closed[0])[0]
        if passage == closed[0]:
            assert again[tail] == again[head], passage


ALONE = sorted([*gates()["river"], "st_lawrence", "welland", "soo"])


@pytest.mark.parametrize("passage", ALONE)
def test_a_river_or_lock_has_no_way_round(passage: str) -> None:
    part = parts((passage,), [])
    for tail, head in ends(passage):
        assert part[tail] != part[head]


def test_every_passage_is_proven_a_cut() -> None:
    proven = {name for closed, _ in PASSAGES for name in closed} | set(ALONE)
    assert proven == set(sea.lanes().passages)


def test_no_lane_of_sight_crosses_a_gate() -> None:
    net = sea.lanes()
    place = unit(net.lat, net.lon)
    direct = great_circle(
        net.lon[net.tail], net.lat[net.tail], net.lon[net.head], net.lat[net.head]
    )
    sight = net.metres < np.asarray(direct) * 1.0005 + 20  # others bend round what they meet
    bad = {}
    for name, gate in {**gates(), **gates()["river"]}.items():
        if "line" in gate:
            cross = crossing(place[net.tail], place[net.head], [tuple(p) for p in gate["line"]])
            if (cross & sight).any():
                bad[name] = int((cross & sight).sum())
    assert not bad
