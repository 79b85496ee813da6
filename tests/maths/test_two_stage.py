"""Measures chosen before anybody knows: an independent programme, closed forms and laws."""

from __future__ import annotations

from dataclasses import replace
from itertools import product as every
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from two_stage_oracle import naive

from catenary.errors import ComputationError, DataError, OptionError
from catenary.maths.two_stage import (
    Option,
    Rules,
    Search,
    TwoStage,
    evaluate,
    knowing,
    objective_of,
    solve,
    tail_mean,
    values,
)
from catenary.maths.two_stage_network import blocks_of

pytestmark = pytest.mark.part("8.2")

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

SEEDS = st.integers(0, 10**6)


def drawn(seed: int, *, measures: int = 4, scenarios: int = 3, **given: object) -> TwoStage:
    """Return a random network of a few products in several stages that hang together in parts."""
    rng = np.random.default_rng(seed)
    of = np.sort(rng.integers(0, 4, int(rng.integers(4, 8))))  # product of every producer
    firms, span = len(of), int(rng.integers(1, 4))
    days = rng.uniform(2, 20, span)
    supplier, buyer = [], []
    for f, j in every(range(firms), range(firms)):
        if of[f] < of[j] and rng.random() < 0.6:
            supplier.append(f)
            buyer.append(j)
    flow = rng.uniform(0.5, 3, len(supplier))
    keys = [(int(of[f]), j) for f, j in zip(supplier, buyer, strict=True)]
    slots = sorted(set(keys))
    final = np.where(rng.random(firms) < 0.6, rng.uniform(0.5, 4, firms), 0.0)
    output = final + np.bincount(supplier, flow, firms) + rng.choice([0.1, 0.5], firms)
    shape = (scenarios, firms, span)
    loss = np.where(rng.random(shape) < 0.35, rng.uniform(0, 1, shape), 0.0)
    lost = loss * output[:, None] * days
    over = rng.choice([1.0, 1.2])
    wanted = np.broadcast_to(final[:, None] * days, shape).copy()
    if rng.random() < 0.3:
        wanted *= rng.choice([0.7, 1.0, 1.3], shape)
    options = []
    for m in range(measures):
        some = np.sort(rng.choice(firms, rng.integers(1, 3), replace=False))
        kind = rng.integers(0, 3)
        added = rng.uniform(0, 0.5, (1, len(some), span)) * (output[some, None] * days)
        taken = np.sort(rng.choice(len(slots), min(2, len(slots)), replace=False))
        options.append(
            Option(
                name=f"measure {m}", cost=float(rng.uniform(1, 5)),
                co2e=float(rng.uniform(0, 2)), producers=some,
                added=added if kind == 0 else None,
                averted=rng.uniform(0.3, 1) * lost[:, some] if kind == 1 else None,
                slots=taken if kind == 2 else np.zeros(0, int),
                stock=rng.uniform(0, 20, len(taken)) if kind == 2 else np.zeros(0),
            )
        )  # fmt: skip
    parts: dict[str, object] = {
        "supplier": np.array(supplier, int), "flow": flow,
        "slot": np.array([slots.index(key) for key in keys], int),
        "buyer": np.array([j for _, j in slots], int),
        "criticality": rng.choice([1.0, 1.0, 0.5, 0.0], len(slots)),
        "stock": rng.choice([0.0, 5.0, 20.0], len(slots)) * rng.uniform(0.5, 1, len(slots)),
        "output": output, "days": days, "able": (output[:, None] * days - lost) * over,
        "lost": lost * over, "final": wanted, "weight": rng.uniform(0.5, 2, firms),
        "chance": rng.dirichlet(np.ones(scenarios)), "options": tuple(options),
        "counted": str(rng.choice(["unmet", "unmet", "output"])),
        "substitution": float(rng.choice([np.inf, np.inf, 1.0, 1.5])),
        "closing": float(rng.choice([0.0, 0.0, 0.5])),
    }  # fmt: skip
    return TwoStage(**{**parts, **given})  # type: ignore[arg-type]


def enumerated(problem: TwoStage, rules: Rules) -> float:
    """Return the least objective over all sets of measures."""
    cases, best = len(problem.chance), np.inf
    for bits in every([0.0, 1.0], repeat=len(problem.options)):
        chosen = np.array(bits)
        if problem.cost @ chosen > rules.budget or any(not chosen[m] for m in rules.required):
            continue
        if any(chosen[list(group)].sum() > 1 for group in rules.exclusive):
            continue
        losses = np.array([naive(problem, chosen, w) for w in range(cases)])
        best = min(best, objective_of(problem, rules, chosen, losses))
    return best


