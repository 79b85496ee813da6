"""Templates of measures: what each does, what that costs, and where every number is from."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from math import expm1, log1p
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["BASES", "FIGURES", "Catalogue", "Figure", "Template", "Worth", "annuity"]

BASES: Final = {
    "stock": "USD of goods kept more",
    "stage_stock": "USD of goods kept more",
    "second_source": "USD of purchases moved in a year",
    "capacity": "USD of output that can be made more in a year",
    "substitution": "USD of purchases replaced in a year",
    "recycling": "USD of purchases replaced in a year",
    "support": "USD of output kept in a year",
    "training": "person trained",
    "border": "USD of trade (only fixed costs are known)",
    "border_post": "USD of trade (only fixed costs are known)",
    "upgrade": "t that can pass more in a year",
}
"""Kind of measure → what `once` and `yearly` are for one of."""

FIGURES: Final = ("size", "once", "yearly", "fixed", "upkeep", "years", "co2e", "days", "persons")
"""Numbers of a template: how much; USD per unit of the base, once and a year; USD for each, once
and a year; years that what is paid once lasts; t CO2e per USD spent; days a year on which support
is drawn; people for a USD of yearly output."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A number, its range, and the ids of its sources."""

    value: float = 0.0
    low: float = 0.0
    high: float = 0.0
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """A measure that may be taken in many places.

    Parameters
    ----------
    id, kind
        Name, and one of `BASES`.
    title, zh
        What it is, in English and Chinese.
    figures
        Its numbers by name (`FIGURES`); what is not given is 0, but for `years`: 1.
    products, without
        Ids, globs or groups of products that it is for (none: all) and not for.
    border_measure
        For borders: the row of `border_measures` that says how many days it saves.
    """

    id: str
    kind: str
    title: str
    zh: str = ""
    figures: Mapping[str, Figure] = field(default_factory=dict)
    products: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    border_measure: str = ""

    def __getitem__(self, name: str) -> Figure:
        """Return a number."""
        one = float(name == "years")
        return self.figures.get(name, Figure(value=one, low=one, high=one))

    def sized(self, size: float) -> Template:
        """Return the template with another size.

        Examples
        --------
        >>> from catenary.worlds.measures import built_in
        >>> built_in().templates["stock"].sized(60)["size"].value
        60
        """
        figure = replace(self["size"], value=size, low=size, high=size)
        return replace(self, figures={**self.figures, "size": figure})

    def usd(self, base: float, rate: float, bound: str = "value") -> float:
        """Return what it costs in a year, USD.

        Parameters
        ----------
        base
            How many units of its base.
        rate
            Interest, share a year.
        bound
            value, low or high.

        Examples
        --------
        >>> from catenary.worlds.measures import built_in
        >>> stock = built_in().templates["stock"]
        >>> stock.usd(1e6, 0.07), stock.usd(1e6, 0.07, "low")
        (300000.0, 200000.0)
        """
        once, yearly, fixed, upkeep = (
            float(getattr(self[name], bound)) for name in ("once", "yearly", "fixed", "upkeep")
        )
        return base * yearly + upkeep + (base * once + fixed) * annuity(rate, self["years"].value)

    def co2e(self, base: float) -> float:
        """Return what it emits in a year, t CO2e: what is spent, without interest."""
        return self["co2e"].value * self.usd(base, 0.0)

    @property
    def sources(self) -> tuple[str, ...]:
        """Where its costs are from, then the rest; each once."""
        names = sorted(self.figures, key=lambda name: name in ("size", "years", "co2e"))
        return tuple(dict.fromkeys(s for name in names for s in self.figures[name].sources))


@dataclass(frozen=True, slots=True, kw_only=True)
class Worth:
    """What the world's output of a product in a year is worth, USD."""

    product: str
    usd: float
    source: str
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """Templates and worths by name, interest, and the sources of all numbers."""

    templates: Mapping[str, Template]
    worth: Mapping[str, Worth]
    rate: Figure
    sources: Mapping[str, Mapping[str, Any]]

    def over(self, other: Catalogue) -> Catalogue:
        """Return the other catalogue with what this one says instead or as well."""
        return Catalogue(
            templates={**other.templates, **self.templates},
            worth={**other.worth, **self.worth},
            rate=self.rate if self.rate.sources else other.rate,
            sources={**other.sources, **self.sources},
        )

    def figures(self) -> pd.DataFrame:
        """Return every number with its range and source.

        Returns
        -------
        pandas.DataFrame
            Columns template, kind, figure, value, low, high, source, basis.
        """
        rows = [
            (one.id, one.kind, name, figure)
            for one in self.templates.values()
            for name, figure in one.figures.items()
        ]
        rows.append(("", "", "rate", self.rate))
        return pd.DataFrame(
            [
                (label, kind, name, f.value, f.low, f.high, ";".join(f.sources), self._basis(f))
                for label, kind, name, f in rows
            ],
            columns=["template", "kind", "figure", "value", "low", "high", "source", "basis"],
        )

    def _basis(self, figure: Figure) -> str:
        """Return assumption where any source is one."""
        kinds = {str(self.sources[label].get("kind", "")) for label in figure.sources}
        return next((kind for kind in ("assumption", "projection", "fact") if kind in kinds), "")


def annuity(rate: float, years: float) -> float:
    """Return what has to be paid a year for 1 paid now over some years.

    Examples
    --------
    >>> annuity(0.0, 5), round(annuity(0.07, 15), 6)
    (0.2, 0.109795)
    """
    # 1 − (1 + r)^−n, exact for rates near 0 as well
    return 1 / years if rate == 0 else -rate / expm1(-years * log1p(rate))
