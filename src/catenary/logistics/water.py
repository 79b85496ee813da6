"""The open water of a network between some places and the doors of its passages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from catenary.maths import hierarchy, routing
from catenary.maths.overlay import Overlay

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from catenary.worlds.sea import SeaLanes

__all__ = ["overlay"]


def overlay(lanes: SeaLanes, nodes: NDArray[np.integer[Any]]) -> Overlay:
    """Return the lengths between nodes of a network, and the ends of its doors, through no door.

    Examples
    --------
    >>> from catenary.testing import tiny_sea
    >>> overlay(tiny_sea(), np.arange(3)).access.shape
    (3, 14)
    """
    ends = np.unique(np.concatenate([lanes.door_tail, lanes.door_head]))
    every, at = np.unique(np.concatenate([nodes, ends]), return_inverse=True)
    if len(lanes.up_head):
        prepared = hierarchy.Hierarchy(
            rank=lanes.rank, start=lanes.up_start, head=lanes.up_head, length=lanes.up_metres
        )
        metres = hierarchy.distances(prepared, every, every)
    else:
        network = routing.graph(lanes.nodes, lanes.tail, lanes.head, lanes.metres)
        metres = routing.lengths(network, every)[:, every].astype(np.int32)
    place, end = at[: len(nodes)], at[len(nodes) :]
    return Overlay.of(
        metres[np.ix_(place, place)],
        metres[np.ix_(place, end)],
        metres[np.ix_(end, end)],
        np.searchsorted(ends, lanes.door_tail),
        np.searchsorted(ends, lanes.door_head),
    )
