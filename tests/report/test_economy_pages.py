"""Pages of what is seen of an economy: true to their numbers, in both languages."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from rings import world_of

import catenary
from catenary import Worlds
from catenary.catalogue import ANALYSES
from catenary.testing import two_regions

if TYPE_CHECKING:
    from collections.abc import Mapping

    from catenary.economy import Exposure

pytestmark = pytest.mark.part("5.11")


def page_of(result: catenary.Result) -> dict[str, Any]:
    page = dict(catenary.report(result).document)
    assert "NaN" not in json.dumps(page, allow_nan=False)
    return page


def of(page: Mapping[str, Any], place: str) -> dict[str, Any]:
    found: dict[str, Any] = next(one for one in page["sections"] if one["id"] == place)
    return found


@pytest.fixture(scope="module")
def found() -> Exposure:
    return catenary.exposure(world_of(["JPN", "CHN", "DEU", "USA"]), paths=6)


def test_the_lead_names_who_hides_most_and_both_shares(found: Exposure) -> None:
    page = page_of(found)
    top = found.regions.iloc[0]
    name = {"JPN": ("Japan", "日本"), "CHN": ("China", "中国"), "DEU": ("Germany", "德国"),
            "USA": ("United States", "美国")}[top["region"]]  # fmt: skip
    for lang, called in zip(("en", "zh"), name, strict=True):
        told = page["headline"][0][lang]
        assert called in told
        for column in ("look_through", "face_value"):
            assert f"{top[column]:.1%}" in told
    assert page["title"] == {"en": "Foreign exposure", "zh": "对外依赖"}
    assert {one["unit"] for one in page["figures"]} == {"share"}
    assert [one["value"] for one in page["figures"]] == pytest.approx(
        top[["hidden", "look_through", "face_value"]].tolist(), rel=1e-5
    )


def test_every_region_is_a_point_of_both_exposures(found: Exposure) -> None:
    figure = of(page_of(found), "hidden")
    rows = found.regions
    np.testing.assert_allclose([one["x"] for one in figure["rows"]], rows["face_value"], rtol=1e-5)
    np.testing.assert_allclose(
        [one["y"] for one in figure["rows"]], rows["look_through"], rtol=1e-5
    )
    assert len(of(page_of(found), "map")["layers"]) == 4


def test_partners_are_others_and_paths_are_named_in_the_order_of_the_goods(found: Exposure) -> None:
    page = page_of(found)
    for row in of(page, "partners")["rows"]:
        assert row[0] != row[1]
        assert row[3] == pytest.approx(row[2] + row[4], abs=1e-5)
    paths = of(page, "chain-paths")["rows"]
    assert len(paths) == 6
    for row, known in zip(paths, found.paths.to_dict("records"), strict=True):
        last = known["path"].split(" → ")[-1]
        assert last == known["producer"]
        assert row[1]["en"].count("→") == known["links"]
        assert row[3] == pytest.approx(known["share"], rel=1e-5)


def test_a_page_of_two_years_shows_both_and_one_without_trade_says_so() -> None:
    world = world_of(["JPN", "CHN"])
    both = catenary.exposure(Worlds({"1995": world, "2011": world}))
    page = page_of(both)
    assert of(page, "map")["kind"] == "pair"
    assert [one["name"] for one in page["answers"]] == ["1995", "2011"]
    alone = page_of(catenary.exposure(world_of(["JPN"])))
    assert "rest on production abroad" in alone["headline"][0]["en"]
    empty: dict[str, Any] = {name: table.iloc[:0] for name, table in both.tables.items()}
    assert "no rows" in page_of(replace(both, **empty))["headline"][0]["en"]


@pytest.mark.parametrize("name", ["position", "linkages", "extraction", "decomposition"])
def test_other_views_have_a_page_with_a_title_of_their_own(name: str) -> None:
    world = two_regions()
    several = Worlds({"a": world, "b": world})
    given: dict[str, Any] = {"target": "AAA"} if name == "extraction" else {}
    result = ANALYSES[name](several if name == "decomposition" else world, **given)
    page = page_of(result)
    assert page["title"]["en"] not in ("", f"Result of {name}")
    assert page["title"]["zh"] != page["title"]["en"]
    assert page["headline"][0]["zh"] != page["headline"][0]["en"]


def test_a_heading_is_that_of_its_own_analysis() -> None:
    world = world_of(["JPN", "CHN", "DEU", "USA"])
    results = [
        catenary.value_added(world), catenary.budgets(two_regions()), catenary.stages(world),
        catenary.border_carbon(two_regions(), price=80, importer="BBB"),
    ]  # fmt: skip
    heading = {
        (result.run.analysis, one["file"].removesuffix(".csv")): one["title"]["en"]
        for result in results
        for one in page_of(result)["sections"]
        if one["id"].startswith("table-")
    }
    assert "exporter and product" in heading["value_added", "sectors"]
    assert "converge" in heading["budgets", "sectors"]
    assert "not met" not in heading["stages", "demand"]
    assert "exporter and product" in heading["border_carbon", "flows"]
