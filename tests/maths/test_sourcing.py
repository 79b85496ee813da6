"""Purchases: an independent programme, laws of budgets, caps and risk, and published lots."""

from __future__ import annotations

from dataclasses import replace
from itertools import product as every

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from catenary.errors import ComputationError, DataError
from catenary.maths.lots import economic_order_quantity, wagner_whitin
from catenary.maths.programme import Programme
from catenary.maths.sourcing import ContradictionError, Market, costs, sourced, tail_mean
from catenary.maths.sourcing_interior import interior
from catenary.maths.sourcing_value import rolled, worth

pytestmark = pytest.mark.part("8.3")

SEEDS = st.integers(0, 10**6)


def drawn(
    seed: int, suppliers: int = 5, periods: int = 3, futures: int = 4, **given: object
) -> Market:
    """Return a random market that always has a plan, since shortages are allowed."""
    rng = np.random.default_rng(seed)
    region = rng.integers(0, 3, suppliers)
    available = rng.choice([0.0, 0.3, 1.0], p=[0.15, 0.15, 0.7],
                           size=(futures, suppliers, periods))  # fmt: skip
    parts: dict[str, object] = {
        "cost": rng.uniform(5, 20, (suppliers, periods)),
        "capacity": rng.uniform(2, 12, suppliers),
        "reserve": rng.uniform(0, 6, suppliers),
        "demand": rng.uniform(5, 15, (futures, periods)),
        "available": available,
        "chance": rng.dirichlet(np.ones(futures)),
        "member": (region == np.arange(3)[:, None]).astype(float),
        "cap": rng.uniform(0.2, 0.9, 3),
        "holding": float(rng.uniform(0, 2)),
        "penalty": 60.0,
        "stock": float(rng.uniform(0, 3)),
        "aversion": float(rng.choice([0.0, 0.4, 1.0])),
        "tail": 0.3,
    }
    return Market(**(parts | given))  # type: ignore[arg-type]


def by_scipy(m: Market) -> float:  # noqa: C901, PLR0912  one plain loop
    """Return the least weighed cost by a programme written row by row, apart from ours."""
    W, I, T = m.available.shape  # noqa: E741, N806
    names: list[tuple[object, ...]] = [("K", i) for i in range(I)]
    names += [("y", w, i, t) for w, i, t in every(range(W), range(I), range(T))]
    names += [(k, w, t) for k in "sz" for w, t in every(range(W), range(T))]
    names += [("v",)] + [("u", w) for w in range(W)]
    at = {name: k for k, name in enumerate(names)}
    price = np.zeros((W, len(names)))
    spent = np.zeros((W, len(names)))
    for w in range(W):
        for i in range(I):
            price[w, at["K", i]] = m.reserve[i]
            for t in range(T):
                price[w, at["y", w, i, t]] = m.cost[i, t]
        for t in range(T):
            price[w, at["s", w, t]] = m.holding
        spent[w] = price[w]
        for t in range(T):
            price[w, at["z", w, t]] = m.penalty
    aim = (1 - m.aversion) * (m.chance @ price)
    aim[at["v",]] = m.aversion
    upper, most, equal, right = [], [], [], []
    for w in range(W):
        aim[at["u", w]] = m.aversion * m.chance[w] / m.tail
        row = price[w].copy()
        row[at["v",]] = row[at["u", w]] = -1
        upper.append(row)
        most.append(0.0)
        for g in range(len(m.cap)):
            row = np.zeros(len(names))
            for i, t in every(range(I), range(T)):
                row[at["y", w, i, t]] = m.member[g, i]
            upper.append(row)
            most.append(m.cap[g] * m.demand[w].sum())
        for i, t in every(range(I), range(T)):
            row = np.zeros(len(names))
            row[at["y", w, i, t]], row[at["K", i]] = 1, -m.available[w, i, t]
            upper.append(row)
            most.append(0.0)
        for t in range(T):
            row = np.zeros(len(names))
            for i in range(I):
                row[at["y", w, i, t]] = 1
            row[at["z", w, t]], row[at["s", w, t]] = 1, -1
            if t:
                row[at["s", w, t - 1]] = 1
            equal.append(row)
            right.append(m.demand[w, t] - (m.stock if t == 0 else 0))
    for w, i, t in every(range(1, W), range(I), range(T)):
        if m.blind is not None and t < m.blind[w, i]:
            row = np.zeros(len(names))
            row[at["y", w, i, t]], row[at["y", 0, i, t]] = 1, -1
            equal.append(row)
            right.append(0.0)
    if np.isfinite(m.budget):
        upper.append(m.chance @ spent)
        most.append(m.budget)
    bounds: list[tuple[float | None, float | None]]
    bounds = [(0, m.capacity[int(str(n[1]))]) if n[0] == "K" else (0, None) for n in names]
    bounds[at["v",]] = (None, None)
    found = linprog(aim, np.array(upper), most, np.array(equal), right, bounds, method="highs")
    assert found.status == 0
    return float(found.fun or 0.0)


