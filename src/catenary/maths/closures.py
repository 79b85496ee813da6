"""Cheapest routes of many journeys by way of doors, found anew as doors are shut.

A closed door makes the route of a journey worse only if the route takes it, so that only those
journeys are asked again; what other sums along a route are, is read off the route.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from catenary.errors import DataError
from catenary.maths.overlay import UNREACHED

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from catenary.maths.overlay import Overlay

    Array = NDArray[np.float64]
    Integers = NDArray[np.integer[Any]]
    Flags = NDArray[np.bool_]

__all__ = ["Closures"]


@dataclass(frozen=True, kw_only=True, eq=False)
class _Legs:
    """What does not change as doors are shut; steps S = 2 D are doors with a direction."""

    origin: NDArray[np.int64]
    """Row of the tree of each journey, (N,)."""
    destination: NDArray[np.int64]
    first: NDArray[np.int64]
    """First journey of each origin, (O + 1,)."""
    direct: NDArray[np.int32]
    """Metres through no door, (N,)."""
    access: NDArray[np.int32]
    """Metres from origins to before each step, (O, S)."""
    beyond: NDArray[np.int32]
    """Metres from behind each step to all places, (P, S)."""
    between: NDArray[np.int32]
    """Metres from behind each step to before each, (S, S)."""
    costs: tuple[Array, Array, Array, Array, Array]
    """Cost of the start with the first step, of a further step, its transpose, of the end, and
    directly."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Closures:
    """The cheapest routes of some journeys while some doors are shut; made by `Closures.of`."""

    cost: Array
    """Least cost of each journey, (N,); inf = no way."""
    changed: Flags
    """Which journeys `without` has asked again: those that used a door that it shut, (N,)."""
    _legs: _Legs
    _reach: Array
    _before: NDArray[np.int16]
    _last: NDArray[np.int16]

    @classmethod
    def of(
        cls,
        overlay: Overlay,
        doors: Array,
        origins: Integers,
        destinations: Integers,
        *,
        rate: float = 1.0,
    ) -> Closures:
        """Find the cheapest routes.

        Of routes of the same cost up to rounding that with fewer doors.

        Parameters
        ----------
        overlay
            Lengths in open water.
        doors
            Cost of passing each door, (D,), ≥ 0; inf = closed.
        origins, destinations
            Places of each journey, (N,), sorted by origin.
        rate
            Cost of a metre in open water, ≥ 0.

        Raises
        ------
        DataError
            If a cost is negative, there is not one for each door, or origins are not sorted.

        Examples
        --------
        >>> from catenary.maths.overlay import Overlay
        >>> apart = np.array([[0, 9], [9, 0]])
        >>> canal = Overlay.of(apart, apart, apart, np.array([0]), np.array([1]))
        >>> routes = Closures.of(canal, np.array([5.0]), np.array([0]), np.array([1]))
        >>> routes.cost, routes.without(np.array([True])).cost
        (array([5.]), array([9.]))
        """
        if len(doors) != len(overlay.tail) or not (doors >= 0).all() or not 0 <= rate < np.inf:
            raise DataError(
                f"{len(overlay.tail)} doors have {len(doors)} costs, or a cost is not 0 or more"
            )
        if (np.diff(origins) < 0).any():
            raise DataError("the origins of journeys are not sorted", hint="sort by origin")
        legs = _legs(overlay, doors, origins, destinations, rate)
        steps = 2 * len(doors)
        shape = (len(legs.first) - 1, steps)
        nobody = np.zeros(steps, bool)
        start = cls(
            cost=np.full(len(origins), np.inf),
            changed=np.zeros(len(origins), bool),
            _legs=legs,
            _reach=np.full(shape, np.inf),
            _before=np.full(shape, -1, np.int16),
            _last=np.full(len(origins), -1, np.int16),
        )
        return start._rerouted(nobody, anew=True)

    def without(self, doors: Flags) -> Closures:
        """Return the routes while further doors, (D,), are shut."""
        return self._rerouted(np.repeat(doors, 2), anew=False)

    def through(self, doors: Flags) -> Flags:
        """Return which journeys pass one of some doors, (N,)."""
        from catenary.maths import closure_kernels as kernels  # noqa: PLC0415  brings numba

        found: Flags = kernels.passed(
            self._before, self._last, self._legs.origin, np.repeat(doors, 2)
        )
        return found

    def sums(self, which: Integers, rates: Array, doors: Array) -> Array:
        """Return other sums along the routes of some journeys.

        Parameters
        ----------
        which
            Journeys, (n,).
        rates
            What a metre in open water adds to each sum, (G,).
        doors
            What each door adds, (G, D).

        Returns
        -------
        ndarray
            (n, G); inf where there is no way.
        """
        from catenary.maths import closure_kernels as kernels  # noqa: PLC0415  brings numba

        legs = self._legs
        found: Array = kernels.measured(
            np.asarray(which, np.int64), self._before, self._last, legs.origin, legs.access,
            legs.destination, legs.beyond, legs.between, legs.direct, rates,
            np.repeat(doors, 2, axis=1), UNREACHED,
        )  # fmt: skip
        return found

    def doors(self, journey: int) -> tuple[int, ...]:
        """Return the doors that a journey passes, in order."""
        steps: list[int] = []
        here, tree = int(self._last[journey]), self._before[self._legs.origin[journey]]
        while here >= 0:
            steps.append(here // 2)
            here = int(tree[here])
        return tuple(steps[::-1])

    def _rerouted(self, shut: Flags, *, anew: bool) -> Closures:
        """Return the routes anew of those that use a step that is shut, or of all."""
        from catenary.maths import closure_kernels as kernels  # noqa: PLC0415  brings numba

        legs = self._legs
        cost, changed = self.cost.copy(), np.zeros_like(self.changed)
        reach, before, last = self._reach.copy(), self._before.copy(), self._last.copy()
        start, step, inward, finish, direct = legs.costs
        kernels.rerouted(
            reach, before, last, cost, changed, shut, start, step, inward, finish, direct,
            legs.first, legs.destination, anew,
        )  # fmt: skip
        return replace(self, cost=cost, changed=changed, _reach=reach, _before=before, _last=last)


def _legs(
    overlay: Overlay, doors: Array, origins: Integers, destinations: Integers, rate: float
) -> _Legs:
    """Return one question as a network of steps."""
    pairs = np.stack([overlay.tail, overlay.head], axis=1)
    enter, leave = pairs.ravel(), pairs[:, ::-1].ravel()
    places, origin = np.unique(origins, return_inverse=True)
    access = overlay.access[np.ix_(places, enter)]
    between = overlay.between[np.ix_(leave, enter)]
    beyond = overlay.access[:, leave]
    direct = overlay.direct[origins, destinations]
    through = np.repeat(np.asarray(doors, np.float64), 2)
    step = _cost(between, rate) + through
    back = np.arange(len(through)) ^ 1
    step[np.arange(len(through)), back] = np.inf  # nobody passes a door and turns round
    return _Legs(
        origin=origin.astype(np.int64),
        destination=np.asarray(destinations, np.int64),
        first=np.searchsorted(origin, np.arange(len(places) + 1)),
        direct=np.ascontiguousarray(direct),
        access=np.ascontiguousarray(access),
        beyond=np.ascontiguousarray(beyond),
        between=np.ascontiguousarray(between),
        costs=(
            _cost(access, rate) + through, step, np.ascontiguousarray(step.T),
            _cost(beyond, rate), _cost(direct, rate),
        ),
    )  # fmt: skip


def _cost(metres: NDArray[np.int32], rate: float) -> Array:
    """Return the cost of lengths in open water; inf where there is no way."""
    found: Array = np.ascontiguousarray(np.where(metres < UNREACHED, metres * rate, np.inf))
    return found
