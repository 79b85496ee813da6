"""Multi-region tables: pymrio's own test table, and small files in each published layout."""

from __future__ import annotations

import sys
import zipfile
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

pymrio = pytest.importorskip("pymrio")

import mrio_layouts as layouts  # noqa: E402

from catenary.errors import (  # noqa: E402
    CatenaryError,
    OptionError,
    SchemaError,
    SourceError,
    UnitError,
    UnknownLabelError,
)
from catenary.formats.mrio import read  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from catenary.model import World

pytestmark = pytest.mark.part("1.3")

HOUSEHOLDS = "Final consumption expenditure by households"
INVESTMENT = "Gross fixed capital formation"
SLOW = settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
SEEDS = st.integers(0, 10_000)


def told(world: World, *words: str) -> bool:
    """Whether one warning has all these words."""
    return any(all(word in warning for word in words) for warning in world.warnings)


def ids(pairs: pd.MultiIndex, names: dict[str, str] | None = None) -> pd.Index:
    """Return the ids of pairs of region and sector or category; `names` maps labels to codes."""
    names = names or {}
    return pd.Index([f"{names.get(r, r)}.{names.get(c, c)}" for r, c in pairs])


def agrees(world: World, table: layouts.Truth, names: dict[str, str]) -> None:
    """Check flows, final demand and value added by label; `names` maps labels to codes."""

    places, users = ids(table.industries, names), ids(table.users, names)
    flows = world.matrix("intermediate").aligned_to(places, places).dense
    final = world.matrix("final").aligned_to(places, users).dense
    np.testing.assert_allclose(flows, table.flows, rtol=1e-12)
    np.testing.assert_allclose(final, table.final, rtol=1e-12)
    added = world.matrix("value_added")
    columns = added.columns.get_indexer(places)
    np.testing.assert_allclose(
        added.dense[:, columns].sum(axis=0), table.added.sum(axis=0), rtol=1e-9
    )
    gap = added.rows.get_indexer(pd.Index(["statistical_difference"]))[0]
    if gap >= 0:  # no more than the last digit
        assert np.abs(added.dense[gap]).max() < 1e-6
    daily = world.table("producers").loc[places, "output"].to_numpy()
    np.testing.assert_allclose(daily * 365, table.output, rtol=1e-12)
    world_users = world.table("consumers")
    assert set(users) <= set(world_users.index)


def pressures(world: World, table: layouts.Truth, labels: list[str], names: dict[str, str]) -> None:
    """Check the two pressures in kt, by industry."""
    matrix = world.matrix("stressors")
    places = ids(table.industries, names)
    assert matrix.unit == "kt/year"
    found = matrix.aligned_to(matrix.rows[matrix.rows.isin(labels)], places)
    assert list(found.rows) == labels
    np.testing.assert_allclose(found.dense, table.pressures, rtol=1e-12)


# --- pymrio's own test table -------------------------------------------------------------------


@pytest.mark.parametrize("table_format", ["txt", "parquet"])
def test_pymrio_own_table_comes_back_number_by_number(tmp_path: Path, table_format: str) -> None:
    system = pymrio.load_test()
    system.save_all(tmp_path / "saved", table_format=table_format)
    world = read(tmp_path / "saved", year=2010)
    flows, final = world.matrix("intermediate"), world.matrix("final")
    assert flows.unit == "MUSD(2010)/year"
    places = ids(system.Z.index)
    np.testing.assert_array_equal(flows.aligned_to(places, places).dense, system.Z.to_numpy())
    assert len(final.columns) == system.Y.shape[1]
    by_region = pd.DataFrame(final.dense, final.rows).T.groupby(final.columns.str[:4]).sum().T
    theirs = system.Y.T.groupby(level="region").sum().T
    np.testing.assert_allclose(by_region.loc[places].to_numpy(), theirs.to_numpy(), rtol=1e-14)
    output = pymrio.calc_x(system.Z, system.Y)["indout"].to_numpy()
    daily = world.table("producers").loc[places, "output"].to_numpy()
    np.testing.assert_allclose(daily * 365, output, rtol=1e-12)
    stated = system.factor_inputs.F.loc["Value Added"].to_numpy()
    added = world.matrix("value_added").aligned_to(pd.Index(["Value Added"]), places).dense[0]
    np.testing.assert_array_equal(added, stated)
    air = pd.Index(["emission_type1, air"])
    stressors = world.matrix("stressors").aligned_to(air, places).dense[0]
    kilograms = system.emissions.F.loc[("emission_type1", "air")].to_numpy()
    np.testing.assert_allclose(stressors, kilograms * 1e-6, rtol=1e-14)
    assert told(world, "factor_inputs", "1 are value_added")
    assert told(world, "categories of final demand were given codes")


