"""Parses days as people type them, in the languages of the bridge."""

from __future__ import annotations

import re
from datetime import date, timedelta

from bot.commands.forms.parsing.calendar_names import MONTHS, WEEKDAYS

_RELATIVE_DAYS = {
    "today": 0,
    "tomorrow": 1,
    "yesterday": -1,
    "heute": 0,
    "morgen": 1,
    "übermorgen": 2,
    "gestern": -1,
}
_NEXT = re.compile(r"(?:next|this|coming|nächste[nr]?|diese[nr]?|kommende[nr]?) ")
_LAST = re.compile(r"(?:on |am )?(?:last |letzte[nr]? )?")
_NEXT_WEEK, _NEXT_MONTH = {"next week", "nächste woche"}, {"next month", "nächsten monat"}
_ISO = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})")
_DOTTED = re.compile(r"([0-9]{1,2})\.\s?([0-9]{1,2})\.(?:\s?([0-9]{4}))?")
_SLASHED = re.compile(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})")
_SPELLED = re.compile(r"([0-9]{1,2})(?:st|nd|rd|th|\.)? ([a-zä]{3,9})\.?,?(?: ([0-9]{4}))?")
_SPELLED_US = re.compile(r"([a-z]{3,9})\.? ([0-9]{1,2})(?:st|nd|rd|th)?,?(?: ([0-9]{4}))?")
_DISTANCE = re.compile(
    r"(?:in )?([0-9]{1,4}|an?|one|two|three|eine[mr]|zwei|drei)"
    r" ?(d|days?|w|weeks?|months?|tage?n?|wochen?|monate?n?)"
)
_MAX_YEARS_AHEAD = 9
"""Years among which 29 February is found."""
_MIN_YEAR = 1000
"""A date input gives 0026-05-11 for a year typed with two digits."""
_NUMBERS = {"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "einem": 1, "einer": 1, "zwei": 2, "drei": 3}


def parse_day(text: str, today: date) -> date | None:
    """Return the day that a text means; None if it means none.

    A weekday, with or without "next", is the first one after today. A day without a year is the first one that
    is not past. `05/06/2026` is refused, because it is ambiguous; `12/31/2026` is not.
    """
    words = " ".join(text.casefold().replace(",", " ").split()).removeprefix("on ").removeprefix("am ")
    return _parse(words, today) or _parse(words.rstrip(" .!"), today)


def parse_past_day(text: str, today: date) -> date | None:
    """Return the day that a text means; a weekday, with or without “last”, is the last one before today."""
    words = _LAST.sub("", " ".join(text.casefold().split()), count=1)
    day = _weekday(words.rstrip(" .!"), today) if not _NEXT.match(words) else None
    return day - timedelta(days=7) if day else parse_day(text, today)


def _parse(words: str, today: date) -> date | None:
    if words in _RELATIVE_DAYS:
        return _after(today, _RELATIVE_DAYS[words])
    return _weekday(words, today) or _distance(words, today) or _calendar(words, today)


def _weekday(words: str, today: date) -> date | None:
    if words in _NEXT_WEEK:
        return _after(today, 7 - today.weekday())
    name = _NEXT.sub("", words, count=1)
    matches = {n for days in WEEKDAYS for n, day in enumerate(days) if len(name) >= 3 and day.startswith(name)}
    if len(matches) != 1:
        return None
    return _after(today, (matches.pop() - today.weekday() - 1) % 7 + 1)


def _distance(words: str, today: date) -> date | None:
    if words in _NEXT_MONTH:
        words = "1 month"
    match_ = _DISTANCE.fullmatch(words)
    if match_ is None:
        return None
    number, unit = match_.groups()
    count = _NUMBERS.get(number) or int(number)
    match unit[0]:
        case "d" | "t":
            return _after(today, count)
        case "w":
            return _after(today, 7 * count)
        case _:
            months = today.month - 1 + count
            return _last_fitting(today.year + months // 12, months % 12 + 1, today.day)


def _calendar(words: str, today: date) -> date | None:
    if match_ := _ISO.fullmatch(words):
        year, month, day = map(int, match_.groups())
        return _day(year, month, day)
    if match_ := _SLASHED.fullmatch(words):
        first, second, year = map(int, match_.groups())
        possible = set(filter(None, (_day(year, first, second), _day(year, second, first))))
        return possible.pop() if len(possible) == 1 else None
    if match_ := _DOTTED.fullmatch(words):
        return _in_year(int(match_.group(1)), int(match_.group(2)), match_.group(3), today)
    if match_ := _SPELLED.fullmatch(words):
        return _in_year(int(match_.group(1)), _month(match_.group(2)), match_.group(3), today)
    if match_ := _SPELLED_US.fullmatch(words):
        return _in_year(int(match_.group(2)), _month(match_.group(1)), match_.group(3), today)
    return None


def _in_year(day: int, month: int, year: str | None, today: date) -> date | None:
    if year:
        return _day(int(year), month, day)
    years = range(today.year, today.year + _MAX_YEARS_AHEAD)
    return next((each for each in (_day(ahead, month, day) for ahead in years) if each and each >= today), None)


def _month(word: str) -> int:
    """Return the number of a month by its name or the beginning of it; 0 if there is none."""
    beginning = word[:3]
    return next((n for months in MONTHS for n, name in enumerate(months, 1) if name[:3] == beginning), 0)


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day) if year >= _MIN_YEAR else None
    except ValueError:
        return None


def _last_fitting(year: int, month: int, day: int) -> date | None:
    """Return the day, or the last one of a shorter month."""
    return next(filter(None, (_day(year, month, day - less) for less in range(4))), None)


def _after(today: date, days: int) -> date | None:
    try:
        return today + timedelta(days=days)
    except OverflowError:
        return None
