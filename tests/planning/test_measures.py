"""`measures`: laws of what is offered, costs by hand, and files of one's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import catenary
from catenary import Scenario, World
from catenary.errors import DataError, MissingDataError, OptionError, SourceError
from catenary.model import measures_of
from catenary.planning import offered
from catenary.testing import serial_chain, trading_world, worlds
from catenary.worlds.measures import BASES, built_in, catalogue

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.part("8.1")

ALL = 1_000_000
SCALED = ("stock", "stage_stock", "second_source", "spare_capacity", "support")


def chains(label: str = "pooled") -> World:
    found = catenary.load(f"chains:{label}")
    assert isinstance(found, World)
    return found


def worth_of(world: World, usd: float = 1e9) -> dict[str, float]:
    return {str(label): usd * (1 + k) for k, label in enumerate(world.ids("products"))}


def table(world: World, **options: Any) -> pd.DataFrame:
    worth = ",".join(f"{k}={v!r}" for k, v in worth_of(world).items())
    given_: dict[str, Any] = {"most": ALL, "worth": worth, **options}
    return catenary.measures(world, **given_).measures.set_index("measure")


def with_rows(world: World, scenario: Scenario) -> World:
    """Return the world with a row for each stock and delivery that a measure is about."""
    where = {"stocks": ["producer", "input"], "supplies": ["supplier", "buyer"]}
    for name, keys in where.items():
        if name == "supplies" and "supplies" not in world:
            continue
        pairs = [
            [c.where[k] for k in keys] for c in scenario.changes if c.target.startswith(f"{name}.")
        ]
        if not pairs:
            continue
        number = "target_days" if name == "stocks" else "quantity"
        rows = pd.DataFrame(pairs, columns=keys).drop_duplicates().assign(**{number: 0.0})
        have = [world.table(name).reset_index(drop=True)] if name in world else []
        world = world.with_({name: pd.concat([*have, rows], ignore_index=True)})
    return world


def compiled(world: World, scenario: Scenario) -> int:
    """Compile every change on the world; return how many there are."""
    whole = with_rows(world, scenario)
    kept = tuple(c for c in scenario.changes if "supplies" in world or c.target != "supplies.share")
    return len(Scenario(scenario.name, kept).compile(whole).steps)


# --- laws -----------------------------------------------------------------------------------------


@settings(deadline=None, max_examples=15)
@given(world=worlds(), factor=st.floats(0.1, 3), name=st.sampled_from(SCALED))
def test_costs_grow_with_size_and_worth_but_for_what_is_fixed(
    world: World, factor: float, name: str
) -> None:
    known = built_in()
    size = known.templates[name]["size"].value
    sized = known.templates[name].sized(size * factor)
    other = type(known)(
        templates={**known.templates, name: sized}, worth={}, rate=known.rate,
        sources=known.sources,
    )  # fmt: skip
    worth = worth_of(world)
    more = {label: usd * factor for label, usd in worth.items()}

    def costs(**options: Any) -> dict[str, float]:
        try:
            found = offered(world, kinds=name, most=ALL, **options)
        except OptionError:  # a world of one producer alone offers some of them nowhere
            return {}
        return {m.name: m.usd for m in measures_of(found)}

    plain = costs(worth=worth)
    fixed = known.templates[name].usd(0.0, known.rate.value)
    for scaled in (costs(worth=worth, catalogue=other), costs(worth=more)):
        for label in set(plain) & set(scaled):
            assert scaled[label] - fixed == pytest.approx(factor * (plain[label] - fixed))
    assert set(costs(worth=more)) == set(plain)


@settings(deadline=None, max_examples=15)
@given(world=worlds(), data=st.data())
def test_filters_only_remove(world: World, data: st.DataObject) -> None:
    every = table(world)
    region = data.draw(st.sampled_from([str(r) for r in world.ids("regions")]))
    product = data.draw(st.sampled_from([str(p) for p in world.ids("products")]))
    kind = data.draw(st.sampled_from(sorted(set(every["template"]))))
    for options in ({"regions": region}, {"products": product}, {"kinds": kind}):
        try:
            found = table(world, **options)
        except OptionError:
            continue
        pd.testing.assert_frame_equal(found, every.loc[found.index], check_like=True)
        assert set(found["region"]) <= {region} or "regions" not in options
        assert set(found["product"]) == {product} or "products" not in options
        assert set(found["template"]) == {kind} or "kinds" not in options
    least = table(world, most=3)
    pd.testing.assert_frame_equal(least, every.iloc[:3])


@settings(deadline=None, max_examples=15)
@given(world=worlds(dense=False), seed=st.integers(0, 10**6))
def test_the_order_of_rows_does_not_matter(world: World, seed: int) -> None:
    rng = np.random.default_rng(seed)
    shuffled = {
        name: frame.sample(frac=1, random_state=int(rng.integers(2**31))).reset_index()
        for name in ("producers", "supplies", "products", "regions")
        for frame in [world.table(name)]
    }
    shuffled["supplies"] = shuffled["supplies"].drop(columns="id", errors="ignore")
    worth = ",".join(f"{k}={v!r}" for k, v in worth_of(world).items())
    one, other = (
        catenary.measures(w, most=ALL, worth=worth).measures.set_index("measure")
        for w in (world, world.with_(shuffled))
    )
    assert one.index.tolist() == other.index.tolist()
    pd.testing.assert_frame_equal(one, other)


@settings(deadline=None, max_examples=15)
@given(world=worlds())
def test_every_measure_compiles_costs_something_and_is_read_back(world: World) -> None:
    found = offered(world, worth=worth_of(world), most=ALL)
    assert compiled(world, found) > 0
    assert Scenario.parse(found.to_toml()) == found
    for one in measures_of(found):
        assert one.usd > 0
        assert one.co2e >= 0
    assert {c.source for c in found.changes} <= {str(s["id"]) for s in found.sources}


@settings(deadline=None, max_examples=15)
@given(world=worlds(), rate=st.floats(0, 0.5))
def test_bounds_enclose_costs_and_interest_raises_them(world: World, rate: float) -> None:
    one, dearer = table(world, rate=rate), table(world, rate=rate + 0.1)
    assert (one["usd_low"] <= one["usd"] * (1 + 1e-12)).all()
    assert (one["usd"] <= one["usd_high"] * (1 + 1e-12)).all()
    assert (dearer["usd"] >= one["usd"] * (1 - 1e-12)).all()
    assert (dearer["co2e"] == one["co2e"]).all()


@settings(deadline=None, max_examples=15)
@given(world=worlds(), data=st.data())
def test_weights_decide_what_comes_first(world: World, data: st.DataObject) -> None:
    count = len(world.ids("producers"))
    chosen = data.draw(st.integers(0, count - 1))
    weights = np.full(count, 1e-3)
    weights[chosen] = 1.0
    found = offered(world, kinds="support", most=1, worth=worth_of(world), weights=weights)
    assert found.changes[0].where["id"] == str(world.ids("producers")[chosen])
    nothing = np.zeros(count)
    with pytest.raises(OptionError, match="no measure is left"):
        offered(world, kinds="support", worth=worth_of(world), weights=nothing)
    with pytest.raises(OptionError, match="weights are"):
        offered(world, weights=np.ones(count + 1))


# --- the catalogue --------------------------------------------------------------------------------


def test_every_number_of_the_catalogue_has_a_source_and_every_source_a_number() -> None:
    known = built_in()
    figures = known.figures()
    cited = {label for text in figures["source"] for label in text.split(";")}
    cited |= {one.source for one in known.worth.values()}
    assert cited == set(known.sources)
    assert set(figures["basis"]) == {"fact", "assumption"}
    for label, row in known.sources.items():
        if row["kind"] == "fact":
            assert row["url"].startswith("http"), label
        assert len(row["statement"]) > 10, label
    assert {template.kind for template in known.templates.values()} == set(BASES)
    assert all(template.zh for template in known.templates.values())


def test_the_world_output_of_every_stage_of_the_chains_is_worth_something() -> None:
    products = chains().table("products")
    stages = set(products.index[products["parent"] != ""].astype(str))
    assert set(built_in().worth) == stages


# --- independent oracle: costs by hand ------------------------------------------------------------


def test_costs_on_chains_are_those_that_a_calculator_finds() -> None:
    world = chains()
    found = catenary.measures(world, products="solar", most=ALL).measures.set_index("measure")
    makers, supplies = world.table("producers"), world.table("supplies")
    wafers = built_in().worth["solar.wafers"].usd / 365 / 100  # USD per index point
    bought = supplies[
        supplies["supplier"].astype(str).str.endswith(".solar.wafers")
        & (supplies["buyer"] == "CHN.solar.cells")
    ]["quantity"].sum()
    stock = found.loc["stock:CHN.solar.cells:solar.wafers"]
    assert stock["usd"] == pytest.approx(0.3 * 30 * bought * wafers)
    assert stock["usd_high"] == pytest.approx(0.4 * 30 * bought * wafers)
    assert stock["co2e"] == pytest.approx(0.000375 * stock["usd"])
    made = float(makers["output"]["CHN.solar.wafers"]) * wafers * 365
    spread = 0.07 / (1 - 1.07**-15)
    spare = found.loc["spare_capacity:CHN.solar.wafers"]
    assert spare["usd"] == pytest.approx(0.2 * made * 0.51 * spread)
    assert spare["co2e"] == pytest.approx(0.000375 * 0.2 * made * 0.51 / 15)
    assert found.loc["support:CHN.solar.wafers", "usd"] == pytest.approx(
        0.515 * 0.3 * made * 30 / 365
    )
    assert found.loc["training:CHN.solar.wafers", "usd"] == pytest.approx(1.98e-6 * made * 1280)
    second = found.filter(like="second_source:CHN.solar.cells:", axis=0)["usd"].iloc[0]
    moved = 0.2 * bought * wafers * 365
    assert second == pytest.approx(moved * (0.25 + 0.51 * spread) + 1e5 * spread)


def test_a_table_in_money_needs_no_worth_and_its_costs_follow_its_flows() -> None:
    world = trading_world(regions=3)
    found = catenary.measures(world, kinds="stock,capacity", most=ALL).measures
    found = found.set_index("measure")
    flows = world.matrix("intermediate").dense * 1e6
    ids = [str(label) for label in world.ids("producers")]
    makes = [place for place, label in enumerate(ids) if label.endswith(".p1")]
    bought = flows[makes, ids.index("R0.p0")].sum()
    assert found.loc["stock:R0.p0:p1", "usd"] == pytest.approx(0.3 * 30 * bought / 365)
    output = float(world.table("producers")["output"]["R1.p0"]) * 1e6 * 365
    spread = 0.07 / (1 - 1.07**-15)
    assert found.loc["spare_capacity:R1.p0", "usd"] == pytest.approx(0.2 * output * 0.51 * spread)


# --- examples -------------------------------------------------------------------------------------


@pytest.mark.parametrize("label", ["pooled", "home-first"])
def test_all_kinds_of_producers_are_offered_on_chains_and_compile(label: str) -> None:
    world = chains(label)
    found = offered(world)
    assert len(measures_of(found)) == 60
    kinds = {name.partition(":")[0] for name in (c.measure for c in found.changes)}
    assert kinds == {
        "stock", "stage_stock", "second_source", "spare_capacity", "substitution", "recycling",
        "support", "training",
    }  # fmt: skip
    assert compiled(world, found) == len(found.changes)
    assert Scenario.parse(found.to_toml(comment="mine")) == found


def test_a_country_is_offered_what_it_can_decide_alone() -> None:
    found = catenary.measures(chains(), regions="DEU,FRA", most=ALL)
    assert set(found.measures["region"]) == {"DEU", "FRA"}
    assert not set(found.measures["kind"]) & {"stage_stock", "substitution", "recycling"}
    assert any("everybody would have to take them together" in w for w in found.run.warnings)


def test_a_second_source_lies_outside_the_largest_region_and_moves_no_more_than_it_can() -> None:
    world = chains("home-first")
    found = catenary.measures(world, kinds="second_source", most=ALL).measures
    supplies = world.table("supplies").astype({"supplier": str, "buyer": str})
    makers = world.table("producers")
    for where in found["where"].head(40):
        ends = dict(part.split("=") for part in where.split("; "))
        product = makers.loc[ends["supplier"], "product"]
        mine = supplies[supplies["buyer"] == ends["buyer"]]
        mine = mine[mine["supplier"].map(makers["product"].astype(str)) == product]
        by_region = mine.groupby(mine["supplier"].map(makers["region"].astype(str)))["quantity"]
        shares = by_region.sum() / mine["quantity"].sum()
        assert shares.max() >= 0.2
        assert shares.get(makers.loc[ends["supplier"], "region"], 0.0) < shares.max()


def test_borders_with_longer_waits_than_are_saved_are_offered() -> None:
    world = trading_world(regions=3)
    links = world.table("links").reset_index(drop=True)
    days = np.where(links["origin"].astype(str) == "R0", 1.0, 9.0)  # R0 is quick already
    world = world.with_(links=links.assign(duration=days))
    found = offered(world, kinds="border", regions="R1")
    assert [c.measure for c in found.changes] == ["facilitation:R1"] * 2
    assert [(c.where["origin"], c.value) for c in found.changes] == [(("R2",), -1.5), ("R1", -2.0)]
    left = found.compile(world).numbers("links.duration", days, 0)
    assert left.min() >= 0
    [measure] = measures_of(found)
    spread = 0.07 / (1 - 1.07**-10)
    assert measure.usd == pytest.approx(14.6e6 * spread + 3.25e6)


def test_a_network_offers_posts_at_slow_borders_and_larger_places() -> None:
    world = catenary.load("transport")
    assert isinstance(world, World)
    for name in ("passages", "facilities", "lanes"):
        frame = world.table(name)
        most = np.where(np.arange(len(frame)) == 3, 1e6, np.nan)
        world = world.with_({name: frame.reset_index().assign(capacity=most)})
    found = offered(world, kinds="border_post,upgrade", most=ALL)
    days = world.part("passages").numbers("duration")
    names = [str(label) for label in world.ids("passages")]
    posts = [c for c in found.changes if c.target == "passages.duration"]
    assert len(posts) == ((days >= 0.75) & (world.table("passages")["kind"] == "border")).sum()
    assert all(days[names.index(str(c.where["id"]))] >= 0.75 for c in posts)
    larger = [m for m in measures_of(found) if m.name.startswith("larger_place")]
    assert sorted(m.name.split(":")[1].split(".")[0] for m in larger) == [
        "facilities", "lanes", "passages",
    ]  # fmt: skip
    spread = 0.07 / (1 - 1.07**-30)
    for one in larger:
        assert one.usd == pytest.approx(0.2 * 1e6 * 365 * 66.7 * spread)
    assert compiled(world, found) == len(found.changes)


def test_free_measures_of_ones_own_and_other_sizes_come_over_the_built_in_ones(
    tmp_path: Path,
) -> None:
    path = tmp_path / "mine.toml"
    path.write_text("""
