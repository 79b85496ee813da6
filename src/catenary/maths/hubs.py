"""Best ways from place to place, direct or by way of two hubs such as ports or airports."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Flags = NDArray[np.bool_]

__all__ = ["DIRECT", "NO_WAY", "Best", "Hubs", "best_ways", "differing"]

NO_WAY, DIRECT = -1, 0


@dataclass(frozen=True, kw_only=True, eq=False)
class Hubs:
    """One kind of hubs, and how places get to them; the goal comes first, then K figures."""

    leave: Array
    """From place to each of its candidates, (1 + K, R, H); inf = cannot be used."""
    reach: Array
    """From each candidate to its place, (1 + K, R, H)."""
    candidates: NDArray[np.integer[Any]]
    """Positions among the hubs, (R, H); -1: none."""
    amounts: Array
    """Figures between hubs, (K, P, P); inf = no way."""
    changed: Flags | None = None
    """Which of `amounts` are not as they were, (P, P), if somebody knows already."""

    def differ(self, before: Hubs | None) -> tuple[Flags, Flags, Flags]:
        """Return what is not as it was: leave and reach (R, H), amounts (P, P)."""
        if before is None:
            before = self
        leave = differing(self.leave, before.leave)
        reach = leave if self.reach is self.leave else differing(self.reach, before.reach)
        amounts = self.changed
        if amounts is None:
            amounts = differing(self.amounts, before.amounts)
        return leave, reach, amounts


def differing(new: Array, old: Array) -> Flags:
    """Return where figures are not what they were; the first axis is that of figures.

    Examples
    --------
    >>> differing(np.array([[1.0, 2.0]]), np.array([[1.0, 3.0]])).tolist()
    [False, True]
    """
    found = np.zeros(new.shape[1:], bool)
    if new is not old:
        for one, other in zip(new, old, strict=True):
            found |= one != other
    return found


@dataclass(frozen=True, eq=False)
class Best:
    """The best ways between all places, (R, R)."""

    goal: Array
    """inf where there is none, and from a place to itself."""
    figures: Array
    """(K, R, R)"""
    way: NDArray[np.int8]
    """NO_WAY, DIRECT, or 1, 2 … for a kind of hubs."""
    first: NDArray[np.int16]
    """Which of its candidates the origin uses; -1: none."""
    last: NDArray[np.int16]
    """Which the destination uses."""

    @property
    def arrays(self) -> tuple[NDArray[Any], ...]:
        """Goal, figures, way, first and last, as loops take them."""
        return self.goal, self.figures, self.way, self.first, self.last


def best_ways(
    weights: Array,
    direct: Array,
    hubs: Sequence[Hubs],
    *,
    kinds: Sequence[bool],
    before: tuple[Best, Array, Sequence[Hubs]] | None = None,
) -> Best:
    """Return the best ways between all places.

    Parameters
    ----------
    weights
        What each figure counts in the goal, (K,).
    direct
        Goal and figures without hubs, (1 + K, R, R); inf = no way.
    hubs
        Kinds of hubs.
    kinds
        Whether ways without hubs may be used, and by each kind of hubs.
    before
        The best ways, `direct` and `hubs` of a state in which nothing was dearer: ways that have
        not become dearer since are still the best, and are kept to the bit; only the others are
        looked for again. The first figure is a time, and who comes earlier than before waits: it
        does not fall.

    Examples
    --------
    >>> far = np.full((2, 2, 2), np.inf)
    >>> near = np.array([[[1.0, 5.0], [2.0, np.inf]]] * 2)
    >>> ports = Hubs(
    ...     leave=near, reach=near, candidates=np.array([[0, 1], [2, -1]]),
    ...     amounts=np.array([[[0.0, 1.0, 10.0], [1.0, 0.0, 3.0], [10.0, 3.0, 0.0]]]),
    ... )
    >>> found = best_ways(np.array([1.0]), far, [ports], kinds=[True, True])
    >>> float(found.goal[0, 1]), int(found.first[0, 1]), int(found.last[0, 1])
    (10.0, 1, 0)
    """
    from catenary.maths import hubs_kernels as kernels  # noqa: PLC0415  brings numba

    places = direct.shape[1]
    if before is None:
        old = Best(
            goal=np.full((places, places), np.inf),
            figures=np.full((len(weights), places, places), np.inf),
            way=np.full((places, places), NO_WAY, np.int8),
            first=np.full((places, places), -1, np.int16),
            last=np.full((places, places), -1, np.int16),
        )
        hit = ~np.eye(places, dtype=bool)
    else:
        old, direct_before, hubs_before = before
        hit = differing(direct, direct_before) & (old.way == DIRECT)
        for kind, (one, then) in enumerate(zip(hubs, hubs_before, strict=True), 1):
            flags = one.differ(then)
            if any(flag.any() for flag in flags):
                at = np.ascontiguousarray(one.candidates, np.int64)
                kernels.marked(hit, kind, old.way, old.first, old.last, at, *flags)
        if not hit.any():
            return old
    best = Best(*(one.copy() for one in old.arrays))
    kernels.started(hit, kinds[0], direct, *best.arrays)
    planned = float(weights[0]), old.figures[0], old.goal
    if before is not None:
        kernels.kept(hit, *planned, best.goal, best.figures[0], best.way)
    for kind, one in enumerate(hubs, 1):
        if not kinds[kind]:
            continue
        at = np.ascontiguousarray(one.candidates, np.int64)
        found = best
        if before is not None:
            found = Best(*(np.empty_like(array) for array in best.arrays))
            kernels.started(hit, False, direct, *found.arrays)  # noqa: FBT003  a compiled loop
        kernels.by_hubs(
            hit, kind, weights, one.leave, one.reach, at, one.amounts, *found.arrays
        )  # fmt: skip
        if before is not None:  # before they are compared: who is early waits, and gains nothing
            kernels.kept(hit, *planned, found.goal, found.figures[0], found.way)
            kernels.taken(hit, *best.arrays, *found.arrays)
    return best
