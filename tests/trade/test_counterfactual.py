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
from catenary.errors import (
    CatenaryError,
    ComputationError,
    DataError,
    MissingDataError,
    OptionError,
    ScenarioError,
    UnitError,
)
from catenary.maths.equilibrium import Barriers, Economy, Equilibrium
from catenary.maths.equilibrium_effects import first_order
from catenary.maths.equilibrium_search import solve
from catenary.trade.barriers import Wedges, completed
from catenary.trade.flows import Flows
from catenary.trade.many import many
from catenary.trade.solving import Question, solved

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    Array = NDArray[np.float64]

pytestmark = pytest.mark.part("7.1")

NOTHING = Scenario("nothing")


def tariff(operation: str, value: float, **where: str) -> Scenario:
    change: dict[str, Any] = {"target": "links.tariff", "where": where, operation: value}
    return Scenario("tariff", (Change(**change),))


def drawn_world(seed: int, *, regions: int = 4, products: int = 3, traded: int = 2) -> World:
    """Return a world in which everybody trades; the last products cross no border."""
    rng = np.random.default_rng(seed)
    names = [f"R{r}" for r in range(regions)]
    goods = [f"p{p}" for p in range(products)]
    ids = [f"{r}.{p}" for r in names for p in goods]
    region = np.repeat(np.arange(regions), products)
    product = np.tile(np.arange(products), regions)
    inputs = rng.lognormal(0, 1, (len(ids), len(ids)))
    final = rng.lognormal(2, 1, (len(ids), regions))
    home = region[:, None] == region
    inputs[(product >= traded)[:, None] & ~home] = 0
    final[(product >= traded)[:, None] & (region[:, None] != np.arange(regions))] = 0
    final[np.arange(len(ids)), region] += inputs.sum(axis=0)
    return World(
        {
            "regions": pd.DataFrame({"id": names}),
            "products": pd.DataFrame({"id": goods}),
            "producers": pd.DataFrame(
                {"id": ids, "region": [names[r] for r in region], "product": goods * regions}
            ),
            "consumers": pd.DataFrame({"id": [f"{r}.all" for r in names], "region": names}),
            "intermediate": Matrix(inputs, ids, ids, "MUSD/year"),
            "final": Matrix(final, ids, [f"{r}.all" for r in names], "MUSD/year"),
        }
    )


def by_region(result: Any, column: str = "real_income") -> pd.Series:
    table: pd.Series = result.regions.set_index("region")[column].sort_index()
    return table


# --- laws ---------------------------------------------------------------------------------------


@given(st.integers(0, 10_000), st.sampled_from(["together", "apart"]))
@settings(max_examples=15)
def test_no_change_changes_nothing(seed: int, uses: Any) -> None:
    world = drawn_world(seed)
    result = catenary.counterfactual(world, scenario=NOTHING, uses=uses, elasticity=5)
    for column in ("real_income", "real_wage", "wage", "price", "first_order"):
        np.testing.assert_allclose(result.regions[column], 0, atol=1e-9)
    np.testing.assert_allclose(result.flows["after"], result.flows["before"], rtol=1e-8)
    assert not result.run.warnings
    # the baseline is the table
    given_flows = world.matrix("intermediate").dense.sum() + world.matrix("final").dense.sum()
    assert result.flows["before"].sum() == pytest.approx(given_flows)


@given(st.integers(0, 10_000), st.floats(1e-6, 1e9), st.sampled_from(["fixed", "zero", "share"]))
@settings(max_examples=15)
def test_scaling_money_changes_no_ratio(seed: int, scale: float, deficits: Any) -> None:
    world = drawn_world(seed)
    more = world.with_(
        {
            name: Matrix(
                world.matrix(name).dense * scale,
                world.matrix(name).rows,
                world.matrix(name).columns,
                "MUSD/year",
            )
            for name in ("intermediate", "final")
        }
    )
    wall = tariff("add", 0.25, origin="R0", destination="R1")
    options: dict[str, Any] = {"scenario": wall, "deficits": deficits, "elasticity": 6}
    one, two = (catenary.counterfactual(w, **options) for w in (world, more))
    np.testing.assert_allclose(by_region(two), by_region(one), atol=1e-10)
    np.testing.assert_allclose(two.flows["after"], one.flows["after"] * scale, rtol=1e-8)


