"""Nobody loses a file, and nothing is repaired in silence: what attacks on saving found."""

from __future__ import annotations

import copy
import json
import pickle
import subprocess
import sys
import threading
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import catenary
from catenary import Matrix, World, Worlds
from catenary.errors import (
    CatenaryError,
    OptionError,
    ScenarioError,
    SchemaError,
    SourceError,
)
from catenary.formats import folder, saving, tables
from catenary.testing import serial_chain, two_regions

pytestmark = pytest.mark.part("1.8")


def halved(days: int = 3) -> catenary.Result:
    lost = catenary.Scenario.parse(
        '[[changes]]\ntarget = "producers.capacity"\nwhere = {region = "AAA"}\nmultiply = 0.5'
    )
    return catenary.stress(serial_chain(), scenario=lost, days=days)


def test_files_of_the_user_in_our_folder_are_never_removed(tmp_path: Path) -> None:
    place = tmp_path / "mine"
    catenary.save(two_regions(), place)
    (place / "thesis.docx").write_text("years of work")
    with pytest.raises(SourceError, match=r"thesis\.docx"):
        catenary.save(serial_chain(), place)
    assert (place / "thesis.docx").read_text() == "years of work"
    (tmp_path / "link").symlink_to(place)
    with pytest.raises(SourceError, match="did not write"):
        catenary.save(serial_chain(), tmp_path / "link")


def test_a_folder_with_a_forged_mark_is_not_replaced(tmp_path: Path) -> None:
    place = tmp_path / "mine"
    place.mkdir()
    for mark in ("{}", "[", '{"files": 5}', '{"files": [["a"]]}', '{"files": {"b": 1}}'):
        (place / "world.json").write_text(mark)
        (place / "a").write_text("mine")
        with pytest.raises(SourceError, match="'a'"):
            catenary.save(serial_chain(), place)
        assert (place / "a").read_text() == "mine"


def test_links_are_followed(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    catenary.save(two_regions(), tmp_path / "link")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real" / "regions.csv").is_file()
    (tmp_path / "file.world").symlink_to(tmp_path / "behind.world")
    catenary.save(two_regions(), tmp_path / "file.world")
    assert (tmp_path / "file.world").is_symlink()
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        "behind.world",
        "file.world",
        "link",
        "real",
    ]


def test_only_the_same_kind_is_replaced(tmp_path: Path) -> None:
    world, result = tmp_path / "w.world", tmp_path / "r.result"
    catenary.save(two_regions(), world)
    catenary.save(serial_chain(), world)  # a world over a world
    catenary.save(Worlds({"a": two_regions()}), world)
    catenary.save(halved(), result)
    with pytest.raises(SourceError, match="no result that catenary saved"):
        catenary.save(halved(), world)
    with pytest.raises(SourceError, match="no world that catenary saved"):
        catenary.save(two_regions(), result)
    note = tmp_path / "note.world"
    for mine in ("dear diary", "PK but no zip"):
        note.write_text(mine)
        with pytest.raises(SourceError, match="no world"):
            catenary.save(two_regions(), note)
        assert note.read_text() == mine


@pytest.mark.parametrize(
    "words",
    [
        ["stress", "two.world", "s.toml", "-o", "two.world"],
        ["stress", "two.world", "s.toml", "-o", "s.toml"],
        ["stress", "two", "s.toml", "-o", "two"],
        ["stress", "two", "s.toml", "-o", "two/regions.csv"],
        ["stress", "two", "s.toml", "-o", "other.json"],
        ["stress", "two", "s.toml", "-o", "x.csv"],
        ["stress", "two", "s.toml", "--measures", "m.toml", "-o", "m.toml"],
        ["compare", "a.result", "b.result", "-o", "a.result"],
        ["read", "folder", "two", "-o", "two"],
        ["read", "folder", "two", "-o", "x.csv"],
        ["export", "two.world", "two.world"],
        ["export", "two.world", "two.world", "--as", "json"],
        ["export", "two", "."],
    ],
    ids=" ".join,
)
def test_what_a_command_reads_is_never_written_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    catenary.save(two_regions(), "two.world")
    catenary.save(two_regions(), "two")
    for name in ("s.toml", "m.toml"):
        Path(name).write_text(
            '[[changes]]\ntarget = "producers.capacity"\nwhere = {region = "AAA"}\nmultiply = 0.9'
        )
    Path("other.json").write_text('{"mine": 1}')
    catenary.save(halved(), "a.result")
    catenary.save(halved(4), "b.result")
    before = {p: p.read_bytes() for p in sorted(Path().rglob("*")) if p.is_file()}
    command = [sys.executable, "-m", "catenary", *words]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode in (2, 5), ran.stderr
    assert ran.stderr.startswith("error: ")
    assert {p: p.read_bytes() for p in sorted(Path().rglob("*")) if p.is_file()} == before


