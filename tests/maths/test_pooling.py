"""Pools and scrambles: laws of sharing, an independent programme, equilibria nobody leaves."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from catenary.errors import DataError
from catenary.maths.pooling import Pool
from catenary.maths.scramble import RESERVE, scramble

pytestmark = pytest.mark.part("8.7")

SEEDS = st.integers(0, 10**6)


def drawn(seed: int, members: int = 0, *, ways: bool = True) -> Pool:
    rng = np.random.default_rng(seed)
    n = members or int(rng.integers(2, 5))
    shape = n, int(rng.integers(1, 4)), int(rng.integers(1, 4))
    need = rng.lognormal(0, 1, (n, 1, 1)) * rng.uniform(0.9, 1.1, shape)
    lasting = bool(rng.integers(2))
    free = not ways or seed % 3 == 0
    return Pool(
        need=need,
        supply=need * np.where(rng.random(shape) < 0.6, rng.uniform(0, 1, shape), 1.05),
        chance=rng.uniform(0.01, 0.1, shape[1]),
        cost=rng.uniform(0.05, 0.4, n), penalty=rng.uniform(5, 20, n),
        held=rng.uniform(0, 0.3, n) * (rng.random(n) < 0.5), lasting=lasting,
        available=np.where(rng.random(shape) < 0.3, rng.random(shape), 1.0),
        freight=np.zeros((n, n)) if free else rng.uniform(0, 3, (n, n)),
        later=np.zeros((n, n), np.int64) if free else rng.integers(0, 2, (n, n)),
    )  # fmt: skip


def all_of(pool: Pool) -> np.ndarray:
    return np.ones(len(pool.need), bool)


def groups(n: int) -> list[np.ndarray]:
    masks = [set(one) for size in range(1, n + 1) for one in combinations(range(n), size)]
    return [np.array([k in one for k in range(n)]) for one in masks]


def by_linprog(pool: Pool, members: np.ndarray) -> float:  # noqa: C901  plain loops
    """Every quantity a column with a name of its own, every row written out."""
    _, w, t = pool.need.shape
    who = [int(one) for one in np.flatnonzero(members)]
    names: dict[tuple[str, ...], int] = {}
    cost: list[float] = []

    def column(price: float, *name: object) -> int:
        key = tuple(map(str, name))
        if key not in names:
            names[key] = len(cost)
            cost.append(price)
        return names[key]

    rows: list[tuple[dict[int, float], float]] = []  # sum ≤ most
    for i in who:
        column(pool.cost[i], "kept", i)
    use: dict[tuple[int, ...], dict[int, float]] = {}
    for f in range(w):
        for d in range(t):
            rights: dict[int, float] = {}
            for k in who:
                covered = {column(pool.chance[f] * pool.penalty[k], "short", k, f, d): -1.0}
                got = column(0, "right", k, f, d)
                covered[got], rights[got] = -1.0, 1.0
                for i in who:
                    late = 0 if i == k else int(pool.later[i, k])
                    if d >= late:
                        price = 0 if i == k else pool.chance[f] * pool.freight[i, k]
                        sent = column(price, "sent", i, k, f, d)
                        covered[sent] = -1.0
                        spot: tuple[int, ...] = (i, f, d - late) if pool.lasting else (i, f)
                        use.setdefault(spot, {})[sent] = 1.0
                rows.append((covered, -pool.need[k, f, d]))
            rows.append((rights, float(pool.supply[who, f, d].sum())))
    for place, sent_of in use.items():
        i = place[0]
        share = float(pool.available[place]) if pool.lasting else 1.0
        rows.append(({**sent_of, names["kept", str(i)]: -share}, share * pool.held[i]))
    cells_of = np.zeros((len(rows), len(cost)))
    for r, (cells, _) in enumerate(rows):
        for c, value in cells.items():
            cells_of[r, c] = value
    found = linprog(cost, A_ub=cells_of, b_ub=[most for _, most in rows], method="highs-ipm")
    assert found.fun is not None
    return float(found.fun)


@settings(max_examples=25)
@given(seed=SEEDS)
def test_any_group_pays_what_an_independent_programme_says(seed: int) -> None:
    pool = drawn(seed)
    for members in groups(len(pool.need)):
        assert pool.cost_of(members) == pytest.approx(by_linprog(pool, members), rel=1e-8, abs=1e-8)


@settings(max_examples=25)
@given(seed=SEEDS)
def test_two_groups_never_pay_more_together(seed: int) -> None:
    pool = drawn(seed)
    found = {tuple(one): pool.cost_of(one) for one in groups(len(pool.need))}
    for one, first in found.items():
        for other, second in found.items():
            if not (np.array(one) & np.array(other)).any():
                both = tuple(np.array(one) | np.array(other))
                assert found[both] <= first + second + 1e-8 * (1 + first + second)


@settings(max_examples=25)
@given(seed=SEEDS)
def test_nobody_leaves_a_split_at_the_prices_of_the_joint_plan(seed: int) -> None:
    pool = drawn(seed)
    plan = pool.plan(all_of(pool))
    scale = 1e-8 * (1 + plan.cost)
    assert plan.price.sum() == pytest.approx(plan.cost, abs=scale)
    for members in groups(len(pool.need)):
        assert plan.price[members].sum() <= pool.cost_of(members) + scale


@settings(max_examples=25)
@given(seed=SEEDS)
def test_a_plan_costs_what_it_keeps_sends_and_lacks(seed: int) -> None:
    pool = drawn(seed)
    plan = pool.plan(all_of(pool))
    short = np.einsum("i,w,iwt->", pool.penalty, pool.chance, plan.short)
    assert pool.cost @ plan.kept + plan.sent.sum() + short == pytest.approx(plan.cost, rel=1e-7)
    assert (plan.kept >= -1e-9).all()


@settings(max_examples=15)
@given(seed=SEEDS, dearer=st.floats(0, 5), later=st.integers(0, 2))
def test_dearer_or_slower_ways_never_make_a_pool_cheaper(
    seed: int, dearer: float, later: int
) -> None:
    pool = drawn(seed)
    slower = 0 if pool.lasting else later  # what capacity makes comes when the way is over
    worse = replace(pool, freight=pool.freight + dearer, later=pool.later + slower)
    assert worse.cost_of(all_of(pool)) >= pool.cost_of(all_of(pool)) * (1 - 1e-8) - 1e-9


@settings(max_examples=15)
@given(seed=SEEDS)
def test_free_ways_are_the_limit_of_cheap_ones(seed: int) -> None:
    pool = drawn(seed, ways=False)
    cheap = replace(pool, freight=np.full(pool.freight.shape, 1e-10))
    assert cheap.cost_of(all_of(pool)) == pytest.approx(
        pool.cost_of(all_of(pool)), rel=1e-7, abs=1e-8
    )


@settings(max_examples=15)
@given(seed=SEEDS)
def test_a_scramble_is_an_equilibrium_and_never_cheaper_than_a_pool(seed: int) -> None:
    pool = drawn(seed, ways=False)
    found = scramble(pool)
    assert found.residual < 1e-8
    assert pool.cost_of(all_of(pool)) <= found.cost.sum() * (1 + 1e-8) + 1e-9
    assert (found.received.sum(axis=0) <= pool.supply.sum(axis=0) * (1 + 1e-9)
            + (pool.need.sum(axis=0)) * (found.premium == 0)).all()  # fmt: skip


@settings(max_examples=15)
@given(seed=SEEDS, share=st.floats(0, 1.5), more=st.floats(0, 3))
def test_no_choice_tried_at_random_betters_a_scramble(seed: int, share: float, more: float) -> None:
    pool = drawn(seed, 3, ways=False)
    pool = replace(pool, need=pool.need[:, :, :1], supply=pool.supply[:, :, :1] * 0.9,
                   available=pool.available[:, :, :1], lasting=False)  # fmt: skip
    found, rng = scramble(pool), np.random.default_rng(seed)
    left = pool.supply.sum(axis=0)
    cut = (pool.need > pool.supply).any(axis=0)
    for i in range(3):
        bid = found.bid[i] * rng.uniform(0, 2, found.bid[i].shape)
        kept = share * found.kept[i] + more * rng.random()
        others = found.bid.sum(axis=0) - found.bid[i] + RESERVE * pool.penalty.max() * left
        total = np.where(bid + others > 0, bid + others, 1.0)
        got = np.where(cut, left * bid / total, pool.need[i])
        short = np.maximum((pool.need[i] - got).sum(axis=1) - kept - pool.held[i], 0)
        pays = pool.cost[i] * kept + pool.chance @ (bid.sum(axis=1) + pool.penalty[i] * short)
        assert pays >= found.cost[i] - 1e-7 * found.cost.sum()


@given(n=st.integers(2, 8), left=st.floats(0.1, 1.0), worth=st.floats(1, 50))
@settings(max_examples=20)
def test_alike_members_bid_what_is_known_of_proportional_shares(
    n: int, left: float, worth: float
) -> None:
    one = np.ones((n, 1, 1))
    pool = Pool(
        need=one, supply=one * left / n, chance=np.array([0.1]), cost=np.full(n, 1e3),
        penalty=np.full(n, worth), held=np.zeros(n), lasting=False, available=one,
        freight=np.zeros((n, n)), later=np.zeros((n, n), np.int64),
    )  # fmt: skip
    # each bids worth × left × (n − 1) / n² (Johari & Tsitsiklis 2004)
    expected = worth * left * (n - 1) / n**2
    np.testing.assert_allclose(scramble(pool).bid.ravel(), expected, rtol=1e-4)


def test_competition_may_cost_more_or_less_than_being_alone() -> None:
    """What is left may go to who is cut, which no usual share does; or premiums eat it up."""
    one = Pool(
        need=np.ones((2, 1, 1)), supply=np.array([[[0.0]], [[1.0]]]), chance=np.array([0.1]),
        cost=np.full(2, 99.0), penalty=np.array([50.0, 1.0]), held=np.zeros(2), lasting=False,
        available=np.ones((2, 1, 1)), freight=np.zeros((2, 2)), later=np.zeros((2, 2), np.int64),
    )  # fmt: skip
    alike = replace(one, penalty=np.full(2, 50.0))
    for pool, cheaper in ((one, True), (alike, False)):
        alone = sum(pool.cost_of(np.arange(2) == i) for i in range(2))
        assert bool(scramble(pool).cost.sum() < alone) == cheaper


def test_what_is_no_pool_is_refused() -> None:
    pool = drawn(1)
    with pytest.raises(DataError, match="penalty of a pool"):
        replace(pool, penalty=-pool.penalty)
    with pytest.raises(DataError, match="differ in members"):
        replace(pool, need=pool.need[:, :, :0])
    calm = replace(pool, supply=pool.need * 1.0)
    assert calm.cost_of(all_of(calm)) == 0
    assert scramble(calm).cost.sum() == 0


def test_a_programme_that_is_too_large_is_refused() -> None:
    shape = 200, 60, 100
    pool = Pool(
        need=np.ones(shape), supply=np.zeros(shape), chance=np.full(60, 0.01), cost=np.ones(200),
        penalty=np.ones(200), held=np.zeros(200), lasting=False, available=np.ones(shape),
        freight=np.zeros((200, 200)), later=np.zeros((200, 200), np.int64),
    )  # fmt: skip
    with pytest.raises(DataError, match="too large"):
        pool.cost_of(all_of(pool))
