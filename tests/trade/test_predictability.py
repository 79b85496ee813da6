from __future__ import annotations

import importlib
import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import catenary
from catenary import Change, Scenario, World, Worlds
from catenary.cli.main import main
from catenary.errors import MissingDataError, OptionError
from catenary.languages import in_language
from catenary.maths.equilibrium import Barriers
from catenary.maths.equilibrium_search import solve
from catenary.testing import two_regions
from catenary.trade import bound_scenario
from catenary.trade.barriers import completed, painted

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.part("7.4")

NONE = float("nan")
KEYS = ["origin", "destination", "product"]


def by_hand(**more: Any) -> World:
    """Return three regions and two products; numbers small enough to add up in the head."""
    rows = [
        # origin, destination, product, tariff, bound, trade
        ("AFG", "DEU", "ore", 0.00, 0.10, 100.0),
        ("AFG", "DEU", "cars", 0.10, 0.10, 0.0),
        ("USA", "DEU", "ore", 0.04, 0.10, 300.0),
        ("USA", "DEU", "cars", 0.20, 0.10, 100.0),
        ("DEU", "AFG", "ore", 0.30, NONE, 50.0),
        ("DEU", "AFG", "cars", 0.10, 0.50, 150.0),
    ]
    links = pd.DataFrame(rows, columns=[*KEYS, "tariff", "bound", "value"])
    flows = links[[*KEYS, "value"]]
    regions = pd.DataFrame(
        {"id": ["AFG", "DEU", "USA", "club"], "parent": ["", "club", "club", ""]}
    )
    return World(
        {
            "regions": regions,
            "products": pd.DataFrame({"id": ["ore", "cars"]}),
            "links": links.drop(columns="value"),
            "trade_flows": flows[flows["value"] > 0],
            **more,
        }
    )


def drawn_links(seed: int) -> World:
    """Return links of all and of single products and uses, some of them unbound."""
    rng = np.random.default_rng(seed)
    regions = ["A", "B", "C", "D"]
    rows = [
        (a, b, product, use)
        for a in regions for b in regions for product in ("", "p", "q")
        for use in ("", "inputs", "final")
        if a != b and rng.random() < 0.5
    ]  # fmt: skip
    links = pd.DataFrame([*rows, ("A", "B", "r", "")], columns=[*KEYS, "use"])
    links = links.drop_duplicates()
    links["tariff"] = rng.choice([0.0, 0.05, 0.1], len(links))
    links["bound"] = rng.choice([NONE, 0.1, 0.3], len(links))
    links.loc[links.index[-1], "bound"] = 0.2
    plain = (links["product"] != "") & (links["use"] == "")  # a blank might be two numbers here
    links.loc[plain, "bound"] = links.loc[plain, "bound"].fillna(0.3)
    return World(
        {
            "regions": pd.DataFrame({"id": regions}),
            "products": pd.DataFrame({"id": ["p", "q", "r"]}),
            "producers": pd.DataFrame(
                {"id": [f"{r}.p" for r in regions], "region": regions, "product": "p"}
            ),
            "links": links,
        }
    )


# --- cases by hand ------------------------------------------------------------------------------


def test_means_of_three_regions_by_hand() -> None:
    found = catenary.predictability(by_hand())
    regions = found.regions.set_index("region")
    one = regions.loc["DEU"]
    assert (one["lines"], one["bound_lines"], one["above"]) == (4, 4, 1)
    assert one["tariff"] == pytest.approx(0.34 / 4)
    assert one["bound"] == pytest.approx(0.1)
    assert one["overhang"] == pytest.approx((0.1 + 0 + 0.06 - 0.1) / 4)
    assert one["tariff_trade"] == pytest.approx((12 + 20) / 500)
    assert one["overhang_trade"] == pytest.approx((10 + 18 - 10) / 500)
    one = regions.loc["AFG"]
    assert (one["lines"], one["bound_lines"], one["coverage"]) == (2, 1, 0.5)
    assert one["coverage_trade"] == pytest.approx(0.75)
    assert one["tariff"] == pytest.approx(0.2)
    assert one["overhang"] == pytest.approx(0.4)  # of the bound line; the other is unknown, not 0
    assert one["overhang_trade"] == pytest.approx(0.4)
    world = found.basis.iloc[0]
    assert world["lines"] == 6
    assert world["coverage"] == pytest.approx(5 / 6)
    assert world["coverage_trade"] == pytest.approx(650 / 700)
    assert world["covered"] == 1
    assert world["unit"] == "USD/year"


