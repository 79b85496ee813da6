"""Every operation of the binding: its path, what it needs and what answers it.

The router, the discovery by OPTIONS and the description at `/openapi.json` all read this list.

References
----------
GS1, EPCIS Standard 2.0, section 12 (REST bindings).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

from catenary.exchange.server import capture, events, named, resources, subscribing
from catenary.exchange.server.problems import ProblemError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from catenary.exchange.server.answers import Answer, Call
    from catenary.exchange.server.negotiation import Format

__all__ = ["OPERATIONS", "Operation", "found"]

Handler: TypeAlias = "Callable[[Call], Answer]"


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation.

    Parameters
    ----------
    name
        Its name in the description.
    method
        As in `GET`.
    path
        As in `/events/{eventID}`.
    handler
        What answers it.
    about
        What it does, in one line.
    scope
        What a token has to allow; nothing = anybody may.
    answers
        Status of a good answer.
    forms
        In which forms it answers.
    reads
        In which forms it takes a body.
    writes
        Whether it captures, so that it runs among the writers.
    pages
        Whether its answer comes in pages.
    queries
        Whether it takes the parameters of an event query.
    problems
        Which problems it may answer with, beside those of every operation.
    """

    name: str
    method: str
    path: str
    handler: Handler
    about: str
    scope: str = "query"
    answers: int = 200
    forms: tuple[Format, ...] = ("json",)
    reads: tuple[Format, ...] = ()
    writes: bool = False
    pages: bool = False
    queries: bool = False
    problems: tuple[int, ...] = ()

    @property
    def segments(self) -> tuple[str, ...]:
        """The parts of its path."""
        return tuple(self.path[1:].split("/")) if self.path != "/" else ()


_BOTH: Final[tuple[Format, ...]] = ("json", "xml")


def _of_resources() -> list[Operation]:
    """Return the three operations of each top-level resource."""
    made = []
    for kind, one in resources.RESOURCES.items():
        path = f"/{kind}/{{{one.parameter}}}"
        title = kind[0].upper() + kind[1:]
        made += [
            Operation(
                f"list{title}", "GET", f"/{kind}", resources.listing(one),
                f"All {one.words} that are known here.", pages=True, problems=(400,),
            ),
            Operation(
                f"get{title[:-1]}", "GET", path, resources.member(one),
                f"What there is about one of the {one.words}.", problems=(404,),
            ),
            Operation(
                f"get{title[:-1]}Events", "GET", f"{path}/events", resources.member_events(one),
                f"Events of one of the {one.words}.", forms=_BOTH, pages=True, queries=True,
                problems=(400, 404, 413),
            ),
        ]  # fmt: skip
    return made


