"""Every region code has a shape or a dot, or is told as missing with a reason."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Final

import pytest
from pycountry import countries

import catenary
from catenary.errors import CatenaryError, DataError, SchemaError, SourceError
from catenary.formats.places import read_places
from catenary.report import report
from catenary.report.drawing import missing_from
from catenary.report.naming import Names
from catenary.report.page import ASSETS
from catenary.report.places import DISCLAIMER, default_places

ROOT: Final = Path(__file__).resolve().parents[2]
TABLE: Final = ROOT / "src" / "catenary" / "report" / "places.csv"

pytestmark = pytest.mark.part("3.3")


def codes_of_worlds(shared: Path | None) -> list[str]:
    worlds = catenary.load("chains")
    assert isinstance(worlds, catenary.Worlds)
    found = [str(label) for world in worlds.values() for label in world.ids("regions")]
    if shared is not None:
        table = catenary.read("wiod", shared / "data" / "wiod2013", year=2011)
        found += [str(label) for label in table.ids("regions")]
    return [*found, *(str(country.alpha_3) for country in countries)]


def accounted(labels: list[str]) -> None:
    known = default_places()
    names = Names()
    for label in labels:
        place = known[label]
        told = missing_from([label], names)
        assert place.shown != "unknown", f"{label} has no row in places.csv"
        assert place.is_drawn != bool(told), label
        assert place.is_drawn == (place.shown in ("shape", "dot"))
        if place.is_drawn:
            assert -180 <= place.lon <= 180, label
            assert -90 <= place.lat <= 90, label
            assert (place.lon, place.lat) != (0, 0), label
            assert bool(place.shape) == (place.shown == "shape"), label


def test_every_region_of_built_in_worlds_and_of_iso_is_accounted_for() -> None:
    accounted(codes_of_worlds(None))


def test_every_region_of_wiod_is_accounted_for(shared: Path) -> None:
    accounted(codes_of_worlds(shared))


def test_every_shape_of_the_table_exists() -> None:
    file = ASSETS / "shapes.json"
    if not file.is_file():
        pytest.skip("the drawing code is not built: make web")
    shapes = json.loads(file.read_text(encoding="utf-8"))
    drawn = {str(one["id"]) for one in shapes["objects"]["countries"]["geometries"]}
    known = default_places()
    asked = {known[label].shape for label in known} - {""}
    assert len(asked) > 230
    assert asked <= drawn


def test_names_are_known_in_both_languages() -> None:
    with TABLE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len({row["id"] for row in rows}) == len(rows)
    known = default_places()
    for row in rows:
        names = known[row["id"]].names
        assert names is not None
        assert names["en"], row
        assert names["zh"], row
        assert names["en"] != row["id"], row
        assert any("\u4e00" <= sign <= "\u9fff" for sign in names["zh"]), row


def test_a_place_is_where_it_is() -> None:
    known = default_places()
    for label, lon, lat in (  # within five degrees of the middle of the country
        ("JPN", 138, 36), ("FJI", 178, -17.5), ("SGP", 103.8, 1.3), ("NZL", 172, -42),
        ("TUV", 179, -8.5), ("REU", 55.5, -21), ("GUF", -53, 4), ("GIB", -5.3, 36.1),
    ):  # fmt: skip
        place = known[label]
        assert abs((place.lon - lon + 180) % 360 - 180) < 5, label
        assert abs(place.lat - lat) < 5, label


def test_an_unknown_region_keeps_its_id_and_is_told_as_missing() -> None:
    told = missing_from(["JPN", "Q1", "ROW"], Names())
    assert told[0]["name"] == "Q1"
    assert len(told) == 2
    assert all(one["why"] for one in told)


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_a_user_replaces_names_shapes_and_places(tmp_path: Path) -> None:
    file = write(
        tmp_path / "own.csv",
        "\ufeffid,en,zh,shape,lon,lat,shown\nJPN,Nippon,,,,,\nQ1,Area one,一区,,10,50,\n"
        "ROW,,,,0.5,-30,dot\nDEU,,,,,,part\n",
    )
    known = default_places().changed(read_places(file))
    assert known["JPN"].name == "Nippon"
    assert known["JPN"].shape == default_places()["JPN"].shape
    assert known["Q1"].is_drawn
    assert known["Q1"].names == {"en": "Area one", "zh": "一区"}
    assert known["ROW"].is_drawn
    assert known["ROW"].shape == ""
    assert not known["DEU"].is_drawn
    assert default_places()["JPN"].name == "Japan"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("code,en\nJPN,Japan\n", "has no column 'id'"),
        ("", "has no column 'id'"),
        ("id,lon\nJPN,east\n", "lon is 'east'"),
        ("id,lat\nJPN,95\n", "lat is '95'"),
        ("id,lat\nJPN,nan\n", "lat is 'nan'"),
        ("id,name\nJPN,x\n", "unknown column 'name'"),
        ("id,shown\nJPN,maybe\n", "shown is 'maybe'"),
        ("id,en\n,x\n", "the id is blank"),
        ('id,en\n"JPN,x\n', "is no CSV table"),
    ],
)
def test_a_bad_table_of_places_is_told_in_one_paragraph(
    tmp_path: Path, text: str, told: str, chains: catenary.Result
) -> None:
    file = write(tmp_path / "bad.csv", text)
    with pytest.raises(DataError, match=told.replace("(", r"\(")) as caught:
        report(chains, places=file)
    assert caught.value.hint
    assert str(caught.value).count("\n") == 1


def test_places_that_cannot_be_read_are_told(tmp_path: Path, chains: catenary.Result) -> None:
    binary = tmp_path / "binary.csv"
    binary.write_bytes(b"\xff\xfe\x00\x01")
    for path in (tmp_path / "none.csv", tmp_path, binary):
        with pytest.raises(SourceError) as caught:
            report(chains, places=path)
        assert isinstance(caught.value, CatenaryError)
        assert caught.value.hint
    assert issubclass(SchemaError, CatenaryError)


def test_every_page_says_that_shapes_imply_no_opinion(chains: catenary.Result) -> None:
    footer = report(chains).document["footer"]
    assert {"en": str(DISCLAIMER), "zh": DISCLAIMER.in_("zh")} in footer
