"""Small JSON bodies: what they hold, and what is wrong with them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import msgspec

from catenary.errors import did_you_mean
from catenary.exchange.server.problems import ProblemError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from catenary.exchange.server.answers import Call

__all__ = ["body_object", "microseconds_of", "truth"]

_MOST: Final = 1 << 20
_DEPTH: Final = 32


def body_object(call: Call, known: Sequence[str]) -> dict[str, Any]:
    """Return the JSON object that was sent.

    Raises
    ------
    ProblemError
        If it is none, or has members that are not known (400), or is too long (413).
    """
    assert call.body is not None  # noqa: S101  the application reads it
    text = call.body.read(_MOST + 1)
    if len(text) > _MOST:
        raise ProblemError(
            "CaptureLimitExceededException", f"the body has more than {_MOST:,} bytes"
        )
    try:
        made = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ProblemError("ValidationException", f"the body is no JSON: {error}"[:300]) from error
    if not isinstance(made, dict):
        raise ProblemError("ValidationException", "the body is not a JSON object")
    if _deeper(made, _DEPTH):
        raise ProblemError("ValidationException", f"the body nests deeper than {_DEPTH}")
    for name in made:
        if name not in known:
            hint = did_you_mean(name, known)
            raise ProblemError("ValidationException", f"{name[:80]!r} is not known here; {hint}")
    return made


def _deeper(value: Any, left: int) -> bool:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return left < 0 or any(_deeper(one, left - 1) for one in inner)


def truth(name: str, value: object) -> bool:
    """Return true or false, as JSON or an address says it.

    Examples
    --------
    >>> truth("stream", "true"), truth("stream", False)
    (True, False)
    """
    if isinstance(value, bool):
        return value
    if value in {"true", "false"}:
        return value == "true"
    raise ProblemError(
        "SubscriptionControlsException", f"{name} is {str(value)[:40]!r}; write true or false"
    )


def microseconds_of(name: str, said: Mapping[str, Any]) -> int | None:
    """Return a time as microseconds since 1970; None where it is not said."""
    value = said.get(name)
    if value is None:
        return None
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None or moment.year < 1971 or moment.year > 9998:
        raise ProblemError(
            "SubscriptionControlsException",
            f"{name} is {str(value)[:60]!r}; write a time such as 2026-01-01T00:00:00Z",
        )
    since = moment.astimezone(UTC) - datetime(1970, 1, 1, tzinfo=UTC)
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds
