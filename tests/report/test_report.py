"""The page of a result: whole, true, safe, quick, and honest about what is not there."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import time
import zipfile
import zlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, get_args

import hypothesis.extra.numpy as hnp
import hypothesis.strategies as st
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from rings import every_place, shock, world_of

import catenary
from catenary.economy.value_added import Method
from catenary.errors import ArchiveError, DataError, OptionError, SourceError
from catenary.languages import in_language
from catenary.model import Matrix, Result, Run
from catenary.report.building import document_of
from catenary.report.document import MOST_ROWS, packed
from catenary.report.page import html_of
from catenary.report.paper import Report
from catenary.report.places import default_places
from catenary.report.reproducing import toml_of
from catenary.report.tallies import coded, daily_of, views
from catenary.testing import two_regions
from catenary.worlds import scenarios

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from numpy.typing import NDArray

pytestmark = pytest.mark.part("3.2")

KEYS: Final = {  # of web/src/document.ts: what a section of each kind must have
    "words": {"paragraphs"},
    "map": {"alt", "unit", "palette", "layers", "missing"},
    "path": {"alt", "unit", "days", "series"},
    "bars": {"alt", "unit", "rows"},
    "table": {"columns", "rows", "file"},
    "code": {"language", "text"},
    "pair": {"names", "parts"},
}


def unpacked(packing: dict[str, Any]) -> NDArray[np.float64]:
    """Read packed numbers as the drawing code does."""
    rows, columns = packing["shape"]
    raw = zlib.decompress(base64.b64decode(packing["data"]))
    change = np.frombuffer(raw, "<u2").reshape(rows, columns)
    whole = np.cumsum(change, axis=0, dtype=np.uint16)
    values = packing["offset"] + packing["scale"] * whole
    return np.where(whole == 65535, np.nan, values)


def sections(found: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for section in found:
        yield section
        yield from sections(section.get("parts", []))


def is_text(value: Any) -> bool:
    return isinstance(value, str) or (
        isinstance(value, dict)
        and set(value) == {"en", "zh"}
        and all(isinstance(v, str) for v in value.values())
    )


def check_page(page: Mapping[str, Any]) -> None:
    """Hold a page against the contract with the drawing code."""
    assert json.loads(json.dumps(dict(page), allow_nan=False)) == page
    assert page["version"] == 1
    assert page["lang"] in ("en", "zh")
    assert is_text(page["title"])
    for key in ("headline", "warnings", "footer"):
        assert all(map(is_text, page[key])), key
    for figure in page["figures"]:
        assert is_text(figure["label"])
        assert figure["value"] is None or isinstance(figure["value"], int | float)
        assert isinstance(figure["unit"], str)
    every = list(sections(page["sections"]))
    ids = [section["id"] for section in every]
    assert len(set(ids)) == len(ids)
    for section in every:
        assert section["kind"] in KEYS
        assert set(section) >= KEYS[section["kind"]], section["id"]
        assert is_text(section["title"])
        for layer in section.get("layers", ()):
            assert set(layer["regions"]) <= set(page["places"])
            rows, columns = layer["values"]["shape"]
            assert columns == len(layer["regions"])
            assert rows == len(section.get("days", [0]))
            assert unpacked(layer["values"]).shape == (rows, columns)
        for series in section.get("series", ()):
            assert is_text(series["name"])
            assert len(series["values"]) == len(section["days"])
        if section["kind"] == "table":
            assert all(len(row) == len(section["columns"]) for row in section["rows"])


def of(page: Mapping[str, Any], place: str) -> dict[str, Any]:
    return next(section for section in sections(page["sections"]) if section["id"] == place)


@given(
    hnp.arrays(
        np.float64,
        hnp.array_shapes(min_dims=2, max_dims=2, min_side=0, max_side=6),
        elements=st.floats(-1e6, 1e6) | st.just(np.nan),
    ),
    st.sampled_from([0.0, 1e-4, 0.5]),
)
def test_packed_numbers_come_back(values: NDArray[np.float64], step: float) -> None:
    packing = packed(values, step=step)
    again = unpacked(packing)
    assert np.array_equal(np.isnan(again), np.isnan(values))
    known = np.isfinite(values)
    assert np.allclose(again[known], values[known], rtol=0, atol=0.5001 * packing["scale"] + 1e-9)
    if known.any():
        assert packing["scale"] <= max(np.ptp(values[known]) / 65000, step, 1e-300) or (
            packing["scale"] == 1.0
        )


def test_pages_of_every_analysis_keep_the_contract(chains: Result) -> None:
    small = world_of(["JPN", "CHN", "DEU"])
    one = catenary.stress(small, scenario=shock("JPN"), days=60)
    other = catenary.stress(small, scenario=shock("CHN"), days=60)
    drawn = catenary.Change(
        target="producers.capacity", where={"region": "JPN"}, multiply=0.5, days=20,
        uncertain={"multiply": {"distribution": "uniform", "low": 0.0, "high": 1.0}},
    )  # fmt: skip
    many = catenary.ensemble(small, catenary.Scenario("drawn", (drawn,)), runs=16, days=40)
    for result in (
        chains, one, catenary.footprint(small), catenary.compare(one, other), many,
        catenary.index(small, days=20),
        catenary.index(catenary.Worlds({"2000": small, "2010": small}, name="years"), days=20),
        chains, one, catenary.value_added(small), catenary.footprint(small),
        catenary.compare(one, other), many,
        catenary.compare(catenary.footprint(small), catenary.footprint(small)),
        catenary.compare(chains, chains), catenary.compare(many, many),
    ):  # fmt: skip
        page = catenary.report(result).document
        check_page(page)
        assert page["headline"]
        assert [s for s in page["sections"] if s["kind"] == "table"]
    kinds = {s["kind"] for s in catenary.report(many).document["sections"]}
    assert {"map", "bars"} <= kinds


@pytest.mark.part("5.11")
@pytest.mark.parametrize("method", get_args(Method))
def test_the_page_of_value_added_shows_its_parts_and_a_word_for_every_term(method: Method) -> None:
    result = catenary.value_added(world_of(["JPN", "CHN", "DEU"]), method=method)
    page = catenary.report(result).document
    check_page(page)
    exporters = result.exporters.set_index("region")
    layer = of(page, "map")["layers"][0]
    shown = unpacked(layer["values"])[0]
    assert np.abs(shown - exporters.loc[layer["regions"], "ratio"]).max() < 1e-3
    for row in of(page, "parts")["rows"]:
        assert sum(row[2:6]) == pytest.approx(1, abs=1e-4)
    flows = result.flows
    top = of(page, "flows")["rows"][0]
    assert top[2] == pytest.approx(flows["absorbed"].max(), rel=1e-4)
    terms = of(page, "terms")["rows"]
    assert [row[0] for row in terms] == list(result.terms["term"].cat.categories)
    assert all(row[1]["zh"] for row in terms)
    assert sum(row[3] for row in terms) == pytest.approx(1, abs=1e-4)


def test_the_map_shows_the_numbers_of_the_result() -> None:
    result = catenary.stress(world_of(["JPN", "CHN", "DEU"]), scenario=shock("JPN"), days=40)
    figure = of(catenary.report(result).document, "map")
    output = result.output.astype({"region": "str", "product": "str"})
    assert len(figure["layers"]) == 3
    for layer in figure["layers"]:
        product = layer["name"]  # words in two languages only where it means all
        rows = output if isinstance(product, dict) else output[output["product"] == product]
        made, normal = (
            rows.pivot_table(index="day", columns="region", values=name, aggfunc="sum")
            for name in ("output", "baseline")
        )
        loss = (1 - made / normal).clip(lower=0)
        shown = unpacked(layer["values"])
        assert np.abs(shown - loss[layer["regions"]].to_numpy()).max() < layer["most"] / 1000
    daily = output.groupby(["day", "region"], as_index=False)[["output", "baseline"]].sum()
    worst = daily.iloc[int((1 - daily["output"] / daily["baseline"]).to_numpy().argmax())]
    name = default_places()[worst["region"]].name
    assert f"on day {worst['day']}." in figure["alt"]["en"]
    assert f"{figure['layers'][0]['most']:.1%}" in figure["alt"]["en"]
    assert name in figure["alt"]["en"]
    assert in_language(name, "zh") in figure["alt"]["zh"]


def test_sums_by_code_are_those_of_plain_grouping(chains: Result) -> None:
    view = views(chains)[1]
    assert view.label == "home-first"
    whole = chains.tables["output"]
    rows = whole[whole["world"] == "home-first"]
    assert len(view["output"]) == len(rows)
    daily = daily_of(view["output"], ["semiconductors.neon"])
    plain = rows.pivot_table(
        index="day", columns="region", values="output", aggfunc="sum", observed=False
    )
    assert np.allclose(daily.output[0], plain[daily.regions].to_numpy())
    neon = rows[rows["product"].astype(str) == "semiconductors.neon"]
    assert daily.output[1].sum() == pytest.approx(neon["output"].sum())
    shuffled = rows.sample(frac=1.0, random_state=1)
    again = daily_of(shuffled, ["semiconductors.neon"])
    assert np.allclose(again.output, daily.output)


def test_labels_as_codes() -> None:
    codes, labels = coded(pd.Series(["b", None, "a", "b"]))
    assert codes.tolist() == [0, -1, 1, 0]
    assert labels == ["b", "a"]


def test_both_sourcing_bounds_stand_side_by_side(chains: Result) -> None:
    page = catenary.report(chains).document
    pairs = {s["id"]: s for s in page["sections"] if s["kind"] == "pair"}
    assert {"map", "path", "products", "producers", "limits"} <= set(pairs)
    for pair in pairs.values():
        assert pair["names"] == [
            {"en": "Pooled sourcing", "zh": "全球统一采购"},
            {"en": "Home first", "zh": "本国优先"},
        ]
        assert len(pair["parts"]) == 2
    first = page["headline"][0]
    assert first["en"].startswith("Silicon wafers: down by up to 25.0%")
    assert first["en"].endswith("days of output lost in both worlds.")
    assert first["zh"].startswith("硅片：")
    assert len(page["headline"]) == 1
    assert [one["name"]["en"] for one in page["answers"]] == ["Pooled sourcing", "Home first"]
    assert all(1 <= len(one["sentences"]) <= 3 for one in page["answers"])
    assert any(line["en"].startswith("home first: ") for line in page["details"])
    lost = 1 - chains.tables["checks"].set_index("world")["output"]
    shown = next(f for f in page["figures"] if f["label"]["en"] == "world output lost")
    assert shown["value"] == pytest.approx(lost["pooled"].sum(), abs=1e-4)


def test_marks_stand_where_shock_and_shortage_begin(chains: Result) -> None:
    path = of(catenary.report(chains).document, "path-0")
    short = chains.tables["shortages"]
    first = int(short[short["world"] == "pooled"]["first_day"].min())
    assert [mark["day"] for mark in path["marks"]] == [5, first]
    world = next(one for one in path["series"] if one["name"] == {"en": "World", "zh": "世界"})
    checks = chains.tables["checks"]
    least = checks[checks["world"] == "pooled"]["output"].min()
    assert min(world["values"]) == pytest.approx(least, abs=1e-4)


def test_warnings_of_a_saved_result_are_said_in_chinese(tmp_path: Path) -> None:
    late = catenary.Change(target="producers.capacity", multiply=0.5, start=500)
    result = catenary.stress(
        world_of(["JPN", "CHN"]), scenario=catenary.Scenario("late", (late,)), days=30
    )
    file = tmp_path / "late.result"
    catenary.save(result, file)
    again = catenary.load(file)
    assert isinstance(again, Result)
    told = catenary.report(again).document["warnings"]
    assert told == [
        {
            "en": "changes 1 begin after the 30 days run and change nothing",
            "zh": "第 1 项变化在所模拟的 30 天之后才开始，因而不起作用",
        }
    ]


@pytest.mark.parametrize("name", scenarios())
def test_scenarios_written_as_toml_are_the_same_scenario(name: str) -> None:
    scenario = catenary.scenario(name)
    again = catenary.Scenario.parse(toml_of(scenario.to_dict()))
    assert again.to_dict() == scenario.to_dict()


@given(
    st.text(st.characters(exclude_categories=["Cs"])),
    st.floats(0, 1),
    st.dictionaries(
        st.sampled_from(["region", "product", "id"]), st.text("ab\"'\\\n\t]é", min_size=1)
    ),
)
def test_any_text_survives_toml(name: str, share: float, where: dict[str, str]) -> None:
    change = catenary.Change(target="producers.capacity", where=where, multiply=share)
    scenario = catenary.Scenario(name or "x", (change,), title=name)
    assert catenary.Scenario.parse(toml_of(scenario.to_dict())).to_dict() == scenario.to_dict()


def test_the_python_lines_of_a_page_give_the_same_result(
    chains: Result, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = catenary.report(chains).document
    lines = of(page, "again-python")["text"]
    command = of(page, "again-command")["text"]
    assert command.startswith("catenary stress chains tohoku-2011 --days 120 -o my.result\n")
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    exec(lines.rpartition("catenary.report")[0], names)  # noqa: S102  what a reader would type
    assert names["result"].run.world == chains.run.world
    pd.testing.assert_frame_equal(names["result"].losses, chains.tables["losses"])
    table = of(page, "options")
    assert ["days", "120"] in table["rows"]


# --- the file -----------------------------------------------------------------------------------


def test_the_file_allows_its_own_script_and_style_and_nothing_else(
    chains: Result, assets: Path
) -> None:
    page = Report(catenary.report(chains).document, assets).html
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)
    assert policy is not None
    rules = dict(rule.strip().split(" ", 1) for rule in policy[1].split(";"))
    assert rules["default-src"] == "'none'"
    assert rules["base-uri"] == rules["form-action"] == "'none'"
    assert rules["img-src"] == "data: blob:"
    for kind in ("script", "style"):
        inside = re.search(rf"<{kind}>(.*?)</{kind}>", page, re.DOTALL)
        assert inside is not None
        digest = base64.b64encode(hashlib.sha256(inside[1].encode()).digest()).decode()
        assert rules[f"{kind}-src"] == f"'sha256-{digest}'"
    assert '<meta name="generator" content="catenary ' in page[:4096]
    assert not re.search(r"""(?:src|href)\s*=\s*["']?(?:https?:)?//""", page)
    assert not re.search(r"\{\{\w+\}\}", page)
    assert page.index("<h1>") < page.index('id="document"')