@given(st.integers(0, 10_000), st.floats(0, 3))
@settings(max_examples=15)
def test_a_tariff_on_what_nobody_trades_changes_nothing(seed: int, rate: float) -> None:
    world = drawn_world(seed)
    untraded = tariff("set", rate, product="p2")
    question = Question(scenario=untraded, deficits="fixed", uses=1, elasticity=5.0,
                        day_value=None, capital_share=None, day=0)  # fmt: skip
    found = solved(world, question)
    np.testing.assert_allclose(found.after.real_income, 1, atol=1e-9)
    np.testing.assert_allclose(found.after.flows, found.before.flows, rtol=1e-8)
    with pytest.raises(ScenarioError, match="crosses a border"):
        catenary.counterfactual(world, scenario=untraded, elasticity=5)


@given(st.integers(0, 10_000), st.randoms(use_true_random=False))
@settings(max_examples=10)
def test_order_of_labels_does_not_matter(seed: int, random: Any) -> None:
    world = drawn_world(seed)
    tables = {}
    for name in ("regions", "products", "producers", "consumers"):
        rows = list(range(len(world.ids(name))))
        random.shuffle(rows)
        tables[name] = world.table(name).iloc[rows].reset_index()
    other = World({**tables, **world.matrices})
    wall = tariff("set", 0.4, origin="R0", product="p1")
    one, two = (
        catenary.counterfactual(w, scenario=wall, elasticity=5, uses="apart")
        for w in (world, other)
    )
    np.testing.assert_allclose(by_region(two), by_region(one), atol=1e-10)


@given(st.integers(0, 10_000))
@settings(max_examples=10)
def test_books_balance_after_the_change(seed: int) -> None:
    world = drawn_world(seed)
    wall = tariff("set", 0.3, destination="R1")
    result = catenary.counterfactual(world, scenario=wall, elasticity=5)
    regions = result.regions
    np.testing.assert_allclose(
        regions["imports"] - regions["exports"], regions["deficit"], rtol=1e-8, atol=1e-6
    )
    assert result.basis["walras"][0] <= 1e-10
    paid = result.flows.groupby("destination", observed=True)["levied"].sum().sort_index()
    np.testing.assert_allclose(paid, by_region(result, "tariffs"), atol=1e-9)
    assert paid["R1"] > 0
    assert paid.drop("R1").sum() == 0
    outputs = result.flows.groupby(["origin", "product"], observed=True)["after"].sum()
    made = result.products.set_index(["region", "product"])["after"]
    np.testing.assert_allclose(made.loc[outputs.index], outputs, rtol=1e-8)


def test_everybody_loses_to_a_wall_around_a_symmetric_world_and_gains_when_it_falls() -> None:
    ids, users = ["A.x", "B.x", "C.x"], ["A.all", "B.all", "C.all"]
    world = World(
        {
            "regions": pd.DataFrame({"id": ["A", "B", "C"]}),
            "products": pd.DataFrame({"id": ["x"]}),
            "producers": pd.DataFrame({"id": ids, "region": ["A", "B", "C"], "product": "x"}),
            "consumers": pd.DataFrame({"id": users, "region": ["A", "B", "C"]}),
            "intermediate": Matrix(np.eye(3) * 2 + 1, ids, ids, "USD/year"),
            "final": Matrix(np.eye(3) * 6 + 2, ids, users, "USD/year"),
            "elasticities": pd.DataFrame({"product": ["x"], "trade": [4.0]}),
        }
    )
    wall = catenary.counterfactual(world, scenario=tariff("set", 0.3, origin="*"))
    assert (wall.regions["real_income"] < 0).all()
    walled = world.with_(links=completed(world, tariff("set", 0, origin="*")).table("links"))
    walled = tariff("set", 0.3, origin="*").apply(walled)
    free = catenary.counterfactual(walled, scenario=tariff("set", 0, origin="*"))
    assert (free.regions["real_income"] > 0).all()
    assert free.regions["tariffs"].sum() == 0


