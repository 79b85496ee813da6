"""Choosing measures: against every set, with losses that overlap, help and clash."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from catenary.maths.greedy import choose
from catenary.maths.selection import Task, affordable, knapsack, tail_mean

pytestmark = pytest.mark.part("8.2")


class Covering:
    """Each measure takes some harms away from some cases: overlapping, never worse."""

    def __init__(self, seed: int, measures: int, cases: int, harms: int = 12) -> None:
        rng = np.random.default_rng(seed)
        self.harm = rng.exponential(1.0, (cases, harms)) * (rng.random((cases, harms)) < 0.5)
        self.takes = rng.random((measures, harms)) < 0.3
        self.runs = 0

    def losses(self, questions: Any) -> list[Any]:
        """Return what is left."""
        self.runs += sum(len(cases) for _, cases in questions)
        return [
            self.harm[cases][:, ~self.takes[sorted(chosen)].any(axis=0)].sum(axis=1)
            for chosen, cases in questions
        ]


def task_of(seed: int, measures: int, cases: int, **more: Any) -> Task:
    """Return a task with drawn costs and a budget for some of the measures."""
    rng = np.random.default_rng(seed + 1)
    cost = rng.integers(1, 6, measures).astype(float)
    given = {"budget": float(cost.sum() / 3), "emissions": rng.random(measures), **more}
    return Task(cost=cost, chance=np.full(cases, 1 / cases), **given)


def by_hand(task: Task, judge: Any) -> tuple[float, frozenset[int]]:
    """Return the best of all sets, written without any of our code."""
    best = (np.inf, frozenset[int]())
    every = np.arange(len(task.chance))
    for size in range(len(task.cost) + 1):
        for some in combinations(range(len(task.cost)), size):
            if sum(task.cost[m] for m in some) > task.budget + 1e-9:
                continue
            if len(task.clash) and any(task.clash[a, b] for a, b in combinations(some, 2)):
                continue
            losses = np.sort(judge.losses([(frozenset(some), every)])[0])[::-1]
            worst = losses[: max(1, round(task.tail * len(losses)))].mean()
            value = losses.mean() + task.aversion * worst
            value += task.carbon_price * sum(task.emissions[m] for m in some)
            if value < best[0] - 1e-12:
                best = (value, frozenset(some))
    return best


@given(seed=st.integers(0, 10_000), aversion=st.sampled_from([0.0, 0.5, 3.0]))
@settings(max_examples=40, deadline=None)
def test_every_set_is_tried_where_that_is_cheap(seed: int, aversion: float) -> None:
    judge, task = Covering(seed, 7, 10), task_of(seed, 7, 10, aversion=aversion, carbon_price=0.3)
    choice, known = choose(task, judge)
    value, _ = by_hand(task, judge)
    assert choice.exact
    assert choice.value == pytest.approx(value, rel=1e-12)
    assert choice.bound == choice.value
    assert known.value(choice.chosen) == choice.value
    assert task.price(choice.chosen) <= task.budget


@given(seed=st.integers(0, 10_000))
@settings(max_examples=40, deadline=None)
def test_greedy_lies_between_the_bound_and_the_best(seed: int) -> None:
    judge, task = Covering(seed, 8, 20), task_of(seed, 8, 20)
    choice, _ = choose(task, judge, exact_cases=0)
    best, _ = by_hand(task, judge)
    assert not choice.exact
    assert choice.bound <= best + 1e-9
    assert best <= choice.value + 1e-9
    saved = by_hand(task_of(seed, 8, 20, budget=0.0), judge)[0] - choice.value
    most = by_hand(task_of(seed, 8, 20, budget=0.0), judge)[0] - best
    assert saved >= 0.6 * most  # (1 − 1/e) of the best, for the better of two greedy orders


@given(seed=st.integers(0, 10_000))
@settings(max_examples=25, deadline=None)
def test_lazy_judging_chooses_what_full_judging_does(seed: int) -> None:
    class Whole(Covering):
        """Judges every case whatever was asked."""

    task = task_of(seed, 12, 64)
    lazy, full = Covering(seed, 12, 64), Covering(seed, 12, 64)
    few, _ = choose(task, lazy, exact_cases=0, thorough=False)
    many, _ = choose(task, full, exact_cases=0, thorough=True)
    assert few.chosen == many.chosen
    assert lazy.runs <= full.runs
    assert (few.alone[~few.sure_alone] >= many.alone[~few.sure_alone] - 1e-9).all()
    assert (few.adds[~few.sure_adds] >= many.adds[~few.sure_adds] - 1e-9).all()


@given(seed=st.integers(0, 10_000), more=st.floats(0, 10))
@settings(max_examples=30, deadline=None)
def test_more_budget_is_never_worse(seed: int, more: float) -> None:
    judge, task = Covering(seed, 7, 10), task_of(seed, 7, 10, aversion=1.0)
    richer = task_of(seed, 7, 10, aversion=1.0, budget=task.budget + more)
    assert choose(richer, judge)[0].value <= choose(task, judge)[0].value + 1e-12


@given(seed=st.integers(0, 10_000), limit=st.sampled_from([0, 20_000]))
@settings(max_examples=30, deadline=None)
def test_no_budget_is_nothing_and_what_is_free_is_taken(seed: int, limit: int) -> None:
    judge, task = Covering(seed, 6, 10), task_of(seed, 6, 10, budget=0.0)
    assert choose(task, judge, exact_cases=limit)[0].chosen == frozenset()
    task.cost[2] = 0.0
    base = judge.losses([(frozenset(), np.arange(10))])[0].mean()
    useful = judge.losses([(frozenset({2}), np.arange(10))])[0].mean() < base - 1e-12
    assert choose(task, judge, exact_cases=limit)[0].chosen == (
        frozenset({2}) if useful else frozenset()
    )


@given(seed=st.integers(0, 10_000), limit=st.sampled_from([0, 20_000]))
@settings(max_examples=30, deadline=None)
def test_the_order_of_measures_does_not_matter(seed: int, limit: int) -> None:
    judge, task = Covering(seed, 7, 10), task_of(seed, 7, 10)
    choice, _ = choose(task, judge, exact_cases=limit)
    turned = Covering(seed, 7, 10)
    turned.takes = turned.takes[::-1]
    other = Task(cost=task.cost[::-1].copy(), emissions=task.emissions[::-1].copy(),
                 chance=task.chance, budget=task.budget)  # fmt: skip
    assert choose(other, turned, exact_cases=limit)[0].value == pytest.approx(choice.value)


@given(seed=st.integers(0, 10_000), limit=st.sampled_from([0, 20_000]))
@settings(max_examples=30, deadline=None)
def test_what_clashes_is_never_taken_together_and_what_is_required_is(
    seed: int, limit: int
) -> None:
    clash = np.zeros((7, 7), bool)
    clash[0, 1] = clash[1, 0] = clash[2, 3] = clash[3, 2] = True
    judge = Covering(seed, 7, 10)
    task = task_of(seed, 7, 10, budget=40.0, clash=clash, required=frozenset({1, 4}))
    choice, _ = choose(task, judge, exact_cases=limit)
    assert {1, 4} <= choice.chosen
    assert 0 not in choice.chosen
    assert not {2, 3} <= choice.chosen


def test_what_saves_nothing_is_not_bought() -> None:
    judge = Covering(3, 6, 10)
    judge.takes[4:] = False
    for limit in (0, 20_000):
        choice, _ = choose(task_of(3, 6, 10, budget=100.0), judge, exact_cases=limit)
        assert choice.chosen <= frozenset(range(4))


def test_measures_that_only_help_together_are_noticed() -> None:
    class Pair:
        """Two that are worth little alone, and much together."""

        def losses(self, questions: Any) -> list[Any]:
            """Return 10, 9 with one, 0 with both."""
            return [np.full(len(w), {0: 10.0, 1: 9.0, 2: 0.0}[len(s)]) for s, w in questions]

    task = Task(cost=np.ones(2), emissions=np.zeros(2), chance=np.ones(1), budget=2.0)
    choice, _ = choose(task, Pair(), exact_cases=0)
    assert choice.helped > 0
    assert choice.value == 0.0


@given(
    losses=st.lists(st.floats(0, 1e6), min_size=1, max_size=20),
    tail=st.floats(0.01, 1.0),
)
def test_the_worst_are_never_better_than_the_mean(losses: list[float], tail: float) -> None:
    chance = np.full(len(losses), 1 / len(losses))
    worst = tail_mean(np.array(losses), chance, tail)
    assert worst >= np.mean(losses) - 1e-6
    assert worst <= max(losses) + 1e-6


@given(seed=st.integers(0, 10_000))
@settings(max_examples=20, deadline=None)
def test_a_knapsack_of_parts_is_a_linear_programme(seed: int) -> None:
    rng = np.random.default_rng(seed)
    gain, cost = rng.normal(1, 1, 6), rng.random(6)
    cost[0] = 0.0
    budget = 1.0
    best = linprog(-gain, A_ub=[cost], b_ub=[budget], bounds=[(0, 1)] * 6)
    assert knapsack(gain, cost, budget) == pytest.approx(-float(best.fun or 0.0), abs=1e-9)


def test_sets_that_can_be_paid_are_all_listed() -> None:
    task = Task(cost=np.array([1.0, 2.0, 3.0]), emissions=np.zeros(3), chance=np.ones(1), budget=3)
    assert affordable(task, 100) == [
        frozenset(), frozenset({0}), frozenset({1}), frozenset({2}), frozenset({0, 1}),
    ]  # fmt: skip
    assert affordable(task, 4) is None


@given(seed=st.integers(0, 10_000), limit=st.sampled_from([0, 20_000]), share=st.floats(0, 1))
@settings(max_examples=30, deadline=None)
def test_what_is_reserved_is_not_spent_on_others(seed: int, limit: int, share: float) -> None:
    mine = np.arange(7) < 3
    judge, free = Covering(seed, 7, 10), task_of(seed, 7, 10)
    task = task_of(seed, 7, 10, caps=((~mine, (1 - share) * free.budget),))
    choice, _ = choose(task, judge, exact_cases=limit)
    spent = sum(task.cost[m] for m in choice.chosen if not mine[m])
    assert spent <= (1 - share) * free.budget * (1 + 1e-9)
    if limit:
        assert choice.value >= choose(free, judge)[0].value - 1e-12


class Dosed(Covering):
    """Measures in four parts: each takes a growing share of some harms away."""

    def losses(self, questions: Any) -> list[Any]:
        """Return what is left: with k of 4 parts √(k / 4) of a harm is taken."""
        answers = []
        for chosen, cases in questions:
            level = np.bincount([m // 4 for m in chosen], minlength=len(self.takes)) / 4
            left = np.min(np.where(self.takes, 1 - np.sqrt(level)[:, None], 1.0), axis=0)
            answers.append(self.harm[cases] @ left)
        return answers


@given(seed=st.integers(0, 10_000), limit=st.sampled_from([0, 50_000]))
@settings(max_examples=20, deadline=None)
def test_parts_are_taken_in_their_order(seed: int, limit: int) -> None:
    count = 3
    whole = task_of(seed, count, 8)
    after = np.array([-1 if k == 0 else 4 * m + k - 1 for m in range(count) for k in range(4)])
    cost = np.repeat(whole.cost / 4, 4)
    task = Task(
        cost=cost, emissions=np.zeros(4 * count), chance=whole.chance, budget=whole.budget * 1.5,
        after=after,
    )  # fmt: skip
    choice, known = choose(task, Dosed(seed, count, 8), exact_cases=limit)
    for one in choice.chosen:
        assert after[one] == -1 or after[one] in choice.chosen
    assert task.price(choice.chosen) <= task.budget * (1 + 1e-9)
    assert choice.bound <= choice.value + 1e-12
    if limit:
        best, _ = choose(task, Dosed(seed, count, 8), exact_cases=0)
        assert choice.exact
        assert choice.value <= best.value + 1e-12
        assert best.bound <= choice.value + 1e-9
    assert known.value(choice.chosen) == choice.value
