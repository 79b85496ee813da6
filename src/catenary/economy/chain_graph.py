"""Which product is made of which, how critical each input is, and which chains there are."""

from __future__ import annotations

from dataclasses import dataclass
from heapq import heappop, heappush
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from catenary.economy.deliveries import final_rows

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from catenary.model import World

__all__ = ["ChainGraph"]


@dataclass(frozen=True, kw_only=True, eq=False)
class ChainGraph:
    """Products and their inputs."""

    products: pd.Index
    inputs: Mapping[int, Mapping[int, float]]
    """Product → input → criticality of the input, 0 … 1."""
    ends: frozenset[int]
    """Products that final demand buys."""
    parents: Mapping[int, tuple[str, ...]]
    """Product → groups that it belongs to."""

    @classmethod
    def of(cls, world: World) -> ChainGraph:
        """Read who uses what from deliveries, and criticality from recipes (1 where not said).

        Examples
        --------
        >>> from catenary.testing import serial_chain
        >>> ChainGraph.of(serial_chain(3)).chains()
        {'s2': [0, 1, 2]}
        """
        products = world.ids("products")
        made = world.part("producers").codes("product").astype(np.int64)
        if "intermediate" in world:
            supplier, buyer = np.nonzero(world.matrix("intermediate").dense > 0)
            bought = world.matrix("final").dense > 0
            ends = made[bought.any(axis=1)]
        else:
            supplies = world.part("supplies")
            some = supplies.numbers("quantity") > 0
            supplier = supplies.codes("supplier").astype(np.int64)[some]
            buyer = supplies.codes("buyer").astype(np.int64)[some]
            maker, _, quantity = final_rows(world)
            ends = made[maker[quantity > 0]]
        pairs = np.unique(made[buyer] * len(products) + made[supplier])
        inputs: dict[int, dict[int, float]] = {}
        for product, used in zip(*divmod(pairs, len(products)), strict=True):
            if product != used:
                inputs.setdefault(int(product), {})[int(used)] = 1.0
        if "recipes" in world:
            recipes = world.part("recipes")
            stated = pd.Series(recipes.numbers("criticality")).groupby(
                [recipes.codes("product"), recipes.codes("input")]
            )
            most = stated.max()
            for made_, used_ in most.index.tolist():
                if used_ in inputs.get(made_, {}):
                    inputs[made_][used_] = float(most[made_, used_])
        frame = world.table("products")
        texts = frame["parent"] if "parent" in frame else [""] * len(frame)
        parents = {
            k: tuple(filter(None, (name.strip() for name in str(text).split(";"))))
            for k, text in enumerate(texts)
        }
        return cls(
            products=products,
            inputs=inputs,
            ends=frozenset(int(k) for k in np.unique(ends)),
            parents=parents,
        )

    def chains(self) -> dict[str, list[int]]:
        """Return chain → stages: by their groups, or by the end products that they lead to."""
        found: dict[str, list[int]] = {}
        loose = {k for k, groups in self.parents.items() if not groups}
        for k, groups in self.parents.items():
            for group in groups:
                found.setdefault(group, []).append(k)
        used = loose - set(self.products.get_indexer(pd.Index(list(found), dtype="str")).tolist())
        for end in sorted(self.ends & used):
            inside = set(self._reached([end])) & used
            found.setdefault(str(self.products[end]), []).extend(sorted(inside))
        return found

    def from_end(self, members: Sequence[int]) -> tuple[dict[int, int], dict[int, float]]:
        """Return fewest steps to the end of a chain and criticality on the way, of each member.

        The end of a chain is what final demand buys of it, or, where it buys none, what no other
        member uses. A member that leads to no end has criticality 0.
        """
        ends = [k for k in members if k in self.ends]
        used = {one for k in members for one in self.inputs.get(k, {})}
        ends = ends or [k for k in members if k not in used]
        critical = self._reached(ends)
        steps = dict.fromkeys(ends, 0)
        waiting = list(ends)
        for product in waiting:  # grows while it is read: breadth first
            for used_ in self.inputs.get(product, {}):
                if used_ not in steps:
                    steps[used_] = steps[product] + 1
                    waiting.append(used_)
        return (
            {k: steps.get(k, -1) for k in members},
            {k: critical.get(k, 0.0) for k in members},
        )

    def _reached(self, ends: Sequence[int]) -> dict[int, float]:
        """Return the largest product of criticalities from each input to the ends."""
        best: dict[int, float] = {}
        heap = [(-1.0, k) for k in ends]
        while heap:
            value, product = heappop(heap)
            if product in best:
                continue
            best[product] = -value
            for used, critical in self.inputs.get(product, {}).items():
                if used not in best:
                    heappush(heap, (value * critical, used))
        return best
