"""Documents of events in JSON-LD: decoding within limits, and checks of the document itself.

References
----------
GS1, EPCIS Standard 2.0, section 10.1; RFC 8259.
"""

from __future__ import annotations

import json
from itertools import chain
from typing import IO, TYPE_CHECKING, Any, Final

import msgspec

from catenary.errors import DataError, did_you_mean
from catenary.exchange.contexts import context_problems, is_draft, prefixes_of
from catenary.exchange.findings import Finding, finding
from catenary.exchange.layout import LISTS
from catenary.exchange.limits import LIMITS, LimitError, Limits, MalformedError
from catenary.exchange.reading import Document, Read
from catenary.exchange.rules import time_fault
from catenary.exchange.splitting import Splitter

if TYPE_CHECKING:
    from collections.abc import Iterator

    from catenary.exchange.findings import Level
    from catenary.exchange.reading import Kind

__all__ = ["decoded", "document_problems", "read_event", "read_json"]

_DECODER: Final = msgspec.json.Decoder()
_ENCODER: Final = msgspec.json.Encoder()
_KINDS: Final[tuple[Kind, ...]] = ("EPCISDocument", "EPCISQueryDocument")
_MEMBERS: Final = {
    "EPCISDocument": (
        "@context", "id", "type", "schemaVersion", "creationDate", "instanceIdentifier", "sender",
        "receiver", "epcisHeader", "epcisBody",
    ),
    "EPCISQueryDocument": ("@context", "id", "type", "schemaVersion", "creationDate", "epcisBody"),
}  # fmt: skip


def _depth(raw: bytes) -> int:
    """Return how deep brackets nest, at most; brackets in strings count too."""
    deepest = depth = 0
    for byte in raw:
        if byte in b"[{":
            depth += 1
            deepest = max(deepest, depth)
        elif byte in b"]}":
            depth -= 1
    return deepest


def decoded(raw: bytes, limits: Limits = LIMITS) -> Any:
    """Decode JSON within limits.

    Raises
    ------
    MalformedError
        If it is no JSON, no UTF-8, or holds a number that no computer keeps.
    LimitError
        If it nests too deep.

    Examples
    --------
    >>> decoded(b'{"a": [1, 2.5]}')
    {'a': [1, 2.5]}
    """
    if raw.count(b"{") + raw.count(b"[") > limits.depth and _depth(raw) > limits.depth:
        raise LimitError(
            f"the JSON text nests deeper than {limits.depth} levels",
            hint="events of EPCIS need about ten",
        )
    try:
        return _DECODER.decode(raw)
    except UnicodeDecodeError as error:
        raise MalformedError(f"byte {error.start} is not UTF-8", hint="save it as UTF-8") from error
    except RecursionError as error:
        raise LimitError("the JSON text nests too deep") from error
    except msgspec.MsgspecError as error:
        raise MalformedError(f"this is no JSON: {error}") from error


def twice(raw: bytes, value: object) -> str:
    """Return the name of a member that an object has twice, of which decoding keeps the last.

    Colons after quotes are as many as in the same JSON written anew, unless there is a blank before
    them, or a member twice: only then it is worth to look closer.

    Examples
    --------
    >>> twice(b'{"a": 1, "a": 2}', {"a": 2}), twice(b'{"a" : 1}', {"a": 1})
    ('a', '')
    """
    if raw.count(b'":') == _ENCODER.encode(value).count(b'":'):
        return ""
    found: list[str] = []

    def pairs(items: list[tuple[str, object]]) -> None:
        names = [name for name, _ in items]
        found.extend(name for at, name in enumerate(names) if name in names[:at])

    json.loads(raw, object_pairs_hook=pairs, parse_int=float)
    return found[0] if found else ""


def document_problems(header: dict[str, Any]) -> list[Finding]:
    """Return what is wrong with a document, its events apart.

    Examples
    --------
    >>> for one in document_problems({"type": "EPCISDocument", "epcisBody": {"eventList": []}}):
    ...     print(one.field, one.rule)
    @context required
    schemaVersion required
    creationDate required
    """
    kind = header["type"]
    found = context_problems(header)
    level: Level = "warning" if is_draft(header.get("@context")) else "error"
    needed = ("schemaVersion", "creationDate") if kind == "EPCISDocument" else ()
    found += [finding(n, "required", "is missing", level=level) for n in needed if n not in header]
    if "epcisBody" not in header:
        found.append(finding("epcisBody", "required", "is missing"))
    for name in ("schemaVersion", "creationDate", "id", "instanceIdentifier", "sender", "receiver"):
        if name in header and not isinstance(header[name], str):
            found.append(finding(name, "type", "is not text"))
    version = header.get("schemaVersion", "2.0")
    if isinstance(version, str) and version.partition(".")[0] != "2":
        hint = "JSON came with version 2.0"
        found.append(finding("schemaVersion", "version", f"is {version[:20]!r}", hint=hint))
    created = header.get("creationDate")
    if isinstance(created, str) and (fault := time_fault(created)):
        found.append(finding("creationDate", "time", fault))
    for name in header:
        if name not in _MEMBERS[kind] and ":" not in name:
            hint = did_you_mean(name, _MEMBERS[kind])
            found.append(finding(name[:80], "unknown-field", "is not known here", hint=hint))
    return [*found, *_body_problems(header)]


