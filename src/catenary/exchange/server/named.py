"""Named queries: views of the events that a client keeps here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from catenary.errors import UnknownLabelError
from catenary.exchange.queries import QueryError
from catenary.exchange.server.answers import Answer, Call, json_answer
from catenary.exchange.server.bodies import body_object
from catenary.exchange.server.events import page, said
from catenary.exchange.server.negotiation import extensions
from catenary.exchange.server.problems import ProblemError, of_error
from catenary.exchange.store import ExistsError

if TYPE_CHECKING:
    from catenary.exchange.store import NamedQuery

__all__ = ["create", "events", "listing", "named", "one", "remove"]

_LONGEST: Final = 200


def named(call: Call) -> NamedQuery:
    """Return the named query of the path.

    Raises
    ------
    ProblemError
        If there is none (404).
    """
    name = call.path["queryName"]
    try:
        return call.service.store.named_query(name)
    except UnknownLabelError as error:
        raise ProblemError("NoSuchNameException", f"there is no query {name[:80]!r}") from error


def _shown(query: NamedQuery) -> dict[str, Any]:
    return {"name": query.name, "query": query.query}


def listing(call: Call) -> Answer:
    """List named queries."""
    pages = call.service.pages
    size, after = pages.asked(call)
    found = call.service.store.named_queries(after=after or "", limit=size + 1)
    answer = json_answer([_shown(one) for one in found[:size]])
    return pages.link(answer, call, size, found[size - 1].name if len(found) > size else None)


def create(call: Call) -> Answer:
    """Make a named query."""
    body = body_object(call, ("name", "query"))
    name, query = body.get("name"), body.get("query")
    if (
        not isinstance(name, str)
        or not 0 < len(name) <= _LONGEST
        or not name.isprintable()
        or name in (".", "..")  # a path with these means another place
    ):
        raise ProblemError(
            "QueryValidationException",
            f"name is {str(name)[:80]!r}; write 1 to {_LONGEST} printable characters, not . or ..",
        )
    if not isinstance(query, dict):
        raise ProblemError("QueryValidationException", "query is no JSON object")
    try:
        call.service.store.add_query(name, query, extensions(call.headers))
    except ExistsError as error:
        raise ProblemError(
            "ResourceAlreadyExistsException", f"there is a query {name!r} already"
        ) from error
    except QueryError as error:
        raise of_error("QueryValidationException", error) from error
    return Answer(201, headers=[("Location", f"{call.base}/queries/{quote(name, safe='')}")])


def one(call: Call) -> Answer:
    """Tell of a named query, as the list of one that the official description asks for."""
    return json_answer([_shown(named(call))])


def remove(call: Call) -> Answer:
    """Remove a named query; its subscriptions end, and websockets are closed."""
    found = named(call)
    call.service.store.remove_query(found.name)
    call.service.hub.tell()
    return Answer(204)


def events(call: Call) -> Answer:
    """Answer a named query."""
    found = named(call)
    more = said(call)
    if more:
        raise ProblemError(
            "SubscriptionControlsException" if "stream" in more else "QueryParameterException",
            f"{next(iter(more))[:80]!r} is no parameter of a named query; those of schedules and "
            "stream need a websocket (Upgrade: websocket)",
        )
    query = call.service.store.parse(found.query, found.prefixes)
    return page(call, query, name=found.name)
