"""What regions export, and the chains of production before and behind it."""

from __future__ import annotations

from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from catenary.maths.leontief import LeontiefSystem

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Integers = NDArray[np.int64]

__all__ = ["Exports"]


class Exports:
    """Exports of regions by producer and importer, and what all decompositions of them share.

    With A the input coefficients, B = (I − A)⁻¹, L_ss = (I − A_ss)⁻¹ the chains within region s,
    v = 1 − 1'A value added per unit of output, and Y final demand, region s sells
    E_sr = A_sr x_r + Y_sr to region r.

    Parameters
    ----------
    A
        Input coefficients, (N, N); columns of producers without output are 0.
    Y
        Final demand by region, (N, R).
    region
        Region of each producer, (N,), ascending.
    system
        I − A factored, if it is at hand.

    Raises
    ------
    ComputationError
        If some industries need more input than they make.

    References
    ----------
    Koopman, R., Wang, Z. & Wei, S.-J. (2014), American Economic Review 104(2), 459-494.

    Examples
    --------
    >>> A = np.array([[0.5, 0.25], [0.25, 0.25]])
    >>> exports = Exports(A, np.diag([3.0, 6.0]), np.array([0, 1]))
    >>> exports.to.round(6).tolist()
    [[0.0, 3.0], [3.0, 0.0]]
    >>> exports.content.sum(axis=0).round(6).tolist()
    [1.0, 1.0]
    """

    def __init__(
        self, A: Array, Y: Array, region: Integers, *, system: LeontiefSystem | None = None
    ) -> None:
        self.A, self.Y, self.region = A, Y, region
        self.regions = Y.shape[1]
        self.system = system or LeontiefSystem(A)
        ends = np.searchsorted(region, np.arange(self.regions + 1))
        self.parts = [slice(int(a), int(b)) for a, b in pairwise(ends)]
        self.v: Array = 1.0 - A.sum(axis=0)
        own = np.zeros(Y.shape, np.bool_)
        own[np.arange(len(region)), region] = True
        self.at_home: Array = np.where(own, Y, 0.0)
        """Final demand of the region that makes it, Y_ss, (N, R)."""
        self.abroad: Array = np.where(own, 0.0, Y)
        """Final demand of other regions, Y_sr, (N, R)."""
        self.own = own

    # --- chains of production -------------------------------------------------------------------

    @cached_property
    def _home(self) -> list[Array]:
        """L_ss of every region."""
        own = (np.eye(p.stop - p.start) - self.A[p, p] for p in self.parts)
        return [np.linalg.inv(block).astype(np.float64, copy=False) for block in own]

    @cached_property
    def _own(self) -> list[Array]:
        """B_ss of every region."""
        return self.system.diagonal_blocks(self.parts)

    def within(self, M: Array) -> Array:
        """Return L_rr M_r for every region r, M (N, K)."""
        return self._blockwise(self._home, M)

    def _blockwise(self, blocks: list[Array], M: Array) -> Array:
        found = np.empty_like(M)
        for part, block in zip(self.parts, blocks, strict=True):
            found[part] = block @ M[part]
        return found

    def own_inverse(self, M: Array) -> Array:
        """Return B_rr M_r for every region r, M (N, K)."""
        return self._blockwise(self._own, M)

    @cached_property
    def _reached(self) -> tuple[Array, Array, Array]:
        """B times final demand at home and abroad."""
        # one column per region that makes the final good; then one per region that buys it
        made_for_export = np.where(self.own, self.abroad.sum(axis=1)[:, None], 0.0)
        R = self.regions
        found = self.system.output_for(np.hstack([self.at_home, made_for_export, self.abroad]))
        return found[:, :R], found[:, R : 2 * R], found[:, 2 * R :]

    @property
    def for_home(self) -> Array:
        """B_rt Y_tt: output for final goods that stay where they are finished, t, (N, R)."""
        return self._reached[0]

    @property
    def for_exports(self) -> Array:
        """B_rt Σ_u Y_tu: output for final goods that t exports, (N, R)."""
        return self._reached[1]

    @property
    def for_imports(self) -> Array:
        """Σ_t B_rt Y_tu, t ≠ u: output for final goods that u imports, (N, R)."""
        return self._reached[2]

    @cached_property
    def absorbed(self) -> Array:
        """B Y: output that final demand of each region takes in, all stages counted, (N, R)."""
        return self.for_home + self.for_imports

    @cached_property
    def output(self) -> Array:
        """X = B Y 1, (N,)."""
        total: Array = self.absorbed.sum(axis=1)
        return total

    # --- value added per unit --------------------------------------------------------------------

    @cached_property
    def content(self) -> Array:
        """V_t B: value added of each region in a unit of each producer's product, (R, N)."""
        by_origin = np.where(self.own, self.v[:, None], 0.0)
        return self.system.intensities(by_origin).T

    @cached_property
    def domestic_content(self) -> Array:
        """V_s B_ss, (N,)."""
        return self.content[self.region, np.arange(len(self.region))]

    @cached_property
    def foreign_content(self) -> Array:
        """Σ_{t ≠ s} V_t B_ts, (N,)."""
        foreign: Array = self.content.sum(axis=0) - self.domestic_content
        return foreign

    @cached_property
    def domestic_value(self) -> Array:
        """V_s L_ss: domestic value added, each piece counted once, (N,)."""
        found = np.empty(len(self.v))
        for part, block in zip(self.parts, self._home, strict=True):
            found[part] = self.v[part] @ block
        return found

    @cached_property
    def direct_value(self) -> Array:
        """V_s diag(L_ss): value added of the exporting producer itself in domestic chains, (N,)."""
        found = np.empty(len(self.v))
        for part, block in zip(self.parts, self._home, strict=True):
            found[part] = self.v[part] * np.diag(block)
        return found

    @cached_property
    def foreign_value(self) -> Array:
        """Σ_{t ≠ s} V_t B̸_ts: foreign value added on its first entry into s, (N,).

        B̸ is the inverse without the inputs that s exports. A chain that ends in s enters it a
        first time and then goes on to anywhere, B_ts = H_ts B_ss, or stays, B̸_ts = H_ts L_ss.
        """
        found = np.empty(len(self.v))
        for part, home, own in zip(self.parts, self._home, self._own, strict=True):
            found[part] = np.linalg.solve(own.T, self.foreign_content[part]) @ home
        return found

    # --- what is sold --------------------------------------------------------------------------

    @cached_property
    def to(self) -> Array:
        """E_sr, gross exports by producer and importer, (N, R)."""
        inputs: Array = self.sold(self.output[:, None])[..., 0]
        return inputs + self.abroad

    def sold(self, M: Array) -> Array:
        """Return A_sr M_r, r ≠ s: inputs that s sells for the output M of r, (N, R, K).

        Parameters
        ----------
        M
            Outputs, (N, K).
        """
        found = np.empty((len(self.v), self.regions, M.shape[1]))
        for buyer, part in enumerate(self.parts):
            found[:, buyer] = self.A[:, part] @ M[part]
        found[self.own] = 0.0
        return found

    def sold_by(self, M: Array) -> Array:
        """Return A_sr M_r(s), r ≠ s, where the output of r depends on who exports, (N, R, K).

        Parameters
        ----------
        M
            Outputs, (N, R, K), by producer and by region that exports.
        """
        found = np.zeros((len(self.v), self.regions, M.shape[2]))
        for seller, rows in enumerate(self.parts):
            part_of = np.ascontiguousarray(M[:, seller])
            for buyer, columns in enumerate(self.parts):
                if seller != buyer:
                    found[rows, buyer] = self.A[rows, columns] @ part_of[columns]
        return found

    def origins(self) -> Array:
        """Return V_t B_ts E_s: value added of t (row) in all that s (column) exports, (R, R)."""
        exported = self.to.sum(axis=1)
        return np.stack([self.content[:, p] @ exported[p] for p in self.parts], axis=1)

    def contents(self, part: slice) -> Array:
        """Return v̂ B Ê: value added of every producer in the exports of some, (N, K)."""
        unit = np.zeros((len(self.v), part.stop - part.start))
        unit[part] = np.diag(self.to[part].sum(axis=1))
        found: Array = self.v[:, None] * self.system.output_for(unit)
        return found

    def without_return(self) -> tuple[Array, Array]:
        """Return what chains behind an export reach without leaving the exporter once more.

        Returns
        -------
        reached : (N, R, 3)
            By region s that exports: output of each producer outside s that final demand of all
            regions, of s, and of the producer's own region takes in.
        returned : (N, R)
            The same for what s exports afterwards, once more.

        Notes
        -----
        With B̸ the inverse without the inputs that s exports, B̸_rj = B_rj − B_rs B_ss⁻¹ B_sj for
        r, j ≠ s, and B̸_rs = B_rs B_ss⁻¹ L_ss. Demand of s itself is met from B̸_rs Y_ss, too.
        """
        reached = np.empty((len(self.v), self.regions, 3))
        returned = np.empty((len(self.v), self.regions))
        exported = self.to.sum(axis=1)
        inverse = self.system.output_for(np.eye(len(self.v)))
        everything = np.arange(len(self.v))
        for s, part in enumerate(self.parts):
            home = self._home[s] @ np.column_stack([self.at_home[part, s], exported[part]])
            behind = np.column_stack([self.absorbed[part], home])
            back = inverse[:, part] @ np.linalg.solve(self._own[s], behind)
            taken = self.absorbed - back[:, :-2]
            stays = back[:, -2]
            reached[:, s, 0] = taken.sum(axis=1) + stays
            reached[:, s, 1] = taken[:, s] + stays
            reached[:, s, 2] = taken[everything, self.region]
            returned[:, s] = back[:, -1]
        return reached, returned
