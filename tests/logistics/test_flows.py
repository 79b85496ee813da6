"""Flows on networks: equality with linear programmes written another way, laws, and real trade."""

from __future__ import annotations

from itertools import product as every
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog, minimize
from scipy.sparse import csr_array

import catenary
from catenary import Change, Matrix, Scenario, World
from catenary.errors import DataError, MissingDataError, OptionError, SchemaError, UnknownLabelError
from catenary.logistics.atlas import sea_world
from catenary.maths.assignment import Demand, Network, assigned
from catenary.maths.delays import Bpr, Queue
from catenary.maths.mincost import cheapest
from catenary.testing import small_freight

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from catenary.maths.delays import Delay

pytestmark = pytest.mark.part("6.2")

PENALTY: Final = 1e4


# --- networks that are drawn --------------------------------------------------------------------


def drawn(seed: int, nodes: int = 5, classes: int = 2) -> tuple[Network, Demand, np.ndarray]:
    """Return a random network, demand on it, and capacities of its places."""
    rng = np.random.default_rng(seed)
    pairs = np.array([(a, b) for a, b in every(range(nodes), repeat=2) if a != b])
    pairs = pairs[rng.random(len(pairs)) < 0.6]
    arcs = len(pairs)
    uses = np.zeros((arcs + 1, arcs))
    uses[np.arange(arcs), np.arange(arcs)] = 1.0
    uses[arcs] = rng.random(arcs) < 0.4  # a border that many arcs cross
    network = Network.of(nodes, pairs[:, 0], pairs[:, 1], csr_array(uses))
    kind, origin, start, destination, amount = [], [], [0], [], []
    for k, node in every(range(classes), range(nodes)):
        to = [n for n in range(nodes) if n != node and rng.random() < 0.5]
        if to:
            kind.append(k)
            origin.append(node)
            destination += to
            amount += list(rng.uniform(1, 10, len(to)))
            start.append(len(destination))
    demand = Demand(
        cost=rng.uniform(1, 20, (classes, arcs)),
        kind=np.array(kind, np.int64),
        origin=np.array(origin, np.int64),
        start=np.array(start, np.int64),
        destination=np.array(destination, np.int64),
        amount=np.array(amount, np.float64),
    )
    return network, demand, rng.uniform(2, 30, arcs + 1)


def paths(network: Network, origin: int, destination: int) -> Iterator[list[int]]:
    """Yield every way without a circle, as arcs, by trying them all."""

    def onward(node: int, used: list[int], seen: set[int]) -> Iterator[list[int]]:
        if node == destination:
            yield used
            return
        for arc in range(network.first[node], network.first[node + 1]):
            head = int(network.head[arc])
            if head not in seen:
                yield from onward(head, [*used, arc], seen | {head})

    yield from onward(origin, [], {origin})


def by_paths(network: Network, demand: Demand) -> list[tuple[int, int, list[int]]]:
    """Return demand, class and arcs of every path."""
    found = []
    for c, (kind, origin) in enumerate(zip(demand.kind, demand.origin, strict=True)):
        for d in range(demand.start[c], demand.start[c + 1]):
            ways = paths(network, int(origin), int(demand.destination[d]))
            found += [(d, int(kind), way) for way in ways]
    return found


def path_programme(network: Network, demand: Demand, capacity: np.ndarray) -> Any:
    """Solve the same problem with a column for each path, the textbook's other formulation."""
    ways = by_paths(network, demand)
    count, uses = len(demand.amount), network.uses.toarray()
    cost = [demand.cost[kind][way].sum() for _, kind, way in ways] + [PENALTY] * count
    equal = np.zeros((count, len(cost)))
    upper = np.zeros((len(capacity), len(cost)))
    for column, (d, _, way) in enumerate(ways):
        equal[d, column] = 1.0
        upper[:, column] = uses[:, way].sum(axis=1)
    equal[np.arange(count), len(ways) + np.arange(count)] = 1.0
    return linprog(cost, A_ub=upper, b_ub=capacity, A_eq=equal, b_eq=demand.amount)