def test_partners_products_and_groups_by_hand() -> None:
    found = catenary.predictability(by_hand())
    partners = found.partners.set_index(["region", "partner"])
    assert partners.loc[("DEU", "USA"), "overhang"] == pytest.approx(-0.02)
    assert partners.loc[("DEU", "AFG"), "overhang_trade"] == pytest.approx(0.1)
    assert len(partners) == 3
    products = found.products.set_index("product")
    assert products.loc["ore", "coverage"] == pytest.approx(2 / 3)
    assert products.loc["ore", "overhang"] == pytest.approx(0.08)
    assert products.loc["cars", "bound"] == pytest.approx(0.7 / 3)
    groups = found.groups.set_index(["group", "side"])
    assert groups.loc[("LDC", "buyer"), "overhang"] == pytest.approx(0.4)  # Afghanistan
    assert groups.loc[("LDC", "seller"), "overhang"] == pytest.approx(0.05)
    assert groups.loc[("club", "buyer"), "lines"] == 4
    assert groups.loc[("club", "seller"), "lines"] == 4
    assert ("islands", "buyer") not in groups.index


def test_above_and_unbound_are_said_and_stay() -> None:
    found = catenary.predictability(by_hand())
    lines = found.lines.set_index(KEYS)
    assert lines.loc[("USA", "DEU", "cars"), "state"] == "above"
    assert lines.loc[("USA", "DEU", "cars"), "overhang"] == pytest.approx(-0.1)
    assert lines.loc[("DEU", "AFG", "ore"), "state"] == "unbound"
    assert lines["overhang"].isna().sum() == 1
    told = " ".join(found.run.warnings)
    assert "USA to DEU, cars: 0.2 against 0.1" in told
    assert "1 of 6 lines are unbound" in told
    for text in (found.summary(), *found.run.warnings):
        assert in_language(text, "zh") != text


def test_trade_that_no_link_speaks_of_is_told() -> None:
    world = by_hand()
    flows = world.table("trade_flows").reset_index(drop=True)
    more = pd.DataFrame({"origin": ["USA"], "destination": ["AFG"], "product": ["ore"]})
    more["value"] = 300.0
    found = catenary.predictability(world.with_(trade_flows=pd.concat([flows, more])))
    assert found.basis["covered"].iloc[0] == pytest.approx(0.7)
    assert any("30.00% of the trade" in text for text in found.run.warnings)


# --- laws ---------------------------------------------------------------------------------------


@given(st.integers(0, 10_000))
@settings(max_examples=12)
def test_every_mean_is_that_of_its_lines(seed: int) -> None:
    found = catenary.predictability(drawn_links(seed))
    lines = found.lines
    bound = lines[lines["bound"].notna()]
    np.testing.assert_allclose(bound["overhang"], bound["bound"] - bound["tariff"])
    assert (lines["state"] == "unbound").sum() == lines["bound"].isna().sum()
    for table, key in ((found.regions, "destination"), (found.products, "product")):
        for row in table.to_dict("records"):
            own = lines[lines[key] == row["region" if key == "destination" else key]]
            assert row["lines"] == len(own)
            assert row["tariff"] == pytest.approx(own["tariff"].mean())
            assert row["coverage"] == pytest.approx(own["bound"].notna().mean())
            assert row["overhang"] == pytest.approx(own["overhang"].mean(), nan_ok=True)
            assert np.isnan(row["overhang_trade"])
    assert found.regions["lines"].sum() == found.products["lines"].sum() == len(lines)


@given(st.floats(1e-3, 1e6), st.permutations(range(6)))
@settings(max_examples=10)
def test_money_and_order_change_no_mean(scale: float, order: list[int]) -> None:
    world = by_hand()
    flows = world.table("trade_flows").reset_index(drop=True)
    flows["value"] *= scale
    links = world.table("links").reset_index(drop=True).iloc[order]
    other = catenary.predictability(world.with_(trade_flows=flows, links=links))
    one = catenary.predictability(world)
    columns = ["coverage", "tariff", "overhang", "tariff_trade", "overhang_trade"]
    for name, key in (("regions", "region"), ("products", "product")):
        first, second = (getattr(r, name).set_index(key).sort_index() for r in (one, other))
        np.testing.assert_allclose(first[columns], second[columns])


