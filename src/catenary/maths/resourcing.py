"""Buyers who buy the same of a product, but of others: deliveries and outputs that follow.

Z: deliveries, x: output, A = Z x̂⁻¹, y: final demand; what a producer uses of each product per unit
of output stays, who delivers it changes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import splu

from catenary.maths.grouping import sum_by
from catenary.maths.iterative import ACCEPTED, gmres
from catenary.maths.leontief import LeontiefSystem, unproductive

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Integers = NDArray[np.int64]
    Flags = NDArray[np.bool_]

__all__ = ["Block", "Resplit", "more_output", "resplit"]

_ROUNDING: Final = 1e-9
_FACTORED: Final = 1000  # producers up to which a list is factored
_RESIDUAL: Final = 1e-14


@dataclass(frozen=True, eq=False)
class Block:
    """Suppliers of one product that together are to have a share of what buyers buy of it.

    Parameters
    ----------
    suppliers
        Which producers they are, (N,).
    share
        Their share by buyer, (N,); nan where it stays what it is.
    """

    suppliers: Flags
    share: Array


@dataclass(frozen=True, eq=False)
class Resplit:
    """Deliveries of one product after a change of shares.

    Parameters
    ----------
    flow
        Of the deliveries there were, (E,).
    supplier, buyer, extra
        Deliveries that are new, (K,) each.
    stranded
        Buyers whose shares do not add up to 1 and who have nobody to take the rest, (N,).
    """

    flow: Array
    supplier: Integers
    buyer: Integers
    extra: Array
    stranded: Flags


def resplit(
    supplier: Integers, buyer: Integers, flow: Array, blocks: Sequence[Block], output: Array
) -> Resplit:
    """Give blocks of suppliers their shares; all others shrink or grow in proportion.

    Inside a block deliveries keep their proportions; where it delivers nothing to a buyer yet, its
    members deliver in proportion to output (alike where none has any).

    Parameters
    ----------
    supplier, buyer, flow
        Deliveries of one product, (E,); those below 0 stay as they are.
    blocks
        Disjoint sets of suppliers.
    output
        Of every producer, (N,).

    Examples
    --------
    >>> half = Block(np.array([False, True, False]), np.array([np.nan, np.nan, 0.5]))
    >>> found = resplit(np.array([0]), np.array([2]), np.array([8.0]), [half], np.ones(3))
    >>> found.flow, found.supplier, found.extra
    (array([4.]), array([1]), array([4.]))
    """
    count = len(output)
    above = np.maximum(flow, 0.0)
    total = sum_by(buyer, above, count)
    factor = np.ones(len(flow))
    moved, taken, before = np.zeros(count, bool), np.zeros(count), np.zeros(count)
    inside = np.zeros(len(flow), bool)
    new: list[tuple[Integers, Integers, Array]] = []
    for block in blocks:
        wanted = np.isfinite(block.share) & (total > 0)
        mine = block.suppliers[supplier] & wanted[buyer]
        now = np.divide(
            sum_by(buyer[mine], above[mine], count), total, out=np.zeros(count), where=total > 0
        )
        share = np.where(wanted, block.share, 0.0)
        scale = np.divide(share, now, out=np.zeros(count), where=now > 0)
        factor[mine] = scale[buyer[mine]]
        inside |= mine
        moved |= wanted
        taken, before = taken + share, before + now
        who = np.flatnonzero(wanted & (now <= 0) & (share > 0))
        members = np.flatnonzero(block.suppliers)
        weight = output[members] if output[members].sum() > 0 else np.ones(len(members))
        members, weight = members[weight > 0], weight[weight > 0] / weight.sum()
        new.append(
            (np.tile(members, len(who)), np.repeat(who, len(members)),
             ((total * share)[who][:, None] * weight).ravel())
        )  # fmt: skip
    others = moved & (1.0 - before > _ROUNDING)
    rest = np.divide(1.0 - taken, 1.0 - before, out=np.ones(count), where=others)
    outside = moved[buyer] & ~inside
    factor[outside] = np.maximum(0.0, rest[buyer[outside]])
    ends = [np.concatenate([one[axis] for one in new]) for axis in range(3)]
    over = taken > 1.0 + _ROUNDING
    return Resplit(
        flow=np.where(flow > 0, flow * factor, flow),
        supplier=ends[0].astype(np.int64), buyer=ends[1].astype(np.int64), extra=ends[2],
        stranded=moved & (over | (~others & (np.abs(taken - 1.0) > _ROUNDING))),
    )  # fmt: skip


def more_output(
    Z: Array | sparse.csc_array, output: Array, change: Array, names: Sequence[str] = ()
) -> Array:
    """Return by how much output grows, (N,): Δ with Δ = A Δ + d and A = Z x̂⁻¹.

    Parameters
    ----------
    Z
        New deliveries at the old output, (N, N).
    output
        Old output, (N,); who has none uses nothing more.
    change
        What is delivered more, or less, at the old output, (N,).
    names
        Of producers, for errors, (N,).

    Raises
    ------
        If some producers would need more than they make, so that no output is enough.

    Examples
    --------
    >>> more_output(np.array([[0.0, 2.0], [0.0, 0.0]]), np.array([4.0, 4.0]), np.array([0.0, 1.0]))
    array([0.5, 1. ])
    """
    per_unit = np.divide(1.0, output, out=np.zeros(len(output)), where=output > 0)
    if isinstance(Z, np.ndarray):
        return LeontiefSystem(Z * per_unit, names).output_for(change)
    # in shares of old output, so that small producers count as much as large ones
    size = np.where(output > 0, output, np.where(change != 0, np.abs(change), 1.0))
    supplier, buyer = Z.indices, np.repeat(np.arange(len(output)), np.diff(Z.indptr))
    data = np.where(output[buyer] > 0, Z.data / size[supplier], 0.0)
    B = sparse.csc_array((data, Z.indices, Z.indptr), Z.shape)
    ones, more = _solved(B, np.stack([np.ones(len(output)), change / size]))
    short = ~(ones > 0)
    if short.any():
        raise unproductive(sum_by(buyer, Z.data, len(output)) * per_unit, short, names)
    grown: Array = more * size
    return grown


def _solved(B: sparse.csc_array, c: Array) -> Array:
    """Return v with v = B v + c for several c, (K, N); nan where there is none.

    Factors of long lists would fill up; there the residual is taken below what rounding leaves.
    """
    if len(c[0]) <= _FACTORED:
        try:
            factors = splu((sparse.eye_array(len(c[0]), format="csc") - B).tocsc())
        except RuntimeError:  # exactly singular
            return np.full_like(c, np.nan)
        solved: Array = factors.solve(c.T).T
        return solved
    rows = B.tocsr()
    found = gmres(lambda v: np.ascontiguousarray((rows @ v.T).T), c, _RESIDUAL)
    off = np.linalg.norm(c + (rows @ found.T).T - found, axis=1)
    done: Array = np.where((off <= ACCEPTED * np.linalg.norm(c, axis=1))[:, None], found, np.nan)
    return done
