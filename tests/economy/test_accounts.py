from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import catenary
from catenary import Matrix, World, Worlds
from catenary.catalogue import ANALYSES
from catenary.economy.accounts import Accounts
from catenary.errors import ComputationError, DataError, OptionError
from catenary.maths.iterative import IterativeSystem
from catenary.maths.leontief import LeontiefSystem
from catenary.testing import two_regions, worlds

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

pytestmark = pytest.mark.part("5.1")


@given(worlds(dense=True))
@settings(max_examples=30)
def test_what_is_sold_is_bought_or_earned(world: World) -> None:
    accounts = Accounts.of(world)
    np.testing.assert_allclose(
        accounts.flows.sum(axis=0) + accounts.value_added, accounts.output, rtol=1e-12
    )
    assert accounts.value_added.sum() == pytest.approx(accounts.final.sum())
    np.testing.assert_allclose(
        accounts.inverse @ accounts.final.sum(axis=1), accounts.output, rtol=1e-9
    )
    home = accounts.by_region(accounts.exports)[np.arange(len(accounts.regions)), :]
    assert not np.diag(home).any()


def test_merged_regions_do_not_export_to_each_other(shared: Path) -> None:
    world = catenary.read("wiod", shared / "data" / "wiod2013", year=2011)
    assert isinstance(world, World)
    plain, merged = Accounts.of(world), Accounts.of(world, merge="EU27")
    inside = plain.regions.isin(["DEU", "FRA", "AUT"])
    assert "EU27" in merged.regions
    assert not merged.regions.isin(["DEU", "FRA", "AUT"]).any()
    assert inside.sum() == 3
    np.testing.assert_allclose(merged.final.sum(axis=1), plain.final.sum(axis=1))
    assert merged.exports.sum() < plain.exports.sum()
    outside = merged.regions.get_loc("USA")
    np.testing.assert_allclose(
        merged.exports[:, outside], plain.exports[:, plain.regions.get_loc("USA")]
    )


def test_groups_of_the_world_come_first_and_may_not_overlap() -> None:
    world = two_regions().with_(
        regions=pd.DataFrame({"id": ["G", "AAA", "BBB"], "parent": ["", "G", "G"]})
    )
    assert "G" in Accounts.of(world, merge="G").regions
    with pytest.raises(OptionError, match="no group of regions 'EU28'") as caught:
        Accounts.of(world, merge="EU28")
    assert "EU27" in caught.value.hint
    with pytest.raises(OptionError, match="no region of this world belongs to EU27"):
        Accounts.of(world, merge="EU27")
    both = two_regions().with_(
        regions=pd.DataFrame({"id": ["G", "H", "AAA", "BBB"], "parent": ["", "", "G", "G;H"]})
    )
    with pytest.raises(OptionError, match="H shares BBB"):
        Accounts.of(both, merge="G,H")


def test_what_does_not_balance_is_said() -> None:
    world = two_regions()
    ids = world.ids("producers")
    stated = Matrix(np.array([[4.0, 6.0]]), ["wages"], ids, "USD/year")
    warning = Accounts.of(world.with_(value_added=stated)).warnings
    assert len(warning) == 1
    assert "BBB.goods" in warning[0]
    assert not Accounts.of(
        world.with_(value_added=Matrix([[4.0, 5.0]], ["wages"], ids, "USD/year"))
    ).warnings


def test_negative_value_added_and_idle_buyers_are_said() -> None:
    world = two_regions()
    ids, users = world.ids("producers"), world.ids("consumers")
    dear = world.with_(intermediate=Matrix([[8.0, 15.0], [4.0, 2.0]], ids, ids, "USD/year"))
    assert "negative value added" in Accounts.of(dear).warnings[0]
    idle = world.with_(
        intermediate=Matrix([[8.0, 5.0], [0.0, 0.0]], ids, ids, "USD/year"),
        final=Matrix([[3.0, 0.0], [0.0, 0.0]], ids, users, "USD/year"),
    )
    accounts = Accounts.of(idle)
    assert "(BBB.goods)" in accounts.warnings[0]
    assert np.isfinite(accounts.inverse).all()
    drawn = world.with_(final=Matrix([[3.0, 0.0], [0.0, -9.0]], ids, users, "USD/year"))
    with pytest.raises(DataError, match=r"BBB\.goods"):
        Accounts.of(drawn)


def endless() -> World:
    """Return a world whose second producer needs 1.5 of its own product to make 1."""
    world = two_regions()
    ids, users = world.ids("producers"), world.ids("consumers")
    return world.with_(
        intermediate=Matrix([[1.0, 0.0], [2.0, 15.0]], ids, ids, "USD/year"),
        final=Matrix([[4.0, 0.0], [0.0, -7.0]], ids, users, "USD/year"),
    )


