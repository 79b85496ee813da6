"""Documents of events, written as they are read: event by event.

References
----------
GS1, EPCIS Standard 2.0, sections 9 and 10.
"""

from __future__ import annotations

import json
from typing import IO, TYPE_CHECKING, Any, Final, Literal

import msgspec

from catenary.errors import OptionError, SchemaError
from catenary.exchange.contexts import CONTEXT, PREFIXES
from catenary.exchange.reading import Document, checked
from catenary.exchange.xml_header import header_xml
from catenary.exchange.xml_writing import EventWriter, attribute, same

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from catenary.exchange.findings import Finding
    from catenary.exchange.reading import Read

__all__ = ["convert", "write_json", "write_xml"]

_ENCODER: Final = msgspec.json.Encoder()
_NATURAL: Final = {"type", "@context", "schemaVersion", "creationDate", "epcisBody"}
_PARTY: Final = ("instanceIdentifier", "sender", "receiver")


def convert(
    document: Document,
    to: Literal["json", "xml"],
    out: IO[bytes],
    *,
    tell: Callable[[Finding], None] | None = None,
) -> int:
    """Write a document in the other format, or in its own; return how many events there were.

    Parameters
    ----------
    document
        What `opened(…, whole=True)` returned.
    to
        The format.
    out
        Where to write.
    tell
        Called with every finding. Events that break rules are written all the same; one of which
        the types are wrong has no form in the other format.

    Raises
    ------
    SchemaError
        If an event, or the document, cannot be written.

    Examples
    --------
    >>> from io import BytesIO
    >>> from catenary.exchange import opened
    >>> made = opened(b'''{"@context": "https://ref.gs1.org/standards/epcis/epcis-context.jsonld",
    ... "type": "EPCISDocument", "schemaVersion": "2.0", "creationDate": "2026-01-01T00:00:00Z",
    ... "epcisBody": {"eventList": []}}''', whole=True)
    >>> out = BytesIO()
    >>> convert(made, "xml", out)
    0
    >>> b"<EPCISBody><EventList>" in out.getvalue()
    True
    """
    if to not in {"json", "xml"}:
        raise OptionError(f"format is {to!r}", hint="json or xml")
    count = 0

    def events() -> Iterator[Read]:
        nonlocal count
        for read in document.reads:
            count += 1
            checked(read, document.manner)
            for one in read.findings:
                if tell:
                    tell(one)
            wrong = [one for one in read.findings if one.level == "error" and one.rule in _TYPES]
            if read.event is None or wrong:
                first = (wrong or read.findings)[0]
                raise SchemaError(
                    f"{first.where}: {first.message}",
                    hint="correct it first; `catenary exchange validate` lists all",
                    problems=wrong,
                )
            yield read

    (write_json if to == "json" else write_xml)(document, events(), out)
    for one in document.findings:
        if tell:
            tell(one)
    return count


_TYPES: Final = frozenset(
    {
        "type", "required", "list", "enumeration", "pattern", "event-type", "unknown-field",
        "vocabulary", "empty-list", "json", "duplicate", "xml", "limit", "vocabulary-spelling",
    }
)  # fmt: skip


def _dumped(value: Any) -> bytes:
    return _ENCODER.encode(value)


def write_json(document: Document, reads: Iterator[Read], out: IO[bytes]) -> None:
    """Write a document as JSON-LD."""
    if document.kind == "event":
        for read in reads:
            out.write(_dumped(read.event) + b"\n")
        return
    header = document.header
    inner = [] if document.kind == "EPCISDocument" else ["queryResults", "resultsBody"]
    first = {name: value for name, value in header.items() if name != "epcisBody"}
    out.write(b"{")
    for name, value in first.items():
        out.write(_dumped(name) + b":" + _dumped(value) + b",\n")
    out.write(b"".join(_dumped(name) + b":{" for name in ["epcisBody", *inner]) + b'"eventList":[')
    between = b"\n"
    for read in reads:
        event = read.event
        if event is not None and read.single:
            event = {**event, **{name: event[name][0] for name in read.single}}
        out.write(between + _dumped(event))
        between = b",\n"
    out.write(b"\n]")
    levels: list[dict[str, Any]] = [header.get("epcisBody", {})]
    for name in inner:
        levels.append(levels[-1].get(name, {}))
    for level in reversed(levels):
        out.write(_members(level, {"eventList", *inner}) + b"}")
    out.write(_members(header, {*first, "epcisBody"}) + b"}\n")


