"""What more capacity is worth, and plans: finite differences, all plans tried, laws of budgets."""

from __future__ import annotations

from itertools import product as every
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array

import catenary
from catenary import Change, Matrix, Scenario, World
from catenary.errors import DataError, MissingDataError, OptionError, ScenarioError
from catenary.logistics.atlas import sea_world
from catenary.logistics.sites import sites
from catenary.maths.assignment import Demand, Network, assigned
from catenary.maths.delays import Bpr, Queue
from catenary.maths.mincost import Options, cheapest, invested
from catenary.testing import small_freight

pytestmark = pytest.mark.part("6.3")

PENALTY = 500.0


def drawn(seed: int) -> tuple[Network, Demand, np.ndarray, np.random.Generator]:
    """Return a random network with demand of two classes, and capacities that are scarce."""
    rng = np.random.default_rng(seed)
    nodes = 4
    pairs = np.array([(a, b) for a, b in every(range(nodes), repeat=2) if a != b])
    arcs = len(pairs)
    network = Network.of(nodes, pairs[:, 0], pairs[:, 1], csr_array(np.eye(arcs)))
    demand = Demand(
        cost=rng.uniform(1, 20, (2, arcs)),
        kind=np.array([0, 1]),
        origin=np.array([0, 1]),
        start=np.array([0, 2, 4]),
        destination=np.array([2, 3, 2, 3]),
        amount=rng.uniform(5, 15, 4),
    )
    return network, demand, rng.uniform(1, 12, arcs), rng


def shop(network: Network, rng: np.random.Generator, count: int = 4) -> Options:
    """Return things to buy: capacity of some arcs, and cheaper arcs."""
    arcs = len(network.tail)
    more = np.zeros((arcs, count))
    more[rng.integers(0, arcs, count), np.arange(count)] = rng.uniform(1, 8, count)
    more[:, -1] = 0.0
    which = np.zeros((1, arcs))
    which[0, rng.choice(arcs, 3, replace=False)] = 1.0
    return Options(
        cost=rng.uniform(1, 10, count), more=more, cut_by=np.array([count - 1]),
        cut_arcs=csr_array(which), cut=rng.uniform(0, 1, (2, 1)), either=np.array([[0, 1]]),
    )  # fmt: skip


def with_bought(demand: Demand, options: Options, bought: np.ndarray) -> Demand:
    """Return the demand with the cuts that are bought."""
    cost = demand.cost.copy()
    for m, by in enumerate(options.cut_by):
        if bought[by]:
            cost -= options.cut[:, m : m + 1] * options.cut_arcs.toarray()[m]
    return Demand(
        cost=cost, kind=demand.kind, origin=demand.origin, start=demand.start,
        destination=demand.destination, amount=demand.amount,
    )  # fmt: skip


# --- dual prices ----------------------------------------------------------------------------------


@settings(deadline=None, max_examples=30)
@given(seed=st.integers(0, 10**6), place=st.integers(0, 11))
def test_a_dual_price_is_what_one_more_unit_saves(seed: int, place: int) -> None:
    """The optimum is convex in a capacity: its price lies between what less and more would do."""
    network, demand, capacity, _ = drawn(seed)
    found = cheapest(network, demand, capacity, penalty=PENALTY)
    step = np.zeros(len(capacity))
    step[place] = 1e-4
    more = cheapest(network, demand, capacity + step, penalty=PENALTY).objective
    less = cheapest(network, demand, capacity - step, penalty=PENALTY).objective
    gain, loss = (found.objective - more) / 1e-4, (less - found.objective) / 1e-4
    assert gain - 1e-4 <= found.price[place] <= loss + 1e-4
    if abs(gain - loss) < 1e-6:  # as almost everywhere
        assert found.price[place] == pytest.approx(gain, abs=1e-4)


@pytest.mark.parametrize("curve", ["bpr", "queue"])
def test_relief_is_what_the_optimum_with_delays_falls_by(curve: str) -> None:
    network, demand, capacity, _ = drawn(5)
    capacity = capacity * 3
    one_class = Demand(
        cost=demand.cost[:1], kind=demand.kind * 0, origin=demand.origin, start=demand.start,
        destination=demand.destination, amount=demand.amount,
    )  # fmt: skip

    def best(room: np.ndarray) -> Any:
        parcel = 2.0
        delay = Bpr(np.full(12, 3.0), room) if curve == "bpr" else Queue(parcel / room, room)
        return delay, assigned(network, one_class, delay, optimum=True, gap=1e-9, most=2000)

    delay, found = best(capacity)
    price = delay.relief(found.load)
    place = int(np.argmax(price))
    step = np.zeros(12)
    step[place] = 1e-3 * capacity[place]
    slope = (best(capacity - step)[1].objective - best(capacity + step)[1].objective) / (
        2 * step[place]
    )
    assert price[place] == pytest.approx(slope, rel=1e-3)