def test_text_from_users_never_becomes_markup(assets: Path) -> None:
    evil = "</script><script>alert(1)</script><img src=x onerror=alert(2)>&\u2028'\""
    places = [f"A{evil}".replace(".", "")[:40], "JPN"]
    result = catenary.footprint(two_regions())
    regions = result.tables["regions"].assign(region=places)
    result = replace(result, regions=regions)
    result = replace(result, run=replace(result.run, world_name=evil, warnings=(evil,)))
    for one in (result, replace(result, run=replace(result.run, analysis="unheard-of"))):
        page = Report(catenary.report(one).document, assets).html
        assert page.count("<script") == 3
        assert page.count("</script>") == 3
        assert "<img" not in page
        assert evil[:20] not in page
        inside = re.search(r'id="document">(.*?)</script>', page, re.DOTALL)
        assert inside is not None
        assert json.loads(inside[1])["warnings"] == [evil]


def test_a_page_replaces_only_a_page(chains: Result, assets: Path, tmp_path: Path) -> None:
    page = Report(catenary.report(chains).document, assets)
    target = tmp_path / "page.html"
    page.save(target)
    first = target.read_bytes()
    page.save(target)
    assert target.read_bytes() == first
    own = tmp_path / "own.html"
    own.write_text("<html><meta name=generator content=me></html>", encoding="utf-8")
    result = tmp_path / "a.html"
    result.write_bytes(b"PK\x03\x04")
    for path in (own, result):
        before = path.read_bytes()
        with pytest.raises(SourceError, match="is no report that catenary saved"):
            page.save(path)
        assert path.read_bytes() == before
    for name in ("page.txt", "page"):
        with pytest.raises(OptionError, match="is no name of a page"):
            page.save(tmp_path / name)
    with pytest.raises(SourceError, match="there is no folder"):
        page.save(tmp_path / "none" / "page.html")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.html", "own.html", "page.html"]


