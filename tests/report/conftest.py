"""What the tests of reports share."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import catenary
from catenary.model import Result

TEMPLATE = Path(__file__).resolve().parents[2] / "web" / "page.html"


@pytest.fixture(scope="session")
def assets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a drawing code that draws nothing, so that no test of the page needs Node."""
    folder = tmp_path_factory.mktemp("assets")
    (folder / "page.html").write_bytes(TEMPLATE.read_bytes())
    (folder / "report.css").write_text("body{margin:0}", encoding="utf-8")
    (folder / "report.js").write_text("var s='<\\/script>';", encoding="utf-8")
    (folder / "shapes.json").write_text(json.dumps({"objects": {}}), encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def chains() -> Result:
    """Return a stress test of both sourcing bounds."""
    quake = catenary.scenario("tohoku-2011")
    worlds = catenary.load("chains")
    assert not isinstance(worlds, Result)
    return catenary.stress(worlds, scenario=quake, days=120)
