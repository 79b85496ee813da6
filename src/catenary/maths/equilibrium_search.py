"""The search for a trade equilibrium; the symbols are those of `catenary.maths.equilibrium`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

import numpy as np

from catenary.errors import ComputationError
from catenary.maths.equilibrium import Equilibrium

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from catenary.maths.equilibrium import Barriers, Economy

    Array = NDArray[np.float64]

__all__ = ["Deficits", "solve"]

Deficits = Literal["fixed", "zero", "share", "proportional"]

_MOST: Final = 5_000  # iterations
_LEAP: Final = 0.5  # most that the logarithm of a wage moves at once
_AFRESH: Final = 20  # iterations after which the step of wages is worked out again
_DEPTH: Final = 12  # earlier points that are mixed
_WORSE: Final = 10.0  # times the least gap, beyond which mixing begins anew


def solve(
    economy: Economy,
    barriers: Barriers,
    theta: Array,
    *,
    deficits: Deficits = "fixed",
    tolerance: float = 1e-12,
    start: Array | None = None,
    most: int = _MOST,
) -> Equilibrium:
    """Find wages and prices at which everything made is sold and everything earned is spent.

    Wages, prices and spending are iterated together, and mixed with the last few points
    (Anderson). Where barriers leave next to no trade, relative wages are hardly determined, and
    the search may stop short.

    Parameters
    ----------
    economy
        The baseline, N countries, J products, U uses.
    barriers
        What differs, with a leading axis S where several scenarios are solved together.
    theta
        Trade elasticities, (J,) or (S, J).
    deficits
        `fixed`: as at the baseline, in shares of the value added of the world; `zero`; `share`:
        as a share of the world's income, tariffs included; `proportional`: spending is the same
        multiple of income, up to one factor for the world.
    tolerance
        Largest change of any logarithm and of any spending per world value added.
    start
        Logarithms of ŵ to start from, (S, N) or (N,).
    most
        Iterations after which to stop.

    Returns
    -------
    Equilibrium
        Look at `residual` before using it: the search may have stopped short.

    Raises
    ------
    ComputationError
        If a tariff is −100 % or less, or numbers overflow.

    References
    ----------
    Caliendo, L. & Parro, F. (2015), Review of Economic Studies 82(1), 1-44; Antràs, P. & Chor, D.
    (2018), NBER working paper 24185.

    Examples
    --------
    >>> from catenary.maths.equilibrium import Barriers, Economy
    >>> economy = Economy.of_flows(
    ...     sales=np.array([[[[6.0, 3.0], [3.0, 6.0]]]]), uses=np.zeros((2, 1, 1)),
    ...     tariffs=np.zeros((1, 1, 2, 2)))
    >>> half = Barriers(tariffs=economy.tariffs, iceberg=np.array([[1.0, 0.9], [0.9, 1.0]]))
    >>> solve(economy, half, np.array([4.0])).real_income.round(4).tolist()
    [[1.0411, 1.0411]]
    """
    if (barriers.tariffs <= -1).any():
        raise ComputationError(
            "a tariff of −100 % or less makes goods free", hint="give tariffs above −100 %"
        )
    search = _Search.of(economy, barriers, theta, deficits)
    with np.errstate(all="ignore"):  # what does not converge is told by the residual
        return search.solved(tolerance, start, most)


class _State(NamedTuple):
    """What follows from wages, prices and spending, and what they would become."""

    cost: Array  # log ĉ, (S, J, N)
    price: Array  # log P̂, (S, U, J, N)
    spent: Array  # before tariffs, (S, U, J, N)
    output: Array  # (S, J, N)
    revenue: Array  # (S, N)
    deficit: Array  # (S, N)
    wanted: Array  # spending, (S, U, J, N)
    excess: Array  # log of demand for labour over its supply, (S, N)
    gap: Array  # (S,)


class _Mixing:
    """Anderson's mixing: the next point from the last few, each scenario by itself."""

    def __init__(self) -> None:
        self.points: list[Array] = []
        self.moves: list[Array] = []
        self.last: tuple[Array, Array] | None = None

    def forget(self) -> None:
        """Begin anew."""
        self.points, self.moves, self.last = [], [], None

    def next(self, point: Array, move: Array) -> Array:
        """Return where to go from a point (S, V) with this move towards its image."""
        if self.last is not None:
            self.points = [*self.points, point - self.last[0]][-_DEPTH:]
            self.moves = [*self.moves, move - self.last[1]][-_DEPTH:]
        self.last = (point, move)
        if not self.points:
            return point + move
        turned = np.stack(self.moves, axis=1)  # (S, m, V)
        square = turned @ turned.transpose(0, 2, 1)
        trace = np.trace(square, axis1=1, axis2=2)[:, None, None]
        square += (1e-12 * trace + 1e-300) * np.eye(len(self.moves))
        weight = np.linalg.solve(square, turned @ move[..., None])
        back = (np.stack(self.points, axis=1) + turned).transpose(0, 2, 1) @ weight
        return point + move - back[..., 0]


