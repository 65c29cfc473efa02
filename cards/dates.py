"""Times as people say them. Whole phrases in one place, so that a catalogue of other languages can come later."""

from __future__ import annotations

from datetime import UTC, date, datetime, tzinfo
from functools import lru_cache

from babel.dates import format_date, get_timezone_name

LOCALE = "en_GB"


def moment(when: datetime, *, zone: tzinfo, now: datetime, name_zone: bool = False) -> str:
    """A point in time as it reads in `zone`: "today, 13:40", "3 March, 09:05", "3 March 2024".

    A naive `when` or `now` counts as UTC. `name_zone` adds the zone, for cards that people in several read.
    """
    there, today = _local(when, zone), _local(now, zone).date()
    clock = f"{there.hour:02}:{there.minute:02}"
    if name_zone:
        clock += f" {_zone_name(there)}"
    if there.date() == today:
        return f"today, {clock}"
    if (today - there.date()).days == 1:
        return f"yesterday, {clock}"
    if there.year == today.year:
        return f"{_date(there.date(), 'd MMMM')}, {clock}"
    return _date(there.date(), "d MMMM y")


def due(day: date, *, zone: tzinfo, now: datetime, done: bool) -> tuple[str, bool]:
    """A due date in words and whether it is overdue (never, once the issue is `done`)."""
    today = _local(now, zone).date()
    days = (day - today).days
    words = _day(day, today)
    if days < 0 and not done:
        late = "1 day overdue" if days == -1 else f"{-days} days overdue"
        return f"{words} ({late})", True
    return words, False


def _day(day: date, today: date) -> str:
    near = {-1: "yesterday", 0: "today", 1: "tomorrow"}.get((day - today).days)
    if near:
        return near
    return _date(day, "d MMMM" if day.year == today.year else "d MMMM y")


@lru_cache(maxsize=2048)
def _date(day: date, pattern: str) -> str:
    """Babel reads its locale and its pattern anew at every call."""
    return format_date(day, pattern, locale=LOCALE)


def _local(when: datetime, zone: tzinfo) -> datetime:
    aware = when if when.tzinfo else when.replace(tzinfo=UTC)
    try:
        return aware.astimezone(zone)
    except OverflowError:  # the first and last days that datetime knows have no neighbours
        return aware


def _zone_name(there: datetime) -> str:
    return get_timezone_name(there, width="short", locale=LOCALE) if there.tzinfo else ""
