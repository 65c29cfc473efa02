"""Parses periods (“this week”, “since yesterday”, “in den letzten 3 Tagen”) into the bounds of a JQL condition."""

# ruff: noqa: E501 - alternatives that belong together are one line

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from bot.commands.forms.parsing.dates import parse_day
from bot.commands.phrases.ages import NUMBERS, UNIT, distance
from bot.commands.phrases.period_names import NAMED, Period, days, find_end, find_month, find_named

MAX_WORDS = 9
"""Words of a period."""
_COUNT = "|".join(sorted(filter(None, map(re.escape, NUMBERS)), key=len, reverse=True))
_LAST = re.compile(
    rf"(?:in |within |over |during |from |of |für |for )?(?:the |my )?(?:last|past|previous) (?P<n1>[0-9]{{1,3}}|{_COUNT})? ?(?P<u1>{UNIT})"
    rf"|(?:in |innerhalb |während |aus |von )?(?:den |der |des |die )?(?:letzten|letzter|vergangenen) (?P<n2>[0-9]{{1,3}}|{_COUNT})? ?(?P<u2>{UNIT})"
    rf"|(?:since|seit|within|innerhalb(?: von)?) (?P<n3>[0-9]{{1,3}}|{_COUNT}) (?P<u3>{UNIT})"
)
_NEXT = re.compile(
    rf"(?:in |within |over |during |for )?(?:the )?(?:next|coming|following) (?P<n1>[0-9]{{1,3}}|{_COUNT})? ?(?P<u1>{UNIT})"
    rf"|(?:in |innerhalb |während )?(?:den |der )?(?:nächsten|kommenden) (?P<n2>[0-9]{{1,3}}|{_COUNT})? ?(?P<u2>{UNIT})"
)
_AGO = re.compile(
    rf"(?P<n>[0-9]{{1,3}}|{_COUNT}) (?P<u>{UNIT}) ago|vor (?P<n2>[0-9]{{1,3}}|{_COUNT}) (?P<u2>{UNIT})"
)
_SINCE = ("since", "after", "seit", "nach", "ab", "starting", "seitdem", "from")
_UNTIL = (
    "before",
    "until",
    "by",
    "till",
    "vor",
    "bis",
    "bevor",
    "til",
    "through",
    "up to",
    "not later than",
    "no later than",
    "spätestens",
)
_BEFORE = ("before", "vor", "bevor")
_ON = ("on", "am", "an", "vom", "from", "for", "of", "for", "für", "zum")
_WITHIN = (
    "from",
    "of",
    "in",
    "during",
    "within",
    "for",
    "von",
    "vom",
    "aus",
    "während",
    "im",
    "für",
    "at",
    "on",
    "am",
    "throughout",
    "innerhalb",
)
_ARTICLES = re.compile(r"(?:the|der|die|das|dem|den|zum|zur|the time|wir) ")
_RANGE = re.compile(
    r"(?:between|zwischen) (?:the |dem |den )?(.+?) (?:and|und) (?:the |dem |den )?(.+)|(?:from|vom|von) (?:the |dem )?(.+?) (?:to|until|till|through|-|–|bis zum|bis) (?:the )?(.+)|(\S+(?: \S+)?) (?:-|–) (\S+(?: \S+)?)"
)
_DAY_NUMBER = re.compile(r"[0-9]{1,2}(?:st|nd|rd|th|\.)?")
"""A day whose month is named after it: “between 1 and 15 March”."""
_DISTANCE = re.compile(rf"(?:[0-9]{{1,3}}|{_COUNT}) {UNIT}")
"""What is no day but how long something takes: “after 2 days”."""
_PAST = re.compile(r"\A(?:(?:last|letzten|vergangenen|vorigen|letzter) )")
_YEAR = re.compile(r"\b[0-9]{4}\b")
_A_WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Reading:
    """A period in both directions: “on Monday” is the last one of what happened, and the next one of what is due."""

    ahead: Period
    back: Period
    is_limit: bool = False
    """Whether it is nothing but a day by which something is to happen."""

    def condition(self, field: str) -> str:
        """Return the condition that a date is within the period."""
        return (self.ahead if field == "due" else self.back).condition(field)

    @property
    def is_ahead(self) -> bool:
        """Whether it can be about nothing but what is to come."""
        begin = self.ahead.begin
        return (
            self.is_limit
            or begin.endswith("(1)")
            or begin.endswith("(2)")
            or self.ahead.end in ("7d", "14d", "30d")
        )

    @property
    def is_current(self) -> bool:
        """Whether it is a day, week or month that has not ended yet."""
        return self.ahead.end.endswith("()")


