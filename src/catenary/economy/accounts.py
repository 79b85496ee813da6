"""A world's input-output accounts as arrays in one order: what every view of the economy reads."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from catenary.economy.groups import absent_members, groups_of
from catenary.errors import DataError, OptionError, listed
from catenary.languages import say
from catenary.maths.grouping import sum_by, sum_rows
from catenary.maths.iterative import IterativeSystem
from catenary.maths.leontief import LeontiefSystem, input_coefficients
from catenary.model.labels import hint_for
from catenary.model.units import parse_unit
from catenary.worlds.groups import members

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from catenary.model import World

    Array = NDArray[np.float64]
    Integers = NDArray[np.int64]

__all__ = ["Accounts", "merged_regions"]

TOLERANCE: Final = 1e-3
"""Share of output by which stated value added may differ from output less inputs."""

LARGE: Final = 2500
"""Producers from which on a system is solved by sweeps over the flows instead of factored."""

_NO_UNIT: Final = frozenset({"", "index"})
"""Units of products that say nothing."""

_NOTHING: Final = 1e-12
"""Share of world output below which nothing is traded."""

_ROUNDING: Final = 1e-4
"""Share of mean output by which a producer may deliver less than nothing: tables are rounded."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Accounts:
    """Flows, final demand and what follows from them; made by `Accounts.of`.

    Output is what is delivered (row sums) and value added is output less inputs, so that every
    identity of the accounts holds to rounding.
    """

    producers: pd.Index
    """Ids, (N,)."""
    regions: pd.Index
    """Ids of regions, merged ones under the name of their group, (R,)."""
    region: Integers
    """Region of each producer, (N,)."""
    products: pd.Index
    """Ids of products, (P,)."""
    product: Integers
    """Product of each producer, (N,)."""
    flows: Array
    """Z, deliveries from producer (row) to producer (column), (N, N)."""
    final: Array
    """Y, deliveries to final demand by region that buys, (N, R)."""
    unit: str
    """Of flows and final demand."""
    merged: Integers
    """Position among `regions` of each region of the world; -1: it is only a group of others."""
    place: Integers
    """Position among `producers` of each producer of the world."""
    warnings: tuple[str, ...] = ()

    @classmethod
    def of(cls, world: World, *, merge: str = "", industries: bool = False) -> Accounts:
        """Read the accounts of a world.

        Parameters
        ----------
        world
            Needs `intermediate` and `final`.
        merge
            Groups of regions to see as one region each, separated by commas: groups of the world
            (`regions.parent`) or built-in ones.
        industries
            Whether the producers of a merged group are seen as one for each product as well, with
            ids such as `EU27.c15`.

        Raises
        ------
        MissingDataError
            If the world lacks a matrix.
        OptionError
            If there is no such group, or two of them share a region.
        DataError
            If a producer delivers less than nothing.

        Examples
        --------
        >>> from catenary.testing import two_regions
        >>> accounts = Accounts.of(two_regions())
        >>> accounts.output.tolist(), accounts.value_added.tolist()
        ([16.0, 12.0], [4.0, 5.0])
        """
        flows, final = world.matrix("intermediate"), world.matrix("final")
        ids, users = world.ids("producers"), world.ids("consumers")
        flows = flows.aligned_to(ids, ids)
        final = final.aligned_to(ids, users).in_unit(flows.unit)
        regions, kept = _without_groups(world, *merged_regions(world, merge))
        buyer = kept[world.part("consumers").codes("region").astype(np.int64)]
        by_region = np.zeros((len(regions), len(ids)))
        for bought, one in zip(final.dense.T, buyer, strict=True):
            by_region[one] += bought
        accounts = cls(
            producers=ids,
            regions=regions,
            region=kept[world.part("producers").codes("region").astype(np.int64)],
            products=world.ids("products"),
            product=world.part("producers").codes("product").astype(np.int64),
            flows=flows.dense,
            final=np.ascontiguousarray(by_region.T),
            unit=flows.unit,
            merged=kept,
            place=np.arange(len(ids), dtype=np.int64),
        )
        if industries:
            accounts = accounts.by_industry(groups_of(merge))
        return cls._checked(accounts, world, merge)

    def by_industry(self, groups: list[str]) -> Accounts:
        """Return the accounts with one producer for each product of some groups."""
        grouped = np.asarray(self.regions.isin(groups))[self.region]
        names = self.regions[self.region] + "." + self.products[self.product]
        label = np.where(grouped, names.astype(object), self.producers.astype(object))
        producers = pd.Index(list(dict.fromkeys(label)), dtype="str", name="id")
        place = producers.get_indexer(pd.Index(label, dtype="str")).astype(np.int64)
        first = np.unique(place, return_index=True)[1]
        rows = sum_rows(place, self.flows, len(producers))
        return replace(
            self,
            producers=producers,
            region=self.region[first],
            product=self.product[first],
            flows=np.ascontiguousarray(sum_rows(place, rows.T, len(producers)).T),
            final=sum_rows(place, self.final, len(producers)),
            place=place,
        )

    def of_producers(self, amount: Array) -> Array:
        """Return what the producers here have of amounts by producer of the world, (N,)."""
        return sum_by(self.place, amount, len(self.producers))

    def buyer_region(self, world: World) -> Integers:
        """Return the region of each consumer of the same world, (K,)."""
        region: Integers = self.merged[world.part("consumers").codes("region").astype(np.int64)]
        return region

    @cached_property
    def output(self) -> Array:
        """What each producer delivers, (N,)."""
        total: Array = self.flows.sum(axis=1) + self.final.sum(axis=1)
        return total

    @cached_property
    def value_added(self) -> Array:
        """Output less inputs, (N,); what delivers nothing, or less, is made of no inputs."""
        added: Array = self.output - self.flows.sum(axis=0)
        return np.where(self.output > 0, added, self.output)

    @cached_property
    def value_added_share(self) -> Array:
        """Value added per unit of output, (N,); 0 without output."""
        return self.per_output(self.value_added)

    @cached_property
    def coefficients(self) -> Array:
        """A, inputs per unit of output, (N, N)."""
        return input_coefficients(self.flows, np.maximum(self.output, 0.0))

    @cached_property
    def system(self) -> LeontiefSystem:
        """I − A, factored."""
        return LeontiefSystem(self.coefficients, self.producers.tolist())

    @cached_property
    def solver(self) -> LeontiefSystem | IterativeSystem:
        """What answers `output_for` and `intensities`: factored, or sweeps where flows are many.

        Sweeps copy no flows, and their `residual` tells how exact they were.
        """
        if len(self.producers) < LARGE:
            return self.system
        output = np.maximum(self.output, 0.0)
        return IterativeSystem(self.flows, output, self.region, self.producers.tolist())

    @cached_property
    def inverse(self) -> Array:
        """B = (I − A)⁻¹, (N, N)."""
        return self.system.output_for(np.eye(len(self.producers)))

    def per_output(self, amount: Array) -> Array:
        """Return amounts per unit of output; 0 where nothing is made."""
        made = self.output != 0  # rounded tables hold outputs just below 0
        return np.divide(amount, self.output, out=np.zeros_like(self.output), where=made)

    def by_region(self, amount: Array) -> Array:
        """Return the sums of rows by region of the producer, (R, …)."""
        if amount.ndim == 1:
            return sum_by(self.region, amount, len(self.regions))
        total = np.zeros((len(self.regions), *amount.shape[1:]))
        np.add.at(total, self.region, amount)
        return total

    @cached_property
    def exports(self) -> Array:
        """Deliveries of producers to regions but their own, inputs and final goods, (N, R)."""
        to = np.zeros((len(self.regions), len(self.producers)))
        for buyer in range(len(self.regions)):
            to[buyer] = self.flows[:, self.region == buyer].sum(axis=1)
        total: Array = to.T + self.final
        total[np.arange(len(self.region)), self.region] = 0.0
        return total

    @property
    def is_traded(self) -> bool:
        """Whether anything to speak of crosses a border."""
        return bool(self.exports.sum() > _NOTHING * np.abs(self.output).sum())

    def _checked(self, world: World, merge: str) -> Accounts:
        """Refuse what cannot be, and say what a reader should know."""
        scale = float(np.abs(self.output).sum())
        below = self.output < -_ROUNDING * scale / len(self.output)
        if below.any():
            worst = int(np.argmin(self.output))
            raise DataError(
                f"{int(below.sum()):,} producers deliver less than nothing, most "
                f"{self.producers[worst]!r} with {self.output[worst]:.6g} {self.unit}",
                hint="look for negative final demand (stocks drawn down) larger than all sales of "
                "the producer",
            )
        told: list[str] = []
        idle = self.output <= 0
        bought = np.abs(self.flows[:, idle]).sum(axis=0)  # of few: large flows are not copied
        idle[idle] = np.maximum(bought, -self.output[idle]) > 1e-9 * scale
        if idle.any():
            told.append(
                say(
                    "{count} producers without output buy inputs or deliver less than nothing "
                    "({names}); nothing is made of their inputs",
                    count=int(idle.sum()),
                    names=listed(self.producers[idle], most=3),
                )
            )
        negative = (self.value_added < -1e-9 * scale) & (self.output > 0)
        if negative.any():
            worst = int(np.argmin(np.where(negative, self.value_added, 0.0)))
            told.append(
                say(
                    "{count} producers have negative value added, most {name}: {amount:.6g} {unit}",
                    count=int(negative.sum()),
                    name=str(self.producers[worst]),
                    amount=self.value_added[worst],
                    unit=self.unit,
                )
            )
        told += [
            *self._unlike_units(world),
            *self._unlike_stated(world),
            *absent_members(world, merge),
        ]
        self.__dict__["warnings"] = tuple(told)
        return self

    def _unlike_units(self, world: World) -> list[str]:
        """Say which products are counted in something else than the flows are."""
        units = world.table("products")["unit"].astype(str)
        own = parse_unit(self.unit).kind.partition("(")[0]
        kinds = {unit: parse_unit(unit).kind.partition("(")[0] for unit in set(units) - _NO_UNIT}
        other = np.array([kinds.get(unit, own) != own for unit in units], np.bool_)
        other &= np.bincount(self.product, minlength=len(units)) > 0
        if not other.any():
            return []
        return [
            say(
                "{count} products are counted in {units} ({names} for one), but all flows are "
                "taken to be in {unit}",
                count=int(other.sum()),
                units=listed(dict.fromkeys(units[other]), most=3),
                names=str(units.index[other][0]),
                unit=self.unit,
            )
        ]

    def _unlike_stated(self, world: World) -> list[str]:
        """Say where the value added that a world states is not output less inputs."""
        if "value_added" not in world:
            return []
        matrix = world.matrix("value_added")
        ids = world.ids("producers")
        stated = self.of_producers(
            matrix.aligned_to(matrix.rows, ids).in_unit(self.unit).dense.sum(axis=0)
        )
        gap = np.abs(stated - self.value_added)
        off = gap > np.maximum(TOLERANCE * self.output, _ROUNDING * self.output.mean())
        if not off.any():
            return []
        worst = int(np.argmax(np.where(off, gap, 0)))
        return [
            say(
                "columns of {count} producers do not balance: stated value added differs from "
                "output less inputs by more than {tolerance:.1%}, most for {name} ({stated:.6g} "
                "against {found:.6g} {unit}); output less inputs is used",
                count=int(off.sum()),
                tolerance=TOLERANCE,
                name=str(self.producers[worst]),
                stated=stated[worst],
                found=self.value_added[worst],
                unit=self.unit,
            )
        ]


