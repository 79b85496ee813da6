"""Shares of suppliers as measures: who buys of whom, and all that follows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import sparse

import catenary
from catenary import Change, Matrix, Scenario, World
from catenary.disruption.redelivered import followed
from catenary.disruption.resourcing import resourced
from catenary.errors import ComputationError, ScenarioError
from catenary.maths.resourcing import more_output
from catenary.model import Worlds
from catenary.model.balance import require_balance
from catenary.testing import serial_chain, two_regions, worlds

pytestmark = pytest.mark.part("8.1")


def shares(*changes: dict[str, Any]) -> Scenario:
    """Return measures about shares."""
    return Scenario("m", tuple(Change(target="supplies.share", **one) for one in changes))


def flows_of(world: World) -> np.ndarray:
    """Return deliveries as a table (N, N)."""
    if "intermediate" in world:
        return world.matrix("intermediate").dense
    supplies, count = world.part("supplies"), len(world.ids("producers"))
    flows = np.zeros((count, count))
    at = supplies.codes("supplier"), supplies.codes("buyer")
    np.add.at(flows, at, supplies.numbers("quantity"))
    return flows


def made_of(world: World) -> np.ndarray:
    """Return the product of every producer."""
    return world.part("producers").codes("product").astype(int)


def output_of(world: World) -> np.ndarray:
    """Return the output of every producer."""
    return world.part("producers").numbers("output")


def use_of(world: World) -> np.ndarray:
    """Return what every producer uses of every product, (P, N)."""
    flows, made = flows_of(world), made_of(world)
    return np.stack([flows[made == p].sum(axis=0) for p in range(len(world.ids("products")))])


def final_of(world: World) -> pd.Series:
    """Return final demand by product and region."""
    if "final" in world:
        final = world.matrix("final")
        cells = pd.DataFrame(final.dense).groupby(made_of(world)).sum()
        return pd.Series(cells.to_numpy().ravel())
    demand = world.table("demand").astype({"product": "str", "region": "str"})
    return demand.groupby(["product", "region"])["quantity"].sum()


def naive(world: World, final: np.ndarray, buyer: int, who: np.ndarray, share: float) -> np.ndarray:
    """Return output after a share, with loops and the textbook formula."""
    flows, made, output = flows_of(world).copy(), made_of(world), output_of(world)
    product = made[who[0]]
    mine = [i for i in range(len(made)) if i in who]
    rest = [i for i in range(len(made)) if made[i] == product and i not in who]
    total = sum(flows[i, buyer] for i in mine + rest)
    now = sum(flows[i, buyer] for i in mine)
    others = total - now
    weight = sum(output[i] for i in mine)
    for i in mine:
        part = flows[i, buyer] / now if now > 0 else output[i] / weight
        flows[i, buyer] = share * total * part
    for i in rest:
        flows[i, buyer] = (1 - share) * total * flows[i, buyer] / others
    return np.linalg.solve(np.eye(len(made)) - flows / output, final)


def as_supplies(world: World) -> World:
    """Return a world of a table as one of supplies."""
    flows, ids = flows_of(world), world.ids("producers").to_numpy()
    supplier, buyer = np.nonzero(flows)
    final = world.matrix("final").dense
    row, column = np.nonzero(final)
    producers = world.table("producers").astype("str")
    supplies = pd.DataFrame(
        {"supplier": ids[supplier], "buyer": ids[buyer], "quantity": flows[supplier, buyer]}
    )
    demand = pd.DataFrame(
        {
            "product": producers["product"].to_numpy()[row],
            "region": world.table("consumers")["region"].astype("str").to_numpy()[column],
            "supplier": ids[row],
            "quantity": final[row, column],
        }
    )
    return world.without("intermediate", "final", "consumers").with_(
        supplies=supplies, demand=demand
    )


class Drawn:
    """A buyer, a product that it buys, and some of the product's makers."""

    def __init__(self, data: st.DataObject, world: World) -> None:
        use, self.made = use_of(world), made_of(world)
        pairs = np.argwhere(use > 0)
        assume(len(pairs))
        self.product, self.buyer = pairs[data.draw(st.integers(0, len(pairs) - 1))].tolist()
        makers = np.flatnonzero(self.made == self.product)
        assume(len(makers) > 1)
        self.who = makers[: data.draw(st.integers(1, len(makers) - 1))]
        flows = flows_of(world)[:, self.buyer]
        self.now = flows[self.who].sum() / use[self.product, self.buyer]
        names = world.ids("producers").astype("str")
        self.where = {"supplier": names[self.who].tolist(), "buyer": str(names[self.buyer])}

    def share(self, world: World) -> float:
        """Return the share that these makers have."""
        return float(
            flows_of(world)[self.who, self.buyer].sum() / use_of(world)[self.product, self.buyer]
        )


