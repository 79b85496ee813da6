"""The page of a plan: what to do, what it costs and saves, and how sure that is."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

import catenary
from catenary import Change, Scenario
from catenary.testing import serial_chain

if TYPE_CHECKING:
    from collections.abc import Mapping

    from catenary.studies import Plan

pytestmark = pytest.mark.part("8.8")


def quake(depth: float) -> Scenario:
    change = Change(
        target="producers.capacity", where={"id": "AAA.s0"}, multiply=depth, days=30, start=2,
        uncertain={"multiply": {"distribution": "uniform", "low": 0.0, "high": depth}},
    )  # fmt: skip
    return Scenario("quake", (change,), "A quake")


def measures() -> Scenario:
    return Scenario("mine", tuple(
        Change(target="products.stock_days", where={"id": f"s{place}"}, set=days, kind="measure",
               measure=f"stock:AAA.s{place + 1}:s{place}", cost={"usd": cost, "co2e_t": cost / 10})
        for place, days, cost in ((0, 30, 4e6), (1, 20, 9e6), (2, 25, 2e6))
    ))  # fmt: skip


@pytest.fixture(scope="module")
def found() -> Plan:
    return catenary.plan(
        serial_chain(4, stock_days=5), scenarios=(quake(0.5),), measures=measures(), budget=7e6,
        runs=8, days=60, worth=1e6,
    )  # fmt: skip


def page_of(result: catenary.Result) -> dict[str, Any]:
    page = dict(catenary.report(result).document)
    assert "NaN" not in json.dumps(page, allow_nan=False)
    return page


def of(page: Mapping[str, Any], place: str) -> dict[str, Any]:
    section: dict[str, Any] = next(one for one in page["sections"] if one["id"] == place)
    return section


def test_the_first_sentence_says_what_to_do_and_what_that_saves(found: Plan) -> None:
    page = page_of(found)
    plans = found.plans.set_index("plan")
    share = float(plans["saved"]["chosen"] / plans["loss"]["nothing"])
    first = page["headline"][0]
    assert share > 0
    assert f"takes away {share:.0%} of the mean loss" in first["en"]
    assert f"平均损失因此减少{share:.0%}" in first["zh"]
    assert "Larger stock of an input at a producer" in first["en"]
    assert page["title"]["zh"].startswith("措施方案")
    cards = {card["label"]["en"]: card for card in page["figures"]}
    assert cards["spent"]["value"] == float(plans["cost"]["chosen"])
    assert cards["mean loss taken away"]["value"] == pytest.approx(share, rel=1e-5)


def test_the_table_adds_up_and_every_number_is_that_of_the_result(found: Plan) -> None:
    page = page_of(found)
    order = of(page, "plan")
    assert [row[0] for row in order["rows"]] == found.steps["step"].tolist()
    saved = [row[5] for row in order["rows"]]
    assert order["total"][5] == pytest.approx(sum(saved), rel=1e-5)
    assert order["total"][3] == pytest.approx(float(found.proof["spent"].iloc[0]))
    left = {row["name"]["en"]: row["value"] for row in of(page, "left")["rows"]}
    loss = found.plans.set_index("plan")["loss"]
    assert left["the plan, on average"] == pytest.approx(float(loss["chosen"]), rel=1e-5)
    assert left["without measures, on average"] == pytest.approx(float(loss["nothing"]), rel=1e-5)
    assert sum(row.get("strong", False) for row in of(page, "front")["rows"]) == 1
    others = {row[0]["en"] if isinstance(row[0], dict) else row[0] for row in
              of(page, "others")["rows"]}  # fmt: skip
    assert len(others) == int((~found.measures["chosen"]).sum())


def test_it_says_how_sure_it_is_and_how_to_run_it_again(found: Plan) -> None:
    page = page_of(found)
    sure = " ".join(one["en"] for one in of(page, "sure")["paragraphs"])
    assert "Every set of measures that the budget allows was tried" in sure
    assert "cases that it was not chosen for" in sure
    command = of(page, "again-command")["text"]
    assert "catenary plan my.world quake.toml --measures mine.toml --budget 7000000.0" in command


def test_a_budget_for_nothing_is_said(found: Plan) -> None:
    none = catenary.plan(
        serial_chain(4, stock_days=5), scenarios=(quake(0.5),), measures=measures(), budget=0,
        runs=8, days=60,
    )  # fmt: skip
    page = page_of(none)
    assert "No measure within 0.00 USD saves anything" in page["headline"][0]["en"]
    assert not any(section["id"] == "plan" for section in page["sections"])
    assert len(found.steps)
