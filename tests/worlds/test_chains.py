"""The built-in world `chains`: laws that hold whatever the numbers are, and one known answer."""

from __future__ import annotations

import csv
import re
import tomllib
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catenary.errors import BalanceError, DataError, OptionError
from catenary.worlds import _sourcing, chains

pytestmark = pytest.mark.part("1.4")

PATTERNS: tuple[chains.Sourcing, ...] = ("pooled", "home-first")
WORLDS = Path(chains.__file__).parent
SCENARIOS = sorted((WORLDS / "scenarios").glob("*.toml"))
EXACT = 1e-12


@cache
def world(sourcing: chains.Sourcing) -> dict[str, pd.DataFrame]:
    return chains.tables(sourcing)


def schema() -> dict[str, set[str]]:
    path = WORLDS.parent / "model" / "schema" / "columns.csv"
    columns: dict[str, set[str]] = {}
    with path.open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            columns.setdefault(row["table"], set()).add(row["column"])
    return columns


def shipped(name: str) -> pd.DataFrame:
    return pd.read_csv(WORLDS / "chains" / f"{name}.csv", dtype=str, keep_default_na=False)


def chosen(frame: pd.DataFrame, table: str, column: str) -> pd.DataFrame:
    claims = frame[frame["chosen"] & (frame["table"] == table) & (frame["column"] == column)]
    return claims.set_index("row")


# --- every table ------------------------------------------------------------------------------


@pytest.mark.parametrize("sourcing", PATTERNS)
def test_columns_are_those_of_the_schema(sourcing: chains.Sourcing) -> None:
    known = schema()
    for name, frame in world(sourcing).items():
        assert set(frame) <= known[name] | known["*"], name
    assert set(world(sourcing)["sources"]) <= known["sources"]


@pytest.mark.parametrize("sourcing", PATTERNS)
def test_ids_are_unique_and_references_exist(sourcing: chains.Sourcing) -> None:
    tables = world(sourcing)
    for name in ("regions", "products", "producers", "demand", "recipes", "sources"):
        assert tables[name]["id"].is_unique, name
    refers = {
        "regions": [("producers", "region"), ("demand", "region")],
        "products": [
            ("producers", "product"), ("demand", "product"), ("recipes", "product"),
            ("recipes", "input"), ("concordances", "product"),
        ],
        "producers": [("supplies", "supplier"), ("supplies", "buyer"), ("demand", "supplier")],
    }  # fmt: skip
    for target, columns in refers.items():
        for name, column in columns:
            assert set(tables[name][column]) <= set(tables[target]["id"]), (name, column)
    for name in ("regions", "products"):
        parents = ";".join(tables[name]["parent"]).split(";")
        assert set(parents) - {""} <= set(tables[name]["id"]), name


@pytest.mark.parametrize("sourcing", PATTERNS)
def test_every_row_names_a_source_that_exists(sourcing: chains.Sourcing) -> None:
    tables = world(sourcing)
    known = set(tables["sources"]["id"])
    for name, frame in tables.items():
        if name != "sources":
            assert set(frame["source"]) <= known, name


def test_sources_say_what_their_kind_must() -> None:
    sources = world("pooled")["sources"]
    assert set(sources["kind"]) <= {"fact", "assumption", "projection"}
    facts = sources[sources["kind"] != "assumption"]
    assert facts["url"].str.match(r"https?://").all()
    assert facts["published"].notna().all()
    assert sources["title"].ne("").all()
    assert sources.loc[sources["kind"] == "assumption", "statement"].str.len().gt(15).all()
    cited = ["kind", "title", "publisher", "published", "url", "statement"]
    assert not sources.duplicated(cited).any()


@pytest.mark.parametrize(
    "name",
    ["shares", "shares_other", "demand", "demand_other", "recipes", "stock", "gdp", "worth"],
)
def test_citations_of_shipped_rows_agree_with_the_sources(name: str) -> None:
    sources = shipped("sources").set_index("id")
    frame = shipped(name)
    cited = sources.loc[frame["source"]].reset_index()
    assert list(frame["kind"]) == list(cited["kind"])
    for ours, theirs in {
        "publisher": "publisher",
        "source_year": "published",
        "url": "url",
    }.items():
        assert list(frame[ours]) == list(cited[theirs]), ours
    titled = frame["source_title"] != ""
    assert list(frame["source_title"][titled]) == list(cited["title"][titled])


def test_nothing_shipped_names_a_path_of_a_machine() -> None:
    files = [*(WORLDS / "chains").iterdir(), *SCENARIOS, WORLDS / "chains.py"]
    for path in files:
        assert not re.search(r"/(work|tmp|root|home)/", path.read_text(encoding="utf-8")), path