# --- published results --------------------------------------------------------------------------


class Nafta:
    """The data of Caliendo & Parro (2015), base 1993."""

    def __init__(self, shared: Path) -> None:
        folder = shared / "data" / "cp2015_nafta"
        sets = json.loads((folder / "sets.json").read_text(encoding="utf-8"))
        self.regions, self.sectors = pd.Index(sets["regions"]), pd.Index(sets["sectors"])
        n, j = len(self.regions), len(self.sectors)
        trade = pd.read_parquet(folder / "trade.parquet")
        place = (
            self.sectors.get_indexer(trade["sector"]),
            self.regions.get_indexer(trade["importer"]),
            self.regions.get_indexer(trade["exporter"]),
        )
        self.sales, self.tariffs, self.later = (np.zeros((1, j, n, n)) for _ in range(3))
        for array, column in (
            (self.sales, "value"), (self.tariffs, "tariff"), (self.later, "tariff_cfl"),
        ):  # fmt: skip
            array[0][place] = trade[column]
        inputs, final, added = (
            pd.read_parquet(folder / f"{name}.parquet")
            for name in ("intermediate_consumption", "final_consumption", "value_added")
        )
        self.inputs, self.final, self.added = (
            np.zeros((n, j, j)),
            np.zeros((j, n)),
            np.zeros((j, n)),
        )
        region, sector = self.regions.get_indexer, self.sectors.get_indexer
        self.inputs[region(inputs["region"]), sector(inputs["sector"]), sector(inputs["input"])] = (
            inputs["value"]
        )
        self.final[sector(final["sector"]), region(final["region"])] = final["value"]
        self.added[sector(added["sector"]), region(added["region"])] = added["value"]
        theta = pd.read_parquet(folder / "theta.parquet").set_index("sector")["value"]
        self.theta = theta.loc[self.sectors].to_numpy()

    def economy(self) -> Economy:
        """Return the shares of the raw data, which do not balance."""
        made, world = self.inputs.sum(axis=2).T + self.added, self.added.sum()
        spending = (self.sales * (1 + self.tariffs)).sum(axis=-1)
        across = self.sales.sum(axis=(0, 1))
        return Economy(
            shares=self.sales * (1 + self.tariffs) / spending[..., None],
            tariffs=self.tariffs,
            inputs=self.inputs / made.T[..., None],
            labour=self.added / made,
            tastes=self.final / self.final.sum(axis=0),
            income=self.added.sum(axis=0) / world,
            deficit=(across.sum(axis=1) - across.sum(axis=0)) / world,
            spending=spending / world,
        )

    def solved(self, deficits: Any) -> Equilibrium:
        before = solve(
            self.economy(), Barriers(tariffs=self.tariffs), self.theta, deficits=deficits
        )
        return solve(
            before.as_baseline(), Barriers(tariffs=self.later), self.theta, deficits=deficits
        )

    def of(self, numbers: Array) -> list[float]:
        """Return percentages of Mexico, Canada and USA."""
        places = self.regions.get_indexer(pd.Index(["Mexico", "Canada", "USA"]))
        return [float(100 * numbers[place]) for place in places]

    def world(self, economy: Economy) -> World:
        """Return a balanced economy as tables."""
        regions = [name.replace(" ", "_") for name in self.regions]
        sectors = [name.replace(" ", "_") for name in self.sectors]
        n, j = len(regions), len(sectors)
        kept = economy.shares[0] / (1 + economy.tariffs[0])  # (J, N buyer, N seller)
        made = (kept * economy.spending[0][..., None]).sum(axis=1)
        used = economy.inputs * made.T[..., None]
        bought = economy.spending[0] - used.sum(axis=1).T
        ids = [f"{r}.{s}" for r in regions for s in sectors]
        users = [f"{r}.all" for r in regions]
        flows = np.einsum("kni,njk->iknj", kept, used).reshape(n * j, n * j)
        final = np.einsum("kni,kn->ikn", kept, bought).reshape(n * j, n)
        product, buyer, seller = np.nonzero(economy.tariffs[0])
        return World(
            {
                "regions": pd.DataFrame({"id": regions}),
                "products": pd.DataFrame({"id": sectors}),
                "producers": pd.DataFrame(
                    {"id": ids, "region": np.repeat(regions, j), "product": sectors * n}
                ),
                "consumers": pd.DataFrame({"id": users, "region": regions}),
                "intermediate": Matrix(flows * 1e6, ids, ids, "MUSD/year"),
                "final": Matrix(np.maximum(final, 0) * 1e6, ids, users, "MUSD/year"),
                "elasticities": pd.DataFrame({"product": sectors, "trade": self.theta}),
                "links": pd.DataFrame(
                    {
                        "origin": np.array(regions)[seller],
                        "destination": np.array(regions)[buyer],
                        "product": np.array(sectors)[product],
                        "tariff": economy.tariffs[0][product, buyer, seller],
                    }
                ),
            }
        )


