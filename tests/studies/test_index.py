from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import catenary
from catenary import Matrix, World, Worlds
from catenary.economy.accounts import Accounts
from catenary.errors import DataError, OptionError
from catenary.maths.centrality import page_rank
from catenary.maths.scoring import drawn_weights, ranks, scaled, weighted
from catenary.studies.components import connection
from catenary.testing import two_regions, worlds

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

pytestmark = pytest.mark.part("5.9")

TABLES = hnp.arrays(
    float, st.tuples(st.integers(1, 9), st.integers(1, 5)),
    elements=st.one_of(st.floats(-50, 50).map(lambda x: round(x, 3)), st.just(np.nan)),
)  # fmt: skip


@given(TABLES, st.data())
def test_units_and_direction_do_not_matter(
    values: NDArray[np.float64], data: st.DataObject
) -> None:
    up = np.array(data.draw(st.lists(st.booleans(), min_size=values.shape[1],
                                     max_size=values.shape[1])))  # fmt: skip
    found = scaled(values, up)
    assert (np.isnan(found) == np.isnan(values)).all()
    assert ((found >= 0) & (found <= 1) | np.isnan(found)).all()
    np.testing.assert_allclose(scaled(values * 1000 - 7, up), found, atol=1e-6)
    spread = (np.nanmax(np.where(np.isnan(values), -1e9, values), axis=0)
              > np.nanmin(np.where(np.isnan(values), 1e9, values), axis=0))  # fmt: skip
    np.testing.assert_allclose(scaled(values, ~up)[:, spread], 1 - found[:, spread], atol=1e-12)


@given(TABLES)
def test_nothing_absent_is_imputed(values: NDArray[np.float64]) -> None:
    weights = np.ones(values.shape[1])
    score = weighted(values, weights)
    assert (np.isnan(score) == np.isnan(values).any(axis=1)).all()
    whole = ~np.isnan(values).any(axis=1)
    np.testing.assert_allclose(score[whole], values[whole].mean(axis=1))
    place = ranks(score)
    assert (np.isnan(place) == np.isnan(score)).all()
    expected = pd.Series(score).rank(ascending=False, method="min").to_numpy()
    if len(np.unique(np.diff(np.sort(score[whole])) < 1e-9)) == 1:  # no near ties
        np.testing.assert_array_equal(place, expected)


def test_drawn_weights_are_even_over_all_that_may_be_given() -> None:
    drawn = drawn_weights(np.array([2.0, 0.0, 1.0, 1.0]), 20_000, seed=3)
    assert (drawn[:, 1] == 0).all()
    np.testing.assert_allclose(drawn.sum(axis=1), 1)
    # uniform on the simplex of three: means 1/3, and a half is exceeded with probability 1/4
    np.testing.assert_allclose(drawn[:, [0, 2, 3]].mean(axis=0), 1 / 3, atol=0.01)
    assert (drawn[:, 0] > 0.5).mean() == pytest.approx(0.25, abs=0.01)


def test_page_rank_is_the_stationary_walk() -> None:
    flows = np.random.default_rng(5).random((6, 6))
    flows[2] = 0
    found = page_rank(flows)
    np.fill_diagonal(flows, 0)
    step = flows / np.where(flows.sum(axis=1) > 0, flows.sum(axis=1), 1)[:, None]
    step[2] = 1 / 6
    walk = 0.85 * step + 0.15 / 6
    values, vectors = np.linalg.eig(walk.T)
    still = np.real(vectors[:, np.argmax(np.real(values))])
    np.testing.assert_allclose(found, still / still.sum(), atol=1e-10)


@given(worlds(dense=True, traded=True))
@settings(max_examples=15)
def test_any_order_of_labels_gives_the_same_links(world: World) -> None:
    assume(len(world.ids("regions")) > 1)
    ids = world.ids("producers")
    order = np.random.default_rng(0).permutation(len(ids))
    turned = world.with_(producers=world.table("producers").iloc[order])
    one, other = (connection(w, Accounts.of(w)) for w in (world, turned))
    for name, values in one.items():
        np.testing.assert_allclose(other[name], values, atol=1e-9)
        assert (values[np.isfinite(values)] >= -1e-9).all()


