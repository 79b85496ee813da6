from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings

import catenary
from catenary import Matrix, World, Worlds
from catenary.economy.chain_graph import ChainGraph
from catenary.errors import MissingDataError, OptionError
from catenary.testing import serial_chain, two_regions, worlds

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.part("5.8")


def bounds() -> Worlds:
    chains = catenary.load("chains")
    assert isinstance(chains, Worlds)
    return chains


@given(worlds())
@settings(max_examples=30)
def test_all_output_rests_on_somebodys_demand(world: World) -> None:
    found = catenary.stages(world)
    rests = found.rests.astype({"destination": "str", "stage": "str", "origin": "str"})
    sums = rests.groupby(["destination", "stage"])["share"].sum()
    np.testing.assert_allclose(sums, 1.0)
    producers = world.table("producers").astype({"region": "str", "product": "str"})
    made = producers.groupby(["product", "region"])["output"].sum()
    found_made = rests.groupby(["stage", "origin"])["quantity"].sum()
    np.testing.assert_allclose(found_made, made[made > 0].loc[found_made.index], rtol=1e-6)
    assert (found.demand["hhi"] * found.demand["regions"] >= 1 - 1e-9).all()
    assert found.demand["home_share"].between(0, 1 + 1e-12).all()


def test_output_rests_on_demand_in_both_bounds() -> None:
    found = catenary.stages(bounds())
    assert set(found.stages["world"]) == {"pooled", "home-first"}
    for label, world in bounds().items():
        rests = found.rests[found.rests["world"] == label]
        made = rests.groupby("stage", observed=True)["quantity"].sum()
        output = world.table("producers").groupby("product", observed=True)["output"].sum()
        # what the world makes of every stage is 100 points
        np.testing.assert_allclose(made, 100, rtol=1e-6)
        assert set(made.index) == set(output.index)


def test_stages_of_the_chains_as_their_sources_say() -> None:
    pooled, home = (catenary.stages(world) for world in bounds().values())
    wafers = pooled.stages.set_index("stage").loc["solar.wafers"]
    assert wafers["largest"] == "CHN"
    assert wafers["largest_share"] == pytest.approx(0.97)
    assert wafers["hhi"] == pytest.approx(0.97**2 + 0.03**2)
    assert wafers["bottleneck"]
    # where a stage stands does not depend on who buys from whom
    columns = ["chain", "stage", "steps", "largest", "bottleneck"]
    pd.testing.assert_frame_equal(pooled.stages[columns], home.stages[columns])
    # but on whom a demand rests does: pooled, everybody rests on the world; home first, less so
    share = {
        label: found.rests[(found.rests["stage"] == "solar.cells")]
        .astype({"destination": "str", "origin": "str"})
        .set_index(["destination", "origin"])["share"]
        for label, found in (("pooled", pooled), ("home", home))
    }
    assert share["pooled"]["USA", "CHN"] == pytest.approx(0.79)
    assert share["home"]["CHN", "CHN"] > share["pooled"]["CHN", "CHN"]
    # one bottleneck a chain, never the stage that is only use
    for found in (pooled, home):
        assert (found.stages.groupby("chain")["bottleneck"].sum() == 1).all()
        assert not found.stages.loc[found.stages["bottleneck"], "use"].any()
        assert found.stages["use"].sum() == 7


def test_codes_come_in_own_words() -> None:
    codes = catenary.stages(bounds()["pooled"], chain="batteries").codes
    row = codes[codes["stage"] == "batteries.cells"].iloc[0]
    assert row["code"] == "850760"
    assert row["standard"] == "HS2022"
    assert codes["name"].str.len().gt(0).all()
    assert codes["stage"].str.startswith("batteries.").all()


def test_a_table_of_ones_own(tmp_path: Path) -> None:
    (tmp_path / "regions.csv").write_text("id\nDEU\nJPN\nTWN\n")
    (tmp_path / "products.csv").write_text("id,unit\nchip,t\nsteel,t\ncar,t\n")
    (tmp_path / "producers.csv").write_text(
        "id,region,product,output [/week]\n"
        "TWN.chip,TWN,chip,63\nDEU.chip,DEU,chip,7\nJPN.steel,JPN,steel,70\n"
        "DEU.car,DEU,car,35\nJPN.car,JPN,car,35\n"
    )
    (tmp_path / "supplies.csv").write_text(
        "supplier,buyer,quantity [/week]\n"
        "TWN.chip,DEU.car,28\nDEU.chip,DEU.car,7\nTWN.chip,JPN.car,35\n"
        "JPN.steel,DEU.car,35\nJPN.steel,JPN.car,35\n"
    )
    (tmp_path / "demand.csv").write_text("product,region,quantity [/week]\ncar,DEU,70\n")
    (tmp_path / "recipes.csv").write_text("product,input,criticality\ncar,chip,1\ncar,steel,0.5\n")
    (tmp_path / "concordances.csv").write_text(
        "product,standard,code,name\nchip,HS2022,854231,Processors\n"
    )
    world = catenary.load(tmp_path)
    assert isinstance(world, World)
    found = catenary.stages(world)
    table = found.stages.set_index("stage")
    assert (table["chain"] == "car").all()
    assert table["steps"].to_dict() == {"car": 0, "chip": 1, "steel": 1}
    assert table.loc["chip", "hhi"] == pytest.approx(0.9**2 + 0.1**2)
    # all steel is Japanese, but half a car can be made without it; nine of ten chips cannot fail
    assert table["at_stake"].to_dict() == pytest.approx({"car": 0.5, "chip": 0.9, "steel": 0.5})
    assert table.index[table["bottleneck"]].tolist() == ["chip"]
    assert found.codes["name"].tolist() == ["Processors"]
    rests = found.rests.set_index(["stage", "origin"])["share"]
    assert rests["chip", "TWN"] == pytest.approx(0.9)
    assert "car: chip, 90% in TWN" in found.summary()


