"""Captures documents into a store until it is killed; says which were acknowledged.

python captor.py PLACE FIRST SIZE BEHAVIOUR [LIMIT]  LIMIT: the largest file, in bytes
"""

from __future__ import annotations

import itertools
import json
import resource
import sys

from catenary.exchange.store import StoreError, open_store

HEAD = {
    "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"],
    "type": "EPCISDocument",
    "schemaVersion": "2.0",
    "creationDate": "2026-01-01T00:00:00Z",
}


def document(batch: int, size: int) -> bytes:
    """Return a document of events that name their batch."""
    shipped = [
        {
            "type": "ObjectEvent",
            "eventTime": "2026-01-01T00:00:00Z",
            "eventTimeZoneOffset": "+00:00",
            "action": "OBSERVE",
            "epcList": [f"urn:epc:id:sgtin:4012345.011111.{batch * size + at}"],
            "bizTransactionList": [{"type": "po", "bizTransaction": f"urn:example:po:{batch}"}],
        }
        for at in range(size)
    ]
    return json.dumps({**HEAD, "epcisBody": {"eventList": shipped}}).encode()


def main(place: str, first: int, size: int, behaviour: str, limit: int = 0) -> None:
    """Capture until the end."""
    with open_store(place) as store:
        if limit:
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
        print("ready", flush=True)
        for batch in itertools.count(first):
            raw = document(batch, size)
            print("begun", batch, flush=True)
            try:
                job = store.capture(raw, on_error=behaviour)
            except StoreError as error:
                print(f"error {error}".replace("\n", " "), flush=True)
                return
            print("stored", batch, job.id, flush=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4], *map(int, sys.argv[5:]))
