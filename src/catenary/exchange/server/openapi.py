"""What the server can do, as an OpenAPI description made from the list of its operations.

References
----------
OpenAPI Specification 3.1; the official description of EPCIS 2.0 has the same paths.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.metadata import version
from typing import Any, Final

from catenary.exchange.queries import FAMILIES, PARAMETERS
from catenary.exchange.schema import json_schema
from catenary.exchange.server.negotiation import CBV_FORMATS, EPC_FORMATS
from catenary.exchange.server.operations import OPERATIONS, Operation
from catenary.exchange.server.schedule import FIELDS
from catenary.exchange.vocabulary import VOCABULARIES

__all__ = ["openapi"]

_TEXT: Final = {"type": "string"}
_VERSION: Final = {"type": "string", "pattern": r"^[0-9]{1,6}(\.[0-9]{1,6}){0,5}$"}
_TIME: Final = {"type": "string", "format": "date-time"}
_STATUS: Final = {
    400: "What was sent is wrong; every finding is listed.",
    401: "An access token is needed.",
    403: "The access token does not allow this.",
    404: "There is none of this name.",
    406: "It cannot be given in this form or version.",
    408: "The body came too slowly.",
    409: "There is one already.",
    413: "More than the limits allow.",
    414: "The address is too long.",
    415: "Content of this type is not read.",
    429: "More queries a minute than allowed.",
    503: "Too many requests wait already.",
}
_FIXED: Final[dict[str, dict[str, Any]]] = {
    "eventCountLimit": {"type": "integer", "minimum": 1},
    "maxEventCount": {"type": "integer", "minimum": 1},
    "orderDirection": {"type": "string", "enum": ["ASC", "DESC"]},
    "EQ_action": {
        "type": "array",
        "items": {"type": "string", "enum": ["ADD", "OBSERVE", "DELETE"]},
    },
}
_EXAMPLES: Final = {
    "eventType": "ObjectEvent",
    "epc": "urn:epc:id:sgtin:4012345.011111.1",
    "bizStep": "shipping",
    "disposition": "in_transit",
    "readPoint": "urn:epc:id:sgln:4012345.00005.0",
    "bizLocation": "urn:epc:id:sgln:4012345.00005.0",
    "queryName": "shipped",
}
"""What may stand in a path."""
_LISTS: Final = ("eventType", "EQ_", "WD_", "MATCH_", "EXISTS_")


def _parameter(name: str, where: str, schema: dict[str, Any], about: str = "") -> dict[str, Any]:
    made: dict[str, Any] = {"name": name, "in": where, "schema": schema}
    if where == "path":
        made |= {"required": True, "example": _EXAMPLES.get(name, "none")}
    if about:
        made["description"] = about
    return made


def _query_schema(name: str) -> dict[str, Any]:
    """Return the schema of a parameter of event queries."""
    if name.endswith(("Time", "time")) and name[:3] in {"GE_", "LT_", "GT_", "LE_", "EQ_"}:
        return _TIME
    if name in _FIXED:
        return _FIXED[name]
    if name.endswith("quantity"):
        return {"type": "number"}
    if name.startswith(_LISTS):
        return {"type": "array", "items": _TEXT}
    return _TEXT


def _shared_parameters() -> dict[str, Any]:
    made = {
        "perPage": _parameter(
            "perPage", "query", {"type": "integer", "minimum": 1, "maximum": 999_999_999},
            "How many on a page; the server gives fewer where its limit is lower.",
        ),
        "nextPageToken": _parameter(
            "nextPageToken", "query", _TEXT, "Where the last page ended: use the address in Link."
        ),
        "GS1-Extensions": _parameter(
            "GS1-Extensions", "header", _TEXT, "Prefixes, as in ex=https://example.com/ns/"
        ),
        "GS1-EPC-Format": _parameter(
            "GS1-EPC-Format", "header", {"type": "string", "enum": list(EPC_FORMATS)}
        ),
        "GS1-CBV-XML-Format": _parameter(
            "GS1-CBV-XML-Format", "header", {"type": "string", "enum": list(CBV_FORMATS)}
        ),
        "GS1-Capture-Error-Behaviour": _parameter(
            "GS1-Capture-Error-Behaviour", "header",
            {"type": "string", "enum": ["rollback", "proceed"]},
            "What becomes of a document with wrong events: nothing of it is kept, or the rest.",
        ),
    }  # fmt: skip
    for kind in ("EPCIS", "CBV"):
        for part in ("Version", "Min", "Max"):
            name = f"GS1-{kind}-{part}"
            made[name] = _parameter(name, "header", _VERSION)
    for name in PARAMETERS:
        made[name] = _parameter(name, "query", _query_schema(name))
    return made


def _collection(member: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "required": ["@context", "type", "member"],
        "properties": {
            "@context": {},
            "type": {"const": "Collection"},
            "member": {"type": "array", "items": member, "uniqueItems": True},
        },
    }


def _object(required: list[str], **members: Any) -> dict[str, Any]:
    return {"type": "object", "required": required, "properties": members}


_PROBLEM: Final = _object(
    ["type", "title"], type=_TEXT, title=_TEXT, status={"type": "integer"}, detail=_TEXT,
    errors={"type": "array", "items": {"$ref": "#/components/schemas/Problem"}},
    event={"type": "integer"}, eventID=_TEXT, field=_TEXT, rule=_TEXT, level=_TEXT, hint=_TEXT,
)  # fmt: skip
_SCHEDULE: Final = {
    "type": "object",
    "properties": {
        name: {"type": "string", "description": f"numbers and ranges, {least} to {most}"}
        for name, (least, most) in FIELDS.items()
    },
    "additionalProperties": False,
    "minProperties": 1,
}
_SUBSCRIPTION: Final = {
    **_object(
        ["dest"], dest={**_TEXT, "format": "uri"}, signatureToken={**_TEXT, "minLength": 1},
        stream={"type": "boolean"}, schedule=_SCHEDULE, reportIfEmpty={"type": "boolean"},
        initialRecordTime=_TIME,
    ),
    "oneOf": [{"required": ["stream"]}, {"required": ["schedule"]}],
    "additionalProperties": False,
}  # fmt: skip
_SCHEMAS: Final[dict[str, Any]] = {
    "Problem": _PROBLEM,
    "CaptureJob": _object(
        ["captureID", "running", "success", "captureErrorBehaviour", "errors"],
        captureID=_TEXT, running={"type": "boolean"}, success={"type": "boolean"},
        createdAt=_TIME, finishedAt=_TIME, captureErrorBehaviour={"enum": ["rollback", "proceed"]},
        errors={"type": "array", "items": {"$ref": "#/components/schemas/Problem"}},
    ),
    "NewQuery": {
        **_object(
            ["name", "query"], name={"type": "string", "minLength": 1, "maxLength": 200},
            query={
                "type": "object",
                "properties": {
                    one: {"anyOf": [_query_schema(one), _TEXT]} for one in PARAMETERS
                },
            },
        ),
        "additionalProperties": False,
    },
    "NamedQuery": _object(["name", "query"], name=_TEXT, query={"type": "object"}),
    "NewSubscription": _SUBSCRIPTION,
    "Subscription": _object(
        ["subscriptionID", "dest", "createdAt"], subscriptionID=_TEXT, dest=_TEXT, createdAt=_TIME,
        lastNotifiedAt=_TIME, minRecordTime=_TIME, epcFormat={"enum": list(EPC_FORMATS)},
    ),
    "EventTypes": _collection(_TEXT),
    "BizSteps": _collection(
        {"anyOf": [{"enum": sorted(VOCABULARIES["bizStep"].words)}, {**_TEXT, "pattern": ":"}]}
    ),
    "Dispositions": _collection(
        {"anyOf": [{"enum": sorted(VOCABULARIES["disposition"].words)}, {**_TEXT, "pattern": ":"}]}
    ),
    "Addresses": _collection({**_TEXT, "pattern": ":"}),
    "Collection": _collection(_TEXT),
}  # fmt: skip

_ANSWERS: Final = {
    "getRoot": "Collection",
    "getDescription": None,
    "listCaptureJobs": ["CaptureJob"],
    "getCaptureJob": "CaptureJob",
    "createEvent": "AnyEvent",
    "listQueries": ["NamedQuery"],
    "getQuery": ["NamedQuery"],
    "listSubscriptions": ["Subscription"],
    "createSubscription": "Subscription",
    "getSubscription": "Subscription",
    "listEventTypes": "EventTypes",
    "listBizSteps": "BizSteps",
    "listDispositions": "Dispositions",
    "listEpcs": "Addresses",
    "listBizLocations": "Addresses",
    "listReadPoints": "Addresses",
}
_BODIES: Final = {
    "capture": "EPCISDocument",
    "createEvent": "EventAlone",
    "createQuery": "NewQuery",
    "createSubscription": "NewSubscription",
}


def _reference(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}


def _answer_schema(one: Operation) -> dict[str, Any]:
    if one.queries or one.name in {"getEvent", "getQueryEvents"}:
        return _reference("EPCISQueryDocument")
    said = _ANSWERS.get(one.name, "Collection")
    if isinstance(said, list):
        return {"type": "array", "items": _reference(said[0])}
    return {} if said is None else _reference(said)


def _answers(one: Operation) -> dict[str, Any]:
    good: dict[str, Any] = {"description": one.about}
    if one.answers not in {202, 204}:
        good["content"] = {"application/json": {"schema": _answer_schema(one)}}
        if one.name == "createQuery":
            del good["content"]
        elif "xml" in one.forms:
            good["content"]["application/xml"] = {}
    if one.answers in {201, 202}:
        good["headers"] = {"Location": {"schema": _TEXT}}
    if one.pages:
        headers = {"Link": _TEXT, "GS1-Next-Page-Token-Expires": _TIME}
        good["headers"] = {name: {"schema": schema} for name, schema in headers.items()}
    made = {str(one.answers): good}
    always = {400, 403, 406, 414, 503} | ({401} if one.scope else set())
    if one.scope == "query":
        always.add(429)
    if one.path != "/" and "{" in one.path:
        always.add(404)
    for status in sorted({*one.problems, *always}):
        made[str(status)] = {"$ref": f"#/components/responses/{status}"}
    return made


def _operation(one: Operation) -> dict[str, Any]:
    names = [f"GS1-{kind}-{part}" for kind in ("EPCIS", "CBV") for part in ("Min", "Max")]
    if one.reads:
        names = ["GS1-EPCIS-Version", "GS1-CBV-Version"]
    names.append("GS1-Extensions")
    if one.queries or one.name in {"getEvent", "getQueryEvents"}:
        names += ["GS1-EPC-Format", "GS1-CBV-XML-Format"]
    if one.name == "capture":
        names.append("GS1-Capture-Error-Behaviour")
    if one.pages:
        names += ["perPage", "nextPageToken"]
    if one.queries:
        said = {"eventTypes": "eventType", "epcs": "MATCH_anyEPC"}
        kind = one.path.split("/")[1]
        barred = said.get(kind, f"EQ_{kind[:-1]}") if "{" in one.path else ""
        names += [name for name in PARAMETERS if name != barred]
    made: dict[str, Any] = {
        "operationId": one.name,
        "summary": one.about,
        "parameters": [
            *(_parameter(n, "path", {**_TEXT, "minLength": 1}) for n in _in_path(one.path)),
            *({"$ref": f"#/components/parameters/{name}"} for name in names),
        ],
        "responses": _answers(one),
    }
    if one.queries:
        made["description"] = (
            "Beside the parameters below, whole families of names are known: "
            + "; ".join(f"`{name}`: {about}" for name, about in FAMILIES.items())
            + "."
        )
    if one.scope:
        made["security"] = [{}, {"token": [one.scope]}]
    if one.reads:
        content = {"application/json": {"schema": _reference(_BODIES[one.name])}}
        if "xml" in one.reads:
            content["application/xml"] = {"schema": {"type": "string"}}
        made["requestBody"] = {"required": True, "content": content}
    return made


def _in_path(path: str) -> list[str]:
    return re.findall(r"\{(\w+)\}", path)


def _moved(schema: Any) -> Any:
    """Return a schema whose references lead to the components of the description."""
    if isinstance(schema, dict):
        return {
            name: value.replace("#/$defs/", "#/components/schemas/")
            if name == "$ref" and isinstance(value, str)
            else _moved(value)
            for name, value in schema.items()
        }
    return [_moved(one) for one in schema] if isinstance(schema, list) else schema


@cache
def openapi() -> dict[str, Any]:
    """Return the description of the server.

    Examples
    --------
    >>> sorted(openapi()["paths"]["/events"])
    ['get', 'post']
    """
    paths: dict[str, dict[str, Any]] = {}
    for one in OPERATIONS:
        paths.setdefault(one.path, {})[one.method.casefold()] = _operation(one)
    problem = {"application/problem+json": {"schema": _reference("Problem")}}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "catenary: a repository of EPCIS 2.0 events",
            "version": version("catenary"),
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "paths": paths,
        "components": {
            "schemas": {**_SCHEMAS, **_moved(json_schema()["$defs"])},
            "parameters": _shared_parameters(),
            "responses": {
                str(status): {
                    "description": words,
                    "content": {**problem, "application/problem+xml": {}},
                }
                for status, words in _STATUS.items()
            },
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }
