"""What goods mean for a way: the value of their time, the modes they may take, the goal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from catenary.model.table import Table

    Array = NDArray[np.float64]

__all__ = ["GOALS", "STAYS", "Goal", "Goods", "Weights", "worth_of"]

Goal = Literal["generalised", "cost", "duration", "emissions"]
STAYS: Final = "none"
"""Mode of services and whatever else does not travel."""
GOALS: Final[tuple[Goal, ...]] = ("generalised", "cost", "duration", "emissions")


@dataclass(frozen=True, slots=True)
class Weights:
    """How much a day, a dollar and a kilogram count in a goal."""

    duration: float
    cost: float
    emissions: float

    def of(self, amounts: Array) -> Array:
        """Return the goal of amounts: duration, cost and emissions along the first axis."""
        return np.asarray(
            self.duration * amounts[0] + self.cost * amounts[1] + self.emissions * amounts[2]
        )


@dataclass(frozen=True, slots=True)
class Goods:
    """Goods as a way sees them; equal goods take equal ways."""

    day: float = 0.0
    """USD that a day costs a tonne: value of a tonne times the value of time."""
    mode: str = ""
    """The one mode they travel by; blank = the best."""

    def weights(self, goal: Goal) -> Weights:
        """Return what counts for these goods.

        Examples
        --------
        >>> Goods(day=12.0).weights("generalised")
        Weights(duration=12.0, cost=1.0, emissions=0.0)
        """
        return {
            "generalised": Weights(self.day, 1.0, 0.0),
            "cost": Weights(0.0, 1.0, 0.0),
            "duration": Weights(1.0, 0.0, 0.0),
            "emissions": Weights(0.0, 0.0, 1.0),
        }[goal]

    def takes(self, way: str) -> bool:
        """Return whether these goods go by sea, by air, or by land."""
        if not self.mode:
            return True
        return self.mode == way if self.mode in ("sea", "air") else way == "land"

    def modes(self) -> tuple[str, ...]:
        """Return the modes on land they may take; a truck brings them to and from others."""
        if self.mode in ("rail", "waterway"):
            return ("road", self.mode, "transfer")
        return ("road",) if self.mode == "road" else ()


def worth_of(products: Table) -> Array:
    """Return what a tonne of each product is worth in USD: price over mass, else value; or nan.

    Examples
    --------
    >>> from catenary.testing import two_regions
    >>> worth_of(two_regions().part("products")).tolist()
    [nan]
    """
    mass, price = products.numbers("mass"), products.numbers("price")
    with np.errstate(divide="ignore", invalid="ignore"):
        stated = np.where(mass > 0, price / mass, np.nan)
    return np.where(np.isnan(stated), products.numbers("value"), stated)
