"""Ways on land, through doors and by hubs: each against an independent way of computing it."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from catenary.errors import DataError
from catenary.maths.carried import carried
from catenary.maths.hubs import DIRECT, NO_WAY, Hubs, best_ways
from catenary.maths.landways import Landways, Net
from catenary.maths.overlay import Overlay
from catenary.maths.through import bits, through

pytestmark = pytest.mark.part("6.1")

SEEDS = st.integers(0, 2**32 - 1)


def network(seed: int) -> tuple[Net, np.ndarray, np.ndarray, int]:
    """Return a random network, its arcs' costs and other amounts."""
    rng = np.random.default_rng(seed)
    nodes, arcs = int(rng.integers(2, 14)), int(rng.integers(1, 60))
    tail, head = rng.integers(0, nodes, (2, arcs))
    return Net.of(nodes, tail, head), rng.integers(1, 50, arcs) / 4, rng.random((2, arcs)), nodes


def by_scipy(net: Net, weight: np.ndarray, nodes: int) -> np.ndarray:
    """Return least costs by another program."""
    dense = np.full((nodes, nodes), np.inf)
    own = weight[net.source]
    np.minimum.at(dense, (net.tail, net.head), own)
    tail, head = np.nonzero(np.isfinite(dense))
    graph = csr_array((dense[tail, head], (tail, head)), shape=(nodes, nodes))
    found: np.ndarray = dijkstra(graph)
    return found


@given(SEEDS, st.data())
def test_trees_and_closures_agree_with_scipy(seed: int, data: st.DataObject) -> None:
    net, weight, amounts, nodes = network(seed)
    every = np.broadcast_to(np.arange(nodes), (nodes, nodes))
    ways = Landways.of(net, weight, amounts, np.arange(nodes), every)
    np.testing.assert_allclose(ways.found[0], by_scipy(net, weight, nodes))
    closed = np.array(
        data.draw(st.lists(st.booleans(), min_size=len(weight), max_size=len(weight)))
    )
    after = ways.without(closed)
    shut = np.where(closed, np.inf, weight)
    np.testing.assert_allclose(after[0], by_scipy(net, shut, nodes))
    again = ways.grown(closed)
    for found, tree in ((ways.found, ways), (after, again)):
        for s, t in itertools.product(range(nodes), range(nodes)):
            steps = tree.way(s, t)
            if np.isfinite(found[0, s, t]):
                assert found[0, s, t] == pytest.approx(weight[steps].sum())
    same = ~np.isfinite(ways.found[0]) | (ways.found[0] == after[0])
    assert (after[0] >= ways.found[0] - 1e-12).all()
    assert ways.without(np.zeros(len(weight), bool)) is ways.found
    assert same[np.arange(nodes), np.arange(nodes)].all()


@given(SEEDS)
def test_amounts_are_those_of_the_arcs_on_the_way(seed: int) -> None:
    net, weight, amounts, nodes = network(seed)
    every = np.broadcast_to(np.arange(nodes), (nodes, nodes))
    ways = Landways.of(net, weight, amounts, np.arange(nodes), every)
    closed = np.random.default_rng(seed).random(len(weight)) < 0.3
    for found, tree in ((ways.found, ways), (ways.without(closed), ways.grown(closed))):
        for s, t in itertools.product(range(nodes), range(nodes)):
            steps = tree.way(s, t)
            if np.isfinite(found[0, s, t]) and s != t:
                cost = [found[0, s, t], *found[1:, s, t]]
                own = [weight[steps].sum(), *amounts[:, steps].sum(axis=1)]
                assert cost[0] == pytest.approx(own[0])
                if tree is ways:
                    assert cost == pytest.approx(own)


def overlay(seed: int) -> tuple[Overlay, np.ndarray, np.ndarray]:
    """Return a random overlay in which open water is a metric, and costs of its doors."""
    rng = np.random.default_rng(seed)
    places, ends, doors = 4, 6, 5
    points = rng.integers(0, 1000, (places + ends, 2))
    basin = rng.integers(0, 2, places + ends)
    far = np.abs(points[:, None] - points).sum(axis=2)
    far = np.where(basin[:, None] == basin, far, 2**30)
    tail, head = rng.integers(0, ends, (2, doors))
    made = Overlay.of(
        far[:places, :places], far[:places, places:], far[places:, places:], tail, head
    )
    cost = np.where(rng.random(doors) < 0.2, np.inf, rng.integers(0, 300, doors) / 1.0)
    return made, cost, rng.integers(0, 9, (2, doors)).astype(float)


@given(SEEDS)
def test_ways_through_doors_are_those_of_the_slow_method(seed: int) -> None:
    sea, cost, amounts = overlay(seed)
    words = bits(np.arange(len(cost)), len(cost))
    fast, slow = through(sea, cost, amounts, words), carried(sea, cost, amounts)
    np.testing.assert_allclose(fast.cost, slow.cost)
    for p, q in itertools.product(range(4), range(4)):
        if np.isfinite(fast.cost[p, q]):  # metres and doors say what it costs
            used = [d for d in range(len(cost)) if int(fast.words[p, q, 0]) >> d & 1]
            assert fast.metres[p, q] + cost[used].sum() == pytest.approx(fast.cost[p, q])
            assert fast.amounts[:, p, q] == pytest.approx(amounts[:, used].sum(axis=1))


