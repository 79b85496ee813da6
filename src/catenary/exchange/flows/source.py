"""The source `epcis`: a file or folder of events read as a world."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from catenary.errors import SourceError, listed
from catenary.exchange.flows.making import Shipments

if TYPE_CHECKING:
    from pathlib import Path

    from catenary.model import World

__all__ = ["files_of", "read"]

_SUFFIXES: Final = (".json", ".jsonld", ".xml")


def files_of(path: Path) -> list[Path]:
    """Return the documents of a file or folder.

    Raises
    ------
    SourceError
        If there is none.
    """
    if not path.is_dir():
        return [path]
    found = sorted(
        one for one in path.iterdir() if one.suffix in _SUFFIXES and not one.name.startswith(".")
    )
    if not found:
        there = sorted(one.name for one in path.iterdir())
        raise SourceError(
            f"{str(path)!r} holds no events",
            hint=f"events stand in files that end with {listed(_SUFFIXES)}; there is "
            f"{listed(there) or 'nothing'}",
        )
    return found


def read(path: Path, *, since: str = "", until: str = "") -> World:
    """Read a world from events of EPCIS, in JSON-LD or XML.

    Parameters
    ----------
    path
        A document, or a folder of documents (.json, .jsonld, .xml).
    since, until
        What to count: times with an offset; blank = from the first and to the last event.

    Raises
    ------
    SourceError
        If there is nothing to read.
    DataError
        If no goods go from one place to another, or a document breaks off.
    UnitError
        If a product is counted in units that do not convert.
    """
    with Shipments() as shipments:
        for one in files_of(path):
            shipments.add_file(one)
        return shipments.world(since=since, until=until, name=path.stem)
