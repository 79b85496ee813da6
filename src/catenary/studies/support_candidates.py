"""Whom support and training can help: what each candidate costs, and what it is about."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from catenary.errors import OptionError
from catenary.languages import say
from catenary.model import Change, Measure
from catenary.model.units import DAYS_PER_YEAR
from catenary.planning.worth import Worths
from catenary.studies.weighing import chosen_rows
from catenary.worlds.templates import Figure

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import pandas as pd
    from numpy.typing import NDArray

    from catenary.model import World
    from catenary.studies.floors import Floors
    from catenary.studies.ledger import Ledger
    from catenary.worlds.measures import Catalogue, Template

    Array = NDArray[np.float64]
    Flags = NDArray[np.bool_]
    Integers = NDArray[np.int64]

__all__ = ["KINDS", "Candidate", "Pricing", "averted", "candidates_of", "sized"]

KINDS: Final = ("support", "training")
"""Templates of the catalogue that are meant."""

_TARGETS: Final = {"support": "producers.protection", "training": "producers.recovery"}


@dataclass(frozen=True, kw_only=True, eq=False)
class Candidate:
    """Support, or training, of all producers of an industry, region or firm that are hit."""

    who: str
    kind: str
    groups: tuple[str, ...]
    """Of those with floors; a candidate lies wholly in or outside each."""
    rows: Integers
    """The producers that are paid for."""
    base: float
    """Output kept, USD, or people trained: what the catalogue's costs are for."""
    cost: float
    """USD."""
    measure: Measure
    sources: tuple[str, ...]

    @property
    def group(self) -> str:
        """Its groups in one text."""
        return "; ".join(self.groups)


@dataclass(frozen=True, kw_only=True, eq=False)
class Pricing:
    """What tells what support and training of a producer cost."""

    known: Catalogue
    rate: float
    worths: Worths
    support_days: float | None
    """Days for which support is paid; None = as many as a shock takes in the worst case."""

    @classmethod
    def of(
        cls, world: World, known: Catalogue, *, worth: Mapping[str, float], rate: float | None,
        support_days: float | None,
    ) -> Pricing:  # fmt: skip
        """Read what outputs are worth."""
        return cls(
            known=known, rate=known.rate.value if rate is None else rate,
            worths=Worths.of(world, worth, known.worth), support_days=support_days,
        )  # fmt: skip

    def bases(self, world: World, kind: str, days: Array) -> Array:
        """Return what the costs of each producer are for, (N,); nan = nobody knows.

        Parameters
        ----------
        world
            Whose producers.
        kind
            support or training.
        days
            Days of full capacity that the measure gives back to each in its worst case, (N,).
        """
        producers, template = world.part("producers"), self.known.templates[kind]
        value = producers.numbers("output") * self.worths.price[producers.codes("product")]
        if kind == "support":
            if self.support_days is not None:
                days = np.where(days > 0, template["size"].value * self.support_days, 0.0)
            return np.asarray(value * days)
        people = producers.numbers("labour")
        persons = value * DAYS_PER_YEAR * template["persons"].value
        return np.where(np.isnan(people), persons, people)

    def sources(self, world: World, kind: str, rows: Integers) -> tuple[str, ...]:
        """Return where the numbers of a measure are from."""
        made = np.unique(world.part("producers").codes("product")[rows])
        worths = [str(one) for one in self.worths.source[made] if one]
        return tuple(dict.fromkeys([*self.known.templates[kind].sources, *worths]))


def sized(known: Catalogue, sizes: Mapping[str, float | None]) -> Catalogue:
    """Return a catalogue with other sizes of support and training, where they are given."""
    missing = [kind for kind in KINDS if kind not in known.templates]
    if missing:
        raise OptionError(
            f"the catalogue has no template {missing[0]!r}", hint="add it, or leave catalogue blank"
        )
    templates = dict(known.templates)
    for kind, size in sizes.items():
        if size is not None:
            one = Figure(value=size, low=size, high=size)
            figures = {**templates[kind].figures, "size": one}
            templates[kind] = replace(templates[kind], figures=figures)
    return replace(known, templates=templates)


def averted(ledger: Ledger, known: Catalogue) -> dict[str, Array]:
    """Return the days of full capacity that each measure gives back, in the worst case, (N,).

    Capital that is rebuilt comes back with deliveries, so that nobody knows for how many days it
    is missing before the run: support then counts with the days of the catalogue.
    """
    world = ledger.world
    producers = world.part("producers")
    protection, recovery = producers.numbers("protection"), producers.numbers("recovery")
    support, training = (known.templates[kind]["size"].value for kind in KINDS)
    room = protection + support <= 1
    usual = np.where(room, support * known.templates["support"]["days"].value, 0.0)
    most = {kind: np.zeros(len(protection)) for kind in KINDS}
    for case in range(len(ledger.cases)):
        losses = ledger.capacity(case)
        hit, now = losses.under(protection, recovery)
        rebuilt = ledger.hit[:, case] & ~np.isin(np.arange(len(protection)), hit)
        most["support"] = np.fmax(most["support"], np.where(rebuilt, usual, 0.0))
        more = np.where(room, protection + support, protection)
        for kind, (kept, slower) in {
            "support": (more, recovery), "training": (protection, recovery * (1 - training)),
        }.items():  # fmt: skip
            back = np.clip(now, 0.0, 1.0) - np.clip(losses.under(kept, slower)[1], 0.0, 1.0)
            most[kind][hit] = np.fmax(most[kind][hit], back.sum(axis=0))
    return most


