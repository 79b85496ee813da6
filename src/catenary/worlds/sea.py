"""The built-in world `sea`: ports, passages, ships, emission factors, and the lanes between them.

The tables are read from the CSV files in `sea/`: those of one name and those that begin with it
(`sources.csv`, `sources_ports.csv`) together. Passages, vessels, freight factors and what is
claimed of them are written by `tools/sea/tables.py`, which says how one of several figures is
chosen; a chosen figure of a passage or vessel is a claim with `chosen` true and a source of its
own, since a row has one source only.

The network is `sea/lanes.npz`, made by `make sea`; `lanes()` reads it when it is first wanted.
"""

from __future__ import annotations

import tokenize
import zipfile
import zlib
from dataclasses import dataclass, field, fields
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv as pacsv

from catenary.errors import DataError, MissingDataError, listed
from catenary.maths.sphere import great_circle

if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import NDArray

__all__ = [
    "SeaLanes",
    "lanes",
    "passage_names",
    "port_names",
    "product_names",
    "read_lanes",
    "sources",
    "tables",
    "vessel_names",
    "world_names",
    "write_lanes",
    "write_walls",
]

_FOLDER: Final = Path(__file__).parent / "sea"
_TABLES: Final = (
    "regions",
    "facilities",
    "passages",
    "freight_factors",
    "vessels",
    "aliases",
    "gateways",
    "claims",
    "sources",
)
_TEXT: Final = (
    "id", "name", "kind", "region", "facility", "alias", "factor", "alternatives", "note", "source",
    "mode", "vehicle", "size", "load", "table", "row", "column", "measure", "title", "publisher",
    "url", "licence", "sha256", "statement", "parent", "firm",
)  # fmt: skip
"""Columns that stay text; all others are numbers, but for the flag `chosen`."""
_NUMBERS: Final = (
    "lon", "lat", "length", "draft", "beam", "length_overall", "section", "duration", "toll",
    "toll_teu", "toll_deadweight", "risk", "open", "transits", "oil", "deadweight", "teu", "speed",
    "fuel", "charter", "value", "cargo", "well_to_wheel", "tank_to_wheel", "well_to_tank", "share",
    "year", "published",
)  # fmt: skip
_CELLS: Final = pacsv.ConvertOptions(
    column_types={
        **dict.fromkeys(_TEXT, pa.string()),
        **dict.fromkeys(_NUMBERS, pa.float64()),
        "chosen": pa.bool_(),
    },
    null_values=[""],
    strings_can_be_null=False,
)

_AGAIN: Final = "install catenary again, or make the network anew with `make sea`"


def tables() -> dict[str, pd.DataFrame]:
    """Return the tables of the world `sea`, columns as in the schema.

    Examples
    --------
    >>> float(tables()["passages"].set_index("id").loc["suez", "draft"])
    20.12
    """
    return {name: frame.copy(deep=False) for name, frame in _tables().items()}


@cache
def _tables() -> dict[str, pd.DataFrame]:
    """Return the tables, read once: the world `transport` wants them too."""
    found = {name: _read(name) for name in _TABLES}
    used = {*found["facilities"]["region"], *found["gateways"]["region"]}
    regions = found["regions"]
    missing = sorted(used - set(regions["id"]))
    if missing:
        raise DataError(f"regions.csv has no name for {missing[0]!r}", hint="add a row to it")
    found["regions"] = regions[regions["id"].isin(used)].reset_index(drop=True)
    return found


def product_names() -> dict[str, str]:
    """Return product → name: this world has no products."""
    return {}


def passage_names() -> dict[str, str]:
    """Return passage → name, without building the world.

    Examples
    --------
    >>> passage_names()["suez"]
    'Suez Canal'
    """
    return _names("passages")


def port_names() -> dict[str, str]:
    """Return port → name, without building the world.

    Examples
    --------
    >>> port_names()["CNSHA"]
    'Shanghai'
    """
    return _names("facilities")


def vessel_names() -> dict[str, str]:
    """Return vessel → name, without building the world.

    Examples
    --------
    >>> vessel_names()["vlcc"]
    'Very large crude carrier'
    """
    return _names("vessels")


def world_names() -> dict[str, dict[str, str]]:
    """Return nothing: this is one world."""
    return {}


def sources() -> pd.DataFrame:
    """Return every source of the tables, without building the world."""
    return _read("sources")


def _names(name: str) -> dict[str, str]:
    frame = _read(name)
    return dict(zip(frame["id"], frame["name"], strict=True))