# --- equality with independent programmes ---------------------------------------------------------


@settings(deadline=None, max_examples=40)
@given(seed=st.integers(0, 10**6))
def test_the_cheapest_flows_cost_what_a_programme_of_paths_finds(seed: int) -> None:
    network, demand, capacity = drawn(seed)
    assume(len(demand.amount))
    ours = cheapest(network, demand, capacity, penalty=PENALTY)
    other = path_programme(network, demand, capacity)
    assert ours.objective == pytest.approx(other.fun, rel=1e-8)
    assert (ours.load <= capacity * (1 + 1e-9) + 1e-9).all()


@settings(deadline=None, max_examples=25)
@given(seed=st.integers(0, 10**6), optimum=st.booleans(), queue=st.booleans())
def test_delayed_flows_are_those_a_general_solver_finds_on_paths(
    *, seed: int, optimum: bool, queue: bool
) -> None:
    """The solver is scipy's SLSQP on path flows; ours must be as good, and not better than true."""
    network, demand, capacity = drawn(seed, nodes=4, classes=1)
    ways = by_paths(network, demand)
    joined = sorted({d for d, *_ in ways})
    assume(len(joined) == len(demand.amount) > 0)
    delay: Delay = Queue(np.full(len(capacity), 0.3), capacity) if queue else (
        Bpr(np.full(len(capacity), 2.0), capacity)
    )  # fmt: skip
    ours = assigned(network, demand, delay, optimum=optimum, gap=1e-10, most=3000)
    incidence = np.stack([network.uses.toarray()[:, way].sum(axis=1) for *_, way in ways], axis=1)
    fixed = np.array([demand.cost[kind][way].sum() for _, kind, way in ways])

    def value(x: np.ndarray) -> float:
        load = incidence @ x
        parts = load * delay.value(load) if optimum else delay.integral(load)
        return float(fixed @ x + parts.sum())

    of = np.array([[float(d == way[0]) for way in ways] for d in joined])
    start = of.T @ (demand.amount / of.sum(axis=1))
    other: Any = minimize(  # type: ignore[call-overload]
        value, start, method="SLSQP", bounds=[(0, None)] * len(ways),
        constraints={"type": "eq", "fun": lambda x: of @ x - demand.amount, "jac": lambda _: of},
        options={"maxiter": 2000, "ftol": 1e-13},
    )  # fmt: skip
    assert ours.objective <= other.fun * (1 + 1e-7)
    assert ours.bound <= other.fun * (1 + 1e-9)
    assert ours.gap <= 1e-6


def test_a_small_network_and_its_path_programme_agree_to_ten_digits() -> None:
    network, demand, capacity = drawn(7, nodes=6, classes=3)
    capacity *= 3  # so that little stays behind
    ours = cheapest(network, demand, capacity, penalty=PENALTY)
    other = path_programme(network, demand, capacity)
    error = abs(ours.objective / other.fun - 1)
    print(f"objective {ours.objective:.10g}, programme of paths {other.fun:.10g}: {error:.1e}")  # noqa: T201
    assert error < 1e-8


def test_braess_adds_a_road_and_everybody_is_slower() -> None:
    """Braess (1968): six cars, 83 minutes without the new road, 92 with it; optimum stays 83."""
    tail, head = np.array([0, 0, 1, 1, 2]), np.array([1, 2, 2, 3, 3])
    network = Network.of(4, tail, head, csr_array(np.eye(5)))
    times = {"with": [0.0, 50.0, 10.0, 50.0, 0.0], "without": [0.0, 50.0, 1e6, 50.0, 0.0]}
    slope = np.array([10.0, 1.0, 1.0, 1.0, 10.0])
    delay = Bpr(slope, np.ones(5), share=1.0, power=1.0)
    took = {}
    for name, fixed in times.items():
        demand = Demand(
            cost=np.array([fixed]), kind=np.array([0]), origin=np.array([0]),
            start=np.array([0, 1]), destination=np.array([3]), amount=np.array([6.0]),
        )  # fmt: skip
        found = assigned(network, demand, delay, gap=1e-9)
        best = assigned(network, demand, delay, gap=1e-9, optimum=True)
        took[name] = found.cost[0], best.objective / 6
    assert took["without"][0] == pytest.approx(83)
    assert took["with"][0] == pytest.approx(92)
    assert took["with"][1] == pytest.approx(83)