def candidates_of(
    world: World, *, by: str, floors: Floors, pricing: Pricing, days: Mapping[str, Array],
    lost: Array, mine: Flags, most: int,
) -> tuple[list[Candidate], list[str]]:  # fmt: skip
    """Return the candidates, those that lose most first, and what a reader should know.

    Parameters
    ----------
    world, by, floors, pricing
        Whose producers, what joins them, which groups are kept apart, and what measures cost.
    days
        What `averted` returns.
    lost
        What each producer loses if nothing is done, as it counts, (N,).
    mine
        Who may be supported, (N,).
    most
        How many candidates at most.

    Raises
    ------
    OptionError
        If there is none.
    """
    warnings: list[str] = []
    label = _labels(world, by)
    if by == "firm":
        bare = int((mine & (label == "") & (days["support"] + days["training"] > 0)).sum())
        if bare:
            warnings.append(
                say("{count:,} producers that are hit name no firm: nothing is offered for them",
                    count=bare)
            )  # fmt: skip
    found: list[tuple[float, Candidate]] = []
    unpriced = np.zeros(len(lost), bool)
    for kind in KINDS:
        template = pricing.known.templates[kind]
        meant = mine & (days[kind] > 0) & (label != "") & _goods(world, template)
        base = pricing.bases(world, kind, days[kind])
        unpriced |= meant & np.isnan(base)
        meant &= ~np.isnan(base)
        for who, groups, places in _sets(label, floors, meant):
            score = float(lost[places].sum())
            if score > 0:
                one = _candidate(world, pricing, kind, (who, groups, places), base)
                found.append((score, one))
    if unpriced.any():
        warnings.append(
            say("what {count:,} producers that are hit make is worth is not known, so that nothing "
                "is offered for them: say so with --worth", count=int(unpriced.sum()))
        )  # fmt: skip
    if not found:
        raise OptionError(
            "nobody can be supported: no scenario takes capacity from producers that are meant and "
            "whose costs are known",
            hint="give scenarios that change producers.capacity, .capital or .labour, choose more "
            "regions and products, or say what outputs are worth with worth",
        )
    found.sort(key=lambda one: (-one[0], one[1].who, one[1].group, one[1].kind))
    if len(found) > most:
        warnings.append(
            say("{count:,} measures are possible; {most:,} are looked at, of those who lose most",
                count=len(found), most=most)
        )  # fmt: skip
    return [one for _, one in found[:most]], warnings


def _labels(world: World, by: str) -> NDArray[np.object_]:
    """Return what each producer belongs to; blank = nothing."""
    producers = world.part("producers")
    if by == "producer":
        return np.asarray(producers.index.astype("str").to_numpy(object))
    if by == "firm":
        if "firm" in producers.frame:
            firms = _text(producers.frame["firm"])
            if (firms != "").any():
                return np.asarray(firms)
        raise OptionError(
            "no producer of this world says which firm it belongs to",
            hint="fill in the column producers.firm, or choose by=industry, region or producer",
        )
    if by == "region":
        names = world.ids("regions").astype("str").to_numpy(object)
        return np.asarray(names[producers.codes("region")])
    products = world.part("products")
    names = products.index.astype("str").to_numpy(object)
    if "sector" in products.frame:
        sector = _text(products.frame["sector"])
        names = np.where(sector == "", names, sector)
    return np.asarray(names[producers.codes("product")])


def _text(column: pd.Series) -> NDArray[np.object_]:
    """Return labels as text; blank where there is none."""
    return np.asarray(column.astype("object").where(column.notna(), "").astype("str"), object)


def _goods(world: World, template: Template) -> Flags:
    """Return which producers make what a template is for, (N,)."""
    kept = chosen_rows(world, "products", ",".join(template.products))
    for word in template.without:
        kept &= ~world.matches("products", word)
    return np.asarray(kept[world.part("producers").codes("product")])


def _sets(
    label: NDArray[np.object_], floors: Floors, meant: Flags
) -> Iterator[tuple[str, tuple[str, ...], Integers]]:
    """Yield producers that belong together, and are in the same groups with floors."""
    found: dict[tuple[str, tuple[str, ...]], list[int]] = {}
    for place in np.flatnonzero(meant).tolist():
        found.setdefault((str(label[place]), floors.groups(place)), []).append(place)
    for (who, groups), places in sorted(found.items()):
        yield who, groups, np.array(places, np.int64)


def _candidate(
    world: World, pricing: Pricing, kind: str, whose: tuple[str, tuple[str, ...], Integers],
    base: Array,
) -> Candidate:  # fmt: skip
    who, groups, places = whose
    template, sources = pricing.known.templates[kind], pricing.sources(world, kind, places)
    size = template["size"].value
    usd = float(sum(template.usd(one, pricing.rate) for one in base[places].tolist()))
    co2e = float(sum(template.co2e(one) for one in base[places].tolist()))
    name = f"{kind}:{who}" + (f" ({'; '.join(groups)})" if groups else "")
    change = Change(
        target=_TARGETS[kind],
        where={"id": world.ids("producers")[places].astype("str").tolist()},
        add=size if kind == "support" else None,
        multiply=1 - size if kind == "training" else None,
        kind="measure",
        measure=name,
        cost={"usd": usd, "co2e_t": co2e},
        note=f"{template.title}; sources: {', '.join(sources)}",
        source=sources[0] if sources else "",
    )
    return Candidate(
        who=who, kind=kind, groups=groups, rows=places, base=float(base[places].sum()), cost=usd,
        measure=Measure(name=name, changes=(change,)), sources=sources,
    )  # fmt: skip
