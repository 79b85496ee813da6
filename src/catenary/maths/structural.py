"""What changed between two years: intensity, technology, mix and level of final demand."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from catenary.maths.leontief import LeontiefSystem

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

__all__ = ["Year", "polar_average"]


@dataclass(frozen=True, eq=False)
class Year:
    """The four factors of ŝ (I − A)⁻¹ M ĝ in one year.

    Parameters
    ----------
    s
        Amount per unit of output, (N,).
    A
        Input coefficients, (N, N).
    M
        What a unit of final demand of each region is spent on, (N, R); columns sum to 1.
    g
        Final demand of each region, (R,).
    names
        Of industries, for errors, (N,).
    """

    s: Array
    A: Array
    M: Array
    g: Array
    names: Sequence[str] = ()

    @cached_property
    def system(self) -> LeontiefSystem:
        """I − A, factored."""
        return LeontiefSystem(self.A, self.names)


def polar_average(first: Year, last: Year) -> dict[str, Array]:
    """Return what each factor contributes to the change, the mean of the two polar orders.

    One order changes intensity first and the level of demand last, the other the reverse; both
    leave no remainder, and their mean changes sign when the years are exchanged.

    Parameters
    ----------
    first, last
        The two years, with the same producers and regions.

    Returns
    -------
    dict
        `first`, `last`, and the effects `intensity`, `technology`, `mix`, `level`, all (N, R): by
        producer and by region whose final demand it is. The effects sum to last − first.

    References
    ----------
    Dietzenbacher, E. & Los, B. (1998), Structural decomposition techniques: sense and
    sensitivity, Economic Systems Research 10(4), 307-323; Miller, R. E. & Blair, P. D. (2009),
    Input-Output Analysis, ch. 13.

    Examples
    --------
    >>> import numpy as np
    >>> def year(s, a, g):
    ...     return Year(np.array([s]), np.array([[a]]), np.array([[1.0]]), np.array([g]))
    >>> effects = polar_average(year(1.0, 0.5, 10.0), year(1.0, 0.5, 15.0))
    >>> float(effects["level"][0, 0]), float(effects["technology"][0, 0])
    (10.0, 0.0)
    """
    ds, dg = last.s - first.s, last.g - first.g
    needs = {  # (I − A)⁻¹ M: by year of technology and year of the mix
        (i, j): one.system.output_for(other.M)
        for i, one in enumerate((first, last))
        for j, other in enumerate((first, last))
    }
    s, g = (first.s, last.s), (first.g, last.g)

    def product(intensity: Array, need: Array, level: Array) -> Array:
        return intensity[:, None] * need * level[None, :]

    effects = {
        "intensity": product(ds, needs[1, 1], g[1]) + product(ds, needs[0, 0], g[0]),
        "technology": product(s[0], needs[1, 1] - needs[0, 1], g[1])
        + product(s[1], needs[1, 0] - needs[0, 0], g[0]),
        "mix": product(s[0], needs[0, 1] - needs[0, 0], g[1])
        + product(s[1], needs[1, 1] - needs[1, 0], g[0]),
        "level": product(s[0], needs[0, 0], dg) + product(s[1], needs[1, 1], dg),
    }
    return {
        "first": product(s[0], needs[0, 0], g[0]),
        "last": product(s[1], needs[1, 1], g[1]),
        **{name: effect / 2 for name, effect in effects.items()},
    }