def test_final_demand_keeps_its_columns(tmp_path: Path) -> None:
    system = pymrio.load_test()
    system.save_all(tmp_path / "saved")
    final = read(tmp_path / "saved").matrix("final")
    slug = pd.Index(["reg2.changes_in_inventories"])
    theirs = system.Y[("reg2", "Changes in inventories")].to_numpy()
    np.testing.assert_array_equal(final.aligned_to(final.rows, slug).dense[:, 0], theirs)


def test_a_table_without_flows_is_computed_and_says_so(tmp_path: Path) -> None:
    system = pymrio.load_test().calc_all()
    theirs = system.Z.to_numpy().copy()
    system.Z = None
    system.save_all(tmp_path / "saved")
    world = read(tmp_path / "saved", year=2010)
    np.testing.assert_allclose(world.matrix("intermediate").dense, theirs, rtol=1e-9)
    assert told(world, "pymrio computed them")


def test_zip_and_folder_are_the_same(tmp_path: Path) -> None:
    system = pymrio.load_test()
    system.save_all(tmp_path / "saved")
    pymrio.archive(tmp_path / "saved", tmp_path / "saved.zip")
    one, other = read(tmp_path / "saved", year=2010), read(tmp_path / "saved.zip", year=2010)
    assert one.digest == other.digest


# --- published layouts -------------------------------------------------------------------------


@SLOW
@given(seed=SEEDS, edition=st.sampled_from([2016, 2018, 2023]))
def test_icio(tmp_path_factory: pytest.TempPathFactory, seed: int, edition: int) -> None:
    table = layouts.truth(seed, ["AUS", "CHN", "FRA"], ["A01_02", "10T12"], ["HFCE", "GFCF"])
    path = layouts.icio(tmp_path_factory.mktemp("icio"), table, year=2010, edition=edition)
    world = read(path.parent, database="icio")
    assert world.matrix("final").unit == "MUSD(2010)/year"
    agrees(world, table, {})
    assert told(world, "9 MUSD(2010)/year", "final demand", "dropped") == (edition == 2023)
    assert told(world, "blank cells") == (edition == 2016)


@SLOW
@given(seed=SEEDS, edition=st.sampled_from([2016, 2018, 2023]))
def test_icio_parts_of_countries_are_summed_and_told(
    tmp_path_factory: pytest.TempPathFactory, seed: int, edition: int
) -> None:
    table = layouts.truth(
        seed, ["AUS", "CHN", "CN1", "CN2", "MEX", "MX1"], ["10T12", "01T03"], ["HFCE", "GFCF"]
    )
    path = layouts.icio(tmp_path_factory.mktemp("icio"), table, year=2010, edition=edition)
    world = read(path, database="icio")
    assert told(world, "CN1 into CHN, CN2 into CHN and MX1 into MEX")
    whole = table.industries.set_levels(
        ["AUS", "CHN", "CHN", "CHN", "MEX", "MEX"], level=0, verify_integrity=False
    )
    whole = pd.MultiIndex.from_arrays([whole.get_level_values(0), whole.get_level_values(1)])
    frame = pd.DataFrame(table.flows, whole, whole)
    frame = frame.groupby(level=[0, 1]).sum().T.groupby(level=[0, 1]).sum().T
    places = ids(pd.MultiIndex.from_tuples(frame.index))
    ours = world.matrix("intermediate").aligned_to(places, places).dense
    np.testing.assert_allclose(ours, frame.to_numpy(), rtol=1e-12)
    added = world.matrix("value_added")
    assert np.isclose(added.dense.sum(), table.added.sum())


