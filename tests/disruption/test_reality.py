"""The numbers of docs/reality.md are those that the code gives."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
NUMBER: Final = re.compile(r"−?\d+(?:\.\d+)?$")


def rows(text: str) -> dict[tuple[str, str], list[str]]:
    """Return the cells of every row, by the first cell of its table and its own."""
    found, head = {}, ""
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip("| ").split(" | ")]
        if not line.startswith("| "):
            head = "" if not line.startswith("|") else head
        elif not head:
            head = cells[0] + "/" + cells[1]
        else:
            found[head, cells[0]] = cells[1:]
    return found


def same(here: str, there: str) -> bool:
    """Return whether two cells agree; another processor may round the last digit otherwise."""
    if not (NUMBER.match(here) and NUMBER.match(there)):
        return here == there
    last = 10.0 ** -len(there.partition(".")[2])
    mine, given = (float(cell.replace("−", "-")) for cell in (here, there))
    return abs(mine - given) <= 1.01 * last + 1e-3 * abs(given)


def test_the_page_says_what_the_code_gives(shared: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "benchmarks" / "reality.py"), str(shared), "brief"],
        capture_output=True, text=True, check=False, encoding="utf-8",
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    tables, _, figures = done.stdout.rstrip().rpartition("\n")
    assert json.loads(figures)["march_2011"]["defaults"]
    page = rows((ROOT / "docs" / "reality.md").read_text(encoding="utf-8"))
    printed = rows(tables)
    assert len(printed) == 10 + 4 + 5 + 16 + 1
    for row, cells in printed.items():
        assert row in page, row
        pairs = zip(page[row], cells, strict=True)
        assert all(same(here, there) for here, there in pairs), (row, page[row], cells)
