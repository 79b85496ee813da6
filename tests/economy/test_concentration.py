from __future__ import annotations

from typing import TYPE_CHECKING, Any

import hypothesis.strategies as st
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings

import catenary
from catenary import Matrix, World, Worlds
from catenary.economy.accounts import Accounts
from catenary.errors import DataError, MissingDataError, OptionError, SchemaError
from catenary.testing import serial_chain, two_regions, worlds

if TYPE_CHECKING:
    from pathlib import Path

    from catenary.economy.concentration import Who

pytestmark = pytest.mark.part("5.4")

MEMBERS = ("AUT", "DEU")  # of the EU in the customs table below


def customs(rows: list[tuple[str, str, str, int, float]]) -> World:
    """Return a world of trade flows: origin, destination, product, year, value."""
    flows = pd.DataFrame(rows, columns=["origin", "destination", "product", "year", "value"])
    regions = sorted({*flows["origin"], *flows["destination"]} - {""})
    return World(
        {
            "regions": pd.DataFrame({"id": regions}),
            "products": pd.DataFrame({"id": sorted(set(flows["product"]))}),
            "trade_flows": flows,
        }
    )


def three_years() -> World:
    """Return magnets on which the EU depends in two years, and cars on which it never does."""
    rows = []
    for year, chinese in ((2019, 90.0), (2020, 90.0), (2021, 30.0)):
        rows += [
            ("CHN", "DEU", "magnets", year, chinese),
            ("JPN", "DEU", "magnets", year, 10.0),
            ("CHN", "AUT", "magnets", year, 20.0),
            ("DEU", "AUT", "magnets", year, 40.0),  # within the EU
            ("DEU", "JPN", "magnets", year, 5.0),
            ("DEU", "JPN", "cars", year, 500.0),
            ("JPN", "AUT", "cars", year, 50.0),
        ]
    return customs(rows)


@given(worlds())
@settings(max_examples=30)
def test_shares_sum_to_one_and_the_index_has_its_bounds(world: World) -> None:
    try:
        found = catenary.concentration(world, home=True, through=True, top=1000)
    except DataError:
        return  # nobody delivers anything
    markets = found.markets
    assert (markets["hhi"] <= 1 + 1e-12).all()
    assert (markets["hhi"] * markets["suppliers"] >= 1 - 1e-12).all()
    key = ["destination", "product", "stage"]
    sums = found.suppliers.groupby(key)["share"].sum()
    np.testing.assert_allclose(sums, 1.0)
    assert len(sums) == len(markets)
    # a home supplier more never raises imports
    assert catenary.concentration(world, home=True).markets["amount"].sum() > 0


def test_a_matrix_of_trade_by_hand() -> None:
    ids = ["AAA", "BBB", "CCC"]
    cells = np.array([[9.0, 6.0, 0.0], [5.0, 0.0, 4.0], [5.0, 2.0, 8.0]])
    world = World(
        {"regions": pd.DataFrame({"id": ids}), "trade": Matrix(cells, ids, ids, "MUSD/year")}
    )
    found = catenary.concentration(world).markets.set_index("destination")
    assert found["hhi"].to_dict() == pytest.approx({"AAA": 0.5, "BBB": 0.625, "CCC": 1.0})
    assert found["effective"].to_dict() == pytest.approx({"AAA": 2.0, "BBB": 1.6, "CCC": 1.0})
    assert found["single"].to_dict() == {"AAA": False, "BBB": False, "CCC": True}
    assert catenary.concentration(world, single=0.75).markets["single"].sum() == 2
    home = catenary.concentration(world, home=True).markets.set_index("destination")
    assert home.loc["CCC", "hhi"] == pytest.approx((4 / 12) ** 2 + (8 / 12) ** 2)
    # through suppliers: B gets 6 of A, which uses 9, 5 and 5 of A, B, C; and 2 of C (0, 4, 8)
    rows = catenary.concentration(world, through=True, destination="BBB").suppliers
    through = rows[rows["stage"] != rows["product"]].set_index("supplier")["share"]
    assert through.to_dict() == pytest.approx(
        {"A" * 3: 6 * 9 / 19 / 8, "BBB": (6 * 5 / 19 + 2 / 3) / 8, "CCC": (6 * 5 / 19 + 4 / 3) / 8}
    )
    np.fill_diagonal(cells, 0)
    with pytest.raises(OptionError, match="does not say how much regions supply themselves"):
        catenary.concentration(
            world.with_(trade=Matrix(cells, ids, ids, "MUSD/year")), through=True
        )


