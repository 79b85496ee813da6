"""What every test can use: the shared folder, the oracle, and the record of parts proved."""

from __future__ import annotations

import csv
import json
import os
from pathlib import Path
from typing import Final

import pytest
from hypothesis import settings

ROOT: Final = Path(__file__).resolve().parent.parent
PARTS: Final = ROOT / "docs" / "parts.csv"

settings.register_profile("dev", deadline=None, print_blob=True)
settings.register_profile("ci", deadline=None, print_blob=True, derandomize=True)
settings.register_profile("soak", deadline=None, print_blob=True, max_examples=20_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci" if "CI" in os.environ else "dev"))


def _required(path: Path, what: str, remedy: str) -> Path:
    """Return a path that is there; without it skip, or fail where it must be there."""
    if not path.exists():
        message = f"{what} is not at {path}: {remedy}"
        if os.environ.get("CATENARY_REQUIRE_SHARED") == "1":
            pytest.fail(f"{message} (CATENARY_REQUIRE_SHARED=1)", pytrace=False)
        pytest.skip(message)
    return path


@pytest.fixture(scope="session")
def shared() -> Path:
    """Return the folder with real data and expected results."""
    place = ROOT / os.environ.get("CATENARY_SHARED", "../shared")
    return _required(place.resolve(), "the shared folder", "set CATENARY_SHARED")


@pytest.fixture(scope="session")
def oracle() -> Path:
    """Return the Python of the environment that holds BoARIO; see tests/oracles."""
    place = ROOT / os.environ.get("CATENARY_ORACLE", ".venv-oracle/bin/python")
    return _required(place, "the oracle's Python", "run `make test`, or set CATENARY_ORACLE")


# --- parts: which numbered part of the issues a test proves ---------------------------------------


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that says where to record outcomes; tools/parts.py reads them."""
    parser.addoption("--parts", metavar="FILE", help="write the outcome of every test with parts")


def pytest_configure(config: pytest.Config) -> None:
    """Record outcomes in the process that sees all of them."""
    path = config.getoption("--parts")
    if path and not hasattr(config, "workerinput"):
        config.pluginmanager.register(_Recorder(Path(path)))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Attach the parts of every test to its reports; refuse numbers that do not exist."""
    with PARTS.open(encoding="utf-8", newline="") as file:
        known = [row["part"] for row in csv.DictReader(file)]
    unknown = []
    for item in items:
        parts = [part for mark in item.iter_markers("part") for part in mark.args]
        unknown += [f"{item.nodeid}: part {p!r}" for p in parts if p not in known]
        if parts:
            item.user_properties.append(("parts", sorted(set(map(str, parts)))))
    if unknown:
        raise pytest.UsageError(
            "these tests name parts that are not in docs/parts.csv (write part('1.2')):\n  "
            + "\n  ".join(unknown)
        )


class _Recorder:
    """Writes one record per test that names parts: {parts, outcome}, by test id."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.tests: dict[str, dict[str, object]] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take the outcome of one phase: a failure anywhere counts, then a skip."""
        parts = dict(report.user_properties).get("parts")
        if not parts:
            return
        test = self.tests.setdefault(report.nodeid, {"parts": parts, "outcome": "passed"})
        if report.failed or (report.skipped and test["outcome"] == "passed"):
            test["outcome"] = report.outcome

    def pytest_sessionfinish(self) -> None:
        """Write the record beside its place, then rename."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        draft = self.path.with_suffix(".draft")
        draft.write_text(json.dumps(self.tests, indent=1, sort_keys=True), encoding="utf-8")
        draft.replace(self.path)
