"""`catenary exchange capture` and `query` as a user types them."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from shipped import document, shipment

from catenary.cli.main import main
from catenary.exchange import event_hash, opened

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.part("9.5")

SHIPPED = [shipment(at, at, at) for at in range(3)]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "right.json").write_bytes(document(SHIPPED))
    wrong = {**shipment(9, 0), "action": "SHIP"}
    (tmp_path / "wrong.json").write_bytes(document([shipment(8, 0), wrong]))
    return tmp_path


def ran(capfd: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    code = main(["exchange", *words])
    told = capfd.readouterr()
    assert "Traceback" not in told.err + told.out
    return code, told.out, told.err


def test_captured_events_are_found_again(place: Path, capfd: pytest.CaptureFixture[str]) -> None:
    code, out, _ = ran(capfd, "capture", "right.json", "--store", "events.db")
    told = json.loads(out)["files"][0]
    assert code == 0
    assert (told["stored"], told["known"], told["success"]) == (3, 0, True)
    _, out, _ = ran(capfd, "query", "--store", "events.db", "GE_example:weight=1")
    (place / "found.json").write_text(out)
    with opened(place / "found.json", whole=True) as read:
        assert read.kind == "EPCISQueryDocument"
        found = [event_hash(one.event or {}, one.prefixes) for one in read.reads]
        assert read.findings == []
    prefixes = {"example": "https://ns.example.com/epcis/"}
    assert found == [event_hash(one, prefixes) for one in SHIPPED[1:]]


def test_what_was_found_can_be_captured_elsewhere(
    place: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    ran(capfd, "capture", "right.json", "--store", "events.db")
    _, out, _ = ran(capfd, "query", "--store", "events.db")
    (place / "found.json").write_text(out)
    _, out, _ = ran(capfd, "capture", "found.json", "right.json", "--store", "other.db")
    assert [one["stored"] for one in json.loads(out)["files"]] == [3, 0]


def test_a_name_twice_has_two_values(place: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert place.exists()
    ran(capfd, "capture", "right.json", "--store", "events.db")
    link = "https://id.gs1.org/01/04012345111118/21/"
    words = [f"MATCH_epc={link}{at}" for at in (0, 2, 7)]
    code, out, _ = ran(capfd, "query", "--store", "events.db", "--as", "lines", *words)
    assert code == 0
    assert [json.loads(line)["example:weight"] for line in out.splitlines()] == [0, 2]
    _, out, _ = ran(capfd, "query", "--store", "events.db", "--as", "count", *words)
    assert out == "2\n"
    prefix = ["--prefix", "w=https://ns.example.com/epcis/"]
    _, out, _ = ran(
        capfd, "query", "--store", "events.db", "--as", "count", *prefix, "EQ_w:weight=2"
    )
    assert out == "1\n"


def test_wrong_events_keep_their_file_out_or_only_themselves(
    place: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert place.exists()
    code, out, _ = ran(capfd, "capture", "wrong.json", "none.json", "--store", "events.db")
    first, second = json.loads(out)["files"]
    assert code == 5
    assert (first["stored"], first["refused"], first["success"]) == (0, 1, False)
    assert first["findings"][0]["rule"] == "enumeration"
    assert second["findings"][0]["rule"] == "file"
    words = ("--on-error", "proceed", "--as", "table")
    code, out, _ = ran(capfd, "capture", "wrong.json", "--store", "events.db", *words)
    assert code == 3
    assert "wrong.json: 1 of 2 events stored, 0 known before, 1 wrong" in out


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["query", "--store", "events.db", "colour=red"], 2, "no parameter"),
        (["query", "--store", "events.db", "EQ_bizStep"], 2, "NAME=VALUE"),
        (["query", "--store", "none.db"], 5, "there is no store"),
        (["query"], 2, "--store"),
        (["upgrade", "--store", "none.db"], 5, "there is no store"),
    ],
)
def test_what_is_wrong_is_told(
    place: Path, capfd: pytest.CaptureFixture[str], words: list[str], code: int, said: str
) -> None:
    assert place.exists()
    ran(capfd, "capture", "right.json", "--store", "events.db")
    found, _, err = ran(capfd, *words)
    assert found == code
    assert said in err


def test_a_store_of_this_version_needs_no_upgrade(
    place: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert place.exists()
    ran(capfd, "capture", "right.json", "--store", "events.db")
    code, out, _ = ran(capfd, "upgrade", "--store", "events.db")
    assert (code, out) == (0, "events.db is of this version\n")


def _peak(place: Path, count: int) -> float:
    """Return the memory that capture and query take, in MB."""
    events = [shipment(at, at % 60, at) for at in range(count)]
    (place / f"{count}.json").write_bytes(document(events))
    program = (
        "import resource, sys; from catenary.cli.main import main; main(sys.argv[1:]); "
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr)"
    )
    most = 0.0
    for words in (["capture", f"{count}.json"], ["query", "--as", "lines"]):
        command = [sys.executable, "-c", program, "exchange", *words, "--store", f"{count}.db"]
        done: Any = subprocess.run(command, capture_output=True, text=True, check=True)
        most = max(most, int(done.stderr.splitlines()[-1]) / 1024)
    assert done.stdout.count("\n") == count
    return most


def test_memory_does_not_grow_with_a_file(place: Path) -> None:
    small, large = _peak(place, 5_000), _peak(place, 15_000)
    assert large < small * 1.2
