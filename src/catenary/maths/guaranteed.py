"""Where to keep safety stock along a chain, if every stage promises a service time and keeps it.

The guaranteed-service model: a stage that waits for inputs no longer than `inbound`, works for
`process` days and promises `service` days has to cover inbound + process - service days of demand
that varies up to a bound. What the bound costs is concave, so that stock gathers at few stages.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from catenary.errors import ComputationError, DataError
from catenary.maths.programme import Programme

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Integers = NDArray[np.int64]

__all__ = ["LONGEST", "Chain", "Promises", "guaranteed", "longest_ways"]

LONGEST: Final = 2_000
"""Most days that a way through the chain may take."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Chain:
    """N stages and who supplies whom; without circles."""

    supplier: Integers
    """Of each link, (A,)."""
    buyer: Integers
    """Of each link, (A,)."""
    process: Integers
    """Days of work, (N,), ≥ 0."""
    holding: Array
    """What a unit of safety stock costs, (N,), ≥ 0."""
    spread: Array
    """What demand exceeds its mean by at most on one day, (N,), ≥ 0; grows with the root of
    days."""
    promise: Integers
    """Longest service time to customers, (N,); -1 = the stage has none."""
    outside: Integers
    """Days that a stage waits for inputs from outside, (N,), ≥ 0."""

    def __post_init__(self) -> None:
        """Check sizes and signs."""
        for name in ("process", "holding", "spread", "outside"):
            if not (getattr(self, name) >= 0).all():
                raise DataError(f"{name} of a stage is negative or missing")

    @property
    def size(self) -> int:
        """Number of stages."""
        return len(self.process)

    def cost(self, cover: Integers) -> Array:
        """Return what covering so many days costs at each stage."""
        return np.asarray(self.holding * self.spread * np.sqrt(np.maximum(cover, 0)))


@dataclass(frozen=True, kw_only=True, eq=False)
class Promises:
    """Service times of least cost."""

    service: Integers
    """Days that each stage promises, (N,)."""
    inbound: Integers
    """Days that it waits at most, (N,)."""
    cover: Integers
    """Days of demand that its stock covers, (N,)."""
    cost: float
    """Of all safety stock."""
    method: str
    """tree (dynamic programme) or milp."""


def longest_ways(chain: Chain) -> Integers:
    """Return the most days until each stage has its goods if nobody keeps stock, (N,).

    Raises
    ------
    ComputationError
        If stages supply each other in a circle.
    """
    ends = chain.outside + chain.process
    for _ in range(chain.size):
        best = chain.outside.copy()
        np.maximum.at(best, chain.buyer, ends[chain.supplier])
        after = best + chain.process
        if (after == ends).all():
            return np.asarray(ends)
        ends = after
    best = chain.outside.copy()
    np.maximum.at(best, chain.buyer, ends[chain.supplier])
    if (best + chain.process == ends).all():
        return np.asarray(ends)
    raise ComputationError(
        "stages supply each other in a circle, so that no service time can be promised",
        hint="leave out the recipe that closes the circle",
    )


def guaranteed(chain: Chain, *, method: str = "auto", seconds: float = 600.0) -> Promises:
    """Find the service times for which safety stock costs least.

    Parameters
    ----------
    chain
        Stages and links.
    method
        tree: dynamic programme; milp: any network without circles; auto: tree where it is one.
    seconds
        How long HiGHS may look.

    Raises
    ------
    ComputationError
        If there is a circle, or the chain takes more than `LONGEST` days.

    References
    ----------
    Graves, S. C. & Willems, S. P. (2000), Optimizing strategic safety stock placement in supply
    chains. Manufacturing & Service Operations Management 2(1), 68-83; Humair, S. & Willems, S. P.
    (2011), Optimizing strategic safety stock placement in general acyclic networks. Operations
    Research 59(3), 781-787.

    Examples
    --------
    >>> chain = Chain(
    ...     supplier=np.array([0]), buyer=np.array([1]), process=np.array([4, 1]),
    ...     holding=np.array([1.0, 2.0]), spread=np.ones(2), promise=np.array([-1, 0]),
    ...     outside=np.zeros(2, int))
    >>> found = guaranteed(chain)
    >>> found.service.tolist(), found.cover.tolist(), found.cost
    ([0, 0], [4, 1], 4.0)
    """
    longest = longest_ways(chain)
    if longest.max(initial=0) > LONGEST:
        raise ComputationError(
            f"the longest way through the chain takes {longest.max():,} days, more than {LONGEST:,}"
        )
    pairs = {(min(a, b), max(a, b)) for a, b in zip(chain.supplier, chain.buyer, strict=True)}
    order = _leaves_first(chain, pairs) if len(pairs) == len(chain.supplier) else None
    if method == "tree" and order is None:
        raise ComputationError(
            "the chain is no tree: some stages are joined in more than one way",
            hint="choose the method milp or auto",
        )
    if order is not None and method != "milp":
        return _by_tree(chain, order, longest)
    return _by_programme(chain, longest, seconds)


