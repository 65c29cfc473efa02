"""Conditions of JQL that lists in plain words are made of, and how they are negated and put together."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

OPEN, DONE = "statusCategory != Done", "statusCategory = Done"
IN_PROGRESS, TO_DO = 'statusCategory = "In Progress"', 'statusCategory = "To Do"'
MINE, REPORTED_BY_ME = "assignee = currentUser()", "reporter = currentUser()"
WATCHED, VIEWED = "watcher = currentUser()", "issue in issueHistory()"
UNASSIGNED = "assignee IS EMPTY"
IN_SPRINT = "sprint in openSprints()"
IN_BACKLOG = f"sprint IS EMPTY AND {OPEN}"
ANY_STATUS = ""
"""The condition of words such as “all”: done ones, too."""

_ALWAYS_SET = frozenset({"project", "issuetype", "priority", "status", "statusCategory", "reporter"})
"""Fields that no issue leaves empty: only of the others does “not X” hold for issues without a value."""
_MANY_VALUED = frozenset({"labels", "component", "fixVersion", "affectedVersion", "watcher"})
"""Fields that can have several values at once: “A and B” asks for both."""
_COMPARISON = re.compile(
    r"""("[^"]+"|\w+) (!=|=|not in|in|IS NOT|IS) ("(?:[^"\\]|\\.)*"|\w+\(\)|\w+|\([^()]*\))"""
)
_OPPOSITE = {
    "=": "!=",
    "!=": "=",
    "in": "not in",
    "not in": "in",
    "IS": "IS NOT",
    "IS NOT": "IS",
}


def negate(condition: str) -> str:
    """Return the condition that holds for all other issues, also for those where the field is empty."""
    match = _COMPARISON.fullmatch(condition)
    if match is None:
        return f"NOT ({condition})"
    field, operator, value = match.groups()
    opposite = f"{field} {_OPPOSITE[operator]} {value}"
    may_be_empty = field not in _ALWAYS_SET and operator in ("=", "in")
    return f"({field} IS EMPTY OR {opposite})" if may_be_empty else opposite


def any_of(first: str, second: str) -> str:
    """Return the condition that either holds; values of one field become one list."""
    one, other = _values(first), _values(second)
    if one and other and one[0] == other[0]:
        return f"{one[0]} in ({', '.join(dict.fromkeys((*one[1], *other[1])))})"
    return f"({first} OR {second})"


def merge(conditions: Iterable[str]) -> tuple[str, ...]:
    """Join conditions on the same single-valued field with OR: “bugs and tasks”."""
    merged: dict[str, str] = {}
    for condition in conditions:
        named = _values(condition)
        field = named[0] if named and named[0] not in _MANY_VALUED else condition
        merged[field] = any_of(merged[field], condition) if field in merged and named else condition
    return tuple(merged.values())


def _values(condition: str) -> tuple[str, Sequence[str]] | None:
    """Return the field and the values of a condition that compares with values; None for any other."""
    match = _COMPARISON.fullmatch(condition)
    if match is None or match[2] not in ("=", "in") or (match[2] == "in" and match[3].endswith("()")):
        return None
    return match[1], match[3][1:-1].split(", ") if match[2] == "in" else [match[3]]
