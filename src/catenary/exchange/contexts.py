"""What prefixes stand for: `@context` of JSON-LD, and namespaces of XML.

References
----------
GS1, EPCIS Standard 2.0, section 10.1; W3C, JSON-LD 1.1, section 4.1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from catenary.exchange.findings import Finding, finding
from catenary.exchange.vocabulary import CBV, GS1

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["CONTEXT", "PREFIXES", "context_problems", "expanded", "is_draft", "prefixes_of"]

CONTEXT: Final = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"
"""The context that this package writes."""

PREFIXES: Final = {
    "epcis": "https://ref.gs1.org/epcis/",
    "cbv": CBV,
    "cbvmda": "urn:epcglobal:cbv:mda:",
    "gs1": GS1,
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "owl": "http://www.w3.org/2002/07/owl#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "dcterms": "http://purl.org/dc/terms/",
}
"""The prefixes that the standard's own context declares."""

_DRAFTS: Final = "://gs1.github.io/"


def _parts(context: object) -> Iterator[object]:
    if isinstance(context, list):
        yield from context
    elif context is not None:
        yield context


def prefixes_of(context: object) -> dict[str, str]:
    """Return the prefixes that an `@context` adds to those of the standard.

    Examples
    --------
    >>> prefixes_of(["https://ref.gs1.org/standards/epcis/epcis-context.jsonld", {"ex": "https://e.org/"}])
    {'ex': 'https://e.org/'}
    """
    found: dict[str, str] = {}
    for part in _parts(context):
        if isinstance(part, dict):
            for name, value in part.items():
                address = value.get("@id") if isinstance(value, dict) else value
                if isinstance(address, str) and name[:1] != "@" and ":" not in name:
                    found[name] = address
    return found


def is_draft(context: object) -> bool:
    """Whether a document was written with a context that preceded the standard (gs1.github.io).

    Examples
    --------
    >>> is_draft("https://gs1.github.io/EPCIS/epcis-context-simple.jsonld")
    True
    """
    return any(isinstance(part, str) and _DRAFTS in part for part in _parts(context))


def context_problems(holder: Mapping[str, Any]) -> list[Finding]:
    """Return what is wrong with the `@context` of a document or of an event that stands alone."""
    hint = f'write "@context": ["{CONTEXT}"]'
    if "@context" not in holder:
        return [finding("@context", "required", "is missing", hint=hint)]
    parts = list(_parts(holder["@context"]))
    if any(not isinstance(part, (str, dict)) for part in parts):
        return [finding("@context", "type", "has a part that is neither text nor an object")]
    if not any(isinstance(part, str) and "epcis-context" in part for part in parts):
        return [finding("@context", "context", "does not name the context of EPCIS", hint=hint)]
    return []


def expanded(name: str, prefixes: Mapping[str, str]) -> str:
    """Return the name of a member as hashes write it: `{namespace}name`.

    Examples
    --------
    >>> expanded("ex:temper", {"ex": "https://e.org/"})
    '{https://e.org/}temper'
    """
    prefix, colon, local = name.partition(":")
    if not colon:
        return name
    address = prefixes.get(prefix) or PREFIXES.get(prefix)
    if address is not None:
        return f"{{{address}}}{local}"
    cut = max(name.rfind("/"), name.rfind("#"), name.rfind(":")) + 1  # a whole address
    return f"{{{name[:cut]}}}{name[cut:]}"
