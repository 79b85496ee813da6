"""Measures about stocks of which the world says nothing: they start from what holds now."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import catenary
from catenary import Change, Scenario, World
from catenary.disruption.layout import layout_of
from catenary.disruption.settling import settled
from catenary.disruption.stocking import purchases_of
from catenary.errors import ScenarioError
from catenary.testing import serial_chain, worlds

pytestmark = pytest.mark.part("8.1")

OPTIONS = {"stock_days": 20.0}


def measures(*changes: dict[str, Any]) -> Scenario:
    """Return measures that hold for ever."""
    return Scenario("m", tuple(Change(kind="measure", **change) for change in changes))


def targets(world: World, scenario: Scenario, stock_days: float = 20.0) -> dict[str, float]:
    """Return days of target stock by producer and input, as the engine has them."""
    world = settled(world, scenario, {"stock_days": stock_days})
    layout = layout_of(world, stock_days=stock_days)
    network, ids = layout.network, world.ids("producers")[layout.producers]
    goods = world.ids("products")[network.slot_product]
    names = [f"{b}|{p}" for b, p in zip(ids[network.slot_buyer], goods, strict=True)]
    return dict(zip(names, network.stock_days.tolist(), strict=True))


def held(world: World, scenario: Scenario) -> dict[str, float]:
    """Return stock at the start by producer and input, as the table has it."""
    stocks = settled(world, scenario, OPTIONS).table("stocks")
    labels = stocks["producer"].astype(str) + "|" + stocks["input"].astype(str)
    return dict(zip(labels, stocks["on_hand"], strict=True))


@given(data=st.data(), world=worlds())
@settings(max_examples=20)
def test_days_added_to_pairs_are_added_to_what_held_and_nothing_else_changes(
    data: st.DataObject, world: World
) -> None:
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32 - 1)))
    for table in ("producers", "products"):
        days = np.where(rng.random(len(world.ids(table))) < 0.5, rng.integers(3, 9), np.nan)
        world = world.with_({table: world.table(table).assign(stock_days=days)})
    bought = purchases_of(world)
    before = targets(world, measures())
    assert len(before) == len(bought.buyer)
    if not len(before):
        return
    at = data.draw(st.integers(0, len(before) - 1))
    buyer = str(world.ids("producers")[bought.buyer[at]])
    product = str(world.ids("products")[bought.product[at]])
    where = {"producer": buyer, "input": product}
    stock = {"target": "stocks.target_days", "where": where, "add": 30}
    after = targets(world, measures(stock))
    expected = {**before, f"{buyer}|{product}": before[f"{buyer}|{product}"] + 30}
    assert after == expected
    # days of the product and of the pair add up, in whatever order they are written
    more = {"target": "products.stock_days", "where": {"id": product}, "add": 5}
    both = targets(world, measures(stock, more))
    assert both == targets(world, measures(more, stock))
    own = np.isfinite(world.part("producers").numbers("stock_days")[bought.buyer[at]])
    assert both[f"{buyer}|{product}"] == expected[f"{buyer}|{product}"] + (0 if own else 5)


@given(data=st.data(), world=worlds())
@settings(max_examples=15)
def test_days_added_to_a_producer_are_added_to_each_of_its_inputs(
    data: st.DataObject, world: World
) -> None:
    """Whether it has days of its own, or keeps each input as the input says."""
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32 - 1)))
    for table in ("producers", "products"):
        days = np.where(rng.random(len(world.ids(table))) < 0.5, rng.integers(3, 9), np.nan)
        world = world.with_({table: world.table(table).assign(stock_days=days)})
    before = targets(world, measures())
    if not before:
        return
    buyer = data.draw(st.sampled_from(sorted(before))).split("|")[0]
    change = {"target": "producers.stock_days", "where": {"id": buyer}}
    for operation, value in (("add", 30.0), ("multiply", 2.0), ("set", 7.0)):
        after = targets(world, measures({**change, operation: value}))
        for pair, now in before.items():
            mine = pair.startswith(f"{buyer}|")
            wanted = {"add": now + value, "multiply": now * value, "set": value}[operation]
            assert after[pair] == (wanted if mine else now)


@given(world=worlds())
@settings(max_examples=12)
def test_stock_on_hand_starts_from_what_the_target_means(world: World) -> None:
    bought = purchases_of(world)
    if not len(bought.buyer):
        return
    found = held(world, measures({"target": "stocks.on_hand", "multiply": 0.5}))
    names = world.ids("producers")[bought.buyer] + "|" + world.ids("products")[bought.product]
    assert found == pytest.approx(dict(zip(names, 0.5 * 20.0 * bought.use, strict=True)))
    network = layout_of(world, stock_days=20.0).network
    assert sorted(network.use()) == pytest.approx(sorted(bought.use))


def test_rows_that_are_there_keep_their_ids_and_numbers() -> None:
    stocks = pd.DataFrame(
        {"id": ["0"], "producer": ["AAA.s1"], "input": ["s0"], "target_days": [4.0]}
    )
    world = serial_chain(3).with_(stocks=stocks)
    more = measures({"target": "stocks.target_days", "add": 1})
    found = settled(world, more, OPTIONS).table("stocks")
    assert found.index.tolist() == ["0", "1"]
    assert found["target_days"].tolist() == [5.0, 11.0]
    only = measures({"target": "stocks.target_days", "where": {"id": "0"}, "add": 1})
    assert settled(world, only, OPTIONS).table("stocks")["target_days"].tolist() == [5.0]
    # what the table says of a pair comes before days of the producer
    own = measures({"target": "producers.stock_days", "add": 1})
    assert targets(world, own) == {"AAA.s1|s0": 4.0, "AAA.s2|s1": 11.0}


def test_a_larger_stock_holds_longer() -> None:
    world = serial_chain(2, stock_days=5)
    stop = Scenario("s", (Change(target="producers.capacity", where={"id": "AAA.s0"}, set=0),))
    more = measures(
        {"target": "stocks.target_days", "where": {"producer": "*", "input": "s0"}, "add": 30}
    )
    run: dict[str, Any] = {"scenario": stop, "days": 60, "psi": 0.01}
    bare = catenary.stress(world, **run).losses.set_index("producer")["first_day"]
    helped = catenary.stress(world, measures=more, **run).losses.set_index("producer")["first_day"]
    assert bare["AAA.s1"] == 5
    assert helped["AAA.s1"] == 35


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"where": {"producer": "AAA.s9"}}, "change 1: where.producer = 'AAA.s9' matches no"),
        ({"where": {"producer": "AAA.s1", "input": "s1"}}, "no such producer buys such an input"),
        ({"where": {"producer": "AAA.s2"}}, "'s1', which cannot be stored"),
        ({"where": {"producer": "AAA.s2"}, "target": "producers.stock_days"}, "producer = "),
        (
            {"where": {"id": "AAA.s0"}, "target": "producers.stock_days"},
            "'AAA.s0' buys nothing that can be stored",
        ),
        ({"where": {"id": "s1"}, "target": "products.stock_days"}, "'s1', which cannot be stored"),
        ({"where": {"producer": "AAA.s1"}, "add": -90}, "stocks.target_days"),
    ],
)
def test_a_stock_that_cannot_be_is_one_clear_error(change: dict[str, Any], said: str) -> None:
    world = serial_chain(3)
    world = world.with_(products=world.table("products").assign(storable=[True, False, True]))
    scenario = measures({"target": "stocks.target_days", "add": 30, **change})
    if said == "producer = ":
        said = "where.producer"
    with pytest.raises(ScenarioError) as caught:
        settled(world, scenario, OPTIONS)
    assert said in str(caught.value)
    assert caught.value.hint
