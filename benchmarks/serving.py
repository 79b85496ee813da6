"""Rates of the server of events: capture and query over HTTP, each in a process of its own.

python serving.py PLACE EPCS EVENTS BATCH CLIENTS PROCESSES  capture, then ask by EPC

Prints one line of JSON. PLACE is a file of SQLite or the address of a PostgreSQL; `postgresql`
starts one of its own for this run. Every document is decoded, checked,
hashed, indexed and on disk before it is answered. Rates are those of the clock; beside them the
seconds of the processor that the server took, since other work on the machine does not count there.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import statistics
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "exchange" / "stores"))

from share_events import HEAD, event


def _family(process: int) -> list[int]:
    """Return a process and those that it started."""
    text = Path(f"/proc/{process}/task/{process}/children").read_text(encoding="ascii")
    return [process, *(one for child in text.split() for one in _family(int(child)))]


def _peak(process: int) -> float:
    """Return the largest memory of a process and those that it started, added up, in MB."""
    made = 0.0
    for one in _family(process):
        text = Path(f"/proc/{one}/status").read_text(encoding="ascii", errors="replace")
        made += float(text.partition("VmHWM:")[2].split()[0]) / 1024
    return made


def _seconds(process: int) -> float:
    """Return the seconds of the processor that a process and those that it started took."""
    ticks = 0
    for one in _family(process):
        text = Path(f"/proc/{one}/stat").read_text(encoding="ascii")
        ticks += sum(map(int, text.rpartition(")")[2].split()[11:13]))
    return ticks / os.sysconf("SC_CLK_TCK")


def _started(place: str, processes: int) -> tuple[subprocess.Popen[str], int]:
    words = [sys.executable, "-m", "catenary", "exchange", "serve", "--store", place]
    words += ["--port", "0", "--processes", str(processes)]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
    if process.stdout is None:  # for the type checker
        raise RuntimeError
    port = int(process.stdout.readline().rstrip().rpartition(":")[2])
    while not process.stdout.readline().startswith("Ctrl-C"):
        pass
    for _ in range(200):
        try:
            _asked(http.client.HTTPConnection("127.0.0.1", port, timeout=10), "GET", "/")
        except OSError:
            time.sleep(0.05)
        else:
            break
    return process, port


def _asked(
    connection: http.client.HTTPConnection, method: str, path: str, body: bytes | None = None
) -> tuple[int, bytes]:
    connection.request(method, path, body, {"Content-Type": "application/json"} if body else {})
    answer = connection.getresponse()
    return answer.status, answer.read()


def _captured(port: int, documents: list[bytes], clients: int) -> float:
    """Capture documents from several clients; return the seconds of the clock."""
    left, wrong = list(documents), []

    def client() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        while left:
            status, body = _asked(connection, "POST", "/capture", left.pop())
            if status != 202:
                wrong.append(body)
        connection.close()

    threads = [threading.Thread(target=client) for _ in range(clients)]
    start = time.perf_counter()
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    if wrong:
        sys.exit(f"not captured: {wrong[0]!r}")
    return time.perf_counter() - start


def _asked_by_epc(port: int, count: int, epcs: int) -> dict[str, float]:
    """Ask for events by one of their EPCs; return milliseconds."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    spent = []
    for number in range(0, count, max(1, count // 500)):
        epc = event(number, epcs)["epcList"][0]
        path = "/events?" + urlencode({"MATCH_anyEPC": epc})
        start = time.perf_counter()
        status, body = _asked(connection, "GET", path)
        spent.append((time.perf_counter() - start) * 1e3)
        if status != 200 or body.count(b'"type":"ObjectEvent"') != 1:
            sys.exit(f"{path}: {body[:300]!r}")
    connection.close()
    spent.sort()
    return {"median_ms": statistics.median(spent), "p99_ms": spent[int(len(spent) * 0.99)]}


def served(place: str, epcs: int, count: int, batch: int, parallel: list[int]) -> dict[str, Any]:
    """Return the figures of one store."""
    documents = []
    for start in range(0, count, batch):
        made = [event(number, epcs) for number in range(start, min(start + batch, count))]
        documents.append(json.dumps({**HEAD, "epcisBody": {"eventList": made}}).encode())
    clients, processes = parallel
    process, port = _started(place, processes)
    try:
        before = _seconds(process.pid)
        clock = _captured(port, documents, clients)
        took = _seconds(process.pid) - before
        found = _asked_by_epc(port, count, epcs)
        peak = _peak(process.pid)
    finally:
        process.terminate()
        process.wait(60)
    return {
        "events_a_second": count / clock,
        "processor_us": took / count * 1e6,
        "bytes": sum(map(len, documents)) / count,
        **found,
        "peak_mb": peak,
    }


if __name__ == "__main__":
    sizes = [int(word) for word in sys.argv[2:7]]
    with contextlib.ExitStack() as stack:
        where = sys.argv[1]
        if where == "postgresql":
            from places import postgresql_server

            where = stack.enter_context(postgresql_server())
        print(json.dumps(served(where, sizes[0], sizes[1], sizes[2], sizes[3:])))
