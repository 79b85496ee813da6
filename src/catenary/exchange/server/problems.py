"""What went wrong, as RFC 7807 says it, with the names of EPCIS for it.

References
----------
IETF, RFC 7807; GS1, EPCIS Standard 2.0, section 12 (REST bindings) and 8.2.9 (exceptions).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from xml.sax.saxutils import escape

import msgspec

from catenary.errors import CatenaryError, DataError, OptionError
from catenary.exchange.findings import Finding
from catenary.exchange.limits import LimitError
from catenary.exchange.queries import QueryTooLargeError
from catenary.exchange.store import QueryTooComplexError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from catenary.errors import Problem

__all__ = ["ProblemError", "encoded", "of_error", "problem_json", "problem_of", "problem_xml"]

_TITLES: Final = {
    "ValidationException": (400, "The document or event is not valid"),
    "QueryValidationException": (400, "The query is not valid"),
    "QueryParameterException": (400, "A parameter of the query is unknown or wrong"),
    "SubscriptionControlsException": (400, "The subscription says neither when nor where"),
    "InvalidURIException": (400, "The destination cannot be used"),
    "SecurityException": (401, "Authorization is missing or does not allow this"),
    "NoSuchNameException": (404, "There is no such name"),
    "NoSuchResourceException": (404, "There is no such resource"),
    "NotAcceptableException": (406, "What is asked for cannot be given in this form"),
    "ResourceAlreadyExistsException": (409, "There is one of this name already"),
    "CaptureLimitExceededException": (413, "More was sent than is taken at once"),
    "QueryTooLargeException": (413, "The answer is larger than allowed"),
    "QueryTooComplexException": (413, "The query takes longer than allowed"),
    "URITooLongException": (414, "The address is too long"),
    "UnsupportedMediaTypeException": (415, "Content of this type is not read"),
    "ImplementationException": (500, "A fault of the server"),
}
"""The exceptions of the standard: usual status and title."""


class ProblemError(Exception):
    """A request cannot be answered.

    Parameters
    ----------
    kind
        The exception of EPCIS, as in `ValidationException`.
    detail
        What is wrong, the value, what exists and what to do.
    status
        HTTP status; None = the usual one of the exception.
    hint
        What to do.
    errors
        Findings, each of which becomes a problem of its own.
    headers
        Headers of the answer.
    """

    def __init__(
        self,
        kind: str,
        detail: str,
        *,
        status: int | None = None,
        hint: str = "",
        errors: Sequence[Problem] = (),
        headers: Sequence[tuple[str, str]] = (),
    ) -> None:
        super().__init__(detail)
        usual, self.title = _TITLES[kind]
        self.kind = kind
        self.detail = detail
        self.hint = hint
        self.status = usual if status is None else status
        self.errors = tuple(errors)
        self.headers = tuple(headers)

    def body(self) -> dict[str, Any]:
        """Return the problem as JSON."""
        made: dict[str, Any] = {
            "type": f"epcisException:{self.kind}",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
        }
        if self.hint:
            made["hint"] = self.hint
        if self.errors:
            made["errors"] = [problem_json(one) for one in self.errors]
        return made


def problem_json(found: Problem, kind: str = "ValidationException") -> dict[str, Any]:
    """Return one finding as a problem of RFC 7807.

    Examples
    --------
    >>> from catenary.exchange.findings import finding
    >>> made = problem_json(finding("action", "required", "is missing").at(3, "urn:uuid:1"))
    >>> made["detail"], made["rule"], made["event"], made["eventID"]
    ('event 3, action: is missing', 'required', 3, 'urn:uuid:1')
    """
    made: dict[str, Any] = {
        "type": f"epcisException:{kind}",
        "title": _TITLES[kind][1],
        "detail": f"{found.where}: {found.message}",
    }
    if found.hint:
        made["hint"] = found.hint
    if isinstance(found, Finding):
        made |= {"rule": found.rule, "level": found.level}
        if found.field:
            made["field"] = found.field
        if found.event:
            made["event"] = found.event
        if found.event_id:
            made["eventID"] = found.event_id
    return made


def problem_of(error: Exception) -> ProblemError:
    """Return the problem that an error of this package is to whoever sent the request."""
    if isinstance(error, ProblemError):
        return error
    if isinstance(error, CatenaryError):
        kind = next(kind for of, kind in _KINDS.items() if isinstance(error, of))
        return of_error(kind, error)
    return ProblemError(
        "ImplementationException",
        "a fault of catenary, not of yours; the log of the server says more",
    )


def of_error(
    kind: str, error: CatenaryError, *, headers: Sequence[tuple[str, str]] = ()
) -> ProblemError:
    """Return an error of this package as a problem of a kind."""
    errors = error.problems if isinstance(error, DataError) else ()
    return ProblemError(kind, str(error.args[0]), hint=error.hint, errors=errors, headers=headers)


_KINDS: Final[dict[type[CatenaryError], str]] = {
    LimitError: "CaptureLimitExceededException",
    QueryTooLargeError: "QueryTooLargeException",
    QueryTooComplexError: "QueryTooComplexException",
    OptionError: "QueryParameterException",
    DataError: "ValidationException",
    CatenaryError: "ImplementationException",
}
"""What the errors of this package are, the finer kinds first."""


def encoded(body: dict[str, Any]) -> bytes:
    """Return a problem as JSON text."""
    return msgspec.json.encode(body)


def problem_xml(body: dict[str, Any]) -> bytes:
    """Return a problem as XML, in the names of the official binding.

    Examples
    --------
    >>> problem_xml({"type": "epcisException:ValidationException", "title": "a < b"})[-60:]
    b'ception</type><title>a &lt; b</title></epcis:EPCISException>'
    """
    inner = "".join(_element(name, value) for name, value in body.items())
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<epcis:EPCISException xmlns:epcis="urn:epcglobal:epcis:xsd:2">{inner}'
        "</epcis:EPCISException>"
    ).encode()


def _element(name: str, value: Any) -> str:
    if isinstance(value, list):
        return "".join(_element("error", one) for one in value)
    if isinstance(value, dict):
        return f"<{name}>{''.join(_element(n, v) for n, v in value.items())}</{name}>"
    text = "".join(c if c >= " " or c in "\t\n" else "\ufffd" for c in str(value))
    return f"<{name}>{escape(text)}</{name}>"
