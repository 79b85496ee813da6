"""The event hash of CBV 2.0: one fingerprint of an event, however it was written.

An event is put into one canonical string, the pre-hash, of which SHA-256 is taken. Where the text
of the standard and its reference vectors differ, the vectors decide: `type` stands before what it
types, `sensorElementList` before `bizTransactionList`, `certificationInfo` after
`eventTimeZoneOffset`, `parentID` before `epcList`, and numbers go by way of a double.

References
----------
GS1, Core Business Vocabulary Standard 2.0, section 8.9; RFC 6920.
"""

from __future__ import annotations

import re
from functools import lru_cache
from hashlib import sha256
from math import isfinite
from typing import TYPE_CHECKING, Any, Final

from catenary.exchange.contexts import PREFIXES, expanded
from catenary.exchange.layout import NUMBERS, PARTIES, REPORT_WORDS
from catenary.exchange.links import canonical_link
from catenary.exchange.times import utc
from catenary.exchange.vocabulary import CBV, VOCABULARIES

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Mapping

__all__ = ["event_hash", "hash_of", "number_text", "prehash"]

_NUMERIC: Final = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?", re.ASCII)
_CACHED: Final = 65_536
_URNS: Final = {v.urn: v.web for v in VOCABULARIES.values() if v.urn}
_METADATA: Final = (
    "time", "startTime", "endTime", "deviceID", "deviceMetadata", "rawData", "dataProcessingMethod",
    "bizRules",
)  # fmt: skip
_REPORT: Final = (
    "type", "exception", "deviceID", "deviceMetadata", "rawData", "dataProcessingMethod", "time",
    "microorganism", "chemicalSubstance", "value", "component", "stringValue", "booleanValue",
    "hexBinaryValue", "uriValue", "minValue", "maxValue", "meanValue", "sDev", "percRank",
    "percValue", "uom", "coordinateReferenceSystem",
)  # fmt: skip
_OF_REPORT: Final = frozenset({*_REPORT, "bizRules"})
_TIMES: Final = frozenset({"time", "startTime", "endTime"})
_COMMENT: Final = "{http://www.w3.org/2000/01/rdf-schema#}comment"


def number_text(value: float) -> str:
    """Return a number without trailing zeros, as the reference writes it: by way of a double.

    So say the reference vectors, at the price of the digits after the sixteenth.

    Examples
    --------
    >>> number_text(26.0), number_text(0.10), number_text(1e-05), number_text(1e21)
    ('26', '0.1', '1e-05', '1000000000000000000000')
    """
    try:
        made = float(value)
    except OverflowError:
        return repr(value)
    return repr(int(made)) if made.is_integer() else repr(made)


@lru_cache(maxsize=_CACHED)
def _value(text: str) -> str:
    """Return a value in the form that all spellings of it share.

    Prefixes of the standard are spelt out; those of one's own are not, since in XML (and in the
    reference vectors) a value does not know them.
    """
    text = text.strip()
    if text.startswith(("urn:epc:", "http", "HTTP")):
        return canonical_link(text)
    if text.startswith("urn:epcglobal:cbv:"):
        for urn, web in _URNS.items():
            if text.startswith(urn):
                return web + text[len(urn) :]
        return text
    prefix, colon, rest = text.partition(":")
    if colon:
        return PREFIXES[prefix] + rest if prefix in PREFIXES and rest[:2] != "//" else text
    if _NUMERIC.fullmatch(text):
        made = float(text)
        return number_text(made) if isfinite(made) else text
    return text


def _said(value: object) -> str:
    """Return any value as the pre-hash writes it."""
    if isinstance(value, str):
        return canonical_link(value) if value[:8] == "urn:epc:" else _value(value)
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return number_text(value)  # type: ignore[arg-type]


