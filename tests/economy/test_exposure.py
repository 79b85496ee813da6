from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import catenary
from catenary import World
from catenary.economy.accounts import Accounts
from catenary.errors import ComputationError, MissingDataError, OptionError
from catenary.maths.paths import largest_beyond, largest_paths
from catenary.testing import networks, two_regions, worlds

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from catenary.testing.strategies import DrawnNetwork

    Array = NDArray[np.float64]

pytestmark = pytest.mark.part("5.3")


def matrix_of(table: pd.DataFrame, column: str, accounts: Accounts) -> Array:
    """Return region × partner as a matrix."""
    plain = table.astype({"region": "str", "partner": "str"})
    wide = plain.pivot_table(index="region", columns="partner", values=column)
    return wide.loc[accounts.regions, accounts.regions].to_numpy(np.float64)


@given(worlds(dense=True, traded=True))
@settings(max_examples=40)
def test_shares_are_those_of_the_full_matrix_and_sum_to_one(world: World) -> None:
    accounts = Accounts.of(world)
    result = catenary.exposure(world, paths=3)
    final = accounts.final.sum(axis=1)
    # the definition itself: LF = B diag(F 1), N × N, summed by region
    LF = accounts.inverse @ np.diag(final)  # noqa: N806
    near = (np.eye(len(final)) + accounts.coefficients) @ np.diag(final)
    member = np.eye(len(accounts.regions))[accounts.region]
    by_region, near = member.T @ LF @ member, member.T @ near @ member
    for column, expected in (
        ("look_through", (by_region / by_region.sum(axis=0)).T),
        ("face_value", (near / by_region.sum(axis=0)).T),
        ("hidden", ((by_region - near) / by_region.sum(axis=0)).T),
        ("sales_look_through", by_region / by_region.sum(axis=1)[:, None]),
        ("sales_face_value", near / by_region.sum(axis=1)[:, None]),
    ):
        found = matrix_of(result.partners, column, accounts)
        np.testing.assert_allclose(found, expected, atol=1e-9)
    ends = member.T @ (accounts.inverse @ accounts.final)
    np.testing.assert_allclose(
        matrix_of(result.partners, "ends", accounts), ends / ends.sum(axis=1)[:, None], atol=1e-9
    )
    sums = result.partners.groupby("region", observed=True)
    for column in ("look_through", "sales_look_through", "ends"):
        np.testing.assert_allclose(sums[column].sum(), 1.0)
    assert (result.partners["hidden"] >= -1e-12).all()


@given(worlds(dense=True, traded=True))
@settings(max_examples=30)
def test_every_table_tells_the_same_exposure(world: World) -> None:
    result = catenary.exposure(world, paths=0)
    regions = result.regions.set_index("region")
    other = result.partners.astype({"region": "str", "partner": "str"})
    abroad = other[other["region"] != other["partner"]].groupby("region")
    sectors = result.sectors.astype({"region": "str"}).groupby("region")
    for column in ("face_value", "look_through", "hidden"):
        for grouped in (abroad, sectors):
            found = grouped[column].sum().reindex(regions.index, fill_value=0.0)
            np.testing.assert_allclose(found, regions[column], atol=1e-12)
    # chains of a region, weighted by their production, are its exposure
    accounts = Accounts.of(world)
    chains = result.chains.set_index("producer").loc[accounts.producers]
    weight = accounts.final.sum(axis=1) * accounts.inverse.sum(axis=0)
    for number, region in enumerate(accounts.regions):
        own = accounts.region == number
        mean = (chains["look_through"].to_numpy() * weight)[own].sum() / weight[own].sum()
        assert regions.loc[region, "look_through"] == pytest.approx(mean, abs=1e-12)
    # what is hidden in sales of all is what is hidden in purchases of all, in amounts
    hidden = (regions["hidden"] * [weight[accounts.region == accounts.regions.get_loc(r)].sum()
                                   for r in regions.index]).sum()  # fmt: skip
    assert (regions["sales_hidden"] * regions["output"]).sum() == pytest.approx(hidden, abs=1e-9)


def every_path(
    A: Array,  # noqa: N803
    s: Array,
    producer: int,
    final: float,
    links: int,
) -> list[float]:
    """Return the amounts of all paths of so many links or fewer, by listing them."""
    found: list[float] = []
    reached: dict[tuple[int, ...], float] = {(producer,): final}
    for _ in range(links + 1):
        found += [weight * s[nodes[-1]] for nodes, weight in reached.items()]
        reached = {
            (*nodes, k): weight * A[k, nodes[-1]]
            for nodes, weight in reached.items()
            for k in range(len(A))
        }
    return found


