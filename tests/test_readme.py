"""The README's examples, executed as a reader would type them.

Python blocks run in one namespace, console lines `$ catenary …` through the installed command, all
in one empty folder beside which `../shared` lies. A toml block whose first line is `# NAME` is
written to NAME. A text block is what the block before it prints; `...` stands for anything.
"""

from __future__ import annotations

import contextlib
import doctest
import io
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any, Final, NamedTuple

import pytest

from catenary import Scenario

ROOT: Final = Path(__file__).resolve().parent.parent
FENCE: Final = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LOOSE: Final = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
COMMAND: Final = Path(sys.executable).with_name("catenary")

pytestmark = pytest.mark.part("1.1")


class Block(NamedTuple):
    """A fenced block and the line it starts on."""

    language: str
    text: str
    line: int


def blocks(path: Path) -> list[Block]:
    text = path.read_text(encoding="utf-8")
    return [
        Block(found[1], found[2], text.count("\n", 0, found.start()) + 2)
        for found in FENCE.finditer(text)
    ]


def run_python(block: Block, names: dict[str, Any]) -> str:
    printed = io.StringIO()
    code = compile("\n" * (block.line - 1) + block.text, "README.md", "exec")
    with contextlib.redirect_stdout(printed):
        exec(code, names)  # noqa: S102  our own README
    return printed.getvalue()


def run_console(block: Block) -> str:
    printed = ""
    for line in block.text.splitlines():
        words = shlex.split(line.removeprefix("$ "), comments=True)
        if not line.startswith("$ ") or words[0] != "catenary":
            continue
        done = subprocess.run(
            [COMMAND, *words[1:]], capture_output=True, text=True, encoding="utf-8", check=False
        )
        assert done.returncode == 0, f"README.md:{block.line}: {line}\n{done.stderr}"
        printed += done.stdout
    return printed


def run(examples: list[Block]) -> None:
    names: dict[str, Any] = {"__name__": "__main__"}
    printed = ""
    for block in examples:
        if block.language == "python":
            printed = run_python(block, names)
        elif block.language == "console":
            printed = run_console(block)
        elif block.language == "toml":
            name = block.text.partition("\n")[0].removeprefix("# ")
            Path(name).write_text(block.text, encoding="utf-8")
        elif block.language == "text":
            same = doctest.OutputChecker().check_output(block.text, printed, LOOSE)
            assert same, f"README.md:{block.line} says\n{block.text}\nbut prints\n{printed}"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    place = tmp_path / "catenary"
    place.mkdir()
    monkeypatch.chdir(place)
    monkeypatch.setenv("PYTHONUTF8", "1")
    return place


def test_every_block_is_of_a_kind_that_is_checked() -> None:
    kinds = {block.language for block in blocks(ROOT / "README.md")}
    assert kinds <= {"console", "python", "text", "toml"}


@pytest.mark.usefixtures("folder")
def test_examples_with_what_is_built_in() -> None:
    run([block for block in blocks(ROOT / "README.md") if "../shared" not in block.text])


@pytest.mark.usefixtures("folder")
def test_examples_of_freight() -> None:
    run(blocks(ROOT / "docs" / "freight.md"))


def test_all_examples(folder: Path, shared: Path) -> None:
    (folder.parent / "shared").symlink_to(shared, target_is_directory=True)
    run(blocks(ROOT / "README.md"))


def test_links_lead_somewhere() -> None:
    pages = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")]
    broken = [
        f"{page.relative_to(ROOT)}: {link}"
        for page in pages
        for link in re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
        if not (page.parent / link).exists()
    ]
    assert not broken


@pytest.mark.part("1.2")
def test_scenarios_of_the_grammar_page_are_scenarios() -> None:
    examples = [b for b in blocks(ROOT / "docs" / "scenarios.md") if b.language == "toml"]
    assert examples
    for block in examples:
        whole = "changes" in tomllib.loads(block.text)
        text = block.text if whole else 'name = "example"\n[[changes]]\n' + block.text
        assert Scenario.parse(text).changes, f"docs/scenarios.md:{block.line}"
