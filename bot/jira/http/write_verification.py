"""Whether a write whose answer was lost has been done: what was sent against what an issue says now. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from bot.http.json import as_list, as_object, as_text
from bot.jira import parse

SAME_MOMENT = timedelta(seconds=1)
"""Two times are the same entry's: Jira may keep no fraction of a second."""
SAME_CLOCK = timedelta(minutes=5)
"""How far Jira's clock may be behind ours: a comment that is older is an earlier one with the same words."""
_NAMES = ("id", "accountId", "key", "name", "value")


def stands(
    fields: Mapping[str, object], update: Mapping[str, Sequence[Mapping[str, object]]], now: Mapping[str, object]
) -> bool:
    """Whether the values of an issue (`now`) are what an edit was to make them."""
    return all(_same(sent, now.get(name)) for name, sent in fields.items()) and all(
        _applied(operation, now.get(name)) for name, operations in update.items() for operation in operations
    )


def _applied(operation: Mapping[str, object], value: object) -> bool:
    """Whether a value shows that an operation such as `{"add": "x"}` has been done."""
    has = {
        "set": lambda sent: _same(sent, value),
        "add": lambda sent: any(_same(sent, one) for one in as_list(value)),
        "remove": lambda sent: not any(_same(sent, one) for one in as_list(value)),
    }
    return all(name in has and has[name](sent) for name, sent in operation.items())


def _same(sent: object, value: object) -> bool:
    """Jira shows more of a thing than what names it in a write, and a sprint's number as a list of sprints."""
    if isinstance(sent, list):
        listed = list(as_list(value))
        return len(listed) == len(sent) and all(any(_same(one, v) for v in listed) for one in sent)
    if isinstance(sent, dict) and sent.get("type") != "doc":
        shown = as_object(value)
        named = [name for name in _NAMES if name in sent]
        return bool(named) and all(as_text(sent[name]) == as_text(shown.get(name)) for name in named)
    if isinstance(sent, int | float) and isinstance(value, list):
        return any(as_text(sent) == as_text(as_object(one).get("id")) for one in value)
    return sent == value or (sent in (None, "") and not value)


def started(now: datetime) -> str:
    """A worklog's `started`, in the one form that Jira takes."""
    return f"{now.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.{now.microsecond // 1000:03}+0000"


def logged(worklogs: object, moment: datetime, account_id: str) -> bool:
    """Whether one of the `worklogs` was started by a person at that moment."""
    for entry in map(as_object, as_list(worklogs)):
        begun, author = parse.moment(entry.get("started")), parse.user(entry.get("author"))
        same = begun is not None and abs(begun - moment) < SAME_MOMENT
        if same and author is not None and author.account_id == account_id:
            return True
    return False
