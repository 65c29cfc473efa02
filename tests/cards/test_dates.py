"""Times as people say them, in their own zone."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cards.dates import due, moment

BERLIN, AUCKLAND = ZoneInfo("Europe/Berlin"), ZoneInfo("Pacific/Auckland")
NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("when", "zone", "said"),
    [
        (datetime(2026, 3, 1, 8, 5, tzinfo=UTC), BERLIN, "today, 09:05"),
        (datetime(2026, 3, 1, 8, 5), BERLIN, "today, 09:05"),  # noqa: DTZ001  naive counts as UTC
        (datetime(2026, 2, 28, 23, 30, tzinfo=UTC), BERLIN, "today, 00:30"),
        (datetime(2026, 2, 28, 22, 30, tzinfo=UTC), BERLIN, "yesterday, 23:30"),
        (datetime(2026, 3, 1, 10, 0, tzinfo=UTC), AUCKLAND, "yesterday, 23:00"),
        (datetime(2026, 1, 9, 8, 5, tzinfo=UTC), UTC, "9 January, 08:05"),
        (datetime(2024, 2, 29, 8, 5, tzinfo=UTC), UTC, "29 February 2024"),
        (datetime(2038, 1, 19, 3, 14, 8, tzinfo=UTC), UTC, "19 January 2038"),
    ],
)
def test_moment(when, zone, said):
    assert moment(when, zone=zone, now=NOW) == said


def test_shared_cards_name_the_zone():
    assert moment(NOW, zone=BERLIN, now=NOW, name_zone=True) == "today, 13:00 CET"


@pytest.mark.parametrize(
    ("day", "done", "said"),
    [
        (date(2026, 3, 1), False, ("today", False)),
        (date(2026, 3, 2), False, ("tomorrow", False)),
        (date(2026, 2, 28), False, ("yesterday (1 day overdue)", True)),
        (date(2026, 2, 20), False, ("20 February (9 days overdue)", True)),
        (date(2026, 2, 20), True, ("20 February", False)),
        (date(2027, 2, 20), False, ("20 February 2027", False)),
    ],
)
def test_due(day, done, said):
    assert due(day, zone=UTC, now=NOW, done=done) == said


@given(st.datetimes(timezones=st.none() | st.timezones()), st.datetimes(timezones=st.just(UTC)), st.timezones())
def test_any_moment_has_words(when, now, zone):
    assert moment(when, zone=zone, now=now, name_zone=True)
    assert due(when.date(), zone=zone, now=now, done=False)
