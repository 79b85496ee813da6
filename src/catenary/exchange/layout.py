"""How events lie in XML: the order of elements, and what each holds.

References
----------
GS1, EPCIS Standard 2.0, section 9; the orders are those of its XML bindings.
"""

from __future__ import annotations

from typing import Final

__all__ = [
    "EPCS",
    "LISTS",
    "MARKS",
    "NUMBERS",
    "ORDER",
    "PARTIES",
    "PLACES",
    "QUANTITIES",
    "REPORT_WORDS",
    "TEXTS",
    "WORDS",
]

MARKS: Final = "urn:catenary:exchange"
"""The namespace of attributes that keep what JSON says and XML cannot."""

_FIRST: Final = (
    "eventTime", "recordTime", "eventTimeZoneOffset", "eventID", "errorDeclaration",
    "certificationInfo",
)  # fmt: skip
_WHERE: Final = ("bizStep", "disposition", "readPoint", "bizLocation")
_LAST: Final = ("sourceList", "destinationList", "sensorElementList", "persistentDisposition")

ORDER: Final = {
    "ObjectEvent": (
        *_FIRST, "epcList", "action", *_WHERE, "bizTransactionList", "quantityList", *_LAST, "ilmd",
    ),
    "AggregationEvent": (
        *_FIRST, "parentID", "childEPCs", "action", *_WHERE, "bizTransactionList",
        "childQuantityList", *_LAST,
    ),
    "TransactionEvent": (
        *_FIRST, "bizTransactionList", "parentID", "epcList", "action", *_WHERE, "quantityList",
        *_LAST,
    ),
    "TransformationEvent": (
        *_FIRST, "inputEPCList", "inputQuantityList", "outputEPCList", "outputQuantityList",
        "transformationID", *_WHERE, "bizTransactionList", *_LAST, "ilmd",
    ),
    "AssociationEvent": (
        *_FIRST, "parentID", "childEPCs", "childQuantityList", "action", *_WHERE,
        "bizTransactionList", *_LAST,
    ),
}  # fmt: skip
"""The order of elements, by type of event."""

TEXTS: Final = frozenset(
    {
        "eventTime", "recordTime", "eventTimeZoneOffset", "eventID", "parentID", "transformationID",
        "action",
    }
)  # fmt: skip
WORDS: Final = {"bizStep": "bizStep", "disposition": "disposition"}
EPCS: Final = frozenset({"epcList", "childEPCs", "inputEPCList", "outputEPCList"})
QUANTITIES: Final = frozenset(
    {"quantityList", "childQuantityList", "inputQuantityList", "outputQuantityList"}
)
PLACES: Final = frozenset({"readPoint", "bizLocation"})
PARTIES: Final = {
    "bizTransactionList": ("bizTransaction", "bizTransaction"),
    "sourceList": ("source", "source"),
    "destinationList": ("destination", "source"),
}
"""Lists of parties: the element of each, and the vocabulary of its type."""
LISTS: Final = EPCS | QUANTITIES | PARTIES.keys()
NUMBERS: Final = frozenset(
    {"value", "minValue", "maxValue", "meanValue", "sDev", "percRank", "percValue"}
)
"""Attributes of a sensor report that are numbers."""
REPORT_WORDS: Final = {"type": "measurement", "exception": "exception", "component": "component"}
"""Attributes of a sensor report that are words, and their vocabularies."""
