"""How far producers are from final use and from primary inputs. Z: flows, x: output."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from catenary.maths.leontief import LeontiefSystem, input_coefficients

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Array = NDArray[np.float64]

__all__ = ["Positions", "propagation_lengths", "without_stocks"]


@dataclass(frozen=True, eq=False)
class Positions:
    """A closed table of flows, and where each producer stands in it.

    Parameters
    ----------
    Z
        Flows, (N, N), row supplier.
    x
        Output, (N,), 0 or more.
    names
        Of producers, for errors, (N,).

    References
    ----------
    Antràs, P. & Chor, D. (2018), On the measurement of upstreamness and downstreamness in global
    value chains, NBER Working Paper 24185; Miller, R. E. & Temurshoev, U. (2017), Output
    upstreamness and input downstreamness of industries/countries in world production,
    International Regional Science Review 40(5), 443-475.

    Examples
    --------
    A chain of three, each selling all it makes to the next:

    >>> chain = Positions(np.diag([1.0, 1.0], 1), np.ones(3))
    >>> chain.upstreamness, chain.downstreamness
    (array([3., 2., 1.]), array([1., 2., 3.]))
    """

    Z: Array
    x: Array
    names: Sequence[str] = ()

    @cached_property
    def A(self) -> Array:  # noqa: N802  the literature's name
        """Input coefficients, (N, N)."""
        return input_coefficients(self.Z, self.x)

    @cached_property
    def system(self) -> LeontiefSystem:
        """I − A, factored."""
        return LeontiefSystem(self.A, self.names)

    @property
    def final(self) -> Array:
        """What is not used up by a producer with output, (N,): x − A x."""
        used: Array = self.A @ self.x
        return self.x - used

    @property
    def value_added(self) -> Array:
        """Output less inputs, (N,)."""
        inputs: Array = self.A.sum(axis=0)
        return self.x * (1.0 - inputs)

    @property
    def upstreamness(self) -> Array:
        """(I − x̂⁻¹ Z)⁻¹ 1 = x̂⁻¹ (I − A)⁻¹ x, (N,): stages to final use; NaN without output."""
        total: Array = self.system.output_for(self.x)
        return np.divide(total, self.x, out=np.full_like(total, np.nan), where=self.x > 0)

    @property
    def downstreamness(self) -> Array:
        """(I − Aᵀ)⁻¹ 1, (N,): stages since primary inputs; NaN without output."""
        total: Array = self.system.intensities(np.ones_like(self.x))
        return np.where(self.x > 0, total, np.nan)


def without_stocks(Z: Array, x: Array, stocks: Array) -> tuple[Array, NDArray[np.bool_]]:
    """Return flows had what went into stocks been used as all other deliveries were.

    Flows of a row are multiplied by x / (x − n), so that they and final use other than stocks,
    multiplied likewise, sum to output again.

    Parameters
    ----------
    Z
        Flows, (N, N), row supplier.
    x
        Output, (N,).
    stocks
        n, what each producer delivered into stocks less what was drawn from them, (N,).

    Returns
    -------
    flows, kept
        (N, N), and the rows (N,) that stay as they are because all that is made, or more, went
        into stocks.

    References
    ----------
    Antràs, P., Chor, D., Fally, T. & Hillberry, R. (2012), Measuring the upstreamness of
    production and trade flows, American Economic Review 102(3), 412-416.

    Examples
    --------
    >>> flows, kept = without_stocks(np.array([[0.0, 4.0], [0.0, 0.0]]), np.array([10.0, 5]),
    ...                              np.array([2.0, 0.0]))
    >>> flows[0], kept
    (array([0., 5.]), array([False, False]))
    """
    rest = x - stocks
    kept = (stocks != 0) & (rest <= 1e-9 * np.abs(x))
    scale = np.divide(x, rest, out=np.ones_like(x), where=~kept & (rest != 0))
    return Z * scale[:, None], kept


def propagation_lengths(system: LeontiefSystem, size: int) -> tuple[Array, Array]:
    """Return average propagation lengths and the strength of the links they are means over.

    With L = (I − A)⁻¹, the length from i to j is the mean number of rounds in which a cost push
    at i reaches j (or demand for j reaches i): [L (L − I)]_ij / [L − I]_ij.

    Parameters
    ----------
    system
        I − A, factored.
    size
        N.

    Returns
    -------
    lengths, strength
        (N, N) each; 0 where nothing links the two.

    References
    ----------
    Dietzenbacher, E., Romero, I. & Bosma, N. S. (2005), Using average propagation lengths to
    identify production chains in the Andalusian economy, Estudios de Economía Aplicada 23(2),
    405-422; Dietzenbacher, E. & Romero, I. (2007), Production chains in an interregional
    framework, International Regional Science Review 30(4), 362-383.

    Examples
    --------
    >>> lengths, _ = propagation_lengths(LeontiefSystem(np.diag([0.5, 0.5], 1)), 3)
    >>> lengths
    array([[0., 1., 2.],
           [0., 0., 1.],
           [0., 0., 0.]])
    """
    L = system.output_for(np.eye(size))
    strength = L - np.eye(size)
    rounds = system.output_for(strength)
    linked = np.abs(strength) > 1e-14
    lengths = np.divide(rounds, strength, out=np.zeros_like(L), where=linked)
    return lengths, np.where(linked, strength, 0.0)
