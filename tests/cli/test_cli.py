"""The command line as a new user types it, and five and more mistakes on purpose."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import pandas as pd
import pytest

import catenary
from catenary import catalogue
from catenary.cli.main import main
from catenary.cli.showing import _cell
from catenary.economy.value_added import Method
from catenary.errors import SourceError
from catenary.model.schema import result_columns
from catenary.planning import offered
from catenary.testing import serial_chain, two_regions

pytestmark = pytest.mark.part("1.7")


class Ran:
    """Exit code and what was printed."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.chdir(tmp_path)

    def one(*words: str) -> Ran:
        code = main(list(words))
        captured = capsys.readouterr()
        assert "Traceback" not in captured.err + captured.out
        return Ran(code, captured.out, captured.err)

    return one


def world(path: str) -> catenary.World:
    opened = catenary.load(path)
    assert isinstance(opened, catenary.World)
    return opened


def test_the_shipped_catalogue_is_that_of_the_signatures() -> None:
    assert catalogue.FILE.read_text(encoding="utf-8") == catalogue.text(), "run `make catalogue`"


def test_every_result_table_is_in_the_catalogue() -> None:
    for name in catalogue.ANALYSES:
        about = catalogue.describe(name)
        assert set(about["tables"]) == set(result_columns(name))
        assert all(option["description"] for option in about["options"])
        assert about["verb"] in ("see", "stress", "strengthen", "share")


def test_help_has_four_panels_and_every_command(run: Any) -> None:
    said = run("--help").out
    for words in ("See who", "Stress: what", "Strengthen: what", "Share: worlds"):
        assert words in said
    for command in ("show", "check", "read", "stress", "footprint", "compare", "explain", "export"):
        assert f"\n  {command} " in said
        assert run(command, "--help").code == 0