def test_a_result_is_never_replaced_by_a_page_nor_a_page_by_a_result(
    chains: Result, assets: Path, tmp_path: Path
) -> None:
    page = tmp_path / "x.html"
    Report(catenary.report(chains).document, assets).save(page)
    renamed = page.rename(tmp_path / "x.result")
    with pytest.raises(SourceError, match="is no result that catenary saved"):
        catenary.save(chains, renamed)


def test_without_the_drawing_code_it_says_what_to_do(chains: Result, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="drawing code of reports is not built") as caught:
        html_of(catenary.report(chains).document, "0", tmp_path)
    assert "make web" in caught.value.hint


def test_notebooks_show_the_page_in_a_frame_of_its_own(chains: Result, assets: Path) -> None:
    page = Report(catenary.report(chains).document, assets)
    shown = page._repr_html_()
    assert shown.startswith("<iframe srcdoc=")
    assert 'sandbox="allow-scripts' in shown
    assert "allow-same-origin" not in shown
    assert "<script" not in shown


def test_only_results_and_known_languages(chains: Result) -> None:
    with pytest.raises(OptionError, match="got str instead of a Result"):
        catenary.report("chains")  # type: ignore[arg-type]
    with pytest.raises(OptionError, match="there is no language 'de'"):
        catenary.report(chains, lang="de")
    assert catenary.report(chains, lang="zh").document["lang"] == "zh"


