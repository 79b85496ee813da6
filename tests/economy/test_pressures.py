"""Footprints of several pressures, with groups, in detail, of large tables; CO2 of WIOD."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import catenary
from catenary import Matrix, World, Worlds
from catenary.economy import accounts as accounts_module
from catenary.errors import DataError, MissingDataError, OptionError, SourceError
from catenary.formats.co2 import BUNKERS, CAIT, RULES, with_co2
from catenary.testing import two_regions, worlds

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.part("5.6")

NAMES = ["materials", "water", "sulphur", "jobs"]


def with_pressures(world: World, seed: int = 0) -> World:
    """Return a world with four pressures, and some that its consumers cause directly."""
    rng = np.random.default_rng(seed)
    ids, users = world.ids("producers"), world.ids("consumers")
    return world.with_(
        stressors=Matrix(rng.random((4, len(ids))), NAMES, ids, "kt/year"),
        stressors_final=Matrix(rng.random((1, len(users))), ["sulphur"], users, "t/year"),
    )


@given(worlds(dense=True), st.integers(0, 100))
@settings(max_examples=25)
def test_the_world_consumes_what_it_produces_of_every_pressure(world: World, seed: int) -> None:
    world = with_pressures(world, seed)
    found = catenary.footprint(world, stressor="all")
    sums = found.regions.groupby("stressor", sort=False)[["production", "consumption"]].sum()
    assert list(sums.index) == NAMES
    np.testing.assert_allclose(sums["consumption"], sums["production"], rtol=1e-9)
    made = world.matrix("stressors").dense.sum(axis=1)
    made[2] += world.matrix("stressors_final").dense.sum() / 1e3
    np.testing.assert_allclose(sums["production"], made, rtol=1e-9)
    by_stressor = found.producers.groupby("stressor", observed=True)[["caused", "embodied"]].sum()
    np.testing.assert_allclose(by_stressor["embodied"], by_stressor["caused"], rtol=1e-9)
    # several at once are as each alone
    for name in NAMES:
        alone = catenary.footprint(world, stressor=name)
        for table in ("regions", "flows"):
            whole = found.tables[table]
            part = whole[whole["stressor"] == name].reset_index(drop=True)
            pd.testing.assert_frame_equal(part, alone.tables[table])


@given(worlds(dense=True))
@settings(max_examples=25)
def test_details_add_up_to_the_flows(world: World) -> None:
    world = with_pressures(world)
    pair = ["stressor", "origin", "destination"]
    for detail in ("sector", "product"):
        found = catenary.footprint(world, stressor="water,jobs", detail=detail)
        whole = found.flows.astype(dict.fromkeys(pair, "str")).set_index(pair)["amount"]
        parts = found.details.astype(dict.fromkeys(pair, "str")).groupby(pair)["amount"].sum()
        np.testing.assert_allclose(
            parts.reindex(whole.index).fillna(0.0), whole, rtol=1e-8, atol=1e-12
        )
    # by product: what a region buys of a product carries that product's multipliers
    made = found.details.groupby(["stressor", "product"], observed=True)["amount"].sum()
    sold = found.producers.groupby(["stressor", "product"], observed=True)["embodied"].sum()
    np.testing.assert_allclose(made, sold.reindex(made.index), rtol=1e-8)


def test_details_of_some_regions_are_those_rows(shared: Path) -> None:
    world = catenary.read("wiod", shared / "data" / "wiod2013", year=2008)
    every = catenary.footprint(world, detail="product", merge="EU27").details
    some = catenary.footprint(
        world, detail="product", merge="EU27", origin="CHN,IND", destination="EU27"
    ).details
    kept = every["origin"].isin(["CHN", "IND"]) & (every["destination"] == "EU27")
    pd.testing.assert_frame_equal(some, every[kept].reset_index(drop=True))
    assert set(some["origin"].astype(str)) == {"CHN", "IND"}


@given(worlds(dense=True))
@settings(max_examples=25)
def test_large_tables_are_solved_by_sweeps_to_the_same_numbers(world: World) -> None:
    world = with_pressures(world)
    exact = catenary.footprint(world, stressor="all", detail="product")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(accounts_module, "LARGE", 0)
        swept = catenary.footprint(world, stressor="all", detail="product")
    for table in ("producers", "regions"):
        pd.testing.assert_frame_equal(
            swept.tables[table], exact.tables[table], rtol=1e-10, atol=1e-12
        )
    assert (
        "residual" in " ".join(swept.run.warnings) or not world.matrix("intermediate").dense.any()
    )


def test_sweeps_equal_factoring_on_wiod(shared: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    world = catenary.read("wiod", shared / "data" / "wiod2013", year=2011)
    world = with_pressures(world)
    exact = catenary.footprint(world, stressor="all")
    monkeypatch.setattr(accounts_module, "LARGE", 0)
    swept = catenary.footprint(world, stressor="all")
    for table, columns in (("producers", ["direct", "total"]), ("flows", ["amount"])):
        one, other = (r.tables[table][columns].to_numpy() for r in (swept, exact))
        np.testing.assert_allclose(one, other, rtol=1e-10)


def test_the_order_of_producers_changes_nothing() -> None:
    world = with_pressures(two_regions())
    turned = world.with_(
        producers=world.table("producers").iloc[::-1], regions=world.table("regions").iloc[::-1]
    )
    one, other = (catenary.footprint(w, stressor="jobs", detail="product") for w in (world, turned))
    for table, keys in (
        ("regions", ["region"]),
        ("flows", ["origin", "destination"]),
        ("details", ["origin", "destination", "product"]),
        ("producers", ["producer"]),
    ):
        frames = [
            r.tables[table].astype(dict.fromkeys(keys, "str")).set_index(keys).sort_index()
            for r in (one, other)
        ]
        numbers = [frame.select_dtypes("number") for frame in frames]
        pd.testing.assert_frame_equal(numbers[0], numbers[1], rtol=1e-12)


def test_a_group_counts_once_what_its_members_trade(shared: Path) -> None:
    world = catenary.read("wiod", shared / "data" / "wiod2013", year=2011)
    plain, merged = (catenary.footprint(world, merge=m).regions for m in ("", "EU27"))
    union = merged.set_index(merged["region"].astype(str)).loc["EU27"]
    members = plain[plain["region"].isin(["DEU", "FRA"])]
    assert union["consumption"] > members["consumption"].sum()
    for account in ("production", "consumption"):
        assert merged[account].sum() == pytest.approx(plain[account].sum())
    assert merged["exported"].sum() < plain["exported"].sum()


def test_years_stand_side_by_side(shared: Path) -> None:
    folder = shared / "data" / "wiod2013"
    years = Worlds({str(y): catenary.read("wiod", folder, year=y) for y in (1995, 2011)})
    found = catenary.footprint(years, merge="EU27")
    assert list(dict.fromkeys(found.regions["world"])) == ["1995", "2011"]
    assert found.summary().count("crosses a border") == 2
    alone = catenary.footprint(years["1995"], merge="EU27").regions
    first = found.regions[found.regions["world"] == "1995"].drop(columns="world")
    pd.testing.assert_frame_equal(first.reset_index(drop=True), alone)


def test_what_is_asked_for_and_not_there_is_named() -> None:
    world = with_pressures(two_regions())
    with pytest.raises(OptionError, match="no stressor 'watr'") as caught:
        catenary.footprint(world, stressor="jobs,watr")
    assert "water" in caught.value.hint
    with pytest.raises(OptionError, match="origin has no region or group 'AAB'") as caught:
        catenary.footprint(world, origin="AAB")
    assert "AAA" in caught.value.hint
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys.modules["catenary.economy.footprint"], "MOST_ROWS", 3)
        with pytest.raises(OptionError, match="would have 4 rows"):
            catenary.footprint(world, detail="sector")


def test_co2_of_the_countries_of_wiod(shared: Path) -> None:
    """CO2 by consumption, from broad sectors spread by rule, beside the Global Carbon Project's."""
    folder = shared / "data" / "co2"
    stated = pd.read_csv(folder / "owid_co2_1751_2018.csv").set_index(["year", "iso_code"])
    medians = {}
    for year in (1995, 2000, 2005, 2008, 2011):
        world = catenary.read("wiod", shared / "data" / "wiod2013", year=year, co2=str(folder))
        found = catenary.footprint(world, stressor="co2").regions
        own = found.set_index(found["region"].astype(str)).drop("ROW")
        other = stated.loc[year].loc[own.index]
        assert other["consumption_co2"].notna().sum() == 40
        error = own["consumption"] / other["consumption_co2"] - 1
        naive = own["production"] / other["consumption_co2"] - 1
        medians[year] = (error.abs().median(), naive.abs().median())
        total = (own["consumption"] - other["consumption_co2"]).abs().sum()
        print(  # noqa: T201  shown with -rP
            f"{year}: consumption CO2 of {len(error)} countries, error: median "
            f"{error.abs().median():.1%}, mean {error.abs().mean():.1%}, weighted "
            f"{total / other['consumption_co2'].sum():.1%}; production instead: median "
            f"{naive.abs().median():.1%}"
        )
    print(" ".join(f"{c} {e:+.0%}" for c, e in error.sort_values().items()))  # noqa: T201
    for found_error, naive_error in medians.values():
        assert found_error < naive_error, "attributing by trade is nearer than not attributing"
    assert "TWN is not in" in " ".join(world.warnings)


