"""Documents of events in XML 2.0 and 1.2, read one event at a time.

The parser is expat, which Python brings: it never opens what a document points to, and it says of a
document type before it reads anything of it. A document type that declares something (entities,
or a file of declarations) is refused; an empty one, which examples of the standard have, is not.

References
----------
GS1, EPCIS Standard 2.0, section 9; EPCIS Standard 1.2, section 9.
"""

from __future__ import annotations

from typing import IO, TYPE_CHECKING, Any, Final
from xml.etree import ElementTree as ET
from xml.parsers import expat

from catenary.exchange.contexts import CONTEXT, PREFIXES, context_problems, prefixes_of
from catenary.exchange.findings import finding
from catenary.exchange.json_reading import decoded
from catenary.exchange.layout import MARKS
from catenary.exchange.limits import LIMITS, LimitError, Limits, MalformedError
from catenary.exchange.reading import Document, Read
from catenary.exchange.rules import time_fault
from catenary.exchange.xml_events import EVENTS, EventReader
from catenary.exchange.xml_header import header_of, take
from catenary.exchange.xml_names import local, names_of

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["read_xml"]

_CHUNK: Final = 1 << 16
_ROOTS: Final = {"EPCISDocument": "EPCISDocument", "EPCISQueryDocument": "EPCISQueryDocument"}
_OURS: Final = (
    "urn:epcglobal:epcis:xsd:", "urn:epcglobal:epcis-query:xsd:", "urn:epcglobal:xsd:",
    "http://www.w3.org/2001/XMLSchema-instance", "http://www.w3.org/2001/XMLSchema", MARKS,
    "http://www.unece.org/cefact/namespaces/StandardBusinessDocumentHeader",
    "urn:epcglobal:epcis-masterdata:xsd:",
)  # fmt: skip


class _Begun(Exception):  # noqa: N818  says that the prolog is over
    pass


def _guard(stream: IO[bytes]) -> None:
    """Read the prolog, and refuse a document type that declares anything."""
    parser = expat.ParserCreate()

    def doctype(name: str, system: str | None, public: str | None, inner: int) -> None:
        if system or public or inner:
            raise MalformedError(
                f"the XML declares a document type ({name[:40]})",
                hint="entities and outer declarations are refused; leave <!DOCTYPE …> out",
            )

    def begun(*_: object) -> None:
        raise _Begun

    parser.StartDoctypeDeclHandler = doctype
    parser.StartElementHandler = begun
    read = 0
    try:
        while chunk := stream.read(_CHUNK):
            read += len(chunk)
            if read > 1 << 20:
                raise LimitError("more than 1 MiB stands before the first element")
            parser.Parse(chunk)
        parser.Parse(b"", True)  # noqa: FBT003  expat takes no keywords
    except _Begun:
        stream.seek(0)
    except expat.ExpatError as error:
        raise _malformed(error) from error


def _malformed(error: Exception) -> MalformedError:
    return MalformedError(f"this is no XML: {error}", hint="send the whole file, in UTF-8")


class _Tree:
    """Elements of a stream as they end, with the namespaces that hold at each."""

    def __init__(self, stream: IO[bytes], limits: Limits) -> None:
        self.parser: Any = ET.XMLPullParser(("start", "end", "start-ns", "end-ns"))
        self.stream = stream
        self.limits = limits
        self.bytes_read = 0
        self.mark = 0  # where the latest event ended

    def steps(self) -> Iterator[tuple[str, Any]]:
        """Yield what the parser meets; raise what it cannot read."""
        depth, deepest = 0, self.limits.depth
        ended = False
        while not ended:
            ended = self._feed()
            met = self.parser.read_events()
            try:
                for step, value in met:  # an error of the parser comes last
                    if step == "start":
                        depth += 1
                        if depth > deepest:
                            raise self._too_deep()
                    elif step == "end":
                        depth -= 1
                    yield step, value
            except ET.ParseError as error:
                raise _malformed(error) from error

    def _too_deep(self) -> LimitError:
        return LimitError(
            f"the XML nests deeper than {self.limits.depth} levels",
            hint="events of EPCIS need about ten",
        )

    def _feed(self) -> bool:
        """Give the parser the next piece; return whether there is none."""
        chunk = self.stream.read(_CHUNK)
        self.bytes_read += len(chunk)
        if self.bytes_read - self.mark > self.limits.event + _CHUNK:
            raise LimitError(f"a part of the XML has more than {self.limits.event:,} bytes")
        try:
            if chunk:
                self.parser.feed(chunk)
            else:
                self.parser.close()
        except ET.ParseError as error:
            raise _malformed(error) from error
        return not chunk


