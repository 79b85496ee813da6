"""What happens in each of several scenarios run side by side, and what followed."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from catenary.maths.network import Network

    Integers = NDArray[np.int64]

__all__ = ["Followed", "Shocks", "rounding"]

_EXACT: Final = 1e-12
_ROUGH: Final = 1e-5  # in float32


@dataclass(frozen=True, kw_only=True, eq=False)
class Shocks:
    """What happens in each of B scenarios.

    Parameters
    ----------
    hit, losses
        Producers that lose capacity (M,), and the share lost (B, days, M); below 0 = gained.
    asked, final
        Producers whose final demand differs (D,), and what it is a day (B, days, D).
    """

    hit: Integers
    losses: NDArray[np.floating]
    asked: Integers
    final: NDArray[np.float64]

    def some(self, cases: slice) -> Shocks:
        """Return those of some scenarios."""
        return Shocks(
            hit=self.hit, losses=self.losses[cases], asked=self.asked, final=self.final[cases]
        )

    def eventful(self, network: Network) -> NDArray[np.bool_]:
        """Return on which days anything differs from normal, (B, days)."""
        usual = network.final[self.asked, 0]
        found: NDArray[np.bool_] = self.losses.any(axis=2) | (self.final != usual).any(axis=2)
        return found


@dataclass(frozen=True, kw_only=True, eq=False)
class Followed:
    """What followed in each of B scenarios.

    Parameters
    ----------
    regions, products
        Output by day and region (B, days, R), and by day and product (B, days, P).
    unmet
        Share of a day's final demand of each producer not met, summed over days, (B, N).
    missed
        Final demand of each producer not met, over all days, (B, N).
    lost
        Output that each producer lost over all days, (B, N).
    touched
        Whether a producer's demand, output or capacity ever differed from normal by more than
        1e-12 of it (1e-5 in float32), (B, N).
    first_short
        First day on which an input held somebody below normal; -1: never, (B,).
    days_run
        Days that had to be computed; before the first loss, and once all is back, none are.
    """

    regions: NDArray[np.float64]
    products: NDArray[np.float64]
    unmet: NDArray[np.float64]
    missed: NDArray[np.float64]
    lost: NDArray[np.float64]
    touched: NDArray[np.bool_]
    first_short: Integers
    days_run: int

    @classmethod
    def joined(cls, parts: Sequence[Followed]) -> Followed:
        """Return the scenarios of all parts."""
        if len(parts) == 1:
            return parts[0]
        names = [field.name for field in fields(cls) if field.name != "days_run"]
        return cls(
            **{name: np.concatenate([getattr(part, name) for part in parts]) for name in names},
            days_run=max(part.days_run for part in parts),
        )


def rounding(normal: NDArray[Any], capacity: NDArray[Any]) -> NDArray[Any]:
    """Return by how much each producer may differ from a normal day by rounding alone, (N,)."""
    share = _EXACT if normal.dtype == np.float64 else _ROUGH
    least: NDArray[Any] = share * np.maximum(normal, capacity)
    return least
