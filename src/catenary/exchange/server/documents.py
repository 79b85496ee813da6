"""Stored events as the answer to a query: an EPCISQueryDocument, in JSON-LD or XML."""

from __future__ import annotations

from datetime import UTC, datetime
from io import BytesIO
from typing import TYPE_CHECKING, Any

import msgspec

from catenary.exchange.contexts import CONTEXT
from catenary.exchange.reading import Document, Read
from catenary.exchange.server.answers import Answer, json_answer
from catenary.exchange.server.negotiation import accepted, cbv_format, epc_format
from catenary.exchange.server.spelling import worded
from catenary.exchange.writing import write_xml

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from catenary.exchange.reading import Kind
    from catenary.exchange.server.answers import Call
    from catenary.exchange.server.negotiation import Format
    from catenary.exchange.server.spelling import Spelling
    from catenary.exchange.store import Stored

__all__ = ["event_answer", "query_document", "single_event"]


def _header(query: str, subscription: str) -> dict[str, Any]:
    results: dict[str, Any] = {"queryName": query}
    if subscription:
        results["subscriptionID"] = subscription
    return {
        "@context": [CONTEXT],
        "type": "EPCISQueryDocument",
        "schemaVersion": "2.0",
        "creationDate": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%fZ}"[:-4] + "Z",
        "epcisBody": {"queryResults": {**results, "resultsBody": {"eventList": []}}},
    }


def _told(stored: Stored, epc: str, spelling: Spelling) -> dict[str, Any]:
    """Return an event as it is told: with an id by which it can be asked for again."""
    event = spelling.event(stored.event, epc)
    return event if event.get("eventID") else {**event, "eventID": stored.hash}


def query_document(  # noqa: PLR0913  each is a choice of the client
    events: Iterable[Stored],
    *,
    form: Format = "json",
    epc: str = "Always_GS1_Digital_Link",
    cbv: str = "No_Preference",
    spelling: Spelling,
    query: str = "SimpleEventQuery",
    subscription: str = "",
) -> bytes:
    """Return events as the answer to a query.

    Parameters
    ----------
    events
        Events of a store.
    form
        `json` or `xml`.
    epc, cbv
        Values of the headers GS1-EPC-Format and GS1-CBV-XML-Format.
    spelling
        Translates identifiers.
    query, subscription
        What was asked, and by which subscription.
    """
    header = _header(query, subscription)
    told = (_told(one, epc, spelling) for one in events)
    if form == "json":
        before, after = msgspec.json.encode(header).split(b'"eventList":[]')
        return before + b'"eventList":[' + b",".join(map(msgspec.json.encode, told)) + b"]" + after
    reads = (Read(number, worded(one, cbv), {}) for number, one in enumerate(told, 1))
    return _xml("EPCISQueryDocument", header, reads)


def _xml(kind: Kind, header: dict[str, Any], reads: Iterator[Read]) -> bytes:
    document = Document("json", kind, header, prefixes={}, findings=[], reads=iter(()))
    out = BytesIO()
    write_xml(document, reads, out)
    return out.getvalue()


def single_event(call: Call, event: dict[str, Any]) -> Answer:
    """Return one event as it was sent, in the form that the request asks for."""
    if accepted(call.headers.get("accept")) == "json":
        return json_answer(event)
    body = _xml("event", {}, iter([Read(1, event, {})]))
    return Answer(200, body, "application/xml")


def event_answer(
    events: Iterable[Stored],
    headers: Mapping[str, str],
    form: Format,
    spelling: Spelling,
    *,
    query: str = "SimpleEventQuery",
) -> Answer:
    """Return events in the form that the headers of a request ask for."""
    epc, cbv = epc_format(headers), cbv_format(headers)
    body = query_document(events, form=form, epc=epc, cbv=cbv, spelling=spelling, query=query)
    media = "application/json" if form == "json" else "application/xml"
    said = [("GS1-EPC-Format", epc)]
    if form == "xml":
        said.append(("GS1-CBV-XML-Format", cbv))
    return Answer(200, body, media, said)
