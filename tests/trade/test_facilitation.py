from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import catenary
from catenary import Change, Matrix, Scenario, World
from catenary.cli.main import main
from catenary.errors import MissingDataError, OptionError, ScenarioError
from catenary.languages import in_language
from catenary.logistics import linked
from catenary.testing import serial_chain, two_regions
from catenary.trade import facilitated
from catenary.trade.barriers import Wedges
from catenary.trade.border_scenario import border_scenario
from catenary.trade.valued import Valued
from catenary.worlds import border_measures

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.part("7.3")

NOTHING = Scenario("nothing")
REGIONS = ("R0", "R1", "R2", "R3")


def drawn(seed: int, *, products: int = 2, uses: bool = False, day_values: bool = False) -> World:
    """Return a world in which everybody trades, with links of all and of single products."""
    rng = np.random.default_rng(seed)
    goods = [f"p{p}" for p in range(products)]
    ids = [f"{r}.{p}" for r in REGIONS for p in goods]
    users = [f"{r}.all" for r in REGIONS]
    region = np.repeat(REGIONS, products)
    inputs = rng.lognormal(0, 1, (len(ids), len(ids)))
    final = rng.lognormal(2, 1, (len(ids), len(users)))
    final[np.arange(len(ids)), np.repeat(np.arange(len(REGIONS)), products)] += inputs.sum(axis=0)
    pairs = [(a, b) for a in REGIONS for b in REGIONS if a != b]
    rows: list[dict[str, Any]] = [{"origin": a, "destination": b, "product": ""} for a, b in pairs]
    rows += [{"origin": a, "destination": b, "product": "p1"} for a, b in pairs[::3]]
    links = pd.DataFrame(rows)
    if uses:
        more = links.assign(use="inputs")
        links = pd.concat([links.assign(use=""), more.iloc[::2]], ignore_index=True)
    for column, most in (("duration", 40.0), ("iceberg", 0.3), ("rent", 0.2), ("tariff", 0.2)):
        links[column] = rng.uniform(0.1 * most, most, len(links))
    about = {"id": goods}
    if day_values:
        about["day_value"] = [0.02, *[None] * (products - 1)]  # type: ignore[list-item]
    return World(
        {
            "regions": pd.DataFrame({"id": REGIONS}),
            "products": pd.DataFrame(about),
            "producers": pd.DataFrame({"id": ids, "region": region, "product": goods * 4}),
            "consumers": pd.DataFrame({"id": users, "region": REGIONS}),
            "intermediate": Matrix(inputs, ids, ids, "MUSD/year"),
            "final": Matrix(final, ids, users, "MUSD/year"),
            "links": links,
        }
    )


def easier(**where: str) -> Scenario:
    """Return a scenario of all three targets."""
    return Scenario(
        "easier",
        (
            Change(target="links.duration", where=where, multiply=0.7),
            Change(target="links.iceberg", where=where, multiply=0.5),
            Change(target="links.rent", where=where, add=-0.01),
        ),
    )


def same_links(one: World, two: World) -> None:
    regions = one.ids("regions")
    first, second = (Wedges.of(w, regions, uses=2) for w in (one, two))
    for name in ("duration", "iceberg", "rent", "tariff", "open"):
        np.testing.assert_allclose(getattr(first, name), getattr(second, name), rtol=1e-12)


# --- laws ---------------------------------------------------------------------------------------


@given(st.integers(0, 10_000), st.integers(0, 1))
@settings(max_examples=6)
def test_nothing_changed_changes_nothing(seed: int, uses: int) -> None:
    world = drawn(seed, uses=bool(uses))
    found = catenary.facilitation(world, scenario=NOTHING, equilibrium=True, elasticity=5)
    assert found.changes.empty
    assert found.basis[["worth", "rents", "days_saved"]].to_numpy().tolist() == [[0.0, 0.0, 0.0]]
    np.testing.assert_allclose(found.effects["real_income"], 0, atol=1e-9)
    same_links(world, world.with_(links=found.links))
    assert in_language(found.summary(), "zh") != found.summary()