@dataclass(frozen=True, kw_only=True, eq=False)
class _Search:
    """The arrays of one search."""

    economy: Economy
    deficits: Deficits
    tariffs: Array
    theta: Array  # (S or 1, J)
    power: Array  # θ, (S or 1, 1, J, 1)
    weights: Array  # π κ̂^−θ, (S or 1, U, J, N, N)
    net: Array  # the same over 1 + t′
    iceberg: Array  # d̂ − 1
    yields: Array  # log of productivity, (S or 1, J, N)
    bought: NDArray[np.bool_]  # (U, J, N)
    scenarios: int

    @classmethod
    def of(cls, economy: Economy, barriers: Barriers, theta: Array, deficits: Deficits) -> _Search:
        """Prepare what stays the same in every iteration."""
        theta = np.atleast_2d(theta)
        power = theta[:, None, :, None]
        tariffs = barriers.tariffs.reshape(-1, *economy.shares.shape)
        iceberg = np.asarray(barriers.iceberg)
        with np.errstate(divide="ignore"):
            wedge = np.log((1 + tariffs) / (1 + economy.tariffs) * iceberg)
        weights = economy.shares[None]
        if wedge.any():
            weights = economy.shares * np.exp(-power[..., None] * wedge)
        yields = np.log(np.asarray(barriers.productivity)) + np.zeros((1, *economy.labour.shape))
        return cls(
            economy=economy,
            deficits=deficits,
            tariffs=tariffs,
            theta=theta,
            power=power,
            weights=weights,
            net=weights / (1 + tariffs),
            iceberg=iceberg - 1,
            yields=yields,
            bought=economy.shares.sum(axis=-1) > 0,
            scenarios=max(len(theta), len(weights), len(tariffs), len(yields)),
        )

    def costs(self, wage: Array, price: Array) -> Array:
        """Return log ĉ, (S, J, N)."""
        bundle = self.economy.inputs @ price[:, 0].transpose(0, 2, 1)[..., None]
        total: Array = (
            self.economy.labour * wage[:, None] + bundle[..., 0].transpose(0, 2, 1) - self.yields
        )
        return total

    def wanted(self, output: Array, income: Array) -> Array:
        """Return X given Y and I, (S, U, J, N)."""
        turned = self.economy.inputs.transpose(0, 2, 1) @ output.transpose(0, 2, 1)[..., None]
        inputs: Array = turned[..., 0].transpose(0, 2, 1)
        final = self.economy.tastes * income[:, None]
        if len(self.economy.shares) == 1:
            return (inputs + final)[:, None]
        return np.stack([inputs, final], axis=1)

    def lacking(self, earned: Array, revenue: Array) -> Array:
        """Return D′, (S, N)."""
        own = self.economy.deficit
        if self.deficits == "zero":
            return np.zeros_like(earned)
        if self.deficits == "fixed":
            return np.broadcast_to(own, earned.shape)
        if self.deficits == "proportional":
            kept = self.economy.income + self.economy.revenue
            spent = (earned + revenue) * (1 + own / kept)
            factor = (earned + revenue).sum(axis=1, keepdims=True) / spent.sum(
                axis=1, keepdims=True
            )
            result: Array = spent * factor - earned - revenue
            return result
        before = float((self.economy.income + self.economy.revenue).sum())
        share: Array = (earned + revenue).sum(axis=1, keepdims=True) / before
        return own * share

    def damping(self, now: _State, spending: Array) -> Array:
        """Return the step of log wages per log of excess demand for labour, (S, N).

        Own costs move sales by θ (1 − π) or less; the inverse of one more than that is the step.
        """
        sold = np.exp(-self.power * now.cost[:, None])[..., None, :]
        raised = np.exp(self.power * now.price)[..., None]
        shares = self.weights * sold * raised
        sales = self.net * sold * (raised * spending[..., None])
        rivals = (sales * (1 - shares)).sum(axis=(1, 3)) * self.theta[..., None]
        labour = self.economy.labour
        made = (sales.sum(axis=(1, 3)) * labour).sum(axis=1)
        slope: Array = (rivals * labour).sum(axis=1) / made
        return 1 / (1 + slope)

    def normalised(self, wage: Array) -> Array:
        """Return log wages at an unchanged value added of the world."""
        added: Array = np.log((np.exp(wage) * self.economy.income).sum(axis=1, keepdims=True))
        return wage - added

    def state(self, wage: Array, price: Array, spending: Array) -> _State:
        """Go once through the equations."""
        economy = self.economy
        cost = self.costs(wage, price)
        sold = np.exp(-self.power * cost[:, None])
        total = (self.weights @ sold[..., None])[..., 0]
        now = np.where(self.bought, -np.log(total) / self.power, 0.0)
        scaled = spending * np.exp(self.power * now)
        output = (sold * (self.net.swapaxes(-1, -2) @ scaled[..., None])[..., 0]).sum(axis=1)
        spent = scaled * (self.net @ sold[..., None])[..., 0]
        revenue = (spending - spent).sum(axis=(1, 2))
        earned = np.exp(wage) * economy.income
        deficit = self.lacking(earned, revenue)
        wanted = self.wanted(output, earned + revenue + deficit)
        excess = np.log((economy.labour * output).sum(axis=1) / earned)
        gaps = [
            np.abs(now - price).max(axis=(1, 2, 3)),
            np.abs(excess).max(axis=1),
            np.abs(wanted - spending).max(axis=(1, 2, 3)),
        ]
        gap: Array = np.max(gaps, axis=0)
        return _State(cost, now, spent, output, revenue, deficit, wanted, excess, gap)

    def packed(self, wage: Array, price: Array, spending: Array) -> Array:
        """Return everything that is sought as one vector per scenario."""
        own = spending / self.economy.income
        return np.concatenate(
            [wage, price.reshape(len(wage), -1), own.reshape(len(wage), -1)], axis=1
        )

    def unpacked(self, point: Array, now: _State, wage: Array) -> tuple[Array, Array, Array]:
        """Return wages, prices and spending, none of them far from where it was or would go."""
        countries, half = len(self.economy.income), self.economy.spending.size
        going, price, own = np.split(point, [countries, countries + half], axis=1)
        spending = own.reshape(now.wanted.shape) * self.economy.income
        return (
            self.normalised(wage + np.clip(going - wage, -_LEAP, _LEAP)),
            now.price + np.clip(price.reshape(now.price.shape) - now.price, -_LEAP, _LEAP),
            np.clip(spending, 0.3 * now.wanted, 3.0 * now.wanted),
        )

    def solved(self, tolerance: float, start: Array | None, most: int) -> Equilibrium:
        """Iterate until nothing moves any more."""
        shape = (self.scenarios, len(self.economy.income))
        first = np.zeros(shape) if start is None else np.broadcast_to(start, shape)
        wage = self.normalised(first)
        price = np.zeros((self.scenarios, *self.economy.spending.shape))
        spending = np.broadcast_to(self.economy.spending, price.shape)
        mixing, best, count = _Mixing(), np.full(self.scenarios, np.inf), 1
        now = self.state(wage, price, spending)
        damping = self.damping(now, spending)
        while count < most and np.isfinite(now.gap).all() and (now.gap > tolerance).any():
            if count % _AFRESH == 0:
                damping = self.damping(now, spending)
            if (now.gap > _WORSE * best).any():
                mixing.forget()
                best[:] = np.inf
            best = np.minimum(best, now.gap)
            going = wage + np.clip(damping * now.excess, -_LEAP, _LEAP)
            point = self.packed(wage, price, spending)
            move = self.packed(going, now.price, now.wanted) - point
            wage, price, spending = self.unpacked(mixing.next(point, move), now, wage)
            now, count = self.state(wage, price, spending), count + 1
        balance = np.abs(now.spent.sum(axis=(1, 2)) - now.output.sum(axis=1) - now.deficit)
        return Equilibrium(
            economy=self.economy,
            wage=np.exp(wage),
            cost=np.exp(now.cost),
            price=np.exp(now.price),
            spending=np.asarray(spending),
            output=now.output,
            revenue=now.revenue,
            deficit=now.deficit,
            tariffs=self.tariffs,
            weights=self.weights,
            iceberg=self.iceberg,
            yields=self.yields,
            theta=self.theta,
            iterations=count,
            residual=np.where(np.isfinite(now.gap), now.gap, np.inf),
            walras=balance.max(axis=1),
            worst=np.nan_to_num(np.abs(now.excess), nan=np.inf).argmax(axis=1),
        )
