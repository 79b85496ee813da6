"""Rates of a store: capture (checked, hashed, durable), and queries of a large one.

python share_store.py capture PLACE COUNT EPCS WORKERS  capture a document of new events
python share_store.py fill PATH COUNT EPCS  make a large store: the rows that capture makes
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
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "exchange" / "stores"))

from share_events import HEAD, event

from catenary.exchange.keys import identifier_key
from catenary.exchange.store import Store, open_store
from catenary.exchange.store.rows import prepare

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.engine import Connection

PART = 1_000_000


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


_EVENTS = """
INSERT INTO events
SELECT n, randomblob(32),
  (strftime('%s', '2026-0' || (1 + n % 9) || '-' || printf('%02d', 1 + n % 28)) + n % 24 * 3600
    + n % 60 * 60 + n % 59 - 3600) * 1000000 + n % 1000 * 1000,
  1790000000000000 + n, NULL, 'ObjectEvent', 'OBSERVE', 'shipping', 'in_transit',
  r.key, l.key, NULL, 0,
  printf('{"type":"ObjectEvent","eventTime":"2026-0%d-%02dT%02d:%02d:%02d.%03d+01:00",'
    || '"eventTimeZoneOffset":"+01:00","action":"OBSERVE","epcList":[' || %EPCS% || '],'
    || '"bizStep":"shipping","disposition":"in_transit",'
    || '"readPoint":{"id":"urn:epc:id:sgln:4012345.%05d.0"},'
    || '"bizLocation":{"id":"urn:epc:id:sgln:4012345.%05d.0"},'
    || '"bizTransactionList":[{"type":"po",'
    || '"bizTransaction":"urn:epcglobal:cbv:bt:4012345000009:%d"}]}',
    1 + n % 9, 1 + n % 28, n % 24, n % 60, n % 59, n % 1000, n % 1000, n % 100, n)
FROM numbers, places r, places l WHERE r.at = n % 1000 AND l.at = n % 100
"""
_THINGS = """
INSERT INTO epcs SELECT p.key || (n * %d + s.at), n, 1
FROM numbers, serials s, products p WHERE p.at = n * 7 % 500 ORDER BY 1
"""
_ORDERS = """
INSERT INTO members
SELECT 'bizTransaction_po', 'urn:epcglobal:cbv:bt:4012345000009:' || n, n, NULL, NULL FROM numbers
ORDER BY 2
"""


def _part(connection: Connection, first: int, last: int, epcs: int) -> None:
    """Write the events of these numbers."""
    run = connection.exec_driver_sql
    run("PRAGMA cache_size=-2000000")
    for table in ("places", "products", "serials"):
        run(f"CREATE TEMP TABLE IF NOT EXISTS {table} (at INTEGER PRIMARY KEY, key TEXT)")
        run(f"DELETE FROM {table}")
    for at in range(1000):
        link = identifier_key(f"urn:epc:id:sgln:4012345.{at:05d}.0")
        run("INSERT INTO places VALUES (?, ?)", (at, link))
    for at in range(500):
        link = identifier_key(f"urn:epc:id:sgtin:4012345.0{10000 + at}.0")
        run("INSERT INTO products VALUES (?, ?)", (at, link[:-1]))
    for at in range(epcs):
        run("INSERT INTO serials VALUES (?, NULL)", (at,))
    listed = " || ',' || ".join(
        f"""printf('"urn:epc:id:sgtin:4012345.0%d.%d"', 10000 + n * 7 % 500, n * {epcs} + {at})"""
        for at in range(epcs)
    )
    numbers = (
        f"WITH RECURSIVE numbers(n) AS (SELECT {first} UNION ALL SELECT n + 1 FROM numbers "
        f"WHERE n < {last}) "
    )
    for words in (_EVENTS.replace("%EPCS%", listed), _THINGS.replace("%d", str(epcs)), _ORDERS):
        head, _, rest = words.partition("SELECT")
        run(head + numbers + "SELECT" + rest)


def fill(place: str, count: int, epcs: int) -> dict[str, Any]:
    """Make a store of such events by SQL, in SQLite: the rows that capture makes."""
    began = time.perf_counter()
    with open_store(place) as store, store.bulk():
        for first in range(1, count + 1, PART):
            with store._database.writing() as connection:
                _part(connection, first, min(first + PART - 1, count), epcs)
            print(f"{first:,} {time.perf_counter() - began:.0f} s", file=sys.stderr, flush=True)
    with open_store(place) as store, store._database.writing() as connection:
        run = connection.exec_driver_sql
        run("INSERT INTO words VALUES ('type', 'ObjectEvent'), ('biz_step', 'shipping')")
        run("INSERT INTO words VALUES ('disposition', 'in_transit')")
        for column in ("read_point", "biz_location"):
            run(f"INSERT INTO words SELECT DISTINCT '{column}', {column} FROM events")
    seconds = time.perf_counter() - began
    with open_store(place) as store:
        _compare(store, count, epcs)
    size = Path(place).stat().st_size
    return {"events": count, "epcs": epcs, "seconds": seconds, "bytes": size / count}


def _compare(store: Store, count: int, epcs: int) -> None:
    """Compare rows with those that capture makes."""
    for number in (1, 7, count // 3, count):
        made = prepare(event(number, epcs), {})
        with store._database.reading() as connection:
            run = connection.exec_driver_sql
            found = run(f"SELECT * FROM events WHERE number = {number}").one()
            things = run(f"SELECT epc, field FROM epcs WHERE event = {number}").all()
            named = run(f"SELECT name, text FROM members WHERE event = {number}").all()
        expected = (made.columns[0], *made.columns[1:])
        assert (found[2], *found[4:12]) == expected, (found, expected)  # noqa: S101
        assert json.loads(found[13]) == json.loads(made.json), found[13]  # noqa: S101
        assert {tuple(one) for one in things} == set(made.epcs)  # noqa: S101
        assert {tuple(one) for one in named} == {one[:2] for one in made.members}  # noqa: S101


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
                query = asked(chance.randrange(1, count))
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
