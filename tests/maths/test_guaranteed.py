"""Service times: all of them tried, trees and programmes agree, a published chain, laws."""

from __future__ import annotations

from dataclasses import replace
from itertools import product as every

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catenary.errors import ComputationError
from catenary.maths.guaranteed import Chain, Promises, guaranteed, longest_ways

pytestmark = pytest.mark.part("8.4")

SEEDS = st.integers(0, 10**6)


def drawn(seed: int, size: int, *, tree: bool) -> Chain:
    """Return a random chain; without circles in any direction if it is a tree."""
    rng = np.random.default_rng(seed)
    links: list[tuple[int, int]] = []
    for k in range(1, size):
        other = int(rng.integers(k))
        links.append((other, k) if rng.random() < 0.5 or not tree else (k, other))
    if not tree:
        extra = [(a, b) for b in range(size) for a in range(b) if rng.random() < 0.4]
        links = sorted({*links, *extra})
    supplier, buyer = np.array(links, dtype=np.int64).reshape(-1, 2).T
    ends = ~np.isin(np.arange(size), supplier)
    return Chain(
        supplier=supplier, buyer=buyer, process=rng.integers(0, 4, size),
        holding=rng.uniform(0.5, 5, size), spread=rng.uniform(0.2, 2, size),
        promise=np.where(ends, rng.integers(0, 3, size), -1),
        outside=np.where(np.isin(np.arange(size), buyer), 0, rng.integers(0, 2, size)),
    )  # fmt: skip


def tried(chain: Chain) -> float:
    """Return the least cost of all whole service times."""
    longest = longest_ways(chain)
    best = np.inf
    for service in every(*(range(int(one) + 1) for one in longest)):
        promised = np.array(service)
        if ((chain.promise >= 0) & (promised > chain.promise)).any():
            continue
        inbound = chain.outside.copy()
        np.maximum.at(inbound, chain.buyer, promised[chain.supplier])
        cover = inbound + chain.process - promised
        if (cover >= 0).all():
            best = min(best, float(chain.cost(cover).sum()))
    return best


def kept(chain: Chain, found: Promises) -> None:
    assert (found.cover == found.inbound + chain.process - found.service).all()
    assert (found.cover >= 0).all()
    assert (found.inbound >= chain.outside).all()
    assert (found.inbound[chain.buyer] >= found.service[chain.supplier]).all()
    assert (found.service <= np.where(chain.promise >= 0, chain.promise, 10**6)).all()
    assert found.cost == pytest.approx(float(chain.cost(found.cover).sum()))


@settings(deadline=None, max_examples=40)
@given(seed=SEEDS, size=st.integers(1, 5))
def test_a_tree_costs_what_trying_everything_finds(seed: int, size: int) -> None:
    chain = drawn(seed, size, tree=True)
    found = guaranteed(chain, method="tree")
    kept(chain, found)
    assert found.cost == pytest.approx(tried(chain), rel=1e-9, abs=1e-9)


@settings(deadline=None, max_examples=20)
@given(seed=SEEDS, size=st.integers(2, 4))
def test_a_network_costs_what_trying_everything_finds(seed: int, size: int) -> None:
    chain = drawn(seed, size, tree=False)
    found = guaranteed(chain, method="milp")
    kept(chain, found)
    assert found.cost == pytest.approx(tried(chain), rel=1e-6, abs=1e-6)


@settings(deadline=None, max_examples=10)
@given(seed=SEEDS, size=st.integers(6, 14))
def test_tree_and_programme_agree(seed: int, size: int) -> None:
    chain = drawn(seed, size, tree=True)
    assert guaranteed(chain, method="milp").cost == pytest.approx(
        guaranteed(chain, method="tree").cost, rel=1e-6, abs=1e-6
    )


@settings(deadline=None, max_examples=25)
@given(seed=SEEDS, size=st.integers(2, 9))
def test_longer_promises_and_quicker_stages_never_cost_more(seed: int, size: int) -> None:
    chain = drawn(seed, size, tree=True)
    cost = guaranteed(chain).cost
    patient = replace(chain, promise=np.where(chain.promise >= 0, chain.promise + 1, -1))
    assert guaranteed(patient).cost <= cost + 1e-9
    quick = replace(chain, process=np.maximum(chain.process - 1, 0))
    assert guaranteed(quick).cost <= cost + 1e-9
    calm = replace(chain, spread=chain.spread * 0)
    assert guaranteed(calm).cost == 0


@settings(deadline=None, max_examples=15)
@given(seed=SEEDS, size=st.integers(2, 9))
def test_the_order_of_stages_does_not_matter(seed: int, size: int) -> None:
    chain = drawn(seed, size, tree=True)
    order = np.random.default_rng(seed).permutation(size)
    place = np.argsort(order)
    other = Chain(
        supplier=place[chain.supplier], buyer=place[chain.buyer], process=chain.process[order],
        holding=chain.holding[order], spread=chain.spread[order], promise=chain.promise[order],
        outside=chain.outside[order],
    )  # fmt: skip
    assert guaranteed(other).cost == pytest.approx(guaranteed(chain).cost)


def test_a_published_tree() -> None:
    """Snyder & Shen (2019), Fundamentals of Supply Chain Theory, example 6.5."""
    chain = Chain(
        supplier=np.array([0, 2, 2]), buyer=np.array([2, 1, 3]), process=np.array([2, 1, 1, 1]),
        holding=np.array([1.0, 3, 2, 3]), spread=np.sqrt([2.0, 1, 2, 1]),
        promise=np.array([-1, 0, -1, 1]), outside=np.array([1, 0, 0, 0]),
    )  # fmt: skip
    for method in ("tree", "milp"):
        found = guaranteed(chain, method=method)
        assert found.service.tolist() == [0, 0, 0, 1]
        assert found.cost == pytest.approx(8.277916867529369, rel=1e-9)


def test_what_cannot_be_promised_is_said() -> None:
    circle = Chain(
        supplier=np.array([0, 1]), buyer=np.array([1, 0]), process=np.ones(2, int),
        holding=np.ones(2), spread=np.ones(2), promise=np.full(2, -1), outside=np.zeros(2, int),
    )  # fmt: skip
    with pytest.raises(ComputationError, match="circle"):
        guaranteed(circle)
    mesh = Chain(
        supplier=np.array([0, 0, 1, 2]), buyer=np.array([1, 2, 3, 3]), process=np.ones(4, int),
        holding=np.ones(4), spread=np.ones(4), promise=np.array([-1, -1, -1, 0]),
        outside=np.zeros(4, int),
    )  # fmt: skip
    with pytest.raises(ComputationError, match="no tree"):
        guaranteed(mesh, method="tree")
    assert guaranteed(mesh).method == "milp"
