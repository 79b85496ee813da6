"""What options of several labels ask for: regions of the accounts, numbers by label."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from catenary.economy.accounts import merged_regions
from catenary.errors import CatenaryError, OptionError, did_you_mean
from catenary.model.labels import hint_for
from catenary.model.schema import LARGEST

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from catenary.economy.accounts import Accounts
    from catenary.model import World

    Integers = NDArray[np.int64]

__all__ = ["chosen_regions", "numbers_by_label"]


def chosen_regions(world: World, accounts: Accounts, words: str, option: str) -> Integers:
    """Return the positions among the regions of the accounts of regions or groups.

    Parameters
    ----------
    world
        Its groups are known by name, and built-in ones.
    accounts
        Of the same world.
    words
        Regions or groups, separated by commas; blank = all.
    option
        Name of the option, for errors.

    Raises
    ------
    OptionError
        If there is no such region or group.

    Examples
    --------
    >>> from catenary.economy.accounts import Accounts
    >>> from catenary.testing import two_regions
    >>> chosen_regions(two_regions(), Accounts.of(two_regions()), "BBB", "origin")
    array([1])
    """
    wanted = [part.strip() for part in words.split(",") if part.strip()]
    if not wanted:
        return np.arange(len(accounts.regions))
    found: set[int] = set()
    for word in wanted:
        if word in accounts.regions:
            found.add(int(accounts.regions.get_indexer(pd.Index([word]))[0]))
            continue
        try:
            names, kept = merged_regions(world, word)
        except CatenaryError:
            known = [*accounts.regions, "EU27", "LDC", "landlocked", "islands"]
            hint = hint_for(word, known, table="regions")
            raise OptionError(f"{option} has no region or group {word!r}", hint=hint) from None
        found |= set(accounts.merged[kept == names.get_loc(word)].tolist())
    found.discard(-1)
    return np.array(sorted(found), dtype=np.int64)


def numbers_by_label(words: str, known: Iterable[str], option: str) -> dict[str, float]:
    """Return the numbers that an option gives by label; a number alone is that of all others.

    Parameters
    ----------
    words
        Such as `12.5`, or `CHN=10,GBR=60`.
    known
        Labels that exist.
    option
        Name of the option, for errors.

    Raises
    ------
    OptionError
        If a label is unknown or comes twice, or what follows it is no number of 0 or more.

    Examples
    --------
    >>> numbers_by_label("A=1.5", ["A", "B"], "paid")
    {'A': 1.5}
    >>> numbers_by_label("2", ["A", "B"], "paid")
    {'A': 2.0, 'B': 2.0}
    """
    labels = list(known)
    alone: dict[str, float] = {}
    found: dict[str, float] = {}
    for part in filter(None, (word.strip() for word in words.split(","))):
        label, sign, text = part.rpartition("=")
        label = label.strip()
        try:
            number = float(text)
        except ValueError:
            number = -1.0
        if not 0 <= number <= LARGEST:
            raise OptionError(
                f"{option} gives {part!r}, not a number of 0 or more (up to {LARGEST:g})",
                hint=f"write {option} as a number, or as LABEL=NUMBER,LABEL=NUMBER",
            )
        if sign and label not in labels:
            raise OptionError(f"{option} names {label!r}", hint=did_you_mean(label, labels))
        if label in found if sign else alone:
            raise OptionError(
                f"{option} gives {label or 'the number for all'} twice", hint="give each once"
            )
        if sign:
            found[label] = number
        else:
            alone = dict.fromkeys(labels, number)
    return alone | found