def rules_of(seed: int, problem: TwoStage) -> Rules:
    """Return random rules that something satisfies."""
    rng = np.random.default_rng(seed + 1)
    return Rules(
        budget=float(rng.uniform(0, 0.8) * problem.cost.sum()),
        aversion=float(rng.choice([0.0, 0.7])), tail=float(rng.choice([0.3, 0.6])),
        worth=float(rng.choice([1.0, 50.0])), carbon_price=float(rng.choice([0.0, 0.4])),
        exclusive=((0, 1),) if rng.random() < 0.5 else (),
    )  # fmt: skip


@settings(max_examples=25, deadline=None)
@given(SEEDS)
def test_losses_equal_those_of_an_independent_programme(seed: int) -> None:
    problem = drawn(seed)
    rng = np.random.default_rng(seed)
    chosen = rng.choice([0.0, 0.4, 1.0], len(problem.options))
    wanted = [naive(problem, chosen, w) for w in range(len(problem.chance))]
    assert np.allclose(evaluate(problem, chosen), wanted, rtol=1e-8, atol=1e-8)


@settings(max_examples=12, deadline=None)
@given(SEEDS, st.sampled_from(["extensive", "cuts"]))
def test_the_best_set_equals_enumeration(seed: int, method: str) -> None:
    problem = drawn(seed)
    rules = rules_of(seed, problem)
    best = solve(problem, rules, method=method)  # type: ignore[arg-type]
    wanted = enumerated(problem, rules)
    assert best.objective == pytest.approx(wanted, rel=1e-8, abs=1e-8)
    assert best.bound == pytest.approx(wanted, rel=1e-8, abs=1e-8)
    assert problem.cost @ best.chosen <= rules.budget * (1 + 1e-9)


@settings(max_examples=10, deadline=None)
@given(SEEDS)
def test_knowing_and_thinking_of_all_scenarios_never_cost(seed: int) -> None:
    problem = drawn(seed)
    rules = replace(rules_of(seed, problem), carbon_price=0.0)
    search = Search(problem, rules)
    best = search.best()
    found = knowing(search, best)
    cases = len(problem.chance)
    alone = [
        enumerated(_only(problem, w), replace(rules, aversion=0.0, worth=1.0)) for w in range(cases)
    ]
    wanted = objective_of(problem, rules, np.zeros(len(problem.options)), np.array(alone))
    assert found.known == pytest.approx(wanted, rel=1e-8, abs=1e-8)
    assert found.exact
    assert found.known <= best.objective + 1e-8 * abs(best.objective)
    mean_set = found.by_mean.astype(float)
    by_mean = objective_of(problem, rules, mean_set, evaluate(problem, mean_set))
    assert by_mean >= best.objective - 1e-8 * abs(best.objective)
    assert found.vss == pytest.approx(by_mean - best.objective, rel=1e-6, abs=1e-8 * rules.worth)


def _only(problem: TwoStage, w: int) -> TwoStage:
    """Return the problem in which one scenario is sure."""

    def one(array: Array) -> Array:
        return array if len(array) == 1 else array[w : w + 1]

    def of(array: Array | None) -> Array | None:
        return None if array is None else one(array)

    options = tuple(replace(o, added=of(o.added), averted=of(o.averted)) for o in problem.options)
    return replace(problem, able=one(problem.able), lost=one(problem.lost), chance=np.ones(1),
                   final=one(problem.final), options=options)  # fmt: skip


@settings(max_examples=8, deadline=None)
@given(SEEDS)
def test_the_value_of_a_measure_is_what_enumeration_without_it_says(seed: int) -> None:
    problem = drawn(seed, measures=3)
    rules = rules_of(seed, problem)
    search = Search(problem, rules)
    best = search.best()
    for m, value in enumerate(values(search, best)):
        if best.chosen[m]:
            others = tuple(o for k, o in enumerate(problem.options) if k != m)
            groups = tuple(tuple(k - (k > m) for k in g if k != m) for g in rules.exclusive)
            wanted = enumerated(replace(problem, options=others), replace(rules, exclusive=groups))
        else:
            wanted = enumerated(problem, replace(rules, required=(m,)))
        rise = wanted - best.objective
        assert value == pytest.approx(rise, rel=1e-6, abs=1e-7 * max(1, abs(best.objective)))


@settings(max_examples=15, deadline=None)
@given(SEEDS)
def test_more_budget_is_never_worse_and_none_is_the_baseline(seed: int) -> None:
    problem = drawn(seed)
    rules = rules_of(seed, problem)
    search = Search(problem, rules)
    ladder = [
        solve(problem, replace(rules, budget=share * problem.cost.sum())) for share in (0, 0.4, 1)
    ]
    room = 1e-8 * max(1, abs(ladder[0].objective))
    assert ladder[0].objective >= ladder[1].objective - room
    assert ladder[1].objective >= ladder[2].objective - room
    assert not ladder[0].chosen.any()
    assert np.allclose(ladder[0].losses, search.losses(np.zeros(len(problem.options))))
    for best in ladder:
        mean = problem.chance @ best.losses
        assert tail_mean(best.losses, problem.chance, rules.tail) >= mean * (1 - 1e-12)


