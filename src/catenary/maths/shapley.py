"""What working together is worth to each: Shapley values, exact and sampled.

The value of a player is the mean, over all orders in which players could come, of what it adds to
those who are there. The values add up to what all achieve together.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import factorial
from typing import TYPE_CHECKING, Final

import numpy as np

from catenary.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Flags = NDArray[np.bool_]

__all__ = ["MOST", "Shares", "core_gap", "game", "sampled_shapley", "shapley"]

MOST: Final = 20
"""Most players of an exact value: 2 ** 20 coalitions."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Shares:
    """Sampled values."""

    value: Array
    """(N,); adds up to what all achieve less what nobody does."""
    error: Array
    """Standard error, (N,)."""
    orders: int
    """How many orders were drawn."""
    asked: int
    """How many coalitions were valued."""


def game(players: int, worth: Callable[[Flags], float]) -> Array:
    """Return what every coalition achieves, (2 ** players,); bit k stands for player k.

    Parameters
    ----------
    players
        At most `MOST`.
    worth
        What a coalition achieves, from a flag for each player.

    Raises
    ------
    DataError
        If there are too many players.
    """
    if players > MOST:
        raise DataError(
            f"{players} players form {2.0**players:.3g} coalitions, too many to try",
            hint="sample orders instead",
        )
    bits = np.arange(players)
    return np.array([worth((mask >> bits & 1).astype(bool)) for mask in range(2**players)])


def shapley(worth: Array) -> Array:
    """Return what each player is worth, (N,), from what every coalition achieves.

    Parameters
    ----------
    worth
        (2 ** N,); bit k of the position stands for player k.

    References
    ----------
    Shapley, L. S. (1953), A value for n-person games. Contributions to the Theory of Games II,
    Princeton, 307-317.

    Examples
    --------
    Two gloves to the left and one to the right: only pairs are worth anything.

    >>> shapley(np.array([0.0, 0, 0, 0, 0, 1, 1, 1])).round(4).tolist()
    [0.1667, 0.1667, 0.6667]
    """
    players = len(worth).bit_length() - 1
    if len(worth) != 2**players or not np.isfinite(worth).all():
        raise DataError(f"{len(worth)} values are not those of all coalitions")
    masks = np.arange(len(worth))
    size = np.zeros(len(worth), np.int64)
    for k in range(players):
        size += masks >> k & 1
    weight = np.array(
        [factorial(s) * factorial(players - s - 1) / factorial(players) for s in range(players)]
    )
    found = np.zeros(players)
    for k in range(players):
        without = masks[(masks >> k & 1) == 0]
        found[k] = weight[size[without]] @ (worth[without | 1 << k] - worth[without])
    return found


def sampled_shapley(
    players: int, worth: Callable[[Flags], float], *, orders: int, seed: int
) -> Shares:
    """Return what each player is worth, from random orders and their reverses.

    Coalitions that come up again are not valued again. The values of each order add up exactly,
    and so do their means.

    Parameters
    ----------
    players
        How many.
    worth
        What a coalition achieves, from a flag for each player.
    orders
        How many orders to draw, each with its reverse; at least 1.
    seed
        Of the draws.

    References
    ----------
    Castro, J., Gómez, D. & Tejada, J. (2009), Polynomial calculation of the Shapley value based on
    sampling. Computers & Operations Research 36(5), 1726-1730; Mitchell, R. et al. (2022),
    Sampling permutations for Shapley value estimation. Journal of Machine Learning Research 23(43).

    Examples
    --------
    >>> found = sampled_shapley(3, lambda some: float(some.sum() ** 2), orders=50, seed=1)
    >>> found.value.round(6).tolist()
    [3.0, 3.0, 3.0]
    """
    if players < 1 or orders < 1:
        raise DataError(f"{players} players and {orders} orders give no value")
    rng = np.random.default_rng(seed)
    known: dict[bytes, float] = {}

    def asked(some: Flags) -> float:
        key = np.packbits(some).tobytes()
        if key not in known:
            known[key] = float(worth(some.copy()))
        return known[key]

    def added(order: NDArray[np.int64]) -> Array:
        some, gain = np.zeros(players, bool), np.zeros(players)
        before = asked(some)
        for k in order:
            some[k] = True
            after = asked(some)
            gain[k], before = after - before, after
        return gain

    pairs = np.zeros((orders, players))
    for n in range(orders):
        order = rng.permutation(players)
        pairs[n] = (added(order) + added(order[::-1])) / 2
    error = pairs.std(axis=0, ddof=1) / np.sqrt(orders) if orders > 1 else np.full(players, np.nan)
    return Shares(value=pairs.mean(axis=0), error=error, orders=orders, asked=len(known))


def core_gap(worth: Array, value: Array) -> tuple[float, int]:
    """Return what the coalition with most reason to leave would gain by that, and which it is.

    Parameters
    ----------
    worth
        What every coalition achieves, (2 ** N,).
    value
        How the total is split, (N,).

    Returns
    -------
    tuple
        Gain (not above 0: the split is in the core, and nobody leaves), and the coalition's bits.

    Examples
    --------
    >>> core_gap(np.array([0.0, 0, 0, 0, 0, 1, 1, 1]), np.array([1 / 6, 1 / 6, 2 / 3]))[1]
    5
    """
    masks = np.arange(1, len(worth) - 1)
    if not len(masks):
        return 0.0, 0
    bits = masks[:, None] >> np.arange(len(value)) & 1
    gain = worth[masks] - worth[0] - bits @ value
    best = int(gain.argmax())
    return float(gain[best]), int(masks[best])
