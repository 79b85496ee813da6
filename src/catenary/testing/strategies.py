"""What hypothesis draws: networks that can reproduce themselves, and worlds of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import hypothesis.strategies as st
import numpy as np
import pandas as pd

from catenary.model import Matrix, World

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["DrawnNetwork", "networks", "worlds"]


@dataclass(frozen=True, eq=False)
class DrawnNetwork:
    """Daily flows (N, N), final demand (N,) and product (N,) of a productive economy."""

    flows: NDArray[np.float64]
    final: NDArray[np.float64]
    product: NDArray[np.int64]

    @property
    def output(self) -> NDArray[np.float64]:
        """Output of every producer."""
        output: NDArray[np.float64] = self.flows.sum(axis=1) + self.final
        return output


@st.composite
def networks(
    draw: st.DrawFn, *, most_products: int = 4, most_regions: int = 3, zeros: bool = True
) -> DrawnNetwork:
    """Draw an economy in which every producer sells more than it buys."""
    products = draw(st.integers(1, most_products))
    regions = draw(st.integers(1, most_regions))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    count = products * regions
    flows = rng.lognormal(0.0, 1.0, (count, count))
    if zeros:
        flows *= rng.random((count, count)) < draw(st.sampled_from([0.3, 0.7, 1.0]))
    final = rng.lognormal(0.0, 1.0, count) + 0.1
    # scale inputs so that no producer buys more than 0.8 of what it sells
    for _ in range(60):
        output = flows.sum(axis=1) + final
        ratio = flows.sum(axis=0) / output
        if ratio.max(initial=0) <= 0.8:
            break
        flows *= np.minimum(1.0, 0.75 / np.maximum(ratio, 1e-300))[None, :]
    product = np.tile(np.arange(products), regions)
    return DrawnNetwork(flows, final, product)


@st.composite
def worlds(draw: st.DrawFn, *, dense: bool | None = None, traded: bool = False) -> World:
    """Draw a world of an economy, as a table (dense) or as supplies.

    Final goods of a table stay in their region, unless they are `traded`.
    """
    network = draw(networks())
    products = int(network.product.max()) + 1
    regions = len(network.product) // products
    names = [f"R{r:02d}" for r in range(regions)]
    goods = [f"p{p}" for p in range(products)]
    region = np.repeat(np.arange(regions), products)
    ids = [f"{names[r]}.{goods[p]}" for r, p in zip(region, network.product, strict=True)]
    parts: dict[str, pd.DataFrame | Matrix] = {
        "regions": pd.DataFrame({"id": names}),
        "products": pd.DataFrame({"id": goods, "unit": "t"}),
        "producers": pd.DataFrame(
            {
                "id": ids,
                "region": [names[r] for r in region],
                "product": [goods[p] for p in network.product],
                "output": network.output,
            }
        ),
    }
    if draw(st.booleans()) if dense is None else dense:
        users = [f"{name}.all" for name in names]
        final = np.zeros((len(ids), regions))
        final[np.arange(len(ids)), region] = network.final
        if traded:
            rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
            final = network.final[:, None] * rng.dirichlet(np.ones(regions), len(ids))
        parts["consumers"] = pd.DataFrame({"id": users, "region": names})
        parts["intermediate"] = Matrix(network.flows, ids, ids, "t/day")
        parts["final"] = Matrix(final, ids, users, "t/day")
    else:
        supplier, buyer = np.nonzero(network.flows)
        labels = np.array(ids)
        parts["supplies"] = pd.DataFrame(
            {
                "supplier": labels[supplier],
                "buyer": labels[buyer],
                "quantity": network.flows[supplier, buyer],
            }
        )
        parts["demand"] = pd.DataFrame(
            {
                "product": [goods[p] for p in network.product],
                "region": [names[r] for r in region],
                "supplier": ids,
                "quantity": network.final,
            }
        )
    return World(parts, name="drawn")
