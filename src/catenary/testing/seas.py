"""A small sea to learn and test with: two oceans, and six ways between them or out of them."""

from __future__ import annotations

from functools import cache
from typing import Final

import numpy as np
import pandas as pd

from catenary.maths.hierarchy import contract
from catenary.maths.sphere import great_circle
from catenary.model import World
from catenary.worlds.sea import SeaLanes

__all__ = ["tiny_sea", "tiny_sea_world"]

_PORTS: Final = {
    "WWAAA": (-50.0, 40.0, "Westhaven"),
    "WWBBB": (-45.0, 10.0, "Palmbay"),
    "WWCCC": (-40.0, -25.0, "Southgate"),
    "WWDDD": (-5.0, 50.0, "Northport"),
    "WWEEE": (0.0, 20.0, "Sandpoint"),
    "WWRRR": (5.0, 49.0, "Rivertown"),  # up the river
    "EEAAA": (75.0, 45.0, "Easthaven"),
    "EEBBB": (80.0, 15.0, "Monsoon"),
    "EECCC": (90.0, -10.0, "Spice"),
    "EEDDD": (60.0, -30.0, "Coral"),
    "EEEEE": (45.0, 25.0, "Dune"),
    "EEFFF": (95.0, 30.0, "Lantern"),
}
_WAYPOINTS: Final = {
    "w0": (-30.0, 60.0), "w1": (-30.0, 30.0), "w2": (-30.0, 0.0), "w3": (-30.0, -30.0),
    "w4": (0.0, -45.0), "e0": (70.0, 60.0), "e1": (70.0, 30.0), "e2": (70.0, 0.0),
    "e3": (70.0, -30.0), "e4": (50.0, -45.0),
    # ends of doors
    "a west": (20.0, 30.0), "a east": (21.0, 30.0), "b west": (20.0, 0.0), "b east": (21.0, 0.0),
    "strait west": (22.0, -20.0), "strait east": (22.0, -20.0),
    "cape west": (25.0, -45.0), "cape east": (25.0, -45.0),
    "far cape west": (25.0, -48.0), "far cape east": (25.0, -48.0),
    "ice west": (10.0, 75.0), "ice east": (40.0, 75.0), "mouth": (-2.0, 49.5), "reach": (0.0, 49.4),
}  # fmt: skip
_LANES: Final = (
    "w0 w1,w1 w2,w2 w3,w3 w4,w4 cape west,w4 far cape west,w3 cape west,w1 a west,w2 b west,"
    "w2 strait west,w3 strait west,w0 ice west,w0 WWDDD,w1 WWAAA,w0 WWAAA,w2 WWBBB,w1 WWBBB,"
    "w3 WWCCC,w2 WWCCC,w1 WWDDD,w1 WWEEE,w2 WWEEE,a west WWEEE,w0 mouth,w1 mouth,WWDDD mouth,"
    "reach WWRRR,"
    "e0 e1,e1 e2,e2 e3,e3 e4,e4 cape east,e4 far cape east,e3 cape east,e1 a east,e2 b east,"
    "e2 strait east,e3 strait east,e0 ice east,e0 EEAAA,e1 EEAAA,e1 EEBBB,e2 EEBBB,e2 EECCC,"
    "e3 EECCC,e3 EEDDD,e4 EEDDD,e1 EEEEE,a east EEEEE,e1 EEFFF,EEBBB EEFFF,EEBBB EECCC"
)
_DOORS: Final = (  # passage, one side, the other, metres
    ("canal_a", "a west", "a east", 100_000),
    ("canal_b", "b west", "b east", 112_000),
    ("strait", "strait west", "strait east", 0),
    ("cape", "cape west", "cape east", 0),
    ("cape", "far cape west", "far cape east", 0),
    ("ice", "ice west", "ice east", 900_000),
    ("river", "mouth", "reach", 145_000),
)
_PASSAGES: Final = pd.DataFrame(
    [
        ("canal_a", "Canal A", "canal", 20.5, 30.0, 100.0, 15.0, 40.0, 0.5, 400_000.0, 1.0),
        ("canal_b", "Canal B", "canal", 20.5, 0.0, 112.0, 12.0, 32.0, 0.4, 200_000.0, 1.0),
        ("strait", "The strait", "strait", 22.0, -20.0, np.nan, 18.0, np.nan, 0.0, 0.0, 1.0),
        ("cape", "The cape", "cape", 25.0, -45.0, np.nan, np.nan, np.nan, 0.0, 0.0, 1.0),
        ("ice", "The ice", "arctic", 25.0, 75.0, 900.0, 11.0, np.nan, 0.0, 0.0, 0.0),
        ("river", "The river", "river", -1.0, 49.5, 145.0, 13.0, np.nan, 0.2, 0.0, 1.0),
    ],
    columns=[
        "id", "name", "kind", "lon", "lat", "length", "draft", "beam", "duration", "toll", "open",
    ],
)  # fmt: skip