@given(data=st.data(), world=worlds())
@settings(max_examples=20)
def test_a_share_set_to_what_it_is_changes_nothing(data: st.DataObject, world: World) -> None:
    drawn = Drawn(data, world)
    assume(0 < drawn.now < 1)
    for how in ({"set": drawn.now}, {"multiply": 1.0}, {"add": 0.0}):
        found = resourced(world, shares({"where": drawn.where, **how}))
        np.testing.assert_allclose(output_of(found), output_of(world), rtol=1e-12)
        np.testing.assert_allclose(flows_of(found), flows_of(world), rtol=1e-12)
        assert found.part("producers").numbers("capacity") == pytest.approx(
            world.part("producers").numbers("capacity"), nan_ok=True
        )


@given(data=st.data(), world=worlds(), wanted=st.floats(0.01, 1))
@settings(max_examples=30)
def test_technology_and_final_demand_stay_and_output_is_what_the_textbook_says(
    data: st.DataObject, world: World, wanted: float
) -> None:
    drawn = Drawn(data, world)
    assume(drawn.now < 1)
    change = {"where": drawn.where, "set": wanted}
    final = output_of(world) - flows_of(world).sum(axis=1)
    textbook = naive(world, final, drawn.buyer, drawn.who, wanted)
    if (textbook < 0).any():  # more input than output: no output is enough
        with pytest.raises(ScenarioError, match="need as much input as they make"):
            resourced(world, shares(change))
        return
    found = resourced(world, shares(change))
    assert drawn.share(found) == pytest.approx(wanted, abs=1e-12)
    output = output_of(found)
    np.testing.assert_allclose(
        use_of(found), use_of(world) / output_of(world) * output, rtol=1e-11, atol=1e-13
    )
    pd.testing.assert_series_equal(final_of(found), final_of(world), rtol=1e-12)
    np.testing.assert_allclose(output, textbook, rtol=1e-9, atol=1e-12)
    require_balance(found)
    # plants stay
    capacity = found.part("producers").numbers("capacity")
    before = output_of(world)
    can = np.where(np.isnan(capacity), output, capacity)
    np.testing.assert_allclose(can, np.maximum(before, output), rtol=1e-12)
    # the others of the buyer keep their proportions
    rest = np.flatnonzero(
        (drawn.made == drawn.product) & ~np.isin(np.arange(len(output)), drawn.who)
    )
    old, new = flows_of(world)[rest, drawn.buyer], flows_of(found)[rest, drawn.buyer]
    np.testing.assert_allclose(new * old.sum(), old * new.sum(), rtol=1e-9, atol=1e-12)


