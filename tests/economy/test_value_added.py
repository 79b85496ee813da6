from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final, get_args

import hypothesis.strategies as st
import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings

import catenary
from catenary import Matrix, World, Worlds
from catenary.economy import value_added_tables
from catenary.economy.value_added import Method, ValueAdded
from catenary.errors import DataError, MissingDataError, OptionError
from catenary.maths.leontief import LeontiefSystem
from catenary.testing import networks, two_regions, worlds

if TYPE_CHECKING:
    from pathlib import Path
    from random import Random

    from numpy.typing import NDArray

    Array = NDArray[np.float64]

pytestmark = pytest.mark.part("5.1")

METHODS: Final[dict[str, Method]] = {
    "bm_src": "borin-mancini-source",
    "bm_snk": "borin-mancini-sink",
    "kww": "koopman-wang-wei",
    "wwz": "wang-wei-zhu",
    "my": "miroudot-ye",
    "oecd": "oecd",
}
TEN: Final = ("exports", "domestic", "domestic_double", "foreign", "foreign_double", "vax")


@dataclass(frozen=True, eq=False)
class Table:
    """An input-output table: flows (N, N), final demand (N, R), region and product (N,)."""

    flows: Array
    final: Array
    regions: list[str]
    region: list[str]
    product: list[str]

    def world(self, order: NDArray[np.int64] | None = None) -> World:
        ids = [f"{r}.{p}" for r, p in zip(self.region, self.product, strict=True)]
        users = [f"{region}.all" for region in self.regions]
        parts: dict[str, pd.DataFrame | Matrix] = {
            "regions": pd.DataFrame({"id": self.regions}),
            "products": pd.DataFrame({"id": sorted(set(self.product)), "unit": "USD"}),
            "producers": pd.DataFrame({"id": ids, "region": self.region, "product": self.product}),
            "consumers": pd.DataFrame({"id": users, "region": self.regions}),
            "intermediate": Matrix(self.flows, ids, ids, "USD/year"),
            "final": Matrix(self.final, ids, users, "USD/year"),
        }
        producers = parts["producers"]
        assert isinstance(producers, pd.DataFrame)
        producers["output"] = self.flows.sum(axis=1) + self.final.sum(axis=1)
        if order is not None:
            parts["producers"] = producers.iloc[order]
        return World(parts, name="drawn")

    @property
    def code(self) -> NDArray[np.int64]:
        return np.array([self.regions.index(region) for region in self.region])


