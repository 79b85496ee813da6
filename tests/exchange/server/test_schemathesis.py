"""The server asked all sorts of things that its own description allows, and does not allow."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Final

import pytest
from served import event, serving

if TYPE_CHECKING:
    from pathlib import Path

pytest.importorskip("schemathesis")

CHECKS: Final = (
    "not_a_server_error,status_code_conformance,content_type_conformance,"
    "response_headers_conformance,response_schema_conformance"
)


@pytest.mark.part("9.4")
def test_schemathesis_finds_no_fault(tmp_path: Path) -> None:
    """Statuses below 500, media types, headers and bodies as `/openapi.json` says.

    `make soak` draws more (HYPOTHESIS_PROFILE=soak).
    """
    most = 2_000 if os.environ.get("HYPOTHESIS_PROFILE") == "soak" else 2
    report = tmp_path / "report.ndjson"
    with serving(tmp_path / "events.db", stall_seconds=5.0) as server:
        server.capture(*(event(n) for n in range(5)))
        server.ask("POST", "/queries", {"name": "shipped", "query": {}})
        words = [
            sys.executable, "-m", "schemathesis.cli", "run",
            f"http://127.0.0.1:{server.port}/openapi.json", "--phases=examples,fuzzing",
            "--mode=all", f"--max-examples={most}", "--seed=7", "--workers=2",
            f"--checks={CHECKS}",
            "--report=ndjson", f"--report-ndjson-path={report}", "--no-color",
        ]  # fmt: skip
        done = subprocess.run(
            words, capture_output=True, text=True, cwd=tmp_path, timeout=6_000, check=False
        )
        assert done.returncode == 0, done.stdout[-6_000:] + done.stderr[-2_000:]
        assert server.capture(event(7)).json["success"]
    lines = report.read_text().splitlines()
    asked = sum("Scenario" in next(iter(json.loads(line))) for line in lines)
    assert asked > 50, done.stdout[-2_000:]
