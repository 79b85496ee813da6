"""The JSON schema of events, made from their types and from the rules that a schema can say.

It is the package's own: GS1's schema carries a disclaimer and no licence. `catenary exchange
schema` prints it.

References
----------
JSON Schema, draft 2020-12; GS1, EPCIS Standard 2.0, sections 7.4 and 10.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from catenary.exchange.events import EVENT_TYPES, OtherEvent
from catenary.exchange.vocabulary import BARE_PATTERN

__all__ = ["json_schema"]

_CLOSED: Final = frozenset(
    {"QuantityElement", "BusinessTransaction", "Source", "Destination", "PersistentDisposition"}
)
_OWN: Final[dict[str, Any]] = {":": {}, "^@": {}}
"""Members of somebody's own: they have a prefix."""
_UNIQUE: Final = ("epcList", "inputEPCList", "outputEPCList")
_CONTEXT: Final = {
    "anyOf": [
        {"type": "string"},
        {"type": "object"},
        {"type": "array", "items": {"type": ["string", "object"]}},
    ]
}
_HEADER: Final[dict[str, Any]] = {
    "@context": _CONTEXT,
    "id": {"type": "string", "format": "uri"},
    "schemaVersion": {"type": "string", "pattern": r"^2(\.[0-9]+)*$"},
    "creationDate": {"type": "string", "format": "date-time"},
}


def _has(name: str, least: int = 1) -> dict[str, Any]:
    return {"required": [name], "properties": {name: {"minItems": least}}}


def _any(*choices: dict[str, Any]) -> dict[str, Any]:
    return {"anyOf": list(choices)}


_DELETES: Final = {"properties": {"action": {"const": "DELETE"}}, "required": ["action"]}
_CHILDREN: Final = _any(_has("childEPCs"), _has("childQuantityList"), _DELETES)
_INPUT: Final = _any(_has("inputEPCList"), _has("inputQuantityList"))
_OUTPUT: Final = _any(_has("outputEPCList"), _has("outputQuantityList"))
_RULES: Final[dict[str, list[dict[str, Any]]]] = {
    "ObjectEvent": [
        _any(
            {"required": ["epcList"]},
            _has("quantityList"),
            {**_has("sensorElementList"), "required": ["sensorElementList", "readPoint"]},
        ),
        _any(
            {"not": {"required": ["ilmd"]}},
            {"properties": {"action": {"const": "ADD"}}, "required": ["action"]},
        ),
    ],
    "AggregationEvent": [_CHILDREN],
    "TransactionEvent": [_any({"required": ["epcList"]}, _has("quantityList"), _DELETES)],
    "TransformationEvent": [
        _any(
            {"allOf": [_INPUT, _OUTPUT]},
            {"required": ["transformationID"], **_any(_INPUT, _OUTPUT)},
        )
    ],
    "AssociationEvent": [_CHILDREN],
}
"""What a schema can say of `rules`."""


def _definitions() -> dict[str, Any]:
    """Return the schema of each type, as msgspec makes it, with members of one's own."""
    _, made = msgspec.json.schema_components(
        [*EVENT_TYPES.values(), OtherEvent], ref_template="#/$defs/{name}"
    )
    for name, schema in made.items():
        schema["properties"].pop("", None)
        schema.pop("title", None)
        if name in _CLOSED or name == "OtherEvent":
            continue
        schema["patternProperties"] = _OWN
        schema["additionalProperties"] = False
        if name in EVENT_TYPES:
            schema["properties"]["@context"] = _CONTEXT
            schema["allOf"] = _RULES[name]
            for one in _UNIQUE:
                if one in schema["properties"]:
                    schema["properties"][one]["uniqueItems"] = True
            if "ilmd" in schema["properties"]:
                schema["properties"]["ilmd"] = {
                    "type": "object",
                    "patternProperties": _OWN,
                    "additionalProperties": False,
                }
    made["PersistentDisposition"]["minProperties"] = 1
    made["SensorReport"]["anyOf"] = [{"required": ["type"]}, {"required": ["exception"]}]
    return made


def _document(name: str, body: dict[str, Any], needed: list[str]) -> dict[str, Any]:
    members = {"type": {"const": name}, **_HEADER, "epcisBody": body}
    if name == "EPCISDocument":
        for text in ("instanceIdentifier", "sender", "receiver"):
            members[text] = {"type": "string"}
        members["epcisHeader"] = {"type": "object"}
    return {
        "type": "object",
        "properties": members,
        "required": ["@context", "type", "epcisBody", *needed],
        "patternProperties": _OWN,
        "additionalProperties": False,
    }


def json_schema() -> dict[str, Any]:
    """Return the JSON schema of documents of events, and of events that stand alone.

    Formats (`uri`, `date-time`) are notes: half of the standard's own examples would not pass them.
    What they mean is checked by `rules`.

    Examples
    --------
    >>> json_schema()["$defs"]["ObjectEvent"]["required"]
    ['type', 'eventTime', 'eventTimeZoneOffset', 'action']
    """
    made = _definitions()
    other = made["OtherEvent"]
    other["properties"]["type"] = {"type": "string", "pattern": f"^{BARE_PATTERN}"}
    made["AnyEvent"] = {
        "type": "object",
        "required": ["type"],
        "oneOf": [{"$ref": f"#/$defs/{name}"} for name in (*EVENT_TYPES, "OtherEvent")],
    }
    events = {"type": "array", "items": {"$ref": "#/$defs/AnyEvent"}}
    body = {"type": "object", "properties": {"eventList": events}, "required": ["eventList"]}
    results = {
        "type": "object",
        "properties": {
            "queryName": {"type": "string"},
            "subscriptionID": {"type": "string"},
            "resultsBody": body,
        },
        "required": ["queryName", "resultsBody"],
    }
    answer = {
        "type": "object",
        "properties": {"queryResults": results},
        "required": ["queryResults"],
    }
    made["EPCISDocument"] = _document("EPCISDocument", body, ["schemaVersion", "creationDate"])
    made["EPCISQueryDocument"] = _document("EPCISQueryDocument", answer, [])
    made["EventAlone"] = {"allOf": [{"$ref": "#/$defs/AnyEvent"}], "required": ["@context"]}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Events of EPCIS 2.0, as catenary reads them",
        "oneOf": [
            {"$ref": f"#/$defs/{name}"}
            for name in ("EPCISDocument", "EPCISQueryDocument", "EventAlone")
        ],
        "$defs": made,
    }
