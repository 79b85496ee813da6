"""The check of types: fast where all is well, and complete where it is not.

Both ways read the same declarations (`events`): msgspec's compiled check decides, and only an event
that it refuses, or that has members it does not know, is walked to name everything that is wrong.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import msgspec
from msgspec import inspect as kinds

from catenary.errors import did_you_mean, listed
from catenary.exchange.events import (
    EVENT_TYPES,
    ErrorDeclaration,
    Event,
    OtherEvent,
    SensorElement,
    SensorMetadata,
    SensorReport,
)
from catenary.exchange.findings import Finding, finding
from catenary.exchange.vocabulary import BARE_PATTERN, VOCABULARIES, vocabulary_pattern

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["known_members", "schema_problems"]

_ADDRESS: Final = re.compile(BARE_PATTERN)


def _struct(of: type[msgspec.Struct]) -> kinds.StructType:
    found = kinds.type_info(of)
    if not isinstance(found, kinds.StructType):  # for the type checker
        raise TypeError
    return found


def known_members(of: type[msgspec.Struct]) -> frozenset[str]:
    """Return the names of the members that a type declares, as JSON spells them.

    Examples
    --------
    >>> "epcList" in known_members(EVENT_TYPES["ObjectEvent"])
    True
    """
    names = {one.encode_name for one in _struct(of).fields if one.encode_name}
    return frozenset(names | {"type", "@context"} if issubclass(of, Event) else names)


_INFO: Final = {name: _struct(kind) for name, kind in EVENT_TYPES.items()}
_OTHER: Final = _struct(OtherEvent)
_KNOWN: Final = {name: known_members(kind) for name, kind in EVENT_TYPES.items()}
_PLACE: Final = frozenset({"id"})
_DECLARATION: Final = known_members(ErrorDeclaration)
_ELEMENT: Final = known_members(SensorElement)
_METADATA: Final = known_members(SensorMetadata)
_REPORT: Final = known_members(SensorReport)
_VOCABULARY: Final = {vocabulary_pattern(name): v for name, v in VOCABULARIES.items()}


def _bare(part: dict[str, Any], known: frozenset[str]) -> bool:
    """Whether a part has a member that is neither known nor under a prefix."""
    return any(":" not in name and name[:1] != "@" for name in part.keys() - known)


def _bare_below(event: dict[str, Any]) -> bool:
    """Whether a part of an event, of which the types are right, has such a member."""
    for name in ("readPoint", "bizLocation"):
        part = event.get(name)
        if part is not None and len(part) > 1 and _bare(part, _PLACE):
            return True
    if "errorDeclaration" in event and _bare(event["errorDeclaration"], _DECLARATION):
        return True
    if "ilmd" in event and _bare(event["ilmd"], frozenset()):
        return True
    for element in event.get("sensorElementList", ()):
        if _bare(element, _ELEMENT) or _bare(element.get("sensorMetadata", {}), _METADATA):
            return True
        for report in element["sensorReport"]:
            if _bare(report, _REPORT):
                return True
    return False


def schema_problems(event: object) -> list[Finding]:
    """Return everything that is wrong with the types of an event; nothing if it is right.

    Parameters
    ----------
    event
        What a JSON object was decoded to.

    Examples
    --------
    >>> for one in schema_problems({"type": "ObjectEvent", "action": "CREATE"}):
    ...     print(one)
    eventTime: is missing Hint: an ObjectEvent needs it
    eventTimeZoneOffset: is missing Hint: an ObjectEvent needs it
    action: is 'CREATE' Hint: one of ADD, DELETE and OBSERVE
    """
    if not isinstance(event, dict):
        return [finding("", "type", f"is {_called(event)}, not an object")]
    kind = event.get("type")
    target = EVENT_TYPES.get(kind) if isinstance(kind, str) else None
    if target is None or not isinstance(kind, str):
        return _of_other_type(event, kind)
    try:
        msgspec.convert(event, target)
    except (msgspec.ValidationError, OverflowError) as error:
        found = list(_walk(event, _INFO[kind], ""))
        return found or [finding("", "type", f"cannot be kept: {error}")]
    for name in event.keys() - _KNOWN[kind]:
        if ":" not in name and name[:1] != "@":
            return list(_walk(event, _INFO[kind], ""))
    return list(_walk(event, _INFO[kind], "")) if _bare_below(event) else []


def _of_other_type(event: dict[str, Any], kind: object) -> list[Finding]:
    """Return what is wrong with an event of somebody's own type, or of none."""
    if not isinstance(kind, str):
        rule = "type" if "type" in event else "required"
        words = f"is {_called(kind)}, not text" if "type" in event else "is missing"
        return [finding("type", rule, words, hint=f"known are {listed(EVENT_TYPES)}")]
    if not _ADDRESS.match(kind):
        hint = did_you_mean(kind, EVENT_TYPES)
        return [finding("type", "event-type", f"is {kind[:80]!r}", hint=hint)]
    return list(_walk(event, _OTHER, "", strict=False))


