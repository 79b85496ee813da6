"""Remaining carbon budgets, and how the border price of carbon is phased in; each with its source.

Read from the CSV files in `carbon/`.
"""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["CONTRACTION", "Budget", "border_factors", "budgets", "sources"]

_FOLDER: Final = Path(__file__).parent / "carbon"

CONTRACTION: Final = 0.042
"""Share of base-year emissions by which a 1.5 °C target falls a year (source: sbti-absolute)."""


class Budget(NamedTuple):
    """CO2 that may still be emitted."""

    temperature: float
    """Warming, °C."""
    likelihood: int
    """That warming stays below, percent."""
    start: int
    """From the beginning of this year."""
    amount: float
    """Gt CO2."""
    source: str


@cache
def budgets() -> tuple[Budget, ...]:
    """Return every budget of the table.

    References
    ----------
    Forster, P. M. et al. (2025), Earth System Science Data 17, 2641-2680; IPCC (2021), AR6 WG1,
    table SPM.2.

    Examples
    --------
    >>> budgets()[0]
    Budget(temperature=1.5, likelihood=50, start=2025, amount=130.0, source='igcc-2024')
    """
    return tuple(
        Budget(
            float(row["temperature"]),
            int(row["likelihood"]),
            int(row["start"]),
            float(row["amount"]),
            row["source"],
        )
        for row in _rows("budgets.csv")
    )


@cache
def border_factors() -> Mapping[int, tuple[float, str]]:
    """Return by year the share of the benchmark that is free, and its source.

    Examples
    --------
    >>> border_factors()[2026]
    (0.975, 'cbam-2026')
    """
    rows = _rows("border_factors.csv")
    return MappingProxyType({int(r["year"]): (float(r["factor"]), r["source"]) for r in rows})


@cache
def sources() -> Mapping[str, Mapping[str, str]]:
    """Return every source by id.

    Examples
    --------
    >>> sources()["cbam-later"]["kind"]
    'assumption'
    """
    return MappingProxyType({row["id"]: MappingProxyType(row) for row in _rows("sources.csv")})


def _rows(name: str) -> list[dict[str, str]]:
    with (_FOLDER / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