@given(st.integers(0, 10_000))
@settings(max_examples=25)
def test_the_bound_scenario_makes_every_bound_tariff_its_bound_rate(seed: int) -> None:
    world = drawn_links(seed)
    scenario = bound_scenario(world)
    whole = completed(world, scenario)
    regions = world.ids("regions")
    columns = {"tariff": 0.0, "bound": NONE}
    before = painted(world, regions, 2, columns)
    after = painted(scenario.apply(whole), regions, 2, columns)["tariff"]
    wanted = np.where(np.isnan(before["bound"]), before["tariff"], before["bound"])
    np.testing.assert_array_equal(after, wanted)
    assert Scenario.of(scenario.to_dict()) == scenario


def test_tariffs_at_their_bound_have_no_room_and_nowhere_to_go() -> None:
    links = pd.DataFrame({"origin": ["AAA"], "destination": ["BBB"], "tariff": 0.1, "bound": 0.1})
    world = two_regions().with_(links=links)
    found = catenary.predictability(world, equilibrium=True, elasticity=4)
    assert found.regions["overhang"].tolist() == [0]
    np.testing.assert_allclose(found.effects["real_income"], 0, atol=1e-9)


def test_going_to_the_bound_rate_is_the_counterfactual_with_that_tariff() -> None:
    links = pd.DataFrame(
        {
            "origin": ["AAA", "BBB"], "destination": ["BBB", "AAA"], "tariff": [0.1, 0.05],
            "bound": [0.4, None],
        }
    )  # fmt: skip
    world = two_regions().with_(links=links)
    found = catenary.predictability(world, equilibrium=True, elasticity=4)
    rise = Change(target="links.tariff", where={"origin": "AAA"}, set=0.4)
    by_itself = catenary.counterfactual(world, scenario=Scenario("rise", (rise,)), elasticity=4)
    passed_on = catenary.counterfactual(world, scenario=bound_scenario(world), elasticity=4)
    income = by_itself.regions[["region", "real_income"]]
    for other in (found.effects, passed_on.regions):
        np.testing.assert_allclose(other["real_income"], income["real_income"], rtol=1e-12)
    assert income["real_income"].abs().max() > 1e-3
    assert "bound rate" in found.summary()


# --- real tariffs -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def nafta(shared: Path) -> pd.DataFrame:
    trade = pd.read_parquet(shared / "data" / "cp2015_nafta" / "trade.parquet")
    trade = trade.rename(
        columns={"exporter": "origin", "importer": "destination", "sector": "product"}
    )
    for name in KEYS:
        trade[name] = trade[name].astype("str").str.replace(" ", "_")
    return trade


def world_of(nafta: pd.DataFrame, column: str = "tariff") -> World:
    """Return the table with its later tariffs as bound rates: no bound rate of 1993 is known."""
    apart = nafta[nafta["origin"] != nafta["destination"]]
    links = apart.assign(tariff=apart[column], bound=apart["tariff_cfl"])
    return World(
        {
            "regions": pd.DataFrame({"id": sorted(nafta["origin"].unique())}),
            "products": pd.DataFrame({"id": sorted(nafta["product"].unique())}),
            "links": links[[*KEYS, "tariff", "bound"]],
            "trade_flows": apart.loc[apart["value"] > 0, [*KEYS, "value"]],
        }
    )


def test_tariffs_of_1993_with_those_of_2005_as_bound(nafta: pd.DataFrame) -> None:
    world = world_of(nafta)
    found = catenary.predictability(world)
    apart = nafta[nafta["origin"] != nafta["destination"]]
    traded = apart.groupby("product")["value"].transform("sum") > 0
    apart = apart[traded]
    assert found.basis["lines"].iloc[0] == len(apart)
    mexico = apart[apart["destination"] == "Mexico"]
    row = found.regions.set_index("region").loc["Mexico"]
    assert row["tariff"] == pytest.approx(mexico["tariff"].mean())
    assert row["tariff_trade"] == pytest.approx(
        np.average(mexico["tariff"], weights=mexico["value"])
    )
    over = mexico["tariff_cfl"] - mexico["tariff"]
    assert row["overhang"] == pytest.approx(over.mean())
    assert row["above"] == (over < -1e-12).sum() > 0
    scenario = bound_scenario(world)
    after = painted(scenario.apply(world), world.ids("regions"), 1, {"tariff": 0.0})["tariff"][0]
    wanted = painted(world, world.ids("regions"), 1, {"bound": 0.0})["bound"][0]
    np.testing.assert_array_equal(after, wanted)
    moved = (nafta["tariff_cfl"] != nafta["tariff"]) & (nafta["origin"] != nafta["destination"])
    assert 0 < len(scenario.changes) <= moved.sum()