def given_indicators(world: World, **values: list[float | None]) -> World:
    regions = list(world.ids("regions"))
    rows = [
        {"region": region, "indicator": name, "pillar": "innovation", "value": value, "unit": "%"}
        for name, numbers in values.items()
        for region, value in zip(regions, numbers, strict=True)
        if value is not None
    ]
    return world.with_(indicators=pd.DataFrame(rows))


def score_of(found: catenary.Result, region: str, pillar: str) -> float:
    scores = found.tables["scores"].set_index(["region", "pillar"])["score"]
    return float(scores.loc[region, pillar])


def test_what_is_absent_is_shown_and_never_counted() -> None:
    world = given_indicators(two_regions(), patents=[3.0, None])
    found = catenary.index(world, days=30)
    assert score_of(found, "AAA", "innovation") == 50
    assert np.isnan(score_of(found, "BBB", "innovation"))
    assert np.isnan(score_of(found, "BBB", "overall"))
    scores = found.scores.set_index(["region", "pillar"])
    assert scores.loc[("BBB", "overall"), "lacking"] == 1
    assert any("1 regions are not ranked" in line for line in found.run.warnings)
    shown = found.components.set_index(["region", "component"])["value"]
    assert np.isnan(shown.loc["BBB", "patents"])
    # without weight it is shown and hurts nobody
    free = catenary.index(world, days=30, weights="patents=0")
    assert np.isfinite(score_of(free, "BBB", "overall"))
    assert "innovation" not in set(free.scores["pillar"])
    assert "promotion" not in set(found.scores["pillar"])


def test_weights_decide() -> None:
    world = given_indicators(two_regions(), patents=[1.0, 2.0])
    for region, number in (("AAA", 0), ("BBB", 100)):
        found = catenary.index(world, days=30, weights="connection=0,resilience=0")
        assert score_of(found, region, "overall") == number
    assert found.weights["share"].sum() == pytest.approx(1)
    doubled = catenary.index(world, days=30, weights="innovation = 2")
    overall = (score_of(doubled, "BBB", "connection") + score_of(doubled, "BBB", "resilience")
               + 2 * score_of(doubled, "BBB", "innovation")) / 4  # fmt: skip
    assert score_of(doubled, "BBB", "overall") == pytest.approx(overall)


@pytest.mark.parametrize(
    ("weights", "said", "hint"),
    [
        ("resiliance=2", "no pillar or component", "'resilience'"),
        ("fall=-1", "the weight of fall is '-1'", "0 or more"),
        ("fall", "the weight of fall is ''", "0 or more"),
        ("fall=1,fall=2", "twice", "once"),
        ("connection=0,resilience=0", "nothing has weight", "more than 0"),
    ],
)
def test_wrong_weights_are_told(weights: str, said: str, hint: str) -> None:
    with pytest.raises(OptionError, match=said) as caught:
        catenary.index(two_regions(), days=30, weights=weights)
    assert hint in caught.value.hint


def test_indicators_that_contradict_themselves_are_refused() -> None:
    world = two_regions()
    rows = pd.DataFrame({"region": ["AAA", "AAA"], "indicator": "x", "pillar": "promotion",
                         "value": [1.0, 2.0]})  # fmt: skip
    with pytest.raises(DataError, match="several values of 'x' for 'AAA'"):
        catenary.index(world.with_(indicators=rows), days=30)
    with pytest.raises(DataError, match="measured from the table itself"):
        catenary.index(world.with_(indicators=rows.iloc[:1].assign(indicator="fall")), days=30)


