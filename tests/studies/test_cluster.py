"""Ensembles on a real local cluster of several processes, and on clusters that fail."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import catenary
from catenary import Change, Recovery, Scenario, World
from catenary.errors import OptionError, ScenarioError, SourceError
from catenary.formats.archive import open_world, save_world
from catenary.model.progress import watched_by
from catenary.studies import Ensemble, cluster
from catenary.testing import two_regions

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [pytest.mark.part("2.10"), pytest.mark.filterwarnings("ignore")]


def quake(low: float = 0.2) -> Scenario:
    change = Change(
        target="producers.capacity", where={"region": "AAA"}, multiply=0.5, start=3, days=4,
        recovery=Recovery(curve="linear", days=10),
        uncertain={"multiply": {"distribution": "uniform", "low": low, "high": 0.8}},
    )  # fmt: skip
    return Scenario("quake", (change,))


def _ended(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(10)


@contextmanager
def running(folder: Path, workers: int) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """Start a scheduler and some workers, each a process of its own."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    address = f"tcp://127.0.0.1:{port}"
    dask = [sys.executable, "-m", "dask"]
    quiet: dict[str, Any] = {
        "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": folder,
        "env": {**os.environ, "DASK_DISTRIBUTED__WORKER__MEMORY__TERMINATE": "False"},
    }  # fmt: skip
    begun = [
        subprocess.Popen(
            [*dask, "scheduler", "--host", "127.0.0.1", "--port", str(port), "--no-dashboard",
             "--dashboard-address", "127.0.0.1:0"],
            **quiet,
        )
    ]  # fmt: skip
    begun += [
        subprocess.Popen(
            [*dask, "worker", address, "--host", "127.0.0.1", "--nthreads", "1", "--no-nanny",
             "--no-dashboard", "--local-directory", str(folder)],
            **quiet,
        )
        for _ in range(workers)
    ]  # fmt: skip
    try:
        yield address, begun[1:]
    finally:
        for process in reversed(begun):
            _ended(process)


def same(ours: Ensemble, theirs: Ensemble) -> None:
    for name, table in ours.tables.items():
        pd.testing.assert_frame_equal(table, theirs.tables[name], check_exact=True)


def test_a_worker_is_killed_at_half_of_256_runs(tmp_path: Path) -> None:
    here = catenary.ensemble(two_regions(), quake(), runs=256, days=400)
    killed: list[int] = []
    with running(tmp_path, 3) as (address, workers):

        def watch(_: str, done: int, total: int) -> None:
            if not killed and done >= total // 2:
                workers[0].send_signal(signal.SIGKILL)
                killed.append(done)

        with watched_by(watch):
            there = catenary.ensemble(
                two_regions(), quake(), runs=256, days=400, cluster=address,
                checkpoint=tmp_path / "kept",
            )  # fmt: skip
        assert workers[0].wait(10) == -signal.SIGKILL
    assert killed
    assert killed[0] < 256
    same(there, here)
    assert not (tmp_path / "kept").exists()


def test_what_is_wrong_with_a_run_comes_back_from_the_worker(tmp_path: Path) -> None:
    twice = Scenario("twice", (*quake(0.0).changes, *quake(0.0).changes))
    with running(tmp_path, 1) as (address, _):
        with pytest.raises(ScenarioError, match=r"run \d+ \(twice\)"):
            catenary.ensemble(two_regions(), twice, runs=64, days=30, cluster=address)
        # a device is the workers', whatever this machine has
        there = catenary.ensemble(
            two_regions(), quake(), runs=4, days=30, cluster=address, device="numpy"
        )
        near = catenary.ensemble(two_regions(), quake(), runs=4, days=30)
        assert np.allclose(there.runs["loss_days"], near.runs["loss_days"], atol=1e-9)
        with pytest.raises(SourceError, match="runs catenary"):
            cluster.work({"version": "0.0"}, [])
        found = catenary.ensemble(two_regions(), quake(), runs=4, days=30, cluster=address)
    same(found, catenary.ensemble(two_regions(), quake(), runs=4, days=30))


def test_a_cluster_that_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "_CONNECT", 1.0)
    monkeypatch.setattr(cluster, "_PATIENCE", 1.0)
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen()
        for address in (f"tcp://127.0.0.1:{deaf.getsockname()[1]}", "tcp://127.0.0.1:1"):
            began = time.monotonic()
            with pytest.raises(SourceError, match="does not answer") as caught:
                catenary.ensemble(two_regions(), quake(), runs=4, days=30, cluster=address)
            assert "dask scheduler" in str(caught.value.hint)
            assert time.monotonic() - began < 60
    for address in ("nowhere://x", "tcp://", "", "tcp://here:port"):
        with pytest.raises(OptionError, match="is no address of a cluster"):
            catenary.ensemble(two_regions(), quake(), runs=4, days=30, cluster=address)
    monkeypatch.setattr(cluster, "import_module", lambda _: (_ for _ in ()).throw(ImportError()))
    with pytest.raises(OptionError, match="not installed"):
        catenary.ensemble(two_regions(), quake(), runs=4, days=30, cluster="tcp://127.0.0.1:1")


def test_a_cluster_without_workers(tmp_path: Path) -> None:
    keep = tmp_path / "kept"
    keep.mkdir()
    with (
        running(tmp_path, 0) as (address, _),
        pytest.raises(SourceError, match="has had no worker"),
    ):
        cluster.on_cluster(address, two_regions(), [[]], about={}, keep=None, patience=2.0)


def test_a_mapped_world_is_the_same_world(tmp_path: Path) -> None:
    world = two_regions()
    save_world(world, tmp_path / "a.world")
    mapped, read = (open_world(tmp_path / "a.world", mapped=way) for way in (True, False))
    assert isinstance(mapped, World)
    assert mapped.digest == world.digest == read.digest
    values = mapped.matrices["intermediate"].dense
    assert values.flags.aligned
    owner: Any = values
    while isinstance(owner, np.ndarray | memoryview):
        owner = owner.base if isinstance(owner, np.ndarray) else owner.obj
    assert isinstance(owner, pa.Buffer)  # of the file: nothing was copied
    assert not owner.is_mutable
