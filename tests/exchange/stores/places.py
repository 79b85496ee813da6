"""Where stores of tests lie: files, and a PostgreSQL started by a user without rights."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import psycopg
import pytest
from sqlalchemy import delete

from catenary.exchange.store.schema import metadata

if TYPE_CHECKING:
    from collections.abc import Iterator

    from catenary.exchange.store import Store

KINDS: Final = [
    pytest.param("sqlite", id="sqlite"),
    pytest.param("postgresql", id="postgresql", marks=pytest.mark.system),
]


def _programs() -> Path | None:
    """Return the folder with PostgreSQL's programs."""
    found = shutil.which("postgres")
    places = [Path(found).resolve().parent] if found else []
    places += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((one for one in places if (one / "initdb").exists()), None)


def _user() -> dict[str, Any]:
    """Return who runs the server: never root, which PostgreSQL refuses."""
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        try:
            found = pwd.getpwnam(name)
        except KeyError:
            continue
        return {"user": found.pw_uid, "group": found.pw_gid, "extra_groups": []}
    return {}


def _wait(folder: Path) -> None:
    """Wait until the server answers, half a minute at most."""
    for _ in range(300):
        try:
            psycopg.connect(host=str(folder), user="catenary", dbname="postgres").close()
        except psycopg.OperationalError:
            time.sleep(0.1)
        else:
            return
    pytest.fail(f"PostgreSQL does not start: {(folder / 'log').read_text()[-500:]}", pytrace=False)


@contextmanager
def postgresql_server() -> Iterator[str]:
    """Run a server on a socket in a folder of its own; give its address."""
    programs = _programs()
    if programs is None:
        message = "PostgreSQL is not installed: run `make test-system` as root once"
        if os.environ.get("CATENARY_REQUIRE_SHARED") == "1":
            pytest.fail(message, pytrace=False)
        pytest.skip(message)
    folder = Path(tempfile.mkdtemp(prefix="catenary-", dir="/tmp"))  # a socket's path is short
    who = _user()
    if who:
        os.chown(folder, who["user"], who["group"])
    data = folder / "data"
    making: list[str | Path] = [
        programs / "initdb",
        "-D",
        data,
        "-U",
        "catenary",
        "-A",
        "trust",
        "-E",
        "UTF8",
    ]
    options: dict[str, Any] = {"cwd": folder, **who}
    server = None
    try:
        subprocess.run(
            [*making, "--locale=C.UTF-8", "--no-sync"], check=True, capture_output=True, **options
        )
        with (folder / "log").open("wb") as log:
            server = subprocess.Popen(
                [programs / "postgres", "-D", data, "-k", folder, "-c", "listen_addresses="],
                stdout=log,
                stderr=log,
                **options,
            )
        _wait(folder)
        yield f"postgresql://catenary@/postgres?host={folder}"
    finally:
        if server is not None:
            server.terminate()
            try:
                server.wait(30)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait(30)
        shutil.rmtree(folder, ignore_errors=True)


def wipe(store: Store) -> None:
    """Remove everything from a store."""
    with store._database.writing() as connection:
        for table in reversed(metadata.sorted_tables):
            connection.execute(delete(table))
    store._seen.clear()
    store._secret = None