@given(data=st.data(), world=worlds(dense=True, traded=True), wanted=st.floats(0, 1))
@settings(max_examples=15)
def test_a_table_and_its_supplies_give_the_same(
    data: st.DataObject, world: World, wanted: float
) -> None:
    drawn = Drawn(data, world)
    assume(drawn.now < 1)
    scenario, lists = shares({"where": drawn.where, "set": wanted}), as_supplies(world)
    ids = world.ids("producers")
    thin = world.with_(intermediate=Matrix(sparse.csr_array(flows_of(world)), ids, ids, "t/day"))
    try:
        found = resourced(world, scenario)
    except ScenarioError:
        with pytest.raises(ScenarioError):
            resourced(lists, scenario)
        return
    for other in (resourced(lists, scenario), resourced(thin, scenario)):
        np.testing.assert_allclose(output_of(other), output_of(found), rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(flows_of(other), flows_of(found), rtol=1e-9, atol=1e-12)


@given(data=st.data(), world=worlds(), first=st.floats(0, 0.5), second=st.floats(0, 0.49))
@settings(max_examples=20)
def test_the_order_in_which_shares_are_written_does_not_matter(
    data: st.DataObject, world: World, first: float, second: float
) -> None:
    drawn = Drawn(data, world)
    makers = np.flatnonzero(drawn.made == drawn.product)
    assume(len(makers) > 2)
    names, flows = world.ids("producers").astype("str"), flows_of(world)[makers, drawn.buyer]
    assume((flows[2:] > 0).all())
    changes = [
        {"where": {**drawn.where, "supplier": str(names[makers[0]])}, "set": first},
        {"where": {**drawn.where, "supplier": str(names[makers[1]])}, "set": second},
    ]
    try:
        found = resourced(world, shares(*changes))
    except ScenarioError:
        return
    other = resourced(world, shares(*reversed(changes)))
    np.testing.assert_allclose(output_of(other), output_of(found), rtol=1e-10)
    total = use_of(found)[drawn.product, drawn.buyer]
    given_ = flows_of(found)[makers[:2], drawn.buyer] / total
    np.testing.assert_allclose(given_, [first, second], atol=1e-12)


def mines(output: list[float], supplies: dict[str, Any], demand: dict[str, Any]) -> World:
    """Return a plant and two mines whose ore it uses, two tonnes of it a day."""
    names = ["AAA.s0", "BBB.s0", "AAA.s1"]
    producers = pd.DataFrame(
        {"id": names, "region": ["AAA", "BBB", "AAA"], "product": ["s0", "s0", "s1"],
         "output": output}
    )  # fmt: skip
    rows = {"id": ["ore", "goods"], "product": ["s0", "s1"], "region": "AAA"}
    return serial_chain(2).with_(
        regions=pd.DataFrame({"id": ["AAA", "BBB"]}),
        producers=producers,
        supplies=pd.DataFrame({"buyer": "AAA.s1", **supplies}),
        demand=pd.DataFrame({**rows, **demand}),
    )


def pooled() -> World:
    """Return two mines that both sell ore to final buyers by output, and to the plant."""
    return mines(
        [4.0, 2.0, 1.0],
        {"supplier": ["AAA.s0", "BBB.s0"], "quantity": [4 / 3, 2 / 3]},
        {"supplier": ["", "AAA.s1"], "quantity": [4.0, 1.0]},
    )


def test_a_second_source_that_delivers_nothing_yet_takes_its_share() -> None:
    world = mines(
        [2.0, 2.0, 1.0],
        {"supplier": ["AAA.s0"], "quantity": [2.0], "lead_time": [3.0]},
        {"supplier": ["BBB.s0", "AAA.s1"], "quantity": [2.0, 1.0]},
    )
    world = world.with_(producers=world.table("producers").assign(capacity=[np.nan, 3.0, 5.0]))
    require_balance(world)
    half = {"where": {"supplier": "BBB.s0", "buyer": "AAA.s1"}, "add": 0.25}
    found = resourced(world, shares(half))
    supplies = found.table("supplies")
    assert supplies[["supplier", "buyer", "quantity", "lead_time"]].to_numpy().tolist() == [
        ["AAA.s0", "AAA.s1", 1.5, 3.0],
        ["BBB.s0", "AAA.s1", 0.5, 3.0],
    ]
    producers = found.table("producers")
    assert producers["output"].tolist() == [1.5, 2.5, 1.0]
    assert producers["capacity"].tolist() == [2.0, 3.0, 5.0]
    shut = Scenario("s", (Change(target="producers.capacity", where={"id": "AAA.s0"}, set=0),))
    run: dict[str, Any] = {"scenario": shut, "days": 60, "stock_days": 3, "psi": 0.1}
    bare = catenary.stress(world, **run).losses.set_index("producer")["loss_days"]
    helped = catenary.stress(world, measures=shares(half), **run)
    assert helped.losses.set_index("producer")["loss_days"]["AAA.s1"] < bare["AAA.s1"]
    # the baseline is the new normal day
    normal = helped.losses.set_index("producer")["baseline"]
    assert normal.to_dict() == {"AAA.s0": 1.5, "BBB.s0": 2.5, "AAA.s1": 1.0}


def test_final_buyers_without_a_supplier_go_on_buying_of_whom_they_buy() -> None:
    world = pooled()
    require_balance(world)
    scenario = shares({"where": {"supplier": "BBB.s0", "buyer": "AAA.s1"}, "set": 1})
    found = resourced(world, scenario)
    require_balance(found)
    demand = found.table("demand")
    assert demand["supplier"].astype("str").tolist() == ["AAA.s0", "BBB.s0", "AAA.s1"]
    assert demand["quantity"].tolist() == pytest.approx([8 / 3, 4 / 3, 1.0])
    assert found.table("producers")["output"].tolist() == pytest.approx([8 / 3, 10 / 3, 1.0])


@pytest.mark.parametrize("how", [{"add": 2.0}, {"set": 6.0}, {"multiply": 1.5}])
@pytest.mark.parametrize("where", [{"id": "ore"}, {"product": "s0"}, {}])
def test_a_scenario_asks_as_much_of_a_row_in_parts_as_of_the_whole(
    how: dict[str, Any], where: dict[str, str]
) -> None:
    world = pooled()
    shock = Change(target="demand.quantity", where=where, start=2, days=3, **how)
    measure = shares({"where": {"supplier": "BBB.s0", "buyer": "AAA.s1"}, "set": 1})
    asked = [
        catenary.stress(world, scenario=Scenario("s", (shock,)), measures=one, days=8).demand
        for one in (None, measure)
    ]
    totals = [one.set_index("product")["demand"].sort_index() for one in asked]
    pd.testing.assert_series_equal(totals[0], totals[1])
    parted = followed(Scenario("s", (shock,)), world, resourced(world, measure))
    assert all("id" in change.where for change in parted.changes)


def test_a_long_list_is_solved_as_well_as_a_short_one() -> None:
    """Beyond some length systems are not factored; producers are of very unlike sizes."""
    rng = np.random.default_rng(1)
    count = 1200
    at = rng.integers(0, count, (2, 6 * count))
    size = 10.0 ** rng.uniform(-6, 6, count)
    flow = rng.random(6 * count) * 0.1 * np.minimum(size[at[0]], size[at[1]])
    flows = sparse.coo_array((flow, at), (count, count)).tocsc()
    output = np.maximum(size, np.asarray(flows.sum(axis=1)).ravel() + size / 10)
    change = rng.normal(0, 1, count) * size * (rng.random(count) < 0.01)
    more = more_output(flows, output, change)
    exact = more_output(flows.toarray(), output, change)
    np.testing.assert_allclose(more / output, exact / output, atol=1e-12)
    assert np.abs(exact / output).max() > 0.1
    with pytest.raises(ComputationError, match="need as much input as they make"):
        more_output(flows * 40.0, output, change)


def test_shares_that_the_table_states_stay_true() -> None:
    world = pooled()
    supplies = world.table("supplies").assign(share=[2 / 3, 1 / 3])
    found = resourced(
        world.with_(supplies=supplies),
        shares({"where": {"supplier": "BBB.s0", "buyer": "AAA.s1"}, "multiply": 1.5}),
    )
    assert found.table("supplies")["share"].tolist() == pytest.approx([0.5, 0.5])


def test_emissions_and_value_added_go_with_output() -> None:
    world = two_regions()
    ids = world.ids("producers")
    added = Matrix([[4.0, 5.0]], ["added"], ids, "USD/year")
    world = world.with_(value_added=added)
    half = shares(
        {"where": {"origin": "BBB", "product": "goods", "destination": "AAA"}, "set": 0.5}
    )
    found = resourced(world, half)
    growth = output_of(found) / output_of(world)
    np.testing.assert_allclose(found.matrix("value_added").dense[0], [4, 5] * growth)
    np.testing.assert_allclose(found.matrix("stressors").dense[0], [8, 4] * growth)
    assert growth[1] > 1 > growth[0]


def test_no_shock_no_loss_after_a_change_of_shares() -> None:
    loaded = catenary.load("chains")
    assert isinstance(loaded, Worlds)
    world = loaded["pooled"]
    supplies = world.table("supplies").astype({"supplier": "str", "buyer": "str"})
    counts = supplies.groupby("buyer")["supplier"].transform("size")
    row = supplies[counts > 10].iloc[0]
    measure = shares({"where": {"supplier": row["supplier"], "buyer": row["buyer"]}, "set": 0.5})
    found = catenary.stress(world, scenario=Scenario("nothing"), measures=measure, days=60)
    assert (found.checks["output"] - 1).abs().max() <= 1e-12
    assert found.shortages.empty


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"where": {"supplier": "BBB.s0", "buyer": "AAA.s1"}, "set": 1.2}, "would have 120.0%"),
        ({"where": {"supplier": "BBB.s0", "buyer": "AAA.s1"}, "add": -0.9}, "a share is between"),
        ({"where": {"supplier": "*.s0", "buyer": "AAA.s1"}, "set": 0.5}, "buys of nobody else"),
        ({"where": {"supplier": "AAA.s1", "buyer": "AAA.s1"}, "set": 0.5}, "bought there is s0"),
        ({"where": {"supplier": ["AAA.s0", "AAA.s1"], "buyer": "AAA.s1"}, "set": 0.5},
         "s1 (from AAA.s1) is not bought"),
        ({"where": {"supplier": "AAA.s0", "buyer": "BBB.s0"}, "set": 0.5}, "nothing is bought"),
        ({"where": {"supplier": "AAA.s7", "buyer": "AAA.s1"}, "set": 0.5}, "matches no producers"),
        ({"where": {"buyer": "AAA.s1"}, "set": 0.5}, "whose share"),
        ({"where": {"supplier": "AAA.s0", "id": "1"}, "set": 0.5}, "where.id"),
        ({"where": {"supplier": "AAA.s0", "origin": "BBB"}, "set": 0.5}, "no supplier has"),
        ({"where": {"supplier": "AAA.s0"}, "set": 0.5, "days": 3}, "for a while"),
    ],
)  # fmt: skip
def test_a_share_that_cannot_be_is_one_clear_error(change: dict[str, Any], said: str) -> None:
    scenario = shares(change)
    with pytest.raises(ScenarioError) as caught:
        catenary.stress(pooled(), scenario=Scenario("nothing"), measures=scenario, days=5)
    assert said in str(caught.value)
    assert caught.value.hint


