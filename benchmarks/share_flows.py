"""Events to the world: a constructed document of any size, read; seconds and memory.

python share_flows.py COUNT  prints one line of JSON

Batches of five things are made, and go by way of a warehouse to a shop, where they stay: every
thing is known to the end. Seconds are those of the processor (`cpu`) and of the clock.
"""

from __future__ import annotations

import json
import random
import resource
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, Any

from share_events import HEAD

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
STEPS = (
    ("commissioning", "ADD", 0), ("shipping", "OBSERVE", 0), ("receiving", "OBSERVE", 1),
    ("shipping", "OBSERVE", 1), ("receiving", "OBSERVE", 2),
)  # fmt: skip


def event(second: int, place: int, step: str, action: str, epcs: list[str]) -> dict[str, Any]:
    """Return one event."""
    return {
        "type": "ObjectEvent",
        "eventTime": (BEGIN + timedelta(seconds=second)).isoformat(),
        "eventTimeZoneOffset": "+00:00",
        "action": action,
        "bizStep": step,
        "disposition": "in_progress",
        "readPoint": {"id": f"urn:epc:id:sgln:4012345.{place:05}.1"},
        "bizLocation": {"id": f"urn:epc:id:sgln:4012345.{place:05}.0"},
        "epcList": epcs,
        "bizTransactionList": [
            {"type": "po", "bizTransaction": f"urn:epc:id:gdti:4012345.00001.{second}"}
        ],
    }


def write(count: int, out: IO[str]) -> None:
    """Write so many events."""
    draw = random.Random(7)  # noqa: S311  a benchmark
    out.write(json.dumps(HEAD)[:-1] + ', "epcisBody": {"eventList": [\n')
    for batch in range(count // len(STEPS)):
        places = (1 + batch % 5, 10 + batch % 7, 20 + batch % 50)
        epcs = [f"urn:epc:id:sgtin:4012345.{batch % 20:06}.{batch}x{i}" for i in range(5)]
        second = batch * 30
        for step, action, place in STEPS:
            between = ",\n" if batch or second > batch * 30 else ""
            out.write(between + json.dumps(event(second, places[place], step, action, epcs)))
            second += draw.randrange(3600, 200_000)
    out.write("\n]}}\n")


def main(words: list[str]) -> None:
    """Write a document and read it as a world; print a line of JSON."""
    from catenary.exchange.flows import read  # noqa: PLC0415  the clock starts after it

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "events.json"
        with path.open("w", encoding="utf-8") as out:
            write(int(words[0]), out)
        size = path.stat().st_size
        began, cpu = time.perf_counter(), time.process_time()
        world = read(path)
        figures = {
            "events": int(words[0]),
            "bytes": size,
            "seconds": time.perf_counter() - began,
            "cpu": time.process_time() - cpu,
            "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
            "supplies": len(world.table("supplies")),
        }
    print(json.dumps(figures))


if __name__ == "__main__":
    main(sys.argv[1:])
