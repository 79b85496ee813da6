"""The product space of a world: who exports what with an advantage, and what is near to what."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from catenary.economy.accounts import merged_regions
from catenary.economy.deliveries import Deliveries
from catenary.economy.groups import absent_members
from catenary.economy.upstream import uses
from catenary.errors import ComputationError, DataError, MissingDataError, OptionError, listed
from catenary.languages import say
from catenary.maths.complexity import (
    Complexity,
    advantage,
    complexity_indices,
    components,
    density,
    presence,
    proximity,
)
from catenary.maths.grouping import sum_by

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from catenary.model import World

    Array = NDArray[np.float64]
    Integers = NDArray[np.int64]

__all__ = ["Made", "ProductSpace"]

Made = Literal["any", "trade_flows", "intermediate", "producers"]
"""Part of a world that says what regions sell or make; `any` = the first that it has."""

_FEW: Final = 100
_LARGE: Final = 2000
_CLOSE: Final = 1e-9
"""Difference of eigenvalues that rounding explains."""


@dataclass(frozen=True, kw_only=True, eq=False)
class ProductSpace:
    """Exports and advantages of regions with exports, in products that somebody exports."""

    basis: str
    regions: pd.Index
    """(C,)."""
    products: pd.Index
    """(P,)."""
    exports: Array
    """X, (C, P)."""
    advantage: Array
    """Revealed comparative advantage, (C, P)."""
    presence: Array
    """M, 1 where the advantage reaches the threshold, (C, P)."""
    unit: str
    warnings: tuple[str, ...] = ()

    @classmethod
    def of(
        cls,
        world: World,
        *,
        basis: Made = "any",
        year: int | None = None,
        threshold: float = 1.0,
        merge: str = "",
    ) -> ProductSpace:
        """Read who exports what.

        Parameters
        ----------
        world
            Needs `trade_flows`, `intermediate` and `final`, or `producers`.
        basis
            Which of them; `producers` = what is made, exported or not.
        year
            Year of `trade_flows`; None = the last.
        threshold
            Advantage from which a product counts as present.
        merge
            Groups of regions to see as one region.

        Raises
        ------
        MissingDataError
            If the world has none of these parts.
        OptionError
            If it lacks the one asked for, or the year.
        DataError
            If nobody exports anything.
        """
        there = [name for name in ("trade_flows", "intermediate", "producers") if name in world]
        if basis != "any" and basis not in there:
            raise OptionError(f"this world has no {basis!r}", hint=f"it has {listed(there)}")
        if not there:
            raise MissingDataError(
                "this world does not say which region exports or makes what",
                hint="add the table trade_flows (origin, product, value), or producers",
            )
        part = there[0] if basis == "any" else basis
        if part != "trade_flows" and year is not None:
            raise OptionError(
                f"{part} of this world is of one year", hint="leave year out; choose another world"
            )
        read = _made if part == "producers" else _sold
        regions, products, exports, unit, told = read(world, part, year, merge)
        return cls._kept(
            world, part, regions, products, exports, unit=unit, threshold=threshold, told=told
        )

    @classmethod
    def _kept(
        cls,
        world: World,
        part: str,
        regions: pd.Index,
        products: pd.Index,
        exports: Array,
        *,
        unit: str,
        threshold: float,
        told: Sequence[str],
    ) -> ProductSpace:
        """Leave out who exports nothing and what nobody has with an advantage, and say so."""
        if not exports.any():
            raise DataError(
                "no region exports anything", hint="look at the values, regions and merged groups"
            )
        rca = advantage(exports)
        M = presence(rca, threshold)  # noqa: N806  the literature's name
        who, what = M.sum(axis=1) > 0, M.sum(axis=0) > 0
        regional, bundled = (world.ids(t)[world.parents(t)] for t in ("regions", "products"))
        lost = _left_out(
            regions[~who & ~regions.isin(regional)], products[~what & ~products.isin(bundled)]
        )
        if what.sum() < _FEW:
            lost.append(
                say(
                    "fewer than {count} products: indices of complexity were made for hundreds",
                    count=_FEW,
                )
            )
        return cls(
            basis=part,
            regions=regions[who],
            products=products[what],
            exports=exports[np.ix_(who, what)],
            advantage=rca[np.ix_(who, what)],
            presence=M[np.ix_(who, what)],
            unit=unit,
            warnings=(*told, *lost),
        )

    @property
    def threads(self) -> int | None:
        """Threads that matrices of this size are worth; None = all."""
        return 1 if len(self.products) < _LARGE else None

    @cached_property
    def proximity(self) -> Array:
        """φ, (P, P)."""
        return proximity(self.presence)

    @cached_property
    def density(self) -> Array:
        """How near each product is to what a region has, (C, P)."""
        return density(self.presence, self.proximity)

    def indices(self) -> tuple[Array, Array, tuple[str, ...]]:
        """Return ECI (C,), PCI (P,), NaN outside the largest connected part, and warnings.

        Raises
        ------
        ComputationError
            If fewer than three regions hang together, or all have the same products.
        """
        part = components(self.presence)
        inside = part == 0
        M = self.presence[inside]  # noqa: N806
        what = M.any(axis=0)
        told: list[str] = []
        if not inside.all():
            told.append(
                say(
                    "the regions fall into {parts} groups that share no product, which ECI cannot "
                    "compare: {names} and {lost:,} products have none",
                    parts=int(part.max()) + 1,
                    names=listed(self.regions[~inside], most=5),
                    lost=int((~what).sum()),
                )
            )
        if inside.sum() < 3 or what.sum() < 2:
            raise ComputationError(
                f"complexity cannot be told from {int(inside.sum())} regions and "
                f"{int(what.sum())} products that hang together",
                hint="give at least three regions that share products",
            )
        found = complexity_indices(M[:, what])
        told += self._doubts(found)
        eci, pci = np.full(len(self.regions), np.nan), np.full(len(self.products), np.nan)
        eci[inside], pci[what] = found.eci, found.pci
        return eci, pci, tuple(told)

    def _doubts(self, found: Complexity) -> list[str]:
        """Say where the second eigenvector is not unique."""
        first, *others = found.eigenvalues
        if others[0] < _CLOSE:
            raise ComputationError(
                "all regions have the same products, so that none is more complex than another",
                hint="raise the threshold, or give finer products",
            )
        if len(others) > 1 and others[0] - others[1] < _CLOSE * first:
            return [say("ECI is not unique: the second and the third eigenvalue are equal")]
        return []


def _left_out(regions: pd.Index, products: pd.Index) -> list[str]:
    told: list[str] = []
    if len(regions):
        told.append(
            say(
                "{count:,} regions export nothing with an advantage and are left out ({names})",
                count=len(regions),
                names=listed(regions, most=5),
            )
        )
    if len(products):
        told.append(
            say(
                "{count:,} products are nobody's advantage and are left out ({names})",
                count=len(products),
                names=listed(products, most=5),
            )
        )
    return told


def _sold(
    world: World, part: str, year: int | None, merge: str
) -> tuple[pd.Index, pd.Index, Array, str, list[str]]:
    """Return what leaves each region, by product, of one year."""
    basis: Literal["trade_flows", "intermediate"] = (
        "trade_flows" if part == "trade_flows" else "intermediate"
    )
    every = Deliveries.of(world, basis=basis, merge=merge)
    told: list[str] = list(every.warnings)
    kept = ~every.home & ~every.inner
    years = np.asarray(every.years)
    if year is not None or len(years) > 1:
        last = float(np.nanmax(years)) if np.isfinite(years).any() else np.nan
        wanted = last if year is None else float(year)
        if wanted not in years:
            raise OptionError(
                f"trade_flows has no year {wanted:.0f}",
                hint=f"it has {listed(f'{y:.0f}' for y in years if np.isfinite(y))}",
            )
        kept &= years[every.year] == wanted
        if year is None:
            told.append(
                say("of {count} years the last is used, {year:.0f}", count=len(years), year=wanted)
            )
    cells = every.supplier[kept] * len(every.products) + every.product[kept]
    total = sum_by(cells, every.amount[kept], len(every.suppliers) * len(every.products))
    exports = total.reshape(len(every.suppliers), len(every.products))
    return every.suppliers, every.products, exports, every.unit, told


def _made(
    world: World, part: str, year: int | None, merge: str
) -> tuple[pd.Index, pd.Index, Array, str, list[str]]:
    """Return what each region makes, by product; counted alike if units differ."""
    del year
    producers = world.part(part)
    regions, kept = merged_regions(world, merge)
    products = world.ids("products")
    made = producers.codes("product").astype(np.int64)
    cells = kept[producers.codes("region").astype(np.int64)] * len(products) + made
    total = sum_by(cells, producers.numbers("output"), len(regions) * len(products))
    exports = total.reshape(len(regions), len(products)) * ~uses(world)
    units = sorted(set(world.table("products")["unit"].iloc[np.unique(made)]))
    told: list[str] = [
        say("what regions make stands for what they export: this world has no exports"),
        *absent_members(world, merge),
    ]
    if len(units) == 1:
        return regions, products, exports, f"{units[0]}/day", told
    world_total = exports.sum(axis=0)
    share = np.divide(exports, world_total, out=np.zeros_like(exports), where=world_total > 0)
    told.append(
        say(
            "products are counted in {units}: each counts as much as any other", units=listed(units)
        )
    )
    return regions, products, share, "share", told