def test_the_price_of_the_border_is_told_first() -> None:
    told = catenary.upgrades(small_freight(), sea="no")
    assert told.prices["place"].iloc[0] == "border_ab"
    more = catenary.congestion(small_freight(capacity=61.0), sea="no", method="exact")
    less = catenary.congestion(small_freight(capacity=60.0), sea="no", method="exact")

    def cost(one: Any) -> float:
        basis = one.basis.iloc[0]
        return float((basis["cost"] + 9 * basis["duration"]) * basis["carried"])

    assert told.prices["price"].iloc[0] == pytest.approx(cost(less) - cost(more))
    assert told.plan["before"].item() == pytest.approx(cost(less))


# --- plans ----------------------------------------------------------------------------------------


@settings(deadline=None, max_examples=25)
@given(seed=st.integers(0, 10**6), budget=st.floats(0, 30))
def test_a_plan_is_the_best_of_all_that_the_budget_allows(seed: int, budget: float) -> None:
    network, demand, capacity, rng = drawn(seed)
    options = shop(network, rng)
    found = invested(network, demand, capacity, options, budget=budget, penalty=PENALTY)
    best = np.inf
    for choice in every((False, True), repeat=len(options.cost)):
        bought = np.array(choice)
        if options.cost @ bought > budget or (bought[0] and bought[1]):
            continue
        cost = with_bought(demand, options, bought)
        one = cheapest(network, cost, capacity + options.more @ bought, penalty=PENALTY)
        best = min(best, one.objective)
    assert found.objective == pytest.approx(best, rel=1e-6)
    assert options.cost @ found.bought <= budget + 1e-9
    assert not (found.bought[0] and found.bought[1])


@settings(deadline=None, max_examples=20)
@given(seed=st.integers(0, 10**6), budgets=st.tuples(st.floats(0, 40), st.floats(0, 40)))
def test_more_budget_is_never_worse(seed: int, budgets: tuple[float, float]) -> None:
    network, demand, capacity, rng = drawn(seed)
    options = shop(network, rng)
    small, large = (
        invested(network, demand, capacity, options, budget=one, penalty=PENALTY).objective
        for one in sorted(budgets)
    )
    assert large <= small * (1 + 1e-7)


def measure(target: str, label: str, usd: float, **change: float) -> Change:
    return Change(
        target=target, where={"id": label}, kind="measure", cost={"usd": usd},
        note=f"{label} {usd}", **change,  # type: ignore[arg-type]
    )  # fmt: skip


MEASURES = Scenario("offers", (
    measure("passages.capacity", "border_ab", 1000.0, add=20.0),
    measure("passages.duration", "border_ab", 500.0, multiply=0.3),
    measure("passages.duration", "border_ab", 900.0, multiply=0.1),
    measure("lanes.capacity", "quay", 1.0, add=20.0),
    measure("lanes.duration", "ship", 700.0, add=-1.0),
))  # fmt: skip


def planned(budget: float, world: World | None = None, **options: Any) -> Any:
    return catenary.upgrades(
        world or small_freight(), measures=MEASURES, budget=budget, sea="no", **options
    )


@settings(deadline=None, max_examples=5)
@given(budget=st.floats(0, 4000), border=st.floats(5, 200))
def test_the_analysis_finds_the_best_plan_of_measures(budget: float, border: float) -> None:
    world = small_freight(capacity=border)
    found = planned(budget, world)
    plan = found.plan.iloc[0]
    best = np.inf
    for choice in every((False, True), repeat=len(MEASURES.changes)):
        taken = [one for one, kept in zip(MEASURES.changes, choice, strict=True) if kept]
        if sum(one.cost["usd"] for one in taken) > budget or (choice[1] and choice[2]):
            continue
        done = Scenario("done", tuple(taken))
        one = catenary.upgrades(world, scenario=done, sea="no", penalty=5000.0)
        best = min(best, one.plan["before"].item())
    assert planned(budget, world, penalty=5000.0).plan["after"].item() == pytest.approx(best)
    assert plan["spent"] <= budget
    assert plan["after"] <= plan["before"] + 1e-6
    assert plan["saving"] == pytest.approx(plan["before"] - plan["after"])