class _Hasher:
    """Writes the pre-hash of events that share prefixes.

    Parameters
    ----------
    prefixes
        Prefixes beside those of the standard.
    ignored
        Names of members that are left out.
    """

    def __init__(self, prefixes: Mapping[str, str], ignored: Container[str]) -> None:
        self.prefixes = prefixes
        self.ignored = ignored
        self.names: dict[str, str] = {}

    def name(self, key: str) -> str:
        """Return the name of a member of one's own."""
        made = self.names.get(key)
        if made is None:
            made = self.names[key] = expanded(key.removeprefix("@"), {**PREFIXES, **self.prefixes})
        return made

    def text(self, value: str) -> str:
        """Return an identifier or any other text."""
        return _said(value)

    def word(self, name: str, value: str) -> str:
        """Return the web address of a word."""
        full = VOCABULARIES[name].full(value)
        return full if full.startswith(CBV) else _said(full)

    # --- members of one's own ---------------------------------------------------------------------

    def member(self, key: str, value: Any) -> list[str]:
        """Return what a member of one's own adds: a string for each of its values."""
        name = self.name(key)
        if name == _COMMENT:
            return []
        if isinstance(value, list):
            return [part for one in value for part in self.member(key, one)]
        if isinstance(value, dict):
            text = _said(value["@value"]) if "@value" in value else ""
            return [name + (f"={text}" if text else "") + self.extensions(value, ("@value",))]
        text = _said(value)
        return [f"{name}={text}" if text else name]

    def extensions(self, holder: dict[str, Any], known: Container[str]) -> str:
        """Return all members of an object that the standard does not know, sorted."""
        parts: list[str] = []
        for key, value in holder.items():
            if key not in known and key != "@context" and key not in self.ignored:
                parts += self.member(key, value)
        parts.sort()
        return "".join(parts)

    # --- fields of the standard -------------------------------------------------------------------

    def epcs(self, name: str, values: list[str]) -> str:
        """Return a list of EPCs; nothing if it is empty."""
        if not values:
            return ""
        parts = ["epc=" + _said(value) for value in values]
        parts.sort()
        return name + "".join(parts)

    def quantities(self, name: str, elements: list[dict[str, Any]]) -> str:
        """Return a list of quantities."""
        if not elements:
            return ""
        parts = []
        for one in elements:
            made = f"quantityElementepcClass={self.text(one.get('epcClass', ''))}"
            if "quantity" in one:
                made += f"quantity={_said(one['quantity'])}"
            if "uom" in one:
                made += f"uom={one['uom'].strip()}"
            parts.append(made)
        return name + "".join(sorted(parts))

    def parties(self, name: str, parties: list[dict[str, str]]) -> str:
        """Return a list of transactions, sources or destinations."""
        if not parties:
            return ""
        member, words = PARTIES[name]
        parts = []
        for one in parties:
            made = f"type={self.word(words, one['type'])}" if "type" in one else ""
            parts.append(f"{made}{member}={self.text(one.get(member, ''))}")
        return name + "".join(sorted(parts))

    def place(self, name: str, part: dict[str, Any]) -> str:
        """Return a read point or business location."""
        made = f"{name}id={self.text(part.get('id', ''))}"
        return made + self.extensions(part, ("id",)) if len(part) > 1 else made

    def persistent(self, name: str, part: dict[str, list[str]]) -> str:
        """Return a persistent disposition."""
        parts = [name]
        for side in ("set", "unset"):
            parts += sorted(f"{side}={self.word('disposition', one)}" for one in part.get(side, ()))
        return "".join(parts)

    def sensors(self, name: str, elements: list[dict[str, Any]]) -> str:
        """Return a list of sensor elements."""
        if not elements:
            return ""
        return name + "".join(sorted(self._sensor(one) for one in elements))

    def _sensor(self, element: dict[str, Any]) -> str:
        made = "sensorElement"
        if metadata := element.get("sensorMetadata"):
            made += "sensorMetadata" + self._part(metadata, _METADATA, _METADATA)
        reports = [
            f"sensorReport{self._part(one, _REPORT, _OF_REPORT)}"
            for one in element.get("sensorReport", ())
        ]
        known = ("sensorMetadata", "sensorReport", "type", "id")
        return made + "".join(sorted(reports)) + self.extensions(element, known)

    def sensor_rules(self, name: str, elements: list[dict[str, Any]]) -> str:
        """Return the business rules of reports, which stand apart in the reference vectors."""
        parts = []
        for element in elements:
            rules = [
                f"sensorReportbizRules={self.text(one['bizRules'])}"
                for one in element.get("sensorReport", ())
                if "bizRules" in one
            ]
            if rules:
                parts.append("sensorElement" + "".join(sorted(rules)))
        return name + "".join(sorted(parts)) if parts else ""

    def _part(self, part: dict[str, Any], order: tuple[str, ...], known: Container[str]) -> str:
        made = []
        for name in order:
            if name in part:
                value = part[name]
                if name in _TIMES:
                    said = utc(value)
                elif name in REPORT_WORDS:
                    said = self.word(REPORT_WORDS[name], value)
                elif name in NUMBERS or not isinstance(value, str):
                    said = _said(value)
                else:
                    said = self.text(value)
                made.append(f"{name}={said}")
        return "".join(made) + self.extensions(part, known)

    def certificates(self, name: str, value: str | list[str]) -> str:
        """Return what certifies an event."""
        values = value if isinstance(value, list) else [value]
        return "".join(sorted(f"{name}={self.text(one)}" for one in values))

    def master(self, name: str, part: dict[str, Any]) -> str:
        """Return instance and lot master data."""
        return name + self.extensions(part, ())

    def plain(self, name: str, value: str) -> str:
        """Return a field that is written as it is."""
        return f"{name}={value.strip()}"

    def identifier(self, name: str, value: str) -> str:
        """Return a field that names a thing."""
        return f"{name}={self.text(value)}"

    def vocabulary(self, name: str, value: str) -> str:
        """Return a field that is a word."""
        return f"{name}={self.word(name, value)}"

    def write(self, event: dict[str, Any]) -> str:
        """Return the pre-hash of an event."""
        kind = event["type"]
        named = self.text(kind) if ":" in kind else kind
        parts = [f"eventType={named}eventTime={utc(event['eventTime'])}"]
        for name, write in _ORDER:
            if name in event:
                parts.append(write(self, name, event[name]))
        if not event.keys() <= _STANDARD:
            parts.append(self.extensions(event, _STANDARD))
        return "".join(parts)


