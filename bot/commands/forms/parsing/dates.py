"""Days as people type them, in the languages that the bridge speaks."""

from __future__ import annotations

import re
from datetime import date, timedelta

from babel.dates import get_day_names, get_month_names

_NAMED = {"today": 0, "tomorrow": 1, "yesterday": -1, "heute": 0, "morgen": 1, "übermorgen": 2, "gestern": -1}
_DAYS = tuple(
    tuple(get_day_names("wide", locale=language)[day].casefold() for day in range(7)) for language in ("en", "de")
)
"""From Monday on."""
_MONTHS = tuple(
    tuple(name.casefold()[:3] for name in get_month_names("wide", locale=language).values())
    for language in ("en", "de")
)
_NEXT = re.compile(r"(?:next|this|coming|nächste[nr]?|diese[nr]?|kommende[nr]?) ")
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
_FIRST_YEAR = 1000
"""An input gives 0026-05-11 to whoever types no more of a year than its end."""
_WORDS = {"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "einem": 1, "einer": 1, "zwei": 2, "drei": 3}


def parse_day(text: str, today: date) -> date | None:
    """The day that `text` means, seen from `today`; None if it means none.

    A weekday, with or without "next", is the first one after today. A day without a year is the first one that
    is not past. `05/06/2026` is not read: half of the world means the other day; `12/31/2026` means one.
    """
    words = " ".join(text.casefold().replace(",", " ").split()).removeprefix("on ").removeprefix("am ")
    return _read(words, today) or _read(words.rstrip(" .!"), today)


def _read(words: str, today: date) -> date | None:
    if words in _NAMED:
        return _after(today, _NAMED[words])
    return _weekday(words, today) or _distance(words, today) or _calendar(words, today)


def _weekday(words: str, today: date) -> date | None:
    if words in _NEXT_WEEK:
        return _after(today, 7 - today.weekday())
    name = _NEXT.sub("", words, count=1)
    fitting = {n for days in _DAYS for n, day in enumerate(days) if len(name) >= 3 and day.startswith(name)}
    if len(fitting) != 1:
        return None
    return _after(today, (fitting.pop() - today.weekday() - 1) % 7 + 1)


def _distance(words: str, today: date) -> date | None:
    if words in _NEXT_MONTH:
        words = "1 month"
    found = _DISTANCE.fullmatch(words)
    if found is None:
        return None
    count = _WORDS.get(found.group(1)) or int(found.group(1))
    match found.group(2)[0]:
        case "d" | "t":
            return _after(today, count)
        case "w":
            return _after(today, 7 * count)
        case _:
            months = today.month - 1 + count
            return _last_fitting(today.year + months // 12, months % 12 + 1, today.day)


def _calendar(words: str, today: date) -> date | None:
    if found := _ISO.fullmatch(words):
        return _day(int(found.group(1)), int(found.group(2)), int(found.group(3)))
    if found := _SLASHED.fullmatch(words):
        first, second, of = map(int, found.groups())
        both = {d for d in (_day(of, first, second), _day(of, second, first)) if d}
        return both.pop() if len(both) == 1 else None
    if found := _DOTTED.fullmatch(words):
        day, month, year = found.groups()
    elif found := _SPELLED.fullmatch(words):
        day, month, year = found.group(1), _month(found.group(2)), found.group(3)
    elif found := _SPELLED_US.fullmatch(words):
        day, month, year = found.group(2), _month(found.group(1)), found.group(3)
    else:
        return None
    if year:
        return _day(int(year), int(month), int(day))
    near = (_day(today.year + ahead, int(month), int(day)) for ahead in range(9))
    return next((d for d in near if d is not None and d >= today), None)


def _month(word: str) -> str:
    """The number of a month by its name or the start of it; "0" if there is none."""
    return next((str(months.index(word[:3]) + 1) for months in _MONTHS if word[:3] in months), "0")


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day) if year >= _FIRST_YEAR else None
    except ValueError:
        return None


def _last_fitting(year: int, month: int, day: int) -> date | None:
    """The day, or the month's last one if the month is shorter."""
    return next((d for d in (_day(year, month, day - less) for less in range(4)) if d), None)


def _after(today: date, days: int) -> date | None:
    try:
        return today + timedelta(days=days)
    except OverflowError:
        return None
