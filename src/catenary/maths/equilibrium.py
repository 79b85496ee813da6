"""Trade equilibria in changes: many products, input-output links, tariffs and other barriers.

Numbers of flows stand in the order use, product, buyer, seller: (U, J, N, N). With one use,
inputs and final goods share their sellers and barriers (Caliendo & Parro 2015); with two, inputs
come first and final goods second, each with sellers and barriers of its own (Antràs & Chor 2018).
A leading axis S holds scenarios that are solved together. Money is in shares of the value added
of the world, which is also the numeraire.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

__all__ = ["Barriers", "Economy", "Equilibrium"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Economy:
    """A baseline: who buys what where, what is made of what, who earns it.

    Examples
    --------
    >>> one = Economy.of_flows(
    ...     sales=np.array([[[[6.0, 3.0], [2.0, 5.0]]]]), uses=np.zeros((2, 1, 1)),
    ...     tariffs=np.zeros((1, 1, 2, 2)))
    >>> one.income.round(3).tolist(), one.deficit.round(3).tolist()
    ([0.5, 0.5], [0.062, -0.062])
    """

    shares: Array
    """π, share of each seller in what a buyer spends, tariffs included, (U, J, N, N)."""
    tariffs: Array
    """t, what is levied on a purchase and is income of the buyer's country, (U, J, N, N)."""
    inputs: Array
    """γ, share of each input k in the cost of product j, (N, J, K)."""
    labour: Array
    """γ, share of value added in the cost of each product, (J, N)."""
    tastes: Array
    """α, share of each product in final spending, (J, N)."""
    income: Array
    """Value added of each country, (N,); adds up to 1."""
    deficit: Array
    """Imports less exports, (N,); adds up to 0."""
    spending: Array
    """X, spending by use on each product, tariffs included, (U, J, N)."""

    @cached_property
    def revenue(self) -> Array:
        """What is levied, (N,)."""
        levied: Array = self.shares * self.tariffs / (1 + self.tariffs)
        total: Array = (self.spending * levied.sum(axis=-1)).sum(axis=(0, 1))
        return total

    @classmethod
    def of_flows(
        cls, *, sales: Array, uses: Array, tariffs: Array, final: Array | None = None
    ) -> Economy:
        """Take the shares out of flows.

        Parameters
        ----------
        sales
            Deliveries before tariffs by use, product, buyer and seller, (U, J, N, N).
        uses
            Inputs that producers buy, tariffs included, by country, product made and input,
            (N, J, K).
        tariffs
            What is levied on each delivery, as a share, (U, J, N, N).
        final
            Final spending, tariffs included, (J, N); None: what is bought and is no input.

        Returns
        -------
        Economy
            Value added is sales less inputs, the deficit imports less exports.
        """
        spending = (sales * (1 + tariffs)).sum(axis=-1)
        made = sales.sum(axis=(0, 2))
        added = made - uses.sum(axis=2).T
        if final is None:
            final = spending[-1] - (uses.sum(axis=1).T if len(sales) == 1 else 0.0)
        across = sales.sum(axis=(0, 1))
        world = added.sum()
        return cls(
            shares=_per(sales * (1 + tariffs), spending[..., None]),
            tariffs=tariffs,
            inputs=_per(uses, made.T[..., None]),
            labour=_per(added, made),
            tastes=_per(final, final.sum(axis=0)),
            income=added.sum(axis=0) / world,
            deficit=(across.sum(axis=1) - across.sum(axis=0)) / world,
            spending=spending / world,
        )


def _per(amount: Array, base: Array) -> Array:
    """Return amounts per base; 0 where there is none."""
    wide = np.broadcast_to(base, amount.shape)
    return np.divide(amount, wide, out=np.zeros_like(amount), where=wide > 0)


@dataclass(frozen=True, kw_only=True, eq=False)
class Barriers:
    """What differs from the baseline; everything may have a leading axis of scenarios."""

    tariffs: Array
    """t′, (…, U, J, N, N): tariffs and whatever else is income of the buyer's country."""
    iceberg: Array | float = 1.0
    """d̂, change of costs that use resources up, (…, U, J, N, N)."""
    productivity: Array | float = 1.0
    """Change of what a bundle of inputs yields, (…, J, N)."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Equilibrium:
    """A solution for S scenarios; numbers with a hat are ratios to the baseline."""

    economy: Economy
    wage: Array
    """ŵ, (S, N)."""
    cost: Array
    """ĉ, cost of a bundle of inputs over its yield, (S, J, N)."""
    price: Array
    """P̂ of what is bought, by use, (S, U, J, N)."""
    spending: Array
    """X′, (S, U, J, N)."""
    output: Array
    """Y′, sales before tariffs, (S, J, N)."""
    revenue: Array
    """Tariffs levied and rents, (S, N)."""
    deficit: Array
    """D′, (S, N)."""
    tariffs: Array
    """t′, (S or 1, U, J, N, N)."""
    weights: Array
    """π κ̂^−θ, (S or 1, U, J, N, N)."""
    iceberg: Array
    """Relative change of costs that use resources up, d̂ − 1; numbers of flows or one."""
    yields: Array
    """Logarithm of the change of productivity, (S or 1, J, N)."""
    theta: Array
    """θ, (S or 1, J)."""
    iterations: int
    residual: Array
    """Largest gap of any equation, relative to its size, (S,)."""
    walras: Array
    """Largest gap between imports less exports and the deficit, per world value added, (S,)."""
    worst: NDArray[np.int64]
    """Country with the largest gap, (S,)."""

    @cached_property
    def income(self) -> Array:
        """I′, value added, tariffs and deficit, (S, N)."""
        return self.wage * self.economy.income + self.revenue + self.deficit

    @cached_property
    def shares(self) -> Array:
        """π′, (S, U, J, N, N)."""
        theta = self.theta[:, None, :, None]
        sold = np.exp(-theta * np.log(self.cost)[:, None])[..., None, :]
        total: Array = self.weights * sold * (self.price**theta)[..., None]
        return total

    @cached_property
    def flows(self) -> Array:
        """Deliveries before tariffs, (S, U, J, N, N)."""
        return self.shares * self.spending[..., None] / (1 + self.tariffs)

    @cached_property
    def consumer_price(self) -> Array:
        """Π_j P̂^α, (S, N)."""
        total: Array = np.exp((self.economy.tastes * np.log(self.price[:, -1])).sum(axis=1))
        return total

    @cached_property
    def baseline_income(self) -> Array:
        """I at the baseline, (N,)."""
        old = self.economy
        total: Array = old.income + old.deficit + old.revenue
        return total

    @property
    def real_income(self) -> Array:
        """Exact change of welfare: income over consumer prices, (S, N)."""
        return self.income / self.baseline_income / self.consumer_price

    @property
    def real_wage(self) -> Array:
        """Change of wages over consumer prices, (S, N)."""
        return self.wage / self.consumer_price

    def as_baseline(self, scenario: int = 0) -> Economy:
        """Return one solution as an economy to start from; value added adds up to 1 again."""
        return replace(
            self.economy,
            shares=self.shares[scenario],
            tariffs=self.tariffs[scenario if len(self.tariffs) > 1 else 0],
            income=self.wage[scenario] * self.economy.income,
            deficit=self.deficit[scenario],
            spending=self.spending[scenario],
        )
