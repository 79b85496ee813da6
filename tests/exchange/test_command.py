"""`catenary exchange` as a user types it."""

from __future__ import annotations

import io
import json
import sys
from typing import TYPE_CHECKING, Any

import pytest

from catenary.cli.main import main

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.part("9.5")

DOCUMENT: dict[str, Any] = {
    "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"],
    "type": "EPCISDocument",
    "schemaVersion": "2.0",
    "creationDate": "2026-01-01T00:00:00Z",
    "epcisBody": {
        "eventList": [
            {
                "type": "ObjectEvent",
                "eventTime": "2026-01-01T00:00:00Z",
                "eventTimeZoneOffset": "+00:00",
                "action": "OBSERVE",
                "bizStep": "shipping",
                "epcList": ["urn:epc:id:sgtin:4012345.011111.987"],
            }
        ]
    },
}
WRONG = json.dumps(DOCUMENT).replace("OBSERVE", "LOOK").replace("shipping", "moving")


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "right.json").write_text(json.dumps(DOCUMENT))
    (tmp_path / "wrong.json").write_text(WRONG)
    (tmp_path / "broken.json").write_text(WRONG[:200])
    return tmp_path


def ran(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, Any, str]:
    code = main(["exchange", *words])
    told = capsys.readouterr()
    assert "Traceback" not in told.err + told.out
    return code, told.out, told.err


def test_a_right_file_is_accepted(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert place.exists()
    code, out, _ = ran(capsys, "validate", "right.json")
    assert code == 0
    assert json.loads(out) == {
        "files": [{"file": "right.json", "findings": [], "events": 1, "errors": 0, "warnings": 0}]
    }


def test_every_problem_of_every_file_is_listed(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert place.exists()
    code, out, _ = ran(capsys, "validate", "wrong.json", "right.json", "broken.json", "none.json")
    assert code == 5  # a file that is not there outweighs one that is wrong
    found = {one["file"]: one for one in json.loads(out)["files"]}
    wrong = {(f["event"], f["field"], f["rule"]) for f in found["wrong.json"]["findings"]}
    assert wrong == {(1, "bizStep", "vocabulary"), (1, "action", "enumeration")}
    assert found["right.json"]["errors"] == 0
    assert found["broken.json"]["errors"] == 1
    assert "none.json" in found["none.json"]["findings"][0]["message"]


@pytest.mark.parametrize(("name", "code"), [("right", 0), ("wrong", 3), ("broken", 3), ("none", 5)])
def test_exit_codes_say_the_kind(
    place: Path, capsys: pytest.CaptureFixture[str], name: str, code: int
) -> None:
    assert place.exists()
    assert ran(capsys, "validate", f"{name}.json", "--as", "table")[0] == code


def test_a_table_has_a_line_for_each_problem(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert place.exists()
    _, out, _ = ran(capsys, "validate", "wrong.json", "--as", "table")
    assert "wrong.json: event 1, action: is 'LOOK'" in out
    assert "[enumeration]" in out
    assert "wrong.json: 2 errors and 0 warnings in 1 events" in out
    _, out, _ = ran(capsys, "validate", "right.json", "--as", "table", "--lang", "zh")
    assert "right.json" in out
    assert "events" not in out


def test_there_and_back_again(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert ran(capsys, "convert", "right.json", "--to", "xml", "-o", "there/right.xml")[0] == 0
    assert ran(capsys, "convert", "there/right.xml", "--to", "json", "-o", "back.json")[0] == 0
    assert json.loads((place / "back.json").read_text()) == DOCUMENT
    codes = [
        json.loads(ran(capsys, "hash", name)[1])["files"][0]["events"][0]["hash"]
        for name in ("right.json", "there/right.xml", "back.json")
    ]
    assert len(set(codes)) == 1
    assert codes[0].startswith("ni:///sha-256;")
    assert ran(capsys, "validate", "there/right.xml")[0] == 0


def test_several_files_go_to_a_folder(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (place / "other.json").write_text(json.dumps(DOCUMENT))
    code, _, err = ran(capsys, "convert", "right.json", "wrong.json", "other.json", "--to", "xml",
        "-o", "made")  # fmt: skip
    assert code == 3
    assert "wrong.json: error: event 1, " in err
    assert sorted(one.name for one in (place / "made").iterdir()) == ["other.xml", "right.xml"]
    assert ran(capsys, "convert", "right.json", "other.json", "--to", "xml")[0] == 2


def test_what_is_read_is_never_written_over(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (place / "right.json").read_text()
    assert ran(capsys, "convert", "right.json", "--to", "json", "-o", "right.json")[0] == 5
    assert (place / "right.json").read_text() == before


def test_standard_input_is_a_file(
    place: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Piped(io.RawIOBase):
        """A pipe: it cannot go back."""

        def __init__(self) -> None:
            self.rest = io.BytesIO(json.dumps(DOCUMENT).encode())

        def readable(self) -> bool:
            return True

        def readinto(self, buffer: Any) -> int:
            return self.rest.readinto(buffer)

    assert place.exists()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BufferedReader(Piped())))
    assert ran(capsys, "validate", "-")[0] == 0


def test_hashes_of_a_file_with_faults_go_on(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    events = [*json.loads(WRONG)["epcisBody"]["eventList"], *DOCUMENT["epcisBody"]["eventList"]]
    mixed = {**DOCUMENT, "epcisBody": {"eventList": events}}
    (place / "mixed.json").write_text(json.dumps(mixed))
    code, out, _ = ran(capsys, "hash", "mixed.json", "--prehash")
    rows = json.loads(out)["files"][0]["events"]
    assert code == 3
    assert [bool(row["hash"]) for row in rows] == [False, True]
    assert rows[1]["prehash"].startswith("eventType=ObjectEvent")
    assert rows[0]["findings"]


def test_the_schema_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = ran(capsys, "schema")
    assert code == 0
    assert "ObjectEvent" in json.loads(out)["$defs"]
