"""One block of the second stage, solved again and again as measures change."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from catenary.maths.programme import Programme

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from catenary.maths.programme import Solved, Standing
    from catenary.maths.two_stage_network import Block, Placed

    Array = NDArray[np.float64]

__all__ = ["Recourse"]


@dataclass(eq=False)
class Recourse:
    """A block, its programme, and what was found for it."""

    block: Block
    options: NDArray[np.int64]
    """Measures that touch it."""
    bases: dict[tuple[int, int, int], Any]
    """Where the first of each kind of programme ended."""
    scale: float = 1.0
    kind: tuple[int, int, int] = (0, 0, 0)
    placed: Placed | None = None
    standing: Standing | None = None
    found: dict[bytes, tuple[float, Array]] = field(default_factory=dict)
    cuts: list[tuple[float, Array]] = field(default_factory=list)
    """Constant and slopes of lower bounds of the loss."""

    def at(self, chosen: Array) -> tuple[float, Array]:
        """Return the loss under some measures and its slopes, (M,)."""
        key = chosen[self.options].tobytes()
        if key not in self.found:
            self.found[key] = self._solved(chosen)
        return self.found[key]

    def _solved(self, chosen: Array) -> tuple[float, Array]:
        block, part = self.block, self.block.part
        if self.standing is None:
            self._build()
        placed, standing = self.placed, self.standing
        assert placed is not None  # noqa: S101  built above
        assert standing is not None  # noqa: S101
        capacity = block.capacity(chosen)[0]
        upper = (capacity / part.output[:, None]).ravel()
        columns = placed.output.ravel()
        standing.columns(columns, np.zeros(len(columns)), upper)
        soft = part.soft
        if len(soft):
            buyer = part.buyer[soft]
            share = (1 - part.criticality[soft]) / part.output[buyer]
            least = (-share[:, None] * capacity[buyer]).ravel()
            standing.rows(placed.soft.ravel(), least, np.full(len(least), np.inf))
        opening = block.opening(chosen)
        standing.rows(placed.opening, -opening, np.full(len(opening), np.inf))
        solved = standing.solve()
        if self.kind not in self.bases:
            self.bases[self.kind] = standing.basis
        return solved.objective * self.scale, self._slopes(chosen, solved, placed) * self.scale

    def _slopes(self, chosen: Array, solved: Solved, placed: Placed) -> Array:
        part, soft = self.block.part, self.block.part.soft
        room = np.minimum(solved.reduced[placed.output], 0.0) / part.output[:, None]
        if len(soft):
            buyer = part.buyer[soft]
            share = (1 - part.criticality[soft]) / part.output[buyer]
            price = np.maximum(solved.price[placed.soft], 0.0)
            np.subtract.at(room, buyer, share[:, None] * price)
        opening = -np.maximum(solved.price[placed.opening], 0.0)
        return self.block.slopes(chosen, room, opening)

    def _build(self) -> None:
        programme = Programme()
        self.scale = self.block.steepest or 1.0
        self.placed = self.block.place(programme, charge=1.0 / self.scale)
        self.standing = programme.standing()
        self.kind = (id(self.block.part), programme.width, programme.height)
        if self.kind in self.bases:
            self.standing.start(self.bases[self.kind])
