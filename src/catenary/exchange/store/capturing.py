"""Capture: a document of events becomes a job, and the job a transaction.

`rollback` stores all events of a document or none, in one transaction. `proceed` stores what is
right, in blocks of which each is a transaction; its job is in the same transaction, and so says at
every moment how many there are. An event that is there already is not stored again. When `capture`
returns, what it says is on disk.

References
----------
GS1, EPCIS Standard 2.0, sections 8.1 and 12.5.
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING, Final
from uuid import uuid4

from sqlalchemy import select, update

from catenary.errors import CatenaryError, OptionError
from catenary.exchange.findings import Finding, finding
from catenary.exchange.limits import LimitError
from catenary.exchange.store.inserting import write_events
from catenary.exchange.store.jobs import (
    MOST_ERRORS,
    Behaviour,
    CaptureJob,
    find_job,
    now,
    save_job,
)
from catenary.exchange.store.mastering import vocabularies_of, write_vocabularies
from catenary.exchange.store.preparing import Outcome, outcomes
from catenary.exchange.store.schema import jobs

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.engine import Connection

    from catenary.exchange.reading import Document
    from catenary.exchange.store.connecting import Database
    from catenary.exchange.store.rows import Prepared

__all__ = [
    "BLOCK",
    "begin_job",
    "capture_document",
    "close_interrupted",
    "fail_job",
    "new_job",
    "refusal",
]

BLOCK: Final = 5_000
"""How many events are written together."""
_INTERRUPTED: Final = "the program that captured it ended before it did"


def _behaviour(on_error: str) -> Behaviour:
    if on_error == "rollback":
        return "rollback"
    if on_error == "proceed":
        return "proceed"
    raise OptionError(f"on_error is {on_error!r}", hint="rollback or proceed")


def new_job(on_error: str) -> CaptureJob:
    """Return a job that is not in a store yet."""
    return CaptureJob(str(uuid4()), True, True, _behaviour(on_error), now())  # noqa: FBT003


def begin_job(database: Database, on_error: str) -> CaptureJob:
    """Write a job that others see running."""
    job = new_job(on_error)
    with database.writing() as connection:
        return replace(job, number=save_job(connection, job))


def refusal(error: CatenaryError) -> Finding:
    """Return what kept a document from being read as a finding."""
    rule = "limit" if isinstance(error, LimitError) else "file"
    return finding("", rule, str(error.args[0]), hint=error.hint)


def fail_job(database: Database, job: CaptureJob, wrong: Finding) -> CaptureJob:
    """Write that a job ended because of something that is wrong with its document."""
    ended = replace(job, running=False, success=False, finished=now(), errors=(wrong,))
    with database.writing() as connection:
        return replace(ended, number=save_job(connection, ended, errors=ended.errors))


def close_interrupted(database: Database) -> int:
    """Write that jobs are over of which the program has died; return how many there were."""
    with database.writing() as connection:
        chosen = select(jobs.c.id).where(jobs.c.running)
        names = list(connection.execute(chosen).scalars())
        for name in names:
            job = find_job(connection, name)
            wrong = finding("", "interrupted", _INTERRUPTED, hint="capture it again")
            ended = replace(job, running=False, success=False, finished=now())
            save_job(connection, ended, errors=(*job.errors, wrong))
        connection.execute(update(jobs).where(jobs.c.running).values(running=False))
    return len(names)


def _too_many(most: int) -> Finding:
    hint = "send it in parts"
    return finding("", "limit", f"a document may have {most:,} events", hint=hint).at(most + 1)


class _DroppedError(Exception):
    """Ends a transaction of which nothing is to stay."""


class _Capture:
    """One job while it goes on."""

    def __init__(
        self, database: Database, job: CaptureJob, seen: set[tuple[str, str, str]]
    ) -> None:
        self.database = database
        self.job = self.begun = job
        self.seen = seen
        self.added: set[tuple[str, str, str]] = set()
        self.block: list[Prepared] = []
        self.errors: list[Finding] = []
        self.read = self.stored = self.taken = self.refused = 0
        self.whole = job.behaviour == "rollback"
        self.stack = ExitStack()
        self.connection: Connection | None = None

    def take(self, outcome: Outcome) -> None:
        """Take one event."""
        self.read += 1
        if len(self.block) >= BLOCK:
            self.flush()
            if not self.whole:
                self.commit(self.now(running=True))
        if outcome.rows is None:
            self.refused += 1
            self.errors += outcome.findings[: MOST_ERRORS - len(self.errors)]
            if self.whole:
                self.drop()
        elif not (self.whole and self.errors):
            self.block.append(outcome.rows)

    def drop(self) -> None:
        """Undo what a job that stores all or nothing has written."""
        self.block.clear()
        self.fail(_DroppedError())
        self.job = self.begun  # what the transaction wrote of it is gone too
        self.stored = self.taken = 0
        self.added.clear()

    def flush(self) -> None:
        """Write the block; `commit` makes it durable."""
        if self.connection is None:
            self.connection = self.stack.enter_context(self.database.writing())
        number = self.job.number
        if not number:
            number = save_job(self.connection, self.job)
            self.job = replace(self.job, number=number)
        stored, added = write_events(self.connection, self.block, number, self.seen | self.added)
        self.stored += stored
        self.taken += len(self.block)
        self.added |= added
        self.block.clear()

    def now(self, *, running: bool) -> CaptureJob:
        """Return the job as it is now."""
        return replace(
            self.job,
            running=running,
            success=not self.errors,
            finished=None if running else now(),
            read=self.read,
            stored=self.stored,
            known=self.taken - self.stored,
            refused=self.refused,
            errors=tuple(self.errors),
        )

    def commit(self, job: CaptureJob) -> None:
        """Write the job and end the transaction, so that all of it is durable."""
        if self.connection is None:
            self.connection = self.stack.enter_context(self.database.writing())
        number = save_job(self.connection, job, errors=job.errors)
        self.job = replace(self.job, number=number)
        self.stack.close()
        self.connection = None
        self.seen |= self.added
        self.added.clear()

    def end(self, document: Document) -> CaptureJob:
        """Write the rest, master data and how it ended."""
        self.errors += [one for one in document.findings if one.level == "error"]
        del self.errors[MOST_ERRORS:]
        if self.whole and self.errors:
            self.drop()
        if self.block:
            self.flush()
        found = vocabularies_of(document.header)
        if found and not (self.whole and self.errors):
            if self.connection is None:
                self.connection = self.stack.enter_context(self.database.writing())
            write_vocabularies(self.connection, found, document.prefixes)
        ended = self.now(running=False)
        self.commit(ended)
        return replace(ended, number=self.job.number)

    def fail(self, error: BaseException) -> None:
        """Undo the transaction that is open; tell the database why."""
        self.connection = None
        self.stack.__exit__(type(error), error, error.__traceback__)


def capture_document(  # noqa: PLR0913  what `Store.capture` is told
    database: Database,
    document: Document,
    job: CaptureJob,
    seen: set[tuple[str, str, str]],
    *,
    workers: int = 1,
    most: int | None = None,
    progress: Callable[[int], object] | None = None,
) -> CaptureJob:
    """Capture a document; `Store.capture` says what for."""
    made = _Capture(database, job, seen)
    try:
        for outcome in outcomes(document, workers=workers):
            if made.read == most:
                made.take(Outcome(None, (_too_many(most),)))
                break
            made.take(outcome)
            if progress is not None:
                progress(made.read)
        return made.end(document)
    except BaseException as error:
        made.fail(error)
        raise
