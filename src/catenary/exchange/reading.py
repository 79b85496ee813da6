"""A document of events, read one event at a time, from JSON or XML.

Whatever is wrong is collected: an event that cannot be used comes with its findings and does not
stop the others.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import IO, TYPE_CHECKING, Any, Final, Literal, Self, TypeAlias

from catenary.errors import SourceError
from catenary.exchange.checking import schema_problems
from catenary.exchange.contexts import PREFIXES, is_draft
from catenary.exchange.findings import Finding, finding
from catenary.exchange.limits import LIMITS, Limits, MalformedError
from catenary.exchange.rules import rule_problems, time_fault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

__all__ = ["Document", "Read", "checked", "opened"]

Manner: TypeAlias = Literal["final", "draft", "xml", "old"]
Kind: TypeAlias = Literal["EPCISDocument", "EPCISQueryDocument", "event"]

_FORGIVEN: Final = {
    "draft": frozenset({"vocabulary-spelling", "ilmd-action", "unique"}),
    "xml": frozenset({"unique"}),
    "old": frozenset({"unique", "ilmd-action", "address"}),
}
"""Rules that only warn: in drafts, in XML (whose schema does not ask for them), in version 1."""
_KEYWORDS: Final = ("id", "type")
_MEMORY: Final = 1 << 24


@dataclass(slots=True)
class Read:
    """One event as it was read.

    Parameters
    ----------
    number
        Its place in the document, from 1.
    event
        The event as JSON; None where it could not be read at all.
    prefixes
        What its prefixes stand for, beside those of the standard.
    findings
        What is wrong with it.
    single
        Lists that a draft gave as a single object.
    """

    number: int
    event: dict[str, Any] | None
    prefixes: Mapping[str, str]
    findings: list[Finding] = field(default_factory=list)
    single: tuple[str, ...] = ()

    @property
    def is_usable(self) -> bool:
        """Whether there is an event, and no error in it."""
        return self.event is not None and all(one.level != "error" for one in self.findings)


@dataclass
class Document:
    """A document, and its events as an iterator that can be used once.

    Parameters
    ----------
    format
        `json` or `xml`.
    kind
        Captured events, the answer to a query, or one event alone.
    header
        The document as JSON, without its events; complete once the events have been read.
    prefixes
        What the prefixes of the document stand for, beside those of the standard.
    findings
        What is wrong with the document itself; complete once the events have been read.
    reads
        Its events.
    """

    format: Literal["json", "xml"]
    kind: Kind
    header: dict[str, Any]
    prefixes: dict[str, str]
    findings: list[Finding]
    reads: Iterator[Read]
    progress: Callable[[], int] = lambda: 0
    """Bytes read so far."""

    raws: Iterator[bytes] | None = None
    """The events as they stand in the file, instead of `reads`; only of JSON."""
    finish: Callable[[], object] = lambda: None
    """What is left to do once `raws` have been read: the check of the document itself."""
    limits: Limits = LIMITS
    """What is read at most."""
    is_old: bool = False
    """Whether it is of version 1."""
    stream: IO[bytes] | None = None
    """Where it is read from; `close`, or the end of a `with`, closes it."""

    def close(self) -> None:
        """Close the file."""
        if self.stream is not None:
            self.stream.close()

    def __enter__(self) -> Self:
        """Return the document."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the file."""
        self.close()

    @property
    def manner(self) -> Manner:
        """How it was written, so that some rules only warn."""
        if self.is_old:
            return "old"
        if is_draft(self.header.get("@context")):
            return "draft"
        return "xml" if self.format == "xml" else "final"

    @property
    def ignored(self) -> frozenset[str]:
        """Members that hashes leave out, as the document itself says (`…:ignoreFields`)."""
        names: set[str] = set()
        level: Any = self.header
        for inner in ("epcisBody", "queryResults", "resultsBody", ""):
            for name, value in level.items():
                if name.endswith(":ignoreFields"):
                    told = value if isinstance(value, list) else [value]
                    names.update(one for one in told if isinstance(one, str))
            level = level.get(inner)
            if not isinstance(level, dict):
                break
        return frozenset(names)


