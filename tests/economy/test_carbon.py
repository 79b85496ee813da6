"""A carbon price at a border, and carbon budgets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import catenary
from catenary import Matrix, World
from catenary.economy.choosing import numbers_by_label
from catenary.errors import DataError, MissingDataError, OptionError, UnitError
from catenary.testing import two_regions, worlds
from catenary.worlds.carbon import border_factors, sources
from catenary.worlds.carbon import budgets as known_budgets

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.part("5.6")


def trading(unit: str = "t/year") -> World:
    """Return three regions, two of which sell to the third."""
    ids = ["AAA", "BBB", "CCC"]
    flows = np.array([[0.0, 1, 100], [0, 5, 50], [7, 0, 9]])
    return World({"regions": pd.DataFrame({"id": ids}), "trade": Matrix(flows, ids, ids, unit)})


def test_worked_example_of_2026() -> None:
    found: Any = catenary.border_carbon(
        trading(), price=80, importer="CCC", embedded="1.2", benchmark="1", year=2026
    ).flows.set_index("exporter")
    assert found["charged"].to_dict() == pytest.approx({"AAA": 22.5, "BBB": 11.25})
    assert found.loc["AAA", "charged"] / found.loc["AAA", "quantity"] == pytest.approx(0.225)
    assert found.loc["AAA", "cost"] == pytest.approx(80 * 22.5)
    assert found["ad_valorem"].isna().all(), "a tonne has no price here"


def test_price_paid_abroad_and_money() -> None:
    found: Any = catenary.border_carbon(
        trading("kUSD/year"), price=80, importer="CCC", embedded="AAA=0.002,BBB=0.001",
        paid="AAA=30,BBB=200",
    ).flows.set_index("exporter")  # fmt: skip
    assert found.loc["AAA", "cost"] == pytest.approx(100_000 * 0.002 * 50)
    assert found.loc["AAA", "ad_valorem"] == pytest.approx(0.002 * 50)
    assert found.loc["BBB", "cost"] == 0, "what was paid abroad is not paid back"


@given(worlds(dense=True), st.floats(0, 1), st.floats(1, 200))
@settings(max_examples=25)
def test_cost_grows_with_the_price_and_as_free_allocation_ends(
    world: World, factor: float, price: float
) -> None:
    ids = world.ids("producers")
    rng = np.random.default_rng(0)
    world = world.with_(stressors=Matrix(rng.random((1, len(ids))), ["co2"], ids, "kt/year"))
    importer = str(world.table("producers")["region"].iloc[0])
    common: dict[str, Any] = {"importer": importer, "benchmark": "importer"}
    one = catenary.border_carbon(world, price=price, factor=factor, **common)
    none = catenary.border_carbon(world, price=price, factor=0.0, **common)
    double = catenary.border_carbon(world, price=2 * price, factor=factor, **common)
    assert one.flows["cost"].sum() <= none.flows["cost"].sum() * (1 + 1e-9)
    assert double.flows["cost"].sum() == pytest.approx(2 * one.flows["cost"].sum())
    assert importer not in set(one.flows["exporter"])
    # without a benchmark, all that is embedded is charged
    assert none.flows["cost"].sum() == pytest.approx(price * none.flows["emissions"].sum())
    sums = one.flows.groupby("exporter")["cost"].sum()
    np.testing.assert_allclose(one.exporters.set_index("exporter")["cost"], sums.reindex(
        one.exporters["exporter"]))  # fmt: skip


def test_all_emissions_sold_to_an_importer_are_counted_once(shared: Path) -> None:
    data = shared / "data"
    world: Any = catenary.read("wiod", data / "wiod2013", year=2011, co2=str(data / "co2"))
    found = catenary.border_carbon(world, price=80, importer="EU27", products="c11,c12")
    assert set(found.flows["product"]) == {"c11", "c12"}
    assert not set(found.flows["exporter"]) & {"DEU", "FRA", "EU27"}
    row: Any = found.flows.set_index(["exporter", "product"]).loc[("CHN", "c12")]
    ids = world.ids("producers")
    place = ids.get_loc("CHN.c12")
    intensity = world.matrix("stressors").dense[0, place] / (
        world.table("producers")["output"].iloc[place] * 365
    )
    assert row["intensity"] == pytest.approx(intensity)  # Mt per MUSD = t per USD
    assert row["ad_valorem"] == pytest.approx(80 * intensity)
    chain = catenary.border_carbon(world, price=80, products="c11,c12", scope="chain").flows
    assert chain["cost"].sum() > found.flows["cost"].sum()


def test_later_years_are_called_assumptions() -> None:
    given_year = catenary.border_carbon(
        trading(), price=80, importer="CCC", embedded="1.2", benchmark="1", year=2030
    )
    assert any("assumption" in text for text in given_year.run.warnings)
    now = catenary.border_carbon(trading(), price=80, importer="CCC", embedded="1", year=2026)
    assert not now.run.warnings
    assert all(source in sources() for _, source in border_factors().values())
    assert all(budget.source in sources() for budget in known_budgets())


def test_border_options_that_are_wrong_are_named() -> None:
    wrong: list[tuple[dict[str, Any], type[Exception], str]] = [
        ({"importer": "CCC"}, MissingDataError, "trade of AAA and BBB are not known"),
        ({"importer": "CCC", "embedded": "1", "benchmark": "importer"}, MissingDataError, "tell"),
        ({"importer": "CCC", "embedded": "XXX=1"}, OptionError, "names 'XXX'"),
        ({"importer": "CCC", "embedded": "-1"}, OptionError, "0 or more"),
        ({"importer": "CCC", "embedded": "1", "products": "c1"}, OptionError, "no product 'c1'"),
        ({"importer": "XXX", "embedded": "1"}, OptionError, "XXX"),
    ]
    for options, error, text in wrong:
        with pytest.raises(error, match=text):
            catenary.border_carbon(trading(), price=80, **options)
    chains: Any = catenary.load("chains:pooled")
    with pytest.raises(MissingDataError):
        catenary.border_carbon(chains, price=80, importer="CHN")
    jobs = Matrix([[1.0, 2.0]], ["jobs"], two_regions().ids("producers"), "person/year")
    with pytest.raises(UnitError, match="not in a unit of mass"):
        catenary.border_carbon(two_regions().with_(stressors=jobs), price=8, importer="BBB")


def peopled(*people: float) -> World:
    """Return the two regions with these inhabitants."""
    regions = pd.DataFrame({"id": ["AAA", "BBB"], "population": list(people)})
    return two_regions().with_(regions=regions)


def test_budget_lasts_as_long_as_emissions_allow() -> None:
    found: Any = catenary.budgets(peopled(3, 1)).regions
    by = found.set_index(["account", "rule", "region"])
    assert set(found["rule"]) == {"emissions", "population", "blended", "ability"}
    # 12 t a year, 130 Gt: every rule shares out all of it
    sums = found.groupby(["account", "rule"])["budget"].sum()
    np.testing.assert_allclose(sums, 130)
    left = by.loc[("production", "emissions"), "years_left"]
    np.testing.assert_allclose(left, 130 / 12e-9)
    assert by.loc[("production", "population", "AAA"), "share"] == pytest.approx(0.75)
    assert by.loc[("production", "blended", "AAA"), "share"] == pytest.approx((0.75 + 8 / 12) / 2)
    # value added 4 and 5: 4/3 and 5 per head
    assert by.loc[("production", "ability", "AAA"), "share"] == pytest.approx(
        (3 / (4 / 3)) / (3 / (4 / 3) + 1 / 5)
    )
    assert by.loc[("consumption", "emissions", "AAA"), "share"] == pytest.approx(0.4)
    np.testing.assert_allclose(found["years_to_zero"], 2 * found["years_left"])


def test_paths_use_up_the_budget(shared: Path) -> None:
    data = shared / "data"
    world = catenary.read("wiod", data / "wiod2013", year=2011, co2=str(data / "co2"))
    found = catenary.budgets(world, temperature="2.0", likelihood="67", horizon=2150, merge="EU27")
    assert any("population of" in text for text in found.run.warnings)
    assert set(found.regions["rule"]) == {"emissions"}
    path = found.pathways.query("path == 'zero_emissions' and account == 'production'")
    amounts = path.pivot_table(index="region", columns="year", values="amount", observed=True)
    area = np.trapezoid(amounts.to_numpy(), axis=1).sum()
    assert area == pytest.approx(870, rel=0.01)  # the year in which it reaches 0 is cut to years
    down = found.pathways.query("path == 'contraction' and year in (2025, 2035)")
    both: Any = down.groupby("year")["amount"].sum()
    assert both.loc[2035] / both.loc[2025] == pytest.approx(1 - 0.42)
    last = found.sectors["year"].max()
    assert np.abs(found.sectors.loc[found.sectors["year"] == last, "intensity"]).max() < 1e-12


def test_budgets_that_are_not_known_or_not_meant_are_refused() -> None:
    with pytest.raises(OptionError, match=r"no budget of 1\.7"):
        catenary.budgets(two_regions(), temperature="1.7", start="2020")
    ids = two_regions().ids("producers")
    for values, unit, error, text in (
        ([[1.0, 2.0]], "person/year", UnitError, "unit of mass"),
        ([[5.0, -4.0]], "t/year", DataError, "less than nothing"),
        ([[0.0, 0.0]], "t/year", DataError, "nobody emits"),
    ):
        with pytest.raises(error, match=text):
            catenary.budgets(two_regions().with_(stressors=Matrix(values, ["a"], ids, unit)))
    told = catenary.budgets(peopled(3, np.nan)).run.warnings
    assert "BBB" in told[0]


def test_every_world_has_its_own_line() -> None:
    years = catenary.Worlds({"2005": two_regions(), "2011": two_regions()})
    for one, many in (
        (catenary.budgets(two_regions()), catenary.budgets(years)),
        (
            catenary.border_carbon(two_regions(), price=80, importer="BBB"),
            catenary.border_carbon(years, price=80, importer="BBB"),
        ),
    ):
        line = one.summary()
        assert many.summary().splitlines() == [f"2005: {line}", f"2011: {line}"]


@pytest.mark.parametrize("text", ["AAA=1,AAA=2", "1,2", "AAA=1,1,1", "AAA=1e308", "AAA=inf"])
@pytest.mark.parametrize("option", ["embedded", "paid"])
def test_numbers_given_twice_or_without_bound_are_refused(option: str, text: str) -> None:
    options: dict[str, Any] = {"price": 80, "importer": "BBB", option: text}
    with pytest.raises(OptionError, match=rf"{option} gives"):
        catenary.border_carbon(two_regions(), **options)


@pytest.mark.parametrize("text", ["AAA=2,1", "1,AAA=2"])
def test_a_number_alone_is_that_of_all_others(text: str) -> None:
    assert numbers_by_label(text, ["AAA", "BBB"], "paid") == {"AAA": 2.0, "BBB": 1.0}


@pytest.mark.parametrize("price", [np.inf, -np.inf, 1e300])
def test_a_price_is_finite(price: float) -> None:
    with pytest.raises(OptionError, match="price is"):
        catenary.border_carbon(two_regions(), price=price, importer="BBB")


def test_one_stressor_counts_as_co2_and_another_is_said() -> None:
    world = two_regions()
    ids = world.ids("producers")
    two = world.with_(stressors=Matrix([[8.0, 4.0], [1.0, 1.0]], ["co2", "nox"], ids, "t/year"))
    for run in (catenary.budgets, lambda w, **o: catenary.border_carbon(w, price=1, importer="AAA",
                                                                        **o)):  # fmt: skip
        for stressor in ("all", "co2,nox"):
            with pytest.raises(OptionError, match="2 rows"):
                run(two, stressor=stressor)
        assert not any("counts as CO2" in text for text in run(two).run.warnings)
        assert any("nox counts as CO2" in text for text in run(two, stressor="nox").run.warnings)


def test_who_emits_nothing_and_what_nobody_causes_are_said() -> None:
    world = two_regions()
    ids, users = world.ids("producers"), world.ids("consumers")
    idle = world.with_(
        intermediate=Matrix([[0.0, 0.0], [0.0, 0.0]], ids, ids, "USD/year"),
        final=Matrix([[3.0, 0.0], [0.0, 0.0]], ids, users, "USD/year"),
    )
    told = catenary.budgets(idle).run.warnings
    assert any("without output have 4 of co2" in text for text in told)
    assert any("emit nothing" in text and "BBB" in text for text in told)
    assert not catenary.budgets(world).run.warnings[:-1]


@pytest.mark.parametrize("heads", [0.0, 1e-300])
def test_less_than_one_person_is_no_population(heads: float) -> None:
    found = catenary.budgets(peopled(3, heads))
    assert any("less than one person" in text for text in found.run.warnings)
    assert set(found.regions["rule"]) == {"emissions"}


def test_a_charge_on_everything_or_on_nothing_is_said(shared: Path) -> None:
    data = shared / "data"
    world: Any = catenary.read("wiod", data / "wiod2013", year=2011, co2=str(data / "co2"))
    every = catenary.border_carbon(world, price=80)
    assert any("all 3" in one and "services" in one for one in every.run.warnings)
    some = catenary.border_carbon(world, price=80, products="c11,c12")
    assert not any("services" in one for one in some.run.warnings)
    # a benchmark in t per MUSD where t per USD is meant
    free = catenary.border_carbon(world, price=80, products="c12", benchmark="700")
    assert free.flows["cost"].sum() == 0
    (told,) = [one for one in free.run.warnings if "nothing is charged" in one]
    assert "t per USD" in told
    assert f"{free.flows['intensity'].max():.3g}" in told
    assert not any("nothing is charged" in one for one in some.run.warnings)


def test_footprints_say_that_emissions_of_industries_are_an_assumption(shared: Path) -> None:
    data = shared / "data"
    world: Any = catenary.read("wiod", data / "wiod2013", year=2011, co2=str(data / "co2"))
    told = " ".join(catenary.footprint(world).run.warnings)
    assert "assumption" in told
    assert "co2_bunkers" in told
    plain: Any = catenary.read("wiod", data / "wiod2013", year=2011)
    assert "assumption" not in " ".join(catenary.footprint(plain).run.warnings)


def test_budgets_say_the_year_of_emissions_and_how_to_give_people() -> None:
    world = two_regions()
    parts = {
        name: Matrix(world.matrix(name).dense, world.matrix(name).rows,
                     world.matrix(name).columns, "USD(2011)/year")
        for name in ("intermediate", "final")
    }  # fmt: skip
    told = " ".join(catenary.budgets(world.with_(parts)).run.warnings)
    assert "emissions of 2011 stand for those of 2025" in told
    assert "column population of the table regions" in told
    assert "stand for" not in " ".join(catenary.budgets(world).run.warnings)


def test_an_option_that_is_none_is_said_to_be_missing() -> None:
    missing: Any = None
    with pytest.raises(OptionError, match="price is not given"):
        catenary.border_carbon(two_regions(), price=missing, importer="BBB")