@pytest.fixture(scope="module")
def nafta(shared: Path) -> Nafta:
    return Nafta(shared)


def test_nafta_as_published_and_exact(nafta: Nafta) -> None:
    found = nafta.solved("zero")
    linear = first_order(found)
    of = nafta.of
    assert np.round(of(linear.terms_of_trade[0]), 2).tolist() == [-0.41, -0.11, 0.04]
    assert np.round(of(linear.volume[0]), 2).tolist() == [1.72, 0.04, 0.04]
    assert np.round(of(linear.total[0]), 2).tolist() == [1.31, -0.06, 0.08]
    assert np.round(of(found.real_wage[0] - 1), 2).tolist() == [1.72, 0.32, 0.11]
    assert of(found.real_income[0] - 1) == pytest.approx([0.007, -0.110, 0.074], abs=1e-3)
    old = found.economy
    before = (old.spending[..., None] * old.shares / (1 + old.tariffs)).sum(axis=(0, 1))
    after = found.flows[0].sum(axis=(0, 1))
    club = nafta.regions.get_indexer(pd.Index(["Mexico", "Canada", "USA"]))
    grown = []
    for n in club:
        others = club[club != n]
        grown.append(100 * (after[n, others].sum() / before[n, others].sum() - 1))
    assert np.round(grown, 2).tolist() == [118.28, 11.11, 40.52]
    assert found.walras[0] <= 1e-10


def test_nafta_with_deficits_is_another_world_and_balances_too(nafta: Nafta) -> None:
    found = nafta.solved("fixed")
    assert found.walras[0] <= 1e-10
    np.testing.assert_allclose(found.deficit[0], nafta.economy().deficit)
    assert nafta.of(found.real_income[0] - 1) == pytest.approx([-0.045, -0.082, 0.076], abs=1e-3)


def test_the_first_order_formula_summed_over_small_steps_is_the_exact_change(nafta: Nafta) -> None:
    before = solve(nafta.economy(), Barriers(tariffs=nafta.tariffs), nafta.theta, deficits="zero")
    economy, steps = before.as_baseline(), 25
    total, exact = np.zeros(len(nafta.regions)), np.ones(len(nafta.regions))
    for step in range(1, steps + 1):
        tariffs = nafta.tariffs + step / steps * (nafta.later - nafta.tariffs)
        found = solve(economy, Barriers(tariffs=tariffs), nafta.theta, deficits="zero")
        total, exact = total + first_order(found).total[0], exact * found.real_income[0]
        economy = found.as_baseline()
    assert nafta.of(exact - 1) == pytest.approx([0.0073, -0.1101, 0.0741], abs=1e-4)
    # relative steps overshoot by the square of each: less than a tenth of the gap in one step
    assert nafta.of(total) == pytest.approx([0.0073, -0.1101, 0.0741], abs=0.08)


