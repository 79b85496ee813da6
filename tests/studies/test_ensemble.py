"""Ensembles: what is drawn, that it does not depend on how it is run, and what is told of it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import catenary
from catenary import Change, Matrix, Recovery, Scenario, World
from catenary.disruption.layout import layout_of
from catenary.disruption.many import FIGURES, Many, Outcomes
from catenary.errors import CatenaryError, OptionError, ScenarioError, SourceError
from catenary.maths import batches, inventory
from catenary.maths import network as arranging
from catenary.maths.batch_cases import Shocks
from catenary.maths.inventory import Disturbance, Parameters, network_of
from catenary.model.analysis import options_of
from catenary.studies import Ensemble
from catenary.studies import batching as module
from catenary.studies.sampling import cases_of, family_of
from catenary.testing import serial_chain, two_regions
from catenary.testing.strategies import DrawnNetwork, networks

HALF = {"distribution": "uniform", "low": 0.2, "high": 0.8}


def quake(**more: Any) -> Scenario:
    change = Change(
        target="producers.capacity", where={"region": "AAA"}, multiply=0.5, start=3, days=4,
        recovery=Recovery(curve="linear", days=10), uncertain={"multiply": HALF}, **more,
    )  # fmt: skip
    return Scenario("quake", (change,))


def lost(losses: np.ndarray) -> Shocks:
    """Return losses of the first producers, (B, days, M)."""
    count, days, hit = losses.shape
    nobody = np.zeros(0, int)
    return Shocks(hit=np.arange(hit), losses=losses, asked=nobody, final=np.zeros((count, days, 0)))


@pytest.mark.part("2.9")
@given(drawn=networks(), seed=st.integers(0, 2**32 - 1), adaptive=st.booleans())
@settings(max_examples=60)
def test_side_by_side_is_one_by_one(drawn: DrawnNetwork, seed: int, *, adaptive: bool) -> None:
    rng = np.random.default_rng(seed)
    count, days, lanes = len(drawn.final), 80, 5
    supplier, buyer = np.nonzero(drawn.flows)
    tiny = arranging._TINY
    arranging._TINY = int(rng.choice([0, tiny]))  # type: ignore[misc]
    try:
        network, order = network_of(
            drawn.product, supplier, buyer, drawn.flows[supplier, buyer],
            products=int(drawn.product.max()) + 1, final=drawn.final[:, None],
        )  # fmt: skip
    finally:
        arranging._TINY = tiny  # type: ignore[misc]
    network = replace(
        network,
        stock_days=np.full(len(network.slot_buyer), 8.0),
        region=(order % 3).astype(np.int64),
        capacity=network.capacity * rng.uniform(1, 1.2, count),
    )
    losses = np.zeros((lanes, days, count))
    losses[:, 4:20] = rng.random((lanes, 1, count)) * (rng.random((lanes, 1, count)) < 0.5)
    rules = [
        Parameters(
            psi=float(rng.choice([0.5, 0.8])), restoration_days=float(rng.uniform(20, 60)),
            overproduction=float(rng.uniform(1, 1.3)), adaptive_orders=adaptive,
        )
        for _ in range(lanes)
    ]  # fmt: skip
    found = batches.run_batch(batches.blocks_of(network), rules, days, lost(losses))
    for lane in range(lanes):
        path = inventory.simulate(
            network, rules[lane], days, Disturbance(producers=np.arange(count), losses=losses[lane])
        )
        scale = path.baseline.sum()
        for sums, place in ((found.regions, network.region), (found.products, network.product)):
            one = np.zeros((days, sums.shape[2]))
            np.add.at(one.T, place, path.output.T)
            np.testing.assert_allclose(sums[lane] / scale, one / scale, atol=1e-12)
        gone = (path.baseline - path.output).sum(axis=0)
        np.testing.assert_allclose(found.lost[lane] / scale, gone / scale, atol=1e-11)
        np.testing.assert_allclose(found.unmet[lane], path.unmet[0][1][:, 0], atol=1e-10)
        short = path.first_day[path.first_day >= 0]
        assert found.first_short[lane] == (short.min() if len(short) else -1)


@pytest.mark.part("2.9")
def test_what_is_back_at_normal_is_not_computed() -> None:
    network = layout_of(two_regions(), stock_days=30).network
    blocks = batches.blocks_of(network)
    nothing = batches.run_batch(blocks, [Parameters()] * 3, 100, lost(np.zeros((3, 100, 0))))
    assert nothing.days_run == 0
    np.testing.assert_allclose(nothing.regions[0, 50], network.output())
    late = np.zeros((1, 100, 1))
    late[:, 60:] = 0.3
    assert batches.run_batch(blocks, [Parameters()], 100, lost(late)).days_run == 40


@pytest.mark.part("2.9", "8.2")
def test_chains_run_side_by_side_as_they_run_one_by_one() -> None:
    world = catenary.load("chains:pooled")
    assert isinstance(world, World)
    options = {
        name: default
        for name, (_, default) in options_of(catenary.stress).items()
        if name not in ("scenario", "measures", "days")
    }
    many = Many(world, 120, options)
    assert many.in_lists
    back = Recovery(curve="linear", days=30)
    chips = Change(
        target="producers.capacity", where={"region": "CHN"}, multiply=0.1, start=4, days=60,
        recovery=back,
    )  # fmt: skip
    boom = Change(
        target="demand.quantity", where={"region": "USA"}, multiply=1.3, start=9, days=40,
        recovery=back,
    )  # fmt: skip
    scenarios = [
        Scenario("chips", (chips,)),
        Scenario("both", (chips, boom)),
        Scenario("nothing", ()),
    ]
    assert all(many.is_plain(one) for one in scenarios)
    found = many.follow([(one, {"psi": 0.7}) for one in scenarios]).arrays()
    alone = [many._alone(one, {"psi": 0.7}, lambda _: None) for one in scenarios]
    known = Outcomes.joined(alone).arrays()
    assert 0 < known["unmet"][0] != known["unmet"][1]
    for name, numbers in known.items():
        np.testing.assert_allclose(found[name], numbers, rtol=1e-11, atol=1e-11, err_msg=name)
    told = catenary.ensemble(world, scenarios[:1], runs=1, days=30, precision="float32")
    assert any("side by side in float64, deliveries in lists" in w for w in told.run.warnings)


@pytest.mark.part("2.9", "8.2")
def test_only_what_may_run_side_by_side_is_plain() -> None:
    world = two_regions()
    many = Many(world, 9, catenary.ensemble(world, quake(), runs=1, days=9).run.options)
    cut = Change(target="final", where={"row": {"region": "AAA"}}, multiply=0.9)
    assert many.is_plain(quake())
    assert many.is_plain(Scenario("less", (cut,)))
    for other in (
        replace(cut, multiply=None, set=1.0),
        Change(target="products.stock_days", multiply=2.0),
        replace(
            quake().changes[0],
            target="producers.capital",
            recovery=Recovery(curve="rebuild", days=9, products={"goods": 1.0}),
        ),
    ):
        assert not many.is_plain(Scenario("other", (other,)))


@pytest.mark.part("2.8")
@pytest.mark.parametrize("sampler", ["sobol", "latin", "random"])
def test_draws_follow_their_distributions(sampler: Literal["sobol", "latin", "random"]) -> None:
    spreads: dict[str, Any] = {
        "psi": {"distribution": "uniform", "low": 0.5, "high": 0.9},
        "restoration_days": {"distribution": "triangular", "low": 10, "mode": 20, "high": 90},
        "overproduction": {"distribution": "normal", "mean": 1.2, "sd": 0.02},
        "overproduction_days": {"distribution": "lognormal", "mean": 300, "sd": 60},
    }
    cases = cases_of(
        [Scenario("s")], runs=2048, seed=4, sampler=sampler, parameters=spreads, known=list(spreads)
    )
    drawn = pd.DataFrame([case.options for case in cases])
    assert drawn["psi"].between(0.5, 0.9).all()
    means = {"psi": 0.7, "restoration_days": 40, "overproduction": 1.2, "overproduction_days": 300}
    for name, mean in means.items():
        assert drawn[name].mean() == pytest.approx(mean, rel=0.02)
    assert drawn["overproduction"].std() == pytest.approx(0.02, rel=0.06)
    assert drawn["overproduction_days"].std() == pytest.approx(60, rel=0.08)
    assert abs(drawn.corr().to_numpy() - np.eye(4)).max() < 0.08
    if sampler != "random":  # one in every slice
        slices = np.floor((drawn["psi"] - 0.5) / 0.4 * 2048)
        assert slices.nunique() >= 2047 if sampler == "latin" else 2000


@pytest.mark.part("2.8")
def test_alternatives_get_the_same_draws() -> None:
    other = replace(quake(), name="other")
    cases = cases_of(
        [quake(), other], runs=8, seed=1, sampler="sobol",
        parameters={"psi": {"distribution": "uniform", "low": 0.5, "high": 0.9}}, known=["psi"],
    )  # fmt: skip
    assert [c.values for c in cases[:8]] == [c.values for c in cases[8:]]
    assert len({c.options["psi"] for c in cases[:8]}) == 8


@pytest.mark.part("2.8")
def test_numbers_do_not_depend_on_workers_or_on_what_runs_beside() -> None:
    world = two_regions()
    one = catenary.ensemble(world, quake(), runs=40, workers=1, days=60)
    many = catenary.ensemble(world, quake(), runs=40, workers=4, days=60)
    for name, table in one.tables.items():
        pd.testing.assert_frame_equal(table, many.tables[name])
    other = catenary.ensemble(world, quake(), runs=40, seed=2, days=60)
    assert not other.runs["loss_days"].equals(one.runs["loss_days"])


@pytest.mark.part("2.8")
def test_an_ensemble_is_its_runs() -> None:
    for world in (two_regions(), serial_chain(stock_days=4)):
        found = catenary.ensemble(world, quake(), runs=5, sampler="latin", days=60, stock_days=4)
        for run, value in zip(found.runs.itertuples(), found.draws["value"], strict=True):
            change = replace(quake().changes[0], multiply=value, uncertain={})
            single = catenary.stress(
                world, scenario=Scenario("one", (change,)), days=60, stock_days=4
            )
            lost = single.losses["loss"].sum() / single.losses["baseline"].sum()
            assert run.loss_days == pytest.approx(lost, rel=1e-9, abs=1e-12)
            checks = single.checks["output"]
            assert run.deepest == pytest.approx(1 - checks.min(), abs=1e-12)
            assert run.deepest_day == checks.argmin()
            asked, unmet = single.demand["demand"].sum(), single.demand["unmet"].sum()
            assert run.unmet == pytest.approx(unmet / asked, rel=1e-9, abs=1e-12)
        world_rows = found.quantiles[found.quantiles["kind"] == "world"].set_index("figure")
        assert world_rows.loc["loss_days", "mean"] == pytest.approx(found.runs["loss_days"].mean())
        assert world_rows.loc["deepest", "q95"] == pytest.approx(
            np.quantile(found.runs["deepest"], 0.95)
        )
        assert len(found.quantiles) == len(FIGURES) * (
            1 + len(world.ids("regions")) + len(world.ids("products"))
        )


@pytest.mark.part("2.8")
def test_families_go_through_every_member() -> None:
    world = two_regions()
    names = {
        family: [s.name for s in family_of(world, family, share=0.4, days=9, recovery_days=5)]
        for family in ("producer", "region", "product", "pair")
    }
    assert names == {
        "producer": ["AAA.goods", "BBB.goods"],
        "region": ["AAA", "BBB"],
        "product": ["goods"],
        "pair": ["AAA → BBB", "BBB → AAA"],
    }
    every = list(family_of(world, "region", share=0.4, days=9, recovery_days=5))
    found = catenary.ensemble(world, every, days=60)
    assert sorted(found.scenarios["scenario"]) == ["AAA", "BBB"]
    assert found.scenarios["loss_days"].is_monotonic_decreasing
    bans = list(family_of(world, "pair", share=1, days=9, recovery_days=0))
    final = world.matrix("final")  # each region's final buyers buy abroad only: a ban refuses them
    crossed = Matrix(final.dense[:, ::-1], final.rows, final.columns, final.unit)
    world = world.with_(final=crossed)
    banned = catenary.ensemble(world, bans, days=30)
    for place, ban in enumerate(bans):
        one = catenary.stress(world, scenario=ban, days=30).demand
        share = one["unmet"].sum() / one["demand"].sum()
        assert share > 0.05
        assert banned.runs["unmet"][place] == pytest.approx(share)
    with pytest.raises(OptionError, match="'regoin'"):
        list(family_of(world, "regoin", share=1, days=1, recovery_days=1))  # type: ignore[arg-type]


@pytest.mark.part("2.9")
def test_float32_tells_what_it_costs() -> None:
    found = catenary.ensemble(two_regions(), quake(), runs=16, days=60, precision="float32")
    told = [w for w in found.run.warnings if "float32 misses float64 by up to" in w]
    assert len(told) == 1
    exact = catenary.ensemble(two_regions(), quake(), runs=16, days=60)
    np.testing.assert_allclose(found.runs["loss_days"], exact.runs["loss_days"], atol=1e-3)


@pytest.mark.part("2.8")
def test_an_interrupted_ensemble_goes_on_from_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world, place = two_regions(), tmp_path / "kept"
    whole = catenary.ensemble(world, quake(), runs=64, days=60)
    follow, count = module.follow, 0

    def breaks(*args: Any) -> Any:
        nonlocal count
        count += 1
        if count == 3:
            raise KeyboardInterrupt
        return follow(*args)

    monkeypatch.setattr(module, "follow", breaks)
    with pytest.raises(KeyboardInterrupt):
        catenary.ensemble(world, quake(), runs=64, days=60, workers=1, checkpoint=place)
    kept = len(list(place.glob("batch-*.npz")))
    assert kept == 2
    count = 10
    again = catenary.ensemble(world, quake(), runs=64, days=60, workers=1, checkpoint=place)
    assert count == 10 + 4 - kept
    pd.testing.assert_frame_equal(again.runs, whole.runs)
    assert not place.exists()
    place.mkdir()
    (place / "mine.txt").write_text("x")
    with pytest.raises(SourceError, match="holds other files"):
        catenary.ensemble(world, quake(), runs=4, days=10, checkpoint=place)
    (place / "mine.txt").unlink()
    (place / "plan.txt").write_text("another")
    catenary.ensemble(world, quake(), runs=4, days=10, checkpoint=place)  # no batch is there
    place.mkdir()
    (place / "plan.txt").write_text("another")
    (place / "batch-000000.npz").write_bytes(b"")
    with pytest.raises(SourceError, match="another ensemble"):
        catenary.ensemble(world, quake(), runs=4, days=10, checkpoint=place)


@pytest.mark.part("2.8")
@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"runs": 0}, "runs is 0"),
        ({"runs": 1.5}, "runs is 1.5"),
        ({"workers": 0}, "workers is 0"),
        ({"days": 0}, "days is 0"),
        ({"sampler": "sobl"}, "'sobl'"),
        ({"precision": "float16"}, "'float16'"),
        ({"parameters": {"pis": HALF}}, "'pis'"),
        ({"parameters": {"psi": {"distribution": "uniform", "low": 1, "high": 1}}}, "low = 1"),
        ({"rationing": "alpha"}, "'alpha'"),
        ({"nonsense": 1}, "'nonsense'"),
        ({"psi": 3}, "psi is 3"),
    ],
)
def test_wrong_options_are_told(change: dict[str, Any], said: str) -> None:
    with pytest.raises(CatenaryError, match=said):
        catenary.ensemble(two_regions(), quake(), **{"runs": 4, "days": 10, **change})


@pytest.mark.part("2.8")
def test_a_run_that_cannot_be_is_named() -> None:
    twice = Scenario("twice", (*quake().changes, *quake().changes))
    with pytest.raises(ScenarioError, match=r"run \d+ \(twice\).*100 %"):
        catenary.ensemble(two_regions(), twice, runs=16, days=10)
    with pytest.raises(OptionError, match="no Scenario"):
        catenary.ensemble(two_regions(), ["x"])  # type: ignore[list-item]
    with pytest.raises(OptionError, match="instead of a World"):
        catenary.ensemble(5, quake())  # type: ignore[arg-type]


SCENARIO = """name = "quake"
[[changes]]
target = "producers.capacity"
where = { region = "AAA" }
multiply = 0.5
days = 9
uncertain = { multiply = { distribution = "uniform", low = 0.2, high = 0.8 } }
"""


@pytest.mark.part("2.8")
def test_the_command_runs_saves_and_shows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    catenary.save(two_regions(), "two.world")
    Path("s.toml").write_text(SCENARIO)

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "catenary", *words]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    done = run(
        "stress", "two.world", "s.toml", "--ensemble", "16", "--days", "30", "-o", "e.result",
        "--as", "json", "--draw", "psi=uniform:0.5:0.9",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert len(json.loads(done.stdout)["tables"]["runs"]) == 16
    found = catenary.load("e.result")
    assert isinstance(found, Ensemble)
    assert set(found.draws["name"]) == {"psi", "change 1: multiply"}
    assert "days of world output are lost" in run("show", "e.result", "--as", "table").stdout
    assert sorted(p.name for p in tmp_path.iterdir()) == ["e.result", "s.toml", "two.world"]
    family = run("stress", "two.world", "--family", "region", "--share", "0.3", "--days", "30")
    assert family.returncode == 0, family.stderr
    assert {r["scenario"] for r in json.loads(family.stdout)["tables"]["scenarios"]} == {
        "AAA",
        "BBB",
    }
    for words, code in (
        (["stress", "two.world", "s.toml", "--ensemble", "0"], 2),
        (["stress", "two.world", "s.toml", "--ensemble", "4", "--draw", "psi=5"], 2),
        (["stress", "two.world", "s.toml", "--ensemble", "4", "--draw", "psi=uniform:1:0"], 2),
        (["stress", "two.world", "--family", "regoin"], 2),
        (["stress", "two.world"], 2),
    ):
        wrong = run(*words)
        assert wrong.returncode == code, (words, wrong.stderr)
        assert wrong.stderr.startswith("error: ")
    assert isinstance(catenary.load("two.world"), World)


@pytest.mark.part("2.8")
def test_ctrl_c_keeps_what_is_finished(tmp_path: Path) -> None:
    catenary.save(two_regions(), tmp_path / "two.world")
    (tmp_path / "s.toml").write_text(SCENARIO)
    code = (
        "import sys, time\n"
        "from catenary.studies import batching as e\n"
        "old = e.follow\n"
        "def slow(*a):\n    time.sleep(0.3); return old(*a)\n"
        "e.follow = slow\n"
        "from catenary.cli.main import main\n"
        "sys.exit(main(['stress', 'two.world', 's.toml', '--ensemble', '640', '--days', '9',\n"
        "    '--workers', '1', '-o', 'e.result']))\n"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", code], cwd=tmp_path, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={**os.environ},
    )  # fmt: skip
    kept = tmp_path / ".e.result.parts"
    for _ in range(600):
        if len(list(kept.glob("batch-*.npz"))) >= 2:
            break
        time.sleep(0.1)
    child.send_signal(signal.SIGINT)
    _, err = child.communicate(timeout=30)
    assert child.returncode == 130
    assert "go on" in err
    assert not (tmp_path / "e.result").exists()
    assert len(list(kept.glob("batch-*.npz"))) >= 2


@pytest.mark.part("2.8")
@pytest.mark.parametrize("harm", ["empty", "cut", "another", "changed", "foreign", "gone"])
def test_a_kept_batch_that_is_not_whole_is_run_again(tmp_path: Path, harm: str) -> None:
    place = tmp_path / "kept"
    whole = catenary.ensemble(two_regions(), quake(), runs=64, days=30, checkpoint=place, keep=True)
    files = sorted(place.glob("batch-*.npz"))
    assert len(files) == 4
    _spoil(files[1], harm)
    again = catenary.ensemble(two_regions(), quake(), runs=64, days=30, checkpoint=place)
    pd.testing.assert_frame_equal(again.runs, whole.runs)
    pd.testing.assert_frame_equal(again.paths, whole.paths)
    assert not place.exists()


def _spoil(file: Path, harm: str) -> None:
    with np.load(file) as found:
        arrays = {name: found[name].copy() for name in found}
    if harm == "empty":
        file.write_bytes(b"")
    elif harm == "cut":
        file.write_bytes(file.read_bytes()[:100])
    elif harm == "another":  # of another number
        file.write_bytes(file.with_name("batch-000002.npz").read_bytes())
    elif harm == "gone":
        file.rename(file.with_name(".1.part"))
    else:
        arrays["world"][0, 0] = np.nan
        with file.open("wb") as target:
            np.savez(target, **(arrays if harm == "changed" else {"regions": np.zeros(3)}))


@pytest.mark.part("2.8")
def test_two_processes_do_not_share_a_folder_of_batches(tmp_path: Path) -> None:
    plan = "plan"
    ours, theirs = module.Kept(tmp_path / "kept", plan), module.Kept(tmp_path / "kept", plan)
    with ours.locked(), pytest.raises(SourceError, match="another process"), theirs.locked():
        pass
    with pytest.raises(ZeroDivisionError), theirs.locked():
        raise ZeroDivisionError
    assert not (tmp_path / "kept").exists()  # nothing was finished


@pytest.mark.part("2.8")
@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"seed": -1}, "seed is -1"),
        ({"seed": None}, "seed is None"),
        ({"parameters": {"psi": {**HALF, "low": 0.5, "high": 1.9}}}, "psi was drawn as 1.8"),
        (
            {"parameters": {"stock_days": {"distribution": "normal", "mean": 2, "sd": 9}}},
            "stock_days was drawn as -",
        ),
        (
            {"parameters": {"psi": {"distribution": "uniform", "low": 1, "high": 0}}},
            "psi cannot be drawn",
        ),
    ],
)
def test_numbers_are_drawn_within_their_bounds_or_not_at_all(
    more: dict[str, Any], said: str
) -> None:
    with pytest.raises(OptionError, match=said):
        catenary.ensemble(two_regions(), quake(), runs=32, days=10, **more)
    with pytest.raises(OptionError, match="two scenarios are called 'quake'"):
        catenary.ensemble(two_regions(), [quake(), quake()], runs=4, days=10)


@pytest.mark.part("2.8")
def test_the_path_of_an_ensemble_lies_between_its_quantiles() -> None:
    found = catenary.ensemble(two_regions(), quake(), runs=32, days=60)
    levels = found.paths[["q05", "q25", "q50", "q75", "q95"]].to_numpy()
    assert (np.diff(levels, axis=1) >= 0).all()
    assert found.paths["day"].tolist() == list(range(60))
    lost = (1 - found.paths["mean"]).sum()
    assert lost == pytest.approx(found.runs["loss_days"].mean(), rel=1e-4)


@pytest.mark.part("2.8")
def test_options_of_an_ensemble_need_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    catenary.save(two_regions(), "two.world")
    Path("s.toml").write_text(SCENARIO)
    for words in (
        ["--draw", "psi=uniform:0.6:0.9"], ["--seed", "3"], ["--device", "numpy"],
        ["--cluster", "tcp://127.0.0.1:9"], ["--share", "0.3"],
    ):  # fmt: skip
        done = subprocess.run(
            [sys.executable, "-m", "catenary", "stress", "two.world", "s.toml", *words],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 2, words
        assert f"{words[0]} belongs to an ensemble" in done.stderr
    # what was finished stays until the result is saved
    code = (
        "import sys\nfrom catenary.cli import commands\n"
        "def full(*a): raise OSError(28, 'No space left on device')\n"
        "commands.save_result = full\nfrom catenary.cli.main import main\n"
        "sys.exit(main(['stress', 'two.world', 's.toml', '--ensemble', '32', '--days', '9',\n"
        "    '-o', 'e.result']))\n"
    )
    full = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    assert full.returncode != 0
    assert len(list(Path(".e.result.parts").glob("batch-*.npz"))) == 2
