"""What types cannot say: rules of EPCIS and of identifiers, beside the schema.

Each rule has a name (`RULES`), and each finding names the field and the rule. They expect an event
of which the types are right (`checking`).

References
----------
GS1, EPCIS Standard 2.0, sections 7.3 and 7.4; CBV Standard 2.0, sections 7 and 8.
"""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from catenary.exchange.checking import known_members
from catenary.exchange.events import EVENT_TYPES
from catenary.exchange.findings import Finding, Level, finding
from catenary.exchange.identifiers import urn_fault
from catenary.exchange.layout import EPCS, PARTIES, PLACES, QUANTITIES, WORDS
from catenary.exchange.links import link_fault
from catenary.exchange.vocabulary import CBV, GS1, VOCABULARIES

if TYPE_CHECKING:
    from collections.abc import Callable, Container

__all__ = ["RULES", "rule_problems", "time_fault"]

RULES: Final = {
    "time": "a time is YYYY-MM-DDThh:mm:ss with an offset or Z, and exists in the calendar",
    "address": "an identifier is a web address or URN, without blanks",
    "epc": "an EPC URN fits its scheme, and a GS1 Digital Link has the right check digit",
    "instance": "a list of EPCs names single things, not classes of things",
    "unique": "no thing stands twice in one list",
    "what": "an event says what it is about",
    "ilmd-action": "instance and lot master data come with action ADD only",
    "parent": "the container may be left out only when it is observed",
    "inputs-outputs": "a transformation has inputs and outputs, or an id that joins its parts",
    "persistent": "a persistent disposition sets or unsets something, and not both at once",
    "uom": "a unit of measure belongs to a quantity",
    "quantity": "a quantity is not negative",
    "sensor-type": "a sensor report has a type or an exception",
    "sensor-time": "what is measured over a time starts before it ends",
    "vocabulary": "a word of the standard is in its vocabulary",
    "prefix": "the prefix of an extension is declared in @context",
}
"""Every semantic rule, and what it asks."""

_TIME: Final = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]+)?"
    r"(?:Z|[+-](?:(?:0[0-9]|1[0-3]):[0-5][0-9]|14:00))"
)
_MINUTE: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(?:Z|[+-][0-9]{2}:[0-9]{2})"
)
_ADDRESS: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:[^\s\x00-\x1f\x7f]+")
_BIG: Final = 100_000
_THINGS: Final = ("urn:epc:id:sgtin:", "urn:epc:id:upui:")
_SOUND: Final[set[str]] = set()
"""Beginnings of URNs that are right if their serial is short and of letters and digits."""
_SENSOR_ADDRESSES: Final = (
    "deviceID", "deviceMetadata", "rawData", "dataProcessingMethod", "bizRules", "microorganism",
    "chemicalSubstance", "coordinateReferenceSystem", "uriValue",
)  # fmt: skip


@lru_cache(maxsize=_BIG)
def _is_day(day: str) -> bool:
    try:
        date.fromisoformat(day)
    except ValueError:
        return False
    return True


def time_fault(text: str) -> str:
    """Return what is wrong with a time, or nothing.

    Examples
    --------
    >>> time_fault("2026-02-30T00:00:00Z")
    "is '2026-02-30T00:00:00Z', a day that does not exist"
    """
    found = _TIME.fullmatch(text)
    if found is None:
        return f"is {text[:40]!r}, not like 2026-07-22T06:45:00+02:00"
    return "" if _is_day(found[1]) else f"is {text[:40]!r}, a day that does not exist"


@lru_cache(maxsize=_BIG)
def _fault(identifier: str) -> tuple[str, Level, str] | None:
    """Return the rule that an identifier breaks, how badly, and what is wrong."""
    if not _ADDRESS.fullmatch(identifier):
        return "address", "error", f"is {identifier[:120]!r}, no web address or URN"
    if identifier.startswith("urn:epc:"):
        if fault := urn_fault(identifier):
            level: Level = "warning" if "more than" in fault else "error"
            return "epc", level, f"{identifier[:120]!r} {fault}"
    elif identifier.startswith("http") and (fault := link_fault(identifier)):
        return "epc", "warning", f"{identifier[:120]!r} {fault}"
    return None


@lru_cache(maxsize=_BIG)
def _thing_fault(identifier: str) -> tuple[str, Level, str] | None:
    """Return likewise what is wrong with an identifier of a single thing."""
    if identifier.startswith(("urn:epc:class:", "urn:epc:idpat:")):
        return "instance", "warning", f"{identifier[:120]!r} is a class of things"
    return _fault(identifier)


def _remember(identifier: str, dot: int) -> None:
    """Keep the beginning of a right identifier, which other serials share."""
    if identifier.startswith(_THINGS) and identifier[dot + 1 :].isalnum():
        if len(_SOUND) >= _BIG:
            _SOUND.clear()
        _SOUND.add(identifier[:dot])


