from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings

from catenary.errors import ComputationError
from catenary.maths.equilibrium import Barriers, Economy
from catenary.maths.equilibrium_effects import first_order
from catenary.maths.equilibrium_search import solve

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from catenary.maths.equilibrium import Equilibrium
    from catenary.maths.equilibrium_search import Deficits

    Array = NDArray[np.float64]
    Drawn = tuple[Economy, Array, np.random.Generator]

pytestmark = pytest.mark.part("7.1")


@st.composite
def economies(draw: st.DrawFn, *, uses: int | None = None) -> Drawn:
    """Draw an economy in equilibrium, its elasticities, and a source of further numbers."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    kinds = uses or draw(st.sampled_from([1, 2]))
    countries, products = draw(st.integers(2, 6)), draw(st.integers(1, 4))
    home = np.arange(countries)
    shares = rng.lognormal(0, 1.5, (kinds, products, countries, countries))
    shares[:, :, home, home] *= countries
    shares /= shares.sum(axis=-1, keepdims=True)
    tariffs = rng.uniform(0, 0.3, shares.shape)
    tariffs[:, :, home, home] = 0
    labour = rng.uniform(0.2, 0.9, (products, countries))
    inputs = rng.dirichlet(np.ones(products), (countries, products)) * (1 - labour.T[..., None])
    income = rng.lognormal(0, 1.0, countries)
    income /= income.sum()
    lent = rng.uniform(-0.1, 0.1, countries) * income
    tastes = rng.dirichlet(np.ones(products), countries).T
    theta = rng.uniform(1.0, 12.0, products)
    guess = Economy(
        shares=shares,
        tariffs=tariffs,
        inputs=inputs,
        labour=labour,
        tastes=tastes,
        income=income,
        deficit=lent - lent.sum() * income,
        spending=np.repeat((tastes * income)[None], kinds, axis=0),
    )
    found = solve(guess, Barriers(tariffs=tariffs), theta)
    assert found.residual[0] <= 1e-11
    return found.as_baseline(), theta, rng


def shocked(economy: Economy, rng: np.random.Generator, size: float = 0.3) -> Barriers:
    """Draw other tariffs, iceberg costs and productivities."""
    home = np.arange(len(economy.income))
    tariffs = np.maximum(0, economy.tariffs + size * rng.uniform(-1, 1, economy.tariffs.shape))
    iceberg = np.exp(size * rng.uniform(-1, 1, economy.tariffs.shape))
    for array, own in ((tariffs, 0.0), (iceberg, 1.0)):
        array[:, :, home, home] = own
    productivity = np.exp(size * rng.uniform(-1, 1, economy.labour.shape))
    return Barriers(tariffs=tariffs, iceberg=iceberg, productivity=productivity)


def gap_of(found: Equilibrium, barriers: Barriers, theta: Array) -> float:
    """Return the largest gap of the equations, written out one by one for one scenario."""
    old = found.economy
    uses, products, countries, _ = old.shares.shape
    iceberg = np.broadcast_to(np.asarray(barriers.iceberg), old.shares.shape)
    gaps = []
    sales, inputs = np.zeros((products, countries)), np.zeros((products, countries))
    revenue, lent = np.zeros(countries), np.zeros(countries)
    for n in range(countries):
        for j in range(products):
            cost = found.wage[0, n] ** old.labour[j, n]
            for k in range(products):
                cost *= found.price[0, 0, k, n] ** old.inputs[n, j, k]
            cost /= np.broadcast_to(np.asarray(barriers.productivity), old.labour.shape)[j, n]
            gaps.append(found.cost[0, j, n] / cost - 1)
            for u in range(uses):
                level, spent = found.spending[0, u, j, n], 0.0
                terms = []
                for i in range(countries):
                    before, after = old.tariffs[u, j, n, i], barriers.tariffs[u, j, n, i]
                    wedge = (1 + after) / (1 + before) * iceberg[u, j, n, i]
                    terms.append(
                        old.shares[u, j, n, i] * (wedge * found.cost[0, j, i]) ** -theta[j]
                    )
                price = sum(terms) ** (-1 / theta[j])
                gaps.append(found.price[0, u, j, n] / price - 1)
                for i in range(countries):
                    flow = terms[i] / sum(terms) * level / (1 + barriers.tariffs[u, j, n, i])
                    sales[j, i] += flow
                    revenue[n] += flow * barriers.tariffs[u, j, n, i]
                    lent[n] += flow
                    lent[i] -= flow
                    spent += flow * (1 + barriers.tariffs[u, j, n, i])
                gaps.append(spent - level)
    for n in range(countries):
        for k in range(products):
            inputs[k, n] = sum(old.inputs[n, j, k] * sales[j, n] for j in range(products))
        paid = sum(old.labour[j, n] * sales[j, n] for j in range(products))
        wages = found.wage[0, n] * old.income[n]
        gaps.append(paid - wages)
        income = wages + revenue[n] + found.deficit[0, n]
        gaps.append(lent[n] - found.deficit[0, n])
        for k in range(products):
            final = old.tastes[k, n] * income
            wanted = [inputs[k, n] + final] if uses == 1 else [inputs[k, n], final]
            gaps += [found.spending[0, u, k, n] - wanted[u] for u in range(uses)]
    gaps.append((found.wage[0] * old.income).sum() - 1)
    return float(np.abs(gaps).max())


@given(economies(), st.sampled_from(["fixed", "zero", "share"]))
@settings(max_examples=40)
def test_every_equation_holds_when_written_out(drawn: Drawn, deficits: Deficits) -> None:
    economy, theta, rng = drawn
    barriers = shocked(economy, rng)
    found = solve(economy, barriers, theta, deficits=deficits)
    assert found.residual[0] <= 1e-11
    assert found.walras[0] <= 1e-10
    assert gap_of(found, barriers, theta) <= 1e-10
    if deficits == "fixed":
        np.testing.assert_allclose(found.deficit[0], economy.deficit)
    if deficits == "zero":
        assert not found.deficit.any()
    if deficits == "share":
        world = (found.wage * economy.income + found.revenue).sum()
        before = (economy.income + economy.revenue).sum()
        np.testing.assert_allclose(found.deficit[0] / world, economy.deficit / before, atol=1e-14)


@given(economies())
@settings(max_examples=40)
def test_no_change_changes_nothing(drawn: Drawn) -> None:
    economy, theta, _ = drawn
    found = solve(economy, Barriers(tariffs=economy.tariffs), theta)
    for hat in (found.wage, found.cost, found.price, found.real_income, found.real_wage):
        np.testing.assert_allclose(hat, 1, atol=1e-9)
    np.testing.assert_allclose(found.shares[0], economy.shares, atol=1e-10)
    np.testing.assert_allclose(np.asarray(first_order(found).total), 0, atol=1e-9)


@given(economies())
@settings(max_examples=40)
def test_the_solution_does_not_depend_on_the_start(drawn: Drawn) -> None:
    economy, theta, rng = drawn
    barriers = shocked(economy, rng)
    one = solve(economy, barriers, theta)
    starts = rng.normal(0, 0.5, (3, len(economy.income)))
    for start in starts:
        other = solve(economy, barriers, theta, start=start)
        np.testing.assert_allclose(other.real_income, one.real_income, rtol=1e-8)
        np.testing.assert_allclose(other.flows, one.flows, atol=1e-8)


@given(economies())
@settings(max_examples=25)
def test_many_scenarios_at_once_are_each_what_it_is_alone(drawn: Drawn) -> None:
    economy, theta, rng = drawn
    each = [shocked(economy, rng) for _ in range(4)]
    thetas = theta * rng.uniform(0.7, 1.4, (4, len(theta)))
    several = Barriers(
        tariffs=np.stack([b.tariffs for b in each]),
        iceberg=np.stack([np.asarray(b.iceberg) for b in each]),
        productivity=np.stack([np.asarray(b.productivity) for b in each]),
    )
    found = solve(economy, several, thetas)
    linear = first_order(found)
    for place, barriers in enumerate(each):
        alone = solve(economy, barriers, thetas[place])
        np.testing.assert_allclose(found.real_income[place], alone.real_income[0], rtol=1e-10)
        np.testing.assert_allclose(found.flows[place], alone.flows[0], atol=1e-10)
        np.testing.assert_allclose(linear.total[place], first_order(alone).total[0], atol=1e-9)
        again = found.as_baseline(place)
        np.testing.assert_allclose(again.shares, alone.as_baseline().shares, atol=1e-10)


@given(economies())
@settings(max_examples=25)
def test_order_of_countries_and_products_does_not_matter(drawn: Drawn) -> None:
    economy, theta, rng = drawn
    barriers = shocked(economy, rng)
    n, j = (rng.permutation(k) for k in (len(economy.income), len(theta)))

    def turned(array: Array) -> Array:
        return array[:, j][:, :, n][..., n]

    other = Economy(
        shares=turned(economy.shares),
        tariffs=turned(economy.tariffs),
        inputs=economy.inputs[n][:, j][:, :, j],
        labour=economy.labour[j][:, n],
        tastes=economy.tastes[j][:, n],
        income=economy.income[n],
        deficit=economy.deficit[n],
        spending=economy.spending[:, j][:, :, n],
    )
    moved = Barriers(
        tariffs=turned(barriers.tariffs),
        iceberg=turned(np.asarray(barriers.iceberg)),
        productivity=np.asarray(barriers.productivity)[j][:, n],
    )
    one, two = solve(economy, barriers, theta), solve(other, moved, theta[j])
    np.testing.assert_allclose(two.real_income[0], one.real_income[0][n], rtol=1e-9)
    np.testing.assert_allclose(two.flows[0], turned(one.flows[0]), atol=1e-10)


@given(economies())
@settings(max_examples=40)
def test_small_changes_are_worth_what_the_first_order_formula_says(drawn: Drawn) -> None:
    economy, theta, rng = drawn
    size = 1e-5
    found = solve(economy, shocked(economy, rng, size), theta, deficits="share", tolerance=1e-14)
    exact = found.real_income[0] - 1
    np.testing.assert_allclose(first_order(found).total[0], exact, atol=1e-3 * size)


@given(economies(uses=1))
@settings(max_examples=25)
def test_two_uses_with_the_same_sellers_and_barriers_are_one(drawn: Drawn) -> None:
    economy, theta, rng = drawn
    barriers = shocked(economy, rng)
    final = economy.tastes * (economy.income + economy.revenue + economy.deficit)
    apart = replace(
        economy,
        shares=np.repeat(economy.shares, 2, axis=0),
        tariffs=np.repeat(economy.tariffs, 2, axis=0),
        spending=np.stack([economy.spending[0] - final, final]),
    )
    both = Barriers(
        tariffs=np.repeat(barriers.tariffs, 2, axis=0),
        iceberg=np.repeat(np.asarray(barriers.iceberg), 2, axis=0),
        productivity=barriers.productivity,
    )
    one, two = solve(economy, barriers, theta), solve(apart, both, theta)
    np.testing.assert_allclose(two.real_income, one.real_income, rtol=1e-9)
    np.testing.assert_allclose(two.flows.sum(axis=1), one.flows.sum(axis=1), atol=1e-10)


@given(st.integers(2, 6), st.floats(0.05, 0.5), st.floats(1.5, 10), st.floats(0.2, 0.9))
@settings(max_examples=25)
def test_free_trade_from_a_symmetric_start_gains_everybody(
    countries: int, tariff: float, theta: float, labour: float
) -> None:
    tariffs = np.full((1, 1, countries, countries), tariff)
    tariffs[..., np.eye(countries, dtype=bool)] = 0
    sales = np.where(np.eye(countries) > 0, 5.0, 1.0)[None, None]
    spending = (sales * (1 + tariffs)).sum(axis=-1)
    made = sales.sum(axis=(0, 2))
    uses = ((1 - labour) * made).T[..., None]
    economy = Economy.of_flows(sales=sales, uses=uses, tariffs=tariffs)
    np.testing.assert_allclose(economy.labour, labour)
    assert spending.shape == (1, 1, countries)
    free = solve(economy, Barriers(tariffs=np.zeros_like(tariffs)), np.array([theta]))
    assert (free.real_income > 1).all()
    np.testing.assert_allclose(free.real_income, free.real_income[0, 0], rtol=1e-10)


@given(economies())
@settings(max_examples=25)
def test_what_wastes_costs_the_world_more_than_what_is_somebodys_income(drawn: Drawn) -> None:
    economy, theta, _ = drawn
    free = replace(economy, tariffs=np.zeros_like(economy.tariffs))
    free = solve(free, Barriers(tariffs=free.tariffs), theta, deficits="zero").as_baseline()
    wall = np.full(free.tariffs.shape, 0.01)
    wall[..., np.eye(len(free.income), dtype=bool)] = 0
    levied = solve(free, Barriers(tariffs=wall), theta, deficits="zero")
    wasted = solve(free, Barriers(tariffs=free.tariffs, iceberg=1 + wall), theta, deficits="zero")
    weight = free.income
    assert (wasted.real_income @ weight < levied.real_income @ weight).all()
    assert (wasted.real_income @ weight < 1).all()
    np.testing.assert_allclose(wasted.revenue, 0, atol=1e-14)


@given(economies(), st.floats(0.5, 2))
@settings(max_examples=25)
def test_productivity_everywhere_is_worth_its_power_over_the_share_of_labour(
    drawn: Drawn, gain: float
) -> None:
    economy, theta, _ = drawn
    even = replace(
        economy, inputs=economy.inputs / economy.inputs.sum(axis=2, keepdims=True) * 0.5,
        labour=np.full(economy.labour.shape, 0.5),
    )  # fmt: skip
    even = solve(even, Barriers(tariffs=even.tariffs), theta).as_baseline()
    barriers = Barriers(tariffs=even.tariffs, productivity=np.full(even.labour.shape, gain))
    found = solve(even, barriers, theta)
    np.testing.assert_allclose(found.real_income, gain**2, rtol=1e-9)
    np.testing.assert_allclose(found.wage, 1, rtol=1e-9)


def test_a_tariff_of_minus_one_hundred_percent_is_refused() -> None:
    sales = np.array([[[[6.0, 3.0], [3.0, 6.0]]]])
    tariffs = np.zeros((1, 1, 2, 2))
    economy = Economy.of_flows(sales=sales, uses=np.zeros((2, 1, 1)), tariffs=tariffs)
    with pytest.raises(ComputationError, match="makes goods free"):
        solve(economy, Barriers(tariffs=tariffs - 1), np.array([4.0]))


def test_what_stops_short_says_how_far_it_is() -> None:
    sales = np.array([[[[6.0, 3.0], [1.0, 6.0]]]])
    tariffs = np.zeros((1, 1, 2, 2))
    economy = Economy.of_flows(sales=sales, uses=np.zeros((2, 1, 1)), tariffs=tariffs)
    found = solve(economy, Barriers(tariffs=tariffs + 0.2), np.array([4.0]), most=2)
    assert found.iterations == 2
    assert 1e-6 < found.residual[0] < 1
