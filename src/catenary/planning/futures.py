"""What may happen to offers and demand, as arrays by future, offer and period."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, Protocol

import numpy as np

from catenary.errors import DataError

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from catenary.model import World

    Array = NDArray[np.float64]

__all__ = ["CALM", "Family", "Futures", "Sources"]

Family = Literal["none", "region", "supplier"]

CALM: Final = "undisturbed"


class Sources(Protocol):
    """Whatever can fail: offers, or producers."""

    @property
    def ids(self) -> NDArray[np.object_]:
        """Labels, (I,)."""

    @property
    def region(self) -> NDArray[np.object_]:
        """Where they are, (I,)."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Futures:
    """W futures over T periods."""

    names: tuple[str, ...]
    chance: Array
    """(W,)."""
    available: Array
    """Share of capacity that offers have, (W, I, T), when they make the goods."""
    demand: Array
    """Factor on demand, (W, T)."""

    def alike(self) -> NDArray[np.int64]:
        """Return in how many first periods each future is like the first one, (W,)."""
        other = (self.available != self.available[0]).any(axis=1) | (self.demand != self.demand[0])
        first = np.where(other.any(axis=1), other.argmax(axis=1), other.shape[1])
        return np.asarray(first, np.int64)

    @classmethod
    def of(
        cls, world: World, offers: Sources, *, periods: int, days: float, family: Family = "none",
        chance: float = 0.0,
    ) -> Futures:  # fmt: skip
        """Read the table `futures`, or let each region or supplier fail alone.

        Parameters
        ----------
        world
            May have `futures`.
        offers
            What they hit.
        periods, days
            How many periods, and days of each.
        family
            region or supplier: whatever the table says, each of them fails alone.
        chance
            That one fails, for a family.

        Raises
        ------
        DataError
            If chances of one future differ, or all add up to more than 1.
        """
        if family != "none":
            return _family(offers, family, chance, periods)
        if "futures" not in world:
            shape = 1, len(offers.ids), periods
            return cls(
                names=(CALM,), chance=np.ones(1), available=np.ones(shape),
                demand=np.ones((1, periods)),
            )  # fmt: skip
        return _table(world.table("futures"), offers, periods, days)


def _family(offers: Sources, family: Family, chance: float, periods: int) -> Futures:
    labels = offers.region if family == "region" else offers.ids
    each = list(dict.fromkeys(map(str, labels)))
    count = len(each)
    available = np.ones((count + 1, len(offers.ids), periods))
    for k, one in enumerate(each):
        available[k + 1, labels == one] = 0.0
    # at most one of independent failures: odds against none
    odds = chance / (1 - chance) if chance < 1 else np.inf
    weight = (
        np.array([1.0] + [odds] * count) if np.isfinite(odds) else np.array([0.0] + [1.0] * count)
    )
    return Futures(
        names=(CALM, *each), chance=weight / weight.sum(), available=available,
        demand=np.ones((count + 1, periods)),
    )  # fmt: skip


def _table(rows: pd.DataFrame, offers: Sources, periods: int, days: float) -> Futures:
    names = list(dict.fromkeys(rows["future"].astype("str")))
    chances = []
    for name in names:
        mine = rows.loc[(rows["future"] == name).to_numpy(), "chance"].unique()
        if len(mine) > 1:
            raise DataError(
                f"the future {name!r} has the chances {', '.join(f'{c:g}' for c in mine)}",
                hint="give the same chance in all rows of a future",
            )
        chances.append(float(mine[0]))
    if sum(chances) > 1 + 1e-9:
        raise DataError(
            f"the chances of all futures add up to {sum(chances):g}",
            hint="they are shares of 1; what is left is a future without disruption",
        )
    rest = max(1 - sum(chances), 0.0)
    calm = rest > 1e-12
    available = np.ones((len(names) + calm, len(offers.ids), periods))
    demand = np.ones((len(names) + calm, periods))
    first = np.arange(periods) * days
    for row in rows.to_dict("records"):
        w = names.index(str(row["future"])) + calm
        end = np.inf if np.isnan(row["days"]) else row["start"] + row["days"]
        overlap = np.minimum(first + days, end) - np.maximum(first, row["start"])
        share = np.clip(overlap, 0, days) / days
        mine = np.ones(len(offers.ids), bool)
        for column, labels in (("region", offers.region), ("offer", offers.ids)):
            if isinstance(row.get(column), str):
                mine &= labels == row[column]
        available[w, mine] *= 1 - share * (1 - row["available"])
        demand[w] *= 1 + share * (row["demand"] - 1)
    chance = np.array(([rest] if calm else []) + chances)
    return Futures(
        names=((CALM,) if calm else ()) + tuple(names), chance=chance / chance.sum(),
        available=available, demand=demand,
    )  # fmt: skip
