"""Who knows how to make what few others can, and what lies near."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Final

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from catenary.economy.deliveries import chosen
from catenary.economy.levels import largest_first
from catenary.economy.space import Made, ProductSpace
from catenary.errors import ComputationError, listed
from catenary.languages import joined, say
from catenary.maths.complexity import Fitness, fitness, outlook
from catenary.model import Result, Run, World
from catenary.model.analysis import Number, analysis

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

__all__ = ["Complexities", "complexity"]

MOST_ROWS: Final = 5_000_000
_SETTLED: Final = 1e-6
"""Relative change of fitness in one step above which it is still falling."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Complexities(Result):
    """Complexity of regions and products, and how near each region is to each product."""

    regions: pd.DataFrame
    """Most complex first."""
    products: pd.DataFrame
    """Most complex first."""
    pairs: pd.DataFrame
    """Each region with each product; what is missing comes first, largest gain first."""
    neighbours: pd.DataFrame
    """The nearest products of each product."""

    def summary(self) -> str:
        """Return the most complex regions and products in a few lines."""
        lines: list[str] = []
        frames = [("", self.regions, self.products)]
        if "world" in self.regions:
            of = dict(iter(self.products.groupby("world", sort=False)))
            frames = [(str(w), f, of[w]) for w, f in self.regions.groupby("world", sort=False)]
        for label, regions, products in frames:
            line = say(
                "Most complex of {count:,} regions: {regions}; of {many:,} products: {products}. "
                "Highest outlook: {outlook}.",
                count=len(regions),
                regions=joined(regions["region"].head(5), say(", ")),
                many=len(products),
                products=joined(products["product"].head(5), say(", ")),
                outlook=joined(regions.nlargest(3, "outlook")["region"], say(", ")),
            )
            lines.append(say("{label}: {text}", label=label, text=line) if label else line)
        return joined(lines, "\n")


@analysis("see")
def complexity(
    world: World,
    *,
    region: str = "",
    product: str = "",
    threshold: Annotated[float, Number("advantage", 1e-6, 1e6)] = 1.0,
    iterations: Annotated[int, Number("number", 1, 100_000)] = 1000,
    neighbours: Annotated[int, Number("number", 0, 1000)] = 5,
    year: Annotated[int, Number("year", 1000, 3000)] | None = None,
    basis: Made = "any",
    merge: str = "",
) -> Complexities:
    """Tell from what regions export how complex they and their products are.

    A region has a product if its share in the region's exports is at least the product's share in
    the world's (revealed comparative advantage ≥ 1): M = 1. The economic complexity index is the
    second eigenvector of diag(1/kc) M diag(1/kp) M'; product complexity is the mean index of those
    who have the product; both are standardised with the mean and deviation of the regions' index.
    Fitness is the nonlinear alternative. Density says how near a product is to what a region has.

    Parameters
    ----------
    world
        Needs `trade_flows`, `intermediate` and `final`, or `producers` with output.
    region
        Regions or groups to list in `pairs`, separated by commas; blank = all.
    product
        Products or groups to list in `pairs`, separated by commas; blank = all.
    threshold
        Advantage from which a product counts as present.
    iterations
        Most steps of the map of fitness, which ends before if it settles.
    neighbours
        How many of the nearest products to list.
    year
        Year of `trade_flows`; blank = the last.
    basis
        Part of the world to read; any = the first of trade_flows, intermediate, producers (what
        is made, where exports are not known).
    merge
        Groups of regions to see as one region, separated by commas (EU27, LDC, landlocked,
        islands, or groups of the world).

    Returns
    -------
    Complexities
        Indices of regions and products, density and gain of each pair, nearest products.

    Raises
    ------
    MissingDataError
        If the world says neither what regions export nor what they make.
    OptionError
        If something of that name is not there.
    ComputationError
        If too few regions hang together through the products they share.

    References
    ----------
    Hidalgo, C. A. & Hausmann, R. (2009), PNAS 106(26), 10570-10575; Hausmann, R. et al. (2014),
    The Atlas of Economic Complexity; Tacchella, A. et al. (2012), Scientific Reports 2, 723.

    Examples
    --------
    >>> import catenary
    >>> result = catenary.complexity(catenary.load("chains:pooled"))
    >>> len(result.pairs) == len(result.regions) * len(result.products)
    True
    """
    space = ProductSpace.of(world, basis=basis, year=year, threshold=threshold, merge=merge)
    who = chosen(world, "regions", space.regions, region)
    what = chosen(world, "products", space.products, product)
    if who.sum() * what.sum() > MOST_ROWS:
        raise ComputationError(
            f"the result would have {who.sum() * what.sum():,} pairs",
            hint="choose region or product",
        )
    with threadpool_limits(space.threads):
        eci, pci, doubts = space.indices()
        near = space.density
        index, gain = outlook(space.presence, near, space.proximity, np.nan_to_num(pci))
        strength = fitness(space.presence, iterations=iterations)
    unknown = np.isnan(pci)
    index[np.isnan(eci)] = np.nan
    gain[np.isnan(eci)] = np.nan
    gain[:, unknown] = np.nan
    return Complexities(
        run=Run(
            analysis="complexity",
            options={},
            world="",
            warnings=(*space.warnings, *doubts, *_falling(space, strength, iterations)),
        ),
        regions=_regions(space, eci, index, strength),
        products=_products(space, pci, strength),
        pairs=_pairs(space, near, gain, who, what),
        neighbours=_neighbours(space, neighbours),
    )


