"""One closure, and what it does to the journeys that used what is closed."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from catenary.logistics.ships import By

    Array = NDArray[np.float64]
    Flags = NDArray[np.bool_]
    Places = NDArray[np.int64]
    Text = Callable[[int], tuple[str, str, str]]

__all__ = ["MEASURES", "Case", "Rows", "joined"]

MEASURES: Final[tuple[By, ...]] = ("distance", "duration", "cost", "emissions")
"""What a journey takes: km, days, USD and kg CO2e of one voyage."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Case:
    """A closure, and the journeys that used what is closed; arrays by journey."""

    closed: str
    second: str
    """The other passage, if two are closed."""
    kind: str
    origin: Places
    """Position among the ports."""
    destination: Places
    weight: Array
    before: Array
    """What it took, by measure, (n, 4)."""
    after: Array
    """What it takes; inf = no way is left."""
    new: Flags
    """Which are worse than they are by closing either of two alone; of one closure all."""
    words: Text
    """Passages before and after, and the ports used instead, of one of the journeys."""
    instead: Flags | None = None
    """Which go by other ports than they did; None: none does."""
    haul: float = np.nan
    """Mean great circle from a port that cannot be used to those used instead, km."""

    @cached_property
    def cut(self) -> Flags:
        """Which have no way any more."""
        return np.isinf(self.after[:, 0])

    @cached_property
    def extra(self) -> Array:
        """What it takes more, (n, 4); 0 where there is no way."""
        after = np.where(self.cut[:, None], self.before, self.after)
        return after - self.before


@dataclass(frozen=True, kw_only=True, eq=False)
class Rows:
    """Journeys by other ports than before; arrays by row, several of one journey."""

    journey: Places
    """Position among the journeys of the study."""
    port: Places
    """Port that cannot be used."""
    used: Places
    """Place used instead; -1 = none can be reached."""
    to: Places
    """Port at the other end."""
    used_there: Places
    """Place used at the other end: that port, or another one instead."""
    weight: Array

    @classmethod
    def of(cls, parts: Sequence[Rows]) -> Rows:
        """Return parts one after the other."""
        names = [one.name for one in fields(cls)]
        empty = {name: [np.zeros(0, float if name == "weight" else np.int64)] for name in names}
        return cls(
            **{n: np.concatenate([*empty[n], *(getattr(p, n) for p in parts)]) for n in names}
        )


def joined(one: Case, kept: Flags, other: Case) -> Case:
    """Return some journeys of a case, then those of another one of the same closure."""
    at = np.flatnonzero(kept)

    def words(row: int) -> tuple[str, str, str]:
        return one.words(int(at[row])) if row < len(at) else other.words(row - len(at))

    names = ("origin", "destination", "weight", "before", "after", "new")
    arrays: dict[str, Any] = {
        n: np.concatenate([getattr(one, n)[at], getattr(other, n)]) for n in names
    }
    instead = np.concatenate([np.zeros(len(at), bool), other.instead])
    return replace(other, **arrays, words=words, instead=instead)
