"""Queries answered plainly: every event is walked, and its values are compared one by one.

It shares nothing with the store but the canonical form of identifiers.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from catenary.exchange import canonical_link
from catenary.exchange.times import instant
from catenary.exchange.vocabulary import VOCABULARIES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from fractions import Fraction

Fact = tuple[str, Any]

PREFIXES = {"example": "https://ns.example.com/epcis/", "other": "urn:example:other:"}
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
_LISTS = {
    "epc": ("epcList", "childEPCs"),
    "parentID": ("parentID",),
    "inputEPC": ("inputEPCList",),
    "outputEPC": ("outputEPCList",),
    "anyEPC": ("epcList", "childEPCs", "parentID", "inputEPCList", "outputEPCList"),
    "epcClass": ("quantityList", "childQuantityList"),
    "inputEPCClass": ("inputQuantityList",),
    "outputEPCClass": ("outputQuantityList",),
    "anyEPCClass": (
        "quantityList", "childQuantityList", "inputQuantityList", "outputQuantityList",
    ),
}  # fmt: skip
_KNOWN = {
    "type", "eventTime", "eventTimeZoneOffset", "recordTime", "eventID", "certificationInfo",
    "errorDeclaration", "bizStep", "disposition", "persistentDisposition", "readPoint",
    "bizLocation", "sensorElementList", "action", "transformationID", "ilmd",
    "bizTransactionList", "sourceList", "destinationList", "@context",
    *(field for fields in _LISTS.values() for field in fields),
}  # fmt: skip


def _named(field: str, event: Mapping[str, Any]) -> list[str]:
    value = event.get(field, [])
    if isinstance(value, str):
        return [value]
    return [one["epcClass"] if isinstance(one, dict) else one for one in value]


def _own(value: Any, key: str, scope: str, inner: bool) -> Iterator[Fact]:  # noqa: FBT001
    if isinstance(value, list):
        for one in value:
            yield from _own(one, key, scope, inner)
    elif isinstance(value, dict):
        yield f"{'INNER_' if inner else ''}{scope}{key}", value.get("@value")
        for name, one in value.items():
            if not name.startswith("@"):
                yield from _own(one, name, scope, inner=True)
    else:
        yield f"{'INNER_' if inner else ''}{scope}{key}", value


def _extensions(part: Mapping[str, Any], scope: str) -> Iterator[Fact]:
    for key, value in part.items():
        if ":" in key:
            yield from _own(value, key, scope, inner=False)


def _sensed(element: Mapping[str, Any]) -> Iterator[Fact]:
    yield from _extensions(element, "SENSORELEMENT_")
    yield from _extensions(element.get("sensorMetadata", {}), "SENSORMETADATA_")
    metadata = element.get("sensorMetadata", {})
    yield from ((name, metadata[name]) for name in ("time", "deviceID") if name in metadata)
    for report in element["sensorReport"]:
        yield from _extensions(report, "SENSORREPORT_")
        for name in ("type", "time", "deviceID", "bizRules", "stringValue", "booleanValue"):
            if name in report:
                yield name, report[name]
        if "value" in report:
            uom = report.get("uom")
            if uom == "CEL":
                yield "value_CEL", report["value"]
            elif uom == "KMH":
                yield "value_KMH", report["value"]
            elif uom is None:
                yield "value_C62", report["value"]


def facts(event: Mapping[str, Any]) -> Iterator[Fact]:
    """Yield everything that an event says, each under the name by which queries ask."""
    for name, vocabulary in (("bizStep", ""), ("disposition", ""), ("action", "")):
        if name in event:
            yield name + vocabulary, event[name]
    for name in ("readPoint", "bizLocation"):
        if name in event:
            yield name, event[name]["id"]
            yield from _extensions(event[name], f"{name}_")
    for name in ("eventTime", "eventID", "transformationID"):
        if name in event:
            yield name, event[name]
    yield "eventType", event["type"]
    for name, fields in _LISTS.items():
        yield from ((name, one) for field in fields for one in _named(field, event))
        if name.endswith("anyEPCClass"):
            for field in fields:
                for one in event.get(field, ()):
                    if "quantity" in one:
                        yield "quantity", one["quantity"]
    for field in ("bizTransaction", "source", "destination"):
        for one in event.get(f"{field}List", ()):
            yield f"{field}_{one.get('type', '')}", one[field]
    for side, words in event.get("persistentDisposition", {}).items():
        yield from ((f"persistentDisposition_{side}", word) for word in words)
    if "errorDeclaration" in event:
        yield "errorDeclaration", None
        yield "errorDeclarationTime", event["errorDeclaration"]["declarationTime"]
        if "reason" in event["errorDeclaration"]:
            yield "errorReason", event["errorDeclaration"]["reason"]
    if event.get("sensorElementList"):
        yield "sensorElementList", None
        for element in event["sensorElementList"]:
            yield from _sensed(element)
    yield from _extensions(event.get("ilmd", {}), "ILMD_")
    yield from _extensions({k: v for k, v in event.items() if k not in _KNOWN}, "")


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, str):
        return float(value.strip()) if _NUMBER.fullmatch(value.strip()) else None
    return float(value)


def _time(value: Any) -> Fraction | None:
    try:
        return instant(value) if isinstance(value, str) and len(value) > 16 else None
    except ValueError:
        return None


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    text = str(value).strip()
    for one in VOCABULARIES.values():
        if text.startswith(one.web) and text[len(one.web) :] in one.words:
            return text[len(one.web) :]
    return canonical_link(text)


def compares(comparison: str, held: Any, asked: Any) -> bool:
    """Whether a value that an event holds is as a query asks."""
    for read in (_number, _time):
        left, right = read(held), read(asked)
        if left is not None and right is not None:
            return {
                "EQ": left == right,
                "GT": left > right,
                "GE": left >= right,
                "LT": left < right,
                "LE": left <= right,
            }[comparison]
    return comparison == "EQ" and _text(held) == _text(asked)


def answers(event: Mapping[str, Any], parameters: Mapping[str, Any]) -> bool:
    """Whether an event is a result of a query."""
    said = list(facts(event))
    for name, asked in parameters.items():
        comparison, _, field = name.partition("_")
        if name == "eventType":
            comparison, field = "EQ", name
        comparison = {"MATCH": "EQ"}.get(comparison, comparison)
        values = asked if isinstance(asked, list) else [asked]
        held = [value for key, value in said if key == field]
        if comparison == "EXISTS":
            if not held:
                return False
        elif not any(compares(comparison, one, value) for one in held for value in values):
            return False
    return True
