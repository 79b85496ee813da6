"""Nodes, arcs and places of a network while it is put together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Integers = NDArray[np.int64]
    Rows = dict[str, dict[str, Any]]

__all__ = ["FIGURES", "Book", "limit_of", "records"]

FIGURES: Final = ("distance", "duration", "cost", "emissions")
"""What an arc takes of a tonne: km, days, USD, kg CO2e."""


class Book:
    """Nodes, arcs and places as they are found."""

    def __init__(self, facilities: Rows, passages: Rows, *, every: bool) -> None:
        self.every = every
        self.facilities, self.passages = facilities, passages
        self.nodes: dict[tuple[str, str], int] = {}
        self.modes: dict[str, dict[str, None]] = {}  # of the lanes that lead to a facility
        self.parted: set[str] = set()  # facilities in which changing mode takes something
        self.havens: set[str] = set()  # ports that only ships come to
        self.transfers: list[tuple[str, str, Array, float, list[str]]] = []
        self.places: dict[tuple[str, str, str], tuple[Any, ...]] = {}
        self.blocks: list[dict[str, Any]] = []
        self.pairs: list[tuple[Integers, Integers]] = []
        self.arcs = 0

    def node(self, what: str, label: str) -> int:
        """Return a node, a new one if need be."""
        return self.nodes.setdefault((what, label), len(self.nodes))

    def arrives(self, facility: str, mode: str) -> int:
        """Return the node where goods are that come to a facility by a mode."""
        self.modes.setdefault(facility, {})[mode] = None
        return self.node("in", f"{facility} {mode}" if facility in self.parted else facility)

    def departs(self, facility: str, mode: str) -> int:
        """Return the node from which goods leave a facility by a mode."""
        self.modes.setdefault(facility, {})[mode] = None
        if facility in self.parted:
            return self.node("out", f"{facility} {mode}")
        return self.node("out" if facility in self.havens else "in", facility)

    def starts(self, facility: str) -> list[int]:
        """Return the nodes where goods begin at a facility."""
        return list(dict.fromkeys(self.departs(facility, by) for by in self.modes[facility]))

    def stops(self, facility: str) -> list[int]:
        """Return the nodes where goods end at a facility."""
        return list(dict.fromkeys(self.arrives(facility, by) for by in self.modes[facility]))

    def place(self, what: str, label: str, way: str, *rest: Any) -> int:
        """Return the row of a place; `rest` are kind, origin, destination, capacity and free."""
        key = (what, label, way)
        if key not in self.places:
            self.places[key] = (len(self.places), *rest)
        return int(self.places[key][0])

    def facility(self, label: str) -> int:
        """Return the row of a facility."""
        row = self.facilities[label]
        limit = limit_of(row["capacity"], row["open"])
        return self.place("facility", label, "", str(row["kind"]), "", "", limit, row["duration"])

    def passage(self, label: str) -> int:
        """Return the row of a passage."""
        row = self.passages[label]
        limit = limit_of(row["capacity"], row["open"])
        return self.place("passage", label, "", str(row["kind"]), "", "", limit, row["duration"])

    def add(self, tail: Any, head: Any, mode: Any, figures: Array, lane: Any = -1) -> Integers:
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
        """Return a column of all arcs."""
        return np.concatenate([block[name] for block in self.blocks], axis=-1)


def records(frame: pd.DataFrame, *columns: str) -> dict[str, dict[str, Any]]:
    """Return id → column → value."""
    values = [frame[column].tolist() for column in columns]
    rows = zip(map(str, frame.index), *values, strict=True)
    return {label: dict(zip(columns, row, strict=True)) for label, *row in rows}


def limit_of(capacity: float, share: float) -> float:
    """Return what a place can take: blank = no limit known; what is closed takes nothing.

    Examples
    --------
    >>> limit_of(100.0, 0.5), limit_of(float("nan"), 0.5), limit_of(float("nan"), 0.0)
    (50.0, inf, 0.0)
    """
    if not share > 0:
        return 0.0
    return np.inf if np.isnan(capacity) else capacity * share
