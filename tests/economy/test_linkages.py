from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import catenary
from catenary import Matrix, World
from catenary.economy.accounts import Accounts
from catenary.errors import OptionError
from catenary.formats.industry import IndustryTable, industry_world
from catenary.maths.linkages import ghosh_inverse
from catenary.testing import two_regions, worlds

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.part("5.5")

Extract = Literal["all", "sales", "purchases", "exports", "imports"]


def miller_and_blair() -> World:
    """Return the two sectors of Miller & Blair (2009), section 2.3."""
    ids = ["AAA.one", "AAA.two"]
    return World(
        {
            "regions": pd.DataFrame({"id": ["AAA"]}),
            "products": pd.DataFrame({"id": ["one", "two"], "unit": ["USD", "USD"]}),
            "producers": pd.DataFrame(
                {"id": ids, "region": "AAA", "product": ["one", "two"],
                 "output": np.array([1000.0, 2000.0]) / 365}
            ),
            "consumers": pd.DataFrame({"id": ["AAA.all"], "region": ["AAA"]}),
            "intermediate": Matrix([[150.0, 500.0], [200.0, 100.0]], ids, ids, "USD/year"),
            "final": Matrix([[350.0], [1700.0]], ids, ["AAA.all"], "USD/year"),
        }
    )  # fmt: skip


def test_multipliers_of_miller_and_blair() -> None:
    # ch. 6: simple output multipliers 1.518 and 1.452; ch. 2: L = [[1.2541 .3300] [.2640 1.1221]]
    found = catenary.linkages(miller_and_blair()).producers.set_index("producer")
    np.testing.assert_allclose(found.loc[["AAA.one", "AAA.two"], "backward"], [1.518, 1.452],
                               atol=5e-4)  # fmt: skip
    np.testing.assert_allclose(
        found.loc[["AAA.one", "AAA.two"], "direct_backward"], [0.35, 0.30], atol=1e-12
    )
    np.testing.assert_allclose(
        found.loc[["AAA.one", "AAA.two"], "sensitivity"], [1.2541 + 0.33, 0.264 + 1.1221], atol=1e-4
    )


@given(worlds(dense=True, traded=True))
@settings(max_examples=40)
def test_linkages_are_sums_of_the_two_inverses(world: World) -> None:
    accounts = Accounts.of(world)
    found = catenary.linkages(world).producers.set_index("producer").loc[accounts.producers]
    ghosh = np.linalg.inv(np.eye(len(found)) - accounts.flows / accounts.output[:, None])
    np.testing.assert_allclose(ghosh_inverse(accounts.inverse, accounts.output), ghosh, atol=1e-9)
    np.testing.assert_allclose(found["backward"], accounts.inverse.sum(axis=0))
    np.testing.assert_allclose(found["forward"], ghosh.sum(axis=1))
    home = accounts.region[:, None] == accounts.region[None, :]
    np.testing.assert_allclose(found["backward_home"], (accounts.inverse * home).sum(axis=0))
    np.testing.assert_allclose(found["forward_home"], (ghosh * home).sum(axis=1))
    for column in ("backward_normal", "forward_normal", "sensitivity_normal"):
        assert found[column].mean() == pytest.approx(1.0)
    key = found["kind"] == "key"
    strong = (found["backward_normal"] >= 1) & (found["forward_normal"] >= 1)
    assert (key == strong).all()
    # total linkages are stages: both analyses say the same by other roads
    stages = catenary.position(world).producers.set_index("producer").loc[accounts.producers]
    np.testing.assert_allclose(found["forward"], stages["upstreamness"])
    np.testing.assert_allclose(found["backward"], stages["downstreamness"])


@given(worlds(dense=True, traded=True))
@settings(max_examples=40)
def test_all_exports_of_a_country_cost_it_its_domestic_value_added(world: World) -> None:
    accounts = Accounts.of(world)
    for number, region in enumerate(accounts.regions):
        result = catenary.extraction(world, target=str(region), extract="exports")
        own = accounts.region == number
        # Borin & Mancini: V_s L_ss E_s with the local inverse of the country alone
        A = accounts.coefficients[np.ix_(own, own)]  # noqa: N806
        exports = accounts.exports[own].sum(axis=1)
        expected = accounts.value_added_share[own] @ np.linalg.solve(np.eye(own.sum()) - A, exports)
        found = result.regions.set_index("region").loc[region, "loss"]
        assert found == pytest.approx(expected, rel=1e-9, abs=1e-9)
        assert result.extracted["extracted"][0] == pytest.approx(exports.sum())


