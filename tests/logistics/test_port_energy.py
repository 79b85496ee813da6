"""Energy of ports: parts and whole, laws of measures, the figures of the sources, own data."""

from __future__ import annotations

import csv
import importlib.util
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import catenary
from catenary import World
from catenary.errors import OptionError, SchemaError
from catenary.worlds import ports as built_in

pytestmark = pytest.mark.part("6.4")

ROOT = Path(__file__).resolve().parents[2]
CARRIERS = ["electricity", "diesel", "ship"]

amounts = st.floats(0, 100)
rows = st.lists(
    st.tuples(st.sampled_from(["yard_cranes", "ship_at_berth", "yard_transport", "lighting"]),
              amounts, amounts, amounts),
    min_size=1, max_size=5,
)  # fmt: skip


def sea() -> World:
    world = catenary.load("sea")
    assert isinstance(world, World)
    return world


def world(equipment: list[tuple[Any, ...]], **more: pd.DataFrame) -> World:
    """Return a world of one port with equipment of its own."""
    columns = ["equipment", *CARRIERS]
    return World(
        {
            "regions": pd.DataFrame({"id": ["NLD"]}),
            "facilities": pd.DataFrame({"id": ["NLRTM"], "region": "NLD", "kind": "port"}),
            "port_equipment": pd.DataFrame(equipment, columns=columns).assign(facility="NLRTM"),
            **more,
        }
    )


def told(one: World | None = None, **options: Any) -> Any:
    return catenary.port_energy(one or sea(), **options)


# --- laws -----------------------------------------------------------------------------------------


@given(equipment=rows, grid=st.floats(0, 2), teu=st.floats(0, 1e7))
def test_parts_add_up_to_the_whole(equipment: Any, grid: float, teu: float) -> None:
    found = told(world(equipment), electricity=grid, teu=teu)
    parts, port = found.equipment, found.ports.iloc[0]
    assert parts["co2e"].sum() == pytest.approx(port["co2e"])
    assert parts[CARRIERS].to_numpy().sum() == pytest.approx(port["energy"])
    assert parts["energy"].sum() == pytest.approx(port["energy"])
    if port["co2e"] > 0:
        assert parts["share"].sum() == pytest.approx(1)
    assert port["co2e_year"] == pytest.approx(port["co2e"] * teu / 1e3)
    together = found.measures.iloc[-1]
    assert port["co2e"] - port["co2e_after"] == pytest.approx(together["co2e_saved"], abs=1e-9)


@given(equipment=rows, grid=st.floats(0, 2))
def test_a_measure_saves_as_long_as_the_grid_is_cleaner_than_what_it_replaces(
    equipment: Any, grid: float
) -> None:
    found = told(world(equipment), electricity=grid).measures
    needs = found["break_even"].notna()
    assert (found["co2e_saved"][~needs] >= -1e-9).all()
    sign = np.sign((found["break_even"] - grid)[needs])
    saved = found["co2e_saved"][needs]
    clear = (found["break_even"] - grid)[needs].abs() > 1e-6
    assert ((sign * saved)[clear] >= -1e-9).all()


@given(equipment=rows)
def test_the_order_of_equipment_does_not_matter(equipment: Any) -> None:
    one, other = told(world(equipment)), told(world(equipment[::-1]))
    assert one.ports["co2e_after"].item() == pytest.approx(other.ports["co2e_after"].item())


def test_all_together_save_no_more_than_the_sum_of_each() -> None:
    found = told().measures
    alone = found[found["measure"] != "all together"]["co2e_saved"].sum()
    assert 0 < found["co2e_saved"].iloc[-1] <= alone


@given(equipment=rows, grid=st.floats(0, 0.5), data=st.data())
def test_one_more_measure_saves_no_less_and_order_does_not_matter(
    equipment: Any, grid: float, data: st.DataObject
) -> None:
    """With a grid cleaner than every break-even of the measures built in."""
    known = sorted(set(built_in.world().table("port_measures")["measure"].astype(str)))
    order = data.draw(st.permutations(known))
    some = data.draw(st.lists(st.sampled_from(known), min_size=1, unique=True))
    after = [
        told(world(equipment), electricity=grid, measures=",".join(names))
        .ports["co2e_after"]
        .item()
        for names in (known, order, some)
    ]
    assert after[0] == pytest.approx(after[1])
    assert after[0] <= after[2] + 1e-9


def test_a_port_is_found_by_its_name_and_said_to_be_typical() -> None:
    found, coded = told(port="Rotterdam"), told(port="NLRTM")
    assert found.ports["port"].tolist() == ["NLRTM"]
    assert found.ports.equals(coded.ports)
    assert found.ports["typical"].all()
    assert "typical terminal" in found.summary()
    own = told(world([("lighting", 3.0, 0.0, 0.0)]), measures="led", port="NLRTM")
    assert not own.ports["typical"].any()
    assert "typical terminal" not in own.summary()


def test_a_page_concludes_though_measures_have_no_break_even() -> None:
    found = told()
    assert found.measures["break_even"].isna().any()
    page = json.dumps(catenary.report(found).document)
    assert "missing or infinite" not in page
    assert "All together" in page