def test_many_may_save_to_one_folder_at_once(tmp_path: Path) -> None:
    faults: list[Exception] = []

    def often() -> None:
        try:
            for _ in range(10):
                catenary.save(two_regions(), tmp_path / "w")
        except Exception as error:  # noqa: BLE001  whatever it is, the test shows it
            faults.append(error)

    threads = [threading.Thread(target=often) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert [p.name for p in tmp_path.iterdir()] == ["w"]
    world = catenary.load(tmp_path / "w")
    assert isinstance(world, World)
    assert world.tables.keys() == two_regions().tables.keys()


def test_columns_of_ones_own_survive(tmp_path: Path) -> None:
    regions = pd.DataFrame(
        {
            "id": ["AAA", "BBB"],
            "x_text": ["007", "NA"],
            "x_number": [0.1, np.nan],
            "x_whole": [2**60, -1],
            "x_flag": [True, False],
            "x_group": pd.Categorical(["a", "b"]),
            "x_day": pd.to_datetime(["2020-01-31", "2021-02-28"]),
        }
    )
    world = World({"regions": regions})
    assert world.table("regions")["x_day"].tolist() == [
        "2020-01-31 00:00:00",
        "2021-02-28 00:00:00",
    ]
    for name in ("w.world", "w"):
        catenary.save(world, tmp_path / name)
        again = catenary.load(tmp_path / name)
        assert again.digest == world.digest  # type: ignore[union-attr]
        assert again.table("regions").dtypes.equals(world.table("regions").dtypes)  # type: ignore[union-attr]
    with pytest.raises(SchemaError, match="holds a list"):
        World({"regions": regions.assign(x_list=[[1], [2]])})  # type: ignore[list-item]


def csv(path: Path, **files: str) -> Path:
    path.mkdir()
    for name, text in files.items():
        (path / f"{name}.csv").write_text(text)
    return path


CHAIN = {
    "regions": "id\nAAA\n",
    "products": "id\na\nb\n",
    "producers": "id,region,product,output\nA,AAA,a,1\nB,AAA,b,1\n",
    "supplies": "supplier,buyer,quantity\nA,B,1\n",
    "demand": "product,region,quantity\nb,AAA,1\n",
}


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"regions": "ID\nAAA\n"}, "regions.id: the column is missing"),
        ({"producers": CHAIN["producers"].replace("id,", "ID,")}, "producers.id"),
        ({"stocks": "producer,input,target_days\nB,a,5\nB,a,9\n"}, "1 rows repeat.*producer B"),
        ({"recipes": "product,input\nb,a\nb,a\n"}, "recipes: 1 rows repeat"),
        ({"demand": "product,region,quantity,priority\nb,AAA,1,6.99\n"}, "6.99 .*whole number"),
        ({"demand": "product,region,quantity\nb,AAA,NA\n"}, "'NA' in row 0 is not a number"),
        ({"demand": "product,region,quantity\nb,AAA,null\n"}, "'null' in row 0 is not a number"),
        ({"demand": "product,region,quantity\nb,AAA,nan\n"}, "says nan"),
        ({"demand": "product,region,quantity\nb,AAA,1e200\n"}, "out of bounds"),
    ],
)
def test_nothing_is_repaired_in_silence(tmp_path: Path, changed: dict[str, str], said: str) -> None:
    with pytest.raises(SchemaError, match=said) as caught:
        folder.read(csv(tmp_path / "w", **{**CHAIN, **changed}))
    assert len(caught.value.problems) <= 2, caught.value.problems