@SLOW
@given(seed=SEEDS, zipped=st.booleans())
def test_exiobase3(tmp_path_factory: pytest.TempPathFactory, seed: int, *, zipped: bool) -> None:
    sectors = ["Cultivation of wheat", "Cultivation of paddy rice"]
    table = layouts.truth(seed, ["AT", "GR", "WF"], sectors, [HOUSEHOLDS, INVESTMENT])
    path = layouts.exiobase3(tmp_path_factory.mktemp("exio"), table, year=2011, zipped=zipped)
    before = sorted(path.parent.rglob("*"))
    world = read(path.parent, database="exiobase3")
    assert sorted(path.parent.rglob("*")) == before  # reading writes nothing
    names = {"AT": "AUT", "GR": "GRC", HOUSEHOLDS: "F_HOUS", INVESTMENT: "I_GFCF"}
    names |= {"Cultivation of wheat": "A_WHEA", "Cultivation of paddy rice": "A_PARI"}
    assert world.matrix("final").unit == "MEUR(2011)/year"
    agrees(world, table, names)
    pressures(world, table, ["CO2 - combustion - air", "SOx - combustion - air"], names)
    users = ids(table.users, names)
    direct = world.matrix("stressors_final")
    np.testing.assert_allclose(direct.aligned_to(direct.rows, users).dense, table.direct)
    assert told(world, "AT → AUT and GR → GRC")
    assert told(world, "no country", "WF")
    assert told(world, "1 were left out", "km2")
    assert told(world, "'impacts'", "left out")
    assert world.table("sectors").loc["A_WHEA", "name"] == "Cultivation of wheat"


@SLOW
@given(seed=SEEDS, zipped=st.booleans())
def test_eora26(tmp_path_factory: pytest.TempPathFactory, seed: int, *, zipped: bool) -> None:
    sectors = ["Agriculture", "Electricity, Gas and Water"]
    uses = ["Household final consumption P.3h", "Gross fixed capital formation P.51"]
    table = layouts.truth(seed, ["AFG", "AUS"], sectors, uses)
    path = layouts.eora26(tmp_path_factory.mktemp("eora"), table, year=2015, zipped=zipped)
    world = read(path.parent if zipped else path, database="eora26", year=2015)
    names = {sectors[1]: "electricity_gas_and_water", uses[0]: "household_final_consumption_p_3h"}
    names[uses[1]] = "gross_fixed_capital_formation_p_51"
    assert world.matrix("final").unit == "kUSD(2015)/year"
    agrees(world, table, names)
    pressures(world, table, ["I-GHG emissions, CO2", "I-GHG emissions, SOx"], names)
    assert told(world, "ROW", "4 kUSD(2015)/year of deliveries by it and 4 to it")
    assert "ROW" not in world.ids("regions")


@SLOW
@given(seed=SEEDS)
def test_gloria(tmp_path_factory: pytest.TempPathFactory, seed: int) -> None:
    sectors, uses = ["Growing wheat", "Growing rice"], ["Households", "Investment"]
    table = layouts.truth(seed, ["AFG", "XAM"], sectors, uses)
    folder = layouts.gloria(tmp_path_factory.mktemp("gloria"), table, year=2022)
    world = read(folder, database="gloria")
    names = {"Growing wheat": "growing_wheat", "Growing rice": "growing_rice"}
    assert world.matrix("final").unit == "kUSD(2022)/year"
    agrees(world, table, names)
    pressures(world, table, ["CO2, Emissions", "SOx, Emissions"], names)
    assert list(world.matrix("value_added").rows[:2]) == ["wages", "surplus"]
    assert told(world, "1 were left out", "1000 p")
    assert told(world, "product by product")
    theirs = pymrio.parse_gloria(folder, 2022, version=59)  # by coefficients, as pymrio does
    np.testing.assert_allclose(theirs.A.to_numpy() * table.output, table.flows, rtol=1e-9)


def test_gloria_without_a_region_says_so(tmp_path: Path) -> None:
    table = layouts.truth(3, ["AFG", "DYE", "XAM"], ["a", "b"], ["Households", "Investment"])
    table.flows[2:4], table.flows[:, 2:4], table.final[2:4], table.final[:, 2:4] = 0, 0, 0, 0
    world = read(layouts.gloria(tmp_path, table, year=2022), database="gloria")
    assert "DYE" not in world.ids("regions")
    assert told(world, "regions without any flow were removed: 'DYE'")