def take_period(words: Sequence[str], today: date) -> tuple[Reading | None, int]:
    """Return the period that the words (in lower case) begin with, and how many of them it takes."""
    for count in range(min(MAX_WORDS, len(words)), 0, -1):
        period = _parse(" ".join(words[:count]), today)
        if period is not None:
            return period, count
    return None, 0


def _parse(text: str, today: date) -> Reading | None:
    first, _, rest = text.partition(" ")
    named = find_named(text, today) or (find_named(rest, today) if first in _WITHIN else None)
    named = named or _counted(text)
    if named:
        return Reading(named, named)
    month = find_month(rest, today) if first in _WITHIN else None
    if month:
        return Reading(find_month(rest, today, ahead=True) or month, month)
    return (
        _between(text, today)
        or (_since(rest, today) if first in _SINCE and rest else None)
        or (_until(rest, today, excluded=first in _BEFORE) if first in _UNTIL and rest else None)
        or (_on(rest, today) if first in _ON and rest else None)
        or (_limit(find_end(text)) if rest else None)
        or (_on(text, today) if first in ("next", "last", "nächsten", "letzten", "kommenden") else None)
    )


def _counted(text: str) -> Period | None:
    """Return the period of “the last 3 days”, “the next two weeks” or “3 days ago”."""
    for pattern in (_LAST, _NEXT):
        match = pattern.fullmatch(text)
        if match:
            groups = match.groups()
            place = next(n for n in range(1, len(groups), 2) if groups[n])
            span = distance(groups[place - 1] or "", groups[place])
            return Period(f"-{span}") if pattern is _LAST else Period("startOfDay()", span)
    match = _AGO.fullmatch(text)
    if match is None:
        return None
    span = distance(match["n"] or match["n2"], match["u"] or match["u2"])
    return Period(f"startOfDay(-{span})", f"endOfDay(-{span})")


def _between(text: str, today: date) -> Reading | None:
    match = _RANGE.fullmatch(text)
    if match is None:
        return None
    first, last = (part for part in match.groups() if part)
    if _DAY_NUMBER.fullmatch(first):
        first = re.sub(r"\A[0-9]{1,2}(?:st|nd|rd|th)?", re.sub(r"[^0-9]", "", first), last)
    begin, end = _ends(first, today), _ends(last, today)
    if begin is None or end is None:
        return None
    return Reading(_joined(begin[0], end[0]), _joined(begin[1], end[1]))


def _ends(text: str, today: date) -> tuple[Period, Period] | None:
    """Return a day or a month of a range, as it is to come and as it was last."""
    month = find_month(text, today) or NAMED.get(text)
    if month:
        return month, month
    ahead = parse_day(text, today)
    return (days(ahead, ahead), _day(_back(ahead, text, today))) if ahead else None


def _day(day: date) -> Period:
    return days(day, day)


def _joined(first: Period, last: Period) -> Period:
    return Period(first.begin, last.end)


def _since(text: str, today: date) -> Reading | None:
    plain = _ARTICLES.sub("", text, count=1)
    period = find_named(text, today) or find_named(plain, today) or find_month(plain, today) or _counted(text)
    if period:
        begin = Period(period.begin)
        return Reading(begin, begin) if period.begin else None
    # “since Monday” looks back, while a weekday otherwise is the next one.
    plain = _PAST.sub("", plain)
    day = None if _DISTANCE.fullmatch(plain) else parse_day(plain, today)
    if day is None:
        return None
    back = Period(f'"{_back(day, plain, today):%Y-%m-%d}"')
    return Reading(back, back)


def _until(text: str, today: date, *, excluded: bool) -> Reading | None:
    plain = _ARTICLES.sub("", text, count=1)
    end = find_end(text) or find_end(plain)
    named = find_named(text, today) or find_named(plain, today) or find_month(plain, today)
    if end or named:
        return _limit(end or (named.end if named else ""))
    day = parse_day(plain, today)
    if day is None:
        return None
    less = timedelta(days=int(excluded))
    ahead, back = day - less, _back(day, plain, today) - less
    return Reading(Period("", f'"{ahead:%Y-%m-%d}"'), Period("", days(back, back).end), is_limit=True)


def _limit(end: str) -> Reading | None:
    period = Period("", end)
    return Reading(period, period, is_limit="-" not in end) if end else None


def _on(text: str, today: date) -> Reading | None:
    plain = _PAST.sub("", text)
    day = parse_day(plain, today)
    return Reading(_day(day), _day(_back(day, plain, today))) if day else None


def _back(day: date, text: str, today: date) -> date:
    """Return the day as it was last, if a text without a year was read as one to come."""
    if day <= today or _YEAR.search(text) or text in ("tomorrow", "morgen", "übermorgen"):
        return day
    if day - today <= _A_WEEK and not any(letter.isdigit() for letter in text):
        return day - _A_WEEK
    try:
        return day.replace(year=day.year - 1)
    except ValueError:
        return day
