"""Regions and products that options name: ids, globs and groups, parted by commas."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from catenary.errors import OptionError, listed
from catenary.model.labels import hint_for, matching
from catenary.worlds.groups import members

if TYPE_CHECKING:
    import pandas as pd

    from catenary.model import World

__all__ = ["chosen", "split"]


def split(text: str) -> list[str]:
    """Return the words of an option, each once.

    Examples
    --------
    >>> split("DEU, FRA,DEU,")
    ['DEU', 'FRA']
    """
    return list(dict.fromkeys(word.strip() for word in text.split(",") if word.strip()))


def chosen(
    world: World, table: str, text: str, *, option: str, among: pd.Index | None = None
) -> list[str] | None:
    """Return the ids that an option names, in the order of the table; None if it is blank.

    Parameters
    ----------
    world
        The world.
    table
        Table of the ids, `regions` or `products`.
    text
        Ids, globs, groups of the world, or built-in groups of regions, parted by commas.
    option
        Name of the option, for the error.
    among
        Ids that count; None = all.

    Raises
    ------
    OptionError
        If a word names nothing.

    Examples
    --------
    >>> from catenary.testing import two_regions
    >>> chosen(two_regions(), "regions", "B*", option="at")
    ['BBB']
    """
    words = split(text)
    if not words:
        return None
    ids = world.ids(table)
    counted = np.ones(len(ids), bool) if among is None else np.asarray(ids.isin(among))
    found = np.zeros(len(ids), bool)
    for word in words:
        hits = matching(word, ids)
        if not any(sign in word for sign in "*?["):
            hits = hits | world.members(table, word)
        if table == "regions" and word in members():
            hits = hits | np.asarray(ids.isin(members()[word]))
        if not (hits & counted).any() and table == "regions" and word in members():
            raise OptionError(
                f"{option} names {word!r}, and that group has no member here",
                hint=f"there is {listed(ids[counted], most=10)}",
            )
        if not (hits & counted).any():
            raise OptionError(
                f"{option} names {word!r}, and none of the {table} of this world that count here "
                "is called so",
                hint=hint_for(word, ids[counted], table=table),
            )
        found |= hits & counted
    return [str(label) for label in ids[found]]