@given(st.integers(0, 10_000), st.floats(0, 2), st.floats(0, 1.9))
@settings(max_examples=6)
def test_more_days_saved_are_never_worth_less(seed: int, one: float, more: float) -> None:
    world = drawn(seed)

    def saving(days: float) -> pd.DataFrame:
        change = Change(target="links.duration", where={"destination": "R1"}, add=-days)
        found = catenary.facilitation(world, scenario=Scenario("days", (change,)))
        return found.regions.set_index("region").loc[list(REGIONS)]

    less, most = saving(one), saving(one + more)
    assert (most["worth_imports"] - less["worth_imports"] >= -1e-9).all()
    assert less.loc["R0", "worth_imports"] == 0
    if one > 1e-6:
        assert saving(-one)["worth_imports"]["R1"] < 0


@given(st.integers(0, 10_000), st.floats(0.01, 2), st.floats(0.01, 1.9))
@settings(max_examples=6)
def test_days_add_up(seed: int, one: float, two: float) -> None:
    world = drawn(seed)
    options: dict[str, Any] = {"at": "R2", "partner": "R0,R1"}
    at_once = facilitated(world, border_days=one + two, **options)
    in_turn = facilitated(
        facilitated(world, border_days=one, **options), border_days=two, **options
    )
    same_links(at_once, in_turn)


@given(st.integers(0, 10_000), st.integers(0, 1), st.integers(0, 1))
@settings(max_examples=6)
def test_costs_multiply_and_are_those_of_the_definition(
    seed: int, uses: int, day_values: int
) -> None:
    world = drawn(seed, uses=bool(uses), day_values=bool(day_values))
    found = catenary.facilitation(world, scenario=easier(destination="R1"), day_value=0.006)
    changes = found.changes
    product = (
        (1 + changes["time_cost"]) * (1 + changes["iceberg_cost"]) * (1 + changes["rent_cost"])
    )
    np.testing.assert_allclose(1 + changes["cost"], product, rtol=1e-12)
    before, after = (
        w.table("links").astype(dict.fromkeys(("origin", "destination", "product"), "str"))
        for w in (world, world.with_(links=found.links))
    )

    def row(frame: pd.DataFrame, one: Any) -> Any:
        own = frame[(frame["origin"] == one.origin) & (frame["destination"] == one.destination)]
        use = own.get("use", pd.Series("", index=own.index)).astype("str").fillna("")
        for kind, for_use in ((one.product, one.use), (one.product, ""), ("", one.use), ("", "")):
            match = own[(own["product"].fillna("") == kind) & (use == for_use)]
            if len(match):
                return match.iloc[0]
        raise AssertionError

    for one in changes.itertuples():
        old, new = row(before, one), row(after, one)
        value = 0.02 if day_values and one.product == "p0" else 0.006
        factor = np.exp(value * (new["duration"] - old["duration"]))
        factor *= (1 + new["iceberg"]) / (1 + old["iceberg"])
        assert one.worth == pytest.approx(one.trade * (1 - factor))
        factor *= (1 + new["tariff"] + new["rent"]) / (1 + old["tariff"] + old["rent"])
        assert one.cost == pytest.approx(factor - 1)
    assert found.basis["worth"].iloc[0] == pytest.approx(changes["worth"].sum())
    for table in (found.regions["worth_imports"], found.regions["worth_exports"]):
        assert table.sum() == pytest.approx(changes["worth"].sum())
    assert found.products["worth"].sum() == pytest.approx(changes["worth"].sum())


@given(st.integers(0, 10_000))
@settings(max_examples=6)
def test_links_out_are_links_in(seed: int) -> None:
    world = drawn(seed)
    found = catenary.facilitation(world, scenario=easier(origin="R3"), product="p0")
    again = world.with_(links=found.links)
    same_links(again, facilitated(world, easier(origin="R3")))
    twice = catenary.facilitation(again, scenario=NOTHING)
    pd.testing.assert_frame_equal(twice.links, found.links)


def test_links_out_survive_a_folder(tmp_path: Path) -> None:
    world = drawn(3)
    easy = facilitated(world, border_measures="one_stop_post", at="R0")
    catenary.save(easy, tmp_path / "world")
    opened = catenary.load(tmp_path / "world")
    assert isinstance(opened, World)
    same_links(easy, opened)
    back = catenary.facilitation(opened, scenario=NOTHING)
    assert back.changes.empty