def checked(read: Read, manner: Manner = "final") -> Read:
    """Check types and rules of an event that was read; its findings are added to it.

    Parameters
    ----------
    read
        An event, with findings of the reader.
    manner
        How its document was written (`Document.manner`): a few rules only warn in XML, in version
        1.2 and in drafts that precede the standard, since official examples break them.
    """
    event = read.event
    if event is None:
        return read
    found = schema_problems(event)
    if found and manner == "draft":
        found = _forgiven(found, manner)
    if not any(one.level == "error" for one in found):
        ruled = rule_problems(event, {**PREFIXES, **read.prefixes})
        found = [*found, *(_forgiven(ruled, manner) if manner != "final" else ruled)]
    elif isinstance(said := event.get("eventTime"), str) and (fault := time_fault(said)):
        found.append(finding("eventTime", "time", fault))
    if found:
        named = event.get("eventID", "")
        read.findings.extend(one.at(read.number, named) for one in found)
    return read


def _forgiven(found: list[Finding], manner: Manner) -> list[Finding]:
    """Turn errors that are forgiven into warnings."""
    made = []
    for one in found:
        keyword = one.rule == "unknown-field" and one.field.rpartition(".")[2] in _KEYWORDS
        if one.rule in _FORGIVEN[manner] or (keyword and manner == "draft"):
            made.append(finding(one.field, one.rule, one.message, hint=one.hint, level="warning"))
        else:
            made.append(one)
    return made


def opened(
    source: str | Path | bytes | IO[bytes], *, limits: Limits = LIMITS, whole: bool = False
) -> Document:
    """Open a document of events, in JSON or XML.

    Parameters
    ----------
    source
        A path, the bytes themselves, or a stream (read to its end, spilled to disk if it is long).
    limits
        What is read at most.
    whole
        Whether the header has to be complete before the first event, so that JSON is read twice.

    Raises
    ------
    SourceError
        If the file cannot be read.
    MalformedError
        If it is neither JSON nor XML, or breaks off before its events.
    LimitError
        If it nests too deep or has too large parts.

    Examples
    --------
    >>> made = opened(b'''{"@context": "https://ref.gs1.org/standards/epcis/epcis-context.jsonld",
    ... "type": "EPCISDocument", "schemaVersion": "2.0", "creationDate": "2026-01-01T00:00:00Z",
    ... "epcisBody": {"eventList": [{"type": "ObjectEvent"}]}}''')
    >>> [read.number for read in made.reads]
    [1]
    """
    stream = _stream(source)
    try:
        made = _opened(stream, limits, whole=whole)
    except Exception:
        stream.close()
        raise
    made.stream = stream
    return made


def _opened(stream: IO[bytes], limits: Limits, *, whole: bool) -> Document:
    start = stream.read(4096).removeprefix(b"\xef\xbb\xbf").lstrip()
    stream.seek(0)
    if start.startswith(b"{"):
        from catenary.exchange.json_reading import read_json  # noqa: PLC0415  a cycle otherwise

        return read_json(stream, limits, whole=whole)
    if start.startswith(b"<"):
        from catenary.exchange.xml_reading import read_xml  # noqa: PLC0415  likewise

        return read_xml(stream, limits)
    shown = start[:20].decode("ascii", "replace")
    raise MalformedError(
        f"the file begins with {shown!r}" if shown else "the file is empty",
        hint="a document of events is a JSON object or XML, in UTF-8",
    )


def _stream(source: str | Path | bytes | IO[bytes]) -> IO[bytes]:
    if isinstance(source, bytes):
        return BytesIO(source)
    if isinstance(source, (str, Path)):
        try:
            return Path(source).open("rb")
        except OSError as error:
            raise SourceError(
                f"{source} cannot be read: {error.strerror}", hint="check the path and its rights"
            ) from error
    if source.seekable():
        return source
    spool: IO[bytes] = SpooledTemporaryFile(max_size=_MEMORY)  # noqa: SIM115  Document ends it
    while chunk := source.read(1 << 20):
        spool.write(chunk)
    spool.seek(0)
    return spool
