"""Share: events of EPCIS 2.0, in JSON and XML, checked, translated and named by their hash.

`opened` reads a document event by event, `checked` says what is wrong with one, `convert` writes it
in the other format, `event_hash` gives it its name; `to_link` and `to_urn` translate identifiers.
"""

from __future__ import annotations

from catenary.exchange.events import (
    AggregationEvent,
    AssociationEvent,
    Event,
    ObjectEvent,
    TransactionEvent,
    TransformationEvent,
    event_from,
    plain,
)
from catenary.exchange.findings import Finding
from catenary.exchange.hashing import event_hash, prehash
from catenary.exchange.identifiers import IdentifierError, to_link, to_urn
from catenary.exchange.limits import LIMITS, LimitError, Limits, MalformedError
from catenary.exchange.links import canonical_link
from catenary.exchange.reading import Document, Read, checked, opened
from catenary.exchange.rules import RULES
from catenary.exchange.writing import convert

__all__ = [
    "LIMITS",
    "RULES",
    "AggregationEvent",
    "AssociationEvent",
    "Document",
    "Event",
    "Finding",
    "IdentifierError",
    "LimitError",
    "Limits",
    "MalformedError",
    "ObjectEvent",
    "Read",
    "TransactionEvent",
    "TransformationEvent",
    "canonical_link",
    "checked",
    "convert",
    "event_from",
    "event_hash",
    "opened",
    "plain",
    "prehash",
    "to_link",
    "to_urn",
]