# --- what is not there ----------------------------------------------------------------------------


def emptied(result: Result) -> Result:
    empty: dict[str, Any] = {name: table.iloc[:0] for name, table in result.tables.items()}
    return replace(result, **empty)


def test_a_result_without_rows_says_so(assets: Path) -> None:
    result = emptied(catenary.stress(world_of(["JPN"]), scenario=shock("JPN"), days=5))
    checks = pd.DataFrame({"day": [0], "output": [1.0], "leak": [0.0], "to_rebuild": 0.0,
                           "switched": 0.0})  # fmt: skip
    for one in (replace(result, checks=checks), emptied(catenary.footprint(two_regions()))):  # type: ignore[call-arg]
        page = catenary.report(one).document
        check_page(page)
        assert Report(page, assets).html
    assert of(page, "nothing")["paragraphs"][0]["en"].startswith("This result has no rows")


def test_one_region_and_regions_that_nobody_knows(assets: Path) -> None:
    for regions in (["JPN"], ["Q1"], ["Q1", "Q2"]):
        result = catenary.stress(world_of(regions), scenario=shock(regions[0]), days=30)
        page = catenary.report(result).document
        check_page(page)
        assert Report(page, assets).html
        figure = of(page, "map")
        assert figure["kind"] == ("map" if regions == ["JPN"] else "words")
    assert "None of the 2 regions" in figure["paragraphs"][0]["en"]
    assert figure["paragraphs"][1:] == ["Q1", "Q2"]


