from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings

import catenary
from catenary import Matrix, World
from catenary.economy.accounts import Accounts
from catenary.errors import DataError, MissingDataError, OptionError
from catenary.maths.leontief import LeontiefSystem
from catenary.maths.position import propagation_lengths, without_stocks
from catenary.testing import two_regions, worlds

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.part("5.2")

TABLES = ("producers", "regions", "products")


def check_means(table: pd.DataFrame) -> None:
    """Assert that mean upstreamness, mean downstreamness and output over GDP are one number."""
    gdp = table["value_added"].sum()
    assert table["final"].sum() == pytest.approx(gdp, rel=1e-9)
    mean = table["output"].sum() / gdp
    for measure, weight in (("upstreamness", "value_added"), ("downstreamness", "final")):
        found = (table[measure] * table[weight]).sum() / table[weight].sum()
        assert found == pytest.approx(mean, rel=1e-9)


@given(worlds(dense=True, traded=True))
@settings(max_examples=40)
def test_both_means_are_output_over_gdp_at_every_level(world: World) -> None:
    result = catenary.position(world)
    for name in TABLES:
        check_means(result.tables[name])
        assert result.tables[name]["upstreamness"].min() >= 1 - 1e-9
        assert result.tables[name]["downstreamness"].min() >= 1 - 1e-9


@given(worlds(dense=True, traded=True))
@settings(max_examples=30)
def test_stages_are_counted_delivery_by_delivery(world: World) -> None:
    accounts = Accounts.of(world)
    stages = catenary.position(world, lengths="producer")
    made = stages.producers.set_index("producer").loc[accounts.producers]
    # U = Σ n (share of output that is used after n deliveries), by multiplying out the series
    share = accounts.flows / accounts.output[:, None]
    reach, up = accounts.final.sum(axis=1) / accounts.output, np.zeros(len(share))
    for stage in range(1, 2000):
        up += stage * reach
        reach = share @ reach
    np.testing.assert_allclose(made["upstreamness"], up, rtol=1e-6)
    # average propagation length = Σ n Aⁿ / Σ Aⁿ
    power, weighted, total = accounts.coefficients, np.zeros_like(share), np.zeros_like(share)
    for round_ in range(1, 2000):
        weighted += round_ * power
        total += power
        power = power @ accounts.coefficients
    found = stages.lengths.astype({"supplier": "str", "buyer": "str"})
    expected = pd.DataFrame(
        np.divide(weighted, total, out=np.zeros_like(total), where=total > 0),
        accounts.producers, accounts.producers,
    )  # fmt: skip
    np.testing.assert_allclose(
        found["length"],
        [expected.loc[a, b] for a, b in zip(found["supplier"], found["buyer"], strict=True)],
        rtol=1e-6,
    )
    assert len(found) == np.count_nonzero(total > 1e-14)


def test_lengths_of_dietzenbacher_and_romero_are_symmetric_in_cost_and_demand() -> None:
    # a cost push (Ghosh) and a demand pull (Leontief) take the same number of rounds
    rng = np.random.default_rng(1)
    flows = rng.random((5, 5))
    x = flows.sum(axis=1) + 2.0
    leontief, _ = propagation_lengths(LeontiefSystem(flows / x[None, :]), 5)
    ghosh, _ = propagation_lengths(LeontiefSystem(flows / x[:, None]), 5)
    np.testing.assert_allclose(leontief, ghosh)


@given(worlds(dense=True, traded=True))
@settings(max_examples=30)
def test_order_of_labels_does_not_matter(world: World) -> None:
    ids = world.ids("producers")
    order = np.random.default_rng(2).permutation(len(ids))
    turned = world.with_(
        producers=world.table("producers").iloc[order],
        intermediate=world.matrix("intermediate").aligned_to(ids[order], ids[order]),
    )
    one, other = catenary.position(world), catenary.position(turned)
    for name in TABLES:
        key = name.removesuffix("s")
        columns = ["upstreamness", "downstreamness"]
        left = one.tables[name].astype({key: "str"}).set_index(key)[columns].sort_index()
        right = other.tables[name].astype({key: "str"}).set_index(key)[columns].sort_index()
        pd.testing.assert_frame_equal(left, right, rtol=1e-9)