def test_the_trade_of_2023(shared: Path) -> None:
    # against numpy on the same matrix
    folder = shared / "data" / "trade2023_baci"
    cells = pd.read_parquet(folder / "trade_matrix_2023.parquet")
    ids = pd.read_csv(folder / "countries.csv", keep_default_na=False)["iso3"].tolist()
    values = cells.select_dtypes("number").to_numpy(np.float64)
    assert values.shape == (len(ids), len(ids))
    world = World(
        {
            "regions": pd.DataFrame({"id": ids}),
            "trade": Matrix(values, ids, ids, "kUSD/year"),
        }
    )
    found = catenary.concentration(world).markets.set_index("destination")
    shares = values / values.sum(axis=0)
    expected = pd.Series((shares**2).sum(axis=0), ids)
    np.testing.assert_allclose(found["hhi"], expected[found.index], rtol=1e-12)
    assert found.loc["USA", "largest"] == ids[int(values[:, ids.index("USA")].argmax())]


def test_an_input_output_table_against_its_accounts(shared: Path) -> None:
    world = catenary.read("wiod", shared / "data" / "wiod2013", year=2011)
    found = catenary.concentration(world, through=True, destination="DEU", product="c14")
    direct, inside = (
        found.markets[found.markets["stage"] == stage].iloc[0] for stage in ("c14", "value_added")
    )
    accounts = Accounts.of(world)
    place = accounts.regions.get_loc("DEU")
    made = accounts.products[accounts.product] == "c14"
    bought = np.maximum(
        accounts.flows[:, accounts.region == place].sum(axis=1) + accounts.final[:, place], 0.0
    ) * (made & (accounts.region != place))
    assert direct["amount"] == pytest.approx(bought.sum())
    assert direct["hhi"] == pytest.approx(((bought / bought.sum()) ** 2).sum())
    content = accounts.by_region(accounts.value_added_share * (accounts.inverse @ bought))
    content = np.maximum(content, 0.0)
    assert inside["amount"] == pytest.approx(bought.sum(), rel=1e-6)
    assert inside["hhi"] == pytest.approx(((content / content.sum()) ** 2).sum(), rel=1e-9)
    merged = catenary.concentration(world, merge="EU27", product="c14")
    assert "EU27" in set(merged.markets["destination"])
    assert not set(merged.markets["largest"]) & {"DEU", "FRA", "ITA"}


@given(st.integers(2, 5))
@settings(max_examples=5)
def test_a_chain_of_one_stage_looks_through_to_itself(length: int) -> None:
    chain = serial_chain(length)
    found = catenary.concentration(chain, home=True, through=True).markets
    assert (found["hhi"] == 1).all()
    # every purchase of stage k has the k stages above it, and the first has none: it is plain
    above = found[found["stage"] != found["product"]].groupby("product")["stage"].nunique()
    assert above.to_dict() == {f"s{k}": k for k in range(1, length)}
    assert (found[found["product"] == "s0"]["stage"] == "s0").all()


@pytest.mark.parametrize("pattern", ["pooled", "home-first"])
def test_the_chains_through_their_suppliers(pattern: str) -> None:
    chains = catenary.load("chains")
    assert isinstance(chains, Worlds)
    found = catenary.concentration(chains[pattern], through=True, product="solar.cells")
    shares = found.suppliers[found.suppliers["stage"] == "solar.wafers"]
    chinese = shares[shares["supplier"] == "CHN"].set_index("destination")["share"]
    if pattern == "pooled":  # whoever buys cells buys China's 97 of 100 wafers in them
        assert chinese.to_numpy() == pytest.approx(0.97)
    # the makers of the cells that a region buys abroad, and whose wafers they were given
    supplies = chains[pattern].table("supplies").astype({"supplier": "str", "buyer": "str"})
    cells = supplies[supplies["supplier"].str.endswith(".solar.cells")]
    wafers = supplies[supplies["supplier"].str.endswith(".solar.wafers")]
    given = wafers.pivot_table(index="supplier", columns="buyer", values="quantity", fill_value=0)
    share_of = given.astype(float) / given.astype(float).sum()
    for region, share in chinese.items():
        from_, to = (cells[side].str[:3] for side in ("supplier", "buyer"))
        abroad = cells[(to == region) & (from_ != region)].set_index("supplier")["quantity"]
        chinese_inside = share_of.loc["CHN.solar.wafers"][abroad.index]
        expected = (chinese_inside * abroad).sum() / abroad.sum()
        assert share == pytest.approx(expected)
    assert len(chinese) > 2