@given(st.integers(0, 10_000), st.floats(5, 90), st.floats(5, 90))
@settings(max_examples=6)
def test_days_that_are_assumed_do_not_matter(seed: int, one: float, two: float) -> None:
    world = drawn(seed).without("links")
    worth = [
        catenary.facilitation(world, border_days=1, at="R1", duration=days).basis["worth"].iloc[0]
        for days in (one, two)
    ]
    assert worth[0] == pytest.approx(worth[1])


@given(st.integers(0, 10_000))
@settings(max_examples=4)
def test_equilibrium_is_that_of_the_same_change_as_iceberg_cost(seed: int) -> None:
    world = drawn(seed)
    found = catenary.facilitation(
        world, border_days=1.5, at="R1", equilibrium=True, elasticity=5, day_value=0.01
    )
    regions = world.ids("regions")
    days = (
        Wedges.of(world, regions, uses=1),
        Wedges.of(facilitated(world, border_days=1.5, at="R1"), regions, uses=1),
    )
    hat = np.exp(0.01 * (days[1].duration - days[0].duration))[0]  # (J, buyer, seller)
    now = days[0].iceberg[0]
    rows = [
        {"origin": REGIONS[i], "destination": REGIONS[n], "product": f"p{j}",
         "tariff": days[0].tariff[0, j, n, i], "rent": days[0].rent[0, j, n, i],
         "iceberg": now[j, n, i]}
        for j in range(2) for n in range(4) for i in range(4) if i != n
    ]  # fmt: skip
    cheaper = tuple(
        Change(
            target="links.iceberg",
            where={k: row[k] for k in ("origin", "destination", "product")},
            set=float((1 + now[j, n, i]) * hat[j, n, i] - 1),
        )
        for row in rows
        for j, n, i in [(int(row["product"][1]), REGIONS.index(row["destination"]),
                         REGIONS.index(row["origin"]))]
        if hat[j, n, i] != 1
    )  # fmt: skip
    other = catenary.counterfactual(
        world.with_(links=pd.DataFrame(rows)), scenario=Scenario("same", cheaper), elasticity=5
    )
    ours = found.effects.set_index("region")["real_income"]
    theirs = other.regions.set_index("region")["real_income"]
    np.testing.assert_allclose(ours.loc[list(REGIONS)], theirs.loc[list(REGIONS)], atol=1e-9)
    assert ours["R1"] > 0


def test_a_days_value_by_product_reaches_the_equilibrium_too() -> None:
    world = drawn(5, day_values=True)
    quick = Scenario("quick", (Change(target="links.duration", multiply=0.5),))
    by_table = catenary.counterfactual(world, scenario=quick, elasticity=5, day_value=0.006)
    by_option = catenary.counterfactual(drawn(5), scenario=quick, elasticity=5, day_value=0.006)
    assert by_table.regions["real_income"].mean() > by_option.regions["real_income"].mean()
    with pytest.raises(OptionError, match="what a day costs p1"):
        catenary.counterfactual(world, scenario=quick, elasticity=5)
    products = pd.DataFrame({"id": ["p0", "p1"], "day_value": 0.006})
    named = drawn(5).with_(products=products)
    of_table = catenary.counterfactual(named, scenario=quick, elasticity=5)
    pd.testing.assert_frame_equal(of_table.regions, by_option.regions)


# --- where measures are -------------------------------------------------------------------------

OWN = pd.DataFrame(
    {
        "measure": ["in", "out", "each", "once"],
        "side": ["import", "export", "both", "pair"],
        "days": 1.0,
    }
)


