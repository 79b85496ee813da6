"""What documents say of places and products beside their events: names, coordinates, countries.

Master data stand in the header of a document, as vocabularies with elements and their attributes.
Where two documents say different things, the first in alphabetical order is taken and a warning
tells, so that the order of files does not matter.

References
----------
GS1, EPCIS Standard 2.0, section 9.5; Core Business Vocabulary Standard 2.0, section 10 (master
data attributes); RFC 5870 (the scheme `geo`).
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from catenary.exchange.flows.ledger import OUTSIDE
from catenary.exchange.flows.things import class_of, short
from catenary.exchange.links import canonical_link

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["About", "Master"]

_NAMES: Final = ("name", "organizationname", "locationname", "sitename", "ssd")
_PRODUCT_NAMES: Final = (
    "descriptionshort", "productname", "itemname", "tradeitemdescription", "functionalname", "name",
)  # fmt: skip
_GEO: Final = re.compile(r"geo:(-?[0-9]+(?:\.[0-9]+)?),(-?[0-9]+(?:\.[0-9]+)?)(?:[,;].*)?")
_SITE: Final = re.compile(r"41[47]/([0-9]{13})(?:/.*)?")
_PLACES: Final = ("readpoint", "businesslocation", "location", "sourcedest")
_DEEPEST: Final = 64


@dataclass(frozen=True, slots=True)
class About:
    """What is known of a place.

    Parameters
    ----------
    name
        Its name; blank = not said.
    country
        As it was written; blank = not said.
    lon, lat
        Coordinates; None = not said.
    """

    name: str = ""
    country: str = ""
    lon: float | None = None
    lat: float | None = None


def _text(said: object) -> str:
    """Return the value of an attribute as text; nothing for what is none."""
    if isinstance(said, list):
        said = said[0] if said else ""
    if isinstance(said, dict):
        said = said.get("@value", said.get("#text", ""))
    return str(said).strip() if isinstance(said, str | int | float) else ""


def _degrees(text: str, most: float) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if -most <= value <= most else None


@dataclass(eq=False)
class Master:
    """Master data of any number of documents.

    Examples
    --------
    >>> master = Master()
    >>> master.add({"epcisHeader": {"epcisMasterData": {"vocabularyList": [{
    ...     "type": "urn:epcglobal:epcis:vtype:BusinessLocation",
    ...     "vocabularyElementList": [{
    ...         "id": "urn:epc:id:sgln:4012345.00005.0",
    ...         "attributes": [{"id": "urn:epcglobal:cbv:mda:name", "attribute": "Plant"}],
    ...     }],
    ... }]}}})
    >>> master.place_of("414/4012345000054/254/gate-3")
    '4012345000054'
    >>> master.about("4012345000054").name
    'Plant'
    """

    _said: defaultdict[str, defaultdict[str, set[str]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(set))
    )
    _above: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    _products: defaultdict[str, defaultdict[str, set[str]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(set))
    )
    _places: dict[str, str] = field(default_factory=dict)

    def add(self, header: Mapping[str, Any]) -> None:
        """Take what the header of a document says; parts that are misspelt say nothing."""
        for kind, entry in _entries(header):
            name = short(canonical_link(entry["id"]))
            product = kind.endswith("epcclass")
            if not product and not kind.endswith(_PLACES):
                continue
            known = (self._products if product else self._said)[class_of(name) if product else name]
            for part in entry.get("attributes") or ():
                if isinstance(part, dict) and isinstance(part.get("id"), str):
                    local = re.split(r"[#:/]", part["id"])[-1].casefold()
                    if text := _text(part.get("attribute")):
                        known[local].add(text)
            for child in entry.get("children") or ():
                if isinstance(child, str) and not product:
                    self._above[short(canonical_link(child))].add(name)
        self._places.clear()
        self.__dict__.pop("_parts", None)

    def place_of(self, location: str) -> str:
        """Return the place that a location is a part of; a GLN is its thirteen digits.

        Sub-locations belong to what master data say (`site`, or children of another location), and
        to their GLN.

        Parameters
        ----------
        location
            A short identifier; blank gives `OUTSIDE`.
        """
        found = self._places.get(location)
        if found is None:
            found = self._places[location] = self._climb(location) if location else OUTSIDE
        return found

    def _climb(self, location: str) -> str:
        seen = {location}
        now = location
        for _ in range(_DEEPEST):
            site = min(self._said[now]["site"], default="") if now in self._said else ""
            if site and re.fullmatch(r"[0-9]{13}", site):
                above = f"414/{site}"
            elif self._above.get(now):
                above = min(self._above[now])
            elif (gln := _SITE.fullmatch(now)) is not None:
                above = f"414/{gln[1]}"
            else:
                break
            if above in seen:
                break
            seen.add(above)
            now = above
        gln = _SITE.fullmatch(now)
        return gln[1] if gln else now

    @cached_property
    def _parts(self) -> dict[str, list[str]]:
        """Return the locations of every place of which something is said."""
        found: dict[str, list[str]] = {}
        for name in sorted(self._said):
            found.setdefault(self.place_of(name), []).append(name)
        return found

    def about(self, place: str) -> About:
        """Return what is known of a place; what only a part of it says tells where it lies.

        Parameters
        ----------
        place
            As `place_of` returns it.
        """
        geo = _GEO.fullmatch(place)
        lat, lon = (_degrees(geo[1], 90), _degrees(geo[2], 180)) if geo else (None, None)
        own = [name for name in (f"414/{place}", f"417/{place}", place) if name in self._said]
        country = ""
        for name in dict.fromkeys([*own, *self._parts.get(place, ())]):
            known = self._said[name]
            country = country or min(known.get("countrycode") or known.get("country") or {""})
            if lon is None or lat is None:
                lon = _degrees(min(known.get("longitude") or {""}), 180)
                lat = _degrees(min(known.get("latitude") or {""}), 90)
        if lon is None or lat is None:
            lon = lat = None
        names = (min(self._said[one][kind]) for one in own for kind in _NAMES
                 if self._said[one].get(kind))  # fmt: skip
        return About(next(names, ""), country, lon, lat)

    def product_name(self, product: str) -> str:
        """Return what master data call a product; blank = nothing."""
        known: Mapping[str, set[str]] = self._products.get(product, {})
        return next((min(known[one]) for one in _PRODUCT_NAMES if known.get(one)), "")

    def contradictions(self) -> list[str]:
        """Return the places and products of which documents say different things."""
        return sorted(
            {
                name
                for told in (self._said, self._products)
                for name, known in told.items()
                if any(len(texts) > 1 for texts in known.values())
            }
        )


def _entries(header: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the kind and each element of the vocabularies of a header."""
    level: Any = header
    for name in ("epcisHeader", "epcisMasterData", "vocabularyList"):
        level = level.get(name) if isinstance(level, dict) else None
    for vocabulary in level if isinstance(level, list) else ():
        if not isinstance(vocabulary, dict):
            continue
        elements = vocabulary.get("vocabularyElementList")
        for entry in elements if isinstance(elements, list) else ():
            if isinstance(entry, dict) and isinstance(entry.get("id"), str):
                yield str(vocabulary.get("type", "")).casefold(), entry