class _Reader:
    """Turns steps of the parser into a header and events."""

    def __init__(self, tree: _Tree) -> None:
        self.tree = tree
        self.steps = tree.steps()
        self.path: list[Any] = []
        self.declared: list[tuple[str, str]] = []
        self.waiting: list[tuple[str, str]] = []  # declared by the element that starts next
        self.scopes: list[list[tuple[str, str]]] = []
        self.document: Document
        self.inner: list[tuple[str, str]] = []  # what the present event declares
        self.number = 0

    def start(self) -> Document:
        """Read up to the root element."""
        for step, value in self.steps:
            if step == "start-ns":
                self.waiting.append(value)
            elif step == "start":
                self._open(value)
                break
        root = self.path[0]
        name = local(root.tag)
        made = Document("xml", "event", {}, {}, [], self._reads())
        made.progress = lambda: self.tree.bytes_read
        made.is_old = "xsd:1}" in root.tag or root.get("schemaVersion", "").startswith("1")
        self.document = made
        if name in _ROOTS:
            made.kind = _ROOTS[name]  # type: ignore[assignment]
            made.header = header_of(root)
            if made.is_old:  # what is read is given on as 2.0
                made.header["schemaVersion"] = "2.0"
        elif name not in EVENTS:
            words = f"is {name[:60]!r}, which is neither a document of events nor an event"
            made.findings.append(finding("", "document-type", words))
            made.reads = iter(())
            return made
        self._context(root)
        return made

    def _context(self, root: Any) -> None:
        """Give the header the @context that the namespaces of the root say."""
        header = self.document.header
        kept = root.get(f"{{{MARKS}}}context")
        if kept is not None:
            header["@context"] = decoded(kept.encode(), self.tree.limits)
        else:
            named = {
                prefix: address
                for prefix, address in self.scopes[0]
                if prefix and not address.startswith(_OURS) and PREFIXES.get(prefix) != address
            }
            header["@context"] = [CONTEXT, named] if named else [CONTEXT]
        self.document.prefixes.update(prefixes_of(header["@context"]))
        extra = root.get(f"{{{MARKS}}}document")
        if extra is not None:
            header.update(decoded(extra.encode(), self.tree.limits))

    def _open(self, element: Any) -> None:
        self.path.append(element)
        self.scopes.append(self.waiting)
        self.waiting = []

    def _close(self) -> None:
        self.path.pop()
        self.scopes.pop()

    def _reads(self) -> Iterator[Read]:
        made = self.document
        try:
            for element in self._elements():
                self.number += 1
                yield self._event(element)
                self.tree.mark = self.tree.bytes_read
        except (MalformedError, LimitError) as error:
            rule = "limit" if isinstance(error, LimitError) else "xml"
            words = f"after event {self.number}, {error.args[0]}"
            made.findings.append(finding("", rule, words, hint=error.hint))
        if made.kind != "event":
            self._finish()

    def _elements(self) -> Iterator[Any]:
        """Yield the element of each event when it ends, and forget it thereafter."""
        steps = self.steps
        if self.document.kind == "event":
            self.inner = list(self.scopes[0])
            yield from self._inside(self.path[0])
            return
        for step, value in steps:
            if step == "start-ns":
                self.waiting.append(value)
            elif step == "start":
                self._open(value)
                if self._in_list() and local(value.tag) != "extension":
                    self.inner = [one for scope in self.scopes[1:] for one in scope]
                    yield from self._inside(value)
                    self._close()
                    value.clear()
                    self.path[-1].remove(value)
            elif step == "end":
                self._ended(value)
                self._close()

    def _inside(self, element: Any) -> Iterator[Any]:
        """Read on to the end of an event, of which only namespaces matter on the way."""
        for step, value in self.steps:
            if step == "start-ns":
                self.inner.append(value)
            elif step == "end" and value is element:
                yield value
                return

    def _in_list(self) -> bool:
        """Whether the newest element stands in the list of events, extensions apart."""
        for element in reversed(self.path[:-1]):
            name = local(element.tag)
            if name == "EventList":
                return True
            if name != "extension":
                return False
        return False

    def _event(self, element: Any) -> Read:
        number = self.number
        read = EventReader(
            names_of(self.document.prefixes, self.inner), self.tree.limits, self.document.is_old
        )
        event, found, added = read(element)
        named = event.get("eventID", "")
        prefixes = {**self.document.prefixes, **added}
        if self.document.kind == "event":
            for attribute in ("@schemaVersion", "@creationDate"):
                event.pop(attribute, None)
            event["@context"] = self.document.header["@context"]
        elif added and "@context" not in event:
            event["@context"] = [added]
        if "@context" in event:
            prefixes.update(prefixes_of(event["@context"]))
        findings = [one.at(number, named) for one in found]
        return Read(number, event, prefixes, findings, read.single)

    def _ended(self, element: Any) -> None:
        """Take what a part of the document beside its events says."""
        if len(self.path) == 2 or local(element.tag) in {"queryName", "subscriptionID"}:
            take(
                self.document,
                element,
                names_of(self.document.prefixes, self.scopes[-1]),
                self.tree.limits,
            )

    def _finish(self) -> None:
        made = self.document
        header = made.header
        needed = ("schemaVersion", "creationDate") if made.kind == "EPCISDocument" else ()
        for name in needed:
            if name not in header:
                made.findings.append(finding(name, "required", "is missing"))
        created = header.get("creationDate")
        if created is not None and (fault := time_fault(created)):
            made.findings.append(finding("creationDate", "time", fault))
        body = header.get("epcisBody")
        if body is None:
            made.findings.append(finding("EPCISBody", "required", "is missing"))
        elif "query" in header:
            hint = "a server answers queries"
            made.findings.append(
                finding("EPCISBody", "document-type", "is a query, no events", hint=hint)
            )
        made.findings.extend(context_problems(header))


def read_xml(stream: IO[bytes], limits: Limits = LIMITS) -> Document:
    """Open a document of events in XML; `reading.opened` tells formats apart.

    Raises
    ------
    MalformedError
        If it is no XML, or declares a document type with something in it.
    LimitError
        If it nests too deep.
    """
    _guard(stream)
    return _Reader(_Tree(stream, limits)).start()