@given(
    hnp.arrays(float, (5, 5), elements=st.floats(0, 1)), st.sampled_from([0.2, 0.5, 1.0, 2.0, 4.0])
)
def test_a_system_is_refused_exactly_where_inputs_grow_without_end(
    shares: NDArray[np.float64], size: float
) -> None:
    coefficients = shares * size / 5
    radius = np.abs(np.linalg.eigvals(coefficients)).max()
    assume(abs(radius - 1) > 1e-6)
    names = list("abcde")
    output = np.ones(5)
    group = np.zeros(5, np.int64)
    if radius < 1:
        plain = LeontiefSystem(coefficients, names).output_for(output)
        swept = IterativeSystem(coefficients, output, group, names).output_for(output)
        assert (plain >= 1).all()
        np.testing.assert_allclose(swept, plain, rtol=1e-8)
        return
    with pytest.raises(ComputationError, match="takes"):
        LeontiefSystem(coefficients, names)
    with pytest.raises(ComputationError):
        IterativeSystem(coefficients, output, group, names).output_for(output)


def test_negative_flows_alone_are_no_reason_to_refuse_a_system() -> None:
    coefficients = np.array([[0.0, -3.0], [0.0, 0.0]])
    found = LeontiefSystem(coefficients).output_for(np.array([1.0, 1.0]))
    np.testing.assert_allclose(found, [-2.0, 1.0])
    swept = IterativeSystem(coefficients, np.ones(2), np.arange(2)).output_for(np.ones(2))
    np.testing.assert_allclose(swept, [-2.0, 1.0])


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("value_added", {}),
        ("position", {}),
        ("linkages", {}),
        ("exposure", {}),
        ("extraction", {"target": "AAA"}),
        ("footprint", {}),
        ("budgets", {}),
        ("border_carbon", {"price": 1, "importer": "AAA", "scope": "chain"}),
        ("stages", {}),
        ("index", {"days": 10}),
    ],
)
def test_every_analysis_names_who_needs_more_of_its_product_than_it_makes(
    name: str, options: dict[str, Any]
) -> None:
    with pytest.raises(ComputationError, match=r"BBB\.goods"):
        getattr(catenary, name)(endless(), **options)


def test_so_does_the_decomposition() -> None:
    years = Worlds({"a": two_regions(), "b": endless()})
    with pytest.raises(ComputationError, match=r"BBB\.goods takes 1\.5 "):
        catenary.decomposition(years)


def test_a_region_that_is_only_a_group_is_no_region() -> None:
    world = two_regions()
    grouped = world.with_(
        regions=pd.DataFrame({"id": ["G", "AAA", "BBB"], "parent": ["", "G", "G"]})
    )
    assert list(Accounts.of(grouped).regions) == ["AAA", "BBB"]
    assert list(Accounts.of(grouped, merge="G").regions) == ["G"]
    for name in ("value_added", "footprint", "budgets"):
        plain, found = (getattr(catenary, name)(one).tables for one in (world, grouped))
        for table in plain:
            left, right = (
                frame[table].astype(dict.fromkeys(frame[table].select_dtypes("category"), "str"))
                for frame in (plain, found)
            )
            pd.testing.assert_frame_equal(left, right)
    plain, found = (catenary.index(one, days=20).scores for one in (world, grouped))
    pd.testing.assert_frame_equal(plain, found)


def test_products_in_another_unit_than_the_flows_are_said() -> None:
    world = two_regions()
    assert Accounts.of(world).warnings == ()
    tonnes = world.with_(products=pd.DataFrame({"id": ["goods"], "unit": ["t"]}))
    assert any("counted in t" in text for text in Accounts.of(tonnes).warnings)


def test_worlds_in_unlike_units_are_said() -> None:
    world = two_regions()
    ids = world.ids("producers")
    other = world.with_(stressors=Matrix([[1.0, 2.0]], ["nox"], ids, "kt/year"))
    alike = catenary.footprint(Worlds({"2005": world, "2006": world}))
    assert alike.run.warnings == ()
    told = catenary.footprint(Worlds({"2005": world, "2011": other})).run.warnings
    assert any("kt/year in 2011" in text for text in told)
    assert any("nox in 2011" in text for text in told)
    both = Matrix([[1.0, 2.0], [8.0, 4.0]], ["nox", "co2"], ids, "t/year")
    named = Worlds({"2005": world, "2006": world.with_(stressors=both)})
    assert any("nox in 2006" in text for text in catenary.footprint(named).run.warnings)
    assert catenary.footprint(named, stressor="co2").run.warnings == ()


def grouped(world: World, parents: list[str]) -> World:
    """Return a world whose regions belong to groups."""
    ids = list(world.ids("regions"))
    names = [name for name in dict.fromkeys(parents) if name]
    return world.with_(
        regions=pd.DataFrame(
            {"id": [*ids, *names], "parent": [*parents[: len(ids)], *("" for _ in names)]}
        )
    )