def test_nafta_as_a_world_with_links_and_a_scenario(nafta: Nafta) -> None:
    found = nafta.solved("zero")
    world = nafta.world(found.economy)
    assert isinstance(world, World)
    later = nafta.later[0]
    product, buyer, seller = np.nonzero(later != nafta.tariffs[0])
    names = [name.replace(" ", "_") for name in nafta.regions]
    club = {"Mexico", "Canada", "USA"}
    assert {names[n] for n in buyer} <= club
    kinds = [name.replace(" ", "_") for name in nafta.sectors]
    scenario = Scenario(
        "nafta",
        tuple(
            Change(
                target="links.tariff",
                where={"origin": names[i], "destination": names[n], "product": kinds[j]},
                set=float(later[j, n, i]),
            )
            for j, n, i in zip(product, buyer, seller, strict=True)
        ),
    )
    result = catenary.counterfactual(world, scenario=scenario)
    told = [text for text in result.run.warnings if "change nothing" not in text]
    told = [text for text in told if "changes nothing" not in text]  # tariffs on no trade
    assert all("negative" in text for text in told)  # as in the data
    ours = result.regions.set_index("region").loc[names]
    close: dict[str, Any] = {"rtol": 0, "atol": 1e-6}  # a few inputs are negative, here 0
    np.testing.assert_allclose(ours["real_income"], found.real_income[0] - 1, **close)
    np.testing.assert_allclose(ours["first_order"], first_order(found).total[0], **close)
    np.testing.assert_allclose(ours["real_wage"], found.real_wage[0] - 1, **close)
    again = catenary.counterfactual(world, scenario=scenario, deficits="zero")
    np.testing.assert_allclose(by_region(again), by_region(result), **close)


def test_wiod_with_and_without_uses_apart(shared: Path) -> None:
    world = catenary.read("wiod", shared / "data" / "wiod2013", year=2011)
    wall = tariff("set", 0.25, origin="CHN", destination="USA")
    together, apart = (
        catenary.counterfactual(world, scenario=wall, elasticity=5, uses=uses)
        for uses in ("together", "apart")
    )
    for result in (together, apart):
        assert any("negative" in text for text in result.run.warnings)
        incomes = by_region(result)
        assert incomes["CHN"] < 0
        assert abs(incomes.drop(["CHN", "USA"])).max() < 0.01
        cut = result.flows[
            (result.flows["origin"] == "CHN") & (result.flows["destination"] == "USA")
        ]
        assert cut["after"].sum() < 0.5 * cut["before"].sum()
    assert not np.allclose(by_region(together), by_region(apart), atol=1e-6)
    # goods for final use alone
    final = Scenario(
        "final",
        (
            Change(
                target="links.tariff",
                where={"origin": "CHN", "destination": "USA", "use": "final"},
                set=0.25,
            ),
        ),
    )
    only = catenary.counterfactual(world, scenario=final, elasticity=5, uses="apart")
    assert by_region(apart)["CHN"] < by_region(only)["CHN"] < 0
    with pytest.raises(OptionError, match="inputs or for final goods"):
        catenary.counterfactual(world, scenario=final, elasticity=5)


# --- barriers -----------------------------------------------------------------------------------


def test_a_particular_link_counts_before_a_general_one() -> None:
    world = drawn_world(1).with_(
        links=pd.DataFrame(
            {
                "origin": ["R0", "R0", "R0", "R0"],
                "destination": ["R1", "R1", "R1", "R2"],
                "product": ["p1", "", "p1", ""],
                "use": ["final", "", "", "inputs"],
                "tariff": [0.4, 0.1, 0.3, 0.2],
                "rent": [0.0, 0.05, 0.0, 0.0],
            }
        )
    )
    wedges = Wedges.of(world, world.ids("regions"), uses=2)
    assert wedges.tariff[:, :, 1, 0].tolist() == [[0.1, 0.3, 0.1], [0.1, 0.4, 0.1]]
    assert wedges.tariff[:, :, 2, 0].tolist() == [[0.2] * 3, [0.0] * 3]
    assert wedges.levied[0, :, 1, 0].tolist() == pytest.approx([0.15, 0.3, 0.15])
    assert wedges.tariff.sum() == pytest.approx(0.1 * 4 + 0.3 + 0.4 + 0.6)


