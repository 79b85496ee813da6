"""Times as hashes and comparisons need them: in UTC, to the millisecond.

References
----------
GS1, Core Business Vocabulary Standard 2.0, section 8.9 (rules 8 and 9 of the event hash).
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from functools import lru_cache
from typing import Final

__all__ = ["instant", "milliseconds", "utc"]

_PARTS: Final = re.compile(
    r"\s*([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2})(?::([0-9]{2})(?:\.([0-9]+))?)?(Z|[+-][0-9]{2}:[0-9]{2})\s*"
)


@lru_cache(maxsize=65_536)
def _minute(minute: str, offset: str) -> str:
    """Return a minute of an offset as a minute of UTC: many events share theirs."""
    moved = datetime.fromisoformat(f"{minute}:00{offset}").astimezone(UTC)
    return (
        f"{moved.year:04d}-{moved.month:02d}-{moved.day:02d}T{moved.hour:02d}:{moved.minute:02d}:"
    )


def utc(text: str) -> str:
    """Return a time in UTC with three decimals, the third rounded; other text as it is.

    Examples
    --------
    >>> utc("2023-01-18T12:04:03.1415+01:00")
    '2023-01-18T11:04:03.142Z'
    >>> utc("2023-01-18T11:59:59.9995Z")
    '2023-01-18T12:00:00.000Z'
    """
    found = _PARTS.fullmatch(text)
    if found is None:
        return text.strip()
    minute, second, decimals, offset = found.groups("")
    second = second or "00"
    try:
        start = f"{minute}:" if offset in {"Z", "+00:00", "-00:00"} else _minute(minute, offset)
        if not decimals:
            return f"{start}{second}.000Z"
        if len(decimals) <= 3 or decimals[3] < "5":
            return f"{start}{second}.{decimals[:3]:0<3}Z"
        moved = datetime.fromisoformat(f"{start}{second}.{decimals[:3]}+00:00")
        moved += timedelta(milliseconds=1)
    except (ValueError, OverflowError):  # no such day, or before the first year
        return text.strip()
    return f"{moved.replace(tzinfo=None).isoformat(timespec='milliseconds')}Z"


def instant(text: str) -> Fraction:
    """Return seconds since 1970, exactly, of a time that is right.

    Examples
    --------
    >>> instant("1970-01-01T01:00:00.5+01:00")
    Fraction(1, 2)
    """
    found = _PARTS.fullmatch(text)
    if found is None:
        raise ValueError(text)
    minute, second, decimals, offset = found.groups("")
    second = second or "00"
    whole = datetime.fromisoformat(f"{minute}:{second}{offset.replace('Z', '+00:00')}").timestamp()
    return int(whole) + Fraction(int(decimals or 0), 10 ** len(decimals or ""))


@lru_cache(maxsize=65_536)
def _minutes(minute: str) -> int:
    """Return minutes since 1970 of a minute of UTC."""
    return int(datetime.fromisoformat(f"{minute}:00+00:00").timestamp()) // 60


def milliseconds(text: str) -> int:
    """Return milliseconds since 1970 of a time that is right, rounded as hashes round it.

    Examples
    --------
    >>> milliseconds("1970-01-01T01:00:00.5004+01:00")
    500
    """
    moved = utc(text)
    return _minutes(moved[:16]) * 60_000 + int(moved[17:19]) * 1_000 + int(moved[20:23])
