"""Tells whether a write whose response was lost was done, by comparing what was sent with the issue. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from bot.http.json import as_list, as_object, as_text
from bot.jira.parse import parse_time, parse_user

WORKLOG_TOLERANCE = timedelta(seconds=1)
"""Jira may drop fractions of a second."""
MAX_CLOCK_SKEW = timedelta(minutes=5)
"""Jira's clock may be this far behind ours; an older comment with the same text is an earlier one."""
_IDENTIFIERS = ("id", "accountId", "key", "name", "value")


def is_edit_applied(
    fields: Mapping[str, object], update: Mapping[str, Sequence[Mapping[str, object]]], now: Mapping[str, object]
) -> bool:
    """Tell whether an issue's current values (`now`) are those that an edit sets."""
    return all(_matches(sent, now.get(name)) for name, sent in fields.items()) and all(
        _is_operation_applied(operation, now.get(name))
        for name, operations in update.items()
        for operation in operations
    )


def _is_operation_applied(operation: Mapping[str, object], value: object) -> bool:
    """Tell whether an operation such as `{"add": "x"}` has been applied to a value."""
    checks = {
        "set": lambda sent: _matches(sent, value),
        "add": lambda sent: any(_matches(sent, each) for each in as_list(value)),
        "remove": lambda sent: not any(_matches(sent, each) for each in as_list(value)),
    }
    return all(name in checks and checks[name](sent) for name, sent in operation.items())


def _matches(sent: object, value: object) -> bool:
    """Compare a sent value with Jira's, which has more properties, and lists sprints where a number was sent."""
    if isinstance(sent, list):
        listed = list(as_list(value))
        return len(listed) == len(sent) and all(any(_matches(each, v) for v in listed) for each in sent)
    if isinstance(sent, dict) and sent.get("type") != "doc":
        shown = as_object(value)
        identifiers = [name for name in _IDENTIFIERS if name in sent]
        return bool(identifiers) and all(as_text(sent[n]) == as_text(shown.get(n)) for n in identifiers)
    if isinstance(sent, int | float) and isinstance(value, list):
        return any(as_text(sent) == as_text(as_object(each).get("id")) for each in value)
    return sent == value or (sent in (None, "") and not value)


def format_started(now: datetime) -> str:
    """Format a worklog's `started` in the only form that Jira accepts."""
    return f"{now.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.{now.microsecond // 1000:03}+0000"


def is_work_logged(worklogs: object, moment: datetime, account_id: str) -> bool:
    """Tell whether one of the `worklogs` is of that person and moment."""
    for entry in map(as_object, as_list(worklogs)):
        started, author = parse_time(entry.get("started")), parse_user(entry.get("author"))
        is_same_time = started is not None and abs(started - moment) < WORKLOG_TOLERANCE
        if is_same_time and author is not None and author.account_id == account_id:
            return True
    return False
