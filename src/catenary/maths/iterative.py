"""Leontief systems too large to factor: solved in sweeps over the flows, which stay as they are.

Z: flows, x: output, A = Z x̂⁻¹. Blocks of producers (the industries of a region, mostly) are solved
exactly in turn, each with the newest values of the others (block Gauss-Seidel), and the sweeps are
sped up by GMRES (Saad 2003, ch. 6), all right-hand sides side by side in one pass over Z.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from catenary.errors import ComputationError
from catenary.maths.leontief import LeontiefSystem, unproductive

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Integers = NDArray[np.int64]

__all__ = ["IterativeSystem", "blocks_of", "gmres"]

TOLERANCE: Final = 1e-12
"""Residual, relative to the right-hand side (Euclidean norm), at which the sweeps end."""

ACCEPTED: Final = 1e-10
"""Residual above which a solution is refused."""

_SMALL: Final = 1e-9
_BLOCK: Final = 384
_VECTORS: Final = 24
_RESTARTS: Final = 12


def blocks_of(group: Integers, most: int = _BLOCK) -> list[Integers]:
    """Return the members of groups in blocks of at most `most`; small groups share one.

    Parameters
    ----------
    group
        Group of each member, (N,).
    most
        Largest block.

    Examples
    --------
    >>> [b.tolist() for b in blocks_of(np.array([0, 1, 0, 2, 2, 2]), most=3)]
    [[0, 2, 1], [3, 4, 5]]
    """
    order = np.argsort(group, kind="stable")
    parts = np.split(order, np.flatnonzero(np.diff(group[order])) + 1) if len(group) else []
    found: list[Integers] = []
    for part in parts:
        for start in range(0, len(part), most):
            piece = part[start : start + most]
            if found and len(found[-1]) + len(piece) <= most:
                found[-1] = np.concatenate([found[-1], piece])
            else:
                found.append(piece)
    return found


def gmres(step: Callable[[Array], Array], c: Array, tolerance: float = TOLERANCE) -> Array:
    """Return v with v = T v + c for several c at once, each in a Krylov space of its own.

    Parameters
    ----------
    step
        v -> T v, for (K, N).
    c
        (K, N).
    tolerance
        Residual at which a row is done, as a share of the norm of its c.

    References
    ----------
    Saad, Y. (2003), Iterative Methods for Sparse Linear Systems, 2nd ed., algorithm 6.9.

    Examples
    --------
    >>> gmres(lambda v: 0.5 * v[:, ::-1], np.array([[1.0, 0.0]])).round(9)
    array([[1.33333333, 0.66666667]])
    """
    goal = tolerance * np.linalg.norm(c, axis=1)
    found, rest = np.zeros_like(c), c
    for _ in range(_RESTARTS):
        more, done = _arnoldi(step, rest, goal)
        found = found + more
        if done:
            break
        rest = c - found + step(found)
    return found


def _arnoldi(step: Callable[[Array], Array], rest: Array, goal: Array) -> tuple[Array, bool]:
    """Return what takes most of the residual away within one Krylov space, and if it is enough."""
    rows = len(rest)
    size = np.linalg.norm(rest, axis=1)
    basis = [_unit(rest, size)]
    hessenberg = np.zeros((rows, _VECTORS + 1, _VECTORS))
    weights, done = np.zeros((rows, 0)), False
    for k in range(_VECTORS):
        w = basis[k] - step(basis[k])
        for j, q in enumerate(basis):
            hessenberg[:, j, k] = np.einsum("rn,rn->r", q, w)
            w -= hessenberg[:, j, k, None] * q
        length = np.linalg.norm(w, axis=1)
        hessenberg[:, k + 1, k] = length
        small = hessenberg[:, : k + 2, : k + 1]
        target = np.zeros((rows, k + 2))
        target[:, 0] = size
        weights = np.einsum("rij,rj->ri", np.linalg.pinv(small), target)
        left = np.linalg.norm(target - np.einsum("rij,rj->ri", small, weights), axis=1)
        done = bool((left <= goal).all())
        if done:
            break
        basis.append(_unit(w, length))
    total = np.zeros_like(rest)
    for j in range(weights.shape[1]):
        total += weights[:, j, None] * basis[j]
    return total, done


def _size(rows: Array) -> Array:
    """Return about how large each cell is, never 0."""
    size = np.abs(rows)
    most = size.max(axis=1, initial=0.0, keepdims=True)
    most[most == 0] = 1.0
    floored: Array = np.maximum(size, _SMALL * most)
    return floored


def _unit(rows: Array, length: Array) -> Array:
    """Return rows of length 1; those of length 0 stay 0."""
    scale = np.divide(1.0, length, out=np.zeros_like(length), where=length > 0)
    return rows * scale[:, None]


class IterativeSystem:
    """I − A as flows and output, to answer demand and intensity questions without a copy of Z.

    Parameters
    ----------
    Z
        Flows, (N, N); only read.
    x
        Output, (N,); who has none needs no inputs.
    group
        Region of each producer, (N,).
    names
        Of producers, for errors, (N,).

    Raises
    ------
    ComputationError
        If the sweeps do not settle, or industries need as much input as they make.

    Examples
    --------
    >>> Z = np.array([[150.0, 500.0], [200.0, 100.0]])
    >>> system = IterativeSystem(Z, np.array([1000.0, 2000.0]), np.array([0, 1]))
    >>> system.output_for(np.array([600.0, 1500.0])).round(1)
    array([1247.5, 1841.6])
    >>> system.residual < 1e-12
    True
    """

    def __init__(self, Z: Array, x: Array, group: Integers, names: Sequence[str] = ()) -> None:
        self._flows, self._names = Z, names
        self._tested = False
        self._per_output = np.divide(1.0, x, out=np.zeros_like(x), where=x > 0)
        self._blocks: list[slice | Integers] = []
        self._inverses: list[Array] = []
        self.residual = 0.0
        """Largest residual of all solutions so far, as a share of their right-hand sides."""
        for block in blocks_of(group):
            whole = slice(int(block[0]), int(block[-1]) + 1)
            runs = len(block) == whole.stop - whole.start and bool((np.diff(block) == 1).all())
            self._blocks.append(whole if runs else block)
            own = Z[np.ix_(block, block)] * self._per_output[block]
            try:
                inverse = np.linalg.inv(np.eye(len(block)) - own).astype(np.float64)
            except np.linalg.LinAlgError:
                raise _unsettled(float("inf")) from None
            self._inverses.append(inverse)

    def output_for(self, Y: Array) -> Array:
        """Return x with x = A x + y, for one final demand (N,) or several (N, K)."""
        return self._solved(Y, self._forward, self._product)

    def intensities(self, s: Array) -> Array:
        """Return m with m = s + Aᵀ m, for one pressure (N,) or several (N, K)."""
        return self._solved(s, self._backward, self._product_transposed)

    def _solved(
        self,
        given: Array,
        sweep: Callable[[Array | None, Array], Array],
        product: Callable[[Array], Array],
    ) -> Array:
        right = np.ascontiguousarray(np.atleast_2d(given.T))
        if not self._tested:  # on the way: ones, to see whether inputs grow without end
            right = np.vstack([right, np.ones_like(right[:1])])
        scale = np.abs(right).max(axis=1, initial=0.0)
        with np.errstate(over="ignore", invalid="ignore"):  # a system without solution: told below
            first = sweep(right, np.zeros_like(right))
            size = _size(first)  # small cells count as much as large ones
            found = gmres(lambda v: sweep(None, v * size) / size, first / size) * size
            rest = right + product(found) - found
        share = np.divide(
            np.abs(rest).max(axis=1, initial=0.0), scale, out=np.zeros_like(scale), where=scale > 0
        )
        worst = float(share.max(initial=0.0))
        if not worst <= ACCEPTED:
            raise _unsettled(worst)
        self.residual = max(self.residual, worst)
        found += rest  # one plain step more: small cells gain most
        if not self._tested:
            self._check(found[-1] < 0)
            found = found[:-1]
        return found[0] if given.ndim == 1 else found.T

    def _check(self, short: NDArray[np.bool_]) -> None:
        """Refuse a system in which something negative is needed for a demand of 1 of everything."""
        self._tested = True
        if not short.any():
            return
        if not (self._flows < 0).any():
            raise unproductive(self._flows.sum(axis=0) * self._per_output, short, self._names)
        LeontiefSystem(np.maximum(self._flows, 0.0) * self._per_output, self._names)

    def _product(self, v: Array) -> Array:
        return (v * self._per_output) @ self._flows.T

    def _product_transposed(self, v: Array) -> Array:
        return (v @ self._flows) * self._per_output

    def _forward(self, right: Array | None, v: Array) -> Array:
        """Solve the blocks of x = A x + y in turn; v: values so far, (K, N)."""
        scaled = v * self._per_output
        result = np.empty_like(v)
        for block, inverse in zip(self._blocks, self._inverses, strict=True):
            scaled[:, block] = 0.0
            needed = scaled @ self._flows[block].T
            if right is not None:
                needed += right[:, block]
            result[:, block] = needed @ inverse.T
            scaled[:, block] = result[:, block] * self._per_output[block]
        return result

    def _backward(self, right: Array | None, v: Array) -> Array:
        """Solve the blocks of m = s + Aᵀ m in turn; v: values so far, (K, N)."""
        result = v.copy()
        for block, inverse in zip(self._blocks, self._inverses, strict=True):
            result[:, block] = 0.0
            taken = (result @ self._flows[:, block]) * self._per_output[block]
            if right is not None:
                taken += right[:, block]
            result[:, block] = taken @ inverse
        return result


def _unsettled(residual: float) -> ComputationError:
    return ComputationError(
        "the Leontief system has no solution that sweeps settle on (residual "
        f"{residual:.2g}): some industries need as much input as they make",
        hint="look for columns of intermediate that sum to their output or more",
    )
