"""How much of a stranger's file is read before it is refused."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from catenary.errors import DataError

__all__ = ["LIMITS", "LimitError", "Limits", "MalformedError"]


class MalformedError(DataError):
    """A file is neither JSON nor XML, or breaks off, or holds what neither may hold."""


class LimitError(DataError):
    """A file nests deeper, or has larger parts, than is read from strangers."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on what is read.

    Parameters
    ----------
    depth
        How deep objects, lists or elements may nest.
    event
        The largest event, in bytes.
    header
        The largest rest of a document, without its events, in bytes.
    """

    depth: int = 64
    event: int = 16 * 1024 * 1024
    header: int = 16 * 1024 * 1024


LIMITS: Final = Limits()
"""What is read unless more is asked for."""
