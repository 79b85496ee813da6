from __future__ import annotations

import json
import os
import pickle
import signal
import stat
import subprocess
import sys
import time
import zipfile
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy import sparse

import catenary
from catenary import Matrix, World, Worlds
from catenary.errors import (
    ArchiveError,
    CatenaryError,
    SchemaError,
    SourceError,
    VersionError,
)
from catenary.formats import archive, folder
from catenary.testing import serial_chain, two_regions, worlds

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.part("1.2")


def opened(path: str | Path) -> World:
    world = catenary.load(path)
    assert isinstance(world, World)
    return world


@given(worlds())
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_saving_and_opening_is_identity(tmp_path: Path, world: World) -> None:
    file = tmp_path / "w.world"
    archive.save_world(world, file)
    again = archive.open_world(file)
    assert isinstance(again, World)
    assert again.digest == world.digest
    assert again.name == world.name
    folder.save(world, tmp_path / "w")
    assert folder.read(tmp_path / "w").digest == world.digest


TEXT = st.text(
    st.characters(blacklist_categories=("Cs", "Cc"), blacklist_characters="\x85\u2028\u2029"),
    max_size=8,
)


@given(
    st.lists(st.tuples(TEXT, st.floats(0, 1e100)), min_size=1, max_size=6),
    st.lists(TEXT, max_size=3),
)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_odd_text_and_numbers_survive(
    tmp_path: Path, rows: list[tuple[str, float]], warnings: list[str]
) -> None:
    world = World(
        {
            "products": pd.DataFrame(
                {
                    "id": [f"p{i}" for i in range(len(rows))],
                    "name": [name for name, _ in rows],
                    "stock_days": [days for _, days in rows],
                }
            )
        },
        warnings=warnings,
    )
    archive.save_world(world, tmp_path / "w.world")
    again = archive.open_world(tmp_path / "w.world")
    assert isinstance(again, World)
    assert again.digest == world.digest
    assert again.warnings == world.warnings
    folder.save(world, tmp_path / "w")
    assert folder.read(tmp_path / "w").digest == world.digest


def test_namibia_is_not_missing(tmp_path: Path) -> None:
    world = World({"regions": pd.DataFrame({"id": ["NA", "NaN", "null", "1.0", "007", "true"]})})
    folder.save(world, tmp_path / "w")
    assert folder.read(tmp_path / "w").digest == world.digest
    archive.save_world(world, tmp_path / "w.world")
    assert archive.open_world(tmp_path / "w.world").digest == world.digest


def test_sparse_matrices_and_sets_of_worlds_survive(tmp_path: Path) -> None:
    world = two_regions()
    dense = world.matrix("intermediate")
    thin = Matrix(sparse.csr_array(dense.dense), dense.rows, dense.columns, dense.unit)
    both = Worlds({"dense": world, "sparse": world.with_(intermediate=thin)}, name="both")
    catenary.save(both, tmp_path / "both.world")
    again = catenary.load(tmp_path / "both.world")
    assert isinstance(again, Worlds)
    assert again.digest == both.digest
    assert again["sparse"].matrix("intermediate").is_sparse
    assert opened(f"{tmp_path / 'both.world'}:sparse").digest == both["sparse"].digest


def test_the_same_world_is_saved_as_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        archive.save_world(two_regions(), tmp_path / name)
        time.sleep(0.01)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_results_survive(tmp_path: Path) -> None:
    result = catenary.footprint(two_regions())
    catenary.save(result, tmp_path / "r.result")
    again = catenary.load(tmp_path / "r.result")
    assert isinstance(again, catenary.Result)
    assert type(again) is type(result)
    assert again.run == result.run
    for name, table in result.tables.items():
        plain = {c: "str" for c in table if table[c].dtype == "category"}
        pd.testing.assert_frame_equal(again.tables[name].astype(plain), table.astype(plain))
        assert again.tables[name].dtypes.astype(str).tolist() == table.dtypes.astype(str).tolist()


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    file = tmp_path / "good.world"
    archive.save_world(two_regions(), file)
    return file