@st.composite
def tables(draw: st.DrawFn, *, least: int = 2) -> Table:
    """Draw an economy that trades inputs and final goods; not every region makes everything."""
    network = draw(networks(most_regions=4).filter(lambda n: (n.product == 0).sum() >= least))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    count = int((network.product == 0).sum())
    share = rng.random((len(network.final), count)) * (
        rng.random((len(network.final), count)) < 0.8
    )
    share += 1e-3
    final = network.final[:, None] * share / share.sum(axis=1, keepdims=True)
    names = [f"R{r}" for r in range(count)]
    region = np.repeat(np.arange(count), len(network.final) // count)
    kept = np.ones(len(region), np.bool_)
    if count > 2 and len(region) > count:
        kept[0] = False  # the first region lacks a product, and what it bought is final demand
        bought = network.flows[:, 0]
        final = final + bought[:, None] * (np.arange(count) == 0)
    return Table(
        network.flows[np.ix_(kept, kept)],
        final[kept],
        names,
        [names[r] for r in region[kept]],
        [f"p{p}" for p in network.product[kept]],
    )


def at(frame: pd.DataFrame, *key: object) -> Any:
    """Return what stands in a row and column."""
    return frame.loc[key]  # type: ignore[index]


def amounts(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a long table with one column per term, by exporter, importer and product."""
    return frame.pivot_table(
        index=["exporter", "importer", "product"], columns="term", values="amount", observed=True
    )


# --- laws -----------------------------------------------------------------------------------------


@given(tables(), st.sampled_from(get_args(Method)))
@settings(max_examples=60)
def test_terms_add_up_to_gross_exports_of_each_flow_and_product(
    table: Table, method: Method
) -> None:
    result = catenary.value_added(table.world(), method=method)
    total = amounts(result.terms).sum(axis=1)
    code = table.code
    region, made = np.array(table.region), np.array(table.product)
    for flow, found in total.items():
        assert isinstance(flow, tuple)
        rows = np.flatnonzero((region == flow[0]) & (made == flow[2]))
        to = table.regions.index(str(flow[1]))
        bought = table.flows[np.ix_(rows, np.flatnonzero(code == to))].sum()
        assert found == pytest.approx(bought + table.final[rows, to].sum(), rel=1e-9, abs=1e-9)
    sums = amounts(result.totals)
    pd.testing.assert_series_equal(sums["EXGR"], total, check_names=False)
    for whole, parts in (("EXGR", ("DC", "FC")), ("DC", ("DVA", "DDC")), ("DVA", ("VAX", "REF"))):
        if whole in sums and set(parts) <= set(sums):
            np.testing.assert_allclose(
                sums[whole], sums[list(parts)].sum(axis=1), rtol=1e-9, atol=1e-9
            )


def lost_without_exports(table: Table, region: int) -> float:
    """Return what a region earns less if nobody abroad buys from it, round by round."""
    output = table.flows.sum(axis=1) + table.final.sum(axis=1)
    per_unit = table.flows / output
    earned = 1 - per_unit.sum(axis=0)
    inside = table.code == region
    demand = table.final.copy()
    kept = per_unit.copy()
    for i in np.flatnonzero(inside):
        for j in range(len(inside)):
            if not inside[j]:
                kept[i, j] = 0.0
        for r in range(demand.shape[1]):
            if r != region:
                demand[i, r] = 0.0
    made, step = np.zeros(len(output)), demand.sum(axis=1)
    for _ in range(3000):
        made, step = made + step, kept @ step
    return float((earned * (output - made))[inside].sum())


@given(tables())
@settings(max_examples=40)
def test_a_country_without_its_exports_loses_their_domestic_value_added(table: Table) -> None:
    exporters = catenary.value_added(table.world()).exporters.set_index("region")
    for place, region in enumerate(table.regions):
        assert at(exporters, region, "domestic") == pytest.approx(
            lost_without_exports(table, place), rel=1e-6, abs=1e-9
        )


@given(tables(), st.sampled_from(get_args(Method)), st.randoms(use_true_random=False))
@settings(max_examples=40)
def test_the_order_of_producers_does_not_matter(
    table: Table, method: Method, random: Random
) -> None:
    order = list(range(len(table.region)))
    random.shuffle(order)
    one = catenary.value_added(table.world(), method=method, exporter="R1")
    other = catenary.value_added(table.world(np.array(order)), method=method, exporter="R1")
    keys = ["region", "exporter", "importer", "origin", "product", "origin_product", "term"]
    for name, frame in one.tables.items():
        by = [key for key in keys if key in frame]
        first, second = (
            part.astype(dict.fromkeys(by, "str")).set_index(by).sort_index()
            for part in (frame, other.tables[name])
        )
        pd.testing.assert_frame_equal(first, second, rtol=1e-8, atol=1e-9)


@given(tables(least=3))
@settings(max_examples=30)
def test_an_exporter_is_the_same_whoever_the_others_are(table: Table) -> None:
    world = table.world()
    regions = pd.DataFrame({"id": ["G", *table.regions]})
    regions["parent"] = ["", "", *["G"] * (len(table.regions) - 1)]
    merged = catenary.value_added(world.with_(regions=regions), merge="G").exporters
    alone = catenary.value_added(world).exporters
    for column in TEN:
        assert merged.set_index("region").loc["R0", column] == pytest.approx(
            alone.set_index("region").loc["R0", column], rel=1e-9, abs=1e-9
        )


@given(tables())
@settings(max_examples=40)
def test_value_added_absorbed_is_final_demand_and_contents_are_exports(table: Table) -> None:
    result = catenary.value_added(table.world(), exporter="R1")
    exporters = result.exporters.set_index("region")
    earned = (table.flows.sum(axis=1) + table.final.sum(axis=1)) - table.flows.sum(axis=0)
    flows = result.flows.astype({"importer": "str", "exporter": "str"})
    for place, region in enumerate(table.regions):
        gained = earned[table.code == place].sum()
        foreign = flows.loc[flows["importer"] == region, "absorbed"].sum()
        assert foreign + gained - at(exporters, region, "vax") == pytest.approx(
            table.final[:, place].sum()
        )
        sent = flows.loc[flows["exporter"] == region, "absorbed"].sum()
        assert sent == pytest.approx(at(exporters, region, "vax"), abs=1e-9)
    origins = result.origins.astype({"origin": "str", "exporter": "str"})
    for region in table.regions:
        of = origins[origins["exporter"] == region]
        assert of["amount"].sum() == pytest.approx(at(exporters, region, "exports"))
        own = of.loc[of["origin"] == region, "amount"].sum()
        assert own == pytest.approx(
            at(exporters, region, ["domestic", "domestic_double"]).sum(), abs=1e-9
        )
    made = result.content.groupby("origin", observed=True)["amount"].sum()
    theirs = origins[origins["exporter"] == "R1"].set_index("origin")["amount"]
    for region in made.index:
        assert made[region] == pytest.approx(theirs[region], abs=1e-9)


@given(st.integers(1, 12), st.sampled_from([0.05, -0.5, -2.0]), st.integers(0, 2**32 - 1))
def test_blocks_on_the_diagonal_are_those_of_the_inverse(
    size: int, scale: float, seed: int
) -> None:
    # large coefficients (negative, so that there is a solution) make the factors swap rows
    rng = np.random.default_rng(seed)
    coefficients = rng.random((size, size)) * scale
    inverse = np.linalg.inv(np.eye(size) - coefficients)
    assume(np.abs(inverse).max() < 1e4)
    ends = [0, *np.sort(rng.integers(0, size + 1, 3)).tolist(), size]
    parts = [slice(a, b) for a, b in pairwise(ends)]
    for part, block in zip(parts, LeontiefSystem(coefficients).diagonal_blocks(parts), strict=True):
        np.testing.assert_allclose(
            block, inverse[part, part], rtol=1e-8, atol=1e-9 * np.abs(inverse).max()
        )


@given(tables())
@settings(max_examples=30)
def test_methods_agree_on_what_a_country_earns(table: Table) -> None:
    # Borin & Mancini (2019): source and sink differ by flow and agree by exporter
    by_method = {
        name: amounts(catenary.value_added(table.world(), method=method).totals)
        .groupby("exporter", observed=True)
        .sum()
        for name, method in METHODS.items()
    }
    source = by_method["bm_src"]
    for name, columns in {
        "bm_snk": ["EXGR", "DC", "DVA", "VAX", "REF", "DDC", "FC"],
        "kww": ["EXGR", "DC", "VAX", "FC"],
        "wwz": ["EXGR", "DC", "VAX", "FC"],
        "my": ["EXGR", "DC", "DVA", "DDC", "FC", "FVA", "FDC"],
        "oecd": ["EXGR", "DC", "DVA", "VAX", "REF", "DDC", "FC"],
    }.items():
        np.testing.assert_allclose(
            by_method[name][columns], source[columns], rtol=1e-9, atol=1e-9, err_msg=name
        )


# --- independent oracles --------------------------------------------------------------------------


def exvatools(shared: Path) -> tuple[World, pd.DataFrame]:
    folder = shared / "expected" / "gvc"
    frame = pd.read_csv(folder / "exva_wiodtest.csv", index_col=0)
    count = len(frame)
    regions = list(dict.fromkeys(label.partition("_")[0] for label in frame.index))
    final = frame.iloc[:, count:].to_numpy().reshape(count, len(regions), -1).sum(axis=2)
    table = Table(
        frame.iloc[:, :count].to_numpy(),
        final,
        regions,
        [label.partition("_")[0] for label in frame.index],
        [label.partition("_")[2] for label in frame.index],
    )
    return table.world(), pd.read_csv(folder / "exva_wiodtest_expected.csv")


@pytest.mark.parametrize("name", METHODS)
def test_every_term_of_exvatools(shared: Path, name: str) -> None:
    world, expected = exvatools(shared)
    expected = expected[expected["method"] == name]
    result = catenary.value_added(world, method=METHODS[name])
    found = pd.concat([result.terms, result.totals]).astype(
        dict.fromkeys(("exporter", "importer", "product", "term"), "str")
    )
    found["row"] = found["exporter"] + "_" + found["product"]
    by_flow = found.groupby(["row", "importer", "term"])["amount"].first()
    by_product = found.drop_duplicates(["row", "importer", "term"]).groupby(["row", "term"])
    summed = by_product["amount"].sum()
    assert len(expected)
    for one in expected.to_dict("records"):
        if one["col"] == "WLD":
            amount = summed[one["row"], one["term"]]
        elif one["row"].startswith(f"{one['col']}_"):
            amount = 0.0  # nobody exports to itself: no row
        else:
            amount = by_flow[one["row"], one["col"], one["term"]]
        assert amount == pytest.approx(one["value"], rel=1e-9, abs=1e-9), one


LEATHER: Final = {
    "DVA_INTrexI1": "DVA_INTrex1",
    "DVA_INTrexF": "DVA_INTrex2",
    "DVA_INTrexI2": "DVA_INTrex3",
    "RDV_FIN": "RDV_FIN1",
    "MVA_FIN": "FVA_FIN1",
    "OVA_FIN": "FVA_FIN2",
    "MVA_INT": "FVA_INT1",
    "OVA_INT": "FVA_INT2",
}
KWW: Final = {
    "DVA_FIN": "VAX1",
    "DVA_INT": "VAX2",
    "DVA_INTrex": "VAX3",
    "RDV_FIN": "REF1",
    "RDV_INT": "REF2",
    "DDC": "DDC",
    "FVA_FIN": "FVA1",
    "FVA_INT": "FVA2",
    "FDC": "FDC",
}


def leather(shared: Path) -> World:
    frame = pd.read_csv(shared / "expected" / "gvc" / "leather_table.csv", index_col=0)
    regions = list(dict.fromkeys(label.partition(".")[0] for label in frame.index))
    return Table(
        frame.iloc[:, :9].to_numpy(),
        frame.iloc[:, 9:12].to_numpy(),
        regions,
        [label.partition(".")[0] for label in frame.index],
        [label.partition(".")[2] for label in frame.index],
    ).world()


def test_leather_by_wang_wei_zhu(shared: Path) -> None:
    terms = catenary.value_added(leather(shared), method="wang-wei-zhu").terms
    found = amounts(terms.astype(dict.fromkeys(("exporter", "importer", "product"), "str")))
    expected = pd.read_csv(shared / "expected" / "gvc" / "leather_wwz.csv")
    checked = 0
    for _, row in expected.iterrows():
        flow = (row["Exporting_Country"], row["Importing_Country"], row["Exporting_Industry"])
        if flow[0] == flow[1]:
            continue
        for name in [*LEATHER, "DVA_FIN", "DVA_INT", "RDV_INT", "RDV_FIN2", "DDC_FIN", "DDC_INT"]:
            amount = at(found, flow, LEATHER.get(name, name))
            assert amount == pytest.approx(row[name], rel=1e-9, abs=1e-9)
            checked += 1
        assert at(found, flow, ["MDC", "ODC"]).tolist() == pytest.approx([row["MDC"], row["ODC"]])
    assert checked == 18 * 14
    by_exporter = found.groupby("exporter").sum()
    summed = pd.read_csv(
        shared / "expected" / "gvc" / "leather_wwz_by_exporter.csv", index_col="Group.1"
    )
    for name in summed.columns.drop("texp"):
        for region, value in summed[name].items():
            assert at(by_exporter, region, LEATHER.get(name, name)) == pytest.approx(
                value, rel=1e-9
            )


def test_leather_by_koopman_wang_wei_and_leontief(shared: Path) -> None:
    world = leather(shared)
    terms = catenary.value_added(world, method="koopman-wang-wei").terms
    by_exporter = terms.pivot_table(
        index="exporter", columns="term", values="amount", aggfunc="sum", observed=True
    )
    expected = pd.read_csv(shared / "expected" / "gvc" / "leather_kww.csv", index_col="Country")
    for name, term in KWW.items():
        for region, value in expected[name].items():
            assert at(by_exporter, region, term) == pytest.approx(value, rel=1e-9)
    leontief = pd.read_csv(shared / "expected" / "gvc" / "leather_leontief.csv")
    found = pd.concat(
        [catenary.value_added(world, exporter=str(region)).content for region in expected.index]
    )
    keys = ["origin", "origin_product", "exporter", "product"]
    amount = found.astype(dict.fromkeys(keys, "str")).set_index(keys)["amount"]
    assert len(leontief) == len(amount)
    for row in leontief.itertuples(index=False):
        assert amount[tuple(row[:4])] == pytest.approx(row.FVAX, rel=1e-9, abs=1e-9)


# --- published numbers ----------------------------------------------------------------------------


def test_ratios_of_2008(shared: Path) -> None:
    # the shared folder's README states three decimals, from output as the source states it
    world = catenary.read("wiod", shared / "data" / "wiod2013", year=2008)
    assert isinstance(world, World)
    result = catenary.value_added(world, method="wang-wei-zhu")
    ratio = result.exporters.set_index("region")["ratio"]
    assert ratio[["CHN", "USA", "DEU", "JPN"]].tolist() == pytest.approx(
        [0.750, 0.779, 0.690, 0.801], abs=0.0015
    )
    assert len(result.terms) == 41 * 40 * 35 * 16
    summed = result.terms.groupby("exporter", observed=True)["amount"].sum()
    exports = result.exporters.set_index("region")["exports"]
    np.testing.assert_allclose(summed, exports[summed.index.astype(str)], rtol=1e-9)


# --- choices, years, bad input --------------------------------------------------------------------


def test_a_choice_narrows_the_terms_and_nothing_else(shared: Path) -> None:
    world = leather(shared)
    whole = catenary.value_added(world)
    chosen = catenary.value_added(
        world, exporter="Turkey", importer="Germany", product="Agriculture"
    )
    assert len(chosen.terms) == 12
    keys = ["exporter", "importer", "product", "term"]
    kept = whole.terms.set_index(keys)["amount"]
    for row in chosen.terms.itertuples(index=False):
        assert kept[tuple(row[:4])] == row.amount
    pd.testing.assert_frame_equal(chosen.flows, whole.flows)
    assert set(chosen.content["product"]) == {"Agriculture"}
    assert whole.content.empty
    for option in ("exporter", "importer", "product"):
        with pytest.raises(OptionError, match=f"{option} has no choice 'Turkye'") as caught:
            catenary.value_added(world, **{option: "Turkye"})  # type: ignore[arg-type]
        assert caught.value.hint


@pytest.mark.parametrize("method", get_args(Method))
def test_tables_too_long_are_summed_over_products(
    shared: Path, monkeypatch: pytest.MonkeyPatch, method: Method
) -> None:
    world = leather(shared)
    whole = catenary.value_added(world, method=method)
    monkeypatch.setattr(value_added_tables, "MOST_ROWS", 20)
    short = catenary.value_added(world, method=method)
    assert any("sums over products" in warning for warning in short.run.warnings)
    for name in ("terms", "totals"):
        assert set(short.tables[name]["product"]) == {"all"}
        keys = ["exporter", "importer", "term"]
        pd.testing.assert_series_equal(
            short.tables[name].groupby(keys, observed=True)["amount"].sum(),
            whole.tables[name].groupby(keys, observed=True)["amount"].sum(),
        )


def test_years_side_by_side() -> None:
    worlds = Worlds({"one": two_regions(), "two": two_regions()})
    result = catenary.value_added(worlds)
    assert isinstance(result, ValueAdded)
    assert list(dict.fromkeys(result.exporters["world"])) == ["one", "two"]
    assert len(result.figures()) == 6
    assert result.summary().count("Largest exporter: AAA") == 2


@pytest.mark.part("1.8")
def test_what_cannot_be_decomposed_is_said() -> None:
    world = two_regions()
    with pytest.raises(MissingDataError, match="no matrix 'final'"):
        catenary.value_added(world.without("final"))
    with pytest.raises(OptionError, match="method has no choice"):
        catenary.value_added(world, method="wwz")  # type: ignore[arg-type]
    ids = world.ids("producers")
    closed = world.with_(intermediate=Matrix(np.diag([8.0, 2.0]), ids, ids, "USD/year"))
    with pytest.raises(DataError, match="nothing crosses a border between the 2 regions"):
        catenary.value_added(closed)
    grouped = world.with_(
        regions=pd.DataFrame({"id": ["G", "AAA", "BBB"], "parent": ["", "G", "G"]})
    )
    with pytest.raises(DataError, match="nothing crosses a border"):
        catenary.value_added(grouped, merge="G")
    one_way = world.with_(
        intermediate=Matrix(np.array([[8.0, 5.0], [0.0, 2.0]]), ids, ids, "USD/year")
    )
    result = catenary.value_added(one_way)
    assert any("export nothing (BBB)" in warning for warning in result.run.warnings)
    shares = result.exporters.set_index("region")
    assert np.isnan(at(shares, "BBB", "ratio"))
    assert at(shares, "AAA", "ratio") == pytest.approx(1.0)
    assert not result.exporters[["exports", "domestic", "vax"]].isna().any().any()


@pytest.mark.parametrize("method", get_args(Method))
def test_an_industry_without_output_is_no_hole(method: Method) -> None:
    table = Table(
        np.array([[2.0, 0.0, 1.0], [0.0, 0.0, 0.0], [3.0, 0.0, 1.0]]),
        np.array([[4.0, 2.0], [0.0, 0.0], [1.0, 3.0]]),
        ["A", "B"],
        ["A", "A", "B"],
        ["p", "q", "p"],
    )
    result = catenary.value_added(table.world(), method=method)
    assert np.isfinite(result.terms["amount"]).all()
    without = replace(
        table,
        flows=table.flows[np.ix_([0, 2], [0, 2])],
        final=table.final[[0, 2]],
        region=["A", "B"],
        product=["p", "p"],
    )
    expected = catenary.value_added(without.world(), method=method).exporters
    pd.testing.assert_frame_equal(result.exporters, expected)


def test_an_industry_that_exports_nothing_is_said() -> None:
    ids = ["AAA.one", "AAA.two", "BBB.one"]
    world = World(
        {
            "regions": pd.DataFrame({"id": ["AAA", "BBB"]}),
            "products": pd.DataFrame({"id": ["one", "two"], "unit": "USD"}),
            "producers": pd.DataFrame(
                {"id": ids, "region": ["AAA", "AAA", "BBB"], "product": ["one", "two", "one"]}
            ),
            "consumers": pd.DataFrame({"id": ["AAA", "BBB"], "region": ["AAA", "BBB"]}),
            "intermediate": Matrix(
                [[1.0, 1.0, 1.0], [1.0, 0.0, 0.0], [1.0, 0.0, 1.0]], ids, ids, "USD/year"
            ),
            "final": Matrix([[3.0, 1.0], [3.0, 0.0], [1.0, 3.0]], ids, ["AAA", "BBB"], "USD/year"),
        }
    )
    found = catenary.value_added(world)
    assert found.sectors["ratio"].isna().sum() == 1
    assert any("(AAA.two)" in text for text in found.run.warnings)


@given(worlds(dense=True, traded=True), st.sampled_from(list(METHODS.values())))
@settings(max_examples=25)
def test_all_products_are_the_sums_of_every_product(world: World, method: Method) -> None:
    if len(world.ids("regions")) < 2:
        return
    one, other = (str(region) for region in world.ids("regions")[:2])
    given_flow: dict[str, Any] = {"method": method, "exporter": one, "importer": other}
    whole = catenary.value_added(world, **given_flow, product="all")
    every = catenary.value_added(world, **given_flow)
    for name in ("terms", "totals"):
        found, parts = whole.tables[name], every.tables[name]
        assert found["term"].is_unique
        assert set(found["product"]) == {"all"}
        sums = parts.groupby("term", observed=True)["amount"].sum()
        pd.testing.assert_series_equal(
            found.set_index("term")["amount"], sums.loc[list(found["term"])],
            check_names=False, check_index_type=False, check_index=False, atol=1e-12,
        )  # fmt: skip
    assert not any("sums over products" in told for told in whole.run.warnings)


def test_the_headline_is_about_the_chosen_exporter_in_the_unit_of_the_table() -> None:
    world = two_regions()
    for region in ("AAA", "BBB"):
        found = catenary.value_added(world, exporter=region)
        row = found.exporters.iloc[0]
        assert row["region"] == region
        assert f"{row['exports']:.6g} USD/year of exports of {region}" in found.summary()
        assert f"{row['ratio']:.1%} are its own" in found.summary()
    assert "USD/year of exports" in catenary.value_added(world).summary()
    assert "12 t/year of co2" in catenary.footprint(world).summary()
    assert "inside goods and services" in catenary.footprint(world).summary()
