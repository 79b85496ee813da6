"""Whose know-how complements a region's for what it lacks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from catenary.economy.deliveries import chosen
from catenary.economy.space import Made, ProductSpace
from catenary.errors import DataError, OptionError, listed
from catenary.languages import joined, say
from catenary.maths.complexity import outlook
from catenary.maths.matching import matched
from catenary.model import Result, Run, World
from catenary.model.analysis import Number, analysis
from catenary.model.labels import hint_for

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Integers = NDArray[np.int64]

__all__ = ["Partners", "partners"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Partners(Result):
    """Partners of one region for products that it lacks."""

    matches: pd.DataFrame
    """The best partner of each product when no partner takes too many."""
    regions: pd.DataFrame
    """What each region would bring and take, most complementary first."""
    pairs: pd.DataFrame
    """Every product with every partner, most complementary first."""

    def summary(self) -> str:
        """Return the matches in a few lines."""
        lines: list[str] = []
        frames = [("", self.matches)]
        if "world" in self.matches:
            frames = [(str(w), f) for w, f in self.matches.groupby("world", sort=False)]
        target = self.run.options.get("target", "")
        for label, matches in frames:
            names = [
                f"{row.product}: {row.partner}" for row in matches.head(5).itertuples(index=False)
            ]
            line = say(
                "Partners of {target} for {count:,} products that it lacks: {names}.",
                target=str(target),
                count=len(matches),
                names=listed(names),
            )
            lines.append(say("{label}: {text}", label=label, text=line) if label else line)
        if not lines:
            lines.append(
                say("No region is nearer than {target} to what it lacks.", target=str(target))
            )
        return joined(lines, "\n")


@analysis("see")
def partners(
    world: World,
    *,
    target: str,
    product: str = "",
    most: Annotated[int, Number("number", 1, 100_000)] = 10,
    each: Annotated[int, Number("number", 1, 100_000)] = 1,
    having: bool = True,
    threshold: Annotated[float, Number("advantage", 1e-6, 1e6)] = 1.0,
    year: Annotated[int, Number("year", 1000, 3000)] | None = None,
    basis: Made = "any",
    merge: str = "",
) -> Partners:
    """Find which regions complement a region for products or technologies that it lacks.

    A partner's complementarity for a product that the target lacks is how much nearer the product
    is to what the partner has than to what the target has: density of the partner less density of
    the target. The matches have the largest sum of complementarities in which every product has
    one partner and every partner a limited number of products (a linear assignment).

    Parameters
    ----------
    world
        Needs `trade_flows`, `intermediate` and `final`, or `producers` with output.
    target
        The region that lacks something.
    product
        Products or groups to find partners for, separated by commas; blank = those missing that
        would add most to the target's complexity outlook.
    most
        How many products to take where none is named.
    each
        How many products one partner may be matched with.
    having
        Whether a partner must have the product itself, not only be near to it.
    threshold
        Advantage from which a product counts as present.
    year
        Year of `trade_flows`; blank = the last.
    basis
        Part of the world to read; any = the first of trade_flows, intermediate, producers.
    merge
        Groups of regions to see as one region, separated by commas (EU27, LDC, landlocked,
        islands, or groups of the world).

    Returns
    -------
    Partners
        Matches, what each region brings and takes, and every product with every partner.

    Raises
    ------
    OptionError
        If the target or a product is not there.
    DataError
        If the target lacks none of the products chosen.
    ComputationError
        If too few regions hang together through the products they share.

    References
    ----------
    Hidalgo, C. A. et al. (2007), Science 317, 482-487; Balland, P.-A. & Boschma, R. (2021),
    Regional Studies 55(6), 1059-1070 (complementarity of regions).

    Examples
    --------
    >>> import catenary
    >>> found = catenary.partners(catenary.load("chains:pooled"), target="VNM", product="batteries")
    >>> bool((found.matches["complementarity"] > 0).all())
    True
    """
    space = ProductSpace.of(world, basis=basis, year=year, threshold=threshold, merge=merge)
    if target not in space.regions:
        raise OptionError(
            f"{target!r} is no region with an advantage in any product here",
            hint=hint_for(target, space.regions, table="regions"),
        )
    own = int(np.flatnonzero(space.regions == target)[0])
    with threadpool_limits(space.threads):
        near = space.density
        lacked, pci, gain, told = _lacked(world, space, own, product, most)
    others = np.flatnonzero(np.arange(len(space.regions)) != own)
    worth = (near[np.ix_(others, lacked)] - near[own, lacked]).T
    present = space.presence[np.ix_(others, lacked)].T > 0
    row, column = matched(np.where(present | (not having), worth, 0.0), each=each)
    if len(row) < len(lacked):
        alone = np.setdiff1d(np.arange(len(lacked)), row)
        told.append(
            say(
                "{count:,} products have no partner who is nearer to them and not taken ({names})",
                count=len(alone),
                names=listed(space.products[lacked[alone]], most=5),
            )
        )
    pairs = _pairs(space, own, others, lacked, worth, present)
    matches = pd.DataFrame(
        {
            "product": space.products[lacked[row]].astype("str"),
            "partner": space.regions[others[column]].astype("str"),
            "complementarity": worth[row, column],
            "pci": pci[lacked[row]],
            "gain": gain[lacked[row]],
            "partner_has": present[row, column],
        }
    ).sort_values("complementarity", ascending=False, kind="stable", ignore_index=True)
    regions = _both_ways(space, own, others).assign(
        matches=np.bincount(column, minlength=len(others))
    )
    return Partners(
        run=Run(analysis="partners", options={}, world="", warnings=(*space.warnings, *told)),
        matches=matches,
        regions=regions.sort_values(
            ["matches", "brings"], ascending=False, kind="stable", ignore_index=True
        ),
        pairs=pairs,
    )


def _lacked(
    world: World, space: ProductSpace, own: int, product: str, most: int
) -> tuple[Integers, Array, Array, list[str]]:
    """Return the missing products meant, and complexity and gain of all products."""
    eci, pci, doubts = space.indices()
    told = list(doubts)
    _, gains = outlook(space.presence, space.density, space.proximity, np.nan_to_num(pci))
    gain = np.where(np.isnan(pci) | np.isnan(eci[own]), np.nan, gains[own])
    missing = space.presence[own] == 0
    if not product:
        order = np.argsort(np.where(missing & ~np.isnan(gain), -gain, np.inf), kind="stable")
        lacked = order[: min(most, int(missing.sum()))]
        if not len(lacked):
            raise DataError(
                f"{space.regions[own]} lacks no product", hint="raise the threshold of advantage"
            )
        return np.sort(lacked), pci, gain, told
    wanted = chosen(world, "products", space.products, product)
    if (wanted & ~missing).any():
        told.append(
            say(
                "{target} already has {names}",
                target=str(space.regions[own]),
                names=listed(space.products[wanted & ~missing], most=5),
            )
        )
    if not (wanted & missing).any():
        raise DataError(
            f"{space.regions[own]} lacks none of {product!r}: it has "
            f"{listed(space.products[wanted], most=3)} with an advantage",
            hint="choose other products, or raise the threshold of advantage",
        )
    return np.flatnonzero(wanted & missing), pci, gain, told


def _pairs(
    space: ProductSpace,
    own: int,
    others: Integers,
    lacked: Integers,
    worth: Array,
    present: NDArray[np.bool_],
) -> pd.DataFrame:
    what, who = (place.ravel() for place in np.indices(worth.shape))
    frame = pd.DataFrame(
        {
            "product": pd.Categorical.from_codes(lacked[what], categories=space.products),
            "partner": pd.Categorical.from_codes(others[who], categories=space.regions),
            "partner_density": space.density[others[who], lacked[what]],
            "own_density": space.density[own, lacked[what]],
            "complementarity": worth.ravel(),
            "partner_has": present.ravel(),
            "partner_advantage": space.advantage[others[who], lacked[what]],
        }
    )
    return frame.sort_values("complementarity", ascending=False, kind="stable", ignore_index=True)


def _both_ways(space: ProductSpace, own: int, others: Integers) -> pd.DataFrame:
    """Return the mean complementarity on all that the target, and all that the partner, lacks."""
    near, missing = space.density, 1.0 - space.presence
    mine = missing[own]
    brings = ((near[others] - near[own]) @ mine) / max(float(mine.sum()), 1.0)
    theirs = missing[others]
    takes = ((near[own] - near[others]) * theirs).sum(axis=1) / np.maximum(theirs.sum(axis=1), 1.0)
    return pd.DataFrame(
        {
            "partner": space.regions[others].astype("str"),
            "brings": brings,
            "takes": takes,
            "has": (space.presence[others] @ mine).astype(np.int64),
        }
    )
