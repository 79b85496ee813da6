from __future__ import annotations

from typing import TYPE_CHECKING

import hypothesis.strategies as st
import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings

from catenary.maths.complexity import (
    advantage,
    complexity_indices,
    components,
    density,
    fitness,
    outlook,
    presence,
    proximity,
)

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    Array = NDArray[np.float64]

pytestmark = pytest.mark.part("5.7")


@st.composite
def exports(draw: st.DrawFn) -> Array:
    """Draw exports in which everybody exports something and everything is exported."""
    regions, products = draw(st.integers(3, 12)), draw(st.integers(3, 15))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    X = rng.lognormal(0, 2, (regions, products)) * (rng.random((regions, products)) < 0.6)  # noqa: N806
    X[np.arange(regions), rng.integers(0, products, regions)] += 1
    X[rng.integers(0, regions, products), np.arange(products)] += 1
    return X


def unique(M: Array) -> bool:  # noqa: N803
    """Whether the second eigenvector is one, and its sign is clear."""
    found = complexity_indices(M)
    first, second, *third = found.eigenvalues
    apart = not third or second - third[0] > 1e-6
    kc = M.sum(axis=1)
    return bool(
        first - second > 1e-6
        and second > 1e-6
        and apart
        and abs(np.corrcoef(found.eci, kc)[0, 1] if kc.std() > 0 else 0) > 1e-6
    )


@given(exports())
def test_advantage_is_one_on_average_and_everybody_has_one(X: Array) -> None:  # noqa: N803
    rca = advantage(X)
    world = X.sum(axis=0) / X.sum()
    np.testing.assert_allclose(rca @ world, 1.0)
    M = presence(rca)  # noqa: N806
    assert (M.sum(axis=1) > 0).all()
    assert (M.sum(axis=0) > 0).all()
    assert set(np.unique(M)) <= {0.0, 1.0}
    assert (presence(advantage(X * 3)) == M).all()


def test_advantage_moves_when_one_region_grows() -> None:
    # RCA does not change with the unit of all exports, but it does with the size of one region:
    # half of B's exports are p, which is 3/8 of the world's before and 5/16 after A has tripled
    X = np.array([[1.0, 3.0], [2.0, 2.0]])  # noqa: N806
    assert advantage(X)[1, 0] == pytest.approx(0.5 / (3 / 8))
    grown = X * np.array([[3.0], [1.0]])
    assert advantage(grown)[1, 0] == pytest.approx(0.5 / (5 / 16))


@given(exports(), st.integers(0, 2**32 - 1))
@settings(max_examples=60)
def test_names_and_order_do_not_matter(X: Array, seed: int) -> None:  # noqa: N803
    M = presence(advantage(X))  # noqa: N806
    assume((components(M) == 0).all() and unique(M))
    rng = np.random.default_rng(seed)
    rows, columns = rng.permutation(len(M)), rng.permutation(M.shape[1])
    turned = M[np.ix_(rows, columns)]
    one, other = complexity_indices(M), complexity_indices(turned)
    np.testing.assert_allclose(other.eci, one.eci[rows], atol=1e-6)
    np.testing.assert_allclose(other.pci, one.pci[columns], atol=1e-6)
    np.testing.assert_allclose(
        fitness(turned, iterations=50).regions, fitness(M, iterations=50).regions[rows], rtol=1e-6
    )
    near = density(M, proximity(M))
    np.testing.assert_allclose(
        density(turned, proximity(turned)), near[np.ix_(rows, columns)], rtol=1e-9
    )


@given(exports())
@settings(max_examples=60)
def test_the_index_is_the_second_eigenvector_as_it_is_written(X: Array) -> None:  # noqa: N803
    M = presence(advantage(X))  # noqa: N806
    assume((components(M) == 0).all() and unique(M))
    kc, kp = M.sum(axis=1), M.sum(axis=0)
    plain = np.diag(1 / kc) @ M @ np.diag(1 / kp) @ M.T
    values, vectors = np.linalg.eig(plain)
    order = np.argsort(-values.real)
    raw = vectors[:, order[1]].real
    raw *= np.sign(np.corrcoef(raw, kc)[0, 1])
    found = complexity_indices(M)
    np.testing.assert_allclose(found.eci, (raw - raw.mean()) / raw.std(), atol=1e-6)
    # PCI in words: the mean index of those who have the product
    np.testing.assert_allclose(found.pci, (M.T @ found.eci) / kp, atol=1e-9)
    np.testing.assert_allclose(found.eigenvalues[0], 1.0)
    assert found.eci.mean() == pytest.approx(0, abs=1e-9)
    assert found.eci.std() == pytest.approx(1)