def test_suppliers_of_a_firm() -> None:
    world = World(
        {
            "regions": pd.DataFrame({"id": ["DEU", "FRA"]}),
            "products": pd.DataFrame({"id": ["chip", "car"]}),
            "firms": pd.DataFrame({"id": ["one", "two"]}),
            "producers": pd.DataFrame(
                {
                    "id": ["a", "b", "c", "car"],
                    "region": ["DEU", "DEU", "FRA", "DEU"],
                    "product": ["chip", "chip", "chip", "car"],
                    "firm": ["one", "one", "two", ""],
                }
            ),
            "supplies": pd.DataFrame(
                {"supplier": ["a", "b", "c"], "buyer": "car", "quantity": [1.0, 1.0, 2.0]}
            ),
        }
    )

    def of(suppliers: Who) -> float:
        found = catenary.concentration(world, suppliers=suppliers, buyers="producer", home=True)
        assert found.markets["destination"].tolist() == ["car"]
        assert not len(found.dependence)
        return float(found.markets["hhi"].iloc[0])

    assert of("producer") == pytest.approx((1 + 1 + 4) / 16)
    assert of("firm") == of("region") == pytest.approx(0.5)
    abroad = catenary.concentration(world, suppliers="firm", buyers="producer").markets
    assert abroad["largest"].tolist() == ["two"]
    with pytest.raises(OptionError, match="by region only"):
        catenary.concentration(two_regions(), suppliers="firm")


def test_european_dependency_indicators_by_hand() -> None:
    found = catenary.concentration(three_years(), merge="EU27", destination="EU27")
    by = {(row["product"], int(row["year"])): row for row in found.dependence.to_dict("records")}
    first = by["magnets", 2019]
    # outside: China 90 + 20, Japan 10; inside 40; exports to Japan 5
    assert first["imports"] == 120
    assert first["cdi1"] == pytest.approx((110**2 + 10**2) / 120**2)
    assert first["cdi2"] == pytest.approx(120 / 160)
    assert first["cdi3"] == pytest.approx(120 / 45)
    assert first["imports_to_exports"] == pytest.approx(120 / 5)
    # world exports: China 110, Japan 10, the EU 5
    assert first["export_hhi"] == pytest.approx((110**2 + 10**2 + 5**2) / 125**2)
    assert first["dependent"]
    assert first["geodep"]
    # 60 from outside against 40 within and 45 sold
    last = by["magnets", 2021]
    assert last["cdi2"] == pytest.approx(0.6)
    assert last["cdi3"] == pytest.approx(60 / 45)
    for year in (2019, 2020, 2021):
        assert not by["cars", year]["dependent"]
        assert by["cars", year]["cdi3"] == pytest.approx(50 / 500)


def test_what_persists_is_true_in_two_of_three_years() -> None:
    flips = {"often": (2019, 2020), "once": (2021,), "always": (2019, 2020, 2021), "long ago": ()}
    rows = [("CHN", "DEU", "long ago", 2018, 9.0)]
    for product, bad in flips.items():
        for year in (2019, 2020, 2021):
            rows.append(("CHN", "DEU", product, year, 9.0))
            if year not in bad:  # exports show that it could make them itself
                rows.append(("DEU", "CHN", product, year, 90.0))
    found = catenary.concentration(customs(rows), destination="DEU")
    lasting = found.persistence.set_index("product")
    assert lasting["dependent"].to_dict() == {
        "often": True, "once": False, "always": True, "long ago": False
    }  # fmt: skip
    assert lasting["dependent_years"].to_dict() == {
        "often": 2, "once": 1, "always": 3, "long ago": 0
    }  # fmt: skip
    assert (lasting["first_year"] == 2019).all()
    # years as worlds say the same
    flows = customs(rows).table("trade_flows")
    by_year = Worlds(
        {
            str(year): customs(rows).with_(
                trade_flows=flows[flows["year"] == year].drop(columns="year")
            )
            for year in (2018, 2019, 2020, 2021)
        }
    )
    again = catenary.concentration(by_year, destination="DEU")
    assert again.persistence.set_index("product")["dependent_years"].to_dict() == (
        lasting["dependent_years"].to_dict()
    )


def test_a_year_without_data_is_named() -> None:
    rows = [("CHN", "DEU", "chips", year, 9.0) for year in (2019, 2020, 2021)]
    rows += [("CHN", "FRA", "chips", year, 9.0) for year in (2019, 2021)]
    found = catenary.concentration(customs(rows))
    assert set(found.persistence["destination"]) == {"DEU"}
    assert any("FRA import nothing" in str(w) for w in found.run.warnings)
    two = catenary.concentration(customs(rows[:2]))
    assert any("only 2 years are known" in str(w) for w in two.run.warnings)


