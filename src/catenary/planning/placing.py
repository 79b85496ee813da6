"""Where measures of producers and their inputs may be taken, those first on which most rests."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from catenary.model import Change

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from catenary.planning.rests import Rests
    from catenary.worlds.measures import Template

    Array = NDArray[np.float64]
    Integers = NDArray[np.int64]
    Flags = NDArray[np.bool_]

__all__ = ["PLACES", "Chosen", "Place", "best"]

_DAYS: Final = 365.0
_DIGITS: Final = 12  # of scores: equal ones stay equal whatever the order of the rows


@dataclass(frozen=True, kw_only=True)
class Place:
    """One place where a measure may be taken."""

    label: str
    """What tells it from the other places."""
    base: float
    """How many units of what the template's costs are for."""
    score: float
    """What is at stake there, 1 = where most is."""
    changes: tuple[Change, ...]
    product: str = ""
    region: str = ""


@dataclass(frozen=True, kw_only=True, eq=False)
class Chosen:
    """For whom measures are sought."""

    products: Flags
    """Products that are to be secured, (P,)."""
    regions: Flags
    """Regions that decide, (R,)."""
    everywhere: bool
    """Whether all of them do."""

    def narrowed(self, rests: Rests, template: Template) -> Flags:
        """Return which products a template is for, (P,)."""
        kept = self.products.copy()
        if template.products:
            kept &= _matched(rests, template.products)
        return kept & ~_matched(rests, template.without)


def _matched(rests: Rests, words: tuple[str, ...]) -> Flags:
    found = np.zeros(len(rests.world.ids("products")), bool)
    for word in words:
        found |= rests.world.matches("products", word)
    return found


def best(score: Array, kept: Flags, *ties: NDArray[np.object_]) -> Iterator[tuple[int, float]]:
    """Yield places with something at stake, most first, and their score over the highest.

    Examples
    --------
    >>> list(best(np.array([1.0, 4.0, 2.0]), np.array([True, True, False]), np.array(list("abc"))))
    [(1, 1.0), (0, 0.25)]
    """
    highest = float(np.max(score, initial=0.0))
    if highest <= 0:
        return
    share = np.round(score / highest, _DIGITS)
    where = np.flatnonzero(kept & (score > 0))
    keys = [np.asarray(tie[where], dtype=str) for tie in ties[::-1]]
    for place in where[np.lexsort((*keys, -share[where]))]:
        yield int(place), float(share[place])


def _names(rests: Rests, table: str) -> NDArray[np.object_]:
    return np.asarray(rests.world.ids(table).astype("str").to_numpy(object))


def _storable(rests: Rests) -> Flags:
    frame = rests.world.part("products").frame
    moved = (frame["mode"].astype("str") != "none").to_numpy(np.bool_)
    return np.asarray(frame["storable"].to_numpy(np.bool_) & moved)


def _stock(template: Template, rests: Rests, chosen: Chosen) -> Iterator[Place]:
    uses, size = rests.uses, template["size"].value
    goods = chosen.narrowed(rests, template) & _storable(rests)
    kept = goods[uses.product] & chosen.regions[rests.region[uses.buyer]]
    kept &= np.isfinite(rests.bought)
    buyer = _names(rests, "producers")[uses.buyer]
    product = _names(rests, "products")[uses.product]
    for k, score in best(rests.stakes, kept, buyer, product):
        where = {"producer": buyer[k], "input": product[k]}
        yield Place(
            label=f"{buyer[k]}:{product[k]}", base=float(rests.bought[k]) / _DAYS * size,
            score=score, product=product[k], region=_region(rests, uses.buyer[k]),
            changes=(Change(target="stocks.target_days", where=where, add=size, kind="measure"),),
        )  # fmt: skip


