from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings

from catenary.errors import CatenaryError, DataError
from catenary.maths.gravity import armington
from catenary.maths.gravity_regression import regress

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Deficits = Literal["additive", "multiplicative"]

pytestmark = pytest.mark.part("7.2")


def drawn_flows(seed: int, zeros: float) -> tuple[Array, Array, list[Any], Any]:
    """Return flows of a few countries over three years, two terms, effects and pairs."""
    rng = np.random.default_rng(seed)
    count, years = int(rng.integers(4, 8)), 3
    i, j, year = (a.ravel() for a in np.indices((count, count, years)))
    terms = np.column_stack([rng.normal(0, 1, len(i)), (i != j) * rng.random(len(i))])
    size = rng.normal(0, 1, (2, count, years))
    mean = np.exp(terms @ [0.7, -1.2] + size[0, i, year] + size[1, j, year])
    flow = mean * rng.lognormal(0, 0.5, len(i)) * (rng.random(len(i)) > zeros)
    pair = np.minimum(i, j) * count + np.maximum(i, j)
    return flow, terms, [i * years + year, j * years + year], pair


def with_dummies(flow: Array, terms: Array, effects: list[Any]) -> Array:
    """Return the estimates of a Poisson regression with every dummy, by Newton's method."""
    dummies = [(effect[:, None] == np.unique(effect)).astype(float) for effect in effects]
    design = np.column_stack([terms, dummies[0], *(block[:, 1:] for block in dummies[1:])])
    beta = np.zeros(design.shape[1])
    beta[terms.shape[1] :] = 0.0
    beta[terms.shape[1] : terms.shape[1] + dummies[0].shape[1]] = np.log(flow.mean())

    def likelihood(b: Array) -> float:
        index = np.clip(design @ b, -300, 300)
        return float(flow @ index - np.exp(index).sum())

    for _ in range(500):
        mean = np.exp(design @ beta)
        step = np.linalg.lstsq(
            design.T @ (design * mean[:, None]), design.T @ (flow - mean), rcond=None
        )[0]
        size = 1.0
        while likelihood(beta + size * step) < likelihood(beta) and size > 1e-12:
            size /= 2
        beta = beta + size * step
        if np.abs(size * step).max() < 1e-12:
            break
    estimates: Array = beta[: terms.shape[1]]
    return estimates


@given(st.integers(0, 10_000), st.sampled_from([0.0, 0.2]))
@settings(max_examples=20)
def test_estimates_are_those_with_every_dummy(seed: int, zeros: float) -> None:
    flow, terms, effects, pair = drawn_flows(seed, zeros)
    for effect in effects:  # a dummy without any flow has no estimate
        flow = np.where(np.bincount(effect, flow)[effect] > 0, flow, 1e-3)
    found = regress(flow, terms, effects, pair)
    np.testing.assert_allclose(found.coefficients, with_dummies(flow, terms, effects), atol=1e-6)


@given(st.integers(0, 10_000), st.sampled_from([0.0, 0.3]), st.sampled_from([0, 1]))
@settings(max_examples=30)
def test_expected_flows_add_up_to_flows_in_every_group(seed: int, zeros: float, pairs: int) -> None:
    # Fally (2015): this makes fixed effects the multilateral resistances of theory
    flow, terms, effects, pair = drawn_flows(seed, zeros)
    effects = [*effects, pair] if pairs else effects
    found = regress(flow, terms, effects, pair)
    gap = np.where(found.kept, flow - found.fitted, 0)
    for effect in effects:
        np.testing.assert_allclose(np.bincount(effect, gap), 0, atol=1e-5 * flow.sum())
    np.testing.assert_allclose(terms.T @ gap, 0, atol=1e-5 * flow.sum())
    assert not flow[~found.kept].any()


@given(st.integers(0, 10_000), st.floats(1e-6, 1e6))
@settings(max_examples=20)
def test_units_and_order_do_not_matter(seed: int, scale: float) -> None:
    flow, terms, effects, pair = drawn_flows(seed, 0.1)
    one = regress(flow, terms, effects, pair)
    order = np.random.default_rng(seed).permutation(len(flow))
    two = regress(
        flow[order] * scale, terms[order], [effect[order] for effect in effects], pair[order]
    )
    np.testing.assert_allclose(two.coefficients, one.coefficients, atol=1e-6)
    np.testing.assert_allclose(two.errors, one.errors, atol=1e-6)


def test_exact_flows_give_back_what_they_were_made_with_by_both_methods() -> None:
    _, terms, effects, pair = drawn_flows(1, 0)
    flow = np.exp(terms @ [0.5, -2.0] + 0.1 * effects[0] - 0.2 * effects[1])
    methods: list[Any] = ["ppml", "ols"]
    for method in methods:
        found = regress(flow, terms, effects, pair, method=method)
        np.testing.assert_allclose(found.coefficients, [0.5, -2.0], atol=1e-7)
        np.testing.assert_allclose(found.fitted, flow, rtol=1e-6)


