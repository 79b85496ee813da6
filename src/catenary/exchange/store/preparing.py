"""Events of a document, checked and made into rows, on one core or on several."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import msgspec

from catenary.errors import OptionError
from catenary.exchange.findings import Finding  # noqa: TC001  Struct reads it
from catenary.exchange.json_reading import read_event
from catenary.exchange.many import blocks, cores, together
from catenary.exchange.reading import checked
from catenary.exchange.store.rows import Prepared, prepare

if TYPE_CHECKING:
    from collections.abc import Iterator

    from catenary.exchange.limits import Limits
    from catenary.exchange.reading import Document, Manner, Read

__all__ = ["Outcome", "outcomes"]


class Outcome(msgspec.Struct, frozen=True, gc=False):
    """What became of one event.

    Parameters
    ----------
    rows
        What is to be stored; None if it is wrong.
    findings
        Its errors.
    """

    rows: Prepared | None
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class _Task:
    """What holds for all events of a document."""

    prefixes: dict[str, str]
    manner: Manner
    limits: Limits
    ignored: frozenset[str]


def _outcome(read: Read, task: _Task, raw: bytes | None = None) -> Outcome:
    checked(read, task.manner)
    errors = tuple(one for one in read.findings if one.level == "error")
    if errors or read.event is None:
        return Outcome(None, errors)
    kept = None if read.single else raw
    return Outcome(prepare(read.event, read.prefixes, ignored=task.ignored, raw=kept))


def _block(block: tuple[int, list[bytes]], task: _Task) -> list[Outcome]:
    first, raws = block
    draft = task.manner == "draft"
    return [
        _outcome(
            read_event(number, raw, task.prefixes, task.limits, draft=draft), task, raw.strip()
        )
        for number, raw in enumerate(raws, first)
    ]


def outcomes(document: Document, *, workers: int = 1) -> Iterator[Outcome]:
    """Yield what is to be stored of every event, in the order of the document.

    Parameters
    ----------
    document
        What `opened(…, whole=True)` returned.
    workers
        How many processes decode, check, hash and index JSON; 0 = one for each core.
    """
    if workers < 0:
        raise OptionError(f"workers is {workers}", hint="0 takes every core, 1 no other process")
    task = _Task(document.prefixes, document.manner, document.limits, document.ignored)
    if document.raws is None:
        for read in document.reads:
            yield _outcome(read, task)
        return
    workers = workers or cores()
    if workers == 1:
        for block in blocks(document.raws, size=200):
            yield from _block(block, task)
    else:
        yield from together(partial(_block, task=task), blocks(document.raws), workers)
    document.finish()
