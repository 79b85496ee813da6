"""Top-level resources: what kinds of things, places and words the captured events name.

References
----------
GS1, EPCIS Standard 2.0, section 12.8 (top-level resources).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select

from catenary.errors import OptionError, did_you_mean
from catenary.exchange.keys import identifier_key, identifier_of, word_key
from catenary.exchange.queries.values import type_key
from catenary.exchange.store.schema import epcs, words

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

__all__ = ["RESOURCES", "has_resource", "resources"]

RESOURCES: Final = {
    "eventTypes": "type",
    "epcs": "",
    "bizSteps": "biz_step",
    "dispositions": "disposition",
    "readPoints": "read_point",
    "bizLocations": "biz_location",
}
"""Each collection, and the column of the events that it lists."""

_WORDS: Final = {"bizSteps": "bizStep", "dispositions": "disposition"}
_FIRST_CLASS: Final = 6


def _key(kind: str, value: str) -> str:
    """Return the key of a member of a collection."""
    if kind in _WORDS:
        return word_key(_WORDS[kind], value)
    return type_key(value, {}) if kind == "eventTypes" else identifier_key(value)


def _column(kind: str) -> Any:
    return epcs.c.epc if kind == "epcs" else words.c.word


def _chosen(kind: str) -> Any:
    """Return the selection of a collection: things, not classes of things; or words.

    Raises
    ------
    OptionError
        If there is no such collection.
    """
    if kind not in RESOURCES:
        raise OptionError(
            f"there is no collection {kind[:40]!r}", hint=did_you_mean(kind, RESOURCES)
        )
    if kind == "epcs":
        return select(epcs.c.epc).where(epcs.c.field < _FIRST_CLASS).distinct()
    return select(words.c.word).where(words.c.kind == RESOURCES[kind])


def resources(connection: Connection, kind: str, *, after: str = "", limit: int = 30) -> list[str]:
    """Return members of a collection in the order of their keys, behind one."""
    chosen, column = _chosen(kind), _column(kind)
    key = _key(kind, after) if after else ""
    chosen = chosen.where(column > key).order_by(column).limit(limit)
    return [identifier_of(one) for one in connection.execute(chosen).scalars()]


def has_resource(connection: Connection, kind: str, value: str) -> bool:
    """Whether events name a member of a collection."""
    chosen = _chosen(kind).where(_column(kind) == _key(kind, value)).limit(1)
    return connection.execute(chosen).first() is not None
