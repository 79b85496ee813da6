from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import catenary
from catenary import Change, Matrix, Scenario, World
from catenary.errors import ComputationError, OptionError, ScenarioError
from catenary.testing import trading_world, two_regions
from catenary.trade.deliveries import Deliveries, Growth, world_with
from catenary.trade.flows import Flows
from catenary.trade.solving import Question, solved

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.part("7.5")

SEEDS = st.integers(0, 10_000)
FREE = Scenario("free", (Change(target="links.tariff", set=0.0),))
WALL = Scenario("wall", (Change(target="links.tariff", where={"destination": "R1"}, add=0.3),))
NOTHING = Scenario("nothing")


def of(table: pd.DataFrame, column: str, key: str = "region") -> pd.Series:
    found: pd.Series = table.set_index(key)[column].sort_index()
    return found


def in_groups(world: World) -> World:
    """Return the world with two real codes, one of them landlocked, and a group of its own."""
    new = {"R0": "BOL", "R1": "DEU"}
    parts: dict[str, Any] = {}
    for name in world.tables:
        frame = world.table(name).reset_index() if name in ("regions", "products", "producers",
            "consumers") else world.table(name).reset_index(drop=True)  # fmt: skip
        for column in ("id", "region", "origin", "destination"):
            if column in frame:
                frame[column] = frame[column].astype("str").replace(new, regex=True)
        parts[name] = frame
    regions = pd.DataFrame({"id": ["BOL", "DEU", "R2", "R3", "OWN"], "parent": ["OWN", *[""] * 4]})
    parts["regions"] = regions.assign(parent=["OWN", "", "OWN", "", ""])

    def renamed(labels: Any) -> list[str]:
        return [str(one).replace("R0", "BOL").replace("R1", "DEU") for one in labels]

    for name, matrix in world.matrices.items():
        rows = list(matrix.rows) if name in ("stressors", "value_added") else renamed(matrix.rows)
        parts[name] = Matrix(matrix.dense, rows, renamed(matrix.columns), matrix.unit)
    return World(parts)


# --- every counterfactual -------------------------------------------------------------------------


@given(SEEDS)
@settings(max_examples=8)
def test_groups_add_up_to_their_members(seed: int) -> None:
    world = in_groups(trading_world(seed))
    found = catenary.counterfactual(world, scenario=FREE)
    groups, regions = found.groups.set_index("group"), found.regions.set_index("region")
    assert set(groups.index) == {"world", "OWN", "EU27", "landlocked"}
    assert groups["regions"].to_dict() == {"world": 4, "OWN": 2, "EU27": 1, "landlocked": 1}
    members = {"world": list(regions.index), "OWN": ["BOL", "R2"], "EU27": ["DEU"]}
    emitted = found.emissions.set_index("region")
    for group, names in members.items():
        row, own = groups.loc[group], regions.loc[names]
        gain = (own["income_before"] * own["real_income"]).sum()
        assert row["gain"] == pytest.approx(gain, abs=1e-9)
        assert row["real_income"] == pytest.approx(gain / own["income_before"].sum(), abs=1e-12)
        for column in ("tariffs_before", "exports", "imports", "income"):
            assert row[column] == pytest.approx(own[column].sum())
        assert row["consumption"] == pytest.approx(emitted.loc[names, "consumption"].sum())
        assert row["winners"] == (own["real_income"] > 0).sum()
    # what one earns by dearer exports another pays
    assert groups.loc["world", "terms_of_trade"] == pytest.approx(0, abs=1e-12)