def test_links_that_a_scenario_means_are_made_from_the_more_general_ones() -> None:
    world = drawn_world(1).with_(
        links=pd.DataFrame(
            {"origin": ["R0"], "destination": ["R1"], "tariff": [0.1], "bound": [0.2]}
        )
    )
    cut = tariff("multiply", 0.5, destination="R1", product="p1")
    wedges = Wedges.of(cut.apply(completed(world, cut)), world.ids("regions"), uses=1)
    assert wedges.tariff[0, :, 1, 0].tolist() == [0.1, 0.05, 0.1]
    assert wedges.tariff.sum() == pytest.approx(0.25)
    assert completed(world, NOTHING) is world


def test_rents_are_income_and_iceberg_costs_and_days_are_not() -> None:
    world = drawn_world(3)

    def change(target: str, add: float, **options: Any) -> Any:
        scenario = Scenario("s", (Change(target=target, where={"destination": "R1"}, add=add),))
        return catenary.counterfactual(world, scenario=scenario, elasticity=5, **options)

    duty, rent = change("links.tariff", 0.1), change("links.rent", 0.1)
    np.testing.assert_allclose(by_region(rent), by_region(duty), atol=1e-10)
    assert by_region(rent, "rents")["R1"] == pytest.approx(by_region(duty, "tariffs")["R1"])
    waste = change("links.iceberg", 0.1)
    assert by_region(waste)["R1"] < by_region(rent)["R1"]
    assert waste.regions["rents"].sum() == waste.regions["tariffs"].sum() == 0
    days = change("links.duration", 5, day_value=np.log(1.1) / 5)
    np.testing.assert_allclose(by_region(days), by_region(waste), atol=1e-10)
    with pytest.raises(OptionError, match="nothing says what a day costs"):
        change("links.duration", 5)


def test_a_ban_stops_a_flow_and_costs_more_than_any_tariff() -> None:
    world = drawn_world(4)
    ban = Scenario(
        "ban", (Change(target="links.open", where={"origin": "R0", "destination": "R1"}, set=0),)
    )
    found = catenary.counterfactual(world, scenario=ban, elasticity=5)
    flows = found.flows
    stopped = flows[(flows["origin"] == "R0") & (flows["destination"] == "R1")]
    assert len(stopped) == 2
    assert stopped["after"].sum() == 0 < stopped["before"].min()
    assert found.regions["first_order"].isna().any()
    wall = Scenario(
        "wall",
        (Change(target="links.iceberg", where={"origin": "R0", "destination": "R1"}, set=1000),),
    )
    high = catenary.counterfactual(world, scenario=wall, elasticity=5)
    np.testing.assert_allclose(by_region(high), by_region(found), atol=1e-6)
    half = Scenario("half", (Change(target="links.open", where={"origin": "R0"}, set=0.5),))
    with pytest.raises(ScenarioError, match="in part"):
        catenary.counterfactual(world, scenario=half, elasticity=5)


def test_productivity_and_capital_are_worth_what_they_add() -> None:
    world = drawn_world(5)

    def change(target: str, **options: Any) -> Any:
        change = Change(target=target, where={"region": "R1"}, multiply=1.2)
        scenario = Scenario("s", (change,))
        return catenary.counterfactual(world, scenario=scenario, elasticity=5, **options)

    better = by_region(change("producers.productivity"))
    assert better["R1"] > 0.05
    assert better["R1"] > better.drop("R1").max()
    capital = by_region(change("producers.capital", capital_share=0.3))
    assert 0.02 < capital["R1"] < better["R1"]
    np.testing.assert_allclose(
        by_region(change("producers.capital", capital_share=0)), 0, atol=1e-9
    )
    with pytest.raises(OptionError, match="capital_share"):
        change("producers.capital")


