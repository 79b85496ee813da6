"""What to call regions, products and producers of a result in words."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from catenary.languages import LANGUAGES, Named, in_language, recognised, say
from catenary.report.places import Places, default_places

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Names"]


@dataclass
class Names:
    """Names in every language.

    Parameters
    ----------
    products
        Product → its English name, where it is known.
    places
        Regions.

    Examples
    --------
    >>> names = Names({"chips": "Chips"})
    >>> names.producer("JPN.chips"), names.product("neon")
    ('Chips, Japan', 'neon')
    """

    products: Mapping[str, str] = field(default_factory=dict)
    places: Places = field(default_factory=default_places)

    def region(self, label: str) -> str:
        """Return the name of a region."""
        return self.places[label].name

    def product(self, label: str) -> str:
        """Return the name of a product, or its id."""
        return recognised(self.products[label]) if label in self.products else label

    def producer(self, label: str) -> str:
        """Return the name of a producer whose id is REGION.PRODUCT, or its id."""
        region, _, product = label.partition(".")
        if region not in self.places or not product:
            return label
        return say("{product}, {region}", product=self.product(product), region=self.region(region))

    @cached_property
    def _ids(self) -> re.Pattern[str] | None:
        if not self.products:
            return None
        longest = sorted(self.products, key=len, reverse=True)
        either = "|".join(map(re.escape, longest))
        return re.compile(rf"(?<![\w.])(?:([A-Z]{{3}})\.)?({either})(?![\w]|\.\w)", re.ASCII)

    def told(self, text: str) -> str:
        """Return a message with the names of products and producers for their ids."""
        pattern = self._ids
        if pattern is None:
            return text

        def in_one(name: str) -> str:
            def named(found: re.Match[str]) -> str:
                whole = self.producer(found[0]) if found[1] else self.product(found[2])
                return in_language(whole, name)

            return pattern.sub(named, in_language(text, name))

        return Named({name: in_one(name) for name in LANGUAGES})
