"""Scenarios side by side are scenarios one by one, over whole rows and over lists."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catenary.maths import batches, inventory
from catenary.maths import network as arranging
from catenary.maths.batch_cases import Shocks
from catenary.maths.batch_list_kernels import LANES
from catenary.maths.batch_lists import lists_of
from catenary.maths.inventory import Disturbance, Network, Parameters, network_of
from catenary.testing.strategies import DrawnNetwork, networks

if TYPE_CHECKING:
    from numpy.typing import NDArray

DAYS = 70


@dataclass(frozen=True)
class Drawn:
    """A network and what happens in it."""

    network: Network
    rules: list[Parameters]
    shocks: Shocks

    def alone(self, lane: int) -> inventory.Path:
        """Run one of the scenarios by itself."""
        final = {}
        for day in range(DAYS):
            now = self.network.final.copy()
            now[self.shocks.asked, 0] = self.shocks.final[lane, day]
            final[day] = now
        disturbance = Disturbance(
            producers=self.shocks.hit, losses=self.shocks.losses[lane], final=final
        )
        return inventory.simulate(self.network, self.rules[lane], DAYS, disturbance)


def _network(drawn: DrawnNetwork, rng: np.random.Generator, *, dense: bool) -> Network:
    """Return a network with idle and endless inputs, and somebody who makes nothing."""
    flows, final, scale = drawn.flows.copy(), drawn.final.copy(), 1.0
    if dense:  # whole numbers a year stand in float32
        flows, final, scale = np.round(flows * 1000), final * 1000 / 365, 1 / 365
    if len(final) > 2:
        flows[-1] = flows[:, -1] = final[-1] = 0.0
    supplier, buyer = np.nonzero(flows)
    tiny = arranging._TINY
    arranging._TINY = 0 if dense else tiny  # type: ignore[misc]
    try:
        network, order = network_of(
            drawn.product, supplier, buyer, flows[supplier, buyer],
            products=int(drawn.product.max()) + 1, final=final[:, None], scale=scale,
        )  # fmt: skip
    finally:
        arranging._TINY = tiny  # type: ignore[misc]
    slots = len(network.slot_buyer)
    return replace(
        network,
        stock_days=rng.choice([0.0, 3.0, 8.0, 20.0, np.inf], slots),
        criticality=rng.choice([0.0, 0.3, 0.7, 1.0], slots),
        region=(order % 3).astype(np.int64),
        capacity=network.capacity * rng.uniform(1, 1.2, len(final)),
    )


@st.composite
def cases(draw: st.DrawFn, *, lanes: int = 5) -> Drawn:
    """Draw scenarios that begin on different days, lose or gain, and ask for less or more."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    network = _network(draw(networks()), rng, dense=draw(st.booleans()))
    reading: Literal["stated", "leontief", "linear"] = draw(
        st.sampled_from(["stated", "stated", "leontief", "linear"])
    )
    adaptive, count = draw(st.booleans()), network.producers
    losses, final = np.zeros((lanes, DAYS, count)), np.zeros((lanes, DAYS, min(count, 2)))
    asked = np.sort(rng.choice(count, final.shape[2], replace=False))
    final[:] = network.final[asked, 0]
    for lane in range(lanes):
        first, last = sorted(rng.integers(0, 45, 2).tolist())
        losses[lane, first:last] = rng.uniform(-0.2, 1, count) * (rng.random(count) < 0.5)
        if rng.random() < 0.5:
            final[lane, last : last + 9] *= rng.uniform(0, 1.5, len(asked))
    rules = [
        Parameters(
            psi=float(rng.choice([0.3, 0.5, 0.8])), restoration_days=float(rng.uniform(2, 60)),
            overproduction=float(rng.uniform(1, 1.3)), adaptive_orders=adaptive, reading=reading,
            overproduction_days=float(rng.uniform(5, 365)),
        )
        for _ in range(lanes)
    ]  # fmt: skip
    return Drawn(
        network, rules, Shocks(hit=np.arange(count), losses=losses, asked=asked, final=final)
    )


def _ways(drawn: Drawn) -> list[batches.Blocks | batches.Lists]:
    """Return every arrangement in which the scenarios can stand side by side."""
    rows = batches.arranged(drawn.network, drawn.rules[0])
    lists = lists_of(drawn.network)
    return [lists] if isinstance(rows, batches.Lists) else [rows, lists]