def test_numbers_that_are_none_are_shown_as_missing(assets: Path) -> None:
    result = catenary.stress(world_of(["JPN", "CHN"]), scenario=shock("JPN"), days=30)
    output = result.output.copy()
    output.loc[output["day"] == 7, "output"] = np.nan
    output.loc[output["region"] == "CHN", "output"] = np.inf
    losses = result.losses.assign(deepest=np.nan)
    checks = result.checks.assign(output=np.nan)
    for one in (
        replace(result, output=output),
        replace(result, output=output, losses=losses, checks=checks),
    ):
        page = catenary.report(one).document
        check_page(page)
        assert Report(page, assets).html
        assert "missing or infinite, in output.output (" in page["headline"][0]["en"]
        assert "缺失或无穷大" in page["headline"][0]["zh"]


def test_a_result_in_which_nothing_happens() -> None:
    quiet = catenary.Change(target="producers.capacity", where={"region": "JPN"}, multiply=1.0)
    scenario = catenary.Scenario("quiet", (quiet,))
    result = catenary.stress(world_of(["JPN", "CHN"]), scenario=scenario, days=20)
    page = catenary.report(result).document
    check_page(page)
    assert page["headline"][0]["en"].startswith("Nothing breaks.")
    assert of(page, "map")["alt"]["en"] == "Map of the world by day: no region loses output."