@given(worlds(dense=True, traded=True))
@settings(max_examples=20)
def test_groups_of_one_member_change_names_only(world: World) -> None:
    ids = list(world.ids("regions"))
    alone = grouped(world, [f"G{one}" for one in ids])
    merge = ",".join(f"G{one}" for one in ids)
    plain = Accounts.of(world)
    merged = Accounts.of(alone, merge=merge, industries=True)
    assert list(merged.producers) == [f"G{one}" for one in plain.producers]
    np.testing.assert_allclose(merged.flows, plain.flows)
    for name, columns in (
        ("position", ["upstreamness", "downstreamness"]), ("linkages", ["backward", "forward"]),
    ):  # fmt: skip
        one = ANALYSES[name](world).tables["producers"].set_index("producer")[columns]
        two = ANALYSES[name](alone, merge=merge).tables["producers"]
        two = two.set_index("producer")[columns]
        two.index = two.index.str.removeprefix("G")
        pd.testing.assert_frame_equal(one, two.loc[one.index], check_names=False)


@given(worlds(dense=True, traded=True), st.integers(1, 3))
@settings(max_examples=30)
def test_industries_of_a_group_are_the_sums_of_its_members(world: World, size: int) -> None:
    ids = list(world.ids("regions"))
    group = grouped(world, ["G" if place < size else "" for place in range(len(ids))])
    plain = Accounts.of(group, merge="G")
    merged = Accounts.of(group, merge="G", industries=True)
    assert merged.producers.is_unique
    goods = sorted(group.ids("products"))
    assert sorted(merged.producers[merged.region == merged.regions.get_loc("G")]) == [
        f"G.{one}" for one in goods
    ]
    for name in ("output", "value_added", "final"):
        np.testing.assert_allclose(
            merged.by_region(getattr(merged, name)), plain.by_region(getattr(plain, name)),
            atol=1e-12,
        )  # fmt: skip
    assert merged.flows.sum() == pytest.approx(plain.flows.sum())
    caused = np.arange(1.0, len(plain.producers) + 1)
    np.testing.assert_allclose(
        merged.by_region(merged.of_producers(caused)), plain.by_region(caused)
    )
    # who sells to whom by region and product stays as it was
    for one, other in ((merged, plain), (plain, merged)):
        lost = {
            (str(one.regions[r]), str(one.products[p]))
            for r, p in zip(one.region, one.product, strict=True)
        } - {
            (str(other.regions[r]), str(other.products[p]))
            for r, p in zip(other.region, other.product, strict=True)
        }
        assert not lost


def test_the_car_industry_of_the_union_can_be_asked_for(shared: Path) -> None:
    world = catenary.read("wiod", shared / "data" / "wiod2013", year=2011)
    result = catenary.exposure(world, producer="EU27.c15", merge="EU27", paths=3)
    assert set(result.paths["producer"]) == {"EU27.c15"}
    names = set(result.chains["producer"])
    assert "DEU.c15" not in names
    assert {"EU27.c15", "USA.c15"} <= names
    gone = catenary.extraction(world, target="EU27.c15", merge="EU27")
    members = Accounts.of(world, merge="EU27")
    own = members.regions[members.region] + "." + members.products[members.product] == "EU27.c15"
    added = gone.producers.set_index("producer").loc["EU27.c15", "value_added"]
    assert added == pytest.approx(members.value_added[own].sum())
    stocks = catenary.position(world, merge="EU27", inventories="inventories")
    assert "EU27.c15" in set(stocks.producers["producer"])
    assert "EU27.c15" in set(catenary.linkages(world, merge="EU27").producers["producer"])
    # Croatia is no region of this table
    told = " ".join(gone.run.warnings)
    assert "1 of the 27 members of EU27" in told or "members of EU27" not in told


def test_absent_members_of_a_group_are_named_once() -> None:
    world = two_regions().with_(regions=pd.DataFrame({"id": ["AAA", "BBB", "DEU", "ROW"]}))
    for result in (
        catenary.value_added(world, merge="EU27"),
        catenary.footprint(world, destination="EU27"),
        catenary.extraction(world, target="EU27"),
        catenary.concentration(world, merge="EU27"),
        catenary.stages(world, merge="EU27"),
    ):
        told = [one for one in result.run.warnings if "26 of the 27 members of EU27" in one]
        assert len(told) == 1, result.run
        assert "AUT" in told[0]
        assert "ROW" in told[0]


def test_trade_inside_a_group_is_said_to_be_extracted() -> None:
    world = grouped(two_regions(), ["G", "G"])
    told = catenary.extraction(world, target="G", extract="exports").run.warnings
    assert any("sell each other" in one for one in told)
    for calm in (
        catenary.extraction(world, target="G", extract="sales"),
        catenary.extraction(world, target="AAA", extract="exports"),
    ):
        assert not any("sell each other" in one for one in calm.run.warnings)


def test_a_country_written_by_its_name_is_recognised() -> None:
    world = two_regions().with_(regions=pd.DataFrame({"id": ["AAA", "BBB", "DEU"]}))
    for call in (
        lambda: catenary.value_added(world, exporter="Germany"),
        lambda: catenary.footprint(world, origin="Germany"),
        lambda: catenary.extraction(world, target="Germany"),
        lambda: catenary.border_carbon(world, price=80, importer="Germany"),
    ):
        with pytest.raises(OptionError) as caught:
            call()
        assert "DEU" in caught.value.hint