@pytest.mark.part("2.9", "8.2")
@given(drawn=cases())
@settings(max_examples=60, deadline=None)
def test_side_by_side_is_one_by_one(drawn: Drawn) -> None:
    network = drawn.network
    assert not batches.why_not(network, drawn.rules[0])
    paths = [drawn.alone(lane) for lane in range(len(drawn.rules))]
    for way in _ways(drawn):
        found = batches.run_batch(way, drawn.rules, DAYS, drawn.shocks)
        for lane, path in enumerate(paths):
            scale = path.baseline.sum()
            for sums, place in (
                (found.regions, network.region), (found.products, network.product),
            ):  # fmt: skip
                one = np.zeros((DAYS, sums.shape[2]))
                np.add.at(one.T, place, path.output.T)
                np.testing.assert_allclose(sums[lane] / scale, one / scale, rtol=0, atol=1e-12)
            lost = (path.baseline - path.output).sum(axis=0)
            np.testing.assert_allclose(found.lost[lane] / scale, lost / scale, rtol=0, atol=1e-11)
            unmet = sum(share[:, 0] for _, share in path.unmet)
            np.testing.assert_allclose(found.unmet[lane], unmet, rtol=0, atol=1e-10)
            short = path.first_day[path.first_day >= 0]
            assert found.first_short[lane] == (short.min() if len(short) else -1)


@pytest.mark.part("2.9", "8.2")
@given(drawn=cases(lanes=LANES + 3), order=st.randoms(use_true_random=False))
@settings(max_examples=15, deadline=None)
def test_numbers_do_not_depend_on_what_runs_beside(drawn: Drawn, order: object) -> None:
    lists, count = lists_of(drawn.network), len(drawn.rules)
    whole = batches.run_batch(lists, drawn.rules, DAYS, drawn.shocks)
    places = list(range(count))
    order.shuffle(places)  # type: ignore[attr-defined]
    for some in (places[:1], places[1:4], places[4:]):
        shocks = replace(
            drawn.shocks, losses=drawn.shocks.losses[some], final=drawn.shocks.final[some]
        )
        part = batches.run_batch(lists, [drawn.rules[one] for one in some], DAYS, shocks)
        for name in ("regions", "products", "unmet", "missed", "lost", "touched", "first_short"):
            np.testing.assert_array_equal(getattr(part, name), getattr(whole, name)[some], name)


@pytest.mark.part("2.9", "8.2")
@given(drawn=cases(lanes=3))
@settings(max_examples=30, deadline=None)
def test_capacity_where_nothing_ever_happens_changes_nothing(drawn: Drawn) -> None:
    network = drawn.network
    for way in _ways(drawn):
        found = batches.run_batch(way, drawn.rules, DAYS, drawn.shocks)
        for lane, touched in enumerate(found.touched):
            path = drawn.alone(lane)
            off = np.abs(path.output - path.baseline).max(axis=0) > 1e-9 * path.baseline
            hit = drawn.shocks.losses[lane].any(axis=0) & (network.capacity > 0)
            assert touched[off | hit].all()
            more = replace(network, capacity=network.capacity * np.where(touched, 1.0, 1.4))
            other = Drawn(more, drawn.rules, drawn.shocks).alone(lane)
            scale = path.baseline.sum()
            np.testing.assert_allclose(other.output / scale, path.output / scale, atol=1e-11)


def _demand_not_met(path: inventory.Path, drawn: Drawn, lane: int) -> NDArray[np.float64]:
    total = np.zeros(drawn.network.producers)
    for day, share in path.unmet:  # a day each
        final = drawn.network.final[:, 0].copy()
        final[drawn.shocks.asked] = drawn.shocks.final[lane, day]
        total += share[:, 0] * final
    return total


@pytest.mark.part("2.9", "8.2")
@given(drawn=cases(lanes=2))
@settings(max_examples=20, deadline=None)
def test_demand_not_met_is_weighed_by_what_was_asked_that_day(drawn: Drawn) -> None:
    for way in _ways(drawn):
        found = batches.run_batch(way, drawn.rules, DAYS, drawn.shocks)
        for lane in range(2):
            path = drawn.alone(lane)
            missed = _demand_not_met(path, drawn, lane)
            np.testing.assert_allclose(found.missed[lane], missed, rtol=1e-9, atol=1e-9)