def test_what_changes_nothing_is_said(tmp_path: Path) -> None:
    extra = {
        "stocks": "producer,input,target_days\nA,b,5\n",
        "recipes": "product,input,producer,criticality\na,b,A,0.5\n",
    }
    world = folder.read(csv(tmp_path / "w", **CHAIN, **extra))
    lost = catenary.Scenario.parse(
        '[[changes]]\ntarget = "producers.capacity"\nwhere = {region = "AAA"}\nmultiply = 0.5'
    )
    said = " ".join(catenary.stress(world, scenario=lost, days=2).run.warnings)
    assert "1 rows of stocks name inputs that their producer buys from nobody" in said
    assert "1 rows of recipes name inputs" in said
    none = csv(tmp_path / "n", **{**CHAIN, **extra, "supplies": "supplier,buyer,quantity\n"})
    (none / "demand.csv").write_text("product,region,quantity\nb,AAA,1\na,AAA,1\n")
    assert catenary.stress(folder.read(none), scenario=lost, days=2).run.warnings


def test_quantities_of_different_units_are_never_added() -> None:
    world = two_regions()
    final = world.matrix("final")
    with pytest.raises(SchemaError, match=r"EUR/year.*cannot be converted"):
        world.with_(final=Matrix(final.values, final.rows, final.columns, "EUR/year"))
    with pytest.raises(SchemaError, match="2011"):
        world.with_(final=Matrix(final.values, final.rows, final.columns, "USD(2011)/year"))
    thousands = Matrix(final.values / 1000, final.rows, final.columns, "kUSD/year")
    lost = catenary.Scenario.parse(
        '[[changes]]\ntarget = "final"\nwhere = {row = {id = "AAA.goods"}, '
        'column = {id = "AAA.all"}}\nmultiply = 0.5\nstart = 2\ndays = 3'
    )
    one = catenary.stress(world, scenario=lost, days=9)
    other = catenary.stress(world.with_(final=thousands), scenario=lost, days=9)
    np.testing.assert_allclose(other.output["output"], one.output["output"], rtol=1e-12)
    np.testing.assert_allclose(other.demand["demand"], one.demand["demand"], rtol=1e-12)


def edited(path: Path, change: Any) -> Path:
    """Write a saved world again with another manifest."""
    with zipfile.ZipFile(path) as old:
        parts = {name: old.read(name) for name in old.namelist()}
    about = json.loads(parts["catenary.json"])
    change(about)
    parts["catenary.json"] = json.dumps(about).encode()
    other = path.with_suffix(".edited")
    with zipfile.ZipFile(other, "w") as new:
        for name, data in parts.items():
            new.writestr(name, data)
    return other


@pytest.mark.parametrize(
    "change",
    [
        lambda m: m["matrices"]["final"].update(unit=5),
        lambda m: m["matrices"]["final"].update(unit=None),
        lambda m: m["tables"].update(regions=float("inf")),
        lambda m: m["tables"].update(regions=None),
        lambda m: m.update(warnings="abc"),
        lambda m: m.update(warnings=["\ud800"]),
        lambda m: m.update(name="\ud800"),
        lambda m: m.update(name=5),
        lambda m: m.update(matrices=5),
        lambda m: m["matrices"].update(final=5),
        lambda m: m["matrices"]["final"].update(rows=7),
    ],
)
def test_a_damaged_manifest_is_told(tmp_path: Path, change: Any) -> None:
    catenary.save(two_regions(), tmp_path / "w.world")
    with pytest.raises(CatenaryError):
        catenary.load(edited(tmp_path / "w.world", change))


def test_a_result_of_an_older_version_is_told(tmp_path: Path) -> None:
    result = halved()
    object.__setattr__(result, "losses", result.tables["losses"].drop(columns="limited_by"))
    catenary.save(result, tmp_path / "r.result")
    with pytest.raises(SourceError, match=r"losses\.limited_by is missing"):
        catenary.load(tmp_path / "r.result")


@pytest.mark.parametrize(
    ("call", "kind"),
    [
        (lambda: World(None), SchemaError),  # type: ignore[arg-type]
        (lambda: World({"regions": 5}), SchemaError),  # type: ignore[dict-item]
        (lambda: Worlds({"a": 5}), OptionError),  # type: ignore[dict-item]
        (lambda: catenary.save(two_regions(), 5), OptionError),  # type: ignore[arg-type]
        (lambda: catenary.Scenario.parse(5), CatenaryError),  # type: ignore[arg-type]
        (lambda: catenary.Scenario.parse("a = " + "[" * 5000), CatenaryError),
        (lambda: catenary.Scenario.of(5), CatenaryError),  # type: ignore[arg-type]
        (lambda: Matrix([[1], [2, 3]], ["a", "b"], ["c"], "t"), SchemaError),
        (lambda: Matrix([[1e300]], ["a"], ["c"], "t"), SchemaError),
    ],
)
def test_things_of_the_wrong_type_are_told(call: Any, kind: type[Exception]) -> None:
    with pytest.raises(kind) as caught:
        call()
    assert str(caught.value)