def test_co2_of_a_country_is_that_of_the_file(shared: Path) -> None:
    folder = shared / "data" / "co2"
    world = catenary.read("wiod", shared / "data" / "wiod2013", year=2011)
    world = with_co2(world, folder, year=2011)
    table = pd.read_csv(folder / CAIT).query("Year == 2011").set_index("Entity")
    regions = catenary.footprint(world, stressor="all").regions
    made: Any = regions.set_index([regions["stressor"].astype(str), regions["region"].astype(str)])
    for code, name in (("DEU", "Germany"), ("CHN", "China"), ("USA", "United States")):
        assert made.loc[("co2", code), "production"] == pytest.approx(
            table.loc[name, list(RULES)].sum()
        )
        assert made.loc[("co2_bunkers", code), "production"] == pytest.approx(
            table.loc[name, list(BUNKERS)].sum()
        )
        assert made.loc[("co2", code), "household"] > 0
    assert {"cait-2011", "catenary-co2-rules"} <= set(world.ids("sources"))
    assert world.table("sources").loc["catenary-co2-rules", "kind"] == "assumption"


def test_co2_files_that_lack_something_are_refused(shared: Path, tmp_path: Path) -> None:
    world = catenary.read("wiod", shared / "data" / "wiod2013", year=2011)
    file = shared / "data" / "co2" / CAIT
    with pytest.raises(DataError, match="no year 1950"):
        with_co2(world, file, year=1950)
    table = pd.read_csv(file)
    table.query("Entity != 'Germany'").to_csv(tmp_path / CAIT, index=False)
    with pytest.raises(DataError, match="no country 'DEU'"):
        with_co2(world, tmp_path, year=2011)
    table.drop(columns="Transport").to_csv(tmp_path / CAIT, index=False)
    with pytest.raises(SourceError, match="lacks the columns Transport"):
        with_co2(world, tmp_path, year=2011)
    with pytest.raises(SourceError, match="cannot read"):
        with_co2(world, tmp_path / "none.csv", year=2011)
    with pytest.raises(MissingDataError, match="lacks the industries"):
        with_co2(two_regions(), file, year=2011)