@given(worlds(dense=True))
@settings(max_examples=10)
def test_a_table_of_flows_says_the_same_as_supplies(world: World) -> None:
    ids = world.ids("producers")
    flows, final = world.matrix("intermediate").dense, world.matrix("final")
    supplier, buyer = np.nonzero(flows)
    user, maker = np.nonzero(final.dense.T)
    region = world.table("consumers")["region"].astype("str").to_numpy()
    product = world.table("producers")["product"].astype("str").to_numpy()
    same = world.without("intermediate", "final", "consumers").with_(
        supplies=pd.DataFrame(
            {
                "supplier": ids[supplier],
                "buyer": ids[buyer],
                "quantity": flows[supplier, buyer],
            }
        ),
        demand=pd.DataFrame(
            {
                "product": product[maker],
                "region": region[user],
                "supplier": ids[maker],
                "quantity": final.dense[maker, user],
            }
        ),
    )
    keys = ["destination", "stage", "origin"]
    one, other = (
        catenary.stages(w).rests.astype(dict.fromkeys(keys, "str")).set_index(keys).sort_index()
        for w in (world, same)
    )
    pd.testing.assert_frame_equal(one, other, rtol=1e-6)


def test_criticality_on_the_best_way_counts() -> None:
    found = ChainGraph(
        products=pd.Index(["end", "a", "b", "deep", "aside"]),
        inputs={0: {1: 0.5, 2: 1.0}, 1: {3: 1.0}, 2: {3: 0.25}},
        ends=frozenset({0}),
        parents=dict.fromkeys(range(5), ()),
    )
    steps, critical = found.from_end([0, 1, 2, 3, 4])
    assert critical == {0: 1.0, 1: 0.5, 2: 1.0, 3: 0.5, 4: 0.0}
    assert steps == {0: 0, 1: 1, 2: 1, 3: 2, 4: -1}


def test_bad_input_is_explained() -> None:
    with pytest.raises(MissingDataError, match="who delivers to whom"):
        catenary.stages(two_regions().without("intermediate", "final"))
    with pytest.raises(MissingDataError, match="who finally buys"):
        catenary.stages(serial_chain(2).without("demand"))
    with pytest.raises(OptionError, match="no product 'solra'") as caught:
        catenary.stages(bounds()["pooled"], chain="solra")
    assert "'solar'" in caught.value.hint
    with pytest.raises(OptionError, match="no region 'ATL'"):
        catenary.stages(bounds()["pooled"], destination="ATL")


def test_output_that_nobody_buys_is_named() -> None:
    chain = serial_chain(2)
    more = chain.table("producers").reset_index()
    more.loc[len(more)] = {**more.iloc[0].to_dict(), "id": "AAA.extra"}
    supplies = pd.DataFrame(
        {"supplier": ["AAA.s0", "AAA.s0"], "buyer": ["AAA.s1", "AAA.extra"], "quantity": [1.0, 0.5]}
    )
    found = catenary.stages(chain.with_(producers=more, supplies=supplies))
    assert any("1 producers leads to no final demand" in str(w) for w in found.run.warnings)


def test_a_comma_alone_is_blank_and_what_nobody_makes_has_no_stage() -> None:
    world = two_regions()
    plain = catenary.stages(world)
    pd.testing.assert_frame_equal(catenary.stages(world, chain=",").stages, plain.stages)
    more = world.with_(products=pd.DataFrame({"id": ["goods", "ideas"], "unit": ["USD", "USD"]}))
    assert catenary.stages(more, chain="ideas").stages.empty


def test_of_equal_stages_the_first_by_name_is_the_bottleneck() -> None:
    ids = ["AAA.z", "AAA.a", "BBB.z", "BBB.a"]
    world = World(
        {
            "regions": pd.DataFrame({"id": ["AAA", "BBB"]}),
            "products": pd.DataFrame({"id": ["z", "a"], "unit": "USD"}),
            "producers": pd.DataFrame({
                "id": ids, "region": [one[:3] for one in ids], "product": [one[4:] for one in ids]
            }),
            "consumers": pd.DataFrame({"id": ["AAA", "BBB"], "region": ["AAA", "BBB"]}),
            "intermediate": Matrix(np.ones((4, 4)), ids, ids, "USD/year"),
            "final": Matrix(np.ones((4, 2)), ids, ["AAA", "BBB"], "USD/year"),
        }
    )  # fmt: skip
    found = catenary.stages(world).stages
    worst = found[found["bottleneck"]].set_index("chain")["stage"]
    assert set(worst) == {"a"}


def test_a_plain_table_of_industries_is_said_to_have_no_stages() -> None:
    told = catenary.stages(two_regions()).run.warnings
    assert any("concentration and exposure" in one for one in told)
    chains: Any = catenary.load("chains:pooled")
    assert not any("exposure" in one for one in catenary.stages(chains).run.warnings)
