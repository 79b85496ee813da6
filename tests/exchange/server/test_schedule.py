"""When a standing query runs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catenary.errors import OptionError
from catenary.exchange.server.schedule import FIELDS, Schedule

pytestmark = pytest.mark.part("9.4")

_MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2032, 1, 1)).map(  # noqa: DTZ001
    lambda one: one.replace(tzinfo=UTC)
)


@st.composite
def _fields(draw: st.DrawFn) -> dict[str, str]:
    """Draw a schedule that comes at least once a year."""
    made = {}
    for name in draw(st.lists(st.sampled_from(list(FIELDS)), min_size=1, unique=True)):
        least, most = FIELDS[name]
        elements = []
        for _ in range(draw(st.integers(1, 3))):
            first = draw(st.integers(least, min(most, 28)))
            last = draw(st.integers(first, min(most, 28)) | st.none())
            elements.append(str(first) if last is None else f"[{first}-{last}]")
        made[name] = ",".join(elements)
    return made


def _fits(fields: dict[str, str], moment: datetime) -> bool:
    """Whether a moment is one of the schedule, read from its text alone."""
    said = {
        "second": moment.second, "minute": moment.minute, "hour": moment.hour,
        "dayOfMonth": moment.day, "month": moment.month, "dayOfWeek": moment.isoweekday(),
    }  # fmt: skip
    for name, text in {"second": "0", **fields}.items():
        spans = [
            range(int(a), int(b or a) + 1)
            for a, _, b in (one.strip("[]").partition("-") for one in text.split(","))
        ]
        if not any(said[name] in span for span in spans):
            return False
    return True


@given(fields=_fields(), moment=_MOMENTS, data=st.data())
def test_the_next_moment_fits_the_schedule_and_none_before_it_does(
    fields: dict[str, str], moment: datetime, data: st.DataObject
) -> None:
    found = Schedule.of(fields).after(moment)
    assert found > moment
    assert _fits(fields, found)
    between = int((found - moment).total_seconds())
    for _ in range(20):
        earlier = moment.replace(microsecond=0) + timedelta(
            seconds=data.draw(st.integers(0, max(between - 1, 0)))
        )
        assert not (moment < earlier < found and _fits(fields, earlier))


@pytest.mark.parametrize(
    ("fields", "moment", "expected"),
    [
        ({"hour": "1", "minute": "5"}, "2026-01-01T01:05:00", "2026-01-02T01:05:00"),
        ({"second": "0,30"}, "2026-01-01T00:00:10", "2026-01-01T00:00:30"),
        ({"minute": "0"}, "2026-12-31T23:30:00", "2027-01-01T00:00:00"),
        ({"month": "2", "dayOfMonth": "29", "hour": "0", "minute": "0"}, "2026-03-01T00:00:00",
         "2028-02-29T00:00:00"),
        ({"dayOfWeek": "7", "hour": "12", "minute": "0"}, "2026-11-22T12:00:00",
         "2026-11-29T12:00:00"),
    ],
)  # fmt: skip
def test_a_schedule_comes_when_a_calendar_says(
    fields: dict[str, str], moment: str, expected: str
) -> None:
    at = datetime.fromisoformat(moment).replace(tzinfo=UTC)
    assert Schedule.of(fields).after(at).replace(tzinfo=None).isoformat() == expected


@pytest.mark.parametrize(
    "fields",
    [{}, {"minute": "60"}, {"minute": "[9-3]"}, {"hours": "1"}, {"month": "2", "dayOfMonth": "30"},
     {"minute": "1;2"}, {"minute": True}, {"minute": ""}, {"minute": "²"}],
)  # fmt: skip
def test_what_is_no_schedule_is_refused(fields: dict[str, object]) -> None:
    with pytest.raises(OptionError):
        Schedule.of(fields)