def _body_problems(header: dict[str, Any]) -> list[Finding]:
    body = header.get("epcisBody", {})
    path = "epcisBody"
    wanted = ["queryResults", "resultsBody", "eventList"]
    for name in wanted if header["type"] == "EPCISQueryDocument" else wanted[-1:]:
        if not isinstance(body, dict):
            return [finding(path, "type", "is no object")]
        if name not in body and "epcisBody" in header:
            return [finding(f"{path}.{name}", "required", "is missing")]
        if name == "resultsBody" and not isinstance(body.get("queryName"), str):
            return [finding(f"{path}.queryName", "required", "is missing")]
        body, path = body.get(name, []), f"{path}.{name}"
    return [] if isinstance(body, list) else [finding(path, "list", "is not a list")]


def read_json(stream: IO[bytes], limits: Limits = LIMITS, *, whole: bool = False) -> Document:
    """Open a document of events in JSON; `reading.opened` tells formats apart.

    What events need to know of the document may stand behind them; then it is read twice.

    Raises
    ------
    MalformedError, LimitError
        As `decoded`.
    """
    first = Splitter(stream, limits)
    raws = first.events()
    head: list[bytes] = []
    for raw in raws:
        head.append(raw)
        break
    if whole or not first.has_context or not head:
        for _ in raws:
            pass
        header = _header(first.skeleton, limits)
        stream.seek(0)
        first = Splitter(stream, limits)
        raws, head = first.events(), []
    else:
        header = _header(_closed(first.skeleton), limits)
    kind = header.get("type")
    if kind not in _KINDS:
        return _alone(header)
    made = Document("json", kind, header, prefixes_of(header.get("@context")), [], iter(()))
    made.limits = limits
    made.progress = lambda: first.bytes_read
    made.raws = _raws(made, first, raws, head)
    made.finish = lambda: made.findings.extend(document_problems(made.header))
    made.reads = _reads(made, made.raws)
    return made


def _closed(start: bytes) -> bytes:
    """Return the beginning of a document, up to its list of events, as a whole document."""
    opened: list[int] = []
    inside = escaped = False
    for byte in start:
        if inside:
            inside, escaped = escaped or byte != 0x22, not escaped and byte == 0x5C
        elif byte == 0x22:
            inside = True
        elif byte in b"{[":
            opened.append(byte)
        elif byte in b"}]":
            opened.pop()
    return start + bytes(0x7D if one == 0x7B else 0x5D for one in reversed(opened))


def _header(raw: bytes, limits: Limits) -> dict[str, Any]:
    header = decoded(raw, limits)
    if not isinstance(header, dict):
        raise MalformedError("the JSON text is no object", hint="a document of events is one")
    if name := twice(raw, header):
        raise MalformedError(
            f"{name[:80]!r} stands twice in one object", hint="write it once, and send it again"
        )
    return header


def _alone(event: dict[str, Any]) -> Document:
    """Return the document of one event that stands alone."""
    prefixes = prefixes_of(event.get("@context"))
    if "type" not in event:
        hint = 'known are "EPCISDocument", "EPCISQueryDocument" and the types of events'
        missing = [finding("type", "required", "is missing", hint=hint)]
        return Document("json", "event", event, prefixes, missing, iter(()))
    found = context_problems(event)
    return Document(
        "json",
        "event",
        {"@context": event.get("@context")},
        prefixes,
        found,
        iter([Read(1, event, prefixes)]),
    )


def _raws(
    made: Document, splitter: Splitter, raws: Iterator[bytes], head: list[bytes]
) -> Iterator[bytes]:
    """Yield events as they stand; what breaks the document off is a finding of it."""
    number = 0
    try:
        for raw in chain(head, raws):
            number += 1
            yield raw
        made.header.update(_header(splitter.skeleton, made.limits))
    except (MalformedError, LimitError) as error:
        rule = "limit" if isinstance(error, LimitError) else "json"
        words = f"after event {number}, {error.args[0]}"
        made.findings.append(finding("", rule, words, hint=error.hint))


def _reads(made: Document, raws: Iterator[bytes]) -> Iterator[Read]:
    draft = made.manner == "draft"
    for number, raw in enumerate(raws, 1):
        yield read_event(number, raw, made.prefixes, made.limits, draft=draft)
    made.finish()


def _listed(read: Read, event: dict[str, Any]) -> None:
    """Make lists of single objects, as drafts of the standard's context allow."""
    for name in LISTS:
        if isinstance(event.get(name), dict):
            event[name] = [event[name]]
            read.single += (name,)
            words = "is an object; it was read as a list of one"
            read.findings.append(finding(name, "list", words, level="warning").at(read.number))


def read_event(
    number: int, raw: bytes, prefixes: dict[str, str], limits: Limits, *, draft: bool = False
) -> Read:
    """Decode one event.

    Parameters
    ----------
    number
        Its place in the document, from 1.
    raw
        The event as it stands in the document.
    prefixes
        What the prefixes of the document stand for.
    limits
        What is read at most.
    draft
        Whether single objects stand for lists of one.
    """
    try:
        event = decoded(raw, limits)
    except DataError as error:
        rule = "limit" if isinstance(error, LimitError) else "json"
        wrong = finding("", rule, str(error.args[0]), hint=error.hint).at(number)
        return Read(number, None, prefixes, [wrong])
    if not isinstance(event, dict):
        wrong = finding("", "type", "is no object").at(number)
        return Read(number, None, prefixes, [wrong])
    findings = []
    if name := twice(raw, event):
        hint = "programs take one or the other: write it once"
        words = "stands twice in one object"
        findings.append(finding(name[:80], "duplicate", words, hint=hint).at(number))
    if "@context" in event:
        prefixes = {**prefixes, **prefixes_of(event["@context"])}
    read = Read(number, event, prefixes, findings)
    if draft:
        _listed(read, event)
    return read
