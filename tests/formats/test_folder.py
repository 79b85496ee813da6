from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest

from catenary.errors import OptionError, SchemaError, SourceError, VersionError
from catenary.formats import folder, read, reader_of, sources
from catenary.testing import check_source, two_regions

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.part("1.3")

FILES = {
    "regions.csv": "id,name\nDEU,Germany\nNA,Namibia\n",
    "products.csv": "id,unit,stock_days [week]\nsteel,t,2\ncars,vehicle,\n",
    "producers.csv": (
        "id,region,product,output [/week]\nDEU.steel,DEU,steel,70\nNA.cars,NA,cars,7\n"
    ),
    "supplies.csv": "supplier,buyer,quantity\nDEU.steel,NA.cars,10\n",
    "demand.csv": "product,region,quantity\ncars,NA,1\n",
}


def written(path: Path, **changes: str | None) -> Path:
    path.mkdir(exist_ok=True)
    for name, text in {**FILES, **{f"{k}.csv": v for k, v in changes.items()}}.items():
        if text is not None:
            (path / name).write_text(text, encoding="utf-8")
    return path


def found(path: Path) -> list[str]:
    with pytest.raises(SchemaError) as caught:
        folder.read(path)
    return [str(problem) for problem in caught.value.problems]


def test_a_folder_written_by_hand_reads_with_units(tmp_path: Path) -> None:
    world = check_source(folder.read, written(tmp_path / "w"))
    assert world.table("producers")["output"].tolist() == [10.0, 1.0]
    assert world.table("products")["stock_days"].iloc[0] == 14
    assert world.table("products")["stock_days"].isna().iloc[1]
    assert world.table("supplies").index.tolist() == [0]


def test_parquet_and_csv_say_the_same(tmp_path: Path) -> None:
    one = written(tmp_path / "csv")
    two = tmp_path / "parquet"
    two.mkdir()
    for name in FILES:
        frame = pd.read_csv(one / name, keep_default_na=False)
        if name == "producers.csv":
            frame = frame.rename(columns={"output [/week]": "output"})
            frame["output"] /= 7
        if name == "products.csv":
            frame["stock_days"] = [14.0, None]
            del frame["stock_days [week]"]
        frame.to_parquet(two / name.replace(".csv", ".parquet"))
    assert folder.read(two).digest == folder.read(one).digest


def test_a_matrix_file_has_its_unit_in_the_corner(tmp_path: Path) -> None:
    path = tmp_path / "w"
    folder.save(two_regions(), path)
    text = (path / "intermediate.csv").read_text()
    assert text.splitlines()[0] == "USD/year,AAA.goods,BBB.goods"
    check_source(folder.read, path)


@pytest.mark.part("1.8")
@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (
            {"producers": "id,region,product,output [kg]\nx,DEU,steel,1\n"},
            "unit 'kg' fits only some rows: products here are counted in t and vehicle",
        ),
        (
            {"products": "id,stock_days [km]\nsteel,1\ncars,2\n"},
            "'km' cannot be converted to 'day'",
        ),
        ({"products": "id,unit [t]\nsteel,t\ncars,t\n"}, "has a unit [t] but is not a number"),
        ({"products": "id,id\nsteel,t\n"}, "has the column 'id' twice"),
        ({"prodcuts": "id\nsteel\n"}, "prodcuts.csv: is no part of a world Hint: did you mean"),
        ({"regions": "id\nDE\nNA\n"}, "unknown regions id 'DEU'"),
        ({"intermediate": "t/day,DEU.steel,NA.cars\nDEU.steel,x,1\nNA.cars,0,0\n"}, "'x' in row"),
        ({"intermediate": "DEU.steel\n"}, "a matrix has its unit in the first cell"),
        ({"supplies": "supplier,buyer,quantity\nDEU.steel,NA.cras,1\n"}, "did you mean 'NA.cars'"),
        ({"supplies": "supplier,buyer,quantity\nDEU.steel,NA.cars,\n"}, "1 rows have no number"),
    ],
)
def test_mistakes_in_a_folder(tmp_path: Path, changes: dict[str, str], words: str) -> None:
    texts = found(written(tmp_path / "w", **changes))
    assert any(words in text for text in texts), texts


