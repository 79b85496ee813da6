"""When a standing query runs: the query schedule of EPCIS, like that of cron.

Each field is a list of numbers and ranges, `"0,15,[30-40]"`. A field that is left out allows every
value, except that seconds left out are 0 where a longer field is said: `{"hour": "1", "minute":
"5"}` is once a day. Times are UTC.

References
----------
GS1, EPCIS Standard 2.0, section 8.2.5.3 (QuerySchedule).
"""

from __future__ import annotations

import calendar
import re
from bisect import bisect_left
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from catenary.errors import OptionError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["FIELDS", "Schedule"]

FIELDS: Final = {
    "second": (0, 59),
    "minute": (0, 59),
    "hour": (0, 23),
    "dayOfMonth": (1, 31),
    "month": (1, 12),
    "dayOfWeek": (1, 7),
}
"""The fields of a schedule, with the least and the largest number."""

_ELEMENT: Final = re.compile(r"([0-9]{1,2})|\[([0-9]{1,2})-([0-9]{1,2})\]")


def _numbers(field: str, text: str) -> tuple[int, ...]:
    least, most = FIELDS[field]
    found: set[int] = set()
    for part in text.split(","):
        element = _ELEMENT.fullmatch(part.strip())
        if element is None:
            raise OptionError(
                f"{field} is {text[:80]!r}", hint='write numbers and ranges, as in "0,15,[30-40]"'
            )
        one, first, last = element.groups()
        numbers = [int(one)] if one else list(range(int(first), int(last) + 1))
        if not numbers or min(numbers) < least or max(numbers) > most:
            raise OptionError(f"{field} is {text[:80]!r}", hint=f"it goes from {least} to {most}")
        found.update(numbers)
    return tuple(sorted(found))


@dataclass(frozen=True, slots=True)
class Schedule:
    """The moments at which a query runs; Monday is day 1 of the week.

    Examples
    --------
    >>> nightly = Schedule.of({"hour": "1", "minute": "5"})
    >>> nightly.after(datetime(2026, 2, 28, 12, tzinfo=UTC)).isoformat()
    '2026-03-01T01:05:00+00:00'
    >>> Schedule.of({"dayOfWeek": "[1-5]", "hour": "8", "minute": "0"}).after(
    ...     datetime(2026, 1, 2, 9, tzinfo=UTC)  # a Friday
    ... ).isoformat()
    '2026-01-05T08:00:00+00:00'
    """

    second: tuple[int, ...]
    minute: tuple[int, ...]
    hour: tuple[int, ...]
    day: tuple[int, ...]
    month: tuple[int, ...]
    weekday: tuple[int, ...]

    @classmethod
    def of(cls, fields: Mapping[str, object]) -> Schedule:
        """Read a schedule.

        Raises
        ------
        OptionError
            If a field is unknown, is no list of numbers and ranges, or the schedule never comes.
        """
        if not fields:
            raise OptionError("the schedule is empty", hint=f"say one of {', '.join(FIELDS)}")
        read: dict[str, tuple[int, ...]] = {}
        for name, value in fields.items():
            if name not in FIELDS:
                raise OptionError(
                    f"a schedule has no {str(name)[:80]!r}", hint=did_you_mean(name, FIELDS)
                )
            if isinstance(value, bool) or not isinstance(value, (str, int)):
                raise OptionError(f"{name} is {value!r}"[:120], hint='write text, as in "0"')
            read[name] = _numbers(name, str(value))
        if "second" not in read:
            read["second"] = (0,)
        whole = [read.get(name, tuple(range(a, b + 1))) for name, (a, b) in FIELDS.items()]
        made = cls(*whole)
        if not any(
            day <= (29 if month == 2 else 30 if month in {4, 6, 9, 11} else 31)
            for month in made.month
            for day in made.day
        ):
            raise OptionError("the schedule never comes: no such month has such a day")
        return made

    def _fits(self, day: datetime) -> bool:
        return day.month in self.month and day.day in self.day and day.isoweekday() in self.weekday

    def after(self, moment: datetime) -> datetime:
        """Return the first moment of the schedule that is later than another.

        Raises
        ------
        OptionError
            If none comes within 40 years.
        """
        now = moment.astimezone(UTC).replace(microsecond=0) + timedelta(seconds=1)
        if self._fits(now) and (found := self._later(now)) is not None:
            return found
        day = now.replace(hour=0, minute=0, second=0)
        for _ in range(366 * 40):
            if day.month not in self.month:
                last = calendar.monthrange(day.year, day.month)[1]
                day += timedelta(days=last - day.day + 1)
            else:
                day += timedelta(days=1)
            if self._fits(day):
                return day.replace(hour=self.hour[0], minute=self.minute[0], second=self.second[0])
        raise OptionError("the schedule does not come within 40 years")

    def _later(self, now: datetime) -> datetime | None:
        """Return the first moment on the same day that is not before another."""
        for hour in self.hour[bisect_left(self.hour, now.hour) :]:
            minutes = bisect_left(self.minute, now.minute) if hour == now.hour else 0
            for minute in self.minute[minutes:]:
                same = (hour, minute) == (now.hour, now.minute)
                seconds = bisect_left(self.second, now.second) if same else 0
                if seconds < len(self.second):
                    return now.replace(hour=hour, minute=minute, second=self.second[seconds])
        return None