# --- laws -----------------------------------------------------------------------------------------


@settings(deadline=None, max_examples=30)
@given(seed=st.integers(0, 10**6), optimum=st.booleans())
def test_flows_are_conserved_at_every_node(*, seed: int, optimum: bool) -> None:
    network, demand, capacity = drawn(seed)
    assume(len(demand.amount))
    delay = Bpr(np.ones(len(capacity)), capacity)
    delayed = assigned(network, demand, delay, optimum=optimum)
    exact = cheapest(network, demand, capacity, penalty=PENALTY)
    lost = np.where(np.isinf(delayed.cost), demand.amount, 0.0)
    for flow, left in ((delayed.flow, lost), (exact.flow, exact.left)):
        for kind in range(len(flow)):
            balance = np.zeros(len(network.first) - 1)
            np.add.at(balance, network.head, flow[kind])
            np.add.at(balance, network.tail, -flow[kind])
            for c in np.flatnonzero(demand.kind == kind):
                mine = slice(demand.start[c], demand.start[c + 1])
                carried = demand.amount[mine] - left[mine]
                np.add.at(balance, demand.destination[mine], -carried)
                balance[demand.origin[c]] += carried.sum()
            assert balance == pytest.approx(0, abs=1e-6)


@settings(deadline=None, max_examples=30)
@given(seed=st.integers(0, 10**6))
def test_nobody_gains_by_another_way_in_equilibrium(seed: int) -> None:
    """Wardrop: what all ways of all demand cost at the delays is what the cheapest cost."""
    network, demand, capacity = drawn(seed)
    assume(len(demand.amount))
    found = assigned(network, demand, Bpr(np.ones(len(capacity)), capacity), gap=1e-9, most=3000)
    paid = (found.flow * demand.cost).sum() + found.load @ found.delay
    joined = np.isfinite(found.cost)
    assert paid == pytest.approx(demand.amount[joined] @ found.cost[joined], rel=1e-5)


@settings(deadline=None, max_examples=30)
@given(seed=st.integers(0, 10**6))
def test_the_optimum_is_never_dearer_than_the_equilibrium(seed: int) -> None:
    network, demand, capacity = drawn(seed)
    assume(len(demand.amount))
    delay = Bpr(np.ones(len(capacity)), capacity)
    selfish = assigned(network, demand, delay, gap=1e-8)
    best = assigned(network, demand, delay, gap=1e-8, optimum=True)
    paid = (selfish.flow * demand.cost).sum() + selfish.load @ selfish.delay
    assert best.objective <= paid * (1 + 1e-6)
    assert all(a.objective >= b.objective * (1 - 1e-9) for a, b in zip(
        best.rounds, best.rounds[1:], strict=False
    ))  # fmt: skip


@pytest.mark.parametrize("delay", [
    Bpr(np.array([2.0, 1.0]), np.array([10.0, 3.0])),
    Bpr(np.array([2.0, 1.0]), np.array([10.0, 3.0]), share=1.0, power=1.0),
    Queue(np.array([0.2, 0.1]), np.array([10.0, 3.0])),
    Queue(np.array([0.2, 0.1]), np.array([10.0, 3.0]), spread=0.0),
])  # fmt: skip
@pytest.mark.parametrize("use", [0.2, 0.9, 0.97, 1.4])
def test_slopes_and_integrals_of_delays_are_those_of_the_delays(delay: Delay, use: float) -> None:
    flow, step = use * np.array([10.0, 3.0]), 1e-5
    more, less = flow + step, flow - step
    assert delay.slope(flow) == pytest.approx((delay.value(more) - delay.value(less)) / 2 / step)
    assert delay.value(flow) == pytest.approx(
        (delay.integral(more) - delay.integral(less)) / 2 / step, rel=1e-6
    )
    assert delay.bend(flow) == pytest.approx(
        (delay.slope(more) - delay.slope(less)) / 2 / step, rel=1e-4, abs=1e-7
    )


