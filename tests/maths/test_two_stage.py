"""Measures chosen before anybody knows: an independent programme, closed forms and laws."""

from __future__ import annotations

from dataclasses import replace
from itertools import product as every

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from catenary.errors import ComputationError, DataError, OptionError
from catenary.maths.two_stage import (
    Option,
    Rules,
    TwoStage,
    evaluate,
    objective_of,
    solve,
    tail_mean,
)

pytestmark = pytest.mark.part("8.2")

SEEDS = st.integers(0, 10**6)


def drawn(seed: int, *, measures: int = 4, scenarios: int = 3, **given: object) -> TwoStage:
    """Return a random network of a few products in several stages that hang together in parts."""
    rng = np.random.default_rng(seed)
    of = np.sort(rng.integers(0, 4, int(rng.integers(4, 8))))  # product of every producer
    N, T = len(of), int(rng.integers(1, 4))
    days = rng.uniform(2, 20, T)
    supplier, buyer = [], []
    for f, j in every(range(N), range(N)):
        if of[f] < of[j] and rng.random() < 0.6:
            supplier.append(f)
            buyer.append(j)
    flow = rng.uniform(0.5, 3, len(supplier))
    keys = [(int(of[f]), j) for f, j in zip(supplier, buyer, strict=True)]
    slots = sorted(set(keys))
    final = np.where(rng.random(N) < 0.6, rng.uniform(0.5, 4, N), 0.0)
    output = final + np.bincount(supplier, flow, N) + rng.choice([0.1, 0.5], N)
    shape = (scenarios, N, T)
    loss = np.where(rng.random(shape) < 0.35, rng.uniform(0, 1, shape), 0.0)
    lost = loss * output[:, None] * days
    over = rng.choice([1.0, 1.2])
    wanted = np.broadcast_to(final[:, None] * days, shape).copy()
    if rng.random() < 0.3:
        wanted *= rng.choice([0.7, 1.0, 1.3], shape)
    options = []
    for m in range(measures):
        some = np.sort(rng.choice(N, rng.integers(1, 3), replace=False))
        kind = rng.integers(0, 3)
        added = rng.uniform(0, 0.5, (1, len(some), T)) * (output[some, None] * days)
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
        "lost": lost * over, "final": wanted, "weight": rng.uniform(0.5, 2, N),
        "chance": rng.dirichlet(np.ones(scenarios)), "options": tuple(options),
        "counted": str(rng.choice(["unmet", "unmet", "output"])),
        "substitution": float(rng.choice([np.inf, np.inf, 1.0, 1.5])),
        "closing": float(rng.choice([0.0, 0.0, 0.5])),
    }  # fmt: skip
    return TwoStage(**{**parts, **given})  # type: ignore[arg-type]


def naive(problem: TwoStage, chosen: np.ndarray, w: int) -> float:
    """Return the least loss of a scenario by a programme of every delivery, in goods."""
    N, T = problem.able.shape[1:]
    E, K = len(problem.flow), len(problem.buyer)
    able, stock = problem.able[w].copy(), problem.stock.copy()
    averted = np.zeros_like(able)
    for y, option in zip(chosen, problem.options, strict=True):
        if option.added is not None:
            able[option.producers] += y * option.added[w if len(option.added) > 1 else 0]
        if option.averted is not None:
            averted[option.producers] += y * option.averted[w if len(option.averted) > 1 else 0]
        stock[option.slots] += y * option.stock
    able += np.minimum(averted, problem.lost[w])
    final = problem.final[w if len(problem.final) > 1 else 0]
    use = np.bincount(problem.slot, problem.flow, K)
    sizes = {"x": N, "u": N, "v": N, "y": E, "s": K, "i": K}
    at, first = {}, 0
    for name, size in sizes.items():
        at[name] = first + np.arange(size * T).reshape(size, T)
        first += size * T
    cost, upper = np.zeros(first), np.full(first, np.inf)
    lower = np.zeros(first)
    upper[at["x"]], upper[at["u"]] = able, final
    counts = "v" if problem.counted == "output" else "u"
    cost[at[counts]] = problem.weight[:, None]
    upper[at["y"]] = problem.substitution * problem.flow[:, None] * problem.days
    lower[at["s"][:, -1]] = problem.closing * problem.stock
    rows, most = [], []

    def limit(cells: dict[int, float], bound: float) -> None:
        row = np.zeros(first)
        for column, value in cells.items():
            row[column] += value
        rows.append(row)
        most.append(bound)

    for t in range(T):
        for f in range(N):
            sold = {int(at["y"][e, t]): 1.0 for e in np.flatnonzero(problem.supplier == f)}
            limit({**sold, int(at["x"][f, t]): -1.0, int(at["u"][f, t]): -1.0}, -final[f, t])
            usual = problem.output[f] * problem.days[t]
            limit({int(at["x"][f, t]): -1.0, int(at["v"][f, t]): -1.0}, -usual)
        for k in range(K):
            came = {int(at["y"][e, t]): -1.0 for e in np.flatnonzero(problem.slot == k)}
            cells = {**came, int(at["i"][k, t]): 1.0, int(at["s"][k, t]): 1.0}
            if t:
                cells[int(at["s"][k, t - 1])] = -1.0
            limit(cells, 0.0 if t else stock[k])
            j, c = problem.buyer[k], problem.criticality[k]
            if c > 0:
                a = use[k] / problem.output[j]
                limit({int(at["x"][j, t]): a, int(at["i"][k, t]): -c}, a * (1 - c) * able[j, t])
    bounds = np.column_stack([lower, upper])
    found = linprog(cost, np.array(rows), np.array(most), bounds=bounds, method="highs")
    assert found.status == 0
    return float(found.fun)


def enumerated(problem: TwoStage, rules: Rules) -> float:
    """Return the least objective over all sets of measures."""
    W, best = len(problem.chance), np.inf
    for bits in every([0.0, 1.0], repeat=len(problem.options)):
        chosen = np.array(bits)
        if problem.cost @ chosen > rules.budget or any(not chosen[m] for m in rules.required):
            continue
        if any(chosen[list(group)].sum() > 1 for group in rules.exclusive):
            continue
        losses = np.array([naive(problem, chosen, w) for w in range(W)])
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