@SLOW
@given(seed=SEEDS)
def test_figaro(tmp_path_factory: pytest.TempPathFactory, seed: int) -> None:
    table = layouts.truth(
        seed, ["AT", "EL", "UK", "FIGW1"], ["A01", "P85", "C31_32"], ["P3_S14", "P51G", "P5M"]
    )
    path = layouts.figaro(tmp_path_factory.mktemp("figaro"), table, year=2022)
    world = read(path.parent, database="figaro", year=2022)
    assert world.matrix("final").unit == "MEUR(2022)/year"
    agrees(world, table, {"AT": "AUT", "EL": "GRC", "UK": "GBR", "FIGW1": "ROW"})
    assert told(world, "AT → AUT, EL → GRC, UK → GBR and FIGW1 → ROW")
    assert told(world, "24 MEUR(2022)/year", "final demand", "dropped")


@pytest.mark.parametrize("database", ["icio", "figaro"])
def test_a_zipped_csv_is_the_same(tmp_path: Path, database: str) -> None:
    path, _ = written(tmp_path, database)
    with zipfile.ZipFile(path.with_suffix(".zip"), "w") as archive:
        archive.write(path, path.name)
    one = read(path, database=database)  # type: ignore[arg-type]
    other = read(path.with_suffix(".zip"), database=database)  # type: ignore[arg-type]
    assert one.digest == other.digest


