"""From measures at borders to a scenario: days and costs of links that they change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from catenary.errors import OptionError, did_you_mean
from catenary.languages import say
from catenary.model import Change, Scenario
from catenary.trade.barriers import trading
from catenary.trade.choosing import chosen, split
from catenary.worlds import border_measures as built_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from catenary.model import World

__all__ = ["Measure", "border_scenario", "measures_of", "travelling"]

_SIDES: Final = {"import": ("import",), "export": ("export",), "both": ("import", "export")}
_SOURCE: Final = ("id", "title", "publisher", "published", "url", "kind", "statement")


@dataclass(frozen=True, kw_only=True)
class Measure:
    """A measure and the changes that it makes."""

    name: str
    title: str
    changes: tuple[Change, ...]
    sources: tuple[dict[str, Any], ...] = ()
    note: str = ""

    def scenario(self) -> Scenario:
        """Return the measure alone."""
        return Scenario(self.name, self.changes, sources=self.sources)


@dataclass(frozen=True, kw_only=True)
class _Place:
    """Whose border it is; None = all."""

    at: list[str] | None
    partner: list[str] | None
    product: list[str] | None
    regions: list[str]
    inside: frozenset[str]
    """Regions that have a link to themselves, which no border measure means."""

    def where(self, side: str) -> Iterator[dict[str, Any]]:
        """Yield which links a measure on one side means; no link twice."""
        if side == "pair":
            yield from self._pairs()
            return
        for one in _SIDES[side]:
            ends = (self.partner, self.at) if one == "import" else (self.at, self.partner)
            yield from self._links(*ends)

    def _pairs(self) -> Iterator[dict[str, Any]]:
        if self.at is None and self.partner is None:
            yield from self._links(None, None)
            return
        here, there = self.at or self.regions, self.partner or self.regions
        yield from self._links(here, there)
        yield from self._links([r for r in there if r not in here], here)
        yield from self._links([r for r in there if r in here], [r for r in here if r not in there])

    def _links(
        self, origins: list[str] | None, destinations: list[str] | None
    ) -> Iterator[dict[str, Any]]:
        """Yield links between two groups, without those of a region to itself."""
        left, right = (self.regions if g is None else g for g in (origins, destinations))
        apart = [one for one in left if one in self.inside and one in right]
        if not apart:
            if any(a != b for a in left for b in right):
                yield self._row(origins, destinations)
            return
        rest = [one for one in left if one not in apart]
        if rest and right:
            yield self._row(rest, destinations)
        for one in apart:
            others = [other for other in right if other != one]
            if others:
                yield self._row([one], others)

    def _row(self, origins: list[str] | None, destinations: list[str] | None) -> dict[str, Any]:
        ends = {"origin": origins, "destination": destinations, "product": self.product}
        return {key: labels for key, labels in ends.items() if labels is not None}


def measures_of(world: World) -> pd.DataFrame:
    """Return the measures that are known: those of the world, then those built in.

    Examples
    --------
    >>> from catenary.testing import two_regions
    >>> "mutual_recognition" in measures_of(two_regions())["measure"].tolist()
    True
    """
    ours = built_in.world().table("border_measures")
    if "border_measures" not in world:
        return ours
    own = world.table("border_measures")
    left = ours[~ours["measure"].isin(own["measure"])]
    words = ("source", "note")
    tables = [
        one.assign(**{n: one[n].astype("str") if n in one else "" for n in words})
        for one in (own, left)
    ]
    return pd.concat(tables)


def border_scenario(
    world: World,
    *,
    border_measures: str = "",
    border_days: float = 0.0,
    at: str = "",
    partner: str = "",
    product: str = "",
) -> list[Measure]:
    """Return what measures at borders change, each as a scenario of its own.

    Parameters
    ----------
    world
        Its own `border_measures` come before those built in.
    border_measures
        Names of measures, parted by commas.
    border_days
        Days saved at each border of the regions.
    at
        Regions whose border it is, parted by commas; blank = all.
    partner
        Regions on the other side; blank = all.
    product
        Products, parted by commas; blank = all that travel.

    Raises
    ------
    OptionError
        If a measure, a region or a product is unknown.

    Examples
    --------
    >>> from catenary.testing import two_regions
    >>> made = border_scenario(two_regions(), border_measures="agreement_days", at="BBB")
    >>> [(change.where["origin"], change.value) for change in made[0].changes
    ...  if "origin" in change.where]
    [(('BBB',), -2.0)]
    """
    known = measures_of(world)
    regions = trading(world)
    place = _Place(
        at=chosen(world, "regions", at, option="at", among=regions),
        partner=chosen(world, "regions", partner, option="partner", among=regions),
        product=chosen(world, "products", product, option="product") or travelling(world),
        regions=[str(region) for region in regions],
        inside=_inside(world),
    )
    found = []
    if border_days:
        title = say("days less at each border: {days:g}", days=border_days)
        changes = tuple(_changes(place, "both", days=border_days))
        found.append(Measure(name="border_days", title=title, changes=changes))
    for name in split(border_measures):
        rows = known[known["measure"] == name]
        if rows.empty:
            raise OptionError(
                f"there is no measure {name!r}", hint=did_you_mean(name, known["measure"])
            )
        found.append(_measure(world, name, rows, place))
    return found


def travelling(world: World) -> list[str] | None:
    """Return the products that cross borders, if the world says that some do not (mode none).

    Examples
    --------
    >>> from catenary.testing import two_regions
    >>> travelling(two_regions()) is None
    True
    """
    if "products" not in world:
        return None
    modes = world.part("products").frame["mode"].astype("str")
    stays = (modes == "none").to_numpy()
    return [str(one) for one in world.ids("products")[~stays]] if stays.any() else None


def _measure(world: World, name: str, rows: pd.DataFrame, place: _Place) -> Measure:
    changes: list[Change] = []
    for row in rows.to_dict("records"):
        saved = {key: float(row[key]) for key in ("days", "value_share", "cost_share")}
        changes += _changes(place, str(row["side"]), source=_text(row.get("source")), **saved)
    cited = list(dict.fromkeys(_text(source) for source in rows.get("source", ())))
    notes = [_text(note) for note in rows.get("note", ())]
    return Measure(
        name=name,
        title=_text(rows["name"].iloc[0]) or name,
        changes=tuple(changes),
        sources=tuple(_cited(world, cited)),
        note="; ".join(note for note in notes if note),
    )


def _text(value: Any) -> str:
    return "" if value is None or value != value else str(value)  # noqa: PLR0124  blank is NaN


def _changes(
    place: _Place,
    side: str,
    *,
    days: float = 0.0,
    value_share: float = 0.0,
    cost_share: float = 0.0,
    source: str = "",
) -> list[Change]:
    """Return the changes that one row of a measure makes."""
    made: list[Change] = []
    about: dict[str, Any] = {"kind": "measure", "source": source}
    for where in place.where(side):
        if days:
            made.append(Change(target="links.duration", where=where, add=-days, **about))
        if value_share:
            made.append(Change(target="links.iceberg", where=where, add=-value_share, **about))
        if cost_share:
            made.append(
                Change(target="links.iceberg", where=where, multiply=1 - cost_share, **about)
            )
    return made


def _cited(world: World, cited: list[str]) -> Iterator[dict[str, Any]]:
    """Yield sources by id, those of the world first."""
    for tables in (world, built_in.world()):
        if "sources" not in tables:
            continue
        frame = tables.table("sources")
        for label in [label for label in cited if label in frame.index]:
            cited.remove(label)
            row = {"id": label, **frame.loc[label].to_dict()}
            yield {k: _plain(row[k]) for k in _SOURCE if k in row and _text(row[k])}


def _plain(value: Any) -> str | int:
    return int(value) if isinstance(value, float) else str(value)


def _inside(world: World) -> frozenset[str]:
    if "links" not in world:
        return frozenset()
    links = world.table("links")
    ends = links["origin"].astype("str"), links["destination"].astype("str")
    return frozenset(ends[0][ends[0] == ends[1]])