def test_worlds_without_output_do_not_collapse() -> None:
    chain = serial_chain(output=0.0)
    result = catenary.stress(chain, scenario=catenary.Scenario("none"), days=3)
    assert not any("collapse" in warning for warning in result.run.warnings)


def test_a_folder_that_somebody_edited_is_not_replaced(tmp_path: Path) -> None:
    catenary.save(two_regions(), tmp_path / "w")
    catenary.save(serial_chain(), tmp_path / "w")  # as we left it
    with (tmp_path / "w" / "regions.csv").open("a") as file:
        file.write("BBB,,\n")
    with pytest.raises(SourceError, match=r"regions\.csv.*changed since"):
        catenary.save(serial_chain(), tmp_path / "w")
    assert (tmp_path / "w" / "regions.csv").read_text().endswith("BBB,,\n")


def test_a_file_that_comes_while_we_write_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    catenary.save(two_regions(), tmp_path / "w")
    sign = saving._sign

    def meanwhile(beside: Path) -> None:
        (tmp_path / "w" / "notes.txt").write_text("mine")
        sign(beside)

    monkeypatch.setattr(saving, "_sign", meanwhile)
    with pytest.raises(SourceError, match=r"notes\.txt"):
        catenary.save(two_regions(), tmp_path / "w")
    assert (tmp_path / "w" / "notes.txt").read_text() == "mine"
    assert [p.name for p in tmp_path.iterdir()] == ["w"]


def test_an_interruption_between_the_renames_restores_the_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    catenary.save(two_regions(), tmp_path / "w")

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    spare = saving._spare_folder
    monkeypatch.setattr(saving, "_spare_folder", lambda *a: stop() if len(a) > 2 else spare(*a))
    with pytest.raises(KeyboardInterrupt):
        catenary.save(two_regions(), tmp_path / "w")
    assert [p.name for p in tmp_path.iterdir()] == ["w"]
    assert (tmp_path / "w" / "regions.csv").is_file()


@pytest.mark.parametrize("text", ['{"name": "my-package"}', '{"run": "notes"}', '{"name": 1, "x'])
def test_json_of_others_is_not_replaced(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.json"
    path.write_text(text)
    for thing in (two_regions(), halved()):
        with pytest.raises(SourceError, match="that catenary saved"):
            tables.write(thing, path, "json")
    assert path.read_text() == text
    path.unlink()
    tables.write(halved(), path, "json")
    tables.write(halved(4), path, "json")


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"products": "id,stock_days [week]\na,2 weeks\nb,1\n"}, "'2 weeks' in row 'a'"),
        (
            {
                "producers": "id,region,product,output,capacity [/week]\n"
                'A,AAA,a,1,"49,5"\nB,AAA,b,1,9\n'
            },
            "'49,5' in row 'A'",
        ),
        ({"recipes": "product,input,producer,criticality\na,a,B,0\n"}, "does not make"),
        ({"regions": "id,x_a [kg]\nAAA,1\n"}, "odd name"),
    ],
)
def test_a_cell_that_is_no_number_is_never_a_blank(
    tmp_path: Path, changed: dict[str, str], said: str
) -> None:
    with pytest.raises(SchemaError, match=said):
        folder.read(csv(tmp_path / "w", **{**CHAIN, **changed}))


def test_text_with_returns_survives(tmp_path: Path) -> None:
    regions = pd.DataFrame({"id": ["A", "B"], "name": ["one\rtwo", 'say "x",\r\n y']})
    world = World({"regions": regions})
    catenary.save(world, tmp_path / "w")
    assert catenary.load(tmp_path / "w").digest == world.digest  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("column", "said"),
    [
        (np.array([2**63 + 5], np.uint64), "too large"),
        (pd.array([2**60 + 1, None], "Int64"), "too large"),
        (pd.array([True, None], "boolean"), "blank"),
    ],
)
def test_columns_of_ones_own_that_cannot_be_kept_are_told(column: Any, said: str) -> None:
    frame = pd.DataFrame({"id": [f"r{i}" for i in range(len(column))], "x_a": column})
    with pytest.raises(SchemaError, match=said):
        World({"regions": frame})