def test_costs_of_doors_are_checked() -> None:
    sea, cost, amounts = overlay(1)
    words = bits(np.arange(5), 5)
    with pytest.raises(DataError, match="5 doors have 2 costs"):
        through(sea, cost[:2], amounts, words)
    with pytest.raises(DataError, match="negative"):
        through(sea, np.full(5, -1.0), amounts, words)
    with pytest.raises(DataError, match="ends at node 7"):
        Net.of(3, np.array([0]), np.array([7]))


def situation(seed: int) -> tuple[Any, ...]:
    """Return places with ways without hubs and by two kinds of hubs."""
    rng = np.random.default_rng(seed)
    places, width, weights = 5, 2, np.array([2.0, 1.0])

    def figures(*shape: int) -> np.ndarray:
        found = rng.integers(1, 40, (2, *shape)).astype(float)
        return np.where(rng.random(shape) < 0.2, np.inf, found)

    def valued(found: np.ndarray) -> np.ndarray:
        return np.concatenate([(weights[:, None, None] * found).sum(axis=0)[None], found])

    hubs = []
    for count in (4, 3):
        access = valued(figures(places, width))
        hubs.append(
            Hubs(leave=access, reach=access, amounts=figures(count, count),
                 candidates=rng.integers(-1, count, (places, width)))
        )  # fmt: skip
    direct = valued(figures(places, places))
    direct[:, np.arange(places), np.arange(places)] = np.inf
    return weights, direct, hubs


def brute(weights: np.ndarray, direct: np.ndarray, hubs: list[Hubs], i: int, j: int) -> float:
    """Return the least goal of a pair by trying everything."""
    found = [float(direct[0, i, j])]
    for one in hubs:
        for a, b in itertools.product(range(one.candidates.shape[1]), repeat=2):
            at, to = one.candidates[i, a], one.candidates[j, b]
            if at >= 0 and to >= 0:
                between = float((weights * one.amounts[:, at, to]).sum())
                found.append(float(one.leave[0, i, a] + between + one.reach[0, j, b]))
    return min(found)


@given(SEEDS, st.tuples(st.booleans(), st.booleans()))
def test_the_best_ways_are_those_found_by_trying_all(seed: int, allowed: tuple[bool, bool]) -> None:
    weights, direct, hubs = situation(seed)
    found = best_ways(weights, direct, hubs, kinds=[True, *allowed])
    tried = [one for one, used in zip(hubs, allowed, strict=True) if used]
    for i, j in itertools.permutations(range(5), 2):
        least = brute(weights, direct, tried, i, j)
        assert found.goal[i, j] == pytest.approx(least) or np.isinf(found.goal[i, j] + least)
        assert (found.way[i, j] == NO_WAY) == np.isinf(least)
        if np.isfinite(least):
            assert found.goal[i, j] == pytest.approx((weights * found.figures[:, i, j]).sum())


@given(SEEDS)
def test_what_has_not_become_dearer_is_kept_to_the_bit(seed: int) -> None:
    weights, direct, hubs = situation(seed)
    before = best_ways(weights, direct, hubs, kinds=[True, True, True])
    rng = np.random.default_rng(seed)
    shut = rng.random(hubs[0].amounts.shape[1:]) < 0.3
    dearer = [
        Hubs(leave=hubs[0].leave, reach=hubs[0].reach, candidates=hubs[0].candidates,
             amounts=np.where(shut, np.inf, hubs[0].amounts)),
        hubs[1],
    ]  # fmt: skip
    gone = np.where(rng.random(direct.shape[1:]) < 0.3, np.inf, direct)
    after = best_ways(
        weights, gone, dearer, kinds=[True, True, True], before=(before, direct, hubs)
    )
    for i, j in itertools.permutations(range(5), 2):
        least = brute(weights, gone, dearer, i, j)
        if np.isinf(least):
            assert after.way[i, j] == NO_WAY
            continue
        assert after.goal[i, j] >= max(least, before.goal[i, j]) - 1e-9
        if before.way[i, j] == NO_WAY:
            continue
        assert after.figures[0, i, j] >= before.figures[0, i, j]  # who is early waits
        kept = before.way[i, j] == DIRECT and np.isfinite(gone[0, i, j])
        if before.way[i, j] > DIRECT:
            one = hubs[before.way[i, j] - 1]
            at = one.candidates[i, before.first[i, j]], one.candidates[j, before.last[i, j]]
            kept = before.way[i, j] == 2 or not shut[at]
        if kept:
            assert (after.figures[:, i, j] == before.figures[:, i, j]).all()
            assert after.goal[i, j] == before.goal[i, j]
    assert best_ways(weights, direct, hubs, kinds=[True, True, True],
                     before=(before, direct, hubs)) is before  # fmt: skip