def test_tariffs_of_nafta_moved_within_the_club_alone(nafta: pd.DataFrame) -> None:
    years = Worlds({"1993": world_of(nafta), "2005": world_of(nafta, "tariff_cfl")})
    found = catenary.volatility(years)
    moved = found.lines[found.lines["changes"] > 0]
    club = {"Mexico", "Canada", "USA"}
    assert set(moved["destination"]) | set(moved["origin"]) == club
    assert found.regions["region"].iloc[0] == "Mexico"
    assert found.years["raised"].tolist() == [0, 0]
    assert found.years["cut"].tolist() == [0, len(moved)]
    np.testing.assert_allclose(moved["deviation"], (moved["first"] - moved["last"]) / 2)


# --- volatility ---------------------------------------------------------------------------------


def years(*rates: float | None) -> Worlds:
    """Return a world for each rate of DEU on ore of the USA; None: it has no such link."""
    found = {}
    for place, rate in enumerate(rates):
        world = by_hand()
        links = world.table("links").reset_index(drop=True)
        here = (links["origin"].astype("str") == "USA") & (links["product"].astype("str") == "ore")
        links.loc[here, "tariff"] = rate if rate is not None else 0
        found[str(2000 + place)] = world.with_(links=links if rate is not None else links[~here])
    return Worlds(found)


def test_steps_of_one_line_by_hand() -> None:
    found = catenary.volatility(years(0.1, 0.3, 0.3, 0.2))
    line = found.lines.iloc[0]
    assert (line["origin"], line["destination"], line["product"]) == ("USA", "DEU", "ore")
    assert (line["first"], line["last"], line["changes"]) == (0.1, 0.2, 2)
    assert line["mean"] == pytest.approx(0.225)
    assert line["deviation"] == pytest.approx(np.std([0.1, 0.3, 0.3, 0.2]))
    assert line["largest_rise"] == pytest.approx(0.2)
    assert line["largest_cut"] == pytest.approx(0.1)
    assert (found.lines["changes"].iloc[1:] == 0).all()
    region = found.regions.iloc[0]
    assert (region["region"], region["changed"]) == ("DEU", 0.25)
    assert region["deviation_trade"] == pytest.approx(line["deviation"] * 300 / 500)
    assert found.years["raised"].tolist() == [0, 1, 0, 0]
    assert found.years["cut"].tolist() == [0, 0, 0, 1]
    assert found.years["mean_trade"].iloc[1] == pytest.approx(
        found.years["mean_trade"].iloc[0] + 0.2 * 300 / 700
    )
    assert "DEU" in found.summary()
    assert in_language(found.summary(), "zh") != found.summary()


@given(st.lists(st.floats(0, 1), min_size=2, max_size=5))
@settings(max_examples=10)
def test_time_turned_round_swaps_rises_and_cuts(rates: list[float]) -> None:
    one, two = (catenary.volatility(years(*order)).lines for order in (rates, rates[::-1]))
    one, two = (frame.set_index(KEYS).sort_index() for frame in (one, two))
    np.testing.assert_allclose(one["largest_rise"], two["largest_cut"], atol=1e-15)
    np.testing.assert_allclose(one["deviation"], two["deviation"], atol=1e-15)
    assert (one["changes"] == two["changes"]).all()
    assert (one["deviation"] <= 0.5).all()


def test_a_line_that_a_year_lacks_is_left_out_there_and_told() -> None:
    found = catenary.volatility(years(0.1, None, 0.3))
    line = found.lines.iloc[0]
    assert (line["worlds"], line["changes"]) == (2, 1)
    assert line["deviation"] == pytest.approx(0.1)
    assert found.years["lines"].tolist() == [6, 5, 6]
    assert any("1 of 6 lines are not known" in text for text in found.run.warnings)