def test_all_exports_cost_their_domestic_value_added_on_wiod(shared: Path) -> None:
    world = catenary.read("wiod", shared / "data" / "wiod2013", year=2011)
    for merge, region in (("", "DEU"), ("EU27", "EU27")):
        accounts = Accounts.of(world, merge=merge, industries=True)
        result = catenary.extraction(world, target=region, extract="exports", merge=merge)
        own = accounts.region == accounts.regions.get_loc(region)
        A = accounts.coefficients[np.ix_(own, own)]  # noqa: N806
        expected = accounts.value_added_share[own] @ np.linalg.solve(
            np.eye(own.sum()) - A, accounts.exports[own].sum(axis=1)
        )
        found = result.regions.set_index("region").loc[region, "loss"]
        assert found == pytest.approx(expected, rel=1e-9)


def test_all_exports_cost_what_exvatools_finds_as_domestic_value_added(shared: Path) -> None:
    folder = shared / "expected" / "gvc"
    frame = pd.read_csv(folder / "exva_wiodtest.csv", index_col=0)
    rows = [name.split("_") for name in frame.columns[:18]]
    users = [name.split("_") for name in frame.columns[18:]]
    table = IndustryTable(
        regions=[region for region, _ in rows],
        sectors=[sector for _, sector in rows],
        flows=frame.iloc[:18, :18].to_numpy(np.float64),
        final=frame.iloc[:18, 18:].to_numpy(np.float64),
        final_regions=[region for region, _ in users],
        final_categories=[category for _, category in users],
        unit="MUSD/year",
        source={"id": "exvatools", "title": "made up", "kind": "assumption", "statement": "random"},
    )
    world = industry_world(table, name="exvatools")
    known = pd.read_csv(folder / "exva_wiodtest_expected.csv")
    known = known[(known["method"] == "bm_src") & (known["output"] == "standard")]
    known = known[known["term"] == "DVA"]
    for region in dict.fromkeys(table.regions):
        expected = known["value"][known["row"].str.startswith(f"{region}_")].sum()
        result = catenary.extraction(world, target=region, extract="exports")
        found = result.regions.set_index("region")["loss"].to_dict()[region]
        assert found == pytest.approx(expected, rel=1e-9)


@given(
    worlds(dense=True, traded=True),
    st.sampled_from(["all", "sales", "purchases", "exports", "imports"]),
    st.floats(0, 1),
)
@settings(max_examples=40)
def test_losses_are_those_of_a_table_without_the_deliveries(
    world: World, extract: Extract, share: float
) -> None:
    accounts = Accounts.of(world)
    target, other = str(accounts.regions[0]), str(accounts.regions[-1])
    result = catenary.extraction(world, target=target, partner=other, extract=extract, share=share)
    # by hand, cell by cell
    A, Y = accounts.coefficients.copy(), accounts.final.copy()  # noqa: N806
    last = len(accounts.regions) - 1
    for i, seller in enumerate(accounts.region):
        cells = [(A, j, buyer) for j, buyer in enumerate(accounts.region)]
        cells += [(Y, r, r) for r in range(last + 1)]
        for matrix, column, buyer in cells:
            sold, bought = seller == 0 and buyer == last, seller == last and buyer == 0
            across = seller != buyer
            gone = {
                "all": sold or bought, "sales": sold, "purchases": bought,
                "exports": sold and across, "imports": bought and across,
            }[extract]  # fmt: skip
            if gone:
                matrix[i, column] *= 1 - share
    left = np.linalg.solve(np.eye(len(A)) - A, Y.sum(axis=1))
    found = result.producers.set_index("producer").loc[accounts.producers, "output_loss"]
    np.testing.assert_allclose(found, accounts.output - left, atol=1e-9)
    assert result.regions["loss"].sum() == pytest.approx(result.extracted["loss"][0], abs=1e-9)
    assert (found >= -1e-9).all()


def test_no_share_loses_nothing_and_more_loses_more() -> None:
    losses = [
        float(catenary.extraction(two_regions(), target="AAA.goods", share=share)
              .extracted["loss"][0])
        for share in (0.0, 0.3, 0.6, 1.0)
    ]  # fmt: skip
    assert losses[0] == 0
    assert losses == sorted(losses)
    told = catenary.extraction(two_regions(), target="AAA.goods", share=0.0).run.warnings
    assert any("nothing to extract" in one for one in told)


