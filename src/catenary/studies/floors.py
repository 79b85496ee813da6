"""Fairness floors: shares of a budget that are reserved for producers of a group."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from catenary.errors import OptionError, did_you_mean, listed
from catenary.model.labels import hint_for
from catenary.worlds.groups import members

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from catenary.model import World

    Array = NDArray[np.float64]
    Flags = NDArray[np.bool_]

__all__ = ["Floors", "floors_of", "group_of"]

_HAIR: Final = 1e-9


@dataclass(frozen=True, kw_only=True, eq=False)
class Floors:
    """Groups of producers, and what share of a budget is reserved for each.

    Parameters
    ----------
    names
        The G groups.
    shares
        Of the budget, (G,).
    inside
        Which producers belong to them, (G, N).
    """

    names: tuple[str, ...]
    shares: Array
    inside: Flags

    def groups(self, producer: int) -> tuple[str, ...]:
        """Return the groups that a producer belongs to."""
        return tuple(self.names[g] for g in np.flatnonzero(self.inside[:, producer]))

    def caps(self, groups: Sequence[tuple[str, ...]], budget: float) -> list[tuple[Flags, float]]:
        """Return what measures outside each group may cost together.

        Parameters
        ----------
        groups
            The groups of each measure, (M).
        budget
            Of all.
        """
        return [
            (np.array([name not in mine for mine in groups], bool), (1.0 - share) * budget)
            for name, share in zip(self.names, self.shares.tolist(), strict=True)
            if share > 0
        ]


def group_of(world: World, word: str) -> Flags:
    """Return the producers of a region, group of regions or product, (N,).

    Raises
    ------
    OptionError
        If it names none.

    Examples
    --------
    >>> from catenary.testing import two_regions
    >>> group_of(two_regions(), "BBB").tolist()
    [False, True]
    """
    producers = world.part("producers")
    for table, column in (("regions", "region"), ("products", "product")):
        found = world.matches(table, word)
        if table == "regions" and not found.any() and word in members():
            found = np.asarray(world.ids("regions").isin(members()[word]))
        inside = np.asarray(found[producers.codes(column)])
        if inside.any():
            return inside
        if found.any():
            raise OptionError(
                f"floors name {word!r}, where nobody makes anything in this world",
                hint="name a region, a group of regions or a product with producers",
            )
    known = [*world.ids("regions").astype("str"), *members()]
    hint = hint_for(word, world.ids("products"), table="products")
    raise OptionError(
        f"floors name {word!r}, which is no region, group of regions or product of this world",
        hint=f"{did_you_mean(word, known)}; or of products: {hint}",
    )


def floors_of(world: World, words: str) -> Floors:
    """Read the option floors: GROUP=SHARE,GROUP=SHARE.

    Raises
    ------
    OptionError
        If it is written otherwise, a group is unknown or comes twice, or more than the whole
        budget is reserved.

    Examples
    --------
    >>> from catenary.testing import two_regions
    >>> found = floors_of(two_regions(), "BBB=0.2")
    >>> found.names, found.shares.tolist(), found.groups(1)
    (('BBB',), [0.2], ('BBB',))
    """
    given: dict[str, float] = {}
    for part in filter(None, (one.strip() for one in words.split(","))):
        name, _, text = (piece.strip() for piece in part.rpartition("="))
        try:
            share = float(text)
        except ValueError:
            share = -1.0
        if not name or not 0 <= share <= 1:
            raise OptionError(
                f"floors give {part!r}, not a group and a share of the budget from 0 to 1",
                hint="write floors as GROUP=SHARE, such as LDC=0.2,landlocked=0.1",
            )
        if name in given:
            raise OptionError(f"floors name {name!r} twice", hint="give each group once")
        given[name] = share
    count = len(world.ids("producers"))
    inside = np.array([group_of(world, name) for name in given], bool).reshape(len(given), count)
    shares = np.array(list(given.values()), np.float64)
    needed = _least_spent(shares, inside)
    if needed > 1 + _HAIR:
        raise OptionError(
            f"floors reserve {needed:.4g} times the budget for {listed(given)}",
            hint="lower them; what goes to a producer of two groups counts for both",
        )
    return Floors(names=tuple(given), shares=shares, inside=inside)


def _least_spent(shares: Array, inside: Flags) -> float:
    """Return the least share of the budget with which every floor can be kept.

    Groups that share no producers need the sum; those that do can be served at once.
    """
    kinds = np.unique(inside, axis=1)
    if not len(shares) or (kinds.sum(axis=0) <= 1).all():
        return float(shares.sum())
    from scipy.optimize import linprog  # noqa: PLC0415  quick start

    found = linprog(np.ones(kinds.shape[1]), A_ub=-kinds.astype(float), b_ub=-shares)
    return float(np.sum(np.asarray(found.x, np.float64)))
