"""Ways between regions that a scenario closes, narrows or lengthens, for the map."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from catenary.languages import Message, clauses, joined, say
from catenary.report.document import in_both

if TYPE_CHECKING:
    from collections.abc import Mapping

    from catenary.model import Run
    from catenary.report.naming import Names

__all__ = ["ways_of"]

_NAMED: Final = 3  # regions of one end that a sentence names
_MOST: Final = 400  # lines of one change


def ways_of(run: Run, names: Names) -> list[dict[str, Any]]:
    """Return what a run's scenario and measures do to links: words, and lines to draw.

    A group of regions without a place of its own is drawn where the table of places puts it; what
    has no place at all, or means every region, is said in words only.
    """
    found = []
    for key in ("scenario", "measures"):
        given = run.options.get(key) or {}
        for change in () if isinstance(given, str) else given.get("changes", ()):
            target = str(change.get("target", ""))
            state, told = (
                _opened(change) if target == "links.open"
                else _lasting(change) if target == "links.duration" else ("", say("none"))
            )  # fmt: skip
            if state:
                found.append(_way(change, state, told, names))
    return found


def _way(change: Mapping[str, Any], state: str, told: Message, names: Names) -> dict[str, Any]:
    where = change.get("where") or {}
    origins, destinations = (_listed(where.get(end)) for end in ("origin", "destination"))
    parts: list[str] = [told]
    if _listed(where.get("product")):
        parts.append(_all_of([names.product(one) for one in _listed(where["product"])]))
    parts.append(say("from day {day:g}", day=change.get("start", 0)))
    if change.get("days") is not None:
        parts.append(say("for {days:g} days", days=change["days"]))
    lines = [
        [*one, *other]
        for start in origins for end in destinations if start != end
        if (one := _place(start, names)) and (other := _place(end, names))
    ]  # fmt: skip
    name = say(
        "{origin} → {destination}: {text}",
        origin=_ends(origins, names), destination=_ends(destinations, names),
        text=clauses(parts),
    )  # fmt: skip
    return {"name": in_both(name), "state": state, "lines": lines[:_MOST]}


def _listed(given: Any) -> list[str]:
    return [str(given)] if isinstance(given, str) else [str(one) for one in given or ()]


def _place(label: str, names: Names) -> list[float] | None:
    place = names.places[label]
    if not (place.is_drawn or place.shown == "group") or (place.lon, place.lat) == (0.0, 0.0):
        return None
    return [place.lon, place.lat]


def _ends(labels: list[str], names: Names) -> str:
    if not labels:
        return say("everywhere")
    return _all_of([names.region(label) for label in labels])


def _all_of(told: list[str]) -> Message:
    if len(told) <= _NAMED:
        return joined(told, say(", "))
    first = joined(told[: _NAMED - 1], say(", "))
    return say("{first} and {more} more", first=first, more=len(told) - _NAMED + 1)


def _opened(change: Mapping[str, Any]) -> tuple[str, Message]:
    """Return what becomes of a way that is open, and that in words; blank: nothing worse."""
    value = change.get("multiply", change.get("set", 1.0 + change.get("add", 0.0)))
    if value >= 1:
        return "", say("none")
    if value <= 0:
        return "closed", say("closed")
    return "narrowed", say("{share:.0%} open", share=value)


def _lasting(change: Mapping[str, Any]) -> tuple[str, Message]:
    """Return whether a way takes longer, and how much longer."""
    if change.get("add", 0.0) > 0:
        return "longer", say("{days:g} days longer", days=change["add"])
    if change.get("multiply", 0.0) > 1:
        return "longer", say("{times:g} times as long", times=change["multiply"])
    if change.get("set", 0.0) > 0:
        return "longer", say("{days:g} days on the way", days=change["set"])
    return "", say("none")
