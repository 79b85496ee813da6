"""From a world to a pool: who buys a product from whom, and what passing it on costs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
import pandas as pd

from catenary.economy.deliveries import Deliveries
from catenary.errors import MissingDataError, OptionError, listed
from catenary.languages import say
from catenary.maths.pooling import Pool
from catenary.model.labels import hint_for
from catenary.model.units import parse_unit
from catenary.planning.defaults import PENALTY
from catenary.planning.networks import on_hand
from catenary.planning.offers import links_to
from catenary.studies.crises import Makers, futures_of
from catenary.worlds.groups import members as built_in

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from catenary.model import Scenario, World

    Array = NDArray[np.float64]
    Integers = NDArray[np.int64]
    Labels = NDArray[np.object_]

__all__ = ["Asked", "Common", "Who"]

Who = Literal["region", "firm", "producer"]

_YEAR: Final = 365.0


@dataclass(frozen=True, kw_only=True)
class Asked:
    """The options of `cooperate` over stocks or capacity."""

    over: str
    product: str
    members: str
    who: Who
    most: int
    scenario: Scenario | None
    family: Literal["known", "region", "supplier"]
    chance: float
    periods: int
    days: float
    penalty: float | None
    holding: float
    ready: float
    stock_days: float


@dataclass(frozen=True, kw_only=True, eq=False)
class Common:
    """A pool, and what its rows are called."""

    names: tuple[str, ...]
    """Of members, (N,)."""
    pool: Pool
    futures: tuple[str, ...]
    """(W,)."""
    use: Array
    """What each needs on a normal day, (N,)."""
    unit: str
    """Of the product."""
    money: str
    """Of all costs."""
    price: float
    penalty: float
    warnings: tuple[str, ...]

    @classmethod
    def of(cls, world: World, asked: Asked) -> Common:
        """Read a pool.

        Raises
        ------
        OptionError
            If product or members are unknown, fewer than two, or one is named twice.
        MissingDataError
            If nobody delivers the product to them.
        ScenarioError
            If the scenario changes nothing that supply depends on.
        """
        told: list[str] = []
        flows = _flows(world, asked)
        unit = parse_unit(flows.unit) if "product unit" not in flows.unit else None
        scale = 1.0 if unit is None or not unit.days else 1 / unit.days
        bought = unit is not None and unit.kind[:3].isupper() and unit.kind[:3].isalpha()
        scale *= unit.scale if unit is not None and bought else 1.0
        use = _sums(flows.buyer, flows.amount * scale, len(flows.buyers))
        names, member = _members(world, asked, flows, use, told)
        makers, maker = _makers(world, flows)
        n, count = len(names), len(makers.ids)
        inside = member[flows.buyer] >= 0
        cell = member[flows.buyer[inside]] * count + maker[inside]
        usual = _sums(cell, flows.amount[inside] * scale, n * count).reshape(n, count)
        place = _places(world, flows, member, use, n, asked.who)
        crises, unread = futures_of(world, asked, makers, usual, place)
        told += unread
        price = _price(world, asked.product, told) if not bought else 1.0
        penalty = PENALTY * price if asked.penalty is None else asked.penalty
        stocks = asked.over == "stocks"
        each = asked.holding * price if stocks else asked.ready * price * _YEAR / asked.days
        freight, later = _ways(world, asked, place, told)
        held = _held(world, asked, flows, member, usual.sum(axis=1)) if stocks else np.zeros(n)
        pool = Pool(
            need=crises.need * asked.days, supply=crises.supply * asked.days,
            chance=crises.chance,
            cost=np.full(n, each), penalty=np.full(n, penalty), held=held, lasting=not stocks,
            available=crises.home, freight=freight, later=later,
        )  # fmt: skip
        plain = (
            str(world.table("products").loc[asked.product].get("unit", "")) if not bought else ""
        )
        return cls(
            names=names, pool=pool, futures=crises.names, use=usual.sum(axis=1),
            unit=unit.kind if bought and unit is not None else plain or "unit",
            money=f"{unit.kind if bought and unit is not None else 'USD'}/year", price=price,
            penalty=penalty, warnings=(*flows.warnings, *told),
        )  # fmt: skip


def _flows(world: World, asked: Asked) -> Deliveries:
    """Return who delivers the product to whom, in the last year that is known."""
    if not asked.product:
        raise OptionError(
            f"it is not said over {asked.over} of what the parties may cooperate",
            hint="give product, such as the id of a row of products",
        )
    ids = world.ids("products") if "products" in world else ()
    if asked.product not in ids:
        raise OptionError(
            f"product names {asked.product!r}, which is no row of products",
            hint=hint_for(asked.product, ids, table="products"),
        )
    row = world.table("products").loc[asked.product]
    if asked.over == "stocks" and "storable" in row and not bool(row["storable"]):
        raise OptionError(f"{asked.product!r} cannot be kept in stock", hint="take over=capacity")
    found = Deliveries.of(world, buyers=asked.who)
    code = _place(found.products, asked.product)
    kept = (found.product == code) & (found.buyer >= 0)
    if kept.any():
        kept &= found.year == found.year[kept].max()
    if not kept.any():
        raise MissingDataError(
            f"nobody in this world buys {asked.product!r}",
            hint="choose a product that somebody delivers"
            + (" to another producer" if asked.who != "region" else ""),
        )
    return found.only(kept)


def _members(
    world: World, asked: Asked, flows: Deliveries, use: Array, told: list[str]
) -> tuple[tuple[str, ...], Integers]:
    """Return names of members, and the member of each buyer; −1: none."""
    words = list(dict.fromkeys(w.strip() for w in asked.members.split(",") if w.strip()))
    member = np.full(len(use), -1, np.int64)
    if words:
        for k, word in enumerate(words):
            rows = _named(world, asked.who, flows, word) & (use > 0)
            if not rows.any():
                raise OptionError(
                    f"the member {word!r} buys no {asked.product!r}",
                    hint=f"buyers are {listed(flows.buyers[use > 0], most=12)}",
                )
            twice = rows & (member >= 0)
            if twice.any():
                raise OptionError(
                    f"{listed(flows.buyers[twice])} would be in {words[member[twice][0]]!r} and in "
                    f"{word!r}",
                    hint="name each only once, alone or in a group",
                )
            member[rows] = k
        names = tuple(words)
    else:
        order = np.argsort(-use, kind="stable")[: asked.most]
        order = order[use[order] > 0]
        member[order] = np.arange(len(order))
        names = tuple(str(flows.buyers[k]) for k in order)
    if len(names) < 2:
        raise OptionError(
            f"only {listed(names)} would be a member: nobody is there to share with",
            hint=f"buyers are {listed(flows.buyers[use > 0], most=12)}",
        )
    out = use[member < 0].sum() / use.sum()
    if out > 0:
        told.append(
            say(
                "{count:,} buyers with {share:.1%} of all use are no members: they get their usual "
                "share of what is supplied",
                count=int((use[member < 0] > 0).sum()), share=float(out),
            )
        )  # fmt: skip
    return names, member


def _named(world: World, who: Who, flows: Deliveries, word: str) -> NDArray[np.bool_]:
    table = f"{who}s"
    hits = np.asarray(flows.buyers == word)
    if table in world:
        hits |= np.asarray(flows.buyers.isin(world.ids(table)[world.members(table, word)]))
    if not hits.any() and who == "region":
        hits = np.asarray(flows.buyers.isin(built_in().get(word, ())))
    if not hits.any():
        raise OptionError(
            f"there is no {who} {word!r} here", hint=hint_for(word, flows.buyers, table=table)
        )
    return hits


def _place(labels: pd.Index, label: str) -> int:
    return int(labels.get_indexer(pd.Index([label]))[0])


def _sums(at: Integers, amount: Array, count: int) -> Array:
    return np.bincount(at, weights=amount, minlength=count).astype(np.float64)


def _makers(world: World, flows: Deliveries) -> tuple[Makers, Integers]:
    known = (flows.producer >= 0).all()
    codes, maker = np.unique(flows.producer if known else flows.supplier, return_inverse=True)
    if not known:
        labels = flows.suppliers[codes].astype("str").to_numpy(object)
        return Makers(ids=labels, region=labels), maker.ravel()
    frame = world.table("producers").iloc[codes]
    region = frame["region"].astype("str").to_numpy(object)
    return Makers(ids=frame.index.astype("str").to_numpy(object), region=region), maker.ravel()


def _places(
    world: World, flows: Deliveries, member: Integers, use: Array, count: int, who: Who
) -> Labels:
    """Return the region in which each member uses most, (N,)."""
    labels = flows.buyers.astype("str").to_numpy(object)
    if who != "region":
        region = world.table("producers")["region"].astype("str")
        first = region.groupby(_buyers(world, who)).first()
        labels = first.reindex(pd.Index(labels)).to_numpy(object)
    return np.array(
        [labels[np.where(member == k, use, -1.0).argmax()] for k in range(count)], object
    )


def _price(world: World, product: str, told: list[str]) -> float:
    place = _place(world.ids("products"), product)
    price = float(world.part("products").numbers("price")[place])
    if np.isnan(price):
        told.append(
            say("the price of {product} is not known: a unit counts 1 USD", product=product)
        )
        return 1.0
    return price


def _ways(world: World, asked: Asked, place: Labels, told: list[str]) -> tuple[Array, Integers]:
    """Return freight of a unit and periods on the way between members, (N, N) each."""
    n = len(place)
    freight, later = np.zeros((n, n)), np.zeros((n, n), np.int64)
    if "links" not in world:
        told.append(say("ways between members are not known: passing goods on costs no freight "
                        "and no time"))  # fmt: skip
        return freight, later
    at = _place(world.ids("products"), asked.product)
    mass = float(world.part("products").numbers("mass")[at])
    unknown = False
    for k, region in enumerate(place):
        rows = links_to(world, asked.product, str(region)).reindex([str(one) for one in place])
        cost, days, open_ = (
            rows[name].to_numpy(np.float64, na_value=np.nan)
            for name in ("cost", "duration", "open")
        )
        unknown |= bool(np.isnan(mass) and (np.nan_to_num(cost) > 0).any())
        freight[:, k] = np.nan_to_num(cost) * np.nan_to_num(mass)
        freight[open_ <= 0, k] = np.inf
        later[:, k] = np.ceil(np.nan_to_num(days) / asked.days - 1e-9).astype(np.int64)
        same = place == region
        freight[same, k], later[same, k] = 0.0, 0
    if unknown:
        told.append(say("the mass of {product} is not known: freight by links is left out",
                        product=asked.product))  # fmt: skip
    return freight, later


def _held(world: World, asked: Asked, flows: Deliveries, member: Integers, use: Array) -> Array:
    """Return what members have in stock already, (N,)."""
    if flows.basis != "supplies":
        return asked.stock_days * use
    each = Deliveries.of(world, buyers="producer")
    code = _place(each.products, asked.product)
    each = each.only((each.product == code) & (each.buyer >= 0))
    holder, at = np.unique(each.buyer, return_inverse=True)
    amount = _sums(at.ravel(), each.amount, len(holder))
    used = np.full(len(holder), _place(world.ids("products"), asked.product))
    stock = on_hand(world, holder, used, amount, asked.stock_days)
    buyer = flows.buyers.get_indexer(pd.Index(_buyers(world, asked.who)))[holder]
    kept = (buyer >= 0) & (member[np.maximum(buyer, 0)] >= 0)
    return _sums(member[buyer[kept]], stock[kept], len(use))


def _buyers(world: World, who: Who) -> Labels:
    """Return as which buyer each producer of the world buys."""
    makers = world.table("producers")
    own = makers.index.astype("str").to_numpy(object)
    if who == "region":
        return np.asarray(makers["region"].astype("str").to_numpy(object))
    if who == "producer" or "firm" not in makers:
        return np.asarray(own)
    firm = makers["firm"].astype("str").fillna("").to_numpy(object)
    return np.where(firm != "", firm, own)