def test_help_reads_only_the_catalogue() -> None:
    code = (
        "import sys; from catenary.cli.main import main; main(['--help']); "
        "heavy = {'numpy', 'pandas', 'pyarrow', 'scipy', 'numba', 'rich'} & set(sys.modules); "
        "sys.exit(str(heavy) if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_what_is_built_in(run: Any) -> None:
    shown = run("show").json
    assert shown["worlds"] == {"chains": ["pooled", "home-first"], "sea": [], "transport": []}
    assert "tohoku-2011" in shown["scenarios"]
    assert {"folder", "wiod", "mrio"} <= set(shown["formats"])
    assert "tohoku-2011" in run("show").out


def test_the_main_job(run: Any) -> None:
    ran = run("stress", "chains", "tohoku-2011", "--days", "120", "--as", "table", "-o", "t.result")
    assert ran.code == 0
    assert "saved the full result in t.result" in ran.err
    for words in ("pooled: ", "home-first: ", "Hardest hit", "First shortage", "losses, pooled"):
        assert words in ran.out
    result = catenary.load("t.result")
    assert isinstance(result, catenary.Result)
    chains = catenary.load("chains")
    assert isinstance(chains, catenary.Worlds)
    direct = catenary.stress(chains, scenario=catenary.scenario("tohoku-2011"), days=120)
    pd.testing.assert_frame_equal(
        result.tables["losses"].astype("str"), direct.losses.astype("str")
    )
    again = run("show", "t.result").json
    assert again["run"]["options"]["days"] == 120
    assert run("show", "t.result", "losses", "--as", "table", "--rows", "3").out.count("\n") >= 4
    assert run("show", "t.result", "nothing").code == 2


def test_piped_output_is_json_without_infinity(run: Any) -> None:
    catenary.save(serial_chain(), "c.world")
    Path("s.toml").write_text(
        '[[changes]]\ntarget = "producers.capacity"\nwhere = {product = "s0"}\nmultiply = 0.5\n'
    )
    ran = run("stress", "c.world", "s.toml", "--days", "20")
    assert ran.code == 0
    tables = ran.json["tables"]
    assert set(tables) == set(result_columns("stress"))
    assert len(tables["output"]) == 60
    assert {row["recovered_day"] for row in tables["losses"]} == {None}
    assert "Infinity" not in ran.out
    assert "NaN" not in ran.out
    assert run("stress", "c.world", "s.toml", "--table", "losses").json[0]["producer"] == "AAA.s0"


def test_read_check_footprint_compare_export(run: Any, shared: Path) -> None:
    wiod = str(shared / "data" / "wiod2013")
    ran = run("read", "wiod", wiod, "--year", "2011", "-o", "wiod.world")
    assert ran.code == 0
    assert "ROM → ROU" in ran.err
    assert run("check", "wiod.world").code == 0
    ran = run("stress", "wiod.world", "japan-2011", "-o", "japan.result", "--table", "losses")
    assert ran.json[0]["producer"] == "JPN.c15"
    ran = run("footprint", "wiod.world", "--as", "table", "-o", "va.result")
    assert "value_added" in ran.out
    again = run("stress", "wiod.world", "japan-2011", "--orders", "classic", "-o", "classic.result")
    assert again.code == 0
    assert run("compare", "japan.result", "classic.result", "--as", "table").code == 0
    assert run("compare", "japan.result", "va.result").code == 2
    assert run("export", "japan.result", "japan").code == 0
    assert min(p.name for p in Path("japan").iterdir() if p.suffix == ".csv") == "checks.csv"
    assert run("export", "japan.result", "japan.json", "--as", "json").code == 0
    assert json.loads(Path("japan.json").read_text())["run"]["analysis"] == "stress"
    assert run("export", "wiod.world", "wiod", "--as", "csv").code == 0
    assert world("wiod").digest == world("wiod.world").digest
    assert run("export", "wiod.world", "pq", "--as", "parquet").code == 0
    assert len(pd.read_parquet("pq/intermediate.parquet")) == 1435


@pytest.mark.part("5.11")
def test_explain_knows_columns_of_results_and_terms_in_both_languages(run: Any) -> None:
    rows = run("explain", "exposure.ends").json
    assert {row["column"] for row in rows} >= {"exposure.regions.ends", "exposure.partners.ends"}
    assert all(row["description"] and row["zh"] for row in rows)
    terms = run("explain", "value_added.terms").json
    assert {row["column"].rpartition(".")[2] for row in terms} >= {"term", "amount"}
    assert len(run("explain", "value_added.exporters.vax").json) == 1
    world = two_regions()
    for method in get_args(Method):
        found = catenary.value_added(world, method=method)
        for term in {*found.terms["term"], *found.totals["term"]}:
            known = run("explain", term).json
            assert known, (method, term)
            assert all(row["description"] and row["zh"] != row["description"] for row in known)
    assert "nothing to explain" in run("explain", "exposure.nothing").err


@pytest.mark.part("5.11")
def test_years_have_no_thousands() -> None:
    assert _cell(2025, "year") == _cell(2025.0, "year") == "2025"
    assert _cell(3.456, "year") == "3.456"
    assert _cell(2025, "number") == "2,025"


def test_explain(run: Any) -> None:
    assert "psi" in run("explain", "stress", "--as", "table").out
    assert run("explain", "stress").json["verb"] == "stress"
    assert run("explain", "producers.capacity").json[0]["unit"] == "product unit/day"
    assert "Deliveries" in run("explain", "intermediate").out
    said = run("explain", "tohoku-2011", "--as", "table").out
    assert "dataweek" in said
    assert "producers.capacity multiply" in said
    said = run("explain", "chains", "--as", "table").out
    assert "pooled" in said
    assert "assumptions:" in said
    row = run("explain", "chains", "JPN.semiconductors.silicon_wafers").json
    assert row["row"]["output"] == pytest.approx(55.8)
    assert row["source"]["url"].startswith("http")
    assert len(row["claims"]) >= 2
    said = run("explain", "chains", "JPN.semiconductors.silicon_wafers", "--as", "table").out
    assert "not chosen" in said


def test_show_worlds_and_parts(run: Any) -> None:
    assert "supplies" in run("show", "chains", "--as", "table").out
    assert run("show", "chains:pooled", "producers", "--rows", "3", "--as", "table").code == 0
    assert len(run("show", "chains:pooled", "producers").json) == 385
    catenary.save(two_regions(), "two.world")
    assert "MUSD" not in run("show", "two.world").out
    assert run("show", "two.world", "intermediate", "--as", "table").code == 0
    assert run("show", "chains", "producers").code == 2


MISTAKES: list[tuple[list[str], int, list[str]]] = [
    (["strss", "chains", "tohoku-2011"], 2, ["no command 'strss'", "'stress'"]),
    (["stress", "chians", "tohoku-2011"], 5, ["'chians'", "'chains'"]),
    (["stress", "chains", "tohoku-2012"], 2, ["'tohoku-2012'", "'tohoku-2011'"]),
    (["stress", "chains:poold", "tohoku-2011"], 2, ["'poold'", "'pooled'"]),
    (["stress", "chains", "none.toml"], 5, ["'none.toml'"]),
    (["stress", "chains"], 2, ["SCENARIO"]),
    (["stress", "chains", "tohoku-2011", "--days", "x"], 2, ["'x'"]),
    (["stress", "chains", "tohoku-2011", "--days", "0"], 2, ["0", "1<=x"]),
    (["stress", "chains", "tohoku-2011", "--day", "3"], 2, ["--day"]),
    (["stress", "chains", "tohoku-2011", "--orders", "clasic"], 2, ["classic"]),
    (["stress", "chains", "japan-2011"], 3, ["'c15'"]),
    (["stress", "chains", "tohoku-2011", "-o", "no/such/t.result"], 5, ["no folder", "no/such"]),
    (["read", "wiodd", ".", "-o", "x.world"], 2, ["'wiodd'", "'wiod'"]),
    (["read", "wiod", "nowhere", "-o", "x.world"], 5, ["'nowhere'"]),
    (["read", "wiod", ".", "--yaer", "2011", "-o", "x.world"], 2, ["--yaer", "--year"]),
    (["read", "wiod", ".", "--year", "abc", "-o", "x.world"], 2, ["'abc'", "whole number"]),
    (["read", "wiod", ".", "-o", "x.world"], 5, ["no WIOD table of 2011"]),
    (["footprint", "chains:pooled"], 3, ["no matrix 'intermediate'"]),
    (["show", "nothing.world"], 5, ["nothing.world"]),
    (["footprint", ""], 5, ["blank"]),
    (["explain", "strss"], 2, ["'strss'", "'stress'"]),
    (["explain", "chains", "JP.semiconductors.silicon_wafers"], 2, ["JPN.semiconductors"]),
    (["compare", "chains", "chains"], 5, ["is a world, not a result"]),
    (["export", "chains", "x"], 2, ["chains:pooled"]),
    (["check", "nothing"], 5, ["nothing"]),
]


@pytest.mark.part("1.8")
@pytest.mark.parametrize(
    ("words", "code", "said"), MISTAKES, ids=[" ".join(m[0]) for m in MISTAKES]
)
def test_a_mistake_gets_one_clear_paragraph(
    run: Any, words: list[str], code: int, said: list[str]
) -> None:
    ran = run(*words)
    assert ran.code == code
    assert ran.out == ""
    assert ran.err.startswith("error: ")
    assert len(ran.err) < 900
    for text in said:
        assert text in ran.err
    assert list(Path().iterdir()) == []  # and nothing is half-written


@pytest.mark.part("1.8")
def test_check_lists_every_problem_at_once(run: Any) -> None:
    Path("w").mkdir()
    Path("w/regions.csv").write_text("id,parent\nDEU,EU\nDEU,\n,\n")
    Path("w/products.csv").write_text("id,stock_days\np,ten\n")
    Path("w/producers.csv").write_text("id,region,product,output\nx,DE,p,1\ny,DEU,q,-1\n")
    ran = run("check", "w")
    assert ran.code == 3
    for words in ("'EU'", "more than once", "no id", "'ten'", "'DE' is 'DEU'", "'q'", "-1"):
        assert words in ran.out
    assert "problems" in ran.out.splitlines()[-1]
    Path("s.toml").write_text(
        'world = "chains"\n[[changes]]\ntarget = "producers.capacity"\nwhere = {region = "XX"}\n'
        "multiply = 0.5\n"
        '[[changes]]\ntarget = "producers.capacity"\nwhere = {product = "y"}\nadd = 1\n'
    )
    ran = run("check", "s.toml")
    assert ran.code == 3
    assert "change 1" in ran.out
    assert "change 2" in ran.out
    Path("s.toml").write_text(
        'world = "chains"\n[[changes]]\ntarget = "producers.capacity"\nwhere = {region = "JPN"}\n'
        "multiply = 0.5\n"
    )
    ran = run("check", "s.toml", "chains")
    assert ran.code == 0
    assert "rows of chains" in ran.out
    unbalanced = serial_chain()
    unbalanced = unbalanced.with_(producers=unbalanced.table("producers").assign(output=2.0))
    catenary.save(unbalanced, "u.world")
    ran = run("check", "u.world")
    assert ran.code == 3
    assert "balance" in ran.out


@pytest.mark.part("1.8")
def test_a_fault_of_ours_is_no_traceback(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("oops")

    monkeypatch.setattr(catalogue, "load", broken)
    ran = run("show", "chains")
    assert ran.code == 1
    assert "a fault of catenary" in ran.err
    assert "oops" in ran.err


def _stress_for_long(tmp_path: Path) -> subprocess.Popen[str]:
    catenary.save(serial_chain(), tmp_path / "c.world")
    (tmp_path / "s.toml").write_text('[[changes]]\ntarget = "producers.capacity"\nmultiply = 0.5\n')
    code = (
        "import sys, time, catenary.maths.inventory_kernels as k\n"
        "old = k.settle\n"
        "def slow(*a):\n    time.sleep(0.05); return old(*a)\n"
        "k.settle = slow\n"
        "import catenary.cli.watching as w; w._EVERY[False] = 0.2; w._PATIENCE = 0.3\n"
        "from catenary.cli.main import main\n"
        "sys.exit(main(['stress', 'c.world', 's.toml', '--days', '1000', '-o', 'r.result']))\n"
    )
    return subprocess.Popen(
        [sys.executable, "-c", code], cwd=tmp_path, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


@pytest.mark.part("1.8")
def test_long_work_tells_the_time_left_and_can_be_interrupted(tmp_path: Path) -> None:
    child = _stress_for_long(tmp_path)
    assert child.stderr is not None
    line = ""
    for _ in range(50):  # warnings may come first
        line = child.stderr.readline()
        if "left" in line:
            break
    assert "days " in line
    assert " of 1,000, " in line
    child.send_signal(signal.SIGINT)
    out, err = child.communicate(timeout=30)
    assert child.returncode == 130
    assert "interrupted; nothing was saved" in err
    assert out == ""
    assert sorted(p.name for p in tmp_path.iterdir()) == ["c.world", "s.toml"]


def test_a_reader_that_stops_reading_is_no_error(tmp_path: Path) -> None:
    done = subprocess.run(
        f"{sys.executable} -m catenary.cli.main show chains:pooled supplies | head -c 10",
        shell=True, capture_output=True, text=True, cwd=tmp_path, check=False,
    )  # fmt: skip
    assert done.stdout
    assert "Traceback" not in done.stderr
    assert "BrokenPipe" not in done.stderr


def test_progress_says_nothing_about_quick_work(run: Any) -> None:
    catenary.save(serial_chain(), "c.world")
    Path("s.toml").write_text('[[changes]]\ntarget = "producers.capacity"\nmultiply = 0.9\n')
    began = time.monotonic()
    ran = run("stress", "c.world", "s.toml", "--days", "5")
    assert time.monotonic() - began > 1 or "left" not in ran.err


@pytest.mark.part("5.6")
def test_an_endless_number_is_refused_before_anything_is_printed(run: Any) -> None:
    catenary.save(two_regions(), "two.world")
    ran = run("border_carbon", "two.world", "--importer", "BBB", "--price", "inf")
    assert ran.code == 2
    assert ran.out == ""
    assert "price is inf" in ran.err


@pytest.mark.part("5.8")
def test_a_comma_alone_asks_for_all(run: Any) -> None:
    catenary.save(two_regions(), "two.world")
    ran = run("stages", "two.world", "--chain", ",")
    assert ran.code == 0
    assert ran.json["tables"]["stages"]


@pytest.mark.part("1.8")
def test_a_result_whose_run_cannot_be_repeated_is_not_saved(tmp_path: Path) -> None:
    found = catenary.border_carbon(two_regions(), price=80, importer="BBB")
    endless = replace(found, run=replace(found.run, options={"price": float("inf")}))
    with pytest.raises(SourceError, match="price"):
        catenary.save(endless, tmp_path / "x.result")
    assert not list(tmp_path.iterdir())
    assert endless.to_dict()["run"]["options"] == {"price": None}


@pytest.mark.part("8.1")
def test_measures_are_written_once_as_a_file_that_is_read_back(run: Any) -> None:
    asked = ("measures", "chains:pooled", "--products", "solar", "--most", "5", "--as", "table")
    first = run(*asked, "--write", "mine.toml")
    assert first.code == 0
    assert "wrote 5 measures to mine.toml" in first.err
    content = Path("mine.toml").read_text(encoding="utf-8")
    found = catenary.Scenario.parse(content)
    assert found == offered(world("chains:pooled"), products="solar", most=5)
    assert content.startswith("# Measures")
    again = run(*asked, "--write", "mine.toml")
    assert again.code == 5
    assert "is there already" in again.err
    assert Path("mine.toml").read_text(encoding="utf-8") == content
    assert run(*asked, "--write", "mine.txt").code == 2
    assert "holds several worlds" in run("measures", "chains", "--write", "other.toml").err
    assert run(*asked, "--write", "none/mine.toml").code == 5
    assert run(*asked, "--catalogue", "nowhere.toml").code == 5
