"""What a store keeps of an event beside its JSON: the rows of its indexes.

Names in `members` are those by which queries ask, without what compares: `bizTransaction_po`,
`quantity_kg`, `value_K`, `{namespace}name`, `INNER_ILMD_{namespace}name`.

References
----------
GS1, EPCIS Standard 2.0, section 8.2.7.1.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import msgspec

from catenary.exchange.contexts import PREFIXES, expanded
from catenary.exchange.hashing import hash_of, number_text, prehash
from catenary.exchange.keys import (
    bounded,
    identifier_key,
    microseconds,
    said,
    text_key,
    word_key,
)
from catenary.exchange.layout import PARTIES
from catenary.exchange.queries.units import normalised
from catenary.exchange.queries.values import type_key

if TYPE_CHECKING:
    from collections.abc import Container, Mapping

__all__ = ["FIELDS", "Prepared", "prepare"]

FIELDS: Final = {
    "epcList": 1, "childEPCs": 2, "parentID": 3, "inputEPCList": 4, "outputEPCList": 5,
    "quantityList": 6, "childQuantityList": 7, "inputQuantityList": 8, "outputQuantityList": 9,
}  # fmt: skip
"""Fields that name things (1–5) or classes of things (6–9)."""

Member: TypeAlias = tuple[str, str, float | None, int | None]
"""Name, text, number and time."""

_THINGS: Final = tuple(FIELDS)[:2] + tuple(FIELDS)[3:5]
_CLASSES: Final = tuple(FIELDS)[5:]
_STANDARD: Final = frozenset(
    {
        *FIELDS, *PARTIES, "type", "eventTime", "eventTimeZoneOffset", "recordTime", "eventID",
        "certificationInfo", "errorDeclaration", "bizStep", "disposition", "persistentDisposition",
        "readPoint", "bizLocation", "sensorElementList", "action", "transformationID", "ilmd",
        "@context", "id",
    }
)  # fmt: skip
_MEASURED: Final = frozenset({"value", "minValue", "maxValue", "meanValue", "sDev", "percValue"})
_ADDRESSES: Final = frozenset(
    {
        "deviceID", "deviceMetadata", "rawData", "dataProcessingMethod", "bizRules",
        "microorganism", "chemicalSubstance", "uriValue", "coordinateReferenceSystem",
    }
)  # fmt: skip
_TIMES: Final = frozenset({"time", "startTime", "endTime"})
_WORDS: Final = {"type": "measurement", "exception": "exception", "component": "component"}
_PLAIN: Final = frozenset({"stringValue", "booleanValue", "hexBinaryValue", "percRank"})
_OF_REPORT: Final = _MEASURED | _ADDRESSES | _TIMES | _WORDS.keys() | _PLAIN | {"uom"}
_ENCODE: Final = msgspec.json.encode


class Prepared(msgspec.Struct, frozen=True, gc=False):
    """The rows of one event, before it has a number.

    Parameters
    ----------
    key
        Its hash, and the time of its error declaration.
    columns
        What stands in `events` between `key` and `job`, without the record time.
    json
        Its JSON text, with the prefixes that it uses.
    epcs
        Things and classes of things, each with its field.
    members
        What is asked for by name.
    prefixes
        The prefixes that it uses, beside those of the standard.
    """

    key: bytes
    columns: tuple[Any, ...]
    json: str
    epcs: tuple[tuple[str, int], ...]
    members: tuple[Member, ...]
    prefixes: dict[str, str]


class _Indexer:
    """Collects the members of one event."""

    def __init__(self, prefixes: Mapping[str, str]) -> None:
        self.prefixes = prefixes
        self.found: dict[tuple[str, str], tuple[float | None, int | None]] = {}

    def add(
        self, name: str, text: str, number: float | None = None, time: int | None = None
    ) -> None:
        """Add one member; a member that is there already is not added again."""
        self.found[name, text] = number, time

    def own(self, scope: str, key: str, value: Any) -> None:
        """Add a member of somebody's own, and what lies in it."""
        name = expanded(key, self.prefixes)
        if isinstance(value, list):
            for one in value:
                self.own(scope, key, one)
        elif isinstance(value, dict):
            self.add(bounded(scope + name), *said(value.get("@value")))
            inner = scope if scope.startswith("INNER_") else f"INNER_{scope}"
            for inside, one in value.items():
                if inside[:1] != "@":
                    self.own(inner, inside, one)
        else:
            self.add(bounded(scope + name), *said(value))

    def extensions(self, scope: str, holder: dict[str, Any], known: Container[str]) -> None:
        """Add all members of an object that the standard does not know."""
        for key, value in holder.items():
            if key not in known and key[:1] != "@":
                self.own(scope, key, value)

    def amount(self, name: str, value: float, uom: str | None) -> None:
        """Add an amount in the unit of the SI that fits."""
        number, unit = normalised(value, uom, difference=name == "sDev")
        self.add(f"{name}_{unit}", number_text(number), number)

    def parties(self, event: dict[str, Any]) -> None:
        """Add business transactions, sources and destinations."""
        for field, (member, words) in PARTIES.items():
            for one in event.get(field, ()):
                kind = word_key(words, one["type"], self.prefixes) if "type" in one else ""
                self.add(bounded(f"{member}_{kind}"), text_key(one.get(member, "")))

    def quantities(self, event: dict[str, Any]) -> None:
        """Add quantities, as they are and in units of the SI."""
        for field in _CLASSES:
            for one in event.get(field, ()):
                if "quantity" in one:
                    value = one["quantity"]
                    self.add("quantity", number_text(value), float(value))
                    if "uom" in one:
                        self.amount("quantity", value, one["uom"])

    def sensor(self, element: dict[str, Any]) -> None:
        """Add what a sensor element says."""
        metadata = element.get("sensorMetadata", {})
        for name, value in metadata.items():
            if name in _TIMES or name in _ADDRESSES:
                self.attribute(name, value, None)
        self.extensions("SENSORMETADATA_", metadata, _OF_REPORT)
        for report in element.get("sensorReport", ()):
            uom = report.get("uom")
            for name, value in report.items():
                if name in _OF_REPORT:
                    self.attribute(name, value, uom)
            self.extensions("SENSORREPORT_", report, _OF_REPORT)
        self.extensions("SENSORELEMENT_", element, ("sensorMetadata", "sensorReport", "id", "type"))

    def attribute(self, name: str, value: Any, uom: str | None) -> None:
        """Add one attribute of a sensor report."""
        if name in _MEASURED:
            self.amount(name, value, uom)
        elif name in _ADDRESSES:
            self.add(name, text_key(value))
        elif name in _TIMES:
            self.add(name, *said(value))
        elif name in _WORDS:
            self.add(name, word_key(_WORDS[name], value, self.prefixes))
        elif name == "hexBinaryValue":
            self.add(name, bounded(value.upper()))
        elif name == "stringValue":
            self.add(name, bounded(value))
        elif name != "uom":
            self.add(name, *said(value))

    def declaration(self, part: dict[str, Any]) -> None:
        """Add what an error declaration says."""
        if "reason" in part:
            self.add("errorReason", word_key("reason", part["reason"], self.prefixes))
        for one in part.get("correctiveEventIDs", ()):
            self.add("correctiveEventID", text_key(one))
        known = ("declarationTime", "reason", "correctiveEventIDs")
        self.extensions("ERROR_DECLARATION_", part, known)

    def conditions(self, part: dict[str, list[str]]) -> None:
        """Add a persistent disposition."""
        for side, values in part.items():
            for one in values:
                word = word_key("disposition", one, self.prefixes)
                self.add(f"persistentDisposition_{side}", word)

    def event(self, event: dict[str, Any]) -> None:
        """Add everything that an event says."""
        self.parties(event)
        self.quantities(event)
        if "transformationID" in event:
            self.add("transformationID", text_key(event["transformationID"]))
        if "persistentDisposition" in event:
            self.conditions(event["persistentDisposition"])
        if elements := event.get("sensorElementList"):
            self.add("sensorElementList", "")
            for element in elements:
                self.sensor(element)
        for place in ("readPoint", "bizLocation"):
            self.extensions(f"{place}_", event.get(place, {}), ("id",))
        if "errorDeclaration" in event:
            self.declaration(event["errorDeclaration"])
        if "ilmd" in event:
            self.extensions("ILMD_", event["ilmd"], ())
        if not event.keys() <= _STANDARD:
            self.extensions("", event, _STANDARD)