def test_years_share_one_scale_and_are_ranked_apart() -> None:
    first = given_indicators(two_regions(), patents=[1.0, 2.0])
    last = given_indicators(two_regions(), patents=[3.0, 5.0])
    found = catenary.index(Worlds({"2000": first, "2010": last}), days=30)
    scores = found.scores.set_index(["world", "region", "pillar"])["score"]
    assert [
        scores.loc[year, region, "innovation"]
        for year, region in (("2000", "AAA"), ("2000", "BBB"), ("2010", "AAA"), ("2010", "BBB"))
    ] == [0, 25, 50, 100]
    ranked = found.scores.set_index(["world", "region", "pillar"])["rank"]
    assert ranked.loc["2000", "BBB", "innovation"] == ranked.loc["2010", "BBB", "innovation"] == 1
    some = catenary.index(Worlds({"2000": two_regions(), "2010": last}), days=30)
    assert any(line.startswith("2000: no region has patents") for line in some.run.warnings)


def liner_links(folder: Path) -> pd.DataFrame:
    """Return the capacity of liner services of 2015 that touch each country."""
    edges = pd.read_excel(folder / "Edges_GLSN_2015.xlsx")
    ends = edges[["CountryCode_port1", "CountryCode_port2"]].to_numpy(str)
    capacity = edges["Edge weight=C/(n-1)"].to_numpy(float)
    abroad = ends[:, 0] != ends[:, 1]
    sums = pd.Series(np.tile(capacity[abroad], 2)).groupby(ends[abroad].T.ravel()).sum()
    return pd.DataFrame({"region": sums.index, "indicator": "liner_links", "pillar": "connection",
                         "value": sums.to_numpy()})  # fmt: skip


def test_forty_countries_with_given_indicators(shared: Path) -> None:
    data = shared / "data"
    world = catenary.read("wiod", data / "wiod2013", year=2011)
    assert isinstance(world, World)
    performance = pd.read_csv(data / "lpi_2010_2016" / "lpi.csv", encoding="latin1")
    performance = performance[performance["Year"] == 2012]
    rows = pd.DataFrame({
        "region": performance["Code"].replace({"ROM": "ROU"}), "indicator": "logistics_performance",
        "pillar": "promotion", "value": performance["Overall LPI Score"], "unit": "1-5",
    })  # fmt: skip
    eci = pd.read_csv(data / "econ_complexity" / "eci_reference.csv")
    more = pd.DataFrame({"region": eci.iloc[:, 0].str.upper(), "indicator": "complexity",
                         "pillar": "innovation", "value": eci["eci"]})  # fmt: skip
    kept = pd.concat([rows, more, liner_links(data / "liner_shipping_network")])
    kept = kept[
        kept["region"].isin(world.ids("regions"))
        & pd.to_numeric(kept["value"], errors="coerce").notna()
    ].drop_duplicates(["region", "indicator"])
    found = catenary.index(world.with_(indicators=kept), days=45, shock_days=15, recovery_days=15)
    overall = found.scores[found.scores["pillar"] == "overall"].set_index("region")
    assert len(overall) == 40
    assert "ROW" not in overall.index
    lacking = overall[overall["lacking"] > 0].index
    there = kept.groupby("region")["indicator"].nunique()
    assert set(lacking) == {region for region in overall.index if there.get(region, 0) < 3}
    assert {"AUT", "CZE", "HUN", "LUX", "SVK"} <= set(lacking)  # no coast, no liner links
    ranked = overall["rank"].dropna()
    assert sorted(ranked) == list(range(1, len(ranked) + 1))
    known = overall.loc[ranked.index]
    assert (known["rank_low"] <= known["rank_high"]).all()
    # small open economies are linked most, and large ones are most central
    values = found.components.set_index(["component", "region"])["value"]
    assert values["upstream_links"].idxmax() in ("LUX", "IRL", "HUN", "MLT")
    assert values["centrality"].nlargest(3).index.isin(["USA", "CHN", "DEU"]).all()
    assert {"EU27"} <= set(found.groups["group"])


def test_noise_of_rounding_is_no_spread() -> None:
    values = np.array([[1 / 6], [1 / 6 + 1e-16], [1 / 6 - 1e-16]])
    assert scaled(values, np.array([True])).ravel().tolist() == [0.5, 0.5, 0.5]