def _stage_stock(template: Template, rests: Rests, chosen: Chosen) -> Iterator[Place]:
    if not chosen.everywhere:  # the stock of all buyers is nobody's alone to decide
        return
    uses, size = rests.uses, template["size"].value
    goods = chosen.narrowed(rests, template) & _storable(rests)
    bought, stakes = (
        np.bincount(uses.product, values, minlength=len(goods)).astype(np.float64)
        for values in (rests.bought, rests.stakes)
    )
    product = _names(rests, "products")
    for p, score in best(stakes, goods & np.isfinite(bought), product):
        change = Change(
            target="products.stock_days", where={"id": product[p]}, add=size, kind="measure"
        )
        yield Place(
            label=product[p], base=float(bought[p]) / _DAYS * size, score=score,
            product=product[p], changes=(change,),
        )  # fmt: skip


def _second_source(template: Template, rests: Rests, chosen: Chosen) -> Iterator[Place]:
    uses, size = rests.uses, template["size"].value
    kept = chosen.narrowed(rests, template)[uses.product]
    kept &= chosen.regions[rests.region[uses.buyer]] & np.isfinite(rests.bought)
    ids, products = _names(rests, "producers"), _names(rests, "products")
    columns = uses.flows.tocsc()
    for k, score in best(rests.stakes, kept, ids[uses.buyer], products[uses.product]):
        p, j = int(uses.product[k]), int(uses.buyer[k])
        other = _other(rests, p, columns[:, [j]].toarray()[:, 0] / uses.quantity[k], ids, size)
        if other < 0:
            continue
        where = {"supplier": ids[other], "buyer": ids[j]}
        yield Place(
            label=f"{ids[j]}:{ids[other]}", base=float(rests.bought[k]) * size, score=score,
            product=products[p], region=_region(rests, j),
            changes=(Change(target="supplies.share", where=where, add=size, kind="measure"),),
        )  # fmt: skip


def _other(rests: Rests, product: int, share: Array, ids: NDArray[np.object_], size: float) -> int:
    """Return who could supply more: most spare capacity and output outside the largest region.

    −1: nobody, or nothing is concentrated by as much as is to be moved.
    """
    makers = np.flatnonzero(rests.made == product)
    by_region = np.bincount(rests.region[makers], share[makers])
    largest = int(np.argmax(np.round(by_region, _DIGITS)))
    part = rests.world.part("producers")
    room = np.fmax(part.numbers("capacity"), part.numbers("output"))[makers]
    able = (rests.region[makers] != largest) & (room > 0) & (share[makers] <= 1 - size)
    if by_region[largest] < size or not able.any():
        return -1
    makers, room = makers[able], room[able]
    return int(makers[np.lexsort((ids[makers], -np.round(room / room.max(), _DIGITS)))[0]])


def _capacity(template: Template, rests: Rests, chosen: Chosen) -> Iterator[Place]:
    """Capacity helps most where much rests on few regions, and beside the largest."""
    size, count = template["size"].value, len(rests.world.ids("products"))
    output = rests.world.part("producers").numbers("output")
    total = np.bincount(rests.made, output, minlength=count)
    rests_on = np.bincount(rests.made, rests.risk, minlength=count)
    pairs = rests.made * len(rests.world.ids("regions")) + rests.region
    _, place = np.unique(pairs, return_inverse=True)
    region = np.bincount(place, output)[place]
    with np.errstate(divide="ignore", invalid="ignore"):
        own, together = (np.where(total[rests.made] > 0, x / total[rests.made], 0.0)
                         for x in (output, region))  # fmt: skip
    index = np.bincount(rests.made, own * together, minlength=count)
    score = rests_on[rests.made] * index[rests.made] * own * (1 - together / 2)
    yield from _producers(
        template, rests, chosen, score=score, base=rests.value * size,
        target="producers.capacity", number={"multiply": 1 + size},
    )  # fmt: skip


def _support(template: Template, rests: Rests, chosen: Chosen) -> Iterator[Place]:
    size = template["size"].value
    kept = rests.value * size * template["days"].value / _DAYS
    room = rests.world.part("producers").numbers("protection") + size <= 1
    yield from _producers(
        template, rests, chosen, score=np.where(room, rests.risk, 0.0), base=kept,
        target="producers.protection", number={"add": size},
    )  # fmt: skip