@given(exports())
def test_near_is_symmetric_and_between_nothing_and_all(X: Array) -> None:  # noqa: N803
    M = presence(advantage(X))  # noqa: N806
    phi = proximity(M)
    np.testing.assert_array_equal(phi, phi.T)
    np.testing.assert_allclose(np.diag(phi), 1.0)
    assert ((phi >= 0) & (phi <= 1 + 1e-12)).all()
    # as conditional probabilities, one pair at a time
    for p in range(min(3, M.shape[1])):
        both = (M[:, p] * M[:, -1]).sum()
        assert phi[p, -1] == pytest.approx(min(both / M[:, p].sum(), both / M[:, -1].sum()))
    near = density(M, phi)
    assert ((near >= 0) & (near <= 1)).all()
    np.testing.assert_allclose(density(np.ones_like(M), phi), 1.0)


@given(exports(), st.data())
def test_the_gain_is_what_the_outlook_gains(X: Array, data: st.DataObject) -> None:  # noqa: N803
    M = presence(advantage(X))  # noqa: N806
    phi, pci = proximity(M), np.linspace(-1, 2, M.shape[1])
    before, gain = outlook(M, density(M, phi), phi, pci)
    assert (gain[M > 0] == 0).all()
    assume((M == 0).any())
    c, p = data.draw(st.sampled_from(np.argwhere(M == 0).tolist()))
    more = M.copy()
    more[c, p] = 1
    after, _ = outlook(more, density(more, phi), phi, pci)
    assert after[c] - before[c] == pytest.approx(gain[c, p], abs=1e-9)


@given(exports())
def test_fitness_is_positive_and_one_on_average(X: Array) -> None:  # noqa: N803
    found = fitness(presence(advantage(X)))
    assert (found.regions > 0).all()
    assert (found.products > 0).all()
    assert found.regions.mean() == pytest.approx(1)
    assert found.products.mean() == pytest.approx(1)


def test_fitness_that_falls_for_ever_says_so() -> None:
    # the second region has only what the first has as well: its fitness falls by a third each step
    found = fitness(np.array([[1.0, 1, 1], [0, 0, 1]]), iterations=1000)
    assert found.change[1] == pytest.approx(1 / 3)
    assert 0 < found.regions[1] < 1e-11
    assert found.iterations < 1000


@given(st.integers(1, 4), st.integers(1, 4))
def test_parts_that_share_nothing_are_told_apart(one: int, other: int) -> None:
    M = np.zeros((one + other, 2))  # noqa: N806
    M[:one, 0], M[one:, 1] = 1, 1
    label = components(M)
    assert len(set(label[:one])) == len(set(label[one:])) == 1
    assert label[0] != label[-1]
    assert (label == 0).sum() == max(one, other)


def test_fitness_as_the_r_package_has_it(shared: Path) -> None:
    # economiccomplexity 2.x gives fitness by default, its 20th column being the 19th step
    folder = shared / "data" / "econ_complexity"
    trade = pd.read_parquet(folder / "world_trade_avg_1998_2000_sitc2.parquet")
    table = trade.pivot_table(index="country", columns="product", values="value", fill_value=0.0)
    M = presence(advantage(table.to_numpy(np.float64)))  # noqa: N806
    assert M.shape == (226, 785)
    found = fitness(M, iterations=19)
    regions = pd.read_csv(folder / "eci_reference.csv", index_col=0, keep_default_na=False)["eci"]
    products = pd.read_csv(folder / "pci_reference.csv", dtype={"dim_0": str}, index_col=0)["pci"]
    np.testing.assert_allclose(found.regions, regions.loc[table.index].astype(float), rtol=1e-12)
    np.testing.assert_allclose(found.products, products.loc[table.columns], rtol=1e-12)
    # and it settles
    assert fitness(M).change.max() <= 1e-10
