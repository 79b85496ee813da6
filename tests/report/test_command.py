"""`catenary report` as a user types it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

import catenary
from catenary.cli.main import main
from catenary.testing import two_regions

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.part("3.2", "3.4")

HAN = re.compile(r"[\u4e00-\u9fff]")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, assets: Path) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("catenary.report.paper.Report.__init__.__defaults__", (assets,))
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    catenary.save(catenary.footprint(two_regions()), "a.result")
    return tmp_path


def test_a_saved_result_becomes_a_page(folder: Path, capsys: Any) -> None:
    assert main(["report", "a.result", "-o", "b.html"]) == 0
    assert "wrote b.html" in capsys.readouterr().err
    assert '<html lang="en">' in (folder / "b.html").read_text("utf-8")
    assert main(["report", "a.result", "--lang", "zh"]) == 0
    text = (folder / "a.html").read_text("utf-8")
    assert '<html lang="zh-Hans">' in text
    assert "已写入 a.html" in capsys.readouterr().err


def test_the_environment_chooses_the_language(
    folder: Path, capsys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LANG", "zh_CN.UTF-8")
    assert main(["report", "a.result"]) == 0
    assert '<html lang="zh-Hans">' in (folder / "a.html").read_text("utf-8")
    assert main(["show", "a.result", "--as", "table"]) == 0
    shown = capsys.readouterr().out
    assert "消费侧" in shown
    assert main(["--lang", "en", "show", "a.result", "--as", "table"]) == 0
    assert not HAN.search(capsys.readouterr().out)


@pytest.mark.usefixtures("folder")
def test_headings_of_tables_stand_over_their_columns(capsys: Any) -> None:
    assert main(["show", "a.result", "regions", "--as", "table", "--lang", "zh"]) == 0
    lines = [line for line in capsys.readouterr().out.splitlines() if line.strip()]
    table = lines[lines.index(next(line for line in lines if "地区  " in line)) :]

    def width(text: str) -> int:
        return len(text) + len(HAN.findall(text))

    assert len({width(line) for line in table[:3]}) == 1


def test_the_page_opens_in_a_browser_if_asked(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    monkeypatch.setattr("webbrowser.open", opened.append)
    assert main(["report", "a.result", "--open"]) == 0
    assert opened == [(folder / "a.html").as_uri()]


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (["none.result"], 5, "there is no file"),
        (["chains"], 5, "is a world, not a result"),
        (["a.result", "-o", "a.result"], 5, "what the command reads"),
        (["a.result", "-o", "notes.txt"], 2, "is no name of a page"),
        (["a.result", "--places", "none.csv"], 5, "cannot read the places"),
        (["a.result", "--lang", "de"], 2, "'de' is not one of"),
        (["a.result", "-o", "own.html"], 5, "is no report that catenary saved"),
    ],
)
def test_mistakes_are_told_in_one_paragraph(
    folder: Path, capsys: Any, words: list[str], code: int, told: str
) -> None:
    (folder / "own.html").write_text("<html>mine</html>", encoding="utf-8")
    assert main(["report", *words]) == code
    said = capsys.readouterr().err
    assert told in said
    assert said.count("error:") == 1
    assert "Hint:" in said
    assert (folder / "own.html").read_text("utf-8") == "<html>mine</html>"


def test_places_of_the_user_are_used(folder: Path) -> None:
    (folder / "own.csv").write_text("id,en,zh,lon,lat\nAAA,Alpha,甲,10,50\n", encoding="utf-8")
    assert main(["report", "a.result", "--places", "own.csv"]) == 0
    text = (folder / "a.html").read_text("utf-8")
    assert "Alpha" in text
    assert "甲" in text
