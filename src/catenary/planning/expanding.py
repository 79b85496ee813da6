"""A catalogue of measures expanded over a world: which are taken, as changes and as tables."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from catenary.errors import OptionError, did_you_mean
from catenary.languages import joined, say
from catenary.model import Scenario
from catenary.model.labels import hint_for
from catenary.planning.crossings import CROSSINGS
from catenary.planning.placing import PLACES, Chosen
from catenary.planning.rests import Rests, require_producers
from catenary.planning.worth import Worths
from catenary.worlds.measures import BASES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from catenary.model import Change, World
    from catenary.planning.placing import Place
    from catenary.worlds.measures import Catalogue, Template

    Array = NDArray[np.float64]

__all__ = ["Offer"]

_SOURCE: Final = ("id", "title", "publisher", "published", "url", "kind", "statement")
_TEXTS: Final = (
    "measure", "template", "kind", "title", "title_zh", "target", "where", "product", "region",
    "base_unit", "source",
)  # fmt: skip
_NAMED: Final = 3


@dataclass(frozen=True, kw_only=True, eq=False)
class Offer:
    """Measures that were found, and what they were found with."""

    taken: tuple[tuple[Template, Place], ...]
    known: Catalogue
    rate: float
    worths: Worths | None
    world: World
    warnings: tuple[str, ...]

    @classmethod
    def of(
        cls, world: World, known: Catalogue, *, regions: str, products: str, kinds: str, most: int,
        worth: Mapping[str, float], rate: float, weights: Array | None = None,
    ) -> Offer:  # fmt: skip
        """Expand a catalogue over a world."""
        templates = _templates(known, kinds)
        made = "producers" in world and len(world.ids("producers")) > 0
        if not made and not any(name in world for name in ("links", "facilities", "passages")):
            require_producers(world)
        worths = Worths.of(world, worth, known.worth) if made else None
        rests = Rests.of(world, worths, weights) if worths is not None else None
        chosen = Chosen(
            products=_members(world, "products", products),
            regions=_members(world, "regions", regions),
            everywhere=not regions.strip(),
        )
        found = [(one, list(islice(_places(one, world, rests, chosen), most))) for one in templates]
        taken: list[tuple[Template, Place]] = []
        for turn in range(max((len(places) for _, places in found), default=0)):
            taken += [(one, places[turn]) for one, places in found if turn < len(places)]
        if not taken:
            raise OptionError(
                "no measure is left: nothing that was chosen can be changed in this world",
                hint="choose more regions, products or kinds, or say what outputs are worth with "
                "--worth",
            )
        return cls(
            taken=tuple(taken[:most]), known=known, rate=rate, worths=worths, world=world,
            warnings=tuple(_told(world, worths, chosen, templates, len(taken), most)),
        )  # fmt: skip

    def scenario(self, name: str) -> Scenario:
        """Return the measures as changes; the first of each carries the cost."""
        changes: list[Change] = []
        cited: dict[str, None] = {}
        for template, place in self.taken:
            usd, _, _, co2e = self._costs(template, place)
            sources = self._sources(template, place)
            cited |= dict.fromkeys(sources)
            note = f"{template.title}; sources: {', '.join(sources)}"
            for number, change in enumerate(place.changes):
                cost = {"usd": usd, "co2e_t": co2e} if number == 0 else {}
                changes.append(
                    replace(
                        change, measure=_name(template, place), cost=cost, note=note,
                        source=sources[0] if sources else "",
                    )
                )  # fmt: skip
        rows = [
            {
                key: self.known.sources[label][key]
                for key in _SOURCE
                if self.known.sources[label].get(key)
            }
            for label in cited
        ]
        return Scenario(
            f"measures-{name}".replace(":", "-") if name else "measures", tuple(changes),
            title="Measures that may be taken, with what each costs in a year",
            world=name, sources=tuple(rows),
        )  # fmt: skip

    def _costs(self, template: Template, place: Place) -> tuple[float, float, float, float]:
        """Return cost, its bounds, and emissions of a year."""
        usd, low, high = (template.usd(place.base, self.rate, b) for b in ("value", "low", "high"))
        return usd, low, high, template.co2e(place.base)

    def _sources(self, template: Template, place: Place) -> list[str]:
        """Return where costs are from, with what its product is worth; each once."""
        worth = ""
        if self.worths is not None and place.product and place.base:
            where = self.world.ids("products").get_indexer(pd.Index([place.product]))[0]
            worth = str(self.worths.source[where])
        return list(dict.fromkeys([*template.sources, *filter(None, [worth])]))

    def table(self) -> pd.DataFrame:
        """Return one row for each measure."""
        rows: list[dict[str, Any]] = []
        for template, place in self.taken:
            usd, low, high, co2e = self._costs(template, place)
            first = place.changes[0]
            rows.append(
                {
                    "measure": _name(template, place), "template": template.id,
                    "kind": template.kind, "title": template.title, "title_zh": template.zh,
                    "target": first.target,
                    "where": _in_words(first), "product": place.product, "region": place.region,
                    "size": template["size"].value, "base": place.base,
                    "base_unit": BASES[template.kind], "usd": usd, "usd_low": low,
                    "usd_high": high, "co2e": co2e, "score": place.score,
                    "source": ";".join(self._sources(template, place)),
                }
            )  # fmt: skip
        frame = pd.DataFrame(rows)
        return frame.astype(dict.fromkeys(_TEXTS, "str"))

    def worth(self) -> pd.DataFrame:
        """Return what outputs are worth, where a measure rests on it."""
        if self.worths is None:
            texts = {name: pd.Series([], dtype="str") for name in ("product", "basis", "source")}
            return pd.DataFrame({**texts, "worth": pd.Series([], dtype=float)})[
                ["product", "worth", "basis", "source"]
            ]
        frame = self.worths.table(self.world)
        used = {place.product for _, place in self.taken}
        return frame[frame["product"].isin(used)].reset_index(drop=True)

    def numbers(self) -> pd.DataFrame:
        """Return the numbers of the templates that were taken."""
        frame = self.known.figures()
        frame.loc[frame["figure"] == "rate", ["value", "low", "high"]] = self.rate
        used = {template.id for template, _ in self.taken}
        kept = frame[frame["template"].isin(used) | (frame["figure"] == "rate")]
        texts = ["template", "kind", "figure", "source", "basis"]
        return kept.reset_index(drop=True).astype(dict.fromkeys(texts, "str"))


def _name(template: Template, place: Place) -> str:
    return f"{template.id}:{place.label}"


def _in_words(change: Change) -> str:
    parts = []
    for key, value in change.where.items():
        words = value if isinstance(value, str) else "|".join(value)
        parts.append(f"{key}={words}")
    return "; ".join(parts)


def _templates(known: Catalogue, kinds: str) -> list[Template]:
    """Return the templates that are named by id or kind, in the order of the catalogue."""
    words = [one.strip() for one in kinds.split(",") if one.strip()]
    names = {*known.templates, *(t.kind for t in known.templates.values())}
    for word in words:
        if word not in names:
            raise OptionError(
                f"kinds names {word!r}, which is neither a template nor a kind of the catalogue",
                hint=did_you_mean(word, sorted(names)),
            )
    every = known.templates.values()
    return [t for t in every if not words or t.id in words or t.kind in words]


def _members(world: World, table: str, words: str) -> NDArray[np.bool_]:
    """Return rows of a table that a list of ids, globs and groups means; blank = all."""
    if table not in world:
        return np.ones(0, bool)
    wanted = [one.strip() for one in words.split(",") if one.strip()]
    if not wanted:
        return np.ones(len(world.ids(table)), bool)
    found = np.zeros(len(world.ids(table)), bool)
    for word in wanted:
        hits = world.matches(table, word)
        if not hits.any():
            raise OptionError(
                f"{table} names {word!r}, which is none of this world",
                hint=hint_for(word, world.ids(table), table=table),
            )
        found |= hits
    return found


def _places(
    template: Template, world: World, rests: Rests | None, chosen: Chosen
) -> Iterator[Place]:
    if template.kind in CROSSINGS:
        return CROSSINGS[template.kind](template, world, chosen, rests)
    return PLACES[template.kind](template, rests, chosen) if rests is not None else iter(())


def _told(
    world: World, worths: Worths | None, chosen: Chosen, templates: list[Template], count: int,
    most: int,
) -> Iterator[str]:  # fmt: skip
    """Say what was left out, and on what costs rest."""
    if count > most:
        yield say("at least {count:,} measures may be taken; {most:,} are shown, those on which "
                  "most rests", count=count, most=most)  # fmt: skip
    together = sorted(
        {t.id for t in templates if t.kind in ("stage_stock", "substitution", "recycling")}
    )
    if together and not chosen.everywhere:
        yield say(
            "left out, because everybody would have to take them together: {names}; recipes of "
            "single producers stay",
            names=joined(together, say(", ")),
        )
    if worths is None:
        return
    names = world.ids("products").astype("str").to_numpy(object)
    asked = chosen.products & (worths.output > 0)
    bare = names[asked & (worths.basis == "")]
    if len(bare):
        yield say(
            "what {products} is worth is not known, so that nothing of it is offered: say so with "
            "--worth",
            products=joined([*bare[:_NAMED], *(["…"] if len(bare) > _NAMED else [])], say(", ")),
        )
    guessed = int((asked & (worths.basis == "catalogue")).sum())
    if guessed:
        yield say(
            "what the world's output of {count:,} products is worth is as the catalogue says, "
            "mostly by assumption; table worth",
            count=guessed,
        )
