"""Identifiers of things, places and documents: EPC URN ↔ GS1 Digital Link, and their check digits.

An EPC URN tells the company prefix apart (`urn:epc:id:sgtin:4012345.011111.987`), a GS1 Digital
Link does not (`https://id.gs1.org/01/04012345111118/21/987`): to come back from a link, say how
long the company prefix is.

References
----------
GS1, EPC Tag Data Standard 2.0, sections 6 and 7; GS1 Digital Link: URI Syntax 1.2, sections 3 and
4; GS1 General Specifications, section 7.9 (check digits).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from catenary.errors import DataError, OptionError

__all__ = [
    "ID",
    "SCHEMES",
    "IdentifierError",
    "Scheme",
    "check_digit",
    "link_parts",
    "to_link",
    "to_urn",
    "urn_fault",
]

ID: Final = "https://id.gs1.org"
"""Where canonical links live."""

_SERIAL: Final = r"(?:[!\"&'()*+,\-./0-9:;<=>?A-Z_a-z#]|%[0-9A-Fa-f]{2}|%)"
"""A character of the GS1 sets 82 and 39, raw or percent-encoded; a lone % is taken as itself."""


class IdentifierError(DataError):
    """An identifier is misspelt, or has no counterpart in the other form."""


@dataclass(frozen=True, slots=True)
class Scheme:
    """One kind of EPC.

    Parameters
    ----------
    name
        The name of the scheme in URNs.
    key
        The application identifier of the key in links; empty where links know no such key.
    digits
        Digits of company prefix and reference together, without check digit; 0 = any.
    least
        Fewest digits of the company prefix.
    numeric
        Whether the reference is digits.
    checked
        Whether the key ends with a check digit.
    lead
        What stands before the company prefix in the key: nothing, `0`, or the first digit of the
        reference (`first`).
    suffix
        What follows: nothing, a `serial` glued to the key, or the application identifier of a
        qualifier.
    serial
        Pattern of what follows the reference.
    longest
        The most characters of what follows the reference, decoded.
    """

    name: str
    key: str = ""
    digits: int = 0
    least: int = 6
    numeric: bool = True
    checked: bool = False
    lead: str = ""
    suffix: str = ""
    serial: str = ""
    longest: int = 0


SCHEMES: Final = {
    one.name: one
    for one in (
        Scheme(
            "sgtin", "01", 13, checked=True, lead="first", suffix="21", serial=_SERIAL, longest=20
        ),
        Scheme("sscc", "00", 17, checked=True, lead="first"),
        Scheme("sgln", "414", 12, checked=True, suffix="254", serial=_SERIAL, longest=20),
        Scheme(
            "grai", "8003", 12, checked=True, lead="0", suffix="serial", serial=_SERIAL, longest=16
        ),
        Scheme("giai", "8004", numeric=False),
        Scheme("gsrn", "8018", 17, checked=True),
        Scheme("gsrnp", "8017", 17, checked=True),
        Scheme("gdti", "253", 12, checked=True, suffix="serial", serial=_SERIAL, longest=17),
        Scheme("sgcn", "255", 12, checked=True, suffix="serial", serial="[0-9]", longest=12),
        Scheme("cpi", "8010", numeric=False, suffix="8011", serial="[0-9]", longest=12),
        Scheme("ginc", "401", numeric=False),
        Scheme("gsin", "402", 16, checked=True),
        Scheme(
            "itip", "8006", 13, checked=True, lead="first", suffix="21", serial=_SERIAL, longest=20
        ),
        Scheme(
            "upui", "01", 13, checked=True, lead="first", suffix="235", serial=_SERIAL, longest=28
        ),
        Scheme("pgln", "417", 12, checked=True),
        Scheme(
            "lgtin", "01", 13, checked=True, lead="first", suffix="10", serial=_SERIAL, longest=20
        ),
    )
}
"""Every scheme that has a GS1 Digital Link."""

_OTHERS: Final = {
    "gid": r"[0-9]{1,9}\.[0-9]{1,8}\.[0-9]{1,11}",
    "usdod": r"[0-9A-HJ-NP-Z]{5,6}\.[0-9]{1,11}",
    "adi": r"[0-9A-HJ-NP-Z]{5,6}\.(?:[A-Z0-9/\-]|%23|%2F)*\.(?:[A-Z0-9/\-]|%23|%2F)+",
    "bic": r"[A-Z]{3}[JUZ][0-9]{7}",
    "imovn": r"[0-9]{7}",
}
"""Schemes that URNs know and links do not, each with the pattern of what follows."""


@lru_cache(maxsize=100_000)
def check_digit(digits: str) -> str:
    """Return the GS1 check digit of a string of digits.

    Examples
    --------
    >>> check_digit("0401234511111")
    '8'
    """
    threes = sum(map(int, digits[-1::-2]))
    return str(-(3 * threes + sum(map(int, digits[-2::-2]))) % 10)


def _pattern(scheme: Scheme, kind: str) -> str:
    """Return the regular expression of all that follows the name of the scheme."""
    reference = (
        "[0-9]*" if scheme.numeric else r"(?:[!\"&'()*+,\-./0-9:;<=>?A-Z_a-z#]|%[0-9A-Fa-f]{2}|%)*"
    )
    if scheme.name == "cpi":
        reference = r"(?:[0-9A-Z\-/#]|%2F|%23|%2f)+"
    parts = [f"(?P<prefix>[0-9]{{{scheme.least},12}})", f"(?P<reference>{reference})"]
    if scheme.name == "itip":
        parts += ["(?P<piece>[0-9]{2})", "(?P<total>[0-9]{2})"]
    if kind == "idpat":
        parts.append(r"\*")
    elif scheme.suffix:
        parts.append(f"(?P<serial>{scheme.serial}+)")
    return r"\.".join(parts)


_KINDS: Final = {
    ("class" if name == "lgtin" else "id", name): re.compile(_pattern(scheme, "id"), re.ASCII)
    for name, scheme in SCHEMES.items()
} | {
    ("idpat", name): re.compile(_pattern(SCHEMES[name], "idpat"), re.ASCII)
    for name in ("sgtin", "grai", "gdti", "sgcn", "cpi", "itip", "upui", "sgln")
}


def _decoded(text: str) -> str:
    return re.sub(r"%[0-9A-Fa-f]{2}", "?", text)


def _matched(urn: str) -> tuple[Scheme, re.Match[str]] | str:
    """Return the scheme and parts of an EPC URN, or what is wrong with it."""
    words = urn.split(":", 4)
    if len(words) < 5 or words[0] != "urn" or words[1] != "epc":
        return "is no EPC URN"
    _, _, kind, name, rest = words
    pattern = _KINDS.get((kind, name))
    if pattern is None:
        return f"has no known scheme: {kind}:{name}"
    scheme = SCHEMES[name]
    found = pattern.fullmatch(rest)
    if found is None:
        return f"does not fit the scheme {name}"
    prefix, reference = found["prefix"], found["reference"]
    if scheme.digits and len(prefix) + len(reference) != scheme.digits:
        return (
            f"has {len(prefix) + len(reference)} digits in company prefix and reference; "
            f"{name} has {scheme.digits}"
        )
    if scheme.lead == "first" and not reference:
        return "lacks the digit that stands before the company prefix"
    return scheme, found


def _too_long(scheme: Scheme, parts: re.Match[str]) -> str:
    """Return how a key or serial is longer than its application identifier allows."""
    key = parts["prefix"] + parts["reference"]
    if not scheme.digits and len(key) > 30 and len(_decoded(key)) > 30:
        return f"has more than the 30 characters of {scheme.name}"
    serial = parts["serial"] if scheme.suffix and "serial" in parts.groupdict() else ""
    if len(serial) > scheme.longest and len(_decoded(serial)) > scheme.longest:
        return f"has more than {scheme.longest} characters after the reference"
    return ""


def urn_fault(urn: str) -> str:
    """Return what is wrong with an EPC URN, or nothing.

    Examples
    --------
    >>> urn_fault("urn:epc:id:sgtin:4012345.011111.987")
    ''
    >>> urn_fault("urn:epc:id:sgtin:4012345.11111.987")
    'has 12 digits in company prefix and reference; sgtin has 13'
    """
    words = urn.split(":", 4)
    if len(words) == 5 and words[2] == "id" and words[3] in _OTHERS:
        fits = re.fullmatch(_OTHERS[words[3]], words[4], re.ASCII)
        return "" if fits else f"does not fit the scheme {words[3]}"
    if len(words) == 5 and words[2] == "idpat" and words[3] in _OTHERS:
        return ""
    found = _matched(urn)
    return found if isinstance(found, str) else _too_long(*found)


@lru_cache(maxsize=100_000)
def _key(name: str, prefix: str, reference: str) -> str:
    """Return the key of a link: digits with what leads, and the check digit."""
    scheme = SCHEMES[name]
    digits = prefix + reference
    if scheme.lead == "first":
        digits = reference[:1] + prefix + reference[1:]
    if not scheme.checked:
        return digits
    return (scheme.lead if scheme.lead == "0" else "") + digits + check_digit(digits)


def to_link(urn: str, *, base: str = ID) -> str:
    """Return the GS1 Digital Link of an EPC URN; `to_urn` undoes it.

    Characters are kept as they are: what the URN encodes stays encoded, what it does not stays raw.

    Parameters
    ----------
    urn
        An EPC, a class (`urn:epc:class:lgtin:…`) or a pattern of all serials (`urn:epc:idpat:…:*`).
    base
        Domain and stem of the link.

    Raises
    ------
    IdentifierError
        If it is no such URN, or of a scheme that has no link (gid, usdod, adi, bic, imovn).

    Examples
    --------
    >>> to_link("urn:epc:id:sgtin:4012345.011111.987")
    'https://id.gs1.org/01/04012345111118/21/987'
    """
    found = _matched(urn)
    if isinstance(found, str):
        raise IdentifierError(
            f"{urn[:120]!r} {found}",
            hint=f"schemes that have a link are {', '.join(SCHEMES)}",
        )
    ai, key, qualifier, serial = _parts(*found)
    made = f"{base.rstrip('/')}/{ai}/{key}"
    return f"{made}/{qualifier}/{serial}" if qualifier else made


def link_parts(urn: str) -> tuple[str, str, str, str] | None:
    """Return key and value of the link of an EPC URN, and qualifier and value, which may be empty.

    What is no such URN has none.

    Examples
    --------
    >>> link_parts("urn:epc:id:sgtin:4012345.011111.987")
    ('01', '04012345111118', '21', '987')
    """
    found = _matched(urn)
    return None if isinstance(found, str) else _parts(*found)


def _parts(scheme: Scheme, parts: re.Match[str]) -> tuple[str, str, str, str]:
    named = parts.groupdict()
    key = _key(scheme.name, named["prefix"], named["reference"])
    if "piece" in named:
        key += named["piece"] + named["total"]
    serial = named.get("serial")
    if serial is None:
        return scheme.key, key, "", ""
    if scheme.suffix == "serial":
        return scheme.key, key + serial, "", ""
    if scheme.name == "sgln" and serial == "0":  # 0 says that there is no extension
        return scheme.key, key, "", ""
    return scheme.key, key, scheme.suffix, serial


_LINKS: Final = {
    "sgtin": r"/01/([0-9]{14})/21/(.+)",
    "lgtin": r"/01/([0-9]{14})/10/(.+)",
    "upui": r"/01/([0-9]{14})/235/(.+)",
    "sgln": r"/414/([0-9]{13})(?:/254/(.+))?",
    "sscc": r"/00/([0-9]{18})",
    "grai": r"/8003/0([0-9]{13})(.+)",
    "giai": r"/8004/([0-9]{6,12}.*)",
    "gsrn": r"/8018/([0-9]{18})",
    "gsrnp": r"/8017/([0-9]{18})",
    "gdti": r"/253/([0-9]{13})(.+)",
    "sgcn": r"/255/([0-9]{13})([0-9]+)",
    "cpi": r"/8010/([0-9]{6,12}.+)/8011/([0-9]+)",
    "ginc": r"/401/([0-9]{6,12}.*)",
    "gsin": r"/402/([0-9]{17})",
    "itip": r"/8006/([0-9]{18})/21/(.+)",
    "pgln": r"/417/([0-9]{13})",
}
_AT: Final = {
    name: re.compile(rf"https?://(?:.*?){path}", re.ASCII | re.IGNORECASE | re.DOTALL)
    for name, path in _LINKS.items()
}
_QUERY: Final = re.compile(r"[?&;#]?[?#][A-Za-z0-9_.~-]*=.*$", re.DOTALL)


def _scheme_of(link: str) -> tuple[str, re.Match[str]]:
    best: tuple[int, str, re.Match[str]] | None = None
    for name, pattern in _AT.items():
        found = pattern.fullmatch(link)
        if found and (best is None or found.start(1) < best[0]):
            best = found.start(1), name, found
    if best is None:
        raise IdentifierError(
            f"{link[:120]!r} is no GS1 Digital Link of one thing, place or document",
            hint="a link ends like /01/GTIN/21/SERIAL, /00/SSCC or /414/GLN",
        )
    return best[1], best[2]


def to_urn(link: str, *, company_prefix: int = 7, check: bool = True) -> str:
    """Return the EPC URN of a GS1 Digital Link.

    Parameters
    ----------
    link
        With or without a domain of its own; a query (`?name=value`) is left out.
    company_prefix
        Digits of the company prefix, 6 to 12: links do not tell.
    check
        Whether a wrong check digit, which URNs do not carry, is an error.

    Raises
    ------
    IdentifierError
        If the link names no key that URNs know, or its check digit is wrong.
    OptionError
        If `company_prefix` is out of range.

    Examples
    --------
    >>> to_urn("https://example.com/01/04012345111118/21/987?17=261231")
    'urn:epc:id:sgtin:4012345.011111.987'
    """
    if not 6 <= company_prefix <= 12:
        raise OptionError(
            f"company_prefix is {company_prefix}", hint="a GS1 company prefix has 6 to 12 digits"
        )
    name, found = _scheme_of(_QUERY.sub("", link))
    scheme = SCHEMES[name]
    key, serial = found[1], found[2] if found.re.groups > 1 else None
    kind = "class" if name == "lgtin" else "id"
    tail = ""
    if name == "itip":
        key, tail = key[:14], f".{key[14:16]}.{key[16:]}"
    if check and scheme.checked and check_digit(key[:-1]) != key[-1]:
        raise IdentifierError(
            f"the check digit of {key} is {key[-1]}; it should be {check_digit(key[:-1])}",
            hint=f"the link is {link[:120]}",
        )
    digits = key[:-1] if scheme.checked else key
    if scheme.lead == "first":
        prefix, reference = digits[1 : company_prefix + 1], digits[0] + digits[company_prefix + 1 :]
    else:
        prefix, reference = digits[:company_prefix], digits[company_prefix:]
    if serial is None and name == "sgln":
        serial = "0"
    tail += "" if serial is None else f".{serial}"
    urn = f"urn:epc:{kind}:{name}:{prefix}.{reference}{tail}"
    if isinstance(fault := _matched(urn), str):
        raise IdentifierError(
            f"{link[:120]!r} would be {urn[:120]!r}, which {fault}",
            hint="say how long the company prefix is, as in company_prefix=9",
        )
    return urn
