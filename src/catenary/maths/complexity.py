"""Economic complexity: which regions and products are complex, and what is near to what.

X: exports, regions × products; M: 1 where a region has an advantage, else 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.linalg import eigh
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Integers = NDArray[np.int64]

__all__ = [
    "Complexity",
    "Fitness",
    "advantage",
    "complexity_indices",
    "components",
    "density",
    "fitness",
    "outlook",
    "presence",
    "proximity",
]

_ROUNDING = 1e-12
"""By which an advantage may fall short of the threshold: X and 3 X have the same advantages."""


def advantage(X: Array) -> Array:
    """Return revealed comparative advantage, (C, P): share in own exports over share in world's.

    RCA_cp = (X_cp / X_c) / (X_p / X). It does not change if all exports are counted in another
    unit. It does change if those of one region grow in proportion, as the world's shares move.
    It is 0 where a region or a product has no exports.

    Parameters
    ----------
    X
        Exports, (C, P), 0 or more.

    References
    ----------
    Balassa, B. (1965), The Manchester School 33(2), 99-123.

    Examples
    --------
    >>> advantage(np.array([[3.0, 1.0], [1.0, 3.0]])).tolist()
    [[1.5, 0.5], [0.5, 1.5]]
    """
    X = X / X.max(initial=0.0) if X.any() else X  # tiny numbers: products are 0
    own = np.outer(X.sum(axis=1), X.sum(axis=0))
    found: Array = np.divide(X * X.sum(), own, out=np.zeros_like(X), where=own > 0)
    return found


def presence(rca: Array, threshold: float = 1.0) -> Array:
    """Return M, 1 where the advantage is at least the threshold, else 0.

    Examples
    --------
    >>> presence(np.array([[1.5, 0.5]])).tolist()
    [[1.0, 0.0]]
    """
    found: Array = ((rca >= threshold * (1 - _ROUNDING)) & (rca > 0)).astype(np.float64)
    return found


def components(M: Array) -> Integers:
    """Return the connected part that each region belongs to, (C,); 0 is the one with most regions.

    Examples
    --------
    >>> components(np.array([[1.0, 0.0], [0.0, 1.0], [0.0, 1.0]])).tolist()
    [1, 0, 0]
    """
    row, column = np.nonzero(M)
    size = sum(M.shape)
    links = csr_array((np.ones(len(row)), (row, column + len(M))), shape=(size, size))
    _, label = connected_components(links, directed=False)
    _, place = np.unique(label[: len(M)], return_inverse=True)
    rank = np.argsort(np.argsort(-np.bincount(place), kind="stable"), kind="stable")
    return rank[place].astype(np.int64)


@dataclass(frozen=True, kw_only=True, eq=False)
class Complexity:
    """Indices of regions and products, and the eigenvalues they belong to."""

    eci: Array
    """Of regions, mean 0 and standard deviation 1 (0 if all are equal), (C,)."""
    pci: Array
    """Of products, standardised with the mean and deviation of ECI, (P,)."""
    eigenvalues: Array
    """The three largest, the first being 1."""


def complexity_indices(M: Array) -> Complexity:
    """Return the economic and product complexity indices.

    ECI is the second eigenvector of diag(1/kc) M diag(1/kp) M', with kc and kp the sums of rows
    and columns, positively correlated with kc. It is found as that of the symmetric
    diag(kc)^-½ M diag(1/kp) M' diag(kc)^-½, on the shorter side of M. PCI is the mean of the ECI
    of those who have the product.

    Parameters
    ----------
    M
        Presence, (C, P): connected, at least 3 regions and 2 products, no empty row or column.

    References
    ----------
    Hidalgo, C. A. & Hausmann, R. (2009), PNAS 106(26), 10570-10575; Hausmann, R. et al. (2014),
    The Atlas of Economic Complexity; Mealy, P. et al. (2019), Science Advances 5(1).

    Examples
    --------
    >>> M = np.array([[1.0, 1, 1, 1], [1, 1, 1, 0], [0, 1, 1, 0], [0, 0, 1, 0]])
    >>> found = complexity_indices(M)
    >>> found.eci.round(2).tolist(), found.pci.round(2).tolist()
    ([1.34, 0.45, -0.45, -1.34], [0.89, 0.45, 0.0, 1.34])
    """
    kc, kp = M.sum(axis=1), M.sum(axis=0)
    wide = M.shape[0] <= M.shape[1]
    N = M if wide else M.T
    rows, columns = (kc, kp) if wide else (kp, kc)
    half = N / np.sqrt(np.outer(rows, columns))
    values, vectors = _largest(half @ half.T)
    raw = vectors[:, 1] / np.sqrt(rows)
    region = raw if wide else M @ raw / kc
    product = M.T @ region / kp
    spread = region.std()
    # with equal diversity everywhere no sign is right: the first that differs from 0 is positive
    side = float(region @ (kc - kc.mean()))
    if abs(side) <= _ROUNDING * float(np.linalg.norm(region) * np.linalg.norm(kc)):
        side = float(region[np.argmax(np.abs(region) > _ROUNDING * np.abs(region).max())])
    scale = np.sign(side) / spread if spread > 0 else 0.0
    return Complexity(
        eci=(region - region.mean()) * scale,
        pci=(product - region.mean()) * scale,
        eigenvalues=values,
    )


def _largest(S: Array) -> tuple[Array, Array]:
    """Return the three largest eigenvalues and their vectors, largest first."""
    count = min(3, len(S))
    values, vectors = eigh(
        S, subset_by_index=[len(S) - count, len(S) - 1], check_finite=False, overwrite_a=True
    )
    return values[::-1], vectors[:, ::-1]


@dataclass(frozen=True, kw_only=True, eq=False)
class Fitness:
    """Fitness of regions and complexity of products, each with mean 1."""

    regions: Array
    """(C,)."""
    products: Array
    """(P,)."""
    iterations: int
    change: Array
    """Relative change of each region's fitness in the last iteration, (C,)."""