@dataclass(frozen=True, kw_only=True, eq=False)
class Other(Result):
    """A result of an analysis that no page was designed for."""

    ports: pd.DataFrame
    days: pd.DataFrame


def test_any_result_has_a_page(assets: Path) -> None:
    ports = pd.DataFrame({"region": ["JPN", "CHN", "JPN"], "capacity": [1.0, 2.0, 3.0]})
    days = pd.DataFrame({"day": range(10), "throughput": np.linspace(1, 2, 10)})
    run = Run(analysis="harbours", options={"by": "x"}, world="0")
    page = catenary.report(Other(run=run, ports=ports, days=days)).document
    check_page(page)
    layer = of(page, "map")["layers"][0]
    assert dict(zip(layer["regions"], unpacked(layer["values"])[0], strict=True)) == pytest.approx(
        {"JPN": 4.0, "CHN": 2.0}, abs=0.01
    )
    assert len(of(page, "path")["days"]) == 10
    assert Report(page, assets).html


# --- size and speed -------------------------------------------------------------------------------


def test_a_result_of_five_million_rows_becomes_a_small_page_quickly(assets: Path) -> None:
    result = catenary.stress(world_of(every_place()[:40]), scenario=shock("ABW"), days=30)
    pairs, days = 1600, 3125
    codes = np.arange(pairs)
    output = pd.DataFrame(
        {
            "day": np.repeat(np.arange(days, dtype=np.int32), pairs),
            "region": pd.Categorical.from_codes(
                np.tile(codes // 40, days), pd.Index(every_place()[:40])
            ),
            "product": pd.Categorical.from_codes(
                np.tile(codes % 40, days), pd.Index([f"p{i}" for i in range(40)])
            ),
            "output": np.random.default_rng(1).random(pairs * days),
            "baseline": 1.0,
        }
    )
    assert len(output) == 5_000_000
    began = time.perf_counter()
    page = catenary.report(replace(result, output=output))
    text = Report(page.document, assets).html
    assert time.perf_counter() - began < 5.0  # 0.5 s on an idle machine
    check_page(page.document)
    table = of(page.document, "table-output")
    assert len(table["rows"]) == MOST_ROWS
    assert table["of"] == 5_000_000
    assert "catenary export" in table["note"]["en"]
    figure = of(page.document, "map")
    assert len(figure["days"]) <= 400
    assert figure["days"][1] - figure["days"][0] == 8
    assert len(text) < 700_000


def test_pages_stay_small(chains: Result, assets: Path) -> None:
    text = Report(catenary.report(chains).document, assets).html
    assert len(text.encode()) < 800_000  # the drawing code and the shapes take 0.4 MB


def way(**change: Any) -> dict[str, Any]:
    """Return what the map says of one change of links."""
    scenario = catenary.Scenario("ways", (catenary.Change(**change),))
    result = catenary.stress(world_of(["AUS", "JPN", "CHN"]), scenario=scenario, days=20)
    found: list[dict[str, Any]] = of(catenary.report(result).document, "map")["ways"]
    assert len(found) == 1
    return found[0]


def test_a_closed_way_is_drawn_and_said() -> None:
    where = {"origin": "AUS", "destination": "JPN"}
    closed = way(target="links.open", where=where, set=0, start=5, days=10)
    assert closed["state"] == "closed"
    assert closed["name"]["en"] == "Australia → Japan: closed, from day 5, for 10 days"
    assert closed["name"]["zh"].startswith("澳大利亚 → 日本：关闭")
    assert len(closed["lines"]) == 1
    narrowed = way(target="links.open", where=where, multiply=0.25)
    assert narrowed["state"] == "narrowed"
    assert "25% open" in narrowed["name"]["en"]


def test_a_longer_way_is_drawn_from_every_origin() -> None:
    longer = way(
        target="links.duration", where={"origin": ["AUS", "CHN"], "destination": "JPN"}, add=3
    )
    assert longer["state"] == "longer"
    assert longer["name"]["en"].startswith("Australia, China → Japan: 3 days longer")
    assert len(longer["lines"]) == 2


def test_what_means_every_region_is_said_but_not_drawn() -> None:
    closed = way(target="links.open", where={"origin": "AUS"}, set=0)
    assert closed["lines"] == []
    assert closed["name"]["en"].startswith("Australia → everywhere")


def test_years_of_sources_are_whole(chains: Result) -> None:
    years = [row[3] for row in of(catenary.report(chains).document, "sources")["rows"]]
    assert years
    assert all(str(year).isdigit() or year == "" for year in years)


def test_an_ensemble_of_several_scenarios_averages_nothing_over_them() -> None:
    world = world_of(["AUS", "JPN", "CHN"])
    several = [
        catenary.Scenario(
            region.lower(),
            (
                catenary.Change(
                    target="producers.capacity", where={"region": region}, multiply=left, days=9
                ),
            ),
        )
        for region, left in (("AUS", 1.0), ("JPN", 0.2), ("CHN", 0.6))
    ]
    result = catenary.ensemble(world, several, runs=4, days=30, workers=1)
    told = result.summary()
    assert told.startswith("3 scenarios in 3 runs. The worst is jpn: ")
    assert "1 of 3 scenarios are without loss" in told
    page = catenary.report(result).document
    check_page(page)
    assert [figure["value"] for figure in page["figures"][::3]] == [3, 1]
    one = catenary.report(catenary.ensemble(world, several[1], runs=4, days=30)).document
    check_page(one)
    assert one["headline"][0]["en"].startswith("One run of jpn: ")
    assert "bands" not in of(one, "fan")["series"][0]


def test_a_comparison_says_what_was_changed() -> None:
    quake = catenary.scenario("tohoku-2011")
    pooled = catenary.load("chains:pooled")
    assert isinstance(pooled, catenary.World)
    before = catenary.stress(pooled, scenario=quake, days=90)
    after = catenary.stress(pooled, scenario=quake, days=90, psi=0.3)
    found = catenary.compare(before, after)
    assert found.summary().startswith("What was changed: psi: ")
    page = catenary.report(found).document
    check_page(page)
    assert page["headline"][0]["en"].startswith("World output lost: ")
    assert of(page, "changed")["rows"][0][0] == "psi"


@pytest.mark.parametrize("start", [5, 6])
def test_a_long_run_loses_nothing_by_being_thinned(start: int) -> None:
    change = catenary.Change(
        target="producers.capacity", where={"region": "JPN"}, multiply=0.0, start=start, days=1
    )
    world = world_of(["JPN", "CHN", "USA"])
    result = catenary.stress(world, scenario=catenary.Scenario("day", (change,)), days=730)
    (view,) = views(result)
    daily = daily_of(view["output"], ["goods"])
    assert daily.every == 2
    assert daily.count == 730
    plain = result.output.groupby("region", observed=True)[["output", "baseline"]].sum()
    normal = plain["baseline"] / 730
    for place, region in enumerate(daily.regions):
        lost = (plain["baseline"][region] - plain["output"][region]) / normal[region]
        assert daily.lost[place] == pytest.approx(lost, abs=1e-9)
    japan = daily.share()[0][:, daily.regions.index("JPN")]
    assert japan.min() == pytest.approx(0.0, abs=1e-12)  # one day, and it is drawn
    page = catenary.report(result).document
    assert f"Japan on day {start}." in of(page, "map")["alt"]["en"].replace(
        f"day {start - 1}.", f"day {start}."
    )
    assert "Lines of output over 730 days" in of(page, "path")["alt"]["en"]
    assert "Every 2 days are drawn as one" in of(page, "map")["note"]["en"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("id,en\nJPN,a\nJPN,b\n", "'JPN' stands twice"),
        ("id,en,en\nJPN,a,b\n", "'en' stands twice"),
        ("id,en\nJPN,a,b\n", "more cells than"),
        ("id,lon\nXYZ,20\n", "only one of lon and lat"),
        ("id,shown\nXYZ,dot\n", "'XYZ' has no place"),
        ("id,shape\nJPN,156\n", "have one shape, 156"),
    ],
)
def test_places_that_would_draw_what_is_not_so(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "places.csv").write_text(text)
    result = catenary.footprint(two_regions())
    with pytest.raises(DataError, match=said):
        catenary.report(result, places=tmp_path / "places.csv")


