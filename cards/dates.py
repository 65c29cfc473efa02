"""Formats times and dates in the language and region of the current reader."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from functools import lru_cache

from babel import Locale
from babel.dates import format_date, format_skeleton, format_time, get_timezone_name

from bot.language import current_language, tr, trn
from cards.text import clean

_BARE = re.compile(r"([+-])(\d\d)(\d\d)")


def format_moment(when: datetime, *, zone: tzinfo, now: datetime, name_zone: bool = False) -> str:
    """Format a point in time in `zone`: "today, 13:40", "3 March, 09:05", "3 March 2024".

    A naive `when` or `now` is in UTC. `name_zone` adds the zone, for cards whose readers are in several zones.
    """
    there, today = _local(when, zone), _local(now, zone).date()
    locale = current_language().locale
    clock = _clock(there.hour, there.minute, locale)
    if name_zone:
        clock += f" {_zone_of(there, locale)}"
    if there.date() == today:
        return tr("today, {clock}", clock=clock)
    if (today - there.date()).days == 1:
        return tr("yesterday, {clock}", clock=clock)
    if there.year == today.year:
        return tr("{day}, {clock}", day=_date(there.date(), False, locale), clock=clock)
    return _date(there.date(), True, locale)


def format_due_date(day: date, *, zone: tzinfo, now: datetime, done: bool) -> tuple[str, bool]:
    """Format a due date; returns also whether it is overdue, which an issue that is `done` never is."""
    today = _local(now, zone).date()
    days = (day - today).days
    words = _day(day, today)
    if days < 0 and not done:
        return trn("{day} ({count} day overdue)", "{day} ({count} days overdue)", -days, day=words), True
    return words, False


def _day(day: date, today: date) -> str:
    match (day - today).days:
        case -1:
            return tr("yesterday")
        case 0:
            return tr("today")
        case 1:
            return tr("tomorrow")
    return _date(day, day.year != today.year, current_language().locale)


# Babel reads its locale and its patterns at every call, so its results are cached. They are cleaned once, too: the
# narrow space of an American "1:40 PM" would cost each card as much as all of its other texts.


@lru_cache(maxsize=4096)
def _date(day: date, with_year: bool, locale: Locale) -> str:
    if with_year:
        return clean(format_date(day, "long", locale=locale))
    return clean(format_skeleton("MMMMd", datetime.combine(day, time()), locale=locale))


@lru_cache(maxsize=4096)
def _clock(hour: int, minute: int, locale: Locale) -> str:
    return clean(format_time(time(hour, minute), "short", locale=locale))


def _zone_of(there: datetime, locale: Locale) -> str:
    name = getattr(there.tzinfo, "key", None) or there.tzname() or ""
    return _zone_name(name, there.utcoffset() or timedelta(), bool(there.dst()), locale)


@lru_cache(maxsize=1024)
def _zone_name(zone: str, offset: timedelta, summer: bool, locale: Locale) -> str:
    """Return the short name of a zone.

    Babel names the zone of a moment, so one in a zone of that name and offset is made up. Where a region has no
    short name, Babel writes +0530; people read UTC+5:30.
    """
    any_moment = datetime(2000, 1, 1, tzinfo=timezone(offset, zone))
    name = get_timezone_name(
        any_moment, width="short", zone_variant="daylight" if summer else "standard", locale=locale
    )
    bare = _BARE.fullmatch(name)
    if bare is None:
        return clean(name)
    sign, hours, minutes = bare.groups()
    return f"UTC{sign}{int(hours)}" + ("" if minutes == "00" else f":{minutes}")


def _local(when: datetime, zone: tzinfo) -> datetime:
    aware = when if when.tzinfo else when.replace(tzinfo=UTC)
    try:
        return aware.astimezone(zone)
    except OverflowError:  # at the limits of datetime
        return aware