def test_nothing_that_moved_is_steady_and_blank_bound_rates_are_left_out() -> None:
    found = catenary.volatility(years(0.1, 0.1))
    assert found.figures()["value"].tolist() == [0, 0, 0, 0]
    bound = catenary.volatility(years(0.1, 0.1), measure="bound")
    assert len(bound.lines) == 5  # one of six is unbound


# --- bad input, several worlds, faces -----------------------------------------------------------


def test_worlds_without_links_bounds_or_years_are_refused() -> None:
    with pytest.raises(MissingDataError, match="has no links"):
        catenary.predictability(two_regions())
    free = two_regions().with_(links=pd.DataFrame({"origin": ["AAA"], "destination": ["BBB"]}))
    told = catenary.predictability(free)
    assert told.basis["coverage"].iloc[0] == 0
    assert "None of 1 tariff lines is bound" in told.summary()
    with pytest.raises(MissingDataError, match="bound rate") as caught:
        catenary.predictability(free, equilibrium=True, elasticity=4)
    assert "links.bound" in caught.value.hint
    with pytest.raises(OptionError, match="at least two"):
        catenary.volatility(Worlds({"2000": by_hand()}))
    with pytest.raises(MissingDataError, match="no links"):
        catenary.volatility(Worlds({"2000": two_regions(), "2001": two_regions()}))


def test_years_beside_each_other_are_told_apart() -> None:
    found = catenary.predictability(years(0.1, 0.3))
    assert found.basis["world"].tolist() == ["2000", "2001"]
    assert found.summary().count("\n") == 1
    assert set(found.figures()["world"]) == {"2000", "2001"}


@pytest.mark.parametrize("words", ["predictability by.world", "volatility years.world"])
def test_the_command_line_and_the_page(
    words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    catenary.save(by_hand(), "by.world")
    catenary.save(years(0.1, 0.3), "years.world")
    assert main([*words.split(), "--as", "json", "-o", "my.result"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["tables"]["lines"]
    for language in ("en", "zh"):
        assert main(["report", "my.result", "-o", f"{language}.html"]) == 0
    text = (tmp_path / "en.html").read_text(encoding="utf-8")
    assert "missing or infinite" not in text
    assert "Every region as a buyer" in text


def test_one_rate_for_all_sellers_is_one_change() -> None:
    regions = ["A", "B", "C", "D"]
    rows = [(a, b, 0.1) for a in regions for b in regions if a != b]
    links = pd.DataFrame(rows, columns=["origin", "destination", "bound"])
    links.loc[links["destination"] == "D", "bound"] = 0.2
    world = World(
        {
            "regions": pd.DataFrame({"id": regions}),
            "products": pd.DataFrame({"id": ["p"]}),
            "links": links,
        }
    )
    wheres = [dict(change.where) for change in bound_scenario(world).changes]
    assert wheres == [{"destination": ("A", "B", "C")}, {"destination": ("D",)}]
    changed = bound_scenario(world).apply(world).table("links")
    assert changed["tariff"].tolist() == changed["bound"].tolist()


def test_bound_rates_of_2005_give_the_exact_incomes_of_nafta(shared: Path) -> None:
    of_data = importlib.import_module("tests.trade.test_counterfactual").Nafta(shared)
    economy, theta = of_data.economy(), of_data.theta
    before = solve(economy, Barriers(tariffs=of_data.tariffs), theta, deficits="zero")
    world = of_data.world(before.as_baseline())
    trade = pd.read_parquet(shared / "data" / "cp2015_nafta" / "trade.parquet")
    names = [trade[name].str.replace(" ", "_") for name in ("exporter", "importer", "sector")]
    later = dict(zip(zip(*names, strict=True), trade["tariff_cfl"], strict=True))
    links = world.table("links").reset_index(drop=True)
    rows = zip(*(links[name].astype("str") for name in KEYS), strict=True)
    links["bound"] = [later[row] for row in rows]
    found = catenary.predictability(world.with_(links=links), equilibrium=True)
    income = found.effects.set_index("region")["real_income"].loc[["Mexico", "Canada", "USA"]]
    np.testing.assert_allclose(100 * income, [0.007, -0.110, 0.074], atol=1e-3)