# --- facts, assumptions, projections ----------------------------------------------------------


def test_no_projection_is_chosen() -> None:
    tables = world("pooled")
    claims = tables["claims"].merge(tables["sources"], left_on="source", right_on="id")
    projections = claims["kind"] == "projection"
    assert projections.any()
    assert not claims.loc[projections, "chosen"].any()
    for name in ("shares", "shares_other", "demand", "demand_other", "stock", "recipes"):
        frame = shipped(name)
        late = (frame["year"] > frame["source_year"]) & (frame["source_year"] != "")
        late |= frame["note"].str.contains("FORECAST")
        assert not (late & (frame["kind"] == "fact")).any(), name


def test_every_figure_found_is_a_claim() -> None:
    claims = world("pooled")["claims"]
    found = {
        ("producers", "output"): ("shares", "shares_other"),
        ("demand", "quantity"): ("demand", "demand_other"),
        ("products", "stock_days"): ("stock",),
        ("products", "value"): ("worth",),
        ("recipes", "amount"): ("recipes",),
    }
    for (table, column), names in found.items():
        held = claims[(claims["table"] == table) & (claims["column"] == column)]
        assert len(held) == sum(len(shipped(name)) for name in names)


def test_what_the_world_uses_is_what_was_chosen() -> None:
    tables = world("pooled")
    outputs = tables["producers"].set_index("id")
    for table, column, values in (
        ("producers", "output", outputs["output"]),
        ("demand", "quantity", tables["demand"].set_index("id")["quantity"]),
        ("products", "stock_days", tables["products"].set_index("id")["stock_days"]),
        ("products", "value", tables["products"].set_index("id")["value"]),
        ("recipes", "amount", tables["recipes"].set_index("id")["amount"]),
        ("recipes", "criticality", tables["recipes"].set_index("id")["criticality"]),
    ):
        claims = chosen(tables["claims"], table, column)
        assert claims.index.is_unique
        stated = claims[~claims.index.str.startswith("EU27.")]
        np.testing.assert_allclose(values[stated.index], stated["value"], rtol=EXACT)
    used = outputs[~outputs["product"].str.endswith(".end_use")]
    other = used[~used.index.isin(chosen(tables["claims"], "producers", "output").index)]
    assert set(other["source"]) == {"assumed-remainder", "assumed-eu27-split"}


def test_members_of_the_union_add_up_to_the_stated_total() -> None:
    tables = world("pooled")
    claims = chosen(tables["claims"], "producers", "output")
    totals = claims.loc[claims.index.str.startswith("EU27."), "value"]
    split = tables["producers"][tables["producers"]["source"] == "assumed-eu27-split"]
    sums = split.groupby("product")["output"].sum()
    assert len(totals) == 4
    for row, total in totals.items():
        assert sums[str(row).removeprefix("EU27.")] == pytest.approx(total, abs=EXACT)
    regions = tables["regions"].set_index("id")["parent"]
    assert set(regions[regions == "EU27"].index) >= set(split["region"])
    assert "EU27" not in set(tables["producers"]["region"])


# --- the graph --------------------------------------------------------------------------------


def test_shares_of_every_stage_sum_to_one_hundred() -> None:
    made = world("pooled")["producers"]
    sums = made.groupby("product")["output"].sum()
    np.testing.assert_allclose(sums, 100.0, atol=EXACT * 100)
    assert (made["output"] > 0).all()
    stages = world("pooled")["products"].query("parent != ''")["id"]
    assert set(sums.index) == set(stages)


def test_every_stage_leads_to_an_end_use() -> None:
    tables = world("pooled")
    users: dict[str, set[str]] = {}
    for recipe in tables["recipes"].itertuples():
        users.setdefault(str(recipe.input), set()).add(str(recipe.product))
    for product in set(tables["producers"]["product"]):
        reached, edge = {product}, {product}
        while edge := set().union(*(users.get(node, set()) for node in edge)) - reached:
            reached |= edge
        assert any(node.endswith(".end_use") for node in reached), product


def test_every_input_has_stock_days_and_no_end_use_has() -> None:
    tables = world("pooled")
    days = tables["products"].set_index("id")["stock_days"]
    inputs = set(tables["recipes"]["input"])
    assert set(days[days.notna()].index) == inputs


