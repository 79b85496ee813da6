from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

import catenary
from catenary import World, Worlds
from catenary.economy.accounts import Accounts
from catenary.errors import ComputationError, DataError, MissingDataError, OptionError

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    Array = NDArray[np.float64]

pytestmark = pytest.mark.part("5.7")


def exporting(X: Array, **more: object) -> World:  # noqa: N803
    """Return a world in which region k exports X[k]."""
    rows, columns = np.indices(np.shape(X))
    regions = [f"R{k}" for k in range(np.shape(X)[0])]
    products = [f"p{k}" for k in range(np.shape(X)[1])]
    flows = pd.DataFrame(
        {
            "origin": [regions[k] for k in rows.ravel()],
            "product": [products[k] for k in columns.ravel()],
            "value": np.asarray(X, float).ravel(),
            **more,
        }
    )
    return World(
        {
            "regions": pd.DataFrame({"id": regions}),
            "products": pd.DataFrame({"id": products}),
            "trade_flows": flows,
        }
    )


NESTED = np.array([[1.0, 1, 1, 1], [1, 1, 1, 0], [1, 1, 0, 0], [1, 0, 0, 0]])
JOINED = NESTED * np.array([[4.0], [3], [2], [1]]) + np.eye(4)
"""Exports that hang together."""


def real(shared: Path) -> World:
    """Return exports of 226 countries in 785 products."""
    trade = pd.read_parquet(
        shared / "data" / "econ_complexity" / "world_trade_avg_1998_2000_sitc2.parquet"
    ).rename(columns={"country": "origin"})
    return World(
        {
            "regions": pd.DataFrame({"id": trade["origin"].unique()}),
            "products": pd.DataFrame({"id": trade["product"].unique()}),
            "trade_flows": trade,
        }
    )


def pooled() -> World:
    """Return the chains under one sourcing pattern."""
    chains = catenary.load("chains")
    assert isinstance(chains, Worlds)
    return chains["pooled"]


def test_fitness_of_the_r_package(shared: Path) -> None:
    found = catenary.complexity(real(shared), iterations=19)
    folder = shared / "data" / "econ_complexity"
    for name, table, column in (("eci", found.regions, "fitness"), ("pci", found.products, None)):
        path = folder / f"{name}_reference.csv"
        theirs = pd.read_csv(path, dtype={"dim_0": str}, keep_default_na=False)
        expected = theirs.set_index("dim_0")[name].astype(float)
        ours = table.set_index(table.columns[0])[column or "complexity"]
        np.testing.assert_allclose(ours, expected[ours.index], rtol=1e-12)


def test_real_exports_have_the_order_that_is_known(shared: Path) -> None:
    found = catenary.complexity(real(shared))
    assert not found.run.warnings
    eci = found.regions.set_index("region")["eci"]
    assert eci.mean() == pytest.approx(0, abs=1e-9)
    assert eci.std(ddof=0) == pytest.approx(1)
    assert eci["jpn"] > eci["deu"] > eci["bra"] > eci["nga"]
    # PCI is the mean index of those who have the product
    pairs = found.pairs.astype({"region": "str", "product": "str"})
    has = pairs[pairs["present"]]
    mean = has["region"].map(eci).groupby(has["product"]).mean()
    pci = found.products.set_index("product")["pci"]
    np.testing.assert_allclose(mean[pci.index], pci, atol=1e-9)
    assert len(pairs) == 226 * 785
    assert pairs["density"].between(0, 1).all()
    diversity = found.regions.set_index("region")["diversity"]
    assert np.corrcoef(eci[diversity.index], diversity)[0, 1] > 0


def test_names_and_order_change_nothing() -> None:
    # each has what the one before has, less one
    X = JOINED  # noqa: N806
    plain = catenary.complexity(exporting(X, note="same"))
    world = exporting(X)
    flows = world.table("trade_flows").sample(frac=1, random_state=3)
    turned = catenary.complexity(world.with_(trade_flows=flows.reset_index(drop=True)))
    pd.testing.assert_frame_equal(turned.regions, plain.regions)
    scaled = catenary.complexity(exporting(X * 7))
    np.testing.assert_allclose(scaled.regions["eci"], plain.regions["eci"])


def test_an_input_output_table_exports_too(shared: Path) -> None:
    world = catenary.read("wiod", shared / "data" / "wiod2013", year=2011)
    found = catenary.complexity(world)
    accounts = Accounts.of(world)
    exports = pd.Series(
        accounts.by_region(np.maximum(accounts.exports, 0.0).sum(axis=1)), accounts.regions
    )
    ours = found.regions.set_index("region")["exports"]
    np.testing.assert_allclose(ours, exports[ours.index])
    merged = catenary.complexity(world, merge="EU27")
    assert "EU27" in set(merged.regions["region"])
    inside = merged.regions.set_index("region").loc["EU27", "exports"]
    assert inside < sum(ours[name] for name in ("DEU", "FRA", "ITA", "ESP", "NLD", "POL"))


def test_chains_stand_in_what_regions_make() -> None:
    chains = catenary.load("chains")
    assert isinstance(chains, Worlds)
    found = catenary.complexity(chains)
    assert set(found.regions["world"]) == {"pooled", "home-first"}
    assert any("stands for what they export" in str(w) for w in found.run.warnings)
    assert not found.products["product"].str.endswith("end_use").any()
    one = found.regions[found.regions["world"] == "pooled"]["eci"].to_numpy()
    np.testing.assert_array_equal(
        one, found.regions[found.regions["world"] == "home-first"]["eci"].to_numpy()
    )


