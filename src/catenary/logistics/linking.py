"""From a world of countries to the ways of its products, and from these to rows of links."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from catenary.errors import MissingDataError, OptionError, listed
from catenary.languages import say
from catenary.logistics.carriage import Carriage, Closed, Found, carriage
from catenary.logistics.hauling import STAYS, Goal, Goods, worth_of
from catenary.logistics.land import land_table
from catenary.logistics.shutting import opened_in
from catenary.logistics.telling_ways import Ways
from catenary.logistics.trade import trade
from catenary.model import World

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Flags = NDArray[np.bool_]
    Lost = list[tuple[int, NDArray[np.int64], NDArray[np.int64]]]

__all__ = ["STANDS_FOR", "VALUE", "Linking", "linking", "places_of", "rows_of", "unrouted"]

VALUE: Final = 2000.0
"""USD per tonne of goods of unknown value (`assumed-goods-value`)."""
_TRANSPORT: Final = (
    "aliases", "facilities", "freight_factors", "gateways", "haulage", "lanes", "passages",
    "vessels",
)  # fmt: skip
_NOTHING: Final = World({})

STANDS_FOR: Final = {"EU27": "DEU"}
"""Group of countries → the member whose place is taken for it."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Linking:
    """The ways of a world's products between its regions; compile once, close many things."""

    regions: pd.Index
    """Regions that a place is known of."""
    products: tuple[str, ...]
    """Blank = any: the world has no products."""
    goods: tuple[int, ...]
    """Kind of goods of each product."""
    makes: Flags
    """Whether a product comes from a region, (products, R)."""
    carriage: Carriage
    warnings: tuple[Any, ...]

    @property
    def pairs(self) -> int:
        """How many pairs of regions there are."""
        return len(self.regions) * (len(self.regions) - 1)

    @cached_property
    def base(self) -> Ways:
        """The ways while nothing is closed."""
        return Ways(self.carriage, self.carriage.base)

    def duration(self, closed: Closed) -> Array:
        """Return days by product, origin and destination while something is closed; inf = none."""
        best = self.carriage.reroute(closed).best
        return np.stack([best[q].figures[0] for q in self.goods])


def places_of(world: World, regions: pd.Index) -> dict[str, str]:
    """Return region → the place that stands for it: its first depot, else its first plant.

    A group of countries stands where its largest economy does.

    Examples
    --------
    >>> from catenary.testing import two_regions
    >>> places_of(two_regions(), pd.Index(["CHN", "EU27"]))
    {'CHN': 'CHN.place', 'EU27': 'DEU.place'}
    """
    frame = land_table(world, "facilities").frame
    found: dict[str, str] = {}
    for kind in ("depot", "plant"):
        own = frame[frame["kind"] == kind]
        for label, region in zip(own.index, own["region"].astype("str"), strict=True):
            found.setdefault(region, str(label))
    for group, member in STANDS_FOR.items():
        if member in found:
            found.setdefault(group, found[member])
    return {region: found[region] for region in regions if region in found}


def linking(
    world: World, *, by: Goal, opened: str, value_of_time: float, goods_value: float, vessel: str
) -> Linking:
    """Compile the ways of a world.

    Raises
    ------
    MissingDataError
        If fewer than two regions have a place.
    """
    if "regions" not in world:
        raise MissingDataError("this world has no regions", hint="add a table regions")
    every = world.ids("regions")
    places = places_of(world, every)
    warnings: list[Any] = []
    if len(places) < 2:
        raise MissingDataError(
            f"{len(places)} regions of this world have a place to send goods from: {listed(every)}",
            hint="name regions by ISO 3166-1 alpha-3 codes, or add facilities of kind depot and "
            "lanes between them",
        )
    left = [region for region in every if region not in places]
    if left:
        warnings.append(
            say(
                "{regions:,} regions are no countries that a place is known of and get no links: "
                "{which}",
                regions=len(left),
                which=listed(left),
            )
        )
    grouped = [f"{one} ({places[one]})" for one in places if one in STANDS_FOR]
    if grouped:
        warnings.append(
            say("goods of a group of countries begin and end at one place: {which}",
                which=listed(grouped))
        )  # fmt: skip
    products, each, valueless = _goods(world, value_of_time, goods_value)
    if valueless:
        warnings.append(
            say(
                "{products:,} products have neither price and mass nor a value and count "
                "{value:,.0f} USD/t: {which}",
                products=len(valueless),
                value=goods_value,
                which=listed(valueless),
            )
        )
    kinds = list(dict.fromkeys(each))
    regions = pd.Index(list(places), dtype="str")
    compiled = _carriage(
        _of_transport(world), tuple(places.values()), tuple(kinds), by, vessel,
        tuple(opened_in(world, opened)),
    )  # fmt: skip
    return Linking(
        regions=regions, products=tuple(products), goods=tuple(kinds.index(one) for one in each),
        makes=_makes(world, products, regions), carriage=compiled, warnings=tuple(warnings),
    )  # fmt: skip


def _of_transport(world: World) -> World:
    """Return the world if it says anything of how goods travel, else one that says nothing."""
    return world if any(name in world for name in _TRANSPORT) else _NOTHING