def test_alike_regions_score_alike_in_all_that_is_measured() -> None:
    regions = ["AAA", "BBB", "CCC", "DDD"]
    ids = [f"{region}.{product}" for region in regions for product in ("one", "two")]
    world = World(
        {
            "regions": pd.DataFrame({"id": regions}),
            "products": pd.DataFrame({"id": ["one", "two"]}),
            "producers": pd.DataFrame({
                "id": ids, "region": [one[:3] for one in ids], "product": [one[4:] for one in ids],
                "output": 3.6 / 365,
            }),
            "consumers": pd.DataFrame({"id": regions, "region": regions}),
            "intermediate": Matrix(np.full((8, 8), 0.1), ids, ids, "USD/year"),
            "final": Matrix(np.full((8, 4), 0.7), ids, regions, "USD/year"),
        }
    )  # fmt: skip
    found = catenary.index(world, days=40).components
    assert (found["score"].dropna() == 50).all()


def untraded() -> World:
    world = two_regions()
    ids, users = world.ids("producers"), world.ids("consumers")
    return world.with_(
        intermediate=Matrix([[8.0, 0.0], [0.0, 4.0]], ids, ids, "USD/year"),
        final=Matrix([[8.0, 0.0], [0.0, 8.0]], ids, users, "USD/year"),
    )


def test_without_trade_the_components_of_trade_are_absent() -> None:
    found = catenary.index(untraded(), days=20)
    values = found.components.set_index("component")["value"]
    assert values["midstream_links"].isna().all()
    assert any("midstream_links" in text for text in found.run.warnings)
    assert found.scores["score"].notna().any()


def test_what_contradicts_itself_is_an_error_of_the_data() -> None:
    world = two_regions()
    row = {"region": "AAA", "indicator": "patents", "pillar": "innovation", "unit": "%"}
    twice = pd.DataFrame([row | {"value": 1.0}, row | {"value": 2.0}])
    with pytest.raises(DataError, match="'AAA': rows 1 and 2"):
        catenary.index(world.with_(indicators=twice), days=10)
    unlike = pd.DataFrame(
        [row | {"value": 1.0}, row | {"value": 2.0, "unit": "t", "region": "BBB"}]
    )
    with pytest.raises(DataError, match="several units"):
        catenary.index(world.with_(indicators=unlike), days=10)
    with pytest.raises(OptionError, match="no region to rank"):
        catenary.index(world, without="AAA,BBB")


def test_shocks_that_take_nothing_are_said() -> None:
    told = catenary.index(two_regions(), days=10, shock_share=0).run.warnings
    assert any("take nothing" in text for text in told)


@given(worlds(dense=True, traded=True))
@settings(max_examples=10, deadline=None)
def test_components_of_the_shocks_are_those_of_the_table(world: World) -> None:
    regions = list(world.ids("regions"))
    assume(len(regions) > 2)
    found = catenary.index(world, days=40, shock_days=10, without=regions[-1])
    shocks = found.shocks
    assert regions[-1] not in {*shocks["shocked"], *shocks["region"]}
    assert (shocks["region"] != shocks["shocked"]).all()
    assert len(shocks) == (len(regions) - 1) * (len(regions) - 2)
    values = found.components.set_index(["component", "region"])["value"]
    for region, rows in shocks.groupby("region"):
        assert values["fall", region] == pytest.approx(rows["deepest"].mean())
        assert values["worst_loss", region] == pytest.approx(rows["loss_days"].max())
    assert any("neither ranked nor hit" in line for line in found.run.warnings)
    # the engine alone says the same of one of them
    row = shocks.iloc[0]
    change = catenary.Change(
        target="producers.capacity", where={"region": row["shocked"]}, multiply=0.5, days=10,
        recovery=catenary.Recovery(curve="linear", days=60),
    )  # fmt: skip
    alone = catenary.stress(
        world, scenario=catenary.Scenario("one", (change,)), days=40, stock_days=60
    )
    output = alone.output[alone.output["region"] == row["region"]]
    daily = output.groupby("day")[["output", "baseline"]].sum()
    lost = 1 - daily["output"] / daily["baseline"]
    assert lost.sum() == pytest.approx(row["loss_days"], abs=1e-9)
