"""Shipments that tests capture."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from plainly import PREFIXES

if TYPE_CHECKING:
    from catenary.exchange.store import Store


def document(shipped: list[dict[str, Any]]) -> bytes:
    head = {
        "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld", PREFIXES],
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": "2026-01-01T00:00:00Z",
    }
    return json.dumps({**head, "epcisBody": {"eventList": shipped}}).encode()


def shipment(number: int, minute: int, weight: Any = None) -> dict[str, Any]:
    made = {
        "type": "ObjectEvent",
        "eventTime": f"2026-01-01T00:{minute:02d}:00Z",
        "eventTimeZoneOffset": "+00:00",
        "action": "OBSERVE",
        "bizStep": "shipping",
        "epcList": [f"urn:epc:id:sgtin:4012345.011111.{number}"],
    }
    return made if weight is None else {**made, "example:weight": weight}


def captured(store: Store, shipped: list[dict[str, Any]]) -> None:
    assert store.capture(document(shipped)).success