def test_a_dirty_grid_makes_shore_power_worse_than_engines() -> None:
    assert told(measures="shore_power", electricity=0.9).measures["co2e_saved"].item() < 0
    assert told(measures="shore_power", electricity=0.0).measures["co2e_share"].item() > 0.3


# --- published figures ----------------------------------------------------------------------------


def fact(shared: Path, label: str) -> float:
    with (shared / "facts" / "port_energy.csv").open(encoding="utf-8", newline="") as file:
        return float(next(row["value"] for row in csv.DictReader(file) if row["id"] == label))


def test_the_terminal_emits_what_its_sources_say(shared: Path) -> None:
    """17.5 kg CO2 per TEU, 45 % of it from electricity, 20 % from yard cranes."""
    parts = told().equipment.set_index("equipment")["co2e"].drop("ship_at_berth")
    assert parts.sum() == pytest.approx(fact(shared, "co2_apmt_2007"), rel=1e-5)
    share = parts / parts.sum()
    assert share["quay_cranes"] == pytest.approx(fact(shared, "green_power_rotterdam") / 100, 1e-4)
    assert share["yard_cranes"] == pytest.approx(fact(shared, "rtg_share_co2") / 100, rel=1e-4)


def test_shore_power_saves_three_million_tonnes_in_europe(shared: Path) -> None:
    """Stolz and others (2021): 6.4 TWh, 3 Mt from national grids, 5 Mt with clean power."""
    kwh = fact(shared, "sse_demand") * 1e9
    one = world([("ship_at_berth", 0.0, 0.0, 1.0)])
    saved = [
        told(one, measures="shore_power", electricity=grid).measures["co2e_saved"].item()
        * kwh
        / 1e9
        for grid in (None, 0.0)
    ]
    assert saved[0] == pytest.approx(fact(shared, "sse_avoid_grid"))
    assert saved[1] == pytest.approx(5.0)


def test_electric_yard_cranes_save_what_felixstowe_and_savannah_saved(shared: Path) -> None:
    one = world([("yard_cranes", 0.0, 10.0, 0.0)])
    found = told(one, measures="electric_yard_cranes", electricity=0.0)
    saving = found.measures.iloc[0]
    assert saving["energy_share"] == pytest.approx(-fact(shared, "ertg_energy_felix") / 100, 1e-5)
    assert saving["co2e_share"] == pytest.approx(-fact(shared, "ertg_diesel_sav") / 100)


def test_the_tables_are_what_the_tool_writes(
    shared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = importlib.util.spec_from_file_location("port_tables", ROOT / "tools/ports/tables.py")
    assert spec is not None
    assert spec.loader is not None
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    monkeypatch.setattr(tool, "FOLDER", tmp_path)
    monkeypatch.setattr(sys, "argv", ["tables.py", str(shared / "facts")])
    tool.main()
    for name in built_in.TABLES.values():
        shipped = Path(built_in.__file__).parent / "ports" / name
        assert (tmp_path / name).read_bytes() == shipped.read_bytes(), name


def test_every_figure_names_a_source() -> None:
    shipped = built_in.world()
    sources = shipped.table("sources")
    for name in ("port_factors", "port_equipment", "port_measures"):
        assert shipped.table(name)["source"].astype(str).isin(sources.index).all()
    assumed = sources[sources["kind"] == "assumption"]
    assert (assumed["statement"].str.len() > 40).all()
    assert (sources[sources["kind"] == "fact"]["url"].str.len() > 0).all()


# --- a port's own data ----------------------------------------------------------------------------


def test_a_port_with_rows_of_its_own_is_told_instead_of_the_typical_one() -> None:
    found = told(world([("lighting", 3.0, 0.0, 0.0)]), measures="led", teu=1000.0)
    assert found.equipment["port"].tolist() == ["NLRTM"]
    assert found.measures["energy_saved"].item() == pytest.approx(0.8 * 3.0)
    assert found.ports["energy_year"].item() == pytest.approx(3.0)
    assert not any("typical" in warning for warning in found.run.warnings)


def test_own_factors_and_measures_come_before_those_built_in() -> None:
    one = world(
        [("yard_cranes", 0.0, 10.0, 0.0)],
        port_factors=pd.DataFrame({"id": ["diesel"], "co2e": [0.3]}),
        port_measures=pd.DataFrame({"measure": ["hydrogen"], "carrier": ["diesel"], "less": [1.0]}),
    )
    found = told(one)
    assert found.ports["co2e"].item() == pytest.approx(3.0)
    assert found.measures["measure"].tolist() == ["hydrogen"]
    assert found.measures["co2e_saved"].item() == pytest.approx(3.0)


def test_a_typical_terminal_says_that_it_is_one_and_what_it_cannot_tell() -> None:
    warnings = told().run.warnings
    assert any("typical terminal" in warning for warning in warnings)
    assert any("led" in warning for warning in warnings)


def test_bad_input_is_refused_in_words() -> None:
    with pytest.raises(OptionError, match="no measure"):
        told(measures="shore_pwer")
    with pytest.raises(OptionError, match="no place is called"):
        told(world([("lighting", 1.0, 0.0, 0.0)]), port="NLXXX")
    with pytest.raises(SchemaError, match="electricity"):
        world([("lighting", -1.0, 0.0, 0.0)])
    with pytest.raises(OptionError, match="tonnes_per_teu"):
        told(tonnes_per_teu=0.0)