def test_the_queue_waits_as_pollaczek_and_khinchine_say() -> None:
    """M/M/1 at a use of 80 %: a wait of four times the service; M/D/1 half of that."""
    flow = np.array([8.0])
    assert Queue(np.array([0.1]), np.array([10.0])).value(flow) == pytest.approx(0.4)
    assert Queue(np.array([0.1]), np.array([10.0]), spread=0).value(flow) == pytest.approx(0.2)


# --- the analysis ---------------------------------------------------------------------------------


def small(**options: Any) -> Any:
    world = options.pop("world", None) or small_freight()
    return catenary.congestion(world, **{"sea": "no"} | options)


def flow_of(result: Any, place: str) -> float:
    return float(result.places.loc[result.places["place"] == place, "flow"].sum())


def test_what_the_border_cannot_take_sails_round() -> None:
    found = small(method="exact")
    assert flow_of(found, "border_ab") == pytest.approx(60)
    assert flow_of(found, "road") == pytest.approx(50)
    price = found.places.set_index("place").loc["border_ab", "price"]
    assert price == pytest.approx((30 + 25 + 9.5 * 9) - (40 + 3.5 * 9))
    assert (found.unserved["amount"] == 0).all()


def test_without_a_limit_nothing_waits_and_all_methods_agree() -> None:
    world = small_freight(capacity=None)
    costs = {m: small(world=world, method=m).basis for m in ("exact", "equilibrium", "optimum")}
    for basis in costs.values():
        assert basis["cost"].item() == pytest.approx(costs["exact"]["cost"].item(), rel=1e-6)
        assert basis["delay"].item() == pytest.approx(0, abs=1e-4)


def test_delays_grow_with_trade() -> None:
    waits = [
        small(world=small_freight(trade=(amount, 20.0, 10.0))).basis["waiting"].item()
        for amount in (20.0, 60.0, 100.0, 150.0)
    ]
    assert waits == sorted(waits)
    assert waits[-1] > waits[0]


def test_trade_without_a_way_is_listed_with_its_share() -> None:
    found = small(method="equilibrium", closed="rail, ship, air")
    told = found.unserved.set_index(["origin", "destination"])
    assert told.loc[("AAA", "BBB"), "amount"] == pytest.approx(100)
    assert told.loc[("AAA", "BBB"), "share"] == pytest.approx(100 / 130)
    assert told["amount"].sum() == pytest.approx(130)
    assert told.loc[("BBB", "AAA"), "why"] == "no way"
    assert found.basis["left"].item() == pytest.approx(130)
    assert "stay behind" in found.summary()


def test_regions_without_a_place_are_listed() -> None:
    world = small_freight()
    names = ["AAA", "BBB", "CCC", "DDD"]
    flows = np.zeros((4, 4))
    flows[0, 1], flows[0, 3] = 90.0, 10.0
    world = world.with_(
        regions=pd.DataFrame({"id": names}), trade=Matrix(flows, names, names, "t/day")
    )
    found = small(world=world)
    assert found.unserved[["destination", "why"]].values.tolist() == [["DDD", "no place"]]
    assert found.unserved["share"].item() == pytest.approx(0.1)


def test_what_capacity_leaves_behind_is_listed() -> None:
    found = small(method="exact", closed="ship, air")
    told = found.unserved.set_index(["origin", "destination"])
    assert told["amount"].sum() == pytest.approx(130 - 60)
    assert set(told["why"]) == {"no way or no capacity"}
    assert flow_of(found, "border_ab") == pytest.approx(60)


