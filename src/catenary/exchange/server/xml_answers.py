"""Answers that are no events, in XML."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from catenary.exchange.xml_writing import attribute, text

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["collection_xml", "job_xml"]

_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'


def collection_xml(members: Sequence[str]) -> bytes:
    """Return the members of a collection.

    Examples
    --------
    >>> collection_xml(["events"]).decode().splitlines()[1]
    '<Collection><member>events</member></Collection>'
    """
    inner = "".join(f"<member>{text(one)}</member>" for one in members)
    return f"{_HEAD}<Collection>{inner}</Collection>".encode()


def job_xml(job: dict[str, Any]) -> bytes:
    """Return a capture job; what the standard says as attributes stands as attributes."""
    marks = "".join(
        f" {name}={attribute(_said(job[name]))}"
        for name in ("captureID", "running", "success")
        if name in job
    )
    inner = "".join(
        f"<{name}>{text(_said(job[name]))}</{name}>"
        for name in ("createdAt", "finishedAt", "captureErrorBehaviour")
        if job.get(name) is not None
    )
    errors = "".join(
        "<error>"
        + "".join(f"<{name}>{text(_said(value))}</{name}>" for name, value in one.items())
        + "</error>"
        for one in job.get("errors", ())
    )
    return f"{_HEAD}<CaptureJob{marks}>{inner}<errors>{errors}</errors></CaptureJob>".encode()


def _said(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
