"""The form in which identifiers, words, texts, numbers and times are looked up.

Two spellings of one thing have one key: URN and GS1 Digital Link, bare word and web address,
a time and the same time of another zone.

References
----------
GS1, Core Business Vocabulary Standard 2.0, section 8.9; EPCIS Standard 2.0, section 8.2.7.1.
"""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache
from hashlib import sha256
from math import isfinite
from typing import TYPE_CHECKING, Final

from catenary.exchange.hashing import number_text
from catenary.exchange.identifiers import ID
from catenary.exchange.links import canonical_link
from catenary.exchange.vocabulary import VOCABULARIES

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "LONGEST",
    "bounded",
    "identifier_key",
    "identifier_of",
    "microseconds",
    "number_of",
    "said",
    "spelt_time",
    "text_key",
    "word_key",
]

LONGEST: Final = 240
"""The longest key, in characters; of longer ones the beginning is kept, and a hash of all."""

_CACHED: Final = 65_536
_HOST: Final = len(ID)
_NUMERIC: Final = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?", re.ASCII)
_TIME: Final = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})T([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]+))?)?"
    r"(?:Z|([+-])([0-9]{2}):([0-9]{2}))",
    re.ASCII,
)
_LONE: Final = re.compile("[\ud800-\udfff]")
"""Halves of characters, which UTF-8 does not know."""
_EPOCH: Final = date(1970, 1, 1).toordinal()
_SECOND: Final = 1_000_000


def bounded(text: str) -> str:
    """Return a text that every database can index: without NUL, and not too long.

    Examples
    --------
    >>> bounded("short"), len(bounded("long" * 1000)) <= LONGEST
    ('short', True)
    """
    if len(text) <= LONGEST and (text.isascii() or not _LONE.search(text)) and "\0" not in text:
        return text
    digest = sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    return f"{_LONE.sub(' ', text[:160]).replace(chr(0), ' ')}…{digest}"


def identifier_key(identifier: str) -> str:
    """Return the key of an identifier: its canonical link, without its host if that is GS1's.

    Examples
    --------
    >>> identifier_key("urn:epc:id:sgtin:4012345.011111.987")
    '/01/04012345111118/21/987'
    >>> identifier_key("https://example.com/gate")
    'https://example.com/gate'
    """
    made = canonical_link(identifier)
    if made.startswith("https://id.gs1.org/"):
        made = made[_HOST:]
    return made if len(made) <= LONGEST and made.isascii() and "\0" not in made else bounded(made)


def identifier_of(key: str) -> str:
    """Return the identifier of a key.

    Examples
    --------
    >>> identifier_of("/01/04012345111118/21/987")
    'https://id.gs1.org/01/04012345111118/21/987'
    """
    return ID + key if key.startswith("/") else key


def _expanded(value: str, prefixes: Mapping[str, str]) -> str:
    prefix, colon, rest = value.partition(":")
    return prefixes[prefix] + rest if colon and prefix in prefixes and rest[:2] != "//" else value


def word_key(name: str, value: str, prefixes: Mapping[str, str] = {}) -> str:
    """Return the key of a word: bare if it is one of the standard, its address otherwise.

    Parameters
    ----------
    name
        The vocabulary, as in `VOCABULARIES`.
    value
        The word, in any spelling.
    prefixes
        What prefixes of one's own stand for.

    Examples
    --------
    >>> word_key("bizStep", "https://ref.gs1.org/cbv/BizStep-shipping")
    'shipping'
    >>> word_key("bizStep", "example:bake", {"example": "https://example.com/"})
    'https://example.com/bake'
    """
    vocabulary = VOCABULARIES[name]
    if value in vocabulary.words:
        return value
    full = vocabulary.full(_expanded(value, prefixes))
    bare = full[len(vocabulary.web) :]
    if full.startswith(vocabulary.web) and bare in vocabulary.words:
        return bare
    return bounded(full)


def text_key(text: str) -> str:
    """Return the key of a text that may be an identifier.

    Examples
    --------
    >>> text_key("urn:epc:id:sgln:4012345.00005.0"), text_key("mild")
    ('/414/4012345000054', 'mild')
    """
    if text.startswith(("urn:epc:", "http://", "https://")):
        return identifier_key(text)
    return bounded(text)


def number_of(text: str) -> float | None:
    """Return the number that a text writes, if it writes one.

    Examples
    --------
    >>> number_of("4.50"), number_of("mild"), number_of("1e999")
    (4.5, None, None)
    """
    if len(text) > 40 or not _NUMERIC.fullmatch(text):
        return None
    made = float(text)
    return made if isfinite(made) else None


def said(value: object) -> tuple[str, float | None, int | None]:
    """Return text, number and time of a value of somebody's own, as they are looked up.

    Examples
    --------
    >>> said(4.50), said("4.5"), said(True), said(None)
    (('4.5', 4.5, None), ('4.5', 4.5, None), ('true', None, None), ('', None, None))
    >>> said("1970-01-01T01:00:01+01:00")[2]
    1000000
    """
    if isinstance(value, str):
        text = value.strip()
        number = number_of(text)
        return text_key(text), number, None if number is not None else _time_of(text)
    if isinstance(value, bool):
        return "true" if value else "false", None, None
    if isinstance(value, (int, float)):
        try:
            number = float(value)
        except OverflowError:
            return bounded(str(value)), None, None
        return number_text(number), number, None
    return "", None, None


def _time_of(text: str) -> int | None:
    if not 17 <= len(text) <= 60 or text[10] != "T":
        return None
    try:
        return microseconds(text)
    except ValueError:
        return None


@lru_cache(maxsize=_CACHED)
def _minute(day: str, hour: str, minute: str, sign: str, hours: str, minutes: str) -> int:
    if int(hour) > 23 or int(minute) > 59:
        raise ValueError(hour)
    days = date.fromisoformat(day).toordinal() - _EPOCH
    ahead = (int(hours or 0) * 60 + int(minutes or 0)) * (-1 if sign == "-" else 1)
    return (days * 1440 + int(hour) * 60 + int(minute) - ahead) * 60


def microseconds(text: str) -> int:
    """Return microseconds since 1970, UTC, of a time; finer digits are cut.

    Raises
    ------
    ValueError
        If it is no time, or its day does not exist.

    Examples
    --------
    >>> microseconds("1970-01-01T01:00:00.5+01:00")
    500000
    """
    found = _TIME.fullmatch(text.strip())
    if found is None:
        raise ValueError(text)
    day, hour, minute, second, decimals, sign, hours, minutes = found.groups("")
    if second and int(second) > 60:
        raise ValueError(text)
    whole = _minute(day, hour, minute, sign, hours, minutes) + int(second or 0)
    return whole * _SECOND + int(f"{decimals[:6]:0<6}")


def spelt_time(moment: int) -> str:
    """Return a time of UTC, to the microsecond if it has any, else to the millisecond.

    Examples
    --------
    >>> spelt_time(500_000)
    '1970-01-01T00:00:00.500Z'
    """
    seconds, rest = divmod(moment, _SECOND)
    days, second = divmod(seconds, 86_400)
    day = date.fromordinal(days + _EPOCH).isoformat()
    decimals = f"{rest:06d}"
    shown = decimals if rest % 1000 else decimals[:3]
    return f"{day}T{second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d}.{shown}Z"
