"""What is wrong with an event: where, against which rule, and what to do."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias

from catenary.errors import Problem

__all__ = ["Finding", "Level", "finding"]

Level: TypeAlias = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Finding(Problem):
    """One problem of one field.

    Parameters
    ----------
    rule
        The name of the rule, for programs.
    level
        An error keeps an event out; a warning does not.
    event
        The number of the event in its document, from 1; 0 = the document itself.
    field
        The path to the value, as in `sensorElementList[0].sensorReport[1].uom`.
    event_id
        What the event calls itself.
    """

    rule: str = ""
    level: Level = "error"
    event: int = 0
    field: str = ""
    event_id: str = ""

    def at(self, event: int, event_id: object = "") -> Finding:
        """Return the finding of the event with this number."""
        where = f"event {event}, {self.field}" if self.field else f"event {event}"
        named = event_id if isinstance(event_id, str) else ""
        return replace(self, where=where, event=event, event_id=named)

    def to_dict(self) -> dict[str, Any]:
        """Return the finding as JSON."""
        return {
            "event": self.event,
            "event_id": self.event_id or None,
            "field": self.field,
            "rule": self.rule,
            "level": self.level,
            "message": self.message,
            "hint": self.hint or None,
        }


def finding(
    field: str, rule: str, message: str, *, hint: str = "", level: Level = "error"
) -> Finding:
    """Return a finding of which the event is not yet said.

    Examples
    --------
    >>> print(finding("action", "required", "is missing"))
    action: is missing
    """
    return Finding(field or "document", message, hint, rule=rule, level=level, field=field)
