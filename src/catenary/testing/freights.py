"""A small world of lanes to learn and test with: two ways between two countries, and a third."""

from __future__ import annotations

import pandas as pd

from catenary.model import Matrix, World

__all__ = ["small_freight"]


def small_freight(
    *, capacity: float | None = 60.0, trade: tuple[float, float, float] = (100.0, 20.0, 10.0)
) -> World:
    """Return a world where a short railway crosses a busy border and ships go the long way round.

    Region AAA has a terminal and a port, BBB and CCC a terminal each. The railway from AAA to BBB
    crosses `border_ab`, which can take `capacity` t/day; ships go from AAA to CCC by `canal`, and a
    road leads on from CCC to BBB.

    Parameters
    ----------
    capacity
        Of the border; None = no limit.
    trade
        t/day from AAA to BBB, from AAA to CCC, and from BBB to AAA.

    Examples
    --------
    >>> small_freight().ids("lanes").tolist()
    ['rail', 'quay', 'ship', 'road', 'air']
    """
    facilities = pd.DataFrame(
        {
            "id": ["A", "AP", "B", "C"],
            "region": ["AAA", "AAA", "BBB", "CCC"],
            "kind": ["rail_terminal", "port", "rail_terminal", "port"],
        }
    )
    lanes = pd.DataFrame(
        [
            ("rail", "A", "B", "rail", 1000.0, 3.5, 40.0, 20.0, None, "border_ab"),
            ("quay", "A", "AP", "transfer", 10.0, 0.5, 5.0, 1.0, 200.0, ""),
            ("ship", "AP", "C", "sea", 4000.0, 8.5, 30.0, 40.0, None, "canal"),
            ("road", "C", "B", "road", 300.0, 1.0, 25.0, 30.0, 150.0, ""),
            ("air", "A", "B", "air", 900.0, 0.5, 900.0, 900.0, None, ""),
        ],
        columns=[
            "id", "origin", "destination", "mode", "distance", "duration", "cost", "emissions",
            "capacity", "passages",
        ],
    )  # fmt: skip
    passages = pd.DataFrame(
        {
            "id": ["border_ab", "canal"],
            "kind": ["border", "canal"],
            "duration": [1.5, 0.5],
            "capacity": [capacity, 300.0],
        }
    )
    names = ["AAA", "BBB", "CCC"]
    flows = [[0.0, trade[0], trade[1]], [trade[2], 0.0, 0.0], [0.0, 0.0, 0.0]]
    return World(
        {
            "regions": pd.DataFrame({"id": names}),
            "facilities": facilities,
            "lanes": lanes,
            "passages": passages,
            "trade": Matrix(flows, names, names, "t/day"),
        },
        name="small-freight",
    )