def test_what_cannot_be_estimated_is_said() -> None:
    flow, terms, effects, pair = drawn_flows(2, 0)
    fixed = np.column_stack([terms[:, 0], effects[0]])
    cases: list[tuple[type[CatenaryError], str, Array, Array, list[Any]]] = [
        (DataError, "nothing of term 2", flow, fixed, effects),
        (DataError, "say the same", flow, np.column_stack([terms, 2 * terms[:, 0]]), effects),
        (DataError, "negative", flow - 100, terms, effects),
        (DataError, "no finite number", flow * np.nan, terms, effects),
        (DataError, "no observation is left", flow * 0, terms, effects),
        (DataError, "no fixed effects", flow, terms, []),
    ]  # fmt: skip
    for error, words, y, x, groups in cases:
        with pytest.raises(error, match=words):
            regress(y, x, groups, pair)


def test_groups_without_flows_and_of_one_are_left_out() -> None:
    flow, terms, effects, pair = drawn_flows(3, 0)
    empty = effects[0] == 0
    flow = np.where(empty, 0.0, flow)
    found = regress(flow, terms, effects, pair)
    assert not found.kept[empty].any()
    assert np.isnan(found.fitted[empty]).all()
    alone = regress(np.append(flow, 5.0), np.vstack([terms, [9, 9]]),
                    [np.append(e, 999) for e in effects], np.append(pair, 999))  # fmt: skip
    np.testing.assert_allclose(alone.coefficients, found.coefficients, atol=1e-8)
    assert not alone.kept[-1]


# --- Armington ----------------------------------------------------------------------------------


def by_hand(flows: Array, ease: Array, theta: float, deficits: Deficits) -> tuple[Array, Array]:
    """Return wages and prices of the one-sector equilibrium by the plainest iteration."""
    count = len(flows)
    made = [sum(flows[j][i] for j in range(count)) for i in range(count)]
    spent = [sum(flows[j][i] for i in range(count)) for j in range(count)]
    wage = [1.0] * count
    for _ in range(200_000):
        price = [
            sum(flows[j][i] / spent[j] * ease[j][i] * wage[i] ** -theta for i in range(count))
            ** (-1 / theta)
            for j in range(count)
        ]
        later = [
            wage[j] * spent[j]
            if deficits == "multiplicative"
            else wage[j] * made[j] + spent[j] - made[j]
            for j in range(count)
        ]
        sold = [
            sum(
                flows[j][i] / spent[j] * ease[j][i] * (wage[i] / price[j]) ** -theta * later[j]
                for j in range(count)
            )
            for i in range(count)
        ]
        new = [
            w * (s / (w * m)) ** (1 / (1 + theta)) for w, s, m in zip(wage, sold, made, strict=True)
        ]
        level = sum(w * m for w, m in zip(new, made, strict=True)) / sum(made)
        new = [w / level for w in new]
        done = max(abs(a - b) for a, b in zip(new, wage, strict=True)) < 1e-13
        wage = new
        if done:
            break
    return np.array(wage), np.array(price)


@given(st.integers(0, 10_000), st.sampled_from(["additive", "multiplicative"]), st.floats(2, 8))
@settings(max_examples=15)
def test_armington_is_what_the_plainest_iteration_finds(
    seed: int, deficits: Deficits, theta: float
) -> None:
    rng = np.random.default_rng(seed)
    count = int(rng.integers(2, 5))
    flows = rng.lognormal(0, 1, (count, count)) + 4 * np.eye(count)
    ease = np.exp(rng.normal(0, 0.4, (count, count)))
    found = armington(flows, ease, theta, deficits=deficits)
    wage, price = by_hand(flows, ease, theta, deficits)
    np.testing.assert_allclose(found.wage[0], wage, rtol=1e-8)
    np.testing.assert_allclose(found.price[0, 0, 0], price, rtol=1e-8)
    assert found.walras[0] <= 1e-10


def test_many_changes_at_once_and_a_ban() -> None:
    rng = np.random.default_rng(5)
    flows = rng.lognormal(0, 1, (4, 4)) + 4 * np.eye(4)
    ease = np.exp(rng.normal(0, 0.3, (6, 4, 4)))
    ease[3, 1, 2] = 0
    found = armington(flows, ease, 5.0)
    for place, one in enumerate(ease):
        np.testing.assert_allclose(
            found.real_income[place], armington(flows, one, 5.0).real_income[0], rtol=1e-9
        )
    assert found.flows[3, 0, 0, 1, 2] == 0