@pytest.mark.part("6.5")
def test_every_stage_that_travels_is_worth_something_round() -> None:
    products = world("pooled")["products"].set_index("id")
    goods = products[(products["parent"] != "") & (products["mode"] != "none")]
    digits = np.log10(goods["value"])
    assert digits.between(1, 8).all()
    assert goods.loc[~products["mode"].eq("none"), "value"].map(lambda v: f"{v:.0e}"[0]).isin(
        ["1", "3"]
    ).all()  # fmt: skip
    assert products.loc[products["mode"] == "none", "value"].isna().all()


def test_recipes_use_up_the_world_output_of_each_input() -> None:
    recipes = world("pooled")["recipes"]
    np.testing.assert_allclose(recipes.groupby("input")["amount"].sum(), 1.0, atol=EXACT)


def test_magnets_are_one_node_with_two_users() -> None:
    tables = world("pooled")
    recipes = tables["recipes"]
    users = set(recipes.loc[recipes["input"] == "rare_earths.magnets", "product"])
    assert users == {"rare_earths.end_use", "wind.nacelles"}
    assert "wind.magnets" not in set(tables["products"]["id"])


# --- who buys from whom -----------------------------------------------------------------------


def balance(
    producers: pd.DataFrame, recipes: pd.DataFrame, supplies: pd.DataFrame
) -> tuple[pd.Series, pd.Series]:
    """Return what buyers lack of each input and what suppliers of inputs keep."""
    wants = _sourcing.needs(recipes, producers).set_index(["buyer", "input"])["need"]
    product = producers.set_index("id")["product"]
    got = supplies.groupby(["buyer", supplies["supplier"].map(product).rename("input")])
    sold = supplies.groupby("supplier")["quantity"].sum()
    inputs = producers[producers["product"].isin(recipes["input"])].set_index("id")["output"]
    return (
        wants.sub(got["quantity"].sum(), fill_value=0.0),
        inputs.sub(sold, fill_value=0.0),
    )


@pytest.mark.parametrize("sourcing", PATTERNS)
def test_supplies_balance(sourcing: chains.Sourcing) -> None:
    tables = world(sourcing)
    lacking, kept = balance(tables["producers"], tables["recipes"], tables["supplies"])
    assert lacking.abs().max() <= EXACT * 100
    assert kept.abs().max() <= EXACT * 100
    assert (tables["supplies"]["quantity"] > 0).all()
    assert not tables["supplies"].duplicated(["supplier", "buyer"]).any()


def test_final_demand_takes_the_output_of_end_use() -> None:
    tables = world("pooled")
    made = tables["producers"].set_index("id")
    demand = tables["demand"]
    assert set(demand["supplier"]) == set(made.index[made["product"].str.endswith(".end_use")])
    np.testing.assert_array_equal(made.loc[demand["supplier"], "output"], demand["quantity"])
    np.testing.assert_array_equal(made.loc[demand["supplier"], "region"], demand["region"])


def test_patterns_deliver_the_same_totals() -> None:
    one, other = (
        world(sourcing)["supplies"].groupby("buyer")["quantity"].sum() for sourcing in PATTERNS
    )
    pd.testing.assert_series_equal(one, other, rtol=EXACT)
    for name in ("producers", "recipes", "demand", "claims", "products"):
        pd.testing.assert_frame_equal(world("pooled")[name], world("home-first")[name])


def test_home_first_never_imports_what_home_could_give() -> None:
    tables = world("home-first")
    of = tables["producers"].set_index("id")
    supplies = tables["supplies"].assign(
        product=lambda s: s["supplier"].map(of["product"]),
        origin=lambda s: s["supplier"].map(of["region"]),
        destination=lambda s: s["buyer"].map(of["region"]),
    )
    home = supplies["origin"] == supplies["destination"]
    np.testing.assert_array_equal(supplies["priority"] == 0, home)
    exports = set(zip(supplies["product"][~home], supplies["origin"][~home], strict=True))
    imports = set(zip(supplies["product"][~home], supplies["destination"][~home], strict=True))
    assert not exports & imports
    assert (world("pooled")["supplies"]["priority"] == 0).all()