def _identifiers(
    found: list[Finding],
    path: str,
    values: list[str],
    fault: Callable[[str], tuple[str, Level, str] | None] = _fault,
    *,
    unique: bool = False,
) -> None:
    for at, value in enumerate(values):
        dot = value.find(".", value.find(".") + 1)
        serial = value[dot + 1 :]
        if value[:dot] in _SOUND and serial.isalnum() and serial.isascii() and len(serial) <= 20:
            continue
        wrong = fault(value)
        if wrong is None:
            _remember(value, dot)
        else:
            found.append(finding(f"{path}[{at}]", wrong[0], wrong[2], level=wrong[1]))
    if unique and len(set(values)) < len(values):
        twice = next(value for at, value in enumerate(values) if value in values[:at])
        found.append(finding(path, "unique", f"names {twice[:120]!r} twice"))


def _identifier(found: list[Finding], path: str, value: str) -> None:
    wrong = _fault(value)
    if wrong is not None:
        found.append(finding(path, wrong[0], wrong[2], level=wrong[1]))


def _time(found: list[Finding], path: str, text: str) -> None:
    if fault := time_fault(text):
        found.append(finding(path, "time", fault))


def _quantities(found: list[Finding], path: str, elements: list[dict[str, Any]]) -> None:
    for at, element in enumerate(elements):
        wrong = _fault(element["epcClass"])
        if wrong is not None:
            where = f"{path}[{at}].epcClass"
            found.append(finding(where, wrong[0], wrong[2], level=wrong[1]))
        quantity = element.get("quantity")
        if quantity is None:
            if "uom" in element:
                found.append(finding(f"{path}[{at}].uom", "uom", "has no quantity"))
        elif quantity < 0:
            found.append(finding(f"{path}[{at}].quantity", "quantity", f"is {quantity}"))


def _word(found: list[Finding], path: str, value: str, name: str) -> None:
    """Find addresses of the standard's own vocabulary that it does not have."""
    vocabulary = VOCABULARIES[name]
    if value in vocabulary.words:
        return
    if ":" not in value:
        words = f"is {value[:80]!r}, which is no {vocabulary.name}"
        found.append(finding(path, "vocabulary", words, level="warning"))
    elif (full := vocabulary.full(value)).startswith((CBV, GS1)):
        if full.removeprefix(vocabulary.web) not in vocabulary.words:
            words = f"is {value[:80]!r}, which is no {vocabulary.name} of the standard"
            found.append(finding(path, "vocabulary", words, level="warning"))
    else:
        _identifier(found, path, value)


def _sensor(found: list[Finding], elements: list[dict[str, Any]]) -> None:
    for at, element in enumerate(elements):
        path = f"sensorElementList[{at}]"
        metadata = element.get("sensorMetadata")
        if metadata:
            _sensor_part(found, f"{path}.sensorMetadata", metadata)
        for number, report in enumerate(element["sensorReport"]):
            where = f"{path}.sensorReport[{number}]"
            _sensor_part(found, where, report)
            if "type" in report:
                _word(found, f"{where}.type", report["type"], "measurement")
            elif "exception" not in report:
                found.append(finding(where, "sensor-type", "has neither type nor exception"))
            for name in ("exception", "component"):
                if name in report:
                    _word(found, f"{where}.{name}", report[name], name)


def _sensor_part(found: list[Finding], path: str, part: dict[str, Any]) -> None:
    for name in ("time", "startTime", "endTime"):
        if name in part and isinstance(part[name], str):
            _time(found, f"{path}.{name}", part[name])
    for name in _SENSOR_ADDRESSES:
        if name in part:
            _identifier(found, f"{path}.{name}", part[name])
    start, end = part.get("startTime"), part.get("endTime")
    if start and end and not time_fault(start) and not time_fault(end):
        from catenary.exchange.times import instant  # noqa: PLC0415  rarely needed

        if instant(start) > instant(end):
            found.append(finding(f"{path}.startTime", "sensor-time", f"is after endTime {end}"))


def _declaration(found: list[Finding], declared: dict[str, Any]) -> None:
    said = declared["declarationTime"]
    if _MINUTE.fullmatch(said):
        words = f"is {said!r}, without seconds"
        found.append(finding("errorDeclaration.declarationTime", "time", words, level="warning"))
    else:
        _time(found, "errorDeclaration.declarationTime", said)
    _identifiers(
        found, "errorDeclaration.correctiveEventIDs", declared.get("correctiveEventIDs", [])
    )


def _persistent(found: list[Finding], part: dict[str, Any]) -> None:
    if not part:
        found.append(finding("persistentDisposition", "persistent", "sets and unsets nothing"))
    both = set(part.get("set", ())) & set(part.get("unset", ()))
    if both:
        words = f"sets and unsets {min(both)!r} at once"
        found.append(finding("persistentDisposition", "persistent", words))
    for name in ("set", "unset"):
        for at, value in enumerate(part.get(name, ())):
            _word(found, f"persistentDisposition.{name}[{at}]", value, "disposition")


def _object(event: dict[str, Any]) -> list[Finding]:
    found: list[Finding] = []
    if (
        "epcList" not in event
        and not event.get("quantityList")
        and not (event.get("sensorElementList") and "readPoint" in event)
    ):
        hint = "give epcList, quantityList, or sensorElementList and readPoint"
        found.append(finding("epcList", "what", "no thing is named", hint=hint))
    if "ilmd" in event and event["action"] != "ADD":
        found.append(finding("ilmd", "ilmd-action", f"comes with action {event['action']}"))
    return found


