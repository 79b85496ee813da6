"""What there is: the top-level resources, and what the server says about itself."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from catenary.exchange.contexts import CONTEXT
from catenary.exchange.events import EVENT_TYPES
from catenary.exchange.server.answers import Answer, Call, json_answer
from catenary.exchange.server.events import page, said
from catenary.exchange.server.negotiation import VERSIONS, accepted, epc_format, extensions
from catenary.exchange.server.problems import ProblemError
from catenary.exchange.server.xml_answers import collection_xml
from catenary.exchange.vocabulary import VOCABULARIES

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["RESOURCES", "description", "discovery", "listing", "member", "member_events", "root"]

Kind: TypeAlias = Literal[
    "eventTypes", "epcs", "bizSteps", "bizLocations", "readPoints", "dispositions"
]
_ROOT: Final = ("capture", "events", "queries")


@dataclass(frozen=True, slots=True)
class Resource:
    """One top-level resource.

    Parameters
    ----------
    kind
        Its name in paths.
    parameter
        What a member is called there.
    query
        The query parameter that finds the events of a member.
    words
        What it is in words.
    standard
        Members that the standard names, known before any event names them.
    """

    kind: Kind
    parameter: str
    query: str
    words: str
    standard: frozenset[str] = frozenset()


RESOURCES: Final = {
    one.kind: one
    for one in (
        Resource(
            "eventTypes", "eventType", "eventType", "types of events", frozenset(EVENT_TYPES)
        ),
        Resource("epcs", "epc", "MATCH_anyEPC", "things"),
        Resource(
            "bizSteps", "bizStep", "EQ_bizStep", "business steps", VOCABULARIES["bizStep"].words
        ),
        Resource("bizLocations", "bizLocation", "EQ_bizLocation", "business locations"),
        Resource("readPoints", "readPoint", "EQ_readPoint", "read points"),
        Resource(
            "dispositions", "disposition", "EQ_disposition", "dispositions",
            VOCABULARIES["disposition"].words,
        ),
    )
}  # fmt: skip


def _collection(members: Sequence[str], prefixes: dict[str, str] | None = None) -> dict[str, Any]:
    context: list[Any] = [CONTEXT]
    if prefixes:
        context.append(prefixes)
    return {"@context": context, "type": "Collection", "member": list(members)}


def root(call: Call) -> Answer:
    """List the resources."""
    body = _collection([*_ROOT, *RESOURCES])
    if accepted(call.headers.get("accept")) == "xml":
        return Answer(200, collection_xml(body["member"]), "application/xml")
    return json_answer(body)


def description(_: Call) -> Answer:
    """Describe the server for programs."""
    from catenary.exchange.server.openapi import openapi  # noqa: PLC0415  a cycle otherwise

    return json_answer(openapi())


def discovery(call: Call, path: str, allowed: str) -> Answer:
    """Tell what a path can do, which versions are spoken and which limits hold."""
    limits = call.service.settings
    headers = [("Allow", allowed), ("GS1-Vendor-Version", f"catenary/{version('catenary')}")]
    for name, (ours, oldest) in VERSIONS.items():
        headers += [
            (f"GS1-{name}-Version", ours), (f"GS1-{name}-Min", oldest), (f"GS1-{name}-Max", ours)
        ]  # fmt: skip
    known = ",".join(f"{n}={a}" for n, a in extensions(call.headers).items())
    headers += [
        ("GS1-EPC-Format", epc_format(call.headers)),
        ("GS1-CBV-XML-Format", "No_Preference"),
        ("GS1-Extensions", known),
    ]
    if path == "/capture":
        headers += [
            ("GS1-EPCIS-Capture-Limit", str(limits.events)),
            ("GS1-EPCIS-Capture-File-Size-Limit", str(limits.body)),
            ("GS1-Capture-Error-Behaviour", "all"),
        ]
    if path.endswith("{subscriptionID}"):
        found = call.service.subscription(call.path["queryName"], call.path["subscriptionID"])
        headers.append(("GS1-Query-Min-Record-Time", call.service.marked(found)))
    return Answer(204, headers=headers)


def _shortened(members: list[str], prefixes: dict[str, str]) -> tuple[list[str], dict[str, str]]:
    """Write addresses with the prefixes that the client named; return those that were used."""
    used: dict[str, str] = {}
    made = []
    for one in members:
        for name, address in prefixes.items():
            if one.startswith(address) and len(one) > len(address):
                used[name] = address
                made.append(f"{name}:{one[len(address) :]}")
                break
        else:
            made.append(one)
    return made, used


def listing(of: Resource) -> Callable[[Call], Answer]:
    """Return what lists the members of a resource."""

    def handler(call: Call) -> Answer:
        service = call.service
        size, after = service.pages.asked(call)
        stored = service.store.resources(of.kind, after=after or "", limit=size + 1)
        found = list(stored)
        if of.standard:  # the words of the standard, and those of one's own between them
            standard = (one for one in of.standard if one > (after or ""))
            found = sorted({*stored, *standard})
        more = len(found) > size
        shown = found[:size]
        spelt = shown
        if of.kind in {"epcs", "bizLocations", "readPoints"}:
            form = epc_format(call.headers)
            turned = {"Always_EPC_URN": service.spelling.urn}.get(form, service.spelling.link)
            spelt = list(dict.fromkeys(map(turned, shown)))
        members, used = _shortened(spelt, extensions(call.headers))
        answer = json_answer(_collection(members, used))
        return service.pages.link(answer, call, size, shown[-1] if more else None)

    return handler


def _known(call: Call, of: Resource) -> str:
    """Return the member of a resource that the path names."""
    name = call.path[of.parameter]
    prefix, colon, rest = name.partition(":")
    name = extensions(call.headers).get(prefix, f"{prefix}{colon}") + rest if colon else name
    if name not in of.standard and not call.service.store.has_resource(of.kind, name):
        raise ProblemError(
            "NoSuchResourceException", f"none of the {of.words} here is {name[:200]!r}"
        )
    return name


def member(of: Resource) -> Callable[[Call], Answer]:
    """Return what tells of one member."""

    def handler(call: Call) -> Answer:
        _known(call, of)
        return json_answer(_collection(["events"]))

    return handler


def member_events(of: Resource) -> Callable[[Call], Answer]:
    """Return what lists the events of one member."""

    def handler(call: Call) -> Answer:
        barred = {of.query: _known(call, of)}
        asked = said(call, barred=barred)
        return page(call, call.service.store.parse(asked, extensions(call.headers)))

    return handler
