from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

import catenary
from catenary import Matrix, World
from catenary.errors import CatenaryError, DataError, MissingDataError, OptionError
from catenary.testing import two_regions
from catenary.trade import estimate

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.part("7.2")


@pytest.fixture(scope="module")
def agtpa(shared: Path) -> pd.DataFrame:
    """Return every fourth year of the data of the Advanced Guide."""
    frame = pd.read_parquet(shared / "data" / "gravity_agtpa" / "agtpa_applications.parquet")
    frame = frame[frame["year"].isin(range(1986, 2007, 4))]
    frame = frame.rename(columns={"exporter": "origin", "importer": "destination"})
    return frame.assign(log_distance=np.log(frame["dist"]))


TERMS = ["log_distance", "cntg", "lang", "clny"]


def test_table_1_of_the_advanced_guide(agtpa: pd.DataFrame) -> None:
    across = agtpa[agtpa["origin"] != agtpa["destination"]]
    found = estimate(across, terms=TERMS)
    assert found.terms["estimate"].round(3).tolist() == [-0.841, 0.437, 0.247, -0.222]
    assert found.rows == 28_152
    least_squares = estimate(across, terms=TERMS, method="ols")
    assert least_squares.terms["estimate"].round(3).tolist() == [-1.216, 0.223, 0.661, 0.670]


def test_agreements_with_effects_of_undirected_pairs(agtpa: pd.DataFrame) -> None:
    found = estimate(agtpa, terms=["rta"], pair_effects=True)
    assert round(found.of("rta"), 3) == 0.557
    assert found.rows == 28_482
    assert found.left_out == len(agtpa) - 28_482


def made_world(theta: float, day: float) -> World:
    """Return a world whose flows follow from tariffs and days without any noise."""
    rng = np.random.default_rng(8)
    names, goods = [f"R{r}" for r in range(8)], ["x", "y"]
    ids = [f"{r}.{p}" for r in names for p in goods]
    region, product = np.repeat(np.arange(8), 2), np.tile(np.arange(2), 8)
    tariff = np.where(np.eye(8) > 0, 0, rng.uniform(0, 0.5, (8, 8)))
    days = np.where(np.eye(8) > 0, 0, rng.uniform(1, 40, (8, 8)))
    size = rng.lognormal(0, 1, (len(ids), 1)) * rng.lognormal(0, 1, (2, 8))[product]
    final = size * ((1 + tariff) ** (-theta - 1) * np.exp(-theta * day * days))[region]
    origin, destination = (a.ravel() for a in np.indices((8, 8)))
    return World(
        {
            "regions": pd.DataFrame({"id": names}),
            "products": pd.DataFrame({"id": goods}),
            "producers": pd.DataFrame(
                {"id": ids, "region": np.array(names)[region], "product": np.array(goods)[product]}
            ),
            "consumers": pd.DataFrame({"id": [f"{r}.all" for r in names], "region": names}),
            "intermediate": Matrix(np.zeros((16, 16)), ids, ids, "MUSD/year"),
            "final": Matrix(final, ids, [f"{r}.all" for r in names], "MUSD/year"),
            "links": pd.DataFrame(
                {
                    "origin": np.array(names)[origin],
                    "destination": np.array(names)[destination],
                    "tariff": tariff.ravel(),
                    "duration": days.ravel(),
                }
            ),
        }
    )


@pytest.mark.parametrize("method", ["ppml", "ols"])
def test_a_world_gives_back_the_elasticity_and_the_cost_of_a_day_it_was_made_with(
    method: Any,
) -> None:
    found = catenary.gravity(made_world(5.0, 0.01), terms="tariff, duration", method=method)
    assert found.basis["elasticity"][0] == pytest.approx(5.0, abs=1e-5)
    assert found.basis["day_value"][0] == pytest.approx(0.01, abs=1e-7)
    np.testing.assert_allclose(found.flows["expected"], found.flows["flow"], rtol=1e-4)
    assert "A day costs 1.00%" in found.summary()
    assert found.figures()["value"].tolist() == pytest.approx([-6, -0.05], abs=1e-5)


def test_estimates_feed_the_counterfactual() -> None:
    world = made_world(5.0, 0.01)
    found = catenary.gravity(world, terms="tariff,duration").basis.iloc[0]
    faster = catenary.Scenario("faster", (catenary.Change(target="links.duration", multiply=0.5),))
    result = catenary.counterfactual(
        world, scenario=faster, elasticity=found["elasticity"], day_value=found["day_value"]
    )
    assert (result.regions["real_income"] > 0).all()


def test_wiod_borders_hold_trade_back(shared: Path) -> None:
    world = catenary.read("wiod", shared / "data" / "wiod2013", year=2011)
    found = catenary.gravity(world)
    assert found.terms["estimate"][0] < -2
    assert found.basis["clusters"][0] <= 41 * 42 / 2
    by_origin = found.flows.dropna().groupby(["origin", "product"], observed=True)
    totals = by_origin[["flow", "expected"]].sum()
    np.testing.assert_allclose(totals["expected"], totals["flow"], atol=1e-4 * totals["flow"].max())


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"terms": "tarif"}, OptionError, "'tariff'"),
        ({"terms": ""}, OptionError, "no term"),
        ({"terms": "tariff"}, DataError, "nothing of 'tariff'"),
        ({"pair_effects": True}, DataError, "no observation is left"),
    ],
)
def test_what_cannot_be_estimated_is_said(
    options: Any, error: type[CatenaryError], words: str
) -> None:
    with pytest.raises(error) as caught:
        catenary.gravity(two_regions(), **options)
    assert words in str(caught.value)


def test_what_only_pairs_tell_apart_needs_no_effects_of_pairs() -> None:
    with pytest.raises(DataError, match="nothing of 'border'"):
        catenary.gravity(made_world(5.0, 0.01), terms="border", pair_effects=True)


def test_frames_without_what_is_needed_are_refused() -> None:
    frame = pd.DataFrame(
        {"origin": ["A", "A", "B", "B"], "destination": ["A", "B", "A", "B"], "year": 1,
         "trade": [4.0, 2, 1, 5], "near": [1.0, 0, 0, np.nan], "word": list("abcd")}
    )  # fmt: skip
    for terms, error, words in (
        (["far"], MissingDataError, "no column far"),
        (["near"], DataError, "no finite 'near'"),
        (["word"], DataError, "not of numbers"),
    ):
        with pytest.raises(error, match=words):
            estimate(frame, terms=terms)
    with pytest.raises(OptionError, match="was not estimated"):
        estimate(frame.assign(near=[1.0, 0, 0, 1]), terms=["near"]).of("far")


def test_trade_that_rises_with_tariffs_has_no_elasticity() -> None:
    result = catenary.gravity(made_world(-3.0, 0.01), terms="tariff,duration")
    assert np.isnan(result.basis["elasticity"][0])
    assert any("no trade elasticity" in text for text in result.run.warnings)