# --- an independent programme ---------------------------------------------------------------------


@settings(deadline=None, max_examples=40)
@given(seed=SEEDS, tight=st.booleans())
def test_a_plan_costs_what_an_independent_programme_says(seed: int, *, tight: bool) -> None:
    market = drawn(seed)
    if tight:
        whole = sourced(market)
        market = replace(market, budget=0.8 * float(market.chance @ whole.cost))
    expected = by_scipy(market)
    found = sourced(market)
    assert found.objective == pytest.approx(expected, rel=1e-8)
    assert found.bound == pytest.approx(expected, rel=1e-8)


@settings(deadline=None, max_examples=20)
@given(seed=SEEDS)
def test_not_knowing_never_saves_and_costs_what_an_independent_programme_says(seed: int) -> None:
    market = drawn(seed)
    blind = np.random.default_rng(seed).integers(0, 4, (4, 5))
    unknowing = replace(market, blind=blind)
    found = sourced(unknowing)
    assert found.objective == pytest.approx(by_scipy(unknowing), rel=1e-8)
    assert found.objective >= sourced(market).objective * (1 - 1e-9)
    for w in range(1, 4):
        for i in range(5):
            ordered = found.deliveries[:, i, : blind[w, i]]
            np.testing.assert_allclose(ordered[w], ordered[0], atol=1e-6)


@settings(deadline=None, max_examples=25)
@given(seed=SEEDS, tight=st.booleans())
def test_the_interior_method_agrees_and_its_bound_is_a_bound(seed: int, *, tight: bool) -> None:
    market = drawn(seed)
    if tight:
        market = replace(market, budget=0.8 * float(market.chance @ sourced(market).cost))
    expected = by_scipy(market)
    found = sourced(replace(market, reserve=market.reserve + 1e-3), exact=False)
    near = by_scipy(replace(market, reserve=market.reserve + 1e-3))
    assert found.engine == "interior"
    assert found.objective == pytest.approx(near, rel=1e-6)
    assert interior(market).bound <= expected * (1 + 1e-9)
    assert interior(market).bound == pytest.approx(expected, rel=1e-6)


@settings(deadline=None, max_examples=20)
@given(seed=SEEDS)
def test_a_plan_keeps_its_limits(seed: int) -> None:
    market = drawn(seed, reserve=np.random.default_rng(seed).uniform(0.1, 6, 5))
    for plan in (sourced(market), sourced(market, exact=False)):
        room = market.available * plan.contract[None, :, None]
        assert (plan.deliveries <= room + 1e-6).all()
        assert (plan.contract <= market.capacity + 1e-6).all()
        used = np.einsum("gi,wit->wg", market.member, plan.deliveries)
        assert (used <= market.cap * market.demand.sum(axis=1)[:, None] + 1e-5).all()
        kept = np.concatenate([np.full((4, 1), market.stock), plan.stock[:, :-1]], axis=1)
        got = kept + plan.deliveries.sum(axis=1) + plan.short - plan.stock
        np.testing.assert_allclose(got, market.demand, atol=1e-5)
        assert plan.cost == pytest.approx(costs(market, plan))


# --- laws -----------------------------------------------------------------------------------------