def test_trade_by_product_through_recipes() -> None:
    rows = [
        ("VNM", "DEU", "cell", 2020, 8.0),
        ("KOR", "DEU", "cell", 2020, 2.0),
        ("CHN", "VNM", "wafer", 2020, 3.0),
        ("JPN", "VNM", "wafer", 2020, 1.0),
    ]
    world = customs(rows)
    with pytest.raises(MissingDataError, match="recipes"):
        catenary.concentration(world, through=True)
    world = world.with_(recipes=pd.DataFrame({"product": ["cell"], "input": ["wafer"]}))
    found = catenary.concentration(world, through=True, destination="DEU")
    shares = found.suppliers[found.suppliers["stage"] == "wafer"].set_index("supplier")["share"]
    assert shares.to_dict() == pytest.approx({"CHN": 0.6, "JPN": 0.2, "KOR": 0.2})
    told = " ".join(map(str, found.run.warnings))
    assert "does not say what regions supply themselves" in told
    assert "20.0%" in told


def test_rows_that_repeat_or_lack_a_destination_are_named() -> None:
    rows = [("CHN", "DEU", "chips", 2020, 1.0), ("CHN", "DEU", "chips", 2020, 2.0)]
    rows.append(("CHN", "", "chips", 2020, 5.0))
    found = catenary.concentration(customs(rows))
    assert found.markets["amount"].tolist() == [3.0]
    assert found.exporters["amount"].tolist() == [8.0]
    told = " ".join(map(str, found.run.warnings))
    assert "1 rows of trade_flows repeat" in told
    assert "1 rows of trade_flows name no destination" in told


def test_bad_input_is_explained() -> None:
    with pytest.raises(MissingDataError, match="does not say who delivers"):
        catenary.concentration(World({"regions": pd.DataFrame({"id": ["DEU"]})}))
    with pytest.raises(OptionError, match="has no 'trade_flows'"):
        catenary.concentration(two_regions(), basis="trade_flows")
    with pytest.raises(OptionError, match="no region 'CCC'"):
        catenary.concentration(two_regions(), destination="CCC")
    with pytest.raises(OptionError, match="no product 'godos'") as caught:
        catenary.concentration(two_regions(), product="godos")
    assert "'goods'" in caught.value.hint
    with pytest.raises(DataError, match="no deliveries across borders"):
        catenary.concentration(serial_chain(2))  # one region only
    with pytest.raises(DataError, match="names no destination"):
        catenary.concentration(customs([("CHN", "", "chips", 2020, 1.0)]))
    with pytest.raises(SchemaError, match="out of bounds"):
        customs([("CHN", "DEU", "chips", 2020, -1.0)])
    with pytest.raises(SchemaError, match="unknown products id"):
        customs([("CHN", "DEU", "chips", 2020, 1.0)]).with_(
            trade_flows=pd.DataFrame(
                {"origin": ["CHN"], "destination": ["DEU"], "product": ["x"], "value": [1.0]}
            )
        )


@given(worlds(dense=True, traded=True), st.floats(0.0, 1.0))
@settings(max_examples=25)
def test_small_purchases_are_listed_but_no_headline(world: World, least: float) -> None:
    try:
        found = catenary.concentration(world, least=least)
    except DataError:  # nothing crosses a border
        return
    weights = found.markets.groupby("destination", observed=True)["weight"].sum()
    np.testing.assert_allclose(weights, 1.0)
    counted = int((found.markets["weight"] >= least).sum()) or len(found.markets)
    assert found.summary().startswith(f"{counted:,} purchases")
    if counted and len(found.dependence):
        rows = found.markets.astype({"destination": "str", "product": "str"})
        weight = rows.set_index(["destination", "product"])["weight"]
        pairs = found.dependence[["destination", "product"]].astype("str")
        large = [weight.loc[key] >= least for key in pairs.itertuples(index=False, name=None)]
        assert large == sorted(large, reverse=True)


def test_the_weight_is_of_all_purchases_whatever_was_chosen() -> None:
    world: Any = catenary.load("chains:pooled")
    every = catenary.concentration(world, destination="VNM").markets.set_index("product")
    one = catenary.concentration(world, destination="VNM", product="solar.wafers").markets
    assert len(one) == 1
    for row in one.to_dict("records"):
        assert row["weight"] == pytest.approx(every.loc[row["product"], "weight"])


def test_what_indicators_cannot_say_is_said() -> None:
    world = two_regions()
    plain = " ".join(catenary.concentration(world).run.warnings)
    assert "cdi2 is 1" in plain
    assert "ROW" not in plain
    parts: dict[str, Any] = {"regions": pd.DataFrame({"id": ["ROW", "BBB"]})}
    for name in ("producers", "consumers"):
        table = world.table(name).reset_index()
        parts[name] = table.assign(region=table["region"].astype("str").replace({"AAA": "ROW"}))
    rest = world.with_(parts)
    assert "ROW stands for many" in " ".join(catenary.concentration(rest).run.warnings)