def rewritten(saved: Path, name: str, **changes: bytes | None) -> Path:
    """Return a copy of a saved world with entries replaced (None: left out)."""
    path = saved.with_name(name)
    with zipfile.ZipFile(saved) as old, zipfile.ZipFile(path, "w") as new:
        for entry in old.namelist():
            key = entry.replace("/", "__").replace(".", "_")
            if key in changes:
                replacement = changes.pop(key)
                if replacement is not None:
                    new.writestr(entry, replacement)
            else:
                new.writestr(entry, old.read(entry))
        for key, extra in changes.items():
            if extra is not None:
                new.writestr(key.replace("__", "/"), extra)
    return path


@pytest.mark.part("1.8")
def test_every_truncation_is_one_clear_error(saved: Path) -> None:
    data = saved.read_bytes()
    for cut in range(0, len(data) - 1, max(1, len(data) // 60)):
        short = saved.with_name("short.world")
        short.write_bytes(data[:cut])
        with pytest.raises(SourceError) as caught:
            catenary.load(short)
        assert caught.value.hint


def world_or_error(path: Path) -> World | CatenaryError:
    try:
        return opened(path)
    except CatenaryError as error:
        return error


@pytest.mark.part("1.8")
@given(place=st.integers(0, 10_000), flip=st.integers(1, 255))
@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_flipped_byte_never_passes_for_another_world(saved: Path, place: int, flip: int) -> None:
    data = bytearray(saved.read_bytes())
    data[place % len(data)] ^= flip
    odd = saved.with_name("odd.world")
    odd.write_bytes(data)
    found = world_or_error(odd)
    if isinstance(found, World):
        assert found.digest == two_regions().digest
    else:
        assert "Traceback" not in str(found)


@pytest.mark.part("1.8")
def test_what_does_not_belong_is_refused(saved: Path) -> None:
    for name in ("../evil", "/etc/x", "tables/x.py", "tables/../../x.arrow", "run.pkl"):
        path = rewritten(saved, "evil.world", **{name.replace("/", "__"): b"x"})
        with pytest.raises(ArchiveError, match="does not belong"):
            catenary.load(path)
    assert not list(saved.parent.glob("**/evil"))


@pytest.mark.part("1.8")
def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    bomb = tmp_path / "bomb.world"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive_:
        archive_.writestr("catenary.json", json.dumps({"schema": 1, "holds": "world"}))
        archive_.writestr("tables/regions.arrow", b"\0" * 50_000_000)
    began = time.perf_counter()
    with pytest.raises(ArchiveError, match="would unpack to"):
        catenary.load(bomb)
    assert time.perf_counter() - began < 5


@pytest.mark.part("1.8")
def test_newer_versions_and_foreign_files_are_refused(saved: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(saved) as good:
        manifest = json.loads(good.read("catenary.json"))
    newer = json.dumps({**manifest, "schema": 99}).encode()
    with pytest.raises(VersionError, match=r"schema version 99.*up to 1"):
        catenary.load(rewritten(saved, "newer.world", catenary_json=newer))
    with pytest.raises(ArchiveError, match="was not saved by catenary"):
        catenary.load(rewritten(saved, "foreign.world", catenary_json=None))
    with pytest.raises(ArchiveError, match="cannot be understood"):
        catenary.load(rewritten(saved, "broken.world", catenary_json=b"{"))
    (tmp_path / "plain.world").write_text("hello")
    with pytest.raises(SourceError, match="no saved world"):
        catenary.load(tmp_path / "plain.world")


@pytest.mark.part("1.8")
def test_arrays_of_objects_and_references_into_nowhere_are_refused(saved: Path) -> None:
    payload = np.array([{"a": 1}], dtype=object)
    path = saved.with_name("objects.npy")
    np.save(path, payload, allow_pickle=True)
    evil = rewritten(saved, "pickle.world", matrices__final_npy=path.read_bytes())
    with pytest.raises(ArchiveError, match="not a plain array"):
        catenary.load(evil)
    evil = rewritten(saved, "pickle2.world", matrices__final_npy=pickle.dumps(payload))
    with pytest.raises(ArchiveError, match="is no array"):
        catenary.load(evil)
    with zipfile.ZipFile(saved) as good:
        table = pa.ipc.open_file(pa.py_buffer(good.read("tables/producers.arrow"))).read_all()
    place = table.column_names.index("region")
    table = table.set_column(place, "region", pa.array([0, 77], pa.int32()))
    sink = pa.BufferOutputStream()
    with pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)
    data = sink.getvalue().to_pybytes()
    with pytest.raises(SchemaError, match="reference 77 points outside the 2 regions"):
        catenary.load(rewritten(saved, "nowhere.world", tables__producers_arrow=data))


@pytest.mark.part("1.8")
@pytest.mark.parametrize("target", ["w.world", "w"])
def test_a_folder_that_may_not_be_written_stays_as_it_is(tmp_path: Path, target: str) -> None:
    place = tmp_path / "closed"
    place.mkdir()
    if os.geteuid() == 0:  # root may write anywhere: take a folder that is not there instead
        place = place / "missing"
    else:
        place.chmod(stat.S_IRUSR | stat.S_IXUSR)
    with pytest.raises(SourceError, match="cannot write") as caught:
        catenary.save(two_regions(), place / target)
    assert "nothing was changed" in caught.value.hint
    assert not place.exists() or not list(place.iterdir())


@pytest.mark.part("1.8")
def test_a_folder_of_somebody_else_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("dear")
    with pytest.raises(SourceError, match="which catenary did not write"):
        catenary.save(two_regions(), tmp_path / "mine")
    assert [p.name for p in tmp_path.iterdir()] == ["mine"]
    catenary.save(two_regions(), tmp_path / "ours")
    catenary.save(serial_chain(), tmp_path / "ours")  # ours may be replaced
    assert opened(tmp_path / "ours").digest == serial_chain().digest
    assert sorted(p.name for p in tmp_path.iterdir()) == ["mine", "ours"]


class _StopError(Exception):
    pass


@pytest.mark.part("1.8")
@pytest.mark.parametrize("stop", [KeyboardInterrupt, _StopError])
@pytest.mark.parametrize("target", ["w.world", "w"])
def test_an_interrupted_save_leaves_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stop: type[BaseException], target: str
) -> None:
    path = tmp_path / target
    catenary.save(serial_chain(), path)
    before = opened(path).digest

    def interrupted(*_: object, **__: object) -> None:
        raise stop

    monkeypatch.setattr(archive, "_npy", interrupted)
    monkeypatch.setattr(pd.DataFrame, "to_csv", interrupted)
    with pytest.raises(stop):
        catenary.save(two_regions(), path)
    assert [p.name for p in tmp_path.iterdir()] == [target]
    monkeypatch.undo()
    assert opened(path).digest == before


@pytest.mark.part("1.8")
def test_ctrl_c_while_saving_leaves_no_half_file(tmp_path: Path) -> None:
    code = (
        "import sys, catenary, catenary.formats.archive as a\n"
        "from catenary.testing import two_regions\n"
        "old = a._put\n"
        "def slow(*x, **k):\n"
        "    old(*x, **k); print('saving', flush=True)\n"
        "    import time; time.sleep(30)\n"
        "a._put = slow\n"
        "try:\n    catenary.save(two_regions(), sys.argv[1])\n"
        "except KeyboardInterrupt:\n    sys.exit(130)\n"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path / "w.world")], stdout=subprocess.PIPE, text=True
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "saving\n"
    child.send_signal(signal.SIGINT)
    assert child.wait(timeout=20) == 130
    child.stdout.close()
    assert list(tmp_path.iterdir()) == []
