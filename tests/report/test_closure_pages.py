"""Pages of closures: who waits, who pays and where goods go, as the tables of the result say."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
import pytest
from freightings import parts_for_all, shut

import catenary
from catenary.languages import LANGUAGES, in_language
from catenary.maths.sphere import great_circle
from catenary.report.atsea import called, spot
from catenary.report.detours import sea_way
from catenary.report.places import default_places
from catenary.report.rerouted import gone_round, held, rerouted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from catenary.disruption.stress import Stress

pytestmark = pytest.mark.part("6.7")

CLOSE: Final = 1e-5  # pages keep six digits
OWN: Final = {"ways", "waits", "pays", "late", "round", "gained", "no-way", "closed"}


@pytest.fixture(scope="module")
def suez() -> Stress:
    return catenary.stress(parts_for_all(), scenario=shut("suez"), days=120)


@pytest.fixture(scope="module")
def chains_shut() -> Stress:
    """Return both sourcing bounds of the chains while ships leave the Red Sea."""
    worlds = catenary.load("chains")
    assert isinstance(worlds, catenary.Worlds)
    return catenary.stress(worlds, scenario=shut("suez", "bab_el_mandeb"), days=90)


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


def ids(page: Mapping[str, Any]) -> set[str]:
    return {str(one["id"]) for one in page["sections"]}


def test_without_a_closure_the_page_has_nothing_of_one(chains: catenary.Result) -> None:
    assert chains.tables["closures"].empty
    page = page_of(chains)
    assert not ids(page) & (OWN | {"closure-method", "table-closures", "table-detours"})
    labels = [said(one["label"]) for one in page["figures"]]
    assert "products below normal" in labels
    assert not [one for one in labels if "late" in one]
    assert len(labels) == 8


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_first_sentence_says_what_is_shut_and_who_is_late(suez: Stress, lang: str) -> None:
    page = page_of(suez)
    lead = said(page["headline"][0], lang)
    late = suez.detours[suez.detours["late"] > 0]
    figures = suez.figures().set_index("figure")["value"]
    assert in_language(called("suez"), lang) in lead
    for word in (str(len(late)), f"{figures['mean delay of late goods']:.1f}", "5", "64"):
        assert word in lead
    cards = {said(one["label"]): one["value"] for one in page["figures"]}
    for name in ("trade links late", "mean delay of late goods", "freight paid more",
                 "worth of the time lost", "emitted more"):  # fmt: skip
        assert cards[name] == pytest.approx(figures[name], rel=CLOSE)


def test_who_waits_is_the_share_of_all_waiting(suez: Stress) -> None:
    """Another way to the same: goods-days by region over all, product by product."""
    rows = suez.detours
    days = rows["late"] * rows["extra_duration"] + rows["lost"] * rows["duration"]
    table = pd.pivot_table(
        rows.assign(days=days), index="destination", columns="product", values="days",
        aggfunc="sum", fill_value=0.0,
    )  # fmt: skip
    shares = (table / table.sum()).mean(axis=1).sort_values(ascending=False)
    bars = of(page_of(suez), "waits")["rows"]
    assert np.allclose([one["value"] for one in bars], shares[shares > 1e-9], rtol=CLOSE)
    assert math.fsum(one["value"] for one in bars) == pytest.approx(1, rel=1e-4)


def test_who_pays_sums_to_freight_and_time_lost(suez: Stress) -> None:
    rows = suez.detours
    paid = (rows["cost"] + rows["time_cost"]).groupby(rows["destination"]).sum()
    page = page_of(suez)
    bars = of(page, "pays")
    assert bars["unit"] == "USD"
    values = [one["value"] for one in bars["rows"]]
    assert np.allclose(values, paid.sort_values(ascending=False), rtol=CLOSE)
    told = [said(one) for one in page["answers"][0]["sentences"]]
    whole = [one for one in told if one.startswith("It costs")]
    assert f"{rows['emissions'].sum():+,.0f} t CO2e" in whole[0]


def test_what_nobody_weighs_is_told_by_the_tonne() -> None:
    result = catenary.stress(parts_for_all(None), scenario=shut("suez"), days=90)
    assert result.detours["cost"].isna().all()
    page = page_of(result)
    assert of(page, "pays")["kind"] == "table"
    assert "is not known" in said(of(page, "pays")["note"])
    labels = [said(one["label"]) for one in page["figures"]]
    assert "freight paid more" not in labels
    rows = result.detours
    keys = [rows["destination"], rows["product"]]
    weight = rows["quantity"] * rows["days"]
    each = (rows["extra_cost"] * weight).groupby(keys).sum() / weight.groupby(keys).sum()
    mean = each.groupby("destination").mean()
    values = [row[1] for row in of(page, "pays")["rows"]]
    assert np.allclose(values, mean[mean > 1e-9].sort_values(ascending=False), rtol=CLOSE)


def test_what_comes_late_is_all_of_it(suez: Stress) -> None:
    table = of(page_of(suez), "late")
    rows = suez.detours[suez.detours["late"] > 0]
    late = rows.groupby(["destination", "product"])["late"].sum()
    assert len(table["rows"]) == len(late)
    told = column(table, "late in all, product units")
    assert math.fsum(told) == pytest.approx(late.sum(), rel=1e-4)
    share = math.fsum(column(table, "share of the waiting in the product"))
    assert share == pytest.approx(rows["product"].nunique(), rel=1e-4)
    links = of(page_of(suez), "round")
    assert sum(column(links, "trade links")) == len(suez.detours)


def far_from(lines: list[list[float]], place: str) -> float:
    """Return the least kilometres between lines and a passage."""
    at = spot(place)
    assert at is not None
    points = np.concatenate([np.reshape(one, (-1, 2)) for one in lines])
    return float(great_circle(points[:, 0], points[:, 1], at.lon, at.lat).min() / 1e3)


def test_the_map_leads_through_the_passage_before_and_not_after(suez: Stress) -> None:
    found = rerouted(suez.detours, suez.closures)
    assert 2 <= len(found) <= 6
    for one in found:
        assert "suez" in one.row["passages"].split(";")
        assert far_from(one.before, "suez") < 110  # a point every 200 km
        assert far_from(one.after, "suez") > 200
        for label in one.row["passages_instead"].split(";"):
            if spot(label):
                assert far_from(one.after, label) < 300, label
    figure = of(page_of(suez), "ways")
    styles = [line["style"] for line in figure["lines"]]
    assert styles == ["after"] * len(found) + ["before"] * len(found)
    closed = [said(one["name"]) for one in figure["marks"] if one["kind"] == "closed"]
    assert closed == ["Suez Canal"]
    ends = {said(one["name"]) for one in figure["marks"] if one["kind"] == "end"}
    labels = {str(one.row[end]) for one in found for end in ("origin", "destination")}
    assert ends == {default_places()[label].name for label in labels}


def test_passages_may_be_named_in_any_order() -> None:
    """The way is the same, and as long as the way through them in their order."""
    names = ("taiwan_strait", "sunda", "cape_good_hope", "dover", "nieuwe_waterweg")
    ordered = sea_way("CNSHA", "NLRTM", names)
    mixed = sea_way("CNSHA", "NLRTM", ("sunda", "dover", *names[:1], *names[4:], *names[2:3]))
    assert ordered == mixed
    lon, lat = np.reshape(mixed, (-1, 2)).T
    far = great_circle(lon[:-1], lat[:-1], lon[1:], lat[1:]).sum() / 1e3
    assert 24_000 < far < 28_000


def test_goods_that_wait_have_one_dashed_line_through_what_is_closed() -> None:
    result = catenary.stress(parts_for_all(), scenario=shut("suez", days=3), days=60)
    assert not gone_round(result.detours).any()
    page = page_of(result)
    figure = of(page, "ways")
    assert {line["style"] for line in figure["lines"]} == {"other"}
    assert [one["style"] for one in figure["key"]] == ["other"]
    for one in rerouted(result.detours, result.closures):
        assert not one.after
        assert far_from(one.before, "suez") < 110
    assert column(of(page, "round"), "during the closure")
    told = {said(one) for one in column(of(page, "round"), "during the closure")}
    assert told == {"waits, or the same way"}


def test_regions_that_no_map_knows_have_tables_and_no_lines(suez: Stress) -> None:
    labels = {"CHN": "Q1", "DEU": "Q2", "KOR": "Q3", "SGP": "Q4", "POL": "Q5", "USA": "Q6"}
    detours = suez.detours.replace({"origin": labels, "destination": labels})
    page = page_of(replace(suez, detours=detours))
    assert "ways" not in ids(page)
    assert {"waits", "pays", "late"} <= ids(page)


def test_a_closure_that_nobody_meets_says_so() -> None:
    result = catenary.stress(parts_for_all(), scenario=shut("hormuz"), days=40)
    page = page_of(result)
    if result.detours.empty and len(result.closures):
        assert "no trade comes late" in said(page["headline"][0])
    assert not ids(page) & {"waits", "ways", "late"}


def test_what_has_no_way_is_listed(suez: Stress) -> None:
    lost = suez.detours.assign(lost=np.where(suez.detours["destination"] == "POL", 7.5, 0.0))
    page = page_of(replace(suez, detours=lost))
    table = of(page, "no-way")
    assert set(map(said, column(table, "to"))) == {"Poland"}
    assert column(table, "lost, product units") == [7.5] * (lost["lost"] > 0).sum()


def test_two_worlds_stand_side_by_side(chains_shut: Stress) -> None:
    page = page_of(chains_shut)
    assert {"ways", "waits", "pays", "late", "late-1", "closed"} <= ids(page)
    waits = of(page, "waits")
    assert waits["kind"] == "pair"
    for part in waits["parts"]:
        assert math.fsum(one["value"] for one in part["rows"]) <= 1 + 1e-6
    for lang in LANGUAGES:
        lead = said(page["headline"][0], lang)
        for _, rows in chains_shut.detours.groupby("world"):
            assert str((rows["late"] > 0).sum()) in lead
    assert held(chains_shut.detours).between(0, 1).all()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_heading_and_note_speaks_the_language(suez: Stress, lang: str) -> None:
    page = page_of(suez)
    mine = [one for one in page["sections"] if one["id"] in OWN]
    assert len(mine) >= 6
    for one in mine:
        for text in (one["title"], one.get("note", one["title"]), one.get("alt", one["title"])):
            has = any("\u4e00" <= c <= "\u9fff" for c in said(text, lang))
            assert has == (lang == "zh")
    assert len(ids(page)) == len(page["sections"])


def test_the_map_draws_those_who_wait_as_well_and_labels_are_told_by_name() -> None:
    worlds = catenary.load("chains")
    assert isinstance(worlds, catenary.Worlds)
    scenario = catenary.scenario("ever-given-2021")
    result = catenary.stress(worlds, scenario=scenario)
    page = page_of(result)
    rows = result.detours[result.detours["world"] == "pooled"]
    still = rows[~gone_round(rows) & (rows["late"] > 0)]
    names = default_places()
    pairs = {
        f"{names[a].name} – {names[b].name}, waits"
        for a, b in zip(still["origin"].astype(str), still["destination"].astype(str), strict=True)
    }
    drawn = [line for line in of(page, "ways")["lines"] if line["style"] == "other"]
    assert drawn
    assert {said(line["legs"][0]["name"]) for line in drawn} <= pairs
    assert "other" in {one["style"] for one in of(page, "ways")["key"]}
    told = [said(one) for one in page["warnings"]]
    assert not [one for one in told if one.startswith(("pooled:", "home-first:"))]
    days = [one["value"] for one in page["figures"] if one["unit"] == "day"]
    assert all(value is None or value >= 0.05 for value in days)
    shown = json.dumps(page["sections"])
    assert '"id": "regions-0"' not in shown