def test_deficits_are_what_was_asked_for() -> None:
    world = drawn_world(6)
    wall = tariff("set", 0.5, destination="R1")
    results = {
        rule: catenary.counterfactual(world, scenario=wall, deficits=rule, elasticity=5)
        for rule in ("fixed", "zero", "share")
    }
    nothing = catenary.counterfactual(world, scenario=NOTHING, elasticity=5)
    lent = by_region(nothing, "deficit")
    np.testing.assert_allclose(by_region(results["fixed"], "deficit"), lent, rtol=1e-8)
    np.testing.assert_allclose(by_region(results["zero"], "deficit"), 0, atol=1e-8)
    shares = by_region(results["share"], "deficit") / results["share"].regions["income"].sum()
    np.testing.assert_allclose(shares, lent / nothing.regions["income"].sum(), rtol=1e-8)
    assert [r.basis["deficits"][0] for r in results.values()] == ["fixed", "zero", "share"]
    assert "Deficits: none" in results["zero"].summary()
    assert any("solved first" in text for text in results["zero"].run.warnings)


def test_uncertain_elasticities_are_drawn_with_the_scenario() -> None:
    world = drawn_world(7).with_(elasticities=pd.DataFrame({"trade": [5.0]}))
    spread = {"set": {"distribution": "uniform", "low": 3.0, "high": 8.0}}
    wall = tariff("set", 0.5, destination="R1").changes[0]
    unsure = Change(target="elasticities.trade", set=5.0, uncertain=spread)
    scenario = Scenario("unsure", (wall, unsure))
    incomes = [
        by_region(catenary.counterfactual(world, scenario=scenario.sampled(seed)))["R1"]
        for seed in range(3)
    ]
    assert len(set(incomes)) == 3


# --- what cannot be ------------------------------------------------------------------------------


def without(world: World, region: str, *, home: bool) -> World:
    """Return the world without what a region sells at home, or without what it trades."""
    at = world.table("producers")["region"].astype("str").to_numpy() == region
    users = world.table("consumers")["region"].astype("str").to_numpy() == region
    parts = {}
    for name, columns in (("intermediate", at), ("final", users)):
        matrix = world.matrix(name)
        values = matrix.dense.copy()
        inside = at[:, None] & columns
        values[inside if home else (at[:, None] ^ columns)] = 0
        parts[name] = Matrix(values, matrix.rows, matrix.columns, matrix.unit)
    return world.with_(parts)


def in_tonnes(world: World) -> World:
    """Return the world with other units."""
    parts = {
        name: Matrix(matrix.dense, matrix.rows, matrix.columns, "t/day")
        for name, matrix in world.matrices.items()
    }
    return world.with_(parts)


@pytest.mark.parametrize(
    ("world", "options", "error", "words"),
    [
        (drawn_world(1), {}, MissingDataError, ["p0 and p1", "elasticity"]),
        (drawn_world(1).without("final"), {"elasticity": 5}, MissingDataError, ["'final'"]),
        (without(drawn_world(1), "R2", home=True), {"elasticity": 5}, DataError, ["R2", "home"]),
        (without(drawn_world(1), "R2", home=False), {"elasticity": 5}, DataError, ["R2", "nobody"]),
        (drawn_world(1), {"elasticity": 0}, DataError, ["p0 and p1", "0"]),
        (in_tonnes(drawn_world(1)), {"elasticity": 5}, UnitError, ["t/day", "money"]),
        (
            drawn_world(1),
            {"elasticity": 5, "scenario": tariff("set", -1, origin="R0")},
            ScenarioError,
            ["links.tariff of what R1 buys from R0", "-100 %", "free"],
        ),
        (
            drawn_world(1),
            {
                "elasticity": 5,
                "scenario": Scenario("s", (Change(target="links.cost", multiply=2),)),
            },
            ScenarioError,
            ["does not read links.cost", "links.tariff"],
        ),
    ],
)
def test_what_cannot_be_is_said_by_name(
    world: World, options: Any, error: type[CatenaryError], words: list[str]
) -> None:
    options = {"scenario": NOTHING, **options}
    with pytest.raises(error) as caught:
        catenary.counterfactual(world, **options)
    for word in words:
        assert word in str(caught.value)