def test_no_budget_and_no_measures_leave_everything_as_it_is() -> None:
    base = catenary.upgrades(small_freight(), sea="no")
    nothing = planned(0.0)
    assert nothing.plan["after"].item() == base.plan["before"].item()
    assert not nothing.measures["chosen"].any()
    assert (nothing.prices["price_after"] == nothing.prices["price"]).all()
    assert base.plan["saving"].item() == 0


def test_a_plan_spends_nothing_on_what_saves_nothing() -> None:
    found = planned(1e6).measures.set_index("measure")
    assert not found.loc["quay 1.0", "chosen"]
    assert found["chosen"].sum() == 3


def test_facilitation_at_the_border_saves_the_hours_of_all_that_cross_it() -> None:
    only = Scenario("window", (MEASURES.changes[1],))
    found = catenary.upgrades(small_freight(), measures=only, budget=500.0, sea="no")
    assert found.measures["alone"].item() == pytest.approx(60 * 1.5 * 0.7 * 9)
    assert found.plan["payback"].item() == pytest.approx(500 / (60 * 1.5 * 0.7 * 9))


def test_a_lane_that_is_closed_can_be_opened() -> None:
    world = small_freight()
    lanes = world.table("lanes").reset_index()
    lanes["open"] = np.where(lanes["id"].astype(str) == "road", 0.0, 1.0)
    shut = world.with_(lanes=lanes)
    build = Scenario("build", (measure("lanes.open", "road", 300.0, set=1.0),))
    found = catenary.upgrades(shut, measures=build, budget=300.0, sea="no")
    open_ = catenary.upgrades(world, sea="no")
    assert found.measures["chosen"].all()
    assert found.plan["after"].item() == pytest.approx(open_.plan["before"].item())


@pytest.mark.parametrize("share", [0.0, 0.5])
def test_a_port_that_is_closed_or_half_open_can_be_opened(share: float) -> None:
    places = small_freight().table("facilities").reset_index()
    places["capacity"] = [np.nan, 16.0, np.nan, np.nan]
    whole = small_freight().with_(facilities=places)
    shut = whole.with_(facilities=places.assign(open=[1.0, share, 1.0, 1.0]))
    dredge = Scenario("dredge", (measure("facilities.open", "AP", 300.0, set=1.0),))
    found = catenary.upgrades(shut, measures=dredge, budget=300.0, sea="no", penalty=5000.0)
    usual = catenary.upgrades(whole, sea="no", penalty=5000.0).plan["before"].item()
    assert found.plan["before"].item() > usual
    assert found.plan["after"].item() == pytest.approx(usual)
    assert found.measures["chosen"].all()


def test_a_closure_makes_another_upgrade_worth_more() -> None:
    shut = Scenario("shut", (Change(target="passages.open", where={"id": "canal"}, set=0.0),))
    usual, closed = planned(1000.0), planned(1000.0, scenario=shut)
    alone = [one.measures.set_index("measure")["alone"] for one in (usual, closed)]
    assert alone[1]["border_ab 1000.0"] > alone[0]["border_ab 1000.0"]


def test_with_delays_the_border_is_scarce_as_well() -> None:
    told = catenary.upgrades(small_freight(), method="optimum", sea="no")
    assert told.prices["place"].iloc[0] == "border_ab"
    assert told.prices["price"].iloc[0] > 0


# --- bad input ------------------------------------------------------------------------------------