@pytest.mark.parametrize("method", ["exact", "equilibrium", "optimum"])
def test_the_order_of_rows_does_not_matter(method: str) -> None:
    world = small_freight()
    lanes = world.table("lanes").reset_index().iloc[::-1]
    places = world.table("facilities").reset_index().iloc[::-1]
    turned = world.with_(lanes=lanes, facilities=places)
    one, other = (small(world=w, method=method).basis for w in (world, turned))
    numbers = one.select_dtypes("number").columns.drop(["rounds", "gap"])
    assert one[numbers].iloc[0].to_dict() == pytest.approx(
        other[numbers].iloc[0].to_dict(), rel=1e-5, abs=1e-9
    )


def test_half_open_takes_half() -> None:
    half = Change(target="passages.open", where={"id": "border_ab"}, set=0.5)
    found = small(method="exact", scenario=Scenario("half", (half,)))
    assert flow_of(found, "border_ab") == pytest.approx(30)


@pytest.mark.parametrize("share", [1.0, 0.5, 0.25])
def test_a_port_that_is_partly_open_takes_its_share(share: float) -> None:
    """The 20 t/day from AAA to CCC leave by the port AP, which can take 16."""
    places = small_freight().table("facilities").reset_index().assign(
        capacity=[np.nan, 16.0, np.nan, np.nan], open=[1.0, share, 1.0, 1.0]
    )  # fmt: skip
    found = small(world=small_freight().with_(facilities=places), method="exact", closed="air")
    port = found.places.set_index("place").loc["AP"]
    assert port["capacity"] == pytest.approx(16 * share)
    assert port["flow"] == pytest.approx(16 * share)


@pytest.mark.parametrize("method", ["exact", "equilibrium"])
def test_a_place_that_the_table_closes_is_not_used(method: str) -> None:
    shut = Change(target="facilities.open", where={"id": "AP"}, set=0.0)
    told = small(method=method, scenario=Scenario("shut", (shut,)))
    named = small(method=method, closed="AP")
    pd.testing.assert_frame_equal(told.places, named.places)
    pd.testing.assert_frame_equal(told.unserved, named.unserved)
    assert "AP" not in set(told.places["place"])


def test_longer_waits_at_a_border_are_added_to_the_lanes_that_cross_it() -> None:
    slow = Change(target="passages.duration", where={"id": "border_ab"}, add=2.0)
    found = small(method="exact", scenario=Scenario("slow", (slow,)))
    usual = small(method="exact")
    more = found.basis["duration"].item() - usual.basis["duration"].item()
    assert more == pytest.approx(2.0 * 60 / 130)


def test_changing_mode_takes_the_transfer_and_going_on_by_the_same_mode_does_not() -> None:
    """Rail from A to B and on to C by rail passes B; on to C by road changes there."""
    lanes = pd.DataFrame(
        [
            ("a", "A", "B", "rail", 1.0, 10.0), ("b", "B", "C", "rail", 1.0, 30.0),
            ("c", "B", "C", "road", 1.0, 25.0), ("change", "B", "B", "transfer", 0.0, 4.0),
        ],
        columns=["id", "origin", "destination", "mode", "distance", "cost"],
    )  # fmt: skip
    names = ["AAA", "BBB", "CCC"]
    parts: dict[str, Any] = {
        "regions": pd.DataFrame({"id": names}),
        "facilities": pd.DataFrame(
            {"id": ["A", "B", "C"], "region": ["AAA", "BBB", "CCC"], "kind": "rail_terminal"}
        ),
        "lanes": lanes,
        "trade": Matrix(np.eye(3, k=2), names, names, "t/day"),
    }
    cost = {}
    for kind, price in (("rail_terminal", 4.0), ("rail_terminal", 6.0), ("border_crossing", 6.0)):
        parts["facilities"] = parts["facilities"].assign(kind=["depot", kind, "depot"])
        parts["lanes"] = lanes.assign(cost=[10.0, 30.0, 25.0, price])
        cost[kind, price] = small(world=World(parts), method="exact").basis["cost"].item()
    assert cost["rail_terminal", 4.0] == pytest.approx(39)  # changes
    assert cost["rail_terminal", 6.0] == pytest.approx(40)  # stays on rail
    assert cost["border_crossing", 6.0] == pytest.approx(41)  # pays at the border either way


