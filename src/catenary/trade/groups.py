"""Results of regions by group: the world, least developed, landlocked and island countries."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from catenary.errors import OptionError, listed
from catenary.model.labels import hint_for
from catenary.worlds.groups import members

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from catenary.model import World

    Array = NDArray[np.float64]
    Flags = NDArray[np.bool_]

__all__ = ["WORLD", "among", "by_group", "groups_in"]

WORLD = "world"
"""The group of all regions."""


def groups_in(world: World, regions: pd.Index) -> dict[str, Flags]:
    """Return every group with members among some regions: the world, its own, and built-in ones.

    Examples
    --------
    >>> from catenary import World
    >>> world = World({"regions": pd.DataFrame({"id": ["DEU", "BOL", "NPL"]})})
    >>> {name: int(kept.sum()) for name, kept in groups_in(world, world.ids("regions")).items()}
    {'world': 3, 'EU27': 1, 'LDC': 1, 'landlocked': 2}
    """
    found: dict[str, Flags] = {WORLD: np.ones(len(regions), np.bool_)}
    ids = world.ids("regions")
    for label in ids[world.parents("regions")]:
        inside = world.members("regions", str(label)) & np.asarray(ids != label)
        found[str(label)] = np.asarray(regions.isin(ids[inside]))
    for name, codes in members().items():
        if name not in found:
            found[name] = np.asarray(regions.isin(codes))
    return {name: kept for name, kept in found.items() if kept.any()}


def among(world: World, regions: pd.Index, text: str) -> Flags:
    """Return which regions an option names: ids or groups, separated by commas.

    Raises
    ------
    OptionError
        If one of them is unknown, or has no member here.

    Examples
    --------
    >>> from catenary import World
    >>> world = World({"regions": pd.DataFrame({"id": ["DEU", "BOL", "FRA"]})})
    >>> among(world, world.ids("regions"), "EU27, BOL").tolist()
    [True, True, True]
    """
    known, kept = groups_in(world, regions), np.zeros(len(regions), np.bool_)
    for word in dict.fromkeys(part.strip() for part in text.split(",") if part.strip()):
        if word in known:
            kept |= known[word]
        elif word in regions:
            kept |= np.asarray(regions == word)
        else:
            raise OptionError(
                f"no region here is {word!r} or belongs to it",
                hint=hint_for(word, [*known, *regions], table="regions")
                if word not in members()
                else f"groups with members here are {listed(known, most=20)}",
            )
    return kept


def by_group(
    groups: Mapping[str, Flags], *, means: Mapping[str, tuple[Array, Array]],
    sums: Mapping[str, Array],
) -> pd.DataFrame:  # fmt: skip
    """Return one row per group.

    Parameters
    ----------
    groups
        Which regions belong to each.
    means
        Column → numbers of regions and their weights.
    sums
        Column → numbers of regions that add up.

    Examples
    --------
    >>> groups = {"world": np.array([True, True])}
    >>> means = {"real_income": (np.array([0.1, 0.0]), np.array([1.0, 3.0]))}
    >>> by_group(groups, means=means, sums={}).to_numpy().tolist()
    [['world', 2, 0.025]]
    """
    rows = []
    for name, kept in groups.items():
        row: dict[str, object] = {"group": name, "regions": int(kept.sum())}
        for column, (numbers, weight) in means.items():
            total = weight[kept].sum()
            row[column] = float((numbers * weight)[kept].sum() / total) if total else np.nan
        row |= {column: float(numbers[kept].sum()) for column, numbers in sums.items()}
        rows.append(row)
    return pd.DataFrame(rows)
