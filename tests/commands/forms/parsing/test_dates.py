"""Days as people type them, seen from a Monday."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.commands.forms.parsing.dates import parse_day, parse_past_day

MONDAY = date(2026, 11, 23)

TABLE = [
    ("today", date(2026, 11, 23)),
    ("Tomorrow", date(2026, 11, 24)),
    ("yesterday", date(2026, 11, 22)),
    ("friday", date(2026, 11, 27)),
    ("fri", date(2026, 11, 27)),
    ("on friday", date(2026, 11, 27)),
    ("next friday", date(2026, 11, 27)),
    ("next monday", date(2026, 11, 30)),
    ("monday", date(2026, 11, 30)),
    ("next week", date(2026, 11, 30)),
    ("in 3 days", date(2026, 11, 26)),
    ("3d", date(2026, 11, 26)),
    ("in a week", date(2026, 11, 30)),
    ("in two weeks", date(2026, 12, 7)),
    ("next month", date(2026, 12, 23)),
    ("in 3 months", date(2027, 2, 23)),
    ("2026-05-11", date(2026, 5, 11)),
    ("2026-5-1", date(2026, 5, 1)),
    ("11.05.2026", date(2026, 5, 11)),
    ("24.12.", date(2026, 12, 24)),
    ("1.2.", date(2027, 2, 1)),
    ("24 Dec", date(2026, 12, 24)),
    ("24th December 2027", date(2027, 12, 24)),
    ("Dec 24, 2027", date(2027, 12, 24)),
    ("March 3", date(2027, 3, 3)),
    ("heute", date(2026, 11, 23)),
    ("Übermorgen", date(2026, 11, 25)),
    ("am Freitag", date(2026, 11, 27)),
    ("nächsten Montag", date(2026, 11, 30)),
    ("nächste Woche", date(2026, 11, 30)),
    ("in zwei Wochen", date(2026, 12, 7)),
    ("in einem Monat", date(2026, 12, 23)),
    ("3. März", date(2027, 3, 3)),
    ("am 24. Dez. 2027", date(2027, 12, 24)),
    ("29 Feb", date(2028, 2, 29)),
    ("", None),
    ("soon", None),
    ("2026-02-30", None),
    ("05/06/2026", None),
    ("12/31/2026", date(2026, 12, 31)),
    ("31/12/2026", date(2026, 12, 31)),
    ("05/05/2026", date(2026, 5, 5)),
    ("13/13/2026", None),
    ("t", None),
    ("in 9999 weeks", date(2218, 7, 13)),
    ("31 nov", None),
    ("0000-01-01", None),
    ("٣ days", None),
]


@pytest.mark.parametrize(("text", "expected"), TABLE)
def test_days(text: str, expected: date | None) -> None:
    assert parse_day(text, MONDAY) == expected


def test_month_that_is_shorter() -> None:
    assert parse_day("next month", date(2027, 1, 31)) == date(2027, 2, 28)


@given(st.text(max_size=40), st.dates())
def test_t49_any_text_is_a_day_or_none(text: str, today: date) -> None:
    found = parse_day(text, today)
    assert found is None or isinstance(found, date)


@given(st.dates(date(1000, 1, 1)), st.dates())
def test_iso_means_itself(day: date, today: date) -> None:
    assert parse_day(day.isoformat(), today) == day


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("monday", date(2026, 5, 11)),
        ("on Monday", date(2026, 5, 11)),
        ("last friday", date(2026, 5, 8)),
        ("wednesday", date(2026, 5, 13)),
        ("letzten Freitag", date(2026, 5, 8)),
        ("yesterday", date(2026, 5, 12)),
        ("next friday", date(2026, 5, 15)),
        ("2026-05-01", date(2026, 5, 1)),
        ("review", None),
    ],
)
def test_weekday_of_work_is_the_last_one(text: str, day: date | None) -> None:
    assert parse_past_day(text, date(2026, 5, 13)) == day
