"""What is known and wanted where measures are chosen before anybody knows what will happen."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from catenary.errors import DataError, OptionError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Integers = NDArray[np.int64]

__all__ = ["Best", "Option", "Rules", "TwoStage", "objective_of", "tail_mean"]

_ROUNDING: Final = 1e-9


def _none() -> Integers:
    return np.zeros(0, np.int64)


@dataclass(frozen=True, kw_only=True, eq=False)
class Option:
    """One measure of the first stage.

    Parameters
    ----------
    name
        What it is called.
    cost, co2e
        What it costs and emits.
    producers
        Whose capacity it changes, (n,).
    added
        Capacity it adds by scenario, producer and period, (W or 1, n, T), ≥ 0; None: none.
    averted
        Losses of capacity it averts, the same shape; those of several measures add up to at most
        all that is lost. None: none.
    slots, stock
        Where it adds to the opening stock, (k,), and how much, (k,), ≥ 0.
    """

    name: str
    cost: float
    co2e: float = 0.0
    producers: Integers = field(default_factory=_none)
    added: Array | None = None
    averted: Array | None = None
    slots: Integers = field(default_factory=_none)
    stock: Array = field(default_factory=lambda: np.zeros(0))


@dataclass(frozen=True, kw_only=True, eq=False)
class TwoStage:
    """A network, what may happen to it, and what may be done; N producers, K slots, W scenarios.

    Parameters
    ----------
    supplier, slot, flow
        Deliveries of a normal day, (E,).
    buyer, criticality
        Buyer of each slot, (K,), and the share of its output that is impossible without the input.
        Inputs that never bind have criticality 0.
    stock
        Opening stock, (K,).
    output
        Output of a normal day, (N,).
    days
        Length of each period, (T,).
    able
        Most that everybody can make in each period, (W, N, T).
    lost
        What of it a loss took and measures may avert, (W, N, T).
    final
        Final demand in each period, (1 or W, N, T).
    weight
        Loss per unit of final demand that is not met, or of output, (N,).
    chance
        Probabilities, (W,).
    options
        Measures.
    counted
        What is lost: final demand not met, or output below normal.
    substitution
        Most that a supplier delivers to a buyer as a multiple of normal; inf: whatever both can.
    closing
        Share of the opening stock that must be there at the end.
    """

    supplier: Integers
    slot: Integers
    flow: Array
    buyer: Integers
    criticality: Array
    stock: Array
    output: Array
    days: Array
    able: Array
    lost: Array
    final: Array
    weight: Array
    chance: Array
    options: tuple[Option, ...] = ()
    counted: Literal["unmet", "output"] = "unmet"
    substitution: float = np.inf
    closing: float = 0.0

    def __post_init__(self) -> None:
        """Check the arrays.

        Raises
        ------
        DataError
            If shapes do not fit, or a number is below 0 or no number.
        """
        N, K, T = len(self.output), len(self.buyer), len(self.days)
        W = len(self.chance)
        shapes: dict[str, tuple[tuple[int, ...], ...]] = {
            "slot": (self.supplier.shape,), "flow": (self.supplier.shape,),
            "criticality": ((K,),), "stock": ((K,),), "able": ((W, N, T),), "lost": ((W, N, T),),
            "final": ((1, N, T), (W, N, T)), "weight": ((N,),),
        }  # fmt: skip
        for name, fits in shapes.items():
            _require(name, getattr(self, name), fits)
        for name in ("output", "days", "chance"):
            _require(name, getattr(self, name), (getattr(self, name).shape,))
        if abs(self.chance.sum() - 1) > _ROUNDING * max(W, 1):
            raise DataError(f"the probabilities add up to {self.chance.sum():g}, not 1")
        idle = np.flatnonzero((self.output == 0) & self.final.any(axis=(0, 2)))
        if len(idle):
            raise DataError(f"producer {idle[0]} makes nothing, and somebody finally buys from it")
        for one in self.options:
            n, k = len(one.producers), len(one.slots)
            if len(np.unique(one.producers)) < n or len(np.unique(one.slots)) < k:
                raise DataError(f"{one.name!r} names a producer or a slot twice")
            for name in ("added", "averted"):
                given = getattr(one, name)
                if given is not None:
                    _require(f"{name} of {one.name!r}", given, ((1, n, T), (W, n, T)))
            _require(f"stock of {one.name!r}", one.stock, ((k,),))
            _require(f"cost and co2e of {one.name!r}", np.array([one.cost]), ((1,),))
        if self.substitution < 1 or not 0 <= self.closing <= 1:
            raise OptionError(
                f"substitution is {self.substitution:g} and closing {self.closing:g}",
                hint="give a substitution of 1 or more, and a share from 0 to 1",
            )

    @property
    def cost(self) -> Array:
        """What measures cost, (M,)."""
        return np.array([one.cost for one in self.options], dtype=float)

    @property
    def co2e(self) -> Array:
        """What measures emit, (M,)."""
        return np.array([one.co2e for one in self.options], dtype=float)


@dataclass(frozen=True, kw_only=True)
class Rules:
    """What is wanted, and what may be chosen.

    Parameters
    ----------
    budget
        Most that the measures may cost together.
    aversion, tail
        Weight of CVaR, and the share of worst cases it is the mean of.
    worth
        What a unit of loss costs.
    carbon_price
        What a unit of emissions costs.
    required
        Measures that must be taken.
    exclusive
        Sets of measures of which at most one may be taken.
    """

    budget: float = np.inf
    aversion: float = 0.0
    tail: float = 0.05
    worth: float = 1.0
    carbon_price: float = 0.0
    required: tuple[int, ...] = ()
    exclusive: tuple[tuple[int, ...], ...] = ()

    def __post_init__(self) -> None:
        """Check the numbers.

        Raises
        ------
        OptionError
            If one is out of range.
        """
        if not (self.budget >= 0 and self.aversion >= 0 and self.worth > 0):
            raise OptionError(
                f"budget is {self.budget:g}, aversion {self.aversion:g}, worth {self.worth:g}",
                hint="give a budget and an aversion of 0 or more, and a worth above 0",
            )
        if not (0 < self.tail <= 1 and self.carbon_price >= 0):
            raise OptionError(
                f"tail is {self.tail:g} and carbon_price {self.carbon_price:g}",
                hint="give a tail above 0 and at most 1, and a price of 0 or more",
            )


@dataclass(frozen=True, kw_only=True, eq=False)
class Best:
    """The best set of measures."""

    chosen: NDArray[np.bool_]
    """Which measures are taken, (M,)."""
    losses: Array
    """Loss by scenario, (W,)."""
    objective: float
    bound: float
    """No set of measures has a lower objective."""
    marginal: float
    """What one more unit of budget lowers the objective by, were measures divisible."""
    rounds: int
    """How often the first stage was solved; 1: everything at once."""

    @property
    def gap(self) -> float:
        """How far from the best the set may be, as a share of the objective."""
        over = max(0.0, self.objective - self.bound)
        return over / abs(self.objective) if self.objective else 0.0


def tail_mean(losses: Array, chance: Array, tail: float) -> float:
    """Return the mean of the worst cases that have a probability of `tail` together (CVaR).

    References
    ----------
    Rockafellar, R. T. & Uryasev, S. (2000), Optimization of conditional value-at-risk. Journal of
    Risk 2(3), 21-41.

    Examples
    --------
    >>> tail_mean(np.array([1.0, 2.0, 9.0, 4.0]), np.full(4, 0.25), 0.5)
    6.5
    """
    order = np.argsort(-losses, kind="stable")
    before = np.cumsum(chance[order]) - chance[order]
    taken = np.clip(tail - before, 0.0, chance[order])
    return float(taken @ losses[order] / tail)


def objective_of(problem: TwoStage, rules: Rules, chosen: Array, losses: Array) -> float:
    """Return the expected loss, the risk and the emissions of some measures in one unit."""
    loss = float(problem.chance @ losses)
    if rules.aversion:
        loss += rules.aversion * tail_mean(losses, problem.chance, rules.tail)
    return rules.worth * loss + rules.carbon_price * float(problem.co2e @ chosen)


def _require(name: str, given: Array, fits: tuple[tuple[int, ...], ...]) -> None:
    if given.shape not in fits:
        wanted = " or ".join(str(one) for one in fits)
        raise DataError(f"{name} has the shape {given.shape}; it should have {wanted}")
    if not np.isfinite(given).all() or (given < 0).any():
        raise DataError(f"{name} holds a number below 0, or something that is no number")