@settings(deadline=None, max_examples=20)
@given(seed=SEEDS, more=st.floats(0, 1))
def test_more_budget_and_looser_caps_are_never_worse(seed: int, more: float) -> None:
    market = drawn(seed)
    spent = float(market.chance @ sourced(market).cost)
    poor = replace(market, budget=0.6 * spent)
    rich = replace(market, budget=(0.6 + more) * spent)
    assert sourced(rich).objective <= sourced(poor).objective * (1 + 1e-9)
    loose = replace(market, cap=market.cap + more)
    assert sourced(loose).objective <= sourced(market).objective * (1 + 1e-9)


@given(
    cost=st.lists(st.floats(0, 1e6), min_size=1, max_size=9), tail=st.floats(1e-3, 1), seed=SEEDS
)
def test_the_worst_futures_cost_no_less_than_the_mean(
    cost: list[float], tail: float, seed: int
) -> None:
    chance = np.random.default_rng(seed).dirichlet(np.ones(len(cost)))
    found = tail_mean(np.array(cost), chance, tail)
    assert found >= float(chance @ cost) - 1e-6
    assert found <= max(cost) + 1e-6
    assert tail_mean(np.array(cost), chance, 1.0) == pytest.approx(float(chance @ cost), abs=1e-6)


@settings(deadline=None, max_examples=20)
@given(seed=SEEDS)
def test_the_order_of_suppliers_and_futures_does_not_matter(seed: int) -> None:
    market = drawn(seed)
    rng = np.random.default_rng(seed)
    i, w = rng.permutation(5), rng.permutation(4)
    other = replace(
        market, cost=market.cost[i], capacity=market.capacity[i], reserve=market.reserve[i],
        member=market.member[:, i], available=market.available[w][:, i], demand=market.demand[w],
        chance=market.chance[w],
    )  # fmt: skip
    assert sourced(other).objective == pytest.approx(sourced(market).objective, rel=1e-9)


@settings(deadline=None, max_examples=25)
@given(seed=SEEDS, g=st.integers(0, 2))
def test_the_price_of_a_cap_lies_between_finite_differences(seed: int, g: int) -> None:
    """Cost is convex in a cap: its price lies between what less and more of it would change."""
    market = drawn(seed, futures=1)
    need, step = float(market.demand.sum()), 1e-4
    up, down = (
        replace(market, cap=market.cap + sign * step * np.eye(3)[g]) for sign in (1.0, -1.0)
    )
    here = sourced(market)
    saved = (here.objective - sourced(up).objective) / (step * need)
    lost = (sourced(down).objective - here.objective) / (step * need)
    assert saved - 1e-5 <= here.shadow[:, g].sum() <= lost + 1e-5


@settings(deadline=None, max_examples=25)
@given(seed=SEEDS)
def test_the_price_of_a_budget_lies_between_finite_differences(seed: int) -> None:
    market = drawn(seed)
    spent = float(market.chance @ sourced(market).cost)
    at = [replace(market, budget=0.7 * spent * scale) for scale in (1 - 1e-5, 1.0, 1 + 1e-5)]
    low, here, high = (sourced(one) for one in at)
    step = 0.7 * spent * 1e-5
    assert (here.objective - high.objective) / step - 1e-3 <= here.money
    assert here.money <= (low.objective - here.objective) / step + 1e-3


@settings(deadline=None, max_examples=15)
@given(seed=SEEDS)
def test_knowing_and_foresight_are_worth_something_or_nothing(seed: int) -> None:
    market = drawn(seed)
    plan = sourced(market)
    found = worth(market, plan)
    assert found.known >= -1e-6 * plan.objective
    assert found.stochastic >= -1e-6 * plan.objective


@settings(deadline=None, max_examples=15)
@given(seed=SEEDS, window=st.integers(1, 6))
def test_a_plan_made_anew_is_no_better_than_one_that_sees_everything(
    seed: int, window: int
) -> None:
    market = drawn(seed, periods=6, futures=1, cap=np.ones(3), reserve=np.zeros(5), aversion=0.0)
    best = sourced(market).objective
    found = rolled(market, window)
    assert found.cost >= best - 1e-6
    assert rolled(market, 6).cost == pytest.approx(best, rel=1e-8)


# --- whole numbers --------------------------------------------------------------------------------


