"""Parses periods (“this week”, “since yesterday”, “in den letzten 3 Tagen”) into the bounds of a JQL condition."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from bot.commands.forms.parsing.dates import parse_day

MAX_WORDS = 6
"""Words of a period."""


@dataclass(frozen=True, slots=True)
class Period:
    """The bounds of a time, as JQL writes them; an empty one is open."""

    begin: str = ""
    end: str = ""

    def condition(self, field: str) -> str:
        """Return the condition that a field is within the period."""
        bounds = [f"{field} >= {self.begin}"] if self.begin else []
        return " AND ".join([*bounds, *([f"{field} <= {self.end}"] if self.end else [])])


def _whole(unit: str, offset: int = 0) -> Period:
    argument = str(offset) if offset else ""
    return Period(f"startOf{unit}({argument})", f"endOf{unit}({argument})")


_NAMED: Mapping[str, Period] = {
    **dict.fromkeys(("today", "heute"), _whole("Day")),
    **dict.fromkeys(("yesterday", "gestern"), _whole("Day", -1)),
    **dict.fromkeys(("tomorrow", "morgen"), _whole("Day", 1)),
    **dict.fromkeys(("this week", "diese woche", "in dieser woche", "dieser woche"), _whole("Week")),
    **dict.fromkeys(("last week", "letzte woche", "letzter woche", "in der letzten woche"), _whole("Week", -1)),
    **dict.fromkeys(("next week", "nächste woche", "nächster woche"), _whole("Week", 1)),
    **dict.fromkeys(("this month", "diesen monat", "diesem monat", "in diesem monat"), _whole("Month")),
    **dict.fromkeys(("last month", "letzten monat", "im letzten monat"), _whole("Month", -1)),
    **dict.fromkeys(("next month", "nächsten monat"), _whole("Month", 1)),
    **dict.fromkeys(("this year", "dieses jahr", "in diesem jahr"), _whole("Year")),
    **dict.fromkeys(("recently", "lately", "kürzlich", "zuletzt", "neulich"), Period("-7d")),
}
_LAST = re.compile(
    r"(?:in |within |over |during )?(?:the )?(?:last|past) ([0-9]{1,3}|few|two|three)? ?"
    r"(hours?|days?|weeks?|months?)"
    r"|(?:in |innerhalb )?(?:den |der )?letzten ([0-9]{1,3}|zwei|drei|paar)? ?(stunden?|tagen?|wochen?|monaten?)"
)
_SPAN = (
    r"(?:over |more than |the last |mehr als )?"
    r"(?P<n>[0-9]{1,3}|an?|one|two|three|eine[rm]?|zwei|drei) (?P<u>[a-z]{3,7})"
)
_AGES = tuple(
    (re.compile(before + _SPAN + after), field)
    for before, after, field in (
        (r"(?:older than|open for|open since|älter als|offen seit) ", "", "created"),
        (r"(?:not updated|not changed|not touched|untouched|inactive) (?:for|in|since) ", "", "updated"),
        (r"(?:without|no) updates (?:for|in|since) ", "", "updated"),
        (r"unverändert seit ", "", "updated"),
        (r"seit ", r" nicht (?:mehr )?(?:geändert|aktualisiert|bearbeitet|angefasst)", "updated"),
    )
)
_MAX_AGE_WORDS = 8
_NUMBERS = {"": 1, "few": 3, "paar": 3, "two": 2, "three": 3, "zwei": 2, "drei": 3}
_UNITS = {"h": (1, "h"), "s": (1, "h"), "d": (1, "d"), "t": (1, "d"), "w": (1, "w"), "m": (30, "d")}
"""JQL counts back in weeks, days, hours and minutes; it knows no months."""
_SINCE, _UNTIL = ("since", "after", "seit", "nach", "ab"), ("before", "until", "by", "till", "vor", "bis")
_ON = ("on", "am", "an")
_WITHIN = ("from", "of", "in", "during", "within", "for", "von", "vom", "aus", "während", "im", "für")


def take_period(words: Sequence[str], today: date) -> tuple[Period | None, int]:
    """Return the period that the words (in lower case) begin with, and how many of them it takes."""
    for count in range(min(MAX_WORDS, len(words)), 0, -1):
        period = _parse(" ".join(words[:count]), today)
        if period is not None:
            return period, count
    return None, 0


def take_age(words: Sequence[str]) -> tuple[str, int]:
    """Return the condition of an age that the words (in lower case) begin with, and how many it takes; else ""."""
    for count in range(min(_MAX_AGE_WORDS, len(words)), 2, -1):
        text = " ".join(words[:count])
        for pattern, field in _AGES:
            match = pattern.fullmatch(text)
            if match and match["u"][0] in _UNITS:
                factor, letter = _UNITS[match["u"][0]]
                past = int(match["n"]) if match["n"].isdigit() else _NUMBERS.get(match["n"], 1)
                return f"{field} <= -{past * factor}{letter}", count
    return "", 0


def _parse(text: str, today: date) -> Period | None:
    first, _, rest = text.partition(" ")
    named = _NAMED.get(text) or (_NAMED.get(rest) if first in _WITHIN else None)
    last = _LAST.fullmatch(text)
    if named or last:
        return named or (_last(last) if last else None)
    if first in _SINCE and rest:
        begin = _begin(rest, today)
        return Period(begin) if begin else None
    if first in _UNTIL and rest:
        end = _end(rest, today)
        return Period("", end) if end else None
    day = parse_day(rest, today) if first in _ON and rest else None
    return Period(f'"{day:%Y-%m-%d}"', f'"{day:%Y-%m-%d} 23:59"') if day else None


def _last(match: re.Match[str]) -> Period:
    """Return the period of “the last 3 days”."""
    number, unit = (match[1] or "", match[2]) if match[2] else (match[3] or "", match[4])
    count = int(number) if number.isdigit() else _NUMBERS[number]
    factor, letter = _UNITS[unit[0]]
    return Period(f"-{count * factor}{letter}")


def _begin(text: str, today: date) -> str:
    named = _NAMED.get(text)
    if named:
        return named.begin
    day = parse_day(text, today)
    if day is None:
        return ""
    # “since Monday” looks back, while a weekday otherwise is the next one.
    weekday = day > today and (day - today) <= timedelta(days=7)
    return f'"{day - timedelta(days=7) if weekday else day:%Y-%m-%d}"'


def _end(text: str, today: date) -> str:
    named = _NAMED.get(text)
    if named:
        return named.end
    day = parse_day(text, today)
    return f'"{day:%Y-%m-%d}"' if day else ""