@st.composite
def stages(draw: st.DrawFn) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return producers of two inputs and two products, and recipes that use the inputs up."""
    regions = ["A", "B", "C", "D"]
    rows = []
    for product in ("in.a", "in.b", "out.a", "out.b"):
        weights = draw(
            st.lists(st.integers(0, 50), min_size=4, max_size=4).filter(lambda w: sum(w) > 0)
        )
        rows += [
            (f"{region}.{product}", region, product, 100.0 * weight / sum(weights))
            for region, weight in zip(regions, weights, strict=True)
        ]
    part = draw(st.floats(0.1, 0.9))
    recipes = pd.DataFrame(
        [("out.a", "in.a", part), ("out.b", "in.a", 1 - part), ("out.b", "in.b", 1.0)],
        columns=["product", "input", "amount"],
    )
    return pd.DataFrame(rows, columns=["id", "region", "product", "output"]), recipes


@settings(deadline=None, max_examples=50)
@given(stages(), st.sampled_from(PATTERNS))
def test_any_shares_balance(
    parts: tuple[pd.DataFrame, pd.DataFrame], sourcing: chains.Sourcing
) -> None:
    producers, recipes = parts
    wants = _sourcing.needs(recipes, producers)
    supplies = _sourcing.PATTERNS[sourcing](producers, wants)
    lacking, kept = balance(producers, recipes, supplies)
    assert lacking.abs().max() <= 1e-10
    assert kept.abs().max() <= 1e-10


@pytest.mark.parametrize("sourcing", PATTERNS)
def test_links_cover_what_crosses_borders(sourcing: chains.Sourcing) -> None:
    links = chains.links(sourcing)
    assert set(links) <= schema()["links"] | schema()["*"]
    assert (links["origin"] != links["destination"]).all()
    assert not links.duplicated(["origin", "destination", "product"]).any()
    magnets = links.query("origin == 'CHN' and product == 'rare_earths.magnets'")
    assert {"USA", "DEU", "ROW"} <= set(magnets["destination"])


# --- one known answer: half of China's solar wafers -------------------------------------------


def received(supplies: pd.DataFrame, capacity: pd.Series) -> pd.Series:
    """Return what each buyer gets when suppliers ration by priority, then pro rata."""
    got = pd.Series(0.0, index=supplies.index)
    for supplier, orders in supplies.groupby("supplier"):
        left = float(capacity[supplier])
        for _, group in orders.groupby("priority"):
            wanted = float(group["quantity"].sum())
            given = min(left, wanted)
            got[group.index] = group["quantity"] * given / wanted
            left -= given
    return got.groupby(supplies["buyer"]).sum()


def half_of_wafers(producers: pd.DataFrame, supplies: pd.DataFrame) -> pd.Series:
    """Return the loss of wafers by maker of cells, and of those outside China together."""
    capacity = producers.set_index("id")["output"].copy()
    capacity["CHN.solar.wafers"] *= 0.5
    wafers = supplies[supplies["supplier"].str.endswith(".solar.wafers")]
    got, wanted = received(wafers, capacity), wafers.groupby("buyer")["quantity"].sum()
    abroad = wanted.index != "CHN.solar.cells"
    loss = got / wanted - 1
    loss["abroad"] = got[abroad].sum() / wanted[abroad].sum() - 1
    return loss


def test_half_of_chinas_wafers_pooled() -> None:
    tables = world("pooled")
    loss = half_of_wafers(tables["producers"], tables["supplies"])
    assert len(loss) == 11
    np.testing.assert_allclose(loss, -0.97 / 2, rtol=1e-12)


def test_half_of_chinas_wafers_home_first() -> None:
    tables = world("home-first")
    loss = half_of_wafers(tables["producers"], tables["supplies"])
    assert loss["CHN.solar.cells"] == pytest.approx(48.5 / 79 - 1)  # -38.6 %
    assert loss["abroad"] == pytest.approx(3 / 21 - 1)  # -85.7 %
    assert loss["ROW.solar.cells"] == pytest.approx(0)  # its home supply is ROW
    assert loss["MYS.solar.cells"] == pytest.approx(1.5 / 19.5 - 1)  # -92.3 %


def test_half_of_chinas_wafers_with_the_other_figure_for_cells() -> None:
    """With the claim of 85 % Chinese cells instead of 79 %: -43 % in China, -80 % abroad."""
    tables = world("home-first")
    claims = tables["claims"].query("row == 'CHN.solar.cells' and source == 'iea-2022-solar-chain'")
    share = float(claims["value"].iloc[0])
    made = tables["producers"].copy()
    cells = made["product"] == "solar.cells"
    china = made["region"] == "CHN"
    made.loc[cells & ~china, "output"] *= (100 - share) / (100 - 79.0)
    made.loc[cells & china, "output"] = share
    wants = _sourcing.needs(tables["recipes"], made)
    loss = half_of_wafers(made, _sourcing.home_first(made, wants))
    assert round(loss["CHN.solar.cells"], 2) == -0.43
    assert round(loss["abroad"], 2) == -0.80


# --- rules that today's numbers do not reach --------------------------------------------------


def made(*rows: tuple[str, str, float]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["product", "region", "share"])
    return frame.assign(own=frame["product"], kind="fact", source="s", year=2024.0, note="n")


def test_shares_above_one_by_rounding_are_scaled_and_say_so() -> None:
    producers = chains._producers(made(("p", "A", 0.501), ("p", "B", 0.501)))
    assert producers["output"].tolist() == [50.0, 50.0]
    assert producers["note"].str.contains("scaled").all()


def test_shares_far_above_one_are_refused() -> None:
    with pytest.raises(BalanceError, match="'p'"):
        chains._producers(made(("p", "A", 0.7), ("p", "B", 0.7)))


def test_a_chosen_projection_is_refused() -> None:
    with pytest.raises(DataError, match="projection"):
        chains._producers(made(("p", "A", 0.7)).assign(kind="projection"))


def test_two_shares_of_one_country_are_refused() -> None:
    with pytest.raises(DataError, match=r"A\.p"):
        chains._producers(made(("p", "A", 0.3), ("p", "A", 0.3)))


def test_a_union_beside_its_member_is_refused() -> None:
    with pytest.raises(DataError, match="EU27"):
        chains._producers(made(("p", "EU27", 0.3), ("p", "DEU", 0.3)))


def test_a_region_without_a_name_is_refused() -> None:
    with pytest.raises(DataError, match="'XXX'"):
        chains._regions(["XXX"])


def test_unknown_sourcing_is_told_what_exists() -> None:
    with pytest.raises(OptionError, match="pooled"):
        chains.tables("poled")  # type: ignore[arg-type]


# --- scenarios --------------------------------------------------------------------------------


def scenario(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_scenarios_cite_every_number(path: Path) -> None:
    read = scenario(path)
    assert read["name"] == path.stem
    assert set(read) == {"name", "title", "world", "description", "sources", "changes"}
    sources = {source["id"]: source for source in read["sources"]}
    assert len(sources) == len(read["sources"])
    named = " ".join(f"{change['source']} {change['note']}" for change in read["changes"])
    for label, source in sources.items():
        assert set(source) <= schema()["sources"]
        assert source["statement"]
        assert source["kind"] == "assumption" or source["url"].startswith("http")
        assert label in named or label == "assumed-start"
    for change in read["changes"]:
        assert change["source"] in sources
        table, column = change["target"].split(".")
        assert column in schema()[table]
        numbers = {how: change[how] for how in ("multiply", "set", "add") if how in change}
        assert len(numbers) == 1
        assert 0 <= numbers.get("multiply", 0) <= 1
        assert change["start"] == 0 or "assumed-start" in sources


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_scenarios_hit_something(path: Path) -> None:
    read = scenario(path)
    if read["world"] != "chains":
        return
    tables = {**world("home-first"), "links": chains.links("home-first")}
    if any(change["target"].startswith(("passages.", "facilities.")) for change in read["changes"]):
        return  # of the network, not of the chains: see test_closures.py
    for change in read["changes"]:
        frame = tables[change["target"].partition(".")[0]]
        parent = world("home-first")["regions"].set_index("id")["parent"]
        for column, value in change["where"].items():
            labels = frame[column]
            wanted = value if isinstance(value, list) else [value]
            assert all(((labels == one) | (labels.map(parent) == one)).any() for one in wanted)
            frame = frame[labels.isin(wanted) | labels.map(parent).isin(wanted)]
        assert len(frame) > 0, change


@pytest.mark.parametrize(
    ("name", "place", "expected"),
    [
        ("tohoku-2011", 0, 1 - 0.25 / 0.558),
        ("sichuan-2022", 0, 1 - 0.1 * 31 / 13),
        ("japan-2011", 0, 1 - 0.48),
        ("japan-2011", 1, 1 - 0.08),
        ("japan-2011-damage", 0, 1 - 16.9 * 309 / 25 / (4 * 5897.479)),
        ("japan-2011-damage", 1, 1 - 20.2 / 512.5 * 0.513889),
        ("japan-2011-damage", 4, 1 - 20.2 / 512.5 * 0.2 * 0.3),
    ],
)
def test_scenario_arithmetic(name: str, place: int, expected: float) -> None:
    change = scenario(WORLDS / "scenarios" / f"{name}.toml")["changes"][place]
    assert change["multiply"] == pytest.approx(expected, abs=5e-4)
    spread = change.get("uncertain", {}).get("multiply", {})
    limits = [spread[key] for key in ("low", "mode", "high") if key in spread]
    assert all(one <= other for one, other in pairwise(limits))
