"""The report on ports, docs/ports.md: what was taken, repaired and dropped, and why."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tools.sea.port_places import Place

__all__ = ["page"]


def page(places: Sequence[Place], aliases: Sequence[tuple[str, ...]]) -> str:
    return ""
