"""Pages of upgrades, congestion, modes and links: their numbers are those of the result."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any, Final, cast

import numpy as np
import pandas as pd
import pytest
from freightings import BUDGET, MEASURES, freight_on_a_map

import catenary
from catenary.languages import LANGUAGES
from catenary.testing import small_freight

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from catenary.logistics.congestion import Congestion
    from catenary.logistics.links import Links
    from catenary.logistics.modes import Modes
    from catenary.logistics.upgrades import Upgrades

pytestmark = pytest.mark.part("6.7")

CLOSE: Final = 1e-5  # pages keep six digits


@pytest.fixture(scope="module")
def upgrades() -> Upgrades:
    return catenary.upgrades(freight_on_a_map(), measures=MEASURES, budget=BUDGET, sea="no")


@pytest.fixture(scope="module")
def congestion() -> Congestion:
    return catenary.congestion(freight_on_a_map(), sea="no")


@pytest.fixture(scope="module")
def modes() -> Modes:
    world = cast("catenary.World", catenary.load("transport"))
    return catenary.modes(world, origin="CHN", destination="DEU")


@pytest.fixture(scope="module")
def links() -> Links:
    return catenary.links(goods(), closed="suez")


def goods() -> catenary.World:
    return catenary.World(
        {
            "regions": pd.DataFrame({"id": ["CHN", "DEU", "USA", "IND"]}),
            "products": pd.DataFrame(
                {"id": ["chips", "ore"], "mass": [1e-5, 1.0], "price": [100.0, 100.0]}
            ),
        }
    )


def page_of(result: catenary.Result) -> dict[str, Any]:
    page = dict(catenary.report(result).document)
    text = json.dumps(page, allow_nan=False)
    assert not {"nan", "inf", "None"} & {word.strip('",.:;() ') for word in text.split()}
    return page


def of(page: Mapping[str, Any], place: str) -> dict[str, Any]:
    found: dict[str, Any] = next(one for one in page["sections"] if one["id"] == place)
    return found


def said(text: Any, lang: str = "en") -> str:
    return str(text[lang] if isinstance(text, dict) else text)


def column(section: Mapping[str, Any], english: str) -> list[Any]:
    at = [said(one["name"]) for one in section["columns"]].index(english)
    return [row[at] for row in section["rows"]]


def texts(part: Any) -> Iterator[Any]:
    """Yield what is said in words of two languages."""
    if isinstance(part, dict):
        if set(part) == set(LANGUAGES):
            yield part
        else:
            for one in part.values():
                yield from texts(one)
    elif isinstance(part, list):
        for one in part:
            yield from texts(one)


# --- upgrades -------------------------------------------------------------------------------------


def test_the_plan_stands_in_the_order_of_building_and_adds_up(upgrades: Upgrades) -> None:
    table = of(page_of(upgrades), "plan")
    chosen = upgrades.measures[upgrades.measures["chosen"]].sort_values("step")
    plan = upgrades.plan.iloc[0]
    assert len(chosen) >= 2
    assert column(table, "measure") == chosen["measure"].tolist()
    assert np.allclose(column(table, "saves then"), chosen["saving"], rtol=CLOSE)
    assert np.allclose(column(table, "saves alone"), chosen["alone"], rtol=CLOSE)
    assert np.allclose(column(table, "spent so far"), chosen["cost"].cumsum(), rtol=CLOSE)
    names = [said(one["name"]) for one in table["columns"]]
    total = dict(zip(names, table["total"], strict=True))
    assert total["saves then"] == pytest.approx(plan["saving"], rel=CLOSE)
    assert math.fsum(column(table, "saves then")) == pytest.approx(plan["saving"], rel=CLOSE)
    assert total["cost"] == pytest.approx(plan["spent"]) == math.fsum(column(table, "cost"))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_first_sentence_is_the_plan(upgrades: Upgrades, lang: str) -> None:
    page = page_of(upgrades)
    lead = said(page["headline"][0], lang)
    for one in upgrades.measures[upgrades.measures["chosen"]]["measure"]:
        assert one in lead
    assert f"{upgrades.plan['saving'].item():,.0f}" in lead
    values = {said(one["label"]): one["value"] for one in page["figures"]}
    assert values["saved"] == pytest.approx(upgrades.plan["saving"].item(), rel=CLOSE)
    assert values["still scarce after the plan"] == (upgrades.prices["price_after"] > 1e-9).sum()


def test_measures_left_out_say_why(upgrades: Upgrades) -> None:
    table = of(page_of(upgrades), "others")
    why = dict(zip(column(table, "measure"), map(said, column(table, "why not")), strict=True))
    left = upgrades.measures[~upgrades.measures["chosen"]]
    assert set(why) == set(left["measure"])
    assert why["More cranes in Shanghai"] == "saves nothing alone"
    assert why["Faster ships"] == "the budget is better spent on the plan"
    poor = catenary.upgrades(freight_on_a_map(), measures=MEASURES, budget=6e5, sea="no")
    table = of(page_of(poor), "others")
    why = dict(zip(column(table, "measure"), map(said, column(table, "why not")), strict=True))
    assert why["A second yard at Dostyk"] == "costs more than the whole budget"


def test_the_map_marks_where_the_plan_builds(upgrades: Upgrades) -> None:
    figure = of(page_of(upgrades), "map")
    built = {said(one["name"]): one for one in figure["marks"] if one.get("strong")}
    steps = upgrades.measures.set_index("measure")["step"]
    assert built["Dostyk"]["number"] == steps["A second yard at Dostyk"]
    assert (built["Dostyk"]["lon"], built["Dostyk"]["lat"]) == (82.5, 45.2)
    assert built["Saint Petersburg – Moscow, road"]["number"] == steps["A wider road to Moscow"]
    assert [one["style"] for one in figure["lines"]] == ["after"]
    points = figure["lines"][0]["legs"][0]["points"]
    assert points[:2] == pytest.approx([30.3, 59.9])
    assert points[-2:] == pytest.approx([37.6, 55.7])


def test_a_plan_says_whether_it_is_proven_best(upgrades: Upgrades) -> None:
    plan = upgrades.plan.iloc[0]
    assert plan["after"] == pytest.approx(plan["bound"])
    assert said(of(page_of(upgrades), "sure")["paragraphs"][0]).startswith("No plan within")
    worse = upgrades.plan.assign(bound=plan["after"] * 0.9)
    told = page_of(catenary.logistics.Upgrades(**{**vars(upgrades), "plan": worse}))
    assert said(of(told, "sure")["paragraphs"][0]).startswith("It is not proven")


def test_without_measures_the_page_says_where_capacity_is_scarce() -> None:
    result = catenary.upgrades(freight_on_a_map(), sea="no")
    page = page_of(result)
    assert "Dostyk" in said(page["headline"][0])
    scarce = result.prices[result.prices["price"] > 1e-9]
    table = of(page, "scarce")
    assert np.allclose(column(table, "one more t/day saves"), scarce["price"], rtol=CLOSE)
    idle = page_of(catenary.upgrades(freight_on_a_map((1.0, 1.0, 1.0)), sea="no"))
    assert "No capacity is scarce" in said(idle["headline"][0])


# --- congestion -----------------------------------------------------------------------------------


def test_congestion_tells_where_most_waits_and_how_much(congestion: Congestion) -> None:
    page = page_of(congestion)
    worst = congestion.places.iloc[0]
    for lang in LANGUAGES:
        lead = said(page["headline"][0], lang)
        for word in ("Dostyk", f"{worst['use']:.0%}", f"{worst['delay']:.2f}"):
            assert word in lead
    table = of(page, "places")
    limited = congestion.places[congestion.places["capacity"].notna()]
    for head, name in (
        ("flow", "flow"), ("capacity", "capacity"), ("load over capacity", "use"),
        ("days of waiting", "delay"), ("goods that wait", "waiting"),
    ):  # fmt: skip
        assert np.allclose(column(table, head), limited[name], rtol=CLOSE, atol=1e-12)
    bars = of(page, "waiting")["rows"]
    assert bars[0]["value"] == pytest.approx(worst["delay"], rel=CLOSE)
    table = of(page, "modes")
    carried = congestion.modes[congestion.modes["loaded"] > 0]
    assert np.allclose(column(table, "activity"), carried["activity"], rtol=CLOSE)
    assert math.fsum(column(table, "share of activity")) == pytest.approx(1, abs=1e-5)


def test_the_map_of_congestion_shows_load_over_capacity(congestion: Congestion) -> None:
    figure = of(page_of(congestion), "map")
    style = {said(line["legs"][0]["name"]): line["style"] for line in figure["lines"]}
    assert style["Saint Petersburg – Moscow, road"] == "full"
    assert style["Urumqi – Moscow, rail"] == "free"  # no limit known
    marks = {said(one["name"]): one for one in figure["marks"]}
    assert marks["Dostyk"]["strong"]
    assert marks["Dostyk"]["size"] == 1
    assert "strong" not in marks["Suez Canal"]
    used = {one["style"] for one in figure["lines"]}
    assert {one["style"] for one in figure["key"]} == used


def test_an_exact_answer_says_what_is_full_and_stays_behind() -> None:
    world = freight_on_a_map()
    lanes = world.table("lanes").reset_index()
    lanes["open"] = [float(one not in ("air", "road")) for one in lanes["id"].astype(str)]
    result = catenary.congestion(world.with_(lanes=lanes), sea="no", method="exact")
    page = page_of(result)
    assert said(page["headline"][0]).startswith("Full: Dostyk")
    table = of(page, "unserved")
    assert np.allclose(column(table, "stays behind"), result.unserved["amount"], rtol=CLOSE)
    assert "solved to the end" in said(of(page, "sure")["paragraphs"][0])


def test_a_world_without_places_has_tables_and_no_map() -> None:
    page = page_of(catenary.congestion(small_freight(), sea="no"))
    assert "map" not in {one["id"] for one in page["sections"]}
    assert column(of(page, "places"), "place")[0] == "border_ab"


# --- modes and links ------------------------------------------------------------------------------


def test_modes_stand_side_by_side_and_their_legs_add_up(modes: Modes) -> None:
    page = page_of(modes)
    table = of(page, "modes")
    assert np.allclose(column(table, "days"), modes.modes["duration"], rtol=CLOSE)
    assert np.allclose(column(table, "freight"), modes.modes["cost"], rtol=CLOSE)
    assert np.allclose(column(table, "emissions"), modes.modes["emissions"], rtol=CLOSE)
    for one in modes.modes.to_dict("records"):
        legs = of(page, f"legs-{one['mode']}")
        assert math.fsum(column(legs, "days")) == pytest.approx(one["duration"], rel=1e-4)
        assert math.fsum(column(legs, "freight")) == pytest.approx(one["cost"], rel=1e-4)
    assert said(page["title"]) == "Shanghai to Frankfurt am Main by mode"
    best = modes.modes.iloc[0]
    assert f"{best['duration']:,.1f} days" in said(page["headline"][0])


def test_every_mode_is_drawn_from_end_to_end(modes: Modes) -> None:
    figure = of(page_of(modes), "map")
    assert {"sea", "rail", "road", "air"} <= {one["style"] for one in figure["lines"]}
    ends = {said(one["name"]): one for one in figure["marks"] if one["kind"] == "end"}
    assert set(ends) == {"Shanghai", "Frankfurt am Main"}
    sea = [one["legs"][0] for one in figure["lines"] if one["style"] == "sea"]
    points = np.concatenate([np.reshape(leg["points"], (-1, 2)) for leg in sea])
    suez = np.array([32.4, 30.6])
    assert np.hypot(*(points - suez).T).min() < 2, "the sea leg leads through Suez, as its table"
    names = [said(one["name"]) for one in figure["marks"] if one["kind"] == "passage"]
    assert "Suez Canal" in names
    assert not [one for one in names if "corridor" in one]


def test_links_say_what_a_closure_changes(links: Links) -> None:
    page = page_of(links)
    frame = links.links
    extra = frame[["extra_duration", "extra_cost", "extra_emissions"]].abs().max(axis=1)
    changed = frame[extra > 1e-9]
    assert 0 < len(changed) < len(frame)
    for lang, name in (("en", "Suez Canal"), ("zh", "苏伊士运河")):
        lead = said(page["headline"][0], lang)
        assert name in lead
        assert f"{changed['extra_duration'].mean():.1f}" in lead
    table = of(page, "changes")
    assert len(table["rows"]) == len(changed)
    assert math.fsum(column(table, "extra days")) == pytest.approx(
        changed["extra_duration"].sum(), rel=1e-4
    )
    worst = frame.groupby("destination")["extra_duration"].mean().max()
    assert of(page, "longer")["rows"][0]["value"] == pytest.approx(worst, rel=CLOSE)


def test_links_say_which_mode_carries_what(links: Links) -> None:
    page = page_of(links)
    table = of(page, "modes")
    counts = links.links["mode"].value_counts()
    assert column(table, "links") == counts.tolist()
    by_product = of(page, "products")
    assert column(by_product, "product") == ["chips", "ore"]
    assert column(by_product, "by air") == [1, 0]
    usual = page_of(catenary.links(goods()))
    assert "changes" not in {one["id"] for one in usual["sections"]}
    assert "50% of links by air" in said(usual["headline"][0])


# --- all ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["upgrades", "congestion", "modes", "links"])
def test_a_page_is_complete_in_both_languages(name: str, request: pytest.FixtureRequest) -> None:
    page = page_of(request.getfixturevalue(name))
    for text in texts(page["sections"]):
        assert all(text[lang].strip() for lang in LANGUAGES)
    headings = [one["title"] for one in page["sections"] if one["kind"] != "code"]
    assert all(any("\u4e00" <= c <= "\u9fff" for c in said(one, "zh")) for one in headings)
    assert len({one["id"] for one in page["sections"]}) == len(page["sections"])
    assert any("\u4e00" <= c <= "\u9fff" for c in said(page["headline"][0], "zh"))


def test_several_worlds_have_their_sections_side_by_side() -> None:
    worlds = catenary.Worlds(
        {"busy": freight_on_a_map(), "calm": freight_on_a_map((1.0, 1.0, 1.0))}
    )
    page = page_of(catenary.congestion(worlds, sea="no"))
    ids = [one["id"] for one in page["sections"]]
    assert {"map", "map-1", "places", "places-1"} <= set(ids)
    assert [said(one["name"]) for one in page["answers"]] == ["busy", "calm"]


def test_a_saved_result_makes_the_same_page(upgrades: Upgrades, tmp_path: Any) -> None:
    file = tmp_path / "plan.result"
    catenary.save(upgrades, file)
    again = catenary.load(file)
    assert isinstance(again, catenary.Result)
    assert page_of(again)["sections"] == page_of(upgrades)["sections"]


def test_where_no_capacity_is_known_the_page_says_that_it_cannot_answer() -> None:
    world = small_freight(capacity=None)
    none = {
        name: world.table(name).reset_index().assign(capacity=math.nan)
        for name in ("lanes", "passages")
    }
    page = page_of(catenary.congestion(world.with_(none), sea="no"))
    lead = said(page["headline"][0])
    assert "cannot be answered" in lead
    assert "Nothing fills up" not in lead
    free = page_of(catenary.congestion(small_freight(), sea="no", method="exact", product=""))
    assert "cannot be answered" not in said(free["headline"][0])


def test_the_plan_comes_first_and_a_missing_budget_is_named() -> None:
    world = freight_on_a_map()
    for budget, first in ((BUDGET, "For "), (0.0, "No budget is given")):
        found = catenary.upgrades(world, sea="no", measures=MEASURES, budget=budget)
        lines = found.summary().splitlines()
        assert lines[0].startswith(first)
        assert "one more t/day" in lines[1]
    assert "--budget" in said(page_of(found)["headline"][0])
