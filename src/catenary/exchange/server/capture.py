"""Events in: capture jobs, and events one by one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from catenary.errors import DataError, UnknownLabelError
from catenary.exchange.hashing import event_hash
from catenary.exchange.limits import LimitError, MalformedError
from catenary.exchange.reading import checked, opened
from catenary.exchange.server.answers import Answer, Call, json_answer
from catenary.exchange.server.documents import single_event
from catenary.exchange.server.negotiation import accepted
from catenary.exchange.server.problems import ProblemError, of_error, problem_json
from catenary.exchange.server.xml_answers import job_xml
from catenary.exchange.store import ExistsError

if TYPE_CHECKING:
    from catenary.exchange.store import CaptureJob

__all__ = ["capture", "create", "job", "jobs"]

_BROKEN = frozenset({"json", "xml", "limit", "file", "document-type", "version"})


def _behaviour(call: Call) -> str:
    said = call.headers.get("gs1-capture-error-behaviour", "rollback").strip().casefold()
    if said not in {"rollback", "proceed"}:
        raise ProblemError(
            "ValidationException",
            f"GS1-Capture-Error-Behaviour is {said[:40]!r}; write rollback or proceed",
        )
    return said


def capture(call: Call) -> Answer:
    """Capture a document; the answer comes once what it says is kept."""
    behaviour = _behaviour(call)
    assert call.body is not None  # noqa: S101  the application reads it
    try:
        made = call.service.captured(call.body, behaviour)
    except LimitError as error:
        raise _too_much(call, error) from error
    except MalformedError as error:
        raise of_error("ValidationException", error) from error
    broken = [one for one in made.errors if one.rule in _BROKEN and not one.event]
    if broken and not made.stored and not made.known:
        raise ProblemError(
            "ValidationException", f"the document cannot be read: {broken[0]}", errors=made.errors
        )
    return Answer(202, headers=[("Location", f"{call.base}/capture/{quote(made.id, safe='')}")])


def _too_much(call: Call, error: LimitError) -> ProblemError:
    limits = call.service.settings
    headers = [
        ("GS1-EPCIS-Capture-Limit", str(limits.events)),
        ("GS1-EPCIS-Capture-File-Size-Limit", str(limits.body)),
    ]
    return of_error("CaptureLimitExceededException", error, headers=headers)


def _job_json(made: CaptureJob) -> dict[str, Any]:
    """Return a job as the standard says it, and how many events it read, kept and knew."""
    body = made.to_dict()
    body["errors"] = [problem_json(one) for one in made.errors]
    counts = {"read": made.read, "stored": made.stored, "known": made.known}
    return {**body, "catenary:events": {**counts, "refused": made.refused}}


def job(call: Call) -> Answer:
    """Tell of one capture job."""
    name = call.path["captureID"]
    try:
        made = call.service.store.job(name)
    except UnknownLabelError as error:
        raise ProblemError(
            "NoSuchResourceException", f"there is no capture job {name[:80]!r}"
        ) from error
    if accepted(call.headers.get("accept")) == "xml":
        return Answer(200, job_xml(_job_json(made)), "application/xml")
    return json_answer(_job_json(made))


def jobs(call: Call) -> Answer:
    """List capture jobs, the newest first."""
    pages = call.service.pages
    size, after = pages.asked(call)
    found = call.service.store.jobs(after=after or "", limit=size + 1)
    store = call.service.store
    shown = [one if one.success else store.job(one.id) for one in found[:size]]
    answer = json_answer([_job_json(one) for one in shown])
    return pages.link(answer, call, size, found[size - 1].id if len(found) > size else None)


def create(call: Call) -> Answer:
    """Capture one event."""
    assert call.body is not None  # noqa: S101  the application reads it
    service = call.service
    try:
        with opened(call.body, whole=True) as document:
            if document.kind != "event":
                raise ProblemError(
                    "ValidationException", "this is a document: send it to /capture, or one event"
                )
            reads = [checked(one, document.manner) for one in document.reads]
            findings = [*document.findings, *(f for one in reads for f in one.findings)]
    except LimitError as error:
        raise _too_much(call, error) from error
    except DataError as error:
        raise of_error("ValidationException", error) from error
    wrong = [one for one in findings if one.level == "error"]
    if wrong or not reads or reads[0].event is None:
        first = wrong[0] if wrong else "there is no event"
        raise ProblemError("ValidationException", f"the event is not valid: {first}", errors=wrong)
    event, prefixes = reads[0].event, dict(reads[0].prefixes)
    named = event.get("eventID") or event_hash(event, prefixes)
    location = ("Location", f"{call.base}/events/{quote(named, safe='')}")
    try:
        made = service.captured_event(event, prefixes)
    except ExistsError as error:
        raise _known(named, location) from error
    if not made.success:
        raise ProblemError("ValidationException", "the event was not captured", errors=made.errors)
    if made.known:
        raise _known(named, location)
    answer = single_event(call, event)
    answer.status = 201
    answer.headers.append(location)
    return answer


def _known(named: str, location: tuple[str, str]) -> ProblemError:
    return ProblemError(
        "ResourceAlreadyExistsException",
        f"the event {named[:200]!r} is here already; nothing was changed",
        headers=[location],
    )
