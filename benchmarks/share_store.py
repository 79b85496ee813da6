"""Rates of a store: capture (checked, hashed, durable), and queries of a large one.

python share_store.py capture PLACE COUNT EPCS WORKERS  capture a document of new events
python share_store.py fill PLACE COUNT EPCS  make a large store: rows as capture makes them
python share_store.py find PLACE EPCS  seconds of queries of such a store

PLACE is a path or the address of a PostgreSQL; `postgresql` starts one of its own for this run.
Each prints one line of JSON.
"""

from __future__ import annotations

import json
import random
import resource
import sys
import tempfile
import time
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "exchange" / "stores"))

from share_events import HEAD, event

from catenary.exchange.keys import identifier_key, microseconds
from catenary.exchange.store import Store, open_store
from catenary.exchange.store.inserting import write_events
from catenary.exchange.store.rows import Prepared

if TYPE_CHECKING:
    from collections.abc import Iterator

BLOCK = 100_000


@contextmanager
def opened_store(place: str) -> Iterator[Store]:
    """Open a store; `postgresql` runs a server meanwhile."""
    if place != "postgresql":
        with open_store(place) as store:
            yield store
        return
    from places import postgresql_server  # noqa: PLC0415  of the tests

    with postgresql_server() as address, open_store(address) as store:
        yield store


def peak() -> float:
    """Return the most memory that this process took, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def capture(place: str, count: int, epcs: int, workers: int) -> dict[str, Any]:
    """Capture documents of new events; the best of three."""
    best, known = 0.0, 0.0
    cpu = float("inf")
    with tempfile.TemporaryDirectory() as folder, opened_store(place) as store:
        file = Path(folder) / "events.json"
        for attempt in range(3):
            shipped = (event(attempt * count + at, epcs) for at in range(count))
            with file.open("w", encoding="utf-8") as out:
                out.write(json.dumps(HEAD)[:-1] + ', "epcisBody": {"eventList": [')
                for at, one in enumerate(shipped):
                    out.write((", " if at else "") + json.dumps(one))
                out.write("]}}")
            for again in (False, True):
                began, spent = time.perf_counter(), time.process_time()
                job = store.capture(file, workers=workers)
                rate = count / (time.perf_counter() - began)
                assert job.known if again else job.stored == count  # noqa: S101
                if again:
                    known = max(known, rate)
                else:
                    best = max(best, rate)
                    cpu = min(cpu, (time.process_time() - spent) / count)
        return {
            "epcs": epcs, "workers": workers, "captured": best, "known": known,
            "of_one_core": 1 / cpu, "peak_mb": peak(),
        }  # fmt: skip


def _rows(number: int, epcs: int) -> Prepared:
    """Return the rows of an event of `share_events`, without checking and hashing it."""
    made = event(number, epcs)
    places = [identifier_key(made[name]["id"]) for name in ("readPoint", "bizLocation")]
    columns = (
        microseconds(made["eventTime"]), None, "ObjectEvent", "OBSERVE", "shipping", "in_transit",
        *places, None,
    )  # fmt: skip
    order = made["bizTransactionList"][0]["bizTransaction"]
    return Prepared(
        sha256(str(number).encode()).digest(),
        columns,
        json.dumps(made, separators=(",", ":")),
        [(identifier_key(one), 1) for one in made["epcList"]],
        [("bizTransaction_po", order, None, None)],
        {},
    )


def fill(place: str, count: int, epcs: int) -> dict[str, Any]:
    """Fill a store up to a number of events, in blocks that are each durable."""
    began = time.perf_counter()
    with opened_store(place) as store, store.bulk():
        first = done = store.last_number()
        while done < count:
            block = [_rows(done + at, epcs) for at in range(min(BLOCK, count - done))]
            with store._database.writing() as connection:  # noqa: SLF001  the bulk path alone
                write_events(connection, block, 0, set())
            done += len(block)
            if not done % (5 * BLOCK):
                print(f"{done:,} {time.perf_counter() - began:.0f} s", file=sys.stderr, flush=True)
    seconds = time.perf_counter() - began
    size = Path(place).stat().st_size if Path(place).exists() else 0
    return {"events": count, "epcs": epcs, "rate": (count - first) / seconds, "bytes": size / count}


def find(place: str, epcs: int) -> dict[str, Any]:
    """Ask a large store for single things and for pages; the median and the slowest of many."""
    chance = random.Random(1)  # noqa: S311
    found: dict[str, Any] = {}
    with opened_store(place) as store:
        count = store.last_number()
        for name, asked in (
            ("epc", lambda at: {"MATCH_anyEPC": event(at, epcs)["epcList"][0]}),
            ("order", lambda at: {
                "EQ_bizTransaction_po": event(at, epcs)["bizTransactionList"][0]["bizTransaction"]
            }),
            ("lot", lambda at: {
                "MATCH_epc": event(at, epcs)["epcList"][0].rpartition(".")[0].replace(
                    ":id:", ":idpat:") + f".[{at * epcs}-{at * epcs + 500 * epcs}]",
            }),
            ("place_latest", lambda at: {
                "EQ_readPoint": event(at, epcs)["readPoint"]["id"], "orderBy": "eventTime",
            }),
            ("step_latest", lambda _: {"EQ_bizStep": "shipping", "orderBy": "eventTime"}),
        ):  # fmt: skip
            seconds = []
            for _ in range(200):
                query = asked(chance.randrange(count))
                began = time.perf_counter()
                page = store.page(query)
                seconds.append(time.perf_counter() - began)
                assert page.events, query  # noqa: S101
            seconds.sort()
            found[name] = {"median_ms": seconds[100] * 1e3, "p95_ms": seconds[190] * 1e3}
    return {"events": count, **found, "peak_mb": peak()}


def main(words: list[str]) -> None:
    """Do what the words say; print a line of JSON."""
    work = {"capture": capture, "fill": fill, "find": find}[words[0]]
    print(json.dumps(work(words[1], *map(int, words[2:]))))


if __name__ == "__main__":
    main(sys.argv[1:])
