"""Rates of events: types, rules, hashes, JSON and XML; constructed events with unique serials.

python share_events.py ours EPCS [WORKERS]  figures of catenary; prints one line of JSON
python share_events.py document EPCS COUNT FILE  write the document that a peer reads
python share_events.py schema OFFICIAL FILE  jsonschema-rs on the same events, formats off
python share_events.py reference FILE  the reference hash generator on the same document

Seconds are those of the processor (`process_time`), so that other work on the machine does not
count; where several processes work, they are those of the clock.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

HEAD = {
    "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"],
    "type": "EPCISDocument",
    "schemaVersion": "2.0",
    "creationDate": "2026-01-01T00:00:00Z",
}


def event(number: int, epcs: int) -> dict[str, Any]:
    """Return an event of shipping: serials are unique, products and places come again."""
    return {
        "type": "ObjectEvent",
        "eventTime": (
            f"2026-0{1 + number % 9}-{1 + number % 28:02d}T{number % 24:02d}:"
            f"{number % 60:02d}:{number % 59:02d}.{number % 1000:03d}+01:00"
        ),
        "eventTimeZoneOffset": "+01:00",
        "action": "OBSERVE",
        "epcList": [
            f"urn:epc:id:sgtin:4012345.0{10000 + number * 7 % 500}.{number * epcs + at}"
            for at in range(epcs)
        ],
        "bizStep": "shipping",
        "disposition": "in_transit",
        "readPoint": {"id": f"urn:epc:id:sgln:4012345.{number % 1000:05d}.0"},
        "bizLocation": {"id": f"urn:epc:id:sgln:4012345.{number % 100:05d}.0"},
        "bizTransactionList": [
            {"type": "po", "bizTransaction": f"urn:epcglobal:cbv:bt:4012345000009:{number}"}
        ],
    }


def document(epcs: int, count: int) -> bytes:
    """Return a document of such events."""
    made = [event(number, epcs) for number in range(count)]
    return json.dumps({**HEAD, "epcisBody": {"eventList": made}}).encode()


def rate(count: int, work: Callable[[], object], *, clock: Callable[[], float]) -> float:
    """Return events per second of the best of three runs."""
    best = float("inf")
    for _ in range(3):
        began = clock()
        work()
        best = min(best, clock() - began)
    return count / best


def ours(epcs: int, workers: int) -> dict[str, Any]:
    """Measure catenary."""
    from catenary.exchange import convert, event_hash, opened  # noqa: PLC0415
    from catenary.exchange.checking import schema_problems  # noqa: PLC0415
    from catenary.exchange.many import look  # noqa: PLC0415
    from catenary.exchange.rules import rule_problems  # noqa: PLC0415

    count = 20_000
    raw = document(epcs, count)
    events = json.loads(raw)["epcisBody"]["eventList"]
    others = [[event(n + at * count, epcs) for n in range(count)] for at in range(1, 7)]

    def fresh() -> list[dict[str, Any]]:  # serials that no cache has seen
        return others.pop()

    def several(hashes: bool, using: int) -> None:  # noqa: FBT001
        with opened(raw, whole=True) as read:
            assert sum(1 for _ in look(read, hashes=hashes, workers=using)) == count  # noqa: S101

    def to_xml() -> bytes:
        out = BytesIO()
        with opened(raw, whole=True) as read:
            convert(read, "xml", out)
        return out.getvalue()

    xml = to_xml()

    def xml_hashes() -> None:
        with opened(xml, whole=True) as read:
            assert sum(1 for _ in look(read, hashes=True)) == count  # noqa: S101

    cpu = time.process_time
    figures: dict[str, Any] = {
        "epcs": epcs,
        "bytes": len(raw) / count,
        "types": rate(count, lambda: [schema_problems(one) for one in events], clock=cpu),
        "types_and_rules": rate(
            count,
            lambda: [schema_problems(one) or rule_problems(one) for one in fresh()],
            clock=cpu,
        ),
        "hash": rate(count, lambda: [event_hash(one) for one in fresh()], clock=cpu),
        "file_checked": rate(count, lambda: several(False, 1), clock=cpu),  # noqa: FBT003
        "file_hashed": rate(count, lambda: several(True, 1), clock=cpu),  # noqa: FBT003
        "xml_hashed": rate(count, xml_hashes, clock=cpu),
        "to_xml": rate(count, to_xml, clock=cpu),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }
    if workers > 1:
        from catenary.exchange import many  # noqa: PLC0415

        raw = document(epcs, 10 * count)
        began = time.perf_counter()
        with opened(raw, whole=True) as read:
            made = list(many.look(read, hashes=True, workers=workers))
        figures["workers"] = workers
        figures["file_hashed_together"] = len(made) / (time.perf_counter() - began)
    return figures


def schema(official: str, file: str) -> dict[str, Any]:
    """Measure jsonschema-rs with the official schema, on decoded documents of one event."""
    import jsonschema_rs  # noqa: PLC0415

    validator = jsonschema_rs.validator_for(
        json.loads(Path(official).read_text()), validate_formats=False
    )
    events = json.loads(Path(file).read_text())["epcisBody"]["eventList"]
    documents = [{**HEAD, "epcisBody": {"eventList": [one]}} for one in events]
    work = lambda: all(map(validator.is_valid, documents))  # noqa: E731
    return {"rate": rate(len(documents), work, clock=time.process_time)}


def reference(file: str) -> dict[str, Any]:
    """Measure the reference hash generator."""
    from epcis_event_hash_generator import hash_generator, json_to_py  # noqa: PLC0415

    began = time.process_time()
    events = json_to_py.event_list_from_epcis_document_json(json.loads(Path(file).read_text()))
    found = hash_generator.epcis_hashes_from_events(events)
    hashes = list(found[0] if isinstance(found, tuple) else found)
    return {"rate": len(hashes) / (time.process_time() - began), "hashes": hashes[:50]}


def main(words: list[str]) -> None:
    """Do what the words say; print a line of JSON."""
    if words[0] == "ours":
        print(json.dumps(ours(int(words[1]), int(words[2]) if len(words) > 2 else 1)))
    elif words[0] == "document":
        Path(words[3]).write_bytes(document(int(words[1]), int(words[2])))
        print("{}")
    elif words[0] == "schema":
        print(json.dumps(schema(words[1], words[2])))
    elif words[0] == "reference":
        print(json.dumps(reference(words[1])))
    else:
        from catenary.exchange import event_hash, opened  # noqa: PLC0415

        with opened(words[1]) as read:
            print(json.dumps([event_hash(one.event or {}) for one in read.reads][:50]))


if __name__ == "__main__":
    main(sys.argv[1:])
