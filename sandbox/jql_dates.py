"""Times in JQL: dates, periods such as `-7d`, functions such as `startOfDay()`, in the person's time zone."""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from sandbox.jql_tree import Call, JqlError, Value

_FORMATS = ("%Y/%m/%d %H:%M", "%Y-%m-%d %H:%M", "%Y/%m/%d", "%Y-%m-%d")
_PERIOD = re.compile(r"([+-]?)\s*((?:\d+\s*[wdhmMyY]\s*)+)")
_PART = re.compile(r"(\d+)\s*([wdhmMyY])")
_UNITS = {"w": 10_080, "d": 1440, "h": 60, "m": 1}
FUNCTIONS = frozenset(
    {"now", "currentlogin", "lastlogin"}
    | {f"{edge}of{unit}" for edge in ("start", "end") for unit in ("day", "week", "month", "year")}
)


def _shift(moment: datetime, months: int) -> datetime:
    index = moment.year * 12 + moment.month - 1 + months
    year, month = divmod(index, 12)
    day = min(moment.day, calendar.monthrange(year, month + 1)[1])
    return moment.replace(year=year, month=month + 1, day=day)


def _moved(moment: datetime, text: str) -> datetime | None:
    period = _PERIOD.fullmatch(text.strip())
    if period is None:
        return None
    sign = -1 if period[1] == "-" else 1
    for count, unit in _PART.findall(period[2]):
        if unit in _UNITS:
            moment += timedelta(minutes=sign * int(count) * _UNITS[unit])
        else:
            moment = _shift(moment, sign * int(count) * (1 if unit == "M" else 12))
    return moment


_STARTS: dict[str, Callable[[datetime], datetime]] = {
    "day": lambda d: d,
    # Jira's week starts on Sunday.
    "week": lambda d: d - timedelta(days=(d.weekday() + 1) % 7),
    "month": lambda d: d.replace(day=1),
    "year": lambda d: d.replace(month=1, day=1),
}


def _add(moment: datetime, unit: str, count: int) -> datetime:
    if unit in {"month", "year"}:
        return _shift(moment, count * (1 if unit == "month" else 12))
    return moment + timedelta(days=count * (7 if unit == "week" else 1))


def _function(call: Call, now: datetime) -> datetime:
    name = call.name.lower()
    if name not in FUNCTIONS or not name.startswith(("start", "end")):
        return now
    unit = name.partition("of")[2]
    argument = call.arguments[0] if call.arguments else ""
    base = now
    if argument:
        moved = _add(now, unit, int(argument)) if re.fullmatch(r"[+-]?\d+", argument) else _moved(now, argument)
        if moved is None:
            raise JqlError(f"Duration for function '{call.name}' should have the format (+/-)n(yMwdhm), e.g. -1M.")
        base = moved
    start = _STARTS[unit](base.replace(hour=0, minute=0, second=0, microsecond=0))
    if name.startswith("start"):
        return start
    return _add(start, unit, 1) - timedelta(milliseconds=1)


def moment(operand: Value | Call, field: str, now: float, time_zone: str) -> float | None:
    """Return the Unix time of an operand, None for EMPTY. Raises `JqlError`."""
    local = datetime.fromtimestamp(now, ZoneInfo(time_zone))
    if isinstance(operand, Call):
        return _function(operand, local).timestamp()
    if operand.text is None:
        return None
    for pattern in _FORMATS:
        try:
            naive = datetime.strptime(operand.text.strip(), pattern)  # noqa: DTZ007 - the zone is the caller's
        except ValueError:
            continue
        return naive.replace(tzinfo=ZoneInfo(time_zone)).timestamp()
    # A period is time that passed, whatever clocks were set to; only functions speak of days and their hours.
    moved = _moved(datetime.fromtimestamp(now, UTC), operand.text)
    if moved is None:
        raise JqlError(
            f"Date value '{operand.text}' for field '{field}' is invalid. Valid formats include: "
            "'yyyy/MM/dd HH:mm', 'yyyy-MM-dd HH:mm', 'yyyy/MM/dd', 'yyyy-MM-dd', or a period format "
            "e.g. '-5d', '4w 2d'."
        )
    return moved.timestamp()
