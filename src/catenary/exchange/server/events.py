"""Events out: by query, by name, page by page."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from catenary.exchange.server.answers import Answer, Call
from catenary.exchange.server.documents import event_answer
from catenary.exchange.server.negotiation import accepted, extensions
from catenary.exchange.server.paging import PAGING
from catenary.exchange.server.problems import ProblemError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from catenary.exchange.queries import Query

__all__ = ["end_token", "listing", "one", "page", "said"]

_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{16,2000}")


def said(call: Call, *, barred: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Return the parameters of a query as the address says them.

    A name that stands several times is a list of all its values.

    Parameters
    ----------
    call
        The request.
    barred
        Parameters that the path has said already.

    Raises
    ------
    ProblemError
        If the address says one of these.
    """
    made = {name: values for name, values in call.lists().items() if name not in PAGING}
    for name in barred or ():
        if name in made:
            raise ProblemError(
                "QueryParameterException",
                f"{name} is said by the path already",
                hint="leave it out",
            )
    listed = {name: values if len(values) > 1 else values[0] for name, values in made.items()}
    return {**listed, **(barred or {})}


def page(call: Call, query: Query, *, name: str = "SimpleEventQuery") -> Answer:
    """Return a page of the events that fit a query."""
    service = call.service
    form = accepted(call.headers.get("accept"))
    pages = service.pages
    size, token = pages.size(call), dict(call.pairs()).get("nextPageToken")
    found = service.asked(query, size, token)
    answer = event_answer(found.events, call.headers, form, service.spelling, query=name)
    if found.token is not None:
        ends = datetime.fromtimestamp((found.expires or 0) / 1e6, UTC)
        pages.link_token(answer, call, size, found.token, ends)
    return answer


def listing(call: Call) -> Answer:
    """Answer a query whose parameters stand in the address."""
    return page(call, call.service.store.parse(said(call), extensions(call.headers)))


def one(call: Call) -> Answer:
    """Tell of an event by its id or hash."""
    name = call.path["eventID"]
    form = accepted(call.headers.get("accept"))
    found = call.service.store.events_named(name)
    if not found:
        raise ProblemError("NoSuchResourceException", f"there is no event {name[:200]!r}")
    return event_answer(found, call.headers, form, call.service.spelling)


def end_token(call: Call) -> Answer:
    """End the token of a next page."""
    token = call.path["token"]
    if not _TOKEN.fullmatch(token):
        raise ProblemError("NoSuchResourceException", "there is no such token")
    if not call.service.pages.end(token):
        call.service.store.revoke(token)
    return Answer(204)
