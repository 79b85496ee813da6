"""The page in a browser, opened from disk: what a reader sees; nothing leaves the machine."""

from __future__ import annotations

import json
import os
import re
import shutil
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest
from freightings import BUDGET, MEASURES, freight_on_a_map, parts_for_all, shut
from rings import every_place, shock, world_of

import catenary
from catenary.report.page import ASSETS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.system, pytest.mark.part("3.2")]

ROOT: Final = Path(__file__).resolve().parents[2]
PICTURES: Final = ROOT / "build" / "screenshots"
AXE: Final = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"
ARGUMENTS: Final = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
FITTED: Final = """() => [...document.querySelectorAll('.stage svg[viewBox]')].every(one =>
    Math.abs(one.viewBox.baseVal.width - one.getBoundingClientRect().width) < 2)"""
"""Every map and chart has the size that it was drawn for."""
SIZES: Final = {1440: 900, 390: 844}
SEEN: Final = (
    [
        pytest.param(name, marks=pytest.mark.part("5.11"))
        for name in ("value_added", "exposure", "index")
    ]
    + [
        pytest.param(name, marks=pytest.mark.part("7.7"))
        for name in ("counterfactual", "cooperate")
    ]
    + [
        pytest.param(name, marks=pytest.mark.part("6.7"))
        for name in ("upgrades", "congestion", "modes", "links", "closure", "closure_one")
    ]
    + [pytest.param("plan", marks=pytest.mark.part("8.8"))]
)


