"""Times as answers write them."""

from __future__ import annotations

from datetime import UTC, datetime

__all__ = ["moment", "moment_text"]


def moment(microseconds: int) -> datetime:
    """Return a time that is counted in microseconds since 1970."""
    return datetime.fromtimestamp(microseconds / 1e6, UTC)


def moment_text(microseconds: int) -> str:
    """Return it as answers write it.

    Examples
    --------
    >>> moment_text(1_500_000)
    '1970-01-01T00:00:01.500Z'
    """
    return f"{moment(microseconds):%Y-%m-%dT%H:%M:%S.%f}"[:-3] + "Z"