# --- bad input ------------------------------------------------------------------------------------


def test_bad_worlds_and_options_are_refused_in_words() -> None:
    world = small_freight()
    with pytest.raises(MissingDataError, match="no flows"):
        small(world=world.without("trade"))
    with pytest.raises(SchemaError, match=r"lanes\.capacity.*-5|-5.*lanes\.capacity"):
        world.with_(lanes=world.table("lanes").reset_index().assign(capacity=-5.0))
    lanes = world.table("lanes").reset_index().astype({"destination": "str"})
    with pytest.raises(SchemaError, match="NOWHERE"):
        world.with_(lanes=lanes.assign(destination="NOWHERE"))
    with pytest.raises(UnknownLabelError, match="uses the passage 'gate'"):
        small(world=world.with_(lanes=world.table("lanes").reset_index().assign(passages="gate")))
    with pytest.raises(OptionError, match="no passage, facility or lane"):
        small(closed="railway to nowhere")
    with pytest.raises(OptionError, match="no passage"):
        small(opened="rail")
    with pytest.raises(MissingDataError, match="no lane that is open"):
        small(closed="rail,quay,ship,road,air")
    names = ["AAA", "BBB", "CCC"]
    counted = world.with_(trade=Matrix(np.eye(3, k=1), names, names, "index/day"))
    with pytest.raises(MissingDataError, match="cannot be turned into tonnes"):
        small(world=counted)


def test_arrays_that_do_not_fit_are_refused() -> None:
    network, demand, capacity = drawn(3)
    with pytest.raises(DataError, match="capacity is below 0"):
        cheapest(network, demand, -capacity, penalty=1.0)
    with pytest.raises(DataError, match="not sorted"):
        Network.of(3, np.array([1, 0]), np.array([2, 2]), csr_array((0, 2)))
    with pytest.raises(DataError, match="not above 0"):
        Bpr(np.ones(2), np.array([1.0, 0.0]))


# --- real trade -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def traded(shared: Path) -> World:
    """Return the sea with the trade of 2023 in USD (BACI)."""
    folder = shared / "data" / "trade2023_baci"
    names = pd.read_csv(folder / "countries.csv")["iso3"].tolist()
    table = pd.read_parquet(folder / "trade_matrix_2023.parquet").set_index("exporter")
    flows = table.loc[names, names].to_numpy(np.float64)
    sea = sea_world()
    regions = pd.DataFrame({"id": names})
    return World(
        {
            "regions": regions,
            "passages": sea.table("passages").drop(columns=["source"]).reset_index(),
            "trade": Matrix(flows, names, names, "kUSD/year"),
        },
        name="baci-2023",
    )


@pytest.fixture(scope="module")
def sailed(traded: World) -> Any:
    """Return all of that trade on the sea, nothing in its way."""
    return catenary.congestion(traded)


def passed(result: Any) -> pd.Series:
    """Return tonnes a year through each passage."""
    mine = result.places[result.places["what"] == "passage"]
    flow: pd.Series = mine.set_index("place")["flow"]
    return flow * 365


def test_world_trade_is_carried_and_what_is_not_is_told(sailed: Any) -> None:
    basis = sailed.basis.iloc[0]
    print(f"trade {basis['trade'] * 365 / 1e9:.2f} billion t a year at 1,500 USD a tonne")  # noqa: T201
    print(  # noqa: T201
        f"carried {basis['carried'] / basis['trade']:.1%}, "
        f"left {basis['left'] / basis['trade']:.1%}"
    )
    assert basis["carried"] + basis["local"] + basis["left"] == pytest.approx(basis["trade"])
    assert sailed.unserved["share"].sum() == pytest.approx(basis["left"] / basis["trade"])
    assert any("assumption" in warning for warning in sailed.run.warnings)