def test_two_shares_that_are_more_than_all_are_refused_together() -> None:
    changes = [
        {"where": {"supplier": f"{region}.s0", "buyer": "AAA.s1"}, "set": 0.7}
        for region in ("AAA", "BBB")
    ]
    with pytest.raises(ScenarioError, match=r"change 1 and 2: .*140\.0%.*more than all"):
        resourced(pooled(), shares(*changes))


def test_shares_of_sets_that_overlap_contradict_each_other() -> None:
    changes = [
        {"where": {"supplier": suppliers, "buyer": "AAA.s1"}, "set": 0.7}
        for suppliers in ("AAA.s0", "*.s0")
    ]
    with pytest.raises(ScenarioError, match=r"changes 1 and 2 give 'AAA.s0' a share of the same"):
        resourced(pooled(), shares(*changes))


def test_a_supplier_of_whom_nothing_says_what_it_uses_is_refused() -> None:
    world = two_regions()
    ids = world.ids("producers")
    idle = world.with_(
        producers=world.table("producers").assign(output=[16 / 365, 0.0]),
        intermediate=Matrix([[8.0, 0.0], [0.0, 0.0]], ids, ids, "USD/year"),
        final=Matrix([[8.0, 0.0], [0.0, 0.0]], ids, world.ids("consumers"), "USD/year"),
    )
    change = {"where": {"supplier": "BBB.goods", "buyer": "AAA.goods"}, "set": 0.5}
    with pytest.raises(ScenarioError, match="nothing says what it uses"):
        resourced(idle, shares(change))


def test_output_that_would_grow_without_end_is_refused() -> None:
    """A plant that needs 1.5 of its own goods for each makes none of them."""
    ids = ["AAA.goods", "BBB.goods"]
    world = two_regions().with_(
        producers=two_regions().table("producers").assign(output=np.array([2.0, 10.0]) / 365),
        intermediate=Matrix([[0.5, 1.0], [2.5, 0.0]], ids, ids, "USD/year"),
        final=Matrix(np.diag([0.5, 7.5]), ids, ["AAA.all", "BBB.all"], "USD/year"),
    )
    change = {"where": {"supplier": "AAA.goods", "buyer": "AAA.goods"}, "set": 1.0}
    with pytest.raises(ScenarioError, match=r"takes 1\.5 per unit"):
        resourced(world, shares(change))