@given(SEEDS)
@settings(max_examples=8)
def test_trade_by_partner_is_the_sum_over_products(seed: int) -> None:
    found = catenary.counterfactual(trading_world(seed), scenario=WALL)
    flows = found.flows.astype({"origin": "str", "destination": "str"})
    across = flows[flows["origin"] != flows["destination"]]
    sums = across.groupby(["origin", "destination"])[["before", "after"]].sum().sort_index()
    ours = found.partners.astype({"origin": "str", "destination": "str"})
    ours = ours.set_index(["origin", "destination"]).sort_index()
    np.testing.assert_allclose(ours[["before", "after"]], sums, rtol=1e-12)
    np.testing.assert_allclose(ours["change"], sums["after"] / sums["before"] - 1, atol=1e-12)
    moved = (found.partners["after"] - found.partners["before"]).abs()
    assert moved.is_monotonic_decreasing


@given(SEEDS, st.sampled_from(["together", "apart"]))
@settings(max_examples=10)
def test_emissions_start_from_the_footprint_and_are_conserved(seed: int, uses: Any) -> None:
    world = trading_world(seed, duty=0.0)
    found = catenary.counterfactual(world, scenario=WALL, uses=uses).emissions
    print_of = catenary.footprint(world).regions
    for ours, theirs in (
        ("production_before", "production"),
        ("consumption_before", "consumption"),
    ):
        np.testing.assert_allclose(of(found, ours), of(print_of, theirs), rtol=1e-9)
    for side in ("_before", ""):
        totals = found[f"production{side}"].sum(), found[f"consumption{side}"].sum()
        assert totals[0] == pytest.approx(totals[1])
    assert (of(found, "production") != of(found, "production_before")).any()


def test_emissions_follow_what_is_made_and_not_what_it_costs() -> None:
    world = trading_world(3, regions=3)
    better = Scenario("better", (Change(target="producers.productivity", multiply=1.1),))
    found = catenary.counterfactual(world, scenario=better, stressor="co2")
    made = found.products.assign(volume=lambda t: t["after"] / t["before"] / (1 + t["cost"]))
    volume = made.set_index(["region", "product"])["volume"]
    caused = world.matrix("stressors").dense[0]
    wanted = [sum(caused[3 * r + p] * volume[f"R{r}", f"p{p}"] for p in range(3)) for r in range(3)]
    np.testing.assert_allclose(of(found.emissions, "production"), wanted, rtol=1e-10)
    assert of(found.emissions, "production").sum() > caused.sum() * 1.05


def test_what_households_emit_goes_with_their_real_income() -> None:
    world = trading_world(2)
    users = world.ids("consumers")
    own = Matrix(np.array([[1.0, 2, 3, 4]]) * 1e3, ["co2"], users, "t CO2e/year")
    found = catenary.counterfactual(world.with_(stressors_final=own), scenario=WALL)
    plain = catenary.counterfactual(world, scenario=WALL)
    extra = of(found.emissions, "production") - of(plain.emissions, "production")
    np.testing.assert_allclose(
        extra, np.array([1, 2, 3, 4]) * (1 + of(found.regions, "real_income")), rtol=1e-9
    )


def test_a_world_without_pressures_says_so_and_an_unknown_one_is_refused() -> None:
    world = trading_world(1)
    bare = catenary.counterfactual(world.without("stressors"), scenario=WALL)
    asked = catenary.counterfactual(world, scenario=WALL, stressor="none")
    for found in (bare, asked):
        assert found.emissions.empty
        assert found.basis["stressor"].iloc[0] == "none"
        assert "Nothing is said of emissions" in found.summary()
        assert found.groups["consumption"].isna().all()
    with pytest.raises(OptionError, match="no stressor 'soot'"):
        catenary.counterfactual(world, scenario=WALL, stressor="soot")