def fitness(M: Array, *, iterations: int = 1000, tolerance: float = 1e-10) -> Fitness:
    """Return fitness and complexity by the nonlinear map of Tacchella et al.

    F_c = Σ_p M_cp Q_p and Q_p = 1 / Σ_c M_cp / F_c, each from the other of the step before and
    divided by its mean. Where M is too sparse, the fitness of some regions never stops falling
    towards 0; `change` tells which, and the map ends before the first of them is below 1e-12.

    Parameters
    ----------
    M
        Presence, (C, P), no empty row or column.
    iterations
        Most steps.
    tolerance
        Largest relative change of any fitness at which the map has settled.

    References
    ----------
    Tacchella, A. et al. (2012), Scientific Reports 2, 723; Pugliese, E. et al. (2016),
    European Physical Journal Special Topics 225, 1893-1911 (convergence).

    Examples
    --------
    >>> fitness(np.array([[1.0, 1.0], [0.0, 1.0]]), iterations=2).regions.round(3).tolist()
    [1.5, 0.5]
    """
    F, Q = np.ones(len(M)), np.ones(M.shape[1])
    T = np.ascontiguousarray(M.T)
    change, step = np.zeros(len(M)), 0
    for step in range(1, iterations + 1):  # noqa: B007  how many it took is told
        new, other = M @ Q, 1.0 / (T @ (1.0 / F))
        new, other = new / new.mean(), other / other.mean()
        if not (new.min() > _FLOOR and other.min() > _FLOOR):
            break
        change = np.abs(new / F - 1.0)
        F, Q = new, other
        if not change.max() > tolerance:
            break
    return Fitness(regions=F, products=Q, iterations=step, change=change)


_FLOOR = 1e-12
"""Fitness below which a region counts as fallen to nothing, and the map ends for all."""


def proximity(M: Array) -> Array:
    """Return how often two products are found together, (P, P): φ_pq = Σ_c M_cp M_cq / max(kp, kq).

    It is the smaller of the two conditional probabilities; 0 for products that nobody has.

    References
    ----------
    Hidalgo, C. A. et al. (2007), Science 317, 482-487.

    Examples
    --------
    >>> proximity(np.array([[1.0, 1.0], [0.0, 1.0]])).tolist()
    [[1.0, 0.5], [0.5, 1.0]]
    """
    kp = np.maximum(M.sum(axis=0), 1.0)
    result: Array = M.T @ M
    result /= np.maximum.outer(kp, kp)
    return result


def density(M: Array, phi: Array) -> Array:
    """Return how near what a region has is to each product, (C, P), 0 … 1.

    d_cp = Σ_q M_cq φ_qp / Σ_q φ_qp, the product itself included.

    References
    ----------
    Hidalgo, C. A. et al. (2007), Science 317, 482-487.

    Examples
    --------
    >>> M = np.array([[1.0, 1.0], [0.0, 1.0]])
    >>> density(M, proximity(M)).round(3).tolist()
    [[1.0, 1.0], [0.333, 0.667]]
    """
    around = phi.sum(axis=0)
    result: Array = M @ phi
    result *= np.divide(1.0, around, out=np.zeros_like(around), where=around > 0)
    return np.minimum(result, 1.0, out=result)


def outlook(M: Array, near: Array, phi: Array, pci: Array) -> tuple[Array, Array]:
    """Return the complexity outlook index (C,) and the gain from each missing product (C, P).

    COI_c = Σ_p d_cp (1 − M_cp) PCI_p. The gain is what COI_c becomes, less what it is, if c had p
    as well and φ and PCI stayed:
    COG_cp = Σ_{q≠p} φ_pq / Σ_r φ_rq (1 − M_cq) PCI_q − d_cp PCI_p, and 0 where c has p.

    Parameters
    ----------
    M, near, phi
        Presence, density and proximity.
    pci
        Product complexity, (P,).

    References
    ----------
    Hausmann, R. et al. (2014), The Atlas of Economic Complexity. Some programs leave out the
    condition q ≠ p or the last term; then the gain is not the change of the index.

    Examples
    --------
    >>> M = np.array([[1.0, 1.0], [0.0, 1.0]])
    >>> phi = proximity(M)
    >>> index, gain = outlook(M, density(M, phi), phi, np.array([1.0, -1.0]))
    >>> index.round(3).tolist(), gain.round(3).tolist()
    ([0.0, 0.333], [[0.0, 0.0], [-0.333, 0.0]])
    """
    missing = 1.0 - M
    index: Array = (near * missing) @ pci
    around = phi.sum(axis=0)
    weight = np.divide(pci, around, out=np.zeros_like(around), where=around > 0)
    gain: Array = (missing * weight) @ phi
    gain -= missing * (weight * np.diag(phi)) + near * pci
    return index, np.where(missing > 0, gain, 0.0)