def _things(event: dict[str, Any]) -> tuple[tuple[str, int], ...]:
    found = []
    for field in _THINGS:
        if field in event:
            at = FIELDS[field]
            found += [(identifier_key(one), at) for one in event[field]]
    if "parentID" in event:
        found.append((identifier_key(event["parentID"]), FIELDS["parentID"]))
    for field in _CLASSES:
        if field in event:
            at = FIELDS[field]
            found += [(identifier_key(one["epcClass"]), at) for one in event[field]]
    return tuple(dict.fromkeys(found))


_known_place: Final = lru_cache(maxsize=65_536)(identifier_key)
"""Places come again and again, things do not."""


def _place(event: dict[str, Any], name: str) -> str | None:
    place = event.get(name)
    return _known_place(place["id"]) if place else None


def _word(event: dict[str, Any], name: str, prefixes: Mapping[str, str]) -> str | None:
    word = event.get(name)
    return None if word is None else word_key(name, word, prefixes)


def _alone(
    raw: bytes, event: dict[str, Any], prefixes: Mapping[str, str]
) -> tuple[str, dict[str, str]]:
    """Return the JSON of an event that stands alone: with the prefixes that it uses."""
    used = {
        name: address
        for name, address in prefixes.items()
        if f'"{name}:'.encode() in raw and "\0" not in name and PREFIXES.get(name) != address
    }
    context = event.get("@context")
    if context is None:
        if used:
            raw = b'{"@context":' + _ENCODE(used) + b"," + raw[1:]
    elif used:
        parts = context if isinstance(context, list) else [context]
        own = {name for part in parts if isinstance(part, dict) for name in part}
        missing = {name: address for name, address in used.items() if name not in own}
        if missing:
            raw = _ENCODE({**event, "@context": [*parts, missing]})
    return raw.decode(), {name: bounded(address) for name, address in used.items()}