@given(networks(most_products=2, most_regions=2), st.integers(0, 3), st.sampled_from([1.0, -1.0]))
@settings(max_examples=60)
def test_the_largest_paths_are_those_of_listing_them_all(
    drawn: DrawnNetwork, producer: int, sign: float
) -> None:
    count = len(drawn.final)
    A = 0.6 * drawn.flows / drawn.output[None, :]  # noqa: N806  short tails: 8 links suffice
    s = np.linspace(0.2, 1.0, count)
    s[0] *= sign  # a drawn-down stock delivers less than nothing
    A[:, 0] *= sign
    producer %= count
    found = largest_paths(A, s, producer, 10.0, 12)
    listed = every_path(A, s, producer, 10.0, links=7)
    expected = np.sort(np.abs([amount for amount in listed if amount != 0]))[::-1]
    # a path of 8 links or more carries 0.48 to the power 8 of final demand at most
    beyond = 10.0 * 0.48**8
    sizes = np.array([abs(path.amount) for path in found])
    assert (np.diff(sizes) <= 1e-12).all()
    certain = expected[:12] > beyond
    np.testing.assert_allclose(sizes[: certain.sum()], expected[:12][certain], rtol=1e-9)
    for path in found:  # and each is worth what it says
        weight = 10.0
        for buyer, supplier in zip(path.nodes, path.nodes[1:], strict=False):
            weight *= A[supplier, buyer]
        assert path.amount == pytest.approx(weight * s[path.nodes[-1]])
    assert len({path.nodes for path in found}) == len(found)


def test_all_paths_of_a_loop_sum_to_the_total_requirement() -> None:
    A = np.array([[0.2, 0.1], [0.1, 0.2]])  # noqa: N806
    s = np.array([0.7, 0.7])
    total = s @ np.linalg.solve(np.eye(2) - A, np.array([5.0, 0.0]))
    found = largest_paths(A, s, 0, 5.0, 3000)
    assert sum(path.amount for path in found) == pytest.approx(total, rel=1e-4)
    assert max(len(path.nodes) for path in found) > 10


def test_without_loops_the_search_ends_and_a_growing_loop_is_refused() -> None:
    chain = np.diag([0.5, 0.5], 1)
    assert len(largest_paths(chain, np.ones(3), 2, 1.0, 100)) == 3
    assert largest_paths(chain, np.zeros(3), 2, 1.0, 100) == []
    with pytest.raises(ComputationError, match="no largest path"):
        largest_beyond(np.array([[1.1]]), np.ones(1))


@given(worlds(dense=True, traded=True))
@settings(max_examples=20)
def test_suppliers_and_paths_lead_to_one_product(world: World) -> None:
    accounts = Accounts.of(world)
    target = str(accounts.producers[-1])
    result = catenary.exposure(world, producer=target, paths=400, stressor="value_added")
    final = accounts.final[-1].sum()
    assert result.suppliers["look_through"].sum() == pytest.approx(1.0)
    assert result.suppliers["amount"].sum() == pytest.approx(accounts.inverse[:, -1].sum() * final)
    # value added of all paths is final demand itself
    assert result.paths["cumulated"].max() <= 1 + 1e-9
    np.testing.assert_allclose(result.paths["share"] * final, result.paths["amount"], atol=1e-300)
    assert result.paths["path"].str.endswith(target).all()
    abroad = catenary.exposure(world, producer=target, paths=5, begin="abroad").paths
    assert not (abroad["origin"].astype("str") == target.partition(".")[0]).any()


def test_wiod_is_quick_and_a_group_hides_its_inner_trade(shared: Path) -> None:
    world = catenary.read("wiod", shared / "data" / "wiod2013", year=2011)
    apart, merged = catenary.exposure(world), catenary.exposure(world, merge="EU27", paths=0)
    assert len(apart.regions) == 41
    assert "EU27" in set(merged.regions["region"])
    one = merged.regions.set_index("region")["look_through"].to_dict()["EU27"]
    assert one < apart.regions.set_index("region")["look_through"].to_dict()["DEU"]
    # Baldwin, Freeman & Theodorakopoulos (2023): the exposure of the USA at face value is a
    # fraction of what looking through shows, and China is its largest foreign partner
    usa = apart.partners[apart.partners["region"].astype("str") == "USA"]
    foreign = usa[~usa["partner"].astype("str").isin(["USA", "ROW"])]
    assert str(foreign["partner"].iloc[0]) == "CHN"
    assert foreign["look_through"].iloc[0] > 2 * foreign["face_value"].iloc[0]
    assert not any(table.isna().to_numpy().any() for table in apart.tables.values())
    assert len(apart.paths) == 20


def test_bad_input_is_named() -> None:
    with pytest.raises(OptionError, match=r"no producer 'AAA\.good'") as caught:
        catenary.exposure(two_regions(), producer="AAA.good")
    assert "AAA.goods" in caught.value.hint
    with pytest.raises(OptionError, match="no stressor 'co3'"):
        catenary.exposure(two_regions(), stressor="co3")
    with pytest.raises(MissingDataError, match="this world has no"):
        catenary.exposure(catenary.load("chains"))  # type: ignore[arg-type]
    one = two_regions().with_(
        regions=pd.DataFrame({"id": ["G", "AAA", "BBB"], "parent": ["", "G", "G"]})
    )
    alone = catenary.exposure(one, merge="G")
    assert alone.regions["look_through"].tolist() == pytest.approx([0.0])
    assert any("only one region" in told for told in alone.run.warnings)