def test_shares_of_passages_beside_published_ones(sailed: Any) -> None:
    """Suez 12-15 % of world trade; Bab el-Mandeb 8.7 % of seaborne volume 2023 (UNCTAD 2024)."""
    basis, flow = sailed.basis.iloc[0], passed(sailed)
    suez = flow["suez"] / (basis["trade"] * 365)
    mandeb = flow["bab_el_mandeb"] / (basis["carried"] * 365)
    print(f"Suez: ours {suez:.1%} of trade, published 12-15 %: error {suez / 0.135 - 1:+.0%}")  # noqa: T201
    print(  # noqa: T201
        f"Bab el-Mandeb: ours {mandeb:.1%} of what sails, published 8.7 %: "
        f"error {mandeb / 0.087 - 1:+.0%}"
    )
    assert 0.06 < suez < 0.30
    assert abs(flow["suez"] / flow["bab_el_mandeb"] - 1) < 0.35  # hardly anything lies between


def test_passages_that_many_ships_pass_carry_much(sailed: Any, shared: Path) -> None:
    """Yearly transits (AIS) count ships of every size: only the order can be compared."""
    table = pd.read_csv(shared / "data" / "lanes_unlicensed" / "passages_ais.csv")
    seen = table.set_index("id")["yearly_transits_ais"].dropna()
    ours = passed(sailed)
    both = pd.DataFrame({"ais": seen, "ours": ours / 56_000}).dropna()
    both["of_ais"] = both["ais"] / both["ais"].sum()
    both["of_ours"] = both["ours"] / both["ours"].sum()
    both["error"] = both["of_ours"] / both["of_ais"] - 1
    rank = both["ais"].rank().corr(both["ours"].rank())
    print(both.sort_values("ais", ascending=False).round(3).to_string())  # noqa: T201
    print(f"rank correlation over {len(both)} passages: {rank:.2f}")  # noqa: T201
    assert rank > 0.3


def test_what_fills_up_goes_elsewhere_and_the_gap_is_small(traded: World, sailed: Any) -> None:
    limit = float(passed(sailed)["suez"]) / 365 / 2
    passages = traded.table("passages").reset_index()
    at = passages["id"].astype(str) == "suez"
    passages["capacity"] = np.where(at, limit, np.nan)
    found = catenary.congestion(traded.with_(passages=passages), bpr_power=8.0, bpr_share=1.0)
    basis = found.basis.iloc[0]
    print(found.summary())  # noqa: T201  # noqa: T201
    assert basis["gap"] <= 1e-4
    assert passed(found)["suez"] < passed(sailed)["suez"]
    assert passed(found)["cape_good_hope"] > passed(sailed)["cape_good_hope"]


def test_where_liner_ships_go_between_countries_trade_goes(shared: Path, traded: World) -> None:
    """Capacity of liner services 2017 between countries beside trade by value: rank correlation."""
    edges = pd.read_excel(shared / "data" / "liner_shipping_network" / "Edges_GLSN_2017.xlsx")
    ends = [edges[f"CountryCode_port{k}"].astype(str) for k in (1, 2)]
    capacity = edges["Edge weight=C"].groupby(ends).sum()
    capacity = capacity[[a != b for a, b in capacity.index]]
    trade = traded.matrix("trade")
    at = [trade.rows.get_indexer(capacity.index.get_level_values(k)) for k in (0, 1)]
    known = (at[0] >= 0) & (at[1] >= 0)
    dense = trade.dense
    value = (dense + dense.T)[at[0][known], at[1][known]]
    rank = pd.Series(value).rank().corr(pd.Series(capacity.to_numpy()[known]).rank())
    print(f"{known.sum()} pairs of countries with liner services: rank correlation {rank:.2f}")  # noqa: T201
    assert known.sum() > 1000
    assert rank > 0.3
