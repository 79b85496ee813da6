"""Several years at the command line: read into one file, seen one by one and together."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from catenary.cli.main import main

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.part("5.10")


def test_years_are_read_into_one_file_and_decomposed(
    shared: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    wiod = str(shared / "data" / "wiod2013")
    assert main(["read", "wiod", wiod, "--years", "1995,2011", "-o", "years.world"]) == 0
    assert "1995: region codes were renamed" in capsys.readouterr().err
    words = ["decomposition", "years.world", "--table", "effects", "--as", "json"]
    assert main(words) == 0
    rows = json.loads(capsys.readouterr().out)
    amount = {row["effect"]: row["amount"] for row in rows}
    change = amount.pop("change")
    assert sum(amount.values()) == pytest.approx(change)
    assert main(["decomposition", "years.world:2011"]) == 2
    told = capsys.readouterr().err
    assert "instead of several worlds" in told
    assert "Traceback" not in told
    assert main(["read", "wiod", wiod, "--years", "1996", "-o", "other.world"]) != 0
    assert "no WIOD table of 1996" in capsys.readouterr().err