def prepare(
    event: dict[str, Any],
    prefixes: Mapping[str, str],
    *,
    ignored: Container[str] = (),
    raw: bytes | None = None,
) -> Prepared:
    """Return the rows of an event that has been checked.

    Parameters
    ----------
    event
        The event as JSON.
    prefixes
        What its prefixes stand for, beside those of the standard.
    ignored
        Members that its hash leaves out.
    raw
        The event as it stood in its document, if that was JSON and says the same.

    Examples
    --------
    >>> made = prepare({
    ...     "type": "ObjectEvent", "eventTime": "2026-01-01T00:00:00Z", "action": "OBSERVE",
    ...     "eventTimeZoneOffset": "+00:00", "epcList": ["urn:epc:id:sgtin:4012345.011111.987"],
    ... }, {})
    >>> made.epcs
    (('/01/04012345111118/21/987', 1),)
    """
    digest = hash_of(prehash(event, prefixes, ignored=ignored))
    key = bytes.fromhex(digest[14:78])
    declaration = event.get("errorDeclaration")
    declared = None if declaration is None else microseconds(declaration["declarationTime"])
    if declared is not None:
        key += declared.to_bytes(8, "big", signed=True)
    compact = _ENCODE(event) if raw is None else raw
    if b"\n" in compact or compact[:1] != b"{":
        compact = msgspec.json.format(compact, indent=-1)
    text, used = _alone(compact, event, prefixes)
    made = _Indexer(prefixes)
    made.event(event)
    event_id = event.get("eventID")
    columns = (
        microseconds(event["eventTime"]),
        declared,
        type_key(event["type"], prefixes),
        event.get("action"),
        _word(event, "bizStep", prefixes),
        _word(event, "disposition", prefixes),
        _place(event, "readPoint"),
        _place(event, "bizLocation"),
        None if event_id is None else text_key(event_id),
    )
    members = tuple((*named, *values) for named, values in made.found.items())
    return Prepared(key, columns, text, _things(event), members, used)