@pytest.mark.parametrize("inside", ["", "with links inside"])
@pytest.mark.parametrize(
    ("at", "partner"), [("R0,R1", ""), ("R0,R1", "R1,R2"), ("", "R3"), ("", "")]
)
@pytest.mark.parametrize("measure", ["in", "out", "each", "once"])
def test_a_measure_is_at_the_borders_that_it_names(
    measure: str, at: str, partner: str, inside: str
) -> None:
    world = drawn(1).with_(border_measures=OWN)
    if inside:
        own = {"origin": REGIONS, "destination": REGIONS, "duration": 7.0}
        links = pd.concat([world.table("links"), pd.DataFrame(own)], ignore_index=True)
        links["product"] = links["product"].astype("str").fillna("")
        world = world.with_(links=links.drop(columns="id", errors="ignore"))
    made = facilitated(
        world.with_(links=world.table("links").reset_index(drop=True).assign(duration=50.0)),
        border_measures=measure, at=at, partner=partner,
    )  # fmt: skip
    saved = 50 - Wedges.of(made, world.ids("regions"), uses=1).duration[0, 0]
    here = set(at.split(",")) if at else set(REGIONS)
    there = set(partner.split(",")) if partner else set(REGIONS)
    for n, buyer in enumerate(REGIONS):
        for i, seller in enumerate(REGIONS):
            enters, leaves = (
                buyer in here and seller in there,
                seller in here and buyer in there,
            )
            wanted = {
                "in": enters, "out": leaves, "each": enters + leaves, "once": enters or leaves,
            }[measure]  # fmt: skip
            if i == n:
                wanted = 0 if inside else 50  # no link, no days
            assert saved[n, i] == wanted, (seller, buyer)


def test_days_at_a_border_between_two_regions_that_both_ease_it_count_twice() -> None:
    world = drawn(2).without("links")
    found = catenary.facilitation(world, border_days=1, at="R0,R1", duration=30)
    days = found.changes.groupby(["origin", "destination"], observed=True)["days_saved"].first()
    assert days["R0", "R1"] == 2
    assert days["R0", "R2"] == days["R3", "R1"] == 1
    assert ("R2", "R3") not in days.index


def test_groups_and_globs_name_regions_and_products() -> None:
    regions = pd.DataFrame({"id": ["AFG", "DEU", "club"], "parent": ["club", "", ""]})
    flows = pd.DataFrame(
        {
            "origin": ["AFG", "DEU"], "destination": ["DEU", "AFG"], "product": ["ore", "cars"],
            "value": [100.0, 50.0],
        }
    )  # fmt: skip
    world = World(
        {
            "regions": regions,
            "products": pd.DataFrame({"id": ["ore", "cars"]}),
            "trade_flows": flows,
        }
    )
    for name in ("club", "LDC", "A*", "AFG"):
        found = catenary.facilitation(world, border_days=1, at=name, duration=20, product="o*")
        assert found.basis["worth"].iloc[0] == pytest.approx(100 * (1 - np.exp(-0.006)))
        assert found.basis["unit"].iloc[0] == "USD/year"


# --- what is read -------------------------------------------------------------------------------


def test_trade_is_that_of_the_last_year_of_customs_data() -> None:
    flows = pd.DataFrame(
        {
            "origin": "AFG", "destination": ["DEU", "DEU", ""], "product": "ore",
            "value": [100.0, 60.0, 7.0], "year": [2001, 2002, 2002],
        }
    )  # fmt: skip
    world = World(
        {
            "regions": pd.DataFrame({"id": ["AFG", "DEU"]}),
            "products": pd.DataFrame({"id": ["ore"]}),
            "trade_flows": flows,
        }
    )
    found = Valued.of(world, uses=1)
    assert found.values is not None
    assert found.values.sum() == 60
    assert "2002" in found.warnings[0]


def test_supplies_count_with_their_prices_and_without_are_told() -> None:
    chain = serial_chain(3)
    regions = pd.DataFrame({"id": ["AAA", "BBB"]})
    producers = chain.table("producers").reset_index().assign(region=["AAA", "BBB", "BBB"])
    world = chain.with_(regions=regions, producers=producers)
    days = catenary.facilitation(world, border_days=1, duration=9)
    assert days.basis["unit"].iloc[0] == ""
    assert days.regions.empty
    assert days.basis["worth"].isna().all()
    assert days.basis["days_most"].iloc[0] == 2
    assert any("not known" in text for text in days.run.warnings)
    assert "days" in days.summary()
    assert "not known" in str(catenary.report(days))
    priced = world.with_(
        products=world.table("products").reset_index().assign(price=[10.0, np.nan, np.nan])
    )
    found = catenary.facilitation(priced, border_days=1, at="AAA", duration=9)
    assert found.basis["worth"].iloc[0] == pytest.approx(3650 * (1 - np.exp(-0.006)))
    assert any("without a price" in text for text in found.run.warnings)


def test_every_built_in_number_has_a_source_that_states_it() -> None:
    world = border_measures.world()
    sources = world.table("sources")
    for row in world.table("border_measures").to_dict("records"):
        source = sources.loc[row["source"]]
        assert source["url"].startswith("http")
        assert source["statement"]
        assert row["note"]
        assert sum(row[name] > 0 for name in ("days", "value_share", "cost_share")) == 1


def test_measures_tell_what_each_saves_and_where_the_number_is_from() -> None:
    world = drawn(4)
    names = "one_stop_post,mutual_recognition"
    found = catenary.facilitation(world, border_measures=names, at="R0", partner="R1")
    assert found.measures["measure"].tolist() == names.split(",")
    assert found.measures["address"].str.startswith("http").all()
    assert found.measures["worth"].gt(0).all()
    post, standards = found.measures["worth"]
    assert found.basis["worth"].iloc[0] < post + standards  # factors multiply
    assert found.basis["worth"].iloc[0] > max(post, standards)


def test_measures_of_the_world_come_before_those_built_in() -> None:
    own = pd.DataFrame({"measure": ["one_stop_post"], "side": ["pair"], "days": [2.0]})
    world = drawn(4).with_(border_measures=own)
    (made,) = border_scenario(world, border_measures="one_stop_post", at="R0")
    assert {change.value for change in made.changes} == {-2.0}
    assert border_scenario(world, border_measures="automation")


# --- bad input ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({}, OptionError, "nothing is asked for"),
        ({"border_measures": "one_stop_pots"}, OptionError, "no measure 'one_stop_pots'"),
        ({"border_days": 1, "at": "R9"}, OptionError, "at names 'R9'"),
        ({"border_days": 1, "partner": "DEU"}, OptionError, "partner names 'DEU'"),
        ({"border_days": 1, "product": "steel"}, OptionError, "product names 'steel'"),
        ({"border_days": -1}, OptionError, "border_days is -1"),
        ({"border_days": 60, "at": "R1"}, ScenarioError, "links.duration of R"),
        (
            {"scenario": Scenario("t", (Change(target="links.tariff", set=0),))},
            ScenarioError,
            "does not read links.tariff",
        ),
    ],
)
def test_what_cannot_be_is_refused(options: Any, error: Any, message: str) -> None:
    with pytest.raises(error, match=message) as caught:
        catenary.facilitation(drawn(1), **options)
    assert caught.value.hint


def test_days_below_nothing_are_refused_by_link_and_never_clipped() -> None:
    with pytest.raises(ScenarioError, match=r"links.duration of AAA to BBB -1, from 0") as caught:
        catenary.facilitation(two_regions(), border_days=1, at="AAA")
    assert "'duration'" in caught.value.hint
    with pytest.raises(ScenarioError, match=r"links.iceberg of AAA to BBB -0.02"):
        catenary.facilitation(two_regions(), border_measures="mutual_recognition")


def test_a_world_without_links_or_trade_is_refused() -> None:
    alone = World(
        {"regions": pd.DataFrame({"id": ["AAA"]}), "products": pd.DataFrame({"id": ["p"]})}
    )
    with pytest.raises(MissingDataError, match="no links"):
        catenary.facilitation(alone, border_days=1)


# --- a real table, and the faces ----------------------------------------------------------------


def test_a_day_at_the_chinese_border_on_wiod(shared: Path) -> None:
    world = catenary.read("wiod", shared / "data" / "wiod2013", year=2011)
    found = catenary.facilitation(world, border_days=1, at="CHN", duration=30, product="c1[34]")
    rows = world.table("producers")
    made, used = rows["region"].astype("str").to_numpy(), rows["region"].astype("str").to_numpy()
    goods = rows["product"].astype("str").isin(["c13", "c14"]).to_numpy()
    buyers = world.table("consumers")["region"].astype("str").to_numpy()
    across = [
        world.matrix(name).dense[
            np.ix_(goods & ((made == "CHN") == seller), (region == "CHN") != seller)
        ]
        for name, region in (("intermediate", used), ("final", buyers))
        for seller in (True, False)
    ]
    # stocks drawn down are clipped after final demand is added up: less than 0.1 % here
    wanted = sum(block.sum() for block in across) * (1 - np.exp(-0.006))
    assert found.basis["worth"].iloc[0] == pytest.approx(wanted, rel=1e-3)
    assert found.regions["region"].iloc[0] == "CHN"