@pytest.mark.part("1.8")
def test_mistakes_of_several_files_come_together(tmp_path: Path) -> None:
    path = written(
        tmp_path / "w",
        products="id,stock_days [km]\nsteel,1\ncars,2\n",
        supplies="supplier,buyer,quantity\nDEU.steel,NA.cras,1\n",
        demand="product,region,quantity\ncars,XXX,1\n",
    )
    assert len(found(path)) >= 3


@pytest.mark.part("1.8")
def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no folder"):
        folder.read(tmp_path / "none")
    (tmp_path / "empty").mkdir()
    with pytest.raises(SourceError, match="holds no table"):
        folder.read(tmp_path / "empty")
    path = written(tmp_path / "ragged", regions="id,name\nDEU\nNA,b,c\n")
    with pytest.raises(SourceError, match=r"regions\.csv"):
        folder.read(path)
    path = written(tmp_path / "latin")
    (path / "regions.csv").write_bytes("id,name\nDEU,Österreich\nNA,x\n".encode("latin-1"))
    with pytest.raises(SourceError, match=r"regions\.csv"):
        folder.read(path)
    path = written(tmp_path / "newer")
    (path / "world.json").write_text('{"schema": 99}')
    with pytest.raises(VersionError, match="99"):
        folder.read(path)
    path = written(tmp_path / "cut")
    (path / "regions.csv").rename(path / "regions.parquet")
    with pytest.raises(SourceError, match=r"regions\.parquet"):
        folder.read(path)


def test_formats_come_through_entry_points(tmp_path: Path) -> None:
    assert {"folder", "wiod", "mrio"} <= set(sources())
    assert read("folder", written(tmp_path / "w")).digest == folder.read(tmp_path / "w").digest
    with pytest.raises(OptionError, match="unknown source 'fodler'") as caught:
        read("fodler", tmp_path)
    assert "'folder'" in caught.value.hint
    with pytest.raises(OptionError, match="has no option 'yaer'"):
        read("wiod", tmp_path, yaer=2011)
    with pytest.raises(SourceError, match="there is no"):
        read("folder", tmp_path / "none")


@pytest.mark.part("1.3")
def test_wiod_is_read_by_name_and_says_what_it_changed(shared: Path) -> None:
    path = shared / "data" / "wiod2013"
    world = check_source(reader_of("wiod"), path, year=2011)
    regions = set(world.ids("regions"))
    assert {"ROU", "ROW"} <= regions
    assert not {"ROM", "RoW"} & regions
    assert len(regions) == 41
    assert len(world.ids("producers")) == 1435
    said = " ".join(world.warnings)
    for words in ("ROM → ROU", "352 cells are negative", "1,384 values that differ"):
        assert words in said, world.warnings
    names = world.table("sectors")["name"]
    assert names["c15"] == "Transport Equipment"
    # by label, against the file itself
    flows = pd.read_parquet(path / "Z_2011.parquet").set_index("row")
    matrix = world.matrix("intermediate")
    place = matrix.rows.get_loc("ROU.c15"), matrix.columns.get_loc("ROW.c1")
    assert matrix.dense[place] == flows.loc["ROM.c15", "RoW.c1"]
    # and against totals published beside it
    totals = pd.read_csv(path / "check_country_2011.csv").set_index("region")
    output = world.table("producers").groupby("region", observed=True)["output"].sum() * 365
    for region in ("CHN", "USA", "JPN", "DEU"):
        assert output[region] == pytest.approx(totals.loc[region, "output"], rel=1e-3)


@pytest.mark.part("1.8")
def test_a_year_that_is_not_there(shared: Path) -> None:
    with pytest.raises(SourceError, match="no WIOD table of 2012") as caught:
        read("wiod", shared / "data" / "wiod2013", year=2012)
    assert "2011" in caught.value.hint