def test_measures_that_are_none_are_refused_in_words() -> None:
    def offered(change: Change) -> Any:
        offer = Scenario("offer", (change,))
        return catenary.upgrades(small_freight(), measures=offer, budget=1.0, sea="no")

    where = {"id": "border_ab"}
    free = Change(target="passages.capacity", where=where, add=1.0, kind="measure")
    with pytest.raises(ScenarioError, match="has no cost"):
        offered(free)
    with pytest.raises(ScenarioError, match="costs less than 0"):
        offered(Change(target="passages.capacity", where=where, add=1.0, kind="measure",
                       cost={"usd": -1.0}))  # fmt: skip
    with pytest.raises(ScenarioError, match="is a shock"):
        offered(Change(target="passages.capacity", where=where, add=1.0, cost={"usd": 1.0}))
    with pytest.raises(ScenarioError, match="nothing that a network is upgraded by"):
        offered(measure("passages.toll", "canal", 1.0, add=1.0))
    with pytest.raises(ScenarioError, match="worse"):
        offered(measure("passages.duration", "border_ab", 1.0, add=1.0))
    with pytest.raises(ScenarioError, match="matches no"):
        offered(measure("lanes.capacity", "tunnel", 1.0, add=1.0))
    twice = tuple(measure("passages.duration", "border_ab", 1.0, add=-1.0) for _ in range(2))
    with pytest.raises(ScenarioError, match="together take away more"):
        catenary.upgrades(small_freight(), measures=Scenario("two", twice), sea="no")
    with pytest.raises(DataError):
        offered(measure("passages.capacity", "border_ab", 1.0, add=-100.0))
    with pytest.raises(OptionError, match="method='exact'"):
        planned(1.0, method="optimum")
    names = ["CHN", "NLD"]
    bare = World(
        {
            "regions": pd.DataFrame({"id": names}),
            "trade": catenary.Matrix(np.eye(2, k=1), names, names, "t/day"),
        }
    )
    offer = Scenario("offer", (measure("facilities.capacity", "NLRTM", 1.0, add=1.0),))
    with pytest.raises(MissingDataError, match="table facilities"):
        catenary.upgrades(bare, measures=offer)


def test_a_network_that_is_too_large_for_an_exact_plan_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from catenary.maths import mincost  # noqa: PLC0415

    monkeypatch.setattr(mincost, "COLUMNS", 10)
    with pytest.raises(DataError, match="too many for an exact programme"):
        catenary.upgrades(small_freight(), sea="no")


@pytest.mark.part("6.7")
@settings(deadline=None, max_examples=10)
@given(budget=st.floats(0, 4000), border=st.floats(5, 200))
def test_what_measures_save_in_order_adds_up_to_the_plan(budget: float, border: float) -> None:
    found = planned(budget, small_freight(capacity=border), penalty=5000.0)
    chosen = found.measures[found.measures["chosen"]].sort_values("step")
    assert chosen["step"].tolist() == list(range(1, len(chosen) + 1))
    assert chosen["saving"].sum() == pytest.approx(found.plan["saving"].item(), abs=1e-6)
    if len(chosen):
        assert chosen["saving"].iloc[0] == pytest.approx(chosen["alone"].iloc[0])
    worth = chosen["alone"].to_numpy() / chosen["cost"].to_numpy()
    assert (np.diff(worth) <= 1e-9).all()
    left = found.measures[~found.measures["chosen"].to_numpy()]
    assert left[["step", "saving"]].isna().to_numpy().all()


@pytest.mark.part("6.7")
def test_sites_are_those_of_the_world_then_those_of_the_sea() -> None:
    told = catenary.upgrades(small_freight(), sea="no").sites.set_index("id")
    assert set(told.index) == {"A", "AP", "B", "C", "border_ab", "canal"}
    assert told[["lon", "lat"]].isna().to_numpy().all()
    own = pd.DataFrame({"id": ["suez"], "name": ["Mine"], "lon": [1.0], "lat": [2.0]})
    world = World({"passages": own})
    found = sites(["suez", "malacca", "nowhere", ""], world, sea_world()).set_index("id")
    assert (found.loc["suez", "name"], found.loc["suez", "lon"]) == ("Mine", 1.0)
    assert found.loc["malacca", "name"] == "Strait of Malacca"
    assert "nowhere" not in found.index


@pytest.mark.part("6.2")
def test_the_built_in_passages_can_be_changed_in_a_world_without_any() -> None:
    regions = ["CHN", "DEU", "USA"]
    flows = Matrix(np.array([[0.0, 5e5, 6e5], [1e5, 0.0, 2e5], [1e5, 1e5, 0.0]]), regions, regions,
                   "t/day")  # fmt: skip
    world = World({"regions": pd.DataFrame({"id": regions}), "trade": flows})
    narrow = Scenario(
        "narrow", (Change(target="passages.capacity", where={"id": "suez"}, set=2e5),)
    )
    found = catenary.congestion(world, scenario=narrow)
    assert "suez" in found.places.loc[found.places["use"] > 1, "place"].tolist()