def _read(name: str) -> pd.DataFrame:
    """Return the rows of one table from all its files; text that is blank is ""."""
    paths = [_FOLDER / f"{name}.csv", *sorted(_FOLDER.glob(f"{name}_*.csv"))]
    found = [pacsv.read_csv(path, convert_options=_CELLS) for path in paths if path.exists()]
    frames: list[pd.DataFrame] = [
        one.to_pandas() for one in found
    ]  # Arrow reads 6,000 ports in a third of the time
    if len(frames) == 1:
        return frames[0]
    frame = pd.concat(frames, ignore_index=True)
    text = [column for column in frame.columns if column in _TEXT]
    return frame.fillna(dict.fromkeys(text, ""))


# --- the network ----------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class SeaLanes:
    """The lanes of the sea as read-only arrays; lengths are whole metres.

    Nodes 0..len(ports)-1 are the ports, the others are waypoints. A passage is closed by leaving
    out its doors: no lane crosses its line. The hierarchy is that of the lanes without any door.
    """

    lon: NDArray[np.float64]
    """Longitude of every node in degrees."""
    lat: NDArray[np.float64]
    """Latitude of every node in degrees."""
    ports: tuple[str, ...]
    """UN/LOCODE of the port nodes: the ids of the table facilities, in its order."""
    tail: NDArray[np.int32]
    """Lower node of every lane in open water; each lane is there once and sailed both ways."""
    head: NDArray[np.int32]
    """Higher node of every lane."""
    metres: NDArray[np.int32]
    """Length of every lane."""
    passages: tuple[str, ...]
    """Ids of the table passages, in its order."""
    door_passage: NDArray[np.int32]
    """Position in `passages` of every door; several doors per passage are usual."""
    door_tail: NDArray[np.int32]
    """Node on one side of every door."""
    door_head: NDArray[np.int32]
    """Node on the other side."""
    door_metres: NDArray[np.int32]
    """Length of every door: 0 for a strait, the length for a canal."""
    rank: NDArray[np.int32]
    """Order in which the hierarchy contracts the nodes: the rank of every node."""
    up_start: NDArray[np.int32]
    """First upward arc of every rank, and their number."""
    up_head: NDArray[np.int32]
    """Rank that every upward arc leads to."""
    up_metres: NDArray[np.int32]
    """Length of every upward arc."""
    sea: NDArray[np.uint8]
    """Packed bits of a coarse mask of the sea."""
    walls: NDArray[np.float64] = field(default_factory=lambda: np.zeros((0, 4)))
    """What no straight line may cross, (walls, 4): lon, lat of one end and of the other.

    The lines of gates, land between two waters near them, and shoals; the mask shows none of them.
    """

    def __post_init__(self) -> None:
        """Check that the arrays agree and close them for writing.

        Raises
        ------
        DataError
            If they do not agree.
        """
        for one in fields(self):
            if one.name in _PLACES:
                continue
            kind = _KINDS.get(one.name, np.int32)
            array = np.ascontiguousarray(getattr(self, one.name), kind)
            if array is getattr(self, one.name) or array.base is not None:
                array = array.copy() if array.flags.writeable else array
            array.flags.writeable = False
            object.__setattr__(self, one.name, array)
        wrong = self._wrong()
        if wrong:
            raise DataError(f"the lanes of the sea do not agree: {wrong}", hint=_AGAIN)

    def _wrong(self) -> str:
        """Return what does not agree, or nothing."""
        nodes = len(self.lon)
        lengths = {
            "lat": nodes, "rank": nodes, "up_start": nodes + 1, "head": len(self.tail),
            "metres": len(self.tail), "door_head": len(self.door_tail),
            "door_metres": len(self.door_tail), "door_passage": len(self.door_tail),
            "up_metres": len(self.up_head),
        }  # fmt: skip
        for name, length in lengths.items():
            if len(getattr(self, name)) != length:
                return f"{name} has {len(getattr(self, name)):,} entries instead of {length:,}"
        if len(self.ports) > nodes:
            return f"there are {len(self.ports):,} ports and {nodes:,} nodes"
        limits = {"tail": nodes, "head": nodes, "door_tail": nodes, "door_head": nodes}
        limits |= {"up_head": nodes, "rank": nodes, "door_passage": len(self.passages)}
        for name, limit in limits.items():
            array = getattr(self, name)
            if len(array) and not 0 <= int(array.min()) <= int(array.max()) < limit:
                return f"{name} points outside 0 to {limit - 1:,}"
        for name in ("metres", "door_metres", "up_metres"):
            if len(getattr(self, name)) and int(getattr(self, name).min()) < 0:
                return f"{name} has a negative length"
        if self.up_start[0] != 0 or self.up_start[-1] != len(self.up_head):
            return "up_start does not span up_head"
        lines = self.walls.shape[1:] == (4,) and (np.abs(self.walls) <= 180).all()
        told = "" if lines else "walls are no lines from lon, lat to lon, lat"
        return told if (np.diff(self.up_start) >= 0).all() else "up_start goes down"

    @property
    def nodes(self) -> int:
        """How many ports and waypoints there are."""
        return len(self.lon)


