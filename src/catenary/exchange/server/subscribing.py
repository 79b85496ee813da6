"""Subscriptions: named queries whose events are sent to an address."""

from __future__ import annotations

import secrets
import time
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from catenary.errors import OptionError
from catenary.exchange.server.addresses import AddressError, resolved, target
from catenary.exchange.server.answers import Answer, Call, json_answer
from catenary.exchange.server.bodies import body_object, microseconds_of, truth
from catenary.exchange.server.named import named
from catenary.exchange.server.negotiation import epc_format
from catenary.exchange.server.problems import ProblemError, of_error
from catenary.exchange.server.schedule import Schedule
from catenary.exchange.server.times import moment_text
from catenary.exchange.store import Subscription

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["create", "listing", "one", "remove", "when"]

_MEMBERS: Final = (
    "dest", "signatureToken", "schedule", "stream", "reportIfEmpty", "initialRecordTime",
)  # fmt: skip
_LONGEST_SECRET: Final = 1_000


def when(said: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the schedule of a subscription; None = as events come.

    Raises
    ------
    ProblemError
        If it says both, neither, or a schedule that is wrong (400).

    Examples
    --------
    >>> when({"stream": True}), when({"schedule": {"minute": "0"}})
    (None, {'minute': '0'})
    """
    stream = truth("stream", said.get("stream", False))
    schedule = said.get("schedule")
    if stream == (schedule is not None):
        raise ProblemError(
            "SubscriptionControlsException",
            "say either stream, which is true, or a schedule such as "
            '{"hour": "1", "minute": "5"}: ' + ("both are said" if stream else "neither is"),
        )
    if stream:
        return None
    if not isinstance(schedule, dict):
        raise ProblemError("SubscriptionControlsException", "schedule is no JSON object")
    try:
        Schedule.of(schedule)
    except OptionError as error:
        raise of_error("SubscriptionControlsException", error) from error
    return {name: str(value) for name, value in schedule.items()}


def _shown(call: Call, found: Subscription) -> dict[str, Any]:
    """Return a subscription without its secret."""
    made: dict[str, Any] = {
        "subscriptionID": found.id,
        "dest": found.destination,
        "createdAt": moment_text(found.created),
        "minRecordTime": call.service.marked(found),
        "epcFormat": found.epc_format,
    }
    if found.last_notified is not None:
        made["lastNotifiedAt"] = moment_text(found.last_notified)
    if found.initial_record_time is not None:
        made["initialRecordTime"] = moment_text(found.initial_record_time)
    if found.state.get("error"):
        made["catenary:lastError"] = found.state["error"]
        made["catenary:failures"] = found.state.get("failures", 0)
    if found.stream:
        return {**made, "stream": True}
    return {**made, "schedule": found.schedule, "reportIfEmpty": found.report_if_empty}


def create(call: Call) -> Answer:
    """Make a subscription; its address is looked up now, and again whenever it is sent to."""
    query = named(call)
    body = body_object(call, _MEMBERS)
    schedule = when(body)
    dest, secret = body.get("dest"), body.get("signatureToken")
    if not isinstance(dest, str):
        raise ProblemError("InvalidURIException", "dest is missing, or no text")
    try:
        resolved(target(dest), private=call.service.settings.allow_private_webhooks)
    except AddressError as error:
        raise of_error("InvalidURIException", error) from error
    if secret is not None and not (isinstance(secret, str) and 0 < len(secret) <= _LONGEST_SECRET):
        raise ProblemError(
            "ValidationException", f"signatureToken is no text of 1 to {_LONGEST_SECRET} characters"
        )
    initial = microseconds_of("initialRecordTime", body)
    store = call.service.store
    made = Subscription(
        id=secrets.token_hex(16),
        query=query.name,
        destination=dest,
        schedule=schedule,
        stream=schedule is None,
        signature_token=secret,
        report_if_empty=truth("reportIfEmpty", body.get("reportIfEmpty", False)),
        epc_format=epc_format(call.headers),
        initial_record_time=initial,
        created=time.time_ns() // 1000,
        last_number=store.last_number() if initial is None else 0,
        last_notified=None,
        state={},
    )
    store.add_subscription(made)
    call.service.hub.tell()
    answer = json_answer(_shown(call, made), status=201)
    place = f"{call.base}/queries/{quote(query.name, safe='')}/subscriptions/{made.id}"
    answer.headers.append(("Location", place))
    return answer


def listing(call: Call) -> Answer:
    """List the subscriptions of a named query."""
    query, pages = named(call), call.service.pages
    size, after = pages.asked(call)
    found = call.service.store.subscriptions(query.name, after=after or "", limit=size + 1)
    answer = json_answer([_shown(call, one) for one in found[:size]])
    return pages.link(answer, call, size, found[size - 1].id if len(found) > size else None)


def one(call: Call) -> Answer:
    """Tell of a subscription."""
    found = call.service.subscription(call.path["queryName"], call.path["subscriptionID"])
    return json_answer(_shown(call, found))


def remove(call: Call) -> Answer:
    """End a subscription."""
    found = call.service.subscription(call.path["queryName"], call.path["subscriptionID"])
    call.service.store.remove_subscription(found.id)
    return Answer(204)