@settings(max_examples=15, deadline=None)
@given(SEEDS)
def test_a_free_measure_that_helps_is_taken_and_one_that_does_nothing_is_not(seed: int) -> None:
    problem = drawn(seed)
    firms, span = problem.able.shape[1:]
    free = Option(
        name="free", cost=0.0, producers=np.arange(firms), averted=np.ones((1, firms, span)) * 0.1
    )
    idle = Option(
        name="idle", cost=0.0, producers=np.arange(firms), added=np.zeros((1, firms, span))
    )
    problem = replace(problem, options=(*problem.options, free, idle))
    best = solve(problem, Rules(budget=0.0))
    without = evaluate(problem, np.zeros(len(problem.options)))
    kept = [*np.zeros(len(problem.options) - 2), 1.0, 0.0]
    helps = problem.chance @ evaluate(problem, np.array(kept)) < problem.chance @ without - 1e-6
    assert best.chosen.tolist() == [*[False] * (len(problem.options) - 2), helps, False]


@settings(max_examples=12, deadline=None)
@given(SEEDS)
def test_the_order_of_producers_scenarios_and_measures_changes_nothing(seed: int) -> None:
    problem = drawn(seed)
    rules = replace(rules_of(seed, problem), exclusive=())
    rng = np.random.default_rng(seed)
    n, w, k, m, e = (
        rng.permutation(len(one))
        for one in (problem.output, problem.chance, problem.buyer, problem.options, problem.flow)
    )
    new_n, new_k = np.argsort(n), np.argsort(k)

    def moved(array: Array | None) -> Array | None:
        return array if array is None or len(array) == 1 else array[w]

    options = tuple(
        replace(o, producers=new_n[o.producers], slots=new_k[o.slots], added=moved(o.added),
                averted=moved(o.averted))
        for o in (problem.options[one] for one in m)
    )  # fmt: skip
    other = replace(
        problem, supplier=new_n[problem.supplier[e]], slot=new_k[problem.slot[e]],
        flow=problem.flow[e], buyer=new_n[problem.buyer[k]], stock=problem.stock[k],
        criticality=problem.criticality[k], output=problem.output[n], weight=problem.weight[n],
        able=problem.able[w][:, n], lost=problem.lost[w][:, n], final=problem.final[w][:, n],
        chance=problem.chance[w], options=options,
    )  # fmt: skip
    here, there = solve(problem, rules), solve(other, rules)
    assert there.objective == pytest.approx(here.objective, rel=1e-8, abs=1e-9)
    chosen = rng.choice([0.0, 1.0], len(m))
    assert np.allclose(evaluate(problem, chosen)[w], evaluate(other, chosen[m]), atol=1e-9)


def mill(*, scenarios: int = 1, options: tuple[Option, ...] = (), **given: object) -> TwoStage:
    """Return a mill that feeds a baker for 30 days in three periods; it stops in the first two."""
    able = np.full((scenarios, 2, 3), 10.0)
    able[:, 0, :2] = 0.0
    parts: dict[str, object] = {
        "supplier": np.array([0]), "slot": np.array([0]), "flow": np.array([1.0]),
        "buyer": np.array([1]), "criticality": np.ones(1), "stock": np.array([4.0]),
        "output": np.ones(2), "days": np.full(3, 10.0), "able": able, "lost": 10.0 - able,
        "final": np.array([[[0.0] * 3, [10.0] * 3]]), "weight": np.ones(2),
        "chance": np.full(scenarios, 1 / scenarios), "options": options,
    }  # fmt: skip
    return TwoStage(**{**parts, **given})  # type: ignore[arg-type]


def test_one_chain_has_closed_forms() -> None:
    assert evaluate(mill(), np.zeros(0))[0] == pytest.approx(16.0)  # 20 days less 4 of stock
    half = mill(criticality=np.array([0.5]))
    assert evaluate(half, np.zeros(0))[0] == pytest.approx(8.0)  # half of 20 less 4 of stock
    assert evaluate(mill(closing=1.0), np.zeros(0))[0] == pytest.approx(20.0)
    stock = Option(name="stock", cost=3.0, slots=np.array([0]), stock=np.array([6.0]))
    second = Option(name="second mill", cost=4.0, producers=np.array([0]),
                    added=np.full((1, 1, 3), 5.0))  # fmt: skip
    problem = mill(options=(stock, second))
    assert evaluate(problem, np.array([1.0, 0.0]))[0] == pytest.approx(10.0)
    assert evaluate(problem, np.array([0.0, 1.0]))[0] == pytest.approx(6.0)
    assert evaluate(problem, np.array([1.0, 1.0]))[0] == pytest.approx(0.0, abs=1e-9)
    best = solve(problem, Rules(budget=5.0))
    assert best.chosen.tolist() == [False, True]
    assert best.objective == pytest.approx(6.0)
    # the second mill, and a third of the stock: 2 of 6 days for 1 of budget
    assert best.marginal == pytest.approx(2.0)


