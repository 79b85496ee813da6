"""Capture: each event once, all or none, durable before it is acknowledged."""

from __future__ import annotations

import json
import random
import sqlite3
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from captor import document as batch_of
from hypothesis import given, settings
from places import KINDS, wipe
from shipped import captured, document, shipment
from sqlalchemy import func, inspect, select, text

from catenary.errors import OptionError, UnknownLabelError, VersionError
from catenary.exchange import MalformedError, convert, opened
from catenary.exchange.limits import LimitError, Limits
from catenary.exchange.store import (
    AccessToken,
    ExistsError,
    QueryTooComplexError,
    Store,
    StoreError,
    Subscription,
    capturing,
    open_store,
)
from catenary.exchange.store.inserting import drop_indexes
from catenary.exchange.store.schema import epcs, events, jobs, members, metadata
from catenary.testing.shipments import documents

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.part("9.3")

CAPTOR = Path(__file__).parent / "stores" / "captor.py"
SOAK = settings().max_examples > 1_000
WRONG = {**shipment(99, 0), "action": "SHIP"}


def rows(store: Store) -> dict[str, int]:
    with store._database.reading() as connection:
        return {
            table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in (events, epcs, members)
        }


@settings(max_examples=settings().max_examples // 5)
@given(made=documents())
def test_capturing_twice_is_capturing_once(kept: Store, made: dict[str, Any]) -> None:
    wipe(kept)
    raw = json.dumps(made).encode()
    first = kept.capture(raw)
    assert first.success, first.errors
    before = rows(kept)
    again = kept.capture(raw, on_error="proceed")
    assert (again.stored, again.known, again.read) == (0, first.read, first.read)
    out = BytesIO()  # the same document in XML is known too
    with opened(raw, whole=True) as read:
        convert(read, "xml", out)
    assert kept.capture(out.getvalue()).stored == 0
    assert rows(kept) == before


def test_rollback_stores_nothing_of_a_document_with_a_wrong_event(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(capturing, "BLOCK", 2)  # so that some of it has been written
    job = store.capture(document([*(shipment(at, 0) for at in range(5)), WRONG, WRONG]))
    assert (job.success, job.read, job.stored, job.refused) == (False, 7, 0, 2)
    assert [(one.event, one.field, one.rule) for one in job.errors] == [
        (6, "action", "enumeration"),
        (7, "action", "enumeration"),
    ]
    assert rows(store) == {"events": 0, "epcs": 0, "members": 0}
    assert store.resources("bizSteps") == []
    assert store.job(job.id) == job
    captured(store, [shipment(at, 0) for at in range(5)])
    assert store.resources("bizSteps") == ["shipping"]


def test_proceed_stores_what_is_right(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(capturing, "BLOCK", 2)
    shipped = [shipment(0, 0), WRONG, *(shipment(at, 0) for at in range(4))]
    job = store.capture(document(shipped), on_error="proceed")
    assert (job.success, job.stored, job.known, job.refused) == (False, 4, 1, 1)
    assert [one.event for one in job.errors] == [2]
    assert rows(store)["events"] == 4
    told = store.job(job.id).to_dict()
    assert told["success"] is told["running"] is False
    assert told["errors"][0]["field"] == "action"


def test_a_document_that_breaks_off_is_an_error(store: Store) -> None:
    raw = document([shipment(1, 0), shipment(2, 0)])[:-40]
    for behaviour, stored in (("rollback", 0), ("proceed", 1)):
        try:
            job = store.capture(raw, on_error=behaviour)
        except MalformedError:
            assert rows(store)["events"] == 0
            continue
        assert not job.success
        assert rows(store)["events"] == stored


def test_jobs_are_seen_while_they_run_and_when_their_program_died(store: Store) -> None:
    job = store.begin_job("proceed")
    assert store.job(job.id).running
    ended = store.capture(document([shipment(1, 0)]), job=job.id)
    assert ended.id == job.id
    assert ended.behaviour == "proceed"
    assert not store.job(job.id).running
    with pytest.raises(OptionError, match="is over"):
        store.capture(document([shipment(1, 0)]), job=job.id)
    unread = store.begin_job()
    assert store.capture(b"?", job=unread.id).errors[0].rule == "file"
    lost = store.begin_job()
    assert store.close_interrupted() == 1
    assert store.job(lost.id).errors[0].rule == "interrupted"
    assert [one.id for one in store.jobs()] == [lost.id, unread.id, job.id]
    assert [one.id for one in store.jobs(after=unread.id)] == [job.id]
    with pytest.raises(UnknownLabelError, match="no capture job"):
        store.job("x")


def test_limits_and_options_are_told(store: Store) -> None:
    with pytest.raises(OptionError, match="on_error"):
        store.capture(document([]), on_error="stop")
    with pytest.raises(OptionError, match="workers"):
        store.capture(document([]), workers=-1)
    with pytest.raises(OptionError, match="per_page"):
        store.page({}, per_page=0)
    with pytest.raises(OptionError, match="did you mean 'epcs'"):
        store.resources("epc")
    deep = shipment(1, 0, {"example:a": {"example:b": {"example:c": 1}}})
    with pytest.raises(LimitError, match="nests deeper"):
        store.capture(document([deep]), limits=Limits(depth=3))
    job = store.begin_job()
    ended = store.capture(document([deep]), limits=Limits(depth=3), job=job.id)
    assert ended.errors[0].rule == "limit"


def test_a_document_of_too_many_events_ends_at_the_bound(store: Store) -> None:
    raw = document([shipment(at, 0) for at in range(5)])
    job = store.capture(raw, most=4)
    assert (job.success, job.stored, job.errors[0].rule, job.errors[0].event) == (
        False,
        0,
        "limit",
        5,
    )
    job = store.capture(raw, most=4, on_error="proceed")
    assert (job.success, job.stored) == (False, 4)
    assert store.capture(raw, most=5).stored == 1


def test_a_question_that_takes_too_long_is_broken_off(store: Store) -> None:
    captured(store, [shipment(at, 0) for at in range(300)])
    store.patience = 1e-9
    with pytest.raises(QueryTooComplexError, match="took longer"), store._database.reading() as one:
        one.execute(_LONG).all()
    store.patience = None
    assert store.count({}) == 300


_LONG = text(
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300000) "
    "SELECT count(*) FROM n"
)


def test_several_processes_store_the_same(store: Store) -> None:
    raw = document([shipment(at, at % 60, at) for at in range(4_500)])
    job = store.capture(raw, workers=2)
    assert job.stored == 4_500
    found = [one.event["example:weight"] for one in store.query({})]
    assert found == list(range(4_500))


def test_threads_may_capture_and_ask_at_once(store: Store) -> None:
    def work(thread: int) -> list[int]:
        seen = []
        for batch in range(5):
            captured(store, [shipment(1000 * thread + 10 * batch + at, 0) for at in range(10)])
            numbers = [one.number for one in store.query({})]
            assert numbers == list(range(1, len(numbers) + 1))  # no gap is ever seen
            seen.append(len(numbers))
        return seen

    with ThreadPoolExecutor(4) as pool:
        seen = list(pool.map(work, range(4)))
    assert all(one == sorted(one) for one in seen)
    assert store.last_number() == 200


def indexes(store: Store) -> set[str]:
    with store._database.reading() as connection:
        found = inspect(connection)
        return {
            str(one["name"])
            for table in ("events", "members")
            for one in found.get_indexes(table)
            if not one.get("duplicates_constraint")
        }


def test_a_bulk_load_leaves_the_same_indexes(store: Store) -> None:
    before = indexes(store)
    with store.bulk():
        captured(store, [shipment(at, 0, at) for at in range(20)])
        assert len(indexes(store)) < len(before)
        assert [one.number for one in store.query({"GE_example:weight": 18})] == [19, 20]
    assert indexes(store) == before
    assert [one.number for one in store.query({"GE_example:weight": 18})] == [19, 20]


def test_an_interrupted_bulk_load_is_put_right_by_who_opens_next(tmp_path: Path) -> None:
    place = tmp_path / "events.db"
    with open_store(place) as store:
        before = indexes(store)
        with store._database.writing() as connection:
            drop_indexes(connection)
    with open_store(place) as store:
        assert indexes(store) == before


def test_error_declarations_are_kept_beside_their_event(store: Store) -> None:
    declared = {
        **shipment(1, 0),
        "eventID": "urn:example:1",
        "errorDeclaration": {
            "declarationTime": "2026-02-01T00:00:00Z",
            "reason": "incorrect_data",
            "correctiveEventIDs": ["urn:example:2"],
        },
    }
    first = {k: v for k, v in declared.items() if k != "errorDeclaration"}
    captured(store, [first, declared])
    assert [one.number for one in store.events_named("urn:example:1")] == [2, 1]
    named = store.events_named("urn:example:1")[0].hash
    assert [one.number for one in store.events_named(named)] == [2, 1]
    assert [one.number for one in store.query({"EXISTS_errorDeclaration": True})] == [2]
    assert [one.number for one in store.query({"EQ_correctiveEventID": "urn:example:2"})] == [2]


def test_resources_are_listed_in_pages(store: Store) -> None:
    captured(store, [shipment(at, 0) for at in range(5)])
    first = store.resources("epcs", limit=3)
    second = store.resources("epcs", after=first[-1], limit=3)
    link = "https://id.gs1.org/01/04012345111118/21/"
    assert first + second == [f"{link}{at}" for at in range(5)]
    assert store.resources("eventTypes") == ["ObjectEvent"]
    assert store.has_resource("epcs", "urn:epc:id:sgtin:4012345.011111.3")
    assert not store.has_resource("epcs", "urn:epc:id:sgtin:4012345.011111.9")
    assert store.has_resource("bizSteps", "https://ref.gs1.org/cbv/BizStep-shipping")


def test_named_queries_and_subscriptions_are_kept(store: Store) -> None:
    store.add_query("late", {"EQ_example:weight": ["5"]}, {"example": "https://e.org/"})
    with pytest.raises(ExistsError, match="already"):
        store.add_query("late", {})
    with pytest.raises(OptionError, match="no parameter"):
        store.add_query("wrong", {"colour": "red"})
    assert store.named_query("late").query == {"EQ_example:weight": ["5"]}
    assert [one.name for one in store.named_queries()] == ["late"]
    with pytest.raises(UnknownLabelError, match="did you mean 'late'"):
        store.named_query("lat")
    made = store.add_subscription(
        Subscription("a", "late", "https://e.org/", {"hour": "1"}, state={"tries": 0})
    )
    assert store.subscription("a") == made
    store.update_subscription("a", last_number=7, state={"tries": 1})
    assert store.subscriptions("late")[0].state == {"tries": 1}
    assert store.subscriptions("late", after="a") == []
    with pytest.raises(UnknownLabelError):
        store.add_subscription(Subscription("b", "other"))
    store.remove_query("late")
    with pytest.raises(UnknownLabelError, match="no subscription"):
        store.subscription("a")


def test_settings_and_access_tokens_are_kept(store: Store) -> None:
    assert store.setting("port", 80) == 80
    store.set_setting("port", 8080)
    store.set_setting("port", [1, {"a": None}])
    assert store.setting("port") == [1, {"a": None}]
    store.add_access_token(AccessToken("abc", "shop", ("capture", "query"), 5))
    assert store.access_tokens() == [AccessToken("abc", "shop", ("capture", "query"), 5)]
    store.remove_access_token("abc")
    assert store.access_tokens() == []


# --- the place of a store -------------------------------------------------------------------------


def test_migrations_make_the_tables_that_are_declared(store: Store) -> None:
    from alembic.autogenerate import compare_metadata  # noqa: PLC0415
    from alembic.migration import MigrationContext  # noqa: PLC0415

    with store._database.reading() as connection:
        found = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(found, metadata) == []
        names = {one["name"] for one in inspect(connection).get_indexes("events")}
    assert {"ix_events_event_time", "ix_events_biz_location", "ix_events_read_point"} <= names


def test_stores_of_other_versions_are_told_apart(tmp_path: Path) -> None:
    place = tmp_path / "events.db"
    with open_store(place) as store:
        captured(store, [shipment(1, 0)])
    with sqlite3.connect(place) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(VersionError, match="newer version"):
        open_store(place)
    with sqlite3.connect(place) as connection:
        connection.execute("DELETE FROM alembic_version")
        connection.execute("DROP TABLE alembic_version")
    with pytest.raises(StoreError, match="something else"):
        open_store(place)


def test_what_is_no_store_is_refused(tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.write_text("this is no database, but a letter to a friend " * 100)
    with pytest.raises(StoreError, match="not a database"):
        open_store(other)
    with pytest.raises(StoreError, match="there is no store"):
        open_store(tmp_path / "none.db", create=False)
    with pytest.raises(StoreError, match="unable to open"):
        open_store(tmp_path / "no" / "folder.db")
    for place in ("mysql://a/b", "", ":memory:"):
        with pytest.raises(OptionError):
            open_store(place)
    with pytest.raises(StoreError, match="connection"):
        open_store(f"postgresql://nobody@/none?host={tmp_path}")


def test_sqlite_writes_ahead_and_waits_for_the_disk(tmp_path: Path) -> None:
    with open_store(tmp_path / "events.db") as store, store._database.reading() as connection:
        assert connection.execute(text("PRAGMA journal_mode")).scalar() == "wal"
        assert connection.execute(text("PRAGMA synchronous")).scalar() == 2


# --- killed, and without room ---------------------------------------------------------------------


@pytest.fixture(params=KINDS)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield str(tmp_path / "events.db")
        return
    address = str(request.getfixturevalue("postgresql"))
    with open_store(address) as store:
        wipe(store)
    yield address


def _kill(place: str, first: int, size: int, behaviour: str, delay: float) -> tuple[set[int], int]:
    """Run the captor and kill it; return the batches that it acknowledged, and the last begun."""
    command = [sys.executable, str(CAPTOR), place, str(first), str(size), behaviour]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
        time.sleep(delay)
        child.kill()
        said = [line.split() for line in child.stdout.read().splitlines()]
    begun = [int(line[1]) for line in said if line[0] == "begun"]
    return {int(line[1]) for line in said if line[0] == "stored" and len(line) == 3}, max(
        begun, default=first - 1
    )


@pytest.mark.parametrize("behaviour", ["rollback", "proceed"])
def test_a_killed_capture_loses_nothing_doubles_nothing_and_leaves_no_half_job(
    place: str, behaviour: str
) -> None:
    chance = random.Random(7)  # noqa: S311
    size, batch = 40, 0
    acknowledged: set[int] = set()
    for _ in range(100 if SOAK else 5):
        found, last = _kill(place, batch, size, behaviour, chance.uniform(0.0, 0.3))
        acknowledged |= found
        with open_store(place) as store:
            counts = [
                store.count({"EQ_bizTransaction_po": f"urn:example:po:{one}"})
                for one in range(last + 1)
            ]
            assert {at for at, count in enumerate(counts) if count == size} >= acknowledged
            assert set(counts) <= {0, size}
            numbers = [one.number for one in store.query({})]
            assert numbers == list(range(1, sum(counts) + 1))
            things = rows(store)
            assert things == dict.fromkeys(things, sum(counts))
            with store._database.reading() as connection:
                told = connection.execute(select(func.sum(jobs.c.stored))).scalar()
            assert (told or 0) == sum(counts)
            assert store.close_interrupted() == 0
            if last >= 0:  # whatever was not acknowledged is captured again, once
                job = store.capture(batch_of(last, size))
                assert job.stored + job.known == size
                assert job.stored in {0, size}
        batch = last + 1
    assert acknowledged


def test_a_full_disk_is_one_clear_error_and_earlier_data_stay(tmp_path: Path) -> None:
    place = str(tmp_path / "events.db")
    with open_store(place) as store:
        captured(store, [shipment(1, 0)])
    command = [sys.executable, str(CAPTOR), place, "0", "300", "rollback", "2000000"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[-1].startswith("error ")
    assert "full" in lines[-1]
    assert "what was captured before is intact" in lines[-1]
    assert "Traceback" not in done.stderr
    stored = [line for line in lines if line.startswith("stored")]
    assert stored
    with open_store(place) as store:
        assert store.count({}) == 1 + 300 * len(stored)
        captured(store, [shipment(2, 0)])
    with sqlite3.connect(place) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_a_store_of_an_older_version_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "events.db"
    with open_store(place):
        pass
    monkeypatch.setattr("catenary.exchange.store.connecting.REVISION", "0002")
    with pytest.raises(VersionError, match="catenary exchange upgrade --store"):
        open_store(place)