def test_the_command_line_the_page_and_a_saved_result(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    catenary.save(drawn(7), "my.world")
    (tmp_path / "easier.toml").write_text(
        '[[changes]]\ntarget = "links.iceberg"\nwhere = { origin = "R0" }\nmultiply = 0.9\n'
    )
    words = "facilitation my.world --scenario easier.toml --border-measures one_stop_post --at R1 "
    words += "--equilibrium --elasticity 5 --as json -o my.result"
    assert main(words.split()) == 0
    told = json.loads(capsys.readouterr().out)
    assert {row["measure"] for row in told["tables"]["measures"]} == {"one_stop_post", "easier"}
    assert len(told["tables"]["effects"]) == 4
    assert main("report my.result -o my.html".split()) == 0  # noqa: SIM905
    text = (tmp_path / "my.html").read_text(encoding="utf-8")
    assert "--scenario easier.toml" in text
    assert "Progress being made with OSBPs" in text


def test_several_worlds_are_told_apart() -> None:
    worlds = catenary.Worlds({"2001": drawn(1), "2002": drawn(2)})
    found = catenary.facilitation(worlds, scenario=easier())
    assert found.basis["world"].tolist() == ["2001", "2002"]
    assert found.summary().startswith("2001: ")
    assert set(found.figures()["world"]) == {"2001", "2002"}


def test_a_saved_result_whose_measures_are_names_opens_again(tmp_path: Path) -> None:
    world = catenary.load("sea")
    assert isinstance(world, World)
    told = catenary.port_energy(world, measures="shore_power")
    catenary.save(told, tmp_path / "port.result")
    opened = catenary.load(tmp_path / "port.result")
    assert isinstance(opened, catenary.Result)
    assert "--measures shore_power" in str(catenary.report(opened))


def test_links_of_logistics_by_product_go_in_as_they_are() -> None:
    world = World(
        {
            "regions": pd.DataFrame({"id": ["CHN", "DEU"]}),
            "products": pd.DataFrame(
                {"id": ["chips", "ore"], "mass": [1e-5, 1.0], "price": [100.0, 100.0]}
            ),
        }
    )
    ways = linked(world)
    found = catenary.facilitation(ways, border_days=1, at="DEU", product="ore")
    assert found.basis["days_most"].iloc[0] == 1
    before, after = (w.table("links") for w in (ways, ways.with_(links=found.links)))
    saved = before["duration"].to_numpy() - after["duration"].to_numpy()
    assert saved[after["product"] == "ore"].tolist() == [1, 1]
    assert saved[after["product"] == "chips"].tolist() == [0, 0]
    every = catenary.facilitation(ways, border_measures="target_times")
    assert len(every.links) == len(before) == 4
    with pytest.raises(ScenarioError, match="chips"):  # they fly: less than 30 days
        catenary.facilitation(ways, border_days=30)


def test_rounding_below_nothing_is_nothing_in_equilibrium_too() -> None:
    links = pd.DataFrame({"origin": ["AAA", "BBB"], "destination": ["BBB", "AAA"], "duration": 0.3})
    world = two_regions().with_(links=links)
    less = tuple(Change(target="links.duration", add=-days) for days in (0.1, 0.2))
    found = catenary.facilitation(
        world, scenario=Scenario("less", less), equilibrium=True, elasticity=4
    )
    assert found.links["duration"].tolist() == [0, 0]
    assert (found.effects["real_income"] > 0).all()


def test_trade_that_no_link_speaks_of_is_told_and_saves_nothing() -> None:
    links = pd.DataFrame(
        {"origin": ["R0"], "destination": ["R1"], "product": ["p1"], "duration": [9.0]}
    )
    world = drawn(1).with_(links=links, border_measures=OWN)
    found = catenary.facilitation(world, border_measures="out", at="R0", partner="R1")
    assert found.changes["product"].tolist() == ["p1"]
    assert any("no link speaks of" in text for text in found.run.warnings)
    whole = catenary.facilitation(world, border_measures="out", at="R0", partner="R1", duration=5)
    assert sorted(whole.changes["product"]) == ["p0", "p1"]
    assert not any("no link speaks of" in text for text in whole.run.warnings)
