"""The laws of every mechanism of the engine, alone and together."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catenary.maths import network as arranging
from catenary.maths.inventory import (
    Bar,
    Disturbance,
    Lanes,
    Network,
    Parameters,
    Path,
    Rebuilding,
    network_of,
    simulate,
)
from catenary.testing.strategies import DrawnNetwork, networks

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

QUIET = Disturbance(producers=np.zeros(0, np.int64), losses=np.zeros((10_000, 0)))


def arranged(
    drawn: DrawnNetwork,
    *,
    stock_days: float = 20.0,
    ranks: NDArray[np.int8] | None = None,
    final_rank: int = 0,
    dense: bool = False,
    lists: bool = False,
    regions: int = 2,
) -> Network:
    """Return the drawn economy for the engine, producers dealt out to regions in turn."""
    supplier, buyer = np.nonzero(drawn.flows)
    count = len(drawn.final)
    groups = 1 + max(final_rank, 0 if ranks is None else int(ranks.max()))
    final = np.zeros((count, groups))
    final[:, final_rank] = drawn.final
    tiny = arranging._TINY
    arranging._TINY = 0 if dense else tiny  # type: ignore[misc]
    try:
        network, order = network_of(
            drawn.product, supplier, buyer, drawn.flows[supplier, buyer],
            products=int(drawn.product.max()) + 1, final=final, buyer_group=ranks, lists=lists,
        )  # fmt: skip
    finally:
        arranging._TINY = tiny  # type: ignore[misc]
    return replace(
        network,
        stock_days=np.full(len(network.slot_buyer), stock_days),
        region=(order % regions).astype(np.int64),
    )


def lanes_for(network: Network, rng: np.random.Generator, days: int, most: int = 6) -> Lanes:
    lead = rng.integers(0, most, 3)
    return Lanes(
        lane=rng.integers(0, 3, len(network.flow)).astype(np.int32),
        days=np.tile(lead, (days, 1)).astype(np.int64),
        before=lead.astype(np.int64),
    )


def one_lane(days: np.ndarray) -> Lanes:
    return Lanes(lane=np.zeros(1, np.int32), days=days, before=days[0])


def some_losses(rng: np.random.Generator, count: int, days: int) -> Disturbance:
    losses = np.zeros((days, count))
    losses[3:15] = rng.random(count) * (rng.random(count) < 0.6)
    return Disturbance(producers=np.arange(count), losses=losses)


@st.composite
def mechanisms(draw: st.DrawFn) -> dict[str, Any]:
    """Choose mechanisms, each on or off."""
    return {
        "parameters": Parameters(
            psi=draw(st.sampled_from([0.5, 0.8, 1.0])),
            restoration_days=draw(st.floats(10, 60)),
            overproduction=draw(st.sampled_from([1.0, 1.25])),
            adaptive_orders=draw(st.booleans()),
            reading=draw(st.sampled_from(["stated", "leontief", "linear"])),
            switch_home=draw(st.sampled_from([0.0, 0.0, 0.5, 1.0])),
            switch_abroad=draw(st.sampled_from([0.0, 0.0, 0.3])),
            price_response=draw(st.sampled_from([0.0, 1.0])),
            demand_elasticity=draw(st.sampled_from([0.0, 0.0, 0.5])),
        ),
        "ranks": draw(st.sampled_from(["alike", "final_last", "final_first", "own", "small"])),
        "transit": draw(st.booleans()),
        "dense": draw(st.booleans()),
        "bars": draw(st.booleans()),
        "rebuilding": draw(st.booleans()),
        "seed": draw(st.integers(0, 2**32 - 1)),
    }


def run(
    drawn: DrawnNetwork, chosen: dict[str, Any], days: int, *, shock: bool
) -> tuple[Network, Path, Disturbance]:
    """Run with the chosen mechanisms."""
    rng = np.random.default_rng(chosen["seed"])
    count = len(drawn.final)
    ranks, final_rank, small = None, 0, chosen["ranks"] == "small"
    if chosen["ranks"] == "final_last":
        final_rank = 1
    elif chosen["ranks"] == "final_first":
        ranks = np.ones(count, np.int8)
    elif chosen["ranks"] == "own":
        ranks, final_rank = rng.integers(0, 3, count).astype(np.int8), 1
    network = arranged(
        drawn, ranks=ranks, final_rank=final_rank, dense=chosen["dense"],
        lists=chosen["transit"],
    )  # fmt: skip
    if small and network.final.shape[1] > 1:
        small = False
    small = small and not chosen["transit"]
    network = replace(network, capacity=network.capacity * rng.uniform(1.0, 1.2, count))
    disturbance = some_losses(rng, count, days) if shock else QUIET
    if shock and chosen["bars"]:
        disturbance = replace(
            disturbance, bars={5: [Bar(0, 1, -1, 0.0), Bar(1, 1, 0, 0.5)], 12: []}
        )
    if shock and chosen["rebuilding"]:
        asked = np.flatnonzero(network.product == network.product[0])
        hit = np.array([count - 1])
        worth = 20.0 * network.output()[hit].sum() / len(asked)
        event = Rebuilding(
            start=4, hold=2, days=20.0, damaged=hit, share=np.array([0.4]),
            suppliers=asked, need=np.full((len(asked), 1), worth), where=network.region[hit],
        )  # fmt: skip
        disturbance = replace(disturbance, rebuilding=(event,))
    path = simulate(
        network,
        replace(chosen["parameters"], small_first=small, rebuild_group=network.final.shape[1] - 1),
        days,
        disturbance,
        lanes=lanes_for(network, rng, days) if chosen["transit"] else None,
    )
    return network, path, disturbance


@pytest.mark.part("2.1", "2.2", "2.3", "2.4", "2.5", "2.6")
@given(drawn=networks(), chosen=mechanisms())
@settings(max_examples=80)
def test_without_a_shock_nothing_moves_whatever_is_chosen(
    drawn: DrawnNetwork, chosen: dict[str, Any]
) -> None:
    _, path, _ = run(drawn, chosen, 365, shock=False)
    moved = np.abs(path.output / path.baseline - 1).max(axis=1)
    assert moved.max() <= 1e-13
    assert (path.short_days == 0).all()
    np.testing.assert_allclose(path.prices, 1, atol=1e-12)
    assert not path.switched.any()


@pytest.mark.part("2.1", "2.2", "2.3", "2.4", "2.5", "2.6")
@given(drawn=networks(), chosen=mechanisms())
@settings(max_examples=150)
def test_goods_are_conserved_and_nothing_is_negative_whatever_is_chosen(
    drawn: DrawnNetwork, chosen: dict[str, Any]
) -> None:
    days = 60
    network, path, _ = run(drawn, chosen, days, shock=True)
    assert np.isfinite(path.output).all()
    assert (path.output >= 0).all()
    assert (path.stocks >= 0).all()
    assert (path.prices >= 1).all()
    assert path.leak.max() <= 1e-12
    # by product, over the whole run: made = final + rebuilt + used + into stock + on the way
    if chosen["parameters"].reading != "stated" or chosen["parameters"].demand_elasticity:
        return  # what is used is not the technology then, or demand not the same every day
    technology = network.use() / path.baseline[network.slot_buyer]
    used = technology * path.output.sum(axis=0)[network.slot_buyer]
    before = technology * path.baseline[network.slot_buyer] * 20
    away = path.away - network.use() * 0 if len(path.away) else np.zeros(len(used))
    start = _on_the_way(network, chosen, days)
    products = len(network.start) - 1
    into = np.bincount(network.slot_product, used + path.stocks - before + away - start, products)
    final = sum(
        (network.final * ((end - first) - unmet)).sum(axis=1)
        for (first, unmet), end in zip(
            path.unmet, [*(f for f, _ in path.unmet[1:]), days], strict=True
        )
    )
    made = np.bincount(network.product, path.output.sum(axis=0) - final, products)
    rebuilt = np.zeros(products)
    rebuilt[network.product[0]] = path.rebuilt.sum()
    np.testing.assert_allclose(
        made, into + rebuilt, rtol=1e-9, atol=1e-9 * path.baseline.sum() * days
    )


def _on_the_way(network: Network, chosen: dict[str, Any], days: int) -> Array:
    if not chosen["transit"]:
        return np.zeros(len(network.slot_buyer))
    rng = np.random.default_rng(chosen["seed"])
    if chosen["ranks"] == "own":
        rng.integers(0, 3, network.producers)
    rng.uniform(1.0, 1.2, network.producers)
    some_losses(rng, network.producers, days)
    lanes = lanes_for(network, rng, days)
    slot = np.repeat(network.slot_start[network.product], np.diff(network.pointer)) + network.column
    weight = network.flow * lanes.days[0][lanes.lane]
    on_the_way: Array = np.bincount(slot, weight, len(network.slot_buyer)).astype(float)
    return on_the_way


@pytest.mark.part("2.3")
@given(drawn=networks(), chosen=mechanisms())
@settings(max_examples=60)
def test_rows_and_lists_agree(drawn: DrawnNetwork, chosen: dict[str, Any]) -> None:
    chosen = {**chosen, "transit": False}
    _, rows, _ = run(drawn, {**chosen, "dense": True}, 50, shock=True)
    _, lists, _ = run(drawn, {**chosen, "dense": False}, 50, shock=True)
    scale = lists.baseline
    if chosen["parameters"].restoration_days >= 20:  # else orders swing and magnify any rounding
        total = rows.output.sum(axis=1) / rows.baseline.sum()
        np.testing.assert_allclose(total, lists.output.sum(axis=1) / scale.sum(), atol=1e-8)


def chain(*stages: float) -> DrawnNetwork:
    """Return producers in a row, each making a product for the next."""
    flows = np.diag(np.array(stages), 1)
    final = np.zeros(len(stages) + 1)
    final[-1] = stages[-1]
    return DrawnNetwork(flows, final, np.arange(len(stages) + 1))


@pytest.mark.part("2.4")
def test_a_lead_time_alone_changes_nothing_and_a_longer_one_pauses_deliveries() -> None:
    network = arranged(chain(1.0), stock_days=5, lists=True)
    days = 120
    lead = np.full((days, 1), 7)
    lead[30:40] = 17  # ten days more for ten days
    lanes = one_lane(lead)
    calm = one_lane(np.full((days, 1), 7))
    quiet = simulate(network, Parameters(), days, QUIET, lanes=calm)
    np.testing.assert_allclose(quiet.output, 1, atol=1e-13)
    np.testing.assert_allclose(quiet.away, 7)
    path = simulate(network, Parameters(psi=0.2, overproduction=1), days, QUIET, lanes=lanes)
    short = np.flatnonzero(path.output[:, 1] < 0.999)
    # five days of stock, nothing arrives from day 30 to 39: none from day 35 on, whole on day 41
    assert short.tolist() == [35, 36, 37, 38, 39, 40]
    assert path.output[60:, 1].min() > 0.999
    # the longer way was filled; what is too much then is taken back, and the stock is at its target
    assert path.stocks[0] > 5.1
    later = one_lane(np.vstack([lead, np.full((480, 1), 7)]))
    for most in (1.0, 2.0):
        able = replace(network, capacity=np.array([most, 1.0]))
        path = simulate(able, Parameters(psi=0.2), 600, QUIET, lanes=later)
        np.testing.assert_allclose(path.stocks, 5, rtol=1e-2)
        np.testing.assert_allclose(path.away, 7, rtol=1e-2)


@pytest.mark.part("2.5")
def test_a_barred_pair_delivers_nothing_and_others_are_asked() -> None:
    # two mills, one in each region, feed a baker in region 1
    flows = np.zeros((3, 3))
    flows[0, 2], flows[1, 2] = 0.6, 0.4
    drawn = DrawnNetwork(flows, np.array([0.4, 0.6, 1.0]), np.array([0, 0, 1]))
    network = arranged(drawn, stock_days=5, lists=True)
    network = replace(network, capacity=network.capacity * 3, region=np.array([0, 1, 1]))
    bars = {10: [Bar(0, 1, -1, 0.0)]}
    path = simulate(network, Parameters(), 60, replace(QUIET, bars=bars))
    at = {round(float(x), 6): i for i, x in enumerate(network.final[:, 0])}
    np.testing.assert_allclose(path.output[11:, at[0.4]], 0.4, atol=1e-12)  # only its own buyers
    np.testing.assert_allclose(path.output[11:, at[0.6]], 1.6, atol=1e-12)  # the other steps in
    np.testing.assert_allclose(path.output[:, at[1.0]], 1.0)
    freed = simulate(network, Parameters(), 60, replace(QUIET, bars={**bars, 30: []}))
    np.testing.assert_allclose(freed.output[31:, at[0.4]], 1.0, atol=1e-3)
    alone = simulate(
        replace(network, capacity=network.capacity / 3), Parameters(overproduction=1), 60,
        replace(QUIET, bars=bars),
    )  # fmt: skip
    assert alone.output[-1, at[1.0]] < 0.6  # nobody has capacity to step in


@pytest.mark.part("2.3")
def test_small_orders_are_served_whole_first() -> None:
    flows = np.zeros((4, 4))
    flows[0, 1:] = [1.0, 2.0, 7.0]
    drawn = DrawnNetwork(flows, np.array([0.0, 1.0, 2.0, 7.0]), np.array([0, 1, 1, 1]))
    for dense in (True, False):
        network = arranged(drawn, stock_days=2, dense=dense)
        losses = np.zeros((200, 4))
        losses[:, 0] = 0.5
        path = simulate(
            network, Parameters(small_first=True, overproduction=1, adaptive_orders=False, psi=0.5),
            200, Disturbance(producers=np.arange(4), losses=losses),
        )  # fmt: skip
        ends = dict(zip(network.final[1:, 0].tolist(), path.output[-1, 1:].tolist(), strict=True))
        assert ends[1.0] == pytest.approx(1.0, abs=1e-6)
        assert ends[2.0] == pytest.approx(2.0, abs=1e-6)
        assert ends[7.0] == pytest.approx(2.0, abs=1e-6)  # what is left of 5


@pytest.mark.part("2.1")
@pytest.mark.parametrize("spare", [1.0, 3.0])
def test_rebuilding_delivers_what_was_destroyed_and_no_more(spare: float) -> None:
    network = arranged(chain(1.0, 1.0), stock_days=10)
    network = replace(network, capacity=network.capacity * spare)
    event = Rebuilding(
        start=5, hold=3, days=30.0, damaged=np.array([1]), share=np.array([0.3]),
        suppliers=np.array([0]), need=np.array([[12.0, 8.0]]), where=np.zeros(2, np.int64),
    )  # fmt: skip
    path = simulate(network, Parameters(), 1500, replace(QUIET, rebuilding=(event,)))
    assert path.rebuilt.sum() == pytest.approx(20, rel=1e-6)
    assert path.to_rebuild[-1] < 1e-6 * 20
    assert path.output[7, 1] <= 1.0
    np.testing.assert_allclose(path.output[-1], 1, rtol=1e-3)
    if spare == 3:  # served in full, what is left falls by 1/30 a day
        left = path.to_rebuild[8:40] / path.to_rebuild[7:39]
        np.testing.assert_allclose(left, 1 - 1 / 30, rtol=1e-9)


@pytest.mark.part("2.6")
def test_switching_uses_capacity_to_spare_at_home_first_and_then_abroad() -> None:
    # three mills of one product; the first feeds a baker and stops
    flows = np.zeros((4, 4))
    flows[0, 3] = 1.0
    drawn = DrawnNetwork(flows, np.array([0.0, 1.0, 1.0, 1.0]), np.array([0, 0, 0, 1]))
    network = arranged(drawn, stock_days=4)
    spare = np.where(network.final[:, 0] > 0, 1.3, 1.0)
    network = replace(network, capacity=network.output() * spare, region=np.array([0, 0, 1, 0]))
    losses = np.zeros((120, 4))
    stops = int(np.flatnonzero(network.final[:, 0] == 0)[0])
    losses[5:, stops] = 1
    hit = Disturbance(producers=np.arange(4), losses=losses)
    calm = Parameters(overproduction=1, psi=0.5)
    alone = simulate(network, calm, 120, hit)
    home = simulate(network, replace(calm, switch_home=1), 120, hit)
    both = simulate(network, replace(calm, switch_home=1, switch_abroad=1), 120, hit)
    assert alone.output[-1, 3] == pytest.approx(0, abs=1e-6)
    assert 0.2 < home.output[-1, 3] < 0.31
    assert 0.5 < both.output[-1, 3] < 0.61
    assert home.switched[-1, 0] > 0
    assert home.switched[:, 1].sum() == 0
    assert both.leak.max() <= 1e-12


@pytest.mark.part("2.5")
def test_prices_rise_with_what_is_missing_and_demand_gives_way_if_asked() -> None:
    network = arranged(chain(1.0), stock_days=3)
    losses = np.zeros((40, 2))
    losses[5:, 1] = 0.5
    hit = Disturbance(producers=np.arange(2), losses=losses)
    calm = Parameters(overproduction=1, price_response=0.4)
    path = simulate(network, calm, 40, hit)
    assert path.prices[10, 1] == pytest.approx(1 + 0.4 * (1.0 - 0.5) / 0.5)
    assert path.prices[10, 0] == pytest.approx(1, abs=0.05)
    giving = simulate(network, replace(calm, demand_elasticity=1.0), 40, hit)
    assert giving.prices[-1, 1] < path.prices[-1, 1]
    np.testing.assert_allclose(giving.output[:, 1], path.output[:, 1], atol=1e-9)


@pytest.mark.part("2.2")
def test_three_readings_of_criticality() -> None:
    # two inputs, 3/4 and 1/4 of the cost; the second stops for ever
    flows = np.zeros((3, 3))
    flows[0, 2], flows[1, 2] = 3.0, 1.0
    drawn = DrawnNetwork(flows, np.array([0.0, 0.0, 4.0]), np.array([0, 1, 2]))
    network = arranged(drawn, stock_days=5)
    network = replace(network, criticality=np.where(network.slot_product == 1, 0.4, 1.0))
    losses = np.zeros((150, 3))
    losses[:, 1] = 1.0
    hit = Disturbance(producers=np.arange(3), losses=losses)
    readings: dict[Literal["leontief", "stated", "linear"], float]
    readings = {"leontief": 0.0, "stated": 0.6, "linear": 0.75}
    for reading, left in readings.items():
        path = simulate(
            network,
            Parameters(reading=reading, overproduction=1),
            150,
            hit,
        )
        assert path.output[-1, 2] / 4 == pytest.approx(left, abs=1e-9), reading


@pytest.mark.part("2.4")
def test_after_a_way_became_longer_for_good_all_is_as_before() -> None:
    network, _ = network_of(
        np.array([0, 1]), np.array([0]), np.array([1]), np.array([1.0]), products=2,
        final=np.array([[0.0], [1.0]]), lists=True,
    )  # fmt: skip
    network = replace(network, stock_days=np.array([5.0]), capacity=np.array([2.0, 1.0]))
    days = 700
    lead = np.full((days, 1), 7)
    lead[30:] = 17
    lanes = one_lane(lead)
    path = simulate(network, Parameters(psi=0.2), days, QUIET, lanes=lanes)
    short = np.flatnonzero(path.output[:, 1] < 0.999)
    assert short.min() == 35  # five days of stock
    assert path.output[-100:, 1].min() > 0.999
    np.testing.assert_allclose(path.stocks, 5, rtol=1e-2)
    np.testing.assert_allclose(path.away, 17, rtol=1e-2)
    assert path.leak.max() <= 1e-12