def test_nullable_columns_of_ones_own_keep_their_digits() -> None:
    frame = pd.DataFrame(
        {
            "id": ["a", "b"],
            "x_whole": pd.array([2**60 + 1, 3], "Int64"),
            "x_flag": pd.Series([True, False], dtype=object),
        }
    )
    kept = World({"regions": frame}).table("regions")
    assert kept["x_whole"].tolist() == [2**60 + 1, 3]
    assert kept["x_flag"].dtype == bool


def test_worlds_travel_to_other_processes() -> None:
    for thing in (two_regions(), Worlds({"a": serial_chain()}, name="x")):
        for again in (pickle.loads(pickle.dumps(thing)), copy.copy(thing), copy.deepcopy(thing)):  # noqa: S301  our own
            assert again.digest == thing.digest
            assert again.name == thing.name


def test_a_matrix_that_lacks_a_row_is_told() -> None:
    final = two_regions().matrix("final")
    with pytest.raises(SchemaError, match=r"final: has no row for 1 producers \(BBB.goods\)"):
        two_regions().with_(
            final=Matrix(final.dense[:1], final.rows[:1], final.columns, final.unit)
        )


def half_of(text: str) -> catenary.Scenario:
    return catenary.Scenario.parse(f"[[changes]]\n{text}")


CELL = 'target = "final"\nwhere = {row = {id = "AAA.goods"}, column = {id = "%s"}}\n'


def test_the_order_of_a_matrix_does_not_matter_to_a_scenario() -> None:
    world = two_regions()
    final = world.matrix("final")
    turned = Matrix(final.dense[::-1, ::-1], final.rows[::-1], final.columns[::-1], final.unit)
    scenario = half_of(CELL % "AAA.all" + "multiply = 0.5")
    one = catenary.stress(world, scenario=scenario, days=30)
    other = catenary.stress(world.with_(final=turned), scenario=scenario, days=30)
    pd.testing.assert_frame_equal(one.demand, other.demand)
    assert one.demand["demand"].sum() == pytest.approx(30 * (1.5 + 6) / 365)


def test_demand_that_begins_where_there_was_none_is_heard() -> None:
    world = two_regions()
    scenario = half_of(CELL % "BBB.all" + "set = 3\nstart = 10")
    demand = catenary.stress(world, scenario=scenario, days=30).demand
    assert demand["demand"].sum() == pytest.approx((30 * 9 + 20 * 3) / 365)
    less = half_of(CELL % "AAA.all" + "add = -10")
    said = catenary.stress(world, scenario=less, days=3).run.warnings
    assert any("fall below 0" in warning for warning in said)


def test_what_stress_does_not_read_is_refused_and_blanks_are_set() -> None:
    chain = serial_chain(2).with_(products=pd.DataFrame({"id": ["s0", "s1"]}))
    set_it = half_of('target = "products.stock_days"\nset = 7')
    assert set_it.apply(chain).table("products")["stock_days"].tolist() == [7, 7]
    with pytest.raises(ScenarioError, match="blank in 2 of the 2 rows"):
        half_of('target = "products.stock_days"\nmultiply = 2').apply(chain)
    for text in (
        'target = "producers.output"\nmultiply = 2',
        'target = "supplies.quantity"\nmultiply = 2',
    ):
        with pytest.raises(ScenarioError, match="stress does not read"):
            catenary.stress(chain, scenario=half_of(text))
    with pytest.raises(ScenarioError, match="final demand of this world stands in final"):
        catenary.stress(
            two_regions().with_(
                demand=pd.DataFrame({"product": ["goods"], "region": ["AAA"], "quantity": [1.0]})
            ),
            scenario=half_of('target = "demand.quantity"\nmultiply = 2'),
        )
    late = half_of(
        'target = "producers.capacity"\nwhere = {region = "AAA"}\nmultiply = 0.5\nstart = 90'
    )
    said = catenary.stress(serial_chain(), scenario=late, days=5).run.warnings
    assert any("begin after the 5 days" in warning for warning in said)