@given(SEEDS, st.sampled_from(["fixed", "zero", "share", "proportional"]))
@settings(max_examples=12)
def test_who_gains_does_not_depend_on_the_unit_of_money(seed: int, deficits: Any) -> None:
    world = trading_world(seed)
    more = world.with_(
        {
            name: Matrix(
                world.matrix(name).dense * 1e3, world.matrix(name).rows,
                world.matrix(name).columns, "kUSD/year",
            )
            for name in ("intermediate", "final", "value_added")
        }
    )  # fmt: skip
    one, two = (
        catenary.cooperate(w, scenario=FREE, deficits=deficits, ways="alone", club="R0,R1")
        for w in (world, more)
    )
    np.testing.assert_allclose(one.outcomes["real_income"], two.outcomes["real_income"], atol=1e-10)
    np.testing.assert_allclose(
        one.outcomes["gain"] * 1e3, two.outcomes["gain"], rtol=1e-6, atol=1e-6
    )


def test_carbon_is_followed_where_it_is_one_of_several_pressures() -> None:
    world = trading_world(1)
    ids = world.ids("producers")
    several = Matrix(np.arange(24.0).reshape(2, 12), ["jobs", "CO2 fossil"], ids, "t/year")
    found = catenary.counterfactual(world.with_(stressors=several), scenario=WALL)
    assert found.basis["stressor"].iloc[0] == "CO2 fossil"
    jobs = catenary.counterfactual(world.with_(stressors=several), scenario=WALL, stressor="jobs")
    assert of(jobs.emissions, "production_before").sum() == pytest.approx(66)


def test_results_are_saved_and_opened_with_all_their_tables(tmp_path: Path) -> None:
    world = trading_world(1)
    for name, result in (
        ("plain", catenary.counterfactual(world.without("stressors"), scenario=WALL)),
        ("drawn", catenary.counterfactual(world, scenario=WALL, draws=4)),
        ("ways", catenary.cooperate(world, scenario=FREE, club="R0,R1")),
    ):
        catenary.save(result, tmp_path / f"{name}.result")
        again = catenary.load(tmp_path / f"{name}.result")
        assert isinstance(again, catenary.Result)
        assert again.summary() == result.summary()
        assert list(again.tables) == list(result.tables)
        for table, frame in result.tables.items():
            assert len(again.tables[table]) == len(frame), table


# --- the new table --------------------------------------------------------------------------------


@given(SEEDS, st.sampled_from([1, 2]))
@settings(max_examples=10)
def test_the_new_table_holds_what_the_equilibrium_says(seed: int, uses: int) -> None:
    world = trading_world(seed)
    question = Question(scenario=WALL, deficits="zero", uses=uses, elasticity=None, day_value=None,
                        capital_share=None, day=0)  # fmt: skip
    found = solved(world, question)
    side = found.after
    made = Deliveries.of(found.flows, side, found.money)
    assert made.spread == 0
    delivered = made.cells.sum(axis=3) + made.final  # seller, product, buyer
    flows = side.flows[0].sum(axis=0).transpose(2, 0, 1) * found.money
    np.testing.assert_allclose(delivered, flows, rtol=1e-9, atol=1e-12)
    # each industry buys what its costs say
    paid = made.cells * (1 + side.tariffs[0][0]).transpose(2, 0, 1)[..., None]
    wanted = side.economy.inputs * side.output[0].T[..., None] * found.money  # N, J, K
    np.testing.assert_allclose(paid.sum(axis=0).transpose(1, 2, 0), wanted, rtol=1e-8, atol=1e-10)
    grown = Growth.of(found.flows, (found.before, side), found.money)
    other = world_with(world, found.flows, made, grown=grown)
    np.testing.assert_allclose(
        other.table("producers")["output"] * 365, made.output.ravel(), rtol=1e-9
    )


