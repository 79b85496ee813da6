"""What to call regions, products and producers of a result in words."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from catenary.languages import LANGUAGES, Named, in_language, recognised, say
from catenary.report.places import Places, default_places

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Names"]


_ID: Final = re.compile(r"(?<![\w.-])\w[\w-]*(?:\.\w[\w-]*)*(?![\w-])", re.ASCII)


@dataclass
class Names:
    """Names in every language.

    Parameters
    ----------
    products
        Product → its English name, where it is known.
    places
        Regions.
    regions
        Ids of the regions of the result, which sentences name.
    worlds
        World of several → its name by language, where it is known.

    Examples
    --------
    >>> names = Names({"chips": "Chips"})
    >>> names.producer("JPN.chips"), names.product("neon")
    ('Chips, Japan', 'neon')
    """

    products: Mapping[str, str] = field(default_factory=dict)
    places: Places = field(default_factory=default_places)
    regions: frozenset[str] = frozenset()
    worlds: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def region(self, label: str) -> str:
        """Return the name of a region."""
        return self.places[label].name

    def product(self, label: str) -> str:
        """Return the name of a product, or its id."""
        return recognised(self.products[label]) if label in self.products else label

    def world(self, label: str) -> str:
        """Return the name of one of several worlds, or its label."""
        return Named(self.worlds[label]) if label in self.worlds else label

    def heading(self, label: str) -> str:
        """Return the name of one of several worlds as a heading."""
        if label not in self.worlds:
            return label
        return Named({name: f"{w[:1].upper()}{w[1:]}" for name, w in self.worlds[label].items()})

    def run_in(self, name: str, *, several: bool) -> str:
        """Return what to call the world of a run; of several, without the label of one."""
        known, _, label = name.partition(":")
        if several or label not in self.worlds:
            return known if several else name
        return say("{world} ({label})", world=known, label=self.world(label))

    def producer(self, label: str) -> str:
        """Return the name of a producer whose id is REGION.PRODUCT, or its id."""
        region, _, product = label.partition(".")
        if region not in self.places or not product:
            return label
        return say("{product}, {region}", product=self.product(product), region=self.region(region))

    def _called(self, label: str) -> str | None:
        """Return what an id is called, or None if it is none of ours."""
        region, _, product = label.partition(".")
        if label in self.products:
            return self.product(label)
        if label in self.worlds:
            return self.world(label)
        if region in self.regions and region in self.places:
            return self.producer(label) if product else self.region(region)
        return None

    def told(self, text: str) -> str:
        """Return a message with the names of regions, products and producers for their ids."""

        def in_one(name: str) -> str:
            def named(found: re.Match[str]) -> str:
                called = self._called(found[0])
                return found[0] if called is None else in_language(called, name)

            return _ID.sub(named, in_language(text, name))

        return Named({name: in_one(name) for name in LANGUAGES})