@settings(deadline=None, max_examples=10)
@given(seed=SEEDS, most=st.integers(1, 2))
def test_few_suppliers_are_the_best_few_of_all(seed: int, most: int) -> None:
    market = drawn(seed, fixed=np.full(5, 7.0))
    tried = []
    for mask in every([0.0, 1.0], repeat=5):
        if sum(mask) <= most:
            some = replace(market, capacity=market.capacity * mask, fixed=None)
            tried.append(sourced(some).objective + 7.0 * sum(mask))
    found = sourced(replace(market, most=most), gap=1e-9)
    assert found.objective == pytest.approx(min(tried), rel=1e-6)


@settings(deadline=None, max_examples=10)
@given(seed=SEEDS)
def test_lots_of_a_market_with_one_supplier_are_those_of_wagner_and_whitin(seed: int) -> None:
    rng = np.random.default_rng(seed)
    demand = rng.integers(0, 100, 5).astype(float)
    order, holding = float(rng.uniform(10, 300)), float(rng.uniform(0.1, 3))
    market = Market(
        cost=np.zeros((1, 5)), capacity=np.array([1e3]), reserve=np.zeros(1),
        demand=demand[None], available=np.ones((1, 1, 5)), chance=np.ones(1),
        member=np.zeros((0, 1)), cap=np.zeros(0), holding=holding, order=np.array([order]),
    )  # fmt: skip
    _, expected = wagner_whitin(np.full(5, order), np.full(5, holding), demand)
    assert sourced(market, gap=1e-9).objective == pytest.approx(expected, abs=1e-6)


def test_published_lots() -> None:
    """Snyder & Shen (2019), Fundamentals of Supply Chain Theory, examples 3.1 and 3.9."""
    assert economic_order_quantity(8, 0.225, 1300)[0] == pytest.approx(304.0468, abs=5e-5)
    demand = np.array([90.0, 120, 80, 70])
    lots, cost = wagner_whitin(np.full(4, 500.0), np.full(4, 2.0), demand)
    assert cost == 1380
    assert lots.tolist() == [210, 0, 150, 0]


# --- limits that contradict each other ------------------------------------------------------------


@settings(deadline=None, max_examples=15)
@given(seed=SEEDS, penalised=st.booleans())
def test_a_contradiction_is_one_and_every_limit_in_it_is_needed(
    seed: int, *, penalised: bool
) -> None:
    rng = np.random.default_rng(seed)
    programme = Programme()
    x = programme.columns(3, upper=5.0, whole=penalised)
    rows = [("total", 7.0, np.inf, np.ones(3))]
    rows += [(f"limit {k}", -np.inf, float(rng.integers(0, 4)), np.eye(3)[k]) for k in range(3)]
    rows += [("idle", -np.inf, 100.0, rng.uniform(0, 1, 3))]
    for label, least, most, values in rows:
        programme.rows(label, least, most, (0, x, values))
    if programme.solve() is not None:
        return
    found = programme.conflict()
    assert "idle" not in found

    def possible(labels: tuple[str, ...]) -> bool:
        other = Programme()
        y = other.columns(3, upper=5.0, whole=penalised)
        for label, least, most, values in rows:
            if label in labels:
                other.rows(label, least, most, (0, y, values))
        return other.solve() is not None

    assert not possible(found)
    for one in found:
        assert possible(tuple(other for other in found if other != one))


def test_a_market_says_what_cannot_be_kept() -> None:
    market = drawn(
        1, penalty=np.inf, cap=np.full(3, 0.2), names=("A", "B", "C"),
        capacity=np.full(5, 100.0), available=np.ones((4, 5, 3)),
    )  # fmt: skip
    with pytest.raises(ContradictionError) as caught:
        sourced(market)
    assert {"A", "B", "C"} <= set(caught.value.limits)
    with pytest.raises(ContradictionError) as caught:
        sourced(replace(market, reserve=market.reserve + 1), exact=False)
    assert {"A", "B", "C"} <= set(caught.value.limits)


def test_a_market_refuses_numbers_that_mean_nothing() -> None:
    with pytest.raises(DataError, match="chances add up to"):
        drawn(1, chance=np.full(4, 0.5))
    with pytest.raises(DataError, match="negative"):
        drawn(1, capacity=np.full(5, -1.0))
    with pytest.raises(ComputationError, match="one future"):
        rolled(drawn(1), 2)