def _members(level: dict[str, Any], written: set[str]) -> bytes:
    """Return the members of an object that have not been written yet."""
    return b"".join(
        b"," + _dumped(name) + b":" + _dumped(value)
        for name, value in level.items()
        if name not in written
    )


def _shape(document: Document) -> dict[str, Any]:
    """Return the body that XML says by itself."""
    if document.kind == "EPCISDocument":
        return {"eventList": []}
    results = document.header.get("epcisBody", {}).get("queryResults", {})
    named = {n: results[n] for n in ("queryName", "subscriptionID") if n in results}
    return {"queryResults": {**named, "resultsBody": {"eventList": []}}}


def _root(document: Document, writer: EventWriter) -> str:
    """Return the attributes of the root."""
    header = document.header
    derived = {
        name: address for name, address in writer.shared.items() if PREFIXES.get(name) != address
    }
    natural = [CONTEXT, derived] if derived else [CONTEXT]
    made = writer.declarations()
    for name in ("schemaVersion", "creationDate"):
        if name in header:
            made += f" {name}={attribute(str(header[name]))}"
    if not same(header.get("@context"), natural):
        made += f" catenary:context={attribute(json.dumps(header.get('@context')))}"
    said = header_xml(header)
    plain = {
        *_NATURAL,
        *(_PARTY if said.parties else ()),
        *(["epcisHeader"] if said.master else ()),
    }
    kept = {name: value for name, value in header.items() if name not in plain}
    if not same(header.get("epcisBody"), _shape(document)):
        kept["epcisBody"] = header.get("epcisBody")
    if kept:
        made += f" catenary:document={attribute(json.dumps(kept))}"
    return made


def write_xml(document: Document, reads: Iterator[Read], out: IO[bytes]) -> None:
    """Write a document as XML 2.0."""
    out.write(b'<?xml version="1.0" encoding="UTF-8"?>\n')
    writer = EventWriter(document.prefixes)
    if document.kind == "event":
        for read in reads:
            event = read.event or {}
            made = writer.write(event, root=True)
            mark = f" catenary:context={attribute(json.dumps(event.get('@context')))}"
            out.write((made.replace(">", f"{mark}>", 1) + "\n").encode())
        return
    query = document.kind == "EPCISQueryDocument"
    name = "epcisq:EPCISQueryDocument" if query else "epcis:EPCISDocument"
    space = (
        ' xmlns:epcisq="urn:epcglobal:epcis-query:xsd:2"'
        if query
        else ' xmlns:epcis="urn:epcglobal:epcis:xsd:2"'
    )
    out.write(f"<{name}{space}{_root(document, writer)}>\n".encode())
    out.write(header_xml(document.header).text.encode())
    before, after = "<EPCISBody><EventList>", "</EventList></EPCISBody>"
    if query:
        results = _shape(document)["queryResults"]
        named = "".join(
            f"<{n}>{attribute(results[n])[1:-1]}</{n}>"
            for n in ("queryName", "subscriptionID")
            if n in results
        )
        before = f"<EPCISBody><epcisq:QueryResults>{named}<resultsBody><EventList>"
        after = "</EventList></resultsBody></epcisq:QueryResults></EPCISBody>"
    out.write(f"{before}\n".encode())
    for read in reads:
        out.write((writer.write(read.event or {}, single=read.single) + "\n").encode())
    out.write(f"{after}\n</{name}>\n".encode())
