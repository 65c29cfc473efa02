"""Periods and moments that have a name (“this week”, “over the weekend”, “Q3”, “im März”), as bounds of JQL."""

# ruff: noqa: E501 - alternatives that belong together are one line

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from bot.commands.forms.parsing.calendar_names import MONTHS


@dataclass(frozen=True, slots=True)
class Period:
    """The bounds of a time, as JQL writes them; an empty one is open."""

    begin: str = ""
    end: str = ""

    def condition(self, field: str) -> str:
        """Return the condition that a field is within the period."""
        bounds = [f"{field} >= {self.begin}"] if self.begin else []
        return " AND ".join([*bounds, *([f"{field} <= {self.end}"] if self.end else [])])


def whole(unit: str, offset: int = 0) -> Period:
    """Return a whole day, week, month or year; the offset is counted from the present one."""
    argument = str(offset) if offset else ""
    return Period(f"startOf{unit}({argument})", f"endOf{unit}({argument})")


def days(first: date, last: date) -> Period:
    """Return the time from a day's beginning to another's end."""
    return Period(f'"{first:%Y-%m-%d}"', f'"{last:%Y-%m-%d} 23:59"')


def _units() -> dict[str, Period]:
    named: dict[str, Period] = {}
    for unit, english, german in (
        ("Week", "week", ("diese{} woche", "letzte{} woche", "nächste{} woche")),
        ("Month", "month", ("diese{} monat", "letzte{} monat", "nächste{} monat")),
        ("Year", "year", ("dieses{} jahr", "letzte{} jahr", "nächste{} jahr")),
    ):
        for offset, words in (
            (0, ("this", "the current", "current", "dies")),
            (-1, ("last", "the last", "previous", "the previous")),
        ):
            named |= {f"{word} {english}": whole(unit, offset) for word in words}
        named |= {
            f"{word} {english}": whole(unit, 1)
            for word in ("next", "the next", "the coming", "coming", "the following")
        }
        for offset, pattern in zip((0, -1, 1), german, strict=True):
            named |= {pattern.format(end): whole(unit, offset) for end in ("", "n", "r", "m", "s")}
        for word, offset in (
            ("vergangene", -1),
            ("vorige", -1),
            ("kommende", 1),
            ("aktuelle", 0),
            ("laufende", 0),
        ):
            noun = german[0].rsplit(" ", 1)[1]
            named |= {f"{word}{end} {noun}": whole(unit, offset) for end in ("", "n", "r", "m", "s")}
    return named


