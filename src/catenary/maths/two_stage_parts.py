"""Producers that hang together by deliveries that matter, and what measures do to them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from catenary.maths.grouping import sum_by

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from catenary.maths.two_stage_problem import TwoStage

    Array = NDArray[np.float64]
    Integers = NDArray[np.int64]
    Flags = NDArray[np.bool_]

__all__ = ["Effect", "Part", "effects_of", "parts_of"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Part:
    """Producers that hang together by deliveries that matter.

    n producers, k slots, a classes of suppliers, b classes of slots, e pairs of these.
    """

    producers: Integers
    """Positions in the network, (n,)."""
    slots: Integers
    """Positions in the network, (k,)."""
    output: Array
    weight: Array
    buyer: Integers
    """Position in the part, (k,)."""
    use: Array
    criticality: Array
    stock: Array
    selling: Integers
    """Class of each producer as a supplier, (n,); -1: delivers to nobody here."""
    buying: Integers
    """Class of each slot, (k,)."""
    pairs: tuple[Integers, Integers, Array]
    """Classes of suppliers and slots between which goods go, (e,), and how much on a normal day."""
    days: Array
    by_output: bool
    substitution: float
    closing: float

    @property
    def soft(self) -> Integers:
        """Slots whose input stops only a part, (s,)."""
        return np.flatnonzero(self.criticality < 1)


@dataclass(frozen=True, eq=False)
class Effect:
    """What one measure does to a part in one scenario."""

    option: int
    rows: Integers
    added: Array | None
    averted: Array | None
    slots: Integers
    stock: Array


def effects_of(
    problem: TwoStage, part: Part, w: int, touched: list[tuple[Flags, Flags]]
) -> tuple[Effect, ...]:
    """Return what measures do to a part in one scenario."""
    effects = []
    for m, (option, (mine, kept)) in enumerate(zip(problem.options, touched, strict=True)):
        if not (mine.any() or kept.any()):
            continue
        arrays = [
            None if one is None or not one[w if len(one) > 1 else 0, mine].any()
            else one[w if len(one) > 1 else 0, mine]
            for one in (option.added, option.averted)
        ]  # fmt: skip
        if all(one is None for one in arrays) and not option.stock[kept].any():
            continue
        rows = np.searchsorted(part.producers, option.producers[mine])
        slots = np.searchsorted(part.slots, option.slots[kept])
        effects.append(Effect(m, rows, arrays[0], arrays[1], slots, option.stock[kept]))
    return tuple(effects)


def parts_of(problem: TwoStage) -> tuple[list[Part], Array]:
    """Return what hangs together, and what is left of everybody's normal output for the others."""
    N, K = len(problem.output), len(problem.buyer)
    use = sum_by(problem.slot, problem.flow, K)
    binds = (use > 0) & (problem.criticality > 0) & (problem.output[problem.buyer] > 0)
    edge = np.flatnonzero(binds[problem.slot] & (problem.flow > 0))
    supplier, slot, flow = problem.supplier[edge], problem.slot[edge], problem.flow[edge]
    normal = np.maximum(problem.output - sum_by(supplier, flow, N), 0.0)
    graph = sparse.coo_array((np.ones(len(edge)), (supplier, problem.buyer[slot])), shape=(N, N))
    count, label = connected_components(graph, directed=False)
    parts = []
    every = np.argsort(label, kind="stable")
    for producers in np.split(every, np.cumsum(np.bincount(label, minlength=count))[:-1]):
        producers = np.sort(producers)  # noqa: PLW2901
        producers = producers[problem.output[producers] > 0]  # noqa: PLW2901
        slots = np.flatnonzero(binds & np.isin(problem.buyer, producers))
        mine = np.isin(slot, slots)
        if len(producers):
            parts.append(_part(problem, producers, slots, (supplier[mine], slot[mine], flow[mine])))
    return parts, normal


def _part(
    problem: TwoStage, producers: Integers, slots: Integers, ways: tuple[Integers, Integers, Array]
) -> Part:
    supplier = np.searchsorted(producers, ways[0])
    slot = np.searchsorted(slots, ways[1])
    if np.isfinite(problem.substitution):
        selling = np.full(len(producers), -1)
        sellers = np.unique(supplier)
        selling[sellers] = np.arange(len(sellers))
        buying = np.arange(len(slots))
    else:
        selling = _twins(supplier, slot, len(producers))
        buying = _twins(slot, supplier, len(slots))
    wide = max(len(slots), 1)
    pairs, place = np.unique(selling[supplier] * wide + buying[slot], return_inverse=True)
    return Part(
        producers=producers, slots=slots, output=problem.output[producers],
        weight=problem.weight[producers],
        buyer=np.searchsorted(producers, problem.buyer[slots]),
        use=sum_by(slot, ways[2], len(slots)), criticality=problem.criticality[slots],
        stock=problem.stock[slots], selling=selling, buying=buying,
        pairs=(pairs // wide, pairs % wide, sum_by(place, ways[2], len(pairs))),
        days=problem.days, by_output=problem.counted == "output",
        substitution=problem.substitution, closing=problem.closing,
    )  # fmt: skip


def _twins(one: Integers, other: Integers, count: int) -> Integers:
    """Return the class of each: those with the same partners share it; -1: no partner."""
    order = np.lexsort((other, one))
    cuts = np.searchsorted(one[order], np.arange(count + 1))
    known: dict[bytes, int] = {}
    classes = np.full(count, -1)
    for i in range(count):
        partners = np.unique(other[order[cuts[i] : cuts[i + 1]]])
        if len(partners):
            classes[i] = known.setdefault(partners.tobytes(), len(known))
    return classes
