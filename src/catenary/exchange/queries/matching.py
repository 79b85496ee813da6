"""Patterns of things: `urn:epc:idpat:…` with `*` and ranges, and links that end in `*`.

A pattern becomes spans of keys (`keys.identifier_key`), so that an index answers it. A link does
not tell how long a company prefix is: a pattern matches whatever begins with its digits.

References
----------
GS1, EPCIS Standard 2.0, section 8.2.7.1.1; EPC Tag Data Standard 2.0, sections 8 and 12.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from catenary.exchange.identifiers import SCHEMES, Scheme, check_digit
from catenary.exchange.keys import identifier_key

__all__ = ["PatternError", "Span", "spans"]

_RANGE: Final = re.compile(r"\[([0-9]{1,18})-([0-9]{1,18})\]", re.ASCII)


class PatternError(ValueError):
    """A pattern is misspelt."""


class Span(NamedTuple):
    """Keys that match.

    Parameters
    ----------
    start
        A key, or the beginning of keys.
    whole
        Whether it is a key, and nothing else matches.
    least, most
        What follows the beginning is a number within these; None = anything.
    """

    start: str
    whole: bool = True
    least: int | None = None
    most: int | None = None

    def matches(self, key: str) -> bool:
        """Whether a key is within the span.

        Examples
        --------
        >>> Span("/01/1/21/", whole=False, least=1, most=20).matches("/01/1/21/7")
        True
        """
        if self.whole:
            return key == self.start
        if not key.startswith(self.start):
            return False
        if self.least is None or self.most is None:
            return True
        rest = key[len(self.start) :]
        if not (rest.isascii() and rest.isdigit()) or len(rest) > len(str(self.most)):
            return False
        return self.least <= int(rest) <= self.most


def spans(value: str) -> list[Span]:
    """Return which keys an identifier or pattern matches.

    Raises
    ------
    PatternError
        If a pattern is misspelt.

    Examples
    --------
    >>> spans("urn:epc:id:sgtin:4012345.011111.987")
    [Span(start='/01/04012345111118/21/987', whole=True, least=None, most=None)]
    >>> [one.start for one in spans("urn:epc:idpat:sgtin:4012345.011111.*")]
    ['/01/04012345111118', '/01/04012345111118/']
    >>> spans("urn:epc:idpat:sgtin:4012345.011111.[1-20]")[0][2:]
    (1, 20)
    """
    if value.startswith(("urn:epc:idpat:", "urn:epc:pat:")):
        return _pattern(value)
    if value.startswith("http") and value.endswith("*"):
        start = value[:-1]
        made = identifier_key(f"{start}0")  # a serial, for the canonical form of what stands before
        if not made.endswith("0"):
            raise PatternError(f"{value[:120]!r} ends with * where a link has no serial")
        return [Span(made[:-1], whole=False)]
    return [Span(identifier_key(value))]


def _pattern(value: str) -> list[Span]:
    words = value.split(":", 4)
    if len(words) < 5 or words[2] != "idpat":
        raise PatternError(
            f"{value[:120]!r} is a pattern of tags; events name things: write urn:epc:idpat:…"
        )
    name, rest = words[3], words[4]
    parts = rest.split(".")
    stars = [at for at, part in enumerate(parts) if part == "*"]
    if stars and any(part != "*" for part in parts[stars[0] :]):
        raise PatternError(f"{value[:120]!r} has something after a *")
    fixed = parts[: stars[0]] if stars else parts
    ranged = _RANGE.fullmatch(fixed[-1]) if fixed else None
    if any(_RANGE.fullmatch(part) for part in fixed[:-1]) or (ranged and stars):
        raise PatternError(f"{value[:120]!r} has a range that is not the last part")
    least = most = None
    if ranged:
        least, most = int(ranged[1]), int(ranged[2])
        if least > most:
            raise PatternError(f"{value[:120]!r} has a range that ends before it begins")
        fixed = fixed[:-1]
    if not ranged and not stars:
        return [Span(identifier_key(f"urn:epc:id:{name}:{rest}"))]
    return [
        one._replace(least=least, most=most) if not one.whole else one
        for one in _spans(name, fixed, value)
    ]


def _spans(name: str, fixed: list[str], value: str) -> list[Span]:
    """Return the spans of a pattern of which only the first parts are given."""
    scheme = SCHEMES.get(name)
    if scheme is None:  # a scheme without links: its URNs are keys
        return [Span(f"urn:epc:id:{name}:" + "".join(f"{part}." for part in fixed), whole=False)]
    base = f"/{scheme.key}/"
    ranged = value.endswith("]")
    if ranged and (len(fixed) < 2 or not scheme.suffix):
        raise PatternError(f"{value[:120]!r} has a range where {name} has no serial")
    if any(not part.isdigit() for part in fixed[:1]):
        raise PatternError(f"{value[:120]!r} has a company prefix that is not of digits")
    if len(fixed) < 2:
        leads = ("0123456789" if scheme.lead == "first" else scheme.lead) if fixed else ""
        return [Span(base + lead + "".join(fixed), whole=False) for lead in leads or ("",)]
    key = base + _key(scheme, fixed, value)
    if scheme.suffix == "serial":
        return [Span(key, whole=False)]
    if ranged:
        return [Span(f"{key}/{scheme.suffix}/", whole=False)]
    return [Span(key), Span(f"{key}/", whole=False)]


def _key(scheme: Scheme, fixed: list[str], value: str) -> str:
    """Return the value of the key of which all parts are given."""
    prefix, reference = fixed[:2]
    digits = prefix + reference
    if scheme.lead == "first":
        digits = reference[:1] + prefix + reference[1:]
    if scheme.checked:
        if not digits.isdigit() or len(digits) != scheme.digits:
            raise PatternError(
                f"{value[:120]!r} has {len(digits)} digits in company prefix and reference; "
                f"{scheme.name} has {scheme.digits}"
            )
        digits = (scheme.lead if scheme.lead == "0" else "") + digits + check_digit(digits)
    return digits + "".join(fixed[2:])
