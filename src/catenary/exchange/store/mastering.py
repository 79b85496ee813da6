"""Master data: attributes of places and things, and what lies within what.

References
----------
GS1, EPCIS Standard 2.0, sections 6.5 and 8.2.8; CBV Standard 2.0, section 9.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from catenary.errors import SchemaError
from catenary.exchange.contexts import PREFIXES
from catenary.exchange.keys import bounded, identifier_key, said, text_key, word_key
from catenary.exchange.store.inserting import add_missing
from catenary.exchange.store.schema import attributes, hierarchy

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sqlalchemy.engine import Connection

__all__ = ["vocabularies_of", "write_hierarchy", "write_vocabularies"]

_WORDS: Final = {"BusinessStep": "bizStep", "Disposition": "disposition"}


def vocabularies_of(header: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the master data in the header of a document."""
    found: Any = header
    for name in ("epcisHeader", "epcisMasterData", "vocabularyList"):
        found = found.get(name) if isinstance(found, dict) else None
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def _element(kind: str, name: str) -> str:
    words = _WORDS.get(kind.rpartition(":")[2])
    return word_key(words, name) if words else text_key(name)


def _name(name: str, prefixes: Mapping[str, str]) -> str:
    prefix, colon, rest = name.partition(":")
    address = prefixes.get(prefix) or PREFIXES.get(prefix)
    return bounded(address + rest if colon and address else name)


def _values(value: Any) -> list[str]:
    if isinstance(value, list):
        return [text for one in value for text in _values(one)]
    if isinstance(value, dict):
        return [said(value.get("@value"))[0]]
    return [said(value)[0]]


def write_vocabularies(
    connection: Connection, vocabularies: Iterable[dict[str, Any]], prefixes: Mapping[str, str]
) -> None:
    """Write attributes and children of the elements of vocabularies; what is known stays."""
    found: set[tuple[str, str, str, str]] = set()
    within: set[tuple[str, str]] = set()
    for vocabulary in vocabularies:
        kind = str(vocabulary.get("type", ""))
        elements = vocabulary.get("vocabularyElementList", ())
        for one in elements if isinstance(elements, list) else ():
            if not isinstance(one, dict) or not isinstance(one.get("id"), str):
                raise SchemaError(
                    f"an element of the vocabulary {kind[:80]!r} has no id",
                    hint="write its address as id",
                )
            element = _element(kind, one["id"])
            for attribute in one.get("attributes", ()):
                name = _name(str(attribute.get("id", "")), prefixes)
                for text in _values(attribute.get("attribute")):
                    found.add((bounded(kind), element, name, text))
            within.update((element, _element(kind, child)) for child in one.get("children", ()))
    add_missing(connection, attributes, sorted(found))
    add_missing(connection, hierarchy, sorted(within))


def write_hierarchy(connection: Connection, parents: Mapping[str, str]) -> None:
    """Write within which place each place lies."""
    rows = {(identifier_key(parent), identifier_key(child)) for child, parent in parents.items()}
    add_missing(connection, hierarchy, sorted(rows))