def _falling(space: ProductSpace, strength: Fitness, iterations: int) -> list[str]:
    """Say whose fitness has not settled."""
    falling = strength.change > _SETTLED
    if not falling.any():
        return []
    return [
        say(
            "the fitness of {count:,} regions has not settled after {steps:,} steps ({names}); "
            "where it falls towards 0, only its rank means something",
            count=int(falling.sum()),
            steps=min(strength.iterations, iterations),
            names=listed(space.regions[falling], most=5),
        )
    ]


def _regions(space: ProductSpace, eci: Array, index: Array, strength: Fitness) -> pd.DataFrame:
    frame = pd.DataFrame(
        {
            "region": space.regions.astype("str"),
            "eci": eci,
            "fitness": strength.regions,
            "diversity": space.presence.sum(axis=1).astype(np.int64),
            "outlook": index,
            "exports": space.exports.sum(axis=1),
            "unit": space.unit,
        }
    )
    return largest_first(frame, "eci")


def _products(space: ProductSpace, pci: Array, strength: Fitness) -> pd.DataFrame:
    frame = pd.DataFrame(
        {
            "product": space.products.astype("str"),
            "pci": pci,
            "complexity": strength.products,
            "ubiquity": space.presence.sum(axis=0).astype(np.int64),
            "exports": space.exports.sum(axis=0),
            "unit": space.unit,
        }
    )
    return largest_first(frame, "pci")


def _pairs(
    space: ProductSpace,
    near: Array,
    gain: Array,
    who: NDArray[np.bool_],
    what: NDArray[np.bool_],
) -> pd.DataFrame:
    region, product = np.nonzero(np.outer(who, what))
    present = space.presence[region, product] > 0
    order = np.lexsort((-gain[region, product], present))
    region, product = region[order], product[order]
    return pd.DataFrame(
        {
            "region": pd.Categorical.from_codes(region, categories=space.regions),
            "product": pd.Categorical.from_codes(product, categories=space.products),
            "exports": space.exports[region, product],
            "advantage": space.advantage[region, product],
            "present": present[order],
            "density": near[region, product],
            "gain": gain[region, product],
        }
    )


def _neighbours(space: ProductSpace, most: int) -> pd.DataFrame:
    """Return the nearest other products of each product."""
    count = len(space.products)
    most = min(most, count - 1)
    near = space.proximity.copy()
    np.fill_diagonal(near, -1.0)
    found = np.argpartition(-near, min(most, count - 1), axis=1)[:, :most]
    order = np.lexsort((found, -np.take_along_axis(near, found, axis=1)), axis=1)
    found = np.take_along_axis(found, order, axis=1).ravel()
    product = np.repeat(np.arange(count), most)
    return pd.DataFrame(
        {
            "product": pd.Categorical.from_codes(product, categories=space.products),
            "neighbour": pd.Categorical.from_codes(found, categories=space.products),
            "proximity": near[product, found],
        }
    )