OPERATIONS: Final = (
    Operation(
        "getRoot", "GET", "/", resources.root, "The resources that there are.", forms=_BOTH
    ),
    Operation(
        "getDescription", "GET", "/openapi.json", resources.description,
        "This description.", scope="",
    ),
    Operation(
        "capture", "POST", "/capture", capture.capture,
        "Capture a document of events, in JSON-LD or XML; answered once all of it is kept.",
        scope="capture", answers=202, forms=_BOTH, reads=_BOTH, writes=True,
        problems=(400, 408, 413, 415),
    ),
    Operation(
        "listCaptureJobs", "GET", "/capture", capture.jobs, "Capture jobs, the newest first.",
        scope="capture", pages=True, problems=(400,),
    ),
    Operation(
        "getCaptureJob", "GET", "/capture/{captureID}", capture.job,
        "A capture job, with what was wrong with its events.", scope="capture", forms=_BOTH,
        problems=(404,),
    ),
    Operation(
        "listEvents", "GET", "/events", events.listing,
        "Events that fit a query; its parameters stand in the address.", forms=_BOTH, pages=True,
        queries=True, problems=(400, 413),
    ),
    Operation(
        "createEvent", "POST", "/events", capture.create, "Capture one event.",
        scope="capture", answers=201, forms=_BOTH, reads=_BOTH, writes=True,
        problems=(400, 408, 409, 413, 415),
    ),
    Operation(
        "getEvent", "GET", "/events/{eventID}", events.one,
        "An event by its eventID or its event hash, with those that declare it wrong.",
        forms=_BOTH, problems=(404,),
    ),
    *_of_resources(),
    Operation(
        "listQueries", "GET", "/queries", named.listing, "Named queries.", pages=True,
        problems=(400,),
    ),
    Operation(
        "createQuery", "POST", "/queries", named.create, "Make a named query.", "subscribe", 201,
        reads=("json",), problems=(400, 408, 409, 413, 415),
    ),
    Operation(
        "getQuery", "GET", "/queries/{queryName}", named.one, "A named query.", problems=(404,)
    ),
    Operation(
        "deleteQuery", "DELETE", "/queries/{queryName}", named.remove,
        "Remove a named query and its subscriptions.", "subscribe", 204, problems=(404,),
    ),
    Operation(
        "getQueryEvents", "GET", "/queries/{queryName}/events", named.events,
        "Events of a named query; as a websocket, those to come.", forms=_BOTH, pages=True,
        problems=(400, 404, 413),
    ),
    Operation(
        "listSubscriptions", "GET", "/queries/{queryName}/subscriptions", subscribing.listing,
        "Subscriptions to a named query.", scope="subscribe", pages=True, problems=(400, 404),
    ),
    Operation(
        "createSubscription", "POST", "/queries/{queryName}/subscriptions", subscribing.create,
        "Send the events of a named query to an address, as they come or by a schedule.",
        scope="subscribe", answers=201, reads=("json",), problems=(400, 404, 408, 413, 415),
    ),
    Operation(
        "getSubscription", "GET", "/queries/{queryName}/subscriptions/{subscriptionID}",
        subscribing.one, "A subscription.", scope="subscribe", problems=(404,),
    ),
    Operation(
        "unsubscribe", "DELETE", "/queries/{queryName}/subscriptions/{subscriptionID}",
        subscribing.remove, "End a subscription.", scope="subscribe", answers=204, problems=(404,),
    ),
    Operation(
        "endPageToken", "DELETE", "/nextPageToken/{token}", events.end_token,
        "End the token of a next page before its time.", answers=204, problems=(404,),
    ),
)  # fmt: skip
"""Every operation but the discovery by OPTIONS, which each path has."""


def _by_length() -> dict[int, list[Operation]]:
    made: dict[int, list[Operation]] = {}
    for one in OPERATIONS:
        made.setdefault(len(one.segments), []).append(one)
    return made


_BY_LENGTH: Final = _by_length()


def _values(operation: Operation, segments: tuple[str, ...]) -> dict[str, str] | None:
    """Return what a path says for the names in an operation's path; None = another path."""
    values: dict[str, str] = {}
    for wanted, said in zip(operation.segments, segments, strict=True):
        if wanted[:1] == "{":
            if not said:
                return None
            values[wanted[1:-1]] = said
        elif wanted != said:
            return None
    return values


def found(method: str, segments: tuple[str, ...]) -> tuple[Operation, Mapping[str, str]]:
    """Return the operation of a request, and the values in its path.

    Raises
    ------
    ProblemError
        If there is no such path (404), or it knows no such method (405).

    Examples
    --------
    >>> operation, values = found("GET", ("epcs", "urn:epc:id:sgtin:4012345.011111.1", "events"))
    >>> operation.name, values["epc"]
    ('getEpcEvents', 'urn:epc:id:sgtin:4012345.011111.1')
    """
    there: dict[str, tuple[Operation, dict[str, str]]] = {}
    for one in _BY_LENGTH.get(len(segments), ()):
        values = _values(one, segments)
        if values is not None:
            there[one.method] = (one, values)
    if not there:
        shown = "/" + "/".join(segments)
        raise ProblemError("NoSuchResourceException", f"there is nothing at {shown[:200]!r}")
    if method in there:
        return there[method]
    allowed = ", ".join(["OPTIONS", *there])
    if method == "OPTIONS":
        first, values = next(iter(there.values()))
        return _discovery(first, allowed), values
    raise ProblemError(
        "NoSuchResourceException",
        f"{method[:20]} is not among the methods of this path: {allowed}",
        status=405,
        headers=[("Allow", allowed)],
    )


def _discovery(first: Operation, allowed: str) -> Operation:
    """Return the operation that tells what a path can do."""

    def handler(call: Call) -> Answer:
        return resources.discovery(call, first.path, allowed)

    about = "What this path can do, which versions are spoken and which limits hold."
    return Operation("discover", "OPTIONS", first.path, handler, about, first.scope, 204, ())
