"""Built-in figures of energy in ports: what equipment uses, what a kWh emits, what measures save.

The tables in `ports/` are written by `tools/ports/tables.py` from the facts.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final

import pandas as pd

from catenary.model import World

__all__ = ["TABLES", "world"]

_FOLDER: Final = Path(__file__).parent / "ports"

TABLES: Final = {
    "port_factors": "factors.csv",
    "port_equipment": "equipment.csv",
    "port_measures": "measures.csv",
    "sources": "sources.csv",
}
"""Table → file."""


@cache
def world() -> World:
    """Return the tables as a world.

    Examples
    --------
    >>> world().ids("port_factors").tolist()
    ['electricity', 'diesel', 'ship']
    """
    frames = {name: pd.read_csv(_FOLDER / file) for name, file in TABLES.items()}
    return World(frames, name="ports")