def test_two_producers_of_one_product_share_as_before() -> None:
    world = two_regions()
    ids = ["AAA.goods", "AAA.more", "BBB.goods"]
    flows = np.array([[4.0, 2, 3], [1, 1, 2], [2, 2, 2]])
    final = np.array([[2.0, 0], [1, 0], [0, 6]])
    world = World(
        {
            "regions": world.table("regions"), "products": world.table("products"),
            "consumers": world.table("consumers"),
            "producers": pd.DataFrame({"id": ids, "region": ["AAA", "AAA", "BBB"],
                                       "product": "goods",
                                       "output": (flows.sum(axis=1) + final.sum(axis=1)) / 365}),
            "intermediate": Matrix(flows, ids, ids, "USD/year"),
            "final": Matrix(final, ids, ["AAA.all", "BBB.all"], "USD/year"),
        }
    )  # fmt: skip
    wall = Scenario("wall", (Change(target="links.iceberg", where={"origin": "AAA"}, set=0.2),))
    question = Question(scenario=wall, deficits="fixed", uses=1, elasticity=4.0, day_value=None,
                        capital_share=None, day=0)  # fmt: skip
    found = solved(world, question)
    made = Deliveries.of(found.flows, found.after, found.money)
    grown = Growth.of(found.flows, (found.before, found.after), found.money)
    after = world_with(world, found.flows, made, grown=grown).matrix("intermediate").dense
    assert after[0, 2] / after[1, 2] == pytest.approx(1.5)
    assert after[:2, :2].sum() == pytest.approx(made.cells[0, 0, 0, 0])
    assert after[:2, 2].sum() < 5


# --- cooperation ----------------------------------------------------------------------------------


def cut(where: list[dict[str, str]]) -> Scenario:
    return Scenario("cut", tuple(Change(target="links.tariff", where=w, set=0.0) for w in where))


@given(SEEDS, st.sampled_from(["destination", "origin"]), st.sampled_from(["together", "apart"]))
@settings(max_examples=6)
def test_each_way_is_the_counterfactual_of_those_barriers(seed: int, by: Any, uses: Any) -> None:
    world = trading_world(seed)
    options: dict[str, Any] = {"uses": uses, "deficits": "share"}
    found = catenary.cooperate(world, scenario=FREE, club="R0,R2", by=by, **options)
    names = ["R0", "R1", "R2", "R3"]
    rest = [name for name in names if name != "R1"]
    wanted: dict[tuple[str, str], list[dict[str, str]]] = {
        ("alone", "R1"): [{by: "R1"}],
        ("answered", "R1"): [{"origin": "R1"}, {"destination": "R1"}],
        ("without", "R1"): [{by: name} for name in rest],
        ("club", ""): [
            {"origin": "R0", "destination": "R2"}, {"origin": "R2", "destination": "R0"},
        ],
        ("everybody", ""): [{}],
    }  # fmt: skip
    outcomes = found.outcomes.astype({"way": "str", "actor": "str", "region": "str"})
    for (way, actor), where in wanted.items():
        alone = catenary.counterfactual(world, scenario=cut(where), stressor="none", **options)
        rows = outcomes[(outcomes["way"] == way) & (outcomes["actor"] == actor)]
        for column in ("real_income", "real_wage", "gain"):
            np.testing.assert_allclose(
                of(rows, column), of(alone.regions, column), rtol=1e-7, atol=1e-9
            )


@given(SEEDS, st.randoms(use_true_random=False))
@settings(max_examples=5)
def test_order_of_labels_does_not_matter_to_cooperation(seed: int, random: Any) -> None:
    world = trading_world(seed)
    tables: dict[str, Any] = {}
    for name in ("regions", "products", "producers", "consumers"):
        rows = list(range(len(world.ids(name))))
        random.shuffle(rows)
        tables[name] = world.table(name).iloc[rows].reset_index()
    for name in ("links", "elasticities"):
        tables[name] = world.table(name).sample(frac=1, random_state=seed).reset_index(drop=True)
    other = World({**tables, **world.matrices})
    one, two = (catenary.cooperate(w, scenario=FREE, club="R0,R2") for w in (world, other))
    for column in ("alone", "answered", "without", "club", "everybody", "worth"):
        np.testing.assert_allclose(
            of(two.regions, column), of(one.regions, column), rtol=1e-8, atol=1e-10
        )
    ours, theirs = (
        of(catenary.counterfactual(w, scenario=FREE).emissions, "consumption")
        for w in (world, other)
    )
    np.testing.assert_allclose(ours, theirs, rtol=1e-8)


