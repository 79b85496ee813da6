"""Capture jobs: what became of a document that was sent.

References
----------
GS1, EPCIS Standard 2.0, section 12.5 (capture jobs).
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

import msgspec
from sqlalchemy import delete, insert, select, update

from catenary.errors import UnknownLabelError
from catenary.exchange.findings import Finding
from catenary.exchange.keys import spelt_time
from catenary.exchange.store.schema import job_errors, jobs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.engine import Connection, RowMapping

__all__ = ["MOST_ERRORS", "Behaviour", "CaptureJob", "find_job", "list_jobs", "now", "save_job"]

Behaviour: TypeAlias = Literal["rollback", "proceed"]

MOST_ERRORS: Final = 1_000
"""How many findings of one job are kept."""


def now() -> int:
    """Return microseconds since 1970, UTC."""
    return time.time_ns() // 1000


@dataclass(frozen=True, slots=True)
class CaptureJob:
    """One document that was captured, or is being captured.

    Parameters
    ----------
    id
        Its name.
    running
        Whether it goes on.
    success
        Whether nothing was wrong so far.
    behaviour
        What happens if something is wrong: nothing is stored (`rollback`), or the rest (`proceed`).
    created, finished
        Microseconds since 1970, UTC.
    read, stored, known, refused
        How many events there were, were stored, had been stored before, and were wrong.
    errors
        What was wrong, the first findings.
    number
        Its number in the store; 0 = not there yet.
    """

    id: str
    running: bool
    success: bool
    behaviour: Behaviour
    created: int
    finished: int | None = None
    read: int = 0
    stored: int = 0
    known: int = 0
    refused: int = 0
    errors: tuple[Finding, ...] = ()
    number: int = 0

    def to_dict(self) -> dict[str, Any]:
        """Return the job as the JSON of the standard; what was wrong as of RFC 7807."""
        made: dict[str, Any] = {
            "captureID": self.id,
            "createdAt": spelt_time(self.created),
            "running": self.running,
            "success": self.success,
            "captureErrorBehaviour": self.behaviour,
        }
        if self.finished is not None:
            made["finishedAt"] = spelt_time(self.finished)
        if self.errors:
            made["errors"] = [_problem(one) for one in self.errors]
        return made


def _problem(one: Finding) -> dict[str, Any]:
    return {
        "type": "epcisException:ValidationException",
        "title": f"{one.rule}: {one.where}"[:200],
        "status": 400,
        "detail": str(one),
        **one.to_dict(),
    }


_KEPT: Final = (
    "id", "running", "success", "behaviour", "created", "finished", "read", "stored", "known",
    "refused",
)  # fmt: skip


def save_job(connection: Connection, job: CaptureJob, *, errors: Sequence[Finding] = ()) -> int:
    """Write a job, new or not, and return its number; `errors` are all that it has."""
    values = {name: getattr(job, name) for name in _KEPT}
    number = job.number
    if number:
        connection.execute(update(jobs).where(jobs.c.number == number).values(values))
    else:
        made = connection.execute(insert(jobs).values(values)).inserted_primary_key
        number = int(made[0]) if made else 0
    if errors:
        connection.execute(delete(job_errors).where(job_errors.c.job == number))
        rows = [
            {"job": number, "at": at, "json": msgspec.json.encode(one).decode()}
            for at, one in enumerate(errors[:MOST_ERRORS])
        ]
        connection.execute(insert(job_errors), rows)
    return number


def _job(row: RowMapping, errors: tuple[Finding, ...] = ()) -> CaptureJob:
    return CaptureJob(**{name: row[name] for name in (*_KEPT, "number")}, errors=errors)


def find_job(connection: Connection, name: str) -> CaptureJob:
    """Return a job.

    Raises
    ------
    UnknownLabelError
        If there is none of that name.
    """
    row = connection.execute(select(jobs).where(jobs.c.id == name)).mappings().one_or_none()
    if row is None:
        raise UnknownLabelError(
            f"there is no capture job {name[:80]!r}", hint="list them: GET /capture"
        )
    chosen = select(job_errors.c.json).where(job_errors.c.job == row["number"])
    found = connection.execute(chosen.order_by(job_errors.c.at)).scalars()
    return _job(row, tuple(msgspec.json.decode(one, type=Finding) for one in found))


def list_jobs(connection: Connection, *, after: str = "", limit: int = 30) -> list[CaptureJob]:
    """Return jobs without what was wrong, the newest first, behind the job of a name."""
    chosen = select(jobs).order_by(jobs.c.number.desc()).limit(limit)
    if after:
        chosen = chosen.where(jobs.c.number < find_job(connection, after).number)
    return [_job(row) for row in connection.execute(chosen).mappings()]