def without(what: str, remedy: str) -> None:
    """Skip, or fail where everything must be there."""
    message = f"{what} is missing: {remedy}"
    if os.environ.get("CATENARY_REQUIRE_SHARED") == "1":
        pytest.fail(message, pytrace=False)
    pytest.skip(message)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        without("Chromium", "install Debian's package chromium")
    from playwright.sync_api import sync_playwright  # noqa: PLC0415  only these tests need it

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=found, args=ARGUMENTS)
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Return a page of the built-in chains, and others that ask more of the drawing code."""
    if not (ASSETS / "page.html").is_file():
        without("the drawing code", "run `make web`")
    folder = tmp_path_factory.mktemp("pages")
    chains = catenary.load("chains")
    assert isinstance(chains, catenary.Worlds)
    quake = catenary.scenario("tohoku-2011")
    before = catenary.stress(chains, scenario=quake)
    stock = catenary.Change(
        kind="measure", target="products.stock_days", where={"id": "semiconductors.silicon_wafers"},
        set=90,
    )  # fmt: skip
    more_stock = catenary.Scenario("more-wafers", (stock,))
    after = catenary.stress(chains, scenario=quake, measures=more_stock)
    world = world_of(every_place())
    evil = "<img src=x onerror=alert(1)>"
    made = (
        {
            "chains": before,
            "world": catenary.stress(world, scenario=shock("FJI"), days=365),
            "footprint": catenary.footprint(world_of(every_place()[:60])),
            "value_added": catenary.value_added(world_of(every_place()[:40])),
            "exposure": catenary.exposure(world_of(every_place()[:40]), paths=5),
            "index": catenary.index(
                catenary.Worlds({year: world_of(every_place()[:30]) for year in ("2000", "2010")}),
                days=20,
            ),
            **page_of_a_plan(),
            **pages_of_barriers(),
            "compare": catenary.compare(before, after),
            "ensemble": catenary.ensemble(chains["pooled"], quake, runs=32, days=120),
            "one": catenary.stress(
                world_of(["Q1"]),
                scenario=catenary.Scenario(evil, (change_of("Q1"),), evil),
                days=30,
            ),
            "none": emptied(catenary.footprint(world_of(["JPN"]))),
        }
        | pages_of_the_sea()
        | pages_of_freight()
    )
    return {name: catenary.report(one).save(folder / f"{name}.html") for name, one in made.items()}


def page_of_a_plan() -> dict[str, catenary.Result]:
    world = catenary.load("chains:pooled")
    assert isinstance(world, catenary.World)
    found = catenary.plan(
        world, scenarios=(catenary.scenario("neon-2022"), catenary.scenario("tohoku-2011")),
        budget=1e9, products="semiconductors", runs=4,
    )  # fmt: skip
    return {"plan": found}


def pages_of_barriers() -> dict[str, catenary.Result]:
    world = world_of(every_place()[:40])
    wall = catenary.Scenario(
        "wall", (catenary.Change(target="links.tariff", where={"destination": "A*"}, set=0.1),)
    )
    options: dict[str, Any] = {"scenario": wall, "elasticity": 5}
    return {
        "counterfactual": catenary.counterfactual(world, draws=8, elasticity_error=1, **options),
        "cooperate": catenary.cooperate(world, club="landlocked", **options),
    }


def pages_of_the_sea() -> dict[str, catenary.Result]:
    sea = catenary.load("sea")
    assert isinstance(sea, catenary.World)
    ports = "CNSHA,NLRTM,USNYC,SGSIN,UAODS,SADMM,BRSSZ"
    return {
        "routes": catenary.routes(sea, origin="CNSHA", destination="NLRTM", alternatives=3),
        "pacific": catenary.routes(sea, origin="JPYOK", destination="USLAX"),
        "pareto": catenary.routes(sea, origin="CNSHA", destination="USNYC", pareto=True),
        "chokepoints": catenary.chokepoints(sea, ports=ports, pairs=True),
    }


def pages_of_freight() -> dict[str, catenary.Result]:
    transport = catenary.load("transport")
    chains = catenary.load("chains")
    assert isinstance(transport, catenary.World)
    assert isinstance(chains, catenary.Worlds)
    world = freight_on_a_map()
    return {
        "upgrades": catenary.upgrades(world, measures=MEASURES, budget=BUDGET, sea="no"),
        "congestion": catenary.congestion(world, sea="no"),
        "modes": catenary.modes(transport, origin="CHN", destination="DEU"),
        "links": catenary.links(transport, closed="suez"),
        "closure": catenary.stress(chains, scenario=catenary.scenario("ever-given-2021"), days=120),
        "closure_one": catenary.stress(
            parts_for_all(), scenario=shut("suez", "malacca", to=0.3), days=120
        ),
    }


def change_of(region: str) -> catenary.Change:
    return catenary.Change(target="producers.capacity", where={"region": region}, multiply=0.5)


def emptied(result: catenary.Result) -> catenary.Result:
    empty: dict[str, Any] = {name: table.iloc[:0] for name, table in result.tables.items()}
    return replace(result, **empty)


class Watched:
    """A page in a window, with everything it asked for and complained about."""

    def __init__(self, browser: Browser, file: Path, width: int = 1440) -> None:
        self.page: Page = browser.new_page(viewport={"width": width, "height": SIZES[width]})
        self.asked: list[str] = []
        self.complaints: list[str] = []
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.on("console", lambda told: self.complaints.append(f"{told.type}: {told.text}"))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.goto(file.as_uri())
        self.page.wait_for_selector("article")
        self.page.wait_for_timeout(500)

    def calm(self) -> None:
        """Hold that nothing was asked of the network and nothing went wrong."""
        outside = [url for url in self.asked if not re.match(r"(file|data|blob):", url)]
        assert outside == []
        assert [c for c in self.complaints if not c.startswith(("log:", "info:"))] == []


@pytest.fixture
def opened(browser: Browser) -> Iterator[Any]:
    windows: list[Watched] = []

    def one(file: Path, width: int = 1440) -> Watched:
        windows.append(Watched(browser, file, width))
        return windows[-1]

    yield one
    for window in windows:
        window.calm()
        window.page.close()


def picture(page: Page, path: Path, width: int) -> None:
    """Take the whole page in a window as high as it is.

    Captured beyond the window (`full_page`), Chromium draws parts of some maps too coarsely.
    """
    height = page.evaluate("document.documentElement.scrollHeight")
    page.set_viewport_size({"width": width, "height": height})
    page.wait_for_timeout(500)
    page.wait_for_function(FITTED)
    page.screenshot(path=path)
    page.set_viewport_size({"width": width, "height": SIZES[width]})


@pytest.mark.part("3.1", "3.4", "3.5")
@pytest.mark.parametrize(
    "name",
    [
        "chains",
        "world",
        "footprint",
        "compare",
        "ensemble",
        "one",
        "none",
        "routes",
        "chokepoints",
        *SEEN,
    ],
)
def test_a_page_opens_from_disk_in_both_languages(
    opened: Any, pages: dict[str, Path], name: str
) -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    for width in SIZES:
        page = opened(pages[name], width).page
        for lang, sign in (("en", "English"), ("zh", "中文")):
            page.get_by_role("button", name=sign).click()
            page.wait_for_timeout(1000)  # figures are drawn after the words
            page.wait_for_function(FITTED)
            assert page.evaluate("document.documentElement.lang")[:2] == lang
            over = page.evaluate("document.documentElement.scrollWidth - innerWidth")
            assert over <= 0, f"{over} px wider than a window of {width}"
            picture(page, PICTURES / f"{name}-{lang}-{width}.png", width)
        heading = page.locator("h1").inner_text()
        assert re.search(r"[\u4e00-\u9fff]", heading)


OUTSIDE: Final = """all => all.flatMap(figure => {
    const map = figure.querySelector('.stage svg').getBoundingClientRect();
    return [...figure.querySelectorAll('.stroke, .spot, .spot-name')]
        .filter(one => one.closest('.stage'))
        .map(one => [one.getBoundingClientRect(), one.getAttribute('d') ?? one.textContent])
        .filter(([box]) => box.left < map.left - 1 || box.right > map.right + 1 ||
            box.top < map.top - 1 || box.bottom > map.bottom + 1)
        .map(([, words]) => words);
})"""
"""What is drawn of a map of the sea beyond its edge."""

OVERLAPS: Final = """all => all.flatMap(figure => {
    const boxes = [...figure.querySelectorAll('.spot-name')].map(one => {
        const box = one.getBBox();
        return { name: one.textContent, left: box.x, right: box.x + box.width,
            top: box.y + 2, bottom: box.y + box.height - 2 };
    });
    return boxes.flatMap((one, at) => boxes.slice(at + 1)
        .filter(two => one.left < two.right && two.left < one.right &&
            one.top < two.bottom && two.top < one.bottom)
        .map(two => `${one.name} / ${two.name}`));
})"""
"""Names on a map of the sea that lie over each other."""


@pytest.mark.part("4.5")
@pytest.mark.parametrize("width", SIZES)
@pytest.mark.parametrize(
    "name",
    [
        "routes",
        "pacific",
        "pareto",
        "chokepoints",
        *(
            pytest.param(name, marks=pytest.mark.part("6.7"))
            for name in ("upgrades", "congestion", "modes", "closure", "closure_one")
        ),
    ],
)
def test_ways_over_the_sea_lie_inside_the_map_and_names_apart(
    opened: Any, pages: dict[str, Path], name: str, width: int
) -> None:
    page = opened(pages[name], width).page
    for sign in ("English", "中文"):
        page.get_by_role("button", name=sign).click()
        page.wait_for_timeout(1000)
        page.wait_for_function(FITTED)
        maps = page.locator(".sea-map")
        assert maps.count() >= 1
        strokes = maps.locator(".stage .stroke")
        few = {"pacific": 1, "upgrades": 1, "congestion": 4}
        assert strokes.count() >= few.get(name, 6)
        assert strokes.evaluate_all("all => all.every(one => one.getAttribute('d'))")
        assert maps.evaluate_all(OUTSIDE) == []
        assert maps.evaluate_all(OVERLAPS) == []
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
        ends = maps.locator(".spot-name.end").all_inner_texts()
        assert len(ends) >= 2


@pytest.mark.part("4.5")
def test_a_way_is_read_leg_by_leg_with_the_arrow_keys(opened: Any, pages: dict[str, Path]) -> None:
    page = opened(pages["routes"]).page
    page.locator("#map .stage").focus()
    told: list[str] = []
    for _ in range(60):
        page.keyboard.press("ArrowRight")
        told.append(page.locator("#map .readout").inner_text())
        if told[-1].startswith("Route 1, leg 2: "):
            break
    assert told[:2] == ["Shanghai", "Rotterdam"]
    assert told[2].startswith("Taiwan Strait: 7 km")
    assert told[-2].startswith("Route 1, leg 1: Shanghai to Taiwan Strait: ")
    assert told[-1].startswith("Route 1, leg 2: through Taiwan Strait")
    assert page.locator("#map .chosen").count() == 1


def test_every_country_is_drawn(opened: Any, pages: dict[str, Path]) -> None:
    page = opened(pages["world"]).page
    drawn = page.locator("#map .region")
    assert drawn.count() >= 170
    blank = drawn.evaluate_all(
        "all => all.filter(one => one.tagName === 'path' && !one.getAttribute('d')).length"
    )
    assert blank == 0
    assert drawn.count() >= len(every_place()) - 2


def test_the_slider_changes_the_map(opened: Any, pages: dict[str, Path]) -> None:
    page = opened(pages["world"]).page
    slider = page.locator("#map input[type=range]")

    def shades() -> list[str]:
        found: list[str] = page.locator("#map .region").evaluate_all(
            "all => all.map(one => getComputedStyle(one).fill)"
        )
        return found

    def slide(day: int) -> list[str]:
        slider.evaluate(
            "(one, day) => { one.value = day; one.dispatchEvent(new Event('input', "
            "{ bubbles: true })); }",
            day,
        )
        page.wait_for_timeout(100)
        return shades()

    calm, shocked = slide(0), slide(10)
    assert len(set(calm)) == 1  # nothing has happened yet: one shade everywhere
    assert len(set(shocked)) > 1
    assert slide(0) == calm
    slider.focus()
    page.keyboard.press("End")
    page.wait_for_timeout(100)
    assert shades() != calm


@pytest.mark.part("3.5")
@pytest.mark.parametrize(
    "name",
    ["chains", "footprint", "compare", "ensemble", "none", "routes", "chokepoints", *SEEN],
)
def test_axe_finds_no_serious_problem(opened: Any, pages: dict[str, Path], name: str) -> None:
    if not AXE.is_file():
        without("axe-core", "run `make web`")
    for width in SIZES:
        page = opened(pages[name], width).page
        page.evaluate(AXE.read_text(encoding="utf-8"))
        found = page.evaluate("axe.run(document)")["violations"]
        serious = [
            (one["id"], [node["target"] for node in one["nodes"]][:3])
            for one in found
            if one["impact"] in ("serious", "critical")
        ]
        assert serious == []


def test_paper_cuts_no_figure(opened: Any, pages: dict[str, Path], tmp_path: Path) -> None:
    page = opened(pages["chains"]).page
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 718, "height": 1047})  # A4 less margins, at 96 dots an inch
    page.wait_for_timeout(500)
    figures = page.locator("figure, .stage, .map, .chart").evaluate_all(
        """all => all.filter(one => one.offsetHeight > 0).map(one => {
            let node = one, kept = false;
            while (node && node.tagName !== 'BODY') {
                if (getComputedStyle(node).breakInside.startsWith('avoid')) kept = true;
                node = node.parentElement;
            }
            const box = one.getBoundingClientRect();
            return [one.className.toString(), kept, box.height, box.right];
        })"""
    )
    assert figures
    for name, kept, height, right in figures:
        assert kept, f"{name} may be cut by the end of a page"
        assert height < 1047, f"{name} is higher than a page"
        assert right <= 720, f"{name} is cut at the right"
    file = tmp_path / "page.pdf"
    page.pdf(path=file, format="A4")
    count = len(re.findall(rb"/Type\s*/Page[^s]", file.read_bytes()))
    assert 2 <= count <= 30
    PICTURES.mkdir(parents=True, exist_ok=True)
    shutil.copy(file, PICTURES / "chains.pdf")


def test_names_never_become_markup(opened: Any, pages: dict[str, Path]) -> None:
    page = opened(pages["one"]).page
    assert page.locator("img").count() == 0
    assert "<img src=x" in page.locator("h1").inner_text()
    assert "Q1" in page.locator("article").inner_text()


def test_tables_and_words_stand_there_without_javascript(
    browser: Browser, pages: dict[str, Path]
) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(pages["chains"].as_uri())
    assert page.locator("h1").inner_text().startswith("Stress test")
    assert page.locator("table").count() >= 2
    context.close()


def test_how_quick_it_is_is_noted(opened: Any, pages: dict[str, Path]) -> None:
    noted = {}
    for name, file in pages.items():
        page = opened(file).page
        paint = page.evaluate(
            "performance.getEntriesByName('first-contentful-paint').map(one => one.startTime)[0]"
        )
        noted[name] = {"first paint, ms": round(paint), "bytes": file.stat().st_size}
        assert file.stat().st_size <= 1_500_000
    PICTURES.mkdir(parents=True, exist_ok=True)
    (PICTURES / "measured.json").write_text(json.dumps(noted, indent=1), encoding="utf-8")


def test_the_page_shows_in_a_notebooks_frame(opened: Any, pages: dict[str, Path]) -> None:
    result = catenary.footprint(world_of(["JPN", "CHN"]))
    notebook = pages["chains"].with_name("notebook.html")
    frame = catenary.report(result)._repr_html_()
    notebook.write_text(f"<!doctype html><title>n</title><article>{frame}</article>", "utf-8")
    page = opened(notebook).page
    inside = page.frame_locator("iframe")
    inside.locator("h1").wait_for()
    assert inside.locator("#map .region").count() == 2
