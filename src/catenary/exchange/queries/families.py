"""The names of all parameters, and the condition that each stands for.

References
----------
GS1, EPCIS Standard 2.0, section 8.2.7.1.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, TypeAlias, cast

from catenary.errors import did_you_mean
from catenary.exchange.contexts import PREFIXES
from catenary.exchange.keys import bounded, identifier_key, said, text_key
from catenary.exchange.queries.conditions import (
    Comparison,
    Condition,
    OnColumn,
    OnMaster,
    OnMember,
    OnThing,
    Within,
)
from catenary.exchange.queries.matching import PatternError, spans
from catenary.exchange.queries.units import normalised
from catenary.exchange.queries.values import (
    Asked,
    QueryError,
    action,
    event_type,
    number,
    several,
    single,
    texts,
    time,
    truth,
    word,
)

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["FAMILIES", "PARAMETERS", "condition_of"]

Maker: TypeAlias = "Callable[[str, Any, Asked], Condition | None]"
Reader: TypeAlias = "Callable[[str, str, Asked], str]"

_ALL: Final[tuple[Comparison, ...]] = ("EQ", "GT", "GE", "LT", "LE")
_MEASURES: Final = (
    "value", "minValue", "maxValue", "meanValue", "sDev", "percValue", "quantity",
)  # fmt: skip
_SCOPES: Final = (
    "ILMD_", "ERROR_DECLARATION_", "SENSORELEMENT_", "SENSORMETADATA_", "SENSORREPORT_",
    "readPoint_", "bizLocation_",
)  # fmt: skip
_PARTIES: Final = {
    "bizTransaction": "bizTransaction", "source": "source", "destination": "source",
}  # fmt: skip
_OWN: Final = re.compile(r"(EQ|GT|GE|LT|LE|EXISTS)_(.+)", re.DOTALL)
_MEASURED: Final = re.compile(rf"(EQ|GT|GE|LT|LE)_({'|'.join(_MEASURES)})_([A-Za-z0-9]{{1,20}})")
_PARTY: Final = re.compile(r"EQ_(bizTransaction|source|destination)_(.*)", re.DOTALL)
_MOST_PATTERNS: Final = 500
_MASTER: Final = re.compile(r"(HASATTR|EQATTR|EQ_ATTR)_(.+)", re.DOTALL)
_COLUMNS: Final = {
    "readPoint": "read_point", "bizLocation": "biz_location", "bizStep": "biz_step",
    "disposition": "disposition",
}  # fmt: skip
_CLASS_FIELDS: Final = {"epcClass": (6, 7), "inputEPCClass": (8,), "outputEPCClass": (9,)}

# --- readers: a value as the store looks it up ----------------------------------------------------


def _identifier(_: str, value: str, asked: Asked) -> str:
    return identifier_key(asked.spelt(value))


def _text(_: str, value: str, asked: Asked) -> str:
    return text_key(asked.spelt(value))


def _raw(_: str, value: str, __: Asked) -> str:
    return bounded(value)


def _hexadecimal(_: str, value: str, __: Asked) -> str:
    return bounded(value.upper())


def _of(vocabulary: str) -> Reader:
    return lambda name, value, asked: word(name, vocabulary, value, asked)


# --- makers: conditions of named parameters -------------------------------------------------------


def _column(column: str, reader: Reader) -> Maker:
    def make(name: str, value: Any, asked: Asked) -> Condition:
        keys = tuple(dict.fromkeys(reader(name, one, asked) for one in texts(name, value)))
        return OnColumn(column, "EQ", keys)

    return make


def _moment(column: str, comparison: Comparison) -> Maker:
    return lambda name, value, _: OnColumn(column, comparison, (time(name, value),))


def _member(stored: str, reader: Reader) -> Maker:
    def make(name: str, value: Any, asked: Asked) -> Condition:
        keys = tuple(dict.fromkeys(reader(name, one, asked) for one in texts(name, value)))
        return OnMember((stored,), "EQ", texts=keys)

    return make


def _amount(stored: str, comparison: Comparison) -> Maker:
    def make(name: str, value: Any, _: Asked) -> Condition:
        return OnMember((stored,), comparison, numbers=_numbers(name, comparison, value))

    return make


def _numbers(name: str, comparison: Comparison, value: Any) -> tuple[float, ...]:
    if comparison == "EQ":
        return tuple(dict.fromkeys(number(name, one) for one in several(name, value)))
    return (number(name, single(name, value)),)


def _measured_at(stored: str, comparison: Comparison) -> Maker:
    return lambda name, value, _: OnMember((stored,), comparison, times=(time(name, value),))


def _things(*fields: int) -> Maker:
    def make(name: str, value: Any, _: Asked) -> Condition:
        try:
            found = [span for one in texts(name, value) for span in spans(one)]
        except PatternError as error:
            raise QueryError(
                f"{name}: {error}", hint="e.g. urn:epc:idpat:sgtin:4012345.*.*"
            ) from None
        patterns = sum(not span.whole for span in found)
        if patterns > _MOST_PATTERNS:
            raise QueryError(f"{name} has too many patterns", hint="ask in parts")
        return OnThing(fields, tuple(dict.fromkeys(found)))

    return make


def _within(column: str) -> Maker:
    def make(name: str, value: Any, asked: Asked) -> Condition:
        roots = dict.fromkeys(_identifier(name, one, asked) for one in texts(name, value))
        return Within(column, tuple(roots))

    return make


def _declared(name: str, value: Any, _: Asked) -> Condition | None:
    return OnColumn("declared", "EXISTS") if truth(name, value) else None


def _sensed(name: str, value: Any, _: Asked) -> Condition | None:
    return OnMember(("sensorElementList",), "EXISTS") if truth(name, value) else None


def _boolean(name: str, value: Any, _: Asked) -> Condition:
    return OnMember(("booleanValue",), "EQ", texts=("true" if truth(name, value) else "false",))


_NAMED: Final[dict[str, Maker]] = {
    "eventType": _column("type", event_type),
    "EQ_action": _column("action", action),
    "EQ_bizStep": _column("biz_step", _of("bizStep")),
    "EQ_disposition": _column("disposition", _of("disposition")),
    "EQ_persistentDisposition_set": _member("persistentDisposition_set", _of("disposition")),
    "EQ_persistentDisposition_unset": _member("persistentDisposition_unset", _of("disposition")),
    "EQ_readPoint": _column("read_point", _identifier),
    "WD_readPoint": _within("read_point"),
    "EQ_bizLocation": _column("biz_location", _identifier),
    "WD_bizLocation": _within("biz_location"),
    "EQ_transformationID": _member("transformationID", _text),
    "MATCH_epc": _things(1, 2),
    "MATCH_parentID": _things(3),
    "MATCH_inputEPC": _things(4),
    "MATCH_outputEPC": _things(5),
    "MATCH_anyEPC": _things(1, 2, 3, 4, 5),
    "MATCH_epcClass": _things(6, 7),
    "MATCH_inputEPCClass": _things(8),
    "MATCH_outputEPCClass": _things(9),
    "MATCH_anyEPCClass": _things(6, 7, 8, 9),
    "EQ_eventID": _column("event_id", _text),
    "EXISTS_errorDeclaration": _declared,
    "GE_errorDeclarationTime": _moment("declared", "GE"),
    "LT_errorDeclarationTime": _moment("declared", "LT"),
    "GE_errorDeclaration_Time": _moment("declared", "GE"),
    "LT_errorDeclaration_Time": _moment("declared", "LT"),
    "EQ_errorReason": _member("errorReason", _of("reason")),
    "EQ_correctiveEventID": _member("correctiveEventID", _text),
    "EXISTS_sensorElementList": _sensed,
    "EQ_type": _member("type", _of("measurement")),
    "EQ_deviceID": _member("deviceID", _text),
    "EQ_dataProcessingMethod": _member("dataProcessingMethod", _text),
    "EQ_microorganism": _member("microorganism", _text),
    "EQ_chemicalSubstance": _member("chemicalSubstance", _text),
    "EQ_bizRules": _member("bizRules", _text),
    "EQ_stringValue": _member("stringValue", _raw),
    "EQ_booleanValue": _boolean,
    "EQ_hexBinaryValue": _member("hexBinaryValue", _hexadecimal),
    "EQ_uriValue": _member("uriValue", _text),
}
_BOUNDS: Final[tuple[Comparison, ...]] = ("GE", "LT")
for _comparison in _BOUNDS:
    for _at, _of_event in (("eventTime", "event_time"), ("recordTime", "record_time")):
        _NAMED[f"{_comparison}_{_at}"] = _moment(_of_event, _comparison)
    for _at in ("time", "startTime", "endTime"):
        _NAMED[f"{_comparison}_{_at}"] = _measured_at(_at, _comparison)
for _comparison in _ALL:
    _NAMED[f"{_comparison}_quantity"] = _amount("quantity", _comparison)
    if _comparison != "EQ":
        _NAMED[f"{_comparison}_percRank"] = _amount("percRank", _comparison)

PARAMETERS: Final = (
    *_NAMED, "orderBy", "orderDirection", "eventCountLimit", "maxEventCount",
)  # fmt: skip
"""Every parameter that has a name of its own."""

FAMILIES: Final = {
    "EQ_bizTransaction_TYPE": "business transactions of a type",
    "EQ_source_TYPE": "sources of a type",
    "EQ_destination_TYPE": "destinations of a type",
    **{f"{{EQ|GT|GE|LT|LE}}_{name}_UNIT": "amounts, in any unit that fits" for name in _MEASURES},
    "{EQ|GT|GE|LT|LE|EXISTS}_PREFIX:NAME": "members of one's own",
    **{
        f"{{EQ|GT|GE|LT|LE|EXISTS}}_{scope}PREFIX:NAME": "members of one's own inside that part"
        for scope in _SCOPES
    },
    "{EQ|GT|GE|LT|LE|EXISTS}_INNER_…": "likewise, but inside another member of one's own",
    "HASATTR_FIELD": "master data has one of these attributes",
    "EQATTR_FIELD_ATTRIBUTE": "an attribute of master data is one of these (also EQ_ATTR_)",
}
"""Every family of names."""

# --- families -------------------------------------------------------------------------------------


def _party(name: str, value: Any, asked: Asked) -> Condition | None:
    found = _PARTY.fullmatch(name)
    if found is None:
        return None
    member, kind = found.groups()
    kind = word(name, _PARTIES[member], kind, asked) if kind else ""
    return _member(bounded(f"{member}_{kind}"), _text)(name, value, asked)


def _measure(name: str, value: Any, _: Asked) -> Condition | None:
    found = _MEASURED.fullmatch(name)
    if found is None:
        return None
    comparison, measure, uom = cast("tuple[Comparison, str, str]", found.groups())
    numbers = [
        normalised(one, uom, difference=measure == "sDev")
        for one in _numbers(name, comparison, value)
    ]
    stored = f"{measure}_{numbers[0][1]}"
    return OnMember((stored,), comparison, numbers=tuple(one for one, _ in numbers))


def _scope(rest: str) -> tuple[str, str]:
    inner = "INNER_" if rest.startswith("INNER_") else ""
    rest = rest[len(inner) :]
    scope = next((one for one in _SCOPES if rest.startswith(one)), "")
    return inner + scope, rest[len(scope) :]


def _is_own(name: str) -> bool:
    return ":" in name or name.startswith("{")


def _own(name: str, value: Any, asked: Asked) -> Condition | None:
    found = _OWN.fullmatch(name)
    if found is None:
        return None
    comparison = cast("Comparison", found[1])
    scope, field = _scope(found[2])
    if not _is_own(field):
        return None
    names = asked.names(scope, field)
    if comparison == "EXISTS":
        return OnMember(names, "EXISTS") if truth(name, value) else None
    values = several(name, value) if comparison == "EQ" else [single(name, value)]
    for one in values:
        if not isinstance(one, (str, int, float)):
            raise QueryError(f"{name} has the value {str(one)[:40]!r}", hint="text, number or time")
    made = [said(one) for one in values]
    numbers = tuple(dict.fromkeys(one for _, one, _ in made if one is not None))
    times = tuple(dict.fromkeys(one for _, _, one in made if one is not None))
    if comparison == "EQ":
        keys = tuple(dict.fromkeys(text for text, _, _ in made))
        return OnMember(names, "EQ", keys, numbers, times)
    if not numbers and not times:
        shown = str(value)[:40]
        raise QueryError(f"{name} is {shown!r}", hint="a number or a time can be compared so")
    return OnMember(names, comparison, (), numbers, times)


def _master(name: str, value: Any, asked: Asked) -> Condition | None:
    found = _MASTER.fullmatch(name)
    if found is None:
        return None
    field, attribute = found[2], ""
    if found[1] != "HASATTR":
        standard = next(
            (one for one in (*_COLUMNS, *_CLASS_FIELDS) if field.startswith(f"{one}_")), ""
        )
        if standard:
            field, attribute = standard, field[len(standard) + 1 :]
        else:
            colon = field.find(":") + 1
            local, _, attribute = field[colon:].partition("_")
            field = field[:colon] + local
        if not attribute:
            raise QueryError(f"{name} names no attribute", hint="EQATTR_bizLocation_cbvmda:city")
    values = texts(name, value)
    wanted = [attribute] if attribute else values
    attributes = tuple(bounded(_attribute(one, asked)) for one in wanted)
    keys = tuple(said(one)[0] for one in values) if attribute else None
    if field in _COLUMNS:
        return OnMaster(column=_COLUMNS[field], attributes=attributes, texts=keys)
    if field in _CLASS_FIELDS:
        return OnMaster(fields=_CLASS_FIELDS[field], attributes=attributes, texts=keys)
    if not _is_own(field):
        raise QueryError(
            f"{name} names the field {field!r}, which has no master data",
            hint=f"{did_you_mean(field, [*_COLUMNS, *_CLASS_FIELDS])}, or example:field",
        )
    return OnMaster(members=asked.names("", field), attributes=attributes, texts=keys)


def _attribute(name: str, asked: Asked) -> str:
    prefix, colon, rest = name.partition(":")
    address = asked.prefixes.get(prefix) or PREFIXES.get(prefix)
    return address + rest if colon and address else name


def condition_of(name: str, value: Any, asked: Asked) -> Condition | None:
    """Return the condition that a parameter stands for; None if it asks for nothing.

    Raises
    ------
    QueryError
        If there is no such parameter, or its value does not fit.
    """
    if name in _NAMED:
        return _NAMED[name](name, value, asked)
    for family in (_party, _measure, _master):
        made = family(name, value, asked)
        if made is not None:
            return made
    own = _OWN.fullmatch(name)
    if own is not None and _is_own(_scope(own[2])[1]):
        return _own(name, value, asked)
    raise QueryError(
        f"{name[:120]} is no parameter of a query",
        hint=did_you_mean(name, [*PARAMETERS, *(f"EQ_{one}_KGM" for one in _MEASURES)]),
    )