def _without_groups(world: World, regions: pd.Index, kept: Integers) -> tuple[pd.Index, Integers]:
    """Leave out what is only a group of others: nobody makes or buys anything there."""
    used = np.zeros(len(regions), np.bool_)
    used[kept[~world.parents("regions")]] = True
    for part in ("producers", "consumers"):
        used[kept[world.part(part).codes("region").astype(np.int64)]] = True
    return regions[used], np.where(used, np.cumsum(used) - 1, -1)[kept]


def merged_regions(world: World, merge: str) -> tuple[pd.Index, Integers]:
    """Return the regions with some groups merged, and the position of each old one among them.

    Parameters
    ----------
    world
        Its table `regions` may name groups in `parent`.
    merge
        Groups, separated by commas; blank = none.

    Raises
    ------
    OptionError
        If a group is unknown or has no member here, or two share a region.

    Examples
    --------
    >>> import pandas as pd
    >>> from catenary import World
    >>> world = World({"regions": pd.DataFrame({"id": ["DEU", "USA", "FRA"]})})
    >>> regions, kept = merged_regions(world, "EU27")
    >>> list(regions), kept.tolist()
    (['EU27', 'USA'], [0, 1, 0])
    """
    regions = world.ids("regions")
    label = regions.astype(object).to_numpy(copy=True)
    taken = np.zeros(len(regions), np.bool_)
    for group in groups_of(merge):
        inside = world.members("regions", group) & ~np.asarray(regions == group)
        if not inside.any():
            inside = np.asarray(regions.isin(_built_in(group, world)))
        if (inside & taken).any():
            raise OptionError(
                f"{group} shares {listed(regions[inside & taken], most=3)} with another group",
                hint="merge groups that have no region in common",
            )
        if not inside.any():
            raise OptionError(
                f"no region of this world belongs to {group}", hint="leave it out of `merge`"
            )
        label[inside], taken = group, taken | inside
    names = pd.Index(list(dict.fromkeys(label)), dtype="str", name="id")
    return names, names.get_indexer(pd.Index(label, dtype="str")).astype(np.int64)


def _built_in(group: str, world: World) -> Sequence[str]:
    """Return the members of a built-in group, or say which groups there are."""
    known = members()
    if group not in known:
        own = sorted(
            {
                name.strip()
                for text in world.table("regions")["parent"]
                for name in str(text).split(";")
                if name.strip()
            }
        )
        raise OptionError(
            f"there is no group of regions {group!r}",
            hint=hint_for(group, [*known, *own, *world.ids("regions")], table="regions"),
        )
    return known[group]
