"""Pages of changed barriers: the first sentence is the answer, numbers are those of the result."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import catenary
from catenary import Change, Scenario, Worlds
from catenary.testing import trading_world

if TYPE_CHECKING:
    from collections.abc import Mapping

    from catenary.studies import Cooperation
    from catenary.trade import Counterfactual

pytestmark = pytest.mark.part("7.7")

FREE = Scenario("free", (Change(target="links.tariff", set=0.0),), "Free trade")
BAN = Scenario("ban", (Change(target="links.open", where={"product": "p1"}, set=0.0),))


def page_of(result: catenary.Result) -> dict[str, Any]:
    page = dict(catenary.report(result).document)
    assert "NaN" not in json.dumps(page, allow_nan=False)
    return page


def of(page: Mapping[str, Any], place: str) -> dict[str, Any]:
    found: dict[str, Any] = next(one for one in page["sections"] if one["id"] == place)
    return found


@pytest.fixture(scope="module")
def found() -> Counterfactual:
    return catenary.counterfactual(trading_world(2, regions=5), scenario=FREE, draws=16)


@pytest.fixture(scope="module")
def ways() -> Cooperation:
    return catenary.cooperate(trading_world(2, regions=5), scenario=FREE, club="R0,R1")


def test_the_first_sentence_says_who_gains_and_who_pays(found: Counterfactual) -> None:
    page = page_of(found)
    regions = found.regions
    first = page["headline"][0]
    gain, lose = int((regions["real_income"] > 0).sum()), int((regions["real_income"] < 0).sum())
    assert gain
    assert lose
    assert first["en"].startswith(f"{gain} of 5 regions gain and {lose} lose. ")
    assert f"{regions['real_income'].iloc[0]:+.2%}" in first["en"]
    assert f"{regions['real_income'].iloc[-1]:+.2%}" in first["zh"]
    assert page["title"] == {"en": "Who gains, who pays: Free trade",
                             "zh": "谁受益，谁付出：Free trade"}  # fmt: skip
    told = " ".join(one["en"] for one in page["answers"][0]["sentences"])
    assert "Trade between regions" in told
    assert "co2 of the world" in told
    assert "95 of 100 draws" in told


def test_bars_hold_the_exact_number_and_the_range_of_every_region(found: Counterfactual) -> None:
    rows = of(page_of(found), "gains")["rows"]
    assert [row["name"] for row in rows] == list(found.regions["region"])
    ranges = found.ranges.set_index("region").loc[found.regions["region"]]
    for key, wanted in (
        ("value", found.regions["real_income"]), ("low", ranges["q05"]), ("high", ranges["q95"]),
    ):  # fmt: skip
        np.testing.assert_allclose([row[key] for row in rows], 100 * wanted, rtol=1e-5)


def test_tables_of_the_page_are_those_of_the_result(found: Counterfactual) -> None:
    page = page_of(found)
    groups = of(page, "groups")["rows"][0]
    whole = found.groups.iloc[0]
    assert groups[0] == {"en": "the world", "zh": "世界"}
    assert groups[2] == pytest.approx(100 * whole["real_income"], rel=1e-5)
    moved = of(page, "partners")["rows"]
    np.testing.assert_allclose([row[2] for row in moved], found.partners["before"], rtol=1e-5)
    np.testing.assert_allclose([row[5] for row in moved], 100 * found.partners["change"], rtol=1e-5)
    emitted = of(page, "emitted")["rows"]
    np.testing.assert_allclose([row[5] for row in emitted], found.emissions["consumption"],
                               rtol=1e-5)  # fmt: skip
    theta = of(page, "theta")["rows"]
    np.testing.assert_allclose([row[1] for row in theta], found.elasticities["trade"], rtol=1e-5)
    assumed = " ".join(one["en"] for one in of(page, "assumed")["paragraphs"])
    assert "deficits and surpluses stay as they are" in assumed
    assert "16 draws" in assumed


def test_without_emissions_or_draws_the_page_says_so() -> None:
    world = trading_world(2).without("stressors")
    page = page_of(catenary.counterfactual(world, scenario=BAN, deficits="zero"))
    told = " ".join(one["en"] for one in page["answers"][0]["sentences"])
    assert "says nothing" in told
    assert "No range was drawn" in told
    assert of(page, "emitted")["kind"] == "words"
    assert "no trade deficits" in of(page, "assumed")["paragraphs"][0]["en"]
    assert all("low" not in row for row in of(page, "gains")["rows"])


def test_the_lead_is_true_where_nobody_loses_gains_or_changes() -> None:
    world = trading_world(2)
    better = Scenario("better", (Change(target="producers.productivity", multiply=1.1),))
    worse = Scenario("worse", (Change(target="links.iceberg", add=0.2),))
    for scenario, words in (
        (better, "Nobody loses: 4 of 4"), (worse, "Nobody gains: 4 of 4"),
        (Scenario("nothing"), "Nobody's real income changes"),
    ):  # fmt: skip
        page = page_of(catenary.counterfactual(world, scenario=scenario, deficits="zero"))
        assert page["headline"][0]["en"].startswith(words)


def test_the_page_of_cooperation_compares_every_way(ways: Cooperation) -> None:
    page = page_of(ways)
    rows = of(page, "ways")["rows"]
    assert [row["name"]["en"] for row in rows] == [
        "alone", "alone, and answered in kind", "staying out while all others act", "in the club",
        "everybody together",
    ]  # fmt: skip
    np.testing.assert_allclose([row["value"] for row in rows], 100 * ways.ways["own"], rtol=1e-5)
    first = page["headline"][0]["en"]
    every = ways.ways[ways.ways["way"] == "everybody"].iloc[0]
    assert first.startswith(f"Together {int(every['winners'])} of 5 regions gain")
    assert f"{every['real_income']:+.2%}" in first
    regions = of(page, "regions")["rows"]
    np.testing.assert_allclose([row[1] for row in regions], 100 * ways.regions["alone"], rtol=1e-5)
    assert "R0, R1" in of(page, "assumed")["paragraphs"][-1]["en"]


def test_bans_and_worlds_side_by_side_have_pages_too() -> None:
    closing = page_of(catenary.cooperate(trading_world(3), scenario=BAN, by="origin"))
    assert closing["headline"][0]["en"].startswith("Alone, ")
    assert "what it sells" in of(closing, "assumed")["paragraphs"][1]["en"]
    both = Worlds({"one": trading_world(2), "two": trading_world(3)})
    for result in (
        catenary.counterfactual(both, scenario=FREE), catenary.cooperate(both, scenario=FREE),
    ):  # fmt: skip
        page = page_of(result)
        assert of(page, "gains")["kind"] == "pair"
        assert len(page["answers"]) == 2
        assert result.summary().count("\n") == 1
        assert len(result.figures())


def test_a_shock_before_and_after_has_a_page() -> None:
    quake = Scenario(
        "quake",
        (Change(target="producers.capacity", where={"region": "R0"}, multiply=0.5, days=9),),
    )
    both = Worlds({"one": trading_world(2), "two": trading_world(3)})
    for world in (both["one"], both):
        result = catenary.resilience(world, scenario=quake, measures=FREE, days=30)
        page = page_of(result)
        assert page["title"]["en"] == "A shock before and after barriers change"
        assert len(page["figures"]) == (2 if world is not both else 4)
        assert result.summary()