def with_stocks(added: float) -> World:
    """Return two regions that put some of their output into stocks."""
    world = two_regions()
    ids = world.ids("producers")
    users = ["AAA.use", "AAA.stocks", "BBB.use"]
    return world.with_(
        consumers=pd.DataFrame(
            {"id": users, "region": ["AAA", "AAA", "BBB"],
             "category": ["households", "stocks", "households"]}
        ),
        final=Matrix([[3.0 - added, added, 0.0], [0.0, 0.0, 6.0]], ids, users, "USD/year"),
    )  # fmt: skip


def test_stocks_are_spread_over_all_other_uses() -> None:
    plain = catenary.position(two_regions()).producers.set_index("producer")["upstreamness"]
    ignored = catenary.position(with_stocks(1.0)).producers.set_index("producer")["upstreamness"]
    pd.testing.assert_series_equal(plain, ignored)
    result = catenary.position(with_stocks(1.0), inventories="stocks")
    found = result.producers.set_index("producer")["upstreamness"]
    # Z of AAA is multiplied by 16 / (16 − 1); solved by hand: (I − x̂⁻¹ Z')⁻¹ 1
    share = np.array([[8 / 15, 5 / 15], [4 / 12, 2 / 12]])
    expected = np.linalg.solve(np.eye(2) - share, np.ones(2))
    np.testing.assert_allclose(found[["AAA.goods", "BBB.goods"]], expected)
    for name in TABLES:
        check_means(result.tables[name])
    # nothing in stocks changes nothing
    nothing = catenary.position(with_stocks(0.0), inventories="stocks").producers
    pd.testing.assert_series_equal(nothing.set_index("producer")["upstreamness"], plain, rtol=1e-12)


def test_what_all_goes_into_stocks_stays_as_it_is_and_is_said() -> None:
    flows, kept = without_stocks(np.zeros((2, 2)), np.array([4.0, 4.0]), np.array([4.0, 0.0]))
    assert kept.tolist() == [True, False]
    assert np.isfinite(flows).all()
    world = with_stocks(0.0)
    ids = world.ids("producers")
    all_kept = world.with_(
        intermediate=Matrix([[0.0, 0.0], [4.0, 2.0]], ids, ids, "USD/year"),
        final=Matrix([[0.0, 16.0, 0.0], [0.0, 0.0, 6.0]], ids, world.ids("consumers"), "USD/year"),
    )
    result = catenary.position(all_kept, inventories="stocks")
    assert any("AAA.goods" in told and "stocks" in told for told in result.run.warnings)


def test_wiod_means_hold_and_a_group_is_one_region(shared: Path) -> None:
    world = catenary.read("wiod", shared / "data" / "wiod2013", year=2011)
    result = catenary.position(world)
    for name in TABLES:
        check_means(result.tables[name])
    # every idle industry is left out by name, and no number is missing
    assert any("make nothing and are left out" in told for told in result.run.warnings)
    assert not any(table.isna().to_numpy().any() for table in result.tables.values())
    # Antràs & Chor (2018), fig. 1: China is the most upstream of the large economies
    top = result.regions.set_index("region")["upstreamness"]
    assert top.loc["CHN"] > top.loc[["USA", "DEU", "JPN", "IND", "BRA"]].max()
    merged = catenary.position(world, merge="EU27", inventories="inventories")
    assert "EU27" in set(merged.regions["region"])
    assert not set(merged.regions["region"]) & {"DEU", "FRA"}
    for name in TABLES:
        check_means(merged.tables[name])
    assert "EU27.c15" in set(merged.producers["producer"])


def test_bad_input_is_named() -> None:
    with pytest.raises(OptionError, match="no consumer of this world has the category") as caught:
        catenary.position(with_stocks(1.0), inventories="stock")
    assert "stocks" in caught.value.hint
    with pytest.raises(MissingDataError, match="intermediate"):
        catenary.position(two_regions().without("intermediate"))
    world = two_regions()
    ids, users = world.ids("producers"), world.ids("consumers")
    empty = world.with_(
        intermediate=Matrix(np.zeros((2, 2)), ids, ids, "USD/year"),
        final=Matrix(np.zeros((2, 2)), ids, users, "USD/year"),
    )
    with pytest.raises(DataError, match="no producer of this world makes anything"):
        catenary.position(empty)