def test_figaro_needs_no_pymrio(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pymrio", None)
    path = layouts.figaro(tmp_path, WRITTEN["figaro"][0], year=2022)
    assert read(path, database="figaro").name == "figaro-2022"
    with pytest.raises(SourceError, match=r"(?s)pymrio.*pip install 'catenary\[mrio\]'"):
        read(layouts.icio(tmp_path, WRITTEN["icio"][0], year=2010), database="icio")


def test_negative_cells_are_kept_and_told(tmp_path: Path) -> None:
    table = layouts.truth(1, ["AT", "BE"], ["A01", "B"], ["P3_S14", "P5M"])
    table.final[0, 1] = -7.0
    world = read(layouts.figaro(tmp_path, table, year=2022), database="figaro")
    assert world.matrix("final").dense.min() == -7.0
    assert told(world, "final", "1 cells are negative")


# --- mistakes ----------------------------------------------------------------------------------

Written = tuple[layouts.Truth, "Callable[[Path, layouts.Truth], Path]", str]
WRITTEN: dict[str, Written] = {
    "icio": (
        layouts.truth(1, ["AUS", "FRA"], ["A01_02", "10T12"], ["HFCE", "GFCF"]),
        lambda folder, table: layouts.icio(folder, table, year=2010),
        "",
    ),
    "exiobase3": (
        layouts.truth(1, ["AT", "WF"], ["one", "two"], [HOUSEHOLDS, INVESTMENT]),
        lambda folder, table: layouts.exiobase3(folder, table, year=2011),
        "Z.txt",
    ),
    "eora26": (
        layouts.truth(1, ["AFG", "AUS"], ["one", "two"], ["c", "i"]),
        lambda folder, table: layouts.eora26(folder, table, year=2015),
        "Eora26_2015_bp_T.txt",
    ),
    "gloria": (
        layouts.truth(1, ["AFG", "XAM"], ["one", "two"], ["c", "i"]),
        lambda folder, table: layouts.gloria(folder, table, year=2022),
        "*/*T-Results*",
    ),
    "figaro": (
        layouts.truth(1, ["AT", "FIGW1"], ["A01", "B"], ["P3_S14", "P51G"]),
        lambda folder, table: layouts.figaro(folder, table, year=2022),
        "",
    ),
}


def written(folder: Path, database: str) -> tuple[Path, Path]:
    """Write a layout; return what to read and the file with its flows."""
    table, write, inside = WRITTEN[database]
    path = write(folder, table)
    return path, next(path.glob(inside)) if inside else path


@settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(database=st.sampled_from(sorted(WRITTEN)), share=st.floats(0.0, 0.8))
def test_a_truncated_file_is_one_clear_error(
    tmp_path_factory: pytest.TempPathFactory, database: str, share: float
) -> None:
    path, file = written(tmp_path_factory.mktemp(database), database)
    content = file.read_bytes()
    file.write_bytes(content[: int(len(content) * share)])
    with pytest.raises(CatenaryError) as caught:
        read(path, database=database)  # type: ignore[arg-type]
    assert caught.value.hint
    assert "Traceback" not in str(caught.value)


@pytest.mark.parametrize("database", ["exiobase3", "gloria", "figaro"])
def test_a_last_number_without_its_last_digit_is_told(tmp_path: Path, database: str) -> None:
    path, file = written(tmp_path, database)
    whole = read(path, database=database)  # type: ignore[arg-type]
    assert not told(whole, "end within a line")
    file.write_bytes(file.read_bytes()[:-2])
    assert told(read(path, database=database), file.name, "end within a line")  # type: ignore[arg-type]


@pytest.mark.parametrize("database", sorted(WRITTEN))
def test_a_blank_cell_is_named(tmp_path: Path, database: str) -> None:
    path, file = written(tmp_path, database)
    text = file.read_text(encoding="utf-8")
    separator = "\t" if file.suffix == ".txt" else ","
    lines = text.split("\n")
    row = {"icio": 1, "figaro": 1, "exiobase3": 3, "eora26": 0, "gloria": 2}[database]
    cells = lines[row].split(separator)
    cells[2] = ""
    if database == "gloria":
        cells[0] = ""
    lines[row] = separator.join(cells)
    file.write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(SchemaError, match=r"not finite numbers.*first: row.*column"):
        read(path, database=database)  # type: ignore[arg-type]


@pytest.mark.parametrize("database", ["icio", "figaro"])
def test_an_industry_with_a_row_but_no_column_is_named(tmp_path: Path, database: str) -> None:
    _, file = written(tmp_path, database)
    first, rest = file.read_text(encoding="utf-8").split("\n", 1)
    file.write_text(first.replace("_A01", "_X01", 1) + "\n" + rest, encoding="utf-8")
    with pytest.raises(UnknownLabelError, match="A01"):
        read(file, database=database)  # type: ignore[arg-type]


def test_text_among_numbers_is_named(tmp_path: Path) -> None:
    _, file = written(tmp_path, "figaro")
    frame = pd.read_csv(file, index_col=0).astype(object)
    frame.iloc[1, 2] = "n/a?"
    frame.to_csv(file)
    with pytest.raises(SchemaError, match=r"row 'AT_B', column 'FIGW1_A01': n/a\?"):
        read(file, database="figaro")


def test_duplicated_sectors_are_named(tmp_path: Path) -> None:
    table = layouts.truth(1, ["AFG", "AUS"], ["one", "one"], ["c", "i"])
    with pytest.raises(SchemaError, match=r"AFG\.one"):
        read(layouts.eora26(tmp_path, table, year=2015), database="eora26")


def test_names_that_give_the_same_code_stay_apart(tmp_path: Path) -> None:
    table = layouts.truth(1, ["AFG", "AUS"], ["Oil & gas", "Oil, gas"], ["c", "i"])
    world = read(layouts.eora26(tmp_path, table, year=2015), database="eora26")
    assert set(world.ids("sectors")) == {"oil_gas", "oil_gas_2"}
    agrees(world, table, {"Oil & gas": "oil_gas", "Oil, gas": "oil_gas_2"})


@pytest.mark.parametrize("database", ["icio", "exiobase3", "gloria", "figaro"])
def test_a_year_that_is_not_there(tmp_path: Path, database: str) -> None:
    path, _ = written(tmp_path, database)
    folder = path if database == "gloria" else path.parent
    with pytest.raises(SourceError, match=r"(?s)no table of 1995.*it has 20\d\d"):
        read(folder, database=database, year=1995)  # type: ignore[arg-type]


def test_several_years_ask_for_one(tmp_path: Path) -> None:
    for year in (2010, 2011):
        layouts.icio(tmp_path, WRITTEN["icio"][0], year=year)
    with pytest.raises(SourceError, match=r"it has 2010 and 2011; give `year`"):
        read(tmp_path, database="icio")
    assert read(tmp_path, database="icio", year=2011).name == "icio-2011"


def test_several_editions_of_a_year_ask_for_one(tmp_path: Path) -> None:
    for edition in (24, 25):
        layouts.figaro(tmp_path, WRITTEN["figaro"][0], year=2022, edition=edition)
    with pytest.raises(SourceError, match=r"(?s)several tables of 2022.*24ed_2022.csv and"):
        read(tmp_path, database="figaro", year=2022)


def test_a_year_against_the_name_of_the_file(tmp_path: Path) -> None:
    path, _ = written(tmp_path, "figaro")
    with pytest.raises(SourceError, match=r"is of 2022, not 2019"):
        read(path, database="figaro", year=2019)


def test_an_unknown_database(tmp_path: Path) -> None:
    with pytest.raises(OptionError, match="did you mean 'exiobase3'"):
        read(tmp_path, database="exiobase")  # type: ignore[arg-type]


@pytest.mark.parametrize("database", [*sorted(WRITTEN), "pymrio"])
def test_nothing_there(tmp_path: Path, database: str) -> None:
    with pytest.raises(SourceError, match=r"holds no .*\n.*such as"):
        read(tmp_path, database=database)  # type: ignore[arg-type]
    with pytest.raises(SourceError, match="there is no file or folder"):
        read(tmp_path / "lost", database=database)  # type: ignore[arg-type]


def test_a_flat_figaro_file(tmp_path: Path) -> None:
    path = tmp_path / "flatfile_eu-ic-io_ind-by-ind_25ed_2022.csv"
    path.write_text("icioiRow,icioiCol,obsValue\nAT_A01,AT_A01,1.0\n", encoding="utf-8")
    with pytest.raises(SourceError, match=r"(?s)flat file.*matrix format"):
        read(path, database="figaro")


def test_a_bundle_of_icio_years(tmp_path: Path) -> None:
    path = tmp_path / "ICIO2023_2016.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("2016_SML.csv", ",a\n")
        archive.writestr("2017_SML.csv", ",a\n")
    with pytest.raises(SourceError, match="Multiple files found in ZIP"):
        read(path, database="icio")


def test_gloria_without_its_labels(tmp_path: Path) -> None:
    path, _ = written(tmp_path, "gloria")
    (path / "GLORIA_ReadMe_059.xlsx").unlink()
    with pytest.raises(SourceError, match="there is no GLORIA_ReadMe_059"):
        read(path, database="gloria")


def test_pickles_are_never_opened(tmp_path: Path) -> None:
    pymrio.load_test().save_all(tmp_path / "saved", table_format="pickle")
    with pytest.raises(SourceError, match="as pickle, which could run any program"):
        read(tmp_path / "saved")


@pytest.mark.parametrize(("unit", "match"), [("hours", "no unit of money"), ("x.EUR", "no unit")])
def test_units_that_are_no_money(tmp_path: Path, unit: str, match: str) -> None:
    system = pymrio.load_test()
    system.unit["unit"] = unit
    system.save_all(tmp_path / "saved")
    with pytest.raises(UnitError, match=match):
        read(tmp_path / "saved")


def test_mixed_units(tmp_path: Path) -> None:
    system = pymrio.load_test()
    system.unit.iloc[0, 0] = "TJ"
    system.save_all(tmp_path / "saved")
    with pytest.raises(UnitError, match="TJ and Mill USD"):
        read(tmp_path / "saved")


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("M.EUR", "MEUR/year"),
        ("Million USD", "MUSD/year"),
        ("000 USD", "kUSD/year"),
        ("‘000 US$", "kUSD/year"),
        ("MUSD(2011)/year", "MUSD(2011)/year"),
        ("JPY", "JPY/year"),
    ],
)
def test_units_of_money(tmp_path: Path, text: str, unit: str) -> None:
    system = pymrio.load_test()
    system.unit["unit"] = text
    system.factor_inputs.unit["unit"] = text
    system.save_all(tmp_path / "saved")
    world = read(tmp_path / "saved")
    assert world.matrix("intermediate").unit == unit
    assert told(world, "price year", "not known") == ("(" not in unit)


def test_a_folder_with_a_part_missing(tmp_path: Path) -> None:
    pymrio.load_test().save_all(tmp_path / "saved")
    (tmp_path / "saved" / "Y.txt").unlink()
    with pytest.raises(SourceError, match=r"(?s)could not be read as pymrio.*Y\.txt.*cut short"):
        read(tmp_path / "saved")
