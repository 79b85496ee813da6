"""Survival: a programme for scipy apart from ours, targets that hold, laws."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from catenary.maths.survival import LONGEST, Sites, impacts, survival, targets

pytestmark = pytest.mark.part("8.4")

SEEDS = st.integers(0, 10**6)


def drawn(seed: int, size: int = 6) -> Sites:
    """Return a random chain in which what nobody uses goes to customers."""
    rng = np.random.default_rng(seed)
    kind = np.sort(rng.integers(0, 3, size))  # product of each node, 0 = first stage
    slots: list[tuple[int, int]] = []
    links: list[tuple[int, int]] = []
    for j in range(size):
        for product in range(kind[j]):
            makers = np.flatnonzero(kind == product)
            if len(makers) and rng.random() < 0.8:
                slots.append((j, product))
                some = rng.choice(makers, rng.integers(1, len(makers) + 1), replace=False)
                links += [(int(i), len(slots) - 1) for i in some]
    supplier, slot = np.array(links, dtype=np.int64).reshape(-1, 2).T
    count = len(slots)
    return Sites(
        capacity=rng.uniform(1, 4, size), ready=rng.uniform(0, 6, size),
        demand=np.where(np.isin(np.arange(size), supplier), 0.0, rng.uniform(0, 1, size)),
        supplier=supplier, slot=slot, holder=np.array([j for j, _ in slots], dtype=np.int64),
        amount=rng.uniform(0.2, 1.0, count), stock=rng.uniform(0, 8, count),
    )  # fmt: skip


def by_scipy(s: Sites, stopped: int, time: float | None) -> float:
    """Return the survival time, or what is lost in a time, by a programme apart from ours."""
    N, A, M = len(s.capacity), len(s.supplier), len(s.stock)  # noqa: N806
    width = N + A + (1 if time is None else N)
    rows, right = [], []
    for m in range(M):
        row = np.zeros(width)
        row[s.holder[m]] += s.amount[m]
        row[N + np.flatnonzero(s.slot == m)] -= 1
        rows.append(row)
        right.append(s.stock[m])
    for n in range(N):
        row = np.zeros(width)
        row[N + np.flatnonzero(s.supplier == n)] += 1
        row[n] -= 1
        if time is None:
            row[-1] = s.demand[n]
        else:
            row[N + A + n] = -1
        rows.append(row)
        right.append(s.ready[n] - (0 if time is None else s.demand[n] * time))
        row = np.zeros(width)
        row[n] = 1
        if n != stopped and time is None:
            row[-1] = -s.capacity[n]
        rows.append(row)
        right.append(0.0 if n == stopped or time is None else s.capacity[n] * time)
    cost = np.zeros(width)
    cost[-1 if time is None else slice(N + A, None)] = -1.0 if time is None else 1.0
    bounds: list[tuple[float, float | None]]
    bounds = [(0.0, None)] * (width - 1) + [(0.0, LONGEST if time is None else None)]
    if time is not None:  # nobody can go without more than was asked
        bounds = [(0.0, None)] * (N + A) + [(0.0, float(d) * time) for d in s.demand]
    found = linprog(cost, np.array(rows), right, bounds=bounds, method="highs")
    return float(found.fun or 0.0) * (-1 if time is None else 1)


@settings(deadline=None, max_examples=25)
@given(seed=SEEDS)
def test_survival_is_what_an_independent_programme_says(seed: int) -> None:
    sites = drawn(seed)
    expected = np.array([by_scipy(sites, n, None) for n in range(6)])
    found = np.minimum(survival(sites), LONGEST)
    np.testing.assert_allclose(found, expected, rtol=1e-8, atol=1e-7)


@settings(deadline=None, max_examples=25)
@given(seed=SEEDS, days=st.floats(1, 30))
def test_what_is_lost_is_what_an_independent_programme_says(seed: int, days: float) -> None:
    sites = drawn(seed)
    found = impacts(sites, np.full(6, days), np.ones(6))
    expected = [by_scipy(sites, n, days) for n in range(6)]
    np.testing.assert_allclose(found, expected, rtol=1e-8, atol=1e-6)


@settings(deadline=None, max_examples=25)
@given(seed=SEEDS, days=st.floats(1, 30))
def test_with_the_targets_everything_survives_as_long_as_asked(seed: int, days: float) -> None:
    sites = drawn(seed)
    rng = np.random.default_rng(seed)
    price, finished = rng.uniform(0.1, 1, len(sites.stock)), rng.uniform(1, 5, 6)
    more, ready, dearer = targets(sites, np.full(6, days), price, finished)
    kept = replace(sites, stock=sites.stock + more, ready=sites.ready + ready)
    assert (survival(kept) >= days * (1 - 1e-6)).all()
    np.testing.assert_allclose(impacts(kept, np.full(6, days), np.ones(6)), 0, atol=1e-6)
    cost = float(price @ more + finished @ ready)
    if (survival(sites) >= days).all():
        assert cost == pytest.approx(0, abs=1e-6)
    step = 1e-4  # a day more for everybody costs what the prices add up to, or more
    longer = targets(sites, np.full(6, days + step), price, finished)
    after = float(price @ longer[0] + finished @ longer[1])
    assert after - cost >= step * dearer.sum() - 1e-6


@settings(deadline=None, max_examples=25)
@given(seed=SEEDS, more=st.floats(0, 5))
def test_more_stock_never_shortens_survival_and_longer_stops_never_cost_less(
    seed: int, more: float
) -> None:
    sites = drawn(seed)
    richer = replace(sites, stock=sites.stock + more)
    assert (survival(richer) >= survival(sites) - 1e-6).all()
    short, long = (impacts(sites, np.full(6, d), np.ones(6)) for d in (5.0, 5.0 + more))
    assert (long >= short - 1e-6).all()


@settings(deadline=None, max_examples=25)
@given(seed=SEEDS)
def test_nothing_is_lost_until_survival_ends(seed: int) -> None:
    sites = drawn(seed)
    days = survival(sites)
    finite = np.flatnonzero(np.isfinite(days) & (days > 0))
    before = impacts(sites, days[finite], np.ones(6), finite)
    np.testing.assert_allclose(before, 0, atol=1e-5)
    after = impacts(sites, days[finite] * 1.01 + 0.01, np.ones(6), finite)
    assert (after > 0).all()
