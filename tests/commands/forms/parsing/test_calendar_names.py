"""The names of days and months are those of Babel in every language of the bridge."""

from __future__ import annotations

from babel.dates import get_day_names, get_month_names

from bot.commands.forms.parsing.calendar_names import MONTHS, WEEKDAYS
from bot.language import LANGUAGE_CODES


def test_days_and_months_have_the_names_that_they_have_in_each_language() -> None:
    days = [get_day_names("wide", locale=language) for language in LANGUAGE_CODES]
    months = [get_month_names("wide", locale=language) for language in LANGUAGE_CODES]
    assert sorted(WEEKDAYS) == sorted(tuple(names[day].casefold() for day in range(7)) for names in days)
    assert sorted(MONTHS) == sorted(tuple(names[month].casefold() for month in range(1, 13)) for names in months)
