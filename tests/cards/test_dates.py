"""Times as people say them, in their own zone."""

from __future__ import annotations

from datetime import UTC, date, datetime, tzinfo
from zoneinfo import ZoneInfo

import pytest
from babel.dates import get_timezone_name
from hypothesis import given
from hypothesis import strategies as st

from bot.language import current_language, use_language
from cards.dates import format_due_date, format_moment

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
def test_moment(when: datetime, zone: tzinfo, said: str) -> None:
    assert format_moment(when, zone=zone, now=NOW) == said


def test_shared_cards_name_the_zone() -> None:
    assert format_moment(NOW, zone=BERLIN, now=NOW, name_zone=True) == "today, 13:00 CET"


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
def test_due(day: date, done: bool, said: tuple[str, bool]) -> None:
    assert format_due_date(day, zone=UTC, now=NOW, done=done) == said


@pytest.mark.parametrize(
    ("tag", "when", "said"),
    [
        ("de-DE", datetime(2026, 3, 1, 8, 5, tzinfo=UTC), "heute, 09:05 MEZ"),
        ("de-DE", datetime(2026, 2, 28, 22, 30, tzinfo=UTC), "gestern, 23:30 MEZ"),
        ("de-DE", datetime(2026, 1, 9, 8, 5, tzinfo=UTC), "9. Januar, 09:05 MEZ"),
        ("de-AT", datetime(2026, 1, 9, 8, 5, tzinfo=UTC), "9. Jänner, 09:05 MEZ"),
        ("de-DE", datetime(2026, 7, 9, 8, 5, tzinfo=UTC), "9. Juli, 10:05 MESZ"),
        ("de-DE", datetime(2024, 3, 3, 8, 5, tzinfo=UTC), "3. März 2024"),
        ("en-GB", datetime(2026, 7, 9, 13, 5, tzinfo=UTC), "9 July, 15:05 CEST"),
        ("en-GB", datetime(2024, 3, 3, 8, 5, tzinfo=UTC), "3 March 2024"),
        ("en-US", datetime(2026, 1, 9, 12, 5, tzinfo=UTC), "January 9, 1:05 PM UTC+1"),
        ("en-US", datetime(2024, 3, 3, 8, 5, tzinfo=UTC), "March 3, 2024"),
        ("fr-FR", datetime(2024, 3, 3, 8, 5, tzinfo=UTC), "3 March 2024"),
    ],
)
def test_moment_as_the_language_and_its_region_say_it(tag: str, when: datetime, said: str) -> None:
    with use_language(tag):
        assert format_moment(when, zone=BERLIN, now=NOW, name_zone=True) == said


@pytest.mark.parametrize(
    ("day", "done", "said"),
    [
        (date(2026, 3, 1), False, ("heute", False)),
        (date(2026, 3, 2), False, ("morgen", False)),
        (date(2026, 2, 28), False, ("gestern (1 Tag überfällig)", True)),
        (date(2026, 2, 20), False, ("20. Februar (9 Tage überfällig)", True)),
        (date(2026, 2, 20), True, ("20. Februar", False)),
        (date(2027, 2, 20), False, ("20. Februar 2027", False)),
    ],
)
def test_due_in_german(day: date, done: bool, said: tuple[str, bool]) -> None:
    with use_language("de-DE"):
        assert format_due_date(day, zone=UTC, now=NOW, done=done) == said


ZONES = ["Europe/Berlin", "Pacific/Auckland", "America/Sao_Paulo", "America/New_York", "Asia/Kolkata", "UTC"]


@pytest.mark.parametrize("tag", ["en-GB", "en-US", "de-DE"])
@pytest.mark.parametrize("name", ZONES)
@pytest.mark.parametrize("month", [1, 7])
def test_zone_has_the_name_that_babel_gives_it_at_that_moment(name: str, tag: str, month: int) -> None:
    when = datetime(2026, month, 9, 12, 5, tzinfo=ZoneInfo(name))
    with use_language(tag):
        named = get_timezone_name(when, width="short", locale=current_language().locale)
        if named[0] in "+-":
            named = f"UTC{named[0]}{int(named[1:3])}" + (f":{named[3:]}" if named[3:] != "00" else "")
        assert format_moment(when, zone=ZoneInfo(name), now=when, name_zone=True).endswith(f" {named}")


@given(st.datetimes(timezones=st.none() | st.timezones()), st.datetimes(timezones=st.just(UTC)), st.timezones())
def test_any_moment_has_words(when: datetime, now: datetime, zone: ZoneInfo) -> None:
    assert format_moment(when, zone=zone, now=now, name_zone=True)
    assert format_due_date(when.date(), zone=zone, now=now, done=False)