[[sources]]
id = "mine"
kind = "assumption"
title = "Ours"
statement = "we asked our own people"
[[measures]]
id = "stock"
kind = "stock"
title = "A week more"
size = { value = 7, source = "mine" }
yearly = { value = 0, source = ["mine", "sig-holding"] }
[[worth]]
product = "s0"
usd = 1e6
source = "mine"
""")
    known = catalogue(path)
    assert set(known.templates) == set(built_in().templates)
    assert known.rate == built_in().rate
    found = catenary.measures(serial_chain(2), kinds="stock", catalogue=str(path))
    assert found.measures[["measure", "usd", "source"]].to_numpy().tolist() == [
        ["stock:AAA.s1:s0", 0.0, "mine;sig-holding"]
    ]
    assert found.worth.to_numpy().tolist() == [["s0", 1e6, "catalogue", "mine"]]
    assert "1 measures" in found.summary()


# --- bad input ------------------------------------------------------------------------------------

WRONG = """
prices = 3
[[sources]]
id = "read"
kind = "fact"
[[measures]]
id = "stok"
kind = "stok"
title = "?"
size = { value = 30, source = "red" }
yearly = { value = -0.3 }
yearley = 3
[[measures]]
id = "support"
kind = "support"
title = "no days, too much"
size = { value = 3, low = 4, source = "read" }
fixed = 12
[[worth]]
product = "s0"
usd = "much"
"""


def test_all_that_is_wrong_with_a_catalogue_is_said_at_once(tmp_path: Path) -> None:
    path = tmp_path / "wrong.toml"
    path.write_text(WRONG)
    with pytest.raises(DataError) as error:
        catalogue(path)
    told = "\n".join(map(str, error.value.problems))
    for words in (
        "the key 'prices' is unknown", "lack an address (url)", "the kind 'stok' is unknown",
        "did you mean 'stock'?", "its source 'red' is not among [[sources]]", "it is -0.3",
        "it names no source", "the key 'yearley' is unknown. Hint: did you mean 'yearly'",
        "it has no days", "it is 3. Hint: give more than 0 and at most 1",
        "3 is not between 4 and 3", "write { value = 30", "it is 'much'",
    ):  # fmt: skip
        assert words.replace(". Hint", " Hint") in told, words


@pytest.mark.parametrize(
    ("text", "error", "words"),
    [
        ("[[measures", DataError, "is not TOML"),
        ("measures = 3", DataError, r"write each as a \[\[measures\]\] table"),
        (None, SourceError, "cannot read the catalogue"),
    ],
)
def test_a_file_that_is_no_catalogue_is_refused(
    tmp_path: Path, text: str | None, error: type[Exception], words: str
) -> None:
    path = tmp_path / "file.toml"
    if text is not None:
        path.write_text(text)
    with pytest.raises(error, match=words):
        catalogue(path)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"regions": "ATL"}, "regions names 'ATL', which is none of this world"),
        ({"products": "solar.wafer"}, "did you mean 'solar.wafers'"),
        ({"kinds": "stok"}, "did you mean 'stock"),
        ({"worth": "solar.wafers"}, "write worth as PRODUCT=USD"),
        ({"worth": "solar.waffles=3"}, "which is no product"),
        ({"worth": "solar.wafers=-3"}, "not a product and USD a year above 0"),
        ({"kinds": "border"}, "no measure is left"),
        ({"kinds": "stage_stock", "regions": "USA"}, "no measure is left"),
    ],
)
def test_options_that_mean_nothing_are_refused(options: dict[str, Any], words: str) -> None:
    with pytest.raises(OptionError, match=words):
        catenary.measures(chains(), **options)


def test_what_is_worth_nothing_known_is_told_and_a_bare_world_refused() -> None:
    with pytest.raises(OptionError, match="say what outputs are worth"):
        catenary.measures(serial_chain(3))
    found = catenary.measures(serial_chain(3), worth="s1=1e6")
    assert any("what s0, s2 is worth" in w
               for w in found.run.warnings)  # fmt: skip
    with pytest.raises(MissingDataError, match="no producers"):
        catenary.measures(World({"regions": pd.DataFrame({"id": ["AAA"]})}))
