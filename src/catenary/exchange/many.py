"""All events of a document, checked and named by their hash, on one core or on all.

A JSON document is cut into blocks without decoding it (`splitting`), and processes decode, check
and hash blocks of their own; memory holds a few blocks. XML is parsed in this process.
"""

from __future__ import annotations

import os
from collections import deque
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import islice
from multiprocessing import get_context
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeVar

from catenary.errors import OptionError
from catenary.exchange.checking import schema_problems
from catenary.exchange.findings import Finding  # noqa: TC001  NamedTuple reads it
from catenary.exchange.hashing import hash_of, prehash
from catenary.exchange.json_reading import read_event
from catenary.exchange.reading import Read, checked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from catenary.exchange.limits import Limits
    from catenary.exchange.reading import Document, Manner

__all__ = ["Looked", "blocks", "cores", "look", "together"]

Made = TypeVar("Made")
_BLOCK: Final = 2_000
_AHEAD: Final = 3  # blocks that wait, for each process


class Looked(NamedTuple):
    """What became known of one event.

    Parameters
    ----------
    number
        Its place in the document, from 1.
    event_id
        What it calls itself.
    hash
        Its hash; empty if none was asked for, or its types are wrong.
    findings
        What is wrong with it; types only where a hash was asked for.
    prehash
        The string of which the hash was taken; empty if it was not asked for.
    """

    number: int
    event_id: str
    hash: str
    findings: tuple[Finding, ...]
    prehash: str = ""


@dataclass(frozen=True, slots=True)
class _Task:
    """What to do with events."""

    prefixes: dict[str, str]
    manner: Manner
    limits: Limits
    ignored: frozenset[str]
    hashes: bool
    strings: bool


def _checked(read: Read, manner: Manner) -> Looked:
    checked(read, manner)
    named = read.event.get("eventID") if read.event else ""
    return Looked(read.number, named if isinstance(named, str) else "", "", tuple(read.findings))


def _hashed(read: Read, task: _Task) -> Looked:
    """Hash an event of which the types are right; order and rules do not matter here."""
    event = read.event
    if event is None:
        return Looked(read.number, "", "", tuple(read.findings))
    named = event.get("eventID", "")
    wrong = [one.at(read.number, named) for one in schema_problems(event)]
    found = [one for one in read.findings if one.rule in {"type", "duplicate"}]
    found += [one for one in wrong if task.manner == "final" or one.rule not in _HARMLESS]
    if found:
        return Looked(read.number, named if isinstance(named, str) else "", "", tuple(found))
    written = prehash(event, read.prefixes, ignored=task.ignored)
    return Looked(read.number, named, hash_of(written), (), written if task.strings else "")


_HARMLESS: Final = frozenset({"vocabulary-spelling", "unknown-field", "vocabulary"})


def _one(read: Read, task: _Task) -> Looked:
    return _hashed(read, task) if task.hashes else _checked(read, task.manner)


def _block(block: tuple[int, list[bytes]], task: _Task) -> list[Looked]:
    first, raws = block
    draft = task.manner == "draft"
    return [
        _one(read_event(number, raw, task.prefixes, task.limits, draft=draft), task)
        for number, raw in enumerate(raws, first)
    ]


def blocks(raws: Iterator[bytes], *, size: int = _BLOCK) -> Iterator[tuple[int, list[bytes]]]:
    """Yield events as they stand in a file, in blocks, each with the number of its first."""
    first = 1
    while block := list(islice(raws, size)):
        yield first, block
        first += len(block)


def look(
    document: Document, *, hashes: bool = False, strings: bool = False, workers: int = 1
) -> Iterator[Looked]:
    """Yield what is known of every event, in the order of the document.

    Parameters
    ----------
    document
        What `opened` returned; for hashes, `opened(…, whole=True)`.
    hashes
        Whether to hash events, rather than check all rules.
    strings
        Whether to keep the strings of which hashes are taken.
    workers
        How many processes decode JSON; 0 = one for each core that this process may use.

    Examples
    --------
    >>> from catenary.exchange import opened
    >>> made = opened(b'''{"@context": "https://ref.gs1.org/standards/epcis/epcis-context.jsonld",
    ... "type": "EPCISDocument", "schemaVersion": "2.0", "creationDate": "2026-01-01T00:00:00Z",
    ... "epcisBody": {"eventList": [{"type": "ObjectEvent"}]}}''', whole=True)
    >>> [(one.number, len(one.findings)) for one in look(made)]
    [(1, 3)]
    """
    if workers < 0:
        raise OptionError(f"workers is {workers}", hint="0 takes every core, 1 no other process")
    task = _Task(
        document.prefixes, document.manner, document.limits, document.ignored, hashes, strings
    )
    workers = workers or cores()
    if document.raws is None or workers == 1:
        for read in document.reads:
            yield _one(read, task)
        return
    yield from together(partial(_block, task=task), blocks(document.raws), workers)
    document.finish()


def cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def together(
    work: Callable[[Any], list[Made]], parts: Iterator[Any], workers: int
) -> Iterator[Made]:
    """Let processes work on blocks; results keep their order."""
    first = list(islice(parts, 2))
    if len(first) < 2:  # not worth a process
        for block in first:
            yield from work(block)
        return
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        waiting = deque(pool.submit(work, block) for block in first)
        for block in parts:
            waiting.append(pool.submit(work, block))
            if len(waiting) >= workers * _AHEAD:
                yield from waiting.popleft().result()
        while waiting:
            yield from waiting.popleft().result()