def _called(value: object) -> str:
    """Return what a JSON value is, in words."""
    if value is None:
        return "null"
    names = {bool: "true or false", dict: "an object", list: "a list", str: "text"}
    return names.get(type(value), "a number")


def _path(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _walk(value: object, info: kinds.Type, path: str, *, strict: bool = True) -> Iterator[Finding]:
    """Yield what is wrong with a value, and with all that is in it."""
    if isinstance(info, kinds.Metadata):
        yield from _walk(value, info.type, path)
    elif isinstance(info, kinds.StructType):
        yield from _walk_object(value, info, path, strict=strict)
    elif isinstance(info, kinds.ListType):
        yield from _walk_list(value, info, path)
    elif isinstance(info, kinds.UnionType):
        yield from _walk_union(value, info, path)
    elif isinstance(info, kinds.StrType):
        yield from _walk_text(value, info, path)
    elif isinstance(info, kinds.LiteralType):
        yield from _walk_choice(value, info, path)
    elif isinstance(info, kinds.DictType):
        yield from _walk_free(value, path)
    elif not isinstance(value, bool):  # the only other type that is declared
        yield finding(path, "type", f"is {_called(value)}, not true or false")


def _walk_choice(value: object, info: kinds.LiteralType, path: str) -> Iterator[Finding]:
    if not isinstance(value, str) or value not in info.values:
        shown = repr(value)[:80] if isinstance(value, str) else _called(value)
        yield finding(path, "enumeration", f"is {shown}", hint=f"one of {listed(info.values)}")


def _walk_object(
    value: object, info: kinds.StructType, path: str, *, strict: bool
) -> Iterator[Finding]:
    if not isinstance(value, dict):
        yield finding(path, "type", f"is {_called(value)}, not an object")
        return
    name = info.cls.__name__
    article = "an" if name[0] in "AEIO" else "a"
    for one in info.fields:
        if not one.encode_name:
            continue
        where = _path(path, one.encode_name)
        if one.encode_name in value:
            yield from _walk(value[one.encode_name], one.type, where)
        elif one.required:
            yield finding(where, "required", "is missing", hint=f"{article} {name} needs it")
    if not strict:
        return
    known = known_members(info.cls)
    for member in value:
        free = ":" in member or member[:1] == "@"
        if member in known or (free and not info.forbid_unknown_fields):
            continue
        hint = did_you_mean(member, known)
        if not info.forbid_unknown_fields:
            hint += "; a member of one's own has a prefix, as in example:field"
        words = f"is not known in {article} {name}"
        yield finding(_path(path, str(member)[:80]), "unknown-field", words, hint=hint)


def _walk_list(value: object, info: kinds.ListType, path: str) -> Iterator[Finding]:
    if not isinstance(value, list):
        yield finding(path, "list", f"is {_called(value)}, not a list", hint="write [ … ]")
        return
    if len(value) < (info.min_length or 0):
        yield finding(path, "empty-list", "is empty", hint="leave it out, or say at least one")
    for at, item in enumerate(value):
        yield from _walk(item, info.item_type, f"{path}[{at}]")


def _walk_union(value: object, info: kinds.UnionType, path: str) -> Iterator[Finding]:
    types = [one.type if isinstance(one, kinds.Metadata) else one for one in info.types]
    if any(isinstance(one, kinds.FloatType) for one in types):
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            yield finding(path, "type", f"is {_called(value)}, not a number")
        return
    lists = [one for one in types if isinstance(one, kinds.ListType)]
    chosen = lists[0] if lists and isinstance(value, list) else types[0]
    yield from _walk(value, chosen, path)


def _walk_text(value: object, info: kinds.StrType, path: str) -> Iterator[Finding]:
    if not isinstance(value, str):
        yield finding(path, "type", f"is {_called(value)}, not text")
    elif info.pattern is not None and not re.search(info.pattern, value):
        vocabulary = _VOCABULARY.get(info.pattern)
        if vocabulary is None:
            hint = f"it must fit {info.pattern}"
            yield finding(path, "pattern", f"is {value[:80]!r}", hint=hint)
            return
        word = next(
            (w for w in vocabulary.words if vocabulary.full(value) == vocabulary.full(w)), ""
        )
        hint = (
            f"JSON writes it {word!r}"
            if word
            else f"{did_you_mean(value, sorted(vocabulary.words))}; a word of one's own is a web "
            "address or a URN"
        )
        rule = "vocabulary-spelling" if word else "vocabulary"
        yield finding(path, rule, f"is {value[:80]!r}, which is no {vocabulary.name}", hint=hint)


def _walk_free(value: object, path: str) -> Iterator[Finding]:
    """Yield what is wrong with instance and lot master data: members need a prefix."""
    if not isinstance(value, dict):
        yield finding(path, "type", f"is {_called(value)}, not an object")
        return
    for member in value:
        if ":" not in member and member[:1] != "@":
            hint = "give it a prefix, as in cbvmda:lotNumber or example:field"
            yield finding(_path(path, member[:80]), "unknown-field", "has no prefix", hint=hint)
