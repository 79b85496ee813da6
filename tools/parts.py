"""Print every numbered part of the issues with the tests that prove it; `make parts`.

Reads docs/parts.csv and what the last `make test` recorded in build/; runs the tests again if that
record is missing or older than the sources. A part without a passing test is open.
"""

from __future__ import annotations

import argparse
import csv
import json
import subprocess
import sys
from collections import Counter, defaultdict
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
RECORD: Final = ROOT / "build" / "parts.json"


def is_current() -> bool:
    """Return whether the record is younger than everything the tests read."""
    if not RECORD.exists():
        return False
    sources = [ROOT / "docs" / "parts.csv", ROOT / "README.md", ROOT / "pyproject.toml"]
    for folder, pattern in (("src", "*"), ("tests", "*")):
        sources += [p for p in (ROOT / folder).rglob(pattern) if "__pycache__" not in p.parts]
    return RECORD.stat().st_mtime >= max(p.stat().st_mtime for p in sources if p.is_file())


def run_tests() -> None:
    """Run the tests as `make test` does, without coverage."""
    print(
        "The record of outcomes is missing or older than the sources: running the tests …",
        flush=True,
    )
    command = [sys.executable, "-m", "pytest", "-q", "-m", "not system", f"--parts={RECORD}"]
    done = subprocess.run(command, cwd=ROOT, check=False)  # noqa: S603  our own command
    if not RECORD.exists():
        sys.exit(done.returncode or 1)


def outcomes() -> dict[str, dict[str, list[str]]]:
    """Return part → outcome → ids of tests."""
    found: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for path in sorted(RECORD.parent.glob("parts*.json")):
        for test, seen in json.loads(path.read_text(encoding="utf-8")).items():
            for part in seen["parts"]:
                found[part][seen["outcome"]].append(test)
    return found


def told(part: str, title: str, tests: dict[str, list[str]], *, names: bool) -> str:
    """Return the line of one part, and under it the tests that passed."""
    passed, failed, skipped = (tests.get(o, []) for o in ("passed", "failed", "skipped"))
    status = "open" if not passed else "FAILS" if failed else "ok"
    counts = [
        f"{len(group)} {word}"
        for group, word in ((passed, "passed"), (failed, "failed"), (skipped, "skipped"))
        if group
    ]
    line = f"{part:>5}  {status:<5}  {title:<44}  {', '.join(counts)}".rstrip()
    if names:
        return "\n".join([line, *(f"              {test}" for test in sorted(passed))])
    files = Counter(test.partition("::")[0] for test in passed)
    return "\n".join([line, *(f"              {file} ({n})" for file, n in sorted(files.items()))])


def main() -> int:
    """Print the table; exit 1 if a test with a part failed."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--names", action="store_true", help="name every passing test")
    options = parser.parse_args()
    if not is_current():
        run_tests()
    found = outcomes()
    with (ROOT / "docs" / "parts.csv").open(encoding="utf-8", newline="") as file:
        parts = list(csv.DictReader(file))
    for row in parts:
        print(told(row["part"], row["title"], found[row["part"]], names=options.names))
    proved = sum(bool(found[row["part"]].get("passed")) for row in parts)
    print(f"\n{proved} of {len(parts)} parts have a passing test; {len(parts) - proved} are open.")
    return int(any(tests.get("failed") for tests in found.values()))


if __name__ == "__main__":
    sys.exit(main())
