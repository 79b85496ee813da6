"""The built-in world `sea`: figures have sources, ships fit where they fit, files are whole."""

from __future__ import annotations

import csv
import importlib.util
import re
import sys
from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

import catenary
from catenary import Scenario, World
from catenary.errors import DataError, MissingDataError, SchemaError
from catenary.languages import recognised
from catenary.logistics.defaults import FUEL_BY_SPEED
from catenary.testing import tiny_sea, tiny_sea_world
from catenary.worlds import product_names, sea, sources, world_names

if TYPE_CHECKING:
    from types import ModuleType

pytestmark = pytest.mark.part("4.3")

ROOT: Final = Path(__file__).resolve().parents[2]
NUMBERS: Final = {
    name: [c for c in table.columns if table[c].dtype.kind == "f" and c != "year"]
    for name, table in sea.tables().items()
    if name in ("passages", "vessels")
}


@pytest.fixture(scope="module")
def world() -> World:
    loaded = catenary.load("sea")
    assert isinstance(loaded, World)
    return loaded


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("sea_tables", ROOT / "tools/sea/tables.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["sea_tables"] = module
    spec.loader.exec_module(module)
    return module


def facts(shared: Path, name: str) -> list[dict[str, str]]:
    with (shared / "facts" / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


# --- figures and their sources ----------------------------------------------------------------


def test_it_is_one_world_that_is_built_once(world: World) -> None:
    assert catenary.load("sea") is world
    assert world.name == "sea"
    assert "producers" not in world
    assert not world_names("sea")
    assert not product_names("sea")
    assert sources("sea")["id"].tolist() == world.ids("sources").tolist()


@pytest.mark.parametrize("name", ["passages", "vessels"])
def test_every_figure_of_a_passage_or_vessel_has_a_claim_with_a_source(
    world: World, name: str
) -> None:
    claims = world.table("claims").astype({"source": "str"})
    claims = claims[claims["chosen"] & (claims["table"] == name)]
    assert not claims.duplicated(["row", "column"]).any()
    stated = {(c.row, c.column): (c.value, c.source) for c in claims.itertuples()}
    frame = sea.tables()[name].set_index("id")
    cells = [
        (str(row), column, float(value))
        for column in NUMBERS[name]
        for row, value in frame[column].dropna().items()
    ]
    assert len(cells) > 100
    for row, column, value in cells:
        if (row, column) in stated:
            figure, source = stated[row, column]
            assert figure == value, (row, column)
            assert source in world.ids("sources")
        else:  # a passage of the network, whose row has one source for all
            assert frame.loc[row, "source"], (row, column)
    assert set(stated) <= {(row, column) for row, column, _ in cells}


def test_rows_name_their_source_and_sources_say_what_their_kind_must(world: World) -> None:
    for name in ("facilities", "passages", "vessels", "freight_factors", "aliases", "gateways"):
        assert (world.part(name).codes("source") >= 0).all(), name
    cited = world.table("sources")
    assert cited.loc[cited["kind"] == "fact", "url"].str.match(r"https?://").all()
    assert cited.loc[cited["kind"] != "fact", "statement"].str.len().gt(15).all()
    assert cited["title"].ne("").all()
    assert cited["statement"].ne("").all()


def test_claims_are_about_rows_and_columns_that_exist(world: World) -> None:
    for claim in world.table("claims").itertuples():
        assert claim.row in world.ids(str(claim.table)), claim
        assert claim.column in world.table(str(claim.table)), claim


@pytest.mark.part("4.1")
def test_passages_are_those_of_the_facts(world: World, shared: Path) -> None:
    frame = world.table("passages")
    for row in facts(shared, "passages.csv"):
        mine = frame.loc[row["id"]]
        assert (mine["name"], mine["alternatives"]) == (row["name"], row["alternative"])
        for theirs, column in (
            ("lat", "lat"), ("lon", "lon"), ("length_km", "length"), ("max_draft_m", "draft"),
            ("max_beam_m", "beam"), ("max_loa_m", "length_overall"), ("oil_mbd", "oil"),
            ("toll_usd_typical", "toll"), ("yearly_transits", "transits"),
        ):  # fmt: skip
            if row[theirs]:
                assert mine[column] == float(row[theirs]), (row["id"], column)
        if row["transit_hours"]:
            assert mine["duration"] == pytest.approx(float(row["transit_hours"]) / 24, abs=1e-4)
        if row["water_depth_m"]:
            assert mine["draft"] < float(row["water_depth_m"])


def test_factors_are_those_of_the_facts(world: World, shared: Path) -> None:
    frame = world.table("freight_factors")
    given = facts(shared, "desnz2025_freight_wtw.csv")
    mine = frame[frame["source"] == "desnz-2025-freight"]
    assert len(mine) == len(given)
    np.testing.assert_allclose(mine["well_to_wheel"], [float(r["wtw_g_per_tkm"]) for r in given])
    np.testing.assert_allclose(
        mine["tank_to_wheel"], [1e3 * float(r["ttw_kg_per_tkm"]) for r in given]
    )
    parts = frame["tank_to_wheel"] + frame["well_to_tank"]
    np.testing.assert_allclose(parts.dropna(), frame["well_to_wheel"][parts.notna()], atol=0.006)
    assert frame["well_to_wheel"]["waterway.netherlands"] == 38.6
    assert frame["well_to_wheel"]["container_ship.8000plus_teu"] == 15.53
    assert set(frame["mode"]) == {"sea", "road", "rail", "air", "waterway"}


def test_ships_are_those_of_the_facts(world: World, shared: Path) -> None:
    claims = world.table("claims")
    stated = claims[claims["table"] == "vessels"]
    for row in facts(shared, "ships.csv"):
        for field, column in (("daily_charter_usd", "charter"), ("speed_kn", "speed")):
            if row[field]:
                values = stated.loc[stated["column"] == column, "value"]
                assert (values == float(row[field])).any(), row


def test_the_tables_are_what_the_tool_writes(
    shared: Path, tool: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tool, "FOLDER", tmp_path)
    monkeypatch.setattr(sys, "argv", ["tables.py", str(shared / "facts")])
    tool.main()
    written = sorted(path.name for path in tmp_path.glob("*.csv"))
    assert "passages.csv" in written
    for name in written:
        shipped = Path(sea.__file__).parent / "sea" / name
        assert (tmp_path / name).read_bytes() == shipped.read_bytes(), name


def test_the_tool_refuses_a_cell_without_a_source(tool: Any, tmp_path: Path) -> None:
    for name in ("own_sources.csv", "ships.csv"):
        (tmp_path / name).write_bytes((ROOT / "tools/sea" / name).read_bytes())
    (tmp_path / "assumed.csv").write_text(
        "table,row,column,value,source,year,note\npassages,suez,draft,19,,,\n", encoding="utf-8"
    )
    before, tool.HERE = tool.HERE, tmp_path
    try:
        with pytest.raises(SystemExit, match=r"passages\.suez\.draft = 19 has no source"):
            tool.chosen([], tool.Sources())
    finally:
        tool.HERE = before


# --- ships and passages -----------------------------------------------------------------------


def fits(world: World, vessel: str, passage: str) -> bool:
    """Return whether a ship is within the limits of a passage."""
    ship, limits = world.table("vessels").loc[vessel], world.table("passages").loc[passage]
    sizes = {c: ship[c] for c in ("draft", "beam", "length_overall")}
    sizes["section"] = ship["draft"] * ship["beam"]
    return not any(size > limits[column] for column, size in sizes.items())


def test_ships_fit_where_ships_of_their_class_fit(world: World) -> None:
    for vessel in ("panamax_container", "feeder", "mr"):
        assert fits(world, vessel, "panama_neopanamax")
    assert fits(world, "panamax_container", "panama_panamax")
    for vessel in ("neopanamax", "container_8000", "lng", "aframax"):
        assert fits(world, vessel, "panama_neopanamax")
        assert not fits(world, vessel, "panama_panamax")
    for vessel in ("ulcv", "capesize", "suezmax", "vlcc"):
        assert not fits(world, vessel, "panama_neopanamax")
    everything = world.ids("vessels")
    assert {v for v in everything if not fits(world, v, "suez")} == {"vlcc"}
    assert {v for v in everything if fits(world, v, "kiel")} == {"feeder"}
    assert not any(fits(world, v, "corinth") for v in everything)
    assert all(fits(world, v, "malacca") for v in everything)


def test_only_arctic_routes_are_closed_and_nothing_is_at_war(world: World) -> None:
    frame = world.table("passages")
    assert (frame["open"] == (frame["kind"] != "arctic")).all()
    assert set(frame.index[frame["kind"] == "arctic"]) == {
        "northern_sea_route", "northwest_passage",
    }  # fmt: skip
    assert (frame["risk"] == 0).all()
    claims = world.table("claims")
    war = claims[claims["column"] == "risk"]
    assert set(war["row"]) == {"bab_el_mandeb"}
    assert not war["chosen"].any()
    assert war["value"].between(0.003, 0.02).all()


def test_tolls_scale_as_their_assumption_says(world: World) -> None:
    frame = world.table("passages")
    ship = world.table("vessels")
    neo = frame.loc["panama_neopanamax"]
    tariff = 300_000 + 3.25 * 0.45 * 110_000
    paid = neo["toll"] * ship["deadweight"]["aframax"] / neo["toll_deadweight"]
    assert paid == pytest.approx(tariff, rel=1e-3)
    old = frame.loc["panama_panamax"]
    assert old["toll"] == pytest.approx(100_000 + 5.25 * 0.45 * 75_000, abs=1)
    per_teu = frame["toll"] / frame["toll_teu"]
    assert per_teu["panama_panamax"] == pytest.approx(per_teu["panama_neopanamax"], rel=1e-3)


def test_assumed_fuel_and_hire_follow_their_rules(world: World) -> None:
    ships = world.table("vessels")
    boxes = ships[ships["kind"] == "container"]
    fuel = 150 * (16.2 / 21) ** FUEL_BY_SPEED * np.sqrt(boxes["teu"] / 8_000)
    np.testing.assert_allclose(boxes["fuel"], fuel, rtol=2e-3)
    hire = 20_845 * np.sqrt(boxes["teu"] / 6_800)
    np.testing.assert_allclose(boxes["charter"], hire, rtol=0.18)
    np.testing.assert_allclose(boxes["cargo"], 7 * boxes["teu"])
    share = (ships["cargo"] / ships["deadweight"])[ships["kind"] != "container"]
    assert share.between(0.79, 0.96).all()


@pytest.mark.part("6.5")
def test_fuel_by_speed_is_what_two_sources_say(shared: Path) -> None:
    """31 % more per mile from 14 to 16 knots (UNCTAD); 150 t a day at 21 and 225 at 24 knots."""
    with (shared / "facts" / "closures.csv").open(encoding="utf-8", newline="") as file:
        row = next(r for r in csv.DictReader(file) if r["metric"].startswith("fuel per mile"))
    assert pytest.approx(1 + float(row["value"]) / 100, abs=5e-3) == (16 / 14) ** (
        FUEL_BY_SPEED - 1
    )
    with (shared / "facts" / "ships.csv").open(encoding="utf-8", newline="") as file:
        burnt = {
            float(r["speed_kn"]): float(r["fuel_t_per_day"]) for r in csv.DictReader(file)
            if r["vessel_class"] == "container about 8,000 TEU" and r["fuel_t_per_day"]
        }  # fmt: skip
    assert burnt[24] / burnt[21] == pytest.approx((24 / 21) ** FUEL_BY_SPEED, rel=0.01)


def test_scenarios_act_on_passages(world: World) -> None:
    scenario = Scenario.parse(
        """
        name = "red-sea"
        [[changes]]
        target = "passages.risk"
        where = { id = "bab_el_mandeb" }
        set = 0.0075
        [[changes]]
        target = "passages.open"
        where = { id = "northern_sea_route" }
        set = 1
        [[changes]]
        target = "passages.toll"
        where = { kind = "canal" }
        multiply = 1.15
        """
    )
    steps = scenario.compile(world).steps
    canals = int((world.table("passages")["kind"] == "canal").sum())
    assert [len(step.rows) for step in steps] == [1, 1, canals]


@pytest.mark.part("3.4")
def test_passages_and_ships_have_names_in_chinese(shared: Path) -> None:
    chinese = {row["id"]: row["name_zh"] for row in facts(shared, "passages.csv")}
    names = sea.passage_names()
    for label, name in chinese.items():
        assert recognised(names[label]).in_("zh") == name
    for name in sea.vessel_names().values():
        assert re.search(r"[\u4e00-\u9fff]", recognised(name).in_("zh")), name


# --- schema -----------------------------------------------------------------------------------


def test_a_port_has_one_meaning_per_alias_and_one_share_per_region() -> None:
    world = tiny_sea_world()
    twice = pd.DataFrame({"alias": ["X", "X"], "facility": ["WWAAA", "WWBBB"]})
    with pytest.raises(SchemaError, match="repeat"):
        world.with_(aliases=twice)
    shares = pd.DataFrame({"region": "WWA", "facility": ["WWAAA"] * 2, "share": 0.5})
    with pytest.raises(SchemaError, match="repeat"):
        world.with_(gateways=shares)
    with pytest.raises(SchemaError, match="unknown freight_factors id"):
        world.with_(vessels=pd.DataFrame({"id": ["v"], "speed": 10, "factor": "shp"}))


def test_limits_can_be_given_in_other_units(tmp_path: Path) -> None:
    folder = tmp_path / "own"
    folder.mkdir()
    (folder / "vessels.csv").write_text("id,speed [km/h]\nboat,18.52\n", encoding="utf-8")
    own = catenary.load(folder)
    assert isinstance(own, World)
    assert own.table("vessels")["speed"]["boat"] == pytest.approx(10)


def test_a_region_without_a_name_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    real = sea._read

    def without(name: str) -> pd.DataFrame:
        return real(name).head(3) if name == "regions" else real(name)

    monkeypatch.setattr(sea, "_read", without)
    sea._tables.cache_clear()
    try:
        with pytest.raises(DataError, match="has no name for"):
            sea.tables()
    finally:
        sea._tables.cache_clear()


# --- the network ------------------------------------------------------------------------------


@pytest.mark.part("4.1")
def test_the_tiny_sea_parts_where_its_passages_close() -> None:
    lanes = tiny_sea()
    assert lanes.ports == tuple(tiny_sea_world().ids("facilities"))
    assert lanes.passages == tuple(tiny_sea_world().ids("passages"))
    open_water = coo_array(
        (lanes.metres + 1, (lanes.tail, lanes.head)), shape=(lanes.nodes, lanes.nodes)
    )
    count, part = connected_components(open_water, directed=False)
    assert count == 3  # west, east and up the river
    assert [part[i] for i, port in enumerate(lanes.ports) if port == "WWRRR"] != [part[0]]
    assert {port[:2] for i, port in enumerate(lanes.ports) if part[i] == part[0]} == {"WW"}
    sides = {
        frozenset((part[a], part[b])) for a, b in zip(lanes.door_tail, lanes.door_head, strict=True)
    }
    assert all(len(side) == 2 for side in sides)
    assert (lanes.tail < lanes.head).all()


@pytest.mark.part("4.1")
def test_a_network_is_written_and_read_again_and_never_changes(tmp_path: Path) -> None:
    one, other = tmp_path / "one.npz", tmp_path / "other.npz"
    lanes = tiny_sea()
    sea.write_lanes(lanes, one)
    sea.write_lanes(lanes, other)
    assert one.read_bytes() == other.read_bytes()
    again = sea.read_lanes(one)
    for field in fields(lanes):
        mine, read = getattr(lanes, field.name), getattr(again, field.name)
        np.testing.assert_array_equal(mine, read)
        if isinstance(read, np.ndarray):
            assert read.dtype == mine.dtype
            with pytest.raises(ValueError, match="read-only"):
                read[...] = 0
    with pytest.raises(AttributeError):
        again.lon = lanes.lat  # type: ignore[misc]
    given = np.array(lanes.metres)
    kept = replace(lanes, metres=given)
    given[0] += 1
    assert kept.metres[0] == lanes.metres[0]


@pytest.mark.part("4.1", "1.8")
def test_a_damaged_network_is_told(tmp_path: Path) -> None:
    whole = tmp_path / "lanes.npz"
    sea.write_lanes(tiny_sea(), whole)
    data = whole.read_bytes()
    path = tmp_path / "damaged.npz"
    for broken in (
        b"", b"nothing", data[: len(data) // 2], data[:-30],
        data[:200] + bytes(80) + data[280:], data.replace(b"metres.npy", b"meters.npy"),
    ):  # fmt: skip
        path.write_bytes(broken)
        with pytest.raises(DataError) as caught:
            sea.read_lanes(path)
        assert "make sea" in caught.value.hint
    with pytest.raises(MissingDataError, match="is not there"):
        sea.read_lanes(tmp_path / "none.npz")
    np.savez(path, lon=np.zeros(1))
    with pytest.raises(DataError, match=r"lacks lat, ports, .* and 8 more"):
        sea.read_lanes(path)


@pytest.mark.part("4.1")
@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"metres": [1]}, "metres has 1 entries"),
        ({"head": "big"}, "head points outside 0 to 35"),
        ({"metres": "minus"}, "metres has a negative length"),
        ({"up_start": "ones"}, "up_start does not span"),
        ({"up_start": "down"}, "up_start goes down"),
        ({"lon": "empty", "lat": "empty", "rank": "empty", "up_start": [0]}, "12 ports and 0"),
    ],
)
def test_arrays_that_do_not_agree_are_told(changed: dict[str, Any], words: str) -> None:
    lanes = tiny_sea()
    arrays = {
        "big": np.full(len(lanes.tail), 99),
        "minus": np.full(len(lanes.tail), -1),
        "ones": np.ones(37),
        "down": np.r_[0, 1, np.zeros(34), len(lanes.up_head)],
        "empty": np.zeros(0),
    }
    new: dict[str, Any] = {
        k: arrays[v] if isinstance(v, str) else np.array(v) for k, v in changed.items()
    }
    with pytest.raises(DataError, match=words):
        replace(lanes, **new)


@pytest.mark.part("4.1")
def test_the_network_is_read_when_it_is_first_wanted_and_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sea.write_lanes(tiny_sea(), tmp_path / "lanes.npz")
    monkeypatch.setattr(sea, "_FOLDER", tmp_path)
    sea.lanes.cache_clear()
    try:
        assert sea.lanes() is sea.lanes()
        assert sea.lanes().ports == tiny_sea().ports
    finally:
        sea.lanes.cache_clear()
