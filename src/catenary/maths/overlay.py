"""Routes by way of doors, whichever of them are open and whatever they cost.

Open water is walked once: lengths between places, from places to the ends of doors, and between
those ends. What is left is a small network of doors. Any set of closed doors, any price of a
passage, the next best routes and trade-offs between several goals are questions to it alone.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice, pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from catenary.errors import ComputationError, DataError
from catenary.maths.routing import UNREACHED
from catenary.maths.ways import Legs, cheapest, efficient, leading, spread

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Integers = NDArray[np.integer[Any]]
    Array = NDArray[np.float64]

__all__ = ["UNREACHED", "Front", "Overlay", "Way"]


@dataclass(frozen=True, kw_only=True)
class Way:
    """A route by way of doors."""

    cost: float
    """Total of what was asked to be least; of the first goal where there are several."""
    metres: int
    """In open water, doors not counted."""
    doors: tuple[int, ...]
    """Doors in the order in which they are passed."""
    outward: tuple[bool, ...]
    """Whether each is passed from tail to head."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Front:
    """Routes of which none is as good as another in every goal and better in one."""

    ways: tuple[Way, ...]
    costs: Array
    """Cost by route and goal, (R, G); sorted by the first goal, then the second …"""
    complete: bool
    """Whether these are all; else those that are best by the first goal."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Overlay:
    """Lengths in open water between places and ends of doors; made by `Overlay.of`.

    References
    ----------
    The idea of separating a network from an overlay that is asked again and again: Delling, D.,
    Goldberg, A. V., Pajor, T. & Werneck, R. F. (2017), Customizable route planning in road
    networks. Transportation Science 51(2), 566–591.
    """

    direct: NDArray[np.int32]
    """Between places, (P, P)."""
    access: NDArray[np.int32]
    """From places to ends, (P, E)."""
    between: NDArray[np.int32]
    """Between ends, (E, E)."""
    tail: NDArray[np.int64]
    """One end of each door, (D,), 0 … E − 1."""
    head: NDArray[np.int64]
    """The other, (D,)."""

    @classmethod
    def of(
        cls,
        direct: Integers,
        access: Integers,
        between: Integers,
        door_tail: Integers,
        door_head: Integers,
    ) -> Overlay:
        """Arrange lengths in open water, through no door.

        Parameters
        ----------
        direct, access, between
            Whole metres between P places (P, P), from places to E ends of doors (P, E), and
            between these (E, E); UNREACHED where there is no way. Symmetric, and shortest, so
            that no detour by a third place or end is shorter.
        door_tail, door_head
            The ends of each door, (D,), 0 … E − 1. Doors are passed both ways.

        Raises
        ------
        DataError
            If shapes do not fit, an end does not exist, or a length is negative.

        Examples
        --------
        Two basins and a canal between them: the overlay of two places and the canal's ends.

        >>> far = UNREACHED
        >>> sea = Overlay.of(
        ...     direct=np.array([[0, far], [far, 0]]),
        ...     access=np.array([[100, far], [far, 200]]),
        ...     between=np.array([[0, far], [far, 0]]),
        ...     door_tail=np.array([0]),
        ...     door_head=np.array([1]),
        ... )
        >>> sea.matrix(np.array([80]))
        array([[  0, 380],
               [380,   0]], dtype=int32)
        >>> sea.route(0, 1, np.array([80.0]))
        Way(cost=380.0, metres=300, doors=(0,), outward=(True,))
        """
        places, ends = access.shape
        if direct.shape != (places, places) or between.shape != (ends, ends):
            raise DataError(
                f"lengths of {places:,} places and {ends:,} ends of doors do not fit: direct is "
                f"{direct.shape}, between is {between.shape}"
            )
        if len(door_tail) != len(door_head):
            raise DataError(f"doors have {len(door_tail)} tails and {len(door_head)} heads")
        doors = np.concatenate([door_tail, door_head])
        if len(doors) and not 0 <= doors.min() <= doors.max() < ends:
            wrong = doors[(doors < 0) | (doors >= ends)][0]
            raise DataError(f"a door ends at {wrong}, but ends are 0 … {ends - 1}")
        lengths = [_metres(table) for table in (direct, access, between)]
        tail, head = door_tail.astype(np.int64), door_head.astype(np.int64)
        arrays: list[NDArray[Any]] = [*lengths, tail, head]
        for array in arrays:
            array.setflags(write=False)
        return cls(direct=lengths[0], access=lengths[1], between=lengths[2], tail=tail, head=head)

    def matrix(self, lengths: Integers) -> NDArray[np.int32]:
        """Return lengths between all places by way of open doors.

        Parameters
        ----------
        lengths
            Whole metres of each door, (D,); UNREACHED = closed.

        Returns
        -------
        ndarray
            Whole metres, (P, P); equal to what a search of the whole network finds.

        Raises
        ------
        DataError
            If a length is negative or there is not one for each door.

        Examples
        --------
        >>> far = UNREACHED
        >>> apart, nothing = np.array([[0, far], [far, 0]]), np.zeros(0, int)
        >>> canal = Overlay.of(apart, apart, apart, np.array([0]), np.array([1]))
        >>> canal.matrix(np.array([far]))[0, 1] == far
        np.True_
        """
        from catenary.maths import overlay_kernels as kernels  # noqa: PLC0415  brings numba

        self._check(lengths)
        kept, core = self._core
        metres = np.minimum(lengths[kept], UNREACHED).astype(np.int32)
        found: NDArray[np.int32] = kernels.by_doors(
            core.direct, core.access, core.between, core.tail, core.head, metres,
            np.int32(UNREACHED),
        )  # fmt: skip
        return found

    def costs(self, doors: Array, *, rate: float = 1.0) -> Array:
        """Return the least cost between all places by way of open doors.

        Parameters
        ----------
        doors
            Cost of passing each door, (D,), ≥ 0: toll, waiting, risk …; inf = closed.
        rate
            Cost of a metre in open water, ≥ 0.

        Returns
        -------
        ndarray
            (P, P); inf where there is no way.

        Raises
        ------
        DataError
            If a cost is negative or there is not one for each door.

        Examples
        --------
        >>> far = UNREACHED
        >>> apart = np.array([[0, far], [far, 0]])
        >>> canal = Overlay.of(apart, apart, apart, np.array([0]), np.array([1]))
        >>> canal.costs(np.array([2.5]))
        array([[0. , 2.5],
               [2.5, 0. ]])
        """
        from catenary.maths import overlay_kernels as kernels  # noqa: PLC0415  brings numba

        self._check(doors, np.array([rate]))
        kept, core = self._core
        found: Array = kernels.by_doors(
            _cost(core.direct, rate), _cost(core.access, rate), _cost(core.between, rate),
            core.tail, core.head, doors[kept].astype(np.float64), np.inf,
        )  # fmt: skip
        return found

    def route(self, origin: int, destination: int, doors: Array, *, rate: float = 1.0) -> Way:
        """Return the cheapest route between two places.

        Of routes of the same cost that with the fewest doors, and of these the one whose doors
        come first in the table.

        Parameters
        ----------
        origin, destination
            Places, 0 … P − 1.
        doors
            Cost of passing each door, (D,), ≥ 0; inf = closed.
        rate
            Cost of a metre in open water, ≥ 0.

        Raises
        ------
        ComputationError
            If there is no route.
        DataError
            If a cost is negative or there is not one for each door.

        References
        ----------
        Bellman, R. (1958), On a routing problem. Quarterly of Applied Mathematics 16, 87–90.

        Examples
        --------
        >>> apart = np.array([[0, 9], [9, 0]])
        >>> short_cut = Overlay.of(apart, apart, apart, np.array([0]), np.array([1]))
        >>> short_cut.route(1, 0, np.array([5.0])).doors
        (0,)
        >>> short_cut.route(1, 0, np.array([9.0])).doors
        ()
        """
        legs = self._legs(origin, destination, np.array([rate]), doors[None])
        found = cheapest(legs)
        if found is None:
            raise ComputationError(
                f"no open route leads from place {origin} to place {destination}",
                hint="open a passage, or ask for `matrix` with all doors open",
            )
        return self._way(origin, destination, *found)

    def alternatives(
        self,
        origin: int,
        destination: int,
        doors: Array,
        *,
        groups: Integers,
        most: int,
        rate: float = 1.0,
    ) -> tuple[Way, ...]:
        """Return the cheapest routes that each do without something the better ones need.

        The first is the cheapest of all; each next is the cheapest of those that avoid, of every
        route before it, at least one group of doors (a passage). So no two use the same passages,
        and none is a better one with a loop added.

        Parameters
        ----------
        origin, destination
            Places, 0 … P − 1.
        doors
            Cost of passing each door, (D,), ≥ 0; inf = closed.
        groups
            Group of each door, (D,).
        most
            How many to return at most.
        rate
            Cost of a metre in open water, ≥ 0.

        Returns
        -------
        tuple
            By cost; fewer than `most` if there are no more, none if there is no route.

        Raises
        ------
        DataError
            If a cost is negative or there is not one for each door.

        References
        ----------
        Yen, J. Y. (1971), Finding the K shortest loopless paths in a network. Management Science
        17(11), 712–716. Lawler, E. L. (1972), A procedure for computing the K best solutions to
        discrete optimization problems. Management Science 18(7), 401–405.

        Examples
        --------
        >>> apart = np.array([[0, 9], [9, 0]])
        >>> canal = Overlay.of(apart, apart, apart, np.array([0]), np.array([1]))
        >>> ways = canal.alternatives(0, 1, np.array([5.0]), groups=np.array([0]), most=3)
        >>> [(way.cost, way.doors) for way in ways]
        [(5.0, (0,)), (9.0, ())]
        """
        if len(groups) != len(self.tail):
            raise DataError(f"{len(self.tail)} doors have {len(groups)} groups")
        legs = self._legs(origin, destination, np.array([rate]), doors[None])
        kept: list[Way] = []
        used: list[frozenset[int]] = []
        for found in islice(spread(legs, groups, used), most):
            kept.append(self._way(origin, destination, *found))
            used.append(frozenset(groups[door] for door in kept[-1].doors))
        return tuple(kept)

    def pareto(
        self, origin: int, destination: int, rates: Array, doors: Array, *, most: int = 50
    ) -> Front:
        """Return all efficient routes: those that no other equals in all goals and beats in one.

        Of routes that cost the same in every goal one is returned.

        Parameters
        ----------
        origin, destination
            Places, 0 … P − 1.
        rates
            Cost of a metre in open water by goal, (G,), ≥ 0.
        doors
            Cost of passing each door by goal, (G, D), ≥ 0; inf in any goal = closed.
        most
            How many to return at most.

        Returns
        -------
        Front
            Says whether it is complete.

        Raises
        ------
        DataError
            If a cost is negative or there is not one for each door and goal.

        References
        ----------
        Martins, E. Q. V. (1984), On a multicriteria shortest path problem. European Journal of
        Operational Research 16(2), 236–245: labels. Mandow, L. & Pérez de la Cruz, J. L. (2010),
        Multiobjective A* search with consistent heuristics. Journal of the ACM 57(5), 27: bounds.

        Examples
        --------
        Metres against tolls:

        >>> apart = np.array([[0, 9], [9, 0]])
        >>> canal = Overlay.of(apart, apart, apart, np.array([0]), np.array([1]))
        >>> canal.pareto(0, 1, np.array([1.0, 0.0]), np.array([[5.0], [100.0]])).costs
        array([[  5., 100.],
               [  9.,   0.]])
        """
        legs = self._legs(origin, destination, rates, doors)
        found, complete = efficient(legs, most)
        ways = tuple(self._way(origin, destination, float(cost[0]), steps) for cost, steps in found)
        costs = np.array([cost for cost, _ in found]).reshape(len(found), len(rates))
        return Front(ways=ways, costs=costs, complete=complete)

    @property
    def core(self) -> tuple[NDArray[np.bool_], Overlay]:
        """Which doors may help between these places, (D,), and the overlay of these alone."""
        return self._core

    @cached_property
    def _core(self) -> tuple[NDArray[np.bool_], Overlay]:
        """Which doors may help between these places, and the overlay of these alone."""
        asked = np.asarray((self.access < UNREACHED).any(axis=0))
        kept = leading(self.between < UNREACHED, asked, self.tail, self.head)
        ends, at = np.unique([self.tail[kept], self.head[kept]], return_inverse=True)
        return kept, replace(
            self, access=np.take(self.access, ends, axis=1),
            between=self.between[np.ix_(ends, ends)], tail=at[0], head=at[1],
        )  # fmt: skip

    def _check(self, doors: NDArray[Any], rates: Array | None = None) -> None:
        """Refuse costs that are too few, negative or no numbers."""
        if doors.shape[-1] != len(self.tail):
            raise DataError(f"{len(self.tail)} doors have {doors.shape[-1]} costs")
        if rates is not None and not np.isfinite(rates).all():
            raise DataError(f"a metre in open water costs {rates[~np.isfinite(rates)][0]}")
        for costs in (doors,) if rates is None else (doors, rates):
            if not (costs >= 0).all():
                raise DataError(
                    f"a cost is {costs[~(costs >= 0)][0]}",
                    hint="give costs of 0 or more; a closed door costs UNREACHED metres, or inf",
                )

    def _legs(self, origin: int, destination: int, rates: Array, doors: Array) -> Legs:
        """Return the network of one question."""
        self._check(doors, rates)
        if len(doors) != len(rates):
            raise DataError(f"{len(rates)} goals have costs of doors for {len(doors)}")
        enter, leave = self._ends()
        closed = ~np.isfinite(doors).all(axis=0)
        pass_ = np.repeat(np.where(closed, np.inf, doors), 2, axis=1)
        legs = [
            np.stack([_cost(table, rate) for rate in rates])
            for table in (
                self.access[origin, enter],
                self.between[np.ix_(leave, enter)],
                self.access[destination, leave],
                self.direct[origin, destination],
            )
        ]
        return Legs(
            start=legs[0] + pass_, step=legs[1] + pass_[:, None], finish=legs[2], direct=legs[3]
        )

    def _way(self, origin: int, destination: int, cost: float, steps: tuple[int, ...]) -> Way:
        """Return a route given by its steps."""
        enter, leave = self._ends()
        if not steps:
            metres = int(self.direct[origin, destination])
        else:
            metres = int(self.access[origin, enter[steps[0]]])
            metres += int(self.access[destination, leave[steps[-1]]])
            metres += sum(int(self.between[leave[a], enter[b]]) for a, b in pairwise(steps))
        return Way(
            cost=cost,
            metres=metres,
            doors=tuple(step // 2 for step in steps),
            outward=tuple(step % 2 == 0 for step in steps),
        )

    def _ends(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the end before and the end behind each step, (2 D,)."""
        pairs = np.stack([self.tail, self.head], axis=1)
        return pairs.ravel(), pairs[:, ::-1].ravel()


def _metres(table: Integers) -> NDArray[np.int32]:
    """Return lengths as int32 of their own, with nothing beyond UNREACHED."""
    if table.size and table.min() < 0:
        raise DataError(f"a length is {table.min()}", hint="lengths are 0 or more")
    return np.ascontiguousarray(np.minimum(table, UNREACHED), np.int32).copy()


def _cost(metres: NDArray[np.int32], rate: float) -> Array:
    """Return the cost of lengths in open water; inf where there is no way."""
    return np.where(metres < UNREACHED, metres * float(rate), np.inf)