def test_who_exports_nothing_is_named() -> None:
    X = np.zeros((5, 5))  # noqa: N806
    X[:4, :4] = JOINED
    found = catenary.complexity(exporting(X))
    told = " ".join(map(str, found.run.warnings))
    assert "(R4)" in told
    assert "(p4)" in told
    assert "R4" not in set(found.regions["region"])
    assert found.regions["eci"].notna().all()


def test_parts_that_share_no_product_are_not_compared() -> None:
    X = np.zeros((6, 6))  # noqa: N806
    X[:4, :4] = NESTED
    X[4:, 4:] = 1
    found = catenary.complexity(exporting(X))
    blank = found.regions[found.regions["eci"].isna()]["region"]
    assert set(blank) == {"R4", "R5"}
    assert any("2 groups that share no product" in str(w) for w in found.run.warnings)
    assert found.products["pci"].isna().sum() == 2
    rest = found.pairs["region"].isin(["R4", "R5"])
    assert found.pairs.loc[rest, "gain"].isna().all()
    assert found.pairs["density"].notna().all()


def test_the_year_meant_is_said() -> None:
    first, last = JOINED, JOINED[::-1]
    worlds = [
        exporting(X).table("trade_flows").assign(year=y) for X, y in ((first, 1999), (last, 2000))
    ]
    world = exporting(last).with_(trade_flows=pd.concat(worlds, ignore_index=True))
    found = catenary.complexity(world)
    assert any("the last is used, 2000" in str(w) for w in found.run.warnings)
    expected = catenary.complexity(exporting(first)).regions
    pd.testing.assert_frame_equal(catenary.complexity(world, year=1999).regions, expected)
    with pytest.raises(OptionError, match="no year 1980") as caught:
        catenary.complexity(world, year=1980)
    assert "1999 and 2000" in caught.value.hint


def test_bad_input_is_explained() -> None:
    with pytest.raises(DataError, match="no region exports anything"):
        catenary.complexity(exporting(np.zeros((3, 3))))
    with pytest.raises(ComputationError, match="hang together"):
        catenary.complexity(exporting(np.eye(4)))
    with pytest.raises(ComputationError, match="all regions have the same products"):
        catenary.complexity(exporting(np.ones((3, 3))))
    with pytest.raises(MissingDataError, match="does not say which region"):
        catenary.complexity(World({"regions": pd.DataFrame({"id": ["DEU"]})}))
    with pytest.raises(OptionError, match="no region 'XXX'"):
        catenary.complexity(exporting(NESTED), region="XXX")
    with pytest.raises(OptionError, match="of one year"):
        catenary.complexity(pooled(), year=2011)


def test_a_partner_is_nearer_to_what_is_missing(shared: Path) -> None:
    world = real(shared)
    space = catenary.complexity(world)
    pairs = space.pairs.astype({"region": "str", "product": "str"})
    near = pairs.pivot_table(index="region", columns="product", values="density")
    found = catenary.partners(world, target="vnm", product="7764,7781", having=False)
    for row in found.pairs.head(50).to_dict("records"):
        density = near[str(row["product"])]
        difference = density[str(row["partner"])] - density["vnm"]
        assert row["complementarity"] == pytest.approx(difference)
    assert found.matches["partner"].is_unique
    assert set(found.matches["product"]) == {"7764", "7781"}
    # no other pair of partners is worth more
    table = found.pairs.astype({"product": "str", "partner": "str"}).pivot_table(
        index="product", columns="partner", values="complementarity"
    ).to_numpy()  # fmt: skip
    best = (table[0][:, None] + table[1][None, :])[~np.eye(table.shape[1], dtype=bool)].max()
    assert found.matches["complementarity"].sum() == pytest.approx(best)


def test_products_missing_are_those_that_open_most() -> None:
    world = exporting(JOINED)
    found = catenary.partners(world, target="R3", most=2, having=False)
    gains = catenary.complexity(world, region="R3").pairs
    expected = gains[~gains["present"]].nlargest(2, "gain")["product"]
    assert set(found.pairs["product"].astype("str")) == set(expected.astype("str"))
    having = catenary.partners(world, target="R3")
    assert having.matches["partner_has"].all()
    both = catenary.partners(world, target="R3", each=3, having=False)
    assert both.matches["complementarity"].sum() >= found.matches["complementarity"].sum() - 1e-12


def test_partners_for_a_stage_of_a_chain() -> None:
    found = catenary.partners(pooled(), target="MYS", product="solar.wafers")
    assert found.matches["product"].tolist() == ["solar.wafers"]
    assert found.pairs["partner_has"].any()
    with pytest.raises(OptionError, match="'XYZ' is no region"):
        catenary.partners(pooled(), target="XYZ")
    with pytest.raises(DataError, match="lacks none of"):
        catenary.partners(pooled(), target="CHN", product="solar.wafers")
    with pytest.raises(OptionError, match="needs the option 'target'"):
        catenary.partners(pooled())  # type: ignore[call-arg]


@pytest.mark.parametrize("size", [(3, 2), (4, 4), (5, 7), (8, 3)])
def test_regions_that_all_have_the_same_are_refused_without_ado(size: tuple[int, int]) -> None:
    with pytest.raises(ComputationError, match="all regions have the same products"):
        catenary.complexity(exporting(np.ones(size)))
    with pytest.raises(ComputationError, match="all regions have the same products"):
        catenary.partners(exporting(np.ones(size)), target="R0", product="p0")


def test_a_tiny_unit_changes_no_index() -> None:
    plain, tiny = (catenary.complexity(exporting(NESTED * unit)) for unit in (1.0, 1e-200))
    pd.testing.assert_series_equal(plain.regions["eci"], tiny.regions["eci"])
