"""A world as measures see it: what is made and used, what that is worth, what rests on whom."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from catenary.errors import MissingDataError, OptionError
from catenary.model.units import DAYS_PER_YEAR, factor

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from catenary.maths.reliance import Uses
    from catenary.model import World
    from catenary.planning.worth import Worths

    Array = NDArray[np.float64]
    Integers = NDArray[np.int64]

__all__ = ["Rests"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Rests:
    """N producers of P products and the K uses of inputs between them."""

    world: World
    uses: Uses
    made: Integers
    """Product of each producer, (N,)."""
    region: Integers
    """Region of each, (N,)."""
    value: Array
    """What it makes in a year, USD, (N,); nan = not known."""
    bought: Array
    """What each use buys in a year, USD, (K,); nan = not known."""
    criticality: Array
    """Of each use, (K,): as recipes say; else its share in what the buyer buys."""
    risk: Array
    """What would stop with each producer, (N,)."""
    worths: Worths

    @classmethod
    def of(cls, world: World, worths: Worths, weights: Array | None = None) -> Rests:
        """Read a world.

        Parameters
        ----------
        world
            Has `producers`.
        worths
            What units are worth.
        weights
            What is at stake at each producer, (N,), such as what it loses if nothing is done; None
            = what it makes, and what rests on that.

        Raises
        ------
        OptionError
            If there are not as many weights as producers, or one is below 0.
        """
        from catenary.maths.reliance import at_risk, uses_of  # noqa: PLC0415  brings scipy

        makers = world.part("producers")
        made, region = (makers.codes(name).astype(np.int64) for name in ("product", "region"))
        uses = uses_of(_flows(world, made), made, region)
        value = makers.numbers("output") * worths.price[made] * DAYS_PER_YEAR
        bought = uses.quantity * worths.price[uses.product] * DAYS_PER_YEAR
        spent = np.bincount(uses.buyer, np.nan_to_num(bought), minlength=len(made))
        criticality = _criticality(world, uses, made)
        with np.errstate(divide="ignore", invalid="ignore"):
            share = np.nan_to_num(bought / spent[uses.buyer], nan=1.0, posinf=1.0)
        criticality = np.where(np.isnan(criticality), share, criticality)
        if weights is None:  # whose output has no price is worth at least what it buys
            weights = at_risk(uses, criticality, np.where(np.isnan(value), spent, value))
        weights = np.asarray(weights, np.float64)
        if weights.shape != made.shape or not (weights >= 0).all():
            raise OptionError(
                f"weights are {weights.shape} numbers, or some are below 0 or blank",
                hint=f"give one of 0 or more for each of the {len(made):,} producers",
            )
        return cls(
            world=world, uses=uses, made=made, region=region, value=value, bought=bought,
            criticality=criticality, risk=weights, worths=worths,
        )  # fmt: skip

    @property
    def stakes(self) -> Array:
        """What hangs on each use, (K,): what stops with its buyer, if a single source fails."""
        stakes: Array = self.risk[self.uses.buyer] * self.criticality * self.uses.concentration
        return stakes


def _flows(world: World, made: Integers) -> Any:
    """Return deliveries between producers, (N, N), in units of their product a day."""
    from scipy import sparse  # noqa: PLC0415  quick start

    count = len(made)
    if "intermediate" in world:
        flows = world.matrix("intermediate")
        units = world.part("products").frame["unit"].astype("str").to_numpy(object)
        ratio = np.array([factor(flows.unit, f"{unit}/day") for unit in units])
        ids = world.ids("producers")
        return flows.aligned_to(ids, ids).values * ratio[made][:, None]
    if "supplies" not in world:
        return sparse.csr_array((count, count))
    part = world.part("supplies")
    ends = tuple(part.codes(name).astype(np.int64) for name in ("supplier", "buyer"))
    return sparse.csr_array((part.numbers("quantity"), ends), shape=(count, count))


def _criticality(world: World, uses: Uses, made: Integers) -> Array:
    """Return the criticality of each use: that of its producer, else of its product, else nan."""
    found = np.full(len(uses.buyer), np.nan)
    if "recipes" not in world:
        return found
    part = world.part("recipes")
    if not len(part.index):
        return found
    who, output, needed = (
        part.codes(name).astype(np.int64) if name in part.frame else np.full(len(part.index), -1)
        for name in ("producer", "product", "input")
    )
    said = part.numbers("criticality")
    width = len(world.ids("products")) + 1
    for mine, keys, own in (
        (who < 0, output * width + needed, made[uses.buyer] * width + uses.product),
        (who >= 0, who * width + needed, uses.buyer * width + uses.product),
    ):
        order = np.argsort(keys[mine], kind="stable")
        known = keys[mine][order]
        place = np.searchsorted(known, own, side="right") - 1
        hit = (place >= 0) & (known[place] == own) if len(known) else np.zeros(len(own), bool)
        found[hit] = said[mine][order][place[hit]]
    return found


def require_producers(world: World) -> None:
    """Refuse a world in which nobody makes anything.

    Raises
    ------
    MissingDataError
        If there are no producers.
    """
    if "producers" not in world or not len(world.ids("producers")):
        raise MissingDataError(
            "this world has no producers, and no place with a capacity or a border",
            hint="give a world of producers, such as chains:pooled, or one with a network",
        )