def _leaves_first(chain: Chain, pairs: set[tuple[int, int]]) -> list[tuple[int, int, bool]] | None:
    """Return each stage with its neighbour that comes later (-1: none) and whether that buys.

    None: the network has circles, seen without directions.
    """
    near: list[set[int]] = [set() for _ in range(chain.size)]
    for a, b in pairs:
        near[a].add(int(b))
        near[b].add(int(a))
    buys = {(int(a), int(b)) for a, b in zip(chain.supplier, chain.buyer, strict=True)}
    waiting = [k for k in range(chain.size) if len(near[k]) <= 1]
    order: list[tuple[int, int, bool]] = []
    done: set[int] = set()
    while waiting:
        k = waiting.pop()
        if k in done:
            continue
        done.add(k)
        later = next(iter(near[k]), -1)
        order.append((k, later, (k, later) in buys))
        if later >= 0:
            near[later].discard(k)
            if len(near[later]) <= 1:
                waiting.append(later)
    return order if len(order) == chain.size else None


def _by_tree(chain: Chain, order: list[tuple[int, int, bool]], longest: Integers) -> Promises:
    """Prune leaves one by one, keeping what each costs for every time it could be asked."""
    days = int(longest.max(initial=0)) + 1
    place = {k: n for n, (k, _, _) in enumerate(order)}
    above: list[list[int]] = [[] for _ in range(chain.size)]
    below: list[list[int]] = [[] for _ in range(chain.size)]
    for a, b in zip(chain.supplier, chain.buyer, strict=True):
        (above[b].append(int(a)) if place[int(a)] < place[int(b)] else below[a].append(int(b)))
    best = np.zeros((chain.size, days))
    S, SI = np.meshgrid(np.arange(days), np.arange(days), indexing="ij")
    tables: list[Array] = [np.zeros((0, 0))] * chain.size
    for k, later, buys in order:
        cover = SI + chain.process[k] - S
        table = chain.holding[k] * chain.spread[k] * np.sqrt(np.maximum(cover, 0))
        barred = (cover < 0) | (chain.outside[k] > SI)
        if chain.promise[k] >= 0:
            barred |= chain.promise[k] < S
        table = np.where(barred, np.inf, table)
        for i in above[k]:  # an input may come sooner than is waited for
            table = table + np.minimum.accumulate(best[i])[None, :]
        for j in below[k]:  # a buyer may wait longer than is promised
            table = table + np.minimum.accumulate(best[j][::-1])[::-1][:, None]
        tables[k] = table
        best[k] = table.min(axis=1) if buys or later < 0 else table.min(axis=0)
    return _traced(chain, order, tables, above, below)


def _traced(
    chain: Chain, order: list[tuple[int, int, bool]], tables: list[Array],
    above: list[list[int]], below: list[list[int]],
) -> Promises:  # fmt: skip
    """Follow the tables back from the stages that were last."""
    service, inbound = np.zeros((2, chain.size), np.int64)
    total = 0.0
    most: dict[int, int] = {}  # service time that may still be promised
    least: dict[int, int] = {}  # time that has to be waited for
    for k, later, _ in reversed(order):
        table = tables[k]
        if later < 0:
            total += float(table.min())
        days = np.arange(len(table))
        barred = (days[:, None] > most.get(k, len(table))) | (days[None, :] < least.get(k, 0))
        table = np.where(barred, np.inf, table)
        service[k], inbound[k] = np.unravel_index(int(table.argmin()), table.shape)
        most |= dict.fromkeys(above[k], int(inbound[k]))
        least |= dict.fromkeys(below[k], int(service[k]))
    if not np.isfinite(total):
        raise ComputationError("no service times keep all promises", hint="promise longer times")
    return Promises(
        service=service, inbound=inbound, cover=inbound + chain.process - service, cost=total,
        method="tree",
    )  # fmt: skip


def _by_programme(chain: Chain, longest: Integers, seconds: float) -> Promises:
    """Choose the days that each stage covers: one of many for each, as whole numbers."""
    programme = Programme()
    upper = longest.astype(np.float64)
    promised = chain.promise >= 0
    upper[promised] = np.minimum(upper[promised], chain.promise[promised])
    service = programme.columns(chain.size, upper=upper)
    inbound = programme.columns(
        chain.size, lower=chain.outside.astype(np.float64), upper=longest.astype(np.float64)
    )
    picked = []
    for k in range(chain.size):
        cover = np.arange(int(longest[k]) + 1)
        cost = chain.holding[k] * chain.spread[k] * np.sqrt(cover)
        one = programme.columns(len(cover), cost=cost, upper=1.0, whole=True)
        picked.append(one)
        programme.rows("one cover", 1.0, 1.0, (0, one, 1.0))
        right = float(chain.process[k])
        cells = (0, one, cover), (0, service[k], 1.0), (0, inbound[k], -1.0)
        programme.rows("cover", right, right, *cells)
    links = np.arange(len(chain.supplier))
    programme.rows(
        "waiting", 0.0, np.inf, (links, inbound[chain.buyer], 1.0),
        (links, service[chain.supplier], -1.0), count=len(links),
    )  # fmt: skip
    found = programme.solve(seconds=seconds)
    if found is None:
        raise ComputationError("no service times keep all promises", hint="promise longer times")
    cover = np.array([int(found.x[one].argmax()) for one in picked])
    return Promises(
        service=np.round(found.x[service]).astype(np.int64),
        inbound=np.round(found.x[inbound]).astype(np.int64),
        cover=cover, cost=float(chain.cost(cover).sum()), method="milp",
    )  # fmt: skip
