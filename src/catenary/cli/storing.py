"""`catenary exchange capture`, `query` and `upgrade`: events in a store."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

import click

from catenary.cli.exchanging import (
    AS,
    EVERY,
    FILES,
    WORKERS,
    Written,
    exchange,
    line_of,
    opened_file,
    refused,
    size_of,
)
from catenary.cli.watching import told
from catenary.errors import CatenaryError, OptionError
from catenary.languages import in_language, language, say
from catenary.model.progress import advance

if TYPE_CHECKING:
    from collections.abc import Iterator

    from catenary.exchange.store import CaptureJob, Store

__all__ = ["capture", "exchange", "query", "upgrade"]

_STORE = click.option(
    "--store",
    "place",
    required=True,
    envvar="CATENARY_STORE",
    show_envvar=True,
    help="Path of the store (SQLite), or postgresql://user@host/name.",
)


def _store(place: str, *, create: bool = False, upgrade: bool = False) -> Store:
    try:
        from catenary.exchange.store import open_store  # noqa: PLC0415  optional, and quick start
    except ModuleNotFoundError as error:
        raise OptionError(
            f"a store needs {error.name}, which is not installed",
            hint="pip install 'catenary[exchange]'",
        ) from error
    return open_store(place, create=create, upgrade=upgrade)


@exchange.command()
@FILES
@_STORE
@click.option(
    "--on-error",
    type=click.Choice(["rollback", "proceed"]),
    default="rollback",
    show_default=True,
    help="What a wrong event does: keeps its whole file out, or only itself.",
)
@click.option("--bulk", is_flag=True, help="For millions of events: indexes are made at the end.")
@WORKERS
@AS
def capture(
    files: tuple[str, ...],
    place: str,
    on_error: str,
    bulk: bool,  # noqa: FBT001  click gives it
    workers: int,
    choice: str,
) -> int:
    """Capture the events of files into a store, each at most once."""
    code = 0
    with told(), _store(place, create=True) as store, store.bulk() if bulk else nullcontext():
        out = Written(choice)
        out.open('{"files": [')
        for name in files:
            try:
                job = _captured(store, name, on_error, workers)
            except CatenaryError as error:
                found = refused(error)
                code = max(code, error.exit_code)
                row = {"file": name, "success": False, "findings": [found.to_dict()]}
                out.row(row, line_of(name, found))
                continue
            code = max(code, 0 if job.success else 3)
            out.row(_row(name, job), _told(name, job))
        out.text("]}\n")
    return code


def _captured(store: Store, name: str, on_error: str, workers: int) -> CaptureJob:
    size = size_of(name)
    with opened_file(name, whole=True) as document:

        def progress(done: int) -> None:
            if not done % EVERY:
                advance("bytes", document.progress(), size)

        return store.capture(document, on_error=on_error, workers=workers, progress=progress)


def _row(name: str, job: CaptureJob) -> dict[str, Any]:
    return {
        "file": name,
        "capture": job.id,
        "success": job.success,
        "events": job.read,
        "stored": job.stored,
        "known": job.known,
        "refused": job.refused,
        "findings": [one.to_dict() for one in job.errors],
    }


def _told(name: str, job: CaptureJob) -> str:
    lines = [line_of(name, one) for one in job.errors]
    sentence = say(
        "{stored} of {events} events stored, {known} known before, {refused} wrong",
        stored=f"{job.stored:,}",
        events=f"{job.read:,}",
        known=f"{job.known:,}",
        refused=f"{job.refused:,}",
    )
    return "\n".join([*lines, f"{name}: {in_language(sentence, language())}"])


@exchange.command()
@click.argument("parameters", nargs=-1, metavar="[NAME=VALUE]...")
@_STORE
@click.option(
    "--as",
    "choice",
    type=click.Choice(["json", "lines", "count"]),
    default="json",
    show_default=True,
    help="A query document, one event a line, or only how many.",
)
@click.option(
    "--prefix",
    "prefixes",
    multiple=True,
    metavar="NAME=ADDRESS",
    help="What a prefix in names of parameters stands for; those of captured events are known.",
)
def query(parameters: tuple[str, ...], place: str, choice: str, prefixes: tuple[str, ...]) -> int:
    """Print the events that all parameters ask for, in the names of the standard.

    For example MATCH_anyEPC=urn:epc:id:sgtin:4012345.011111.987 or EQ_bizStep=shipping
    GE_eventTime=2026-01-01T00:00:00Z. A name that stands twice has two values, of which one has to
    fit.
    """
    asked: dict[str, Any] = {}
    for name, value in _pairs(parameters):
        asked.setdefault(name, []).append(value)
    with _store(place) as store:
        parsed = store.parse(asked, dict(_pairs(prefixes)))
        if choice == "count":
            print(store.count(parsed, most=parsed.limit))
            return 0
        write = sys.stdout.buffer.write
        found = (one.json for one in store.query(parsed))
        if choice == "lines":
            for one in found:
                write(one + b"\n")
        else:
            for part in _document(found):
                write(part)
        sys.stdout.buffer.flush()
    return 0


def _pairs(words: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    for word in words:
        name, equals, value = word.partition("=")
        if not equals:
            raise OptionError(
                f"{word[:80]!r} has no value", hint="write NAME=VALUE, as in EQ_bizStep=shipping"
            )
        yield name, value


def _document(found: Iterator[bytes]) -> Iterator[bytes]:
    """Yield a query document, part by part."""
    from datetime import UTC, datetime  # noqa: PLC0415  quick start

    from catenary.exchange.contexts import CONTEXT  # noqa: PLC0415  quick start

    created = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    yield (
        f'{{"@context": ["{CONTEXT}"], "type": "EPCISQueryDocument", "schemaVersion": "2.0", '
        f'"creationDate": "{created}", "epcisBody": {{"queryResults": {{"queryName": '
        '"SimpleEventQuery", "resultsBody": {"eventList": ['
    ).encode()
    between = b"\n"
    for one in found:
        yield between + one
        between = b",\n"
    yield b"\n]}}}}\n"


@exchange.command()
@_STORE
def upgrade(place: str) -> int:
    """Bring a store that an older version made to this version; keep a copy."""
    with _store(place, upgrade=True) as store:
        done = say("{store} is of this version", store=store.place)
        print(in_language(done, language()))
    return 0
