"""The headers of the standard: which form an answer takes, which versions are spoken.

References
----------
GS1, EPCIS Standard 2.0, section 12.6 (headers); IETF, RFC 9110, section 12.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from catenary.exchange.server.problems import ProblemError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = [
    "CBV_FORMATS",
    "EPC_FORMATS",
    "VERSIONS",
    "Format",
    "accepted",
    "cbv_format",
    "check_versions",
    "content_format",
    "epc_format",
    "extensions",
]

Format: TypeAlias = Literal["json", "xml"]

JSON: Final = ("application/json", "application/ld+json", "application/problem+json")
XML: Final = ("application/xml", "text/xml", "application/problem+xml")
EPC_FORMATS: Final = (
    "No_Preference",
    "Always_GS1_Digital_Link",
    "Always_EPC_URN",
    "Never_Translates",
)
CBV_FORMATS: Final = ("No_Preference", "Always_Web_URI", "Always_URN", "Never_Translates")
VERSIONS: Final = {"EPCIS": ("2.0.0", "1.2.0"), "CBV": ("2.0.0", "1.2.0")}
"""The version that is written, and the oldest that is read."""

_VERSION: Final = re.compile(r"[0-9]{1,6}(?:\.[0-9]{1,6}){0,5}")


def _ranges(header: str) -> list[tuple[float, str]]:
    """Return the media types of an Accept header with their weights, best first."""
    made = []
    for part in header.split(",")[:64]:
        name, *rest = (piece.strip() for piece in part.split(";"))
        weight = 1.0
        for one in rest:
            if one.startswith("q="):
                try:
                    weight = float(one[2:])
                except ValueError:
                    weight = 0.0
        if name and 0 < weight <= 1:
            made.append((weight, name.casefold()))
    return sorted(made, key=lambda pair: -pair[0])


def accepted(header: str | None, offered: Sequence[Format] = ("json", "xml")) -> Format:
    """Return the form of an answer that the client likes best.

    Raises
    ------
    ProblemError
        If it takes none of those offered (406).

    Examples
    --------
    >>> accepted("application/xml;q=0.5, application/ld+json")
    'json'
    >>> accepted("text/xml")
    'xml'
    """
    if not header or not header.strip():
        return offered[0]
    known: dict[str, Format] = {}
    for form in reversed(offered):
        types = JSON if form == "json" else XML
        known |= dict.fromkeys((*types, types[0].split("/")[0] + "/*", "*/*"), form)
    if "xml" in offered:
        known["text/*"] = "xml"
    for _, name in _ranges(header):
        if name in known:
            return known[name]
    shown = " and ".join(JSON[0] if one == "json" else XML[0] for one in offered)
    raise ProblemError(
        "NotAcceptableException", f"Accept asks for {header[:200]!r}; this is given as {shown}"
    )


def content_format(
    headers: Mapping[str, str], offered: Sequence[Format] = ("json", "xml")
) -> Format:
    """Return the form of what was sent.

    Raises
    ------
    ProblemError
        If it is none that is read (415).

    Examples
    --------
    >>> content_format({"content-type": "application/ld+json; charset=utf-8"})
    'json'
    """
    said = headers.get("content-type", "")
    name, *rest = (piece.strip().casefold() for piece in said.split(";"))
    coding = headers.get("content-encoding", "identity").strip().casefold()
    shown = " and ".join(JSON[0] if one == "json" else XML[0] for one in offered)
    if coding not in {"", "identity"}:
        raise ProblemError(
            "UnsupportedMediaTypeException",
            f"Content-Encoding is {coding[:80]!r}; send it uncompressed",
            headers=[("Accept-Encoding", "identity")],
        )
    charsets = [one[8:].strip('"') for one in rest if one.startswith("charset=")]
    if any(one not in {"utf-8", "utf8", "us-ascii"} for one in charsets):
        raise ProblemError(
            "UnsupportedMediaTypeException", f"Content-Type is {said[:200]!r}; write UTF-8"
        )
    if name in JSON[:2] and "json" in offered:
        return "json"
    if name in XML[:2] and "xml" in offered:
        return "xml"
    words = f"Content-Type is {said[:200]!r}" if said else "there is no Content-Type"
    raise ProblemError("UnsupportedMediaTypeException", f"{words}; this reads {shown}")


def _number(text: str) -> tuple[int, ...]:
    """Return a version as numbers, 2.0 like 2.0.0."""
    numbers = [int(one) for one in text.split(".")]
    return tuple(numbers + [0] * (6 - len(numbers)))


def check_versions(headers: Mapping[str, str]) -> None:
    """Refuse versions that are not spoken here.

    Raises
    ------
    ProblemError
        If GS1-EPCIS-Version, -Min or -Max, or those of GS1-CBV, leave out what is spoken (406), or
        are no versions (400).

    Examples
    --------
    >>> check_versions({"gs1-epcis-version": "2.0", "gs1-cbv-min": "1.2", "gs1-cbv-max": "2.0.0"})
    """
    for name, (ours, oldest) in VERSIONS.items():
        for part in ("Version", "Min", "Max"):
            header = f"GS1-{name}-{part}"
            said = headers.get(header.casefold())
            if said is None:
                continue
            if not _VERSION.fullmatch(said.strip()):
                raise ProblemError(
                    "ValidationException", f"{header} is {said[:80]!r}, no version such as {ours}"
                )
            asked, newest = _number(said.strip()), _number(ours)
            wrong = {
                "Version": not _number(oldest) <= asked <= newest,
                "Min": asked > newest,
                "Max": asked < newest,
            }[part]
            if wrong:
                raise ProblemError(
                    "NotAcceptableException",
                    f"{header} is {said.strip()}; {ours} is written, {oldest} and later is read",
                )


def _choice(headers: Mapping[str, str], name: str, known: Sequence[str], default: str) -> str:
    said = headers.get(name.casefold(), "").strip()
    if not said:
        return default
    for one in known:
        if said.casefold() == one.casefold():
            return one
    raise ProblemError(
        "NotAcceptableException", f"{name} is {said[:80]!r}; known are {', '.join(known)}"
    )


def epc_format(headers: Mapping[str, str]) -> str:
    """Return how identifiers are to be written; unless asked, as GS1 Digital Link.

    Examples
    --------
    >>> epc_format({})
    'Always_GS1_Digital_Link'
    """
    return _choice(headers, "GS1-EPC-Format", EPC_FORMATS, "Always_GS1_Digital_Link")


def cbv_format(headers: Mapping[str, str]) -> str:
    """Return how words of the vocabulary are to be written in XML."""
    return _choice(headers, "GS1-CBV-XML-Format", CBV_FORMATS, "No_Preference")


def extensions(headers: Mapping[str, str]) -> dict[str, str]:
    """Return the prefixes that a client asks for, as in `GS1-Extensions: ex=https://e.org/`.

    Examples
    --------
    >>> extensions({"gs1-extensions": "ex=https://e.org/, fit = https://f.org/"})
    {'ex': 'https://e.org/', 'fit': 'https://f.org/'}
    """
    found: dict[str, str] = {}
    for part in headers.get("gs1-extensions", "").split(",")[:64]:
        name, sign, address = (piece.strip() for piece in part.partition("="))
        if sign and re.fullmatch(r"[A-Za-z_][A-Za-z0-9_.-]{0,60}", name) and ":" in address:
            found[name] = address
    return found
