"""Input-output algebra. Z: flows, x: output, A: input coefficients, Y: final demand."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.linalg import LinAlgWarning, lu_factor, lu_solve
from scipy.linalg.blas import dtrsm

from catenary.errors import ComputationError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Array = NDArray[np.float64]

__all__ = ["LeontiefSystem", "input_coefficients", "unproductive"]

_PANELS: Final = 4  # of columns in which diagonal blocks are found


def input_coefficients(Z: Array, x: Array) -> Array:
    """Return A = Z x̂⁻¹; who has no output needs no inputs.

    Parameters
    ----------
    Z
        Flows, (N, N), row supplier.
    x
        Output, (N,), same unit.

    References
    ----------
    Miller, R. E. & Blair, P. D. (2009), Input-Output Analysis, ch. 2.

    Examples
    --------
    >>> input_coefficients(np.array([[150.0, 500.0], [200.0, 100.0]]), np.array([1000.0, 2000.0]))
    array([[0.15, 0.25],
           [0.2 , 0.05]])
    """
    return np.divide(Z, x[None, :], out=np.zeros_like(Z), where=x[None, :] != 0)


def unproductive(inputs: Array, short: NDArray[np.bool_], names: Sequence[str]) -> ComputationError:
    """Return the error of a system in which no output is enough.

    Parameters
    ----------
    inputs
        Inputs per unit of output, (N,).
    short
        Which industries it shows in, (N,).
    names
        Of industries, (N,), or none.

    Examples
    --------
    >>> error = unproductive(np.array([0.5, 1.5]), np.array([False, True]), ["a", "b"])
    >>> str(error).splitlines()[0].rpartition(": ")[2]
    'b takes 1.5 per unit of output'
    """
    worst = int(np.argmax(np.where(short, inputs, -np.inf)))
    name = names[worst] if len(names) else f"industry {worst + 1}"
    return ComputationError(
        "the Leontief system has no solution: some industries need as much input as they make, or "
        f"more: {name} takes {inputs[worst]:.6g} per unit of output",
        hint="look for columns of intermediate that sum to their output or more",
    )


class LeontiefSystem:
    """I − A, factored once, to answer demand and intensity questions.

    Parameters
    ----------
    A
        Input coefficients, (N, N).
    names
        Of industries, for errors, (N,).

    Raises
    ------
    ComputationError
        If some industries need more input than they make, so that no output is enough.

    Examples
    --------
    >>> system = LeontiefSystem(np.array([[0.15, 0.25], [0.2, 0.05]]))
    >>> system.output_for(np.array([600.0, 1500.0])).round(1)
    array([1247.5, 1841.6])
    """

    def __init__(self, A: Array, names: Sequence[str] = ()) -> None:
        kept = np.negative(A, order="F")  # what LAPACK factors in place
        kept[np.diag_indices(len(A))] += 1.0
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", LinAlgWarning)  # a singular system is told below
            self._factors = lu_factor(kept, overwrite_a=True, check_finite=False)
        pivots = np.abs(np.diag(self._factors[0]))
        if len(A) and not pivots.min() > 1e-12 * pivots.max():
            raise unproductive(A.sum(axis=0), np.ones(len(A), np.bool_), names)
        # output for a final demand of 1 of everything is negative somewhere only if inputs grow
        # without end, or if flows are negative
        short = self.output_for(np.ones(len(A))) < 0
        if short.any():
            if not (A < 0).any():
                raise unproductive(A.sum(axis=0), short, names)
            LeontiefSystem(np.maximum(A, 0.0), names)

    residual: float = 0.0
    """Exact to rounding."""

    def output_for(self, Y: Array) -> Array:
        """Return x with x = A x + y, for one final demand (N,) or several (N, K)."""
        result: Array = lu_solve(self._factors, Y, check_finite=False)
        return result

    def intensities(self, s: Array) -> Array:
        """Return m with m = s + Aᵀ m: what a unit of final demand takes, all stages counted."""
        result: Array = lu_solve(self._factors, s, trans=1, check_finite=False)
        return result

    def diagonal_blocks(self, parts: Sequence[slice]) -> list[Array]:
        """Return the square blocks B[p, p] of the inverse on its diagonal, at half its price.

        Columns are solved for in few panels, each only in the rows from its blocks down. Few large
        steps stay fast where other work keeps the processor busy; many small ones do not.

        Parameters
        ----------
        parts
            Ranges of industries, one after the other.
        """
        factors, pivots = self._factors
        order = np.arange(len(factors))
        for row, other in enumerate(pivots):
            order[[row, other]] = order[[other, row]]
        place = np.argsort(order)
        blocks: list[Array] = []
        while len(blocks) < len(parts):
            first = parts[len(blocks)].start
            wide = first + max(len(factors) // _PANELS, 1)
            panel = [p for p in parts[len(blocks) :] if p.stop <= wide] or [parts[len(blocks)]]
            last = panel[-1].stop
            if first == last:
                blocks += [np.zeros((0, 0)) for _ in panel]
                continue
            # rows above do not matter: U is solved upwards
            top = int(min(first, place[first:last].min()))
            unit = np.zeros((len(factors) - top, last - first), order="F")
            unit[place[first:last] - top, np.arange(last - first)] = 1.0
            lower = dtrsm(1.0, factors[top:, top:], unit, lower=1, diag=1)
            found = dtrsm(1.0, factors[first:, first:], lower[first - top :])
            for part in panel:
                inside = slice(part.start - first, part.stop - first)
                blocks.append(found[inside, inside])
        return blocks
