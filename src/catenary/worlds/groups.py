"""Built-in groups of regions: EU27, least developed, landlocked and island countries."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["members", "names"]

_FOLDER: Final = Path(__file__).parent / "groups"


@cache
def members() -> Mapping[str, tuple[str, ...]]:
    """Return the ISO 3166-1 alpha-3 codes of every built-in group.

    References
    ----------
    `groups/sources.csv`, one row for each group.

    Examples
    --------
    >>> members()["EU27"][:3], len(members()["landlocked"])
    (('AUT', 'BEL', 'BGR'), 32)
    """
    found: dict[str, list[str]] = {}
    for row in _rows("members.csv"):
        found.setdefault(row["group"], []).append(row["region"])
    return MappingProxyType({group: tuple(regions) for group, regions in found.items()})


@cache
def names() -> Mapping[str, str]:
    """Return the plain name of every built-in group.

    Examples
    --------
    >>> names()["LDC"]
    'Least developed countries'
    """
    return MappingProxyType({row["id"]: row["name"] for row in _rows("sources.csv")})


def _rows(name: str) -> list[dict[str, str]]:
    with (_FOLDER / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