def test_measures_avert_no_more_than_is_lost() -> None:
    guard = [
        Option(name=name, cost=1.0, producers=np.array([0]),
               averted=np.array([[[7.0, 7.0, 0.0]]]))
        for name in ("guard", "twin")
    ]  # fmt: skip
    problem = mill(options=tuple(guard))
    assert evaluate(problem, np.array([1.0, 0.0]))[0] == pytest.approx(2.0)
    assert evaluate(problem, np.ones(2))[0] == pytest.approx(0.0, abs=1e-9)
    assert problem.able[0, 0, 0] + 14 > 10


@settings(max_examples=10, deadline=None)
@given(SEEDS)
def test_producers_that_hang_together_with_nobody_hit_change_nothing(seed: int) -> None:
    one, other = drawn(seed, substitution=np.inf), drawn(seed + 1, substitution=np.inf)
    span = len(one.days)
    calm = other.output[None, :, None] * one.days
    firms, shelves = len(one.output), len(one.buyer)
    still = np.maximum(other.output - np.bincount(other.supplier, other.flow, len(other.output)), 0)
    both = replace(
        one,
        supplier=np.concatenate([one.supplier, other.supplier + firms]),
        slot=np.concatenate([one.slot, other.slot + shelves]),
        flow=np.concatenate([one.flow, other.flow]),
        buyer=np.concatenate([one.buyer, other.buyer + firms]),
        criticality=np.concatenate([one.criticality, other.criticality]),
        stock=np.concatenate([one.stock, other.stock]),
        output=np.concatenate([one.output, other.output]),
        weight=np.concatenate([one.weight, other.weight]),
        able=np.concatenate([one.able, np.repeat(calm, len(one.chance), 0)], axis=1),
        lost=np.concatenate([one.lost, np.zeros((len(one.chance), len(still), span))], axis=1),
        final=np.concatenate(
            [one.final, np.repeat((still[:, None] * one.days)[None], len(one.chance), 0)], axis=1
        ),
    )
    chosen = np.zeros(len(one.options))
    alone = evaluate(one, chosen)
    # the independent programme leaves nobody out
    assert np.allclose([naive(both, chosen, w) for w in range(len(alone))], alone, atol=1e-8)
    assert np.allclose(evaluate(both, chosen), alone, atol=1e-9)
    blocks, _ = blocks_of(both)
    assert all((block.part.producers < firms).all() for block in blocks)


def test_rules_that_contradict_each_other_are_named() -> None:
    options = tuple(
        Option(name=name, cost=cost, slots=np.array([0]), stock=np.array([6.0]))
        for name, cost in (("near", 3.0), ("far", 2.0))
    )
    problem = mill(options=options)
    with pytest.raises(ComputationError, match=r"near is required.*contradict") as error:
        solve(problem, Rules(budget=2.0, required=(0,)))
    assert "the budget" in str(error.value)
    with pytest.raises(ComputationError, match="only one of near and far"):
        solve(problem, Rules(required=(0, 1), exclusive=((0, 1),)))


def test_wrong_numbers_are_refused() -> None:
    with pytest.raises(DataError, match="stock has the shape"):
        mill(stock=np.zeros(2))
    with pytest.raises(DataError, match="below 0"):
        mill(lost=np.full((1, 2, 3), -1.0))
    with pytest.raises(DataError, match="add up to"):
        mill(chance=np.array([0.5]))
    with pytest.raises(DataError, match="makes nothing"):
        mill(output=np.array([1.0, 0.0]))
    with pytest.raises(OptionError, match="substitution"):
        mill(substitution=0.5)
    with pytest.raises(OptionError, match="tail"):
        Rules(tail=0.0)
    with pytest.raises(OptionError, match="budget"):
        Rules(budget=-1.0)
    twice = Option(name="twice", cost=1.0, slots=np.array([0, 0]), stock=np.ones(2))
    with pytest.raises(DataError, match="twice"):
        mill(options=(twice,))


def test_threads_change_nothing() -> None:
    problem = drawn(5, scenarios=6)
    rules = Rules(budget=float(problem.cost.sum() / 2), aversion=0.5, tail=0.4)
    alone = solve(problem, rules, method="cuts")
    shared = solve(problem, rules, method="cuts", workers=2)
    assert shared.objective == pytest.approx(alone.objective, rel=1e-9)
    assert (shared.chosen == alone.chosen).all()