def _children(event: dict[str, Any]) -> list[Finding]:
    if (
        event["action"] != "DELETE"
        and not event.get("childEPCs")
        and not event.get("childQuantityList")
    ):
        hint = "give childEPCs or childQuantityList; only DELETE may leave both out"
        return [finding("childEPCs", "what", "no thing is named", hint=hint)]
    return []


def _aggregation(event: dict[str, Any]) -> list[Finding]:
    found = _children(event)
    if "parentID" not in event and event["action"] != "OBSERVE":
        hint = "name the container"
        found.append(
            finding("parentID", "parent", f"is missing with action {event['action']}", hint=hint)
        )
    return found


def _transaction(event: dict[str, Any]) -> list[Finding]:
    if event["action"] != "DELETE" and "epcList" not in event and not event.get("quantityList"):
        hint = "give epcList or quantityList; only DELETE may leave both out"
        return [finding("epcList", "what", "no thing is named", hint=hint)]
    return []


def _transformation(event: dict[str, Any]) -> list[Finding]:
    sides = {
        side: bool(event.get(f"{side}EPCList") or event.get(f"{side}QuantityList"))
        for side in ("input", "output")
    }
    if all(sides.values()) or ("transformationID" in event and any(sides.values())):
        return []
    missing = next(side for side, there in sides.items() if not there)
    hint = "a part of a transformation may leave one side out if transformationID joins the parts"
    return [finding(f"{missing}EPCList", "inputs-outputs", f"there is no {missing}", hint=hint)]


_BY_TYPE: Final[dict[str, Callable[[dict[str, Any]], list[Finding]]]] = {
    "ObjectEvent": _object,
    "AggregationEvent": _aggregation,
    "TransactionEvent": _transaction,
    "TransformationEvent": _transformation,
    "AssociationEvent": _children,
}
_UNIQUE: Final = frozenset({"epcList", "inputEPCList", "outputEPCList"})
_SINGLE: Final = frozenset({"parentID", "transformationID", "eventID"})
_KNOWN: Final = {name: known_members(kind) for name, kind in EVENT_TYPES.items()}


def rule_problems(event: dict[str, Any], prefixes: Container[str] = ()) -> list[Finding]:
    """Return every semantic rule that an event breaks; nothing if it keeps them all.

    Parameters
    ----------
    event
        An event of which the types are right.
    prefixes
        The prefixes that may be used for extensions.

    Examples
    --------
    >>> for one in rule_problems({
    ...     "type": "ObjectEvent", "action": "OBSERVE", "eventTime": "2026-01-32T00:00:00Z",
    ...     "eventTimeZoneOffset": "+00:00", "epcList": ["urn:epc:id:sgtin:4012345.11.9"],
    ... }):
    ...     print(one.field, one.rule, one.level)
    eventTime time error
    epcList[0] epc error
    """
    kind = event["type"]
    by_type = _BY_TYPE.get(kind)
    found = by_type(event) if by_type else []
    _time(found, "eventTime", event["eventTime"])
    _identified(found, event)
    if "recordTime" in event:
        _time(found, "recordTime", event["recordTime"])
    if "errorDeclaration" in event:
        _declaration(found, event["errorDeclaration"])
    if "persistentDisposition" in event:
        _persistent(found, event["persistentDisposition"])
    if "sensorElementList" in event:
        _sensor(found, event["sensorElementList"])
    if "certificationInfo" in event:
        said = event["certificationInfo"]
        _identifiers(found, "certificationInfo", said if isinstance(said, list) else [said])
    for name in event.keys() - _KNOWN.get(kind, frozenset()):
        prefix, colon, rest = name.partition(":")
        if colon and prefix not in prefixes and prefix != "urn" and not rest.startswith("//"):
            words = f"its prefix {prefix!r} is declared nowhere"
            hint = f'add {{"{prefix}": "https://…/"}} to @context'
            found.append(finding(name[:120], "prefix", words, hint=hint, level="warning"))
    return found


def _identified(found: list[Finding], event: dict[str, Any]) -> None:
    """Look at every identifier and word of an event."""
    names = event.keys()
    for name in EPCS & names:
        _identifiers(found, name, event[name], _thing_fault, unique=name in _UNIQUE)
    for name in QUANTITIES & names:
        _quantities(found, name, event[name])
    for name in _SINGLE & names:
        _identifier(found, name, event[name])
    for name in PLACES & names:
        _identifier(found, f"{name}.id", event[name]["id"])
    for name in WORDS.keys() & names:
        _word(found, name, event[name], name)
    for name in PARTIES.keys() & names:
        _parties(found, name, event[name])


def _parties(found: list[Finding], name: str, parties: list[dict[str, str]]) -> None:
    member, words = PARTIES[name]
    for at, party in enumerate(parties):
        _identifier(found, f"{name}[{at}].{member}", party[member])
        if "type" in party:
            _word(found, f"{name}[{at}].type", party["type"], words)