_ORDER: Final[tuple[tuple[str, Callable[[_Hasher, str, Any], str]], ...]] = (
    ("eventTimeZoneOffset", _Hasher.plain),
    ("certificationInfo", _Hasher.certificates),
    ("parentID", _Hasher.identifier),
    ("epcList", _Hasher.epcs),
    ("inputEPCList", _Hasher.epcs),
    ("childEPCs", _Hasher.epcs),
    ("quantityList", _Hasher.quantities),
    ("childQuantityList", _Hasher.quantities),
    ("inputQuantityList", _Hasher.quantities),
    ("outputEPCList", _Hasher.epcs),
    ("outputQuantityList", _Hasher.quantities),
    ("action", _Hasher.plain),
    ("transformationID", _Hasher.identifier),
    ("bizStep", _Hasher.vocabulary),
    ("disposition", _Hasher.vocabulary),
    ("persistentDisposition", _Hasher.persistent),
    ("readPoint", _Hasher.place),
    ("bizLocation", _Hasher.place),
    ("sensorElementList", _Hasher.sensors),
    ("bizTransactionList", _Hasher.parties),
    ("destinationList", _Hasher.parties),
    ("ilmd", _Hasher.master),
    ("sensorElementList", _Hasher.sensor_rules),
    ("sourceList", _Hasher.parties),
)
_LEFT_OUT: Final = ("recordTime", "eventID", "errorDeclaration", "@context", "id")
_STANDARD: Final = frozenset({"type", "eventTime", *(n for n, _ in _ORDER), *_LEFT_OUT})


def prehash(
    event: dict[str, Any],
    prefixes: Mapping[str, str] | None = None,
    *,
    ignored: Container[str] = (),
) -> str:
    """Return the canonical string of an event.

    Parameters
    ----------
    event
        The event as JSON; `recordTime`, `eventID` and `errorDeclaration` do not count.
    prefixes
        What prefixes of extensions stand for, beside those of the standard.
    ignored
        Members of extensions that do not count.

    Examples
    --------
    >>> prehash({
    ...     "type": "ObjectEvent", "eventTime": "2020-03-04T11:00:30+01:00",
    ...     "eventTimeZoneOffset": "+01:00", "action": "OBSERVE", "bizStep": "departing",
    ...     "epcList": ["urn:epc:id:sgtin:0614141.011111.987"],
    ... })[:84]
    'eventType=ObjectEventeventTime=2020-03-04T10:00:30.000ZeventTimeZoneOffset=+01:00epc'
    """
    return _Hasher(prefixes or {}, ignored).write(event)


def event_hash(
    event: dict[str, Any],
    prefixes: Mapping[str, str] | None = None,
    *,
    ignored: Container[str] = (),
) -> str:
    """Return the hash of an event, as a name after RFC 6920; options as `prehash`.

    Examples
    --------
    >>> event_hash({
    ...     "type": "ObjectEvent", "eventTime": "2020-03-04T11:00:30+01:00",
    ...     "eventTimeZoneOffset": "+01:00", "action": "OBSERVE", "epcList": [],
    ... })[:30]
    'ni:///sha-256;db3d7a8738a74a20'
    """
    return hash_of(prehash(event, prefixes, ignored=ignored))


def hash_of(written: str) -> str:
    """Return the hash of a pre-hash.

    Examples
    --------
    >>> hash_of("")[:30]
    'ni:///sha-256;e3b0c44298fc1c14'
    """
    return f"ni:///sha-256;{sha256(written.encode()).hexdigest()}?ver=CBV2.0"
