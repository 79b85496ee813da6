"""Processes that capture: the same answers, and nothing lost when one is killed."""

from __future__ import annotations

import os
import signal
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from served import Server, document, event, serving, until

from catenary.exchange.server import captors

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.part("9.4")


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    place = tmp_path_factory.mktemp("store") / "events.db"
    with serving(place, processes=1, events=3_000) as made:
        yield made


def _children() -> list[int]:
    """Return the processes that capture."""
    process = os.getpid()
    found = []
    for task in Path(f"/proc/{process}/task").iterdir():
        found += [int(one) for one in (task / "children").read_text("ascii").split()]
    return [one for one in found if b"spawn_main" in Path(f"/proc/{one}/cmdline").read_bytes()]


def test_a_process_captures_and_refuses_as_the_server_does(
    served: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Large documents go to the process, some by way of a file; bad ones come back as problems."""
    many = [event(n) for n in range(600)]
    for handed in (captors._HANDED, 1_000):
        monkeypatch.setattr(captors, "_HANDED", handed)
        assert served.capture(*many).json["success"]
        wrong = served.capture(*many, event(1, action="X")).json
        assert [one["event"] for one in wrong["errors"]] == [601]
        large = document(*(event(n) for n in range(3_001)))
        for behaviour in ("rollback", "proceed"):
            got = served.ask("POST", "/capture", large, {"GS1-Capture-Error-Behaviour": behaviour})
            assert got.status == 413
        broken = served.ask("POST", "/capture", b" " * 70_000 + b"{")
        assert broken.status == 400
    assert len(served.get("/events", perPage=1_000).events) == 600


@pytest.mark.part("9.3")
def test_a_killed_process_loses_nothing_that_was_acknowledged(served: Server) -> None:
    """The client is told to send again, another process takes over, nothing is there twice."""
    stop, told = threading.Event(), []

    def capture() -> None:
        number = 10_000
        while not stop.is_set():
            sent = document(*(event(n) for n in range(number, number + 400)))
            got = served.ask("POST", "/capture", sent)
            told.append(got.status)
            if got.status == 202:
                number += 400
        kept.append(number)

    kept: list[int] = []
    thread = threading.Thread(target=capture)
    thread.start()
    until(lambda: 202 in told, "documents are captured")
    for process in _children():
        os.kill(process, signal.SIGKILL)
    until(lambda: 503 in told, "the client is told")
    until(lambda: told and told[-1] == 202, "documents are captured again")
    stop.set()
    thread.join(30)
    assert set(told) == {202, 503}
    pages = served.pages("/events", {"GS1-EPC-Format": "Never_Translates"}, perPage=1_000)
    found = [one["epcList"][0] for page in pages for one in page.events]
    assert len(found) == len(set(found))
    numbers = {int(one.rpartition(".")[2]) for one in found}
    assert numbers >= set(range(10_000, kept[0]))