def _training(template: Template, rests: Rests, chosen: Chosen) -> Iterator[Place]:
    people = rests.world.part("producers").numbers("labour")
    people = np.where(np.isnan(people), rests.value * template["persons"].value, people)
    yield from _producers(
        template, rests, chosen, score=rests.risk, base=people, target="producers.recovery",
        number={"multiply": 1 - template["size"].value},
    )  # fmt: skip


def _producers(
    template: Template, rests: Rests, chosen: Chosen, *, score: Array, base: Array, target: str,
    number: dict[str, Any],
) -> Iterator[Place]:  # fmt: skip
    """Yield producers; `number` is what is done to the target."""
    goods = chosen.narrowed(rests, template)
    kept = goods[rests.made] & chosen.regions[rests.region] & np.isfinite(base)
    kept &= rests.world.part("producers").numbers("output") > 0
    ids, products = _names(rests, "producers"), _names(rests, "products")
    for i, one in best(score, kept, ids):
        change = Change(target=target, where={"id": ids[i]}, kind="measure", **number)
        yield Place(
            label=ids[i], base=float(base[i]), score=one, changes=(change,),
            product=products[rests.made[i]], region=_region(rests, i),
        )  # fmt: skip


def _substitution(template: Template, rests: Rests, chosen: Chosen) -> Iterator[Place]:
    yield from _recipes(template, rests, chosen, most=1 - 1e-9)


def _recycling(template: Template, rests: Rests, chosen: Chosen) -> Iterator[Place]:
    yield from _recipes(template, rests, chosen, most=1.0)


def _recipes(template: Template, rests: Rests, chosen: Chosen, *, most: float) -> Iterator[Place]:
    """Yield recipes; one that holds for everybody is changed by everybody or not at all."""
    if "recipes" not in rests.world or not len(rests.world.ids("recipes")):
        return
    part, uses, size = rests.world.part("recipes"), rests.uses, template["size"].value
    made, needed, who = (
        part.codes(name).astype(np.int64) if name in part.frame else np.full(len(part.index), -1)
        for name in ("product", "input", "producer")
    )
    critical = part.numbers("criticality")
    kept = chosen.narrowed(rests, template)[needed] & (critical > 0) & (critical <= most)
    own = np.append(chosen.regions[rests.region], False)[who]
    kept &= np.where(who < 0, chosen.everywhere, own)
    bought, stakes = np.zeros(len(made)), np.zeros(len(made))
    for r in map(int, np.flatnonzero(kept)):
        mine = uses.product == needed[r]
        mine &= uses.buyer == who[r] if who[r] >= 0 else rests.made[uses.buyer] == made[r]
        bought[r], stakes[r] = rests.bought[mine].sum(), rests.stakes[mine].sum()
    kept &= np.isfinite(bought)
    names, makers = _names(rests, "products"), _names(rests, "producers")
    holder = np.where(who < 0, "", makers[who])
    for r, score in best(stakes, kept, names[needed], names[made], holder):
        where = {"product": names[made[r]], "input": names[needed[r]]}
        if who[r] >= 0:
            where = {"producer": makers[who[r]], "input": names[needed[r]]}
        change = Change(
            target="recipes.criticality", where=where, multiply=1 - size, kind="measure"
        )
        yield Place(
            label=":".join(where.values()), base=float(bought[r]) * size, score=score,
            product=names[needed[r]], changes=(change,),
            region=_region(rests, who[r]) if who[r] >= 0 else "",
        )  # fmt: skip


def _region(rests: Rests, producer: int) -> str:
    return str(rests.world.ids("regions")[int(rests.region[producer])])


PLACES: Final[dict[str, Callable[[Template, Rests, Chosen], Iterator[Place]]]] = {
    "stock": _stock,
    "stage_stock": _stage_stock,
    "second_source": _second_source,
    "capacity": _capacity,
    "substitution": _substitution,
    "recycling": _recycling,
    "support": _support,
    "training": _training,
}
"""Kind → where it may be taken, best first."""