@cache
def tiny_sea() -> SeaLanes:
    """Return the network: 12 ports, 24 waypoints, two canals, a strait, a cape, ice and a river.

    West and east meet only in passages; `ice` is the shortest way in the north and is closed in
    the table; `cape` has two doors and `WWRRR` lies behind the door of the river. All of it is
    water: there is no mask.

    Examples
    --------
    >>> sea = tiny_sea()
    >>> len(sea.ports), len(sea.passages), sea.nodes
    (12, 6, 36)
    """
    places = {label: place[:2] for label, place in _PORTS.items()} | _WAYPOINTS
    position = {label: place for place, label in enumerate(places)}
    lon, lat = (np.array(column, np.float64) for column in zip(*places.values(), strict=True))
    ends = []
    for lane in _LANES.split(","):
        cuts = [lane[:i] for i in range(1, len(lane)) if lane[i] == " "]
        start = next(one for one in cuts if one in places and lane[len(one) + 1 :] in places)
        ends.append(sorted((position[start], position[lane[len(start) + 1 :]])))
    tail, head = np.array(sorted(ends), np.int32).T
    metres = np.rint(great_circle(lon[tail], lat[tail], lon[head], lat[head])).astype(np.int32)
    passages = tuple(_PASSAGES["id"])
    prepared = contract(len(lon), tail, head, metres)
    return SeaLanes(
        lon=lon,
        lat=lat,
        ports=tuple(_PORTS),
        tail=tail,
        head=head,
        metres=metres,
        passages=passages,
        door_passage=np.array([passages.index(door[0]) for door in _DOORS], np.int32),
        door_tail=np.array([position[door[1]] for door in _DOORS], np.int32),
        door_head=np.array([position[door[2]] for door in _DOORS], np.int32),
        door_metres=np.array([door[3] for door in _DOORS], np.int32),
        rank=prepared.rank,
        up_start=prepared.start,
        up_head=prepared.head,
        up_metres=prepared.length,
        sea=np.zeros(0, np.uint8),
    )


def tiny_sea_world() -> World:
    """Return the world of `tiny_sea`: its ports, passages, a small and a large ship, a factor.

    Examples
    --------
    >>> tiny_sea_world().ids("facilities").tolist() == list(tiny_sea().ports)
    True
    """
    ports = pd.DataFrame(
        [(label, name, label[:2] + "A", "port", lon, lat)
         for label, (lon, lat, name) in _PORTS.items()],
        columns=["id", "name", "region", "kind", "lon", "lat"],
    )  # fmt: skip
    factors = pd.DataFrame(
        {
            "id": ["ship", "truck"],
            "mode": ["sea", "road"],
            "well_to_wheel": [20.0, 95.0],
            "tank_to_wheel": [16.0, 77.0],
            "well_to_tank": [4.0, 18.0],
        }
    )
    vessels = pd.DataFrame(
        {
            "id": ["small", "large"],
            "kind": "container",
            "deadweight": [20_000.0, 150_000.0],
            "teu": [1_000.0, 13_000.0],
            "draft": [9.0, 16.0],
            "beam": [25.0, 50.0],
            "speed": [16.0, 16.0],
            "fuel": [30.0, 110.0],
            "charter": [8_000.0, 30_000.0],
            "value": [25e6, 145e6],
            "cargo": [7_000.0, 91_000.0],
            "factor": "ship",
        }
    )
    return World(
        {
            "regions": pd.DataFrame({"id": ["WWA", "EEA"]}),
            "facilities": ports,
            "passages": _PASSAGES,
            "freight_factors": factors,
            "vessels": vessels,
            "aliases": pd.DataFrame({"alias": ["WWXXX"], "facility": ["WWAAA"]}),
            "gateways": pd.DataFrame(
                {
                    "region": ["WWA", "WWA", "EEA"],
                    "facility": ["WWAAA", "WWRRR", "EEFFF"],
                    "share": [0.75, 0.25, 1.0],
                }
            ),
        },
        name="tiny-sea",
    )
