"""The engine against BoARIO 0.7.2, a black box in an environment of its own, on WIOD 2011.

BoARIO applies recovery at the end of a step, so that an event of duration 1 holds in full on
days 5, 6 and 7; in our scenarios `days` counts full days, so the same event has days = 3. The rest
of the difference, 5e-12, is BoARIO rounding remaining damage to 7 decimals.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Literal

import numpy as np
import pytest

import catenary

ROOT = Path(__file__).resolve().parents[2]
RUNNER = ROOT / "tests" / "oracles" / "boario_runner.py"


@pytest.fixture(scope="module")
def wiod(shared: Path) -> catenary.World:
    return catenary.read("wiod", shared / "data" / "wiod2013", year=2011)


def theirs(
    oracle: Path, shared: Path, tmp_path: Path, case: dict[str, object]
) -> dict[str, np.ndarray]:
    """Run BoARIO on a case; return what it recorded."""
    (tmp_path / "case.json").write_text(json.dumps(case))
    command = [
        str(oracle), str(RUNNER), "--wiod", str(shared / "data" / "wiod2013"),
        "--case", str(tmp_path / "case.json"), "--out", str(tmp_path / "out.npz"),
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    with np.load(tmp_path / "out.npz") as found:
        return {name: found[name] for name in found}


def largest_error(result: catenary.Result, found: dict[str, np.ndarray], what: str) -> float:
    """Return max |ours − theirs| / X0 over industries with output."""
    frame = result.tables["output"]
    labels = frame["region"].astype(str) + "." + frame["product"].astype(str)
    wide = frame.assign(label=labels).pivot_table(index="day", columns="label", values="output")
    names = [
        str(label).replace("RoW.", "ROW.").replace("ROM.", "ROU.") for label in found["labels"]
    ]
    ours, normal = wide[names].to_numpy(), found["X0"]
    made = normal > 0
    error = float((np.abs(ours - found["production"])[:, made] / normal[made]).max())
    print(f"largest error, {what}: {error:.1e}")  # noqa: T201  pytest -rP shows it
    return error


@pytest.mark.part("2.1")
def test_rebuilding_equals_boario(
    wiod: catenary.World, oracle: Path, shared: Path, tmp_path: Path
) -> None:
    # BoARIO begins to rebuild after its duration of 1: in ours one full day before
    products = {"c18": 0.7, "c13": 0.3}
    case = {
        "region": "JPN", "share": 0.1, "stock_days": 90, "days": 120, "orders": "alt",
        "year": 2011, "occurrence": 5, "duration": 1, "psi": 0.8, "tau_inv": 60,
        "alpha_max": 1.25, "tau_alpha": 365, "event": "rebuild", "rebuild_days": 60,
        "rebuild_products": products,
    }  # fmt: skip
    found = theirs(oracle, shared, tmp_path, case)
    recovery = catenary.Recovery(curve="rebuild", days=60, products=products)
    change = catenary.Change(
        target="producers.capital", where={"region": "JPN"}, multiply=0.9, start=5, days=1,
        recovery=recovery,
    )  # fmt: skip
    result = catenary.stress(wiod, scenario=catenary.Scenario("rebuild", (change,)), days=120)
    assert largest_error(result, found, "rebuilding") <= 1e-8
    assert result.tables["checks"]["to_rebuild"].iloc[-1] > 0


@pytest.mark.part("1.5")
@pytest.mark.parametrize("orders", ["alt", "classic"])
@pytest.mark.parametrize(
    ("region", "share", "stock_days", "days"), [("JPN", 0.1, 90, 365), ("CHN", 0.6, 15, 250)]
)
def test_equals_boario(  # noqa: PLR0917
    wiod: catenary.World,
    oracle: Path,
    shared: Path,
    tmp_path: Path,
    region: str,
    share: float,
    stock_days: float,
    days: int,
    orders: Literal["alt", "classic"],
) -> None:
    case = {
        "region": region, "share": share, "stock_days": stock_days, "days": days, "orders": orders,
        "year": 2011, "occurrence": 5, "duration": 1, "recovery_days": 90, "psi": 0.8,
        "tau_inv": 60, "alpha_max": 1.25, "tau_alpha": 365,
    }  # fmt: skip
    found = theirs(oracle, shared, tmp_path, case)
    scenario = catenary.Scenario(
        "capital",
        (
            catenary.Change(
                target="producers.capital",
                where={"region": region},
                multiply=1 - share,
                start=5,
                days=3,
                recovery=catenary.Recovery(curve="linear", days=90),
            ),
        ),
    )
    result = catenary.stress(
        wiod, scenario=scenario, days=days, stock_days=stock_days, psi=0.8, restoration_days=60,
        overproduction=1.25, overproduction_days=365, orders=orders,
    )  # fmt: skip
    assert largest_error(result, found, f"{region} {orders}") <= 1e-10
    assert result.checks["leak"].max() <= 1e-13
    if region == "CHN":  # BoARIO reports success while world output collapses; we say so
        assert any("collapse" in warning for warning in result.run.warnings)