def test_an_industry_taken_out_whole_makes_nothing() -> None:
    result = catenary.extraction(miller_and_blair(), target="AAA.one")
    lost = result.producers.set_index("producer")
    assert lost.loc["AAA.one", "output_loss"] == pytest.approx(1000.0)
    # Miller & Blair, section 12.2.6: what is left of sector 2 serves its own final demand alone
    assert lost.loc["AAA.two", "output_loss"] == pytest.approx(2000 - 1700 / (1 - 0.05))


def test_inputs_and_final_goods_can_be_taken_alone() -> None:
    def lost(uses: Literal["all", "inputs", "final"]) -> float:
        result = catenary.extraction(two_regions(), target="AAA", extract="sales", uses=uses)
        return float(result.extracted["extracted"][0])

    assert lost("inputs") == pytest.approx(13)
    assert lost("final") == pytest.approx(3)
    assert lost("all") == pytest.approx(16)


def test_targets_may_be_products_and_groups_and_unknown_ones_are_named() -> None:
    world = two_regions().with_(
        regions=pd.DataFrame({"id": ["G", "AAA", "BBB"], "parent": ["", "G", "G"]})
    )
    for target in ("goods", "G"):
        gone = catenary.extraction(world, target=target)
        assert gone.extracted["loss_share"][0] == pytest.approx(1.0)
    with pytest.raises(OptionError, match="target is 'AAB'") as caught:
        catenary.extraction(world, target="AAB")
    assert "AAA" in caught.value.hint
    with pytest.raises(OptionError, match="partner is 'nobody'"):
        catenary.extraction(world, target="AAA", partner="nobody")
    with pytest.raises(OptionError, match="needs the option 'target'"):
        catenary.extraction(world)  # type: ignore[call-arg]


def test_equal_industries_are_all_equal_to_the_mean() -> None:
    count = 20
    ids = [f"R{k:02d}.goods" for k in range(count)]
    regions = [one[:3] for one in ids]
    world = World(
        {
            "regions": pd.DataFrame({"id": regions}),
            "products": pd.DataFrame({"id": ["goods"]}),
            "producers": pd.DataFrame({"id": ids, "region": regions, "product": "goods"}),
            "consumers": pd.DataFrame({"id": regions, "region": regions}),
            "intermediate": Matrix(np.full((count, count), 0.1), ids, ids, "USD/year"),
            "final": Matrix(np.full((count, count), 0.7), ids, regions, "USD/year"),
        }
    )
    assert set(catenary.linkages(world).producers["kind"]) == {"key"}
    turned = world.with_(producers=world.table("producers").iloc[::-1])
    for name in ("linkages", "position"):
        found = getattr(catenary, name)(turned).tables["producers"]
        assert found["producer"].tolist() == ids


def with_a_crumb(output: float) -> World:
    """Return two regions with an industry that hardly sells anything and only buys."""
    world = two_regions()
    ids = [*world.ids("producers"), "AAA.crumbs"]
    flows = np.pad(world.matrix("intermediate").dense, (0, 1))
    flows[:2, 2] = output * 0.49
    final = np.concatenate([world.matrix("final").dense, [[output, 0.0]]])
    made = [*world.table("producers")["output"], output / 365]
    return world.without("stressors").with_(
        products=pd.DataFrame({"id": ["goods", "crumbs"], "unit": "USD"}),
        producers=pd.DataFrame(
            {"id": ids, "region": ["AAA", "BBB", "AAA"], "product": ["goods", "goods", "crumbs"],
             "output": made}
        ),
        intermediate=Matrix(flows, ids, ids, "USD/year"),
        final=Matrix(final, ids, world.ids("consumers"), "USD/year"),
    )  # fmt: skip


def test_what_hardly_makes_anything_is_no_headline() -> None:
    for analysis in (catenary.position, catenary.linkages):
        small, big = analysis(with_a_crumb(1e-4)), analysis(with_a_crumb(1.0))
        assert "AAA.crumbs" in set(small.tables["producers"]["producer"])
        assert "AAA.crumbs" not in small.summary()
        assert "AAA.crumbs" in big.summary()


def test_stocks_drawn_below_nothing_are_no_headline(shared: Path) -> None:
    world = catenary.read("wiod", shared / "data" / "wiod2013", year=2011)
    for analysis in (catenary.position, catenary.linkages):
        found = analysis(world)
        table = found.tables["producers"]
        column = "forward" if "forward" in table else "upstreamness"
        first = table.sort_values(column, ascending=False)["producer"].iloc[0]
        assert first == "CYP.c2"  # output 127, of which 133 were taken out of stocks
        assert "CYP.c2" not in found.summary()