NAMED: Mapping[str, Period] = {
    **_units(),
    **dict.fromkeys(
        ("today", "heute", "this morning", "this afternoon", "this evening", "tonight", "heute früh", "heute morgen", "earlier today",
         "heute vormittag", "heute nachmittag", "heute abend", "the day"), whole("Day"),
    ),
    **dict.fromkeys(("yesterday", "gestern", "gestern nacht", "yesterday morning", "yesterday afternoon", "gestern abend"), whole("Day", -1)),
    **dict.fromkeys(("the day before yesterday", "day before yesterday", "vorgestern"), whole("Day", -2)),
    **dict.fromkeys(("tomorrow", "morgen"), whole("Day", 1)),
    **dict.fromkeys(("the day after tomorrow", "day after tomorrow", "übermorgen"), whole("Day", 2)),
    **dict.fromkeys(("the week", "der woche", "die woche", "this week so far", "so far this week"), whole("Week")),
    **dict.fromkeys(("the month", "des monats", "this month so far", "so far this month"), whole("Month")),
    **dict.fromkeys(("the year", "des jahres", "ytd", "year to date", "so far this year"), whole("Year")),
    **dict.fromkeys(("recently", "lately", "kürzlich", "neulich", "zuletzt", "vor kurzem", "in letzter zeit", "of late"), Period("-7d")),
    **dict.fromkeys(
        ("overnight", "over night", "last night", "during the night", "in the night", "über nacht", "in der nacht", "heute nacht",
         "letzte nacht", "since last night", "seit gestern abend"), Period("-12h"),
    ),
    **dict.fromkeys(("soon", "shortly", "bald", "demnächst"), Period("startOfDay()", "7d")),
}  # fmt: skip
"""Periods by their names in lower case."""
_START = re.compile(
    r"(?:the )?(?:start|beginning) of (?:the |this )?(week|month|year|day)|(?:dem )?(?:anfang|beginn) (?:der |dieser |des |dieses )?(woche|monats?|jahres?)"
    r"|(wochen|monats|jahres)(?:anfang|beginn)"
)
_END = re.compile(
    r"(?:the )?end of (?:the |this )?(week|month|year|day|next week|next month|business|sprint)|(?:eo)(w|m|d|y)|(?:the )?(month|week|year)(?:'s)? end"
    r"|(?:the|this) (month|week|year|day) (?:ends?|is over|is out|is up|closes)|(?:das )?ende (?:der |dieser |des |dieses )?(woche|monats?|jahres?|tages|nächster woche|nächsten monats)"
    r"|(wochen|monats|jahres)ende|(?:die|der|das) (woche|monat|jahr) (?:vorbei|um|rum|endet|zu ende)(?: ist| geht)?"
)
_STARTED = {"w": "Week", "m": "Month", "y": "Year", "j": "Year", "d": "Day"}
_ENDS = {
    "w": "endOfWeek()", "m": "endOfMonth()", "y": "endOfYear()", "j": "endOfYear()", "d": "endOfDay()", "t": "endOfDay()", "b": "endOfDay()",
}  # fmt: skip
_QUARTER = re.compile(
    r"(?:the )?(this|last|next|current|previous|diese[sm]?|letzte[sn]?|nächste[sn]?) (?:quarter|quartal)|q([1-4])(?: ([0-9]{4}))?"
)
_WEEKEND = re.compile(
    r"(?:(?:over|on|at|am|übers?|an) )?(?:(?:the|this|last|dieses|letztes|das|dem|letzten) )?(?:weekend|wochenende)"
)
_MONTHS: Mapping[str, int] = {
    name: number
    for months in MONTHS
    for number, month in enumerate(months, 1)
    for name in (month, month[:3], *(["sept"] if month == "september" else []))
}
_MONTH = re.compile(r"(?:(last|this|next|letzten|diesen|nächsten) )?([a-zä]{3,9})\.?(?: ([0-9]{4}))?")


def find_named(text: str, today: date) -> Period | None:
    """Return the period that a text names."""
    plain = text.removesuffix("'s")
    return NAMED.get(plain) or _started(plain) or _weekend(plain, today) or _quarter(plain, today)


def _started(text: str) -> Period | None:
    """Return the week, month or year whose beginning a text names."""
    match = _START.fullmatch(text)
    unit = next(filter(None, match.groups())) if match else ""
    return whole(_STARTED[unit[0]]) if unit else None


def find_month(text: str, today: date, *, ahead: bool = False) -> Period | None:
    """Return the month that a text names; without a year it is the last one that has begun, or the next to end."""
    match = _MONTH.fullmatch(text)
    month = _MONTHS.get(match[2], 0) if match else 0
    if match is None or not month:
        return None
    shift = int(month < today.month) if ahead else -int(month > today.month)
    year = int(match[3]) if match[3] else today.year + shift
    return days(date(year, month, 1), _last_day(year, month))


def find_end(text: str) -> str:
    """Return the end that a text names (“the month ends”), as JQL writes it; empty if none."""
    match = _END.fullmatch(text)
    if match is None:
        return ""
    unit = next(filter(None, match.groups()))
    is_next = unit.startswith(("next ", "nächste"))
    end = _ENDS.get(unit.split()[-1][0] if is_next else unit[0], "")
    return end.replace("()", "(1)") if is_next else end


def _weekend(text: str, today: date) -> Period | None:
    if not _WEEKEND.fullmatch(text):
        return None
    saturday = today - timedelta(days=(today.weekday() - 5) % 7)
    return days(saturday, saturday + timedelta(days=1))


def _quarter(text: str, today: date) -> Period | None:
    match = _QUARTER.fullmatch(text)
    if match is None:
        return None
    if match[2]:
        index = int(match[3] or today.year) * 4 + int(match[2]) - 1
    else:
        shift = {"l": -1, "p": -1, "n": 1}.get(match[1][0], 0)
        index = today.year * 4 + (today.month - 1) // 3 + shift
    year, quarter = divmod(index, 4)
    return days(date(year, quarter * 3 + 1, 1), _last_day(year, quarter * 3 + 3))


def _last_day(year: int, month: int) -> date:
    return date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)