def test_a_search_that_ends_nowhere_names_the_gap_and_the_region(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("catenary.trade.solving._RESIDUAL", 0.0)
    with pytest.raises(ComputationError, match=r"the largest gap is .*, in R\d"):
        catenary.counterfactual(
            drawn_world(1), scenario=tariff("set", 0.5, origin="R0"), elasticity=5
        )


def test_who_lends_more_than_it_earns_is_named() -> None:
    world = drawn_world(1)
    final = world.matrix("final").dense.copy()
    at = world.table("producers")["region"].astype("str").to_numpy() == "R3"
    final[at, :3] *= 60  # sold abroad
    lender = world.with_(
        final=Matrix(final, world.ids("producers"), world.ids("consumers"), "MUSD/year")
    )
    ruin = Scenario(
        "ruin",
        (Change(target="producers.productivity", where={"region": "R3"}, multiply=1e-3),),
    )
    with pytest.raises(ComputationError, match="R3"):
        catenary.counterfactual(lender, scenario=ruin, elasticity=5)


def test_industries_that_buy_more_than_they_sell_are_said() -> None:
    world = drawn_world(1)
    flows = world.matrix("intermediate").dense.copy()
    flows[:, 0] *= 40
    dear = world.with_(
        intermediate=Matrix(flows, world.ids("producers"), world.ids("producers"), "MUSD/year")
    )
    result = catenary.counterfactual(dear, scenario=NOTHING, elasticity=5)
    assert any("most p0 in R0" in text for text in result.run.warnings)
    assert any("solved first" in text for text in result.run.warnings)
    np.testing.assert_allclose(by_region(result), 0, atol=1e-9)


def test_a_question_can_be_asked_without_the_analysis() -> None:
    question = Question(
        scenario=NOTHING, deficits="fixed", uses=1, elasticity=5, day_value=None,
        capital_share=None, day=0,
    )  # fmt: skip
    found = solved(drawn_world(1), question)
    assert found.money == pytest.approx(by_region_sum(drawn_world(1)))


def by_region_sum(world: World) -> float:
    """Return the value added of a world: final demand."""
    return float(world.matrix("final").dense.sum())


@pytest.mark.parametrize("size", [64, 0])
def test_many_scenarios_are_each_what_it_is_alone(size: int, monkeypatch: Any) -> None:
    monkeypatch.setattr("catenary.trade.many._MEGABYTES", size)  # 0: batches of one
    world = drawn_world(9).with_(elasticities=pd.DataFrame({"trade": [5.0]}))
    scenarios = [
        tariff("set", 0.1, destination="R1"),
        tariff("set", 0.3, product="p1"),
        Scenario(
            "theta", (Change(target="elasticities.trade", set=8.0), *tariff("set", 1).changes)
        ),
        Scenario("better", (Change(target="producers.productivity", multiply=1.1),)),
    ]
    question = Question(
        scenario=NOTHING, deficits="zero", uses=2, elasticity=None, day_value=None,
        capital_share=None, day=0,
    )  # fmt: skip
    found = many(world, scenarios, question)
    assert found["run"].unique().tolist() == [0, 1, 2, 3]
    for run, scenario in enumerate(scenarios):
        alone = catenary.counterfactual(world, scenario=scenario, deficits="zero", uses="apart")
        ours = found[found["run"] == run].set_index("region").sort_index()
        for column in ("real_income", "real_wage", "wage", "price"):
            np.testing.assert_allclose(ours[column], by_region(alone, column), atol=1e-9)


def test_rounding_makes_nothing_that_stays_at_home_a_traded_product() -> None:
    for seed in range(60):  # sums in another order differ in the last digit for some
        assert Flows.of(drawn_world(seed)).traded.tolist() == [True, True, False]