@given(SEEDS)
@settings(max_examples=5)
def test_of_two_regions_answered_is_everybody_and_alone_is_without_the_other(seed: int) -> None:
    found = catenary.cooperate(trading_world(seed, regions=2), scenario=FREE, club="R0,R1")
    regions = found.regions.set_index("region")
    for way in ("answered", "club"):
        np.testing.assert_allclose(regions[way], regions["everybody"], atol=1e-10)
    runs = found.outcomes.astype({"way": "str", "actor": "str", "region": "str"})
    alone = runs[(runs["way"] == "alone") & (runs["actor"] == "R0")]
    without = runs[(runs["way"] == "without") & (runs["actor"] == "R1")]
    np.testing.assert_allclose(of(alone, "real_income"), of(without, "real_income"), atol=1e-10)


def symmetric(tariff: float) -> World:
    """Return three countries alike, with the same tariff between each two."""
    names = ["A", "B", "C"]
    ids, users = [f"{n}.x" for n in names], [f"{n}.all" for n in names]
    pairs = [(i, n, tariff) for i in names for n in names if i != n]
    return World(
        {
            "regions": pd.DataFrame({"id": names}),
            "products": pd.DataFrame({"id": ["x"]}),
            "producers": pd.DataFrame({"id": ids, "region": names, "product": "x"}),
            "consumers": pd.DataFrame({"id": users, "region": names}),
            "intermediate": Matrix(np.eye(3) * 2 + 1, ids, ids, "USD/year"),
            "final": Matrix(np.eye(3) * 6 + 2, ids, users, "USD/year"),
            "elasticities": pd.DataFrame({"product": ["x"], "trade": [4.0]}),
            "links": pd.DataFrame(pairs, columns=["origin", "destination", "tariff"]),
        }
    )


@given(st.floats(0.05, 0.3))
@settings(max_examples=10)
def test_alike_countries_gain_together_what_none_gains_alone(tariff: float) -> None:
    """The dilemma of tariffs: each would rather keep its own, and all rather have none."""
    found = catenary.cooperate(symmetric(tariff), scenario=FREE, club="A,B")
    regions, ways = found.regions, found.ways.set_index("way")
    assert (regions["everybody"] > 0).all()
    np.testing.assert_allclose(regions["everybody"], regions["everybody"].iloc[0], rtol=1e-7)
    assert (regions["alone"] < 0).all()
    assert (regions["staying_out"] > 0).all()
    assert (regions["worth"] > regions["everybody"]).all()
    assert ways.loc["everybody", "nobody_loses"] == 1
    assert ways.loc["everybody", "lost"] == 0
    assert "nobody loses" in found.summary()
    club = of(regions, "club")
    assert club["A"] == pytest.approx(club["B"], rel=1e-6)
    assert club["C"] < 0 < club["A"]  # trade is diverted from who is outside


@given(st.floats(0.02, 0.1))
@settings(max_examples=10)
def test_tariffs_against_tariffs_hurt_who_alone_would_gain(tariff: float) -> None:
    war = Scenario("war", (Change(target="links.tariff", set=tariff),))
    found = catenary.cooperate(symmetric(0.0), scenario=war)
    regions = found.regions
    assert found.basis["direction"].iloc[0] == "closing"
    assert (regions["alone"] > 0).all()
    assert (regions[["answered", "everybody"]] < 0).all().all()
    np.testing.assert_allclose(regions["worth"], -regions["everybody"])
    assert "nobody gains" in found.summary()