@lru_cache(maxsize=4)
def _carriage(
    world: World, places: tuple[str, ...], goods: tuple[Goods, ...], by: Goal, vessel: str,
    opened: tuple[str, ...],
) -> Carriage:  # fmt: skip
    """Compile the ways between places once for all worlds of the same countries."""
    return carriage(world, places, goods, by=by, vessel=vessel, opened=opened)


def _goods(
    world: World, value_of_time: float, goods_value: float
) -> tuple[list[str], list[Goods], list[str]]:
    """Return products, what they mean for a way, and those whose value nobody knows."""
    if "products" not in world:
        return [""], [Goods(day=goods_value * value_of_time)], []
    table = world.part("products")
    value = worth_of(table)
    modes = table.frame["mode"].astype("str").fillna("").replace("nan", "").to_numpy()
    travels = modes != STAYS
    if not travels.any():
        raise MissingDataError(
            "no product of this world travels: all have mode none",
            hint="leave mode blank for goods",
        )
    if "producers" in world:  # what nobody makes (a chain, say) has no links
        made = np.isin(np.arange(len(travels)), world.part("producers").codes("product"))
        travels &= made | ~(travels & made).any()
    names = [str(one) for one in table.index[travels]]
    value, modes = value[travels], modes[travels]
    blank = np.isnan(value)
    own = table.numbers("day_value")[travels]
    days = np.where(blank, goods_value, value) * np.where(np.isnan(own), value_of_time, own)
    goods = [Goods(day=float(day), mode=mode)
             for day, mode in zip(days, modes, strict=True)]  # fmt: skip
    valueless = [name for name, none in zip(names, blank, strict=True) if none]
    return names, goods, valueless


def _makes(world: World, products: list[str], regions: pd.Index) -> Flags:
    """Return which product comes from which region; all from all where nobody says."""
    if "producers" not in world or products == [""]:
        return np.ones((len(products), len(regions)), bool)
    table = world.part("producers")
    at = regions.get_indexer(world.ids("regions"))[table.codes("region").astype(np.int64)]
    place = pd.Index(products).get_indexer(world.ids("products"))
    made = place[table.codes("product").astype(np.int64)]
    found = np.zeros((len(products), len(regions)), bool)
    known = (at >= 0) & (made >= 0)
    found[made[known], at[known]] = True
    return found


def rows_of(made: Linking, found: Found) -> tuple[pd.DataFrame, Lost]:
    """Return a row for each link, and the pairs of each product that have no way."""
    ways, base = Ways(made.carriage, found), made.base
    frames: list[pd.DataFrame] = []
    lost: Lost = []
    text: dict[tuple[int, int, int], str] = {}
    names = made.regions.to_numpy()
    apart = ~np.eye(len(names), dtype=bool)
    for p, (product, q) in enumerate(zip(made.products, made.goods, strict=True)):
        best, before = found.best[q], base.found.best[q]
        wanted = made.makes[p][:, None] & apart
        i, j = np.nonzero(wanted & np.isfinite(best.goal))
        none = np.nonzero(wanted & ~np.isfinite(best.goal))
        lost.append((p, none[0], none[1]))
        for key in zip(i.tolist(), j.tolist(), strict=True):
            if (q, *key) not in text:
                text[(q, *key)] = ";".join(ways.passages(q, *key))
        figures = {
            name: best.figures[k, i, j] for k, name in enumerate(("duration", "cost", "emissions"))
        }
        extra = {
            f"extra_{name}": figures[name] - before.figures[k, i, j]
            for k, name in enumerate(("duration", "cost", "emissions"))
        }
        frames.append(
            pd.DataFrame(
                {
                    "origin": names[i],
                    "destination": names[j],
                    "product": product,
                    "mode": ways.mode(q)[i, j],
                    **figures,
                    "passages": [
                        text[(q, a, b)] for a, b in zip(i.tolist(), j.tolist(), strict=True)
                    ],
                    **extra,
                }
            )
        )
    table = pd.concat(frames, ignore_index=True)
    words = ["origin", "destination", "product", "mode", "passages"]
    return table.astype(dict.fromkeys(words, "str")), lost


def unrouted(world: World, made: Linking, lost: Lost) -> pd.DataFrame:
    """Return the pairs without a way, with their share of the trade in the product, if known."""
    frames = []
    for p, i, j in lost:
        if not len(i):
            continue
        product = made.products[p]
        share = np.full(len(i), np.nan)
        flows = _trade(world, product)
        if flows is not None and flows.flows.sum() > 0:
            at = flows.regions.get_indexer(made.regions)
            here = (at[i] >= 0) & (at[j] >= 0)
            share[here] = flows.flows[at[i[here]], at[j[here]]] / flows.flows.sum()
        frames.append(
            pd.DataFrame(
                {
                    "origin": made.regions[i].to_numpy(),
                    "destination": made.regions[j].to_numpy(),
                    "product": product,
                    "share": share,
                }
            )
        )
    if not frames:
        empty = {name: pd.Series(dtype="str") for name in ("origin", "destination", "product")}
        return pd.DataFrame({**empty, "share": pd.Series(dtype="float64")})
    words = dict.fromkeys(("origin", "destination", "product"), "str")
    return pd.concat(frames, ignore_index=True).astype(words)


def _trade(world: World, product: str) -> Any:
    """Return the trade in a product, or in all where it is not known by product."""
    try:
        return trade(world, "" if "trade" in world else product)
    except OptionError:
        return None
