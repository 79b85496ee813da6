"""Built-in measures at borders: days and costs that they saved where somebody looked.

Every number in `border_measures/` was read in the source that its row names.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final

import pandas as pd

from catenary.model import World

__all__ = ["world"]

_FOLDER: Final = Path(__file__).parent / "border_measures"


@cache
def world() -> World:
    """Return the tables `border_measures` and `sources` as a world.

    Examples
    --------
    >>> world().ids("border_measures")[0]
    'one_stop_post.pair'
    """
    frames = {
        "border_measures": pd.read_csv(_FOLDER / "measures.csv"),
        "sources": pd.read_csv(_FOLDER / "sources.csv"),
    }
    return World(frames, name="border_measures")