def test_bans_against_bans_cost_all_more_than_one() -> None:
    world = trading_world(4)
    ban = Scenario("ban", (Change(target="links.open", where={"product": "p1"}, set=0.0),))
    found = catenary.cooperate(world, scenario=ban, by="origin", club="R0,R1")
    ways = found.ways.set_index("way")["real_income"]
    assert ways["everybody"] < ways["answered"] < ways["alone"] < 0
    alone = catenary.counterfactual(
        world,
        scenario=Scenario(
            "one",
            (Change(target="links.open", where={"product": "p1", "origin": "R2"}, set=0.0),),
        ),
    )
    runs = found.outcomes.astype({"actor": "str", "way": "str"})
    rows = runs[(runs["way"] == "alone") & (runs["actor"] == "R2")]
    np.testing.assert_allclose(
        of(rows, "real_income"), of(alone.regions, "real_income"), rtol=1e-7, atol=1e-9
    )


def test_losers_are_named_and_what_would_make_good_their_loss() -> None:
    for seed in range(40):  # until somebody loses and the winners could pay
        found = catenary.cooperate(trading_world(seed), scenario=FREE, ways="alone")
        row = found.ways.set_index("way").loc["everybody"]
        if 0 < row["lost"] < row["gained"]:
            break
    regions = found.regions
    lose = regions[regions["everybody"] < 0]
    assert regions["compensation"].sum() == pytest.approx(row["lost"])
    assert row["gained"] - row["lost"] == pytest.approx(regions["gain"].sum())
    assert all(name in found.summary() for name in lose["region"])
    assert "enough to make good" in found.summary()


def test_bans_that_leave_somebody_nobody_to_buy_from_are_refused() -> None:
    world = trading_world(5)
    flows = world.matrix("final").dense.copy()
    inputs = world.matrix("intermediate").dense.copy()
    flows[0, 0], inputs[0, :3] = 0.0, 0.0  # R0 buys p0 abroad alone
    total = flows.sum(axis=1) + inputs.sum(axis=1)
    world = world.without("value_added").with_(
        {
            "final": Matrix(flows, world.ids("producers"), world.ids("consumers"), "MUSD/year"),
            "intermediate": Matrix(
                inputs, world.ids("producers"), world.ids("producers"), "MUSD/year"
            ),
            "producers": world.table("producers").assign(output=total / 365),
        }
    )
    assert Flows.of(world).sales[0, 0, 0, 0] == 0
    ban = Scenario("ban", (Change(target="links.open", where={"product": "p0"}, set=0.0),))
    with pytest.raises(ComputationError, match="nobody is left to sell p0 to R0"):
        catenary.cooperate(world, scenario=ban)


def test_ways_and_clubs_that_cannot_be_are_refused() -> None:
    world = trading_world(1)
    cases: Any = (
        ({"ways": "alone,all"}, OptionError, "no way 'all'"),
        ({"club": "R9"}, OptionError, "'R9'"),
        ({"club": "R1"}, OptionError, "one member"),
        ({"club": "EU27"}, OptionError, "EU27"),
        ({"scenario": NOTHING}, ScenarioError, "changes no barrier"),
        (
            {"scenario": Scenario("s", (Change(target="producers.productivity", multiply=2),))},
            ScenarioError, "cooperate does not read producers.productivity",
        ),
    )  # fmt: skip
    for options, error, words in cases:
        with pytest.raises(error, match=words):
            catenary.cooperate(world, **{"scenario": FREE, **options})


def test_a_search_that_ends_nowhere_names_who_acts_and_where_the_gap_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from catenary.trade import solving  # noqa: PLC0415  to change it

    world = trading_world(1, duty=0.0)
    real = solving.check
    monkeypatch.setattr(solving, "_RESIDUAL", -1.0)
    monkeypatch.setattr(
        "catenary.trade.many.check",
        lambda found, flows, what: None if what == "the baseline" else real(found, flows, what),
    )
    wall = Scenario("wall", (Change(target="links.tariff", set=0.2),))
    with pytest.raises(ComputationError, match=r"R\d (alone|answered|without).* in R\d"):
        catenary.cooperate(world, scenario=wall)