_PLACES: Final = ("ports", "passages")
_KINDS: Final = {"lon": np.float64, "lat": np.float64, "sea": np.uint8, "walls": np.float64}


def read_lanes(path: Path) -> SeaLanes:
    """Read a network that `write_lanes` has written.

    Raises
    ------
    MissingDataError
        If there is no such file.
    DataError
        If it is damaged.
    """
    try:
        with path.open("rb") as opened, np.lib.npyio.NpzFile(opened) as file:
            names = [one.name for one in fields(SeaLanes)]
            lacking = [name for name in names if name not in file]
            if lacking:
                raise DataError(f"{path.name} lacks {listed(lacking)}", hint=_AGAIN)
            found: dict[str, Any] = {name: _restored(name, file[name]) for name in names}
            for name, more in _great_circles(found).items():
                found[name] = found[name] + more
    except FileNotFoundError:
        raise MissingDataError(
            f"the network of the sea, {path.name}, is not there", hint=_AGAIN
        ) from None
    except (
        OSError, EOFError, KeyError, ValueError, NotImplementedError, RuntimeError,
        tokenize.TokenError, zipfile.BadZipFile, zlib.error,
    ) as error:  # fmt: skip
        if isinstance(error, DataError):
            raise
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise DataError(f"{path.name} is damaged: {reason}", hint=_AGAIN) from None
    ports, passages = (tuple(map(str, found.pop(name).tolist())) for name in _PLACES)
    return SeaLanes(ports=ports, passages=passages, **found)


_DEGREES: Final = ("lon", "lat", "walls")
"""Stored as whole ten-thousandths of a degree."""
_RISING: Final = ("tail", "up_start")
"""Stored as steps from one entry to the next."""


def _stored(name: str, array: NDArray[np.generic]) -> NDArray[np.generic]:
    """Return an array as it packs best: small integers, their first bytes together, and so on."""
    if name in _DEGREES:
        array = np.rint(array.astype(np.float64) * 1e4).astype(np.int32)
    if name in _RISING:
        array = np.diff(array, prepend=np.int32(0)).astype(np.int32)
    if array.dtype == np.int32:
        array = np.ascontiguousarray(array.view(np.uint8).reshape(-1, 4).T)
    return array


def _restored(name: str, array: NDArray[Any]) -> NDArray[Any]:
    """Undo `_stored`."""
    if name in _PLACES or name == "sea":
        return array
    found = np.ascontiguousarray(array.T).view(np.int32).ravel()
    if name in _RISING:
        found = np.cumsum(found, dtype=np.int32)
    if name == "walls":
        return found.reshape(-1, 4) / 1e4
    return found / 1e4 if name in _DEGREES else found


def _great_circles(parts: dict[str, NDArray[Any]]) -> dict[str, NDArray[np.int32]]:
    """Return what lengths are measured against in the file: straight lines, whole metres.

    Most lanes are straight and leave nothing; a shortcut of the hierarchy leaves its detour.
    """
    lon, lat = (np.round(parts[name], 4) for name in ("lon", "lat"))
    rank, start = parts["rank"], parts["up_start"]
    node = np.empty(len(rank), np.int64)
    node[rank] = np.arange(len(rank))
    ends = {
        "metres": (parts["tail"], parts["head"]),
        "up_metres": (np.repeat(node, np.diff(start)), node[parts["up_head"]]),
    }
    return {
        name: np.rint(great_circle(lon[a], lat[a], lon[b], lat[b])).astype(np.int32)
        for name, (a, b) in ends.items()
    }


def write_lanes(lanes: SeaLanes, path: Path) -> None:
    """Write a network to a file: the same bytes for the same network, whenever it is written."""
    values = {one.name: np.asarray(getattr(lanes, one.name)) for one in fields(lanes)}
    for name, less in _great_circles(values).items():
        values[name] = values[name] - less
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as file:
        for one in fields(lanes):
            _write(file, one.name, values[one.name])


def write_walls(walls: NDArray[np.float64], path: Path) -> None:
    """Write other walls into a file that has a network; all else in it stays byte for byte."""
    with zipfile.ZipFile(path) as file:
        kept = {name: file.read(name) for name in file.namelist() if name != "walls.npy"}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as file:
        for name, content in kept.items():
            file.writestr(_entry(name), content)
        _write(file, "walls", walls)


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
    entry.compress_type = zipfile.ZIP_DEFLATED
    return entry


def _write(file: zipfile.ZipFile, name: str, array: NDArray[np.generic]) -> None:
    with file.open(_entry(f"{name}.npy"), "w") as into:
        np.lib.format.write_array(into, _stored(name, array), allow_pickle=False)


@cache
def lanes() -> SeaLanes:
    """Return the network of the built-in sea, read when it is first wanted.

    Raises
    ------
    DataError
        If the file is missing or damaged.
    """
    return read_lanes(_FOLDER / "lanes.npz")
