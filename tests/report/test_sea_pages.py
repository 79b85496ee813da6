"""Pages of the sea: every leg is there, sums add up, passages are named, in both languages."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, cast

import numpy as np
import pytest

import catenary
from catenary.languages import in_language
from catenary.report.atsea import called, spot
from catenary.report.detours import detours

if TYPE_CHECKING:
    from collections.abc import Mapping

    from catenary.logistics import Chokepoints, Routes

pytestmark = pytest.mark.part("4.5")

SEA: Final = cast("catenary.World", catenary.load("sea"))
LANGUAGES: Final = ("en", "zh")


@pytest.fixture(scope="module")
def suez() -> Routes:
    """Return the ways from Shanghai to Rotterdam."""
    return catenary.routes(SEA, origin="CNSHA", destination="NLRTM", alternatives=3)


@pytest.fixture(scope="module")
def narrows() -> Chokepoints:
    """Return what closures do to a few ports, pairs of passages among them."""
    ports = "CNSHA,NLRTM,USNYC,SGSIN,UAODS,SADMM,BRSSZ"
    return catenary.chokepoints(SEA, ports=ports, pairs=True)


def page_of(result: catenary.Result) -> dict[str, Any]:
    page = dict(catenary.report(result).document)
    text = json.dumps(page, allow_nan=False)
    assert "NaN" not in text
    assert "nan" not in {word.strip('",.:;() ') for word in text.split()}
    return page


def of(page: Mapping[str, Any], place: str) -> dict[str, Any]:
    found: dict[str, Any] = next(one for one in page["sections"] if one["id"] == place)
    return found


def said(text: Any, lang: str) -> str:
    return str(text[lang] if isinstance(text, dict) else text)


def column(section: Mapping[str, Any], english: str) -> int:
    return [said(one["name"], "en") for one in section["columns"]].index(english)


def test_every_leg_is_in_a_table_and_they_add_up_to_the_route(suez: Routes) -> None:
    page = page_of(suez)
    for row in suez.routes.to_dict("records"):
        place = "legs" if row["route"] == 1 else f"legs-route-{row['route']}"
        table = of(page, place)
        legs = suez.legs[suez.legs["route"] == row["route"]]
        assert len(table["rows"]) == len(legs)
        for head, name, unit in (
            ("distance", "distance", 1.0), ("days", "duration", 1.0), ("cost", "cost", 1.0),
            ("emissions", "emissions", 1e3),
        ):  # fmt: skip
            at = column(table, head)
            parts = [one[at] for one in table["rows"]]
            assert table["total"][at] == pytest.approx(row[name] / unit, rel=1e-5)
            assert math.fsum(parts) == pytest.approx(row[name] / unit, rel=1e-5)
        told = " ".join(said(one[1], "en") for one in table["rows"])
        for passage in legs["passage"][legs["passage"] != ""]:
            assert f"through {called(passage)}" in told


def test_the_map_draws_every_leg_where_it_leads(suez: Routes) -> None:
    figure = of(page_of(suez), "map")
    assert [line["style"] for line in figure["lines"]] == ["other", "other", "best"]
    assert len(figure["lines"][-1]["legs"]) == int((suez.legs["route"] == 1).sum())
    drawn = np.concatenate(
        [np.reshape(leg["points"], (-1, 2)) for leg in figure["lines"][-1]["legs"]]
    )
    known = suez.paths[suez.paths["route"] == 1][["lon", "lat"]].to_numpy()
    assert np.allclose(drawn, known, atol=5.1e-4)
    ends = [one for one in figure["marks"] if one["kind"] == "end"]
    assert [said(one["name"], "en") for one in ends] == ["Shanghai", "Rotterdam"]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_passage_is_named_on_the_map_in_both_languages(suez: Routes, lang: str) -> None:
    figure = of(page_of(suez), "map")
    names = {said(one["name"], lang) for one in figure["marks"] if one["kind"] == "passage"}
    used = set(suez.legs["passage"]) - {""}
    assert names == {in_language(called(one), lang) for one in used}
    numbers = [one["number"] for one in figure["marks"] if "number" in one]
    assert numbers == list(range(1, len(used) + 1))


def test_the_lead_says_where_how_far_and_by_which_way(suez: Routes) -> None:
    page = page_of(suez)
    row = suez.routes.iloc[0]
    lead = page["headline"][0]
    for lang in LANGUAGES:
        told = said(lead, lang)
        for word in ("Shanghai", "Rotterdam", f"{row['distance']:,.0f}", f"{row['cost']:,.0f}"):
            assert word in told
    assert "Strait of Malacca" in lead["en"]
    assert "马六甲海峡" in lead["zh"]
    assert page["title"] == {"en": "Shanghai to Rotterdam", "zh": "Shanghai 至 Rotterdam"}
    assert [len(one["sentences"]) for one in page["answers"]] == [4]


def test_over_the_antimeridian_longitudes_go_on() -> None:
    result = catenary.routes(SEA, origin="JPYOK", destination="USLAX")
    page = page_of(result)
    (line,) = of(page, "map")["lines"]
    points = np.concatenate([np.reshape(leg["points"], (-1, 2)) for leg in line["legs"]])
    assert np.abs(np.diff(points[:, 0])).max() < 30
    assert points[-1, 0] > 180
    assert "points" not in {one["id"] for one in page["sections"]}


def test_routes_that_trade_cost_for_time_have_a_chart() -> None:
    result = catenary.routes(SEA, origin="CNSHA", destination="NLRTM", closed="suez", pareto=True)
    assert result.routes["efficient"].sum() > 1
    chart = of(page_of(result), "points")
    assert [one["strong"] for one in chart["rows"]] == result.routes["efficient"].tolist()
    assert np.allclose([one["x"] for one in chart["rows"]], result.routes["duration"], rtol=1e-5)
    assert np.allclose([one["y"] for one in chart["rows"]], result.routes["cost"], rtol=1e-5)


def test_closures_are_ranked_and_marked_by_effect(narrows: Chokepoints) -> None:
    page = page_of(narrows)
    table = narrows.chokepoints
    worst = table[(table["kind"] == "passage") & (table["effect"] > 1e-9)]
    bars = of(page, "passages")["rows"]
    values = [one["value"] for one in bars]
    assert values == sorted(values, reverse=True)
    assert np.allclose(values, worst["effect"].nlargest(len(values)), rtol=1e-5)
    marks = [one for one in of(page, "map")["marks"] if one["kind"] == "passage"]
    assert len(marks) == len(worst)
    assert max(one["size"] for one in marks) == 1
    top = worst.nlargest(1, "effect")["closed"].iloc[0]
    assert called(top) in said(page["headline"][0], "en")
    assert in_language(called(top), "zh") in said(page["headline"][0], "zh")
    assert len(of(page, "cut-off")["rows"]) == len(narrows.cut_off)
    assert of(page, "pairs")["rows"]


def test_detours_are_drawn_as_the_table_has_them(narrows: Chokepoints) -> None:
    """The lines are found again for the page; their lengths are those of the result."""
    drawn = detours(narrows.chokepoints, narrows.detours)
    assert 1 <= len(drawn) <= 3
    assert any({"suez", "bab_el_mandeb"} <= set(one.passages) for one in drawn)
    for closure in drawn:
        for one in closure.detours:
            for when, line in (("before", one.before), ("after", one.after)):
                far = length_of(line)
                assert far == pytest.approx(one.row[f"distance_{when}"], rel=0.01)
            away = [nearest(one.after, passage) for passage in closure.passages]
            assert min(away) > 50, "the detour leads through what is closed"
    page = page_of(narrows)
    figures = [one for one in page["sections"] if one["id"].startswith("detours-")]
    assert len(figures) == len(drawn)
    for figure, closure in zip(figures, drawn, strict=True):
        styles = [line["style"] for line in figure["lines"]]
        count = len(closure.detours)
        assert styles == ["after"] * count + ["before"] * count
        closed = [one for one in figure["marks"] if one["kind"] == "closed"]
        assert len(closed) == len(closure.passages)


def length_of(line: list[float]) -> float:
    """Return the kilometres along lon, lat, lon, lat …."""
    lon, lat = np.radians(np.reshape(line, (-1, 2))).T
    points = np.stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])
    chord = np.linalg.norm(np.diff(points, axis=1), axis=0)
    return float((2 * np.arcsin(np.minimum(chord / 2, 1))).sum() * 6371.0088)


def nearest(line: list[float], passage: str) -> float:
    at = spot(passage)
    assert at is not None
    points = np.reshape(line, (-1, 2))
    return min(length_of([at.lon, at.lat, *point]) for point in points)


def test_few_distances_are_a_matrix_and_many_are_pairs() -> None:
    few = catenary.distances(SEA, origins="CNSHA,NLRTM,USNYC")
    page = page_of(few)
    matrix = of(page, "matrix")
    assert [said(row[0], "en") for row in matrix["rows"]] == ["Shanghai", "Rotterdam", "New York"]
    far = few.distances.set_index(["origin", "destination"])["distance"]
    assert matrix["rows"][0][2] == pytest.approx(far["CNSHA", "NLRTM"], rel=1e-5)
    assert not {one["kind"] for one in page["sections"]} & {"map", "sea", "bars"}
    ports = "CNSHA,NLRTM,USNYC,SGSIN,UAODS,SADMM,BRSSZ,INNSA,AUSYD,JPYOK,USLAX"
    many = page_of(catenary.distances(SEA, origins=ports))
    assert len(of(many, "pairs")["rows"]) == 11 * 10


def test_a_place_that_no_way_leads_to_is_blank_and_not_a_number() -> None:
    result = catenary.distances(SEA, origins="SADMM,NLRTM", closed="hormuz")
    assert result.distances["distance"].isna().any()
    page = page_of(result)
    assert of(page, "matrix")["rows"][0][2] is None


def test_emissions_name_their_basis_and_legs_add_up() -> None:
    result = catenary.emissions(SEA, mass=10, origin="CNSHA", destination="NLRTM")
    page = page_of(result)
    legs = of(page, "legs")
    at = column(legs, "emissions well to wheel")
    whole = result.emissions["well_to_wheel"].iloc[0]
    assert legs["total"][at] == pytest.approx(whole, rel=1e-5)
    assert math.fsum(row[at] for row in legs["rows"]) == pytest.approx(whole, rel=1e-4)
    assert "shortest feasible distance" in said(page["headline"][0], "en")
    assert "Shanghai" in said(page["headline"][0], "zh")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_page_stands_without_javascript(suez: Routes, lang: str, assets: Any) -> None:
    page = replace(catenary.report(suez, lang=lang), assets=assets)
    total = f"{suez.routes['distance'].iloc[0]:,.6g}"
    assert total in page.html
    assert in_language(called("suez"), lang) in page.html


def test_a_saved_result_makes_the_same_page(narrows: Chokepoints, tmp_path: Any) -> None:
    file = tmp_path / "narrows.result"
    catenary.save(narrows, file)
    again = catenary.load(file)
    assert isinstance(again, catenary.Result)
    assert page_of(again)["sections"] == page_of(narrows)["sections"]


def test_words_that_are_no_place_have_no_mark() -> None:
    assert spot("nowhere") is None
    assert called("nowhere") == "nowhere"