@pytest.mark.parametrize(
    "options",
    [None, [1], {"scenario": "x"}, {"scenario": {"changes": [{}]}}, {"days": "many"}],
)
def test_a_damaged_record_of_a_run_is_told(tmp_path: Path, options: Any) -> None:
    result = catenary.stress(world_of(["JPN", "CHN"]), scenario=shock("JPN"), days=5)
    catenary.save(result, tmp_path / "a.result")
    with zipfile.ZipFile(tmp_path / "a.result") as old:
        parts = {name: old.read(name) for name in old.namelist()}
    content = json.loads(parts["catenary.json"])
    run = content["run"]
    run["options"] = {**run["options"], **options} if isinstance(options, dict) else options
    parts["catenary.json"] = json.dumps(content).encode()
    with zipfile.ZipFile(tmp_path / "b.result", "w") as new:
        for name, data in parts.items():
            new.writestr(name, data)
    with pytest.raises(ArchiveError):
        catenary.load(tmp_path / "b.result")


def test_a_page_stays_small_whatever_a_map_would_hold() -> None:
    rng = np.random.default_rng(0)
    regions = every_place()
    days, products = 365, [f"p{i}" for i in range(9)]
    index = pd.MultiIndex.from_product([range(days), regions, products])
    frame = index.to_frame(index=False, name=["day", "region", "product"])
    frame["baseline"] = 1.0
    frame["output"] = rng.random(len(frame))
    result = catenary.stress(world_of(["JPN", "CHN"]), scenario=shock("JPN"), days=5)
    hit = pd.concat([result.products.head(1)] * 9, ignore_index=True)
    page = catenary.report(replace(result, output=frame, products=hit.assign(product=products)))
    assert "products are left out" in of(page.document, "map")["note"]["en"]
    assert len(json.dumps(page.document)) < 1_000_000


@pytest.mark.part("5.11")
def test_the_page_of_several_pressures_shows_each_with_its_sectors() -> None:
    world = two_regions()
    ids = world.ids("producers")
    both = Matrix([[8.0, 4.0], [1.0, 9.0]], ["co2", "water"], ids, "t/year")
    result = catenary.footprint(
        world.with_(stressors=both), stressor="all", detail="product", merge=""
    )
    document = document_of(result)
    text = json.dumps(document, ensure_ascii=False)
    for place in ("map", "balance", "regions", "flows", "sectors", "details", "producers"):
        assert f'"id": "{place}' in text, place
    assert "造成" in text
    assert "t/year" in text
    one = json.dumps(document_of(catenary.footprint(world)), ensure_ascii=False)
    assert '"id": "details' not in one, "nothing was asked for"
