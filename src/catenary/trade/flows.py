"""A world's deliveries by product, buyer and seller: what an equilibrium starts from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from catenary.errors import DataError, listed
from catenary.languages import say
from catenary.maths.equilibrium import Economy

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from catenary.model import World

    Array = NDArray[np.float64]
    Integers = NDArray[np.int64]

__all__ = ["Flows"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Flows:
    """Deliveries before tariffs; N regions that make or use anything, J products, U uses."""

    regions: pd.Index
    """Ids, (N,)."""
    products: pd.Index
    """Ids, (J,)."""
    sales: Array
    """By use, product, buyer and seller, (U, J, N, N)."""
    cells: Array
    """Inputs by seller, input, buyer and product made, (N, J, N, J)."""
    unit: str
    warnings: tuple[str, ...] = ()

    @classmethod
    def of(cls, world: World, *, uses: int = 1) -> Flows:
        """Read `intermediate` and `final` of a world.

        Producers of one product in one region count as one. Final demand of all categories is
        added up first; what is then still negative (stocks drawn down) is taken as 0, and a
        warning says how much.

        Parameters
        ----------
        world
            Needs `intermediate` and `final`, in money before tariffs.
        uses
            1: inputs and final goods together; 2: apart.

        Raises
        ------
        MissingDataError
            If the world lacks a matrix.

        Examples
        --------
        >>> from catenary.testing import two_regions
        >>> Flows.of(two_regions()).sales[0, 0].tolist()
        [[11.0, 4.0], [5.0, 8.0]]
        """
        ids, users = world.ids("producers"), world.ids("consumers")
        flows = world.matrix("intermediate").aligned_to(ids, ids)
        final = world.matrix("final").aligned_to(ids, users).in_unit(flows.unit)
        products = world.ids("products")
        region = world.part("producers").codes("region").astype(np.int64)
        buyer = world.part("consumers").codes("region").astype(np.int64)
        active = np.union1d(region, buyer)
        region, buyer = np.searchsorted(active, region), np.searchsorted(active, buyer)
        count, kinds = len(active), len(products)
        cell = region * kinds + world.part("producers").codes("product").astype(np.int64)
        inputs = _gathered(flows.dense, cell, cell, count * kinds, count * kinds)
        bought = _gathered(final.dense, cell, buyer, count * kinds, count)
        warnings = [*_clipped(inputs, "intermediate", flows.unit)]
        warnings += _clipped(bought, "final", flows.unit)
        cells = inputs.reshape(count, kinds, count, kinds)
        by_use = np.stack([cells.sum(axis=3), bought.reshape(count, kinds, count)])
        by_use = by_use.transpose(0, 2, 3, 1)
        sales = by_use if uses == 2 else by_use.sum(axis=0, keepdims=True)
        return cls(
            regions=world.ids("regions")[active],
            products=products,
            sales=np.ascontiguousarray(sales),
            cells=cells,
            unit=flows.unit,
            warnings=tuple(warnings),
        )

    @property
    def traded(self) -> NDArray[np.bool_]:
        """Whether each product crosses a border, (J,)."""
        abroad = ~np.eye(len(self.regions), dtype=bool)
        result: NDArray[np.bool_] = (self.sales.sum(axis=0) * abroad).any(axis=(1, 2))
        return result

    def economy(self, levied: Array) -> tuple[Economy, list[str]]:
        """Return the shares of these flows under tariffs (U, J, N, N), and what to warn of.

        Value added is sales less inputs and what is levied on them.

        Raises
        ------
        DataError
            If a region makes nothing, sells nothing at home, or trades with nobody.
        """
        self._check()
        uses = np.empty((len(self.regions), len(self.products), len(self.products)))
        for buyer in range(len(self.regions)):
            paid = 1 + levied[0, :, buyer].T  # (N, K)
            uses[buyer] = np.einsum("ikj,ik->jk", self.cells[:, :, buyer], paid)
        made = self.sales.sum(axis=(0, 2)).T
        spent = uses.sum(axis=2)
        over = spent > made * (1 + 1e-9)
        told: list[str] = []
        final = (self.sales * (1 + levied)).sum(axis=(0, 3))
        final = final - uses.sum(axis=1).T
        if over.any():
            region, product = (
                int(axis) for axis in np.unravel_index(np.argmax(spent - made), made.shape)
            )
            told.append(
                say(
                    "{count} industries buy more than they sell, most {product} in {region} "
                    "({spent:.6g} against {made:.6g} {unit}); their inputs are scaled to their "
                    "sales",
                    count=int(over.sum()),
                    product=str(self.products[product]),
                    region=str(self.regions[region]),
                    spent=spent[region, product],
                    made=made[region, product],
                    unit=self.unit,
                )
            )
            scale = np.divide(made, spent, out=np.zeros_like(made), where=spent > 0)
            uses = uses * np.where(over, scale, 1.0)[..., None]
        economy = Economy.of_flows(
            sales=self.sales, uses=uses, tariffs=levied, final=np.maximum(final, 0.0)
        )
        self._check_earning(economy)
        return economy, told

    def _check(self) -> None:
        """Refuse what has no equilibrium, by the name of the region."""
        across = self.sales.sum(axis=(0, 1))
        own = np.diag(across)
        sold, bought = across.sum(axis=0) - own, across.sum(axis=1) - own
        for wrong, what, hint in (
            (
                across.sum(axis=0) <= 0,
                "nothing at all is sold by {names}",
                "give it producers with deliveries, or leave it out of the world",
            ),
            (
                own <= 0,
                "nothing is sold at home by {names}",
                "a baseline needs domestic sales: output less exports",
            ),
            (
                (sold <= 0) & (bought <= 0),
                "nobody trades with {names}, so that wages there cannot be compared with others'",
                "leave it out of the world",
            ),
        ):
            if wrong.any():
                names = listed(self.regions[wrong], most=5)
                raise DataError(what.format(names=names), hint=hint)

    def _check_earning(self, economy: Economy) -> None:
        poor = economy.income <= 0
        if poor.any():
            raise DataError(
                f"nobody in {listed(self.regions[poor], most=5)} earns anything: inputs and "
                "tariffs take all that is sold",
                hint="look for columns of intermediate that are as large as output",
            )


def _gathered(values: Array, rows: Integers, columns: Integers, height: int, width: int) -> Array:
    """Return the sums of cells by group of their row and column, (height, width)."""
    plain = np.array_equal(rows, np.arange(height)) and np.array_equal(columns, np.arange(width))
    if plain:
        return values.copy()
    narrow = np.zeros((height, values.shape[1]))
    np.add.at(narrow, rows, values)
    turned = np.zeros((width, height))
    np.add.at(turned, columns, narrow.T)
    return np.ascontiguousarray(turned.T)


def _clipped(values: Array, name: str, unit: str) -> list[str]:
    """Set negative cells to 0, and say how many there were."""
    below = values < 0
    if not below.any():
        return []
    told = say(
        "{count:,} deliveries of {name} were negative ({total:.6g} {unit} together, {share:.2%} "
        "of all) and are taken as 0",
        count=int(below.sum()),
        name=name,
        total=values[below].sum(),
        unit=unit,
        share=-values[below].sum() / np.abs(values).sum(),
    )
    values[below] = 0.0
    return [told]
